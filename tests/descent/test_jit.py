"""The compiled cache: warm twice compiles nothing the second time; no place, or no space, costs time only."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import lunarlab as ll
from lunarlab import jit, warm
from lunarlab.descent import guidance, loop, plugin

pytestmark = pytest.mark.skipif(not jit.ENABLED, reason="needs numba")


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, timeout=300,
        env={**os.environ, **environment},
    )  # fmt: skip


SMALL = """
import numpy as np
from lunarlab.descent import guidance
print(guidance.speed_profile(1000.0, guidance.pack_guidance(guidance.Guidance())))
"""


def test_a_second_warm_up_compiles_nothing() -> None:
    warm.warm()
    code = """
from lunarlab import jit, warm
import numba.core.caching as caching
load = caching.Cache.load_overload
missed = []
def watched(self, sig, context):
    found = load(self, sig, context)
    if found is None: missed.append(self._name)
    return found
caching.Cache.load_overload = watched
warm.warm()
print(missed)
"""
    done = python(code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_a_cache_that_cannot_be_written_is_said_once_and_works() -> None:
    code = """
import tempfile
def refuse(*a, **k): raise PermissionError(13, "Permission denied")
tempfile.TemporaryFile = refuse
import lunarlab.jit
assert lunarlab.jit.CACHE is None
""" + SMALL
    done = python(code)
    assert "(33.3" in done.stdout, done.stderr
    assert done.stderr.count("No writable place for compiled code") == 1


def test_a_user_of_a_shared_installation_begins_with_what_its_owner_compiled(tmp_path: Path) -> None:
    """A class of 300 on one JupyterHub: nobody may write beside the package, and nobody compiles."""
    warm.warm()
    code = """
import os, tempfile
from pathlib import Path
import lunarlab
package, real = str(Path(lunarlab.__file__).parent), tempfile.TemporaryFile
def refuse(*a, dir=None, **k):
    if str(dir).startswith(package): raise PermissionError(13, "Permission denied")
    return real(*a, dir=dir, **k)
tempfile.TemporaryFile = refuse
from lunarlab import jit
known = len(list(jit.CACHE.rglob("*.nbc")))
print(jit.CACHE.parent.parent == Path(os.environ["XDG_CACHE_HOME"]), known > 200, [p.name for p in jit.CACHE.parent.iterdir()] == [jit.CACHE.name])
import numba.core.caching as caching
load, missed = caching.Cache.load_overload, []
def watched(self, sig, context):
    found = load(self, sig, context)
    if found is None: missed.append(self._name)
    return found
caching.Cache.load_overload = watched
lunarlab.case("hakuto-r-m1").fly(seed=0)
print(missed)
"""
    done = python(code, XDG_CACHE_HOME=str(tmp_path), NUMBA_CACHE_DIR="")
    assert done.stdout.split("\n")[:2] == ["True True True", "[]"], done.stdout + done.stderr


def test_a_disk_that_fills_up_is_said_once_and_works(tmp_path: Path) -> None:
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
""" + SMALL
    done = python(code, NUMBA_CACHE_DIR=str(tmp_path))
    assert "(33.3" in done.stdout, done.stderr
    assert done.stderr.count("Compiled code could not be kept") == 1


def test_prune_keeps_only_the_present_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jit, "CACHE", tmp_path / "now")
    for name in ("now", "old", "older"):
        (tmp_path / name).mkdir()
    jit.prune()
    assert [path.name for path in tmp_path.iterdir()] == ["now"]


def test_compiled_kernels_equal_their_python_source() -> None:
    p = guidance.pack_guidance(guidance.Guidance())
    for kind in ("guidance", "navigation"):
        for call in plugin.probe_arguments(kind, p if kind == "guidance" else plugin.builtin(kind) and _filter_params()):
            function = guidance.builtin_law if kind == "guidance" else plugin.navigation.builtin_filter
            compiled = function(*_copies(call))
            assert compiled == function.py_func(*_copies(call))


def _filter_params():
    return plugin.navigation.pack_navigation(plugin.navigation.Navigation(), 0.0)


def _copies(call):
    return [a.copy() if hasattr(a, "copy") else a for a in call]


def test_a_compiled_flight_equals_an_interpreted_one_to_the_last_bit(tmp_path: Path) -> None:
    """The whole loop with numba switched off, against machine code: sine, cosine and arc tangent come from one library."""
    code = f"""
import lunarlab as ll
ll.case("hakuto-r-m1").fly(seed=5).save(r"{tmp_path}/%s")
"""
    for name, environment in (("python", {"NUMBA_DISABLE_JIT": "1"}), ("compiled", {})):
        assert python(code % name, **environment).returncode == 0
    slow, fast = (ll.Flight.load(tmp_path / f"{name}.npz") for name in ("python", "compiled"))
    assert slow.provenance["guidance"]["ran"] == "python"
    assert fast.provenance["guidance"]["ran"] == "compiled"
    assert len(fast.events) == len(slow.events) > 8
    assert np.array_equal(fast.table, slow.table, equal_nan=True)


def test_nothing_is_compiled_or_warned_at_import() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = python("import lunarlab, sys; print('numba' in sys.modules, 'numpy' in sys.modules)")
    assert done.stdout.strip() == "False False"
    assert loop.compiled_run() is loop.compiled_run()


def test_every_file_with_compiled_code_is_part_of_the_key(monkeypatch, tmp_path):
    """An edit in any of them must start a fresh cache: numba does not notice what was inlined from another file."""
    package = jit.PACKAGE
    for path in package.rglob("*.py"):
        text = path.read_text("utf-8")
        copy = tmp_path / path.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, "utf-8")
    monkeypatch.setattr(jit, "PACKAGE", tmp_path)
    before = jit.source_hash()
    for name in ("insertion/thrust.py", "transfer/threebody.py", "dop853.py", "constants.py", "descent/sensors.py", "integrate.py"):
        path = tmp_path / name
        text = path.read_text("utf-8")
        path.write_text(text + "\n# edited\n", "utf-8")
        assert jit.source_hash() != before, name
        path.write_text(text, "utf-8")
    path = tmp_path / "cli.py"
    path.write_text("# edited\n", "utf-8")
    assert jit.source_hash() == before
