"""The fenced process: started, asked over its pipes, watched while it works, and ended so that nothing of it is left."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lunarlab.grading.sandbox import remote, slots, tiers
from lunarlab.grading.sandbox.inside import wire
from lunarlab.grading.sandbox.limits import Fault, Limits, NoSandbox
from lunarlab.grading.sandbox.watch import PATIENCE, Delays, kill_group, kill_user, resident

WATCH_S = 0.1
LEAVE_S = 0.2
"""How long a process whose pipes are closed may take to leave by itself."""
_NOTHING = np.empty(0)


class Ended(Exception):  # noqa: N818
    """The process is no more, or must not go on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.kind}: {fault.detail}")
        self.fault = fault


@dataclass
class Process:
    """A fenced process and its three pipes."""

    popen: subprocess.Popen[bytes]
    request: int
    reply: int
    control: int
    launch: tiers.Launch
    lease: slots.Lease
    limits: Limits
    buffer: bytearray = field(default_factory=bytearray)
    number: int = 0
    """Of the latest request."""
    watched: float = 0.0
    delays: Delays | None = None
    """What stood in the way of the present request, from the first look at it."""
    poll: select.poll = field(default_factory=select.poll)

    def __post_init__(self) -> None:
        self.poll.register(self.reply, select.POLLIN)

    # --- requests and replies -----------------------------------------------------------------------------------------

    def ask(self, op: int, payload: bytes, within: float, late: Fault, child: int = -1) -> tuple[int, Any, np.ndarray]:
        """Kind, checked JSON and doubles of the reply to a request; of `child`, the parent's word that it ended is taken, too.

        Raises
        ------
        Ended
            It took longer than `within` (`late` says so), wanted too much, or is no more.
        ProtocolError
            What came is no reply.
        """
        if self.buffer:
            raise remote.ProtocolError("a reply before its request")
        self.number = self.number % 2_000_000_000 + 1
        begun = time.monotonic()
        self.delays = None
        self._send(self.number, op, payload, within)
        return self._receive(self.number, begun, within, late, self.number if op == wire.FORK else child)

    def configure(self, within: float) -> tuple[int, Any]:
        """Tell the child what it is, and hear whether its fence stands."""
        begun = time.monotonic()
        self._send(0, wire.CONFIG, json.dumps(self.launch.config).encode(), within)
        kind, said, _ = self._receive(0, begun, within, Fault("infrastructure", "slow start"), -1)
        return kind, said

    def _send(self, number: int, op: int, payload: bytes, within: float) -> None:
        data = memoryview(wire.REQUEST.pack(number, op, len(payload)) + payload)
        if len(data) <= 4096:  # a pipe takes that at once if it is empty, and it is: every request is answered
            try:
                os.write(self.request, data)
            except OSError:
                raise Ended(self._how_it_ended()) from None
            return
        os.set_blocking(self.request, False)
        deadline = time.monotonic() + within
        try:
            while data:
                try:
                    data = data[os.write(self.request, data[: 1 << 20]) :]
                except BlockingIOError:
                    if not select.select([], [self.request], [], 0.1)[1] and time.monotonic() > deadline:
                        raise Ended(Fault("timeout:call", "it does not take its arguments")) from None
                except OSError:
                    raise Ended(self._how_it_ended()) from None
        finally:
            with contextlib.suppress(OSError):
                os.set_blocking(self.request, True)

    def _receive(
        self, number: int, begun: float, within: float, late: Fault, child: int
    ) -> tuple[int, Any, np.ndarray]:
        head = self._fill(wire.REPLY.size, begun, within, late)
        answered, kind, length, count = wire.REPLY.unpack(head)
        if kind not in (wire.OK, wire.ERROR, wire.GONE, wire.NUMBER) or answered != (child if kind == wire.GONE else number):
            raise remote.ProtocolError("a reply that nobody asked for")
        if length > self.limits.json_bytes or count > self.limits.doubles + 4096:
            raise remote.ProtocolError("a reply that is too long")
        text = self._fill(length, begun, within, late) if length else b""
        doubles = np.frombuffer(self._fill(8 * count, begun, within, late), "<f8") if count else _NOTHING
        said = remote.loads(text, self.limits.json_bytes) if text else {}
        if not isinstance(said, dict):
            raise remote.ProtocolError("a reply of no known kind")
        return kind, said, doubles

    def _fill(self, count: int, begun: float, within: float, late: Fault) -> bytes:
        """The next `count` bytes of a reply, watching time, memory and processes while it waits."""
        buffer = self.buffer
        while len(buffer) < count:
            if not self.poll.poll(1e3 * min(WATCH_S, within)):
                self._watch(begun, within, late)
                continue
            part = os.read(self.reply, 1 << 16)
            if not part:
                raise Ended(self._how_it_ended())
            buffer += part
            if len(buffer) < count:
                self._watch(begun, within, late)
        taken = bytes(buffer[:count])
        del buffer[:count]
        return taken

    def _watch(self, begun: float, within: float, late: Fault) -> None:
        now = time.monotonic()
        if now - self.watched > WATCH_S:
            self.watched = now
            used, heads = resident(self.popen.pid, self.limits.resident_bytes)
            if used > self.limits.resident_bytes:
                raise Ended(Fault("memory", f"more than {self.limits.resident_bytes >> 20} MB"))
            if heads > 4 * self.limits.processes:
                raise Ended(Fault("processes", f"more than {self.limits.processes} processes"))
        if self.delays is None:
            self.delays = Delays(self.popen.pid)
        elif now - begun > within and now - begun > within + self.delays.excuse():
            raise Ended(late)
        elif now - begun > PATIENCE * within:
            raise Ended(Fault("infrastructure", "this machine has too much else to do"))

    def _how_it_ended(self) -> Fault:
        """Fault of a process that closed its pipes."""
        try:
            code = self.popen.wait(2.0)
        except subprocess.TimeoutExpired:
            return Fault("protocol", "it closed its pipes")
        if code == 4:
            return Fault("protocol", "it closed its pipes")
        if code < 0 or code > 128:
            return signalled(-code if code < 0 else code - 128)
        return Fault("exited", f"the process ended with {code}")

    # --- ends ---------------------------------------------------------------------------------------------------------

    def stop_child(self, child: int, within: float) -> bool:
        """Let the warm parent end the child of this request; False if it does not do what it is told."""
        late = Fault("infrastructure", "slow end")
        begun = time.monotonic()
        self.delays = None
        try:
            os.write(self.control, b"x")
            while time.monotonic() - begun < PATIENCE * within:  # a reply of the child may still be under way
                head = self._fill(wire.REPLY.size, begun, within, late)
                number, kind, length, count = wire.REPLY.unpack(head)
                if length > self.limits.json_bytes or count > self.limits.doubles + 4096:
                    return False
                self._fill(length + 8 * count, begun, within, late)
                if kind == wire.GONE and number == child:
                    return True
        except (Ended, OSError):
            pass
        return False

    def finish(self) -> bool:
        """End the process and all that it started; whether that is certain."""
        for pipe in (self.request, self.control, self.reply):
            with contextlib.suppress(OSError):
                os.close(pipe)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(LEAVE_S)  # who is honest leaves by itself
        gone = kill_group(self.popen, self.lease.uid)
        if gone:
            self.lease.release()  # else the user stays taken as long as this grader runs
        if self.launch.folder is not None:
            shutil.rmtree(self.launch.folder, ignore_errors=True)
        return gone


def start(
    tier: tiers.Tier,
    slot: int,
    limits: Limits,
    *,
    variant: dict[str, dict[str, float]] | None = None,
    probes: Any = None,
    lease: slots.Lease | None = None,
) -> tuple[Process, Any]:
    """Start a fenced process and wait until its fence stands; with what it then said.

    Raises
    ------
    NoSandbox
        The fence could not be raised.
    """
    lease = lease or slots.take(slot)
    try:
        plan = tiers.launch(tier, lease.uid, limits, slot=slot, variant=variant, probes=probes)
        if lease.uid and not kill_user(lease.uid):  # what a grader that was killed has left; nobody else has this user
            raise NoSandbox(f"processes of user {lease.uid} can't be ended")
    except BaseException:
        lease.release()
        raise
    theirs_request, request = os.pipe()
    reply, theirs_reply = os.pipe()
    theirs_control, control = os.pipe()
    theirs = [theirs_request, theirs_reply, theirs_control]
    arguments = [*plan.arguments, *map(str, theirs)]
    with tempfile.TemporaryFile() as options, tempfile.TemporaryFile() as words:
        keep = list(theirs)
        if plan.before:
            options.write(plan.before)
            options.flush()
            options.seek(0)
            arguments[arguments.index("ARGS")] = str(options.fileno())
            keep.append(options.fileno())
        try:
            popen = subprocess.Popen(  # noqa: S603 - our own command, no shell
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words, pass_fds=keep,
                env=plan.config["environment"], cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            for pipe in (request, reply, control):
                os.close(pipe)
            lease.release()
            raise NoSandbox(f"{arguments[0]} could not be started: {error.strerror}") from error
        finally:
            with contextlib.suppress(OSError):
                for pipe in theirs:
                    os.close(pipe)
        process = Process(popen, request, reply, control, plan, lease, limits)
        try:
            kind, said = process.configure(limits.start_s)
        except (Ended, remote.ProtocolError) as error:
            process.finish()
            words.seek(0)  # of bubblewrap or of an interpreter that does not start: the child itself closes it first
            told = " ".join(words.read(400).decode("utf-8", "replace").split())
            raise NoSandbox(f"tier {tier.name} could not be started: {error} {told}".strip()) from error
    if kind != wire.OK:
        process.finish()
        raise NoSandbox(f"tier {tier.name} could not be raised: {said.get('fence')}")
    return process, said


def signalled(number: int) -> Fault:
    """Fault of a process that a signal ended."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name == "SIGXCPU":
        return Fault("timeout:submission", "out of processor time")
    return Fault("crash", f"ended by {name}")


def gone(said: Any, name: str) -> Fault:
    """Fault of a child that ended while it was asked."""
    number, code = (said.get(k) if isinstance(said, dict) else None for k in ("signal", "exit"))
    if type(number) is int and 0 < number < 65:
        fault = signalled(number)
        was = "was " if fault.detail.startswith("ended") else "ran "
        return Fault(fault.kind, f"{name} {was}{fault.detail}")
    if code == 4:
        return Fault("protocol", f"{name} closed its pipes")
    return Fault("exited", f"{name} ended its process with {code}" if type(code) is int else f"{name} ended its process")
