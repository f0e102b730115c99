"""Slots: numbers that no two grading processes of a machine share, because each has limits and, as root, a user of its own."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from pathlib import Path

from lunarlab.errors import LunarlabError

SLOTS = 64
_held: list[int] = []


def take() -> int:
    """A free slot, kept until this process ends, however it ends.

    Raises
    ------
    LunarlabError
        All are taken, or their folder is somebody else's.
    """
    folder = Path(tempfile.gettempdir()) / f"lunarlab-slots-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise LunarlabError(f"{folder.name} in the folder for temporary files belongs to somebody else")
    for slot in range(SLOTS):
        opened = os.open(folder / str(slot), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            continue
        _held.append(opened)
        return slot
    raise LunarlabError(f"{SLOTS} grading processes run on this machine already")
