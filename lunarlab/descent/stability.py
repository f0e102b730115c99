"""Which touchdowns a gear survives: a grid of speeds, or of slopes and speeds, each cell settled."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.descent import legs, settle
from lunarlab.descent.gear import GRAVITY_MPS2, Gear
from lunarlab.errors import LunarlabError
from lunarlab.units import array, si


@dataclass(frozen=True, eq=False)
class StabilityMap:
    """Outcomes over a grid: rows of descent speed or slope, columns of sideways speed."""

    lateral_mps: np.ndarray
    """Shape (columns,)."""
    vertical_mps: np.ndarray
    """Of each row, shape (rows,)."""
    slope_deg: np.ndarray
    """Of each row, shape (rows,)."""
    outcome: np.ndarray
    """Position in `settle.OUTCOMES`, shape (rows, columns)."""
    tilt_deg: np.ndarray
    """At the end, shape (rows, columns)."""
    crush_m: np.ndarray
    """Of the leg that is crushed most, shape (rows, columns)."""
    peak_mps2: np.ndarray
    """Largest deceleration, shape (rows, columns)."""

    @property
    def stands(self) -> np.ndarray:
        """Whether it stands on its feet in the end, gear bottomed out or not; shape (rows, columns)."""
        return self.outcome <= legs.BOTTOMED


def stability_map(
    gear: Gear, lateral_mps: Any, *, mass_kg: float, vertical_mps: Any = 1.0, slope_deg: Any = 0.0, heading_deg: float = 0.0,
    azimuth_deg: float = 0.0, lean_forward_deg: float = 0.0, lean_left_deg: float = 0.0,
    gravity_mps2: float = GRAVITY_MPS2, threads: int | None = None,
) -> StabilityMap:  # fmt: skip
    """Settle a grid of touchdowns.

    Parameters
    ----------
    gear : Gear
        With 3 to 8 legs.
    lateral_mps : array of shape (columns,) [m/s], -100 to 100
        Sideways speeds.
    mass_kg : float [kg]
    vertical_mps, slope_deg : array of shape (rows,), or one number [m/s, 0 to 100; deg, 0 to 80]
        Descent speeds and slopes of the rows. One number serves all rows; two arrays have the same length.
    heading_deg : float [deg]
        Direction of the sideways speed, 0 forward, 90 left.
    azimuth_deg : float [deg]
        Direction in which the ground falls; equal to the heading, the motion is downhill.
    lean_forward_deg, lean_left_deg : float [deg], -60 to 60
        Lean of the lander's axis at contact.
    gravity_mps2 : float [m/s2]
    threads : int, optional
        How many work at it, one for each processor if not given; the result does not depend on it.

    Returns
    -------
    StabilityMap

    Raises
    ------
    LunarlabError
        A gear without legs; arrays of other shapes or out of range.
    """
    mass = si(mass_kg, "kg", name="mass_kg", low=1.0, high=1e6)
    settle.can_settle(gear, mass)
    lateral = _row(lateral_mps, "m/s", "lateral_mps", -100.0, 100.0)
    vertical, slope = _row(vertical_mps, "m/s", "vertical_mps", 0.0, 100.0), _row(slope_deg, "deg", "slope_deg", 0.0, 80.0)
    if 1 not in (vertical.size, slope.size) and vertical.size != slope.size:
        raise LunarlabError(
            f"vertical_mps has {vertical.size} and slope_deg {slope.size} values; "
            "they need the same number, or one of them one value"
        )
    vertical, slope = (np.array(rows) for rows in np.broadcast_arrays(vertical, slope))
    gravity = si(gravity_mps2, "m/s2", name="gravity_mps2", low=1e-3, high=100.0)
    heading, azimuth = (
        math.radians(si(value, "deg", name=name, low=-1e4, high=1e4))
        for name, value in (("heading_deg", heading_deg), ("azimuth_deg", azimuth_deg))
    )
    lean = (
        math.radians(si(lean_forward_deg, "deg", name="lean_forward_deg", low=-60.0, high=60.0)),
        math.radians(si(lean_left_deg, "deg", name="lean_left_deg", low=-60.0, high=60.0)),
    )
    workers = int(si(threads or os.cpu_count() or 1, "", name="threads", low=1, high=1000))
    empty = np.empty((0, legs.H_FEET + 2 * gear.count))
    found = np.zeros((4, slope.size, lateral.size))

    def fill(row: int) -> None:
        p = settle.lay_out(gear, mass, math.radians(slope[row]), azimuth, gravity, None)
        start, standing = settle.at_contact(gear, p, (0.0, 0.0, -float(vertical[row])), lean, (0.0, 0.0))
        steps, out = settle.steps_of(p), np.zeros(legs.O_ROWS + 1)
        for column, speed in enumerate(lateral.tolist()):
            state, feet = start.copy(), standing.copy()
            state[legs.VX], state[legs.VY] = speed * math.cos(heading), speed * math.sin(heading)
            out[:] = 0.0
            code = legs.run(state, feet, p, steps, 1, out, empty)
            found[:, row, column] = code, math.degrees(out[legs.O_TILT]), feet[:, legs.CRUSH].max(), out[legs.O_PEAK]

    fill(0)  # loads the compiled code once, before the threads ask for it together
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, range(1, slope.size)))
    return StabilityMap(lateral, vertical, slope, found[0].astype(int), found[1], found[2], found[3])


def _row(values: Any, unit: str, name: str, low: float, high: float) -> np.ndarray:
    """Numbers in a row, at least one, within range; a single number is a row of one."""
    row = np.atleast_1d(array(values, unit, name=name))
    if row.ndim != 1 or not row.size:
        raise LunarlabError(f"{name} has shape {row.shape}; it must be one number or a row of at least one")
    outside = row[(row < low) | (row > high)]
    if outside.size:
        raise LunarlabError(f"{name} holds {outside[0]:g} {unit}; it must lie between {low:g} and {high:g} {unit}")
    return row
