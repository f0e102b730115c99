"""Checks of lesson 01, the scoreboard."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab.descent.statistics import clopper_pearson
from lunarlab.grading import answers as a
from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text

STAGES = [(4, 2, 2, 4, 0, 2, 1, 4, 0, 3, 3, 4, 4, 3, 2), (0, 0, 1, 2, 3, 4), (4, 4, 3, 0, 2), (1, 0, 0, 2, 2, 1, 3)]
RATES = [(STAGES[0], 3, 0), (STAGES[0], 4, 2), (STAGES[1], 3, 2), (STAGES[2], 4, 3), (STAGES[3], 2, 1), (STAGES[3], 4, 0)]
"""(stages, success, among): real and made-up boards, on which slips differ."""


def rate(stages: tuple[int, ...], success: int, among: int) -> tuple[int, int]:
    """Successes, and attempts that count."""
    return sum(s >= success for s in stages), sum(s >= among for s in stages)


def _board(draw: np.random.Generator) -> tuple[tuple[int, ...], int, int]:
    """A board with every stage on it, a stage that is a success, and a lower one among which to count."""
    stages = draw.permutation([*range(5), *draw.integers(0, 5, int(draw.integers(3, 10)))])
    success = int(draw.integers(2, 5))
    return tuple(stages.tolist()), success, int(draw.integers(1, success))


def judge_rate(answer: Any) -> list[Finding]:
    """Count twice: who succeeded, and among whom; drawn are two boards of 8 to 14, all stages on each."""
    draw = exam().rng("01.rate")
    asked = [*RATES, _board(draw), _board(draw)]
    function = a.function(answer, "rate")
    given = [
        a.numbers(a.call(function, list(s), x, y, name="rate"), 2, "rate", "(successes, attempts)") for s, x, y in asked
    ]
    right = [rate(*x) for x in asked]
    first: list[slips.Slip] = [
        (lambda s, x, y: sum(v == x for v in s),
         "Each stage contains those before it: who stands upright is at rest and alive, too (>=)."),
        (lambda s, x, y: sum(v > x for v in s), "Reaching the stage itself counts: >=, not >."),
        (lambda s, x, y: sum(v >= x for v in s) / len(s),
         "That is a rate. Return the two counts, so that a reader sees of how many."),
        (lambda s, x, y: sum(v >= x for v in s) / sum(v >= y for v in s),
         "That is a rate. Return the two counts, so that a reader sees of how many."),
        (lambda s, x, y: sum(v < x for v in s), "Those are the failures."),
        (lambda s, x, y: sum(v >= y for v in s), "The two counts are exchanged: successes first."),
        (lambda s, x, y: sum(s), "Stages are places on a ladder, not points to add."),
    ]  # fmt: skip
    second: list[slips.Slip] = [
        (lambda s, x, y: len(s), "That is everybody. Count only those that came to stage `among`."),
        (lambda s, x, y: sum(v > y for v in s), "Who came just to stage `among` counts: >=, not >."),
        (lambda s, x, y: sum(y <= v < x for v in s),
         "Those are the failures among them. Attempts are successes and failures."),
        (lambda s, x, y: sum(v == y for v in s), "Those that came further count among the attempts, too: >=."),
        (lambda s, x, y: sum(v >= x for v in s), "The two counts are exchanged: successes first."),
        (lambda s, x, y: sum(v < x for v in s), "Those are all failures. Attempts are successes and failures."),
    ]  # fmt: skip
    names = ("successes", "attempts that count")
    findings = []
    for k, known in enumerate((first, second)):
        bad = [i for i in range(len(asked)) if given[i][k] != right[i][k]]
        i = bad[0] if bad else 0
        stages, success, among = asked[i]
        told = slips.slip_hint([g[k] for g in given], asked, known, 1e-9) if bad else ""
        findings.append(Finding(
            f"{names[k]} with success {success} among {among}, stages {' '.join(map(str, stages))}", 1, not bad,
            number_text(given[i][k]), number_text(right[i][k]),
            told or "Go through the stages and count those that are >= the limit.",
        ))  # fmt: skip
    return findings


COUNTS = [(8, 15, 0.95), (1, 7, 0.95), (5, 12, 0.9), (0, 6, 0.95), (7, 7, 0.8), (40, 100, 0.99)]


def _wald(k: int, n: int, z: float) -> tuple[float, float]:
    p = k / n
    half = z * math.sqrt(p * (1.0 - p) / n)
    return p - half, p + half


def _wilson(k: int, n: int, z: float) -> tuple[float, float]:
    p, w = k / n, z * z / n
    half = math.sqrt(w * (p * (1.0 - p) + w / 4.0))
    return (p + w / 2.0 - half) / (1.0 + w), (p + w / 2.0 + half) / (1.0 + w)


def _beta(k: float, n: float, tail: float, add: tuple[float, float]) -> tuple[float, float]:
    from scipy.special import betaincinv

    x, y = add
    return float(betaincinv(k + x, n - k + y, tail)), float(betaincinv(k + x, n - k + y, 1.0 - tail))


def judge_interval(answer: Any) -> list[Finding]:
    """Clopper-Pearson: each tail has (1 - confidence) / 2.

    Drawn are two rows with successes and failures, of 9 to 60, and one each with none of a kind, of 5 to 12, at 81 to 98 %.
    """
    from scipy.special import ndtri

    draw = exam().rng("01.interval")
    of = [int(n) for n in (*draw.integers(9, 61, 2), *draw.integers(5, 13, 2))]
    tries = [int(draw.integers(2, of[0] - 1)), int(draw.integers(2, of[1] - 1)), 0, of[3]]
    counts = [*COUNTS, *((k, n, 0.01 * int(draw.integers(81, 99))) for k, n in zip(tries, of, strict=True))]
    both = [i for i, (k, n, _) in enumerate(counts) if 0 < k < n]
    one = [i for i in range(len(counts)) if i not in both]
    function = a.function(answer, "interval")
    given, right = [], []
    for k, n, confidence in counts:
        got = a.call(function, k, n, confidence, name="interval")
        try:
            given.append(a.numbers(got, 2, "interval", "(low, high)"))
        except a.BadAnswer as refused:
            if k in (0, n) and "nan" in str(refused):
                text = "no success" if k == 0 else "no failure"
                which = "lower end is 0" if k == 0 else "upper end is 1"
                raise a.BadAnswer(f"{refused} With {text} in {n} the {which} by itself.") from None
            raise
        right.append(clopper_pearson(k, n, confidence))

    def z(c: float) -> float:
        return float(ndtri(0.5 + 0.5 * c))

    known: list[tuple[Any, str]] = [
        (lambda k, n, c: _wald(k, n, z(c)),
         "That is the rule p +- z sqrt(p (1 - p) / n), for large counts only: with 0 of 6 it claims to know everything."),
        (lambda k, n, c: tuple(min(max(x, 0.0), 1.0) for x in _wald(k, n, z(c))),
         "That is the rule p +- z sqrt(p (1 - p) / n), cut off at 0 and 1. It is for large counts: with 0 of 6 it knows all."),
        (lambda k, n, c: _wald(k, n, 1.96), "The factor 1.96 is for 95 % only, and the normal rule is for large counts."),
        (lambda k, n, c: _wilson(k, n, z(c)),
         "That is Wilson's interval. It is good on average; asked is the one that never covers too little."),
        (lambda k, n, c: _beta(k, n, 0.5 * (1 - c), (0.5, 0.5)),
         "That is Jeffreys' interval, from a prior. Asked is Clopper and Pearson's."),
        (lambda k, n, c: _beta(k, n, 0.5 * (1 - c), (1.0, 1.0)),
         "That is the Beta interval of a flat prior: a good answer to another question."),
        (lambda k, n, c: clopper_pearson(k, n, 1.0 - 2.0 * (1.0 - c)) if c > 0.5 else (0.0, 1.0),
         "You gave each tail the whole of 1 - confidence. The two tails share it: half each."),
        (lambda k, n, c: clopper_pearson(k, n, 1.0 - c),
         "You swapped confidence and its complement: each tail has (1 - confidence) / 2."),
        (lambda k, n, c: clopper_pearson(k, n, 0.95), "95 % is built in. Use the confidence that is given."),
        (lambda k, n, c: tuple(reversed(clopper_pearson(k, n, c))), "The two ends are exchanged: low first."),
        (lambda k, n, c: tuple(100.0 * x for x in clopper_pearson(k, n, c)),
         "Those are per cent. A probability lies between 0 and 1."),
        (lambda k, n, c: clopper_pearson(n - k, n, c), "That is the interval of the failures."),
        (lambda k, n, c: (k / n, k / n), "That is the rate twice. How far may the truth be from it?"),
    ]  # fmt: skip
    hint = "Low: the p at which k or more have the probability (1 - confidence) / 2. High: the p at which k or fewer have it."
    for wrong, told in known:
        if all(slips.same(g[i], wrong(*x)[i], 1e-3, 2e-4) for g, x in zip(given, counts, strict=True) for i in (0, 1)):
            hint = told
            break
    findings = []
    for what, rows, points in (("with successes and failures", both, 2), ("with none of one kind", one, 1)):
        bad = [i for i in rows if any(not slips.same(given[i][j], right[i][j], 0.0, 2e-3) for j in (0, 1))]
        i = bad[0] if bad else rows[0]
        k, n, confidence = counts[i]
        findings.append(Finding(
            f"{what}: {k} of {n} at {100 * confidence:g} %", points, not bad,
            f"{given[i][0]:.3f} to {given[i][1]:.3f}", f"{right[i][0]:.3f} to {right[i][1]:.3f}", hint,
        ))  # fmt: skip
    return findings


def judge_once(answer: Any) -> list[Finding]:
    """1 - (1 - p)^n; drawn are two chances from 0.1 to 0.4 and 2 to 6 tries."""
    draw = exam().rng("01.once")
    drawn = [(0.01 * int(draw.integers(10, 41)), int(draw.integers(2, 7))) for _ in range(2)]
    inputs = [(0.2, 5), (0.5, 2), (0.05, 20), (0.9, 3), (0.3, 1), *drawn]
    known: list[slips.Slip] = [
        (lambda p, n: n * p, "Probabilities of tries do not add: with p = 0.5 two of them would make it certain."),
        (lambda p, n: min(1.0, n * p), "Probabilities of tries do not add, and cutting the sum off at 1 does not mend it."),
        (lambda p, n: p**n, "That is the chance that all of them succeed."),
        (lambda p, n: (1 - p) ** n, "That is the chance that none succeeds. Take its complement."),
        (lambda p, n: 1 - p**n, "That is the chance that not all succeed: at least one failure."),
        (lambda p, n: n * p * (1 - p) ** (n - 1),
         "That is the chance of exactly one success. At least one: also two, three, ..."),
        (lambda p, n: 1 - (1 - p) ** (n - 1), "One try too few."),
        (lambda p, n: 1 - (1 - p) ** (n + 1), "One try too many."),
        (lambda p, n: p * (1 - p) ** (n - 1), "That is the chance that the first success comes with the last try."),
        (lambda p, n: p, "The number of tries is not used."),
        (lambda p, n: 1 - (1 - p) * n, "Chances of failures multiply: (1 - p) to the power n."),
        (lambda p, n: 100 * (1 - (1 - p) ** n), "Those are per cent. A probability lies between 0 and 1."),
        (lambda p, n: 1 - math.exp(-n * p),
         "Close for a small p, but a landing is not rare enough: (1 - p)^n is not exp(-n p)."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "at_least_one", inputs, lambda p, n: 1.0 - (1.0 - p) ** n, known, points=2, unit="", relative=0.0,
        absolute=5e-3, requirement="chance of at least one success with", shown=lambda p, n: f"p = {p:g} in {n} tries",
        hint="The complement is easier: all fail.",
    )]  # fmt: skip


FATES = ("rejected", "late", "absent", "noisy", "lost", "other")
THREADS = {
    "hakuto-r-m1": ("rejected", "Its range finder was right; the software shut it out (I1)."),
    "resilience-m2": ("late", "Its first valid range came at 893 m (J6)."),
    "odysseus-im-1": ("absent", "Its range finders could not fire: a safety switch (O2)."),
    "athena-im-2": ("noisy", "Its ranges were noisy and distorted (A5)."),
    "surveyor-3": ("lost", "Its radar lost lock near the ground, and the engines did not stop (Y5)."),
    "luna-25": ("other", "It never began to land: a burn ran too long, for want of an accelerometer (L1)."),
    "peregrine": ("other", "It lost its propellant by a valve and a tank (P1)."),
    "slim": ("other", "It lost the nozzle of an engine; its sensors worked (SL7)."),
}


def judge_threads(answer: Any) -> list[Finding]:
    """What became of the measurement of height, a word for each mission."""
    labels = a.mapping(answer, tuple(THREADS), "fate")
    given = {}
    for key in THREADS:
        text = labels[key]
        if not isinstance(text, str) or text.strip().lower() not in FATES:
            if a.is_blank(text):
                raise a.BadAnswer(f"fate[{key!r}] is not filled in yet; it must be one of {', '.join(FATES)}.")
            raise a.BadAnswer(f"fate[{key!r}] is {a.shown(text)}; it must be one of {', '.join(FATES)}.")
        given[key] = text.strip().lower()
    wrong = [key for key in THREADS if given[key] != THREADS[key][0]]
    hint = " ".join(f"{key}: {THREADS[key][1]}" for key in wrong[:2])
    right = len(THREADS) - len(wrong)
    return [
        Finding("at least 6 of 8 missions have the right word", 1, right >= 6, f"{right} right", "6 to 8", hint),
        Finding("all of them have", 1, right == 8, f"{right} right", "8", hint if right >= 6 else ""),
    ]


Steps = list[tuple[float, float]]
BUDGETS: list[tuple[float, Steps]] = [
    (3000.0, [(30.0, 10.0), (254.0, 20.0), (441.0, 10.0), (1900.0, 60.0)]),
    (2850.0, [(820.0, 15.0), (20.0, 1.0), (1980.0, 80.0)]),
    (2600.0, [(700.0, 30.0), (1850.0, 40.0), (150.0, 5.0)]),
    (63.0, [(1.0, 0.5), (50.0, 3.0), (11.0, 1.5)]),
]


def budget(available: float, steps: Steps) -> tuple[float, float, float]:
    """Margin, its standard deviation, and the chance that it is enough."""
    margin = available - sum(step for step, _ in steps)
    sigma = math.sqrt(sum(s * s for _, s in steps))
    return margin, sigma, 0.5 * math.erfc(-margin / (sigma * math.sqrt(2.0)))


def _drawn_budget(draw: np.random.Generator, sign: float) -> tuple[float, Steps]:
    """Three to five steps of 20 to 1,900 m/s, each known to 5 to 60 m/s, and a tank that is 0.3 to 1.5 sigma off enough."""
    steps = [(float(draw.integers(20, 1901)), float(draw.integers(5, 61))) for _ in range(int(draw.integers(3, 6)))]
    spare = sign * float(draw.uniform(0.3, 1.5)) * math.sqrt(sum(s * s for _, s in steps))
    return round(sum(v for v, _ in steps) + spare, 1), steps


def judge_budget(answer: Any) -> list[Finding]:
    """Values add, variances add, and the normal distribution says how often it is enough; two drawn budgets."""
    draw = exam().rng("01.budget")
    asked = [*BUDGETS, _drawn_budget(draw, 1.0), _drawn_budget(draw, -1.0)]
    function = a.function(answer, "budget")
    given = [
        a.numbers(a.call(function, x, list(steps), name="budget"), 3, "budget", "(margin, sigma, chance)")
        for x, steps in asked
    ]
    right = [budget(*x) for x in asked]
    known: tuple[list[slips.Slip], ...] = (
        [
            (lambda x, s: sum(v for v, _ in s) - x, "The sign is turned round: what is available minus what is needed."),
            (lambda x, s: sum(v for v, _ in s), "That is what the steps need. Take it from what is available."),
            (lambda x, s: x - sum(v + d for v, d in s),
             "The margin is of the expected values. Uncertainty comes in the second number."),
            (lambda x, s: x - max(v for v, _ in s), "All steps have to be paid, not only the dearest."),
            (lambda x, s: x - math.sqrt(sum(v * v for v, _ in s)),
             "Values add plainly. It is the uncertainties that add as squares."),
            (lambda x, s: abs(x - sum(v for v, _ in s)), "The sign got lost: negative if it is not enough."),
            (lambda x, s: max(0.0, x - sum(v for v, _ in s)),
             "You cut the margin off at zero. Negative says how much is missing."),
        ],
        [
            (lambda x, s: sum(d for _, d in s), "Independent errors partly cancel: their squares add, not they themselves."),
            (lambda x, s: sum(d * d for _, d in s), "That is the variance. Take its square root."),
            (lambda x, s: max(d for _, d in s), "That is the largest of them. The others add to it, as squares."),
            (lambda x, s: math.sqrt(sum(d * d for _, d in s) / len(s)),
             "That is a mean. The budget has the sum of all steps."),
            (lambda x, s: math.sqrt(sum(d * d for _, d in s)) / len(s),
             "That is a mean. The budget has the sum of all steps."),
            (lambda x, s: math.sqrt(sum(d for _, d in s)), "Square the uncertainties before you add them."),
        ],
        [],
    )
    own: list[slips.Slip] = [
        (lambda m, s: 0.5 * math.erfc(m / (s * math.sqrt(2.0))), "That is the chance that it is *not* enough."),
        (lambda m, s: math.erf(m / (s * math.sqrt(2.0))),
         "That counts a surplus as a failure: both tails. Only too little is bad."),
        (lambda m, s: 0.5 * math.erfc(-m / s), "erf has its own scale: divide by sigma and by the square root of 2."),
        (lambda m, s: float(m > 0.0), "Yes or no? With an uncertain budget it is a probability."),
        (lambda m, s: m / s, "That is the margin in sigmas. Turn it into a probability with the normal distribution."),
        (lambda m, s: 50.0 * math.erfc(-m / (s * math.sqrt(2.0))), "Those are per cent. A probability lies between 0 and 1."),
        (lambda m, s: math.exp(-0.5 * (m / s) ** 2) / (s * math.sqrt(2.0 * math.pi)),
         "That is the density. Take the distribution (cdf)."),
        (lambda m, s: math.exp(-0.5 * (m / s) ** 2) / math.sqrt(2.0 * math.pi),
         "That is the density. Take the distribution (cdf)."),
    ]  # fmt: skip
    names, units = ("margin", "its sigma", "chance that it is enough"), ("m/s", "m/s", "")
    hints = ("available minus the sum of the steps", "root of the sum of squares", "normal distribution at margin / sigma")
    findings: list[Finding] = []
    for k in range(3):
        if k == 2:  # from the student's own margin and sigma: a wrong number is told once
            pairs = [(g[0], g[1]) for g in given]
            wanted = [0.5 * math.erfc(-m / (s * math.sqrt(2.0))) if s > 0.0 else float(m > 0.0) for m, s in pairs]
            begun = any(finding.ok for finding in findings)
            if not begun:  # neither margin nor sigma is right: it is no chance of anything
                wanted = [r[2] for r in right]
            bad = [i for i in range(len(given)) if abs(given[i][2] - wanted[i]) > 3e-3]
            told = slips.slip_hint([g[2] for g in given], pairs, own, 1e-3) if bad and begun else ""
        else:
            wanted = [r[k] for r in right]
            bad = [i for i in range(len(given)) if not slips.same(given[i][k], wanted[i], 1e-3, 1e-3)]
            told = slips.slip_hint([g[k] for g in given], asked, known[k], 1e-4) if bad else ""
        i = bad[0] if bad else 0
        text = " + ".join(f"({v:g} +- {s:g})" for v, s in asked[i][1])
        findings.append(Finding(f"{names[k]} of {asked[i][0]:g} - {text}", 1, not bad, number_text(given[i][k], units[k]),
                                number_text(wanted[i], units[k]), told or hints[k] + "."))  # fmt: skip
    return findings


EXERCISES = (
    Exercise("01.rate", "two counts instead of one rate", 2, ("rate",), judge_rate),
    Exercise("01.interval", "what so few can tell", 3, ("interval",), judge_interval),
    Exercise("01.once", "at least one of n", 2, ("at_least_one",), judge_once),
    Exercise("01.threads", "what became of the height", 2, ("fate",), judge_threads),
    Exercise("01.budget", "a first budget, with what it does not know", 3, ("budget",), judge_budget),
)
