"""As root every sandbox gets a user of its own, and no two graders the same: a lock on a file says who has it."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lunarlab.grading.sandbox.limits import NoSandbox

FIRST_UID, COUNT = 64_000, 1500
"""Users 64001 to 65500: numbers that no system gives to people."""


@dataclass(frozen=True)
class Lease:
    """A user id for a sandbox, as long as the descriptor is open; 0 where the grader is no root and can't give one."""

    uid: int
    descriptor: int = -1

    def release(self) -> None:
        """Give it back."""
        if self.descriptor >= 0:
            os.close(self.descriptor)


def _folder() -> Path:
    """Where the locks lie: a folder of root's own."""
    for parent in (Path("/run"), Path(tempfile.gettempdir())):
        place = parent / "lunarlab-slots"
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            found = place.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o077:
            return place
    raise NoSandbox("no folder for locks: /run/lunarlab-slots must belong to root alone")


def take(slot: int) -> Lease:
    """The user of a slot, or the next one that no other grader has.

    Raises
    ------
    NoSandbox
        All are taken.
    """
    if os.geteuid() != 0:
        return Lease(0)
    folder = _folder()
    for k in range(COUNT):
        uid = FIRST_UID + 1 + (slot + 7 * k) % COUNT
        descriptor = os.open(folder / str(uid), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            continue
        return Lease(uid, descriptor)
    raise NoSandbox("every user id for sandboxes is taken")
