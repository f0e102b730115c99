"""``lunarlab check NOTEBOOK``: the whole notebook judged at home with the grader's own machinery, on the public scenarios.

The cells run in a process of their own with the grader's limits and rules, but without a fence: it is one's own notebook.
The result is indicative: the course draws other scenarios.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from lunarlab.errors import LunarlabError
from lunarlab.grading import checks
from lunarlab.grading.course.handin import Looked
from lunarlab.grading.exam import VARIANT_FILE, Exam, read_variant, sitting
from lunarlab.grading.result import Result

if TYPE_CHECKING:
    from lunarlab.grading.batch.notebook import NotebookCell
    from lunarlab.grading.sandbox.limits import Fault
    from lunarlab.grading.sandbox.session import Session

INDICATIVE = "Indicative: these are public scenarios. Your course draws others of the same kind."


def check_notebook(looked: Looked, *, progress: Callable[[Result], None] | None = None) -> list[Result]:
    """Judge every exercise of a notebook.

    Parameters
    ----------
    looked
        From `handin.look`.
    progress
        Called with each result.

    Raises
    ------
    LunarlabError
        Not on this system.
    """
    if not sys.platform.startswith("linux"):
        raise LunarlabError(
            "lunarlab check needs Linux (on Windows: WSL 2); everywhere else run the notebook's own checks, which are the same"
        )
    from lunarlab.grading.batch import pack, score
    from lunarlab.grading.sandbox import tiers

    items, results = [], []
    for id, title in looked.work.exercises:
        try:
            items.append(checks.find(id))
        except LunarlabError:  # one of the course's own
            results.append(Result(id, title, 0, note=checks.AT_THE_COURSE))
    if progress is not None:
        for result in results:
            progress(result)
    numbers = read_variant(looked.file.parent / VARIANT_FILE) or {}
    exam = Exam(numbers=numbers)
    variant = {item.id: dict(exam.variant(item.id)) for item in items if item.usual is not None}
    variant |= {id: row for id, row in numbers.items() if id not in variant}
    tiers.compile_first(item.id for item in items)
    work = pack.Assignment("check", "check", "1", tuple(item.id for item in items)) if items else None
    whole = score.own(looked.cells, items, pack.given(work, looked.file.parent)) if work else None
    held = {}
    for item, result in zip(items, _judged(looked.cells, items, exam, variant), strict=True):
        results.append(result)
        wrote = result.note != checks.UNANSWERED or score.touched(looked.cells, item.id)
        if whole is not None and result.points < result.out_of and wrote:
            held[item.id] = item
        elif progress is not None:
            progress(result)
    # As in grading: where points are missing, all of one's own cells run, and the better result counts.
    for second in _judged(whole, list(held.values()), exam, variant) if whole and held else ():
        place = next(i for i, result in enumerate(results) if result.exercise == second.exercise)
        results[place] = max(results[place], second, key=lambda result: result.points)
        if progress is not None:
            progress(results[place])
    return results


def _judged(
    notebook: Sequence[NotebookCell], items: list[checks.Exercise], exam: Exam, variant: dict[str, dict[str, float]]
) -> Iterator[Result]:
    from lunarlab.grading.sandbox import session, tiers
    from lunarlab.grading.sandbox.limits import Limits

    cells = [session.Cell(cell.index, cell.kind, cell.id or None, cell.text) for cell in notebook]
    with session.open(tiers.Tier("P"), cells, slot=0, limits=Limits(), variant=variant) as opened, sitting(exam):
        report = opened.load([name for item in items for name in item.answers])
        if report.fault is not None and report.fault.kind == "infrastructure":
            raise LunarlabError(f"the notebook could not be run: {report.fault}")
        for item in items:
            stopped = [
                f"Cell {index + 1} stopped in line {line}: {kind}."
                for index, line, kind in report.errors if any(c.index == index and c.id == item.id for c in notebook)
            ]  # fmt: skip
            yield _one(item, opened, report.fault, stopped)


def _one(item: checks.Exercise, opened: Session, fault: Fault | None, stopped: list[str]) -> Result:
    before = len(opened.faults)
    if fault is not None:
        result = Result(item.id, item.title, item.points, note=str(fault))
    else:
        try:
            result = checks.judge(item, opened.answers(item.id, item.answers))
        except Exception as error:  # the process behind it ended
            result = Result(item.id, item.title, item.points, note=str(error))
    new = opened.faults[before:][:1] if not result.findings else []
    known = [] if new and new[0].detail in (result.note, result.note.rstrip(".")) else [result.note] if result.note else []
    note = " ".join([*stopped, *known, *map(str, new)])
    return Result(result.exercise, result.title, result.out_of, result.findings, note)


def told(results: list[Result]) -> str:
    """Sum in one line."""
    points, out_of = sum(r.points for r in results), sum(r.out_of for r in results)
    return f"{points} of {out_of} points. {INDICATIVE}"
