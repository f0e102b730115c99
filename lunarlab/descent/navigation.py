"""What the lander believes: an inertial solution corrected by the altimeter, and the rules that decide what to trust.

A filter is a function ``filter(t, meas, params, memory) -> (x, y, z, vx, vy, vz)``. `meas` is what the sensors say
(indices in `sensors`), `params` its tuning, and `memory` an array that lives from call to call: the first entries hold
the estimate and its covariance (indices below), the entries from `USER` on are free. The functions here are the pieces
of the built-in filter, and a student's filter may call them: `predict`, `innovate`, `update`, `aid_velocity`.

The vertical channel is a Kalman filter with two states, height above the datum and vertical speed. It takes the datum
for the ground (or its map, where it has one). The horizontal channel is dead reckoning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent import sensors as s
from lunarlab.jit import kernel
from lunarlab.units import check_fields, choice, number

# memory
X, Y, Z, VX, VY, VZ = range(6)  # position relative to the target (x negative before it), height above the datum; velocity
P_ZZ, P_ZV, P_VV = 6, 7, 8  # covariance of height and vertical speed
INNOVATION, SIGMA, GATE, STATUS = 9, 10, 11, 12  # what happened to the last range; read by plots and events
REJECTED, ARMED, LOCKED, SINCE, FIRST = 13, 14, 15, 16, 17  # state of the built-in rules
USER = 20  # from here on a student's own
SIX_P = 32  # covariance of X ... VZ, 6 x 6, row by row; the loop fills its diagonal at ignition
MEMORY_SIZE = 96

NO_RANGE, USED, SKIPPED, LOCKED_OUT, READMITTED = range(5)  # values of STATUS

POLICIES = ("none", "gate", "latch", "nis", "gate_readmit", "student_t", "inflate")
NONE, GATE_ONLY, LATCH, NIS, GATE_READMIT, STUDENT_T, INFLATE = range(7)

# params of the built-in filter
(Q_ACCEL, R_NOISE, R_FRACTION, R_TERRAIN, P_POLICY, P_GATE, P_COUNT, P_ARM, P_NIS, P_DOF, P_WINDOW, P_DRIFT, P_INFLATE,
 P_MAP, P_MAP_POSITION, P_VEL_GAIN, P_DATUM) = range(17)  # fmt: skip


@dataclass(frozen=True)
class Navigation:
    """Tuning of the built-in filter. With `policy` one chooses what happens to a range that does not fit."""

    policy: str = choice("latch", POLICIES, "rule for a range that does not fit")
    map: int = number(0, "", 0, 1, "1: an onboard terrain map predicts the range; 0: the datum is taken for the ground")
    accel_noise: float = number(4e-4, "", 1e-12, 1e3, "spectral density of the acceleration noise, (m/s2)2 s: the stiffness")
    range_noise_m: float = number(0.5, "m", 1e-3, 1e4, "range noise that the filter assumes, fixed part")
    range_noise_fraction: float = number(1e-3, "", 0.0, 1.0, "range noise that the filter assumes, proportional part")
    terrain_noise_m: float = number(30.0, "m", 0.0, 1e4, "terrain that the filter allows for above 2 km, less below")
    sigma_height_m: float = number(500.0, "m", 0.1, 1e5, "1-sigma height at the start of braking")
    sigma_speed_mps: float = number(2.0, "m/s", 1e-3, 1e3, "1-sigma vertical speed at the start of braking")
    gate_m: float = number(300.0, "m", 0.0, 1e6, "gate, latch, gate_readmit: largest innovation that is believed")
    arm_sigma_m: float = number(50.0, "m", 0.0, 1e6, "gate and latch work once 1-sigma height has come below this")
    latch_count: float = number(5.0, "", 1.0, 1000.0, "latch: rejections in a row after which the sensor is given up")
    nis_sigmas: float = number(5.0, "", 0.1, 100.0, "nis, inflate: gate in standard deviations of the innovation")
    student_dof: float = number(4.0, "", 1.0, 100.0, "student_t: degrees of freedom")
    readmit_window_s: float = number(2.0, "s", 0.1, 60.0, "gate_readmit: how long rejected ranges must agree")
    readmit_drift_mps: float = number(20.0, "m/s", 0.0, 1e3, "gate_readmit: how fast their innovation may drift meanwhile")
    inflate_m2: float = number(1e4, "", 0.0, 1e9, "inflate: height variance added per second of rejection, m2/s")
    map_position_m: float = number(300.0, "m", 0.0, 1e5, "with a map: 1-sigma position, which times slope is range noise")
    velocity_gain: float = number(0.2, "", 0.0, 1.0, "weight of one velocimeter reading against the inertial velocity")

    def __post_init__(self) -> None:
        check_fields(self)


def pack_navigation(n: Navigation, datum_m: float) -> np.ndarray:
    """`Navigation` as the params of the built-in filter; datum_m is the height of the datum above the mean sphere."""
    return np.array([
        n.accel_noise, n.range_noise_m, n.range_noise_fraction, n.terrain_noise_m, POLICIES.index(n.policy), n.gate_m,
        n.latch_count, n.arm_sigma_m, n.nis_sigmas, n.student_dof, n.readmit_window_s, n.readmit_drift_mps,
        n.inflate_m2, n.map, n.map_position_m, n.velocity_gain, datum_m,
    ])  # fmt: skip


@kernel
def square(x):
    """x times x: ``x ** 2`` may round otherwise in Python than in compiled code."""
    return x * x


@kernel
def predict(meas, memory, accel_noise, radius):
    """Carry estimate and covariance over one IMU interval (midpoint rule, local-level frame).

    accel_noise: (m/s2)2 s; radius: of the datum sphere [m].
    """
    h, dvx, dvz = meas[s.DT], meas[s.DVX], meas[s.DVZ]
    if h <= 0.0:
        return
    z, vx, vz = memory[Z], memory[VX], memory[VZ]
    inverse_r = 1.0 / (radius + z)
    gx, gz = -vx * vz * inverse_r, (vx * vx - MU_MOON * inverse_r) * inverse_r
    vx_mid, vz_mid = vx + 0.5 * (dvx + gx * h), vz + 0.5 * (dvz + gz * h)
    inverse_r = 1.0 / (radius + z + 0.5 * h * vz)
    gx, gz = -vx_mid * vz_mid * inverse_r, (vx_mid * vx_mid - MU_MOON * inverse_r) * inverse_r
    memory[VX] = vx + dvx + gx * h
    memory[VZ] = vz + dvz + gz * h
    memory[X] += 0.5 * h * (vx + memory[VX]) * radius * inverse_r
    memory[Z] = z + 0.5 * h * (vz + memory[VZ])
    # F = [[1, h], [k h, 1]]: gravity and centrifugal acceleration change with height
    k = (2.0 * MU_MOON * inverse_r - vx_mid * vx_mid) * inverse_r * inverse_r
    a, b, c = memory[P_ZZ], memory[P_ZV], memory[P_VV]
    kh = k * h
    memory[P_ZZ] = a + 2.0 * h * b + h * h * c + accel_noise * h * h * h / 3.0
    memory[P_ZV] = kh * a + (1.0 + kh * h) * b + h * c + accel_noise * h * h / 2.0
    memory[P_VV] = kh * kh * a + 2.0 * kh * b + c + accel_noise * h


@kernel
def innovate(meas, memory, variance):
    """Innovation of the range against the predicted height over datum or map [m]; notes it and its sigma in memory."""
    nu = meas[s.RANGE] - (memory[Z] - meas[s.MAP_HEIGHT])
    memory[INNOVATION] = nu
    memory[SIGMA] = math.sqrt(memory[P_ZZ] + variance)
    return nu


@kernel
def update(memory, nu, variance):
    """Kalman update (Joseph form) of height and vertical speed with innovation nu [m] and its noise variance [m2]."""
    a, b, c = memory[P_ZZ], memory[P_ZV], memory[P_VV]
    k1, k2 = a / (a + variance), b / (a + variance)
    memory[Z] += k1 * nu
    memory[VZ] += k2 * nu
    g = 1.0 - k1
    memory[P_ZZ] = g * g * a + k1 * k1 * variance
    memory[P_ZV] = g * (b - k2 * a) + k1 * k2 * variance
    memory[P_VV] = c - 2.0 * k2 * b + k2 * k2 * (a + variance)
    memory[STATUS] = USED


@kernel
def aid_velocity(meas, memory, gain):
    """Pull the horizontal velocity towards the velocimeter by `gain` (0 to 1), where it gives a reading.

    The vertical velocity is left to the altimeter's filter, whose covariance knows nothing of this sensor.
    """
    if meas[s.VEL_VALID] > 0.0:
        memory[VX] += gain * (meas[s.VELX] - memory[VX])


@kernel
def range_variance(meas, memory, params):
    """Variance [m2] that the filter gives a range: instrument, terrain, and with a map its slope times position error."""
    height = max(memory[Z] - meas[s.MAP_HEIGHT], 0.0)
    variance = square(params[R_NOISE]) + square(params[R_FRACTION] * height)
    variance += square(params[R_TERRAIN] * min(1.0, height / 2000.0))
    if params[P_MAP] > 0.0:
        variance += square(meas[s.MAP_SLOPE] * params[P_MAP_POSITION])
    return variance


@kernel
def apply_policy(t, meas, params, memory):
    """Decide what to do with a valid range, and do it. One branch for each name in `POLICIES`."""
    policy = int(params[P_POLICY])
    variance = range_variance(meas, memory, params)
    nu = innovate(meas, memory, variance)
    spread = memory[SIGMA]
    if math.sqrt(memory[P_ZZ]) < params[P_ARM]:
        memory[ARMED] = 1.0

    gate = math.inf
    if policy == GATE_ONLY or policy == LATCH:
        if memory[ARMED] > 0.0:
            gate = params[P_GATE]
    elif policy == NIS or policy == INFLATE:
        gate = params[P_NIS] * spread
    elif policy == GATE_READMIT and memory[ARMED] > 0.0:
        height = max(memory[Z] - meas[s.MAP_HEIGHT], 0.0)
        gate = max(params[P_GATE] * min(1.0, height / 2000.0), 20.0)  # close to the ground only small jumps are real
    memory[GATE] = gate

    if memory[LOCKED] > 0.0:
        memory[STATUS] = LOCKED_OUT
        return
    if policy == STUDENT_T:  # a heavy tail instead of a gate: the weight falls with the innovation, never to zero
        dof = params[P_DOF]
        weight = (dof + 1.0) / (dof + square(nu / spread))
        update(memory, nu, variance / weight)
        return
    if abs(nu) <= gate:
        memory[REJECTED] = 0.0
        update(memory, nu, variance)
        return

    memory[STATUS] = SKIPPED
    memory[REJECTED] += 1.0
    if policy == LATCH and memory[REJECTED] >= params[P_COUNT]:  # Mission 1: the sensor is declared broken, for good
        memory[LOCKED] = 1.0
        memory[STATUS] = LOCKED_OUT
    elif policy == INFLATE:  # doubt grows until the gate opens by itself
        if memory[REJECTED] > 1.0:
            memory[P_ZZ] += params[P_INFLATE] * (t - memory[SINCE])
        memory[SINCE] = t
    elif policy == GATE_READMIT:
        # A broken sensor jumps about; a cliff stays. Ranges whose innovation keeps to itself for a while are terrain.
        instrument = math.sqrt(square(params[R_NOISE]) + square(params[R_FRACTION] * meas[s.RANGE]))
        agrees = abs(nu - memory[FIRST]) <= params[P_DRIFT] * (t - memory[SINCE]) + 6.0 * instrument
        if memory[REJECTED] == 1.0 or not agrees:
            memory[SINCE], memory[FIRST] = t, nu
        elif t - memory[SINCE] >= params[P_WINDOW]:
            memory[Z] += nu
            memory[P_ZZ], memory[P_ZV], memory[P_VV] = variance, 0.0, square(params[P_DRIFT])
            memory[REJECTED] = 0.0
            memory[STATUS] = READMITTED


@kernel
def builtin_filter(t, meas, params, memory):
    """The lander's own filter: inertial prediction, one range through the policy, velocity aiding near the ground."""
    memory[STATUS] = NO_RANGE
    predict(meas, memory, params[Q_ACCEL], R_MOON + params[P_DATUM])
    if meas[s.RANGE_VALID] > 0.0:
        apply_policy(t, meas, params, memory)
    aid_velocity(meas, memory, params[P_VEL_GAIN])
    return memory[X], memory[Y], memory[Z], memory[VX], memory[VY], memory[VZ]
