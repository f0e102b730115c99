"""Scenes: what is drawn is what was computed, and the description says so; painted on paper without a warning."""

from __future__ import annotations

import math
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lunarlab import plots
from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.plots.orbits import map_view, split_track
from lunarlab.plots.paint import DASHES, HEAT, INKS, PALETTE, SHAPES, paint
from lunarlab.plots.style import LunarFigure


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", "").replace("−", "-")) for n in re.findall(r"[-−]?\d[\d,]*(?:\.\d+)?", text)]


def every_mark() -> s.Scene:
    x = np.linspace(0.0, 10.0, 21)
    field = np.add.outer(x, x)
    field[0, 0] = np.nan
    marks = (
        s.Heat(field, 0.0, 10.0, 0.0, 10.0, 0.0, 20.0, "cost, m/s", (5.0, 10.0)), s.Region(field, 0.0, 10.0, 0.0, 10.0, 4.0, "pink", "forbidden"),
        s.Line(x, x, "blue", "line", "dash"), s.between(x, x - 1.0, x + 1.0, ink="green", name="band"), s.Dots(x, x, "red", "cross", "dots"),
        s.Boxes([1.0], [3.0], [1.0], [2.0], "orange", "box", 0.8, ("box",)), s.Spot(5.0, 5.0, "spot", "ink", "star", "corner"),
        s.Disc(8.0, 2.0, 0.5, "moon", "Moon"), s.Rule(4.0, "x", "rule"), s.Rule(6.0, "y", "level", side="end"), s.Arrow(1.0, 8.0, 1.0, 0.0, "way"),
        s.Mover(x, x, x, "blue"), s.Mover(x, x, 10.0 - x, "grey", "moon", 0.2, "Moon"),
        s.Classes(np.array([[0.0, 1.0], [np.nan, 1.0]]), 6.0, 7.0, 6.0, 7.0, ("a class", "another", "a third"), ("green", "red", "blue")),
        s.Outline(x, x[:, None] + [0.0, 1.0, 0.0], x[:, None] + [0.0, 1.0, 1.0], "pink", 0.5),
    )  # fmt: skip
    view = s.View("All marks", s.Axis("km", 0.0, 10.0), s.Axis("km", 0.0, 10.0), marks, True)
    days = s.View("Dates", s.Axis("UTC", 0.0, 30.0, "date", "2025-06-05"), s.Axis("m", 1.0, 1e3, "log"), (s.Line([0.0, 30.0], [1.0, 1e3]),))
    lanes = s.View("Lanes", s.Axis("t", 0.0, 10.0, clock=True), s.Axis("", 0.0, 2.0, ticks=((0.5, "a"), (1.5, "b"))), (s.Line(x, x / 5.0),))
    tiles = (s.Tile("one", "1 m"), s.Tile("two", t=x, values=2.0 * x, unit="km"))
    return s.Scene("Everything", ((view,), (days, lanes)), "All marks are here.", tiles, ("GOOD", "good"), ("a note",), s.Clock(0.0, 10.0, "h", 5.0), {"x": 1.0})


def test_every_mark_is_painted() -> None:
    figure = paint(every_mark())
    figure.canvas.draw()
    assert isinstance(figure, LunarFigure)
    assert plots.describe(figure) == "All marks are here."
    assert len(figure.axes) == 4  # three views and a colour scale
    assert not plt.get_fignums()


def test_movers_stand_where_the_clock_says() -> None:
    figure = paint(every_mark())
    spots = [line.get_xydata()[0] for line in figure.axes[0].get_lines() if len(line.get_xydata()) == 1]
    assert any(np.allclose(place, (5.0, 5.0)) for place in spots)


@pytest.mark.parametrize("table", [INKS, DASHES, SHAPES])
def test_paper_knows_all_words(table: dict[str, object]) -> None:
    assert set(table) == set({id(INKS): s.INKS, id(DASHES): s.DASHES, id(SHAPES): s.SHAPES}[id(table)])


def test_cheap_is_bright_in_both_palettes() -> None:
    low, high = (sum(HEAT(u)[:3]) for u in (0.0, 1.0))
    assert low > high + 1.0
    from lunarlab.console.deck import joined

    found = re.search(r"PALETTE = \[([^\]]+)\]", joined("field.js"))
    assert found is not None
    assert tuple(re.findall(r"#[0-9a-f]{6}", found[1])) == PALETTE


@pytest.mark.parametrize("sizes", [(3, 4), (0, 1)])
def test_columns_of_different_length_are_a_mistake(sizes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="shape"):
        s.Line(np.zeros(sizes[0]), np.zeros(sizes[1]))


def test_classes_name_those_that_occur() -> None:
    grid = s.Classes(np.array([[0.0, 2.0], [np.nan, 2.0]]), 0, 1, 0, 1, ("a", "b", "c"), ("green", "red", "blue"))
    assert grid.present == [0, 2]
    ax = paint(s.Scene("", ((s.View("", s.Axis("", 0, 1), s.Axis("", 0, 1), (grid,)),),), "words")).axes[0]
    assert ax.get_legend_handles_labels()[1] == ["a", "c"]
    with pytest.raises(ValueError, match="2 names and 1 inks"):
        s.Classes(np.zeros((1, 1)), 0, 1, 0, 1, ("a", "b"), ("green",))


def test_an_outline_moves_between_its_frames() -> None:
    outline = s.Outline([0.0, 2.0], [[0.0, 1.0], [4.0, 5.0]], [[0.0, 0.0], [1.0, 1.0]])
    for now, expected in ((-1.0, ([0.0, 1.0], [0.0, 0.0])), (0.5, ([1.0, 2.0], [0.25, 0.25])), (9.0, ([4.0, 5.0], [1.0, 1.0]))):
        np.testing.assert_allclose(outline.at(now), expected)
    np.testing.assert_allclose(s.Outline([0.0], [[1.0, 2.0]], [[3.0, 4.0]]).at(5.0), [[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match="Outline: 3 times"):
        s.Outline([0.0, 1.0, 2.0], np.zeros((2, 4)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="shape"):
        s.Dots([0.0, 1.0], [0.0, 1.0], keys=np.array([1.0]))


def test_a_crowded_legend_stands_above_the_picture() -> None:
    x = np.linspace(0.0, 1.0, 3)
    lines = tuple(s.Line(x, x * i, name=f"a rather long name of line {i}") for i in range(6))
    figure = paint(s.Scene("", ((s.View("Title", s.Axis("", 0, 1), s.Axis("", 0, 5), lines),),), "words"))
    figure.canvas.draw()
    ax = figure.axes[0]
    legend, title = ax.get_legend().get_window_extent(), ax.title  # type: ignore[union-attr]
    assert legend.y0 >= ax.get_window_extent().y1 - 3.0
    title = ax.get_title(loc="left")
    assert title == "Title"
    words = next(t for t in [*ax.texts, ax._left_title] if t.get_text() == "Title").get_window_extent()  # type: ignore[attr-defined]
    assert words.y0 >= legend.y1 - 3.0
    assert words.y1 <= figure.bbox.height


def test_axes_need_two_limits() -> None:
    with pytest.raises(ValueError, match="axis"):
        s.Axis("km", 0.0, math.nan)
    with pytest.raises(ValueError, match="axis"):
        s.Axis("km", 1.0, 1.0)


@pytest.mark.parametrize(("value", "expected"), [(0.0, 1.0), (0.9, 1.0), (1.01, 1.2), (7.0, 8.0), (1000.0, 1000.0), (1100.0, 1200.0), (8.5e5, 1e6)])
def test_round_limits(value: float, expected: float) -> None:
    assert s.round_up(value) == pytest.approx(expected)


def test_a_track_is_cut_at_the_edge_of_the_map() -> None:
    lon, lat = split_track(np.radians([170.0, 179.0, 188.0, 197.0]), np.zeros(4))
    np.testing.assert_allclose(lon, [170.0, 179.0, np.nan, -172.0, -163.0])
    assert np.isnan(lat[2])
    assert map_view(()).x.low == -180.0


# -- orbits ------------------------------------------------------------------------------------------------------------
def test_orbit_says_period_and_speeds() -> None:
    figure = plots.orbit(100e3, 100e3, math.pi / 2)
    text = plots.describe(figure)
    assert "117.8 minutes" in text  # 1,633.5 m/s and 117.8 min: closed form, as published tables have it
    assert "1,633.5 m/s" in text
    a = R_MOON + 0.5 * (70e3 + 5800e3)
    text = plots.describe(plots.orbit(5800e3, 70e3, 0.3))
    assert f"{2 * math.pi * math.sqrt(a**3 / MU_MOON) / 60:.1f} minutes" in text
    assert f"{math.sqrt(MU_MOON * (2 / (R_MOON + 70e3) - 1 / a)):,.1f} m/s at the perilune" in text
    assert "prograde" in text


def test_the_ground_track_moves_west() -> None:
    from lunarlab.plots.orbits import orbit_scene

    track = next(mark for view in orbit_scene(100e3, 100e3, math.pi / 2).views for mark in view.marks if isinstance(mark, s.Line) and np.isnan(mark.x).any())
    lon, lat = track.x[np.isfinite(track.x)], track.y[np.isfinite(track.y)]
    north = np.flatnonzero((lat[:-1] < 0.0) & (lat[1:] >= 0.0) & (np.abs(lon[1:]) < 90.0))  # next ascending nodes
    turn = 2.0 * math.pi * math.sqrt((R_MOON + 100e3) ** 3 / MU_MOON)
    steps = np.diff(np.concatenate([[0.0], lon[north + 1]]))
    np.testing.assert_allclose(steps, -360.0 * turn / (27.321661 * DAY), rtol=0.05)


def test_orbit_below_the_ground_is_a_crash() -> None:
    assert "path to a crash" in plots.describe(plots.orbit(-22e3, 100e3, math.pi / 2))
    with pytest.raises(LunarlabError, match="inclination_rad"):
        plots.orbit(1e5, 1e5, 4.0)


def test_ground_track_finds_the_nearest_site() -> None:
    t = np.linspace(0.0, 7000.0, 50)
    text = plots.describe(plots.ground_track(t, np.full(50, math.radians(44.4)), np.linspace(-1.5, 1.5, 50)))
    assert "Atlas" in text
    with pytest.raises(LunarlabError, match="shapes"):
        plots.ground_track(t, [0.0], [0.0])


def test_lifetimes_are_told_with_their_degrees() -> None:
    from lunarlab import twobody
    from lunarlab.insertion.orbits import lifetimes

    orbit = twobody.Elements(R_MOON + 30e3, 0.0, math.radians(10.0))
    found = lifetimes(orbit, (2, 8), horizon_s=6 * DAY)
    text = plots.describe(plots.lifetime(found))
    for item in found:
        assert f"at degree {item.degree}" in text
        assert f"{item.lifetime_s / DAY:.1f} days" in text if not item.survives else "outlives 6 days" in text
    with pytest.raises(LunarlabError, match="lifetimes"):
        plots.lifetime([3])


# -- the way there -----------------------------------------------------------------------------------------------------
def test_forbidden_says_which_gates_are_open() -> None:
    assert "past L1 and L2" in plots.describe(plots.forbidden(3.17))
    assert "nowhere" in plots.describe(plots.forbidden(3.2))
    from lunarlab.plots.threebody import forbidden_scene

    region = next(mark for mark in forbidden_scene(3.17).views[0].marks if isinstance(mark, s.Region))
    x, y = np.linspace(region.x0, region.x1, region.values.shape[1]), np.linspace(region.y0, region.y1, region.values.shape[0])

    def below(at_x: float, at_y: float) -> bool:
        return bool(region.values[np.abs(y - at_y).argmin(), np.abs(x - at_x).argmin()] < region.level)

    assert below(187.5, 333.0)  # at L4, in thousands of km
    assert not below(50.0, 30.0)  # near the Earth
    assert not below(0.0, 800.0)  # far outside
    with pytest.raises(LunarlabError, match="jacobi"):
        plots.forbidden(-1.0)


def test_a_path_says_its_distances() -> None:
    from lunarlab.transfer import threebody

    t = np.linspace(0.0, 3.0, 60)
    arc = threebody.propagate(np.array([0.5, 0.0, 0.0, 0.0, 0.8, 0.0]), 3.0, times=t)
    figure = plots.path(t, arc.y, jacobi=3.0)
    system = threebody.EARTH_MOON
    earth = np.hypot(arc.y[:, 0] + system.mu, arc.y[:, 1]) * system.length_m / 1e3
    assert f"{earth.max():,.0f} km from the Earth's centre" in plots.describe(figure)
    assert len(figure.axes) == 2
    assert len(plots.path(t, arc.y, frame="inertial").axes) == 1
    with pytest.raises(LunarlabError, match="frame"):
        plots.path(t, arc.y, frame="upside down")
    with pytest.raises(LunarlabError, match="shape"):
        plots.path(t, arc.y[:-1])


def test_transfers_are_drawn_in_both_axes() -> None:
    days = np.linspace(0.0, 5.0, 40)
    angle = 2.0 * np.pi * days / 27.3
    moon = 384.4e6 * np.column_stack([np.cos(angle), np.sin(angle), 0.0 * angle])
    craft = moon * np.linspace(0.02, 0.99, 40)[:, None]
    figure = plots.transfer([(days * DAY, craft, moon), (days * DAY, 0.5 * craft, moon)], names=("one", "two"))
    text = plots.describe(figure)
    assert text.count("Farthest from the Earth") == 2
    assert f"{0.99 * 384_400:,.0f} km after 5.0 days" in text
    turning = next(line for line in figure.axes[1].get_lines() if line.get_label() == "one")
    assert np.abs(turning.get_ydata()).max() < 1e-9  # straight towards the Moon
    for wrong in ("route", (days, craft, moon[:-1]), []):
        with pytest.raises(LunarlabError):
            plots.transfer(wrong)


def test_porkchop_names_its_cheapest_transfer() -> None:
    from lunarlab.transfer.lambert import porkchop

    chops = porkchop(np.array([7.9e8, 7.9e8 + DAY, 7.9e8 + 2 * DAY]), DAY * np.array([3.5, 4.0, 4.5, 5.0]))
    text = plots.describe(plots.porkchop(chops))
    i, j = np.unravel_index(np.argmin(chops.dv_total_mps), chops.dv_total_mps.shape)
    assert f"{chops.dv_total_mps[i, j]:,.0f} m/s in all" in text
    assert f"{chops.flights_s[j] / DAY:.2f} days" in text
    plots.porkchop(chops, "c3_m2ps2", at=(7.9e8, 4 * DAY)).canvas.draw()
    from lunarlab.plots.porkchops import porkchop_scene

    field, star = porkchop_scene(chops).views[0].marks[:2]
    assert isinstance(field, s.Heat)
    assert isinstance(star, s.Spot)
    np.testing.assert_array_equal(field.values, chops.dv_total_mps.T)  # flights upwards, departures across
    assert (star.x, star.y) == (float(i), chops.flights_s[j] / DAY)
    with pytest.raises(LunarlabError, match="grid"):
        plots.porkchop(chops, "price")
    with pytest.raises(LunarlabError, match="porkchop"):
        plots.porkchop("chop")


def test_a_family_in_space_says_its_size() -> None:
    from lunarlab.transfer import named

    orbits = [named.halo("L2", z=z) for z in (0.02, 0.1)]
    figure = plots.family(orbits)
    figure.canvas.draw()
    text = plots.describe(figure)
    assert "2 halo orbits" in text
    periods = [orbit.period * 382981.289129055 / DAY for orbit in orbits]  # unit of time of the JPL catalogue
    assert f"periods of {min(periods):.2f} to {max(periods):.2f} days" in text
    with pytest.raises(LunarlabError, match="orbits"):
        plots.family(["halo"])
    with pytest.raises(LunarlabError, match="tubes"):
        plots.manifold("tube")


# -- at the Moon -------------------------------------------------------------------------------------------------------
def test_capture_says_what_became_of_the_orbit() -> None:
    from lunarlab.insertion.burn import Burn, BurnFault, Engine, fly_burn

    r, v = [R_MOON + 100e3, 0.0, 0.0], [0.0, math.sqrt(MU_MOON / (R_MOON + 100e3)), 0.0]
    engine, burn = Engine(289.2, 290.0), Burn(dv_mps=18.75, timer_s=127.0)
    planned = fly_burn(r, v, 1300.0, engine, burn)
    flown = fly_burn(r, v, 1300.0, engine, burn, faults=(BurnFault("accelerometer", "dead"),))
    text = plots.describe(plots.capture(flown, planned))
    assert "1.51 times as long" in text  # 127 s for 84 s, as published
    assert "−22." in text
    assert f"{flown.impact_speed_mps:,.0f} m/s" in text
    assert "as planned" not in plots.describe(plots.capture(planned))
    with pytest.raises(LunarlabError, match="fly_burn"):
        plots.capture("burn")


def test_margins_say_what_is_lost() -> None:
    from lunarlab.insertion.propellant import fly_propellant
    from lunarlab.insertion.tanks import PropellantFault, PropellantScenario

    flight = fly_propellant(PropellantScenario(faults=(PropellantFault("valve", "stuck_open"),)))
    text = plots.describe(plots.margins(flight, 24 * 3600.0, [(3600.0, 40.0)]))
    assert f"{float(flight.dv_at(86400.0)):,.0f} m/s" in text
    assert f"landing after {flight.lost_s['landing'] / 3600:.1f} h" in text
    assert "Everything is still paid for" in plots.describe(plots.margins(fly_propellant(PropellantScenario())))
    with pytest.raises(LunarlabError, match="fly_propellant"):
        plots.margins("flight")


def test_calendar_tells_dates_and_reasons() -> None:
    from lunarlab.insertion.windows import opportunities, plane_through

    orbit = plane_through("mare-frigoris", "2025-06-05T19:17")
    found = opportunities("mare-frigoris", "2025-05-21", "2025-06-25", orbit=orbit, every=True)
    text = plots.describe(plots.calendar(found))
    assert "2025-06-05 19:17" in text
    good = [item for item in found if item.good]
    assert f"{len(found)} chances to land at Mare Frigoris, {len(good)} of them" in text
    assert next(item for item in found if not item.good).problems[0] in text
    for wrong in ("when", []):
        with pytest.raises(LunarlabError, match="opportunities"):
            plots.calendar(wrong)


def test_words_stay_inside_painted_figures() -> None:
    figure = plots.orbit(70e3, 5800e3, 1.5)
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for ax in figure.axes:
        for text in [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts]:
            if text.get_text():
                box = text.get_window_extent()
                assert box.x0 >= -2, text.get_text()
                assert box.x1 <= width + 2, text.get_text()
                assert box.y0 >= -2, text.get_text()
                assert box.y1 <= height + 2, text.get_text()


def test_descriptions_hold_numbers() -> None:
    assert len(numbers(plots.describe(plots.orbit(1e5, 1e6, 1.0)))) >= 5
