"""Lesson 01: different right answers pass, plausible wrong ones fail with the hint that fits; its board and its room."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import beta, binom, binomtest, norm

import lunarlab as ll
from lunarlab.cases.scoreboard import STAGES, success_rate
from lunarlab.console.rooms.scoreboard import PANEL
from lunarlab.errors import LunarlabError
from lunarlab.grading import lesson01

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
    spent = sum(drawn.normal(v, s, 4_000_000) for v, s in steps)
    return margin, np.sqrt(sum(s * s for _, s in steps)), (spent <= available).mean()


RIGHT = {
    "01.rate": [
        lambda s, x, y: (sum(v >= x for v in s), sum(v >= y for v in s)),
        lambda s, x, y: [np.count_nonzero(np.array(s) >= x), np.count_nonzero(np.array(s) >= y)],
        lambda s, x, y: (len([v for v in s if v >= max(x, y)]), len(s) - len([v for v in s if v < y])),
    ],
    "01.interval": [by_beta, by_scipy, by_bisection],
    "01.once": [
        lambda p, n: 1 - (1 - p) ** n,
        lambda p, n: binom.sf(0, n, p),
        lambda p, n: -np.expm1(n * np.log1p(-p)),
        lambda p, n: sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(1, n + 1)),
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


@pytest.mark.parametrize(("id", "answer"), [(id, a) for id, answers in RIGHT.items() for a in answers])
def test_right_answers(id, answer):
    result = ll.check(id, answer)
    assert result.points == result.out_of, result


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


WRONG = [
    ("01.rate", count(lambda s, x, y: sum(v == x for v in s), all_of), "who stands upright is at rest"),
    ("01.rate", count(lambda s, x, y: sum(v > x for v in s), all_of), ">=, not >"),
    ("01.rate", count(ups, lambda s, x, y: len(s)), "That is everybody"),
    ("01.rate", count(ups, lambda s, x, y: sum(v > y for v in s)), "just to stage"),
    ("01.rate", count(ups, lambda s, x, y: sum(v == y for v in s)), "came further count"),
    ("01.rate", count(ups, lambda s, x, y: sum(y <= v < x for v in s)), "failures among them"),
    ("01.rate", count(all_of, ups), "exchanged"),
    ("01.rate", count(lambda s, x, y: sum(v < x for v in s), all_of), "Those are the failures"),
    ("01.rate", count(lambda s, x, y: ups(s, x, y) / len(s), all_of), "That is a rate"),
    ("01.rate", lambda s, x, y: ups(s, x, y) / all_of(s, x, y), "must return 2 numbers"),
    ("01.interval", wald(None), "for large counts only"),
    ("01.interval", wald(1.96), "95 % only"),
    ("01.interval", lambda k, n, c: np.clip(wald(None)(k, n, c), 0, 1), "cut off at 0 and 1"),
    ("01.interval", lambda k, n, c: list(binomtest(k, n).proportion_ci(c, method="wilson")), "Wilson"),
    ("01.interval", jeffreys, "Jeffreys"),
    ("01.interval", flat, "flat prior"),
    ("01.interval", lambda k, n, c: by_beta(k, n, 2 * c - 1), "half each"),
    ("01.interval", lambda k, n, c: by_beta(k, n, 0.95), "95 % is built in"),
    ("01.interval", lambda k, n, c: by_beta(k, n, c)[::-1], "low first"),
    ("01.interval", lambda k, n, c: np.multiply(100, by_beta(k, n, c)), "per cent"),
    ("01.interval", lambda k, n, c: by_beta(n - k, n, c), "failures"),
    ("01.interval", lambda k, n, c: (k / n, k / n), "rate twice"),
    ("01.interval", lambda k, n, c: beta.ppf([(1 - c) / 2, (1 + c) / 2], [k, k + 1], [n - k + 1, n - k]), "lower end is 0 by itself"),
    ("01.once", lambda p, n: n * p, "do not add"),
    ("01.once", lambda p, n: min(1, n * p), "cutting the sum off"),
    ("01.once", lambda p, n: p**n, "all of them"),
    ("01.once", lambda p, n: (1 - p) ** n, "none succeeds"),
    ("01.once", lambda p, n: 1 - p**n, "not all succeed"),
    ("01.once", lambda p, n: binom.pmf(1, n, p), "exactly one"),
    ("01.once", lambda p, n: 1 - (1 - p) ** (n - 1), "too few"),
    ("01.once", lambda p, n: p * (1 - p) ** (n - 1), "with the last try"),
    ("01.once", lambda p, n: 100 * (1 - (1 - p) ** n), "per cent"),
    ("01.once", lambda p, n: 1 - math.exp(-n * p), "not rare enough"),
    ("01.threads", dict.fromkeys(FATE, "other"), "hakuto-r-m1: Its range finder was right"),
    ("01.threads", FATE | {"hakuto-r-m1": "noisy"}, "software shut it out"),
    ("01.threads", FATE | {"resilience-m2": "absent"}, "893 m"),
    ("01.threads", FATE | {"odysseus-im-1": "lost"}, "safety switch"),
    ("01.threads", FATE | {"athena-im-2": "lost"}, "distorted"),
    ("01.threads", FATE | {"surveyor-3": "late"}, "lost lock"),
    ("01.threads", FATE | {"luna-25": "absent"}, "never began to land"),
    ("01.threads", FATE | {"peregrine": "absent"}, "a valve and a tank"),
    ("01.threads", FATE | {"slim": "late"}, "nozzle"),
    ("01.threads", FATE | {"slim": "broken"}, "must be one of"),
    ("01.threads", {"slim": "other"}, "lacks"),
    ("01.budget", parts(margin=lambda a, s: sum(v for v, _ in s) - a), "sign is turned round"),
    ("01.budget", parts(margin=lambda a, s: sum(v for v, _ in s)), "what the steps need"),
    ("01.budget", parts(margin=lambda a, s: a - sum(v + d for v, d in s)), "expected values"),
    ("01.budget", parts(margin=lambda a, s: a - math.hypot(*(v for v, _ in s))), "Values add plainly"),
    ("01.budget", parts(margin=lambda a, s: max(0.0, a - sum(v for v, _ in s))), "cut the margin off"),
    ("01.budget", parts(sigma=lambda s: sum(d for _, d in s)), "partly cancel"),
    ("01.budget", parts(sigma=lambda s: sum(d * d for _, d in s)), "variance"),
    ("01.budget", parts(sigma=lambda s: max(d for _, d in s)), "largest of them"),
    ("01.budget", parts(sigma=lambda s: math.hypot(*(d for _, d in s)) / math.sqrt(len(s))), "That is a mean"),
    ("01.budget", parts(chance=lambda m, s: norm.sf(m / s)), "*not* enough"),
    ("01.budget", parts(chance=lambda m, s: 1 - 2 * norm.sf(m / s)), "both tails"),
    ("01.budget", parts(chance=lambda m, s: float(m > 0)), "Yes or no"),
    ("01.budget", parts(chance=lambda m, s: m / s), "margin in sigmas"),
    ("01.budget", parts(chance=lambda m, s: 100 * norm.cdf(m / s)), "per cent"),
    ("01.budget", parts(chance=lambda m, s: norm.pdf(m / s)), "density"),
    ("01.budget", lambda a, s: a - sum(v for v, _ in s), "3 numbers"),
]


@pytest.mark.parametrize(("id", "answer", "hint"), WRONG)
def test_wrong_answers_get_the_hint_that_fits(id, answer, hint):
    result = ll.check(id, answer)
    assert result.points < result.out_of
    assert hint in result.message, result


@pytest.mark.parametrize("id", RIGHT)
def test_there_are_eight_wrong_answers_and_three_right_ones(id):
    assert sum(row[0] == id for row in WRONG) >= 8
    assert len(RIGHT[id]) >= 3


# -- the board and the room ----------------------------------------------------------------------------------------------
def test_the_board_is_in_order_and_agrees_with_the_cases():
    board = ll.scoreboard()
    assert [row.date for row in board] == sorted(row.date for row in board)
    assert len(board) == len({row.mission for row in board}) == 15
    assert tuple(row.stage for row in board) == lesson01.STAGES[0], "the exercise shows the real board"
    for row in board:
        if row.mission in ll.case_names():
            case = ll.case(row.mission)
            assert row.date == case.date
            assert ("crash" in case.outcome) <= (row.stage in (1, 2)), case.outcome
            assert case.outcome.startswith("landed") == (row.stage >= 3), case.outcome


@pytest.mark.parametrize(("success", "among", "expected"), [(4, 0, (5, 15)), (3, 0, (8, 15)), (3, 2, (8, 12)), (1, 0, (13, 15))])
def test_the_rate_hangs_on_the_definition(success, among, expected):
    assert success_rate(ll.scoreboard(), success, among) == expected
    facts = PANEL.compute(**PANEL.start({"success": success, "among": among})).facts
    assert (facts["successes"], facts["attempts"]) == expected
    exact = binomtest(*expected).proportion_ci(0.95, method="exact")
    assert (facts["low"], facts["high"]) == pytest.approx((exact.low, exact.high), abs=1e-6)


def test_what_the_article_counts_as_the_third():
    """Commercial landers before Resilience: three lived to tell, one stood; "third" leaves one out."""
    before = [row for row in ll.scoreboard() if row.private and row.date < "2025-06-05"]
    assert [row.mission for row in before if row.stage >= 3] == ["odysseus-im-1", "blue-ghost-1", "athena-im-2"]
    assert [row.mission for row in before if row.stage >= 4] == ["blue-ghost-1"]


def test_the_room_says_what_it_can_not_do():
    with pytest.raises(LunarlabError, match="that is everybody"):
        PANEL.compute(**PANEL.start({"success": 1, "among": 2}))
    with pytest.raises(LunarlabError, match="after last"):
        PANEL.compute(**PANEL.start({"first": 2024, "last": 2020}))
    empty = PANEL.compute(**PANEL.start({"first": 2021, "last": 2021}))
    assert empty.facts["attempts"] == 0.0
    with pytest.raises(LunarlabError, match="0 to 4"):
        success_rate(ll.scoreboard(), len(STAGES))
