"""What a class costs to grade, and what no accident may cost: figures P-1 to P-12 of the grader, measured on this machine.

    python -m benchmarks.grading                 the short set, a few minutes
    python -m benchmarks.grading --only P-1 P-8  some of it
    python -m benchmarks.grading --full          as long as the figures ask for: half an hour

P-1 class of 200, 10 % hostile; P-2 the same, twice the flights; P-3 start of a sandbox; P-4 a call; P-5 memory; P-6 kill -9;
P-7 deadlines; P-8 run again; P-9 honest grades beside other neighbours; P-10 graders on one file; P-12 60 MB; S-18 beside busy
threads. P-11, whether it is equally hard for everybody, is `benchmarks.fairness`. (P-13, another machine, needs one.)
"""

# ruff: noqa: E501, D102 - lines of a report
from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import resource
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import grading_class as gc
from lunarlab.grading import checks
from lunarlab.grading.batch import engine, fenced, ingest, notebook, owner, slots
from lunarlab.grading.batch.gradebook import Gradebook
from lunarlab.grading.batch.ingest import Handin
from lunarlab.grading.batch.score import Criterion, Graded
from lunarlab.grading.sandbox.limits import Limits

ROOT = Path(__file__).parents[1]
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "lunarlab.cli", "grade", str(folder / "in"), "--assignment", str(folder), "--practice", "--json",
            *more]  # fmt: skip


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def start(folder: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(folder, *more), env=environment(), cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def tree() -> dict[int, tuple[int, float, str]]:
    """(parent, resident MB, command) of every process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                found[int(entry.name)] = (int(fields[1]), int(fields[21]) * PAGE_MB, fields[0])
    return found


def busy_s() -> float:
    """What all processors have worked so far [s]. Of a process in a namespace of its own nobody else is told the time."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(int(fields[k]) for k in (0, 1, 2, 5, 6)) / os.sysconf("SC_CLK_TCK")


def proportional_mb(pid: int) -> float:
    """Memory of a process in which shared pages are shared out [MB]."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    return 0.0


class Watch(threading.Thread):
    """Looks at the memory of a grader: its own processes (supervisor and workers) and all that descend from it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.largest, self.grader, self.whole, self.end = pid, 0.0, 0.0, 0.0, False

    def run(self) -> None:
        while not self.end:
            rows = tree()
            below, more = {self.pid}, True
            while more:
                new = {pid for pid, row in rows.items() if row[0] in below} - below
                below, more = below | new, bool(new)
            own = [self.pid, *(pid for pid, row in rows.items() if row[0] == self.pid)]
            self.largest = max(self.largest, *(rows[pid][1] for pid in own if pid in rows), 0.0)
            self.grader = max(self.grader, sum(map(proportional_mb, own)))
            self.whole = max(self.whole, sum(map(proportional_mb, below)))
            time.sleep(0.5)


def finished(process: subprocess.Popen[str]) -> dict:
    out, err = process.communicate()
    if process.returncode not in (0, 3):
        raise SystemExit(f"grader ended with {process.returncode}: {err[-500:]}")
    return json.loads(out.splitlines()[-1])


def results(folder: Path) -> dict[str, tuple[str, int, str]]:
    """(digest, milli-points, state) by student's key."""
    with contextlib.closing(sqlite3.connect(folder / "gradebook.sqlite")) as book:
        rows = book.execute(
            "select s.student_key, g.digest, g.milli, j.state from submission s join job j on j.submission_id = s.id "
            "left join grade g on g.submission_id = s.id"
        ).fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def undeserved(folder: Path, kinds: dict[str, str]) -> list[str]:
    """Hand-ins whose points are not what they should be."""
    found = results(folder)
    wrong = []
    for name, kind in kinds.items():
        _, milli, state = found[gc.KEY.student(name)]
        full = kind in gc.HONEST or kind in gc.FULL_ANYWAY
        out_of = 22_000 if milli and milli > gc.FULL else gc.FULL
        fine = state == "invalid" if kind == "broken" else (milli in (gc.FULL, 22_000)) if full else milli is not None and milli < out_of
        wrong += [] if fine else [f"{kind}: {state} {milli}"]
    return wrong


def grade_class(folder: Path, count: int, *, long: bool = False, workers: int = 2) -> None:
    hostile, broken = count // 10, max(1, count * 3 // 200)
    kinds = gc.write_class(folder, count, hostile, broken, long=long)
    begin, before = time.monotonic(), busy_s()
    process = start(folder, f"--workers={workers}")
    watch = Watch(process.pid)
    watch.start()
    said = finished(process)
    watch.end = True
    wall, cpu = time.monotonic() - begin, busy_s() - before
    name = "P-2" if long else "P-1"
    load = os.getloadavg()[0]
    print(f"{name}  {count} hand-ins, {hostile} hostile, {broken} broken: {wall:.1f} s wall, {cpu:.1f} s CPU of all that "
          f"runs here, tier {said['tier']}, load {load:.1f}; {said['graded']} graded, {said['invalid']} invalid, "
          f"{said['needs_attention']} need attention; other points than deserved: {undeserved(folder, kinds) or 'none'}")  # fmt: skip
    print(f"P-5  largest grader process {watch.largest:.0f} MB, grader {watch.grader:.0f} MB, with sandboxes {watch.whole:.0f} MB")
    begin = time.monotonic()
    again = finished(start(folder))
    print(f"P-8  run again: {again['executed']} executed, {time.monotonic() - begin:.2f} s ({again['wall_s']:.2f} s in the grader)")


@contextlib.contextmanager
def joined(slot: int) -> Iterator[None]:
    """Where a worker of this slot would be."""
    allowed = os.sched_getaffinity(0)
    engine.join(slot)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def sandboxes(count: int) -> None:
    checks.add(gc.EXERCISES)
    fence, slot = fenced.fence("L", Limits(**gc.LIMITS)), slots.take()
    for kind in ("plain", "numpy"):
        opened, calls = [], []
        cells = notebook.read(gc.notebook(gc.HONEST[kind], "x", gc.assignment()))
        for number in range(count):
            begin = time.perf_counter()
            with joined(slot), fence.opener(cells, {"91.fall": {"height_m": 50.0}}, slot) as session:
                session.load(["guidance", "fall_mps"])
                opened.append(1e3 * (time.perf_counter() - begin))
                (law,) = session.answers("91.guidance", ["guidance"])
                state = np.array([400.0, -20.0, 1.62])
                for step in range(200 if number else 2000):
                    begin = time.perf_counter()
                    law(0.1 * step, state)
                    calls.append(1e6 * (time.perf_counter() - begin))
        print(f"P-3  start with {kind} cells, {count} times: median {statistics.median(opened):.0f} ms, "
              f"95th percentile {np.percentile(opened, 95):.0f} ms")  # fmt: skip
        print(f"P-4  a call of {kind}: median {statistics.median(calls):.0f} us, 95th percentile {np.percentile(calls, 95):.0f} us")
    for kind, limit in (("loop", "load_s"), ("loop_low", "tick_s")):
        over = []
        for _ in range(max(2, count // 8)):
            cells = notebook.read(gc.notebook(gc.HOSTILE[kind], "x", gc.assignment()))
            with joined(slot), fence.opener(cells, {"91.fall": {"height_m": 50.0}}, slot) as session:
                begin = time.monotonic()
                report = session.load(["guidance"])
                if not report.fault:
                    (law,) = session.answers("91.guidance", ["guidance"])
                    begin = time.monotonic()
                    with contextlib.suppress(Exception):
                        law(0.0, np.array([50.0, -20.0, 1.62]))
                over.append(time.monotonic() - begin - gc.LIMITS[limit])
        print(f"P-7  {kind}: {max(over):.2f} s over the limit of {gc.LIMITS[limit]:g} s at most ({len(over)} times)")


def crowded(rounds: int) -> None:
    """How much slower a neighbour flies beside eight busy threads: time of 4000 calls, in turns with and without them."""
    checks.add(gc.EXERCISES)
    fence, (one, other) = fenced.fence("L", Limits(**gc.LIMITS)), (slots.take(), slots.take())
    spin = "import threading\ndef spin():\n    while True: pass\nfor _ in range(8): threading.Thread(target=spin, daemon=True).start()\nx = 1"
    numbers = {"91.fall": {"height_m": 50.0}}
    quiet, busy = [], []
    state = np.array([400.0, -20.0, 1.62])
    for _ in range(rounds):
        with fence.opener(notebook.read(gc.notebook(gc.HONEST["plain"], "x", gc.assignment())), numbers, one) as honest:
            (law,) = honest.answers("91.guidance", ["guidance"])
            for times, cells in ((quiet, None), (busy, notebook.read(gc.notebook(spin, "x", gc.assignment())))):
                with fence.opener(cells, numbers, other) if cells else contextlib.nullcontext() as hostile:
                    if hostile:
                        hostile.load(["x"])
                    with joined(one):
                        begin = time.perf_counter()
                        for step in range(4000):
                            law(1e-3 * step, state)
                        times.append(time.perf_counter() - begin)
    print(f"S-18 beside eight busy threads a neighbour takes {statistics.median(busy) / statistics.median(quiet):.2f} times as long "
          f"({rounds} turns of 4000 calls, {1e6 * statistics.median(quiet) / 4000:.0f} us a call without)")  # fmt: skip


def kills(folder: Path, count: int, times: int, whole_group: bool) -> None:
    rng = random.Random(6)  # noqa: S311 - moments, no secrets
    kinds = gc.write_class(folder / "calm", count, count // 10, 2)
    calm_wall = finished(start(folder / "calm"))["wall_s"]
    gc.write_class(folder / "killed", count, count // 10, 2)
    lingering, killed = 0, 0
    for _ in range(times):
        process = start(folder / "killed")
        time.sleep(rng.uniform(0.2, 3.0 + 2.0 * calm_wall / times))
        if process.poll() is not None:
            process.communicate()
            break
        below = descendants(process.pid)
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
        process.communicate()
        killed += 1
        time.sleep(2.0)
        rows = tree()
        lingering += sum(pid in rows and rows[pid][2] not in "ZX" for pid in below)
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(folder / "killed" / "gradebook.sqlite")) as book:
            assert book.execute("pragma integrity_check").fetchone() == ("ok",)
    finished(start(folder / "killed"))
    calm, found = results(folder / "calm"), results(folder / "killed")
    honest = [gc.KEY.student(name) for name, kind in kinds.items() if kind in gc.HONEST]
    differ = sum(calm[key][0] != found[key][0] for key in honest)
    others = sum(calm[key][:2] != found[key][:2] for key in calm if key not in honest)
    again = finished(start(folder / "killed"))
    with Gradebook(folder / "killed" / "gradebook.sqlite") as book:
        trouble = book.trouble()
    print(f"P-6  kill -9 of {'the group' if whole_group else 'the supervisor alone'}, {killed} times over {count} hand-ins: "
          f"{len(found)} of {len(calm)} ended, {differ} honest digests differ ({others} of hostile ones), {lingering} processes left "
          f"after 2 s, trouble in the gradebook: {trouble or 'none'}; run again executes {again['executed']}")  # fmt: skip


def descendants(pid: int) -> set[int]:
    rows = tree()
    below, more = {pid}, True
    while more:
        new = {child for child, row in rows.items() if row[0] in below} - below
        below, more = below | new, bool(new)
    return below


def neighbours(folder: Path, count: int, repeats: int) -> None:
    reference: dict[str, tuple] = {}
    changed = 0
    for repeat in range(repeats + 1):
        home = folder / str(repeat)
        kinds = gc.write_class(home, count, count // 4 if repeat else 0, seed=repeat)
        finished(start(home))
        found = results(home)
        honest = {gc.KEY.student(name) for name, kind in kinds.items() if kind in gc.HONEST}
        if not reference:
            reference = found
        changed += sum(found[key] != reference[key] for key in honest)
    print(f"P-9  {repeats} times with other hostile neighbours ({count // 4} of {count}): {changed} honest grades changed")


def _commits(place: str, number: int, count: int, queue: multiprocessing.Queue) -> None:
    work, failed = gc.assignment(), 0
    me = owner.me()
    with Gradebook(place) as book:
        for _ in range(count):
            try:
                job = book.claim(work, me, 600.0)
                row = Criterion("91.fall", 0, "x", 1, 1, 1, "", "", "")
                failed += job is None or not book.finish(job, me, Graded((row,), 1, 1, {}, [], [], {}), "r")
            except Exception as error:
                failed += 1
                print(f"     grader {number}: {error}")
    queue.put(failed)


def commits(folder: Path, graders: int, count: int) -> None:
    place, work = str(folder / "many.sqlite"), gc.assignment()
    cells = notebook.read(gc.notebook("x = 1", "x", work))
    with Gradebook(place, pooled=False) as book:
        book.receive(work, [(f"s-{i}", Handin(str(i), f"{i:064}", cells)) for i in range(count)], "benchmark")
        book.begin_run(work, tier="none", probes={}, versions={}, key_id="")
        with book.engine.begin() as connection:
            connection.exec_driver_sql("update run set id = 'r'")
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    begin = time.monotonic()
    workers = [context.Process(target=_commits, args=(place, i, count // graders, queue)) for i in range(graders)]
    for worker in workers:
        worker.start()
    failed = sum(queue.get() for _ in workers)
    for worker in workers:
        worker.join()
    with Gradebook(place) as book:
        trouble, totals = book.trouble(), book.totals(work)
    print(f"P-10 {graders} graders on one file, {count} grades: {failed} failed, {totals.graded} written in "
          f"{time.monotonic() - begin:.1f} s, trouble: {trouble or 'none'}")  # fmt: skip


def huge(folder: Path) -> None:
    with (folder / "ada.ipynb").open("wb") as stream:
        stream.write(b'{"cells": ["' + b"x" * 60_000_000 + b'"]}')
    before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    found = ingest.take(folder, "ada.ipynb")
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3
    print(f"P-12 a notebook of 60 MB: {found.reason} after {1e3 * (time.perf_counter() - begin):.1f} ms, {more:.0f} MB more")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="P-N", help="only these figures")
    parser.add_argument("--full", action="store_true", help="the numbers that the figures ask for")
    options = parser.parse_args()
    full = options.full

    def wanted(*names: str) -> bool:
        return not options.only or bool(set(names) & set(options.only))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if wanted("P-1", "P-5", "P-8"):
            grade_class(folder / "p1", 200)
        if wanted("P-2") and (full or options.only):
            grade_class(folder / "p2", 200, long=True)
        if wanted("P-3", "P-4", "P-7"):
            sandboxes(40 if full else 16)
        if wanted("S-18"):
            crowded(20 if full else 5)
        if wanted("P-6"):
            kills(folder / "p6g", 200 if full else 30, 50 if full else 4, True)
            kills(folder / "p6s", 200 if full else 30, 50 if full else 4, False)
        if wanted("P-9"):
            neighbours(folder / "p9", 24, 20 if full else 2)
        if wanted("P-10"):
            commits(folder, 8, 2000)
        if wanted("P-12"):
            huge(folder)


if __name__ == "__main__":
    main()
