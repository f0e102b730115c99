"""Lesson 04: what the shared test of answers can't say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import lunarlab as ll
from lunarlab.constants import AU, MU_EARTH, MU_SUN
from lunarlab.grading import lesson04, lesson04_route


def torque_by_vectors(r, phi):
    """The tide exactly, not to first order: the pull of the Sun here less its pull on the Earth."""
    here, sun = np.array([r, 0.0]), AU * np.array([math.cos(phi), math.sin(phi)])
    away = sun - here
    pull = MU_SUN * (away / np.linalg.norm(away) ** 3 - sun / AU**3)
    return here[0] * pull[1] - here[1] * pull[0]


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
    low = lesson04_route.PARKING_M
    speed = math.sqrt(2 * MU_EARTH * apogee / (low * (low + apogee)))
    s = lesson04_route.NO_MOON
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
    mine = lesson04_route.loop(apogee, sun)
    assert mine.back == (out.status == 1)
    assert mine.perigee_m == pytest.approx(math.hypot(*out.y[:2, -1]), rel=2e-3, abs=2e5)
    assert mine.days == pytest.approx(out.t[-1] / 86400, abs=0.05)
    assert mine.prograde == (out.y[0, -1] * out.y[3, -1] > out.y[1, -1] * out.y[2, -1])


@pytest.mark.parametrize(("answer", "points"), [
    ((1.2e9, 100.0), 1), ((1.2e9, 160.0), 0), ((1.2e9, 60.0), 2), ((0.8e9, 22.0), 1), ((1.15e9, 0.5), 1), ((1.2e6, 22.0), 0),
])  # fmt: skip
def test_part_of_a_route_is_part_of_the_points(answer, points):
    assert ll.check("04.route", *answer).points == points


def test_untouched():
    for id, *blank in (("04.jacobi", lambda *s: ...), ("04.loi", lambda *x: None), ("04.lever", ...), ("04.route", ..., ...),
                       ("04.trade", None)):  # fmt: skip
        assert "Not answered yet" in ll.check(id, *blank).message
