"""What the lander can measure: accelerations (IMU), height over the ground (laser altimeter), velocity (velocimeter).

Each sensor reads the truth, adds its own errors, and then what the active faults do to it. Navigation sees only `meas`,
the array that these functions fill; its entries are the constants just below.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lunarlab.descent import faults as f
from lunarlab.jit import kernel
from lunarlab.units import check_fields, number

# meas, as a filter sees it. Velocities and increments are forward, left, up in the local-level frame, m/s.
DT, DVX, DVY, DVZ = 0, 1, 2, 3  # time since the last call [s], accelerometer increments over it
RANGE, RANGE_VALID = 4, 5  # height over the ground [m], 1 if new and valid now
VELX, VELY, VELZ, VEL_VALID = 6, 7, 8, 9
MAP_HEIGHT, MAP_SLOPE = 10, 11  # the onboard map at the predicted position: m above the datum, and its slope (0 without map)
MEAS_SIZE = 12

# What a sensor remembers between samples (frozen and delayed readings).
LAST_RANGE, LAST_DVX, LAST_DVZ, LAST_VELX, LAST_VELZ = range(5)
RANGE_FROZEN, IMU_FROZEN, VEL_FROZEN = 5, 6, 7  # 1 once the value to repeat has been taken
SENSOR_MEMORY = 8
DELAY_LINE = 1024  # samples kept for a delayed altimeter: the longest delay at the shortest tick


@dataclass(frozen=True)
class Altimeter:
    """Laser range finder, looking down: range is the height over the ground."""

    range_max_m: float = number(18e3, "m", 0.0, 1e6, "highest height that gives a valid range")
    range_min_m: float = number(0.5, "m", 0.0, 1e5, "lowest height that gives a valid range")
    noise_m: float = number(1.0, "m", 0.0, 1e4, "1-sigma noise, fixed part")
    noise_fraction: float = number(1e-3, "", 0.0, 1.0, "1-sigma noise, part proportional to the range")
    dropout_probability: float = number(0.0, "", 0.0, 1.0, "fraction of ranges that is lost")
    period_s: float = number(0.2, "s", 0.01, 10.0, "time between ranges, a whole number of ticks")

    def __post_init__(self) -> None:
        check_fields(self)


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


SENSORS = np.dtype([
    ("range_max", "f8"), ("range_min", "f8"), ("range_noise", "f8"), ("range_noise_fraction", "f8"),
    ("range_dropout", "f8"), ("range_bias", "f8"), ("range_every", "i8"),  # the last in ticks
    ("vel_altitude", "f8"), ("vel_noise", "f8"),
    ("imu_noise", "f8"), ("imu_cos", "f8"), ("imu_sin", "f8"),  # cosine and sine of the attitude error
    ("imu_bias_x", "f8"), ("imu_bias_z", "f8"), ("imu_scale", "f8"),
])  # fmt: skip
"""The three sensors as the kernels read them."""


class NoiseP(NamedTuple):
    """Random numbers of one flight, drawn before it from named streams; index k of each belongs to sample k."""

    range_normal: np.ndarray  # (n,) standard normal
    range_uniform: np.ndarray  # (n, 3) for dropout, for spurious or short, for the spurious value
    imu_normal: np.ndarray  # (n, 2) forward, up
    vel_normal: np.ndarray  # (n, 2)


@kernel
def read_imu(dt, dv_x, dv_z, noise_x, noise_z, t, p, rows, memory, meas):
    """Fill the accelerometer increments over the last dt seconds from the true ones, dv_x and dv_z [m/s].

    noise_x, noise_z: standard normal numbers.
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
        x, z = memory[LAST_DVX], memory[LAST_DVZ]
    elif absent:
        x, z = 0.0, 0.0
    else:
        # An attitude error of epsilon turns the measured vector by epsilon.
        x = (p.imu_cos * dv_x - p.imu_sin * dv_z) * scale + p.imu_bias_x * dt + sigma * noise_x
        z = (p.imu_sin * dv_x + p.imu_cos * dv_z) * scale + bias_z * dt + sigma * noise_z
        x, z = min(max(x, -limit), limit), min(max(z, -limit), limit)
    memory[LAST_DVX], memory[LAST_DVZ] = x, z
    memory[IMU_FROZEN] = 1.0 if frozen and dt > 0.0 else 0.0
    meas[DT], meas[DVX], meas[DVY], meas[DVZ] = dt, x, 0.0, z


@kernel
def read_altimeter(height, k, period, normal, chance, t, p, rows, memory, line, meas):
    """Fill the range from the true height over the ground [m]; k counts samples, one every `period` seconds.

    The reading comes first (noise, then faults), validity last. normal: a standard normal number; chance: three
    uniform ones, for dropout, for spurious or short readings, and for their value. `line` keeps true heights for a
    delayed reading.
    """
    line[k % DELAY_LINE] = height
    sigma = math.sqrt(p.range_noise * p.range_noise + p.range_noise_fraction * height * (p.range_noise_fraction * height))
    bias, scale, seen, limit, late = p.range_bias, 1.0, height, math.inf, math.inf
    valid = chance[0] >= p.range_dropout
    frozen, absent, wild, wild_limit = False, False, False, 0.0
    for i in range(f.count(rows)):
        if not f.is_active(rows, i, f.ALTIMETER, t):
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
    if frozen and memory[RANGE_FROZEN] > 0.0:
        reading = memory[LAST_RANGE]
    memory[LAST_RANGE] = reading
    memory[RANGE_FROZEN] = 1.0 if frozen else 0.0
    meas[RANGE] = reading
    meas[RANGE_VALID] = 1.0 if valid and p.range_min <= height <= min(p.range_max, late) else 0.0


@kernel
def read_velocimeter(v_x, v_z, noise_x, noise_z, t, p, rows, memory, meas):
    """Fill the velocity [m/s] from the true one; noise_x, noise_z: standard normal numbers."""
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
    z = v_z * scale + bias + sigma * noise_z
    if frozen and memory[VEL_FROZEN] > 0.0:
        x, z = memory[LAST_VELX], memory[LAST_VELZ]
    memory[LAST_VELX], memory[LAST_VELZ] = x, z
    memory[VEL_FROZEN] = 1.0 if frozen else 0.0
    meas[VELX], meas[VELY], meas[VELZ] = x, 0.0, z
    meas[VEL_VALID] = 1.0 if valid else 0.0
