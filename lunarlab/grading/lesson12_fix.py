"""Lesson 12, the cheapest set of changes that lands a tall lander without ranges and with noisy ones, and what it misses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.descent.campaign import flight_seed
from lunarlab.descent.faults import Fault
from lunarlab.descent.fixes import Change
from lunarlab.descent.flight import fly
from lunarlab.descent.scenario import Scenario
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text

SILENT, NOISY = Fault("altimeter", "lockout"), Fault("altimeter", "noise", value=100.0)
FLIGHTS, ENOUGH, SEED = 40, 36, 3
LEAN_KG = 70.0
"""Propellant that is missing in the last trial: the lesson's own number."""


def less_propellant(rng: np.random.Generator) -> Mapping[str, float]:
    """Propellant that is missing for a student: 66 to 73 kg, with which 83 % to 20 % land.

    Not 68 to 70 kg: there about half of them land, and who counts those that don't would be right, too.
    """
    return {"lean_kg": round(float(rng.choice((rng.uniform(66.0, 68.0), rng.uniform(70.0, 73.0)))), 1)}


def _armed(scene: Scenario) -> Scenario:
    return replace(scene, faults=tuple(fault for fault in scene.faults if fault.kind != "lockout"))


CHANGES = {change.name: change for change in (
    Change("test-fire", 1.0, _armed),
    Change("slower plan", 2.0, {"guidance.low_height_m": 60.0, "guidance.low_speed_mps": 1.5}),
    Change("expect noise", 2.0, {"navigation.range_noise_m": 100.0}),
    Change("longer strokes", 3.0, {"gear.stroke_m": 0.6}),
    Change("wider legs", 4.0, {"gear.foot_radius_m": 3.0}),
    Change("lower mass", 6.0, {"gear.cg_height_m": 1.5}),
    Change("second range finder", 8.0, {"altimeter_2.range_max_m": 500.0, "altimeter_2.noise_m": 0.2}),
)}  # fmt: skip
CHEAPEST = 4.0
"""Cost of the cheapest set that lands in both trials; a test searches all that cost less."""


def tall_lander(*faults: Fault) -> Scenario:
    """A tall lander over ground that rises, which knows its height to 25 m and has cameras for its speed."""
    mare: Scenario = case("nominal-mare").scenario
    vehicle = replace(
        mare.vehicle, mass_kg=1300.0, dry_mass_kg=600.0, main_thrust_N=0.0, assist_thrust_N=4000.0, assist_isp_s=330.0,
        assist_throttle_min=0.2,
    )  # fmt: skip
    return replace(
        mare, name="tall lander", vehicle=vehicle, gear=case("athena-im-2").scenario.gear, faults=faults,
        guidance=replace(mare.guidance, brake_decel_mps2=2.0, contact_speed_mps=0.9, low_height_m=30.0, low_speed_mps=3.0),
        navigation=replace(
            mare.navigation, filter="six", policy="nis", sigma_height_m=25.0, sigma_speed_mps=0.3, sigma_along_m=60.0,
            velocity_noise_mps=0.1,
        ),
        velocimeter=replace(mare.velocimeter, altitude_max_m=40e3),
        terrain=replace(mare.terrain, slope_deg=8.0, slope_azimuth_deg=180.0, slope_reach_m=120.0),
        dispersions=replace(
            mare.dispersions, height_m=25.0, vertical_mps=0.1, along_m=60.0, range_bias_m=0.5, accel_bias_mps2=2e-4,
            accel_scale=1e-4, attitude_deg=0.01,
        ),
    )  # fmt: skip


@cache
def landings(names: frozenset[str], trial: str, allowed: int = FLIGHTS, less_kg: float = 0.0) -> int:
    """How many flights land with some changes in a trial, "silent", "noisy" or "lean"; it stops after too many failures."""
    scene = tall_lander(*{"silent": (SILENT,), "noisy": (NOISY,)}.get(trial, ()))
    scene = replace(scene, vehicle=replace(scene.vehicle, dry_mass_kg=scene.vehicle.dry_mass_kg + less_kg))
    for name in sorted(names):
        scene = CHANGES[name].apply(scene)
    landed = 0
    for k in range(FLIGHTS):
        landed += fly(scene, seed=flight_seed(SEED, k), record=False).landed
        if k + 1 - landed > allowed:
            break
    return landed


def lands(names: frozenset[str], trial: str) -> bool:
    """Whether enough flights land."""
    return landings(names, trial, FLIGHTS - ENOUGH) >= ENOUGH


def chosen(answer: Any) -> frozenset[str]:
    """The changes that were named."""
    if a.is_blank(answer):
        raise a.Unanswered
    names = [answer] if isinstance(answer, str) else answer
    none = not isinstance(names, Iterable) or (isinstance(names, np.ndarray) and names.ndim == 0)
    if none or not all(isinstance(name, str) for name in names):
        raise a.BadAnswer(f"chosen_changes is {a.shown(answer)}; it must be a list of names out of {', '.join(CHANGES)}.")
    unknown = [name for name in names if name not in CHANGES]
    if unknown:
        raise a.BadAnswer(f"No change is called {unknown[0]!r}; there are {', '.join(CHANGES)}.")
    return frozenset(names)


def judge_fix(changes: Any, lean_share: Any) -> list[Finding]:
    """The set lands in both trials, none cheaper would, and the share that lands on lean tanks is what flying says."""
    names = chosen(changes)
    share, less_kg = a.number(lean_share, "share_on_lean_tanks"), exam().variant("12.fix")["lean_kg"]
    silent, noisy = landings(names, "silent"), landings(names, "noisy")
    both = silent >= ENOUGH and noisy >= ENOUGH
    cost = float(np.sum([CHANGES[name].cost for name in names]))
    if silent < ENOUGH and noisy < ENOUGH and names & {"wider legs", "lower mass", "longer strokes"}:
        told = "Legs keep it from falling over, not from coming down too fast. Look for what makes it slow."
    elif silent < ENOUGH:
        told = "Without ranges the height is off by tens of metres. A plan that is slow soon enough forgives that."
    elif names == {"test-fire"}:
        told = "That repairs IM-1's switch. With IM-2 the range finder fires, and tells nonsense."
    elif "second range finder" in names:
        told = "A second range finder helps if the filter knows that the first is bad. Here it takes both for equally good."
    else:
        told = "Noise enters through the filter, and hurts because the plan is fast near the ground. Mind both."
    lean = landings(names, "lean", less_kg=less_kg) / FLIGHTS if both else math.nan
    close = abs(share - lean) <= 0.051
    if abs(share - 100.0 * lean) <= 5.0 and lean > 0.05:
        why = "That is in percent; a share lies between 0 and 1."
    elif abs(share - FLIGHTS * lean) <= 1.0 and lean > 0.05:
        why = "That is a count; a share lies between 0 and 1."
    elif abs(share - 1.0 + lean) <= 0.05:
        why = "That is the share that does not land."
    elif abs(share - noisy / FLIGHTS) <= 0.01 or abs(share - silent / FLIGHTS) <= 0.01:
        why = "Fly it with the tanks lean and all sensors healthy: no faults, vehicle.dry_mass_kg + your own kg, your changes."
    else:
        why = "vehicle.dry_mass_kg + your own kg, no faults, your changes, 40 flights, seed 3: the share of LANDED."
    later = "Counts as soon as it lands in both trials."
    return [
        Finding("lands without ranges (IM-1) and with noisy ones (IM-2)", 1, both, f"{silent} and {noisy} of {FLIGHTS}",
                f"at least {ENOUGH} of {FLIGHTS} each", told),
        Finding("and no cheaper set does", 1, both and cost <= CHEAPEST, number_text(cost, "weeks"),
                f"at most {number_text(CHEAPEST, 'weeks')}",
                "There is a cheaper set: leave out one change after the other." if both else later),
        Finding(f"share that lands with {less_kg:g} kg less propellant", 1, close, number_text(share),
                f"{lean:.3f} +- 0.05" if both else "what your changes give", why if both else later),
    ]  # fmt: skip
