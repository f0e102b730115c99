"""lunarlab: a course that you can fly. The names that a notebook uses, loaded when they are first asked for."""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "case": "cases.loader",
    "article": "cases.articles.reader",
    "scoreboard": "cases.scoreboard",
    "case_names": "cases.loader",
    "bench": "cases.bench",
    "mystery": "cases.mystery",
    "campaign": "descent.campaign",
    "fly": "cases.fly",
    "Flight": "descent.flight",
    "replay": "console.replay",
    "Scenario": "descent.scenario",
    "Fault": "descent.faults",
    "Terrain": "descent.terrain",
    "Verdict": "descent.touchdown",
    "check": "grading.checks",
    "progress": "grading.checks",
    "quiz": "console.quiz",
    "variant": "grading.exam",
}
_PACKAGES = ("console", "plots")  # plots.descent(flight); console is called: ll.console("hakuto-r-m1")

__all__ = sorted([*_NAMES, *_PACKAGES])


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(f"lunarlab.{_NAMES[name]}"), name)
    if name in _PACKAGES:
        return importlib.import_module(f"lunarlab.{name}")
    raise AttributeError(f"module 'lunarlab' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return __all__
