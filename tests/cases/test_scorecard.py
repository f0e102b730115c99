"""Score cards: qualities by hand, a line that survives the post, and cheating that is found."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from lunarlab.cases import loader
from lunarlab.cases.scorecard import ScoreCard, apply_changes, changes_of, qualities, ranking, read, scorecard, verify
from lunarlab.descent import guidance as g
from lunarlab.descent.campaign import campaign
from lunarlab.descent.faults import Fault
from lunarlab.errors import LunarlabError

CASE = "nominal-mare"
BASE = loader.case(CASE).scenario
N = 8


@pytest.fixture(scope="module")
def card() -> ScoreCard:
    return scorecard(CASE, name="Ada", n=N, seed=3)


def test_the_numbers_are_those_of_the_flights(card: ScoreCard) -> None:
    flown = campaign(BASE, n=N, seed=3)
    landed = np.array(flown.verdict) == "LANDED"
    assert card.landed == landed.mean()
    assert card.touchdown_mps == pytest.approx(np.median(flown["speed_mps"][landed]), abs=1e-4)
    assert card.miss_m == pytest.approx(np.median(np.abs(flown["miss_m"][landed])), abs=0.01)
    assert card.propellant_kg == pytest.approx(412.0 - np.median(flown["propellant_left_kg"][landed]), abs=1e-3)
    assert card.ideal_kg == pytest.approx(772.0 * (1.0 - math.exp(-1687.0 / (320.0 * 9.80665))), rel=0.01)  # published: 1,683 m/s
    assert card.landed_low < card.landed <= card.landed_high
    assert card.flights == flown.digest
    parts = qualities(card.propellant_kg, card.ideal_kg, card.touchdown_mps, 2.0, card.miss_m)
    assert card.score == pytest.approx(100.0 * card.landed * (0.4 + 0.2 * sum(parts)), abs=0.01)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((100.0, 100.0, 0.0, 2.0, 0.0), (1.0, 1.0, 1.0)), ((120.0, 100.0, 1.0, 2.0, 100.0), (0.5, 0.5, 0.5)),
        ((150.0, 100.0, 3.0, 2.0, -300.0), (0.0, 0.0, 0.25)), ((math.nan, 100.0, math.nan, 2.0, math.nan), (0.0, 0.0, 0.0)),
    ],
)  # fmt: skip
def test_qualities_by_hand(numbers: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert qualities(*numbers) == pytest.approx(expected)


def test_a_line_goes_through_the_post(card: ScoreCard) -> None:
    assert "\n" not in card.line
    assert json.loads(card.line)["name"] == "Ada"
    assert read(card.line) == card
    assert card.line in str(card)
    assert f"{card.score:.1f}" in card.table
    nobody = dataclasses.replace(card, propellant_kg=math.nan, name="Zoë")
    assert math.isnan(read(nobody.line).propellant_kg)
    assert "Zoë" in nobody.line
    assert "-" in nobody.table


def test_it_is_verified_by_flying_it_again(card: ScoreCard) -> None:
    again = verify(card.line)
    assert again.agrees
    assert "flown again and true" in str(again)
    better = dataclasses.replace(card, score=card.score + 1.0, touchdown_mps=0.1)
    found = verify(better)
    assert not found.agrees
    assert {text.split()[0] for text in found.differences} == {"score", "touchdown_mps"}
    assert "not true" in str(found)
    other = dataclasses.replace(BASE, guidance=dataclasses.replace(BASE.guidance, contact_speed_mps=1.5))
    assert any("scenario" in text for text in verify(card, other).differences)


def test_a_changed_case_is_in_the_line() -> None:
    changed = dataclasses.replace(BASE, name="mine", guidance=dataclasses.replace(BASE.guidance, law="p63", contact_speed_mps=0.5))
    card = scorecard(changed, n=4, case=CASE)
    assert card.changes == {"guidance.law": "p63", "guidance.contact_speed_mps": 0.5}
    assert verify(card.line).agrees
    cheat = dataclasses.replace(card, changes={**card.changes, "guidance.contact_speed_mps": 1.5})
    assert not verify(cheat).agrees
    assert apply_changes(BASE, changes_of(changed, BASE), "mine") == changed
    with pytest.raises(LunarlabError, match=r"guidance\.colour"):
        apply_changes(BASE, {"guidance.colour": 1.0})
    with pytest.raises(LunarlabError, match="faults differ"):
        scorecard(dataclasses.replace(BASE, faults=(Fault("main", "scale", value=0.9),)), n=4, case=CASE)


def soft(t: float, est: Any, params: Any) -> Any:
    return g.builtin_law(t, est, params)


def hard(t: float, est: Any, params: Any) -> Any:
    ax, ay, az = g.builtin_law(t, est, params)
    return ax, ay, 0.99 * az


def test_a_law_of_ones_own_is_needed_to_verify() -> None:
    card = scorecard(CASE, n=3, guidance=soft)
    assert card.law != "built in"
    assert verify(card.line, guidance=soft).agrees
    with pytest.raises(LunarlabError, match=f"law of its own, {card.law}"):
        verify(card.line)
    assert any(text.startswith("law ") for text in verify(card.line, guidance=hard).differences)


def test_who_never_lands_scores_nothing() -> None:
    card = scorecard("hakuto-r-m1", n=3)
    assert card.score == 0.0
    assert math.isnan(card.propellant_kg)
    assert verify(card.line).agrees


def test_a_class_is_ranked(card: ScoreCard) -> None:
    cards = [card, dataclasses.replace(card, name="Bo", score=99.0).line, dataclasses.replace(card, name="Cy", score=1.0)]
    lines = ranking(cards).splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["Bo", "Ada", "Cy"]
    assert "do not compare" in ranking([card, dataclasses.replace(card, seed=4)])


@pytest.mark.parametrize("line", ["", "{}", "[1]", '{"scorecard": 1}', '{"scorecard": 2, "name": "x"}', "Ada 100"])
def test_what_is_no_card_is_refused(line: str, card: ScoreCard) -> None:
    with pytest.raises(LunarlabError, match="is not the line of a score card"):
        read(line)
    with pytest.raises(LunarlabError, match="is not the line of a score card"):
        read(json.dumps({**json.loads(card.line), "score": "high"}))


def test_bad_input_is_named(card: ScoreCard) -> None:
    with pytest.raises(LunarlabError, match="n is 1"):
        scorecard(CASE, n=1)
    with pytest.raises(LunarlabError, match="must be a descent"):
        scorecard("luna-25", n=3)
    with pytest.raises(LunarlabError, match="names no case"):
        verify(dataclasses.replace(card, case=""))
    with pytest.raises(LunarlabError, match="lines is empty"):
        ranking([])
