"""Marks as they stand in the gradebook: of each student the hand-in that counts, with what a person decided on top.

The latest hand-in that could be read counts: an upload that is broken takes nothing away from an earlier one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.gradebook import ATTENTION_REASONS, Gradebook
from lunarlab.grading.batch.pack import Assignment
from lunarlab.grading.batch.score import Criterion
from lunarlab.grading.batch.store import trouble


@dataclass(frozen=True)
class Part:
    """One exercise of a mark."""

    exercise: str
    milli: int
    """What counts: the grader's points, or a person's."""
    out_of_milli: int
    criteria: tuple[Criterion, ...]
    notes: tuple[str, ...] = ()
    why: str = ""
    """The reason of a person who decided otherwise."""
    by: str = ""
    """Who that was."""


@dataclass(frozen=True)
class Mark:
    """What one student has for an assignment."""

    student: str
    """Opaque key."""
    submission: str
    state: str
    """graded, invalid, needs_attention, or queued, running, retry while a run goes on."""
    attempt: int
    """Which of the student's hand-ins this is: 1 is the first."""
    attempts: int
    """How many there are, whether these checks have looked at them or not."""
    sha256: str
    reason: str = ""
    """Why it is not graded."""
    sentence: str = ""
    later: str = ""
    """What is wrong with a later hand-in that could not be read; this one counts instead."""
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    tier: str = ""
    received_at: float = 0.0
    graded_at: float = 0.0
    before: tuple[str, int] | None = None
    """Version of the checks that graded this hand-in last before these did, and the milli-points that counted then."""

    @property
    def graded(self) -> bool:
        """Whether there are points."""
        return self.state == s.GRADED

    @property
    def milli(self) -> int:
        """Points, in thousandths."""
        return sum(part.milli for part in self.parts)

    @property
    def out_of_milli(self) -> int:
        """Points that there are, in thousandths."""
        return sum(part.out_of_milli for part in self.parts)


def points(milli: int) -> str:
    """Milli-points as a person writes points: 4500 is 4.5."""
    return f"{milli / 1000:.3f}".rstrip("0").rstrip(".")


def marks(book: Gradebook, work: Assignment) -> dict[str, Mark]:
    """The mark of every student of whom there is a hand-in, by opaque key.

    A hand-in that these checks have not met yet waits for them.
    """
    handins = sa.select(
        s.submission.c.id, s.submission.c.student_key, s.submission.c.attempt, s.submission.c.sha256,
        s.submission.c.sentence, s.submission.c.received_at, s.job.c.state, s.job.c.reason,
        s.submission.c.reason.label("refused"),
    ).outerjoin(
        s.job, sa.and_(s.job.c.submission_id == s.submission.c.id, s.job.c.checks == work.checks)
    ).where(s.submission.c.assignment_id == work.id).order_by(s.submission.c.student_key, s.submission.c.attempt)  # fmt: skip
    of_work = sa.select(s.submission.c.id).where(s.submission.c.assignment_id == work.id)
    grades = sa.select(s.grade).where(s.grade.c.checks == work.checks, s.grade.c.submission_id.in_(of_work))
    rows = (
        sa.select(s.criterion)
        .where(s.criterion.c.checks == work.checks, s.criterion.c.submission_id.in_(of_work))
        .order_by(s.criterion.c.submission_id, s.criterion.c.exercise, s.criterion.c.ordinal)
    )
    points_then = (
        sa.select(s.grade.c.submission_id, s.grade.c.checks, s.grade.c.graded_at, s.criterion.c.exercise,
                  sa.func.sum(s.criterion.c.milli).label("milli"))
        .join(s.criterion, sa.and_(s.criterion.c.submission_id == s.grade.c.submission_id,
                                   s.criterion.c.checks == s.grade.c.checks))
        .where(s.grade.c.checks != work.checks, s.grade.c.submission_id.in_(of_work))
        .group_by(s.grade.c.submission_id, s.grade.c.checks, s.grade.c.graded_at, s.criterion.c.exercise)
    )  # fmt: skip
    decided = sa.select(s.override).where(s.override.c.submission_id.in_(of_work)).order_by(s.override.c.at)
    with trouble(), book.engine.connect().execution_options(reads=True) as connection:
        by_student: dict[str, list[Any]] = {}
        for row in connection.execute(handins):
            by_student.setdefault(row.student_key, []).append(row)
        grade = {row.submission_id: row for row in connection.execute(grades)}
        criteria: dict[str, dict[str, list[Criterion]]] = {}
        for row in connection.execute(rows):
            found = Criterion(row.exercise, row.ordinal, row.requirement, row.milli, row.out_of_milli, row.met, row.value,
                              row.allowed, row.hint)  # fmt: skip
            criteria.setdefault(row.submission_id, {}).setdefault(row.exercise, []).append(found)
        overrides: dict[str, dict[str, Any]] = {}
        for row in connection.execute(decided):  # the latest word counts
            overrides.setdefault(row.submission_id, {})[row.exercise] = row
        former: dict[str, list[Any]] = {}
        for then in connection.execute(points_then):
            former.setdefault(then.submission_id, []).append(then)
    return {
        student: _mark(work, list_, grade, criteria, overrides, former)
        for student, list_ in by_student.items() if any(row.refused != "unknown_student" for row in list_)
    }  # fmt: skip


def _mark(
    work: Assignment, handins: list[Any], grade: Mapping[str, Any], criteria: Mapping[str, Mapping[str, list[Criterion]]],
    overrides: Mapping[str, Mapping[str, Any]], former: Mapping[str, list[Any]],
) -> Mark:  # fmt: skip
    readable = [row for row in handins if not row.refused]
    row = readable[-1] if readable else handins[-1]
    later = handins[-1].sentence if handins[-1] is not row else ""
    # Counted here: the gradebook's own numbers have gaps where a hand-in was replaced.
    mark = Mark(row.student_key, row.id, row.state or _untried(row), handins.index(row) + 1, len(handins), row.sha256,
                row.reason or "", row.sentence, later, received_at=row.received_at)  # fmt: skip
    if row.id not in grade:
        return mark
    entry = grade[row.id]
    notes: dict[str, list[str]] = json.loads(entry.notes)
    parts = []
    for id in work.exercises:
        found = tuple(criteria.get(row.id, {}).get(id, ()))
        told = tuple(notes.get(id, ()))
        part = Part(id, sum(c.milli for c in found), sum(c.out_of_milli for c in found), found, told)
        other = overrides.get(row.id, {}).get(id)
        parts.append(part if other is None else replace(part, milli=other.milli, why=other.why, by=other.who))
    earlier = [then for then in former.get(row.id, ()) if then.graded_at < entry.graded_at]
    before = None
    if earlier:
        last = max(earlier, key=lambda then: then.graded_at).checks
        decided = overrides.get(row.id, {})
        given = {then.exercise: then.milli for then in earlier if then.checks == last}
        before = (last, sum(decided[id].milli if id in decided else given.get(id, 0) for id in work.exercises))
    return replace(
        mark, before=before, parts=tuple(parts), notes=tuple(notes.get("", ())), flags=tuple(json.loads(entry.flags)),
        faults=tuple(json.loads(entry.faults)), tier=entry.tier, graded_at=entry.graded_at,
    )  # fmt: skip


def _untried(row: Any) -> str:
    """State of a hand-in that has no job under these checks yet."""
    return s.ATTENTION if row.refused in ATTENTION_REASONS else s.INVALID if row.refused else s.QUEUED
