"""`lunarlab grade` has the physics compiled before the first lesson of ours, and `doctor` says whether it is."""

from __future__ import annotations

import json

import pytest

from lunarlab.grading import commands
from lunarlab.grading.sandbox import tiers


@pytest.fixture
def started(monkeypatch):
    """Commands that were started."""
    rows = []
    monkeypatch.setattr(commands.subprocess, "run", lambda command, **_: rows.append(command[1:]))
    return rows


@pytest.mark.parametrize(("exercises", "ready", "expected"), [
    (("09.gate",), False, [["-m", "lunarlab.cli", "warm"]]), (("09.gate",), True, []), (("91.fall",), False, []),
])  # fmt: skip
def test_the_physics_is_compiled_first(exercises, ready, expected, started, monkeypatch):
    monkeypatch.setattr(tiers, "compiled", lambda: ready)
    commands._compile_first(exercises)
    assert started == expected


def test_the_doctor_says_whether_it_is_compiled(monkeypatch, capsys):
    from lunarlab import cli
    from lunarlab.grading.sandbox import probes

    monkeypatch.setattr(tiers, "compiled", lambda: False)
    monkeypatch.setattr(probes, "examine", lambda name: tiers.Tier(name, {"tcp": "ok"}))
    assert cli.main(["grade", "doctor"]) == 0
    assert "lunarlab warm" in capsys.readouterr().out
    assert cli.main(["grade", "doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["compiled"] is False
