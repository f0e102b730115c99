"""Lambert's problem: the orbit from here to there in a given time; and porkchops, which solve it all over a grid.

The equation of time and its derivatives are Izzo's (Revisiting Lambert's problem, 2015) as boinor has compiled them; they
are used here and not written again. What stands here is what an array of problems needs around them: geometry without
temporary arrays and without loss of digits near 180 degrees, roots that are bracketed where there are two of them, the
true minimum of the time for several revolutions, and a status instead of an exception.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from boinor.core.iod import (
    _compute_y,
    _initial_guess,
    _reconstruct,
    _tof_equation_p,
    _tof_equation_p2,
    _tof_equation_p3,
    _tof_equation_y,
)

from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.twobody import positive_mu, vector
from lunarlab.units import si

SOLVED, INFEASIBLE, COLLINEAR, BAD_TIME, NOT_CONVERGED = range(5)
"""Status of a row: solved; time too short for the revolutions; no plane; time not positive; (never seen) no convergence."""

LOW, HIGH = 1, -1  # which of the two arcs with revolutions, see LambertArc.path


@dataclass(frozen=True)
class LambertArc:
    """One solution: velocities [m/s], (3,), at departure and arrival.

    `revolutions` are the whole turns flown on the way. With turns there are two arcs, and `path` names them as Izzo does:
    "low" has the larger x (the empty focus below the chord), "high" the smaller; without turns there is one, "single".
    """

    v1_mps: np.ndarray
    v2_mps: np.ndarray
    revolutions: int
    path: str


@kernel
def least_time(lam, turns):
    """(x, T): where the nondimensional time of `turns` whole revolutions is smallest, and that time."""
    if turns == 0:
        return math.inf, 0.0
    low, high, x = -1.0, 1.0, 0.1
    for _k in range(100):
        y = _compute_y(x, lam)
        T = _tof_equation_y(x, y, 0.0, lam, turns)
        slope = _tof_equation_p(x, y, T, lam)
        if slope > 0.0:
            high = x
        else:
            low = x
        bend = _tof_equation_p2(x, y, T, slope, lam)
        third = _tof_equation_p3(x, y, T, slope, bend, lam)
        new = x - 2.0 * slope * bend / (2.0 * bend * bend - slope * third)  # Halley
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - x) < 1e-13:
            break
        x = new
    return x, _tof_equation_y(x, _compute_y(x, lam), 0.0, lam, turns)


@kernel
def find_x(lam, T, turns, path):
    """(x, status): Izzo's variable for the nondimensional time T."""
    low, high = -1.0, math.inf
    if turns > 0:
        x_least, T_least = least_time(lam, turns)
        if not T_least <= T:
            return x_least, INFEASIBLE
        if T - T_least <= 1e-14 * T:
            return x_least, SOLVED
        low, high = (x_least, 1.0) if path == LOW else (-1.0, x_least)
    x = _initial_guess(T, lam, turns, path == LOW)
    if not low < x < high:
        x = 0.5 * (low + high) if turns > 0 else 0.0
    if x == 1.0:
        x = 1.0 - 1e-9
    short, cube = 1.0 - lam * lam, lam * lam * lam
    for _k in range(60):
        y = _compute_y(x, lam)
        off = _tof_equation_y(x, y, T, lam, turns)
        if abs(x - 1.0) < 1e-6 and turns == 0:  # at the parabola the derivatives are 0/0: its own, and a plain Newton step
            new = x - off / (0.4 * (cube * lam * lam - 1.0))
        else:
            # boinor's _tof_equation_p, _p2 and _p3 with two divisions instead of nine: half the time of an array.
            w, v, t = 1.0 / (1.0 - x * x), 1.0 / y, off + T
            slope = (3.0 * t * x - 2.0 + 2.0 * cube * x * v) * w
            bend = (3.0 * t + 5.0 * x * slope + 2.0 * short * cube * v * v * v) * w
            third = (7.0 * x * bend + 8.0 * slope - 6.0 * short * cube * lam * lam * x * v * v * v * v * v) * w
            new = x - off * (slope * slope - 0.5 * off * bend) / (
                slope * (slope * slope - off * bend) + third * off * off / 6.0)  # fmt: skip
        if turns > 0:  # two roots: stay on this side of the minimum
            if (off > 0.0) == (path == LOW):
                high = x
            else:
                low = x
        if not low < new < high:
            new = 0.5 * (low + high) if turns > 0 else 0.5 * (x - 1.0)
        if abs(new - x) <= 1e-5 * (1.0 + abs(new)) and (turns == 0 or abs(new - x) <= 1e-11):
            return new, SOLVED  # steps shrink with the fourth power: the next would be below rounding
        x = new
    return x, NOT_CONVERGED


@kernel
def arc(ax, ay, az, bx, by, bz, tof, mu, turns, path, prograde):
    """Solve one problem in numbers: (v1x, v1y, v1z, v2x, v2y, v2z, status), nan if there is no solution."""
    nan = math.nan
    r1, r2 = math.sqrt(ax * ax + ay * ay + az * az), math.sqrt(bx * bx + by * by + bz * bz)
    x, y, z = bx - ax, by - ay, bz - az
    c = math.sqrt(x * x + y * y + z * z)
    p, q = 1.0 / r1, 1.0 / r2
    ax, ay, az, bx, by, bz = ax * p, ay * p, az * p, bx * q, by * q, bz * q
    hx, hy, hz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    h = math.sqrt(hx * hx + hy * hy + hz * hz)
    if not h > 1e-11:
        return nan, nan, nan, nan, nan, nan, COLLINEAR
    if not tof > 0.0:
        return nan, nan, nan, nan, nan, nan, BAD_TIME
    s = 0.5 * (r1 + r2 + c)
    # Sum and difference of the directions are twice the cosine and the sine of half the angle between them: exact where
    # 1 - c / s (near half a turn) and 1 - rho^2 (near none) are small differences of large numbers.
    x, y, z = ax + bx, ay + by, az + bz
    mean = math.sqrt(r1 * r2)
    lam = 0.5 * mean * math.sqrt(x * x + y * y + z * z) / s
    x, y, z = ax - bx, ay - by, az - bz
    sigma = mean * math.sqrt(x * x + y * y + z * z) / c
    if (hz >= 0.0) != prograde:  # the long way round
        lam, h = -lam, -h
    x, status = find_x(lam, math.sqrt(2.0 * mu / (s * s * s)) * tof, turns, path)
    if status != SOLVED:
        return nan, nan, nan, nan, nan, nan, status
    vr1, vr2, vt1, vt2 = _reconstruct(x, _compute_y(x, lam), r1, r2, lam, math.sqrt(0.5 * mu * s), (r1 - r2) / c, sigma)
    vt1, vt2 = vt1 / h, vt2 / h  # across the radius: along h times a, h times b
    return (
        vr1 * ax + vt1 * (hy * az - hz * ay), vr1 * ay + vt1 * (hz * ax - hx * az), vr1 * az + vt1 * (hx * ay - hy * ax),
        vr2 * bx + vt2 * (hy * bz - hz * by), vr2 * by + vt2 * (hz * bx - hx * bz), vr2 * bz + vt2 * (hx * by - hy * bx),
        status,
    )  # fmt: skip


@kernel
def lambert_row(a, b, tof, mu, turns, path, prograde, v1, v2):
    """Solve one problem from a (3,) to b (3,) and fill v1, v2 (3,), with nan if there is no solution. Returns the status."""
    v1[0], v1[1], v1[2], v2[0], v2[1], v2[2], status = arc(
        a[0], a[1], a[2], b[0], b[1], b[2], tof, mu, turns, path, prograde)  # fmt: skip
    return status


@kernel
def _rows(a, b, tof, mu, turns, path, prograde, first, last, v1, v2, status):
    for i in range(first, last):  # a[i] would make an array of its own for each row
        v1[i, 0], v1[i, 1], v1[i, 2], v2[i, 0], v2[i, 1], v2[i, 2], status[i] = arc(
            a[i, 0], a[i, 1], a[i, 2], b[i, 0], b[i, 1], b[i, 2], tof[i], mu, turns, path, prograde)  # fmt: skip


def in_threads(part: Callable[[int, int], None], count: int, threads: int) -> None:
    """Call part(first, last) for pieces of range(count); compiled code lets go of the GIL."""
    if threads <= 1:
        part(0, count)
        return
    edges = np.linspace(0, count, 4 * threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, edges[:-1], edges[1:]))


def _turns(value: Any) -> int:
    number = si(value, "", name="revolutions", low=0, high=1000)
    if number != int(number):
        raise LunarlabError(f"revolutions is {number:g}; it must be a whole number")
    return int(number)


def minimum_time(r1: Any, r2: Any, revolutions: int, *, mu: Any, prograde: bool = True) -> float:
    """Shortest time [s] in which `revolutions` whole turns and the arc from r1 to r2 (3,) [m] can be flown; 0 for none."""
    a, b, mu = vector(r1, "m", "r1"), vector(r2, "m", "r2"), positive_mu(mu)
    sizes = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    c = float(np.linalg.norm(b - a))
    s = 0.5 * (sizes[0] + sizes[1] + c)
    lam = math.sqrt(sizes[0] * sizes[1]) * 0.5 * float(np.linalg.norm(a / sizes[0] + b / sizes[1])) / s
    lam *= 1.0 if (a[0] * b[1] - a[1] * b[0] >= 0.0) == bool(prograde) else -1.0
    return float(least_time(lam, _turns(revolutions))[1] * math.sqrt(s**3 / (2.0 * mu)))


def lambert(r1: Any, r2: Any, tof: Any, *, mu: Any, revolutions: int = 0, prograde: bool = True) -> list[LambertArc]:
    """Orbits from r1 to r2 in the time `tof`.

    Parameters
    ----------
    r1, r2 : array (3,)
        Positions [m], from the centre of attraction.
    tof : float
        Time of flight [s], positive.
    mu : float
        Gravitational parameter [m^3/s^2].
    revolutions : int
        Whole turns on the way.
    prograde : bool
        True: the orbit's pole has z >= 0. (Where the plane holds the z axis itself, True is the short way.)

    Returns
    -------
    list of LambertArc
        One without turns; two with turns, "low" and "high", which are the same at the shortest time.

    Raises
    ------
    LunarlabError
        r1 and r2 on one line through the centre (any plane would do); a time that is not positive, or shorter than that
        many turns take (says how long they take).
    """
    a, b = vector(r1, "m", "r1"), vector(r2, "m", "r2")
    seconds, mu, turns = si(tof, "s", name="tof", high=1e15), positive_mu(mu), _turns(revolutions)
    if not seconds > 0.0:
        raise LunarlabError(f"tof is {seconds:g} s; it must be positive")
    arcs = []
    for path, name in ((LOW, "low"), (HIGH, "high")) if turns else ((LOW, "single"),):
        v1, v2 = np.empty(3), np.empty(3)
        status = lambert_row(a, b, seconds, mu, turns, path, bool(prograde), v1, v2)
        if status == COLLINEAR:
            raise LunarlabError(f"r1 is {a} m and r2 is {b} m: they lie on one line through the centre, and so in no "
                                "particular plane; move one of them aside")
        if status == INFEASIBLE:
            least = minimum_time(a, b, turns, mu=mu, prograde=prograde)
            raise LunarlabError(f"tof is {seconds:.9g} s; {turns} revolutions between r1 and r2 take at least {least:.9g} s")
        if status != SOLVED:
            raise LunarlabError(f"no orbit was found from r1 = {a} m to r2 = {b} m in tof = {seconds:.9g} s")
        arcs.append(LambertArc(v1, v2, turns, name))
    return arcs


def _numbers(value: Any, unit: str, name: str) -> np.ndarray:
    """`value` as floats in `unit`. Unlike `units.array` it takes nan, which spoils its row alone, and copies nothing."""
    try:
        return np.asarray(value.to_value(unit) if hasattr(value, "to_value") else value, dtype=float)
    except Exception as error:
        raise LunarlabError(f"{name} is {str(value)[:80]}; it must be numbers in {unit}") from error


def lambert_rows(
    r1: Any, r2: Any, tof: Any, *, mu: Any, revolutions: int = 0, path: str = "low", prograde: bool = True, threads: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Many of Lambert's problems at once, compiled.

    Parameters
    ----------
    r1, r2 : array (n, 3), or (3,) for the same in all
        Positions [m].
    tof : array (n,) or float
        Times of flight [s].
    mu, revolutions, prograde
        As in `lambert`.
    path : {"low", "high"}
        Which of the two arcs, if there are revolutions.
    threads : int
        The result does not depend on it.

    Returns
    -------
    v1, v2 : array (n, 3)
        Velocities [m/s]; nan in rows without a solution.
    status : array (n,)
        `SOLVED`, or why not: `INFEASIBLE`, `COLLINEAR`, `BAD_TIME`. A single bad row raises nothing.
    """
    if path not in ("low", "high"):
        raise LunarlabError(f"path is {path!r}; allowed are 'low' and 'high'")
    mu, turns = positive_mu(mu), _turns(revolutions)
    a, b, times = _numbers(r1, "m", "r1"), _numbers(r2, "m", "r2"), _numbers(tof, "s", "tof")
    try:
        n = np.broadcast_shapes(a.shape, b.shape, (*times.shape, 3))
        if len(n) != 2 or n[1] != 3:
            raise ValueError
    except ValueError as error:
        raise LunarlabError(f"r1, r2 and tof have the shapes {a.shape}, {b.shape} and {times.shape}; they must be (n, 3), "
                            "(n, 3) and (n,), or one row for all") from error
    a, b = np.ascontiguousarray(np.broadcast_to(a, n)), np.ascontiguousarray(np.broadcast_to(b, n))
    times = np.ascontiguousarray(np.broadcast_to(times, n[:1]))
    (v1, v2), status = np.empty((2, *n)), np.empty(n[0], dtype=np.int64)  # in one piece: the system hands out large pages
    side = LOW if path == "low" else HIGH

    def part(first: int, last: int) -> None:
        _rows(a, b, times, mu, turns, side, bool(prograde), first, last, v1, v2, status)

    in_threads(part, n[0], threads)
    return v1, v2, status
