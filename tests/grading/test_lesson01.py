"""Lesson 01: its board and its room; its answers are in tests/answers."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

import lunarlab as ll
from lunarlab.cases.scoreboard import STAGES, success_rate
from lunarlab.console.rooms.scoreboard import PANEL
from lunarlab.errors import LunarlabError
from lunarlab.grading import lesson01


# -- the board and the room ----------------------------------------------------------------------------------------------
def test_the_board_is_in_order_and_agrees_with_the_cases():
    board = ll.scoreboard()
    assert [row.date for row in board] == sorted(row.date for row in board)
    assert len(board) == len({row.mission for row in board}) == 15
    assert tuple(row.stage for row in board) == lesson01.STAGES[0], "the exercise shows the real board"
    for row in board:
        if row.mission in ll.case_names():
            case = ll.case(row.mission)
            assert row.date == case.date
            assert ("crash" in case.outcome) <= (row.stage in (1, 2)), case.outcome
            assert case.outcome.startswith("landed") == (row.stage >= 3), case.outcome


@pytest.mark.parametrize(("success", "among", "expected"), [(4, 0, (5, 15)), (3, 0, (8, 15)), (3, 2, (8, 12)), (1, 0, (13, 15))])
def test_the_rate_hangs_on_the_definition(success, among, expected):
    assert success_rate(ll.scoreboard(), success, among) == expected
    facts = PANEL.compute(**PANEL.start({"success": success, "among": among})).facts
    assert (facts["successes"], facts["attempts"]) == expected
    exact = binomtest(*expected).proportion_ci(0.95, method="exact")
    assert (facts["low"], facts["high"]) == pytest.approx((exact.low, exact.high), abs=1e-6)


def test_what_the_article_counts_as_the_third():
    """Commercial landers before Resilience: three lived to tell, one stood; "third" leaves one out."""
    before = [row for row in ll.scoreboard() if row.private and row.date < "2025-06-05"]
    assert [row.mission for row in before if row.stage >= 3] == ["odysseus-im-1", "blue-ghost-1", "athena-im-2"]
    assert [row.mission for row in before if row.stage >= 4] == ["blue-ghost-1"]


def test_the_room_says_what_it_can_not_do():
    with pytest.raises(LunarlabError, match="that is everybody"):
        PANEL.compute(**PANEL.start({"success": 1, "among": 2}))
    with pytest.raises(LunarlabError, match="after last"):
        PANEL.compute(**PANEL.start({"first": 2024, "last": 2020}))
    empty = PANEL.compute(**PANEL.start({"first": 2021, "last": 2021}))
    assert empty.facts["attempts"] == 0.0
    with pytest.raises(LunarlabError, match="0 to 4"):
        success_rate(ll.scoreboard(), len(STAGES))
