"""The flight computer: a computer that is asked for more than it has time for, and one that stops.

**Executive**, after Apollo's. Once in a cycle a guidance job begins with the newest estimate; its command reaches the
engines when the job has got so far, and until then the last one stands. Counters may steal time, a monitor display adds work.
A job that is not done when the next cycle begins waits behind the new one and keeps its slot. When no slot is left: program
alarm, and a restart. That drops every job, and the display, which no restart brings back; guidance begins anew.

**Reset.** For its length nothing is computed: the estimate stands still, the engines are off, the attitude is held. Then the
engines must be lit again, which may fail several times.

Without a cycle (`Computer.cycle_s` 0) the law is asked at every tick, and what it says is done at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.descent import faults as f
from lunarlab.descent import sensors as s
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, number

SLOTS_MAX = 16


@dataclass(frozen=True)
class Computer:
    """The guidance computer: how long its jobs take, how many may wait, and how the engines come back after a reset."""

    cycle_s: float = number(0.0, "s", 0.0, 10.0, "a guidance job begins so often; 0: at every tick, and it takes no time")
    guidance_share: float = number(0.6, "", 0.0, 1.0, "share of a cycle that the job takes until its command is out")
    display_share: float = number(0.2, "", 0.0, 1.0, "share of a cycle that the rest of the job takes: displays, records")
    slots: float = number(8.0, "", 2.0, float(SLOTS_MAX), "jobs that may be under way at once; one more is a program alarm")
    restart_s: float = number(0.1, "s", 0.0, 60.0, "a restart takes so long; guidance begins with the next cycle")
    relight_s: float = number(0.0, "s", 0.0, 3600.0, "after a reset: first try to light the engines so long after its end")
    relight_failures: float = number(0.0, "", 0.0, 100.0, "after a reset: tries that fail before one lights them")
    relight_pause_s: float = number(5.0, "s", 0.1, 600.0, "after a reset: time from one try to the next")

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("slots", "relight_failures"):
            if getattr(self, name) != int(getattr(self, name)):
                raise LunarlabError(f"Computer.{name} is {getattr(self, name):g}; it must be a whole number")
        if self.guidance_share + self.display_share > 1.0:
            raise LunarlabError(
                f"Computer.guidance_share {self.guidance_share:g} and display_share {self.display_share:g} are more than a "
                "cycle; together they must not be above 1"
            )


COMPUTER = np.dtype([
    ("used", "i8"), ("every", "i8"), ("slots", "i8"), ("failures", "i8"),  # every: in ticks, 0 without a cycle
    ("job", "f8"), ("display", "f8"), ("restart", "f8"), ("relight", "f8"), ("pause", "f8"),  # s
])  # fmt: skip
"""`Computer` as the kernels read it; used is 0 where there is neither a cycle nor a fault of the computer."""

# what the computer remembers
JOBS, LOAD, SHED, IDLE_UNTIL, FRESH, BEGAN, ISSUED = range(7)
# jobs under way; share of the last cycle that was asked for; time of the last restart, s; no job before this time; 1 while
# the newest job has not given its command; when it began; when the job began whose command stands
HELD, NEXT = 7, 10  # the command that stands and the one in the making, three numbers each
RESET_SINCE, RESET_END, RELIGHT_AT, TRIES, OFF = range(13, 18)  # s; s; s; tries made; 1 while the engines are off
LEFT = 18  # seconds of work left of each job, the newest last
STATE_SIZE = LEFT + SLOTS_MAX

ALARM = 1
BEGINS, FAILS, LIGHTS = 1, 2, 3


def pack_computer(c: Computer, faults: Sequence[f.Fault], tick_s: float) -> tuple[Any, ...]:
    """Numbers for the kernels, in the order of `COMPUTER`."""
    used = c.cycle_s > 0.0 or any(fault.target == "computer" for fault in faults)
    job = (c.guidance_share + c.display_share) * c.cycle_s
    return (
        used, round(c.cycle_s / tick_s), c.slots, c.relight_failures, job, c.display_share * c.cycle_s, c.restart_s,
        c.relight_s, c.relight_pause_s,
    )  # fmt: skip


def check_computer(c: Computer, tick_s: float) -> None:
    """Refuse a cycle that is no whole number of ticks; LunarlabError."""
    ticks = c.cycle_s / tick_s
    if abs(ticks - round(ticks)) > 1e-6:
        raise LunarlabError(
            f"Computer.cycle_s is {c.cycle_s:g} s; it must be a whole number of Clock.tick_s, {tick_s:g} s"
        )


@kernel
def demands(rows, t, shed):
    """Shares of the time that counters steal and that a display takes; a restart at `shed` dropped older displays."""
    theft, monitor = 0.0, 0.0
    for i in range(f.count(rows)):
        if f.is_active(rows, i, f.COMPUTER, t):
            kind = int(rows[i, f.F_KIND])
            if kind == f.THEFT:
                theft += rows[i, f.F_VALUE]
            elif kind == f.MONITOR and rows[i, f.F_SINCE] > shed:
                monitor = max(monitor, rows[i, f.F_VALUE])  # one display: calling it again adds nothing
    return theft, monitor


@kernel
def work(c, seconds, p):
    """Spend computing time [s] on the jobs, the newest first; its command is out once only the displays are left of it."""
    while c[JOBS] > 0.0 and seconds > 0.0:
        newest = LEFT + int(c[JOBS]) - 1
        part = min(seconds, c[newest])
        c[newest] -= part
        seconds -= part
        if c[FRESH] > 0.0 and c[newest] <= p.display + 1e-9:
            c[FRESH], c[ISSUED] = 0.0, c[BEGAN]
            for i in range(3):
                c[HELD + i] = c[NEXT + i]
        if c[newest] > 1e-9:
            return
        c[JOBS] -= 1.0


@kernel
def execute(c, k, t, dt, rows, p, out):
    """One tick of the executive, number k since ignition: `out`, what the law wants now, becomes the command that stands.

    Parameters: c memory, shape (STATE_SIZE,); t time [s]; dt since the last tick [s]; rows of faults; p a COMPUTER record;
    out acceleration [m/s2], three numbers. Returns ALARM if the slots overflow, else 0.
    """
    said = 0
    if t < c[RESET_END] or p.every == 0:
        c[JOBS] = 0.0
        for i in range(3):
            if t < c[RESET_END]:
                out[i] = c[HELD + i]
            else:
                c[HELD + i] = out[i]
        return said
    theft, monitor = demands(rows, t, c[SHED])
    work(c, dt * max(1.0 - theft - monitor, 0.0), p)
    if k % p.every == 0:
        c[LOAD] = p.job / (p.every * dt) + theft + monitor
        if t >= c[IDLE_UNTIL]:
            shown = 1.0 if monitor > 0.0 else 0.0
            if c[JOBS] + shown >= p.slots:
                said = ALARM
                c[JOBS], c[SHED], c[IDLE_UNTIL], c[FRESH] = 0.0, t, t + p.restart, 0.0
            else:
                c[LEFT + int(c[JOBS])] = p.job
                c[JOBS] += 1.0
                c[FRESH], c[BEGAN] = 1.0, t
                for i in range(3):
                    c[NEXT + i] = out[i]
    if k == 0:  # worked out before ignition
        c[ISSUED] = t
        for i in range(3):
            c[HELD + i] = out[i]
    for i in range(3):
        out[i] = c[HELD + i]
    return said


@kernel
def watch(c, rows, t, p, meas):
    """Resets, and what follows: empties `meas` while nothing is computed, so that a filter has nothing to go on.

    Returns BEGINS when a reset begins, FAILS or LIGHTS at a try to light the engines, else 0.
    """
    said = 0
    for i in range(f.count(rows)):
        is_reset = int(rows[i, f.F_TARGET]) == f.COMPUTER and int(rows[i, f.F_KIND]) == f.RESET
        if is_reset and c[RESET_SINCE] < rows[i, f.F_SINCE] <= t:
            said = BEGINS
            c[RESET_SINCE], c[RESET_END] = rows[i, f.F_SINCE], rows[i, f.F_SINCE] + rows[i, f.F_VALUE]
            c[RELIGHT_AT], c[TRIES], c[OFF] = c[RESET_END] + p.relight, 0.0, 1.0
            c[SHED], c[FRESH] = t, 0.0
    if t < c[RESET_END]:
        meas[s.DT], meas[s.DVX], meas[s.DVY], meas[s.DVZ] = 0.0, 0.0, 0.0, 0.0
        meas[s.RANGE_VALID], meas[s.RANGE_2_VALID], meas[s.VEL_VALID], meas[s.FIX_VALID] = -1.0, -1.0, 0.0, 0.0
    elif said == 0 and c[OFF] > 0.0 and t >= c[RELIGHT_AT] - 1e-9:
        c[TRIES] += 1.0
        c[RELIGHT_AT] += p.pause
        said = FAILS
        if c[TRIES] > p.failures:
            said, c[OFF] = LIGHTS, 0.0
    return said
