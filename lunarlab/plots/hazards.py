"""The hazard map: what a scan of the ground saw, what of it is safe, and where the lander turned to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s

if TYPE_CHECKING:
    from lunarlab.descent.hazards import Hazards, Survey

CLASSES = ("safe", "too steep", "too rough", "too near to one of these", "not known")
_INKS = ("green", "red", "pink", "yellow", "grey")
SAFE, STEEP, ROUGH, NEAR, UNKNOWN = range(5)


def classes(found: Survey, hazards: Hazards) -> np.ndarray:
    """What is wrong with every cell: places in `CLASSES`, shape (n, n), rows forward, columns left."""
    kinds = np.full(found.risk.shape, SAFE)
    kinds[found.risk > 1.0] = NEAR
    with np.errstate(invalid="ignore"):
        kinds[found.roughness_m > hazards.roughness_limit_m] = ROUGH
        kinds[found.slope_deg > hazards.slope_limit_deg] = STEEP
    kinds[~np.isfinite(found.slope_deg) | (~np.isfinite(found.risk) & (kinds == NEAR))] = UNKNOWN
    return kinds


def hazard_scene(found: Survey, hazards: Hazards, *, title: str = "Hazards around the aim point") -> s.Scene:
    """A scan: heights, and the same ground by what is safe, with the divert.

    Parameters
    ----------
    found : Survey
        From `lunarlab.descent.hazards.survey`.
    hazards : Hazards
        The scanner and its limits, as the scan was made with.

    Raises
    ------
    LunarlabError
        Not a survey.
    """
    if not hasattr(found, "risk") or not hasattr(found, "aim_m"):
        raise LunarlabError(f"found is {found!r}; it must be the result of lunarlab.descent.hazards.survey")
    kinds = classes(found, hazards)
    # Forward is up, left is left: rows stay, columns are turned round.
    box = (float(-found.y_m[-1]), float(-found.y_m[0]), float(found.x_m[0]), float(found.x_m[-1]))
    heights = found.height_m[:, ::-1] - float(np.median(found.height_m))
    old = (-float(np.mean(found.y_m)), float(np.mean(found.x_m)))
    new = (-found.aim_m[1], found.aim_m[0])
    x, y = s.circle(*old, hazards.radius_m)
    marks: list[s.Mark] = [s.Line(x, y, "ink", "farthest divert", "dash", 1.4)]
    if found.divert_m > 0.0:
        marks.append(s.Arrow(*old, new[0] - old[0], new[1] - old[1], "", "ink"))
    marks += [
        s.Spot(*old, "aimed at", "ink", "ring", "below", 8),
        s.Spot(*new, "turned to", "blue", "star", "above", 12),
    ]
    low, high = (float(np.percentile(heights, p)) for p in (1, 99))
    across, along = s.Axis("m right of the target", box[0], box[1]), s.Axis("m forward of it", box[2], box[3])
    ground = s.Heat(heights, *box, low, max(high, low + 1e-3), "height, m")
    safety = s.Classes(kinds[:, ::-1], *box, CLASSES, _INKS)
    rows = (
        (
            s.View("Height, as the scanner saw it", across, along, (ground, *marks), True, 330),
            s.View("What is safe", across, along, (safety, *marks), True, 330),
        ),
    )
    away = np.hypot(found.x_m[:, None] - old[1], -found.y_m[None, :] - old[0])
    inside = away <= hazards.radius_m
    parts = [(name, float((kinds[inside] == i).mean())) for i, name in enumerate(CLASSES)]
    i, j = (
        int(np.abs(axis - value).argmin()) for axis, value in ((found.x_m, found.aim_m[0]), (found.y_m, found.aim_m[1]))
    )
    verdict = "a safe place" if found.safe else "not safe, only the least bad,"
    shares = ", ".join(f"{name} {100 * part:.0f} %" for name, part in parts if part > 0.0)
    n = found.height_m.shape[0]
    words = (
        f"A scan of {n} by {n} cells of {hazards.cell_m:g} m. Within the {hazards.radius_m:g} m that the lander may divert: "
        f"{shares}. It turns {found.divert_m:.0f} m away, to {found.aim_m[0]:+.0f} m forward and {found.aim_m[1]:+.0f} m "
        f"left of the target: {verdict} with {found.slope_deg[i, j]:.1f}° of slope and "
        f"{found.roughness_m[i, j]:.2f} m of roughness."
    )
    return s.Scene(
        title, rows, words, badge=("SAFE", "good") if found.safe else ("NO SAFE PLACE", "bad"),
        facts={"divert_m": found.divert_m, "safe": float(found.safe), "share_safe": parts[SAFE][1],
               "slope_rad": math.radians(float(found.slope_deg[i, j]))},
    )  # fmt: skip
