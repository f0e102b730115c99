"""Powered descent as a kind of flight."""

from __future__ import annotations

from typing import Any

from lunarlab.cases.kinds import Kind
from lunarlab.cases.observe import OBSERVABLES
from lunarlab.cases.observe_cutoff import CUTOFF
from lunarlab.descent.faults import KINDS, Fault
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.loop import EVENTS
from lunarlab.descent.scenario import Scenario


def report(flight: Flight) -> dict[str, Any]:
    """Touchdown, propellant and speed at contact."""
    contact = flight.touchdown
    return {
        "touchdown": None
        if contact is None
        else {
            "t_s": contact.t_s,
            "vertical_mps": contact.vertical_mps,
            "lateral_mps": contact.lateral_mps,
            "tilt_deg": contact.tilt_deg,
            "miss_m": contact.miss_m,
        },
        "propellant_left_kg": None if contact is None else contact.propellant_left_kg,
        "impact_mps": None if contact is None else contact.speed_mps,
    }


KIND = Kind(
    name="descent",
    scenario=Scenario,
    fault=Fault,
    fault_unit=lambda target, kind: str(KINDS.get((target, kind), ("", ""))[1]),
    fly=fly,
    observables={**OBSERVABLES, **CUTOFF},
    report=report,
    good=lambda flight: flight.landed,
    options=("guidance", "navigation", "params", "record"),
    head=("planned_touchdown_s",),
    events=EVENTS,
)
