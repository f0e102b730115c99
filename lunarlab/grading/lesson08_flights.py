"""Checks of lesson 08 that fly: a law, its distance from the optimum, a tuning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.descent import guidance as g
from lunarlab.descent.campaign import campaign
from lunarlab.descent.faults import Fault
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.touchdown import Verdict
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson09 import slow
from lunarlab.grading.result import Finding, band, number_text

WEAK = Fault("assist", "scale", value=0.9)
"""The throttled engine gives nine tenths of what is asked of it."""
DOWN, SIDE, MISS, SPARE = 2.0, 1.0, 150.0, 10.0
"""Limits of 08.law: m/s down, m/s sideways, m from the target (without noise), kg beyond the plan."""


def mare() -> Scenario:
    """The reference lander over flat ground."""
    scene: Scenario = case("nominal-mare").scenario
    return scene


def engines(thrust: float, isp: float) -> Scenario:
    """The same with other engines."""
    scene = mare()
    v = scene.vehicle
    return replace(scene, vehicle=replace(
        v, assist_thrust_N=thrust * v.assist_thrust_N, assist_isp_s=isp * v.assist_isp_s, main_isp_s=isp * v.main_isp_s
    ))  # fmt: skip


HARD_SEED = 1007


def _trials() -> list[tuple[float, float, int | None]]:
    """(thrust, Isp, seed) of the flights of 08.law: as planned, stronger, weaker, and twice with noise.

    Drawn: engines 2 to 5 % stronger and thirstier, 2 to 4 % weaker, and a seed with which the lander's own law is soft
    (nineteen of twenty are). With the other seed the estimated height is zero metres too early: who brakes on, climbs.
    """
    rng = exam().rng("08.law")
    strong, weak = rng.uniform(1.02, 1.05), rng.uniform(0.96, 0.98)
    for seed in rng.integers(1, 1_000_000, 20).tolist():
        plan = fly(mare(), seed=seed, record=False).touchdown
        if plan is not None and plan.vertical_mps < 1.4:
            break
    return [(1.0, 1.0, None), (strong, 0.99, None), (weak, 1.01, None), (1.0, 1.0, HARD_SEED), (1.0, 1.0, seed)]


def _soft(flight: Flight) -> bool:
    t = flight.touchdown
    return flight.landed and t is not None and t.vertical_mps <= DOWN and abs(t.lateral_mps) <= SIDE


def _words(flight: Flight) -> str:
    t = flight.touchdown
    if flight.landed and t is not None:
        return f"{t.vertical_mps:.2f} m/s down, {abs(t.lateral_mps):.2f} m/s sideways, {abs(t.miss_m):.0f} m away"
    return f"{flight.verdict.value}: {flight.reasons[0] if flight.reasons else 'no reason'}"


def _why(flight: Flight) -> str:
    """Hint that fits the way in which a flight ended."""
    t = flight.touchdown
    if flight.verdict is Verdict.PROPELLANT_OUT:
        return "The tank is empty before the ground: it hangs in the air somewhere. Plot true_vertical_speed over true_height."
    if t is None:
        return "It never came down. Is est[g.HOVER] in your upward acceleration once, and only once?"
    if t.vertical_mps > DOWN:
        return (
            "Too fast downwards: let the wanted speed shrink to about 0.7 m/s at the ground, and add hover, a gain times the "
            "speed error, and the deceleration of that profile while there is height left: est may say 0 m too early."
        )
    return (
        "Too fast sideways: near the ground the forward acceleration must be -gain * est[g.VX], and small against the "
        "upward one."
    )


def judge_law(answer: Any) -> list[Finding]:
    """A law that lands softly, near the target, at the price of the plan, with engines and seeds that were not shown."""
    law = a.function(answer, "my_law")
    est = np.zeros(g.EST_SIZE)
    est[[g.X, g.Z, g.VX, g.VZ]] = -2e4, 4e3, 150.0, -60.0
    est[g.PHASE], est[g.A_MAX], est[g.HOVER], est[g.RADIUS], est[g.MASS] = g.BRAKE, 3.2, 1.6, 1.7374e6, 420.0
    params = g.pack_guidance(mare().guidance)
    a.numbers(a.call(law, 3600.0, est, params, name="my_law"), 3, "my_law", "(ax, ay, az) in m/s2")
    rows: list[tuple[Flight, float, int | None]] = []
    for thrust, isp, seed in _trials():
        scene = engines(thrust, isp)
        flight = fly(scene, guidance=law, seed=seed, record=False)
        if flight.verdict is Verdict.LAW_ERROR:
            raise a.BadAnswer(f"my_law failed in flight: {' '.join(flight.reasons)}")
        plan = fly(scene, seed=seed, record=False).touchdown
        rows.append((flight, plan.propellant_left_kg if plan else 0.0, seed))
        if slow(flight.provenance["guidance"], law):
            break  # nobody wants to wait in the notebook: the first one counts
    first = rows[0][0]
    bad = [flight for flight, _, _ in rows if not _soft(flight)]
    misses = [abs(f.touchdown.miss_m) if f.touchdown else 1e9 for f, _, seed in rows if seed is None]
    dearest = max(plan - f.touchdown.propellant_left_kg if f.touchdown else 1e3 for f, plan, _ in rows)
    limits = f"at most {DOWN:g} m/s down, {SIDE:g} m/s sideways"
    counted, later = not bad, "Counts as soon as every landing is soft."
    return [
        Finding("lands the lander as planned", 1, _soft(first), _words(first), limits, _why(first)),
        Finding("and with other engines and noise", 2, counted, f"{len(rows) - len(bad)} of {len(rows)}"
                + (f" ({_words(bad[0])})" if bad else ""), f"{len(rows)} of {len(rows)}, {limits}",
                _why(bad[0]) + " A law must not know a thrust by heart: measure from est, each time anew." if bad else ""),
        Finding("without noise it lands where it should", 1, counted and max(misses) <= MISS,
                number_text(max(misses), "m") if max(misses) < 1e9 else "never down", f"at most {MISS:g} m",
                "est[g.X] counts from the target and is negative before it: brake by the distance that is left, "
                "not by the clock." if max(misses) > MISS else later),
        Finding("propellant beyond that of the plan", 1, counted and dearest <= SPARE,
                number_text(dearest, "kg") if counted else "no soft landing", f"at most {SPARE:g} kg",
                "Each second of hovering costs a fifth of a kilogram. Fall faster higher up, and brake harder."
                if counted else later),
    ]  # fmt: skip


NODES = 15


def judge_bound(answer: Any) -> list[Finding]:
    """What the last phase of a flight burnt, and the least with which it could have been flown.

    Drawn: engines 3 to 6 % stronger, on a lander up to 30 kg lighter or 5 kg heavier, and on one 25 to 60 kg heavier; both
    without noise, and so different that no numbers are right for both.
    """
    function, rng = a.function(answer, "last_phase"), exam().rng("08.bound")
    stronger = engines(rng.uniform(1.03, 1.06), 1.0)
    rows = []
    for extra_kg in rng.uniform((-30.0, 25.0), (5.0, 60.0)).tolist():
        v, plan = stronger.vehicle, replace(stronger.guidance, law="p63", approach="zem_zev")
        scene = replace(stronger, vehicle=replace(v, mass_kg=v.mass_kg + extra_kg), guidance=plan)
        flight = fly(scene, seed=None)
        given = a.call(function, flight, scene.vehicle, name="last_phase")
        used, bound = a.numbers(given, 2, "last_phase", "(used kg, bound kg)")
        rows.append((flight, used, bound, *_last_phase(flight, scene)))
    # Each number is judged where it is worse.
    flight, used, _, right_used, right = max(rows, key=lambda row: abs(row[1] - row[3]))
    whole = float(flight.si["true_mass"][0] - flight.si["true_mass"][-1])
    if abs(used - whole) < 1.0:
        why = "That is the whole descent. The last phase begins at the first row whose phase is g.PITCH_UP."
    elif abs(used - right) < 0.5:
        why = "That is the bound, not what was burnt."
    else:
        why = "Mass at the first row of phase g.PITCH_UP, less mass in the last row."
    result = band("propellant of the last phase", 1, used, right_used - 0.3, right_used + 0.3, "kg", why)
    _, _, bound, right_used, right = max(rows, key=lambda row: abs(row[2] / row[4] - 1.0))
    low, high = 0.97 * right, 1.03 * right
    if abs(bound - right_used) < 0.3:
        hint = "That is what was burnt. Hand in Optimum.propellant_kg of the fuel-optimal flight."
    elif bound > right_used:
        hint = (
            "A bound above a real flight is none. Do start and engines agree? true_distance is positive before the target: "
            "x = -distance."
        )
    elif abs(bound - right * 320.0 / 290.0) < 0.04 * right:
        hint = "With the Isp of the throttled engines it is no bound: the main engine does better. Take the larger of the two."
    else:
        hint = (
            "Start: (-distance, 0, height), (forward, 0, vertical speed) and mass of that row; both engines' thrust together, "
            "main_isp_s, and the throttled engines at their least as thrust_min_N."
        )
    return [result, band("the least with which it could be flown", 1, bound, low, high, "kg", hint)]


def _last_phase(flight: Flight, scene: Scenario) -> tuple[float, float]:
    from lunarlab.descent.optimal import Problem, fuel_optimal

    h, v = flight.si, scene.vehicle
    i = int(np.argmax(h["phase"] >= g.PITCH_UP))
    problem = Problem(
        (-h["true_distance"][i], 0.0, h["true_height"][i]), (h["true_forward_speed"][i], 0.0, h["true_vertical_speed"][i]),
        mass_kg=h["true_mass"][i], dry_mass_kg=v.dry_mass_kg, thrust_min_N=v.assist_throttle_min * v.assist_thrust_N,
        thrust_max_N=v.main_thrust_N + v.assist_thrust_N, isp_s=max(v.main_isp_s, v.assist_isp_s),
    )  # fmt: skip
    return float(h["true_mass"][i] - h["true_mass"][-1]), fuel_optimal(problem, nodes=NODES).propellant_kg


FLIGHTS, MEAN_KG, SHARE, WEAK_SHARE = 30, 390.0, 0.95, 0.8


def judge_tune(answer: Any) -> list[Finding]:
    """A tuning of the lander's own laws: cheaper than as delivered, and it lands with noise and with a weak engine."""
    if a.is_blank(answer):
        raise a.Unanswered
    if not isinstance(answer, g.Guidance):
        raise a.BadAnswer(
            f"my_guidance is {a.shown(answer)}; it must be a Guidance, for example replace(mare.guidance, vertical_gain=0.5)."
        )
    scene = replace(mare(), guidance=answer)
    loaded = scene.vehicle.mass_kg - scene.vehicle.dry_mass_kg
    if answer == mare().guidance:
        raise a.Unanswered
    seed = int(exam().rng("08.tune").integers(1, 1_000_000))
    good, weak = (campaign(replace(scene, faults=f), n=FLIGHTS, seed=seed) for f in ((), (WEAK,)))
    landed, mean = good.fraction("LANDED"), loaded - float(np.mean(good["propellant_left_kg"]))
    lands = landed >= SHARE
    return [
        Finding("lands with noise", 1, lands, f"{landed:.0%} of {FLIGHTS}", f"at least {SHARE:.0%}",
                f"The others: {_counts(good)}. Give back some of what you took: height to stop in, or deceleration in hand."),
        Finding("mean propellant", 1, lands and mean <= MEAN_KG, number_text(mean, "kg") + ("" if lands else
         ", but it does not land"),
                f"at most {MEAN_KG:g} kg, landing",
                "Gravity is paid by the second: brake harder and later (brake_decel_mps2), or come down faster and stop lower "
                "(brake_end_height_m, high_height_m), or take another approach." if mean > MEAN_KG else
                "Counts as soon as it lands with noise."),
        Finding("lands with the throttled engines at nine tenths", 1, weak.fraction("LANDED") >= WEAK_SHARE,
                f"{weak.fraction('LANDED'):.0%} of {FLIGHTS}", f"at least {WEAK_SHARE:.0%}",
                f"The others: {_counts(weak)}. A gain on the speed alone settles with an error, of what is missing over the "
                "gain: look at vertical_gain. And braking needs thrust in hand: not too much brake_decel_mps2."),
    ]  # fmt: skip


def _counts(flights: Any) -> str:
    rest = {name: count for name, count in flights.verdicts.items() if name != "LANDED"}
    return ", ".join(f"{count} {str(name).lower().replace('_', ' ')}" for name, count in rest.items()) or "none"
