"""A porkchop: what a transfer costs for every pair of departure date and flight time."""

from __future__ import annotations

from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris import iso
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.transfer.lambert import Porkchop

GRIDS = {
    "dv_total_mps": ("both burns", "m/s", 1.0),
    "dv_departure_mps": ("departure", "m/s", 1.0),
    "dv_arrival_mps": ("arrival", "m/s", 1.0),
    "v_infinity_mps": ("speed at the Moon", "m/s", 1.0),
    "c3_m2ps2": ("launch energy C3", "km²/s²", 1e-6),
}
"""Grids of a porkchop: words, unit of the picture, factor to it."""


def known(porkchop: Any) -> Porkchop:
    """`porkchop`, if it is one of `transfer.lambert.porkchop`; LunarlabError else."""
    if not isinstance(porkchop, Porkchop):
        raise LunarlabError(f"porkchop is {porkchop!r}; it must be what lunarlab.transfer.lambert.porkchop returns")
    return porkchop


def porkchop_view(
    porkchop: Porkchop,
    grid: str = "dv_total_mps",
    *,
    at: tuple[float, float] | None = None,
    height: int = 380,
    width: float = 1.0,
) -> s.View:
    """One grid in colour (cheap is bright) over departure date and flight time; `at` (departure_s, flight_s) is marked."""
    if grid not in GRIDS:
        raise LunarlabError(f"grid is {grid!r}; allowed are {', '.join(GRIDS)}")
    words, unit, factor = GRIDS[grid]
    values = factor * np.asarray(getattr(porkchop, grid)).T
    good = values[np.isfinite(values)]
    low, high = float(good.min()), float(np.percentile(good, 80.0))
    high = max(high, low + 1e-6 + 0.02 * abs(low))
    span = high - low
    step = s.round_up(span / 8.0, (1.0, 2.0, 5.0, 10.0))
    levels = tuple(float(v) for v in np.arange(np.ceil(low / step) * step, high, step))
    days = (porkchop.departures_s - porkchop.departures_s[0]) / DAY
    flights = porkchop.flights_s / DAY
    best = porkchop.best(grid if grid != "c3_m2ps2" else "dv_departure_mps")
    marks: list[s.Mark] = [
        s.Heat(
            values,
            float(days[0]),
            float(days[-1]),
            float(flights[0]),
            float(flights[-1]),
            low,
            high,
            f"{words}, {unit}",
            levels,
        ),
        s.Spot(
            (best.departure_s - porkchop.departures_s[0]) / DAY,
            best.flight_s / DAY,
            "cheapest",
            "ink",
            "star",
            "corner",
            9,
        ),
    ]
    if at is not None:
        marks.append(
            s.Spot((at[0] - porkchop.departures_s[0]) / DAY, at[1] / DAY, "chosen", "red", "ring", "corner", 9)
        )
    origin = iso(float(porkchop.departures_s[0]))[:16]
    across = s.Axis("departure (UTC)", float(days[0]), float(days[-1]), "date", origin)
    up = s.Axis("days of flight", float(flights[0]), float(flights[-1]))
    return s.View(f"{words.capitalize()}: bright is cheap", across, up, tuple(marks), height=height, width=width)


def porkchop_scene(porkchop: Any, grid: str = "dv_total_mps", *, at: tuple[float, float] | None = None) -> s.Scene:
    """A porkchop with its description."""
    chops = known(porkchop)
    view = porkchop_view(chops, grid, at=at, height=420)
    best = chops.best(grid if grid != "c3_m2ps2" else "dv_departure_mps")
    share = float(np.isfinite(chops.dv_total_mps).mean())
    words = (
        f"Departures from {iso(float(chops.departures_s[0]))[:16]} to {iso(float(chops.departures_s[-1]))[:16]} UTC, "
        "flights of "
        f"{chops.flights_s[0] / DAY:.1f} to {chops.flights_s[-1] / DAY:.1f} days. Cheapest by {GRIDS[grid][0]}: departure "
        f"{iso(best.departure_s)[:16]}, {best.flight_s / DAY:.2f} days, {best.dv_departure_mps:,.0f} m/s to leave and "
        f"{best.dv_arrival_mps:,.0f} m/s to arrive, {best.dv_total_mps:,.0f} m/s in all; speed relative to the Moon "
        f"{best.v_infinity_mps:,.0f} m/s."
    )
    if share < 0.999:
        words += f" {100.0 * (1.0 - share):.0f} % of the field have no transfer."
    return s.Scene("Porkchop: Earth orbit to the Moon", ((view,),), words)
