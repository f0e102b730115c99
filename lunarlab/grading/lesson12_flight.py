"""Lesson 12, the flight on one engine: a law for the last 50 metres, flown with engines lost in front and behind."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.constants import R_MOON
from lunarlab.descent import guidance as g
from lunarlab.descent.faults import Fault
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.gear import Gear
from lunarlab.descent.scenario import Scenario
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding

LEGS = Gear(legs=4, foot_radius_m=0.85, cg_height_m=0.95, gyration_m=0.8, stroke_m=0.1, crush_force_N=1500.0)
DOWN, SIDEWAYS, LEAN = 1.4, 0.6, 6.0  # m/s, m/s, deg
CHANCE_MPS = 0.25
"""A good law leaves 0.17 m/s (1 sigma) of the sideways speed to chance: graded, with other noise, so much more is allowed."""


def half_thrust(lost_at_m: float, side_deg: float, ring_m: float, down_mps: float) -> tuple[Scenario, np.ndarray]:
    """Two engines, of which one is lost: the scenario, and what its law gets as params.

    The last of these is by how much the thrust then goes astray, forward positive [rad].
    """
    mare: Scenario = case("nominal-mare").scenario
    vehicle = replace(
        case("slim").scenario.vehicle, mass_kg=495.0, pitch_lag_s=0.5, assist_ring_m=ring_m, assist_arm_m=1.0, reallocate=1
    )
    plan = replace(
        mare.guidance, brake_decel_mps2=1.5, low_height_m=60.0, low_speed_mps=down_mps, contact_speed_mps=down_mps - 0.01
    )
    lost = Fault("assist", "engine_out", side_deg, trigger="altitude", at=lost_at_m)
    scene = replace(
        mare, name="on one engine", vehicle=vehicle, guidance=plan, gear=LEGS, faults=(lost,),
        dispersions=replace(mare.dispersions, range_bias_m=0.3),
    )  # fmt: skip
    astray = math.atan(ring_m / vehicle.assist_arm_m) * math.cos(math.radians(side_deg))
    return scene, np.append(g.pack_guidance(plan), astray)


def hanging(scene: Scenario) -> np.ndarray:
    """What a law sees 20 m up, on one engine."""
    est = np.zeros(g.EST_SIZE)
    mass = 245.0
    est[g.X], est[g.Z], est[g.VZ], est[g.MASS], est[g.PHASE] = -5.0, 20.0, -2.0, mass, g.TERMINAL
    est[g.A_MAX], est[g.HOVER], est[g.RADIUS] = 0.5 * scene.vehicle.assist_thrust_N / mass, 1.62, R_MOON
    est[g.A_MIN], est[g.PITCH] = 0.4, 0.5 * math.pi
    return est


Trial = tuple[float, float, float, float]
TRIALS: tuple[Trial, ...] = ((50.0, 180.0, 0.25, 4.0), (50.0, 0.0, 0.25, 4.0))
DRAWN = 3


def drawn_trials(rng: np.random.Generator) -> list[tuple[Trial, int]]:
    """Engines lost 45 to 54 m up on both sides, on rings of 0.2 to 0.25 m, at 3.5 to 4.2 m/s; each with a seed."""
    return [
        ((float(rng.uniform(45.0, 54.0)), (180.0, 0.0)[k % 2], float(rng.uniform(0.2, 0.25)), float(rng.uniform(3.5, 4.2))),
         int(rng.integers(10, 2**31)))
        for k in range(DRAWN)
    ]  # fmt: skip


def judge_half_thrust(answer: Any) -> list[Finding]:
    """Softly, nearly at rest, nearly upright, standing: for engines lost on both sides, at several heights.

    In the notebook, a law that stays Python is slow: two flights, one for each side, are enough. A graded one flies them all.
    """
    law = a.function(answer, "one_engine")
    scene, params = half_thrust(*TRIALS[0])
    a.numbers(a.call(law, 3600.0, hanging(scene), params, name="one_engine"), 3, "one_engine", "(ax, ay, az) in m/s2")
    flights: list[Flight] = []
    graded = getattr(law, "remote", False) or not exam().public
    trials = [*zip(TRIALS, (1, 2), strict=True), *drawn_trials(exam().rng("12.half_thrust"))]
    for number, (trial, seed) in enumerate(trials, 1):
        scene, params = half_thrust(*trial)
        flights.append(fly(scene, guidance=law, params=params, seed=seed, record=False))
        if flights[-1].verdict == "LAW_ERROR":
            raise a.BadAnswer(f"one_engine failed: {flights[-1].reasons[-1]}")
        if number == len(TRIALS) and not graded and flights[-1].provenance["guidance"]["ran"] != "compiled":
            break
    ends = [f.touchdown for f in flights if f.touchdown is not None]
    if len(ends) < len(flights):
        lost = next(f for f in flights if f.touchdown is None)
        raise a.BadAnswer(
            f"With this law a flight never came down: {lost.reasons[0]}. While both engines burn, leave it to g.builtin_law."
        )
    most = SIDEWAYS + (0.0 if exam().public else CHANCE_MPS)
    down = max((c.vertical_mps for c in ends), key=float)
    side = max((c.lateral_mps for c in ends), key=abs)
    lean = max((c.lean_forward_deg for c in ends), key=abs)
    soft = down <= DOWN
    standing = sum(f.rest is not None and f.rest.stands for f in flights)
    brake = (
        "One engine brakes with est[A_MAX] - est[HOVER] and no more: from a height h it stops a descent of at most "
        "sqrt(2 (A_MAX - HOVER) h). Plan the descent speed with a part of that, and feed the same acceleration forward."
    )
    if abs(side) > 3.0:
        drift = (
            "The thrust goes astray to the lost side, by params[-1], and nothing opposes it. To hold still, ask for the "
            "opposite as well: -HOVER tan(params[-1])."
        )
    else:
        drift = (
            "Upright means pushed sideways, by HOVER tan(params[-1]), for as long as it lasts. Have the opposite speed before "
            "it begins."
        )
    if abs(lean) > LEAN and abs(side) <= most:
        upright = (
            "It comes down at rest, but crooked: it leans so that the thrust points up. For the last metres ask for nothing "
            "sideways, and the body turns upright."
        )
    elif abs(lean) > 20.0:
        upright = "It leans further than the thrust goes astray: does it lean to the right side?"
    else:
        upright = "Turning takes time: begin some metres above the ground, at 10 deg/s and half a second of lag."
    later = "Counts as soon as it comes down softly."
    within = soft and abs(side) <= most and abs(lean) <= LEAN
    return [
        Finding("descent speed at contact, engine lost in front or behind, 45 to 54 m up", 1, soft, f"{down:.2f} m/s",
                f"at most {DOWN:g} m/s", brake),
        Finding("sideways speed at contact", 1, soft and abs(side) <= most, f"{abs(side):.2f} m/s", f"at most {most:g} m/s",
                drift if abs(side) > most else later),
        Finding("lean of the body at contact", 1, soft and abs(lean) <= LEAN, f"{abs(lean):.1f} deg", f"at most {LEAN:g} deg",
                upright if abs(lean) > LEAN else later),
        Finding("and all three at once: it stands", 1, standing == len(flights) and within,
                f"{standing} of {len(flights)} stand", f"{len(flights)} of {len(flights)}, within all three limits",
                "Trade: a longer upright phase stands straighter and needs more speed before it."),
    ]  # fmt: skip
