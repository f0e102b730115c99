"""Lesson 01: the scoreboard. What counts as a success, among whom, and how well a rate of so few is known."""

from __future__ import annotations

from typing import Any

from lunarlab.cases.scoreboard import STAGES, scoreboard
from lunarlab.console.controls import Choose, Panel, Slide
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s

_HINT = (
    "<h4>Try</h4>What is the highest rate that you can get out of the same fifteen attempts, and what the lowest? Which "
    "definition would a company put on its web page, and which an insurer? Make the interval wider until it holds a half."
)


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    from lunarlab.plots.scoreboard import scoreboard_scene

    success, among = values["success"], values["among"]
    if success < among:
        raise LunarlabError(
            f"success is '{STAGES[success]}', counted among those that '{STAGES[among]}': that is everybody; choose more"
        )
    if values["first"] > values["last"]:
        raise LunarlabError(f"first is {values['first']:.0f}; it must not lie after last, {values['last']:.0f}")
    rows = [
        row
        for row in scoreboard()
        if values["first"] <= int(row.date[:4]) <= values["last"]
        and values["who"] in ("all", "private" if row.private else "agency")
    ]
    return scoreboard_scene(rows, success, among, values["confidence"] / 100.0)


_STOPS = tuple((name, i) for i, name in enumerate(STAGES))
PANEL = Panel(
    "scoreboard",
    compute,
    (
        "What is a success?",
        Choose("success", "A success is", 3, _STOPS[1:]),
        Choose("among", "Counted are all that", 0, _STOPS[:3]),
        "Who is counted?",
        Choose("who", "Whose", "all", (("all", "all"), ("companies and foundations", "private"), ("agencies", "agency"))),
        Slide("first", "From the year", 2019, 2019, 2025, 1),
        Slide("last", "To the year", 2025, 2019, 2025, 1),
        "How sure?",
        Slide("confidence", "Interval, %", 95, 50, 99, 1),
    ),
    presets={
        "at rest and alive, of all": {"success": 3, "among": 0},
        "upright, of all": {"success": 4, "among": 0},
        "upright, of the private ones": {"success": 4, "among": 0, "who": "private"},
        "at rest and alive, of those that descended": {"success": 3, "among": 2},
    },
    hint=_HINT,
)
