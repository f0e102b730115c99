"""A stay on the Moon over its days: power and charge, temperatures, and lanes of light, work and contact."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris import iso
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.surface.contact import spans
from lunarlab.surface.stay import DARK, WORKING, Stay

MOODS = {"SURVIVES": "good", "OUT_OF_TOUCH": "fair", "OUT_OF_POWER": "bad", "FROZE": "bad", "OVERHEATED": "bad"}
MOST = 700
"""Points of a line: more than a screen has."""


def lived(flight: Any) -> Stay:
    """`flight`, if it is a stay; LunarlabError else."""
    if not isinstance(flight, Stay):
        raise LunarlabError(f"flight is {flight!r}; it must be what lunarlab.surface.stay.stay returns")
    return flight


def _columns(flight: Stay, *arrays: np.ndarray) -> list[np.ndarray]:
    step = max(1, math.ceil(flight.t_s.size / MOST))
    return [np.asarray(a, dtype=float)[::step] for a in (flight.t_s / DAY, *arrays)]


def _marks(flight: Stay) -> tuple[s.Mark, ...]:
    """Goal, sunset and the end, as lines through a view; words of neighbours stand together, so that none is covered."""
    found = [(flight.scenario.goal.days, "goal", "green", "dash")]
    for kind, ink in (("sunset", "grey"), ("froze", "red"), ("dark", "red"), ("overheated", "red")):
        event = flight.event(kind)
        if event is not None:
            found.append((event.t_s / DAY, kind, ink, "dot"))
    found.sort()
    near = 0.12 * float(flight.t_s[-1]) / DAY
    words: dict[int, list[str]] = {0: [found[0][1]]}
    first = 0
    for i in range(1, len(found)):
        first = first if found[i][0] - found[first][0] < near else i
        words.setdefault(first, []).append(found[i][1])
    return tuple(s.Rule(t, "x", ", ".join(words.get(i, ())), ink, dash) for i, (t, _, ink, dash) in enumerate(found))


def clock_axis(flight: Stay) -> s.Axis:
    """Days since touchdown."""
    return s.Axis("days since touchdown", 0.0, float(flight.t_s[-1]) / DAY, clock=True)


def power_view(flight: Stay, height: int = 210) -> s.View:
    """What the panels give and what is used."""
    days, sun, load = _columns(flight, flight.si["sun_W"], flight.si["load_W"])
    top = s.round_up(1.1 * float(max(sun.max(), load.max(), 1e-3)))
    marks = (
        s.between(days, 0.0, sun, ink="yellow", alpha=0.25),
        s.Line(days, sun, "yellow", "panels"),
        s.Line(days, load, "blue", "used", width=1.6),
        *_marks(flight),
    )
    return s.View("Power", clock_axis(flight), s.Axis("W", 0.0, top), marks, height=height)


def charge_view(flight: Stay, height: int = 150) -> s.View:
    """Charge of the battery."""
    full = flight.drawn.battery.capacity_Wh
    days, charge = _columns(flight, 100.0 * flight.si["charge_Wh"] / full)
    rules = s.Rule(100.0 * flight.drawn.battery.reserve, "y", "reserve: no work below", "orange", "dash", "end")
    return s.View(
        f"Battery, of {full:,.0f} Wh",
        clock_axis(flight),
        s.Axis("%", 0.0, 105.0),
        (s.Line(days, charge, "green"), rules),
        height=height,
    )


def warmth_view(flight: Stay, height: int = 150) -> s.View:
    """Temperature of craft and ground, and what the craft stands."""
    days, craft, ground = _columns(flight, flight.si["temperature_K"], flight.heat.ground_K)
    th = flight.drawn.thermal
    high = max(float(craft.max()), float(ground.max()), th.high_K)
    limits = (
        s.Rule(th.high_K, "y", "overheats", "red", "dash", "end"),
        s.Rule(th.low_K, "y", "freezes", "red", "dash", "end"),
    )
    lines = (s.Line(days, ground, "grey", "ground", "dot", 1.6), s.Line(days, craft, "pink", "craft"))
    return s.View("Temperature", clock_axis(flight), s.Axis("K", 50.0, high + 45.0), (*lines, *limits), height=height)


def lanes_view(flight: Stay, height: int = 150) -> s.View:
    """Lanes: light, who is in view, talk, work, darkness aboard."""
    si, t = flight.si, flight.t_s
    names = {"earth": "Earth up", "lander": "Earth up", "relay": "relay up"}
    lanes = (
        ("light", flight.light.flux_Wpm2 > 0.0, "yellow"),
        (names[flight.drawn.link.via], flight.contact.in_view, "grey"),
        ("talks", si["talking"] > 0.0, "blue"),
        ("works", si["mode"] == WORKING, "green"),
        ("dark aboard", si["mode"] == DARK, "red"),
    )
    marks: list[s.Mark] = []
    for i, (_, yes, ink) in enumerate(reversed(lanes)):
        edges = spans(t, yes) / DAY
        if edges.size:
            y = np.full(len(edges), float(i))
            marks.append(s.Boxes(edges[:, 0], edges[:, 1], y - 0.32, y + 0.32, ink, "", 0.8))
    ticks = tuple((float(len(lanes) - 1 - i), name) for i, (name, _, _) in enumerate(lanes))
    return s.View(
        "When", clock_axis(flight), s.Axis("", -0.6, len(lanes) - 0.4, ticks=ticks), tuple(marks), height=height
    )


def describe(flight: Stay) -> str:
    """The stay in sentences with its numbers."""
    rows, spot = flight.goal_rows, flight.drawn.site
    words = (
        f"{flight.scenario.name}: {flight.verdict.replace('_', ' ').lower()}. Touchdown {iso(spot.start_s)[:16]} UTC at "
        f"{spot.latitude_deg:.1f}, {spot.longitude_deg:.1f} degrees, the Sun "
        f"{math.degrees(flight.light.elevation_rad[0]):.1f} degrees high, highest "
        f"{math.degrees(flight.light.elevation_rad.max()):.1f}. The panels give up to {flight.si['sun_W'].max():,.0f} W. "
    )
    words += " ".join(f"{reason[0].upper()}{reason[1:]}." for reason in flight.reasons)
    sunset = flight.event("sunset")
    if sunset is not None:
        words += f" The Sun sets {sunset.t_s / DAY:.1f} days after touchdown."
    share = float(np.mean(flight.contact.listening[rows]))
    return f"{words} It can be heard {100.0 * share:.0f} % of the time."


def tiles(flight: Stay) -> tuple[s.Tile, ...]:
    """Readouts, some of which follow the clock."""
    rows, goal = flight.goal_rows, flight.scenario.goal
    charge = 100.0 * flight.si["charge_Wh"] / flight.drawn.battery.capacity_Wh
    warm, use = flight.si["temperature_K"], flight.contact.listening & flight.goal_rows
    least = float(np.min(flight.margin_dB[use])) if use.any() else -math.inf
    low, wanted = float(charge[rows].min()), flight.drawn.link.margin_dB
    days, sun, now_K = _columns(flight, flight.si["sun_W"], warm)
    return (
        s.Tile("lowest charge", f"{low:.0f} %", "good" if low > 100.0 * flight.drawn.battery.reserve else "bad"),
        s.Tile("coldest, warmest", f"{warm[rows].min():.0f}, {warm[rows].max():.0f} K"),
        s.Tile(
            "sent by the goal", f"{flight.data_Gbit:.3g} Gbit", "good" if flight.data_Gbit >= goal.data_Gbit else "bad"
        ),
        s.Tile("longest silence", f"{flight.silence_h:.1f} h", "good" if flight.silence_h <= goal.silence_h else "bad"),
        s.Tile(
            "least link margin",
            f"{least:+.1f} dB" if math.isfinite(least) else "nobody there",
            "good" if least >= wanted else "bad",
        ),
        s.Tile("panels then", t=days, values=sun, unit="W", digits=0),
        s.Tile("temperature then", t=days, values=now_K, unit="K", digits=0),
    )


def stay_scene(flight: Any) -> s.Scene:
    """A stay on the Moon: power, charge, temperature, contact over its days.

    Parameters
    ----------
    flight : Stay
        From ``lunarlab.case("apex-1.0").fly()`` or `surface.stay.stay`.
    """
    flight = lived(flight)
    verdict = str(flight.verdict)
    return s.Scene(
        f"{flight.scenario.name}: {flight.scenario.goal.days:g} days to live",
        ((power_view(flight),), (charge_view(flight), warmth_view(flight)), (lanes_view(flight),)),
        describe(flight),
        tiles(flight),
        (verdict.replace("_", " "), MOODS[verdict]),
        clock=s.Clock(0.0, float(flight.t_s[-1]) / DAY, "d", 0.0, digits=2),
        facts={
            "lived_s": min(*(flight.until(kind) for kind in ("froze", "overheated", "dark")), float(flight.t_s[-1])),
            "lowest_charge": float(np.min(flight.si["charge_Wh"][flight.goal_rows])) / flight.drawn.battery.capacity_Wh,
            "most_W": float(flight.si["sun_W"].max()),
            "coldest_K": float(flight.si["temperature_K"][flight.goal_rows].min()),
            "warmest_K": float(flight.si["temperature_K"][flight.goal_rows].max()),
            "data_bit": flight.data_Gbit * 1e9,
            "silence_s": flight.silence_h * 3600.0,
        },
    )
