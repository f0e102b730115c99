"""For whom an answer is judged: ``exam()`` in a judge gives its random streams and the numbers of its student's variant.

A judge may draw its scenarios from ``exam().rng("09.gate")`` and need not ask whether they are public. While
a student works, the stream is a fixed one, the same for everybody; when the course is graded, it is made from the course key
and the student, so that nobody can know the scenarios and everybody meets others of the same distribution.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import math
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from lunarlab.errors import LunarlabError

if TYPE_CHECKING:
    from lunarlab.grading.checks import Exercise

Numbers = Mapping[str, float]
VARIANT_FILE = "variant.json"
"""Beside a student's notebook: ``{"version": 1, "numbers": {"09.boundary": {"rim_height_m": 612.0}}}``."""
_FILE_BYTES = 64 * 1024
_KEY_BYTES = 16


@dataclass(frozen=True)
class Exam:
    """One sitting: who hands in, for which assignment, under which key.

    ``Exam()`` is the public one. The hidden one has all of key, course, assignment, version and student.
    """

    key: bytes | None = None
    """Secret of the course, at least 16 bytes; None in public."""
    course: str = ""
    assignment: str = ""
    version: str = ""
    """Version of the assignment: a new one has new scenarios and variants."""
    student: str = ""
    """Opaque key of the student."""
    numbers: Mapping[str, Numbers] | None = None
    """Variants by exercise, read from the student's file; None for what the key gives, or the lesson's own."""

    def __post_init__(self) -> None:
        for name in ("course", "assignment", "version", "student"):
            text: Any = getattr(self, name)
            if not isinstance(text, str) or "|" in text or (self.key is not None and not text):
                raise LunarlabError(f"{name} is {text!r}; it must be a text without '|', not empty where there is a key")
        if self.key is not None and len(self.key) < _KEY_BYTES:
            raise LunarlabError(f"the course key must be at least {_KEY_BYTES} bytes")

    def __repr__(self) -> str:
        """Without the key: it must not get into a log."""
        return f"Exam({'public' if self.public else f'{self.course}/{self.assignment}/{self.version}/{self.student}'})"

    @property
    def public(self) -> bool:
        """Whether everybody may know the scenarios."""
        return self.key is None

    def rng(self, exercise: str) -> np.random.Generator:
        """Random stream of an exercise's scenarios; each call begins it anew, so a judge calls it once."""
        return self._stream("scenarios", exercise)

    def variant(self, exercise: str) -> Numbers:
        """The numbers of this student in an exercise: from the key, else from the student's file, else the lesson's own.

        Raises
        ------
        LunarlabError
            The exercise has no variant, or the file's numbers are not those that it asks for.
        """
        item = _exercise(exercise)
        if item.usual is None:
            raise LunarlabError(f"{exercise!r} has no variant: everybody works with the same numbers")
        if self.key is not None:
            drawn = item.usual if item.variant is None else item.variant(self._stream("variant", exercise))
        else:
            drawn = (self.numbers or {}).get(exercise, item.usual)
        if set(drawn) != set(item.usual) or not all(math.isfinite(value) for value in drawn.values()):
            raise LunarlabError(f"{exercise!r} needs the finite numbers {', '.join(item.usual)}; given are {dict(drawn)}")
        return MappingProxyType({name: float(drawn[name]) for name in item.usual})

    def _stream(self, purpose: str, exercise: str) -> np.random.Generator:
        if "|" in exercise:
            raise LunarlabError(f"exercise is {exercise!r}; it must not contain '|'")
        if self.key is None:
            digest = hashlib.sha256(f"v1|public|{purpose}|{exercise}".encode()).digest()
        else:
            text = f"v1|{self.course}|{self.assignment}|{self.version}|{self.student}|{purpose}|{exercise}"
            digest = hmac.new(self.key, text.encode(), hashlib.sha256).digest()
        # Named, not default_rng: marks must not change with numpy's choice of a default.
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


PUBLIC = Exam()
_current: ContextVar[Exam] = ContextVar("exam", default=PUBLIC)


def exam() -> Exam:
    """The sitting in whose name a judge runs; where nothing else is said the public one, with numbers from `VARIANT_FILE`."""
    current = _current.get()
    if current is not PUBLIC:
        return current
    numbers = read_variant(Path.cwd() / VARIANT_FILE)
    return PUBLIC if numbers is None else Exam(numbers=numbers)


@contextlib.contextmanager
def sitting(current: Exam) -> Iterator[Exam]:
    """Judge in the name of a sitting: ``with sitting(Exam(key, ...)): item.judge(*answers)``."""
    token = _current.set(current)
    try:
        yield current
    finally:
        _current.reset(token)


def variant(exercise: str) -> Numbers:
    """Your numbers of an exercise, such as ``lunarlab.variant("09.boundary")``.

    They come from ``variant.json`` beside your notebook, which your course gave you. Without that file they are the
    lesson's own numbers, the same for everybody.

    Returns
    -------
    mapping of str to float
        The numbers by name; a unit is part of the name.

    Raises
    ------
    LunarlabError
        No such exercise, an exercise without variant, or a file that can't be read.
    """
    current = exam()
    given = (current.numbers or {}).get(exercise)
    try:
        _exercise(exercise)
    except LunarlabError:
        if given is None or not current.public:
            raise
        return MappingProxyType(dict(given))  # one of the course's own: it is not known here, but its numbers are
    return current.variant(exercise)


def read_variant(file: Path) -> dict[str, dict[str, float]] | None:
    """Numbers by exercise from a student's file; None where there is no file."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LunarlabError(f"{file.name} can't be read: {error.strerror}") from None
    wrong = f"{file.name} is not what your course gave you; copy it beside the notebook again"
    try:
        found = json.loads(raw.decode("utf-8")) if len(raw) <= _FILE_BYTES else None
        if not isinstance(found, dict) or found.get("version") != 1:
            raise LunarlabError(wrong)
        return {
            str(exercise): {str(name): float(value) for name, value in numbers.items()}
            for exercise, numbers in found["numbers"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise LunarlabError(wrong) from None


def write_variant(file: Path, numbers: Mapping[str, Numbers]) -> None:
    """Write a student's file; `numbers` by exercise."""
    text = json.dumps({"version": 1, "numbers": {id: dict(row) for id, row in numbers.items()}}, indent=1, allow_nan=False)
    file.write_text(text + "\n", "utf-8")


def _exercise(id: str) -> Exercise:
    from lunarlab.grading.checks import find  # late: it loads the lessons, which import this file

    return find(id)
