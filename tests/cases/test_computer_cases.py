"""What the cases of the flight computer, the reset and the slow turn claim beyond their bands: causes, cures, predictions."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.cases.observe import OBSERVABLES, speed_at
from lunarlab.constants import MU_MOON, R_MOON


def observed(flight: ll.Flight, name: str) -> float:
    return OBSERVABLES[name][1](flight)


@lru_cache(maxsize=8)
def quiet(name: str) -> ll.Flight:
    return ll.case(name).fly(seed=None)


def test_eagles_alarms_need_both_theft_and_display() -> None:
    case = ll.case("apollo-11-alarms")
    theft, *displays = case.scenario.faults
    for faults in ((theft,), tuple(displays)):
        flight = ll.fly(replace(case.scenario, faults=faults), seed=None)
        assert observed(flight, "alarms") == 0.0
        assert flight.landed
    assert observed(quiet("apollo-11-alarms"), "alarms") == 2.0


def test_eagles_computer_costs_the_landing_little() -> None:
    """A command that is two seconds old moves the high gate by seconds, not the landing."""
    late, plain = quiet("apollo-11-alarms"), quiet("apollo-11")
    assert observed(late, "braking_s") == pytest.approx(observed(plain, "braking_s"), abs=10.0)
    assert observed(late, "propellant_used_kg") == pytest.approx(observed(plain, "propellant_used_kg"), rel=0.01)
    assert observed(late, "miss_m") < observed(plain, "miss_m") + 100.0


@pytest.mark.parametrize(("share", "alarmed"), [(0.70, False), (0.80, False), (0.83, True)])
def test_the_alarm_needs_more_than_the_whole_of_the_time(share: float, alarmed: bool) -> None:
    """Theft 0.15 and display 0.04 leave 0.81 of the time."""
    flight = ll.case("apollo-11-alarms", {"computer.display_share": share - 0.6}).fly(seed=None)
    assert (observed(flight, "alarms") > 0.0) is alarmed
    assert flight.landed


def test_beresheet_falls_as_a_body_in_orbit_does() -> None:
    """Two-body motion from the reset on, by the vis-viva equation and angular momentum: nothing of the flight enters but its start."""
    flight = quiet("beresheet")
    off = next(e.t_s for e in flight.events if e.kind == "computer_reset") + 2.0  # thrust has died away
    t, si = flight.si["t"], flight.si
    i = int(np.argmin(abs(t - off)))
    # a polar track: the ground turns across it, and nothing of that lies along it
    r, u, w = R_MOON + si["true_height"][i], si["true_forward_speed"][i], si["true_vertical_speed"][i]
    energy, momentum = 0.5 * (u * u + w * w) - MU_MOON / r, r * u
    at, down = speed_at(flight, 5500.0)
    end = R_MOON + 5500.0
    expected = np.sqrt(2.0 * (energy + MU_MOON / end) - (momentum / end) ** 2)
    assert down == pytest.approx(expected, abs=0.3)
    assert speed_at(flight, 10e3)[1] == pytest.approx(50.0, abs=3.0)  # published, and not fitted
    assert at > off


def test_beresheets_lost_unit_alone_is_harmless_and_the_reset_is_not() -> None:
    case = ll.case("beresheet")
    unit, reset = case.scenario.faults
    for seed in (None, 0, 1):
        assert ll.fly(replace(case.scenario, faults=(unit,)), seed=seed).landed
        assert not ll.fly(replace(case.scenario, faults=(reset,)), seed=seed).landed


def test_a_restart_above_5_km_comes_too_late_and_a_short_reset_lands() -> None:
    case = ll.case("beresheet")
    early = replace(case.scenario.computer, relight_failures=0)
    flight = ll.fly(replace(case.scenario, computer=early), seed=0)
    assert flight.event("engine_restart").altitude_m > 10e3
    assert not flight.landed
    unit, reset = case.scenario.faults
    short = replace(case.scenario, computer=early, faults=(unit, replace(reset, value=2.0)))
    assert ll.fly(short, seed=0).landed


FIXES = {
    "thrust": lambda s: replace(s, faults=()),
    "slew": lambda s: replace(s, vehicle=replace(s.vehicle, pitch_rate_max_deg_s=30.0)),
    "zone": lambda s: replace(s, zone=replace(s.zone, along_m=4000.0, cross_m=2500.0)),
}


@pytest.mark.parametrize("pair", list(combinations(FIXES, 2)))
def test_any_two_of_vikrams_three_fixes_land(pair: tuple[str, str]) -> None:
    scene = ll.case("chandrayaan-2").scenario
    for name in pair:
        scene = FIXES[name](scene)
    assert all(ll.fly(scene, seed=seed, record=False).landed for seed in (None, *range(6)))


def test_each_fix_alone_is_better_than_none_and_faster_turns_alone_are_not_enough() -> None:
    scene = ll.case("chandrayaan-2").scenario

    def speeds(scene: ll.Scenario) -> np.ndarray:
        return np.array([ll.fly(scene, seed=seed, record=False).touchdown.speed_mps for seed in range(6)])

    as_flown, slew = speeds(scene), speeds(FIXES["slew"](scene))
    assert as_flown.min() > 40.0
    assert (slew < 20.0).all()
    assert (slew > 2.0).any()
    for name in ("thrust", "zone"):
        assert (speeds(FIXES[name](scene)) < 2.0).all()


def test_vikram_turns_at_the_limit_because_of_it() -> None:
    flight, case = quiet("chandrayaan-2"), ll.case("chandrayaan-2")
    rate = abs(np.diff(np.degrees(flight.si["true_pitch"]))) / np.diff(flight.si["t"]).clip(1e-9)
    assert rate[-600:].max() == pytest.approx(10.0, rel=1e-3)
    without = ll.fly(case.no_fault, seed=None)
    assert observed(without, "slewing_s") < 0.5 * observed(flight, "slewing_s")
    assert np.isnan(observed(without, "departure_m"))


def test_thrust_that_keeps_the_vertical_would_not_have_fallen_so() -> None:
    """The other rule burns what it has to hold the height, and is then without propellant."""
    case = ll.case("chandrayaan-2", {"vehicle.vertical_first": 1})
    assert case.fly(seed=None).verdict == "PROPELLANT_OUT"
