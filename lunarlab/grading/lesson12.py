"""Checks of lesson 12, the last 50 metres: falling over, legs, a lost engine; four files hold the rest.

Every function is asked for the examples here and for some that are drawn; each draw is of the same kind as an example.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from scipy.optimize import brentq, linprog

from lunarlab.descent.gear import GRAVITY_MPS2, Gear, tip_speed
from lunarlab.grading import answers as a
from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson12_fix import LEAN_KG, judge_fix, less_propellant
from lunarlab.grading.lesson12_flight import judge_half_thrust
from lunarlab.grading.lesson12_hazard import judge_hazard
from lunarlab.grading.lesson12_odds import judge_ellipse, judge_odds
from lunarlab.grading.result import Finding, number_text
from lunarlab.grading.slips import Slip


def tip(d: float, h: float, k: float, slope_deg: float, *, gravity: float = GRAVITY_MPS2) -> float:
    """Speed down a slope from which a lander falls over: its closed form, in the arguments of the exercise."""
    s, far = math.radians(slope_deg), math.hypot(d, h)
    if math.tan(s) >= d / h:
        return 0.0
    return math.sqrt(2.0 * gravity * (far**2 + k**2) * (far - h * math.cos(s) - d * math.sin(s))) / h


def _lift(d: float, h: float) -> float:
    return 2.0 * GRAVITY_MPS2 * (math.hypot(d, h) - h)


FLAT = ((0.62, 0.95, 0.8, 0.0), (1.24, 1.2, 1.0, 0.0), (1.99, 1.9, 1.3, 0.0))
SLOPES = ((0.62, 0.95, 0.8, 12.0), (1.99, 1.9, 1.3, 8.0), (1.24, 1.2, 1.0, -10.0))
STEEP = ((0.62, 0.95, 0.8, 40.0), (1.0, 1.9, 1.3, 30.0))

FLAT_SLIPS: tuple[Slip, ...] = (
    (lambda d, h, k, s: math.sqrt(_lift(d, h)),
     "That turns all of m v^2 / 2 into height. When the feet stop dead, energy is lost: only the angular momentum about the "
     "edge is kept, and I omega^2 / 2 is what is left."),
    (lambda d, h, k, s: math.sqrt(_lift(d, h) * (d * d + h * h)) / h,
     "The turn about the edge is that of a body, not of a point: I = m (l^2 + k^2), and the k is missing."),
    (lambda d, h, k, s: math.sqrt(_lift(d, h)) * k / h,
     "That is the inertia about the centre of mass. About the edge it is larger by m l^2 (Steiner)."),
    (lambda d, h, k, s: math.sqrt(_lift(d, h) * (d * d + h * h + k * k)) / math.hypot(d, h),
     "The momentum m v passes the edge at the height h, not at the distance l: its lever arm is h."),
    (lambda d, h, k, s: math.sqrt(_lift(d, h) * (d * d + h * h + k * k)) / d,
     "The momentum m v points along the ground: its lever arm about the edge is the height h, not d."),
    (lambda d, h, k, s: math.sqrt(2.0 * GRAVITY_MPS2 * (math.hypot(d, h) - d) * (d * d + h * h + k * k)) / h,
     "The centre of mass starts at the height h and must rise to l: the difference is l - h."),
    (lambda d, h, k, s: math.sqrt(2.0 * GRAVITY_MPS2 * math.hypot(d, h) * (d * d + h * h + k * k)) / h,
     "It must rise from h to l, not from 0 to l."),
    (lambda d, h, k, s: tip(d, h, k, 0.0) ** 2, "That is the square of the speed."),
    (lambda d, h, k, s: tip(d, h, k, 0.0, gravity=9.80665), "Gravity is 1.622 m/s2 there, not 9.81."),
    (lambda d, h, k, s: tip(d, h, k, 0.0) / math.sqrt(2.0),
     "Kinetic energy is I omega^2 / 2: a factor of 2 is missing under the root."),
)  # fmt: skip
SLOPE_SLIPS: tuple[Slip, ...] = (
    (lambda d, h, k, s: tip(d, h, k, -s), "The sign of the slope is turned round: downhill is positive, and falls sooner."),
    (lambda d, h, k, s: tip(d, h, k, 0.0), "The slope is not used."),
    (lambda d, h, k, s: tip(d, h, k, math.degrees(s)), "slope_deg is in degrees; sin, cos and tan take radians."),
    (lambda d, h, k, s: math.sqrt(2.0 * GRAVITY_MPS2 * (d * d + h * h + k * k)
                                  * (math.hypot(d, h) - h * math.cos(s) - d * math.sin(s))) / h,
     "slope_deg is in degrees; sin and cos take radians."),
    (lambda d, h, k, s: tip(d, h, k, 0.0) * math.sqrt(math.cos(math.radians(s))),
     "It is not gravity that becomes smaller: the whole triangle of d, h and l is turned by the slope."),
    (lambda d, h, k, s: math.sqrt(2.0 * GRAVITY_MPS2 * (d * d + h * h + k * k)
                                  * (math.hypot(d, h) - h * math.cos(math.radians(s)))) / h,
     "The centre of mass lies uphill of the edge by d: that lifts it by d sin(slope) before it begins to turn."),
)  # fmt: skip


def _arguments(d: float, h: float, k: float, s: float) -> str:
    return f"for d {d:g} m, h {h:g} m, k {k:g} m, slope {s:g} deg"


def drawn_landers(rng: np.random.Generator, h: tuple[float, float], d_over_h: tuple[float, float],
                  slope_deg: tuple[float, float]) -> list[tuple[float, ...]]:  # fmt: skip
    """Two landers (d, h, k, slope) of heights, widths for their height, and slopes in these ranges."""
    rows: list[tuple[float, ...]] = []
    for _ in range(2):
        height, wide, turn, s = (float(rng.uniform(*pair)) for pair in (h, d_over_h, (0.7, 1.3), slope_deg))
        rows.append((round(height * wide, 3), round(height, 2), round(turn, 2), round(s, 1)))
    return rows


def judge_tip_speed(answer: Any) -> list[Finding]:
    """v = sqrt(2 g (l^2 + k^2) (l - h cos s - d sin s)) / h, and 0 where it does not stand at rest.

    Drawn are landers 0.9 to 2 m tall, 0.6 to 1.2 wide for it: level, on 5 to 13 deg down and up; and where they fall.
    """
    rng, wide = exam().rng("12.tip_speed"), (0.6, 1.2)
    flat = (*FLAT, *drawn_landers(rng, (0.9, 2.0), wide, (0.0, 0.0)))
    down, up = drawn_landers(rng, (0.9, 2.0), wide, (5.0, 13.0))
    steep = drawn_landers(rng, (1.4, 2.0), (0.4, 0.55), (35.0, 45.0))
    slopes = (*SLOPES, down, (*up[:3], -up[3]))
    judged = partial(slips.judge, answer, "tip_over", points=1, requirement="tip-over speed", unit="m/s", shown=_arguments)
    return [
        judged(flat, tip, FLAT_SLIPS,
               hint="Momentum about the edge first: m v h = m (l^2 + k^2) omega. Then energy: what is left lifts it to l."),
        judged(slopes, tip, SLOPE_SLIPS,
               hint="Turn the triangle by the slope: the centre of mass starts h cos(s) + d sin(s) above the edge, and "
                    "rises to l. Momentum is as on level ground."),
        judged((*STEEP, *steep), tip, (), absolute=1e-6,
               hint="On this slope the centre of mass is beyond the edge already: it falls from rest, so the speed is 0."),
    ]  # fmt: skip


def least_radius(legs: int, h: float, k: float, slope_deg: float, speed: float, factor: float) -> float:
    """Foot radius [m] whose tip-over speed straight at an edge, downhill, is `factor` times a speed."""

    def margin(radius: float) -> float:
        gear = Gear(legs=float(legs), foot_radius_m=radius, cg_height_m=h, gyration_m=k)
        return tip_speed(gear, slope_deg) - factor * speed

    return float(brentq(margin, 0.06, 40.0, xtol=1e-9))


LEVEL_LEGS = ((4, 1.9, 1.3, 0.0, 0.9, 1.5), (3, 1.2, 1.0, 0.0, 1.0, 2.0), (6, 0.95, 0.8, 0.0, 0.6, 1.3))
SLOPE_LEGS = ((6, 1.9, 1.3, 12.0, 0.9, 1.5), (4, 1.0, 0.9, 12.0, 0.5, 2.0), (3, 1.5, 1.1, 6.0, 0.8, 1.4))
LEG_SLIPS: tuple[Slip, ...] = (
    (lambda n, h, k, s, v, f: least_radius(n, h, k, s, v, f) * math.cos(math.pi / n),
     "That is d, from the axis to the edge. The feet stand further out: d = radius cos(pi / legs)."),
    (lambda n, h, k, s, v, f: least_radius(n, h, k, s, v, f) * math.cos(math.pi / n) ** 2,
     "d = radius cos(pi / legs), so the radius is d divided by the cosine, not multiplied."),
    (lambda n, h, k, s, v, f: least_radius(n, h, k, s, v, f) * math.cos(math.pi / n) / math.cos(2.0 * math.pi / n),
     "Between two neighbouring feet lies the angle 2 pi / legs, and the edge half way: the cosine of pi / legs."),
    (lambda n, h, k, s, v, f: 2.0 * least_radius(n, h, k, s, v, f), "That is the diameter of the circle of feet."),
    (lambda n, h, k, s, v, f: least_radius(n, h, k, s, v, 1.0), "The factor is not used: these legs have no margin."),
    (lambda n, h, k, s, v, f: least_radius(n, h, k, s, v, math.sqrt(f)), "The factor is on the speed, not on the energy."),
    (lambda n, h, k, s, v, f: least_radius(n, h, k, s, v, 1.0) * f, "A factor on the radius is not a factor on the speed."),
    (lambda n, h, k, s, v, f: least_radius(n, h, k, 0.0, v, f), "The slope is not used."),
    (lambda n, h, k, s, v, f: least_radius(n, h, k, -s, v, f), "That moves uphill. Downhill is worse, and positive."),
    (lambda n, h, k, s, v, f: least_radius(n, h, 0.0, s, v, f), "The radius of gyration is not used."),
)  # fmt: skip


def drawn_legs(rng: np.random.Generator, slope_deg: tuple[float, float]) -> list[tuple[float, ...]]:
    """Two landers on 3 to 8 legs, to stand 0.5 to 1 m/s with a factor of 1.3 to 2 on slopes in this range."""
    ranges = ((0.95, 2.0), (0.8, 1.3), slope_deg, (0.5, 1.0), (1.3, 2.0))
    return [
        (int(rng.integers(3, 9)), *(round(float(rng.uniform(*pair)), 2) for pair in ranges)) for _ in range(2)
    ]  # fmt: skip


def judge_legs(answer: Any) -> list[Finding]:
    """The least foot radius, to 1 %: by formula, bisection, or trying centimetre by centimetre."""
    rng = exam().rng("12.legs")

    def shown(n: int, h: float, k: float, s: float, v: float, f: float) -> str:
        return f"for {n} legs, h {h:g} m, k {k:g} m, slope {s:g} deg, {v:g} m/s, factor {f:g}"

    judged = partial(
        slips.judge, answer, "foot_radius", right=least_radius, slips=LEG_SLIPS, points=1, unit="m", shown=shown,
        relative=0.01, absolute=0.011,
        hint="Search the radius at which tip_over(radius cos(pi / legs), h, k, slope) is factor times the speed: it grows "
        "with the radius.",
    )  # fmt: skip
    return [
        judged(inputs=[*LEVEL_LEGS, *drawn_legs(rng, (0.0, 0.0))], requirement="foot radius on level ground"),
        judged(inputs=[*SLOPE_LEGS, *drawn_legs(rng, (5.0, 12.0))], requirement="foot radius on a slope"),
    ]


RINGS = ((4, 0), (6, 2), (5, 1), (8, 7), (9, 4), (3, 2), (2, 0))
"""(engines on the ring, which one is lost)."""


def ring(n: int) -> np.ndarray:
    """Where the engines of a ring are, shape (2, n), in its radius."""
    angle = 2.0 * np.pi * np.arange(n) / n
    return np.array([np.cos(angle), np.sin(angle)])


def best_total(n: int, lost: int) -> float:
    """Largest sum of throttles without torque, by linear programming."""
    bounds = [(0.0, 0.0 if i == lost else 1.0) for i in range(n)]
    return float(-linprog(-np.ones(n), A_eq=ring(n), b_eq=np.zeros(2), bounds=bounds).fun)


def judge_engine_out(answer: Any) -> list[Finding]:
    """Throttles within 0 to 1, without torque, and as much thrust as there can be: drawn are three rings of 5 to 14."""
    function, rng = a.function(answer, "reallocate"), exam().rng("12.engine_out")
    rows = []
    for n, lost in (*RINGS, *((int(n), int(rng.integers(n))) for n in rng.integers(5, 15, 3))):
        given = a.call(function, n, lost, name="reallocate")
        throttle = np.array(a.numbers(given, n, "reallocate", f"one for each of {n} engines"))
        rows.append((n, lost, throttle, float(np.hypot(*(ring(n) @ throttle))), best_total(n, lost)))
    outside = [r for r in rows if r[2].min() < -1e-6 or r[2].max() > 1.0 + 1e-6 or abs(r[2][r[1]]) > 1e-6]
    turning = [r for r in rows if r[3] > 1e-3]
    weak = [r for r in rows if r[2].sum() < r[4] - 1e-3 * r[0]]
    n, lost, throttle, _, _ = (outside or rows)[0]
    if abs(throttle[lost]) > 1e-6:
        bounds = f"Engine {lost} is the lost one, counted from 0, and still has a throttle."
    elif throttle.min() < 0.0:
        bounds = "An engine can't pull. Least squares (pinv, lstsq) does not know that; bounds must be part of the problem."
    else:
        bounds = "No engine gives more than its full thrust: bounds must be part of the problem."
    shown = f"{throttle.min():.3f} to {throttle.max():.3f}, engine {lost} at {throttle[lost]:.3f}"
    first = Finding(f"every throttle within 0 and 1, the lost engine at 0 ({n} engines)", 1, not outside, shown,
                    "0 to 1, lost 0", bounds)  # fmt: skip
    n, lost, throttle, torque, _ = (turning or rows)[0]
    if abs(throttle.sum() - (n - 1)) < 1e-6:
        told = "All others at full throttle push on the far side of the gap: that turns the lander over."
    elif n % 2:
        told = "With an odd number of engines nobody stands opposite. Those on the far side must throttle down together."
    elif abs(ring(n)[0] @ throttle) < 1e-6 or abs(ring(n)[1] @ throttle) < 1e-6:
        told = "There are two torques, about both axes: sum(throttle cos(angle)) and sum(throttle sin(angle)) must both be 0."
    else:
        told = "Both sums must be 0: throttle times cos(angle), and throttle times sin(angle), with angle = 2 pi i / n."
    second = Finding(f"no torque left ({n} engines, number {lost} lost)", 1, not turning,
                     f"{torque:.4f} engines times ring radius", "at most 0.001", told)  # fmt: skip
    n, lost, throttle, torque, best = (weak or rows)[0]
    third = Finding(f"as much thrust as can be ({n} engines, number {lost} lost)", 1, not (weak or turning or outside),
                    number_text(float(throttle.sum()), "engines"), number_text(best, "engines"),
                    "Without torque, but weaker than need be: the engines beside the gap can stay at full throttle, and only "
                    "the far side gives way. linprog maximises it for you."
                    if weak else "Counts as soon as bounds and torque are right.")  # fmt: skip
    return [first, second, third]


EXERCISES = (
    Exercise("12.tip_speed", "the speed from which a lander falls over", 3, ("tip_over",), judge_tip_speed),
    Exercise("12.legs", "legs with a margin", 2, ("foot_radius",), judge_legs),
    Exercise("12.engine_out", "one engine lost, no torque left", 3, ("reallocate",), judge_engine_out),
    Exercise("12.half_thrust", "fifty metres on one engine", 4, ("one_engine",), judge_half_thrust),
    Exercise("12.hazard", "the nearest safe place", 4, ("safe_cell",), judge_hazard),
    Exercise("12.ellipse", "where it comes down", 2, ("landing_ellipse",), judge_ellipse),
    Exercise("12.odds", "how sure may you be", 3, ("chance", "flights_needed"), judge_odds),
    Exercise("12.fix", "the cheapest change, and what it misses", 3, ("chosen_changes", "share_on_lean_tanks"), judge_fix,
             usual={"lean_kg": LEAN_KG}, variant=less_propellant),
)  # fmt: skip
