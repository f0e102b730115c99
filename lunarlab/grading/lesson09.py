"""Checks of lesson 09, knowing your height."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.descent import navigation as nav
from lunarlab.descent import sensors as s
from lunarlab.descent.faults import Fault
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, band, number_text


def close(value: float, right: float, relative: float, absolute: float = 0.0) -> bool:
    """Whether a number is right within tolerances."""
    return abs(value - right) <= max(absolute, relative * abs(right))


def _ranges() -> list[tuple[float, ...]]:
    """Arguments of `innovation`: three examples, and two drawn ones, 2 to 9 km up over ground 300 to 900 m high or deep.

    Innovations are 60 to 400 m, either way; sigmas 4 to 15 m and 20 to 50 m, either one the larger.
    """
    rng = exam().rng("09.innovation")
    rows: list[tuple[float, ...]] = [
        (9750.0, 10e3, 0.0, 30.0, 40.0), (6200.0, 5000.0, -900.0, 3.0, 31.0), (812.0, 800.0, 25.0, 12.0, 5.0),
    ]  # fmt: skip
    for sign in (1.0, -1.0):
        height, ground, nu = rng.uniform(2e3, 9e3), sign * rng.uniform(300.0, 900.0), rng.uniform(60.0, 400.0)
        sigmas = rng.permutation([rng.uniform(4.0, 15.0), rng.uniform(20.0, 50.0)])
        row = height - ground + rng.choice((-1.0, 1.0)) * nu, height, ground, *sigmas
        rows.append(tuple(round(float(value), 1) for value in row))
    return rows


def judge_innovation(answer: Any) -> list[Finding]:
    """nu = range - (height - map height), sigma = sqrt(sigma_height^2 + sigma_range^2)."""
    function = a.function(answer, "innovation")
    what = "(nu, sigma) in m"
    rows = []
    for arguments in _ranges():
        nu, sigma = a.numbers(a.call(function, *arguments, name="innovation"), 2, "innovation", what)
        z, zm, sz, sr = arguments[1:]
        rows.append((nu, sigma, arguments[0] - (z - zm), math.hypot(sz, sr), arguments))
    off = [r for r in rows if not close(r[0], r[2], 1e-6)]
    loose = [r for r in rows if not close(r[1], r[3], 1e-6)]
    if all(close(r[0], -r[2], 1e-6) for r in rows):
        hint = "The sign is turned round: innovation is what was measured minus what was predicted."
    elif all(close(r[0], r[4][0] - r[4][1], 1e-6) for r in rows):
        hint = "The map height is not used: the ground lies map_height above the datum, so the range is shorter by it."
    elif all(close(r[0], r[4][0] - r[4][1] - r[4][2], 1e-6) for r in rows):
        hint = "Higher ground makes the predicted range shorter: z - map_height, not z + map_height."
    else:
        hint = "Predict the range from the estimated height and the map, then subtract it from the measured one."
    if all(close(r[1], r[3] ** 2, 1e-6) for r in rows):
        wide = "That is the variance; sigma is its square root."
    elif all(close(r[1], r[4][3] + r[4][4], 1e-6) for r in rows):
        wide = "Independent errors add in quadrature: variances add, standard deviations don't."
    else:
        wide = "Both the height estimate and the range are uncertain, independently of each other."
    (nu, _, right_nu, _, one), (_, sigma, _, right_sigma, other) = (off or rows)[0], (loose or rows)[0]
    return [
        Finding("innovation for range {:g}, height {:g}, map {:g}, sigmas {:g} and {:g} m".format(*one), 1, not off,
                number_text(nu, "m"), number_text(right_nu, "m"), hint),
        Finding("its standard deviation for sigmas {:g} and {:g} m".format(*other[3:]), 1, not loose,
                number_text(sigma, "m"), number_text(right_sigma, "m"), wide),
    ]  # fmt: skip


def _filters() -> list[tuple[float, ...]]:
    """Arguments of `steady_state`: q [(m/s2)2 s] from 5e-5 to 2e-3, R [m2] from 800 to 3000, dt 0.1 to 0.25 s.

    There 1/omega lasts a hundred steps and more, so that closed form and iteration agree within 1 %, and sigma is above
    1.7 m, so that its square is not mistaken for it.
    """
    rng = exam().rng("09.bandwidth")
    rows: list[tuple[float, ...]] = [(1e-4, 1000.0, 0.2), (4e-4, 900.0, 0.2), (1e-3, 2500.0, 0.1)]
    for dt in rng.permutation([0.1, 0.2, 0.25])[:2]:
        q, r = math.exp(rng.uniform(math.log(5e-5), math.log(2e-3))), rng.uniform(800.0, 3000.0)
        rows.append((float(f"{q:.3g}"), float(f"{r:.3g}"), float(dt)))
    return rows


def judge_bandwidth(answer: Any) -> list[Finding]:
    """omega = (q / (R dt))^(1/4), sigma_z = sqrt(sqrt(2) q^(1/4) (R dt)^(3/4)); 5 %, so that iterating is right, too."""
    function = a.function(answer, "steady_state")
    rows = []
    for q, r, dt in _filters():
        got = a.numbers(a.call(function, q, r, dt, name="steady_state"), 2, "steady_state", "(omega rad/s, sigma m)")
        rows.append((*got, (q / (r * dt)) ** 0.25, math.sqrt(math.sqrt(2.0) * q**0.25 * (r * dt) ** 0.75), (q, r, dt)))
    off = [x for x in rows if not close(x[0], x[2], 0.05)]
    loose = [x for x in rows if not close(x[1], x[3], 0.05)]
    if all(close(x[0], (x[4][0] / x[4][1]) ** 0.25, 0.02) for x in rows):
        hint = "One range of variance R every dt seconds is worth a continuous measurement of density R dt, not R."
    elif all(close(x[0], x[2] ** 2, 0.02) for x in rows):
        hint = "That is omega squared, the gain on the speed. omega is its square root."
    else:
        hint = "Compare s^2 + k1 s + k2 with s^2 + sqrt(2) omega s + omega^2, and put in the gains that you derived."
    if all(close(x[1], x[3] ** 2, 0.03) for x in rows):
        wide = "That is the variance of the height; the standard deviation is its square root."
    else:
        wide = "P_zz = k1 R dt with k1 = sqrt(2) omega. Watch the unit: P in m2, sigma in m."
    text = "q = {:g}, R = {:g} m2, dt = {:g} s"
    (omega, _, right_omega, _, one), (_, sigma, _, right_sigma, other) = (off or rows)[0], (loose or rows)[0]
    return [
        Finding(f"bandwidth for {text.format(*one)}", 1, not off, number_text(omega, "rad/s"),
                f"{number_text(0.95 * right_omega)} to {number_text(1.05 * right_omega, 'rad/s')}", hint),
        Finding(f"steady 1-sigma of the height for {text.format(*other)}", 1, not loose, number_text(sigma, "m"),
                f"{number_text(0.95 * right_sigma)} to {number_text(1.05 * right_sigma, 'm')}", wide),
    ]  # fmt: skip


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _gates() -> list[tuple[float, ...]]:
    """Arguments of `gate_errors`: sigma 15 to 60 m; one wide gate, and one that is narrow and whose lower edge counts.

    Gates are 1.4 to 2.2 and 0.5 to 0.9 sigma, jumps 1 to 3 and 0.3 to 0.7 sigma.
    """
    rng = exam().rng("09.roc")
    rows: list[tuple[float, ...]] = [(60.0, 30.0, 100.0), (90.0, 30.0, 60.0), (25.0, 40.0, 20.0)]
    for gates, jumps in (((1.4, 2.2), (1.0, 3.0)), ((0.5, 0.9), (0.3, 0.7))):
        sigma = round(rng.uniform(15.0, 60.0), 1)
        rows.append((round(sigma * rng.uniform(*gates), 1), sigma, round(sigma * rng.uniform(*jumps), 1)))
    return rows


def judge_roc(answer: Any) -> list[Finding]:
    """Both error rates of a two-sided gate, within 0.02: a million random numbers are as good as erf."""
    function = a.function(answer, "gate_errors")
    rows = []
    for gate, sigma, jump in _gates():
        reject, accept = a.numbers(
            a.call(function, gate, sigma, jump, name="gate_errors"), 2, "gate_errors", "(false reject, false accept)"
        )
        right = 2.0 * _normal(-gate / sigma), _normal((gate - jump) / sigma) - _normal((-gate - jump) / sigma)
        rows.append((reject, accept, *right, (gate, sigma, jump)))
    off = [r for r in rows if abs(r[0] - r[2]) > 0.02]
    loose = [r for r in rows if abs(r[1] - r[3]) > 0.02]
    if all(abs(r[0] - r[2] / 2.0) < 0.003 for r in rows):
        hint = "You count one side only: an innovation may be too large in both directions."
    elif all(abs(r[0] - (1.0 - r[2])) < 0.003 for r in rows):
        hint = "That is the share of good ranges that passes; asked is the share that is rejected."
    else:
        hint = "A good range has an innovation of mean 0 and standard deviation sigma. How often is it outside +-gate?"
    if all(abs(r[1] - (1.0 - r[3])) < 0.003 for r in rows):
        other = "That is the share of bad ranges that is rejected; asked is the share that passes."
    elif all(abs(r[1] - _normal((r[4][0] - r[4][2]) / r[4][1])) < 0.003 for r in rows):
        other = "A gate has a lower edge, too: an innovation below -gate is rejected."
    else:
        other = (
            "A bad range has an innovation of mean `jump` and standard deviation sigma. How often is it inside +-gate?"
        )
    text = "gate {:g} m, sigma {:g} m, jump {:g} m"
    (reject, _, right_reject, _, one), (_, accept, _, right_accept, two) = (off or rows)[0], (loose or rows)[0]
    return [
        Finding(f"false reject for {text.format(*one)}", 1, not off, number_text(reject), f"{right_reject:.3f} +- 0.02", hint),
        Finding(f"false accept for {text.format(*two)}", 1, not loose, number_text(accept), f"{right_accept:.3f} +- 0.02",
                other),
    ]  # fmt: skip


def one_call(
    filter: Any, *, valid: float, jump_m: float, sigma_m: float, height_m: float = 8000.0
) -> tuple[float, np.ndarray]:
    """How far one call of a filter moves its height [m], with no motion, for a range off by `jump_m`; and its memory."""
    meas, memory = np.zeros(s.MEAS_SIZE), np.zeros(nav.MEMORY_SIZE)
    meas[s.RANGE], meas[s.RANGE_VALID] = height_m + jump_m, valid
    memory[nav.Z], memory[nav.P_ZZ], memory[nav.P_VV] = height_m, sigma_m**2, 1.0
    params = nav.pack_navigation(nav.Navigation(), 0.0)
    params.flags.writeable = False
    answer = a.call(filter, 3600.0, meas, params, memory, name="my_filter")
    return a.numbers(answer, 6, "my_filter", "(x, y, z, vx, vy, vz)")[2] - height_m, memory


def _scales(filter: Any) -> bool:
    """Whether the widest misfit that a filter uses is the same multiple of sigma at two sigmas that differ by ten."""

    def widest(sigma_m: float) -> float:
        shares = (1.3, 0.9, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02, 0.009)
        rows = ((share, one_call(filter, valid=1.0, jump_m=share * sigma_m, sigma_m=sigma_m)[0]) for share in shares)
        return next((share for share, moved in rows if moved > 0.1 * share * sigma_m), 0.0)

    return 0.0 < widest(4000.0) == widest(400.0)


def _flights(filter: Any, scene: Scenario, seeds: tuple[int, ...]) -> list[Flight]:
    """Flights with a student's filter; where one works as slow Python, the first seed only. Graded, it flies them all."""
    flights = []
    for seed in seeds:
        flights.append(fly(scene, navigation=filter, seed=seed, record=False))
        if slow(flights[-1].provenance["navigation"], filter):
            break
    return flights


def slow(part: Mapping[str, str], function: Any) -> bool:
    """Whether a law or filter runs as Python in the notebook, where nobody wants to wait for all its flights."""
    return part["ran"] != "compiled" and not getattr(function, "remote", False)


def landed(requirement: str, points: int, flights: list[Flight], hint: str) -> Finding:
    """Finding that every flight has to land; names the first reason of one that does not."""
    bad = [f for f in flights if not f.landed]
    reason = f" ({bad[0].verdict}: {bad[0].reasons[0]})" if bad and bad[0].reasons else ""
    value = f"{len(flights) - len(bad)} of {len(flights)} landed{reason}"
    return Finding(requirement, points, not bad, value, f"{len(flights)} of {len(flights)}", hint)


def judge_gate(answer: Any) -> list[Finding]:
    """A filter with an innovation test in standard deviations that looks at the validity flag.

    Drawn are heights of 6 to 9 km, misfits of 35 to 45 m at sigma 20 m (1 sigma of the innovation), 1.4 sigma at a sigma of
    450 to 600 m, 600 to 900 m at sigma 5 m (20 of the innovation's and more), the share of spurious ranges (a quarter to a
    third) and all seeds. Contact is allowed at 3 m/s instead of 2: with a good filter one flight in 1500 comes down at 2.0 to
    2.4 m/s by the noise of its last ranges, and a class of 300 makes 900 flights.
    """
    filter = a.function(answer, "my_filter")
    rng = exam().rng("09.gate")

    def asked(jump_m: float, sigma_m: float, valid: float = 1.0) -> tuple[float, np.ndarray]:
        return one_call(filter, valid=valid, jump_m=jump_m, sigma_m=sigma_m, height_m=rng.uniform(6e3, 9e3))

    invalid = [abs(asked(rng.uniform(35.0, 60.0), 50.0, valid)[0]) for valid in (0.0, -1.0)]
    near = rng.uniform(35.0, 45.0)
    good, _ = asked(near, 20.0)
    guess = rng.uniform(450.0, 600.0)
    far = 1.4 * guess
    unsure, _ = asked(far, guess)
    off = rng.uniform(600.0, 900.0)
    sure, memory = asked(off, 5.0)
    down, _ = asked(-off, 5.0)
    pull = max(abs(sure), abs(down))
    if pull > 1.0 and min(abs(sure), abs(down)) < 1.0:
        wide = "It rejects jumps in one direction only: test the absolute value."
    else:
        wide = "Compare abs(nu) with a multiple of the innovation's sigma, memory[nav.SIGMA]; skip the update if it is larger."
    moved = min(good / near, unsure / far)
    if moved <= 0.1 and _scales(filter):
        narrow = (
            "Your gate grows with sigma, as it should, but it is too narrow: ranges that fit are rejected, too. How often is "
            "the innovation of a good range larger than your multiple of its sigma?"
        )
    else:
        narrow = (
            "A fixed gate rejects good ranges while sigma is large: scale the gate with memory[nav.SIGMA]. "
            "And call nav.update for the ranges that pass."
        )
    noted = memory[nav.STATUS] == nav.USED and pull < 1.0
    if noted:
        wide = "It does not move the estimate, but memory[nav.STATUS] says that it was used: nav.update says so."
    findings = [
        Finding("a range that is not flagged valid does not move the estimate", 1, max(invalid) < 0.1,
                number_text(max(invalid), "m"), "at most 0.1 m",
                "Look at meas[s.RANGE_VALID]: 1 is valid, 0 is invalid, -1 is no new sample. The old number stays in meas."),
        Finding(f"a range that fits is used, also when the estimate is unsure ({far:.0f} m off at sigma {guess:.0f} m)", 1,
                moved > 0.1, f"moved by {max(moved, 0.0) * 100:.0f} % of the difference", "at least 10 %",
                narrow),
        Finding(f"a range {off:.0f} m off at sigma 5 m is not used, above or below", 1, pull < 1.0 and not noted,
                f"moved by {number_text(pull, 'm')}{', but noted as used' if noted else ''}", "at most 1 m", wide),
    ]  # fmt: skip
    mare = case("nominal-mare").scenario
    mare = replace(mare, limits=replace(mare.limits, vertical_mps=3.0))
    spurious = Fault("altimeter", "spurious", value=18e3, probability=rng.uniform(0.25, 0.35), trigger="first_range", at=60.0)
    seeds = [int(seed) for seed in rng.integers(1, 1_000_000, 3)]
    flights = _flights(filter, replace(mare, faults=(spurious,)), (seeds[0], seeds[1]))
    flights += _flights(filter, mare, (seeds[2],))
    hint = "Fly it yourself: ll.fly(replace(mare, faults=(spurious,)), navigation=my_filter), and look at its reasons."
    return [*findings, landed("lands on the mare, with spurious ranges, three in ten, and without", 2, flights, hint)]


BOUNDARY = {"rim_height_m": 600.0, "floor_height_m": -1000.0}
"""Heights of the lesson's own wall over the plain."""


def draw_wall(rng: np.random.Generator) -> dict[str, float]:
    """A rim 500 to 750 m high, a floor 800 to 1200 m deep: the smallest gate is 690 to 1050 m, and every wider one lands."""
    rim, depth = rng.uniform(500.0, 750.0), rng.uniform(800.0, 1200.0)
    return {"rim_height_m": float(round(rim)), "floor_height_m": -float(round(depth))}


def over_the_step(gate_m: float) -> Scenario:
    """The crater sandbox with the student's own rim and floor, Mission 1 rule, this gate."""
    sandbox: Scenario = case("hakuto-r-m1-crater").scenario
    wall = exam().variant("09.boundary")
    terrain = replace(sandbox.terrain, rim_height_m=wall["rim_height_m"], floor_height_m=wall["floor_height_m"])
    return replace(sandbox, terrain=terrain, navigation=replace(sandbox.navigation, gate_m=gate_m))


def judge_boundary(answer: Any) -> list[Finding]:
    """The answer is right if 15 m more lands and 15 m less does not: flown, not compared with a number."""
    gate = a.number(answer, "smallest_gate_m")
    if not 16.0 <= gate <= 1e5:
        return [band("gate", 2, gate, 16.0, 1e5, "m", "A gate is a length in metres.")]
    above, below = (fly(over_the_step(gate + d), seed=None, record=False) for d in (15.0, -15.0))
    hint = (
        "Your gate is too tight for this wall."
        if not above.landed
        else "A smaller gate would do, too. Bisect: keep one gate that lands and one that doesn't, and fly the middle."
    )
    return [
        Finding(f"{gate:.0f} m is the edge: 15 m wider lands, 15 m tighter does not", 2, above.landed and not below.landed,
                f"wider {above.verdict}, tighter {below.verdict}", "wider LANDED, tighter not", hint),
    ]  # fmt: skip


EXERCISES = (
    Exercise("09.innovation", "predict a range, and how far off it may be", 2, ("innovation",), judge_innovation),
    Exercise("09.bandwidth", "how fast the filter believes", 2, ("steady_state",), judge_bandwidth),
    Exercise("09.roc", "the two ways to be wrong", 2, ("gate_errors",), judge_roc),
    Exercise("09.gate", "an innovation gate that flies", 5, ("my_filter",), judge_gate),
    Exercise("09.boundary", "the smallest gate that gets over the wall", 2, ("smallest_gate_m",), judge_boundary,
             BOUNDARY, draw_wall),
)
