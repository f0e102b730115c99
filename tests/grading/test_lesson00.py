"""Lesson 00: its article, its room, and its unit slip; its answers are in tests/answers."""

from __future__ import annotations

import math

import pytest
from astropy import units as u
from astropy.units import imperial

import lunarlab as ll
from lunarlab.console.rooms.sources import PANEL, minutes
from lunarlab.errors import CaseError, LunarlabError

SIZES = {"mi": 1609.344, "ft": 0.3048, "lb": 0.45359237}


def test_a_quantity_of_astropy_is_a_right_answer():
    sizes = {"mi": imperial.mi, "ft": imperial.ft, "lb": imperial.lb, "mph": imperial.mi / u.h, "km/h": u.km / u.h}
    result = ll.check("00.units", lambda value, unit: value * sizes[unit])
    assert result.points == result.out_of, result


# -- the article and the room --------------------------------------------------------------------------------------------
def test_the_article_is_what_was_printed():
    figures = ll.article("launch-day").figures
    moments = {minutes(*clock) for clock in figures["landing"].clocks}
    assert moments == {19 * 60 + 17}
    assert [minutes(*clock) for clock in figures["begin"].clocks] == [18 * 60 + 20, 18 * 60 + 40]
    for key in ("orbit", "height", "width", "mass", "engines_off"):
        (foreign, unit), (metric, own) = figures[key].printed
        assert foreign * SIZES[unit] == pytest.approx(metric * {"km": 1e3}.get(own, 1.0), rel=0.01)


@pytest.mark.parametrize("name", ["no-such", None, "../launch-day"])
def test_an_article_that_does_not_exist(name):
    with pytest.raises(CaseError, match="launch-day"):
        ll.article(name)


def test_physics_says_which_clock_is_right():
    """Half a turn takes 56.9 min whatever the article says; the quickest orbit of all 54.2."""
    facts = PANEL.compute(**PANEL.start({})).facts
    assert facts["coast_s"] / 60.0 == pytest.approx(56.9, abs=0.1)
    assert facts["begin_s"] == pytest.approx(19 * 3600 + 17 * 60 - 600 - facts["coast_s"])
    ground = PANEL.compute(**PANEL.start({"apolune_km": 0, "perilune_km": 0})).facts
    assert ground["coast_s"] == pytest.approx(math.sqrt(3 * math.pi / (6.6743e-11 * 3344.0)) / 2, rel=2e-3)


def test_versions_fade_by_grade_and_a_mean_is_said_to_be_nobody_s():
    shown = PANEL.compute(**PANEL.start({"show": "versions", "dispute": "last_height", "mean": True}))
    assert shown.facts["low"] == -223.0
    assert "nobody printed" in shown.description
    none = PANEL.compute(**PANEL.start({"show": "versions", "dispute": "apex_year", "worst": "A"}))
    assert none.facts["count"] == 0.0
    assert "No source has grade A" in none.description
    for key in ll.article("launch-day").disagreements:
        assert PANEL.compute(**PANEL.start({"show": "versions", "dispute": key})).facts["count"] >= 2.0


def test_a_unit_slip_is_refused_by_name():
    vehicle = ll.case("nominal-mare").scenario.vehicle
    with pytest.raises(LunarlabError, match=r"mass_kg.*can't be converted to kg"):
        type(vehicle)(mass_kg=771.0 * u.N)
