"""A lander's life support as a handful of choices, each with its price in kilograms: what lesson 13 lets a student decide.

The prices are rules of thumb, chosen for the exercise: no maker's figures.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from lunarlab.surface.scenario import SurfaceScenario
from lunarlab.units import check_fields, number

KG_PER = {"panel_m2": 3.5, "battery_Wh": 0.01, "radiator_m2": 8.0, "heater_W": 0.01, "relays": 75.0}
"""Price of one unit of each choice [kg]."""
DISH_KG = 0.15
"""An antenna of no gain; ten decibels more are ten times the area, and ten times the mass."""


@dataclass(frozen=True)
class Design:
    """What a lander carries to stay alive and to be heard."""

    panel_m2: float = number(9.0, "m2", 0.0, 100.0, "belt of solar cells, all around")
    battery_Wh: float = number(4000.0, "W h", 1.0, 1e5, "usable, full")
    radiator_m2: float = number(1.8, "m2", 0.0, 50.0, "on top")
    heater_W: float = number(150.0, "W", 0.0, 1e4, "all heaters")
    relays: float = number(2.0, "", 0.0, 6.0, "satellites that it brings along")
    antenna_dBi: float = number(15.0, "dB", -3.0, 40.0, "gain of its antenna")
    rate_kbps: float = number(128.0, "kbit/s", 0.001, 1e6, "data rate")

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def mass_kg(self) -> float:
        """What all of it weighs."""
        dish = DISH_KG * 10.0 ** (0.1 * self.antenna_dBi)
        return float(dish + sum(price * getattr(self, name) for name, price in KG_PER.items()))

    def put_into(self, scene: SurfaceScenario) -> SurfaceScenario:
        """A scenario with these choices. Without relays the Earth has to be in view."""
        relays = round(self.relays)
        via = scene.link.via if relays else "earth"
        return dataclasses.replace(
            scene,
            panels=dataclasses.replace(scene.panels, area_m2=self.panel_m2),
            battery=dataclasses.replace(scene.battery, capacity_Wh=self.battery_Wh),
            thermal=dataclasses.replace(scene.thermal, radiator_m2=self.radiator_m2),
            loads=dataclasses.replace(scene.loads, heater_W=self.heater_W),
            relay=dataclasses.replace(scene.relay, count=relays),
            link=dataclasses.replace(scene.link, via=via, gain_dBi=self.antenna_dBi, rate_bps=1e3 * self.rate_kbps),
        )
