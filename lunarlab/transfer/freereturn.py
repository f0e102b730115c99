"""The free return: around the Moon and home to the Earth without a burn, as Apollo 8 to 11 were sent.

In the three-body problem a path that crosses the Earth-Moon line behind the Moon at a right angle is its own mirror image: the
way home is the way out, backward in time and upside down. So one number, the speed at perilune, decides how near it comes to
the Earth; it is found by a scan and a root (Schwaniger 1963, NASA TN D-1833, calls the family symmetric circumlunar paths).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from lunarlab import integrate
from lunarlab.constants import R_EARTH, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.transfer import threebody
from lunarlab.transfer.threebody import EARTH_MOON_MEAN, System
from lunarlab.units import si


@dataclass(frozen=True, eq=False)
class FreeReturn:
    """A symmetric free return, from the perigee after the injection burn to the perigee of the return.

    `state` (6,) at perilune in the rotating frame, non-dimensional; times [s]; speeds [m/s] relative to the near body, in axes
    that do not turn; `tli_dv_mps` from the circular orbit at perigee; `perigee_angle_rad` of the injection, from the direction
    to the Moon, in the rotating frame.
    """

    system: System
    state: np.ndarray
    perilune_altitude_m: float
    perigee_altitude_m: float
    one_way_s: float
    perilune_speed_mps: float
    perigee_speed_mps: float
    tli_dv_mps: float
    perigee_angle_rad: float
    jacobi: float

    @property
    def round_trip_s(self) -> float:
        """From perigee to perigee [s]."""
        return 2.0 * self.one_way_s

    def path(self, n: int = 401, *, inertial: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """(times [s] from the injection (n,), states (n, 6)) there and back; the states are non-dimensional.

        In the rotating frame, or `inertial` relative to the Earth, with the Moon in the direction of x at perilune.
        """
        t = np.linspace(-1.0, 1.0, n) * self.one_way_s / self.system.time_s
        home = threebody.propagate(self.state, float(t[-1]), self.system.mu, times=np.abs(t[: n // 2][::-1]))
        middle = [self.state] if n % 2 else []
        y = np.vstack([(home.y * threebody.MIRROR)[::-1], *middle, home.y])
        if inertial:
            y = threebody.rotating_to_inertial(y, t, self.system.mu, centre="primary")
        return (t - t[0]) * self.system.time_s, y


def free_return(
    perilune_altitude_m: Any = 111_120.0,
    perigee_altitude_m: Any = 185_000.0,
    *,
    system: System = EARTH_MOON_MEAN,
    r_earth_m: float = R_EARTH,
    r_moon_m: float = R_MOON,
) -> FreeReturn:
    """The planar free return that passes the far side of the Moon and the Earth at these altitudes.

    It draws the figure eight of Apollo: prograde at the Earth, retrograde at the Moon.

    Parameters
    ----------
    perilune_altitude_m, perigee_altitude_m : float or Quantity
        Above spheres of `r_moon_m` and `r_earth_m`.
    system : System

    Returns
    -------
    FreeReturn
        The fastest one, if there are several.

    Raises
    ------
    LunarlabError
        Out of range, or there is none.
    """
    low = si(perilune_altitude_m, "m", name="perilune_altitude_m", low=0.0, high=3e7)
    high = si(perigee_altitude_m, "m", name="perigee_altitude_m", low=0.0, high=5e7)
    mu = system.mu
    r_moon, r_earth = (r_moon_m + low) / system.length_m, (r_earth_m + high) / system.length_m
    escape = math.sqrt(2.0 * mu / r_moon)

    def start(speed: float) -> np.ndarray:
        """State at perilune for an inertial speed relative to the Moon."""
        return np.array([1.0 - mu + r_moon, 0.0, 0.0, 0.0, -speed - r_moon, 0.0])

    def perigee(speed: float) -> integrate.Arc:
        return threebody.propagate(start(speed), 4.0, mu, event=threebody.apsis, params=[-mu], direction=1)

    def miss(speed: float) -> float:
        """Retrograde perigees count as negative radii: so there is no cusp where the path falls straight down."""
        y = threebody.rotating_to_inertial(perigee(speed).y_end, 0.0, mu, centre="primary")
        return math.copysign(float(np.linalg.norm(y[:3])), float(y[0] * y[4] - y[1] * y[3])) - r_earth

    speeds = np.hypot(escape, np.linspace(2.5, 0.0, 126))  # from fast to slow, down to parabolic about the Moon
    rows = np.array([start(speed) for speed in speeds])
    y, _, status = integrate.propagate_rows(
        threebody.cr3bp, rows, 4.0, [mu, -mu], rtol=1e-10, atol=1e-10, event=threebody.apsis, direction=1
    )
    y = threebody.rotating_to_inertial(y, 0.0, mu, centre="primary")
    signed = np.copysign(np.linalg.norm(y[:, :3], axis=1), y[:, 0] * y[:, 4] - y[:, 1] * y[:, 3]) - r_earth
    good = (status == integrate.EVENT) & (np.abs(signed) < 0.5)
    for k in range(len(speeds) - 1):
        if good[k] and good[k + 1] and signed[k] * signed[k + 1] <= 0.0:
            speed = float(brentq(miss, speeds[k], speeds[k + 1], xtol=1e-15, rtol=1e-15))
            if abs(miss(speed)) < 1e-9:
                break
    else:
        raise LunarlabError(
            f"no free return was found with perilune_altitude_m = {low:.6g} and perigee_altitude_m = {high:.6g}"
        )
    arc = perigee(speed)
    home = threebody.rotating_to_inertial(arc.y_end, arc.t_end, mu, centre="primary")
    fast = float(np.linalg.norm(home[3:])) * system.speed_mps
    circular = math.sqrt(system.gm_primary / (r_earth * system.length_m))
    angle = math.atan2(-arc.y_end[1], arc.y_end[0] + mu)  # of the injection, the mirror image
    return FreeReturn(
        system, start(speed), low, high, arc.t_end * system.time_s, speed * system.speed_mps, fast, fast - circular, angle,
        threebody.jacobi(start(speed), mu),
    )  # fmt: skip
