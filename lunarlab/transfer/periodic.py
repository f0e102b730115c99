"""Periodic orbits of the three-body problem: corrected from a guess, with their stability.

All orbits here cross the plane y = 0 at a right angle twice: then the second half mirrors the first (x, -y, z, -vx, vy, -vz
backward in time), and it is enough to shoot from one crossing, at (x, 0, z, 0, vy, 0), to the other. Newton's method on
x, z, vy and the half-period brings y, vx and vz to zero there (Howell 1984), with one condition more that says which member
of the family is meant. Non-dimensional, as in `threebody`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.transfer import threebody
from lunarlab.transfer.threebody import EARTH_MOON, System
from lunarlab.units import si

KINDS = {"lyapunov": "x", "dro": "x", "halo": "z", "nrho": "z", "vertical": "z", "symmetric": "z"}
"""Kinds of orbit, and what is held if nothing else is asked. "symmetric" is any other one, such as a butterfly."""
PLANAR = ("lyapunov", "dro")
HOLDS = ("x", "z", "vy", "period", "jacobi")
_PLACE = {"x": 0, "z": 2, "vy": 4}


@dataclass(frozen=True, eq=False)
class PeriodicOrbit:
    """A periodic orbit of kind `family`, from `state` (6,) on the plane y = 0; `monodromy` (6, 6) is its matrix over a period.

    `closure` is how far the state is from itself after one period (largest component): it says what the numbers are worth.
    """

    family: str
    mu: float
    state: np.ndarray
    period: float
    jacobi: float
    monodromy: np.ndarray
    closure: float

    @cached_property
    def indices(self) -> np.ndarray:
        """The two stability indices nu = (lambda + 1/lambda)/2 (2,), the larger first; stable where real and within -1 and 1.

        They follow from the traces of the monodromy matrix and its square (Broucke 1969), because two eigenvalues are 1: the
        eigenvalues themselves lose half their digits there.
        """
        m = self.monodromy
        total, squares = (np.trace(m) - 2.0) / 2.0, (np.trace(m @ m) + 2.0) / 4.0
        root = np.sqrt(complex(2.0 * squares - total * total))
        nu = np.array([(total + root) / 2.0, (total - root) / 2.0])
        nu = nu[np.argsort(-np.abs(nu), kind="stable")]
        return nu.real if abs(root.imag) < 1e-6 else nu

    @property
    def stability(self) -> float:
        """(|l| + 1/|l|)/2 with l the largest eigenvalue, as catalogues give it: 1 is stable."""
        if not np.iscomplexobj(self.indices):
            return max(1.0, float(np.abs(self.indices).max()))
        size = float(np.abs(self.indices[0] + np.sqrt(self.indices[0] ** 2 - 1.0)))
        return (size + 1.0 / size) / 2.0

    @cached_property
    def spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """(eigenvalues (6,), eigenvectors as columns (6, 6)) of the monodromy matrix in pairs (l, 1/l).

        The pair with the strongest growth comes first, the unit pair of the direction of flight last.
        """
        values, vectors = np.linalg.eig(self.monodromy)
        left, pairs = list(np.argsort(-np.abs(values), kind="stable")), []
        while left:
            first = left.pop(0)
            partner = min(left, key=lambda k: abs(values[first] * values[k] - 1.0))
            left.remove(partner)
            pairs.append((first, partner))
        unit = min(pairs, key=lambda pair: abs(values[pair[0]] - 1.0))
        order = [k for pair in pairs if pair is not unit for k in pair] + list(unit)
        return values[order], vectors[:, order]

    @cached_property
    def extremes(self) -> tuple[float, float]:
        """Least and greatest distance from the smaller body."""
        arc = threebody.propagate(
            self.state, 0.5 * self.period, self.mu, event=threebody.apsis, params=[1.0 - self.mu], stop_after=1000
        )
        turns = np.vstack([self.state, arc.y_events, arc.y_end])[:, :3] - [1.0 - self.mu, 0.0, 0.0]
        distances = np.linalg.norm(turns, axis=1)
        return float(distances.min()), float(distances.max())

    def points(self, n: int = 201) -> np.ndarray:
        """States (n, 6) at even times around the orbit, first and last the same."""
        # The second half is the mirror image of the first: so even a very unstable orbit closes.
        times = np.linspace(0.0, self.period, n)[: (n + 1) // 2]
        half = threebody.propagate(self.state, 0.5 * self.period, self.mu, times=times).y
        return np.vstack([half, (half * threebody.MIRROR)[-1 - n % 2 :: -1]])

    def period_s(self, system: System) -> float:
        """Period [s] in a system of the same mass ratio."""
        same_ratio(self.mu, system)
        return self.period * system.time_s


def same_ratio(mu: float, system: System) -> None:
    """Refuse to measure an orbit with the units of another system."""
    if abs(system.mu - mu) > 1e-12:
        raise LunarlabError(f"the orbit belongs to mu = {mu}, but {system.name} has mu = {system.mu}")


@dataclass(frozen=True)
class Shot:
    """Half an orbit from its unknowns u = (x, z, vy, half-period) or (x, vy, half-period): what is missed, and its slope."""

    miss: np.ndarray
    slope: np.ndarray
    start: np.ndarray


def free_components(planar: bool) -> tuple[list[int], list[int]]:
    """Components of the state that are free at the start, and those that must vanish half a period later."""
    return ([0, 4], [1, 3]) if planar else ([0, 2, 4], [1, 3, 5])


def shoot(u: np.ndarray, mu: float) -> Shot:
    """Fly half an orbit with its first variation."""
    free, ends = free_components(len(u) == 3)
    start = np.zeros(6)
    start[free] = u[:-1]
    arc, phi = threebody.stm(start, float(u[-1]), mu)
    rate = threebody.cr3bp(0.0, arc.y_end[:6], np.array([mu]))
    return Shot(arc.y_end[ends], np.column_stack([phi[np.ix_(ends, free)], rate[ends]]), start)


Condition = Callable[[np.ndarray, Shot], tuple[float, np.ndarray]]


def holding(hold: str, value: float, mu: float, planar: bool) -> Condition:
    """The condition (miss, its gradient) that `hold` has this value."""
    free, _ = free_components(planar)
    if hold == "period":
        return lambda u, shot: (u[-1] - 0.5 * value, np.array([0.0] * len(free) + [1.0]))
    if hold == "jacobi":

        def energy(u: np.ndarray, shot: Shot) -> tuple[float, np.ndarray]:
            return threebody.jacobi(shot.start, mu) - value, jacobi_gradient(u, shot.start, mu)

        return energy
    place = free.index(_PLACE[hold])
    row = np.eye(len(free) + 1)[place]
    return lambda u, shot: (u[place] - value, row)


def jacobi_gradient(u: np.ndarray, start: np.ndarray, mu: float) -> np.ndarray:
    """Slope of the Jacobi constant over the unknowns."""
    rate = threebody.cr3bp(0.0, start, np.array([mu]))
    slope = {0: 2.0 * (rate[3] - 2.0 * start[4]), 2: 2.0 * rate[5], 4: -2.0 * start[4]}
    return np.array([slope[k] for k in free_components(len(u) == 3)[0]] + [0.0])


def newton(u: np.ndarray, condition: Condition, mu: float, *, iterations: int = 25) -> tuple[np.ndarray, Shot]:
    """Solve for the unknowns: (u, last shot). Raises LunarlabError with what is still missed."""
    u, u0, size = u.copy(), u, math.inf
    for _ in range(iterations):
        shot = shoot(u, mu)
        held, row = condition(u, shot)
        miss = np.append(shot.miss, held)
        worst = float(np.abs(miss).max())
        # Convergence is quadratic: after a step of 1e-9 only rounding is left, which close passes and instability magnify.
        if worst < 1e-12 or (size < 1e-9 and worst < 1e-9):
            return u, shot
        try:
            step = np.linalg.solve(np.vstack([shot.slope, row]), -miss)
        except np.linalg.LinAlgError:
            raise LunarlabError(
                "the correction has no unique answer: two families meet here; hold something else"
            ) from None
        size = float(np.abs(step).max())
        u = u + step * min(1.0, 0.1 / size)
        if not 0.3 < u[-1] / u0[-1] < 3.0:
            raise LunarlabError(
                f"the correction ran away: the period went from {2 * u0[-1]:.4g} to {2 * u[-1]:.4g}; begin nearer to the orbit"
            )
    raise LunarlabError(
        f"the correction did not converge in {iterations} steps: {worst:.2g} is still missed half a period later (y, vx, vz); "
        "begin nearer to the orbit, or hold something else"
    )  # fmt: skip


def correct(
    guess: Any,
    kind: str = "halo",
    *,
    hold: str | None = None,
    value: float | None = None,
    period: float | None = None,
    crossings: int | None = None,
    mu: Any = EARTH_MOON.mu,
) -> PeriodicOrbit:
    """The periodic orbit near a guess.

    Parameters
    ----------
    guess : array (6,)
        On the plane y = 0, at a right angle to it: (x, 0, z, 0, vy, 0).
    kind : one of `KINDS`
    hold : {"x", "z", "vy", "period", "jacobi"}, optional
        What says which member of the family is meant; as a rule x for planar orbits and z for the others.
    value : float, optional
        What the held quantity shall be; as a rule what it is in the guess.
    period : float, optional
        A guess of it. Otherwise the guess is flown to its next crossing of the plane y = 0.
    crossings : int, optional
        At which crossing half a period is over; 1, for a vertical orbit 2.
    mu : float

    Returns
    -------
    PeriodicOrbit

    Raises
    ------
    LunarlabError
        Not such a guess; it doesn't come back; no convergence; it fell onto another kind of orbit.
    """
    mu, guess = threebody.ratio(mu), threebody.states(guess).copy()
    if kind not in KINDS:
        raise LunarlabError(f"kind is {kind!r}; allowed are {', '.join(KINDS)}")
    planar, hold = kind in PLANAR, hold or KINDS[kind]
    if hold not in HOLDS or (planar and hold == "z"):
        allowed = [name for name in HOLDS if name != "z" or not planar]
        raise LunarlabError(f"hold is {hold!r}; allowed for a {kind} orbit are {', '.join(allowed)}")
    if guess.shape != (6,) or np.abs(guess[[1, 3, 5]]).max() > 1e-6 or (planar and guess[2] != 0.0):
        raise LunarlabError(
            f"guess is {guess.tolist()}; it must start at a right angle to the plane y = 0: "
            f"(x, 0, {0 if planar else 'z'}, 0, vy, 0)"
        )
    guess[[1, 3, 5]] = 0.0
    if abs(guess[4]) < 1e-9:
        raise LunarlabError("guess has vy = 0: it must cross the plane y = 0")
    if not planar and guess[2] == 0.0:
        raise LunarlabError(f"guess has z = 0: a {kind} orbit starts out of the plane")
    if period is None:
        half = _half_period(guess, crossings or (2 if kind == "vertical" else 1), mu)
    else:
        half = 0.5 * si(period, "", name="period", low=1e-3, high=1e3)
    if hold == "period" and value is None:
        value = 2.0 * half
    if value is None:
        value = threebody.jacobi(guess, mu) if hold == "jacobi" else float(guess[_PLACE[hold]])
    u = np.append(guess[free_components(planar)[0]], half)
    if hold in _PLACE:
        u[free_components(planar)[0].index(_PLACE[hold])] = value
    solved, shot = newton(u, holding(hold, si(value, "", name="value"), mu, planar), mu)
    return finish(solved, shot.start, kind, mu)


def _half_period(guess: np.ndarray, crossings: int, mu: float) -> float:
    arc = threebody.propagate(
        guess, 20.0, mu, event=threebody.border, params=[0.0, 1.0, 0.0, 0.0, 0.0, 0.0], stop_after=crossings
    )
    if not arc.stopped:
        raise LunarlabError(
            f"the guess crosses the plane y = 0 {len(arc.t_events)} times in 20 units of time, but {crossings} are needed; "
            "begin nearer to the orbit"
        )
    return arc.t_end


def finish(u: np.ndarray, start: np.ndarray, kind: str, mu: float) -> PeriodicOrbit:
    """The orbit of solved unknowns, with its monodromy matrix."""
    if abs(start[4]) < 1e-9:
        raise LunarlabError(
            "the correction fell onto a libration point, where nothing moves; begin with a larger orbit"
        )
    if kind not in PLANAR and abs(start[2]) < 1e-9:
        raise LunarlabError(f"the correction fell onto an orbit in the plane, which is no {kind}; hold z")
    period = 2.0 * float(u[-1])
    arc, matrix = threebody.stm(start, period, mu)
    closure = float(np.abs(arc.y_end[:6] - start).max())
    return PeriodicOrbit(kind, mu, start, period, threebody.jacobi(start, mu), matrix, closure)
