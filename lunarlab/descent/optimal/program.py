"""The convex problem, in dimensionless numbers: lengths from the target over a length L, times over the flight time.

The unknowns are r, v, zeta (velocity change so far) at the nodes, and the acceleration a with its slack q, which is sigma.
All numbers of a case are parameters that enter linearly (cvxpy's DPP): compiled once, solving it again costs a few matrix
products and the solver. It is written without loops over nodes, with which cvxpy takes forty times longer to compile it.

cvxpy is imported here, on first use: it takes seconds.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError


def cvxpy() -> Any:
    """The module, or an error that says how to get it."""
    try:
        import clarabel  # noqa: F401
        import cvxpy
    except ImportError as error:
        raise LunarlabError(
            "the fuel-optimal descent needs cvxpy and Clarabel, which are not installed; the extra lunarlab[optimal] has them"
        ) from error
    return cvxpy


class Program:
    """One compiled problem, of one kind.

    * ``"fuel"``: the flyable flight, with a and q linear between nodes;
    * ``"miss"``: the same with a free end, whose distance from the target is the cost, so that it always has a solution;
    * ``"floor"``: what every flight satisfies, in averages over the intervals.

    `ground`, `cone`, `tilt`: whether it has these constraints; a constraint that is not there costs no time.
    """

    def __init__(self, nodes: int, kind: str, ground: bool, cone: bool, tilt: bool) -> None:
        cp = cvxpy()
        intervals, h = nodes - 1, 1.0 / (nodes - 1)
        self.kind, self.t = kind, np.linspace(0.0, 1.0, nodes)
        self.start, self.speed, self.end_speed, self.gravity = (cp.Parameter(3) for _ in range(4))
        self.zeta_max, self.slope, self.cosine = cp.Parameter(), cp.Parameter(nonneg=True), cp.Parameter()
        r, v, zeta = cp.Variable((nodes, 3)), cp.Variable((nodes, 3)), cp.Variable(nodes)
        pull = np.ones((intervals, 1)) @ cp.reshape(self.gravity, (1, 3), order="C")

        # early, late: averages of a over each interval, weighted by the time to its end and the time from its begin.
        rows = []
        if kind == "floor":
            early, late = cp.Variable((intervals, 3)), cp.Variable((intervals, 3))
            q_early, q_late = cp.Variable(intervals), cp.Variable(intervals)
            self.low, self.low_slope, self.high, self.high_slope = (cp.Parameter(intervals) for _ in range(4))
            self.low_end, self.high_end = cp.Parameter(intervals), cp.Parameter(intervals)
            mean, middle = (q_early + q_late) / 2, (zeta[1:] + zeta[:-1]) / 2
            rows += [mean >= self.low + cp.multiply(self.low_slope, middle),
                     mean <= self.high + cp.multiply(self.high_slope, middle)]  # fmt: skip
            for a, q in ((early, q_early), (late, q_late)):
                rows += [cp.norm(a, 2, axis=1) <= q, q >= self.low_end, q <= self.high_end]
                rows += [a[:, 2] >= self.cosine * q] if tilt else []
        else:
            a, q = cp.Variable((nodes, 3)), cp.Variable(nodes)
            self.low, self.low_slope, self.high, self.high_slope = (cp.Parameter(nodes) for _ in range(4))
            self.bend, self.bend_slope = cp.Parameter(nodes), cp.Parameter(nodes)
            early, late, mean = (2 * a[:-1] + a[1:]) / 3, (a[:-1] + 2 * a[1:]) / 3, (q[:-1] + q[1:]) / 2
            square = cp.square(self.bend + cp.multiply(self.bend_slope, zeta))
            rows += [cp.norm(a, 2, axis=1) <= q, q >= self.low + cp.multiply(self.low_slope, zeta) + square,
                     q <= self.high + cp.multiply(self.high_slope, zeta)]  # fmt: skip
            rows += [a[:, 2] >= self.cosine * q] if tilt else []

        rows += [
            r[0] == self.start, v[0] == self.speed, zeta[0] == 0.0, zeta[intervals] <= self.zeta_max,
            v[1:] == v[:-1] + h * ((early + late) / 2 + pull),
            r[1:] == r[:-1] + h * v[:-1] + (h * h / 2) * (early + pull),
            zeta[1:] == zeta[:-1] + h * mean,
        ]  # fmt: skip
        if kind == "miss":
            cost = cp.norm(r[intervals]) + cp.norm(v[intervals] - self.end_speed)
        else:
            cost = zeta[intervals]
            rows += [r[intervals] == 0.0, v[intervals] == self.end_speed]
        if ground:
            held = r[1:] if kind == "miss" else r[1:intervals]
            rows.append(held[:, 2] >= (self.slope * cp.norm(held[:, :2], 2, axis=1) if cone else 0.0))
        self.r, self.v, self.zeta, self.a, self.q = r, v, zeta, a, q
        self.problem = cp.Problem(cp.Minimize(cost), rows)

    def solve(self) -> bool:
        """Whether there is a solution; it stands in r, v, zeta, a, q."""
        cp = cvxpy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "may be inaccurate": who asked looks at the misses
            try:
                self.problem.solve(solver=cp.CLARABEL, enforce_dpp=True, warm_start=False)
            except cp.error.SolverError:
                return False
        return self.problem.status in ("optimal", "optimal_inaccurate")
