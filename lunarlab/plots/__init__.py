"""Figures, each with a text description made from its data. matplotlib is imported when one is drawn.

Of a flight of any kind: ``four_lanes(flight, published)``; of decisions on missions: ``counterfactuals(bench)``. Of a
descent: ``descent(flight, published)``, ``innovation(flight)``, ``propulsion(flight)``, ``side_view(flight)``,
``cross_range(flight, scene)``; of the end of one: ``ending(flight)``, ``guidance``, ``stopping``, ``hazard_map``,
``touchdown``, ``stability``; of many: ``campaign``, ``landing_ellipse``, ``sensitivity``, ``consistency``. Of the way to the
Moon and of orbits there: ``transfer``, ``path``, ``forbidden``, ``porkchop``, ``family``, ``manifold``; ``capture``,
``orbit``, ``ground_track``, ``lifetime``, ``margins``, ``calendar``; of life on the ground ``stay``. ``describe(figure)`` says
in words what is in one; ``show(figure)`` displays it with these words as alternative text.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "descent": "lanes",
    "four_lanes": "lanes",
    "counterfactuals": "benches",
    "innovation": "gate",
    "propulsion": "engines",
    "ending": "endings",
    "side_view": "side",
    "describe": "style",
    "show": "style",
    **dict.fromkeys(
        ("orbit", "ground_track", "lifetime", "transfer", "path", "forbidden", "porkchop", "capture", "margins", "calendar"),
        "figures",
    ),
    **dict.fromkeys(
        ("guidance", "touchdown", "stability", "landing_ellipse", "sensitivity", "campaign", "hazard_map", "consistency",
         "cross_range"),
        "landing",
    ),
    "stay": "figures",
    "stopping": "stops",
    "family": "solid",
    "manifold": "solid",
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"lunarlab.plots.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'lunarlab.plots' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
