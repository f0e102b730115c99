"""What the lander can measure: accelerations, height over the ground, velocity, position from craters.

Each sensor reads the truth, adds its own errors, and then what the active faults do to it. Navigation sees only `meas`,
the array that these functions fill; its entries are the constants just below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lunarlab.descent import faults as f
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, choice, number

# meas, as a filter sees it. Velocities and increments are forward, left, up in the local-level frame, m/s.
DT, DVX, DVY, DVZ = 0, 1, 2, 3  # time since the last call [s], accelerometer increments over it
RANGE, RANGE_VALID = 4, 5  # height over the ground [m], 1 if new and valid now
VELX, VELY, VELZ, VEL_VALID = 6, 7, 8, 9
MAP_HEIGHT, MAP_SLOPE = 10, 11  # the onboard map at the predicted position: m above the datum, and its rise forward ...
MAP_SLOPE_Y = 12  # ... and left, per metre (0 without a map)
RANGE_2, RANGE_2_VALID = 13, 14  # a second altimeter
FIX_X, FIX_Y, FIX_VALID, FIX_SIGMA = 15, 16, 17, 18  # a camera's position relative to the target [m], and its 1-sigma claim
MEAS_SIZE = 24

# What a sensor remembers between samples (frozen and delayed readings).
LAST_RANGE, LAST_DVX, LAST_DVZ, LAST_VELX, LAST_VELZ = range(5)
RANGE_FROZEN, IMU_FROZEN, VEL_FROZEN = 5, 6, 7  # 1 once the value to repeat has been taken
LAST_RANGE_2, RANGE_2_FROZEN, LAST_DVY, LAST_VELY, LAST_FIX_X, LAST_FIX_Y, FIX_FROZEN = range(8, 15)
SENSOR_MEMORY = 16
DELAY_LINE = 1024  # samples kept for a delayed altimeter: the longest delay at the shortest tick


SLANTS = ("off", "projected", "positive")
POSITIVE = 2


@dataclass(frozen=True)
class Altimeter:
    """Laser range finder, looking down: range is the height over the ground. With `slant` it looks along the axis."""

    range_max_m: float = number(18e3, "m", 0.0, 1e6, "highest height that gives a valid range")
    range_min_m: float = number(0.5, "m", 0.0, 1e5, "lowest height that gives a valid range")
    noise_m: float = number(1.0, "m", 0.0, 1e4, "1-sigma noise, fixed part")
    noise_fraction: float = number(1e-3, "", 0.0, 1.0, "1-sigma noise, part proportional to the range")
    dropout_probability: float = number(0.0, "", 0.0, 1.0, "fraction of ranges that is lost")
    period_s: float = number(0.2, "s", 0.01, 10.0, "time between ranges, a whole number of ticks")
    slant: str = choice(
        "off", SLANTS, "projected: along the axis, times the cosine of the believed tilt; positive: no height below zero"
    )

    def __post_init__(self) -> None:
        check_fields(self)


def no_altimeter() -> Altimeter:
    """The second altimeter of a lander that has one: none."""
    return Altimeter(range_max_m=0.0)


@dataclass(frozen=True)
class Camera:
    """Position over the ground from craters matched with a catalogue, between two heights. In three dimensions only."""

    height_max_m: float = number(0.0, "m", 0.0, 1e6, "works below this height over the ground; 0: there is none")
    height_min_m: float = number(100.0, "m", 0.0, 1e6, "works above this height: closer, the picture outgrows the catalogue")
    period_s: float = number(5.0, "s", 0.1, 600.0, "time between fixes, a whole number of ticks")
    noise_m: float = number(3.0, "m", 0.0, 1e4, "1-sigma noise of a position, fixed part")
    noise_fraction: float = number(2e-3, "", 0.0, 1.0, "1-sigma noise, part proportional to the height")
    mismatch_probability: float = number(0.0, "", 0.0, 1.0, "fraction of fixes that match the wrong crater")
    mismatch_m: float = number(500.0, "m", 0.0, 1e5, "1-sigma error of such a fix; its claim stays as it is")
    catalogue_m: float = number(0.0, "m", 0.0, 1e4, "1-sigma error of the whole catalogue, each axis, one draw a flight")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.height_max_m > 0.0 and self.height_min_m >= self.height_max_m:
            raise LunarlabError(
                f"Camera.height_min_m is {self.height_min_m:g} m; it must be below height_max_m, {self.height_max_m:g} m"
            )


@dataclass(frozen=True)
class Velocimeter:
    """Doppler velocimeter, valid only close to the ground."""

    altitude_max_m: float = number(0.0, "m", 0.0, 1e6, "works below this height over the ground; 0: there is none")
    noise_mps: float = number(0.1, "m/s", 0.0, 100.0, "1-sigma noise per axis")

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Imu:
    """Accelerometers on a gyro-stabilised frame. Constant errors of one flight are in `Dispersions`."""

    velocity_noise_mps_sqrts: float = number(5e-4, "", 0.0, 1.0, "velocity random walk, m/s per square root of a second")

    def __post_init__(self) -> None:
        check_fields(self)


ALTIMETER = np.dtype([
    ("range_max", "f8"), ("range_min", "f8"), ("noise", "f8"), ("noise_fraction", "f8"), ("dropout", "f8"), ("bias", "f8"),
    ("every", "i8"),  # in ticks
    ("slant", "i8"),  # place in `SLANTS`
])  # fmt: skip
"""An altimeter as the kernels read it."""

SENSORS = np.dtype([
    ("altimeter", ALTIMETER), ("altimeter_2", ALTIMETER),
    ("vel_altitude", "f8"), ("vel_noise", "f8"),
    ("imu_noise", "f8"), ("imu_cos", "f8"), ("imu_sin", "f8"),  # cosine and sine of the attitude error in pitch
    ("imu_yaw", "f8"), ("imu_roll", "f8"),  # small attitude errors about up and forward, rad
    ("imu_bias_x", "f8"), ("imu_bias_y", "f8"), ("imu_bias_z", "f8"), ("imu_scale", "f8"),
    ("fix_max", "f8"), ("fix_min", "f8"), ("fix_noise", "f8"), ("fix_noise_fraction", "f8"), ("fix_mismatch", "f8"),
    ("fix_mismatch_sigma", "f8"), ("fix_bias_x", "f8"), ("fix_bias_y", "f8"), ("fix_every", "i8"),
])  # fmt: skip
"""The sensors as the kernels read them."""


class NoiseP(NamedTuple):
    """Random numbers of one flight, drawn before it from named streams; index k of each belongs to sample k."""

    range_normal: np.ndarray  # (n,) standard normal
    range_uniform: np.ndarray  # (n, 3) for dropout, for spurious or short, for the spurious value
    imu_normal: np.ndarray  # (n, 2) forward, up
    vel_normal: np.ndarray  # (n, 2)
    imu_left: np.ndarray  # (n,); this and what follows has one entry in a flight that does not need it
    vel_left: np.ndarray  # (n,)
    range_2_normal: np.ndarray  # (n,)
    range_2_uniform: np.ndarray  # (n, 3)
    fix_normal: np.ndarray  # (n, 4) forward and left, of a fix and of a mismatch
    fix_uniform: np.ndarray  # (n,) for a mismatch
    scan_normal: np.ndarray  # (n,) of the hazard scan


@kernel
def read_imu(dt, dv_x, dv_y, dv_z, noise_x, noise_y, noise_z, t, p, rows, memory, meas):
    """Fill the accelerometer increments over the last dt seconds from the true ones, dv_x, dv_y, dv_z [m/s].

    noise_x, noise_y, noise_z: standard normal numbers; p: a SENSORS record.
    """
    sigma, bias_z, scale = p.imu_noise * math.sqrt(dt), p.imu_bias_z, 1.0 + p.imu_scale
    frozen, absent, limit = False, False, math.inf
    for i in range(f.count(rows)):
        if f.is_active(rows, i, f.IMU, t):
            kind, value = int(rows[i, f.F_KIND]), rows[i, f.F_VALUE]
            if kind == f.BIAS:
                bias_z += value
            elif kind == f.NOISE:
                sigma *= value
            elif kind == f.SCALE:
                scale *= value
            elif kind == f.ABSENT:
                absent = True
            elif kind == f.FROZEN:
                frozen = True
            elif kind == f.SATURATED:
                limit = value * dt
    if frozen and memory[IMU_FROZEN] > 0.0:
        x, y, z = memory[LAST_DVX], memory[LAST_DVY], memory[LAST_DVZ]
    elif absent:
        x, y, z = 0.0, 0.0, 0.0
    else:
        # An attitude error of epsilon turns the measured vector by epsilon.
        x = (p.imu_cos * dv_x - p.imu_sin * dv_z - p.imu_yaw * dv_y) * scale + p.imu_bias_x * dt + sigma * noise_x
        y = (dv_y + p.imu_yaw * dv_x - p.imu_roll * dv_z) * scale + p.imu_bias_y * dt + sigma * noise_y
        z = (p.imu_sin * dv_x + p.imu_cos * dv_z + p.imu_roll * dv_y) * scale + bias_z * dt + sigma * noise_z
        x, y, z = min(max(x, -limit), limit), min(max(y, -limit), limit), min(max(z, -limit), limit)
    memory[LAST_DVX], memory[LAST_DVY], memory[LAST_DVZ] = x, y, z
    memory[IMU_FROZEN] = 1.0 if frozen and dt > 0.0 else 0.0
    meas[DT], meas[DVX], meas[DVY], meas[DVZ] = dt, x, y, z


@kernel
def read_altimeter(height, k, period, normal, chance, t, p, target, rows, memory, line, meas):
    """Fill the range from the true height over the ground [m]; k counts samples, one every `period` seconds.

    The reading comes first (noise, then faults), validity last. normal: a standard normal number; chance: three
    uniform ones, for dropout, for spurious or short readings, and for their value. p: an ALTIMETER record; target:
    `faults.ALTIMETER` or `faults.ALTIMETER_2`, whose place in `meas` is filled. `line` keeps true heights for a delayed
    reading.
    """
    first = target == f.ALTIMETER
    line[k % DELAY_LINE] = height
    sigma = math.sqrt(p.noise * p.noise + p.noise_fraction * height * (p.noise_fraction * height))
    bias, scale, seen, limit, late = p.bias, 1.0, height, math.inf, math.inf
    valid = chance[0] >= p.dropout
    frozen, absent, wild, wild_limit = False, False, False, 0.0
    for i in range(f.count(rows)):
        if not f.is_active(rows, i, target, t):
            continue
        kind, value, odds = int(rows[i, f.F_KIND]), rows[i, f.F_VALUE], rows[i, f.F_PROBABILITY]
        if kind == f.BIAS:
            bias += value
        elif kind == f.NOISE:
            sigma *= value
        elif kind == f.SCALE:
            scale *= value
        elif kind == f.DELAY:
            back = min(int(value / period + 0.5), min(k, DELAY_LINE - 1))
            seen = line[(k - back) % DELAY_LINE]
        elif kind == f.LATE:
            late = min(late, value)
        elif kind == f.ABSENT:
            absent, valid = True, False
        elif kind == f.LOCKOUT:
            valid = False
        elif kind == f.FROZEN:
            frozen = True
        elif kind == f.SATURATED:
            limit = min(limit, value)
        elif kind == f.DROPOUT:
            valid = valid and chance[0] >= odds
        elif kind == f.SPURIOUS and chance[1] < odds:
            wild, wild_limit = True, value
        elif kind == f.SHORT and chance[1] < odds:
            limit = min(limit, value * chance[2])
    reading = seen * scale + bias + sigma * normal
    if wild:
        reading = wild_limit * chance[2]
    reading = min(reading, limit)
    if absent:
        reading = 0.0
    last, was_frozen = (LAST_RANGE, RANGE_FROZEN) if first else (LAST_RANGE_2, RANGE_2_FROZEN)
    if frozen and memory[was_frozen] > 0.0:
        reading = memory[last]
    memory[last] = reading
    memory[was_frozen] = 1.0 if frozen else 0.0
    meas[RANGE if first else RANGE_2] = reading
    meas[RANGE_VALID if first else RANGE_2_VALID] = 1.0 if valid and p.range_min <= height <= min(p.range_max, late) else 0.0


@kernel
def read_velocimeter(v_x, v_y, v_z, noise_x, noise_y, noise_z, t, p, rows, memory, meas):
    """Fill the velocity [m/s] from the true one; noise_x, noise_y, noise_z: standard normal numbers."""
    sigma, bias, scale = p.vel_noise, 0.0, 1.0
    valid, frozen = True, False
    for i in range(f.count(rows)):
        if f.is_active(rows, i, f.VELOCIMETER, t):
            kind, value = int(rows[i, f.F_KIND]), rows[i, f.F_VALUE]
            if kind == f.BIAS:
                bias += value
            elif kind == f.NOISE:
                sigma *= value
            elif kind == f.SCALE:
                scale *= value
            elif kind == f.ABSENT:
                valid = False
            elif kind == f.FROZEN:
                frozen = True
    x = v_x * scale + bias + sigma * noise_x
    y = v_y * scale + sigma * noise_y
    z = v_z * scale + bias + sigma * noise_z
    if frozen and memory[VEL_FROZEN] > 0.0:
        x, y, z = memory[LAST_VELX], memory[LAST_VELY], memory[LAST_VELZ]
    memory[LAST_VELX], memory[LAST_VELY], memory[LAST_VELZ] = x, y, z
    memory[VEL_FROZEN] = 1.0 if frozen else 0.0
    meas[VELX], meas[VELY], meas[VELZ] = x, y, z
    meas[VEL_VALID] = 1.0 if valid else 0.0


@kernel
def read_camera(x, y, height, normal, chance, t, p, rows, memory, meas):
    """Fill a position fix from the true position relative to the target [m] and the height over the ground [m].

    normal: four standard normal numbers; chance: a uniform one, for a mismatch. p: a SENSORS record.
    """
    claim = math.sqrt(p.fix_noise * p.fix_noise + p.fix_noise_fraction * height * (p.fix_noise_fraction * height))
    sigma, bias, odds, wrong = claim, 0.0, p.fix_mismatch, p.fix_mismatch_sigma
    valid, frozen = p.fix_min <= height <= p.fix_max, False
    for i in range(f.count(rows)):
        if f.is_active(rows, i, f.CAMERA, t):
            kind, value = int(rows[i, f.F_KIND]), rows[i, f.F_VALUE]
            if kind == f.BIAS:
                bias += value
            elif kind == f.NOISE:
                sigma *= value
            elif kind == f.ABSENT:
                valid = False
            elif kind == f.FROZEN:
                frozen = True
            elif kind == f.MISMATCH:
                odds, wrong = max(odds, rows[i, f.F_PROBABILITY]), value
    fix_x = x + p.fix_bias_x + bias + sigma * normal[0]
    fix_y = y + p.fix_bias_y + sigma * normal[1]
    if chance < odds:
        fix_x += wrong * normal[2]
        fix_y += wrong * normal[3]
    if frozen and memory[FIX_FROZEN] > 0.0:
        fix_x, fix_y = memory[LAST_FIX_X], memory[LAST_FIX_Y]
    memory[LAST_FIX_X], memory[LAST_FIX_Y] = fix_x, fix_y
    memory[FIX_FROZEN] = 1.0 if frozen else 0.0
    meas[FIX_X], meas[FIX_Y], meas[FIX_SIGMA] = fix_x, fix_y, claim
    meas[FIX_VALID] = 1.0 if valid else 0.0
