"""Transfer orbits against their peers: the same problems, one core, interleaved in one run, as ratios at equal accuracy.

    python -m benchmarks.orbits [--peers PYTHON] [--pykep PYTHON]

Interpreters that have what benchmarks/peers.txt and peers-pykep.txt list (make bench-peers makes them). Carry the ratios,
not the seconds. CPU time throughout, the best of several repeats, and the median over the rounds of the ratio.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from tqdm import tqdm

from lunarlab import ephemeris, integrate
from lunarlab.constants import MU_EARTH
from lunarlab.transfer import bicircular, lambert

ROUNDS = 5
HERE = Path(__file__).parent


def best(call: Callable[[], Any], repeat: int = 5, inner: int = 1) -> float:
    """CPU seconds of the quickest of several calls."""
    spent = math.inf
    for _ in range(repeat):
        start = time.process_time()
        for _ in range(inner):
            call()
        spent = min(spent, (time.process_time() - start) / inner)
    return spent


def ask_peer(python: str, name: str, problem: dict[str, Any], folder: Path) -> tuple[dict[str, Any], np.ndarray]:
    """A peer's seconds and result for a problem."""
    np.savez(folder / "problem.npz", **problem)
    # Whatever a peer compiles and keeps stays in the scratch folder: Basilisk's cache does not notice an edit of a callee.
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder), "NUMBA_CACHE_DIR": str(folder)}
    call = [python, str(HERE / "peers.py"), name, str(folder)]
    done = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout), np.load(folder / f"{name}.npy")


def lambert_problems(count: int = 20_000) -> dict[str, Any]:
    """Arcs from low Earth orbit and beyond, of all angles and times."""
    random = np.random.default_rng(1)
    r1 = random.normal(size=(count, 3))
    r1 *= (random.uniform(6.6e6, 5e7, count) / np.linalg.norm(r1, axis=1))[:, None]
    r2 = random.normal(size=(count, 3))
    r2 *= (random.uniform(6.6e6, 4e8, count) / np.linalg.norm(r2, axis=1))[:, None]
    return {"r1": r1, "r2": r2, "tof": random.uniform(3e4, 5e5, count), "mu": MU_EARTH}


def porkchop_problems(side: int = 300) -> dict[str, Any]:
    """The arcs of a porkchop: from a point of a parking orbit to where the Moon will be."""
    start = ephemeris.tdb("2025-02-01T00:00:00")
    departures = start + np.linspace(0.0, 10.0 * 86400.0, side)
    flights = np.linspace(2.5, 7.0, side) * 86400.0
    eph = ephemeris.ephemeris(start, start + 20.0 * 86400.0)
    moon, _ = ephemeris.moon((departures[:, None] + flights[None, :]).ravel(), eph)
    start = np.broadcast_to([6.0e6, 2.5e6, 1.0e6], moon.shape).copy()
    return {"r1": start, "r2": moon, "tof": np.tile(flights, side), "mu": MU_EARTH}


ARC = {"alpha": 1.7691178282131566, "beta": 1.410124219012155, "angle": 1.922700956647581, "tof": 22.759057297916527}
"""A transfer of 99 days in the bicircular model."""
ERRORS = (2e-5, 1e-6, 1e-7)
"""Errors of position at the end, in distances of the Moon (7.7 km, 400 m, 40 m), at which the times are compared."""


def arc_state(system: bicircular.Bicircular) -> np.ndarray:
    """State (8,) after the departure burn."""
    r = (system.r_earth_m + 167e3) / system.length_m
    v = ARC["beta"] * math.sqrt((1.0 - system.mu) / r) - r
    c, s = math.cos(ARC["alpha"]), math.sin(ARC["alpha"])
    return system.state([r * c - system.mu, r * s, 0.0], [-v * s, v * c, 0.0], ARC["angle"])


def own_arc(tolerances: np.ndarray) -> tuple[list[float], np.ndarray]:
    """Seconds and ends (n, 6) of lunarlab's integrator."""
    system = bicircular.TOPPUTO
    y0, p = arc_state(system), system.params
    run = bicircular.equations.integrator(8)[0]
    none, nowhere, end = np.empty(0), np.empty((0, 8)), np.empty(8)
    seconds, ends = [], []
    for tolerance in tolerances:
        atol = np.where(np.isinf(bicircular.TOLERANCE), math.inf, tolerance)

        def once(rtol: float = tolerance, atol: np.ndarray = atol) -> None:
            run(integrate.never.machine, 0.0, ARC["tof"], y0, p, rtol, atol, 0, 100_000, none, nowhere, none, nowhere, end)

        once()
        seconds.append(best(once, 7, 100))
        ends.append(end[:6].copy())
    return seconds, np.array(ends)


def scipy_arc(tolerance: float) -> tuple[float, np.ndarray]:
    """Seconds and end (6,) of scipy's DOP853 with the same compiled equations."""
    from lunarlab import jit

    system = bicircular.TOPPUTO
    p, out, machine = system.params, np.empty(8), jit.compiled_for(bicircular.equations.function, jit.RATE)

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        machine(t, y, p, out)
        return out.copy()

    def once() -> Any:
        return solve_ivp(slope, (0.0, ARC["tof"]), arc_state(system), method="DOP853", rtol=tolerance, atol=tolerance / 10.0)

    end = once().y[:6, -1]
    return best(once, 3), end


def at_error(seconds: list[float], errors: np.ndarray, wanted: float) -> float:
    """Seconds for an error, between two tolerances by their logarithms."""
    order = np.argsort(errors)
    return float(np.exp(np.interp(math.log(wanted), np.log(errors[order]), np.log(np.asarray(seconds)[order]))))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="interpreter of the peers' environment")
    parser.add_argument("--pykep", help="interpreter of pykep's environment")
    options = parser.parse_args()
    tolerances = np.array([1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8])
    rows: list[tuple[str, str, float, float]] = []
    ratios: dict[str, list[float]] = {"lambert": [], "porkchop": [], "scipy": []}
    notes = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for _ in tqdm(range(ROUNDS), unit="round"):
            for name, problem in (("lambert", lambert_problems()), ("porkchop", porkchop_problems())):
                arguments = {k: problem[k] for k in ("r1", "r2", "tof")}
                v1, _, status = lambert.lambert_rows(**arguments, mu=MU_EARTH)
                own = best(lambda a=arguments: lambert.lambert_rows(**a, mu=MU_EARTH))
                assert (status == lambert.SOLVED).all()
                notes[name] = f"{own / len(v1) * 1e6:.2f} us an arc"
                if options.pykep:
                    peer, velocities = ask_peer(options.pykep, name, problem, folder)
                    # The peer's sense of rotation is its own: compare where both took the same plane.
                    off = np.linalg.norm(velocities[:, :3] - v1, axis=1) / np.linalg.norm(v1, axis=1)
                    same = off < 1e-3
                    ratios[name].append(own / peer["cpu_s"])
                    notes[name] += f", pykep {peer['cpu_s'] / len(v1) * 1e6:.2f} us; {same.mean():.1%} in the same sense"
            seconds, ends = own_arc(tolerances)
            reference = own_arc(np.array([3e-15]))[1][0]
            if options.peers:
                system = bicircular.TOPPUTO
                problem = {
                    "mu": system.mu, "m_sun": system.m_sun, "rho": system.rho, "omega": system.omega, "angle": ARC["angle"],
                    "state": arc_state(system)[:6], "tof": ARC["tof"], "tolerances": 10.0 ** np.arange(-15, -5, 2),
                }  # fmt: skip
                peer, answers = ask_peer(options.peers, "arc", problem, folder)
                reference = answers[0]
                theirs = np.abs(answers[1:] - reference)[:, :3].max(axis=1)
            mine = np.abs(ends - reference)[:, :3].max(axis=1)
            for wanted in ERRORS:
                own = at_error(seconds, mine, wanted)
                notes[f"arc {wanted:g}"] = f"{own * 1e6:.0f} us"
                if options.peers:
                    ratios.setdefault(f"arc {wanted:g}", []).append(own / at_error(peer["cpu_s"], theirs, wanted))
            slow = [scipy_arc(t) for t in (1e-11, 1e-13)]
            errors = np.array([np.abs(end - reference)[:3].max() for _, end in slow])
            ratios["scipy"].append(at_error([s for s, _ in slow], errors, ERRORS[-1]) / own)
    for name, text, budget in (
        ("lambert", "20,000 Lambert arcs, of pykep's time", 0.6),
        ("porkchop", "arcs of a 300 x 300 porkchop, of pykep's time", 0.15),
        *((f"arc {e:g}", f"99-day low-energy arc to {e:g} of the Moon's distance, of heyoka's time", 1.5) for e in ERRORS),
        ("scipy", "the same arc, scipy's DOP853 with compiled equations over lunarlab's", 100.0),
    ):
        if ratios.get(name):
            rows.append((text, notes.get(name, ""), statistics.median(ratios[name]), budget))
    for text, note, ratio, budget in rows:
        fine = ratio >= budget if "scipy" in text else ratio <= budget
        print(f"{text:72} {ratio:8.2f}  (goal {budget:g}{'' if fine else ': missed'})  {note}")


if __name__ == "__main__":
    main()
