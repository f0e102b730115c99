"""Checks of lesson 08, powered descent guidance: the formulas. What flies is in `lesson08_flights`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.descent import laws
from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson08_flights import judge_bound, judge_law, judge_tune
from lunarlab.grading.result import Finding, number_text
from lunarlab.grading.slips import BELOW_ZERO, Slip, judge, same, slip_hint


def drawn(
    rng: np.random.Generator, examples: Sequence[tuple[float, ...]], ranges: Sequence[tuple[float, float]], count: int = 2
) -> list[tuple[float, ...]]:
    """Examples, and behind them as many drawn rows: each number evenly from its range, to four digits."""
    rows = [tuple(float(f"{rng.uniform(*ends):.4g}") for ends in ranges) for _ in range(count)]
    return [*examples, *rows]


def pairs(
    answer: Any,
    name: str,
    what: str,
    inputs: Sequence[tuple[float, ...]],
    right: Sequence[Callable[..., float]],
    slips: Sequence[Sequence[Slip]],
    words: Sequence[tuple[str, str, str]],
    shown: Callable[..., str],
) -> list[Finding]:
    """Findings about a function of several numbers, a point for each; `words` are (requirement, unit, hint)."""
    function = a.function(answer, name)
    given = [a.numbers(a.call(function, *x, name=name), len(right), name, what) for x in inputs]
    findings = []
    for i, (requirement, unit, hint) in enumerate(words):
        mine, truth = [g[i] for g in given], [right[i](*x) for x in inputs]
        bad = [k for k in range(len(inputs)) if not same(mine[k], truth[k])]
        k = bad[0] if bad else 0
        told = slip_hint(mine, inputs, slips[i], 1e-3) if bad else ""
        findings.append(
            Finding(f"{requirement} {shown(*inputs[k])}", 1, not bad, number_text(mine[k], unit),
                    number_text(truth[k], unit), told or hint)
        )  # fmt: skip
    return findings


def perilune_speed(perilune_m: float, apolune_m: float) -> float:
    """Speed [m/s] at the low point of an orbit, from altitudes."""
    low, high = R_MOON + perilune_m, R_MOON + apolune_m
    return float(twobody.speed(low, 0.5 * (low + high), mu=MU_MOON))


def judge_budget(ideal: Any, loss: Any) -> list[Finding]:
    """Vis-viva at the perilune; Tsiolkovsky less what had to be braked.

    Drawn: low points of 12 to 30 km under high points of 90 to 200 km, where a circle is 1 % slower and more; burns of half
    the mass of a lander of 0.5 to 20 t, so that the loss is 100 m/s and more.
    """
    rng = exam().rng("08.budget")
    orbits = drawn(rng, ((15e3, 100e3), (25e3, 134e3), (18e3, 18e3)), ((12e3, 30e3), (90e3, 200e3)))
    burns: list[tuple[float, ...]] = [
        (772.0, 376.2, 297.0, 1684.0), (15150.7, 7493.0, 300.5, 1692.0), (1000.0, 505.0, 302.0, 1689.0),
    ]  # fmt: skip
    for full, part, isp, v in drawn(rng, (), ((500.0, 20e3), (0.46, 0.52), (290.0, 320.0), (1675.0, 1695.0))):
        burns.append((full, round(part * full, 1), isp, v))
    low_speed: list[Slip] = [
        (lambda p, q: math.sqrt(MU_MOON / (R_MOON + p)),
         "That is the speed on a circle at that height. At its low point the lander is faster: use the semi-major axis."),
        (lambda p, q: perilune_speed(q, p), "That is the speed at the high point."),
        (lambda p, q: 1e-3 * perilune_speed(p, q), "That is in km/s; asked is m/s."),
        (lambda p, q: math.sqrt(MU_MOON * (2.0 / (R_MOON + p) - 1.0 / (2.0 * R_MOON + p + q))),
         "a is half the sum of the two radii, not the sum."),
    ]  # fmt: skip
    burn: list[Slip] = [
        (lambda m0, m1, isp, v: isp * G0 * math.log(m0 / m1),
         "That is all the velocity change that was paid. Subtract what stopped."),
        (lambda m0, m1, isp, v: v - isp * G0 * math.log(m0 / m1),
         "The sign is turned round: a loss is what was paid beyond the ideal."),
        (lambda m0, m1, isp, v: isp * math.log(m0 / m1) - v,
         "Isp in seconds: the exhaust speed is Isp times g0, 9.80665 m/s2."),
        (lambda m0, m1, isp, v: isp * G0 * math.log10(m0 / m1) - v, "Tsiolkovsky's logarithm is the natural one."),
        (lambda m0, m1, isp, v: isp * G0 * (1.0 - m1 / m0) - v,
         "That holds for small burns. This one takes half of the mass: use the logarithm."),
    ]  # fmt: skip
    return [
        judge(ideal, "ideal_speed", orbits, perilune_speed, low_speed, points=1,
              requirement="speed at the low point of", unit="m/s", shown=lambda p, q: f"{p / 1e3:g} x {q / 1e3:g} km",
              hint="Vis-viva: v2 = mu (2/r - 1/a), with r and a from the centre of the Moon.", relative=2e-4,
              negative=BELOW_ZERO),
        judge(loss, "gravity_loss", burns,
              lambda m0, m1, isp, v: isp * G0 * math.log(m0 / m1) - v, burn, points=1,
              requirement="loss of a burn from", unit="m/s", shown=lambda m0, m1, isp, v:
               f"{m0:g} to {m1:g} kg at Isp {isp:g} s",
              hint="Isp g0 ln(m0/m1) is what was paid; the ideal is what had to be stopped.", absolute=0.2),
    ]  # fmt: skip


def judge_turn(answer: Any) -> list[Finding]:
    """Time and height of a gravity turn that begins level: ratio v / (g (ratio2 - 1)), v2 / (4 g (ratio2 - 1)).

    Drawn: 50 to 1700 m/s, thrust of 1.6 to 4 weights, gravity of 1.3 to 1.7 m/s2.
    """
    inputs = drawn(
        exam().rng("08.turn"), ((1684.0, 4.0, 1.622), (60.0, 1.7, 1.622), (300.0, 2.5, 1.35)),
        ((50.0, 1700.0), (1.6, 4.0), (1.3, 1.7)),
    )  # fmt: skip
    time: list[Slip] = [
        (lambda v, n, g: v / (g * (n - 1.0)),
         "That is the time of a fall that is braked straight down. Here the velocity begins level."),
        (lambda v, n, g: v / (g * n), "That leaves gravity out: thrust alone against a level velocity."),
        (lambda v, n, g: v / (g * (n * n - 1.0)), "The numerator lacks the ratio: put cos_down = 0 into (ratio + cos_down)."),
    ]  # fmt: skip
    height: list[Slip] = [
        (lambda v, n, g: v * v / (2.0 * g * (n - 1.0)),
         "That is a fall that is braked straight down. Here the velocity begins level."),
        (lambda v, n, g: v * v / (2.0 * g * (n * n - 1.0)), "Twice too much: integrate v cos over the speed once more."),
        (lambda v, n, g: v * v * n / (4.0 * g * (n * n - 1.0)), "The ratio stands in the time, not here."),
        (lambda v, n, g: v * v / (4.0 * g * (n - 1.0)), "The denominator is ratio squared minus one."),
        (lambda v, n, g: 0.0, "It does lose height: gravity turns the velocity down, and the thrust only follows."),
    ]  # fmt: skip
    return pairs(
        answer, "turn", "(time s, height m)", inputs,
        (lambda v, n, g: v * n / (g * (n * n - 1.0)), lambda v, n, g: v * v / (4.0 * g * (n * n - 1.0))), (time, height),
        (("time to stop from level flight,", "s", "Integrate dt = dv / (...): the closed form stands above; cos_down is 0."),
         ("height lost until then,", "m", "The closed form stands above; cos_down is 0.")),
        lambda v, n, g: f"{v:g} m/s, thrust {n:g} times the weight, g {g:g} m/s2",
    )  # fmt: skip


def contact(v: float, accel: float, g: float, part: float) -> float:
    """Speed at the ground of a burn that began at the last moment with that part of the thrust."""
    return v * math.sqrt((1.0 - part) * accel / (accel - g))


def judge_late(answer: Any) -> list[Finding]:
    """The last moment at which a fall can be stopped, and what is left of its speed if the engine is weak.

    Drawn: falls of 25 to 90 m/s, engines of 2.4 to 5.5 m/s2 of which 85 to 98 % come, gravity of 1.3 to 1.7 m/s2; so the
    weak engine still brakes.
    """
    inputs = drawn(
        exam().rng("08.late"), ((77.0, 3.9, 1.622, 0.98), (30.0, 2.4, 1.622, 0.9), (50.0, 5.0, 1.6, 0.95)),
        ((25.0, 90.0), (2.4, 5.5), (1.3, 1.7), (0.85, 0.98)),
    )  # fmt: skip
    height: list[Slip] = [
        (lambda v, acc, g, k: v * v / (2.0 * acc),
         "Gravity goes on pulling while the engine burns: what brakes is accel - g."),
        (lambda v, acc, g, k: v * v / (acc - g), "Twice too much: the mean speed of the stop is half of v."),
        (lambda v, acc, g, k: v * v / (2.0 * (k * acc - g)),
         "Ignition is planned with the engine as promised; that it is weak shows only later."),
        (lambda v, acc, g, k: v * v / (2.0 * (acc + g)), "Gravity works against the stop: accel - g."),
    ]  # fmt: skip
    speed: list[Slip] = [
        (lambda v, acc, g, k: (1.0 - k) * v, "Speed does not miss in proportion: energy does, and speed is its square root."),
        (lambda v, acc, g, k: v * math.sqrt(1.0 - k),
         "Weak is the thrust, not what is left of it after gravity: k * accel - g."),
        (lambda v, acc, g, k: v * v * (1.0 - k) * acc / (acc - g), "That is the square of the speed."),
        (lambda v, acc, g, k: 0.0, "It does not stop: the engine has less than the plan, and there is no height left."),
    ]  # fmt: skip
    return pairs(
        answer, "late_burn", "(height m, contact speed m/s)",
        inputs, (lambda v, acc, g, k: v * v / (2.0 * (acc - g)), contact), (height, speed),
        (("last height of ignition,", "m", "v2 = 2 (accel - g) h."),
         ("speed at the ground with the weak engine,", "m/s",
          "v2 - 2 (part accel - g) h is the square of the speed that is left.")),
        lambda v, acc, g, k: f"{v:g} m/s down, {acc:g} m/s2, g {g:g} m/s2, {k:g} of the thrust",
    )  # fmt: skip


def _quadratic(dr: float, v: float, vt: float, at: float, t: float) -> float:
    return 12.0 * dr / (t * t) - 6.0 * (v + vt) / t + at


def flown_axis(
    function: Callable[..., Any], name: str, start: tuple[float, float, float], end: tuple[float, float]
) -> tuple[float, float, float]:
    """(miss m, m/s, m/s2) of one axis, flown by a law from (m, m/s, s to go) to (m/s, m/s2) a second before its target.

    The miss is against the polynomial that leads from this start to this end, so of an exact law only the step remains.
    """
    (r, v, t), (vt, at) = start, end
    first, second, third = laws.quadratic_path(-r, v, vt, at, t)
    r0, v0, step, steps = r, v, 0.1, round(10.0 * (t - 1.0))
    for k in range(steps):
        acc = a.number(a.call(function, -r, v, vt, at, t - k * step, name=name), f"{name}(...)")
        r, v = r + step * v + 0.5 * step * step * acc, v + step * acc
        if abs(r) > 1e6:
            break
    s = steps * step
    acc = a.number(a.call(function, -r, v, vt, at, t - s, name=name), f"{name}(...)")
    return (
        r - (r0 + v0 * s + first * s**2 / 2.0 + second * s**3 / 6.0 + third * s**4 / 12.0),
        v - (v0 + first * s + second * s**2 / 2.0 + third * s**3 / 3.0), acc - (first + second * s + third * s * s),
    )  # fmt: skip


def judge_quadratic(answer: Any) -> list[Finding]:
    """Klumpp's law: acceleration quadratic in time that meets position, velocity and acceleration.

    Drawn: a braking 6 to 12 km before its target, a descent from 2 to 4 km, and the start of the axis that is flown: 70 to
    90 s to go, as far away as the mean of both speeds leads in that time and 2 to 15 % more, as in the first example. There
    a right law ends within a tenth of what is allowed, and one without the third condition at twice of it and more.
    """
    rng = exam().rng("08.quadratic")
    braking = ((6e3, 12e3), (150.0, 220.0), (10.0, 30.0), (-1.5, -0.5), (70.0, 90.0))
    falling = ((-4e3, -2e3), (-80.0, -50.0), (-40.0, -20.0), (0.2, 0.6), (45.0, 65.0))
    inputs: list[tuple[float, ...]] = [
        (9000.0, 180.0, 20.0, -1.2, 80.0), (-3000.0, -60.0, -30.0, 0.2, 55.0), (40.0, 0.0, 3.0, 0.5, 20.0),
    ]  # fmt: skip
    inputs += [drawn(rng, (), ranges, 1)[0] for ranges in (braking, falling)]
    more, speed, speed_then, accel_then, to_go = drawn(rng, (), ((1.02, 1.15), *braking[1:]), 1)[0]
    to_go = round(to_go, 1)  # the law is asked every 0.1 s
    dr = more * 0.5 * (speed + speed_then) * to_go
    slips: list[Slip] = [
        (lambda dr, v, vt, at, t: 6.0 * dr / t**2 - (2.0 * vt + 4.0 * v) / t,
         "That is E-guidance: its acceleration is linear in time, and it can't choose the acceleration at the target."),
        (lambda dr, v, vt, at, t: 12.0 * dr / t**2 - 6.0 * (v + vt) / t, "a_target is missing."),
        (lambda dr, v, vt, at, t: 12.0 * dr / t**2 - 6.0 * (vt - v) / t + at, "The speeds add: 6 (v + v_target) / t_go."),
        (lambda dr, v, vt, at, t: -12.0 * dr / t**2 - 6.0 * (v + vt) / t + at,
         "dr is target minus position; you turned it round."),
        (lambda dr, v, vt, at, t: 12.0 * dr / t**2 + 6.0 * (v + vt) / t + at,
         "The sign of the speeds: what already moves needs less push."),
        (lambda dr, v, vt, at, t: 12.0 * dr / t - 6.0 * (v + vt) + at,
         "A power of t_go is missing: dr / t_go2 and v / t_go are accelerations."),
        (lambda dr, v, vt, at, t: 2.0 * (dr - v * t) / t**2, "A constant acceleration meets the position only."),
    ]  # fmt: skip
    value = judge(
        answer, "quadratic", inputs, _quadratic, slips, points=1, requirement="acceleration now,", unit="m/s2",
        shown=lambda dr, v, vt, at, t: f"dr {dr:g} m, v {v:g} to {vt:g} m/s, a_target {at:g} m/s2, {t:g} s to go",
        hint="Put the solution of the three equations into a(0).", absolute=1e-6,
    )  # fmt: skip
    function = a.function(answer, "quadratic")
    miss = flown_axis(function, "quadratic", (-dr, speed, to_go), (speed_then, accel_then))
    ok = abs(miss[0]) < 1.0 and abs(miss[1]) < 0.5 and abs(miss[2]) < 0.15
    text = f"off by {miss[0]:.2f} m, {miss[1]:.2f} m/s, {miss[2]:.2f} m/s2"
    hint = "Fly it yourself for one axis, asking the law anew every 0.1 s, and see which of the three it misses."
    return [value, Finding("flown, it meets all three: position, velocity, acceleration", 1, ok, text,
                           "1 m, 0.5 m/s, 0.15 m/s2", hint)]  # fmt: skip


def time_to_go(r: Any, v: Any, g: float, price: float) -> float:
    """D'Souza's time to go to rest at the origin."""
    return float(laws.time_optimal(float(np.dot(r, r)), -float(np.dot(r, v)), float(np.dot(v, v)), g * g, price))


def judge_tgo(answer: Any) -> list[Finding]:
    """Root of the quartic in the time to go, for targets at rest.

    Drawn: 2 to 9 km before the target and 1 to 2.5 km up, on the way there with 40 to 160 m/s and 20 to 50 m/s down, a price
    of 0.3 to 3 m2/s4. Then r.v is far below zero, and price, sign and gravity change the time by 2 % and more.
    """
    rng = exam().rng("08.tgo")
    inputs: list[tuple[Any, ...]] = [
        ([-2500.0, 300.0, 1500.0], [65.0, -8.0, -40.0], 1.622, 0.0),
        ([-9000.0, 0.0, 2500.0], [180.0, 0.0, -45.0], 1.6, 1.5),
        ([0.0, 0.0, 400.0], [0.0, 0.0, -12.0], 1.622, 0.3),
    ]
    ranges = ((-9e3, -2e3), (1e3, 2.5e3), (40.0, 160.0), (20.0, 50.0), (0.3, 3.0))
    for x, z, forward, down, price in drawn(rng, (), ranges):
        inputs.append(([x, 0.05 * z, z], [forward, -2.0, -down], 1.622, price))
    size = np.linalg.norm

    def root(c4: float, c2: float, c1: float, c0: float) -> float:
        found = np.roots([c4, 0.0, c2, c1, c0])
        return float(min(x.real for x in found if abs(x.imag) < 1e-7 and x.real > 0.0))

    slips: list[Slip] = [
        (lambda r, v, g, w: root(w + g * g, -2.0 * np.dot(v, v), -12.0 * np.dot(r, v), -18.0 * np.dot(r, r)),
         "Half of g squared, not all of it: the cost is half the integral of a squared."),
        (lambda r, v, g, w: root(w + 0.5 * g * g, -2.0 * np.dot(v, v), 12.0 * np.dot(r, v), -18.0 * np.dot(r, r)),
         "The sign of r.v: it is negative for a lander that comes closer, and then shortens the time."),
        (lambda r, v, g, w: root(w, -2.0 * np.dot(v, v), -12.0 * np.dot(r, v), -18.0 * np.dot(r, r)),
         "Gravity is missing: hovering costs g all the time, even if a second were free."),
        (lambda r, v, g, w: root(0.5 * g * g, -2.0 * np.dot(v, v), -12.0 * np.dot(r, v), -18.0 * np.dot(r, r)),
         "The price of a second does not show in your time."),
        (lambda r, v, g, w: float(2.0 * size(r) / size(v)), "That is a stop at constant deceleration. Ask the quartic."),
        (lambda r, v, g, w: float(size(r) / size(v)),
         "That is when it would be there at its present speed, without stopping."),
    ]  # fmt: skip
    hint = "np.roots([price + g**2 / 2, 0, -2 v.v, -12 r.v, -18 r.r]); take the root that is real and positive."
    return [
        judge(answer, "time_to_go", inputs, time_to_go, slips, points=2, requirement="time to go from", unit="s",
              shown=lambda r, v, g, w: f"r {r} m, v {v} m/s, price {w:g} m2/s4", hint=hint, relative=2e-3),
    ]  # fmt: skip


EXERCISES = (
    Exercise("08.budget", "what braking costs, and what it must", 2, ("ideal_speed", "gravity_loss"), judge_budget),
    Exercise("08.turn", "a gravity turn and its height", 2, ("turn",), judge_turn),
    Exercise("08.late", "the last moment, and one per cent", 2, ("late_burn",), judge_late),
    Exercise("08.quadratic", "Apollo's law for one axis", 2, ("quadratic",), judge_quadratic),
    Exercise("08.tgo", "how long it should take", 2, ("time_to_go",), judge_tgo),
    Exercise("08.law", "a law of your own that lands", 5, ("my_law",), judge_law),
    Exercise("08.bound", "how far from the optimum", 2, ("last_phase",), judge_bound),
    Exercise("08.tune", "cheaper, and still robust", 3, ("my_guidance",), judge_tune),
)
