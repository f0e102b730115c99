"""What sources say side by side: versions of one number, and clock times against the time that an orbit takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lunarlab import twobody
from lunarlab.cases.articles.reader import GRADES, Disagreement, Version
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.plots import scene as s

INK_OF_GRADE = dict(zip(GRADES, ("green", "blue", "orange"), strict=True))
MINUTE = 60.0


def _span(version: Version, unit: str) -> str:
    text = f"{version.low:g}" if version.low == version.high else f"{version.low:g} to {version.high:g}"
    return f"{text} {unit}".strip()


def versions_scene(dispute: Disagreement, worst: str = "C", mean: bool = False) -> s.Scene:
    """Each source's word on one number; sources below grade `worst` fade, `mean` marks what blending would give."""
    rows = list(dispute.versions)
    counted = [v for v in rows if GRADES.index(v.grade) <= GRADES.index(worst)]
    low, high = min(v.low for v in rows), max(v.high for v in rows)
    room = max(0.12 * (high - low), 0.02 * abs(high), 0.5)
    least = 0.004 * (high - low + 2 * room)
    marks: list[s.Mark] = []
    for grade in GRADES:
        for v in (v for v in rows if v.grade == grade):
            place, gone = float(len(rows) - rows.index(v)), v not in counted
            half = max(0.5 * (v.high - v.low), least)
            marks.append(s.Boxes([v.middle - half], [v.middle + half], [place - 0.24], [place + 0.24], INK_OF_GRADE[grade],
                                 "", 0.15 if gone else 0.85))  # fmt: skip
            words = f"{_span(v, dispute.unit)}{': ' + v.note if v.note else ''}"
            marks.append(s.Spot(v.middle, place + 0.22, words, "grey" if gone else "ink", "dot", "above", 0.1))
    middle = float(np.mean([v.middle for v in counted])) if counted else float("nan")
    if mean and counted:
        marks.append(s.Rule(middle, "x", f"mean {middle:,.4g}", "red", "dash"))
    names = [f"{v.source} ({v.grade}{', ' + v.said if v.said else ''})" for v in rows]
    ticks = tuple((float(len(rows) - i), name) for i, name in enumerate(names))
    view = s.View(
        dispute.what[0].upper() + dispute.what[1:],
        s.Axis(dispute.unit or "year", low - room, high + room),
        s.Axis("", 0.4, len(rows) + 0.75, ticks=ticks),
        tuple(marks),
        height=90 + 60 * len(rows),
    )
    said = "; ".join(f"{v.source} (grade {v.grade}) says {_span(v, dispute.unit)}" for v in rows)
    words = f"{dispute.what}: {said}. This course uses: {dispute.used}."
    if mean and counted:
        words += f" The mean of those that count would be {middle:,.4g} {dispute.unit}, a number that nobody printed."
    if not counted:
        words += f" No source has grade {worst} or better."
    span = (min(v.low for v in counted), max(v.high for v in counted)) if counted else (float("nan"), float("nan"))
    tiles = (
        s.Tile("versions that count", f"{len(counted)} of {len(rows)}"),
        s.Tile("their span", f"{span[0]:,.6g} to {span[1]:,.6g} {dispute.unit}".strip() if counted else "none"),
    )
    facts = {"count": float(len(counted)), "low": span[0], "high": span[1], "mean": middle}
    return s.Scene("Who says what", ((view,),), words, tiles, facts=facts)


def half_turn_s(apolune_m: float, perilune_m: float) -> float:
    """Time from the high point of an orbit to its low point [s]; heights over the mean Moon [m]."""
    return 0.5 * float(twobody.period(R_MOON + 0.5 * (apolune_m + perilune_m), mu=MU_MOON))


def clock_scene(
    apolune_m: float, perilune_m: float, braking_s: float, touchdown: tuple[str, float], said: Sequence[tuple[str, float]]
) -> s.Scene:
    """A descent backwards from touchdown, and the times that were printed for its beginning.

    Parameters
    ----------
    apolune_m, perilune_m : float
        Heights of the orbit between burn and braking [m].
    braking_s : float
        From the start of braking to touchdown [s].
    touchdown : (str, float)
        The planned time in words, and in minutes of the day, UTC.
    said : sequence of (str, float)
        Printed times of the beginning: words, minutes of the day, UTC.
    """
    coast = half_turn_s(apolune_m, perilune_m)
    end = touchdown[1]
    braking = end - braking_s / MINUTE
    begin = braking - coast / MINUTE
    first, last = min(begin, *(t for _, t in said)) - 8.0, end + 8.0
    tens = [t for t in range(10 * int(first // 10), int(last) + 10, 10) if first <= t <= last]
    ticks = tuple((float(t), f"{t // 60:02d}:{t % 60:02d}") for t in tens)
    marks: list[s.Mark] = [
        s.Boxes([begin], [braking], [2.6], [3.4], "blue", "half a turn", 0.8, (f"{coast / MINUTE:.1f} min",)),
        s.Boxes([braking], [end], [2.6], [3.4], "orange", "braking", 0.8, (f"{braking_s / MINUTE:.0f} min",)),
        s.Rule(end, "x", touchdown[0], "green", ""),
    ]
    for i, (words, t) in enumerate(said):
        marks.append(s.Spot(t, 2.0 - 0.75 * i, words, "red" if abs(t - begin) > 15.0 else "ink", "diamond"))
    view = s.View(
        "Backwards from touchdown",
        s.Axis("5 June 2025, UTC", first, last, ticks=ticks),
        s.Axis("", 0.0, 3.8, ticks=((3.0, "orbit"), (1.25, "printed"))),
        tuple(marks),
        height=230,
    )

    def clock(t: float) -> str:
        return f"{int(t // 60):02d}:{t % 60:02.0f}"

    off = ", ".join(f"{words} leaves {(braking - t):.0f} min for the coast" for words, t in said)
    words = (
        f"Half a turn from {apolune_m / 1e3:.0f} to {perilune_m / 1e3:.0f} km takes {coast / MINUTE:.1f} min. With "
        f"{braking_s / MINUTE:.0f} min of braking the burn is due at {clock(begin)}. {off}."
    )
    tiles = (
        s.Tile("half a turn", f"{coast / MINUTE:.1f} min"),
        s.Tile("burn due", clock(begin)),
        *(s.Tile(words, f"{braking - t:.0f} min left", "good" if abs(t - begin) <= 15.0 else "bad") for words, t in said),
    )
    facts = {"coast_s": coast, "begin_s": begin * MINUTE}
    return s.Scene("Which clock is right?", ((view,),), words, tiles, facts=facts)
