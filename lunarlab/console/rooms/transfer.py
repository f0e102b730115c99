"""Lesson 03: from Earth orbit to the Moon, fast: patched conics, and the porkchop of real dates."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from lunarlab import twobody
from lunarlab.console.controls import Choose, Panel, Slide, Values
from lunarlab.constants import DAY, MU_EARTH, R_EARTH, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.insertion.capture import capture_dv
from lunarlab.plots import scene as s
from lunarlab.plots.orbits import kilo, signed
from lunarlab.transfer.impulsive import tli
from lunarlab.transfer.patched import PatchedConic, patched_conic

_HINT = (
    "<h4>Try</h4>Leave a little faster: how many days do 20 m/s save, and what do they cost at the Moon? With real dates: "
    "why does the cheapest flight time change from week to week?"
)
_SIDES = {"clockwise": -1.0, "counter": 1.0}


def _patched(values: Values) -> bool:
    return bool(values["picture"] == "patched")


def _dated(values: Values) -> bool:
    return bool(values["picture"] == "dates")


@lru_cache(maxsize=4096)
def aim(parking_km: float, dv_mps: float, perilune_km: float, sense: str) -> tuple[PatchedConic, float]:
    """Patched conic from a circular parking orbit with the wanted perilune, and its angle lambda1."""
    r0 = R_EARTH + 1e3 * parking_km
    v0 = twobody.circular_speed(r0, mu=MU_EARTH) + dv_mps
    goal = R_MOON + 1e3 * perilune_km
    sign = _SIDES[sense]

    def counted(lam: float) -> float:
        """Perilune counted by the sense in which it goes round: it passes through zero at a head-on arrival."""
        conic = patched_conic(r0, v0, 0.0, lam)
        return math.copysign(conic.perilune_m, conic.epsilon2_rad) - sign * goal

    before: tuple[float, float] | None = None
    for lam in np.radians(np.linspace(-30.0, 88.0, 14)):
        try:
            here = float(lam), counted(float(lam))
        except LunarlabError:  # this far to the side the ellipse does not reach the sphere
            continue
        if before is not None and before[1] * here[1] <= 0.0:
            root = float(brentq(counted, before[0], here[0], xtol=1e-9))
            return patched_conic(r0, v0, 0.0, root), root
        before = here
    raise LunarlabError(
        f"dv_mps is {dv_mps:g}; from {parking_km:g} km no crossing of the Moon's sphere of influence leads to a perilune of "
        f"{perilune_km:g} km on this side"
    )


@lru_cache(maxsize=64)
def _trade(parking_km: float, perilune_km: float, apolune_km: float, sense: str) -> tuple[np.ndarray, ...]:
    """Injection, flight time to the sphere of influence [d], insertion, over a range of injections."""
    rows = []
    for step in 202.0 * np.linspace(0.215, 1.0, 10) ** 3:  # close together where little speed saves much time
        dv = least_dv(parking_km) + round(float(step), 2)
        conic, _ = aim(parking_km, dv, perilune_km, sense)
        rows.append(
            (dv, conic.tof_s / DAY, float(capture_dv(conic.v_infinity_mps, 1e3 * perilune_km, 1e3 * apolune_km)))
        )
    dv_tli, days, dv_loi = np.array(rows)[::-1].T
    smooth = np.linspace(days[0], days[-1], 80)
    return PchipInterpolator(days, dv_tli)(smooth), smooth, PchipInterpolator(days, dv_loi)(smooth)


@lru_cache(maxsize=64)
def least_dv(parking_km: float) -> float:
    """Injection [m/s] of Hohmann's ellipse to the Moon's mean distance."""
    return float(tli(1e3 * parking_km).dv_mps)


def _patched_scene(values: Values) -> s.Scene:
    from lunarlab.plots.routes import follow, patched_tiles, route_views

    parking, dv, perilune = (
        values["parking_km"],
        least_dv(values["parking_km"]) + values["faster_mps"],
        values["perilune_km"],
    )
    apolune = max(values["apolune_km"], perilune)
    conic, lam = aim(parking, dv, perilune, values["sense"])
    r0 = R_EARTH + 1e3 * parking
    route = follow(conic, r0, twobody.circular_speed(r0, mu=MU_EARTH) + dv, lam)
    altitude = 1e3 * perilune
    loi = float(capture_dv(conic.v_infinity_mps, altitude, 1e3 * apolune))
    tli, times, lois = _trade(parking, perilune, apolune, values["sense"])
    extra = route.flight_s / DAY - conic.tof_s / DAY
    low, high = math.floor(float((tli + lois).min()) / 50.0) * 50.0 - 50.0, float((tli + lois).max())
    cost = s.View(
        "What both burns cost",
        s.Axis("days of flight", 1.5, 5.5),
        s.Axis("m/s", low, s.round_up(high / 100.0) * 100.0),
        (
            s.Line(times + extra, tli + lois, "green", "both burns"),
            s.Spot(route.flight_s / DAY, dv + loi, "this flight", "blue", "dot", "corner", 9),
        ),
        height=150,
    )
    parts = s.View(
        "Their shares",
        s.Axis("days of flight", 1.5, 5.5),
        s.Axis("m/s", 0.0, 4000.0),
        (
            s.Line(times + extra, tli, "blue", "leaving the Earth"),
            s.Line(times + extra, lois, "orange", "entering lunar orbit", "dash"),
        ),
        height=150,
    )
    far, near = route_views(route, altitude, 1e3 * apolune)
    words = (
        f"From a parking orbit at {kilo(1e3 * parking)} km, {dv:,.1f} m/s lead to the Moon in "
        f"{route.flight_s / DAY:.2f} days. At departure "
        f"the Moon is {math.degrees(conic.gamma0_rad) % 360.0:.1f} degrees ahead. The craft enters the sphere of "
        "influence with "
        f"{conic.v2_mps:,.0f} m/s relative to the Moon; the speed far from it would be {conic.v_infinity_mps:,.0f} "
        "m/s. The perilune is "
        f"{kilo(altitude)} km high, the speed there {conic.v_perilune_mps:,.0f} m/s. Entering an orbit of {kilo(altitude)} by "
        f"{kilo(1e3 * apolune)} km costs {loi:,.1f} m/s, both burns {dv + loi:,.1f} m/s."
    )
    return s.Scene(
        "The fast way, by patched conics",
        ((far, near), (cost, parts)),
        words,
        patched_tiles(conic, route, dv, loi, altitude),
        (f"{dv + loi:,.0f} m/s", "good"),
        clock=s.Clock(0.0, float(route.t_s[-1]) / DAY, "d", route.flight_s / DAY, digits=2),
        facts={
            "dv_tli_mps": dv,
            "dv_loi_mps": loi,
            "dv_total_mps": dv + loi,
            "flight_s": route.flight_s,
            "v_infinity_mps": conic.v_infinity_mps,
            "perilune_m": altitude,
            "phase_rad": conic.gamma0_rad,
            "lambda1_rad": lam,
        },
    )


_FIRST, _STEP, _STOPS, _SPAN = date(2023, 1, 1), 10, 183, 30.0
DATES = tuple((_FIRST + timedelta(days=_STEP * i)).isoformat() for i in range(_STOPS))
_FLIGHTS = (2.5, 7.0)
_PLANES = (
    ("that of the Moon's orbit", None),
    ("28.5° (Cape Canaveral)", 28.5),
    ("51.6° (Baikonur)", 51.6),
    ("19.5° (Wenchang)", 19.5),
)


@lru_cache(maxsize=32)
def _chops(first: str, parking_km: float, inclination_deg: float | None, perilune_km: float, apolune_km: float) -> Any:
    from lunarlab.ephemeris import tdb
    from lunarlab.transfer.lambert import porkchop

    start = tdb(first)
    return porkchop(
        start + DAY * np.linspace(0.0, _SPAN, 121),
        DAY * np.linspace(*_FLIGHTS, 91),
        altitude_m=1e3 * parking_km,
        inclination_rad=None if inclination_deg is None else math.radians(inclination_deg),
        perilune_altitude_m=1e3 * perilune_km,
        apolune_altitude_m=1e3 * max(apolune_km, perilune_km),
    )


@lru_cache(maxsize=32)
def _moon(first: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days, distance [1000 km] and declination [deg] of the Moon from a date on."""
    from lunarlab.ephemeris import ephemeris, moon, tdb

    days = np.linspace(0.0, _SPAN + _FLIGHTS[1], 149)
    start = tdb(first)
    r, _ = moon(start + DAY * days, ephemeris(start, start + DAY * (days[-1] + 1.0)))
    distance = np.linalg.norm(r, axis=1)
    return days, distance / 1e6, np.degrees(np.arcsin(r[:, 2] / distance))


def _dated_scene(values: Values) -> s.Scene:
    from lunarlab.ephemeris import iso
    from lunarlab.plots.porkchops import GRIDS, porkchop_view

    chops = _chops(values["first"], values["parking_km"], values["plane"], values["perilune_km"], values["apolune_km"])
    grid = values["grid"]
    i = int(np.abs(chops.departures_s - chops.departures_s[0] - DAY * values["after_days"]).argmin())
    j = int(np.abs(chops.flights_s - DAY * values["flight_days"]).argmin())
    start, flight = float(chops.departures_s[i]), float(chops.flights_s[j])
    leave, arrive = float(chops.dv_departure_mps[i, j]), float(chops.dv_arrival_mps[i, j])
    v, c3 = float(chops.v_infinity_mps[i, j]), float(chops.c3_m2ps2[i, j])
    best = chops.best("dv_total_mps")
    field = porkchop_view(chops, grid, at=(start, flight), height=360)
    flights = chops.flights_s / DAY
    cut = s.View(
        f"Departure {iso(start)[:10]}",
        s.Axis("days of flight", *_FLIGHTS),
        s.Axis("m/s", 0.0, 5000.0),
        (
            s.Line(flights, chops.dv_total_mps[i], "green", "both burns"),
            s.Line(flights, chops.dv_departure_mps[i], "blue", "leaving"),
            s.Line(flights, chops.dv_arrival_mps[i], "orange", "arriving", "dash"),
            s.Rule(flight / DAY, "x", "chosen", "red"),
        ),
        height=150,
    )
    days, distance, declination = _moon(values["first"])
    at = (start + flight - float(chops.departures_s[0])) / DAY
    origin = iso(float(chops.departures_s[0]))[:16]
    across = s.Axis("date (UTC)", 0.0, float(days[-1]), "date", origin)
    marks: list[s.Mark] = [s.Line(days, declination, "pink"), s.Rule(at, "x", "arrival", "red")]
    if values["plane"] is not None:
        tilt = values["plane"]
        marks += [s.Rule(tilt, "y", f"inclination {tilt:g}°", "blue", "dash"), s.Rule(-tilt, "y", "", "blue", "dash")]
    moon = s.View("The Moon's declination", across, s.Axis("degrees", -60.0, 60.0), tuple(marks), height=150)
    there = math.isfinite(leave)
    when = float(np.interp(at, days, distance)) * 1e3
    tiles = (
        s.Tile("departure", iso(start)[:10]),
        s.Tile("arrival", iso(start + flight)[:10]),
        s.Tile("leaving the Earth", f"{leave:,.0f} m/s" if there else "–"),
        s.Tile("far from the Moon", f"{v:,.0f} m/s" if there else "–"),
        s.Tile("entering orbit", f"{arrive:,.0f} m/s" if there else "–"),
        s.Tile("both burns", f"{leave + arrive:,.0f} m/s" if there else "–", "" if there else "bad"),
        s.Tile("cheapest here", f"{best.dv_total_mps:,.0f} m/s", "good"),
    )
    if there:
        words = (
            f"Departure {iso(start)[:16]} UTC, {flight / DAY:.2f} days of flight: {leave:,.0f} m/s to leave (C3 "
            f"{signed(c3 / 1e6)} km²/s²), "
            f"{arrive:,.0f} m/s to enter the lunar orbit, {leave + arrive:,.0f} m/s in all. "
        )
    else:
        words = f"No transfer departs {iso(start)[:16]} UTC with {flight / DAY:.2f} days of flight from this plane. "
    words += (
        f"The cheapest in the picture departs {iso(best.departure_s)[:16]}, flies {best.flight_s / DAY:.2f} days and costs "
        f"{best.dv_total_mps:,.0f} m/s. At the chosen arrival the Moon is {when:,.0f} km away."
    )
    extra = leave + arrive - best.dv_total_mps if there else math.nan
    badge = (f"{extra:,.0f} m/s ABOVE BEST", "good" if extra < 60 else "fair") if there else ("NO TRANSFER", "bad")
    return s.Scene(
        f"Real dates: {GRIDS[grid][0]}",
        ((field,), (cut, moon)),
        words,
        tiles,
        badge,
        facts={
            "dv_departure_mps": leave,
            "dv_arrival_mps": arrive,
            "dv_total_mps": leave + arrive,
            "c3_m2ps2": c3,
            "v_infinity_mps": v,
            "departure_s": start,
            "flight_s": flight,
            "best_total_mps": best.dv_total_mps,
        },
    )


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    return _patched_scene(values) if values["picture"] == "patched" else _dated_scene(values)


def _dates(departure: str, flight_days: float, plane: float | None = 28.5, **more: float) -> dict[str, Any]:
    """Values that show a departure in the middle of its month."""
    day = date.fromisoformat(departure)
    stop = max(0, (day - _FIRST).days // _STEP - 1)
    after = (day - date.fromisoformat(DATES[stop])).days
    return {
        "picture": "dates",
        "first": DATES[stop],
        "after_days": float(after),
        "flight_days": flight_days,
        "plane": plane,
        **more,
    }


_GRIDS = (
    ("both burns", "dv_total_mps"),
    ("leaving the Earth", "dv_departure_mps"),
    ("entering lunar orbit", "dv_arrival_mps"),
    ("speed at the Moon", "v_infinity_mps"),
)
PANEL = Panel(
    "transfer",
    compute,
    (
        Choose(
            "picture",
            "What to look at",
            "patched",
            (("patched conics, in one plane", "patched"), ("porkchop of real dates", "dates")),
        ),
        Slide("parking_km", "Height of the parking orbit, km", 200, 160, 2000, 5),
        Slide("faster_mps", "Injection beyond Hohmann's ellipse, m/s", 15, 2, 200, 1, when=_patched),
        Choose(
            "sense",
            "Passes the Moon",
            "clockwise",
            (("clockwise (as Apollo)", "clockwise"), ("counter-clockwise", "counter")),
            when=_patched,
        ),
        Choose("first", "Departures from", DATES[74], tuple((d, d) for d in DATES), slide=True, when=_dated),
        Slide("after_days", "Departure, days later", 15, 0, _SPAN, 0.25, 2, when=_dated),
        Slide("flight_days", "Flight, days", 4.5, *_FLIGHTS, 0.05, 2, when=_dated),
        Choose("plane", "Plane of departure", 28.5, _PLANES, when=_dated),
        Choose("grid", "Colour shows", "dv_total_mps", _GRIDS, when=_dated),
        "Lunar orbit",
        Slide("perilune_km", "Perilune, km", 100, 20, 2000, 5),
        Slide("apolune_km", "Apolune, km", 100, 20, 20_000, 0.001, log=True),
    ),
    presets={
        "Luna 25: 5.5 days": _dates("2023-08-11", 5.5, 51.6),
        "Chandrayaan-3: 4.8 days": _dates("2023-07-31", 4.8, 19.5),
        "IM-1: 6.4 days": _dates("2024-02-15", 6.4),
        "Chang'e 6: 4.7 days": _dates("2024-05-03", 4.7, 19.5),
        "IM-2: 4.5 days": _dates("2025-02-27", 4.5),
    },
    hint=_HINT,
)
