"""Hazards: a scan of the ground around the aim point, its slopes and bumps, and the safe place that is nearest.

For the loop: once, when the believed height over the target first falls below ``p.hazards.scan_height``,

    pick(p.terrain, p.hazards, est[TARGET_X], est[TARGET_Y], shift_x, shift_y, normals, out)

with (shift_x, shift_y) the lander's true minus its believed position [m], forward and left, and `normals` standard normal
numbers (`samples` says how many; zeros for a flight without noise). ``out`` has `PICK_SIZE` entries, of which the first two
are the new aim point. It returns 1 where a safe place was found; else 0, and the aim point is the least bad one.

The scanner measures heights on a grid, from where the lander really is: an error of position moves the map, and the aim
point with it, so the lander still comes down on the place that it saw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.descent.terrain import Terrain, ground, new_terrain, pack_terrain
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, number, si

AIM_X, AIM_Y, SAFE, DIVERT, SLOPE, ROUGHNESS = range(6)
PICK_SIZE = 6  # m from the target, forward and left; 1 or 0; m from the old aim point; rad; m
CELLS_MAX = 401  # along one side of the scanned square


@dataclass(frozen=True)
class Hazards:
    """The scanner, and what the lander calls safe. A lander without one has ``scan_height_m = 0``."""

    scan_height_m: float = number(0.0, "m", 0.0, 1e4, "height over the target at which the ground is scanned; 0: never")
    radius_m: float = number(40.0, "m", 1.0, 2000.0, "largest divert: places are sought so far around the aim point")
    cell_m: float = number(2.0, "m", 0.1, 100.0, "spacing of the scan")
    noise_m: float = number(0.05, "m", 0.0, 10.0, "1-sigma noise of one height of the scan")
    footprint_m: float = number(4.0, "m", 0.1, 100.0, "radius of the ground that slope and roughness are taken over")
    slope_limit_deg: float = number(10.0, "deg", 0.1, 60.0, "steepest slope that is safe")
    roughness_limit_m: float = number(0.4, "m", 0.01, 100.0, "tallest bump or deepest hole over the mean slope that is safe")
    margin_m: float = number(4.0, "m", 0.0, 200.0, "least distance of a safe place from one that is not")
    slope_cost_m_deg: float = number(1.0, "", 0.0, 100.0, "metres of divert that one degree less slope is worth")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.footprint_m < self.cell_m:
            raise LunarlabError(
                f"Hazards.footprint_m is {self.footprint_m:g} m; it must not be below cell_m, {self.cell_m:g} m: a slope "
                "needs more than one height"
            )
        if side(self) > CELLS_MAX:
            raise LunarlabError(
                f"Hazards.cell_m is {self.cell_m:g} m; a scan of radius_m {self.radius_m:g} m would have {side(self)} cells "
                f"along a side, at most {CELLS_MAX} are allowed"
            )


def reach(h: Hazards) -> tuple[int, int, int]:
    """Cells from the middle to the edge: of the footprint, of footprint and margin, of the whole scan."""
    foot = int(h.footprint_m / h.cell_m + 1e-9)
    margin = int(h.margin_m / h.cell_m + 1e-9)
    return foot, margin, int(h.radius_m / h.cell_m + 1e-9) + margin + foot


def side(h: Hazards) -> int:
    """Cells along one side of the scanned square: the disc that is searched, and what is needed around it."""
    return 2 * reach(h)[2] + 1


def samples(h: Hazards) -> int:
    """Heights of one scan: so many normal numbers give each its own noise (fewer are used round and round)."""
    return side(h) ** 2 if h.scan_height_m > 0.0 else 1


HAZARDS = np.dtype([
    ("scan_height", "f8"), ("radius", "f8"), ("cell", "f8"), ("noise", "f8"), ("slope_limit", "f8"),
    ("roughness_limit", "f8"), ("slope_cost", "f8"), ("foot", "i8"), ("margin", "i8"), ("reach", "i8"),
])  # fmt: skip
"""`Hazards` as the kernels read it: SI, radians, cells."""


def pack_hazards(h: Hazards) -> tuple[float, ...]:
    """Numbers for the kernels, in the order of `HAZARDS`."""
    return (
        h.scan_height_m, h.radius_m, h.cell_m, h.noise_m, math.radians(h.slope_limit_deg), h.roughness_limit_m,
        math.degrees(h.slope_cost_m_deg), *reach(h),
    )  # fmt: skip


@kernel
def scan(terrain, h, aim_x, aim_y, shift_x, shift_y, normals, heights):
    """Fill `heights` [m over the datum], shape (side, side): rows forward, columns left, the aim point in the middle."""
    for i in range(heights.shape[0]):
        for j in range(heights.shape[1]):
            x = aim_x + shift_x + (i - h.reach) * h.cell
            y = aim_y + shift_y + (j - h.reach) * h.cell
            noise = normals[(i * heights.shape[1] + j) % normals.size]
            heights[i, j] = ground(terrain, -x, y) + h.noise * noise


@kernel
def lie(heights, i, j, h):
    """How a lander would stand at cell (i, j): slope [rad] of the plane through its footprint, and the worst bump [m]."""
    foot = h.foot
    n, mean, along, across, square = 0, 0.0, 0.0, 0.0, 0.0
    for a in range(-foot, foot + 1):
        for b in range(-foot, foot + 1):
            if a * a + b * b <= foot * foot:  # symmetric, so the three numbers of the plane come one by one
                z = heights[i + a, j + b]
                n, mean, along, across, square = n + 1, mean + z, along + a * z, across + b * z, square + a * a
    mean, along, across = mean / n, along / square, across / square
    worst = 0.0
    for a in range(-foot, foot + 1):
        for b in range(-foot, foot + 1):
            if a * a + b * b <= foot * foot:
                worst = max(worst, abs(heights[i + a, j + b] - (mean + along * a + across * b)))
    return math.atan(math.sqrt(along * along + across * across) / h.cell), worst


@kernel
def judge(heights, h, slopes, bumps, risk):
    """Fill slope [rad], bump [m] and risk of every cell that has a whole footprint: risk above 1 is a hazard.

    The risk of a cell is the worst within the margin around it.
    """
    size, foot, margin = heights.shape[0], h.foot, h.margin
    for i in range(size):
        for j in range(size):
            slopes[i, j], bumps[i, j], risk[i, j] = math.nan, math.nan, math.inf
    for i in range(foot, size - foot):
        for j in range(foot, size - foot):
            slopes[i, j], bumps[i, j] = lie(heights, i, j, h)
    edge = foot + margin
    for i in range(edge, size - edge):
        for j in range(edge, size - edge):
            worst = 0.0
            for a in range(-margin, margin + 1):
                for b in range(-margin, margin + 1):
                    if a * a + b * b <= margin * margin:
                        slope, bump = slopes[i + a, j + b], bumps[i + a, j + b]
                        worst = max(worst, max(slope / h.slope_limit, bump / h.roughness_limit))
            risk[i, j] = worst


@kernel
def choose(slopes, bumps, risk, h, aim_x, aim_y, out):
    """The cheapest safe cell within the radius: divert plus what its slope costs. Returns 1, or 0 where none is safe."""
    best, least = math.inf, math.inf
    found, i_best, j_best, i_least, j_least = 0, h.reach, h.reach, h.reach, h.reach
    for i in range(risk.shape[0]):
        for j in range(risk.shape[1]):
            away = h.cell * math.sqrt(float((i - h.reach) * (i - h.reach) + (j - h.reach) * (j - h.reach)))
            if away > h.radius or not risk[i, j] < math.inf:
                continue
            if risk[i, j] <= 1.0:
                cost = away + h.slope_cost * slopes[i, j]
                if cost < best:
                    best, found, i_best, j_best = cost, 1, i, j
            elif risk[i, j] < least:
                least, i_least, j_least = risk[i, j], i, j
    if found == 0:
        i_best, j_best = i_least, j_least
    dx, dy = (i_best - h.reach) * h.cell, (j_best - h.reach) * h.cell
    out[AIM_X], out[AIM_Y], out[SAFE], out[DIVERT] = aim_x + dx, aim_y + dy, float(found), math.sqrt(dx * dx + dy * dy)
    out[SLOPE], out[ROUGHNESS] = slopes[i_best, j_best], bumps[i_best, j_best]
    return found


@kernel
def pick(terrain, h, aim_x, aim_y, shift_x, shift_y, normals, out):
    """Scan, judge and choose: see the top of this file. terrain: a TERRAIN record; h: a HAZARDS record."""
    size = 2 * h.reach + 1
    heights, slopes = np.empty((size, size)), np.empty((size, size))
    bumps, risk = np.empty((size, size)), np.empty((size, size))
    scan(terrain, h, aim_x, aim_y, shift_x, shift_y, normals, heights)
    judge(heights, h, slopes, bumps, risk)
    return choose(slopes, bumps, risk, h, aim_x, aim_y, out)


@dataclass(frozen=True)
class Survey:
    """A scan as maps of shape (n, n): rows forward, columns left of the target."""

    x_m: np.ndarray
    """(n,) positions of the rows, forward of the target."""
    y_m: np.ndarray
    """(n,) positions of the columns, left of the target."""
    height_m: np.ndarray
    """As the scanner saw it, over the datum."""
    slope_deg: np.ndarray
    """Of the plane through the footprint; nan where the footprint leaves the scan."""
    roughness_m: np.ndarray
    """Worst bump or hole against that plane; nan likewise."""
    risk: np.ndarray
    """Worst share of a limit within the margin: at most 1 is safe; inf where it is not known."""
    cost_m: np.ndarray
    """Divert plus what the slope costs, metres; inf where it is not safe or too far."""
    aim_m: tuple[float, float]
    """The place that was chosen, forward and left of the target."""
    safe: bool
    """Whether it is safe; if not, it is the least bad."""
    divert_m: float
    """Its distance from the old aim point."""


def survey(
    terrain: Terrain, hazards: Hazards, *, aim_x_m: Any = 0.0, aim_y_m: Any = 0.0, seed: int | None = None
) -> Survey:
    """Scan the ground around an aim point as the lander would, and keep every map.

    Parameters
    ----------
    terrain : Terrain
        The ground, without the roughness that `Dispersions` may add.
    hazards : Hazards
        Scanner and limits.
    aim_x_m, aim_y_m : float or Quantity
        Aim point, forward and left of the target [m], at most 10 km away.
    seed : int or None
        Of the scanner's noise; None: none.

    Returns
    -------
    Survey
        Maps and the place that was chosen.

    Raises
    ------
    LunarlabError
        Not a Terrain, not Hazards, or an aim point out of range.
    """
    if not isinstance(terrain, Terrain):
        raise LunarlabError(f"terrain is {terrain!r}; it must be a Terrain")
    if not isinstance(hazards, Hazards):
        raise LunarlabError(f"hazards is {hazards!r}; it must be Hazards")
    x, y = (si(value, "m", name=name, low=-1e4, high=1e4) for name, value in (("aim_x_m", aim_x_m), ("aim_y_m", aim_y_m)))
    ground_record, n = new_terrain(), side(hazards)
    pack_terrain(terrain, 0.0, np.zeros(4), ground_record)
    h = np.zeros(1, HAZARDS).view(np.recarray)[0]
    for name, value in zip(HAZARDS.names or (), pack_hazards(hazards), strict=True):
        h[name] = value
    normals = np.zeros(1) if seed is None else np.random.default_rng(seed).standard_normal(n * n)
    heights, slopes, bumps, risk = (np.empty((n, n)) for _ in range(4))
    out = np.zeros(PICK_SIZE)
    scan(ground_record, h, x, y, 0.0, 0.0, normals, heights)
    judge(heights, h, slopes, bumps, risk)
    choose(slopes, bumps, risk, h, x, y, out)
    steps = (np.arange(n) - reach(hazards)[2]) * hazards.cell_m
    away = np.hypot(*np.meshgrid(steps, steps, indexing="ij"))
    allowed = (risk <= 1.0) & (away <= hazards.radius_m)
    cost = np.where(allowed, away + hazards.slope_cost_m_deg * np.degrees(slopes), np.inf)
    return Survey(
        x + steps, y + steps, heights, np.degrees(slopes), bumps, risk, cost,
        (float(out[AIM_X]), float(out[AIM_Y])), bool(out[SAFE]), float(out[DIVERT]),
    )  # fmt: skip
