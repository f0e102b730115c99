"""The three-body problem against published figures, another integrator, Newton's law in fixed axes, and its symmetries."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab import integrate
from lunarlab.errors import LunarlabError
from lunarlab.transfer import threebody as tb

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area2_cr3bp.toml").read_text(encoding="utf-8"))
MU = tb.EARTH_MOON.mu
EIGHT = [0.5, 0.2, 0.1, -0.3, 0.9, 0.05]


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    return CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]


def planar(state: list[float]) -> np.ndarray:
    x, y, vx, vy = state
    return np.array([x, y, 0.0, vx, vy, 0.0])


def newton_in_fixed_axes(t: float, y: np.ndarray, mu: float) -> np.ndarray:
    """The same motion by Newton's law alone: two bodies on circles, axes that don't turn. No Coriolis force to get wrong."""
    moon = np.array([np.cos(t), np.sin(t), 0.0])
    big, small = y[:3] + mu * moon, y[:3] - (1.0 - mu) * moon
    return np.concatenate([y[3:], -(1.0 - mu) * big / np.linalg.norm(big) ** 3 - mu * small / np.linalg.norm(small) ** 3])


# States that stay a few percent of the distance away from both bodies for a while are what most properties need.
coordinates = st.floats(-1.3, 1.3)
speeds = st.floats(-0.6, 0.6)
flights = st.tuples(coordinates, coordinates, st.floats(-0.5, 0.5), speeds, speeds, speeds).map(np.array)


def nearest(y0: np.ndarray, t1: float, mu: float = MU) -> float:
    """Closest approach to either body: at the start, at the end, or where the radial speed turns; samples would miss it."""
    distances = []
    for x in (-mu, 1.0 - mu):
        arc = tb.propagate(y0, t1, mu, event=tb.apsis, params=[x], direction=1, stop_after=1000, tolerance=1e-10)
        places = np.vstack([np.asarray(y0)[None, :3], arc.y_events[:, :3], arc.y_end[None, :3]])
        distances.append(np.linalg.norm(places - [x, 0.0, 0.0], axis=1).min())
    return float(min(distances))


def clear(y0: np.ndarray, t1: float, distance: float = 0.1) -> bool:
    if min(np.linalg.norm(y0[:3] - [x, 0, 0]) for x in (-MU, 1.0 - MU)) < distance:
        return False
    try:
        return nearest(y0, t1) > distance
    except LunarlabError:
        return False


# --- published figures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CRP-01", "CRP-03"])
def test_libration_points(name: str) -> None:
    inputs, expected, tolerance = case(name)
    points = tb.libration_points(inputs["mu"])
    assert points[:3, 0] == pytest.approx([expected["x_L1"], expected["x_L2"], expected["x_L3"]], abs=1e-14)
    assert points[3, :2] == pytest.approx(expected["L4"], abs=1e-14)
    assert points[4] == pytest.approx(points[3] * [1, -1, 1])
    limits = tb.jacobi(np.hstack([points, np.zeros((5, 3))]), inputs["mu"])
    assert limits[:4] == pytest.approx([expected[f"C_L{k}"] for k in range(1, 5)], abs=tolerance["C"])
    assert tolerance["x"] >= 1e-14


@given(st.floats(1e-9, 0.5))
@example(0.5)
@example(3e-6)
@settings(max_examples=25)
def test_libration_points_for_any_ratio(mu: float) -> None:
    """Against 40 digits: each point is where the force along the axis vanishes."""
    mpmath.mp.dps = 40

    def force(x: Any) -> Any:
        one, m = x + mpmath.mpf(mu), mpmath.mpf(mu)
        return x - (1 - m) * one / abs(one) ** 3 - m * (one - 1) / abs(one - 1) ** 3

    for x in tb.libration_points(mu)[:3, 0]:
        assert float(abs(mpmath.findroot(force, mpmath.mpf(float(x))) - mpmath.mpf(float(x)))) < 1e-14 * max(1.0, abs(x)) + 2e-16


@pytest.mark.parametrize("point", ["L1", "L2"])
def test_modes(point: str) -> None:
    _, expected, tolerance = case("CRP-04")
    found, want = tb.modes(point), expected[point]
    names = ("gamma", "c2", "real_eigenvalue", "planar_frequency", "vertical_frequency")
    assert [found.gamma, found.c2, found.growth, found.planar, found.vertical] == pytest.approx(
        [want[name] for name in names], abs=tolerance["all"]
    )


def test_modes_are_eigenvalues() -> None:
    """From the matrix of the linear motion that `cr3bp_stm` carries, by its own rates."""
    for point, x in zip(("L1", "L2", "L3"), tb.libration_points()[:3], strict=True):
        rates = tb.cr3bp_stm(0.0, np.concatenate([x, np.zeros(3), np.eye(6).ravel()]), np.array([MU]))
        values = np.linalg.eigvals(rates[6:].reshape(6, 6))
        found = tb.modes(point)
        assert sorted(values.real)[-1] == pytest.approx(found.growth, rel=1e-12)
        assert sorted(values.imag)[-2:] == pytest.approx(sorted([found.planar, found.vertical]), rel=1e-12)


@pytest.mark.nojit
def test_generic_flight() -> None:
    inputs, expected, tolerance = case("CPR-01")
    arc = tb.propagate(inputs["state0"], inputs["t"], inputs["mu"])
    assert arc.y_end == pytest.approx(expected["state"], abs=tolerance["state"])
    assert arc.y_end == pytest.approx(expected["state"], abs=1e-13)
    assert tb.jacobi(inputs["state0"], inputs["mu"]) == pytest.approx(expected["jacobi"], abs=1e-14)
    assert tb.jacobi(arc.y_end, inputs["mu"]) == pytest.approx(expected["jacobi"], abs=tolerance["jacobi_drift"])


def test_arenstorf() -> None:
    inputs, expected, tolerance = case("ARE-01")
    start, period = planar(inputs["state0"]), inputs["period"]
    arc = tb.propagate(start, period, inputs["mu"], times=[0.5 * period])
    assert np.abs(arc.y_end - start)[:3].max() < 1e-10 < tolerance["closure_pos"]
    assert np.abs(arc.y_end - start)[3:].max() < 1e-8 < tolerance["closure_vel"]
    assert arc.y[0] == pytest.approx(planar(expected["state_half_period"]), abs=tolerance["half_state"])
    assert tb.jacobi(start, inputs["mu"]) == pytest.approx(expected["jacobi"], abs=1e-13)
    assert abs(tb.jacobi(arc.y_end, inputs["mu"]) - expected["jacobi"]) < tolerance["jacobi_drift"]


# --- independent checks ------------------------------------------------------------------------------------------------


def test_against_newton_in_fixed_axes() -> None:
    """scipy's DOP853 flies Newton's law in axes that don't turn: equations, transforms and integrator are all others'."""
    times = np.linspace(0.0, 3.0, 7)
    for start in (EIGHT, [1.1, -0.1, 0.2, 0.1, -0.2, 0.3], [-0.5, 0.8, 0.0, 0.2, 0.1, 0.0]):
        turning = tb.propagate(start, 3.0, times=times).y
        fixed = solve_ivp(
            newton_in_fixed_axes, (0.0, 3.0), tb.rotating_to_inertial(start, 0.0), "DOP853", times, args=(MU,), rtol=1e-13, atol=1e-13
        ).y.T
        assert np.abs(tb.rotating_to_inertial(turning, times) - fixed).max() < 1e-11


def test_jacobi_from_energy_and_momentum() -> None:
    """C = -2 (E - h): energy and angular momentum in fixed axes."""
    y = tb.rotating_to_inertial(EIGHT, 0.7)
    moon = np.array([np.cos(0.7), np.sin(0.7), 0.0])
    potential = -(1 - MU) / np.linalg.norm(y[:3] + MU * moon) - MU / np.linalg.norm(y[:3] - (1 - MU) * moon)
    energy, momentum = 0.5 * y[3:] @ y[3:] + potential, np.cross(y[:3], y[3:])[2]
    assert tb.jacobi(EIGHT) == pytest.approx(-2.0 * (energy - momentum), abs=1e-14)


def test_stm_is_the_derivative() -> None:
    _, phi = tb.stm(EIGHT, 2.0)
    step = 1e-5
    slope = np.empty((6, 6))
    for k in range(6):
        off = step * np.eye(6)[k]
        ends = [tb.propagate(np.array(EIGHT) + a * off, 2.0).y_end for a in (-2, -1, 1, 2)]
        slope[:, k] = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * step)
    assert np.abs(phi - slope).max() < 1e-7 * np.abs(phi).max()


def test_stm_follows_the_state() -> None:
    """The matrix must not steer the steps: then state and matrix come from the same flight, and matrices multiply."""
    arc, phi = tb.stm(EIGHT, 3.0, times=[1.0, 3.0])
    assert arc.steps <= tb.propagate(EIGHT, 3.0).steps
    first, _ = tb.stm(EIGHT, 1.0)
    _, second = tb.stm(first.y_end[:6], 2.0)
    assert arc.y[1, :6] == pytest.approx(tb.propagate(EIGHT, 3.0).y_end, abs=1e-12)
    assert second @ arc.y[0, 6:].reshape(6, 6) == pytest.approx(phi, abs=1e-9)


# --- properties --------------------------------------------------------------------------------------------------------


@given(flights)
@settings(max_examples=25)
def test_jacobi_does_not_drift(start: np.ndarray) -> None:
    assume(clear(start, 10.0, 0.03))
    y = tb.propagate(start, 10.0, times=np.linspace(0.0, 10.0, 21)).y
    size = np.maximum(1.0, (y**2).sum(axis=1).max())  # of a craft far out, C is a small difference of large terms
    assert np.abs(tb.jacobi(y) - tb.jacobi(start)).max() < 1e-12 * size


def test_jacobi_through_a_close_pass() -> None:
    """A fall to 1e-3 of the Moon and out again."""
    start = np.array([1.0 - MU + 1e-3, 0.0, 0.0, 0.0, np.sqrt(1.9 * MU / 1e-3), 0.0])
    arc = tb.propagate(start, 10.0)
    assert arc.steps > 300
    assert tb.jacobi(arc.y_end) == pytest.approx(tb.jacobi(start), abs=1e-9)


@given(flights, st.floats(0.5, 3.0))
@settings(max_examples=25)
def test_symmetries(start: np.ndarray, t1: float) -> None:
    assume(clear(start, t1))
    end = tb.propagate(start, t1).y_end
    assert tb.propagate(start * tb.MIRROR, -t1).y_end == pytest.approx(end * tb.MIRROR, abs=1e-10)
    up = np.array([1, 1, -1, 1, 1, -1])
    assert np.array_equal(tb.propagate(start * up, t1).y_end, end * up)
    assert tb.propagate(end, 0.0, t0=t1).y_end == pytest.approx(start, abs=1e-9)  # there and back


@given(flights, st.floats(0.5, 3.0))
@settings(max_examples=25)
def test_stm_is_symplectic(start: np.ndarray, t1: float) -> None:
    assume(clear(start, t1))
    _, phi = tb.stm(start, t1)
    assume(np.abs(phi).max() < 100.0)
    to_momentum = np.eye(6)
    to_momentum[3:, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 0]]  # p = v + omega x r
    canonical = to_momentum @ phi @ np.linalg.inv(to_momentum)
    unit = np.block([[np.zeros((3, 3)), np.eye(3)], [-np.eye(3), np.zeros((3, 3))]])
    assert np.abs(canonical.T @ unit @ canonical - unit).max() < 1e-9
    assert np.linalg.det(phi) == pytest.approx(1.0, abs=1e-9)


@given(flights, st.floats(-20.0, 20.0), st.sampled_from(tb.CENTRES))
def test_transform_and_back(state: np.ndarray, t: float, centre: str) -> None:
    there = tb.rotating_to_inertial(state, t, centre=centre)
    assert tb.inertial_to_rotating(there, t, centre=centre) == pytest.approx(state, abs=4e-15)


@given(flights, st.floats(-20.0, 20.0))
def test_centres_differ_by_the_bodies_motion(state: np.ndarray, t: float) -> None:
    """Relative to a body: its circle taken off, place and speed."""
    moon = np.array([np.cos(t), np.sin(t), 0, -np.sin(t), np.cos(t), 0])
    barycentric = tb.rotating_to_inertial(state, t)
    assert tb.rotating_to_inertial(state, t, centre="secondary") == pytest.approx(barycentric - (1 - MU) * moon, abs=1e-14)
    assert tb.rotating_to_inertial(state, t, centre="primary") == pytest.approx(barycentric + MU * moon, abs=1e-14)


def test_transform_takes_rows() -> None:
    rows, times = np.array([EIGHT, EIGHT]), np.array([0.0, 1.5])
    both = tb.rotating_to_inertial(rows, times)
    assert both[0] == pytest.approx([0.5, 0.2, 0.1, -0.5, 1.4, 0.05])
    assert np.array_equal(both[1], tb.rotating_to_inertial(EIGHT, 1.5))
    assert tb.rotating_to_inertial(rows, 1.5).shape == (2, 6)


@pytest.mark.parametrize("system", [tb.EARTH_MOON, tb.EARTH_MOON_MEAN], ids=lambda s: s.name)
def test_kilometres_and_units_of_length_agree(system: tb.System) -> None:
    """The same flight with masses, kilometres and seconds: same place, and C from SI terms is C."""
    omega, length = 1.0 / system.time_s, system.length_m
    gm = np.array([system.gm_primary, system.gm_secondary])
    places = np.array([[-system.mu, 0, 0], [1 - system.mu, 0, 0]]) * length

    def rates(t: float, y: np.ndarray) -> np.ndarray:
        pull = sum(-g * (y[:3] - p) / np.linalg.norm(y[:3] - p) ** 3 for g, p in zip(gm, places, strict=True))
        turn = np.array([2 * omega * y[4] + omega**2 * y[0], -2 * omega * y[3] + omega**2 * y[1], 0.0])
        return np.concatenate([y[3:], pull + turn])

    r, v = system.dimensional(EIGHT)
    si = solve_ivp(rates, (0.0, 2.0 * system.time_s), np.concatenate([r, v]), "DOP853", rtol=1e-12, atol=1e-6).y[:, -1]
    y = system.nondimensional(si[:3], si[3:])
    assert y == pytest.approx(tb.propagate(EIGHT, 2.0, system.mu).y_end, abs=1e-9)
    c = omega**2 * (si[0] ** 2 + si[1] ** 2) - si[3:] @ si[3:]
    c += sum(2 * g / np.linalg.norm(si[:3] - p) for g, p in zip(gm, places, strict=True))
    assert c / system.speed_mps**2 == pytest.approx(tb.jacobi(EIGHT, system.mu), abs=1e-9)


def test_units_of_the_two_systems() -> None:
    """They differ by 1.4 % in length: the commonest error. The 384 400 km one follows from DE430's masses."""
    assert tb.EARTH_MOON_MEAN.gm_primary == pytest.approx(398600.435436e9, rel=1e-8)
    assert tb.EARTH_MOON_MEAN.gm_secondary == pytest.approx(4902.800066e9, rel=1e-6)
    made = tb.System.of_bodies("made", 398600.435436e9, 4902.800066e9, 384_400_000.0)
    assert made.time_s == pytest.approx(tb.EARTH_MOON_MEAN.time_s, rel=1e-9)
    assert made.mu == pytest.approx(MU, rel=1e-6)
    assert tb.EARTH_MOON.length_m / tb.EARTH_MOON_MEAN.length_m == pytest.approx(1.0138, abs=1e-4)


# --- convention, forbidden regions, switches -----------------------------------------------------------------------------


def test_jacobi_conventions_differ_by_mu_one_minus_mu() -> None:
    at_l4 = np.concatenate([tb.libration_points()[3], np.zeros(3)])
    assert tb.jacobi(at_l4, shifted=True) == pytest.approx(3.0, abs=4e-16)
    assert tb.jacobi(at_l4, shifted=True) - tb.jacobi(at_l4) == pytest.approx(MU * (1 - MU), abs=1e-15)
    assert tb.jacobi(at_l4) == pytest.approx(2.98799705, abs=1e-8)


def test_forbidden_regions() -> None:
    """Where a flight goes is never forbidden, and below C of L1 the neck is open."""
    grid = tb.zero_velocity(points=301)
    assert grid.jacobi.shape == (301, 301)
    c = tb.jacobi(EIGHT)
    for x, y, z in tb.propagate(EIGHT, 20.0, times=np.linspace(0.0, 20.0, 500)).y[:, :3]:
        assert tb.jacobi([x, y, z, 0, 0, 0]) >= c
    x1 = tb.libration_points()[0, 0]
    for c, closed in ((3.19, True), (3.18, False)):
        neck = tb.zero_velocity(x=(x1 - 1e-3, x1 + 1e-3), y=(-1e-3, 1e-3), points=3)
        assert neck.forbidden(c)[1, 1] == closed
    assert grid.forbidden(3.19).sum() > grid.forbidden(3.0).sum() > 0
    assert not grid.forbidden(2.98).any()
    one = tb.zero_velocity(x=(0.5, 0.6), y=(0.2, 0.3), points=2)
    assert one.jacobi[0, 0] == pytest.approx(tb.jacobi([0.5, 0.2, 0, 0, 0, 0]))
    assert one.jacobi[1, 0] == pytest.approx(tb.jacobi([0.5, 0.3, 0, 0, 0, 0]))


def test_grid_point_on_a_body() -> None:
    grid = tb.zero_velocity(0.5, x=(-0.5, 0.5), y=(0.0, 1.0), points=3)
    assert np.isinf(grid.jacobi[0, [0, 2]]).all()
    assert not grid.forbidden(100.0)[0, 0]


def test_gates() -> None:
    want = {3.19: (), 3.18: ("L1",), 3.1: ("L1", "L2"), 3.0: ("L1", "L2", "L3"), 2.9: ("L1", "L2", "L3", "L4", "L5")}
    assert {c: tb.open_gates(c) for c in want} == want


def test_border_and_apsis() -> None:
    plane = tb.propagate(EIGHT, 5.0, event=tb.border, params=[0, 1, 0, 0, 0, 0])
    assert plane.stopped
    assert abs(plane.y_end[1]) < 1e-13
    shell = tb.propagate(EIGHT, 5.0, event=tb.border, params=[0, 0, 0, -1, 0.6, 0])
    assert np.linalg.norm(shell.y_end[:3] - [-MU, 0, 0]) == pytest.approx(0.6, abs=1e-12)
    moon = tb.propagate([0.9, 0, 0, 0, 0, 0], 5.0, event=tb.border, params=[0, 0, 0, -1, 0, 0.01])
    assert np.linalg.norm(moon.y_end[:3] - [1 - MU, 0, 0]) == pytest.approx(0.01, abs=1e-12)
    near = tb.propagate(EIGHT, 5.0, event=tb.apsis, params=[-MU], direction=1)
    around = tb.propagate(EIGHT, 5.0, times=near.t_end + np.array([-1e-3, 0.0, 1e-3])).y[:, :3] + [MU, 0, 0]
    distances = np.linalg.norm(around, axis=1)
    assert distances.argmin() == 1


# --- refusals ----------------------------------------------------------------------------------------------------------


def test_quantities_are_converted_or_refused() -> None:
    from astropy import units as u

    r, v = np.array([3.8e8, 1e7, 0.0]), np.array([1.0, 2.0, 3.0])
    assert tb.EARTH_MOON.nondimensional(r / 1e3 * u.km, v / 1e3 * u.km / u.s) == pytest.approx(tb.EARTH_MOON.nondimensional(r, v), rel=1e-15)
    with pytest.raises(LunarlabError, match="v_mps can't be converted from km to m / s"):
        tb.EARTH_MOON.nondimensional(r, v * u.km)
    with pytest.raises(LunarlabError, match="both must be"):
        tb.EARTH_MOON.nondimensional(r, v[:2])
    with pytest.raises(LunarlabError, match="a state can't be converted from km to pure numbers"):
        tb.jacobi(np.ones(6) * u.km)


def test_switches_say_what_params_they_need() -> None:
    """Without them compiled code would stop at whatever lies behind the array."""
    with pytest.raises(LunarlabError, match="params holds 1 numbers; apsis reads 2"):
        tb.propagate(EIGHT, 1.0, event=tb.apsis)
    with pytest.raises(LunarlabError, match="params holds 5 numbers; border reads 7"):
        tb.propagate(EIGHT, 1.0, event=tb.border, params=[1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tb.jacobi(EIGHT, 1.0 - MU), "mu .* 0.987849; it must lie between"),
        (lambda: tb.jacobi(EIGHT[:5]), "x, y, z, vx, vy, vz"),
        (lambda: tb.propagate([*EIGHT[:5], np.nan], 1.0), "a state holds nan"),
        (lambda: tb.libration_points(-0.1), "mu"),
        (lambda: tb.modes("L4"), "collinear are L1, L2 and L3"),
        (lambda: tb.rotating_to_inertial(EIGHT, 0.0, centre="moon"), "allowed are barycentre, primary, secondary"),
        (lambda: tb.zero_velocity(x=(1.0, 0.0)), "ranges must rise"),
        (lambda: tb.zero_velocity(points=1), "between 2 and 5000"),
        (lambda: tb.System("x", 0.7, 1.0, 1.0), "System.mu is 0.7"),
        (lambda: tb.System.of_bodies("x", 1.0, 2.0, 1.0), "gm_secondary"),
        (lambda: tb.propagate([-MU, 0, 0, 0, 0, 0], 1.0), "no value there"),
    ],
)
def test_refusals(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_rates_refuse_a_collision() -> None:
    for x, (function, size) in itertools.product((-MU, 1.0 - MU), ((tb.cr3bp, 6), (tb.cr3bp_stm, 42))):
        y = np.zeros(size)
        y[0] = x
        with pytest.raises(LunarlabError, match="has no value"):
            function(0.0, y, np.array([MU]))
    assert isinstance(tb.cr3bp, integrate.Rate)
