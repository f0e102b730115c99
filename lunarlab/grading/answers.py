"""A student's answers, taken with care: numbers, functions, labels. Whatever is wrong with one becomes a sentence."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_PACKAGE = Path(__file__).parents[1]
NO_WORDS = "see your cell"
"""What an error from a sandbox says whose own words stay there."""


class Unanswered(Exception):  # noqa: N818 - it is no error
    """The stub is still there."""


class BadAnswer(Exception):  # noqa: N818
    """An answer that can't be judged; the text is a sentence for the student."""


def is_blank(answer: Any) -> bool:
    """Whether an answer is the untouched stub."""
    return answer is None or answer is Ellipsis


def shown(answer: Any) -> str:
    """A value in one short line."""
    try:
        text = " ".join(repr(answer).split())
    except Exception:
        text = "something that can't be printed"
    return f"{text[:60]}..." if len(text) > 63 else text


def number(answer: Any, name: str) -> float:
    """A finite number from whatever a student may call one: int, float, numpy scalar, array of one value."""
    if is_blank(answer):
        raise Unanswered
    if isinstance(answer, (bool, np.bool_, str)) or callable(answer):
        hint = " Call it, and hand in what it returns." if callable(answer) else ""
        raise BadAnswer(f"{name} is {shown(answer)}; it must be a number.{hint}")
    try:
        array = np.asarray(getattr(answer, "si", answer), dtype=float)
    except (TypeError, ValueError):
        raise BadAnswer(f"{name} is {shown(answer)}; it must be a number.") from None
    if array.size != 1:
        raise BadAnswer(f"{name} has {array.size} values; it must be one number.")
    value = float(array.reshape(()))
    if not math.isfinite(value):
        raise BadAnswer(f"{name} is {value}; it must be a finite number.")
    return value


def numbers(answer: Any, count: int, name: str, what: str) -> tuple[float, ...]:
    """Several numbers from a tuple, list or array; `what` names them in order."""
    if is_blank(answer):
        raise Unanswered
    try:
        values = tuple(answer)
    except TypeError:
        raise BadAnswer(f"{name} returned {shown(answer)}; it must return {count} numbers, {what}.") from None
    if len(values) != count:
        raise BadAnswer(f"{name} returned {len(values)} values; it must return {count} numbers, {what}.")
    if any(is_blank(value) for value in values):
        raise Unanswered
    return tuple(number(value, f"{name}, value {i + 1} of {what},") for i, value in enumerate(values))


def mapping(answer: Any, keys: tuple[str, ...], name: str) -> Mapping[str, Any]:
    """A dict with at least these keys."""
    if is_blank(answer):
        raise Unanswered
    if not isinstance(answer, Mapping):
        raise BadAnswer(f"{name} is {shown(answer)}; it must be a dict with the keys {', '.join(keys)}.")
    if all(is_blank(answer.get(key)) for key in keys):
        raise Unanswered
    missing = [key for key in keys if key not in answer]
    if missing:
        raise BadAnswer(f"{name} lacks {', '.join(map(repr, missing))}; its keys must be {', '.join(keys)}.")
    return answer


def function(answer: Any, name: str) -> Callable[..., Any]:
    """A function."""
    if is_blank(answer):
        raise Unanswered
    if not callable(answer):
        raise BadAnswer(f"{name} is {shown(answer)}; it must be a function: hand in its name, without parentheses.")
    return answer  # type: ignore[no-any-return]


@contextlib.contextmanager
def quiet() -> Any:
    """Prints and warnings of a student's function cost nothing and do not fill the page."""
    with (
        contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(), np.errstate(all="ignore"),
    ):  # fmt: skip
        warnings.simplefilter("ignore")
        yield


def call(answer: Callable[..., Any], *arguments: Any, name: str) -> Any:
    """What a student's function returns; its errors become a sentence with the line in its cell."""
    try:
        with quiet():
            return answer(*arguments)
    except NotImplementedError:
        raise Unanswered from None
    except BadAnswer:  # a sandbox stopped it, and says so
        raise
    except (Exception, SystemExit) as error:
        trace, line = error.__traceback__, getattr(error, "cell_line", 0)  # told by a sandbox
        while trace is not None:
            if not trace.tb_frame.f_code.co_filename.startswith(str(_PACKAGE)):
                line = trace.tb_lineno
            trace = trace.tb_next
        words, kind = str(error), type(error).__name__
        if words.strip("'") in ("", NO_WORDS):  # KeyError quotes
            raise BadAnswer(f"{name} raised {kind}{f' in line {line} of its cell' if line else ''}.") from None
        where = f", line {line} of its cell" if line else ""
        raise BadAnswer(f"{name} raised {kind}: {words}{where}.") from None
