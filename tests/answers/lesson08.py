"""Answers to lesson 08 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

import lunarlab as ll
from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.descent import guidance as g
from lunarlab.descent import laws
from lunarlab.descent.optimal import Problem, fuel_optimal

MARE = ll.case("nominal-mare").scenario


def fall(v, n, grav):
    """The gravity turn the long way."""

    def rates(t, y):
        size = math.hypot(*y[:2])
        return [-n * grav * y[0] / size, -grav - n * grav * y[1] / size, y[1]]

    def stopped(t, y):
        return math.hypot(*y[:2]) - 1e-4 * v

    stopped.terminal = True
    end = solve_ivp(rates, (0.0, 1e4), [v, 0.0, 0.0], events=stopped, rtol=1e-10, atol=1e-10)
    return end.t[-1], -end.y[2, -1]


def solved(dr, v, vt, at, t):
    """Klumpp's polynomial by a linear system."""
    rows = [[t, t**2 / 2, t**3 / 3], [t**2 / 2, t**3 / 6, t**4 / 12], [1.0, t, t**2]]
    return np.linalg.solve(rows, [vt - v, dr - v * t, at])[0]


def searched(r, v, g, price):
    """D'Souza's time by search over the cost of E-guidance."""
    r, v, up = np.array(r), np.array(v), np.array([0.0, 0.0, g])

    def cost(t):
        a0 = -6.0 * r / t**2 - 4.0 * v / t + up
        a1 = 12.0 * r / t**3 + 6.0 * v / t**2
        return price * t + 0.5 * (a0 @ a0 * t + a0 @ a1 * t**2 + a1 @ a1 * t**3 / 3.0)

    return minimize_scalar(cost, bounds=(5.0, 300.0), method="bounded", options={"xatol": 1e-6}).x


def quartic(r, v, g, price, *, half=0.5, sign=1.0):
    r, v = np.array(r), np.array(v)
    roots = np.roots([price + half * g * g, 0.0, -2 * v @ v, -12 * sign * r @ v, -18 * r @ r])
    return min(x.real for x in roots if abs(x.imag) < 1e-7 and x.real > 0.0)


def vis_viva(p, q):
    return math.sqrt(MU_MOON * (2.0 / (R_MOON + p) - 2.0 / (2.0 * R_MOON + p + q)))


def momentum(p, q):
    """The same from energy and angular momentum."""
    a, b = R_MOON + p, R_MOON + q
    return np.sqrt(2.0 * MU_MOON * b / (a * (a + b)))


def loss(m0, m1, isp, v):
    return isp * G0 * math.log(m0 / m1) - v


def make(*, hover=1.0, decel=0.85, gain=0.8, margin=4.0, brakes_on=False, floor=0.5, forward=True, sign=1.0, end=1577.0, lean=0.25):
    """A law, perhaps with one mistake."""

    def my_law(t, est, params):
        to_go, h, vx, vz = est[g.TARGET_X] - est[g.X], est[g.Z] - est[g.TARGET_Z], est[g.VX], est[g.VZ]
        if est[g.PHASE] == g.BRAKE:
            left = max(to_go - end, 1.0)
            t_go = 2.0 * left / (vx + 77.0)
            up = laws.quadratic(3000.0 - h, vz, -70.0, 0.0, t_go) if t_go > 10.0 else 0.35 * (-70.0 - vz)
            return sign * (77.0 * 77.0 - vx * vx) / (2.0 * left), 0.0, up + hover * est[g.HOVER]
        left = max(h - margin, 0.0)
        wanted = math.sqrt(floor + 2.0 * decel * left)
        up = max(hover * est[g.HOVER] + (decel if left > 0.0 or brakes_on else 0.0) + gain * (-wanted - vz), 0.0)
        back = vx * vx / (2.0 * max(to_go, 1.0)) if vx > 3.0 else 0.25 * vx
        limit = up * (2.0 if h > 100.0 else lean)
        return (max(min(-back, limit), -limit) if forward else 0.0), 0.0, up

    return my_law


def constant_stop(t, est, params):
    """Right in another way: what stops it at the ground, computed anew each time; a list for an answer."""
    height, left = est[g.Z] - est[g.TARGET_Z], max(est[g.TARGET_X] - est[g.X], 1.0)
    if est[g.PHASE] == g.BRAKE:
        left = max(left - 1577.0, 1.0)
        t_go = max(2.0 * left / (est[g.VX] + 77.0), 8.0)
        up = laws.e_guidance(3000.0 - height, est[g.VZ], -70.0, t_go) + est[g.HOVER]
        return [(77.0**2 - est[g.VX] ** 2) / (2.0 * left), 0.0, up]
    up = est[g.HOVER] + 0.6 * (-0.8 - est[g.VZ])
    if height > 8.0:
        up = est[g.HOVER] + laws.constant_deceleration(height - 4.0, min(est[g.VZ], -0.8), 0.8)
    limit = up * (2.0 if height > 100.0 else 0.25)
    slow = 0.5 * est[g.VX] ** 2 / left if est[g.VX] > 3.0 else 0.25 * est[g.VX]
    return [max(min(-slow, limit), -limit), 0.0, max(up, 0.0)]


class Pilot:
    """An object for a law, which remembers how often it was asked."""

    def __init__(self):
        self.law, self.calls = make(gain=0.9), 0

    def __call__(self, t, est, params):
        self.calls += 1
        return np.array(self.law(t, est, params))


def phase(*, start=g.PITCH_UP, sign=-1.0, isp="main", swap=False, low=True, down=1.0, what="both", mass=True):
    """Last phase, perhaps with one mistake."""

    def last_phase(flight, v):
        h = flight.si
        i = int(np.argmax(h["phase"] >= start)) if start else 0
        used = h["true_mass"][i] - h["true_mass"][-1]
        if what == "used":
            return used, used
        if start != g.PITCH_UP:
            return used, 24.0
        best = fuel_optimal(Problem(
            (sign * h["true_distance"][i], 0.0, h["true_height"][i]),
            (h["true_forward_speed"][i], 0.0, down * h["true_vertical_speed"][i]),
            mass_kg=h["true_mass"][i] if mass else v.mass_kg, dry_mass_kg=v.dry_mass_kg,
            thrust_min_N=v.assist_throttle_min * v.assist_thrust_N if low else 0.0,
            thrust_max_N=v.main_thrust_N + v.assist_thrust_N, isp_s=v.main_isp_s if isp == "main" else v.assist_isp_s,
        ), nodes=20 if low else 30).propellant_kg  # fmt: skip
        if what == "bound":
            return best, best
        return (best, used) if swap else (used, best)

    return last_phase


RIGHT = {
    "08.budget": [
        (vis_viva, loss),
        (momentum, lambda a, b, i, v: np.float64(-9.80665 * i * np.log(b / a) - v)),
        (lambda p, q: [vis_viva(p, q)], lambda *x: np.array(loss(*x))),
    ],
    "08.turn": [
        lambda v, n, g: (v * n / g / (n**2 - 1), v**2 / 4 / g / (n**2 - 1)),
        fall,
        lambda v, n, g: np.array([laws.gravity_turn_time(v, 0.0, n, g), laws.gravity_turn_height(v, 0.0, n, g)]),
    ],
    "08.late": [
        lambda v, a, g, k: (v * v / (a - g) / 2, v * math.sqrt((1 - k) * a / (a - g))),
        lambda v, a, g, k: [v / (a - g) * v / 2, (v**2 - (k * a - g) / (a - g) * v**2) ** 0.5],
        lambda v, a, g, k: np.array([0.5 * v**2 / (a - g), np.sqrt(v**2 * (a - k * a) / (a - g))]),
    ],
    "08.quadratic": [laws.quadratic, solved, lambda dr, v, vt, at, t: 12 / t**2 * (dr - v * t) - 6 / t * (vt - v) + at],
    "08.tgo": [quartic, searched, lambda *x: [np.float64(quartic(*x))], partial(quartic, half=0.5)],
    "08.law": [make(), make(gain=1.0), make(decel=0.8), constant_stop, Pilot()],
    "08.bound": [phase(), phase(low=False), lambda f, v: np.array(phase()(f, v))],
    "08.tune": [
        replace(MARE.guidance, brake_decel_mps2=2.1, vertical_gain=0.7, brake_end_height_m=2300.0, high_height_m=800.0),
        replace(MARE.guidance, brake_decel_mps2=2.1, vertical_gain=1.0, high_height_m=800.0),
        replace(MARE.guidance, law="p63", approach="zem_zev", brake_decel_mps2=2.0, vertical_gain=0.8),
    ],
}  # fmt: skip

WRONG = {
    "08.budget": [
        ((lambda p, q: math.sqrt(MU_MOON / (R_MOON + p)), loss), "speed on a circle"),
        ((lambda p, q: vis_viva(q, p), loss), "at the high point"),
        ((lambda p, q: vis_viva(p, q) / 1e3, loss), "in km/s"),
        ((lambda p, q: math.sqrt(MU_MOON * (2 / (R_MOON + p) - 1 / (2 * R_MOON + p + q))), loss), "half the sum"),
        ((lambda p, q: math.sqrt(MU_MOON * (2 / p - 2 / (p + q))), loss), "Vis-viva"),
        ((lambda p, q: 1692.0, loss), "Vis-viva"),
        ((vis_viva, lambda a, b, i, v: i * G0 * math.log(a / b)), "Subtract"),
        ((vis_viva, lambda a, b, i, v: v - i * G0 * math.log(a / b)), "sign is turned"),
        ((vis_viva, lambda a, b, i, v: i * math.log(a / b) - v), "times g0"),
        ((vis_viva, lambda a, b, i, v: i * G0 * math.log10(a / b) - v), "natural"),
        ((vis_viva, lambda a, b, i, v: i * G0 * (1 - b / a) - v), "use the logarithm"),
        ((vis_viva, lambda a, b, i, v: i * G0 * math.log(b / a) - v), "what was paid"),
    ],
    "08.turn": [
        (lambda v, n, g: (v / g / (n - 1), v * v / 4 / g / (n**2 - 1)), "braked straight down"),
        (lambda v, n, g: (v / g / n, v * v / 4 / g / (n**2 - 1)), "leaves gravity out"),
        (lambda v, n, g: (v / g / (n**2 - 1), v * v / 4 / g / (n**2 - 1)), "lacks the ratio"),
        (lambda v, n, g: (v * n / g / (n**2 - 1), v * v / 2 / g / (n - 1)), "braked straight down"),
        (lambda v, n, g: (v * n / g / (n**2 - 1), v * v / 2 / g / (n**2 - 1)), "Twice too much"),
        (lambda v, n, g: (v * n / g / (n**2 - 1), 0.0), "does lose height"),
        (lambda v, n, g: (v * n / g / (n**2 - 1), v * v / 4 / g / (n - 1)), "ratio squared minus one"),
        (lambda v, n, g: (v * n / g / (n**2 - 1), n * v * v / 4 / g / (n**2 - 1)), "stands in the time"),
        (lambda v, n, g: v * n / g / (n**2 - 1), "2 numbers"),
        (lambda v, n, g: (v * v / 4 / g / (n**2 - 1), v * n / g / (n**2 - 1)), "closed form"),
    ],
    "08.late": [
        (lambda v, a, g, k: (v * v / 2 / a, 0.0), "Gravity goes on"),
        (lambda v, a, g, k: (v * v / (a - g), 0.0), "Twice too much"),
        (lambda v, a, g, k: (v * v / 2 / (k * a - g), 0.0), "as promised"),
        (lambda v, a, g, k: (v * v / 2 / (a + g), 0.0), "accel - g"),
        (lambda v, a, g, k: (v * v / 2 / (a - g), (1 - k) * v), "in proportion"),
        (lambda v, a, g, k: (v * v / 2 / (a - g), v * (1 - k) ** 0.5), "Weak is the thrust"),
        (lambda v, a, g, k: (v * v / 2 / (a - g), v * v * (1 - k) * a / (a - g)), "square of the speed"),
        (lambda v, a, g, k: (v * v / 2 / (a - g), 0.0), "does not stop"),
        (lambda v, a, g, k: (v * v / 2 / (a - g), math.nan), "finite"),
    ],
    "08.quadratic": [
        (lambda dr, v, vt, at, t: laws.e_guidance(dr, v, vt, t), "E-guidance"),
        (lambda dr, v, vt, at, t: laws.quadratic(dr, v, vt, 0.0, t), "a_target is missing"),
        (lambda dr, v, vt, at, t: 12 * dr / t**2 - 6 * (vt - v) / t + at, "speeds add"),
        (lambda dr, v, vt, at, t: laws.quadratic(-dr, v, vt, at, t), "turned it round"),
        (lambda dr, v, vt, at, t: laws.quadratic(dr, -v, -vt, at, t), "sign of the speeds"),
        (lambda dr, v, vt, at, t: 12 * dr / t - 6 * (v + vt) + at, "power of t_go"),
        (lambda dr, v, vt, at, t: 2 * (dr - v * t) / t**2, "constant acceleration"),
        (lambda dr, v, vt, at, t: 0.675, "three equations"),
        (lambda dr, v, vt, at, t: "a", "must be a number"),
    ],
    "08.tgo": [
        (lambda r, v, g, w: quartic(r, v, g, w, half=1.0), "Half of g squared"),
        (lambda r, v, g, w: quartic(r, v, g, w, sign=-1.0), "sign of r.v"),
        (lambda r, v, g, w: quartic(r, v, g, 0.0), "price of a second"),
        (lambda r, v, g, w: 2 * np.linalg.norm(r) / np.linalg.norm(v), "constant deceleration"),
        (lambda r, v, g, w: np.linalg.norm(r) / np.linalg.norm(v), "without stopping"),
        (lambda r, v, g, w: 67.06, "np.roots"),
        (lambda r, v, g, w: np.roots([1.0, -5.0, 6.0]), "one number"),
        (lambda r, v, g, w: -quartic(r, v, g, w), "real and positive"),
    ],
    "08.law": [
        (make(hover=0.0), "Too fast downwards"),
        (make(hover=2.0), "Too fast downwards"),
        (make(gain=0.0), "The tank is empty"),
        (make(margin=0.0, gain=0.6, brakes_on=True), "est may say 0 m too early"),
        (make(floor=60.0), "Too fast downwards"),
        (make(forward=False), "Too fast sideways"),
        (make(sign=-1.0), "never came down"),
        (make(end=4000.0), "Too fast sideways"),
        (make(decel=0.3), "brake by the distance"),
        (lambda t, est, p: (0.0, 0.0), "3 numbers"),
        (lambda t, est, p: (0.0, 0.0, 1 / 0), "ZeroDivisionError"),
        (lambda t, est: (0.0, 0.0, 0.0), "my_law raised TypeError"),
        (3.0, "must be a function"),
    ],
    "08.bound": [
        (phase(start=0), "whole descent"),
        (phase(start=g.TERMINAL), "first row of phase"),
        (phase(sign=1.0), "x = -distance"),
        (phase(isp="assist"), "larger of the two"),
        (phase(what="used"), "Optimum.propellant_kg"),
        (phase(what="bound"), "That is the bound"),
        (phase(swap=True), "That is what was burnt"),
        (phase(mass=False), "last_phase raised"),
        (lambda f, v: 24.0, "2 numbers"),
        (lambda f, v: (34.78, 24.0), "first row of phase"),
    ],
    "08.tune": [
        (MARE.vehicle, "must be a Guidance"),
        (0.5, "must be a Guidance"),
        (replace(MARE.guidance, brake_decel_mps2=2.5), "Give back some"),
        (replace(MARE.guidance, brake_decel_mps2=2.1), "vertical_gain"),
        (replace(MARE.guidance, vertical_gain=0.7), "paid by the second"),
        (replace(MARE.guidance, brake_end_height_m=1500.0, high_height_m=500.0), "vertical_gain"),
        (replace(MARE.guidance, law="gravity_turn"), "Give back some"),
        (replace(MARE.guidance, brake_end_speed_mps=200.0), "Give back some"),
    ],
}  # fmt: skip
