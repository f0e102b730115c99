"""The flight computer against a queue that is simulated here in plain Python, and what it does to a flight."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.descent.computer import Computer
from lunarlab.descent.flight import Flight
from lunarlab.descent.guidance import builtin_law
from lunarlab.descent.scenario import Clock
from lunarlab.errors import LunarlabError

F = ll.Fault
FLAT = ll.Scenario(name="flat")


@lru_cache(maxsize=32)
def flown(computer: Computer, *faults: ll.Fault) -> Flight:
    return ll.fly(replace(FLAT, computer=computer, faults=faults), seed=None)


def alarms(cycle: Fraction, job: Fraction, taken: Fraction, slots: int, cycles: int) -> list[Fraction]:
    """When the slots overflow [s], exact, for a steady overload from cycle 0 on that no restart takes away.

    Each cycle the newest job gets the time that theft and display leave. What it lacks it never gets: the next job goes first.
    """
    left: list[Fraction] = []
    found = []
    for n in range(cycles):
        time = cycle * (1 - taken) if n else Fraction(0)
        while left and time > 0:
            part = min(time, left[-1])
            left[-1] -= part
            time -= part
            if left[-1] == 0:
                left.pop()
        if len(left) >= slots:
            found.append(n * cycle)
            left = []
        else:
            left.append(job * cycle)
    return found


@pytest.mark.parametrize(("share", "theft", "slots"), [(0.9, 0.15, 8), (0.85, 0.2, 5), (0.6, 0.45, 12), (0.845, 0.19, 8)])
def test_alarms_come_when_a_queue_in_exact_fractions_overflows(share: float, theft: float, slots: int) -> None:
    flight = flown(Computer(cycle_s=2.0, guidance_share=0.5, display_share=share - 0.5, slots=slots), F("computer", "theft", theft))
    start = flight.event("ignition").t_s
    said = [e.t_s - start for e in flight.events if e.kind == "program_alarm"]
    expected = alarms(Fraction(2), Fraction(str(share)), Fraction(str(theft)), slots, 700)
    assert said == pytest.approx([float(t) for t in expected if t <= said[-1] + 1e-6], abs=1e-6)
    assert len(said) > 5
    # closed form: one job a cycle is left over whatever the overload is, so every slots + 1 cycles
    assert said[0] == pytest.approx(2.0 * slots)
    assert np.diff(said) == pytest.approx(2.0 * (slots + 1))


@pytest.mark.parametrize("theft", [0.0, 0.15])
def test_a_load_of_85_percent_or_a_whole_one_raises_no_alarm(theft: float) -> None:
    flight = flown(Computer(cycle_s=2.0, guidance_share=0.6, display_share=0.25), F("computer", "theft", theft))
    assert flight.event("program_alarm") is None
    assert flight.landed, flight.reasons
    assert flight.si["computer_jobs"].max() <= 1.0
    late = flight.si["computer_load"][flight.si["phase"] > 0]
    assert late == pytest.approx(np.full(late.size, 0.85 + theft))


def test_monitor_brings_the_alarm_within_8_to_20_s_and_the_restart_takes_it_away() -> None:
    """Flown by Apollo 11: 12 s from the display to the alarm. Seven cycles leave a job each; the eighth finds the display's slot taken."""
    computer = Computer(cycle_s=2.0, guidance_share=0.6, display_share=0.245)
    calls = (F("computer", "theft", 0.15), F("computer", "monitor", 0.04, trigger="time", at=300.0))
    flight = flown(computer, *calls)
    start = flight.event("ignition").t_s
    said = [e.t_s - start for e in flight.events if e.kind == "program_alarm"]
    assert said == pytest.approx([314.0])
    assert flight.event("restart").t_s == flight.event("program_alarm").t_s
    assert flight.landed, flight.reasons
    t, load, jobs = flight.si["t"] - start, flight.si["computer_load"], flight.si["computer_jobs"]
    assert load[(t > 302.05) & (t < 313.9)] == pytest.approx(1.035)
    assert load[t > 316.05] == pytest.approx(0.995)
    assert [jobs[np.argmin(abs(t - at))] for at in (305.0, 309.0, 313.0, 315.0, 317.0)] == [3.0, 5.0, 7.0, 0.0, 1.0]


def test_the_command_is_as_old_as_the_job_is_long() -> None:
    """It stands for a cycle, and what stands was asked for one job before: 0.5 * 2 s of work at 80 % of the time."""
    flight = flown(Computer(cycle_s=2.0, guidance_share=0.5, display_share=0.2), F("computer", "theft", 0.2))
    t, up = flight.si["t"] - flight.event("ignition").t_s, flight.si["cmd_accel_up"]
    powered = t >= 0.0
    steps = t[powered][1:][np.diff(up[powered]) != 0.0]
    after = 0.5 * 2.0 / 0.8
    assert np.allclose((steps - after) / 2.0 % 1.0, 0.05, atol=0.06)  # 1.25 s, at the next tenth of a second
    assert np.diff(steps).min() == pytest.approx(2.0, abs=1e-6)


def test_guidance_that_never_gets_done_holds_its_first_command() -> None:
    flight = flown(Computer(cycle_s=2.0, guidance_share=0.9, display_share=0.0, slots=16), F("computer", "theft", 0.3, trigger="time", at=100.0))
    t = flight.si["t"] - flight.event("ignition").t_s
    held = flight.si["cmd_accel_up"][t > 103.0]
    assert np.ptp(held) == 0.0
    assert not flight.landed
    assert flight.event("restart").values[0] > 30.0


def test_without_a_cycle_theft_changes_no_bit() -> None:
    plain = ll.fly(FLAT, seed=3)
    stolen = ll.fly(replace(FLAT, faults=(F("computer", "theft", 0.5),)), seed=3)
    assert np.array_equal(plain.table, stolen.table, equal_nan=True)
    assert np.isnan(plain.si["computer_load"]).all()


RESET = F("computer", "reset", 6.0, trigger="time", at=200.0)


def test_a_reset_freezes_navigation_and_stops_the_engines() -> None:
    flight = flown(Computer(relight_s=4.0, relight_failures=2, relight_pause_s=5.0), RESET)
    start = flight.event("ignition").t_s
    told = [(e.kind, round(e.t_s - start, 6)) for e in flight.events if e.kind in ("computer_reset", "relight_failed", "engine_restart")]
    assert told == [("computer_reset", 200.0), ("relight_failed", 210.0), ("relight_failed", 215.0), ("engine_restart", 220.0)]
    t = flight.si["t"] - start
    dead = (t > 200.05) & (t < 205.95)
    for name in ("est_height", "est_forward_speed", "est_distance", "cmd_pitch"):
        assert np.ptp(flight.si[name][dead]) == 0.0
    off = (t > 201.6) & (t < 219.95)  # ten time constants after the command
    assert flight.si["true_thrust_assist"][off].max() < 0.1
    assert flight.si["true_thrust_main"][off].max() < 0.1
    assert flight.si["true_thrust_assist"][(t > 222.0) & (t < 230.0)].min() > 100.0
    # free fall meanwhile: gravity less centrifugal acceleration, both from the history
    r = 1737.4e3 + flight.si["true_height"][off]
    pull = 4.9028e12 / r**2 - flight.si["true_forward_speed"][off] ** 2 / r
    fell = flight.si["true_vertical_speed"][off]
    assert fell[0] - fell[-1] == pytest.approx(np.trapezoid(pull, t[off]), rel=1e-3)
    # what it missed stays missing: six seconds of the way, as no sensor tells it of
    gap, at = flight.si["est_distance"] - flight.si["true_distance"], np.argmin(abs(t - 203.0))
    over_ground = flight.si["true_forward_speed"][at] * 1737.4e3 / (1737.4e3 + flight.si["true_height"][at])
    assert gap[np.argmin(abs(t - 206.0))] == pytest.approx(6.0 * over_ground, rel=1e-3)


def test_two_resets_light_the_engines_twice() -> None:
    flight = flown(Computer(), RESET, replace(RESET, at=300.0))
    assert sum(e.kind == "computer_reset" for e in flight.events) == 2
    assert sum(e.kind == "engine_restart" for e in flight.events) == 2


@pytest.mark.nojit
def test_python_and_machine_code_agree() -> None:
    def slow(t, est, params):
        assert {type(t)}  # a set of types does not compile
        return builtin_law(t, est, params)

    scene = replace(FLAT, computer=Computer(cycle_s=1.0), faults=(F("computer", "monitor", 0.3, trigger="time", at=100.0), RESET))
    a, b = ll.fly(scene, seed=2), ll.fly(scene, seed=2, guidance=slow)
    assert np.array_equal(a.table, b.table, equal_nan=True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"cycle_s": -1.0}, "Computer.cycle_s is -1 s; it must lie between 0 and 10 s"),
        ({"slots": 7.5}, "Computer.slots is 7.5; it must be a whole number"),
        ({"slots": 17}, "between 2 and 16"),
        ({"guidance_share": 0.8, "display_share": 0.3}, "more than a cycle"),
        ({"relight_failures": math.nan}, "Computer.relight_failures is nan"),
    ],
)
def test_bad_computers_are_refused_by_name(arguments: dict, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        Computer(**arguments)


def test_a_cycle_is_a_whole_number_of_ticks() -> None:
    with pytest.raises(LunarlabError, match=r"Computer.cycle_s is 0.25 s; it must be a whole number of Clock.tick_s, 0.1 s"):
        replace(FLAT, computer=Computer(cycle_s=0.25))
    replace(FLAT, computer=Computer(cycle_s=0.25), clock=Clock(tick_s=0.05))
    with pytest.raises(LunarlabError, match=r"Scenario.computer is 3; it must be a Computer"):
        replace(FLAT, computer=3)
    with pytest.raises(LunarlabError, match=r"Fault.value \(computer theft\) is 1.5; it must lie between 0 and 1"):
        F("computer", "theft", 1.5)
