"""Orbits around the real Moon: where they go, how long they last, which stay as they are, and how to leave them downwards.

`propagate`, `apsis_history`, `lifetime` and `frozen_orbit` follow an orbit in the gravity of `gravity.gravity(degree)`: the
Moon alone, no Earth, no Sun, no sunlight. Low orbits are ruled by the mascons, so every answer names its degree. The closed
forms after them are first-order theory, as textbooks have it. Inertial axes are those of `gravity.lumpy`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import integrate, twobody
from lunarlab.constants import DAY, MU_MOON, OMEGA_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.insertion import gravity as g
from lunarlab.insertion.capture import apsides
from lunarlab.units import array, si

SUN_RATE = 2.0 * math.pi / (365.2422 * DAY)
"""Mean motion of the Sun in the sky of the Moon's inertial axes [rad/s]: one turn in a tropical year."""

_ATOL = np.array([1e-5, 1e-5, 1e-5, 1e-8, 1e-8, 1e-8])


@dataclass(frozen=True, eq=False)
class Orbit:
    """A propagated orbit: `t_s` (n,), `r_mci` and `v_mci` (n, 3), and when it hit the ground (`impact_s`, inf if not)."""

    t_s: np.ndarray
    r_mci: np.ndarray
    v_mci: np.ndarray
    impact_s: float
    degree: int

    @property
    def altitude_m(self) -> np.ndarray:
        """Height over the sphere of `R_MOON`, (n,)."""
        height: np.ndarray = np.linalg.norm(self.r_mci, axis=1) - R_MOON
        return height


@dataclass(frozen=True, eq=False, repr=False)
class Lifetime:
    """How long an orbit lasted: `lifetime_s` until the ground, inf if it outlived `horizon_s`; its perilunes on the way."""

    lifetime_s: float
    horizon_s: float
    degree: int
    t_s: np.ndarray
    """Times of perilune (k,)."""
    perilune_altitude_m: np.ndarray
    """Altitude at each of them (k,)."""

    @property
    def survives(self) -> bool:
        """Whether it is still up at the horizon."""
        return math.isinf(self.lifetime_s)

    @property
    def min_perilune_altitude_m(self) -> float:
        """Lowest perilune on the way; 0 if it came down, inf if it passed none."""
        return float(self.perilune_altitude_m.min(initial=math.inf)) if self.survives else 0.0

    def __repr__(self) -> str:
        model = f"gravity of degree {self.degree}"
        if self.survives:
            low = f"never below {self.min_perilune_altitude_m / 1e3:.1f} km" if self.t_s.size else "without a perilune"
            return f"still up after {self.horizon_s / DAY:g} days, {low} ({model})"
        return f"impact after {self.lifetime_s / DAY:.2f} days ({model})"


def _start(orbit: Any, field: g.Gravity) -> np.ndarray:
    """State of `Elements`, or of a pair (r, v), above the ground."""
    if isinstance(orbit, twobody.Elements):
        r, v = twobody.state(orbit, mu=field.mu)
    else:
        try:
            r, v = orbit
        except (TypeError, ValueError) as error:
            raise LunarlabError(f"orbit is {orbit!r}; it must be twobody.Elements or a pair (r_mci, v_mci)") from error
        r, v = twobody.vector(r, "m", "r_mci"), twobody.vector(v, "m/s", "v_mci")
    if np.linalg.norm(r) <= R_MOON:
        raise LunarlabError(f"the orbit starts {np.linalg.norm(r) / 1e3:.1f} km from the centre, below {R_MOON / 1e3:g} km")
    return np.concatenate((r, v))


def propagate(
    orbit: Any, duration_s: Any, *, degree: Any = g.DEGREE_MAX, samples: int = 1000, rtol: float = 1e-12,
    prime_meridian_rad: Any = 0.0,
) -> Orbit:  # fmt: skip
    """Follow an orbit, at the longest until it meets the ground.

    Parameters
    ----------
    orbit : twobody.Elements, or (r_mci, v_mci)
        At t = 0; vectors (3,) in m and m/s, in axes that share the Moon's pole.
    duration_s : float
        At most 1000 days.
    degree : int
        Of the gravity field, 0 to 20.
    samples : int
        Number of equally spaced times in the result, at least 2.
    rtol : float
        Relative tolerance of each step.
    prime_meridian_rad : float
        Longitude of the inertial x-axis at t = 0, negative: the angle of the Moon's prime meridian from it.

    Returns
    -------
    Orbit
    """
    field = g.gravity(degree)
    end = si(duration_s, "s", name="duration_s", low=0.0, high=1000.0 * DAY)
    count = int(si(samples, "", name="samples", low=2, high=10_000_000))
    p = field.params(prime_meridian_rad=si(prime_meridian_rad, "rad", name="prime_meridian_rad"))
    start, times = _start(orbit, field), np.linspace(0.0, end, count)
    while True:
        arc = integrate.propagate(
            g.lumpy, start, end, p, times=times, rtol=rtol, atol=_ATOL, event=g.surface, direction=-1, max_steps=10_000_000
        )
        under = np.flatnonzero(np.linalg.norm(arc.y[:, :3], axis=1) < R_MOON)
        if under.size == 0:
            break
        # A dip between two steps: ending below the ground, it finds the surface.
        end, times = arc.t[under[0]], times[: under[0]]
    return Orbit(arc.t, arc.y[:, :3], arc.y[:, 3:], arc.t_end if arc.stopped else math.inf, field.degree)


def _walk(y: np.ndarray, p: np.ndarray, end: float, rtol: float, direction: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Times and radii of the perilunes (direction 1) or apolunes (-1) until the ground or `end`; time of impact.

    It goes by days: a perilune below the ground ends the walk, and only then is the way down from the last state sought.
    """
    times, radii, t = [np.empty(0)], [np.empty(0)], 0.0
    while t < end:
        arc = integrate.propagate(
            g.lumpy, y, min(t + DAY, end), p, t0=t, rtol=rtol, atol=_ATOL, event=g.apsis, direction=direction, stop_after=500
        )
        radius = np.linalg.norm(arc.y_events[:, :3], axis=1)
        under = np.flatnonzero(radius < p[g.SURFACE])
        if direction > 0 and (under.size or np.linalg.norm(arc.y_end[:3]) < p[g.SURFACE]):
            # From above the ground to a point below it: however short the dip, the surface lies between.
            until = arc.t_events[under[0]] if under.size else arc.t_end
            down = integrate.propagate(g.lumpy, y, until, p, t0=t, rtol=rtol, atol=_ATOL, event=g.surface, direction=-1)
            if down.stopped:
                kept = arc.t_events < down.t_end
                return np.append(np.concatenate(times), arc.t_events[kept]), np.append(
                    np.concatenate(radii), radius[kept]), down.t_end  # fmt: skip
        times.append(arc.t_events)
        radii.append(radius)
        t, y = arc.t_end, arc.y_end
    return np.concatenate(times), np.concatenate(radii), math.inf


def lifetime(
    orbit: Any, *, degree: Any = g.DEGREE_MAX, horizon_s: Any = 60.0 * DAY, rtol: float = 1e-10, prime_meridian_rad: Any = 0.0
) -> Lifetime:
    """How long an orbit stays above the ground, the sphere of `R_MOON`.

    Parameters
    ----------
    orbit : twobody.Elements, or (r_mci, v_mci)
        At t = 0, as for `propagate`.
    degree : int
        Of the gravity field, 0 to 20. The answer depends on it: an orbit 100 km up, inclined by 10 degrees, falls after
        37 days at degree 8 and after 12 at degree 20.
    horizon_s : float
        When to stop looking, at most 1000 days.
    rtol : float
    prime_meridian_rad : float

    Returns
    -------
    Lifetime
    """
    field = g.gravity(degree)
    end = si(horizon_s, "s", name="horizon_s", low=1.0, high=1000.0 * DAY)
    p = field.params(prime_meridian_rad=si(prime_meridian_rad, "rad", name="prime_meridian_rad"))
    times, radii, impact = _walk(_start(orbit, field), p, end, rtol, 1)
    return Lifetime(impact, end, field.degree, times, radii - R_MOON)


def lifetimes(orbit: Any, degrees: Iterable[int] = (0, 2, 4, 8, 12, 16, 20), **settings: Any) -> list[Lifetime]:
    """`lifetime` for each degree of the field."""
    return [lifetime(orbit, degree=degree, **settings) for degree in degrees]


def apsis_history(orbit: Any, duration_s: Any, *, degree: Any = g.DEGREE_MAX, rtol: float = 1e-10) -> dict[str, np.ndarray]:
    """Altitudes [m] at every perilune and apolune, and their times [s].

    Keys: ``perilune_s``, ``perilune_altitude_m`` (k,), ``apolune_s``, ``apolune_altitude_m`` (j,); until the ground at most.
    """
    field = g.gravity(degree)
    end = si(duration_s, "s", name="duration_s", low=1.0, high=1000.0 * DAY)
    y, p = _start(orbit, field), field.params()
    low_t, low, impact = _walk(y, p, end, rtol, 1)
    high_t, high, _ = _walk(y, p, min(end, impact), rtol, -1)
    return {
        "perilune_s": low_t, "perilune_altitude_m": low - R_MOON, "apolune_s": high_t, "apolune_altitude_m": high - R_MOON,
    }  # fmt: skip


def _eccentricity(y: np.ndarray, mu: float) -> np.ndarray:
    """Eccentricity vector of states (n, 6), (n, 2): its parts along the node and across it in the orbit plane."""
    r, v = y[:, :3], y[:, 3:]
    h = np.cross(r, v)
    vector = np.cross(v, h) / mu - r / np.linalg.norm(r, axis=1)[:, None]
    node = np.stack((-h[:, 1], h[:, 0], np.zeros(len(h))), axis=1)
    node /= np.linalg.norm(node, axis=1)[:, None]
    across = np.cross(h / np.linalg.norm(h, axis=1)[:, None], node)
    return np.stack((np.sum(vector * node, axis=1), np.sum(vector * across, axis=1)), axis=1)


def frozen_orbit(a_m: Any, inclination_rad: Any, *, degree: Any = g.DEGREE_MAX, raan_rad: Any = 0.0) -> twobody.Elements:
    """The low orbit of this size and inclination whose mean eccentricity and perilune come back after a sidereal month.

    Found numerically in the gravity of the Moon alone: Newton's method on the drift of the mean eccentricity vector, each
    mean over two revolutions. A few seconds at degree 20.

    Parameters
    ----------
    a_m : float
        Semi-major axis [m].
    inclination_rad : float
        At least 5 degrees from the Moon's equator, either sense.
    degree : int
        3 to 20; it takes an odd zonal to freeze a low orbit.
    raan_rad : float
        Node at t = 0.

    Returns
    -------
    twobody.Elements
        Osculating elements at t = 0, at perilune.

    Raises
    ------
    LunarlabError
        It would touch the ground, or no such orbit was found.
    """
    field = g.gravity(degree)
    if field.degree < 3:
        raise LunarlabError(f"degree is {field.degree}; a low orbit freezes by odd terms, from degree 3 on")
    a = si(a_m, "m", name="a_m", low=R_MOON, high=10.0 * R_MOON)
    tilt = si(inclination_rad, "rad", name="inclination_rad", low=math.radians(5.0), high=math.radians(175.0))
    node = si(raan_rad, "rad", name="raan_rad")
    p, month = field.params(), 2.0 * math.pi / OMEGA_MOON
    turns = np.linspace(0.0, 2.0 * twobody.period(a, mu=field.mu), 400, endpoint=False)

    def elements_at(x: np.ndarray) -> twobody.Elements:
        e = float(np.hypot(*x))
        if a * (1.0 - e) <= R_MOON:
            raise LunarlabError(
                f"no frozen orbit with a_m = {a / 1e3:g} km, inclination {math.degrees(tilt):g} deg above the ground: the "
                f"search came to an eccentricity of {e:.4f}, a perilune {(a * (1.0 - e) - R_MOON) / 1e3:.1f} km high"
            )
        return twobody.Elements(a, e, tilt, node, math.atan2(x[1], x[0]) % (2.0 * math.pi))

    def drift(x: np.ndarray) -> np.ndarray:
        y = np.concatenate(twobody.state(elements_at(x), mu=field.mu))
        times = np.concatenate((turns, month + turns))
        arc = integrate.propagate(g.lumpy, y, times[-1], p, times=times, rtol=1e-9, atol=_ATOL)
        mean = _eccentricity(arc.y, field.mu).reshape(2, -1, 2).mean(axis=1)
        change: np.ndarray = mean[1] - mean[0]
        return change

    x, step = np.array([0.0, -0.01]), 1e-4
    for _ in range(8):
        now = drift(x)
        if np.hypot(*now) < 1e-6:
            return elements_at(x)
        slope = np.stack([(drift(x + step * unit) - now) / step for unit in np.eye(2)], axis=1)
        x = x - np.linalg.solve(slope, now)
    raise LunarlabError(f"no frozen orbit was found with a_m = {a / 1e3:g} km, inclination {math.degrees(tilt):g} deg")


# -- closed forms ------------------------------------------------------------------------------------------------------


def _flattening(a_m: Any, e: Any, field: g.Gravity) -> float:
    """n J2 (R / p)^2 [rad/s], the pace of first-order flattening effects."""
    a = si(a_m, "m", name="a_m", low=1.0, high=1e12)
    p = a * (1.0 - si(e, "", name="e", low=0.0, high=0.999999) ** 2)
    return math.sqrt(field.mu / a**3) * field.j2 * (field.radius_m / p) ** 2


def node_rate(a_m: Any, inclination_rad: Any, *, e: Any = 0.0) -> float:
    """Drift of the node [rad/s] that the Moon's flattening J2 causes, to first order: -3/2 n J2 (R/p)^2 cos i."""
    i = si(inclination_rad, "rad", name="inclination_rad", low=0.0, high=math.pi)
    return -1.5 * _flattening(a_m, e, g.gravity(2)) * math.cos(i)


def apse_rate(a_m: Any, inclination_rad: Any, *, e: Any = 0.0) -> float:
    """Drift of perilune [rad/s] that the Moon's flattening J2 causes, to first order: 3/4 n J2 (R/p)^2 (5 cos^2 i - 1)."""
    i = si(inclination_rad, "rad", name="inclination_rad", low=0.0, high=math.pi)
    return 0.75 * _flattening(a_m, e, g.gravity(2)) * (5.0 * math.cos(i) ** 2 - 1.0)


def sun_synchronous_inclination(altitude_m: Any, *, sun_rate: Any = SUN_RATE) -> float:
    """Inclination [rad] at which the node of a circular orbit keeps step with the Sun (J2 to first order).

    Raises LunarlabError above about 206 km, where the Moon is not flat enough to turn the node so fast.
    """
    altitude = si(altitude_m, "m", name="altitude_m", low=0.0, high=1e9)
    rate = si(sun_rate, "rad/s", name="sun_rate", low=0.0, high=1.0)
    fastest = 1.5 * _flattening(R_MOON + altitude, 0.0, g.gravity(2))
    if rate > fastest:
        limit = (R_MOON + altitude) * (fastest / rate) ** (2.0 / 7.0) - R_MOON
        raise LunarlabError(
            f"altitude_m is {altitude / 1e3:g} km, where the node turns by {math.degrees(fastest) * DAY:.4f} deg/d at most; "
            f"the Sun needs {math.degrees(rate) * DAY:.4f}: a Sun-synchronous orbit must be below {limit / 1e3:.1f} km"
        )
    return math.acos(-rate / fastest)


def kozai_inclination(e: Any) -> float:
    """Inclination [rad] to the Earth's path at which a high orbit of eccentricity `e` is frozen by the Earth's pull.

    Fixed point of Kozai and Lidov, with perilune 90 or 270 deg from the node: cos^2 i = 3/5 (1 - e^2). Kozai (1962),
    Astronomical Journal 67.
    """
    return math.acos(math.sqrt(0.6 * (1.0 - si(e, "", name="e", low=0.0, high=1.0) ** 2)))


@dataclass(frozen=True)
class DescentOrbit:
    """An orbit from a parking circle down to a perilune: its impulse, the coast to perilune and the speeds at both ends."""

    dv_mps: float
    coast_s: float
    apolune_speed_mps: float
    perilune_speed_mps: float


def descent_orbit(altitude_m: Any, perilune_altitude_m: Any, *, mu: Any = MU_MOON) -> DescentOrbit:
    """Descent-orbit insertion: one impulse against the velocity, half a turn before perilune, on a circle of `altitude_m` [m].

    >>> descent_orbit(100e3, 15e3)  # doctest: +ELLIPSIS
    DescentOrbit(dv_mps=19.45..., coast_s=3411.8..., apolune_speed_mps=1614.04..., perilune_speed_mps=1692.33...)
    """
    low, high = apsides(perilune_altitude_m, altitude_m, high_name="altitude_m")
    a = 0.5 * (low + high)
    top, bottom = twobody.speed(high, a, mu=mu), twobody.speed(low, a, mu=mu)
    return DescentOrbit(twobody.circular_speed(high, mu=mu) - top, 0.5 * twobody.period(a, mu=mu), top, bottom)


def ground_track(
    r_mci: Any, t_s: Any, *, rotation_rate: float = OMEGA_MOON, prime_meridian_rad: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and east longitude [rad], (n,) each, under positions `r_mci` (n, 3) at times `t_s` (n,) [s].

    Longitudes lie between -pi and pi. The Moon turns uniformly, as in `propagate`.
    """
    r, t = np.atleast_2d(g.vectors(r_mci, "r_mci")), np.atleast_1d(array(t_s, "s", name="t_s"))
    rate = si(rotation_rate, "rad/s", name="rotation_rate")
    meridian = si(prime_meridian_rad, "rad", name="prime_meridian_rad")
    if t.shape != (r.shape[0],):
        raise LunarlabError(f"r_mci has shape {r.shape} and t_s {t.shape}; they must be (n, 3) and (n,)")
    turn = np.arctan2(r[:, 1], r[:, 0]) - meridian - rate * t
    latitude = np.arctan2(r[:, 2], np.hypot(r[:, 0], r[:, 1]))
    return latitude, np.remainder(turn + math.pi, 2.0 * math.pi) - math.pi
