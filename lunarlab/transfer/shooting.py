"""Routes to a perilune, shot backward: from how one arrives at the Moon to where one must have come from.

Four numbers describe an arrival at a given date and perilune: inclination, node and argument of perilune of the orbit past
the Moon (about its equator of that date) and the energy with respect to it. Backward in time, with Earth, Moon and Sun at
their places, each arrival comes from somewhere. Newton's method turns the four until it comes from a perigee of the wanted
height, in a plane of the wanted inclination, and at a date.

Forward the same problem is far worse: what happens in the last days reacts to the first second a million times stronger.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lunarlab.constants import MU_EARTH, MU_MOON
from lunarlab.ephemeris import Ephemeris, moon_orientation
from lunarlab.integrate import EVENT
from lunarlab.transfer import nbody

STEP = np.array([0.1, 0.1, 0.1, 2e4])  # rad, rad, rad, m^2/s^2: changes of the four numbers that mean much the same


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a route must do. Dates in s TDB after J2000, lengths in m from the centres; None where anything goes."""

    forces: nbody.Forces
    arrival_s: float
    perilune_m: float
    perigee_m: float
    earliest_s: float
    """How far back a perigee is looked for."""
    perigee_s: float | None = None
    inclination_rad: float = math.radians(28.5)
    branch: int = 1
    """Which of the two planes of that inclination through the line to the apogee: 1 or -1."""

    @property
    def ephemeris(self) -> Ephemeris:
        """Where Moon and Sun are."""
        return self.forces.ephemeris

    def arrivals(self, u: np.ndarray) -> np.ndarray:
        """Moon-centred states (m, 6), ICRF axes, of arrivals u (m, 4)."""
        i, node, peri, energy = u.T
        speed = np.sqrt(2.0 * (energy + MU_MOON / self.perilune_m))
        ci, si, cn, sn, cp, sp = np.cos(i), np.sin(i), np.cos(node), np.sin(node), np.cos(peri), np.sin(peri)
        out = np.stack([cn * cp - sn * sp * ci, sn * cp + cn * sp * ci, sp * si], axis=1)
        along = np.stack([-cn * sp - sn * cp * ci, -sn * sp + cn * cp * ci, cp * si], axis=1)
        turn = moon_orientation(self.arrival_s)
        return np.hstack([self.perilune_m * out @ turn, speed[:, None] * along @ turn])

    def origin(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Dates (m,) and states (m, 6) of the perigees that arrivals u (m, 4) come from; NaN where there is none."""
        y = nbody.to_moon(np.full(len(u), self.arrival_s), self.arrivals(u), self.ephemeris)
        y, t, status = nbody.propagate_rows(
            self.forces, self.arrival_s, y, self.earliest_s, event=nbody.perigee, direction=-1, max_steps=20_000
        )
        there = status == EVENT
        return np.where(there, t, np.nan), np.where(there[:, None], y, np.nan)

    def _plane(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Miss of the angular momentum at perigees y (m, 6) over the wanted one, across the line to the apogee.

        Its two components pass smoothly through zero where radius and inclination of the perigee don't.
        """
        r, v = y[:, :3], y[:, 3:]
        h = np.cross(r, v)
        away = -(np.cross(v, h) / MU_EARTH - r / np.linalg.norm(r, axis=1, keepdims=True))
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        level = np.cross([0.0, 0.0, 1.0], away)
        tilt = np.linalg.norm(level, axis=1)  # cosine of the declination
        level /= tilt[:, None]
        one_over_a = 2.0 / np.linalg.norm(r, axis=1) - (v * v).sum(axis=1) / MU_EARTH
        size = np.sqrt(MU_EARTH * self.perigee_m * np.maximum(2.0 - self.perigee_m * one_over_a, 0.0))
        up = np.minimum(math.cos(self.inclination_rad) / tilt, 1.0)  # no such plane: the nearest, and whoever asked compares
        flat = self.branch * np.sqrt(1.0 - up * up)
        upward = np.cross(away, level)
        with np.errstate(divide="ignore", invalid="ignore"):  # no ellipse with this energy has such a perigee: not a number
            return 10.0 * ((h * level).sum(axis=1) / size - flat), 10.0 * ((h * upward).sum(axis=1) / size - up)

    def misses(self, u: np.ndarray) -> np.ndarray:
        """By how much arrivals u (m, 4) fail what is asked for, (m, k): in tenths of angular momentum, and hours."""
        t, y = self.origin(u)
        rows = list(self._plane(y))
        if self.perigee_s is not None:
            rows.append((t - self.perigee_s) / 3600.0)
        return np.stack(rows, axis=1)


def inclination(y: np.ndarray) -> np.ndarray:
    """Inclination [rad] to the Earth's equator of J2000 of states (m, 6)."""
    h = np.cross(y[:, :3], y[:, 3:])
    return np.asarray(np.arccos(h[:, 2] / np.linalg.norm(h, axis=1)))


def newton(
    function: Callable[[np.ndarray], np.ndarray], u: np.ndarray, *, rounds: int = 40, enough: float = 1e-6
) -> tuple[np.ndarray, float]:
    """The point nearest to u (4,), roughly, where `function` (m, 4) -> (m, k), k <= 4, is zero; and what is left of it.

    Each round tries steps of many lengths at once and takes the best; it gives up where none helps.
    """
    h = 1e-6
    left = math.inf
    for _ in range(rounds):
        values = function(np.vstack([u[None], u + h * STEP * np.eye(4), u - h * STEP * np.eye(4)]))
        left = float(np.linalg.norm(values[0]))
        if not np.isfinite(values).all() or left < enough:
            break
        slopes = ((values[1:5] - values[5:]) / (2.0 * h)).T
        step = -np.linalg.pinv(slopes) @ values[0]
        tries = min(1.0, 1.0 / float(np.linalg.norm(step))) * 0.5 ** np.arange(10.0)
        sizes = np.linalg.norm(function(u + tries[:, None] * step * STEP), axis=1)
        if not np.nanmin(sizes, initial=math.inf) < left:
            break
        u = u + tries[int(np.nanargmin(sizes))] * step * STEP
    return u, left
