"""Places: landing sites on the Moon and ground stations on the Earth, as data with sources."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lunarlab.constants import R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.units import si

DATA = Path(__file__).parent / "data"
WGS84_M, WGS84_FLATTENING = 6_378_137.0, 1.0 / 298.257223563
"""Equatorial radius [m] and flattening of the ellipsoid of WGS 84 (NGA, 2014)."""


@dataclass(frozen=True)
class Place:
    """A point on a body: latitude and east longitude [deg], height [m] over its reference surface."""

    name: str
    latitude_deg: float
    longitude_deg: float
    height_m: float = 0.0
    title: str = ""
    source: str = "model"
    confidence: str = "assumed"

    def __post_init__(self) -> None:
        label = f"{type(self).__name__}.{{}} ({self.name})"
        limits = {"latitude_deg": ("deg", 90.0), "longitude_deg": ("deg", 360.0), "height_m": ("m", 2e4)}
        for key, (unit, high) in limits.items():
            object.__setattr__(self, key, si(getattr(self, key), unit, name=label.format(key), low=-high, high=high))

    @property
    def latitude_rad(self) -> float:
        """Latitude [rad]."""
        return math.radians(self.latitude_deg)

    @property
    def longitude_rad(self) -> float:
        """East longitude [rad]."""
        return math.radians(self.longitude_deg)

    @cached_property
    def axes(self) -> np.ndarray:
        """East, north and up at the place as rows, in body-fixed axes, (3, 3)."""
        b, l = self.latitude_rad, self.longitude_rad  # noqa: E741
        east = (-math.sin(l), math.cos(l), 0.0)
        north = (-math.sin(b) * math.cos(l), -math.sin(b) * math.sin(l), math.cos(b))
        up = (math.cos(b) * math.cos(l), math.cos(b) * math.sin(l), math.sin(b))
        return np.array([east, north, up])


@dataclass(frozen=True)
class Site(Place):
    """A landing site: selenographic, mean-Earth axes, height over 1737.4 km."""

    @cached_property
    def r_body(self) -> np.ndarray:
        """Position in the Moon's body-fixed axes [m], (3,)."""
        return np.asarray((R_MOON + self.height_m) * self.axes[2])


@dataclass(frozen=True)
class Station(Place):
    """A ground station: geodetic, WGS 84."""

    network: str = ""

    @cached_property
    def r_body(self) -> np.ndarray:
        """Position in the Earth's body-fixed axes [m], (3,)."""
        square = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)
        n = WGS84_M / math.sqrt(1.0 - square * math.sin(self.latitude_rad) ** 2)
        flat = np.array([1.0, 1.0, 1.0 - square])
        return np.asarray((n * flat + self.height_m) * self.axes[2])


@lru_cache(maxsize=2)
def _table(file: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((DATA / file).read_text(encoding="utf-8"))


def sites() -> dict[str, Site]:
    """All landing sites by name."""
    return {name: Site(name, **row) for name, row in _table("sites.toml").items() if name != "sources"}


def stations(which: Any = None) -> dict[str, Station]:
    """Ground stations by name: all, those of a network ("dsn", "estrack"), or those that are named.

    Parameters
    ----------
    which : str, Station, or sequence of them, optional
    """
    known = {name: Station(name, **row) for name, row in _table("stations.toml").items() if name != "sources"}
    if which is None:
        return known
    chosen = {}
    for item in which if isinstance(which, (list, tuple, set, frozenset, dict)) else [which]:
        if isinstance(item, Station):
            chosen[item.name] = item
        elif isinstance(item, str) and item in known:
            chosen[item] = known[item]
        else:
            network = {name: station for name, station in known.items() if station.network == item}
            if not network:
                raise _unknown("station", item, [*known, "dsn", "estrack"])
            chosen.update(network)
    return chosen


def site(which: Any) -> Site:
    """A landing site by name; a `Site` of your own is handed through."""
    if isinstance(which, Site):
        return which
    known = sites()
    if not isinstance(which, str) or which not in known:
        raise _unknown("site", which, list(known))
    return known[which]


def sources() -> dict[str, dict[str, str]]:
    """What the keys of the sources of sites and stations stand for."""
    return {**_table("sites.toml")["sources"], **_table("stations.toml")["sources"]}


def _unknown(what: str, name: Any, known: list[str]) -> LunarlabError:
    close = difflib.get_close_matches(str(name), known, 1, 0.5)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return LunarlabError(f"there is no {what} {name!r}{hint}; there are {', '.join(known)}")
