"""One submission behind its fence: loaded once, its functions called, each flight in a fresh process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.grading.answers import BadAnswer
from lunarlab.grading.sandbox import process, raised, remote, tiers
from lunarlab.grading.sandbox.inside import wire
from lunarlab.grading.sandbox.limits import Fault, Limits, NoSandbox
from lunarlab.grading.sandbox.process import Ended
from lunarlab.grading.sandbox.watch import Delays, Ledger, ledger

ABORT_S = 5.0
"""How long the warm parent may take to end a child before everything is ended from outside."""
NOTABLE_S = 0.5
"""From here on it is worth while to ask what of the time of a flight was somebody else's."""
_WHOLE = ("protocol", "memory", "processes", "exited", "crash")
"""Faults after which the warm parent is not to be trusted, or is no more."""


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
        self._process: process.Process | None = None
        self._names: list[str] = []
        self._exercises: list[tuple[str, tuple[str, ...]]] = []
        self._child = -1
        """Request that forked the present child; -1 without one."""
        self._child_of = -1
        self._restarts = 0
        self._dead: Fault | None = None
        self._flight: tuple[int, float] = (0, 0.0)
        """Calls of the present flight, and the time that they took [s]."""
        self._slow = 0.0
        """Of it, the time of calls that took longer than `tick_s`."""
        self._spent = 0.0
        """Time that all calls took which are over, without that in which somebody else's work stood in the way [s]."""
        self._before: Ledger = {}
        """Times of the processes that are no children of a flight."""
        self._delays: Delays | None = None
        self.retired = False
        """Whether something of this session could not be ended: its slot must not be used again."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- life ---------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._process, _ = process.start(self.tier, self.slot, self.limits, variant=self._variant)
        self._child = self._child_of = -1

    def _end(self) -> None:
        if self._process is not None:
            ending, self._process = self._process, None
            if not ending.finish():
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
        except Ended as ended:
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
            raise Ended(Fault("exited", "a cell ended Python"))
        notes = tuple(f"cell {c}: {t}"[:200] for c, t in _rows(said.get("notes"), (int, str)))
        errors = tuple((c, line, remote.word(t, "Error")) for c, line, t in _rows(said.get("errors"), (int, int, str)))
        assert self._process is not None
        self._before = ledger(self._process.popen.pid)
        missing = tuple(n for (n,) in _rows([[m] for m in said.get("missing") or ()], (str,)))
        return LoadReport(notes, errors, missing)

    def _ask(self, op: int, payload: bytes, within: float, late: Fault) -> tuple[int, Any, np.ndarray]:
        assert self._process is not None
        return self._process.ask(op, payload, within, late, self._child)

    # --- children -----------------------------------------------------------------------------------------------------

    def _stop_child(self) -> None:
        """End the present child, by the warm parent if it still does what it is told, else all from outside."""
        if self._child < 0 or self._process is None:
            return
        child, self._child, self._child_of = self._child, -1, -1
        if not self._process.stop_child(child, ABORT_S):
            self._end()

    def _account(self) -> None:
        """Add the time of a flight that is over to what is spent, without what somebody else's work took of it."""
        _, spent = self._flight
        if spent > NOTABLE_S and self._delays is not None:
            spent -= min(self._delays.excuse(), spent)
        self._spent += spent
        self._flight, self._slow = (0, 0.0), 0.0

    def _too_long(self) -> Fault:
        return Fault("timeout:submission", f"more than {self.limits.submission_s:g} s in all")

    def _fresh(self, exercise: int, ask: bool = True) -> None:
        """A fresh child for an exercise; started all over if nothing is left to fork it from."""
        if self._dead is not None:
            raise remote.RemoteFault(self._dead)
        self._account()
        self._stop_child()
        for _ in range(2):
            try:
                if self._process is None:
                    if self._restarts >= self.limits.restarts:
                        raise Ended(
                            Fault("crash", f"it had to be started anew more than {self.limits.restarts} times")
                        )
                    self._restarts += 1
                    self._open()
                    self._load()
                if self._spent > self.limits.submission_s:
                    raise Ended(self._too_long())
                late = Fault("timeout:call", "it does not answer")
                kind, _, _ = self._ask(wire.FORK, b"", 10.0, late)
                if kind != wire.OK:
                    raise Ended(Fault("processes", "no process could be started: too many are left"))
                assert self._process is not None
                self._child, self._child_of = self._process.number, exercise
                self._delays = Delays(self._process.popen.pid, self._before)
                if ask:  # so that the functions have their handles
                    self._ask(wire.GET, json.dumps(self._exercises[exercise][1]).encode(), self.limits.call_s, late)
                return
            except (Ended, remote.ProtocolError, NoSandbox) as error:
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
        if isinstance(error, remote.ProtocolError) or (self._child >= 0 and fault.kind in _WHOLE):
            self._end()
        else:  # the warm parent is well: it has told us of the child's end, or will end it
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
        self, exercise: int, op: int, payload: bytes, within: float, late: Fault, arrays: Sequence[Any] = (),
        name: str = "the answer",
    ) -> Any:  # fmt: skip
        """Ask the present child for a value; `name` is how faults call what is asked."""
        begun = time.monotonic()
        try:
            kind, said, doubles = self._ask(op, payload, within, late)
            if kind == wire.GONE:
                self._child = self._child_of = -1
                raise Ended(process.gone(said, name))
            if kind == wire.ERROR:
                raise self._raised(said, name)
            if kind != wire.OK:
                raise remote.ProtocolError("a number that nobody asked for")
            return self._decoded(exercise, said, doubles, arrays)
        except (Ended, remote.ProtocolError) as error:
            raise self._failed(error) from None
        finally:
            self._called(begun)

    def _called(self, begun: float) -> None:
        took = time.monotonic() - begun
        self.calls += 1
        self.call_s += took
        self._flight = (self._flight[0] + 1, self._flight[1] + took)
        if took > self.limits.tick_s:
            self._slow += took

    def _name(self, exercise: int, function: remote.RemoteFunction) -> str:
        """How the exercise calls a function: never a name from the submission."""
        asked = function.handle.partition("/")[0]
        return asked if asked in self._exercises[exercise][1] else "a function of this answer"

    def _raised(self, said: Any, name: str) -> Exception:
        names = said.get("names") if isinstance(said, dict) else None
        if names and "MemoryError" in names:
            fault = Fault("memory", f"{name} asks for more memory than there is")
            self._note(fault)
            return remote.RemoteFault(fault)
        if names and "SystemExit" in names:
            fault = Fault("exited", f"{name} ends Python")
            self._note(fault)
            return remote.RemoteFault(fault)
        if names and "TooMuch" in names:
            return BadAnswer(f"{name[:1].upper()}{name[1:]} returned more than an answer may hold.")
        return raised.error_of(said, max((cell.text.count("\n") + 1 for cell in self.cells), default=0))

    def call(
        self, exercise: int, function: remote.RemoteFunction, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        """Call a function with anything."""
        if self._child < 0 or self._child_of != exercise:
            self._fresh(exercise)
        over = self._spent + self._flight[1] - self.limits.submission_s
        if over > 0.0 and self._delays is not None and over > self._delays.excuse():
            self._dead = self._too_long()
            raise self._failed(Ended(self._dead))
        payload = remote.packed(function.handle, arguments, keywords)
        name = self._name(exercise, function)
        late = Fault("timeout:call", f"one call of {name} takes longer than {self.limits.call_s:g} s")
        arrays = [a if isinstance(a, np.ndarray) and a.flags.writeable else None for a in arguments]
        return self._value(exercise, wire.CALL, payload, self.limits.call_s, late, arrays, f"a call of {name}")

    def fly(
        self, exercise: int, function: remote.RemoteFunction, payload: bytes, written: Sequence[np.ndarray], fresh: bool
    ) -> Any:
        """Call a law or filter: doubles there, doubles back. `fresh` begins a flight, in a process of its own."""
        if fresh or self._child < 0 or self._child_of != exercise:
            self._fresh(exercise)
        begun, name = time.monotonic(), self._name(exercise, function)
        calls, spent = self._flight
        limit = self.limits.scenario_s
        if spent > limit and self._delays is not None and spent > limit + self._delays.excuse():
            text = f"one flight with {name} takes longer than {limit:g} s, {1e3 * spent / max(calls, 1):.3g} ms a call"
            raise self._failed(Ended(Fault("timeout:scenario", text)))
        within = max(self.limits.tick_s, self.limits.call_s - self._slow)  # anywhere in a flight a call may compile
        late = Fault("timeout:call", f"one call of {name} takes longer than {within:.3g} s")
        try:
            kind, said, doubles = self._ask(wire.FLY, payload, within, late)
            if kind == wire.GONE:
                self._child = self._child_of = -1
                raise Ended(process.gone(said, f"a call of {name}"))
            if kind == wire.ERROR:
                raise self._raised(said, f"a call of {name}")
            if said:
                return self._decoded(exercise, said, doubles, written)
            count = len(doubles) - sum(a.size for a in written)
            if not 0 <= count <= 16 or (kind == wire.NUMBER and count != 1):
                raise remote.ProtocolError("another number of numbers")
        except (Ended, remote.ProtocolError) as error:
            raise self._failed(error) from None
        finally:
            self._called(begun)
        at = count
        for array in written:
            array[...] = doubles[at : at + array.size]
            at += array.size
        values = tuple(doubles[:count].tolist())
        if not np.isfinite(doubles[:count]).all():
            self._note(Fault("nonfinite", f"a call of {name} returned a number that is not finite"))
        return values[0] if kind == wire.NUMBER else values

    def _decoded(self, exercise: int, said: Any, doubles: np.ndarray, arrays: Sequence[Any]) -> Any:
        """A value that came as text; what was written to arrays is written here, too."""
        decoder = remote.Decoder(doubles, lambda coded: remote.RemoteFunction(self, exercise, coded))
        value = decoder.value(said.get("value"))
        for index, coded in _rows(said.get("wrote") or [], (int, dict)):
            old, new = (arrays[index] if 0 <= index < len(arrays) else None), decoder.value(coded)
            if old is None or type(new) is not np.ndarray or new.shape != old.shape:
                raise remote.ProtocolError("an array of another shape")
            if not np.can_cast(new.dtype, old.dtype, "same_kind"):
                raise remote.ProtocolError("an array of another kind")
            old[...] = new
        if decoder.infinite:
            self._note(Fault("nonfinite", "a number that is not finite"))
        return value


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


def _fault_of(error: Exception) -> Fault:
    if isinstance(error, Ended):
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
