"""``check("09.gate", my_filter)``: judge an answer at once, and say what was asked, what was found and what to think about.

An exercise is data: an id, a title, points, and a function from answers to findings. It never raises on an answer.
These checks are public; nothing in them is secret.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.grading.answers import BadAnswer, Unanswered, quiet
from lunarlab.grading.result import Finding, Result

UNANSWERED = "Not answered yet."
_NUMBERS = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13")
LESSONS = {number: f"lesson{number}" for number in _NUMBERS}


@dataclass(frozen=True)
class Exercise:
    """One graded item of a lesson."""

    id: str
    title: str
    points: int
    answers: tuple[str, ...]
    """Names of the answers, in the order in which they are handed in."""
    judge: Callable[..., list[Finding]]
    usual: Mapping[str, float] | None = None
    """The lesson's own numbers of an exercise that has a variant for each student; None: everybody has the same."""
    variant: Callable[[np.random.Generator], Mapping[str, float]] | None = None
    """Draws a student's numbers; they have the names of `usual`, and must be as hard."""


@cache
def exercises(lesson: str) -> dict[str, Exercise]:
    """Exercises of a lesson, such as "09", by id."""
    if lesson not in LESSONS:
        raise LunarlabError(f"lesson is {lesson!r}; there are {', '.join(LESSONS)}")
    module = importlib.import_module(f"lunarlab.grading.{LESSONS[lesson]}")
    return {exercise.id: exercise for exercise in module.EXERCISES}


_latest: dict[str, Result] = {}
_added: dict[str, Exercise] = {}


def add(items: Iterable[Exercise]) -> None:
    """Make exercises known that belong to no lesson of ours: those of a course's own, private package."""
    for item in items:
        if item.id.partition(".")[0] in LESSONS and item.id in exercises(item.id.partition(".")[0]):
            raise LunarlabError(f"an exercise {item.id!r} is there already; a course's own need ids of their own")
        _added[item.id] = item


def check(exercise: str, *answers: Any) -> Result:
    """Judge the answers to an exercise.

    Parameters
    ----------
    exercise : str
        Its id, for example "09.gate".
    *answers
        What the exercise asks for: numbers, functions, dicts. ``...`` and None count as not answered yet.

    Returns
    -------
    Result
        Points and one finding for each requirement; never an exception, whatever the answer is.

    Raises
    ------
    LunarlabError
        No exercise has this id.
    """
    try:
        item = find(exercise)
    except LunarlabError:
        if (title := _courses_own().get(exercise)) is None:
            raise
        return Result(exercise, title, 0, note=AT_THE_COURSE)
    result = judge(item, answers)
    _latest[exercise] = result
    return result


AT_THE_COURSE = "Only your course can judge this one: hand it in, and read the report."


def _courses_own() -> dict[str, str]:
    """Titles of the exercises of the assignment beside the notebook, by id; nothing where there is none."""
    from lunarlab.grading.course.handin import read_work
    from lunarlab.grading.course.release import ASSIGNMENT_FILE

    work = read_work(Path.cwd() / ASSIGNMENT_FILE)
    return dict(work.exercises) if work else {}


def find(exercise: str) -> Exercise:
    """The exercise of this id; LunarlabError with the nearest one if there is none."""
    lesson = str(exercise).partition(".")[0]
    known = exercises(lesson) if lesson in LESSONS else {}
    if exercise in _added:
        return _added[exercise]
    if exercise not in known:
        every = list(known) or [id for name in LESSONS for id in exercises(name)]
        close = difflib.get_close_matches(str(exercise), every, 1, 0.7)
        hint = f"lesson {lesson} has {', '.join(known)}" if known else "an id begins with its lesson, 00 to 13"
        hint = f"did you mean {close[0]!r}?" if close else hint
        raise LunarlabError(f"no exercise is called {exercise!r}; {hint}")
    return known[exercise]


def judge(item: Exercise, answers: tuple[Any, ...]) -> Result:
    """Judge answers without noting them down; never an exception, whatever they are."""
    if len(answers) != len(item.answers):
        wanted = ", ".join(item.answers)
        note = f'This check takes {len(item.answers)} answer(s): check("{item.id}", {wanted}). You gave {len(answers)}.'
        return Result(item.id, item.title, item.points, note=note)
    try:
        with quiet():
            findings = tuple(item.judge(*answers))
    except Unanswered:
        return Result(item.id, item.title, item.points, note=UNANSWERED)
    except BadAnswer as bad:
        return Result(item.id, item.title, item.points, note=str(bad))
    except (Exception, SystemExit) as error:  # an answer that plays tricks: still a result, with what went wrong
        note = f"The answer could not be judged: {type(error).__name__}: {error}."
        return Result(item.id, item.title, item.points, note=note)
    return Result(item.id, item.title, item.points, findings)


@dataclass(frozen=True)
class Progress:
    """Points of a lesson so far."""

    lesson: str
    rows: tuple[tuple[str, str, int, int], ...]
    """(id, title, points, out of) of each exercise."""

    @property
    def points(self) -> int:
        """Points so far."""
        return sum(row[2] for row in self.rows)

    @property
    def out_of(self) -> int:
        """Points that the lesson gives."""
        return sum(row[3] for row in self.rows)

    def __repr__(self) -> str:
        lines = [f"  {id:<16} {title:<44} {points}/{out_of}" for id, title, points, out_of in self.rows]
        return "\n".join([f"Lesson {self.lesson}: {self.points} of {self.out_of} points", *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="text-align:left"><code>{id}</code></td><td style="text-align:left">{title}</td>'
            f"<td>{points}/{out_of}</td></tr>"
            for id, title, points, out_of in self.rows
        )
        return f"<strong>Lesson {self.lesson}: {self.points} of {self.out_of} points</strong><table>{rows}</table>"


def progress(lesson: str) -> Progress:
    """Points of a lesson, such as "09", from the latest check of each of its exercises."""
    rows = []
    for id, item in exercises(lesson).items():
        latest = _latest.get(id)
        rows.append((id, item.title, latest.points if latest else 0, item.points))
    return Progress(lesson, tuple(rows))
