"""The shop for mystery telemetry: what a click costs, what is shown, and that the answer stays where it is."""

from __future__ import annotations

import pytest

import lunarlab as ll
from lunarlab.console import still
from lunarlab.console.detective import Detective


def test_buying_and_answering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "widgets_available", lambda: True)
    desk = ll.console.mystery(5, budget=2)
    assert isinstance(desk, Detective)
    assert "costs 1 request; 2 left" in desk.said.value
    desk.channel.value = "thrust"
    desk.buy.click()
    assert desk.flight.left == 1
    assert [row[0]["title"].split(":")[0] for row in desk.canvas.words["rows"]] == ["thrust"]
    desk.buy.click()  # the same again
    assert desk.flight.left == 1 and "costs 0 requests" in desk.said.value
    desk.window.value = (desk.window.min, desk.window.max)
    desk.buy.click()
    assert "1 of 2 are left" in desk.error and desk.canvas.words["error"] == desk.error
    said = str(desk.canvas.words) + repr(desk)
    assert "It was" not in said
    desk.hand_in.click()
    assert desk.error == "" and desk.hand_in.disabled
    assert desk.flight.score is not None
    assert f"It was: {desk.flight.score.truth}" in desk.canvas.words["notes"]
    assert "points" in desk.canvas.words["badge"][0]


def test_without_widgets_and_with_nonsense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "widgets_available", lambda: False)
    assert "24 of 24 requests left" in ll.console.mystery(5).text
    assert "seed is -1" in ll.console.mystery(-1).text
    assert "seed is 'x'" in Detective("x").error
