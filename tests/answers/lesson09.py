"""Answers to lesson 09 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, partial

import numpy as np
from scipy.linalg import solve_continuous_are
from scipy.stats import norm

import lunarlab as ll
from lunarlab.constants import R_MOON
from lunarlab.descent import navigation as nav
from lunarlab.descent import sensors as s


def iterate(q, r, dt):
    """The steady state the long way: predict and update until nothing changes."""
    p, f = np.diag([1e4, 10.0]), np.array([[1.0, dt], [0.0, 1.0]])
    noise = q * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
    for _ in range(8000):
        p = f @ p @ f.T + noise
        p -= np.outer(p[:, 0], p[0]) / (p[0, 0] + r)
    return (p[0, 1] / (r * dt)) ** 0.5, p[0, 0] ** 0.5


def riccati(q, r, dt):
    p = solve_continuous_are(
        np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[1.0], [0.0]]), np.diag([0.0, q]), [[r * dt]]
    )
    return np.sqrt(p[0, 1] / (r * dt)), np.sqrt(p[0, 0])


def simulate(gate, sigma, jump):
    noise = np.random.default_rng(0).normal(0.0, sigma, 200_000)
    return np.mean(abs(noise) > gate), np.mean(abs(noise + jump) <= gate)


def erf(gate, sigma, jump):
    def phi(x):
        return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))

    return [2.0 - 2.0 * phi(gate / sigma), phi((gate - jump) / sigma) - phi((-gate - jump) / sigma)]


WALL = ll.variant("09.boundary")


@cache
def lands(gate, rim=WALL["rim_height_m"], floor=WALL["floor_height_m"]):
    """Whether the rule of Mission 1 gets over the wall with this gate."""
    sandbox = ll.case("hakuto-r-m1-crater").scenario
    terrain = replace(sandbox.terrain, rim_height_m=rim, floor_height_m=floor)
    navigation = replace(sandbox.navigation, gate_m=gate)
    return ll.fly(replace(sandbox, terrain=terrain, navigation=navigation), seed=None, record=False).landed


def bisect(low=300.0, high=3000.0, within=3.0, **wall):
    while high - low > within:
        middle = (low + high) / 2.0
        low, high = (low, middle) if lands(middle, **wall) else (middle, high)
    return high


def scan(start=600.0):
    """In steps of 100 m upwards, then of 10 m."""
    coarse = next(g for g in np.arange(start, 3000.0, 100.0) if lands(g))
    return next(g for g in np.arange(coarse - 100.0, 3000.0, 10.0) if lands(g))


EDGE = bisect()


class Predictor:
    """Keeps count of its calls, and answers with numpy numbers."""

    calls = 0

    def __call__(self, range_m, height_m, map_height_m, sigma_height_m, sigma_range_m):
        self.calls += 1
        return np.float64(range_m) + map_height_m - height_m, np.linalg.norm([sigma_height_m, sigma_range_m])


def steady(q, r, dt, power=0.25):
    omega = (q / r / dt) ** power
    return omega, math.sqrt(math.sqrt(2.0) * omega * r * dt)


def make(*, flag=True, gate="sigma", k=5.0, two_sided=True, use=True, call_update=True):
    """A filter with one mistake."""

    def my_filter(t, meas, params, memory):
        memory[nav.STATUS] = nav.NO_RANGE
        nav.predict(meas, memory, params[nav.Q_ACCEL], R_MOON + params[nav.P_DATUM])
        if meas[s.RANGE_VALID] > 0.0 or not flag:
            variance = nav.range_variance(meas, memory, params)
            nu = nav.innovate(meas, memory, variance)
            limit = k * memory[nav.SIGMA] if gate == "sigma" else k
            size = abs(nu) if two_sided else nu
            if (size <= limit) == use:
                if call_update:
                    nav.update(memory, nu, variance)
            else:
                memory[nav.STATUS] = nav.SKIPPED
        nav.aid_velocity(meas, memory, params[nav.P_VEL_GAIN])
        return memory[nav.X], memory[nav.Y], memory[nav.Z], memory[nav.VX], memory[nav.VY], memory[nav.VZ]

    return my_filter


def student_t(t, meas, params, memory):
    """Right in another way: no hard gate, a weight that falls with the misfit and vanishes beyond 6 sigma."""
    memory[nav.STATUS] = nav.NO_RANGE
    nav.predict(meas, memory, params[nav.Q_ACCEL], R_MOON + params[nav.P_DATUM])
    if meas[s.RANGE_VALID] > 0.0:
        variance = nav.range_variance(meas, memory, params)
        nu = nav.innovate(meas, memory, variance)
        weight = (1.0 - (nu / (6.0 * memory[nav.SIGMA])) ** 2) ** 2
        if abs(nu) < 6.0 * memory[nav.SIGMA]:
            nav.update(memory, nu, variance / weight)
        else:
            memory[nav.STATUS] = nav.SKIPPED
    nav.aid_velocity(meas, memory, params[nav.P_VEL_GAIN])
    return memory[0], memory[1], memory[2], memory[3], memory[4], memory[5]


def squared(t, meas, params, memory):
    """Chi-square form, estimate returned as a list, numba not possible because of the dict."""
    names = {"flag": s.RANGE_VALID}
    memory[nav.STATUS] = nav.NO_RANGE
    nav.predict(meas, memory, params[nav.Q_ACCEL], R_MOON + params[nav.P_DATUM])
    if meas[names["flag"]] == 1:
        r = nav.range_variance(meas, memory, params)
        nu = nav.innovate(meas, memory, r)
        if nu * nu > 16.0 * (memory[nav.P_ZZ] + r):
            memory[nav.STATUS] = nav.SKIPPED
        else:
            nav.update(memory, nu, r)
    nav.aid_velocity(meas, memory, 0.2)
    return [float(memory[i]) for i in range(6)]


def reverted(t, meas, params, memory):
    """Gives the estimate from before the update where a range is too far off, but leaves it noted as used."""
    before = memory[nav.Z]
    answer = make(k=math.inf)(t, meas, params, memory)
    if abs(memory[nav.INNOVATION]) > 5.0 * memory[nav.SIGMA]:
        memory[nav.Z] = before
        return answer[0], answer[1], before, answer[3], answer[4], answer[5]
    return answer


RIGHT = {
    "09.innovation": [
        lambda r, z, m, sz, sr: (r - z + m, math.sqrt(sz**2 + sr**2)),
        lambda r, z, m, sz, sr: np.array([r - (z - m), np.hypot(sz, sr)]),
        lambda *a: [np.float64(a[0] - a[1] + a[2]), abs(complex(a[3], a[4]))],
        Predictor(),
    ],
    "09.bandwidth": [
        steady, iterate, riccati, partial(steady, power=1 / 4),
    ],
    "09.roc": [
        lambda g, sg, j: (2.0 * norm.sf(g / sg), norm.cdf(g, j, sg) - norm.cdf(-g, j, sg)),
        erf, simulate,
    ],
    "09.gate": [make(), make(k=4.0), make(k=7.0), student_t, squared],
    "09.boundary": [EDGE, round(EDGE), np.float64(scan()), np.array([EDGE + 8.0])],
}  # fmt: skip

WRONG = {
    "09.innovation": [
        (lambda r, z, m, sz, sr: (z - m - r, math.hypot(sz, sr)), "sign is turned"),
        (lambda r, z, m, sz, sr: (r - z, math.hypot(sz, sr)), "map height is not used"),
        (lambda r, z, m, sz, sr: (r - z - m, math.hypot(sz, sr)), "z - map_height, not z + map_height"),
        (lambda r, z, m, sz, sr: (r - z + m, sz**2 + sr**2), "square root"),
        (lambda r, z, m, sz, sr: (r - z + m, sz + sr), "quadrature"),
        (lambda r, z, m, sz, sr: (r - z + m, sr), "uncertain"),
        (lambda r, z, m, sz, sr: r - z + m, "2 numbers"),
        (lambda r, z, m, sz, sr: (abs(r - z + m), math.hypot(sz, sr)), "subtract it from the measured one"),
        (lambda r, z, m, sz, sr: ((r - z + m) / math.hypot(sz, sr), 1.0), "subtract it from the measured one"),
        (lambda r, z, m, sz, sr: (r - z + m, sz), "uncertain"),
        (lambda r, z, m, sz, sr: (r - z + m, sz + sr if sz < sr / 2.0 else math.hypot(sz, sr)), "sigmas 3 and 31 m: yours is 34"),
    ],
    "09.bandwidth": [
        (lambda q, r, dt: ((q / r) ** 0.25, 1.0), "R dt, not R"),
        (lambda q, r, dt: ((q / r / dt) ** 0.5, 1.0), "omega squared"),
        (lambda q, r, dt: ((r * dt / q) ** 0.25, 1.0), "Compare s^2"),
        (lambda q, r, dt: ((q / r / dt) ** 0.25, math.sqrt(2.0) * q**0.25 * (r * dt) ** 0.75), "That is the variance"),
        (lambda q, r, dt: ((q / r / dt) ** 0.25, math.sqrt(r)), "P_zz = k1 R dt"),
        (lambda q, r, dt: (steady(q, r, dt)[0], math.sqrt(steady(q, r, dt)[0] * r * dt)), "k1 = sqrt(2) omega"),
        (lambda q, r, dt: (math.sqrt(2.0) * steady(q, r, dt)[0], steady(q, r, dt)[1]), "Compare s^2"),
        (lambda q, r, dt: (steady(q, r, dt)[0] / math.tau, steady(q, r, dt)[1]), "Compare s^2"),
        (lambda q, r, dt: (0.0266, 2.74), "Compare s^2"),
        (lambda q, r, dt: steady(q, r, dt)[::-1], "Compare s^2"),
        (lambda q, r, dt: steady(q, r, dt)[1], "2 numbers"),
        (lambda q, r, dt: (steady(q, r, dt)[0], steady(q, r, 0.2)[1]), "of the height for q = 0.001, R = 2500 m2, dt = 0.1 s"),
    ],
    "09.roc": [
        (lambda g, sg, j: (norm.sf(g / sg), erf(g, sg, j)[1]), "one side only"),
        (lambda g, sg, j: (1.0 - erf(g, sg, j)[0], erf(g, sg, j)[1]), "good ranges that passes"),
        (lambda g, sg, j: (erf(g, sg, j)[0], 1.0 - erf(g, sg, j)[1]), "bad ranges that is rejected"),
        (lambda g, sg, j: (erf(g, sg, j)[0], norm.cdf((g - j) / sg)), "lower edge"),
        (lambda g, sg, j: erf(g, sg**2, j), "How often"),
        (lambda g, sg, j: erf(g, sg, j)[::-1], "How often"),
        (lambda g, sg, j: (erf(g, sg, j)[0], norm.cdf(g / sg) - norm.cdf(-g / sg)), "mean `jump`"),
        (lambda g, sg, j: (0.0455, 0.0912), "How often"),
        (lambda g, sg, j: [100.0 * x for x in erf(g, sg, j)], "How often"),
        (lambda g, sg, j: erf(g, sg, j)[0], "2 numbers"),
        (lambda g, sg, j: (norm.sf(g / sg), norm.cdf((g - j) / sg)), "no  false accept for gate 25 m"),
    ],
    "09.boundary": [
        (EDGE - 150.0, "too tight"),
        (EDGE + 150.0, "smaller gate would do"),
        (bisect(within=400.0) + 100.0, "smaller gate would do"),
        (WALL["rim_height_m"] - WALL["floor_height_m"], "smaller gate would do"),
        (bisect(rim=450.0, floor=-750.0), "too tight"),
        (0.85, "length in metres"),
        (-850.0, "length in metres"),
        ([300.0, 850.0], "one number"),
        ("850 m", "must be a number"),
        (max, "Call it"),
    ],
    "09.gate": [
        (make(flag=False), "RANGE_VALID"),
        (make(k=math.inf), "multiple of the innovation's sigma"),
        (make(k=500.0), "multiple of the innovation's sigma"),
        (make(gate="fixed", k=300.0), "fixed gate"),
        (make(gate="fixed", k=3000.0), "multiple of the innovation's sigma"),
        (make(k=0.01), "it is too narrow"),
        (make(k=1.0), "it is too narrow"),
        (reverted, "says that it was used"),
        (make(two_sided=False), "one direction"),
        (make(use=False), "fixed gate rejects good"),
        (make(call_update=False), "call nav.update"),
        (lambda t, m, p, mem: (0.0, 0.0, 0.0), "6 numbers"),
        (lambda t, m, p, mem: 1 / 0, "ZeroDivisionError"),
        (lambda t, m, p: 0, "my_filter raised TypeError"),
    ],
}
