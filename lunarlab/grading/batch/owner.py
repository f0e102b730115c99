"""Who holds a lease, and whether they still live: so that what a killed grader left is taken up at once, and only then."""

from __future__ import annotations

import hashlib
import os
import socket
from functools import cache
from pathlib import Path


@cache
def machine() -> str:
    """The machine since it was started, and the room in it where process numbers mean what they mean to us."""
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        pass
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]


def _started(pid: int) -> str:
    """When a process began, in the clock's ticks since the machine started; "" where nobody can tell, "-" if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except FileNotFoundError:
        return "-" if Path("/proc/self/stat").exists() else ""
    except OSError:
        return ""
    return "-" if fields[0] in "ZX" else fields[19]


def of(pid: int) -> str:
    """Name of a process of this machine as an owner."""
    return f"{machine()}:{pid}:{_started(pid)}"


def me() -> str:
    """Name of this process as an owner."""
    return of(os.getpid())


def is_gone(owner: str) -> bool:
    """Whether an owner surely is dead: it ran on this machine, and its process is not there any more."""
    place, _, rest = owner.partition(":")
    pid, _, began = rest.partition(":")
    if place != machine() or not pid.isdigit():
        return False
    now = _started(int(pid))
    if now:
        return now == "-" or now != began
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
