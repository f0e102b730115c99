"""Porkchops: what a transfer costs for every pair of departure and flight time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from boinor.core.iod import _compute_y, _tof_equation_y

from lunarlab.constants import DAY, MU_EARTH, MU_MOON, R_EARTH, R_MOON
from lunarlab.ephemeris import Ephemeris, ephemeris, iso, moon_at, tdb
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.transfer.lambert.arcs import LOW, arc, in_threads
from lunarlab.twobody import positive_mu
from lunarlab.units import array, si

FASTEST_S, SLOWEST_S = 0.25 * DAY, 30.0 * DAY


@dataclass(frozen=True)
class Cell:
    """One transfer of a porkchop; `row` and `column` say where it stands in the grids."""

    departure_s: float
    flight_s: float
    dv_departure_mps: float
    dv_arrival_mps: float
    c3_m2ps2: float
    v_infinity_mps: float
    row: int
    column: int

    @property
    def dv_total_mps(self) -> float:
        """Both burns together [m/s]."""
        return self.dv_departure_mps + self.dv_arrival_mps


@dataclass(frozen=True, eq=False)
class Porkchop:
    """Transfers over departures (n,) [s TDB after J2000] and flights (m,) [s]; grids (n, m), nan where there is none.

    `c3_m2ps2` is twice the energy at departure, `v_infinity_mps` the speed of arrival relative to the target.
    """

    departures_s: np.ndarray
    flights_s: np.ndarray
    dv_departure_mps: np.ndarray
    dv_arrival_mps: np.ndarray
    c3_m2ps2: np.ndarray
    v_infinity_mps: np.ndarray

    @property
    def dv_total_mps(self) -> np.ndarray:
        """Both burns together [m/s], (n, m)."""
        return np.asarray(self.dv_departure_mps + self.dv_arrival_mps)

    def best(self, grid: str = "dv_total_mps") -> Cell:
        """The transfer where `grid`, one of the grids by its name, is smallest. LunarlabError if all of it is nan."""
        names = ("dv_total_mps", "dv_departure_mps", "dv_arrival_mps", "c3_m2ps2", "v_infinity_mps")
        if grid not in names:
            raise LunarlabError(f"grid is {grid!r}; allowed are {', '.join(names)}")
        values = getattr(self, grid)
        if not np.any(np.isfinite(values)):
            raise LunarlabError("no departure and flight time of this porkchop has a transfer")
        i, j = (int(k) for k in np.unravel_index(np.nanargmin(values), values.shape))
        grids = (self.dv_departure_mps, self.dv_arrival_mps, self.c3_m2ps2, self.v_infinity_mps)
        departure, arrival, c3, v_infinity = (float(g[i, j]) for g in grids)
        return Cell(float(self.departures_s[i]), float(self.flights_s[j]), departure, arrival, c3, v_infinity, i, j)


# -- from a parking orbit to the Moon ----------------------------------------------------------------------------------


@kernel
def tangential_time(angle, r1, r2, mu):
    """Time [s] from the perigee r1 over `angle` to r2, and the energy: (t, C3 [m^2/s^2]).

    The time is infinite where the ellipse ends, and 0 where no hyperbola is fast enough.
    """
    c = math.sqrt(r1 * r1 + r2 * r2 - 2.0 * r1 * r2 * math.cos(angle))
    s = 0.5 * (r1 + r2 + c)
    lam, rho = math.sqrt(r1 * r2) * math.cos(0.5 * angle) / s, (r1 - r2) / c
    # No radial speed at r1 means lam y (1 - rho) = x (1 + rho) in Izzo's variables, with y^2 = 1 - lam^2 (1 - x^2).
    room = (1.0 + rho) * (1.0 + rho) - lam * lam * lam * lam * (1.0 - rho) * (1.0 - rho)
    if room <= 0.0:
        return 0.0 if lam > 0.0 else math.inf, 0.0
    x = lam * (1.0 - rho) * math.sqrt((1.0 - lam * lam) / room)
    if x <= -1.0:
        return math.inf, 0.0
    t = _tof_equation_y(x, _compute_y(x, lam), 0.0, lam, 0)
    return t * math.sqrt(s * s * s / (2.0 * mu)), 2.0 * mu * (x * x - 1.0) / s


@kernel
def tangential_angle(r1, r2, tof, mu, guess, slope):
    """The orbit that leaves r1 at its perigee and reaches r2 > r1 after `tof`: (angle [rad], C3 [m^2/s^2], slope).

    Secants inside a bracket, from a guess of the angle and of the slope, seconds per radian (0: not known).
    """
    low, high = math.acos(r1 / r2), 2.0 * math.pi
    x = guess if low < guess < high else math.pi
    t, c3 = tangential_time(x, r1, r2, mu)
    for _k in range(100):
        if t > tof:
            high = x
        else:
            low = x
        new = x - (t - tof) / slope if slope > 0.0 else low
        if not low < new < high:
            new = 0.5 * (low + high)
        t_new, c3 = tangential_time(new, r1, r2, mu)
        change = new - x
        slope = (t_new - t) / change if t < math.inf and t_new < math.inf and change != 0.0 else 0.0
        x, t = new, t_new
        if abs(t - tof) < 1e-9 * tof or high - low < 1e-15:  # a millisecond in a week
            break
    return x, c3, slope


@kernel
def _moon_grid(departures, flights, table, r1, tilt, side, mu, mu_moon, rp, ra, first, last, out):
    """Fill out (n, m, 4) with both burns, C3 and v_infinity. `tilt` < 0: in the plane of the Moon's orbit."""
    m = np.empty(6)
    circular = math.sqrt(mu / r1)
    at_perilune = math.sqrt(2.0 * mu_moon * (1.0 / rp - 1.0 / (rp + ra)))
    for i in range(first, last):
        angle, slope = math.pi, 0.0
        for j in range(flights.shape[0]):
            for k in range(4):
                out[i, j, k] = math.nan
            if moon_at(departures[i] + flights[j], table, m) != 0 or not flights[j] > 0.0:
                continue
            r2 = math.sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2])
            bx, by, bz = m[0] / r2, m[1] / r2, m[2] / r2
            if tilt < 0.0:
                nx, ny, nz = m[1] * m[5] - m[2] * m[4], m[2] * m[3] - m[0] * m[5], m[0] * m[4] - m[1] * m[3]
                n = math.sqrt(nx * nx + ny * ny + nz * nz)
                nx, ny, nz = nx / n, ny / n, nz / n
            else:  # the plane of that inclination that holds the Moon
                sine = bz / math.sqrt(bx * bx + by * by) / math.tan(tilt)
                if not abs(sine) <= 1.0:
                    continue
                node = math.atan2(by, bx) - (math.asin(sine) if side > 0 else math.pi - math.asin(sine))
                nx, ny, nz = math.sin(node) * math.sin(tilt), -math.cos(node) * math.sin(tilt), math.cos(tilt)
            if slope > 0.0:
                angle += (flights[j] - flights[j - 1]) / slope
            angle, c3, slope = tangential_angle(r1, r2, flights[j], mu, angle, slope)
            v1 = math.sqrt(c3 + 2.0 * mu / r1)
            across = r1 * v1 / r2
            along = (r1 * v1 * v1 / mu - 1.0) * mu / (r1 * v1) * math.sin(angle)  # e mu / h sin(nu)
            wx = along * bx + across * (ny * bz - nz * by) - m[3]
            wy = along * by + across * (nz * bx - nx * bz) - m[4]
            wz = along * bz + across * (nx * by - ny * bx) - m[5]
            square = wx * wx + wy * wy + wz * wz
            out[i, j, 0] = v1 - circular
            out[i, j, 1] = math.sqrt(square + 2.0 * mu_moon / rp) - at_perilune
            out[i, j, 2] = c3
            out[i, j, 3] = math.sqrt(square)


def _seconds(values: Any, name: str) -> np.ndarray:
    out = np.atleast_1d(array(values, "s", name=name))
    if out.ndim != 1 or out.size == 0:
        raise LunarlabError(f"{name} has the shape {out.shape}; it must be (n,) seconds, at least one")
    return out


def _dates(values: Any) -> np.ndarray:
    if not isinstance(values, str) and not hasattr(values, "jd1") and np.size(values) == 0:
        raise LunarlabError("departures is empty; it must hold at least one date")
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return _seconds(values, "departures")
    several = isinstance(values, (list, tuple)) or np.ndim(values) > 0
    return np.array([tdb(value, "departures") for value in (values if several else [values])])


def moon_flight(values: Any, name: str) -> np.ndarray:
    """Flight times (n,) [s] to the Moon: days given for seconds, and what no spacecraft does, are refused."""
    times = _seconds(values, name)
    if not (times.min() >= FASTEST_S and times.max() <= SLOWEST_S):
        span = f"{times[0]:g} s" if times.size == 1 else f"{times.min():g} to {times.max():g} s"
        raise LunarlabError(f"{name} is {span}; it must lie between {FASTEST_S:g} and {SLOWEST_S:g} s, 6 hours and 30 days")
    return times


def porkchop(
    departures: Any,
    flights: Any,
    *,
    altitude_m: Any = 200e3,
    inclination_rad: Any = None,
    leg: str = "ascending",
    perilune_altitude_m: Any = 100e3,
    apolune_altitude_m: Any = None,
    eph: Ephemeris | None = None,
    mu_earth: Any = MU_EARTH,
    mu_moon: Any = MU_MOON,
    threads: int = 2,
) -> Porkchop:
    """Transfers from a circular Earth orbit into a lunar orbit, for every departure and flight time.

    Parameters
    ----------
    departures : array (n,) or list of dates
        Times of the burn that leaves Earth orbit, as `ephemeris.tdb` takes them.
    flights : array (m,)
        Flight times to the Moon [s], 6 hours to 30 days.
    altitude_m : float
        Of the parking orbit, above the equatorial radius. The burn is along the velocity, at the perigee of the transfer.
    inclination_rad : float, optional
        Of parking orbit and transfer to the equator. The launch picks the node, so that the plane holds the Moon on
        arrival; where the Moon's declination is above the inclination there is none (nan). None: in the plane of the
        Moon's orbit.
    leg : {"ascending", "descending"}
        Which of the two planes of this inclination: on arrival the spacecraft goes north, or south.
    perilune_altitude_m, apolune_altitude_m : float
        Of the lunar orbit; a circle if the second is not given.
    eph : Ephemeris, optional
        The built-in theory if not given.
    threads : int
        The result does not depend on it.

    Returns
    -------
    Porkchop

    Raises
    ------
    LunarlabError
        Dates outside the ephemeris, flight times, altitudes out of range, no cell with a transfer.

    Notes
    -----
    Patched at the Moon's centre: the Earth alone pulls until arrival, and the lunar orbit is entered at the perilune of the
    hyperbola with the speed at infinity that this gives. Against a full model both burns are good to about 1 %, the flight
    time to some hours.
    """
    starts, times = _dates(departures), moon_flight(flights, "flights")
    r1 = R_EARTH + si(altitude_m, "m", name="altitude_m", low=100e3, high=1e8)
    rp = ra = R_MOON + si(perilune_altitude_m, "m", name="perilune_altitude_m", low=0.0, high=6e7)
    if apolune_altitude_m is not None:
        ra = R_MOON + si(apolune_altitude_m, "m", name="apolune_altitude_m", low=rp - R_MOON, high=6e7)
    if leg not in ("ascending", "descending"):
        raise LunarlabError(f"leg is {leg!r}; allowed are 'ascending' and 'descending'")
    tilt = -1.0 if inclination_rad is None else si(inclination_rad, "rad", name="inclination_rad", low=0.0, high=math.pi)
    if eph is None:
        eph = ephemeris(float(starts.min() + times.min()), float(starts.max() + times.max() + 1.0))
    eph.check(np.array([starts.min() + times.min(), starts.max() + times.max()]), "departures + flights")
    out, table, side = np.empty((starts.size, times.size, 4)), eph.table, 1 if leg == "ascending" else -1
    mu, small = positive_mu(mu_earth), positive_mu(mu_moon)

    def part(first: int, last: int) -> None:
        _moon_grid(starts, times, table, r1, tilt, side, mu, small, rp, ra, first, last, out)

    in_threads(part, starts.size, threads)
    if not np.any(np.isfinite(out[..., 0])):
        raise LunarlabError(
            f"inclination_rad is {tilt:g} ({math.degrees(tilt):g} deg), and from {iso(starts.min())} on every arrival finds "
            "the Moon at a higher declination: no plane of that inclination holds it"
        )
    return Porkchop(starts, times, *(np.ascontiguousarray(out[..., k]) for k in range(4)))


# -- between any two bodies --------------------------------------------------------------------------------------------


@kernel
def _body_grid(r1, v1, r2, v2, flights, mu, prograde, first, last, out):
    """Fill out (n, m, 3): excess speeds at departure and arrival, and the square of the first."""
    for i in range(first, last):
        for j in range(flights.shape[0]):
            x, y, z = r2[i, j, 0], r2[i, j, 1], r2[i, j, 2]
            ax, ay, az, bx, by, bz, _ = arc(r1[i, 0], r1[i, 1], r1[i, 2], x, y, z, flights[j], mu, 0, LOW, prograde)
            ax, ay, az = ax - v1[i, 0], ay - v1[i, 1], az - v1[i, 2]
            bx, by, bz = bx - v2[i, j, 0], by - v2[i, j, 1], bz - v2[i, j, 2]
            leave, come = ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz
            out[i, j, 0], out[i, j, 1], out[i, j, 2] = math.sqrt(leave), math.sqrt(come), leave


def transfer_grid(
    start: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    target: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    departures: Any,
    flights: Any,
    *,
    mu: Any,
    prograde: bool = True,
    threads: int = 2,
) -> Porkchop:
    """Lambert arcs between any two moving points around one centre, for every departure and flight time.

    Parameters
    ----------
    start, target : functions
        ``t (k,) -> r (k, 3) [m], v (k, 3) [m/s]``, for instance ``lambda t: moon(t, eph)``.
    departures : array (n,) or list of dates
    flights : array (m,)
        Flight times [s], positive.
    mu : float
        Of the centre [m^3/s^2].
    prograde, threads
        As in `lambert_rows`.

    Returns
    -------
    Porkchop
        The burns are the changes of velocity at both ends, and `c3_m2ps2` the square of the first; without the bodies' own
        gravity. nan where both ends lie on one line through the centre.
    """
    starts, times, mu = _dates(departures), _seconds(flights, "flights"), positive_mu(mu)
    if not np.all(times > 0.0):
        raise LunarlabError(f"flights goes down to {times.min():g} s; flight times must be positive")
    shape = (starts.size, times.size, 3)
    r1, v1 = (np.ascontiguousarray(x, dtype=float) for x in start(starts))
    r2, v2 = (np.ascontiguousarray(x, dtype=float) for x in target((starts[:, None] + times).ravel()))
    for name, x, rows in (("start", r1, starts.size), ("target", r2, starts.size * times.size)):
        if x.shape != (rows, 3):
            raise LunarlabError(f"{name} gave positions of shape {x.shape} for {rows} times; it must be ({rows}, 3)")
    r2, v2, out = r2.reshape(shape), v2.reshape(shape), np.empty(shape)

    def part(first: int, last: int) -> None:
        _body_grid(r1, v1, r2, v2, times, mu, bool(prograde), first, last, out)

    in_threads(part, starts.size, threads)
    leave, come, c3 = (np.ascontiguousarray(out[..., k]) for k in range(3))
    return Porkchop(starts, times, leave, come, c3, come)
