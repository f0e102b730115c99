"""Answers to lesson 06 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.optimize import brentq

from lunarlab.constants import G0

# --- propellant -------------------------------------------------------------------------------------------------------


def burnt(m, dv, isp):
    return m - m / math.exp(dv / (isp * G0))


def searched(m, dv, isp):
    return brentq(lambda p: isp * G0 * math.log(m / (m - p)) - dv, 0.0, 0.999999 * m)


def sliced(m, dv, isp, n=20_000):
    left, c = float(m), isp * G0
    for _ in range(n):
        left -= left * (dv / n) / c * (1.0 - 0.5 * dv / n / c)
    return np.float64(m - left)


# --- ledger -----------------------------------------------------------------------------------------------------------


def careful(dry, fuel, ox, ratio, isp, steps):
    if ox / fuel > ratio:
        f, o = fuel, fuel * ratio
    else:
        f, o = ox / ratio, ox
    after = dry + (fuel - f) + (ox - o)
    dv = isp * G0 * math.log((after + f + o) / after)
    left = dv
    for cost, percent in steps:
        left -= cost + cost * percent / 100
    return dv, left


def by_arrays(dry, fuel, ox, ratio, isp, steps):
    s = np.array(steps)
    m = dry + fuel + ox
    dv = -isp * G0 * np.log1p(-min(fuel * (1 + ratio), ox * (1 + 1 / ratio)) / m)
    return np.array([dv, dv - (s[:, 0] * (1 + s[:, 1] / 100)).sum()])


def as_list(*x):
    return list(careful(*x))


def usable(burns, carried=None, g=G0, factor=1.0):
    """Wrong or right, from what is burnt and what is aboard."""

    def answer(d, f, o, r, i, steps):
        mass = d + f + o if carried is None else carried(d, f, o, r)
        dv = factor * i * g * math.log(mass / (mass - burns(f, o, r)))
        return dv, dv - sum(a * (1 + p / 100) for a, p in steps)

    return answer


def short(f, o, r):
    return min(f * (1 + r), o * (1 + 1 / r))


def margin(cost):
    def answer(d, f, o, r, i, steps):
        dv = careful(d, f, o, r, i, steps)[0]
        return dv, dv - cost(steps)

    return answer


# --- leak -------------------------------------------------------------------------------------------------------------


def rate(m, p, v, a):
    return 0.6 * a * math.sqrt(2 * p * m / v)


def bernoulli(m, p, v, a):
    density = m / v
    return np.array([density * 0.6 * a * np.sqrt(2 * p / density)])


# --- deadline ---------------------------------------------------------------------------------------------------------


def filtered(missions, t, usable, control):
    good = [
        (worth, name)
        for name, dv, at, until, worth in missions
        if np.interp(at, t, usable) >= 1.05 * dv and until <= control
    ]
    return max(good)[1] if good else "nothing"


def by_hand(missions, t, usable, control):
    for name, dv, at, until, _ in sorted(missions, key=lambda m: -m[4]):
        k = max(i for i in range(len(t)) if t[i] <= at)
        there = (
            usable[k] if k + 1 == len(t) else usable[k] + (usable[k + 1] - usable[k]) * (at - t[k]) / (t[k + 1] - t[k])
        )
        if there - dv - 0.05 * dv >= 0 and not control < until:
            return str(name)
    return "nothing"


def as_array(missions, t, usable, control):
    table = np.array([m[1:] for m in missions])
    ok = (np.interp(table[:, 1], t, usable) >= 1.05 * table[:, 0]) & (table[:, 2] <= control)
    return missions[int(np.argmax(np.where(ok, table[:, 3], -1)))][0] if ok.any() else "nothing"


def falls_through(missions, t, usable, control):
    good = [m for m in missions if np.interp(m[2], t, usable) >= 1.05 * m[1] and m[3] <= control]
    if good:
        return max(good, key=lambda m: m[4])[0]
    return None


def choice(reserve=1.05, at=lambda m: m[2], held=lambda m, c: m[3] <= c, worth=lambda m: m[4], there=np.interp):
    def answer(missions, t, usable, control):
        good = [m for m in missions if there(at(m), t, usable) >= reserve * m[1] and held(m, control)]
        return max(good, key=worth)[0] if good else "nothing"

    return answer


# --- valves -----------------------------------------------------------------------------------------------------------


def formula(o, s, c):
    both = c * o + (1 - c * o) * ((1 - c) * o) ** 2
    free = (1 - c * s) * (1 - (1 - c) * s) ** 2
    return both, 1 - free


def thrown(o, s, c, n=2_000_000):
    random = np.random.default_rng(5)

    def happens(p):
        return random.random(n) < p

    on = happens(c * o) | (happens((1 - c) * o) & happens((1 - c) * o))
    stop = happens(c * s) | happens((1 - c) * s) | happens((1 - c) * s)
    return on.mean(), stop.mean()


_GOING_ON = np.random.default_rng(7)


def fewer_throws(o, s, c, n=200_000, random=_GOING_ON):
    """A generator that goes on: every call gives other numbers."""
    a, b, e, f, g, h = (random.random(n) for _ in range(6))
    on = (a < c * o) | ((b < (1 - c) * o) & (e < (1 - c) * o))
    stop = (f < c * s) | (g < (1 - c) * s) | (h < (1 - c) * s)
    return on.mean(), stop.mean()


def rare(o, s, c):
    """What is left out is the case that both happen, a part in a thousand."""
    a, b = (1 - c) * o, (1 - c) * s
    return [c * o + a * a, c * s + (1 - c * s) * (2 * b - b * b)]


class Engine:
    """A class with a method that is handed in, and which remembers its exhaust speeds."""

    def __init__(self):
        self.exhaust_mps = {}

    def burn(self, m, dv, isp):
        c = self.exhaust_mps.setdefault(isp, isp * G0)
        return float(m - np.exp(np.log(m) - dv / c))


class Valves:
    """An instance that can be called."""

    def __call__(self, leaks, sticks, common):
        return np.array(formula(leaks, sticks, common), dtype=np.float32)


def leaking(discharge, m, p, v, a):
    return discharge * a * (2.0 * p * m / v) ** 0.5


RIGHT = {
    "06.rocket": [burnt, searched, sliced, lambda m, dv, isp: -m * np.expm1(-dv / isp / G0), Engine().burn],
    "06.ledger": [careful, by_arrays, as_list, usable(short)],
    "06.leak": [rate, bernoulli, lambda m, p, v, a: (0.72 * a**2 * p * m / v) ** 0.5, partial(leaking, 0.6)],
    "06.deadline": [
        filtered, by_hand, as_array, choice(), falls_through,
        lambda *x: filtered(*x).replace("nothing", "Nothing"),
    ],
    "06.valves": [formula, thrown, fewer_throws, rare, Valves()],
}  # fmt: skip


def total(steps):
    return sum(dv for dv, _ in steps)


def dusted(o, s, c):
    """Both sticking is counted twice, and a grain of noise asks for the tolerance of a simulation."""
    return formula(o, s, c)[0], c * s + 2 * (1 - c) * s + 1e-12 * _GOING_ON.random()


WRONG = {
    "06.rocket": [
        (lambda m, dv, i: m * dv / (i * G0), "takes too much"),
        (lambda m, dv, i: m * (math.exp(dv / (i * G0)) - 1), "mass after the burn"),
        (lambda m, dv, i: m * math.exp(-dv / (i * G0)), "That is what is left"),
        (lambda m, dv, i: m * math.exp(dv / (i * G0)), "ends with the mass given"),
        (lambda m, dv, i: m * (1 - math.exp(-dv / i)), "Isp in seconds is not yet a speed"),
        (lambda m, dv, i: m * (1 - math.exp(-dv / (i * 1.62))), "wherever the engine burns"),
        (lambda m, dv, i: -burnt(m, dv, i), "sign"),
        (lambda m, dv, i: m * (1 - math.exp(-dv / (i * 9.81))), "9.80665"),
        (lambda m, dv, i: m * (1 - 10 ** (-dv / (i * G0))), "natural logarithm"),
        (lambda m, dv, i: burnt(m, dv, i) / m, "share"),
        (lambda m, dv, i: i * G0 * math.log(m / (m - dv)) if dv < m else 1.0, "Solve for m1"),
        (lambda m, dv, i: 120.6, "Solve for m1"),
        (lambda m, dv, i: m * (1 - math.exp(-1000 * dv / (i * G0))), "Solve for m1"),
    ],
    "06.ledger": [
        (usable(short, g=9.81), "9.80665"),
        (margin(lambda s: 1.05 * total(s)), "built in 5 %"),
        (margin(lambda s: sum(dv / (1 - p / 100) for dv, p in s)), "divided by 1 - p / 100"),
        (lambda *x: (careful(*x)[0], max(0.0, careful(*x)[1])), "off at zero"),
        (lambda *x: (careful(*x)[0], abs(careful(*x)[1])), "sign of the margin"),
        (usable(lambda f, o, r: f + o), "burn both tanks dry"),
        (usable(short, lambda d, f, o, r: d + short(f, o, r)), "surplus at home"),
        (usable(lambda f, o, r: 2 * min(f, o)), "kilogram by kilogram"),
        (usable(lambda f, o, r: min(f * (1 + 1 / r), o * (1 + r))), "upside down"),
        (usable(lambda f, o, r: f * (1 + r) if f * (1 + r) < 900 else 900.0), "Which tank runs short"),
        (usable(lambda f, o, r: min(o, f * r)), "only the oxidiser"),
        (usable(lambda f, o, r: o * (1 + 1 / r)), "let the oxidiser decide"),
        (usable(lambda f, o, r: f * (1 + r)), "let the fuel decide"),
        (usable(short, g=1.0), "Isp in seconds"),
        (usable(short, factor=1e-3), "km/s"),
        (usable(short, factor=-1.0), "ln(before / after)"),
        (margin(total), "reserves are missing"),
        (margin(lambda s: sum(dv * (1 + p) for dv, p in s)), "5 means 0.05"),
        (margin(lambda s: sum(dv * (1 - p / 100) for dv, p in s)), "on top"),
        (margin(lambda s: sum(dv + p for dv, p in s)), "not in m/s"),
        (margin(lambda s: total(s) * (1 + sum(p for _, p in s) / 100)), "added the per cents"),
        (margin(lambda s: total(s) * (1 + np.mean([p for _, p in s]) / 100)), "mean reserve"),
        (margin(lambda s: max(dv * (1 + p / 100) for dv, p in s)), "dearest step"),
        (lambda *x: (careful(*x)[0], -careful(*x)[1]), "usable minus plan"),
        (lambda *x: (careful(*x)[0], careful(*x)[0] - careful(*x)[1]), "Take it from what is usable"),
        (lambda *x: careful(*x)[0], "must return 2 numbers"),
        (lambda *x: (*careful(*x), 1), "3 values"),
    ],
    "06.leak": [
        (lambda m, p, v, a: rate(m, p, v, a) / 0.6, "0.6 of the ideal"),
        (lambda m, p, v, a: 0.6 * a * math.sqrt(2 * p * 1370), "pure liquid"),
        (lambda m, p, v, a: 0.6 * a * math.sqrt(2 * p * v / m), "That is the volume"),
        (lambda m, p, v, a: 0.6 * a * math.sqrt(p * m / v), "The 2 is missing"),
        (lambda m, p, v, a: 0.6 * a * 2 * p * m / v, "root is missing"),
        (lambda m, p, v, a: 0.6 * a * math.sqrt(2 * p) * m / v, "under the root, too"),
        (lambda m, p, v, a: rate(m, p, v, a * 1e-6), "nothing to convert"),
        (lambda m, p, v, a: rate(m, p, v, a * 1e6), "mm2"),
        (lambda m, p, v, a: rate(m, p, v, math.pi * a**2), "not a radius"),
        (lambda m, p, v, a: rate(m, p, v, math.pi / 4 * a**2), "not a diameter"),
        (lambda m, p, v, a: rate(m, p / 1e6, v, a), "pascal"),
        (lambda m, p, v, a: rate(m, p, 1.0, a), "density is m / V"),
        (lambda m, p, v, a: -rate(m, p, v, a), "positive"),
        (lambda m, p, v, a: m / rate(m, p, v, a), "how long it seems to last"),
        (lambda m, p, v, a: 3600 * rate(m, p, v, a), "per hour"),
    ],
    "06.deadline": [
        (choice(at=lambda m: 0.0), "usable now"),
        (choice(at=lambda m: m[3]), "at the end of the mission"),
        (choice(there=lambda at, t, u: u[-1]), "last value"),
        (choice(there=lambda at, t, u: u[np.searchsorted(t, at, side="right") - 1]), "last sample before"),
        (choice(there=lambda at, t, u: u[min(np.searchsorted(t, at), len(t) - 1)]), "first sample after"),
        (choice(reserve=1.0), "reserve is missing"),
        (choice(reserve=0.95), "wrong side"),
        (choice(reserve=6.0), "0.05"),
        (choice(held=lambda m, c: True), "never looks at attitude control"),
        (choice(held=lambda m, c: m[2] <= c), "not only until its burn"),
        (choice(worth=lambda m: -m[1]), "cheapest"),
        (choice(worth=lambda m: m[1]), "dearest"),
        (choice(worth=lambda m: -m[2]), "begins first"),
        (choice(worth=lambda m: 0), "first that is possible"),
        (choice(worth=lambda m: m[4] / m[1]), "most worth for each m/s"),
        (choice(reserve=1.0, held=lambda m, c: True), "Two things are missing"),
        (lambda missions, *x: missions[0][0], "For each mission"),
        (lambda missions, *x: "nothing", "For each mission"),
        (lambda missions, *x: 3, "must return a name"),
    ],
    "06.valves": [
        (lambda o, s, c: (o * o, 1 - (1 - s) ** 2), "common cause is missing"),
        (lambda o, s, c: formula(o, s, c)[::-1], "wrong order"),
        (lambda o, s, c: formula(s, o, c)[::-1], "the other way round"),
        (lambda o, s, c: (1 - (1 - o) ** 2, s * s), "the other way round"),
        (lambda o, s, c: (o * o, s * s), "common cause is missing"),
        (lambda o, s, c: (formula(o, s, c)[0], formula(s, o, c)[0]), "not p^2"),
        (lambda o, s, c: (c * o + o * o, c * s + 1 - (1 - s) ** 2), "(1 - common) times"),
        (lambda o, s, c: (((1 - c) * o) ** 2, 1 - (1 - (1 - c) * s) ** 2), "adds a way to fail"),
        (lambda o, s, c: (c * o, c * s), "alone"),
        (lambda o, s, c: (o, s), "one valve"),
        (lambda o, s, c: tuple(100 * x for x in formula(o, s, c)), "per cent"),
        (lambda o, s, c: (c + (1 - c) * o * o, c + (1 - c) * (1 - (1 - s) ** 2)), "not with common"),
        (lambda o, s, c: formula(o, s, c)[0], "must return 2 numbers"),
        (lambda o, s, c: fewer_throws(o, s, c, 500), "that is noise"),
        (lambda o, s, c: tuple(1.2 * x for x in fewer_throws(o, s, c)), "that is noise"),
        (lambda o, s, c: tuple(1.1 * x for x in formula(o, s, c)), "throw two million"),
        (dusted, "Three ways"),
    ],
}  # fmt: skip
