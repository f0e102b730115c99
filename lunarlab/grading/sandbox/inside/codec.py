"""A student's values as bounded JSON and doubles. What is here runs beside hostile code: its output is checked outside."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import math
import types
from collections.abc import Iterable, Mapping, Sized
from typing import Any

import numpy as np

_ROUND = 1 << 53
_contiguous, _asarray, _isfinite = np.ascontiguousarray, np.asarray, math.isfinite
_text = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
"""Kept, because a student's code may put something else in their places."""


class TooMuch(Exception):  # noqa: N818
    """A value that does not fit into a reply."""


class Encoder:
    """Turns one value into JSON; arrays go into `doubles`, functions get a handle made of `root` and their place."""

    def __init__(self, functions: dict[str, Any], limit: int) -> None:
        self.functions, self.limit = functions, limit
        self.doubles: list[np.ndarray] = []
        self.count = 0
        self.items = 0

    def array(self, value: np.ndarray) -> dict[str, Any]:
        if self.count + value.size > self.limit:
            raise TooMuch(f"an array of {value.size} numbers")
        kind = {"b": "bool", "i": "int", "u": "int", "f": "float"}[value.dtype.kind]
        at, self.count = self.count, self.count + int(value.size)
        self.doubles.append(_contiguous(value, dtype="<f8").reshape(-1))
        return {"$": "array", "shape": [int(n) for n in value.shape], "at": at, "of": kind}

    def number(self, value: float) -> Any:
        return (
            value
            if math.isfinite(value)
            else {"$": "float", "v": "nan" if value != value else "inf" if value > 0 else "-inf"}
        )

    def encode(self, value: Any, place: str, depth: int = 0) -> Any:
        self.items += 1
        if depth > 6 or self.items > 20_000:
            raise TooMuch("a value that is too deep, or has too many parts")
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is float:
            return self.number(value)
        if kind is int:
            return value if -_ROUND * 1024 < value < _ROUND * 1024 else self._wide(value)
        if isinstance(value, str):
            return str.__str__(value)[:4000]
        if value is Ellipsis:
            return {"$": "..."}
        return self._compound(value, place, depth)

    def _wide(self, value: int) -> Any:
        try:
            return self.number(float(value))
        except OverflowError:
            return self.number(math.inf if value > 0 else -math.inf)

    def _compound(self, value: Any, place: str, depth: int) -> Any:
        if isinstance(value, (bool, np.bool_)):
            return bool(value)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and not hasattr(value, "unit"):
            return self.array(value)
        if isinstance(value, (complex, np.complexfloating)):
            number = complex(value)
            return {"$": "complex", "v": [self.number(number.real), self.number(number.imag)]}
        if isinstance(value, (int, np.integer)):
            return self.encode(int(value), place, depth)
        if isinstance(value, (float, np.floating)):
            return self.number(float.__add__(float(value), 0.0))
        if hasattr(value, "unit") and hasattr(value, "si"):  # a Quantity: a number in SI units
            return self.encode(_asarray(value.si.value)[()], place, depth)
        if isinstance(value, tuple):
            return {"$": "tuple", "v": [self.encode(v, f"{place}/{i}", depth + 1) for i, v in enumerate(value)]}
        if isinstance(value, list):
            return [self.encode(v, f"{place}/{i}", depth + 1) for i, v in enumerate(value)]
        if isinstance(value, Mapping):
            pairs = [
                [self.encode(k, f"{place}/key", depth + 1), self.encode(v, f"{place}/{i}", depth + 1)]
                for i, (k, v) in enumerate(value.items())
            ]
            return {"$": "dict", "v": pairs}
        if isinstance(value, (set, frozenset)):
            return {"$": "set", "v": [self.encode(v, f"{place}/{i}", depth + 1) for i, v in enumerate(value)]}
        if dataclasses.is_dataclass(value) and not callable(value):
            fields = {
                f.name: self.encode(getattr(value, f.name), f"{place}/{f.name}", depth + 1)
                for f in dataclasses.fields(value) if f.init
            }  # fmt: skip
            return {"$": "data", "type": f"{type(value).__module__}.{type(value).__qualname__}", "v": fields}
        if isinstance(value, (dt.datetime, dt.date)):
            return {"$": "date", "v": value.isoformat()}
        if isinstance(value, np.datetime64):
            return str(value)
        if callable(value):
            return self._function(value, place)
        if isinstance(value, np.ndarray):
            return self.encode(value.tolist(), place, depth)
        if type(value).__module__.startswith("astropy.time"):
            from lunarlab.ephemeris import tdb

            return float(tdb(value))
        sequence = isinstance(value, Sized) and (isinstance(value, Iterable) or hasattr(type(value), "__getitem__"))
        if sequence or isinstance(value, (types.GeneratorType, map, zip, filter)):
            items: list[Any] = []
            for item in value:
                items.append(self.encode(item, f"{place}/{len(items)}", depth + 1))
            return {"$": "tuple", "v": items}
        if hasattr(type(value), "__float__"):
            with contextlib.suppress(TypeError, ValueError):
                return self.number(float(value))
        return {"$": "object", "type": type(value).__name__[:60]}

    def _function(self, value: Any, place: str) -> dict[str, Any]:
        import inspect

        self.functions[place] = value
        plain = getattr(value, "py_func", value)
        try:
            parameters = [
                [str(p.name), int(p.kind), p.default is not p.empty]
                for p in list(inspect.signature(plain).parameters.values())[:32]
            ]
        except (TypeError, ValueError):
            parameters = [["arguments", 2, False]]
        return {"$": "function", "handle": place, "parameters": parameters}


def dumps(value: Any, limit: int) -> bytes:
    """JSON, if it is short enough."""
    text = _text(value).encode()
    if len(text) > limit:
        raise TooMuch(f"a value of {len(text)} bytes")
    return text
