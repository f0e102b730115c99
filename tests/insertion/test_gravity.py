"""The gravity field: its table, published and independent values, and what every harmonic field obeys."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import lpmv

from lunarlab import twobody
from lunarlab.constants import R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.insertion import gravity as g
from lunarlab.integrate import propagate

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area3.toml").read_text(encoding="utf-8"))

degrees = st.integers(0, g.DEGREE_MAX)
radii = st.floats(R_MOON, 5e6)
latitudes = st.floats(-math.pi / 2, math.pi / 2)
longitudes = st.floats(-math.pi, math.pi)


def place(radius: float, latitude: float, longitude: float) -> np.ndarray:
    across = radius * math.cos(latitude)
    return np.array([across * math.cos(longitude), across * math.sin(longitude), radius * math.sin(latitude)])


@pytest.mark.nojit
def test_coefficients() -> None:
    want, field = CASES["GRV-01"]["expected"], g.gravity()
    assert field.mu / 1e9 == pytest.approx(want["GM"], abs=1e-10) and field.radius_m / 1e3 == want["R_ref"]
    for n, m, c, s in CASES["GRV-01"]["coefficients"]["rows"]:
        assert (field.c[n, m], field.s[n, m]) == pytest.approx((c, s), rel=1e-12, abs=1e-22)
    assert field.j2 == pytest.approx(want["J2"], rel=1e-12)
    assert field.unnormalised(2, 2)[0] == pytest.approx(want["C22"], rel=1e-8)
    assert -field.unnormalised(3, 0)[0] == pytest.approx(want["J3"], rel=1e-5)
    assert field.unnormalised(3, 1)[0] == pytest.approx(want["C31"], rel=1e-5)
    # Another model of the same mission, GRGM900C, whose C20 leaves out the permanent tide.
    for n, m, c in ((2, 0, -9.08866163613439e-5), (2, 2, 3.46733340854267e-5)):
        assert field.c[n, m] == pytest.approx(c, abs=CASES["GRV-01"]["tolerance"]["coefficient_between_models"])


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["GRV-02", "GRV-03", "GRV-04", "GRV-07"])
def test_acceleration_and_potential(name: str) -> None:
    case = CASES[name]
    field, r = g.gravity(case["inputs"]["degree"]), np.array(case["inputs"]["r"]) * 1e3
    assert field.acceleration(r) / 1e3 == pytest.approx(case["expected"]["acceleration"], abs=case["tolerance"]["acceleration"], rel=0)
    assert field.potential(r) / 1e6 == pytest.approx(case["expected"]["potential"], abs=case["tolerance"]["potential"], rel=0)


def test_one_day_around_the_poles() -> None:
    case = CASES["GRV-10"]
    arc = propagate(g.lumpy, np.array(case["inputs"]["state0"]) * 1e3, case["inputs"]["t"], g.gravity(8).params(), atol=1e-6)
    want, got = case["expected"], arc.y_end / 1e3
    assert got[:3] == pytest.approx(want["state"][:3], abs=case["tolerance"]["position"], rel=0)
    assert got[3:] == pytest.approx(want["state"][3:], abs=case["tolerance"]["velocity"], rel=0)
    orbit = twobody.elements(arc.y_end[:3], arc.y_end[3:], mu=g.gravity().mu)
    assert orbit.a_m / 1e3 == pytest.approx(want["a"], abs=1e-3) and orbit.e == pytest.approx(want["e"], abs=1e-7)
    angles = math.degrees(orbit.inclination_rad), math.degrees(orbit.raan_rad)
    assert angles == pytest.approx((want["i"], want["raan"]), abs=1e-5)


@given(radii, latitudes, longitudes, degrees)
@settings(max_examples=30)
def test_potential_against_legendre_functions(radius: float, latitude: float, longitude: float, degree: int) -> None:
    field = g.gravity(degree)
    total = 0.0
    for n in range(degree + 1):
        for m in range(n + 1):
            c, s = field.unnormalised(n, m)
            legendre = (-1) ** m * lpmv(m, n, math.sin(latitude))  # scipy's has the other phase
            wave = c * math.cos(m * longitude) + s * math.sin(m * longitude)
            total += (field.radius_m / radius) ** n * legendre * wave
    assert field.potential(place(radius, latitude, longitude)) == pytest.approx(field.mu / radius * total, rel=1e-13)


@given(radii, latitudes, longitudes, degrees)
def test_acceleration_is_the_gradient_of_the_potential(radius: float, latitude: float, longitude: float, degree: int) -> None:
    field, r, h = g.gravity(degree), place(radius, latitude, longitude), 2000.0
    gradient = np.zeros(3)
    for i, axis in enumerate(np.eye(3)):  # eighth order: rounding and truncation both near 1e-10
        for k, weight in ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280)):
            gradient[i] += weight * (field.potential(r + k * h * axis) - field.potential(r - k * h * axis)) / h
    assert field.acceleration(r) == pytest.approx(gradient, abs=1e-9 * field.mu / radius**2)


@given(radii, latitudes, longitudes)
def test_degree_0_is_a_point_mass(radius: float, latitude: float, longitude: float) -> None:
    field, r = g.gravity(0), place(radius, latitude, longitude)
    assert field.acceleration(r) == pytest.approx(-field.mu * r / radius**3, rel=1e-14, abs=1e-15)
    assert field.potential(r) == pytest.approx(field.mu / radius, rel=1e-14)


@given(radii, longitudes, degrees, st.sampled_from([1.0, -1.0]))
def test_the_poles_are_places_like_others(radius: float, longitude: float, degree: int, side: float) -> None:
    field = g.gravity(degree)
    at, beside = field.acceleration([0, 0, side * radius]), field.acceleration(place(radius, side * (math.pi / 2 - 1e-9), longitude))
    assert np.all(np.isfinite(at)) and at == pytest.approx(beside, abs=1e-8)


@given(radii, latitudes, longitudes, degrees)
@settings(max_examples=20)
def test_potential_is_harmonic(radius: float, latitude: float, longitude: float, degree: int) -> None:
    field, r, h = g.gravity(degree), place(radius, latitude, longitude), 100.0
    divergence = sum(
        (field.acceleration(r + h * axis)[i] - field.acceleration(r - h * axis)[i]) / (2 * h) for i, axis in enumerate(np.eye(3))
    )
    assert abs(divergence) < 1e-6 * field.mu / radius**3


def test_rows_equal_single_places() -> None:
    field, points = g.gravity(12), np.array([place(1.8e6, 0.1 * k, 0.7 * k) for k in range(8)])
    assert np.array_equal(field.acceleration(points), [field.acceleration(r) for r in points])
    assert np.array_equal(field.potential(points), [field.potential(r) for r in points])


@given(st.floats(0.0, math.pi), st.floats(0.0, 6.2), st.sampled_from([2, 8, 20]))
@settings(max_examples=6)
def test_energy_in_the_turning_frame_is_kept_for_a_day(tilt: float, node: float, degree: int) -> None:
    field = g.gravity(degree)
    y = np.concatenate(twobody.state(twobody.Elements(1837.4e3, 0.01, tilt, node, 1.0, 2.0), mu=field.mu))
    end = propagate(g.lumpy, y, 86400.0, field.params(), atol=[1e-6] * 3 + [1e-9] * 3).y_end

    def integral(t: float, state: np.ndarray) -> float:
        r, v = state[:3], state[3:]
        angle = g.OMEGA_MOON * t
        c, s = math.cos(angle), math.sin(angle)
        fixed = [c * r[0] + s * r[1], c * r[1] - s * r[0], r[2]]
        return 0.5 * v @ v - field.potential(fixed) - g.OMEGA_MOON * (r[0] * v[1] - r[1] * v[0])

    assert integral(86400.0, end) == pytest.approx(integral(0.0, y), abs=1e-6)  # of 1.3e6 m2/s2


@given(st.floats(0.1, 3.0), st.floats(0.0, 0.05))
@settings(max_examples=5)
def test_node_drifts_as_flattening_says(tilt: float, e: float) -> None:
    field = g.gravity(2)
    only_j2 = replace(field, c=np.diag([0.0, 0.0, 0.0]) + field.c * (np.arange(3) == 0), s=0.0 * field.s)
    a, p = 1950e3, 1950e3 * (1 - e * e)
    y = np.concatenate(twobody.state(twobody.Elements(a, e, tilt, 1.0, 0.5, 0.0), mu=field.mu))
    turns = 40
    arc = propagate(g.lumpy, y, turns * twobody.period(a, mu=field.mu), only_j2.params(), atol=1e-6)
    node = twobody.elements(arc.y_end[:3], arc.y_end[3:], mu=field.mu).raan_rad - 1.0
    theory = -3 * math.pi * turns * field.j2 * (field.radius_m / p) ** 2 * math.cos(tilt)
    assert node == pytest.approx(theory, abs=0.02 * abs(theory) + 4e-4)  # second order, and the short waves of one turn


def test_prime_meridian_turns_the_moon_under_the_orbit() -> None:
    field, angle = g.gravity(8), 0.7
    c, s = math.cos(angle), math.sin(angle)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    y = np.concatenate(twobody.state(twobody.Elements(1837.4e3, 0.01, 1.0, 0.3), mu=field.mu))
    plain = propagate(g.lumpy, y, 40000.0, field.params(), atol=1e-6).y_end
    turned_y = np.concatenate((turn @ y[:3], turn @ y[3:]))
    turned = propagate(g.lumpy, turned_y, 40000.0, field.params(prime_meridian_rad=angle), atol=1e-6).y_end
    assert turned[:3] == pytest.approx(turn @ plain[:3], abs=1e-3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: g.gravity(21), r"degree is 21; it must lie between 0 and 20"),
        (lambda: g.gravity(-1), r"degree is -1"),
        (lambda: g.gravity(2.5), r"degree is 2.5; it must be a whole number"),
        (lambda: g.gravity(4).unnormalised(3, 4), r"0 <= m <= n <= 4"),
        (lambda: g.gravity(4).acceleration([0, 0, 0]), r"centre of the Moon"),
        (lambda: g.gravity(4).potential([1.0, 2.0]), r"shape \(2,\)"),
        (lambda: g.gravity(4).potential([[1e6, math.nan, 0]]), r"finite"),
        (lambda: g.gravity(4).potential("here"), r"r_mcmf"),
    ],
)
def test_wrong_input(call, says: str) -> None:
    with pytest.raises(LunarlabError, match=says):
        call()


def test_no_value_near_the_centre() -> None:
    with pytest.raises(LunarlabError, match="could not be followed"):
        propagate(g.lumpy, [1.8e6, 0, 0, -10.0, 0, 0], 5000.0, g.gravity(0).params())
