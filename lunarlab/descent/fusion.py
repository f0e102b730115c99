"""The built-in filter of six states: what it does with ranges, velocities and position fixes.

* **Altimeter.** Without a map the datum is the ground. With a map the range also depends on where the lander is. While
  that is too uncertain, slope times position uncertainty is noise of the range. Once it is known well enough, the row of
  the measurement matrix is (-slope forward, -slope left, 1, 0, 0, 0), and ranges correct the position: terrain-relative
  navigation. Before that, ranges correct height and its rate only, and the rest is *considered* (Schmidt 1966): gains zero,
  covariance right. (Curvature ties height to forward speed, so a full update would take ground that no map shows for a speed.)
* **Two altimeters** are screened and voted on as `ranging` says.
* **Velocimeter** and **camera fix** are tested as a whole (three and two degrees of freedom) and used number by number. Two
  fixes in a row that are turned away but agree with each other overrule the estimate: wrong craters do not repeat themselves.
  Velocities leave the place as it is (considered, again): after a quarter of an hour without a fix the two are so closely tied
  that the first reading would move the place by a kilometre, which guidance then chases with its last propellant.
"""

from __future__ import annotations

import math

from lunarlab.constants import R_MOON
from lunarlab.descent import ranging
from lunarlab.descent import sensors as s
from lunarlab.descent.sixstate import nis_of, predict6, spread_of, update_scalar, update_state
from lunarlab.jit import kernel

from lunarlab.descent.memory import (  # isort: skip
    ARMED, BEYOND_GATE, FIRST, FIRST_ALTIMETER, FITS, GATE, GATE_ONLY, GATE_READMIT, INFLATE, INNOVATION, IS_STUCK,
    LATCH, LOCKED, LOCKED_OUT, NIS, NIS_DOF, NO_POLICY, NO_RANGE, OFF_T, OFF_X, OFF_Y, OUTVOTED, P_ARM, P_COUNT, P_DATUM,
    P_DOF, P_DRIFT, P_FIX_SCALE, P_GATE, P_GATE_1, P_GATE_2, P_INFLATE, P_MAP, P_OMEGA_FORWARD, P_OMEGA_LEFT, P_OMEGA_UP,
    P_POLICY, P_Q_FORWARD, P_Q_LEFT, P_R2_FRACTION, P_R2_NOISE, P_TRN, P_VEL_NOISE, P_VV, P_WINDOW, P_ZV, P_ZZ, Q_ACCEL,
    R_FRACTION, R_NOISE, R_TERRAIN, READMITTED, REJECTED, SECOND_ALTIMETER, SIGMA, SINCE, SIX_P, SKIPPED, STATUS,
    STUDENT_T, USED, VX, VZ, WHY, X, Y, Z, square,
)


@kernel
def forget(memory, i, variance):
    """Give state i a fresh variance, and no ties to the others."""
    for j in range(6):
        memory[SIX_P + 6 * i + j], memory[SIX_P + 6 * j + i] = 0.0, 0.0
    memory[SIX_P + 7 * i] = variance


@kernel
def slopes_used(params, memory):
    """Whether ranges correct the position, too: 1.0 or 0.0."""
    here = memory[SIX_P] + memory[SIX_P + 7]
    return 1.0 if params[P_MAP] > 0.0 and here <= square(params[P_TRN]) else 0.0


@kernel
def range_row(meas, slopes):
    """Row of the measurement matrix for a range: height over the ground, which slopes as the map says."""
    return (-slopes * meas[s.MAP_SLOPE], -slopes * meas[s.MAP_SLOPE_Y], 1.0, 0.0, 0.0, 0.0)


@kernel
def ground_variance(meas, slopes, params, memory):
    """Variance [m2] of the ground that a range is measured to: terrain, and slopes at an uncertain position.

    Both fade below 2 km: it is the ground under the lander that it will meet, wherever that is.
    """
    near = min(1.0, max(memory[Z] - meas[s.MAP_HEIGHT], 0.0) / 2000.0)
    here = square(meas[s.MAP_SLOPE]) * memory[SIX_P] + square(meas[s.MAP_SLOPE_Y]) * memory[SIX_P + 7]
    return near * near * (square(params[R_TERRAIN]) + (1.0 - slopes) * here)


@kernel
def range_gate(height, spread, params, memory):
    """Largest innovation of a range that is believed [m]; spread is its standard deviation.

    A chi-square gate, except where a mission's rule is a distance; and without a map, for `gate_readmit`: ground that one
    knows nothing of is no noise, and a tight gate would shut it out again and again.
    """
    policy = int(params[P_POLICY])
    if policy == NO_POLICY or policy == STUDENT_T:
        return math.inf
    if policy == GATE_ONLY or policy == LATCH:
        return params[P_GATE] if memory[ARMED] > 0.0 else math.inf
    gate = math.sqrt(params[P_GATE_1]) * spread
    if policy == GATE_READMIT and params[P_MAP] <= 0.0:
        return max(gate, params[P_GATE] * min(1.0, height / 2000.0)) if memory[ARMED] > 0.0 else math.inf
    return gate


@kernel
def use_range(t, reading, instrument, meas, params, memory):
    """One range, or the mean of two that agree, through the policy and into the filter; instrument: its 1-sigma noise [m]."""
    policy = int(params[P_POLICY])
    slopes = slopes_used(params, memory)
    h = range_row(meas, slopes)
    variance = square(instrument) + ground_variance(meas, slopes, params, memory)
    nu = reading - (memory[Z] - meas[s.MAP_HEIGHT])
    spread = math.sqrt(spread_of(memory, h) + variance)
    if memory[SIX_P + 14] < square(params[P_ARM]):
        memory[ARMED] = 1.0
    gate = range_gate(max(memory[Z] - meas[s.MAP_HEIGHT], 0.0), spread, params, memory)
    memory[INNOVATION], memory[SIGMA], memory[GATE] = nu, spread, gate
    memory[NIS] += square(nu / spread)
    memory[NIS_DOF] += 1.0

    if memory[LOCKED] > 0.0:
        memory[STATUS] = LOCKED_OUT
        return
    if policy == STUDENT_T:
        variance *= (params[P_DOF] + square(nu / spread)) / (params[P_DOF] + 1.0)
    if abs(nu) <= gate:
        memory[REJECTED] = 0.0
        memory[STATUS] = USED
        update_scalar(memory, h, nu, variance, slopes, slopes)
        return

    memory[STATUS], memory[WHY] = SKIPPED, BEYOND_GATE
    memory[REJECTED] += 1.0
    if policy == LATCH and memory[REJECTED] >= params[P_COUNT]:
        memory[LOCKED] = 1.0
        memory[STATUS] = LOCKED_OUT
    elif policy == INFLATE:
        if memory[REJECTED] > 1.0:
            memory[SIX_P + 14] += params[P_INFLATE] * (t - memory[SINCE])
        memory[SINCE] = t
    elif policy == GATE_READMIT:
        agrees = abs(nu - memory[FIRST]) <= params[P_DRIFT] * (t - memory[SINCE]) + 6.0 * instrument
        if memory[REJECTED] == 1.0 or not agrees:
            memory[SINCE], memory[FIRST] = t, nu
        elif t - memory[SINCE] >= params[P_WINDOW]:
            memory[Z] += nu
            forget(memory, Z, variance)
            forget(memory, VZ, square(params[P_DRIFT]))
            memory[REJECTED] = 0.0
            memory[STATUS] = READMITTED


@kernel
def use_altimeters(t, meas, params, memory):
    """One or two altimeters: screen each, let the voter choose, and use what is left."""
    expected = memory[Z] - meas[s.MAP_HEIGHT]
    first = second = False
    sigma_1 = ranging.instrument_sigma(meas[s.RANGE], params[R_NOISE], params[R_FRACTION])
    sigma_2 = ranging.instrument_sigma(meas[s.RANGE_2], params[P_R2_NOISE], params[P_R2_FRACTION])
    if meas[s.RANGE_VALID] >= 0.0:
        why = ranging.screen(t, FIRST_ALTIMETER, meas[s.RANGE], meas[s.RANGE_VALID], expected, sigma_1, params, memory)
        memory[WHY], first = why, meas[s.RANGE_VALID] > 0.0 and why == FITS
        if why == IS_STUCK:
            memory[STATUS] = SKIPPED
    if meas[s.RANGE_2_VALID] >= 0.0:
        why = ranging.screen(t, SECOND_ALTIMETER, meas[s.RANGE_2], meas[s.RANGE_2_VALID], expected, sigma_2, params, memory)
        second = meas[s.RANGE_2_VALID] > 0.0 and why == FITS
    if first and second:
        slopes = slopes_used(params, memory)
        variance = spread_of(memory, range_row(meas, slopes)) + ground_variance(meas, slopes, params, memory)
        gate = math.sqrt(params[P_GATE_1] * (variance + square(max(sigma_1, sigma_2))))
        choice = ranging.vote(
            meas[s.RANGE] - expected, meas[s.RANGE_2] - expected, sigma_1, sigma_2, gate, params, memory
        )
        first, second = choice != ranging.SECOND_ONLY, choice != ranging.FIRST_ONLY
        if not first:
            memory[WHY] = OUTVOTED
    if first and second:  # terrain is common to both, the noise of the instruments is not: average, then update once
        w_1, w_2 = 1.0 / square(sigma_1), 1.0 / square(sigma_2)
        mean = (w_1 * meas[s.RANGE] + w_2 * meas[s.RANGE_2]) / (w_1 + w_2)
        use_range(t, mean, 1.0 / math.sqrt(w_1 + w_2), meas, params, memory)
    elif first:
        use_range(t, meas[s.RANGE], sigma_1, meas, params, memory)
    elif second:
        use_range(t, meas[s.RANGE_2], sigma_2, meas, params, memory)


@kernel
def use_states(i, count, z_0, z_1, z_2, variance, params, memory):
    """Test measurements of `count` states from i on as a whole, and use them one by one. Returns 1.0 if they were used."""
    dof = 0
    for j in range(i, i + count):
        if memory[SIX_P + 7 * j] > 0.0:
            dof += 1
    if dof == 0:
        return 0.0
    nis = nis_of(memory, i, count, z_0 - memory[i], z_1 - memory[i + 1], z_2 - memory[i + count - 1], variance)
    memory[NIS] += nis
    memory[NIS_DOF] += dof
    if nis > params[P_GATE_1 + dof - 1] and int(params[P_POLICY]) != NO_POLICY:
        return 0.0
    for j in range(count):
        if memory[SIX_P + 7 * (i + j)] > 0.0:
            z = z_0 if j == 0 else z_1 if j == 1 else z_2
            update_state(memory, i + j, z - memory[i + j], variance, 1.0 if i == X else 0.0)
    return 1.0


@kernel
def use_fix(t, meas, params, memory):
    """A position from the camera; see the top for what happens to one that does not fit."""
    variance = square(params[P_FIX_SCALE] * meas[s.FIX_SIGMA])
    if use_states(X, 2, meas[s.FIX_X], meas[s.FIX_Y], 0.0, variance, params, memory) > 0.0:
        memory[OFF_T] = 0.0
        return
    off_x, off_y = meas[s.FIX_X] - memory[X], meas[s.FIX_Y] - memory[Y]
    apart = square(off_x - memory[OFF_X]) + square(off_y - memory[OFF_Y])
    if memory[OFF_T] > 0.0 and apart <= params[P_GATE_2] * 2.0 * variance:
        memory[X], memory[Y], memory[OFF_T] = meas[s.FIX_X], meas[s.FIX_Y], 0.0
        for i in range(X, Z):
            if memory[SIX_P + 7 * i] > 0.0:
                forget(memory, i, variance)
        return
    memory[OFF_X], memory[OFF_Y], memory[OFF_T] = off_x, off_y, t


@kernel
def six_filter(t, meas, params, memory):
    """One call of the filter: prediction, altimeters, velocimeter, camera. It leaves its answer in the first six of memory."""
    memory[STATUS], memory[NIS], memory[NIS_DOF] = NO_RANGE, 0.0, 0.0
    omega = (params[P_OMEGA_UP], params[P_OMEGA_FORWARD], params[P_OMEGA_LEFT])
    predict6(meas, memory, params[P_Q_FORWARD], params[P_Q_LEFT], params[Q_ACCEL], R_MOON + params[P_DATUM], omega)
    use_altimeters(t, meas, params, memory)
    if meas[s.VEL_VALID] > 0.0:
        variance = square(params[P_VEL_NOISE])
        use_states(VX, 3, meas[s.VELX], meas[s.VELY], meas[s.VELZ], variance, params, memory)
    if meas[s.FIX_VALID] > 0.0:
        use_fix(t, meas, params, memory)
    memory[P_ZZ], memory[P_ZV], memory[P_VV] = memory[SIX_P + 14], memory[SIX_P + 17], memory[SIX_P + 35]
