"""Stopping: what is left at the first valid range, the latest range that saves a lander, and the picture of both."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import lunarlab as ll
from lunarlab.console.rooms import stopping as room
from lunarlab.descent.faults import Fault
from lunarlab.descent.stopping import at_first_range, latest_first_range, with_first_range
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.plots.stops import stopping_scene

M2 = ll.case("resilience-m2").scenario
POINTS = ((893.0, 66.0), (192.0, 42.0))


def off(height_m):
    """The lander with another error of its height at ignition."""
    return replace(M2, knowledge=replace(M2.knowledge, height_m=height_m))


@pytest.fixture(scope="module")
def flight():
    return ll.fly(M2, seed=None)


def test_the_moment_is_that_of_the_first_range(flight):
    """By hand: 1600 N on the mass of that row, less mu/r^2; v^2/2h; belief less truth just before the range is used."""
    moment, si = at_first_range(flight, M2), flight.si
    row = int(flight.si["t"].searchsorted(moment.t_s - 1e-6))
    assert si["meas_valid"][row] == 1.0
    assert si["meas_valid"][row - 1] != 1.0
    assert 880.0 < moment.height_m <= 893.0
    assert moment.height_m == pytest.approx(si["true_altitude"][row])
    assert moment.down_mps == pytest.approx(-si["true_vertical_speed"][row])
    radius = 1737.4e3 + moment.height_m
    assert moment.available_mps2 == pytest.approx(1600.0 / si["true_mass"][row] - 4902.8e9 / radius**2, rel=1e-3)
    assert moment.needed_mps2 == pytest.approx(moment.down_mps**2 / 2.0 / moment.height_m)
    assert moment.stop_m == pytest.approx(moment.down_mps**2 / 2.0 / moment.available_mps2)
    assert 1534.0 < moment.believed_m < 2049.0  # 1080 m, grown by cosh at orbital speed and at rest


def test_dry_tanks_stop_nothing():
    """Believing to be too low it hangs high until the tanks are dry, and falls through its first range."""
    moment = at_first_range(ll.fly(off(-1000.0), seed=None), off(-1000.0))
    assert moment.available_mps2 == pytest.approx(-1.62, abs=0.02)
    assert math.isinf(moment.stop_m)
    assert moment.believed_m < -1500.0


def test_without_a_range_there_is_no_moment():
    silent = replace(M2, faults=(Fault("altimeter", "lockout"),))
    assert at_first_range(ll.fly(silent, seed=None), silent) is None
    assert at_first_range(ll.fly(M2, seed=None, record=False), M2) is None


def test_only_the_late_fault_is_replaced():
    noisy = Fault("altimeter", "noise", value=3.0)
    scene = with_first_range(replace(M2, faults=(noisy, *M2.faults)), 1500.0)
    assert scene.faults == (noisy, Fault("altimeter", "late", value=1500.0))
    assert with_first_range(with_first_range(M2, 10.0), 893.0) == with_first_range(M2, 893.0)


def test_the_latest_range_is_an_edge():
    found = latest_first_range(M2)
    verdicts = [ll.fly(with_first_range(M2, found + d), seed=None, record=False).landed for d in (-10.0, 0.0, 10.0, 1500.0)]
    assert verdicts == [False, True, True, True]
    assert latest_first_range(M2, tolerance_m=200.0) == pytest.approx(found, abs=200.0)


def test_no_range_is_needed_where_the_height_is_right_and_none_helps_without_engines():
    assert latest_first_range(off(0.0)) == 0.0
    assert math.isinf(latest_first_range(replace(M2, faults=(Fault("assist", "lost", trigger="altitude", at=9e3),))))
    with pytest.raises(LunarlabError, match="tolerance_m is 0 m"):
        latest_first_range(M2, tolerance_m=0.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: latest_first_range(None), "scene is None; it must be a Scenario"), (lambda: at_first_range(None, M2), "flight is None; it must be a Flight"),
        (lambda: at_first_range(None, 3), "scene is 3"), (lambda: with_first_range(ll.case("luna-25").scenario, 900.0), "it must be a Scenario"),
    ],
)  # fmt: skip
def test_what_is_no_descent_is_refused(make, words):
    with pytest.raises(LunarlabError, match=words):
        make()


def marks(scene, kind, name=""):
    return [m for m in scene.views[0].marks if isinstance(m, kind) and (not name or getattr(m, "name", "") == name)]


def test_the_picture_shows_what_can_be_stopped(flight):
    scene = stopping_scene(flight, M2, POINTS, latest_m=1323.0)
    moment = at_first_range(flight, M2)
    red = marks(scene, s.Fill, "can't be stopped any more")[0]
    edge = marks(scene, s.Line)[0]
    assert edge.y == pytest.approx(edge.x**2 / (2.0 * moment.available_mps2))
    assert red.x[-1] == edge.x[-1]
    spot = next(m for m in marks(scene, s.Spot) if m.text == "first valid range")
    assert (spot.x, spot.y) == (moment.down_mps, moment.height_m)
    assert spot.y < moment.stop_m  # in the red
    published = marks(scene, s.Dots, "published")[0]
    assert list(zip(published.y, published.x, strict=True)) == list(POINTS)
    assert "1323 m" in next(m.text for m in marks(scene, s.Rule))
    for number in (f"{moment.height_m:.0f} m", f"{moment.down_mps:.1f} m/s", f"{moment.believed_m:.0f} m higher", "too little", "1323 m"):
        assert number in scene.description
    assert scene.badge == ("CRASHED", "bad")
    assert scene.clock.at == pytest.approx(moment.t_s - flight.si["t"][-1])


def test_the_picture_of_a_flight_without_ranges_or_engines():
    silent = replace(M2, faults=(Fault("altimeter", "lockout"),))
    scene = stopping_scene(ll.fly(silent, seed=None), silent, latest_m=math.inf)
    assert "No valid range ever came" in scene.description
    assert "ranges from 10 km" in scene.description
    assert math.isnan(scene.facts["first_range_m"])
    dry = stopping_scene(ll.fly(off(-1000.0), seed=None), off(-1000.0), latest_m=0.0)
    tiles = {tile.name: tile.value for tile in dry.tiles}
    assert tiles["engines can give"] == "nothing"
    assert tiles["latest range that saves it"] == "any"
    assert "lower than it was" in dry.description
    assert not marks(dry, s.Fill)


def test_the_figure_is_described_and_refuses_what_is_no_flight(flight):
    figure = ll.plots.stopping(flight, ll.case("resilience-m2"), POINTS)
    assert "first valid range" in ll.plots.describe(figure)
    with pytest.raises(LunarlabError, match="must be the result of"):
        ll.plots.stopping("flight", M2)
    with pytest.raises(LunarlabError, match="must be the Scenario or Case"):
        ll.plots.stopping(flight, "resilience-m2")


def test_the_room_opens_on_the_flight_that_happened(flight):
    values = room.PANEL.start({})
    assert room.published() == POINTS
    assert ll.fly(room.build(values), seed=None).touchdown == flight.touchdown
    *_, latest = room.later(**values)
    assert latest == pytest.approx(latest_first_range(M2), abs=2.0)


@pytest.mark.parametrize(("name", "lands"), [
    ("ranges from 3 km, as expected", True), ("as flown, but it knows its height", True), ("as flown, with half more thrust", True),
    ("as flown, with a gentler plan", True), ("it believes to be too low", False),
])  # fmt: skip
def test_presets_of_the_room_end_as_their_names_say(name, lands):
    scene = room.compute(**room.PANEL.start(room.PANEL.presets[name]))
    assert bool(scene.facts["landed"]) is lands
