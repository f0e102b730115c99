"""Binder: what repo2docker would do with this repository. `make test-binder` carries the steps out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    # On a copy of binder/ alone: repo2docker reads nothing else, and copies all that it is given.
    place = tmp_path_factory.mktemp("repository")
    (place / "binder").mkdir()
    for path in (ROOT / "binder").iterdir():
        (place / "binder" / path.name).write_bytes(path.read_bytes())
    command = [sys.executable, "-W", "ignore", "-m", "repo2docker", "--no-build", "--no-run", "--debug", str(place)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout + answer.stderr


def test_python_and_lock(plan: str) -> None:
    assert "Building conda environment for python=3.11" in plan
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in plan


def test_hooks_are_used(plan: str) -> None:
    assert "RUN ./binder/postBuild" in plan
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in plan


def test_build_and_start_agree_on_the_cache() -> None:
    settings = 'export NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR="${HOME}/.cache/lunarlab-kernels"\n'
    for script in ("postBuild", "start"):
        assert settings in (ROOT / "binder" / script).read_text(encoding="utf-8")


def test_post_build_takes_nothing_from_outside_the_lock() -> None:
    text = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8")
    (install,) = [line for line in text.splitlines() if "pip install" in line]
    assert "--no-deps" in install
    assert "--no-build-isolation" in install
    assert "lunarlab warm" in text


def test_start_sets_the_scene_and_hands_over(tmp_path: Path) -> None:
    script = 'echo "$NUMBA_CPU_NAME $NUMBA_CACHE_DIR $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS $NUMBA_NUM_THREADS"; echo "$@"'
    answer = subprocess.run(
        [str(ROOT / "binder" / "start"), "sh", "-c", script, "sh", "an argument", "another"],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout.splitlines() == [f"generic {tmp_path}/.cache/lunarlab-kernels 1 1 1 1", "an argument another"]


def test_versions_agree() -> None:
    assert (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip() == "python-3.11"
