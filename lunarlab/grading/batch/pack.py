"""What a grader needs to know of an assignment: its name and version, its exercises, the course key, the roster.

These files belong to the instructor. The key is the secret of the course: it lies in a file of its own, outside any
repository, and leaves it only as hidden scenarios and as names that nobody can turn back.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import importlib
import json
import os
import secrets
import stat
import sys
import tomllib
import unicodedata
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading import checks
from lunarlab.grading.batch import notebook
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import Exam
from lunarlab.grading.sandbox.limits import Limits

_PACKAGE = Path(__file__).parents[2]
_FIELDS = {"course", "assignment", "version", "checks", "notebook", "exercises", "module", "limits"}


@dataclass(frozen=True)
class Key:
    """The course key. `id` is no secret: it says which key a grade was made with, after one was replaced."""

    id: str
    secret: bytes = field(repr=False)
    example: bool = False
    """Made for tests and demonstrations; grading for marks refuses it."""

    def student(self, name: str) -> str:
        """Opaque key of a student, from the name that the transport gave: the same in every run and on every machine."""
        text = unicodedata.normalize("NFC", name)
        digest = hmac.new(self.secret, b"v1|student|" + text.encode("utf-8", "surrogateescape"), hashlib.sha256)
        return "s-" + digest.hexdigest()[:20]


def new_key(id: str, *, example: bool = False) -> Key:
    """A fresh key of 256 bits."""
    return Key(id, secrets.token_bytes(32), example)


def write_key(file: Path, key: Key) -> None:
    """Write a key, for its owner's eyes only; never over another one."""
    text = json.dumps({"id": key.id, "secret": key.secret.hex(), "example": key.example}, indent=1) + "\n"
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as stream:
        stream.write(text)


def read_key(file: Path, *, practice: bool = False) -> Key:
    """Read a key.

    Raises
    ------
    LunarlabError
        No key, not ours, readable by everybody, or an example key where marks are made.
    """
    try:
        found = json.loads(file.read_text("utf-8"))
        mode = file.stat().st_mode
        key = Key(str(found["id"]), bytes.fromhex(found["secret"]), bool(found.get("example", False)))
    except OSError as error:
        raise LunarlabError(f"the course key {str(file)!r} can't be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise LunarlabError(f"{str(file)!r} is not a course key") from None
    if len(key.secret) < 16:
        raise LunarlabError(f"the course key {key.id!r} is too short; it needs at least 16 bytes")
    if os.name == "posix" and mode & (stat.S_IROTH | stat.S_IWOTH):
        raise LunarlabError(f"everybody on this machine can read the course key: chmod 600 {file.name}")
    if key.example and not practice:
        raise LunarlabError(f"the course key {key.id!r} is an example that everybody has; make one, or add --practice")
    return key


@dataclass(frozen=True)
class Assignment:
    """One piece of work that a class hands in."""

    course: str
    name: str
    version: str
    exercises: tuple[str, ...]
    checks: str = "1"
    """Version of the checks: raise it to grade everything again; the old grades stay."""
    notebook: str = ""
    """File name of the notebook, for hand-ins that hold several."""
    module: str = ""
    """Python module of the course with exercises of its own (`EXERCISES`); "" for none."""
    limits: tuple[tuple[str, float], ...] = ()
    """Limits of the sandbox that differ from the usual ones, such as ("load_s", 10.0)."""
    home: str = ""
    """Folder of the assignment: its module may lie there."""

    def __post_init__(self) -> None:
        Exam(b"only to check the names", self.course, self.name, self.version, "s")
        if not self.exercises or len(set(self.exercises)) != len(self.exercises):
            raise LunarlabError("exercises must name at least one exercise, and none twice")

    @property
    def id(self) -> str:
        """Its name in the gradebook."""
        return f"{self.course}/{self.name}/{self.version}"

    def items(self) -> tuple[Exercise, ...]:
        """The exercises themselves. Loads the lessons' judges, and with them the physics."""
        if self.module:
            checks.add(self._load().EXERCISES)
        return tuple(checks.find(id) for id in self.exercises)

    def _load(self) -> ModuleType:
        if self.home and self.home not in sys.path:
            sys.path.append(self.home)
        try:
            found = importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name != self.module.partition(".")[0]:
                raise
            raise LunarlabError(
                f"the assignment's module {self.module!r} was not found; put {self.module.replace('.', '/')}.py beside the "
                "assignment, or install it"
            ) from None
        if not hasattr(found, "EXERCISES"):
            raise LunarlabError(f"the assignment's module {self.module!r} has no EXERCISES")
        return found

    def sitting(self, key: Key, student: str) -> Exam:
        """The hidden exam of a student."""
        return Exam(key.secret, self.course, self.name, self.version, student)


def read_assignment(file: Path) -> Assignment:
    """Read ``assignment.toml``, or the one in a folder.

    Raises
    ------
    LunarlabError
        It can't be read, lacks something, or has a key that is not known.
    """
    file = file / "assignment.toml" if file.is_dir() else file
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise LunarlabError(f"the assignment {str(file)!r} can't be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LunarlabError(f"the assignment {str(file)!r} is not TOML: {error}") from None
    unknown = set(found) - _FIELDS
    missing = {"course", "assignment", "version", "exercises"} - set(found)
    if unknown or missing:
        what = f"does not know {', '.join(sorted(unknown))}" if unknown else f"lacks {', '.join(sorted(missing))}"
        raise LunarlabError(f"the assignment {str(file)!r} {what}; its keys are {', '.join(sorted(_FIELDS))}")
    texts = {key: found.get(key, "") for key in ("course", "assignment", "version", "notebook", "module")}
    texts["checks"] = found.get("checks", "1")
    listed = found["exercises"]
    for key, value in texts.items():
        if not isinstance(value, str):
            raise LunarlabError(f'{key} of the assignment is {value!r}; it must be a text in quotes: {key} = "{value}"')
    if not isinstance(listed, list) or not all(isinstance(id, str) for id in listed):
        raise LunarlabError('exercises of the assignment must be a list of ids, such as ["09.gate"]')
    return Assignment(texts["course"], texts["assignment"], texts["version"], tuple(listed), texts["checks"],
                      texts["notebook"], texts["module"], _limits(found.get("limits", {})),
                      str(file.absolute().parent))  # fmt: skip


def _limits(table: Any) -> tuple[tuple[str, float], ...]:
    known = {item.name for item in fields(Limits)}
    if not isinstance(table, dict) or set(table) - known:
        raise LunarlabError(f"limits of the assignment must be a table with some of {', '.join(sorted(known))}")
    Limits(**table)  # its own validation
    return tuple(sorted(table.items()))


def lesson_file(work: Assignment, home: Path) -> Path:
    """The notebook of an assignment: named in it and beside it, or the lesson that its exercises belong to.

    Raises
    ------
    LunarlabError
        There is none, or the exercises are of several lessons.
    """
    if work.notebook and (home / work.notebook).is_file():
        return home / work.notebook
    numbers = sorted({id.partition(".")[0] for id in work.exercises})
    if len(numbers) != 1 and not work.notebook:
        raise LunarlabError(
            f"the exercises are of lessons {', '.join(numbers)}; put a notebook with all of them beside the assignment, "
            "and name it there: notebook = ..."
        )
    for place in (_PACKAGE.parent / "lessons", _PACKAGE / "_lessons"):
        found = sorted(place.glob(work.notebook or f"{numbers[0]}_*.ipynb"))
        if found:
            return found[0]
    raise LunarlabError(f"no notebook {work.notebook or f'of lesson {numbers[0]}'!r} was found; put it beside the assignment")


def given(work: Assignment, home: Path) -> frozenset[str]:
    """Texts of the cells that every student got; none where the notebook is not at hand."""
    try:
        return frozenset(cell.text.strip() for cell in notebook.read(lesson_file(work, home).read_bytes()))
    except (LunarlabError, OSError, notebook.Invalid):
        return frozenset()


def read_roster(file: Path) -> dict[str, dict[str, str]]:
    """Rows of a class list (CSV with a column ``student``: the name that the transport uses) by student."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            table = csv.DictReader(stream)
            rows, columns = list(table), list(table.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LunarlabError(f"the roster {str(file)!r} can't be read: {error}") from None
    if "student" not in columns:
        raise LunarlabError(
            f"the roster {str(file)!r} begins with {','.join(columns)!r}; one of its columns must be called 'student', "
            "and commas stand between them"
        )
    found: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, 2):
        name = unicodedata.normalize("NFC", (row.get("student") or "").strip())
        if not name or name in found:
            what = f"{name!r} stands in it twice" if name else f"line {number} has no student"
            raise LunarlabError(f"the roster {str(file)!r}: {what}; it needs a column 'student' with one name per line")
        found[name] = {key: value or "" for key, value in row.items() if key}
    return found
