"""Lesson 12: formulas, maps and sandboxes that its checks stand on; the answers are in ``tests/answers``."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.descent import fixes
from lunarlab.descent import guidance as g
from lunarlab.descent.gear import Gear
from lunarlab.descent.settle import settle
from lunarlab.descent.touchdown import Touchdown
from lunarlab.grading import lesson12 as own
from lunarlab.grading import lesson12_fix as fix
from lunarlab.grading import lesson12_flight as last
from lunarlab.grading import lesson12_hazard as hazard

SOLUTION = Path(__file__).parents[2] / "solutions" / "12_the_last_50_metres.py"


def test_the_closed_form_is_what_a_rigid_lander_does():
    """On a slope, parallel to the ground, feet that dig in, legs that can't be crushed."""
    for d, h, k, s in ((1.24, 0.95, 0.95, 8.0), (1.24, 1.2, 1.0, -10.0), (0.9, 1.2, 0.8, 0.0)):
        gear = Gear(legs=4, foot_radius_m=d * 2**0.5, cg_height_m=h, gyration_m=k, stroke_m=0.0, friction=1000.0, damping_ratio=1.0)
        ends = []
        for factor in (0.94, 1.04):
            v, a = factor * own.tip(d, h, k, s), math.radians(s)
            contact = Touchdown(t_s=0.0, vertical_mps=v * math.sin(a), lateral_mps=v * math.cos(a), tilt_deg=abs(s), miss_m=0.0,
                                propellant_left_kg=0.0, lean_forward_deg=s)  # fmt: skip
            rest = settle(contact, gear, mass_kg=500.0, slope_deg=abs(s), azimuth_deg=0.0 if s >= 0.0 else 180.0)
            ends.append(rest.outcome == "tipped")
        assert ends == [False, True], (d, h, k, s)


def test_throttles_agree_with_what_the_lander_flies():
    """The share of thrust that the descent loop leaves after a loss is that of the best throttles."""
    from lunarlab.descent.vehicle import VEHICLE, balance

    record = np.zeros(1, VEHICLE).view(np.recarray)[0]
    for n in range(2, 13):
        record.engines = n
        assert balance(record) == pytest.approx(own.best_total(n, 0) / n, abs=1e-9)


def test_maps_are_worth_asking():
    """On no map is the middle safe, on each a safe place is within reach; those that are drawn are others each time."""
    drawn = [hazard.maps(seed) for seed in range(4)]
    for one in drawn[0] + drawn[1]:
        middle, h = len(one.true.x_m) // 2, one.limits
        assert one.true.safe and one.true.risk[middle, middle] > 1.2
        assert 3.0 * h.cell_m < one.nearest_m < h.radius_m
    assert {len(maps) for maps in drawn} == {len(hazard.KINDS) + hazard.DRAWN}
    assert len({one.heights.tobytes() for maps in drawn for one in maps}) == len(hazard.KINDS) + 4 * hazard.DRAWN


def test_a_graded_law_flies_every_trial_and_our_own_python_one_on_each_side(monkeypatch):
    flown = []
    monkeypatch.setattr(last, "fly", lambda *a, seed, **k: flown.append(seed) or ll.fly(*a, seed=seed, **k))

    class Law:
        def __call__(self, t, est, params):
            return g.builtin_law(t, est, params)

    last.judge_half_thrust(Law())
    assert flown == [1, 2]
    law = Law()
    law.remote = True
    last.judge_half_thrust(law)
    assert flown[2:4] == [1, 2] and len(set(flown[2:])) == len(last.TRIALS) + last.DRAWN


def test_nothing_cheaper_lands():
    """What the check takes for the cheapest cost, searched."""
    for size in range(4):
        for names in itertools.combinations(fix.CHANGES, size):
            cost = sum(fix.CHANGES[name].cost for name in names)
            both = cost <= fix.CHEAPEST and all(fix.lands(frozenset(names), trial) for trial in ("noisy", "silent"))
            assert both == (set(names) == {"slower plan", "expect noise"}), names


def test_the_sandbox_of_the_lesson_is_that_of_the_check():
    source = SOLUTION.read_text("utf-8")
    names = {
        "ll": ll, "g": g, "slim": ll.case("slim"), "mare": ll.case("nominal-mare").scenario, "slim_legs": last.LEGS, "math": math, "np": np, "replace": dataclasses.replace, "Change": fixes.Change,
    }  # fmt: skip
    for part in source.split("\n# %%"):
        if any(word in part for word in ("\ndef half_thrust", "\ndef tall_lander", "\nchanges = {")):
            cell = re.split(r"\n(?:scene, params|for name|print)", part.split("\n", 1)[1])[0]
            exec(cell, names)  # noqa: S102 - the lesson of this repository
    scene, params = names["half_thrust"]()
    theirs, wanted = last.half_thrust(50.0, 180.0, 0.25, 4.0)
    assert scene.digest == theirs.digest and np.array_equal(params, wanted)
    assert names["tall_lander"](names["IM_1"]).digest == fix.tall_lander(fix.SILENT).digest
    for name, change in names["changes"].items():
        assert change.cost == fix.CHANGES[name].cost
        scene = names["tall_lander"](names["IM_2"])
        assert change.apply(scene).digest == fix.CHANGES[name].apply(scene).digest
