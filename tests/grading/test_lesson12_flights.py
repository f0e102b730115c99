"""Lesson 12, what is judged by flights: a law for one engine, and the cheapest change of a lander."""

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
from lunarlab.grading import lesson12_fix as fix
from lunarlab.grading import lesson12_flight as last

SOLUTION = Path(__file__).parents[2] / "solutions" / "12_the_last_50_metres.py"
BOTH = ("slower plan", "expect noise")

LAW = {"upright_m": 4.0, "upright_s": 3.0, "brake": 0.5, "turn": 1.0, "start": 1e9, "gain": 1.0}


def law(**changes):
    """A law for one engine, and with one number changed a slip of it."""
    c = LAW | changes
    upright_m, upright_s, part, turn, start, gain = (c[k] for k in LAW)

    def one_engine(t, est, params):
        h = est[g.Z] - est[g.TARGET_Z]
        if est[g.A_MAX] * est[g.MASS] > 600.0 or h > start:
            return g.builtin_law(t, est, params)
        brake = part * (est[g.A_MAX] - est[g.HOVER])
        plan = min(math.sqrt(1.0 + 2.0 * brake * max(h - upright_m, 0.0)), 4.0)
        up = est[g.HOVER] + (brake if h > upright_m else 0.0) + gain * (-plan - est[g.VZ])
        push = est[g.HOVER] * math.tan(params[-1])
        if h > upright_m:
            return min(max(0.8 * (-turn * push * upright_s - est[g.VX]), -0.5), 0.5) - turn * push, 0.0, up
        return 0.0, 0.0, up

    return one_engine


def in_time(t, est, params):
    """Upright as soon as the time that is left is what the push needs to take out the speed. Returns an array."""
    if est[g.A_MAX] * est[g.MASS] > 600.0:
        return np.array(g.builtin_law(t, est, params))
    h = max(est[g.Z] - est[g.TARGET_Z], 0.0)
    room = 0.4 * (est[g.A_MAX] - est[g.HOVER])
    plan = min(np.sqrt(1.2 + 2.0 * room * max(h - 5.0, 0.0)), 4.0)
    up = est[g.HOVER] + 1.5 * (-plan - est[g.VZ])
    push = est[g.HOVER] * np.tan(params[-1])
    if h < 3.6:
        return np.array([0.2 * (-0.4 * push - est[g.VX]), 0.0, up])
    return np.array([np.clip(-2.7 * push - est[g.VX], -0.5, 0.5) - push, 0.0, up])


class Stateful:
    """Keeps the phase in an object, so it runs as Python; returns a list."""

    def __init__(self):
        self.upright = False

    def __call__(self, t, est, params):
        if est[g.A_MAX] * est[g.MASS] > 600.0:
            self.upright = False
            return list(g.builtin_law(t, est, params))
        h = est[g.Z] - est[g.TARGET_Z]
        self.upright = self.upright or h < 3.0
        return list(law(upright_m=3.0, upright_s=2.0)(t, est, params))


@pytest.mark.parametrize("answer", [law(brake=0.6, gain=1.4), in_time, Stateful()],
                         ids=["by height", "in time", "stateful"])  # fmt: skip
def test_right_laws(answer):
    result = ll.check("12.half_thrust", answer)
    assert result.points == result.out_of, result


@pytest.mark.parametrize(("answer", "hint"), [
    (g.builtin_law, "one engine brakes with"),
    (law(start=12.0), "one engine brakes with"),
    (law(turn=0.0), "Have the opposite speed"),
    (law(upright_m=100.0), "nothing opposes it"),
    (law(upright_s=0.0), "Have the opposite speed"),
    (law(upright_m=0.0, upright_s=0.0), "at rest, but crooked"),
    (lambda t, e, p: (0.0, 0.0, 0.0), "never came down"),
    (lambda t, e, p: g.builtin_law(t, e, p) if e[g.A_MAX] > 3.0 else None, "Not answered yet"),
    (lambda t, e, p: (0.0, 1.0), "3 numbers"),
    (lambda t, e, p: 1 / 0, "ZeroDivisionError"),
    (lambda t, e, p: (0.0, 0.0, e[g.HOVER] + 0.02), "never came down"),
    (lambda t, e: (0.0, 0.0, 1.0), "positional argument"),
], ids=["none", "late", "no lean", "upright at once", "no run-up", "crooked", "nothing",
        "stub", "two", "division", "hovers", "signature"])  # fmt: skip
def test_wrong_laws_get_the_hint_that_fits(answer, hint):
    result = ll.check("12.half_thrust", answer)
    assert result.points < result.out_of
    assert hint.lower() in result.message.lower(), result


@pytest.mark.parametrize(("names", "share"), [(list(BOTH), 0.375), (BOTH[::-1], np.float64(0.4)), (set(BOTH), np.array([0.35]))])
def test_right_changes(names, share):
    result = ll.check("12.fix", names, share)
    assert result.points == result.out_of, result


@pytest.mark.parametrize(("names", "share", "hint"), [
    (["test-fire"], 1.0, "repairs IM-1's switch"),
    (["slower plan"], 0.2, "hurts because the plan is fast"),
    (["wider legs"], 1.0, "not from coming down too fast"),
    (["second range finder"], 1.0, "takes both for equally good"),
    (["expect noise"], 1.0, "slow soon enough"),
    ([], 1.0, "slow soon enough"),
    (["slower plan", "expect noise", "test-fire"], 0.4, "There is a cheaper set"),
    (["slower plan", "expect noise"], 37.5, "percent"),
    (["slower plan", "expect noise"], 15, "count"),
    (["slower plan", "expect noise"], 0.625, "does not land"),
    (["slower plan", "expect noise"], 1.0, "Fly it with the tanks lean"),
    (["slower plan", "expect noise"], 0.8, "70 kg"),
    (["slower plan", "more luck"], 0.5, "No change is called 'more luck'"),
    (3, 0.5, "must be a list of names"),
    (["slower plan", "expect noise"], "few", "must be a number"),
    (..., 0.2, "Not answered yet"),
])  # fmt: skip
def test_wrong_changes_get_the_hint_that_fits(names, share, hint):
    result = ll.check("12.fix", names, share)
    assert result.points < result.out_of
    assert hint in result.message, result


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
