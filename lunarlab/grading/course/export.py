"""Marks for learning platforms: CSV for Canvas and Moodle by the identifiers of the roster.

A mark is written only where there is one: somebody without a hand-in, or whose hand-in waits for a person, gets an empty
cell, which changes nothing on the platform. Never a 0 that nobody gave.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.pack import Key
from lunarlab.grading.course.marks import Mark, points

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula."""


PURPOSE = {
    "student": "the login or number by which hand-ins arrive",
    "canvas_id": "Canvas's number of the person, column ID in its gradebook's export, by which Canvas finds the row",
    "moodle_idnumber": "the ID number in the person's Moodle profile, by which Moodle's grade import finds the row; "
    "it is not the moodle_id of a download",
    "email": "the address by which Gradescope knows the person",
}
"""What identifiers are for, where one is missing."""
NAMES = 10


@dataclass
class Exported:
    """Rows that were written, and who has none or an empty one."""

    rows: int = 0
    what: str = "rows"
    missing: list[str] = field(default_factory=list)
    """Who has handed in nothing."""
    unreadable: list[str] = field(default_factory=list)
    """Whose hand-in could not be read."""
    waiting: list[str] = field(default_factory=list)
    """Who waits for a person, or for a run."""
    unknown: list[str] = field(default_factory=list)
    """Opaque keys with a hand-in that nobody in the roster has."""
    changed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Version of the checks before these: how many have more points now, and how many fewer."""

    @property
    def empty(self) -> list[str]:
        """Everybody without a mark."""
        return [*self.missing, *self.unreadable, *self.waiting]

    def count(self, name: str, mark: Mark | None) -> None:
        """Note who has no mark, and why; or how it changed."""
        if mark is None:
            self.missing.append(name)
        elif not mark.graded:
            (self.unreadable if mark.state == s.INVALID else self.waiting).append(name)
        elif mark.before is not None:
            checks, milli = mark.before
            more, fewer = self.changed.get(checks, (0, 0))
            self.changed[checks] = (more + (mark.milli > milli), fewer + (mark.milli < milli))

    def words(self) -> list[str]:
        """Lines for the instructor, with names."""
        groups = (
            (self.missing, "handed in nothing"), (self.unreadable, "handed in what could not be read"),
            (self.waiting, "wait for a person or a run"),
        )  # fmt: skip
        lines = [f"{len(who)} {why}: {_some(who)}" for who, why in groups if who]
        for checks, (more, fewer) in self.changed.items():
            lines.append(f"since checks {checks}: {more} have more points, {fewer} have fewer (column 'before' of a table)")
        return lines


def _some(names: list[str]) -> str:
    rest = len(names) - NAMES
    return ", ".join(names[:NAMES]) + (f" and {rest} more" if rest > 0 else "")


def identified(roster: Mapping[str, Mapping[str, str]], needs: Iterable[str]) -> dict[str, dict[str, str]]:
    """The roster's rows with ``student``, if the identifiers that a platform needs are there, once each, and no formula.

    Raises
    ------
    LunarlabError
        One is not: it can't be changed or guessed, so it is refused.
    """
    seen: set[tuple[str, str]] = set()
    people = {}
    for student, row in roster.items():
        person = {**row, "student": student}
        for need in needs:
            id = person.get(need, "")
            if not id or id != safe(id) or (need, id) in seen:
                what = "is missing" if not id else "stands twice" if (need, id) in seen else "would be a formula in a table"
                raise LunarlabError(f"the roster's column {need!r} of {student!r} {what}: it is {PURPOSE.get(need, need)}")
            seen.add((need, id))
        people[student] = person
    return people


@cache
def columns() -> dict[str, Any]:
    """The platforms' tables."""
    return tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))


def safe(text: str) -> str:
    """A cell that no spreadsheet runs: with an apostrophe where it would begin a formula."""
    line = " ".join(text.split("\0")).replace("\r", " ").replace("\n", " ").replace("\t", " ")
    return f"'{line}" if text.startswith(FORMULA) or line.lstrip().startswith(FORMULA) else line


def table(
    platform: str, found: Mapping[str, Mark], roster: Mapping[str, Mapping[str, str]], key: Key, *, title: str, out_of: int
) -> tuple[str, Exported]:
    """CSV of a class.

    Parameters
    ----------
    platform
        "canvas", "moodle" or "csv".
    found
        Marks by opaque key.
    roster
        Rows by student, with the platform's identifiers.
    key
        The course key, to find a student's opaque key.
    title
        Of the assignment on the platform.
    out_of
        Milli-points that there are.

    Raises
    ------
    LunarlabError
        An identifier is missing, stands twice, or would be a formula: it can't be changed, so it is refused.
    """
    form = columns()[platform]
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\r\n")
    fixed = {"{title}": title, "{out_of}": points(out_of)}
    rows.writerow([safe(fixed.get(head, head)) for head, _ in form["columns"]])
    if "second" in form:
        rows.writerow([fixed.get(cell, cell) for cell in form["second"]])
    told = Exported()
    for student, person in identified(roster, form["needs"]).items():
        mark = found.get(key.student(student))
        graded = mark is not None and mark.graded
        values = fixed | {
            "{points}": points(mark.milli) if mark is not None and graded else "",
            "{state}": mark.state if mark is not None else "nothing handed in",
            "{flags}": " ".join(_flags(mark)) if mark is not None else "",
            "{before}": f"checks {mark.before[0]}: {points(mark.before[1])}" if mark is not None and mark.before else "",
            "{attempts}": str(mark.attempts) if mark is not None else "0",
        }
        cells = []
        for _, source in form["columns"]:
            text = values[source] if source in values else person.get(source, "")
            cells.append(text if source in form["needs"] or source == "{points}" else safe(text))
        rows.writerow(cells)
        told.rows += 1
        told.count(student, mark)
    mine = {key.student(student) for student in roster}
    told.unknown = [student for student in found if student not in mine]
    return stream.getvalue(), told


def _flags(mark: Mark) -> list[str]:
    return [*mark.flags, *(["override"] if any(part.by for part in mark.parts) else [])]
