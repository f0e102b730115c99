"""Answers to lesson 01 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.stats import beta, binom, binomtest, norm

FATE = {
    "hakuto-r-m1": "rejected", "resilience-m2": "late", "odysseus-im-1": "absent", "athena-im-2": "noisy", "surveyor-3": "lost",
    "luna-25": "other", "peregrine": "other", "slim": "other",
}  # fmt: skip


def by_beta(k, n, c):
    tail = (1 - c) / 2
    return (beta.ppf(tail, k, n - k + 1) if k else 0.0, beta.ppf(1 - tail, k + 1, n - k) if k < n else 1.0)


def by_scipy(k, n, c):
    found = binomtest(k, n).proportion_ci(c, method="exact")
    return [found.low, found.high]


def by_bisection(k, n, c):
    tail = (1 - c) / 2
    low = brentq(lambda p: binom.sf(k - 1, n, p) - tail, 1e-9, 1 - 1e-9) if k else 0
    high = brentq(lambda p: binom.cdf(k, n, p) - tail, 1e-9, 1 - 1e-9) if k < n else 1
    return np.array([low, high])


def simulated(available, steps):
    drawn = np.random.default_rng(3)
    margin = available - sum(v for v, _ in steps)
    spent = sum(drawn.normal(v, s, 1_000_000) for v, s in steps)
    return margin, np.sqrt(sum(s * s for _, s in steps)), (spent <= available).mean()


class Once:
    """Counts on from try to try, and begins anew for each question."""

    def __call__(self, p, n):
        self.none = 1.0
        for _ in range(n):
            self.none *= 1.0 - p
        return np.float64(1.0 - self.none)


def level(stages, least):
    return np.sum(np.asarray(stages) >= least)


def tails(low, high, k, n, c):
    return low(k, n, (1 - c) / 2), high(k, n, (1 - c) / 2)


RIGHT = {
    "01.rate": [
        lambda s, x, y: (sum(v >= x for v in s), sum(v >= y for v in s)),
        lambda s, x, y: [np.count_nonzero(np.array(s) >= x), np.count_nonzero(np.array(s) >= y)],
        lambda s, x, y: (len([v for v in s if v >= max(x, y)]), len(s) - len([v for v in s if v < y])),
        lambda s, *limits: tuple(map(partial(level, s), limits)),
    ],
    "01.interval": [
        by_beta, by_scipy, by_bisection,
        partial(tails, lambda k, n, t: beta.ppf(t, k, n - k + 1) if k else 0, lambda k, n, t: beta.isf(t, k + 1, n - k) if k < n else 1),
    ],
    "01.once": [
        lambda p, n: 1 - (1 - p) ** n,
        lambda p, n: binom.sf(0, n, p),
        lambda p, n: -np.expm1(n * np.log1p(-p)),
        lambda p, n: sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(1, n + 1)),
        Once(),
    ],
    "01.threads": [FATE, {k: v.title() for k, v in FATE.items()}, {**FATE, "beresheet": "other"}],
    "01.budget": [
        lambda a, s: (a - sum(v for v, _ in s), math.hypot(*(d for _, d in s)),
                      norm.cdf(a, sum(v for v, _ in s), math.hypot(*(d for _, d in s)))),
        lambda a, s: np.array([a - np.sum(s, axis=0)[0], np.linalg.norm(np.array(s)[:, 1]),
                               norm.sf(0, a - np.sum(s, axis=0)[0], np.linalg.norm(np.array(s)[:, 1]))]),
        simulated,
    ],
}  # fmt: skip


def count(first, second):
    return lambda s, x, y: (first(s, x, y), second(s, x, y))


def ups(s, x, y):
    return sum(v >= x for v in s)


def all_of(s, x, y):
    return sum(v >= y for v in s)


def wald(z):
    def interval(k, n, c):
        p, w = k / n, norm.ppf(0.5 + c / 2) if z is None else z
        half = w * math.sqrt(p * (1 - p) / n)
        return p - half, p + half

    return interval


def jeffreys(k, n, c):
    return beta.ppf([(1 - c) / 2, (1 + c) / 2], k + 0.5, n - k + 0.5)


def flat(k, n, c):
    return beta.ppf([(1 - c) / 2, (1 + c) / 2], k + 1, n - k + 1)


def parts(margin=None, sigma=None, chance=None):
    def budget(available, steps):
        m = available - sum(v for v, _ in steps) if margin is None else margin(available, steps)
        s = math.hypot(*(d for _, d in steps)) if sigma is None else sigma(steps)
        return m, s, norm.cdf(m / s) if chance is None else chance(m, s)

    return budget


WRONG = {
    "01.rate": [
        (count(lambda s, x, y: sum(v == x for v in s), all_of), "who stands upright is at rest"),
        (count(lambda s, x, y: sum(v > x for v in s), all_of), ">=, not >"),
        (count(ups, lambda s, x, y: len(s)), "That is everybody"),
        (count(ups, lambda s, x, y: sum(v > y for v in s)), "just to stage"),
        (count(ups, lambda s, x, y: sum(v == y for v in s)), "came further count"),
        (count(ups, lambda s, x, y: sum(y <= v < x for v in s)), "failures among them"),
        (count(all_of, ups), "exchanged"),
        (count(lambda s, x, y: sum(v < x for v in s), all_of), "Those are the failures"),
        (count(lambda s, x, y: ups(s, x, y) / len(s), all_of), "That is a rate"),
        (lambda s, x, y: ups(s, x, y) / all_of(s, x, y), "must return 2 numbers"),
    ],
    "01.interval": [
        (wald(None), "for large counts only"),
        (wald(1.96), "95 % only"),
        (lambda k, n, c: np.clip(wald(None)(k, n, c), 0, 1), "cut off at 0 and 1"),
        (lambda k, n, c: list(binomtest(k, n).proportion_ci(c, method="wilson")), "Wilson"),
        (jeffreys, "Jeffreys"),
        (flat, "flat prior"),
        (lambda k, n, c: by_beta(k, n, 2 * c - 1), "half each"),
        (lambda k, n, c: by_beta(k, n, 0.95), "95 % is built in"),
        (lambda k, n, c: by_beta(k, n, c)[::-1], "low first"),
        (lambda k, n, c: np.multiply(100, by_beta(k, n, c)), "per cent"),
        (lambda k, n, c: by_beta(n - k, n, c), "failures"),
        (lambda k, n, c: (k / n, k / n), "rate twice"),
        (lambda k, n, c: beta.ppf([(1 - c) / 2, (1 + c) / 2], [k, k + 1], [n - k + 1, n - k]), "lower end is 0 by itself"),
    ],
    "01.once": [
        (lambda p, n: n * p, "do not add"),
        (lambda p, n: min(1, n * p), "cutting the sum off"),
        (lambda p, n: p**n, "all of them"),
        (lambda p, n: (1 - p) ** n, "none succeeds"),
        (lambda p, n: 1 - p**n, "not all succeed"),
        (lambda p, n: binom.pmf(1, n, p), "exactly one"),
        (lambda p, n: 1 - (1 - p) ** (n - 1), "too few"),
        (lambda p, n: p * (1 - p) ** (n - 1), "with the last try"),
        (lambda p, n: 100 * (1 - (1 - p) ** n), "per cent"),
        (lambda p, n: 1 - math.exp(-n * p), "not rare enough"),
    ],
    "01.threads": [
        (dict.fromkeys(FATE, "other"), "hakuto-r-m1: Its range finder was right"),
        (FATE | {"hakuto-r-m1": "noisy"}, "software shut it out"),
        (FATE | {"resilience-m2": "absent"}, "893 m"),
        (FATE | {"odysseus-im-1": "lost"}, "safety switch"),
        (FATE | {"athena-im-2": "lost"}, "distorted"),
        (FATE | {"surveyor-3": "late"}, "lost lock"),
        (FATE | {"luna-25": "absent"}, "never began to land"),
        (FATE | {"peregrine": "absent"}, "a valve and a tank"),
        (FATE | {"slim": "late"}, "nozzle"),
        (FATE | {"slim": "broken"}, "must be one of"),
        ({"slim": "other"}, "lacks"),
    ],
    "01.budget": [
        (parts(margin=lambda a, s: sum(v for v, _ in s) - a), "sign is turned round"),
        (parts(margin=lambda a, s: sum(v for v, _ in s)), "what the steps need"),
        (parts(margin=lambda a, s: a - sum(v + d for v, d in s)), "expected values"),
        (parts(margin=lambda a, s: a - math.hypot(*(v for v, _ in s))), "Values add plainly"),
        (parts(margin=lambda a, s: max(0.0, a - sum(v for v, _ in s))), "cut the margin off"),
        (parts(sigma=lambda s: sum(d for _, d in s)), "partly cancel"),
        (parts(sigma=lambda s: sum(d * d for _, d in s)), "variance"),
        (parts(sigma=lambda s: max(d for _, d in s)), "largest of them"),
        (parts(sigma=lambda s: math.hypot(*(d for _, d in s)) / math.sqrt(len(s))), "That is a mean"),
        (parts(chance=lambda m, s: norm.sf(m / s)), "*not* enough"),
        (parts(chance=lambda m, s: 1 - 2 * norm.sf(m / s)), "both tails"),
        (parts(chance=lambda m, s: float(m > 0)), "Yes or no"),
        (parts(chance=lambda m, s: m / s), "margin in sigmas"),
        (parts(chance=lambda m, s: 100 * norm.cdf(m / s)), "per cent"),
        (parts(chance=lambda m, s: norm.pdf(m / s)), "density"),
        (lambda a, s: a - sum(v for v, _ in s), "3 numbers"),
        (lambda a, s: (0.0, 0.0, 0.0), "available minus"), (lambda a, s: (0.0, 1.0, 0.5), "available minus"),
    ],
}  # fmt: skip
