"""Mission control of a stay on the Moon: each preset is the case that it names, and every move means something."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.console.rooms import surface as room
from lunarlab.errors import LunarlabError
from lunarlab.plots.stays import stay_scene
from lunarlab.surface.scenario import Spread

PRESETS = {
    "Tenacious, Mare Frigoris": "SURVIVES", "Tenacious in the shade": "OUT OF POWER", "APEX 1.0, Schrödinger": "SURVIVES",
    "APEX 1.0 without relays": "OUT OF TOUCH", "SLIM, on its nose": "OUT OF POWER", "SLIM as planned": "SURVIVES",
}  # fmt: skip


def facts(preset, **values):
    return room.compute(**room.PANEL.start({**room.PANEL.presets[preset], **values}))


@pytest.mark.parametrize("preset", PRESETS)
def test_presets(preset):
    assert set(PRESETS) == set(room.PANEL.presets)
    scene = facts(preset)
    assert scene.badge[0] == PRESETS[preset]
    assert PRESETS[preset].lower() in scene.description


@pytest.mark.parametrize(("preset", "name"), [("Tenacious, Mare Frigoris", "tenacious"), ("APEX 1.0, Schrödinger", "apex-1.0")])
def test_untouched_controls_are_the_case(preset, name):
    own = room.scenario(**room.PANEL.start(room.PANEL.presets[preset]))
    assert own == dataclasses.replace(ll.case(name).scenario, site=own.site)
    assert facts(preset).facts["data_bit"] == pytest.approx(ll.case(name).fly(seed=None).data_Gbit * 1e9)
    assert own.dispersions != Spread()


@pytest.mark.parametrize(
    ("preset", "change", "number", "sign"),
    [
        ("Tenacious, Mare Frigoris", {"later_d": 6.0}, "lived_s", -1), ("Tenacious, Mare Frigoris", {"mount": "turning", "tilt_deg": 60.0}, "most_W", 1),
        ("Tenacious, Mare Frigoris", {"radiator_percent": 50.0}, "warmest_K", 1), ("Tenacious, Mare Frigoris", {"loads_percent": 200.0}, "lived_s", -1),
        ("APEX 1.0, Schrödinger", {"relays": 1.0, "fault": "relay"}, "silence_s", 1), ("APEX 1.0, Schrödinger", {"rate_kbps": 32.0}, "data_bit", -1),
        ("APEX 1.0, Schrödinger", {"fault": "dust"}, "warmest_K", 1), ("APEX 1.0, Schrödinger", {"fault": "stations"}, "data_bit", -1),
        ("APEX 1.0, Schrödinger", {"place": "apollo-basin"}, "warmest_K", 1), ("SLIM, on its nose", {"lean_azimuth_deg": 90.0}, "most_W", 0),
        ("Tenacious in the shade", {"battery_percent": 400.0}, "lived_s", 1), ("Tenacious, Mare Frigoris", {"fault": "antenna"}, "data_bit", 0),
        ("APEX 1.0, Schrödinger", {"fault": "antenna"}, "data_bit", -1), ("Tenacious, Mare Frigoris", {"heater_percent": 500.0}, "coldest_K", 0),
    ],
)  # fmt: skip
def test_moves(preset, change, number, sign):
    before, after = facts(preset).facts[number], facts(preset, **change).facts[number]
    assert np.sign(round(after - before, 6)) == sign or sign == 0


def test_a_move_is_quick():
    facts("APEX 1.0, Schrödinger")
    spent = []
    for area in range(50, 150, 10):
        start = time.process_time()
        facts("APEX 1.0, Schrödinger", area_percent=float(area))
        spent.append(time.process_time() - start)
    assert np.median(spent) < 0.25


def test_the_figure_says_what_is_in_it():
    figure = ll.plots.stay(ll.case("apex-1.0").fly(seed=None))
    words = ll.plots.describe(figure)
    for part in ("survives", "16.5", "288 and 301 K", "12.0 h", "13.7 days"):
        assert part in words
    with pytest.raises(LunarlabError, match=r"surface\.stay\.stay"):
        stay_scene(3)


def test_a_panel_outside_a_notebook():
    still = ll.console.surface(craft="apex-1.0", mount="ring", relays=0)
    assert still.facts["data_bit"] == 0.0
    assert "panel" in repr(ll.console.surface(relay=0)) or "no control" in repr(ll.console.surface(relay=0))
