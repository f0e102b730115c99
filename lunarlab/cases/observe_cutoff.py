"""Observables of how a flight ends: when the engines went off, what the lander believed then, and how it hopped."""

from __future__ import annotations

import math
from collections.abc import Callable

from lunarlab.cases.observe import since
from lunarlab.descent.flight import Event, Flight


def _value(flight: Flight, kind: str, value: Callable[[Event], float]) -> float:
    event = flight.event(kind)
    return math.nan if event is None else value(event)


def hop(flight: Flight, number: int, part: int = 0) -> float:
    """Hop `number`, from 1: how high it rose over where it began (part 0), or how far it went to the next contact (1) [m]."""
    tops = [event for event in flight.events if event.kind == "hop"]
    if len(tops) < number:
        return math.nan
    if part == 0:
        return tops[number - 1].values[0]
    met = [event.distance_m for event in flight.events if event.kind in ("bounce", "contact")]
    return abs(met[number - 1] - met[number]) if len(met) > number else math.nan


def bounces(flight: Flight) -> float:
    """How often it met the ground with its engines running, and left it again."""
    return float(sum(event.kind == "bounce" for event in flight.events))


CUTOFF: dict[str, tuple[str, Callable[[Flight], float], str]] = {
    "cutoff_m": ("m", lambda f: _value(f, "cutoff", lambda e: e.altitude_m), "true altitude when the engines go off"),
    "cutoff_down_mps": ("m/s", lambda f: _value(f, "cutoff", lambda e: -e.vertical_mps), "descent speed then"),
    "cutoff_believed_m": ("m", lambda f: _value(f, "cutoff", lambda e: e.est_height_m), "height that it believed then"),
    "engines_on_s": ("s", lambda f: since(f, "cutoff", "engines_on"), "from the start of the engines to their cut-off"),
    "start_m": ("m", lambda f: _value(f, "engines_on", lambda e: e.altitude_m), "true altitude when the engines start"),
    "start_down_mps": ("m/s", lambda f: _value(f, "engines_on", lambda e: -e.vertical_mps), "descent speed then"),
    "first_hop_m": ("m", lambda f: hop(f, 1), "height of the first hop"),
    "second_hop_m": ("m", lambda f: hop(f, 2), "height of the second hop"),
    "first_hop_length_m": ("m", lambda f: hop(f, 1, 1), "length of the first hop along the track"),
    "second_hop_length_m": ("m", lambda f: hop(f, 2, 1), "length of the second hop along the track"),
    "bounces": ("", bounces, "contacts with running engines that the lander left again"),
    "off_after_contact_s": ("s", lambda f: since(f, "cutoff", "bounce"), "from the first such contact to the cut-off"),
}  # fmt: skip
"""Name: (unit, function of a flight, meaning)."""
