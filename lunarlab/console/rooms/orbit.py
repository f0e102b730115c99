"""Lesson 02: an orbit around the Moon from its perilune, apolune and inclination."""

from __future__ import annotations

import math
from typing import Any

from lunarlab.console.controls import Panel, Slide
from lunarlab.plots.scene import Scene

_HINT = (
    "<h4>Try</h4>Which circular orbit takes two hours? Raise only the apolune: where does the speed change more? Tilt the "
    "orbit until it passes over Mons Mouton."
)


def compute(**values: Any) -> Scene:
    """The scene of these values (kilometres, degrees)."""
    from lunarlab.plots.orbits import orbit_scene

    return orbit_scene(
        1e3 * values["perilune_km"],
        1e3 * values["apolune_km"],
        math.radians(values["inclination_deg"]),
        argp_rad=math.radians(values["argp_deg"]),
    )


def _heights(perilune_km: float, apolune_km: float, inclination_deg: float = 90.0) -> dict[str, float]:
    return {"perilune_km": perilune_km, "apolune_km": apolune_km, "inclination_deg": inclination_deg}


PANEL = Panel(
    "orbit",
    compute,
    (
        "Size",
        Slide("perilune_km", "Perilune: lowest height, km", 100, -100, 2000, 1),
        Slide("apolune_km", "Apolune: greatest height, km", 100, 10, 20_000, 0.001, log=True),
        "Attitude of the plane",
        Slide("inclination_deg", "Inclination to the Moon's equator, °", 90, 0, 180, 1),
        Slide("argp_deg", "Argument of perilune, °", 0, 0, 360, 5),
    ),
    presets={
        "Resilience: 100 × 100 km": _heights(100, 100),
        "Resilience captured: 70 × 5,800": _heights(70, 5800),
        "Blue Ghost captured: 150 × 5,673": _heights(150, 5673, 100),
        "SLIM captured: 600 × 4,000": _heights(600, 4000),
        "Chandrayaan-3: 164 × 18,074": _heights(164, 18_074),
        "Chandrayaan-3: 25 × 134 km": _heights(25, 134),
        "Luna 25: −22 × 100 km": _heights(-22, 100),
    },
    hint=_HINT,
)
