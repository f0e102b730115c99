"""The ground below: flat, a parametric crater, a tabulated profile, or a raster in PDS LOLA GDR format.

Distance is measured along the ground track, in metres still to fly to the target (negative beyond it), `cross` to the
left of the track. Height is in metres above the datum, the sphere that the lander's software takes for the ground. A
profile is the same across the track; the site itself can slope and be strewn with small craters.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lunarlab.constants import R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, choice, number

FLAT, CRATER, TABLE = 0, 1, 2
KINDS = ("flat", "crater", "profile", "raster")
DATA = Path(__file__).parent / "data"
WAVELENGTHS_M = (1200.0, 3500.0, 9000.0, 30000.0)
ACROSS = (0.8, -0.6, 0.5, -0.4)  # how the crests of the roughness lie across the track
CRATERS_MAX = 48


@dataclass(frozen=True)
class Terrain:
    """Ground along the approach. Only the fields of its `kind` are used, so that changing the kind is one change."""

    kind: str = choice("flat", KINDS, "flat, crater, profile or raster")
    datum_near_m: float = number(0.0, "m", 0.0, 1e6, "profile, raster: the datum is the mean height between here ...")
    datum_far_m: float = number(0.0, "m", 0.0, 1e6, "... and here before the target (0: the mean lunar sphere)")
    heading_deg: float = number(180.0, "deg", 0.0, 360.0, "profile, raster: direction of flight, east of north")
    profile: str = ""
    """profile: a name under lunarlab/descent/data, or the path of such a CSV file."""
    distance_m: tuple[float, ...] = ()
    """profile: distances to the target [m], increasing; with `height_m` instead of a file."""
    height_m: tuple[float, ...] = ()
    """profile: heights above 1737.4 km at `distance_m` [m]."""
    raster: str = ""
    """raster: path of a LOLA GDR image (.IMG), for example LDEM_4.IMG."""
    target_latitude_deg: float = number(0.0, "deg", -89.9, 89.9, "raster: latitude of the target")
    target_longitude_deg: float = number(0.0, "deg", -360.0, 360.0, "raster: longitude of the target, east positive")
    plateau_height_m: float = number(0.0, "m", -2e4, 2e4, "crater: plain outside")
    rim_height_m: float = number(1200.0, "m", -2e4, 2e4, "crater: crest of the rim")
    floor_height_m: float = number(-1800.0, "m", -2e4, 2e4, "crater: floor, where the target lies")
    rim_distance_m: float = number(15e3, "m", 0.0, 1e6, "crater: crest before the target")
    crater_radius_m: float = number(43.5e3, "m", 100.0, 1e6, "crater: radius, the scale of the outer flank")
    wall_width_m: float = number(6e3, "m", 10.0, 1e5, "crater: horizontal width of the inner wall")
    slope_deg: float = number(0.0, "deg", 0.0, 40.0, "slope of the site, within `slope_reach_m` of the target")
    slope_azimuth_deg: float = number(0.0, "deg", -360.0, 360.0, "downhill direction of it: 0 forward, 90 left")
    slope_reach_m: float = number(250.0, "m", 10.0, 1e4, "the slope fades out between this distance and twice as far")
    small_craters: float = number(0.0, "", 0.0, CRATERS_MAX, "small craters strewn around the target, which no map knows")
    small_crater_field_m: float = number(150.0, "m", 10.0, 5000.0, "radius of the field they lie in")
    small_crater_radius_m: float = number(12.0, "m", 1.0, 200.0, "radius of the largest; the smallest has a quarter of it")
    small_crater_seed: float = number(1.0, "", 0.0, 2**31, "which field: the site is the same in every flight")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.datum_far_m < self.datum_near_m:
            raise LunarlabError(
                f"Terrain.datum_far_m is {self.datum_far_m:g} m; it must not be below datum_near_m, {self.datum_near_m:g} m"
            )
        for name in ("profile", "raster"):
            if not isinstance(getattr(self, name), str):
                raise LunarlabError(f"Terrain.{name} is {getattr(self, name)!r}; it must be the name or path of a file")
        for name in ("distance_m", "height_m"):
            try:
                object.__setattr__(self, name, tuple(float(value) for value in getattr(self, name)))
            except (TypeError, ValueError) as error:
                raise LunarlabError(f"Terrain.{name} must be a sequence of numbers in m") from error
        if self.distance_m or self.height_m:
            check_profile(np.array(self.distance_m), np.array(self.height_m), "Terrain")


TABLE_MAX = 4096
TERRAIN = np.dtype([
    ("kind", "i8"), ("plateau", "f8"), ("rim", "f8"), ("floor", "f8"), ("rim_distance", "f8"), ("radius", "f8"),
    ("wall", "f8"), ("roughness", "f8"), ("phases", "f8", 4),
    ("slope_x", "f8"), ("slope_y", "f8"), ("slope_reach", "f8"),  # rise per metre forward and left
    ("craters", "i8"), ("crater", "f8", (CRATERS_MAX, 4)),  # x forward, y left, radius, depth
    ("points", "i8"), ("distance", "f8", TABLE_MAX), ("height", "f8", TABLE_MAX),
])  # fmt: skip
"""`Terrain` as the kernels read it."""


def new_terrain() -> Any:
    """An empty `TERRAIN` record, for use outside a flight."""
    return np.zeros(1, TERRAIN).view(np.recarray)[0]


def check_profile(distance: np.ndarray, height: np.ndarray, name: str) -> None:
    """Refuse a profile that can't be interpolated: two equal lengths of at least 2, finite, distance increasing."""
    if distance.shape != height.shape or distance.size < 2:
        raise LunarlabError(
            f"{name}: distance_m has {distance.size} and height_m {height.size} values; both need the same number, at least 2"
        )
    if not (np.isfinite(distance).all() and np.isfinite(height).all()):
        raise LunarlabError(f"{name}: distance_m and height_m must be finite numbers")
    if distance.size > TABLE_MAX:
        raise LunarlabError(f"{name}: the profile has {distance.size} points; at most {TABLE_MAX} are allowed")
    steps = np.diff(distance)
    if (steps <= 0).any():
        i = int(np.argmax(steps <= 0))
        raise LunarlabError(
            f"{name}: distance_m must increase, but value {i + 1} is {distance[i + 1]:g} m after {distance[i]:g} m"
        )


def read_profile(path: str, heading_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Distance [m] and height above 1737.4 km [m] from a CSV file with columns ``distance_km, heading_NNN, ...``."""
    file = DATA / f"{path}.csv" if (DATA / f"{path}.csv").exists() else Path(path)
    if not file.is_file():
        names = ", ".join(sorted(p.stem for p in DATA.glob("*.csv")))
        raise LunarlabError(f"Terrain.profile is {path!r}; it must be one of {names}, or the path of a CSV file")
    return _read_csv(file, heading_deg, file.stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _read_csv(file: Path, heading_deg: float, stamp: int) -> tuple[np.ndarray, np.ndarray]:
    try:
        return _parse_csv(file, heading_deg)
    except (ValueError, IndexError) as error:
        if isinstance(error, LunarlabError):
            raise
        raise LunarlabError(
            f"{file.name} is not a profile ({error}); it needs a header distance_km, heading_NNN, ... and a number for each"
        ) from error


def _parse_csv(file: Path, heading_deg: float) -> tuple[np.ndarray, np.ndarray]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(line for line in lines if not line.startswith("#")) if row]
    headings = {float(name.removeprefix("heading_")): i for i, name in enumerate(rows[0]) if name.startswith("heading_")}
    if not headings:
        raise ValueError("no column heading_NNN")
    if heading_deg not in headings:
        allowed = ", ".join(f"{h:g}" for h in headings)
        raise LunarlabError(f"Terrain.heading_deg is {heading_deg:g} deg; {file.name} has {allowed}")
    table = np.array([[float(row[0]), float(row[headings[heading_deg]])] for row in rows[1:]])
    distance, height = table[:, 0] * 1000.0, table[:, 1].copy()
    check_profile(distance, height, file.name)
    return distance, height


def open_gdr(path: str | Path) -> np.ndarray:
    """Open a LOLA GDR cylindrical image without reading it: heights above 1737.4 km in counts of 0.5 m.

    The file holds 180 p rows of 360 p little-endian 16-bit numbers (p pixels per degree), from 90 N to 90 S and from
    0 to 360 E, as NASA's Planetary Data System distributes it (LDEM_4.IMG has p = 4). Returns a read-only memory map
    of shape (180 p, 360 p).

    Raises
    ------
    LunarlabError
        No such file, or a size that no whole p gives.
    """
    file = Path(path)
    if not file.is_file():
        raise LunarlabError(f"Terrain.raster is {str(path)!r}, which is not a file")
    size = file.stat().st_size
    p = math.isqrt(size // (2 * 180 * 360))
    if p == 0 or 2 * 180 * 360 * p * p != size:
        raise LunarlabError(
            f"{file.name} has {size} bytes; a LOLA GDR image has 2 x 180p x 360p bytes (p pixels per degree), "
            f"for example {2 * 180 * 360 * max(p, 1) ** 2} bytes at p = {max(p, 1)}"
        )
    return np.memmap(file, dtype="<i2", mode="r", shape=(180 * p, 360 * p))


def gdr_height(image: np.ndarray, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Bilinear height [m] above 1737.4 km at latitude and longitude [rad, arrays of one shape]."""
    p = image.shape[0] / 180.0
    row = np.clip((90.0 - np.degrees(latitude)) * p - 0.5, 0.0, image.shape[0] - 1.0)
    column = (np.degrees(longitude) % 360.0) * p - 0.5
    i0, j0 = np.floor(row).astype(int), np.floor(column).astype(int)
    i1, j1 = np.minimum(i0 + 1, image.shape[0] - 1), (j0 + 1) % image.shape[1]
    u, w, j0 = row - i0, column - j0, j0 % image.shape[1]
    top = image[i0, j0] * (1.0 - w) + image[i0, j1] * w
    bottom = image[i1, j0] * (1.0 - w) + image[i1, j1] * w
    return np.asarray(0.5 * (top * (1.0 - u) + bottom * u))


def track(latitude_deg: float, longitude_deg: float, heading_deg: float, to_go_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude [rad] of points `to_go_m` before the target on the great circle that arrives at `heading_deg`."""
    lat, lon, back = math.radians(latitude_deg), math.radians(longitude_deg), math.radians(heading_deg + 180.0)
    arc = np.asarray(to_go_m) / R_MOON
    out_lat = np.arcsin(math.sin(lat) * np.cos(arc) + math.cos(lat) * np.sin(arc) * math.cos(back))
    out_lon = lon + np.arctan2(
        math.sin(back) * np.sin(arc) * math.cos(lat), np.cos(arc) - math.sin(lat) * np.sin(out_lat)
    )
    return out_lat, out_lon


def sample_raster(path: str, latitude_deg: float, longitude_deg: float, heading_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Profile along the straight approach to a target, every 250 m from 20 km beyond it to 1000 km before it."""
    image = Path(path)
    return _sample(path, latitude_deg, longitude_deg, heading_deg, image.stat().st_mtime_ns if image.is_file() else 0)


@lru_cache(maxsize=8)
def _sample(
    path: str, latitude_deg: float, longitude_deg: float, heading_deg: float, stamp: int
) -> tuple[np.ndarray, np.ndarray]:
    distance = np.arange(-20e3, 1000e3, 250.0)
    return distance, gdr_height(open_gdr(path), *track(latitude_deg, longitude_deg, heading_deg, distance))


def pack_terrain(t: Terrain, roughness_m: float, phases: np.ndarray, record: Any) -> float:
    """Fill a `TERRAIN` record; returns the height of the datum above the mean lunar sphere [m]."""
    record.kind, datum = {"flat": FLAT, "crater": CRATER}.get(t.kind, TABLE), 0.0
    record.plateau, record.rim, record.floor = t.plateau_height_m, t.rim_height_m, t.floor_height_m
    record.rim_distance, record.radius, record.wall = t.rim_distance_m, t.crater_radius_m, t.wall_width_m
    record.roughness, record.phases[:] = roughness_m, phases
    rise, downhill = math.tan(math.radians(t.slope_deg)), math.radians(t.slope_azimuth_deg)
    record.slope_x, record.slope_y = -rise * math.cos(downhill), -rise * math.sin(downhill)
    record.slope_reach = t.slope_reach_m
    craters = small_craters(t)
    record.craters, record.crater[: len(craters)] = len(craters), craters
    if record.kind == TABLE:
        if t.kind == "raster":
            distance, height = sample_raster(t.raster, t.target_latitude_deg, t.target_longitude_deg, t.heading_deg)
        elif t.distance_m:
            distance, height = np.array(t.distance_m), np.array(t.height_m)
        else:
            distance, height = read_profile(t.profile, t.heading_deg)
        if t.datum_far_m > 0.0:
            plain = height[(distance >= t.datum_near_m) & (distance <= t.datum_far_m)]
            if plain.size == 0:
                raise LunarlabError(
                    f"Terrain: no point of the profile lies between datum_near_m {t.datum_near_m:g} m and datum_far_m "
                    f"{t.datum_far_m:g} m; it reaches from {distance[0]:g} to {distance[-1]:g} m"
                )
            datum = float(plain.mean())
        record.points = distance.size
        record.distance[: distance.size], record.height[: distance.size] = distance, height - datum
    return datum


def small_craters(t: Terrain) -> np.ndarray:
    """Small craters of the site, shape (n, 4): x forward, y left of the target, radius, depth [m], from its own seed.

    Uniform over the field; radii with the cumulative power -2 of small fresh craters; a fifth as deep as wide.
    """
    n, rng = int(t.small_craters), np.random.default_rng([int(t.small_crater_seed), 0x5317E])
    u, angle, v = rng.random((3, n)) * [[1.0], [2.0 * math.pi], [1.0]]
    away = t.small_crater_field_m * np.sqrt(u)
    radius = t.small_crater_radius_m / np.sqrt(1.0 + 15.0 * v)
    return np.column_stack([away * np.cos(angle), away * np.sin(angle), radius, 0.4 * radius])


@kernel
def mapped_height(p, to_go):
    """Height [m] above the datum, `to_go` metres before the target, as a map knows it: without roughness."""
    if p.kind == CRATER:
        outside = to_go - p.rim_distance
        if outside >= 0.0:  # ejecta flank falls off with the cube of the distance from the centre
            scale = 1.0 + outside / p.radius
            return p.plateau + (p.rim - p.plateau) / (scale * scale * scale)
        u = min(-outside / p.wall, 1.0)
        return p.rim + (p.floor - p.rim) * u * u * (3.0 - 2.0 * u)
    if p.kind == TABLE:
        n = p.points
        if to_go <= p.distance[0]:
            return p.height[0]
        if to_go >= p.distance[n - 1]:
            return p.height[n - 1]
        # Where an even grid would have it, then the rest on foot: most profiles are even.
        i = min(int((to_go - p.distance[0]) / (p.distance[n - 1] - p.distance[0]) * (n - 1)), n - 2)
        while p.distance[i] > to_go:
            i -= 1
        while p.distance[i + 1] <= to_go:
            i += 1
        u = (to_go - p.distance[i]) / (p.distance[i + 1] - p.distance[i])
        return p.height[i] + u * (p.height[i + 1] - p.height[i])
    return 0.0


@kernel
def mapped(p, to_go, cross):
    """Height [m] above the datum as a map knows it, `cross` metres left of the track: no roughness, no small craters."""
    if cross != 0.0 and p.kind == CRATER:  # round: as far outside the rim as the distance from the centre says
        centre = p.rim_distance - p.radius
        z = mapped_height(p, p.rim_distance - p.radius + math.hypot(to_go - centre, cross))
    else:
        z = mapped_height(p, to_go)
    if p.slope_x != 0.0 or p.slope_y != 0.0:
        away = math.hypot(to_go, cross) / p.slope_reach
        if away < 2.0:
            z += (cross * p.slope_y - to_go * p.slope_x) * min(1.0, 2.0 - away)
    return z


@kernel
def ground(p, to_go, cross):
    """Height [m] of the real ground above the datum: with roughness, which fades out near the target, and small craters."""
    z = mapped(p, to_go, cross)
    if p.roughness > 0.0:
        fade = min(abs(to_go) / 2000.0, 1.0)
        for i in range(4):
            along = to_go + ACROSS[i] * cross
            z += 0.5 * p.roughness * fade * math.sin(2.0 * math.pi * along / WAVELENGTHS_M[i] + p.phases[i])
    for i in range(p.craters):
        away = math.hypot(-to_go - p.crater[i, 0], cross - p.crater[i, 1]) / p.crater[i, 2]
        if away < 1.0:  # a parabolic bowl inside a rim of a fifth of its depth ...
            z += p.crater[i, 3] * (1.2 * away * away - 1.0)
        elif away < 3.0:  # ... whose outside falls off with the cube of the distance
            z += p.crater[i, 3] * 0.2 * ((1.0 / (away * away * away) - 1.0 / 27.0) / (1.0 - 1.0 / 27.0))
    return z


@kernel
def true_height(p, to_go):
    """Height [m] of the real ground above the datum under the track."""
    return ground(p, to_go, 0.0)


@kernel
def incline(p, to_go, cross, base):
    """Rise of the real ground per metre forward and left, over a base [m] centred at the point: (d/dx, d/dy)."""
    ahead, behind = ground(p, to_go - 0.5 * base, cross), ground(p, to_go + 0.5 * base, cross)
    left, right = ground(p, to_go, cross + 0.5 * base), ground(p, to_go, cross - 0.5 * base)
    return (ahead - behind) / base, (left - right) / base


@kernel
def true_heights(p, to_go, out):
    """`true_height` at every distance of an array."""
    for i in range(to_go.size):
        out[i] = true_height(p, to_go[i])
