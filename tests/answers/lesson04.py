"""Answers to lesson 04 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.optimize import brentq

import lunarlab
from lunarlab.constants import AU, DAY, G0, MU_EARTH, MU_MOON, MU_SUN, R_MOON
from lunarlab.transfer import bicircular

YEAR = 365.25636 * 86400.0
N = 2.0 * math.pi / YEAR


def integral(x, y, z, vx, vy, vz, mu):
    r1, r2 = math.sqrt((x + mu) ** 2 + y**2 + z**2), math.sqrt((x - 1 + mu) ** 2 + y**2 + z**2)
    return x**2 + y**2 + 2 * (1 - mu) / r1 + 2 * mu / r2 - (vx**2 + vy**2 + vz**2)


def by_vectors(*s):
    r, v, mu = np.array(s[:3]), np.array(s[3:6]), s[6]
    near = [np.linalg.norm(r - [c, 0, 0]) for c in (-mu, 1 - mu)]
    return np.float64(r[:2] @ r[:2] + 2 * np.dot([1 - mu, mu], np.reciprocal(near)) - v @ v)


def in_still_axes(x, y, z, vx, vy, vz, mu):
    """-2 (energy - angular momentum), seen from axes that don't turn."""
    ux, uy = vx - y, vy + x
    energy = (ux**2 + uy**2 + vz**2) / 2 - (1 - mu) / math.hypot(x + mu, y, z) - mu / math.hypot(x - 1 + mu, y, z)
    return -2 * (energy - (x * uy - y * ux))


def loi(v, hp, ha):
    r = R_MOON + hp
    a = (2 * R_MOON + hp + ha) / 2
    return math.sqrt(v**2 + 2 * MU_MOON / r) - math.sqrt(MU_MOON * (2 / r - 1 / a))


def loi_by_momentum(v, hp, ha):
    r, e = R_MOON + hp, (ha - hp) / (2 * R_MOON + hp + ha)
    return np.sqrt(MU_MOON / r) * (np.sqrt(2 + r * v * v / MU_MOON) - np.sqrt(1 + e))


def loi_by_energy(v, hp, ha):
    """The impulse that leaves the energy of the ellipse, searched."""
    r = R_MOON + hp
    before = math.sqrt(v * v + 2 * MU_MOON / r)
    wanted = -MU_MOON / (2 * R_MOON + hp + ha)
    return brentq(lambda dv: (before - dv) ** 2 / 2 - MU_MOON / r - wanted, 0.0, before)


def torque(r, phi):
    return 1.5 * N**2 * r**2 * math.sin(2 * phi)


def gain(vf, vs, hp, ha, m, isp):
    return m * (math.exp(-loi(vs, hp, ha) / (isp * G0)) - math.exp(-loi(vf, hp, ha) / (isp * G0)))


def gain_stepwise(vf, vs, hp, ha, m, isp):
    left = []
    for v in (vs, vf):
        n = 2000
        left.append(m * (1.0 - loi(v, hp, ha) / n / (isp * 9.80665)) ** n)
    return left[0] - left[1]


def gain_by_propellant(vf, vs, hp, ha, m, isp):
    used = [m * -math.expm1(-loi(v, hp, ha) / (isp * G0)) for v in (vf, vs)]
    return used[0] - used[1]


MOON = lunarlab.variant("04.route")["moon_m"]
NO_MOON = bicircular.Bicircular(mu=1e-9)


def perigee(apogee_m, sun_deg):
    """Where the loop of the lesson comes back to [m]."""
    low, high = 6545e3 / NO_MOON.length_m, apogee_m / NO_MOON.length_m
    speed = np.sqrt(2.0 * high / (low * (low + high)))
    start = NO_MOON.state([low, 0.0], [0.0, speed - low], np.radians(sun_deg))
    times = np.linspace(0.0, 200.0, 20_001) * DAY / NO_MOON.time_s
    arc = bicircular.propagate(NO_MOON, start, times[-1], times=times)
    distance = np.hypot(arc.y[:, 0], arc.y[:, 1]) * NO_MOON.length_m
    lows = np.flatnonzero((distance[1:-1] < distance[:-2]) & (distance[1:-1] <= distance[2:])) + 1
    return float(distance[lows[0]])


def sun_for(apogee_m, low, high, moon_m=MOON):
    return brentq(lambda sun: perigee(apogee_m, sun) - moon_m, low, high, xtol=1e-3)


SUN = sun_for(1.2e9, 15.0, 40.0)


class Lever:
    """An instance that can be called, with the rate of the year in it."""

    def __init__(self, year_s):
        self.n = 2.0 * math.pi / year_s

    def __call__(self, r, phi):
        return np.float32(3.0 * (self.n * r) ** 2 * math.sin(phi) * math.cos(phi))


def arrival(mu, v, hp, ha):
    """One formula for any body."""
    return math.sqrt(v * v + 2 * mu / (R_MOON + hp)) - math.sqrt(2 * mu * (1 / (R_MOON + hp) - 1 / (2 * R_MOON + hp + ha)))


RIGHT = {
    "04.jacobi": [integral, by_vectors, in_still_axes],
    "04.loi": [loi, loi_by_momentum, loi_by_energy, partial(arrival, MU_MOON)],
    "04.lever": [
        torque, lambda r, p: 3 * MU_SUN / AU**3 * r**2 * np.cos(p) * np.sin(p),
        lambda r, p: 1.5 * (2 * math.pi / (365 * 86400)) ** 2 * r**2 * math.sin(2 * p),
        Lever(YEAR),
    ],
    "04.route": [
        (1.2e9, SUN),
        (np.float64(1.3e9), sun_for(1.3e9, 25.0, 50.0) - 360.0),
        (1_150_000_000, np.array([sun_for(1.15e9, 2.0, 30.0)])),
        (1.2e9, round(sun_for(1.2e9, 195.0, 220.0), 2)),
    ],
    "04.trade": [gain, gain_stepwise, gain_by_propellant],
}  # fmt: skip


def flat(f):
    """A slip that is written with d = x^2 + y^2, both distances, v^2 and mu."""
    return lambda x, y, z, u, v, w, m: f(
        x * x + y * y, math.hypot(x + m, y, z), math.hypot(x - 1 + m, y, z), u * u + v * v + w * w, m)  # fmt: skip


def after(f):
    return lambda vf, vs, hp, ha, m, i: f(loi(vf, hp, ha), loi(vs, hp, ha), m, i * G0)


def escape(hp):
    return math.sqrt(2 * MU_MOON / (R_MOON + hp))


def at_perilune(hp, ha):
    return escape(hp) - loi(0.0, hp, ha)


WRONG = {
    "04.jacobi": [
        (lambda *s: integral(*s) + s[6] * (1 - s[6]), "two conventions"),
        (lambda *s: -integral(*s), "sign is turned"),
        (lambda *s: integral(*s) / 2, "half of it"),
        (lambda *s: -integral(*s) / 2, "energy in the turning frame"),
        (flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s - v**0.5), "speed is squared"),
        (flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s + v), "subtracted"),
        (flat(lambda d, r, s, v, m: d + (1 - m) / r + m / s - v), "Each mass counts twice"),
        (flat(lambda d, r, s, v, m: d + 2 * m / r + 2 * (1 - m) / s - v), "masses are exchanged"),
        (flat(lambda d, r, s, v, m: 2 * (1 - m) / r + 2 * m / s - v), "going outwards is downhill"),
        (flat(lambda d, r, s, v, m: d / 2 + (1 - m) / r + m / s - v), "all of it"),
        (flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r**2 + 2 * m / s**2 - v), "potential falls with 1/r"),
        (lambda *s: integral(*s) + s[2] ** 2, "turns about z"),
        (lambda *s: integral(-s[0], *s[1:]), "wrong sides"),
        (lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x, y, z) + 2 * m / math.hypot(x - 1, y, z) - u * u - v * v - w * w, "barycentre"),
        (lambda x, y, z, u, v, w, m: integral(x, y, 0, u, v, w, m), "z is missing"),
        (lambda x, y, z, u, v, w, m: integral(x, y, z, u, v, 0, m), "vz is missing"),
        (flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s), "is not subtracted"),
        (flat(lambda d, r, s, v, m: d / 2 + (1 - m) / r + m / s), "That is the potential"),
        (flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s - v / 2), "v squared counts once"),
        (lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x - m, y, z) + 2 * m / math.hypot(x - 1 + m, y, z) - u * u - v * v - w * w, "its distance has x + mu"),
        (lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x + m, y, z) + 2 * m / math.hypot(x - 1 - m, y, z) - u * u - v * v - w * w, "its distance has x - 1 + mu"),
        (lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x - m, y, z) + 2 * m / math.hypot(x - 1 - m, y, z) - u * u - v * v - w * w, "the distances have"),
        (lambda *s: 3.17, "C = x**2"),
        (lambda state, mu: 3.0, "positional argument"),
    ],
    "04.loi": [
        (lambda v, p, q: -loi(v, p, q), "positive"),
        (lambda v, p, q: loi(v, p, q) / 1e3, "km/s"),
        (lambda v, p, q: v + escape(p) - at_perilune(p, q), "Energies add"),
        (lambda v, p, q: loi(0, p, q), "not used"),
        (lambda v, p, q: loi(v, p, p), "circle at perilune"),
        (lambda v, p, q: math.sqrt(v * v + escape(p) ** 2), "before the burn"),
        (lambda v, p, q: v - at_perilune(p, q), "far away"),
        (lambda v, p, q: math.sqrt(v + escape(p) ** 2) - at_perilune(p, q), "counts squared"),
        (lambda v, p, q: math.sqrt(v * v + escape(p) ** 2 / 2) - at_perilune(p, q), "not mu/r"),
        (lambda v, p, q: math.sqrt(v * v + 2 * MU_MOON / p) - math.sqrt(2 * MU_MOON * q / (p * (p + q))), "R_MOON larger"),
        (lambda v, p, q: loi(v * (MU_MOON / MU_EARTH) ** 0.5, p, q) * (MU_EARTH / MU_MOON) ** 0.5, "Earth's gravitational"),
        (lambda v, p, q: loi(v, p, p) + at_perilune(p, p) - at_perilune(p, q) * (R_MOON + p) / (R_MOON + q), "at apolune"),
        (lambda v, p, q: math.sqrt(v * v + escape(p) ** 2) - math.sqrt(MU_MOON * (2 / (R_MOON + p) - 1 / (2 * R_MOON + p + q))), "half of perilune"),
        (lambda v, p, q: 811.2, "vis-viva after"),
        (lambda v, p, q: math.sqrt(v * v + escape(p) ** 2) - escape(p), "ends at escape speed"),
        (lambda v, p, q: loi(v, q, p), "swapped"),
        (lambda v, p, q: math.sqrt(v * v + escape(q) ** 2) - at_perilune(p, q), "with the r of perilune"),
        (lambda v, p, q: math.sqrt(v * v + escape(p) ** 2) - math.sqrt(MU_MOON * (2 / (R_MOON + p) - 2 / (p + q))), "Under the root"),
        (lambda v, p, q: np.sqrt(v * v + escape(p) ** 2) - np.sqrt(MU_MOON * (2 / (R_MOON + p) - 2 / (p + q))), "Under the root"),
        (lambda v, p, q: (v * v + escape(p) ** 2) ** 0.5 - (MU_MOON * (2 / (R_MOON + p) - 2 / (p + q))) ** 0.5, "Under the root"),
    ],
    "04.lever": [
        (lambda r, p: -torque(r, p), "sign is turned"),
        (lambda r, p: 2 * torque(r, p), "Twice too much"),
        (lambda r, p: 3 * torque(r, p), "Three times too much"),
        (lambda r, p: abs(torque(r, p)), "no absolute value"),
        (lambda r, p: 3 * N**2 * r**2 * math.sin(p), "3 sin(phi) cos(phi)"),
        (lambda r, p: torque(r, p) / 1.5, "3/2 is missing"),
        (lambda r, p: 1.5 * N**2 * r**2 * math.sin(p), "both sides"),
        (lambda r, p: 1.5 * N**2 * r**2 * math.cos(2 * p), "not cosine"),
        (lambda r, p: torque(r, p) / r, "lever is r"),
        (lambda r, p: torque(r, p) / N, "n counts squared"),
        (lambda r, p: torque(r, p) / N**2, "strength of the tide"),
        (lambda r, p: torque(r, math.radians(p)), "radians already"),
        (lambda r, p: torque(r / 1e3, p), "comes in metres"),
        (lambda r, p: torque(r, p) * 86400**2, "per second"),
        (lambda r, p: MU_SUN / AU**2 * r * math.sin(p), "whole pull"),
        (lambda r, p: torque(r, p) * (365.25636 / 27.32166) ** 2, "Moon's"),
        (lambda r, p: 1e5, "3/2 n**2"),
    ],
    "04.route": [
        ((1.2e9, 100.0), "wrong way round"),
        ((1.2e9, 160.0), "tears it away"),
        ((1.2e9, 60.0), "Not lifted far enough. Turn the Sun"),
        ((1.1e9, 0.0), "no Sun lifts it"),
        ((1.1e9, 30.0), "take 1.2e9"),
        ((1.2e9, 15.0), "Lifted too far"),
        ((1.2e9, math.radians(SUN)), "radians"),
        ((1.2e9, sun_for(1.2e9, 15.0, 40.0, MOON + 8e6)), "Lifted too far"),
        ((1.2e9, sun_for(1.2e9, 15.0, 40.0, MOON - 8e6)), "Not lifted far enough"),
        ((1.2e6, SUN), "kilometres"),
        ((1.2, SUN), "about 1.2e9"),
        ((0.8e9, 22.0), "The Sun adds"),
        ((5e8, 22.0), "The Sun adds"),
        ((1.15e9, 0.5), "Too long"),
        (([1.2e9, SUN], SUN), "one number"),
        ((1.2e9, "22"), "must be a number"),
    ],
    "04.trade": [
        (lambda *x: -gain(*x), "Slow minus fast"),
        (after(lambda f, s, m, c: m * (f - s) / c), "Linear"),
        (after(lambda f, s, m, c: m * (1 - math.exp((s - f) / c))), "one burn of the full mass"),
        (after(lambda f, s, m, c: m * (math.exp((f - s) / c) - 1)), "wrong mass"),
        (lambda a, b, p, q, m, i: gain(a, b, p, q, m, i / G0), "not yet a speed"),
        (after(lambda f, s, m, c: m * (math.exp(f / c) - math.exp(s / c))), "gets lighter"),
        (after(lambda f, s, m, c: m * math.exp(-s / c)), "how much more"),
        (lambda a, b, p, q, m, i: gain(a, b, p, q, 1.0, i), "share of the mass"),
        (after(lambda f, s, m, c: f - s), "saved in m/s"),
        (lambda a, b, p, q, m, i: m * (math.exp(-b / i / G0) - math.exp(-a / i / G0)), "v_infinity is not the burn"),
        (lambda a, b, p, q, m, i: gain(a, b, p, p, m, i), "use the apolune"),
        (after(lambda f, s, m, c: m * (10 ** (-s / c) - 10 ** (-f / c))), "has e, not 10"),
        (lambda *x: 35.0, "for each route"),
    ],
}  # fmt: skip
