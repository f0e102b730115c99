"""Published laws against what they promise: paths that end where they should, least costs, and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab.constants import R_MOON
from lunarlab.descent import laws
from tests.descent import pointmass as pm

lengths = st.floats(-1e5, 1e5)
speeds = st.floats(-1500.0, 1500.0)
accels = st.floats(-5.0, 5.0)
times = st.floats(20.0, 900.0)


@pytest.mark.nojit
@given(lengths, speeds, speeds, accels, times)
def test_the_quadratic_path_ends_where_it_should(dr: float, v: float, w: float, a_end: float, t: float) -> None:
    a, b, c = laws.quadratic_path(dr, v, w, a_end, t)
    scale = abs(dr) + (abs(v) + abs(w)) * t + abs(a_end) * t * t + 1e-9
    assert v * t + a * t**2 / 2 + b * t**3 / 6 + c * t**4 / 12 == pytest.approx(dr, abs=1e-13 * scale)
    assert v + a * t + b * t**2 / 2 + c * t**3 / 3 == pytest.approx(w, abs=1e-13 * scale / t * 10)
    assert a + b * t + c * t**2 == pytest.approx(a_end, abs=1e-12 * scale / t**2 * 10)


@given(lengths, speeds, speeds, accels, times, st.floats(0.05, 0.9))
def test_asked_again_on_the_way_the_quadratic_law_keeps_to_its_path(
    dr: float, v: float, w: float, a_end: float, t: float, part: float
) -> None:
    a, b, c = laws.quadratic_path(dr, v, w, a_end, t)
    s = part * t
    moved = v * s + a * s**2 / 2 + b * s**3 / 6 + c * s**4 / 12
    later = laws.quadratic(dr - moved, v + a * s + b * s**2 / 2 + c * s**3 / 3, w, a_end, t - s)
    assert later == pytest.approx(a + b * s + c * s**2, abs=1e-9 * (1.0 + abs(a)))


NODES, WEIGHTS = np.polynomial.legendre.leggauss(4)  # exact for the squares of the paths here


def cost(a: float, b: float, c: float, t: float) -> float:
    """Half the integral of (a + b s + c s^2)^2 over t seconds."""
    s = 0.5 * t * (NODES + 1.0)
    return float(0.25 * t * (WEIGHTS @ (a + b * s + c * s * s) ** 2))


@pytest.mark.nojit
@given(lengths, speeds, speeds, accels, times)
def test_e_guidance_ends_there_at_least_cost(dr: float, v: float, w: float, other: float, t: float) -> None:
    """Linear in time, so its slope follows from the end. Klumpp's path to any other final acceleration costs more."""
    a = laws.e_guidance(dr, v, w, t)
    b = 2.0 * (w - v - a * t) / t**2
    assert v * t + a * t**2 / 2 + b * t**3 / 6 == pytest.approx(dr, abs=1e-9 * (abs(dr) + (abs(v) + abs(w)) * t + 1.0))
    least = cost(a, b, 0.0, t)
    assert cost(*laws.quadratic_path(dr, v, w, a + b * t, t), t) == pytest.approx(least, rel=1e-7, abs=1e-9)
    assert cost(*laws.quadratic_path(dr, v, w, a + b * t + other, t), t) >= least * (1.0 - 1e-9)


@pytest.mark.nojit
@given(lengths, speeds, speeds, accels, times)
def test_fractional_guidance_holds_apollo_and_e_guidance_within_it(
    dr: float, v: float, w: float, a_end: float, t: float
) -> None:
    size = 1e-12 * (abs(dr) / t**2 + (abs(v) + abs(w)) / t + abs(a_end)) * 100
    assert laws.fractional(dr, v, w, a_end, t, 1.0, 12.0) == pytest.approx(laws.quadratic(dr, v, w, a_end, t), abs=size)
    assert laws.fractional(dr, v, w, a_end, t, 1.0, 6.0) == pytest.approx(laws.e_guidance(dr, v, w, t), abs=size)


@given(accels, accels, accels, st.floats(0.2, 2.5), st.floats(0.2, 3.0), times)
def test_fractional_guidance_keeps_to_its_two_powers(
    a_end: float, c_1: float, c_2: float, gamma: float, more: float, t: float
) -> None:
    """Made the other way round: a path of the two powers, integrated by hand, and the law asked anywhere on it."""
    beta = gamma + more
    x = t / 100.0  # powers of t_go in units of 100 s

    def path(x: float) -> tuple[float, float, float]:
        """(target minus position, target speed minus speed, acceleration) with x hundred seconds to go."""
        a = a_end + c_1 * x**gamma + c_2 * x**beta
        dv = 100.0 * x * (a_end + c_1 * x**gamma / (gamma + 1) + c_2 * x**beta / (beta + 1))
        left = 1e4 * x * x * (a_end / 2 + c_1 * x**gamma / (gamma + 2) + c_2 * x**beta / (beta + 2))
        return left, dv, a

    left, dv, a = path(x)  # left: of position beyond free flight
    v, w = 40.0 - dv, 40.0
    asked = laws.fractional(left + v * t, v, w, a_end, t, gamma, (beta + 2.0) * (gamma + 2.0))
    assert asked == pytest.approx(a, rel=1e-9, abs=1e-9 * (1.0 + abs(c_1) * x**gamma + abs(c_2) * x**beta) * 50)


@given(lengths, speeds, speeds, accels, times)
def test_zem_zev_is_e_guidance_less_gravity_and_its_cost_the_integral(dr: float, v: float, w: float, g: float, t: float) -> None:
    miss, error = laws.zem(dr, v, g, t), laws.zev(v, w, g, t)
    thrust = laws.zem_zev(miss, error, t)
    scale = abs(dr) / t**2 + (abs(v) + abs(w)) / t + abs(g) + 1e-3
    assert thrust == pytest.approx(laws.e_guidance(dr, v, w, t) - g, abs=1e-12 * scale * 100)
    slope = 2.0 * (error - thrust * t) / t**2
    assert laws.zem_zev_cost(miss, error, t) == pytest.approx(cost(thrust, slope, 0.0, t), rel=1e-8, abs=1e-9 * scale**2 * t)


def test_the_optimal_time_of_the_reference_case() -> None:
    dr, v = np.array([-2200.0, 0.0, 7500.0]), np.array([-45.0, 0.0, 150.0])
    assert laws.time_optimal(dr @ dr, dr @ v, v @ v, 1.622**2, 0.0) == pytest.approx(98.98871335932894, abs=1e-6)


vectors = st.tuples(*3 * [st.floats(-1.0, 1.0)]).map(np.array)


@settings(max_examples=150)
@given(vectors, vectors, vectors, st.floats(1.0, 6.0), st.floats(0.0, 3.3), st.floats(0.0, 2.5), st.floats(0.0, 3.0), st.booleans())
def test_no_other_time_is_cheaper(
    dr: np.ndarray, v: np.ndarray, w: np.ndarray, far: float, fast: float, end: float, weight: float, straight: bool
) -> None:
    """Against a scan of all times: also where two minima compete, as when the lander flies straight at the target."""
    dr, v, w = dr * 10.0**far, v * 10.0**fast, w * 10.0**end
    assume(np.linalg.norm(dr) > 1e-3)
    if straight:
        v = dr / np.linalg.norm(dr) * np.linalg.norm(v)
    g2 = 1.622**2

    def price(t: np.ndarray) -> np.ndarray:
        return 6 * dr @ dr / t**3 - 6 * dr @ (v + w) / t**2 + 2 * (v @ v + v @ w + w @ w) / t + (weight + g2 / 2) * t

    best = laws.time_optimal(dr @ dr, dr @ (v + w), v @ v + v @ w + w @ w, g2, weight)
    least = price(np.geomspace(1e-3, 1e7, 20001)).min()
    assert price(np.array(best)) <= least + 1e-9 * abs(least)


@pytest.mark.nojit
def test_a_time_that_nothing_bounds_is_no_time() -> None:
    assert math.isnan(laws.time_optimal(1e6, 0.0, 0.0, 0.0, 0.0))
    assert math.isnan(laws.time_optimal(0.0, 0.0, 0.0, 2.6, 0.0))
    assert math.isnan(laws.time_jerk(-100.0, 50.0, 10.0, -1.0, 0.0))
    assert math.isnan(laws.time_jerk(100.0, -50.0, 50.0, -1.0, 0.0))


@given(st.floats(100.0, 8e5), st.floats(10.0, 1700.0), st.floats(0.0, 100.0), st.floats(-4.0, -0.05), st.floats(-2e-3, 2e-3))
def test_time_to_go_gives_the_jerk_at_the_target(dr: float, v: float, w: float, a_end: float, jerk: float) -> None:
    t = laws.time_jerk(dr, v, w, a_end, jerk)
    if math.isnan(t):  # then no root lies near the time at the mean speed
        roots = np.roots([jerk, -6 * a_end, 18 * w + 6 * v, -24 * dr])
        assert not [r for r in roots if abs(r.imag) < 1e-9 * abs(r) and 0.7 < r.real * (v + w) / (2 * dr) < 1.4]
        return
    _, b, c = laws.quadratic_path(dr, v, w, a_end, t)
    assert b + 2 * c * t == pytest.approx(jerk, abs=1e-7 * (1.0 + dr / t**3 * 100))


@given(lengths, speeds, accels, st.floats(-0.02, 0.02), st.floats(-100.0, 100.0))
def test_along_a_polynomial_and_back(r: float, v: float, a: float, jerk: float, tau: float) -> None:
    there = laws.along(tau, r, v, a, jerk)
    back = laws.along(-tau, *there, jerk)
    assert back == pytest.approx((r, v, a), abs=1e-9 * (1e3 + abs(r) + abs(v) * 100 + abs(a) * 1e4))


# gravity turn


def turn(v: float, down_deg: float, ratio: float, g: float) -> tuple[float, float, float]:
    """(time, height lost, range) of a gravity turn by integration, until it is slower than 1 mm/s."""

    def slope(t: float, y: np.ndarray) -> list[float]:
        v, angle = y[0], y[1]
        return [g * (math.cos(angle) - ratio), -g * math.sin(angle) / v, v * math.cos(angle), v * math.sin(angle)]

    slow = lambda t, y: y[0] - 1e-3  # noqa: E731
    slow.terminal = True  # type: ignore[attr-defined]
    end = solve_ivp(slope, (0.0, 1e4), [v, math.radians(down_deg), 0.0, 0.0], rtol=1e-11, atol=1e-9, events=slow, method="DOP853")
    return float(end.t[-1]), float(end.y[2, -1]), float(end.y[3, -1])


@pytest.mark.nojit
@pytest.mark.parametrize(("v", "down_deg", "ratio"), [(1000.0, 80.0, 3.0), (500.0, 60.0, 2.0), (90.0, 5.0, 1.3), (1690.0, 88.0, 3.5)])
def test_gravity_turn_in_closed_form(v: float, down_deg: float, ratio: float) -> None:
    g, c = 1.622, math.cos(math.radians(down_deg))
    time, lost, covered = turn(v, down_deg, ratio, g)
    assert laws.gravity_turn_time(v, c, ratio, g) == pytest.approx(time, rel=2e-5)
    assert laws.gravity_turn_height(v, c, ratio, g) == pytest.approx(lost, rel=1e-6)
    assert laws.gravity_turn_range(v, c, ratio, g) == pytest.approx(covered, rel=1e-6)
    assert laws.gravity_turn_ratio(v, c, lost, g) == pytest.approx(ratio, rel=1e-6)


def test_a_straight_fall_needs_the_textbook_thrust() -> None:
    """Straight down from v over the height h: v^2 / 2h over gravity."""
    assert laws.gravity_turn_ratio(40.0, 1.0, 400.0, 1.622) * 1.622 == pytest.approx(1.622 + 40.0**2 / 800.0)


def test_the_flown_gravity_turn_stops_at_its_height_with_steady_thrust() -> None:
    g = 1.622

    def thrust(y: np.ndarray) -> tuple[float, float, float]:
        return laws.gravity_turn(y[2], 0.0, y[3], y[1] - 500.0, g)

    def slope(t: float, y: np.ndarray) -> list[float]:
        ax, _, az = thrust(y)
        return [y[2], y[3], ax, az - g]

    at_rest = lambda t, y: math.hypot(y[2], y[3]) - 0.5  # noqa: E731
    at_rest.terminal = True  # type: ignore[attr-defined]
    path = solve_ivp(slope, (0.0, 1e3), [0.0, 9000.0, 400.0, -60.0], rtol=1e-10, atol=1e-8, events=at_rest).y.T
    assert path[-1, 1] == pytest.approx(500.0, abs=0.5)
    asked = [np.linalg.norm(thrust(y)) for y in path if math.hypot(y[2], y[3]) > 5.0]
    assert max(asked) / min(asked) - 1.0 < 1e-6


# the last metres


@pytest.mark.nojit
def test_rate_of_descent_settles_upright_at_the_rate() -> None:
    y = np.array([6.0, -4.0, -12.0])
    tangent = math.tan(math.radians(20.0))
    for _ in range(600):
        a = np.array(laws.rate_of_descent(*y, 1.5, 1.622, 1.5, tangent))
        assert math.hypot(a[0], a[1]) <= a[2] * tangent * (1 + 1e-12)
        y = y + 0.1 * (a - [0.0, 0.0, 1.622])
    assert y == pytest.approx([0.0, 0.0, -1.5], abs=1e-6)


def test_constant_deceleration_meets_the_contact_speed() -> None:
    h, v = 300.0, -25.0
    a = laws.constant_deceleration(h, v, 1.0)
    assert v**2 - 2 * a * h == pytest.approx(1.0)
    assert laws.constant_deceleration(0.0, -2.0, 1.0) < 20.0  # bounded on the ground


# the axes of the site


@given(st.floats(-8e5, 2e4), st.floats(-3e4, 3e4), st.floats(0.0, 3e4), speeds, st.floats(-50.0, 50.0), st.floats(-90.0, 90.0))
def test_the_axes_of_the_site(x: float, y: float, z: float, vx: float, vy: float, vz: float) -> None:
    """Against the vector algebra of the point mass, and as a rotation: lengths stay, and the way back is its inverse."""
    site = np.array(laws.to_site(x, y, z, vx, vy, vz, R_MOON))
    axes, x_back, y_back, z_back = pm.local(site[:3])
    assert (x_back, y_back, z_back) == pytest.approx((x, y, z), abs=1e-5)
    assert axes @ site[3:] == pytest.approx([vx, vy, vz], abs=1e-9)
    assert laws.from_site(*site[3:], x, y, R_MOON) == pytest.approx((vx, vy, vz), abs=1e-9)


def test_velocity_in_the_axes_of_the_site_is_the_change_of_position() -> None:
    x, y, z, vx, vy, vz = -3e5, 5e3, 1.2e4, 900.0, 40.0, -30.0
    step = 1e-3

    def position(s: float) -> np.ndarray:
        r = R_MOON + z
        along = vx * R_MOON / (r * math.cos(y / R_MOON))
        return np.array(laws.to_site(x + along * s, y + vy * R_MOON / r * s, z + vz * s, 0.0, 0.0, 0.0, R_MOON)[:3])

    assert (position(step) - position(-step)) / (2 * step) == pytest.approx(
        laws.to_site(x, y, z, vx, vy, vz, R_MOON)[3:], abs=1e-4
    )
