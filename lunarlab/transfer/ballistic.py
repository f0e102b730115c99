"""One rocket, two routes to the Moon through the real sky: straight after some loops round the Earth, or by way of the Sun.

On 15 January 2025 one rocket sent two landers off. Blue Ghost looped around the Earth for 25 days, crossed to the Moon in
five, and braked hard. Resilience went out beyond a million kilometres, where the Sun's tide lifts the perigee to the Moon's
distance, and arrived in May so slowly that a smaller burn caught it. `direct` and `low_energy` find routes of both kinds for
given dates, with Moon and Sun from an ephemeris.

The routes are ballistic from the burn near the Earth to perilune. Resilience flew by the Moon on its way out, on
14 February; this route to the same arrival leaves without. Dates and orbits: operators' statements, see `RESILIENCE` and
`BLUE_GHOST`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lunarlab import integrate
from lunarlab.constants import DAY, MU_EARTH, MU_MOON, R_EARTH, R_MOON
from lunarlab.ephemeris import Ephemeris, ephemeris, iso, tdb
from lunarlab.errors import LunarlabError
from lunarlab.transfer import nbody
from lunarlab.transfer.shooting import Wanted, inclination, newton
from lunarlab.units import array, si

CAPE = math.radians(28.5)  # the latitude of the launch site, and the least inclination from it
CLOSED = 1e-4  # what Newton's method may leave: 0.1 km or 0.4 s


@dataclass(frozen=True)
class Mission:
    """What is published about a flight: dates (UTC), altitudes of the capture orbit, and where that is said."""

    name: str
    launch: str
    departure: str
    arrival: str
    perilune_altitude_m: float
    apolune_altitude_m: float
    guess: tuple[float, float, float, float]
    """Arrival of the route that the search found: inclination, node, argument of perilune [rad], energy [m^2/s^2]."""
    source: str


RESILIENCE = Mission(
    "Resilience (HAKUTO-R Mission 2)", "2025-01-15T06:11:39", "2025-01-15T06:41", "2025-05-06T20:41", 70e3, 5_800e3,
    (2.014237998152, 3.558077670832, 2.686834851642, -16392.159101),
    "ispace: launch, LOI 6 May 2025 20:41 UTC, orbit 70 x 5800 km, out to 1.1 million km; departure assumed half an hour "
    "after launch",
)  # fmt: skip
BLUE_GHOST = Mission(
    "Blue Ghost Mission 1", "2025-01-15T06:11", "2025-02-08T23:00", "2025-02-14T01:51", 150e3, 5_673e3,
    (1.356632234873, 1.575517368857, 5.764474871424, 311745.250824),
    "Firefly: launch, 25 days around the Earth, LOI 14 February 2025 01:51 UTC; orbit 150 x 5673 km by amateur tracking; "
    "the hour of departure is assumed",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Route:
    """A ballistic route from a perigee burn to perilune. Dates in s TDB after J2000; vectors along ICRF axes."""

    launch_s: float
    departure_s: float
    arrival_s: float
    t_s: np.ndarray
    """Dates (n,), from departure to arrival, closer together at both ends."""
    r_eci: np.ndarray
    """Positions (n, 3) from the Earth's centre [m]."""
    v_eci: np.ndarray
    """Velocities (n, 3) [m/s]."""
    r_moon_eci: np.ndarray
    """Positions of the Moon (n, 3) [m]."""
    r_sun_eci: np.ndarray
    """Positions of the Sun (n, 3) [m]."""
    arrival_mci: np.ndarray
    """State at perilune (6,), from the Moon's centre [m, m/s]."""
    c3_m2ps2: float
    """Twice the energy with respect to the Earth, right after departure [m^2/s^2]."""
    tli_dv_mps: float
    """From a circular orbit of the perigee's radius onto the route."""
    inclination_rad: float
    """Of the departure, to the Earth's equator of J2000."""
    energy_m2ps2: float
    """With respect to the Moon, at perilune before the burn [m^2/s^2]. Below zero the Moon holds it for a while already."""
    perilune_m: float
    farthest_m: float
    """Greatest distance from the Earth."""
    capture_dv_mps: float
    """At perilune, into the orbit with the apolune that was asked for."""
    guess: tuple[float, float, float, float]
    """Inclination, node and argument of perilune [rad] of the arrival, about the Moon's equator, and its energy."""

    @property
    def tof_s(self) -> float:
        """From departure to perilune."""
        return self.arrival_s - self.departure_s

    @property
    def v_infinity_mps(self) -> float:
        """Speed far from the Moon, were it alone; 0 for an energy below zero."""
        return math.sqrt(max(2.0 * self.energy_m2ps2, 0.0))

    @property
    def r_mci(self) -> np.ndarray:
        """Positions (n, 3) from the Moon's centre [m]."""
        return np.asarray(self.r_eci - self.r_moon_eci)

    @property
    def dv_mps(self) -> float:
        """Departure and capture together."""
        return self.tli_dv_mps + self.capture_dv_mps

    def __str__(self) -> str:
        return (
            f"departs {iso(self.departure_s)}, arrives {iso(self.arrival_s)} ({self.tof_s / DAY:.1f} days), out to "
            f"{self.farthest_m / 1e9:.2f} million km; C3 {self.c3_m2ps2 / 1e6:.2f} km2/s2, departure {self.tli_dv_mps:.0f} "
            f"m/s, energy at the Moon {self.energy_m2ps2 / 1e6:+.3f} km2/s2 (v infinity {self.v_infinity_mps:.0f} m/s), "
            f"capture {self.capture_dv_mps:.0f} m/s"
        )

    __repr__ = __str__


def low_energy(
    launch: Any = RESILIENCE.launch,
    arrival: Any = RESILIENCE.arrival,
    *,
    departure: Any = None,
    perilune_altitude_m: Any = RESILIENCE.perilune_altitude_m,
    apolune_altitude_m: Any = RESILIENCE.apolune_altitude_m,
    perigee_altitude_m: Any = 185e3,
    inclination_rad: Any = CAPE,
    farthest_m: Any = 1.6e9,
    guess: Any = None,
    search: bool = False,
    sky: Ephemeris | None = None,
    progress: bool = True,
    n: int = 1500,
) -> Route:
    """A route by way of the Sun's tide: months long, and nearly captured when it arrives.

    Parameters
    ----------
    launch, arrival : date
        As `ephemeris.tdb` takes them. Arrival is the perilune, 70 to 160 days after the departure.
    departure : date, optional
        Of the burn from the orbit around the Earth; by default half an hour after launch.
    perilune_altitude_m, apolune_altitude_m : float
        Of the orbit around the Moon into which the burn at perilune leads [m].
    perigee_altitude_m : float
        Of the burn that departs [m].
    inclination_rad : float
        Of the departure, to the Earth's equator; 0.1 to 1.5.
    farthest_m : float
        How far from the Earth a route that is searched may go: there are some beyond 1.9 million km.
    guess : (inclination, node, argument of perilune [rad], energy [m^2/s^2]), optional
        As of another route (`Route.guess`) with dates near these. By default the one stored with `RESILIENCE` is tried
        if the arrival is within a day of its; where that fails, the route is searched.
    search : bool
        Search even if there is a guess.
    sky : Ephemeris, optional
        By default the built-in theory over the dates needed.
    progress : bool
        Show a progress bar while searching, which takes 10 s or so.
    n : int
        Points of the route.

    Raises
    ------
    LunarlabError
        Dates in the wrong order or too close, outside the ephemeris; nothing found; or a route whose line to the apogee
        lies farther from the equator than the inclination: no plane of that inclination holds it.
    """
    if departure is None and abs(tdb(launch, "launch") - tdb(RESILIENCE.launch)) < 1.0:
        departure = RESILIENCE.departure
    wanted, start, apolune = _wanted(
        launch, departure, arrival,
        (perilune_altitude_m, apolune_altitude_m, perigee_altitude_m), inclination_rad, sky, (70.0, 160.0), "low-energy",
    )  # fmt: skip
    far = si(farthest_m, "m", name="farthest_m", low=8e8, high=3e9)
    u = None if search else _shot(wanted, RESILIENCE, guess)
    return _route(wanted, _search(wanted, progress, _LOW_ENERGY, far) if u is None else u, start, apolune, n)


def direct(
    launch: Any = BLUE_GHOST.launch,
    arrival: Any = BLUE_GHOST.arrival,
    *,
    departure: Any = BLUE_GHOST.departure,
    perilune_altitude_m: Any = BLUE_GHOST.perilune_altitude_m,
    apolune_altitude_m: Any = BLUE_GHOST.apolune_altitude_m,
    perigee_altitude_m: Any = 185e3,
    inclination_rad: Any = CAPE,
    guess: Any = None,
    search: bool = False,
    sky: Ephemeris | None = None,
    progress: bool = True,
    n: int = 1500,
) -> Route:
    """A direct crossing of some days, from a perigee at `departure` after loops around the Earth since `launch`.

    Parameters and errors are those of `low_energy`; arrival is 2.5 to 8 days after the departure.
    """
    wanted, start, apolune = _wanted(
        launch, departure, arrival, (perilune_altitude_m, apolune_altitude_m, perigee_altitude_m), inclination_rad, sky,
        (2.5, 8.0), "direct",
    )  # fmt: skip
    u = None if search else _shot(wanted, BLUE_GHOST, guess)
    return _route(wanted, _search(wanted, progress, _DIRECT, 1e9) if u is None else u, start, apolune, n)


def _wanted(
    launch: Any, departure: Any, arrival: Any, altitudes: tuple[Any, Any, Any], inclination_rad: Any, sky: Ephemeris | None,
    days: tuple[float, float], kind: str,
) -> tuple[Wanted, float, float]:  # fmt: skip
    begin, end = tdb(launch, "launch"), tdb(arrival, "arrival")
    leave = begin + 1800.0 if departure is None else tdb(departure, "departure")
    if not begin <= leave < end:
        raise LunarlabError(f"launch, departure and arrival are {iso(begin)}, {iso(leave)} and {iso(end)}; they must follow "
                            "each other in this order")
    if not days[0] <= (end - leave) / DAY <= days[1]:
        raise LunarlabError(f"arrival is {iso(end)}, {(end - leave) / DAY:.1f} days after the departure; a {kind} route takes "
                            f"{days[0]:g} to {days[1]:g} days")
    perilune = R_MOON + si(altitudes[0], "m", name="perilune_altitude_m", low=1e3, high=1e7)
    apolune = R_MOON + si(altitudes[1], "m", name="apolune_altitude_m", low=perilune - R_MOON, high=6e7)
    perigee = R_EARTH + si(altitudes[2], "m", name="perigee_altitude_m", low=1e5, high=2e6)
    tilt = si(inclination_rad, "rad", name="inclination_rad", low=0.1, high=1.5)
    earliest = leave - 3.0 * DAY
    if sky is None:
        sky = ephemeris(earliest - DAY, end + DAY)
    sky.check(earliest, "three days before departure")
    sky.check(end, "arrival")
    wanted = Wanted(nbody.Forces(sky, epoch_s=end), end, perilune, perigee, earliest, leave, tilt)
    return wanted, begin, apolune


def _shot(wanted: Wanted, known: Mission, guess: Any) -> np.ndarray | None:
    """The route next to a guess, or to the stored one if it may fit; None if that one doesn't."""
    if guess is None and abs(wanted.arrival_s - tdb(known.arrival)) > DAY:
        return None
    what = "guess (inclination, node, argument of perilune [rad], energy [m^2/s^2])"
    u = array(known.guess if guess is None else guess, "", name=what, shape=(4,))
    for branch in (1, -1):
        found, left = newton(replace(wanted, branch=branch).misses, u)
        if left < CLOSED:
            return found
    if guess is None:
        return None
    raise LunarlabError("the guess does not lead to a route with these dates and orbits; let it be searched (search=True)")


@dataclass(frozen=True)
class _Plan:
    """Where a search looks."""

    inclination_deg: tuple[float, ...]
    energy_m2ps2: tuple[float, ...]
    angle_deg: tuple[float, float]
    """Steps of node and argument of perilune."""
    away: tuple[tuple[float, float, float], ...]
    """(days before arrival, least distance from the Moon, from the Earth [m]): what hasn't left by then is dropped."""
    early_days: float
    """Perigees from so much before the wanted date on are tried,"""
    late_days: float
    """and until so much after it."""


_LOW_ENERGY = _Plan(
    (65.0, 75.0, 90.0, 105.0, 115.0), (-6e4, -4e4, -2e4), (12.0, 9.0), ((12.0, 1e8, 0.0), (50.0, 0.0, 7e8)), 2.0, 12.0)
_DIRECT = _Plan((80.0, 100.0), (2.5e5, 3.5e5, 4.5e5, 5.5e5), (12.0, 9.0), ((1.0, 3e7, 0.0),), 2.0, 2.0)


def _search(wanted: Wanted, progress: bool, plan: _Plan, far: float) -> np.ndarray:
    """Follow a grid of arrivals back to their perigees, and shoot from the lowest of these until a route is found."""
    from tqdm.auto import tqdm

    assert wanted.perigee_s is not None
    axes = (
        np.radians(plan.inclination_deg), np.radians(np.arange(0.0, 360.0, plan.angle_deg[0])),
        np.radians(np.arange(0.0, 360.0, plan.angle_deg[1])), np.array(plan.energy_m2ps2),
    )  # fmt: skip
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 4)
    parts = []
    with tqdm(total=len(grid), unit="arrival", disable=not progress, leave=False) as bar:
        for k in range(0, len(grid), 1000):
            parts.append(_perigees(wanted, grid[k : k + 1000], plan, far))
            bar.update(min(1000, len(grid) - k))
    u, t, radius = (np.concatenate(a) for a in zip(*parts, strict=True))
    late = (t - wanted.perigee_s) / DAY
    good = (late > -plan.early_days) & (late < plan.late_days)
    # A perigee that is low by chance is close to one of the right height; being off in time is easier to mend.
    order = np.argsort(radius[good] / 2e7 + abs(late[good]) / 10.0, kind="stable")
    for seed in tqdm(u[good][order], unit="shot", disable=not progress, leave=False):
        for branch in (1, -1):
            trial = replace(wanted, branch=branch)
            # First any date, then the wanted one: two easy steps instead of a hard one.
            v, left = newton(replace(trial, perigee_s=None).misses, seed, rounds=15)
            if left < 10.0:
                v, left = newton(trial.misses, v)
                if left < CLOSED and _farthest(wanted, v) < far:
                    return v
    raise LunarlabError(
        f"none of {len(grid)} arrivals on {iso(wanted.arrival_s)} led back to a departure on {iso(wanted.perigee_s)} within "
        f"{far / 1e9:.2f} million km; try another date"
    )


def _farthest(wanted: Wanted, u: np.ndarray) -> float:
    return float(np.linalg.norm(_follow(wanted, u, 200)[1][:, :3], axis=1).max())


def _perigees(wanted: Wanted, u: np.ndarray, plan: _Plan, far: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrivals (m, 4) that come from a perigee, with its date and radius."""
    sky = wanted.ephemeris
    y, t = nbody.to_moon(np.full(len(u), wanted.arrival_s), wanted.arrivals(u), sky), wanted.arrival_s
    for days, from_moon, from_earth in plan.away:
        y, _, status = nbody.propagate_rows(wanted.forces, t, y, wanted.arrival_s - days * DAY, rtol=1e-9, max_steps=400)
        t = wanted.arrival_s - days * DAY
        moon = np.linalg.norm(nbody.from_moon(np.full(len(u), t), y, sky)[:, :3], axis=1)
        earth = np.linalg.norm(y[:, :3], axis=1)
        keep = (status == integrate.END) & (moon > from_moon) & (earth > from_earth) & (earth < far)
        u, y = u[keep], y[keep]
        if not len(u):
            return u, np.empty(0), np.empty(0)
    y, when, status = nbody.propagate_rows(
        wanted.forces, t, y, wanted.earliest_s, rtol=1e-9, max_steps=800, event=nbody.perigee, direction=-1
    )
    hit = status == integrate.EVENT
    return u[hit], when[hit], np.linalg.norm(y[hit, :3], axis=1)


def _route(wanted: Wanted, u: np.ndarray, launch: float, apolune: float, n: int) -> Route:
    """The route of an arrival that does what is wanted."""
    t, y = _follow(wanted, u, int(si(n, "", name="n", low=10, high=1e6)))
    arrival, tilt = wanted.arrivals(u[None])[0], float(inclination(y[:1])[0])
    if abs(tilt - wanted.inclination_rad) > 1e-3:
        asked = wanted.inclination_rad
        raise LunarlabError(
            f"inclination_rad is {asked:.6g} ({math.degrees(asked):.3f} deg); the route found needs {tilt:.6g} "
            f"({math.degrees(tilt):.3f} deg), because its apogee lies so far from the equator"
        )
    r0, v0 = float(np.linalg.norm(y[0, :3])), float(np.linalg.norm(y[0, 3:]))
    r, v = float(np.linalg.norm(arrival[:3])), float(np.linalg.norm(arrival[3:]))
    moon, sun = nbody.bodies(t, wanted.ephemeris)
    return Route(
        launch, float(t[0]), wanted.arrival_s, t, y[:, :3], y[:, 3:], moon, sun, arrival, v0 * v0 - 2.0 * MU_EARTH / r0,
        v0 - math.sqrt(MU_EARTH / r0), tilt, 0.5 * v * v - MU_MOON / r, r,
        float(np.linalg.norm(y[:, :3], axis=1).max()), v - math.sqrt(2.0 * MU_MOON * (1.0 / r - 1.0 / (r + apolune))),
        (float(u[0]), float(u[1]), float(u[2]), float(u[3])),
    )  # fmt: skip


def _follow(wanted: Wanted, u: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Dates (n,) and states (n, 6), Earth-centred, from perigee to perilune."""
    start = nbody.to_moon(wanted.arrival_s, wanted.arrivals(u[None])[0], wanted.ephemeris)
    leave = float(wanted.origin(u[None])[0][0])
    s = np.linspace(0.0, 1.0, n)
    t = leave + (wanted.arrival_s - leave) * (s - np.sin(2.0 * math.pi * s) / (2.0 * math.pi))
    t[-1] = wanted.arrival_s
    return t, nbody.propagate(wanted.forces, wanted.arrival_s, start, leave, times=t[::-1]).y[::-1]
