"""What the faulted landings claim beyond their bands: spreads over many flights, and which part of a fault does what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lunarlab as ll


def contact_speeds(scene: ll.Scenario, n: int = 40) -> np.ndarray:
    return np.array([ll.fly(scene, seed=100 + k, record=False).touchdown.vertical_mps for k in range(n)])


def test_noise_makes_athenas_contact_a_lottery() -> None:
    case = ll.case("athena-im-2")
    noisy, clean = contact_speeds(case.scenario), contact_speeds(case.no_fault)
    assert noisy.std() / clean.std() > 3.0  # the fact sheet's band is 3 to 100
    assert noisy.std() / clean.std() < 100.0
    alone = replace(case.scenario, faults=case.scenario.faults[:1])  # craters and speeds are seen right
    miss = [ll.fly(alone, seed=k, record=False).touchdown for k in range(5)]
    assert max(abs(end.miss_m) for end in miss) < 60.0
    assert contact_speeds(alone, 20).std() > 3.0 * clean.std()


def test_slims_drift_grows_with_the_height_of_the_loss() -> None:
    case = ll.case("slim")
    drift = []
    for at in (10.0, 25.0, 50.0):
        end = ll.fly(replace(case.scenario, faults=(replace(case.scenario.faults[0], at=at),)), seed=0).touchdown
        drift.append(np.hypot(end.cross_m, end.miss_m))
    assert drift[0] < drift[1] < drift[2]
    west = replace(case.scenario.faults[0], value=-90.0)
    assert ll.fly(replace(case.scenario, faults=(west,)), seed=0).touchdown.cross_m == pytest.approx(-drift[2], rel=0.15)


def test_slim_with_four_engines_would_have_stood() -> None:
    """With a third engine missing nothing can be balanced; with four the others take over, at half the thrust."""
    scene = ll.case("slim").scenario
    four = replace(scene, vehicle=replace(scene.vehicle, assist_engines=4))
    flight = ll.fly(four, seed=0)
    assert flight.landed, flight.reasons


@pytest.mark.parametrize("kept", ["altimeter", "velocimeter"])
def test_odysseus_needs_range_and_velocity(kept: str) -> None:
    """With ranges alone it comes down softly but slides; with velocities alone it is upright but falls in from a height."""
    case = ll.case("odysseus-im-1")
    rows = tuple(fault for fault in case.scenario.faults if fault.target != kept)
    end = ll.fly(replace(case.scenario, faults=rows), seed=0).touchdown
    if kept == "altimeter":
        assert end.vertical_mps < 1.3
        assert end.horizontal_mps > 0.5
    else:
        assert end.horizontal_mps < 0.2
