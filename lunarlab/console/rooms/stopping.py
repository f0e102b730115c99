"""Lesson 11: when must the first range come? Every move flies a descent, and looks for the latest range that saves it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lunarlab.cases import loader
from lunarlab.console.controls import Panel, Slide, Tick
from lunarlab.console.later import Late
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.stopping import latest_first_range, with_first_range
from lunarlab.plots import scene as s
from lunarlab.plots.stops import stopping_scene

_HINT = (
    "<h4>Try</h4>The lander must keep out of the red. Raise the first range until it lands: how much later could it come with "
    "a tenth more thrust? With a plan that brakes more gently? And what did the sensor matter while the height was right?"
)
_NO_LATE = Late()
CASE = "resilience-m2"


@lru_cache(maxsize=1)
def _case() -> Any:
    return loader.case(CASE)


def base() -> Scenario:
    """The lander of this room."""
    scene: Scenario = _case().scenario
    return scene


def published() -> tuple[tuple[float, float], ...]:
    """Heights [m] and descent speeds [m/s] that were reported of the real flight."""
    return tuple((row.height_m, row.speed_mps) for row in _case().published if row.speed_mps is not None)


def build(v: Mapping[str, Any]) -> Scenario:
    """The scenario that the controls describe."""
    scene = base()
    strength = 0.01 * v["thrust_percent"]
    changed = dataclasses.replace(
        scene,
        name="stopping",
        vehicle=dataclasses.replace(
            scene.vehicle,
            main_thrust_N=strength * scene.vehicle.main_thrust_N,
            assist_thrust_N=strength * scene.vehicle.assist_thrust_N,
        ),
        guidance=dataclasses.replace(scene.guidance, high_decel_mps2=v["plan_mps2"]),
        knowledge=dataclasses.replace(scene.knowledge, height_m=v["height_error_m"]),
    )
    return with_first_range(changed, v["first_range_m"])


@lru_cache(maxsize=8)
def _flown(items: tuple[tuple[str, Any], ...]) -> tuple[Scenario, Flight]:
    v = dict(items)
    scene = build(v)
    return scene, fly(scene, seed=None)


def later(**values: Any) -> Iterator[float]:
    """The latest first range that saves this lander, to 100 m at once, to 2 m soon."""
    scene = build(values)
    for tolerance_m in (100.0, 2.0):
        yield latest_first_range(scene, tolerance_m=tolerance_m)


def compute(*, late: Late = _NO_LATE, **values: Any) -> s.Scene:
    """The scene of these values, with the latest range that is known by now."""
    scene, flight = _flown(tuple(values.items()))
    return stopping_scene(
        flight,
        scene,
        published() if values["reported"] else (),
        latest_m=late.value if late.fresh else None,
        pending=not late.done,
        title=f"Ranges from {values['first_range_m']:.0f} m on",
    )


PANEL = Panel(
    "stopping",
    compute,
    (
        "Range finder",
        Slide("first_range_m", "First valid range at, m", 893.0, 50, 4000, 1),
        "Inertial height",
        Slide("height_error_m", "Too high at ignition by, m", base().knowledge.height_m, -1500, 2000, 10),
        "Lander",
        Slide("thrust_percent", "Thrust, % of Series 1", 100, 70, 150, 1),
        Slide("plan_mps2", "Plan brakes above 1 km with, m/s²", base().guidance.high_decel_mps2, 0.3, 1.8, 0.05, 2),
        "Beside it",
        Tick("reported", "Resilience, as reported", True),
    ),
    presets={
        "Resilience, as flown": {},
        "ranges from 3 km, as expected": {"first_range_m": 3000.0},
        "as flown, but it knows its height": {"height_error_m": 0.0},
        "as flown, with half more thrust": {"thrust_percent": 150.0},
        "as flown, with a gentler plan": {"plan_mps2": 0.3},
        "it believes to be too low": {"height_error_m": -1000.0},
    },
    hint=_HINT,
    later=later,
)
