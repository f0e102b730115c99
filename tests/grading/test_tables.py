"""Who hands in a table of what the public check asks for, with the right replies, gets less than every point in a hidden sitting."""

from __future__ import annotations

import pickle
import runpy
from pathlib import Path

import pytest

from lunarlab.grading import checks
from lunarlab.grading.exam import PUBLIC, Exam, sitting

FOLDER = Path(__file__).parents[1] / "answers"
HIDDEN = Exam(b"only for tests, never for marks", "moon", "tables", "1", "s-1")
LESSONS = ("04", "05", "06", "07", "12", "13")
MORE = (
    "08.turn", "08.late", "08.quadratic", "08.tgo", "09.innovation", "09.bandwidth", "09.roc", "10.chain", "10.budget",
    "10.coverage",
)  # fmt: skip
"""Of other lessons; not what flies: there the calls of a flight depend on the replies."""


def right_one(id):
    lesson = id.partition(".")[0]
    return runpy.run_path(str(FOLDER / f"lesson{lesson}.py"))["RIGHT"][id][0]


def noted(function, table):
    def answer(*arguments):
        key = pickle.dumps(arguments)
        table[key] = function(*arguments)
        return table[key]

    return answer


def looked_up(table):
    last = list(table.values())[-1]
    return lambda *arguments: table.get(pickle.dumps(arguments), last)


@pytest.mark.parametrize("id", [*(id for lesson in LESSONS for id in checks.exercises(lesson)), *MORE])
def test_a_table_of_the_public_examples_is_no_answer(id):
    item, table = checks.find(id), {}
    right = right_one(id)
    if not callable(right):
        pytest.skip("the answer is a number, not a function")
    with sitting(PUBLIC):
        assert checks.judge(item, (noted(right, table),)).points == item.points
        assert checks.judge(item, (looked_up(table),)).points == item.points
    with sitting(HIDDEN):
        assert checks.judge(item, (looked_up(table),)).points < item.points
