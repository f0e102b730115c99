"""The legs of a lander, and what can be said about falling over without integrating anything.

The feet stand on a circle around the lander's axis. It falls over an *edge*, the line between two neighbouring feet, when its
centre of mass passes above that line. At rest the slope of the ground decides (`static_slope_deg`). Moving sideways, the
speed decides (`tip_speed`): if the feet stop dead, the angular momentum about the edge stays, and what is left of the
energy must not be enough to lift the centre of mass to the top of its arc. `lunarlab.descent.settle` integrates what
these formulas leave out: legs that yield, feet that slide, bounces and turns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.units import check_fields, number, si

GRAVITY_MPS2 = 1.622
"""Gravity on the surface of the Moon [m/s2], mean."""


@dataclass(frozen=True)
class Gear:
    """Legs on a ring, each an elastic strut with a crushable core; without legs the limits alone judge a landing."""

    legs: float = number(0.0, "", 0.0, 8.0, "how many, 3 to 8; 0: no model of the gear")
    foot_radius_m: float = number(2.0, "m", 0.05, 50.0, "feet from the lander's axis")
    cg_height_m: float = number(1.5, "m", 0.05, 50.0, "centre of mass above the feet, legs uncrushed")
    gyration_m: float = number(1.0, "m", 0.0, 50.0, "radius of gyration about the centre of mass, alike for every axis")
    stroke_m: float = number(0.2, "m", 0.0, 5.0, "length of a leg that can be crushed; 0: none, it only springs")
    crush_force_N: float = number(3000.0, "N", 1.0, 1e9, "force along a leg at which it crushes")
    stiffness_N_m: float = number(4e5, "N/m", 1e3, 1e10, "spring of one leg with the soil under it, in every direction")
    damping_ratio: float = number(0.5, "", 0.0, 5.0, "damping of a leg under its share of the mass; 1 is critical")
    friction: float = number(0.5, "", 0.0, 1000.0, "coefficient between foot and ground; above 1: feet that dig in")
    first_leg_deg: float = number(45.0, "deg", -360.0, 360.0, "direction of the first leg, 0 forward, 90 left")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.legs != int(self.legs) or 0.0 < self.legs < 3.0:
            raise LunarlabError(f"Gear.legs is {self.legs:g}; it must be a whole number from 3 to 8, or 0 for no gear")

    @property
    def count(self) -> int:
        """Number of legs."""
        return int(self.legs)

    @property
    def edge_m(self) -> float:
        """From the axis to the line between two neighbouring feet [m]."""
        needs_legs(self)
        return self.foot_radius_m * math.cos(math.pi / self.legs)

    @property
    def edges_rad(self) -> np.ndarray:
        """Directions of the edges, each half way between two legs, shape (legs,) [rad]."""
        return self.legs_rad + math.pi / self.legs

    @property
    def legs_rad(self) -> np.ndarray:
        """Directions of the legs, shape (legs,) [rad]: 0 forward, pi/2 left."""
        needs_legs(self)
        return math.radians(self.first_leg_deg) + 2.0 * math.pi / self.legs * np.arange(self.count)


def needs_legs(gear: Gear) -> None:
    """Refuse a gear without legs, and what is not a gear."""
    if not isinstance(gear, Gear):
        raise LunarlabError(f"gear is {gear!r}; it must be a Gear")
    if not gear.legs:
        raise LunarlabError("Gear.legs is 0; to stand, or fall over, a lander needs 3 to 8")


def static_slope_deg(gear: Gear) -> float:
    """Slope [deg] on which a lander at rest falls over, in the worst direction: atan(edge / height of the centre of mass)."""
    needs_legs(gear)
    return math.degrees(math.atan2(gear.edge_m, gear.cg_height_m))


def tip_speed(gear: Gear, slope_deg: float = 0.0, *, gravity_mps2: float = GRAVITY_MPS2) -> float:
    """Sideways speed [m/s] from which a lander falls over when its feet stop dead, moving straight at an edge.

    With d and h from the edge to the centre of mass, along the ground and up from it, l = hypot(d, h) and k the radius of
    gyration: the momentum about the edge, m v h = m (l^2 + k^2) omega, leaves the energy m v^2 h^2 / (2 (l^2 + k^2)), and
    on level ground m g (l - h) is needed. This is a lander upright to the ground that does not press its feet onto it.
    Descent speed w in a flat landing allows more, up to w d / h; feet that spring back allow less, and so does a turn so
    fast that it lifts them, with omega^2 l above the weight along l.

    Parameters
    ----------
    gear : Gear
    slope_deg : float [deg], -89 to 89
        Slope of the ground along the motion: positive moves downhill, negative uphill.
    gravity_mps2 : float [m/s2]

    Returns
    -------
    float
        0 on ground so steep that it falls over at rest.

    Raises
    ------
    LunarlabError
        A gear without legs; slope or gravity out of range.
    """
    slope = math.radians(si(slope_deg, "deg", name="slope_deg", low=-89.0, high=89.0))
    gravity = si(gravity_mps2, "m/s2", name="gravity_mps2", low=1e-3, high=100.0)
    if abs(slope) >= math.radians(static_slope_deg(gear)):
        return 0.0
    return _speed_over(gear, -math.sin(slope), math.cos(slope), gravity)


def tip_speed_toward(
    gear: Gear, heading_deg: float, slope_deg: float = 0.0, azimuth_deg: float = 0.0, *,
    gravity_mps2: float = GRAVITY_MPS2,
) -> float:  # fmt: skip
    """`tip_speed` for motion in any direction over ground that falls in any other: the least of all edges.

    Parameters
    ----------
    gear : Gear
    heading_deg : float [deg]
        Direction of motion, 0 forward, 90 left.
    slope_deg : float [deg], 0 to 89
    azimuth_deg : float [deg]
        Direction in which the ground falls.
    gravity_mps2 : float [m/s2]

    Returns
    -------
    float
        Speed [m/s], 0 if the lander does not stand there at rest.

    Raises
    ------
    LunarlabError
        A gear without legs; a number out of range.
    """
    heading = math.radians(si(heading_deg, "deg", name="heading_deg", low=-1e4, high=1e4))
    slope = math.radians(si(slope_deg, "deg", name="slope_deg", low=0.0, high=89.0))
    azimuth = math.radians(si(azimuth_deg, "deg", name="azimuth_deg", low=-1e4, high=1e4))
    gravity = si(gravity_mps2, "m/s2", name="gravity_mps2", low=1e-3, high=100.0)
    needs_legs(gear)
    least = math.inf
    for edge in gear.edges_rad:
        speed = _speed_over(gear, -math.sin(slope) * math.cos(azimuth - edge), math.cos(slope), gravity)
        toward = math.cos(heading - edge)
        if speed == 0.0:
            return 0.0
        if toward > 1e-9:
            least = min(least, speed / toward)
    return least


def _speed_over(gear: Gear, out: float, up: float, gravity: float) -> float:
    """Speed across one edge [m/s]; out, up: components of the vertical along the ground beyond the edge and normal to it."""
    d, h = gear.edge_m, gear.cg_height_m
    l2 = d * d + h * h
    if out * h + up * d <= 0.0:  # turning outward does not lift it: the centre of mass is beyond this edge already
        return 0.0
    lift = math.hypot(out, up) * math.sqrt(l2) - (up * h - out * d)
    return math.sqrt(2.0 * gravity * (l2 + gear.gyration_m**2) * max(lift, 0.0)) / h
