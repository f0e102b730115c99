"""Release: a bundle for each student with the notebook and their own numbers, and a pack that stays with the instructor.

``OUT/students/<student>.zip`` holds the lesson's notebook, ``variant.json`` and ``assignment.json``. ``OUT/instructor/`` holds
the assignment, a copy of the key and every student's hidden streams. Before anything gets its name, all that students will
see is searched for what they must not see, and the reference solution is proven (`reference`); if anything is found,
nothing is released.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lunarlab import __version__
from lunarlab.errors import LunarlabError
from lunarlab.grading import split
from lunarlab.grading.batch import notebook as gate
from lunarlab.grading.batch import score
from lunarlab.grading.batch.pack import Assignment, Key, lesson_file, read_roster
from lunarlab.grading.checks import Exercise
from lunarlab.grading.course import files
from lunarlab.grading.exam import VARIANT_FILE

ASSIGNMENT_FILE = "assignment.json"
"""Beside a student's notebook: what the work is called and which exercises count. No secret."""
CANARY = "INSTRUCTOR-ONLY 5f0c7f"
"""Stands in every file of the instructor's pack, and must stand nowhere else."""
_PACKAGE = Path(__file__).parents[2]
_SECRET_LINE = 24
"""A line of a solution that is at least this long must not be in a bundle."""
_SOLUTION = "the solution"
_STUDENT_KEY = re.compile(rb"\bs-[0-9a-f]{20}\b")


@dataclass(frozen=True)
class Released:
    """What a release made."""

    folder: Path
    bundles: int
    new: int
    searched: int
    """Secrets that were looked for."""
    left: tuple[str, ...] = ()
    """Bundles of an earlier release whose students are not in the roster any more."""
    alike: bool = False
    """Whether nobody has numbers of their own."""


def public(work: Assignment, items: Iterable[Exercise], name: str) -> bytes:
    """``assignment.json``: what a student may know."""
    rows = [{"id": item.id, "title": item.title, "points": item.points} for item in items]
    found = {"version": 1, "course": work.course, "assignment": work.name, "assignment_version": work.version,
             "notebook": name, "exercises": rows}  # fmt: skip
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def bundle(work: Assignment, items: tuple[Exercise, ...], key: Key, student: str, lesson: Path) -> dict[str, bytes]:
    """Files of one student by name."""
    numbers = score.variants(items, work.sitting(key, key.student(student)))
    made = {lesson.name: lesson.read_bytes(), ASSIGNMENT_FILE: public(work, items, lesson.name)}
    if numbers:
        made[VARIANT_FILE] = (json.dumps({"version": 1, "numbers": numbers}, indent=1, allow_nan=False) + "\n").encode()
    return made


def hidden(work: Assignment, items: tuple[Exercise, ...], key: Key, student: str) -> dict[str, Any]:
    """Everything that the grader will draw for a student: the numbers, and the state in which each stream begins."""
    sitting = work.sitting(key, key.student(student))
    found = {}
    for item in items:
        state: Any = sitting.rng(item.id).bit_generator.state
        variant = dict(sitting.variant(item.id)) if item.usual is not None else {}
        found[item.id] = {"variant": variant, "stream": {name: str(value) for name, value in state["state"].items()}}
    return found


def release(
    work: Assignment, key: Key, roster: Path, home: Path, out: Path,
    prove: Callable[[Path, Sequence[str]], Mapping[str, Any]] | None = None,
) -> Released:  # fmt: skip
    """Make the bundles of a class, and the instructor's pack.

    Parameters
    ----------
    work, key
        The assignment and the course key.
    roster : Path
        CSV with a column ``student``.
    home : Path
        Folder of the assignment, where a notebook of its own may lie.
    out : Path
        Where to. May hold an earlier release of the same assignment: students who are new get their bundle, all others
        keep theirs, to the last byte.
    prove : function, optional
        Called with the notebook and the students before anything is written. It raises if the assignment is not to be
        released, and returns what is kept about that in the instructor's pack.

    Raises
    ------
    LunarlabError
        A name that can't be a file's, a notebook that lacks an exercise, an older release that differs, or a secret in
        what students would see. Then nothing is released.
    """
    students = read_roster(roster)
    items = work.items()
    lesson = lesson_file(work, home)
    _has_every_exercise(lesson, items)
    _plain_names(students)
    made = {f"{name}.zip": files.pack(bundle(work, items, key, name, lesson)) for name in students}
    secrets = _secrets(work, items, key, students)
    seen: set[bytes] = set()
    for name, raw in made.items():
        search(name, raw, secrets, seen)
    new = _differences(out / "students", made)
    proof = prove(lesson, tuple(students)) if prove is not None else {}
    _publish(out, made, new, _instructor_pack(work, items, key, students, lesson, proof))
    left = tuple(sorted(path.name for path in (out / "students").glob("*.zip") if path.name not in made))
    return Released(out, len(made), len(new), len(secrets), left, all(item.usual is None for item in items))


def _plain_names(students: Mapping[str, Any]) -> None:
    bad = [name for name in students if not files.is_plain(name)]
    if bad:
        raise LunarlabError(
            f"the roster's student {bad[0]!r} can't be the name of a file; use the login or number of your platform "
            "(letters, digits, . _ @ + -) in the column 'student', and a column 'name' for how they are called"
        )
    folded: dict[str, str] = {}
    for name in students:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            raise LunarlabError(f"the roster's students {other!r} and {name!r} are one file on some computers")


def _has_every_exercise(lesson: Path, items: Iterable[Exercise]) -> None:
    try:
        cells = gate.read(lesson.read_bytes())
    except gate.Invalid as bad:
        raise LunarlabError(f"{lesson.name} could not be graded: {bad.sentence}") from None
    missing = [item.id for item in items if not any(cell.kind == "code" and cell.id == item.id for cell in cells)]
    if missing:
        raise LunarlabError(f"{lesson.name} has no cell for {', '.join(missing)}")


def _secrets(
    work: Assignment, items: tuple[Exercise, ...], key: Key, students: Iterable[str]
) -> dict[str, tuple[bytes, ...]]:
    """What must be in no bundle: what it is, and how it may be written."""
    found: dict[str, tuple[bytes, ...]] = {
        "the course key": (key.secret, key.secret.hex().encode(), base64.b64encode(key.secret).rstrip(b"=")),
        "a file of the instructor's pack": (CANARY.encode(),),
    }
    for student in students:
        for id, row in hidden(work, items, key, student).items():
            found[f"a hidden stream of {id}"] = (*found.get(f"a hidden stream of {id}", ()), row["stream"]["state"].encode())
    found |= {f"{_SOLUTION} {name}": lines for name, lines in _solutions().items()}
    return found


@cache
def _solutions() -> dict[str, tuple[bytes, ...]]:
    """Lines of our own solutions that no lesson shows, by lesson; nothing where the solutions are not at hand."""
    found = {}
    for source in sorted((_PACKAGE.parent / "solutions").glob("*.py")):
        cells = split.parse(source.read_text("utf-8"), source.name)
        shown = {line.strip() for cell in cells if cell.student for line in cell.student.split("\n")}
        lines = {line.strip() for cell in cells for line in cell.solution.split("\n")} - shown
        found[source.stem] = tuple(
            line.encode() for line in sorted(lines) if len(line) >= _SECRET_LINE and not line.startswith(("#", "import "))
        )
    return found


def search(name: str, raw: bytes, secrets: Mapping[str, tuple[bytes, ...]], seen: set[bytes] | None = None) -> None:
    """Look for secrets in an archive: in the bytes of its files, and in the text that a notebook's JSON stands for.

    `seen` holds the files that were searched already: the notebook is the same in every bundle.

    Raises
    ------
    LunarlabError
        One is there.
    """
    known = set() if seen is None else seen
    for inner, content in files.unpack(raw).items():
        if content in known:
            continue
        known.add(content)
        text = (content + b"\n" + "\n".join([inner, *_strings(json.loads(content))]).encode()).lower()
        lines = {line.strip(b" \t#") for line in text.split(b"\n")}
        for what, forms in secrets.items():
            # A solution's lines are compared as lines: a part of one may well stand in a lesson.
            held = lines if what.startswith(_SOLUTION) else text
            if any(form and form.lower() in held for form in forms):
                raise LunarlabError(f"nothing was released: {inner} in {name} would hold {what}")
        if _STUDENT_KEY.search(text):
            raise LunarlabError(f"nothing was released: {inner} in {name} would hold a student's key")


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list):
        yield "".join(part for part in value if isinstance(part, str))
        for inner in value:
            yield from _strings(inner)


def _differences(folder: Path, made: Mapping[str, bytes]) -> list[str]:
    """Names that are new; an error if an older one would change."""
    new = []
    for name, raw in made.items():
        try:
            if (folder / name).read_bytes() != raw:
                raise LunarlabError(
                    f"{name} was released before with other content (key, version, exercises or notebook changed); give "
                    "the assignment a new version and release it into a new folder"
                )
        except FileNotFoundError:
            new.append(name)
    return new


def _instructor_pack(
    work: Assignment, items: tuple[Exercise, ...], key: Key, students: Mapping[str, Mapping[str, str]], lesson: Path,
    proof: Mapping[str, Any],
) -> dict[str, str]:  # fmt: skip
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["student", "key", "bundle", CANARY])
    rows.writerows([name, key.student(name), f"{name}.zip", ""] for name in students)
    scenarios = {key.student(name): hidden(work, items, key, name) for name in students}
    kept = {"id": key.id, "secret": key.secret.hex(), "example": key.example, "note": CANARY}
    about = {"note": CANARY, "lunarlab": __version__, "key_id": key.id, "notebook": lesson.name, "proof": dict(proof),
             "work": {name: value for name, value in asdict(work).items() if name != "home"}}  # fmt: skip
    return {
        "students.csv": table.getvalue(),
        "hidden.json": json.dumps({"note": CANARY, "students": scenarios}, indent=1) + "\n",
        "course.key": json.dumps(kept, indent=1) + "\n",
        "release.json": json.dumps(about, indent=1) + "\n",
    }


def _publish(out: Path, made: Mapping[str, bytes], new: Iterable[str], pack: Mapping[str, str]) -> None:
    """Write everything beside its place, then give it its name: bundles first, one by one, each whole."""
    files.make_folder(out)
    instructor = files.make_folder(out / "instructor", mode=0o700)
    instructor.chmod(0o700)
    for name, text in pack.items():
        files.write_whole(instructor / name, text, mode=0o600)
    students = files.make_folder(out / "students")
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=out))
    try:
        for name in new:
            files.write_whole(draft / name, made[name])
        for name in new:
            (draft / name).replace(students / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
