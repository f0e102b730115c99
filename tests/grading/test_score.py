"""A hand-in of which a process was killed is graded a second time: it may have been somebody else."""

from __future__ import annotations

import contextlib

import pytest

from lunarlab.grading import answers as a
from lunarlab.grading.batch import score
from lunarlab.grading.batch.notebook import NotebookCell
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import Exam
from lunarlab.grading.result import band
from lunarlab.grading.sandbox.limits import Fault
from lunarlab.grading.sandbox.remote import RemoteFault
from lunarlab.grading.sandbox.session import LoadReport

HIDDEN = Exam(b"only for tests, never for marks", "moon", "killed", "1", "s-1")
NUMBER = Exercise("97.number", "a number", 1, ("x",), lambda x: [band("x", 1, a.number(x, "x"), 0.5, 1.5, "", "One.")])
CELLS = [NotebookCell(0, "code", "97.number", "x = 1.0")]


class Session:
    """Answers 1.0, unless something ends it: `endings` has what does, one for each session."""

    def __init__(self, ending):
        self.ending, self.faults = ending, []

    def load(self, names):
        return LoadReport()

    def answers(self, exercise, names):
        if self.ending:
            self.faults.append(self.ending)
            raise RemoteFault(self.ending)
        return (1.0,)


def graded(*endings):
    opened = []

    @contextlib.contextmanager
    def opener(cells, numbers, slot):
        opened.append(slot)
        yield Session(endings[min(len(opened), len(endings)) - 1])

    return score.grade(CELLS, [NUMBER], HIDDEN, opener), len(opened)


KILLED, CRASHED = Fault("crash", "ended by SIGKILL"), Fault("crash", "ended by SIGSEGV")


def test_killed_once_costs_nothing():
    found, times = graded(KILLED, None)
    assert (found.milli, found.faults, times) == (1000, [], 2)


def test_answers_to_what_is_not_asked_are_not_run_for_their_own_sake():
    seen = []

    @contextlib.contextmanager
    def opener(cells, numbers, slot):
        seen.extend(cell.id for cell in cells)
        yield Session(None)

    score.grade([*CELLS, NotebookCell(1, "code", "97.other", "y = 1 / 0")], [NUMBER], HIDDEN, opener)
    assert seen == ["97.number", ""]


@pytest.mark.parametrize(("ending", "times"), [(KILLED, 2), (CRASHED, 1)])
def test_who_ends_each_time_gets_nothing(ending, times):
    found, opened = graded(ending)
    assert (found.milli, opened) == (0, times)
    assert found.notes["97.number"] == [f"{ending.kind}: {ending.detail}"]
