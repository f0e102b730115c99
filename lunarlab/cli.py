"""The command ``lunarlab``: list cases, fly them once or often, open the lessons, warm the compiled cache, find trouble.

Exit codes: 0 fine (a crash is a result, too), 1 something found by ``doctor``, 2 bad input (one line on stderr).
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.metadata
import importlib.util
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lunarlab import __version__
from lunarlab.errors import LunarlabError
from lunarlab.grading import commands as grading

PACKAGE = Path(__file__).parent


def parse_change(text: str) -> tuple[str, Any]:
    """``navigation.gate_m=3000`` as ("navigation.gate_m", 3000.0); true and false are yes and no, other words stay words."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not value.strip():
        raise LunarlabError(f"--set {text!r} can't be read; write key.path=value, for example navigation.gate_m=3000")
    if value.strip().lower() in ("true", "false"):
        return path.strip(), value.strip().lower() == "true"
    try:
        return path.strip(), float(value)
    except ValueError:
        return path.strip(), value.strip()


def cmd_cases(options: argparse.Namespace) -> int:
    """List the cases."""
    from lunarlab.cases.loader import case, case_names

    rows = [case(name) for name in case_names()]
    if options.json:
        keys = ("name", "mission", "date", "outcome", "kind", "flight", "title", "role", "operator", "lander")
        print(json.dumps([{k: getattr(c, k) for k in keys} for c in rows]))
        return 0
    width = max(len(c.name) for c in rows)
    for c in rows:
        print(f"{c.name:{width}}  {c.date}  {c.kind:8}  {c.role:8}  {c.title}")
    return 0


def flight_report(case: Any, flight: Any, seed: int | None) -> dict[str, Any]:
    """What ``fly --json`` prints."""
    from lunarlab.cases.kinds import kind

    return {
        "case": case.name,
        "seed": seed,
        "verdict": getattr(flight.verdict, "value", flight.verdict),
        "reasons": flight.reasons,
        **kind(case.flight).report(flight),
        "events": [{"t_s": e.t_s, "kind": e.kind, "detail": e.detail} for e in flight.events],
        "expect": case.check(flight),
    }


def cmd_fly(options: argparse.Namespace) -> int:
    """Fly a case and say what happened."""
    from lunarlab.cases.fly import fly
    from lunarlab.cases.loader import case

    changes = dict(parse_change(text) for text in options.set)
    loaded = case(options.case, changes)
    flight = fly(loaded.no_fault if options.no_fault else loaded.scenario, seed=options.seed)
    if options.plot:
        save_plot(flight, loaded, Path(options.plot))
    report = flight_report(loaded, flight, options.seed)
    if options.json:
        print(json.dumps(report, allow_nan=False))
        return 0
    print(f"{loaded.title}, seed {options.seed}{', fault removed' if options.no_fault else ''}")
    for event in report["events"]:
        print(f"  {event['t_s']:8.1f} s  {event['detail']}")
    print(f"\n{report['verdict']}" + "".join(f"\n  {reason}" for reason in flight.reasons))
    if not options.no_fault:
        print("\nexpected signature")
        for name, row in report["expect"].items():
            value = "-" if row["value"] is None else f"{row['value']:.5g}"
            mark = "ok " if row["ok"] else "NO "
            print(f"  {mark} {name:30} {value:>9}   in {row['low']:g} to {row['high']:g}  ({row['source']})")
    return 0


def save_plot(flight: Any, case: Any, path: Path) -> None:
    """Write the four lanes of a flight; the format follows the file's ending."""
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise LunarlabError(f"--plot is {str(path)!r}; the file must end in .png, .svg or .pdf")
    if not path.absolute().parent.is_dir():
        raise LunarlabError(f"--plot is {str(path)!r}; there is no folder {str(path.absolute().parent)!r}")
    from lunarlab.plots import four_lanes

    figure = four_lanes(flight, case.published)
    try:
        figure.savefig(path)
    except OSError as error:
        raise LunarlabError(f"--plot: {path} can't be written: {error.strerror}") from error


def campaign_report(flown: Any) -> dict[str, Any]:
    """What ``campaign --json`` prints."""
    ellipse = flown.ellipse()
    return {
        "n": flown.n,
        "verdicts": flown.verdicts,
        "digest": flown.digest,
        "wall_s": flown.wall_s,
        "cpu_s": flown.cpu_s,
        "ellipse": None if ellipse is None else dataclasses.asdict(ellipse),
        "causes": [
            {key: None if value != value else value for key, value in dataclasses.asdict(cause).items()}
            for cause in flown.causes()
        ],
    }  # fmt: skip


def cmd_campaign(options: argparse.Namespace) -> int:
    """Fly a case many times and say what came of it."""
    from lunarlab.cases.loader import case
    from lunarlab.descent.campaign import campaign

    loaded = case(options.case, dict(parse_change(text) for text in options.set))
    try:
        flown = campaign(
            loaded, n=options.n, seed=options.seed, workers=options.workers, cluster=options.cluster, out=options.out,
            resume=options.resume, progress=not options.json,
        )  # fmt: skip
    except KeyboardInterrupt as stop:
        again = ["lunarlab", "campaign", options.case, "-n", str(options.n), "--seed", str(options.seed)]
        again += [word for text in options.set for word in ("--set", text)]
        again += ["--cluster", options.cluster] if options.cluster else []
        again += ["--out", options.out, "--resume"] if options.out else []
        hint = f"; go on with: {shlex.join(again)}" if options.out else ""
        print(f"lunarlab: stopped: {str(stop) or 'no flight was flown'}{hint}", file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(campaign_report(flown), allow_nan=False))
        return 0
    print(f"{loaded.title}: {flown.n} flights, seed {flown.seed}, {flown.wall_s:.1f} s ({flown.cpu_s:.1f} s of CPU)\n")
    for verdict, count in sorted(flown.verdicts.items(), key=lambda row: -row[1]):
        print(f"  {verdict:15} {count:7}  {100 * count / flown.n:6.2f} %")
    _, low, high = flown.success()
    print(f"\nlands with a probability of {100 * low:.2f} to {100 * high:.2f} % (95 % confidence)")
    ellipse = flown.ellipse()
    if ellipse is not None:
        print(f"\n{ellipse}")
    found = flown.causes()
    if found:
        print("\ncauses" + "".join(f"\n  {cause}" for cause in found[:8]))
    if flown.draws and flown.n >= 10 * len(flown.draws):
        for column, what in (("speed_mps", "speed at contact"), ("miss_m", "miss along the track"),
                             ("propellant_left_kg", "propellant left")):  # fmt: skip
            rows = [row for row in flown.sensitivity(column) if row.significant][:3]
            print(f"\n{what} depends on" + "".join(f"\n  {row}" for row in rows) + ("" if rows else " nothing that was drawn"))
    print(f"\ndigest {flown.digest}" + (f", rows in {options.out}" if options.out else ""))
    return 0


def cmd_bench(options: argparse.Namespace) -> int:
    """Fly the matrix of decisions and missions."""
    from lunarlab.cases.bench import bench

    flown = bench(options.decision or None, options.case or None, options.seeds, progress=not options.json)
    if options.json:
        print(json.dumps([dataclasses.asdict(cell) for cell in flown.cells]))
    else:
        print(f"{flown.table}\n\n{flown.told}")
    return 0


def cmd_gallery(options: argparse.Namespace) -> int:
    """Write the page with one picture and one sentence for each mission."""
    from lunarlab.plots.gallery import gallery

    file, cards = gallery(options.out, progress=not options.json)
    if options.json:
        rows = [{"name": c.case.name, "verdict": c.verdict, "sentence": c.sentence, "alt": c.alt} for c in cards]
        print(json.dumps({"file": str(file), "cards": rows}))
    else:
        print(f"{file}: {len(cards)} missions")
    return 0


def find_lessons(start: Path) -> Path:
    """The lessons: in ./lessons, in the checkout, or copied out of an installed wheel to ./lunarlab-lessons."""
    for place in (start / "lessons", PACKAGE.parent / "lessons"):
        if list(place.glob("*.ipynb")):
            return place
    packed = PACKAGE / "_lessons"
    if not list(packed.glob("*.ipynb")):
        raise LunarlabError(f"no lessons were found in {start / 'lessons'}, nor with the package; name their folder")
    target = start / "lunarlab-lessons"
    target.mkdir(exist_ok=True)
    for lesson in packed.glob("*.ipynb"):
        if not (target / lesson.name).exists():  # never over a student's work
            shutil.copy(lesson, target)
    return target


def cmd_lab(options: argparse.Namespace, rest: list[str]) -> int:
    """Open JupyterLab on the lessons; unknown options are handed to it."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise LunarlabError("JupyterLab is not installed here; install lunarlab with its requirements (see README)")
    # Not an argument of ours: argparse would take the 8899 of "--port 8899" for it.
    folder = Path(rest.pop(0)) if rest and not rest[0].startswith("-") else find_lessons(Path.cwd())
    if not folder.is_dir():
        raise LunarlabError(f"{str(folder)!r} is not a folder")
    command = [
        sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.absolute()}",
        # Lab would ask servers on the internet for updates and extensions at every start.
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []), *rest,
    ]  # fmt: skip
    # lunarlab/jupyter switches announcements off, which would ask for news on the internet; messages are sent at once.
    paths = [str(PACKAGE / "jupyter"), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}
    return subprocess.call(command, env=environment)  # noqa: S603 - our own interpreter, the user's own options


def cmd_warm(options: argparse.Namespace) -> int:
    """Fill the compiled cache."""
    from lunarlab import jit
    from lunarlab.warm import warm

    if not jit.ENABLED:
        print("numba is switched off (NUMBA_DISABLE_JIT): nothing to compile")
        return 0
    known = set(jit.CACHE.rglob("*.nbc")) if jit.CACHE else set()
    if not known and not options.quiet:
        print("Compiling the physics, once; this takes two or three minutes ...", flush=True)
    spent = warm()
    made = len(set(jit.CACHE.rglob("*.nbc")) - known) if jit.CACHE else 0
    jit.prune()
    if not options.quiet:
        print(f"{made} compiled functions added to {jit.CACHE} in {sum(spent.values()):.1f} s of CPU")
    return 0


def findings() -> list[tuple[str, bool, str, str]]:
    """(what, fine, found, what to do) for everything that a lesson needs."""
    from lunarlab import jit

    rows = [("lunarlab", True, __version__, "")]
    version = platform.python_version()
    rows.append(("Python", sys.version_info >= (3, 11), version, "use Python 3.11 or newer"))
    for name, why in (
        ("numpy", "everything"), ("numba", "the compiled physics"), ("astropy", "units"), ("sympy", "derivations"),
        ("boinor", "orbits"), ("matplotlib", "figures"), ("ipywidgets", "controls"), ("anywidget", "the console"),
        ("jupyterlab", "the lessons"), ("ipykernel", "the lessons"),
    ):  # fmt: skip
        try:
            rows.append((name, True, importlib.metadata.version(name), ""))
        except importlib.metadata.PackageNotFoundError:
            rows.append((name, False, "missing", f"needed for {why}: pip install -r binder/requirements.txt"))
    if not jit.ENABLED:
        rows.append(("compiled code", False, "numba is switched off", "unset NUMBA_DISABLE_JIT: flights are 100 times faster"))
    elif jit.CACHE is None:
        rows.append(("compiled code", False, "no writable cache", "set NUMBA_CACHE_DIR to a folder that can be written"))
    else:
        count = len(list(jit.CACHE.rglob("*.nbc")))
        rows.append(("compiled code", count > 0, f"{count} functions in {jit.CACHE}", "run: lunarlab warm"))
    folder = jit.CACHE or Path.cwd()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e6
    rows.append(("disk", free > 50, f"{free:.0f} MB free", "free some space: compiled code can't be kept"))
    kernel = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    rows.append(("kernel", kernel.is_file(), "python3" if kernel.is_file() else "not registered in this environment",
                 "run: python -m ipykernel install --sys-prefix"))  # fmt: skip
    widgets = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "@jupyter-widgets" / "jupyterlab-manager"
    rows.append(("widgets", widgets.is_dir(), "JupyterLab extension found" if widgets.is_dir() else "extension not found",
                 "reinstall jupyterlab_widgets beside jupyterlab; lessons fall back to still figures"))  # fmt: skip
    start = time.process_time()
    from lunarlab.descent.flight import fly
    from lunarlab.descent.scenario import Scenario

    flight = fly(Scenario(), seed=None)
    took = time.process_time() - start
    rows.append(("first flight", flight.landed, f"{flight.verdict.value} after {took:.1f} s of CPU", "please report this"))
    return rows


def cmd_doctor(options: argparse.Namespace) -> int:
    """Say what is here and what to do about each problem."""
    rows = findings()
    if options.json:
        print(json.dumps([{"what": w, "ok": ok, "found": found, "do": do if not ok else ""} for w, ok, found, do in rows]))
    else:
        for what, ok, found, do in rows:
            print(f"{'ok ' if ok else 'NO '} {what:14} {found}" + ("" if ok else f"\n      -> {do}"))
    return 0 if all(row[1] for row in rows) else 1


class _Parser(argparse.ArgumentParser):
    """One line and exit code 2, instead of the whole usage."""

    def error(self, message: str) -> Any:
        raise LunarlabError(f"{message} (see: {self.prog} --help)")


def whole_number(text: str) -> int:
    """A seed or a count from the command line."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = _Parser(prog="lunarlab", description="A course that you can fly.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser, metavar="COMMAND")
    sub = commands.add_parser("cases", help="list the missions")
    sub.add_argument("--json", action="store_true", help="as JSON")
    sub.set_defaults(run=cmd_cases)
    sub = commands.add_parser("fly", help="fly a mission")
    sub.add_argument("case", metavar="CASE", help="a name from 'lunarlab cases', or a TOML file")
    sub.add_argument("--seed", type=whole_number, default=0, help="seed of all noise (default 0)")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                     help="change a number or word of the case, for example navigation.gate_m=3000")  # fmt: skip
    sub.add_argument("--no-fault", action="store_true", help="remove the fault")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.add_argument("--plot", metavar="FILE", help="write the four lanes as a figure (.png, .svg, .pdf)")
    sub.set_defaults(run=cmd_fly)
    sub = commands.add_parser("campaign", help="fly a mission many times")
    sub.add_argument("case", metavar="CASE", help="a name from 'lunarlab cases', or a TOML file; a descent")
    sub.add_argument("-n", type=whole_number, default=1000, help="number of flights (default 1000)")
    sub.add_argument("--seed", type=whole_number, default=0, help="seed of the campaign (default 0)")
    sub.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                     help="change a number or word of the case, for example dispersions.mass_kg=2")  # fmt: skip
    sub.add_argument("--workers", type=whole_number, help="threads on this machine (default: one for each core)")
    sub.add_argument("--cluster", metavar="ADDRESS", help="fly on a Dask cluster, for example tcp://host:8786")
    sub.add_argument("--out", metavar="FILE", help="keep every flight in a Parquet file, from the first second on")
    sub.add_argument("--resume", action="store_true", help="go on with the file if it is there")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_campaign)
    sub = commands.add_parser("bench", help="change one decision of each mission, and fly what becomes of it")
    sub.add_argument("--decision", action="append", default=[], metavar="NAME", help="only this one (may be repeated)")
    sub.add_argument("--case", action="append", default=[], metavar="CASE", help="only this mission (may be repeated)")
    sub.add_argument("--seeds", type=whole_number, default=3, help="seeds per cell (default 3)")
    sub.add_argument("--json", action="store_true", help="as JSON")
    sub.set_defaults(run=cmd_bench)
    sub = commands.add_parser("gallery", help="write a page with one picture and one sentence for each mission")
    sub.add_argument("out", metavar="OUT", help="folder for index.html; made if it is not there")
    sub.add_argument("--json", action="store_true", help="print what is on the page as JSON")
    sub.set_defaults(run=cmd_gallery)
    sub = commands.add_parser("lab", help="open the lessons in JupyterLab; further options go to it",
                              usage="lunarlab lab [FOLDER] [OPTIONS OF JUPYTERLAB]")  # fmt: skip
    sub.set_defaults(run=cmd_lab)
    sub = commands.add_parser("warm", help="compile the physics ahead")
    sub.add_argument("--quiet", action="store_true", help="print nothing")
    sub.set_defaults(run=cmd_warm)
    sub = commands.add_parser("doctor", help="look for problems and say what to do")
    sub.add_argument("--json", action="store_true", help="as JSON")
    sub.set_defaults(run=cmd_doctor)
    grading.add(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    try:
        options, rest = build_parser().parse_known_args(arguments)
        if options.command == "lab":
            return int(options.run(options, rest))
        if rest:
            raise LunarlabError(f"unknown option {rest[0]} (see: lunarlab {options.command} --help)")
        return int(options.run(options))
    except LunarlabError as error:
        print(f"lunarlab: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader went away, for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())


