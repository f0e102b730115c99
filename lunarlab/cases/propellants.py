"""Tanks, pressure and margins as a kind of flight."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lunarlab.cases.kinds import Kind, known
from lunarlab.insertion.propellant import PropellantFlight, fly_propellant
from lunarlab.insertion.tanks import KINDS, PropellantFault, PropellantScenario


def fly(scene: PropellantScenario, *, seed: int | None = 0) -> PropellantFlight:
    """Follow the tanks of a mission. `seed` changes nothing, for there is no noise."""
    return fly_propellant(scene)


def _forecast(hours: float) -> Callable[[PropellantFlight], float]:
    def forecast_h(flight: PropellantFlight) -> float:
        return float(flight.forecast_s(hours * 3600.0)) / 3600.0 if flight.t_s[-1] >= hours * 3600.0 else math.nan

    return forecast_h


def _event(kind: str) -> Callable[[PropellantFlight], float]:
    def when(flight: PropellantFlight) -> float:
        event = flight.event(kind)
        return math.nan if event is None else event.t_s

    return when


OBSERVABLES: dict[str, tuple[str, Callable[[PropellantFlight], float], str]] = {
    "control_until_s": ("s", lambda f: f.control_until_s, "end of attitude control, after launch"),
    "burst_s": ("s", _event("burst"), "the tank tears, after launch"),
    "landing_lost_s": ("s", lambda f: f.lost_s["landing"], "capture and descent can no longer both be paid for"),
    "low_orbit_lost_s": ("s", lambda f: f.lost_s["low orbit"], "the low orbit can no longer be paid for"),
    "capture_lost_s": ("s", lambda f: f.lost_s["capture"], "no orbit around the Moon can be paid for"),
    "dv_left_mps": ("m/s", lambda f: float(f.dv_mps[-1]), "usable velocity change at the end"),
    "forecast_19h_h": ("h", _forecast(19.0), "how long the propellant would last, told 19 h after launch"),
    "forecast_56h_h": ("h", _forecast(56.0), "the same, 56 h after launch"),
    "forecast_84h_h": ("h", _forecast(84.0), "the same, 84 h after launch"),
    "forecast_104h_h": ("h", _forecast(104.0), "the same, 104 h after launch"),
}
"""Name: (unit, function of a flight, meaning)."""


def report(flight: PropellantFlight) -> dict[str, Any]:
    """What is left, what was lost when, and the end of control."""
    return {
        "left": {
            "dv_mps": float(flight.dv_mps[-1]),
            "fuel_kg": float(flight.fuel_kg[-1]),
            "oxidiser_kg": float(flight.oxidiser_kg[-1]),
            "pressure_Pa": float(flight.pressure_Pa[-1]),
            "attitude_kg": float(flight.attitude_kg[-1]),
        },
        "lost_s": {name: known(when) for name, when in flight.lost_s.items()},
        "control_until_s": known(flight.control_until_s),
    }


KIND = Kind(
    name="propellant",
    scenario=PropellantScenario,
    fault=PropellantFault,
    fault_unit=lambda target, kind: str(KINDS.get((target, kind), ("",))[0]),
    fly=fly,
    observables=OBSERVABLES,
    report=report,
    good=lambda flight: flight.verdict == "READY",
    events=("valve_open", "fault", "valve_closed", "evened_out", "burst", "relief", "leak", "tumbling", "control_lost"),
    quantities=("hours_left", "dv_mps"),
)
