"""Lesson 03: blanks, digits, grids that tell choices apart, and numbers of its text; its answers are in tests/answers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.constants import DISTANCE_MOON, MU_EARTH, R_EARTH
from lunarlab.grading import lesson03 as lesson
from lunarlab.grading import lesson03_dates as dates
from lunarlab.transfer import impulsive


def circle(h):
    return math.sqrt(MU_EARTH / (R_EARTH + h))


def r_of(h):
    return R_EARTH + h


@pytest.mark.parametrize(("id", "answer"), [
    ("03.tli", lambda h, d: None), ("03.phase", lambda h, d, now: ...), ("03.porkchop", lambda *x: None), ("03.loops", lambda p, q: None),
    ("03.v_infinity", ...),
])  # fmt: skip
def test_a_stub_is_not_a_wrong_answer(id, answer):
    assert "Not answered yet" in ll.check(id, answer).message


def test_a_near_miss_is_shown_with_the_digits_that_differ():
    text = ll.check("03.tli", lambda h, d: (math.sqrt(MU_EARTH * (2 / r_of(h) - 2 / (h + d))) - circle(h), lesson.half_turn(h, d))).message
    assert "yours is 3129.8 m/s, allowed 3131.35 m/s" in text, text


def test_the_made_up_porkchops_tell_all_choices_apart():
    """Each plausible choice leads to another cell on at least one grid, so that its hint can be told."""
    cells = [dates._choices(*dates._grid(n, m, np.random.default_rng(seed)), limit) for n, m, seed, limit in dates.GRIDS]
    for name in cells[0]:
        if name != "earliest":
            assert any(choices[name] != choices["earliest"] for choices in cells), name


def test_numbers_of_the_text():
    """What the lesson says in words, against the closed forms of the reference cases."""
    assert lesson.injection(200e3, DISTANCE_MOON) == pytest.approx(3131.345, abs=0.01)
    assert lesson.half_turn(200e3, DISTANCE_MOON) / 3600.0 == pytest.approx(119.4709, abs=0.001)
    assert math.degrees(lesson.lead(185e3, DISTANCE_MOON)) == pytest.approx(114.3234, abs=1e-3)
    slow = math.sqrt(2 * MU_EARTH * (1 / r_of(200e3) - 1 / (r_of(200e3) + 1.2 * DISTANCE_MOON)))
    assert slow - circle(200e3) - lesson.injection(200e3, DISTANCE_MOON) == pytest.approx(15.0, abs=1.0)
    assert lesson.insertion(r_of(200e3), slow, DISTANCE_MOON, 1018.0) - 821.7 == pytest.approx(67.0, abs=3.0)
    assert sum(dates._burns(235e3, [q for _, q in impulsive.CHANDRAYAAN_3[1:]])) == pytest.approx(591.0, abs=1.0)


def test_a_choice_of_the_porkchop_is_shown_with_what_was_asked():
    """What it costs against the limit, when it arrives against the soonest; each requirement with the grid that it fails on."""

    def choose(departures, flights, total, limit, cost):
        arrival = np.where(cost(total, limit), departures[:, None] + flights, np.inf)
        i, j = np.unravel_index(np.argmin(arrival), total.shape)
        return departures[i], flights[j]

    right, dear, holes = (
        str(ll.check("03.porkchop", lambda *grid, cost=cost: choose(*grid, cost)))
        for cost in (lambda t, limit: t <= limit, lambda t, limit: np.isfinite(t), lambda t, limit: np.isfinite(t) | True)
    )
    assert "yours is 3,973 m/s, allowed at most 3,990 m/s" in right
    assert "yours is 4.58 days after the first departure, allowed 4.58 days after" in right
    assert "no  a transfer of the grid that costs at most the limit: yours is 4,133 m/s, allowed at most 3,990 m/s" in dear
    assert "yours is a cell without a transfer, allowed at most 3,990 m/s" in holes and "nan m/s" not in holes
