"""What the lander believes of its own attitude: a gyro that can only measure so much, and the error that this leaves.

The estimate integrates the measured rate. As long as that is the true one, belief and truth stay together. Above its limit
the gyro reads the limit, and some keep that reading for a while afterwards; what was not measured, or measured too long, is
an error of attitude for the rest of the flight:

    error = (limit - rate) * duration of the swing + limit * persistence      (at rest after a swing above the limit)

Everything that needs the attitude then goes wrong as it must:

* velocity increments and Doppler velocities are measured along the lander's axes and resolved with the believed ones;
* an altimeter that looks along the lander's axis (`Altimeter.slant`) gives a range, and height = range x cos(believed
  tilt), which beyond 90 deg is negative;
* attitude control turns the lander until it *believes* to point where it was told to.

A swing (fault "attitude", "swing") turns the whole lander, on top of what it commands: the gyro rides on the body, and so do
the engines and the antennas. A platform that swung by itself would leave thrust and beam where they were.

The gyro is about the axis across the track, the one of pitch. Its error is the sum of this file; a constant misalignment,
with a spread from flight to flight, is `Dispersions.attitude_deg`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.descent import faults as f
from lunarlab.descent import sensors as s
from lunarlab.descent import vehicle as v
from lunarlab.jit import kernel
from lunarlab.units import check_fields, number


@dataclass(frozen=True)
class Attitude:
    """The gyro. Without a limit (0) it measures every rate, and the attitude is known."""

    gyro_limit_deg_s: float = number(0.0, "deg/s", 0.0, 1e4, "largest rate that the gyro can measure; 0: any")
    persistence_s: float = number(0.0, "s", 0.0, 60.0, "a gyro that was at its limit keeps that reading for so long")

    def __post_init__(self) -> None:
        check_fields(self)


ATTITUDE = np.dtype([("on", "i8"), ("limit", "f8"), ("keep", "f8")])
"""`Attitude` as the kernels read it: rad/s, s."""

ATTITUDE_WORK = [("attitude_error", "f8"), ("last_pitch", "f8"), ("gyro_held", "f8"), ("gyro_until", "f8")]
"""What is written to in flight: believed minus true pitch, pitch a tick ago, the reading that is kept, until when."""


def pack_attitude(a: Attitude, faults: tuple[f.Fault, ...]) -> tuple[float, ...]:
    """Numbers for the kernels, in the order of `ATTITUDE`."""
    on = a.gyro_limit_deg_s > 0.0 or any(fault.target in ("gyro", "attitude") for fault in faults)
    return int(on), math.radians(a.gyro_limit_deg_s) if a.gyro_limit_deg_s > 0.0 else math.inf, a.persistence_s


@kernel
def follow(w, p, dt):
    """Take the last dt seconds into the believed attitude."""
    turned, w.last_pitch = w.y[v.PITCH] - w.last_pitch, w.y[v.PITCH]
    if dt <= 0.0:
        return
    limit, keep, bias, middle = p.attitude.limit, p.attitude.keep, 0.0, w.t - 0.5 * dt
    for i in range(f.count(w.faults)):
        if f.is_active(w.faults, i, f.GYRO, middle):
            kind, value = int(w.faults[i, f.F_KIND]), w.faults[i, f.F_VALUE]
            if kind == f.SATURATED:
                keep = value
            elif kind == f.BIAS:
                bias += value
    rate = turned / dt + bias
    held = min(max(w.gyro_until - (w.t - dt), 0.0), dt)  # the part of this tick in which an old reading stands
    seen = min(max(rate, -limit), limit)
    w.attitude_error += held * w.gyro_held + (dt - held) * seen - turned
    if abs(rate) > limit:
        w.gyro_held, w.gyro_until = seen, w.t + keep


@kernel
def swing(w, h):
    """Turn the lander by what has swung it in the last h seconds."""
    middle = w.t - 0.5 * h
    for i in range(f.count(w.faults)):
        if f.is_active(w.faults, i, f.ATTITUDE, middle) and int(w.faults[i, f.F_KIND]) == f.SWING:
            w.y[v.PITCH] += w.faults[i, f.F_VALUE] * h


@kernel
def resolve(w, x, z):
    """A vector that was measured along the lander's axes, as the lander believes it lies: forward and up."""
    if w.attitude_error == 0.0:
        return x, z
    c, e = math.cos(w.attitude_error), math.sin(w.attitude_error)
    return x * c + z * e, z * c - x * e


@kernel
def beam(w):
    """(length of a beam along the axis over the height, share of it that is taken for the height): true and believed tilt."""
    lean = math.cos(w.y[v.TILT])
    return 1.0 / max(math.sin(w.y[v.PITCH]) * lean, 1e-6), math.sin(w.y[v.PITCH] + w.attitude_error) * lean


@kernel
def project(slant, share, reading, valid, meas):
    """Take the range at index `reading` of `meas` for a height; refused where it is negative and the software minds that."""
    meas[reading] *= share
    if slant == s.POSITIVE and meas[reading] < 0.0 and meas[valid] > 0.0:
        meas[valid] = 0.0
