"""Answers to lesson 10 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np

import lunarlab as ll
from lunarlab.constants import R_MOON
from lunarlab.descent import navigation as nav
from lunarlab.descent import sensors as s

M1 = ll.case("hakuto-r-m1").scenario
NOISE = ll.variant("10.coverage")["accel_noise_m2_s3"]
APPROACHES = (112.5, 135.0, 157.5, 180.0, 202.5, 270.0)
LABELS = {
    "step": "published", "hover": "published", "wall": "measured", "gate": "modelled", "mass": "modelled",
    "velocity": "inferred", "heading": "inferred", "engines": "contradicted",
}  # fmt: skip


def events(flight):
    return (flight.event(kind) for kind in ("lockout", "estimate_zero", "propellant_out"))


def four_numbers(flight):
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


def budget(flight):
    h = flight.si
    error = h["true_height"] - h["est_height"]
    lock, zero = (flight.event(kind).t_s for kind in ("lockout", "estimate_zero"))
    first, last = np.interp([lock, zero], h["t"], error)
    return first, last - first, np.interp(zero, h["t"], h["true_altitude"] - h["true_height"])


def budget_by_rows(flight):
    h = flight.si
    i, j = (int(np.searchsorted(h["t"], flight.event(k).t_s)) for k in ("lockout", "estimate_zero"))
    first = h["true_height"][i] - h["est_height"][i]
    return [first, h["true_height"][j] - h["est_height"][j] - first, h["true_altitude"][j] - h["true_height"][j]]


def budget_by_integral(flight):
    h = flight.si
    a, _, c = budget(flight)
    t0, t1 = (flight.event(k).t_s for k in ("lockout", "estimate_zero"))
    span = (h["t"] >= t0) & (h["t"] <= t1)
    return a, np.trapezoid((h["true_vertical_speed"] - h["est_vertical_speed"])[span], h["t"][span]), c


@cache
def lands(heading, gate, noise=NOISE):
    terrain = replace(M1.terrain, heading_deg=heading)
    navigation = replace(M1.navigation, gate_m=gate, accel_noise=noise)
    return ll.fly(replace(M1, terrain=terrain, navigation=navigation), seed=None, record=False).landed


def six_approaches(heading, noise=NOISE, step=100.0, approaches=APPROACHES):
    """Smallest gate on this approach, and how many it gets over."""
    gate = step
    while not lands(heading, gate, noise):
        gate += step
    return gate, sum(lands(other, gate, noise) for other in approaches)


class Review:
    """Remembers each flight that it has flown."""

    def __init__(self):
        self.flown = {}

    def lands(self, *flight):
        return self.flown.setdefault(flight, None) or self.flown.update({flight: lands(*flight)}) or self.flown[flight]

    def __call__(self, heading):
        gate = next(100.0 * k for k in range(1, 40) if self.lands(heading, 100.0 * k))
        return np.array([gate, np.sum([self.lands(other, gate) for other in APPROACHES])])


def changed(function, **changes):
    def answer(flight):
        out = function(flight)
        return out | {key: change(out[key]) for key, change in changes.items()}

    return answer


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


RIGHT = {
    "10.sources": [LABELS, {k: f" {v.upper()} " for k, v in LABELS.items()}, LABELS | {"more": "x"}],
    "10.chain": [four_numbers, chain_from_histories, chain_with_quantities],
    "10.budget": [budget, budget_by_rows, budget_by_integral],
    "10.repair": [
        (own(), tuning(map=1)), (own(k=4.0, speed=0.2), tuning(map=1)), (own(gate_m=700.0, speed=0.2), tuning(map=1)),
        (own(heavy=True), tuning(map=1)), (nav.builtin_filter, tuning(policy="nis", map=1)),
    ],
    "10.coverage": [six_approaches, Review(), lambda h: [six_approaches(h)[0] - 30.0, six_approaches(h)[1]], partial(six_approaches, step=100)],
}  # fmt: skip

WRONG = {
    "10.sources": [
        (LABELS | {"gate": "published"}, "No source gives the width"),
        (LABELS | {"engines": "published"}, "the operator's analysis says otherwise"),
        (LABELS | {"velocity": "published"}, "Nobody reports it"),
        (LABELS | {"wall": "modelled"}, "elevation data"),
        (LABELS | {"heading": "published"}, "No text gives the approach"),
        (LABELS | {"mass": "published"}, "mass at braking is not"),
        (dict.fromkeys(LABELS, "published"), "elevation data"),
        (LABELS | {"gate": "guessed"}, "must be one of"),
        (LABELS | {"gate": ...}, "not filled in yet"),
        ({"gate": "modelled"}, "lacks"),
        (list(LABELS.values()), "must be a dict"),
    ],
    "10.chain": [
        (changed(four_numbers, reject_km=lambda x: 1e3 * x), "in metres; asked is km"),
        (changed(four_numbers, altitude_km=lambda x: 1e3 * x), "in metres; asked is km"),
        (changed(four_numbers, impact_mps=lambda x: 3.6 * x), "touchdown"),
        (changed(four_numbers, hold_s=lambda x: -x), "Subtract"),
        (lambda f: {"reject_km": 17.7, "altitude_km": 4.87, "hold_s": 68.8, "impact_mps": 137.4}, "same for two different"),
        (lambda f: (17.7, 4.87, 68.8, 137.4), "must be a dict"),
        (lambda f: {"reject_km": f.event("lockout").distance_m / 1e3}, "lacks"),
        (lambda f: f.event("crash"), "chain raised LunarlabError"),
        (four_numbers(ll.fly(M1, seed=None)), "must be a function"),
        (lambda f: four_numbers(f) | {"altitude_km": f.event("estimate_zero").est_height_m / 1e3}, "true altitude over the ground"),
    ],
    "10.budget": [
        (lambda f: [-x for x in budget(f)], "sign is turned"),
        (lambda f: (3000.0, 2000.0, 0.0), "true_height minus est_height"),
        (lambda f: (budget(f)[0], sum(budget(f)[:2]), budget(f)[2]), "How much true_height"),
        (lambda f: (budget(f)[0], budget(f)[1], 0.0), "how far the ground lies"),
        (lambda f: (budget(f)[0], budget(f)[1], -budget(f)[2]), "sign is turned"),
        (lambda f: [x / 1e3 for x in budget(f)], "true_height minus est_height"),
        (lambda f: budget(f)[::-1], "true_height minus est_height"),
        (lambda f: sum(budget(f)), "3 numbers"),
    ],
    "10.repair": [
        *[((nav.builtin_filter, tuning(**changes)), hint) for changes, hint in (
            ({"policy": "gate"}, "the ground itself jumps"),
            ({"policy": "nis"}, "the ground itself jumps"),
            ({"policy": "latch"}, "the ground itself jumps"),
            ({"policy": "none"}, "can't tell a 3 km cliff"),
            ({"policy": "latch", "gate_m": 5000.0}, "can't tell a 3 km cliff"),
            ({"policy": "gate_readmit"}, "can't tell a 3 km cliff"),
            ({"policy": "student_t"}, "can't tell a 3 km cliff"),
            ({"policy": "latch", "accel_noise": 0.1}, "does not come back"),
            ({"policy": "none", "map": 1}, "can't tell a 3 km cliff"),
            ({"policy": "gate_readmit", "map": 1}, "can't tell a 3 km cliff"),
            ({"policy": "inflate", "map": 1}, "can't tell a 3 km cliff"),
            ({"policy": "latch", "map": 1}, "does not come back"),
        )],
        ((own(), {"map": 1}), "must be a Navigation"),
        ((lambda t, m, p, mem: 1 / 0, tuning(map=1)), "ZeroDivisionError"),
    ],
    "10.coverage": [
        (lambda h: (1400.0, 7), "smallest, in steps"),
        (lambda h: (six_approaches(h)[0], six_approaches(h)[1] - 1), "the tested one too"),
        (lambda h: (six_approaches(h)[0] / 1e3, six_approaches(h)[1]), "smallest, in steps"),
        (lambda h: (six_approaches(h)[0] + 100.0, six_approaches(h)[1]), "smallest, in steps"),
        (lambda h: (six_approaches(h)[0] - 100.0, six_approaches(h)[1]), "smallest, in steps"),
        (lambda h: six_approaches(h)[0], "2 numbers"),
        (lambda h: (six_approaches(h)[0], [lands(x, six_approaches(h)[0]) for x in APPROACHES]), "must be one number"),
        (lambda h: (six_approaches(h)[0], six_approaches(h)[1] / 6), "count flight.landed"),
        (six_approaches(180.0), "must be a function"),
    ],
}  # fmt: skip
