"""A student's law or filter: probed in Python, compiled if it compiles, else called as Python by the same loop.

`prepare` turns any of them into an adapter of fixed signature that returns a status: 0 fine, 1 raised, 2 returned a
number that is not finite. Nothing a student writes can raise out of the loop.

Compiled and in Python a function gives the same numbers to the last bit, with two exceptions that lie in Python itself:
``x ** 2`` may round otherwise than ``x * x``, and the functions of `math` raise where compiled ones return nan.
"""

from __future__ import annotations

import inspect
import math
import types as python_types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab import jit
from lunarlab.constants import R_MOON
from lunarlab.descent import guidance, navigation
from lunarlab.descent import sensors as s
from lunarlab.errors import PluginError
from lunarlab.units import si

OK, RAISED, NOT_FINITE = range(3)

LAW_ARGUMENTS = ("t", "est", "params")
FILTER_ARGUMENTS = ("t", "meas", "params", "memory")


@dataclass(frozen=True)
class Plugin:
    """A law or filter, ready for the loop."""

    kind: str
    name: str
    call: Callable[..., int]
    """Adapter with the signature of `jit.LAW` or `jit.FILTER`."""
    compiled: bool
    why: str
    """Why it runs the way it does, for the provenance."""
    source: Callable[..., Any]
    """The plain Python function, to be called again when something went wrong."""

    def explain(self, arguments: Sequence[Any]) -> str:
        """Call the function once more in Python and say in a sentence what is wrong with its answer."""
        size = 3 if self.kind == "guidance" else 6
        copies = [_readonly(a) if isinstance(a, np.ndarray) and i < 3 else a for i, a in enumerate(arguments)]
        try:
            with np.errstate(all="ignore"):
                answer = self.source(*copies)
        except (Exception, SystemExit) as error:
            return f"{self.name} raised {_describe(error)}"
        return _complaint(answer, size) or f"{self.name} failed, but not when it was called again: does it keep state?"


def _readonly(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _describe(error: BaseException) -> str:
    if isinstance(error, ValueError) and "read-only" in str(error):
        return "an error because it writes to its input; make a copy first: est = est.copy()"
    told = getattr(error, "cell_line", 0)  # by a sandbox
    line = f" (line {told} of its cell)" if told else ""
    trace = error.__traceback__
    while trace is not None:  # the innermost line that is not ours
        if not trace.tb_frame.f_code.co_filename.startswith(str(jit.PACKAGE)):
            line = f" (line {trace.tb_lineno} of its cell)"
        trace = trace.tb_next
    return f"{type(error).__name__}: {error}{line}"


def _complaint(answer: Any, size: int) -> str:
    """What is wrong with an answer that should be `size` finite numbers; empty if nothing is."""
    what = "(ax, ay, az) in m/s2" if size == 3 else "(x, y, z, vx, vy, vz) in m and m/s"
    if answer is None:
        return f"it returned nothing (is a return missing?); it must return {size} numbers, {what}"
    try:
        values = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return f"it returned {answer!r}; it must return {size} numbers, {what}"
    if values.shape != (size,):
        count = "1 number" if values.ndim == 0 else f"{values.size} numbers" if values.ndim == 1 else f"shape {values.shape}"
        return f"it returned {count}; it must return {size} numbers, {what}"
    if not np.isfinite(values).all():
        bad = ", ".join(f"{value:g}" for value in values)
        return f"it returned ({bad}); every number must be finite"
    return ""


def check_params(params: Any) -> np.ndarray:
    """A student's params as a read-only array of floats."""
    if params is None:
        params = ()
    if hasattr(params, "values") and callable(params.values):
        params = list(params.values())
    try:
        values = [si(value, "", name=f"params[{i}]", low=-math.inf, high=math.inf) for i, value in enumerate(params)]
    except TypeError as error:
        raise PluginError(f"params is {params!r}; it must be a sequence of numbers, or a dict of them") from error
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array


def probe_arguments(kind: str, params: np.ndarray) -> list[tuple[Any, ...]]:
    """Plausible calls from every phase of a descent, on which a function is tried before the flight."""
    calls: list[tuple[Any, ...]] = []
    for t, x, z, vx, vz, phase, valid in (
        (2830.0, -7.5e5, 2.5e4, 1680.0, -20.0, 1, 0.0),
        (3600.0, -2.0e4, 4.0e3, 150.0, -60.0, 1, 1.0),
        (3690.0, -1.0e3, 2.5e3, 60.0, -65.0, 2, -1.0),
        (3730.0, -10.0, 500.0, 1.0, -24.0, 3, 1.0),
        (3750.0, -5.0, 12.0, 0.1, -2.0, 4, 1.0),
    ):  # fmt: skip
        if kind == "guidance":
            est = np.zeros(guidance.EST_SIZE)
            est[:6] = x, 0.0, z, vx, 0.0, vz
            est[guidance.MASS], est[guidance.PHASE], est[guidance.SIGMA_Z] = 500.0, phase, 5.0
            est[guidance.A_MAX], est[guidance.HOVER] = 3.2, 1.62 - vx * vx / 1.75e6
            est[guidance.A_MIN], est[guidance.T_BURN], est[guidance.T_PHASE] = 0.3, max(t - 2800.0, 0.0), 30.0
            est[guidance.RADIUS], est[guidance.PITCH] = R_MOON, 0.25 * math.pi * min(phase, 2)
            calls.append((np.float64(t), est, params))
        else:
            meas = np.zeros(s.MEAS_SIZE)
            meas[s.DT], meas[s.DVX], meas[s.DVZ] = 0.1, -0.18, 0.1
            meas[s.RANGE], meas[s.RANGE_VALID] = z + 3.0, valid
            memory = np.zeros(navigation.MEMORY_SIZE)
            memory[:6] = x, 0.0, z, vx, 0.0, vz
            memory[navigation.P_ZZ], memory[navigation.P_VV] = 100.0, 1.0
            calls.append((np.float64(t), meas, params, memory))
    return calls


def _python_adapter(function: Callable[..., Any], size: int) -> Callable[..., int]:
    """The same contract as a compiled adapter, in Python: read-only inputs, a status, never an exception."""

    def call(t: float, first: np.ndarray, params: np.ndarray, *rest: np.ndarray) -> int:
        out = rest[-1]
        try:
            with np.errstate(all="ignore"):
                answer = function(np.float64(t), _readonly(first), params, *rest[:-1])
            values = tuple(answer)
            if len(values) != size:
                return RAISED
            for i in range(size):
                out[i] = values[i]
        except (Exception, SystemExit):
            return RAISED
        for i in range(size):
            if not math.isfinite(out[i]):
                return NOT_FINITE
        return OK

    return call


def _compiled_law(law: Any) -> Any:
    def call(t, est, params, out):
        try:
            answer = law(t, est, params)
        except Exception:
            return 1
        out[0], out[1], out[2] = answer[0], answer[1], answer[2]
        return 0 if math.isfinite(out[0]) and math.isfinite(out[1]) and math.isfinite(out[2]) else 2

    return jit.compiled_in_memory(call, jit.LAW)


def _compiled_filter(filter: Any) -> Any:
    def call(t, meas, params, memory, out):
        try:
            answer = filter(t, meas, params, memory)
        except Exception:
            return 1
        for i, value in enumerate((answer[0], answer[1], answer[2], answer[3], answer[4], answer[5])):
            out[i] = value
            if not math.isfinite(value):
                return 2
        return 0

    return jit.compiled_in_memory(call, jit.FILTER)


def _names(code: python_types.CodeType) -> set[str]:
    """Global names that a function uses, its inner functions included."""
    inner = (constant for constant in code.co_consts if isinstance(constant, python_types.CodeType))
    return set(code.co_names).union(*(_names(code) for code in inner))


def _fingerprint(function: Any, parents: tuple[Any, ...] = ()) -> Any:
    """What compiled code depends on: bytecode, constants, defaults, closure and global values. None: not to be kept.

    numba freezes globals when it compiles. A student who changes a global gain and flies again must get a new compile.
    """
    function = getattr(function, "py_func", function)
    if not isinstance(function, python_types.FunctionType) or function in parents:
        return None
    code = function.__code__
    seen: list[Any] = [code.co_code, repr(code.co_consts), code.co_names, repr(function.__defaults__)]
    scope = function.__globals__
    try:
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError:  # a name that is not bound yet
        return None
    for value in [*cells, *(scope[name] for name in sorted(_names(code)) if name in scope)]:
        if isinstance(value, python_types.ModuleType):
            if value.__name__.split(".")[0] not in ("math", "numpy", "lunarlab"):
                return None  # its attributes may change
            seen.append(value.__name__)
        elif isinstance(value, np.ndarray):
            seen.append((value.shape, str(value.dtype), value.tobytes()))
        elif isinstance(value, (bool, int, float, str, tuple)):
            seen.append((type(value).__name__, repr(value)))
        elif (getattr(value, "__module__", None) or "").startswith("lunarlab"):
            seen.append(value.__qualname__ if hasattr(value, "__qualname__") else repr(value))
        else:
            inner = _fingerprint(value, (*parents, function)) if callable(value) else None
            if inner is None:
                return None
            seen.append(inner)
    return tuple(seen)


def _with_compiled_helpers(function: Any, parents: tuple[Any, ...] = ()) -> Any:
    """A copy of the function whose own helpers, plain functions of the notebook, are compiled functions."""

    def ready(value: Any) -> Any:
        if not isinstance(value, python_types.FunctionType) or value is function or value in parents:
            return value
        return jit.compile_plugin(_with_compiled_helpers(value, (*parents, function)))

    if not isinstance(function, python_types.FunctionType):
        return function
    names = {name: function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__}
    cells = tuple(python_types.CellType(ready(cell.cell_contents)) for cell in function.__closure__ or ())
    scope = {**function.__globals__, **{name: ready(value) for name, value in names.items()}}
    copy = python_types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    copy.__qualname__, copy.__module__ = function.__qualname__, function.__module__
    return copy


_kept: dict[Any, tuple[Any, str]] = {}


def _try_to_compile(kind: str, function: Any) -> tuple[Any, str]:
    """(adapter, "") or (None, why not), kept for functions whose every input is known."""
    key = _fingerprint(function)
    if key is not None and (kind, key) in _kept:
        return _kept[kind, key]
    try:
        inner = function if hasattr(function, "py_func") else jit.compile_plugin(_with_compiled_helpers(function))
        result = (_compiled_law(inner) if kind == "guidance" else _compiled_filter(inner)), ""
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        shown = next((line for line in lines if not line.startswith(("Failed in", "During", "[", "-"))), type(error).__name__)
        result = None, f"numba could not compile it: {shown[:160]}"
    if key is not None:
        if len(_kept) > 64:
            _kept.clear()
        _kept[kind, key] = result
    return result


def prepare(kind: str, function: Any, params: np.ndarray) -> Plugin | str:
    """Probe and compile a law (kind "guidance") or filter ("navigation"); a string is what the probe complains about.

    Raises
    ------
    PluginError
        Not callable, or not callable with the arguments of its kind.
    """
    arguments, size = (LAW_ARGUMENTS, 3) if kind == "guidance" else (FILTER_ARGUMENTS, 6)
    if not callable(function):
        raise PluginError(f"{kind} is {function!r}; it must be a function of ({', '.join(arguments)})")
    plain = getattr(function, "py_func", function)
    name = getattr(plain, "__name__", type(plain).__name__)
    try:
        inspect.signature(plain).bind(*arguments)
    except (TypeError, ValueError) as error:
        raise PluginError(f"{kind} function {name} can't be called as {name}({', '.join(arguments)}): {error}") from error

    calls = probe_arguments(kind, params)
    answers = []
    for call in calls:
        try:
            with np.errstate(all="ignore"):
                copies = [_readonly(a.copy()) if isinstance(a, np.ndarray) and i < 3 else a for i, a in enumerate(call)]
                if kind == "navigation":
                    copies[3] = call[3].copy()
                answer = plain(*copies)
        except (Exception, SystemExit) as error:
            return f"{name} raised {_describe(error)}"
        complaint = _complaint(answer, size)
        if complaint:
            return f"{name}: {complaint}"
        answers.append(np.asarray(answer, dtype=float))

    in_python = _python_adapter(plain, size)
    if getattr(function, "remote", False):
        return Plugin(kind, name, in_python, False, "it runs in a sandbox, and only its numbers come out", plain)
    if not jit.ENABLED:
        return Plugin(kind, name, in_python, False, "numba is switched off (NUMBA_DISABLE_JIT)", plain)
    compiled, why = _try_to_compile(kind, function)
    if compiled is None:
        return Plugin(kind, name, in_python, False, why, plain)
    for call, answer in zip(probe_arguments(kind, params), answers, strict=True):
        out = np.zeros(size)
        # read-only as in flight: numba would compile it a second time for arrays that can be written to
        compiled(*(_readonly(a) if isinstance(a, np.ndarray) and i < 3 else a for i, a in enumerate(call)), out)
        if not np.allclose(out, answer, rtol=1e-9, atol=1e-12):
            why = f"compiled, it answers {out} where Python answers {answer}"
            return Plugin(kind, name, in_python, False, why, plain)
    return Plugin(kind, name, compiled, True, "compiled by numba", plain)


def _builtin_law(t, est, params, out):
    out[0], out[1], out[2] = guidance.builtin_law(t, est, params)
    return 0 if math.isfinite(out[0]) and math.isfinite(out[1]) and math.isfinite(out[2]) else 2


def _builtin_filter(t, meas, params, memory, out):
    out[0], out[1], out[2], out[3], out[4], out[5] = navigation.builtin_filter(t, meas, params, memory)
    return 0 if math.isfinite(out[2]) and math.isfinite(out[5]) else 2


@lru_cache(maxsize=2)
def builtin(kind: str) -> Plugin:
    """The lander's own law or filter, compiled ahead and loaded from the disk."""
    function, signature, source = (
        (_builtin_law, jit.LAW, guidance.builtin_law)
        if kind == "guidance"
        else (_builtin_filter, jit.FILTER, navigation.builtin_filter)
    )
    why = "built in" if jit.ENABLED else "numba is switched off (NUMBA_DISABLE_JIT)"
    call = jit.compiled_for(function, signature)
    return Plugin(kind, source.__name__, call, jit.ENABLED, why, getattr(source, "py_func", source))
