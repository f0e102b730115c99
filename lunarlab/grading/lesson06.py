"""Checks of lesson 06, propellant, pressure and margins."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lunarlab.constants import G0
from lunarlab.grading import answers as a
from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson06_choice import judge_deadline
from lunarlab.grading.result import Finding, number_text
from lunarlab.insertion.margins import propellant_for
from lunarlab.insertion.tanks import Craft

Pair = tuple[float, float]
PairSlip = tuple[Callable[..., Pair], str]

DISCHARGE = 0.6
"""Of a sharp hole."""


def judge_rocket(answer: Any) -> list[Finding]:
    """m0 (1 - exp(-dv / (Isp g0))). Drawn: 400 to 3000 kg, 300 to 2200 m/s, 290 to 330 s."""
    inputs = [
        (1283.0, 300.0, 310.0),
        (1000.0, 2000.0, 318.0),
        (710.0, 1000.0, 320.0),
        (43572.8, 800.0, 311.0),
        *slips.drawn("06.rocket", 2, (400.0, 3000.0), (300.0, 2200.0), (290.0, 330.0)),
    ]

    def back(m: float, dv: float, isp: float, g: float = G0) -> float:
        return -m * math.expm1(-dv / (isp * g))

    known: list[slips.Slip] = [
        (lambda m, dv, i: m * dv / (i * G0),
         "That is m dv / c with the mass before the burn. It takes too much: the lander gets lighter while it burns."),
        (lambda m, dv, i: m * math.expm1(dv / (i * G0)),
         "You took the mass given for the mass after the burn. It is the mass before."),
        (lambda m, dv, i: m * math.exp(-dv / (i * G0)),
         "That is what is left. Asked is what was burnt."),
        (lambda m, dv, i: m * math.exp(dv / (i * G0)), "That is a mass before a burn that ends with the mass given."),
        (lambda m, dv, i: back(m, dv, i, 1.0),
         "Isp in seconds is not yet a speed: the exhaust speed is Isp times g0 = 9.80665 m/s2."),
        (lambda m, dv, i: back(m, dv, i, 1.62),
         "g0 is a unit conversion, 9.80665 m/s2 wherever the engine burns, near the Moon, too."),
        (lambda m, dv, i: back(m, dv, i, 9.81),
         "That is g0 = 9.81. Take G0 = 9.80665: the difference shows in the kilograms."),
        (lambda m, dv, i: -back(m, dv, i), "The sign is turned round: propellant burnt is positive."),
        (lambda m, dv, i: m * -math.expm1(-dv / (i * G0) * math.log(10.0)),
         "10 to the power of ... Undo a natural logarithm with exp."),
        (lambda m, dv, i: -m * math.expm1(-dv / (i * G0) / math.log(10.0)),
         "Undo the natural logarithm, np.log, not log10."),
        (lambda m, dv, i: back(m, dv, i) / m, "That is a share of the mass. Kilograms, please."),
        (lambda m, dv, i: i * G0 * math.log(m / (m - dv)),
         "You put the velocity change where the propellant belongs. Solve the rocket equation for the mass."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "propellant", inputs, propellant_for, known, points=2, unit="kg", relative=1e-4,
        requirement="propellant for", shown=lambda m, dv, i: f"{dv:g} m/s with {m:g} kg at ignition, Isp {i:g} s",
        hint="dv = Isp g0 ln(m0 / m1). Solve for m1; the propellant is m0 - m1.",
    )]  # fmt: skip


def _pairs(answer: Any, name: str, inputs: Sequence[tuple[Any, ...]], what: str) -> list[Pair]:
    """What a function that returns two numbers gives for each input."""
    function = a.function(answer, name)
    found = [a.numbers(a.call(function, *x, name=name), 2, name, what) for x in inputs]
    return [(x[0], x[1]) for x in found]


def _column(
    given: Sequence[Pair], inputs: Sequence[tuple[Any, ...]], known: Sequence[PairSlip], k: int, relative: float
) -> str:
    """Hint of the first slip that explains one of the two numbers everywhere."""
    rows: list[slips.Slip] = [(lambda *x, wrong=wrong: wrong(*x)[k], hint) for wrong, hint in known]
    return slips.slip_hint([x[k] for x in given], inputs, rows, relative)


STEPS = [(30.0, 5.0), (300.0, 5.0), (500.0, 5.0), (2000.0, 5.0)]
"""Peregrine's plan as modelled: m/s, reserve in per cent."""


def ledger(dry: float, fuel: float, oxidiser: float, ratio: float, isp: float, steps: list[Pair]) -> Pair:
    """Usable velocity change, and what of it is left after the plan with its reserves."""
    craft = Craft(dry + fuel + oxidiser, fuel, oxidiser, ratio, isp, 0.0)
    buys = craft.dv_mps(fuel, oxidiser)
    return buys, buys - sum(dv * (1.0 + percent / 100.0) for dv, percent in steps)


def _landers() -> list[tuple[Any, ...]]:
    """Drawn: one lander short of fuel and one of oxidiser, by 10 to 40 %, with plans of three steps and 2 to 12 % each."""
    rng, rows = exam().rng("06.ledger"), []
    for has in (rng.uniform(1.1, 1.4), rng.uniform(0.6, 0.9)):
        dry, fuel, isp = (float(round(rng.uniform(*span))) for span in ((300, 600), (200, 400), (295, 325)))
        ratio = round(float(rng.uniform(1.2, 1.9)), 2)
        steps = [(float(round(rng.uniform(50, 900))), float(percent)) for percent in rng.permutation(range(2, 13))[:3]]
        rows.append((dry, fuel, float(round(has * ratio * fuel)), ratio, isp, steps))
    return rows


def judge_ledger(answer: Any) -> list[Finding]:
    """The tank that runs short decides, the rest rides along; every step has a reserve of its own."""
    inputs: list[tuple[Any, ...]] = [
        (456.0, 311.0, 516.0, 1.65, 310.0, STEPS),  # fuel is short, by a little
        (456.0, 311.0, 256.0, 1.65, 310.0, STEPS),  # oxidiser is short
        (340.0, 200.0, 460.0, 1.65, 318.0, [(30.0, 10.0), (260.0, 10.0), (441.0, 3.0), (1900.0, 8.0)]),  # fuel is short
        (600.0, 500.0, 500.0, 0.9, 300.0, [(800.0, 0.0), (100.0, 50.0)]),
        *_landers(),
    ]
    given = _pairs(answer, "ledger", inputs, "(usable, margin) in m/s")
    right = [ledger(*x) for x in inputs]

    def dv(burnt: float, mass: float, isp: float, g: float = G0) -> float:
        return isp * g * math.log(mass / (mass - burnt))

    def short(f: float, o: float, r: float) -> float:
        return min(f * (1.0 + r), o * (1.0 + 1.0 / r))

    buys: list[tuple[Callable[..., float], str]] = [
        (lambda d, f, o, r, i, s: dv(f + o, d + f + o, i),
         "You burn both tanks dry. One runs short first, and an engine can't burn the rest of the other alone."),
        (lambda d, f, o, r, i, s: dv(short(f, o, r), d + short(f, o, r), i),
         "You left the surplus at home. It can't be burnt, but it is aboard: it counts in the mass before and after."),
        (lambda d, f, o, r, i, s: dv(2.0 * min(f, o), d + f + o, i),
         "Not kilogram by kilogram: for each kg of fuel the engine takes `ratio` kg of oxidiser."),
        (lambda d, f, o, r, i, s: dv(min(f * (1.0 + 1.0 / r), o * (1.0 + r)), d + f + o, i),
         "The ratio is upside down. It is oxidiser over fuel: a kg of fuel takes `ratio` kg of oxidiser with it."),
        (lambda d, f, o, r, i, s: dv(f * (1.0 + r), d + f + o, i),
         "You let the fuel decide. When the oxidiser is short, it decides."),
        (lambda d, f, o, r, i, s: dv(o * (1.0 + 1.0 / r), d + f + o, i),
         "You let the oxidiser decide. When the fuel is short, it decides."),
        (lambda d, f, o, r, i, s: dv(max(f * (1.0 + r), o * (1.0 + 1.0 / r)), d + f + o, i),
         "That is the tank that lasts longer. The one that runs short decides: min, not max."),
        (lambda d, f, o, r, i, s: dv(min(o, f * r), d + f + o, i),
         "That is only the oxidiser that is burnt. The fuel that burns with it leaves the engine, too."),
        (lambda d, f, o, r, i, s: i * G0 * short(f, o, r) / (d + f + o),
         "That is c m_p / m0. The lander gets lighter while it burns: logarithm."),
        (lambda d, f, o, r, i, s: dv(short(f, o, r), d + f + o, i, 1.0),
         "Isp in seconds is not yet a speed: multiply it by g0 = 9.80665 m/s2."),
        (lambda d, f, o, r, i, s: dv(short(f, o, r), d + f + o, i, 9.81), "That is g0 = 9.81. Take G0 = 9.80665."),
        (lambda d, f, o, r, i, s: dv(short(f, o, r), d + f + o, i) / 1000.0, "That is km/s. Metres per second, please."),
        (lambda d, f, o, r, i, s: -dv(short(f, o, r), d + f + o, i), "The sign is turned round: ln(before / after)."),
    ]  # fmt: skip
    usable: list[PairSlip] = [(lambda *x, wrong=wrong: (wrong(*x), 0.0), hint) for wrong, hint in buys]

    def of_plan(cost: Callable[[list[Pair]], float]) -> Callable[..., Pair]:
        """A margin that is wrong only in what the plan costs; measured from the student's own usable velocity change."""
        return lambda u, s: (u, u - cost(s))

    total = sum
    margins: list[PairSlip] = [
        (of_plan(lambda s: total(dv for dv, _ in s)),
         "The reserves are missing: a step of 500 m/s with 5 % has to be covered by 525."),
        (of_plan(lambda s: total(dv * (1.0 + p) for dv, p in s)), "The reserve is in per cent: 5 means 0.05 of the step."),
        (of_plan(lambda s: total(dv * (1.0 - p / 100.0) for dv, p in s)),
         "You made the plan cheaper by its reserve. A reserve is on top."),
        (of_plan(lambda s: 1.05 * total(dv for dv, _ in s)),
         "You built in 5 %. Each step brings its own reserve, the second number of its row."),
        (of_plan(lambda s: total(dv / (1.0 - p / 100.0) for dv, p in s)),
         "You divided by 1 - p / 100. A reserve of 5 % on 500 m/s makes 525 m/s: times 1 + p / 100."),
        (lambda u, s: (u, max(0.0, u - total(dv * (1.0 + p / 100.0) for dv, p in s))),
         "You cut the margin off at zero. Negative says how much is missing."),
        (lambda u, s: (u, abs(u - total(dv * (1.0 + p / 100.0) for dv, p in s))),
         "The sign of the margin got lost: negative if it is not enough."),
        (of_plan(lambda s: total(dv + p for dv, p in s)), "The reserve is in per cent of its step, not in m/s."),
        (of_plan(lambda s: total(dv for dv, _ in s) * (1.0 + max(p for _, p in s) / 100.0)),
         "Each step has its own reserve; you put one reserve on all of them."),
        (of_plan(lambda s: total(dv for dv, _ in s) * (1.0 + total(p for _, p in s) / 100.0)),
         "You added the per cents and put them on the whole plan. Each belongs to its own step."),
        (of_plan(lambda s: total(dv for dv, _ in s) * (1.0 + total(p for _, p in s) / len(s) / 100.0)),
         "You put the mean reserve on all steps. Each step has its own: a large step with a small reserve counts as such."),
        (of_plan(lambda s: max(dv * (1.0 + p / 100.0) for dv, p in s)),
         "That is what the dearest step leaves. All of them have to be paid."),
        (of_plan(lambda s: s[-1][0] * (1.0 + s[-1][1] / 100.0)),
         "That pays the last step only. All of them have to be paid."),
        (lambda u, s: (u, total(dv * (1.0 + p / 100.0) for dv, p in s) - u), "The sign is turned round: usable minus plan."),
        (lambda u, s: (u, total(dv * (1.0 + p / 100.0) for dv, p in s)),
         "That is what the plan costs. Take it from what is usable."),
    ]  # fmt: skip
    off = [i for i, (g, w) in enumerate(zip(given, right, strict=True)) if not slips.same(g[0], w[0], 1e-4)]
    plan = [(g[0], x[-1]) for g, x in zip(given, inputs, strict=True)]
    cost = [u - m for (u, _), (_, m) in zip(right, right, strict=True)]
    # Judged against the student's own usable velocity change: a wrong first number is told once, not twice.
    wrong = [
        i for i, (g, c) in enumerate(zip(given, cost, strict=True)) if abs(g[0] - c - g[1]) > 1e-3 * max(1.0, abs(c))
    ]
    i, j = (off or [0])[0], (wrong or [0])[0]
    x, y = inputs[i], inputs[j]
    first = _column(given, inputs, usable, 0, 1e-4) if off else ""
    second = _column(given, plan, margins, 1, 1e-4) if wrong else ""
    return [
        Finding(f"what {x[1]:g} kg of fuel and {x[2]:g} kg of oxidiser buy, {x[0]:g} kg dry, ratio {x[3]:g}", 2, not off,
                number_text(given[i][0], "m/s"), number_text(right[i][0], "m/s"),
                first or "Which tank runs short? What is burnt then, in all? And what is the mass before, and after?"),
        Finding(f"what is left of your {number_text(given[j][0], 'm/s')} after {len(y[-1])} steps with their reserves",
                1, not wrong and not off, number_text(given[j][1], "m/s"), number_text(given[j][0] - cost[j], "m/s"),
                second or ("Right as it stands; it counts when the first number is right, too." if off and not wrong else
                           "usable minus the sum of dv (1 + percent / 100).")),
    ]  # fmt: skip


def leak(oxidiser_kg: float, pressure_pa: float, volume_m3: float, hole_m2: float) -> float:
    """Loss of a liquid that floats mixed with a light gas."""
    return DISCHARGE * hole_m2 * math.sqrt(2.0 * pressure_pa * oxidiser_kg / volume_m3)


def judge_leak(answer: Any) -> list[Finding]:
    """0.6 A sqrt(2 p m / V). Drawn: 50 to 800 kg, 0.2 to 2 MPa, 0.1 to 1.8 m3, 0.1 to 10 mm2."""
    inputs = [
        (520.0, 2.0e6, 0.42, 1e-7),
        (100.0, 1.4e5, 0.42, 1e-7),
        (40.0, 9.0e5, 0.11, 4e-6),
        (800.0, 1.8e6, 1.7, 3e-5),
        *slips.drawn("06.leak", 2, (50.0, 800.0), (2e5, 2e6), (0.1, 1.8), (1e-7, 1e-5)),
    ]
    rho = 1370.0

    known: list[slips.Slip] = [
        (lambda m, p, v, h: leak(m, p, v, h) / DISCHARGE, "A sharp hole passes 0.6 of the ideal stream."),
        (lambda m, p, v, h: DISCHARGE * h * math.sqrt(2.0 * p * rho),
         "That is the density of pure liquid. Liquid and helium leave together: density m / V."),
        (lambda m, p, v, h: DISCHARGE * h * math.sqrt(2.0 * p * v / m),
         "That is the volume that leaves each second, Q. Times the density m / V it is the mass."),
        (lambda m, p, v, h: leak(m, p, v, h) / math.sqrt(2.0), "The 2 is missing: p = density u^2 / 2."),
        (lambda m, p, v, h: DISCHARGE * h * 2.0 * p * m / v, "The root is missing: u = sqrt(2 p / density)."),
        (lambda m, p, v, h: DISCHARGE * h * math.sqrt(2.0 * p) * m / v, "The density belongs under the root, too, in u."),
        (lambda m, p, v, h: leak(m, p, v, h) * 1e-6,
         "The hole comes in square metres already; there is nothing to convert."),
        (lambda m, p, v, h: leak(m, p, v, h) * 1e6, "The hole comes in square metres; you treat it as mm2."),
        (lambda m, p, v, h: leak(m, p, v, math.pi * h * h), "`hole_m2` is the area, not a radius."),
        (lambda m, p, v, h: leak(m, p, v, math.pi / 4.0 * h * h), "`hole_m2` is the area, not a diameter."),
        (lambda m, p, v, h: leak(m, p, v, h) / math.sqrt(1e3), "Pressure comes in pascal, and stays."),
        (lambda m, p, v, h: leak(m, p, v, h) / math.sqrt(1e6), "Pressure comes in pascal, and stays."),
        (lambda m, p, v, h: DISCHARGE * h * math.sqrt(2.0 * p), "The density is missing: m / V."),
        (lambda m, p, v, h: DISCHARGE * h * math.sqrt(2.0 * p * m), "The density is m / V; you took m."),
        (lambda m, p, v, h: -leak(m, p, v, h), "Asked is how much leaves, a positive number."),
        (lambda m, p, v, h: m / leak(m, p, v, h), "That is how long it seems to last. Asked is what leaves each second."),
        (lambda m, p, v, h: leak(m, p, v, h) * 3600.0, "That is kg per hour. Per second, please."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "leak_rate", inputs, leak, known, points=3, unit="kg/s", relative=1e-3,
        requirement="what leaves each second,",
        shown=lambda m, p, v, h: f"{m:g} kg in {v:g} m3 at {p / 1e6:g} MPa, a hole of {1e6 * h:g} mm2",
        hint="The mixture has density m / V. Volume that leaves: 0.6 A sqrt(2 p / density). Mass that leaves: that times the "
        "density.",
    )]  # fmt: skip


def series(p_leaks: float, p_sticks: float, common: float) -> Pair:
    """Two valves in series with a share of common cause: (helium runs on, helium is blocked)."""
    own_leak, own_stick = (1.0 - common) * p_leaks, (1.0 - common) * p_sticks
    runs_on = 1.0 - (1.0 - common * p_leaks) * (1.0 - own_leak * own_leak)
    return runs_on, 1.0 - (1.0 - common * p_sticks) * (1.0 - own_stick) ** 2


def judge_valves(answer: Any) -> list[Finding]:
    """Both must leak, one is enough to block, and a common cause hits both.

    Drawn: leaks 6 to 12 %, sticks 4 to 12 %, 40 to 70 % in common. The rarest event of all rows has 2 %: two million throws
    know it to half a per cent.
    """
    inputs = [
        (0.15, 0.05, 0.0),
        (0.10, 0.06, 0.2),
        (0.08, 0.10, 0.5),
        (0.05, 0.02, 1.0),
        *slips.drawn("06.valves", 2, (0.06, 0.12), (0.04, 0.12), (0.4, 0.7)),
    ]
    what = "(helium runs on, helium is blocked)"
    given = _pairs(answer, "two_in_series", inputs, what)
    right = [series(*x) for x in inputs]
    turned = (
        "In series both valves must leak before helium runs on, and one that sticks blocks the way. You have it the other "
        "way round."
    )
    known: list[PairSlip] = [
        (lambda o, s, c: (o * o, 1.0 - (1.0 - s) ** 2),
         "The common cause is missing: one event that hits both valves at once."),
        (lambda o, s, c: series(o, s, c)[::-1], "The two numbers are in the wrong order."),
        (lambda o, s, c: (2.0 * o, 2.0 * s), "Probabilities of independent events multiply if both must happen."),
        (lambda o, s, c: (o * o, s * s),
         "One valve that sticks is enough to block the way. And the common cause is missing."),
        (lambda o, s, c: (series(o, s, c)[0], series(s, o, c)[0]),
         "One valve that sticks is enough to block the way: 1 - (1 - p)^2, not p^2."),
        (lambda o, s, c: (series(s, o, c)[1], series(s, o, c)[0]), turned),
        (lambda o, s, c: (1.0 - (1.0 - o) ** 2, s * s), turned + " And the common cause is missing."),
        (lambda o, s, c: (c * o + o * o, c * s + 1.0 - (1.0 - s) ** 2),
         "What is common cause is not each valve's own any more: (1 - common) times the probability is left for that."),
        (lambda o, s, c: (1.0 - (1.0 - c * o) * (1.0 - o * o), 1.0 - (1.0 - c * s) * (1.0 - s) ** 2),
         "What is common cause is not each valve's own any more: (1 - common) times the probability is left for that."),
        (lambda o, s, c: (((1.0 - c) * o) ** 2, 1.0 - (1.0 - (1.0 - c) * s) ** 2),
         "You left the common cause out and kept only what is each valve's own. It adds a way to fail."),
        (lambda o, s, c: (c * o, c * s), "That is the common cause alone. Each valve can still fail by itself."),
        (lambda o, s, c: (o, s), "Those are the numbers of one valve."),
        (lambda o, s, c: (100.0 * series(o, s, c)[0], 100.0 * series(o, s, c)[1]),
         "That is per cent. A probability lies between 0 and 1."),
        (lambda o, s, c: (c + (1.0 - c) * o * o, c + (1.0 - c) * (1.0 - (1.0 - s) ** 2)),
         "`common` is a share of each probability: the common cause happens with common x p, not with common."),
        (lambda o, s, c: ((1.0 - c) * o * o + c * o, (1.0 - c) * (1.0 - (1.0 - s) ** 2) + c * s),
         "You mixed two pairs of valves, one independent, one welded together. Here each valve has (1 - common) p of its own, "
         "and there is one event of common x p."),
    ]  # fmt: skip

    def far(k: int, within: float) -> list[int]:
        return [i for i in range(len(given)) if not slips.same(given[i][k], right[i][k], within, 1e-9)]

    # An honest simulation is recognised by its noise: called again, it says something else.
    again = _pairs(answer, "two_in_series", inputs, what) if far(0, 0.02) or far(1, 0.02) else given
    noisy = again != given
    # How far two calls lie apart says how large the noise is, and so how far off a right one may be.
    apart = [max(abs(b[k] - g[k]) / r[k] for b, g, r in zip(again, given, right, strict=True)) for k in range(2)]
    within = [min(0.10, max(0.02, 5.0 * spread)) if math.isfinite(spread) else 0.02 for spread in apart]
    noise = "Two calls give different numbers: that is noise. Throw two million times, or find the formula. "
    titles = ("helium can't be shut off", "helium can't get through")
    ways = (
        "Two ways: the common cause, or both valves by themselves.",
        "Three ways: the common cause, or either valve by itself.",
    )
    rows = []
    for k, title in enumerate(titles):
        bad = far(k, within[k])
        i = bad[0] if bad else 1
        told = _column(given, inputs, known, k, max(2e-3, 0.5 * within[k]) if within[k] > 0.02 else 2e-3) if bad else ""
        if bad and not told and (noisy or not far(k, 0.3)):
            told = (noise if noisy else "It is near. Random numbers? Then throw two million times. ") + ways[k]
        o, s, c = inputs[i]
        rows.append(Finding(
            f"{title}: one valve leaks with {o:g}, sticks with {s:g}, {c:.0%} of it common cause", 1, not bad,
            number_text(given[i][k]), f"{number_text(right[i][k])} to {within[k]:.0%}", told or ways[k],
        ))  # fmt: skip
    return rows


EXERCISES = (
    Exercise("06.rocket", "what a velocity change costs in kilograms", 2, ("propellant",), judge_rocket),
    Exercise("06.ledger", "what two tanks buy, and what the plan leaves", 3, ("ledger",), judge_ledger),
    Exercise("06.leak", "how fast a torn tank empties", 3, ("leak_rate",), judge_leak),
    Exercise("06.deadline", "which mission can still be flown", 3, ("best_mission",), judge_deadline),
    Exercise("06.valves", "what a second valve is worth", 2, ("two_in_series",), judge_valves),
)
