"""A burn in lunar orbit as a kind of flight: the orbit before it, the lander, its engine, what the software was told."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from lunarlab import twobody
from lunarlab.cases.kinds import Kind, known
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.insertion.burn import Burn, BurnResult, Engine, fly_burn
from lunarlab.insertion.faults import KINDS, BurnFault
from lunarlab.insertion.propellant import Event
from lunarlab.units import check_fields, number


@dataclass(frozen=True)
class Orbit:
    """The orbit before the burn, and where on it the engine lights."""

    perilune_altitude_m: float = number(100e3, "m", 0.0, 6e7, "lowest height above 1737.4 km")
    apolune_altitude_m: float = number(100e3, "m", 0.0, 6e7, "highest height")
    anomaly_deg: float = number(180.0, "deg", -360.0, 360.0, "true anomaly at ignition: 0 at perilune, 180 at apolune")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.apolune_altitude_m < self.perilune_altitude_m:
            raise LunarlabError(
                f"Orbit.apolune_altitude_m is {self.apolune_altitude_m:g} m; it must not be below "
                f"Orbit.perilune_altitude_m, {self.perilune_altitude_m:g} m"
            )

    def state(self) -> tuple[np.ndarray, np.ndarray]:
        """Position (3,) [m] and velocity (3,) [m/s] at ignition, Moon-centred; perilune on x, motion towards y."""
        low, high = R_MOON + self.perilune_altitude_m, R_MOON + self.apolune_altitude_m
        orbit = twobody.Elements(0.5 * (low + high), (high - low) / (high + low), nu_rad=math.radians(self.anomaly_deg))
        return twobody.state(orbit, mu=MU_MOON)


@dataclass(frozen=True)
class Craft:
    """The lander at ignition."""

    mass_kg: float = number(1300.0, "kg", 1.0, 1e6, "with propellant")
    propellant_kg: float = number(500.0, "kg", 0.0, 1e6, "usable")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.propellant_kg >= self.mass_kg:
            raise LunarlabError(
                f"Craft.propellant_kg is {self.propellant_kg:g} kg; it must be below Craft.mass_kg, {self.mass_kg:g} kg"
            )


@dataclass(frozen=True)
class BurnScenario:
    """Everything that a burn needs."""

    flight: ClassVar[str] = "burn"

    name: str = "burn"
    orbit: Orbit = field(default_factory=Orbit)
    craft: Craft = field(default_factory=Craft)
    engine: Engine = field(default_factory=Engine)
    burn: Burn = field(default_factory=Burn)
    faults: tuple[BurnFault, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "faults", (self.faults,) if isinstance(self.faults, BurnFault) else tuple(self.faults))

    @property
    def planned_s(self) -> float:
        """How long the burn was to take [s]: until the goal is reached, or, without one, until the timer."""
        return min(self.engine.burn_time(self.craft.mass_kg, self.burn.dv_mps), self.burn.timer_s)


@dataclass(frozen=True, eq=False, repr=False)
class BurnFlight:
    """The result of flying a burn: `result` holds the orbit and the histories."""

    scenario: BurnScenario
    result: BurnResult

    @property
    def verdict(self) -> str:
        """LOWERED, RAISED, CAPTURED, UNCHANGED, IMPACT or ESCAPED."""
        return self.result.verdict

    @property
    def burn_ratio(self) -> float:
        """Length of the burn over its planned length; nan if none was planned."""
        planned = self.scenario.planned_s
        return self.result.burn_s / planned if planned > 0.0 else math.nan

    @cached_property
    def threshold_s(self) -> float:
        """The shortest burn [s] after which the orbit meets the surface, with the accelerometer dead; nan: there is none."""
        return _threshold(self.scenario)

    @cached_property
    def reasons(self) -> list[str]:
        """What the verdict follows from, in sentences."""
        r, planned = self.result, self.scenario.planned_s
        told = [
            f"the {r.cutoff} ended the burn after {r.burn_s:.1f} s; {planned:.1f} s were planned",
            f"it gave {r.dv_mps:.2f} m/s, of which {r.measured_dv_mps[-1]:.2f} m/s were measured",
            f"perilune is now {r.perilune_altitude_m / 1e3:.1f} km above the mean surface",
        ]
        if r.verdict == "IMPACT":
            told[-1] = f"perilune is now {-r.perilune_altitude_m / 1e3:.1f} km below the mean surface"
            slope = math.degrees(-r.impact_angle_rad)
            told.append(
                f"it hit the ground {r.impact_s:.0f} s after ignition at {r.impact_speed_mps:.0f} m/s, "
                f"{slope:.1f} deg below level"
            )
        return told

    @cached_property
    def events(self) -> list[Event]:
        """What happened, in order."""
        s, r = self.scenario, self.result
        happened = [Event(0.0, "ignition", f"engine on, to take out {s.burn.dv_mps:.2f} m/s in {s.planned_s:.1f} s")]
        if s.burn.prograde:
            happened = [Event(0.0, "ignition", f"engine on, to add {s.burn.dv_mps:.2f} m/s in {s.planned_s:.1f} s")]
        for row in s.faults:
            begins = 0.0 if row.target == "timer" or row.kind == "late" else row.at_s
            if begins <= r.burn_s:
                effect = KINDS[row.target, row.kind][3].replace("`value`", f"{row.value:g}")
                effect = effect.replace("`at_s`", f"{row.at_s:g} s")
                happened.append(Event(begins, "fault", f"fault: {row.target} {row.kind}: {effect}"))
        if s.planned_s < r.burn_s:
            happened.append(Event(s.planned_s, "planned_end", f"{s.planned_s:.1f} s: here the burn was to end"))
        happened.append(Event(r.burn_s, "cutoff", f"engine off by {r.cutoff} after {r.burn_s:.1f} s, {r.dv_mps:.2f} m/s"))
        if math.isfinite(r.impact_s):
            happened.append(Event(r.impact_s, "impact", f"impact at {r.impact_speed_mps:.0f} m/s"))
        return sorted(happened, key=lambda event: event.t_s)

    def event(self, kind: str) -> Event | None:
        """First event of a kind, or None."""
        return next((event for event in self.events if event.kind == kind), None)

    def __repr__(self) -> str:
        return "\n".join([f"BurnFlight {self.scenario.name}: {self.verdict}", *(f"  {text}" for text in self.reasons)])


def _fly(scene: BurnScenario, cutoff: Callable[[float, float, float], bool] | None = None) -> BurnResult:
    r, v = scene.orbit.state()
    return fly_burn(
        r, v, scene.craft.mass_kg, scene.engine, scene.burn,
        propellant_kg=scene.craft.propellant_kg, faults=scene.faults, cutoff=cutoff,
    )  # fmt: skip


def fly(
    scene: BurnScenario, *, seed: int | None = 0, cutoff: Callable[[float, float, float], bool] | None = None
) -> BurnFlight:
    """Fly a burn. `cutoff` replaces the flight software's comparison; `seed` changes nothing, for a burn has no noise."""
    return BurnFlight(scene, _fly(scene, cutoff))


def _threshold(scene: BurnScenario) -> float:
    """Bisect the timer between no burn and one that runs dry, or to a standstill; the accelerometer is dead."""
    dead = (BurnFault("accelerometer", "dead"),)

    def perilune(seconds: float) -> float:
        burn = dataclasses.replace(scene.burn, timer_s=seconds)
        try:
            return _fly(dataclasses.replace(scene, burn=burn, faults=dead)).perilune_altitude_m
        except LunarlabError:  # it stands still, and will fall
            return -R_MOON

    low, high = 0.0, min(0.99 * scene.craft.propellant_kg / scene.engine.flow_kgps, 10.0 * scene.planned_s, 1e6)
    if not perilune(high) < 0.0 < scene.orbit.perilune_altitude_m:
        return math.nan
    while high - low > 0.01:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if perilune(middle) < 0.0 else (middle, high)
    return 0.5 * (low + high)


OBSERVABLES: dict[str, tuple[str, Callable[[BurnFlight], float], str]] = {
    "burn_ratio": ("", lambda f: f.burn_ratio, "length of the burn over its planned length"),
    "burn_s": ("s", lambda f: f.result.burn_s, "length of the burn"),
    "dv_mps": ("m/s", lambda f: f.result.dv_mps, "velocity change"),
    "perilune_altitude_m": ("m", lambda f: f.result.perilune_altitude_m, "perilune after the burn, above the mean sphere"),
    "apolune_altitude_m": ("m", lambda f: f.result.apolune_altitude_m, "apolune after the burn"),
    "impact_s": ("s", lambda f: f.result.impact_s, "from ignition to the impact"),
    "impact_mps": ("m/s", lambda f: f.result.impact_speed_mps, "speed at the impact"),
    "impact_angle_deg": ("deg", lambda f: math.degrees(f.result.impact_angle_rad), "flight-path angle at the impact"),
    "threshold_burn_s": ("s", lambda f: f.threshold_s, "shortest burn after which the orbit meets the surface"),
}
"""Name: (unit, function of a flight, meaning)."""


def report(flight: BurnFlight) -> dict[str, Any]:
    """Burn, orbit after it, and impact."""
    r = flight.result
    return {
        "burn": {
            "ended_by": r.cutoff,
            "burn_s": r.burn_s,
            "planned_s": flight.scenario.planned_s,
            "burn_ratio": known(flight.burn_ratio),
            "dv_mps": r.dv_mps,
            "measured_dv_mps": float(r.measured_dv_mps[-1]),
            "propellant_kg": r.propellant_kg,
        },
        "orbit": {
            "perilune_altitude_m": r.perilune_altitude_m,
            "apolune_altitude_m": known(r.apolune_altitude_m),
            "period_s": known(r.period_s),
        },
        "impact": None
        if not math.isfinite(r.impact_s)
        else {"t_s": r.impact_s, "speed_mps": r.impact_speed_mps, "angle_deg": math.degrees(r.impact_angle_rad)},
        "impact_mps": known(r.impact_speed_mps),
    }


KIND = Kind(
    name="burn",
    scenario=BurnScenario,
    fault=BurnFault,
    fault_unit=lambda target, kind: str(KINDS.get((target, kind), ("",))[0]),
    fly=fly,
    observables=OBSERVABLES,
    report=report,
    good=lambda flight: flight.verdict in ("LOWERED", "RAISED", "CAPTURED"),
    options=("cutoff",),
    events=("ignition", "fault", "planned_end", "cutoff", "impact"),
    quantities=("dv_mps",),
)
