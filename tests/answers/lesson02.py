"""Answers to lesson 02 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.integrate import solve_ivp

from lunarlab import twobody
from lunarlab.constants import MU_MOON, R_MOON

MU_EARTH = 3.986004418e14


def by_energy_and_momentum(h, p, q):
    """The long way: angular momentum from both ends, then energy at the place."""
    rp, ra = R_MOON + p, R_MOON + q
    momentum = math.sqrt(2.0 * MU_MOON * rp * ra / (rp + ra))
    energy = (momentum / rp) ** 2 / 2.0 - MU_MOON / rp
    return math.sqrt(2.0 * (energy + MU_MOON / (R_MOON + h)))


def by_flying(h):
    """Period and ground speed from an integration of one turn."""
    r = R_MOON + h

    def event(t, y):
        return y[1]

    event.direction = 1.0
    start = [r, -1e-3, 0.0, math.sqrt(MU_MOON / r)]
    run = solve_ivp(lambda t, y: [*y[2:], *(-MU_MOON * y[:2] / np.hypot(*y[:2]) ** 3)], (1.0, 2e4), start, events=event, rtol=1e-9, atol=1e-3)
    t = np.diff(run.t_events[0])[-1]
    return t, 2.0 * np.pi * R_MOON / t


def classify(p, q, t, *, tolerance=0.01, order=("ok", "km", "miles", "radius", "minutes"), otherwise="unknown"):
    for label in order:
        low, high, seconds = {
            "ok": (p, q, t), "km": (p * 1e3, q * 1e3, t), "miles": (p * 1609.344, q * 1609.344, t),
            "radius": (p - R_MOON, q - R_MOON, t), "minutes": (p, q, t * 60.0),
        }[label]  # fmt: skip
        a = R_MOON + (low + high) / 2.0
        if a > 0.0 and abs(2.0 * math.pi * math.sqrt(a**3 / MU_MOON) / seconds - 1.0) < tolerance:
            return label
    return otherwise


def nearest(p, q, t):
    """Right in another way: the best of all candidates, if it is good enough."""
    tries = {"minutes": (p, q, 60 * t), "radius": (p - R_MOON, q - R_MOON, t), "ok": (p, q, t)}
    tries |= {name: (p * k, q * k, t) for name, k in (("km", 1e3), ("miles", 1609.344))}
    off = {}
    for name, (low, high, seconds) in tries.items():
        a = np.maximum(R_MOON + (low + high) / 2, 1.0)
        off[name] = abs((MU_MOON * (seconds / (2 * np.pi)) ** 2) ** (1 / 3) / a - 1.0)
    best = min(off, key=off.get)
    return best if off[best] < 0.0066 else "unknown"


def pull(r):
    r = np.asarray(r, dtype=float)
    return -MU_MOON * r / np.linalg.norm(r) ** 3


def stepper(rule, field=pull):
    """A propagator from a rule for one step."""

    def propagate(r, v, dt, n):
        for _ in range(n):
            r, v = rule(field, r, v, dt)
        return r, v

    return propagate


def leapfrog(f, r, v, dt):
    v = v + 0.5 * dt * f(r)
    r = r + dt * v
    return r, v + 0.5 * dt * f(r)


def rk4(f, r, v, dt):
    y = np.concatenate([r, v])

    def slope(y):
        return np.concatenate([y[3:], f(y[:3])])

    a = slope(y)
    b = slope(y + 0.5 * dt * a)
    c = slope(y + 0.5 * dt * b)
    y = y + dt / 6.0 * (a + 2.0 * b + 2.0 * c + slope(y + dt * c))
    return y[:3], y[3:]


def midpoint_rule(f, r, v, dt):
    """Drift, kick, drift: a leapfrog that begins with its other foot."""
    r = r + 0.5 * dt * v
    v = v + dt * f(r)
    return r + 0.5 * dt * v, v


def euler(f, r, v, dt):
    return r + dt * v, v + dt * f(r)


def stale_kick(f, r, v, dt):
    a = f(r)
    v = v + 0.5 * dt * a
    r = r + dt * v
    return r, v + 0.5 * dt * a


def symplectic_euler(f, r, v, dt):
    v = v + dt * f(r)
    return r + dt * v, v


def library(r, v, dt, n):
    """Not the exercise, but right: one jump by Kepler's equation."""
    return twobody.kepler(r, v, dt * n, mu=MU_MOON)


def scipy_run(r, v, dt, n):
    run = solve_ivp(lambda t, y: [*y[3:], *pull(y[:3])], (0.0, dt * n), [*r, *v], method="DOP853", rtol=1e-10, atol=1e-4)
    return [list(run.y[:3, -1]), list(run.y[3:, -1])]


def plain(r):
    """Gravity without numpy."""
    d = math.sqrt(sum(x * x for x in r))
    return [-MU_MOON * x / d**3 for x in r]


class Field:
    """A point mass that counts how often it was asked."""

    def __init__(self, mu):
        self.mu, self.asked = mu, 0

    def __call__(self, r):
        self.asked += 1
        return -self.mu * r / np.sum(np.square(r)) ** 1.5


RIGHT = {
    "02.speed": [
        by_energy_and_momentum,
        lambda h, p, q: np.sqrt(MU_MOON * (2 / (R_MOON + h) - 1 / (R_MOON + np.mean([p, q])))),
        lambda h, p, q: np.array([math.sqrt(4.9028e12 * (2 / (1737400 + h) - 2 / (3474800 + p + q)))]),
        lambda *heights: twobody.speed(R_MOON + heights[0], R_MOON + sum(heights[1:]) / 2, mu=MU_MOON),
    ],
    "02.period": [
        by_flying,
        lambda h: [math.tau * (R_MOON + h) / math.sqrt(MU_MOON / (R_MOON + h)), math.sqrt(MU_MOON / (R_MOON + h)) * R_MOON / (R_MOON + h)],
        lambda h: np.array([2 * np.pi, R_MOON * MU_MOON / (R_MOON + h) ** 3]) * ((R_MOON + h) ** 3 / MU_MOON) ** 0.5,
    ],
    "02.units": [
        classify, nearest,
        partial(classify, tolerance=0.012, order=("minutes", "radius", "miles", "km", "ok")),
    ],
    "02.propagate": [
        (pull, stepper(leapfrog)), (pull, stepper(rk4)), (plain, scipy_run), (lambda r: pull(r), library),
        (Field(MU_MOON), stepper(midpoint_rule)),
    ],
    "02.frozen": [(84.0, 0.0, 0.0), (np.float64(83.5), 0, 0), (np.array([84.0]), 0.001, 90.0)],
}  # fmt: skip


def v(h, p, q):
    return math.sqrt(MU_MOON * (2.0 / (R_MOON + h) - 2.0 / (2.0 * R_MOON + p + q)))


def t(h):
    return 2.0 * math.pi * math.sqrt((R_MOON + h) ** 3 / MU_MOON)


def g(h):
    return 2.0 * math.pi * R_MOON / t(h)


def stays(r, v, dt, n):
    for _ in range(n):
        leapfrog(pull, r, v, dt)
    return r, v


def in_place(r, v, dt, n):
    for _ in range(n):
        v += 0.5 * dt * pull(r)
        r += dt * v
        v += 0.5 * dt * pull(r)
    return r, v


def one_step(r, v, dt, n):
    return leapfrog(pull, r, v, dt)


WRONG = {
    "02.speed": [
        (lambda h, p, q: v(h, p, q) / 1e3, "km/s"),
        (lambda h, p, q: v(h, p, q) ** 2, "root is missing"),
        (lambda h, p, q: math.sqrt(MU_MOON * (2 / h - 2 / (p + q))), "altitude is not a distance"),
        (lambda h, p, q: abs(MU_MOON * (2 / (R_MOON + h) - 2 / (p + q))) ** 0.5, "counted from the centre"),
        (lambda h, p, q: math.sqrt(MU_MOON * (2 / (R_MOON + h) - 2 / (R_MOON + p + q))), "each of the two contains R_MOON"),
        (lambda h, p, q: math.sqrt(MU_MOON * (2 / (R_MOON + h) - 1 / (2 * R_MOON + p + q))), "half of it"),
        (lambda h, p, q: math.sqrt(MU_MOON / (R_MOON + h)), "speed on a circle"),
        (lambda h, p, q: math.sqrt(MU_MOON / (R_MOON + (p + q) / 2)), "same speed everywhere"),
        (lambda h, p, q: math.sqrt(2 * MU_MOON / (R_MOON + h)), "escape speed"),
        (lambda h, p, q: math.sqrt(MU_MOON * (2 / (R_MOON + h) + 2 / (2 * R_MOON + p + q))), "sign of 1/a"),
        (lambda h, p, q: v(h, p, q) * math.sqrt(MU_EARTH / MU_MOON), "around the Earth"),
        (lambda h, p, q: v(h * 1e3, p * 1e3, q * 1e3), "metres already"),
        (lambda h, p, q: v(h / 1e3, p / 1e3, q / 1e3), "divided by 1000"),
        (lambda h, p, q: v(p, p, q), "speed at perilune, wherever"),
        (lambda h, p, q: v(h, p, q) * 3.6, "km/h"),
        (lambda h, p, q: math.sqrt(MU_MOON * (2 / (R_MOON + h) - 2 / (p + q))), "Under the root is a negative number"),
        (lambda h, p, q: np.sqrt(MU_MOON * (2 / (R_MOON + h) - 2 / (p + q))), "Under the root is a negative number"),
        (lambda h, p, q: (MU_MOON * (2 / (R_MOON + h) - 2 / (p + q))) ** 0.5, "Under the root is a negative number"),
        (lambda h: 1633.5, "raised TypeError"),
        (1633.5, "must be a function"),
        (lambda h, p, q: "1633 m/s", "must be a number"),
    ],
    "02.period": [
        (lambda h: (t(h) / 60, g(h)), "minutes"),
        (lambda h: (t(h) / 3600, g(h)), "hours"),
        (lambda h: (2 * math.pi * math.sqrt(h**3 / MU_MOON), g(h)), "altitude is not a distance"),
        (lambda h: (t(h) / (2 * math.pi), g(h)), "one radian"),
        (lambda h: (t(h) / 2, g(h)), "half a revolution"),
        (lambda h: (1 / t(h), g(h)), "reciprocal"),
        (lambda h: (math.sqrt(MU_MOON / (R_MOON + h) ** 3), g(h)), "angular rate"),
        (lambda h: (2 * math.pi * R_MOON / v(h, h, h), g(h)), "circle of radius R_MOON + h"),
        (lambda h: (t(h), v(h, h, h)), "That is the orbital speed"),
        (lambda h: (t(h), v(h, h, h) * (R_MOON + h) / R_MOON), "turned round"),
        (lambda h: (t(h), g(h) / 1e3), "km/s"),
        (lambda h: (t(h), math.sqrt(MU_MOON / R_MOON)), "orbit at the ground"),
        (lambda h: (g(h), t(h)), "wrong order"),
        (lambda h: t(h), "2 numbers"),
    ],
    "02.units": [
        (lambda p, q, s: classify(p, q, s, tolerance=0.003), "too strict"),
        (lambda p, q, s: classify(p, q, s, otherwise=None), "Return a label in every case"),
        (lambda p, q, s: classify(p, q, s, tolerance=0.02), "1.75 % off"),
        (lambda p, q, s: classify(p, q, s, tolerance=0.05), "Don't pick the least bad label"),
        (lambda p, q, s: "ok", "same label"),
        (lambda p, q, s: "unknown", "Compute the period"),
        (lambda p, q, s: "ok" if classify(p, q, s) == "ok" else "km", "same label"),
        (lambda p, q, s: classify(p, q, s, otherwise="ok"), "Don't pick the least bad label"),
        (lambda p, q, s: classify(p, q, s, order=("ok", "km", "radius", "minutes")), "Undo one slip at a time"),
        (lambda p, q, s: classify(p, q, s, order=("ok", "km", "miles", "radius")), "Undo one slip at a time"),
        (lambda p, q, s: "km" if p < 1e4 else "ok", "one slip at a time"),
        (lambda p, q, s: classify(p, q, s) == "ok", "must return one of"),
        (lambda p, q, s: "kilometres", "must return one of"),
        (lambda p, q, s: 1 / 0, "ZeroDivisionError"),
    ],
    "02.propagate": [
        ((lambda r: -pull(r), stepper(leapfrog)), "gravity pulls"),
        ((lambda r: pull(r) * np.linalg.norm(r), stepper(leapfrog)), "too large by |r|"),
        ((lambda r: pull(r) * np.linalg.norm(r) ** 2, stepper(leapfrog)), "square of the distance"),
        ((lambda r: pull(r) / MU_MOON, stepper(leapfrog)), "mu is missing"),
        ((lambda r: -MU_MOON * np.sign(r) / r**2, stepper(leapfrog)), "whole vector"),
        ((lambda r: -MU_MOON * r / (np.linalg.norm(r) + R_MOON) ** 3, stepper(leapfrog)), "must not be added"),
        ((lambda r: -MU_EARTH * r / np.linalg.norm(r) ** 3, stepper(leapfrog)), "Earth's mu"),
        ((lambda r: pull(r) / 1e3, stepper(leapfrog)), "km/s2"),
        ((lambda r: -MU_MOON / np.linalg.norm(r) ** 2, stepper(leapfrog)), "three numbers"),
        ((pull, stepper(euler)), "Euler's rule"),
        ((pull, stepper(symplectic_euler)), "half kicks"),
        ((pull, stays), "ends where it began"),
        ((pull, in_place), "r = r + ..."),
        ((pull, one_step), "one step only"),
        ((pull, lambda r, v, dt, n: stepper(leapfrog)(r, v, dt, n - 1)), "one step too few"),
        ((pull, lambda r, v, dt, n: stepper(rk4)(r, v, dt, n + 1)), "one step too many"),
        ((pull, stepper(stale_kick)), "same acceleration"),
        ((pull, stepper(leapfrog, lambda r: -pull(r))), "pushed away from the Moon"),
        ((pull, lambda r, v, dt, n: r), "two vectors"),
        ((pull, lambda r, v, dt, n: (r,)), "two vectors"),
        ((pull, lambda r, v, dt: (r, v)), "raised TypeError"),
        ((pull, lambda r, v, dt, n: (r[0], v[0])), "three numbers"),
        ((pull, lambda r, v, dt, n: None), "Not answered yet"),
        ((None, stepper(leapfrog)), "Not answered yet"),
    ],
    "02.frozen": [
        ((65.0, 0.02, 0.0), "Scan the inclination first"),
        ((30.0, 0.0, 0.0), "degree 8"),
        ((0.8727, 0.03, 0.0), "looks like radians"),
        ((90.0, 0.0, 0.0), "Scan around it"),
        ((84.0, 0.04, 90.0), "starts with its perilune at"),
        ((84.0, 0.6, 90.0), "think of thousandths"),
        ((84.0, -0.01, 90.0), "eccentricity is"),
        ((84.0, 1.0, 90.0), "an orbit that closes"),
        ((266.0, 0.0, 90.0), "between 0 and 180"),
        (("84", 0.0, 0.0), "must be a number"),
        ((84.0, [0.0, 0.001], 0.0), "must be one number"),
        ((84.0, ..., 0.0), "Not answered yet"),
    ],
}  # fmt: skip
