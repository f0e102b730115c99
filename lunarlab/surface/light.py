"""Day and night at a site: how high the Sun stands, what the horizon leaves of it, and when the lunar day begins and ends.

A lunar day, noon to noon, is 29.53 d; half of it is light. Over the Moon the Sun's disc takes an hour to rise, so the share
of the disc over the horizon counts. The horizon is one height, or a table around the compass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import AU, DAY, R_MOON
from lunarlab.ephemeris import Ephemeris, ephemeris, iso, tdb
from lunarlab.ephemeris.places import Site, site
from lunarlab.ephemeris.sky import dates, overhead, sun_at, zeros
from lunarlab.errors import LunarlabError
from lunarlab.units import array, si

SOLAR_WPM2 = 1361.0
"""Sunlight at one astronomical unit [W/m2]. Kopp and Lean 2011, doi:10.1029/2010GL045777."""
R_SUN = 6.957e8
"""Radius of the Sun [m]. IAU 2015 resolution B3, nominal."""
SYNODIC_S = 29.530589 * DAY
"""Mean lunar day, noon to noon [s]. Mean synodic month of J2000, Chapront et al. 2002."""


@dataclass(frozen=True)
class Horizon:
    """Height of the horizon around the compass: `elevation_deg` at each `azimuth_deg` (from north by east), linear between.

    One pair is the same height all round. Made by `horizon`.
    """

    azimuth_deg: tuple[float, ...] = (0.0,)
    elevation_deg: tuple[float, ...] = (0.0,)

    def at(self, azimuth_rad: Any) -> Any:
        """Height of the horizon [rad] in these directions [rad]; float or (n,)."""
        found = np.interp(np.degrees(azimuth_rad), self.azimuth_deg, self.elevation_deg, period=360.0)
        return np.radians(found) if np.ndim(azimuth_rad) else math.radians(float(found))


def horizon(value: Any) -> Horizon:
    """The horizon of a number, of rows (azimuth_deg, elevation_deg), or of a `Horizon`.

    Raises
    ------
    LunarlabError
        Not numbers, not pairs, two rows in one direction, an elevation beyond -30 to 90 deg.
    """
    if isinstance(value, Horizon):
        return value
    if np.ndim(value) == 0:
        return Horizon((0.0,), (si(value, "deg", name="horizon_deg", low=-30.0, high=90.0),))
    rows = array(value, "deg", name="horizon_deg")
    if rows.ndim != 2 or rows.shape[1] != 2 or not rows.size:
        raise LunarlabError(f"horizon_deg has shape {rows.shape}; it must be one number, or rows (azimuth_deg, elevation_deg)")
    rows[:, 0] %= 360.0
    rows = rows[np.argsort(rows[:, 0])]
    if np.any(np.diff(rows[:, 0]) <= 0.0):
        raise LunarlabError("horizon_deg has two rows in the same direction; each azimuth may stand there once")
    if np.any((rows[:, 1] < -30.0) | (rows[:, 1] > 90.0)):
        raise LunarlabError(f"horizon_deg holds an elevation of {rows[np.argmax(np.abs(rows[:, 1])), 1]:g} deg; "
                            "they must lie between -30 and 90 deg")  # fmt: skip
    return Horizon(tuple(rows[:, 0].tolist()), tuple(rows[:, 1].tolist()))


def disc_over(height: Any) -> Any:
    """Share of the Sun's disc that is over a straight horizon; `height` of its middle over it, in radii of the disc."""
    x = np.clip(height, -1.0, 1.0)
    return 0.5 + (x * np.sqrt(1.0 - x * x) + np.arcsin(x)) / np.pi


@dataclass(frozen=True, eq=False)
class Light:
    """The Sun over a place: arrays (n,)."""

    t_s: np.ndarray
    """Dates [s TDB]."""
    elevation_rad: np.ndarray
    """Of the middle of the Sun, over the level."""
    azimuth_rad: np.ndarray
    """Clockwise from north."""
    flux_Wpm2: np.ndarray
    """On a surface that faces the Sun; less while part of the disc is below the horizon, 0 at night."""

    @property
    def to_sun(self) -> np.ndarray:
        """Unit vectors to the Sun along east, north and up, (n, 3)."""
        c = np.cos(self.elevation_rad)
        return np.stack(
            (c * np.sin(self.azimuth_rad), c * np.cos(self.azimuth_rad), np.sin(self.elevation_rad)), axis=-1
        )


def light(where: Any, t: Any, *, horizon_deg: Any = 0.0, eph: Ephemeris | None = None) -> Light:
    """Sunlight at a landing site.

    Parameters
    ----------
    where : str or Site
    t : array (n,) of seconds TDB, or list of dates
    horizon_deg : float, rows (azimuth_deg, elevation_deg), or Horizon
    eph : Ephemeris, optional

    Raises
    ------
    LunarlabError
        Unknown site, bad date, bad horizon.
    """
    place, t = site(where), np.atleast_1d(dates(t))
    eph = ephemeris(float(t[0]) - 3600.0, float(t[-1]) + 3600.0) if eph is None else eph
    look = sun_at(place, t, eph)
    over = look.elevation_rad - horizon(horizon_deg).at(look.azimuth_rad)
    share = disc_over(over / np.arcsin(R_SUN / look.range_m))
    flux = SOLAR_WPM2 * (AU / look.range_m) ** 2 * share
    return Light(t, look.elevation_rad, look.azimuth_rad, flux)


@dataclass(frozen=True)
class LunarDay:
    """One lunar day at a site, midnight to midnight; dates in s TDB. Sunrise and sunset are nan where there are none."""

    midnight_s: float
    sunrise_s: float
    noon_s: float
    sunset_s: float
    end_s: float
    noon_elevation_rad: float
    light_s: float
    """How long the middle of the Sun is over the horizon."""

    @property
    def length_s(self) -> float:
        """Midnight to midnight [s]."""
        return self.end_s - self.midnight_s

    def __repr__(self) -> str:
        edges = [iso(t)[:16] if math.isfinite(t) else "never" for t in (self.sunrise_s, self.noon_s, self.sunset_s)]
        return (
            f"sunrise {edges[0]}, noon {edges[1]} with the Sun {math.degrees(self.noon_elevation_rad):.1f} deg high, "
            f"sunset {edges[2]}: {self.light_s / DAY:.2f} d of light in a lunar day of {self.length_s / DAY:.2f} d"
        )


def lunar_day(where: Any, at: Any, *, horizon_deg: Any = 0.0, eph: Ephemeris | None = None) -> LunarDay:
    """The lunar day, midnight to midnight, in which a date falls.

    Parameters
    ----------
    where : str or Site
    at : date
    horizon_deg : float, rows (azimuth_deg, elevation_deg), or Horizon
    eph : Ephemeris, optional
        From 31 days before `at` to 31 days after it.

    Raises
    ------
    LunarlabError
        Unknown site, bad date, bad horizon.
    """
    place, t, mask = site(where), tdb(at, "at"), horizon(horizon_deg)
    eph = ephemeris(t - 31.0 * DAY, t + 31.0 * DAY) if eph is None else eph

    def turned(t: np.ndarray) -> np.ndarray:
        """Sine of the Sun's way from the meridian of the site: rising through zero at noon."""
        return np.asarray(np.sin(place.longitude_rad - overhead(t, eph)[1]))

    def over(t: np.ndarray) -> np.ndarray:
        look = sun_at(place, t, eph)
        return np.asarray(look.elevation_rad - mask.at(look.azimuth_rad))

    marks, day = zeros(turned, t - 30.8 * DAY, t + 30.8 * DAY, 2.0 * DAY)
    noons, nights = marks[day], marks[~day]
    first, last = float(nights[nights <= t][-1]), float(nights[nights > t][0])
    noon = float(noons[(noons > first) & (noons < last)][0])
    edges, rises = zeros(over, first, last, 6.0 * 3600.0)
    top = float(sun_at(place, noon, eph).elevation_rad)
    spans = np.concatenate(([first], edges, [last]))
    lit = over(0.5 * (spans[1:] + spans[:-1])) > 0.0
    light_s = float(np.sum(np.diff(spans)[lit]))
    up, down = edges[rises], edges[~rises]  # near a pole a day may have one of them only
    sunrise, sunset = float(up[0]) if up.size else math.nan, float(down[-1]) if down.size else math.nan
    return LunarDay(first, sunrise, noon, sunset, last, top, light_s)


def place(latitude_deg: Any, longitude_deg: Any, height_m: Any = 0.0, name: str = "site") -> Site:
    """A landing site of your own: selenographic latitude and east longitude [deg], height [m] over 1737.4 km."""
    return Site(name, latitude_deg, longitude_deg, height_m)


def dip_rad(height_m: Any) -> float:
    """How far below the level the horizon of a sphere lies for a mast or a hill of this height [m]."""
    h = si(height_m, "m", name="height_m", low=0.0, high=1e5)
    return math.acos(R_MOON / (R_MOON + h))
