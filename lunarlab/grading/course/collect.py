"""Collect: hand-ins from a drop box or a learning platform's download into one folder, under the names that transport gave.

Who handed in is never read from inside a file. In a drop box it is the owner of the file; in a download it is the number
that the platform puts into the file's name, looked up in the roster.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import archive, notebook
from lunarlab.grading.course import files

CANVAS = re.compile(r"^.*?_(?:LATE_)?(?P<id>\d+)_\d+_.*\.(?P<kind>ipynb|zip)$", re.IGNORECASE | re.DOTALL)
"""``doejane_LATE_4711_99812_lesson.ipynb``: the first number is Canvas's id of the person."""
MOODLE = re.compile(r"^.*_(?P<id>\d+)_assignsubmission_file_?$", re.IGNORECASE | re.DOTALL)
"""``Jane Doe_815_assignsubmission_file_``: a folder, whose number is Moodle's id of the participant."""
COLUMNS = {"canvas": "canvas_id", "moodle": "moodle_id"}
_CLOCK_S = 2.0
"""Archives keep times to two seconds."""
_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass
class Collected:
    """What became of the files of a folder."""

    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    """Those of `new` of whom there was another file."""
    same: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(file, why)"""


def collect(
    source: Path, target: Path, *, transport: str = "box", roster: Mapping[str, Mapping[str, str]] | None = None
) -> Collected:
    """Copy hand-ins to ``TARGET/<student>.ipynb`` (or ``.zip``), whole or not at all.

    Parameters
    ----------
    source
        The drop box, or an unpacked download.
    target
        Made if it is not there; give it to ``lunarlab grade``.
    transport
        "box", "canvas" or "moodle".
    roster
        Rows by student; the platforms need their column (``canvas_id`` or ``moodle_id``) in it.

    Raises
    ------
    LunarlabError
        The folder can't be read, or the roster lacks the column.
    """
    named = _namer(transport, roster)
    files.make_folder(target)
    found = Collected()
    try:
        names = sorted(path.name for path in source.iterdir())
    except OSError as error:
        raise LunarlabError(f"{str(source)!r} can't be listed: {error.strerror}") from None
    chosen: dict[str, tuple[tuple[bool, float], str, str, bytes]] = {}
    for name in names:
        if name.startswith("."):
            continue
        try:
            path, kind = _file(source / name, transport)
            raw, owner, changed = _read(path)
            student = named(name, owner)
            if student in chosen and transport != "box":
                raise _Refused(f"there is another file of {student}; only one can be handed in")
            # The newest of one's own files counts: its time is the owner's own word about the owner's own work. One that
            # can be read comes first: an upload that broke takes nothing away.
            rank = (_readable(raw, kind), changed)
            if student not in chosen or rank > chosen[student][0]:
                chosen[student] = (rank, kind, name, raw)
        except _Refused as why:
            found.refused.append((name, str(why)))
        except OSError as error:  # whatever lies there, and if it went away meanwhile: the others are collected
            found.refused.append((name, f"it can't be read: {error.strerror}"))
    for student, ((_, changed), kind, name, raw) in chosen.items():
        try:
            _keep(target / f"{student}.{kind}", raw, student, changed, found)
        except _Refused as why:
            found.refused.append((name, str(why)))
    return found


def _readable(raw: bytes, kind: str) -> bool:
    try:
        for one in archive.notebooks(raw).values() if kind == "zip" else [raw]:
            notebook.read(one)
    except notebook.Invalid:
        return False
    return True


class _Refused(Exception):  # noqa: N818
    """Why a file was not taken."""


def _namer(transport: str, roster: Mapping[str, Mapping[str, str]] | None) -> Callable[[str, str], str]:
    if transport == "box":

        def owner_of(name: str, owner: str) -> str:
            if not files.is_plain(owner):
                raise _Refused(f"its owner {owner!r} is no login")
            if roster is not None and owner not in roster:
                raise _Refused(f"{owner} is not in the roster")
            return owner

        return owner_of
    if transport not in COLUMNS:
        raise LunarlabError(f"transport is {transport!r}; it must be box, canvas or moodle")
    column, pattern = COLUMNS[transport], CANVAS if transport == "canvas" else MOODLE
    if roster is None or not any(row.get(column) for row in roster.values()):
        raise LunarlabError(f"a download of {transport} needs a roster with the column {column!r}: names are never guessed")
    ids: dict[str, str] = {}
    for student, row in roster.items():
        id = (row.get(column) or "").strip()
        if id and ids.setdefault(id, student) != student:
            raise LunarlabError(f"the roster's {column} {id!r} belongs to two students")
        if not files.is_plain(student):
            raise LunarlabError(f"the roster's student {student!r} can't be the name of a file")

    def looked_up(name: str, owner: str) -> str:
        match = pattern.match(name)
        if match is None:
            raise _Refused(f"its name is not one that {transport} gives")
        if match["id"] not in ids:
            raise _Refused(f"{column} {match['id']} is not in the roster")
        return ids[match["id"]]

    return looked_up


def _file(path: Path, transport: str) -> tuple[Path, str]:
    """The notebook or archive of one entry, with its ending."""
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode) and transport == "moodle":
        inner = [file for file in sorted(path.iterdir()) if file.suffix.lower() in (".ipynb", ".zip") and file.name[0] != "."]
        if len(inner) != 1:
            raise _Refused(f"there are {len(inner)} notebooks or archives in it")
        path = inner[0]
    kind = path.suffix.lower()[1:]
    if kind not in ("ipynb", "zip"):
        raise _Refused("it is neither a notebook nor a zip archive")
    return path, kind


def _read(path: Path) -> tuple[bytes, str, float]:
    """Content, owner and time of a plain file: all from the open file, so that nobody can change it in between."""
    limit = archive.PACKED_BYTES if path.suffix.lower() == ".zip" else notebook.BYTES
    try:
        opened = os.open(path, _OPEN)
    except OSError as error:
        raise _Refused(f"it can't be opened: {error.strerror}") from None
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise _Refused("it is a link, a folder or a special file")
        if status.st_size > limit:
            raise _Refused(f"it has more than {limit / 1e6:.1f} MB")
        with os.fdopen(opened, "rb", closefd=False) as stream:
            raw = stream.read(limit)
        return raw, _login(status.st_uid), min(status.st_mtime, time.time())  # a clock that is wrong must not win for ever
    finally:
        os.close(opened)


def _login(uid: int) -> str:
    try:
        import pwd
    except ImportError:  # Windows: a drop box needs owners
        raise LunarlabError("a drop box needs a system where files have owners: Linux or macOS") from None
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"


def _keep(file: Path, raw: bytes, student: str, changed: float, found: Collected) -> None:
    """Write a file with its own time, by which the next one is known to be newer or older."""
    other = file.with_suffix(".zip" if file.suffix == ".ipynb" else ".ipynb")
    there = [path for path in (file, other) if path.exists()]
    newest = max((path.stat().st_mtime for path in there), default=changed)
    same = file.exists() and file.read_bytes() == raw
    if not same and changed < newest - _CLOCK_S:
        raise _Refused(
            f"what was collected for {student} before is newer ({_date(newest)}) than this file ({_date(changed)}); delete "
            f"{there[0].name} there if this one is to count"
        )
    if not same and there and not _readable(raw, file.suffix[1:]) and _readable(there[0].read_bytes(), there[0].suffix[1:]):
        raise _Refused(f"it is broken, and what was collected for {student} before can be read: that one stays")
    if not same:
        files.write_whole(file, raw, mode=0o600)
        other.unlink(missing_ok=True)
        found.replaced += [student] if there else []
    os.utime(file, (changed, max(changed, newest)))
    (found.same if same else found.new).append(student)


def _date(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
