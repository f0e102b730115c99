"""What the files of this room share: a vector at the door, and the shape of the orbit through a state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError

SPHERE_OF_INFLUENCE_M = 66_182_923.0
"""Radius of the Moon's sphere of influence [m]: 384400 km times (Moon over Earth)^(2/5), after Laplace."""


def vector(value: Any, unit: str, *, name: str) -> np.ndarray:
    """`value` as three floats in `unit`; a Quantity is converted. Raises LunarlabError unless it is three finite numbers."""
    kind = f"three finite numbers{' in ' + unit if unit else ''}"
    try:
        result = np.array(value.to_value(unit) if hasattr(value, "to_value") else value, dtype=float)
    except Exception as error:
        raise LunarlabError(f"{name} is {value!r}; it must be {kind}") from error
    if result.shape != (3,) or not np.all(np.isfinite(result)):
        raise LunarlabError(f"{name} is {result.tolist()}; it must be {kind}")
    return result


@dataclass(frozen=True)
class Conic:
    """Shape and size of a two-body orbit: what is left of it when orientation and place do not matter."""

    energy: float
    """Specific orbital energy [m2/s2]."""
    a_m: float
    """Semi-major axis, negative for a hyperbola, inf for a parabola."""
    e: float
    perilune_m: float
    """Radius from the centre, like the next."""
    apolune_m: float
    """inf for an open orbit."""
    period_s: float
    """inf for an open orbit."""


def conic(r: np.ndarray, v: np.ndarray, mu: float) -> Conic:
    """Orbit through the state `r` (3,) [m], `v` (3,) [m/s]; the eccentricity keeps its digits for near-circles."""
    radius, square = float(np.linalg.norm(r)), float(v @ v)
    energy = 0.5 * square - mu / radius
    e = float(np.linalg.norm((square - mu / radius) * r - float(r @ v) * v)) / mu
    p = float(np.sum(np.cross(r, v) ** 2)) / mu
    a = -0.5 * mu / energy if energy != 0.0 else math.inf
    if energy < 0.0:
        return Conic(energy, a, e, a * (1.0 - e), a * (1.0 + e), 2.0 * math.pi * math.sqrt(a * a * a / mu))
    return Conic(energy, a, e, p / (1.0 + e), math.inf, math.inf)
