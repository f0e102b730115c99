"""Lesson 07: different right answers pass, plausible wrong ones fail with the hint that fits."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import lunarlab as ll
from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.ephemeris import iso, sky, tdb
from lunarlab.ephemeris.places import Site
from lunarlab.insertion import windows

# --- the Sun ----------------------------------------------------------------------------------------------------------


def elevation(b, e, s, t):
    return math.asin(math.sin(b) * math.sin(s) + math.cos(b) * math.cos(s) * math.cos(e - t))


def unit(b, e):
    return np.array([np.cos(b) * np.cos(e), np.cos(b) * np.sin(e), np.sin(b)])


def by_vectors(b, e, s, t):
    return np.pi / 2 - np.arccos(unit(b, e) @ unit(s, t))


def by_axes(b, e, s, t):
    """East, north and up."""
    sun = unit(s, t)
    east = np.array([-np.sin(e), np.cos(e), 0.0])
    north = np.cross(unit(b, e), east)
    return np.arctan2(sun @ unit(b, e), np.hypot(sun @ east, sun @ north))


# --- light ------------------------------------------------------------------------------------------------------------


def light(t, y, b, s):
    return 1 / (1 / t - 1 / y) * math.acos(-math.tan(b) * math.tan(s)) / math.pi


def counted(t, y, b, s, n=400_001):
    """How many of many moments of a lunar day are light."""
    hour = np.linspace(-np.pi, np.pi, n)
    up = np.sin(b) * np.sin(s) + np.cos(b) * np.cos(s) * np.cos(hour) > 0
    return up.mean() * t * y / (y - t)


def by_rate(t, y, b, s):
    rate = 2 * np.pi / t - 2 * np.pi / y
    return np.array([2 * np.arccos(-np.tan(b) * np.tan(s)) / rate])


# --- passes -----------------------------------------------------------------------------------------------------------


def next_pass(p, s, m):
    return (p - s) % math.pi / (2 * math.pi) * m


def either_half(p, s, m):
    ways = [np.mod(p + half - s, 2 * np.pi) for half in (0.0, np.pi)]
    return np.float64(min(ways) * m / (2 * np.pi))


def stepped(p, s, m):
    way = p - s
    while way >= math.pi:
        way -= math.pi
    while way < 0:
        way += math.pi
    return way / 2 / math.pi * m


# --- last hour --------------------------------------------------------------------------------------------------------


def doi(h, p):
    high, low = R_MOON + h, R_MOON + p
    a = (high + low) / 2
    return math.sqrt(MU_MOON / high) - math.sqrt(MU_MOON * (2 / high - 1 / a)), math.pi * math.sqrt(a**3 / MU_MOON)


def hohmann(h, p):
    r = R_MOON + h
    x = (R_MOON + p) / r
    v = (MU_MOON / r) ** 0.5
    return [v * (1 - (2 * x / (1 + x)) ** 0.5), np.pi * r / v * ((1 + x) / 2) ** 1.5]


def flown(h, p):
    r = R_MOON + h
    dv = doi(h, p)[0]

    def rate(_, y):
        d = math.hypot(y[0], y[1]) ** 3
        return [y[2], y[3], -MU_MOON * y[0] / d, -MU_MOON * y[1] / d]

    def low(_, y):
        return y[0] * y[2] + y[1] * y[3]

    low.direction, low.terminal = 1, True
    out = solve_ivp(rate, (0, 20e3), [r, 0, 0, math.sqrt(MU_MOON / r) - dv], events=low, rtol=1e-10, atol=1e-3)
    return np.array([dv, out.t[-1]])


RIGHT = {
    "07.sun": (elevation, by_vectors, by_axes),
    "07.light": (light, counted, by_rate),
    "07.passes": (next_pass, either_half, stepped),
    "07.doi": (doi, hohmann, flown),
}


@pytest.mark.parametrize(("id", "answer"), [(id, f) for id, every in RIGHT.items() for f in every])
def test_right_answers(id, answer):
    result = ll.check(id, answer)
    assert result.points == result.out_of, result


def circle(r):
    return math.sqrt(MU_MOON / r)


WRONG = [
    ("07.sun", lambda b, e, s, t: math.acos(math.sin(elevation(b, e, s, t))), "zenith"),
    ("07.sun", lambda b, e, s, t: math.degrees(elevation(b, e, s, t)), "That is degrees"),
    ("07.sun", lambda b, e, s, t: 90 - math.degrees(elevation(b, e, s, t)), "zenith, in degrees"),
    ("07.sun", lambda b, e, s, t: elevation(*np.radians([b, e, s, t])), "nothing to convert"),
    ("07.sun", lambda b, e, s, t: math.sin(elevation(b, e, s, t)), "Undo the sine"),
    ("07.sun", lambda b, e, s, t: abs(elevation(b, e, s, t)), "At night"),
    ("07.sun", lambda b, e, s, t: max(elevation(b, e, s, t), 0), "not zero"),
    ("07.sun", lambda b, e, s, t: math.asin(math.cos(b) * math.cos(e - t)), "not over the equator"),
    ("07.sun", lambda b, e, s, t: elevation(-b, e, s, t), "north meets north"),
    ("07.sun", lambda b, e, s, t: elevation(b, e, s, -t), "added the longitudes"),
    ("07.sun", lambda b, e, s, t: elevation(e, b, t, s), "latitude comes first"),
    ("07.sun", lambda b, e, s, t: -elevation(b, e, s, t), "day is night"),
    ("07.sun", lambda b, e, s, t: math.asin(math.sin(b) * math.sin(s) + math.cos(b) * math.cos(s) * math.sin(e - t)),
     "not sine"),
    ("07.sun", 0.2072, "must be a function"),
    ("07.light", lambda t, y, b, s: light(t, 1e99, b, s), "sidereal month"),
    ("07.light", lambda t, y, b, s: light(t, -y, b, s), "subtracted"),
    ("07.light", lambda t, y, b, s: 2 * light(t, y, b, s), "not twice that"),
    ("07.light", lambda t, y, b, s: light(t, y, b, s) / 2, "noon to sunset"),
    ("07.light", lambda t, y, b, s: light(t, y, 0, 0), "half a lunar day"),
    ("07.light", lambda t, y, b, s: 2 * light(t, y, 0, 0), "whole lunar day"),
    ("07.light", lambda t, y, b, s: light(t, y, b, -s), "That is the night"),
    ("07.light", lambda t, y, b, s: light(t, y, b, s) / DAY, "days"),
    ("07.light", lambda t, y, b, s: light(t, y, b, s) / 3600, "hours"),
    ("07.light", lambda t, y, b, s: math.degrees(light(t, y, b, s)), "Radians and degrees"),
    ("07.light", lambda t, y, b, s: math.radians(light(t, y, b, s)), "Radians and degrees"),
    ("07.light", lambda t, y, b, s: light(t, y, *np.radians([b, s])), "nothing to convert"),
    ("07.passes", lambda p, s, m: (p - s) % (2 * math.pi) / (2 * math.pi) * m, "southbound half comes by"),
    ("07.passes", lambda p, s, m: (s - p) % math.pi / (2 * math.pi) * m, "turns eastward"),
    ("07.passes", lambda p, s, m: (s - p) % (2 * math.pi) / (2 * math.pi) * m, "wanders west"),
    ("07.passes", lambda p, s, m: (p - s) / (2 * math.pi) * m, "in the past"),
    ("07.passes", lambda p, s, m: abs(p - s) / (2 * math.pi) * m, "which is further west"),
    ("07.passes", lambda p, s, m: (p - s) % math.pi / math.pi * m, "full 2 pi"),
    ("07.passes", lambda p, s, m: next_pass(p, s, m) / DAY, "days"),
    ("07.passes", lambda p, s, m: next_pass(p, s, m) / 3600, "hours"),
    ("07.passes", lambda p, s, m: next_pass(p, s, m * 29.530589 / 27.321661), "synodic"),
    ("07.passes", lambda p, s, m: (p - s) % 180 / 360 * m, "treat them as degrees"),
    ("07.passes", lambda p, s, m: (p - s) % math.pi * m, "divide by that"),
    ("07.passes", lambda p, s, m: (p - s) % math.pi, "angle to go"),
    ("07.doi", lambda h, p: (-doi(h, p)[0], doi(h, p)[1]), "positive"),
    ("07.doi", lambda h, p: (doi(h, p)[0] - doi(p, h)[0], doi(h, p)[1]), "both burns"),
    ("07.doi", lambda h, p: (-doi(p, h)[0], doi(h, p)[1]), "at the bottom"),
    ("07.doi", lambda h, p: (circle(R_MOON + p) - circle(R_MOON + h), doi(h, p)[1]), "two circles"),
    ("07.doi", lambda h, p: (doi(h, p)[0] / 1e3, doi(h, p)[1]), "km/s"),
    ("07.doi", lambda h, p: (circle(R_MOON + h) - doi(h, p)[0], doi(h, p)[1]), "speed after the burn"),
    ("07.doi", lambda h, p: (doi(h, p)[0], 2 * doi(h, p)[1]), "full revolution"),
    ("07.doi", lambda h, p: (doi(h, p)[0], math.pi * (R_MOON + h) / circle(R_MOON + h)), "on the circle"),
    ("07.doi", lambda h, p: (doi(h, p)[0], doi(h, p)[1] / 60), "minutes"),
    ("07.doi", lambda h, p: (doi(h, p)[0], doi(h, p)[1] / 2), "quarter"),
    ("07.doi", lambda h, p: doi(h, p)[::-1], "wrong order"),
    ("07.doi", lambda h, p: (doi(h - R_MOON, p - R_MOON + 1)[0].real if h > R_MOON else 0.0, math.pi * math.sqrt((h + p) ** 3 / 8 / MU_MOON)),
     "R_MOON larger"),
    ("07.doi", lambda h, p: tuple(x * f for x, f in zip(doi(h, p), (9.017, 1 / 9.017), strict=True)), "Earth's gravitational"),
    ("07.doi", lambda h, p: doi(h, p)[0], "must return 2 numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "answer", "hint"), WRONG)
def test_wrong_answers_get_the_hint_that_fits(id, answer, hint):
    result = ll.check(id, answer)
    assert result.points < result.out_of, result
    assert hint in result.message, result


# --- the plan ---------------------------------------------------------------------------------------------------------

IMBRIUM, IRIDUM = Site("mare-imbrium", 44.12, -19.51), Site("sinus-iridum", 44.0, -31.5)
HUMORUM, PROCELLARUM = Site("mare-humorum", -24.0, -38.6), Site("procellarum", 43.0, -52.0)
BEFORE = 600.0 + doi(100e3, 15e3)[1]
GIVEN = tdb("2025-06-05T19:17")
ORBIT = windows.plane_through("mare-frigoris", GIVEN)


def row(where, date, before=BEFORE):
    t = tdb(date)
    return (where, t, t - before)


FRIGORIS = row("mare-frigoris", "2025-06-05T19:17")
ON_6 = row(IMBRIUM, "2025-06-06T22:26")
ON_7 = row(IRIDUM, "2025-06-07T20:16")
ON_9 = row(PROCELLARUM, "2025-06-09T09:26")


def as_text(rows):
    return [[site, iso(t)[:19], iso(burn)[:19]] for site, t, burn in rows]


@pytest.mark.parametrize("plan", [
    [FRIGORIS, ON_6, ON_7],
    (FRIGORIS, ON_7, ON_9),
    as_text([FRIGORIS, row(HUMORUM, "2025-06-08T09:13"), ON_9]),
    [FRIGORIS, row(IMBRIUM, "2025-06-06T22:50"), row(Site("mine", 30.0, -33.0), "2025-06-07T23:00")],
    [("mare-frigoris", datetime(2025, 6, 5, 19, 17), datetime(2025, 6, 5, 18, 10)), ON_6, ON_7],
], ids=["library", "later", "text", "own site", "datetime"])  # fmt: skip
def test_right_plans(plan):
    result = ll.check("07.plan", plan)
    assert result.points == 4, result


def test_a_plan_that_follows_the_text():
    plan = []
    for where, begin in (("mare-frigoris", "2025-06-05"), (HUMORUM, "2025-06-06"), (PROCELLARUM, "2025-06-08T12:00")):
        chance = windows.opportunities(where, begin, "2025-06-30", orbit=ORBIT, which="estrack")[0]
        plan.append((where, chance.touchdown_s, chance.timeline.doi_s))
    assert ll.check("07.plan", plan).points == 4


@pytest.mark.parametrize(("plan", "hint", "points"), [
    ([ON_6, ON_7, ON_9], "primary site is Mare Frigoris", 2),
    ([FRIGORIS, row("mare-frigoris", "2025-07-03T03:03"), ON_9], "stands in the plan already", 1),
    ([FRIGORIS, row("atlas", "2025-06-29T09:50"), row(IMBRIUM, "2025-07-04T06:11")], "Sun is 0.5 deg high", 1),
    ([FRIGORIS, ON_7, ON_6], "comes before the row above", 2),
    ([FRIGORIS, ON_6, row(Site("near", 20.0, -24.0), "2025-06-07T06:30")], "to prepare, takes 20 h", 2),
    ([FRIGORIS, row(IMBRIUM, "2025-06-07T07:26"), ON_9], "Japanese time", 2),
    ([FRIGORIS, row(IMBRIUM, "2025-06-06T18:26"), ON_7], "EDT", 2),
    ([FRIGORIS, row(IMBRIUM, "2025-06-07T12:26"), ON_9], "km beside the site", 2),
    ([FRIGORIS, row("apollo-basin", "2025-06-17T03:20"), row("tranquillitatis", "2025-06-30T23:53")], "relay", 1),
    ([FRIGORIS, row("shiv-shakti", "2025-06-16T15:59"), row("mons-mouton", "2025-06-30T12:57")], "deg high", 1),
    ([FRIGORIS, ON_6, row("mare-frigoris", "2025-07-16T18:44")], "stands in the plan already", 2),
    ([row("mare-frigoris", "2025-06-06T19:17"), ON_7, ON_9], "197 km beside", 2),
    ([row("mare-frigoris", "2025-07-16T18:44"), row(IMBRIUM, "2025-07-17T21:50"), ON_9], "wanted are 5", 0),
    ([(*FRIGORIS[:2], GIVEN - 3411.0), ON_6, ON_7], "That is the coast alone", 3),
    ([(*FRIGORIS[:2], GIVEN - 600.0), ON_6, ON_7], "where braking starts", 3),
    ([(*FRIGORIS[:2], GIVEN - 7423.0), ON_6, ON_7], "full revolution before", 3),
    ([(*FRIGORIS[:2], GIVEN - 4134.0), ON_6, ON_7], "half a revolution of the circle", 3),
    ([(*FRIGORIS[:2], GIVEN + 4011.0), ON_6, ON_7], "starts the descent", 3),
    ([(*FRIGORIS[:2], tdb("2025-06-05T18:40")), ON_6, ON_7], "Count back", 3),
    ([(*FRIGORIS[:2], 4012.0), ON_6, ON_7], "that is a duration", 0),
    ([FRIGORIS, (*ON_6[:2], np.float64(4012.0)), ON_7], "touchdown minus duration", 0),
    ([FRIGORIS, ("mare-imbrium", *ON_6[1:]), ON_7], 'write WEST["mare-imbrium"]', 0),
    ([FRIGORIS, ON_6], "list of three rows", 0),
    ([FRIGORIS[:2], ON_6, ON_7], "(site, touchdown, burn)", 0),
    ([("mare frigoris", *FRIGORIS[1:]), ON_6, ON_7], "mare-frigoris", 0),
    ([("mare-frigoris", "5 June", "5 June"), ON_6, ON_7], "touchdown of row 1", 0),
    ([row("mare-frigoris", "2024-06-05T19:17"), ON_6, ON_7], "2025", 0),
    ("mare-frigoris", "list of three rows", 0),
], ids=str)  # fmt: skip
def test_wrong_plans_get_the_hint_that_fits(plan, hint, points):
    result = ll.check("07.plan", plan)
    assert hint in result.message, result
    assert result.points == points, result


# --- what the text says -----------------------------------------------------------------------------------------------


def test_three_dates_lead_to_three_places():
    """Announced in April 2023 were 26 April, 1 May and 3 May, without hours; the orbit is taken for a polar one."""
    first = tdb("2023-04-25T16:40")
    orbit = windows.plane_through("atlas", first)
    for date, where in (("2023-04-26", Site("somniorum", 38.0, 30.0)), ("2023-05-01", Site("iridum", 44.0, -31.5)),
                        ("2023-05-03", Site("procellarum", 40.0, -57.0))):  # fmt: skip
        chance = windows.opportunities(where, first, "2023-05-09", orbit=orbit, which="estrack")[0]
        assert chance.date.startswith(date)


def test_figures_in_the_text():
    assert doi(100e3, 15e3)[0] == pytest.approx(19.5, abs=0.05)
    assert doi(100e3, 15e3)[1] / 60.0 == pytest.approx(56.9, abs=0.05)
    assert math.degrees(sky.sun_at("mons-mouton", "2025-03-06T17:29").elevation_rad) == pytest.approx(2.5, abs=0.1)
    assert next_pass(math.radians(-4.6), math.radians(-19.51), 27.321661 * DAY) / DAY == pytest.approx(
        (windows.crossings(IMBRIUM, ORBIT, "2025-06-06", "2025-06-08")[0][0] - GIVEN) / DAY, abs=0.02
    )
    chances = windows.opportunities("mare-frigoris", "2025-06-01", "2025-11-01", orbit=ORBIT, which="estrack")
    assert [c.date[:10] for c in chances] == ["2025-06-05", "2025-10-06"]


def test_untouched():
    for id, blank in (("07.sun", lambda *x: ...), ("07.light", ...), ("07.passes", lambda *x: None), ("07.doi", lambda *x: (..., ...)),
                      ("07.plan", ...), ("07.plan", [(..., ..., ...)] * 3)):  # fmt: skip
        assert "Not answered yet" in ll.check(id, blank).message
