"""Who hands in a table of what the public check asks for, with the right replies, loses every requirement in hidden sittings."""

from __future__ import annotations

import pickle
import runpy
from functools import cache
from pathlib import Path

import pytest

from lunarlab.grading import checks
from lunarlab.grading.exam import PUBLIC, Exam, sitting

FOLDER = Path(__file__).parents[1] / "answers"
LESSONS = sorted(file.stem.removeprefix("lesson") for file in FOLDER.glob("lesson*.py"))
HIDDEN = [Exam(b"only for tests, never for marks", "moon", "tables", "1", f"s-{k}") for k in range(2)]
FLIES = {"08.law", "09.gate", "10.repair", "11.gates", "11.monitor", "12.half_thrust"}
"""What is asked there comes from flights; tests of these lessons say which are flown."""
CONSISTENT = {("01.budget", 2), ("02.propagate", 2), ("03.phase", 0), ("11.bench", 3)}
"""Requirements that the replies to other questions meet: a chance that fits its own margin, energy that is kept, a lead that
hardly depends on the orbit, a pair that is an answer of its own."""


@cache
def right_ones(lesson):
    with sitting(PUBLIC):
        return runpy.run_path(str(FOLDER / f"lesson{lesson}.py"))["RIGHT"]


def several(id):
    """The answers to an exercise: a tuple of them if it asks for more than one."""
    answer = right_ones(id.partition(".")[0])[id][0]
    return answer if len(checks.find(id).answers) > 1 else (answer,)


def asked():
    """Exercises that ask functions and fly nothing with them; the answer to others is no reply to a question."""
    every = [id for lesson in LESSONS for id in checks.exercises(lesson) if id not in FLIES]
    return [id for id in every if any(map(callable, several(id)))]


class Table:
    """A function that notes down what it is asked, or, without the function, knows only that: to all else it gives one reply."""

    def __init__(self, function):
        self.function, self.known, self.other = function, {}, 0

    def __call__(self, *arguments):
        key = pickle.dumps(arguments)
        if self.function is not None:
            self.known[key] = self.function(*arguments)
        return self.known.get(key, [*self.known.values()][self.other])


@pytest.mark.parametrize("id", asked())
def test_a_table_of_what_is_asked_in_public_is_no_answer_to_what_is_hidden(id):
    item = checks.find(id)
    given = tuple(Table(answer) if callable(answer) else answer for answer in several(id))
    tables = [one for one in given if isinstance(one, Table)]
    with sitting(PUBLIC):
        assert checks.judge(item, given).points == item.points
        for one in tables:
            one.function = None
        result = checks.judge(item, given)
    assert result.points == item.points, result
    met = set(range(len(result.findings))) - {number for of, number in CONSISTENT if of == id}
    for exam, other in zip(HIDDEN, (0, -1), strict=True):
        for one in tables:
            one.other = other
        with sitting(exam):
            result = checks.judge(item, given)
        assert result.points < item.points, result
        met &= {number for number, finding in enumerate(result.findings) if finding.ok}
    assert not met, result
