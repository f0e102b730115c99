"""An answer that is a function of numbers, tried on several inputs, and the slips that people make, each with its hint.

A slip is a wrong function and what to say to somebody who wrote it. It is recognised if the answer agrees with it on every
input, so the inputs of an exercise must be different enough to keep the slips apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lunarlab.grading import answers as a
from lunarlab.grading.result import Finding, number_text

Slip = tuple[Callable[..., float], str]


def same(value: float, right: float, relative: float = 1e-3, absolute: float = 0.0) -> bool:
    """Whether a number is right within tolerances; never for one that is not finite."""
    return math.isfinite(right) and abs(value - right) <= max(absolute, relative * abs(right))


def values(answer: Any, name: str, inputs: Sequence[tuple[Any, ...]]) -> list[float]:
    """What the student's function gives for each input: one finite number, or a sentence about what it is instead."""
    function = a.function(answer, name)
    return [a.number(a.call(function, *arguments, name=name), f"{name}(...)") for arguments in inputs]


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
    """
    given = values(answer, name, inputs)
    truth = [right(*x) for x in inputs]
    bad = [i for i in range(len(given)) if not same(given[i], truth[i], relative, absolute)]
    i = bad[0] if bad else 0
    told = slip_hint(given, inputs, slips, relative) if bad else ""
    return Finding(f"{requirement} {shown(*inputs[i])}", points, not bad, number_text(given[i], unit),
                   number_text(truth[i], unit), told or hint)  # fmt: skip
