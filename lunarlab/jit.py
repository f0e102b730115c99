"""The only door to numba: one decorator, one cache, never fast maths.

`kernel` compiles a function on its first call and keeps the machine code on disk. Kernels call each other across
files and are inlined, and numba would not notice an edit in another file; so the cache directory carries a hash of
the package's sources, and an edit anywhere starts a fresh one. A read-only or full disk costs compile time, never a
crash: one warning says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import numba
import numpy as np
from numba import config, float64, int64, types

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent
ENABLED = not config.DISABLE_JIT
# error_model="numpy": x/0 is inf or nan as in numpy, so that a law behaves the same compiled and in Python.
OPTIONS = {"error_model": "numpy", "nogil": True, "fastmath": False}
# A student's index may be wrong: in Python that is an IndexError, compiled without a check it is somebody else's memory.
PLUGIN_OPTIONS = {**OPTIONS, "boundscheck": True}

VECTOR = types.Array(float64, 1, "C")
VECTOR_READONLY = types.Array(float64, 1, "C", readonly=True)
LAW = int64(float64, VECTOR_READONLY, VECTOR_READONLY, VECTOR)
"""status = law(t, est, params, out): the compiled form of a guidance law."""
FILTER = int64(float64, VECTOR_READONLY, VECTOR_READONLY, VECTOR, VECTOR)
"""status = filter(t, meas, params, memory, out): the compiled form of a navigation filter."""
RATE = int64(float64, VECTOR, VECTOR_READONLY, VECTOR)
"""status = rate(t, y, params, out): the right-hand side of a differential equation; see `lunarlab.integrate`."""
SWITCH = float64(float64, VECTOR, VECTOR_READONLY)
"""value = switch(t, y, params): an event is where it passes through zero."""
MATRIX = types.Array(float64, 2, "C")
INTEGERS = types.Array(int64, 1, "C")
SWITCHES = types.FunctionType(SWITCH)
RUN = types.Tuple((int64, float64, int64, int64, int64))(
    SWITCHES, float64, float64, VECTOR, VECTOR_READONLY, float64, VECTOR, int64, int64, VECTOR, MATRIX, VECTOR, MATRIX, VECTOR)
"""Signature of `integrate.run`."""
RUN_ROWS = types.void(
    SWITCHES, VECTOR, VECTOR, MATRIX, MATRIX, float64, VECTOR, int64, int64, int64, int64, MATRIX, VECTOR, INTEGERS)
"""Signature of `integrate.run_rows`."""

_warned: set[str] = set()


def warn_once(key: str, message: str) -> None:
    """Say `message` the first time only."""
    if key not in _warned:
        _warned.add(key)
        warnings.warn(message, RuntimeWarning, stacklevel=3)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


COMPILES = re.compile(rb"^@(kernel|rate|switch|integrate\.)|MU_MOON =|^A2_1 =", re.MULTILINE)
"""A file that compiled code is made from: it has a kernel, or constants that kernels take in."""


def source_hash() -> str:
    """Hash of every source file that compiled code is made from."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_bytes()
        if COMPILES.search(text):
            digest.update(text)
    return digest.hexdigest()[:16]


def find_cache() -> Path | None:
    """First writable place for compiled kernels: NUMBA_CACHE_DIR, beside the package, the user's cache; else None.

    A sandbox, which may read neither these places nor all sources, says by LUNARLAB_KERNELS where they are.
    """
    if os.environ.get("LUNARLAB_KERNELS"):
        return Path(os.environ["LUNARLAB_KERNELS"])
    places = [Path(os.environ["NUMBA_CACHE_DIR"])] if os.environ.get("NUMBA_CACHE_DIR") else []
    places += [PACKAGE / "__pycache__", Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())]
    for place in places:
        if _writable(place / "lunarlab"):
            folder = place / "lunarlab" / source_hash()
            if place == places[-1]:
                _begin(folder)
            return folder
    warn_once("cache", "No writable place for compiled code was found: lunarlab works, but compiles again (about a "
              "minute) in every new process. Set NUMBA_CACHE_DIR to a folder that can be written.")
    return None


def _begin(folder: Path) -> None:
    """Begin a user's own folder with what the owner of a shared installation has compiled beside the package.

    A copy, whole or not at all: it stays as it is when the owner compiles anew.
    """
    shared = PACKAGE / "__pycache__" / "lunarlab" / folder.name
    if shared.is_dir() and not folder.exists():
        with contextlib.suppress(OSError), tempfile.TemporaryDirectory(dir=folder.parent) as place:
            Path(shutil.copytree(shared, Path(place) / "kernels")).rename(folder)


CACHE = find_cache() if ENABLED else None
_lock = threading.Lock()


def _keep_on_disk(dispatcher: Any) -> None:
    """Turn on numba's cache for one function, in our own folder, and survive a disk that fills up."""
    with _lock:
        before, config.CACHE_DIR = config.CACHE_DIR, str(CACHE)
        try:
            dispatcher.enable_caching()
        except RuntimeError:  # its text is in a notebook: there is no file to cache it beside
            return
        finally:
            config.CACHE_DIR = before
    cache = dispatcher._cache
    save = cache.save_overload

    def save_or_warn(signature: Any, data: Any) -> None:
        try:
            save(signature, data)
        except OSError as error:
            warn_once("save", f"Compiled code could not be kept in {CACHE} ({error.strerror}): it will be compiled "
                      "again in the next process.")

    cache.save_overload = save_or_warn


def kernel(function: F) -> F:
    """Compile `function` on first call (numba nopython, no GIL, IEEE arithmetic) and keep the result on disk."""
    dispatcher = numba.njit(**OPTIONS)(function)
    if CACHE is not None and ENABLED:
        _keep_on_disk(dispatcher)
    return dispatcher  # type: ignore[no-any-return]


def compiled_for(function: Callable[..., Any], signature: Any, *, keep: bool = True) -> Any:
    """`function` compiled for exactly one signature (or loaded from disk): it can be passed as a first-class function."""
    if not ENABLED:
        return function
    dispatcher = numba.njit(**OPTIONS)(function)
    if CACHE is not None and keep:
        _keep_on_disk(dispatcher)
    dispatcher.compile(signature)
    dispatcher.disable_compile()
    return dispatcher


def specialised(function: Callable[..., Any], name: str, signature: Any, bound: dict[str, Any], keep: bool) -> Any:
    """`function` compiled for `signature` with the globals `bound`, so that what they name is inlined.

    The copy gets a name of its own: numba keeps machine code under file, name and signature, and these are the same for
    all copies. `keep` says whether the code may go to the disk: only what `source_hash` covers may.
    """
    copy = FunctionType(function.__code__, {**function.__globals__, **bound}, name)
    copy.__qualname__, copy.__module__ = f"{function.__qualname__}-{name}", function.__module__
    return compiled_for(copy, signature, keep=keep)


def compiled_in_memory(function: Callable[..., Any], signature: Any) -> Any:
    """Like `compiled_for`, for a function made around a student's: there is no file to cache it beside."""
    dispatcher = numba.njit(**PLUGIN_OPTIONS)(function)
    dispatcher.compile(signature)
    return dispatcher


def compile_plugin(function: Callable[..., Any]) -> Any:
    """A student's function, compiled in memory: its text lives in a notebook cell and has no file to cache beside."""
    return numba.njit(**PLUGIN_OPTIONS)(function)


_dtypes: dict[np.dtype, np.dtype] = {}
"""Each once: numba knows a dtype at once only if it is the very same object."""


def one(record: Any) -> np.ndarray:
    """The same memory as an array that holds this one record: numba takes that for an argument twenty times faster.

    With numba off its record is one whose fields Python reaches by attribute.
    """
    array: np.ndarray = record.base.view(np.ndarray)
    dtype = np.dtype((np.void, record.dtype))
    return array.view(_dtypes.setdefault(dtype, dtype)) if ENABLED else array


def signature_of(returns: Any, *arguments: Any) -> Any:
    """numba signature for these example arguments; a numba type stands for itself."""
    kinds = [a if isinstance(a, types.Type) else numba.typeof(a) for a in arguments]
    return returns(*kinds)


def first_class(signature: Any) -> Any:
    """Type of a function of this signature, passed as an argument (the one experimental numba feature we use)."""
    return types.FunctionType(signature)


def prune() -> None:
    """Remove the caches of other versions of the sources, which nothing will load again."""
    if CACHE is None or not CACHE.parent.is_dir():
        return
    for folder in CACHE.parent.iterdir():
        if folder != CACHE:
            shutil.rmtree(folder, ignore_errors=True)
