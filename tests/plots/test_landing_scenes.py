"""Figures of landings: what is drawn is what was flown, and the description says so in numbers."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np
import pytest

from lunarlab import plots
from lunarlab.cases import loader
from lunarlab.descent.bound import against, last_phase, track
from lunarlab.descent.campaign import Campaign, campaign
from lunarlab.descent.consistency import consistency, matched
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.gear import Gear, tip_speed
from lunarlab.descent.hazards import Hazards, survey
from lunarlab.descent.optimal import Solver
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.settle import OUTCOMES, Outcome, settle
from lunarlab.descent.stability import stability_map
from lunarlab.descent.terrain import Terrain
from lunarlab.descent.touchdown import Touchdown
from lunarlab.errors import LunarlabError
from lunarlab.plots import campaigns, crossrange, descents, hazards, touchdowns
from lunarlab.plots import scene as s
from lunarlab.plots.style import LunarFigure

BASE: Scenario = loader.case("nominal-mare").scenario
GEAR = Gear(legs=4, foot_radius_m=1.5, cg_height_m=1.5)


def in_space(scene: Scenario, **site: Any) -> Scenario:
    return dataclasses.replace(
        scene, site=dataclasses.replace(scene.site, dimensions=3.0, **site),
        navigation=dataclasses.replace(scene.navigation, filter="six"),
    )  # fmt: skip


def marks(view: s.View, kind: type) -> list[Any]:
    return [mark for mark in view.marks if isinstance(mark, kind)]


def drawn(figure: LunarFigure) -> str:
    figure.canvas.draw()
    assert isinstance(figure, LunarFigure)
    text = plots.describe(figure)
    assert len(text) > 60
    assert re.search(r"\d", text)
    return text


# -- guidance ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def flown() -> Flight:
    return fly(BASE, seed=None)


def test_the_last_phase_is_drawn_from_the_gate_to_the_ground(flown: Flight) -> None:
    phase = descents.Phase(flown, BASE)
    gate, end = flown.event("brake_end"), flown.touchdown
    assert gate is not None
    assert end is not None
    assert phase.t[0] == 0.0
    assert phase.t[-1] == pytest.approx(end.t_s - gate.t_s, abs=0.11)
    assert phase.r[0, 2] == pytest.approx(gate.altitude_m, abs=2.0)
    assert phase.r[-1] == pytest.approx([end.miss_m, 0.0, 0.0], abs=0.05)
    assert phase.mass[0] - phase.mass[-1] == pytest.approx(flown.si["true_mass"][descents.start_row(flown)] - flown.si["true_mass"][-1])


def test_laws_beside_each_other_and_the_optimum(flown: Flight) -> None:
    other = dataclasses.replace(BASE, guidance=dataclasses.replace(BASE.guidance, approach="zem_zev"))
    optimum, _ = next(iter(track(Solver(20), last_phase(flown, BASE), 55.0)))
    bound = against(flown, optimum)
    text = drawn(plots.guidance({"pitch up": flown, "ZEM/ZEV": fly(other, seed=None)}, BASE, bound))
    assert f"{bound.burnt_kg:.1f} kg" in text
    assert f"{optimum.propellant_kg:.1f} kg" in text
    assert "ZEM/ZEV: LANDED" in text
    one = drawn(plots.guidance(flown, loader.case("nominal-mare"), bound))
    assert f"{bound.over_kg:.1f} kg above the bound" in one


def test_a_flight_without_soft_landing_has_no_margin_to_show() -> None:
    scene = loader.case("hakuto-r-m1").scenario
    flight = fly(scene, seed=0)
    picture = descents.guidance_scene(flight, scene)
    assert picture.badge == ("PROPELLANT OUT", "bad")
    assert picture.facts["touchdown_mps"] > 100.0
    assert math.isnan(picture.facts["bound_kg"])


def test_cross_range_true_and_believed() -> None:
    scene = in_space(BASE, cross_track_m=700.0, latitude_deg=-45.0, longitude_deg=20.0)
    flight = fly(scene, seed=2)
    picture = crossrange.cross_range_scene(flight, scene)
    true = next(m for m in marks(picture.views[0], s.Line) if m.name == "true")
    assert true.y[-1] == pytest.approx(flight.si["true_cross"][-1])
    globe = next(view for view in picture.views if view.title == "On the map")
    line = marks(globe, s.Line)[0]
    assert line.y[-1] == pytest.approx(-45.0, abs=0.1)  # it comes down at the target
    assert line.x[-1] == pytest.approx(20.0, abs=0.1)
    assert "+700 m to the left" in drawn(plots.cross_range(flight, scene))
    with pytest.raises(LunarlabError, match="2 dimensions"):
        plots.cross_range(flight, BASE)


# -- touchdown ---------------------------------------------------------------------------------------------------------
def test_a_map_has_the_closed_limit_in_it() -> None:
    found = stability_map(GEAR, np.linspace(0.0, 4.0, 9), mass_kg=500.0, vertical_mps=np.linspace(0.0, 3.0, 7), slope_deg=6.0)
    view = touchdowns.stability_view(found, GEAR, heading_deg=45.0)
    grid, limit = marks(view, s.Classes)[0], marks(view, s.Line)[0]
    np.testing.assert_array_equal(grid.values, found.outcome)
    assert grid.names == tuple(outcome.value for outcome in OUTCOMES)
    assert limit.x[0] == limit.x[-1]
    level = touchdowns.stability_view(dataclasses.replace(found, slope_deg=np.zeros(7)), GEAR, heading_deg=0.0)
    assert marks(level, s.Line)[0].x[0] == pytest.approx(tip_speed(GEAR))  # edges of four legs lie straight ahead
    share = float((found.outcome == OUTCOMES.index(Outcome.TIPPED)).mean())
    assert f"tipped {100 * share:.0f} %" in drawn(plots.stability(found, GEAR))
    slopes = stability_map(GEAR, np.linspace(0.0, 3.0, 5), mass_kg=500.0, vertical_mps=1.0, slope_deg=np.linspace(0.0, 30.0, 4))
    tilted = touchdowns.stability_view(slopes, GEAR)
    assert tilted.y.label == "slope, °"
    assert marks(tilted, s.Line)[0].x[0] > marks(tilted, s.Line)[0].x[-1]  # downhill less is enough


def test_a_touchdown_in_words() -> None:
    contact = Touchdown(0.0, 2.0, 1.5, 0.0, 0.0, 0.0, slope_deg=10.0)
    rest = settle(contact, GEAR, mass_kg=500.0, record=True)
    text = drawn(plots.touchdown(contact, GEAR, rest))
    assert f"ends {rest.outcome.value} after {rest.t_s:.1f} s" in text
    assert f"{rest.peak_mps2:.1f} m/s²" in text
    assert rest.motion is not None
    np.testing.assert_allclose(touchdowns.tilts(rest.motion)[0], 0.0, atol=1e-3)
    assert touchdowns.tilts(rest.motion)[-1] == pytest.approx(rest.tilt_deg, abs=0.5)
    with pytest.raises(LunarlabError, match="record=True"):
        touchdowns.touchdown_scene(contact, GEAR, settle(contact, GEAR, mass_kg=500.0))


# -- campaigns ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def many() -> Campaign:
    spread = dataclasses.replace(BASE.dispersions, range_bias_m=12.0, thrust_fraction=0.03)
    return campaign(BASE, spread, n=60, seed=5)


@pytest.fixture(scope="module")
def wide() -> Campaign:
    return campaign(in_space(BASE), n=12, seed=5)


def test_every_flight_is_a_point_that_can_be_picked(many: Campaign) -> None:
    view = campaigns.landings_view(many, campaigns.ellipses(many), 7)
    points = marks(view, s.Dots)
    assert sum(len(p.x) for p in points) == int(np.isfinite(many["miss_m"]).sum())
    for p in points:
        for x, y, key in zip(p.x, p.y, p.keys, strict=True):
            assert y == many["speed_mps"][int(key)]
            assert x in (many["miss_m"][int(key)], many["miss_m"][int(key)] / 1e3)
            assert many.verdict[int(key)].lower().replace("_", " ") == p.name
    assert any(m.text == "flight 7" for m in marks(view, s.Spot))


def test_shares_fill_the_bar(many: Campaign) -> None:
    view = campaigns.verdicts_view(many)
    bars = marks(view, s.Boxes)
    assert bars[-1].x1[0] == pytest.approx(100.0)
    landed = next(b for b in bars if b.name.startswith("landed"))
    assert landed.x1[0] - landed.x0[0] == pytest.approx(100.0 * many.fraction("LANDED"))
    interval = marks(view, s.Line)[0]
    assert tuple(interval.x) == pytest.approx([100.0 * edge for edge in many.success()[1:]])
    failures = marks(campaigns.causes_view(many, most=100), s.Boxes)
    assert sum(float(bar.x1[0]) for bar in failures) == many.n - many.verdicts.get("LANDED", 0)


def test_sensitivities_are_those_of_the_campaign(many: Campaign) -> None:
    first = many.sensitivity("speed_mps")[0]
    view = campaigns.sensitivity_view(many)
    assert view.y.ticks[0][1] == first.draw
    assert first.draw in drawn(plots.sensitivity(many))
    with pytest.raises(LunarlabError, match="colour"):
        plots.sensitivity(many, "colour")
    with pytest.raises(LunarlabError, match="colour"):
        plots.campaign(many, "colour")


def test_the_ellipse_of_space_and_the_interval_of_the_plane(many: Campaign, wide: Campaign) -> None:
    flat, space = (campaigns.landings_view(c, campaigns.ellipses(c)) for c in (many, wide))
    assert not flat.equal
    assert space.equal
    outer = campaigns.ellipses(wide)[-1]
    ring = next(m for m in marks(space, s.Line) if m.name == "99.73 %")
    far = np.hypot(ring.x - outer.along_m, ring.y - outer.cross_m) if space.x.label.startswith("m ") else np.hypot(
        1e3 * ring.x - outer.along_m, 1e3 * ring.y - outer.cross_m
    )
    assert far.max() == pytest.approx(outer.semi_major_m, rel=1e-3)
    assert "99.73 %" in drawn(plots.landing_ellipse(wide))
    drawn(plots.landing_ellipse(many))


def test_a_campaign_while_it_is_flown_and_after(many: Campaign) -> None:
    live = campaigns.campaign_scene(many, of=120, live=True)
    assert live.badge == ("50 %", "fair")
    assert "of 120 that are being flown" in live.description
    assert math.isnan(live.facts["semi_major_m"])
    done = campaigns.campaign_scene(many)
    assert done.facts["landed"] == many.fraction("LANDED")
    assert "come down between" in done.description
    assert len(done.tiles) <= 8
    assert str(many.causes()[0]) in done.description
    few = campaigns.campaign_scene(campaign(BASE, n=3, seed=1))  # too few to rank anything
    assert "Too few flights to tell" in few.description
    drawn(plots.campaign(many))


# -- hazards and filters -----------------------------------------------------------------------------------------------
def test_the_hazard_map_tells_why() -> None:
    rules = Hazards(scan_height_m=500.0, radius_m=40.0, slope_limit_deg=8.0)
    ground = Terrain(small_craters=30, small_crater_field_m=60.0, small_crater_radius_m=12.0, small_crater_seed=5)
    found = survey(ground, rules)
    kinds = hazards.classes(found, rules)
    with np.errstate(invalid="ignore"):
        assert (found.slope_deg[kinds == hazards.STEEP] > 8.0).all()
        assert (found.risk[kinds == hazards.SAFE] <= 1.0).all()
        near = kinds == hazards.NEAR
        assert near.any()
        assert (found.slope_deg[near] <= 8.0).all()
        assert (found.risk[near] > 1.0).all()
    assert (kinds[0] == hazards.UNKNOWN).all()  # its footprint leaves the scan
    picture = hazards.hazard_scene(found, rules)
    grid = marks(picture.views[1], s.Classes)[0]
    spot = next(m for m in marks(picture.views[1], s.Spot) if m.text == "turned to")
    column = round((spot.x - grid.x0) / (grid.x1 - grid.x0) * (grid.values.shape[1] - 1))
    row = round((spot.y - grid.y0) / (grid.y1 - grid.y0) * (grid.values.shape[0] - 1))
    assert found.safe
    assert grid.values[row, column] == hazards.SAFE  # left stays left
    assert f"turns {found.divert_m:.0f} m away" in drawn(plots.hazard_map(found, rules))
    rough = dataclasses.replace(rules, roughness_limit_m=0.01, noise_m=0.3)
    bad = survey(ground, rough, seed=1)
    assert not bad.safe
    assert "not safe, only the least bad" in drawn(plots.hazard_map(bad, rough))


def test_a_filter_against_its_bands() -> None:
    found = consistency(matched(in_space(BASE)), 6)
    text = drawn(plots.consistency(found))
    assert f"{found.nees_mean:.2f}" in text
    assert ("not consistent" in text) is not found.consistent
    wrong = dataclasses.replace(found, nees_mean=3.0 * found.nees_mean)
    assert "It is not consistent. Above the band" in drawn(plots.consistency(wrong))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: plots.guidance("x", BASE), "flights is 'x'"), (lambda: plots.guidance({}, BASE), "flights is"),
        (lambda: plots.landing_ellipse([1]), "must be the result of lunarlab.campaign"), (lambda: plots.hazard_map(1, 2), "survey"),
        (lambda: plots.consistency(1), "consistency"), (lambda: plots.cross_range(1, BASE), "flight is 1"),
        (lambda: plots.guidance({"a": 1}, "x"), "scene is 'x'"),
    ],
)  # fmt: skip
def test_what_is_something_else_is_refused(call: Any, match: str) -> None:
    with pytest.raises(LunarlabError, match=match):
        call()
