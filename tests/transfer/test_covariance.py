"""Linear covariance against the published exercise, differences of neighbouring flights, and a cloud of flights."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lunarlab.errors import LunarlabError
from lunarlab.transfer import bicircular as bc
from lunarlab.transfer import covariance as cv
from lunarlab.transfer import threebody as tb

FOLDER = Path(__file__).parents[1] / "reference"
CASE = tomllib.loads((FOLDER / "area5_navigation.toml").read_text(encoding="utf-8"))["NAV-20"]
ARC = tomllib.loads((FOLDER / "area2_bicircular.toml").read_text(encoding="utf-8"))[CASE["inputs"]["arc"]]["inputs"]
P0 = np.array(CASE["inputs"]["P0"])
SYSTEM = bc.DE432
DURATION = ARC["tf"] - ARC["t0"]
START = SYSTEM.state(ARC["state0"][:2], ARC["state0"][2:], SYSTEM.omega * ARC["t0"])
TAME = SYSTEM.state([0.4, 0.1, 0.05], [-0.2, 1.1, 0.1], 1.0)  # far from both bodies: errors stay small
ROUND = np.diag([1e-8, 2e-8, 3e-8, 1e-8, 2e-8, 1e-8]) + 5e-9
PLANE = np.ix_([0, 1, 3, 4], [0, 1, 3, 4])


def test_reference_covariance() -> None:
    spread, want = cv.covariance_along(SYSTEM, START, DURATION, P0), CASE["expected"]
    relative = CASE["tolerance"]["relative"]
    assert spread.covariance[-1][PLANE] == pytest.approx(np.array(want["P_final"]), rel=relative)
    assert 3e-3 * spread.sigma_position_m[-1] == pytest.approx(want["three_sigma_pos_max"], rel=relative)
    assert 3.0 * spread.sigma_velocity_mps[-1] == pytest.approx(want["three_sigma_vel_max"], rel=relative)
    assert np.linalg.det(spread.stm[-1]) == pytest.approx(1.0, abs=1e-5)  # whose entries reach a million
    assert not spread.covariance[-1][[2, 5]].any() and spread.t == pytest.approx([DURATION])


def test_the_cloud_agrees_within_its_sampling_error() -> None:
    count = 300
    linear = cv.covariance_along(SYSTEM, START, DURATION, P0)
    ends = cv.sampled(SYSTEM, START, DURATION, P0, samples=count, seed=1)
    drawn = np.cov(ends[:, :6].T)
    sampling = 1.0 / math.sqrt(2.0 * (count - 1))  # 1-sigma of a standard deviation from so many samples: 4 %
    position = math.sqrt(np.linalg.eigvalsh(drawn[:3, :3])[-1]) * SYSTEM.length_m
    velocity = math.sqrt(np.linalg.eigvalsh(drawn[3:, 3:])[-1]) * SYSTEM.velocity_mps
    assert position == pytest.approx(linear.sigma_position_m[-1], rel=3.0 * sampling)
    assert velocity == pytest.approx(linear.sigma_velocity_mps[-1], rel=3.0 * sampling)
    shift = np.hypot(*(ends[:, :2].mean(axis=0) - linear.y[-1, :2])) * SYSTEM.length_m
    assert shift < 3.0 * position / math.sqrt(count)
    again = cv.sampled(SYSTEM, START, DURATION, P0, samples=count, seed=1)
    assert np.array_equal(ends, again)
    assert not np.array_equal(ends[:5], cv.sampled(SYSTEM, START, DURATION, P0, samples=5, seed=2))


def test_a_large_cloud_agrees_within_five_per_cent() -> None:
    linear = cv.covariance_along(SYSTEM, START, DURATION, P0)
    drawn = np.cov(cv.sampled(SYSTEM, START, DURATION, P0, samples=3000, seed=1)[:, :6].T)
    for part, sigma in ((slice(0, 3), linear.sigma_position_m[-1] / SYSTEM.length_m),
                        (slice(3, 6), linear.sigma_velocity_mps[-1] / SYSTEM.velocity_mps)):  # fmt: skip
        assert math.sqrt(np.linalg.eigvalsh(drawn[part, part])[-1]) == pytest.approx(sigma, rel=0.05)


def test_a_small_cloud_is_linear() -> None:
    """Every sample, not their spread alone: the same seed's errors at departure, carried by the matrix."""
    small = ROUND * 1e-4
    spread = cv.covariance_along(SYSTEM, TAME, 2.0, small)
    ends = cv.sampled(SYSTEM, TAME, 2.0, small, samples=50, seed=3) - spread.y[-1]
    whitened = np.linalg.solve(np.linalg.cholesky(spread.covariance[-1]), ends[:, :6].T)
    begins = cv.sampled(SYSTEM, TAME, 1e-12, small, samples=50, seed=3) - TAME
    assert ends[:, :6] == pytest.approx(begins[:, :6] @ spread.stm[-1].T, abs=1e-3 * np.abs(ends[:, :6]).max())
    assert (whitened**2).sum(axis=0).mean() == pytest.approx(6.0, abs=3.0 * math.sqrt(12.0 / 50.0))


def test_matrix_is_the_derivative_of_the_flight() -> None:
    phi, step = cv.covariance_along(SYSTEM, TAME, 2.0, ROUND).stm[-1], 1e-6
    for j in range(6):
        ends = []
        for sign in (1.0, -1.0):
            y = TAME.copy()
            y[j] += sign * step
            ends.append(bc.propagate(SYSTEM, y, 2.0).y_end[:6])
        assert phi[:, j] == pytest.approx((ends[0] - ends[1]) / (2.0 * step), abs=1e-7 * np.abs(phi).max())


@pytest.mark.nojit
@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1.2, 1.2), min_size=6, max_size=6), st.floats(0.0, 6.28))
def test_rates_are_the_equations_and_their_derivative(numbers: list[float], sun: float) -> None:
    system = replace(SYSTEM, rho=3.0, m_sun=5.0)  # a Sun so near that a wrong term of it would show
    y = system.state(numbers[:3], numbers[3:], sun)
    if min(np.hypot(y[0] + system.mu, y[1]), np.hypot(y[0] - 1.0 + system.mu, y[1])) < 0.1:
        return
    rates = cv.bicircular_stm(0.0, np.concatenate([y, np.eye(6).ravel()]), system.params)
    assert np.array_equal(rates[:8], bc.equations(0.0, y, system.params))
    for j in range(6):
        ends = []
        for sign in (1.0, -1.0):
            near = y.copy()
            near[j] += sign * 1e-5
            ends.append(bc.equations(0.0, near, system.params)[:6])
        slope = (ends[0] - ends[1]) / 2e-5
        assert rates[8:].reshape(6, 6)[:, j] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_without_the_sun_it_is_the_three_body_matrix() -> None:
    system = replace(SYSTEM, m_sun=0.0)
    phi = cv.covariance_along(system, TAME, 3.0, ROUND).stm[-1]
    assert phi == pytest.approx(tb.stm(TAME[:6], 3.0, system.mu)[1], abs=1e-9 * np.abs(phi).max())


def test_matrix_is_symplectic() -> None:
    phi = cv.covariance_along(SYSTEM, TAME, 3.0, ROUND).stm[-1]
    to_momentum = np.eye(6)
    to_momentum[3:, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 0]]  # p = v + omega x r
    canonical = to_momentum @ phi @ np.linalg.inv(to_momentum)
    unit = np.block([[np.zeros((3, 3)), np.eye(3)], [-np.eye(3), np.zeros((3, 3))]])
    assert np.abs(canonical.T @ unit @ canonical - unit).max() < 1e-9


def test_two_legs_make_one_and_the_way_back_undoes_it() -> None:
    whole = cv.covariance_along(SYSTEM, TAME, 2.0, ROUND, times=[0.0, 0.7, 2.0])
    assert whole.covariance[0] == pytest.approx(ROUND, rel=1e-14)
    first = cv.covariance_along(SYSTEM, TAME, 0.7, ROUND)
    assert first.covariance[-1] == pytest.approx(whole.covariance[1], rel=1e-8)
    second = cv.covariance_along(SYSTEM, first.y[-1], 1.3, first.covariance[-1])
    assert second.covariance[-1] == pytest.approx(whole.covariance[2], rel=1e-8)
    back = cv.covariance_along(SYSTEM, second.y[-1], -2.0, second.covariance[-1])
    assert back.covariance[-1] == pytest.approx(ROUND, rel=1e-6, abs=1e-14)
    assert np.array_equal(whole.covariance, whole.covariance.transpose(0, 2, 1))


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        (np.eye(3), r"covariance has the shape \(3, 3\)"),
        (np.full((6, 6), math.nan), "covariance holds nan"),
        (np.diag([1.0, 1, 1, 1, 1, -1e-9]), "a variance of -1e-09"),
        (np.eye(6) + np.diag([0.1] * 5, 1), "not symmetric"),
        (np.array([[1e-20, 2e-15], [2e-15, 1e-12]]), r"shape \(2, 2\)"),
        (np.block([[np.array([[1e-12, 2e-8], [2e-8, 1e-4]]), np.zeros((2, 4))], [np.zeros((4, 2)), np.eye(4)]]),
         "negative variance along some direction"),
    ],
)  # fmt: skip
def test_wrong_covariances_are_refused(given_: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        cv.covariance_along(SYSTEM, TAME, 1.0, given_)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cv.covariance_along(SYSTEM, np.zeros(6), 1.0, P0), r"shape \(6,\)"),
        (lambda: cv.covariance_along(SYSTEM, TAME, math.nan, P0), "duration is nan"),
        (lambda: cv.sampled(SYSTEM, TAME, 1.0, P0, samples=1), "samples is 1"),
        (lambda: cv.sampled(SYSTEM, TAME, 1.0, P0, seed=-1), "seed is -1"),
        (lambda: cv.sampled(SYSTEM, SYSTEM.state([-SYSTEM.mu, 0], [0, 0], 0.0), 1.0, np.zeros((6, 6))), "of 300 trajectories"),
    ],
)
def test_wrong_input_is_refused(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()
