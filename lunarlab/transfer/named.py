"""Periodic orbits by name: Lyapunov, halo, near-rectilinear halo and distant retrograde orbits, without a guess.

Lyapunov orbits grow out of a libration point. Halo orbits branch off where Lyapunov orbits turn neutral against motion out of
the plane, and near-rectilinear halo orbits are the far end of the halos (Howell 1984). Distant retrograde orbits grow out of
circles about the smaller body. Each family is walked once and remembered. Non-dimensional, as in `threebody`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.transfer import periodic, threebody
from lunarlab.transfer.families import Trail, unknowns, walk
from lunarlab.transfer.periodic import PeriodicOrbit
from lunarlab.transfer.threebody import EARTH_MOON, EARTH_MOON_MEAN, System
from lunarlab.units import array, si

SYNODIC_MONTH_S = 29.530588853 * DAY
"""Mean synodic month [s]: Chapront-Touze and Chapront 1988, at J2000."""
BRANCHES = ("north", "south")


def _one_of(**given: float | None) -> tuple[str, float]:
    asked = [(name, value) for name, value in given.items() if value is not None]
    if len(asked) != 1:
        raise LunarlabError(f"give exactly one of {', '.join(given)}")
    return asked[0]


def _point(point: str) -> int:
    if point not in ("L1", "L2", "L3"):
        raise LunarlabError(f"point is {point!r}; allowed are L1, L2 and L3")
    return 1 if point == "L2" else -1


@lru_cache(maxsize=32)
def _small_lyapunov(point: str, side: int, mu: float) -> PeriodicOrbit:
    linear, centre = threebody.modes(point, mu), float(threebody.libration_points(mu)[threebody.POINTS.index(point), 0])
    amplitude = 1e-3 * linear.gamma
    guess = [centre + side * amplitude, 0.0, 0.0, 0.0, -side * linear.shape * linear.planar * amplitude, 0.0]
    return periodic.correct(guess, "lyapunov", period=2.0 * math.pi / linear.planar, mu=mu)


def lyapunov(
    point: str = "L1",
    *,
    x: float | None = None,
    period: float | None = None,
    jacobi: float | None = None,
    mu: Any = EARTH_MOON.mu,
) -> PeriodicOrbit:
    """The planar Lyapunov orbit about L1, L2 or L3 through `x`, or with this period or Jacobi constant."""
    mu, quantity = threebody.ratio(mu), _one_of(x=x, period=period, jacobi=jacobi)
    side = _point(point)
    if x is not None:
        side = 1 if x > threebody.libration_points(mu)[threebody.POINTS.index(point), 0] else -1
    return _lyapunov_trail(point, side, mu).find(*quantity)


@lru_cache(maxsize=32)
def _lyapunov_trail(point: str, side: int, mu: float) -> Trail:
    return Trail(_small_lyapunov(point, side, mu), 0.05, "x", side)


@lru_cache(maxsize=32)
def _small_halo(point: str, mu: float) -> PeriodicOrbit:
    """The first northern halo: where a Lyapunov orbit turns neutral against motion out of the plane, with a little z."""
    side = _point(point)
    small, above = _small_lyapunov(point, side, mu), None

    def neutral(orbit: PeriodicOrbit) -> float:
        return 0.5 * float(orbit.monodromy[2, 2] + orbit.monodromy[5, 5]) - 1.0

    below = small
    steps = walk(unknowns(small), mu, step=0.02, along="x", direction=side)
    for _ in range(300):
        u, shot = next(steps)
        planar = periodic.finish(u, shot.start, "lyapunov", mu)
        if neutral(planar) > 0.0:
            above = planar
            break
        below = planar
    if above is None:
        raise LunarlabError(
            f"no halo orbits branch off the Lyapunov orbits about {point} for mu = {mu:.6g} within 300 steps"
        )
    for _ in range(20):  # bisection is enough: the correction out of the plane is forgiving
        if abs(above.state[0] - below.state[0]) < 1e-6:
            break
        middle = 0.5 * (unknowns(below) + unknowns(above))
        u, shot = periodic.newton(middle, periodic.holding("x", float(middle[0]), mu, True), mu)
        planar = periodic.finish(u, shot.start, "lyapunov", mu)
        below, above = (below, planar) if neutral(planar) > 0.0 else (planar, above)
    guess = above.state.copy()
    guess[2] = 0.01 * threebody.modes(point, mu).gamma
    return periodic.correct(guess, "halo", period=above.period, mu=mu)


@lru_cache(maxsize=32)
def _halo_trail(point: str, mu: float) -> Trail:
    return Trail(_small_halo(point, mu), 0.05, "z", 1)


def _mirrored(orbit: PeriodicOrbit) -> PeriodicOrbit:
    state = orbit.state * [1.0, 1.0, -1.0, 1.0, 1.0, -1.0]
    flip = np.diag([1.0, 1.0, -1.0, 1.0, 1.0, -1.0])
    return replace(orbit, state=state, monodromy=flip @ orbit.monodromy @ flip)


def halo(
    point: str = "L2",
    branch: str = "north",
    *,
    z: float | None = None,
    period: float | None = None,
    jacobi: float | None = None,
    mu: Any = EARTH_MOON.mu,
) -> PeriodicOrbit:
    """The halo orbit about L1, L2 or L3 with this z, period or Jacobi constant: the first one from the plane.

    It starts on its far side from the smaller body (L1, L3: the near side of the larger one), where a northern orbit has
    z > 0 and a southern one z < 0. z rises along the family and falls again: name the period to tell such twins apart.
    """
    mu, (quantity, value) = threebody.ratio(mu), _one_of(z=z, period=period, jacobi=jacobi)
    _point(point)
    if branch not in BRANCHES:
        raise LunarlabError(f"branch is {branch!r}; allowed are {', '.join(BRANCHES)}")
    if quantity == "z":
        value = abs(value)
    first = _small_halo(point, mu)
    if quantity == "z" and value <= first.state[2]:
        orbit = periodic.correct(first.state, "halo", value=value, period=first.period, mu=mu)
    else:
        orbit = _halo_trail(point, mu).find(quantity, value)
    return orbit if branch == "north" else _mirrored(orbit)


def nrho(
    system: System = EARTH_MOON_MEAN,
    *,
    resonance: tuple[int, int] = (9, 2),
    period_s: Any = None,
    point: str = "L2",
    branch: str = "south",
) -> PeriodicOrbit:
    """A near-rectilinear halo orbit: `resonance` (9, 2) makes nine revolutions in two synodic months.

    The resonance fixes days, and `system` turns them into units of time: the same resonance is another orbit in another
    system (perilune 3249 km with a distance of 384 400 km, 2936 km in that of the catalogue).
    """
    if period_s is None:
        turns, months = array(resonance, "", name="resonance (revolutions, synodic months)", shape=(2,)).tolist()
        if turns < 1 or months < 1:
            raise LunarlabError(f"resonance is {resonance}; it must be (revolutions, synodic months), both at least 1")
        seconds = SYNODIC_MONTH_S * months / turns
    else:
        seconds = si(period_s, "s", name="period_s", low=1.0, high=1e10)
    return replace(halo(point, branch, period=seconds / system.time_s, mu=system.mu), family="nrho")


@lru_cache(maxsize=8)
def _small_dro(mu: float) -> PeriodicOrbit:
    radius = 0.1 * (mu / 3.0) ** (1.0 / 3.0)
    turn = math.sqrt(mu / radius**3) + 1.0  # against the turning frame, as seen in it
    guess = [1.0 - mu - radius, 0.0, 0.0, 0.0, radius * turn, 0.0]
    return periodic.correct(guess, "dro", period=2.0 * math.pi / turn, mu=mu)


def dro(
    *, x: float | None = None, period: float | None = None, jacobi: float | None = None, mu: Any = EARTH_MOON.mu
) -> PeriodicOrbit:
    """The distant retrograde orbit through `x` (between the bodies), or with this period or Jacobi constant."""
    mu, quantity = threebody.ratio(mu), _one_of(x=x, period=period, jacobi=jacobi)
    return _dro_trail(mu).find(*quantity)


@lru_cache(maxsize=8)
def _dro_trail(mu: float) -> Trail:
    return Trail(_small_dro(mu), 0.05, "x", -1)
