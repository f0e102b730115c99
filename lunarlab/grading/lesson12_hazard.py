"""Lesson 12, a safe place: height maps on which the nearest cell is sought that keeps the limits by the true ground."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab.descent.hazards import Hazards, Survey, survey
from lunarlab.descent.terrain import Terrain
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text

DRAWN = 2
"""Maps beside those of `field`."""
TRIES = 200


KINDS = (
    (20.0, 40, 4.0, 40.0, 2.0, 4.0, 10.0, 0.4), (12.0, 48, 8.0, 25.0, 1.0, 3.0, 12.0, 0.3),
    (25.0, 48, 3.0, 60.0, 2.5, 5.0, 8.0, 0.3), (20.0, 40, 4.0, 40.0, 2.0, 4.0, 10.0, 0.3),
)  # fmt: skip
"""Crater radius [m], craters, slope [deg]; divert, cell, footprint [m]; limits of slope [deg] and roughness [m]."""
SEEDS = (10, 21, 8, 6)


def field(number: int, seed: int | None = None, azimuth_deg: float | None = None) -> tuple[Terrain, Hazards]:
    """Ground and limits of a map on which a place is sought; with other craters and another way down, if they are given."""
    rough, craters, slope, radius, cell, foot, limit, bump = KINDS[number]
    seed, azimuth_deg = SEEDS[number] if seed is None else seed, 30.0 * number if azimuth_deg is None else azimuth_deg
    ground = Terrain(
        slope_deg=slope, slope_azimuth_deg=azimuth_deg, small_craters=craters, small_crater_field_m=60.0,
        small_crater_radius_m=rough, small_crater_seed=seed,
    )  # fmt: skip
    scanner = Hazards(
        scan_height_m=100.0, radius_m=radius, cell_m=cell, noise_m=0.03, footprint_m=foot, slope_limit_deg=limit,
        roughness_limit_m=bump, margin_m=0.0, slope_cost_m_deg=0.0,
    )  # fmt: skip
    return ground, scanner


GRACE = 1.1
"""How much of a limit the true ground may use: the scan is noisy, and another fit of a plane is right, too."""


@dataclass(frozen=True, eq=False)
class Map:
    """The noisy scan that is handed out; the true ground; limits; distance of each cell from the middle [m]."""

    heights: np.ndarray
    true: Survey
    limits: Hazards
    away_m: np.ndarray

    @property
    def nearest_m(self) -> float:
        """Distance of the nearest cell that is safe without doubt; inf if there is none within reach."""
        safe = (self.true.risk <= 0.9) & (self.away_m <= self.limits.radius_m)
        return float(np.min(self.away_m, initial=math.inf, where=safe))


def survey_twice(ground: Terrain, scanner: Hazards, noise_seed: int) -> tuple[Map, Survey]:
    """A map, and what the scan alone lets know of it."""
    true, scan = survey(ground, scanner), survey(ground, scanner, seed=noise_seed)
    steps = (np.arange(len(true.x_m)) - len(true.x_m) // 2) * scanner.cell_m
    heights = scan.height_m.copy()
    heights.flags.writeable = False
    return Map(heights, true, scanner, np.hypot(*np.meshgrid(steps, steps, indexing="ij"))), scan


def fair(one: Map, scan: Survey) -> bool:
    """Whether a map is as good to ask as those of `field`.

    The middle is not safe, a safe place is within reach, and whoever finds the nearest place in the scan, with the limits as
    they are or up to a twentieth stricter, is right by the true ground.
    """
    middle = len(one.true.x_m) // 2
    if not (one.true.risk[middle, middle] > 1.2 and 3.0 * one.limits.cell_m < one.nearest_m < 0.9 * one.limits.radius_m):
        return False
    for share in (1.0, 0.975, 0.95):
        away = np.where(scan.risk <= share, one.away_m, math.inf)
        near = away <= away.min() + 1e-9  # of cells equally far any may be chosen
        if not (away.min() <= one.nearest_m + 1.4 * one.limits.cell_m and np.all(one.true.risk[near] <= 0.98 * GRACE)):
            return False
    return True


@lru_cache(maxsize=32)
def maps(seed: int) -> tuple[Map, ...]:
    """The maps of `field`, and as many as `DRAWN` of the same kinds with other craters."""
    rng, found = np.random.default_rng(seed), [survey_twice(*field(number), number)[0] for number in range(len(KINDS))]
    for _ in range(TRIES):
        if len(found) == len(KINDS) + DRAWN:
            break
        number, seed = int(rng.integers(len(KINDS))), int(rng.integers(100, 10**6))
        ground, scanner = field(number, seed, float(rng.uniform(-180.0, 180.0)))
        one, scan = survey_twice(ground, scanner, int(rng.integers(100, 10**6)))
        if fair(one, scan):
            found.append(one)
    return tuple(found)


def judge_hazard(answer: Any) -> list[Finding]:
    """A cell that is safe by the true ground, within reach, and about as near as can be; on four maps and two drawn ones."""
    function = a.function(answer, "safe_cell")
    rows = []
    for one in maps(int(exam().rng("12.hazard").integers(2**62))):
        h = one.limits
        limits = (h.cell_m, h.slope_limit_deg, h.roughness_limit_m, h.footprint_m, h.radius_m)
        given = a.call(function, one.heights, *limits, name="safe_cell")
        i, j = (round(x) for x in a.numbers(given, 2, "safe_cell", "(row, column)"))
        rows.append((i, j, one.true, h, one))
    for i, j, true, _, _ in rows:
        n = len(true.x_m)
        if not (0 <= i < n and 0 <= j < n):
            raise a.BadAnswer(
                f"safe_cell returned ({i}, {j}); the map has {n} rows and columns, counted from 0. Return a cell, not metres."
            )
    share = [
        max(t.slope_deg[i, j] / h.slope_limit_deg, t.roughness_m[i, j] / h.roughness_limit_m) for i, j, t, h, _ in rows
    ]
    bad = [r for r, s in zip(rows, share, strict=True) if not s <= GRACE]
    i, j, true, h, _ = (bad or rows)[0]
    slope, bump = true.slope_deg[i, j], true.roughness_m[i, j]
    if bad and true.risk[j, i] <= GRACE:
        told = "Row and column are swapped: rows go forward, columns to the left."
    elif not math.isfinite(slope):
        told = "The footprint leaves the map there: nobody knows how the ground lies. Keep away from the rim of the map."
    elif slope > GRACE * h.slope_limit_deg:
        told = (
            "Too steep. Fit a plane to every height within the footprint; its slope is the root of both gradients squared, "
            "per metre, not per cell."
        )
    else:
        told = "Flat on average, but a bump or hole under the lander: compare each height in the footprint with the plane."
    shown = f"{slope:.1f} deg and {bump:.2f} m" if math.isfinite(slope) else "unknown"
    allowed = f"at most {h.slope_limit_deg:g} deg and {h.roughness_limit_m:g} m, and a tenth for the noise of the scan"
    safe = Finding("the lander stands safely there, by the true ground, on every map", 2, not bad, shown, allowed, told)
    far = []
    for i, j, _, h, one in rows:
        allowed_m = one.nearest_m + 1.5 * h.cell_m
        far.append((one.away_m[i, j] - allowed_m, one.away_m[i, j], allowed_m, h))
    excess, distance, nearest, h = max(far, key=lambda row: row[0])
    if distance > h.radius_m:
        told = f"That is further than the lander can divert, {h.radius_m:g} m."
    elif excess > 0.0:
        told = "There is a safe place that is nearer. The flattest place is not asked, but the nearest that keeps both limits."
    else:
        told = "Counts as soon as the place is safe."
    near = Finding("and no nearer place would do", 2, bool(excess <= 0.0) and not bad, number_text(float(distance), "m"),
                   f"at most {number_text(float(nearest), 'm')}", told)  # fmt: skip
    return [safe, near]
