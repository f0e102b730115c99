"""Lesson 13, mission control: a lander or rover over its lunar day, and what panel, battery, loads and relays decide."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any

from lunarlab.cases import loader
from lunarlab.console.controls import Choose, Panel, Slide, Values
from lunarlab.constants import DAY
from lunarlab.ephemeris import iso
from lunarlab.plots import scene as s
from lunarlab.surface.faults import SurfaceFault
from lunarlab.surface.scenario import SurfaceScenario
from lunarlab.surface.stay import Stay, stay

CRAFT = (
    ("Tenacious, a rover of 5 kg", "tenacious"),
    ("APEX 1.0, a lander on the far side", "apex-1.0"),
    ("SLIM, on its nose", "slim-on-its-nose"),
)
PLACES = (
    ("the craft's own", ""),
    ("Mare Frigoris, 60° N", "mare-frigoris"),
    ("Mare Crisium, 19° N", "mare-crisium"),
    ("Apollo basin, far side", "apollo-basin"),
    ("Schrödinger basin, far side", "schroedinger"),
    ("Mons Mouton, 85° S", "mons-mouton"),
)
FAULTS: dict[str, tuple[SurfaceFault, ...]] = {
    "none": (),
    "shade": (SurfaceFault("panel", "shade", 0.97, 5.0 * DAY),),
    "dust": (SurfaceFault("radiator", "dust", 0.4, 2.0 * DAY),),
    "battery": (SurfaceFault("battery", "lost", 0.8, 2.0 * DAY),),
    "relay": (SurfaceFault("relay", "lost", 1.0, 2.0 * DAY),),
    "stations": (SurfaceFault("stations", "lost", 0.0, 3.0 * DAY, 3.0 * DAY),),
    "antenna": (SurfaceFault("link", "loss", 15.0, 2.0 * DAY),),
}
_HINT = (
    "<h4>Try</h4>Land two days later, then eight: what decides how long the rover lives? Lay SLIM on its other side. Take "
    "one relay from APEX, then the second. Which number must you change least to lose the mission?"
)


@lru_cache(maxsize=4)
def _base(name: str) -> SurfaceScenario:
    scene: SurfaceScenario = loader.case(name).scenario
    return scene


def _relayed(values: Values) -> bool:
    return bool(_base(values["craft"]).link.via == "relay")


def _aimed(values: Values) -> bool:
    return bool(values["mount"] != "ring")


def _fixed(values: Values) -> bool:
    return bool(values["mount"] == "fixed")


def scenario(**values: Any) -> SurfaceScenario:
    """The scenario that the controls describe."""
    base = _base(values["craft"])
    spot = base.site
    if values["place"]:
        from lunarlab.ephemeris.places import site

        place = site(values["place"])
        spot = dataclasses.replace(spot, latitude_deg=place.latitude_deg, longitude_deg=place.longitude_deg)
    touchdown = iso(spot.start_s + values["later_d"] * DAY)
    spot = dataclasses.replace(
        spot, touchdown=touchdown, lean_deg=values["lean_deg"], lean_azimuth_deg=values["lean_azimuth_deg"]
    )
    loads, share = base.loads, (values["loads_percent"] / 100.0)
    used = {key: getattr(loads, key) * share for key in ("idle_W", "sleep_W", "work_W", "talk_W")}
    count = values["relays"] if base.link.via == "relay" else 0.0
    return dataclasses.replace(
        base,
        site=spot,
        panels=dataclasses.replace(
            base.panels,
            area_m2=base.panels.area_m2 * (values["area_percent"] / 100.0),
            mount=values["mount"],
            tilt_deg=values["tilt_deg"],
            azimuth_deg=values["azimuth_deg"],
        ),
        battery=dataclasses.replace(
            base.battery, capacity_Wh=base.battery.capacity_Wh * (values["battery_percent"] / 100.0)
        ),
        loads=dataclasses.replace(loads, **used, heater_W=loads.heater_W * (values["heater_percent"] / 100.0)),
        thermal=dataclasses.replace(
            base.thermal, radiator_m2=base.thermal.radiator_m2 * (values["radiator_percent"] / 100.0)
        ),
        link=dataclasses.replace(base.link, rate_bps=1e3 * values["rate_kbps"]),
        relay=dataclasses.replace(base.relay, count=max(count, 1.0) if base.link.via == "relay" else count),
        faults=FAULTS[values["fault"]] + (_no_relays() if _relayed(values) and values["relays"] == 0 else ()),
    )


def _no_relays() -> tuple[SurfaceFault, ...]:
    return (SurfaceFault("relay", "lost", 24.0),)


@lru_cache(maxsize=32)
def _stay(scene: SurfaceScenario) -> Stay:
    return stay(scene, seed=None)


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    from lunarlab.plots.stays import stay_scene

    return stay_scene(_stay(scenario(**values)))


_ROVER = {
    "craft": "tenacious",
    "mount": "fixed",
    "tilt_deg": 0.0,
    "azimuth_deg": 180.0,
    "lean_deg": 0.0,
    "lean_azimuth_deg": 90.0,
    "rate_kbps": 1000.0,
}
_APEX = {
    "craft": "apex-1.0",
    "mount": "ring",
    "tilt_deg": 90.0,
    "azimuth_deg": 180.0,
    "lean_deg": 2.0,
    "lean_azimuth_deg": 180.0,
    "rate_kbps": 128.0,
}
_SLIM = {
    "craft": "slim-on-its-nose",
    "mount": "fixed",
    "tilt_deg": 0.0,
    "azimuth_deg": 0.0,
    "lean_deg": 118.0,
    "lean_azimuth_deg": 270.0,
    "rate_kbps": 10.0,
}
PANEL = Panel(
    "surface",
    compute,
    (
        Choose("craft", "Craft", "tenacious", CRAFT),
        Choose("place", "Place", "", PLACES),
        Slide("later_d", "Land days later", 0.0, -3.0, 20.0, 0.25, 2),
        "Power",
        Choose(
            "mount",
            "Panel",
            "fixed",
            (("fixed", "fixed"), ("turns after the Sun", "turning"), ("belt all around", "ring")),
        ),
        Slide("tilt_deg", "Tilt of the panel, 0° is flat", 0, 0, 90, 1, when=_aimed),
        Slide("azimuth_deg", "It faces, ° from north by east", 180, 0, 360, 5, when=_fixed),
        Slide("area_percent", "Area, % of the case", 100, 5, 300, 5),
        Slide("battery_percent", "Battery, % of the case", 100, 5, 400, 5),
        Slide("loads_percent", "Loads, % of the case", 100, 10, 300, 5),
        "Warmth and posture",
        Slide("heater_percent", "Heater, % of the case", 100, 0, 500, 10),
        Slide("radiator_percent", "Radiator, % of the case", 100, 10, 300, 5),
        Slide("lean_deg", "It leans by, °", 0, 0, 180, 1),
        Slide("lean_azimuth_deg", "towards, ° from north by east", 90, 0, 360, 5),
        "Contact",
        Slide("relays", "Relay satellites", 2, 0, 4, 1, when=_relayed),
        Slide("rate_kbps", "Data rate, kbit/s", 1000.0, 1.0, 10000.0, 0.05, 0, log=True),
        "What goes wrong",
        Choose(
            "fault",
            "Fault",
            "none",
            (
                ("none", "none"),
                ("parked in shade on day 5", "shade"),
                ("dust on the radiator on day 2", "dust"),
                ("most of the battery on day 2", "battery"),
                ("one relay on day 2", "relay"),
                ("stations silent for 3 days", "stations"),
                ("antenna points 15 dB away on day 2", "antenna"),
            ),
        ),
    ),
    presets={
        "Tenacious, Mare Frigoris": _ROVER,
        "Tenacious in the shade": {**_ROVER, "fault": "shade"},
        "APEX 1.0, Schrödinger": _APEX,
        "APEX 1.0 without relays": {**_APEX, "relays": 0},
        "SLIM, on its nose": _SLIM,
        "SLIM as planned": {**_SLIM, "lean_deg": 0.0},
    },
    hint=_HINT,
)
