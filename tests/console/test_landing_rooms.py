"""The rooms of landing: what their controls do to a flight, a touchdown, a campaign, and what is said when they can't."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Any

import numpy as np
import pytest

import lunarlab
from lunarlab.console import still
from lunarlab.console.controls import Panel
from lunarlab.console.dashboard import Dashboard
from lunarlab.console.later import Late
from lunarlab.console.rooms import campaign, guidance, touchdown
from lunarlab.console.stillscene import StillScene, draw
from lunarlab.descent.campaign import flight_seed
from lunarlab.descent.stability import StabilityMap
from lunarlab.plots import scene as s

FEW = {"n": 20, "scale": 3.0, "seed": 1, "workers": 2}


def facts(panel: Panel, **values: Any) -> dict[str, float]:
    return dict(panel.compute(**panel.start(values)).facts)


def views(scene: s.Scene) -> list[str]:
    return [view.title for view in scene.views]


# -- guidance ----------------------------------------------------------------------------------------------------------
def test_the_tuner_shows_a_flight_above_its_bound() -> None:
    scene = draw(guidance.PANEL, guidance.PANEL.start({"law": "p63", "approach": "zem_zev"}))
    f = scene.facts
    assert scene.badge == ("LANDED", "good")
    assert 0.0 < f["bound_kg"] < f["burnt_kg"] < f["propellant_kg"]
    assert f["over_kg"] == pytest.approx(f["burnt_kg"] - f["bound_kg"])
    assert scene.notes == (f"last phase: {f['over_kg']:.1f} kg above the bound, {100 * f['over_fraction']:.0f} %",)
    assert f"{f['bound_kg']:.2f} kg" in scene.description
    thrust = next(view for view in scene.views if view.title == "Thrust")
    best, flown = (m for m in thrust.marks if isinstance(m, s.Line))
    assert best.name == "least propellant"
    assert best.y.max() <= 1600.0 * (1.0 + 1e-3)
    assert best.y.min() < 10.0 < flown.y.min()  # bang-bang: the optimum switches off, the law does not
    assert np.ptp(np.diff(best.x)) < 1e-6


def test_without_the_bound_the_flight_is_there_at_once() -> None:
    scene = guidance.compute(**guidance.PANEL.start({}), late=Late())
    assert math.isnan(scene.facts["bound_kg"])
    assert scene.badge[0] == "LANDED"
    assert {tile.name: tile.value for tile in scene.tiles}["least possible"] == "being sought …"


def test_a_bound_that_cannot_be_reached_is_said_beside_the_flight() -> None:
    scene = draw(guidance.PANEL, guidance.PANEL.start({"glide_slope_deg": 74.0}))
    assert scene.badge[0] == "LANDED"
    assert "no bound: unreachable glide slope" in scene.notes[0]
    assert "No bound: unreachable glide slope" in scene.description
    assert math.isnan(scene.facts["over_kg"])


def test_engines_that_cannot_be_off_cost_propellant() -> None:
    off, on = (draw(guidance.PANEL, guidance.PANEL.start({"engines_off": way})).facts["bound_kg"] for way in (True, False))
    assert on > off


def test_space_shows_the_track_from_above() -> None:
    values = guidance.PANEL.start({"dimensions": 3, "cross_track_m": 600.0})
    scene = guidance.compute(**values)
    assert "From above" in views(scene)
    beside = next(view for view in scene.views if view.title.startswith("Beside the track"))
    true = next(m for m in beside.marks if isinstance(m, s.Line) and m.name == "true")
    assert abs(true.y[0]) > 300.0
    assert abs(true.y[-1]) < 50.0
    assert "Descent speed on the way down" in views(guidance.compute(**guidance.PANEL.start({})))


@pytest.mark.parametrize(
    ("change", "number", "sign"),
    [
        ({"isp_s": 380.0}, "propellant_kg", -1), ({"contact_speed_mps": 1.5}, "touchdown_mps", 1),
        ({"law": "gravity_turn", "brake_decel_mps2": 2.3}, "miss_m", 1),
    ],
)  # fmt: skip
def test_controls_of_the_tuner_reach_the_flight(change: dict[str, Any], number: str, sign: int) -> None:
    assert sign * (facts(guidance.PANEL, **change)[number] - facts(guidance.PANEL)[number]) > 0.0


def test_noise_makes_another_flight_of_every_seed() -> None:
    quiet, *noisy = (facts(guidance.PANEL, noise=noise, seed=seed)["miss_m"] for noise, seed in ((False, 5), (True, 5), (True, 6)))
    assert len({quiet, *noisy}) == 3
    assert facts(guidance.PANEL, noise=False, seed=6)["miss_m"] == quiet


def test_the_tuner_gives_a_score_card() -> None:
    from lunarlab.cases.scorecard import read, verify

    values = guidance.PANEL.start({"law": "p63"})
    assert guidance.PANEL.report is not None
    text = guidance.PANEL.report[1](name="Ada", **values)
    card = read(text.splitlines()[-1])
    assert (card.name, card.case, card.changes) == ("Ada", "nominal-mare", {"guidance.law": "p63"})
    assert card.n == 100
    assert verify(card).agrees


# -- touchdown ---------------------------------------------------------------------------------------------------------
def test_published_touchdowns_end_as_they_did() -> None:
    stands = {name: facts(touchdown.PANEL, **values)["stands"] for name, values in touchdown.PANEL.presets.items()}
    fell = {name.split(":")[0] for name, up in stands.items() if not up}
    assert fell == {"IM-1", "IM-2", "SLIM"}
    assert stands["IM-1 as planned: 0.9 m/s down"] == 1.0


def test_the_map_comes_coarse_and_then_fine() -> None:
    values = touchdown.PANEL.start({"slope_deg": 12.0, "friction": 2.0})
    maps: list[StabilityMap] = []
    for found in touchdown.later(**values):
        maps.append(found)
        if len(maps) == 2:
            break
    assert maps[0].outcome.size < maps[1].outcome.size
    coarse = touchdown.compute(**values, late=Late(maps[0], "", True, False))
    assert "What it survives (being refined)" in views(coarse)
    done = touchdown.compute(**values, late=Late(maps[1], "", True, True))
    view = next(view for view in done.views if view.title == "What it survives")
    grid = next(m for m in view.marks if isinstance(m, s.Classes))
    assert grid.values.shape == maps[1].outcome.shape
    star = next(m for m in view.marks if isinstance(m, s.Spot))
    assert (star.x, star.y) == (values["lateral_mps"], values["vertical_mps"])
    assert done.facts["map_share_standing"] == pytest.approx(maps[1].stands.mean())
    assert "What it survives" not in " ".join(views(touchdown.compute(**values)))


def test_the_lander_is_drawn_where_it_is() -> None:
    values = touchdown.PANEL.start({"vertical_mps": 2.0, "lateral_mps": 0.0, "slope_deg": 0.0})
    scene = touchdown.compute(**values)
    side = scene.views[0]
    assert side.title == "From the side"
    pads = [m for m in side.marks if isinstance(m, s.Outline) and m.x.shape[1] == 2 and m.width > 4.0]
    assert len(pads) == 4
    for pad in pads:  # on level ground every foot ends on the ground, and none goes deep into it
        assert abs(pad.y[-1].mean()) < 0.02
        assert pad.y.min() > -0.05
    body = next(m for m in side.marks if isinstance(m, s.Outline) and m.fill)
    assert body.y[-1].min() > 0.0
    assert body.y[0].max() > body.y[-1].max()  # the legs have stroked
    assert scene.clock is not None
    assert scene.clock.stop == pytest.approx(body.t[-1], abs=0.02)


def test_the_hill_rises_where_it_should() -> None:
    for azimuth, way in ((0.0, -1.0), (180.0, 1.0)):
        scene = touchdown.compute(**touchdown.PANEL.start({"slope_deg": 10.0, "azimuth_deg": azimuth, "lateral_mps": 1.0}))
        ground = next(m for m in scene.views[0].marks if isinstance(m, s.Line))
        slope = (ground.y[1] - ground.y[0]) / (ground.x[1] - ground.x[0])
        assert slope == pytest.approx(way * math.tan(math.radians(10.0)))
        path = next(m for m in scene.views[0].marks if isinstance(m, s.Line) and m.name.startswith("path"))
        assert path.x[5] > path.x[0]  # motion is to the right


# -- campaign ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def board() -> Dashboard:
    return Dashboard(FEW)


def test_the_dashboard_flies_and_tells(board: Dashboard) -> None:
    flown = board.campaign
    assert flown.n == 20
    words = board._canvas.words
    assert words["error"] == ""
    assert "20 flights of nominal-mare" in words["description"]
    json.dumps(words, allow_nan=False)
    assert board._bar.value == 20
    assert board._cancel.disabled
    assert not board._fly.disabled
    assert "Campaign of 20 flights" in repr(board)
    assert board._flight.max == 19


def test_a_flight_is_seen_again(board: Dashboard) -> None:
    board._flight.value = 3
    board._see.click()
    flown = board.campaign
    assert board._deck.words["title"] == "nominal-mare, flight 3 of seed 1"
    assert board._deck.words["verdict"] == flown.verdict[3]
    assert not board._replay.layout.display
    again = lunarlab.fly(flown.job.scenario, seed=flight_seed(1, 3))
    assert board._deck.words["summary"].split(":")[0] == str(again.verdict)
    assert any(mark.get("text") == "flight 3" for row in board._canvas.words["rows"] for view in row for mark in view["marks"])
    board._canvas.picked = {"key": 7, "times": 1}
    assert board._flight.value == 7
    assert "flight 7" in board._deck.words["title"]
    board._canvas.picked = {"key": 7, "times": 2}  # the same again is a click, too


def test_what_the_scatter_is_ranked_by_is_drawn_at_once(board: Dashboard) -> None:
    before = board._canvas._seq
    board.controls["column"].value = "miss_m"
    assert board._canvas._seq == before + 1
    title = "What the miss along the track depends on"
    assert any(view["title"] == title for row in board._canvas.words["rows"] for view in row)


def test_new_settings_are_not_flown_unasked(board: Dashboard) -> None:
    board.controls["scale"].value = 1.0
    assert "press Fly" in board._canvas.words["error"]
    assert board.campaign.job.scenario.dispersions.height_m == 600.0
    board._fly.click()
    assert board.campaign.job.scenario.dispersions.height_m == 200.0
    assert board._canvas.words["error"] == ""


def test_a_campaign_can_be_cancelled_and_what_was_flown_stays() -> None:
    async def go() -> Dashboard:
        board = Dashboard({**FEW, "n": 5000})
        while not board._canvas.words.get("rows"):
            await asyncio.sleep(0.01)
        assert board.running
        board.see(0)  # not while it flies
        assert board._replay.layout.display == "none"
        board._cancel.click()
        while not board._cancel.disabled:
            await asyncio.sleep(0.01)
        return board

    board = asyncio.run(go())
    assert 0 < board.campaign.n < 5000
    assert f"{board.campaign.n:,} of 5,000" in {tile["value"] for tile in board._canvas.words["tiles"]}
    assert not board.running
    board.see(int(board.campaign.rows.k[-1]))
    assert board._deck.words["verdict"] == board.campaign.verdict[-1]


def test_the_kernel_is_not_held_up() -> None:
    async def go() -> list[float]:
        board, gaps = Dashboard({**FEW, "n": 300}, fly=False), []
        board.fly()
        while not board._cancel.disabled:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            gaps.append(time.perf_counter() - before)
        return gaps

    gaps = asyncio.run(go())
    assert len(gaps) > 20
    assert np.median(gaps) < 0.05


def test_a_wrong_value_is_said() -> None:
    board = Dashboard({"n": -3}, fly=False)
    assert "n is -3" in board.error
    assert board.values["n"] == 300
    assert board.campaign is None
    assert "n is -3" in repr(board)


def test_the_campaign_without_widgets_is_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = lunarlab.console.campaign(n=20, case="nominal-mare")
    assert isinstance(shown, StillScene)
    assert shown.facts["n"] == 20.0
    assert "landed" in shown.text
    monkeypatch.setattr(still, "widgets_available", lambda: True)
    assert isinstance(lunarlab.console.campaign(n=20, fly=False), Dashboard)
    assert set(campaign.PANEL.knobs) == {"case", "n", "scale", "seed", "workers", "column"}
