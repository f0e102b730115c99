"""The numbers and words of a flight that figures, the console and their text alternatives share. No drawing here."""

from __future__ import annotations

from typing import Any

import numpy as np

from lunarlab.descent import navigation as n
from lunarlab.descent.flight import Event, Flight
from lunarlab.errors import LunarlabError

GAP_WORTH_SHOWING_M = 200.0
"""From this difference between true and believed altitude on, pictures mark it."""


def ignition_row(flight: Flight) -> int:
    """Row of the histories at which braking starts; 0 if it never did.

    Raises
    ------
    LunarlabError
        The flight has no histories (``record=False``, or a law that failed before it).
    """
    if not len(flight.table):
        why = flight.reasons[0] if flight.reasons else "fly it with record=True"
        raise LunarlabError(f"this flight has no histories to show: {why}")
    ignition = flight.event("ignition")
    return 0 if ignition is None else min(int(np.searchsorted(flight.si["t"], ignition.t_s)), len(flight.table) - 1)


def mapped(flight: Flight) -> bool:
    """Whether the lander knew the ground from a map (its own target level is then that of the ground, not of the datum)."""
    ignition = flight.event("ignition")
    if ignition is None or not flight.ground.size:
        return False
    level = flight.si["est_height"][ignition_row(flight)] - ignition.est_height_m
    ground = float(np.interp(0.0, *flight.ground))
    return bool(abs(level - ground) < abs(level))


def believed_altitude(flight: Flight) -> np.ndarray:
    """What the computer takes for its height over the ground [m], row by row: over its map, else over the datum."""
    height = flight.si["est_height"]
    if not mapped(flight):
        return height
    return np.asarray(height - np.interp(flight.si["est_distance"], *flight.ground))


def ranges(flight: Flight) -> tuple[np.ndarray, np.ndarray]:
    """Rows with a valid range that the filter used, and rows with one that it refused (skipped or locked out)."""
    si = flight.si
    valid, status = si["meas_valid"] > 0.0, si["nav_status"]
    believed = (status == n.USED) | (status == n.READMITTED)
    return np.flatnonzero(valid & believed), np.flatnonzero(valid & ~believed & (status != n.NO_RANGE))


def key_event(flight: Flight) -> Event | None:
    """The moment a picture stops at: the estimate reaches zero far above the ground, else the end."""
    zero = flight.event("estimate_zero")
    if zero is not None and zero.altitude_m > GAP_WORTH_SHOWING_M:
        return zero
    return flight.events[-1] if flight.events else None


def key_facts(flight: Flight) -> dict[str, float]:
    """Key numbers of a flight, SI (mass in kg), only those that exist."""
    facts: dict[str, float] = {}
    if len(flight.table):
        si = flight.si
        used, refused = ranges(flight)
        facts["ranges_used"], facts["ranges_refused"] = float(used.size), float(refused.size)
        seen = si["nav_innovation"][np.isfinite(si["nav_innovation"])]
        if seen.size:
            facts["innovation_max_m"] = float(np.abs(seen).max())
        facts["propellant_used_kg"] = float(si["true_mass"][0] - si["true_mass"][-1])
    for kind, name in (("first_range", "first_range"), ("first_reject", "first_reject"), ("lockout", "lockout")):
        event = flight.event(kind)
        if event is not None:
            facts[f"{name}_t_s"], facts[f"{name}_distance_m"] = event.t_s, event.distance_m
    zero = flight.event("estimate_zero")
    if zero is not None:
        facts["zero_t_s"], facts["zero_altitude_m"] = zero.t_s, zero.altitude_m
        facts["zero_gap_m"] = zero.altitude_m - zero.est_height_m
        facts["zero_vertical_mps"], facts["zero_est_vertical_mps"] = zero.vertical_mps, zero.values[0]
    dry = flight.event("propellant_out")
    if dry is not None:
        facts["dry_t_s"], facts["dry_altitude_m"] = dry.t_s, dry.altitude_m
    if flight.touchdown is not None:
        facts["contact_t_s"] = flight.touchdown.t_s
        facts["contact_mps"] = flight.touchdown.speed_mps
        facts["propellant_left_kg"] = flight.touchdown.propellant_left_kg
        facts["miss_m"] = flight.touchdown.miss_m
    return facts


def metres(value: float) -> str:
    """A length as a person says it: ``4.87 km``, ``720 m``, ``0.3 m``."""
    if abs(value) >= 1000.0:
        return f"{value / 1e3:.2f} km"
    return f"{value:.0f} m" if abs(value) >= 10.0 else f"{value:.1f} m"


def summary(flight: Flight) -> str:
    """Verdict and key numbers of a flight in one or two sentences."""
    facts, words = key_facts(flight), [str(flight.verdict).replace("_", " ")]
    if flight.touchdown is not None:
        words.append(f"contact at {facts['contact_mps']:.1f} m/s with {facts['propellant_left_kg']:.1f} kg of propellant left")
    text = ": ".join(words)
    if facts.get("zero_altitude_m", 0.0) > GAP_WORTH_SHOWING_M:
        text += f". At estimated height zero the lander was {metres(facts['zero_altitude_m'])} above the ground"
    if "lockout_t_s" in facts:
        text += f". Altimeter locked out {metres(facts['lockout_distance_m'])} before the target"
    if flight.touchdown is None and flight.reasons:
        text += f": {flight.reasons[0]}"
    return text + "."


def why_refused(flight: Flight) -> list[str]:
    """Why ranges were refused, in numbers; a sentence each for the first refusal, the lockout, and the return."""
    lines = []
    first, lockout, back = (flight.event(kind) for kind in ("first_reject", "lockout", "readmit"))
    if first is not None:
        nu, gate = first.values
        lines.append(
            f"T+{first.t_s:.0f} s: the range was {abs(nu):.0f} m {'longer' if nu > 0 else 'shorter'} than predicted, and "
            f"the gate allows {gate:.0f} m. Truly the lander was {metres(first.altitude_m)} above the ground, and "
            f"believed {metres(first.est_height_m)}."
        )
    if lockout is not None:
        lines.append(
            f"T+{lockout.t_s:.0f} s: too many misfits in a row, so the altimeter counts as broken for good. From here the "
            f"vertical speed estimate is wrong by {lockout.values[1]:+.1f} m/s, and nothing corrects it."
        )
    if back is not None:
        lines.append(
            f"T+{back.t_s:.0f} s: the ranges stayed steady, so they are believed again: height {back.values[0]:+.0f} m."
        )
    return lines


def transcript(flight: Flight) -> list[str]:
    """One line for each event: clock, true altitude, what happened."""
    return [f"T+{event.t_s:7.1f} s   {event.altitude_m / 1e3:7.2f} km   {event.detail}" for event in flight.events]


def story(flight: Flight) -> dict[str, Any]:
    """Events as plain values for a browser: time [s], kind, sentence, distance [m], true altitude [m]."""
    return {
        "verdict": str(flight.verdict),
        "landed": flight.landed,
        "reasons": list(flight.reasons),
        "summary": summary(flight),
        "why": why_refused(flight),
        "events": [
            {"t": e.t_s, "kind": e.kind, "text": e.detail, "x": e.distance_m, "alt": e.altitude_m, "est": e.est_height_m}
            for e in flight.events
        ],
    }
