"""What the lander believes: an inertial solution corrected by the altimeter, and the rules that decide what to trust.

A filter is a function ``filter(t, meas, params, memory) -> (x, y, z, vx, vy, vz)``. `meas` is what the sensors say
(indices in `sensors`), `params` its tuning, and `memory` an array that lives from call to call: the first entries hold
the estimate and its covariance, the entries from `USER` on are free. The functions here are the pieces
of the built-in filter, and a student's filter may call them: `predict`, `innovate`, `update`, `aid_velocity`.

There are two built-in filters. The vertical one is a Kalman filter with two states, height above the datum and vertical
speed; it takes the datum for the ground (or its map, where it has one), and its horizontal channel is dead reckoning. It
stands below. The one with six states, for flights in space, stands in `fusion`, its pieces in `sixstate`. Where things
stand in `memory` and `params` is written in `memory`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent import fusion, ranging
from lunarlab.descent import sensors as s

from lunarlab.descent.memory import (  # noqa: F401  # isort: skip
    ACQUIRED, ACQUIRING, AGREED, ARMED, BEYOND_GATE, FILTERS, FIRST, FIRST_ALTIMETER, FITS, GATE, GATE_ONLY,
    GATE_READMIT, INFLATE, INNOVATION, IS_STUCK, LATCH, LOCKED, LOCKED_OUT, MEMORY_SIZE, NIS, NIS_DOF, NIS_GATE,
    NO_POLICY, NO_RANGE, OUTVOTED, P_ARM, P_COUNT, P_DATUM, P_DOF, P_DRIFT, P_FILTER, P_GATE, P_INFLATE, P_MAP,
    P_MAP_POSITION, P_NIS, P_POLICY, P_VEL_GAIN, P_VV, P_WINDOW, P_ZV, P_ZZ, POLICIES, Q_ACCEL, R_FRACTION, R_NOISE,
    R_TERRAIN, READMITTED, REJECTED, SECOND_ALTIMETER, SIGMA, SINCE, SIX_P, SKIPPED, STATUS, STUDENT_T, USED, USER, VX,
    VY, VZ, WHY, X, Y, Z, square,
)
from lunarlab.descent.statistics import chi2_gate
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, choice, number


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
    velocity_gain: float = number(0.2, "", 0.0, 1.0, "vertical: weight of a velocimeter reading against the inertial velocity")
    acquire_m: float = number(1.0, "", 1.0, 1000.0, "an altimeter is believed once this many ranges agree with each other ...")
    acquire_n: float = number(1.0, "", 1.0, 1000.0, "... out of this many in a row (1 of 1: at once)")
    stuck_s: float = number(0.0, "s", 0.0, 60.0, "a range that rests so long while the lander moves is stuck; 0: no test")
    filter: str = choice("vertical", FILTERS, "vertical: height and its rate; six: position and velocity in space")
    gate_probability: float = number(0.9999, "", 0.5, 1.0 - 1e-9, "six: share of good readings that gates let pass")
    voter_sigmas: float = number(5.0, "", 0.5, 100.0, "six: two altimeters disagree beyond this many standard deviations")
    range_2_noise_m: float = number(0.5, "m", 1e-3, 1e4, "six: assumed noise of the second altimeter, fixed part")
    range_2_noise_fraction: float = number(1e-3, "", 0.0, 1.0, "six: assumed noise of the second altimeter, proportional part")
    accel_noise_forward: float = number(1e-3, "", 0.0, 1e3, "six: as accel_noise, forward, (m/s2)2 s")
    accel_noise_left: float = number(1e-3, "", 0.0, 1e3, "six: as accel_noise, left, (m/s2)2 s")
    velocity_noise_mps: float = number(0.2, "m/s", 1e-3, 100.0, "six: velocimeter noise that the filter assumes, per axis")
    fix_factor: float = number(1.0, "", 0.1, 100.0, "six: times the 1-sigma that the camera claims for its fix")
    terrain_relative_m: float = number(
        0.0, "m", 0.0, 1e5, "six, map: ranges correct the position, too, once its 1-sigma is below this; 0: never")
    sigma_along_m: float = number(500.0, "m", 0.0, 1e5, "six: 1-sigma position along the track at the start of braking")
    sigma_cross_m: float = number(500.0, "m", 0.0, 1e5, "six: 1-sigma position across the track at the start of braking")
    sigma_forward_mps: float = number(0.5, "m/s", 0.0, 1e3, "six: 1-sigma forward speed at the start of braking")
    sigma_left_mps: float = number(0.5, "m/s", 0.0, 1e3, "six: 1-sigma speed to the left at the start of braking")

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("acquire_m", "acquire_n"):
            if getattr(self, name) != int(getattr(self, name)):
                raise LunarlabError(f"Navigation.{name} is {getattr(self, name):g}; it must be a whole number")
        if self.acquire_m > self.acquire_n:
            raise LunarlabError(
                f"Navigation.acquire_m is {self.acquire_m:g}; it must not be above acquire_n, {self.acquire_n:g}"
            )

    def start_sigmas(self, space: bool) -> tuple[float, ...]:
        """1-sigma of x, y, z [m] and vx, vy, vz [m/s] at the start of braking; in the plane y and vy are known."""
        aside = (self.sigma_cross_m, self.sigma_left_mps) if space else (0.0, 0.0)
        return self.sigma_along_m, aside[0], self.sigma_height_m, self.sigma_forward_mps, aside[1], self.sigma_speed_mps


def pack_navigation(
    n: Navigation, datum_m: float, omega: Sequence[float] = (0.0, 0.0, 0.0), dimensions: int = 3
) -> np.ndarray:
    """`Navigation` as the params of the built-in filter; datum_m is the height of the datum above the mean sphere.

    omega: rotation of the Moon [rad/s] along up, forward and left at the target; dimensions: 2 for a flight in the plane of
    its orbit, in which nothing is uncertain to the left.
    """
    return np.array([
        n.accel_noise, n.range_noise_m, n.range_noise_fraction, n.terrain_noise_m, POLICIES.index(n.policy), n.gate_m,
        n.latch_count, n.arm_sigma_m, n.nis_sigmas, n.student_dof, n.readmit_window_s, n.readmit_drift_mps,
        n.inflate_m2, n.map, n.map_position_m, n.velocity_gain, datum_m,
        FILTERS.index(n.filter), n.acquire_m, n.acquire_n, n.stuck_s, n.voter_sigmas, n.range_2_noise_m,
        n.range_2_noise_fraction, *_gates(n.gate_probability), n.accel_noise_forward,
        n.accel_noise_left if dimensions == 3 else 0.0, n.velocity_noise_mps, n.fix_factor, n.terrain_relative_m, *omega,
    ])  # fmt: skip


@lru_cache(maxsize=8)
def _gates(probability: float) -> tuple[float, ...]:
    """Chi-square gates of one, two and three numbers that are tested together."""
    return tuple(chi2_gate(probability, dof) for dof in (1, 2, 3))


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
    elif policy == NIS_GATE or policy == INFLATE:
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
def vertical_filter(t, meas, params, memory):
    """Inertial prediction, one range through acquisition, stuck-sensor test and policy, velocity aiding near the ground."""
    memory[STATUS], memory[NIS_DOF] = NO_RANGE, 0.0
    predict(meas, memory, params[Q_ACCEL], R_MOON + params[P_DATUM])
    if meas[s.RANGE_VALID] >= 0.0:
        expected = memory[Z] - meas[s.MAP_HEIGHT]
        instrument = ranging.instrument_sigma(meas[s.RANGE], params[R_NOISE], params[R_FRACTION])
        memory[WHY] = ranging.screen(
            t, FIRST_ALTIMETER, meas[s.RANGE], meas[s.RANGE_VALID], expected, instrument, params, memory
        )
        if meas[s.RANGE_VALID] > 0.0 and memory[WHY] == FITS:
            apply_policy(t, meas, params, memory)
            memory[NIS], memory[NIS_DOF] = square(memory[INNOVATION] / memory[SIGMA]), 1.0
        elif memory[WHY] == IS_STUCK:
            memory[STATUS] = SKIPPED
    aid_velocity(meas, memory, params[P_VEL_GAIN])
    if meas[s.DT] <= 0.0:  # the first call: of the covariance of six states it keeps height and its rate
        for i in range(36):
            memory[SIX_P + i] = 0.0
    memory[SIX_P + 14], memory[SIX_P + 35] = memory[P_ZZ], memory[P_VV]
    memory[SIX_P + 17], memory[SIX_P + 32] = memory[P_ZV], memory[P_ZV]


@kernel
def builtin_filter(t, meas, params, memory):
    """The lander's own filter, of the kind that `Navigation.filter` names."""
    if params[P_FILTER] > 0.0:
        fusion.six_filter(t, meas, params, memory)
    else:
        vertical_filter(t, meas, params, memory)
    return memory[X], memory[Y], memory[Z], memory[VX], memory[VY], memory[VZ]
