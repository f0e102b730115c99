"""Slots: numbers that no two grading processes of a machine share, because each has limits and, as root, a user of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lunarlab.errors import LunarlabError

SLOTS = 64
_held: list[int] = []


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"lunarlab-slots-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise LunarlabError(f"{folder.name} in the folder for temporary files belongs to somebody else")
    return folder


def _open(slot: int) -> int:
    return os.open(_folder() / str(slot), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def take() -> int:
    """A free slot, kept until this process ends, however it ends. Slot 0 is for self-tests.

    Raises
    ------
    LunarlabError
        All are taken, or their folder is somebody else's.
    """
    for slot in range(1, SLOTS):
        opened = _open(slot)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            continue
        _held.append(opened)
        return slot
    raise LunarlabError(f"{SLOTS - 1} grading processes run on this machine already")


@contextlib.contextmanager
def testing() -> Iterator[None]:
    """While a sandbox tests itself in slot 0: one at a time on a machine."""
    opened = _open(0)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
