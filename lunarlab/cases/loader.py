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
from lunarlab.cases.sourced import (
    Expect,
    Fact,
    Published,
    Sourced,
    need,
    read_expects,
    read_facts,
    read_faults,
    read_points,
    read_sources,
    refuse,
    sourced,
    unknown,
)  # fmt: skip
from lunarlab.errors import CaseError, LunarlabError

MISSIONS = Path(__file__).parent / "missions"
KINDS_OF_CASE = ("failure", "nominal", "sandbox")
ROLES = {
    "mission": "a mission of the launch-day article, or one that it leads to",
    "analogue": "an older flight, or one to another world, that failed or landed for a related reason",
    "design": "a study: nothing has flown yet",
    "model": "no flight of its own: a lander or a landscape to compare with",
}
"""What a case is to the course."""

_HEAD = ("extends", "flight", "title", "mission", "date", "outcome", "kind", "summary", "role", "operator", "lander")
_TABLES = ("sources", "facts", "published", "expect", "no_fault", "faults")
_WORDS = ("role", "operator", "lander")
_LISTS = ("facts", "published", "faults")


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
    role: str = "mission"
    """What it is to the course: a key of `ROLES`."""
    operator: str = ""
    lander: str = ""

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
    """Names of all cases, or of those in which `flight` ("descent", "burn", "propellant", "surface") flies."""
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
        raise refuse(path, "flight", f"is {name!r}; allowed are {', '.join(kind_names())}")
    return str(name)


def _check_tables(path: Path, toml: dict[str, Any], parts: dict[str, Any]) -> None:
    for key, value in toml.items():
        shape = list if key in _LISTS else dict if key in parts or key in _TABLES else None
        if shape and not (isinstance(value, shape) and (shape is dict or all(isinstance(row, dict) for row in value))):
            raise refuse(path, key, f"is {value!r}; it must be {'[[tables]]' if shape is list else 'a [table]'}")


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
                raise refuse(path, where, f"names no fault; the case has {len(faults)}, counted from 0")
            allowed = [f.name for f in dataclasses.fields(own.fault)]
            if key not in allowed:
                raise unknown(path, where, key, allowed)
            faults[int(index)][key] = value
            continue
        if section not in own.parts:
            raise unknown(path, where, section, [*own.parts, "faults"])
        allowed = [f.name for f in dataclasses.fields(own.parts[section])]
        if key not in allowed:
            raise unknown(path, where, key, allowed)
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
            raise unknown(path, key, key, allowed)
    _check_tables(path, toml, own.parts)
    need(path, "the file", {k: v for k, v in toml.items() if k in (*_HEAD, *own.head) and k not in ("extends", "flight")},
          {"title": str, "mission": str, "date": str, "outcome": str, "kind": str, "summary": str,
           **dict.fromkeys(own.head, (int, float))}, _WORDS, _WORDS)  # fmt: skip
    if toml["kind"] not in KINDS_OF_CASE:
        raise refuse(path, "kind", f"is {toml['kind']!r}; allowed are {', '.join(KINDS_OF_CASE)}")
    if toml.get("role", "mission") not in ROLES:
        raise refuse(path, "role", f"is {toml['role']!r}; allowed are {', '.join(ROLES)}")
    sources = read_sources(path, toml.get("sources", {}))

    numbers: dict[str, Sourced] = {}
    table: dict[str, dict[str, Any]] = {section: {} for section in own.parts}
    for section, factory in own.parts.items():
        known = [f.name for f in dataclasses.fields(factory)]
        for key, entry in toml.get(section, {}).items():
            where = f"{section}.{key}"
            if key not in known:
                raise unknown(path, where, key, known)
            numbers[where] = sourced(path, where, entry, sources)
            table[section][key] = numbers[where].value
    faults = read_faults(path, own, toml.get("faults", []), sources, numbers)

    cure: dict[str, Any] = {}
    for where, entry in toml.get("no_fault", {}).items():
        cure[where] = sourced(path, f"no_fault.{where}", entry, sources).value
    scenarios = []
    for extra in ({}, cure):
        own_table, own_faults = {k: dict(v) for k, v in table.items()}, [dict(f) for f in faults]
        _apply(path, own, own_table, own_faults, {**changes, **extra})
        scenarios.append(_scenario(path, own, own_table, own_faults))

    touchdown_s = float(toml.get("planned_touchdown_s", math.nan))
    return Case(
        path.stem, toml["title"], toml["mission"], toml["date"], toml["outcome"], toml["kind"], toml["summary"],
        scenarios[0], scenarios[1], touchdown_s, sources, numbers,
        tuple(read_facts(path, toml.get("facts", []), sources)),
        tuple(read_points(path, own, toml.get("published", []), sources, touchdown_s)),
        tuple(read_expects(path, toml.get("expect", {}), sources, own)), own.name,
        toml.get("role", "mission"), toml.get("operator", ""), toml.get("lander", ""),
    )  # fmt: skip
