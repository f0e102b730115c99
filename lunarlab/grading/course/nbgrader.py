"""nbgrader as a neighbour: our marks in its gradebook, so that a school keeps its formgrader. Grading itself stays here.

Each exercise is a grade cell there, named as in the lessons' metadata (``09-gate`` for ``09.gate``). Our points become its
automatic scores. A teacher's manual score in the formgrader is never touched, and wins there as it always does.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

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
        nbgrader is not installed or can't make its gradebook, or has another number of points for an exercise.
    """
    try:
        from nbgrader import api
    except ImportError:
        raise LunarlabError("nbgrader is not installed here: install lunarlab[nbgrader]") from None
    told = Exported()
    with _quiet(), _opened(api, database) as book:
        book.update_or_create_assignment(assignment)
        book.update_or_create_notebook(notebook, assignment)
        for item in items.values():
            _cell(api, book, item, notebook, assignment)
        for student in roster:
            mark = found.get(key.student(student))
            told.count(student, mark)
            if mark is None or not mark.graded:
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
def _quiet() -> Iterator[None]:
    """Without what SQLAlchemy says about nbgrader's own models, which its user can do nothing about."""
    with warnings.catch_warnings():
        own = r"Object of type <Submitted(Assignment|Notebook)> not in session"
        warnings.filterwarnings("ignore", own, sa.exc.SAWarning)
        yield


def _opened(api: Any, database: str) -> Any:
    """nbgrader's gradebook; a new one is made whole or not at all."""
    try:
        engine = sa.create_engine(database)
        file = Path(engine.url.database or "") if engine.url.get_backend_name() == "sqlite" else None
        absent = file is not None and not file.exists()
        try:
            tables = [] if absent else sa.inspect(engine).get_table_names()
        finally:
            engine.dispose()
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise LunarlabError(f"nbgrader's gradebook can't be opened: {error}".partition("\n")[0]) from None
    if tables and "alembic_version" not in tables:
        raise LunarlabError("nbgrader's gradebook was made only in part, or is another database: move it away, then export")
    with _tools_in_path():
        if not tables and shutil.which("alembic") is None:
            raise LunarlabError(
                "nbgrader needs the command 'alembic' to make a gradebook, and it is not there: install lunarlab[nbgrader] "
                "into one environment, or add the folder that holds it to PATH"
            )
        try:
            return api.Gradebook(database)
        except (OSError, subprocess.SubprocessError, sa.exc.SQLAlchemyError) as error:
            if absent and file is not None:
                file.unlink(missing_ok=True)
            raise LunarlabError(f"nbgrader's gradebook can't be made: {error}".partition("\n")[0]) from None


@contextlib.contextmanager
def _tools_in_path() -> Iterator[None]:
    """nbgrader calls alembic by its name, which is where its package is installed and not always in the path."""
    before = os.environ.get("PATH")
    places = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts")), *_beside("alembic")]
    os.environ["PATH"] = os.pathsep.join(filter(None, [*map(str, places), before]))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def _beside(package: str) -> list[Path]:
    """Where the commands of a package are that was installed into a folder of its own (pip --target)."""
    spec = importlib.util.find_spec(package)
    return [] if spec is None or spec.origin is None else [Path(spec.origin).parents[1] / "bin"]


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
