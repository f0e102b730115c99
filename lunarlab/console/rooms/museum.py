"""The museum: every mission replayed in four lanes, as it happened and without its fault, with what was published of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lunarlab.cases.fly import fly
from lunarlab.cases.loader import Case, case, case_names
from lunarlab.console.controls import Choose, Panel, Slide, Tick
from lunarlab.plots import scene as s
from lunarlab.plots.lanes import lanes_scene

_HINT = (
    "<h4>Try</h4>Press Play. Where do the lanes first disagree: the sensor, the belief, or the truth? Rest the pointer on a "
    "published point to read where it comes from. Then take the fault away and play it again."
)


@lru_cache(maxsize=8)
def _case(name: str) -> Case:
    return case(name)


def compute(*, case: str, as_flown: bool, seed: float) -> s.Scene:
    """The four lanes of these values."""
    found = _case(case)
    flight = fly(found.scenario if as_flown else found.no_fault, seed=int(seed))
    title = f"{found.title}{'' if as_flown else ': without its fault'}"
    return lanes_scene(flight, found.published, title)


PANEL = Panel(
    "museum",
    compute,
    (
        Choose("case", "Mission", "hakuto-r-m1", tuple((name, name) for name in case_names())),
        Tick("as_flown", "with its fault", True),
        Slide("seed", "Seed of the noise", 0, 0, 99, 1),
    ),
    hint=_HINT,
)


def one(flight: Any, published: Any, title: str) -> Any:
    """The lanes of one flight, to play: a widget in a notebook, else a `StillScene`."""
    from lunarlab.console import still
    from lunarlab.console.stillscene import StillScene

    scene = lanes_scene(flight, published, title)
    if not still.widgets_available():
        return StillScene(scene)
    from lunarlab.console.scene import Canvas, pack

    canvas = Canvas()
    canvas.show(*pack(scene))
    return canvas
