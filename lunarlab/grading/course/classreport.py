"""A report about a class: which requirement failed how often, and out of which misconception. Nobody is named or can be found.

Counts of fewer than `FEW` students are not told, and nothing that a student wrote is in it: no values, notes or names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import schema as s
from lunarlab.grading.checks import Exercise
from lunarlab.grading.course import page
from lunarlab.grading.course.marks import Mark

FEW = 3
"""Fewer students than this are not told about, and a class with fewer graded hand-ins has no report."""
BINS = 10
_STOPS = ("timeout", "memory", "processes", "crash", "exited", "protocol", "nonfinite")


@dataclass(frozen=True)
class Missed:
    """A requirement and how many students missed it in one way."""

    exercise: str
    requirement: str
    hint: str
    count: int


def missed(found: Collection[Mark]) -> list[Missed]:
    """Requirements that were not met, by hint, the most frequent first; those of fewer than `FEW` students are left out."""
    tally: Counter[tuple[str, str, str]] = Counter()
    for mark in found:
        for part in mark.parts:
            for row in part.criteria:
                if not row.met:
                    # Without numbers: they are each student's own, and would split one misconception into many.
                    tally[part.exercise, page.hide_numbers(row.requirement), page.hide_numbers(row.hint)] += 1
    rows = [Missed(*what, count) for what, count in tally.items() if count >= FEW]
    return sorted(rows, key=lambda row: (-row.count, row.exercise, row.requirement, row.hint))


def _told(count: int) -> str:
    return str(count) if count == 0 or count >= FEW else f"fewer than {FEW}"


def class_report(found: Mapping[str, Mark], items: Mapping[str, Exercise], *, title: str) -> str:
    """The page.

    Raises
    ------
    LunarlabError
        Too few hand-ins are graded for a page that tells nothing about anybody.
    """
    graded = [mark for mark in found.values() if mark.graded]
    if len(graded) < FEW:
        raise LunarlabError(f"{len(graded)} hand-ins are graded; a report about fewer than {FEW} would be about persons")
    bins = [0] * BINS
    for mark in graded:
        share = mark.milli / max(mark.out_of_milli, 1)
        bins[min(int(BINS * share), BINS - 1)] += 1
    top = max(bins)
    spread = []
    for i, count in enumerate(bins):
        shown = count if count == 0 or count >= FEW else FEW - 1  # the bar must not tell what the word does not
        spread.append((f"{100 * i // BINS} to {100 * (i + 1) // BINS} %", shown / top, _told(count)))
    solved = []
    for id in items:
        parts = [part for mark in graded for part in mark.parts if part.exercise == id]
        mean = sum(part.milli for part in parts) / max(sum(part.out_of_milli for part in parts), 1)
        solved.append((id, mean, f"{100 * mean:.0f} % of the points"))
    stops = Counter(kind for mark in graded for kind in _STOPS if any(fault.startswith(kind) for fault in mark.faults))
    stops["not answered yet"] = sum(
        any(note.startswith("Not answered yet") for part in mark.parts for note in part.notes) for mark in graded
    )
    stops["another answer each time"] = sum(any(flag.startswith("nondeterministic") for flag in m.flags) for m in graded)
    stopped = [
        (kind, max(count, FEW - 1) / len(graded), f"{_told(count)} students") for kind, count in stops.most_common() if count
    ]
    states = Counter(mark.state for mark in found.values())
    return page.render(
        "class.html", title=title, handed=len(found), graded=_told(len(graded)), invalid=_told(states[s.INVALID]), few=FEW,
        waiting=_told(len(found) - len(graded) - states[s.INVALID]), missed=missed(graded),
        distribution=page.bars(spread, f"Students by share of the points, {len(graded)} hand-ins"),
        solved=page.bars(solved, "Mean share of the points of each exercise"),
        stopped=page.bars(stopped, "Students whose answers were stopped, by reason"),
    )  # fmt: skip
