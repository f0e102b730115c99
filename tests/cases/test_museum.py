"""Every case of the museum: it shows what was published, ends well without its fault, and needs every fault that it has."""

from __future__ import annotations

import dataclasses
import importlib

import pytest

import lunarlab as ll
from lunarlab.cases.kinds import kind
from lunarlab.errors import CaseError
from tests.cases.flights import flown, seeds

FLOWN = [(name, ()) for name in ll.case_names()] + [("hakuto-r-m1", (("terrain.heading_deg", 135),))]
FAULTS = [(name, what) for name in ll.case_names() for what in dict.fromkeys((row.target, row.kind) for row in ll.case(name).scenario.faults)]
CATALOGUE = {"descent": "descent.faults", "burn": "insertion.faults", "propellant": "insertion.tanks", "surface": "surface.faults"}


@pytest.mark.parametrize(("name", "changes"), FLOWN)
def test_the_signature_over_ten_seeds(name: str, changes: tuple) -> None:
    case = ll.case(name, dict(changes))
    assert case.expect
    for seed in seeds(name):
        outcome = flown(name, seed, changes=changes)
        assert not outcome.missed, f"seed {seed}"
        assert all(row["ok"] for row in outcome.report["expect"].values())
        assert outcome.good is (case.kind == "nominal"), f"seed {seed}: {outcome.verdict}"


@pytest.mark.parametrize(("name", "changes"), FLOWN)
def test_without_its_fault_it_does_not_fail(name: str, changes: tuple) -> None:
    for seed in seeds(name):
        outcome = flown(name, seed, cured=True, changes=changes)
        assert outcome.good, f"seed {seed}: {outcome.verdict}"


@pytest.mark.parametrize(("name", "what"), FAULTS)
def test_a_fault_kind_that_does_nothing_breaks_the_case_that_needs_it(name: str, what: tuple[str, str]) -> None:
    """All rows of one kind are left out, as if its line of code were gone: the signature is not met any more."""
    case = ll.case(name)
    rows = tuple(row for row in case.scenario.faults if (row.target, row.kind) != what)
    without = dataclasses.replace(case.scenario, faults=rows)
    missed = [key for seed in list(seeds(name))[:3] for key, row in case.check(ll.fly(without, seed=seed)).items() if not row["ok"]]
    assert missed, f"{name} shows the same without {' '.join(what)}"


@pytest.mark.parametrize(("name", "what"), FAULTS)
def test_a_fault_kind_that_is_gone_is_refused_by_name(name: str, what: tuple[str, str], request: pytest.FixtureRequest) -> None:
    catalogue = importlib.import_module(f"lunarlab.{CATALOGUE[ll.case(name).flight]}").KINDS
    whole = dict(catalogue)

    def put_back() -> None:  # a catalogue is told in its order
        catalogue.clear()
        catalogue.update(whole)

    request.addfinalizer(put_back)
    del catalogue[what]
    with pytest.raises(CaseError) as caught:
        ll.case(name)
    assert f"{name}.toml" in str(caught.value)
    assert repr(what[1]) in str(caught.value)


def test_every_failure_has_a_cause_that_can_be_taken_away() -> None:
    for name in ll.case_names():
        case = ll.case(name)
        if case.kind == "failure":
            assert case.no_fault != case.scenario, name
        assert kind(case.flight).name == case.flight
