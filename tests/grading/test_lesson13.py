"""Lesson 13: what a board of other numbers decides; all other answers are in ``tests/answers``."""

from __future__ import annotations

import pytest

from lunarlab.grading import lesson13_mission as mission


@pytest.mark.parametrize(("k", "n"), [(20, 20), (186, 200), (3, 60), (0, 30)])
def test_usual_intervals_are_allowed_and_a_symmetric_one_is_not(k, n):
    low, high = mission.allowed(k, n)
    for ends in (mission.clopper_pearson(k, n), mission.wilson(k, n)):
        assert low[0] <= ends[0] <= low[1] and high[0] <= ends[1] <= high[1]
    p, half = k / n, 1.96 * (k * (n - k) / n**3) ** 0.5
    assert not (low[0] <= p - half <= low[1] and high[0] <= p + half <= high[1])
