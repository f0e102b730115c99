"""The set-up: how it looks for Python, what it says when there is none, and that it does nothing twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
TOOLS = ["sh", "cat", "cksum", "tr", "dirname", "basename", "grep", "find", "sort", "mkdir", "rm", "touch", "awk", "expr"]


def make(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    if path is not None:
        environment["PATH"] = str(path)
    command = [str(shutil.which("make")), "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with what the recipes use, and without any Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def pretend(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!{shutil.which('sh')}\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def test_no_python_at_all(tools: Path, tmp_path: Path) -> None:
    answer = make("venv", f"VENV={tmp_path / 'env'}", path=tools)
    assert answer.returncode == 2
    assert "needs Python 3.11 or newer" in answer.stderr
    assert "make venv PYTHON=" in answer.stderr
    assert not (tmp_path / "env").exists()


def test_a_python_that_is_too_old(tools: Path, tmp_path: Path) -> None:
    pretend(tools, "python3", "exit 1")
    assert "needs Python 3.11 or newer" in make("venv", f"VENV={tmp_path / 'env'}", path=tools).stderr


def test_a_python_that_was_asked_for_and_is_not_there(tmp_path: Path) -> None:
    answer = make("venv", f"VENV={tmp_path / 'env'}", "PYTHON=no-such-python")
    assert answer.returncode == 2
    assert "no-such-python" in answer.stderr


def test_python_without_ensurepip(tools: Path, tmp_path: Path) -> None:
    pretend(tools, "python3.13", f'case "$*" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"')
    answer = make("venv", f"VENV={tmp_path / 'env'}", path=tools)
    assert answer.returncode == 2
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt-get install python{version}-venv" in answer.stderr


def test_one_without_ensurepip_is_passed_over(tools: Path, tmp_path: Path) -> None:
    pretend(tools, "python3.13", f'case "$*" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"')
    pretend(tools, "python3", f'case "$*" in *--clear*) echo made; exit 0;; esac; exec {sys.executable} "$@"')
    answer = make("venv", f"VENV={tmp_path / 'env'}", path=tools)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "made"


@pytest.mark.slow
def test_environment_is_made_kept_and_mended(tmp_path: Path) -> None:
    env = tmp_path / "place" / "env"
    env.parent.mkdir()
    say = (f"VENV={env}", f"PYTHON={sys.executable}")
    assert "making" in make("venv", *say).stdout
    assert (env / "bin" / "pip").exists()
    assert make("venv", *say).stdout == ""
    moved = env.with_name("moved")
    env.rename(moved)  # its scripts still name the old place
    assert "making" in make("venv", f"VENV={moved}", f"PYTHON={sys.executable}").stdout
    (moved / "bin" / "python").unlink()
    assert "making" in make("venv", f"VENV={moved}", f"PYTHON={sys.executable}").stdout


def test_lab_passes_its_arguments_on() -> None:
    plan = make("--dry-run", "lab", "LAB_ARGS=--no-browser --port 8899").stdout
    assert plan.rstrip().endswith("lunarlab lab --no-browser --port 8899")


def test_nothing_is_installed_twice() -> None:
    """Every step that costs time stands behind a stamp."""
    for line in make("--dry-run", "env-test").stdout.splitlines():
        if "-m pip" in line or "lunarlab warm" in line:
            assert line.startswith("[ -e "), line


def test_help_lists_the_two_commands() -> None:
    words = make("help").stdout
    assert "make lab" in words
    assert "make test" in words
