"""A lander's tanks, helium, attitude thrusters and plan, and the faults that they can have: what `propellant` flies."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.insertion.margins import Item, Ledger, delta_v
from lunarlab.units import check_fields, number, si


@dataclass(frozen=True)
class Craft:
    """A lander with two tanks and one kind of engine."""

    mass_kg: float = number(1283.0, "kg", 1.0, 1e6, "at launch, with propellant")
    fuel_kg: float = number(315.0, "kg", 0.0, 1e6, "loaded")
    oxidiser_kg: float = number(520.0, "kg", 0.0, 1e6, "loaded")
    mixture_ratio: float = number(1.65, "", 0.1, 20.0, "oxidiser over fuel, by mass, in every engine")
    isp_s: float = number(310.0, "s", 50.0, 500.0, "specific impulse of the main engines")
    unusable_kg: float = number(4.0, "kg", 0.0, 1e5, "left in each tank when it is dry")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.fuel_kg + self.oxidiser_kg >= self.mass_kg:
            raise LunarlabError(
                f"Craft.fuel_kg and Craft.oxidiser_kg are {self.fuel_kg + self.oxidiser_kg:g} kg in all; "
                f"they must stay below Craft.mass_kg, {self.mass_kg:g} kg"
            )

    @property
    def dry_kg(self) -> float:
        """Mass without propellant [kg]."""
        return self.mass_kg - self.fuel_kg - self.oxidiser_kg

    def usable_kg(self, fuel_kg: float, oxidiser_kg: float) -> float:
        """Propellant [kg] that the engine can burn in its ratio from what is in the two tanks."""
        fuel, oxidiser = max(fuel_kg - self.unusable_kg, 0.0), max(oxidiser_kg - self.unusable_kg, 0.0)
        return min(fuel * (1.0 + self.mixture_ratio), oxidiser * (1.0 + 1.0 / self.mixture_ratio))

    def dv_mps(self, fuel_kg: float, oxidiser_kg: float) -> float:
        """Velocity change [m/s] that they still buy; what can't be burnt is carried along."""
        return delta_v(self.dry_kg + fuel_kg + oxidiser_kg, self.usable_kg(fuel_kg, oxidiser_kg), self.isp_s)


@dataclass(frozen=True)
class Tank:
    """The oxidiser tank and the helium that pushes it out. Temperatures stay where they are."""

    volume_m3: float = number(0.42, "m3", 1e-4, 1e3, "of the tank")
    density_kgpm3: float = number(1370.0, "kg/m3", 500.0, 2000.0, "of the oxidiser")
    feed_Pa: float = number(1.8e6, "Pa", 1e4, 1e8, "pressure that the valve is to hold")
    pad_Pa: float = number(0.5e6, "Pa", 0.0, 1e8, "pressure before the valve is opened")
    relief_Pa: float = number(math.inf, "Pa", 1e4, math.inf, "pressure at which a relief valve vents helium; inf: none fitted")
    burst_Pa: float = number(4.5e6, "Pa", 1e4, 1e8, "pressure at which the tank tears")
    bottle_m3: float = number(0.06, "m3", 1e-5, 1e2, "of the helium bottle")
    bottle_Pa: float = number(30e6, "Pa", 1e4, 1e8, "helium pressure at launch")
    temperature_K: float = number(290.0, "K", 150.0, 400.0, "of gas and liquid")
    fill_s: float = number(60.0, "s", 0.1, 1e6, "time in which an open valve evens out bottle and tank, to 1/e")
    open_at_s: float = number(5400.0, "s", 0.0, 1e7, "when the valve is opened for the first time, after launch")

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.pad_Pa < self.feed_Pa:
            raise LunarlabError(f"Tank.pad_Pa is {self.pad_Pa:g} Pa; it must be below Tank.feed_Pa, {self.feed_Pa:g} Pa")
        if not self.feed_Pa < self.relief_Pa:
            raise LunarlabError(f"Tank.feed_Pa is {self.feed_Pa:g} Pa; it must be below Tank.relief_Pa, {self.relief_Pa:g} Pa")
        if not self.feed_Pa < self.burst_Pa:
            raise LunarlabError(f"Tank.feed_Pa is {self.feed_Pa:g} Pa; it must be below Tank.burst_Pa, {self.burst_Pa:g} Pa")
        if self.bottle_Pa <= self.feed_Pa:
            raise LunarlabError(
                f"Tank.bottle_Pa is {self.bottle_Pa:g} Pa; helium flows only from above Tank.feed_Pa, {self.feed_Pa:g} Pa"
            )


@dataclass(frozen=True)
class Tear:
    """The hole that a burst, or a leak, leaves. In weightlessness liquid and gas float mixed, and leave in that mixture."""

    area_mm2: float = number(0.1, "mm2", 0.0, 1e6, "of the hole")
    discharge: float = number(0.6, "", 0.01, 1.0, "share of the ideal flow that a sharp hole passes")
    pressure_after_Pa: float = number(1.0e6, "Pa", 1e3, 1e8, "left in the tank once it has torn and the helium is gone")
    expelled_kg: float = number(0.0, "kg", 0.0, 1e6, "oxidiser thrown out when it tears")
    arm_m: float = number(0.5, "m", 0.0, 10.0, "distance of the leak's thrust from the centre of mass")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Attitude:
    """Thrusters that hold the panels to the Sun, fed from the same tanks."""

    isp_s: float = number(280.0, "s", 50.0, 400.0, "specific impulse in short pulses")
    arm_m: float = number(1.0, "m", 0.01, 10.0, "lever of a pair of thrusters")
    torque_Nm: float = number(40.0, "N m", 1e-3, 1e5, "torque that they can hold")
    quiet_kgpday: float = number(0.2, "kg/day", 0.0, 100.0, "used without any disturbance")

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def quiet_kgps(self) -> float:
        """The same in kg/s."""
        return self.quiet_kgpday / DAY


@dataclass(frozen=True)
class Plan:
    """What the mission still has to pay for, in order, and when."""

    correction_mps: float = number(30.0, "m/s", 0.0, 1e4, "corrections on the way")
    capture_mps: float = number(300.0, "m/s", 0.0, 1e4, "into a high orbit around the Moon")
    circularise_mps: float = number(500.0, "m/s", 0.0, 1e4, "from there to the low one")
    descent_mps: float = number(2000.0, "m/s", 0.0, 1e4, "from low orbit to the ground")
    margin_percent: float = number(5.0, "", 0.0, 100.0, "reserve on every item")
    landing_day_s: float = number(3.97e6, "s", 1.0, 1e9, "planned touchdown, after launch")

    def __post_init__(self) -> None:
        check_fields(self)

    @cached_property
    def ledger(self) -> Ledger:
        """The plan as a `Ledger`."""
        names = ("correction", "capture", "low orbit", "landing")
        amounts = (self.correction_mps, self.capture_mps, self.circularise_mps, self.descent_mps)
        return Ledger(tuple(Item(n, dv, self.margin_percent, "assumed") for n, dv in zip(names, amounts, strict=True)))


KINDS = {
    ("valve", "stuck_open"): ("", 0.0, 0.0, "does not close at the pressure that it should hold"),
    ("tank", "leak"): ("mm2", 0.0, 1e6, "loses propellant through a hole of this area, under the pressure that there is"),
}
"""(target, kind): unit, lowest and highest value, what it does."""


@dataclass(frozen=True)
class PropellantFault:
    """One fault: a row of `KINDS`, from `at_s` after launch (a valve: from its first opening) for `duration_s`."""

    target: str
    kind: str
    value: float = 0.0
    at_s: float = 0.0
    duration_s: float = math.inf

    def __post_init__(self) -> None:
        if (self.target, self.kind) not in KINDS:
            known = ", ".join(" ".join(names) for names in KINDS)
            raise LunarlabError(f"PropellantFault is {self.target!r} {self.kind!r}; allowed are {known}")
        unit, low, high, _ = KINDS[self.target, self.kind]
        name = f"PropellantFault ({self.target} {self.kind})"
        if low < high:
            object.__setattr__(self, "value", si(self.value, unit, name=f"{name}.value", low=low, high=high))
        object.__setattr__(self, "at_s", si(self.at_s, "s", name=f"{name}.at_s", low=0.0, high=1e9))
        object.__setattr__(self, "duration_s", si(self.duration_s, "s", name=f"{name}.duration_s", low=0.0))


@dataclass(frozen=True)
class PropellantScenario:
    """Everything that `fly_propellant` needs."""

    flight: ClassVar[str] = "propellant"

    name: str = "propellant"
    craft: Craft = field(default_factory=Craft)
    tank: Tank = field(default_factory=Tank)
    tear: Tear = field(default_factory=Tear)
    attitude: Attitude = field(default_factory=Attitude)
    plan: Plan = field(default_factory=Plan)
    faults: tuple[PropellantFault, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "faults", (self.faults,) if isinstance(self.faults, PropellantFault) else tuple(self.faults))
        room = self.tank.volume_m3 * self.tank.density_kgpm3
        if self.craft.oxidiser_kg >= room:
            raise LunarlabError(
                f"Craft.oxidiser_kg is {self.craft.oxidiser_kg:g} kg; Tank.volume_m3 holds less than {room:g} kg"
            )
        if self.tear.expelled_kg > self.craft.oxidiser_kg:
            raise LunarlabError(
                f"Tear.expelled_kg is {self.tear.expelled_kg:g} kg; the tank holds {self.craft.oxidiser_kg:g} kg"
            )
