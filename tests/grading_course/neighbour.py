"""Run by an interpreter that has nbgrader: what is in a lesson, and what came of an export. Prints JSON."""

# ruff: noqa: T201
from __future__ import annotations

import json
import sys
from pathlib import Path


def validate(files):
    from nbgrader import nbgraderformat

    count = 0
    for file in files:
        found = nbgraderformat.read(file, as_version=nbgraderformat.current_nbformat if hasattr(nbgraderformat, "current_nbformat") else 4)
        count += sum("nbgrader" in cell.metadata for cell in found.cells)
    return count


def export(folder):
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "grading_batch")]
    import fake
    from nbgrader.api import Gradebook

    from lunarlab.errors import LunarlabError
    from lunarlab.grading.course.marks import Mark, Part
    from lunarlab.grading.course.nbgrader import write_nbgrader

    items = {item.id: item for item in fake.EXERCISES}
    database = f"sqlite:///{folder}/gradebook.db"
    roster = {"ada": {}, "bob": {}, "cyd": {}}

    def mark(name, *milli):
        parts = tuple(Part(id, points, items[id].points * 1000, ()) for id, points in zip(items, milli, strict=True))
        return Mark(fake.KEY.student(name), "x", "graded", 1, 1, "", parts=parts)

    def write(**points):
        found = {fake.KEY.student(name): mark(name, *milli) for name, milli in points.items()}
        return write_nbgrader(database, found, items, roster, fake.KEY, assignment="first", notebook="lesson")

    first = write(ada=(3000, 2000), bob=(1500, 0), zoe=(0, 0))
    with Gradebook(database) as book:
        before = {s.student.id: s.score for s in book.assignment_submissions("first")}
        by_hand = book.find_grade("90-double", "lesson", "first", "bob")
        by_hand.manual_score = 2.5
        book.db.commit()
    write(ada=(0, 2000), bob=(3000, 0))
    with Gradebook(database) as book:
        after = {s.student.id: s.score for s in book.assignment_submissions("first")}
        most = book.find_assignment("first").max_score
        waiting = [s.student.id for s in book.assignment_submissions("first") if s.needs_manual_grade]
        cell = book.find_grade_cell("90-double", "lesson", "first")
        cell.max_score = 7
        book.db.commit()
    try:
        write(ada=(0, 0))
        refused = ""
    except LunarlabError as error:
        refused = str(error)
    return {"rows": first.rows, "empty": first.empty, "unknown": len(first.unknown), "before": before, "after": after, "most": most,
            "waiting": waiting, "refused": refused}  # fmt: skip


print(json.dumps(validate(sys.argv[2:]) if sys.argv[1] == "validate" else export(sys.argv[2])))
