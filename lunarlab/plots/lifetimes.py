"""How long low orbits last in the Moon's uneven gravity, against the degree of the field that was used."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.insertion.orbits import Lifetime
from lunarlab.plots import scene as s


def lifetime_scene(lifetimes: Any) -> s.Scene:
    """Lifetime against degree, and the perilunes on the way, of one orbit in several fields.

    Parameters
    ----------
    lifetimes : list of Lifetime
        From `insertion.orbits.lifetimes`.
    """
    found = sorted(
        lifetimes if isinstance(lifetimes, (list, tuple)) else [lifetimes], key=lambda item: getattr(item, "degree", 0)
    )
    if not found or not all(isinstance(item, Lifetime) for item in found):
        raise LunarlabError(f"lifetimes is {lifetimes!r}; it must be a list from lunarlab.insertion.orbits.lifetimes")
    horizon = max(item.horizon_s for item in found) / DAY
    days = np.array([min(item.lifetime_s / DAY, horizon) for item in found])
    degrees = np.array([float(item.degree) for item in found])
    fallen = np.array([not item.survives for item in found])
    wide = 0.35 * float(np.diff(np.unique(degrees)).min()) if np.unique(degrees).size > 1 else 0.5
    marks: list[s.Mark] = []
    for mask, ink, name in (
        (fallen, "red", "meets the ground"),
        (~fallen, "green", f"still up after {horizon:g} days"),
    ):
        if mask.any():
            zero = np.zeros(int(mask.sum()))
            marks.append(s.Boxes(degrees[mask] - wide, degrees[mask] + wide, zero, days[mask], ink, name, 0.8))
    bars = s.View(
        "Lifetime",
        s.Axis(
            "degree of the gravity field",
            float(degrees.min()) - 2 * wide,
            float(degrees.max()) + 2 * wide,
            ticks=tuple((float(d), f"{d:g}") for d in degrees),
        ),
        s.Axis("days", 0.0, 1.05 * horizon),
        tuple(marks),
        height=210,
    )
    shown = [item for item in found if item.t_s.size]
    picked = (
        [shown[i] for i in np.unique(np.linspace(0, len(shown) - 1, min(4, len(shown))).astype(int))] if shown else []
    )
    dashes, inks = ("dot", "dashdot", "dash", ""), ("grey", "pink", "orange", "blue")
    lines = tuple(
        s.Line(item.t_s / DAY, item.perilune_altitude_m / 1e3, ink, f"degree {item.degree}", dash)
        for item, ink, dash in zip(picked, inks[-len(picked) :], dashes[-len(picked) :], strict=True)
    )
    top = max((float(line.y.max()) for line in lines), default=100.0)
    low = s.View(
        "Perilune",
        s.Axis("days", 0.0, horizon),
        s.Axis("km", min(0.0, *(float(line.y.min()) for line in lines), 0.0), s.round_up(1.08 * top)),
        (*lines, s.Rule(0.0, "y", "ground", "grey", "dash")),
        height=210,
    )
    parts = [
        f"at degree {item.degree} it "
        + (
            f"outlives {horizon:g} days"
            if item.survives
            else f"meets the ground after {item.lifetime_s / DAY:.1f} days"
        )
        for item in found
    ]
    spread = [item.lifetime_s / DAY for item in found if math.isfinite(item.lifetime_s)]
    words = f"One orbit in gravity fields of {len(found)} degrees: {'; '.join(parts)}."
    if len(spread) > 1:
        gap = max(spread) - min(spread)
        words += f" The lifetimes differ by up to {gap:.1f} days: without its degree a lifetime means nothing."
    return s.Scene("Lifetime of a low orbit against the degree of the field", ((bars, low),), words)
