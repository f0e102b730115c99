"""Which dispersion matters: what a result of a campaign goes up and down with.

Two measures beside each other. The rank correlation (Spearman 1904) sees any dependence that only rises or only falls and
is not misled by a few wild flights. The standardised regression coefficient says by how many sigmas the result moves for
one sigma of the draw, the others held; its square is the share of the variance that this draw explains, as draws are
independent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from lunarlab.errors import LunarlabError
from lunarlab.units import array

CHANCE = 0.01
"""How often chance alone may call one of all draws significant."""


@dataclass(frozen=True)
class Sensitivity:
    """How a result depends on one draw."""

    draw: str
    rank: float
    """Rank correlation, -1 to 1."""
    p: float
    """Probability of a rank correlation of this size by chance."""
    slope: float
    """Standardised regression coefficient."""
    slope_sigma: float
    """Its standard error."""
    variance: float
    """Share of the result's variance that goes with it linearly, 0 to 1."""
    significant: bool
    """Whether chance would do the same, in any of the draws, in fewer than one campaign of a hundred."""

    def __str__(self) -> str:
        mark = "" if self.significant else "  (may be chance)"
        return f"{self.draw:26} rank {self.rank:+.3f}  slope {self.slope:+.3f}  variance {100 * self.variance:5.1f} %{mark}"


def ranks(values: np.ndarray) -> np.ndarray:
    """Rank of each value from 1 on; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - 0.5 * (counts - 1))[place]


def sensitivity(result: Any, draws: Mapping[str, np.ndarray]) -> list[Sensitivity]:
    """Rank the draws of a campaign by what a result depends on.

    Parameters
    ----------
    result : array, shape (n,)
        A column of the campaign; flights in which it is NaN are left out.
    draws : mapping of name to array, shape (n,)
        What each flight drew: ``campaign.draws``.

    Returns
    -------
    list of Sensitivity
        The strongest first. All zeros where the result does not vary.

    Raises
    ------
    LunarlabError
        Nothing is dispersed; or fewer flights than draws plus three have the result.
    """
    if not draws:
        raise LunarlabError("draws is empty: the scenario's dispersions are all zero, so there is nothing to rank")
    y = np.asarray(result, dtype=float)
    kept = np.isfinite(y)
    names, n = list(draws), int(kept.sum())
    if n < len(names) + 3:
        raise LunarlabError(f"result is finite in {n} flights; with {len(names)} draws at least {len(names) + 3} are needed")
    y = array(y[kept], "", name="result")
    x = np.column_stack([array(np.asarray(draws[name])[kept], "", name=name) for name in names])
    if np.ptp(y) == 0.0:
        return [Sensitivity(name, 0.0, 1.0, 0.0, 0.0, 0.0, False) for name in names]
    slopes, errors = _regress(_standard(x), _standard(y[:, None])[:, 0])
    y_rank = _standard(ranks(y)[:, None])[:, 0]
    found = []
    for i, name in enumerate(names):
        rank = float(_standard(ranks(x[:, i])[:, None])[:, 0] @ y_rank / (n - 1))
        t = abs(rank) * math.sqrt((n - 2) / max(1.0 - rank * rank, 1e-300))
        p = float(2.0 * special.stdtr(n - 2, -t))
        found.append(Sensitivity(
            name, rank, p, float(slopes[i]), float(errors[i]), float(slopes[i] ** 2), p < CHANCE / len(names)
        ))  # fmt: skip
    return sorted(found, key=lambda row: -max(abs(row.rank), abs(row.slope)))


def _standard(x: np.ndarray) -> np.ndarray:
    """Columns with zero mean and unit sample variance."""
    centred: np.ndarray = x - x.mean(axis=0)
    scaled: np.ndarray = centred / np.maximum(centred.std(axis=0, ddof=1), 1e-300)
    return scaled


def _regress(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares of standardised columns: coefficients and their standard errors."""
    inverse = np.linalg.pinv(x.T @ x)
    slopes = inverse @ (x.T @ y)
    left = y - x @ slopes
    variance = float(left @ left) / (len(y) - x.shape[1] - 1)
    return slopes, np.sqrt(variance * np.diag(inverse))
