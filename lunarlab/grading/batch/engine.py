"""The run over a class: a supervisor that touches no student's code, workers that it restarts, and a sum at the end.

The supervisor takes the hand-ins in, loads the judges once and forks a worker for each slot; a worker takes one hand-in at
a time, grades it in a sandbox of its own and writes grade and "done" in one transaction. Whoever is killed, whenever, leaves
a lease behind that the next grader takes up.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import platform
import selectors
import signal
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from lunarlab import __version__
from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import ingest, owner, slots
from lunarlab.grading.batch.gradebook import Gradebook, Totals
from lunarlab.grading.batch.ingest import Handin
from lunarlab.grading.batch.pack import Assignment, Key, given
from lunarlab.grading.batch.score import Opener, Trouble, grade
from lunarlab.grading.batch.store import GradebookError
from lunarlab.grading.checks import Exercise
from lunarlab.grading.sandbox.tiers import processor

EXIT_FINE, EXIT_ATTENTION, EXIT_NO_SANDBOX, EXIT_GRADEBOOK = 0, 3, 4, 5
_STARTED, _ENDED = b"s", b"e"
_BATCH, _BATCH_TEXT = 50, 4_000_000
"""Hand-ins that are taken in with one transaction, and characters of their cells."""
_FRUITLESS = 5
"""Workers that die one after the other without having graded anything: then the fault is not a hand-in's."""


@dataclass(frozen=True)
class Fence:
    """What opens sandboxes, and what its self-test said."""

    opener: Opener
    tier: str
    probes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What to grade, with what."""

    work: Assignment
    key: Key = field(repr=False)
    gradebook: str | Path
    fence: Callable[[], Fence]
    """Called once, and only if there is something to execute: a self-test takes time."""
    workers: int = 2
    roster: Mapping[str, Any] | None = None
    """Names that may hand in; None: everybody may."""
    stuck_s: float = 1800.0
    """A worker that has one hand-in for so long is killed: every limit of the sandbox is shorter."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    totals: Totals
    executed: int
    new: int
    wall_s: float
    cpu_s: float
    """Of the grader's own processes; nobody is told that of a sandbox whose processes have numbers of their own."""
    run: str = ""
    tier: str = ""
    warnings: tuple[str, ...] = ()
    stopped: tuple[tuple[str, str, str], ...] = ()
    """(student, state, why) of each latest hand-in that is not graded."""

    @property
    def exit_code(self) -> int:
        """0: everything is graded or invalid; 3: a person has to look; 5: the sum does not hold."""
        if not self.totals.holds:
            return EXIT_GRADEBOOK
        return EXIT_ATTENTION if self.totals.needs_attention else EXIT_FINE


def run(plan: Plan, submissions: Path | None, *, progress: Callable[[int, int], None] | None = None) -> Outcome:
    """Take in what lies in a folder (None: nothing new) and grade whatever is not graded.

    Parameters
    ----------
    plan
        What to grade, with what.
    submissions
        The folder.
    progress
        Called with (ended, of how many).

    Returns
    -------
    Outcome
        With the closing sum, counted in the gradebook.

    Raises
    ------
    GradebookError
        The gradebook can't be used.
    NoSandbox
        There is something to grade, and no fence to do it in.
    """
    if threads() > 1:
        raise LunarlabError("a grader forks its workers, so it must start in a process without threads: lunarlab grade")
    start = time.monotonic()
    with Gradebook(plan.gradebook, pooled=False) as book:
        new = _take_in(plan, book, submissions) if submissions is not None else 0
        book.plan_again(plan.work)
        book.reclaim(plan.work)
        before = book.totals(plan.work)
        if before.open == 0:
            stopped = tuple(book.stopped(plan.work))
            return Outcome(before, 0, new, time.monotonic() - start, time.process_time(), stopped=stopped)
        seen = versions()
        told: tuple[str, ...] = () if not book.other_versions(plan.work, seen) else (
            "some hand-ins were graded with other code under the same version of the checks; "
            "raise `checks` in the assignment to grade all of them again",
        )  # fmt: skip
        fence = plan.fence()
        id = book.begin_run(plan.work, tier=fence.tier, probes=fence.probes, versions=seen, key_id=plan.key.id)
        items = plan.work.items()
        executed = _Supervisor(plan, fence, book, items, id, before.open, progress).supervise()
        totals = book.totals(plan.work)
        copies = book.copies(plan.work)
        told += tuple(f"{who} hands in what is right for {whose} in {exercise}" for exercise, who, whose in copies)
        told += tuple(
            f"what a person decided about {exercise} of {student} was about an earlier hand-in; it does not count for this one"
            for student, exercise in book.overtaken(plan.work)
        )
        stopped = tuple(book.stopped(plan.work))
        cpu = sum(os.times()[:4])
        book.end_run(id, totals, cpu)
    return Outcome(totals, executed, new, time.monotonic() - start, cpu, id, fence.tier, told, stopped)


def threads() -> int:
    """Threads of this process; 1 where nobody can tell."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 1


def _take_in(plan: Plan, book: Gradebook, folder: Path) -> int:
    names = ingest.entries(folder)
    students = [plan.key.student(ingest.student_of(name)) for name in names]
    several = {student for student, count in Counter(students).items() if count > 1}

    def rows() -> Iterable[tuple[str, Handin]]:
        for name, student in zip(names, students, strict=True):
            handin = ingest.take(folder, name, plan.work.notebook, plan.work.exercises)
            if plan.roster is not None and unicodedata.normalize("NFC", ingest.student_of(name)) not in plan.roster:
                handin = Handin(name, handin.sha256, reason="unknown_student", sentence="nobody in the roster has this name")
            yield student, replace(handin, only=student not in several)

    new, length, batch = 0, 0, []
    for row in rows():
        batch.append(row)
        length += sum(len(cell.text) for cell in row[1].cells)
        if len(batch) == _BATCH or length > _BATCH_TEXT:
            new += book.receive(plan.work, batch, "folder")
            batch, length = [], 0
    return new + book.receive(plan.work, batch, "folder")


def versions() -> dict[str, str]:
    """What a grade hangs on apart from the answer."""
    package = Path(__file__).parents[2]
    code = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        code.update(str(file.relative_to(package)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return {"lunarlab": __version__, "python": platform.python_version(), "numpy": np.__version__,
            "processor": platform.machine(), "code": code.hexdigest()[:16]}  # fmt: skip


@dataclass
class _Worker:
    pid: int
    owner: str
    pipe: int
    busy_since: float | None = None


class _Supervisor:
    """Forks workers, counts what they end, restarts the dead. Holds no database connection while it forks."""

    def __init__(
        self, plan: Plan, fence: Fence, book: Gradebook, items: Sequence[Exercise], run: str, todo: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:  # fmt: skip
        self.plan, self.fence, self.book, self.items, self.run_id = plan, fence, book, items, run
        self.todo, self.ended, self.fruitless, self.trouble = todo, 0, 0, 0
        self.progress = progress or (lambda ended, todo: None)
        self.selector = selectors.DefaultSelector()
        self.workers: list[_Worker] = []

    def supervise(self) -> int:
        """Until every hand-in has ended; how many this run executed."""
        try:
            for _ in range(max(1, min(self.plan.workers, self.todo))):
                self._start()
            while self.workers:
                for key, _ in self.selector.select(0.5):
                    self._hear(key.data)
                self._watch()
        finally:
            self._stop()
        return self.ended

    def _start(self) -> None:
        ours, theirs = os.pipe()
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            _live(self.plan, self.fence, self.items, self.run_id, theirs, parent)
        os.close(theirs)
        worker = _Worker(pid, owner.of(pid), ours)
        self.workers.append(worker)
        self.selector.register(ours, selectors.EVENT_READ, worker)

    def _hear(self, worker: _Worker) -> None:
        said = os.read(worker.pipe, 4096)
        for sign in said:
            worker.busy_since = time.monotonic() if bytes([sign]) == _STARTED else None
            if bytes([sign]) == _ENDED:
                self.ended += 1
                self.fruitless = 0
        if said:
            self.progress(self.ended, self.todo)
        else:
            self._bury(worker)

    def _bury(self, worker: _Worker) -> None:
        """A worker has ended: fine if there is nothing left to do, else another one takes its place."""
        self.selector.unregister(worker.pipe)
        os.close(worker.pipe)
        self.workers.remove(worker)
        _, status = os.waitpid(worker.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return
        self.fruitless += 1
        self.trouble += code == EXIT_GRADEBOOK
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        for id in self.book.held_by(worker.owner):
            self.book.fail(id, self.plan.work.checks, worker.owner, f"the grading process ended with {how}")
        if self.fruitless >= _FRUITLESS * self.plan.workers:
            raise GradebookError(
                f"{self.fruitless} grading processes ended one after the other without a grade, the last with {how}"
            )
        time.sleep(min(0.1 * self.fruitless, 2.0))
        self._start()

    def _watch(self) -> None:
        for worker in self.workers:
            if worker.busy_since is not None and time.monotonic() - worker.busy_since > self.plan.stuck_s:
                worker.busy_since = None
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)

    def _stop(self) -> None:
        """Only after an exception are there any left; what they held is queued again."""
        for worker in self.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGTERM)
        for worker in self.workers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(worker.pid, 0)
            os.close(worker.pipe)
        if self.workers:
            self.workers = []
            self.book.reclaim(self.plan.work)
        self.selector.close()


class _Stopped(BaseException):
    """Asked to end: sandboxes are closed on the way out."""


def _die_with(parent: int) -> None:
    """A worker must not outlive its supervisor, even one that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def _live(plan: Plan, fence: Fence, items: Sequence[Exercise], run: str, pipe: int, parent: int) -> NoReturn:
    """A worker's life; never returns into the supervisor's code."""
    code = 1
    try:
        _die_with(parent)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor hears it and asks us to stop

        def stop(*_: object) -> NoReturn:
            raise _Stopped

        signal.signal(signal.SIGTERM, stop)
        with Gradebook(plan.gradebook) as book:
            _work(plan, fence, items, book, run, pipe)
        code = 0
    except GradebookError as error:
        print(f"lunarlab: {error}", file=sys.stderr)
        code = EXIT_GRADEBOOK
    except _Stopped:
        pass
    except BaseException as error:  # whatever it is, the supervisor starts another one
        print(f"lunarlab: a grading process failed: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
    finally:
        with contextlib.suppress(BaseException):
            sys.stderr.flush()
        os._exit(code)


def join(slot: int) -> None:
    """Run where the slot's sandbox runs: they speak in turns, and one wakes the other twice as fast on the same processor."""
    if (mine := processor(slot)) is not None:
        os.sched_setaffinity(0, {mine})


def _work(plan: Plan, fence: Fence, items: Sequence[Exercise], book: Gradebook, run: str, pipe: int) -> None:
    me, pause, slot, known = owner.me(), 0.05, slots.take(), given(plan.work, Path(plan.work.home))
    join(slot)
    while True:
        job = book.claim(plan.work, me, 2.0 * plan.stuck_s)
        if job is None:
            if book.totals(plan.work).open == 0:
                return
            # Somebody else has the rest: wait for them, or for their death.
            time.sleep(pause)
            pause = min(2.0 * pause, 1.0)
            book.reclaim(plan.work)
            continue
        pause = 0.05
        os.write(pipe, _STARTED)
        try:
            sitting = plan.work.sitting(plan.key, job.student)
            graded = grade(job.cells, items, sitting, fence.opener, slot=slot, tier=fence.tier, known=known)
        except Trouble as trouble:
            book.fail(job, job.checks, me, str(trouble))
        except GradebookError:
            raise
        except Exception as error:  # a fault of ours: this hand-in waits, the others go on
            book.fail(job, job.checks, me, f"{type(error).__name__}: {error}")
        else:
            book.finish(job, me, graded, run)
            if graded.retired:
                slot = slots.take()  # the old one stays ours, so that nobody meets what is left in it
        os.write(pipe, _ENDED)
