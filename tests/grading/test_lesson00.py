"""Lesson 00: different right answers pass, plausible wrong ones fail with the hint that fits; its article and its room."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from astropy import units as u

import lunarlab as ll
from lunarlab.console.rooms.sources import PANEL, minutes
from lunarlab.errors import CaseError, LunarlabError

R, MU = 1737.4e3, 4.902800066e12
SIZES = {"mi": 1609.344, "ft": 0.3048, "lb": 0.45359237, "mph": 0.44704, "km/h": 1 / 3.6}
AUDIT = dict.fromkeys(("landing", "orbit", "height", "width", "mass"), "agrees") | {
    "begin": "slip", "rim": "contradicted", "apex": "outdated",
}  # fmt: skip


def by_datetime(hour, minute, zone):
    midnight = dt.datetime(2025, 6, 5, tzinfo=dt.UTC)
    local = dt.datetime(2025, 6, 5, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=zone)))
    return (local - midnight).total_seconds() / 60.0


def by_astropy(value, unit):
    from astropy.units import imperial

    known = {"mi": imperial.mi, "ft": imperial.ft, "lb": imperial.lb, "mph": imperial.mi / u.h, "km/h": u.km / u.h}
    return value * known[unit]


def by_integration(apolune, perilune):
    """Half a turn, flown: r'' of the two-body problem from the high point until the radial speed turns."""
    high, low = R + apolune, R + perilune
    speed = math.sqrt(2 * MU * low / (high * (high + low)))
    r, v, t, dt = np.array([high, 0.0]), np.array([0.0, speed]), 0.0, 1.0
    while True:
        mid = r + 0.5 * dt * v
        v = v - dt * MU * mid / np.hypot(*mid) ** 3
        r, t = mid + 0.5 * dt * v, t + dt
        if r[1] < 0.0:
            return t - r[1] / v[1]


def sorted_twice(rows):
    order = sorted(sorted(rows, key=lambda r: r[2], reverse=True), key=lambda r: r[1])
    values = np.array([r[0] for r in rows])
    return [values.min(), values.max(), order[0][0]]


def one_by_one(rows):
    best = rows[0]
    for row in rows:
        if row[1] < best[1] or (row[1] == best[1] and row[2] > best[2]):
            best = row
    return np.array([min(r[0] for r in rows), max(r[0] for r in rows), best[0]])


RIGHT = {
    "00.clock": [lambda h, m, z: 60 * (h - z) + m, by_datetime, lambda h, m, z: np.array([h * 60.0 + m - z * 60.0])],
    "00.units": [lambda v, unit: v * SIZES[unit], by_astropy, lambda v, unit: np.float64(v) * {**SIZES, "lb": 0.4536}[unit]],
    "00.coast": [
        lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 3 / MU),
        lambda x, y: np.pi * ((2 * R + x + y) / 2) ** 1.5 / np.sqrt(4.9028e12),
        by_integration,
    ],
    "00.audit": [AUDIT, {k: f" {v.upper()} " for k, v in AUDIT.items()}, {**AUDIT, "more": "notes"}],
    "00.versions": [
        sorted_twice, one_by_one,
        lambda rows: (min(rows)[0], max(rows)[0], sorted((ord(g), -int(d.replace("-", "")), v) for v, g, d in rows)[0][2]),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("id", "answer"), [(id, a) for id, answers in RIGHT.items() for a in answers])
def test_right_answers(id, answer):
    result = ll.check(id, answer)
    assert result.points == result.out_of, result


def units(**other):
    return lambda v, unit: v * {**SIZES, **other}[unit]


def span_and(best):
    return lambda rows: (min(r[0] for r in rows), max(r[0] for r in rows), best(rows))


def top(rows):
    return [r for r in rows if r[1] == min(x[1] for x in rows)]


def with_span(low, high):
    return lambda rows: (low(rows), high(rows), sorted_twice(rows)[2])


WRONG = [
    ("00.clock", lambda h, m, z: 60 * (h + z) + m, "wrong way"),
    ("00.clock", lambda h, m, z: (60 * (h - z) + m) % 1440, "the day got lost"),
    ("00.clock", lambda h, m, z: 60 * h + m, "zone is not used"),
    ("00.clock", lambda h, m, z: 60 * h + m - z, "hour has 60 minutes"),
    ("00.clock", lambda h, m, z: h - z + m / 60, "Those are hours"),
    ("00.clock", lambda h, m, z: 100 * (h - z) + m, "how a clock is written"),
    ("00.clock", lambda h, m, z: 60 * (h - int(z)) + m, "half an hour off"),
    ("00.clock", lambda h, m, z: 60 * (h - z), "minutes of the clock are missing"),
    ("00.clock", lambda h, m, z: 60 * (h + abs(z)) + m, "sign of the zone"),
    ("00.clock", lambda h, m, z: f"{h - z}:{m}", "must be a number"),
    ("00.clock", lambda h, m: 0, "positional argument"),
    ("00.units", units(mi=1852.0), "nautical mile"),
    ("00.units", units(mi=1.609344), "kilometres"),
    ("00.units", units(mi=1 / 1609.344), "multiply"),
    ("00.units", units(ft=0.3), "rounded too far"),
    ("00.units", units(ft=1 / 0.3048), "not 25 m tall"),
    ("00.units", units(ft=0.0254), "inch"),
    ("00.units", units(lb=2.2046226), "lighter than a kilogram"),
    ("00.units", units(lb=0.5), "market stall"),
    ("00.units", units(lb=4.44822), "as a force"),
    ("00.units", units(lb=453.59237), "grams"),
    ("00.units", units(mph=1.609344), "That is km/h"),
    ("00.units", units(mph=1609.344), "forgot the hour"),
    ("00.units", units(mph=0.514444), "knot"),
    ("00.units", units(**{"km/h": 3.6}), "have to divide"),
    ("00.units", lambda v, unit: SIZES[unit], "has to be multiplied"),
    ("00.units", lambda v, unit: abs(v) * SIZES[unit], "sign got lost"),
    ("00.units", lambda v, unit: v * {"mi": 1.0}[unit], "KeyError"),
    ("00.coast", lambda x, y: 2 * math.pi * math.sqrt((R + (x + y) / 2) ** 3 / MU), "whole turn"),
    ("00.coast", lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 3 / MU) / 60, "Those are minutes"),
    ("00.coast", lambda x, y: math.pi * math.sqrt(((x + y) / 2) ** 3 / MU), "from the centre"),
    ("00.coast", lambda x, y: math.pi * math.sqrt((2 * R + x + y) ** 3 / MU), "half of it"),
    ("00.coast", lambda x, y: math.pi * math.sqrt((R + x) ** 3 / MU), "low point lies lower"),
    ("00.coast", lambda x, y: math.pi * math.sqrt((R + y) ** 3 / MU), "circle at the low point"),
    ("00.coast", lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 3 / 3.986004418e14), "around the Earth"),
    ("00.coast", lambda x, y: math.sqrt((R + (x + y) / 2) ** 3 / MU), "Pi is missing"),
    ("00.coast", lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 2 / MU), "third power"),
    ("00.coast", lambda x, y: math.pi * (R + (x + y) / 2) ** 3 / MU, "square root"),
    ("00.audit", dict.fromkeys(AUDIT, "agrees"), "not one moment"),
    ("00.audit", AUDIT | {"begin": "agrees"}, "not one moment"),
    ("00.audit", AUDIT | {"rim": "agrees"}, "has the telemetry"),
    ("00.audit", AUDIT | {"rim": "slip"}, "has the telemetry"),
    ("00.audit", AUDIT | {"apex": "slip"}, "four weeks before"),
    ("00.audit", AUDIT | {"apex": "contradicted"}, "four weeks before"),
    ("00.audit", AUDIT | {"orbit": "slip"}, "99.8 km"),
    ("00.audit", AUDIT | {"mass": "slip"}, "998 kg"),
    ("00.audit", AUDIT | {"landing": "slip"}, "on the next day"),
    ("00.audit", AUDIT | {"begin": "wrong"}, "must be one of"),
    ("00.audit", AUDIT | {"begin": ...}, "not filled in"),
    ("00.audit", {"begin": "slip"}, "lacks"),
    ("00.audit", ["slip"], "must be a dict"),
    ("00.versions", span_and(lambda rows: sum(r[0] for r in rows) / len(rows)), "That is the mean"),
    ("00.versions", span_and(lambda rows: (min(rows)[0] + max(rows)[0]) / 2), "middle of the span"),
    ("00.versions", span_and(lambda rows: max(rows, key=lambda r: r[2])[0]), "Grade comes first"),
    ("00.versions", span_and(lambda rows: min(top(rows), key=lambda r: r[2])[0]), "people correct themselves"),
    ("00.versions", span_and(lambda rows: max(rows, key=lambda r: r[1:])[0]), "A is the best grade"),
    ("00.versions", span_and(lambda rows: top(rows)[0][0]), "first of the best grade"),
    ("00.versions", span_and(lambda rows: rows[0][0]), "first of the list"),
    ("00.versions", span_and(lambda rows: max(rows)[0]), "the largest"),
    ("00.versions", span_and(lambda rows: sorted(r[0] for r in rows)[len(rows) // 2]), "median"),
    ("00.versions", with_span(lambda rows: max(rows)[0], lambda rows: min(rows)[0]), "exchanged"),
    ("00.versions", with_span(lambda rows: min(top(rows))[0], lambda rows: max(top(rows))[0]), "all versions"),
    ("00.versions", with_span(lambda rows: rows[0][0], lambda rows: rows[-1][0]), "smallest, not the first"),
    ("00.versions", lambda rows: sorted_twice(rows)[2], "must return 3 numbers"),
]


@pytest.mark.parametrize(("id", "answer", "hint"), WRONG)
def test_wrong_answers_get_the_hint_that_fits(id, answer, hint):
    result = ll.check(id, answer)
    assert result.points < result.out_of
    assert hint in result.message, result


@pytest.mark.parametrize("id", RIGHT)
def test_there_are_eight_wrong_answers_and_three_right_ones(id):
    assert sum(row[0] == id for row in WRONG) >= 8
    assert len(RIGHT[id]) >= 3


# -- the article and the room --------------------------------------------------------------------------------------------
def test_the_article_is_what_was_printed():
    figures = ll.article("launch-day").figures
    moments = {minutes(*clock) for clock in figures["landing"].clocks}
    assert moments == {19 * 60 + 17}
    assert [minutes(*clock) for clock in figures["begin"].clocks] == [18 * 60 + 20, 18 * 60 + 40]
    for key in ("orbit", "height", "width", "mass", "engines_off"):
        (foreign, unit), (metric, own) = figures[key].printed
        assert foreign * SIZES[unit] == pytest.approx(metric * {"km": 1e3}.get(own, 1.0), rel=0.01)


@pytest.mark.parametrize("name", ["no-such", None, "../launch-day"])
def test_an_article_that_does_not_exist(name):
    with pytest.raises(CaseError, match="launch-day"):
        ll.article(name)


def test_physics_says_which_clock_is_right():
    """Half a turn takes 56.9 min whatever the article says; the quickest orbit of all 54.2."""
    facts = PANEL.compute(**PANEL.start({})).facts
    assert facts["coast_s"] / 60.0 == pytest.approx(56.9, abs=0.1)
    assert facts["begin_s"] == pytest.approx(19 * 3600 + 17 * 60 - 600 - facts["coast_s"])
    ground = PANEL.compute(**PANEL.start({"apolune_km": 0, "perilune_km": 0})).facts
    assert ground["coast_s"] == pytest.approx(math.sqrt(3 * math.pi / (6.6743e-11 * 3344.0)) / 2, rel=2e-3)


def test_versions_fade_by_grade_and_a_mean_is_said_to_be_nobody_s():
    shown = PANEL.compute(**PANEL.start({"show": "versions", "dispute": "last_height", "mean": True}))
    assert shown.facts["low"] == -223.0
    assert "nobody printed" in shown.description
    none = PANEL.compute(**PANEL.start({"show": "versions", "dispute": "apex_year", "worst": "A"}))
    assert none.facts["count"] == 0.0
    assert "No source has grade A" in none.description
    for key in ll.article("launch-day").disagreements:
        assert PANEL.compute(**PANEL.start({"show": "versions", "dispute": key})).facts["count"] >= 2.0


def test_a_unit_slip_is_refused_by_name():
    vehicle = ll.case("nominal-mare").scenario.vehicle
    with pytest.raises(LunarlabError, match=r"mass_kg.*can't be converted to kg"):
        type(vehicle)(mass_kg=771.0 * u.N)
