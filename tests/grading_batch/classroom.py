"""What tests of a class in real sandboxes share: the command in a process group, what is in its gradebook, what is left running."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import grader
import sqlalchemy as sa

from benchmarks import grading_class as gc
from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.gradebook import Gradebook

ROOT = Path(__file__).parents[2]
FENCED = range(64_001, 64_100)
"""Users of the sandboxes, where the grader was started as root."""


def start(folder, *more, **environment):
    """``lunarlab grade`` for a class's folder, in a process group of its own."""
    command = [sys.executable, "-m", "lunarlab.cli", "grade", str(folder / "in"), "--assignment", str(folder), "--practice", "--json", *more]
    return subprocess.Popen(
        command, env=grader.environment() | environment, cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def graded(folder, *more):
    """(exit code, what the command says, its errors)."""
    process = start(folder, *more)
    out, err = process.communicate(timeout=900)
    return process.returncode, json.loads(out.splitlines()[-1]) if out else {}, err


def rows(folder):
    """(milli-points, digest, notes, faults) by student's key; the state's reason where there is no grade."""
    with Gradebook(folder / "gradebook.sqlite") as book, book.engine.connect() as connection:
        found = connection.execute(
            sa.select(s.submission.c.student_key, s.job.c.reason, s.grade).select_from(
                s.submission.join(s.job).outerjoin(s.grade, s.grade.c.submission_id == s.submission.c.id)
            )
        ).all()
    assert len({row.student_key for row in found}) == len(found), "somebody was graded twice"
    return {row.student_key: (row.milli, row.digest, row.notes or row.reason, row.faults) for row in found}


def of(found, name):
    return found[gc.KEY.student(name)]


def processes():
    """(parent, group, user) of every process that is not dead."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    found[int(entry.name)] = int(fields[1]), int(fields[2]), entry.stat().st_uid
    return found


def group_of(leader):
    """Processes of a grader's group."""
    return [pid for pid, (_, group, _) in processes().items() if group == leader]


def left_over():
    """Processes of sandboxes whose grader is no more; other graders' are none of ours."""
    every, found = processes(), []
    for pid, (parent, _, user) in every.items():
        if user in FENCED:
            while parent in every and every[parent][2] in FENCED:
                parent = every[parent][0]
            if parent <= 1:
                found.append(pid)
    return found


def sandboxes_of(leader):
    """Processes of sandboxes below a grader that lives."""
    every, found = processes(), []
    for pid, (parent, _, user) in every.items():
        while user in FENCED and parent in every and parent != leader:
            parent = every[parent][0]
        if user in FENCED and parent == leader:
            found.append(pid)
    return found
