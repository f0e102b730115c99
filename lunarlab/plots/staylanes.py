"""Four lanes of a stay on the Moon: what was published, what it lives through, what was planned, what can be heard of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.plots import scene as s
from lunarlab.plots.lanes import lane, moments, placed, points_of, provenance, said
from lunarlab.surface.stay import HOUR, Stay, stay

_MOODS = {"SURVIVES": "good", "OUT_OF_TOUCH": "fair"}
_ENDS = {"froze": "freezes", "overheated": "too hot", "dark": "dark", "awake": "back", "sunset": "sunset"}
_INKS = {"froze": "red", "overheated": "red", "dark": "red", "awake": "green", "sunset": "grey"}


def stay_lanes(flight: Stay, published: Sequence[Any] = (), title: str = "") -> s.Scene:
    """A stay: temperature and charge, as they are and as they were planned; what the panels give, and the link."""
    keep = np.unique(np.linspace(0, flight.t_s.size - 1, min(flight.t_s.size, 900)).astype(int))
    days = flight.t_s[keep] / DAY
    warm, charge = flight.si["temperature_K"][keep], flight.si["charge_Wh"][keep]
    scene = flight.scenario
    as_planned = stay(dataclasses.replace(scene, faults=()), seed=None) if scene.faults else stay(scene, seed=None)
    plan_warm, plan_charge = (as_planned.si[name][keep] for name in ("temperature_K", "charge_Wh"))
    points = placed(published, flight)
    late = max([float(flight.t_s[-1]), *(p.t_s + p.sigma_t_s for p in points)])
    clock = s.Axis("days since touchdown", -0.01 * late / DAY, 1.01 * late / DAY, clock=True)
    most = max(float(warm.max()), float(plan_warm.max()), scene.thermal.high_K)
    least = min(float(warm.min()), float(plan_warm.min()), scene.thermal.low_K)
    kelvin = s.Axis("K", least - 8.0, most + 8.0)
    full = 1.08 * max(scene.battery.capacity_Wh, float(charge.max()), float(plan_charge.max()))
    stored = s.Axis("W h", -0.06 * full, full)
    limits = [
        s.Rule(scene.thermal.high_K, "y", "may not be warmer", "red", "dash"),
        s.Rule(scene.thermal.low_K, "y", "may not be colder", "blue", "dash"),
    ]
    reserve = [s.Rule(scene.battery.reserve * scene.battery.capacity_Wh, "y", "reserve", "grey", "dash")]
    power = np.maximum(flight.si["sun_W"][keep], 0.0)
    load = flight.si["load_W"][keep]
    watts = s.Axis("W", 0.0, s.round_up(1.1 * max(float(power.max()), float(load.max()), 1e-3)))
    margin = np.where(np.isfinite(flight.margin_dB[keep]), flight.margin_dB[keep], np.nan)
    seen = margin[np.isfinite(margin)]
    reach = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 10.0)
    decibel = s.Axis("dB over what is needed", min(0.0, reach[0]) - 1.0, max(5.0, reach[1]) + 1.0)
    rules = [(event.t_s / DAY, _ENDS[event.kind], _INKS[event.kind]) for event in flight.events if event.kind in _ENDS][
        :6
    ]
    pub = points_of(points, "temperature_K", "K", 1.0, 1.0 / DAY, 0.0, late) + moments(
        points, kelvin, 1.0 / DAY, 0.0, late
    )
    pub_charge = points_of(points, "charge_Wh", "W h", 1.0, 1.0 / DAY, 0.0, late)

    def faint(y: np.ndarray) -> s.Line:
        return s.Line(days, y, "blue", "truth", width=1.2, alpha=0.6)

    rows = (
        lane(0, clock, (("temperature and moments", kelvin, pub), ("charge", stored, pub_charge)), rules),
        lane(
            1,
            clock,
            (
                ("temperature", kelvin, [s.Line(days, warm, "blue", "truth"), *limits]),
                ("charge", stored, [s.Line(days, charge, "blue", "truth"), *reserve]),
            ),
            rules,
        ),
        lane(
            2,
            clock,
            (
                (
                    "as planned",
                    kelvin,
                    [faint(warm), s.Line(days, plan_warm, "orange", "plan", "dash")],
                ),
                (
                    "as planned",
                    stored,
                    [
                        faint(charge),
                        s.Line(days, plan_charge, "orange", "plan", "dash"),
                    ],
                ),
            ),
            rules,
        ),
        lane(
            3,
            clock,
            (
                ("power", watts, [s.Line(days, power, "green", "panels"), s.Line(days, load, "pink", "loads", "dash")]),
                ("link", decibel, [s.Line(days, margin, "green")]),
            ),
            rules,
        ),
    )
    verdict = flight.verdict.replace("_", " ")
    words = (
        f"Four lanes over {days[-1]:.1f} days since touchdown. Published: "
        f"{said(points, 'temperature_K', lambda v: f'{v:.0f} K') or 'no temperatures'}. Truth: the temperature runs between "
        f"{warm.min():.0f} and {warm.max():.0f} K, the charge between {charge.min():.1f} and {charge.max():.1f} W h. Plan: "
        f"between {plan_warm.min():.0f} and {plan_warm.max():.0f} K. Heard: the longest silence until the goal is "
        f"{flight.silence_h:.1f} h, {flight.data_Gbit:.3g} Gbit are sent. {verdict}: {'; '.join(flight.reasons)}. "
        f"{provenance(points)}"
    )
    return s.Scene(
        title or f"{scene.name}: {flight.verdict}",
        rows,
        words.strip(),
        (
            s.Tile("temperature", t=days, values=warm, unit="K", digits=0),
            s.Tile("charge", t=days, values=charge, unit="W h"),
            s.Tile("from the panels", t=days, values=power, unit="W"),
            s.Tile("longest silence", f"{flight.silence_h:.1f} h"),
        ),
        (verdict, _MOODS.get(flight.verdict, "bad")),
        tuple(flight.reasons[:2]),
        s.Clock(0.0, float(days[-1]), "d", min(float(days[-1]), scene.goal.days), 15.0, 2),
        {"silence_s": flight.silence_h * HOUR, "lived_s": float(flight.t_s[-1])},
    )
