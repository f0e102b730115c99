"""Observables: one number of a flight each, for the `[expect]` tables of the cases. NaN where it did not happen."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lunarlab.descent.flight import Event, Flight


def _at(flight: Flight, kind: str, value: Callable[[Event], float]) -> float:
    event = flight.event(kind)
    return math.nan if event is None else value(event)


def speed_at(flight: Flight, altitude_m: float) -> tuple[float, float]:
    """(time s, descent speed m/s) at which the true altitude over the ground first falls through `altitude_m`."""
    altitude = flight.si["true_altitude"]
    below = np.flatnonzero((altitude[:-1] > altitude_m) & (altitude[1:] <= altitude_m))
    if below.size == 0:
        return math.nan, math.nan
    i = int(below[0])
    u = (altitude[i] - altitude_m) / (altitude[i] - altitude[i + 1])
    t, v = flight.si["t"], -flight.si["true_vertical_speed"]
    return float(t[i] + u * (t[i + 1] - t[i])), float(v[i] + u * (v[i + 1] - v[i]))


def terrain_step(flight: Flight) -> float:
    """Highest ground in the 40 km before the target minus the lowest after it, down to the target."""
    distance, height = flight.ground
    near = (distance >= 0.0) & (distance <= 40e3)
    distance, height = distance[near], height[near]
    crest = int(np.argmax(height))
    return float(height[crest] - height[: crest + 1].min())


def held_speed(flight: Flight) -> float:
    """Mean descent speed that the computer believed between its zero and empty tanks."""
    zero, dry = flight.event("estimate_zero"), flight.event("propellant_out")
    if zero is None or dry is None:
        return math.nan
    t = flight.si["t"]
    held = (t >= zero.t_s) & (t <= dry.t_s)
    if not held.any():  # not recorded
        return math.nan
    return float(-flight.si["est_vertical_speed"][held].mean())


def hold_time(flight: Flight) -> float:
    """Time from the estimate reading zero to empty tanks."""
    return _at(flight, "propellant_out", lambda e: e.t_s) - _at(flight, "estimate_zero", lambda e: e.t_s)


def _contact(flight: Flight, name: str) -> float:
    return math.nan if flight.touchdown is None else float(getattr(flight.touchdown, name))


def _decel(flight: Flight) -> float:
    (t0, v0), (t1, v1) = (
        (_at(flight, "first_range", lambda e: e.t_s), _at(flight, "first_range", lambda e: -e.vertical_mps)),
        speed_at(flight, 192.0),
    )
    return (v0 - v1) / (t1 - t0)


OBSERVABLES: dict[str, tuple[str, Callable[[Flight], float], str]] = {
    "reject_distance_m": (
        "m", lambda f: _at(f, "lockout", lambda e: e.distance_m), "distance to the target when the altimeter is given up"),
    "terrain_step_m": ("m", terrain_step, "drop of the ground below the track, from the rim to the target"),
    "true_altitude_at_est_zero_m": (
        "m", lambda f: _at(f, "estimate_zero", lambda e: e.altitude_m), "true altitude when the estimate reads zero"),
    "held_speed_mps": ("m/s", held_speed, "believed descent speed while it hovers"),
    "hold_s": ("s", hold_time, "from the estimate's zero to empty tanks"),
    "impact_mps": ("m/s", lambda f: _contact(f, "speed_mps"), "total speed at contact"),
    "vertical_mps": ("m/s", lambda f: _contact(f, "vertical_mps"), "descent speed at contact"),
    "propellant_left_kg": ("kg", lambda f: _contact(f, "propellant_left_kg"), "propellant at contact"),
    "miss_m": ("m", lambda f: abs(_contact(f, "miss_m")), "distance from the target at contact"),
    "duration_s": ("s", lambda f: _contact(f, "t_s"), "from the de-orbit burn to contact"),
    "first_range_m": ("m", lambda f: _at(f, "first_range", lambda e: e.altitude_m), "altitude of the first valid range"),
    "first_range_speed_mps": ("m/s", lambda f: _at(f, "first_range", lambda e: -e.vertical_mps), "descent speed then"),
    "speed_at_192m_mps": ("m/s", lambda f: speed_at(f, 192.0)[1], "descent speed at 192 m"),
    "decel_to_192m_mps2": ("m/s2", _decel, "mean net deceleration from the first valid range to 192 m"),
    "time_from_192m_s": ("s", lambda f: _contact(f, "t_s") - speed_at(f, 192.0)[0], "from 192 m to contact"),
    "braking_height_m": ("m", lambda f: _at(f, "ignition", lambda e: e.altitude_m), "altitude at ignition"),
    "speed_at_3km_mps": ("m/s", lambda f: _total_speed_at(f, 3000.0), "total speed at 3 km altitude"),
    "speed_at_1km_mps": ("m/s", lambda f: _total_speed_at(f, 1000.0), "total speed at 1 km altitude"),
    "speed_at_20m_mps": ("m/s", lambda f: _total_speed_at(f, 20.0), "total speed at 20 m altitude"),
}  # fmt: skip
"""Name: (unit, function of a flight, meaning)."""


def _total_speed_at(flight: Flight, altitude_m: float) -> float:
    t, down = speed_at(flight, altitude_m)
    if math.isnan(t):
        return math.nan
    forward = float(np.interp(t, flight.si["t"], flight.si["true_forward_speed"]))
    return math.hypot(down, forward)
