"""The bicircular model against published figures, Newton's law in fixed axes, and the three-body problem that it contains."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab import integrate
from lunarlab.errors import LunarlabError
from lunarlab.transfer import bicircular as bc
from lunarlab.transfer import threebody as tb

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area2_bicircular.toml").read_text(encoding="utf-8"))
CIRCLE = st.floats(0.0, 2.0 * math.pi)


def newton_in_fixed_axes(t: float, y: np.ndarray, system: bc.Bicircular, sun0: float) -> np.ndarray:
    """The same forces in axes that don't turn, about the barycentre; no Coriolis force and no extra state to get wrong.

    The Sun pulls the spacecraft, and with the barycentre's own acceleration by m_sun / rho^2 along its direction.
    """
    mu, angle = system.mu, sun0 + (1.0 + system.omega) * t
    moon = np.array([math.cos(t), math.sin(t), 0.0])
    sun = np.array([math.cos(angle), math.sin(angle), 0.0])
    a = np.zeros(3)
    for place, mass in ((-mu * moon, 1.0 - mu), ((1.0 - mu) * moon, mu), (system.rho * sun, system.m_sun)):
        d = place - y[:3]
        a += mass * d / np.linalg.norm(d) ** 3
    a -= system.m_sun / system.rho**2 * sun
    return np.concatenate([y[3:], a])


def test_constants_are_the_published_ones() -> None:
    want = CASES["BCR-01"]["expected"]
    s = bc.TOPPUTO
    assert (s.mu, s.m_sun, s.rho, s.omega) == (want["mu"], want["m_sun"], want["rho"], want["omega_sun"])
    assert s.length_m == want["DU"] * 1e3
    assert s.time_s == pytest.approx(want["TU"] * 86400.0, rel=1e-15)
    assert s.velocity_mps == pytest.approx(want["VU"] * 1e3, rel=1e-15)
    assert (s.r_earth_m, s.r_moon_m) == (want["R_E"] * 1e3, want["R_M"] * 1e3)
    assert 1.0 / s.time_s == pytest.approx(want["omega_em"], rel=1e-6)


def test_first_guess_of_the_course_assignment() -> None:
    want = CASES["BCR-02"]["expected"]
    x, y, vx, vy = want["state0"]
    end = bc.propagate(bc.TOPPUTO, bc.TOPPUTO.state([x, y], [vx, vy], 0.0), CASES["BCR-02"]["inputs"]["duration"]).y_end
    assert end[[0, 1, 3, 4]] == pytest.approx(want["state_f"], abs=1e-7)


def flown_bcr04(system: bc.Bicircular) -> tuple[np.ndarray, np.ndarray]:
    given_ = CASES["BCR-04"]["inputs"]
    x, y, vx, vy = given_["state0"]
    start = system.state([x, y], [vx, vy], system.omega * given_["t0"])
    return start, bc.propagate(system, start, given_["tf"] - given_["t0"]).y_end


def test_published_transfer_arrives_within_a_metre() -> None:
    given_, want = CASES["BCR-04"]["inputs"], CASES["BCR-04"]["expected"]
    s = bc.DE432
    assert s.mu == pytest.approx(given_["mu"], rel=1e-15)
    start, end = flown_bcr04(s)
    moon = end[:2] - [1.0 - s.mu, 0.0]
    assert np.hypot(*moon) * s.length_m == pytest.approx(1837.402e3, abs=1.0)
    assert float(moon @ end[3:5]) == pytest.approx(0.0, abs=1e-7)
    assert end[[0, 1, 3, 4]] == pytest.approx(want["state_f"], abs=1e-6)
    r0 = math.hypot(start[0] + s.mu, start[1])
    assert r0 * s.length_m == pytest.approx(want["departure_radius"] * 1e3, abs=0.1)
    leave = math.hypot(start[3] - start[1], start[4] + start[0] + s.mu) - math.sqrt((1.0 - s.mu) / r0)
    speed = math.hypot(end[3] - end[1], end[4] + end[0] - 1.0 + s.mu)
    assert leave == pytest.approx(want["dv_departure"], abs=1e-7)
    wanted = (s.r_moon_m + 100e3) / s.length_m  # the orbit that it is to reach, 2 m lower than where it does
    assert speed - math.sqrt(s.mu / wanted) == pytest.approx(want["dv_arrival"], abs=1e-7)


def test_another_mass_ratio_misses_by_74_km() -> None:
    _, end = flown_bcr04(replace(bc.DE432, mu=0.0121506683))
    miss = np.hypot(end[0] - 1.0 + 0.0121506683, end[1]) * bc.DE432.length_m - 1837.402e3
    assert abs(miss) == pytest.approx(74e3, abs=1e3)


def test_the_speed_scale_is_not_the_other_sets() -> None:
    assert bc.TOPPUTO.velocity_mps / bc.DE432.velocity_mps - 1.0 == pytest.approx(-0.0013, abs=1e-4)


@given(st.lists(st.floats(-1.5, 1.5), min_size=6, max_size=6), CIRCLE)
def test_without_the_sun_it_is_the_three_body_problem(numbers: list[float], sun: float) -> None:
    system = replace(bc.TOPPUTO, m_sun=0.0)
    y = system.state(numbers[:3], numbers[3:], sun)
    mu = system.mu
    if min(np.linalg.norm(y[:3] - [-mu, 0, 0]), np.linalg.norm(y[:3] - [1 - mu, 0, 0])) < 1e-3:
        return
    three = tb.cr3bp(0.0, y[:6], np.array([mu]))
    assert bc.equations(0.0, y, system.params)[:6] == pytest.approx(three, rel=1e-13, abs=1e-13)


@settings(max_examples=15)
@given(CIRCLE, st.floats(0.2, 0.8), st.floats(-0.2, 0.2), CIRCLE)
def test_it_is_newtons_law(angle: float, r: float, vz: float, sun: float) -> None:
    s, mu = bc.TOPPUTO, bc.TOPPUTO.mu
    place = np.array([r * math.cos(angle), r * math.sin(angle), 0.05])
    v = 0.8 / math.sqrt(r)
    inertial = np.array([-v * math.sin(angle), v * math.cos(angle), vz])
    turning = inertial - np.cross([0.0, 0.0, 1.0], place)
    t = 0.6
    arc = bc.propagate(s, s.state(place, turning, sun), t)
    other = solve_ivp(newton_in_fixed_axes, (0.0, t), np.concatenate([place, inertial]), args=(s, sun), method="DOP853",
                      rtol=1e-12, atol=1e-13).y[:, -1]
    c, n = math.cos(t), math.sin(t)
    turned = np.array([c * other[0] + n * other[1], -n * other[0] + c * other[1], other[2]])
    near = min(math.hypot(place[0] + mu, place[1]), 1.0)
    assert arc.y_end[:3] == pytest.approx(turned, abs=1e-8 / near)
    assert np.hypot(arc.y_end[6], arc.y_end[7]) == pytest.approx(s.rho, rel=1e-9)


@settings(max_examples=10)
@given(CIRCLE, CIRCLE, st.floats(1.35, 1.41))
def test_there_and_back(alpha: float, sun: float, beta: float) -> None:
    s, r0 = bc.TOPPUTO, 6545e3 / bc.TOPPUTO.length_m
    v = beta * math.sqrt((1 - s.mu) / r0) - r0
    start = s.state([r0 * math.cos(alpha) - s.mu, r0 * math.sin(alpha)], [-v * math.sin(alpha), v * math.cos(alpha)], sun)
    there = bc.propagate(s, start, 0.5).y_end
    assert bc.propagate(s, there, -0.5).y_end[:6] == pytest.approx(start[:6], abs=1e-6)


def test_jacobi_is_constant_only_without_the_sun() -> None:
    drift = []
    for m_sun in (0.0, bc.TOPPUTO.m_sun):
        s = replace(bc.TOPPUTO, m_sun=m_sun)
        arc = bc.propagate(s, s.state([0.5, 0.2, 0.1], [-0.3, 0.9, 0.05], 1.0), 10.0, times=np.linspace(0.0, 10.0, 50))
        drift.append(float(np.ptp(bc.jacobi(s, arc.y))))
    assert drift[0] < 1e-10
    assert drift[1] > 1e-3
    y = arc.y[0]
    assert float(bc.jacobi(s, y)) == pytest.approx(float(tb.jacobi(y[:6], s.mu)), rel=1e-14)


def test_the_switch_stops_at_perigees_alone() -> None:
    s = bc.TOPPUTO
    start = flown_bcr04(bc.DE432)[0]
    arc = integrate.propagate(bc.equations, start, -0.2, s.params, rtol=1e-10, atol=bc.TOLERANCE, event=bc.perigee)
    assert arc.stopped
    assert math.hypot(arc.y_end[0] + s.mu, arc.y_end[1]) < bc.NEAR


def test_earth_frame_keeps_distances_and_energy() -> None:
    s = replace(bc.TOPPUTO, m_sun=0.0, mu=1e-9)  # two bodies: the energy about the Earth must not change
    times = np.linspace(0.0, 3.0, 40)
    arc = bc.propagate(s, s.state([0.4, 0.0], [0.0, 1.0], 0.0), 3.0, times=times)
    r, v = bc.to_earth_frame(s, arc.t, arc.y)
    energy = 0.5 * (v**2).sum(1) / s.velocity_mps**2 - s.length_m / np.linalg.norm(r, axis=1)
    assert np.ptp(energy) < 1e-8


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bc.Bicircular(mu=0.9), "Bicircular.mu is 0.9"),
        (lambda: bc.Bicircular(m_sun=-1.0), "Bicircular.m_sun is -1"),
        (lambda: bc.TOPPUTO.state([1, 2], [1, 2, 3], 0.0), r"\(2,\) and \(3,\)"),
        (lambda: bc.TOPPUTO.state([math.nan, 2], [1, 2], 0.0), "r holds nan"),
        (lambda: bc.TOPPUTO.state([1, 2] * u.km, [1, 2], 0.0), "r can't be converted from km"),
        (lambda: bc.propagate(bc.TOPPUTO, np.zeros(6), 1.0), r"shape \(6,\)"),
        (lambda: bc.propagate(bc.TOPPUTO, np.zeros(8), math.inf), "duration is inf"),
        (lambda: bc.propagate(bc.TOPPUTO, bc.TOPPUTO.state([-bc.TOPPUTO.mu, 0], [0, 0], 0.0), 1.0), "no value"),
        (lambda: bc.three_body(-1.0, 1.0, 1.0, 0.0, 0.0), "mu_earth is -1"),
    ],
)
def test_wrong_input_is_refused(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()
