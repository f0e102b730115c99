"""The physics is compiled before the first lesson of ours is graded, checked or released, and `doctor` says whether it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lunarlab.grading.course.handin import look
from lunarlab.grading.course.local import check_notebook
from lunarlab.grading.sandbox import tiers


@pytest.fixture
def started(monkeypatch):
    """Commands that were started."""
    rows = []
    monkeypatch.setattr(tiers.subprocess, "run", lambda command, **_: rows.append(command[1:]))
    return rows


@pytest.mark.parametrize(("exercises", "ready", "expected"), [
    (("09.gate",), False, [["-m", "lunarlab.cli", "warm"]]), (("09.gate",), True, []), (("91.fall",), False, []),
])  # fmt: skip
def test_the_physics_is_compiled_first(exercises, ready, expected, started, monkeypatch):
    monkeypatch.setattr(tiers, "compiled", lambda: ready)
    tiers.compile_first(exercises)
    assert started == expected


class CompiledError(Exception):
    """Raised in the place of a compiler."""


def test_whoever_checks_before_ever_flying_waits_for_the_compiler(monkeypatch):
    """Else a sandbox would run out of memory over it, and the student be told that it is a fault of the answer."""
    def compiler(ids):
        assert any(id.startswith("01.") for id in ids)
        raise CompiledError

    monkeypatch.setattr(tiers, "compile_first", compiler)
    notebook = next((Path(__file__).parents[2] / "lessons").glob("01_*.ipynb"))
    with pytest.raises(CompiledError):
        check_notebook(look(notebook))


def test_the_doctor_says_whether_it_is_compiled(monkeypatch, capsys):
    from lunarlab import cli
    from lunarlab.grading.sandbox import probes

    monkeypatch.setattr(tiers, "compiled", lambda: False)
    monkeypatch.setattr(probes, "examine", lambda name: tiers.Tier(name, {"tcp": "ok"}))
    assert cli.main(["grade", "doctor"]) == 0
    assert "lunarlab warm" in capsys.readouterr().out
    assert cli.main(["grade", "doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["compiled"] is False
