"""The console without a browser: controls to scenario, few redraws for many changes, errors in the panel, fallback."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import lunarlab
from lunarlab.console import still
from lunarlab.console.coalesce import Coalescer
from lunarlab.console.panel import Console
from lunarlab.console.settings import FAULTS, Settings, build, headings
from lunarlab.errors import LunarlabError


@pytest.fixture
def console() -> Console:
    return Console("hakuto-r-m1", seed=3)


def test_it_starts_with_the_case_as_it_is(console: Console) -> None:
    case = lunarlab.case("hakuto-r-m1")
    assert console.scenario == case.scenario
    expected = lunarlab.fly(case.scenario, seed=3)
    assert console.flight is not None
    assert console.flight.provenance == expected.provenance
    np.testing.assert_array_equal(console.flight.table, expected.table)
    assert console._deck.words["verdict"] == "PROPELLANT_OUT"
    assert console._deck.words["title"] == case.title


@pytest.mark.parametrize("name", lunarlab.case_names("descent"))
def test_every_case_flies_as_defined(name: str) -> None:
    console = Console(name)
    assert console.scenario == lunarlab.case(name).scenario
    assert console.error == ""


def test_a_wide_gate_lands_and_a_narrow_one_does_not(console: Console) -> None:
    assert console.flight is not None
    assert not console.flight.landed
    console.controls["gate_m"].value = 3000
    assert console.flight.landed
    assert console._deck.words["landed"] is True
    console.controls["gate_m"].value = 700
    assert not console.flight.landed


@pytest.mark.parametrize(
    ("control", "value", "path", "expected"),
    [
        ("policy", "gate_readmit", ("navigation", "policy"), "gate_readmit"),
        ("gate_m", 1500, ("navigation", "gate_m"), 1500.0),
        ("nis_sigmas", 7.5, ("navigation", "nis_sigmas"), 7.5),
        ("accel_noise", 1e-3, ("navigation", "accel_noise"), 1e-3),
        ("map", True, ("navigation", "map"), 1),
        ("terrain", "flat", ("terrain", "kind"), "flat"),
        ("heading_deg", 135.0, ("terrain", "heading_deg"), 135.0),
        ("fault", "bias", ("faults",), FAULTS["bias"][1]),
    ],
)
def test_each_control_reaches_the_scenario(console: Console, control: str, value: Any, path: tuple[str, ...], expected: Any) -> None:
    before = console.renders
    console.controls[control].value = value
    found: Any = console.scenario
    for name in path:
        found = getattr(found, name)
    assert found == pytest.approx(expected) if isinstance(expected, float) else found == expected
    assert console.renders == before + 1
    assert console._deck.words["settings"][control] == pytest.approx(value)
    assert console.flight is not None
    assert console.flight.provenance["scenario"] == console.scenario.digest


def test_fifty_rapid_changes_are_few_redraws_and_the_last_wins(console: Console) -> None:
    async def drag() -> None:
        before = console.renders
        for gate in range(100, 100 + 50 * 25, 25):
            console.controls["gate_m"].value = gate
        assert console.renders - before == 1
        await asyncio.sleep(0.05)
        assert console.renders - before == 2

    asyncio.run(drag())
    assert console._deck.words["settings"]["gate_m"] == 1325
    assert console.flight is not None
    assert console.flight.provenance["scenario"] == console.scenario.digest


def test_reading_the_flight_does_not_wait_for_the_event_loop(console: Console) -> None:
    async def change() -> str:
        console.controls["gate_m"].value = 800
        console.controls["gate_m"].value = 3000
        assert console.flight is not None
        return str(console.flight.verdict)

    assert asyncio.run(change()) == "LANDED"


def test_coalescer_runs_once_more_for_all_that_came_meanwhile() -> None:
    values, seen, value = [], [], 0
    coalescer = Coalescer(lambda: seen.append(value))

    async def burst() -> None:
        nonlocal value
        for value in range(1, 11):
            values.append(value)
            coalescer.request()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(burst())
    assert seen == [1, 10]
    asyncio.run(burst())  # another loop: the first one is gone
    assert seen == [1, 10, 1, 10]


def test_changing_the_case_resets_the_controls(console: Console) -> None:
    console.controls["gate_m"].value = 2000
    before = console.renders
    console.controls["case"].value = "nominal-mare"
    assert console.scenario == lunarlab.case("nominal-mare").scenario
    assert console.renders == before + 1
    assert console.flight is not None
    assert console.flight.landed


def test_reset_and_next_seed(console: Console) -> None:
    console.controls["gate_m"].value = 2000
    console.controls["policy"].value = "none"
    console._reset.click()
    assert console.scenario == lunarlab.case("hakuto-r-m1").scenario
    console._again.click()
    assert console.settings.seed == 4


def test_only_controls_that_mean_something_are_shown(console: Console) -> None:
    shown = {name for name, control in console.controls.items() if control.layout.display != "none"}
    assert "gate_m" in shown
    assert "nis_sigmas" not in shown
    console.controls["policy"].value = "nis"
    shown = {name for name, control in console.controls.items() if control.layout.display != "none"}
    assert "gate_m" not in shown
    assert "nis_sigmas" in shown
    console.controls["terrain"].value = "flat"
    assert console.controls["heading_deg"].layout.display == "none"


def test_every_control_has_a_label(console: Console) -> None:
    assert all(control.description.strip() for control in console.controls.values())


@pytest.mark.parametrize(
    ("case", "seed", "message"),
    [("no-such-case", 0, "no-such-case"), (42, 0, "42"), ("hakuto-r-m1", -1, "-1"), ("hakuto-r-m1", "x", "'x'")],
)
def test_a_bad_argument_is_an_error_in_the_panel(case: Any, seed: Any, message: str) -> None:
    console = Console(case, seed=seed)
    assert message in console.error
    assert message in console._deck.words["error"]
    assert console.controls["case"].value == "hakuto-r-m1"


def test_a_scenario_that_can_not_be_flown_is_an_error_in_the_panel_and_passes(console: Console) -> None:
    good, console._scene = console._scene, dataclasses.replace(
        console._scene, terrain=lunarlab.Terrain(kind="profile", profile="no-such-file")
    )  # fmt: skip
    console.controls["heading_deg"].value = 135.0
    assert console.flight is None
    assert "no-such-file" in console.error
    assert "no-such-file" in console._deck.words["error"]
    console._scene = good
    console.controls["heading_deg"].value = 180.0
    assert console.flight is not None
    assert console._deck.words["error"] == ""


def test_a_law_that_raises_is_an_error_in_the_panel() -> None:
    def law(t, est, params):
        raise RuntimeError("my bug")

    console = Console(guidance=law)
    assert "my bug" in console._deck.words["error"]


def test_a_scenario_of_ones_own() -> None:
    scene = dataclasses.replace(lunarlab.Scenario(), name="mine")
    console = Console(scene)
    assert console.scenario == scene
    assert console._deck.words["title"] == "mine"


def test_settings_refuse_what_no_menu_has() -> None:
    scene = lunarlab.Scenario()
    with pytest.raises(LunarlabError, match="terrain is 'moon'"):
        build(scene, dataclasses.replace(Settings.of(scene), terrain="moon"))
    with pytest.raises(LunarlabError, match="fault is 'gremlin'"):
        build(scene, dataclasses.replace(Settings.of(scene), fault="gremlin"))
    with pytest.raises(LunarlabError, match="gate_m"):
        build(scene, dataclasses.replace(Settings.of(scene), gate_m=-1.0))


def test_headings_come_from_the_profile() -> None:
    assert {135.0, 180.0} <= set(headings("atlas_profiles"))
    assert headings("no-such-file") == ()


# -- where widgets are not available ------------------------------------------------------------------------------------
def test_plain_python_gets_figure_and_text() -> None:
    shown = lunarlab.console("hakuto-r-m1", seed=3)
    assert isinstance(shown, still.Still)
    assert "PROPELLANT OUT" in repr(shown)
    assert "altimeter declared broken" in repr(shown)
    assert len(shown.figure.axes) == 1
    assert "alt=" in shown._repr_html_()


def test_plain_python_says_what_is_wrong() -> None:
    assert "no-such-case" in repr(lunarlab.console("no-such-case"))
    assert "42" in repr(lunarlab.console(42))
    assert "-3" in repr(lunarlab.console(seed=-3))


def test_a_kernel_without_anywidget_gets_the_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    ipython = type("M", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": object()})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert still.widgets_available()
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "anywidget" else find(name, *a))
    assert not still.widgets_available()


def test_console_can_be_called_again_and_again() -> None:
    code = "import lunarlab as ll, lunarlab.console; ll.console(); from lunarlab.console import panel; print(ll.console())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "PROPELLANT OUT" in out


def test_replay_of_a_flight_and_of_nonsense() -> None:
    flight = lunarlab.fly(lunarlab.case("nominal-mare").scenario, seed=1)
    shown = lunarlab.replay(flight)
    assert isinstance(shown, still.Still)
    assert "LANDED" in shown.text
    with pytest.raises(LunarlabError, match="result of lunarlab"):
        lunarlab.replay("flight")


def test_replay_is_a_widget_in_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "widgets_available", lambda: True)
    flight = lunarlab.fly(lunarlab.case("nominal-mare").scenario, seed=1)
    deck = lunarlab.replay(flight, "A landing")
    assert deck.mode == "replay"
    assert deck.words["title"] == "A landing"
    assert len(deck.numbers) > 10_000


def test_a_saved_replay_keeps_a_figure_and_the_events_for_readers_without_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "widgets_available", lambda: True)
    flight = lunarlab.fly(lunarlab.case("hakuto-r-m1").scenario, seed=3)
    data, _ = lunarlab.replay(flight)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert 'alt="Side view' in data["text/html"]
    assert "altimeter declared broken" in data["text/plain"]


def test_a_value_that_the_browser_moves_to_its_grid_stays_the_case_s_own() -> None:
    case = lunarlab.case("resilience-m2")
    scene = dataclasses.replace(
        case.scenario, navigation=dataclasses.replace(case.scenario.navigation, gate_m=333.0, accel_noise=3.3e-4, nis_sigmas=4.7)
    )  # fmt: skip
    console = Console(scene, seed=-3)
    before = console.renders
    console.controls["accel_noise"].value = 10**-3.5
    console.controls["gate_m"].value = 325
    console.controls["nis_sigmas"].value = 4.7000000000000002 + 1e-9
    assert console.scenario == scene
    assert console.renders == before
    assert "-3" in console.error  # nobody has touched anything: the message stays
    console.controls["gate_m"].value = 350
    assert console.scenario.navigation.gate_m == 350.0
    assert console.error == ""


def test_sliders_reach_the_case_s_own_number() -> None:
    scene = lunarlab.Scenario(navigation=dataclasses.replace(lunarlab.Scenario().navigation, gate_m=9000.0, accel_noise=5.0))
    assert Console(scene).scenario == scene


def test_sliders_send_no_echo(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    for key in ("gate_m", "nis_sigmas", "accel_noise"):
        slider = console.controls[key]
        monkeypatch.setattr(slider, "_send", lambda message, buffers=None: sent.append(message["method"]))
        slider.set_state({"value": slider.value * 1.5})
        assert console.settings != console._start
    assert sent == []


def test_other_kinds_of_case_are_named_not_printed() -> None:
    luna = lunarlab.case("luna-25")
    assert "luna-25" not in dict(Console().controls["case"].options)
    for given in ("luna-25", luna):
        panel = Console(given)
        assert panel.error == "case is luna-25, a burn case; the mission console takes descents"
        assert panel.settings is not None
    for call in (lambda: lunarlab.campaign(luna, n=3), lambda: lunarlab.campaign(luna.scenario, n=3)):
        with pytest.raises(LunarlabError, match=r"^(flight|scenario) is luna-25, a burn case; .{1,40}$"):
            call()


def test_replay_of_a_case_and_of_other_flights_shows_four_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    luna = lunarlab.case("luna-25")
    for shown in (lunarlab.replay(luna), lunarlab.replay(luna.fly()), lunarlab.console.museum(case="luna-25")):
        assert len(shown.scene.rows) == 4
        assert "127.0 s" in shown.text
    assert "reported" in lunarlab.replay(luna).text and "no heights" not in lunarlab.replay(luna).text
    assert "as it happened" not in lunarlab.console.museum(case="hakuto-r-m1", as_flown=False).text
    assert "LANDED" in lunarlab.console.museum(case="hakuto-r-m1", as_flown=False).text
    monkeypatch.setattr(still, "widgets_available", lambda: True)
    canvas = lunarlab.replay(luna)
    assert canvas.words["title"] == luna.title and canvas.words["clock"]["unit"] == "min"


def test_without_widgets_other_kinds_are_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "widgets_available", lambda: False)
    assert "a burn case; the mission console takes descents" in repr(lunarlab.console("luna-25"))


def test_the_burn_panel_starts_from_the_case() -> None:
    from lunarlab.console.rooms.insertion import PANEL

    scene, luna = lunarlab.case("luna-25").scenario, PANEL.presets["Luna 25: dead accelerometer"]
    assert (luna["mass_kg"], luna["thrust_N"], luna["isp_s"]) == (scene.craft.mass_kg, scene.engine.thrust_N, scene.engine.isp_s)
