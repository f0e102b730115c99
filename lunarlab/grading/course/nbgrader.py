"""nbgrader as a neighbour: our marks in its gradebook, so that a school keeps its formgrader. Grading itself stays here.

Each exercise is a grade cell there, named as in the lessons' metadata (``09-gate`` for ``09.gate``). Our points become its
automatic scores. A teacher's manual score in the formgrader is never touched, and wins there as it always does.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch.pack import Key
from lunarlab.grading.checks import Exercise
from lunarlab.grading.course.export import Exported
from lunarlab.grading.course.marks import Mark


def grade_id(exercise: str) -> str:
    """Name of an exercise's cell in nbgrader, where a name may not hold a dot."""
    return exercise.replace(".", "-")


def write_nbgrader(
    database: str, found: Mapping[str, Mark], items: Mapping[str, Exercise], roster: Mapping[str, Mapping[str, str]], key: Key,
    *, assignment: str, notebook: str,
) -> Exported:  # fmt: skip
    """Write marks into a gradebook of nbgrader.

    Parameters
    ----------
    database
        Its address, such as ``sqlite:///gradebook.db``.
    found
        Marks by opaque key.
    items
        The assignment's exercises by id.
    roster
        Rows by student; the name is nbgrader's student id.
    key
        The course key.
    assignment, notebook
        As they are called in nbgrader; made if they are not there.

    Raises
    ------
    LunarlabError
        nbgrader is not installed, or has another number of points for an exercise.
    """
    try:
        from nbgrader import api
    except ImportError:
        raise LunarlabError("nbgrader is not installed here: install lunarlab[nbgrader]") from None
    told = Exported()
    with _tools_in_path(), api.Gradebook(database) as book:
        book.update_or_create_assignment(assignment)
        book.update_or_create_notebook(notebook, assignment)
        for item in items.values():
            _cell(api, book, item, notebook, assignment)
        for student in roster:
            mark = found.get(key.student(student))
            if mark is None or not mark.graded:
                told.empty.append(student)
                continue
            book.update_or_create_student(student)
            book.update_or_create_submission(assignment, student)
            for part in mark.parts:
                grade = _grade(api, book, grade_id(part.exercise), notebook, assignment, student)
                grade.auto_score = part.milli / 1000
                grade.needs_manual_grade = False
            told.rows += 1
        book.db.commit()
    mine = {key.student(student) for student in roster}
    told.unknown = [student for student in found if student not in mine]
    return told


@contextlib.contextmanager
def _tools_in_path() -> Iterator[None]:
    """nbgrader calls alembic by its name, which is beside this interpreter and not always in the path."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join(filter(None, [str(Path(sys.executable).parent), before]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def _cell(api: Any, book: Any, item: Exercise, notebook: str, assignment: str) -> None:
    name = grade_id(item.id)
    try:
        there = book.find_grade_cell(name, notebook, assignment)
    except api.MissingEntry:
        book.add_grade_cell(name, notebook, assignment, max_score=item.points, cell_type="code")
        return
    if there.max_score != item.points:
        raise LunarlabError(f"{name} has {there.max_score:g} points in nbgrader and {item.points} here; make them the same")


def _grade(api: Any, book: Any, name: str, notebook: str, assignment: str, student: str) -> Any:
    try:
        return book.find_grade(name, notebook, assignment, student)
    except api.MissingEntry:  # the submission is older than the cell
        handed = book.find_submission_notebook(notebook, assignment, student)
        grade = api.Grade(cell_id=book.find_grade_cell(name, notebook, assignment).id, notebook=handed)
        book.db.add(grade)
        return grade
