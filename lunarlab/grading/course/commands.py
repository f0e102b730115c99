"""The commands around the grader, from release to export. `grading.commands` calls `add` once."""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lunarlab.errors import LunarlabError

if TYPE_CHECKING:
    from lunarlab.grading.course.marks import Mark


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
    how = sub.add_mutually_exclusive_group()
    how.add_argument("--reference", metavar="FILE", help="your solution, a notebook or .py: it must get every point in "
                     "every student's name, else nothing is released (default for our lessons: the repository's)")  # fmt: skip
    how.add_argument("--unproven", action="store_true", help="release without knowing that everybody can get every point")
    sub.add_argument("--baseline", metavar="FILE", help="a weak answer: say how much its points differ between students")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_release)

    sub = commands.add_parser("collect", help="bring hand-ins from a drop box or a download into one folder")
    sub.add_argument("source", metavar="FROM", help="the drop box, or an unpacked download")
    sub.add_argument("target", metavar="SUBMISSIONS", help="the folder that 'lunarlab grade' will read")
    sub.add_argument("--transport", choices=("box", "canvas", "moodle"), default="box", help="where they come from")
    sub.add_argument("--roster", metavar="FILE", help="CSV with a column 'student'; platforms need canvas_id or moodle_id")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_collect)

    sub = commands.add_parser("report", help="write a page for each student, or one about the class")
    _graded(sub)
    sub.add_argument("--out", metavar="FOLDER", required=True, help="gets a page for each student, or class.html")
    sub.add_argument("--class", dest="whole", action="store_true", help="about the class, without personal data")
    sub.add_argument("--full", action="store_true", help="with values and allowed bands: after the last hand-in")
    sub.add_argument("--roster", metavar="FILE", help="CSV with columns 'student' and 'name': names on the pages")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_report)

    sub = commands.add_parser("export", help="write marks for Canvas, Moodle, Gradescope or a table")
    _graded(sub)
    sub.add_argument("--to", choices=("canvas", "moodle", "gradescope", "nbgrader", "csv"), default="csv",
                     help="default: csv")  # fmt: skip
    sub.add_argument("--roster", metavar="FILE", help="CSV with a column 'student' and the platform's identifiers")
    sub.add_argument("--title", default="", help="the assignment's name on the platform")
    sub.add_argument("--out", metavar="PATH", required=True, help="a file; Gradescope: a folder; nbgrader: its gradebook.db")
    sub.add_argument("--json", action="store_true", help="one JSON object")
    sub.set_defaults(run=cmd_export)

    sub = commands.add_parser("override", help="a person's points for one exercise of a student, with a reason")
    _graded(sub)
    sub.add_argument("student", metavar="STUDENT", help="as in the roster, or the opaque key")
    sub.add_argument("exercise", metavar="EXERCISE")
    sub.add_argument("points", metavar="POINTS")
    sub.add_argument("--who", required=True, help="who decides; the student reads it")
    sub.add_argument("--why", required=True, help="the reason; the student reads it")
    sub.set_defaults(run=cmd_override)

    sub = commands.add_parser("erase", help="delete everything about a student from the gradebook")
    _graded(sub)
    sub.add_argument("student", metavar="STUDENT", help="as in the roster, or the opaque key")
    sub.set_defaults(run=cmd_erase)


def _graded(sub: argparse.ArgumentParser) -> None:
    _work(sub)
    sub.add_argument("--gradebook", metavar="FILE", help="a file or address (default: gradebook.sqlite beside the assignment)")


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
        _say_notes(looked)
        results = local.check_notebook(looked, progress=lambda result: print(f"{result.message}\n", flush=True))
        print(local.told(results))
    return 0 if all(result.points == result.out_of for result in results) else 1


def _say_notes(looked: Any) -> None:
    told = [f"{id}: {text}" for id, text in looked.notes.items()]
    if looked.usual:
        told.append("no variant.json with your numbers lies beside the notebook: the lesson's usual ones are taken for "
                    f"{', '.join(looked.usual)}; if your course gave you that file, put it there")  # fmt: skip
    print("".join(f"note: {text}\n" for text in told), end="")


def cmd_hand_in(options: argparse.Namespace) -> int:
    """Look at a notebook, hand it in, print the receipt. 0: fine, 2: it would be refused."""
    from lunarlab.grading.course import handin

    looked = handin.look(Path(options.notebook))
    receipt = handin.hand_in(looked, Path(options.to) if options.to else None, options.name)
    if options.json:
        print(json.dumps(receipt))
        return 0
    _say_notes(looked)
    if options.name and receipt["to"] and receipt["owner"] != options.name:
        print(f"note: the file is {receipt['owner']}'s, and a course goes by the owner, not by --name")
    for id in receipt["untouched"]:
        print(f"note: {id} still has its empty stub.")
    answered = len(looked.work.exercises) - len({*receipt["notes"], *receipt["untouched"]})
    share = f"{answered} of {len(looked.work.exercises)} exercises answered"
    print(f"{receipt['file']} can be graded: {receipt['assignment']}, {share}")
    print(f"handed in: {receipt['to']}" if receipt["to"] else "not sent anywhere: upload this file where your course says")
    print(f"receipt: {receipt['at']}, {receipt['bytes']} bytes, sha256 {receipt['sha256']}")
    return 0


def cmd_release(options: argparse.Namespace) -> int:
    """Make the bundles of a class. 0: done, 2: bad input or a secret in a bundle, 3: the reference loses points."""
    from lunarlab.grading.batch.pack import new_key, read_assignment, read_key, read_roster, write_key
    from lunarlab.grading.course.reference import NotProven
    from lunarlab.grading.course.release import release

    place = Path(options.assignment)
    work = read_assignment(place)
    home = place if place.is_dir() else place.parent
    file = Path(options.key) if options.key else home / "course.key"
    if options.new_key:
        work.items(), read_roster(Path(options.roster))  # a slip in either must not leave a key behind
        try:
            write_key(file, new_key(options.new_key))
        except FileExistsError:
            raise LunarlabError(f"there is a course key already: {file}; without --new-key it is used") from None
    key = read_key(file, practice=options.practice)
    proofs: list[Any] = []
    try:
        prove = functools.partial(_prove, options, work, key, proofs)
        done = release(work, key, Path(options.roster), home, Path(options.out), prove)
    except NotProven as why:
        print(f"lunarlab: {why}", file=sys.stderr)
        return 3
    proof = proofs[0] if proofs else None
    if options.json:
        print(json.dumps({"folder": str(done.folder), "bundles": done.bundles, "new": done.new, "searched": done.searched,
                          "left": done.left,
                          "proof": vars(proof) if proof else None}))  # fmt: skip
    else:
        print(f"{done.bundles} bundles, {done.new} of them new, in {done.folder / 'students'}; none holds a secret")
        if proof is not None:
            print(f"{proof.reference} gets every point in the name of each of {proof.students} students")
        if proof is not None and proof.baseline is not None:
            least, mean, most = proof.baseline
            print(f"the weak answer gets {least:.1f} to {most:.1f} points in 100, on average {mean:.1f}")
        print(f"for you alone: {done.folder / 'instructor'}")
        if done.alike:
            print("note: these exercises have no numbers of one's own, all bundles are alike; hidden scenarios still differ")
        if done.left:
            print(f"note: bundles of an earlier release that nobody in the roster has: {', '.join(done.left)}")
    if proof is None:
        print("note: released without a proof that every student can get every point (--reference)", file=sys.stderr)
    elif proof.uneven:
        print("note: the weak answer's points differ by more than 2 in 100: some students have it harder than others; "
              "draw numbers and scenarios from ranges that are equally hard", file=sys.stderr)  # fmt: skip
    return 0


def _prove(
    options: argparse.Namespace, work: Any, key: Any, proofs: list[Any], lesson: Path, students: Sequence[str]
) -> dict[str, Any]:
    """What `release` calls before it writes anything."""
    from lunarlab.grading.course import reference as r

    if options.unproven:
        if options.baseline:
            raise LunarlabError("a weak answer says nothing without a solution: give --reference instead of --unproven")
        return {}
    solution = Path(options.reference) if options.reference else r.solution_of(lesson)
    if solution is None:
        raise LunarlabError(
            f"there is no solution of {lesson.name} here: give yours with --reference, a solved notebook, so that it is known "
            "before the release that every student can get every point; or release with --unproven"
        )
    import tqdm

    tqdm.tqdm.monitor_interval = 0
    weak = Path(options.baseline) if options.baseline else None
    total = len(students) * (2 if weak else 1)
    with tqdm.tqdm(total=total, unit="sitting", desc="proving", disable=options.json) as bar:
        proofs.append(r.prove(solution, lesson, work, key, students, baseline=weak, progress=bar.update))
    return dict(vars(proofs[0]))


def cmd_collect(options: argparse.Namespace) -> int:
    """Collect hand-ins. 0: every file was taken, 3: a person has to look at some."""
    from lunarlab.grading.batch.pack import read_roster
    from lunarlab.grading.course.collect import collect

    roster = read_roster(Path(options.roster)) if options.roster else None
    found = collect(Path(options.source), Path(options.target), transport=options.transport, roster=roster)
    if options.json:
        print(json.dumps({"new": found.new, "replaced": found.replaced, "same": found.same, "refused": found.refused}))
    else:
        for name, why in found.refused:
            print(f"not taken: {name!r}: {why}", file=sys.stderr)
        count = len(found.new) - len(found.replaced)
        print(f"{count} new, {len(found.replaced)} changed, {len(found.same)} as before, {len(found.refused)} not taken")
    return 3 if found.refused else 0


class _Opened:
    """An assignment, its key and its gradebook, as the options name them."""

    def __init__(self, options: argparse.Namespace) -> None:
        from lunarlab.grading.batch.gradebook import Gradebook
        from lunarlab.grading.batch.pack import read_assignment, read_key

        place = Path(options.assignment)
        home = place if place.is_dir() else place.parent
        self.work = read_assignment(place)
        self.key = read_key(Path(options.key) if options.key else home / "course.key", practice=options.practice)
        where = options.gradebook or home / "gradebook.sqlite"
        if "://" not in str(where) and not Path(where).is_file():
            raise LunarlabError(f"there is no gradebook {str(where)!r}; lunarlab grade makes it")
        self.book = Gradebook(where)

    def __enter__(self) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()

    def marks(self) -> dict[str, Mark]:
        """Marks by opaque key, if the present checks have met every hand-in that counts."""
        from lunarlab.grading.course.marks import marks

        if self.book.needs_run(self.work):
            raise LunarlabError(f"checks {self.work.checks!r} have not graded all hand-ins yet: run 'lunarlab grade' first")
        return marks(self.book, self.work)

    def student(self, name: str) -> str:
        """Opaque key of a student who is called by name, or by the key itself."""
        return name if re.fullmatch("s-[0-9a-f]{20}", name) else self.key.student(name)


def _with_gradebook(what: Callable[[argparse.Namespace, _Opened], int]) -> Callable[[argparse.Namespace], int]:
    """A command that needs the gradebook: 5 if that can't be used."""

    @functools.wraps(what)
    def command(options: argparse.Namespace) -> int:
        try:
            from lunarlab.grading.batch.store import GradebookError
        except ImportError:
            raise LunarlabError("this needs lunarlab with its part for courses: install lunarlab[grading]") from None
        try:
            with _Opened(options) as opened:
                return what(options, opened)
        except GradebookError as error:
            print(f"lunarlab: {error}", file=sys.stderr)
            return 5

    return command


@_with_gradebook
def cmd_report(options: argparse.Namespace, opened: _Opened) -> int:
    """Write reports. 0: fine, 3: some hand-ins wait for a person."""
    from lunarlab.grading.batch.pack import read_roster
    from lunarlab.grading.course import classreport, files, report

    found = opened.marks()
    items = {item.id: item for item in opened.work.items()}
    title = f"{opened.work.course}: {opened.work.name}"
    folder = Path(options.out)
    if options.whole:
        files.make_folder(folder)
        files.write_whole(folder / "class.html", classreport.class_report(found, items, title=title))
        count = 1
    else:
        roster = read_roster(Path(options.roster)) if options.roster else {}
        names = {opened.key.student(name): row.get("name") or name for name, row in roster.items()}
        count = report.write_reports(found, items, folder, title=title, names=names, full=options.full)
    waiting = sum(mark.state == "needs_attention" for mark in found.values())
    if options.json:
        print(json.dumps({"pages": count, "students": len(found), "needs_attention": waiting}))
    else:
        print(f"{count} page(s) in {folder}" + (f"; hand-ins that wait for a person: {waiting}" if waiting else ""))
        print(classreport.about(found) if options.whole else report.WHOSE)
    return 3 if waiting else 0


@_with_gradebook
def cmd_export(options: argparse.Namespace, opened: _Opened) -> int:
    """Write marks. 0: fine, 3: there are hand-ins that nobody in the roster has, or that wait for a person."""
    from lunarlab.grading.batch.pack import read_roster
    from lunarlab.grading.course import export, files, gradescope

    found = opened.marks()
    items = {item.id: item for item in opened.work.items()}
    if options.to == "gradescope":
        roster = read_roster(Path(options.roster)) if options.roster else {}
        told = gradescope.write_gradescope(found, items, Path(options.out), roster, opened.key)
    elif not options.roster:
        raise LunarlabError("--roster is missing: platforms' identifiers are looked up in it, never guessed")
    elif options.to == "nbgrader":
        from lunarlab.grading.batch.pack import lesson_file
        from lunarlab.grading.course.nbgrader import write_nbgrader

        place = Path(options.assignment)
        notebook = lesson_file(opened.work, place if place.is_dir() else place.parent).stem
        database = options.out if "://" in options.out else f"sqlite:///{Path(options.out).absolute()}"
        told = write_nbgrader(database, found, items, read_roster(Path(options.roster)), opened.key,
                              assignment=options.title or opened.work.name, notebook=notebook)  # fmt: skip
    else:
        total = sum(item.points for item in items.values()) * 1000
        title, roster = options.title or opened.work.name, read_roster(Path(options.roster))
        text, told = export.table(options.to, found, roster, opened.key, title=title, out_of=total)
        files.write_whole(Path(options.out), text, mode=0o600)
    waiting = sum(mark.state == "needs_attention" for mark in found.values())
    if options.json:
        print(json.dumps({"rows": told.rows, "empty": told.empty, "missing": told.missing, "unreadable": told.unreadable,
                          "waiting": told.waiting, "unknown": told.unknown, "needs_attention": waiting}))  # fmt: skip
    else:
        print(f"{told.rows} {told.what} in {options.out}, {len(told.empty)} without a mark", *told.words(), sep="\n")
        if told.unknown:
            print(f"hand-ins of nobody in the roster: {len(told.unknown)} ({', '.join(told.unknown)})", file=sys.stderr)
        if waiting:
            print(f"hand-ins that wait for a person: {waiting}", file=sys.stderr)
    return 3 if told.unknown or waiting else 0


@_with_gradebook
def cmd_override(options: argparse.Namespace, opened: _Opened) -> int:
    """Note a person's decision about one exercise of the hand-in that counts."""
    mark = opened.marks().get(opened.student(options.student))
    if mark is None or not mark.graded:
        raise LunarlabError(f"there is no graded hand-in of {options.student!r}")
    part = next((part for part in mark.parts if part.exercise == options.exercise), None)
    if part is None:
        raise LunarlabError(f"the assignment has no exercise {options.exercise!r}; it has {', '.join(opened.work.exercises)}")
    try:
        milli = round(float(options.points) * 1000)
    except (ValueError, OverflowError):
        raise LunarlabError(f"points are {options.points!r}; they must be a number") from None
    if not 0 <= milli <= part.out_of_milli:
        raise LunarlabError(f"points are {options.points}; they must be from 0 to {part.out_of_milli / 1000:g}")
    for name in ("who", "why"):
        if not getattr(options, name).strip():
            raise LunarlabError(f"--{name} is empty; {'say who decides' if name == 'who' else 'the student reads the reason'}")
    opened.book.override(mark.submission, options.exercise, milli, who=options.who, why=options.why)
    print(f"{options.exercise} of {mark.student}: {part.milli / 1000:g} became {milli / 1000:g} points")
    return 0


@_with_gradebook
def cmd_erase(options: argparse.Namespace, opened: _Opened) -> int:
    """Delete a student's data."""
    student = opened.student(options.student)
    count = opened.book.erase(student)
    if count == 0:
        raise LunarlabError(f"the gradebook has nothing of {options.student!r}; a student is called as in the roster")
    if opened.book.engine.dialect.name == "sqlite":  # what is deleted stays on free pages until the file is written anew
        with contextlib.closing(opened.book.engine.raw_connection()) as connection:
            for order in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.cursor().execute(order)
    print(f"hand-ins of {student} that are deleted, of all assignments in this gradebook: {count}")
    print("Reports, exports and the files that were handed in are yours to delete: see INSTRUCTORS.md")
    return 0
