"""Lesson 12: a touchdown on legs, and which others the same legs would survive."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab.console.controls import Choose, Panel, Slide
from lunarlab.console.later import Late
from lunarlab.descent.gear import Gear
from lunarlab.descent.settle import Rest, settle
from lunarlab.descent.stability import StabilityMap, stability_map
from lunarlab.descent.touchdown import Touchdown
from lunarlab.plots import scene as s

_HINT = (
    "<h4>Try</h4>Press Play. Then raise the sideways speed until it falls, and see where the dashed line of the closed form "
    "stands. What helps more: a wider stance or a lower centre of mass? Does it fall sooner towards a leg or towards an edge?"
)
_MAPS = ((13, 10), (25, 19), (49, 37))  # columns and rows of the map: at once, soon, at last
_NO_LATE = Late()


def _gear(v: Mapping[str, Any]) -> Gear:
    return Gear(
        legs=v["legs"],
        foot_radius_m=v["foot_radius_m"],
        cg_height_m=v["cg_height_m"],
        gyration_m=v["gyration_m"],
        stroke_m=0.01 * v["stroke_cm"],
        crush_force_N=v["crush_force_N"],
        friction=v["friction"],
        first_leg_deg=v["first_leg_deg"],
    )


def contact_of(v: Mapping[str, Any]) -> Touchdown:
    """The touchdown that the sliders describe."""
    heading = math.radians(v["heading_deg"])
    forward, left = math.radians(v["lean_forward_deg"]), math.radians(v["lean_left_deg"])
    return Touchdown(
        t_s=0.0,
        vertical_mps=v["vertical_mps"],
        lateral_mps=v["lateral_mps"] * math.cos(heading),
        tilt_deg=math.degrees(math.acos(math.cos(forward) * math.cos(left))),
        miss_m=0.0,
        propellant_left_kg=0.0,
        left_mps=v["lateral_mps"] * math.sin(heading),
        slope_deg=v["slope_deg"],
        slope_azimuth_deg=v["azimuth_deg"],
        lean_forward_deg=v["lean_forward_deg"],
        lean_left_deg=v["lean_left_deg"],
    )


def reach(v: Mapping[str, Any]) -> tuple[float, float]:
    """Largest sideways and descent speed of the map [m/s]: steps, so that it keeps still while a slider moves."""
    return (
        next(step for step in (4.0, 8.0, 16.0) if 1.1 * v["lateral_mps"] <= step),
        next(step for step in (4.0, 8.0) if 1.1 * v["vertical_mps"] <= step),
    )


def later(**values: Any) -> Iterator[StabilityMap]:
    """The map of all speeds for these legs on this ground, coarse first."""
    far, fast = reach(values)
    for columns, rows in _MAPS:
        yield stability_map(
            _gear(values),
            np.linspace(0.0, far, columns),
            mass_kg=values["mass_kg"],
            vertical_mps=np.linspace(0.0, fast, rows),
            slope_deg=values["slope_deg"],
            heading_deg=values["heading_deg"],
            azimuth_deg=values["azimuth_deg"],
            lean_forward_deg=values["lean_forward_deg"],
            lean_left_deg=values["lean_left_deg"],
        )


@lru_cache(maxsize=16)
def _settle(items: tuple[tuple[str, Any], ...]) -> Rest:
    values = dict(items)
    return settle(contact_of(values), _gear(values), mass_kg=values["mass_kg"], record=True)


def compute(*, late: Late = _NO_LATE, **values: Any) -> s.Scene:
    """The scene of these values, with the map that is known by now."""
    from lunarlab.plots.touchdowns import touchdown_scene

    rest = _settle(tuple(values.items()))
    name = f"{values['vertical_mps']:g} m/s down, {values['lateral_mps']:g} m/s sideways, {values['slope_deg']:g}° of slope"
    return touchdown_scene(
        contact_of(values), _gear(values), rest, found=late.value, refining=not late.done, title=name
    )


def _lander(
    legs: int, radius: float, cg: float, gyration: float, mass: float, crush: float, stroke: float
) -> dict[str, Any]:
    return {
        "legs": legs,
        "foot_radius_m": radius,
        "cg_height_m": cg,
        "gyration_m": gyration,
        "mass_kg": mass,
        "crush_force_N": crush,
        "stroke_cm": stroke,
    }


# Sizes of the landers are assumed: they follow published outlines. Centres of mass and crush forces are not published; that
# of Nova-C is where the lander falls over as IM-1 did.
_NOVA = _lander(6, 2.3, 2.3, 1.3, 650.0, 2500.0, 15.0)
_BLUE_GHOST = _lander(4, 1.75, 0.95, 0.95, 500.0, 3000.0, 15.0)
_VIKRAM = _lander(4, 1.75, 1.0, 0.9, 750.0, 4000.0, 20.0)
_SLIM = _lander(4, 0.85, 0.95, 0.8, 240.0, 1500.0, 10.0)
PANEL = Panel(
    "touchdown",
    compute,
    (
        "At contact",
        Slide("vertical_mps", "Descent speed, m/s", 1.0, 0.0, 6.0, 0.05, 2),
        Slide("lateral_mps", "Sideways speed, m/s", 0.3, 0.0, 8.0, 0.05, 2),
        Slide("heading_deg", "Direction of it, ° left of forward", 0, -180, 180, 5),
        Slide("lean_forward_deg", "Leaning forward, °", 0, -30, 30, 1),
        Slide("lean_left_deg", "Leaning to the left, °", 0, -30, 30, 1),
        "Ground",
        Slide("slope_deg", "Slope, °", 5, 0, 45, 0.5, 1),
        Slide("azimuth_deg", "It falls, ° left of forward", 0, -180, 180, 5),
        Slide("friction", "Friction of the feet", 0.5, 0.0, 2.0, 0.05, 2),
        "Lander",
        Choose("legs", "Legs", 4, tuple((str(n), n) for n in range(3, 9)), slide=True),
        Slide("foot_radius_m", "Feet from the axis, m", 1.75, 0.3, 4.0, 0.05, 2),
        Slide("cg_height_m", "Centre of mass over the feet, m", 1.2, 0.3, 4.0, 0.05, 2),
        Slide("gyration_m", "Radius of gyration, m", 1.0, 0.2, 3.0, 0.05, 2),
        Slide("mass_kg", "Mass, kg", 500, 50, 5000, 10),
        Slide("crush_force_N", "Force that crushes a leg, N", 3000, 200, 50_000, 0.01, log=True),
        Slide("stroke_cm", "Length that can be crushed, cm", 15, 0, 60, 1),
        Slide("first_leg_deg", "First leg, ° left of forward", 45, 0, 90, 5),
    ),
    presets={
        "Blue Ghost: 1 m/s, upright": {**_BLUE_GHOST, "vertical_mps": 1.0, "lateral_mps": 0.1, "slope_deg": 3.0},
        "Chandrayaan-3: its specification": {**_VIKRAM, "vertical_mps": 2.0, "lateral_mps": 0.5, "slope_deg": 12.0},
        "IM-1: 2.7 m/s down, 0.9 sideways": {
            **_NOVA,
            "vertical_mps": 2.7,
            "lateral_mps": 0.9,
            "slope_deg": 12.0,
            "friction": 1.0,
            "first_leg_deg": 30.0,
        },
        "IM-1 as planned: 0.9 m/s down": {
            **_NOVA,
            "vertical_mps": 0.9,
            "lateral_mps": 0.1,
            "slope_deg": 12.0,
            "friction": 1.0,
            "first_leg_deg": 30.0,
        },
        "IM-2: state not published": {
            **_NOVA,
            "vertical_mps": 2.0,
            "lateral_mps": 1.5,
            "slope_deg": 15.0,
            "friction": 1.0,
            "first_leg_deg": 30.0,
        },
        "SLIM: 1.4 m/s on one engine": {
            **_SLIM,
            "vertical_mps": 1.4,
            "lateral_mps": 1.5,
            "slope_deg": 15.0,
            "lean_forward_deg": 15.0,
            "friction": 1.0,
        },
    },
    hint=_HINT,
    later=later,
)
