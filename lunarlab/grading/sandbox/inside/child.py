"""First process inside the fence: raises it around itself, loads a notebook, forks a fresh child for each scenario.

Started as ``python -I -S -B child.py REQUEST REPLY CONTROL`` with three inherited descriptors. Everything after the fence
stands may be changed by the student's code; nothing that it then says is believed outside beyond being numbers.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import pickle
import select
import signal
import struct
import sys
import types
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fence
import library
import wire


def descriptors(request: int, reply: int, control: int) -> tuple[int, int, int]:
    """Keep three descriptors, as 3, 4, 5, and /dev/null for 0 and 1; close everything else but 2, until the fence stands."""
    null = os.open(os.devnull, os.O_RDWR)
    high = [os.dup(fd) for fd in (request, reply, control)]
    top = [os.dup2(fd, 60 - i) for i, fd in enumerate(high)]
    for i in range(2):
        os.dup2(null, i)
    os.closerange(3, 58)
    os.closerange(61, 1 << 16)
    kept = [os.dup2(fd, 3 + i, inheritable=False) for i, fd in enumerate(top)]
    os.closerange(58, 61)
    return kept[0], kept[1], kept[2]


class Pipe:
    """Requests in, replies out."""

    def __init__(self, request: int, reply: int, control: int) -> None:
        self.request, self.reply, self.control = request, reply, control
        self._os_read, self._os_write, self._exit = os.read, os.write, os._exit
        self._os_getpid, self.owner = os.getpid, os.getpid()
        self._text = json.JSONEncoder().encode
        self.loads = json.JSONDecoder().decode

    def read(self, count: int) -> bytes:
        """At most so many bytes, at least one."""
        try:
            part = self._os_read(self.request, count)
        except OSError:
            self._exit(4)
        if not part:
            self._exit(0)
        return part

    def next(self) -> tuple[int, int, bytes]:
        data = self.read(4096)  # mostly all of it: nobody asks before we have answered
        while len(data) < wire.REQUEST.size:
            data += self.read(4096)
        number, op, length = wire.REQUEST.unpack_from(data)
        if len(data) == wire.REQUEST.size + length:
            return number, op, data[wire.REQUEST.size :]
        parts = [data[wire.REQUEST.size :]]
        length -= len(parts[0])
        while length > 0:
            parts.append(self.read(min(length, 1 << 20)))
            length -= len(parts[-1])
        return number, op, b"".join(parts)

    def write(self, number: int, kind: int, text: bytes = b"", doubles: bytes = b"") -> None:
        if self._os_getpid() != self.owner:  # a copy that a student's code forked, and that came back to us
            self._exit(0)
        data = wire.REPLY.pack(number, kind, len(text), len(doubles) // 8) + text + doubles
        try:
            while data:
                data = data[self._os_write(self.reply, data) :]
        except OSError:
            self._exit(4)

    def say(self, number: int, kind: int, value: Any) -> None:
        self.write(number, kind, self._text(value).encode())


# --- serving ----------------------------------------------------------------------------------------------------------


class Unpickler(pickle.Unpickler):
    """Arguments from the grader; a student's function comes as its handle."""

    def __init__(self, data: bytes, server: Server) -> None:
        super().__init__(io.BytesIO(data))
        self._server = server

    def persistent_load(self, handle: Any) -> Any:
        return self._server.functions[handle]


class Server:
    """Answers requests, in the warm parent and in the children that it forks."""

    def __init__(self, pipe: Pipe, config: dict[str, Any]) -> None:
        self.pipe, self.config, self.limits = pipe, config, config["limits"]
        # what a student does to builtins happens to a copy: all that is imported before keeps the real ones
        import builtins

        copy = types.ModuleType("builtins")
        copy.__dict__.update(vars(builtins))
        sys.modules["builtins"] = copy
        copy.__dict__.update(display=library.Silent(), get_ipython=library.Silent())  # a notebook has them without an import
        main = types.ModuleType("__main__")
        main.__dict__.update(__builtins__=copy.__dict__, __file__="notebook")
        self.real, sys.modules["__main__"] = sys.modules["__main__"], main  # kept, so that nothing of ours ends with it
        self.scope: dict[str, Any] = main.__dict__
        self.functions: dict[str, Any] = {}
        self.program: Any = None
        self.returned = 0
        import cells
        import codec
        import numpy as np

        self.cells, self.codec = cells, codec
        self.ndarray, self.float64, self.frombuffer, self.errstate = np.ndarray, np.float64, np.frombuffer, np.errstate
        self.pack, self.unpack_from = struct.pack, struct.unpack_from
        self.dumps, self.Encoder = codec.dumps, codec.Encoder

    # in the warm parent

    def load(self, number: int, request: dict[str, Any]) -> None:
        """Run the cells that the answers need, or some more for names that nothing has bound yet."""
        if self.program is None:
            self.program = self.cells.parse(request["cells"])
        try:
            self.cells.run(self.program, set(request["names"]), self.scope)
        except SystemExit:
            self.pipe.say(number, wire.ERROR, {"exited": True})
            os._exit(0)
        program = self.program
        with contextlib.suppress(Exception):  # it is only for speed
            library.preload(s.node for s in program.statements if s.done)
        self.pipe.say(number, wire.OK, {
            "notes": [[c, t] for c, t in program.notes[:50]], "errors": [list(e) for e in program.errors[:50]],
            "missing": [n for n in request["names"] if n not in self.scope],
        })  # fmt: skip

    def fork(self, number: int) -> bool:
        """True in the child; in the parent wait until it ends, or kill it if the grader says so."""
        gc.collect()
        gc.freeze()
        try:
            child = os.fork()
        except OSError:
            self.sweep()
            try:
                child = os.fork()
            except OSError as error:
                self.pipe.say(number, wire.ERROR, {"fork": error.errno})
                return False
        if child == 0:
            return True
        ended, status = 0, 0
        watch = None
        with contextlib.suppress(OSError, AttributeError):
            watch = os.pidfd_open(child)
        while not ended:
            ready = select.select([self.pipe.control, *([watch] if watch else [])], [], [], None if watch else 0.02)[0]
            if self.pipe.control in ready:
                said = os.read(self.pipe.control, 1)
                with contextlib.suppress(OSError):
                    os.kill(child, signal.SIGKILL)
                ended, status = os.waitpid(child, 0)
                if not said:  # the grader is done: nobody is left behind for somebody else to bury
                    os._exit(0)
            else:
                ended, status = os.waitpid(child, os.WNOHANG)
        if watch:
            os.close(watch)
        self.sweep()
        self.pipe.say(number, wire.GONE, {
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "exit": os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0,
        })  # fmt: skip
        return False

    def sweep(self) -> None:
        """End what children have left behind. Only where the fence keeps the signal inside."""
        if self.config["sweep"]:
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)
            with contextlib.suppress(OSError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass

    def parent(self) -> None:
        while True:
            number, op, payload = self.pipe.next()
            if op == wire.LOAD:
                self.load(number, self.pipe.loads(payload.decode()))
            elif op == wire.FORK:
                if self.fork(number):
                    self.child(number)
            else:
                os._exit(3)

    # in a child

    def child(self, number: int) -> None:
        os.close(self.pipe.control)
        self.pipe.owner = os.getpid()
        self.functions = {}
        self.pipe.write(number, wire.OK)
        while True:
            number, op, payload = self.pipe.next()
            if op == wire.FLY:
                self.fly(number, payload)
            elif op == wire.GET:
                self.guard(number, self.get, self.pipe.loads(payload.decode()))
            elif op == wire.CALL:
                self.guard(number, self.call, payload)
            else:
                os._exit(0)

    def guard(self, number: int, function: Any, argument: Any) -> None:
        """Answer with a value, or with the kind of error and its line."""
        try:
            value, encoder, extra = function(argument)
            doubles = b"".join(d.tobytes() for d in encoder.doubles)
            text = self.dumps({"value": value, **extra}, self.limits["json_bytes"])
        except BaseException as error:
            self.failed(number, error)
            return
        self.pipe.write(number, wire.OK, text, doubles)

    def failed(self, number: int, error: BaseException) -> None:
        """Only the kind of an error leaves the fence, its line, and its words if they are Python's own."""
        names = [c.__name__ for c in type(error).__mro__[:8]]
        words = ""
        with contextlib.suppress(BaseException):  # an error may be a student's class, and do what it likes
            words = str(error)[:100] if isinstance(error, (ArithmeticError, ValueError)) else ""
        if isinstance(error, ValueError) and "read-only" in words:
            words = "read-only"
        if isinstance(error, self.codec.TooMuch):
            words = str(error)[:100]
        self.pipe.say(number, wire.ERROR, {"names": names, "line": self.cells.line_of(error), "words": words})

    def get(self, names: list[str]) -> Any:
        encoder = self.Encoder(self.functions, self.limits["doubles"])
        scope = self.scope
        return [encoder.encode(scope[n], n) if n in scope else {"$": "missing"} for n in names], encoder, {}

    def call(self, payload: bytes) -> Any:
        handle, arguments, keywords, writable = Unpickler(payload, self).load()
        for i, argument in enumerate(arguments):
            if isinstance(argument, self.ndarray):
                argument.flags.writeable = i in writable
        before = {i: arguments[i].copy() for i in writable}
        value = self.functions[handle](*arguments, **keywords)
        self.returned += 1
        encoder = self.Encoder(self.functions, self.limits["doubles"])
        coded = encoder.encode(value, f"returned/{self.returned}")
        wrote = []
        for i, old in before.items():
            if arguments[i].tobytes() != old.tobytes():
                wrote.append([i, encoder.array(arguments[i])])
        return coded, encoder, {"wrote": wrote}

    def fly(self, number: int, payload: bytes) -> None:
        """A law or filter: numbers and arrays of doubles in; doubles out, then the arrays that may be written to."""
        length, count, arrays = wire.FLIGHT.unpack_from(payload)
        at = wire.FLIGHT.size
        handle, at = payload[at : at + length].decode(), at + length
        shapes = [wire.ARRAY.unpack_from(payload, at + k * wire.ARRAY.size) for k in range(arrays)]
        at += arrays * wire.ARRAY.size
        arguments: list[Any] = [self.float64(x) for x in self.unpack_from(f"<{count}d", payload, at)]
        at += 8 * count
        written = []
        for size, writable in shapes:
            array = self.frombuffer(payload, "<f8", size, at)
            at += 8 * size
            if writable:
                array = array.copy()
                written.append(array)
            arguments.append(array)
        try:
            with self.errstate(all="ignore"):
                answer = self.functions[handle](*arguments)
        except BaseException as error:
            self.failed(number, error)
            return
        single = type(answer) is float or type(answer) is self.float64
        try:
            values = self.pack("<d", answer) if single else self.pack(f"<{len(answer)}d", *answer)
            if len(values) > 8 * 16:
                raise TypeError
        except BaseException:
            self.guard(number, lambda a: self.coded(a, written), answer)
            return
        kind = wire.NUMBER if single else wire.OK
        self.pipe.write(number, kind, b"", values + b"".join(a.tobytes() for a in written))

    def coded(self, answer: Any, written: list[Any]) -> Any:
        """Whatever is no number and no row of them, and the arrays that a flight wrote to."""
        encoder = self.Encoder(self.functions, self.limits["doubles"])
        value = encoder.encode(answer, "returned")
        return value, encoder, {"wrote": [[i, encoder.array(array)] for i, array in enumerate(written)]}


def raise_fence(config: dict[str, Any]) -> None:
    """From here on this process has no more rights than a student's code may have."""
    if config["uid"] and os.getuid() == 0:
        fence.become(config["uid"])
    os.umask(0o077)
    if config["processor"] is not None:
        os.sched_setaffinity(0, {config["processor"]})
    if config["tier"] != "P":
        fence.die_with_parent()
        fence.last_privileges()
    fence.limit(config["limits"], config["processes"])
    abi = 0
    if config["landlock"] is not None:
        abi = fence.landlock(*config["landlock"])
    if config["tier"] != "P":
        fence.refuse_system_calls(signals=config["own_pids"] or abi >= 6)
    config["sweep"] = config["tier"] != "P" and (config["own_pids"] or abi >= 6)
    os.chdir(config["folder"])
    os.environ.clear()
    os.environ.update(config["environment"])


def main() -> None:
    """Raise the fence, then serve."""
    pipe = Pipe(*descriptors(*(int(a) for a in sys.argv[1:4])))
    sys.argv = ["notebook"]
    number, _, payload = pipe.next()
    config = json.loads(payload)
    for path in config["paths"]:
        sys.path.append(path)
    try:
        raise_fence(config)
    except (OSError, ValueError) as error:
        pipe.say(number, wire.ERROR, {"fence": str(error)})
        os._exit(2)
    if config.get("probes"):
        import probing

        pipe.say(number, wire.OK, probing.run(config["probes"]))
        os._exit(0)
    server = Server(pipe, config)
    library.make_importable(config)
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    pipe.say(number, wire.OK, {})
    server.parent()


if __name__ == "__main__":
    main()
