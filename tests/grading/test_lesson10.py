"""Lesson 10: different right answers pass, plausible wrong ones fail with the hint that fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.constants import R_MOON
from lunarlab.descent import navigation as nav
from lunarlab.descent import sensors as s
from lunarlab.grading.lesson10 import APPROACHES, CLAIMS, approach, height_budget, tuned_gate

M1 = ll.case("hakuto-r-m1").scenario
LABELS = {key: label for key, (label, _) in CLAIMS.items()}


def events(flight):
    return (flight.event(kind) for kind in ("lockout", "estimate_zero", "propellant_out"))


def chain(flight):
    lock, zero, dry = events(flight)
    return {"reject_km": lock.distance_m / 1e3, "altitude_km": zero.altitude_m / 1e3, "hold_s": dry.t_s - zero.t_s,
            "impact_mps": flight.touchdown.speed_mps}  # fmt: skip


def chain_from_histories(flight):
    h = flight.si
    locked = np.argmax(h["nav_status"] == nav.LOCKED_OUT)
    zero, dry = np.argmax(h["est_height"] <= 0.0), np.argmax(h["true_mass"] <= 360.0 + 1e-6)
    return {"reject_km": h["true_distance"][locked] / 1e3, "altitude_km": h["true_altitude"][zero] / 1e3,
            "hold_s": h["t"][dry] - h["t"][zero], "impact_mps": np.hypot(h["true_vertical_speed"][-1], h["true_forward_speed"][-1]),
            "note": "extra keys are fine"}  # fmt: skip


def chain_with_quantities(flight):
    lock, zero, dry = events(flight)
    return {"reject_km": np.array([lock.distance_m / 1e3]), "altitude_km": np.float32(zero.altitude_m / 1e3),
            "hold_s": np.float64(dry.t_s - zero.t_s), "impact_mps": flight.touchdown.vertical_mps}  # fmt: skip


def budget_by_rows(flight):
    h = flight.si
    i, j = (int(np.searchsorted(h["t"], flight.event(k).t_s)) for k in ("lockout", "estimate_zero"))
    first = h["true_height"][i] - h["est_height"][i]
    return [first, h["true_height"][j] - h["est_height"][j] - first, h["true_altitude"][j] - h["true_height"][j]]


def budget_by_integral(flight):
    h = flight.si
    a, _, c = height_budget(flight)
    t0, t1 = (flight.event(k).t_s for k in ("lockout", "estimate_zero"))
    span = (h["t"] >= t0) & (h["t"] <= t1)
    return a, np.trapezoid((h["true_vertical_speed"] - h["est_vertical_speed"])[span], h["t"][span]), c


def coverage(heading):
    gate = tuned_gate(heading)
    return gate, sum(ll.fly(approach(h, gate_m=gate), seed=None).landed for h in APPROACHES)


@pytest.mark.parametrize(("id", "answer"), [
    ("10.sources", LABELS), ("10.sources", {k: f" {v.upper()} " for k, v in LABELS.items()}), ("10.sources", LABELS | {"more": "x"}),
    ("10.chain", chain), ("10.chain", chain_from_histories), ("10.chain", chain_with_quantities),
    ("10.budget", height_budget), ("10.budget", budget_by_rows), ("10.budget", budget_by_integral),
    ("10.coverage", coverage), ("10.coverage", lambda h: np.array(coverage(h))),
    ("10.coverage", lambda h: [coverage(h)[0] - 30.0, coverage(h)[1]]),
])  # fmt: skip
def test_right_answers(id, answer):
    result = ll.check(id, answer)
    assert result.points == result.out_of, result


def changed(function, **changes):
    def answer(flight):
        out = function(flight)
        return out | {key: change(out[key]) for key, change in changes.items()}

    return answer


@pytest.mark.parametrize(("id", "answer", "hint"), [
    ("10.sources", LABELS | {"gate": "published"}, "No source gives the width"),
    ("10.sources", LABELS | {"engines": "published"}, "the operator's analysis says otherwise"),
    ("10.sources", LABELS | {"velocity": "published"}, "Nobody reports it"),
    ("10.sources", LABELS | {"wall": "modelled"}, "elevation data"),
    ("10.sources", LABELS | {"heading": "published"}, "No text gives the approach"),
    ("10.sources", dict.fromkeys(LABELS, "published"), "2 right"),
    ("10.sources", LABELS | {"gate": "guessed"}, "must be one of"),
    ("10.sources", LABELS | {"gate": ...}, "not filled in yet"),
    ("10.sources", {"gate": "modelled"}, "lacks"),
    ("10.sources", list(LABELS.values()), "must be a dict"),
    ("10.chain", changed(chain, reject_km=lambda x: 1e3 * x), "in metres; asked is km"),
    ("10.chain", changed(chain, altitude_km=lambda x: 1e3 * x), "in metres; asked is km"),
    ("10.chain", changed(chain, impact_mps=lambda x: 3.6 * x), "touchdown"),
    ("10.chain", changed(chain, hold_s=lambda x: -x), "Subtract"),
    ("10.chain", lambda f: {"reject_km": 17.7, "altitude_km": 4.87, "hold_s": 68.8, "impact_mps": 137.4}, "same for two different"),
    ("10.chain", lambda f: (17.7, 4.87, 68.8, 137.4), "must be a dict"),
    ("10.chain", lambda f: {"reject_km": f.event("lockout").distance_m / 1e3}, "lacks"),
    ("10.chain", lambda f: f.event("crash"), "no event is called"),
    ("10.chain", chain(ll.fly(M1, seed=None)), "must be a function"),
    ("10.budget", lambda f: [-x for x in height_budget(f)], "sign is turned"),
    ("10.budget", lambda f: (3000.0, 2000.0, 0.0), "true_height minus est_height"),
    ("10.budget", lambda f: (height_budget(f)[0], sum(height_budget(f)[:2]), height_budget(f)[2]), "How much true_height"),
    ("10.budget", lambda f: (height_budget(f)[0], height_budget(f)[1], 0.0), "how far the ground lies"),
    ("10.budget", lambda f: sum(height_budget(f)), "3 numbers"),
    ("10.coverage", lambda h: (1400.0, 6), "smallest, in steps"),
    ("10.coverage", lambda h: (coverage(h)[0], coverage(h)[1] - 1), "the tested one too"),
    ("10.coverage", lambda h: (coverage(h)[0] / 1e3, coverage(h)[1]), "smallest, in steps"),
    ("10.coverage", lambda h: coverage(h)[0], "2 numbers"),
])  # fmt: skip
def test_wrong_answers_get_the_hint_that_fits(id, answer, hint):
    result = ll.check(id, answer)
    assert result.points < result.out_of
    assert hint in result.message, result


def tuning(**changes):
    return replace(M1.navigation, **changes)


def own(*, k=5.0, gate_m=0.0, speed=0.0, heavy=False):
    """Filters of one's own: gate in sigmas or in metres, vertical speed from the velocimeter, heavy tails."""

    def my_filter(t, meas, params, memory):
        memory[nav.STATUS] = nav.NO_RANGE
        nav.predict(meas, memory, params[nav.Q_ACCEL], R_MOON + params[nav.P_DATUM])
        if meas[s.RANGE_VALID] > 0.0:
            variance = nav.range_variance(meas, memory, params)
            nu = nav.innovate(meas, memory, variance)
            limit = gate_m if gate_m > 0.0 and memory[nav.P_ZZ] < 2500.0 else k * memory[nav.SIGMA]
            if heavy:
                nav.update(memory, nu, variance * (4.0 + (nu / memory[nav.SIGMA]) ** 2) / 5.0)
            elif abs(nu) <= limit:
                nav.update(memory, nu, variance)
            else:
                memory[nav.STATUS] = nav.SKIPPED
        if meas[s.VEL_VALID] > 0.0:
            memory[nav.VZ] += speed * (meas[s.VELZ] - memory[nav.VZ])
        nav.aid_velocity(meas, memory, params[nav.P_VEL_GAIN])
        return memory[nav.X], memory[nav.Y], memory[nav.Z], memory[nav.VX], memory[nav.VY], memory[nav.VZ]

    return my_filter


@pytest.mark.parametrize(("filter", "navigation"), [
    (own(), tuning(map=1)), (own(k=4.0, speed=0.2), tuning(map=1)), (own(gate_m=700.0, speed=0.2), tuning(map=1)),
    (own(heavy=True), tuning(map=1)), (nav.builtin_filter, tuning(policy="nis", map=1)),
], ids=["sigmas", "and speed", "metres and speed", "heavy tail", "built in"])  # fmt: skip
def test_repairs_with_a_map_pass(filter, navigation):
    result = ll.check("10.repair", filter, navigation)
    assert result.points == 5, result


HALF = [
    ("latch removed", tuning(policy="gate"), "the ground itself jumps"),
    ("gate in sigmas", tuning(policy="nis"), "the ground itself jumps"),
    ("as flown", tuning(policy="latch"), "the ground itself jumps"),
    ("believe everything", tuning(policy="none"), "can't tell a 3 km cliff"),
    ("wide gate", tuning(policy="gate", gate_m=5000.0), "can't tell a 3 km cliff"),
    ("wide latch", tuning(policy="latch", gate_m=5000.0), "can't tell a 3 km cliff"),
    ("readmit", tuning(policy="gate_readmit"), "can't tell a 3 km cliff"),
    ("student-t", tuning(policy="student_t"), "the ground itself jumps"),
    ("inflate", tuning(policy="inflate"), "can't tell a 3 km cliff"),
    ("fast filter", tuning(policy="latch", accel_noise=0.1), "does not come back"),
    ("map, believes everything", tuning(policy="none", map=1), "can't tell a 3 km cliff"),
    ("map, wide gate", tuning(policy="gate", gate_m=5000.0, map=1), "can't tell a 3 km cliff"),
    ("map and readmit", tuning(policy="gate_readmit", map=1), "can't tell a 3 km cliff"),
    ("map and inflate", tuning(policy="inflate", map=1), "can't tell a 3 km cliff"),
    ("map and latch", tuning(policy="latch", map=1), "does not come back"),
]


@pytest.mark.parametrize(("navigation", "hint"), [row[1:] for row in HALF], ids=[row[0] for row in HALF])
def test_half_repairs_fail_with_the_hint_that_fits(navigation, hint):
    result = ll.check("10.repair", nav.builtin_filter, navigation)
    assert result.points < 5, result
    assert hint in result.message, result


def test_the_exam_separates_with_a_margin():
    """With a map well above the limits, without one nowhere near: the answer does not hang on a seed."""

    def share(result):
        return [int(f.value.split()[0]) for f in result.findings]

    flown, _, broken = share(ll.check("10.repair", own(speed=0.2), tuning(map=1)))
    assert flown == 20
    assert broken >= 16
    assert share(ll.check("10.repair", own(), tuning(map=1)))[2] >= 11
    for policy in nav.POLICIES:
        flown, _, broken = share(ll.check("10.repair", nav.builtin_filter, tuning(policy=policy)))
        assert broken <= 2 or flown <= 6, policy


def test_repair_refuses_what_is_no_navigation():
    assert "must be a Navigation" in ll.check("10.repair", own(), {"map": 1}).message
    assert "ZeroDivisionError" in ll.check("10.repair", lambda t, m, p, mem: 1 / 0, tuning()).message
