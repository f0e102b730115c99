"""Lesson 12, chances: the landing ellipse, what a count of landings proves, and the cheapest change."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import beta, norm

from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text
from lunarlab.grading.slips import same

CLOUDS = ((400.0, 120.0, 35.0, 0.9973, 11), (90.0, 60.0, -20.0, 0.5, 12), (250.0, 210.0, 80.0, 0.9, 13))
"""1-sigma of both axes [m], direction of the longer [deg], probability, seed."""


def cloud(major: float, minor: float, angle_deg: float, seed: int, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Landing places with exactly this spread, beside the target."""
    z = np.random.default_rng(seed).standard_normal((2, n))
    z -= z.mean(axis=1, keepdims=True)
    z = np.linalg.solve(np.linalg.cholesky(np.cov(z)), z)
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    along, cross = np.array([[c, -s], [s, c]]) @ (z * [[major], [minor]]) + [[35.0], [-20.0]]
    return along, cross


def drawn_clouds(rng: np.random.Generator) -> list[tuple[float, float, float, float, int]]:
    """Three clouds of 100 to 400 m, 1.4 to 4 times as long as wide, 15 to 75 deg askew; 40 to 99.7 % of each."""
    return [
        (major, major * float(rng.uniform(0.25, 0.7)), float(rng.uniform(15.0, 75.0) * rng.choice((-1.0, 1.0))),
         round(float(rng.choice((rng.uniform(0.4, 0.9), rng.uniform(0.9, 0.997)))), 3), int(rng.integers(100, 2**31)))
        for major in rng.uniform(100.0, 400.0, 3).tolist()
    ]  # fmt: skip


def k_of(probability: float) -> float:
    """Standard deviations that hold a share of a normal cloud in the plane."""
    return math.sqrt(-2.0 * math.log(1.0 - probability))


def _half_turn(degrees: float) -> float:
    """An axis has no head: angles that differ by 180 deg are one; -90 to 90."""
    return (degrees + 90.0) % 180.0 - 90.0


def judge_ellipse(answer: Any) -> list[Finding]:
    """Half-axes k sigma, k = sqrt(-2 ln(1 - p)), sigma^2 the eigenvalues of the covariance; 1 %: 1/n and 1/(n - 1) do."""
    function, rng = a.function(answer, "landing_ellipse"), exam().rng("12.ellipse")
    rows = []
    for major, minor, angle, probability, seed in (*CLOUDS, *drawn_clouds(rng)):
        given = a.call(function, *cloud(major, minor, angle, seed), probability, name="landing_ellipse")
        got = a.numbers(given, 3, "landing_ellipse", "(long half-axis m, short half-axis m, direction deg)")
        rows.append((got, (major, minor, angle, probability)))

    def all_are(wrong: Callable[[float, float, float, float], tuple[float, float]]) -> bool:
        return all(
            same(got[0], wrong(*truth)[0], 0.01) and same(got[1], wrong(*truth)[1], 0.01) for got, truth in rows
        )

    def stretched(k: Callable[[float], float]) -> Callable[[float, float, float, float], tuple[float, float]]:
        return lambda major, minor, _, p: (k(p) * major, k(p) * minor)

    def unturned(major: float, minor: float, angle: float, p: float) -> tuple[float, float]:
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        return k_of(p) * math.hypot(c * major, s * minor), k_of(p) * math.hypot(s * major, c * minor)

    known: tuple[tuple[Callable[[float, float, float, float], tuple[float, float]], str], ...] = (
        (stretched(lambda p: norm.ppf(0.5 + 0.5 * p)),
         "That k holds the share for one number. For two, k = sqrt(-2 ln(1 - p)): 3 sigma hold 98.9 %, not 99.7 %."),
        (stretched(lambda p: 3.0), "The probability is not used: k = sqrt(-2 ln(1 - p))."),
        (stretched(lambda p: 1.0), "That is the 1-sigma ellipse: stretch it by k = sqrt(-2 ln(1 - p))."),
        (stretched(lambda p: k_of(p) ** 2), "That is k squared: p = 1 - exp(-k^2 / 2), solved for k."),
        (stretched(lambda p: math.sqrt(-2.0 * math.log(p))), "Outside the ellipse lies 1 - p: k = sqrt(-2 ln(1 - p))."),
        (stretched(lambda p: 2.0 * k_of(p)), "Those are whole axes; half-axes are asked."),
        (lambda major, minor, _, p: (k_of(p) * major**2, k_of(p) * minor**2),
         "Eigenvalues of the covariance are squares: take their roots."),
        (lambda major, minor, _, p: (k_of(p) * minor, k_of(p) * major),
         "Longest first: eigh gives the smaller eigenvalue first."),
        (unturned, "That is the spread along and across the track. The ellipse lies askew: its axes are eigenvectors of the "
         "covariance."),
    )  # fmt: skip
    right = [same(got[i], k_of(t[3]) * t[i], 0.01) for got, t in rows for i in (0, 1)]
    turned = [abs(_half_turn(got[2] - t[2])) < 1.5 for got, t in rows]
    general = "Covariance, eigenvalues, roots, times k = sqrt(-2 ln(1 - p))."
    hint = next((text for wrong, text in known if all_are(wrong)), general)
    bad = next((i for i in range(len(rows)) if not (right[2 * i] and right[2 * i + 1])), 0)
    got, t = rows[bad]
    axes = Finding(f"half-axes that hold {100 * t[3]:g} % of the landings", 1, all(right),
                   f"{number_text(got[0])} and {number_text(got[1], 'm')}",
                   f"{number_text(k_of(t[3]) * t[0])} and {number_text(k_of(t[3]) * t[1], 'm')}, +- 1 %", hint)  # fmt: skip
    got, t = rows[next((i for i, ok in enumerate(turned) if not ok), 0)]
    if all(abs(_half_turn(g[2] - u[2] - 90.0)) < 1.5 for g, u in rows):
        told = "That is the short axis."
    elif all(abs(_half_turn(math.degrees(g[2]) - u[2])) < 1.5 for g, u in rows):
        told = "That is in radians."
    elif all(abs(_half_turn(g[2] + u[2])) < 1.5 for g, u in rows):
        told = "Turned the other way: from the track to the left is positive, atan2(cross part, along part)."
    else:
        told = "atan2(cross, along) of the eigenvector that belongs to the larger eigenvalue: eigh gives vectors as columns."
    return [axes, Finding("direction of the long axis, from the track to the left", 1, all(turned),
                          number_text(got[2], "deg"), f"{t[2]:g} +- 1.5 deg, or half a turn more", told)]  # fmt: skip


Count = tuple[int, int, float]
COUNTS = ((9, 10, 0.9), (187, 200, 0.95), (1, 6, 0.9), (3, 40, 0.99))
EDGES = ((20, 20, 0.9), (0, 8, 0.95))


def exact(landed: int, n: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's interval."""
    tail = 0.5 * (1.0 - confidence)
    low = float(beta.ppf(tail, landed, n - landed + 1)) if landed else 0.0
    return low, float(beta.ppf(1.0 - tail, landed + 1, n - landed)) if landed < n else 1.0


def _wald(landed: int, n: int, confidence: float) -> tuple[float, float]:
    p, z = landed / n, float(norm.ppf(0.5 + 0.5 * confidence))
    half = z * math.sqrt(p * (1.0 - p) / n)
    return p - half, p + half


def _wilson(landed: int, n: int, confidence: float) -> tuple[float, float]:
    p, z = landed / n, float(norm.ppf(0.5 + 0.5 * confidence))
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1.0 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1.0 + z * z / n), (middle + half) / (1.0 + z * z / n)


def _bayes(landed: int, n: int, confidence: float) -> tuple[float, float]:
    tail = 0.5 * (1.0 - confidence)
    return tuple(float(beta.ppf(q, landed + 1, n - landed + 1)) for q in (tail, 1.0 - tail))  # type: ignore[return-value]


INTERVAL_SLIPS: tuple[tuple[Callable[[int, int, float], tuple[float, float]], str], ...] = (
    (_wald, "That is p +- z sqrt(p (1 - p) / n). It leaves the range of 0 to 1, and after 20 of 20 it claims to be certain."),
    (lambda k, n, c: (max(_wald(k, n, c)[0], 0.0), min(_wald(k, n, c)[1], 1.0)),
     "That is p +- z sqrt(p (1 - p) / n), cut off. After 20 of 20 it claims to be certain."),
    (_wilson, "That is Wilson's interval, a good approximation. The exact one is asked: it never covers less than it says."),
    (_bayes, "That is a Bayesian interval with a flat prior. The exact one: beta(landed, n - landed + 1) below, "
     "beta(landed + 1, n - landed) above."),
    (lambda k, n, c: exact(k, n, 2.0 * c - 1.0), "Each tail holds (1 - confidence) / 2: you gave each of them the whole."),
    (lambda k, n, c: exact(k, n, 1.0 - c), "The tails hold what is *not* confidence: (1 - confidence) / 2 each."),
    (lambda k, n, c: exact(n - k, n, c), "That is the chance to fail: it is `landed` that is counted."),
    (lambda k, n, c: (k / n, k / n), "That is the share, without an interval."),
    (lambda k, n, c: (100.0 * exact(k, n, c)[0], 100.0 * exact(k, n, c)[1]), "That is in percent; 0 to 1 is asked."),
)  # fmt: skip

GOALS = ((0.99, 0.9), (0.9, 0.9), (0.95, 0.99), (0.999, 0.95))
GOAL_SLIPS: tuple[tuple[Callable[[float, float], float], str], ...] = (
    (lambda p, c: math.floor(math.log(1.0 - c) / math.log(p)),
     "One flight too few: round up, or the chance to be lucky is still above 1 - confidence."),
    (lambda p, c: math.ceil(1.0 / (1.0 - p)),
     "After 1/(1 - p) flights without a failure, a lander that is worse still had a chance of 37 % to get so far."),
    (lambda p, c: math.ceil(3.0 / (1.0 - p)), "That is the rule of three: good, but made for 95 % only."),
    (lambda p, c: math.ceil(math.log(c) / math.log(p)),
     "A worse lander must get through with a chance below 1 - confidence, not below confidence."),
    (lambda p, c: math.ceil(math.log(1.0 - p) / math.log(c)), "p and confidence are swapped."),
    (lambda p, c: math.ceil(math.log(0.5 * (1.0 - c)) / math.log(p)),
     "Nothing can be better than no failure: there is one tail only, not two."),
    (lambda p, c: math.ceil(c / (1.0 - p)), "Flights without a failure have the chance p^n, which is not 1 - n (1 - p)."),
)  # fmt: skip


def drawn_counts(rng: np.random.Generator) -> tuple[list[Count], list[Count], list[tuple[float, float]]]:
    """Counts of 6 to 300 flights, all or none of 6 to 40, and goals of 90 to 99.5 % between whole numbers of flights."""
    inner: list[Count] = [
        (int(rng.integers(1, n)), n, round(float(rng.uniform(0.8, 0.99)), 3)) for n in rng.integers(6, 300, 3).tolist()
    ]
    n, m = rng.integers(6, 40, 2).tolist()
    edges: list[Count] = [(n, n, round(float(rng.uniform(0.8, 0.99)), 3)), (0, m, round(float(rng.uniform(0.8, 0.99)), 3))]
    goals: list[tuple[float, float]] = []
    while len(goals) < 3:
        p, c = round(float(rng.uniform(0.9, 0.995)), 3), round(float(rng.uniform(0.8, 0.99)), 3)
        if 0.02 < math.log(1.0 - c) / math.log(p) % 1.0 < 0.98:
            goals.append((p, c))
    return inner, edges, goals


def judge_odds(chance: Any, flights_needed: Any) -> list[Finding]:
    """The exact interval; its edges; and n with p^n <= 1 - confidence."""
    more_inner, more_edges, more_goals = drawn_counts(exam().rng("12.odds"))
    some, ends, goals = (*COUNTS, *more_inner), (*EDGES, *more_edges), (*GOALS, *more_goals)
    function, needed = a.function(chance, "chance"), a.function(flights_needed, "flights_needed")

    def tried(rows: tuple[Count, ...]) -> list[tuple[float, ...]]:
        return [a.numbers(a.call(function, *row, name="chance"), 2, "chance", "(low, high)") for row in rows]

    inner, edges = tried(some), tried(ends)

    def fits(rows: tuple[Count, ...], got: list[tuple[float, ...]], wrong: Any) -> bool:
        return all(
            abs(g[i] - wrong(*row)[i]) < 5e-4 for row, g in zip(rows, got, strict=True) for i in (0, 1)
        )

    findings = []
    for rows, got, what, general in (
        (some, inner, "exact interval",
         "Low: the chance at which so many landings or more have a probability of only (1 - confidence) / 2."),
        (ends, edges, "exact interval where all or none landed",
         "With no failure the upper end is 1, with no landing the lower end is 0; the other end is never certain."),
    ):  # fmt: skip
        ok = fits(rows, got, exact)
        bad = next((i for i, row in enumerate(rows) if not fits((row,), [got[i]], exact)), 0)
        both = (*some, *ends), [*inner, *edges]
        hint = next((text for wrong, text in INTERVAL_SLIPS if fits(rows, got, wrong) or fits(*both, wrong)), general)
        k, n, sure = rows[bad]
        low, high = exact(k, n, sure)
        findings.append(Finding(f"{what}: {k} of {n}, confidence {100 * sure:g} %", 1, ok,
                                f"{got[bad][0]:.4f} to {got[bad][1]:.4f}", f"{low:.4f} to {high:.4f}", hint))  # fmt: skip
    counts = [a.number(a.call(needed, *goal, name="flights_needed"), "flights_needed(...)") for goal in goals]
    right = [math.ceil(math.log(1.0 - c) / math.log(p)) for p, c in goals]
    bad = next((i for i in range(len(goals)) if counts[i] != right[i]), 0)
    near = all(abs(x - math.log(1.0 - c) / math.log(p)) < 1e-6 for x, (p, c) in zip(counts, goals, strict=True))
    general = "A lander with chance p gets through n flights with p^n. How many until that is below 1 - confidence?"
    if near:
        hint = "Flights are whole: round up."
    else:
        hint = next((t for wrong, t in GOAL_SLIPS if all(x == wrong(*g) for x, g in zip(counts, goals, strict=True))), general)
    p, sure = goals[bad]
    what = f"flights without a failure that show {100 * p:g} % with confidence {100 * sure:g} %"
    findings.append(Finding(what, 1, counts == right, f"{counts[bad]:g}", f"{right[bad]}", hint))
    return findings
