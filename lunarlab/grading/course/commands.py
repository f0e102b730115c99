"""The commands around the grader: release, check, hand-in, collect. `grading.commands` calls `add` once."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from lunarlab.errors import LunarlabError


def add(commands: Any) -> None:
    """Add the commands to the parser of ``lunarlab``."""
    sub = commands.add_parser("check", help="judge your own notebook as the course will, on public scenarios")
    sub.add_argument("notebook", metavar="NOTEBOOK")
    sub.add_argument("--json", action="store_true", help="as JSON")
    sub.set_defaults(run=cmd_check)

    sub = commands.add_parser("hand-in", help="see whether your notebook can be graded, and get a receipt")
    sub.add_argument("notebook", metavar="NOTEBOOK")
    sub.add_argument("--to", metavar="FOLDER", help="the course's drop box (default: only the receipt)")
    sub.add_argument("--name", default="", help="your login, if it is not the one of this computer")
    sub.add_argument("--json", action="store_true", help="the receipt as JSON")
    sub.set_defaults(run=cmd_hand_in)

    sub = commands.add_parser("release", help="make a bundle for each student of a roster, with numbers of their own")
    _work(sub)
    sub.add_argument("--roster", metavar="FILE", required=True, help="CSV with a column 'student'")
    sub.add_argument("--out", metavar="FOLDER", required=True, help="gets students/ and instructor/")
    sub.add_argument("--new-key", metavar="ID", help="make the course key first, and call it ID")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_release)

    sub = commands.add_parser("collect", help="bring hand-ins from a drop box or a download into one folder")
    sub.add_argument("source", metavar="FROM", help="the drop box, or an unpacked download")
    sub.add_argument("target", metavar="SUBMISSIONS", help="the folder that 'lunarlab grade' will read")
    sub.add_argument("--transport", choices=("box", "canvas", "moodle"), default="box", help="where they come from")
    sub.add_argument("--roster", metavar="FILE", help="CSV with a column 'student'; platforms need canvas_id or moodle_id")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_collect)


def _work(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--assignment", default=".", metavar="FILE", help="assignment.toml, or its folder (default: here)")
    sub.add_argument("--key", metavar="FILE", help="the course key (default: course.key beside the assignment)")
    sub.add_argument("--practice", action="store_true", help="accept an example key; the marks do not count")


def cmd_check(options: argparse.Namespace) -> int:
    """Judge a notebook at home. 0: all points, 1: some are missing, 2: bad input."""
    from lunarlab.grading.course import handin, local

    looked = handin.look(Path(options.notebook))
    if options.json:
        results = local.check_notebook(looked)
        print(json.dumps({
            "indicative": True, "points": sum(r.points for r in results), "out_of": sum(r.out_of for r in results),
            "exercises": [{"id": r.exercise, "title": r.title, "points": r.points, "out_of": r.out_of, "note": r.note,
                           "findings": [vars(f) for f in r.findings]} for r in results],
        }))  # fmt: skip
    else:
        for text in looked.notes.values():
            print(f"note: {text}")
        results = local.check_notebook(looked, progress=lambda result: print(f"{result.message}\n", flush=True))
        print(local.told(results))
    return 0 if all(result.points == result.out_of for result in results) else 1


def cmd_hand_in(options: argparse.Namespace) -> int:
    """Look at a notebook, hand it in, print the receipt. 0: fine, 2: it would be refused."""
    from lunarlab.grading.course import handin

    looked = handin.look(Path(options.notebook))
    receipt = handin.hand_in(looked, Path(options.to) if options.to else None, options.name)
    if options.json:
        print(json.dumps(receipt))
        return 0
    for text in receipt["notes"].values():
        print(f"note: {text}")
    for id in receipt["untouched"]:
        print(f"note: {id} still has its empty stub.")
    answered = len(looked.work.exercises) - len({*receipt["notes"], *receipt["untouched"]})
    share = f"{answered} of {len(looked.work.exercises)} exercises answered"
    print(f"{receipt['file']} can be graded: {receipt['assignment']}, {share}")
    print(f"handed in: {receipt['to']}" if receipt["to"] else "not sent anywhere: upload this file where your course says")
    print(f"receipt: {receipt['at']}, {receipt['bytes']} bytes, sha256 {receipt['sha256']}")
    return 0


def cmd_release(options: argparse.Namespace) -> int:
    """Make the bundles of a class."""
    from lunarlab.grading.batch.pack import new_key, read_assignment, read_key, write_key
    from lunarlab.grading.course.release import release

    place = Path(options.assignment)
    work = read_assignment(place)
    home = place if place.is_dir() else place.parent
    file = Path(options.key) if options.key else home / "course.key"
    if options.new_key:
        try:
            write_key(file, new_key(options.new_key))
        except FileExistsError:
            raise LunarlabError(f"there is a course key already: {file}; without --new-key it is used") from None
    done = release(work, read_key(file, practice=options.practice), Path(options.roster), home, Path(options.out))
    if options.json:
        print(json.dumps({"folder": str(done.folder), "bundles": done.bundles, "new": done.new, "searched": done.searched}))
    else:
        print(f"{done.bundles} bundles, {done.new} of them new, in {done.folder / 'students'}; none holds a secret")
        print(f"for you alone: {done.folder / 'instructor'}")
    return 0


def cmd_collect(options: argparse.Namespace) -> int:
    """Collect hand-ins. 0: every file was taken, 3: a person has to look at some."""
    from lunarlab.grading.batch.pack import read_roster
    from lunarlab.grading.course.collect import collect

    roster = read_roster(Path(options.roster)) if options.roster else None
    found = collect(Path(options.source), Path(options.target), transport=options.transport, roster=roster)
    if options.json:
        print(json.dumps({"new": found.new, "same": found.same, "refused": found.refused}))
    else:
        for name, why in found.refused:
            print(f"not taken: {name!r}: {why}", file=sys.stderr)
        print(f"{len(found.new)} new or changed, {len(found.same)} as before, {len(found.refused)} not taken")
    return 3 if found.refused else 0
