"""The peers of benchmarks/orbits.py and descent.py. Run with the interpreter of their own environment: problem in, answer out.

    python benchmarks/peers.py lambert|porkchop|arc|descent FOLDER

Reads FOLDER/problem.npz, prints CPU seconds as JSON, and leaves its result in FOLDER/NAME.npy.
"""

import json
import sys
import time
import types
from pathlib import Path

import numpy as np


class _Absent(types.ModuleType):
    """Stands for a part of pykep that its wheel can't import, because data files are missing from it."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)


def lambert(problem):
    """pykep.lambert_problem, one call for each arc."""
    for part in ("pykep.trajopt", "pykep.plot"):
        sys.modules[part] = _Absent(part)
    import pykep

    solve, mu = pykep.lambert_problem, float(problem["mu"])
    r1, r2, tof = problem["r1"].tolist(), problem["r2"].tolist(), problem["tof"].tolist()
    out, best = np.empty((len(tof), 6)), np.inf
    for _ in range(5):
        start = time.process_time()
        arcs = [solve(a, b, t, mu, False, 0) for a, b, t in zip(r1, r2, tof, strict=True)]
        best = min(best, time.process_time() - start)
    for row, arc in zip(out, arcs, strict=True):
        row[:3], row[3:] = arc.v0[0], arc.v1[0]
    return {"cpu_s": best}, out


def arc(problem):
    """heyoka's scalar Taylor integrator over the bicircular arc, for a ladder of tolerances."""
    import heyoka as hy

    x, y, z, vx, vy, vz = hy.make_vars("x", "y", "z", "vx", "vy", "vz")
    mu, sun, rho, omega, angle = (float(problem[k]) for k in ("mu", "m_sun", "rho", "omega", "angle"))
    sx, sy = rho * hy.cos(angle + omega * hy.time), rho * hy.sin(angle + omega * hy.time)
    c1 = (1.0 - mu) * ((x + mu) ** 2 + y**2 + z**2) ** -1.5
    c2 = mu * ((x + mu - 1.0) ** 2 + y**2 + z**2) ** -1.5
    c3 = sun * ((x - sx) ** 2 + (y - sy) ** 2 + z**2) ** -1.5
    k = sun / rho**3
    equations = [
        (x, vx), (y, vy), (z, vz),
        (vx, x + 2.0 * vy - c1 * (x + mu) - c2 * (x + mu - 1.0) - c3 * (x - sx) - k * sx),
        (vy, y - 2.0 * vx - (c1 + c2) * y - c3 * (y - sy) - k * sy),
        (vz, -(c1 + c2 + c3) * z),
    ]  # fmt: skip
    begin, tof = [float(v) for v in problem["state"]], float(problem["tof"])
    rows, ends = [], []
    for tolerance in (1e-18, *problem["tolerances"].tolist()):
        integrator, best = hy.taylor_adaptive(equations, begin, tol=tolerance), np.inf
        for _ in range(7):
            start = time.process_time()
            for _ in range(100):
                integrator.time = 0.0
                integrator.state[:] = begin
                integrator.propagate_until(tof)
            best = min(best, (time.process_time() - start) / 100)
        rows.append(best)
        ends.append(integrator.state.copy())
    return {"cpu_s": rows[1:]}, np.array(ends)


def descent(problem):
    """Basilisk over the simple descent, its pilot in Python and compiled."""
    from importlib.metadata import version

    import basilisk

    start, seconds, numbers, ends = problem["start"].tolist(), float(problem["seconds"]), {}, []
    for kind in ("python", "compiled"):
        numbers[kind], (t, state) = basilisk.fly(start, seconds, kind, int(problem["repeat"]))
        ends.append([t, *state])
    return {"cpu_s": numbers, "version": version("bsk")}, np.array(ends)


if __name__ == "__main__":
    name, folder = sys.argv[1], Path(sys.argv[2])
    peer = {"lambert": lambert, "porkchop": lambert, "arc": arc, "descent": descent}[name]
    numbers, result = peer(np.load(folder / "problem.npz"))
    np.save(folder / f"{name}.npy", result)
    print(json.dumps(numbers))
