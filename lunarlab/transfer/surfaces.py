"""Cheapest transfers: a descent along the surface of all transfers in the space of their parameters.

A `Surface` says, for points of that space, by how much they miss being a transfer and what they cost. `settle` goes to the
surface, `descend` along it. Derivatives are differences, taken over many flights at once; the parameters must be scaled so
that steps of one size mean much the same in each.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Surface(Protocol):
    """A family of transfers."""

    noise: float
    """Misses smaller than this count as none."""

    def look(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Misses (m, k) and costs (m,) at points q (m, n); NaN where there is nothing."""
        ...


def slope(surface: Surface, q: np.ndarray, h: float = 1e-6) -> np.ndarray | None:
    """Jacobian (k, n) of the miss at a point; None where it can't be had."""
    n = q.size
    m = surface.look(np.vstack([q + h * np.eye(n), q - h * np.eye(n)]))[0]
    g: np.ndarray = ((m[:n] - m[n:]) / (2.0 * h)).T
    return g if np.isfinite(g).all() and g.any() else None


def land(surface: Surface, q: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move points q (m, n) across the surface onto it; returns them and their cost, NaN where that fails."""
    q, across = q.copy(), np.linalg.pinv(g).T
    for _ in range(12):
        miss, dv = surface.look(q)
        size = np.nan_to_num(abs(miss).max(axis=1))
        if size.max() < 1e-11:
            break
        step = np.nan_to_num(miss) @ across
        q -= step * np.minimum(1.0, 0.1 / np.maximum(np.linalg.norm(step, axis=1), 1e-300))[:, None]
    return q, np.where(abs(miss).max(axis=1) < surface.noise, dv, np.nan)


def settle(surface: Surface, q: np.ndarray) -> np.ndarray | None:
    """The nearest point of the surface, by Newton's method with halved steps; None if there is none near."""
    miss = surface.look(q[None])[0][0]
    for _ in range(40):
        if not abs(miss).max() > 1e-11:
            break
        g = slope(surface, q)
        if g is None:
            return None
        step = -np.linalg.pinv(g) @ miss
        step *= min(1.0, 0.1 / max(float(np.linalg.norm(step)), 1e-300))
        for _half in range(12):
            new = surface.look((q + step)[None])[0][0]
            if np.linalg.norm(new) < np.linalg.norm(miss):
                break
            step *= 0.5
        else:
            break
        q, miss = q + step, new
    return q if abs(miss).max() < surface.noise else None


def descend(surface: Surface, q: np.ndarray) -> np.ndarray:
    """The minimum of the cost near a point of the surface: Newton's method with a trust region, in its tangent plane."""
    radius, best = 0.03, float(surface.look(q[None])[1][0])
    for _ in range(40):
        g = slope(surface, q)
        if g is None or radius < 1e-6:
            break
        plane = np.linalg.svd(g)[2][len(g) :]
        n = len(plane)
        h, e = max(min(0.1 * radius, 1e-3), 1e-6), np.eye(n)
        pairs = [(i, j) for i in range(n) for j in range(i)]
        moves = [np.zeros(n), *h * e, *-h * e, *(h * (e[i] + e[j]) for i, j in pairs)]
        cost = land(surface, q + np.array(moves) @ plane, g)[1]
        if np.isnan(cost).any():
            radius *= 0.3
            continue
        plus, minus = cost[1 : n + 1], cost[n + 1 : 2 * n + 1]
        tilt = (plus - minus) / (2.0 * h)
        bend = np.diag((plus + minus - 2.0 * cost[0]) / h**2)
        for (i, j), both in zip(pairs, cost[2 * n + 1 :], strict=True):
            bend[i, j] = bend[j, i] = (both - plus[i] - plus[j] + cost[0]) / h**2
        values, axes = np.linalg.eigh(bend)
        step = axes @ (-(axes.T @ tilt) / np.maximum(abs(values), 1e-3 * abs(values).max() + 1e-12))
        length = float(np.linalg.norm(step))
        step *= min(1.0, radius / max(length, 1e-300))
        new, value = land(surface, (q + step @ plane)[None], g)
        if value[0] < best:
            gain, best, q = best - float(value[0]), float(value[0]), new[0]
            radius = min(2.0 * radius, 0.3) if length >= radius else radius
            if gain < 1e-6:
                break
        else:
            radius = 0.3 * min(radius, length)
    return q
