"""Figures of a flight, each with a text description made from its data. matplotlib is imported when one is drawn.

``descent(flight, published)``, ``innovation(flight)``, ``propulsion(flight)``, ``side_view(flight)`` give a Figure;
``describe(figure)`` says in words what is in it; ``show(figure)`` displays it with these words as alternative text.
"""

from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "descent": "lanes",
    "innovation": "gate",
    "propulsion": "engines",
    "side_view": "side",
    "describe": "style",
    "show": "style",
}

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"lunarlab.plots.{_NAMES[name]}"), name)
    raise AttributeError(f"module 'lunarlab.plots' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
