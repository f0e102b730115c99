"""What many flights cost: threads on one core and on two, the plane against space, a Dask cluster against threads.

    python -m benchmarks.campaign [--flights N] [--space N] [--cluster N] [--json FILE]

Wall time is what the goals speak of, and it depends on what else the machine does: CPU time stands beside it. Speed-ups are
ratios within one run. Results must not depend on who flew, so digests are compared before times are.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

import lunarlab as ll
from lunarlab.descent.campaign import Campaign
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.sensors import Camera
from lunarlab.descent.space import Site

GOALS = {"plane": 45.0, "space": 3.0, "efficiency": 1.8, "cluster": 1.25}
"""10,000 planar flights in seconds of wall time on two cores; space over the plane; one core over two; cluster over threads
(most, most, least, most)."""
ROUNDS = 3


def plane() -> Scenario:
    """The landing on level ground, with its dispersions."""
    scene: Scenario = ll.case("nominal-mare").scenario
    return scene


def space() -> Scenario:
    """The same near the south pole of a turning Moon: a kilometre beside the track, six states, a camera that sees craters."""
    scene = plane()
    return replace(
        scene,
        name=f"{scene.name} in space",
        site=Site(dimensions=3, latitude_deg=-69.4, heading_deg=180.0, cross_track_m=1e3),
        camera=Camera(height_max_m=15e3, height_min_m=1e3, period_s=1.0),
        navigation=replace(scene.navigation, filter="six", policy="nis"),
        guidance=replace(scene.guidance, approach="p64", position_gain=0.06),
        dispersions=replace(scene.dispersions, cross_m=500.0, left_mps=0.5, cross_track_m=200.0, pointing_deg=0.2),
    )


def timed(scene: Scenario, n: int, **options: Any) -> tuple[Campaign, float]:
    """A campaign, and its wall time [s]."""
    begin = time.perf_counter()
    result = ll.campaign(scene, n=n, seed=1, **options)
    return result, time.perf_counter() - begin


def same(*results: Campaign) -> None:
    """Refuse results that differ in a bit."""
    digests = {result.digest for result in results}
    if len(digests) != 1:
        raise RuntimeError(f"campaigns differ although scenario and seed are the same: {sorted(digests)}")


def cluster_over_threads(n: int) -> tuple[float, float]:
    """Wall times [s] of n planar flights on a Dask cluster of two local workers and on two threads, medians of rounds."""
    from distributed import Client, LocalCluster

    spent: dict[str, list[float]] = {"cluster": [], "threads": []}
    quiet = {"dashboard_address": None, "silence_logs": 50}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **quiet) as local, Client(local) as client:
        ll.campaign(plane(), n=200, seed=2, cluster=client)  # the workers load the compiled code
        for _ in tqdm(range(ROUNDS), desc="cluster", unit="round"):
            there, wall = timed(plane(), n, cluster=client)
            spent["cluster"].append(wall)
            here, wall = timed(plane(), n, workers=2)
            spent["threads"].append(wall)
            same(there, here)
    return statistics.median(spent["cluster"]), statistics.median(spent["threads"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flights", type=int, default=10_000, help="in the plane")
    parser.add_argument("--space", type=int, default=10_000, help="in space")
    parser.add_argument("--cluster", type=int, default=5000, help="on the Dask cluster; 0 leaves it out")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    rows: list[tuple[str, float, str, str]] = []

    def add(what: str, value: float, unit: str, goal: float | None = None, *, least: bool = False) -> None:
        fine = goal is None or (value >= goal if least else value <= goal)
        note = "" if goal is None else f"goal {'at least' if least else 'at most'} {goal:g}{'' if fine else ': missed'}"
        rows.append((what, value, unit, note))

    for scene in (plane(), space()):
        ll.campaign(scene, n=50, seed=2)  # compile
    n, load = options.flights, os.getloadavg()[0]
    both, wall = timed(plane(), n, workers=2, progress=True)
    cost = wall * 10_000 / n
    landed = 100.0 * both.fraction("LANDED")
    add(f"10,000 flights in the plane, two threads, {landed:.1f} % land", cost, "s wall", GOALS["plane"])
    add("   each", both.cpu_s / n * 1e3, "ms CPU")
    short = min(n, 2000)
    ratios = []
    for _ in tqdm(range(ROUNDS), desc="one core and two", unit="round"):
        one, alone = timed(plane(), short, workers=1)
        two, together = timed(plane(), short, workers=2)
        same(one, two)
        ratios.append(alone / together)
    add(f"from one thread to two, {short} flights", statistics.median(ratios), "times", GOALS["efficiency"], least=True)
    m = options.space
    turned, wall = timed(space(), m, workers=2, progress=True)
    landed, dear = 100.0 * turned.fraction("LANDED"), wall * 10_000 / m
    add(f"10,000 flights in space, two threads, {landed:.1f} % land", dear, "s wall")
    add("   each", turned.cpu_s / m * 1e3, "ms CPU")
    add("   of the plane's wall time", dear / cost, "times", GOALS["space"])
    add("   of the plane's CPU time", turned.cpu_s / m / (both.cpu_s / n), "times", GOALS["space"])
    if options.cluster:
        there, here = cluster_over_threads(options.cluster)
        add(f"Dask, two local workers, {options.cluster} flights", there, "s wall")
        add("   of the wall time of two threads", there / here, "times", GOALS["cluster"])
    print(f"load before the first campaign {load:.1f}, {os.cpu_count()} cores")
    for what, value, unit, note in rows:
        print(f"{what:64} {value:9.2f} {unit:7} {note}")
    if options.json:
        keys = ("what", "value", "unit", "goal")
        Path(options.json).write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=1))


if __name__ == "__main__":
    main()
