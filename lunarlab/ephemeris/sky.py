"""The sky over a landing site and over a ground station: where Sun, Earth and Moon stand, when they rise and set.

Directions are geometric: light time, aberration (0.006 deg for the Sun), refraction and the disc of the Sun (0.27 deg) are
left out, and the horizon is level. Over the Moon the Sun moves by half a degree an hour: its disc rises for an hour, and a
hill that is one degree high costs two.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris import Ephemeris, earth_rotation, ephemeris, iso, moon, moon_orientation, sun, tdb
from lunarlab.ephemeris.places import Place, Site, Station, site, stations
from lunarlab.errors import LunarlabError
from lunarlab.units import array, si

HOUR = 3600.0


@dataclass(frozen=True, eq=False)
class Look:
    """Where something stands in the sky: floats, or arrays (n,)."""

    elevation_rad: Any
    azimuth_rad: Any
    """Clockwise from north, 0 to 2 pi."""
    range_m: Any


@dataclass(frozen=True)
class Pass:
    """A time in which a station sees the Moon above its mask; cut off at the ends of the search."""

    station: str
    rise_s: float
    set_s: float
    highest_rad: float

    def __repr__(self) -> str:
        return f"{self.station} {iso(self.rise_s)} to {iso(self.set_s)}, up to {math.degrees(self.highest_rad):.0f} deg"


def dates(t: Any, name: str = "t") -> Any:
    """Dates as seconds TDB: a float for one date of any kind, an array (n,) for seconds or for a list of words."""
    if isinstance(t, (list, tuple)) and any(isinstance(x, str) for x in t):
        return np.array([tdb(x, name) for x in t])
    if not isinstance(t, (list, tuple)) and (np.ndim(getattr(t, "value", t)) == 0 or hasattr(t, "scale")):  # scale: a Time
        return tdb(t, name)
    found = array(t, "s", name=name, shape=(None,))
    if found.size == 0:
        raise LunarlabError(f"{name} is empty; it needs at least one date")
    return found


def span(start: Any, end: Any) -> tuple[float, float]:
    """Two dates in order, or an error with both."""
    first, last = tdb(start, "start"), tdb(end, "end")
    if not first < last:
        raise LunarlabError(f"end is {iso(last)}; it must be later than start, {iso(first)}")
    return first, last


def _cover(t: Any, eph: Ephemeris | None) -> Ephemeris:
    return ephemeris(float(np.min(t)) - HOUR, float(np.max(t)) + HOUR) if eph is None else eph


def _times(matrix: np.ndarray, r: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("...ij,...j->...i", matrix, r))


def _look(place: Place, r_body: np.ndarray) -> Look:
    """Direction and distance of a point at `r_body` (..., 3) [m], in body-fixed axes, from a place."""
    away = r_body - place.r_body  # type: ignore[attr-defined]
    east, north, up = np.moveaxis(away @ place.axes.T, -1, 0)
    azimuth = np.mod(np.arctan2(east, north), 2.0 * math.pi)
    return Look(np.arctan2(up, np.hypot(east, north)), azimuth, np.sqrt(east * east + north * north + up * up))


def sun_at(where: Any, t: Any, eph: Ephemeris | None = None) -> Look:
    """The Sun over a landing site.

    Parameters
    ----------
    where : str or Site
    t : date, or array (n,) of seconds TDB
    eph : Ephemeris, optional
        Made for the dates if not given.

    Returns
    -------
    Look
        Elevation of the middle of the Sun over the level horizon.
    """
    place, t = site(where), dates(t)
    eph = _cover(t, eph)
    return _look(place, _times(moon_orientation(t), sun(t, eph)[0] - moon(t, eph)[0]))


def earth_at(where: Any, t: Any, eph: Ephemeris | None = None) -> Look:
    """The middle of the Earth over a landing site; parameters as for `sun_at`."""
    place, t = site(where), dates(t)
    return _look(place, _times(moon_orientation(t), -moon(t, _cover(t, eph))[0]))


def moon_at(station: Any, t: Any, eph: Ephemeris | None = None, *, where: Any = None) -> Look:
    """The middle of the Moon, or the site `where` on it, over a ground station.

    Parameters
    ----------
    station : str or Station
    t : date, or array (n,) of seconds TDB
    eph : Ephemeris, optional
    where : str or Site, optional
        That the site is on the near side is not asked for here; see `earth_at`.

    Notes
    -----
    Within 0.001 deg of astropy's apparent place without refraction, as far as the Earth turns as planned: `earth_rotation`
    says by how much it doesn't. Light time and aberration cancel, because the Moon moves along with the Earth.
    """
    (place,) = stations([station]).values()
    t = dates(t)
    r = moon(t, _cover(t, eph))[0]
    if where is not None:
        r = r + _times(np.swapaxes(moon_orientation(t), -1, -2), site(where).r_body)
    return _look(place, _times(earth_rotation(t), r))


class Ground:
    """The Earth-fixed axes through a span of dates, for many looks: turned evenly from the nearest of a daily node.

    Precession and nutation of half a day are left out by that: 0.1 arcsec.
    """

    RATE = 2.0 * math.pi * 1.00273781191135448 / DAY
    """Turns of the Earth rotation angle in rad per second of UT1 (Capitaine et al. 2000; IAU 2000)."""

    def __init__(self, start: float, end: float, eph: Ephemeris, where: Site | None = None) -> None:
        self.start, self.eph, self.where = start, eph, where
        self.nodes = start + DAY * np.arange(math.ceil((end - start) / DAY) + 1)
        self.turned = earth_rotation(np.minimum(self.nodes, end))
        self.nodes = np.minimum(self.nodes, end)

    def look(self, station: Station, t: np.ndarray) -> Look:
        """As `moon_at`, for t (n,)."""
        k = np.rint((t - self.start) / DAY).astype(int)
        k = np.clip(k, 0, self.nodes.size - 1)
        r = moon(t, self.eph)[0]
        if self.where is not None:
            r = r + _times(np.swapaxes(moon_orientation(t), -1, -2), self.where.r_body)
        x, y, z = np.moveaxis(_times(self.turned[k], r), -1, 0)
        angle = self.RATE * (t - self.nodes[k])
        c, s = np.cos(angle), np.sin(angle)
        return _look(station, np.stack((c * x + s * y, c * y - s * x, z), axis=-1))


def overhead(t: Any, eph: Ephemeris | None = None, *, body: str = "sun") -> tuple[Any, Any]:
    """Selenographic latitude and longitude [rad] of the place on the Moon over which the "sun" or the "earth" stands."""
    if body not in ("sun", "earth"):
        raise LunarlabError(f"body is {body!r}; allowed are sun, earth")
    t = dates(t)
    eph = _cover(t, eph)
    r = -moon(t, eph)[0] if body == "earth" else sun(t, eph)[0] - moon(t, eph)[0]
    x, y, z = np.moveaxis(_times(moon_orientation(t), r), -1, 0)
    return np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)


def zeros(
    function: Callable[[np.ndarray], np.ndarray], start: float, end: float, step: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where a smooth function of time passes through zero: (times (n,), whether it rises there (n,)).

    Samples `step` apart find the changes of sign; at a peak between samples that nearly reaches zero one more is
    taken, so that a short visit above zero isn't missed. The times are good to a millisecond.
    """
    t = np.linspace(start, end, max(3, math.ceil((end - start) / step) + 1))
    f = function(t)
    left, middle, right = f[:-2], f[1:-1], f[2:]
    bend = left - 2.0 * middle + right
    peak = (middle - left) * (right - middle) <= 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(peak & (bend != 0.0), 0.5 * (left - right) / bend, 0.0)
        top = middle + 0.25 * shift * (right - left)
    near = peak & (np.abs(top) < 0.25 * np.abs(bend) + 1e-12) | (peak & (np.sign(top) != np.sign(middle)))
    if np.any(near):
        extra = t[1:-1][near] + shift[near] * (t[1] - t[0])
        order = np.argsort(np.concatenate((t, extra)), kind="stable")
        f = np.concatenate((f, function(extra)))[order]
        t = np.concatenate((t, extra))[order]
    change = np.flatnonzero((f[:-1] < 0.0) != (f[1:] < 0.0))
    if change.size == 0:
        return np.empty(0), np.empty(0, dtype=bool)
    a, b, fa, fb = t[change], t[change + 1], f[change], f[change + 1]
    rises = fb > fa
    for _ in range(60):  # Illinois, on all of them at once
        x = np.where(fb == fa, 0.5 * (a + b), (a * fb - b * fa) / np.where(fb == fa, 1.0, fb - fa))
        fx = function(x)
        same = (fx < 0.0) == (fb < 0.0)
        a, fa = np.where(same, a, b), np.where(same, 0.5 * fa, fb)
        moved = np.abs(x - b)
        b, fb = x, fx
        if np.all((moved < 1e-3) | (fx == 0.0)):
            break
    return b, rises


def daylight(
    where: Any, start: Any, end: Any, *, elevation_deg: Any = 0.0, eph: Ephemeris | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Times at which the Sun rises and sets at a site, or passes through another elevation: (rises, sets), both [s TDB].

    Parameters
    ----------
    where : str or Site
    start, end : date
    elevation_deg : float
    eph : Ephemeris, optional

    Raises
    ------
    LunarlabError
        Unknown site, end before start, dates outside 1900 to 2100 or outside `eph`.
    """
    place, (first, last) = site(where), span(start, end)
    level = math.radians(si(elevation_deg, "deg", name="elevation_deg", low=-90.0, high=90.0))
    eph = ephemeris(first, last) if eph is None else eph
    t, rises = zeros(lambda t: sun_at(place, t, eph).elevation_rad - level, first, last, 12.0 * HOUR)
    return t[rises], t[~rises]


def passes(
    which: Any, start: Any, end: Any, *, mask_deg: Any = 10.0, where: Any = None, eph: Ephemeris | None = None
) -> list[Pass]:
    """When ground stations see the Moon, or a site on it, above their mask; in order of rising.

    Parameters
    ----------
    which : str, Station, or sequence of them
        Names of stations or networks, as `places.stations` takes them.
    start, end : date
    mask_deg : float
        Elevation from which a station can work.
    where : str or Site, optional
        Look at this site instead of the Moon's middle. The Moon itself hides a site on its far side: see `earth_at`.

    Returns
    -------
    list of Pass
        Times good to a second, the highest elevation to 0.1 deg, for the model of `moon_at`.
    """
    first, last = span(start, end)
    level = math.radians(si(mask_deg, "deg", name="mask_deg", low=-10.0, high=89.0))
    spot: Site | None = None if where is None else site(where)
    eph = ephemeris(first, last) if eph is None else eph
    ground = Ground(first, last, eph, spot)
    found = []
    for station in stations(which).values():

        def height(t: np.ndarray, station: Station = station) -> np.ndarray:
            return np.asarray(ground.look(station, t).elevation_rad) - level

        t, rises = zeros(height, first, last, min(2.0 * HOUR, (last - first) / 4.0))
        above = bool(height(np.array([first]))[0] >= 0.0)
        edges = np.concatenate(([first] if above else [], t, [last] if (rises[-1] if t.size else above) else []))
        edges = edges.reshape(-1, 2)
        tops = _peaks(height, edges) + level
        found += [Pass(station.name, *map(float, row)) for row in zip(*edges.T, tops, strict=True)]
    return sorted(found, key=lambda p: (p.rise_s, p.station))


def _peaks(function: Callable[[np.ndarray], np.ndarray], edges: np.ndarray) -> np.ndarray:
    """Highest value between each pair of times (k, 2), where it is highest once."""
    middle, half = edges.mean(axis=1), 0.5 * (edges[:, 1] - edges[:, 0])
    best = np.full(middle.shape, -math.inf)
    for _ in range(9):  # five samples, and then half as far to either side of the highest
        t = np.clip(middle[:, None] + half[:, None] * np.linspace(-1.0, 1.0, 5), edges[:, :1], edges[:, 1:])
        f = function(t.ravel()).reshape(t.shape)
        k = np.arange(middle.size), np.argmax(f, axis=1)
        middle, best, half = t[k], np.maximum(best, f[k]), 0.5 * half
    return best
