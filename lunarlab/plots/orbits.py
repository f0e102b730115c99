"""Orbits around the Moon to scale, their ground track, height and speed; how long an orbit lasts in a given field."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.units import si

MOON_TURNS_RADPS = 2.0 * math.pi / (27.321661 * DAY)
"""Rate at which the Moon turns under an orbit [rad/s]: once in a sidereal month of 27.321661 d (IAU, Seidelmann 2007)."""
PEAK_M = 10_786.0
"""The highest ground on the Moon [m] over the sphere of 1737.4 km. LRO's laser altimeter LOLA (NASA, 2010)."""
SITES: tuple[tuple[str, float, float], ...] = (
    ("Mare Frigoris", 60.5, -4.6),
    ("Atlas", 47.5, 44.4),
    ("Mare Crisium", 18.56, 61.81),
    ("Shioli", -13.3, 25.3),
    ("Mons Mouton", -84.8, 29.2),
)
"""Landing sites: name, latitude, longitude [deg]: Resilience, Mission 1, Blue Ghost, SLIM, IM-2; sources with the cases."""
_TURNS = 6


def _km(metres: Any) -> Any:
    return np.asarray(metres) / 1e3


def kilo(metres: float, digits: int = 0) -> str:
    """Metres as kilometres in words, with a true minus sign."""
    return signed(metres / 1e3, digits)


def signed(value: float, digits: int = 2) -> str:
    """A number in words, with a true minus sign."""
    return f"{value:,.{digits}f}".replace("-", "−")


def split_track(longitude_rad: Any, latitude_rad: Any) -> tuple[np.ndarray, np.ndarray]:
    """Degrees, longitude from -180 to 180, with the pen lifted where the track leaves the map at one side."""
    lon = np.degrees(np.mod(np.asarray(longitude_rad, dtype=float) + np.pi, 2.0 * np.pi) - np.pi)
    lat = np.degrees(np.asarray(latitude_rad, dtype=float))
    breaks = np.flatnonzero(np.abs(np.diff(lon)) > 120.0) + 1
    return np.insert(lon, breaks, np.nan), np.insert(lat, breaks, np.nan)


def map_view(marks: tuple[s.Mark, ...], title: str = "Ground track", height: int = 270, width: float = 1.0) -> s.View:
    """A map of the whole Moon with landing sites, for tracks."""
    ticks = tuple((float(v), f"{abs(v)}°{'W' if v < 0 else 'E' if v else ''}") for v in range(-180, 181, 60))
    tick_y = tuple((float(v), f"{abs(v)}°{'S' if v < 0 else 'N' if v else ''}") for v in range(-90, 91, 30))
    sites = tuple(s.Spot(lon, lat, name, "yellow", "triangle", size=6) for name, lat, lon in SITES)
    return s.View(
        title,
        s.Axis("longitude (0: towards the Earth)", -180, 180, ticks=ticks),
        s.Axis("latitude", -90, 90, ticks=tick_y),
        (*marks, *sites),
        height=height,
        width=width,
    )


def ground_track_scene(t_s: Any, longitude_rad: Any, latitude_rad: Any, *, title: str = "Ground track") -> s.Scene:
    """Where an orbit passes over the Moon: times (n,) [s], longitude and latitude (n,) [rad]."""
    t, lon, lat = (np.atleast_1d(np.asarray(a, dtype=float)) for a in (t_s, longitude_rad, latitude_rad))
    if not t.size or not t.shape == lon.shape == lat.shape:
        raise LunarlabError(f"t_s, longitude_rad and latitude_rad have shapes {t.shape}, {lon.shape}, {lat.shape}")
    x, y = split_track(lon, lat)
    near = min(
        (float(np.degrees(np.arccos(np.clip(_cosine(lat, lon, a, b), -1.0, 1.0))).min()), name) for name, a, b in SITES
    )
    words = (
        f"Ground track over {(t[-1] - t[0]) / 3600.0:.1f} h, between latitudes {np.degrees(lat.min()):.1f} and "
        f"{np.degrees(lat.max()):.1f} degrees. Of the marked sites {near[1]} is passed closest, at {near[0]:.1f} degrees "
        f"({near[0] * math.pi / 180.0 * R_MOON / 1e3:.0f} km)."
    )
    spots = (s.Spot(x[0], y[0], "start", "green", "ring"), s.Spot(x[-1], y[-1], "end", "red", "cross"))
    return s.Scene(title, ((map_view((s.Line(x, y, "blue", width=1.4), *spots), title="", height=330),),), words)


def _cosine(lat: np.ndarray, lon: np.ndarray, site_lat_deg: float, site_lon_deg: float) -> np.ndarray:
    a, b = math.radians(site_lat_deg), math.radians(site_lon_deg)
    return np.asarray(np.sin(lat) * math.sin(a) + np.cos(lat) * math.cos(a) * np.cos(lon - b))


def orbit_scene(perilune_m: Any, apolune_m: Any, inclination_rad: Any, *, argp_rad: Any = 0.0) -> s.Scene:
    """An orbit around the Moon, a point mass: to scale, over the ground, height and speed in time.

    Parameters
    ----------
    perilune_m, apolune_m : float or Quantity
        Heights over the sphere of 1737.4 km; the lower one is taken for the perilune.
    inclination_rad, argp_rad : float or Quantity
        Inclination to the Moon's equator (0 to pi) and argument of perilune.
    """
    heights = [
        si(value, "m", name=name, low=-0.5 * R_MOON, high=6e7)
        for name, value in (("perilune_m", perilune_m), ("apolune_m", apolune_m))
    ]
    low, high = min(heights), max(heights)
    inclination = si(inclination_rad, "rad", name="inclination_rad", low=0.0, high=math.pi)
    argp = si(argp_rad, "rad", name="argp_rad", low=-2 * math.pi, high=2 * math.pi)
    rp, ra = R_MOON + low, R_MOON + high
    a, e = 0.5 * (rp + ra), (ra - rp) / (ra + rp)
    turn = twobody.period(a, mu=MU_MOON)
    vp, va = twobody.speed(rp, a, mu=MU_MOON), twobody.speed(ra, a, mu=MU_MOON)

    t = np.linspace(0.0, _TURNS * turn, 181 * _TURNS)
    E = twobody.kepler_equation(2.0 * math.pi * t / turn, e)
    x, y = a * (np.cos(E) - e), a * math.sqrt(1.0 - e * e) * np.sin(E)
    r = a * (1.0 - e * np.cos(E))
    speed = np.sqrt(MU_MOON * (2.0 / r - 1.0 / a))
    u = np.arctan2(y, x) + argp
    latitude = np.arcsin(np.clip(np.sin(u) * math.sin(inclination), -1.0, 1.0))
    longitude = np.arctan2(np.sin(u) * math.cos(inclination), np.cos(u)) - MOON_TURNS_RADPS * t
    # Along the ground: the horizontal part of the motion, brought down to the surface, less the ground's own motion.
    horizontal = math.sqrt(MU_MOON * a * (1.0 - e * e)) / r**2 * R_MOON
    ground = np.hypot(
        horizontal - MOON_TURNS_RADPS * R_MOON * math.cos(inclination),
        MOON_TURNS_RADPS * R_MOON * np.sin(inclination) * np.cos(u),
    )

    one = slice(0, 182)
    minutes, height = t[one] / 60.0, _km(r[one] - R_MOON)
    half = 1.12 * max(_km(ra), _km(R_MOON))
    middle = -_km(a * e)
    plane = s.View(
        "The orbit, to scale",
        s.Axis("km from the Moon's centre", middle - half, middle + half),
        s.Axis("km", -half, half),
        (
            s.Disc(0, 0, _km(R_MOON), "moon", "Moon"),
            s.Line(_km(x[one]), _km(y[one]), "blue"),
            s.Spot(_km(rp), 0, f"perilune {kilo(low)} km", "orange", "diamond", "above"),
            s.Spot(-_km(ra), 0, f"apolune {kilo(high)} km", "green", "ring", "below"),
            s.Mover(minutes, _km(x[one]), _km(y[one]), "blue"),
        ),
        equal=True,
        height=330,
    )
    lon, lat = split_track(longitude, latitude)
    now_lon, now_lat = np.degrees(np.mod(longitude[one] + np.pi, 2 * np.pi) - np.pi), np.degrees(latitude[one])
    track = map_view(
        (s.Line(lon, lat, "blue", width=1.2, alpha=0.85), s.Mover(minutes, now_lon, now_lat, "blue")),
        f"Over the ground, {_TURNS} turns",
        330,
    )
    clock = s.Axis("minutes since perilune", 0.0, float(minutes[-1]), clock=True)
    top = s.round_up(1.05 * max(float(height.max()), 20.0))
    marks: tuple[s.Mark, ...] = (s.Line(minutes, height, "blue"), s.Rule(0.0, "y", "ground", "grey", "dash"))
    if low < PEAK_M:
        marks = (*marks, s.Rule(_km(PEAK_M), "y", "highest mountain, 10.8 km", "red"))
    over = s.View("Height", clock, s.Axis("km", min(-0.05 * top, 1.1 * float(height.min())), top), marks, height=140)
    fastest = s.round_up(1.02 * float(max(speed.max(), ground.max())))
    fast = s.View(
        "Speed",
        clock,
        s.Axis("m/s", 0.0, fastest),
        (
            s.Line(minutes, speed[one], "blue", "in orbit"),
            s.Line(minutes, ground[one], "orange", "over the ground", "dash"),
        ),
        height=140,
    )
    badge = ("IN ORBIT", "good") if low > PEAK_M else ("LOWER THAN THE PEAKS", "fair")
    if low <= 0.0:
        badge = ("HITS THE GROUND", "bad")
    sense = (
        "prograde"
        if inclination < math.pi / 2 - 1e-6
        else "retrograde"
        if inclination > math.pi / 2 + 1e-6
        else "polar"
    )
    words = (
        f"Orbit of {kilo(low)} by {kilo(high)} km, eccentricity {e:.4f}, inclined by "
        f"{math.degrees(inclination):.1f} degrees ({sense}). One turn takes {turn / 60.0:.1f} minutes. The speed is "
        f"{vp:,.1f} m/s at the perilune and {va:,.1f} m/s at the apolune; over the ground {ground[0]:,.0f} m/s at the "
        f"perilune. The Moon turns by {math.degrees(MOON_TURNS_RADPS * turn):.2f} degrees below it in one turn, "
        f"{_km(MOON_TURNS_RADPS * turn * R_MOON):.0f} km at the equator."
    )
    if low <= 0:
        words += f" The perilune lies {-_km(low):.1f} km below the surface: this is a path to a crash."
    tiles = (
        s.Tile("period", f"{turn / 60.0:.1f} min" if turn < 36_000 else f"{turn / 3600.0:.1f} h"),
        s.Tile("turns a day", f"{DAY / turn:.2f}"),
        s.Tile("speed at perilune", f"{vp:,.1f} m/s"),
        s.Tile("at apolune", f"{va:,.1f} m/s"),
        s.Tile("height now", t=minutes, values=height, unit="km", digits=1),
        s.Tile("speed now", t=minutes, values=speed[one], unit="m/s", digits=1),
        s.Tile("over the ground", t=minutes, values=ground[one], unit="m/s", digits=0),
    )
    return s.Scene(
        f"{kilo(low)} × {kilo(high)} km around the Moon",
        ((plane, track), (over, fast)),
        words,
        tiles,
        badge,
        clock=s.Clock(0.0, float(minutes[-1]), "min", 0.13 * float(minutes[-1])),
        facts={
            "period_s": turn,
            "e": e,
            "a_m": a,
            "speed_perilune_mps": vp,
            "speed_apolune_mps": va,
            "ground_speed_perilune_mps": float(ground[0]),
            "perilune_m": low,
            "apolune_m": high,
        },
    )
