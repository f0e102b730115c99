"""A stay on the Moon as a kind of flight: light, power, warmth and contact of a lander or a rover."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lunarlab.cases.kinds import Kind, known
from lunarlab.constants import DAY
from lunarlab.surface.faults import KINDS, SurfaceFault
from lunarlab.surface.scenario import SurfaceScenario
from lunarlab.surface.stay import HOUR, Stay, stay


def fly(scene: SurfaceScenario, *, seed: int | None = 0) -> Stay:
    """Follow a stay; `seed` draws its dispersions."""
    return stay(scene, seed=seed)


def _when(kind: str, unit_s: float) -> Callable[[Stay], float]:
    def when(flight: Stay) -> float:
        event = flight.event(kind)
        return math.nan if event is None else event.t_s / unit_s

    return when


def lived_s(flight: Stay) -> float:
    """How long it lived: to freezing, overheating or going dark, or to the end of what was followed."""
    return min(*(flight.until(kind) for kind in ("froze", "overheated", "dark")), float(flight.t_s[-1]))


def _night_h(flight: Stay) -> float:
    """From the first sunset to the end, nan if it ended by day."""
    sunset = flight.until("sunset")
    return (lived_s(flight) - sunset) / HOUR if sunset < lived_s(flight) else math.nan


def _until_goal(name: str, of: Callable[[Any], Any]) -> Callable[[Stay], float]:
    return lambda flight: float(of(flight.si[name][flight.goal_rows]))


def _lowest_charge(flight: Stay) -> float:
    return float(np.min(flight.si["charge_Wh"][flight.goal_rows])) / flight.drawn.battery.capacity_Wh


def _margin(flight: Stay) -> float:
    """Least margin of the link among the moments in which somebody could be heard."""
    use = flight.contact.listening & flight.goal_rows
    return float(np.min(flight.margin_dB[use])) if use.any() else math.nan


OBSERVABLES: dict[str, tuple[str, Callable[[Stay], float], str]] = {
    "lived_d": ("d", lambda f: lived_s(f) / DAY, "from touchdown to the end of its life, or of what was followed"),
    "dark_h": ("h", _when("dark", HOUR), "from touchdown until it first went dark"),
    "awake_d": ("d", _when("awake", DAY), "from touchdown until it came back by its panels alone"),
    "sunset_d": ("d", _when("sunset", DAY), "from touchdown to sunset"),
    "night_h": ("h", _night_h, "from sunset to the end of its life"),
    "lowest_charge": ("", _lowest_charge, "least charge of the battery until the goal, share of its capacity"),
    "most_W": ("W", _until_goal("sun_W", np.max), "most that the panels gave until the goal"),
    "coldest_K": ("K", _until_goal("temperature_K", np.min), "lowest temperature until the goal"),
    "warmest_K": ("K", _until_goal("temperature_K", np.max), "highest temperature until the goal"),
    "data_Gbit": ("Gbit", lambda f: f.data_Gbit, "sent until the goal"),
    "silence_h": ("h", lambda f: f.silence_h, "longest time without a word until the goal"),
    "heard": ("", lambda f: float(np.mean(f.contact.listening[f.goal_rows])), "share of the time in which it can be heard"),
    "margin_dB": ("dB", _margin, "least margin of the link while it can be heard"),
    "driven_m": ("m", _until_goal("driven_m", np.max), "driven until the goal"),
}
"""Name: (unit, function of a stay, meaning)."""


def report(flight: Stay) -> dict[str, Any]:
    """What is left of the goal, and the books of energy."""
    return {
        "stay": {name: known(of(flight)) for name, (_, of, _) in OBSERVABLES.items()},
        "energy_Wh": {name: value / HOUR for name, value in flight.energy_J.items()},
    }


KIND = Kind(
    name="surface",
    scenario=SurfaceScenario,
    fault=SurfaceFault,
    fault_unit=lambda target, kind: str(KINDS.get((target, kind), ("",))[0]),
    fly=fly,
    observables=OBSERVABLES,
    report=report,
    good=lambda flight: flight.verdict == "SURVIVES",
    events=("touchdown", "dark", "awake", "sunset", "sunrise", "froze", "overheated", "goal"),
    quantities=("temperature_K", "charge_Wh"),
)
