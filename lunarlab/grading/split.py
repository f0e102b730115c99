"""Make the student's notebooks from the solutions: ``python -m lunarlab.grading.split [--check]``.

A lesson is written once, as solutions/NN_topic.py in jupytext's percent format. What a student has to find stands
between two markers, wherever the code stands, and is replaced by a stub::

    def accept(nu, sigma):
        # BEGIN SOLUTION
        return abs(nu) <= 3.0 * sigma
        # STUB
        # ...  # your rule
        # END SOLUTION

The rules are strict, because a marker that is not understood would publish an answer:

* markers are whole lines, exactly as above, in code cells only, each BEGIN with its END in the same cell, never nested;
* BEGIN, STUB and END of a block stand at one indentation, and nothing between them stands further left;
* stub lines are comments at that indentation; without STUB the block becomes ``...  # your answer``;
* any comment that only resembles a marker is an error, and so is an answer's line that also stands outside its block;
* what is left must be valid Python.

What ``lunarlab.grading.claims`` is told, ``# no claim: 5 m/s`` and ``<!-- no claim: 5 m/s -->``, is nothing for students.

A cell that begins with ``# %% [markdown] solution`` is left out of the student's notebook as a whole.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading import checks

BEGIN, STUB, END = "# BEGIN SOLUTION", "# STUB", "# END SOLUTION"
_HEADER = re.compile(
    r'# %%(?P<markdown> \[markdown\](?P<drop> solution)?)?(?: task="(?P<task>\d\d\.[a-z_]+)")?(?P<fold> hide)?'
)
_NO_CLAIM = {"code": re.compile(r"\s*# no claim: .*$"), "markdown": re.compile(r"\s*<!-- no claim: .*?-->")}
_LEAK_LENGTH = 16
"""A line of an answer that is at least this long must not stand anywhere else in the lesson."""


class SplitError(LunarlabError):
    """A solution that can't be split without doubt; the message names file and line."""


@dataclass(frozen=True)
class Cell:
    """One cell: `student` and `solution` are its text in the two notebooks; student is None if it is left out there."""

    kind: str
    line: int
    solution: str
    student: str | None
    task: str | None = None
    hide: bool = False


def _resembles_marker(comment: str) -> bool:
    """Whether the text of a comment could be meant as a marker."""
    letters = re.sub(r"[^A-Z]", "", comment.upper())
    if re.fullmatch(r"\W*stubs?\W*", comment, re.IGNORECASE):
        return True
    head = re.match(r"\W*(begin|start|open|end|stop|close)\W*(sol|hid|ans)", comment, re.IGNORECASE)
    return bool(head) or any(
        difflib.SequenceMatcher(None, letters[: len(m) + 2], m).ratio() > 0.8 for m in ("BEGINSOLUTION", "ENDSOLUTION")
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _split_code(lines: list[str], first: int, name: str) -> tuple[list[str], list[str], list[tuple[int, str]]]:
    """Solution lines, student lines, and the answer's lines with their numbers, of one code cell."""
    solution: list[str] = []
    student: list[str] = []
    secret: list[tuple[int, str]] = []
    stub: list[str] | None = None
    block, opened, indent = 0, 0, ""

    def fail(number: int, what: str) -> SplitError:
        return SplitError(f"{name}:{number}: {what}")

    for number, line in enumerate(lines, first):
        text = line.strip()
        if text in (BEGIN, STUB, END) and line == _indent(line) + text:
            if "\t" in _indent(line) or len(_indent(line)) % 4:
                raise fail(number, f"marker {text!r} is indented by something else than a multiple of four spaces")
            if opened and _indent(line) != indent:
                raise fail(number, f"marker {text!r} is not at the indentation of its {BEGIN!r} in line {opened}")
            if text == BEGIN:
                if opened:
                    raise fail(number, f"{BEGIN!r} inside the block that line {opened} opened")
                opened, indent, block, stub = number, _indent(line), 0, None
            elif not opened:
                raise fail(number, f"{text!r} without {BEGIN!r} before it in this cell")
            elif text == STUB:
                if stub is not None:
                    raise fail(number, f"second {STUB!r} in the block that line {opened} opened")
                stub = []
            else:
                if block == 0:
                    raise fail(number, f"the block that line {opened} opened has no answer in it")
                if stub is not None and not stub:
                    raise fail(number, f"{STUB!r} has no lines after it")
                student += [indent + text for text in stub or ["...  # your answer"]]
                opened = 0
            continue
        if any(_resembles_marker(part) for part in line.split("#")[1:]):
            raise fail(
                number,
                f"{text!r} looks like a marker but is none; markers are {BEGIN!r}, {STUB!r}, {END!r} alone in a line",
            )
        if not opened:
            solution.append(line)
            student.append(line)
            continue
        if text and not line.startswith(indent):
            raise fail(number, f"line stands further left than the block that line {opened} opened")
        if stub is None:
            solution.append(line)
            block += bool(text)
            secret.append((number, text))
        elif not line.startswith(indent + "# "):
            raise fail(number, f"stub lines must be comments, {indent + '# ...'!r}, at the indentation of their block")
        else:
            stub.append(line[len(indent) + 2 :])
    if opened:
        raise fail(opened, f"{BEGIN!r} has no {END!r} in its cell")
    return solution, student, secret


def _markdown(lines: list[str], first: int, name: str) -> list[str]:
    """Text of a markdown cell."""
    out = []
    for number, line in enumerate(lines, first):
        if line != "#" and not line.startswith("# "):
            raise SplitError(f"{name}:{number}: a line of a markdown cell must begin with '# '")
        if _resembles_marker(line) or any(marker[2:] in line for marker in (BEGIN, END)):
            raise SplitError(
                f"{name}:{number}: a marker in a markdown cell; use a cell '# %% [markdown] solution' instead"
            )
        out.append(line[2:])
    return out


def _unclaimed(kind: str, text: str) -> str:
    """A cell's text without what is said to the check of claims; lines that hold nothing else are left out."""
    rows = ((line, _NO_CLAIM[kind].sub("", line)) for line in text.split("\n"))
    return _trim([new for old, new in rows if new.strip() or not old.strip()])


def _trim(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")


def parse(text: str, name: str = "solution") -> list[Cell]:
    """Cells of a solution in percent format.

    Raises
    ------
    SplitError
        Anything that is not understood, or that would let an answer through.
    """
    lines = text.split("\n")
    heads = [i for i, line in enumerate(lines) if re.match(r"\s*#\s*%%", line)]
    if not heads or any(line.strip() for line in lines[: heads[0]]):
        raise SplitError(f"{name}:1: the file must begin with a cell, '# %%'")
    cells: list[Cell] = []
    secrets: list[tuple[int, str]] = []
    for head, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        found = _HEADER.fullmatch(lines[head])
        if found is None:
            raise SplitError(f"{name}:{head + 1}: cell header {lines[head]!r} is not understood")
        body, first = lines[head + 1 : end], head + 2
        if found["markdown"]:
            while body and not body[-1].strip():
                body.pop()
            written = _trim(_markdown(body, first, name))
            cells.append(Cell("markdown", head + 1, written, None if found["drop"] else _unclaimed("markdown", written)))
            if found["drop"]:
                secrets += [(first + i, line[2:].strip()) for i, line in enumerate(body)]
            continue
        solution, student, secret = _split_code(body, first, name)
        secrets += secret
        shown = _unclaimed("code", _trim(student))
        cell = Cell("code", head + 1, _trim(solution), shown, found["task"], bool(found["fold"]))
        for version in (cell.solution, cell.student):
            try:
                ast.parse(version or "")
            except SyntaxError as error:
                which = "solution" if version is cell.solution else "student's version"
                raise SplitError(f"{name}:{head + 1}: the {which} of this cell is not valid Python: {error}") from error
        cells.append(cell)
    published = {line.strip() for cell in cells if cell.student for line in cell.student.split("\n")}
    for number, text in secrets:
        line = _NO_CLAIM["code"].sub("", text)
        if len(line) >= _LEAK_LENGTH and line in published:
            raise SplitError(f"{name}:{number}: this line of an answer also stands outside its block")
    return cells


def notebook(cells: list[Cell], *, answers: bool = False) -> dict[str, Any]:
    """Notebook (nbformat 4.5) of the student's version, or of the solution."""
    out: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for cell in cells:
        source = cell.solution if answers else cell.student
        if source is None:
            continue
        # The id hangs on the first line only, so that an edit further down changes no id.
        key = cell.task or f"{cell.kind}\n{source.split(chr(10))[0]}"
        seen[key] = seen.get(key, 0) + 1
        id = hashlib.sha256(f"{key}\n{seen[key]}".encode()).hexdigest()[:8]
        metadata: dict[str, Any] = {}
        if cell.task:
            metadata["lunarlab"] = {"task": cell.task}
            metadata |= _nbgrader(cell.task)
        if cell.hide:
            metadata["jupyter"] = {"source_hidden": True}
        lines = source.split("\n")
        entry: dict[str, Any] = {"cell_type": cell.kind, "id": id, "metadata": metadata}
        if cell.kind == "code":
            entry |= {"execution_count": None, "outputs": []}
        entry["source"] = [line + "\n" for line in lines[:-1]] + lines[-1:]
        out.append(entry)
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return {"cells": out, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _nbgrader(task: str) -> dict[str, Any]:
    """What nbgrader (schema 3) calls the cell of an exercise: an answer that a student writes and that gives points."""
    try:
        points = checks.find(task).points
    except LunarlabError:  # an exercise that is still being written
        return {}
    return {"nbgrader": {"cell_type": "code", "grade": True, "grade_id": task.replace(".", "-"), "locked": False,
                         "points": points, "schema_version": 3, "solution": True, "task": False}}  # fmt: skip


def render(cells: list[Cell], *, answers: bool = False) -> str:
    """`notebook` as the text of its file."""
    return json.dumps(notebook(cells, answers=answers), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write lessons/*.ipynb, or with --check compare. 0: fine, 1: a lesson differs, 2: a solution can't be split."""
    parser = argparse.ArgumentParser(
        prog="python -m lunarlab.grading.split", description="make lessons/ from solutions/"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a lesson differs")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="folder that holds solutions/ and lessons/")
    options = parser.parse_args(arguments)
    sources = sorted((options.root / "solutions").glob("*.py"))
    if not sources:
        print(f"no solutions/*.py in {options.root}", file=sys.stderr)
        return 2
    try:
        made = {
            options.root / "lessons" / f"{source.stem}.ipynb": render(parse(source.read_text("utf-8"), str(source)))
            for source in sources
        }
    except SplitError as error:
        print(error, file=sys.stderr)
        return 2
    wrong = [file for file, text in made.items() if not file.is_file() or file.read_bytes() != text.encode()]
    orphans = [file for file in sorted((options.root / "lessons").glob("*.ipynb")) if file not in made]
    if options.check:
        for file in wrong:
            print(f"{file} is not what its solution gives; run python -m lunarlab.grading.split", file=sys.stderr)
        for file in orphans:
            print(f"{file} has no solution", file=sys.stderr)
        return 1 if wrong or orphans else 0
    for file in wrong:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(made[file].encode())
        print(f"wrote {file}")
    for file in orphans:
        file.unlink()
        print(f"removed {file}: it has no solution")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
