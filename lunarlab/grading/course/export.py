"""Marks for learning platforms: CSV for Canvas and Moodle by the identifiers of the roster, JSON as Gradescope reads it.

A mark is written only where there is one: somebody without a hand-in, or whose hand-in waits for a person, gets an empty
cell, which changes nothing on the platform. Never a 0 that nobody gave.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.pack import Key
from lunarlab.grading.checks import Exercise
from lunarlab.grading.course import files, page
from lunarlab.grading.course.marks import Mark, points

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass
class Exported:
    """Rows that were written, and who has none or an empty one."""

    rows: int = 0
    empty: list[str] = field(default_factory=list)
    """Names of the roster without a mark."""
    unknown: list[str] = field(default_factory=list)
    """Opaque keys with a hand-in that nobody in the roster has."""


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
    seen: set[tuple[str, str]] = set()
    for student, row in roster.items():
        mark = found.get(key.student(student))
        person = {**row, "student": student}
        for need in form["needs"]:
            id = person.get(need, "")
            if not id or id != safe(id) or (need, id) in seen:
                what = "is missing" if not id else "stands twice" if (need, id) in seen else "would be a formula in a table"
                raise LunarlabError(f"the roster's {need} of {student!r} {what}")
            seen.add((need, id))
        graded = mark is not None and mark.graded
        values = fixed | {
            "{points}": points(mark.milli) if mark is not None and graded else "",
            "{state}": mark.state if mark is not None else "nothing handed in",
            "{flags}": " ".join(mark.flags) if mark is not None else "",
            "{attempts}": str(mark.attempts) if mark is not None else "0",
        }
        cells = []
        for _, source in form["columns"]:
            text = values[source] if source in values else person.get(source, "")
            cells.append(text if source in form["needs"] or source == "{points}" else safe(text))
        rows.writerow(cells)
        told.rows += 1
        if not graded:
            told.empty.append(student)
    mine = {key.student(student) for student in roster}
    told.unknown = [student for student in found if student not in mine]
    return stream.getvalue(), told


def gradescope(mark: Mark, items: Mapping[str, Exercise]) -> str:
    """``results.json`` of one hand-in, with what a student may see before the work is over."""
    tests = []
    for part in mark.parts:
        lines = [page.hide_said(note) for note in part.notes]
        for row in part.criteria:
            text = page.hide_numbers(row.requirement)
            hint = page.hide_these(row.hint, row.requirement, row.value, row.allowed)
            lines.append(f"{'met' if row.met else 'not met'}: {text}" + (f". Think about: {hint}" if hint else ""))
        tests.append({
            "name": f"{part.exercise} {items[part.exercise].title}", "score": part.milli / 1000,
            "max_score": part.out_of_milli / 1000, "status": "passed" if part.milli >= part.out_of_milli else "failed",
            "output": "\n".join(lines), "output_format": "text", "visibility": "visible",
        })  # fmt: skip
    result = {"score": mark.milli / 1000, "visibility": "visible", "stdout_visibility": "hidden", "tests": tests}
    return json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_gradescope(found: Mapping[str, Mark], items: Mapping[str, Exercise], folder: Path) -> Exported:
    """Write ``FOLDER/<opaque key>.json`` for every mark."""
    files.make_folder(folder, mode=0o700)
    told = Exported()
    for student, mark in found.items():
        if mark.state == s.GRADED:
            files.write_whole(folder / f"{student}.json", gradescope(mark, items), mode=0o600)
            told.rows += 1
        else:
            told.empty.append(student)
    return told
