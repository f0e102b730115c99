"""Two impulses to the Moon: published optima, found from nothing or from rounded figures, and what every transfer obeys."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab.errors import LunarlabError
from lunarlab.transfer import bicircular as bc
from lunarlab.transfer import surfaces
from lunarlab.transfer import twoimpulse as ti

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area2_bicircular.toml").read_text(encoding="utf-8"))
DAY = 86400.0
PAPER = bc.three_body(398600e9, 4902.83e9, 384400e3, 6378.2e3, 1738e3)
ROWS = [name for name in CASES if name.startswith("TWO-1")]


@pytest.mark.parametrize(("name", "metres", "sense"), [("TWO-01", 0.05, "ccw"), ("TWO-02", 3.0, "cw")])
def test_given_transfers_fly_as_published(name: str, metres: float, sense: str) -> None:
    case, want = CASES[name]["inputs"], CASES[name]["expected"]
    problem = ti.TwoImpulse(arrival=sense)
    flown = ti.fly(problem, case["alpha"], case["beta"], case["sun_angle0"], case["tof"] * bc.TOPPUTO.time_s)
    assert flown.dv_departure_mps == pytest.approx(want["dv_departure"] * 1e3, abs=0.01)
    assert flown.dv_arrival_mps == pytest.approx(want["dv_arrival"] * 1e3, abs=0.01)
    assert flown.dv_mps == pytest.approx(want["dv_total"] * 1e3, abs=0.01)
    assert flown.tof_s / DAY == pytest.approx(want["tof_days"], abs=1e-9)
    assert flown.arrival_radius_m == pytest.approx(1838e3, abs=metres)


def test_the_best_direct_transfer_is_found_from_nothing() -> None:
    best = ti.optimise(ti.TwoImpulse(), (3.0, 7.0), dv_arrival_mps=(790.0, 870.0), grid=(36, 3, 4), tries=2)
    assert 3930.0 < best.dv_mps <= 3944.83
    assert best.tof_s / DAY == pytest.approx(4.60, abs=0.005)
    assert best.arrival_radius_m == pytest.approx(1838e3, abs=0.1)
    assert best.radial_speed_mps == pytest.approx(0.0, abs=1e-3)


@pytest.mark.slow
def test_a_low_energy_transfer_is_found_from_nothing() -> None:
    best = ti.optimise(ti.TwoImpulse(), (60.0, 110.0), dv_arrival_mps=(630.0, 650.0), grid=(90, 3, 30), tries=3)
    assert 3726.0 < best.dv_mps <= 3840.0  # above the bound of Sweetser (1991)
    assert best.tof_s / DAY > 60.0
    assert best.arrival_radius_m == pytest.approx(1838e3, abs=3.0)
    _, y = best.path()
    assert np.hypot(y[:, 0], y[:, 1]).max() > 3.0  # beyond three times the Moon's distance


@pytest.mark.parametrize("name", ROWS)
def test_published_optima_of_the_three_body_problem(name: str) -> None:
    """From the figures as they are printed: angle, first impulse and time with four or five digits."""
    case, want = CASES[name]["inputs"], CASES[name]["expected"]
    problem = ti.TwoImpulse(PAPER, 463e3, 200e3, case["arrival"])
    beta = 1.0 + want["dv1"] * 1e3 / (problem.circular[0] * PAPER.velocity_mps)
    best = ti.polish(problem, math.radians(want["theta0"]), beta, 0.0, want["tof"] * DAY)
    assert best.dv_mps / 1e3 == pytest.approx(want["dv_total"], abs=1.5e-4)
    assert best.dv_departure_mps / 1e3 == pytest.approx(want["dv1"], abs=1.5e-4)
    assert best.dv_arrival_mps / 1e3 == pytest.approx(want["dv2"], abs=1.5e-4)
    assert best.tof_s / DAY == pytest.approx(want["tof"], abs=0.05)
    assert math.degrees(best.alpha_rad) == pytest.approx(want["theta0"], abs=0.5)
    assert best.arrival_radius_m == pytest.approx(1938e3, abs=1.0)


@pytest.mark.parametrize(("name", "days"), [("TWO-10", (3.0, 6.0)), ("TWO-17", (30.0, 34.0))])
def test_some_of_these_are_found_from_nothing(name: str, days: tuple[float, float]) -> None:
    want = CASES[name]["expected"]
    problem = ti.TwoImpulse(PAPER, 463e3, 200e3, CASES[name]["inputs"]["arrival"])
    best = ti.optimise(problem, days, dv_arrival_mps=(750.0, 830.0), grid=(720, 9, 1), tries=4)
    assert best.dv_mps / 1e3 == pytest.approx(want["dv_total"], abs=1.5e-4)


def test_a_transfer_flown_by_scipy_arrives_too() -> None:
    best = ti.polish(ti.TwoImpulse(), *(CASES["TWO-01"]["inputs"][k] for k in ("alpha", "beta", "sun_angle0")),
                     CASES["TWO-01"]["expected"]["tof_days"] * DAY, descend=False)
    _, y = best.path(2)
    s = bc.TOPPUTO
    end = solve_ivp(lambda t, y: bc.equations(t, y, s.params), (0.0, best.tof_s / s.time_s), y[0], method="DOP853",
                    rtol=1e-12, atol=1e-13).y[:, -1]
    assert np.hypot(end[0] - 1.0 + s.mu, end[1]) * s.length_m == pytest.approx(1838e3, abs=0.5)


@settings(max_examples=8)
@given(st.floats(-0.05, 0.05), st.floats(-2.0, 2.0), st.floats(0.0, math.pi))
def test_every_transfer_that_is_closed_is_one(turn: float, faster: float, sun: float) -> None:
    """Near the optimum, whatever the Sun does: right radius, tangential, never cheaper than the optimum."""
    guess = np.array([4.19 + turn, 820.0 + faster, sun, 0.0, 4.6 * DAY, 1.0])
    found = ti.refine(ti.TwoImpulse(), guess, descend=False)
    assert found.arrival_radius_m == pytest.approx(1838e3, abs=2.0)
    assert abs(found.radial_speed_mps) < 1e-2
    assert found.dv_mps > 3944.82
    _, y = found.path(3)
    r0 = math.hypot(y[0, 0] + bc.TOPPUTO.mu, y[0, 1]) * bc.TOPPUTO.length_m
    assert r0 == pytest.approx(6545e3, abs=0.01)
    assert (y[0, 0] + bc.TOPPUTO.mu) * y[0, 3] + y[0, 1] * y[0, 4] == pytest.approx(0.0, abs=1e-12)


class Bowl:
    """A cylinder x^2 + y^2 = 1 with the cost (z - 2)^2 + x: the minimum is known."""

    noise = 1e-9

    def look(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (q[:, :1] ** 2 + q[:, 1:2] ** 2 - 1.0), (q[:, 2] - 2.0) ** 2 + q[:, 0]


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
@settings(max_examples=20)
def test_descent_on_a_known_surface(angle: float, z: float) -> None:
    start = surfaces.settle(Bowl(), np.array([1.3 * math.sin(angle) - 0.2, 1.3 * math.cos(angle), z]))
    assert start is not None
    assert abs(Bowl().look(start[None])[0]).max() < 1e-9
    low = surfaces.descend(Bowl(), start)
    assert Bowl().look(low[None])[1][0] == pytest.approx(-1.0, abs=1e-4)


P = ti.TwoImpulse()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ti.TwoImpulse(arrival="up"), "allowed are ccw, cw"),
        (lambda: ti.TwoImpulse(departure_altitude_m=-1.0), "departure_altitude_m is -1 m"),
        (lambda: ti.fly(P, 0.0, 0.9, 0.0, 4 * DAY), "beta is 0.9"),
        (lambda: ti.fly(P, 0.0, 1.4, 0.0, 60.0), "tof_s is 60 s"),
        (lambda: ti.fly(P, math.nan, 1.4, 0.0, 4 * DAY), "alpha_rad is nan"),
        (lambda: ti.optimise(P, (5.0, 3.0)), "shortest < longest"),
        (lambda: ti.optimise(P, (3.0, 5.0), grid=(2, 1, 1)), "grid is"),
        (lambda: ti.optimise(P, (3.0, 3.1), dv_arrival_mps=(600.0, 610.0), grid=(8, 2, 1)), "finer grid"),
        (lambda: ti.polish(P, 0.0, 1.2, 0.0, 4 * DAY), "no transfer was found near this departure"),
    ],
)
def test_wrong_input_is_refused(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_it_says_what_it_found() -> None:
    case = CASES["TWO-01"]["inputs"]
    flown = ti.fly(P, case["alpha"], case["beta"], case["sun_angle0"], case["tof"] * bc.TOPPUTO.time_s)
    assert str(flown) == "3.9448 km/s (3.1344 to leave, 0.8104 to arrive) in 4.60 days"
