"""What a sandbox's processes use, seen from outside, and how to end them all.

A fenced process begins a process group that it can't leave (the list of system calls refuses setsid and setpgid), so the
group is the sandbox, forks of forks included.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
GONE_S, REAPED_S = 5.0, 1.0
"""How long a killed process may linger until its slot is given up; how long its parent may take to notice."""
PATIENCE = 12.0
"""By how much other people's work may stretch a limit of wall time. What takes longer is our trouble, and no 0."""


def group(leader: int, zombies: bool = False) -> list[tuple[int, int]]:
    """(process, resident bytes) of a process group. Zombies count only if asked for."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path("/proc", entry, "stat").read_bytes().rpartition(b")")[2].split()
            if int(fields[2]) == leader and (zombies or fields[0] not in (b"Z", b"X")):
                found.append((int(entry), int(fields[21]) * PAGE))
    return found


def resident(leader: int, limit: int) -> tuple[int, int]:
    """Memory of a group and number of its processes; shared pages count once if it is near the limit."""
    members = group(leader)
    total = sum(size for _, size in members)
    if total > limit and len(members) > 1:
        shared = 0
        for process, size in members:
            try:
                text = Path(f"/proc/{process}/smaps_rollup").read_text()
                shared += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) << 10
            except (OSError, StopIteration, ValueError):
                shared += size
        total = shared
    return total, len(members)


def _times(process: int | str) -> tuple[float, float]:
    """Time on a processor, and time in which a process was ready to run and had none [s]."""
    try:
        used, waited = Path(f"/proc/{process}/schedstat").read_text().split()[:2]
    except (FileNotFoundError, ProcessLookupError):  # it has ended, even between open and read; or this kernel does not tell
        return 0.0, 0.0
    return 1e-9 * int(used), 1e-9 * int(waited)


Ledger = dict[int, tuple[float, float]]


def ledger(leader: int) -> Ledger:
    """Times on a processor and of waiting for one, of every process of a group [s]."""
    return {process: _times(process) for process, _ in group(leader)}


class Delays:
    """How long somebody else's work has stood in the way of a group's, and of ours, since this was made.

    A right answer must not lose points because a machine is busy, so that time counts for nobody. The kernel measures it. A
    group whose own processes crowd each other out has no excuse: what they use together is taken off.
    """

    def __init__(self, leader: int, before: Ledger | None = None) -> None:
        """`before`: the group as it was when this began, if that is known already."""
        self._leader, self._begun = leader, time.monotonic()
        self._before = ledger(leader) if before is None else before
        self._own = _times("thread-self")[1]

    def excuse(self) -> float:
        """What may be added to a limit of wall time by now [s]."""
        now = ledger(self._leader)
        zero = (0.0, 0.0)
        used = sum(times[0] - self._before.get(process, zero)[0] for process, times in now.items())
        waited = max((times[1] - self._before.get(process, zero)[1] for process, times in now.items()), default=0.0)
        waited = max(0.0, min(waited, time.monotonic() - self._begun - used))
        return waited + _times("thread-self")[1] - self._own


def of_user(uid: int, zombies: bool = False) -> list[int]:
    """Processes of a user. Zombies count only if asked for."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == uid and (zombies or b") Z" not in Path(entry.path, "stat").read_bytes()):
                    found.append(int(entry.name))
    return found


def kill_user(uid: int) -> bool:
    """End all processes of a slot's own user; whether none is left."""
    deadline = time.monotonic() + GONE_S
    while left := of_user(uid):
        for process in left:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def kill_group(popen: subprocess.Popen[bytes], uid: int) -> bool:
    """End a process group, and what else its user runs; whether nothing is left."""
    leader = popen.pid
    deadline = time.monotonic() + GONE_S
    while True:
        if popen.poll() is not None and not group(leader):  # asked first: a number without members may be somebody else's soon
            break
        with contextlib.suppress(OSError):
            os.killpg(leader, signal.SIGKILL)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    if uid and not kill_user(uid):
        return False
    deadline = time.monotonic() + REAPED_S
    while uid and of_user(uid, zombies=True) and time.monotonic() < deadline:
        time.sleep(0.002)  # a zombie still counts against the limit of processes of the slot's user
    return True
