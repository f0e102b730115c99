"""One submission behind its fence: started, loaded, called, and ended so that nothing of it is left.

Well over 400 lines: the life of one process from start to end, in which every step answers to the one before it.
"""

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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lunarlab.grading.answers import BadAnswer
from lunarlab.grading.sandbox import remote, slots, tiers
from lunarlab.grading.sandbox.inside import wire
from lunarlab.grading.sandbox.limits import Fault, Limits, NoSandbox
from lunarlab.grading.sandbox.watch import kill_group, kill_user, resident

WATCH_S = 0.1
LEAVE_S = 0.1
"""How long a process may take to leave by itself when its pipes are closed."""
ABORT_S = 1.0
"""How long the warm parent may take to end a child before everything is ended from outside."""


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook: its place, "code" or else, the exercise whose answer it holds, its text."""

    index: int
    kind: str
    id: str | None
    text: str


@dataclass(frozen=True)
class LoadReport:
    """What came of running the cells that the answers need."""

    notes: tuple[str, ...] = ()
    errors: tuple[tuple[int, int, str], ...] = ()
    """(index of the cell, line, kind of error)."""
    missing: tuple[str, ...] = ()
    """Names that were asked for and that nothing bound."""
    fault: Fault | None = None


@dataclass
class _Process:
    """The fenced process and its three pipes."""

    popen: subprocess.Popen[bytes]
    request: int
    reply: int
    control: int
    launch: tiers.Launch
    lease: slots.Lease
    buffer: bytearray = field(default_factory=bytearray)
    watched: float = 0.0


class _Ended(Exception):  # noqa: N818
    """The process is no more, or must not go on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def start(
    tier: tiers.Tier,
    slot: int,
    limits: Limits,
    *,
    variant: dict[str, dict[str, float]] | None = None,
    probes: Any = None,
    lease: slots.Lease | None = None,
) -> tuple[_Process, Any]:
    """Start a fenced process and wait until its fence stands; with what it then said.

    Raises
    ------
    NoSandbox
        The fence could not be raised.
    """
    lease = lease or slots.take(slot)
    try:
        plan = tiers.launch(tier, lease.uid, limits, variant=variant, probes=probes)
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
        process = _Process(popen, request, reply, control, plan, lease)
        try:
            _send(process, 0, wire.CONFIG, json.dumps(plan.config).encode(), limits.start_s)
            kind, said, _ = _receive(
                process, 0, limits, time.monotonic() + limits.start_s, Fault("infrastructure", "slow start")
            )
        except (_Ended, remote.ProtocolError) as error:
            finish(process)
            words.seek(0)  # of bubblewrap or of an interpreter that does not start: the child itself closes it first
            told = " ".join(words.read(400).decode("utf-8", "replace").split())
            raise NoSandbox(f"tier {tier.name} could not be started: {error} {told}".strip()) from error
    if kind != wire.OK:
        finish(process)
        raise NoSandbox(f"tier {tier.name} could not be raised: {said.get('fence')}")
    return process, said


def _send(process: _Process, number: int, op: int, payload: bytes, within: float) -> None:
    data = memoryview(wire.REQUEST.pack(number, op, len(payload)) + payload)
    if len(data) <= 4096:  # a pipe takes that at once if it is empty, and it is: every request is answered
        try:
            os.write(process.request, data)
        except OSError:
            raise _Ended(_how_it_ended(process)) from None
        return
    os.set_blocking(process.request, False)
    deadline = time.monotonic() + within
    try:
        while data:
            try:
                data = data[os.write(process.request, data[: 1 << 20]) :]
            except BlockingIOError:
                if not select.select([], [process.request], [], 0.1)[1] and time.monotonic() > deadline:
                    raise _Ended(Fault("timeout:call", "it does not take its arguments")) from None
            except OSError:
                raise _Ended(_how_it_ended(process)) from None
    finally:
        with contextlib.suppress(OSError):
            os.set_blocking(process.request, True)


def _how_it_ended(process: _Process) -> Fault:
    """Fault of a process that closed its pipes."""
    try:
        code = process.popen.wait(0.5)
    except subprocess.TimeoutExpired:
        return Fault("protocol", "it closed its pipes")
    if code == 4:
        return Fault("protocol", "it closed its pipes")
    if code < 0 or code > 128:
        number = -code if code < 0 else code - 128
        return _signalled(number)
    return Fault("exited", f"the process ended with {code}")


def _signalled(number: int) -> Fault:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name == "SIGXCPU":
        return Fault("timeout:submission", "out of processor time")
    return Fault("crash", f"ended by {name}")


def _fill(process: _Process, count: int, limits: Limits, deadline: float, late: Fault) -> bytes:
    """The next `count` bytes of a reply, watching memory and processes while it waits."""
    buffer = process.buffer
    while len(buffer) < count:
        now = time.monotonic()
        if now > deadline:
            raise _Ended(late)
        if now - process.watched > WATCH_S:
            process.watched = now
            used, heads = resident(process.popen.pid, limits.resident_bytes)
            if used > limits.resident_bytes:
                raise _Ended(Fault("memory", f"more than {limits.resident_bytes >> 20} MB"))
            if heads > 4 * limits.processes:
                raise _Ended(Fault("processes", f"more than {limits.processes} processes"))
        if not select.select([process.reply], [], [], min(WATCH_S, deadline - now))[0]:
            continue
        part = os.read(process.reply, 1 << 16)
        if not part:
            raise _Ended(_how_it_ended(process))
        buffer += part
    taken = bytes(buffer[:count])
    del buffer[:count]
    return taken


def _receive(
    process: _Process, number: int, limits: Limits, deadline: float, late: Fault, child: int = -1
) -> tuple[int, Any, np.ndarray]:
    """Kind, checked JSON and doubles of the reply to a request. A parent's word that `child` ended is taken, too."""
    head = _fill(process, wire.REPLY.size, limits, deadline, late)
    answered, kind, length, count = wire.REPLY.unpack(head)
    if kind not in (wire.OK, wire.ERROR, wire.GONE) or answered != (child if kind == wire.GONE else number):
        raise remote.ProtocolError("a reply that nobody asked for")
    if length > limits.json_bytes or count > limits.doubles + 4096:
        raise remote.ProtocolError("a reply that is too long")
    text = _fill(process, length, limits, deadline, late) if length else b"{}"
    doubles = np.frombuffer(_fill(process, 8 * count, limits, deadline, late), "<f8") if count else np.empty(0)
    said = remote.loads(text, limits.json_bytes)
    if not isinstance(said, dict):
        raise remote.ProtocolError("a reply of no known kind")
    return kind, said, doubles


def finish(process: _Process) -> bool:
    """End a process and all that it started; whether that is certain."""
    for pipe in (process.request, process.control, process.reply):
        with contextlib.suppress(OSError):
            os.close(pipe)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.popen.wait(LEAVE_S)  # who is honest leaves by itself
    gone = kill_group(process.popen, process.lease.uid)
    if gone:
        process.lease.release()  # else the user stays taken as long as this grader runs
    if process.launch.folder is not None:
        shutil.rmtree(process.launch.folder, ignore_errors=True)
    return gone


class Session:
    """A submission that is loaded once, and whose functions can be called. Use it as a context manager.

    It must be used by the thread that opened it.
    """

    def __init__(
        self,
        tier: tiers.Tier,
        cells: Sequence[Cell],
        slot: int,
        limits: Limits,
        variant: dict[str, dict[str, float]] | None = None,
    ) -> None:
        self.tier, self.cells, self.slot, self.limits = tier, tuple(cells), slot, limits
        self.faults: list[Fault] = []
        self.calls = 0
        """Calls so far."""
        self.call_s = 0.0
        """Time spent in them."""
        self._variant = variant
        self._process: _Process | None = None
        self._names: list[str] = []
        self._exercises: list[tuple[str, tuple[str, ...]]] = []
        self._child = -1
        """Request that forked the present child; -1 without one."""
        self._child_of = -1
        self._number = 0
        self._restarts = 0
        self._dead: Fault | None = None
        self._begun = time.monotonic()
        self._scenario_end = 0.0
        self._scenario: tuple[int, float] = (0, 0.0)
        self.retired = False
        """Whether something of this session could not be ended: its slot must not be used again."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- life ---------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._process, _ = start(self.tier, self.slot, self.limits, variant=self._variant)
        self._child = self._child_of = -1

    def _end(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            if not finish(process):
                self.retired = True
                self._note(Fault("infrastructure", "a process could not be ended"))
        self._child = self._child_of = -1

    def close(self) -> None:
        """End everything. Returns when no process is left, or marks the session `retired`."""
        self._end()
        self._dead = self._dead or Fault("infrastructure", "the session is closed")

    def _note(self, fault: Fault) -> None:
        if len(self.faults) < 100:
            self.faults.append(fault)

    def load(self, names: Iterable[str] = ()) -> LoadReport:
        """Run the cells that the answers (cells with an id), and the `names`, need."""
        self._names = list(dict.fromkeys([*self._names, *names]))
        if self._dead is not None:
            return LoadReport(fault=self._dead)
        try:
            self._stop_child()
            if self._process is None:
                self._open()
            return self._load()
        except NoSandbox as error:
            fault = Fault("infrastructure", str(error))
        except _Ended as ended:
            fault = ended.fault
        except remote.ProtocolError as error:
            fault = Fault("protocol", str(error))
        self._end()
        self._note(fault)
        self._dead = fault
        return LoadReport(fault=fault)

    def _load(self) -> LoadReport:
        cells = [{"index": c.index, "kind": c.kind, "id": c.id, "text": c.text} for c in self.cells]
        request = json.dumps({"cells": cells, "names": self._names}).encode()
        late = Fault("timeout:load", f"the cells that the answers need take longer than {self.limits.load_s:g} s")
        kind, said, _ = self._ask(wire.LOAD, request, self.limits.load_s, late)
        if kind != wire.OK:
            raise _Ended(Fault("exited", "a cell ended Python"))
        notes = tuple(f"cell {c}: {t}"[:200] for c, t in _rows(said.get("notes"), (int, str)))
        errors = tuple((c, line, remote.word(t, "Error")) for c, line, t in _rows(said.get("errors"), (int, int, str)))
        missing = tuple(n for (n,) in _rows([[m] for m in said.get("missing") or ()], (str,)))
        return LoadReport(notes, errors, missing)

    def _ask(self, op: int, payload: bytes, within: float, late: Fault) -> tuple[int, Any, np.ndarray]:
        assert self._process is not None
        if self._process.buffer:
            raise remote.ProtocolError("a reply before its request")
        self._number = self._number % 2_000_000_000 + 1
        deadline = time.monotonic() + within
        _send(self._process, self._number, op, payload, within)
        child = self._number if op == wire.FORK else self._child
        return _receive(self._process, self._number, self.limits, deadline, late, child)

    # --- children -----------------------------------------------------------------------------------------------------

    def _stop_child(self) -> None:
        """End the present child, by the warm parent if it still does what it is told, else all from outside."""
        if self._child < 0 or self._process is None:
            return
        child, self._child, self._child_of = self._child, -1, -1
        try:
            os.write(self._process.control, b"x")
            late = Fault("infrastructure", "slow end")
            deadline = time.monotonic() + ABORT_S
            while True:  # a reply of the child may still be under way
                self._process.buffer.clear() if len(self._process.buffer) > 1 << 20 else None
                head = _fill(self._process, wire.REPLY.size, self.limits, deadline, late)
                number, kind, length, count = wire.REPLY.unpack(head)
                if length > self.limits.json_bytes or count > self.limits.doubles + 4096:
                    raise _Ended(late)
                _fill(self._process, length + 8 * count, self.limits, deadline, late)
                if kind == wire.GONE and number == child:
                    return
        except (_Ended, OSError):
            self._end()

    def _fresh(self, exercise: int, ask: bool = True) -> None:
        """A fresh child for an exercise; started all over if nothing is left to fork it from."""
        if self._dead is not None:
            raise remote.RemoteFault(self._dead)
        self._stop_child()
        for _ in range(2):
            try:
                if self._process is None:
                    if self._restarts >= self.limits.restarts:
                        raise _Ended(
                            Fault("crash", f"it had to be started anew more than {self.limits.restarts} times")
                        )
                    self._restarts += 1
                    self._open()
                    self._load()
                if time.monotonic() - self._begun > self.limits.submission_s:
                    raise _Ended(Fault("timeout:submission", f"more than {self.limits.submission_s:g} s in all"))
                late = Fault("timeout:call", "it does not answer")
                kind, _, _ = self._ask(wire.FORK, b"", 10.0, late)
                if kind != wire.OK:
                    raise _Ended(Fault("processes", "no process could be started: too many are left"))
                self._child, self._child_of = self._number, exercise
                if ask:  # so that the functions have their handles
                    self._ask(wire.GET, json.dumps(self._exercises[exercise][1]).encode(), self.limits.call_s, late)
                self._scenario_end = time.monotonic() + self.limits.scenario_s
                self._scenario = (0, 0.0)
                return
            except (_Ended, remote.ProtocolError, NoSandbox) as error:
                fault = _fault_of(error)
                self._end()
                if fault.kind in ("timeout:submission",) or self._restarts >= self.limits.restarts:
                    self._dead = fault
                    break
        self._note(fault)
        raise remote.RemoteFault(fault)

    def _failed(self, error: Exception) -> remote.RemoteFault:
        """After a fault in a child: the child is ended, the fault noted."""
        fault = _fault_of(error)
        if isinstance(error, remote.ProtocolError) or fault.kind in (
            "protocol",
            "memory",
            "processes",
            "exited",
            "crash",
        ):
            self._end()
        else:
            self._stop_child()
        self._note(fault)
        return remote.RemoteFault(fault)

    # --- answers ------------------------------------------------------------------------------------------------------

    def answers(self, exercise: str, names: Sequence[str]) -> tuple[Any, ...]:
        """What a student's variables hold, from a fresh process: data, or `RemoteFunction`. None for a name that is not there.

        Raises
        ------
        RemoteFault
            The process can't be had, or ended while it was asked.
        """
        if self._process is None or any(name not in self._names for name in names):
            report = self.load(names)
            if report.fault is not None:
                raise remote.RemoteFault(report.fault)
        self._exercises.append((exercise, tuple(names)))
        index = len(self._exercises) - 1
        self._fresh(index, ask=False)
        late = Fault("timeout:call", f"the answer can't be read within {self.limits.call_s:g} s")
        values = self._value(index, wire.GET, json.dumps(list(names)).encode(), self.limits.call_s, late)
        if not isinstance(values, list) or len(values) != len(names):
            raise self._failed(remote.ProtocolError("another number of answers"))
        return tuple(values)

    def _value(
        self, exercise: int, op: int, payload: bytes, within: float, late: Fault, arrays: Sequence[Any] = ()
    ) -> Any:
        """Ask the present child for a value."""
        begun = time.monotonic()
        try:
            kind, said, doubles = self._ask(op, payload, within, late)
            if kind == wire.GONE:
                self._child = self._child_of = -1
                raise _Ended(_gone(said))
            if kind == wire.ERROR:
                raise self._raised(said)
            decoder = remote.Decoder(doubles, lambda coded: remote.RemoteFunction(self, exercise, coded))
            value = decoder.value(said.get("value"))
            for index, coded in _rows(said.get("wrote") or [], (int, dict)):
                new = decoder.value(coded)
                if not (0 <= index < len(arrays)) or np.shape(new) != np.shape(arrays[index]):
                    raise remote.ProtocolError("an array of another shape")
                arrays[index][...] = new
        except (_Ended, remote.ProtocolError) as error:
            raise self._failed(error) from None
        finally:
            self.calls += 1
            self.call_s += time.monotonic() - begun
        if decoder.infinite:
            self._note(Fault("nonfinite", "a number that is not finite"))
        return value

    def _raised(self, said: Any) -> Exception:
        names = said.get("names") if isinstance(said, dict) else None
        if names and "MemoryError" in names:
            fault = Fault("memory", "it asks for more memory than there is")
            self._note(fault)
            return remote.RemoteFault(fault)
        if names and "SystemExit" in names:
            fault = Fault("exited", "it ends Python")
            self._note(fault)
            return remote.RemoteFault(fault)
        if names and "TooMuch" in names:
            return BadAnswer("It returned more than an answer may hold.")
        return remote.error_of(said)

    def call(
        self, exercise: int, function: remote.RemoteFunction, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """Call a function with anything."""
        if self._child < 0 or self._child_of != exercise:
            self._fresh(exercise)
        payload = remote.packed(function.handle, arguments, keywords)
        late = Fault("timeout:call", f"one call takes longer than {self.limits.call_s:g} s")
        arrays = [a if isinstance(a, np.ndarray) and a.flags.writeable else None for a in arguments]
        return self._value(exercise, wire.CALL, payload, self.limits.call_s, late, arrays)

    def fly(self, exercise: int, payload: bytes, written: Sequence[np.ndarray], fresh: bool) -> Any:
        """Call a law or filter: doubles there, doubles back. `fresh` begins a flight, in a process of its own."""
        if fresh or self._child < 0 or self._child_of != exercise:
            self._fresh(exercise)
        begun = time.monotonic()
        calls, spent = self._scenario
        if begun > self._scenario_end or spent > self.limits.scenario_s:
            text = f"one flight takes longer than {self.limits.scenario_s:g} s, {1e3 * spent / max(calls, 1):.3g} ms a call"
            raise self._failed(_Ended(Fault("timeout:scenario", text)))
        within = self.limits.tick_s if calls else max(self.limits.tick_s, self.limits.call_s)  # the first call may compile
        late = Fault("timeout:call", f"one call takes longer than {within:g} s")
        try:
            kind, said, doubles = self._ask(wire.FLY, payload, within, late)
            if kind == wire.GONE:
                self._child = self._child_of = -1
                raise _Ended(_gone(said))
            if kind == wire.ERROR:
                raise self._raised(said)
            if said:
                return self._decoded(exercise, said, doubles)
            count = len(doubles) - sum(a.size for a in written)
            if not 0 <= count <= 16:
                raise remote.ProtocolError("another number of numbers")
        except (_Ended, remote.ProtocolError) as error:
            raise self._failed(error) from None
        finally:
            spent += time.monotonic() - begun
            self._scenario = (calls + 1, spent)
            self.calls += 1
        at = count
        for array in written:
            array[...] = doubles[at : at + array.size]
            at += array.size
        values = tuple(doubles[:count].tolist())
        if not np.isfinite(doubles[:count]).all():
            self._note(Fault("nonfinite", "a law or filter returned a number that is not finite"))
        return values

    def _decoded(self, exercise: int, said: Any, doubles: np.ndarray) -> Any:
        decoder = remote.Decoder(doubles, lambda coded: remote.RemoteFunction(self, exercise, coded))
        return decoder.value(said.get("value"))


def _rows(value: Any, kinds: tuple[type, ...]) -> list[tuple[Any, ...]]:
    """Rows of a list that came out of the fence, if they are what they should be."""
    if not isinstance(value, list):
        raise remote.ProtocolError("rows that are none")
    rows = []
    for row in value[:50]:
        if (
            not isinstance(row, list)
            or len(row) != len(kinds)
            or not all(type(x) is k for x, k in zip(row, kinds, strict=True))
        ):
            raise remote.ProtocolError("a row that is none")
        rows.append(tuple(x.encode("utf-8", "replace").decode()[:200] if isinstance(x, str) else x for x in row))
    return rows


def _gone(said: Any) -> Fault:
    """Fault of a child that ended while it was asked."""
    number, code = (said.get(k) if isinstance(said, dict) else None for k in ("signal", "exit"))
    if type(number) is int and 0 < number < 65:
        return _signalled(number)
    if code == 4:
        return Fault("protocol", "it closed its pipes")
    return Fault("exited", f"the process ended with {code}" if type(code) is int else "the process ended")


def _fault_of(error: Exception) -> Fault:
    if isinstance(error, _Ended):
        return error.fault
    return Fault("protocol" if isinstance(error, remote.ProtocolError) else "infrastructure", str(error))


def open(
    tier: tiers.Tier,
    cells: Sequence[Cell],
    *,
    slot: int,
    limits: Limits | None = None,
    variant: dict[str, dict[str, float]] | None = None,
) -> Session:
    """A session for one submission; nothing runs until `Session.load`."""
    return Session(tier, cells, slot, limits or Limits(), variant)
