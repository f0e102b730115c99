"""How far chance alone carries a number: gates, bands and confidence intervals, and where a Kalman filter settles.

scipy is imported where it is needed: a flight needs chi-square gates of a few numbers only, which have a closed form.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab import units
from lunarlab.errors import LunarlabError

_CLOSED_FORM_MAX = 60


def _whole(value: Any, name: str, low: int) -> int:
    number = units.si(value, "", name=name, low=low, high=2**53)
    if number != int(number):
        raise LunarlabError(f"{name} is {number:g}; it must be a whole number")
    return int(number)


def _share(value: Any, name: str) -> float:
    """A probability strictly between 0 and 1."""
    return units.si(value, "", name=name, low=math.ulp(0.0), high=math.nextafter(1.0, 0.0))


def _chi2_tail(x: float, dof: int) -> float:
    """Probability that a chi-square number exceeds x: a finite sum for whole degrees of freedom (Abramowitz & Stegun 26.4)."""
    half = 0.5 * x
    odd = dof % 2
    total = math.erfc(math.sqrt(half)) if odd else math.exp(-half)
    term = math.exp(-half) * (math.sqrt(half / math.pi) * 2.0 if odd else half)
    for k in range(3 if odd else 4, dof + 1, 2):
        total += term
        term *= half / (0.5 * k)
    return total


@lru_cache(maxsize=64)
def _chi2_quantile(probability: float, dof: int) -> float:
    if dof > _CLOSED_FORM_MAX:
        from scipy.special import gammaincinv

        return 2.0 * float(gammaincinv(0.5 * dof, probability))
    low, high, tail = 0.0, float(dof), 1.0 - probability
    while _chi2_tail(high, dof) > tail:
        high *= 2.0
    while True:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            return middle
        if _chi2_tail(middle, dof) > tail:
            low = middle
        else:
            high = middle


def chi2_gate(probability: float, dof: int) -> float:
    """Gate for a normalised innovation squared: a share `probability` of good readings lies below it.

    Parameters
    ----------
    probability : float
        Between 0 and 1, both excluded. 0.9973 is what three standard deviations are for one number.
    dof : int
        How many numbers are tested together: 1 for a range, 2 for a position fix, 3 for a velocity. At least 1.

    Returns
    -------
    float
        Quantile of the chi-square distribution.

    Raises
    ------
    LunarlabError
        A probability outside (0, 1), or degrees of freedom that are not a whole number of at least 1.
    """
    return _chi2_quantile(_share(probability, "probability"), _whole(dof, "dof", 1))


def nees_band(runs: int, dimension: int, probability: float = 0.95) -> tuple[float, float]:
    """Band in which the average over `runs` of a matched filter's NEES or NIS lies with the given probability.

    Parameters
    ----------
    runs : int
        Independent values that are averaged, at least 1.
    dimension : int
        Numbers in the error or innovation, at least 1; also the mean of the band.
    probability : float
        Between 0 and 1, both excluded; two-sided.

    Returns
    -------
    (low, high) : tuple of float
        Chi-square quantiles with runs x dimension degrees of freedom, over runs (Bar-Shalom, Li & Kirubarajan 2001, 5.4).

    Raises
    ------
    LunarlabError
        Counts below 1 or not whole, or a probability outside (0, 1).
    """
    runs, tail = _whole(runs, "runs", 1), 0.5 * (1.0 - _share(probability, "probability"))
    dof = runs * _whole(dimension, "dimension", 1)
    return _chi2_quantile(tail, dof) / runs, _chi2_quantile(1.0 - tail, dof) / runs


def clopper_pearson(successes: int, runs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided confidence interval of a probability, from `successes` in `runs` trials; it never covers too little.

    Parameters
    ----------
    successes, runs : int
        0 <= successes <= runs, runs at least 1.
    confidence : float
        Between 0 and 1, both excluded.

    Returns
    -------
    (low, high) : tuple of float
        Clopper & Pearson (1934): quantiles of the beta distribution.

    Raises
    ------
    LunarlabError
        Counts that are not whole or out of range, or a confidence outside (0, 1).
    """
    runs = _whole(runs, "runs", 1)
    successes, tail = _whole(successes, "successes", 0), 0.5 * (1.0 - _share(confidence, "confidence"))
    if successes > runs:
        raise LunarlabError(f"successes is {successes}; it must not be above runs, {runs}")
    from scipy.special import betaincinv

    low = float(betaincinv(successes, runs - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, runs - successes, 1.0 - tail)) if successes < runs else 1.0
    return low, high


def zero_failure_runs(reliability: float, confidence: float) -> int:
    """How many trials without a single failure show a reliability with a confidence (both between 0 and 1, excluded).

    The least n with reliability^n <= 1 - confidence. Raises LunarlabError outside the ranges.
    """
    reliability, confidence = _share(reliability, "reliability"), _share(confidence, "confidence")
    return math.ceil(math.log(1.0 - confidence) / math.log(reliability) - 1e-12)


def rayleigh_radius(probability: float, sigma: float = 1.0) -> float:
    """Radius of the circle that holds a share `probability` of points scattered with `sigma` (>= 0) along both axes.

    In the unit of sigma. Raises LunarlabError for a probability outside (0, 1) or a negative sigma.
    """
    sigma = units.si(sigma, "", name="sigma", low=0.0)
    return sigma * math.sqrt(-2.0 * math.log1p(-_share(probability, "probability")))


def kalman_steady(F: Any, H: Any, Q: Any, R: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the covariance of a Kalman filter with constant matrices settles.

    Parameters
    ----------
    F : array, shape (n, n)
        State transition over one step; a number for n = 1.
    H : array, shape (m, n)
        Measurement matrix.
    Q : array, shape (n, n)
        Process noise of one step.
    R : array, shape (m, m)
        Measurement noise, positive definite.

    Returns
    -------
    (predicted, gain, updated) : tuple of array
        Covariance before the measurement (n, n), Kalman gain (n, m), covariance after it (n, n): the discrete algebraic
        Riccati equation, solved by scipy.

    Raises
    ------
    LunarlabError
        Shapes that do not fit, or matrices for which nothing settles.
    """
    f, q = (units.array(np.atleast_2d(a), "", name=name) for a, name in ((F, "F"), (Q, "Q")))
    h, r = (units.array(np.atleast_2d(a), "", name=name) for a, name in ((H, "H"), (R, "R")))
    n, m = f.shape[0], h.shape[0]
    for name, matrix, shape in (("F", f, (n, n)), ("H", h, (m, n)), ("Q", q, (n, n)), ("R", r, (m, m))):
        if matrix.shape != shape:
            raise LunarlabError(f"{name} has shape {matrix.shape}; with F of {f.shape} and H of {h.shape} it must be {shape}")
    if np.linalg.eigvalsh(0.5 * (r + r.T)).min() <= 0.0:
        raise LunarlabError(f"R is {r.tolist()}; it must be positive definite: every measurement has noise")
    from scipy.linalg import LinAlgError, solve_discrete_are

    try:
        predicted = solve_discrete_are(f.T, h.T, q, r)
    except (LinAlgError, ValueError) as error:
        raise LunarlabError(f"no covariance settles for these matrices: {error}") from error
    gain = np.linalg.solve(h @ predicted @ h.T + r, h @ predicted).T
    rest = np.eye(n) - gain @ h
    return predicted, gain, rest @ predicted @ rest.T + gain @ r @ gain.T
