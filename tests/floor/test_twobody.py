"""Two-body motion, against published cases, boinor's elements, numerical integration and its own inverses."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from boinor.core.elements import rv2coe
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab.constants import MU_EARTH, MU_MOON
from lunarlab.errors import LunarlabError
from lunarlab.twobody import (
    Elements,
    circular_speed,
    elements,
    kepler,
    kepler_equation,
    mean_anomaly,
    period,
    speed,
    state,
    stumpff,
)

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area1.toml").read_text(encoding="utf-8"))
KM3 = 1e9
TURN = 2.0 * math.pi


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    return CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]


@pytest.mark.parametrize("name", ["KEP-01", "KEP-06"])
def test_published_propagation(name: str) -> None:
    given_, expected, tolerance = case(name)
    r, v = kepler(np.array(given_["r0"]) * 1e3, np.array(given_["v0"]) * 1e3, given_["dt"], mu=given_["mu"] * KM3)
    assert r / 1e3 == pytest.approx(expected["r"], abs=tolerance["r"])
    assert v / 1e3 == pytest.approx(expected["v"], abs=tolerance["v"])


def test_published_kepler_equation() -> None:
    given_, expected, tolerance = case("KEP-02")
    assert math.degrees(kepler_equation(math.radians(given_["M"]), given_["e"])) == pytest.approx(expected["E"], abs=tolerance["E"])
    assert kepler_equation(math.radians(235.4), 2.4) == pytest.approx(1.6013761449, abs=1e-10)  # Vallado, hyperbola


def test_published_elements() -> None:
    given_, expected, tolerance = case("KEP-04")
    orbit = elements(np.array(given_["r"]) * 1e3, np.array(given_["v"]) * 1e3, mu=given_["mu"] * KM3)
    assert orbit.p_m / 1e3 == pytest.approx(expected["p"], abs=tolerance["p"])
    assert orbit.a_m / 1e3 == pytest.approx(expected["a"], abs=tolerance["a"])
    assert orbit.e == pytest.approx(expected["e"], abs=tolerance["e"])
    angles = np.degrees([orbit.inclination_rad, orbit.raan_rad, orbit.argp_rad, orbit.nu_rad])
    assert angles == pytest.approx([expected[k] for k in ("i", "raan", "argp", "nu")], abs=tolerance["angles"])


def test_apollo_11_entry_orbit() -> None:
    given_, expected, tolerance = case("APO-02")
    foot, angle = 0.3048, math.radians(given_["fpa"])
    r = given_["R_E"] * 1e3 + given_["altitude"] * foot
    v = given_["speed"] * foot
    orbit = elements([r, 0.0, 0.0], [v * math.sin(angle), v * math.cos(angle), 0.0], mu=given_["mu"] * KM3)
    assert orbit.a_m / 1e3 == pytest.approx(expected["a"], abs=tolerance["a"])
    assert orbit.e == pytest.approx(expected["e"], abs=tolerance["e"])
    perigee = orbit.periapsis_m / 1e3 - given_["R_E"]
    assert perigee == pytest.approx(expected["vacuum_perigee_altitude"], abs=tolerance["vacuum_perigee_altitude"])


# -- any orbit ---------------------------------------------------------------------------------------------------------

unit = st.floats(-1.0, 1.0)


@st.composite
def states(draw: Any, shapes: tuple[float, float] = (0.1, 2.5)) -> tuple[np.ndarray, np.ndarray, float]:
    """r, v, mu: any direction; the speed is given by its ratio to that of escape, so 1 is a parabola."""
    r, v = np.array([draw(unit) for _ in range(3)]), np.array([draw(unit) for _ in range(3)])
    assume(np.linalg.norm(r) > 0.1 and np.linalg.norm(v) > 0.1)
    r, v = r / np.linalg.norm(r), v / np.linalg.norm(v)
    assume(np.linalg.norm(np.cross(r, v)) > 0.2)  # not nearly straight down, where every method loses digits
    mu = draw(st.sampled_from([MU_EARTH, MU_MOON]))
    r = r * 10.0 ** draw(st.floats(6.2, 8.7))
    ratio = draw(st.one_of(st.floats(*shapes), st.sampled_from([1.0, 1.0 - 1e-9, 1.0 + 1e-9, math.sqrt(0.5)])))
    return r, v * ratio * math.sqrt(2.0 * mu / np.linalg.norm(r)), mu


def unit_time(r: np.ndarray, mu: float) -> float:
    return math.sqrt(float(np.linalg.norm(r)) ** 3 / mu)


@given(states(), st.floats(-20.0, 20.0))
def test_there_and_back(start: tuple[np.ndarray, np.ndarray, float], times: float) -> None:
    r, v, mu = start
    dt = times * unit_time(r, mu)
    there = kepler(r, v, dt, mu=mu)
    back = kepler(*there, -dt, mu=mu)
    far = max(np.linalg.norm(r), np.linalg.norm(there[0]))
    assert np.linalg.norm(back[0] - r) < 1e-10 * far
    assert np.linalg.norm(back[1] - v) < 1e-10 * max(np.linalg.norm(v), np.linalg.norm(there[1])) * far / np.linalg.norm(r)


@given(states(), st.floats(-5.0, 5.0), st.floats(-5.0, 5.0))
def test_steps_add_up(start: tuple[np.ndarray, np.ndarray, float], first: float, second: float) -> None:
    r, v, mu = start
    one, two = first * unit_time(r, mu), second * unit_time(r, mu)
    direct = kepler(r, v, one + two, mu=mu)
    stepped = kepler(*kepler(r, v, one, mu=mu), two, mu=mu)
    assert np.linalg.norm(direct[0] - stepped[0]) < 1e-10 * max(np.linalg.norm(r), np.linalg.norm(direct[0])) * (1 + abs(first))


@given(states(), st.floats(-20.0, 20.0))
def test_energy_and_momentum_stay(start: tuple[np.ndarray, np.ndarray, float], times: float) -> None:
    r, v, mu = start
    r2, v2 = kepler(r, v, times * unit_time(r, mu), mu=mu)
    scale = mu / min(np.linalg.norm(r), np.linalg.norm(r2))
    energies = [0.5 * b @ b - mu / np.linalg.norm(a) for a, b in ((r, v), (r2, v2))]
    assert abs(energies[1] - energies[0]) < 1e-12 * scale
    h, h2 = np.cross(r, v), np.cross(r2, v2)
    assert np.linalg.norm(h2 - h) < 1e-12 * np.linalg.norm(h) + 3e-15 * np.linalg.norm(r2) * np.linalg.norm(v2)


@settings(max_examples=8)
@given(states(), st.floats(-3.0, 3.0))
def test_agrees_with_newton(start: tuple[np.ndarray, np.ndarray, float], times: float) -> None:
    """Numerical integration of the equation of motion knows nothing of Kepler."""
    r, v, mu = start
    length, time = float(np.linalg.norm(r)), unit_time(r, mu)

    def f(t: float, y: np.ndarray) -> np.ndarray:
        return np.concatenate([y[3:], -y[:3] / np.linalg.norm(y[:3]) ** 3])

    y = solve_ivp(f, (0.0, times), np.concatenate([r / length, v * time / length]), method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    ours = kepler(r, v, times * time, mu=mu)
    assert ours[0] / length == pytest.approx(y[:3], abs=1e-8)
    assert ours[1] * time / length == pytest.approx(y[3:], abs=1e-8)


@given(states())
def test_elements_and_back(start: tuple[np.ndarray, np.ndarray, float]) -> None:
    r, v, mu = start
    back = state(elements(r, v, mu=mu), mu=mu)
    assert np.linalg.norm(back[0] - r) < 1e-11 * np.linalg.norm(r)
    assert np.linalg.norm(back[1] - v) < 1e-11 * np.linalg.norm(v)


@given(states(shapes=(0.3, 0.9)))
def test_elements_agree_with_boinor(start: tuple[np.ndarray, np.ndarray, float]) -> None:
    r, v, mu = start
    orbit = elements(r, v, mu=mu)
    assume(1e-3 < orbit.e < 0.99 and 1e-3 < orbit.inclination_rad < math.pi - 1e-3)
    p, e, inc, raan, argp, nu = rv2coe(mu, r, v)
    assert (orbit.p_m, orbit.e, orbit.inclination_rad) == pytest.approx((p, e, inc), rel=1e-9)
    for ours, theirs in ((orbit.raan_rad, raan), (orbit.argp_rad, argp), (orbit.nu_rad, nu)):
        assert math.remainder(ours - theirs, TURN) == pytest.approx(0.0, abs=1e-9)


@given(states(shapes=(0.3, 0.95)), st.integers(1, 1000))
def test_whole_turns_change_nothing(start: tuple[np.ndarray, np.ndarray, float], turns: int) -> None:
    r, v, mu = start
    inverse = 2.0 / np.linalg.norm(r) - v @ v / mu
    assume(inverse * np.linalg.norm(r) > 0.1)
    a = 1.0 / inverse
    there, _ = kepler(r, v, turns * period(a, mu=mu), mu=mu)
    assert np.linalg.norm(there - r) < 1e-10 * turns * np.linalg.norm(r)


# -- special orbits ----------------------------------------------------------------------------------------------------


def test_angles_without_meaning_are_zero() -> None:
    v = circular_speed(7e6, mu=MU_EARTH)
    flat = elements([0.0, 7e6, 0.0], [-v, 0.0, 0.0], mu=MU_EARTH)
    assert (flat.raan_rad, flat.argp_rad, flat.nu_rad) == pytest.approx((0.0, 0.0, math.pi / 2))
    assert flat.e == pytest.approx(0.0, abs=1e-15) and flat.a_m == pytest.approx(7e6)
    ellipse = elements([0.0, 7e6, 0.0], [-1.1 * v, 0.0, 0.0], mu=MU_EARTH)
    assert (ellipse.raan_rad, ellipse.argp_rad, ellipse.nu_rad) == pytest.approx((0.0, math.pi / 2, 0.0))
    backward = elements([0.0, 7e6, 0.0], [1.1 * v, 0.0, 0.0], mu=MU_EARTH)
    assert backward.inclination_rad == pytest.approx(math.pi)
    assert state(backward, mu=MU_EARTH)[1] == pytest.approx([1.1 * v, 0.0, 0.0], abs=1e-8)


def test_parabola() -> None:
    q = 7e6
    orbit = elements([q, 0.0, 0.0], [0.0, math.sqrt(2.0 * MU_EARTH / q), 0.0], mu=MU_EARTH)
    assert orbit.e == pytest.approx(1.0, abs=1e-14) and orbit.periapsis_m == pytest.approx(q) and abs(orbit.a_m) > 1e17
    exact = Elements(math.inf, 1.0, p_m=2 * q)
    assert exact.apoapsis_m == math.inf
    r, v = state(exact, mu=MU_EARTH)
    # Barker's equation: D + D^3 / 3 = sqrt(mu / (2 q^3)) t, with D = tan(nu / 2)
    D = 1.7
    r, _ = kepler(r, v, (D + D**3 / 3.0) / math.sqrt(MU_EARTH / (2.0 * q**3)), mu=MU_EARTH)
    assert math.atan2(r[1], r[0]) == pytest.approx(2.0 * math.atan(D), abs=1e-12)
    assert np.linalg.norm(r) == pytest.approx(q * (1.0 + D * D), rel=1e-12)


def test_straight_up_and_down() -> None:
    r, v = kepler([7e6, 0.0, 0.0], [1000.0, 0.0, 0.0], 100.0, mu=MU_EARTH)
    assert r[0] > 7e6 and r[1] == v[1] == 0.0
    with pytest.raises(LunarlabError, match="straight fall has no elements"):
        elements([7e6, 0.0, 0.0], [1000.0, 0.0, 0.0], mu=MU_EARTH)


@given(st.floats(-1e4, 1e4), st.one_of(st.floats(0.0, 0.9999999), st.floats(1.0000001, 50.0)))
def test_kepler_equation_is_solved(M: float, e: float) -> None:
    x = kepler_equation(M, e)
    residual = x - e * math.sin(x) - M if e < 1.0 else e * math.sinh(x) - x - M
    assert abs(residual) <= 2e-15 * max(1.0, abs(M), abs(e * math.sinh(x)) * abs(x) if e > 1.0 else 0.0)


def test_kepler_equation_of_an_array() -> None:
    M = np.linspace(-10.0, 10.0, 7)
    E = kepler_equation(M, 0.3)
    assert E.shape == (7,) and E - 0.3 * np.sin(E) == pytest.approx(M)
    assert kepler_equation(90.0 * u.deg, 0.0) == pytest.approx(math.pi / 2)


@given(st.floats(-3.1, 3.1), st.one_of(st.floats(0.0, 0.99), st.floats(1.01, 20.0)), st.integers(-3, 3))
def test_the_mean_anomaly_is_the_time_since_periapsis(part: float, e: float, turns: int) -> None:
    nu = part if e < 1.0 else 0.3 * part * math.acos(-1.0 / e)
    r, _ = kepler([1.0 - e if e < 1.0 else e - 1.0, 0.0, 0.0], [0.0, math.sqrt((1.0 + e) / abs(1.0 - e)), 0.0], mean_anomaly(nu, e), mu=1.0)
    assert math.atan2(r[1], r[0]) == pytest.approx(nu, abs=1e-9)
    if e < 1.0:
        assert mean_anomaly(nu + turns * TURN, e) == pytest.approx(mean_anomaly(nu, e) + turns * TURN, abs=1e-9)


@given(st.floats(1e-6, 3.0), st.sampled_from([-1.0, 1.0]), st.floats(0.2, 5.0))
def test_a_straight_fall_ends_at_the_centre(v: float, sign: float, r0: float) -> None:
    """Against the integral of dr / (radial speed), from the centre to the state; beyond that there is no orbit."""
    energy = 0.5 * v * v - 1.0 / r0

    def since(r: float) -> float:  # r = s^2 takes the infinite speed at the centre out of the integral
        s, w = np.polynomial.legendre.leggauss(400)
        s = 0.5 * math.sqrt(r) * (s + 1.0)
        return 0.5 * math.sqrt(r) * float(np.sum(w * 2.0 * s * s / np.sqrt(2.0 * (energy * s * s + 1.0))))

    assume(abs(energy) > 0.05 and energy * r0 > -0.9)  # near its top the integral loses its digits
    far = TURN * (-2.0 * energy) ** -1.5 - since(r0) if energy < 0.0 else math.inf
    before, after = (since(r0), far) if sign > 0.0 else (far, since(r0))
    state_ = [0.0, r0, 0.0], [0.0, sign * v, 0.0]
    inside = [-0.99 * min(before, 50.0), 0.99 * min(after, 50.0)]
    r, _ = kepler(*state_, inside, mu=1.0)
    assert (r[:, 1] > 0.0).all()
    for wrong in (-1.01 * before, 1.01 * after):
        if math.isfinite(wrong):
            with pytest.raises(LunarlabError, match="straight line, from the centre"):
                kepler(*state_, [inside[0], wrong], mu=1.0)


def test_from_rest_one_falls_into_the_centre() -> None:
    fall = math.pi * math.sqrt(7e6**3 / (8.0 * MU_EARTH))  # half the period of an ellipse as flat as a line
    assert kepler([7e6, 0, 0], [0, 0, 0], 0.999 * fall, mu=MU_EARTH)[0][0] < 2e5
    for dt in (1.001 * fall, -1.001 * fall, 1e5):
        with pytest.raises(LunarlabError, match=f"straight line.*{fall:g} s"):
            kepler([7e6, 0, 0], [0, 0, 0], dt, mu=MU_EARTH)


@given(st.floats(-60.0, 60.0))
def test_stumpff_functions(z: float) -> None:
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(40):
        c2 = mpmath.nsum(lambda k: (-mpmath.mpf(z)) ** k / mpmath.factorial(2 * k + 2), [0, mpmath.inf])
        c3 = mpmath.nsum(lambda k: (-mpmath.mpf(z)) ** k / mpmath.factorial(2 * k + 3), [0, mpmath.inf])
    assert stumpff(z) == pytest.approx([float(c2), float(c3)], rel=2e-14, abs=1e-16)


@pytest.mark.nojit
def test_speeds() -> None:
    assert speed(7e6, 7e6, mu=MU_EARTH) == circular_speed(7e6, mu=MU_EARTH) == pytest.approx(math.sqrt(MU_EARTH / 7e6))
    assert speed(7e6, math.inf, mu=MU_EARTH) == pytest.approx(math.sqrt(2.0 * MU_EARTH / 7e6))
    assert speed(7000 * u.km, -1e7 * u.m, mu=MU_EARTH * u.m**3 / u.s**2) == pytest.approx(math.sqrt(MU_EARTH * (2 / 7e6 + 1e-7)))
    assert period(42_164_170.0, mu=MU_EARTH) == pytest.approx(86_164.1, abs=0.1)  # a sidereal day


@pytest.mark.nojit
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: speed(3e7, 1e7, mu=MU_EARTH), "r_m is 3e.07 m.*reaches out to 2e.07 m"),
        (lambda: period(-1e7, mu=MU_EARTH), "a_m is -1e.07 m; only an ellipse"),
        (lambda: period(math.inf, mu=MU_EARTH), "only an ellipse"),
        (lambda: circular_speed(7e6, mu=-1.0), "mu is -1"),
        (lambda: kepler_equation(1.0, 1.0), "parabola"),
        (lambda: kepler_equation(math.nan, 0.5), "finite"),
        (lambda: kepler_equation(1.0, -0.1), "e is -0.1"),
        (lambda: mean_anomaly(3.0, 2.0), "does not reach nu = 3"),
        (lambda: kepler([1.0, 2.0], [0.0, 0.0, 1.0], 1.0, mu=1.0), r"r has shape \(2,\); it must be \(3,\) in m"),
        (lambda: kepler([0.0, 0.0, 0.0], [0.0, 0.0, 1.0], 1.0, mu=1.0), "r is zero"),
        (lambda: kepler([1.0, 0.0, 0.0], [0.0, math.nan, 1.0], 1.0, mu=1.0), "v holds nan"),
        (lambda: kepler([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], math.inf, mu=1.0), "dt holds inf"),
        (lambda: kepler([1.0, 0.0, 0.0] * u.s, [0.0, 1.0, 0.0], 1.0, mu=1.0), "can't be converted from s to m"),
        (lambda: kepler("abc", [0.0, 1.0, 0.0], 1.0, mu=1.0), "numbers in m"),
        (lambda: Elements(7e6, 1.5), "hyperbola, and a_m must be negative"),
        (lambda: Elements(-7e6, 0.5), "ellipse, and a_m must be positive"),
        (lambda: Elements(math.inf, 1.0), "p_m is missing"),
        (lambda: Elements(math.inf, 0.5), "ellipse, and a_m must be positive and finite"),
        (lambda: Elements(-math.inf, 1.5), "hyperbola, and a_m must be negative and finite"),
        (lambda: Elements(7e6, 1.0, p_m=1e7), "parabola, and a_m must be infinite"),
        (lambda: Elements(math.inf, 1.0, p_m=0.0), "p_m is 0 m; it must be positive"),
        (lambda: Elements(8e6, 0.5, p_m=7e6), "p_m is 7000000 m; it must be .* = 6000000 m"),
        (lambda: kepler([7e6, 0.0, 0.0], [0.0, 7e3, 0.0], [[1.0]], mu=MU_EARTH), r"dt has the shape \(1, 1\)"),
        (lambda: Elements(-7e6, 2.0, nu_rad=3.0), "reaches up to 2.0944"),
        (lambda: Elements(7e6, 0.1, inclination_rad=4.0), "inclination_rad is 4 rad"),
    ],
)
def test_wrong_input_is_named(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_many_times_at_once() -> None:
    r, v = kepler([7e6, 0.0, 0.0] * u.m, [0.0, 8.0, 1.0] * u.km / u.s, np.linspace(0.0, 1e4, 5) * u.s, mu=MU_EARTH)
    assert r.shape == v.shape == (5, 3)
    assert np.array_equal(r[3], kepler([7e6, 0.0, 0.0], [0.0, 8e3, 1e3], 7500.0, mu=MU_EARTH)[0])
    assert r[0] == pytest.approx([7e6, 0.0, 0.0])
