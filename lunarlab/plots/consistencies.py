"""Is a filter as sure as it may be: NEES and NIS of many flights against their bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s

if TYPE_CHECKING:
    from lunarlab.descent.consistency import Consistency


def _limits(values: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """An axis that shows the band and most of the curve."""
    seen = values[np.isfinite(values)]
    if not seen.size:
        return 0.0, s.round_up(1.5 * high)
    return 0.0, s.round_up(1.1 * max(1.3 * high, min(float(np.percentile(seen, 99.5)), 6.0 * high)))


def consistency_scene(found: Consistency, *, title: str = "Is the filter as sure as it may be?") -> s.Scene:
    """NEES and NIS over time, averages of all flights, each with the band in which a matched filter stays.

    Parameters
    ----------
    found : Consistency
        From `lunarlab.descent.consistency.consistency`.

    Raises
    ------
    LunarlabError
        Something else.
    """
    if not hasattr(found, "nees_band") or not hasattr(found, "nis_band"):
        raise LunarlabError(f"found is {found!r}; it must be the result of lunarlab.descent.consistency.consistency")
    t, percent = found.t_s, f"{100 * found.probability:g} %"
    clock = s.Axis("seconds since braking began", 0.0, float(t[-1]))
    low, high = found.nees_band
    nees = s.View(
        f"NEES, mean of {found.runs} flights",
        clock,
        s.Axis(f"{found.dimension} states", *_limits(found.nees, low, high)),
        (
            s.between(t[[0, -1]], [low, low], [high, high], ink="green", name=f"{percent} band"),
            s.Line(t, found.nees, "blue", "NEES", width=1.4),
            s.Rule(float(found.dimension), "y", "", "green", "dash"),
        ),
        height=210,
    )
    there = np.isfinite(found.nis)
    below, above = (edge[there] for edge in found.nis_band)
    marks: list[s.Mark] = []
    if there.any():
        marks.append(s.between(t[there], below, above, ink="green", name=f"{percent} band"))
    marks += [s.Dots(t[there], found.nis[there], "orange", "dot", "NIS", 2.0), s.Rule(1.0, "y", "", "green", "dash")]
    top = float(np.percentile(above, 95)) if there.any() else 1.0
    nis = s.View(
        "NIS per degree of freedom, where something was measured",
        clock,
        s.Axis("", *_limits(found.nis, 0.0, top)),
        tuple(marks),
        height=210,
    )
    (n_low, n_high), word = found.nis_mean_band, "consistent" if found.consistent else "not consistent"
    lean = ""
    if not found.consistent:
        lean = " Above the band a filter is too sure of itself, below it too careful."
    words = (
        f"A filter over {found.runs} flights. Its normalised estimation error squared is {found.nees_mean:.2f} on the mean; a "
        f"filter of {found.dimension} states whose assumptions are true has {found.dimension} and lies between {low:.2f} and "
        f"{high:.2f} at {percent} of the ticks: here it does at {100 * found.nees_inside:.0f} %. Its normalised innovation "
        f"squared is {found.nis_mean:.3f}, allowed are {n_low:.3f} to {n_high:.3f}; {100 * found.nis_inside:.0f} % of the "
        f"ticks lie in their band. It is {word}.{lean}"
    )
    return s.Scene(
        title, ((nees,), (nis,)), words, badge=(word.upper(), "good" if found.consistent else "bad"),
        facts={"nees_mean": found.nees_mean, "nis_mean": found.nis_mean},
    )  # fmt: skip
