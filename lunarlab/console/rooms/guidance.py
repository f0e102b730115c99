"""Lesson 08: tune a guidance law. Every move flies a whole descent and solves for the least propellant of its last phase."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lunarlab.cases import loader
from lunarlab.console.controls import Choose, Panel, Slide, Tick, Values
from lunarlab.console.later import Late
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.plots import scene as s

_HINT = (
    "<h4>Try</h4>Every move flies a whole descent. Which law comes nearest to the bound? Brake later, with less in hand: what "
    "does the last phase cost then? Where does the best flight throttle, and why does no law of this list do the same?"
)
_NO_LATE = Late()
CASE = "nominal-mare"
NODES = 30
"""Of the convex problem: a fiftieth of a percent above sixty nodes, in half the time."""
LAWS = (
    ("constant braking, E-guidance for height", "e_guidance"),
    ("constant braking, quadratic for height", "apollo_quadratic"),
    ("Apollo quadratic, all axes (P63)", "p63"),
    ("ZEM/ZEV", "zem_zev"),
    ("fractional polynomial", "fractional"),
    ("gravity turn", "gravity_turn"),
)
APPROACHES = (
    ("pitch up on a speed profile", "pitch_up"),
    ("Apollo quadratic (P64)", "p64"),
    ("ZEM/ZEV", "zem_zev"),
    ("fractional polynomial", "fractional"),
)


def _to_low_gate(v: Values) -> bool:
    return bool(v["approach"] != "pitch_up")


def _fractional(v: Values) -> bool:
    return "fractional" in (v["law"], v["approach"])


def _zem_zev(v: Values) -> bool:
    return "zem_zev" in (v["law"], v["approach"])


def _in_space(v: Values) -> bool:
    return bool(v["dimensions"] == 3)


def _noisy(v: Values) -> bool:
    return bool(v["noise"])


@lru_cache(maxsize=1)
def base() -> Scenario:
    """The lander that is tuned."""
    scene: Scenario = loader.case(CASE).scenario
    return scene


def build(v: Mapping[str, Any]) -> Scenario:
    """The scenario that the controls describe."""
    scene = base()
    engine, strength, isp = scene.vehicle, 0.01 * v["thrust_percent"], v["isp_s"] / scene.vehicle.main_isp_s
    vehicle = dataclasses.replace(
        engine,
        main_thrust_N=strength * engine.main_thrust_N,
        assist_thrust_N=strength * engine.assist_thrust_N,
        main_isp_s=isp * engine.main_isp_s,
        assist_isp_s=isp * engine.assist_isp_s,
    )
    guidance = dataclasses.replace(
        scene.guidance,
        law=v["law"],
        approach=v["approach"],
        brake_decel_mps2=v["brake_decel_mps2"],
        brake_end_height_m=v["brake_end_height_m"],
        brake_end_speed_mps=v["brake_end_speed_mps"],
        target_accel_mps2=v["target_accel_mps2"],
        approach_end_height_m=v["approach_end_height_m"],
        approach_end_distance_m=v["approach_end_distance_m"],
        fraction_k_r=v["fraction_k_r"],
        time_weight=v["time_weight"],
        low_height_m=v["low_height_m"],
        contact_speed_mps=v["contact_speed_mps"],
        vertical_gain=v["vertical_gain"],
        horizontal_gain=v["horizontal_gain"],
    )
    changes: dict[str, Any] = {"name": "guidance tuner", "vehicle": vehicle, "guidance": guidance}
    if v["dimensions"] == 3:
        changes["site"] = dataclasses.replace(scene.site, dimensions=3.0, cross_track_m=v["cross_track_m"])
        changes["navigation"] = dataclasses.replace(scene.navigation, filter="six")
    return dataclasses.replace(scene, **changes)


@lru_cache(maxsize=8)
def _flown(items: tuple[tuple[str, Any], ...]) -> tuple[Scenario, Flight]:
    v = dict(items)
    scene = build(v)
    return scene, fly(scene, seed=int(v["seed"]) if v["noise"] else None)


@lru_cache(maxsize=1)
def _solver() -> Any:
    from lunarlab.descent.optimal import Solver

    return Solver(NODES)


_near: dict[str, float] = {}  # the best flight time of the last problem: where to look for the next one


def later(**values: Any) -> Iterator[Any]:
    """The optimum of the last phase: at the flight time of the last one at once, at a better one soon."""
    from lunarlab.descent import bound

    scene, flight = _flown(tuple(values.items()))
    least = 0.0 if values["engines_off"] else scene.vehicle.assist_thrust_N * scene.vehicle.assist_throttle_min
    problem = bound.last_phase(flight, scene, glide_slope_deg=values["glide_slope_deg"], thrust_min_N=least)
    for optimum, refined in bound.track(_solver(), problem, _near.get("s")):
        _near["s"] = optimum.flight_time_s
        yield optimum, refined


def compute(*, late: Late = _NO_LATE, **values: Any) -> s.Scene:
    """The scene of these values, with the optimum that is known by now."""
    from lunarlab.descent import bound
    from lunarlab.plots.descents import guidance_scene

    scene, flight = _flown(tuple(values.items()))
    known = None
    if late.value is not None and flight.event("brake_end") is not None and len(flight.table):
        known = bound.against(flight, late.value[0], refined=late.value[1])
    law = next(words for words, key in LAWS if key == values["law"])
    return guidance_scene(
        flight, scene, known, why_not=late.error, pending=not late.done, title=law[0].upper() + law[1:]
    )


def score(name: str, **values: Any) -> str:
    """The score card of the lander that the controls describe, with the scatter of its case."""
    from lunarlab.cases.scorecard import scorecard

    return str(scorecard(build(values), name=name, case=CASE))


_SERIES = base().guidance
PANEL = Panel(
    "guidance",
    compute,
    (
        "Law",
        Choose("law", "Braking", "e_guidance", LAWS),
        Slide("brake_decel_mps2", "Planned braking, m/s²: when to ignite", 1.88, 1.2, 3.0, 0.01, 2),
        Slide("target_accel_mps2", "Vertical acceleration at its end, m/s²", 0.0, -2.0, 2.0, 0.05, 2),
        Choose("approach", "Approach", "pitch_up", APPROACHES),
        Slide("fraction_k_r", "Fractional: gain on position", 9.0, 6.0, 20.0, 0.1, 1, when=_fractional),
        Slide("time_weight", "ZEM/ZEV: price of a second", 0.0, 0.0, 5.0, 0.05, 2, when=_zem_zev),
        "Gates",
        Slide("brake_end_height_m", "High gate: height, m", _SERIES.brake_end_height_m, 1000, 8000, 50),
        Slide("brake_end_speed_mps", "High gate: forward speed, m/s", _SERIES.brake_end_speed_mps, 20, 200, 1),
        Slide("approach_end_height_m", "Low gate: height, m", 150, 30, 800, 10, when=_to_low_gate),
        Slide("approach_end_distance_m", "Low gate: before the target, m", 10, 0, 300, 5, when=_to_low_gate),
        Slide("low_height_m", "Final rate from, m", _SERIES.low_height_m, 5, 100, 1),
        "Gains",
        Slide("vertical_gain", "On the descent speed, 1/s", _SERIES.vertical_gain, 0.02, 2.0, 0.01, 2),
        Slide("horizontal_gain", "On the sideways speed, 1/s", _SERIES.horizontal_gain, 0.02, 2.0, 0.01, 2),
        Slide("contact_speed_mps", "Contact speed, m/s", _SERIES.contact_speed_mps, 0.2, 3.0, 0.02, 2),
        "Lander",
        Slide("thrust_percent", "Thrust, % of Series 1", 100, 60, 160, 1),
        Slide("isp_s", "Specific impulse of the main engine, s", base().vehicle.main_isp_s, 250, 450, 1),
        Choose("dimensions", "World", 2, (("the plane of the orbit", 2), ("space, over a Moon that turns", 3))),
        Slide("cross_track_m", "Orbit passes left of the target, m", 0, -3000, 3000, 50, when=_in_space),
        Tick("noise", "Noise and dispersions"),
        Slide("seed", "Seed", 0, 0, 99, 1, when=_noisy),
        "Bound",
        Slide("glide_slope_deg", "Its path stays above, °", 0, 0, 75, 1),
        Tick("engines_off", "Its engines may be off", True),
    ),
    presets={
        "Series 1, as it flies": {},
        "Apollo: P63 and P64": {"law": "p63", "approach": "p64"},
        "ZEM/ZEV to both gates": {"law": "zem_zev", "approach": "zem_zev"},
        "fractional polynomial to both": {"law": "fractional", "approach": "fractional"},
        "gravity turn": {"law": "gravity_turn", "brake_decel_mps2": 2.3},
        "weak engines": {"thrust_percent": 80.0, "approach": "zem_zev", "law": "p63"},
    },
    hint=_HINT,
    later=later,
    report=("Score card", score),
)
