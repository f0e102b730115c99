"""Checks of lesson 11, Resilience: two published points, gates for a reproduction, the latest range that saves the lander."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.cases.observe import speed_at
from lunarlab.descent import guidance as g
from lunarlab.descent.faults import Fault
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.stopping import with_first_range
from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson09 import close
from lunarlab.grading.lesson11_flights import judge_bench, judge_finding, judge_monitor
from lunarlab.grading.result import Finding, number_text
from lunarlab.grading.slips import Slip, judge, slip_hint, values

# -- two published points ----------------------------------------------------------------------------------------------
POINTS = ((893.0, 66.0, 192.0, 42.0), (1200.0, 80.0, 300.0, 55.0), (640.0, 48.0, 220.0, 33.0))
"""Heights and descent speeds, high point first: the published pair, and two that are not."""


def decel_of(h1: float, v1: float, h2: float, v2: float) -> float:
    """Net deceleration between two points."""
    return (v1 * v1 - v2 * v2) / (2.0 * (h1 - h2))


def impact_of(h1: float, v1: float, h2: float, v2: float) -> float:
    """Speed at the ground if it goes on."""
    return math.sqrt(v2 * v2 - 2.0 * decel_of(h1, v1, h2, v2) * h2)


def time_of(h1: float, v1: float, h2: float, v2: float) -> float:
    """Time from the second point to the ground."""
    return (v2 - impact_of(h1, v1, h2, v2)) / decel_of(h1, v1, h2, v2)


def needed_of(h1: float, v1: float, h2: float, v2: float) -> float:
    """Net deceleration that would have stopped it from the first point."""
    return v1 * v1 / (2.0 * h1)


def drawn_points(rng: np.random.Generator) -> list[tuple[float, ...]]:
    """Three pairs: 50 to 90 m/s at the first; so slow at the second, 150 to 350 m up, that it hits at 20 to 30 m/s."""
    rows: list[tuple[float, ...]] = []
    for v1, h1, h2, impact in rng.uniform((50.0, 700.0, 150.0, 20.0), (90.0, 1400.0, 350.0, 30.0), (3, 4)).tolist():
        decel = (v1 * v1 - impact * impact) / (2.0 * h1)
        rows.append((round(h1), round(v1, 1), round(h2), round(math.sqrt(impact * impact + 2.0 * decel * h2), 1)))
    return rows


G_MOON = 1.62
_DECEL: tuple[Slip, ...] = (
    (lambda *x: -decel_of(*x), "The sign is turned round: a deceleration is positive where the speed falls."),
    (lambda *x: 2.0 * decel_of(*x), "Half of it: v1^2 - v2^2 = 2 a (h1 - h2)."),
    (lambda h1, v1, h2, v2: (v1 - v2) / (h1 - h2), "That is speed per metre. Square the speeds: v1^2 - v2^2 = 2 a (h1 - h2)."),
    (lambda h1, v1, h2, v2: (v1 - v2) ** 2 / (2.0 * (h1 - h2)),
     "The difference of the squares, not the square of the difference."),
    (lambda h1, v1, h2, v2: (v1 * v1 - v2 * v2) / (2.0 * h1), "Between the two points it moves h1 - h2, not h1."),
    (lambda *x: decel_of(*x) + G_MOON, "That is the thrust acceleration. Asked is the net one: what gravity leaves of it."),
    (lambda *x: decel_of(*x) - G_MOON, "The speeds already show what gravity leaves: don't take it off again."),
)  # fmt: skip
_IMPACT: tuple[Slip, ...] = (
    (lambda *x: impact_of(*x) ** 2, "That is the square of the speed."),
    (lambda h1, v1, h2, v2: math.sqrt(v2 * v2 + 2.0 * decel_of(h1, v1, h2, v2) * h2),
     "It slows down: v2^2 - 2 a h2, not plus."),
    (lambda h1, v1, h2, v2: math.sqrt(v2 * v2 + 2.0 * G_MOON * h2),
     "That is a fall with the engines off. Here they go on braking."),
    (lambda h1, v1, h2, v2: v2 - decel_of(h1, v1, h2, v2) * h2 / v2, "The speed changes on the way: use v2^2 - 2 a h2."),
    (lambda *x: 3.6 * impact_of(*x), "That is in km/h; asked is m/s."),
)  # fmt: skip
_TIME: tuple[Slip, ...] = (
    (lambda h1, v1, h2, v2: h2 / v2, "That is the time at constant speed. It slows down: (v2 - impact) / a."),
    (lambda h1, v1, h2, v2: v2 / decel_of(h1, v1, h2, v2), "That is the time to a stop. It meets the ground before that."),
    (lambda h1, v1, h2, v2: (v1 - v2) / decel_of(h1, v1, h2, v2),
     "That is the time between the points. Asked is from the second on."),
)  # fmt: skip
_NEEDED: tuple[Slip, ...] = (
    (lambda h1, v1, h2, v2: v1 * v1 / h1, "Half of it: v1^2 = 2 a h1."),
    (lambda h1, v1, h2, v2: v2 * v2 / (2.0 * h2), "That is from the second point. Asked is from the first."),
    (lambda h1, v1, h2, v2: v1 * v1 / (2.0 * h1) + G_MOON, "That is the thrust acceleration. Asked is the net one."),
    (lambda h1, v1, h2, v2: v1 * v1 / (2.0 * (h1 - h2)), "All of h1 is there to stop in, down to the ground."),
)


def judge_points(answer: Any) -> list[Finding]:
    """Deceleration, impact speed and time, and what stopping would have taken, for three pairs of points and drawn ones."""
    points = (*POINTS, *drawn_points(exam().rng("11.two_points")))
    function = a.function(answer, "through")
    what = "(decel m/s2, impact m/s, seconds, needed m/s2)"
    rows = [a.numbers(a.call(function, *x, name="through"), 4, "through", what) for x in points]

    def part(i: int) -> Any:
        table = dict(zip(points, rows, strict=True))
        return lambda *x: table[x][i]

    def shown(h1: float, v1: float, h2: float, v2: float) -> str:
        return f"for {v1:g} m/s at {h1:g} m and {v2:g} m/s at {h2:g} m"

    first = judge(
        part(0), "through", points, decel_of, _DECEL, points=1, requirement="net deceleration", unit="m/s2", shown=shown,
        hint="Constant deceleration: v1^2 - v2^2 = 2 a (h1 - h2).", relative=0.01,
    )  # fmt: skip
    impact = judge(
        part(1), "through", points, impact_of, _IMPACT, points=1, requirement="speed at the ground", unit="m/s", shown=shown,
        hint="Go on with the same deceleration from the second point: v^2 = v2^2 - 2 a h2.", relative=0.01,
    )  # fmt: skip
    time = judge(
        part(2), "through", points, time_of, _TIME, points=1, requirement="and the time to it", unit="s", shown=shown,
        hint="Under constant deceleration the speed falls by a every second.", relative=0.01,
    )  # fmt: skip
    both = impact if not impact.ok else time
    needed = judge(
        part(3), "through", points, needed_of, _NEEDED, points=1,
        requirement="net deceleration that stops it from the first point", unit="m/s2", shown=shown,
        hint="v1^2 = 2 a h1: at rest just at the ground.", relative=0.01,
    )  # fmt: skip
    together = replace(
        both, requirement=f"speed at the ground, and time to it: {both.requirement.partition(' for ')[2]}"
    )
    return [first, replace(together, ok=impact.ok and time.ok), needed]


# -- gates for a reproduction ------------------------------------------------------------------------------------------
PLANNED_S = 3780.0
GATES: dict[str, tuple[float, float, float, float, str]] = {
    "late": (800.0, 880.0, 900.0, 1000.0, "m"),
    "fast": (56.0, 65.0, 69.0, 76.0, "m/s"),
    "braking": (1.4, 1.8, 2.15, 2.3, "m/s2"),
    "at_192": (35.0, 40.0, 43.0, 49.0, "m/s"),
    "hard": (15.0, 28.0, 45.0, 60.0, "m/s"),
    "early": (55.0, 70.0, 100.0, 115.0, "s"),
}
"""Between the inner two any fair band says yes, beyond the outer two any fair band says no; elsewhere both are right."""
_MEANS = {
    "late": "height of the first valid range, published 893 m",
    "fast": "descent speed there, published 66 m/s",
    "braking": "net deceleration from there to 192 m, 1.85 m/s2 by the published points",
    "at_192": "descent speed at 192 m, published 42 m/s",
    "hard": "speed at contact, 32 m/s by the published points, 49 m/s without engines",
    "early": "contact before the planned time, published 65 to 105 s",
}


WEAKENED = Fault("assist", "scale", 0.6, trigger="altitude", at=890.0)


def measured(flight: Flight) -> dict[str, float]:
    """The numbers behind the gates; nan where it did not happen."""
    first, (t, v) = flight.event("first_range"), speed_at(flight, 192.0)
    assert first is not None and flight.touchdown is not None
    return {
        "late": first.altitude_m, "fast": -first.vertical_mps, "braking": (-first.vertical_mps - v) / (t - first.t_s),
        "at_192": v, "hard": flight.touchdown.speed_mps, "early": PLANNED_S - flight.touchdown.t_s,
    }  # fmt: skip


def resilience(
    *, late_m: float = 893.0, height_error_m: float | None = None, thrust: float = 1.0, earlier_m: float = 0.0
) -> Scenario:
    """The case with another first range, height error at ignition, thrust, or a target that is nearer."""
    base: Scenario = case("resilience-m2").scenario
    knowledge, vehicle = base.knowledge, base.vehicle
    if height_error_m is not None:
        knowledge = replace(knowledge, height_m=height_error_m)
    vehicle = replace(
        vehicle, main_thrust_N=thrust * vehicle.main_thrust_N, assist_thrust_N=thrust * vehicle.assist_thrust_N
    )
    orbit = replace(base.orbit, deorbit_distance_m=base.orbit.deorbit_distance_m - earlier_m)
    return with_first_range(replace(base, knowledge=knowledge, vehicle=vehicle, orbit=orbit), late_m)


@cache
def gate_flights() -> dict[str, Flight]:
    """Flights that are like Resilience's, and some that are not, each in its own way."""
    return {
        "the model, another seed": fly(resilience(), seed=4),
        "the model, the target nearer": fly(resilience(earlier_m=97e3), seed=None),
        "a right inertial height": fly(resilience(height_error_m=0.0), seed=None),
        "a height even more wrong": fly(resilience(height_error_m=1550.0), seed=None),
        "first range at 1250 m": fly(resilience(late_m=1250.0), seed=None),
        "first range at 500 m": fly(resilience(late_m=500.0), seed=None),
        "a quarter more thrust": fly(resilience(thrust=1.25, height_error_m=1250.0), seed=None),
        "weak engines from 890 m on": fly(replace(resilience(), faults=(*resilience().faults, WEAKENED)), seed=None),
    }


@cache
def _more_flights(seed: int, high_m: float, low_m: float, thrust: float) -> dict[str, Flight]:
    """Flights that nobody can have looked at before."""
    return {
        "the model, a seed that was drawn": fly(resilience(), seed=seed),
        f"first range at {high_m:.0f} m": fly(resilience(late_m=high_m), seed=None),
        f"first range at {low_m:.0f} m": fly(resilience(late_m=low_m), seed=None),
        f"{100.0 * thrust - 100.0:.1f} % more thrust": fly(resilience(thrust=thrust, height_error_m=1250.0), seed=None),
    }


def judged_flights() -> dict[str, Flight]:
    """The usual ones, and drawn ones: another seed, first ranges 1150 to 1400 and 420 to 600 m up, thrust 1.2 to 1.3 times."""
    rng = exam().rng("11.gates")
    seed = int(rng.integers(10, 2**31))
    return gate_flights() | _more_flights(seed, *rng.uniform((1150.0, 420.0, 1.2), (1400.0, 600.0, 1.3)).tolist())


def _fair(key: str, value: float) -> bool | None:
    """What any fair band says; None where fair bands differ."""
    low, inner_low, inner_high, high, _ = GATES[key]
    return True if inner_low <= value <= inner_high else False if not low <= value <= high else None


def judge_gates(answer: Any) -> list[Finding]:
    """Six yes-or-no questions about a flight: the model passes five, others fail where they should."""
    function = a.function(answer, "gates")
    said: dict[str, Mapping[str, Any]] = {}
    flights = judged_flights()
    for name, flight in flights.items():
        got = a.mapping(a.call(function, flight, name="gates"), tuple(GATES), "what gates returned")
        for key in GATES:
            value = got[key]
            if a.is_blank(value):
                raise a.Unanswered
            if not isinstance(value, (bool, int)) and type(value).__name__ not in ("bool", "bool_"):
                raise a.BadAnswer(
                    f"{key!r} of gates is {a.shown(value)}; it must be True or False: low <= number <= high."
                )
        said[name] = got
    right = {name: {key: _fair(key, value) for key, value in measured(f).items()} for name, f in flights.items()}

    def wrong(keys: tuple[str, ...], names: list[str]) -> list[tuple[str, str]]:
        return [(k, name) for k in keys for name in names if right[name][k] not in (None, bool(said[name][k]))]

    def finding(requirement: str, keys: tuple[str, ...], names: list[str]) -> Finding:
        bad = wrong(keys, names)
        told = ""
        if bad:
            key, name = bad[0]
            value, unit = measured(flights[name])[key], GATES[key][-1]
            told = f"{key!r} is about the {_MEANS[key]}. In the flight {name!r} it is {number_text(value, unit)}, which is "
            told += "like the reports: is your band too narrow?" if right[name][key] else "nothing like the reports."
            if key == "early" and name.startswith("the model, another"):
                told += " A gate that the model does not pass stays False: that is a result, published with the rest."
        total = sum(right[name][key] is not None for key in keys for name in names)
        return Finding(requirement, 1, not bad, f"{total - len(bad)} of {total} right", f"{total} of {total}", told)

    model = [name for name in said if name.startswith("the model")]
    others = [name for name in said if name not in model]
    return [
        finding("the model passes 'late', 'fast', 'braking', 'at_192' and 'hard'", tuple(GATES)[:5], model),
        finding("and does not pass 'early', unless its target is moved", ("early",), model),
        finding("flights of another kind fail 'late' or 'fast' where they should", ("late", "fast"), others),
        finding("and 'braking', 'at_192' and 'hard'", ("braking", "at_192", "hard"), others),
    ]


# -- the latest range that saves it ------------------------------------------------------------------------------------
PLAN = g.Guidance(high_height_m=1000.0, high_speed_mps=33.3, high_decel_mps2=1.0)
OTHER_PLAN = g.Guidance(high_height_m=800.0, high_speed_mps=30.0, high_decel_mps2=0.7, low_speed_mps=4.0)
CLOSED = ((2.08, 1740.0, PLAN), (1.9, 1200.0, PLAN), (2.4, 1500.0, OTHER_PLAN), (3.0, 2200.0, OTHER_PLAN))
"""Net acceleration, height error when the range comes, plan."""


def latest_of(net: float, error: float, plan: g.Guidance) -> float:
    """The height at which the planned speed for a height that is too large by `error` can just be stopped."""
    return (plan.high_speed_mps**2 + 2.0 * plan.high_decel_mps2 * (error - plan.high_height_m)) / (
        2.0 * (net - plan.high_decel_mps2)
    )


_LATEST: tuple[Slip, ...] = (
    (lambda n, e, p: latest_of(n, 0.0, p), "The height error is missing: the plan is read at h + error."),
    (lambda n, e, p: latest_of(n, -e, p), "The plan is read at the believed height, h + error, not h - error."),
    (lambda n, e, p: latest_of(n - G_MOON, e, p), "The acceleration is the net one already: gravity has been taken off."),
    (lambda n, e, p: (p.high_speed_mps**2 + 2.0 * p.high_decel_mps2 * (e - p.high_height_m)) / (2.0 * n),
     "h stands on both sides: the planned speed grows with it. On one side: divide by the difference of accelerations."),
    (lambda n, e, p: (p.high_speed_mps**2 + 2.0 * p.high_decel_mps2 * (e - p.high_height_m)) / (2.0 * (n + p.high_decel_mps2)),
     "A higher start means a faster one, so the planned deceleration counts against the engines: net minus plan."),
    (lambda n, e, p: 2.0 * latest_of(n, e, p), "Half of it: v^2 = 2 a h."),
    (lambda n, e, p: (p.high_speed_mps**2 + 2.0 * p.high_decel_mps2 * e) / (2.0 * (n - p.high_decel_mps2)),
     "The plan begins at high_height_m: above it v^2 = high_speed^2 + 2 decel (height - high_height)."),
    (lambda n, e, p: latest_of(n, e, p) + e, "That is the believed height. Asked is the true one."),
    (lambda n, e, p: latest_of(n, e, p) / 1e3, "That is in km; asked is m."),
    (lambda n, e, p: p.high_speed_mps**2 / (2.0 * n),
     "That stops high_speed_mps. What is the planned speed at the believed height?"),
)  # fmt: skip
SCENES = ((1.0, 1080.0), (1.06, 1300.0))
"""Share of the thrust and height error at ignition for which the latest range is searched."""


def drawn_plans(rng: np.random.Generator) -> list[tuple[float, float, g.Guidance]]:
    """Three of them: 1.8 to 3 m/s2 net, 1.1 to 2.4 km too high, plans of 0.5 to 1 m/s2 above 0.8 to 1 km and 28 to 36 m/s."""
    rows = rng.uniform((1.8, 1100.0, 800.0, 28.0, 0.5), (3.0, 2400.0, 1000.0, 36.0, 1.0), (3, 5)).tolist()
    return [
        (net, error, g.Guidance(high_height_m=height, high_speed_mps=speed, high_decel_mps2=decel))
        for net, error, height, speed, decel in rows
    ]


def drawn_scene() -> tuple[float, float]:
    """One more of `SCENES`: 0.97 to 1.06 of the thrust, 850 to 1300 m."""
    thrust, error = exam().rng("11.latest.scene").uniform((0.97, 850.0), (1.06, 1300.0)).tolist()
    return round(thrust, 3), round(error)


def judge_latest(formula: Any, search: Any) -> list[Finding]:
    """The closed form to 1 %, and a search whose answer is an edge: 15 m more lands, 15 m less does not."""
    if a.is_blank(formula) and a.is_blank(search):
        raise a.Unanswered
    closed = [*CLOSED, *drawn_plans(exam().rng("11.latest"))]
    given = values(formula, "latest_height", closed)
    truth = [latest_of(*x) for x in closed]
    bad = [i for i in range(len(closed)) if not close(given[i], truth[i], 0.01)]
    i = bad[0] if bad else 0
    net, error, plan = closed[i]
    findings = [
        Finding(f"closed form for {net:g} m/s2 net, {error:g} m too high, plan of {plan.high_decel_mps2:g} m/s2", 2, not bad,
                number_text(given[i], "m"), f"{number_text(0.99 * truth[i])} to {number_text(1.01 * truth[i], 'm')}",
                slip_hint(given, closed, _LATEST, 0.01) or
                "Equate: the planned speed at h + error, squared, and 2 net h. Solve for h.")
    ]  # fmt: skip
    function = a.function(search, "latest_by_flight")
    edges, said, hint = 0, "", ""
    answers = []
    scenes = (*SCENES, drawn_scene())
    for thrust, error in scenes:
        scene = resilience(thrust=thrust, height_error_m=error)
        height = a.number(a.call(function, scene, name="latest_by_flight"), "latest_by_flight(...)")
        answers.append(height)
        if not 20.0 <= height <= 9000.0:
            raise a.BadAnswer(
                f"latest_by_flight gave {number_text(height, 'm')}; it must be a height between 20 and 9000 m, in metres."
            )
        above, below = (fly(with_first_range(scene, height + d), seed=None, record=False) for d in (15.0, -15.0))
        if above.landed and not below.landed:
            edges += 1
        elif not said:
            said = f" ({number_text(height, 'm')} with {thrust:g} of the thrust and {error:g} m: {above.verdict} 15 m above, "
            said += f"{below.verdict} 15 m below)"
            hint = (
                "A lower one would do, too: keep one height that lands and one that does not, and fly the middle."
                if above.landed
                else "It does not land from there. Replace the fault 'late' of the scene that is given, keep the rest of it."
            )
    if len(set(answers)) == 1:
        hint = "It is the same for three different landers: fly the scene that the function is given."
    findings.append(
        Finding("by flights: 15 m higher lands, 15 m lower does not, for three landers", 3, edges == len(scenes),
                f"{edges} of {len(scenes)} are edges{said}", f"{len(scenes)} of {len(scenes)}", hint)
    )  # fmt: skip
    return findings


EXERCISES = (
    Exercise("11.two_points", "what two published points say", 3, ("through",), judge_points),
    Exercise("11.gates", "gates for a reproduction", 4, ("gates",), judge_gates),
    Exercise(
        "11.latest", "the latest range that saves the lander", 5, ("latest_height", "latest_by_flight"), judge_latest
    ),
    Exercise("11.bench", "one decision, two missions", 4, ("changed", "pair"), judge_bench),
    Exercise("11.monitor", "a law that trusts less while nothing has come", 5, ("careful",), judge_monitor),
    Exercise("11.finding", "a finding for the review board", 4, ("finding",), judge_finding),
)
