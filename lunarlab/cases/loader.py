"""Read a mission file into a `Case`: scenario, facts, published points and the signature to expect.

Every number in a file is written ``key = { value = 700, source = "I1", confidence = "assumed" }`` with the unit in the
key. A file may extend another (``extends = "_series-1"``). ``flight = "burn"`` says what flies (`kinds`); without it, a
descent does. Whatever can't be used is refused by file and key.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lunarlab.cases.fly import fly
from lunarlab.cases.kinds import Kind, kind, kind_names
from lunarlab.errors import CaseError, LunarlabError

MISSIONS = Path(__file__).parent / "missions"
CONFIDENCE = ("reported", "derived", "assumed")
KINDS_OF_CASE = ("failure", "nominal", "sandbox")

_HEAD = ("extends", "flight", "title", "mission", "date", "outcome", "kind", "summary")
_TABLES = ("sources", "facts", "published", "expect", "no_fault", "faults")
_LISTS = ("facts", "published", "faults")


@dataclass(frozen=True)
class Sourced:
    """A value with where it comes from; `source` is a key of `Case.sources`, or "model" for a modelling choice."""

    value: Any
    source: str
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Fact:
    """Something published about a mission that is not a number of the model."""

    what: str
    value: str
    source: str
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Published:
    """A published point of the flight. t_s: flight clock, in a descent since the de-orbit burn; None where not published."""

    t_s: float
    height_m: float | None
    speed_mps: float | None
    sigma_t_s: float
    sigma_height_m: float
    sigma_speed_mps: float
    source: str
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Expect:
    """The band that an observable of the flight must fall in."""

    name: str
    low: float
    high: float
    source: str
    confidence: str
    published: float | None = None
    note: str = ""


@dataclass(frozen=True, repr=False)
class Case:
    """A mission: what was published, the scenario that reproduces it, and the signature to expect."""

    name: str
    title: str
    mission: str
    date: str
    outcome: str
    kind: str
    summary: str
    scenario: Any
    """A `lunarlab.Scenario` if a descent flies; else the scenario of that kind of flight."""
    no_fault: Any
    """The same with the fault removed: it lands, or what comes closest to that for the kind of flight."""
    planned_touchdown_s: float
    """nan if no descent flies."""
    sources: dict[str, dict[str, str]]
    numbers: dict[str, Sourced]
    """Source of every number of the scenario, by path, for example ``navigation.gate_m``."""
    facts: tuple[Fact, ...]
    published: tuple[Published, ...]
    expect: tuple[Expect, ...]
    flight: str = "descent"
    """What flies: one of `kinds.kind_names()`."""

    def __repr__(self) -> str:
        return f"Case {self.name}: {self.title} ({self.date}, {self.outcome})"

    def check(self, flight: Any) -> dict[str, dict[str, Any]]:
        """Each expected observable of a flight: ``{name: {value, low, high, ok, source}}``. A NaN is never ok."""
        result = {}
        for e in self.expect:
            value = kind(self.flight).observables[e.name][1](flight)
            result[e.name] = {
                "value": value if math.isfinite(value) else None,
                "low": e.low, "high": e.high, "ok": bool(e.low <= value <= e.high), "source": e.source,
            }  # fmt: skip
        return result

    def fly(self, **options: Any) -> Any:
        """Fly the scenario; options as for `lunarlab.fly`."""
        return fly(self.scenario, **options)


def case_names(flight: str | None = None) -> list[str]:
    """Names of all cases, or of those in which `flight` ("descent", "burn", "propellant") flies."""
    names = sorted(path.stem for path in MISSIONS.glob("*.toml") if not path.stem.startswith("_"))
    if flight is None:
        return names
    return [name for name in names if _flight(MISSIONS / f"{name}.toml") == kind(flight).name]


def case(name: str, changes: dict[str, Any] | None = None) -> Case:
    """Load a case.

    Parameters
    ----------
    name : str
        One of `case_names()`, or the path of a TOML file of your own.
    changes : dict, optional
        Numbers or words to change, by path: ``{"navigation.gate_m": 3000, "terrain.heading_deg": 135}``. Faults are
        reached by their position, ``faults.0.value``.

    Raises
    ------
    CaseError
        No such case; an unknown key, missing source, wrong type or value: names file, key and what is allowed.
    """
    if not isinstance(name, str):
        raise CaseError(f"case is {name!r}; it must be one of {', '.join(case_names())}")
    path = Path(name) if name.endswith(".toml") else MISSIONS / f"{name}.toml"
    if not path.is_file() or (not name.endswith(".toml") and name not in case_names()):
        close = difflib.get_close_matches(name, case_names(), 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise CaseError(f"there is no case {name!r}{hint}; there are {', '.join(case_names())}")
    given: Any = changes or {}
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise CaseError(f"changes is {changes!r}; it must be a dict such as {{'navigation.gate_m': 3000}}")
    return _build(path, _read(path), given)


@lru_cache(maxsize=64)
def _parse(path: Path, stamp: int) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path.name} is not valid TOML: {error}") from error


def _read(path: Path, children: tuple[Path, ...] = ()) -> dict[str, Any]:
    """A file merged into the one that it extends; a copy, so that nothing reaches the cache."""
    table = copy.deepcopy(_parse(path, path.stat().st_mtime_ns))
    if "extends" not in table:
        return table
    base = path.parent / f"{table['extends']}.toml"
    if not base.is_file():
        raise CaseError(f"{path.name}: extends is {table['extends']!r}, but there is no {base.name} beside it")
    if base in (path, *children):
        raise CaseError(f"{path.name}: extends is {table['extends']!r}, which leads back to {base.name}")
    merged = _read(base, (path, *children))
    for key, value in table.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    return merged


def _flight(path: Path) -> str:
    """What flies in a file: its own word for it, or that of the file that it extends."""
    name = _read(path).get("flight", "descent")
    if name not in kind_names():
        raise _refuse(path, "flight", f"is {name!r}; allowed are {', '.join(kind_names())}")
    return str(name)


def _check_tables(path: Path, toml: dict[str, Any], parts: dict[str, Any]) -> None:
    for key, value in toml.items():
        shape = list if key in _LISTS else dict if key in parts or key in _TABLES else None
        if shape and not (isinstance(value, shape) and (shape is dict or all(isinstance(row, dict) for row in value))):
            raise _refuse(path, key, f"is {value!r}; it must be {'[[tables]]' if shape is list else 'a [table]'}")


def _refuse(path: Path, key: str, problem: str) -> CaseError:
    return CaseError(f"{path.name}: {key} {problem}")


def _unknown(path: Path, key: str, name: str, allowed: Any) -> CaseError:
    close = difflib.get_close_matches(name, list(allowed), 1, 0.5)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return _refuse(path, key, f"is not a known key{hint}; allowed are {', '.join(allowed)}")


def _need(
    path: Path, key: str, table: Any, required: dict[str, Any], optional: tuple[str, ...] = (), words: tuple[str, ...] = ()
) -> None:
    """Refuse a table with a missing, unknown or wrongly typed key."""
    if not isinstance(table, dict):
        raise _refuse(path, key, f"is {table!r}; it must be a table with {', '.join(required)}")
    for name in table:
        if name not in required and name not in optional:
            raise _unknown(path, f"{key}.{name}", name, [*required, *optional])
    for name in optional:
        wanted = str if name in ("note", "unit", *words) else (int, float)
        if name in table and (not isinstance(table[name], wanted) or isinstance(table[name], bool)):
            raise _refuse(path, f"{key}.{name}", f"is {table[name]!r}, which is not a {_type_name(wanted)}")
    for name, wanted in required.items():
        if name not in table:
            raise _refuse(path, key, f"has no {name}")
        yes = isinstance(table[name], bool) and not (isinstance(wanted, tuple) and bool in wanted)
        if not isinstance(table[name], wanted) or yes:
            raise _refuse(path, f"{key}.{name}", f"is {table[name]!r}, which is not a {_type_name(wanted)}")


def _type_name(wanted: type | tuple[type, ...]) -> str:
    return "text" if wanted is str else "number"


def _sourced(path: Path, key: str, entry: Any, sources: dict[str, Any]) -> Sourced:
    """A value with its source and confidence, or an error that names the key."""
    if not isinstance(entry, dict):
        raise _refuse(
            path, key, f'is {entry!r} without a source; write {{ value = {entry!r}, source = "...", confidence = "..." }}'
        )
    _need(path, key, entry, {"value": (int, float, str, list, bool), "source": str, "confidence": str}, ("note",))
    _check_source(path, key, entry, sources)
    return Sourced(entry["value"], entry["source"], entry["confidence"], entry.get("note", ""))


def _check_source(path: Path, key: str, entry: dict[str, Any], sources: dict[str, Any]) -> None:
    if entry["confidence"] not in CONFIDENCE:
        raise _refuse(path, f"{key}.confidence", f"is {entry['confidence']!r}; allowed are {', '.join(CONFIDENCE)}")
    for code in entry["source"].split(","):
        if code.strip() not in sources and code.strip() != "model":
            raise _refuse(path, f"{key}.source", f"names {code.strip()!r}; allowed are model, {', '.join(sources)}")


def _apply(
    path: Path, own: Kind, table: dict[str, dict[str, Any]], faults: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    """Put changes in place: ``section.key`` or ``faults.N.key``."""
    for where, value in changes.items():
        section, _, key = where.partition(".")
        if section == "faults":
            if key == "" and value in ("none", []):
                faults.clear()
                continue
            index, _, key = key.partition(".")
            if not index.isdecimal() or int(index) >= len(faults):
                raise _refuse(path, where, f"names no fault; the case has {len(faults)}, counted from 0")
            allowed = [f.name for f in dataclasses.fields(own.fault)]
            if key not in allowed:
                raise _unknown(path, where, key, allowed)
            faults[int(index)][key] = value
            continue
        if section not in own.parts:
            raise _unknown(path, where, section, [*own.parts, "faults"])
        allowed = [f.name for f in dataclasses.fields(own.parts[section])]
        if key not in allowed:
            raise _unknown(path, where, key, allowed)
        table[section][key] = value


def _scenario(path: Path, own: Kind, table: dict[str, dict[str, Any]], faults: list[dict[str, Any]]) -> Any:
    try:
        parts = {section: own.parts[section](**values) for section, values in table.items() if values}
        built = tuple(own.fault(**fault) for fault in faults)
        return own.scenario(name=path.stem, faults=built, **parts)
    except CaseError:
        raise
    except (LunarlabError, TypeError) as error:
        raise CaseError(f"{path.name}: {error}") from error


def _build(path: Path, toml: dict[str, Any], changes: dict[str, Any]) -> Case:
    """Check everything in a file, then make the case."""
    own = kind(_flight(path))
    allowed = [*_HEAD, *own.head, *own.parts, *_TABLES]
    for key in toml:
        if key not in allowed:
            raise _unknown(path, key, key, allowed)
    _check_tables(path, toml, own.parts)
    _need(path, "the file", {k: v for k, v in toml.items() if k in (*_HEAD, *own.head) and k not in ("extends", "flight")},
          {"title": str, "mission": str, "date": str, "outcome": str, "kind": str, "summary": str,
           **dict.fromkeys(own.head, (int, float))})  # fmt: skip
    if toml["kind"] not in KINDS_OF_CASE:
        raise _refuse(path, "kind", f"is {toml['kind']!r}; allowed are {', '.join(KINDS_OF_CASE)}")
    sources = toml.get("sources", {})
    for code, source in sources.items():
        _need(path, f"sources.{code}", source, {"title": str, "address": str, "grade": str})

    numbers: dict[str, Sourced] = {}
    table: dict[str, dict[str, Any]] = {section: {} for section in own.parts}
    for section, factory in own.parts.items():
        known = [f.name for f in dataclasses.fields(factory)]
        for key, entry in toml.get(section, {}).items():
            where = f"{section}.{key}"
            if key not in known:
                raise _unknown(path, where, key, known)
            numbers[where] = _sourced(path, where, entry, sources)
            table[section][key] = numbers[where].value
    faults = _faults(path, own, toml.get("faults", []), sources, numbers)

    cure: dict[str, Any] = {}
    for where, entry in toml.get("no_fault", {}).items():
        cure[where] = _sourced(path, f"no_fault.{where}", entry, sources).value
    scenarios = []
    for extra in ({}, cure):
        own_table, own_faults = {k: dict(v) for k, v in table.items()}, [dict(f) for f in faults]
        _apply(path, own, own_table, own_faults, {**changes, **extra})
        scenarios.append(_scenario(path, own, own_table, own_faults))

    touchdown_s = float(toml.get("planned_touchdown_s", math.nan))
    return Case(
        path.stem, toml["title"], toml["mission"], toml["date"], toml["outcome"], toml["kind"], toml["summary"],
        scenarios[0], scenarios[1], touchdown_s, sources, numbers,
        tuple(_facts(path, toml.get("facts", []), sources)),
        tuple(_points(path, toml.get("published", []), sources, touchdown_s)),
        tuple(_expects(path, toml.get("expect", {}), sources, own)), own.name,
    )  # fmt: skip


def _faults(
    path: Path, own: Kind, rows: list[Any], sources: dict[str, Any], numbers: dict[str, Sourced]
) -> list[dict[str, Any]]:
    """Fault rows without their sources, which go to `numbers`."""
    fields = [f for f in dataclasses.fields(own.fault) if f.name not in ("target", "kind")]
    words = tuple(f.name for f in fields if f.type == "str")
    faults = []
    for i, row in enumerate(rows):
        where = f"faults.{i}"
        optional = (*(f.name for f in fields), "unit", "note")
        _need(path, where, row, dict.fromkeys(("target", "kind", "source", "confidence"), str), optional, words)
        _check_source(path, where, row, sources)
        unit = own.fault_unit(row["target"], row["kind"])
        if "value" in row and row.get("unit") != unit:
            raise _refuse(path, f"{where}.unit", f"is {row.get('unit')!r}; a {row['target']} {row['kind']} is in {unit!r}")
        numbers[where] = Sourced(row.get("value"), row["source"], row["confidence"], row.get("note", ""))
        faults.append({k: v for k, v in row.items() if k not in ("source", "confidence", "note", "unit")})
    return faults


def _facts(path: Path, rows: list[Any], sources: dict[str, Any]) -> list[Fact]:
    facts = []
    for i, row in enumerate(rows):
        _need(path, f"facts.{i}", row, dict.fromkeys(("what", "value", "source", "confidence"), str), ("note",))
        _check_source(path, f"facts.{i}", row, sources)
        facts.append(Fact(**row))
    return facts


def _points(path: Path, rows: list[Any], sources: dict[str, Any], touchdown_s: float) -> list[Published]:
    points = []
    for i, row in enumerate(rows):
        optional = ("height_m", "speed_mps", "sigma_t_s", "sigma_height_m", "sigma_speed_mps", "note")
        clock = "t_s" if math.isnan(touchdown_s) else "before_touchdown_s"
        required: dict[str, Any] = {clock: (int, float), "source": str, "confidence": str}
        _need(path, f"published.{i}", row, required, optional)
        _check_source(path, f"published.{i}", row, sources)
        values = dict.fromkeys(("height_m", "speed_mps")) | dict.fromkeys(optional[2:5], 0.0) | row
        points.append(Published(**{"t_s": touchdown_s - values.pop("before_touchdown_s", 0.0), **values}))
    return points


def _expects(path: Path, table: dict[str, Any], sources: dict[str, Any], own: Kind) -> list[Expect]:
    expects = []
    for name, row in table.items():
        key = f"expect.{name}"
        if name not in own.observables:
            raise _unknown(path, key, name, own.observables)
        number = (int, float)
        _need(path, key, row, {"low": number, "high": number, "source": str, "confidence": str}, ("published", "note"))
        _check_source(path, key, row, sources)
        if not (math.isfinite(row["low"]) and math.isfinite(row["high"])):
            raise _refuse(path, key, f"has a band from {row['low']} to {row['high']}; both must be finite")
        if not row["low"] <= row["high"]:
            raise _refuse(path, key, f"has low {row['low']} above high {row['high']}")
        expects.append(Expect(name, **row))
    return expects
