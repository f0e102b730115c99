"""Stays on the Moon as cases: what was published, what is assumed, and what one change does."""

from __future__ import annotations

import dataclasses

import pytest

import lunarlab as ll
from lunarlab.cases.kinds import kind
from lunarlab.cases.surface import OBSERVABLES
from lunarlab.errors import CaseError, LunarlabError

NAMES = ll.case_names("surface")


def test_the_cases_are_there():
    assert {"apex-1.0", "apex-1.0-no-relay", "tenacious", "tenacious-in-shade", "slim-on-its-nose"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_source(name):
    case = ll.case(name)
    silent = {"relay": case.scenario.relay.count == 0}
    for section, part in kind("surface").parts.items():
        for field in dataclasses.fields(part):
            if {"unit", "allowed"} & set(field.metadata) and not (silent.get(section) and field.name != "count"):
                assert f"{section}.{field.name}" in case.numbers
    assert all(f"faults.{i}" in case.numbers for i in range(len(case.scenario.faults)))


def test_apex_shows_what_is_assumed():
    case = ll.case("apex-1.0")
    reported = {path for path, number in case.numbers.items() if number.confidence == "reported"}
    assert reported == {"link.via", "relay.count"}
    assert all(row.confidence == "assumed" for row in case.expect)


def test_one_relay_is_enough_two_lost_are_not():
    case = ll.case("apex-1.0-no-relay", {"faults.0.value": 1})
    assert case.fly(seed=1).verdict == "SURVIVES"
    assert ll.case("apex-1.0-no-relay").fly(seed=1).verdict == "OUT_OF_TOUCH"
    assert ll.case("apex-1.0", {"link.via": "earth"}).fly(seed=None).verdict == "OUT_OF_TOUCH"


@pytest.mark.parametrize(
    ("name", "changes", "verdict"),
    [
        ("apex-1.0", {"panels.area_m2": 1.0}, "OUT_OF_POWER"), ("apex-1.0", {"thermal.radiator_m2": 0.6}, "OVERHEATED"),
        ("apex-1.0", {"thermal.radiator_m2": 6.0, "loads.heater_W": 0.0}, "FROZE"), ("apex-1.0", {"relay.argp_deg": 270.0}, "OUT_OF_TOUCH"),
        ("apex-1.0", {"link.gain_dBi": 3.0}, "OUT_OF_TOUCH"), ("apex-1.0", {"goal.days": 17.0}, "FROZE"),
        ("tenacious", {"panels.mount": "turning", "panels.tilt_deg": 60.0}, "SURVIVES"), ("tenacious", {"link.distance_m": 5000.0}, "OUT_OF_TOUCH"),
        ("tenacious", {"site.touchdown": "2025-06-15T00:00"}, "OUT_OF_POWER"), ("slim-on-its-nose", {"faults.0.value": 10.0}, "SURVIVES"),
    ],
)  # fmt: skip
def test_one_decision(name, changes, verdict):
    assert ll.case(name, changes).fly(seed=None).verdict == verdict


def test_slim_woke_when_the_sun_came_round():
    case = ll.case("slim-on-its-nose")
    flight = case.fly(seed=None)
    # Predicted without a fit: sunset at the site. JAXA had finished on 31 January and announced the night on 1 February.
    assert 11.5 < flight.until("sunset") / 86400.0 < 12.0
    assert flight.si["mode"][(flight.t_s > 86400.0) & (flight.t_s < 8 * 86400.0)].max() == 0.0
    upright = ll.fly(case.no_fault, seed=None)
    assert upright.verdict == "SURVIVES" and upright.event("awake") is None


def test_observables_and_report():
    flight = ll.case("tenacious").fly(seed=None)
    told = kind("surface").report(flight)
    assert set(told["stay"]) == set(OBSERVABLES) and told["stay"]["awake_d"] is None
    assert told["energy_Wh"]["sun"] == pytest.approx(sum(v for k, v in told["energy_Wh"].items() if k != "sun"))
    assert "SURVIVES" in repr(flight) and len(flight.reasons) >= 2
    # Energy by hand: a flat panel of 0.12 m2 at 27 %, 1361 W/m2 at 1.016 au, the Sun 31.1 deg high at noon.
    assert told["stay"]["most_W"] == pytest.approx(0.12 * 0.27 * 1361.0 / 1.0148**2 * 0.5165, rel=0.01)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"panels.area": 1}, ["panels.area", "area_m2"]), ({"link.via": "pigeon"}, ["Link.via", "earth, relay, lander"]), ({"relay.count": 0}, ["Relay.count is 0"]),
        ({"goal.days": 40}, ["Goal.days is 40"]), ({"site.touchdown": "soon"}, ["Spot.touchdown", "soon"]), ({"battery.cutoff": 2}, ["Battery.cutoff", "between 0 and 1"]),
    ],
)  # fmt: skip
def test_bad_changes_are_named(changes, words):
    with pytest.raises(CaseError) as caught:
        ll.case("apex-1.0", changes)
    for word in ["apex-1.0.toml", *words]:
        assert word in str(caught.value)
    with pytest.raises(LunarlabError, match=r"allowed are seed$"):
        ll.case("apex-1.0").fly(guidance=print)
