"""What the least propellant costs to find: solves of the convex problem as a tuner asks for them, one after another.

    python -m benchmarks.optimal [--solves N] [--json FILE]

Wall time per call, median and 95th percentile, and CPU time, median; one thread. Each call is another problem: start, speed
and mass are drawn anew. A call takes one to three solves: where the mass comes out far from its reference, another follows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from lunarlab.descent.optimal import Problem, Solver

GOAL_MS = 40.0


def problems(count: int, **options: Any) -> list[Problem]:
    """Neighbours of one landing: what a slider would ask for."""
    random, base = np.random.default_rng(1), Problem(**options)
    return [
        replace(
            base,
            r_m=tuple(np.array(base.r_m) * random.uniform(0.9, 1.1, 3)),
            v_mps=tuple(np.array(base.v_mps) * random.uniform(0.9, 1.1, 3)),
            mass_kg=base.mass_kg * random.uniform(0.95, 1.05),
        )
        for _ in range(count)
    ]


def clocked(call: Any, cases: list[Problem], what: str) -> tuple[float, float, float, float]:
    """Milliseconds of a call: wall time, median and 95th percentile, CPU time; and the mean number of solves in it."""
    wall, cpu, solves = [], [], 0
    for case in tqdm(cases, desc=what, unit="call"):
        begin, used = time.perf_counter(), time.process_time()
        solves += call(case).solves
        wall.append((time.perf_counter() - begin) * 1e3)
        cpu.append((time.process_time() - used) * 1e3)
    wall.sort()
    return statistics.median(wall), wall[int(0.95 * (len(wall) - 1))], statistics.median(cpu), solves / len(cases)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--solves", type=int, default=40)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    rows = []
    bounded = {"glide_slope_deg": 10.0, "tilt_max_deg": 60.0}
    for name, extra in (("level ground", {}), ("glide slope 10 deg, tilt 60 deg", bounded)):
        solver, cases = Solver(60), problems(options.solves, **extra)
        begin = time.perf_counter()
        solver.optimum(cases[0], 70.0)
        rows.append((f"{name}: first solve, compiled on the way", (time.perf_counter() - begin) * 1e3, *[None] * 4))
        for what, call, count, goal in (
            ("another problem, flight time given", lambda p, s=solver: s.optimum(p, 70.0), options.solves, GOAL_MS),
            ("another problem, best flight time", lambda p, s=solver: s.optimum(p), max(options.solves // 4, 3), None),
        ):
            rows.append((f"   {what}", *clocked(call, cases[:count], what), goal))
    print(f"60 nodes; ms{'':46} median   95 %      CPU  solves")
    for what, median, late, cpu, solves, goal in rows:
        tail = "" if late is None else f" {late:8.1f} {cpu:8.1f} {solves:7.1f}"
        mark = "" if goal is None else f"   goal {goal:g}{'' if median <= goal else ': missed'}"
        print(f"{what:56} {median:8.1f}{tail}{mark}")
    if options.json:
        keys = ("what", "median_ms", "p95_ms", "cpu_ms", "solves", "goal_ms")
        Path(options.json).write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=1))


if __name__ == "__main__":
    main()
