"""The gradebook: every hand-in that was received ends in exactly one of graded, invalid, needs_attention.

One transaction per hand-in: its criteria, its grade and "done" are written together or not at all, and only by the process
that holds the lease. Two graders may work on one gradebook; what a killed one held is taken up by the next.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lunarlab.grading.batch import owner as owners
from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.ingest import Handin
from lunarlab.grading.batch.intake import ATTENTION_REASONS as ATTENTION_REASONS
from lunarlab.grading.batch.intake import job_update, latest, queue, receive_one, unmet
from lunarlab.grading.batch.notebook import NotebookCell
from lunarlab.grading.batch.pack import Assignment
from lunarlab.grading.batch.score import Graded
from lunarlab.grading.batch.store import (
    GradebookError,
    broken_link,
    connect,
    insert_absent,
    note,
    one_writer,
    prepare,
    trouble,
)

TRIES = 3
"""Faults of the infrastructure after which a person has to look at a hand-in."""


@dataclass(frozen=True)
class Job:
    """A hand-in whose lease this process holds."""

    submission: str
    checks: str
    student: str
    cells: tuple[NotebookCell, ...]
    tries: int


@dataclass(frozen=True)
class Totals:
    """How many hand-ins are in which state."""

    received: int
    graded: int
    invalid: int
    needs_attention: int
    open: int

    @property
    def holds(self) -> bool:
        """Whether every received hand-in has ended in one state."""
        return self.open == 0 and self.received == self.graded + self.invalid + self.needs_attention

    def __str__(self) -> str:
        ends = f"graded {self.graded} + invalid {self.invalid} + needs_attention {self.needs_attention}"
        text = f"received {self.received} = {ends}"
        return text if self.holds else f"{text}, and {self.open} still open"


class Gradebook:
    """An open gradebook. Each process has its own; one that will fork opens it with `pooled=False`."""

    def __init__(self, place: str | Path, *, pooled: bool = True) -> None:
        self.engine = connect(place, pooled=pooled)
        prepare(self.engine)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, what: Callable[[sa.Connection], Any]) -> Any:
        with trouble(), self.engine.begin() as connection:
            return what(connection)

    def _read(self, what: Callable[[sa.Connection], Any]) -> Any:
        with trouble(), self.engine.connect().execution_options(reads=True) as connection:
            return what(connection)

    # --- taking in ---

    def receive(self, work: Assignment, rows: Iterable[tuple[str, Handin]], by: str) -> int:
        """Note hand-ins with their students' keys; those that are known already change nothing. How many were new."""
        found = list(rows)

        def write(connection: sa.Connection) -> int:
            one_writer(connection)
            now = time.time()
            listed = json.dumps(list(work.exercises))
            insert_absent(connection, s.assignment, [{
                "id": work.id, "course": work.course, "name": work.name, "version": work.version, "exercises": listed,
                "created_at": now,
            }])  # fmt: skip
            kept = connection.execute(sa.select(s.assignment.c.exercises).where(s.assignment.c.id == work.id)).scalar()
            if kept != listed:
                raise GradebookError(
                    f"assignment {work.id} was graded with other exercises before: give it a new version "
                    f"(then {kept}, now {listed})"
                )
            return sum(receive_one(connection, work, student, handin, by, now) for student, handin in found)

        return int(self._write(write))

    def plan_again(self, work: Assignment) -> int:
        """Queue of every student the latest hand-in, and the one that counts, if these checks have not met them. How many."""

        def write(connection: sa.Connection) -> int:
            one_writer(connection)
            now = time.time()
            return sum(queue(connection, work, id, reason, now) for id, reason in unmet(connection, work).items())

        # The cheap question first: only after `checks` was raised there are any.
        if not self.needs_run(work):
            return 0

        return int(self._write(write))

    def needs_run(self, work: Assignment) -> bool:
        """Whether these checks have not met a hand-in that counts."""
        return bool(self._read(lambda connection: unmet(connection, work)))

    # --- leases ---

    def claim(self, work: Assignment, me: str, lease_s: float) -> Job | None:
        """Take the next hand-in that waits; None if none does now."""
        now = time.time()
        ready = (
            sa.select(s.job.c.submission_id)
            .where(s.job.c.assignment_id == work.id, s.job.c.checks == work.checks)
            .where(s.job.c.state.in_((s.QUEUED, s.RETRY)), s.job.c.not_before <= now)
            # Those that were running when a grader died come last: if one of them was the reason, it stops nobody else.
            .order_by(s.job.c.interruptions + s.job.c.tries, s.job.c.submission_id)
            .limit(1)
        )

        def write(connection: sa.Connection) -> Job | None:
            chosen = connection.execute(ready.with_for_update(skip_locked=True)).scalar()
            if chosen is None:
                return None
            connection.execute(
                job_update(chosen, work.checks).values(state=s.RUNNING, owner=me, lease_until=now + lease_s, changed_at=now)
            )
            row = connection.execute(
                sa.select(s.submission.c.student_key, s.submission.c.cells, s.job.c.tries)
                .join(s.job, s.job.c.submission_id == s.submission.c.id)
                .where(s.submission.c.id == chosen, s.job.c.checks == work.checks)
            ).one()
            cells = tuple(NotebookCell(*cell) for cell in json.loads(row.cells))
            return Job(chosen, work.checks, row.student_key, cells, row.tries)

        # The cheap question first: an empty queue is asked often, and must not hold up those who write.
        if self._read(lambda connection: connection.execute(ready).scalar()) is None:
            return None
        found: Job | None = self._write(write)
        return found

    def reclaim(self, work: Assignment) -> int:
        """Queue again what dead graders held; a lease that ran out on another machine counts as dead. How many."""
        running = sa.select(s.job.c.submission_id, s.job.c.owner, s.job.c.lease_until).where(
            s.job.c.assignment_id == work.id, s.job.c.checks == work.checks, s.job.c.state == s.RUNNING
        )
        now = time.time()
        rows = self._read(lambda connection: connection.execute(running).all())
        gone = [
            row for row in rows
            if owners.is_gone(row.owner) or (row.lease_until < now and not row.owner.startswith(owners.machine() + ":"))
        ]  # fmt: skip
        if not gone:
            return 0

        def write(connection: sa.Connection) -> int:
            return sum(
                connection.execute(
                    job_update(row.submission_id, work.checks)
                    .where(s.job.c.state == s.RUNNING, s.job.c.owner == row.owner)
                    .values(state=s.QUEUED, owner="", interruptions=s.job.c.interruptions + 1, changed_at=now)
                ).rowcount
                for row in gone
            )

        return int(self._write(write))

    def finish(self, job: Job, me: str, graded: Graded, run: str) -> bool:
        """Write a grade and end its job; False if the lease was lost, and then nothing is written."""

        def write(connection: sa.Connection) -> bool:
            now = time.time()
            held = connection.execute(
                job_update(job.submission, job.checks)
                .where(s.job.c.state == s.RUNNING, s.job.c.owner == me)
                .values(state=s.GRADED, owner="", lease_until=0.0, reason="", changed_at=now)
            ).rowcount
            if not held:
                return False
            key = {"submission_id": job.submission, "checks": job.checks}
            connection.execute(s.grade.insert().values(
                **key, milli=graded.milli, out_of_milli=graded.out_of_milli, digest=graded.digest,
                notes=json.dumps(graded.notes), flags=json.dumps(graded.flags), faults=json.dumps(graded.faults),
                variants=json.dumps(graded.variants), tier=graded.tier, run_id=run, wall_s=graded.wall_s, graded_at=now,
            ))  # fmt: skip
            connection.execute(s.criterion.insert(), [{**key, **asdict(row)} for row in graded.criteria])
            note(connection, "graded", job.submission, checks=job.checks, milli=graded.milli, digest=graded.digest, run=run)
            return True

        return bool(self._write(write))

    def fail(self, job: Job | str, checks: str, me: str, reason: str, *, pause_s: float = 1.0) -> None:
        """A fault of ours while grading: again later, and after `TRIES` times a person has to look. Never a mark of 0."""
        id = job if isinstance(job, str) else job.submission

        def write(connection: sa.Connection) -> None:
            now = time.time()
            mine = sa.and_(s.job.c.submission_id == id, s.job.c.checks == checks, s.job.c.owner == me)
            row = connection.execute(sa.select(s.job.c.tries).where(mine, s.job.c.state == s.RUNNING)).one_or_none()
            if row is None:
                return
            tries = row.tries + 1
            state = s.ATTENTION if tries >= TRIES else s.RETRY
            connection.execute(
                s.job.update().where(mine)
                .values(state=state, owner="", tries=tries, reason=reason[:500], changed_at=now,
                        not_before=now + pause_s * 2 ** (tries - 1))
            )  # fmt: skip
            note(connection, state, id, checks=checks, reason=reason[:500], tries=tries)

        self._write(write)

    def held_by(self, owner: str) -> list[str]:
        """Hand-ins whose lease an owner holds."""
        query = sa.select(s.job.c.submission_id).where(s.job.c.owner == owner, s.job.c.state == s.RUNNING)
        return list(self._read(lambda connection: connection.execute(query).scalars().all()))

    def look_again(self, work: Assignment) -> int:
        """Queue again what needs attention, after its cause was removed. How many."""
        again = (
            s.job.update()
            .where(s.job.c.assignment_id == work.id, s.job.c.checks == work.checks, s.job.c.state == s.ATTENTION)
            .where(s.job.c.submission_id.in_(sa.select(s.submission.c.id).where(s.submission.c.cells.is_not(None))))
            .values(state=s.QUEUED, tries=0, not_before=0.0, reason="", changed_at=time.time())
        )
        return int(self._write(lambda connection: connection.execute(again).rowcount))

    # --- runs ---

    def begin_run(
        self, work: Assignment, *, tier: str, probes: Mapping[str, Any], versions: Mapping[str, str], key_id: str
    ) -> str:
        """Note a run; its id."""
        id = uuid.uuid4().hex[:16]

        def write(connection: sa.Connection) -> None:
            connection.execute(s.run.insert().values(
                id=id, assignment_id=work.id, checks=work.checks, tier=tier, probes=json.dumps(probes), key_id=key_id,
                versions=json.dumps(versions, sort_keys=True), machine=owners.machine(), started_at=time.time(),
            ))  # fmt: skip
            note(connection, "run", id, assignment=work.id, checks=work.checks, tier=tier, key_id=key_id)

        self._write(write)
        return id

    def end_run(self, id: str, totals: Totals, cpu_s: float) -> None:
        """Note how a run ended."""
        done = s.run.update().where(s.run.c.id == id)
        values = {"ended_at": time.time(), "cpu_s": cpu_s, "totals": json.dumps(asdict(totals))}
        self._write(lambda connection: connection.execute(done.values(**values)))

    def other_versions(self, work: Assignment, versions: Mapping[str, str]) -> bool:
        """Whether grades under these checks were made with other code than the present one."""
        query = (
            sa.select(s.run.c.versions).join(s.grade, s.grade.c.run_id == s.run.c.id)
            .where(s.run.c.assignment_id == work.id, s.grade.c.checks == work.checks).distinct()
        )  # fmt: skip
        kept = self._read(lambda connection: connection.execute(query).scalars().all())
        return any(json.loads(text).get("code") != versions.get("code") for text in kept)

    def totals(self, work: Assignment) -> Totals:
        """Hand-ins by state, counted from the hand-ins themselves, not from what a run believes that it did."""
        joined = sa.and_(s.job.c.submission_id == s.submission.c.id, s.job.c.checks == work.checks)
        query = (
            sa.select(s.job.c.state, sa.func.count()).select_from(s.submission.join(s.job, joined))
            .where(s.submission.c.assignment_id == work.id).group_by(s.job.c.state)
        )  # fmt: skip
        seen = dict(self._read(lambda connection: [tuple(row) for row in connection.execute(query)]))
        grades = (
            sa.select(sa.func.count()).select_from(s.grade.join(s.submission))
            .where(s.submission.c.assignment_id == work.id, s.grade.c.checks == work.checks)
        )  # fmt: skip
        graded = int(self._read(lambda connection: connection.execute(grades).scalar()))
        waiting = sum(seen.get(state, 0) for state in s.OPEN)
        return Totals(sum(seen.values()), graded, seen.get(s.INVALID, 0), seen.get(s.ATTENTION, 0), waiting)

    def stopped(self, work: Assignment) -> list[tuple[str, str, str]]:
        """(student, state, why) of each latest hand-in that is invalid or needs attention."""
        query = (
            latest(work.id).add_columns(s.submission.c.student_key, s.job.c.state, s.submission.c.sentence, s.job.c.reason)
            .join(s.job, sa.and_(s.job.c.submission_id == s.submission.c.id, s.job.c.checks == work.checks))
            .where(s.job.c.state.in_((s.INVALID, s.ATTENTION))).order_by(s.submission.c.student_key)
        )  # fmt: skip
        rows = self._read(lambda connection: connection.execute(query).all())
        return [(row.student_key, row.state, row.sentence or row.reason) for row in rows]

    def overtaken(self, work: Assignment) -> list[tuple[str, str]]:
        """(student, exercise) where a person decided about a hand-in, and another one counts now."""
        query = (
            sa.select(s.submission.c.student_key, s.override.c.exercise).distinct()
            .join(s.submission, s.submission.c.id == s.override.c.submission_id)
            .where(s.submission.c.assignment_id == work.id, s.override.c.submission_id.not_in(latest(work.id, readable=True)))
            .order_by(s.submission.c.student_key, s.override.c.exercise)
        )  # fmt: skip
        return [(row.student_key, row.exercise) for row in self._read(lambda connection: connection.execute(query).all())]

    def copies(self, work: Assignment) -> list[tuple[str, str, str]]:
        """(exercise, who, whose) where somebody's wrong value is the right one of somebody else, whose numbers are others."""
        query = (
            sa.select(s.criterion, s.submission.c.student_key, s.grade.c.variants)
            .select_from(s.criterion.join(s.grade).join(s.submission, s.submission.c.id == s.grade.c.submission_id))
            .where(s.submission.c.assignment_id == work.id, s.criterion.c.checks == work.checks, s.criterion.c.value != "")
            .order_by(s.submission.c.student_key)
        )  # fmt: skip
        right: dict[tuple[str, int, str], tuple[str, Any]] = {}
        wrong: list[tuple[tuple[str, int, str], str, Any]] = []
        for row in self._read(lambda connection: connection.execute(query).all()):
            numbers = json.loads(row.variants).get(row.exercise)
            if numbers is None:
                continue
            place = (row.exercise, row.ordinal, row.value)
            if row.met:
                right.setdefault(place, (row.student_key, numbers))
            else:
                wrong.append((place, row.student_key, numbers))
        return sorted({
            (place[0], who, right[place][0]) for place, who, numbers in wrong
            if place in right and right[place][0] != who and right[place][1] != numbers
        })  # fmt: skip

    def override(self, submission: str, exercise: str, milli: int, *, who: str, why: str) -> None:
        """A person's word on an exercise; it counts instead of the grader's, also after grading again."""
        if not who.strip() or not why.strip() or milli < 0:
            raise GradebookError("an override needs who, why, and points that are not negative")

        def write(connection: sa.Connection) -> None:
            if connection.execute(sa.select(s.submission.c.id).where(s.submission.c.id == submission)).scalar() is None:
                raise GradebookError(f"no hand-in is called {submission!r}")
            connection.execute(s.override.insert().values(
                id=uuid.uuid4().hex, submission_id=submission, exercise=exercise, milli=milli, who=who, why=why, at=time.time()
            ))  # fmt: skip
            note(connection, "override", submission, exercise=exercise, milli=milli)

        self._write(write)

    def erase(self, student: str) -> int:
        """Delete everything about a student; the chain keeps that something was deleted, under opaque names. Hand-ins."""

        def write(connection: sa.Connection) -> int:
            mine = sa.select(s.submission.c.id).where(s.submission.c.student_key == student)
            count = len(connection.execute(mine).all())
            for table in (s.criterion, s.grade, s.override, s.job):
                connection.execute(table.delete().where(table.c.submission_id.in_(mine)))
            connection.execute(s.submission.delete().where(s.submission.c.student_key == student))
            connection.execute(s.student.delete().where(s.student.c.key == student))
            note(connection, "erased", student, handins=count)
            return count

        return int(self._write(write))

    def trouble(self) -> list[str]:
        """What is wrong in the gradebook: damaged pages, rows without their parents, a broken chain. Empty if nothing is."""

        def read(connection: sa.Connection) -> list[str]:
            found = []
            if connection.dialect.name == "sqlite":
                state = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
                found += [] if state == ["ok"] else [str(row) for row in state]
                found += [f"row without parent in {row[0]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
            link = broken_link(connection)
            return found + ([f"event {link} was changed, removed or put in afterwards"] if link is not None else [])

        return list(self._read(read))
