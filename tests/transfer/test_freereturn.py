"""The free return against the reference case, Newton's law in fixed axes, and what Apollo flew."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab.constants import R_EARTH, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.transfer import threebody as tb
from lunarlab.transfer.freereturn import free_return
from lunarlab.units import quantity

CASE = tomllib.loads((Path(__file__).parents[1] / "reference/area2_cr3bp.toml").read_text(encoding="utf-8"))["FRT-01"]


def test_reference_case() -> None:
    inputs, expected, tolerance = CASE["inputs"], CASE["expected"], CASE["tolerance"]
    found = free_return(
        inputs["perilune_altitude"] * 1e3, inputs["perigee_altitude"] * 1e3, r_earth_m=inputs["R_E"] * 1e3, r_moon_m=inputs["R_M"] * 1e3
    )
    assert found.system.length_m == inputs["LU"] * 1e3
    assert found.state[4] == pytest.approx(expected["vy0"], abs=tolerance["vy0"])
    assert found.state[4] == pytest.approx(expected["vy0"], abs=1e-12)
    assert found.one_way_s / 3600 == pytest.approx(expected["perilune_to_perigee_time"], abs=tolerance["time"])
    assert found.round_trip_s / 3600 == pytest.approx(expected["round_trip"], abs=tolerance["time"])
    assert found.perigee_speed_mps / 1e3 == pytest.approx(expected["perigee_speed_inertial"], abs=tolerance["speed"])
    assert found.tli_dv_mps / 1e3 == pytest.approx(expected["tli_dv"], abs=tolerance["speed"])
    assert found.perilune_speed_mps / 1e3 == pytest.approx(expected["perilune_speed_rel_moon"], abs=tolerance["speed"])
    assert found.jacobi == pytest.approx(expected["jacobi"], abs=1e-10)
    assert abs(math.degrees(found.perigee_angle_rad)) == pytest.approx(expected["perigee_angle"], abs=1e-6)


def test_apollo_class() -> None:
    """Apollo 11 coasted 73 h to a burn of 889 m/s into 60.0 x 169.7 nautical miles, where it would move at 1671 m/s at perilune."""
    found = free_return()
    assert 65 < found.one_way_s / 3600 < 75
    assert found.perilune_speed_mps - 1671.3 == pytest.approx(889.2, abs=15)


def test_injection_flown_in_fixed_axes() -> None:
    """From the injection by Newton's law and scipy, all the way: perilune, and the Earth again at the same height."""
    found, system = free_return(), tb.EARTH_MOON_MEAN
    t, y = found.path(3)
    begin = t[0] / system.time_s - found.one_way_s / system.time_s
    start = tb.rotating_to_inertial(y[0], begin, system.mu)

    def rates(time: float, s: np.ndarray) -> np.ndarray:
        moon = np.array([math.cos(time), math.sin(time), 0.0])
        big, small = s[:3] + system.mu * moon, s[:3] - (1 - system.mu) * moon
        pull = -(1 - system.mu) * big / np.linalg.norm(big) ** 3 - system.mu * small / np.linalg.norm(small) ** 3
        return np.concatenate([s[3:], pull])

    ends = solve_ivp(rates, (begin, -begin), start, "DOP853", [0.0, -begin], rtol=1e-13, atol=1e-13).y.T
    perilune = np.linalg.norm(ends[0, :3] - [1 - system.mu, 0, 0]) * system.length_m
    assert perilune == pytest.approx(R_MOON + 111_120.0, abs=5.0)
    moon = -system.mu * np.array([math.cos(begin), -math.sin(begin), 0.0])
    perigee = np.linalg.norm(ends[1, :3] - moon) * system.length_m
    assert perigee == pytest.approx(R_EARTH + 185_000.0, abs=2000.0)  # metres at the Moon are kilometres at home


def test_path() -> None:
    found = free_return()
    for n in (2, 10, 11):
        t, y = found.path(n)
        assert len(t) == len(y) == n
        assert t[[0, -1]] == pytest.approx([0.0, found.round_trip_s])
        assert y == pytest.approx((y * tb.MIRROR)[::-1])
        assert np.abs(tb.jacobi(y, found.system.mu) - found.jacobi).max() < 1e-9
    t, y = found.path(11)
    assert y[5] == pytest.approx(found.state)
    _, fixed = found.path(11, inertial=True)
    ends = fixed[[0, -1]]
    assert np.linalg.norm(ends[:, :3], axis=1) * found.system.length_m == pytest.approx(R_EARTH + 185_000.0, abs=1e-3)
    assert np.linalg.norm(ends[:, 3:], axis=1) * found.system.speed_mps == pytest.approx(found.perigee_speed_mps)
    assert (ends[:, :3] * ends[:, 3:]).sum(axis=1) == pytest.approx(0.0, abs=1e-9)  # apses
    assert np.cross(ends[:, :3], ends[:, 3:])[:, 2].min() > 0  # prograde at the Earth
    assert np.cross(found.state[:3] - [1 - found.system.mu, 0, 0], found.state[3:])[2] < 0  # retrograde at the Moon
    assert math.atan2(y[0, 1], y[0, 0] + found.system.mu) == pytest.approx(found.perigee_angle_rad, abs=1e-9)


@given(st.floats(0.0, 2e7), st.floats(100e3, 2e6))
@settings(max_examples=15)
def test_altitudes_are_met(perilune: float, perigee: float) -> None:
    found = free_return(perilune, perigee)
    _, y = found.path(2001, inertial=True)
    assert np.linalg.norm(y[:, :3], axis=1).min() * found.system.length_m == pytest.approx(R_EARTH + perigee, abs=0.01)
    _, y = found.path(2001)
    moon = np.linalg.norm(y[:, :3] - [1 - found.system.mu, 0, 0], axis=1).min() * found.system.length_m
    assert moon == pytest.approx(R_MOON + perilune, rel=1e-9)


def test_farther_from_the_moon_takes_longer() -> None:
    trips = [free_return(h).round_trip_s for h in (0.0, 1e5, 1e6, 1e7)]
    assert (np.diff(trips) > 0).all()


def test_units() -> None:
    plain = free_return(111_120.0, 185_000.0)
    assert free_return(quantity(111.12, "km"), quantity(185, "km")).state == pytest.approx(plain.state, abs=1e-14)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: free_return(-1.0), "perilune_altitude_m is -1 m; it must lie between 0 and 3e"),
        (lambda: free_return(1e5, 1e9), "perigee_altitude_m"),
        (lambda: free_return("low"), "perilune_altitude_m is 'low'"),
        (lambda: free_return(r_earth_m=3e8), "no free return was found with perilune_altitude_m"),
    ],
)
def test_refusals(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()
