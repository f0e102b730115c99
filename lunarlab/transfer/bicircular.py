"""The bicircular four-body model: the Moon's orbit and the Sun's are circles in one plane, and the spacecraft weighs nothing.

Coordinates turn with the Earth-Moon line and have no units: the distance Earth-Moon is 1, the Moon goes round in 2 pi, the
Earth is at (-mu, 0, 0) and the Moon at (1 - mu, 0, 0). In this frame the Sun goes round the origin at the distance `rho`
with the negative rate `omega`. With `m_sun` = 0 what is left is the circular restricted three-body problem.

The state is (x, y, z, vx, vy, vz, c, s): the last two are the Sun's place, which is integrated along, because that is
quicker than a sine and a cosine at each call.

Sources: F. Topputo, On optimal two-impulse Earth-Moon transfers in a four-body model, Celestial Mechanics and Dynamical
Astronomy 117 (2013) 279-313; C. Simo et al., The bicircular model near the triangular libration points (1995).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import integrate
from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.units import array, check_fields, number, si

RTOL, ATOL = 1e-12, 1e-13
NEAR = 0.05  # of the Moon's distance: extremes closer to the Earth than this are perigees for `perigee`
TOLERANCE = np.array([ATOL] * 6 + [math.inf] * 2)  # the Sun's circle needs no control of its own


@dataclass(frozen=True)
class Bicircular:
    """One set of constants of the model, and the sizes that turn its numbers into metres and seconds."""

    mu: float = number(0.0121506683, "", 1e-9, 0.5, "share of the Moon in the mass of Earth and Moon")
    m_sun: float = number(328900.541, "", 0.0, 1e9, "mass of the Sun over the mass of Earth and Moon; 0 leaves it out")
    rho: float = number(388.811143, "", 2.0, 1e6, "distance of the Sun over the distance of the Moon")
    omega: float = number(-0.925195985, "", -10.0, 10.0, "rate of the Sun's angle in the turning frame [rad per unit of time]")
    length_m: float = number(384_405_000.0, "m", 1.0, 1e15, "distance Earth-Moon")
    time_s: float = number(4.34811305 * DAY, "s", 1e-3, 1e12, "unit of time: the Moon's period over 2 pi")
    velocity_mps: float = number(1023.23281, "m / s", 1e-6, 1e9, "unit of speed")
    r_earth_m: float = number(6_378_000.0, "m", 0.0, 1e12, "radius of the Earth, from which altitudes count")
    r_moon_m: float = number(1_738_000.0, "m", 0.0, 1e12, "radius of the Moon, from which altitudes count")

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def params(self) -> np.ndarray:
        """What `equations` and `perigee` read: mu, 1 - mu, rate of the Sun, m_sun / rho^3, m_sun, and NEAR; shape (6,)."""
        return np.array([self.mu, 1.0 - self.mu, self.omega, self.m_sun / self.rho**3, self.m_sun, NEAR])

    def state(self, r: Any, v: Any, sun_angle_rad: float) -> np.ndarray:
        """State (8,) from position and velocity, 2 or 3 numbers each, and the Sun's angle from the Earth-Moon line."""
        r, v = array(r, "", name="r"), array(v, "", name="v")
        if r.shape not in ((2,), (3,)) or r.shape != v.shape:
            raise LunarlabError(f"r and v have the shapes {r.shape} and {v.shape}; both must be (2,) or both (3,)")
        angle = si(sun_angle_rad, "rad", name="sun_angle_rad", low=-1e6, high=1e6)
        y = np.zeros(8)
        y[: r.size], y[3 : 3 + v.size] = r, v
        y[6], y[7] = self.rho * math.cos(angle), self.rho * math.sin(angle)
        return y


TOPPUTO = Bicircular()
"""The constants of Topputo 2013: the unit of speed is given there and isn't exactly length over time."""

DE432 = Bicircular(
    mu=4902.800066163796 / (398600.435436096 + 4902.800066163796), time_s=4.34256461 * DAY, velocity_mps=1024.54018,
    r_moon_m=1_737_400.0,
)  # fmt: skip
"""The same Sun with the masses of the ephemeris DE432 (GM of Earth 398600.435436, of Moon 4902.800066 km^3/s^2)."""


def three_body(mu_earth: float, mu_moon: float, distance_m: float, r_earth_m: float, r_moon_m: float) -> Bicircular:
    """The model without the Sun, from gravitational parameters [m^3/s^2] and lengths [m]."""
    mu_earth = si(mu_earth, "m3 / s2", name="mu_earth", low=1.0, high=1e25)
    mu_moon = si(mu_moon, "m3 / s2", name="mu_moon", low=1.0, high=mu_earth)
    distance = si(distance_m, "m", name="distance_m", low=1.0, high=1e15)
    rate = math.sqrt((mu_earth + mu_moon) / distance**3)
    return Bicircular(
        mu=mu_moon / (mu_earth + mu_moon), m_sun=0.0, length_m=distance, time_s=1.0 / rate,
        velocity_mps=distance * rate, r_earth_m=r_earth_m, r_moon_m=r_moon_m,
    )  # fmt: skip


@integrate.rate.needing(5)
def equations(t, y, p, out):
    """Equations of motion, a kernel; p is `Bicircular.params`."""
    mu, earth, omega, k, m_sun = p[0], p[1], p[2], p[3], p[4]
    x, v, z, c, s = y[0], y[1], y[2], y[6], y[7]
    x1, x2, x3, v3 = x + mu, x - earth, x - c, v - s
    flat = v * v + z * z
    q1, q2, q3 = x1 * x1 + flat, x2 * x2 + flat, x3 * x3 + v3 * v3 + z * z
    if q1 == 0.0 or q2 == 0.0 or q3 == 0.0:
        return 1
    g1, g2, g3 = earth / (q1 * math.sqrt(q1)), mu / (q2 * math.sqrt(q2)), m_sun / (q3 * math.sqrt(q3))
    out[0], out[1], out[2] = y[3], y[4], y[5]
    out[3] = 2.0 * y[4] + x - g1 * x1 - g2 * x2 - g3 * x3 - k * c
    out[4] = -2.0 * y[3] + v - (g1 + g2) * v - g3 * v3 - k * s
    out[5] = -(g1 + g2 + g3) * z
    out[6], out[7] = -omega * s, omega * c
    return 0


@integrate.switch.needing(6)
def perigee(t, y, p):
    """Passes through zero at an extreme of the distance from the Earth that is closer than p[5]; +1 farther out."""
    x = y[0] + p[0]
    if x * x + y[1] * y[1] + y[2] * y[2] > p[5] * p[5]:
        return 1.0
    return x * y[3] + y[1] * y[4] + y[2] * y[5]


def propagate(
    system: Bicircular, state: Any, duration: float, *, times: Any = (), rtol: float = RTOL, atol: float = ATOL, **events: Any
) -> integrate.Arc:
    """Follow a trajectory; all numbers without units.

    Parameters
    ----------
    system : Bicircular
    state : array (8,)
        As from `Bicircular.state`.
    duration : float
        Backward if negative.
    times : array (n,)
        Times since the start at which the state is wanted.
    rtol, atol : float
        With 1e-12 and 1e-13 a 100-day transfer ends within a metre or so of where it should.
    events : event, direction, stop_after
        As for `integrate.propagate`.

    Raises
    ------
    LunarlabError
        The state has another shape, or the trajectory runs into the Earth's or Moon's centre.
    """
    state = array(state, "", name="state (see Bicircular.state)", shape=(8,))
    duration = si(duration, "", name="duration", low=-1e5, high=1e5)
    tolerance = np.where(np.isinf(TOLERANCE), math.inf, atol)
    return integrate.propagate(equations, state, duration, system.params, times=times, rtol=rtol, atol=tolerance, **events)


def jacobi(system: Bicircular, state: Any) -> np.ndarray:
    """Jacobi integral (n,) or scalar of states (n, 8) or (8,): constant without the Sun; without mu (1 - mu)."""
    y = array(state, "", name="state")
    x, v, z = y[..., 0], y[..., 1], y[..., 2]
    r1 = np.sqrt((x + system.mu) ** 2 + v**2 + z**2)
    r2 = np.sqrt((x - 1.0 + system.mu) ** 2 + v**2 + z**2)
    potential = (1.0 - system.mu) / r1 + system.mu / r2
    speed2: np.ndarray = y[..., 3] ** 2 + y[..., 4] ** 2 + y[..., 5] ** 2
    result: np.ndarray = x**2 + v**2 + 2.0 * potential - speed2
    return result


def to_earth_frame(system: Bicircular, t: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Positions [m] and velocities [m/s] around the Earth in axes that don't turn, (n, 3) each, for a plot.

    The axes are those of the turning frame at t = 0; `t` (n,) and states `y` (n, 8) are without units.
    """
    t, y = array(t, "", name="t"), array(y, "", name="y", shape=(None, 8))
    cos, sin = np.cos(t), np.sin(t)
    x, v = y[:, 0] + system.mu, y[:, 1]
    vx, vy = y[:, 3] - v, y[:, 4] + x
    r = np.stack([cos * x - sin * v, sin * x + cos * v, y[:, 2]], axis=1)
    u = np.stack([cos * vx - sin * vy, sin * vx + cos * vy, y[:, 5]], axis=1)
    return r * system.length_m, u * system.velocity_mps
