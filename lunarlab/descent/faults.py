"""Faults as rows of data: what breaks, how, by how much, from when and for how long. Any of them combine.

`KINDS` is the whole catalogue. A row becomes active when its trigger is met and stays so for its duration; the
sensors and engines look up the rows that are active for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import si

TARGETS = (
    "altimeter", "velocimeter", "imu", "main", "assist", "altimeter_2", "camera", "computer", "touchdown", "gyro", "attitude",
)  # fmt: skip
(ALTIMETER, VELOCIMETER, IMU, MAIN, ASSIST, ALTIMETER_2, CAMERA, COMPUTER, TOUCHDOWN, GYRO, ATTITUDE) = range(11)

BIAS, NOISE, SCALE, DELAY, LATE, ABSENT, FROZEN, SATURATED, LOCKOUT, DROPOUT, SPURIOUS, SHORT = range(12)
STUCK, THRUST_SCALE, LOST, OFF_AXIS, OFF_AXIS_LEFT, ENGINE_OUT = range(12, 18)
MISMATCH = 18
THEFT, MONITOR, RESET = 19, 20, 21
INHIBITED, SWING = 22, 23

# (target, kind): code, unit of the value, lowest, highest, what it does
KINDS = {
    ("altimeter", "bias"): (BIAS, "m", -1e5, 1e5, "adds the value to every range"),
    ("altimeter", "noise"): (NOISE, "", 0.0, 1e4, "multiplies the noise"),
    ("altimeter", "scale"): (SCALE, "", 0.0, 10.0, "multiplies every range"),
    ("altimeter", "delay"): (DELAY, "s", 0.0, 10.0, "delivers ranges late"),
    ("altimeter", "late"): (LATE, "m", 0.0, 1e6, "gives no valid range above this height over the ground"),
    ("altimeter", "absent"): (ABSENT, "", 0.0, 0.0, "gives no range at all (reads 0, invalid)"),
    ("altimeter", "frozen"): (FROZEN, "", 0.0, 0.0, "repeats its first range after the onset"),
    ("altimeter", "saturated"): (SATURATED, "m", 0.0, 1e6, "never reads more than this"),
    ("altimeter", "lockout"): (LOCKOUT, "", 0.0, 0.0, "measures, but the software is told to take every range as invalid"),
    ("altimeter", "dropout"): (DROPOUT, "", 0.0, 0.0, "loses a range with the given probability"),
    ("altimeter", "spurious"): (SPURIOUS, "m", 0.0, 1e6, "reads, with the given probability, anything up to the value"),
    ("altimeter", "short"): (SHORT, "m", 0.0, 1e6, "reads, with the given probability, at most the value (dust, plume)"),
    ("velocimeter", "bias"): (BIAS, "m/s", -1e3, 1e3, "adds the value to both velocities"),
    ("velocimeter", "noise"): (NOISE, "", 0.0, 1e4, "multiplies the noise"),
    ("velocimeter", "scale"): (SCALE, "", 0.0, 10.0, "multiplies both velocities"),
    ("velocimeter", "absent"): (ABSENT, "", 0.0, 0.0, "gives nothing"),
    ("velocimeter", "frozen"): (FROZEN, "", 0.0, 0.0, "repeats its first velocity after the onset"),
    ("imu", "bias"): (BIAS, "m/s2", -10.0, 10.0, "adds the value to the vertical acceleration"),
    ("imu", "noise"): (NOISE, "", 0.0, 1e4, "multiplies the noise"),
    ("imu", "scale"): (SCALE, "", 0.0, 10.0, "multiplies both accelerations"),
    ("imu", "absent"): (ABSENT, "", 0.0, 0.0, "reads zero"),
    ("imu", "frozen"): (FROZEN, "", 0.0, 0.0, "repeats its first reading after the onset"),
    ("imu", "saturated"): (SATURATED, "m/s2", 0.0, 100.0, "never reads more than this"),
    ("main", "stuck"): (STUCK, "", 0.0, 0.0, "thrust stays as it is at the onset (0 before the engines light)"),
    ("main", "scale"): (THRUST_SCALE, "", 0.0, 3.0, "weak (below 1) or strong (above 1)"),
    ("main", "lost"): (LOST, "", 0.0, 0.0, "no thrust"),
    ("main", "off_axis"): (OFF_AXIS, "deg", -90.0, 90.0, "turns its thrust in the plane of the track"),
    ("main", "off_axis_left"): (OFF_AXIS_LEFT, "deg", -90.0, 90.0, "turns its thrust to the left"),
    ("assist", "stuck"): (STUCK, "", 0.0, 0.0, "thrust stays as it is at the onset (0 before the engines light)"),
    ("assist", "scale"): (THRUST_SCALE, "", 0.0, 3.0, "weak (below 1) or strong (above 1)"),
    ("assist", "lost"): (LOST, "", 0.0, 0.0, "no thrust"),
    ("assist", "off_axis"): (OFF_AXIS, "deg", -90.0, 90.0, "turns its thrust in the plane of the track"),
    ("assist", "off_axis_left"): (OFF_AXIS_LEFT, "deg", -90.0, 90.0, "turns its thrust to the left"),
    ("assist", "engine_out"): (ENGINE_OUT, "deg", -360.0, 360.0, "loses the engine there on the ring: 0 in front, 90 left"),
    ("camera", "bias"): (BIAS, "m", -1e5, 1e5, "adds the value to the forward position"),
    ("camera", "noise"): (NOISE, "", 0.0, 1e4, "multiplies the noise, not the claim"),
    ("camera", "absent"): (ABSENT, "", 0.0, 0.0, "gives no fix"),
    ("camera", "frozen"): (FROZEN, "", 0.0, 0.0, "repeats its first fix after the onset"),
    ("camera", "mismatch"): (MISMATCH, "m", 0.0, 1e5, "matches, with the given probability, a crater this far off (1 sigma)"),
    ("computer", "theft"): (THEFT, "", 0.0, 1.0, "counters steal this share of the computing time"),
    ("computer", "monitor"): (MONITOR, "", 0.0, 1.0, "a display takes this share of the computing time, until a restart"),
    ("computer", "reset"): (RESET, "s", 0.0, 3600.0, "stops for so long: no navigation, and the engines go off"),
    ("touchdown", "spurious"): (SPURIOUS, "", 0.0, 0.0, "the leg sensors give a pulse, whatever the legs do"),
    ("touchdown", "absent"): (ABSENT, "", 0.0, 0.0, "the leg sensors never give a pulse"),
    ("touchdown", "inhibited"): (INHIBITED, "", 0.0, 0.0, "the software is told not to switch the engines off by its rule"),
    ("gyro", "saturated"): (SATURATED, "s", 0.0, 60.0, "keeps the reading at its limit for so long"),
    ("gyro", "bias"): (BIAS, "deg/s", -1e3, 1e3, "adds the value to the rate"),
    ("attitude", "swing"): (SWING, "deg/s", -1e4, 1e4, "swings the lander, top forward if positive, beside what it commands"),
}  # fmt: skip

KINDS |= {("altimeter_2", kind): row for (target, kind), row in list(KINDS.items()) if target == "altimeter"}

# Trigger: unit of `at`, meaning.
TRIGGERS = {
    "ignition": ("", "from the start of braking; `at` is not used"),
    "time": ("s", "seconds after the start of braking"),
    "altitude": ("m", "true height over the ground falls below `at`"),
    "distance": ("m", "true ground distance to the target falls below `at`"),
    "first_range": ("s", "seconds after the first valid range"),
}
ON_IGNITION, ON_TIME, ON_ALTITUDE, ON_DISTANCE, ON_FIRST_RANGE = range(5)

ROW, FAULTS_MAX = 8, 8
F_TARGET, F_KIND, F_TRIGGER, F_AT, F_DURATION, F_VALUE, F_PROBABILITY, F_SINCE = range(ROW)


@dataclass(frozen=True)
class Fault:
    """One fault. `value` is in the unit that `KINDS` gives for this target and kind; `at` in that of its trigger."""

    target: str
    kind: str
    value: float = 0.0
    probability: float = 1.0
    trigger: str = "ignition"
    at: float = 0.0
    duration_s: float = math.inf

    def __post_init__(self) -> None:
        if not isinstance(self.target, str) or self.target not in TARGETS:
            raise LunarlabError(f"Fault.target is {self.target!r}; allowed are {', '.join(TARGETS)}")
        if not isinstance(self.kind, str) or (self.target, self.kind) not in KINDS:
            allowed = ", ".join(kind for target, kind in KINDS if target == self.target)
            raise LunarlabError(f"Fault.kind is {self.kind!r}; a fault of the {self.target} can be {allowed}")
        if self.trigger not in TRIGGERS:
            raise LunarlabError(f"Fault.trigger is {self.trigger!r}; allowed are {', '.join(TRIGGERS)}")
        _, unit, low, high, _ = KINDS[self.target, self.kind]
        numbers = {
            "value": (unit, low, high) if low < high else ("", -math.inf, math.inf),
            "probability": ("", 0.0, 1.0),
            "at": (TRIGGERS[self.trigger][0], 0.0, 1e9),
            "duration_s": ("s", 0.0, math.inf),
        }
        for name, (u, lowest, highest) in numbers.items():
            checked = si(getattr(self, name), u, name=f"Fault.{name} ({self.target} {self.kind})", low=lowest, high=highest)
            object.__setattr__(self, name, checked)


def pack_faults(faults: tuple[Fault, ...]) -> np.ndarray:
    """Rows for the kernels, shape (8, 8), unused ones with target -1; the last column is when the fault began, inf before."""
    if len(faults) > FAULTS_MAX:
        raise LunarlabError(f"{len(faults)} faults are given; at most {FAULTS_MAX} combine in one flight")
    rows = np.full((FAULTS_MAX, ROW), -1.0)
    for row, f in zip(rows, faults, strict=False):
        code, unit = KINDS[f.target, f.kind][:2]
        value = math.radians(f.value) if unit in ("deg", "deg/s") else f.value
        trigger = list(TRIGGERS).index(f.trigger)
        row[:] = TARGETS.index(f.target), code, trigger, f.at, f.duration_s, value, f.probability, math.inf
    return rows


@kernel
def trigger_faults(rows, t, since_ignition, since_first_range, altitude, distance):
    """Mark the faults whose trigger is met now with the time t; returns how many began."""
    began = 0
    for i in range(rows.shape[0]):
        if rows[i, F_TARGET] < 0.0:
            break
        if rows[i, F_SINCE] <= t:
            continue
        trigger, at = int(rows[i, F_TRIGGER]), rows[i, F_AT]
        met = (
            trigger == ON_IGNITION
            or (trigger == ON_TIME and since_ignition >= at - 1e-6)
            or (trigger == ON_ALTITUDE and altitude < at)
            or (trigger == ON_DISTANCE and distance < at)
            or (trigger == ON_FIRST_RANGE and since_first_range >= at - 1e-6)
        )
        if met:
            rows[i, F_SINCE] = t
            began += 1
    return began


@kernel
def count(rows):
    """How many rows are used."""
    i = 0
    while i < FAULTS_MAX and rows[i, F_TARGET] >= 0.0:
        i += 1
    return i


@kernel
def is_active(rows, i, target, t):
    """Whether row i is a fault of `target` that has begun and is not over at time t."""
    return int(rows[i, F_TARGET]) == target and rows[i, F_SINCE] <= t < rows[i, F_SINCE] + rows[i, F_DURATION]


