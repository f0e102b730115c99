"""The lessons' metadata and our marks, read by the real nbgrader in an environment of its own (make tests-nbgrader)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import notebook as gate
from lunarlab.grading.checks import find
from lunarlab.grading.course import nbgrader as ours
from lunarlab.grading.course.nbgrader import grade_id, write_nbgrader

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LESSONS = sorted((ROOT / "lessons").glob("*.ipynb"))
PYTHON = os.environ.get("LUNARLAB_NBGRADER", "")
real = pytest.mark.skipif(not PYTHON, reason="needs nbgrader in an environment of its own: make tests-nbgrader")


def neighbour(*arguments):
    answer = subprocess.run(
        [Path(PYTHON).absolute(), HERE / "neighbour.py", *arguments], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("LUNARLAB_NBGRADER_PATH", "")]), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "Warning: Object of type" not in answer.stderr and "alembic" not in answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def cells(lesson):
    return [cell for cell in json.loads(lesson.read_text("utf-8"))["cells"] if "task" in cell["metadata"].get("lunarlab", {})]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_exercise_is_a_cell_of_nbgrader(lesson):
    seen = []
    for cell in cells(lesson):
        task, about = cell["metadata"]["lunarlab"]["task"], cell["metadata"]["nbgrader"]
        assert about["grade_id"] == grade_id(task) and about["points"] == find(task).points
        assert re.fullmatch(r"[A-Za-z0-9_-]+", about["grade_id"]), "what nbgrader allows"
        assert (about["grade"], about["solution"], about["locked"], about["task"], about["schema_version"]) == (True, True, False, False, 3)
        seen.append(task)
        del cell["metadata"]["lunarlab"]  # the gate finds it by nbgrader's mark alone
        book = {"cells": [{**cell, "source": "x = 1"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        assert gate.read(json.dumps(book).encode())[0].id == task
    assert len(seen) == len(set(seen)) >= 5


@real
def test_nbgrader_accepts_every_lesson():
    assert neighbour("validate", *LESSONS) == sum(len(cells(lesson)) for lesson in LESSONS)


@real
def test_marks_come_into_its_gradebook_and_its_own_stay(tmp_path):
    told = neighbour("export", tmp_path)
    assert (told["rows"], told["empty"], told["unknown"], told["most"]) == (2, ["cyd"], 1, 5)
    assert told["before"] == {"ada": 5.0, "bob": 1.5}
    assert told["after"] == {"ada": 2.0, "bob": 2.5}, "what a teacher wrote there stays"
    assert told["waiting"] == []
    assert "7 points in nbgrader and 3 here" in told["refused"]


def test_without_it_one_line_says_what_to_install():
    try:
        import nbgrader  # noqa: F401
    except ImportError:
        with pytest.raises(LunarlabError, match=r"lunarlab\[nbgrader\]"):
            write_nbgrader("sqlite://", {}, {}, {}, None, assignment="a", notebook="n")


def tables(file):
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("create table student (id)")
        connection.commit()


@pytest.fixture
def half(monkeypatch, tmp_path):
    """An nbgrader whose gradebook gets its tables and then breaks, as without alembic."""

    def gradebook(address):
        tables(address.removeprefix("sqlite:///"))
        raise FileNotFoundError(2, "No such file or directory", "alembic")

    api = types.SimpleNamespace(Gradebook=gradebook)
    monkeypatch.setitem(sys.modules, "nbgrader", types.SimpleNamespace(api=api))
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/alembic")
    return lambda: write_nbgrader(f"sqlite:///{tmp_path}/g.db", {}, {}, {}, None, assignment="a", notebook="n")


def test_a_gradebook_is_made_whole_or_not_at_all(half, tmp_path, monkeypatch):
    with pytest.raises(LunarlabError, match=r"can't be made.*alembic"):
        half()
    assert list(tmp_path.iterdir()) == [], "the next export would have written to it"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(LunarlabError, match=r"command 'alembic'.*lunarlab\[nbgrader\]"):
        half()
    assert list(tmp_path.iterdir()) == []
    tables(tmp_path / "g.db")
    with pytest.raises(LunarlabError, match="only in part"):
        half()
    assert (tmp_path / "g.db").exists(), "what is not of this export is not deleted"


def test_commands_of_a_package_are_found_without_a_path(monkeypatch, tmp_path):
    (tmp_path / "alembic").mkdir()
    (tmp_path / "alembic" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("PATH", "/usr/bin")
    with ours._tools_in_path():
        assert {str(tmp_path / "bin"), str(Path(sys.executable).parent)} <= set(os.environ["PATH"].split(os.pathsep))
    assert os.environ["PATH"] == "/usr/bin"


def test_only_nbgraders_own_warnings_are_silenced():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with ours._quiet():
            warnings.warn("Object of type <SubmittedNotebook> not in session, add", sa.exc.SAWarning, stacklevel=1)
            warnings.warn("Object of type <Other> not in session, add", sa.exc.SAWarning, stacklevel=1)
    assert ["<Other>" in str(one.message) for one in seen] == [True]
