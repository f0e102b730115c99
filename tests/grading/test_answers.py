"""Right answers pass and plausible wrong ones fail with the hint that fits: in public, for hidden sittings, and behind a fence.

In the short run each answer sits once, in public or hidden; `make tests-hostile` has all of them everywhere.

The answers are in ``tests/answers/lessonNN.py``. Such a file is what a student would write, all of it at once: it imports
only what a notebook may, and asks `lunarlab.variant` for its numbers. So it can be run here, and as cells behind a fence.
"""

from __future__ import annotations

import os
import re
import runpy
from functools import cache
from pathlib import Path

import pytest

from lunarlab.grading import checks
from lunarlab.grading.batch import score
from lunarlab.grading.exam import PUBLIC, Exam, sitting
from lunarlab.grading.sandbox import session, tiers
from lunarlab.grading.sandbox.limits import NoSandbox

FOLDER = Path(__file__).parents[1] / "answers"
LESSONS = sorted(file.stem.removeprefix("lesson") for file in FOLDER.glob("lesson*.py"))
KEY = b"only for tests, never for marks"
HIDDEN = [Exam(KEY, "moon", "answers", "1", f"s-{k}") for k in range(3)]
SITTINGS = [PUBLIC, *HIDDEN]
RIGHT_AT_LEAST, WRONG_AT_LEAST = 3, 8
SLOT = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Of a fence: runs side by side have a processor each."""


@cache
def answers_of(lesson, exam):
    """RIGHT and WRONG of a lesson, as one student has them."""
    with sitting(exam):
        space = runpy.run_path(str(FOLDER / f"lesson{lesson}.py"))
    return space["RIGHT"], space["WRONG"]


def rows(right):
    """(lesson, exercise, number) of every right or every wrong answer."""
    return [
        (lesson, id, number)
        for lesson in LESSONS
        for id, answers in answers_of(lesson, PUBLIC)[0 if right else 1].items()
        for number in range(len(answers))
    ]


def several(item, answer):
    """The answers to an exercise: a tuple of them if it asks for more than one."""
    return answer if len(item.answers) > 1 else (answer,)


def name_of(row):
    return "-".join(map(str, row[1:]))


def judged(id, answer, exam):
    item = checks.find(id)
    with sitting(exam):
        return checks.judge(item, several(item, answer))


NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


def contradicts(finding):
    """Whether a requirement is said not to be met, or to be met, and the case that is shown says the opposite."""
    if finding.hint.startswith(("Counts ", "Right as it stands", "The burns are right; they count")):
        return False
    mine = NUMBER.findall(finding.value)
    if finding.value == finding.allowed:
        return not finding.ok and finding.value != ""
    if len(mine) != 1 or not NUMBER.match(finding.value) or ", " in finding.value:  # not only a number
        return False
    value, *bounds = (float(x.replace(",", "")) for x in (*mine, *NUMBER.findall(finding.allowed)))
    if re.fullmatch(rf"{NUMBER.pattern} \+- {NUMBER.pattern}", finding.allowed):
        return (abs(value - bounds[0]) < 0.98 * bounds[1]) > finding.ok
    if re.fullmatch(rf"{NUMBER.pattern} to {NUMBER.pattern}( [^%]*)?", finding.allowed):
        return (bounds[0] < value < bounds[1]) > finding.ok
    if len(bounds) == 1 and finding.allowed.startswith("at most"):
        return (value < bounds[0]) > finding.ok
    return len(bounds) == 1 and finding.allowed.startswith("at least") and (value > bounds[0]) > finding.ok


def right(lesson, id, number, exam):
    result = judged(id, answers_of(lesson, exam)[0][id][number], exam)
    assert result.points == result.out_of, (exam, result)


def wrong(lesson, id, number, exam):
    answer, hint = answers_of(lesson, exam)[1][id][number]
    result = judged(id, answer, exam)
    assert result.points < result.out_of, (exam, result)
    assert hint in result.message, (exam, result)
    contradictions = [str(finding) for finding in result.findings if contradicts(finding)]
    assert not contradictions, (exam, contradictions)


def test_every_exercise_has_its_answers():
    """Three different right ones, eight wrong ones."""
    for lesson in LESSONS:
        right, wrong = answers_of(lesson, PUBLIC)
        assert set(right) == set(wrong) == set(checks.exercises(lesson))
        few = {id: (len(right[id]), len(wrong[id])) for id in right
               if len(right[id]) < RIGHT_AT_LEAST or len(wrong[id]) < WRONG_AT_LEAST}  # fmt: skip
        assert not few


@pytest.mark.parametrize("row", rows(right=True), ids=name_of)
def test_right_answers_get_every_point(row):
    lesson, id, number = row
    right(lesson, id, number, SITTINGS[number % len(SITTINGS)])


@pytest.mark.parametrize("row", rows(right=False), ids=name_of)
def test_wrong_answers_lose_points_and_get_the_hint_that_fits(row):
    lesson, id, number = row
    wrong(lesson, id, number, SITTINGS[number % len(SITTINGS)])


@pytest.mark.parametrize(
    ("lesson", "id", "number", "student"),
    [("09", "09.gate", 2, 66), ("12", "12.half_thrust", 1, 29)],  # with the public bounds both lose points, by noise alone
)
def test_right_answers_keep_their_points_when_noise_is_unkind(lesson, id, number, student):
    right(lesson, id, number, Exam(KEY, "moon", "answers", "1", f"s-{student}"))


@pytest.mark.hostile
@pytest.mark.parametrize("exam", SITTINGS, ids=repr)
@pytest.mark.parametrize("lesson", LESSONS)
def test_every_answer_in_every_sitting(lesson, exam):
    for check, answers in zip((right, wrong), answers_of(lesson, exam), strict=True):
        for id, rows in answers.items():
            for number in range(len(rows)):
                check(lesson, id, number, exam)


# --- behind a fence ---------------------------------------------------------------------------------------------------


def notebooks(lesson):
    """Exercises by hand-in: two that ask for the same variable can't be answered differently in one."""
    found = []
    for item in checks.exercises(lesson).values():
        free = next((items for items in found if not set(item.answers) & {n for other in items for n in other.answers}), None)
        if free is None:
            found.append(free := [])
        free.append(item)
    return found


def notebook(lesson, items, which, number):
    """Cells of a hand-in: the file of answers, then of each exercise the answer of this number, as far as there are so many."""
    cells = [session.Cell(0, "code", None, (FOLDER / f"lesson{lesson}.py").read_text())]
    for item in items:
        names = ", ".join(item.answers)
        pick = "" if which == "RIGHT" else "[0]"
        text = f"{names} = {which}[{item.id!r}][{number} % len({which}[{item.id!r}])]{pick}\n"
        cells.append(session.Cell(len(cells), "code", item.id, text))
    return cells


@cache
def fence():
    try:
        return tiers.best("L")
    except NoSandbox as missing:
        pytest.skip(str(missing))


def graded(lesson, which, number):
    """(points, out of, notes and hints) of each exercise, from the grader; and what went wrong."""
    told, faults = {}, []
    for items in notebooks(lesson):
        part, found = graded_notebook(lesson, items, which, number)
        told |= part
        faults += found.faults
    return told, faults


def shown(row):
    """A criterion as a student reads it."""
    return f"{'ok ' if row.met else 'no '} {row.requirement}: yours is {row.value}, allowed {row.allowed} {row.hint}"


def graded_notebook(lesson, items, which, number):
    exam = HIDDEN[number % len(HIDDEN)]

    def opener(cells, numbers, slot):  # the file of answers asks for all of them
        variant = score.variants(list(checks.exercises(lesson).values()), exam)
        return session.open(fence(), cells, slot=slot, variant=variant)

    found = score.grade(notebook(lesson, items, which, number), items, exam, opener, slot=SLOT)
    told = {
        item.id: (
            sum(row.milli for row in found.criteria if row.exercise == item.id), 1000 * item.points,
            " ".join([*found.notes.get(item.id, ()), *map(shown, (row for row in found.criteria if row.exercise == item.id))]),
        )
        for item in items
    }  # fmt: skip
    return told, found


def right_behind_the_fence(lesson, number):
    told, faults = graded(lesson, "RIGHT", number)
    lost = {id: row for id, row in told.items() if row[0] != row[1]}
    assert not lost, (lost, faults)


def wrong_behind_the_fence(lesson, number):
    told, _ = graded(lesson, "WRONG", number)
    answers = answers_of(lesson, HIDDEN[number % len(HIDDEN)])[1]
    for id, (milli, out_of, text) in told.items():
        hint = answers[id][number % len(answers[id])][1]
        assert milli < out_of, id
        assert hint in text, (id, hint, text)


def most(right):
    """For each lesson as many hand-ins as its exercise with most answers needs."""
    return [
        (lesson, number)
        for lesson in LESSONS
        for number in range(max(map(len, answers_of(lesson, PUBLIC)[0 if right else 1].values())))
    ]


@pytest.mark.hostile
@pytest.mark.parametrize(("lesson", "number"), most(right=True))
def test_right_answers_get_every_point_behind_a_fence(lesson, number):
    right_behind_the_fence(lesson, number)


@pytest.mark.hostile
@pytest.mark.parametrize(("lesson", "number"), most(right=False))
def test_wrong_answers_lose_points_behind_a_fence(lesson, number):
    wrong_behind_the_fence(lesson, number)
