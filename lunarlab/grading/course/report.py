"""A report for each student: one page, no script, nothing from elsewhere; met or not met, and what to think about.

Before the work is over it must not help to guess: numbers of hidden cases, one's own values and the allowed bands are left
out. ``full`` shows them, for the time after the last hand-in.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.score import Criterion
from lunarlab.grading.checks import Exercise
from lunarlab.grading.course import files, page
from lunarlab.grading.course.marks import Mark, Part, points

_UNGRADED = {
    s.INVALID: "This hand-in could not be graded: {sentence} Hand in again.",
    s.ATTENTION: "This hand-in is not graded yet: a person has to look at it. That is no fault of yours, and no 0.",
}


WHOSE = "whose page is whose: the table students.csv of your release's instructor/ folder has each student's key"


def report(mark: Mark, items: Mapping[str, Exercise], *, title: str, who: str, full: bool = False) -> str:
    """The page of one student.

    Parameters
    ----------
    mark
        From `marks.marks`.
    items
        The assignment's exercises by id.
    title, who
        What and whom it is about; shown as text, whatever they hold.
    full
        Also values and bands, after the work is over.
    """
    shown = [_part(part, items[part.exercise], full) for part in mark.parts]
    rows = [(part.exercise, part.milli / max(part.out_of_milli, 1), f"{points(part.milli)} of {points(part.out_of_milli)}")
            for part in mark.parts]  # fmt: skip
    sentence = mark.sentence[:1].upper() + mark.sentence[1:].rstrip(".") + "." if mark.sentence else ""
    values: dict[str, Any] = {
        "title": title, "who": who, "mark": mark, "parts": shown, "full": full, "points": points,
        "when": _moment(mark.graded_at), "received": _moment(mark.received_at),
        "ungraded": _UNGRADED.get(mark.state, "This hand-in waits to be graded.").format(sentence=sentence),
        "figure": page.bars(rows, "Points of each exercise"),
    }  # fmt: skip
    text = page.render("student.html", **values)
    if len(text.encode()) <= page.PAGE_BYTES:
        return text
    for part in shown:  # words are cut before points are
        part["notes"] = [note[:200] for note in part["notes"][:3]]
        for row in part["rows"]:
            row |= {"hint": row["hint"][:120], "requirement": row["requirement"][:120], "value": "", "allowed": ""}
    text = page.render("student.html", **values)
    if len(text.encode()) > page.PAGE_BYTES:
        raise LunarlabError(f"the report of {mark.student} would have more than {page.PAGE_BYTES // 1000} kB")
    return text


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at)) if at else ""


def _part(part: Part, item: Exercise, full: bool) -> dict[str, Any]:
    return {
        "id": part.exercise, "title": item.title, "points": points(part.milli), "out_of": points(part.out_of_milli),
        "notes": [note if full else page.hide_said(note) for note in part.notes], "why": part.why, "by": part.by,
        "rows": [_row(row, full) for row in part.criteria],
    }  # fmt: skip


def _row(row: Criterion, full: bool) -> dict[str, Any]:
    requirement, hint = (row.requirement, row.hint) if full else (
        page.hide_numbers(row.requirement), page.hide_these(row.hint, row.requirement, row.value, row.allowed)
    )  # fmt: skip
    return {
        "met": bool(row.met), "requirement": requirement, "hint": hint, "value": row.value, "allowed": row.allowed,
        "points": points(row.milli), "out_of": points(row.out_of_milli),
    }  # fmt: skip


def write_reports(
    found: Mapping[str, Mark], items: Mapping[str, Exercise], folder: Path, *, title: str,
    names: Mapping[str, str] | None = None, full: bool = False,
) -> int:  # fmt: skip
    """Write ``FOLDER/<opaque key>.html`` for every mark; how many. `names` by opaque key are shown on the page alone."""
    files.make_folder(folder, mode=0o700)
    for key, mark in found.items():
        text = report(mark, items, title=title, who=(names or {}).get(key, key), full=full)
        files.write_whole(folder / f"{key}.html", text, mode=0o600)
    return len(found)
