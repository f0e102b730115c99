"""Stable and unstable manifolds: the paths that wind onto a periodic orbit, or away from it, without thrust.

Next to an unstable orbit there is one direction that grows by the factor l in each period and one that shrinks by it: the
eigenvectors of the monodromy matrix, carried along the orbit by the state-transition matrix. A small step in that direction,
flown forward (unstable) or backward (stable), draws the manifold. Non-dimensional, as in `threebody`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.transfer import threebody
from lunarlab.transfer.periodic import PeriodicOrbit
from lunarlab.units import array, si

KINDS = ("unstable", "stable")
AXES = ("x", "y", "z")


@dataclass(frozen=True, eq=False)
class Manifold:
    """One half of a manifold of `orbit`, as branches that leave (unstable) or reach (stable) it at even times.

    `t` (k,) times from the orbit, negative for a stable manifold; `y` (n, k, 6) states, NaN after the end of a branch, so that
    pictures stop there; `t_end` (n,), `y_end` (n, 6) where each branch ends; `stopped` (n,) True if that was at the section or
    at a body.
    """

    orbit: PeriodicOrbit
    kind: str
    side: int
    t: np.ndarray
    y: np.ndarray
    t_end: np.ndarray
    y_end: np.ndarray
    stopped: np.ndarray


def directions(orbit: PeriodicOrbit, kind: str = "unstable", branches: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """States (n, 6) at even times along the orbit, and there the direction (n, 6) of the manifold, of unit length in space.

    The direction leans towards +x at the start of the orbit and turns steadily from there.
    """
    if kind not in KINDS:
        raise LunarlabError(f"kind is {kind!r}; allowed are {', '.join(KINDS)}")
    if not 1 <= branches <= 10_000:
        raise LunarlabError(f"branches is {branches}; it must lie between 1 and 10000")
    values, vectors = orbit.spectrum
    strongest = complex(values[0])
    if abs(strongest) < 1.0 + 1e-4:
        raise LunarlabError(f"this {orbit.family} orbit is stable (index {orbit.stability:.6g}): it has no manifolds")
    if abs(strongest.imag) > 1e-9 * abs(strongest):
        raise LunarlabError(
            f"paths leave this {orbit.family} orbit on a spiral, not along one direction: l = {strongest:.6g}"
        )
    eigenvector = vectors[:, 0 if kind == "unstable" else 1].real
    eigenvector = eigenvector * (1.0 if eigenvector[0] >= 0.0 else -1.0)
    times = np.linspace(0.0, orbit.period, branches, endpoint=False)
    arc, _ = threebody.stm(orbit.state, orbit.period, orbit.mu, times=times)
    carried = arc.y[:, 6:].reshape(-1, 6, 6) @ eigenvector
    return arc.y[:, :6], carried / np.linalg.norm(carried[:, :3], axis=1, keepdims=True)


def manifold(
    orbit: PeriodicOrbit,
    kind: str = "unstable",
    side: int = 1,
    *,
    branches: int = 40,
    time: float | None = None,
    samples: int = 200,
    displacement: float = 1e-4,
    section: tuple[str, float] | None = None,
    radii: tuple[float, float] = (1e-4, 1e-4),
) -> Manifold:
    """Fly one half of a manifold.

    Parameters
    ----------
    orbit : PeriodicOrbit
        An unstable one.
    kind : {"unstable", "stable"}
    side : {1, -1}
        The half that starts out towards +x or -x where the orbit begins.
    branches, samples : int
        How many paths, and how many states on each.
    time : float, optional
        How long each is flown; as a rule two periods of the orbit.
    displacement : float
        Size of the first step off the orbit; 1e-4 is 38 km in the Earth-Moon system.
    section : (axis, value), optional
        Branches end where they reach this plane, such as ("x", 1 - mu): a Poincare section.
    radii : (float, float)
        Branches end this near to the centre of the larger and the smaller body.

    Returns
    -------
    Manifold
    """
    if side not in (-1, 1):
        raise LunarlabError(f"side is {side!r}; it must be 1 (towards +x) or -1")
    if not 2 <= samples <= 100_000:
        raise LunarlabError(f"samples is {samples}; it must lie between 2 and 100000")
    displacement = si(displacement, "", name="displacement", low=1e-9, high=1e-2)
    duration = 2.0 * orbit.period if time is None else si(time, "", name="time", low=1e-6, high=1e3)
    plane = [0.0, 0.0, 0.0, -1.0]  # nowhere
    if section is not None:
        if not isinstance(section, (tuple, list)) or len(section) != 2 or section[0] not in AXES:
            raise LunarlabError(f"section is {section!r}; it must be an axis, x, y or z, and a value")
        plane = [float(axis == section[0]) for axis in AXES] + [si(section[1], "", name="section")]
    near = [si(radius, "", name="radii", low=1e-6, high=1.0) for radius in array(radii, "", name="radii", shape=(2,))]

    points, off = directions(orbit, kind, branches)
    starts = points + side * displacement * off
    t = np.linspace(0.0, duration if kind == "unstable" else -duration, samples)
    y, t_end, y_end = np.full((branches, samples, 6), np.nan), np.empty(branches), np.empty((branches, 6))
    stopped = np.empty(branches, dtype=bool)
    for k, start in enumerate(starts):
        arc = threebody.propagate(
            start, t[-1], orbit.mu, times=t, event=threebody.border, params=[*plane, *near], tolerance=1e-12
        )
        y[k, : len(arc.y)] = arc.y
        t_end[k], y_end[k], stopped[k] = arc.t_end, arc.y_end, arc.stopped
    return Manifold(orbit, kind, side, t, y, t_end, y_end, stopped)
