"""Rows of the gradebook that a hand-in gets when it is taken in, and the statements that find them again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa

from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.ingest import Handin
from lunarlab.grading.batch.pack import Assignment
from lunarlab.grading.batch.store import insert_absent, note

ATTENTION_REASONS = frozenset({"unreadable", "unknown_student"})
"""Reasons that are nobody's fault, or the course's: a person has to look."""


def submission_id(work: Assignment, student: str, handin: Handin) -> str:
    """Name of a hand-in: the same content by the same student is the same hand-in, however often it is taken in."""
    return hashlib.sha256(f"{work.id}|{student}|{handin.sha256}".encode()).hexdigest()[:32]


def job_update(submission: str, checks: str) -> sa.Update:
    """Changes the job of a hand-in."""
    return s.job.update().where(s.job.c.submission_id == submission, s.job.c.checks == checks)


def latest(assignment: str, *, readable: bool = False) -> sa.Select[Any]:
    """The last attempt of every student; or the last that could be read."""
    last = (
        sa.select(s.submission.c.student_key, sa.func.max(s.submission.c.attempt).label("attempt"))
        .where(s.submission.c.assignment_id == assignment, *([s.submission.c.reason == ""] if readable else []))
        .group_by(s.submission.c.student_key).subquery()
    )  # fmt: skip
    return sa.select(s.submission.c.id).where(s.submission.c.assignment_id == assignment).join(
        last, sa.and_(last.c.student_key == s.submission.c.student_key, last.c.attempt == s.submission.c.attempt)
    )  # fmt: skip


def unmet(connection: sa.Connection, work: Assignment) -> dict[str, str]:
    """Reasons, or "", of the latest hand-ins, and of those that count, which have no job under these checks; by id."""
    met = sa.select(s.job.c.submission_id).where(s.job.c.assignment_id == work.id, s.job.c.checks == work.checks)
    found: dict[str, str] = {}
    for query in (latest(work.id), latest(work.id, readable=True)):
        new = query.add_columns(s.submission.c.reason).where(s.submission.c.id.not_in(met))
        found |= {row.id: row.reason for row in connection.execute(new)}
    return found


def receive_one(connection: sa.Connection, work: Assignment, student: str, handin: Handin, by: str, now: float) -> int:
    """Note a hand-in and queue it, if it is new; how many were queued."""
    id = submission_id(work, student, handin)
    if handin.reason not in ATTENTION_REASONS:  # what could not be read, or had no owner, is there now
        solved = sa.select(s.submission.c.id).where(
            s.submission.c.assignment_id == work.id, s.submission.c.student_key == student,
            s.submission.c.reason.in_(ATTENTION_REASONS),
        )  # fmt: skip
        for gone in connection.execute(solved).scalars().all():
            connection.execute(s.job.delete().where(s.job.c.submission_id == gone))
            connection.execute(s.submission.delete().where(s.submission.c.id == gone))
            note(connection, "replaced", gone, by=id)
    known = connection.execute(sa.select(s.submission.c.attempt).where(s.submission.c.id == id)).scalar()
    before: int = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(s.submission.c.attempt), 0))
        .where(s.submission.c.assignment_id == work.id, s.submission.c.student_key == student)
    ).scalar_one()  # fmt: skip
    if known is None:
        insert_absent(connection, s.student, [{"key": student, "created_at": now}])
        cells = None if handin.reason else json.dumps([[c.index, c.kind, c.id, c.text] for c in handin.cells])
        connection.execute(s.submission.insert().values(
            id=id, assignment_id=work.id, student_key=student, sha256=handin.sha256, attempt=before + 1, cells=cells,
            reason=handin.reason, sentence=handin.sentence[:500], received_at=now, received_by=by,
        ))  # fmt: skip
        note(connection, "received", id, student=student, sha256=handin.sha256)
    else:
        _read_at_last(connection, id, handin)
    if known is not None and handin.only and known != before:  # an earlier file, handed in again: it is the latest now
        latest_now = s.submission.update().where(s.submission.c.id == id)
        connection.execute(latest_now.values(attempt=before + 1, received_at=now, received_by=by))
        note(connection, "received again", id, student=student, sha256=handin.sha256)
    return queue(connection, work, id, handin.reason, now)


def _read_at_last(connection: sa.Connection, id: str, handin: Handin) -> None:
    """A hand-in that was refused once and is read now, by a gate that allows more: as if it came now."""
    refused = connection.execute(sa.select(s.submission.c.reason).where(s.submission.c.id == id)).scalar()
    if refused and not handin.reason:
        cells = json.dumps([[c.index, c.kind, c.id, c.text] for c in handin.cells])
        row = s.submission.update().where(s.submission.c.id == id)
        connection.execute(row.values(cells=cells, reason="", sentence=""))
        connection.execute(s.job.delete().where(s.job.c.submission_id == id))
        note(connection, "read at last", id, refused=refused)


def queue(connection: sa.Connection, work: Assignment, id: str, reason: str, now: float) -> int:
    """Give a hand-in its job under these checks, if it has none; how many were new."""
    state = s.ATTENTION if reason in ATTENTION_REASONS else s.INVALID if reason else s.QUEUED
    return insert_absent(connection, s.job, [{
        "submission_id": id, "checks": work.checks, "assignment_id": work.id, "state": state, "changed_at": now,
        "reason": f"{state}:{reason}" if reason else "", "owner": "", "lease_until": 0.0, "not_before": 0.0, "tries": 0,
        "interruptions": 0,
    }])  # fmt: skip
