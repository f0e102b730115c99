"""The self-test of a tier: what a hostile student would try first, tried now, with bait outside and a look afterwards."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lunarlab.grading.sandbox import process, slots, tiers
from lunarlab.grading.sandbox.limits import Limits, plain
from lunarlab.grading.sandbox.watch import group

SLOT = 900
"""The self-test's own slot: no batch has that many."""


@contextlib.contextmanager
def _bait(uid: int) -> Iterator[tuple[dict[str, Any], list[socket.socket], subprocess.Popen[bytes]]]:
    """Things outside that a fenced process must not reach, although they belong to its own user."""
    name = f"lunarlab-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lunarlab-bait-")))
        folder.chmod(0o777)  # it is bait: only the fence may protect it
        canary = folder / "canary.txt"
        canary.write_text("the hidden scenario")
        canary.chmod(0o666)
        if uid:
            os.chown(canary, uid, uid)
        ears = []
        for family, kind, address in (
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)), (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0{name}"),
        ):  # fmt: skip
            ear = stack.enter_context(socket.socket(family, kind))
            ear.bind(address)
            ear.setblocking(False)
            if kind == socket.SOCK_STREAM:
                ear.listen()
            ears.append(ear)
        switch = {"user": uid + 1, "group": uid + 1, "extra_groups": []} if uid else {}  # uid itself is swept clean
        # It waits for words that never come: whoever kills this process closes its input, and so ends it, too.
        waits = ["/bin/cat"] if Path("/bin/cat").exists() else [sys.executable, "-S", "-c", "import sys; sys.stdin.read()"]
        victim: subprocess.Popen[bytes] = stack.enter_context(
            subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603
                waits, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={"SECRET": name}, cwd="/", **switch
            )
        )  # fmt: skip
        try:
            yield {
                "canary": str(canary), "outside": str(folder / "written"), "home": str(Path.home()), "victim": victim.pid,
                "tcp": ears[0].getsockname()[1], "udp": ears[1].getsockname()[1], "abstract": name,
            }, ears, victim  # fmt: skip
        finally:
            victim.kill()


def examine(name: str, slot: int = SLOT) -> tiers.Tier:
    """A tier with the result of its probes.

    Raises
    ------
    NoSandbox
        It can't even be started.
    """
    limits = Limits(cpu_s=30.0)
    if name == "P":
        return tiers.Tier("P", {"fence": "there is none: for one's own notebook only"})
    lease = slots.take(slot)
    with _bait(lease.uid) as (bait, ears, victim):
        given = {**bait, "limits": plain(limits), "environment": tiers.KEPT}
        running, said = process.start(tiers.Tier(name), slot, limits, probes=given, lease=lease)
        results = {str(probe)[:40]: str(result)[:200] for probe, result in said.items()}
        gone = running.finish()
        if not gone or group(running.popen.pid):
            results["surviving child"] = "it outlived its sandbox"
        for ear, probe in zip(ears, ("tcp", "udp", "abstract socket"), strict=True):
            with contextlib.suppress(BlockingIOError):
                ear.recv(1) if ear.type == socket.SOCK_DGRAM else ear.accept()[0].close()
                results[probe] = "something was heard outside"
        if victim.poll() is not None:
            results["signals"] = "it ended a process outside"
        if Path(bait["outside"]).exists() or Path(bait["canary"]).read_text() != "the hidden scenario":
            results["write outside"] = "something was written outside"
        if Path(bait["canary"]).stat().st_mode & 0o777 != 0o666:
            results["change outside"] = "rights of a file outside were changed"
    return tiers.Tier(name, results)
