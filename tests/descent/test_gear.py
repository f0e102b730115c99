"""Closed forms of falling over: reference cases, a vector calculation in three dimensions, and margins that only grow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.spatial.transform import Rotation

from lunarlab.descent.gear import Gear, static_slope_deg, tip_speed, tip_speed_toward
from lunarlab.errors import LunarlabError

G = 1.622
gears = st.builds(
    Gear, legs=st.integers(3, 8), foot_radius_m=st.floats(0.3, 6.0), cg_height_m=st.floats(0.3, 6.0),
    gyration_m=st.floats(0.0, 3.0), first_leg_deg=st.floats(-180.0, 180.0),
)  # fmt: skip


@pytest.mark.parametrize(
    ("legs", "radius", "height", "edge", "slope", "speed"),
    [
        (4, 2.2, 1.5, 1.5556349186104048, 46.04308726111928, 2.109669083027138),  # TIP-01
        (3, 1.5, 1.2, 0.7500000000000002, 32.0053832080835, 0.9850602335519593),  # TIP-02
        (6, 2.0, 1.8, 1.7320508075688774, 43.89788624801399, 2.0882749299409045),  # TIP-04
    ],
)
def test_reference_cases(legs: int, radius: float, height: float, edge: float, slope: float, speed: float) -> None:
    gear = Gear(legs=legs, foot_radius_m=radius, cg_height_m=height, gyration_m=0.0)
    assert gear.edge_m == pytest.approx(edge, abs=1e-6)
    assert static_slope_deg(gear) == pytest.approx(slope, abs=1e-6)
    assert tip_speed(gear, gravity_mps2=G) == pytest.approx(speed, abs=1e-6)
    length = math.hypot(edge, height)  # a body that also turns keeps less speed: l^2 becomes l^2 + k^2
    turning = tip_speed(replace(gear, gyration_m=1.1), gravity_mps2=G)
    assert turning == pytest.approx(speed * math.sqrt(1.0 + (1.1 / length) ** 2), rel=1e-9)


def over_one_edge(gear: Gear, i: int, heading: float, slope: float, azimuth: float) -> float:
    """Speed that carries the lander over edge i, by vectors: momentum about the edge, and the top of the arc searched for."""
    normal = np.array([math.sin(slope) * math.cos(azimuth), math.sin(slope) * math.sin(azimuth), math.cos(slope)])
    legs = math.radians(gear.first_leg_deg) + 2 * math.pi / gear.legs * np.arange(gear.count + 1)
    # A frame that lies on the ground: its x axis is forward in the map, laid down onto the slope as the lander is
    turned = Rotation.align_vectors([normal], [[0.0, 0.0, 1.0]])[0]
    feet = turned.apply(np.column_stack([np.cos(legs), np.sin(legs), 0 * legs]) * gear.foot_radius_m)
    mass_centre = turned.apply([0.0, 0.0, gear.cg_height_m])
    along = feet[i + 1] - feet[i]
    along /= np.linalg.norm(along)
    arm = mass_centre - feet[i]
    velocity = turned.apply([math.cos(heading), math.sin(heading), 0.0])
    momentum = np.cross(arm, velocity) @ along
    if momentum <= 0.0:
        return math.inf
    inertia = np.sum((arm - (arm @ along) * along) ** 2) + gear.gyration_m**2

    def height(angle: float) -> float:
        return float(Rotation.from_rotvec(angle * along).apply(arm)[2])

    if height(1e-6) <= height(0.0):
        return 0.0
    top = -minimize_scalar(lambda a: -height(a), bounds=(0.0, math.pi), method="bounded", options={"xatol": 1e-10}).fun
    return math.sqrt(2.0 * G * (top - height(0.0)) * inertia) / momentum


@settings(max_examples=40)
@given(gears, st.floats(-180.0, 180.0), st.floats(0.0, 20.0), st.floats(-180.0, 180.0))
def test_any_direction_agrees_with_vectors(gear: Gear, heading: float, slope: float, azimuth: float) -> None:
    if slope > static_slope_deg(gear) - 1.0:
        return
    speeds = [over_one_edge(gear, i, *np.radians([heading, slope, azimuth])) for i in range(gear.count)]
    assert tip_speed_toward(gear, heading, slope, azimuth, gravity_mps2=G) == pytest.approx(min(speeds), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("slope", [-20.0, -5.0, 0.0, 5.0, 20.0])
def test_straight_at_an_edge_uphill_and_downhill(slope: float) -> None:
    gear = Gear(legs=5, first_leg_deg=17.0)
    edge = 17.0 + 36.0
    toward = tip_speed_toward(gear, edge, abs(slope), edge if slope > 0 else edge + 180.0)
    assert tip_speed(gear, slope) == pytest.approx(toward)
    assert tip_speed_toward(gear, edge + 20.0, abs(slope), edge if slope > 0 else edge + 180.0) > toward


@given(gears, st.floats(0.0, 15.0))
def test_more_legs_wider_feet_lower_mass_never_reduce_a_margin(gear: Gear, slope: float) -> None:
    wider, lower = replace(gear, foot_radius_m=gear.foot_radius_m * 1.1), replace(gear, cg_height_m=gear.cg_height_m * 0.9)
    better = [wider, lower] + ([replace(gear, legs=gear.legs + 1)] if gear.legs < 8 else [])
    for other in better:
        assert static_slope_deg(other) > static_slope_deg(gear)
        assert tip_speed(other) > tip_speed(gear)
        assert tip_speed(other, slope) >= tip_speed(gear, slope)


def test_ground_too_steep_to_stand_on() -> None:
    gear = Gear(legs=4)
    limit = static_slope_deg(gear)
    assert tip_speed(gear, limit + 0.1) == 0.0 == tip_speed(gear, -limit - 0.1)
    assert 0.0 < tip_speed(gear, limit - 0.1) < 0.01
    assert tip_speed_toward(gear, 90.0, limit + 0.1, 0.0) == 0.0  # it falls forward whatever its motion to the left
    assert tip_speed_toward(gear, 90.0, limit + 0.1, 45.0) > 0.0  # over a foot it holds out longer


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Gear(legs=2), "Gear.legs is 2; it must be a whole number from 3 to 8, or 0"),
        (lambda: Gear(legs=4.5), "Gear.legs is 4.5; it must be a whole number"),
        (lambda: Gear(legs=9), "between 0 and 8"),
        (lambda: Gear(stroke_m=-0.1), "Gear.stroke_m is -0.1 m"),
        (lambda: static_slope_deg(Gear()), "Gear.legs is 0"),
        (lambda: tip_speed(Gear(legs=4), 90.0), "slope_deg is 90 deg; it must lie between -89 and 89 deg"),
        (lambda: tip_speed("four legs"), "it must be a Gear"),
        (lambda: tip_speed_toward(Gear(legs=4), math.nan), "heading_deg is nan"),
    ],
)
def test_wrong_input_is_named(call, words: str) -> None:
    with pytest.raises(LunarlabError) as error:
        call()
    assert words in str(error.value)
