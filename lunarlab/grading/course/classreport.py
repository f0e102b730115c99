"""A report about a class: which requirement failed how often, and out of which misconception. Nobody is named or can be found.

Every number of students is rounded to a multiple of `STEP`, and what is drawn is what is told: also who knows how many there
are and subtracts all other rows never finds that a group has one member, or two. Nothing that a student wrote is in it: no
values, notes or names. Rounding can't stop a comparison of two reports, before and after one late hand-in: INSTRUCTORS.md
says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lunarlab.grading.batch import schema as s
from lunarlab.grading.checks import UNANSWERED, Exercise
from lunarlab.grading.course import page
from lunarlab.grading.course.marks import Mark

FEW = 3
"""Groups of fewer students than this leave no trace."""
STEP = 5
"""Numbers of students are rounded to multiples of this; up to two of a group may be missing or too many."""
LEAST = 10
"""A class with fewer graded hand-ins gets a page that says only that."""
NONE = f"0 to {FEW - 1}"
_STOPS = ("timeout", "memory", "processes", "crash", "exited", "protocol", "nonfinite")
_UNJUDGED = "an answer that can be judged"
_NO_HINT = "There was no answer, or it broke off, or was of another kind than asked for."


@dataclass(frozen=True)
class Missed:
    """A requirement and how many students missed it in one way."""

    exercise: str
    requirement: str
    hint: str
    count: int
    """Rounded, as all that is told."""

    @property
    def about(self) -> str:
        """The number as it is told."""
        return told(self.count)

    @property
    def why(self) -> str:
        """The hint, or what is behind a requirement without one."""
        return self.hint or (_NO_HINT if self.requirement == _UNJUDGED else "No hint was given.")


def missed(found: Collection[Mark]) -> list[Missed]:
    """Requirements that were not met, by hint, the most frequent first; those of fewer than `FEW` students are left out."""
    tally: Counter[tuple[str, str, str]] = Counter()
    for mark in found:
        # Without numbers: they are each student's own, and would split one misconception into many. Once for each student.
        tally.update({
            (part.exercise, page.hide_numbers(row.requirement), page.hide_numbers(row.hint))
            for part in mark.parts for row in part.criteria if not row.met
        })  # fmt: skip
    rows = [Missed(*what, rounded(count)) for what, count in tally.items() if count >= FEW]
    return sorted(rows, key=lambda row: (-row.count, row.exercise, row.requirement, row.hint))


def rounded(count: int) -> int:
    """A number of students as it may be told."""
    return STEP * round(count / STEP)


def told(count: int) -> str:
    """It in words."""
    near = rounded(count)
    return f"about {near}" if near else NONE


def percent_step(students: int) -> int:
    """Steps of percentages, each of more than four students: two who lose all points look like one who does."""
    return next(step for step in (5, 10, 20, 25, 50) if step * students > 400 or step == 50)


def spread(shares: Sequence[float]) -> list[tuple[str, int]]:
    """Label and rounded number of each bin of points; fewer bins where many would hold one or two."""
    found: list[int] = []
    for bins in (10, 5, 2):
        found = [0] * bins
        for share in shares:
            found[min(int(bins * share + 1e-9), bins - 1)] += 1
        small = [count for count in found if count < FEW]
        if sum(small) <= len(small):  # else the rest, divided by the bins, would nearly tell what is in each
            break
    bins = len(found)
    return [(f"{100 * i // bins} to {100 * (i + 1) // bins} %", rounded(count)) for i, count in enumerate(found)]


def about(found: Mapping[str, Mark]) -> str:
    """A line about the page, for who writes it."""
    graded = sum(mark.graded for mark in found.values())
    if graded < LEAST:
        return f"class.html says nothing: fewer than {LEAST} hand-ins are graded, and it would be about persons"
    return "class.html names nobody, and its numbers are rounded; write it once, after the last hand-in"


def class_report(found: Mapping[str, Mark], items: Mapping[str, Exercise], *, title: str) -> str:
    """The page; for a small class one that says why there is none."""
    graded = [mark for mark in found.values() if mark.graded]
    if len(graded) < LEAST:
        return page.render("class.html", title=title, small=True, least=LEAST)
    bins = spread([mark.milli / max(mark.out_of_milli, 1) for mark in graded])
    top = -(-max(count for _, count in bins) // (2 * STEP)) * 2 * STEP
    step = percent_step(len(graded))
    solved = []
    for id in items:
        parts = [part for mark in graded for part in mark.parts if part.exercise == id]
        got, most = sum(part.milli for part in parts), max(sum(part.out_of_milli for part in parts), 1)
        near = step * ((200 * got + step * most) // (2 * step * most))
        solved.append((id, near / 100, f"about {near} %"))
    stops = Counter(kind for mark in graded for kind in _STOPS if any(fault.startswith(kind) for fault in mark.faults))
    stops["not answered yet"] = sum(
        any(note.startswith((UNANSWERED, "No cell answers")) for part in mark.parts for note in part.notes) for mark in graded
    )
    stops["another answer each time"] = sum(any(flag.startswith("nondeterministic") for flag in m.flags) for m in graded)
    told_of = [(kind, rounded(count)) for kind, count in stops.items() if count >= FEW]
    stopped = sorted(told_of, key=lambda row: (-row[1], row[0]))
    states = Counter(mark.state for mark in found.values())
    return page.render(
        "class.html", title=title, small=False, least=LEAST, few=FEW, step=STEP, nobody=NONE, percent=step,
        handed=told(len(found)), graded=told(len(graded)), invalid=told(states[s.INVALID]),
        waiting=told(len(found) - len(graded) - states[s.INVALID]), missed=missed(graded),
        distribution=page.bars([(label, count / top, told(count)) for label, count in bins],
                               "Students by their share of the points", ("0", str(top // 2), f"{top} students")),
        solved=page.bars(solved, "Mean share of the points of each exercise"),
        stopped=page.bars([(kind, count / rounded(len(graded)), told(count)) for kind, count in stopped],
                          "Share of the students whose answers were stopped, by reason"),
    )  # fmt: skip
