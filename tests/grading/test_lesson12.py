"""Lesson 12: different right answers pass, plausible wrong ones fail with the hint that fits."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta, binom, binomtest, norm

import lunarlab as ll
from lunarlab.descent import gear as gears
from lunarlab.descent.hazards import survey
from lunarlab.descent.settle import settle
from lunarlab.descent.touchdown import Touchdown
from lunarlab.grading import lesson12 as own

GRAVITY = 1.622


def tip(d, h, k, s, *, energy_only=False, gravity=GRAVITY, lever="h", inertia="edge", start="h", half=0.5, turned=1.0, down=True, zero=True):
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


def by_program(n, lost):
    from scipy.optimize import linprog

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


RIGHT = {
    "12.tip_speed": [(tip,), (tip_by_arc,), (with_library,), (lambda *x: np.array([tip(*x)]),)],
    "12.legs": [(radius,), (radius_step_by_step,), (radius_with_library,)],
    "12.engine_out": [(by_argument,), (by_program,), (by_symmetry,)],
    "12.hazard": [(vectorised,), (one_by_one,), (with_survey_rule,)],
    "12.ellipse": [(ellipse,), (ellipse_by_formula,), (ellipse_by_svd,)],
    "12.odds": [(by_beta, needed), (by_test, counted), (by_bisection, lambda p, c: float(needed(p, c))),
                (lambda *x: np.array(by_beta(*x)), lambda p, c: np.ceil(np.log1p(-c) / np.log(p)))],
}  # fmt: skip


@pytest.mark.parametrize(("id", "answer"), [(id, a) for id, answers in RIGHT.items() for a in answers])
def test_right_answers(id, answer):
    result = ll.check(id, *answer)
    assert result.points == result.out_of, result


def slip(function, **changes):
    return functools.partial(function, **changes)


def scaled(function, factor):
    return lambda *x: factor * function(*x)


WRONG = [
    ("12.tip_speed", slip(tip, energy_only=True), "only the angular momentum"),
    ("12.tip_speed", slip(tip, inertia="point"), "the k is missing"),
    ("12.tip_speed", slip(tip, inertia="centre"), "Steiner"),
    ("12.tip_speed", slip(tip, lever="l"), "its lever arm is h"),
    ("12.tip_speed", slip(tip, lever="d"), "not d"),
    ("12.tip_speed", slip(tip, start="d"), "the difference is l - h"),
    ("12.tip_speed", slip(tip, start="0"), "not from 0 to l"),
    ("12.tip_speed", slip(tip, gravity=9.80665), "not 9.81"),
    ("12.tip_speed", slip(tip, half=1.0), "factor of 2"),
    ("12.tip_speed", lambda *x: tip(*x) ** 2, "square of the speed"),
    ("12.tip_speed", slip(tip, turned=-1.0), "sign of the slope"),
    ("12.tip_speed", slip(tip, turned=0.0), "slope is not used"),
    ("12.tip_speed", slip(tip, turned=180.0 / math.pi), "take radians"),
    ("12.tip_speed", slip(tip, down=False), "d sin(slope)"),
    ("12.tip_speed", slip(tip, zero=False), "falls from rest"),
    ("12.tip_speed", lambda d, h, k, s: None, "Not answered yet"),
    ("12.tip_speed", lambda d, h, k: 1.0, "positional argument"),
    ("12.tip_speed", 1.2, "must be a function"),
    ("12.legs", lambda n, *x: radius(n, *x) * math.cos(math.pi / n), "feet stand further out"),
    ("12.legs", lambda n, *x: radius(n, *x) * math.cos(math.pi / n) ** 2, "divided by the cosine"),
    ("12.legs", scaled(radius, 2.0), "diameter"),
    ("12.legs", lambda n, h, k, s, v, f: radius(n, h, k, s, v, 1.0), "no margin"),
    ("12.legs", lambda n, h, k, s, v, f: radius(n, h, k, s, v, f**0.5), "not on the energy"),
    ("12.legs", lambda n, h, k, s, v, f: f * radius(n, h, k, s, v, 1.0), "factor on the radius"),
    ("12.legs", lambda n, h, k, s, v, f: radius(n, h, k, 0.0, v, f), "slope is not used"),
    ("12.legs", lambda n, h, k, s, v, f: radius(n, h, k, -s, v, f), "uphill"),
    ("12.legs", lambda n, h, k, s, v, f: radius(n, h, 0.0, s, v, f), "gyration is not used"),
    ("12.legs", scaled(radius, 1.05), "grows with"),
    ("12.legs", scaled(radius, 100.0), "grows with"),
    ("12.engine_out", lambda n, i: np.ones(n), "still has a throttle"),
    ("12.engine_out", lambda n, i: [float(j != i) for j in range(n)], "far side of the gap"),
    ("12.engine_out", lambda n, i: np.insert(np.linalg.pinv(np.delete(own.ring(n), i, 1)) @ [1.0, 0.0], i, 0.0), "can't pull"),
    ("12.engine_out", lambda n, i: [2.0 * x for x in by_argument(n, i)], "more than its full thrust"),
    ("12.engine_out", lambda n, i: np.zeros(n), "weaker than need be"),
    ("12.engine_out", lambda n, i: 0.9 * np.array(by_argument(n, i)), "weaker than need be"),
    ("12.engine_out", lambda n, i: [float(j not in (i, (i + n // 2) % n)) for j in range(n)], "nobody stands opposite"),
    ("12.engine_out", lambda n, i: by_argument(n, 0), "still has a throttle"),
    ("12.engine_out", lambda n, i: by_argument(n, (i + 1) % n), "still has a throttle"),
    ("12.engine_out", lambda n, i: by_argument(n, i)[:-1], "must return 4 numbers"),
    ("12.engine_out", lambda n, i: sum(by_argument(n, i)), "must return 4 numbers"),
    ("12.hazard", lambda z, *x: (z.shape[0] // 2, z.shape[0] // 2), "Too steep"),
    ("12.hazard", slip(vectorised, slope=False), "Too steep"),
    ("12.hazard", slip(vectorised, bump=False), "a bump or hole"),
    ("12.hazard", slip(vectorised, swap=True), "swapped"),
    ("12.hazard", slip(vectorised, scale=5.0), "per metre, not per cell"),
    ("12.hazard", slip(vectorised, distance=False), "a safe place that is nearer"),
    ("12.hazard", slip(vectorised, worst=True), "a safe place that is nearer"),
    ("12.hazard", slip(vectorised, worst=True, limit=False), "further than the lander can divert"),
    ("12.hazard", slip(vectorised, metres=True), "a cell, not metres"),
    ("12.hazard", lambda z, *x: (0, 0), "leaves the map"),
    ("12.hazard", lambda z, *x: np.unravel_index(z.argmin(), z.shape), ("Too steep", "leaves the map", "bump")),
    ("12.hazard", lambda z, *x: 7, "2 numbers"),
    ("12.hazard", lambda z, *x: z.sort(), "ValueError"),
    ("12.ellipse", slip(ellipse, k=lambda p: norm.ppf(0.5 + p / 2)), "98.9 %"),
    ("12.ellipse", slip(ellipse, k=lambda p: 3.0), "probability is not used"),
    ("12.ellipse", slip(ellipse, k=lambda p: 1.0), "1-sigma ellipse"),
    ("12.ellipse", slip(ellipse, k=lambda p: -2.0 * math.log(1 - p)), "k squared"),
    ("12.ellipse", slip(ellipse, k=lambda p: math.sqrt(-2.0 * math.log(p))), "Outside the ellipse"),
    ("12.ellipse", slip(ellipse, root=False), "take their roots"),
    ("12.ellipse", slip(ellipse, order=-1), "Longest first"),
    ("12.ellipse", slip(ellipse, whole=2.0), "whole axes"),
    ("12.ellipse", lambda x, y, p: (*(math.sqrt(-2 * math.log(1 - p)) * np.array([x.std(), y.std()])), 0.0), "lies askew"),
    ("12.ellipse", slip(ellipse, angle="short"), "short axis"),
    ("12.ellipse", slip(ellipse, unit=math.pi / 180.0), "radians"),
    ("12.ellipse", slip(ellipse, sign=-1.0), "other way"),
    ("12.ellipse", lambda x, y, p: ellipse(x, y, p)[:2], "3 numbers"),
]


@pytest.mark.parametrize(("id", "answer", "hint"), WRONG)
def test_wrong_answers_get_the_hint_that_fits(id, answer, hint):
    result = ll.check(id, answer)
    assert result.points < result.out_of
    assert any(words in result.message for words in ((hint,) if isinstance(hint, str) else hint)), result


def wald(k, n, c):
    half = norm.ppf(0.5 + c / 2) * math.sqrt(k * (n - k) / n**3)
    return k / n - half, k / n + half


def wilson(k, n, c):
    found = binomtest(k, n).proportion_ci(c, method="wilson")
    return found.low, found.high


@pytest.mark.parametrize(("interval", "count", "hint"), [
    (wald, needed, "leaves the range"),
    (lambda k, n, c: np.clip(wald(k, n, c), 0.0, 1.0), needed, "cut off"),
    (wilson, needed, "Wilson"),
    (lambda k, n, c: beta.ppf([(1 - c) / 2, (1 + c) / 2], k + 1, n - k + 1), needed, "flat prior"),
    (lambda k, n, c: by_beta(k, n, 2 * c - 1), needed, "gave each of them the whole"),
    (lambda k, n, c: by_beta(k, n, 1 - c), needed, "what is *not* confidence"),
    (lambda k, n, c: by_beta(n - k, n, c), needed, "chance to fail"),
    (lambda k, n, c: (k / n, k / n), needed, "without an interval"),
    (lambda k, n, c: 100 * np.array(by_beta(k, n, c)), needed, "percent"),
    (lambda k, n, c: beta.ppf([(1 - c) / 2, (1 + c) / 2], [k, k + 1], [n - k + 1, n - k]), needed, "finite number"),
    (lambda k, n, c: k / n, needed, "2 numbers"),
    (by_beta, lambda p, c: math.log(1 - c) / math.log(p), "round up"),
    (by_beta, lambda p, c: int(math.log(1 - c) / math.log(p)), "One flight too few"),
    (by_beta, lambda p, c: math.ceil(1 / (1 - p)), "37 %"),
    (by_beta, lambda p, c: math.ceil(3 / (1 - p)), "rule of three"),
    (by_beta, lambda p, c: math.ceil(math.log(c) / math.log(p)), "not below confidence"),
    (by_beta, lambda p, c: math.ceil(math.log(1 - p) / math.log(c)), "swapped"),
    (by_beta, lambda p, c: math.ceil(math.log((1 - c) / 2) / math.log(p)), "one tail only"),
    (by_beta, lambda p, c: 230, "p^n"),
    (by_beta, None, "Not answered yet"),
])  # fmt: skip
def test_wrong_chances_get_the_hint_that_fits(interval, count, hint):
    result = ll.check("12.odds", interval, count)
    assert result.points < result.out_of
    assert hint in result.message, result


def test_the_known_case():
    assert needed(0.99, 0.9) == 230
    assert abs(own.__dict__["EXERCISES"][6].points - 3) == 0


def test_the_closed_form_is_what_a_rigid_lander_does():
    """On a slope, parallel to the ground, feet that dig in, legs that can't be crushed."""
    for d, h, k, s in ((1.24, 0.95, 0.95, 8.0), (1.24, 1.2, 1.0, -10.0), (0.9, 1.2, 0.8, 0.0)):
        gear = gears.Gear(legs=4, foot_radius_m=d * 2**0.5, cg_height_m=h, gyration_m=k, stroke_m=0.0, friction=1000.0, damping_ratio=1.0)
        ends = []
        for factor in (0.94, 1.04):
            v, a = factor * tip(d, h, k, s), math.radians(s)
            contact = Touchdown(t_s=0.0, vertical_mps=v * math.sin(a), lateral_mps=v * math.cos(a), tilt_deg=abs(s), miss_m=0.0,
                                propellant_left_kg=0.0, lean_forward_deg=s)  # fmt: skip
            rest = settle(contact, gear, mass_kg=500.0, slope_deg=abs(s), azimuth_deg=0.0 if s >= 0.0 else 180.0)
            ends.append(rest.outcome == "tipped")
        assert ends == [False, True], (d, h, k, s)


def test_throttles_agree_with_what_the_lander_flies():
    """The share of thrust that the descent loop leaves after a loss is that of the best throttles."""
    from lunarlab.descent.vehicle import VEHICLE, balance

    record = np.zeros(1, VEHICLE).view(np.recarray)[0]
    for n in range(2, 13):
        record.engines = n
        assert balance(record) == pytest.approx(own.best_total(n, 0) / n, abs=1e-9)


def test_maps_are_worth_asking():
    """On no map is the middle safe, on each a safe place is within reach, and slope or roughness alone would mislead."""
    for number in range(4):
        ground, h = own.field(number)
        true = survey(ground, h)
        middle = len(true.x_m) // 2
        assert true.safe and true.risk[middle, middle] > 1.2
        assert 3.0 * h.cell_m < true.divert_m < h.radius_m
