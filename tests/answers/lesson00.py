"""Answers to lesson 00 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction
from functools import partial

import numpy as np
from scipy.integrate import solve_ivp

from lunarlab import twobody
from lunarlab.constants import MU_MOON, R_MOON

R, MU = 1737.4e3, 4.902800066e12
SIZES = {"mi": 1609.344, "ft": 0.3048, "lb": 0.45359237, "mph": 0.44704, "km/h": 1 / 3.6}
AUDIT = dict.fromkeys(("landing", "orbit", "height", "width", "mass"), "agrees") | {
    "begin": "slip", "rim": "contradicted", "apex": "outdated",
}  # fmt: skip


def by_datetime(hour, minute, zone):
    midnight = dt.datetime(2025, 6, 5, tzinfo=dt.UTC)
    local = dt.datetime(2025, 6, 5, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=zone)))
    return (local - midnight).total_seconds() / 60.0


def by_integration(apolune, perilune):
    """Half a turn, flown: from the high point until the radial speed turns."""
    high, low = R + apolune, R + perilune

    def level(t, y):
        return y[0] * y[2] + y[1] * y[3]

    level.terminal, level.direction = True, 1.0
    start = [high, 1e-3, 0.0, math.sqrt(2 * MU * low / (high * (high + low)))]
    run = solve_ivp(lambda t, y: [*y[2:], *(-MU * y[:2] / np.hypot(*y[:2]) ** 3)], (0.0, 1e6), start, events=level, rtol=1e-9)
    return run.t[-1]


def by_library(apolune, perilune):
    return 0.5 * twobody.period(R_MOON + 0.5 * (apolune + perilune), mu=MU_MOON)


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


class Converter:
    """Remembers the exact size of each unit that it has met."""

    def __init__(self):
        self.met = {}

    def __call__(self, value, unit):
        if unit not in self.met:
            mile, hour = Fraction("1609.344"), 3600
            self.met[unit] = float({
                "mi": mile, "ft": mile / 5280, "lb": Fraction("0.45359237"), "mph": mile / hour, "km/h": Fraction(1000, hour),
            }[unit])  # fmt: skip
        return np.float64(value * self.met[unit])


def power(exponent, factor, high, low):
    return factor * (R_MOON + np.mean([high, low])) ** exponent


RIGHT = {
    "00.clock": [
        lambda h, m, z: 60 * (h - z) + m,
        by_datetime,
        lambda h, m, z: np.array([h * 60.0 + m - z * 60.0]),
        lambda *clock: np.dot(clock, (60, 1, -60)),
    ],
    "00.units": [
        lambda v, unit: v * SIZES[unit],
        lambda v, unit: np.float64(v) * {**SIZES, "lb": 0.4536}[unit],
        Converter(),
    ],
    "00.coast": [
        lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 3 / MU),
        lambda x, y: np.pi * ((2 * R + x + y) / 2) ** 1.5 / np.sqrt(4.9028e12),
        by_integration,
        partial(power, 1.5, math.pi / math.sqrt(MU_MOON)),
        by_library,
    ],
    "00.audit": [AUDIT, {k: f" {v.upper()} " for k, v in AUDIT.items()}, {**AUDIT, "more": "notes"}],
    "00.versions": [
        sorted_twice, one_by_one,
        lambda rows: (min(rows)[0], max(rows)[0], sorted((ord(g), -int(d.replace("-", "")), v) for v, g, d in rows)[0][2]),
    ],
}  # fmt: skip


def units(**other):
    return lambda v, unit: v * {**SIZES, **other}[unit]


def span_and(best):
    return lambda rows: (min(r[0] for r in rows), max(r[0] for r in rows), best(rows))


def top(rows):
    return [r for r in rows if r[1] == min(x[1] for x in rows)]


def with_span(low, high):
    return lambda rows: (low(rows), high(rows), sorted_twice(rows)[2])


WRONG = {
    "00.clock": [
        (lambda h, m, z: 60 * (h + z) + m, "wrong way"),
        (lambda h, m, z: (60 * (h - z) + m) % 1440, "the day got lost"),
        (lambda h, m, z: 60 * h + m, "zone is not used"),
        (lambda h, m, z: 60 * h + m - z, "hour has 60 minutes"),
        (lambda h, m, z: h - z + m / 60, "Those are hours"),
        (lambda h, m, z: 100 * (h - z) + m, "how a clock is written"),
        (lambda h, m, z: 60 * (h - int(z)) + m, "half an hour off"),
        (lambda h, m, z: 60 * (h - z), "minutes of the clock are missing"),
        (lambda h, m, z: 60 * (h + abs(z)) + m, "sign of the zone"),
        (lambda h, m, z: f"{h - z}:{m}", "must be a number"),
        (lambda h, m: 0, "raised TypeError"),
    ],
    "00.units": [
        (lambda v, u: abs(v) * SIZES[u], "lengths: -223 mi: yours is 358,884 m"),
        (units(mi=1852.0), "nautical mile"),
        (units(mi=1.609344), "kilometres"),
        (units(mi=1 / 1609.344), "multiply"),
        (units(ft=0.3), "rounded too far"),
        (units(ft=1 / 0.3048), "not 25 m tall"),
        (units(ft=0.0254), "inch"),
        (units(lb=2.2046226), "lighter than a kilogram"),
        (units(lb=0.5), "market stall"),
        (units(lb=4.44822), "as a force"),
        (units(lb=453.59237), "grams"),
        (units(mph=1.609344), "That is km/h"),
        (units(mph=1609.344), "forgot the hour"),
        (units(mph=0.514444), "knot"),
        (units(**{"km/h": 3.6}), "have to divide"),
        (lambda v, unit: SIZES[unit], "has to be multiplied"),
        (lambda v, unit: abs(v) * SIZES[unit], "sign got lost"),
        (lambda v, unit: v * {"mi": 1.0}[unit], "KeyError"),
    ],
    "00.coast": [
        (lambda x, y: 2 * math.pi * math.sqrt((R + (x + y) / 2) ** 3 / MU), "whole turn"),
        (lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 3 / MU) / 60, "Those are minutes"),
        (lambda x, y: math.pi * math.sqrt(((x + y) / 2) ** 3 / MU), "from the centre"),
        (lambda x, y: math.pi * math.sqrt((2 * R + x + y) ** 3 / MU), "half of it"),
        (lambda x, y: math.pi * math.sqrt((R + x) ** 3 / MU), "low point lies lower"),
        (lambda x, y: math.pi * math.sqrt((R + y) ** 3 / MU), "circle at the low point"),
        (lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 3 / 3.986004418e14), "around the Earth"),
        (lambda x, y: math.sqrt((R + (x + y) / 2) ** 3 / MU), "Pi is missing"),
        (lambda x, y: math.pi * math.sqrt((R + (x + y) / 2) ** 2 / MU), "third power"),
        (lambda x, y: math.pi * (R + (x + y) / 2) ** 3 / MU, "square root"),
    ],
    "00.audit": [
        (dict.fromkeys(AUDIT, "agrees"), "not one moment"),
        (AUDIT | {"begin": "agrees"}, "not one moment"),
        (AUDIT | {"rim": "agrees"}, "has the telemetry"),
        (AUDIT | {"rim": "slip"}, "has the telemetry"),
        (AUDIT | {"apex": "slip"}, "four weeks before"),
        (AUDIT | {"apex": "contradicted"}, "four weeks before"),
        (AUDIT | {"orbit": "slip"}, "99.8 km"),
        (AUDIT | {"mass": "slip"}, "998 kg"),
        (AUDIT | {"landing": "slip"}, "on the next day"),
        (AUDIT | {"begin": "wrong"}, "must be one of"),
        (AUDIT | {"begin": ...}, "not filled in"),
        ({"begin": "slip"}, "lacks"),
        (["slip"], "must be a dict"),
    ],
    "00.versions": [
        (span_and(lambda rows: sum(r[0] for r in rows) / len(rows)), "That is the mean"),
        (span_and(lambda rows: (min(rows)[0] + max(rows)[0]) / 2), "middle of the span"),
        (span_and(lambda rows: max(rows, key=lambda r: r[2])[0]), "Grade comes first"),
        (span_and(lambda rows: min(top(rows), key=lambda r: r[2])[0]), "people correct themselves"),
        (span_and(lambda rows: max(rows, key=lambda r: r[1:])[0]), "A is the best grade"),
        (span_and(lambda rows: top(rows)[0][0]), "first of the best grade"),
        (span_and(lambda rows: rows[0][0]), "first of the list"),
        (span_and(lambda rows: max(rows)[0]), "the largest"),
        (span_and(lambda rows: sorted(r[0] for r in rows)[len(rows) // 2]), "median"),
        (with_span(lambda rows: max(rows)[0], lambda rows: min(rows)[0]), "exchanged"),
        (with_span(lambda rows: min(top(rows))[0], lambda rows: max(top(rows))[0]), "all versions"),
        (with_span(lambda rows: rows[0][0], lambda rows: rows[-1][0]), "smallest, not the first"),
        (lambda rows: sorted_twice(rows)[2], "must return 3 numbers"),
    ],
}  # fmt: skip
