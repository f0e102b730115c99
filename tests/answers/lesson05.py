"""Answers to lesson 05 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

import lunarlab
from lunarlab.constants import G0, MU_MOON, R_MOON

V0 = math.sqrt(MU_MOON / (R_MOON + 100e3))
PLAN = 18.7487
"""m/s, from 100 km down to 18 km."""
PLANNED_S = lunarlab.variant("05.monitor")["planned_s"]


def vis_viva(h, dv):
    r = R_MOON + h
    v = (MU_MOON / r) ** 0.5 - dv
    return 2.0 / (2.0 / r - v * v / MU_MOON) - r - R_MOON


def by_momentum(h, dv):
    r = R_MOON + h
    momentum = r * (math.sqrt(MU_MOON / r) - dv)
    p = momentum**2 / MU_MOON
    e = 1.0 - p / r
    return np.float64(p / (1.0 + e) - R_MOON)


def flown(h, dv):
    """Half a revolution, integrated until it climbs again."""
    r = R_MOON + h

    def rate(_, y):
        d = math.hypot(y[0], y[1]) ** 3
        return [y[2], y[3], -MU_MOON * y[0] / d, -MU_MOON * y[1] / d]

    def low(_, y):
        return y[0] * y[2] + y[1] * y[3]

    low.direction, low.terminal = 1, True
    out = solve_ivp(rate, (0, 20e3), [r, 0, 0, math.sqrt(MU_MOON / r) - dv], events=low, rtol=1e-10, atol=1e-3)
    return math.hypot(*out.y[:2, -1]) - R_MOON


def rocket(t, f, isp, m):
    return isp * G0 * math.log(m / (m - f / (isp * G0) * t))


def integrated(t, f, isp, m):
    return quad(lambda s: f / (m - f / (isp * G0) * s), 0.0, t)[0]


def stepped(t, f, isp, m):
    dv, n = 0.0, 20_000
    for _ in range(n):
        used = f / (isp * 9.80665) * t / n
        dv += f * t / n / (m - used / 2.0)
        m -= used
    return np.array([dv])


def hohmann_ratio(h, hp, t):
    r = R_MOON + h

    def x(q):
        return 1.0 - (2.0 * q / (r + q)) ** 0.5

    return t * x(R_MOON) / x(R_MOON + hp)


def searched(h, hp, t):
    planned = brentq(lambda dv: vis_viva(h, dv) - hp, 0.0, 800.0)
    return brentq(lambda s: vis_viva(h, planned * s / t), t, 10.0 * t)


def counted(h, hp, t):
    """In steps of a tenth of a second, as one would do it first."""
    planned = brentq(lambda dv: vis_viva(h, dv) - hp, 0.0, 800.0)
    s = t
    while vis_viva(h, planned * s / t) > 0.0:
        s += t / 3000.0
    return s


def trim(hp, ha, hw):
    ra = R_MOON + ha
    old, new = (math.sqrt(MU_MOON * (2.0 / ra - 2.0 / (ra + R_MOON + x))) for x in (hp, hw))
    return new - old


def trim_by_momentum(hp, ha, hw):
    ra = R_MOON + ha

    def h(x):
        rp = R_MOON + x
        return np.sqrt(2.0 * MU_MOON * ra * rp / (ra + rp))

    return (h(hw) - h(hp)) / ra


def trim_by_energy(hp, ha, hw):
    """Kinetic energy at apolune is what is left of the total."""
    ra = R_MOON + ha

    def v(x):
        return math.sqrt(2.0 * (-MU_MOON / (2.0 * R_MOON + ha + x) + MU_MOON / ra))

    return v(hw) - v(hp)


def window(t, dv, accel):
    """The accelerometer decides, between the earliest and the latest time."""
    if t < 0.93 * PLANNED_S:
        return False
    return t >= 1.095 * PLANNED_S or dv >= PLAN


def clipped(t, dv, accel):
    """The sum of the accelerometer, kept within what the engine can have given."""
    nominal = PLAN / PLANNED_S * t
    return bool(np.clip(dv, 0.93 * nominal, 1.07 * nominal) >= PLAN)


def voting(t, dv, accel):
    """Two of three: accelerometer, early clock, late clock."""
    return sorted([dv >= PLAN, t >= 0.94 * PLANNED_S, t >= 1.083 * PLANNED_S])[1]


def aborting(t, dv, accel):
    """Breaks off at once if the acceleration is not what the engine should give, and has a latest time."""
    if not 0.9 < accel / (PLAN / PLANNED_S) < 1.1 and t < 2.0:
        return np.True_
    return dv >= PLAN or t > 1.083 * PLANNED_S


def falling_through(t, dv, accel):
    """Says nothing as long as the engine may burn."""
    if (t > 0.94 * PLANNED_S and dv >= PLAN) or t > 1.083 * PLANNED_S:
        return True
    return None


class Remembering:
    """Sums up by itself what an engine of planned thrust has given, and begins anew with every burn."""

    def __init__(self):
        self.t = self.given = 0.0

    def __call__(self, t, dv, accel):
        if t < self.t:
            self.given = 0.0
        self.given += (t - self.t if t > self.t else t) * PLAN / PLANNED_S
        self.t = t
        return np.bool_((self.given >= 0.95 * PLAN and dv >= PLAN) or self.given >= 1.08 * PLAN)


def limited(share, t, dv, accel):
    """Between two times."""
    return t > share[0] * PLANNED_S and (dv > 18.74 or t > share[1] * PLANNED_S)


RIGHT = {
    "05.perilune": [vis_viva, by_momentum, flown],
    "05.dv_of_burn": [rocket, integrated, stepped],
    "05.grazing": [hohmann_ratio, searched, counted],
    "05.trim": [
        trim, trim_by_momentum, trim_by_energy,
    ],
    "05.monitor": [window, clipped, voting, aborting, falling_through, Remembering(), partial(limited, (0.9, 1.1))],
}  # fmt: skip




def circle(r):
    return math.sqrt(MU_MOON / r)


WRONG = {
    "05.perilune": [
        (lambda h, dv: vis_viva(h, dv) + R_MOON, "distance from the centre"),
        (lambda h, dv: vis_viva(h, dv) / 1e3, "kilometres"),
        (lambda h, dv: max(0.0, vis_viva(h, dv)), "cut it off at zero"),
        (lambda h, dv: abs(vis_viva(h, dv)), "sign got lost"),
        (lambda h, dv: h - 4 * (R_MOON + h) * dv / circle(R_MOON + h), "first term of the series"),
        (lambda h, dv: h - 2 * (R_MOON + h) * dv / circle(R_MOON + h), "this side stays"),
        (lambda h, dv: vis_viva(h, -dv), "sped up"),
        (lambda h, dv: (vis_viva(h, dv) + h) / 2, "2 a - r"),
        (lambda h, dv: vis_viva(h - R_MOON, dv) + R_MOON, "add R_MOON"),
        (lambda h, dv: vis_viva(h, dv) + 500.0, "Circular speed"),
        (lambda h, dv: (vis_viva(h, dv), h), "one number"),
        (lambda h: h, "positional argument"),
        (lambda h, dv: float("nan"), "finite"),
        (18e3, "must be a function"),
    ],
    "05.dv_of_burn": [
        (lambda t, f, i, m: f * t / m, "mass at ignition"),
        (lambda t, f, i, m: f * t / (m - f * t / (i * G0)), "mass at the end"),
        (lambda t, f, i, m: i * math.log(m / (m - f / i * t)), "Without g0 the engine drinks more"),
        (lambda t, f, i, m: i * 1.62 * math.log(m / (m - f / (i * 1.62) * t)), "Without g0 the engine drinks more"),
        (lambda t, f, i, m: rocket(t, f, i, m) / G0, "exhaust speed in front"),
        (lambda t, f, i, m: -rocket(t, f, i, m), "sign is turned"),
        (lambda t, f, i, m: i * G0 * math.log10(m / (m - f / (i * G0) * t)), "log10"),
        (lambda t, f, i, m: i * G0 * math.log((m + f * t / (i * G0)) / m), "not plus"),
        (lambda t, f, i, m: rocket(t, f, i, m) / 1000, "km/s"),
        (lambda t, f, i, m: f * t / (i * G0), "propellant in kg"),
        (lambda t, f, i, m: i * G0 * math.log(m / (f * t / (i * G0))), "mass over propellant"),
        (lambda t, f, i, m: rocket(t, f, i, m) + 1.0, "then Isp g0 ln"),
    ],
    "05.grazing": [
        (lambda h, hp, t: t * h / (h - hp), "scaled the drop"),
        (lambda h, hp, t: searched(h, hp, t) - t, "beyond the plan"),
        (lambda h, hp, t: t * t / searched(h, hp, t), "upside down"),
        (lambda h, hp, t: searched(h, hp, t) / t, "ratio to the plan"),
        (lambda h, hp, t: searched(h, hp, t) / 60, "minutes"),
        (lambda h, hp, t: t / (1 - math.sqrt(2 * hp / (h + hp))), "distances from the centre"),
        (lambda h, hp, t: t * 127 / 84, "how long Luna 25 burnt"),
        (lambda h, hp, t: t, "That is the plan"),
        (lambda h, hp, t: 103.1, "At constant acceleration"),
        (103.1, "must be a function"),
        (lambda h, hp, t: math.ceil(hohmann_ratio(h, hp, t)), "steps of 1 s"),
        (lambda h, hp, t: math.floor(hohmann_ratio(h, hp, t)), "steps of 1 s"),
        (lambda h, hp, t: math.ceil(2 * hohmann_ratio(h, hp, t)) / 2, "steps of 0.5 s"),
        (lambda h, hp, t: t / 18.75 * brentq(lambda dv: vis_viva(h, dv), 0.0, 800.0), "18.75 m/s are built in"),
        (lambda h, hp, t: brentq(lambda dv: vis_viva(h, dv), 0.0, 800.0) / 0.223, "0.223 m/s2 are built in"),
    ],
    "05.trim": [
        (lambda hp, ha, hw: -trim(hp, ha, hw), "positive"),
        (lambda hp, ha, hw: trim(hp, ha, ha), "circle at the height of the apolune"),
        (lambda hp, ha, hw: trim(ha, hp, ha + hw - hp), "raises the other side"),
        (lambda hp, ha, hw: trim(hp, ha, hw) / 1e3, "km/s"),
        (lambda hp, ha, hw: trim(hp, ha, hw) * math.sqrt(3.986004418e14 / MU_MOON), "Earth's gravitational"),
        (lambda hp, ha, hw: circle(R_MOON + hp) - circle(R_MOON + hw), "two circles"),
        (lambda hp, ha, hw: -trim(ha, hp, hp), "down to a circle there"),
        (lambda hp, ha, hw: math.sqrt(MU_MOON * (2 / (R_MOON + hw) - 2 / (2 * R_MOON + hw + ha))) - math.sqrt(MU_MOON * (2 / (R_MOON + hp) - 2 / (2 * R_MOON + hp + ha))), "two perilunes"),
        (lambda hp, ha, hw: math.sqrt(MU_MOON * (2 / (R_MOON + ha) - 2 / (2 * R_MOON + hw + ha))), "Subtract the one before"),
        (lambda hp, ha, hw: hw - hp, "other side of the orbit"),
    ],
    "05.monitor": [
        (lambda t, dv, a: dv >= PLAN, "nothing but the old timer ends it"),
        (lambda t, dv, a: False, "never says stop"),
        (lambda t, dv, a: True, "nothing is wrong"),
        (lambda t, dv, a: t >= PLANNED_S, "This is a clock"),
        (lambda t, dv, a: dv >= PLAN or t >= 1.006 * PLANNED_S, "A weak engine needs"),
        (lambda t, dv, a: dv >= PLAN or t >= 1.155 * PLANNED_S, "is about the limit"),
        (lambda t, dv, a: dv >= PLAN or t >= 1.226 * PLANNED_S, "too late"),
        (lambda t, dv, a: dv >= PLAN or t >= 1.31 * PLANNED_S, "too late"),
        (lambda t, dv, a: dv >= PLAN or t >= 1.095 * PLANNED_S, "impossible reading"),
        (lambda t, dv, a: t >= 0.94 * PLANNED_S and (dv >= PLAN or (t > 1.095 * PLANNED_S and a == 0.0)), "no reading at all"),
        (lambda t, dv, a: dv >= PLAN or (t > 5.0 and dv == 0.0), "dead from the start, and no other"),
        (lambda t, dv, a: abs(dv) >= 2 * PLAN, "never says stop"),
        (lambda t, dv, a: True if dv >= PLAN else None, "nothing but the old timer ends it"),
        (lambda t, dv, a: dv >= PLAN or (t > 1.0 and a < 0.1), "notices a silent sensor"),
        (lambda t, dv, a: dv >= PLAN / 1000.0, "nothing is wrong"),
        (lambda t, dv, a: dv, "True (stop) or False"),
        (lambda t, dv, a: 1, "True (stop) or False"),
        (lambda t, dv: dv >= PLAN, "positional argument"),
        (lambda t, dv, a: 1 / a > 0, "ZeroDivisionError"),
        (lambda t, dv, a: dv >= PLAN or 1 / (t < 1.2 * PLANNED_S or t == 1.5 * PLANNED_S) < 0, "ZeroDivisionError"),
        (lambda t, dv, a: t > 0.66 * PLANNED_S and (dv >= PLAN or t >= 0.76 * PLANNED_S), "clock as a limit only, one that fits"),
        (True, "must be a function"),
    ],
}  # fmt: skip
