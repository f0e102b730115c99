"""Observables: one number of a flight each, for the `[expect]` tables of the cases. NaN where it did not happen."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lunarlab.descent.flight import Event, Flight
from lunarlab.descent.touchdown import Verdict


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


def since(flight: Flight, kind: str, first: str = "ignition") -> float:
    """Time [s] from the event `first` to the first event of a kind."""
    return _at(flight, kind, lambda e: e.t_s) - _at(flight, first, lambda e: e.t_s)


def history_at(flight: Flight, name: str, t_s: float) -> float:
    """A history [SI] `t_s` seconds after ignition; nan before it, after contact, or where nothing was recorded."""
    t = flight.si["t"] - _at(flight, "ignition", lambda e: e.t_s)
    if t.size == 0 or not 0.0 <= t_s <= t[-1]:
        return math.nan
    return float(np.interp(t_s, t, flight.si[name]))


def level_decel(flight: Flight, t_s: float) -> float:
    """Mean deceleration along the ground [m/s2] over the first `t_s` seconds after ignition."""
    start, end = history_at(flight, "true_forward_speed", 0.0), history_at(flight, "true_forward_speed", t_s)
    return (start - end) / t_s


def descent_dv(flight: Flight) -> float:
    """Velocity change of the engines from ignition to contact [m/s]: thrust over mass, summed by the trapezoidal rule."""
    if flight.table.shape[0] < 2 or flight.touchdown is None:
        return math.nan
    accel = (flight.si["true_thrust_main"] + flight.si["true_thrust_assist"]) / flight.si["true_mass"]
    return float(np.trapezoid(accel, flight.si["t"]))


def throttle_down(flight: Flight) -> float:
    """Time from ignition until the throttled engines are first asked for less than 90 % of their most, having given it."""
    if flight.table.shape[0] < 2 or flight.event("ignition") is None:
        return math.nan
    t, asked = flight.si["t"], flight.si["cmd_thrust"] - flight.si["cmd_thrust_main"]
    most = asked.max()
    full = int(np.argmax(asked > 0.99 * most))
    below = np.flatnonzero(asked[full:] < 0.9 * most)
    if below.size == 0:
        return math.nan
    return float(t[full + int(below[0])]) - _at(flight, "ignition", lambda e: e.t_s)


def propellant_used(flight: Flight) -> float:
    """Propellant burnt from ignition to contact [kg]."""
    if flight.table.shape[0] < 2 or flight.touchdown is None:
        return math.nan
    return float(flight.si["true_mass"][0] - flight.si["true_mass"][-1])


def speed_after(flight: Flight, kind: str) -> float:
    """Total speed [m/s] at the first event of a kind."""
    t_s = since(flight, kind)
    if math.isnan(t_s):
        return math.nan
    speeds = (history_at(flight, f"true_{name}_speed", t_s) for name in ("forward", "left", "vertical"))
    return math.hypot(*speeds)


def _level(flight: Flight, altitude_m: float) -> tuple[float, float]:
    """Where it was, forward and left of the target [m], as it last fell through an altitude over the ground."""
    altitude = flight.si["true_altitude"]
    below = np.flatnonzero((altitude[:-1] > altitude_m) & (altitude[1:] <= altitude_m))
    if below.size == 0:  # or there is no history
        return math.nan, math.nan
    i = int(below[-1])
    return -float(flight.si["true_distance"][i]), float(flight.si["true_cross"][i])


def drift_from(flight: Flight, altitude_m: float) -> float:
    """How far it moved over the ground [m] from there to contact."""
    forward, left = _level(flight, altitude_m)
    return math.hypot(_contact(flight, "miss_m") - forward, _contact(flight, "cross_m") - left)


def miss_at(flight: Flight, altitude_m: float) -> float:
    """Distance from the aim point [m] there."""
    forward, left = _level(flight, altitude_m)
    if math.isnan(forward):
        return math.nan
    aim = -float(flight.si["aim_distance"][-1]), float(flight.si["aim_cross"][-1])
    return math.hypot(forward - aim[0], left - aim[1])


def _monitor_calls(flight: Flight) -> list[Event]:
    return [e for e in flight.events if e.kind == "fault" and e.detail.startswith("fault: computer monitor")]


def alarm_delay(flight: Flight) -> float:
    """Longest time [s] from a call of the monitor display to the next program alarm; nan if one was left without."""
    alarms = [e.t_s for e in flight.events if e.kind == "program_alarm"]
    after = [min((t - call.t_s for t in alarms if t >= call.t_s), default=math.nan) for call in _monitor_calls(flight)]
    return max(after) if after and not any(math.isnan(t) for t in after) else math.nan


def command_age(flight: Flight) -> float:
    """Oldest that the engines' command was at a restart of the computer [s]; 0 without one."""
    return max((e.values[0] for e in flight.events if e.kind == "restart"), default=0.0)


def forward_at(flight: Flight, altitude_m: float) -> float:
    """Forward speed [m/s] where the true altitude first falls through `altitude_m`."""
    t, _ = speed_at(flight, altitude_m)
    return math.nan if math.isnan(t) else float(np.interp(t, flight.si["t"], flight.si["true_forward_speed"]))


def _turning(flight: Flight) -> tuple[np.ndarray, np.ndarray]:
    """Time steps [s] of terminal descent and by how much the lander turned in each [rad]."""
    start = _at(flight, "terminal", lambda e: e.t_s)
    after = flight.si["t"] >= start - 1e-6  # none if there was no terminal descent
    steps = (np.diff(flight.si[name][after]) for name in ("true_pitch", "true_tilt"))
    return np.diff(flight.si["t"][after]), np.hypot(*steps)


def rotation(flight: Flight) -> float:
    """How far the lander turned in terminal descent, all turns added up [deg]."""
    _, turned = _turning(flight)
    return math.degrees(float(turned.sum())) if turned.size else math.nan


def slewing(flight: Flight) -> float:
    """How long it turned in terminal descent at no less than 0.9 of its fastest rate [s]."""
    dt, turned = _turning(flight)
    if turned.size == 0:
        return math.nan
    rate = turned / np.maximum(dt, 1e-9)
    return float(dt[rate >= 0.9 * rate.max()].sum())


def departure(flight: Flight, margin_mps: float = 14.0) -> float:
    """Altitude [m] at which the descent speed first differs from the plan of terminal descent by more than that, or nan."""
    off = np.flatnonzero(abs(flight.si["plan_vertical_speed"] - flight.si["true_vertical_speed"]) > margin_mps)
    return float(flight.si["true_altitude"][off[0]]) if off.size else math.nan


def impact_angle(flight: Flight) -> float:
    """Angle of the path to the horizontal at contact [deg]."""
    return math.degrees(math.atan2(_contact(flight, "vertical_mps"), _contact(flight, "horizontal_mps")))


def range_scatter(flight: Flight, below_m: float) -> float:
    """Standard deviation of range minus expected range [m] below an altitude over the ground."""
    low = flight.si["true_altitude"] < below_m
    misfit = flight.si["nav_innovation"][low]
    misfit = misfit[np.isfinite(misfit)]
    return float(misfit.std()) if misfit.size > 1 else math.nan


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
    "miss_m": (
        "m", lambda f: math.hypot(_contact(f, "miss_m"), _contact(f, "cross_m")), "distance from the target at contact"),
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
    "ignition_speed_mps": ("m/s", lambda f: speed_after(f, "ignition"), "speed over the ground at ignition"),
    "braking_s": ("s", lambda f: since(f, "brake_end"), "from ignition to the end of braking"),
    "brake_end_m": ("m", lambda f: _at(f, "brake_end", lambda e: e.altitude_m), "altitude at the end of braking"),
    "brake_end_down_mps": ("m/s", lambda f: _at(f, "brake_end", lambda e: -e.vertical_mps), "descent speed there"),
    "brake_end_speed_mps": ("m/s", lambda f: speed_after(f, "brake_end"), "total speed there"),
    "throttle_down_s": ("s", throttle_down, "from ignition to the end of full thrust"),
    "altitude_at_690s_m": ("m", lambda f: history_at(f, "true_altitude", 690.0), "altitude 690 s after ignition"),
    "forward_at_690s_mps": ("m/s", lambda f: history_at(f, "true_forward_speed", 690.0), "forward speed then"),
    "down_at_690s_mps": ("m/s", lambda f: -history_at(f, "true_vertical_speed", 690.0), "descent speed then"),
    "decel_to_690s_mps2": ("m/s2", lambda f: level_decel(f, 690.0), "mean deceleration along the ground until then"),
    "powered_s": ("s", lambda f: since(f, "contact"), "from ignition to contact"),
    "approach_s": ("s", lambda f: since(f, "terminal", "brake_end"), "from the end of braking to terminal descent"),
    "main_off_s": ("s", lambda f: since(f, "contact", "main_cutoff"), "from the main engine's cut-off to contact"),
    "dv_mps": ("m/s", descent_dv, "velocity change of the engines from ignition to contact"),
    "propellant_used_kg": ("kg", propellant_used, "propellant burnt from ignition to contact"),
    "drift_from_50m_m": ("m", lambda f: drift_from(f, 50.0), "moved over the ground from 50 m altitude to contact"),
    "miss_at_50m_m": ("m", lambda f: miss_at(f, 50.0), "distance from the aim point, 50 m up"),
    "tipped": ("", lambda f: float(f.verdict is Verdict.TIPPED), "1 if it fell over, or would have"),
    "est_height_at_contact_m": (
        "m", lambda f: _at(f, "contact", lambda e: e.est_height_m), "height that it believed to have left at contact"),
    "range_scatter_m": (
        "m", lambda f: range_scatter(f, 2000.0), "scatter of range minus expected range below 2 km, one sigma"),
    "first_fault_m": ("m", lambda f: _at(f, "fault", lambda e: e.altitude_m), "altitude at which the first fault begins"),
    "lateral_mps": ("m/s", lambda f: _contact(f, "horizontal_mps"), "sideways speed at contact"),
    "landed": ("", lambda f: float(f.landed), "1 if it landed"),
    "alarms": ("", lambda f: float(sum(e.kind == "program_alarm" for e in f.events)), "program alarms"),
    "alarm_delay_s": ("s", alarm_delay, "longest from a call of the monitor display to its alarm"),
    "command_age_s": ("s", command_age, "oldest that the engines' command was at a restart of the computer"),
    "relights_failed": (
        "", lambda f: float(sum(e.kind == "relight_failed" for e in f.events)), "tries to light the engines that failed"),
    "speed_at_5500m_mps": ("m/s", lambda f: speed_at(f, 5500.0)[1], "descent speed at 5.5 km"),
    "speed_at_149m_mps": ("m/s", lambda f: speed_at(f, 149.0)[1], "descent speed at 149 m"),
    "forward_at_149m_mps": ("m/s", lambda f: forward_at(f, 149.0), "forward speed at 149 m"),
    "departure_m": ("m", departure, "altitude at which its descent speed leaves the plan by 14 m/s, 50 km/h"),
    "rotation_deg": ("deg", rotation, "turns of terminal descent, added up"),
    "slewing_s": ("s", slewing, "time at the fastest turning rate in terminal descent"),
    "speed_at_365m_mps": ("m/s", lambda f: speed_at(f, 365.0)[1], "descent speed at 365 m"),
    "impact_angle_deg": ("deg", impact_angle, "angle of the path to the horizontal at contact"),
}  # fmt: skip
"""Name: (unit, function of a flight, meaning)."""


def _total_speed_at(flight: Flight, altitude_m: float) -> float:
    t, down = speed_at(flight, altitude_m)
    if math.isnan(t):
        return math.nan
    forward = float(np.interp(t, flight.si["t"], flight.si["true_forward_speed"]))
    return math.hypot(down, forward)
