"""Checks of lesson 00, sources and units."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lunarlab.constants import MU_EARTH, MU_MOON, R_MOON
from lunarlab.grading import answers as a
from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text


def judge_clock(answer: Any) -> list[Finding]:
    """60 (hour - zone) + minute, without losing the day.

    Drawn are a clock before 5 in a zone of 5.5 to 11.5 h, whose UTC is the day before, and one from 20 on in a zone of -5 to
    -11.5 h, whose UTC is the next day.
    """
    draw = exam().rng("00.clock")
    early = int(draw.integers(0, 5)), int(draw.integers(1, 60)), 0.5 * int(draw.integers(11, 24))
    late = int(draw.integers(20, 24)), int(draw.integers(1, 60)), -0.5 * int(draw.integers(10, 24))
    inputs = [(14, 20, -4), (4, 17, 9), (15, 17, -4), (23, 41, 5.5), (21, 30, -9), early, late]
    known: list[slips.Slip] = [
        (lambda h, m, z: 60 * (h + z) + m,
         "You went the wrong way: a zone of -4 h is behind UTC, so UTC is four hours later there. Subtract the zone."),
        (lambda h, m, z: (60 * (h - z) + m) % 1440,
         "The hour is right, the day got lost: 04:17 in Tokyo is 19:17 UTC of the day before, so the answer is negative."),
        (lambda h, m, z: 60 * (h + z) % 1440 + m, "Subtract the zone, and do not cut the result off at midnight."),
        (lambda h, m, z: 60 * h + m, "The zone is not used: that is the local clock."),
        (lambda h, m, z: 60 * h + m - z, "The zone is in hours; an hour has 60 minutes."),
        (lambda h, m, z: h - z + m / 60, "Those are hours. Minutes, please."),
        (lambda h, m, z: 100 * (h - z) + m, "1820 is how a clock is written. Eighteen hours are 1080 minutes."),
        (lambda h, m, z: 60 * (h - int(z)) + m, "Some zones are half an hour off the rest: do not round them."),
        (lambda h, m, z: 60 * (h - z), "The minutes of the clock are missing."),
        (lambda h, m, z: 60 * (h - abs(z)) + m, "The sign of the zone counts: ahead of UTC is positive, behind is negative."),
        (lambda h, m, z: 60 * (h + abs(z)) + m, "The sign of the zone counts: ahead of UTC is positive, behind is negative."),
        (lambda h, m, z: max(0.0, 60 * (h - z) + m), "Do not cut off at zero: before midnight UTC is the day before."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "utc_minutes", inputs, lambda h, m, z: 60.0 * (h - z) + m, known, points=2, unit="min",
        requirement="minutes after midnight UTC for", relative=0.0, absolute=0.01,
        shown=lambda h, m, z: f"{h:02d}:{m:02d} in a zone {z:+g} h from UTC",
        hint="UTC is the local clock minus the zone: 60 (hour - zone) + minute.",
    )]  # fmt: skip


UNITS: dict[str, tuple[float, str, list[tuple[float, str]]]] = {
    "mi": (1609.344, "m", [
        (1852.0, "That is the nautical mile, for ships and aircraft. A mile on land has 1609.344 m."),
        (1.609344, "That is kilometres. A length in SI is in metres."),
        (1 / 1609.344, "You divided where you have to multiply: a mile is longer than a metre."),
        (1 / 1.609344, "You divided where you have to multiply, and a length in SI is in metres."),
        (1600.0, "1600 is rounded too far: 0.6 %."), (1760.0, "Those are yards."), (5280.0, "Those are feet."),
    ]),
    "ft": (0.3048, "m", [
        (1 / 0.3048, "You divided by the size of a foot: a lander of 7.5 ft is not 25 m tall."),
        (0.3, "0.3 is rounded too far: 1.6 %. A foot has 0.3048 m exactly."),
        (0.9144, "That is a yard. A foot has 0.3048 m."), (30.48, "Those are centimetres."), (12.0, "Those are inches."),
        (0.0254, "That is an inch. A foot has 12 of them."), (1.0, "Nothing was converted: feet came out as they went in."),
    ]),
    "lb": (0.45359237, "kg", [
        (1 / 0.45359237, "You divided where you have to multiply: a pound is lighter than a kilogram."),
        (0.5, "That is the metric pound of a market stall. This one has 0.45359237 kg."),
        (4.4482216152605, "That is the pound as a force, in newtons. Here it is a mass."),
        (453.59237, "Those are grams. The SI unit of mass is the kilogram."), (1.0, "Nothing was converted."),
        (0.45, "0.45 is rounded too far: 0.8 %."),
    ]),
    "mph": (0.44704, "m/s", [
        (1.609344, "That is km/h. A speed in SI is in m/s."), (1609.344, "You forgot the hour: divide by 3600 s."),
        (0.514444, "That is the knot, a nautical mile an hour."), (1 / 0.44704, "You divided where you have to multiply."),
        (1609.344 / 60.0, "That is metres in a minute: an hour has 3600 s."),
    ]),
    "km/h": (1 / 3.6, "m/s", [
        (3.6, "You multiplied by 3.6 where you have to divide."), (1000.0, "You forgot the hour: divide by 3600 s."),
        (1.0, "Nothing was converted."), (1000 / 60.0, "That is metres in a minute: an hour has 3600 s."),
        (1 / 3600.0, "You forgot that a kilometre has 1000 m."),
    ]),
}  # fmt: skip
"""Unit: its size in SI, the SI unit, sizes that people take it for, with a hint."""
VALUES = (1.0, 7.5, 62.0, -223.0)
GROUPS = (("lengths", ("mi", "ft")), ("mass", ("lb",)), ("speeds", ("mph", "km/h")))


def judge_units(answer: Any) -> list[Finding]:
    """A factor for each unit, the same for every value; drawn are one from 3 to 90 and one from -900 to -100."""
    draw = exam().rng("00.units")
    asked = (*VALUES, round(float(draw.uniform(3.0, 90.0)), 2), round(float(draw.uniform(-900.0, -100.0)), 1))
    given = {unit: slips.values(answer, "to_si", [(value, unit) for value in asked]) for unit in UNITS}

    def fits(found: list[float], size: float, relative: float) -> bool:
        return all(slips.same(g, v * size, relative) for g, v in zip(found, asked, strict=True))

    findings = []
    for what, units in GROUPS:
        bad = [u for u in units if not fits(given[u], UNITS[u][0], 1e-3)]
        unit = (bad or list(units))[0]
        size, si_unit, known = UNITS[unit]
        hint = "1 mi = 1609.344 m, 1 ft = 0.3048 m, 1 lb = 0.45359237 kg, 1 h = 3600 s: all exact. Multiply."
        for wrong, told in known:
            if fits(given[unit], wrong, 2e-3):
                hint = told
        if abs(given[unit][1] - size - 6.5) < 1e-6 or abs(given[unit][3] - given[unit][0]) < 1e-12:
            hint = "The value has to be multiplied by the size of its unit."
        if bad and slips.same(given[unit][1], 7.5 * size) and slips.same(given[unit][3], 223.0 * size):
            hint = "The sign got lost: a height below the ground is negative."
        k = next((i for i in (2, *range(len(asked))) if not slips.same(given[unit][i], asked[i] * size)), 2)
        findings.append(Finding(f"{what}: {asked[k]:g} {unit}", 1, not bad, number_text(given[unit][k], si_unit),
                                number_text(asked[k] * size, si_unit), hint))  # fmt: skip
    return findings


def half_turn(apolune_m: float, perilune_m: float, mu: float = MU_MOON, radius: float = R_MOON) -> float:
    """Time from the high point to the low point of an orbit; heights over the mean Moon."""
    return math.pi * math.sqrt((radius + 0.5 * (apolune_m + perilune_m)) ** 3 / mu)


def judge_coast(answer: Any) -> list[Finding]:
    """pi sqrt(a^3 / mu); drawn are two high points from 150 to 9,000 km, with low points from 10 to 90 km."""
    draw = exam().rng("00.coast")
    drawn = [(1e3 * int(draw.integers(150, 9001)), 1e3 * int(draw.integers(10, 91))) for _ in range(2)]
    inputs = [(100e3, 15e3), (100e3, 20e3), (600e3, 15e3), (5800e3, 70e3), *drawn]
    known: list[slips.Slip] = [
        (lambda x, y: 2.0 * half_turn(x, y),
         "That is a whole turn. The burn is at the high point, braking at the low one: half."),
        (lambda x, y: half_turn(x, y) / 60.0, "Those are minutes. Seconds, please."),
        (lambda x, y: half_turn(x, y, radius=0.0),
         "Heights are counted from the ground, an orbit from the centre: add R_MOON."),
        (lambda x, y: half_turn(2 * x, 2 * y, radius=2 * R_MOON),
         "You took the sum for the semi-major axis. It is half of it."),
        (lambda x, y: half_turn(x, x),
         "The orbit is no longer the circle: its low point lies lower. Take the mean of both."),
        (lambda x, y: half_turn(y, y), "That is a circle at the low point. Take the mean of both heights."),
        (lambda x, y: half_turn(x, y, mu=MU_EARTH), "That is half a turn around the Earth: mu of the Moon, MU_MOON."),
        (lambda x, y: half_turn(x, y, radius=6378.1e3), "The radius is the Earth's."),
        (lambda x, y: math.sqrt((R_MOON + 0.5 * (x + y)) ** 3 / MU_MOON),
         "Pi is missing: a whole turn is 2 pi sqrt(a^3 / mu)."),
        (lambda x, y: math.pi * (R_MOON + 0.5 * (x + y)) ** 3 / MU_MOON, "The square root is missing."),
        (lambda x, y: math.pi * math.sqrt((R_MOON + 0.5 * (x + y)) ** 2 / MU_MOON),
         "The third power of a: Kepler's third law."),
        (lambda x, y: half_turn(x, y, radius=R_MOON + 0.5 * (x + y)),
         "The Moon's radius goes in once: a = R_MOON + (apolune + perilune) / 2."),
        (lambda x, y: half_turn(1e3 * x, 1e3 * y), "The heights are in metres already: leave out the factor 1000."),
        (lambda x, y: math.pi * math.sqrt(((x + y) / 2 + R_MOON / 1e3) ** 3 / MU_MOON), "R_MOON is in metres already."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "half_turn", inputs, half_turn, known, points=2, unit="s", relative=1e-3,
        requirement="half a turn of", shown=lambda x, y: f"{x / 1e3:g} x {y / 1e3:g} km",
        hint="pi sqrt(a^3 / mu) with a = R_MOON + (apolune + perilune) / 2.",
    )]  # fmt: skip


LABELS = ("agrees", "slip", "contradicted", "outdated")
STATEMENTS = {
    "landing": ("agrees",
                "15:17 at -4 h, 19:17 at 0 and 04:17 at +9 h on the next day are one moment: put them through utc_minutes."),
    "begin": ("slip", "14:20 EDT and 18:40 GMT are not one moment: one of the two was written down wrongly."),
    "orbit": ("agrees", "62 mi are 99.8 km: printed to whole miles, that is 100 km."),
    "height": ("agrees", "7.5 ft are 2.29 m: 2.3 m to the digits that were printed."),
    "width": ("agrees", "8.5 ft are 2.59 m: 2.6 m to the digits that were printed."),
    "mass": ("agrees", "2200 lb are 998 kg, and both say about."),
    "rim": ("contradicted", "The operator, who has the telemetry, says the sensor was right and the software rejected it."),
    "apex": ("outdated", "2027 had been stated four weeks before the article: once right, but old."),
}  # fmt: skip


def judge_audit(answer: Any) -> list[Finding]:
    """Eight statements of the article, a word each."""
    labels = a.mapping(answer, tuple(STATEMENTS), "audit")
    given = {}
    for key in STATEMENTS:
        text = labels[key]
        if not isinstance(text, str) or text.strip().lower() not in LABELS:
            if a.is_blank(text):
                raise a.BadAnswer(f"audit[{key!r}] is not filled in yet; it must be one of {', '.join(LABELS)}.")
            raise a.BadAnswer(f"audit[{key!r}] is {a.shown(text)}; it must be one of {', '.join(LABELS)}.")
        given[key] = text.strip().lower()
    wrong = [key for key in STATEMENTS if given[key] != STATEMENTS[key][0]]
    odd = [key for key in wrong if STATEMENTS[key][0] != "agrees"]
    told = (odd or wrong)[:2]
    hint = " ".join(f"{key}: {STATEMENTS[key][1]}" for key in told)
    right = len(STATEMENTS) - len(wrong)
    return [
        Finding("at least 6 of 8 statements are labelled right", 1, right >= 6, f"{right} right", "6 to 8", hint),
        Finding("the three that a reader must not repeat are found", 1, not odd, f"{3 - len(odd)} of 3", "3 of 3",
                "" if right < 6 else hint),
        Finding("all statements are labelled right", 1, right == 8, f"{right} right", "8", "" if right < 6 or odd else hint),
    ]  # fmt: skip


Row = tuple[float, str, str]
VERSIONS: list[tuple[list[Row]]] = [
    ([(893.0, "C", "2025-06-24"), (1250.0, "C", "2025-06-06"), (950.0, "C", "2025-06-12")],),
    ([(400.0, "A", "2025-03-08"), (250.0, "B", "2025-03-25"), (300.0, "C", "2025-03-20"), (310.0, "A", "2025-03-06")],),
    ([(65.0, "C", "2025-06-05"), (105.0, "B", "2025-06-04"), (90.0, "B", "2025-06-06"), (80.0, "C", "2025-07-01")],),
    ([(-223.0, "C", "2025-06-05"), (52.0, "C", "2025-06-04"), (192.0, "B", "2025-06-03"), (180.0, "B", "2025-06-02")],),
]  # fmt: skip
"""(value, grade, said), so chosen that best grade, latest, first, last, middle, extremes and means all differ somewhere."""


def settle(rows: list[Row]) -> tuple[float, float, float]:
    """Span of all versions, and the latest of the best grade."""
    best = min(grade for _, grade, _ in rows)
    _, value = max((said, value) for value, grade, said in rows if grade == best)
    return min(r[0] for r in rows), max(r[0] for r in rows), value


def _drawn(draw: np.random.Generator) -> list[Row]:
    """Five versions in no order, on five days; the best grade is there twice, whole values from -300 to 1,500."""
    grades = draw.permutation(list("AABCC" if draw.random() < 0.5 else "BBCCC"))
    values = draw.choice(np.arange(-300, 1501), len(grades), replace=False)
    days = draw.choice(np.arange(1, 31), len(grades), replace=False)
    return [(float(v), str(g), f"2025-06-{d:02d}") for v, g, d in zip(values, grades, days, strict=True)]


def _pick(rows: list[Row], key: Callable[[Row], Any], largest: bool = True) -> float:
    return (max if largest else min)(rows, key=key)[0]


def judge_versions(answer: Any) -> list[Finding]:
    """Show the span, follow the best grade, and of equal grades the latest; never the mean."""
    function = a.function(answer, "settle")
    draw = exam().rng("00.versions")
    asked = [*VERSIONS, (_drawn(draw),), (_drawn(draw),)]
    given = []
    for (rows,) in asked:
        got = a.call(function, list(rows), name="settle")
        given.append(a.numbers(got, 3, "settle", "(low, high, best)"))
    right = [settle(rows) for (rows,) in asked]
    spans: list[slips.Slip] = [
        (lambda rows: settle(rows)[1] - settle(rows)[0], "That is the width of the span. Return its two ends."),
        (lambda rows: min(abs(r[0]) for r in rows), "The sign counts: -223 m is lower than 52 m."),
        (lambda rows: min(r[0] for r in rows if r[1] == min(x[1] for x in rows)),
         "The span is of all versions, not only of the best grade: a reader should see how far apart they are."),
        (lambda rows: settle(rows)[1], "low and high are exchanged."),
        (lambda rows: rows[0][0], "The list is in no order: take the smallest, not the first."),
        (lambda rows: _pick(rows, lambda r: r[2], largest=False), "low is the smallest value, not the earliest."),
    ]  # fmt: skip
    choices: list[slips.Slip] = [
        (lambda rows: sum(r[0] for r in rows) / len(rows),
         "That is the mean: a number that nobody printed. Sources that disagree are shown, not blended."),
        (lambda rows: 0.5 * (settle(rows)[0] + settle(rows)[1]), "That is the middle of the span: nobody printed it."),
        (lambda rows: sorted(r[0] for r in rows)[len(rows) // 2], "The median asks how many say it, not who."),
        (lambda rows: _pick(rows, lambda r: r[2]), "That is the latest of all. Grade comes first, then the date."),
        (lambda rows: _pick([r for r in rows if r[1] == min(x[1] for x in rows)], lambda r: r[2], largest=False),
         "The grade is right. Of equal grades take the latest: people correct themselves."),
        (lambda rows: _pick(rows, lambda r: (r[1], r[2])), "A is the best grade, C the last: as text, 'A' < 'C'."),
        (lambda rows: _pick(rows, lambda r: r[1]), "A is the best grade, C the last: as text, 'A' < 'C'."),
        (lambda rows: next(r[0] for r in rows if r[1] == min(x[1] for x in rows)),
         "That is the first of the best grade in the list. The list is in no order: look at the dates."),
        (lambda rows: rows[0][0], "That is the first of the list, which is in no order."),
        (lambda rows: rows[-1][0], "That is the last of the list, which is in no order."),
        (lambda rows: settle(rows)[1], "That is the largest. Who says it, and when?"),
        (lambda rows: settle(rows)[0], "That is the smallest. Who says it, and when?"),
    ]  # fmt: skip

    def finding(k: int, what: str, points: int, known: list[slips.Slip], hint: str, parts: tuple[int, ...]) -> Finding:
        bad = [i for i in range(len(given)) if any(not slips.same(given[i][p], right[i][p], 1e-6, 1e-9) for p in parts)]
        i = bad[0] if bad else 0
        told = slips.slip_hint([g[k] for g in given], asked, known, 1e-6) if bad else ""
        shown = ", ".join(f"{value:g} ({grade}, {said})" for value, grade, said in asked[i][0])
        return Finding(f"{what} of {shown}", points, not bad, " to ".join(number_text(given[i][p]) for p in parts),
                       " to ".join(number_text(right[i][p]) for p in parts), told or hint)  # fmt: skip

    return [
        finding(0, "span", 1, spans, "The smallest and the largest of all values.", (0, 1)),
        finding(2, "best", 1, choices, "Best grade first (A before B before C); of these, the latest date.", (2,)),
    ]


EXERCISES = (
    Exercise("00.clock", "one moment, three clocks", 2, ("utc_minutes",), judge_clock),
    Exercise("00.coast", "half a turn of an orbit", 2, ("half_turn",), judge_coast),
    Exercise("00.units", "miles, feet, pounds, and an hour", 3, ("to_si",), judge_units),
    Exercise("00.audit", "eight statements of an article", 3, ("audit",), judge_audit),
    Exercise("00.versions", "sources that disagree", 2, ("settle",), judge_versions),
)
