"""What a mission file may say, row by row: each is checked, and refused by file and key if it can't be used.

No figure without a source and a confidence, no source without a title, an address and a grade, no expectation without a
band, no fault that nothing knows.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lunarlab.cases.kinds import Kind
from lunarlab.errors import CaseError, LunarlabError

CONFIDENCE = ("reported", "derived", "assumed")
GRADES = {
    "A": "the operator's or an agency's own text, or a repost of it word by word",
    "B": "press or encyclopedia",
    "C": "aggregator, blog, forum, or public code",
}
"""How far a source is to be trusted."""


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
    """A published point of the flight; None where a number was not published.

    `t_s` is on the flight clock, in a descent since the de-orbit burn; with `event`, it counts from that event of the flight.
    Besides height and total speed a point can give `value`, of the `quantity` that its kind of flight draws.
    """

    t_s: float
    height_m: float | None
    speed_mps: float | None
    sigma_t_s: float
    sigma_height_m: float
    sigma_speed_mps: float
    source: str
    confidence: str
    note: str = ""
    event: str = ""
    quantity: str = ""
    value: float | None = None
    sigma_value: float = 0.0

    def when(self, flight: Any) -> float:
        """Its time on the clock of a flight [s]; nan if the event that it counts from did not happen."""
        if not self.event:
            return self.t_s
        happened = flight.event(self.event)
        return math.nan if happened is None else float(happened.t_s) + self.t_s


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


def refuse(path: Path, key: str, problem: str) -> CaseError:
    """The error that names file and key."""
    return CaseError(f"{path.name}: {key} {problem}")


def unknown(path: Path, key: str, name: str, allowed: Any) -> CaseError:
    """The error for a key that nothing knows, with the nearest that something does."""
    close = difflib.get_close_matches(name, list(allowed), 1, 0.5)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return refuse(path, key, f"is not a known key{hint}; allowed are {', '.join(allowed)}")


def need(
    path: Path,
    key: str,
    table: Any,
    required: dict[str, Any],
    optional: tuple[str, ...] = (),
    words: tuple[str, ...] = (),
) -> None:
    """Refuse a table with a missing, unknown or wrongly typed key."""
    if not isinstance(table, dict):
        raise refuse(path, key, f"is {table!r}; it must be a table with {', '.join(required)}")
    for name in table:
        if name not in required and name not in optional:
            raise unknown(path, f"{key}.{name}", name, [*required, *optional])
    for name in optional:
        wanted = str if name in ("note", "unit", *words) else (int, float)
        if name in table and (not isinstance(table[name], wanted) or isinstance(table[name], bool)):
            raise refuse(path, f"{key}.{name}", f"is {table[name]!r}, which is not a {_type_name(wanted)}")
    for name, wanted in required.items():
        if name not in table:
            raise refuse(path, key, f"has no {name}")
        yes = isinstance(table[name], bool) and not (isinstance(wanted, tuple) and bool in wanted)
        if not isinstance(table[name], wanted) or yes:
            raise refuse(path, f"{key}.{name}", f"is {table[name]!r}, which is not a {_type_name(wanted)}")


def _type_name(wanted: type | tuple[type, ...]) -> str:
    return "text" if wanted is str else "number"


def sourced(path: Path, key: str, entry: Any, sources: dict[str, Any]) -> Sourced:
    """A value with its source and confidence, or an error that names the key."""
    if not isinstance(entry, dict):
        raise refuse(
            path,
            key,
            f'is {entry!r} without a source; write {{ value = {entry!r}, source = "...", confidence = "..." }}',
        )
    need(path, key, entry, {"value": (int, float, str, list, bool), "source": str, "confidence": str}, ("note",))
    check_source(path, key, entry, sources)
    return Sourced(entry["value"], entry["source"], entry["confidence"], entry.get("note", ""))


def check_source(path: Path, key: str, entry: dict[str, Any], sources: dict[str, Any]) -> None:
    """Refuse a confidence that is none, and a source that the file does not list."""
    if entry["confidence"] not in CONFIDENCE:
        raise refuse(path, f"{key}.confidence", f"is {entry['confidence']!r}; allowed are {', '.join(CONFIDENCE)}")
    for code in entry["source"].split(","):
        if code.strip() not in sources and code.strip() != "model":
            raise refuse(path, f"{key}.source", f"names {code.strip()!r}; allowed are model, {', '.join(sources)}")


def read_faults(
    path: Path, own: Kind, rows: list[Any], sources: dict[str, Any], numbers: dict[str, Sourced]
) -> list[dict[str, Any]]:
    """Fault rows without their sources, which go to `numbers`."""
    fields = [f for f in dataclasses.fields(own.fault) if f.name not in ("target", "kind")]
    words = tuple(f.name for f in fields if f.type == "str")
    faults = []
    for i, row in enumerate(rows):
        where = f"faults.{i}"
        optional = (*(f.name for f in fields), "unit", "note")
        need(path, where, row, dict.fromkeys(("target", "kind", "source", "confidence"), str), optional, words)
        check_source(path, where, row, sources)
        unit = own.fault_unit(row["target"], row["kind"])
        if "value" in row and row.get("unit") != unit:
            try:
                own.fault(row["target"], row["kind"])
            except LunarlabError as error:  # not the unit is wrong: nothing knows this fault
                raise refuse(path, where, f"can't be: {error}") from error
            raise refuse(
                path, f"{where}.unit", f"is {row.get('unit')!r}; a {row['target']} {row['kind']} is in {unit!r}"
            )
        numbers[where] = Sourced(row.get("value"), row["source"], row["confidence"], row.get("note", ""))
        faults.append({k: v for k, v in row.items() if k not in ("source", "confidence", "note", "unit")})
    return faults


def read_facts(path: Path, rows: list[Any], sources: dict[str, Any]) -> list[Fact]:
    """Rows of ``[[facts]]``."""
    facts = []
    for i, row in enumerate(rows):
        need(path, f"facts.{i}", row, dict.fromkeys(("what", "value", "source", "confidence"), str), ("note",))
        check_source(path, f"facts.{i}", row, sources)
        facts.append(Fact(**row))
    return facts


def read_sources(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    """``[sources]``: each with a title, an address, and a grade of `GRADES`."""
    for code, source in table.items():
        need(path, f"sources.{code}", source, {"title": str, "address": str, "grade": str})
        if source["grade"] not in GRADES:
            raise refuse(path, f"sources.{code}.grade", f"is {source['grade']!r}; allowed are {', '.join(GRADES)}")
    return table


_SIGMAS = ("sigma_t_s", "sigma_height_m", "sigma_speed_mps", "sigma_value")
_MEANT = ("height_m", "speed_mps", "value")


def read_points(path: Path, own: Kind, rows: list[Any], sources: dict[str, Any], touchdown_s: float) -> list[Published]:
    """Rows of ``[[published]]``: at a time on the clock, or so long after an event of the flight."""
    points = []
    for i, row in enumerate(rows):
        where = f"published.{i}"
        clock = "t_s" if math.isnan(touchdown_s) else "before_touchdown_s"
        if isinstance(row, dict) and "event" in row:
            clock = "after_s"
        required: dict[str, Any] = {clock: (int, float), "source": str, "confidence": str}
        words = ("event", "quantity")
        need(
            path,
            where,
            {"after_s": 0.0, **row} if "event" in row else row,
            required,
            (*_MEANT, *_SIGMAS, "note", *words),
            words,
        )
        check_source(path, where, row, sources)
        for name, allowed in (("event", own.events), ("quantity", own.quantities)):
            if name in row and row[name] not in allowed:
                raise refuse(path, f"{where}.{name}", f"is {row[name]!r}; allowed are {', '.join(allowed) or 'none'}")
        if ("quantity" in row) != ("value" in row):
            raise refuse(path, where, "has a value without a quantity, or a quantity without a value")
        for name in (clock, *_MEANT, *_SIGMAS):
            if not math.isfinite(row.get(name, 0.0)) or (name in _SIGMAS and row.get(name, 0.0) < 0.0):
                raise refuse(
                    path,
                    f"{where}.{name}",
                    f"is {row[name]}; it must be finite{', and not below 0' * (name in _SIGMAS)}",
                )
        values = {**dict.fromkeys(_MEANT), **dict.fromkeys(_SIGMAS, 0.0), **row}
        before, after = values.pop("before_touchdown_s", 0.0), values.pop("after_s", 0.0)
        t_s = after if "event" in row else row["t_s"] if clock == "t_s" else touchdown_s - before
        points.append(Published(**{**values, "t_s": t_s}))
    return points


def read_expects(path: Path, table: dict[str, Any], sources: dict[str, Any], own: Kind) -> list[Expect]:
    """Rows of ``[expect]``."""
    expects = []
    for name, row in table.items():
        key = f"expect.{name}"
        if name not in own.observables:
            raise unknown(path, key, name, own.observables)
        number = (int, float)
        need(path, key, row, {"low": number, "high": number, "source": str, "confidence": str}, ("published", "note"))
        check_source(path, key, row, sources)
        if not (math.isfinite(row["low"]) and math.isfinite(row["high"])):
            raise refuse(path, key, f"has a band from {row['low']} to {row['high']}; both must be finite")
        if not row["low"] <= row["high"]:
            raise refuse(path, key, f"has low {row['low']} above high {row['high']}")
        expects.append(Expect(name, **row))
    return expects
