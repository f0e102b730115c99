"""Which ranges deserve to reach the filter: acquisition, stuck-sensor test, and the voter between two altimeters.

All of it compares a range with what the inertial solution expects. The difference `nu` may be large, because the estimate
is off or the ground is not where the datum is; but it changes slowly. What is known about each altimeter stands in the
filter's memory, `at` FIRST_ALTIMETER or SECOND_ALTIMETER.

* **Acquisition.** A range is believed only after M of N in a row agree: their nu keeps within what terrain may do (the drift
  that re-admission allows, too) and six times the instrument's noise. After N samples in a row that give nothing, the
  altimeter has to be acquired anew.
* **Stuck-sensor test.** A reading that has rested within twice its noise for some time, while the expected range has
  changed by more than six times its noise, is stuck. It is free again when it moves.
* **Voter.** Two altimeters that agree are averaged. Where they do not, the one that fits the prediction (and the map, where
  there is one) is believed; if both or neither fit, the one whose nu has been the steadier, by a factor of two; if they
  are equally steady, the one closer to the prediction. Two that fail alike agree, and no voter notices.
"""

from __future__ import annotations

import math

from lunarlab.descent.memory import (  # isort: skip
    ACQUIRED, ACQUIRING, AGREED, FIRST_ALTIMETER, FITS, HELD, HELD_EXPECTED, HELD_T, IS_STUCK, LAST_NU, LAST_T, MISSED,
    P_ACQUIRE_M, P_ACQUIRE_N, P_DRIFT, P_STUCK, P_VOTER, SECOND_ALTIMETER, START_NU, START_T, STUCK, UNREST, square,
)
from lunarlab.jit import kernel

BOTH, FIRST_ONLY, SECOND_ONLY = range(3)


@kernel
def instrument_sigma(reading, noise, fraction):
    """1-sigma noise of a range [m]: fixed and proportional part."""
    return math.sqrt(square(noise) + square(fraction * reading))


@kernel
def acquire(t, at, valid, nu, instrument, params, memory):
    """Count one sample towards M of N. Returns 1.0 once the altimeter is acquired; with M = 1 that is at once."""
    m, n = params[P_ACQUIRE_M], params[P_ACQUIRE_N]
    if m <= 1.0:
        return 1.0
    if memory[at + ACQUIRED] > 0.0:
        memory[at + MISSED] = 0.0 if valid > 0.0 else memory[at + MISSED] + 1.0
        if memory[at + MISSED] < n:
            return 1.0
        memory[at + ACQUIRED], memory[at + AGREED] = 0.0, 0.0
        return 0.0
    if memory[at + AGREED] > 0.0:
        allowed = params[P_DRIFT] * (t - memory[at + START_T]) + 6.0 * instrument
        if valid > 0.0 and abs(nu - memory[at + START_NU]) <= allowed:
            memory[at + AGREED] += 1.0
        else:
            memory[at + MISSED] += 1.0
    if memory[at + AGREED] <= 0.0 or memory[at + MISSED] > n - m:  # these N can't succeed any more: begin with this one
        memory[at + AGREED], memory[at + MISSED] = 1.0 if valid > 0.0 else 0.0, 0.0
        memory[at + START_NU], memory[at + START_T] = nu, t
    if memory[at + AGREED] >= m:
        memory[at + ACQUIRED], memory[at + MISSED] = 1.0, 0.0
    return memory[at + ACQUIRED]


@kernel
def rests(t, at, reading, expected, instrument, params, memory):
    """Whether the reading has rested while the expected range has moved: 1.0 or 0.0."""
    if params[P_STUCK] <= 0.0:
        return 0.0
    if abs(reading - memory[at + HELD]) > 2.0 * instrument:
        memory[at + HELD], memory[at + HELD_EXPECTED], memory[at + HELD_T] = reading, expected, t
        memory[at + STUCK] = 0.0
    elif t - memory[at + HELD_T] >= params[P_STUCK] and abs(expected - memory[at + HELD_EXPECTED]) > 6.0 * instrument:
        memory[at + STUCK] = 1.0
    return memory[at + STUCK]


@kernel
def screen(t, at, reading, valid, expected, instrument, params, memory):
    """Take note of one sample, valid or not. Returns a value of WHY: FITS, or why a valid range must not be used."""
    nu = reading - expected
    acquired = acquire(t, at, valid, nu, instrument, params, memory)
    if not valid > 0.0:
        return FITS
    resting = rests(t, at, reading, expected, instrument, params, memory)
    if t > memory[at + LAST_T]:
        jump = abs(nu - memory[at + LAST_NU]) / (2.0 * instrument + params[P_DRIFT] * (t - memory[at + LAST_T]))
        memory[at + UNREST] += 0.1 * (min(jump, 10.0) - memory[at + UNREST])
    memory[at + LAST_NU], memory[at + LAST_T] = nu, t
    if resting > 0.0:
        return IS_STUCK
    return FITS if acquired > 0.0 else ACQUIRING


@kernel
def vote(nu_1, nu_2, sigma_1, sigma_2, gate, params, memory):
    """Which of two valid ranges to believe: BOTH, FIRST_ONLY or SECOND_ONLY; the rule stands at the top.

    nu_1, nu_2: their innovations [m]; sigma_1, sigma_2: noise of the instruments [m]; gate: largest innovation that fits [m].
    """
    if abs(nu_1 - nu_2) <= params[P_VOTER] * math.sqrt(square(sigma_1) + square(sigma_2)):
        return BOTH
    fits_1, fits_2 = abs(nu_1) <= gate, abs(nu_2) <= gate
    if fits_1 != fits_2:
        return FIRST_ONLY if fits_1 else SECOND_ONLY
    unrest_1, unrest_2 = memory[FIRST_ALTIMETER + UNREST], memory[SECOND_ALTIMETER + UNREST]
    if unrest_1 > 2.0 * unrest_2 or unrest_2 > 2.0 * unrest_1:
        return FIRST_ONLY if unrest_1 < unrest_2 else SECOND_ONLY
    return FIRST_ONLY if abs(nu_1) <= abs(nu_2) else SECOND_ONLY
