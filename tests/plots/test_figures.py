"""Figures of real flights: they exist, show what the histories say, and describe themselves in the right numbers."""

from __future__ import annotations

import re
import subprocess
import sys
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

import lunarlab
from lunarlab import plots
from lunarlab.descent.faults import Fault
from lunarlab.descent.flight import Flight
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts

DRAWINGS = ("descent", "innovation", "propulsion", "side_view")


@pytest.fixture(scope="module")
def mission1() -> Flight:
    return lunarlab.fly(lunarlab.case("hakuto-r-m1").scenario, seed=3)


@pytest.fixture(scope="module")
def landed() -> Flight:
    return lunarlab.fly(lunarlab.case("nominal-mare").scenario, seed=1)


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"[-+]?\d+(?:\.\d+)?", text)]


def says(text: str, value: float, digits: int) -> bool:
    return f"{value:.{digits}f}" in text


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("case", ["hakuto-r-m1-crater", "resilience-m2"])
def test_every_case_can_be_drawn_without_a_warning(name: str, case: str) -> None:
    figure = getattr(plots, name)(lunarlab.fly(lunarlab.case(case).scenario, seed=2))
    figure.canvas.draw()
    text = plots.describe(figure)
    assert len(numbers(text)) >= 3
    for ax in figure.axes:
        assert ax.get_ylabel()


def test_lanes_describe_truth_belief_and_gap(mission1: Flight) -> None:
    si = mission1.si
    text = plots.describe(plots.descent(mission1))
    zero = np.flatnonzero((si["est_height"] <= 0.0) & (si["t"] > 3000.0))[0]  # found again, without the event
    assert says(text, si["true_altitude"][zero] / 1e3, 2)
    burning = si["t"] > mission1.event("ignition").t_s - 60.0
    assert says(text, np.abs(si["true_altitude"] - si["est_height"])[burning].max() / 1e3, 2)
    assert says(text, np.hypot(si["true_vertical_speed"][-1], si["true_forward_speed"][-1]), 1)
    valid = si["meas_valid"] > 0
    used = int((valid & (si["nav_status"] == 1)).sum())
    assert f"{used} ranges were used and {int(valid.sum()) - used} refused" in text


def test_lanes_draw_the_histories(mission1: Flight) -> None:
    figure, si = plots.descent(mission1), mission1.si
    assert [ax.get_title(loc="left").split(":")[0] for ax in figure.axes[::2]] == [
        "Published", "What truly happened", "What was believed", "What the sensors said"]  # fmt: skip
    speed = np.sqrt(si["true_forward_speed"] ** 2 + si["true_vertical_speed"] ** 2)
    for ax, history in ((figure.axes[2], si["true_altitude"] / 1e3), (figure.axes[3], speed)):
        truth = next(line for line in ax.get_lines() if line.get_label() == "truth")
        t = truth.get_xdata()
        assert t[0] == pytest.approx(mission1.event("ignition").t_s - 60.0, abs=10.0) and t[-1] == si["t"][-1]
        np.testing.assert_allclose(truth.get_ydata(), np.interp(t, si["t"], history), atol=1e-9)
    belief = next(line for line in figure.axes[4].get_lines() if line.get_label() == "belief")
    np.testing.assert_allclose(belief.get_ydata(), np.interp(belief.get_xdata(), si["t"], si["est_height"]) / 1e3, atol=1e-9)
    innovation = figure.axes[7].get_lines()[1]
    assert np.nanmax(innovation.get_ydata()) == pytest.approx(np.nanmax(si["nav_innovation"]), rel=0.02)


def test_published_points_are_drawn_and_named(mission1: Flight) -> None:
    point = SimpleNamespace(t_s=3700.0, height_m=1234.0, sigma_t_s=20.0, sigma_height_m=100.0, confidence="derived", note="", source="x")
    figure = plots.descent(mission1, [point])
    assert "1.23 km at 3700 s (derived)" in plots.describe(figure)
    assert "no heights" in plots.describe(plots.descent(mission1))
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "derived"
    across, upright = (line for line in figure.axes[0].get_lines()[:2])
    assert np.nanmin(across.get_xdata()) == 3680.0 and np.nanmax(across.get_xdata()) == 3720.0
    assert [np.nanmin(upright.get_ydata()), np.nanmax(upright.get_ydata())] == pytest.approx([1.134, 1.334])


@pytest.mark.parametrize("name", lunarlab.case_names())
def test_every_case_has_four_lanes_with_its_published_points(name: str) -> None:
    """Each point that lies in the picture is drawn with its source in its words, and described with it."""
    from lunarlab.plots.lanes import lanes_scene, placed
    from lunarlab.plots.scene import Dots

    case = lunarlab.case(name)
    flight = case.fly(seed=0)
    scene = lanes_scene(flight, case.published, case.title)
    assert [row[0].title.split(":")[0] for row in scene.rows] == [
        "Published", "What truly happened", "What was believed", "What the sensors said"]  # fmt: skip
    for point, p in zip(case.published, placed(case.published, flight), strict=True):
        drawn = [m for m in scene.rows[0][0].marks + scene.rows[0][1].marks if isinstance(m, Dots) and any(p.words in t for t in m.texts)]
        assert len(drawn) >= len(p.values) or p.t_s < scene.clock.start
        assert point.source in p.words and point.confidence in p.words
        assert p.words in scene.description or p.t_s < scene.clock.start
    if name in ("apollo-11", "luna-25", "peregrine", "slim"):
        figure = plots.four_lanes(flight, case.published)
        figure.canvas.draw()
        assert plots.describe(figure).startswith("Four lanes")


def test_lanes_of_what_is_no_flight() -> None:
    with pytest.raises(LunarlabError, match=r"must be the result of lunarlab\.fly"):
        plots.four_lanes(3)


def test_innovation_describes_gate_and_rejection(mission1: Flight) -> None:
    si = mission1.si
    text = plots.describe(plots.innovation(mission1))
    first = np.flatnonzero((si["meas_valid"] > 0) & (np.abs(si["nav_innovation"]) > si["nav_gate"]))[0]
    assert f"{abs(si['nav_innovation'][first]):.0f} m longer" in text
    assert f"allows {si['nav_gate'][first]:.0f} m" in text
    assert f"T+{si['t'][first]:.0f} s" in text


def test_propulsion_describes_thrust_and_propellant(landed: Flight) -> None:
    si = landed.si
    text = plots.describe(plots.propulsion(landed))
    assert f"main engine up to {si['true_thrust_main'].max():.0f} N" in text
    assert f"assist engines up to {si['true_thrust_assist'].max():.0f} N" in text
    assert f"{si['true_mass'][0] - si['true_mass'][-1]:.1f} kg of propellant are used" in text
    assert "dry" not in text


def test_side_view_describes_ground_and_miss(mission1: Flight) -> None:
    text = plots.describe(plots.side_view(mission1))
    x, z = mission1.ground
    near = z[(x > -3e3) & (x < 40e3)]
    assert says(text, near.min() / 1e3, 2)
    assert says(text, near.max() / 1e3, 2)
    assert says(text, abs(mission1.si["true_distance"][-1]) / 1e3, 2)
    assert "before the target" in text


def test_text_stays_inside_the_figure(mission1: Flight) -> None:
    case = lunarlab.case("hakuto-r-m1")
    for name in DRAWINGS:
        figure = plots.descent(mission1, case.published) if name == "descent" else getattr(plots, name)(mission1)
        figure.canvas.draw()
        width, height = figure.canvas.get_width_height()
        for ax in figure.axes:
            left, right = sorted(ax.get_xlim())
            shown = [label for label in ax.get_xticklabels() if left <= label.get_position()[0] <= right]
            for text in [ax.xaxis.label, ax.yaxis.label, ax.title, *ax.texts, *shown]:
                if not text.get_visible() or not text.get_text():
                    continue
                box = text.get_window_extent()
                assert box.x0 >= -1, (name, text.get_text())
                assert box.x1 <= width + 1, (name, text.get_text())
                assert box.y0 >= -1, (name, text.get_text())
                assert box.y1 <= height + 1, (name, text.get_text())


def test_html_has_the_description_as_alternative_text(mission1: Flight) -> None:
    figure = plots.side_view(mission1)
    html = figure._repr_html_()
    alt = re.search(r'alt="([^"]+)"', html)
    assert alt is not None
    event = mission1.event("estimate_zero")
    assert event is not None
    assert f"{event.altitude_m / 1e3:.2f} km" in alt[1]
    assert "data:image/png;base64," in html


def test_a_figure_from_elsewhere_is_described_by_its_lines() -> None:
    figure, ax = plt.subplots()
    ax.plot([0, 1, 2], [5.0, 9.5, 7.0], label="speed")
    ax.set_ylabel("m/s")
    plt.close(figure)
    text = plots.describe(figure)
    assert "speed" in text
    assert "highest 9.5" in text


def test_show_prints_the_description_in_plain_python(capsys: pytest.CaptureFixture[str], landed: Flight) -> None:
    figure = plots.propulsion(landed)
    plots.show(figure)
    assert capsys.readouterr().out.strip() == plots.describe(figure)


@pytest.mark.parametrize("name", DRAWINGS)
def test_something_else_than_a_flight_is_refused(name: str) -> None:
    with pytest.raises(LunarlabError, match=r"result of lunarlab\.fly"):
        getattr(plots, name)("flight")
    with pytest.raises(LunarlabError, match="record=True"):
        getattr(plots, name)(lunarlab.fly(Scenario(), record=False))


def test_a_flight_without_any_range_can_be_drawn() -> None:
    flight = lunarlab.fly(Scenario(faults=(Fault("altimeter", "absent"),)), seed=0)
    assert "no valid range" in plots.describe(plots.innovation(flight)).lower()
    plots.descent(flight).canvas.draw()


def test_belief_follows_the_map_where_there_is_one() -> None:
    import dataclasses

    scene = lunarlab.case("hakuto-r-m1").no_fault
    with_map = dataclasses.replace(scene, navigation=dataclasses.replace(scene.navigation, map=1, policy="gate"))
    flight = lunarlab.fly(with_map, seed=1)
    assert facts.mapped(flight)
    assert not facts.mapped(lunarlab.fly(lunarlab.case("hakuto-r-m1").scenario, seed=1))
    # with a map the believed altitude is near the true one at the target, which lies far below the datum
    assert abs(facts.believed_altitude(flight)[-1]) < 300.0
    assert flight.si["est_height"][-1] < -500.0


def test_import_is_light() -> None:
    code = "import sys, lunarlab; import lunarlab.plots; sys.exit(any(m in sys.modules for m in ('matplotlib', 'ipywidgets', 'anywidget')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_any_figure_names_its_bands_and_limits_and_leaves_helpers_out() -> None:
    from lunarlab.plots.style import new_figure

    figure, (top, low) = new_figure(2)
    top.plot([0, 1, 2], [5.0, 1e-11, 3.0], label="height")
    top.axhline(0.0)
    top.axvspan(47.0, 48.0, label="contact lost")
    top.axhspan(2.0, 3.0, label="wanted")
    low.axvline(10.57, label="re-entry")
    low.axhline(3.5, label="limit")
    low.set_xlabel("days")
    text = plots.describe(figure)
    assert "height: 3 points from 5 to 3, lowest 0, highest 5." in text
    assert "contact lost: from 47 to 48." in text
    assert "wanted: from 2 to 3." in text
    assert "re-entry: at 10.57." in text
    assert "limit: at 3.5." in text
    assert "a line" not in text
    assert "over x" not in text


def test_the_calendar_shades_what_was_asked_for_in_line_with_its_dates() -> None:
    from lunarlab.insertion import windows

    found = windows.opportunities("mare-frigoris", "2025-05-21", "2025-07-05", which="estrack", sun_limits_deg=(5.0, 20.0))
    figure = plots.calendar(found, "2025-05-21", "2025-07-05", which="estrack", sun_limits_deg=(5.0, 20.0))
    figure.canvas.draw()
    days, light = figure.axes
    assert days.get_position().x0 == pytest.approx(light.get_position().x0, abs=1e-6)
    wanted = next(patch for patch in light.patches if patch.get_label() == "wanted")
    assert sorted(set(wanted.get_xy()[:, 1])) == [5.0, 20.0]
