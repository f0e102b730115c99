"""What a flight costs, each figure beside pure Python of the same loop in the same run.

    python benchmarks/flight.py [--quick] [--json FILE]

CPU seconds unless it says wall. Carry the ratios, not the seconds: they depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

ONE = """
import time, json
start = time.process_time()
import lunarlab as ll
scene = ll.case({case!r}).scenario
flight = ll.fly(scene, seed=1)
first = time.process_time() - start
def best(**options):
    times = []
    for k in range({repeat}):
        start = time.process_time(); ll.fly(scene, seed=1, **options); times.append(time.process_time() - start)
    return min(times)
def law(t, est, params):
    assert {{type(t)}}  # a set of types does not compile
    return ll.descent.guidance.builtin_law(t, est, params)
print(json.dumps([first, best(), len(flight.table), best(guidance=law)]))
"""


def python(code: str, **environment: str) -> str:
    """Run code in a new interpreter; its standard output."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return done.stdout.strip()


def main() -> None:
    """Measure everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller batches")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    rows: list[tuple[str, float, str, float | None]] = []
    bar = tqdm(total=8, unit="measurement")

    importing = "import time; s = time.process_time(); import lunarlab; print(time.process_time() - s)"
    times = [float(python(importing)) for _ in range(5)]
    rows.append(("import lunarlab", min(times), "s CPU", 0.3))
    bar.update()
    python(ONE.format(case="nominal-mare", repeat=1))  # warm
    firsts = [json.loads(python(ONE.format(case="nominal-mare", repeat=1)))[0] for _ in range(5)]
    rows.append(("first flight of a process, cached", min(firsts), "s CPU", 1.5))
    bar.update()
    with tempfile.TemporaryDirectory() as empty:
        cold = json.loads(python(ONE.format(case="nominal-mare", repeat=1), NUMBA_CACHE_DIR=empty))[0]
    rows.append(("first flight of a process, cold", cold, "s CPU", 20.0))
    bar.update()

    pure = {}
    for case in ("nominal-mare", "hakuto-r-m1"):
        fast = json.loads(python(ONE.format(case=case, repeat=100)))
        pure[case] = json.loads(python(ONE.format(case=case, repeat=1 if options.quick else 3), NUMBA_DISABLE_JIT="1"))[1]
        rows.append((f"one descent with history, {case} ({fast[2]} rows)", fast[1] * 1e3, "ms CPU", 5.0))
        rows.append((f"   with a law that stays Python: ratio {fast[3] / fast[1]:.0f}", fast[3] * 1e3, "ms CPU", 150.0))
        rows.append((f"   the same in pure Python: ratio {pure[case] / fast[1]:.0f}", pure[case] * 1e3, "ms CPU", None))
        bar.update()

    import lunarlab as ll

    sizes = (200, 1000) if options.quick else (1000, 10_000)
    for n in sizes:
        scene = ll.case("nominal-mare").scenario
        wall, cpu = time.perf_counter(), time.process_time()
        result = ll.campaign(scene, n=n, seed=1)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        limit = 60.0 if n == 10_000 else None
        landed = 100 * result.fraction("LANDED")
        rows.append((f"{n} dispersed flights, {os.cpu_count()} threads, {landed:.1f} % land", wall, "s wall", limit))
        rows.append(("   each", cpu / n * 1e3, "ms CPU", None))
        slow = pure["nominal-mare"] * n
        rows.append((f"   pure Python would take {slow / cpu:.0f} times the CPU", slow, "s CPU", None))
        bar.update()
    start = time.perf_counter()
    one = ll.campaign(scene, n=sizes[0], seed=1, workers=1)
    alone = time.perf_counter() - start
    start = time.perf_counter()
    two = ll.campaign(scene, n=sizes[0], seed=1, workers=2)
    both = time.perf_counter() - start
    if one.digest != two.digest:
        raise RuntimeError("the result depends on the number of threads")
    rows.append(("speed-up from 1 to 2 threads", alone / both, "", None))
    bar.update()
    bar.close()

    for name, value, unit, limit in rows:
        mark = "" if limit is None else f"   goal {limit:g}: {'met' if value <= limit else 'NOT met'}"
        print(f"{name:75} {value:10.3f} {unit:7}{mark}")
    if options.json:
        keys = ("what", "value", "unit", "goal")
        Path(options.json).write_text(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=1))


if __name__ == "__main__":
    main()
