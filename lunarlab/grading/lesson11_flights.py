"""Lesson 11, what is judged by flying: decisions on two missions, a careful law, a finding with a requirement and a test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.constants import R_MOON
from lunarlab.descent import guidance as g
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.stopping import with_first_range
from lunarlab.descent.touchdown import Verdict
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text

# -- one decision, two missions ----------------------------------------------------------------------------------------
DECISIONS = ("wide gate", "map", "gentle plan", "twin", "other sensor")
_SIMPLE = {
    "wide gate": ("navigation", {"gate_m": 5000.0}),
    "map": ("navigation", {"map": 1.0}),
    "gentle plan": ("guidance", {"high_decel_mps2": 0.4}),
}


def changed_of(scene: Scenario, decision: str) -> Scenario:
    """The scene after one decision."""
    if decision in _SIMPLE:
        part, values = _SIMPLE[decision]
        return replace(scene, **{part: replace(getattr(scene, part), **values)})
    six = replace(scene, altimeter_2=scene.altimeter, navigation=replace(scene.navigation, filter="six"))
    if decision == "twin":
        shared = tuple(replace(fault, target="altimeter_2") for fault in scene.faults if fault.target == "altimeter")
        return replace(six, faults=(*six.faults, *shared))
    return six


def _missions() -> dict[str, Scenario]:
    """Both as flown, and a variant of each: Mission 1 by other terrain, Resilience with ranges from 650 to 750 m on."""
    rng = exam().rng("11.bench")
    heading, late = float(rng.choice((112.5, 135.0, 157.5))), round(float(rng.uniform(650.0, 750.0)), 1)
    m1, m2 = case("hakuto-r-m1").scenario, case("resilience-m2").scenario
    return {
        "Mission 1": m1,
        "Mission 1 from the south-east": replace(m1, terrain=replace(m1.terrain, heading_deg=heading)),
        "Resilience": m2,
        "Resilience, ranges even later": with_first_range(m2, late),
    }


@lru_cache(maxsize=256)
def _lands(scene: Scenario) -> bool:
    """Equal scenes are flown once: a right answer gives those that the judge flies itself."""
    return fly(scene, seed=5, record=False).landed


def landings() -> dict[tuple[str, str], bool]:
    """Whether a mission lands after a decision."""
    return {(d, m): _lands(changed_of(scene, d)) for d in DECISIONS for m, scene in _missions().items()}


@cache
def pairs_that_land() -> frozenset[frozenset[str]]:
    """The pairs of decisions with which both missions land."""
    m1, m2 = case("hakuto-r-m1").scenario, case("resilience-m2").scenario
    every = (frozenset((x, y)) for i, x in enumerate(DECISIONS) for y in DECISIONS[i + 1 :])
    return frozenset(
        pair for pair in every
        if {"twin", "other sensor"} != pair and all(_lands(_both(scene, pair)) for scene in (m1, m2))
    )  # fmt: skip


def _both(scene: Scenario, pair: Iterable[str]) -> Scenario:
    for decision in sorted(pair):
        scene = changed_of(scene, decision)
    return scene


def _only_decided(got: Scenario, scene: Scenario) -> bool:
    """Whether nothing differs but what a decision is about: who hands in another place or clock is not flown."""
    decided = ("name", "navigation", "guidance", "altimeter_2", "faults")
    if len(got.faults) > 2 * len(scene.faults):  # a twin shares those that there are
        return False
    return replace(got, **{part: getattr(scene, part) for part in decided}) == scene


def judge_bench(answer: Any, pair: Any) -> list[Finding]:
    """Five decisions flown on two missions and a variant of each, and two of them that land both."""
    function = a.function(answer, "changed")
    flown: dict[tuple[str, str], bool | None] = {}
    for decision in DECISIONS:
        for mission, scene in _missions().items():
            got = a.call(function, scene, decision, name="changed")
            if a.is_blank(got):
                raise a.Unanswered
            if not isinstance(got, Scenario):
                raise a.BadAnswer(
                    f"changed gave {a.shown(got)} for {decision!r}; it must give a Scenario: replace(scene, ...)."
                )
            flown[decision, mission] = _lands(got) if _only_decided(got, scene) else None
    right = landings()
    hints = {
        "wide gate": "navigation.gate_m = 5000, and nothing else.",
        "map": "navigation.map = 1, and nothing else.",
        "gentle plan": "guidance.high_decel_mps2 = 0.4, and nothing else.",
        "twin": "Of the same type means: it fails in the same way. Give altimeter_2 the faults of the altimeter as well.",
        "other sensor": "altimeter_2 like the altimeter, without its faults; and only navigation.filter = 'six' reads it.",
    }

    def finding(requirement: str, decisions: tuple[str, ...]) -> Finding:
        rows = [(d, m) for d in decisions for m in _missions()]
        bad = [row for row in rows if flown[row] != right[row]]
        value = f"{len(rows) - len(bad)} of {len(rows)} flights end as they should"
        told = ""
        if bad:
            decision, mission = bad[0]
            ends = {True: "lands", False: "does not land", None: "is another scene"}[flown[bad[0]]]
            value += f" ({mission} with {decision!r} {ends})"
            told = hints[decision]
        return Finding(requirement, 1, not bad, value, f"{len(rows)} of {len(rows)}", told)

    findings = [
        finding("wide gate, map, gentle plan", DECISIONS[:3]),
        finding("a second range finder of the same type", ("twin",)),
        finding("a second range finder of another type", ("other sensor",)),
    ]
    return [*findings, _judge_pair(pair)]


def _judge_pair(pair: Any) -> Finding:
    if a.is_blank(pair):
        return Finding("two decisions with which both missions land", 1, False, "not answered yet", "two names", "")
    names = list(pair) if isinstance(pair, Iterable) and not isinstance(pair, str) else [pair]
    unknown = [name for name in names if not isinstance(name, str) or name not in DECISIONS]
    if unknown or len(set(names)) != 2:
        raise a.BadAnswer(f"pair is {a.shown(pair)}; it must be two different names out of {', '.join(DECISIONS)}.")
    chosen = frozenset(names)
    lands = [_lands(_both(case(name).scenario, chosen)) for name in ("hakuto-r-m1", "resilience-m2")]
    if not any(lands):
        told = "Neither lands. Which decision helped Mission 1 alone, and which Resilience?"
    elif lands[0]:
        told = "That is two cures for Mission 1. Resilience needs its range sooner, or a plan that can do without."
    else:
        told = "That is two cures for Resilience. Mission 1 had ranges all the time: what made it refuse them?"
    value = f"Mission 1 {'lands' if lands[0] else 'does not'}, Resilience {'lands' if lands[1] else 'does not'}"
    return Finding("two decisions with which both missions land", 1, all(lands), value, "both land", told)


# -- a law that trusts less --------------------------------------------------------------------------------------------
def _resilience(late_m: float, height_error_m: float) -> Scenario:
    base: Scenario = case("resilience-m2").scenario
    return with_first_range(replace(base, knowledge=replace(base.knowledge, height_m=height_error_m)), late_m)


def blind(scene: Scenario, seconds: float = 0.0) -> np.ndarray:
    """What a law sees 2.6 km up by its own belief, when no range has come."""
    est = np.zeros(g.EST_SIZE)
    est[g.X], est[g.Z], est[g.VX], est[g.VZ], est[g.MASS] = -600.0, 2600.0, 3.0, -66.0, 432.0
    est[g.PHASE], est[g.SIGMA_Z], est[g.A_MAX], est[g.HOVER] = g.PITCH_UP, 2400.0, 1600.0 / 432.0, 1.62
    est[g.A_MIN], est[g.RADIUS], est[g.PITCH] = 1.2, R_MOON, 1.5
    est[g.T_BURN], est[g.T_PHASE] = 918.0 + seconds, 47.0 + seconds
    return est


_TRIALS: dict[str, tuple[tuple[tuple[float, float, int], ...], int]] = {
    "Resilience as flown, several seeds: lands": (((893.0, 1080.0, 1), (893.0, 1080.0, 2), (893.0, 1080.0, 3)), 2),
    "ranges from 700 m, and heights 800 to 1450 m off: lands": (
        ((700.0, 1080.0, 4), (893.0, 800.0, 5), (893.0, 1450.0, 6)), 1,
    ),
    "a right height, ranges from 893 m: lands before the tanks are dry": (((893.0, 0.0, 7), (893.0, 250.0, 8)), 1),
}  # fmt: skip
"""Trial: (first range, height error at ignition, seed) of its flights; points."""
SPOILT_KG = 1.0


def _flown(scene: Scenario, law: Any, seed: int) -> Flight:
    flight = fly(scene, guidance=law, seed=seed, record=False)
    if flight.verdict is Verdict.LAW_ERROR:
        raise a.BadAnswer(f"careful failed: {' '.join(flight.reasons)}")
    return flight


def judge_monitor(answer: Any) -> list[Finding]:
    """Lands Resilience with what the lander knows, also with other errors; and leaves a healthy flight as it is."""
    law = a.function(answer, "careful")
    scene = case("resilience-m2").scenario
    params = g.pack_guidance(scene.guidance)
    params.flags.writeable = False
    a.numbers(a.call(law, 3734.0, blind(scene), params, name="careful"), 3, "careful", "(ax, ay, az) in m/s2")
    findings: list[Finding] = []
    slow, graded = False, getattr(law, "remote", False) or not exam().public
    more = exam().rng("11.monitor").integers(10, 2**31, len(_TRIALS)).tolist()
    for (requirement, (rows, points)), drawn in zip(_TRIALS.items(), more, strict=True):
        flights = []
        for late_m, error_m, seed in (*rows, (*rows[0][:2], drawn)):
            flights.append(_flown(_resilience(late_m, error_m), law, seed))
            slow = flights[-1].provenance["guidance"]["ran"] != "compiled" and not graded
            if slow or (graded and not flights[-1].landed):  # not compiled: in the notebook one of each will do
                break
        bad = [f for f in flights if not f.landed]
        value = f"{len(flights) - len(bad)} of {len(flights)}" + (
            f" ({bad[0].verdict}: {bad[0].reasons[0]})" if bad else ""
        )
        findings.append(
            Finding(
                requirement, points, not bad, value, f"{len(flights)} of {len(flights)}", _why(bad[0]) if bad else ""
            )
        )
    findings.append(_healthy(law, slow))
    if not findings[0].ok:  # the lander's own law passes these: they count for a law that does something
        findings[2:] = [
            replace(f, points=0, requirement=f.requirement + " (counts once the first one lands)") for f in findings[2:]
        ]
    return findings


def _why(flight: Flight) -> str:
    if flight.verdict is Verdict.PROPELLANT_OUT:
        return (
            "It hangs high up until the tanks are dry: that is how Mission 1 ended. Be careful down to a height, "
            "not down to walking pace: a lower bound for the height that you plan with, or for the speed."
        )
    if flight.verdict in (Verdict.CRASHED, Verdict.HARD_LANDING):
        return (
            "Still too fast when the first range comes. est[g.SIGMA_Z] says how little the lander knows of its height: "
            "plan the speed for a height that is lower by it."
        )
    if flight.verdict is Verdict.TIPPED:
        return "It comes down sideways: leave ax and ay to the lander's own law."
    return "Look at its reasons: ll.fly(m2, guidance=careful)."


def _healthy(law: Any, slow: bool) -> Finding:
    """A flight in which ranges come in time must not change."""
    scene = case("resilience-m2").scenario
    cost, verdicts = 0.0, []
    for base, seed in ((replace(scene, faults=()), 3), (case("nominal-mare").scenario, 4)):
        own, theirs = fly(base, seed=seed, record=False), _flown(base, law, seed)
        verdicts.append(theirs)
        if theirs.touchdown is not None and own.touchdown is not None:
            cost = max(cost, own.touchdown.propellant_left_kg - theirs.touchdown.propellant_left_kg, key=abs)
        if slow:
            break
    bad = [f for f in verdicts if not f.landed]
    value = f"{bad[0].verdict}" if bad else number_text(cost, "kg more")
    return Finding(
        f"healthy ranges, two landers: lands, and burns what it burnt before, within {SPOILT_KG:g} kg", 1,
        not bad and abs(cost) <= SPOILT_KG, value, f"at most {SPOILT_KG:g} kg more or less",
        "Be careful only while the lander does not know its height, est[g.SIGMA_Z] large, and only after braking "
        "(est[g.PHASE] >= g.PITCH_UP); with ranges the old law is the right one.",
    )  # fmt: skip


# -- a finding for the board -------------------------------------------------------------------------------------------
CAUSES = {
    "ranges too late": "",
    "ranges rejected": "That is Mission 1. Resilience used the first valid range that it got.",
    "no ranges at all": "There were ranges, from 893 m on. A dead sensor would not have found 192 m.",
    "too little thrust": "Propulsion was checked and cleared; with ranges from 3 km the same engines land it.",
    "software error": "Software was checked and cleared: it did with its height what it should.",
}
FIGURES = {
    "first_range_m": (893.0, 9.0, "m", "published: height of the first valid range"),
    "speed_mps": (66.0, 1.0, "m/s", "published: descent speed at the first valid range"),
    "needed_mps2": (2.44, 0.04, "m/s2", "net deceleration that stops 66 m/s in 893 m: through(...)[3]"),
    "flown_mps2": (1.85, 0.04, "m/s2", "net deceleration between the published points: through(...)[0]"),
}
MOST_ERROR_M, WEAK, TOO_MUCH_M = 1500.0, 0.97, 3000.0
"""Three sigma of what the lander says of its height at ignition; thrust of a weak engine; what was expected of the sensor."""


def _weak(scene: Scenario) -> Scenario:
    engine = scene.vehicle
    return replace(
        scene, vehicle=replace(
            engine, main_thrust_N=WEAK * engine.main_thrust_N, assist_thrust_N=WEAK * engine.assist_thrust_N)
    )  # fmt: skip


def judge_finding(answer: Any) -> list[Finding]:
    """Cause, four figures, a requirement with which bad cases land, and a test that the real sensor would have failed."""
    keys = ("cause", *FIGURES, "required_range_m", "test_height_error_m")
    given = a.mapping(answer, keys, "finding")
    cause = given["cause"]
    if a.is_blank(cause):
        raise a.Unanswered
    if not isinstance(cause, str) or cause.strip().lower() not in CAUSES:
        raise a.BadAnswer(f"finding['cause'] is {a.shown(cause)}; it must be one of {', '.join(map(repr, CAUSES))}.")
    cause = cause.strip().lower()
    value = {key: a.number(given[key], f"finding[{key!r}]") for key in keys[1:]}
    wrong = [key for key, (right, room, _, _) in FIGURES.items() if abs(value[key] - right) > room]
    told = ""
    if wrong:
        right, _, unit, what = FIGURES[wrong[0]]
        told = f"{wrong[0]}: {what}."
        if abs(value[wrong[0]] - right * 3.6) < 0.02 * right * 3.6:
            told += " Yours is in km/h; asked is m/s."
        elif abs(value[wrong[0]] - right - 1.62) < 0.06 and unit == "m/s2":
            told += " Yours holds gravity as well; asked is what the speeds show."
    required, error = value["required_range_m"], value["test_height_error_m"]
    return [
        Finding("cause class", 1, cause == "ranges too late", cause, "what fits the published facts", CAUSES[cause]),
        Finding("four figures as evidence", 1, not wrong, f"{4 - len(wrong)} of 4", "4 of 4", told),
        _judge_requirement(required),
        _judge_test(required, error),
    ]


def _judge_requirement(required: float) -> Finding:
    what = (
        f"required range: lands with {100 * WEAK:.0f} % thrust and a height {MOST_ERROR_M:g} m off, and is no more than "
        "expected"
    )
    allowed = f"enough to land, at most {TOO_MUCH_M:g} m"
    if not 1.0 <= required <= 1e5:
        return Finding(what, 1, False, number_text(required, "m"), allowed, "A height in metres.")
    scene = _weak(_resilience(required, MOST_ERROR_M))
    flights = [fly(scene, seed=seed, record=False) for seed in (None, 1, 2)]  # none drawn: one in thirty lands with no range
    landed = sum(f.landed for f in flights)
    told = ""
    if required > TOO_MUCH_M:
        told = "More than this sensor was expected to do: ask for what the lander needs, with a margin."
    elif landed < len(flights):
        told = "That saves this flight, not the next: require it for the worst error and weak engines, with a margin."
    return Finding(
        what, 1, landed == len(flights) and required <= TOO_MUCH_M,
        f"{number_text(required, 'm')}, {landed} of {len(flights)} land", allowed, told,
    )  # fmt: skip


def _judge_test(required: float, error: float) -> Finding:
    what = "test: with this height error, ranges from 893 m crash and ranges as required land"
    allowed = f"-{MOST_ERROR_M:g} to {MOST_ERROR_M:g} m, and it tells the two apart"
    if abs(error) > MOST_ERROR_M:
        told = "So large an error is not credible: the lander says 500 m (1 sigma) of its height at ignition."
        return Finding(what, 1, False, number_text(error, "m"), allowed, told)
    bad, good = (
        fly(_resilience(height, error), seed=None, record=False).landed
        for height in (893.0, min(max(required, 1.0), 1e5))
    )
    if bad:
        told = (
            "With ranges from 893 m this test lands: nobody would have learned anything. What must be wrong before the "
            "sensor matters?"
        )
    elif error < 0.0:
        told = "A lander that believes that it is too low hangs too high and runs dry, with either sensor. Turn the sign."
    else:
        told = "The sensor that you require fails its own test: require more, or test with less."
    ends = [f"from {height}: {'lands' if ok else 'crashes'}" for height, ok in (("893 m", bad), ("as required", good))]
    return Finding(what, 1, good and not bad, f"{number_text(error, 'm')}; {', '.join(ends)}", allowed, told)
