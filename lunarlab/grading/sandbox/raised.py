"""Errors of a student's functions, as they may be told: kind and line, and words that are Python's own."""

from __future__ import annotations

import builtins
from typing import Any

from lunarlab.grading.answers import NO_WORDS
from lunarlab.grading.sandbox.remote import word

_NEGATIVE = "expected a nonnegative input"
"""What follows is the input."""
WORDS = frozenset({
    "math domain error", "math range error", "division by zero", "float division by zero", "read-only",
    _NEGATIVE, "cannot convert float NaN to integer", "cannot convert float infinity to integer",
})  # fmt: skip
"""What Python itself says. An error's own words could carry hidden inputs out to a report, so others are dropped."""
_PYTHON_ERRORS = {
    name: kind for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception)
    and not issubclass(kind, (UnicodeError, StopIteration, StopAsyncIteration))
}  # fmt: skip


_LIBRARY_ERRORS = frozenset({
    "LinAlgError", "AxisError", "UFuncTypeError", "JSONDecodeError", "InvalidOperation", "UnitConversionError", "UnitsError",
    "UnitTypeError", "TypingError", "LunarlabError",
})  # fmt: skip


class RemoteError(Exception):
    """An error in a student's function that is none of Python's own."""


def error_of(told: Any, lines: int) -> Exception:
    """The error of a student's function as one that can be raised here: its kind and line, and Python's own words.

    Kinds of the student's own become the nearest of Python's; no cell has a line after the `lines`-th.
    """
    names = told.get("names") if isinstance(told, dict) else None
    names = [word(n, "Error") for n in names[:8]] if isinstance(names, list) and names else ["Error"]
    said = told.get("words")
    said = said if isinstance(said, str) else ""
    words = _NEGATIVE if said.startswith(_NEGATIVE) else said if said in WORDS else ""
    base = next(
        (_PYTHON_ERRORS[n] for n in names if n in _PYTHON_ERRORS and _PYTHON_ERRORS[n] is not Exception), RemoteError
    )
    if words == "read-only":
        words = "assignment destination is read-only"
    known = next((name for name in names if name in _LIBRARY_ERRORS or name in _PYTHON_ERRORS), "Exception")
    kind: type[Exception] = base if known == base.__name__ else type(known, (RemoteError,), {})
    try:
        error = kind(words) if words else kind(NO_WORDS)
    except TypeError:
        error = RemoteError(NO_WORDS)
    line = told.get("line")
    error.cell_line = line if type(line) is int and 0 < line <= lines else 0  # type: ignore[attr-defined]
    return error
