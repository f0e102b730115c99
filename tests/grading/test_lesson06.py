"""Lesson 06: what the shared test of answers can't say."""

from __future__ import annotations

import math

import pytest

import lunarlab as ll
from lunarlab.constants import G0
from lunarlab.grading import lesson06


def burns_all(dry, fuel, oxidiser, ratio, isp, steps):
    dv = isp * G0 * math.log((dry + fuel + oxidiser) / dry)
    return dv, dv - sum(cost * (1 + percent / 100) for cost, percent in steps)


def without_reserves(*x):
    dv = lesson06.ledger(*x)[0]
    return dv, dv - sum(cost for cost, _ in x[-1])


def test_a_wrong_first_number_costs_the_ledger_everything_but_is_told_once():
    result = ll.check("06.ledger", burns_all)
    assert result.points == 0
    assert "counts when the first number is right" in result.message


def test_half_of_an_answer_is_half_of_the_points():
    assert ll.check("06.valves", lambda o, s, c: (lesson06.series(o, s, c)[0], s)).points == 1
    assert ll.check("06.ledger", without_reserves).points == 2
    assert ll.check("06.deadline", lambda missions, t, usable, control: "landing").points == 0


def test_figures_in_the_text():
    case = ll.case("peregrine")
    flight = ll.fly(case)
    assert [round(float(flight.forecast_s(h * 3600.0)) / 3600.0) for h in (19, 84, 104)] == [47, 54, 53]
    assert flight.lost_s["landing"] / 3600.0 == pytest.approx(3.5, abs=0.1)
    assert flight.lost_s["low orbit"] / 3600.0 == pytest.approx(64.0, abs=1.0)
    full = lesson06.ledger(456.0, 311.0, 516.0, 1.65, 310.0, [(2830.0, 5.0)])
    assert full[1] == pytest.approx(154.0, abs=1.0)
    assert lesson06.ledger(456.0, 311.0, 516.0 - 29.0, 1.65, 310.0, [(2830.0, 5.0)])[1] == pytest.approx(0.0, abs=2.0)


def test_untouched():
    for id, blank in (("06.rocket", lambda *x: ...), ("06.ledger", lambda *x: None), ("06.leak", ...), ("06.deadline", lambda *x: ...),
                      ("06.valves", lambda *x: (..., ...))):  # fmt: skip
        assert "Not answered yet" in ll.check(id, blank).message
