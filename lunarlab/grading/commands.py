"""The commands of a course: ``lunarlab grade`` and its doctor. `cli` calls `add` once.

Exit codes of ``grade``: 0 every hand-in is graded or invalid, 2 bad input, 3 a person has to look at some, 4 no sandbox works
here, 5 the gradebook can't be used.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.grading.course import commands as course

_LISTED = 20
_STEADY = {
    "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
}  # fmt: skip
"""What could change a number between two runs, or start a thread before workers are forked."""


def add(commands: Any) -> None:
    """Add the commands to the parser of ``lunarlab``."""
    sub = commands.add_parser(
        "grade", help="grade a class's hand-ins in sandboxes; 'grade doctor' tests the sandboxes",
        usage="lunarlab grade [SUBMISSIONS] [options] | lunarlab grade doctor [--json]",
    )  # fmt: skip
    sub.add_argument("submissions", nargs="?", help="folder with a notebook, archive or folder for each student; "
                     "without it, what the gradebook still has to do")  # fmt: skip
    sub.add_argument("--assignment", default=".", metavar="FILE", help="assignment.toml, or its folder (default: here)")
    sub.add_argument("--key", metavar="FILE", help="the course key (default: course.key beside the assignment)")
    sub.add_argument("--gradebook", metavar="FILE", help="a file, or the address of a PostgreSQL database "
                     "(default: gradebook.sqlite beside the assignment)")  # fmt: skip
    sub.add_argument("--roster", metavar="FILE", help="CSV with a column 'student': who may hand in (default: everybody)")
    sub.add_argument("--workers", type=_count, metavar="N", help="hand-ins graded at once (default: one per core, at most 8)")
    sub.add_argument("--minimum", choices=("L", "B"), default="L", help="weakest kind of sandbox that will do (default L)")
    sub.add_argument("--again", action="store_true", help="also those that need attention, after its cause was removed")
    sub.add_argument("--practice", action="store_true", help="accept an example key; the marks do not count")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_grade)
    course.add(commands)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 64")
    return int(text)


def cmd_grade(options: argparse.Namespace) -> int:
    """Grade a class; or look what sandboxes are worth here."""
    if options.submissions == "doctor":
        return cmd_doctor(options)
    if any(os.environ.get(name) != value for name, value in _STEADY.items()):
        return _in_a_steady_process(options)
    from lunarlab.grading.batch.pack import read_assignment, read_key, read_roster

    place = Path(options.assignment)
    work = read_assignment(place)
    home = place if place.is_dir() else place.parent
    key = read_key(Path(options.key) if options.key else home / "course.key", practice=options.practice)
    roster = read_roster(Path(options.roster)) if options.roster else None
    folder = Path(options.submissions) if options.submissions else None
    if folder is not None and not folder.is_dir():
        raise LunarlabError(f"{str(folder)!r} is not a folder with hand-ins")
    from lunarlab.grading.batch import engine, fenced, ingest
    from lunarlab.grading.batch.gradebook import Gradebook
    from lunarlab.grading.batch.store import GradebookError
    from lunarlab.grading.sandbox import tiers
    from lunarlab.grading.sandbox.limits import Limits, NoSandbox

    tiers.compile_first(work.exercises)
    limits = Limits(**dict(work.limits))  # type: ignore[arg-type]
    book = options.gradebook or home / "gradebook.sqlite"
    workers = options.workers or min(os.cpu_count() or 1, 8)
    try:
        if options.again:
            with Gradebook(book, pooled=False) as opened:
                opened.look_again(work)
        plan = engine.Plan(work, key, book, lambda: fenced.fence(options.minimum, limits), workers, roster)
        with _Bar(quiet=options.json) as bar:
            outcome = engine.run(plan, folder, progress=bar)
    except NoSandbox as error:
        print(f"lunarlab: {error}", file=sys.stderr)
        return engine.EXIT_NO_SANDBOX
    except GradebookError as error:
        print(f"lunarlab: {error}", file=sys.stderr)
        return engine.EXIT_GRADEBOOK
    named = [*(roster or ()), *(map(ingest.student_of, ingest.entries(folder)) if folder else ())]
    _say(outcome, options, {key.student(name): name for name in named})
    return outcome.exit_code


def _say(outcome: Any, options: argparse.Namespace, names: Mapping[str, str]) -> None:
    totals = outcome.totals
    if options.json:
        print(json.dumps({
            "received": totals.received, "graded": totals.graded, "invalid": totals.invalid, "run": outcome.run,
            "needs_attention": totals.needs_attention, "executed": outcome.executed, "new": outcome.new,
            "tier": outcome.tier, "wall_s": outcome.wall_s, "cpu_s": outcome.cpu_s, "warnings": outcome.warnings,
            "stopped": [{"student": student, "state": state, "why": why} for student, state, why in outcome.stopped],
        }))  # fmt: skip
        return
    for warning in outcome.warnings:
        print(f"note: {warning}")
    where = f", sandbox {outcome.tier}" if outcome.tier else ""
    print(f"{totals}\n{outcome.new} new, {outcome.executed} executed in {outcome.wall_s:.1f} s{where}")
    shown = names if sys.stdout.isatty() else {}  # a log holds no names
    for student, state, why in outcome.stopped[:_LISTED]:
        print(f"{state}: {shown.get(student, student)}: {why}")
    if len(outcome.stopped) > _LISTED:
        print(f"and {len(outcome.stopped) - _LISTED} more; --json has them all")
    if totals.needs_attention:
        print("What needs attention is graded with --again, once its cause is removed; 'lunarlab erase' forgets a student.")


def _in_a_steady_process(options: argparse.Namespace) -> int:
    """The same command with an environment in which numbers do not change; in the place of this process if it is ours."""
    command = [sys.executable, "-m", "lunarlab.cli", "grade"]
    command += [options.submissions] if options.submissions else []
    for name in ("assignment", "key", "gradebook", "roster", "workers", "minimum"):
        value = getattr(options, name)
        command += [f"--{name}={value}"] if value is not None else []
    command += [f"--{name}" for name in ("again", "practice", "json") if getattr(options, name)]
    environment = os.environ | _STEADY
    if Path(sys.argv[0]).name in ("lunarlab", "cli.py"):
        sys.stdout.flush()
        os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter, the user's own options
    return subprocess.call(command, env=environment)  # noqa: S603 - as above


class _Bar:
    """Progress on stderr, made when there is something to show."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __call__(self, ended: int, todo: int) -> None:
        if self.quiet:
            return
        if self.bar is None:
            import tqdm

            tqdm.tqdm.monitor_interval = 0  # no thread: workers are forked from this process
            self.bar = tqdm.tqdm(total=todo, unit="hand-in", desc="grading")
        self.bar.update(ended - self.bar.n)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def cmd_doctor(options: argparse.Namespace) -> int:
    """Test each kind of sandbox and say what it is worth here. 0: hand-ins can be graded, 4: they can't."""
    from lunarlab.grading.batch import slots
    from lunarlab.grading.sandbox import probes, tiers
    from lunarlab.grading.sandbox.limits import NoSandbox

    rows: dict[str, dict[str, str]] = {}
    for name in reversed(tiers.ORDER):
        try:
            with slots.testing():
                rows[name] = dict(probes.examine(name).probes)
        except NoSandbox as error:
            rows[name] = {"start": str(error)}
    ready = tiers.compiled()
    works = [name for name, found in rows.items() if name != "P" and found and all(v == "ok" for v in found.values())]
    if options.json:
        print(json.dumps({"tiers": rows, "best": works[0] if works else None, "compiled": ready}))
    else:
        for name, found in rows.items():
            good = sum(value == "ok" for value in found.values())
            use = " (practice: one's own work only)" if name == "P" else ""
            print(f"{name}  {good} of {len(found)} probes are held off{use}")
            for probe, value in found.items():
                if value != "ok" and (name != "P" or not works):
                    print(f"   NO {probe:20} {value}")
        print(f"\nHand-ins are graded in tier {works[0]}." if works else "\nNo tier works here: nothing would be graded.")
        if not ready:
            print("The physics is not compiled yet; the first run will do it, or: lunarlab warm")
    if not works:
        try:
            tiers.best("L")
        except NoSandbox as error:
            print(f"lunarlab: {error}", file=sys.stderr)
        return 4
    return 0
