"""Lesson 05: what the shared test of answers can't say."""

from __future__ import annotations

import pytest

import lunarlab as ll
from lunarlab.grading import lesson05, lesson05_monitor

PLAN = lesson05_monitor.PLANNED_DV


def test_published_numbers():
    """84 s of 127 s: perilune 18 km becomes -22.2 km (FAIL-01); the edge is 103.1 s."""
    assert pytest.approx(18.7487, abs=1e-4) == PLAN
    assert lesson05.perilune(100e3, PLAN * 127.0 / 84.0) == pytest.approx(-22.226e3, abs=50.0)
    assert lesson05.grazing(100e3, 18e3, 84.0) == pytest.approx(103.09, abs=0.01)
    assert lesson05_monitor.latest_s(84.0) == pytest.approx(94.0, abs=0.5)


@pytest.mark.parametrize(("rule", "points"), [
    (lambda t, dv, a: dv >= PLAN, 2),
    (lambda t, dv, a: t >= 84.0, 0),
    (lambda t, dv, a: dv >= PLAN or t >= 97.0, 2),
    (lambda t, dv, a: dv >= PLAN or t >= 92.0, 4),
    (lambda t, dv, a: t >= 79.0 and (dv >= PLAN or (t > 92.0 and a == 0.0)), 3),
], ids=["no clock", "clock", "late", "no floor", "only zero"])  # fmt: skip
def test_half_of_a_rule_is_part_of_the_points(rule, points):
    assert ll.check("05.monitor", rule).points == points


def test_what_a_rule_raises_in_flight_is_told_as_its_own():
    """Else nobody could tell it from a mistake of the judge."""

    def late(t, dv, accel):
        return dv >= PLAN or 1 / (not 100.0 < t < 126.0) < 0

    result = ll.check("05.monitor", late)
    assert result.note.startswith("my_cutoff raised ZeroDivisionError")


def test_untouched():
    for id, blank in (("05.perilune", lambda h, dv: ...), ("05.dv_of_burn", lambda *x: None), ("05.grazing", ...),
                      ("05.trim", None), ("05.monitor", lambda t, dv, a: None)):  # fmt: skip
        assert "Not answered yet" in ll.check(id, blank).message
