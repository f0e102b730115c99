"""Landings of some years: who came how far and when, and the rate of success with its interval under several definitions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from lunarlab.cases.scoreboard import STAGES, Attempt, success_rate
from lunarlab.descent.statistics import clopper_pearson
from lunarlab.plots import scene as s

DEFINITIONS = ((1, 0), (2, 1), (3, 0), (3, 2), (4, 0), (4, 2))
"""(success, counted among) that are shown below each other, beside the one that is chosen."""


def words_of(success: int, among: int) -> str:
    """A definition in words."""
    return f"{STAGES[success]}, of all that {STAGES[among]}"


def year(day: str) -> float:
    """An ISO date as a year with its fraction."""
    then = date.fromisoformat(day)
    first = date(then.year, 1, 1)
    return then.year + (then - first).days / (date(then.year + 1, 1, 1) - first).days


def scoreboard_scene(rows: Sequence[Attempt], success: int, among: int, confidence: float = 0.95) -> s.Scene:
    """The scoreboard: a ladder over time, and rates with Clopper-Pearson intervals.

    Parameters
    ----------
    rows : sequence of Attempt
        Who is looked at.
    success, among : int
        Stages: what counts as a success, and among which attempts.
    confidence : float
        Of the interval, between 0 and 1.
    """
    groups = (
        ("success", "green", "dot", [r for r in rows if r.stage >= success and r.stage >= among]),
        ("no success", "red", "cross", [r for r in rows if among <= r.stage < success]),
        ("not counted", "grey", "ring", [r for r in rows if r.stage < among]),
    )
    marks: list[s.Mark] = []
    for name, ink, shape, group in groups:
        if group:
            x, y = np.array([year(r.date) for r in group]), np.array([float(r.stage) for r in group])
            marks.append(s.Dots(x, y, ink, shape, name, 6.0))
    last: dict[int, tuple[float, str]] = {}
    for r in rows:  # names of neighbours on one step stand above and below it by turns
        at = year(r.date)
        before, side = last.get(r.stage, (-np.inf, "below"))
        last[r.stage] = (at, "below" if at - before < 1.2 and side == "above" else "above")
        marks.append(s.Spot(at, float(r.stage), r.name, "ink", "dot", last[r.stage][1], 0.1))
    years = [year(r.date) for r in rows] or [2019.0, 2025.9]
    top = s.View(
        "How far each came",
        s.Axis("year", np.floor(min(years)) - 0.5, np.ceil(max(years)) + 0.2,
               ticks=tuple((float(y), str(y)) for y in range(int(min(years)), int(max(years)) + 2))),
        s.Axis("", -0.5, len(STAGES) - 0.5, ticks=tuple((float(i), name) for i, name in enumerate(STAGES))),
        tuple(marks), height=300,
    )  # fmt: skip

    shown = [d for d in DEFINITIONS if d != (success, among)]
    shown.insert(0, (success, among))
    bars: list[s.Mark] = []
    ticks, said = [], []
    low = high = rate = float("nan")
    for i, (what, of) in enumerate(shown):
        place = float(len(shown) - i)
        k, n = success_rate(rows, what, of)
        ticks.append((place, f"{STAGES[what]} / {STAGES[of]}"))
        if n == 0:
            continue
        a, b = clopper_pearson(k, n, confidence)
        ink = "blue" if i == 0 else "grey"
        bars.append(s.Boxes([100 * a], [100 * b], [place - 0.22], [place + 0.22], ink, "", 0.75))
        bars.append(s.Spot(100 * k / n, place, f"{k} of {n}", "ink", "diamond", "above", 5.0))
        said.append(f"{words_of(what, of)}: {k} of {n}, {100 * a:.0f} to {100 * b:.0f} %")
        if i == 0:
            low, high, rate = a, b, k / n
    bottom = s.View(
        f"Rates, with intervals of {100 * confidence:.0f} %",
        s.Axis("rate, %", 0.0, 100.0), s.Axis("", 0.4, len(shown) + 0.8, ticks=tuple(ticks)), tuple(bars), height=260,
    )  # fmt: skip
    k, n = success_rate(rows, success, among)
    tiles = (
        s.Tile("success", words_of(success, among)),
        s.Tile("count", f"{k} of {n}"),
        s.Tile("rate", f"{100 * rate:.0f} %" if n else "none"),
        s.Tile(f"interval, {100 * confidence:.0f} %", f"{100 * low:.0f} to {100 * high:.0f} %" if n else "0 to 100 %"),
    )
    words = f"{len(rows)} attempts. With intervals of {100 * confidence:.0f} %: {'; '.join(said) or 'nothing is counted'}."
    facts = {"successes": float(k), "attempts": float(n), "rate": rate, "low": low, "high": high}
    return s.Scene("The scoreboard", ((top,), (bottom,)), words, tiles, facts=facts)
