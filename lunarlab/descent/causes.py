"""Why flights failed: groups of the same end, the chain of events that led there, and the dispersion that stands out.

What a flight draws is normal, with zero mean. If a draw has nothing to do with a failure, then the m flights of a group and
the r others have the same mean, up to sqrt(1 / m + 1 / r) sigma, and the ratio of their mean squares has an F distribution.
The draw that is least likely under both is what the group has in common. It is named only if chance would name one for
fewer than one group in a hundred; where all flights fail alike, no draw is to blame.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from lunarlab.descent.rows import draw_sigmas
from lunarlab.errors import LunarlabError
from lunarlab.units import si

if TYPE_CHECKING:
    from lunarlab.descent.campaign import Campaign

CHANCE = 0.01
"""How often chance alone may name a dispersion."""
OTHERS_MIN = 5
"""Fewer other flights are nothing to compare with."""


@dataclass(frozen=True)
class Cause:
    """Flights that failed in the same way."""

    verdict: str
    limit: str
    """The first limit that they broke, or how else they ended."""
    chain: tuple[str, ...]
    """Events on the way, in order."""
    count: int
    share: float
    """Of all flights of the campaign, 0 to 1."""
    draw: str
    """Dispersion that stands out most in these flights; empty if none does beyond chance."""
    draw_sigmas: float
    """Its mean in these flights less that of the others, in its own sigmas. nan if none stands out."""
    spread: bool
    """True if it stands out by its size, whatever its sign."""
    example: int
    """k of the first such flight."""

    def __str__(self) -> str:
        road = " > ".join(word.replace("_", " ") for word in self.chain) or "no event on the way"
        what = f"; large {self.draw}" if self.spread else f"; {self.draw} {self.draw_sigmas:+.1f} sigma from the others"
        return (
            f"{self.count} flights ({100 * self.share:.1f} %) {self.verdict}: {self.limit}; "
            f"{road}{what if self.draw else ''}; for example flight {self.example}"
        )


def clopper_pearson(successes: int, n: int, confidence: float = 0.95, *, one_sided: bool = False) -> tuple[float, float]:
    """Exact interval of a probability after so many successes in n tries (Clopper and Pearson 1934).

    Parameters
    ----------
    successes, n : int, 0 <= successes <= n, n >= 1
    confidence : float, 0.5 to 0.999999
    one_sided : bool
        True: the lower bound alone has this confidence (and the upper bound alone); False: the interval has.
    """
    sure = si(confidence, "", name="confidence", low=0.5, high=0.999999)
    if not (n >= 1 and 0 <= successes <= n):
        raise LunarlabError(f"successes is {successes} of n {n}; it must lie between 0 and n, and n be at least 1")
    tail = (1.0 - sure) * (1.0 if one_sided else 0.5)
    low = float(special.betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(special.betaincinv(successes + 1, n - successes, 1.0 - tail)) if successes < n else 1.0
    return low, high


def causes(flown: Campaign) -> list[Cause]:
    """Groups of the flights that did not land, the largest first; every such flight is in exactly one."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for k, (verdict, reasons, chain) in enumerate(zip(flown.verdict, flown.rows.reasons, flown.rows.chain, strict=True)):
        if verdict != "LANDED":
            groups.setdefault((verdict, first_limit(reasons), chain), []).append(k)
    sigmas_of = draw_sigmas(flown.job.scenario)
    names, z = list(sigmas_of), flown.rows.draws / np.array(list(sigmas_of.values()))
    found = []
    for (verdict, limit, chain), ks in groups.items():
        best, sigmas, spread = _stands_out(z[ks], np.delete(z, ks, axis=0))
        found.append(Cause(
            verdict, limit, tuple(chain.split()), len(ks), len(ks) / flown.n, names[best] if best >= 0 else "", sigmas, spread,
            ks[0],
        ))  # fmt: skip
    return sorted(found, key=lambda cause: (-cause.count, cause.example))


def first_limit(reasons: str) -> str:
    """The first reason without its numbers: ``descent speed at contact``."""
    first = reasons.split("; ")[0]
    return re.split(r",? [-+]?\d", first)[0] if first else "-"


def _stands_out(group: np.ndarray, others: np.ndarray) -> tuple[int, float, bool]:
    """Which column of z, shape (m, draws), differs most from the others: (index or -1, difference, whether by its size)."""
    (m, count), r = group.shape, len(others)
    if count == 0 or r < OTHERS_MIN:
        return -1, math.nan, False
    shift = group.mean(axis=0) - others.mean(axis=0)
    shift_p = 2.0 * special.ndtr(-np.abs(shift) / math.sqrt(1.0 / m + 1.0 / r))
    spread_p = special.fdtrc(m, r, (group * group).mean(axis=0) / (others * others).mean(axis=0))
    p = np.minimum(shift_p, spread_p)
    best = int(p.argmin())
    if p[best] > CHANCE / (2 * count):
        return -1, math.nan, False
    return best, float(shift[best]), bool(spread_p[best] < shift_p[best])
