"""Numbers into the compiled problems and out of them again; the search for the flight time."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab.descent.optimal.problem import Optimum, Problem
from lunarlab.descent.optimal.program import Program
from lunarlab.errors import LunarlabError
from lunarlab.units import si

NODES = 60
FAR = 0.02
"""Distance of the logarithm of mass from its reference beyond which a problem is solved again, around the result."""
OVER = -0.8
"""Cosine of the angle between the thrusts before and after a node at which the lander turns over."""
HIT = 1e-6
"""A dimensionless miss that is none."""
LOSSLESS = 1e-3
"""Part of its thrust that a flight may waste: more, and the lander can't fly what was found."""


@dataclass(eq=False)
class Answer:
    """A solution in SI units."""

    t: np.ndarray
    r: np.ndarray
    v: np.ndarray
    log_mass: np.ndarray
    a: np.ndarray
    gap: float
    """Largest sigma - |u|, over the largest sigma."""
    waste: float
    """Mean sigma - |u|, over the mean sigma: a lander that turns over, even at a node, passes a gap and wastes nothing."""
    cost: float


class _PossibleError(Exception):
    """Ends a search that has found what it wants."""

    def __init__(self, tf: float) -> None:
        self.tf = tf


class Solver:
    """The problems of one number of nodes: compiled on first use, then solved again and again with other numbers.

    `solves` and `solver_ms` count what it has solved since it was made. Threads may share it, one at a time.
    """

    def __init__(self, nodes: int = NODES) -> None:
        self.nodes = int(si(nodes, "", name="nodes", low=5, high=2000))
        self.solves, self.solver_ms = 0, 0.0
        self.part = np.linspace(0.0, 1.0, self.nodes)
        self._compiled: dict[tuple[Any, ...], Program] = {}
        self._lock = threading.RLock()

    def optimum(self, problem: Problem, flight_time_s: Any = None, *, floor: bool = False) -> Optimum:
        """As `fuel_optimal`."""
        from lunarlab.descent.optimal import reasons

        if not isinstance(problem, Problem):
            raise LunarlabError(f"problem is {problem!r}; it must be a Problem")
        with self._lock:
            solves, ms = self.solves, self.solver_ms
            if flight_time_s is None:
                reasons.check(problem)
                answer = self.best_time(problem)
            else:
                flight_time_s = si(flight_time_s, "s", name="flight_time_s", low=1e-3, high=1e6)
                reasons.check(problem, flight_time_s)
                answer = self.cheapest(problem, flight_time_s)
            if answer is None:
                raise LunarlabError(reasons.explain(self, problem, flight_time_s))
            if answer.waste > LOSSLESS:
                raise LunarlabError(reasons.wasteful(self, problem, answer, free=flight_time_s is None))
            least = self.floor(problem, answer, free=flight_time_s is None) if floor else math.nan
            mass = np.exp(answer.log_mass)
            mass[0] = problem.mass_kg
            return Optimum(
                problem, answer.t, answer.r, answer.v, mass, answer.a, answer.gap, least, self.solves - solves,
                self.solver_ms - ms,
            )  # fmt: skip

    def cheapest(self, p: Problem, tf: float, near: Answer | None = None) -> Answer | None:
        """Least propellant for a given flight time, or None if it can't be flown; `near` is a neighbour's solution."""
        if tf >= p.longest_s:
            return None
        reference = self._reference(p, tf) if near is None else near.log_mass
        answer = self._solve("fuel", p, tf, reference)
        if answer is None:
            # Far from the reference the upper bound is too narrow. Around the lightest lander it is wide at the end.
            full = p.mass_kg - p.thrust_max_N / p.exhaust_mps * tf * self.part
            reference = np.log(np.maximum(full, p.dry_mass_kg))
            answer = self._solve("fuel", p, tf, reference)
        for _ in range(3):
            if answer is None or np.max(np.abs(answer.log_mass - reference)) < FAR:
                break
            reference = answer.log_mass
            answer = self._solve("fuel", p, tf, reference) or answer
        return answer

    def miss(self, p: Problem, tf: float) -> float:
        """How far from the target the nearest flight ends, dimensionless: place and speed."""
        if tf >= p.longest_s:
            return 10.0 * tf / p.longest_s
        answer = self._solve("miss", p, tf, self._reference(p, tf))
        return 10.0 if answer is None else answer.cost

    def possible_time(self, p: Problem) -> float | None:
        """A flight time at which it can be flown, or None if the search for the smallest miss finds none."""
        from scipy.optimize import minimize_scalar

        def miss(log_time: float) -> float:
            tf = math.exp(log_time)
            value = self.miss(p, tf)
            if value < HIT and self.cheapest(p, tf) is not None:
                raise _PossibleError(tf)
            return value

        first = math.log(min(self._guess(p), 0.7 * p.longest_s))
        try:
            minimize_scalar(miss, bracket=(first, first + 0.2), method="brent", options={"xtol": 1e-3, "maxiter": 40})
        except _PossibleError as found:
            return found.tf
        return None

    def best_time(self, p: Problem) -> Answer | None:
        """Least propellant with the flight time free, or None if no time was found at which it can be flown.

        The cost falls and then rises with the flight time. Times that can't be flown cost all the mass and the miss, which
        leads the search back to those that can.
        """
        from scipy.optimize import minimize_scalar

        flown: dict[float, Answer] = {}

        def cost(log_time: float) -> float:
            tf = math.exp(log_time)
            near = flown[min(flown, key=lambda other: abs(other - log_time))] if flown else None
            answer = self.cheapest(p, tf, near)
            if answer is None:
                return p.mass_kg * (1.0 + self.miss(p, tf))
            flown[log_time] = answer
            return p.mass_kg - math.exp(answer.log_mass[-1])

        first = self.possible_time(p)
        if first is None:
            return None
        bracket = math.log(first), math.log(first) + 0.2
        found = minimize_scalar(cost, bracket=bracket, method="brent", options={"xtol": 5e-5, "maxiter": 60})
        return flown.get(float(found.x))

    def floor(self, p: Problem, answer: Answer, *, free: bool = False) -> float:
        """No flight of the duration of `answer`, or with `free` of nearly that, burns less than this [kg].

        nan if the solver fails.
        """
        from scipy.optimize import minimize_scalar

        burnt = p.mass_kg - math.exp(answer.log_mass[-1])
        middle = float(answer.t[-1])

        def least(tf: float) -> float:
            found = self._solve("floor", p, tf, answer.log_mass, burnt * (1.0 + 1e-6))
            return p.mass_kg * (1.0 if found is None else 1.0 - math.exp(found.log_mass[-1] - math.log(p.mass_kg)))

        value = least(middle)
        if free:  # the search ends a little beside the best time, and the floor has its own
            bounds = 0.97 * middle, min(1.03 * middle, p.longest_s)
            value = min(value, minimize_scalar(least, bounds=bounds, method="bounded", options={"xatol": 1e-4 * middle}).fun)
        return float(value) if value < p.mass_kg else math.nan

    @staticmethod
    def _guess(p: Problem) -> float:
        """A flight time to start the search from: the way at the mean speed, or from rest, and the speed to be taken out."""
        way = math.dist(p.r_m, p.target_r_m)
        change, push = math.dist(p.v_mps, p.target_v_mps), p.thrust_max_N / p.mass_kg
        speed = 0.5 * (math.hypot(*p.v_mps) + math.hypot(*p.target_v_mps)) + 0.5 * math.sqrt(way * push)
        return way / max(speed, 1e-9) + change / push + 1e-2

    def _reference(self, p: Problem, tf: float) -> np.ndarray:
        """Logarithm of a plausible mass at the nodes: the change of speed, and gravity for the flight time, spread evenly."""
        flow, t = 1.0 / p.exhaust_mps, self.part * tf
        dv = math.dist(p.v_mps, p.target_v_mps) + p.gravity_mps2 * tf
        least = np.maximum(p.mass_kg - flow * p.thrust_max_N * t, p.dry_mass_kg)
        most = np.maximum(p.mass_kg - flow * p.thrust_min_N * t, p.dry_mass_kg)
        return np.asarray(np.clip(math.log(p.mass_kg) - dv * flow * self.part, np.log(least), np.log(most)))

    def _solve(self, kind: str, p: Problem, tf: float, reference: np.ndarray, most_kg: float = math.inf) -> Answer | None:
        """Fill the parameters, solve, and give the answer its units."""
        cone, tilt = p.above_ground and p.glide_slope_deg > 0.0, p.tilt_max_deg < 180.0
        key = kind, p.above_ground, cone, tilt
        if key not in self._compiled:
            self._compiled[key] = Program(self.nodes, *key)
        c, began = self._compiled[key], time.perf_counter()
        away, v0, v1 = np.subtract(p.r_m, p.target_r_m), np.array(p.v_mps), np.array(p.target_v_mps)
        length = max(math.hypot(*away), 0.25 * tf * (math.dist(v0, v1) + p.gravity_mps2 * tf), 1e-3)
        unit = length / (tf * tf)  # of acceleration
        kappa = length / tf / p.exhaust_mps  # the logarithm of mass is ln(m0) - kappa zeta
        c.start.value, c.speed.value, c.end_speed.value = away / length, v0 * tf / length, v1 * tf / length
        c.gravity.value = np.array([0.0, 0.0, -p.gravity_mps2 / unit])
        c.slope.value, c.cosine.value = math.tan(math.radians(p.glide_slope_deg)), math.cos(math.radians(p.tilt_max_deg))
        c.zeta_max.value = math.log(p.mass_kg / p.dry_mass_kg) / kappa
        if kind == "floor":
            _fill_floor(c, p, tf, unit, kappa, reference, most_kg)
        else:
            _fill_bounds(c, p, unit, kappa, reference)
        solved = c.solve()
        self.solves += 1
        self.solver_ms += (time.perf_counter() - began) * 1e3
        if not solved:
            return None
        a, q = c.a.value, c.q.value
        slack = q - np.linalg.norm(a, axis=1)
        gap, widest = float(np.max(slack) / np.max(q)), int(np.argmax(slack))
        if 0 < widest < len(a) - 1 and np.dot(a[widest - 1], a[widest + 1]) < OVER * q[widest - 1] * q[widest + 1]:
            slack[widest] = 0.0
        return Answer(
            c.t * tf, c.r.value * length + p.target_r_m, c.v.value * length / tf, math.log(p.mass_kg) - kappa * c.zeta.value,
            a * unit, gap, float(np.mean(slack) / np.mean(q)), float(c.problem.value),
        )  # fmt: skip


def _fill_bounds(c: Program, p: Problem, unit: float, kappa: float, reference: np.ndarray) -> None:
    """Bounds T/m. With x, by how much the logarithm of mass exceeds the reference, they are a multiple of exp(-x).

    1 - x lies below it, which makes the upper bound safe for any x; 1 - x + x^2/2 lies above it for positive x, and below by
    a sixth of x^3 for negative x.
    """
    low, high = p.thrust_min_N * np.exp(-reference) / unit, p.thrust_max_N * np.exp(-reference) / unit
    offset = math.log(p.mass_kg) - reference  # x is offset - kappa zeta
    c.low.value, c.low_slope.value = low * (1.0 - offset), low * kappa
    c.bend.value, c.bend_slope.value = np.sqrt(low / 2.0) * offset, -np.sqrt(low / 2.0) * kappa
    c.high.value, c.high_slope.value = high * (1.0 - offset), high * kappa


def _fill_floor(
    c: Program, p: Problem, tf: float, unit: float, kappa: float, reference: np.ndarray, most_kg: float
) -> None:
    """Bounds that every flight keeps which burns at most `most_kg`.

    Over an interval h the logarithm z of mass falls from z0 to z1, by h mean / exhaust = 2x, where mean is that of sigma. Mass
    falls by at most T h / exhaust; with zm = (z0 + z1) / 2 this reads 2 exp(zm) sinh(x) <= T h / exhaust, and because sinh(x)
    >= x, mean <= T exp(-zm). For the smallest thrust, likewise, mean >= T exp(-zm) x / sinh(x). A chord above exp(-zm) and a
    tangent below it make these linear.
    """
    flow, t = tf / p.exhaust_mps, c.t
    lightest = np.maximum(p.mass_kg - flow * p.thrust_max_N * t, max(p.dry_mass_kg, p.mass_kg - most_kg))
    heaviest = np.maximum(p.mass_kg - flow * p.thrust_min_N * t, lightest)
    x = 0.5 * flow * p.thrust_max_N * t[1] / lightest[1:]
    zm = 0.5 * (reference[1:] + reference[:-1])
    low, offset = p.thrust_min_N / unit * x / np.sinh(x) * np.exp(-zm), math.log(p.mass_kg) - zm
    c.low.value, c.low_slope.value = low * (1.0 - offset), low * kappa
    z1, z0 = np.log(lightest[1:]), np.log(heaviest[:-1])  # all masses that the interval may see lie between
    fall = p.thrust_max_N / unit * (np.exp(-z1) - np.exp(-z0)) / np.maximum(z0 - z1, 1e-12)
    c.high.value = p.thrust_max_N / unit * np.exp(-z1) - fall * (math.log(p.mass_kg) - z1)
    c.high_slope.value = fall * kappa
    c.low_end.value, c.high_end.value = p.thrust_min_N / heaviest[:-1] / unit, p.thrust_max_N / lightest[1:] / unit


@lru_cache(maxsize=4)
def _solver(nodes: int) -> Solver:
    return Solver(nodes)


def fuel_optimal(problem: Problem, flight_time_s: Any = None, *, nodes: int = NODES, floor: bool = False) -> Optimum:
    """The flight of least propellant from start to target.

    Parameters
    ----------
    problem : Problem
    flight_time_s : float, optional
        Duration [s]; without it the best one is searched for.
    nodes : int, 5 to 2000
        Points in time. Compiled problems are kept for the last four numbers of nodes.
    floor : bool
        Whether to find `Optimum.floor_kg`, too.

    Returns
    -------
    Optimum

    Raises
    ------
    LunarlabError
        The target can't be reached: says which limit is in the way, and by how much. Or cvxpy is not installed.
    """
    return _solver(int(si(nodes, "", name="nodes", low=5, high=2000))).optimum(problem, flight_time_s, floor=floor)
