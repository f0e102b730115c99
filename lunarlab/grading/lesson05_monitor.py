"""Lesson 05: a cut-off rule, judged on burns that a fault would make too long or too short."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.errors import PluginError
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text
from lunarlab.insertion.burn import Burn, BurnFault, BurnResult, Engine, fly_burn

HEIGHT_M, PLANNED_S, TIMER_S = 100e3, 84.0, 127.0
"""Luna 25: circular orbit, planned burn, and the timer that ended it."""
MASS_KG, ISP_S, SPREAD = 1300.0, 290.0, 0.06
"""Nobody published mass, engine, or how well its thrust was known."""


def circular(radius_m: float) -> float:
    """Speed on a circle around the Moon."""
    return math.sqrt(MU_MOON / radius_m)


def lowering_dv(height_m: float, perilune_m: float) -> float:
    """Impulse from a circular orbit down to a perilune altitude (half a Hohmann transfer)."""
    r, rp = R_MOON + height_m, R_MOON + perilune_m
    return circular(r) * (1.0 - math.sqrt(2.0 * rp / (r + rp)))


PLANNED_DV = lowering_dv(HEIGHT_M, 18e3)


def engine(planned_s: float) -> Engine:
    """An engine that gives Luna 25 its planned velocity change in this time."""
    exhaust_mps = ISP_S * G0
    return Engine(exhaust_mps * MASS_KG / planned_s * -math.expm1(-PLANNED_DV / exhaust_mps), ISP_S)


def luna(planned_s: float, cutoff: Any = None, *faults: BurnFault, thrust: float = 1.0) -> BurnResult:
    """Luna 25's last burn with an engine of its own and a cut-off rule in place of the old one."""
    r = R_MOON + HEIGHT_M
    rows = (*faults, BurnFault("engine", "scale", thrust)) if thrust != 1.0 else faults
    burn = Burn(dv_mps=PLANNED_DV, timer_s=TIMER_S / PLANNED_S * planned_s)
    return fly_burn([r, 0.0, 0.0], [0.0, circular(r), 0.0], MASS_KG, engine(planned_s), burn, faults=rows, cutoff=cutoff)


def _fault(kind: str, value: float = 0.0, at_s: float = 0.0) -> BurnFault:
    return BurnFault("accelerometer", kind, value, at_s)


Trials = dict[str, tuple[tuple[BurnFault, ...], float]]
DEAD, DEAD_STRONG = "a dead accelerometer", "a dead accelerometer and a strong engine"
DIES, FEW, BACKWARDS = (
    f"an accelerometer that {does}" for does in ("dies half way", "reads 30 % too little", "reads backwards")
)


def trials(planned_s: float) -> tuple[Trials, Trials, Trials]:
    """Burns on which nothing is wrong but the thrust; with an accelerometer that reads too little; that reads too much.

    Drawn are the last of the first, the last two of the second and the last of the third. All that a rule sees is a time
    and two readings, so what is drawn is no harder than the others: thrust within the 6 %, a late start by an eighth to
    two thirds of the burn, readings of 30 to 85 % and of 115 to 160 %.
    """
    rng, usual = exam().rng("05.monitor"), PLANNED_DV / planned_s
    thrust, late, few, few_thrust, many = (
        float(rng.uniform(low, high)) for low, high in
        ((1.0 - SPREAD, 1.0 + SPREAD), (0.12, 0.67), (0.3, 0.85), (1.0 - SPREAD, 1.0 + SPREAD), (1.15, 1.6))
    )  # fmt: skip
    healthy: Trials = {
        "nothing broken": ((), 1.0),
        "a weak engine": ((), 1.0 - SPREAD),
        "a strong engine": ((), 1.0 + SPREAD),
        "an engine in between": ((), thrust),
    }
    little: Trials = {
        DEAD: ((_fault("dead"),), 1.0),
        DEAD_STRONG: ((_fault("dead"),), 1.0 + SPREAD),
        DIES: ((_fault("dead", at_s=0.48 * planned_s),), 1.0),
        "an accelerometer switched on late": ((_fault("late", 0.36 * planned_s),), 1.0),
        FEW: ((_fault("scale", 0.7),), 1.0),
        BACKWARDS: ((_fault("scale", -1.0),), 1.0),
        "an accelerometer switched on at another time": ((_fault("late", late * planned_s),), 1.0),
        "an accelerometer that reads a part": ((_fault("scale", few),), few_thrust),
    }
    much: Trials = {
        "an accelerometer that reads 30 % too much": ((_fault("scale", 1.3),), 1.0),
        "an accelerometer with a bias": ((_fault("bias", 0.45 * usual),), 1.0),
        "an accelerometer that reads more than there is": ((_fault("scale", many),), 1.0),
    }
    return healthy, little, much


def latest_s(planned_s: float) -> float:
    """When an engine that is as strong as it can be has 3 km of perilune left."""
    return planned_s * lowering_dv(HEIGHT_M, 3e3) / PLANNED_DV / (1.0 + SPREAD)


def _worst(results: dict[str, BurnResult], bad: list[str]) -> str:
    name = bad[0] if bad else next(iter(results))
    run = results[name]
    place = "impact" if run.verdict == "IMPACT" else f"perilune {number_text(run.perilune_altitude_m / 1e3, 'km')}"
    return f"{len(results) - len(bad)} of {len(results)}; with {name}: {run.burn_s:.1f} s, {place}"


def _rule(answer: Any) -> Any:
    """The student's rule, which answers with True or False, or ends the check with a sentence."""
    function = a.function(answer, "my_cutoff")

    def stop(t: float, dv: float, accel: float) -> bool:
        said = a.call(function, t, dv, accel, name="my_cutoff")
        if said is None:
            return False  # a rule that says True and falls through otherwise
        if a.is_blank(said):
            raise a.Unanswered
        if not isinstance(said, (bool, np.bool_)):
            raise a.BadAnswer(
                f"my_cutoff returned {a.shown(said)} at t = {t:g} s; it must return True (stop) or False."
            )
        return bool(said)

    return stop


def _hint_healthy(planned_s: float, usual: BurnResult, weak: BurnResult, strong: BurnResult) -> str:
    if usual.cutoff == "timer":
        return "It never says stop: the old timer ended the burn. Return True once measured_dv has reached the planned one."
    if abs(strong.burn_s - usual.burn_s) < 0.006 * planned_s and usual.burn_s > 0.5 * planned_s:
        return (
            "This is a clock: it stops a weak engine as early as a good one. Let the measured velocity change decide, "
            f"and use the clock as a limit only, one that fits the {planned_s:g} s that this burn is planned for."
        )
    if usual.burn_s < 0.94 * planned_s:
        return "It stops a burn on which nothing is wrong. Compare measured_dv with the planned one, and give it time."
    if weak.perilune_altitude_m > 19e3:
        needs = planned_s / (1.0 - SPREAD)
        return f"A weak engine needs {needs:.1f} s, and this cuts it off early. Set the latest time beyond that."
    return "Inside the window the measured velocity change decides, and nothing else."


def _hint_deep(planned_s: float, dead: BurnResult, deep: list[str]) -> str:
    if dead.cutoff == "timer":
        return "With a dead accelerometer nothing but the old timer ends it. Look at the clock, too: stop at a latest time."
    from_start = DEAD in deep
    if DIES in deep and not from_start:
        return "It notices an accelerometer that is dead from the start, and no other. A latest time would."
    if BACKWARDS in deep and not from_start:
        return "A reading of the wrong sign gets past it. A latest time needs no reading at all."
    if FEW in deep and not from_start:
        return "It notices a silent sensor, not one that reads wrong. A latest time needs no reading."
    limit = f"{latest_s(planned_s):.0f} s"
    if deep == [DEAD_STRONG]:
        hint = "The latest time is fine for the planned thrust, but this engine may push 6 % harder: "
        return f"{hint}{limit} is about the limit."
    return f"The latest time is too late: at 6 % more thrust 3 km are left after about {limit}."


def judge_monitor(answer: Any) -> list[Finding]:
    """A rule that believes the accelerometer inside a window of time.

    For a burn of 84 s it opens at 79.2 s at the latest, and closes between 89.4 s and 94 s.
    """
    stop = _rule(answer)
    planned_s = exam().variant("05.monitor")["planned_s"]
    usual = PLANNED_DV / planned_s
    times = (0.1, 1.0, *(share * planned_s for share in (0.6, 1.0, 1.5)))
    probes = [(t, t * accel, accel) for t in times for accel in (usual, 0.0, -usual, 3.0 * usual)]
    for probe in probes:  # before the flights, which would wrap what it raises
        stop(*probe)
    if all(a.is_blank(a.call(answer, *probe, name="my_cutoff")) for probe in probes):
        raise a.Unanswered
    try:
        good, little, much = (
            {name: luna(planned_s, stop, *rows, thrust=thrust) for name, (rows, thrust) in some.items()}
            for some in trials(planned_s)
        )
    except PluginError as error:  # the flight wraps whatever its rule raises
        if isinstance(error.__cause__, (a.BadAnswer, a.Unanswered)):
            raise error.__cause__ from None
        raise
    off = [n for n, r in good.items() if not 17e3 <= r.perilune_altitude_m <= 19e3]
    deep = [n for n, r in little.items() if r.perilune_altitude_m < 3e3]
    high = [n for n, r in much.items() if not (3e3 <= r.perilune_altitude_m <= 28e3 or r.perilune_altitude_m > 90e3)]
    only = "Counts only if the healthy burns are right. " if off else ""
    early = (
        f"It believes an impossible reading and stops early. Even an engine that is 6 % strong needs "
        f"{planned_s / (1.0 + SPREAD):.1f} s: no sum can be complete before."
    )
    rows = (
        ("healthy burns, thrust 6 % off either way: perilune 17 to 19 km", 2, good, off,
         _hint_healthy(planned_s, *list(good.values())[:3])),
        ("an accelerometer that reads too little: perilune above 3 km", 2, little, deep,
         only + (_hint_deep(planned_s, little[DEAD], deep) if deep else "")),
        ("one that reads too much: perilune 3 to 28 km, or broken off above 90 km", 1, much, high,
         only + (early if high else "")),
    )  # fmt: skip
    return [
        Finding(text, points, not bad and not off, _worst(runs, bad), f"{len(runs)} of {len(runs)}", hint)
        for text, points, runs, bad, hint in rows
    ]


def a_burn(rng: np.random.Generator) -> Mapping[str, float]:
    """An engine of another strength: 60 to 120 s for the same velocity change. All times of the exercise scale with it."""
    return {"planned_s": float(rng.integers(60, 121))}
