"""Answers to lesson 07 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import partial

import numpy as np
from scipy.integrate import solve_ivp

import lunarlab
from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.ephemeris import iso, tdb
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


def day_light(t, y, b, s):
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


def until_pass(p, s, m):
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


# --- the plan ---------------------------------------------------------------------------------------------------------

IMBRIUM, IRIDUM = Site("mare-imbrium", 44.12, -19.51), Site("sinus-iridum", 44.0, -31.5)
HUMORUM, PROCELLARUM = Site("mare-humorum", -24.0, -38.6), Site("procellarum", 43.0, -52.0)
COAST = doi(100e3, 15e3)[1]
GIVEN = tdb("2025-06-05T19:17") + 3600.0 * lunarlab.variant("07.plan")["later_h"]
ORBIT = windows.plane_through("mare-frigoris", GIVEN)


def row(where, t, before=600.0 + COAST):
    return (where, t, t - before)


def over(where, after_h=20.0, orbit=ORBIT):
    """The first time from then on that the orbit passes over a site."""
    start = GIVEN + 3600.0 * after_h
    return row(where, windows.crossings(where, orbit, start, start + 15.0 * DAY)[0][0])


def shifted(row, hours):
    return (row[0], row[1] + 3600.0 * hours, row[2] + 3600.0 * hours)


def as_text(rows):
    return [[site, iso(t)[:19], iso(burn)[:19]] for site, t, burn in rows]


FRIGORIS = row("mare-frigoris", GIVEN)
ON_6, ON_7, ON_8, ON_9 = over(IMBRIUM), over(IRIDUM), over(HUMORUM), over(PROCELLARUM)
CLOCK = datetime.fromisoformat(iso(GIVEN)[:19])
NEIGHBOUR = windows.plane_through("mare-frigoris", GIVEN + 5.0 * 3600.0)


class Sun:
    """An instance that can be called, and that remembers the last place."""

    def __init__(self):
        self.place = self.up = None

    def __call__(self, b, e, s, t):
        if self.place != (b, e):
            self.place, self.up = (b, e), unit(b, e)
        return np.arcsin(np.clip(np.dot(self.up, unit(s, t)), -1.0, 1.0))


def wait(turns, p, s, m):
    return m * ((p - s) / (2 * math.pi / turns) % 1.0) / turns


RIGHT = {
    "07.sun": [elevation, by_vectors, by_axes, Sun()],
    "07.light": [day_light, counted, by_rate],
    "07.passes": [until_pass, either_half, stepped, partial(wait, 2)],
    "07.doi": [doi, hohmann, flown],
    "07.plan": [
        [FRIGORIS, ON_6, ON_7],
        (FRIGORIS, ON_7, ON_9),
        as_text([FRIGORIS, ON_8, ON_9]),
        [FRIGORIS, over(Site("mine", 44.0, -20.0)), ON_8],
        [("mare-frigoris", CLOCK, CLOCK - timedelta(seconds=4010)), shifted(ON_6, 0.4), ON_7],
        [[FRIGORIS[0], *map(np.float64, FRIGORIS[1:])], ON_6, ON_9],
    ],
}  # fmt: skip


def circle(r):
    return math.sqrt(MU_MOON / r)


WRONG = {
    "07.sun": [
        (lambda b, e, s, t: math.acos(math.sin(elevation(b, e, s, t))), "zenith"),
        (lambda b, e, s, t: math.degrees(elevation(b, e, s, t)), "That is degrees"),
        (lambda b, e, s, t: 90 - math.degrees(elevation(b, e, s, t)), "zenith, in degrees"),
        (lambda b, e, s, t: elevation(*np.radians([b, e, s, t])), "nothing to convert"),
        (lambda b, e, s, t: math.sin(elevation(b, e, s, t)), "Undo the sine"),
        (lambda b, e, s, t: abs(elevation(b, e, s, t)), "At night"),
        (lambda b, e, s, t: max(elevation(b, e, s, t), 0), "not zero"),
        (lambda b, e, s, t: math.asin(math.cos(b) * math.cos(e - t)), "not over the equator"),
        (lambda b, e, s, t: elevation(-b, e, s, t), "north meets north"),
        (lambda b, e, s, t: elevation(b, e, s, -t), "added the longitudes"),
        (lambda b, e, s, t: elevation(e, b, t, s), "latitude comes first"),
        (lambda b, e, s, t: -elevation(b, e, s, t), "day is night"),
        (lambda b, e, s, t: math.asin(math.sin(b) * math.sin(s) + math.cos(b) * math.cos(s) * math.sin(e - t)), "not sine"),
        (0.2072, "must be a function"),
    ],
    "07.light": [
        (lambda t, y, b, s: day_light(t, 1e99, b, s), "sidereal month"),
        (lambda t, y, b, s: day_light(t, -y, b, s), "subtracted"),
        (lambda t, y, b, s: 2 * day_light(t, y, b, s), "not twice that"),
        (lambda t, y, b, s: day_light(t, y, b, s) / 2, "noon to sunset"),
        (lambda t, y, b, s: day_light(t, y, 0, 0), "half a lunar day"),
        (lambda t, y, b, s: 2 * day_light(t, y, 0, 0), "whole lunar day"),
        (lambda t, y, b, s: day_light(t, y, b, -s), "That is the night"),
        (lambda t, y, b, s: day_light(t, y, b, s) / DAY, "days"),
        (lambda t, y, b, s: day_light(t, y, b, s) / 3600, "hours"),
        (lambda t, y, b, s: math.degrees(day_light(t, y, b, s)), "Radians and degrees"),
        (lambda t, y, b, s: math.radians(day_light(t, y, b, s)), "Radians and degrees"),
        (lambda t, y, b, s: day_light(t, y, *np.radians([b, s])), "nothing to convert"),
    ],
    "07.passes": [
        (lambda p, s, m: (p - s) % (2 * math.pi) / (2 * math.pi) * m, "southbound half comes by"),
        (lambda p, s, m: (s - p) % math.pi / (2 * math.pi) * m, "turns eastward"),
        (lambda p, s, m: (s - p) % (2 * math.pi) / (2 * math.pi) * m, "wanders west"),
        (lambda p, s, m: (p - s) / (2 * math.pi) * m, "in the past"),
        (lambda p, s, m: abs(p - s) / (2 * math.pi) * m, "which is further west"),
        (lambda p, s, m: (p - s) % math.pi / math.pi * m, "full 2 pi"),
        (lambda p, s, m: until_pass(p, s, m) / DAY, "days"),
        (lambda p, s, m: until_pass(p, s, m) / 3600, "hours"),
        (lambda p, s, m: until_pass(p, s, m * 29.530589 / 27.321661), "synodic"),
        (lambda p, s, m: (p - s) % 180 / 360 * m, "treat them as degrees"),
        (lambda p, s, m: (p - s) % math.pi * m, "divide by that"),
        (lambda p, s, m: (p - s) % math.pi, "angle to go"),
    ],
    "07.doi": [
        (lambda h, p: (-doi(h, p)[0], doi(h, p)[1]), "positive"),
        (lambda h, p: (doi(h, p)[0] - doi(p, h)[0], doi(h, p)[1]), "both burns"),
        (lambda h, p: (-doi(p, h)[0], doi(h, p)[1]), "at the bottom"),
        (lambda h, p: (circle(R_MOON + p) - circle(R_MOON + h), doi(h, p)[1]), "two circles"),
        (lambda h, p: (doi(h, p)[0] / 1e3, doi(h, p)[1]), "km/s"),
        (lambda h, p: (circle(R_MOON + h) - doi(h, p)[0], doi(h, p)[1]), "speed after the burn"),
        (lambda h, p: (doi(h, p)[0], 2 * doi(h, p)[1]), "full revolution"),
        (lambda h, p: (doi(h, p)[0], math.pi * (R_MOON + h) / circle(R_MOON + h)), "on the circle"),
        (lambda h, p: (doi(h, p)[0], doi(h, p)[1] / 60), "minutes"),
        (lambda h, p: (doi(h, p)[0], doi(h, p)[1] / 2), "quarter"),
        (lambda h, p: doi(h, p)[::-1], "wrong order"),
        (lambda h, p: (doi(h - R_MOON, p - R_MOON + 1)[0].real if h > R_MOON else 0.0, math.pi * math.sqrt((h + p) ** 3 / 8 / MU_MOON)), "R_MOON larger"),
        (lambda h, p: tuple(x * f for x, f in zip(doi(h, p), (9.017, 1 / 9.017), strict=True)), "Earth's gravitational"),
        (lambda h, p: doi(h, p)[0], "must return 2 numbers"),
    ],
    "07.plan": [
        ([ON_6, ON_7, ON_9], "primary site is Mare Frigoris"),
        ([FRIGORIS, row("mare-frigoris", GIVEN + 27.3 * DAY), ON_9], "stands in the plan already"),
        ([FRIGORIS, ON_7, ON_6], "comes before the row above"),
        ([FRIGORIS, ON_6, over(Site("near", 20.0, -24.0))], "to prepare, takes 20 h"),
        ([FRIGORIS, shifted(ON_6, 9.0), ON_9], "Japanese time"),
        ([FRIGORIS, shifted(ON_6, -4.0), ON_7], "EDT"),
        ([FRIGORIS, shifted(ON_6, 14.0), ON_9], "km beside the site"),
        ([FRIGORIS, over("apollo-basin"), ON_9], "relay"),
        ([FRIGORIS, ON_6, over(Site("east", 20.0, 20.0), 60.0)], "deg high"),
        ([FRIGORIS, ON_6, row("mare-frigoris", GIVEN + 41.0 * DAY)], "stands in the plan already"),
        ([shifted(FRIGORIS, 24.0), ON_7, ON_9], "km beside"),
        ([over("mare-frigoris"), ON_7, ON_9], "deg high"),
        ([row("mare-frigoris", GIVEN + 18_000.0), over(IMBRIUM, orbit=NEIGHBOUR), over(IRIDUM, orbit=NEIGHBOUR)], "km beside"),
        ([row("mare-frigoris", GIVEN, COAST), ON_6, ON_7], "That is the coast alone"),
        ([row("mare-frigoris", GIVEN, 600.0), ON_6, ON_7], "where braking starts"),
        ([row("mare-frigoris", GIVEN, 2.0 * COAST + 600.0), ON_6, ON_7], "full revolution before"),
        ([row("mare-frigoris", GIVEN, 4134.0), ON_6, ON_7], "half a revolution of the circle"),
        ([row("mare-frigoris", GIVEN, -4011.0), ON_6, ON_7], "starts the descent"),
        ([row("mare-frigoris", GIVEN, 2220.0), ON_6, ON_7], "Count back"),
        ([(*FRIGORIS[:2], 4012.0), ON_6, ON_7], "that is a duration"),
        ([FRIGORIS, (*ON_6[:2], np.float64(4012.0)), ON_7], "touchdown minus duration"),
        ([FRIGORIS, ("mare-imbrium", *ON_6[1:]), ON_7], 'write WEST["mare-imbrium"]'),
        ([FRIGORIS, ON_6], "list of three rows"),
        ([FRIGORIS[:2], ON_6, ON_7], "(site, touchdown, burn)"),
        ([("mare frigoris", *FRIGORIS[1:]), ON_6, ON_7], "mare-frigoris"),
        ([("mare-frigoris", "5 June", "5 June"), ON_6, ON_7], "touchdown of row 1"),
        ([("mare-frigoris", {}, {}), ON_6, ON_7], "touchdown of row 1"),
        ([row("mare-frigoris", GIVEN - 365.0 * DAY), ON_6, ON_7], "2025"),
        ("mare-frigoris", "list of three rows"),
    ],
}  # fmt: skip
