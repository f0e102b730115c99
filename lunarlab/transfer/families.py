"""Families of periodic orbits: continuation along them.

A family is a curve in the space of unknowns of `periodic`. Pseudo-arclength continuation walks along it by steps along its
tangent, each corrected at a right angle to the tangent (Keller 1977): it turns where the family turns, where a walk in z or in
the period would end.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.transfer import periodic
from lunarlab.transfer.periodic import HOLDS, KINDS, PLANAR, PeriodicOrbit, Shot
from lunarlab.units import si

MOST_STEPS = 300


@dataclass(frozen=True)
class Family:
    """`members` in order along a family, and `why` it ends there."""

    members: tuple[PeriodicOrbit, ...]
    why: str

    @property
    def states(self) -> np.ndarray:
        """Initial states (n, 6)."""
        return np.array([orbit.state for orbit in self.members])

    @property
    def periods(self) -> np.ndarray:
        """Periods (n,)."""
        return np.array([orbit.period for orbit in self.members])

    @property
    def jacobi(self) -> np.ndarray:
        """Jacobi constants (n,)."""
        return np.array([orbit.jacobi for orbit in self.members])

    @property
    def stability(self) -> np.ndarray:
        """Stability indices (n,); 1 is stable."""
        return np.array([orbit.stability for orbit in self.members])


def _gradient(what: str, u: np.ndarray, shot: Shot, mu: float) -> np.ndarray:
    return periodic.holding(what, 0.0, mu, len(u) == 3)(u, shot)[1]


def _value(what: str, u: np.ndarray, shot: Shot, mu: float) -> float:
    miss = periodic.holding(what, 0.0, mu, len(u) == 3)(u, shot)[0]
    return 2.0 * miss if what == "period" else miss


def _across(ahead: np.ndarray, tangent: np.ndarray) -> periodic.Condition:
    """The condition to stay on the plane through `ahead`, at a right angle to the tangent."""
    return lambda u, shot: (float((u - ahead) @ tangent), tangent)


def walk(u: np.ndarray, mu: float, *, step: float, along: str, direction: int) -> Iterator[tuple[np.ndarray, Shot]]:
    """Members of the family through `u` (corrected), the first beside it. Raises LunarlabError where it can't go on."""
    shot, before, size = periodic.shoot(u, mu), None, step
    while True:
        tangent = np.linalg.svd(shot.slope)[2][-1]  # what the misses don't feel
        course = _gradient(along, u, shot, mu) @ tangent * direction if before is None else tangent @ before
        tangent = tangent if course >= 0.0 else -tangent
        while True:
            try:
                ahead = u + size * tangent
                new, new_shot = periodic.newton(ahead, _across(ahead, tangent), mu, iterations=8)
                if np.linalg.norm(new - ahead) < 0.5 * size:
                    break
                why = "the family bends too sharply"
            except LunarlabError as error:
                why = str(error)
            size *= 0.5
            if size < 1e-3 * step:
                raise LunarlabError(f"the family could not be followed further: {why}")
        u, shot, before, size = new, new_shot, tangent, min(step, 2.0 * size)
        yield u, shot


def unknowns(orbit: PeriodicOrbit) -> np.ndarray:
    """What the correction solves for, of a solved orbit."""
    return np.append(orbit.state[periodic.free_components(orbit.family in PLANAR)[0]], 0.5 * orbit.period)


def _checked(orbit: PeriodicOrbit, along: str | None, direction: int) -> str:
    along = along or KINDS[orbit.family]
    if along not in HOLDS or (along == "z" and orbit.family in PLANAR):
        raise LunarlabError(f"along is {along!r}; allowed are {', '.join(HOLDS)}, and z only out of the plane")
    if direction not in (-1, 1):
        raise LunarlabError(f"direction is {direction!r}; it must be 1 (the quantity grows at first) or -1")
    return along


def family(
    orbit: PeriodicOrbit, members: int = 40, *, step: float = 0.02, along: str | None = None, direction: int = 1
) -> Family:
    """Walk along the family of an orbit.

    Parameters
    ----------
    orbit : PeriodicOrbit
        The first member.
    members : int
        How many, with the first.
    step : float
        Length of a step in the space of (x, z, vy, half a period); taken shorter where the family bends.
    along : {"x", "z", "vy", "period", "jacobi"}, optional
    direction : {1, -1}
        `along` grows or falls at first. Further on the walk only keeps its course.

    Returns
    -------
    Family
        Fewer members, with the reason in `why`, if the family can't be followed so far.
    """
    along = _checked(orbit, along, direction)
    found, why, step = [orbit], "as many as were asked for", si(step, "", name="step", low=1e-6, high=0.5)
    steps = walk(unknowns(orbit), orbit.mu, step=step, along=along, direction=direction)
    try:
        while len(found) < members:
            u, shot = next(steps)
            found.append(periodic.finish(u, shot.start, orbit.family, orbit.mu))
    except LunarlabError as error:
        why = str(error)
    return Family(tuple(found), why)


class Trail:
    """A walk that remembers where it has been, so that a slider over a family walks along it once."""

    def __init__(self, orbit: PeriodicOrbit, step: float, along: str, direction: int) -> None:
        self.orbit, self.failure, self.lock = orbit, "", threading.Lock()
        u = unknowns(orbit)
        self.seen = [(u, periodic.shoot(u, orbit.mu))]
        self.steps = walk(u, orbit.mu, step=step, along=along, direction=direction)

    def __iter__(self) -> Iterator[tuple[np.ndarray, Shot]]:
        for k in range(MOST_STEPS):
            with self.lock:
                if k == len(self.seen) and not self.failure:
                    try:
                        self.seen.append(next(self.steps))
                    except LunarlabError as error:
                        self.failure = str(error)
            if k == len(self.seen):
                return
            yield self.seen[k]

    def find(self, quantity: str, value: float) -> PeriodicOrbit:
        """The first orbit whose `quantity` has this value."""
        family, mu = self.orbit.family, self.orbit.mu
        if quantity not in HOLDS or (quantity == "z" and family in PLANAR):
            raise LunarlabError(
                f"quantity is {quantity!r}; allowed are {', '.join(HOLDS)}, and z only out of the plane"
            )
        value = si(value, "", name=quantity)
        u, here, seen = self.seen[0][0], math.inf, list[float]()
        for new, shot in self:
            there = _value(quantity, new, shot, mu) - value
            if there == 0.0 or (seen and here * there < 0.0):
                guess = new if there == 0.0 else u + (new - u) * here / (here - there)
                solved, shot = periodic.newton(guess, periodic.holding(quantity, value, mu, family in PLANAR), mu)
                return periodic.finish(solved, shot.start, family, mu)
            u, here = new, there
            seen.append(there + value)
        raise LunarlabError(
            f"no {family} orbit with {quantity} = {value:.9g} was found: along the family {quantity} goes from {seen[0]:.6g} "
            f"to {seen[-1]:.6g}, between {min(seen):.6g} and {max(seen):.6g}; "
            + (self.failure or f"{MOST_STEPS} steps were taken")
        )


def member(
    orbit: PeriodicOrbit,
    quantity: str,
    value: float,
    *,
    step: float = 0.05,
    along: str | None = None,
    direction: int = 1,
) -> PeriodicOrbit:
    """The first orbit, along the family of `orbit`, whose x, z, vy, period or Jacobi constant has this value."""
    return Trail(orbit, step, _checked(orbit, along, direction), direction).find(quantity, value)
