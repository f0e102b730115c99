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
from lunarlab.descent.attitude import ATTITUDE, Attitude, pack_attitude
from lunarlab.descent.computer import COMPUTER, Computer, check_computer, pack_computer
from lunarlab.descent.cutoff import CUTOFF, Cutoff, pack_cutoff
from lunarlab.descent.faults import Fault, pack_faults
from lunarlab.descent.gear import Gear
from lunarlab.descent.guidance import Guidance, pack_guidance
from lunarlab.descent.hazards import HAZARDS, Hazards, pack_hazards, samples
from lunarlab.descent.navigation import Navigation, pack_navigation
from lunarlab.descent.sensors import SENSORS, SLANTS, Altimeter, Camera, Imu, NoiseP, Velocimeter, no_altimeter
from lunarlab.descent.settle import can_settle
from lunarlab.descent.space import Site, flight_time, rotation_vector
from lunarlab.descent.space import initial_state as space_state
from lunarlab.descent.terrain import TERRAIN, Terrain, pack_terrain
from lunarlab.descent.touchdown import Limits
from lunarlab.descent.vehicle import PHI, PITCH, THETA, V_UP, VEHICLE, Vehicle, initial_state, pack_vehicle
from lunarlab.descent.zone import ZONE, Zone, pack_zone
from lunarlab.errors import LunarlabError
from lunarlab.units import check_fields, number


@dataclass(frozen=True)
class Orbit:
    """The circular orbit that the descent starts from, and the burn that leaves it; or, with a start height, no orbit.

    A lander that comes straight from the Earth, or hangs on a parachute, starts in mid-air: at `start_height_m` over the
    datum, with its engines backwards along its path, and braking begins at once. The seed's spread is then that of what the
    navigation knows, not of where the lander is.
    """

    altitude_m: float = number(100e3, "m", 1e3, 1e6, "height of the circular orbit above 1737.4 km")
    deorbit_dv_mps: float = number(18.6, "m/s", 0.1, 500.0, "speed taken out by the de-orbit burn")
    deorbit_distance_m: float = number(5.21e6, "m", 1e5, 1.1e7, "ground distance from that burn to the target")
    start_height_m: float = number(0.0, "m", 0.0, 1e6, "height over the datum to start from instead; 0: from the orbit")
    start_distance_m: float = number(0.0, "m", -1e6, 5e6, "ground distance to the target there")
    start_forward_mps: float = number(0.0, "m/s", -3e3, 3e3, "forward speed there")
    start_down_mps: float = number(0.0, "m/s", -3e3, 3e3, "descent speed there")

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("start_distance_m", "start_forward_mps", "start_down_mps"):
            if self.start_height_m == 0.0 and getattr(self, name) != 0.0:
                raise LunarlabError(
                    f"Orbit.{name} is {getattr(self, name):g}, and start_height_m 0: the flight starts from the orbit; "
                    "give a start height above 0, too"
                )


@dataclass(frozen=True)
class Knowledge:
    """What the navigation gets wrong at the start of braking, always (the seed adds to it: see `Dispersions`)."""

    height_m: float = number(0.0, "m", -1e5, 1e5, "estimated minus true height")
    vertical_mps: float = number(0.0, "m/s", -1e3, 1e3, "estimated minus true vertical speed")
    along_m: float = number(0.0, "m", -1e5, 1e5, "estimated minus true position along the track")
    forward_mps: float = number(0.0, "m/s", -1e3, 1e3, "estimated minus true forward speed")
    map_m: float = number(0.0, "m", -1e4, 1e4, "height error of the onboard map")
    cross_m: float = number(0.0, "m", -1e5, 1e5, "3 dimensions: estimated minus true position left of the track")
    left_mps: float = number(0.0, "m/s", -1e3, 1e3, "3 dimensions: estimated minus true speed to the left")

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
    pointing_deg: float = number(0.0, "deg", 0.0, 30.0, "direction of the thrust against the commanded one, each axis")
    cross_m: float = number(0.0, "m", 0.0, 1e5, "3 dimensions: knowledge of the position left of the track")
    left_mps: float = number(0.0, "m/s", 0.0, 100.0, "3 dimensions: knowledge of the speed to the left")
    cross_track_m: float = number(0.0, "m", 0.0, 2e4, "3 dimensions: where the orbit passes the target")

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
    gear: Gear = field(default_factory=Gear)
    site: Site = field(default_factory=Site)
    altimeter_2: Altimeter = field(default_factory=no_altimeter)
    camera: Camera = field(default_factory=Camera)
    hazards: Hazards = field(default_factory=Hazards)
    computer: Computer = field(default_factory=Computer)
    cutoff: Cutoff = field(default_factory=Cutoff)
    attitude: Attitude = field(default_factory=Attitude)
    zone: Zone = field(default_factory=Zone)
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
            elif part.name != "name" and type(value).__name__ != part.type:
                raise LunarlabError(f"Scenario.{part.name} is {value!r}; it must be a {part.type}")
        check_computer(self.computer, self.clock.tick_s)
        if self.gear.legs:
            can_settle(self.gear, self.vehicle.dry_mass_kg)
        for sensor in (self.altimeter, self.altimeter_2, self.camera):
            ticks = sensor.period_s / self.clock.tick_s
            if abs(ticks - round(ticks)) > 1e-6:
                raise LunarlabError(
                    f"{type(sensor).__name__}.period_s is {sensor.period_s:g} s; it must be a whole number of Clock.tick_s, "
                    f"{self.clock.tick_s:g} s"
                )

    @cached_property
    def digest(self) -> str:
        """Short hash of every number and word: equal digests fly alike if the terrain files they name are equal."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def check_filter(s: Scenario) -> None:
    """Refuse the vertical filter where the lander has to find its way across the track: it takes the Moon for a plane."""
    if s.site.dimensions == 3.0 and s.navigation.filter == "vertical":
        off = {"Site.rotation": s.site.rotation, "Site.cross_track_m": s.site.cross_track_m,
               "Dispersions.cross_track_m": s.dispersions.cross_track_m}  # fmt: skip
        name = next((name for name, value in off.items() if value != 0.0), None)
        if name is not None:
            raise LunarlabError(
                f"Navigation.filter is 'vertical' and {name} is {off[name]:g}; that filter knows neither a Moon that turns "
                "nor a place beside the track: take filter='six', give a filter of your own, or set it to 0"
            )


PACKED = np.dtype([
    ("vehicle", VEHICLE), ("sensors", SENSORS), ("terrain", TERRAIN), ("hazards", HAZARDS),
    ("space", "i8"), ("omega", "f8", 3),  # 1: three dimensions; rotation up, forward, left at the target, rad/s
    # what the navigation gets wrong at ignition in this flight
    ("along", "f8"), ("cross", "f8"), ("height", "f8"), ("forward", "f8"), ("left", "f8"), ("vertical", "f8"),
    ("map_error", "f8"), ("has_map", "f8"),
    ("sigma", "f8", 6),  # 1-sigma x, y, z, vx, vy, vz that it starts with
    ("radius", "f8"),  # of the datum sphere, m
    ("cutoff", CUTOFF), ("attitude", ATTITUDE), ("midair", "i8"),  # 1: no orbit
    ("tick", "f8"), ("substeps", "i8"), ("coast_step", "f8"), ("powered_max", "f8"),
    ("computer", COMPUTER), ("zone", ZONE),
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


def draw_noise(seed: int | None, scene: Scenario, ticks: int, ranges: int) -> NoiseP:
    """Sensor noise of one flight from its named streams; without a seed zero, but chance (of dropouts ...) stays."""

    def normal(name: str, *shape: int) -> np.ndarray:
        return np.zeros(shape) if seed is None or shape[0] == 1 else stream(seed, name).standard_normal(shape)

    def chance(name: str, *shape: int) -> np.ndarray:
        return np.zeros(shape) if shape[0] == 1 else stream(seed or 0, name).random(shape)

    space, second = scene.site.dimensions == 3.0, scene.altimeter_2.range_max_m > 0.0
    ranges_2 = math.ceil(ticks * scene.clock.tick_s / scene.altimeter_2.period_s) + 2 if second else 1
    fixes = math.ceil(ticks * scene.clock.tick_s / scene.camera.period_s) + 2 if scene.camera.height_max_m > 0.0 else 1
    vel = 1 if seed is None else 2000
    return NoiseP(
        normal("altimeter.noise", ranges), chance("altimeter.chance", ranges, 3),
        normal("imu.noise", ticks, 2), normal("velocimeter.noise", vel, 2),
        normal("imu.noise.left", ticks if space else 1), normal("velocimeter.noise.left", vel if space else 1),
        normal("altimeter_2.noise", ranges_2), chance("altimeter_2.chance", ranges_2, 3),
        normal("camera.noise", fixes, 4), chance("camera.chance", fixes), normal("hazards.noise", samples(scene.hazards)),
    )  # fmt: skip


def draw(d: Dispersions, seed: int | None) -> dict[str, float]:
    """What varies in the flight of this seed, by the name of its dispersion, in that one's unit; all 0 without a seed.

    The three accelerometer biases are told apart by `_x`, `_y`, `_z`, the second pointing error by `_left`. Roughness is
    a landscape, not a number, and not among them.
    """
    names = (
        "mass_kg", "thrust_fraction", "isp_fraction", "along_m", "height_m", "forward_mps", "vertical_mps", "range_bias_m",
        "attitude_deg", "accel_bias_mps2_x", "accel_bias_mps2_z", "accel_scale", "deorbit_dv_mps", "map_m",
    )  # fmt: skip
    later = (
        "pointing_deg", "pointing_deg_left", "cross_m", "left_mps", "cross_track_m", "accel_bias_mps2_y", "attitude_deg_yaw",
        "attitude_deg_roll", "camera_x", "camera_y", "range_bias_m_2",
    )  # fmt: skip
    if seed is None:
        return dict.fromkeys((*names, *later), 0.0)
    z = dict(zip(names, stream(seed, "dispersions").standard_normal(len(names)).tolist(), strict=True))
    z |= dict(zip(later, stream(seed, "dispersions.space").standard_normal(len(later)).tolist(), strict=True))
    for name in z:
        sigma = next((f.name for f in dataclasses.fields(d) if name == f.name or name.startswith(f"{f.name}_")), None)
        if sigma is not None:
            z[name] *= getattr(d, sigma)
    return z


def _altimeter(a: Altimeter, bias: float, tick_s: float, quiet: bool) -> tuple[float, ...]:
    return (
        a.range_max_m, a.range_min_m, a.noise_m, a.noise_fraction, 0.0 if quiet else a.dropout_probability, bias,
        round(a.period_s / tick_s), SLANTS.index(a.slant),
    )  # fmt: skip


def pack(s: Scenario, seed: int | None) -> tuple[Any, Start]:
    """Numbers for the kernels; seed None is the flight without noise and dispersion (a fault's chance stays random)."""
    d, quiet = s.dispersions, seed is None
    z = draw(d, seed)
    phases = np.zeros(4) if quiet else stream(seed or 0, "terrain.roughness").uniform(0.0, 2.0 * math.pi, 4)
    packed = np.zeros(1, PACKED).view(np.recarray)[0]
    datum = pack_terrain(s.terrain, 0.0 if quiet else d.roughness_m, phases, packed.terrain)
    mass, tick, k, c = s.vehicle.mass_kg + z["mass_kg"], s.clock.tick_s, s.knowledge, s.camera
    tilt = math.radians(z["attitude_deg"])
    packed.vehicle = pack_vehicle(
        s.vehicle, mass, 1.0 + z["thrust_fraction"], 1.0 + z["isp_fraction"],
        math.radians(z["pointing_deg"]), math.radians(z["pointing_deg_left"]),
    )  # fmt: skip
    packed.along, packed.height = k.along_m + z["along_m"], k.height_m + z["height_m"]
    packed.forward, packed.vertical = k.forward_mps + z["forward_mps"], k.vertical_mps + z["vertical_mps"]
    packed.map_error, packed.has_map = k.map_m + z["map_m"], s.navigation.map
    space = s.site.dimensions == 3.0
    if space:
        packed.cross, packed.left = k.cross_m + z["cross_m"], k.left_mps + z["left_mps"]
    packed.space, packed.omega[:] = space, rotation_vector(s.site)
    packed.sensors = (
        _altimeter(s.altimeter, z["range_bias_m"], tick, quiet),
        _altimeter(s.altimeter_2, z["range_bias_m_2"], tick, quiet),
        s.velocimeter.altitude_max_m, s.velocimeter.noise_mps, s.imu.velocity_noise_mps_sqrts, math.cos(tilt), math.sin(tilt),
        *((math.radians(z["attitude_deg_yaw"]), math.radians(z["attitude_deg_roll"])) if space else (0.0, 0.0)),
        z["accel_bias_mps2_x"], z["accel_bias_mps2_y"] if space else 0.0, z["accel_bias_mps2_z"], z["accel_scale"],
        c.height_max_m if space else 0.0, c.height_min_m, c.noise_m, c.noise_fraction,
        0.0 if quiet else c.mismatch_probability, c.mismatch_m, c.catalogue_m * z["camera_x"], c.catalogue_m * z["camera_y"],
        round(c.period_s / tick),
    )  # fmt: skip
    packed.hazards = pack_hazards(s.hazards)
    packed.computer, packed.zone = pack_computer(s.computer, s.faults, tick), pack_zone(s.zone)
    packed.cutoff = pack_cutoff(s.cutoff, s.limits.survivable_mps, s.faults)
    packed.attitude, packed.midair = pack_attitude(s.attitude, s.faults), s.orbit.start_height_m > 0.0
    n = s.navigation
    packed.sigma[:] = n.start_sigmas(space)
    packed.radius, packed.tick, packed.substeps = R_MOON + datum, tick, int(s.clock.substeps)
    packed.coast_step, packed.powered_max = s.clock.coast_step_s, s.clock.powered_max_s

    o = s.orbit
    radius, dv = R_MOON + o.altitude_m, o.deorbit_dv_mps + z["deorbit_dv_mps"]
    speed = math.sqrt(MU_MOON / radius) - dv
    if packed.midair:
        y = initial_state(mass, packed.radius + o.start_height_m, o.start_forward_mps)
        y[THETA], y[V_UP] = -o.start_distance_m / packed.radius, -o.start_down_mps
        falls = o.start_down_mps >= 0.0 and math.hypot(o.start_down_mps, o.start_forward_mps) > 0.0
        y[PITCH] = math.atan2(o.start_down_mps, o.start_forward_mps) if falls else 0.5 * math.pi
        y[PHI] = (s.site.cross_track_m + z["cross_track_m"]) / packed.radius if space else 0.0
    elif space:
        until = flight_time(o.altitude_m, speed, o.deorbit_distance_m, s.guidance.brake_decel_mps2)
        site = dataclasses.replace(s.site, cross_track_m=s.site.cross_track_m + z["cross_track_m"])
        y = space_state(site, mass, radius, speed, o.deorbit_distance_m / packed.radius, until)
    else:
        y = initial_state(mass, radius, speed)
        y[THETA] = -o.deorbit_distance_m / packed.radius
    ticks = math.ceil(s.clock.powered_max_s / tick) + 2
    noise = draw_noise(seed, s, ticks, ticks // packed.sensors.altimeter.every + 2)
    navigation = pack_navigation(n, datum, packed.omega, 3 if space else 2)
    return packed, Start(y, pack_guidance(s.guidance), navigation, pack_faults(s.faults), noise)
