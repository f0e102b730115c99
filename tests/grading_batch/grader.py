"""What the tests of the batch share: a class of hand-ins, a grader started as a process, and what is in the gradebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import fake
import sqlalchemy as sa

from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.gradebook import Gradebook
from lunarlab.grading.course import marks as course_marks

HERE = Path(__file__).parent
STEADY = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "TZ": "UTC"}


def environment():
    return os.environ | STEADY | {"PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)])}


def hand_in(folder, count, **more):
    """Hand-ins of a class: every third one is half right. `more` are others by name: a cell, or bytes."""
    (folder / "in").mkdir(exist_ok=True)
    for number in range(count):
        name = f"student-{number:03}"
        (folder / "in" / f"{name}.ipynb").write_bytes(fake.book(fake.WRONG if number % 3 == 2 else fake.RIGHT, fake.height(name)))
    for name, what in more.items():
        body = what if isinstance(what, bytes) else fake.book(what, fake.height(name))
        (folder / "in" / f"{name}.ipynb").write_bytes(body)


def start(folder, **options):
    """A grader, in a process group of its own."""
    command = [sys.executable, str(HERE / "drive.py"), str(folder), json.dumps(options)]
    return subprocess.Popen(
        command, env=environment(), start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(folder, **options):
    """(exit code, outcome) of a grader that ran to its end."""
    process = start(folder, **options)
    out, err = process.communicate(timeout=120)
    assert out, err
    return process.returncode, json.loads(out.splitlines()[-1])


def executed(folder):
    """How many hand-ins were opened so far."""
    file = folder / "executed"
    return len(file.read_text().splitlines()) if file.exists() else 0


def digests(place, checks="1"):
    """Digest of each hand-in's grade."""
    with Gradebook(place) as book, book.engine.connect() as connection:
        rows = connection.execute(sa.select(s.grade.c.submission_id, s.grade.c.digest).where(s.grade.c.checks == checks)).all()
    assert len({row[0] for row in rows}) == len(rows)
    return dict(tuple(row) for row in rows)


def points(place, student, checks="1"):
    """Milli-points of a student's latest hand-in, and its notes; None without a grade."""
    with Gradebook(place) as book, book.engine.connect() as connection:
        row = connection.execute(
            sa.select(s.grade.c.milli, s.grade.c.notes, s.grade.c.flags).join(s.submission)
            .where(s.submission.c.student_key == fake.KEY.student(student), s.grade.c.checks == checks)
            .order_by(s.submission.c.attempt.desc())
        ).first()  # fmt: skip
    return None if row is None else (row.milli, json.loads(row.notes), json.loads(row.flags))


def marks(place, checks="1"):
    """Marks by opaque key."""
    with Gradebook(place) as book:
        return course_marks.marks(book, replace(fake.WORK, checks=checks))


def events(place):
    """Kinds of the gradebook's events."""
    with Gradebook(place) as book, book.engine.connect() as connection:
        return list(connection.execute(sa.select(s.event.c.kind).order_by(s.event.c.seq)).scalars())


def states(place, checks="1"):
    """State and reason of each student's jobs, in the order of attempts."""
    with Gradebook(place) as book, book.engine.connect() as connection:
        rows = connection.execute(
            sa.select(s.submission.c.student_key, s.job.c.state, s.job.c.reason).join(s.job, s.job.c.submission_id == s.submission.c.id)
            .where(s.job.c.checks == checks).order_by(s.submission.c.attempt)
        ).all()  # fmt: skip
    found = {}
    for key, state, reason in rows:
        found.setdefault(key, []).append((state, reason))
    return found


def state(place, student, checks="1"):
    """State and reason of a student's only hand-in."""
    (only,) = states(place, checks)[fake.KEY.student(student)]
    return only


def sound(place):
    """Whether the gradebook is whole: pages, keys, chain of events."""
    with Gradebook(place) as book:
        return book.trouble() == []
