"""lunarlab inside the fence: without its checks and screens, with machine code that was kept for another path."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import io
import os
import sys
import types
from pathlib import Path
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
    if config["kernels"]:
        sys.meta_path.insert(0, _Kernels(config))


class _Kernels:
    """When numba comes, teach it that machine code kept for another path of the same files is good, and not to write."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "lunarlab.jit":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        assert spec and spec.loader
        execute = spec.loader.exec_module

        def exec_module(module: types.ModuleType) -> None:
            import tempfile

            caching: Any = importlib.import_module("numba.core.caching")

            def place(cls: Any, py_file: str) -> str:
                folder = os.path.dirname(os.path.abspath(py_file))
                return str(self.config["kernels"].get(os.path.relpath(folder, self.config["package"]), "none"))

            caching._CacheLocator.get_suitable_cache_subpath = classmethod(place)
            caching._CacheLocator.ensure_cache_path = lambda self: None
            caching.IndexDataCacheFile.save = lambda *_: None
            real: Any = tempfile.TemporaryFile
            tempfile.TemporaryFile = lambda *_, **__: io.BytesIO()  # type: ignore[assignment]
            try:
                execute(module)
            finally:
                tempfile.TemporaryFile = real
            module.CACHE = Path(self.config["cache"])  # type: ignore[attr-defined]

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
