"""Lesson 05: a burn, the instrument that should end it, and what becomes of the orbit when that instrument fails."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.cases.burns import BurnScenario
from lunarlab.cases.loader import case
from lunarlab.console.controls import Choose, Panel, Slide, Values
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.insertion import capture
from lunarlab.insertion.burn import Burn, BurnFault, BurnResult, Engine, fly_burn
from lunarlab.plots import scene as s
from lunarlab.plots.orbits import kilo

_HINT = (
    "<h4>Try</h4>Luna 25: with the accelerometer dead, only the timer ends the burn. What is the longest timer that "
    "survives? Capture: what does half the thrust cost?"
)
_ACCELEROMETER = (
    ("works", "works"),
    ("dead: never switched on", "dead"),
    ("switched on late, after 60 s", "late"),
    ("reads 20 % too little", "low"),
    ("reads 20 % too much", "high"),
)
_FAULTS = {
    "works": (),
    "dead": (BurnFault("accelerometer", "dead"),),
    "late": (BurnFault("accelerometer", "late", 60.0),),
    "low": (BurnFault("accelerometer", "scale", 0.8),),
    "high": (BurnFault("accelerometer", "scale", 1.2),),
}
_LONGEST = 2.2  # times the planned burn: how far the curve of cut-off times is followed


def _lowering(values: Values) -> bool:
    return bool(values["manoeuvre"] == "lower")


def _capturing(values: Values) -> bool:
    return bool(values["manoeuvre"] == "capture")


@lru_cache(maxsize=64)
def _fly(
    lower: bool,
    height_km: float,
    target_km: float,
    v_infinity_mps: float,
    thrust_N: float,
    mass_kg: float,
    isp_s: float,
    faults: tuple[BurnFault, ...],
    timer_s: float,
    lead_s: float,
) -> BurnResult:
    engine = Engine(thrust_N, isp_s)
    if lower:
        r = R_MOON + 1e3 * height_km
        speed = twobody.circular_speed(r, mu=MU_MOON)
        to_km = min(target_km, height_km - 0.1)
        dv = speed - twobody.speed(r, 0.5 * (r + R_MOON + 1e3 * to_km), mu=MU_MOON)
        state = np.array([0.0, r, 0.0]), np.array([speed, 0.0, 0.0])
    else:
        dv = float(capture.capture_dv(v_infinity_mps, 1e3 * height_km, 1e3 * max(target_km, height_km)))
        state = capture.arrival(v_infinity_mps, 1e3 * height_km).state(-lead_s)
    burn = Burn(dv_mps=dv, timer_s=timer_s, steering="tangential")
    return fly_burn(*state, mass_kg, engine, burn, faults=faults)


def _curve(run: BurnResult, lower: bool, planned: BurnResult, flown: BurnResult) -> s.View:
    """Perilune and apolune if the engine stopped at each time."""
    on = run.history_s <= run.burn_s
    t, r, v = run.history_s[on], run.r_mci[on], run.v_mci[on]
    distance, square = np.linalg.norm(r, axis=1), np.einsum("ij,ij->i", v, v)
    energy = 0.5 * square - MU_MOON / distance
    spin = np.linalg.norm(np.cross(r, v), axis=1)
    e = np.sqrt(np.maximum(0.0, 1.0 + 2.0 * energy * spin**2 / MU_MOON**2))
    p = spin**2 / MU_MOON
    low = (p / (1.0 + e) - R_MOON) / 1e3
    across = s.Axis("seconds of thrust", 0.0, s.round_up(float(t[-1])))
    marks: list[s.Mark] = [s.Line(t, low, "blue", "perilune")]
    if lower:
        marks.append(s.Rule(0.0, "y", "ground", "grey", "dash"))
        under = np.flatnonzero(low < 0.0)
        if under.size and under[0]:
            i = int(under[0])
            graze = float(np.interp(0.0, [low[i], low[i - 1]], [t[i], t[i - 1]]))
            marks.append(s.Spot(graze, 0.0, "touches the ground", "red", "cross", "corner", 9))
        axis = s.Axis("km", float(np.floor(low.min() / 20.0) * 20.0), s.round_up(1.08 * float(low.max())))
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            high = np.where(e < 1.0, (p / (1.0 - e) - R_MOON) / 1e3, np.nan)
        marks.append(s.Line(t, np.where(high < 1e6, high, np.nan), "orange", "apolune", "dash"))
        marks[0] = s.Line(t, np.where(low > 1.0, low, np.nan), "blue", "perilune")
        axis = s.Axis("km", 10.0, 1e5, "log")
    here = float(np.interp(planned.burn_s, t, low))
    marks.append(s.Spot(planned.burn_s, here if lower else max(here, 10.0), "planned", "green", "ring", "corner", 8))
    now = float(np.interp(flown.burn_s, t, low))
    if abs(flown.burn_s - planned.burn_s) > 0.05 and flown.burn_s <= t[-1]:
        marks.append(s.Spot(flown.burn_s, now if lower else max(now, 10.0), "flown", "blue", "dot", "corner", 9))
    title = "Perilune if the engine stops then" if lower else "The orbit if the engine stops then"
    return s.View(title, across, axis, tuple(marks), height=190)


def _meter(flown: BurnResult, planned: BurnResult, timer_s: float) -> s.View:
    """What the accelerometer summed up, against the truth and the goal."""
    on = flown.history_s <= flown.burn_s
    t, sensed = flown.history_s[on], flown.measured_dv_mps[on]
    mass = flown.mass_kg[on]
    true = np.log(mass[0] / mass) * (flown.dv_mps / max(np.log(mass[0] / mass[-1]), 1e-12))
    end = 1.08 * max(float(t[-1]), planned.burn_s, min(timer_s, 2.0 * planned.burn_s))
    goal = planned.dv_mps
    top = s.round_up(1.1 * max(goal, float(true.max()), float(sensed.max())))
    marks: tuple[s.Mark, ...] = (
        s.Line(t, true, "blue", "true"),
        s.Line(t, sensed, "orange", "measured", "dash"),
        s.Rule(goal, "y", f"goal {goal:.2f} m/s", "green", "dash"),
        s.Rule(timer_s, "x", f"timer {timer_s:.0f} s", "red"),
    )
    return s.View(
        "Speed change: what the software counts",
        s.Axis("seconds since ignition", 0.0, end),
        s.Axis("m/s", 0.0, top),
        marks,
        height=190,
    )


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    from lunarlab.plots.captures import capture_scene

    lower = values["manoeuvre"] == "lower"
    shape = (values["height_km"], values["target_km"]) if lower else (values["perilune_km"], values["apolune_km"])
    engine = Engine(values["thrust_N"], values["isp_s"])
    fixed = (lower, *shape, values["v_infinity_mps"], engine.thrust_N, values["mass_kg"], engine.isp_s)
    if lower:
        r, low = R_MOON + 1e3 * shape[0], R_MOON + 1e3 * min(shape[1], shape[0] - 0.1)
        dv = twobody.circular_speed(r, mu=MU_MOON) - twobody.speed(r, 0.5 * (r + low), mu=MU_MOON)
    else:
        dv = float(capture.capture_dv(values["v_infinity_mps"], 1e3 * shape[0], 1e3 * max(shape)))
    needed = engine.burn_time(values["mass_kg"], dv)
    lead = 0.0 if lower else 0.5 * needed
    timer = values["timer_ratio"] * needed
    planned = _fly(*fixed, (), 1.5 * needed, lead)
    flown = _fly(*fixed, _FAULTS[values["accelerometer"]], timer, lead)
    longest = min(_LONGEST * needed, 0.9 * values["mass_kg"] / engine.flow_kgps)
    run = _fly(*fixed, (BurnFault("accelerometer", "dead"),), longest, lead)
    extra = (_meter(flown, planned, timer), _curve(run, lower, planned, flown))
    kind = f"From {kilo(1e3 * shape[0])} km down to {kilo(1e3 * shape[1])} km" if lower else "Into lunar orbit"
    return capture_scene(flown, planned, extra=extra, title=f"{kind}: perilune {kilo(flown.perilune_altitude_m, 1)} km")


_CASE: BurnScenario = case("luna-25").scenario
_RATIO = round(_CASE.burn.timer_s / _CASE.planned_s, 3)
_LUNA = {
    "manoeuvre": "lower",
    "height_km": _CASE.orbit.perilune_altitude_m / 1e3,
    "target_km": 18.0,
    "thrust_N": _CASE.engine.thrust_N,
    "mass_kg": _CASE.craft.mass_kg,
    "isp_s": _CASE.engine.isp_s,
    "accelerometer": "dead",
    "timer_ratio": _RATIO,
}
PANEL = Panel(
    "insertion",
    compute,
    (
        Choose(
            "manoeuvre", "Manoeuvre", "lower", (("lower a circular orbit", "lower"), ("capture on arrival", "capture"))
        ),
        Slide("height_km", "Height of the circular orbit, km", 100, 20, 600, 1, when=_lowering),
        Slide("target_km", "Planned perilune, km", 18, 0, 400, 1, when=_lowering),
        Slide("v_infinity_mps", "Speed far from the Moon, m/s", 800, 0, 1500, 1, when=_capturing),
        Slide("perilune_km", "Perilune of the arrival, km", 100, 20, 2000, 1, when=_capturing),
        Slide("apolune_km", "Planned apolune, km", 5800, 20, 40_000, 0.001, log=True, when=_capturing),
        "Engine",
        Slide("thrust_N", "Thrust, N", _CASE.engine.thrust_N, 50, 10_000, 0.001, log=True),
        Slide("mass_kg", "Mass at ignition, kg", _CASE.craft.mass_kg, 200, 5000, 10),
        Slide("isp_s", "Specific impulse, s", _CASE.engine.isp_s, 200, 450, 1),
        "What ends the burn",
        Choose("accelerometer", "Accelerometer", "dead", _ACCELEROMETER),
        Slide("timer_ratio", "Back-up timer, times the planned burn", _RATIO, 0.5, 2.2, 0.01, digits=2),
    ),
    presets={
        "Luna 25: dead accelerometer": _LUNA,
        "Luna 25 as planned": {**_LUNA, "accelerometer": "works"},
        "Blue Ghost: capture 150 × 5,673": {
            "manoeuvre": "capture",
            "v_infinity_mps": 830.0,
            "perilune_km": 150.0,
            "apolune_km": 5673.0,
            "thrust_N": 2000.0,
            "mass_kg": 1400.0,
            "isp_s": 320.0,
            "accelerometer": "works",
            "timer_ratio": 1.2,
        },
        "Resilience: capture 70 × 5,800": {
            "manoeuvre": "capture",
            "v_infinity_mps": 300.0,
            "perilune_km": 70.0,
            "apolune_km": 5800.0,
            "thrust_N": 400.0,
            "mass_kg": 850.0,
            "isp_s": 318.0,
            "accelerometer": "works",
            "timer_ratio": 1.2,
        },
        "IM-1: capture to 92 km": {
            "manoeuvre": "capture",
            "v_infinity_mps": 761.0,
            "perilune_km": 92.0,
            "apolune_km": 92.0,
            "thrust_N": 3300.0,
            "mass_kg": 1900.0,
            "isp_s": 320.0,
            "accelerometer": "works",
            "timer_ratio": 1.2,
        },
    },
    hint=_HINT,
)
