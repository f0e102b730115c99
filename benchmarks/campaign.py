"""Campaigns: ten thousand flights, two threads against one, a Dask cluster against threads, and kill -9 at random moments.

    python -m benchmarks.campaign [--quick] [--json FILE]

Wall seconds, so on a machine that does nothing else; what is compared is flown in turns. The kills are the last part.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
from distributed import LocalCluster
from tqdm import tqdm

import lunarlab as ll

MARE = ll.case("nominal-mare").scenario
SPACE = replace(
    MARE, site=replace(MARE.site, dimensions=3.0, latitude_deg=20.0),
    navigation=replace(MARE.navigation, filter="six", policy="nis"),
    guidance=replace(MARE.guidance, approach="p64", position_gain=0.06),
    camera=replace(MARE.camera, height_max_m=15e3, height_min_m=1e3, period_s=1.0),
    dispersions=replace(MARE.dispersions, cross_m=500.0, left_mps=0.5, cross_track_m=500.0),
)  # fmt: skip
"""A camera finds the place, as it has to: without one most landers chase a position that they only believe in."""


def in_turns(rounds: int, *calls: Callable[[], Any]) -> list[float]:
    """Shortest wall time of each call."""
    best = [float("inf")] * len(calls)
    for _ in range(rounds):
        for i, call in enumerate(calls):
            start = time.perf_counter()
            call()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def kill_campaigns(n: int, moments: list[float], *more: str) -> tuple[bool, int]:
    """Kill a campaign of its own process again and again: whether it ends with the digest of one go, and rows kept."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "killed.parquet"
        command = [sys.executable, "-m", "lunarlab.cli", "campaign", "nominal-mare", "-n", str(n), "--seed", "1", "--json",
                   "--out", str(out), "--resume", *more]  # fmt: skip
        from lunarlab.descent.campaign import Campaign

        for moment in moments:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            stamp = out.stat().st_mtime_ns if out.exists() else 0
            while process.poll() is None and (not out.exists() or out.stat().st_mtime_ns == stamp):
                time.sleep(0.01)
            time.sleep(moment)
            process.kill()
            process.wait()
        kept = Campaign.load(out).n
        last = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return last["digest"] == ll.campaign(MARE, n=n, seed=1).digest, kept


def kill_workers(cluster: Any, n: int, moments: list[float]) -> tuple[bool, int]:
    """Kill workers during a campaign: whether its digest is that of threads, and how many were killed."""
    killed, stop, draw = [], threading.Event(), random.Random(3)  # noqa: S311

    def hunt() -> None:
        for moment in moments:
            if stop.wait(moment):
                return
            pids: list[int] = []
            while not pids and not stop.wait(0.02):  # one that is just starting is left alone: its nanny would give up
                running = [n.process for n in cluster.workers.values() if n.process and n.process.status.name == "running"]
                pids = sorted(process.pid for process in running if process.pid)
            if pids:
                os.kill(draw.choice(pids), signal.SIGKILL)
                killed.append(moment)

    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        flown = ll.campaign(MARE, n=n, seed=1, cluster=cluster)
    finally:
        stop.set()
        hunter.join()
    return flown.digest == ll.campaign(MARE, n=n, seed=1).digest, len(killed)


def main() -> int:
    """Measure everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--no-kills", action="store_true", help="only what is timed")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    rows: list[tuple[str, float, str, float | None, bool]] = []
    cores, scale = os.cpu_count() or 1, 10 if options.quick else 1
    bar = tqdm(total=6, unit="measurement")

    ll.campaign(MARE, n=20), ll.campaign(SPACE, n=20)
    n = 1000 // scale
    one, two = in_turns(3, lambda: ll.campaign(MARE, n=n, workers=1), lambda: ll.campaign(MARE, n=n, workers=2))
    rows.append((f"speed-up from 1 to 2 threads, {n} flights", one / two, "", 1.8, one / two >= 1.8))
    bar.update()
    n = 10_000 // scale
    (plane,) = in_turns(1, lambda: ll.campaign(MARE, n=n, seed=1))
    rows.append((f"{n} planar flights, {cores} threads", plane, "s", 45.0 / scale, plane <= 45.0 / scale))
    bar.update()
    start = time.perf_counter()
    deep = ll.campaign(SPACE, n=n, seed=1)
    space = time.perf_counter() - start
    rows.append((f"{n} flights in three dimensions", space, "s", None, True))
    rows.append(("   of which land", deep.fraction("LANDED"), "", 0.99, deep.fraction("LANDED") >= 0.99))
    rows.append(("   times the planar ones", space / plane, "", 3.0, space <= 3.0 * plane))
    bar.update()

    n = 2000 // scale
    # A local cluster gives a worker up that is not back within 15 s, which a busy machine may need to start one.
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "300s"})
    with patient, LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster:
        ll.campaign(MARE, n=100, cluster=cluster)
        here, there = in_turns(
            3, lambda: ll.campaign(MARE, n=n, seed=1, workers=2), lambda: ll.campaign(MARE, n=n, seed=1, cluster=cluster)
        )
        rows.append((f"{n} flights: Dask with 2 local workers / 2 threads", there / here, "", 1.25, there <= 1.25 * here))
        bar.update()
        if options.no_kills:
            return report(rows, options.json)
        draw = random.Random(2026)  # noqa: S311
        same, killed = kill_workers(cluster, 8000 // scale, [draw.uniform(0.2, 2.5) for _ in range(10)])
        text = f"digest after {killed} workers were killed: {'the same' if same else 'ANOTHER'}"
        rows.append((text, killed, "kills", None, same))
        bar.update()
        # A killed campaign costs a start, so it gets fewer moments when in a hurry.
        moments = [draw.uniform(0.0, 2.0) for _ in range(10 if scale == 1 else 2)]
        for where, more in (("threads", ()), ("Dask", ("--cluster", cluster.scheduler_address))):
            same, kept = kill_campaigns(4000 // scale, moments, *more)
            text = f"digest after the campaign on {where} was killed {len(moments)} times: {'the same' if same else 'ANOTHER'}"
            rows.append((text, kept, "rows", None, same))
        bar.update()
    bar.close()
    return report(rows, options.json)


def report(rows: list[tuple[str, float, str, float | None, bool]], file: str | None) -> int:
    """Print the table; 1 if a goal is not met."""
    for name, value, unit, goal, fine in rows:
        mark = f"   goal {goal:g}: {'met' if fine else 'NOT met'}" if goal is not None else "" if fine else "   NOT met"
        print(f"{name:75} {value:10.3f} {unit:7}{mark}")
    if file:
        keys = ("what", "value", "unit", "goal", "met")
        Path(file).write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=1))
    return int(not all(row[-1] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
