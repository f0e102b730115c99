"""The six-state filter, kernel by kernel, against equations written down another way; acquisition, stuck test and voter."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent import memory as m
from lunarlab.descent import navigation, ranging, sixstate
from lunarlab.descent import sensors as s
from lunarlab.descent.navigation import Navigation, pack_navigation
from lunarlab.descent.statistics import chi2_gate
from lunarlab.errors import LunarlabError

UP, FORWARD, LEFT = np.eye(3)
OMEGA = np.array([0.9e-6, -1.8e-6, 1.7e-6])  # up, forward, left at the target; the Moon's size, tilted every way
START = np.array([-6e5, 2e4, 2.4e4, 1650.0, -12.0, -25.0])


# An independent lander: Cartesian, in axes that do not turn, which at t = 0 are up, forward and left at the target.


def frame(t: float, theta: float, phi: float) -> np.ndarray:
    """Rows: up, forward and left at (theta, phi) of the turning Moon."""
    rate = np.linalg.norm(OMEGA)
    k = OMEGA / rate
    skew = np.array([[0.0, -k[2], k[1]], [k[2], 0.0, -k[0]], [-k[1], k[0], 0.0]])
    turned = np.eye(3) + math.sin(rate * t) * skew + (1.0 - math.cos(rate * t)) * skew @ skew
    ct, st_, cp, sp = math.cos(theta), math.sin(theta), math.cos(phi), math.sin(phi)
    local = np.array([[cp * ct, cp * st_, sp], [-st_, ct, 0.0], [-sp * ct, -sp * st_, cp]])
    return local @ turned.T


def to_space(t: float, state: np.ndarray) -> np.ndarray:
    axes = frame(t, state[0] / R_MOON, state[1] / R_MOON)
    r = (R_MOON + state[2]) * axes[0]
    v = state[5] * axes[0] + state[3] * axes[1] + state[4] * axes[2]
    return np.concatenate([r, v + np.cross(OMEGA, r)])


def to_ground(t: float, space: np.ndarray) -> np.ndarray:
    at_rest = frame(t, 0.0, 0.0) @ space[:3]
    r = np.linalg.norm(at_rest)
    theta, phi = math.atan2(at_rest[1], at_rest[0]), math.asin(at_rest[2] / r)
    v = frame(t, theta, phi) @ (space[3:] - np.cross(OMEGA, space[:3]))
    return np.array([theta * R_MOON, phi * R_MOON, r - R_MOON, v[1], v[2], v[0]])


def push(t: float) -> np.ndarray:
    """Thrust acceleration up, forward, left [m/s2]."""
    return np.array([0.6 + 0.3 * math.sin(0.01 * t), -1.9 + 0.2 * math.cos(0.02 * t), 0.15 * math.sin(0.005 * t)])


def pushed(t0: float, t1: float) -> tuple[float, float, float]:
    """What an ideal accelerometer sums up between two times: forward, left, up [m/s]."""
    up = 0.6 * (t1 - t0) - 30.0 * (math.cos(0.01 * t1) - math.cos(0.01 * t0))
    forward = -1.9 * (t1 - t0) + 10.0 * (math.sin(0.02 * t1) - math.sin(0.02 * t0))
    return forward, -30.0 * (math.cos(0.005 * t1) - math.cos(0.005 * t0)), up


def true_flight(until: float, start: np.ndarray = START):
    def rate(t: float, y: np.ndarray) -> np.ndarray:
        state = to_ground(t, y)
        axes = frame(t, state[0] / R_MOON, state[1] / R_MOON)
        return np.concatenate([y[3:], axes.T @ push(t) - MU_MOON * y[:3] / np.linalg.norm(y[:3]) ** 3])

    return solve_ivp(rate, (0.0, until), to_space(0.0, start), method="DOP853", rtol=1e-11, atol=1e-6, dense_output=True).sol


def new_memory(state: np.ndarray = START, sigmas=(0.0,) * 6) -> np.ndarray:
    memory = np.zeros(m.MEMORY_SIZE)
    memory[:6] = state
    for i, sigma in enumerate(sigmas):
        memory[m.SIX_P + 7 * i] = sigma**2
    return memory


def covariance(memory: np.ndarray) -> np.ndarray:
    return memory[m.SIX_P : m.SIX_P + 36].reshape(6, 6)


def predict(memory: np.ndarray, until: float, q=(0.0, 0.0, 0.0), h: float = 0.1, omega=OMEGA) -> None:
    meas = np.zeros(s.MEAS_SIZE)
    meas[s.DT] = h
    for k in range(round(until / h)):
        meas[s.DVX], meas[s.DVY], meas[s.DVZ] = pushed(k * h, (k + 1) * h)
        sixstate.predict6(meas, memory, *q, R_MOON, tuple(omega))


@pytest.fixture(scope="module")
def flight():
    return true_flight(600.0)


def test_prediction_follows_the_true_equations_over_a_turning_moon(flight) -> None:
    memory = new_memory()
    predict(memory, 600.0)
    error = memory[:6] - to_ground(600.0, flight(600.0))
    assert np.abs(error[:3]).max() < 0.1  # metres, after 10 minutes and 660 km
    assert np.abs(error[3:]).max() < 3e-4


def test_leaving_out_the_rotation_would_show(flight) -> None:
    """The Moon's rotation moves a landing by kilometres: a sign or a component wrong can't hide in the tolerance above."""
    truth = to_ground(600.0, flight(600.0))
    for i in range(3):
        wrong = OMEGA.copy()
        wrong[i] = -wrong[i]
        memory = new_memory()
        predict(memory, 600.0, omega=wrong)
        assert np.abs(memory[:3] - truth[:3]).max() > 100.0


def test_in_the_plane_the_six_states_move_like_the_vertical_filter() -> None:
    start = START * [1, 0, 1, 1, 0, 1]
    six, two, meas = new_memory(start), new_memory(start), np.zeros(s.MEAS_SIZE)
    meas[s.DT], meas[s.DVX], meas[s.DVZ] = 0.1, -0.19, 0.06
    for _ in range(3000):
        sixstate.predict6(meas, six, 0.0, 0.0, 0.0, R_MOON, (0.0, 0.0, 0.0))
        navigation.predict(meas, two, 0.0, R_MOON)
    assert six[:6] == pytest.approx(two[:6], rel=1e-12)
    assert six[m.Y] == six[m.VY] == 0.0


def test_in_the_plane_nothing_is_uncertain_to_the_left() -> None:
    params, memory, meas = pack_navigation(SIX, 0.0, dimensions=2), new_memory(LOW, (100.0, 0.0, 50.0, 1.0, 0.0, 1.0)), np.zeros(s.MEAS_SIZE)
    memory[m.Y] = memory[m.VY] = 0.0
    meas[s.DT], meas[s.DVX], meas[s.VEL_VALID], meas[s.VELX], meas[s.VELZ] = 0.1, -0.1, 1.0, 40.2, -30.1
    for _ in range(20):
        navigation.builtin_filter(100.0, meas, params, memory)
    assert np.array_equal(covariance(memory)[[1, 4]], np.zeros((2, 6)))
    assert memory[m.Y] == memory[m.VY] == 0.0
    assert memory[m.NIS_DOF] == 2.0  # of a velocimeter with three axes


def test_covariance_is_carried_by_the_derivative_of_the_true_motion() -> None:
    """P0 mapped by central differences of the independent equations, to 0.1 % of the sigmas."""
    sigmas, until = np.array([300.0, 200.0, 150.0, 1.0, 2.0, 1.5]), 300.0
    start = START + np.array([0.0, 3e5, 0.0, 0.0, 200.0, 0.0])  # so far aside that no term across the track is small
    phi = np.empty((6, 6))
    for i in range(6):
        d = np.zeros(6)
        d[i] = sigmas[i]
        ends = [to_ground(until, true_flight(until, start + sign * d)(until)) for sign in (1.0, -1.0)]
        phi[:, i] = (ends[0] - ends[1]) / (2.0 * sigmas[i])
    memory = new_memory(start, sigmas)
    predict(memory, until)
    wanted = phi @ np.diag(sigmas**2) @ phi.T
    scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
    assert np.abs((covariance(memory) - wanted) / scale).max() < 1e-3


def test_carried_covariance_equals_that_of_a_cloud_of_landers() -> None:
    """3000 landers with sampled starts, flown by Runge-Kutta in axes that do not turn: within 5 %."""
    sigmas, until, n, h = np.array([300.0, 200.0, 150.0, 1.0, 2.0, 1.5]), 200.0, 3000, 2.0
    starts = START + np.random.default_rng(4).standard_normal((n, 6)) * sigmas
    y = np.array([to_space(0.0, start) for start in starts]).T

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        fixed = frame(t, 0.0, 0.0) @ y[:3]  # up, forward, left at the target
        r, flat = np.linalg.norm(fixed, axis=0), np.hypot(fixed[0], fixed[1])
        e_up = fixed / r
        e_forward = np.array([-fixed[1], fixed[0], np.zeros(n)]) / flat
        e_left = np.cross(e_up.T, e_forward.T).T
        a = push(t)
        local = a[0] * e_up + a[1] * e_forward + a[2] * e_left
        return np.vstack([y[3:], frame(t, 0.0, 0.0).T @ local - MU_MOON * y[:3] / r**3])

    for i in range(round(until / h)):
        t = i * h
        k1 = rate(t, y)
        k2 = rate(t + h / 2, y + h / 2 * k1)
        k3 = rate(t + h / 2, y + h / 2 * k2)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + rate(t + h, y + h * k3))
    sampled = np.cov(np.array([to_ground(until, column) for column in y.T]).T)
    memory = new_memory(sigmas=sigmas)
    predict(memory, until)
    assert np.sqrt(np.diag(covariance(memory))) == pytest.approx(np.sqrt(np.diag(sampled)), rel=0.05)
    scale = np.sqrt(np.outer(np.diag(sampled), np.diag(sampled)))
    assert np.abs((covariance(memory) - sampled) / scale).max() < 0.08


# updates


def random_memory(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(6, 6)) * [30.0, 20.0, 10.0, 1.0, 0.7, 0.5]
    memory = new_memory(START + rng.normal(size=6))
    memory[m.SIX_P : m.SIX_P + 36] = (root.T @ root + np.diag([1.0, 1.0, 1.0, 0.1, 0.1, 0.1])).ravel()
    return memory


@pytest.mark.nojit
@given(st.integers(0, 10**6), st.floats(0.01, 1e4), st.floats(-100.0, 100.0))
def test_an_update_is_the_textbook_one_and_never_adds_uncertainty(seed: int, variance: float, nu: float) -> None:
    memory = random_memory(seed)
    before, state = covariance(memory).copy(), memory[:6].copy()
    h = np.random.default_rng(seed + 1).normal(size=6)
    sixstate.update_scalar(memory, tuple(h.tolist()), nu, variance, 1.0, 1.0)
    after = covariance(memory)
    gain = before @ h / (h @ before @ h + variance)
    standard = (np.eye(6) - np.outer(gain, h)) @ before
    scale = np.sqrt(np.outer(np.diag(before), np.diag(before)))
    assert np.abs((after - standard) / scale).max() < 1e-12  # Joseph's form equals the standard one
    assert memory[:6] == pytest.approx(state + gain * nu, rel=1e-12, abs=1e-9)
    assert np.array_equal(after, after.T)
    assert np.linalg.eigvalsh(after / scale).min() > 0.0
    assert np.linalg.eigvalsh((before - after) / scale).min() > -1e-12


def test_ten_thousand_updates_and_predictions_leave_it_symmetric_and_positive() -> None:
    memory, meas, rng = new_memory(sigmas=(500.0, 500.0, 500.0, 1.0, 1.0, 2.0)), np.zeros(s.MEAS_SIZE), np.random.default_rng(0)
    meas[s.DT], meas[s.DVX], meas[s.DVZ] = 0.1, -0.2, 0.1
    for k in range(10000):
        sixstate.predict6(meas, memory, 1e-9, 1e-9, 1e-9, R_MOON, tuple(OMEGA))
        sixstate.update_state(memory, k % 6, 0.0, 1e-6, 1.0)  # far more certain than anything real: what breaks the short form
        if k % 100 == 0:
            row = (rng.normal(), rng.normal(), 1.0, 0.0, 0.0, 0.0)
            sixstate.update_scalar(memory, row, 0.0, 1e-6, 1.0, 1.0)
            p = covariance(memory)
            scale = np.sqrt(np.outer(np.diag(p), np.diag(p)))
            assert np.array_equal(p, p.T)
            assert np.linalg.eigvalsh(p / scale).min() > 0.0


def test_a_considered_update_moves_height_only_and_stays_honest() -> None:
    """Gains of zero along the ground are not optimal, but Joseph's form gives their covariance: never below the optimal one."""
    for seed in range(20):
        memory, best = random_memory(seed), random_memory(seed)
        state, before = memory[:6].copy(), covariance(memory).copy()
        h = (-0.3, 0.2, 1.0, 0.0, 0.0, 0.0)
        sixstate.update_scalar(memory, h, 5.0, 4.0, 0.0, 0.0)
        sixstate.update_scalar(best, h, 5.0, 4.0, 1.0, 1.0)
        assert np.array_equal(memory[[m.X, m.Y, m.VX, m.VY]], state[[m.X, m.Y, m.VX, m.VY]])
        assert np.array_equal(covariance(memory)[np.ix_([0, 1, 3, 4], [0, 1, 3, 4])], before[np.ix_([0, 1, 3, 4], [0, 1, 3, 4])])
        scale = np.sqrt(np.outer(np.diag(before), np.diag(before)))
        assert np.linalg.eigvalsh((covariance(memory) - covariance(best)) / scale).min() > -1e-12
        gain = (before @ h) / (np.array(h) @ before @ h + 4.0) * [0, 0, 1, 0, 0, 1]
        rest = np.eye(6) - np.outer(gain, h)
        joseph = rest @ before @ rest.T + 4.0 * np.outer(gain, gain)
        assert np.abs((covariance(memory) - joseph) / scale).max() < 1e-12


def test_nis_of_states_measured_together_is_the_matrix_expression() -> None:
    for seed in range(20):
        memory = random_memory(seed)
        nu = np.random.default_rng(seed).normal(size=3)
        for i, count in ((0, 2), (3, 3), (2, 1)):
            block = covariance(memory)[i : i + count, i : i + count] + 2.5 * np.eye(count)
            wanted = nu[:count] @ np.linalg.solve(block, nu[:count])
            assert sixstate.nis_of(memory, i, count, *nu, 2.5) == pytest.approx(wanted, rel=1e-10)


def test_a_gate_with_the_wrong_degrees_of_freedom_rejects_good_readings() -> None:
    """P(chi2 < 9) is 0.9973 for one number, 0.9707 for three (reference case CHI-01)."""
    rng, memory, variance = np.random.default_rng(7), random_memory(3), 0.5
    block = covariance(memory)[3:, 3:] + variance * np.eye(3)
    nis = [sixstate.nis_of(memory, 3, 3, *nu, variance) for nu in rng.multivariate_normal(np.zeros(3), block, 20000)]
    probability = 0.9973002039367398
    assert np.mean(np.array(nis) < chi2_gate(probability, 3)) == pytest.approx(probability, abs=0.0015)
    assert np.mean(np.array(nis) < chi2_gate(probability, 1)) == pytest.approx(0.97071, abs=0.004)


def test_nees_is_the_matrix_expression_and_leaves_out_what_is_known() -> None:
    scratch = np.full(42, np.nan)
    for seed in range(20):
        memory, truth = random_memory(seed), START + np.random.default_rng(seed).normal(size=6)
        error = memory[:6] - truth
        wanted = error @ np.linalg.solve(covariance(memory), error)
        assert sixstate.nees(memory, truth, scratch) == pytest.approx(wanted, rel=1e-9)
        for i in (m.Y, m.VY):
            memory[m.SIX_P + 6 * i : m.SIX_P + 6 * i + 6] = 0.0
            memory[m.SIX_P + i : m.SIX_P + 36 : 6] = 0.0
        keep = [0, 2, 3, 5]
        wanted = error[keep] @ np.linalg.solve(covariance(memory)[np.ix_(keep, keep)], error[keep])
        assert sixstate.nees(memory, truth, scratch) == pytest.approx(wanted, rel=1e-9)
    memory[m.SIX_P + 2] = memory[m.SIX_P + 12] = 1e9
    assert math.isnan(sixstate.nees(memory, truth, scratch))


def settle(h: float, r: float, noise: np.ndarray | None, q: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Height and its rate over a Moon so large that it is flat: (predicted, gain, updated) once they have settled."""
    memory, meas = new_memory(np.zeros(6), (0.0, 0.0, 10.0, 0.0, 0.0, 1.0)), np.zeros(s.MEAS_SIZE)
    meas[s.DT] = h
    corner = np.ix_([2, 5], [2, 5])
    for _ in range(4000):
        memory[:6] = 0.0
        sixstate.predict6(meas, memory, 0.0, 0.0, q, 1e13, (0.0, 0.0, 0.0))
        if noise is not None:
            covariance(memory)[corner] += noise
        predicted = covariance(memory)[corner].copy()
        memory[:6] = 0.0
        sixstate.update_state(memory, m.Z, 1.0, r, 1.0)
        gain = memory[[2, 5]].copy()
    return predicted, gain, covariance(memory)[corner]


def test_steady_state_with_piecewise_constant_acceleration() -> None:
    """Reference case KF-05, reached by running the kernels."""
    predicted, gain, updated = settle(1.0, 25.0, 0.01 * np.array([[0.25, 0.5], [0.5, 1.0]]), 0.0)
    assert predicted.ravel() == pytest.approx([5.532527329118444, 0.5525624609862627, 0.5525624609862627, 0.10512492197250475], rel=1e-8)
    assert gain == pytest.approx([0.18120109316473615, 0.018097501560550202], rel=1e-8)
    assert updated.ravel() == pytest.approx([4.530027329118404, 0.45243753901375505, 0.45243753901375505, 0.09512492197250441], rel=1e-8)


def test_steady_state_with_white_acceleration() -> None:
    """Reference case KF-08."""
    predicted, gain, updated = settle(0.2, 0.25, None, 0.0025)
    assert predicted.ravel() == pytest.approx([0.03577619660603175, 0.011953580982409034, 0.011953580982409034, 0.007732317779642651], rel=1e-8)
    assert gain == pytest.approx([0.12518956103034873, 0.04182846970592209], rel=1e-8)
    assert updated.ravel() == pytest.approx([0.03129739025758718, 0.010457117426480523, 0.010457117426480523, 0.0072323177796426675], rel=1e-8)


# the filter as a whole, call by call

SIX = Navigation(filter="six", policy="nis", terrain_noise_m=0.0)


def call(memory: np.ndarray, nav: Navigation = SIX, t: float = 100.0, **values: float) -> np.ndarray:
    """One call with the given entries of meas (by name), without an IMU interval. Returns memory."""
    meas = np.zeros(s.MEAS_SIZE)
    meas[s.RANGE_VALID] = meas[s.RANGE_2_VALID] = -1.0
    for name, value in values.items():
        meas[getattr(s, name)] = value
    navigation.builtin_filter(t, meas, pack_navigation(nav, 0.0), memory)
    return memory


LOW = np.array([-2000.0, 30.0, 1000.0, 40.0, 0.5, -30.0])
WIDE = (100.0, 100.0, 50.0, 1.0, 1.0, 1.0)
READINGS = {
    "range": {"RANGE": 1010.0, "RANGE_VALID": 1.0},
    "velocity": {"VELX": 40.3, "VELY": 0.2, "VELZ": -30.4, "VEL_VALID": 1.0},
    "fix": {"FIX_X": -1950.0, "FIX_Y": 60.0, "FIX_SIGMA": 5.0, "FIX_VALID": 1.0},
}
OUTLIERS = {
    "range": {"RANGE": 400.0, "RANGE_VALID": 1.0},
    "velocity": {"VELX": 52.0, "VELY": 0.2, "VELZ": -30.4, "VEL_VALID": 1.0},
    "fix": {"FIX_X": -1000.0, "FIX_Y": 60.0, "FIX_SIGMA": 5.0, "FIX_VALID": 1.0},
}
DEGREES = {"range": 1, "velocity": 3, "fix": 2}


@pytest.mark.nojit
@pytest.mark.parametrize("kind", READINGS)
def test_good_readings_are_used_and_outliers_leave_everything_as_it_was(kind: str) -> None:
    memory = call(new_memory(LOW, WIDE), **READINGS[kind])
    assert memory[m.NIS_DOF] == DEGREES[kind]
    assert memory[m.NIS] < chi2_gate(0.9999, DEGREES[kind])
    assert np.trace(covariance(memory)) < np.trace(covariance(new_memory(LOW, WIDE)))
    assert memory[m.P_ZZ] == covariance(memory)[2, 2]
    memory = call(new_memory(LOW, WIDE), **OUTLIERS[kind])
    assert memory[m.NIS] > chi2_gate(0.9999, DEGREES[kind])
    assert np.array_equal(memory[:6], LOW)
    assert np.array_equal(covariance(memory), covariance(new_memory(LOW, WIDE)))
    if kind == "range":
        assert (memory[m.STATUS], memory[m.WHY]) == (m.SKIPPED, m.BEYOND_GATE)
        assert memory[m.INNOVATION] == -600.0
        assert memory[m.GATE] == pytest.approx(math.sqrt(chi2_gate(0.9999, 1)) * memory[m.SIGMA])


def test_a_velocity_is_gated_with_three_degrees_of_freedom() -> None:
    """Its normalised innovation squared lies between the gates for one number, 15.1, and for three, 21.1: used."""
    offset = math.sqrt(18.0 * (1.0 + SIX.velocity_noise_mps**2))
    memory = call(new_memory(LOW, WIDE), VELX=LOW[3] + offset, VELY=LOW[4], VELZ=LOW[5], VEL_VALID=1.0)
    assert memory[m.NIS] == pytest.approx(18.0)
    assert memory[m.VX] > LOW[3] + 0.9 * offset


def test_readings_of_infinite_noise_change_nothing() -> None:
    deaf = replace(
        SIX, range_noise_m=1e4, range_noise_fraction=1.0, velocity_noise_mps=100.0, fix_factor=100.0,
        accel_noise=1e-12, accel_noise_forward=0.0, accel_noise_left=0.0,
    )  # fmt: skip
    memory, silent = new_memory(LOW, (1e-3,) * 6), new_memory(LOW, (1e-3,) * 6)
    for _ in range(50):
        call(memory, deaf, DT=0.1, DVX=-0.2, DVZ=0.1, **READINGS["range"], **READINGS["velocity"], **{**READINGS["fix"], "FIX_SIGMA": 1e4})
        call(silent, deaf, DT=0.1, DVX=-0.2, DVZ=0.1)
    assert memory[:6] == pytest.approx(silent[:6], abs=1e-6)
    assert covariance(memory).ravel() == pytest.approx(covariance(silent).ravel(), rel=1e-3, abs=1e-9)


def test_a_student_may_build_on_the_pieces() -> None:
    """As an exercise would: prediction and one range, by hand, with the gain of the textbook."""
    memory, meas = new_memory(LOW, WIDE), np.zeros(s.MEAS_SIZE)
    meas[s.DT], meas[s.DVZ] = 0.1, 0.16
    sixstate.predict6(meas, memory, 1e-3, 1e-3, 1e-3, R_MOON, (0.0, 0.0, 0.0))
    nu = 1005.0 - memory[m.Z]
    variance = sixstate.spread_of(memory, (0.0, 0.0, 1.0, 0.0, 0.0, 0.0))
    assert variance == covariance(memory)[2, 2]
    z = memory[m.Z]
    sixstate.update_scalar(memory, (0.0, 0.0, 1.0, 0.0, 0.0, 0.0), nu, 4.0, 1.0, 1.0)
    assert memory[m.Z] == pytest.approx(z + variance / (variance + 4.0) * nu)


def test_two_fixes_that_agree_overrule_the_estimate_and_wrong_craters_do_not() -> None:
    def fix(memory: np.ndarray, t: float, x: float, y: float) -> np.ndarray:
        return call(memory, t=t, FIX_X=x, FIX_Y=y, FIX_SIGMA=5.0, FIX_VALID=1.0)

    sure, rng = (4.0, 4.0, 50.0, 1.0, 1.0, 1.0), np.random.default_rng(8)
    lost = fix(new_memory(LOW, sure), 100.0, LOW[0] + 400.0, LOW[1] - 300.0)
    assert np.array_equal(lost[:2], LOW[:2])  # the first is turned away
    fix(lost, 105.0, LOW[0] + 410.0, LOW[1] - 305.0)
    assert lost[:2] == pytest.approx([LOW[0] + 410.0, LOW[1] - 305.0])
    assert np.diag(covariance(lost)) == pytest.approx([25.0, 25.0, 2500.0, 1.0, 1.0, 1.0])
    wrong = new_memory(LOW, sure)
    for k in range(40):
        fix(wrong, 100.0 + 5.0 * k, LOW[0] + 2000.0 * rng.normal(), LOW[1] + 2000.0 * rng.normal())
    assert np.array_equal(wrong[:2], LOW[:2])
    fix(lost, 110.0, LOW[0] + 2000.0, LOW[1])
    fix(lost, 115.0, LOW[0] + 411.0, LOW[1] - 304.0)  # a good one in between clears the memory of the bad one
    at = lost[:2].copy()
    fix(lost, 120.0, LOW[0] + 2000.0, LOW[1])
    assert np.array_equal(lost[:2], at)


# the map


@pytest.mark.parametrize(("height", "share"), [(3000.0, 1.0), (1000.0, 0.25)])
def test_a_slope_weakens_a_range_as_much_as_the_position_is_uncertain(height: float, share: float) -> None:
    start, reading = LOW + np.array([0.0, 0.0, height - 1000.0, 0.0, 0.0, 0.0]), {"RANGE": height + 10.0, "RANGE_VALID": 1.0}
    flat = call(new_memory(start, WIDE), replace(SIX, map=1), **reading)
    steep = call(new_memory(start, WIDE), replace(SIX, map=1), **reading, MAP_SLOPE=0.4, MAP_SLOPE_Y=0.3)
    assert steep[m.SIGMA] ** 2 - flat[m.SIGMA] ** 2 == pytest.approx(share * (0.4**2 + 0.3**2) * 100.0**2)
    assert 0.0 < steep[m.Z] - height < flat[m.Z] - height
    assert np.array_equal(steep[[m.X, m.Y]], LOW[:2])  # not allowed to correct the position
    assert covariance(steep)[0, 0] == 100.0**2


def test_terrain_relative_navigation_finds_the_position() -> None:
    """Ranges over a known undulating ground, from an estimate that is 80 m and 60 m off along and across."""

    def ground(x: float, y: float) -> tuple[float, float, float]:
        a, b = 2.0 * math.pi / 3000.0, 2.0 * math.pi / 2000.0
        return (
            60.0 * math.sin(a * x) + 40.0 * math.sin(b * y + 0.3 * a * x),
            60.0 * a * math.cos(a * x) + 12.0 * a * math.cos(b * y + 0.3 * a * x),
            40.0 * b * math.cos(b * y + 0.3 * a * x),
        )

    nav, rng = replace(SIX, map=1, terrain_relative_m=300.0, range_noise_m=1.0), np.random.default_rng(2)
    truth = np.array([-40000.0, 0.0, 5000.0])
    memory = new_memory(np.concatenate([truth + np.array([80.0, -60.0, 20.0]), [400.0, 0.0, 0.0]]), (100.0, 100.0, 30.0, 0.1, 0.1, 0.1))
    # level flight: what gravity and curvature do is taken out by the accelerometer
    for k in range(600):
        r = R_MOON + 5000.0
        truth[0] += 400.0 * 0.1 * R_MOON / r
        here = ground(truth[0], truth[1])[0]
        height, slope_x, slope_y = ground(memory[m.X] + 0.1 * memory[m.VX] * R_MOON / r, memory[m.Y])
        up = (MU_MOON / r - 400.0**2) / r * 0.1
        call(
            memory, nav, t=0.1 * k, DT=0.1, DVZ=up, RANGE=truth[2] - here + rng.normal() * math.hypot(1.0, 1e-3 * 5000.0),
            RANGE_VALID=1.0, MAP_HEIGHT=height, MAP_SLOPE=slope_x, MAP_SLOPE_Y=slope_y,
        )  # fmt: skip
    error = memory[:3] - truth
    assert np.abs(error[:2]).max() < 20.0
    assert math.sqrt(covariance(memory)[0, 0]) < 15.0
    assert np.abs(error / np.sqrt(np.diag(covariance(memory))[:3])).max() < 3.5


# acquisition, stuck sensors, the voter


def ranges(nav: Navigation, readings: list[float], expected: list[float], valid: list[float] | None = None) -> list[float]:
    """WHY of each sample, taken five times a second."""
    memory, params = np.zeros(m.MEMORY_SIZE), pack_navigation(nav, 0.0)
    valid = [1.0] * len(readings) if valid is None else valid
    return [
        ranging.screen(100.0 + 0.2 * k, m.FIRST_ALTIMETER, r, v, e, 1.0, params, memory)
        for k, (r, e, v) in enumerate(zip(readings, expected, valid, strict=True))
    ]


def test_a_range_counts_only_after_m_of_n_agree() -> None:
    nav = replace(SIX, acquire_m=4, acquire_n=6)
    falling = [9000.0 - 10.0 * k for k in range(12)]
    offset = [r + 700.0 for r in falling]  # far from what is expected, but steadily so
    assert ranges(nav, offset, falling) == [m.ACQUIRING] * 3 + [m.FITS] * 9
    assert ranges(replace(nav, acquire_m=1, acquire_n=1), offset, falling) == [m.FITS] * 12
    spurious = np.random.default_rng(1).uniform(0.0, 18000.0, 12).tolist()
    assert ranges(nav, spurious, falling) == [m.ACQUIRING] * 12
    mixed = [*spurious[:3], *offset[3:]]
    assert ranges(nav, mixed, falling)[:6] == [m.ACQUIRING] * 6
    assert ranges(nav, mixed, falling)[-1] == m.FITS
    one_bad = [*offset[:2], 3.0, *offset[3:]]
    assert ranges(nav, one_bad, falling)[4:] == [m.FITS] * 8  # four of the first five


def test_an_altimeter_that_falls_silent_has_to_be_acquired_anew() -> None:
    nav = replace(SIX, acquire_m=3, acquire_n=4)
    level = [5000.0] * 14
    why = ranges(nav, level, level, [1.0] * 4 + [0.0] * 4 + [1.0] * 6)
    assert why[2:4] == [m.FITS] * 2
    assert why[8:] == [m.ACQUIRING] * 2 + [m.FITS] * 4
    assert ranges(nav, level, level, [1.0] * 4 + [0.0] * 3 + [1.0] * 7)[7:] == [m.FITS] * 7  # a short silence is forgiven


def test_ranges_that_drift_apart_faster_than_terrain_may_are_no_agreement() -> None:
    nav = replace(SIX, acquire_m=8, acquire_n=8, readmit_drift_mps=20.0)
    level = [5000.0] * 8
    assert ranges(nav, [5000.0 + 19.0 * 0.2 * k for k in range(8)], level)[-1] == m.FITS
    assert ranges(nav, [5000.0 + 60.0 * 0.2 * k for k in range(8)], level)[-1] == m.ACQUIRING


def test_a_reading_that_rests_while_the_lander_falls_is_stuck_until_it_moves() -> None:
    nav, falling = replace(SIX, stuck_s=1.0), [900.0 - 4.0 * k for k in range(20)]
    frozen = [*falling[:5], *[falling[5]] * 10, *falling[15:]]
    why = ranges(nav, frozen, falling)
    assert why[:10] == [m.FITS] * 10
    assert why[10:15] == [m.IS_STUCK] * 5  # after 1 s; by then it should have moved by 20 m, and its noise is 1 m
    assert why[15:] == [m.FITS] * 5
    hover = [50.0 + 0.5 * (-1) ** k for k in range(40)]
    assert ranges(nav, hover, [50.0] * 40) == [m.FITS] * 40  # resting because the lander does
    assert ranges(replace(nav, stuck_s=0.0), frozen, falling) == [m.FITS] * 20


BOTH = {"RANGE": 1010.0, "RANGE_VALID": 1.0, "RANGE_2": 1012.0, "RANGE_2_VALID": 1.0}


def test_two_altimeters_that_agree_are_averaged() -> None:
    memory = call(new_memory(LOW, WIDE), **BOTH)
    assert memory[m.INNOVATION] == pytest.approx(11.0, abs=0.01)
    alone = call(new_memory(LOW, WIDE), **{**BOTH, "RANGE_2_VALID": 0.0})
    assert memory[m.P_ZZ] < alone[m.P_ZZ]
    assert memory[m.NIS_DOF] == alone[m.NIS_DOF] == 1.0


@pytest.mark.parametrize(("wrong", "right"), [("RANGE", "RANGE_2"), ("RANGE_2", "RANGE")])
def test_the_voter_believes_the_one_that_fits_the_prediction(wrong: str, right: str) -> None:
    memory = call(new_memory(LOW, WIDE), **{**BOTH, wrong: 3000.0})
    assert memory[m.STATUS] == m.USED
    assert memory[m.INNOVATION] == BOTH[right] - 1000.0
    assert memory[m.WHY] == (m.OUTVOTED if wrong == "RANGE" else m.FITS)


@pytest.mark.parametrize("jumpy", ["RANGE", "RANGE_2"])
def test_the_voter_believes_the_steadier_one_where_neither_or_both_fit(jumpy: str) -> None:
    rng, steady = np.random.default_rng(5), {"RANGE": "RANGE_2", "RANGE_2": "RANGE"}[jumpy]
    for offset, nav in ((900.0, replace(SIX, policy="nis")), (15.0, SIX)):
        memory = new_memory(LOW, WIDE)
        for k in range(60):
            values = {**BOTH, steady: memory[m.Z] + offset, jumpy: memory[m.Z] + (rng.uniform(-60, 60) if offset < 20.0 else rng.uniform(2e3, 9e3))}
            call(memory, nav, t=100.0 + 0.2 * k, **values)
            if k > 20 and abs(values["RANGE"] - values["RANGE_2"]) > 20.0:
                assert memory[m.INNOVATION] == pytest.approx(offset, abs=1e-6)


def test_a_common_fault_defeats_the_voter() -> None:
    """Both 3 km too long: they agree, so nothing is outvoted; re-admission then believes them, as it would believe one."""
    nav, memory = replace(SIX, policy="gate_readmit", arm_sigma_m=60.0), new_memory(LOW, WIDE)
    statuses = []
    for k in range(12):
        call(memory, nav, t=100.0 + 0.2 * k, RANGE=4000.0, RANGE_VALID=1.0, RANGE_2=4000.0, RANGE_2_VALID=1.0)
        statuses.append(memory[m.STATUS])
    assert statuses[:10] == [m.SKIPPED] * 10
    assert m.READMITTED in statuses
    assert memory[m.Z] == pytest.approx(4000.0, abs=5.0)
    assert memory[m.WHY] != m.OUTVOTED


def test_a_latch_gives_the_altimeter_up_for_good() -> None:
    nav, memory = replace(SIX, policy="latch", gate_m=300.0, arm_sigma_m=60.0), new_memory(LOW, WIDE)
    for k in range(8):
        call(memory, nav, t=100.0 + 0.2 * k, RANGE=2000.0, RANGE_VALID=1.0)
    assert memory[m.STATUS] == m.LOCKED_OUT
    assert memory[m.GATE] == 300.0
    call(memory, nav, t=102.0, RANGE=1000.0, RANGE_VALID=1.0)
    assert memory[m.STATUS] == m.LOCKED_OUT
    assert memory[m.Z] == 1000.0


@pytest.mark.parametrize("policy", ["student_t", "inflate", "none"])
def test_the_other_rules_do_what_they_do_in_the_vertical_filter(policy: str) -> None:
    memory = new_memory(LOW, WIDE)
    for k in range(100):
        call(memory, replace(SIX, policy=policy), t=100.0 + 0.2 * k, RANGE=2000.0, RANGE_VALID=1.0)
    assert abs(memory[m.Z] - 2000.0) < (400.0 if policy == "student_t" else 10.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"filter": "seven"}, "Navigation.filter is 'seven'; allowed are vertical, six"),
        ({"acquire_m": 2.5, "acquire_n": 4}, "acquire_m is 2.5; it must be a whole number"),
        ({"acquire_m": 5, "acquire_n": 4}, "acquire_m is 5; it must not be above acquire_n, 4"),
        ({"gate_probability": 1.0}, "Navigation.gate_probability is 1; it must lie between 0.5 and 1"),
        ({"stuck_s": -1.0}, "Navigation.stuck_s is -1 s"),
    ],
)
def test_bad_tuning_is_refused_by_name(options: dict, words: str) -> None:
    with pytest.raises(LunarlabError, match=words.replace("(", r"\(")):
        Navigation(**options)
