"""Who can hear a craft on the Moon, and when.

Either the Earth is over its horizon, and a station has the Moon in view and time to spare; or a relay in orbit sees craft and
Earth at once.

The relay flies an ellipse of two bodies whose plane stands still among the stars. A real one is pulled about by the Earth;
a "frozen" orbit is one on which that averages out, so for a month the ellipse is a fair picture of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.ephemeris import Ephemeris, ephemeris, moon, moon_orientation, tdb
from lunarlab.ephemeris.places import site, stations
from lunarlab.ephemeris.sky import Ground, dates, earth_at, span
from lunarlab.errors import LunarlabError
from lunarlab.surface.light import horizon
from lunarlab.surface.link import VIAS
from lunarlab.units import check_fields, choice, number, si

HOUR = 3600.0
NETWORKS = {"estrack": ("estrack",), "dsn": ("dsn",), "both": ("estrack", "dsn"), "any": ()}
"""Whose stations listen; "any": somebody always does."""


@dataclass(frozen=True)
class Stations:
    """The ground stations, and how much of their time the mission gets: a session of some hours, again and again."""

    network: str = choice("estrack", tuple(NETWORKS), "whose stations listen")
    mask_deg: float = number(10.0, "deg", 0.0, 80.0, "least elevation of the Moon over a station")
    earth_mask_deg: float = number(5.0, "deg", -5.0, 80.0, "least elevation of the Earth, or of a relay, over the craft")
    session_h: float = number(24.0, "h", 0.0, 1e4, "length of a session")
    every_h: float = number(24.0, "h", 0.1, 1e4, "from one session's beginning to the next's; stations are shared")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Relay:
    """Relay satellites on one ellipse around the Moon, evenly apart; the elements hold at the date that is asked for.

    Angles are taken in the Moon's body-fixed axes of that date. With the perilune furthest north (`argp_deg` 90) the
    satellite lingers over the south.
    """

    count: float = number(0.0, "", 0.0, 24.0, "satellites; 0: there is none")
    perilune_altitude_m: float = number(200e3, "m", 1e3, 1e8, "lowest height over the mean sphere")
    apolune_altitude_m: float = number(16_000e3, "m", 1e3, 1e8, "highest")
    inclination_deg: float = number(62.4, "deg", 0.0, 180.0, "to the Moon's equator")
    node_deg: float = number(0.0, "deg", -360.0, 360.0, "longitude of the ascending node at the beginning")
    argp_deg: float = number(90.0, "deg", -360.0, 360.0, "from node to perilune")
    anomaly_deg: float = number(180.0, "deg", -360.0, 360.0, "mean anomaly of the first satellite at the beginning")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.apolune_altitude_m < self.perilune_altitude_m:
            raise LunarlabError(
                f"Relay.apolune_altitude_m is {self.apolune_altitude_m:g} m; it must not be below "
                f"Relay.perilune_altitude_m, {self.perilune_altitude_m:g} m"
            )
        if self.count != round(self.count):
            raise LunarlabError(f"Relay.count is {self.count:g}; it must be a whole number")

    @property
    def a_m(self) -> float:
        """Semi-major axis [m]."""
        return R_MOON + 0.5 * (self.perilune_altitude_m + self.apolune_altitude_m)

    @property
    def e(self) -> float:
        """Eccentricity."""
        return 0.5 * (self.apolune_altitude_m - self.perilune_altitude_m) / self.a_m

    @property
    def period_s(self) -> float:
        """One revolution [s]."""
        return twobody.period(self.a_m, mu=MU_MOON)


def relay_positions(relay: Relay, t: np.ndarray, epoch_s: float) -> np.ndarray:
    """Positions (n, count, 3) [m] of the satellites at t (n,) [s TDB], Moon-centred, along the axes of the ICRF."""
    rad = math.radians
    w, node, tilt = rad(relay.argp_deg), rad(relay.node_deg), rad(relay.inclination_deg)
    x = np.array([math.cos(node), math.sin(node), 0.0])
    y = np.array([-math.sin(node) * math.cos(tilt), math.cos(node) * math.cos(tilt), math.sin(tilt)])
    p, q = math.cos(w) * x + math.sin(w) * y, math.cos(w) * y - math.sin(w) * x
    turn = moon_orientation(epoch_s)
    p, q = p @ turn, q @ turn  # body axes of the epoch to the ICRF
    ahead = rad(relay.anomaly_deg) + 2.0 * math.pi * np.arange(int(relay.count)) / max(int(relay.count), 1)
    mean = ahead + 2.0 * math.pi / relay.period_s * (np.asarray(t, dtype=float)[:, None] - epoch_s)
    anomaly = np.reshape(twobody.kepler_equation(mean.ravel(), relay.e), mean.shape)
    along, across = relay.a_m * (np.cos(anomaly) - relay.e), relay.a_m * math.sqrt(1.0 - relay.e**2) * np.sin(anomaly)
    return np.asarray(along[..., None] * p + across[..., None] * q)


@dataclass(frozen=True, eq=False)
class RelayView:
    """Relay satellites over a site: arrays (n, count)."""

    elevation_rad: np.ndarray
    range_m: np.ndarray
    sees_earth: np.ndarray
    """Whether the Moon does not stand between satellite and Earth."""


def relay_view(relay: Relay, where: Any, t: Any, epoch: Any, eph: Ephemeris | None = None) -> RelayView:
    """Where the satellites of a relay stand over a site.

    Parameters
    ----------
    relay : Relay
    where : str or Site
    t : array (n,) of seconds TDB
    epoch : date
        When the elements of the relay hold.
    eph : Ephemeris, optional
    """
    place, t, epoch_s = site(where), np.atleast_1d(dates(t)), tdb(epoch, "epoch")
    eph = ephemeris(float(t[0]) - HOUR, float(t[-1]) + HOUR) if eph is None else eph
    r = relay_positions(relay, t, epoch_s)
    body = np.einsum("nij,nkj->nki", moon_orientation(t), r)
    away = body - place.r_body
    distance = np.linalg.norm(away, axis=-1)
    elevation = np.arcsin(np.clip(away @ place.axes[2] / distance, -1.0, 1.0))
    to_earth = -moon(t, eph)[0][:, None, :] - r
    to_earth /= np.linalg.norm(to_earth, axis=-1, keepdims=True)
    ahead = -np.einsum("nki,nki->nk", r, to_earth)  # to where the line of sight passes the middle of the Moon
    beside = np.sqrt(np.maximum(np.einsum("nki,nki->nk", r, r) - ahead * ahead, 0.0))
    return RelayView(elevation, distance, (ahead < 0.0) | (beside > R_MOON))


def stations_see(network: str, t: np.ndarray, mask_deg: float = 10.0, eph: Ephemeris | None = None) -> np.ndarray:
    """Whether some station of a network has the Moon above its mask at t (n,) [s TDB]: (n,) of bool."""
    if network not in NETWORKS:
        raise LunarlabError(f"network is {network!r}; allowed are {', '.join(NETWORKS)}")
    if not NETWORKS[network]:
        return np.ones(len(t), dtype=bool)
    eph = ephemeris(float(t[0]) - HOUR, float(t[-1]) + HOUR) if eph is None else eph
    ground = Ground(float(t[0]), float(t[-1]) + 1.0, eph)
    seen = [ground.look(s, t).elevation_rad >= math.radians(mask_deg) for s in stations(list(NETWORKS[network])).values()]
    return np.asarray(np.any(seen, axis=0))


def in_session(ground: Stations, t: np.ndarray, start_s: float) -> np.ndarray:
    """Whether the stations' time is the mission's at t (n,); the first session begins at `start_s`."""
    return np.asarray((t - start_s) % (ground.every_h * HOUR) < ground.session_h * HOUR)


@dataclass(frozen=True, eq=False)
class Contact:
    """Whether a craft can be heard: arrays (n,)."""

    t_s: np.ndarray
    in_view: np.ndarray
    """By geometry: somebody is over the horizon, and sees the Earth or is on it."""
    listening: np.ndarray
    """In view, a station has the Moon in view, and it is the mission's time."""
    range_m: np.ndarray
    """To the receiver; inf where none is in view."""


def contact(
    via: str, where: Any, t: Any, start: Any, ground: Stations, relay: Relay,
    *, horizon_deg: Any = 0.0, alive: np.ndarray | None = None, eph: Ephemeris | None = None,
) -> Contact:  # fmt: skip
    """When a craft can be heard.

    Parameters
    ----------
    via : str
        "earth" or "lander" (the Earth must stand over the site), or "relay".
    where : str or Site
    t : array (n,) of seconds TDB
    start : date
        Of the first session, and of the relay's elements.
    ground : Stations
    relay : Relay
    horizon_deg : float, rows (azimuth_deg, elevation_deg), or Horizon
    alive : array (n,) of int, optional
        How many relay satellites work; the last ones fail first.
    eph : Ephemeris, optional
    """
    if via not in VIAS:
        raise LunarlabError(f"via is {via!r}; allowed are {', '.join(VIAS)}")
    place, t, start_s = site(where), np.atleast_1d(dates(t)), tdb(start, "start")
    eph = ephemeris(float(t[0]) - HOUR, float(t[-1]) + HOUR) if eph is None else eph
    mask, hills = math.radians(ground.earth_mask_deg), horizon(horizon_deg)
    if via == "relay":
        if relay.count == 0:
            nobody = np.zeros(t.size, dtype=bool)
            return Contact(t, nobody, nobody, np.full(t.size, math.inf))
        view = relay_view(relay, place, t, start_s, eph)
        works = np.arange(int(relay.count)) < (relay.count if alive is None else np.asarray(alive)[:, None])
        lowest = max(mask, math.radians(max(hills.elevation_deg)))  # which way it stands is not looked at
        seen = (view.elevation_rad >= lowest) & view.sees_earth & works
        near = np.min(np.where(seen, view.range_m, math.inf), axis=1)
        in_view = np.any(seen, axis=1)
    else:
        earth = earth_at(place, t, eph)
        in_view = earth.elevation_rad >= np.maximum(mask, hills.at(earth.azimuth_rad))
        near = np.where(in_view, earth.range_m, math.inf)
    open_ = in_view & stations_see(ground.network, t, ground.mask_deg, eph) & in_session(ground, t, start_s)
    return Contact(t, in_view, open_, near)


def spans(t: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """Beginnings and ends (k, 2) of the stretches of samples for which something holds."""
    if t.size == 0:
        return np.empty((0, 2))
    edge = np.flatnonzero(np.diff(np.concatenate(([False], np.asarray(yes, dtype=bool), [False])).astype(int)))
    step = float(t[1] - t[0]) if t.size > 1 else 0.0
    return np.stack((t[edge[::2]], t[edge[1::2] - 1] + step), axis=1)


def relay_windows(
    relay: Relay, where: Any, start: Any, end: Any, *, mask_deg: Any = 5.0, step_s: Any = 60.0
) -> np.ndarray:
    """When at least one satellite of a relay sees a site and the Earth at once: (k, 2) of seconds TDB, good to `step_s`.

    The elements of the relay hold at `start`.
    """
    first, last = span(start, end)
    step_s = si(step_s, "s", name="step_s", low=1.0, high=1e6)
    ground = Stations("any", earth_mask_deg=mask_deg)
    t = np.arange(first, last, step_s)
    return spans(t, contact("relay", where, t, first, ground, relay).in_view)
