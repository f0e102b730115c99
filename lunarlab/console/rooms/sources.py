"""Lesson 00: what sources say about one number, and which of two printed times an orbit allows."""

from __future__ import annotations

from typing import Any

from lunarlab.cases.articles.reader import article
from lunarlab.console.controls import Choose, Panel, Slide, Tick, Values
from lunarlab.plots import scene as s

_HINT = (
    "<h4>Try</h4>Which of the times can't be? Is there an orbit for which it could be? Then look at the versions: for which "
    "number does it matter whom you believe? Tick the mean: who printed that?"
)


def _clock(values: Values) -> bool:
    return bool(values["show"] == "clock")


def _versions(values: Values) -> bool:
    return not _clock(values)


def minutes(clock: str, zone_h: float, day: int) -> float:
    """A clock time with its zone [hours ahead of UTC] in minutes after midnight UTC of the first day."""
    hour, minute = clock.split(":")
    return 1440.0 * day + 60.0 * int(hour) + int(minute) - 60.0 * zone_h


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    from lunarlab.plots import sources

    text = article("launch-day")
    if values["show"] == "clock":
        begin = text.figures["begin"].clocks
        said = [(f"{clock} {'GMT' if zone == 0 else 'EDT'}", minutes(clock, zone, day)) for clock, zone, day in begin]
        clock, zone, day = text.figures["landing"].clocks[1]
        return sources.clock_scene(
            1e3 * values["apolune_km"], 1e3 * values["perilune_km"], 60.0 * values["braking_min"],
            (f"touchdown {clock}", minutes(clock, zone, day)), said,
        )  # fmt: skip
    return sources.versions_scene(text.disagreements[values["dispute"]], values["worst"], values["mean"])


def _disputes() -> tuple[tuple[str, str], ...]:
    return tuple((d.what, d.key) for d in article("launch-day").disagreements.values())


PANEL = Panel(
    "sources",
    compute,
    (
        Choose("show", "Show", "clock", (("the clock of the descent", "clock"), ("versions of a number", "versions"))),
        "The orbit between burn and braking",
        Slide("apolune_km", "High point, km", 100, 0, 600, 1, when=_clock),
        Slide("perilune_km", "Low point, km", 15, 0, 100, 1, when=_clock),
        Slide("braking_min", "From braking to touchdown, min", 10, 5, 20, 1, when=_clock),
        "The number",
        Choose("dispute", "Number", "first_range", _disputes(), when=_versions),
        Choose("worst", "Count sources of grade", "C", (("A only", "A"), ("A and B", "B"), ("all", "C")), when=_versions),
        Tick("mean", "Mark the mean", False, when=_versions),
    ),
    presets={
        "the clock of the descent": {"show": "clock"},
        "first valid range": {"show": "versions", "dispute": "first_range"},
        "year of APEX 1.0": {"show": "versions", "dispute": "apex_year"},
        "the last height": {"show": "versions", "dispute": "last_height", "mean": True},
    },
    hint=_HINT,
)
