"""Everything that a stay on the Moon needs, table by table, and what varies from one stay to the next."""

from __future__ import annotations

import dataclasses
import zlib
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris import tdb
from lunarlab.ephemeris.dates import FIRST_S, LAST_S
from lunarlab.ephemeris.places import Site
from lunarlab.errors import LunarlabError
from lunarlab.surface.contact import Relay, Stations
from lunarlab.surface.faults import SurfaceFault
from lunarlab.surface.light import horizon
from lunarlab.surface.link import Link
from lunarlab.surface.panels import Panels
from lunarlab.surface.warmth import Thermal
from lunarlab.units import check_fields, number


@dataclass(frozen=True)
class Spot:
    """Where and when the craft stands, and how: upright, or leaning."""

    latitude_deg: float = number(60.5, "deg", -90.0, 90.0, "selenographic")
    longitude_deg: float = number(-4.6, "deg", -360.0, 360.0, "selenographic, east")
    touchdown: str = field(default="2025-06-05T19:17", metadata={"doc": "date, UTC"})
    days: float = number(29.5, "", 0.1, 400.0, "how long the stay is followed")
    horizon_deg: float = number(0.0, "deg", -30.0, 90.0, "height of the horizon all round")
    lean_deg: float = number(0.0, "deg", 0.0, 180.0, "how far the craft leans: slope, sunk leg, fall")
    lean_azimuth_deg: float = number(90.0, "deg", -360.0, 360.0, "compass direction towards which it leans, or would fall")

    def __post_init__(self) -> None:
        check_fields(self)
        start = tdb(self.touchdown, "Spot.touchdown")
        horizon(self.horizon_deg)
        if not FIRST_S + DAY <= start <= LAST_S - (self.days + 1.0) * DAY:
            raise LunarlabError(
                f"Spot.touchdown is {self.touchdown}, and Spot.days {self.days:g}; the stay must lie between 1900 and 2100"
            )

    @property
    def start_s(self) -> float:
        """Touchdown [s TDB]."""
        return tdb(self.touchdown, "Spot.touchdown")

    @property
    def place(self) -> Site:
        """The site."""
        return Site("site", self.latitude_deg, self.longitude_deg)


@dataclass(frozen=True)
class Battery:
    """A battery: what it holds, what goes in and comes out of it, and when it is no longer drawn from."""

    capacity_Wh: float = number(100.0, "W h", 1e-3, 1e6, "usable, full")
    start: float = number(0.9, "", 0.0, 1.0, "charge at touchdown, share of the capacity")
    charge_efficiency: float = number(0.95, "", 0.1, 1.0, "of what goes in")
    discharge_efficiency: float = number(0.95, "", 0.1, 1.0, "of what comes out")
    reserve: float = number(0.3, "", 0.0, 1.0, "below that share: no work, no talk")
    cutoff: float = number(0.0, "", 0.0, 1.0, "below that share the battery is disconnected, and the craft goes dark")

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.cutoff <= self.reserve:
            raise LunarlabError(f"Battery.cutoff is {self.cutoff:g}; it must not be above Battery.reserve, {self.reserve:g}")


@dataclass(frozen=True)
class Loads:
    """What is used by mode. A craft is awake by day and asleep by night; it works and talks when it may."""

    idle_W: float = number(5.0, "W", 0.0, 1e5, "awake: computer, receiver")
    sleep_W: float = number(1.0, "W", 0.0, 1e5, "at night: a clock, the thermostat")
    work_W: float = number(5.0, "W", 0.0, 1e5, "on top: payload, or driving, on average")
    work_mps: float = number(0.0, "m/s", 0.0, 10.0, "speed while it works; 0: it stays where it is")
    talk_W: float = number(5.0, "W", 0.0, 1e5, "on top: the transmitter, at the bus")
    heater_W: float = number(5.0, "W", 0.0, 1e5, "on top: all heaters, when it is cold")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Goal:
    """What the stay has to bring to be called one."""

    days: float = number(10.0, "", 0.0, 400.0, "alive for so many days after touchdown")
    data_Gbit: float = number(0.0, "Gbit", 0.0, 1e9, "sent by then")
    silence_h: float = number(1e4, "h", 0.0, 1e4, "longest time without a word until then")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Spread:
    """Dispersions, one sigma: how far the stay that happens differs from the one that was planned."""

    loads: float = number(0.0, "", 0.0, 1.0, "of all loads, fraction")
    efficiency: float = number(0.0, "", 0.0, 1.0, "of the panels, fraction")
    dust: float = number(0.0, "", 0.0, 1.0, "on panels and radiator, kicked up at landing: half a normal distribution")
    capacity: float = number(0.0, "", 0.0, 1.0, "of the battery, fraction")
    heat: float = number(0.0, "", 0.0, 1.0, "of walls' absorptance and insulation, fraction")
    link_dB: float = number(0.0, "dB", 0.0, 30.0, "of losses on the way")
    lean_deg: float = number(0.0, "deg", 0.0, 90.0, "of the lean, away from what was planned: half a normal distribution")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class SurfaceScenario:
    """A stay on the Moon."""

    flight: ClassVar[str] = "surface"

    name: str = "surface"
    site: Spot = field(default_factory=Spot)
    panels: Panels = field(default_factory=Panels)
    battery: Battery = field(default_factory=Battery)
    loads: Loads = field(default_factory=Loads)
    thermal: Thermal = field(default_factory=Thermal)
    link: Link = field(default_factory=Link)
    stations: Stations = field(default_factory=Stations)
    relay: Relay = field(default_factory=Relay)
    goal: Goal = field(default_factory=Goal)
    dispersions: Spread = field(default_factory=Spread)
    faults: tuple[SurfaceFault, ...] = ()

    def __post_init__(self) -> None:
        for part in dataclasses.fields(self):
            value = getattr(self, part.name)
            if part.name == "faults":
                value = (value,) if isinstance(value, SurfaceFault) else value
                if not isinstance(value, (tuple, list)) or not all(isinstance(fault, SurfaceFault) for fault in value):
                    raise LunarlabError(f"SurfaceScenario.faults is {value!r}; it must be a tuple of SurfaceFault")
                object.__setattr__(self, "faults", tuple(value))
            elif part.name != "name" and type(value).__name__ != part.type:
                raise LunarlabError(f"SurfaceScenario.{part.name} is {value!r}; it must be a {part.type}")
        if self.link.via == "relay" and self.relay.count == 0:
            raise LunarlabError("Link.via is 'relay', but Relay.count is 0; it needs at least one satellite")
        if self.goal.days > self.site.days:
            raise LunarlabError(
                f"Goal.days is {self.goal.days:g}; it must not be above Spot.days, {self.site.days:g}: the stay ends there"
            )

    @property
    def goal_s(self) -> float:
        """Until when it has to live, after touchdown [s]."""
        return self.goal.days * DAY


def draw(scene: SurfaceScenario, seed: Any) -> tuple[SurfaceScenario, float]:
    """The stay that happens: the scenario with its dispersions drawn, and what more is lost on the radio way [dB].

    Without a seed nothing varies. Each quantity has its own number, whatever the others are.
    """
    if seed is None:
        return scene, 0.0
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise LunarlabError(f"seed is {seed!r}; it must be a whole number from 0 on, or None")
    d = scene.dispersions
    z = {f.name: _normal(int(seed), f.name) for f in dataclasses.fields(Spread)}
    used, heat = max(1.0 + d.loads * z["loads"], 0.0), max(1.0 + d.heat * z["heat"], 0.0)
    dust = min(d.dust * abs(z["dust"]), 1.0)
    panels, loads, thermal = scene.panels, scene.loads, scene.thermal
    return dataclasses.replace(
        scene,
        site=dataclasses.replace(scene.site, lean_deg=min(scene.site.lean_deg + d.lean_deg * abs(z["lean_deg"]), 180.0)),
        panels=dataclasses.replace(
            panels,
            efficiency=_share(panels.efficiency * (1.0 + d.efficiency * z["efficiency"]), 0.6),
            dust=_share(1.0 - (1.0 - panels.dust) * (1.0 - dust)),
        ),
        battery=dataclasses.replace(
            scene.battery, capacity_Wh=max(scene.battery.capacity_Wh * (1.0 + d.capacity * z["capacity"]), 1e-3)
        ),
        loads=dataclasses.replace(
            loads, **{name: getattr(loads, name) * used for name in ("idle_W", "sleep_W", "work_W", "talk_W")}
        ),
        thermal=dataclasses.replace(
            thermal,
            wall_absorptance=_share(thermal.wall_absorptance * heat),
            wall_emittance=_share(thermal.wall_emittance * heat),
            radiator_absorptance=_share(thermal.radiator_absorptance + dust),
        ),
    ), d.link_dB * z["link_dB"]  # fmt: skip


def _normal(seed: int, name: str) -> float:
    return float(np.random.default_rng([seed, zlib.crc32(f"surface.{name}".encode())]).standard_normal())


def _share(value: float, high: float = 1.0) -> float:
    return min(max(value, 0.0), high)


def with_changes(scene: SurfaceScenario, **changes: Any) -> SurfaceScenario:
    """A scenario with some numbers changed, by ``part__number``: ``with_changes(scene, panels__area_m2=2.0)``.

    Raises
    ------
    LunarlabError
        No such part or number, a value out of its range.
    """
    tables: dict[str, dict[str, Any]] = {}
    parts = [f.name for f in dataclasses.fields(scene) if f.name not in ("name", "faults")]
    for path, value in changes.items():
        part, _, key = path.partition("__")
        known = [f.name for f in dataclasses.fields(getattr(scene, part))] if part in parts else []
        if key not in known:
            allowed = ", ".join(known) if known else ", ".join(parts)
            raise LunarlabError(f"{path} is no number of a stay; write part__number: allowed are {allowed}")
        tables.setdefault(part, {})[key] = value
    made = {part: dataclasses.replace(getattr(scene, part), **values) for part, values in tables.items()}
    return dataclasses.replace(scene, **made)
