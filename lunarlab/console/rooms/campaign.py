"""Lesson 12: many flights of a case with scatter: where they come down, how many land, why the others don't."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from typing import Any

from lunarlab.cases import loader
from lunarlab.console.controls import Choose, Panel, Slide
from lunarlab.descent.scenario import Scenario
from lunarlab.plots import scene as s

_HINT = (
    "<h4>Try</h4>Fly a hundred, then a thousand: how does the interval shrink? Double the scatter: which cause comes first? "
    "Click at a flight far off, or give its number, and see it again."
)


def build(v: Mapping[str, Any]) -> Scenario:
    """The scenario that the controls describe: a case with its scatter made larger or smaller."""
    from lunarlab.descent.growing import scaled

    scene: Scenario = loader.case(v["case"]).scenario
    return dataclasses.replace(scene, dispersions=scaled(scene.dispersions, v["scale"]))


def grow(v: Mapping[str, Any]) -> Iterator[Any]:
    """The campaign that the controls describe, as it grows."""
    from lunarlab.descent.growing import growing

    return growing(build(v), int(v["n"]), int(v["seed"]), workers=int(v["workers"]))


def compute(**values: Any) -> s.Scene:
    """The scene of these values: the whole campaign is flown."""
    from lunarlab.plots.campaigns import campaign_scene

    *_, flown = grow(values)
    return campaign_scene(flown, values["column"])


def _columns() -> tuple[tuple[str, str], ...]:
    from lunarlab.plots.campaigns import COLUMNS

    return tuple((words, key) for key, words in COLUMNS.items())


_CORES = os.cpu_count() or 1
PANEL = Panel(
    "campaign",
    compute,
    (
        Choose("case", "Case", "nominal-mare", tuple((name, name) for name in loader.case_names("descent"))),
        Slide("n", "Flights", 300, 10, 5000, 10),
        Slide("scale", "Scatter, times that of the case", 2.0, 0.1, 5.0, 0.1, 1),
        Slide("seed", "Seed", 0, 0, 99, 1),
        Slide("workers", "Threads that fly", _CORES, 1, max(2 * _CORES, 2), 1),
        Choose("column", "What depends on the scatter?", "speed_mps", _columns()),
    ),
    hint=_HINT,
)
