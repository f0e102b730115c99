"""Answers on the other side of the fence: values come as checked data, functions as proxies that are called there."""

from __future__ import annotations

import builtins
import dataclasses
import datetime as dt
import importlib
import inspect
import io
import json
import math
import pickle
import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lunarlab.grading.answers import BadAnswer
from lunarlab.grading.sandbox.inside import wire
from lunarlab.grading.sandbox.limits import Fault

if TYPE_CHECKING:
    from lunarlab.grading.sandbox.session import Session

DEPTH = 8
DATA = {
    f"lunarlab.descent.{module}.{name}"
    for module, name in (
        ("navigation", "Navigation"), ("guidance", "Guidance"), ("gear", "Gear"), ("vehicle", "Vehicle"),
        ("terrain", "Terrain"), ("faults", "Fault"), ("hazards", "Hazards"),
        # and a whole scenario, which a judge compares with its own before it flies it
        ("scenario", "Scenario"), ("scenario", "Clock"), ("scenario", "Dispersions"), ("scenario", "Knowledge"),
        ("scenario", "Orbit"), ("sensors", "Altimeter"), ("sensors", "Camera"), ("sensors", "Imu"), ("sensors", "Velocimeter"),
        ("attitude", "Attitude"), ("computer", "Computer"), ("cutoff", "Cutoff"), ("space", "Site"), ("touchdown", "Limits"),
        ("zone", "Zone"),
    )
} | {"lunarlab.surface.contact.Relay", "lunarlab.surface.design.Design", "lunarlab.ephemeris.places.Site"}  # fmt: skip
"""Frozen definitions that an answer may be, rebuilt here through their own validation."""
_TYPES = frozenset(name for name, kind in vars(builtins).items() if isinstance(kind, type)) | {
    "Quantity", "Series", "DataFrame", "Symbol", "Expr", "Mul", "Add", "Pow", "Equality", "module", "generator", "coroutine",
    "mpf", "Unit", "Path", "Generator", "dtype", "Figure", "Axes", "Poly1D", "OptimizeResult", "Flight",
}  # fmt: skip
"""Names that may come out. A student chooses the names of their own classes and functions, when a hidden case is known."""


class ProtocolError(Exception):
    """What came over the pipe is not what was asked for."""


class RemoteFault(BadAnswer):
    """A student's code was stopped, or ended by itself; `fault` says how."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail or fault.kind)
        self.fault = fault


@dataclasses.dataclass(frozen=True)
class Opaque:
    """Something that is neither number, text, container nor function: only the name of its type is known here."""

    type_name: str

    def __repr__(self) -> str:
        return f"<{self.type_name}>"


def _opaque(name: Any) -> Opaque:
    return Opaque(name if isinstance(name, str) and name in _TYPES else "object of a class of your own")


def depth(text: bytes) -> int:
    """Deepest nesting of a JSON text, without parsing it; brackets in texts count, too."""
    deepest = level = 0
    for byte in text:
        if byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def _integer(digits: str) -> int:
    if len(digits) > 19:
        raise ProtocolError("an integer of many digits")
    return int(digits)


def _constant(name: str) -> float:
    raise ProtocolError(f"{name} in JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ProtocolError("a number that is not finite")
    return value


def loads(text: bytes, limit: int) -> Any:
    """JSON that came out of the fence.

    Raises
    ------
    ProtocolError
        Too long, too deep, no JSON, or with numbers that JSON does not have.
    """
    if len(text) > limit:
        raise ProtocolError("a text that is too long")
    if depth(text) > 2 * DEPTH + 6:  # a value of depth 8 is wrapped at each level
        raise ProtocolError("a value that is too deep")
    try:
        return json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"no JSON: {type(error).__name__}") from None


def word(value: Any, otherwise: str) -> str:
    """A short identifier, or something else instead."""
    return (
        value if isinstance(value, str) and len(value) <= 60 and value.isidentifier() and value.isascii() else otherwise
    )


class Decoder:
    """Rebuilds a value from checked JSON and doubles."""

    def __init__(self, doubles: np.ndarray, function: Callable[[dict[str, Any]], Any]) -> None:
        self.doubles, self.build = doubles, function
        self.infinite = False
        """Whether a number was not finite."""

    def value(self, coded: Any, level: int = 0) -> Any:
        """The value that this JSON stands for."""
        if level > DEPTH:
            raise ProtocolError("a value that is too deep")
        if coded is None or isinstance(coded, (bool, int, float)):
            return coded
        if isinstance(coded, str):
            return coded.encode("utf-8", "replace").decode()
        if isinstance(coded, list):
            return [self.value(item, level + 1) for item in coded]
        if not isinstance(coded, dict):
            raise ProtocolError("a value of no known kind")
        tag = coded.get("$")
        if tag == "...":
            return Ellipsis
        if not isinstance(tag, str) or tag not in _TAGS:
            raise ProtocolError("a value of no known kind")
        build = getattr(self, f"_{tag}")
        return build(coded, level)

    def _items(self, coded: dict[str, Any], level: int) -> list[Any]:
        items = coded.get("v")
        if not isinstance(items, list):
            raise ProtocolError("a container without content")
        return [self.value(item, level + 1) for item in items]

    def _float(self, coded: dict[str, Any], _: int) -> float:
        self.infinite = True
        try:
            return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[coded.get("v")]  # type: ignore[index]
        except (KeyError, TypeError):
            raise ProtocolError("a number of no known kind") from None

    def _complex(self, coded: dict[str, Any], level: int) -> complex:
        parts = self._items(coded, level)
        if len(parts) != 2 or not all(isinstance(p, float) for p in parts):
            raise ProtocolError("a complex number of no known kind")
        return complex(*parts)

    def _array(self, coded: dict[str, Any], _: int) -> np.ndarray:
        shape, at, kind = coded.get("shape"), coded.get("at"), coded.get("of")
        if not (isinstance(shape, list) and len(shape) <= 8 and all(type(n) is int and n >= 0 for n in shape)):
            raise ProtocolError("an array without shape")
        size = math.prod(shape)
        if math.prod(max(n, 1) for n in shape) > 1 << 40:
            raise ProtocolError("an array of a shape that none has")
        if type(at) is not int or at < 0 or at + size > len(self.doubles) or kind not in ("bool", "int", "float"):
            raise ProtocolError("an array that is not there")
        array = self.doubles[at : at + size].reshape(shape).copy()
        if not np.isfinite(array).all():
            if kind != "float":
                raise ProtocolError("an array that is not what it says")
            self.infinite = True
        if kind == "int" and not (np.abs(array) < 2.0**62).all():
            return array
        return array.astype({"bool": bool, "int": np.int64, "float": float}[kind])

    def _tuple(self, coded: dict[str, Any], level: int) -> tuple[Any, ...]:
        return tuple(self._items(coded, level))

    def _set(self, coded: dict[str, Any], level: int) -> set[Any]:
        return {self._key(item) for item in self._items(coded, level)}

    def _dict(self, coded: dict[str, Any], level: int) -> dict[Any, Any]:
        pairs = coded.get("v")
        if not isinstance(pairs, list) or not all(isinstance(p, list) and len(p) == 2 for p in pairs):
            raise ProtocolError("a dict without content")
        return {self._key(self.value(k, level + 1)): self.value(v, level + 1) for k, v in pairs}

    def _key(self, key: Any) -> Any:
        try:
            hash(key)
        except TypeError:
            raise ProtocolError("a key that is none") from None
        return key

    def _date(self, coded: dict[str, Any], _: int) -> dt.datetime:
        text = coded.get("v")
        try:
            return dt.datetime.fromisoformat(text[:40])  # type: ignore[index]
        except (TypeError, ValueError):
            raise ProtocolError("a date that is none") from None

    def _object(self, coded: dict[str, Any], _: int) -> Opaque:
        return _opaque(coded.get("type"))

    def _missing(self, coded: dict[str, Any], _: int) -> None:
        return None

    def _function(self, coded: dict[str, Any], _: int) -> Any:
        return self.build(coded)

    def _data(self, coded: dict[str, Any], level: int) -> Any:
        name, given = coded.get("type"), coded.get("v")
        if not isinstance(name, str) or not isinstance(given, dict):
            raise ProtocolError("a definition without content")
        if name not in DATA:
            return _opaque(name.rpartition(".")[2])
        module, _, kind = name.rpartition(".")
        cls = getattr(importlib.import_module(module), kind)
        known = {f.name for f in dataclasses.fields(cls) if f.init}
        infinite = self.infinite
        fields = {str(k): self.value(v, level + 1) for k, v in given.items() if k in known}
        self.infinite = infinite  # a fault may last for ever; what a definition must not be, it refuses itself
        try:
            return cls(**fields) if all(map(_data_only, fields.values())) else Opaque(kind)
        except Exception:  # inside it was made by the same class: who sends what that refuses has not made it so
            return Opaque(kind)


_TAGS = frozenset({
    "float", "complex", "array", "tuple", "set", "dict", "date", "object", "missing", "function", "data",
})  # fmt: skip


def _data_only(value: Any) -> bool:
    """Numbers, texts, and tuples of them or of definitions: what a field of a definition may hold."""
    if isinstance(value, tuple):
        return all(map(_data_only, value))
    return value is None or isinstance(value, (bool, int, float, str)) or dataclasses.is_dataclass(value)


class _Arguments(pickle.Pickler):
    """Arguments on their way in; a proxy goes as its handle."""

    def persistent_id(self, obj: Any) -> Any:
        return obj.handle if isinstance(obj, RemoteFunction) else None


def packed(handle: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> bytes:
    """A call as bytes: trusted direction, so pickle."""
    writable = [
        i for i, a in enumerate(arguments) if isinstance(a, np.ndarray) and a.dtype == np.float64 and a.flags.writeable
    ]
    buffer = io.BytesIO()
    _Arguments(buffer, protocol=5).dump((handle, arguments, dict(keywords), writable))
    return buffer.getvalue()


class RemoteFunction:
    """A student's function. Calling it calls it in the sandbox; it looks like a function of the same parameters."""

    remote = True
    """Never compiled, and never run here."""

    def __init__(self, session: Session, exercise: int, coded: dict[str, Any]) -> None:
        handle = coded.get("handle")
        if not isinstance(handle, str) or len(handle) > 200:
            raise ProtocolError("a function without handle")
        self._session, self._exercise, self.handle = session, exercise, handle
        self._bytes = handle.encode("utf-8", "replace")
        self.__name__ = self.__qualname__ = "function"
        self.__signature__ = _signature(coded.get("parameters"))
        self._last = -math.inf
        self._broken: tuple[bytes, RemoteFault] | None = None
        self.__doc__ = None

    def __repr__(self) -> str:
        return "<function in its sandbox>"

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it over there."""
        try:
            if not keywords and _flies(arguments):
                return self._fly(arguments)
            return self._session.call(self._exercise, self, arguments, keywords)
        except TypeError as error:
            try:  # Python's own words don't come out; whether the arguments fit can be seen here
                self.__signature__.bind(*arguments, **keywords)
            except TypeError as unfit:
                error.args = (str(unfit),)
            raise

    def _fly(self, arguments: tuple[Any, ...]) -> Any:
        """A law or filter. Time that runs backwards means another flight: a fresh process, so that nothing is remembered."""
        t = float(arguments[0])
        payload, written = _payload(self, arguments)
        if self._broken is not None and self._broken[0] == payload:
            raise self._broken[1]  # who asks again what went wrong is told, and does not wait again
        fresh = t < self._last or self._broken is not None
        self._last, self._broken = t, None
        try:
            return self._session.fly(self._exercise, self, payload, written, fresh)
        except RemoteFault as fault:
            self._broken = payload, fault
            raise


def _flies(arguments: tuple[Any, ...]) -> bool:
    """Whether these are the arguments of a law or filter: a time, then one-dimensional arrays of doubles."""
    return (
        2 <= len(arguments) <= 5
        and isinstance(arguments[0], float)
        and all(type(a) is np.ndarray and a.ndim == 1 and a.dtype == np.float64 for a in arguments[1:])
    )


def _payload(function: RemoteFunction, arguments: tuple[Any, ...]) -> tuple[bytes, list[np.ndarray]]:
    """Payload of a fast call, and the arrays that it may write to."""
    arrays = arguments[1:]
    packed_arrays = tuple((a.tobytes(), a.size, a.flags.writeable) for a in arrays)
    payload = wire.pack_flight(function._bytes, (float(arguments[0]),), packed_arrays)
    return payload, [a for a in arrays if a.flags.writeable]


def _signature(parameters: Any) -> inspect.Signature:
    """A signature made of names and kinds only."""
    try:
        made = [
            inspect.Parameter(
                word(name, f"argument_{i}"), inspect._ParameterKind(kind),
                default=None if has and kind not in (2, 4) else inspect.Parameter.empty,
            )
            for i, (name, kind, has) in enumerate(parameters[:32])
        ]  # fmt: skip
        return inspect.Signature(made)
    except (TypeError, ValueError):
        return inspect.Signature([inspect.Parameter("arguments", inspect.Parameter.VAR_POSITIONAL)])


def numbers(data: memoryview | bytes) -> tuple[float, ...]:
    """Doubles, little-endian."""
    return struct.unpack(f"<{len(data) // 8}d", data)
