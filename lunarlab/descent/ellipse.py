"""The landing ellipse: where a given share of all flights comes down, and how well that is known from n of them.

If miss along and across the track are normal, the ellipse that holds a share p of all landings reaches k = sqrt(-2 ln(1 - p))
standard deviations from the mean along its axes: 1.177 for a half, 3.439 for 99.73 % (not 3, which holds one number, not
two). With n flights mean and axes are themselves uncertain; resampling the flights says by how much without assuming a
normal distribution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from lunarlab.errors import LunarlabError
from lunarlab.units import array, si

RESAMPLED, DRAWS_MAX = 1000, 20_000_000
"""Resamplings, and the most flights that all of them may draw: above 20,000 flights there are fewer, at least 100."""


@dataclass(frozen=True)
class Ellipse:
    """A landing ellipse, in metres from the target; along the track positive beyond it, across it positive to the left."""

    n: int
    """Flights that it is made from."""
    probability: float
    """Share of all flights that it holds."""
    confidence: float
    """Of each interval below."""
    along_m: float
    """Mean miss along the track ..."""
    cross_m: float
    """... and across it."""
    along_interval_m: tuple[float, float]
    cross_interval_m: tuple[float, float]
    sigma_along_m: float
    sigma_cross_m: float
    correlation: float
    """Between miss along and across; 0 for planar flights."""
    k_sigma: float
    """Half-axes in standard deviations."""
    semi_major_m: float
    semi_minor_m: float
    """0 for planar flights: the ellipse is an interval along the track."""
    semi_major_interval_m: tuple[float, float]
    semi_minor_interval_m: tuple[float, float]
    angle_deg: float
    """From the track to the major axis, positive to the left, -90 to 90."""
    radius_m: dict[str, float]
    """Distance from the target within which a share of these flights came down: {"50 %": ..., "95 %": ..., "99 %": ...}."""
    inside: float
    """Share of these flights that lies in the ellipse: near `probability` if they are normal."""

    def __str__(self) -> str:
        share, sure = f"{100 * self.probability:g} %", f"{100 * self.confidence:g} %"
        (low, high), (narrow, wide) = self.semi_major_interval_m, self.semi_minor_interval_m
        if self.planar:
            start, end = self.along_m - self.semi_major_m, self.along_m + self.semi_major_m
            return (
                f"{share} come down between {start:+.0f} and {end:+.0f} m along the track ({sure} confidence: their middle "
                f"+- {low:.0f} to {high:.0f} m)"
            )
        return (
            f"{share} come down within half-axes of {self.semi_major_m:.0f} and {self.semi_minor_m:.0f} m ({sure} confidence: "
            f"{low:.0f} to {high:.0f} and {narrow:.0f} to {wide:.0f} m), centred {self.along_m:+.0f} m along and "
            f"{self.cross_m:+.0f} m left of the target, turned by {self.angle_deg:.0f} deg"
        )

    @property
    def planar(self) -> bool:
        """Whether no flight left the plane of the orbit."""
        return self.sigma_cross_m == 0.0

    def outline(self, points: int = 181) -> np.ndarray:
        """Closed outline, shape (2, points): along and cross [m]."""
        angle, turn = np.linspace(0.0, 2.0 * np.pi, points), math.radians(self.angle_deg)
        a, b = self.semi_major_m * np.cos(angle), self.semi_minor_m * np.sin(angle)
        return np.array([
            self.along_m + a * math.cos(turn) - b * math.sin(turn), self.cross_m + a * math.sin(turn) + b * math.cos(turn),
        ])  # fmt: skip


def k_sigma(probability: float, dimensions: int = 2) -> float:
    """Standard deviations from the mean that hold a share of a normal distribution (0 to 1) in one or two dimensions."""
    return float(math.sqrt(2.0 * special.gammaincinv(0.5 * dimensions, probability)))


def ellipse(along_m: Any, cross_m: Any, probability: float = 0.9973, confidence: float = 0.95) -> Ellipse:
    """Landing ellipse of some flights.

    Parameters
    ----------
    along_m, cross_m : array, shape (n,), n >= 3 [m]
        Where they came down, from the target.
    probability : float, 0.01 to 0.999999
        Share of all flights that the ellipse is to hold.
    confidence : float, 0.5 to 0.9999
        Of the intervals of mean and axes. They come from 1000 resamplings with a seed of their own: the same every time.

    Raises
    ------
    LunarlabError
        Fewer than three flights, or numbers that are not finite.
    """
    p = si(probability, "", name="probability", low=0.01, high=0.999999)
    sure = si(confidence, "", name="confidence", low=0.5, high=0.9999)
    x = array(along_m, "m", name="along_m", shape=(None,))
    y = array(cross_m, "m", name="cross_m", shape=(len(x),))
    if len(x) < 3:
        raise LunarlabError(f"along_m has {len(x)} values; an ellipse needs at least 3")
    k = k_sigma(p, 2 if y.any() else 1)
    mean, axes, turn, cov = _shape(*_moments(x, y, np.ones((1, len(x)))))
    means, resampled, _, _ = _shape(*_resampled_moments(x, y))
    tails = 50.0 * (1.0 - sure), 50.0 * (1.0 + sure)

    def interval(values: np.ndarray) -> tuple[float, float]:
        low, high = np.percentile(values, tails)
        return float(low), float(high)

    (a, b), (sxx, syy, sxy) = axes[0], cov[0]
    dx, dy = x - mean[0, 0], y - mean[0, 1]
    c, s = math.cos(turn[0]), math.sin(turn[0])
    u, v = (dx * c + dy * s) / max(a, 1e-300), (dy * c - dx * s) / b if b > 0.0 else 0.0 * dx
    far = np.percentile(np.hypot(x, y), (50.0, 95.0, 99.0))
    return Ellipse(
        len(x), p, sure, float(mean[0, 0]), float(mean[0, 1]), interval(means[:, 0]), interval(means[:, 1]),
        math.sqrt(sxx), math.sqrt(syy), float(sxy / math.sqrt(sxx * syy)) if sxx * syy > 0.0 else 0.0, k, float(k * a),
        float(k * b), interval(k * resampled[:, 0]), interval(k * resampled[:, 1]), math.degrees(turn[0]),
        {f"{share} %": float(r) for share, r in zip((50, 95, 99), far, strict=True)}, float(np.mean(u * u + v * v <= k * k)),
    )  # fmt: skip


def _moments(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean, shape (m, 2), and covariance (xx, yy, xy), shape (m, 3), for each row of weights, shape (m, n)."""
    n = len(x)
    x0, y0 = x.mean(), y.mean()  # about the mean, so that squares do not cancel
    dx, dy = x - x0, y - y0
    first = weights @ np.column_stack([dx, dy]) / n
    second = weights @ np.column_stack([dx * dx, dy * dy, dx * dy]) / n
    products = np.column_stack([first[:, 0] ** 2, first[:, 1] ** 2, first[:, 0] * first[:, 1]])
    return first + np.array([x0, y0]), (second - products) * (n / (n - 1))


def _resampled_moments(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moments of many samples of n flights drawn with replacement."""
    random, n, parts = np.random.default_rng(2024), len(x), []
    samples = max(100, min(RESAMPLED, DRAWS_MAX // n))
    some = max(1, min(samples, 2_000_000 // n))
    for start in range(0, samples, some):
        m = min(some, samples - start)
        drawn = random.integers(0, n, (m, n)) + n * np.arange(m)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=m * n).reshape(m, n).astype(float)
        parts.append(_moments(x, y, weights))
    return np.concatenate([mean for mean, _ in parts]), np.concatenate([cov for _, cov in parts])


def _shape(mean: np.ndarray, cov: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Means, 1-sigma half-axes (major, minor), angle of the major axis [rad] and covariances."""
    xx, yy, xy = np.maximum(cov[:, 0], 0.0), np.maximum(cov[:, 1], 0.0), cov[:, 2]
    middle, spread = 0.5 * (xx + yy), np.hypot(0.5 * (xx - yy), xy)
    axes = np.sqrt(np.column_stack([middle + spread, np.maximum(middle - spread, 0.0)]))
    return mean, axes, 0.5 * np.arctan2(2.0 * xy, xx - yy), np.column_stack([xx, yy, xy])
