"""The trade-off: what each policy makes of a cliff and of a broken sensor. 200 dispersed flights a cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lunarlab as ll

FAULTS = {
    "cliff": (),
    "spurious": (ll.Fault("altimeter", "spurious", 18e3, 0.3, "time", 560.0),),
    "burst": (ll.Fault("altimeter", "spurious", 18e3, 1.0, "time", 870.0, 10.0),),
    "short": (ll.Fault("altimeter", "short", 200.0, 0.5, "time", 560.0),),
    "step": (ll.Fault("altimeter", "bias", 3000.0, 1.0, "altitude", 1500.0),),
}
N = 200


def flown(policy: str, fault: str, *, onboard_map: int = 0, changes: dict | None = None, case: str = "hakuto-r-m1-crater"):
    """A campaign with 20 m of roughness; every fault but the cliff itself is met over flat ground."""
    scene = ll.case(case, {"navigation.policy": policy, "navigation.map": onboard_map, **(changes or {})}).scenario
    scene = replace(scene, faults=FAULTS[fault], dispersions=replace(scene.dispersions, roughness_m=20.0))
    if fault != "cliff":
        scene = replace(scene, terrain=ll.Terrain())
    return ll.campaign(scene, n=N, seed=11)


def test_flat_ground_the_mission_1_rule_lands() -> None:
    assert flown("latch", "cliff", changes={"terrain.kind": "flat"}).fraction("LANDED") >= 0.99


def test_mission_1_never_lands_and_hovers_at_5_km() -> None:
    result = flown("latch", "cliff")
    assert result.fraction("LANDED") <= 0.02
    altitude = result["true_altitude_at_est_zero_m"]
    assert np.mean((altitude > 4000.0) & (altitude < 6000.0)) >= 0.99
    hold = result["hold_s"]
    assert np.percentile(hold, 5) > 45.0 and np.percentile(hold, 95) < 90.0


@pytest.mark.parametrize(("policy", "onboard_map"), [("gate_readmit", 0), ("nis", 1)])
def test_readmission_or_a_map_lands_over_the_cliff(policy: str, onboard_map: int) -> None:
    assert flown(policy, "cliff", onboard_map=onboard_map).fraction("LANDED") >= 0.97


@pytest.mark.parametrize("fault", ["spurious", "short"])
def test_readmission_is_not_taken_in_by_ranges_that_jump_about(fault: str) -> None:
    assert flown("gate_readmit", fault).fraction("LANDED") >= 0.95


def test_a_true_sensor_step_turns_the_ranking_round() -> None:
    assert flown("latch", "step").fraction("LANDED") >= 0.45
    assert flown("gate_readmit", "step").fraction("LANDED") <= 0.05


@pytest.mark.parametrize("fault", ["spurious", "burst", "short", "step"])
def test_without_a_gate_every_sensor_fault_is_fatal(fault: str) -> None:
    assert flown("none", fault).fraction("LANDED") <= 0.02


@pytest.mark.parametrize("heading", [180.0, 135.0])
def test_the_same_over_measured_terrain(heading: float) -> None:
    def fraction(policy: str, onboard_map: int = 0) -> float:
        return flown(
            policy, "cliff", onboard_map=onboard_map, changes={"terrain.heading_deg": heading}, case="hakuto-r-m1"
        ).fraction("LANDED")  # fmt: skip

    assert fraction("latch") == 0.0
    assert fraction("gate") == 0.0
    assert fraction("gate_readmit") >= 0.97
    assert fraction("nis", 1) >= 0.95
