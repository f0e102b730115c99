"""Everything a flight needs, frozen. To fly something else, make a new one with ``dataclasses.replace``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent.faults import Fault, pack_faults
from lunarlab.descent.guidance import Guidance, pack_guidance
from lunarlab.descent.navigation import Navigation, pack_navigation
from lunarlab.descent.sensors import SENSORS, Altimeter, Imu, NoiseP, Velocimeter
from lunarlab.descent.terrain import TERRAIN, Terrain, pack_terrain
from lunarlab.descent.touchdown import Limits
from lunarlab.descent.vehicle import THETA, VEHICLE, Vehicle, initial_state, pack_vehicle
from lunarlab.errors import LunarlabError
from lunarlab.units import check_fields, number


@dataclass(frozen=True)
class Orbit:
    """The circular orbit that the descent starts from, and the burn that leaves it."""

    altitude_m: float = number(100e3, "m", 1e3, 1e6, "height of the circular orbit above 1737.4 km")
    deorbit_dv_mps: float = number(18.6, "m/s", 0.1, 500.0, "speed taken out by the de-orbit burn")
    deorbit_distance_m: float = number(5.21e6, "m", 1e5, 1.1e7, "ground distance from that burn to the target")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Knowledge:
    """What the navigation gets wrong at the start of braking, always (the seed adds to it: see `Dispersions`)."""

    height_m: float = number(0.0, "m", -1e5, 1e5, "estimated minus true height")
    vertical_mps: float = number(0.0, "m/s", -1e3, 1e3, "estimated minus true vertical speed")
    along_m: float = number(0.0, "m", -1e5, 1e5, "estimated minus true position along the track")
    forward_mps: float = number(0.0, "m/s", -1e3, 1e3, "estimated minus true forward speed")
    map_m: float = number(0.0, "m", -1e4, 1e4, "height error of the onboard map")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Dispersions:
    """1-sigma spread from flight to flight; a seed draws one value of each. All zero: only sensor noise varies."""

    height_m: float = number(0.0, "m", 0.0, 1e5, "height knowledge at the start of braking")
    vertical_mps: float = number(0.0, "m/s", 0.0, 100.0, "vertical speed knowledge")
    along_m: float = number(0.0, "m", 0.0, 1e5, "along-track knowledge")
    forward_mps: float = number(0.0, "m/s", 0.0, 100.0, "forward speed knowledge")
    attitude_deg: float = number(0.0, "deg", 0.0, 30.0, "attitude error")
    accel_bias_mps2: float = number(0.0, "m/s2", 0.0, 1.0, "accelerometer bias, each axis")
    accel_scale: float = number(0.0, "", 0.0, 0.1, "accelerometer scale factor")
    thrust_fraction: float = number(0.0, "", 0.0, 0.3, "thrust of all engines")
    isp_fraction: float = number(0.0, "", 0.0, 0.3, "specific impulse of all engines")
    mass_kg: float = number(0.0, "kg", 0.0, 100.0, "mass at the start")
    range_bias_m: float = number(0.0, "m", 0.0, 100.0, "altimeter bias")
    deorbit_dv_mps: float = number(0.0, "m/s", 0.0, 10.0, "de-orbit burn")
    map_m: float = number(0.0, "m", 0.0, 1000.0, "height error of the onboard map")
    roughness_m: float = number(0.0, "m", 0.0, 500.0, "roughness that no map knows: four sines of half this amplitude")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Clock:
    """Steps of the simulation."""

    tick_s: float = number(0.1, "s", 0.01, 0.2, "guidance and navigation period")
    substeps: float = number(1.0, "", 1.0, 100.0, "Runge-Kutta steps per tick")
    coast_step_s: float = number(1.0, "s", 0.01, 5.0, "Runge-Kutta step while coasting")
    powered_max_s: float = number(1400.0, "s", 10.0, 1e4, "time limit after the start of braking")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.substeps != int(self.substeps):
            raise LunarlabError(f"Clock.substeps is {self.substeps:g}; it must be a whole number")


@dataclass(frozen=True)
class Scenario:
    """A descent from lunar orbit: every part is a frozen dataclass of SI numbers with the unit in the name."""

    name: str = "descent"
    orbit: Orbit = field(default_factory=Orbit)
    vehicle: Vehicle = field(default_factory=Vehicle)
    terrain: Terrain = field(default_factory=Terrain)
    altimeter: Altimeter = field(default_factory=Altimeter)
    velocimeter: Velocimeter = field(default_factory=Velocimeter)
    imu: Imu = field(default_factory=Imu)
    navigation: Navigation = field(default_factory=Navigation)
    guidance: Guidance = field(default_factory=Guidance)
    knowledge: Knowledge = field(default_factory=Knowledge)
    dispersions: Dispersions = field(default_factory=Dispersions)
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        for part in dataclasses.fields(self):
            value = getattr(self, part.name)
            if part.name == "faults":
                value = (value,) if isinstance(value, Fault) else value
                if not isinstance(value, (tuple, list)) or not all(isinstance(fault, Fault) for fault in value):
                    raise LunarlabError(f"Scenario.faults is {value!r}; it must be a tuple of Fault")
                object.__setattr__(self, "faults", tuple(value))
            elif part.name != "name" and not isinstance(value, part.default_factory):  # type: ignore[arg-type]
                raise LunarlabError(f"Scenario.{part.name} is {value!r}; it must be a {part.type}")
        ticks = self.altimeter.period_s / self.clock.tick_s
        if abs(ticks - round(ticks)) > 1e-6:
            raise LunarlabError(
                f"Altimeter.period_s is {self.altimeter.period_s:g} s; it must be a whole number of Clock.tick_s, "
                f"{self.clock.tick_s:g} s"
            )

    @cached_property
    def digest(self) -> str:
        """Short hash of every number and word: equal digests fly alike if the terrain files they name are equal."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


PACKED = np.dtype([
    ("vehicle", VEHICLE), ("sensors", SENSORS), ("terrain", TERRAIN),
    # what the navigation gets wrong at ignition in this flight
    ("along", "f8"), ("height", "f8"), ("forward", "f8"), ("vertical", "f8"), ("map_error", "f8"),
    ("sigma_height", "f8"), ("sigma_speed", "f8"), ("has_map", "f8"),
    ("radius", "f8"),  # of the datum sphere, m
    ("tick", "f8"), ("substeps", "i8"), ("coast_step", "f8"), ("powered_max", "f8"),
])  # fmt: skip
"""A scenario and one flight's draws as the kernels read them: one record, which numba passes as a pointer."""


class Start(NamedTuple):
    """What a flight starts from, besides its `PACKED` record."""

    state: np.ndarray
    guidance: np.ndarray
    navigation: np.ndarray
    faults: np.ndarray
    noise: NoiseP


def stream(seed: int, name: str) -> np.random.Generator:
    """The random stream called `name` of a flight: the same numbers whatever the other streams are used for."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def draw_noise(seed: int | None, ticks: int, ranges: int) -> NoiseP:
    """Sensor noise of one flight from its named streams; without a seed zero, but chance (of dropouts ...) stays."""
    chance = stream(seed or 0, "altimeter.chance").random((ranges, 3))
    if seed is None:
        return NoiseP(np.zeros(ranges), chance, np.zeros((ticks, 2)), np.zeros((1, 2)))
    return NoiseP(
        stream(seed, "altimeter.noise").standard_normal(ranges),
        chance,
        stream(seed, "imu.noise").standard_normal((ticks, 2)),
        stream(seed, "velocimeter.noise").standard_normal((2000, 2)),
    )


def pack(s: Scenario, seed: int | None) -> tuple[Any, Start]:
    """Numbers for the kernels; seed None is the flight without noise and dispersion (a fault's chance stays random)."""
    d = s.dispersions
    if seed is None:
        z, phases, roughness = np.zeros(14), np.zeros(4), 0.0
    else:
        z = stream(seed, "dispersions").standard_normal(14)
        phases = stream(seed, "terrain.roughness").uniform(0.0, 2.0 * math.pi, 4)
        roughness = d.roughness_m
    packed = np.zeros(1, PACKED).view(np.recarray)[0]
    datum = pack_terrain(s.terrain, roughness, phases, packed.terrain)
    mass = s.vehicle.mass_kg + d.mass_kg * z[0]
    packed.vehicle = pack_vehicle(s.vehicle, mass, 1.0 + d.thrust_fraction * z[1], 1.0 + d.isp_fraction * z[2])
    k, tilt, every = s.knowledge, math.radians(d.attitude_deg) * z[8], round(s.altimeter.period_s / s.clock.tick_s)
    packed.along, packed.height = k.along_m + d.along_m * z[3], k.height_m + d.height_m * z[4]
    packed.forward, packed.vertical = k.forward_mps + d.forward_mps * z[5], k.vertical_mps + d.vertical_mps * z[6]
    packed.map_error, packed.has_map = k.map_m + d.map_m * z[13], s.navigation.map
    packed.sensors = (
        s.altimeter.range_max_m, s.altimeter.range_min_m, s.altimeter.noise_m, s.altimeter.noise_fraction,
        s.altimeter.dropout_probability if seed is not None else 0.0, d.range_bias_m * z[7], every,
        s.velocimeter.altitude_max_m, s.velocimeter.noise_mps, s.imu.velocity_noise_mps_sqrts, math.cos(tilt), math.sin(tilt),
        d.accel_bias_mps2 * z[9], d.accel_bias_mps2 * z[10], d.accel_scale * z[11],
    )  # fmt: skip
    packed.sigma_height, packed.sigma_speed = s.navigation.sigma_height_m, s.navigation.sigma_speed_mps
    packed.radius, packed.tick, packed.substeps = R_MOON + datum, s.clock.tick_s, int(s.clock.substeps)
    packed.coast_step, packed.powered_max = s.clock.coast_step_s, s.clock.powered_max_s

    orbit_radius = R_MOON + s.orbit.altitude_m
    speed = math.sqrt(MU_MOON / orbit_radius) - (s.orbit.deorbit_dv_mps + d.deorbit_dv_mps * z[12])
    y = initial_state(mass, orbit_radius, speed)
    y[THETA] = -s.orbit.deorbit_distance_m / packed.radius
    ticks = math.ceil(s.clock.powered_max_s / s.clock.tick_s) + 2
    noise = draw_noise(seed, ticks, ticks // every + 2)
    return packed, Start(y, pack_guidance(s.guidance), pack_navigation(s.navigation, datum), pack_faults(s.faults), noise)
