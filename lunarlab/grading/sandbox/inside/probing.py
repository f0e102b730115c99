"""What a hostile student would try first, tried from inside a fence. "ok" means that it was refused."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)


def _refused(what: Callable[[], Any]) -> str:
    """"ok" if something raises."""
    try:
        found = what()
    except (OSError, MemoryError, ValueError, AttributeError):
        return "ok"
    return f"got through: {found!r}"[:120]


def _read(path: str) -> Any:
    with open(path, "rb") as file:
        return file.read(20)


def _write(path: str, data: bytes) -> int:
    with open(path, "wb", buffering=0) as file:
        return sum(file.write(data[i : i + (1 << 20)]) for i in range(0, len(data), 1 << 20))


def _socket(family: int, kind: int, address: Any) -> str:
    with socket.socket(family, kind) as s:
        s.settimeout(2.0)
        s.connect(address)
        s.send(b"probe")
    return "sent"


def _forks(limit: int) -> str:
    children = []
    try:
        for _ in range(3 * limit + 30):
            child = os.fork()
            if child == 0:
                time.sleep(20.0)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    finally:
        for child in children:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(OSError):
                if not _signals():
                    os._exit(0)
                os.waitpid(child, 0)
    return "ok" if len(children) <= 2 * limit else f"{len(children)} processes"


def _signals() -> bool:
    with contextlib.suppress(OSError):
        os.kill(os.getpid(), 0)
        return True
    return False


def _call(name: str, *arguments: int) -> int:
    result = int(getattr(_libc, name)(*arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def _descriptors() -> str:
    found = []
    for number in range(6, 1024):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return f"open: {found}" if found else "ok"


def _survivor() -> str:
    """Leave the process group, as a leader can't but a child could; and a child of a child for whoever looks after the end."""
    child = os.fork()
    if child == 0:
        left = [name for name in ("setpgid", "setsid") if _refused(lambda n=name: _call(n, 0, 0)) != "ok"]  # type: ignore[misc]
        if not left and os.fork() == 0:
            time.sleep(60.0)
        os._exit(len(left))
    return "it left its group" if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) else "ok"


def run(given: dict[str, Any]) -> dict[str, str]:
    """Result of each probe."""
    victim, name = given["victim"], given["abstract"]
    limits = given["limits"]
    results = {
        "canary": _refused(lambda: _read(given["canary"])),
        "home": _refused(lambda: os.listdir(given["home"])),
        "write outside": _refused(lambda: _write(given["outside"], b"x")),
        "change outside": _refused(lambda: os.chmod(given["canary"], 0o600)),
        "tcp": _refused(lambda: _socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", given["tcp"]))),
        "tcp 6": _refused(lambda: _socket(socket.AF_INET6, socket.SOCK_STREAM, ("::1", given["tcp"]))),
        "udp": _refused(lambda: _socket(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", given["udp"]))),
        "abstract socket": _refused(lambda: _socket(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + name)),
        "memory": _refused(lambda: len(bytearray(2 * limits["address_bytes"]))),
        "file size": "ok",
        "environment": "ok",
        "descriptors": _descriptors(),
        "signals": _refused(lambda: os.kill(victim, signal.SIGKILL)),
        "trace": _refused(lambda: _call("ptrace", 16, victim, 0, 0)),
        "others' limits": _refused(lambda: resource.prlimit(victim, resource.RLIMIT_NOFILE, (3, 3))),
        "own limits": _refused(lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1))),
        "namespaces": _refused(lambda: _call("unshare", 0x10000000)),
        "privileges": "ok" if os.getuid() and os.geteuid() and os.getgid() else "it runs as root",
        "/proc": "ok",
    }
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        written = _write("big", bytes(2 * limits["file_bytes"]))
        results["file size"] = "ok" if written <= limits["file_bytes"] else f"wrote {written} bytes"
    extra = sorted(set(os.environ) - set(given["environment"]))
    if extra:
        results["environment"] = f"has {extra}"
    for path in (f"/proc/{victim}/environ", f"/proc/{victim}/cmdline", "/proc/1/cmdline"):
        if (found := _refused(lambda p=path: _read(p))) != "ok":  # type: ignore[misc]
            results["/proc"] = f"{path} {found}"
    results["processes"] = _forks(limits["processes"])
    results["surviving child"] = _survivor()
    return results
