"""Lesson 06: a leak, what the propellant still buys, and what of the plan it still pays for."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import Any

from lunarlab.cases import loader
from lunarlab.console.controls import Choose, Panel, Slide, Tick, Values
from lunarlab.insertion.propellant import PropellantFlight, fly_propellant
from lunarlab.insertion.tanks import PropellantFault, PropellantScenario
from lunarlab.plots import scene as s

ANNOUNCED = ((19 * 3600.0, 40.0), (56 * 3600.0, 35.0), (84 * 3600.0, 48.0), (104 * 3600.0, 52.0))
"""When Astrobotic said how long the propellant would last, in hours. Sources FB, PP, W48, W52 of the case ``peregrine``."""
_RELIEF_PA = 3.0e6
_HINT = (
    "<h4>Try</h4>Peregrine lost its landing within hours. Which milestone could still have been paid for after a day? What "
    "would a relief valve have saved? How large may a hole be if capture is to be possible after five days?"
)


def _torn(values: Values) -> bool:
    return bool(values["fault"] != "none")


@lru_cache(maxsize=1)
def _base() -> PropellantScenario:
    scene: PropellantScenario = loader.case("peregrine").scenario
    return scene


@lru_cache(maxsize=32)
def _fly(
    fault: str, hole_mm2: float, relief: bool, loaded_percent: float, isp_s: float, margin_percent: float
) -> PropellantFlight:
    base = _base()
    craft = base.craft
    fuel, oxidiser = (0.01 * loaded_percent * m for m in (craft.fuel_kg, craft.oxidiser_kg))
    faults = {
        "none": (),
        "valve": (PropellantFault("valve", "stuck_open"),),
        "leak": (PropellantFault("tank", "leak", hole_mm2, base.tank.open_at_s + 60.0),),
    }
    scene = dataclasses.replace(
        base,
        faults=faults[fault],
        tear=dataclasses.replace(base.tear, area_mm2=hole_mm2),
        craft=dataclasses.replace(
            craft, mass_kg=craft.dry_kg + fuel + oxidiser, fuel_kg=fuel, oxidiser_kg=oxidiser, isp_s=isp_s
        ),
        tank=dataclasses.replace(base.tank, relief_Pa=_RELIEF_PA if relief else math.inf),
        plan=dataclasses.replace(base.plan, margin_percent=margin_percent),
    )
    return fly_propellant(scene)


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    from lunarlab.plots.ledgers import margins_scene

    flight = _fly(
        values["fault"],
        values["hole_mm2"],
        values["relief"],
        values["loaded_percent"],
        values["isp_s"],
        values["margin_percent"],
    )
    as_flown = values["fault"] == "valve" and not values["relief"]
    said = ANNOUNCED if as_flown else ()
    return margins_scene(flight, 3600.0 * values["decide_h"], said, forecast=values["forecast"])


_PEREGRINE = {"fault": "valve", "hole_mm2": 0.1, "relief": False, "loaded_percent": 100.0, "decide_h": 24.0}
PANEL = Panel(
    "margins",
    compute,
    (
        "What goes wrong",
        Choose(
            "fault",
            "Fault",
            "valve",
            (("helium valve does not close", "valve"), ("small hole in the tank", "leak"), ("none", "none")),
        ),
        Slide("hole_mm2", "Hole in the tank, mm²", 0.1, 1e-4, 3.0, 0.02, 4, log=True, when=_torn),
        Tick("relief", "Relief valve at 3 MPa"),
        "When somebody must decide",
        Slide("decide_h", "Hours after launch", 24, 0, 260, 1),
        Tick("forecast", "Show how long it seemed to last"),  # off: lesson 06 has it found out
        "Lander and plan",
        Slide("loaded_percent", "Propellant loaded, % of the plan", 100, 70, 108, 1),
        Slide("isp_s", "Specific impulse, s", 310, 280, 340, 1),
        Slide("margin_percent", "Reserve on every item, %", 5, 0, 25, 1),
    ),
    presets={
        "Peregrine, after a day": _PEREGRINE,
        "Peregrine, after five days": {**_PEREGRINE, "decide_h": 120.0},
        "with a relief valve": {**_PEREGRINE, "relief": True},
        "nothing goes wrong": {"fault": "none"},
        "loaded too lightly": {"fault": "none", "loaded_percent": 92.0},
    },
    hint=_HINT,
)
