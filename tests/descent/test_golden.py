"""The acceptance bands of the reproduction, in quiet flights: nominal, Mission 1, its repairs, ablations, Mission 2."""

from __future__ import annotations

import pytest

import lunarlab as ll


def crater(changes: dict | None = None) -> ll.Flight:
    return ll.case("hakuto-r-m1-crater", changes).fly(seed=None)


@pytest.mark.nojit
def test_nominal_flight() -> None:
    case = ll.case("nominal-mare")
    flight = case.fly(seed=None)
    assert flight.landed
    assert 0.55 < flight.touchdown.vertical_mps < 0.80
    assert 13.0 < flight.touchdown.propellant_left_kg < 17.0
    assert 3700.0 < flight.touchdown.t_s < 3830.0
    checked = case.check(flight)
    for name, low, high in (("speed_at_3km_mps", 100, 112), ("speed_at_1km_mps", 32, 37), ("speed_at_20m_mps", 4.2, 5.2)):
        assert low < checked[name]["value"] < high


@pytest.mark.nojit
def test_mission_1_over_the_sandbox_crater() -> None:
    flight = crater()
    assert flight.verdict == "PROPELLANT_OUT"
    assert 12e3 < flight.event("lockout").distance_m < 15e3
    assert flight.event("estimate_zero").altitude_m == pytest.approx(4940.0, abs=80.0)
    hold = flight.event("propellant_out").t_s - flight.event("estimate_zero").t_s
    assert 45.0 < hold < 90.0
    assert 100.0 < flight.touchdown.speed_mps < 150.0
    # the gap between truth and belief at the foot of the wall, 9 km before the target
    at = abs(flight.si["true_distance"] - 9e3).argmin()
    assert 2900.0 < flight.si["true_altitude"][at] - flight.si["est_height"][at] < 3400.0


@pytest.mark.parametrize(
    ("heading", "reject_km", "altitude_m", "impact"), [(180.0, 17.7, 4910.0, 138.0), (135.0, 19.8, 5020.0, 139.0)]
)
def test_mission_1_over_measured_atlas(heading: float, reject_km: float, altitude_m: float, impact: float) -> None:
    """Against an independent prototype of the same model: within 150 m of its 4.91 and 5.02 km."""
    flight = ll.case("hakuto-r-m1", {"terrain.heading_deg": heading}).fly(seed=None)
    assert flight.event("lockout").distance_m / 1e3 == pytest.approx(reject_km, abs=0.4)
    assert flight.event("estimate_zero").altitude_m == pytest.approx(altitude_m, abs=150.0)
    assert flight.touchdown.speed_mps == pytest.approx(impact, abs=4.0)


@pytest.mark.nojit
def test_the_software_rejects_a_healthy_sensor() -> None:
    flight = ll.case("hakuto-r-m1").fly(seed=None)
    valid = flight.si["meas_valid"] == 1.0
    assert abs(flight.si["meas_range"] - flight.si["true_altitude"])[valid].max() < 1e-9  # the range was right to the end
    rejected = flight.event("first_reject")
    assert abs(rejected.values[0]) > rejected.values[1] == 700.0


@pytest.mark.parametrize(
    ("changes", "spare_kg"),
    [({"navigation.policy": "gate_readmit"}, 3.0), ({"navigation.policy": "nis", "navigation.map": 1}, 12.0)],
)
@pytest.mark.parametrize("heading", [180.0, 135.0])
def test_repairs_land(changes: dict, spare_kg: float, heading: float) -> None:
    for flight in (
        crater(changes), ll.case("hakuto-r-m1", {**changes, "terrain.heading_deg": heading}).fly(seed=None)
    ):  # fmt: skip
        assert flight.landed
        assert flight.touchdown.propellant_left_kg > spare_kg


@pytest.mark.parametrize("heading", [180.0, 135.0])
def test_a_flat_site_or_a_wide_gate_lands_with_the_mission_1_rule(heading: float) -> None:
    for changes in ({"terrain.kind": "flat"}, {"navigation.gate_m": 5000.0}):
        assert ll.case("hakuto-r-m1", {"terrain.heading_deg": heading, **changes}).fly(seed=3).landed


@pytest.mark.parametrize("policy", ["gate", "student_t"])
def test_removing_the_latch_alone_cures_nothing(policy: str) -> None:
    for heading in (180.0, 135.0):
        flight = ll.case("hakuto-r-m1", {"navigation.policy": policy, "terrain.heading_deg": heading}).fly(seed=None)
        assert flight.verdict in ("CRASHED", "PROPELLANT_OUT")
    assert crater({"navigation.policy": policy}).touchdown.speed_mps > 6.0


def test_ablation_without_the_rising_flank_leaves_the_terrain_step() -> None:
    flight = crater({"terrain.rim_height_m": 0.0, "terrain.floor_height_m": -3000.0})
    assert 2600.0 < flight.event("estimate_zero").altitude_m < 3100.0


@pytest.mark.parametrize(("cliff", "lands"), [(400.0, True), (800.0, False)])
def test_the_gate_boundary_lies_between_a_cliff_of_400_and_800_m(cliff: float, lands: bool) -> None:
    flight = crater({"terrain.rim_height_m": 0.0, "terrain.floor_height_m": -cliff})
    assert flight.landed is lands


@pytest.mark.parametrize(("first_valid", "lands"), [(893.0, False), (1000.0, False), (1500.0, True), (3000.0, True)])
def test_resilience_lands_if_ranges_come_early_enough(first_valid: float, lands: bool) -> None:
    flight = ll.case("resilience-m2", {"faults.0.value": first_valid}).fly(seed=None)
    assert flight.landed is lands


def test_resilience_is_upright_when_its_first_range_comes() -> None:
    """Published: nearly vertical. Nothing was fitted to it but the height at which braking ends."""
    flight = ll.case("resilience-m2").fly(seed=None)
    at = abs(flight.si["t"] - flight.event("first_range").t_s).argmin()
    assert abs(flight.si["true_pitch"][at] * 180 / 3.141592653589793 - 90.0) < 5.0
