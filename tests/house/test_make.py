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
TOOLS = [
    "sh",
    "cat",
    "cksum",
    "tr",
    "dirname",
    "basename",
    "grep",
    "find",
    "sort",
    "mkdir",
    "rm",
    "touch",
    "awk",
    "expr",
]


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


def test_environment_is_made_kept_and_mended(tools: Path, tmp_path: Path) -> None:
    env = tmp_path / "env"
    assert "making" in make("venv", f"VENV={env}", f"PYTHON={sys.executable}").stdout
    assert (env / "bin" / "pip").exists()
    assert make("venv", f"VENV={env}").stdout == ""

    pretend(tools, "python3", f'case "$*" in *--clear*) echo anew; exit 0;; esac; exec {sys.executable} "$@"')
    moved = env.with_name("moved")
    env.rename(moved)  # its scripts still name the old place
    assert "anew" in make("venv", f"VENV={moved}", path=tools).stdout
    moved.rename(env)
    assert make("venv", f"VENV={env}", path=tools).stdout == ""
    (env / "bin" / "python").unlink()
    assert "anew" in make("venv", f"VENV={env}", path=tools).stdout


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


@pytest.fixture
def ci(tools: Path) -> Path:
    """A machine without a browser, on which make only says what it was asked, and apt-get brings a browser."""
    for name in ("bash", "env", "head", "ls"):
        if not (tools / name).exists():
            (tools / name).symlink_to(str(shutil.which(name)))
    pretend(tools, "make", 'echo "make $* with LUNARLAB_REQUIRE_BROWSER=$LUNARLAB_REQUIRE_BROWSER"; exit "${FAIL:-0}"')
    browser = f'printf "#!/bin/sh\\n" > {tools}/chromium; chmod +x {tools}/chromium'
    (tools / "chmod").symlink_to(str(shutil.which("chmod")))
    pretend(tools, "apt-get", f'echo "apt-get $*"; case "$1" in install) {browser};; esac')
    pretend(tools, "id", "echo 0")
    return tools


def run_ci(path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [str(path / "bash"), str(ROOT / ".ci" / "run")]
    environment = {"PATH": str(path), "CI": "true", **variables}
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def test_ci_brings_a_browser_and_demands_its_tests(ci: Path) -> None:
    answer = run_ci(ci)
    assert answer.returncode == 0, answer.stderr
    update, install, browser, tests = answer.stdout.splitlines()
    assert update == "apt-get update"
    assert install.startswith("apt-get install --yes")
    assert install.split()[4] == "chromium"
    assert browser == f"browser: {ci}/chromium"
    assert tests == "make test with LUNARLAB_REQUIRE_BROWSER=1"


def test_ci_installs_nothing_where_there_is_a_browser(ci: Path) -> None:
    pretend(ci, "chromium", "")
    assert "apt-get" not in run_ci(ci).stdout


def test_ci_uses_sudo_where_it_must(ci: Path) -> None:
    pretend(ci, "id", "echo 1000")
    assert "no sudo" in run_ci(ci).stderr
    pretend(ci, "sudo", 'echo "as root"; while [ "${1#--}" != "$1" ]; do shift; done; "$@"')
    answer = run_ci(ci)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("as root") == 2


def test_ci_fails_when_the_tests_fail(ci: Path) -> None:
    assert run_ci(ci, FAIL="2").returncode == 2
