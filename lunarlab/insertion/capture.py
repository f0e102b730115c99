"""Arrival at the Moon, and what it costs to stay: impulses at perilune, in one or in several steps.

What a transfer leaves to pay is one number, the speed v_infinity that would be left far from the Moon. At perilune it
hides under the square root, ``v = sqrt(v_infinity^2 + 2 mu / r)``: 0.8 km/s more at infinity cost 134 m/s there. Altitudes
are over the sphere of `R_MOON`; everything here is two-body motion about the Moon.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import MU_EARTH, MU_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.units import si


def apsides(
    perilune_altitude_m: Any, apolune_altitude_m: Any, *, above_ground: bool = False, high_name: str = "apolune_altitude_m"
) -> tuple[float, float]:
    """Radii [m] of two altitudes over `R_MOON`; LunarlabError if perilune is above apolune (or below the ground)."""
    low = 0.0 if above_ground else -R_MOON + 1.0
    perilune = si(perilune_altitude_m, "m", name="perilune_altitude_m", low=low, high=1e9)
    apolune = si(apolune_altitude_m, "m", name=high_name, low=low, high=1e12)
    if perilune > apolune + 1e-6:  # equal ones differ by rounding once they were radii
        raise LunarlabError(
            f"perilune_altitude_m is {perilune / 1e3:g} km; it must not be above {high_name}, {apolune / 1e3:g} km"
        )
    return R_MOON + perilune, R_MOON + max(perilune, apolune)


@dataclass(frozen=True)
class Arrival:
    """The conic on which a lander passes the Moon, as from infinity: its size, its shape and how it lies in space.

    `perilune_direction` and `motion_direction` are unit vectors in inertial axes: to perilune, and along the velocity there.
    """

    c3_m2ps2: float
    """Twice the orbital energy: v_infinity squared; negative if the Moon holds the lander already."""
    perilune_m: float
    """Radius from the centre."""
    perilune_direction: tuple[float, float, float] = (1.0, 0.0, 0.0)
    motion_direction: tuple[float, float, float] = (0.0, 1.0, 0.0)
    time_to_perilune_s: float = 0.0
    """From the state it was made of: to the next perilune of an ellipse, else to the only one, negative if that is past."""
    mu: float = MU_MOON

    @property
    def v_infinity_mps(self) -> float:
        """Speed left far from the Moon; nan if the Moon holds the lander already."""
        return math.sqrt(self.c3_m2ps2) if self.c3_m2ps2 >= 0.0 else math.nan

    @property
    def perilune_speed_mps(self) -> float:
        """Speed at perilune."""
        return math.sqrt(self.c3_m2ps2 + 2.0 * self.mu / self.perilune_m)

    @property
    def e(self) -> float:
        """Eccentricity."""
        return 1.0 + self.perilune_m * self.c3_m2ps2 / self.mu

    @property
    def perilune_altitude_m(self) -> float:
        """Over the sphere of `R_MOON`; negative: it hits the Moon."""
        return self.perilune_m - R_MOON

    @property
    def impact_parameter_m(self) -> float:
        """Distance from the Moon's centre at which it would pass without gravity; nan if the Moon holds it already."""
        if self.c3_m2ps2 == 0.0:
            return math.inf
        return self.perilune_m * self.perilune_speed_mps / self.v_infinity_mps

    @property
    def turn_angle_rad(self) -> float:
        """By how much the Moon bends the path if the engine stays silent."""
        return 2.0 * math.asin(1.0 / self.e) if self.c3_m2ps2 >= 0.0 else math.nan

    def state(self, t_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Position (3,) [m] and velocity (3,) [m/s] at `t_s` seconds from perilune, negative before it."""
        r = self.perilune_m * np.array(self.perilune_direction)
        v = self.perilune_speed_mps * np.array(self.motion_direction)
        after: tuple[np.ndarray, np.ndarray] = twobody.kepler(r, v, si(t_s, "s", name="t_s"), mu=self.mu)
        return after

    def capture_dv(self, apolune_altitude_m: Any) -> float:
        """Impulse against the velocity at perilune [m/s] that leaves this perilune and the given apolune."""
        _, apolune = apsides(self.perilune_altitude_m, apolune_altitude_m)
        return self.perilune_speed_mps - _speed(self.perilune_m, apolune, self.mu)


def _speed(perilune_m: float, apolune_m: float, mu: float) -> float:
    """Speed at the first radius of an orbit between the two."""
    return twobody.speed(perilune_m, 0.5 * (perilune_m + apolune_m), mu=mu)


def arrival(v_infinity_mps: Any, perilune_altitude_m: Any, *, mu: Any = MU_MOON) -> Arrival:
    """The hyperbola of a given speed at infinity [m/s] and perilune altitude [m], in the plane of the first two axes."""
    v = si(v_infinity_mps, "m/s", name="v_infinity_mps", low=0.0, high=1e5)
    altitude = si(perilune_altitude_m, "m", name="perilune_altitude_m", low=-R_MOON + 1.0, high=1e9)
    return Arrival(v * v, R_MOON + altitude, mu=si(mu, "m3/s2", name="mu", low=1.0))


def from_state(r_mci: Any, v_mci: Any, *, mu: Any = MU_MOON) -> Arrival:
    """The arrival that a Moon-centred inertial state `r_mci` (3,) [m], `v_mci` (3,) [m/s] is on, by two-body motion.

    Raises LunarlabError for a state on a straight line through the Moon's centre.
    """
    r, v = twobody.vector(r_mci, "m", "r_mci"), twobody.vector(v_mci, "m/s", "v_mci")
    mu = si(mu, "m3/s2", name="mu", low=1.0)
    orbit = twobody.elements(r, v, mu=mu)
    toward, along = (x / np.linalg.norm(x) for x in twobody.state(replace(orbit, nu_rad=0.0), mu=mu))
    c3 = float(v @ v) - 2.0 * mu / float(np.linalg.norm(r))
    return Arrival(c3, orbit.periapsis_m, tuple(toward.tolist()), tuple(along.tolist()), _to_perilune(orbit, mu), mu)


def _to_perilune(orbit: twobody.Elements, mu: float) -> float:
    """Seconds to the next perilune of an ellipse, or to the only one (negative: since it)."""
    if abs(orbit.e - 1.0) < 1e-7:  # Barker's equation; the others lose their digits here
        x = math.tan(0.5 * orbit.nu_rad)
        return -0.5 * math.sqrt(orbit.p_m**3 / mu) * (x + x * x * x / 3.0)
    mean = twobody.mean_anomaly(orbit.nu_rad, orbit.e)
    return (-mean % (2.0 * math.pi) if orbit.e < 1.0 else -mean) * math.sqrt(abs(orbit.a_m) ** 3 / mu)


def capture_dv(
    v_infinity_mps: Any, perilune_altitude_m: Any, apolune_altitude_m: Any, *, mu: Any = MU_MOON
) -> Any:
    """Insertion impulse at perilune [m/s], from v_infinity into an orbit between two altitudes.

    Parameters
    ----------
    v_infinity_mps : float, Quantity or array (n,)
        Speed left far from the Moon, 0 for the cheapest conceivable arrival.
    perilune_altitude_m, apolune_altitude_m : float or Quantity
        Over the sphere of `R_MOON`; equal for a circle.
    mu : float
        Gravitational parameter [m3/s2].

    Returns
    -------
    float, or array (n,)

    Raises
    ------
    LunarlabError
        A negative speed, a perilune below the surface or above apolune.
    """
    mu = si(mu, "m3/s2", name="mu", low=1.0)
    low, high = apsides(perilune_altitude_m, apolune_altitude_m, above_ground=True)
    if np.ndim(getattr(v_infinity_mps, "value", v_infinity_mps)) == 0:
        v = si(v_infinity_mps, "m/s", name="v_infinity_mps", low=0.0, high=1e5)
        return math.sqrt(v * v + 2.0 * mu / low) - _speed(low, high, mu)
    speeds = np.array([si(v, "m/s", name="v_infinity_mps", low=0.0, high=1e5) for v in v_infinity_mps])
    return np.sqrt(speeds * speeds + 2.0 * mu / low) - _speed(low, high, mu)


def v_infinity(dv_mps: Any, perilune_altitude_m: Any, apolune_altitude_m: Any, *, mu: Any = MU_MOON) -> float:
    """Speed at infinity [m/s] that a published insertion tells of: the inverse of `capture_dv`.

    Raises LunarlabError if the impulse [m/s] is less than what even v_infinity = 0 needs.
    """
    mu = si(mu, "m3/s2", name="mu", low=1.0)
    dv = si(dv_mps, "m/s", name="dv_mps", low=0.0, high=1e5)
    low, high = apsides(perilune_altitude_m, apolune_altitude_m, above_ground=True)
    c3 = (dv + _speed(low, high, mu)) ** 2 - 2.0 * mu / low
    if c3 < 0.0:
        least = math.sqrt(2.0 * mu / low) - _speed(low, high, mu)
        raise LunarlabError(f"dv_mps is {dv:.2f} m/s; this orbit takes at least {least:.2f} m/s, even from rest at infinity")
    return math.sqrt(c3)


@dataclass(frozen=True)
class Staged:
    """An insertion in steps at one perilune: altitude of apolune and period after each step, impulse of each."""

    perilune_altitude_m: float
    apolune_altitudes_m: tuple[float, ...]
    dv_mps: tuple[float, ...]
    periods_s: tuple[float, ...]

    @property
    def total_mps(self) -> float:
        """Sum of the steps: by theory that of one direct step, since all are made at the same place and along the velocity."""
        return math.fsum(self.dv_mps)


def staged(
    v_infinity_mps: Any, perilune_altitude_m: Any, apolune_altitudes_m: Sequence[Any], *, mu: Any = MU_MOON
) -> Staged:
    """Insertion first into a high ellipse, then down: one impulse at perilune for each of the falling altitudes [m].

    Raises LunarlabError if there is none, if they do not fall, or as `capture_dv`.
    """
    mu = si(mu, "m3/s2", name="mu", low=1.0)
    if np.ndim(getattr(apolune_altitudes_m, "value", apolune_altitudes_m)) != 1 or len(apolune_altitudes_m) == 0:
        raise LunarlabError(f"apolune_altitudes_m is {apolune_altitudes_m!r}; it must be one altitude in m or more, in a list")
    low = apsides(perilune_altitude_m, apolune_altitudes_m[0], above_ground=True)[0]
    highs = [apsides(perilune_altitude_m, x, above_ground=True)[1] for x in apolune_altitudes_m]
    for before, after in itertools.pairwise(highs):
        if after > before:
            raise LunarlabError(
                f"apolune_altitudes_m rises from {(before - R_MOON) / 1e3:g} to {(after - R_MOON) / 1e3:g} km; "
                "each step must lower it"
            )
    first = capture_dv(v_infinity_mps, low - R_MOON, highs[0] - R_MOON, mu=mu)
    speeds = [_speed(low, high, mu) for high in highs]
    steps = [first, *(a - b for a, b in itertools.pairwise(speeds))]
    periods = tuple(2.0 * math.pi * math.sqrt((0.5 * (low + high)) ** 3 / mu) for high in highs)
    return Staged(low - R_MOON, tuple(x - R_MOON for x in highs), tuple(steps), periods)


def reshape_dv(before_m: Sequence[Any], after_m: Sequence[Any], *, mu: Any = MU_MOON) -> tuple[float, float]:
    """Two impulses from one orbit to another in its plane and with its apse line; the cheaper of the two ways.

    Parameters
    ----------
    before_m, after_m : (perilune, apolune) altitudes [m]
    mu : float

    Returns
    -------
    (first, second) : float
        Sizes of the impulses [m/s]. One way changes perilune first, at apolune, the other apolune first, at perilune.
    """
    mu = si(mu, "m3/s2", name="mu", low=1.0)
    p1, a1 = apsides(*before_m)
    p2, a2 = apsides(*after_m)
    at_apolune = (abs(_speed(a1, p2, mu) - _speed(a1, p1, mu)), abs(_speed(p2, a2, mu) - _speed(p2, a1, mu)))
    at_perilune = (abs(_speed(p1, a2, mu) - _speed(p1, a1, mu)), abs(_speed(a2, p2, mu) - _speed(a2, p1, mu)))
    return min(at_apolune, at_perilune, key=sum)


def _mass_ratio(mu: Any, mu_primary: Any) -> float:
    return si(mu, "m3/s2", name="mu", low=0.0) / si(mu_primary, "m3/s2", name="mu_primary", low=1.0)


def sphere_of_influence(distance_m: Any, *, mu_primary: Any = MU_EARTH, mu: Any = MU_MOON) -> float:
    """Laplace's radius [m] within which a body rules, `distance_m` from its primary: the mass ratio to the 2/5 of it."""
    return si(distance_m, "m", name="distance_m", low=0.0) * float(_mass_ratio(mu, mu_primary) ** 0.4)


def hill_radius(distance_m: Any, *, mu_primary: Any = MU_EARTH, mu: Any = MU_MOON) -> float:
    """Hill's radius [m], the distance of L1 and L2 to first order: the cube root of a third of the mass ratio."""
    return si(distance_m, "m", name="distance_m", low=0.0) * float((_mass_ratio(mu, mu_primary) / 3.0) ** (1.0 / 3.0))
