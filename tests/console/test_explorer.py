"""Explorers without a browser: scenes as packets, controls to pictures, errors in the panel, fallback, and every panel."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import lunarlab
from lunarlab.console import still, stillscene
from lunarlab.console.controls import Choose, Panel, Slide, Tick, position
from lunarlab.console.deck import joined
from lunarlab.console.explorer import Explorer
from lunarlab.console.scene import pack
from lunarlab.console.stillscene import StillScene
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s

ROOMS = ("orbit", "transfer", "low_energy", "insertion", "margins", "windows", "guidance", "touchdown", "stopping", "sources",
         "scoreboard", "surface")  # fmt: skip
# For each panel: a control, a value that is not its own, and a number behind the readouts that must follow.
MOVES = {
    "orbit": ("apolune_km", 2000.0, "period_s"),
    "transfer": ("faster_mps", 60.0, "flight_s"),
    "low_energy": ("sun_deg", 140.0, "closest_altitude_m"),
    "insertion": ("timer_ratio", 1.2, "perilune_m"),
    "margins": ("decide_h", 100.0, "usable_mps"),
    "windows": ("day", 20.0, "sun_elevation_rad"),
    "guidance": ("contact_speed_mps", 1.2, "vertical_mps"),
    "touchdown": ("lateral_mps", 3.0, "slide_m"),
    "sources": ("apolune_km", 600.0, "coast_s"),
    "surface": ("area_percent", 50.0, "most_W"),
    "stopping": ("thrust_percent", 120.0, "available_mps2"),
    "scoreboard": ("success", 4, "successes"),
}


def panel(name: str) -> Panel:
    found: Panel = importlib.import_module(f"lunarlab.console.rooms.{name}").PANEL
    return found


def compute(*, size: float, many: bool, kind: str) -> s.Scene:
    if size > 8.0:
        raise LunarlabError(f"size is {size:g}; it must stay below 8")
    if size > 7.0:
        raise ZeroDivisionError("a bug")
    x = np.linspace(0.0, size, 11)
    view = s.View("Toy", s.Axis("m", 0.0, 10.0), s.Axis("m", 0.0, 10.0), (s.Line(x, x), s.Mover(x, x, x)))
    tiles = (s.Tile("size", f"{size:g} m"), s.Tile("now", t=x, values=x, unit="m"))
    words = f"A line of {size:g} m, {'many' if many else 'one'}, {kind}."
    return s.Scene("Toy", ((view,),), words, tiles, clock=s.Clock(0.0, size, "s"), facts={"size_m": size})


CONTROLS = (
    "Heading", Slide("size", "Size, m", 3.0, 1.0, 10.0, 0.5), Tick("many", "Many"),
    Choose("kind", "Kind", "a", (("first", "a"), ("second", "b")), when=lambda values: bool(values["many"])),
)  # fmt: skip


@pytest.fixture
def toy() -> Explorer:
    return Explorer(compute, CONTROLS, name="toy", presets={"large": {"size": 6.0, "many": True}})


def numbers_of(words: dict[str, Any], data: bytes, place: dict[str, int]) -> np.ndarray:
    return np.frombuffer(data, dtype=np.float32)[place["at"] : place["at"] + place["n"]]


# -- packets -----------------------------------------------------------------------------------------------------------
def test_a_packet_holds_the_scene() -> None:
    scene = compute(size=4.0, many=True, kind="a")
    words, data = pack(scene)
    json.dumps(words, allow_nan=False)
    mark = words["rows"][0][0]["marks"][0]
    assert mark["kind"] == "line"
    np.testing.assert_allclose(numbers_of(words, data, mark["x"]), scene.views[0].marks[0].x, rtol=1e-6)  # type: ignore[union-attr]
    assert words["description"] == scene.description
    assert words["clock"]["stop"] == 4.0
    np.testing.assert_allclose(numbers_of(words, data, words["tiles"][1]["values"]), np.linspace(0.0, 4.0, 11), rtol=1e-6)


def test_a_column_that_is_used_twice_is_sent_once() -> None:
    words, data = pack(compute(size=4.0, many=True, kind="a"))
    line, mover = words["rows"][0][0]["marks"]
    assert line["x"] == mover["x"] == words["tiles"][1]["t"]
    assert len(data) == 4 * 11


def test_fields_keep_their_shape() -> None:
    heat = s.Heat(np.arange(6.0).reshape(2, 3), 0, 1, 0, 1, 0, 6, "m")
    view = s.View("", s.Axis("", 0, 1), s.Axis("", 0, 1), (heat,))
    words, data = pack(s.Scene("", ((view,),), "words"))
    place = words["rows"][0][0]["marks"][0]["values"]
    assert (place["ny"], place["nx"]) == (2, 3)
    np.testing.assert_array_equal(numbers_of(words, data, place), np.arange(6.0))


def test_frames_and_keys_reach_the_browser() -> None:
    outline = s.Outline([0.0, 1.0], np.arange(6.0).reshape(2, 3), np.zeros((2, 3)))
    dots = s.Dots([1.0, 2.0], [3.0, 4.0], keys=np.array([17, 4]), key_name="flight")
    view = s.View("", s.Axis("", 0, 1), s.Axis("", 0, 1), (outline, dots, s.Dots([1.0], [1.0])))
    words, data = pack(s.Scene("", ((view,),), "words"))
    moved, picked, plain = words["rows"][0][0]["marks"]
    assert (moved["x"]["ny"], moved["x"]["nx"]) == (2, 3)
    np.testing.assert_array_equal(numbers_of(words, data, moved["x"]), np.arange(6.0))
    np.testing.assert_array_equal(numbers_of(words, data, picked["keys"]), [17, 4])
    assert plain["keys"] is None


def test_the_browser_draws_every_mark_and_ink() -> None:
    code = joined("view.js")
    for mark in s.Mark.__args__:  # type: ignore[attr-defined]
        kind = mark.__name__.lower()
        assert re.search(rf"\b{kind}(\(ctx|:)|kind [!=]== \"{kind}\"", code), kind
    for words in (*s.INKS, *(shape for shape in s.SHAPES if shape != "dot"), *(body for body in s.BODIES if body)):
        assert re.search(rf"\b{words}\b", code), words


# -- controls ----------------------------------------------------------------------------------------------------------
def test_controls_reach_the_picture(toy: Explorer) -> None:
    assert toy.values == {"size": 3.0, "many": False, "kind": "a"}
    assert toy.facts == {"size_m": 3.0}
    toy.controls["size"].value = 5.0
    assert toy.facts == {"size_m": 5.0}
    assert "5 m" in toy._canvas.words["description"]
    assert toy._canvas.words["settings"]["size"] == 5.0
    assert "A line of 5 m" in repr(toy)


def test_a_control_without_meaning_is_hidden(toy: Explorer) -> None:
    assert toy.controls["kind"].layout.display == "none"
    toy.controls["many"].value = True
    assert not toy.controls["kind"].layout.display


def test_presets_and_reset(toy: Explorer) -> None:
    before = toy.renders
    toy._presets.value = "large"
    assert toy.values == {"size": 6.0, "many": True, "kind": "a"}
    assert toy.renders == before + 1
    toy.set(size=2.25)
    assert toy.facts == {"size_m": 2.25}
    toy._reset()
    assert toy.values == {"size": 3.0, "many": False, "kind": "a"}
    with pytest.raises(LunarlabError, match="no control 'colour'"):
        toy.set(colour="red")


def test_a_number_between_two_steps_stays_what_it_was(toy: Explorer) -> None:
    toy.set(size=2.2)
    toy.controls["size"].value = 2.0  # the browser moves it to its grid and says so
    assert toy.facts == {"size_m": 2.2}
    toy.controls["size"].value = 3.0
    assert toy.facts == {"size_m": 3.0}


def test_fifty_changes_are_two_pictures_and_the_last_wins(toy: Explorer) -> None:
    async def drag() -> None:
        before = toy.renders
        for size in np.linspace(1.0, 6.5, 50):
            toy.controls["size"].value = size
        assert toy.renders - before == 1
        await asyncio.sleep(0.05)
        assert toy.renders - before == 2

    asyncio.run(drag())
    assert toy.facts == {"size_m": 6.5}


def test_an_error_is_a_line_and_the_last_picture_stays(toy: Explorer) -> None:
    toy.controls["size"].value = 5.0
    numbers = toy._canvas.numbers
    toy.controls["size"].value = 9.0
    assert "size is 9" in toy._canvas.words["error"]
    assert "rows" not in toy._canvas.words
    assert toy._canvas.numbers == numbers
    assert toy.scene is None
    assert toy.facts == {}
    toy.controls["size"].value = 7.5
    assert "could not compute this (ZeroDivisionError: a bug)" in toy._canvas.words["error"]
    toy.controls["size"].value = 4.0
    assert toy._canvas.words["error"] == ""
    assert toy.facts == {"size_m": 4.0}


def test_a_wrong_start_is_said_not_raised() -> None:
    explorer = Explorer(compute, CONTROLS, name="toy", start={"size": 99.0})
    assert "size is 99" in explorer._canvas.words["error"]
    assert explorer.facts == {"size_m": 3.0}
    explorer.controls["size"].value = 4.0
    assert explorer._canvas.words["error"] == ""


def test_sliders_send_no_echo(toy: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    slider = toy.controls["size"]
    monkeypatch.setattr(slider, "_send", lambda message, buffers=None: sent.append(message["method"]))
    slider.set_state({"value": 4.0})
    assert toy.facts == {"size_m": 4.0}
    assert sent == []


def test_stops_of_a_slider() -> None:
    stops = Choose("day", "Day", "b", (("1 May", "a"), ("2 May", "b")), slide=True)
    explorer = Explorer(lambda day: compute(size=2.0, many=False, kind=day), (stops,))
    assert explorer._canvas.words["settings"] == {"day": 1}
    explorer.controls["day"].set_state({"index": 0})
    assert explorer.values == {"day": "a"}


@pytest.mark.parametrize(
    ("control", "value", "match"),
    [
        (Slide("size", "", 1.0, 0.0, 2.0, 0.1), 3.0, "size is 3"), (Slide("size", "", 1.0, 0.0, 2.0, 0.1), "wide", "size is 'wide'"),
        (Choose("kind", "", "a", (("first", "a"),)), "z", "kind is 'z'; allowed are 'a'"), (Tick("many", ""), "yes", "many is 'yes'"),
    ],
)  # fmt: skip
def test_controls_refuse_what_they_cannot_take(control: Any, value: Any, match: str) -> None:
    with pytest.raises(LunarlabError, match=match):
        control.check(value)


def test_where_a_control_stands() -> None:
    assert position(Slide("a", "", 10.0, 1.0, 100.0, 0.1, log=True), 100.0) == 2.0
    assert position(Choose("a", "", "x", (("one", "x"),)), "x") == "x"
    assert position(Tick("a", ""), True) == 1.0
    assert Choose("a", "", "x", (("one", "x"),)).check("one") == "x"


# -- the panels --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ROOMS)
def test_a_panel_opens_and_follows_its_control(name: str) -> None:
    room = panel(name)
    explorer = Explorer(
        room.compute, room.controls, name=room.name, presets=room.presets, hint=room.hint, later=room.later, report=room.report
    )
    assert explorer.error == ""
    before, words = explorer.facts, explorer._canvas.words["description"]
    assert len(words) > 100
    assert re.search(r"\d", words)
    key, value, number = MOVES[name]
    explorer.controls[key].value = value
    assert explorer.error == ""
    assert explorer.facts[number] != before[number]
    assert explorer._canvas.words["description"] != words
    assert all(np.isfinite(v) or v != v or v > 0 for v in explorer.facts.values())
    json.dumps(explorer._canvas.words, allow_nan=False)
    assert len(explorer._canvas.numbers) < 400_000


@pytest.mark.parametrize("name", ROOMS)
def test_every_preset_of_a_panel_can_be_drawn(name: str) -> None:
    room = panel(name)
    for title, values in room.presets.items():
        if values.get("picture") == "real":
            continue  # takes seconds; its figure is tested elsewhere
        scene = room.compute(**room.start(values))
        assert scene.views, title
        assert any(isinstance(mark, s.Line | s.Boxes | s.Heat) for view in scene.views for mark in view.marks)
        assert len(scene.description) > 80
        assert len(scene.tiles) <= 8
        words, _ = pack(scene)
        json.dumps(words, allow_nan=False)


@pytest.mark.parametrize("name", ROOMS)
def test_a_panel_without_widgets_is_a_figure_and_text(name: str) -> None:
    shown = getattr(lunarlab.console, name)()
    assert isinstance(shown, StillScene)
    assert shown.facts
    assert shown.text.count("\n") >= 4
    assert 'alt="' in shown._repr_html_()
    key, _, _ = MOVES[name]
    wrong = getattr(lunarlab.console, name)(**{key: "nonsense"})
    assert f"{key} is 'nonsense'" in wrong.text
    assert wrong.facts == shown.facts
    assert "no control 'colour'" in repr(getattr(lunarlab.console, name)(colour="red"))


def test_a_panel_in_a_kernel_is_an_explorer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "widgets_available", lambda: True)
    shown = lunarlab.console.orbit(perilune_km=50, apolune_km=333)
    assert isinstance(shown, Explorer)
    assert shown.facts["perilune_m"] == 50e3
    assert shown.facts["apolune_m"] == 333e3
    data, _ = shown._repr_mimebundle_()
    assert "Orbit of 50 by 333 km" in data["text/plain"]
    assert len(shown.figure.axes) == 4
    assert shown.still().facts == shown.facts


def test_a_scene_that_cannot_be_computed_is_said_without_widgets() -> None:
    room = Panel("toy", compute, CONTROLS)
    assert "size is 9" in repr(stillscene.open_panel(room, {"size": 9.0}))
    assert stillscene.open_panel(room, {"size": 9.0}).figure is None


def test_reference_values_are_in_the_pictures() -> None:
    low = panel("low_energy")
    fast, slow = (low.compute(**low.start(low.presets[name])).facts for name in ("the fast way: 4.6 days", "the long way: 99 days"))
    assert fast["dv_total_mps"] == pytest.approx(3944.8, abs=0.1)  # Topputo 2013: 3.9448 km/s
    assert slow["dv_total_mps"] <= 3840.0
    insertion = panel("insertion")
    luna = insertion.compute(**insertion.start(insertion.presets["Luna 25: dead accelerometer"])).facts
    assert luna["burn_ratio"] == pytest.approx(1.512, abs=0.001)
    assert luna["perilune_m"] < 0
    assert 1680 < luna["impact_speed_mps"] < 1710
    saved = insertion.compute(**insertion.start({"timer_ratio": 1.214})).facts  # 102 s
    assert saved["perilune_m"] > 0
    orbit = panel("orbit").compute(**panel("orbit").start({})).facts
    assert orbit["speed_perilune_mps"] == pytest.approx(1633.5, abs=0.1)


def test_opening_is_light() -> None:
    code = (
        "import sys, lunarlab.console as c; c.orbit; "
        "sys.exit(any(m in sys.modules for m in ('ipywidgets', 'anywidget', 'matplotlib', 'scipy', 'lunarlab.plots.scene')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_menu_names_what_the_panel_opened_on() -> None:
    opened = {name: explorer(name) for name in ("insertion", "margins", "windows")}
    assert {name: e._presets.value for name, e in opened.items()} == {
        "insertion": "Luna 25: dead accelerometer",
        "margins": "Peregrine, after a day",
        "windows": "Resilience: June 2025",
    }
    margins = opened["margins"]
    margins.set(relief=True)
    margins._reset()
    assert margins._presets.value == "Peregrine, after a day"
    assert not margins.values["relief"]
    assert Explorer(margins.panel.compute, margins.panel.controls, presets=margins.panel.presets,
                    start={"hole_mm2": 2.0})._presets.value == "as set below"  # fmt: skip


def explorer(name: str) -> Explorer:
    room = panel(name)
    return Explorer(room.compute, room.controls, name=name, presets=room.presets)


def test_the_far_side_is_missing_the_earth_and_nothing_else() -> None:
    room = panel("windows")
    scene = room.compute(**room.start(room.presets["Chang'e 6: far side, June 2024"]))
    assert len(scene.notes) == 1
    assert "a relay is needed" in scene.notes[0]
    assert {tile.name: tile.value for tile in scene.tiles}["seen by"] == "0 stations"


def test_the_burn_panel_marks_the_edge_without_its_number() -> None:
    room = panel("insertion")
    words = [m.text for row in room.compute(**room.start({})).rows for view in row for m in view.marks if isinstance(m, s.Spot)]
    assert "touches the ground" in words
    assert not any("103" in text for text in words)


def test_the_forecast_of_a_leak_is_drawn_on_demand() -> None:
    room = panel("margins")
    for asked in (False, True):
        scene = room.compute(**room.start({"forecast": asked}))
        assert any("Hours left" in view.title for row in scene.rows for view in row) is asked
