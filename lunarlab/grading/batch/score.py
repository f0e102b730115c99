"""From a hand-in to criteria and milli-points: the same judges as in the notebook, with answers at the other end of a pipe.

What is scored is what the judges find, and they see numbers, texts and functions that answer with numbers. Nothing that the
student's process says about points, times or other people is listened to.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, TypeVar

from lunarlab.grading import answers as a
from lunarlab.grading.batch.notebook import NotebookCell, notes
from lunarlab.grading.batch.witness import agree, watched
from lunarlab.grading.checks import UNANSWERED, Exercise
from lunarlab.grading.exam import Exam, sitting
from lunarlab.grading.result import Finding

MILLI = 1000
TEXT = 400
"""Longest text of a criterion or note; a student's words may be part of it."""
INFRASTRUCTURE = "infrastructure"
KILLED = "ended by SIGKILL"
"""Nobody's code needs to be to blame for that: a machine without memory left kills, too."""


class Trouble(Exception):  # noqa: N818
    """A fault that is not the student's: grade again, and never give a 0 for it."""


class Fault(Protocol):
    """What went wrong in a sandbox."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def detail(self) -> str: ...  # noqa: D102


class LoadReport(Protocol):
    """How the cells ran."""

    @property
    def notes(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def errors(self) -> Sequence[tuple[int, int, str]]: ...  # noqa: D102
    @property
    def fault(self) -> Fault | None: ...  # noqa: D102


class Session(Protocol):
    """A sandbox with one student's notebook in it."""

    @property
    def faults(self) -> Sequence[Fault]: ...  # noqa: D102
    def load(self, names: Sequence[str]) -> LoadReport: ...  # noqa: D102
    def answers(self, exercise: str, names: Sequence[str]) -> tuple[Any, ...]: ...  # noqa: D102


_T = TypeVar("_T")
Opener = Callable[[Sequence[NotebookCell], Mapping[str, Mapping[str, float]], int], AbstractContextManager[Session]]
"""(cells, numbers of the student's variants, slot) -> an open session."""


@dataclass(frozen=True)
class Criterion:
    """One requirement and what a hand-in got for it."""

    exercise: str
    ordinal: int
    requirement: str
    milli: int
    out_of_milli: int
    met: int
    value: str
    allowed: str
    hint: str


@dataclass(frozen=True)
class Graded:
    """A hand-in's grade."""

    criteria: tuple[Criterion, ...]
    milli: int
    out_of_milli: int
    notes: dict[str, list[str]]
    """By exercise; "" for the whole hand-in."""
    flags: list[str]
    """What a teacher should look at: ``nondeterministic:09.gate``."""
    faults: list[str]
    variants: dict[str, dict[str, float]]
    tier: str = ""
    wall_s: float = 0.0
    retired: bool = False
    """Whether something is left in the slot, so that nobody must use it any more."""

    @property
    def digest(self) -> str:
        """Of everything that a run must repeat to the letter: criteria and points; no times, no words about faults."""
        rows = json.dumps([asdict(row) for row in self.criteria], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(rows.encode()).hexdigest()


def plain(text: str, length: int = TEXT) -> str:
    """A text in one line of printable characters, cut to a length."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)[: 4 * length]).split())
    return line if len(line) <= length else line[: length - 3] + "..."


def variants(items: Sequence[Exercise], exam: Exam) -> dict[str, dict[str, float]]:
    """The numbers of a student in every exercise that has a variant."""
    return {item.id: dict(exam.variant(item.id)) for item in items if item.usual is not None}


OWN = "own"
"""Mark of a cell that runs whole, as one with an answer does."""


def grade(
    cells: Sequence[NotebookCell], items: Sequence[Exercise], exam: Exam, opener: Opener, *, slot: int = 0, tier: str = "",
    known: Collection[str] = (),
) -> Graded:  # fmt: skip
    """Grade one hand-in; where a process of it was killed, a second time, and what comes of that counts.

    At first only those statements run that the answers need, as far as a text can tell. Where points are missing, all of the
    student's own cells run, and the better of the two counts for each exercise: state has many ways to hide.

    Parameters
    ----------
    cells, items, exam, opener
        The notebook, what is asked, in whose name, and what opens a sandbox.
    known
        Texts of cells that every student was given.

    Raises
    ------
    Trouble
        The sandbox or a judge failed, not the answer.
    """
    found = _grade(cells, items, exam, opener, slot, tier)
    if not found.retired and any(KILLED in fault for fault in found.faults):
        found = _grade(cells, items, exam, opener, slot, tier)
    whole = own(cells, items, known)
    stopped = found.retired or any(not fault.startswith("nonfinite") for fault in found.faults)
    missed = {row.exercise for row in found.criteria if row.milli < row.out_of_milli}
    tried = {id for id in missed if UNANSWERED not in found.notes.get(id, ()) or touched(cells, id)}
    if whole is None or stopped or not tried:
        return found
    return better(found, _grade(whole, items, exam, opener, slot, tier))


# No parser: the grader reads nothing of a stranger as code. `handin` looks more closely, at home.
_STUB = re.compile(r"\.\.\.[ \t]*(?:#.*)?$", re.MULTILINE)


def touched(cells: Iterable[NotebookCell], id: str) -> bool:
    """Whether somebody wrote an answer: what counts as none may be an empty table that another cell was to fill."""
    return any(cell.id == id and cell.kind == "code" and not _STUB.search(cell.text) for cell in cells)


def own(cells: Sequence[NotebookCell], items: Sequence[Exercise], known: Collection[str]) -> list[NotebookCell] | None:
    """The notebook with every cell of the student's own to be run whole; None if there are none but the answers."""
    asked = {item.id for item in items}
    made = [
        replace(c, id=OWN) if c.id not in asked and c.kind == "code" and c.text.strip() and c.text.strip() not in known else c
        for c in cells
    ]
    return made if any(cell.id == OWN for cell in made) else None


def better(found: Graded, other: Graded) -> Graded:
    """Of two grades of a hand-in the better one for each exercise."""

    def milli(graded: Graded, id: str) -> int:
        return sum(row.milli for row in graded.criteria if row.exercise == id)

    won = {row.exercise for row in found.criteria if milli(other, row.exercise) > milli(found, row.exercise)}
    if not won:
        return replace(found, wall_s=found.wall_s + other.wall_s, retired=other.retired)
    ids = dict.fromkeys(row.exercise for row in found.criteria)
    criteria = tuple(row for id in ids for row in (other if id in won else found).criteria if row.exercise == id)
    notes = {id: lines for id, lines in found.notes.items() if id not in won} | {
        id: lines for id, lines in other.notes.items() if id in won
    }
    flags = [flag for flag in found.flags if flag.partition(":")[2] not in won] + [
        flag for flag in other.flags if flag.partition(":")[2] in won
    ]
    return replace(found, criteria=criteria, milli=sum(row.milli for row in criteria), notes=notes, flags=flags,
                   wall_s=found.wall_s + other.wall_s, retired=other.retired)  # fmt: skip


def _grade(
    cells: Sequence[NotebookCell], items: Sequence[Exercise], exam: Exam, opener: Opener, slot: int, tier: str
) -> Graded:
    start = time.monotonic()
    numbers = variants(items, exam)
    told: dict[str, list[str]] = {id: [text] for id, text in notes(cells, [item.id for item in items]).items()}
    flags: list[str] = []
    rows: dict[str, list[Criterion]] = {item.id: _rows(item, None) for item in items}
    asked = {item.id for item in items}
    # a cell that answers what is not asked is run only if another one needs it
    with opener([c if c.id in asked or c.id == OWN else replace(c, id="") for c in cells], numbers, slot) as session:
        report = session.load([name for item in items for name in item.answers])
        _no_trouble(session, report.fault)
        if report.notes:
            told[""] = [plain(text) for text in list(report.notes)[:20]]
        fetched = {item.id: _fetch(item, session) for item in items if report.fault is None}
        # Numbers first: a function that uses up its time must not cost another exercise its points.
        for item in sorted(items, key=lambda item: any(map(callable, fetched.get(item.id, ((), "", True))[0] or ()))):
            here = told.setdefault(item.id, [])
            here += [
                f"Cell {index + 1}, which answers this exercise, stopped in line {line}: {plain(kind, 60)}."
                for index, line, kind in report.errors if any(c.index == index and c.id == item.id for c in cells)
            ]  # fmt: skip
            if report.fault is not None:
                here.append(plain(_words(report.fault)))
                continue
            answers, note, again = fetched[item.id]
            if answers is not None:
                findings, note, again = _judge(item, answers, exam, session)
                rows[item.id] = _rows(item, findings)
            here += [note] if note and not (here and note == UNANSWERED) else []  # why it is not is said already
            if not again:
                flags.append(f"nondeterministic:{item.id}")
                here.append("The answer is another one each time it is asked: set the seed of its random numbers.")
        faults = [plain(_words(fault)) for fault in list(session.faults)[:50]]
    told = {id: lines for id, lines in told.items() if lines}
    criteria = tuple(row for item in items for row in rows[item.id])
    return Graded(
        criteria, sum(row.milli for row in criteria), sum(item.points for item in items) * MILLI, told, flags, faults,
        numbers, tier, time.monotonic() - start, bool(getattr(session, "retired", False)),
    )  # fmt: skip


def _words(fault: Fault) -> str:
    return f"{fault.kind}: {fault.detail}" if fault.detail else fault.kind


def _no_trouble(session: Session, *more: Fault | None) -> None:
    for fault in (*session.faults, *more):
        if fault is not None and fault.kind == INFRASTRUCTURE:
            raise Trouble(plain(_words(fault)))


_Fetched = tuple[tuple[Any, ...] | None, str, bool]


def _fetch(item: Exercise, session: Session) -> _Fetched:
    """What a student's variables hold (None if they can't be had), a note, and True."""
    answers, note = _guarded(item, session, lambda: session.answers(item.id, item.answers))
    return (None if answers is None else watched(answers)), note, True


def _judge(item: Exercise, answers: tuple[Any, ...], exam: Exam, session: Session) -> tuple[list[Finding] | None, str, bool]:
    """Findings (None if there was nothing to judge), a note, and whether the answer is the same when it is asked again."""
    before = len(session.faults)

    def judge() -> list[Finding]:
        with sitting(exam), a.quiet():
            return list(item.judge(*answers))

    findings, note = _guarded(item, session, judge)
    if findings is None or len(session.faults) > before or not any(map(callable, answers)):
        return findings, note, True
    again, _ = _guarded(item, session, lambda: agree(answers, session.answers(item.id, item.answers)))
    return findings, note, again is not False


def _guarded(item: Exercise, session: Session, ask: Callable[[], _T]) -> tuple[_T | None, str]:
    """What something gives that runs a student's code on the other side; None and a note where that code is to blame."""
    before, note = len(session.faults), ""
    found: _T | None = None
    try:
        found = ask()
    except a.Unanswered:
        note = UNANSWERED
    except a.BadAnswer as bad:
        note = plain(str(bad))
        _no_trouble(session, getattr(bad, "fault", None))
    except Exception as error:
        _no_trouble(session)
        line = getattr(error, "cell_line", None)  # errors from the other side know their line
        if line is not None:
            note = f"It raised {type(error).__name__}" + (f" in line {line} of its cell." if line else ".")
        elif len(session.faults) == before:  # nothing happened on the other side: it is our judge that fails
            raise Trouble(plain(f"{item.id} could not be judged: {type(error).__name__}: {error}")) from error
    _no_trouble(session)
    new = list(session.faults)[before:]
    if new:
        note = plain(f"{note} ({_words(new[-1])})" if note and new[-1].detail not in note else _words(new[-1]))
    return found, note


def _rows(item: Exercise, findings: Sequence[Finding] | None) -> list[Criterion]:
    """Criteria of an exercise; their points never exceed the exercise's."""
    if not findings:
        return [Criterion(item.id, 0, "an answer that can be judged", 0, item.points * MILLI, 0, "", "", "")]
    rows, left = [], item.points * MILLI
    for ordinal, finding in enumerate(findings):
        worth = min(max(finding.points, 0) * MILLI, left)
        left -= worth
        rows.append(Criterion(
            item.id, ordinal, plain(finding.requirement), worth if finding.ok else 0, worth, int(bool(finding.ok)),
            plain(finding.value), plain(finding.allowed), "" if finding.ok else plain(finding.hint),
        ))  # fmt: skip
    return rows
