"""Where things stand in the two flat arrays of a filter: `memory`, which lives from call to call, and `params`, its tuning.

The first entries of `memory` hold the estimate and what plots and events read; entries `USER` to `SIX_P` are free for a
student's own filter; behind them stand the covariance of six states and what the built-in filters count.
"""

from __future__ import annotations

from lunarlab.jit import kernel

# memory
X, Y, Z, VX, VY, VZ = range(6)  # position relative to the target (x negative before it), height above the datum; velocity
P_ZZ, P_ZV, P_VV = 6, 7, 8  # covariance of height and vertical speed
INNOVATION, SIGMA, GATE, STATUS = 9, 10, 11, 12  # what happened to the last range; read by plots and events
REJECTED, ARMED, LOCKED, SINCE, FIRST = 13, 14, 15, 16, 17  # state of the rule for a range that does not fit
OFF_X, OFF_Y = 18, 19  # by how much the last position fix that was turned away differed
USER = 20  # from here on a student's own
SIX_P = 32  # covariance of X, Y, Z, VX, VY, VZ, row by row; a variance of 0: known, not estimated
NIS, NIS_DOF = 68, 69  # normalised innovation squared of what was tested in this call, and its degrees of freedom
WHY = 70  # why the last range was not used: see below
OFF_T = 71  # when that fix came
FIRST_ALTIMETER, SECOND_ALTIMETER = 72, 84  # what is known about each, as laid out below
MEMORY_SIZE = 96

# One altimeter's entries, counted from FIRST_ALTIMETER or SECOND_ALTIMETER.
(ACQUIRED, AGREED, MISSED, START_NU, START_T, HELD, HELD_EXPECTED, HELD_T, STUCK, LAST_NU, LAST_T, UNREST) = range(12)

NO_RANGE, USED, SKIPPED, LOCKED_OUT, READMITTED = range(5)  # values of STATUS
FITS, BEYOND_GATE, ACQUIRING, IS_STUCK, OUTVOTED = range(5)  # values of WHY

FILTERS = ("vertical", "six")
POLICIES = ("none", "gate", "latch", "nis", "gate_readmit", "student_t", "inflate")
NO_POLICY, GATE_ONLY, LATCH, NIS_GATE, GATE_READMIT, STUDENT_T, INFLATE = range(7)

# params of the built-in filters
(Q_ACCEL, R_NOISE, R_FRACTION, R_TERRAIN, P_POLICY, P_GATE, P_COUNT, P_ARM, P_NIS, P_DOF, P_WINDOW, P_DRIFT, P_INFLATE,
 P_MAP, P_MAP_POSITION, P_VEL_GAIN, P_DATUM, P_FILTER, P_ACQUIRE_M, P_ACQUIRE_N, P_STUCK, P_VOTER, P_R2_NOISE, P_R2_FRACTION,
 P_GATE_1, P_GATE_2, P_GATE_3, P_Q_FORWARD, P_Q_LEFT, P_VEL_NOISE, P_FIX_SCALE, P_TRN,
 P_OMEGA_UP, P_OMEGA_FORWARD, P_OMEGA_LEFT) = range(35)  # fmt: skip


@kernel
def square(x):
    """x times x: ``x ** 2`` may round otherwise in Python than in compiled code."""
    return x * x
