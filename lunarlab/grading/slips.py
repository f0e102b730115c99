"""An answer that is a function of numbers, tried on several inputs, and the slips that people make, each with its hint.

A slip is a wrong function and what to say to somebody who wrote it. It is recognised if the answer agrees with it on every
input, so the inputs of an exercise must be different enough to keep the slips apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, apart, number_text

Slip = tuple[Callable[..., float], str]


def same(value: float, right: float, relative: float = 1e-3, absolute: float = 0.0) -> bool:
    """Whether a number is right within tolerances; never for one that is not finite."""
    return math.isfinite(right) and abs(value - right) <= max(absolute, relative * abs(right))


def drawn(exercise: str, count: int, *ranges: tuple[float, float]) -> list[tuple[float, ...]]:
    """Arguments of this sitting, for an exercise without other draws: each even in its range, to three digits.

    What is quoted is what was asked, so they are rounded. The ranges must keep the right answer and the slips apart.
    """
    rng = exam().rng(exercise)
    return [tuple(float(f"{rng.uniform(low, high):.3g}") for low, high in ranges) for _ in range(count)]


BELOW_ZERO = "Under the root is a negative number: are all distances, and a, counted from the centre?"
"""For `negative`, where vis-viva with altitudes for distances has no root."""


def values(answer: Any, name: str, inputs: Sequence[tuple[Any, ...]], negative: str = "") -> list[float]:
    """What the student's function gives for each input: one finite number, or a sentence about what it is instead.

    `negative` is what to say where it took the root of a negative number: an error of `math`, nan of numpy, or complex.
    """
    function = a.function(answer, name)
    found = []
    for arguments in inputs:
        try:
            value = a.call(function, *arguments, name=name)
        except a.BadAnswer as bad:
            if negative and any(words in str(bad) for words in ("math domain error", "nonnegative input")):
                raise a.BadAnswer(f"{bad} {negative}") from None
            raise
        if negative and (isinstance(value, complex) or (isinstance(value, float) and math.isnan(value))):
            raise a.BadAnswer(f"{name}(...) is {a.shown(value)}. {negative}")
        found.append(a.number(value, f"{name}(...)"))
    return found


def slip_hint(given: Sequence[float], inputs: Sequence[tuple[Any, ...]], slips: Sequence[Slip], relative: float) -> str:
    """Hint of the first slip that explains all values, or nothing."""
    for wrong, hint in slips:
        try:
            if all(same(v, wrong(*x), relative, 1e-9) for v, x in zip(given, inputs, strict=True)):
                return hint
        except (ValueError, ZeroDivisionError, OverflowError, TypeError):  # the slip has no value there
            continue
    return ""


def judge(
    answer: Any,
    name: str,
    inputs: Sequence[tuple[Any, ...]],
    right: Callable[..., float],
    slips: Sequence[Slip],
    *,
    points: int,
    requirement: str,
    unit: str,
    shown: Callable[..., str],
    hint: str,
    relative: float = 1e-3,
    absolute: float = 0.0,
    negative: str = "",
) -> Finding:
    """Finding about a function of numbers.

    Parameters
    ----------
    answer, name
        The student's function and how the exercise calls it.
    inputs
        Arguments to try; all of them must come out right.
    right
        The right answer, computed here.
    slips
        Known wrong answers with their hints; the first that fits is told.
    points, requirement, unit
        Of the finding.
    shown
        Arguments -> text, for the input that is quoted.
    hint
        What to say where no slip fits.
    relative, absolute
        Tolerances; the larger counts.
    negative
        What to say where the function took the root of a negative number.
    """
    given = values(answer, name, inputs, negative)
    truth = [right(*x) for x in inputs]
    bad = [i for i in range(len(given)) if not same(given[i], truth[i], relative, absolute)]
    i = bad[0] if bad else 0
    told = slip_hint(given, inputs, slips, relative) if bad else ""
    texts = apart(given[i], truth[i], unit) if bad else (number_text(given[i], unit), number_text(truth[i], unit))
    return Finding(f"{requirement} {shown(*inputs[i])}", points, not bad, *texts, told or hint)
