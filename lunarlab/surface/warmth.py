"""How warm a craft is on the Moon: one lump of metal, the Sun, the ground, and a radiator that looks at the sky.

``C dT/dt = absorbed + dissipated + G (T_ground - T) - sigma (eps_r A_r + eps_w A_w) T^4``: sunlight on walls and radiator,
light that the ground scatters, infrared of the ground on what looks down at it, conduction through the legs. The ground is
in balance with the Sun by day, and as cold as before sunrise all night: real ground is warmer by some tens of kelvin in the
first hours after sunset (Vasavada et al. 2012).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.surface.light import SOLAR_WPM2, Light
from lunarlab.units import check_fields, number

SIGMA = 5.670374419e-8
"""Stefan-Boltzmann constant [W/m2/K4], exact. CODATA 2018."""
GROUND_ALBEDO, GROUND_EMITTANCE = 0.08, 0.95
"""Of mare ground, for a balance that gives 390 K with the Sun overhead. Vasavada et al. 2012, doi:10.1029/2011JE003987."""
GROUND_NIGHT_K = 95.0
"""Before sunrise, at the equator. Williams et al. 2017, doi:10.1016/j.icarus.2016.08.012: 95 K to 392 K at the equator."""


@dataclass(frozen=True)
class Thermal:
    """A craft as one lump. Walls stand upright all around; the radiator is on top."""

    capacity_JpK: float = number(4e4, "J/K", 1.0, 1e9, "heat that one kelvin takes: mass times some 900 J/kg/K")
    start_K: float = number(293.0, "K", 50.0, 500.0, "at touchdown")
    wall_m2: float = number(1.0, "m2", 0.0, 1e4, "of the walls, all around")
    wall_absorptance: float = number(0.05, "", 0.0, 1.0, "share of sunlight on the walls that gets through the insulation")
    wall_emittance: float = number(0.03, "", 0.0, 1.0, "of the insulation, effective")
    radiator_m2: float = number(0.2, "m2", 0.0, 1e3, "of the radiator")
    radiator_absorptance: float = number(0.15, "", 0.0, 1.0, "of sunlight, clean")
    radiator_emittance: float = number(0.85, "", 0.0, 1.0, "in the infrared; dust hardly changes it")
    conductance_WpK: float = number(0.02, "W/K", 0.0, 1e3, "to the ground, through legs or wheels")
    low_K: float = number(253.0, "K", 50.0, 500.0, "below that it freezes to death")
    hold_K: float = number(263.0, "K", 50.0, 500.0, "below that the heater comes on")
    high_K: float = number(333.0, "K", 50.0, 800.0, "above that it is cooked")

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.low_K <= self.hold_K < self.high_K:
            raise LunarlabError(
                f"Thermal.low_K, hold_K and high_K are {self.low_K:g}, {self.hold_K:g} and {self.high_K:g} K; "
                "they must not fall in this order"
            )
        if not self.low_K < self.start_K < self.high_K:
            raise LunarlabError(
                f"Thermal.start_K is {self.start_K:g} K; it must lie between {self.low_K:g} and {self.high_K:g} K"
            )


def ground_K(elevation_rad: Any, flux_Wpm2: Any = SOLAR_WPM2) -> Any:
    """Temperature of the ground [K] under a Sun of this elevation: balance by day, `GROUND_NIGHT_K` by night.

    Parameters
    ----------
    elevation_rad : float or array (n,)
    flux_Wpm2 : float or array (n,)
        On a surface that faces the Sun.

    Notes
    -----
    ``T^4 = (1 - albedo) S sin(elevation) / (eps sigma) + T_night^4``. Diviner's noon temperatures (Vasavada et al. 2012):
    some 390 K at the equator, and by the same law 330 K at 60 deg.
    """
    sunny = (1.0 - GROUND_ALBEDO) * np.asarray(flux_Wpm2) * np.maximum(np.sin(elevation_rad), 0.0)
    found = (sunny / (GROUND_EMITTANCE * SIGMA) + GROUND_NIGHT_K**4) ** 0.25
    return found if np.ndim(found) else float(found)


@dataclass(frozen=True, eq=False)
class Heat:
    """What comes in from outside, whatever the craft's temperature: arrays (n,) in W, and the ground's temperature."""

    sun_W: np.ndarray
    scattered_W: np.ndarray
    ground_W: np.ndarray
    ground_K: np.ndarray

    @property
    def total_W(self) -> np.ndarray:
        """All of it, without conduction."""
        return np.asarray(self.sun_W + self.scattered_W + self.ground_W)


def incoming(thermal: Thermal, light: Light, top: np.ndarray | None = None, dust: float = 0.0) -> Heat:
    """Heat from Sun and ground.

    Parameters
    ----------
    thermal : Thermal
    light : Light
    top : array (3,), optional
        Where the radiator faces; from `panels.upright`.
    dust : float
        What dust adds to the radiator's absorptance (0 to 1).
    """
    top = np.array([0.0, 0.0, 1.0]) if top is None else np.asarray(top, dtype=float)
    along = np.clip(light.to_sun @ top, -1.0, 1.0)
    wall = thermal.wall_m2 / math.pi * np.sqrt(1.0 - along * along)  # what the Sun sees of walls all around
    black = min(thermal.radiator_absorptance + dust, 1.0)
    radiator = thermal.radiator_m2 * np.maximum(along, 0.0)
    below = 0.5 * (1.0 - float(top[2]))  # share of the radiator's view that is ground
    ground = ground_K(light.elevation_rad, light.flux_Wpm2)
    bright = GROUND_ALBEDO * light.flux_Wpm2 * np.maximum(np.sin(light.elevation_rad), 0.0)
    hot = GROUND_EMITTANCE * SIGMA * ground**4
    down = 0.5 * thermal.wall_m2, below * thermal.radiator_m2
    return Heat(
        light.flux_Wpm2 * (thermal.wall_absorptance * wall + black * radiator),
        bright * (thermal.wall_absorptance * down[0] + black * down[1]),
        hot * (thermal.wall_emittance * down[0] + thermal.radiator_emittance * down[1]),
        ground,
    )


def radiated_W(thermal: Thermal, temperature_K: Any) -> Any:
    """What radiator and walls send out [W]."""
    shine = thermal.radiator_emittance * thermal.radiator_m2 + thermal.wall_emittance * thermal.wall_m2
    return SIGMA * shine * temperature_K**4


def balance_K(thermal: Thermal, heat_W: float, ground_temperature_K: float) -> float:
    """Where the temperature settles under steady heat [W], conduction included: Newton on a monotone quartic."""
    shine = SIGMA * (thermal.radiator_emittance * thermal.radiator_m2 + thermal.wall_emittance * thermal.wall_m2)
    g, t = thermal.conductance_WpK, 300.0
    if shine == 0.0 and g == 0.0:
        return math.inf if heat_W > 0.0 else math.nan
    for _ in range(60):
        off = heat_W + g * (ground_temperature_K - t) - shine * t**4
        t = max(t + off / (g + 4.0 * shine * t**3), 1.0)
    return t


def warmer(thermal: Thermal, temperature_K: float, heat_W: float, ground_temperature_K: float, dt: float) -> float:
    """The temperature [K] after `dt` [s] of steady heat [W].

    One step of the exponential Rosenbrock method: exact for linear losses, of second order for radiation, stable for any dt.
    """
    shine = SIGMA * (thermal.radiator_emittance * thermal.radiator_m2 + thermal.wall_emittance * thermal.wall_m2)
    t, g = temperature_K, thermal.conductance_WpK
    slope = (g + 4.0 * shine * t * t * t) / thermal.capacity_JpK
    rate = (heat_W + g * (ground_temperature_K - t) - shine * t * t * t * t) / thermal.capacity_JpK
    return t + rate * (-math.expm1(-slope * dt) / slope if slope > 0.0 else dt)
