"""Burns without duration: Hohmann and bi-elliptic transfers, leaving for the Moon, phasing loops, planes and nodes.

Closed forms of two-body motion. Distances are from the centre unless the name says altitude; burns are positive numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import DAY, DISTANCE_MOON, MU_EARTH, MU_MOON, R_EARTH, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.transfer.lambert.grid import moon_flight, tangential_angle
from lunarlab.twobody import TWO_PI, circular_speed, period, positive_mu, speed, vector
from lunarlab.units import array, si

# -- between circles ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hohmann:
    """Two burns [m/s] between circles, the time between them [s], and the ellipse: `a_m`, `e`, and `c3_m2ps2` = -mu/a."""

    dv1_mps: float
    dv2_mps: float
    tof_s: float
    a_m: float
    e: float
    c3_m2ps2: float

    @property
    def total_mps(self) -> float:
        """Both burns [m/s]."""
        return self.dv1_mps + self.dv2_mps


def _radius(value: Any, name: str) -> float:
    return si(value, "m", name=name, low=1.0, high=1e15)


def hohmann(r1_m: Any, r2_m: Any, *, mu: Any) -> Hohmann:
    """Ellipse that touches two circles of radius `r1_m` and `r2_m` [m]: the cheapest two burns between them."""
    r1, r2, mu = _radius(r1_m, "r1_m"), _radius(r2_m, "r2_m"), positive_mu(mu)
    a = 0.5 * (r1 + r2)
    first = abs(speed(r1, a, mu=mu) - circular_speed(r1, mu=mu))
    second = abs(circular_speed(r2, mu=mu) - speed(r2, a, mu=mu))
    return Hohmann(first, second, 0.5 * period(a, mu=mu), a, abs(r2 - r1) / (r1 + r2), -mu / a)


@dataclass(frozen=True)
class Bielliptic:
    """Three burns [m/s]: out to the turning point, there, and into the second circle; and the time of both halves [s]."""

    dv1_mps: float
    dv2_mps: float
    dv3_mps: float
    tof_s: float

    @property
    def total_mps(self) -> float:
        """All three burns [m/s]."""
        return self.dv1_mps + self.dv2_mps + self.dv3_mps


def bielliptic(r1_m: Any, turn_m: Any, r2_m: Any, *, mu: Any) -> Bielliptic:
    """From circle to circle by way of a distance `turn_m` beyond both; infinite: along parabolas, and it takes for ever.

    Beats Hohmann where r2 is more than 15.6 times r1, and for turning points far enough out from 11.9 times on.
    """
    r1, r2, mu = _radius(r1_m, "r1_m"), _radius(r2_m, "r2_m"), positive_mu(mu)
    turn = si(turn_m, "m", name="turn_m", low=max(r1, r2))
    out, back = 0.5 * (r1 + turn), 0.5 * (r2 + turn)
    first = speed(r1, out, mu=mu) - circular_speed(r1, mu=mu)
    third = speed(r2, back, mu=mu) - circular_speed(r2, mu=mu)
    if turn == math.inf:
        return Bielliptic(first, 0.0, third, math.inf)
    second = abs(speed(turn, back, mu=mu) - speed(turn, out, mu=mu))
    return Bielliptic(first, second, third, 0.5 * (period(out, mu=mu) + period(back, mu=mu)))


# -- leaving for the Moon ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Injection:
    """A translunar injection: speeds [m/s] on the circle and at perigee after the burn, and the ellipse that it starts.

    `v_infinity_mps` is the speed relative to the Moon, as if it had no gravity; `dv_loi_mps` enters the lunar orbit from
    there.
    """

    v_circular_mps: float
    v_perigee_mps: float
    dv_mps: float
    tof_s: float
    c3_m2ps2: float
    e: float
    v_infinity_mps: float
    dv_loi_mps: float

    @property
    def total_mps(self) -> float:
        """Injection and lunar orbit insertion [m/s]."""
        return self.dv_mps + self.dv_loi_mps


def tli(
    altitude_m: Any = 200e3,
    *,
    distance_m: Any = DISTANCE_MOON,
    perilune_altitude_m: Any = 100e3,
    parabolic: bool = False,
    v_moon_mps: Any = None,
    mu: Any = MU_EARTH,
    mu_moon: Any = MU_MOON,
    radius_m: Any = R_EARTH,
    radius_moon_m: Any = R_MOON,
) -> Injection:
    """Leave a circular parking orbit for the Moon's distance, in the plane of its orbit, and enter a low lunar orbit.

    Parameters
    ----------
    altitude_m : float
        Of the parking orbit [m], 0 to 300,000 km.
    distance_m : float
        Of the Moon on arrival [m]: the apogee of the ellipse.
    perilune_altitude_m : float
        Of the circular lunar orbit [m].
    parabolic : bool
        False: Hohmann's ellipse. True: by way of infinity, the limit of the bi-elliptic transfer; its time is infinite.
    v_moon_mps : float, optional
        Speed of the Moon [m/s]; sqrt(mu / distance) if not given.
    mu, mu_moon, radius_m, radius_moon_m
        Constants of Earth and Moon.
    """
    mu, mu_moon = positive_mu(mu), positive_mu(mu_moon)
    r1 = si(radius_m, "m", name="radius_m", low=1.0, high=1e9) + si(altitude_m, "m", name="altitude_m", low=0.0, high=3e8)
    distance = si(distance_m, "m", name="distance_m", low=1.01 * r1, high=1e12)
    rp = si(radius_moon_m, "m", name="radius_moon_m", low=1.0, high=1e9)
    rp += si(perilune_altitude_m, "m", name="perilune_altitude_m", low=0.0, high=6e7)
    moves = math.sqrt(mu / distance) if v_moon_mps is None else si(v_moon_mps, "m/s", name="v_moon_mps", low=0.0, high=1e5)
    a = math.inf if parabolic else 0.5 * (r1 + distance)
    circular, perigee = circular_speed(r1, mu=mu), speed(r1, a, mu=mu)
    v_infinity = abs(speed(distance, a, mu=mu) - moves)
    loi = math.sqrt(v_infinity * v_infinity + 2.0 * mu_moon / rp) - math.sqrt(mu_moon / rp)
    tof = math.inf if parabolic else 0.5 * period(a, mu=mu)
    c3, e = (0.0, 1.0) if parabolic else (-mu / a, (distance - r1) / (distance + r1))
    return Injection(circular, perigee, perigee - circular, tof, c3, e, v_infinity, loi)


@dataclass(frozen=True)
class Phase:
    """How far the target must be ahead at departure [rad], the flight time, and how often that comes round [s]."""

    lead_rad: float
    tof_s: float
    spacing_s: float


def phase_angle(r1_m: Any, r2_m: Any, *, mu: Any, mu_target: Any = 0.0) -> Phase:
    """When to start along Hohmann's ellipse so that a target on the outer circle is there on arrival.

    `r1_m`, `r2_m` are the radii [m]; the target moves at sqrt((mu + mu_target) / r2^3).
    """
    r1, r2, mu = _radius(r1_m, "r1_m"), _radius(r2_m, "r2_m"), positive_mu(mu)
    target = math.sqrt((mu + si(mu_target, "m3/s2", name="mu_target", low=0.0, high=1e30)) / r2**3)
    own, tof = math.sqrt(mu / r1**3), 0.5 * period(0.5 * (r1 + r2), mu=mu)
    if own == target:
        raise LunarlabError(f"r1_m is {r1:g} m and so is r2_m: on the same circle the angle between two bodies never changes")
    return Phase((math.pi - target * tof) % TWO_PI, tof, TWO_PI / abs(own - target))


# -- phasing loops -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loop:
    """One of several ellipses: altitudes and period, the burns that lead to it, and how many times it is flown.

    `dv_apogee_mps` moves the perigee, from the apogee of the orbit before; `dv_perigee_mps` then moves the apogee.
    """

    perigee_altitude_m: float
    apogee_altitude_m: float
    period_s: float
    dv_apogee_mps: float
    dv_perigee_mps: float
    turns: float


@dataclass(frozen=True)
class PhasingLoops:
    """The loops in order; `total_mps` of all burns after the first orbit, `duration_s` of all turns."""

    loops: tuple[Loop, ...]

    @property
    def total_mps(self) -> float:
        """All burns [m/s]."""
        return sum(loop.dv_apogee_mps + loop.dv_perigee_mps for loop in self.loops)

    @property
    def duration_s(self) -> float:
        """Time in the loops [s]."""
        return sum(loop.period_s * loop.turns for loop in self.loops)


CHANDRAYAAN_3 = ((173e3, 41_762e3), (226e3, 41_603e3), (233e3, 71_351e3), (236e3, 127_603e3), (288e3, 369_328e3))
"""Perigee and apogee altitudes [m] of Chandrayaan-3's orbits after each burn, July 2023; the last leads to the Moon.

Reported: ISRO's notices as collected by The Tribune and the Deccan Herald.
"""

BLUE_GHOST_LOOPS_S, BLUE_GHOST_TRANSIT_S = 25 * DAY, 4 * DAY
"""Time of Blue Ghost Mission 1 in Earth orbit and on the way to the Moon [s], early 2025.

Reported: Firefly Aerospace's launch announcement. Its apogees were not published: `loop_of` finds ones that fit.
"""


def phasing_loops(
    orbits: Sequence[tuple[Any, Any]], *, turns: Sequence[float] | None = None, mu: Any = MU_EARTH, radius_m: Any = R_EARTH
) -> PhasingLoops:
    """Raise an orbit step by step: what each burn costs, and how long it all takes.

    Parameters
    ----------
    orbits : list of (perigee, apogee)
        Altitudes [m], for instance `CHANDRAYAAN_3`. The first costs nothing: the launch gave it.
    turns : list of float, optional
        How many times each is flown; 1 for all but the last, which is flown half: out to the Moon.
    mu, radius_m
        Constants of the Earth.

    Notes
    -----
    Each step is flown by two burns along the velocity: at apogee for the perigee, then at perigee for the apogee. The
    other order can be a little cheaper, by 2 m/s in 600 for Chandrayaan-3.
    """
    mu, radius = positive_mu(mu), si(radius_m, "m", name="radius_m", low=1.0, high=1e9)
    if len(orbits) == 0:
        raise LunarlabError("orbits is empty; it must hold at least one pair (perigee, apogee)")
    rounds = [1.0] * (len(orbits) - 1) + [0.5] if turns is None else array(turns, "", name="turns").ravel().tolist()
    if len(rounds) != len(orbits) or min(rounds) < 0.0:
        raise LunarlabError(f"turns is {turns}; it must hold {len(orbits)} numbers, one for each orbit, none negative")
    loops: list[Loop] = []
    before: tuple[float, float] | None = None
    for k, (pair, times) in enumerate(zip(orbits, rounds, strict=True)):
        if np.ndim(pair) != 1 or len(pair) != 2:
            raise LunarlabError(f"orbits[{k}] is {pair!r}; it must be a pair (perigee, apogee) of altitudes in m")
        low = radius + si(pair[0], "m", name=f"orbits[{k}] perigee", low=0.0, high=1e10)
        high = radius + si(pair[1], "m", name=f"orbits[{k}] apogee", low=low - radius, high=1e10)
        lift = push = 0.0
        if before is not None:
            p, a = before
            between = 0.5 * (low + a)
            lift = abs(speed(a, between, mu=mu) - speed(a, 0.5 * (p + a), mu=mu))
            push = abs(speed(low, 0.5 * (low + high), mu=mu) - speed(low, between, mu=mu))
        loops.append(Loop(low - radius, high - radius, period(0.5 * (low + high), mu=mu), lift, push, times))
        before = low, high
    return PhasingLoops(tuple(loops))


def loop_of(
    duration_s: Any, turns: Any, *, perigee_altitude_m: Any = 200e3, mu: Any = MU_EARTH, radius_m: Any = R_EARTH
) -> float:
    """Apogee altitude [m] of the ellipse of which `turns` rounds take `duration_s`: how phasing waits for a date.

    LunarlabError if even a circle at the altitude of the perigee is slower (says how many turns fit).
    """
    mu, radius = positive_mu(mu), si(radius_m, "m", name="radius_m", low=1.0, high=1e9)
    low = radius + si(perigee_altitude_m, "m", name="perigee_altitude_m", low=0.0, high=1e10)
    wait = si(duration_s, "s", name="duration_s", low=1.0, high=1e11)
    number = si(turns, "", name="turns", low=1e-3, high=1e6)
    a = float(mu * (wait / (number * TWO_PI)) ** 2) ** (1.0 / 3.0)
    if a < low:
        most = wait / period(low, mu=mu)
        raise LunarlabError(f"turns is {number:g}; with a perigee altitude of {low - radius:g} m, {wait:g} s hold "
                            f"{most:.2f} at most")
    return float(2.0 * a - low - radius)


# -- planes and nodes --------------------------------------------------------------------------------------------------


def plane_change(v1_mps: Any, angle_rad: Any, v2_mps: Any = None) -> float:
    """Burn [m/s] that turns a velocity by `angle_rad`, and changes its size from `v1_mps` to `v2_mps` if that is given.

    Turning alone costs 2 v sin(angle / 2): cheap where the spacecraft is slow.
    """
    v1 = si(v1_mps, "m/s", name="v1_mps", low=0.0, high=1e9)
    angle = si(angle_rad, "rad", name="angle_rad", low=-math.pi, high=math.pi)
    v2 = v1 if v2_mps is None else si(v2_mps, "m/s", name="v2_mps", low=0.0, high=1e9)
    return math.hypot(v1 - v2, 2.0 * math.sqrt(v1 * v2) * math.sin(0.5 * angle))


def node_arguments(inclination_rad: Any, declination_rad: Any) -> tuple[float, float]:
    """Right ascension of a target less that of the ascending node [rad], for the two planes that hold it.

    In the first the target is passed going north, in the second going south: sin(ra - raan) = tan(dec) / tan(i).

    Parameters
    ----------
    inclination_rad : float
        Of the orbit, 0 to pi.
    declination_rad : float
        Of the target, -pi/2 to pi/2.

    Raises
    ------
    LunarlabError
        The declination is larger than the inclination (or than pi less it): no such plane holds the target.
    """
    i = si(inclination_rad, "rad", name="inclination_rad", low=0.0, high=math.pi)
    dec = si(declination_rad, "rad", name="declination_rad", low=-0.5 * math.pi, high=0.5 * math.pi)
    reach = min(i, math.pi - i)
    if abs(dec) > reach * (1.0 + 1e-12):
        raise LunarlabError(
            f"declination_rad is {dec:g} ({math.degrees(dec):.4f} deg); an orbit inclined by {math.degrees(i):.4f} deg gets "
            f"no further from the equator than {math.degrees(reach):.4f} deg"
        )
    if reach == 0.0:
        return 0.0, math.pi
    first = math.asin(max(-1.0, min(1.0, math.tan(dec) / math.tan(i))))
    return first, math.pi - first


@dataclass(frozen=True, eq=False)
class Departure:
    """A way to leave: node and argument of latitude of the burn [rad], angle flown to the Moon, and the state after it."""

    leg: str
    raan_rad: float
    argument_rad: float
    angle_rad: float
    dv_mps: float
    c3_m2ps2: float
    r_eci: np.ndarray
    v_eci: np.ndarray


def departure_geometry(
    target_eci: Any, tof_s: Any, *, inclination_rad: Any, altitude_m: Any = 200e3, mu: Any = MU_EARTH, radius_m: Any = R_EARTH
) -> tuple[Departure, Departure]:
    """Where in a circular parking orbit to burn, so that the target is reached after `tof_s`.

    Parameters
    ----------
    target_eci : array (3,)
        Where the Moon will be on arrival [m], Earth-centred, axes of the equator (ICRF).
    tof_s : float
        Flight time [s], 6 hours to 30 days.
    inclination_rad : float
        Of the parking orbit.
    altitude_m : float
        Of the parking orbit [m].

    Returns
    -------
    two Departure
        That pass the target going north ("ascending") and south. Each burn is along the velocity; the state after it,
        propagated by Kepler over `tof_s`, is at the target.

    Raises
    ------
    LunarlabError
        The target's declination is above the inclination, or it is not beyond the parking orbit.
    """
    target, mu = vector(target_eci, "m", "target_eci"), positive_mu(mu)
    r1 = si(radius_m, "m", name="radius_m", low=1.0, high=1e9) + si(altitude_m, "m", name="altitude_m", low=0.0, high=1e9)
    tof = float(moon_flight(si(tof_s, "s", name="tof_s"), "tof_s")[0])
    i = si(inclination_rad, "rad", name="inclination_rad", low=0.0, high=math.pi)
    r2 = float(np.linalg.norm(target))
    if not r2 > 1.01 * r1:
        raise LunarlabError(f"target_eci is {r2:g} m from the centre; it must be beyond the parking orbit, at {r1:g} m")
    ascension, declination = math.atan2(target[1], target[0]), math.asin(target[2] / r2)
    angle, c3, _ = tangential_angle(r1, r2, tof, mu, math.pi, 0.0)
    pace = math.sqrt(c3 + 2.0 * mu / r1)
    out = []
    for leg, ahead in zip(("ascending", "descending"), node_arguments(i, declination), strict=True):
        raan = (ascension - ahead) % TWO_PI
        node = np.array([math.cos(raan), math.sin(raan), 0.0])
        across = np.array([-math.sin(raan) * math.cos(i), math.cos(raan) * math.cos(i), math.sin(i)])
        u = (math.atan2(float(target @ across), float(target @ node)) - angle) % TWO_PI
        r, v = r1 * (math.cos(u) * node + math.sin(u) * across), pace * (math.cos(u) * across - math.sin(u) * node)
        out.append(Departure(leg, raan, u, angle, pace - math.sqrt(mu / r1), c3, r, v))
    return out[0], out[1]
