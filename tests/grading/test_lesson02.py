"""Lesson 02: what its exercises draw can be told apart, and its text says what comes out; its answers are in tests/answers."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from lunarlab.grading import lesson02 as lesson
from lunarlab.grading.lesson02_parking import parked

classify = runpy.run_path(str(Path(__file__).parents[1] / "answers" / "lesson02.py"))["classify"]


def test_the_labels_of_the_unit_exercise_are_unique():
    """No case of the check fits two labels, so a right program can't be told that it is wrong."""
    for label in lesson.LABELS[1:5]:
        for orbit in ((100e3, 100e3), *((p, q) for p in (100e3, 250e3, 400e3) for q in np.arange(500e3, 6001e3, 500e3))):
            case = lesson._made(label, *orbit)
            fits = [x for x in lesson.LABELS[:5] if classify(*case, tolerance=0.02, order=(x,)) == x]
            assert fits == [label]


def test_numbers_of_the_text():
    """What the lesson says in words: from textbooks and from reference runs."""
    assert lesson.speed(100e3, 100e3, 100e3) == pytest.approx(1633.504, abs=0.01)
    assert lesson.period(100e3, 100e3) / 60.0 == pytest.approx(117.79, abs=0.01)
    assert lesson.speed(470e3, 470e3, 10_400e3) * 3.6 == pytest.approx(6980, abs=5)
    assert lesson.speed(100e3, 100e3, 100e3) - lesson.speed(100e3, 15e3, 100e3) == pytest.approx(19.5, abs=0.05)
    assert lesson.period(600e3, 4000e3) / 3600.0 == pytest.approx(6.39, abs=0.01)
    low = parked(10.0, 0.001, 0.0, 8), parked(10.0, 0.001, 0.0, 20)
    assert [run.lifetime_s / 86400.0 for run in low] == pytest.approx([37.36, 11.77], abs=0.6)
