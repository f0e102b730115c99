"""Hand-in: look at a notebook as the grader will, say what is missing, and give a receipt; or put it into a course's drop box.

Nothing in the notebook is run. The receipt names the SHA-256 of the file: the gradebook keeps the same, so a receipt shows
which file was handed in.
"""

from __future__ import annotations

import ast
import contextlib
import getpass
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import notebook as gate
from lunarlab.grading.batch.notebook import NotebookCell
from lunarlab.grading.checks import LESSONS, exercises
from lunarlab.grading.course import files
from lunarlab.grading.course.release import ASSIGNMENT_FILE
from lunarlab.grading.exam import VARIANT_FILE, read_variant

_FILE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Work:
    """What a student knows of an assignment."""

    course: str
    name: str
    version: str
    exercises: tuple[tuple[str, str], ...]
    """(id, title)"""

    def __str__(self) -> str:
        return f"{self.course}, {self.name}, version {self.version}" if self.course else f"lesson {self.name}"


@dataclass(frozen=True)
class Looked:
    """A notebook that the grader could take."""

    file: Path
    raw: bytes
    cells: tuple[NotebookCell, ...]
    work: Work

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def notes(self) -> dict[str, str]:
        """What is to be said about the cells of each exercise; empty if they stand where they should."""
        return gate.notes(self.cells, [id for id, _ in self.work.exercises])

    @property
    def usual(self) -> tuple[str, ...]:
        """Exercises with numbers of one's own that are not beside the notebook: the lesson's usual ones are taken."""
        numbers = read_variant(self.file.parent / VARIANT_FILE) or {}
        asked = [id for id, _ in self.work.exercises if id.partition(".")[0] in LESSONS]
        known = [exercises(id.partition(".")[0]).get(id) for id in asked]
        return tuple(item.id for item in known if item is not None and item.usual is not None and item.id not in numbers)

    @property
    def untouched(self) -> tuple[str, ...]:
        """Exercises whose cell still holds the stub."""
        ids = [id for id, _ in self.work.exercises]
        return tuple(id for id in ids if any(_is_stub(cell) for cell in self.cells if cell.id == id))


def _is_stub(cell: NotebookCell) -> bool:
    """Whether something in it is still ``...``: a function that does nothing else, or a name that gets no other value."""
    try:
        tree = ast.parse(cell.text) if cell.kind == "code" else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # magics, or a slip: the check will tell
        return any(line.partition("#")[0].strip() == "..." for line in cell.text.splitlines())
    if tree is None:
        return False
    empty: set[str] = set()
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names.append(node.name)
            last, returns = node.body[-1], any(isinstance(inner, ast.Return) for inner in ast.walk(node))
            if isinstance(last, ast.Expr) and _dots(last.value) and not returns:
                empty.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, ast.Assign) and _dots(node.value):
            empty |= {inner.id for target in node.targets for inner in ast.walk(target) if isinstance(inner, ast.Name)}
    return any(names.count(name) == 1 for name in empty) or any(isinstance(n, ast.Expr) and _dots(n.value) for n in tree.body)


def _dots(value: ast.expr) -> bool:
    """``...``, or a tuple of them."""
    if isinstance(value, ast.Tuple):
        return bool(value.elts) and all(map(_dots, value.elts))
    return isinstance(value, ast.Constant) and value.value is ...


def look(file: Path) -> Looked:
    """Read a notebook through the grader's gate.

    Raises
    ------
    LunarlabError
        It would be refused; the message says why.
    """
    try:
        with file.open("rb") as stream:
            raw = stream.read(gate.BYTES + 1)
    except OSError as error:
        raise LunarlabError(f"{str(file)!r} can't be read: {error.strerror}") from None
    try:
        cells = gate.read(raw)
    except gate.Invalid as bad:
        hint = "; clear its outputs (Edit, Clear Outputs of All Cells) and save it" if bad.reason == "too_large" else ""
        raise LunarlabError(f"{file.name} would not be graded ({bad.reason}): {bad.sentence}{hint}") from None
    work = read_work(file.parent / ASSIGNMENT_FILE) or _lesson_of(file, cells)
    try:
        gate.belongs(cells, [id for id, _ in work.exercises])
    except gate.Invalid as bad:
        raise LunarlabError(f"{file.name} would not be graded ({bad.reason}): {bad.sentence}") from None
    return Looked(file, raw, cells, work)


def read_work(file: Path) -> Work | None:
    """The assignment that a course's bundle names; None if there is no file."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LunarlabError(f"{file.name} can't be read: {error.strerror}") from None
    try:
        found: Any = json.loads(raw.decode("utf-8")) if len(raw) <= _FILE_BYTES else None
        if not isinstance(found, dict) or found.get("version") != 1:
            raise ValueError
        rows = tuple((str(row["id"]), str(row["title"])) for row in found["exercises"])
        return Work(str(found["course"]), str(found["assignment"]), str(found["assignment_version"]), rows)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise LunarlabError(f"{file.name} is not what your course gave you; copy it beside the notebook again") from None


def _lesson_of(file: Path, cells: tuple[NotebookCell, ...]) -> Work:
    """Without a course: the exercises of the lessons that the notebook answers."""
    numbers = sorted({cell.id.partition(".")[0] for cell in cells if cell.id} & set(LESSONS))
    if not numbers:
        raise LunarlabError(f"{file.name} has no cell that answers an exercise; is it the notebook of a lesson?")
    rows = tuple((item.id, item.title) for number in numbers for item in exercises(number).values())
    return Work("", ", ".join(numbers), "", rows)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without an entry
        raise LunarlabError("this computer does not know your login; give it with --name") from None


def hand_in(looked: Looked, box: Path | None, name: str = "") -> dict[str, Any]:
    """Put a notebook into a drop box (or nowhere), and give a receipt.

    Parameters
    ----------
    looked
        From `look`.
    box
        The course's folder; None: only the receipt is wanted, the file goes through the learning platform.
    name
        As whom. Default: the user's login. The course goes by the owner of the file, so it does not help to give another.
    """
    receipt: dict[str, Any] = {
        "assignment": str(looked.work), "file": looked.file.name, "sha256": looked.sha256, "bytes": len(looked.raw),
        "at": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()), "cells": len(looked.cells),
        "notes": looked.notes, "untouched": list(looked.untouched), "to": "", "owner": name,
    }  # fmt: skip
    if box is not None:
        student = name or _login()
        if not files.is_plain(student):
            raise LunarlabError(f"{student!r} can't be the name of a file; give your login with --name")
        if not box.is_dir():
            raise LunarlabError(f"there is no drop box {str(box)!r}; ask your course for its folder")
        # Part of the sum in the name: nobody can take a classmate's place in the box. Whose it is, its owner says.
        file = box / f"{student}-{looked.sha256[:8]}.ipynb"
        files.write_whole(file, looked.raw, mode=0o640)
        with contextlib.suppress(OSError):  # whatever the umask: the course's group has to read it
            file.chmod(0o640)
        receipt["to"] = str(file)
        with contextlib.suppress(LunarlabError):  # then --name is all that there is
            receipt["owner"] = _login()
    return receipt
