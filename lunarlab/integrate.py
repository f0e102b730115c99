"""The one integrator: DOP853 with step-size control, dense output and events, for every room.

A room writes its equations of motion as a `rate` and its stopping rule as a `switch`. The integrator has one source; each
`rate` gets a copy of it in machine code, with the equations inlined and the number of them fixed, which is kept on disk.

It is long because the twelve stages are written out, without the zeros of the table of coefficients.

The method is Dormand and Prince's pair of order 8(5,3) in the form of Hairer, Norsett and Wanner (Solving Ordinary
Differential Equations I, section II.10). The coefficients are in `dop853`.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lunarlab import dop853 as c
from lunarlab import jit
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import array, si

END, EVENT, TOO_MANY_STEPS, STEP_TOO_SMALL, REFUSED = range(5)
_WHY = {
    TOO_MANY_STEPS: "it needed more than {max_steps} steps",
    STEP_TOO_SMALL: "the step size fell to zero, as it does at a collision",
    REFUSED: "the equations of motion have no value there (a collision, or outside the dates of the ephemeris)",
}


class Switch:
    """An event: it happens where ``value = function(t, y, params)`` passes through zero. Compiled on first use.

    `needs` is how many params it reads at least: compiled code would read on past their end.
    """

    def __init__(self, function: Callable[..., float], needs: int = 0) -> None:
        self.function, self.needs, self.__doc__ = function, needs, function.__doc__

    @classmethod
    def needing(cls, needs: int) -> Callable[[Callable[..., float]], Switch]:
        """The decorator for a function that reads so many params: ``@switch.needing(2)``."""
        return lambda function: cls(function, needs)

    @cached_property
    def machine(self) -> Any:
        """The function, compiled for its one signature: the integrator takes it as an argument."""
        return jit.compiled_for(self.function, jit.SWITCH)


class Rate:
    """Equations of motion: ``status = function(t, y, params, out)`` fills `out` with dy/dt; 0, or 1 where it has no value.

    Compiled on first use, and with it a copy of the integrator in which it is inlined: one for each size of state.
    `needs` is how many params it reads at least.
    """

    def __init__(self, function: Callable[..., int], needs: int = 0) -> None:
        self.function, self.needs, self.__doc__ = function, needs, function.__doc__
        self._made: dict[int, tuple[Any, Any]] = {}
        self._lock = threading.Lock()

    @classmethod
    def needing(cls, needs: int) -> Callable[[Callable[..., int]], Rate]:
        """The decorator for a function that reads so many params: ``@rate.needing(1)``."""
        return lambda function: cls(function, needs)

    def integrator(self, size: int) -> tuple[Any, Any]:
        """(`run`, `run_rows`) for states of `size` numbers."""
        with self._lock:
            if size not in self._made:
                own = self.function.__module__.startswith("lunarlab.")
                name = f"{self.function.__module__.removeprefix('lunarlab.')}.{self.function.__name__}-{size}"
                machine = jit.compiled_for(self.function, jit.RATE) if own else jit.compile_plugin(self.function)
                one = jit.specialised(run, name, jit.RUN, {"f": machine, "n": size}, own)
                self._made[size] = one, jit.specialised(run_rows, name, jit.RUN_ROWS, {"run": one}, own)
        return self._made[size]

    def __call__(self, t: float, y: np.ndarray, params: np.ndarray) -> np.ndarray:
        """dy/dt, by the same function in Python."""
        out = np.empty(len(y))
        if self.function(t, np.asarray(y, dtype=float), np.asarray(params, dtype=float), out) != 0:
            raise LunarlabError(f"{self.function.__name__} has no value at t = {t:.9g}")
        return out


rate, switch = Rate, Switch  # as decorators


@switch
def never(t, y, p):
    """No event."""
    return 1.0


@dataclass(frozen=True)
class Arc:
    """A solution. Times and states have the units that went in.

    `t` (n,) and `y` (n, d) at the requested times that were reached; `t_end`, `y_end` (d,) where it stopped; `t_events`
    (k,) and `y_events` (k, d) of each event; `stopped` is True if an event ended it; `steps` accepted.
    """

    t: np.ndarray
    y: np.ndarray
    t_end: float
    y_end: np.ndarray
    t_events: np.ndarray
    y_events: np.ndarray
    stopped: bool
    steps: int


@kernel
def _dense(x, y, f, out):
    """Solution at the fraction x of a step that began at y, from its polynomial f (7 rows)."""
    for i in range(y.shape[0]):
        v = f[6, i] * x
        v = (f[5, i] + v) * (1.0 - x)
        v = (f[4, i] + v) * x
        v = (f[3, i] + v) * (1.0 - x)
        v = (f[2, i] + v) * x
        v = (f[1, i] + v) * (1.0 - x)
        out[i] = y[i] + (f[0, i] + v) * x


f: Any = None  # f and n are bound by jit.specialised: the equations of motion, and how many there are
n = 0


def run(g, t0, t1, y0, p, rtol, atol, direction, max_steps, t_out, y_out, t_hit, y_hit, y_end):
    """Integrate y' = f from t0 to t1 (either way) and fill what it is given; see `propagate` for the meaning.

    Events are sought if `t_hit` has room, and the last one that it has room for ends the integration.
    Returns (status, t_end, accepted steps, number of events, number of outputs).
    """
    k1, k2, k3, k4, k5 = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    k6, k7, k8, k9, k10 = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    k11, k12, k13, k14, k15, k16 = np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    w, y, new = np.empty(n), y0.copy(), np.empty(n)
    poly = np.empty((7, n))
    order = 1.0 if t1 >= t0 else -1.0
    seek = t_hit.shape[0] > 0
    t, steps, hits, shown = t0, 0, 0, 0
    rejected, log_before = False, -9.2
    for i in range(n):
        y_end[i] = y[i]
    while shown < t_out.shape[0] and (t_out[shown] - t0) * order <= 0.0:
        y_out[shown, :] = y
        shown += 1
    if t1 == t0:
        return END, t, steps, hits, shown
    if f(t, y, p, k1) != 0:
        return REFUSED, t, steps, hits, shown
    before = g(t, y, p) if seek else 1.0
    # Hairer's first guess, without its trial step: the controller corrects it in a step or two.
    size = slope = 0.0
    for i in range(n):
        weight = atol[i] + rtol * abs(y[i])
        size += (y[i] / weight) * (y[i] / weight)
        slope += (k1[i] / weight) * (k1[i] / weight)
    h = order * min(abs(t1 - t0), 1e-6 if size <= 1e-10 or slope <= 1e-10 else 0.01 * math.sqrt(size / slope))

    for _trial in range(max_steps):
        last = (t + 1.01 * h - t1) * order > 0.0
        if last:
            h = t1 - t
        if abs(h) <= 4e-16 * max(abs(t), abs(h)) and not last:
            return STEP_TOO_SMALL, t, steps, hits, shown
        bad = 0
        for i in range(n):
            w[i] = y[i] + h * (c.A2_1 * k1[i])
        bad += f(t + c.C2 * h, w, p, k2)
        for i in range(n):
            w[i] = y[i] + h * (c.A3_1 * k1[i] + c.A3_2 * k2[i])
        bad += f(t + c.C3 * h, w, p, k3)
        for i in range(n):
            w[i] = y[i] + h * (c.A4_1 * k1[i] + c.A4_3 * k3[i])
        bad += f(t + c.C4 * h, w, p, k4)
        for i in range(n):
            w[i] = y[i] + h * (c.A5_1 * k1[i] + c.A5_3 * k3[i] + c.A5_4 * k4[i])
        bad += f(t + c.C5 * h, w, p, k5)
        for i in range(n):
            w[i] = y[i] + h * (c.A6_1 * k1[i] + c.A6_4 * k4[i] + c.A6_5 * k5[i])
        bad += f(t + c.C6 * h, w, p, k6)
        for i in range(n):
            w[i] = y[i] + h * (c.A7_1 * k1[i] + c.A7_4 * k4[i] + c.A7_5 * k5[i] + c.A7_6 * k6[i])
        bad += f(t + c.C7 * h, w, p, k7)
        for i in range(n):
            w[i] = y[i] + h * (c.A8_1 * k1[i] + c.A8_4 * k4[i] + c.A8_5 * k5[i] + c.A8_6 * k6[i] + c.A8_7 * k7[i])
        bad += f(t + c.C8 * h, w, p, k8)
        for i in range(n):
            w[i] = y[i] + h * (
                c.A9_1 * k1[i] + c.A9_4 * k4[i] + c.A9_5 * k5[i] + c.A9_6 * k6[i] + c.A9_7 * k7[i] + c.A9_8 * k8[i])
        bad += f(t + c.C9 * h, w, p, k9)
        for i in range(n):
            w[i] = y[i] + h * (
                c.A10_1 * k1[i] + c.A10_4 * k4[i] + c.A10_5 * k5[i] + c.A10_6 * k6[i] + c.A10_7 * k7[i]
                + c.A10_8 * k8[i] + c.A10_9 * k9[i])  # fmt: skip
        bad += f(t + c.C10 * h, w, p, k10)
        for i in range(n):
            w[i] = y[i] + h * (
                c.A11_1 * k1[i] + c.A11_4 * k4[i] + c.A11_5 * k5[i] + c.A11_6 * k6[i] + c.A11_7 * k7[i]
                + c.A11_8 * k8[i] + c.A11_9 * k9[i] + c.A11_10 * k10[i])  # fmt: skip
        bad += f(t + c.C11 * h, w, p, k11)
        for i in range(n):
            w[i] = y[i] + h * (
                c.A12_1 * k1[i] + c.A12_4 * k4[i] + c.A12_5 * k5[i] + c.A12_6 * k6[i] + c.A12_7 * k7[i]
                + c.A12_8 * k8[i] + c.A12_9 * k9[i] + c.A12_10 * k10[i] + c.A12_11 * k11[i])  # fmt: skip
        t_new = t1 if last else t + h
        bad += f(t + h, w, p, k12)
        e5 = e3 = 0.0
        for i in range(n):
            new[i] = y[i] + h * (
                c.B1 * k1[i] + c.B6 * k6[i] + c.B7 * k7[i] + c.B8 * k8[i] + c.B9 * k9[i] + c.B10 * k10[i]
                + c.B11 * k11[i] + c.B12 * k12[i])  # fmt: skip
            weight = 1.0 / (atol[i] + rtol * max(abs(y[i]), abs(new[i])))
            a = weight * (c.E5_1 * k1[i] + c.E5_6 * k6[i] + c.E5_7 * k7[i] + c.E5_8 * k8[i] + c.E5_9 * k9[i]
                 + c.E5_10 * k10[i] + c.E5_11 * k11[i] + c.E5_12 * k12[i])  # fmt: skip
            b = weight * (c.E3_1 * k1[i] + c.E3_6 * k6[i] + c.E3_7 * k7[i] + c.E3_8 * k8[i] + c.E3_9 * k9[i]
                 + c.E3_10 * k10[i] + c.E3_11 * k11[i] + c.E3_12 * k12[i])  # fmt: skip
            e5 += a * a
            e3 += b * b
        error = abs(h) * e5 / math.sqrt((e5 + 0.01 * e3) * n) if e5 + e3 != 0.0 else 0.0  # nan stays nan, and is refused
        if bad != 0 or not error <= 1.0:
            # A stage outside the equations' domain is treated like an error: a shorter step may stay inside.
            if bad != 0 or not math.isfinite(error):
                h *= 0.25
                if abs(h) < 1e-12 * abs(t1 - t0):
                    return REFUSED, t, steps, hits, shown
            else:
                h *= max(0.333, 0.9 * error ** -0.125)
            rejected = True
            continue

        if f(t_new, new, p, k13) != 0:
            return REFUSED, t, steps, hits, shown
        steps += 1
        after = g(t_new, new, p) if seek else 1.0
        crossed = seek and before * after <= 0.0 and before != 0.0 and (after - before) * direction >= 0.0
        if crossed or (shown < t_out.shape[0] and (t_out[shown] - t_new) * order <= 0.0):
            for i in range(n):
                w[i] = y[i] + h * (
                    c.A14_1 * k1[i] + c.A14_7 * k7[i] + c.A14_8 * k8[i] + c.A14_9 * k9[i] + c.A14_10 * k10[i]
                    + c.A14_11 * k11[i] + c.A14_12 * k12[i] + c.A14_13 * k13[i])  # fmt: skip
            f(t + c.C14 * h, w, p, k14)
            for i in range(n):
                w[i] = y[i] + h * (
                    c.A15_1 * k1[i] + c.A15_6 * k6[i] + c.A15_7 * k7[i] + c.A15_8 * k8[i] + c.A15_11 * k11[i]
                    + c.A15_12 * k12[i] + c.A15_13 * k13[i] + c.A15_14 * k14[i])  # fmt: skip
            f(t + c.C15 * h, w, p, k15)
            for i in range(n):
                w[i] = y[i] + h * (
                    c.A16_1 * k1[i] + c.A16_6 * k6[i] + c.A16_7 * k7[i] + c.A16_8 * k8[i] + c.A16_9 * k9[i]
                    + c.A16_13 * k13[i] + c.A16_14 * k14[i] + c.A16_15 * k15[i])  # fmt: skip
            f(t + c.C16 * h, w, p, k16)
            for i in range(n):
                rise = new[i] - y[i]
                poly[0, i] = rise
                poly[1, i] = h * k1[i] - rise
                poly[2, i] = 2.0 * rise - h * (k13[i] + k1[i])
                poly[3, i] = h * (
                    c.D4_1 * k1[i] + c.D4_6 * k6[i] + c.D4_7 * k7[i] + c.D4_8 * k8[i] + c.D4_9 * k9[i] + c.D4_10 * k10[i]
                    + c.D4_11 * k11[i] + c.D4_12 * k12[i] + c.D4_13 * k13[i] + c.D4_14 * k14[i] + c.D4_15 * k15[i]
                    + c.D4_16 * k16[i])  # fmt: skip
                poly[4, i] = h * (
                    c.D5_1 * k1[i] + c.D5_6 * k6[i] + c.D5_7 * k7[i] + c.D5_8 * k8[i] + c.D5_9 * k9[i] + c.D5_10 * k10[i]
                    + c.D5_11 * k11[i] + c.D5_12 * k12[i] + c.D5_13 * k13[i] + c.D5_14 * k14[i] + c.D5_15 * k15[i]
                    + c.D5_16 * k16[i])  # fmt: skip
                poly[5, i] = h * (
                    c.D6_1 * k1[i] + c.D6_6 * k6[i] + c.D6_7 * k7[i] + c.D6_8 * k8[i] + c.D6_9 * k9[i] + c.D6_10 * k10[i]
                    + c.D6_11 * k11[i] + c.D6_12 * k12[i] + c.D6_13 * k13[i] + c.D6_14 * k14[i] + c.D6_15 * k15[i]
                    + c.D6_16 * k16[i])  # fmt: skip
                poly[6, i] = h * (
                    c.D7_1 * k1[i] + c.D7_6 * k6[i] + c.D7_7 * k7[i] + c.D7_8 * k8[i] + c.D7_9 * k9[i] + c.D7_10 * k10[i]
                    + c.D7_11 * k11[i] + c.D7_12 * k12[i] + c.D7_13 * k13[i] + c.D7_14 * k14[i] + c.D7_15 * k15[i]
                    + c.D7_16 * k16[i])  # fmt: skip
        if crossed:
            x = 1.0
            if after != 0.0:  # Illinois: false position that can't get stuck at one end
                left, right, g_left, g_right, side = 0.0, 1.0, before, after, 0
                for _k in range(100):
                    x = (left * g_right - right * g_left) / (g_right - g_left)
                    _dense(x, y, poly, w)
                    value = g(t + x * h, w, p)
                    if value == 0.0 or right - left < 1e-15:
                        break
                    if value * g_right > 0.0:
                        right, g_right = x, value
                        if side == 1:
                            g_left *= 0.5
                        side = 1
                    else:
                        left, g_left = x, value
                        if side == -1:
                            g_right *= 0.5
                        side = -1
            _dense(x, y, poly, w)
            t_hit[hits] = t + x * h
            y_hit[hits, :] = w
            hits += 1
            if hits == t_hit.shape[0]:
                t_new = t + x * h
                while shown < t_out.shape[0] and (t_out[shown] - t_new) * order <= 0.0:
                    _dense((t_out[shown] - t) / h, y, poly, y_out[shown])
                    shown += 1
                for i in range(n):
                    y_end[i] = w[i]
                return EVENT, t_new, steps, hits, shown
        while shown < t_out.shape[0] and (t_out[shown] - t_new) * order <= 0.0:
            _dense((t_out[shown] - t) / h, y, poly, y_out[shown])
            shown += 1
        t, before = t_new, after
        for i in range(n):
            y[i] = new[i]
            k1[i] = k13[i]
            y_end[i] = new[i]
        if last:
            return END, t, steps, hits, shown
        # Gustafsson's PI control: it remembers the last error, and so seldom has to take a step back.
        log_error = math.log(max(error, 1e-12))
        grow = min(6.0, max(0.333, 0.9 * math.exp(0.08 * log_before - 0.109 * log_error)))
        log_before = max(log_error, -9.2)
        h *= min(grow, 1.0) if rejected else grow
        rejected = False
    return TOO_MANY_STEPS, t, steps, hits, shown


def run_rows(g, t0, t1, y0, p, rtol, atol, direction, max_steps, first, last, y_end, t_end, status):
    """`run` for the rows first to last of `y0`, with `t0`, `t1`, and `p` row by row; each stops at its first event."""
    nothing, nowhere = np.empty(0), np.empty((0, y0.shape[1]))
    t_hit, y_hit = np.empty(1), np.empty((1, y0.shape[1]))
    for i in range(first, last):
        row = p[i] if p.shape[0] > 1 else p[0]  # one row serves all: an ephemeris is not copied for each arc
        done = run(g, t0[i], t1[i], y0[i], row, rtol, atol, direction, max_steps, nothing, nowhere, t_hit, y_hit, y_end[i])
        status[i], t_end[i] = done[0], done[1]


def _understood(equations: Any, event: Any, params: np.ndarray, dimensions: int, direction: Any) -> Switch:
    """The event, or `never`, after a check that both functions are marked and find the params that they read."""
    if params.ndim != dimensions:
        raise LunarlabError(f"params has the shape {params.shape}; it must be one row of numbers"
                            + (", or one for each arc" if dimensions == 2 else ""))
    event = never if event is None else event
    for name, given, kind in (("equations", equations, Rate), ("event", event, Switch)):
        if not isinstance(given, kind):
            raise LunarlabError(f"{name} is {given!r}; it must be a function marked by @integrate.{kind.__name__.lower()}")
        if params.shape[-1] < given.needs:
            raise LunarlabError(f"params holds {params.shape[-1]} numbers; {given.function.__name__} reads {given.needs}")
    if direction not in (-1, 0, 1):
        raise LunarlabError(f"direction is {direction!r}; allowed are -1, 0 and 1")
    return event  # type: ignore[no-any-return]


def _tolerance(rtol: float, atol: Any, size: int) -> np.ndarray:
    """atol (size,). Zero would divide zero by zero in a component that is zero, as z is in every plane problem."""
    weights = np.array(np.broadcast_to(np.asarray(atol, dtype=float), (size,)))
    if not (0.0 <= rtol < 1.0 and weights.min() > 0.0):
        raise LunarlabError(f"rtol and atol are {rtol} and {atol}; rtol must lie between 0 and 1, atol must be positive")
    return weights


def _in_order(times: np.ndarray, t0: float, t1: float) -> np.ndarray:
    """The times, after a check: out of order or out of range, they would come back with a state of another time."""
    order, slack = (1.0 if t1 >= t0 else -1.0), 2e-15 * max(abs(t0), abs(t1))  # rounding is forgiven
    ends = (times[0] - t0) * order >= -slack and (t1 - times[-1]) * order >= -slack
    if not (ends and np.all(np.diff(times) * order >= 0.0)):
        raise LunarlabError(f"times run from {times[0]:.9g} to {times[-1]:.9g}; they must be sorted in the direction of "
                            f"integration and lie between t0 = {t0:.9g} and t1 = {t1:.9g}")
    return np.asarray(np.clip(times, min(t0, t1), max(t0, t1)))


def propagate(
    equations: Rate,
    y0: Any,
    t1: float,
    params: Any = (),
    *,
    t0: float = 0.0,
    times: Any = (),
    rtol: float = 1e-12,
    atol: Any = 1e-12,
    event: Switch | None = None,
    direction: int = 0,
    stop_after: int = 1,
    max_steps: int = 200_000,
) -> Arc:
    """Integrate y' = equations(t, y, params) from t0 to t1, forward or backward.

    Parameters
    ----------
    equations : a `rate`
    y0 : array (d,)
        State at t0.
    t1, t0 : float
    params : array
        Handed to equations and event.
    times : array (n,)
        Where the solution is wanted, in the direction of integration; between t0 and t1.
    rtol, atol : float; array (d,) for atol
        Tolerances on the local error of each component. `inf` leaves a component out of the step control.
    event : a `switch`, optional
    direction : {-1, 0, 1}
        Events count where the switch falls, either way, or where it rises with t's course.
    stop_after : int
        The integration ends at the event of this number.
    max_steps : int

    Returns
    -------
    Arc

    Raises
    ------
    LunarlabError
        An argument of the wrong kind or shape, params that are too few; or the solution can't be continued to t1: says
        where and why.
    """
    y0, times = array(y0, "", name="y0", shape=(None,)), array(times, "", name="times", shape=(None,))
    t0, t1 = si(t0, "", name="t0"), si(t1, "", name="t1")
    params = np.ascontiguousarray(params, dtype=float)
    switch = _understood(equations, event, params, 1, direction)
    size = y0.size
    room = 0 if event is None else int(si(stop_after, "", name="stop_after", low=1, high=10_000_000))
    if not math.isfinite(t0 + t1):
        raise LunarlabError(f"t0 and t1 are {t0} and {t1}; they must be finite")
    if times.size:
        times = _in_order(times, t0, t1)
    y_out, t_hit, y_hit, y_end = np.empty((times.size, size)), np.empty(room), np.empty((room, size)), np.empty(size)
    status, t_end, steps, hits, shown = equations.integrator(size)[0](
        switch.machine, t0, t1, y0, params, float(rtol),
        _tolerance(float(rtol), atol, size), int(direction), int(max_steps), times, y_out, t_hit, y_hit, y_end,
    )  # fmt: skip
    if status not in (END, EVENT):
        why = _WHY[status].format(max_steps=max_steps)
        raise LunarlabError(f"the trajectory could not be followed beyond t = {t_end:.9g} (asked for {t1:.9g}): {why}")
    return Arc(times[:shown], y_out[:shown], t_end, y_end, t_hit[:hits], y_hit[:hits], status == EVENT, steps)


def propagate_rows(
    equations: Rate,
    y0: Any,
    t1: Any,
    params: Any,
    *,
    t0: Any = 0.0,
    rtol: float = 1e-12,
    atol: Any = 1e-12,
    event: Switch | None = None,
    direction: int = 0,
    max_steps: int = 200_000,
    threads: int = 2,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Many arcs at once: y0 (m, d), t0 and t1 (m,) or one number, params (m, k) or one row for all.

    Each ends at t1 or at its first event. Returns states (m, d), times (m,) and status (m,): `END`, `EVENT`, or the
    number of a failure, which raises nothing here. The result does not depend on the number of threads.
    """
    y0 = np.require(y0, float, ["C", "W"])  # compiled code takes nothing that is read-only
    if y0.ndim != 2:
        raise LunarlabError(f"y0 has the shape {y0.shape}; it must be (m, d), a row for each arc")
    m, size = y0.shape
    rows = np.require(np.atleast_2d(np.asarray(params, dtype=float)), float, ["C", "W"])
    switch = _understood(equations, event, rows, 2, direction)
    if rows.shape[0] not in (1, m):
        raise LunarlabError(f"params has {rows.shape[0]} rows for {m} arcs; it must have one for each, or one for all")
    begin, end = (np.array(np.broadcast_to(np.asarray(t, dtype=float), (m,))) for t in (t0, t1))
    y_end, t_end, status = np.empty((m, size)), np.empty(m), np.empty(m, dtype=np.int64)
    run_rows, threads = equations.integrator(size)[1], int(si(threads, "", name="threads", low=1, high=1000))
    weights = _tolerance(float(rtol), atol, size)

    def part(first: int, last: int) -> None:
        run_rows(switch.machine, begin, end, y0, rows, float(rtol), weights,
                 int(direction), int(max_steps), first, last, y_end, t_end, status)  # fmt: skip

    edges = np.linspace(0, m, 8 * threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, edges[:-1], edges[1:]))
    return y_end, t_end, status
