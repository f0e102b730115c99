"""lunarlab inside the fence: without its checks and screens, with machine code that was kept for another path."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterable
from typing import Any


class Silent:
    """Stands for consoles and checks, which do nothing here: whatever is asked of it is it again."""

    def __call__(self, *_: Any, **__: Any) -> Silent:
        return self

    def __getattr__(self, name: str) -> Silent:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __repr__(self) -> str:
        return ""


def make_importable(config: dict[str, Any]) -> None:
    """Make lunarlab importable: checks and consoles are silent, kernels come from a cache that may be read-only."""
    sys.path[:] = [p for p in sys.path if p and p != os.path.dirname(os.path.abspath(__file__))]
    sys.path += [p for p in config["paths"] if p not in sys.path]
    folder = config["package"]
    if folder:
        spec = importlib.util.spec_from_file_location(
            "lunarlab", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )  # fmt: skip
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["lunarlab"] = module
        spec.loader.exec_module(module)
        module.variant = lambda exercise: dict(config["variant"][exercise])  # type: ignore[attr-defined]
        for name, members in (
            ("grading", ()), ("grading.checks", ("check", "progress")),
            ("console", ()), ("console.quiz", ("quiz",)), ("console.replay", ("replay",)),
        ):  # fmt: skip
            stub = types.ModuleType(f"lunarlab.{name}")
            stub.__path__ = []
            stub.__getattr__ = Silent().__getattr__  # type: ignore[method-assign]
            for member in members:
                setattr(stub, member, Silent())
            sys.modules[stub.__name__] = stub
    sys.meta_path.insert(0, _Numba(config))


def preload(nodes: Iterable[ast.AST]) -> None:
    """Load the machine code of the kernels that these statements name: else each flight, in a fresh process, would load it."""
    words = {getattr(part, "id", getattr(part, "attr", "")) for node in nodes for part in ast.walk(node)}
    for module in [module for name, module in sys.modules.items() if name.startswith("lunarlab.")]:
        for word in words & vars(module).keys():
            kernel = vars(module)[word]
            if isinstance(getattr(kernel, "py_func", None), types.FunctionType) and kernel.stats.cache_path:
                for signature, *_ in kernel._cache._cache_file._load_index():
                    kernel.compile(signature)


class _Numba:
    """When numba comes: machine code that was kept for another path of the same files is good, and nothing is written."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.changes = {"numba.core.dispatcher": self._forgive}
        if config["kernels"]:
            self.changes |= {"numba.core.caching": self._share, "lunarlab.jit": self._borrow}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        change = self.changes.pop(name, None)
        if change is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec and spec.loader
        execute = spec.loader.exec_module
        spec.loader.exec_module = lambda module: change(execute, module)  # type: ignore[method-assign]
        return spec

    def _forgive(self, execute: Any, module: Any) -> None:
        """``njit(cache=True)`` in a cell: there is no file to keep machine code beside, and no need to."""
        execute(module)
        real = module.Dispatcher.enable_caching

        def enable_caching(dispatcher: Any) -> None:
            with contextlib.suppress(RuntimeError):
                real(dispatcher)

        module.Dispatcher.enable_caching = enable_caching

    def _share(self, execute: Any, module: Any) -> None:
        execute(module)

        def place(cls: Any, py_file: str) -> str:
            folder = os.path.dirname(os.path.abspath(py_file))
            return str(self.config["kernels"].get(os.path.relpath(folder, self.config["package"]), "none"))

        module._CacheLocator.get_suitable_cache_subpath = classmethod(place)
        module._CacheLocator.ensure_cache_path = lambda self: None
        module.IndexDataCacheFile.save = lambda *_: None

    def _borrow(self, execute: Any, module: Any) -> None:
        os.environ["LUNARLAB_KERNELS"] = self.config["cache"]
        try:
            execute(module)
        finally:
            del os.environ["LUNARLAB_KERNELS"]
