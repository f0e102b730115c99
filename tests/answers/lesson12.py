"""Answers to lesson 12 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq, linprog
from scipy.stats import beta, binom, binomtest, norm

import lunarlab as ll
from lunarlab.descent import gear as gears
from lunarlab.descent import guidance as g
from lunarlab.descent.fixes import Change

GRAVITY = 1.622

# --- falling over, legs, engines --------------------------------------------------------------------------------------


def tip(d, h, k, s, *, energy_only=False, gravity=GRAVITY, lever="h", inertia="edge", start="h", half=0.5, turned=1.0,
        down=True, zero=True):  # fmt: skip
    """The closed form, and with one word changed a slip of it."""
    a, l2 = math.radians(turned * s), d * d + h * h
    far = math.sqrt(l2)
    if zero and math.tan(math.radians(s)) >= d / h:
        return 0.0
    i = {"edge": l2 + k * k, "point": l2, "centre": k * k}[inertia]
    begins = {"h": h * math.cos(a) + (d * math.sin(a) if down else 0.0), "d": d, "0": 0.0}[start]
    if energy_only:
        return math.sqrt(2.0 * gravity * (far - begins))
    return math.sqrt(gravity * i * (far - begins) / half) / {"h": h, "l": far, "d": d}[lever]


def tip_by_arc(d, h, k, s):
    """The same in another way: how high the centre of mass climbs, step by step, and the spin that this takes."""
    start = math.atan2(h, d) + math.radians(s)  # of the line from edge to centre of mass, over the horizontal, on the uphill side
    if start >= math.pi / 2:
        return 0
    angles = np.linspace(start, math.pi / 2, 20_001)
    torque = GRAVITY * np.hypot(d, h) * np.cos(angles)
    work = np.trapezoid(torque, angles)
    return np.sqrt(2.0 * work / (d**2 + h**2 + k**2)) * (d**2 + h**2 + k**2) / h


def with_library(d, h, k, s):
    return gears.tip_speed(gears.Gear(legs=4, foot_radius_m=d * 2**0.5, cg_height_m=h, gyration_m=k), s)


def radius(n, h, k, s, v, f):
    return brentq(lambda r: tip(r * math.cos(math.pi / n), h, k, s) - f * v, 1e-3, 60.0)


def radius_step_by_step(n, h, k, s, v, f):
    r = 0.01
    while tip(r * math.cos(math.pi / n), h, k, s) < f * v:
        r += 0.005
    return np.float64(r)


def radius_with_library(n, h, k, s, v, f):
    rs = np.arange(0.06, 12.0, 0.004)
    ok = [gears.tip_speed(gears.Gear(legs=n, foot_radius_m=r, cg_height_m=h, gyration_m=k), s) >= f * v for r in rs]
    return [rs[np.argmax(ok)]][0]


def by_argument(n, lost):
    """Full throttle where cos >= 0 from the lost one; on the far side fill from the middle outward. Plain floats, a list."""
    rel = [math.cos(2.0 * math.pi * (i - lost) / n) for i in range(n)]
    out = [0.0] * n
    need = 0.0
    for i in range(n):
        if i != lost and rel[i] > -1e-9:
            out[i] = 1.0
            need += max(rel[i], 0.0)
    far = sorted((i for i in range(n) if rel[i] <= -1e-9), key=lambda i: -rel[i])
    for pair in itertools.groupby(far, key=lambda i: round(rel[i], 9)):
        twins = list(pair[1])
        part = min(1.0, need / sum(-rel[i] for i in twins))
        for i in twins:
            out[i] = part
            need += part * rel[i]
    return out


class Engines:
    """Linear programs, from an object."""

    def __call__(self, n, lost):
        return by_program(n, lost).tolist()


def by_program(n, lost):
    angles = 2 * np.pi * np.arange(n) / n
    others = [i for i in range(n) if i != lost]
    best = linprog([-1.0] * (n - 1), A_eq=[np.cos(angles[others]), np.sin(angles[others])], b_eq=[0, 0], bounds=(0, 1))
    return np.insert(best.x, lost, 0.0)


@functools.lru_cache
def by_symmetry(n, lost):
    """For the lost engine 0, then turned round; a tuple of numpy floats."""
    first = by_argument(n, 0)
    return tuple(np.float64(first[(i - lost) % n]) for i in range(n))


def planes(foot):
    a, b = np.mgrid[-foot : foot + 1, -foot : foot + 1]
    disc = a**2 + b**2 <= foot**2
    return a[disc], b[disc], disc


def lie(z, foot, cell):
    """Slope and roughness everywhere, by least squares of numpy, vectorised."""
    a, b, disc = planes(foot)
    windows = np.lib.stride_tricks.sliding_window_view(z, disc.shape)[..., disc]
    design = np.column_stack([a * cell, b * cell, np.ones(a.size)])
    fit = np.linalg.pinv(design) @ windows.reshape(-1, a.size).T
    worst = abs(windows.reshape(-1, a.size).T - design @ fit).max(axis=0)
    shape = windows.shape[:2]
    return np.degrees(np.arctan(np.hypot(fit[0], fit[1]))).reshape(shape), worst.reshape(shape)


def vectorised(z, cell, slope_limit, bump_limit, footprint, reach, *, slope=True, bump=True, distance=True, limit=True, swap=False, scale=1.0,
               metres=False, worst=False):  # fmt: skip
    """Nearest safe cell, and with one word changed a slip of it."""
    foot = round(footprint / cell)
    slopes, bumps = lie(z, foot, cell * scale)
    n, middle = z.shape[0], z.shape[0] // 2
    i, j = np.mgrid[foot : n - foot, foot : n - foot]
    away = cell * np.hypot(i - middle, j - middle)
    cost = away if distance else slopes
    ok = np.ones(away.shape, bool)
    if slope:
        ok &= slopes <= slope_limit
    if bump:
        ok &= bumps <= bump_limit
    if limit:
        ok &= away <= reach
    at = np.argmax(np.where(ok, cost, -1.0)) if worst else np.argmin(np.where(ok, cost, np.inf))
    i, j = np.unravel_index(at, away.shape)
    if metres:
        return cell * (i + foot - middle), cell * (j + foot - middle)
    return (j + foot, i + foot) if swap else (i + foot, j + foot)


def one_by_one(z, cell, slope_limit, bump_limit, footprint, reach):
    """The cells from the middle outward, each fitted with lstsq, until one is safe; a list of floats."""
    foot, middle = round(footprint / cell), z.shape[0] // 2
    a, b, _ = planes(foot)
    design = np.column_stack([a, b, np.ones(a.size)])
    for i, j in sorted(np.ndindex(z.shape), key=lambda c: math.hypot(c[0] - middle, c[1] - middle)):
        if foot <= i < z.shape[0] - foot and foot <= j < z.shape[1] - foot:
            heights = z[i + a, j + b]
            fit = np.linalg.lstsq(design, heights, rcond=None)[0]
            slope = math.degrees(math.atan(math.hypot(fit[0], fit[1]) / cell))
            if slope <= slope_limit and np.abs(heights - design @ fit).max() <= bump_limit:
                return [float(i), float(j)]
    raise RuntimeError("nowhere")


def with_survey_rule(z, cell, slope_limit, bump_limit, footprint, reach):
    """A little stricter than asked: 97 % of both limits."""
    return np.array(vectorised(z, cell, 0.97 * slope_limit, 0.97 * bump_limit, footprint, reach))


def ellipse(x, y, p, *, k=None, order=1, root=True, turned=True, whole=1.0, angle="long", unit=1.0, sign=1.0):
    """By eigenvectors, and with one word changed a slip of it."""
    c = np.cov(x, y)
    values, vectors = np.linalg.eigh(c) if turned else (np.sort(np.diag(c)), np.eye(2))
    if not turned:
        values = np.diag(c)[::-1]
    k = math.sqrt(-2.0 * math.log(1.0 - p)) if k is None else k(p)
    axes = whole * k * (np.sqrt(values) if root else values)
    v = vectors[:, 1] if angle == "long" else vectors[:, 0]
    return *axes[::-order], unit * sign * math.degrees(math.atan2(v[1], v[0]))


def ellipse_by_formula(x, y, p):
    x, y = np.asarray(x) - np.mean(x), np.asarray(y) - np.mean(y)
    a, b, c = np.mean(x * x), np.mean(y * y), np.mean(x * y)
    middle, half = (a + b) / 2, math.sqrt(((a - b) / 2) ** 2 + c**2)
    k = (2 * math.log(1 / (1 - p))) ** 0.5
    return [k * math.sqrt(middle + half), k * math.sqrt(middle - half), math.degrees(math.atan2(2 * c, a - b) / 2)]


def ellipse_by_svd(x, y, p):
    points = np.column_stack([x - x.mean(), y - y.mean()])
    _, s, v = np.linalg.svd(points / np.sqrt(len(x) - 1))
    k = np.sqrt(-2 * np.log1p(-p))
    return np.array([k * s[0], k * s[1], 180.0 + np.degrees(np.arctan2(v[0, 1], v[0, 0]))])


def by_beta(k, n, c):
    q = (1 - c) / 2
    return (beta.ppf(q, k, n - k + 1) if k else 0.0, beta.ppf(1 - q, k + 1, n - k) if k < n else 1.0)


def by_test(k, n, c):
    found = binomtest(k, n).proportion_ci(c)
    return found.low, found.high


def by_bisection(k, n, c):
    q = (1 - c) / 2

    def root(f):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if f(middle) else (low, middle)
        return middle

    return [0 if k == 0 else root(lambda p: binom.sf(k - 1, n, p) < q), 1 if k == n else root(lambda p: binom.cdf(k, n, p) > q)]


def needed(p, c):
    return math.ceil(math.log(1 - c) / math.log(p))


def counted(p, c):
    n, chance = 0, 1.0
    while chance > 1.0 - c:
        n, chance = n + 1, chance * p
    return np.int64(n)


def wald(k, n, c):
    half = norm.ppf(0.5 + c / 2) * math.sqrt(k * (n - k) / n**3)
    return k / n - half, k / n + half


def wilson(k, n, c):
    found = binomtest(k, n).proportion_ci(c, method="wilson")
    return found.low, found.high


def ring(n):
    angles = 2.0 * np.pi * np.arange(n) / n
    return np.array([np.cos(angles), np.sin(angles)])


def slip(function, **changes):
    return functools.partial(function, **changes)


def scaled(function, factor):
    return lambda *x: factor * function(*x)


# --- on one engine ----------------------------------------------------------------------------------------------------

LAW = {"upright_m": 4.0, "upright_s": 3.0, "brake": 0.5, "turn": 1.0, "start": 1e9, "gain": 1.0}


def law(**changes):
    """A law for one engine, and with one number changed a slip of it."""
    c = LAW | changes
    upright_m, upright_s, part, turn, start, gain = (c[k] for k in LAW)

    def one_engine(t, est, params):
        h = est[g.Z] - est[g.TARGET_Z]
        if est[g.A_MAX] * est[g.MASS] > 600.0 or h > start:
            return g.builtin_law(t, est, params)
        brake = part * (est[g.A_MAX] - est[g.HOVER])
        plan = min(math.sqrt(1.0 + 2.0 * brake * max(h - upright_m, 0.0)), 4.0)
        up = est[g.HOVER] + (brake if h > upright_m else 0.0) + gain * (-plan - est[g.VZ])
        push = est[g.HOVER] * math.tan(params[-1])
        if h > upright_m:
            return min(max(0.8 * (-turn * push * upright_s - est[g.VX]), -0.5), 0.5) - turn * push, 0.0, up
        return 0.0, 0.0, up

    return one_engine


def in_time(t, est, params):
    """Upright as soon as the time that is left is what the push needs to take out the speed. Returns an array."""
    if est[g.A_MAX] * est[g.MASS] > 600.0:
        return np.array(g.builtin_law(t, est, params))
    h = max(est[g.Z] - est[g.TARGET_Z], 0.0)
    room = 0.4 * (est[g.A_MAX] - est[g.HOVER])
    plan = min(np.sqrt(1.2 + 2.0 * room * max(h - 5.0, 0.0)), 4.0)
    up = est[g.HOVER] + 1.5 * (-plan - est[g.VZ])
    push = est[g.HOVER] * np.tan(params[-1])
    if h < 3.6:
        return np.array([0.2 * (-0.4 * push - est[g.VX]), 0.0, up])
    return np.array([max(-0.5, min(0.5, -2.7 * push - est[g.VX])) - push, 0.0, up])


class Stateful:
    """Keeps the phase in an object, so it runs as Python; returns a list."""

    def __init__(self):
        self.upright = False

    def __call__(self, t, est, params):
        if est[g.A_MAX] * est[g.MASS] > 600.0:
            self.upright = False
            return list(g.builtin_law(t, est, params))
        h = est[g.Z] - est[g.TARGET_Z]
        self.upright = self.upright or h < 3.0
        return list(law(upright_m=3.0, upright_s=2.0)(t, est, params))


# --- the cheapest change: the sandbox of the lesson -------------------------------------------------------------------

mare = ll.case("nominal-mare").scenario
IM_1, IM_2 = ll.Fault("altimeter", "lockout"), ll.Fault("altimeter", "noise", value=100.0)


def tall_lander(*faults):
    vehicle = replace(
        mare.vehicle, mass_kg=1300.0, dry_mass_kg=600.0, main_thrust_N=0.0, assist_thrust_N=4000.0, assist_isp_s=330.0,
        assist_throttle_min=0.2,
    )
    return replace(
        mare, name="tall lander", vehicle=vehicle, gear=ll.case("athena-im-2").scenario.gear, faults=faults,
        guidance=replace(mare.guidance, brake_decel_mps2=2.0, contact_speed_mps=0.9, low_height_m=30.0, low_speed_mps=3.0),
        navigation=replace(
            mare.navigation, filter="six", policy="nis", sigma_height_m=25.0, sigma_speed_mps=0.3, sigma_along_m=60.0,
            velocity_noise_mps=0.1,
        ),
        velocimeter=replace(mare.velocimeter, altitude_max_m=40e3),
        terrain=replace(mare.terrain, slope_deg=8.0, slope_azimuth_deg=180.0, slope_reach_m=120.0),
        dispersions=replace(
            mare.dispersions, height_m=25.0, vertical_mps=0.1, along_m=60.0, range_bias_m=0.5, accel_bias_mps2=2e-4,
            accel_scale=1e-4, attitude_deg=0.01,
        ),
    )



changes = {
    change.name: change
    for change in (
        Change("test-fire", 1.0, lambda s: replace(s, faults=tuple(f for f in s.faults if f.kind != "lockout"))),
        Change("slower plan", 2.0, {"guidance.low_height_m": 60.0, "guidance.low_speed_mps": 1.5}),
        Change("expect noise", 2.0, {"navigation.range_noise_m": 100.0}),
        Change("longer strokes", 3.0, {"gear.stroke_m": 0.6}),
        Change("wider legs", 4.0, {"gear.foot_radius_m": 3.0}),
        Change("lower mass", 6.0, {"gear.cg_height_m": 1.5}),
        Change("second range finder", 8.0, {"altimeter_2.range_max_m": 500.0, "altimeter_2.noise_m": 0.2}),
    )
}
BOTH = ("slower plan", "expect noise")


def share(names):
    scene = tall_lander()
    scene = replace(scene, vehicle=replace(scene.vehicle, dry_mass_kg=600.0 + ll.variant("12.fix")["lean_kg"]))
    for name in names:
        scene = changes[name].apply(scene)
    return ll.campaign(scene, n=40, seed=3).fraction("LANDED")


SHARE = share(BOTH)

RIGHT = {
    "12.tip_speed": [
        tip,
        tip_by_arc,
        with_library,
        lambda *x: np.array([tip(*x)]),
    ],
    "12.legs": [
        radius,
        radius_step_by_step,
        radius_with_library,
        functools.partial(lambda trial, *x: radius(*x), True),
    ],
    "12.engine_out": [
        by_argument,
        by_program,
        by_symmetry,
        Engines(),
    ],
    "12.half_thrust": [Stateful(), law(brake=0.6, gain=1.4), in_time],
    "12.hazard": [
        vectorised,
        one_by_one,
        with_survey_rule,
    ],
    "12.ellipse": [
        ellipse,
        ellipse_by_formula,
        ellipse_by_svd,
    ],
    "12.odds": [
        (by_beta, needed),
        (by_test, counted),
        (by_bisection, lambda p, c: float(needed(p, c))),
        (lambda *x: np.array(by_beta(*x)), lambda p, c: np.ceil(np.log1p(-c) / np.log(p))),
    ],
    "12.fix": [(list(BOTH), SHARE), (BOTH[::-1], np.float64(SHARE + 0.02)), (set(BOTH), np.array([SHARE - 0.02]))],
}  # fmt: skip

WRONG = {
    "12.tip_speed": [
        (slip(tip, energy_only=True), "only the angular momentum"),
        (slip(tip, inertia="point"), "the k is missing"),
        (slip(tip, inertia="centre"), "Steiner"),
        (slip(tip, lever="l"), "its lever arm is h"),
        (slip(tip, lever="d"), "not d"),
        (slip(tip, start="d"), "the difference is l - h"),
        (slip(tip, start="0"), "not from 0 to l"),
        (slip(tip, gravity=9.80665), "not 9.81"),
        (slip(tip, half=1.0), "factor of 2"),
        (lambda *x: tip(*x) ** 2, "square of the speed"),
        (slip(tip, turned=-1.0), "sign of the slope"),
        (slip(tip, turned=0.0), "slope is not used"),
        (slip(tip, turned=180.0 / math.pi), "take radians"),
        (slip(tip, down=False), "d sin(slope)"),
        (slip(tip, zero=False), "falls from rest"),
        (lambda d, h, k, s: None, "Not answered yet"),
        (lambda d, h, k: 1.0, "positional argument"),
        (1.2, "must be a function"),
    ],
    "12.legs": [
        (lambda n, *x: radius(n, *x) * math.cos(math.pi / n), "feet stand further out"),
        (lambda n, *x: radius(n, *x) * math.cos(math.pi / n) ** 2, "divided by the cosine"),
        (scaled(radius, 2.0), "diameter"),
        (lambda n, h, k, s, v, f: radius(n, h, k, s, v, 1.0), "no margin"),
        (lambda n, h, k, s, v, f: radius(n, h, k, s, v, f**0.5), "not on the energy"),
        (lambda n, h, k, s, v, f: f * radius(n, h, k, s, v, 1.0), "factor on the radius"),
        (lambda n, h, k, s, v, f: radius(n, h, k, 0.0, v, f), "slope is not used"),
        (lambda n, h, k, s, v, f: radius(n, h, k, -s, v, f), "uphill"),
        (lambda n, h, k, s, v, f: radius(n, h, 0.0, s, v, f), "gyration is not used"),
        (scaled(radius, 1.05), "grows with"),
        (scaled(radius, 100.0), "grows with"),
    ],
    "12.engine_out": [
        (lambda n, i: np.ones(n), "still has a throttle"),
        (lambda n, i: [float(j != i) for j in range(n)], "far side of the gap"),
        (lambda n, i: np.insert(np.linalg.pinv(np.delete(ring(n), i, 1)) @ [1.0, 0.0], i, 0.0), "can't pull"),
        (lambda n, i: [2.0 * x for x in by_argument(n, i)], "more than its full thrust"),
        (lambda n, i: np.zeros(n), "weaker than need be"),
        (lambda n, i: 0.9 * np.array(by_argument(n, i)), "weaker than need be"),
        (lambda n, i: [float(j not in (i, (i + n // 2) % n)) for j in range(n)], "nobody stands opposite"),
        (lambda n, i: by_argument(n, 0), "still has a throttle"),
        (lambda n, i: by_argument(n, (i + 1) % n), "still has a throttle"),
        (lambda n, i: by_argument(n, i)[:-1], "must return 4 numbers"),
        (lambda n, i: sum(by_argument(n, i)), "must return 4 numbers"),
    ],
    "12.half_thrust": [
        (g.builtin_law, "One engine brakes with"),
        (law(start=12.0), "One engine brakes with"),
        (law(turn=0.0), "Have the opposite speed"),
        (law(upright_m=100.0), "nothing opposes it"),
        (law(upright_s=0.0), "Have the opposite speed"),
        (law(upright_m=0.0, upright_s=0.0), "at rest, but crooked"),
        (lambda t, e, p: (0.0, 0.0, 0.0), "never came down"),
        (lambda t, e, p: g.builtin_law(t, e, p) if e[g.A_MAX] > 3.0 else None, "Not answered yet"),
        (lambda t, e, p: (0.0, 1.0), "3 numbers"),
        (lambda t, e, p: 1 / 0, "ZeroDivisionError"),
        (lambda t, e, p: (0.0, 0.0, e[g.HOVER] + 0.02), "never came down"),
        (lambda t, e: (0.0, 0.0, 1.0), "positional argument"),
    ],
    "12.hazard": [
        (lambda z, *x: (z.shape[0] // 2, z.shape[0] // 2), "Too steep"),
        (slip(vectorised, slope=False), "Too steep"),
        (slip(vectorised, bump=False), "a bump or hole"),
        (slip(vectorised, swap=True), "swapped"),
        (slip(vectorised, scale=5.0), "per metre, not per cell"),
        (slip(vectorised, distance=False), "a safe place that is nearer"),
        (slip(vectorised, worst=True), "a safe place that is nearer"),
        (slip(vectorised, worst=True, limit=False), "further than the lander can divert"),
        (slip(vectorised, metres=True), "a cell, not metres"),
        (lambda z, *x: (0, 0), "leaves the map"),
        (lambda z, *x: np.unravel_index(z.argmin(), z.shape), "compare each height"),
        (lambda z, *x: 7, "2 numbers"),
        (lambda z, *x: z.sort(), "ValueError"),
    ],
    "12.ellipse": [
        (slip(ellipse, k=lambda p: norm.ppf(0.5 + p / 2)), "98.9 %"),
        (slip(ellipse, k=lambda p: 3.0), "probability is not used"),
        (slip(ellipse, k=lambda p: 1.0), "1-sigma ellipse"),
        (slip(ellipse, k=lambda p: -2.0 * math.log(1 - p)), "k squared"),
        (slip(ellipse, k=lambda p: math.sqrt(-2.0 * math.log(p))), "Outside the ellipse"),
        (slip(ellipse, root=False), "take their roots"),
        (slip(ellipse, order=-1), "Longest first"),
        (slip(ellipse, whole=2.0), "whole axes"),
        (lambda x, y, p: (*(math.sqrt(-2 * math.log(1 - p)) * np.array([x.std(), y.std()])), 0.0), "lies askew"),
        (slip(ellipse, angle="short"), "short axis"),
        (slip(ellipse, unit=math.pi / 180.0), "radians"),
        (slip(ellipse, sign=-1.0), "other way"),
        (lambda x, y, p: ellipse(x, y, p)[:2], "3 numbers"),
    ],
    "12.odds": [
        ((wald, needed), "leaves the range"),
        ((lambda k, n, c: np.clip(wald(k, n, c), 0.0, 1.0), needed), "cut off"),
        ((wilson, needed), "Wilson"),
        ((lambda k, n, c: beta.ppf([(1 - c) / 2, (1 + c) / 2], k + 1, n - k + 1), needed), "flat prior"),
        ((lambda k, n, c: by_beta(k, n, 2 * c - 1), needed), "gave each of them the whole"),
        ((lambda k, n, c: by_beta(k, n, 1 - c), needed), "what is *not* confidence"),
        ((lambda k, n, c: by_beta(n - k, n, c), needed), "chance to fail"),
        ((lambda k, n, c: (k / n, k / n), needed), "without an interval"),
        ((lambda k, n, c: 100 * np.array(by_beta(k, n, c)), needed), "percent"),
        ((lambda k, n, c: beta.ppf([(1 - c) / 2, (1 + c) / 2], [k, k + 1], [n - k + 1, n - k]), needed), "finite number"),
        ((lambda k, n, c: k / n, needed), "2 numbers"),
        ((by_beta, lambda p, c: math.log(1 - c) / math.log(p)), "round up"),
        ((by_beta, lambda p, c: int(math.log(1 - c) / math.log(p))), "One flight too few"),
        ((by_beta, lambda p, c: math.ceil(1 / (1 - p))), "37 %"),
        ((by_beta, lambda p, c: math.ceil(3 / (1 - p))), "rule of three"),
        ((by_beta, lambda p, c: math.ceil(math.log(c) / math.log(p))), "not below confidence"),
        ((by_beta, lambda p, c: math.ceil(math.log(1 - p) / math.log(c))), "swapped"),
        ((by_beta, lambda p, c: math.ceil(math.log((1 - c) / 2) / math.log(p))), "one tail only"),
        ((by_beta, lambda p, c: 230), "p^n"),
        ((by_beta, None), "Not answered yet"),
    ],
    "12.fix": [
        ((["test-fire"], 1.0), "repairs IM-1's switch"),
        ((["slower plan"], 0.2), "hurts because the plan is fast"),
        ((["wider legs"], 1.0), "not from coming down too fast"),
        ((["second range finder"], 1.0), "takes both for equally good"),
        ((["expect noise"], 1.0), "slow soon enough"),
        (([], 1.0), "slow soon enough"),
        ((["slower plan", "expect noise", "test-fire"], 0.4), "There is a cheaper set"),
        ((["slower plan", "expect noise"], 100.0 * SHARE), "percent"),
        ((["slower plan", "expect noise"], 40.0 * SHARE), "count"),
        ((["slower plan", "expect noise"], 1.0 - SHARE), "does not land"),
        ((["slower plan", "expect noise"], 1.0), "Fly it with the tanks lean"),
        ((["slower plan", "expect noise"], 0.03), "your own kg"),
        ((["slower plan", "more luck"], 0.5), "No change is called 'more luck'"),
        ((3, 0.5), "must be a list of names"),
        ((["slower plan", "expect noise"], "few"), "must be a number"),
        ((..., 0.2), "Not answered yet"),
    ],
}  # fmt: skip
