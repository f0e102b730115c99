"""Flight under the real Earth, Moon and Sun: where they are comes from an ephemeris, the coordinates from the Earth.

States are (x, y, z, vx, vy, vz) in m and m/s around the Earth's centre, along the axes of the ICRF; time is in seconds TDB
after J2000. The Earth is a point, or an oblate body (its J2 about the pole of one date, the middle of the ephemeris: in
half a year it turns by 10 arcseconds); Moon and Sun are points.
Their pull on the Earth is taken off, because the coordinates ride on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from lunarlab import integrate
from lunarlab.constants import J2_EARTH, MU_EARTH, MU_MOON, MU_SUN, R_EARTH
from lunarlab.ephemeris import Ephemeris, bodies_at, earth_rotation, moon, moon_at, sun
from lunarlab.units import array, si

TABLE = 9  # of the params: where the ephemeris begins
RTOL, ATOL = 1e-12, np.array([1e-4] * 3 + [1e-8] * 3)
NEAR_EARTH, NEAR_MOON = 1e8, 6e7  # m: within these an extreme of the distance is a perigee, a perilune


@dataclass(frozen=True)
class Forces:
    """What pulls: bodies with their gravitational parameters [m^3/s^2], and the Earth's oblateness or 0."""

    ephemeris: Ephemeris
    mu_moon: float = MU_MOON
    mu_sun: float = MU_SUN
    j2: float = J2_EARTH
    mu_earth: float = MU_EARTH
    epoch_s: float = math.nan
    """The integrator counts from here, by default from the start of the ephemeris: see `params`."""

    @cached_property
    def epoch(self) -> float:
        """`epoch_s`, filled in [s TDB after J2000]."""
        return self.ephemeris.start_s if math.isnan(self.epoch_s) else self.epoch_s

    @cached_property
    def params(self) -> np.ndarray:
        """What the kernels read; shape (k,). Their time is that since `epoch`.

        In seconds after J2000 a float of today has steps of 0.1 microseconds, in which the Moon moves by 0.1 mm: a noise
        that 100 days of flight, followed from perilune, would raise to kilometres.
        """
        eph = self.ephemeris
        pole = earth_rotation(0.5 * (eph.start_s + eph.end_s))[2]
        head = [self.mu_earth, self.mu_moon, self.mu_sun, 1.5 * self.j2 * self.mu_earth * R_EARTH**2]
        table = eph.table.copy()
        table[0] -= self.epoch
        return np.concatenate([head, pole, [NEAR_EARTH, NEAR_MOON], table])


@integrate.rate.needing(12)
def equations(t, y, p, out):
    """Equations of motion; p is `Forces.params`."""
    if bodies_at(t, p, TABLE, out) != 0:
        return 1
    mx, my, mz, sx, sy, sz = out[0], out[1], out[2], out[3], out[4], out[5]
    x, v, z = y[0], y[1], y[2]
    q = x * x + v * v + z * z
    dx, dy, dz = mx - x, my - v, mz - z
    ex, ey, ez = sx - x, sy - v, sz - z
    near, far = dx * dx + dy * dy + dz * dz, mx * mx + my * my + mz * mz
    sun, sun0 = ex * ex + ey * ey + ez * ez, sx * sx + sy * sy + sz * sz
    if q == 0.0 or near == 0.0:
        return 1
    r = math.sqrt(q)
    g, m, m0 = p[0] / (q * r), p[1] / (near * math.sqrt(near)), p[1] / (far * math.sqrt(far))
    s, s0 = p[2] / (sun * math.sqrt(sun)), p[2] / (sun0 * math.sqrt(sun0))
    # Oblateness: gradient of its potential about the pole (p[4], p[5], p[6]).
    up = (x * p[4] + v * p[5] + z * p[6]) / r
    flat = p[3] / (q * q)
    along, radial = -2.0 * flat * up, flat * (5.0 * up * up - 1.0) / r
    out[0], out[1], out[2] = y[3], y[4], y[5]
    out[3] = -g * x + m * dx - m0 * mx + s * ex - s0 * sx + along * p[4] + radial * x
    out[4] = -g * v + m * dy - m0 * my + s * ey - s0 * sy + along * p[5] + radial * v
    out[5] = -g * z + m * dz - m0 * mz + s * ez - s0 * sz + along * p[6] + radial * z
    return 0


@integrate.switch.needing(8)
def perigee(t, y, p):
    """Passes through zero at an extreme of the distance from the Earth within p[7]; +1 farther out."""
    if y[0] * y[0] + y[1] * y[1] + y[2] * y[2] > p[7] * p[7]:
        return 1.0
    return y[0] * y[3] + y[1] * y[4] + y[2] * y[5]


@integrate.switch.needing(12)
def perilune(t, y, p):
    """Passes through zero at an extreme of the distance from the Moon within p[8]; -1 farther out."""
    m = np.empty(6)
    if moon_at(t, p[TABLE:], m) != 0:
        return -1.0
    x, v, z = y[0] - m[0], y[1] - m[1], y[2] - m[2]
    if x * x + v * v + z * z > p[8] * p[8]:
        return -1.0
    return x * (y[3] - m[3]) + v * (y[4] - m[4]) + z * (y[5] - m[5])


def propagate(
    forces: Forces, t0: float, state: Any, t1: float, *, times: Any = (), rtol: float = RTOL, **events: Any
) -> integrate.Arc:
    """Follow a trajectory from t0 to t1, forward or backward [s TDB after J2000].

    Parameters
    ----------
    forces : Forces
    state : array (6,)
        Position [m] and velocity [m/s], Earth-centred ICRF, at t0.
    times : array (n,)
        When the state is wanted.
    rtol : float
    events : event, direction, stop_after
        As for `integrate.propagate`; `perigee` and `perilune` are made for it. A perigee is where the first falls
        backward in time, and rises forward.

    Returns
    -------
    Arc
        `y` (n, 6) and `y_end` (6,), Earth-centred.

    Raises
    ------
    LunarlabError
        A state of another shape, dates outside the ephemeris, a fall into a centre.
    """
    state = array(state, "", name="state (position [m], velocity [m/s])", shape=(6,))
    t0, t1 = si(t0, "s", name="t0"), si(t1, "s", name="t1")
    forces.ephemeris.check(t0, "t0")
    forces.ephemeris.check(t1, "t1")
    e = forces.epoch
    arc = integrate.propagate(
        equations, state, t1 - e, forces.params, t0=t0 - e, times=array(times, "s", name="times") - e, rtol=rtol, atol=ATOL,
        **events,
    )  # fmt: skip
    return replace(arc, t=arc.t + e, t_end=arc.t_end + e, t_events=arc.t_events + e)


def propagate_rows(
    forces: Forces, t0: Any, states: np.ndarray, t1: Any, *, rtol: float = RTOL, **events: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Many arcs, as `integrate.propagate_rows`: states (m, 6), t0 and t1 (m,) or one number. Returns states, times, status."""
    e = forces.epoch
    y, t, status = integrate.propagate_rows(
        equations, states, np.asarray(t1, dtype=float) - e, forces.params, t0=np.asarray(t0, dtype=float) - e, rtol=rtol,
        atol=ATOL, **events,
    )  # fmt: skip
    return y, t + e, status


def from_moon(t: Any, states: Any, ephemeris: Ephemeris) -> np.ndarray:
    """The same states (6,) or (n, 6) seen from the Moon's centre, same axes; t [s TDB] one or (n,)."""
    r, v = moon(t, ephemeris)
    return np.asarray(array(states, "", name="states") - np.concatenate([r, v], axis=-1))


def to_moon(t: Any, states: Any, ephemeris: Ephemeris) -> np.ndarray:
    """Earth-centred states (6,) or (n, 6) from Moon-centred ones; the inverse of `from_moon`."""
    r, v = moon(t, ephemeris)
    return np.asarray(array(states, "", name="states") + np.concatenate([r, v], axis=-1))


def bodies(t: np.ndarray, ephemeris: Ephemeris) -> tuple[np.ndarray, np.ndarray]:
    """Positions of Moon and Sun at dates t (n,), Earth-centred, (n, 3) each [m]."""
    return moon(t, ephemeris)[0], sun(t, ephemeris)[0]
