"""Answers to lesson 11 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, partial

import numpy as np

import lunarlab as ll
from lunarlab.cases.observe import speed_at
from lunarlab.descent import guidance as g
from lunarlab.descent.stopping import latest_first_range, with_first_range


# -- two points --------------------------------------------------------------------------------------------------------
def through_in_short(h1, v1, h2, v2):
    a = (v1**2 - v2**2) / 2 / (h1 - h2)
    impact = (v2**2 - 2 * a * h2) ** 0.5
    return a, impact, (v2 - impact) / a, v1**2 / 2 / h1


def through_by_steps(h1, v1, h2, v2):
    """The same by integrating in small steps, with the deceleration from the mean speed."""
    a, h, v, t, dt = (v1 - v2) * 0.5 * (v1 + v2) / (h1 - h2), h2, v2, 0.0, 1e-3
    while h > 0.0:
        v, h, t = v - a * dt, h - v * dt, t + dt
    return np.array([a, v, t, v1 * v1 / (2.0 * h1)])


def through_by_energy(h1, v1, h2, v2):
    a = np.polyfit([h2, h1], [v2**2 / 2, v1**2 / 2], 1)
    return [np.float64(a[0]), math.sqrt(2 * a[1]), np.float32((v2 - math.sqrt(2 * a[1])) / a[0]), v1**2 / (2 * h1)]


def part(i, change):
    def answer(*x):
        row = list(through_in_short(*x))
        row[i] = change(row, *x)
        return row

    return answer


# -- gates -------------------------------------------------------------------------------------------------------------
GATES = "late", "fast", "braking", "at_192", "hard", "early"


def gates_by_events(flight):
    first, contact = flight.event("first_range"), flight.touchdown
    t, v = speed_at(flight, 192.0)
    down = -first.vertical_mps
    return {
        "late": 850.0 <= first.altitude_m <= 950.0, "fast": 58.0 <= down <= 74.0,
        "braking": 1.5 <= (down - v) / (t - first.t_s) <= 2.2, "at_192": 36.0 <= v <= 48.0,
        "hard": contact.speed_mps >= 20.0 and contact.vertical_mps <= 55.0, "early": 65.0 <= 3780.0 - contact.t_s <= 105.0,
    }  # fmt: skip


def gates_from_histories(flight):
    si, first = flight.si, flight.event("first_range")
    down, below = -first.vertical_mps, np.searchsorted(-si["true_altitude"], -192.0)
    v = -si["true_vertical_speed"][below]
    energy = (down**2 - v**2) / 2.0 / (first.altitude_m - si["true_altitude"][below])
    answers = [abs(first.values[0] - 893.0) < 90.0, abs(down / 66.0 - 1.0) < 0.1, abs(energy - 1.85) < 0.37, abs(v - 42.0) < 4.2,
               20.0 < np.hypot(flight.touchdown.vertical_mps, flight.touchdown.lateral_mps) < 55.0,
               60.0 < 3780.0 - si["t"][-1] < 110.0]  # fmt: skip
    return dict(zip(GATES, map(np.bool_, answers), strict=True)) | {"note": "extra keys are fine"}


def gates_as_numbers(flight):
    return {key: int(ok) for key, ok in gates_by_events(flight).items()}


def with_gate(key, change):
    def answer(flight):
        said = gates_by_events(flight)
        return said | {key: change(flight, said)}

    return answer


# -- latest range ------------------------------------------------------------------------------------------------------
def height_in_short(net, error, plan):
    return (plan.high_speed_mps**2 / 2 + plan.high_decel_mps2 * (error - plan.high_height_m)) / (net - plan.high_decel_mps2)


def latest_by_crossing(net, error, plan):
    """The two curves on a fine grid, with the planned speed from the law itself."""
    h = np.linspace(50.0, 5000.0, 20001)
    v = np.array([getattr(g.speed_profile, "py_func", g.speed_profile)(x + error, g.pack_guidance(plan))[0] for x in h])
    return h[np.argmax(v * v / (2.0 * net) <= h)]


def latest_by_iteration(net, error, plan):
    h = 1000.0
    for _ in range(500):
        h = (plan.high_speed_mps**2 + 2.0 * plan.high_decel_mps2 * (h + error - plan.high_height_m)) / (2.0 * net)
    return np.array([h])


def scan(scene):
    """Two grids instead of a bisection."""
    def lands(h):
        return ll.fly(with_first_range(scene, h), seed=None, record=False).landed

    coarse = next(h for h in np.arange(100.0, 9000.0, 100.0) if lands(h))
    return next(h for h in np.arange(coarse - 96.0, coarse + 1.0, 8.0) if lands(h))


quick = cache(partial(latest_first_range, tolerance_m=8.0))


# -- bench -------------------------------------------------------------------------------------------------------------
def changed_in_short(scene, decision):
    nav, six = scene.navigation, replace(scene, altimeter_2=scene.altimeter, navigation=replace(scene.navigation, filter="six"))
    if decision == "wide gate":
        return replace(scene, navigation=replace(nav, gate_m=5000.0))
    if decision == "map":
        return replace(scene, navigation=replace(nav, map=1))
    if decision == "gentle plan":
        return replace(scene, guidance=replace(scene.guidance, high_decel_mps2=0.4))
    if decision == "twin":
        six = replace(six, faults=scene.faults + tuple(replace(f, target="altimeter_2") for f in scene.faults))
    return six


def changed_by_paths(scene, decision):
    """The same, from a table of functions; the twin's numbers written down."""
    nav, plan = scene.navigation, scene.guidance
    two = {"altimeter_2": replace(scene.altimeter), "navigation": replace(nav, filter="six")}
    twin = tuple(ll.Fault("altimeter_2", f.kind, f.value) for f in scene.faults)
    return {
        "wide gate": lambda: replace(scene, navigation=replace(nav, gate_m=np.float64(5000))),
        "map": lambda: replace(scene, navigation=replace(nav, map=1.0)),
        "gentle plan": lambda: replace(scene, guidance=replace(plan, high_decel_mps2=0.4)),
        "twin": lambda: replace(scene, **two, faults=twin + scene.faults),
        "other sensor": lambda: replace(scene, **two),
    }[decision]()


def with_decision(name, change):
    return lambda scene, decision: change(scene) if decision == name else changed_in_short(scene, decision)


def navigation(**values):
    return lambda scene: replace(scene, navigation=replace(scene.navigation, **values))


def unshared_twin(scene):
    return changed_in_short(scene, "other sensor")


def cured_sensor(scene):
    return replace(scene, faults=())


def unread(scene):
    return replace(scene, altimeter_2=scene.altimeter)


# -- finding -----------------------------------------------------------------------------------------------------------
FINDING = {
    "cause": "ranges too late", "first_range_m": 893, "speed_mps": 66, "needed_mps2": 2.44, "flown_mps2": 1.85,
    "required_range_m": 2600, "test_height_error_m": 1500,
}  # fmt: skip


# -- the law -----------------------------------------------------------------------------------------------------------
def by_sigma(k, lowest_m, *, arm_m=50.0):
    """Plans for a height that is k sigma lower, but not below `lowest_m`."""

    def careful(t, est, params):
        ax, ay, az = g.builtin_law(t, est, params)
        if est[g.PHASE] >= g.PITCH_UP and est[g.SIGMA_Z] > arm_m:
            low = est[g.Z] - est[g.TARGET_Z] - k * est[g.SIGMA_Z]
            az = max(az, g.track_profile(max(low, lowest_m), est[g.VZ], params) + est[g.HOVER])
        return ax, ay, az

    return careful


def by_speed(cap_mps, *, always=False):
    """A highest speed, while no range has come."""

    def careful(t, est, params):
        ax, ay, az = g.builtin_law(t, est, params)
        if est[g.PHASE] >= g.PITCH_UP and (always or est[g.SIGMA_Z] > 100.0):
            az = max(az, 0.5 * (-cap_mps - est[g.VZ]) + est[g.HOVER])
        return ax, ay, az

    return careful


def by_own_estimate(t, est, params):
    """The lander's law on an estimate that is made lower; allocates, and still compiles."""
    mine = est.copy()
    if est[g.PHASE] >= g.PITCH_UP and est[g.SIGMA_Z] > 30.0:
        height = est[g.Z] - est[g.TARGET_Z]
        mine[g.Z] -= min(est[g.SIGMA_Z], max(height - 400.0, 0.0))
    return g.builtin_law(t, mine, params)


# -- all of them -------------------------------------------------------------------------------------------------------
RIGHT = {
    "11.two_points": [through_in_short, through_by_steps, through_by_energy],
    "11.gates": [gates_by_events, gates_from_histories, gates_as_numbers],
    "11.latest": [
        (height_in_short, scan), (latest_by_crossing, latest_first_range),
        (latest_by_iteration, lambda scene: np.array(latest_first_range(scene, tolerance_m=8.0))),
    ],
    "11.bench": [
        (changed_in_short, ("map", "gentle plan")), (changed_by_paths, ["other sensor", "wide gate"]),
        (changed_in_short, {"gentle plan", "wide gate"}), (changed_in_short, np.array(["map", "other sensor"])),
    ],
    "11.monitor": [by_sigma(1.5, 500.0), by_speed(30.0), by_own_estimate],
    "11.finding": [
        FINDING, FINDING | {"cause": " Ranges too LATE", "required_range_m": 2400.0, "more": 1},
        FINDING | {"needed_mps2": np.float64(2.439), "required_range_m": 3000, "test_height_error_m": 1080.0},
    ],
}  # fmt: skip

WRONG = {
    "11.two_points": [
        (part(0, lambda r, *x: -r[0]), "sign is turned round"),
        (part(0, lambda r, *x: 2.0 * r[0]), "Half of it"),
        (part(0, lambda r, h1, v1, h2, v2: (v1 - v2) / (h1 - h2)), "Square the speeds"),
        (part(0, lambda r, *x: r[0] + 1.62), "That is the thrust acceleration"),
        (part(0, lambda r, h1, v1, h2, v2: (v1**2 - v2**2) / 2 / h1), "it moves h1 - h2"),
        (part(1, lambda r, h1, v1, h2, v2: math.sqrt(v2**2 + 2 * r[0] * h2)), "It slows down: v2^2 - 2 a h2"),
        (part(1, lambda r, h1, v1, h2, v2: math.sqrt(v2**2 + 3.24 * h2)), "a fall with the engines off"),
        (part(1, lambda r, *x: 3.6 * r[1]), "km/h"),
        (part(2, lambda r, h1, v1, h2, v2: h2 / v2), "time at constant speed"),
        (part(2, lambda r, h1, v1, h2, v2: v2 / r[0]), "time to a stop"),
        (part(3, lambda r, h1, v1, h2, v2: v1**2 / h1), "Half of it: v1^2 = 2 a h1"),
        (part(3, lambda r, h1, v1, h2, v2: v2**2 / 2 / h2), "from the second point"),
        (part(3, lambda r, *x: r[3] + 1.62), "That is the thrust acceleration"),
        (lambda *x: (1.85, 32.47, 5.16, 2.44), "v1^2 - v2^2 = 2 a (h1 - h2)"),
        (lambda *x: through_in_short(*x)[0], "must return 4 numbers"),
        (through_in_short(893.0, 66.0, 192.0, 42.0), "must be a function"),
    ],
    "11.gates": [
        (with_gate("early", lambda f, s: True), "that is a result"),
        (with_gate("early", lambda f, s: False), "is your band too narrow"),
        (lambda f: dict.fromkeys(GATES, True), "nothing like the reports"),
        (lambda f: dict.fromkeys(GATES, False), "is your band too narrow"),
        (with_gate("fast", lambda f, s: 60.0 < f.event("first_range").vertical_mps < 72.0), "'fast' is about"),
        (with_gate("braking", lambda f, s: True), "'braking' is about"),
        (with_gate("late", lambda f, s: f.event("first_range").altitude_m < 893.0), "'late' is about"),
        (with_gate("hard", lambda f, s: not f.landed), "'hard' is about"),
        (with_gate("at_192", lambda f, s: speed_at(f, 193.0)[1] < 42.5), "'at_192' is about"),
        (with_gate("late", lambda f, s: f.event("first_range").altitude_m), "must be True or False"),
        (lambda f: list(gates_by_events(f).values()), "must be a dict"),
        (lambda f: {"late": True}, "lacks"),
    ],
    "11.latest": [
        ((lambda n, e, p: height_in_short(n, 0.0, p), quick), "The height error is missing"),
        ((lambda n, e, p: height_in_short(n, -e, p), quick), "not h - error"),
        ((lambda n, e, p: height_in_short(n - 1.62, e, p), quick), "gravity has been taken off"),
        ((lambda n, e, p: height_in_short(n, e, p) * (n - p.high_decel_mps2) / n, quick), "h stands on both sides"),
        ((lambda n, e, p: 2.0 * height_in_short(n, e, p), quick), "Half of it"),
        ((lambda n, e, p: height_in_short(n, e + p.high_height_m, p), quick), "The plan begins at high_height_m"),
        ((lambda n, e, p: height_in_short(n, e, p) + e, quick), "That is the believed height"),
        ((lambda n, e, p: p.high_speed_mps**2 / 2.0 / n, quick), "planned speed at the believed height"),
        ((lambda n, e, p: 1199.0, quick), "Equate"),
        ((height_in_short, lambda scene: 1323.0), "same for three different landers"),
        ((height_in_short, lambda scene: 1.3), "between 20 and 9000 m"),
        ((height_in_short, lambda scene: quick(scene) + 60.0), "A lower one would do"),
        ((height_in_short, lambda scene: quick(scene) - 60.0), "does not land from there"),
        ((height_in_short, lambda scene: quick(ll.case("resilience-m2").scenario)), "same for three different"),
        ((height_in_short, 1323.0), "must be a function"),
        ((height_in_short, ...), "Not answered yet"),
    ],
    "11.bench": [
        ((with_decision("twin", unshared_twin), ("map", "gentle plan")), "it fails in the same way"),
        ((with_decision("twin", cured_sensor), ("map", "gentle plan")), "it fails in the same way"),
        ((with_decision("other sensor", unread), ("map", "gentle plan")), "navigation.filter = 'six' reads it"),
        ((with_decision("other sensor", lambda s: changed_in_short(s, "twin")), ("map", "gentle plan")), "without its faults"),
        ((with_decision("wide gate", navigation(gate_m=500.0)), ("map", "gentle plan")), "gate_m = 5000"),
        ((with_decision("map", navigation(map=0)), ("map", "gentle plan")), "navigation.map = 1"),
        ((with_decision("gentle plan", lambda s: s), ("map", "gentle plan")), "high_decel_mps2 = 0.4"),
        ((lambda scene, decision: ll.case("resilience-m2").scenario, ("map", "gentle plan")), "gate_m = 5000"),
        ((lambda scene, decision: {"gate_m": 5000}, ("map", "gentle plan")), "must give a Scenario"),
        ((changed_in_short, ("wide gate", "map")), "two cures for Mission 1"),
        ((changed_in_short, ("gentle plan", "other sensor")), "two cures for Resilience"),
        ((changed_in_short, ("twin", "gentle plan")), "two cures for Resilience"),
        ((changed_in_short, ("map", "twin")), "two cures for Mission 1"),
        ((changed_in_short, ("map", "map")), "two different names"),
        ((changed_in_short, "map"), "two different names"),
    ],
    "11.monitor": [
        (g.builtin_law, "Still too fast"),
        (by_sigma(0.5, 200.0), "Still too fast"),
        (by_sigma(1.0, 20.0), "how Mission 1 ended"),
        (by_sigma(2.0, 200.0), "how Mission 1 ended"),
        (by_sigma(3.0, -1e4), "how Mission 1 ended"),
        (by_sigma(1.5, 500.0, arm_m=2430.0), "Still too fast"),
        (by_speed(55.0), "Still too fast"),
        (by_speed(30.0, always=True), "Be careful only while"),
        (lambda t, est, params: 1.0, "3 numbers"),
        (lambda t, est, params: 1 / 0, "ZeroDivisionError"),
        (lambda t, est, params: None, "ot answered yet"),
        (5.0, "must be a function"),
    ],
    "11.finding": [
        (FINDING | {"cause": "ranges rejected"}, "That is Mission 1"),
        (FINDING | {"cause": "no ranges at all"}, "would not have found 192 m"),
        (FINDING | {"cause": "too little thrust"}, "Propulsion was checked"),
        (FINDING | {"cause": "software error"}, "Software was checked"),
        (FINDING | {"cause": "the sensor failed"}, "must be one of"),
        (FINDING | {"speed_mps": 237.6}, "km/h"),
        (FINDING | {"flown_mps2": 3.47}, "holds gravity as well"),
        (FINDING | {"needed_mps2": 1.85, "flown_mps2": 2.44}, "needed_mps2: net deceleration that stops"),
        (FINDING | {"first_range_m": 1250}, "first_range_m: published"),
        (FINDING | {"required_range_m": 1323}, "saves this flight, not the next"),
        (FINDING | {"required_range_m": 900}, "saves this flight, not the next"),
        (FINDING | {"required_range_m": 10000}, "More than this sensor was expected"),
        (FINDING | {"required_range_m": 2.6}, "saves this flight, not the next"),
        (FINDING | {"test_height_error_m": 0}, "nobody would have learned anything"),
        (FINDING | {"test_height_error_m": -1500}, "Turn the sign"),
        (FINDING | {"test_height_error_m": 4000}, "not credible"),
        (FINDING | {"required_range_m": 1000}, "fails its own test"),
        ({"cause": "ranges too late"}, "lacks"),
        ("the sensor was late", "must be a dict"),
    ],
}  # fmt: skip
