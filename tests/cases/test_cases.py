"""Every case flies its expected signature over several seeds, and lands without its fault."""

from __future__ import annotations

import dataclasses
import os

import pytest

import lunarlab as ll
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import CaseError

SEEDS = range(10)
FLOWN = [(name, {}) for name in ll.case_names()] + [("hakuto-r-m1", {"terrain.heading_deg": 135})]
HEAD = """title = "T"
mission = "M"
date = "2025-01-01"
outcome = "o"
kind = "nominal"
summary = "s"
planned_touchdown_s = 3780
"""


@pytest.mark.parametrize(("name", "changes"), FLOWN)
def test_signature_and_cure(name: str, changes: dict) -> None:
    case = ll.case(name, changes)
    assert case.expect
    for seed in SEEDS:
        flight = case.fly(seed=seed)
        missed = {key: row for key, row in case.check(flight).items() if not row["ok"]}
        assert not missed, f"seed {seed}"
        assert flight.landed is (case.kind == "nominal")
        assert ll.fly(case.no_fault, seed=seed).landed, f"seed {seed}: without the fault it must land"


@pytest.mark.parametrize("name", ll.case_names())
def test_every_number_of_a_case_has_a_source(name: str) -> None:
    case = ll.case(name)
    unused = {"profile": ("raster", "target_", "plateau", "rim", "floor", "crater", "wall", "distance_m", "height_m")}
    unused["flat"] = unused["crater"] = ("raster", "profile", "target_", "datum", "heading", "distance_m", "height_m")
    unused["flat"] += ("plateau", "rim", "floor", "crater", "wall")
    for part in dataclasses.fields(Scenario):
        if part.name in ("name", "faults"):
            continue
        for field in dataclasses.fields(getattr(case.scenario, part.name)):
            if part.name == "terrain" and field.name.startswith(unused[case.scenario.terrain.kind]):
                continue
            assert f"{part.name}.{field.name}" in case.numbers
    for i in range(len(case.scenario.faults)):
        assert f"faults.{i}" in case.numbers


def test_a_model_choice_is_never_called_reported() -> None:
    for name in ll.case_names():
        for where, number in ll.case(name).numbers.items():
            if number.source == "model":
                assert number.confidence == "assumed", where


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
        ("extends = 'nothing'\n", ["nothing.toml"]),
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
    for name in ll.case_names():
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


def test_unknown_case() -> None:
    with pytest.raises(CaseError, match="did you mean hakuto-r-m1"):
        ll.case("hakuto-r-m")
    with pytest.raises(CaseError, match="must be one of"):
        ll.case(3)
