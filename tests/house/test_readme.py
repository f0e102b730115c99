"""The README tells the truth: its snippets run and print what it shows, its commands exist, its picture is there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lunarlab
from lunarlab.cases.decisions import DECISIONS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OWNER = "lunarlab/lunarlab"  # see CONTRIBUTING.md, "Where it is published"


def blocks(text: str) -> list[tuple[str, str, str | None]]:
    """(language, code, shown output) of each block; the output is the text block that follows at once, or None."""
    found = list(BLOCK.finditer(text))
    result = []
    for i, match in enumerate(found):
        after = found[i + 1] if i + 1 < len(found) else None
        follows = after is not None and after[1] == "text" and not text[match.end() : after.start()].strip()
        result.append((match[1], match[2], after[2] if follows and after else None))
    return result


def run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"}
    answer = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def check(code: str, shown: str | None, printed: str) -> None:
    """Words must be the same, numbers agree to 1 % and 0.1: processors differ in the last digits, and a gate amplifies."""
    if shown is None:
        return
    number = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?!\w)")
    words = [" ".join(number.sub("#", text).split()) for text in (shown, printed)]
    assert words[0] == words[1], f"{code}\nnow prints\n{printed}"
    for old, new in zip(number.findall(shown), number.findall(printed), strict=True):
        assert float(new) == pytest.approx(float(old), rel=0.01, abs=0.1), f"{code}\nnow prints\n{printed}"


PYTHON = [(code, shown) for language, code, shown in blocks(README) if language == "python"]
COMMANDS = [
    (line.split("  #")[0].strip(), shown)
    for language, code, shown in blocks(README)
    if language == "sh"
    for line in code.splitlines()
    if line.startswith("lunarlab ")
] + [(span, None) for span in re.findall(r"`(lunarlab (?:fly|cases|doctor|warm)[^`]*)`", README)]


def test_there_is_something_to_run() -> None:
    assert len(PYTHON) >= 2
    assert len(COMMANDS) >= 3


@pytest.mark.parametrize(("code", "shown"), PYTHON)
def test_python_blocks_print_what_is_shown(code: str, shown: str | None, tmp_path: Path) -> None:
    check(code, shown, run([sys.executable, "-c", code], tmp_path))


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_commands_print_what_is_shown(command: str, shown: str | None, tmp_path: Path) -> None:
    check(command, shown, run([sys.executable, "-m", "lunarlab.cli", *shlex.split(command)[1:]], tmp_path))


def test_every_public_name_is_in_the_table() -> None:
    for name in lunarlab.__all__:
        assert f"`lunarlab.{name}" in README, name


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for document in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{document}: make {target}"


def test_badge_opens_a_lesson() -> None:
    (badge,) = re.findall(r"\((https://mybinder\.org/v2/[^)]*)\)", README)
    prefix = f"https://mybinder.org/v2/gh/{OWNER}/HEAD?urlpath=lab/tree/"
    assert badge.startswith(prefix)
    assert (ROOT / badge.removeprefix(prefix)).is_file()


def test_picture_is_there_and_described() -> None:
    ((words, picture),) = re.findall(r"!\[([^\]]{40,})\]\(([^)]+\.png)\)", README)
    assert "flight" in words
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_first_screen() -> None:
    first = "\n".join(README.splitlines()[:40])
    for part in (
        "A course that you can fly",
        "mybinder.org",
        "docs/console.png",
        "make lab",
        "make test",
        "lunarlab.fly(",
    ):
        assert part in first


def test_every_lesson_is_listed() -> None:
    for lesson in (ROOT / "lessons").glob("*.ipynb"):
        assert f"lessons/{lesson.name}" in README


def test_the_bench_has_as_many_decisions_as_it_says() -> None:
    assert README.count("fifty decisions") == 2
    assert len(DECISIONS) == 50


def test_poliastro_is_explained_once() -> None:
    assert "boinor" in README
    assert README.count("poliastro") == 1
    assert "poliastro" not in str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
