"""Marks for Gradescope, which takes results only from an autograder, while that looks at an upload.

So an autograder is written that runs nothing of a student's: it looks up the address of who uploaded, and hands out the
result that was made here. Without addresses there are only the results, each under an opaque key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch.pack import Key
from lunarlab.grading.checks import Exercise
from lunarlab.grading.course import files, page
from lunarlab.grading.course.export import Exported, identified
from lunarlab.grading.course.marks import Mark

ARCHIVE = "autograder.zip"
_SETUP = "#!/bin/sh\ncommand -v python3 || { apt-get update && apt-get install -y python3; }\n"
_RUN = """\
#!/usr/bin/env python3
# Hands out the result that was made elsewhere. Nothing that was uploaded is opened or run.
import hashlib
import json
import pathlib
import shutil
import sys

home = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/autograder")
for user in json.loads((home / "submission_metadata.json").read_text("utf-8"))["users"]:
    name = hashlib.sha256(user["email"].strip().lower().encode()).hexdigest() + ".json"
    if (home / "source" / "results" / name).is_file():
        shutil.copyfile(home / "source" / "results" / name, home / "results" / "results.json")
        break
else:
    # No results.json: Gradescope says that the autograder failed. A 0 that nobody gave is not written.
    sys.exit("There is no result for this person yet.")
"""


def result(mark: Mark, items: Mapping[str, Exercise]) -> str:
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
    result = {"score": mark.milli / 1000, "visibility": "visible", "stdout_visibility": "hidden", "tests": tests,
              "output": f"About the hand-in with SHA-256 {mark.sha256}."}  # fmt: skip
    return json.dumps(result, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_gradescope(
    found: Mapping[str, Mark], items: Mapping[str, Exercise], folder: Path, roster: Mapping[str, Mapping[str, str]], key: Key
) -> Exported:  # fmt: skip
    """Write ``FOLDER/autograder.zip``; without a roster ``FOLDER/<opaque key>.json`` for every mark.

    Raises
    ------
    LunarlabError
        An address is missing in the roster, or stands twice.
    """
    files.make_folder(folder, mode=0o700)
    told = Exported(what="files")
    if not roster:
        for opaque, made in found.items():
            told.count(opaque, made)
            if made.graded:
                files.write_whole(folder / f"{opaque}.json", result(made, items), mode=0o600)
                told.rows += 1
        return told
    told.what = "results"
    content = {"setup.sh": _SETUP.encode(), "run_autograder": _RUN.encode()}
    for student, person in identified(roster, ["email"]).items():
        mark = found.get(key.student(student))
        told.count(student, mark)
        if mark is not None and mark.graded:
            name = f"results/{hashlib.sha256(person['email'].strip().lower().encode()).hexdigest()}.json"
            if name in content:
                raise LunarlabError(f"the roster's column 'email' of {student!r} stands twice")
            content[name] = result(mark, items).encode()
            told.rows += 1
    files.write_whole(folder / ARCHIVE, files.pack(content), mode=0o600)
    mine = {key.student(student) for student in roster}
    told.unknown = [student for student in found if student not in mine]
    return told
