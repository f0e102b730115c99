"""Mission files: what they must say, what is refused, and that a case flies like its scenario. `test_museum` flies them all."""

from __future__ import annotations

import dataclasses
import os

import pytest

import lunarlab as ll
from lunarlab.cases.kinds import kind, kind_names
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import CaseError, LunarlabError

HEAD = """title = "T"
mission = "M"
date = "2025-01-01"
outcome = "o"
kind = "nominal"
summary = "s"
planned_touchdown_s = 3780
"""


def test_every_kind_of_flight_has_a_case() -> None:
    names = [ll.case_names(flight) for flight in kind_names()]
    assert all(names)
    assert sorted(name for part in names for name in part) == ll.case_names()
    with pytest.raises(LunarlabError, match="flight is 'swim'; allowed are descent, burn, propellant"):
        ll.case_names("swim")


@pytest.mark.parametrize("name", [*ll.case_names("burn"), *ll.case_names("propellant")])
def test_every_number_of_other_flights_has_a_source_too(name: str) -> None:
    case = ll.case(name)
    for section, part in kind(case.flight).parts.items():
        for field in dataclasses.fields(part):
            if {"unit", "allowed"} & set(field.metadata):
                assert f"{section}.{field.name}" in case.numbers
    assert [f"faults.{i}" in case.numbers for i in range(len(case.scenario.faults))] == [True]


def switched_off(s: Scenario) -> tuple[str, ...]:
    """Parts, and beginnings of ``part.field``, that play no role in this scenario: they need no source, but no value either."""
    n, plane, six, gated = s.navigation, s.site.dimensions == 2, s.navigation.filter == "six", ("gate", "latch", "gate_readmit")
    c, midair = s.cutoff, s.orbit.start_height_m > 0
    rules = {
        "site": plane,
        "camera": s.camera.height_max_m == 0,
        "gear": s.gear.legs == 0,
        "hazards": s.hazards.scan_height_m == 0,
        "altimeter_2": s.altimeter_2.range_max_m == 0,
        "zone": s.zone.along_m == s.zone.cross_m == 0, "vehicle.vertical_first": s.vehicle.vertical_first == 1,
        "computer": not any(fault.target == "computer" for fault in s.faults) and s.computer.cycle_s == 0,
        "computer.relight": not any(fault.kind == "reset" for fault in s.faults),
        **dict.fromkeys(("computer.cycle", "computer.guidance", "computer.display", "computer.slots", "computer.restart"), s.computer.cycle_s == 0),
        "cutoff": c.rule == "ideal" and c.start_height_m == 0, "cutoff.height": c.rule != "height",
        **dict.fromkeys(("cutoff.arm", "cutoff.clear", "cutoff.readings"), c.rule != "contact"), "cutoff.hold": c.radar_lost_s == 0,
        "attitude": s.attitude.gyro_limit_deg_s == 0, "altimeter.slant": s.altimeter.slant == "off",
        "orbit.start": not midair, "orbit.altitude": midair, "orbit.deorbit": midair, "dispersions.deorbit": midair,
        "guidance.ignition_distance": s.guidance.ignition_distance_m == 0,
        "guidance.brake_end_d": s.guidance.law in ("e_guidance", "apollo_quadratic"),
        "guidance.brake_end_jerk": s.guidance.law not in ("p63", "fractional"),
        "guidance.brake_ahead": s.guidance.law not in ("p63", "fractional", "zem_zev"),
        "guidance.approach": s.guidance.approach == "pitch_up",
        "guidance.time_weight": "zem_zev" not in (s.guidance.law, s.guidance.approach),
        "guidance.fraction": "fractional" not in (s.guidance.law, s.guidance.approach),
        "guidance.hold": s.guidance.hold_s == 0, "guidance.trim": s.guidance.trim_s == 0,
        "guidance.position": s.guidance.position_gain == 0, "guidance.glide": s.guidance.glide_slope_deg == 0,
        "vehicle.throttle_gap": s.vehicle.throttle_gap_low == s.vehicle.throttle_gap_high,
        "vehicle.assist_engines": True, "vehicle.assist_ring": s.vehicle.assist_engines == 1,
        "vehicle.assist_arm": s.vehicle.assist_engines == 1, "vehicle.reallocate": s.vehicle.assist_engines == 1,
        "terrain.slope": s.terrain.slope_deg == 0, "terrain.small_crater": s.terrain.small_craters == 0,
        "knowledge.cross": plane, "knowledge.left": plane, "dispersions.cross": plane, "dispersions.left": plane,
        "dispersions.pointing": s.dispersions.pointing_deg == 0,
        "navigation.gate_m": n.policy not in gated, "navigation.arm": n.policy not in gated, "navigation.latch": n.policy != "latch",
        "navigation.nis": six or n.policy not in ("nis", "inflate"), "navigation.student": n.policy != "student_t",
        "navigation.readmit": n.policy != "gate_readmit", "navigation.inflate": n.policy != "inflate",
        "navigation.map_": n.map == 0, "navigation.terrain_relative": not six or n.map == 0,
        "navigation.velocity_gain": six, "navigation.velocity_noise": not six, "navigation.gate_probability": not six,
        "navigation.accel_noise_": not six, "navigation.fix": not six or s.camera.height_max_m == 0,
        "navigation.voter": not six or s.altimeter_2.range_max_m == 0, "navigation.range_2": not six or s.altimeter_2.range_max_m == 0,
        "navigation.sigma_along": not six, "navigation.sigma_cross": not six, "navigation.sigma_forward": not six,
        "navigation.sigma_left": not six, "navigation.acquire": n.acquire_n == 1, "navigation.stuck": n.stuck_s == 0,
    }  # fmt: skip
    return tuple(name for name, off in rules.items() if off)


@pytest.mark.parametrize("name", ll.case_names("descent"))
def test_every_number_of_a_case_has_a_source(name: str) -> None:
    case = ll.case(name)
    unused = {"profile": ("raster", "target_", "plateau", "rim", "floor", "crater", "wall", "distance_m", "height_m")}
    unused["flat"] = unused["crater"] = ("raster", "profile", "target_", "datum", "heading", "distance_m", "height_m")
    unused["flat"] += ("plateau", "rim", "floor", "crater", "wall")
    off = switched_off(case.scenario)
    for part in dataclasses.fields(Scenario):
        if part.name in ("name", "faults"):
            continue
        for field in dataclasses.fields(getattr(case.scenario, part.name)):
            if part.name == "terrain" and field.name.startswith(unused[case.scenario.terrain.kind]):
                continue
            name = f"{part.name}.{field.name}"
            if part.name in off or name.startswith(off):
                assert name in case.numbers or getattr(getattr(case.scenario, part.name), field.name) == getattr(getattr(Scenario(), part.name), field.name)
                continue
            assert name in case.numbers
    for i in range(len(case.scenario.faults)):
        assert f"faults.{i}" in case.numbers


def test_a_model_choice_is_never_called_reported() -> None:
    for name in ll.case_names():
        for where, number in ll.case(name).numbers.items():
            if number.source == "model":
                assert number.confidence == "assumed", where


def test_a_fitted_number_is_assumed() -> None:
    for name in ll.case_names():
        for where, number in ll.case(name).numbers.items():
            if "fitted" in number.note:
                assert number.confidence == "assumed", (name, where)


def test_surveyors_published_top_of_a_hop_is_where_ten_metres_at_a_tenth_of_the_weight_put_it() -> None:
    (top,) = (p for p in ll.case("surveyor-3").published if p.event == "bounce" and p.height_m == 10.0)
    assert top.t_s == pytest.approx((2.0 * 10.0 / (0.1 * 1.622)) ** 0.5, abs=0.1)


def test_changes_reach_every_number() -> None:
    case = ll.case("resilience-m2", {"navigation.gate_m": 3000, "faults.0.value": 5000, "terrain.kind": "flat"})
    assert case.scenario.navigation.gate_m == 3000.0
    assert case.scenario.faults[0].value == 5000.0
    assert case.no_fault.navigation.gate_m == 3000.0
    assert case.no_fault.faults == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"navigation.gate": 1}, ["navigation.gate", "did you mean gate_m"]),
        ({"navigtion.gate_m": 1}, ["navigtion", "did you mean navigation"]),
        ({"navigation.gate_m": float("nan")}, ["Navigation.gate_m", "nan", "between 0 and 1e+06 m"]),
        ({"navigation.policy": "hope"}, ["Navigation.policy", "hope", "gate_readmit"]),
        ({"vehicle.dry_mass_kg": -1}, ["Vehicle.dry_mass_kg", "-1", "between 1"]),
        ({"vehicle.dry_mass_kg": 900}, ["dry_mass_kg is 900 kg", "below Vehicle.mass_kg, 772 kg"]),
        ({"faults.3.value": 1}, ["faults.3", "0, counted from 0"]),
        ({"guidance.low_speed_mps": 50}, ["must not fall with height"]),
    ],
)
def test_bad_changes_name_key_value_and_what_is_allowed(changes: dict, words: list[str]) -> None:
    with pytest.raises(CaseError) as caught:
        ll.case("hakuto-r-m1", changes)
    for word in ["hakuto-r-m1.toml", *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("speed = 3\n", ["speed", "allowed are"]),
        ("[vehicle]\nmass_kg = 700\n", ["vehicle.mass_kg", "700", "without a source"]),
        ('[vehicle]\nmass = { value = 700, source = "model", confidence = "assumed" }\n', ["vehicle.mass", "did you mean mass_kg"]),
        ('[vehicle]\nmass_kg = { value = 700, source = "model" }\n', ["vehicle.mass_kg", "has no confidence"]),
        ('[vehicle]\nmass_kg = { value = 700, confidence = "assumed" }\n', ["vehicle.mass_kg", "has no source"]),
        ('[vehicle]\nmass_kg = { value = 700, source = "X9", confidence = "assumed" }\n', ["X9", "allowed are model"]),
        ('[vehicle]\nmass_kg = { value = 700, source = "model", confidence = "sure" }\n', ["sure", "reported, derived, assumed"]),
        ('[vehicle]\nmass_kg = { value = "heavy", source = "model", confidence = "assumed" }\n', ["Vehicle.mass_kg", "heavy"]),
        ('[expect.beauty]\nlow = 1\nhigh = 2\nsource = "model"\nconfidence = "assumed"\n', ["expect.beauty", "impact_mps"]),
        ('[expect.impact_mps]\nhigh = 2\nsource = "model"\nconfidence = "assumed"\n', ["expect.impact_mps", "has no low"]),
        ('[expect.impact_mps]\nlow = 3\nhigh = 2\nsource = "model"\nconfidence = "assumed"\n', ["low 3 above high 2"]),
        ('[[faults]]\ntarget = "altimeter"\nkind = "shy"\nsource = "model"\nconfidence = "assumed"\n', ["shy", "frozen"]),
        ('[[faults]]\ntarget = "altimeter"\nkind = "late"\nvalue = 3\nsource = "model"\nconfidence = "assumed"\n', ["faults.0.unit", "'m'"]),
        ("kind = broken", ["not valid TOML"]), ("terrain = 5\n", ["terrain is 5", "a [table]"]), ("faults = 3\n", ["faults is 3"]),
        ("sources = 'x'\n", ["sources is 'x'"]), ("no_fault = [1]\n", ["no_fault"]), ("expect = 5\n", ["expect is 5"]),
        ("extends = 'mine'\n", ["leads back to mine.toml"]),
        ('[[published]]\nbefore_touchdown_s = 1\nheight_m = "high"\nsource = "model"\nconfidence = "assumed"\n', ["published.0.height_m", "high"]),
        ('[expect.impact_mps]\nlow = 3\nhigh = inf\nsource = "model"\nconfidence = "assumed"\n', ["must be finite"]),
        ("extends = 'nothing'\n", ["nothing.toml"]), ("flight = 'swim'\n", ["flight is 'swim'", "descent, burn, propellant"]),
        ("flight = 'burn'\n", ["planned_touchdown_s is not a known key"]),
    ],
)  # fmt: skip
def test_bad_files_name_file_key_and_what_is_allowed(tmp_path, text: str, words: list[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((text + HEAD) if text.startswith("extends") else HEAD + text)
    with pytest.raises(CaseError) as caught:
        ll.case(str(path))
    for word in ["mine.toml", *words]:
        assert word in str(caught.value)


def test_a_law_that_fails_its_trial_call_is_checked_without_an_exception() -> None:
    for name in ll.case_names("descent"):
        case = ll.case(name)
        rows = case.check(ll.fly(case.scenario, guidance=lambda t, est, params: None))
        assert not all(row["ok"] for row in rows.values())
        assert case.check(ll.fly(case.scenario, seed=1, record=False)).keys() == rows.keys()


def test_a_case_can_be_changed_without_changing_the_next(tmp_path) -> None:
    ll.case("nominal-mare").sources.clear()
    assert ll.case("nominal-mare").sources
    base, child = tmp_path / "base.toml", tmp_path / "child.toml"
    child.write_text('extends = "base"\n')
    for mass in (700, 800):
        base.write_text(HEAD + f'[vehicle]\nmass_kg = {{ value = {mass}, source = "model", confidence = "assumed" }}\n')
        os.utime(base, ns=(mass, mass))
        assert ll.case(str(child)).scenario.vehicle.mass_kg == mass


def test_a_file_of_ones_own_flies(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + '[guidance]\ncontact_speed_mps = { value = 0.5, source = "model", confidence = "assumed" }\n')
    assert ll.case(str(path)).fly(seed=None).landed


def test_a_case_flies_like_its_scenario_whatever_flies() -> None:
    for flight in kind_names():
        case = ll.case(ll.case_names(flight)[0])
        by_case, by_scenario, by_method = ll.fly(case, seed=1), ll.fly(case.scenario, seed=1), case.fly(seed=1)
        assert by_case.reasons == by_scenario.reasons == by_method.reasons
        assert [e.t_s for e in by_case.events] == [e.t_s for e in by_method.events]
        assert case.name in repr(by_case)


def test_what_is_no_scenario_can_not_fly() -> None:
    for thing in (3, "luna-25", None, ll.case):
        with pytest.raises(LunarlabError, match="must be a Scenario"):
            ll.fly(thing)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("luna-25", {"burn.timr_s": 3}, ["did you mean timer_s"]), ("luna-25", {"guidance.law": "x"}, ["allowed are orbit, craft"]),
        ("luna-25", {"burn.timer_s": -1}, ["Burn.timer_s", "between 0"]), ("luna-25", {"craft.propellant_kg": 1400}, ["1400", "below Craft.mass_kg, 1300"]),
        ("luna-25", {"orbit.apolune_altitude_m": 9e4}, ["90000 m", "Orbit.perilune_altitude_m, 100000 m"]),
        ("luna-25", {"faults.0.kind": "asleep"}, ["asleep", "accelerometer dead"]), ("luna-25", {"faults.0.note": "x"}, ["faults.0.note", "at_s"]),
        ("peregrine", {"tear.expelled_kg": 600}, ["600 kg", "holds 520 kg"]), ("peregrine", {"tank.volume_m3": 0.3}, ["holds less than 411 kg"]),
        ("peregrine", {"plan.margin_percent": -5}, ["Plan.margin_percent", "-5"]), ("peregrine", {"tank.feed_Pa": 5e6}, ["below Tank.burst_Pa"]),
    ],
)  # fmt: skip
def test_bad_changes_of_other_flights(name: str, changes: dict, words: list[str]) -> None:
    with pytest.raises(CaseError) as caught:
        ll.case(name, changes)
    for word in [f"{name}.toml", *words]:
        assert word in str(caught.value)


BURN = """flight = "burn"
title = "T"
mission = "M"
date = "2025-01-01"
outcome = "o"
kind = "sandbox"
summary = "s"
"""


def test_a_burn_of_ones_own_flies_and_a_child_inherits_what_flies(tmp_path) -> None:
    (tmp_path / "base.toml").write_text(BURN + '[burn]\ntimer_s = { value = 84.0, source = "model", confidence = "assumed" }\n')
    child = tmp_path / "child.toml"
    child.write_text('extends = "base"\n[engine]\nthrust_N = { value = 289.2, source = "model", confidence = "assumed" }\n')
    flight = ll.case(str(child)).fly()
    assert (flight.verdict, flight.result.cutoff) == ("LOWERED", "timer")
    child.write_text('extends = "base"\n[[faults]]\ntarget = "timer"\nkind = "set"\nvalue = 3.0\nunit = "m"\nsource = "model"\nconfidence = "assumed"\n')
    with pytest.raises(CaseError, match="timer set is in 's'"):
        ll.case(str(child))
    child.write_text('extends = "base"\n[[published]]\nbefore_touchdown_s = 3\nsource = "model"\nconfidence = "assumed"\n')
    with pytest.raises(CaseError, match=r"published\.0\.before_touchdown_s"):
        ll.case(str(child))


def test_unknown_case() -> None:
    with pytest.raises(CaseError, match="did you mean hakuto-r-m1"):
        ll.case("hakuto-r-m")
    with pytest.raises(CaseError, match="must be one of"):
        ll.case(3)
