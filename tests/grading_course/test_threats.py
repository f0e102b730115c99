"""THREATS.md names every attack once, and only tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "THREATS.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TEXT.splitlines() if re.match(r"\| [SR]-\d\d? ", line)]


def every_test():
    """Names of the grader's tests, each with how often it is there."""
    found = []
    for folder in ("grading_sandbox", "grading_batch", "grading_course"):
        for file in (ROOT / "tests" / folder).glob("test_*.py"):
            found += [node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
    return [name for name in found if name.startswith("test_")]


def test_every_attack_and_requirement_has_its_tests():
    names = [row[0] for row in ROWS]
    assert names == [*(f"S-{i:02}" for i in range(1, 49)), *(f"R-{i}" for i in range(1, 25))]
    asked = {f"R-{i}" for i in range(1, 25)}
    for row in ROWS:
        assert re.findall(r"`test_\w+`", row[3] if row[0].startswith("S") else row[2]), f"{row[0]} has no test"
        if row[0].startswith("S"):
            assert row[4] and set(row[4].split()) <= asked, row[0]


def test_every_test_that_is_named_is_there():
    there = every_test()
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert len(named) > 60
    assert {name for name in named if there.count(name) != 1} == set()


def test_tests_that_are_called_after_an_attack_stand_in_its_row():
    rows = {row[0]: row[3] for row in ROWS if row[0].startswith("S")}
    for name in every_test():
        if found := re.match(r"test_s(\d\d)_", name):
            assert f"`{name}`" in rows[f"S-{found[1]}"], name
