"""What the exercises of lesson 11 stand on; answers to them are in ``tests/answers``."""

from __future__ import annotations

import pytest

import lunarlab as ll
from lunarlab.descent import guidance as g
from lunarlab.grading import lesson11 as lesson
from lunarlab.grading import lesson11_flights as flights


def test_the_published_points_give_the_published_consequences():
    """1.85 m/s2, 5.2 s, 32 m/s, and 2.44 m/s2 to stop: worked out by hand from 893 m, 66 m/s, 192 m, 42 m/s."""
    row = 893.0, 66.0, 192.0, 42.0
    assert lesson.decel_of(*row) == pytest.approx(1.849, abs=1e-3)
    assert lesson.impact_of(*row) == pytest.approx(32.47, abs=0.01)
    assert lesson.time_of(*row) == pytest.approx(5.16, abs=0.01)
    assert lesson.needed_of(*row) == pytest.approx(2.439, abs=1e-3)


def test_a_law_that_changes_nothing_gets_nothing():
    """The lander's own lands when all is well, which is worth points only to those that land Resilience."""
    assert ll.check("11.monitor", g.builtin_law).points == 0


def test_every_flight_of_the_gates_is_clear():
    """Each gate says yes to one flight and no to another, so that no constant answer passes."""
    for key in lesson.GATES:
        said = {lesson._fair(key, lesson.measured(flight)[key]) for flight in lesson.gate_flights().values()}
        assert {True, False} <= said, key


def test_no_decision_helps_both():
    rows = flights.landings()
    for decision in flights.DECISIONS:
        assert not (rows[decision, "Mission 1"] and rows[decision, "Resilience"]), decision
    assert not any(rows["twin", mission] for mission in ("Mission 1", "Resilience"))
    assert flights.pairs_that_land() == {
        frozenset(pair) for pair in (("map", "gentle plan"), ("map", "other sensor"), ("wide gate", "gentle plan"),
                                     ("wide gate", "other sensor"))
    }  # fmt: skip
