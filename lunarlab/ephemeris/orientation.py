"""How the Moon and the Earth are turned: matrices from the axes of the ICRF to body-fixed axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris.dates import FIRST_S, J2000, LAST_S, erfa, iso, utc_from_tdb
from lunarlab.errors import LunarlabError
from lunarlab.units import array

# IAU working group on cartographic coordinates, reports of 2009 and 2015 (Archinal et al. 2011, table 2; 2018). Degrees, and
# degrees a day: argument of each term, and its weight in right ascension of the pole, its declination, and the rotation.
_TERMS = np.array([
    (125.045, -0.0529921, -3.8787, 1.5419, 3.5610),
    (250.089, -0.1059842, -0.1204, 0.0239, 0.1208),
    (260.008, 13.0120009, 0.0700, -0.0278, -0.0642),
    (176.625, 13.3407154, -0.0172, 0.0068, 0.0158),
    (357.529, 0.9856003, 0.0, 0.0, 0.0252),
    (311.589, 26.4057084, 0.0072, -0.0029, -0.0066),
    (134.963, 13.0649930, 0.0, 0.0009, -0.0047),
    (276.617, 0.3287146, 0.0, 0.0, -0.0046),
    (34.226, 1.7484877, 0.0, 0.0, 0.0028),
    (15.134, -0.1589763, -0.0052, 0.0008, 0.0052),
    (119.743, 0.0036096, 0.0, 0.0, 0.0040),
    (239.961, 0.1643573, 0.0, 0.0, 0.0019),
    (25.053, 12.9590088, 0.0043, -0.0009, -0.0044),
])  # fmt: skip


def _dates(t: Any) -> np.ndarray:
    times = array(t, "s", name="t")
    if times.ndim > 1:
        raise LunarlabError(f"t has the shape {times.shape}; it must be one number or (n,)")
    inside = (times >= FIRST_S) & (times <= LAST_S)
    if not np.all(inside):
        wrong = float(np.atleast_1d(times)[~np.atleast_1d(inside)][0])
        raise LunarlabError(f"t is {wrong:g} s TDB after J2000; dates must lie between {iso(FIRST_S)} and {iso(LAST_S)}")
    return times


def _turn(axis: int, angle: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) that turn the axes (not the vector) by `angle` about the axis 0, 1 or 2."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((*angle.shape, 3, 3))
    out[..., axis, axis] = 1.0
    out[..., a, a] = out[..., b, b] = np.cos(angle)
    out[..., a, b] = np.sin(angle)
    out[..., b, a] = -np.sin(angle)
    return out


def moon_orientation(t: Any) -> np.ndarray:
    """Matrix `body_from_icrf` of the Moon: mean-Earth axes, the ones of selenographic latitude and longitude.

    Parameters
    ----------
    t : float or array (n,)
        Seconds TDB after J2000.

    Returns
    -------
    array (3, 3) or (n, 3, 3)
        ``r_body = matrix @ r_icrf``: z along the pole, x towards the mean direction of the Earth.

    Notes
    -----
    Series of the IAU working group (reports of 2009 and 2015). It is an approximation of the mean-Earth axes of the JPL
    ephemerides, good to about 150 m on the ground (0.005 deg). Principal axes, which gravity fields use, lie another
    0.9 km or 0.03 deg away; over a degree-20 field that is far below what the course can see.
    """
    days = _dates(t) / DAY
    centuries = days / 36525.0
    angle = np.radians(_TERMS[:, 0] + _TERMS[:, 1] * days[..., None])
    sine, cosine = np.sin(angle), np.cos(angle)
    ascension = 269.9949 + 0.0031 * centuries + sine @ _TERMS[:, 2]
    declination = 66.5392 + 0.0130 * centuries + cosine @ _TERMS[:, 3]
    # Whole turns are taken off while the number is still exact enough.
    rotation = 38.3213 + np.mod(13.17635815 * days, 360.0) - 1.4e-12 * days * days + sine @ _TERMS[:, 4]
    pole = _turn(0, np.radians(90.0 - declination)) @ _turn(2, np.radians(90.0 + ascension))
    return np.asarray(_turn(2, np.radians(rotation)) @ pole)


def earth_rotation(t: Any) -> np.ndarray:
    """Matrix `body_from_icrf` of the Earth: axes fixed to the ground, for stations on it.

    Parameters
    ----------
    t : float or array (n,)
        Seconds TDB after J2000.

    Returns
    -------
    array (3, 3) or (n, 3, 3)
        ``r_body = matrix @ r_icrf``: z along the pole, x through Greenwich.

    Notes
    -----
    Precession and nutation IAU 2006/2000A, Earth rotation angle IAU 2000, without measured corrections: UT1 is taken
    for UTC and the pole stands still. That is off by up to 0.9 s of rotation, 0.004 deg or 420 m at the equator (since
    2017 below 0.4 s), and at the Moon's distance by no more than what the ground moves. Before 1972 UTC was not kept near
    UT1 by leap seconds but by drifting, within 0.1 s; before 1960 there is none, and the error grows to a minute.
    """
    times = np.atleast_1d(_dates(t))
    e = erfa()
    # Precession and nutation are slow and dear: half-day nodes and straight lines between them, within 0.001 arcsec.
    step = 0.5 * DAY
    nodes, where = np.unique(np.floor(times / step), return_inverse=True)
    left, right = (np.stack(e.xys06a(J2000, (nodes + k) * step / DAY), axis=-1)[where] for k in (0, 1))
    part = (times / step - np.floor(times / step))[:, None]
    x, y, s = np.moveaxis(left + (right - left) * part, -1, 0)
    matrix = _turn(2, np.asarray(e.era00(*utc_from_tdb(times)))) @ np.asarray(e.c2ixys(x, y, s))
    return np.asarray(matrix if np.ndim(t) else matrix[0])
