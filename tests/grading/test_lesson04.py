"""Lesson 04: different right answers pass, plausible wrong ones fail with the hint that fits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import lunarlab as ll
from lunarlab.constants import AU, DISTANCE_MOON, G0, MU_EARTH, MU_MOON, MU_SUN, R_MOON
from lunarlab.grading import lesson04

YEAR = 365.25636 * 86400.0
N = 2.0 * math.pi / YEAR


def jacobi(x, y, z, vx, vy, vz, mu):
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


def torque_by_vectors(r, phi):
    """The tide exactly, not to first order: the pull of the Sun here less its pull on the Earth."""
    here, sun = np.array([r, 0.0]), AU * np.array([math.cos(phi), math.sin(phi)])
    away = sun - here
    pull = MU_SUN * (away / np.linalg.norm(away) ** 3 - sun / AU**3)
    return here[0] * pull[1] - here[1] * pull[0]


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


RIGHT = {
    "04.jacobi": [jacobi, by_vectors, in_still_axes],
    "04.loi": [loi, loi_by_momentum, loi_by_energy],
    "04.lever": [
        torque, lambda r, p: 3 * MU_SUN / AU**3 * r**2 * np.cos(p) * np.sin(p),
        lambda r, p: 1.5 * (2 * math.pi / (365 * 86400)) ** 2 * r**2 * math.sin(2 * p),
    ],
    "04.trade": [gain, gain_stepwise, gain_by_propellant],
}  # fmt: skip


@pytest.mark.parametrize(("id", "answer"), [(id, a) for id, answers in RIGHT.items() for a in answers])
def test_right_answers(id, answer):
    result = ll.check(id, answer)
    assert result.points == result.out_of, result


def test_published_and_reference_numbers():
    """LOI-01, the table of the fact sheet, Jacobi constants of L1 and L2, Laplace's tide."""
    assert lesson04.loi(800.0, 100e3, 100e3) == pytest.approx(811.21906, abs=1e-4)
    assert [round(lesson04.loi(v, 100e3, 100e3)) for v in (0.0, 200.0, 800.0)] == [677, 685, 811]
    mu = 0.01215058560962404
    assert lesson04.jacobi(0.836915125772357, 0, 0, 0, 0, 0, mu) == pytest.approx(3.188341117749, abs=1e-11)
    assert lesson04.jacobi(1.155682165444884, 0, 0, 0, 0, 0, mu) == pytest.approx(3.172160460969, abs=1e-11)
    for phi in (0.3, 1.2, 2.0):
        assert lesson04.torque(1e9, phi) == pytest.approx(torque_by_vectors(1e9, phi), rel=0.03)


@pytest.mark.parametrize(("apogee", "sun"), [(1.2e9, 30.0), (1.25e9, 100.0), (1.1e9, 10.0)])
def test_the_loop_is_that_of_a_plain_integration(apogee, sun):
    """In axes that don't turn, in metres, with scipy."""
    low = lesson04.PARKING_M
    speed = math.sqrt(2 * MU_EARTH * apogee / (low * (low + apogee)))
    s = lesson04.NO_MOON
    rate = (1.0 + s.omega) / s.time_s
    distance, gm = s.rho * s.length_m, s.m_sun * s.length_m**3 / s.time_s**2

    def fall(t, y):
        angle = math.radians(sun) + rate * t
        at = distance * np.array([math.cos(angle), math.sin(angle)])
        away = at - y[:2]
        pull = gm * (away / np.linalg.norm(away) ** 3 - at / distance**3)
        return [*y[2:], *(pull - s.length_m**3 / s.time_s**2 * y[:2] / np.linalg.norm(y[:2]) ** 3)]

    def perigee(t, y):
        return y[:2] @ y[2:] if t > 86400.0 else 1.0

    perigee.terminal, perigee.direction = True, 1
    # The unit of speed of the model: its Earth weighs length^3 / time^2, to a part in 10^4 that of MU_EARTH.
    speed *= math.sqrt(s.length_m**3 / s.time_s**2 / MU_EARTH)
    out = solve_ivp(fall, (0, 200 * 86400), [low, 0, 0, speed], method="DOP853", rtol=1e-11, atol=1e-3, events=perigee)
    mine = lesson04.loop(apogee, sun)
    assert mine.back == (out.status == 1)
    assert mine.perigee_m == pytest.approx(math.hypot(*out.y[:2, -1]), rel=2e-3, abs=2e5)
    assert mine.days == pytest.approx(out.t[-1] / 86400, abs=0.05)
    assert mine.prograde == (out.y[0, -1] * out.y[3, -1] > out.y[1, -1] * out.y[2, -1])


def sun_for(apogee, low, high):
    return brentq(lambda s: lesson04.loop(apogee, s).perigee_m - DISTANCE_MOON, low, high, xtol=1e-3)


@pytest.mark.parametrize(
    ("apogee", "low", "high"), [(1.2e9, 15.0, 40.0), (1.3e9, 25.0, 50.0), (1.15e9, 2.0, 30.0), (1.2e9, 195.0, 220.0)]
)
def test_right_routes(apogee, low, high):
    sun = sun_for(apogee, low, high)
    for answer in ((apogee, sun), (np.float64(apogee), sun - 360.0), (int(apogee), np.array([sun]))):
        result = ll.check("04.route", *answer)
        assert result.points == 4, result


@pytest.mark.parametrize(("answer", "hint", "points"), [
    ((1.2e9, 100.0), "wrong way round", 1),
    ((1.2e9, 160.0), "tears it away", 0),
    ((1.2e9, 60.0), "Not lifted far enough. Turn the Sun", 2),
    ((1.1e9, 0.0), "no Sun lifts it", 2),
    ((1.1e9, 30.0), "take 1.2e9", 2),
    ((1.2e9, 15.0), "Lifted too far", 2),
    ((1.2e9, math.radians(22.0)), "radians", 0),
    ((1.2e6, 22.0), "kilometres", 0),
    ((1.2, 22.0), "about 1.2e9", 0),
    ((0.8e9, 22.0), "The Sun adds", 1),
    ((5e8, 22.0), "The Sun adds", 1),
    ((1.15e9, 0.5), "Too long", 1),
    (([1.2e9, 22.0], 22.0), "one number", 0),
    ((1.2e9, "22"), "must be a number", 0),
])  # fmt: skip
def test_wrong_routes_get_the_hint_that_fits(answer, hint, points):
    result = ll.check("04.route", *answer)
    assert hint in result.message, result
    assert result.points <= points < 4, result


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


WRONG = [
    ("04.jacobi", lambda *s: jacobi(*s) + s[6] * (1 - s[6]), "two conventions"),
    ("04.jacobi", lambda *s: -jacobi(*s), "sign is turned"),
    ("04.jacobi", lambda *s: jacobi(*s) / 2, "half of it"),
    ("04.jacobi", lambda *s: -jacobi(*s) / 2, "energy in the turning frame"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s - v**0.5), "speed is squared"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s + v), "subtracted"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d + (1 - m) / r + m / s - v), "Each mass counts twice"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d + 2 * m / r + 2 * (1 - m) / s - v), "masses are exchanged"),
    ("04.jacobi", flat(lambda d, r, s, v, m: 2 * (1 - m) / r + 2 * m / s - v), "going outwards is downhill"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d / 2 + (1 - m) / r + m / s - v), "all of it"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r**2 + 2 * m / s**2 - v), "potential falls with 1/r"),
    ("04.jacobi", lambda *s: jacobi(*s) + s[2] ** 2, "turns about z"),
    ("04.jacobi", lambda *s: jacobi(-s[0], *s[1:]), "wrong sides"),
    ("04.jacobi", lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x, y, z)
     + 2 * m / math.hypot(x - 1, y, z) - u * u - v * v - w * w, "barycentre"),
    ("04.jacobi", lambda x, y, z, u, v, w, m: jacobi(x, y, 0, u, v, w, m), "z is missing"),
    ("04.jacobi", lambda x, y, z, u, v, w, m: jacobi(x, y, z, u, v, 0, m), "vz is missing"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s), "is not subtracted"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d / 2 + (1 - m) / r + m / s), "That is the potential"),
    ("04.jacobi", flat(lambda d, r, s, v, m: d + 2 * (1 - m) / r + 2 * m / s - v / 2), "v squared counts once"),
    ("04.jacobi", lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x - m, y, z)
     + 2 * m / math.hypot(x - 1 + m, y, z) - u * u - v * v - w * w, "its distance has x + mu"),
    ("04.jacobi", lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x + m, y, z)
     + 2 * m / math.hypot(x - 1 - m, y, z) - u * u - v * v - w * w, "its distance has x - 1 + mu"),
    ("04.jacobi", lambda x, y, z, u, v, w, m: x * x + y * y + 2 * (1 - m) / math.hypot(x - m, y, z)
     + 2 * m / math.hypot(x - 1 - m, y, z) - u * u - v * v - w * w, "the distances have"),
    ("04.jacobi", lambda *s: 3.17, "C = x**2"),
    ("04.jacobi", lambda state, mu: 3.0, "positional argument"),
    ("04.loi", lambda v, p, q: -loi(v, p, q), "positive"),
    ("04.loi", lambda v, p, q: loi(v, p, q) / 1e3, "km/s"),
    ("04.loi", lambda v, p, q: v + escape(p) - at_perilune(p, q), "Energies add"),
    ("04.loi", lambda v, p, q: loi(0, p, q), "not used"),
    ("04.loi", lambda v, p, q: loi(v, p, p), "circle at perilune"),
    ("04.loi", lambda v, p, q: math.sqrt(v * v + escape(p) ** 2), "before the burn"),
    ("04.loi", lambda v, p, q: v - at_perilune(p, q), "far away"),
    ("04.loi", lambda v, p, q: math.sqrt(v + escape(p) ** 2) - at_perilune(p, q), "counts squared"),
    ("04.loi", lambda v, p, q: math.sqrt(v * v + escape(p) ** 2 / 2) - at_perilune(p, q), "not mu/r"),
    ("04.loi", lambda v, p, q: math.sqrt(v * v + 2 * MU_MOON / p) - math.sqrt(2 * MU_MOON * q / (p * (p + q))), "R_MOON larger"),
    ("04.loi", lambda v, p, q: loi(v * (MU_MOON / MU_EARTH) ** 0.5, p, q) * (MU_EARTH / MU_MOON) ** 0.5, "Earth's gravitational"),
    ("04.loi", lambda v, p, q: loi(v, p, p) + at_perilune(p, p) - at_perilune(p, q) * (R_MOON + p) / (R_MOON + q), "at apolune"),
    ("04.loi", lambda v, p, q: math.sqrt(v * v + escape(p) ** 2)
     - math.sqrt(MU_MOON * (2 / (R_MOON + p) - 1 / (2 * R_MOON + p + q))), "half of perilune"),
    ("04.loi", lambda v, p, q: 811.2, "vis-viva after"),
    ("04.loi", lambda v, p, q: math.sqrt(v * v + escape(p) ** 2) - escape(p), "ends at escape speed"),
    ("04.loi", lambda v, p, q: loi(v, q, p), "swapped"),
    ("04.loi", lambda v, p, q: math.sqrt(v * v + escape(q) ** 2) - at_perilune(p, q), "with the r of perilune"),
    ("04.loi", lambda v, p, q: math.sqrt(v * v + escape(p) ** 2) - math.sqrt(MU_MOON * (2 / (R_MOON + p) - 2 / (p + q))), "Under the root"),
    ("04.loi", lambda v, p, q: np.sqrt(v * v + escape(p) ** 2) - np.sqrt(MU_MOON * (2 / (R_MOON + p) - 2 / (p + q))), "Under the root"),
    ("04.loi", lambda v, p, q: (v * v + escape(p) ** 2) ** 0.5 - (MU_MOON * (2 / (R_MOON + p) - 2 / (p + q))) ** 0.5, "Under the root"),
    ("04.lever", lambda r, p: -torque(r, p), "sign is turned"),
    ("04.lever", lambda r, p: 2 * torque(r, p), "Twice too much"),
    ("04.lever", lambda r, p: 3 * torque(r, p), "Three times too much"),
    ("04.lever", lambda r, p: abs(torque(r, p)), "no absolute value"),
    ("04.lever", lambda r, p: 3 * N**2 * r**2 * math.sin(p), "3 sin(phi) cos(phi)"),
    ("04.lever", lambda r, p: torque(r, p) / 1.5, "3/2 is missing"),
    ("04.lever", lambda r, p: 1.5 * N**2 * r**2 * math.sin(p), "both sides"),
    ("04.lever", lambda r, p: 1.5 * N**2 * r**2 * math.cos(2 * p), "not cosine"),
    ("04.lever", lambda r, p: torque(r, p) / r, "lever is r"),
    ("04.lever", lambda r, p: torque(r, p) / N, "n counts squared"),
    ("04.lever", lambda r, p: torque(r, p) / N**2, "strength of the tide"),
    ("04.lever", lambda r, p: torque(r, math.radians(p)), "radians already"),
    ("04.lever", lambda r, p: torque(r / 1e3, p), "comes in metres"),
    ("04.lever", lambda r, p: torque(r, p) * 86400**2, "per second"),
    ("04.lever", lambda r, p: MU_SUN / AU**2 * r * math.sin(p), "whole pull"),
    ("04.lever", lambda r, p: torque(r, p) * (365.25636 / 27.32166) ** 2, "Moon's"),
    ("04.lever", lambda r, p: 1e5, "3/2 n**2"),
    ("04.trade", lambda *x: -gain(*x), "Slow minus fast"),
    ("04.trade", after(lambda f, s, m, c: m * (f - s) / c), "Linear"),
    ("04.trade", after(lambda f, s, m, c: m * (1 - math.exp((s - f) / c))), "one burn of the full mass"),
    ("04.trade", after(lambda f, s, m, c: m * (math.exp((f - s) / c) - 1)), "wrong mass"),
    ("04.trade", lambda a, b, p, q, m, i: gain(a, b, p, q, m, i / G0), "not yet a speed"),
    ("04.trade", after(lambda f, s, m, c: m * (math.exp(f / c) - math.exp(s / c))), "gets lighter"),
    ("04.trade", after(lambda f, s, m, c: m * math.exp(-s / c)), "how much more"),
    ("04.trade", lambda a, b, p, q, m, i: gain(a, b, p, q, 1.0, i), "share of the mass"),
    ("04.trade", after(lambda f, s, m, c: f - s), "saved in m/s"),
    ("04.trade", lambda a, b, p, q, m, i: m * (math.exp(-b / i / G0) - math.exp(-a / i / G0)), "v_infinity is not the burn"),
    ("04.trade", lambda a, b, p, q, m, i: gain(a, b, p, p, m, i), "use the apolune"),
    ("04.trade", after(lambda f, s, m, c: m * (10 ** (-s / c) - 10 ** (-f / c))), "has e, not 10"),
    ("04.trade", lambda *x: 35.0, "for each route"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "answer", "hint"), WRONG)
def test_wrong_answers_get_the_hint_that_fits(id, answer, hint):
    result = ll.check(id, answer)
    assert result.points < result.out_of
    assert hint in result.message, result


def test_untouched():
    for id, *blank in (("04.jacobi", lambda *s: ...), ("04.loi", lambda *x: None), ("04.lever", ...), ("04.route", ..., ...),
                       ("04.trade", None)):  # fmt: skip
        assert "Not answered yet" in ll.check(id, *blank).message
