"""Is an answer the same twice? The first calls of each function are written down, and asked again of a fresh process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

CALLS = 48
_SIZE = 64


def _small(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.size <= _SIZE and value.dtype.kind in "biuf"
    if isinstance(value, (tuple, list)):
        return len(value) <= _SIZE and all(isinstance(item, (bool, int, float, str)) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def _copy(value: Any) -> Any:
    """A copy of an array, read-only if it is: what may be written to is another type, and compiles another time."""
    if not isinstance(value, np.ndarray):
        return value
    copy = value.copy()
    copy.flags.writeable = value.flags.writeable
    return copy


def _same(one: Any, other: Any) -> bool:
    """Equal to the last bit; what can't be compared (a function, an object) counts as equal."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (bool, int, float, str, np.ndarray, np.generic)) and isinstance(other, type(one)):
        return bool(np.array_equal(one, other, equal_nan=not isinstance(one, str)))
    return type(one) is type(other)


class Witness:
    """A student's function, with its first calls written down."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._calls: list[tuple[tuple[Any, ...], tuple[Any, ...], Any]] = []
        self._writing = True
        for name in ("remote", "__name__", "__qualname__", "__signature__", "__doc__"):
            if hasattr(function, name):
                setattr(self, name, getattr(function, name))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def __repr__(self) -> str:
        return repr(self._function)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the function."""
        if not self._writing:
            return self._function(*arguments, **keywords)
        before = tuple(map(_copy, arguments))
        self._writing = len(self._calls) < CALLS - 1 and not keywords and all(map(_small, arguments))
        if keywords or not all(map(_small, arguments)):
            return self._function(*arguments, **keywords)
        try:
            reply = self._function(*arguments)
        except Exception as error:
            self._calls.append((before, (), type(error).__name__))
            raise
        self._calls.append((before, tuple(map(_copy, arguments)), reply))
        return reply

    def agrees(self, function: Callable[..., Any]) -> bool:
        """Whether another process of the same function answers the same calls with the same bits."""
        for before, after, reply in self._calls:
            arguments = tuple(map(_copy, before))
            try:
                found = function(*arguments)
            except Exception as error:
                if (after, reply) != ((), type(error).__name__):
                    return False
                continue
            if not _same(found, reply) or not _same(arguments, after):
                return False
        return True


def watched(answers: Sequence[Any]) -> tuple[Any, ...]:
    """The same answers, functions with a witness. A class is left alone: a judge may look whether it is one."""
    return tuple(Witness(one) if callable(one) and not isinstance(one, type) else one for one in answers)


def agree(answers: Sequence[Any], again: Sequence[Any]) -> bool:
    """Whether answers, some of them watched, are what they are when they are asked for again."""
    return all(
        (one.agrees(other) if callable(other) else False) if isinstance(one, Witness) else _same(one, other)
        for one, other in zip(answers, again, strict=True)
    )
