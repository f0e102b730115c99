"""Numbers in a text, and the figures of missions that they may be: what `claims` compares.

A number is read with its unit ("550 000 km", "19:17", "28 May 2025", "100 x 15 km") and kept in SI with the half width of
its last written digit. The figures of a mission are read from its case file, from articles and from ``figures.toml``, each
with the codes of its sources.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lunarlab.cases import loader
from lunarlab.cases.articles.reader import article, article_names
from lunarlab.cases.scoreboard import attempt_sources, scoreboard

_DAY = 86400.0
UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("m", "metre", "metres"), ("m", 1.0)),
    **dict.fromkeys(("km", "kilometre", "kilometres"), ("m", 1e3)),
    "cm": ("m", 0.01), "mm": ("m", 1e-3), "mi": ("m", 1609.344), "miles": ("m", 1609.344), "ft": ("m", 0.3048),
    **dict.fromkeys(("s", "second", "seconds"), ("s", 1.0)), "ms": ("s", 1e-3),
    **dict.fromkeys(("min", "minute", "minutes"), ("s", 60.0)),
    **dict.fromkeys(("h", "hour", "hours"), ("s", 3600.0)),
    **dict.fromkeys(("d", "day", "days"), ("s", _DAY)), **dict.fromkeys(("week", "weeks"), ("s", 7 * _DAY)),
    "m/s": ("m/s", 1.0), "km/s": ("m/s", 1e3), "km/h": ("m/s", 1 / 3.6), "mph": ("m/s", 0.44704),
    "ft/s": ("m/s", 0.3048), "m/s²": ("m/s2", 1.0), "m/s2": ("m/s2", 1.0),
    "kg": ("kg", 1.0), "t": ("kg", 1e3), "lb": ("kg", 0.45359237), "g": ("kg", 1e-3),
    "N": ("N", 1.0), "kN": ("N", 1e3), "Pa": ("Pa", 1.0), "MPa": ("Pa", 1e6), "bar": ("Pa", 1e5),
    "W": ("W", 1.0), "kW": ("W", 1e3), "Wh": ("Wh", 1.0), "K": ("K", 1.0),
    **dict.fromkeys(("°", "degree", "degrees", "deg"), ("deg", 1.0)), **dict.fromkeys(("%", "per cent"), ("%", 1.0)),
    "mm²": ("mm2", 1.0), "mm2": ("mm2", 1.0), "m³": ("m3", 1.0),
}  # fmt: skip
"""Unit as written: what it measures, its size in SI."""
KEYS = {
    "mps2": "m/s2", "mps": "m/s", "kmh": "km/h", "km": "km", "m": "m", "s": "s", "min": "min", "h": "h", "d": "d", "kg": "kg",
    "N": "N", "deg": "deg", "percent": "%", "Pa": "Pa", "mm2": "mm2", "m3": "m³", "W": "W", "Wh": "Wh", "K": "K",
}  # fmt: skip
"""Last part of a key in a case file: its unit."""
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
_MONTH = "|".join([*MONTHS, *(m[:3] for m in MONTHS)])
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_DIGITS = r"(?:\d{1,3}(?:[,  ]\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?"
_TOKEN = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d\d-\d\d)"
    rf"|(?<![\w.])(?P<day>\d{{1,2}})(?:(?: to | and |, |-)\d{{1,2}})? (?P<month>{_MONTH})\b\.?(?: (?P<year>(?:19|20)\d\d))?"
    rf"|\b(?P<only>{_MONTH}) (?P<of>(?:19|20)\d\d)\b"
    rf"|(?<![\w:.])(?P<hour>\d\d):(?P<minute>\d\d)(?::\d\d)?(?!\d)"
    rf"|(?<![\w.^_])(?P<number>{_DIGITS})(?P<power> (?:million|billion))?(?:[ -]?(?P<unit>{_UNIT})(?![\w/²³]))?(?![\w]*\d)"
)
_JOINT = re.compile(r"\s*(?:to|x|×|or|and|by|by about|,|–|-|/|±|\+-)\s*(?:about |some |less than |more than )?[-−]?$")
RELATIVE = 0.006
"""How far a number may be from its figure at least, as a part of it: what rounding to two or three digits leaves."""


@dataclass(frozen=True)
class Number:
    """A number in a text: `what` it measures ("m", "s", "date", "clock", "" for a bare number), its SI value."""

    text: str
    start: int
    end: int
    what: str
    value: float
    half: float
    bare: float
    """As written, without its unit."""

    def is_figure(self, other: Number) -> bool:
        """Whether it is that figure, to the digits that it is written with."""
        if self.what == "":  # its unit may stand in the head of a table
            return other.what not in ("date", "clock") and abs(self.bare - abs(other.bare)) <= RELATIVE * abs(other.bare)
        if self.what != other.what:
            return False
        if self.what == "date":  # year, month and day, each 0 where it is not said
            pairs = [(self.value // k % n, other.value // k % n) for k, n in ((1, 100), (100, 100), (10000, 10000))]
            return all(a == b or 0.0 in (a, b) for a, b in pairs)
        if self.what == "clock":
            return abs(self.value - other.value) <= 1.0
        return abs(abs(self.value) - abs(other.value)) <= max(self.half, RELATIVE * abs(other.value))


def _month(name: str) -> int:
    return [m[:3] for m in MONTHS].index(name[:3]) + 1


def numbers(text: str) -> list[Number]:
    """Every number of a text, in its order; one without a unit takes that of the next if "to", "x", "or" joins them."""
    found: list[Number] = []
    for match in _TOKEN.finditer(text):
        start, end, words = match.start(), match.end(), match.group()
        if match["iso"]:
            found.append(Number(words, start, end, "date", float(match["iso"].replace("-", "")), 0.0, 0.0))
        elif match["day"]:
            date = 10000 * int(match["year"] or 0) + 100 * _month(match["month"]) + int(match["day"])
            found.append(Number(words, start, end, "date", float(date), 0.0, 0.0))
        elif match["only"]:
            date = 10000 * int(match["of"]) + 100 * _month(match["only"])
            found.append(Number(words, start, end, "date", float(date), 0.0, 0.0))
        elif match["hour"]:
            found.append(Number(words, start, end, "clock", 60.0 * int(match["hour"]) + int(match["minute"]), 0.0, 0.0))
        else:
            digits = re.sub(r"[,  ]", "", match["number"])
            times = {" million": 1e6, " billion": 1e9}.get(match["power"] or "", 1.0)
            bare, places = float(digits) * times, len(digits.partition("e")[0].partition(".")[2])
            what, size = UNITS.get(match["unit"] or "", ("", 1.0))
            found.append(Number(words, start, end, what, bare * size, 0.5 * 10.0**-places * size * times, bare))
    for i in range(len(found) - 2, -1, -1):
        here, after = found[i], found[i + 1]
        if here.what == "" and after.what not in ("", "date", "clock") and _JOINT.fullmatch(text[here.end : after.start]):
            size = after.value / after.bare if after.bare else 1.0
            found[i] = Number(here.text, here.start, here.end, after.what, here.bare * size, here.half * size, here.bare)
    return found


@dataclass(frozen=True)
class Figure:
    """A number that a source gives about a mission."""

    number: Number
    codes: frozenset[str]
    """Sources; empty for what stands in the head of a case file."""


def _of(value: Any, key: str) -> Iterator[Number]:
    """Numbers of an entry: of a text, or of a value with the unit of its key."""
    if isinstance(value, str):
        yield from numbers(value)
    elif isinstance(value, list):
        for item in value:
            yield from _of(item, key)
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        unit = KEYS.get(key.rpartition("_")[2] if "_" in key else key, "")
        what, size = UNITS.get(unit, ("", 1.0))
        yield Number(f"{value:g} {unit}".strip(), 0, 0, what, value * size, 0.0, float(value))


def _codes(text: str) -> frozenset[str]:
    return frozenset(code.strip() for code in text.split(",")) - {"model", ""}


def _given(row: Any) -> str:
    """Sources that give the number of a row itself: what is derived is no source's, and what is assumed is nobody's figure."""
    if row.confidence == "derived" and _codes(row.source):
        return ""
    return str(row.source) if row.confidence == "reported" else "model"


@cache
def known_sources() -> dict[str, dict[str, dict[str, str]]]:
    """Mission: code: source, of everything that holds figures."""
    table: dict[str, dict[str, dict[str, str]]] = {name: dict(loader.case(name).sources) for name in loader.case_names()}
    for name in article_names():
        text = article(name)
        for figure in text.figures.values():
            table.setdefault(figure.mission, {})[text.source] = text.sources[text.source]
        for dispute in text.disagreements.values():
            for v in dispute.versions:
                table.setdefault(dispute.mission, {})[v.source] = {"title": v.title, "grade": v.grade}
    for row in scoreboard():
        known = attempt_sources(row.mission)
        table.setdefault(row.mission, {}).update((code, known[code]) for code in row.source.split(","))
    more = _more()
    every = {code: source for sources in table.values() for code, source in sources.items()} | more["sources"]
    for row in more["figures"]:
        for code in _codes(row["source"]):
            table.setdefault(row["mission"], {})[code] = every[code]
    return table


def _more() -> dict[str, Any]:
    return tomllib.loads((loader.MISSIONS.parent / "figures.toml").read_text("utf-8"))


@cache
def figures(mission: str) -> tuple[Figure, ...]:
    """Every figure about a mission."""
    found: list[Figure] = []

    def add(codes: str, *entries: tuple[Any, str]) -> None:
        if codes and not _codes(codes):
            return  # a choice of the model is nobody's figure
        for value, key in entries:
            found.extend(Figure(number, _codes(codes)) for number in _of(value, key))

    if mission in loader.case_names():
        case = loader.case(mission)
        add("", (case.date, ""), (case.outcome, ""), (case.summary, ""), (case.planned_touchdown_s, "s"))
        for path, entry in case.numbers.items():
            add(_given(entry), (entry.value, path))
            add(entry.source, (entry.note, ""))
        for fact in case.facts:
            add(fact.source, (fact.what, ""), (fact.value, ""), (fact.note, ""))
        for point in case.published:
            before = case.planned_touchdown_s - point.t_s
            add(_given(point), (point.t_s, "s"), (before, "s"), (point.height_m, "m"), (point.speed_mps, "mps"))
            add(point.source, (point.note, ""))
        for row in case.expect:
            add(_given(row), (row.published, row.name))
            add(row.source, (row.note, ""))
        for code, source in case.sources.items():
            add(code, (source["title"], ""))
    for name in article_names():
        text = article(name)
        for figure in text.figures.values():
            if figure.mission == mission:
                add(text.source, *((f"{v:g} {unit}", "") for v, unit in figure.printed))
                add(text.source, *((clock, "") for clock, _, _ in figure.clocks), (figure.what, ""), (figure.note, ""))
        for dispute in text.disagreements.values():
            for v in dispute.versions if dispute.mission == mission else ():
                add(v.source, (f"{v.low:g} {dispute.unit}", ""), (f"{v.high:g} {dispute.unit}", ""), (v.note, ""))
    for attempt in scoreboard():
        if attempt.mission == mission:
            add(attempt.source, (attempt.date, ""), (attempt.what, ""))
    for entry in _more()["figures"]:
        if entry["mission"] == mission:
            add(entry["source"], (entry["what"], ""), (entry["value"], ""), (entry.get("note", ""), ""))
    return tuple(found)
