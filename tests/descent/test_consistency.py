"""Statistics against scipy and closed forms; a filter as sure as it may be, by flights and by a simulation of its own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import lunarlab as ll
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent import consistency as c
from lunarlab.descent import memory as m
from lunarlab.descent import navigation
from lunarlab.descent import sensors as s
from lunarlab.descent.navigation import Navigation, pack_navigation
from lunarlab.descent.space import Site
from lunarlab.errors import LunarlabError

# statistics


@given(st.floats(1e-6, 1.0 - 1e-9), st.integers(1, 200))
def test_chi_square_gates_are_those_of_scipy(probability: float, dof: int) -> None:
    assert c.chi2_gate(probability, dof) == pytest.approx(scipy.stats.chi2.ppf(probability, dof), rel=1e-9)


def test_three_sigma_gates_by_degrees_of_freedom() -> None:
    """Reference case CHI-01."""
    wanted = {1: 9.0, 2: 11.829158081900795, 3: 14.156413609126675, 4: 16.251340813956187, 6: 20.06208616571403, 9: 25.25686586179292}
    for dof, threshold in wanted.items():
        assert c.chi2_gate(0.9973002039367398, dof) == pytest.approx(threshold, abs=1e-6)


@pytest.mark.parametrize(
    ("runs", "dimension", "band"),
    [(50, 6, (5.078246452049795, 6.997489376598305)), (100, 3, (2.5391232260248975, 3.4987446882991526)), (200, 4, (3.617562966311435, 4.401376684465753))],
)
def test_bands_of_many_runs(runs: int, dimension: int, band: tuple[float, float]) -> None:
    """Reference cases NEE-01, 02, 04."""
    assert c.nees_band(runs, dimension) == pytest.approx(band, abs=1e-9)


@given(st.integers(1, 500), st.data(), st.floats(0.5, 0.999))
def test_clopper_pearson_turns_the_binomial_round(runs: int, data: st.DataObject, confidence: float) -> None:
    successes = data.draw(st.integers(0, runs))
    low, high = c.clopper_pearson(successes, runs, confidence)
    tail = 0.5 * (1.0 - confidence)
    assert 0.0 <= low <= successes / runs <= high <= 1.0
    if successes > 0:
        assert scipy.stats.binom.sf(successes - 1, runs, low) == pytest.approx(tail, rel=1e-6)
    if successes < runs:
        assert scipy.stats.binom.cdf(successes, runs, high) == pytest.approx(tail, rel=1e-6)


def test_runs_without_failure_and_circles() -> None:
    for reliability, confidence, runs in ((0.9, 0.9, 22), (0.99, 0.95, 299), (0.999, 0.95, 2995), (0.5, 0.75, 2)):
        assert c.zero_failure_runs(reliability, confidence) == runs
        assert reliability**runs <= 1.0 - confidence + 1e-12 < reliability ** (runs - 1)
    for probability, radius in ((0.5, 1.1774100225154747), (0.95, 2.4477468306808166), (0.99, 3.0348542587702925)):
        assert c.rayleigh_radius(probability) == pytest.approx(radius, abs=1e-9)  # reference case RAY-01
    assert c.rayleigh_radius(0.5, 10.0) == pytest.approx(11.774100225154747)


def test_the_golden_ratio_and_the_recursion() -> None:
    predicted, gain, updated = c.kalman_steady(1.0, 1.0, 1.0, 1.0)  # reference case KF-01
    assert (predicted[0, 0], gain[0, 0], updated[0, 0]) == pytest.approx((1.618033988749895, 0.6180339887498949, 0.6180339887498948))
    f, h = np.array([[1.0, 0.5, 0.1], [0.0, 0.9, 0.2], [0.0, 0.0, 0.8]]), np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    q, r = np.diag([0.1, 0.2, 0.3]), np.array([[2.0, 0.3], [0.3, 1.0]])
    p = np.eye(3)
    for _ in range(2000):
        ahead = f @ p @ f.T + q
        k = ahead @ h.T @ np.linalg.inv(h @ ahead @ h.T + r)
        p = (np.eye(3) - k @ h) @ ahead
    predicted, gain, updated = c.kalman_steady(f, h, q, r)
    assert predicted == pytest.approx(ahead, rel=1e-9)
    assert gain == pytest.approx(k, rel=1e-9)
    assert updated == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: c.chi2_gate(1.0, 1), "probability is 1; it must lie between"),
        (lambda: c.chi2_gate(0.9, 1.5), "dof is 1.5; it must be a whole number"),
        (lambda: c.chi2_gate(0.9, 0), "dof is 0; it must lie between 1"),
        (lambda: c.nees_band(0, 6), "runs is 0; it must lie between 1"),
        (lambda: c.clopper_pearson(11, 10), "successes is 11; it must not be above runs, 10"),
        (lambda: c.clopper_pearson(1, 10, 0.0), "confidence is 0; it must lie between"),
        (lambda: c.zero_failure_runs(0.0, 0.9), "reliability is 0; it must lie between"),
        (lambda: c.rayleigh_radius(0.9, -1.0), "sigma is -1; it must lie between 0"),
        (lambda: c.kalman_steady([[1.0, 1.0]], [[1.0]], 1.0, 1.0), r"F has shape \(1, 2\)"),
        (lambda: c.kalman_steady(1.0, 1.0, 1.0, -1.0), r"R is \[\[-1.0\]\]; it must be positive definite"),
        (lambda: c.kalman_steady(2.0, 0.0, 1.0, 1.0), "no covariance settles"),
        (lambda: c.consistency(ll.Scenario(), 0), "runs is 0; it must lie between 1"),
        (lambda: c.consistency(ll.Scenario(), 2, workers=0), "workers is 0; it must lie between 1"),
    ],
)
def test_bad_input_is_refused_by_name(call, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


# flights whose filter knows what is simulated

START = {"sigma_along_m": 100.0, "sigma_cross_m": 100.0, "sigma_height_m": 200.0, "sigma_forward_mps": 0.2, "sigma_left_mps": 0.2, "sigma_speed_mps": 0.5}


def matched(dimensions: float, noise: float = 0.05) -> ll.Scenario:
    scene = ll.case("nominal-mare").scenario
    scene = replace(scene, navigation=replace(scene.navigation, **START), site=Site(dimensions=dimensions, latitude_deg=40.0))
    return c.matched(scene, velocity_noise_mps_sqrts=noise)


def with_q(scene: ll.Scenario, factor: float) -> ll.Scenario:
    n = scene.navigation
    q = {name: factor * getattr(n, name) for name in ("accel_noise", "accel_noise_forward", "accel_noise_left")}
    return replace(scene, navigation=replace(n, **q))


@pytest.mark.parametrize("dimensions", [2.0, 3.0])
def test_a_matched_filter_is_consistent_and_one_with_half_the_process_noise_is_not(dimensions: float) -> None:
    scene = matched(dimensions)
    good, bad = c.consistency(scene, 200), c.consistency(with_q(scene, 0.5), 200)
    assert good.dimension == (4 if dimensions == 2.0 else 6)
    assert good.consistent, good
    assert good.nees_inside > 0.75  # of all ticks; neighbours hang together, so not just 95 %
    assert good.nis_inside > 0.93
    assert not bad.consistent
    assert bad.nees_mean > bad.nees_band[1]
    assert bad.nis_mean > bad.nis_mean_band[1]
    assert bad.nees_inside < 0.2


def test_too_much_process_noise_shows_on_the_other_side() -> None:
    timid = c.consistency(with_q(matched(2.0), 4.0), 60)
    assert timid.nees_mean < timid.nees_band[0]
    assert timid.nis_mean < timid.nis_mean_band[0]


def test_the_vertical_filter_is_judged_by_two_states() -> None:
    scene = matched(2.0)
    scene = replace(scene, navigation=replace(scene.navigation, filter="vertical"))
    result = c.consistency(scene, 60)
    assert result.dimension == 2
    assert 1.0 < result.nees_mean < 3.0  # not matched: its height knows nothing of an uncertain forward speed
    assert "of 60 flights" in repr(result)


def test_the_result_does_not_depend_on_the_workers() -> None:
    one, two = (c.consistency(matched(2.0), 6, seed=3, workers=workers) for workers in (1, 2))
    assert np.array_equal(one.nees, two.nees)
    assert np.array_equal(one.nis, two.nis, equal_nan=True)
    assert one.t_s[1] == pytest.approx(0.1)


def test_a_filter_without_a_covariance_is_told_so() -> None:
    def blind(t, meas, params, memory):
        for i in range(36):
            memory[m.SIX_P + i] = -1.0
        memory[m.SIX_P], memory[m.SIX_P + 7], memory[m.SIX_P + 1] = 1.0, 1.0, 5.0
        return memory[0], memory[1], memory[2], memory[3], memory[4], memory[5]

    with pytest.raises(LunarlabError, match="covariance is not positive"):
        c.consistency(matched(2.0), 2, navigation=blind)


# the same filter in a simulation that shares nothing with the library: truth by scipy, sensors by numpy

OMEGA = np.array([1.7e-6, 0.6e-6, -1.9e-6])  # up, forward, left at the target


def simulated(runs: int, factor: float, *, every_sensor: bool = True, seed: int = 12) -> tuple[float, float, int]:
    """NEES and NIS per degree of freedom, averaged, and how many degrees of freedom were tested."""
    ticks, h = 900, 0.1

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        """Spherical: r, theta, phi and the velocity up, forward, left over a turning Moon (as in a textbook of geodesy)."""
        r, theta, phi, w, u, v = y[:6]
        a = 0.9 + 0.2 * math.sin(0.03 * t), -1.6, 0.25 * math.cos(0.02 * t)
        e_up = np.array([math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)])
        e_fwd = np.array([-math.sin(theta), math.cos(theta), 0.0])
        e_left = np.cross(e_up, e_fwd)
        axes = np.array([e_up, e_fwd, e_left])
        turn = OMEGA + e_left * (u / r) - e_fwd * (v / r) + e_up * (u * math.tan(phi) / r)  # of the local frame
        velocity = np.array([w, u, v])
        inertial = velocity + axes @ np.cross(OMEGA, r * e_up)
        # d/dt of the inertial velocity in turning axes = thrust + gravity
        push = np.array(a) - np.array([MU_MOON / r**2, 0.0, 0.0]) - np.cross(axes @ turn, inertial)
        return np.concatenate([[w, u / (r * math.cos(phi)), v / r], push - _moved(r, w, u, v, theta, phi, axes), a])

    def _moved(r, w, u, v, theta, phi, axes) -> np.ndarray:
        """Rate of omega x r as seen in the local axes: what inertial and ground velocity differ by."""
        d = 1e-3
        r2, th2, ph2 = r + d * w, theta + d * u / (r * math.cos(phi)), phi + d * v / r

        def carried(r: float, theta: float, phi: float) -> np.ndarray:
            e_up = np.array([math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)])
            e_fwd = np.array([-math.sin(theta), math.cos(theta), 0.0])
            return np.array([e_up, e_fwd, np.cross(e_up, e_fwd)]) @ np.cross(OMEGA, r * e_up)

        return (carried(r2, th2, ph2) - carried(r, theta, phi)) / d

    x0 = np.array([-9e4, 3e3, 9e3, 900.0, 15.0, -40.0])
    y0 = [R_MOON + x0[2], x0[0] / R_MOON, x0[1] / R_MOON, x0[5], x0[3], x0[4], 0.0, 0.0, 0.0]
    times = h * np.arange(ticks + 1)
    y = solve_ivp(rate, (0.0, times[-1]), y0, method="DOP853", rtol=1e-10, atol=1e-7, t_eval=times).y
    truth = np.array([R_MOON * y[1], R_MOON * y[2], y[0] - R_MOON, y[4], y[5], y[3]]).T
    pushed = np.diff(y[[7, 8, 6]].T, axis=0)

    sigmas, imu = np.array([200.0, 150.0, 100.0, 0.5, 0.5, 0.5]), 0.04
    nav = Navigation(
        filter="six", policy="none", terrain_noise_m=0.0, range_noise_m=2.0, range_noise_fraction=0.0, velocity_noise_mps=0.3,
        accel_noise=factor * imu**2, accel_noise_forward=factor * imu**2, accel_noise_left=factor * imu**2,
    )  # fmt: skip
    params, rng, scratch = pack_navigation(nav, 0.0, OMEGA), np.random.default_rng(seed), np.zeros(42)
    errors, nis, dof = 0.0, 0.0, 0
    meas = np.zeros(s.MEAS_SIZE)
    for _ in range(runs):
        memory = np.zeros(m.MEMORY_SIZE)
        memory[:6] = x0 + sigmas * rng.standard_normal(6)
        for i in range(6):
            memory[m.SIX_P + 7 * i] = sigmas[i] ** 2
        noise = imu * math.sqrt(h) * rng.standard_normal((ticks, 3))
        for k in range(ticks):
            meas[:] = 0.0
            meas[s.DT], meas[s.DVX : s.DVZ + 1] = h, pushed[k] + noise[k]
            here = truth[k + 1]
            meas[s.RANGE_VALID], meas[s.RANGE_2_VALID] = -1.0, -1.0
            if k % 2 == 0:
                meas[s.RANGE], meas[s.RANGE_VALID] = here[2] + 2.0 * rng.standard_normal(), 1.0
            if every_sensor and k % 10 == 5:
                meas[s.VELX : s.VELZ + 1], meas[s.VEL_VALID] = here[3:] + 0.3 * rng.standard_normal(3), 1.0
            if every_sensor and k % 50 == 25:
                meas[s.FIX_X : s.FIX_Y + 1], meas[s.FIX_VALID], meas[s.FIX_SIGMA] = here[:2] + 10.0 * rng.standard_normal(2), 1.0, 10.0
            navigation.builtin_filter(times[k + 1], meas, params, memory)
            nis += memory[m.NIS]
            dof += int(memory[m.NIS_DOF])
            if k % 10 == 9:
                errors += c.nees(memory, here, scratch) / (runs * (ticks // 10))
    return errors, nis / dof, dof


def test_the_kernels_are_consistent_in_a_simulation_of_scipy_and_numpy() -> None:
    errors, nis, dof = simulated(50, 1.0)
    low, high = c.nees_band(50, 6)
    assert low < errors < high
    low, high = c.nees_band(dof, 1)
    assert low < nis < high


def test_there_too_half_the_process_noise_is_found_out() -> None:
    errors, nis, dof = simulated(50, 0.5)
    assert errors > c.nees_band(50, 6)[1]
    assert nis > c.nees_band(dof, 1)[1]


def test_position_and_velocity_that_nothing_measures_stay_honest() -> None:
    """Altimeter alone: along the ground the filter only knows how fast it forgets."""
    errors, nis, dof = simulated(150, 1.0, every_sensor=False, seed=1)
    assert c.nees_band(150, 6)[0] < errors < c.nees_band(150, 6)[1]
    assert c.nees_band(dof, 1)[0] < nis < c.nees_band(dof, 1)[1]
