"""One simple descent, flown by lunarlab and by its peers in one run: Basilisk, SciPy, and Python without help.

    python -m benchmarks.descent [--peers PYTHON] [--quick]

PYTHON is an interpreter that has what benchmarks/peers.txt lists (make bench-peers makes one). CPU seconds, the best of
several flights, and the median over the rounds of the ratio to lunarlab's. Carry the ratios, not the seconds.

The same lander, law and ticks for all (benchmarks/simple.py); only lunarlab also reads sensors, runs its navigation filter and
its sequencer at each tick. The ends of all flights are compared before any time is.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from tqdm import tqdm

from benchmarks import simple
from benchmarks.orbits import ask_peer, best
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.guidance import Guidance
from lunarlab.descent.scenario import Orbit, Scenario
from lunarlab.descent.vehicle import Vehicle

WITHIN = {"s": 0.01, "m/s down": 0.001, "m/s forward": 0.002, "m from the target": 0.05, "kg of propellant": 0.01}
"""How far from lunarlab's end a peer's may be."""
GOALS = {"Basilisk, pilot compiled": 10.0, "Basilisk, pilot in Python": 40.0, "plain Python": 15.0, "SciPy": 250.0,
         "lunarlab's own loop in Python": 100.0}  # fmt: skip
"""Times as slow as lunarlab."""


def scenario() -> Scenario:
    """The simple descent as lunarlab's scenario: from a low orbit, so that hardly any coasting is in the time."""
    return Scenario(
        name="simple descent",
        orbit=Orbit(altitude_m=20e3, deorbit_dv_mps=1.0, deorbit_distance_m=6.4e5),
        vehicle=Vehicle(
            mass_kg=simple.MASS, dry_mass_kg=simple.DRY, main_thrust_N=0.0, assist_thrust_N=simple.THRUST,
            assist_isp_s=simple.ISP, assist_throttle_min=simple.THROTTLE_MIN, thrust_lag_s=simple.THRUST_LAG,
            pitch_lag_s=simple.PITCH_LAG, pitch_rate_max_deg_s=math.degrees(simple.PITCH_RATE),
        ),
        guidance=Guidance(
            brake_decel_mps2=simple.DECEL, brake_end_height_m=simple.GATE_HEIGHT, brake_end_speed_mps=simple.GATE_SPEED
        ),
    )  # fmt: skip


def ours(**options: Any) -> Flight:
    """One flight without noise."""
    return fly(scenario(), seed=None, guidance=simple.law, **options)


def start_and_end(flight: Flight) -> tuple[list[float], float, np.ndarray]:
    """State at ignition as `simple` has it, seconds from there to contact, and the end in the order of `WITHIN`."""
    si, contact = flight.si, flight.touchdown
    if contact is None:
        raise RuntimeError(f"lunarlab's lander has not met the ground: {flight}")
    i = np.flatnonzero(si["phase"] > 0)[0]
    start = [simple.RADIUS + si["true_height"][i], -si["true_distance"][i] / simple.RADIUS, si["true_vertical_speed"][i],
             si["true_forward_speed"][i], si["true_mass"][i], si["true_pitch"][i], 0.0]  # fmt: skip
    seconds = contact.t_s - float(si["t"][i])
    burnt = simple.MASS - simple.DRY - contact.propellant_left_kg
    end = np.array([seconds, contact.vertical_mps, contact.lateral_mps, contact.miss_m, burnt])
    return [float(v) for v in start], seconds, end


def end_of(t: float, y: Any) -> np.ndarray:
    """A peer's end in the order of `WITHIN`."""
    return np.array([t, -y[2], y[3], y[1] * simple.RADIUS, simple.MASS - y[4]])


def scipy_step(y: list[float], h: float, thrust_c: float, pitch_c: float) -> list[float]:
    """One tick by SciPy's RK45 with its usual care, as a script would call it."""
    done = solve_ivp(lambda t, y: simple.rates(y, thrust_c, pitch_c), (0.0, h), y, rtol=1e-8, atol=1e-8)
    return [float(v) for v in done.y[:, -1]]


def once(call: Any) -> tuple[float, Any]:
    """CPU seconds of one call, and what it gave."""
    begin = time.process_time()
    result = call()
    return time.process_time() - begin, result


def own_loop_in_python() -> float:
    """CPU seconds of lunarlab's loop with numba switched off, in a process of its own."""
    code = ("import time; from benchmarks import descent as d; s = time.process_time(); d.ours(record=False); "
            "print(time.process_time() - s)")  # fmt: skip
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="interpreter of the peers' environment")
    parser.add_argument("--quick", action="store_true", help="one round")
    options = parser.parse_args()
    start, seconds, end = start_and_end(ours())
    ends, spent, absent = {}, {}, "give --peers an interpreter that has bsk (make bench-peers makes one)"
    times: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        for turn in tqdm(range(1 if options.quick else 3), unit="round"):
            own = best(lambda: ours(record=False), repeat=30)
            times.append(own)
            taken: dict[str, float] = {}
            if options.peers:
                problem = {"start": np.array(start), "seconds": math.ceil(seconds + 2.0), "repeat": 8}
                try:
                    answer, rows = ask_peer(options.peers, "descent", problem, Path(scratch))
                    for name, row, key in zip(("in Python", "compiled"), rows, ("python", "compiled"), strict=True):
                        ends[f"Basilisk, pilot {name}"] = end_of(row[0], row[1:])
                        taken[f"Basilisk, pilot {name}"] = answer["cpu_s"][key]
                    absent = ""
                except subprocess.CalledProcessError as error:
                    absent = f"{options.peers} failed: {error.stderr.strip().splitlines()[-1]}"
            taken["plain Python"], (t, y) = min((once(lambda: simple.fly(start)) for _ in range(3)), key=lambda pair: pair[0])
            ends["plain Python"] = end_of(t, y)
            taken["SciPy"], (t, y) = once(lambda: simple.fly(start, scipy_step))
            ends["SciPy"] = end_of(t, y)
            if turn == 0:  # it takes long, and its ratio is far from its goal
                taken["lunarlab's own loop in Python"] = own_loop_in_python()
            for name, value in taken.items():
                spent.setdefault(name, []).append(value / own)
    limits = np.array(list(WITHIN.values()))
    for name, other in ends.items():
        off = np.abs(other - end)
        if (off > limits).any():
            raise RuntimeError(f"{name} flew something else: ends {dict(zip(WITHIN, other.tolist(), strict=True))}, "
                               f"lunarlab {dict(zip(WITHIN, end.tolist(), strict=True))}")
    print(f"a descent of {seconds:.0f} s, {seconds / simple.TICK:.0f} ticks; it ends " + ", ".join(
        f"{value:.3f} {what}" for what, value in zip(WITHIN, end, strict=True)))
    own = statistics.median(times) * 1e3
    print(f"{'lunarlab, with sensors, filter and sequencer':46} {own:9.2f} ms CPU")
    for name, ratios in sorted(spent.items(), key=lambda item: statistics.median(item[1])):
        ratio, goal, note = statistics.median(ratios), GOALS[name], ""
        if name in ends:
            off = zip(WITHIN, np.abs(ends[name] - end), strict=True)
            note = "ends off by " + ", ".join(f"{distance:.1g} {what}" for what, distance in off)
        print(f"{name:46} {ratio * own:9.2f} ms CPU  times {ratio:6.1f}  (goal {goal:g}"
              f"{'' if ratio >= goal else ': missed'})  {note}")
    if absent:
        print(f"Basilisk was not measured: {absent}")
    else:
        print(f"Basilisk {answer['version']}; building its simulation and compiling are not counted")


if __name__ == "__main__":
    main()
