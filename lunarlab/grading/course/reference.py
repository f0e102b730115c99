"""Proof of a release: the reference solution gets every point under each student's own numbers and hidden scenarios.

The reference is the instructor's own program, so its cells run in this process (or in helpers of it), for each exercise once
for all students who have the same numbers; the judges then sit with every student. One student's sitting is also graded as
hand-ins are, with the answers at the other end of a pipe and under the limits of grading: that takes seconds, too many for
a whole class. A student's program is never run here: no part of the grader imports this file.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lunarlab
from lunarlab.errors import LunarlabError
from lunarlab.grading import checks, split
from lunarlab.grading.answers import quiet
from lunarlab.grading.batch import notebook as gate
from lunarlab.grading.batch.notebook import NotebookCell
from lunarlab.grading.batch.pack import Assignment, Key
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import Exam, Numbers, sitting
from lunarlab.grading.result import Result
from lunarlab.grading.sandbox.inside import cells as program
from lunarlab.grading.sandbox.inside.library import Silent

SPREAD = 2.0
"""Points in 100 by which a weak answer's points may differ between students; more means that some have it harder."""
_EACH = 8
"""Students for whom one more process is worth its start."""
_SCREENS = ("check", "progress", "quiz", "replay", "console")
"""What a notebook shows, and a proof does not need."""


class NotProven(LunarlabError):  # noqa: N818 - what it says is that there is no proof
    """The reference does not get every point; the message says of which exercise, how often, and what was missed."""


@dataclass(frozen=True)
class Proof:
    """What was tried before a release."""

    reference: str
    """Name of the file."""
    sha256: str
    students: int
    baseline: tuple[float, float, float] | None = None
    """Least, mean and most points in 100 that the weak answer got."""

    @property
    def uneven(self) -> bool:
        """Whether the weak answer shows that some students have it harder."""
        return self.baseline is not None and self.baseline[2] - self.baseline[0] > SPREAD


@dataclass(frozen=True)
class Sat:
    """What a program got in one student's sitting: of each exercise the points, and what was missed."""

    student: str
    points: Mapping[str, int]
    missed: Mapping[str, str]


def solution_of(lesson: Path) -> Path | None:
    """Our own solution of one of our lessons, where the repository is at hand."""
    file = Path(lunarlab.__file__).parents[1] / "solutions" / f"{lesson.stem}.py"
    return file if lesson.parent.name in ("lessons", "_lessons") and file.is_file() else None


def read(file: Path) -> tuple[NotebookCell, ...]:
    """Cells of a solved notebook, or of a solution in percent format (``.py``).

    Raises
    ------
    LunarlabError
        It can't be read.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise LunarlabError(f"{str(file)!r} can't be read: {error.strerror}") from None
    if file.suffix == ".py":
        cells = split.parse(raw.decode("utf-8"), file.name)
        return tuple(NotebookCell(i, cell.kind, cell.task or "", cell.solution) for i, cell in enumerate(cells))
    try:
        return gate.read(raw)
    except gate.Invalid as bad:
        raise LunarlabError(f"{file.name} can't be taken for a notebook ({bad.reason}): {bad.sentence}") from None


@dataclass(frozen=True)
class _Asked(Exam):
    """A sitting that notes which numbers a program asks for."""

    asked: dict[str, Numbers] = field(default_factory=dict)

    def variant(self, exercise: str) -> Numbers:
        """The numbers, noted down."""
        self.asked[exercise] = super().variant(exercise)
        return self.asked[exercise]


class Program:
    """A trusted notebook whose answers are had for one student after the other; it runs again only for other numbers."""

    def __init__(self, cells: Sequence[NotebookCell]) -> None:
        self._cells = cells
        self._runs: dict[str, list[tuple[dict[str, Numbers], tuple[Any, ...], str]]] = {}

    def answers(self, item: Exercise, exam: Exam) -> tuple[tuple[Any, ...], str]:
        """The answers to an exercise, and what went wrong in the cells that they need."""
        for asked, answers, wrong in self._runs.setdefault(item.id, []):
            if all(exam.variant(id) == numbers for id, numbers in asked.items()):
                return answers, wrong
        noting = _Asked(exam.key, exam.course, exam.assignment, exam.version, exam.student)
        rows = [
            {"index": cell.index, "kind": cell.kind, "id": cell.id if cell.id == item.id else None, "text": cell.text}
            for cell in self._cells
        ]
        scope: dict[str, Any] = {"__name__": "__main__"}
        parsed = program.parse(rows)
        with sitting(noting), quiet(), _without_screens():
            try:
                program.run(parsed, set(item.answers), scope)
                errors = [f"cell {index + 1}, line {line}: {kind}" for index, line, kind in parsed.errors]
            except SystemExit:
                errors = ["it ends itself"]
        found = noting.asked, tuple(scope.get(name) for name in item.answers), "; ".join(errors)
        self._runs[item.id].append(found)
        return found[1:]

    def sit(self, items: Sequence[Exercise], exam: Exam) -> Sat:
        """Judge every exercise in one student's name."""
        points, missed = {}, {}
        for item in items:
            answers, wrong = self.answers(item, exam)
            with sitting(exam):
                result = checks.judge(item, answers)
            points[item.id] = min(result.points, item.points)
            if points[item.id] < item.points:
                missed[item.id] = _missed(result, wrong)
        return Sat(exam.student, points, missed)


def _missed(result: Result, wrong: str) -> str:
    parts = [wrong, result.note, *(
        f"{found.requirement}: {found.value or 'not met'}" + (f", allowed {found.allowed}" if found.allowed else "")
        for found in result.findings if not found.ok
    )]  # fmt: skip
    return "; ".join(filter(None, parts)) or "its findings give fewer points than the exercise has"


@contextlib.contextmanager
def _without_screens() -> Iterator[None]:
    space = vars(lunarlab)
    before = {name: space[name] for name in _SCREENS if name in space}
    space.update(dict.fromkeys(_SCREENS, Silent()))
    try:
        yield
    finally:
        for name in _SCREENS:
            space.pop(name, None)
        space.update(before)


# --- a class ----------------------------------------------------------------------------------------------------------

_mine: tuple[Program, tuple[Exercise, ...], Assignment, Key]


def _begin(cells: tuple[NotebookCell, ...], work: Assignment, key: Key) -> None:
    global _mine
    os.environ["MPLBACKEND"] = "Agg"
    _mine = Program(cells), work.items(), work, key


def _one(student: str) -> Sat:
    mine, items, work, key = _mine
    return mine.sit(items, work.sitting(key, key.student(student)))


def sat(
    cells: tuple[NotebookCell, ...], work: Assignment, key: Key, students: Sequence[str], progress: Callable[[], object]
) -> list[Sat]:
    """A trusted program in the sitting of every student, on all cores; in the order of `students`."""
    helpers = min(os.cpu_count() or 1, len(students) // _EACH)
    found = []
    with contextlib.ExitStack() as stack:
        if helpers > 1:
            # Spawned, not forked: nobody knows what threads an instructor's program has.
            pool = multiprocessing.get_context("spawn").Pool(helpers, _begin, (cells, work, key))
            results: Iterator[Sat] = stack.enter_context(pool).imap(_one, students)
        else:
            _begin(cells, work, key)
            results = map(_one, students)
        for one in results:
            found.append(one)
            progress()
    return found


def prove(
    reference: Path, lesson: Path, work: Assignment, key: Key, students: Sequence[str], *, baseline: Path | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Proof:  # fmt: skip
    """Show that a release is fair, before it is made.

    Parameters
    ----------
    reference : Path
        A solved notebook, or a solution in percent format.
    lesson : Path
        The notebook that students will get.
    work, key
        The assignment and the course key.
    students
        As in the roster.
    baseline : Path, optional
        A weak answer, whose points should hardly differ between students.
    progress
        Called after each sitting; there is one for each student and program.

    Raises
    ------
    NotProven
        The reference loses a point somewhere.
    LunarlabError
        A file can't be read, or the students' notebook holds an answer of the reference.
    """
    cells = read(reference)
    given = {(cell.id, cell.text.strip()) for cell in read(lesson) if cell.id}
    for cell in cells:
        if (cell.id, cell.text.strip()) in given:
            raise LunarlabError(f"nothing was released: {lesson.name} would hold the reference's answer to {cell.id}")
    weak = read(baseline) if baseline is not None else None
    items = work.items()
    lost = [one for one in sat(cells, work, key, students, progress) if one.missed]
    _no_loss(lost, work, key, students)
    _as_hand_ins_are(cells, items, work, key, students[0])
    spread = None
    if weak is not None:
        out_of = sum(item.points for item in items)
        got = [100.0 * sum(one.points.values()) / out_of for one in sat(weak, work, key, students, progress)]
        spread = min(got), sum(got) / len(got), max(got)
    return Proof(reference.name, hashlib.sha256(reference.read_bytes()).hexdigest(), len(students), spread)


def _no_loss(lost: Sequence[Sat], work: Assignment, key: Key, students: Sequence[str]) -> None:
    if not lost:
        return
    names = {key.student(name): name for name in students}
    lines = ["nothing was released: the reference does not get every point"]
    for item in work.items():
        here = [one for one in lost if item.id in one.missed]
        if here:
            first = here[0]
            exam = work.sitting(key, first.student)
            numbers = "".join(f", {k} = {v:g}" for k, v in exam.variant(item.id).items()) if item.usual is not None else ""
            lines.append(
                f"  {item.id}: {len(here)} of {len(students)} students, such as {names[first.student]} "
                f"({first.points[item.id]} of {item.points} points{numbers}): {first.missed[item.id]}"
            )
    raise NotProven("\n".join(lines))


def _as_hand_ins_are(
    cells: tuple[NotebookCell, ...], items: Sequence[Exercise], work: Assignment, key: Key, student: str
) -> None:
    """One sitting through the pipe: an answer can be right and yet not cross it, take too long or too much memory."""
    if not sys.platform.startswith("linux"):
        return  # sandboxes are Linux's; whoever grades there releases there
    from lunarlab.grading.batch import fenced, score
    from lunarlab.grading.sandbox.limits import Limits
    from lunarlab.grading.sandbox.tiers import Tier, compile_first

    compile_first(work.exercises)
    # Without a fence: it is the instructor's own program. All else is as in grading; answers to other exercises need not run.
    cells = tuple(replace(cell, id=cell.id if cell.id in work.exercises else "") for cell in cells)
    opener = fenced.opener(Tier("P"), Limits(**dict(work.limits)))  # type: ignore[arg-type]
    try:
        found = score.grade(cells, items, work.sitting(key, key.student(student)), opener)
    except score.Trouble as error:
        raise NotProven(f"nothing was released: the reference could not be graded as a hand-in: {error}") from error
    if found.milli < found.out_of_milli:
        rows = [row for row in found.criteria if not row.met]
        first = rows[0].exercise
        missed = [f"{row.requirement}: {row.value or 'not met'}" for row in rows if row.exercise == first]
        told = "; ".join([*found.notes.get(first, ()), *missed])
        raise NotProven(f"nothing was released: graded as a hand-in is, the reference loses points in {first}: {told}")
