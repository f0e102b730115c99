"""Hand-ins as they lie in a folder: a notebook, an archive or a folder for each student. Read with care, never opened as code.

``SUBMISSIONS/<student>.ipynb``, ``SUBMISSIONS/<student>.zip`` or ``SUBMISSIONS/<student>/.../<notebook>.ipynb``: the name of
the file or folder says who handed it in, because the transport (a learning platform, a drop box) gave it. Whatever stands
inside the file does not.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import archive, notebook
from lunarlab.grading.batch.notebook import Invalid, NotebookCell

ENTRIES = 200
FOLDERS = 4
"""How deep a student's folder may go."""
_OPEN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_SKIPPED = frozenset({".ipynb_checkpoints", "__MACOSX", "__pycache__"})


@dataclass(frozen=True)
class Handin:
    """What one student handed in: cells, or why it can't be graded."""

    source: str
    """Name of the file or folder, as the transport gave it."""
    sha256: str
    """Of the notebook; where there is none, of the name and the reason."""
    cells: tuple[NotebookCell, ...] = ()
    reason: str = ""
    """Empty, or what makes it invalid, in one word."""
    sentence: str = ""
    size: int = 0
    only: bool = True
    """Whether its folder holds no other one of the same student: then it is the one that was handed in last."""


def entries(folder: Path) -> list[str]:
    """Names of the hand-ins in a folder, sorted, so that every run meets them in the same order."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise LunarlabError(f"the submissions in {str(folder)!r} can't be listed: {error.strerror}") from None
    return [name for name in names if not name.startswith(".") and name not in _SKIPPED and _counts(folder / name)]


def _counts(path: Path) -> bool:
    """Files of other kinds (a roster, a note) lie beside hand-ins and are none; links are, and will be refused."""
    return path.suffix.lower() in (".ipynb", ".zip") or not path.is_file() or path.is_symlink()


def student_of(source: str) -> str:
    """Whose hand-in it is, as the transport names them."""
    name = source[: -len(Path(source).suffix)] if Path(source).suffix.lower() in (".ipynb", ".zip") else source
    return name or source


def take(folder: Path, source: str, wanted: str = "", exercises: Collection[str] = ()) -> Handin:
    """Read one hand-in.

    Parameters
    ----------
    folder, source
        The folder with all of them, and one name from `entries`.
    wanted
        File name of the assignment's notebook: which one counts if a folder holds several.
    exercises
        Those of the assignment: a notebook that answers others only is refused.

    Returns
    -------
    Handin
        Never an exception, whatever lies there: a broken hand-in is a reason.
    """
    raw = b""
    found: dict[str, bytes] = {}
    try:
        found = _notebooks(folder, source)
        raw = _choose(found, wanted, source)
        cells = notebook.read(raw)
        if exercises:
            notebook.belongs(cells, exercises)
        return Handin(source, hashlib.sha256(raw).hexdigest(), cells, size=len(raw))
    except Invalid as bad:
        told = raw or "|".join([source, bad.reason, *sorted(found)]).encode("utf-8", "surrogateescape")
        return Handin(source, hashlib.sha256(told).hexdigest(), reason=bad.reason, sentence=bad.sentence, size=len(raw))


def _choose(found: dict[str, bytes], wanted: str, source: str) -> bytes:
    packed = source.lower().endswith(".zip")
    if not found:
        raise Invalid("archive" if packed else "no_notebook", "there is no notebook in it")
    if len(found) > 1:
        named = [name for name in found if wanted and Path(name).name == wanted]
        if len(named) != 1:
            raise Invalid("archive" if packed else "notebooks", f"there are {len(found)} notebooks; hand in one")
        return found[named[0]]
    return next(iter(found.values()))


def _notebooks(folder: Path, source: str) -> dict[str, bytes]:
    """Notebooks of a hand-in by name, each at most a byte longer than the limit."""
    with _folder(folder) as top:
        kind = _kind(top, source)
        if kind == stat.S_IFDIR:
            found: dict[str, bytes] = {}
            _walk(top, source, "", found, [0], 1)
            return found
        if kind != stat.S_IFREG:
            raise _special()
        if source.lower().endswith(".zip"):
            return archive.notebooks(_read(top, source, archive.PACKED_BYTES))
        return {source: _read(top, source, notebook.BYTES)}


def _special() -> Invalid:
    return Invalid("file_type", "it holds a link or a special file; hand in plain files")


def _kind(folder: int, name: str) -> int:
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError as error:
        raise Invalid("unreadable", f"it can't be read: {error.strerror}") from None


@contextlib.contextmanager
def _folder(name: Path | str, inside: int | None = None) -> Iterator[int]:
    """An open folder; inside another one it must not be a link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if inside is not None else 0)
    try:
        opened = os.open(name, flags, dir_fd=inside)
    except OSError as error:
        raise Invalid("unreadable", f"the folder can't be opened: {error.strerror}") from None
    try:
        yield opened
    finally:
        os.close(opened)


def _walk(parent: int, name: str, path: str, found: dict[str, bytes], count: list[int], depth: int) -> None:
    if depth > FOLDERS:
        raise Invalid("too_many_files", f"its folders are nested deeper than {FOLDERS} levels")
    with _folder(name, parent) as here:
        with os.scandir(here) as listing:
            names = []
            for entry in listing:
                count[0] += 1
                if count[0] > ENTRIES:
                    raise Invalid("too_many_files", f"it holds more than {ENTRIES} files")
                names.append(entry.name)
        for inner in sorted(names):
            kind = _kind(here, inner)
            if kind == stat.S_IFDIR:
                if inner not in _SKIPPED and not inner.startswith("."):
                    _walk(here, inner, f"{path}{inner}/", found, count, depth + 1)
            elif kind != stat.S_IFREG:
                raise _special()
            elif inner.lower().endswith(".ipynb") and not inner.startswith("."):
                found[path + inner] = _read(here, inner, notebook.BYTES)
                if sum(map(len, found.values())) > archive.TOTAL_BYTES:
                    raise Invalid("too_large", f"it holds more than {archive.TOTAL_BYTES / 1e6:.0f} MB of notebooks")


def _read(folder: int, name: str, limit: int) -> bytes:
    """Bytes of a regular file with one name; what was looked at is what is read, because the open file is asked."""
    try:
        opened = os.open(name, _OPEN, dir_fd=folder)
    except OSError as error:
        raise Invalid("file_type", f"it can't be opened: {error.strerror}") from None
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise _special()
        if status.st_size > limit:
            raise Invalid("too_large", f"it has {status.st_size / 1e6:.1f} MB; at most {limit / 1e6:.1f} MB can be graded")
        parts, left = [], limit + 1
        while left > 0:
            part = os.read(opened, min(left, 1 << 20))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    except OSError as error:
        raise Invalid("unreadable", f"it can't be read: {error.strerror}") from None
    finally:
        os.close(opened)
