"""Two impulses from a circular orbit around the Earth to one around the Moon, with the Sun or without.

The problem is Topputo's (2013): leave along the orbit's velocity, arrive tangentially, and pay as little as possible. Four
numbers describe a transfer: where on the orbit it starts, with which speed, where the Sun stands then, and how long it takes.

The search goes the other way round. From a grid of arrivals it follows time backward to the first low perigee; where
neighbours on the grid enclose the wanted perigee there is a transfer. Arrival and departure are then tangential by
construction, and from the best of these a descent along the surface of all transfers leads to a minimum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lunarlab import integrate
from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.transfer import bicircular, surfaces
from lunarlab.transfer.bicircular import TOLERANCE, TOPPUTO, Bicircular
from lunarlab.units import check_fields, choice, number, si

COARSE = {"rtol": 1e-9, "atol": np.where(np.isinf(TOLERANCE), math.inf, 1e-10), "max_steps": 800}
FINE = {"rtol": 1e-12, "atol": TOLERANCE, "max_steps": 4000}


@dataclass(frozen=True)
class TwoImpulse:
    """The problem: orbits at both ends (altitudes over the system's radii) and the sense in which the Moon is circled."""

    system: Bicircular = TOPPUTO
    departure_altitude_m: float = number(167e3, "m", 0.0, 1e8, "altitude of the circular orbit around the Earth")
    arrival_altitude_m: float = number(100e3, "m", 0.0, 1e8, "altitude of the circular orbit around the Moon")
    arrival: str = choice("ccw", ("ccw", "cw"), "sense of the orbit around the Moon, seen from the north")

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def r0(self) -> float:
        """Radius of departure, in units of length."""
        return (self.system.r_earth_m + self.departure_altitude_m) / self.system.length_m

    @property
    def rf(self) -> float:
        """Radius of arrival, in units of length."""
        return (self.system.r_moon_m + self.arrival_altitude_m) / self.system.length_m

    @property
    def circular(self) -> tuple[float, float]:
        """Speeds of the two circular orbits, in units of speed."""
        return math.sqrt((1.0 - self.system.mu) / self.r0), math.sqrt(self.system.mu / self.rf)


@dataclass(frozen=True)
class Transfer:
    """One transfer of a `TwoImpulse` problem."""

    problem: TwoImpulse
    alpha_rad: float
    """Angle of departure, from the Earth-Moon line."""
    beta: float
    """Speed of departure over that of the circular orbit."""
    sun_angle0_rad: float
    """The Sun's angle at departure, from the Earth-Moon line."""
    tof_s: float
    dv_departure_mps: float
    dv_arrival_mps: float
    arrival_radius_m: float
    radial_speed_mps: float
    """At arrival, seen from the Moon: zero for a tangential one."""

    @property
    def dv_mps(self) -> float:
        """Both impulses together."""
        return self.dv_departure_mps + self.dv_arrival_mps

    @cached_property
    def _start(self) -> np.ndarray:
        return _departure(self.problem, self.alpha_rad, self.beta, self.sun_angle0_rad)

    def path(self, n: int = 1000) -> tuple[np.ndarray, np.ndarray]:
        """Times (n,) and states (n, 8), without units, in the turning frame; see `bicircular.to_earth_frame`."""
        times = np.linspace(0.0, self.tof_s / self.problem.system.time_s, n)
        arc = bicircular.propagate(self.problem.system, self._start, times[-1], times=times)
        return arc.t, arc.y

    def __str__(self) -> str:
        return (
            f"{self.dv_mps / 1e3:.4f} km/s ({self.dv_departure_mps / 1e3:.4f} to leave, {self.dv_arrival_mps / 1e3:.4f} "
            f"to arrive) in {self.tof_s / DAY:.2f} days"
        )


def _departure(problem: TwoImpulse, alpha: float, beta: float, sun: float) -> np.ndarray:
    s, r = problem.system, problem.r0
    v = beta * problem.circular[0] - r
    cos, sin = math.cos(alpha), math.sin(alpha)
    return s.state([r * cos - s.mu, r * sin], [-v * sin, v * cos], sun)


def fly(problem: TwoImpulse, alpha_rad: float, beta: float, sun_angle0_rad: float, tof_s: float) -> Transfer:
    """Fly the transfer that these four numbers describe, wherever it leads.

    Parameters
    ----------
    problem : TwoImpulse
    alpha_rad : float
        Angle of departure from the Earth-Moon line [rad].
    beta : float, 1 to 2
        Speed after the first impulse over that of the circular orbit.
    sun_angle0_rad : float
        The Sun's angle at departure [rad].
    tof_s : float, 1 hour to 3 years
        Time of flight [s].

    Raises
    ------
    LunarlabError
        Out of range, or the trajectory hits the centre of Earth or Moon.
    """
    alpha = si(alpha_rad, "rad", name="alpha_rad", low=-1e3, high=1e3)
    sun = si(sun_angle0_rad, "rad", name="sun_angle0_rad", low=-1e3, high=1e3)
    beta = si(beta, "", name="beta", low=1.0, high=2.0)
    tof = si(tof_s, "s", name="tof_s", low=3600.0, high=3 * 365.25 * DAY)
    system = problem.system
    y = bicircular.propagate(system, _departure(problem, alpha, beta, sun), tof / system.time_s).y_end
    radius, radial, across = (float(a[0]) for a in _at_moon(system, y[None]))
    sense = 1.0 if problem.arrival == "ccw" else -1.0
    unit = system.velocity_mps
    return Transfer(
        problem, alpha, beta, sun, tof, (beta - 1.0) * problem.circular[0] * unit,
        math.hypot(radial, across - sense * problem.circular[1]) * unit, radius * system.length_m, radial * unit,
    )  # fmt: skip


def _at_moon(system: Bicircular, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distance from the Moon, and radial and transverse speed in axes that don't turn."""
    x, v = y[:, 0] - 1.0 + system.mu, y[:, 1]
    r = np.hypot(x, v)
    return r, (x * y[:, 3] + v * y[:, 4]) / r, (x * (y[:, 4] + x) - v * (y[:, 3] - v)) / r


def _backward(
    problem: TwoImpulse, u: np.ndarray, tof: float, passes: int, quality: dict[str, Any]
) -> tuple[np.ndarray, ...]:
    """From arrivals u (m, 3): angle [rad], second impulse [m/s], Sun's angle [rad], back to the low perigee number `passes`.

    Returns its radius, negative for a clockwise orbit, the sum of both impulses [m/s], the time of flight, the states
    there, all NaN where there is no perigee within the time `tof`; without units where none is given.
    """
    s, rf = problem.system, problem.rf
    sense = 1.0 if problem.arrival == "ccw" else -1.0
    w = sense * (problem.circular[1] + u[:, 1] / s.velocity_mps) - rf
    cos, sin = np.cos(u[:, 0]), np.sin(u[:, 0])
    y = np.zeros((len(u), 8))
    y[:, 0], y[:, 1], y[:, 3], y[:, 4] = 1.0 - s.mu + rf * cos, rf * sin, -w * sin, w * cos
    y[:, 6], y[:, 7] = s.rho * np.cos(u[:, 2]), s.rho * np.sin(u[:, 2])
    end, t, alive = np.full_like(y, np.nan), np.full(len(y), np.nan), np.arange(len(y))
    gone = np.zeros(len(y))
    for _ in range(passes):
        y, dt, status = integrate.propagate_rows(
            bicircular.equations, y, -tof, s.params, event=bicircular.perigee, direction=-1, **quality
        )
        there = status == integrate.EVENT
        alive, y, gone = alive[there], y[there], (gone - dt)[there]
        if not alive.size:
            break
    else:
        end[alive], t[alive] = y, gone
    x, v = end[:, 0] + s.mu, end[:, 1]
    speed = x * (end[:, 4] + x) - v * (end[:, 3] - v)
    r = np.hypot(x, v)
    speed /= r
    # The first impulse as if the perigee had the wanted radius: the energy is what the transfer fixes.
    at_r0 = np.sqrt(np.maximum(speed**2 + 2.0 * (1.0 - s.mu) * (1.0 / problem.r0 - 1.0 / r), 0.0))
    dv = (at_r0 - problem.circular[0]) * s.velocity_mps + u[:, 1]
    return np.copysign(r, speed), dv, t, end


def scan(
    problem: TwoImpulse,
    days: tuple[float, float],
    *,
    dv_arrival_mps: tuple[float, float] = (600.0, 860.0),
    grid: tuple[int, int, int] = (90, 14, 24),
    passes: int = 1,
) -> np.ndarray:
    """Rough transfers that take between days[0] and days[1]: (m, 6), the cheapest first.

    Columns: angle at arrival [rad], second impulse [m/s], the Sun's angle at arrival [rad], both impulses [m/s], time of
    flight [s], number of low perigees. `grid` says how many values of the first three are tried. The Sun's angle takes part
    in half a turn only, because its tide looks the same from the other side, and not at all if the system has no Sun. With
    `passes` above 1 the spacecraft may come close to the Earth again (below 0.05 of the Moon's distance) on its way.
    """
    longest = _check_days(days)[1]
    low, high = (si(v, "m / s", name="dv_arrival_mps", low=1.0, high=5e3) for v in dv_arrival_mps)
    if min(grid) < 1 or grid[0] < 4:
        raise LunarlabError(f"grid is {grid}; it must be three whole numbers, the first at least 4")
    n_sun = grid[2] if problem.system.m_sun > 0.0 else 1
    axes = (
        np.arange(grid[0]) * (2.0 * math.pi / grid[0]), np.linspace(low, high, grid[1]),
        np.arange(n_sun) * (math.pi / n_sun),
    )  # fmt: skip
    u = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    shape = u.shape[:-1]
    rows = [np.empty((0, 6))]
    for number_of in range(1, passes + 1):
        r, dv, t, _ = (a.reshape(shape + a.shape[1:]) for a in _backward(
            problem, u.reshape(-1, 3), longest / problem.system.time_s, number_of, COARSE))  # fmt: skip
        rows += _crossings(problem, u, axes, (r - problem.r0, dv, t), number_of)
    every = np.vstack(rows)
    every = every[(every[:, 4] >= days[0] * DAY) & (every[:, 4] <= longest)]
    return every[np.argsort(every[:, 3], kind="stable")]


def _crossings(problem: TwoImpulse, u: np.ndarray, axes: Any, values: Any, passes: int) -> list[np.ndarray]:
    """Where neighbours along each axis of the grid enclose the wanted perigee; by straight lines between them."""
    rows, (miss, dv, t) = [], values
    for axis in range(3):
        if u.shape[axis] == 1:
            continue
        step = np.zeros(3)
        step[axis] = axes[axis][1] - axes[axis][0]
        after = [np.roll(a, -1, axis) for a in values]
        with np.errstate(invalid="ignore"):
            found = (miss * after[0] < 0.0) & (abs(t - after[2]) < 0.05 + 0.05 * t)
        if axis == 1:
            found[:, -1, :] = False  # speeds don't close to a circle as angles do, the Sun's half turn included
        share = (miss[found] / (miss[found] - after[0][found]))[:, None]
        at = [(a[found] + (b[found] - a[found]) * share[:, 0]) for a, b in zip((dv, t), after[1:], strict=True)]
        rows.append(np.column_stack(
            [u[found] + share * step, at[0], at[1] * problem.system.time_s, np.full(len(share), float(passes))]))  # fmt: skip
    return rows


def _check_days(days: tuple[float, float]) -> tuple[float, float]:
    if not 0.5 <= days[0] < days[1] <= 300.0:
        raise LunarlabError(f"days is {days}; it must be (shortest, longest) with 0.5 <= shortest < longest <= 300 days")
    return days[0] * DAY, days[1] * DAY


class Arrivals:
    """Transfers as arrivals (angle, second impulse, the Sun's angle) whose perigee, backward in time, is right."""

    noise = 1e-8

    def __init__(self, problem: TwoImpulse, tof_s: float, passes: int) -> None:
        self.problem, self.limit, self.passes = problem, 1.3 * tof_s / problem.system.time_s + 0.3, passes
        self.scale = np.array([1.0, 50.0, 1.0])[: 3 if problem.system.m_sun > 0.0 else 2]

    def look(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Miss of the perigee over the wanted radius (m, 1) and cost [m/s] (m,) at scaled arrivals q (m, n)."""
        r, dv, _, _ = self.fly(q)
        return (r / self.problem.r0 - 1.0)[:, None], dv

    def fly(self, q: np.ndarray) -> tuple[np.ndarray, ...]:
        """As `_backward`."""
        u = np.zeros((len(q), 3))
        u[:, : self.scale.size] = q * self.scale
        return _backward(self.problem, u, self.limit, self.passes, FINE)


class Departures:
    """Transfers as departures (angle, speed, duration, the Sun's angle) that arrive tangentially at the right radius."""

    noise = 1e-6  # what rounding at the start of a 100-day transfer makes at its end: a metre or two

    def __init__(self, problem: TwoImpulse) -> None:
        self.problem = problem
        self.scale = np.array([1.0, 0.01, 0.1, 1.0])[: 4 if problem.system.m_sun > 0.0 else 3]

    def look(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Miss of radius over itself and of radial speed (m, 2) and cost [m/s] (m,) at scaled departures q (m, n)."""
        p, s = self.problem, self.problem.system
        u = np.zeros((len(q), 4))
        u[:, : self.scale.size] = q * self.scale
        end = np.array([bicircular.propagate(s, _departure(p, a, b, sun), t).y_end for a, b, t, sun in u])
        r, radial, across = _at_moon(s, end)
        sense, (start, circular) = 1.0 if p.arrival == "ccw" else -1.0, p.circular
        cost = ((u[:, 1] - 1.0) * start + abs(sense * across - circular)) * s.velocity_mps
        return np.column_stack([r / p.rf - 1.0, radial / circular]), cost


def refine(problem: TwoImpulse, guess: Any, *, descend: bool = True) -> Transfer:
    """From a rough arrival to a transfer, and on to the cheapest one near it.

    Parameters
    ----------
    problem : TwoImpulse
    guess : array
        A row of `scan`: angle [rad], second impulse [m/s], Sun's angle at arrival [rad], anything, time of flight [s],
        number of low perigees.
    descend : bool
        False only closes the transfer, without making it cheaper.

    Raises
    ------
    LunarlabError
        No transfer is near.
    """
    guess = np.asarray(guess, dtype=float)
    surface = Arrivals(problem, float(guess[4]), int(guess[5]))
    q = surfaces.settle(surface, guess[: surface.scale.size] / surface.scale)
    if q is None:
        raise LunarlabError(f"no transfer was found near the arrival {guess[:3].tolist()} with {guess[4] / DAY:.1f} days")
    if descend:
        q = surfaces.descend(surface, q)
    _, _, t, y = surface.fly(q[None])
    s = problem.system
    x, v = y[0, 0] + s.mu, y[0, 1]
    speed = math.hypot(y[0, 3] - v, y[0, 4] + x)
    return polish(
        problem, math.atan2(v, x) % (2.0 * math.pi), speed / problem.circular[0],
        math.atan2(y[0, 7], y[0, 6]) % (2.0 * math.pi), float(t[0]) * s.time_s, descend=False,
    )  # fmt: skip


def polish(
    problem: TwoImpulse, alpha_rad: float, beta: float, sun_angle0_rad: float, tof_s: float, *, descend: bool = True
) -> Transfer:
    """From a good guess of the departure, as for `fly`, to the transfer next to it, and on to the cheapest one near.

    Raises
    ------
    LunarlabError
        No transfer is near.
    """
    rough = fly(problem, alpha_rad, beta, sun_angle0_rad, tof_s)
    surface, unit = Departures(problem), problem.system.time_s
    whole = np.array([rough.alpha_rad, rough.beta, rough.tof_s / unit, rough.sun_angle0_rad])
    n = surface.scale.size
    q = surfaces.settle(surface, whole[:n] / surface.scale)
    if q is None:
        raise LunarlabError(
            f"no transfer was found near this departure, which comes to {rough.arrival_radius_m / 1e3:.0f} km from the Moon's "
            f"centre with {rough.radial_speed_mps:.0f} m/s of radial speed"
        )
    whole[:n] = (surfaces.descend(surface, q) if descend else q) * surface.scale
    return fly(problem, whole[0], whole[1], whole[3], whole[2] * unit)


def optimise(
    problem: TwoImpulse, days: tuple[float, float], *, tries: int = 6, progress: bool = False, **grid: Any
) -> Transfer:
    """The cheapest transfer that takes between days[0] and days[1] days: a coarse scan, and a descent from its best rows.

    Parameters
    ----------
    problem : TwoImpulse
    days : (float, float), 0.5 to 300
        Shortest and longest time of flight; the transfer that is returned lies between them.
    tries : int
        From how many different rows of the scan the descent begins.
    progress : bool
        Show a progress bar.
    grid
        `grid`, `dv_arrival_mps` and `passes` of `scan`.

    Raises
    ------
    LunarlabError
        Nothing was found: says how to look more closely.
    """
    low, high = _check_days(days)
    rows, starts = scan(problem, days, **grid), list[np.ndarray]()
    for row in rows:  # neighbours on the grid lead to the same minimum: one start for each group of them
        if all(abs(row[4] - other[4]) > 0.02 * other[4] or abs(math.sin(0.5 * (row[0] - other[0]))) > 0.05
               or abs(row[1] - other[1]) > 25.0 for other in starts):  # fmt: skip
            starts.append(row)
        if len(starts) == tries:
            break
    if progress:
        from tqdm.auto import tqdm

        starts = tqdm(starts, unit="descent")
    done = []
    for row in starts:
        try:
            transfer = refine(problem, row)
        except LunarlabError:
            continue
        if low <= transfer.tof_s <= high:
            done.append(transfer)
    if not done:
        raise LunarlabError(
            f"no transfer of {days[0]:g} to {days[1]:g} days was found among {len(rows)} rough ones; a finer grid, another "
            "dv_arrival_mps or a wider span of days may have one"
        )
    return min(done, key=lambda transfer: transfer.dv_mps)
