"""Kinds of fences: B bubblewrap, L Landlock, P none. Each is as good as its self-test says today.

* **B**: bubblewrap. Own mounts (the interpreter, the public library, a small working folder, nothing else, no /proc), own
  process ids, no network; inside it Landlock where there is some, a list of system calls, limits.
* **L**: no namespaces: Landlock, the list of system calls, limits. For containers, where bubblewrap may not run.
* **P**: limits only. For one's own notebook, never for other people's.

As root each slot gets a user id of its own (`slots`). See `probes` for the self-test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from lunarlab.grading.sandbox.limits import Limits, NoSandbox, plain
from lunarlab.grading.sandbox.slots import FIRST_UID

ORDER = "PLB"
INSIDE = Path(__file__).parent / "inside"
PACKAGE = Path(__file__).parents[2]
_HIDDEN = "grading"
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1",
    "NUMBA_THREADING_LAYER": "workqueue",  # the others do not survive a fork
}  # fmt: skip
KEPT = (*_ENVIRONMENT, "HOME", "TMPDIR", "MPLCONFIGDIR", "PATH", "LD_LIBRARY_PATH", "PWD", "LC_CTYPE")
"""The names in the environment of a fenced process."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that the fenced process runs, and where its files lie."""

    program: str
    prefix: str
    """Folder under which it is installed."""
    library: str
    """Its standard library."""
    site: tuple[str, ...]
    """Folders with numpy and its friends."""


@dataclass(frozen=True)
class Tier:
    """One kind of fence, with the result of its self-test if there was one."""

    name: str
    probes: dict[str, str] = field(default_factory=dict)
    """Probe: "ok", or what it got through."""

    @property
    def rank(self) -> int:
        """Higher is stronger."""
        return ORDER.index(self.name)

    @property
    def passed(self) -> bool:
        """Whether there was a self-test, and nothing got through."""
        return bool(self.probes) and all(result == "ok" for result in self.probes.values())

    def __str__(self) -> str:
        return f"{self.name} ({sum(r == 'ok' for r in self.probes.values())} of {len(self.probes)} probes)"


def _readable(path: str) -> bool:
    """Whether another user can enter every folder down to `path`."""
    here = Path(path).resolve()
    for place in (here, *here.parents):
        try:
            mode = place.stat().st_mode
        except OSError:
            return False
        if not mode & (0o005 if place == here else 0o001):
            return False
    return True


def _site() -> tuple[str, ...]:
    places = [
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        *(p for p in sys.path if p.endswith("-packages")),
    ]
    return tuple(dict.fromkeys(p for p in places if Path(p).is_dir()))


@cache
def interpreter(everybody: bool = False) -> Interpreter:
    """The Python that runs now; or, if it must be readable by everybody and is not, one of the same version that is.

    Raises
    ------
    NoSandbox
        There is none.
    """
    real = Path(sys.executable).resolve()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    own = Interpreter(str(real), sys.base_prefix, f"{sys.base_prefix}/lib/python{version}", _site())
    if not everybody or all(_readable(p) for p in (own.program, own.library, *own.site)):
        return own
    for folder in ("/usr/local/bin", "/usr/bin"):
        program = Path(folder, f"python{version}")
        prefix = str(program.parents[1])
        other = Interpreter(str(program.resolve()), prefix, f"{prefix}/lib/python{version}", own.site)
        if program.exists() and all(_readable(p) for p in (other.program, other.library, *other.site)):
            return other
    raise NoSandbox(
        f"{real} lies in a folder that other users can't enter, so a fenced process can't use it. Put Python and the "
        "environment where everybody can read them (outside /root), or install bubblewrap"
    )


@cache
def kernels() -> tuple[str, dict[str, str]]:
    """Folder with compiled kernels, and its subfolder for each folder of the package."""
    from lunarlab import jit

    if jit.CACHE is None:
        return "", {}
    jit.CACHE.mkdir(parents=True, exist_ok=True)
    folders = {p.parent for p in PACKAGE.rglob("*.py")}
    return str(jit.CACHE), {
        os.path.relpath(f, PACKAGE): jit.numba.core.caching._CacheLocator.get_suitable_cache_subpath(str(f / "x.py"))
        for f in folders
    }


def compiled() -> bool:
    """Whether the descent's kernels are compiled already. If not, each session compiles them for itself (`lunarlab warm`)."""
    folder, places = kernels()
    return bool(folder) and any(Path(folder, places["descent"]).glob("loop.run*.nbc"))


def compile_first(exercises: Iterable[str]) -> None:
    """Have the physics compiled before our own exercises: else each sandbox does it for itself, with too little memory."""
    from lunarlab.grading.checks import LESSONS

    if any(id.partition(".")[0] in LESSONS for id in exercises) and not compiled():
        print("compiling the physics once, about a minute", file=sys.stderr)
        # in a process of its own: compiling starts threads, and workers are forked from this one
        subprocess.run([sys.executable, "-m", "lunarlab.cli", "warm"], stdout=subprocess.DEVNULL, check=True)


@dataclass(frozen=True)
class Launch:
    """How to start one fenced process."""

    arguments: list[str]
    """Three descriptors are to be added."""
    before: bytes
    """What bubblewrap reads from a descriptor: its options, which so do not stand in any list of processes."""
    config: dict[str, Any]
    folder: Path | None
    """To be removed afterwards."""


def launch(
    tier: Tier, uid: int, limits: Limits, *, slot: int = 0, variant: dict[str, dict[str, float]] | None = None,
    probes: Any = None,
) -> Launch:
    """Command line and configuration of a fenced process. `uid` is its user, 0 for the grader's own.

    Where the system allows it, everything of a slot runs on one processor: who starts eight threads crowds himself alone.
    """
    build = {"B": _bubblewrap, "L": _landlock, "P": _nothing}[tier.name]
    config: dict[str, Any] = {
        "tier": tier.name, "uid": uid, "limits": plain(limits), "landlock": None, "own_pids": False,
        "processes": limits.processes, "variant": variant or {}, "probes": probes, "processor": processor(slot),
    }  # fmt: skip
    return build(config, limits)


def processor(slot: int) -> int | None:
    """Where everything of a slot runs; None where the system has no say in it."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[slot % len(allowed)]


def _start(program: str, child: str) -> list[str]:
    return [program, "-I", "-S", "-B", "-X", "utf8", child]


def _environment(home: str) -> dict[str, str]:
    # HOME is the working folder: what a library wants to keep for its user goes there, and away with it
    return {
        **_ENVIRONMENT,
        "HOME": home,
        "TMPDIR": home,
        "MPLCONFIGDIR": home,
        "PATH": "/nonexistent",
    }


def _nothing(config: dict[str, Any], limits: Limits) -> Launch:
    python = interpreter()
    folder = Path(tempfile.mkdtemp(prefix=f"lunarlab-{os.getpid()}-"))
    cache, places = kernels()
    config |= {
        "uid": 0, "paths": list(python.site), "package": str(PACKAGE), "folder": str(folder), "cache": cache,
        "kernels": places, "environment": _environment(str(folder)),
        "processes": _running(os.getuid()) + limits.processes,
    }  # fmt: skip
    return Launch(_start(python.program, str(INSIDE / "child.py")), b"", config, folder)


def _running(uid: int) -> int:
    """Threads of a user now: what the kernel counts against the limit of processes."""
    count = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == uid:
                    count += len(os.listdir(f"/proc/{entry.name}/task"))
            except OSError:
                continue
    return count


def _private(place: Path) -> bool:
    """Whether something among the libraries is no student's business: this package, and files that say where it lies."""
    name = place.name
    return name.startswith(("lunarlab", "_lunarlab", "__editable__", "_editable_impl")) or name.endswith(
        (".pth", "-packages")
    )


def _landlock(config: dict[str, Any], limits: Limits) -> Launch:
    python = interpreter(everybody=os.geteuid() == 0)
    folder = Path(tempfile.mkdtemp(prefix=f"lunarlab-{os.getpid()}-"))
    cache, places = kernels()
    if config["uid"]:
        os.chown(folder, config["uid"], config["uid"])
    else:
        config["processes"] = _running(os.getuid()) + limits.processes
    public = [str(p) for p in PACKAGE.iterdir() if p.name not in (_HIDDEN, "__pycache__")]
    listable = [str(PACKAGE), python.library, *python.site]
    parts = []  # Landlock can't take back what it gave: so what must not be read is left out, entry by entry
    for place in dict.fromkeys((python.library, *python.site, f"{python.prefix}/lib", "/lib", "/usr/lib")):
        if Path(place).is_dir():
            parts += [str(p) for p in Path(place).iterdir() if not _private(p) and str(p) not in listable]
    readable = [
        *parts, python.program, *public, str(INSIDE), cache, str(folder), "/dev/urandom", "/lib64", "/usr/lib64",
        "/etc/ld.so.cache", "/usr/share/zoneinfo",
    ]  # fmt: skip
    config |= {
        "paths": list(python.site), "package": str(PACKAGE), "folder": str(folder), "cache": cache, "kernels": places,
        "environment": _environment(str(folder)),
        "landlock": [[p for p in readable if p], ["/dev/null"], listable],
    }  # fmt: skip
    return Launch(_start(python.program, str(INSIDE / "child.py")), b"", config, folder)


def _bubblewrap(config: dict[str, Any], limits: Limits) -> Launch:
    program = shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin")
    if program is None:
        raise NoSandbox("bubblewrap is not installed")
    python = interpreter()
    cache, places = kernels()
    options = [
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
    ]
    if config[
        "uid"
    ]:  # root sets up the mounts, which may lie where only root may go, and the child then becomes the slot's user
        options += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        options += [
            "--unshare-user",
            "--disable-userns",
            "--uid",
            str(FIRST_UID),
            "--gid",
            str(FIRST_UID),
            "--cap-drop",
            "ALL",
        ]
    options += ["--hostname", "moon", "--clearenv"]

    for folder in (
        "/usr",
        "/etc",
        "/dev",
        "/opt",
        "/opt/lab",
        "/opt/lab/lunarlab",
        "/opt/inside",
        "/opt/kernels",
        "/opt/kernels/lunarlab",
    ):
        options.extend(("--perms", "0755", "--dir", folder))  # as parents of a mount, only their owner could enter them

    shown: list[tuple[Path, str]] = []

    def show(source: str | Path, place: str) -> None:
        options.extend(("--ro-bind", str(source), place))
        shown.append((Path(source).resolve(), place))

    for folder in ("/usr/lib", "/usr/lib64", "/lib", "/lib64"):
        if Path(folder).is_symlink():
            options.extend(("--symlink", os.readlink(folder), folder))
        elif Path(folder).is_dir():
            show(folder, folder)
    if Path("/etc/ld.so.cache").exists():
        show("/etc/ld.so.cache", "/etc/ld.so.cache")
    home = Path(python.prefix)
    inside = {}
    if home not in (Path("/usr"), Path("/")):
        show(home, "/opt/python")
        inside[str(home)] = "/opt/python"
    else:
        show(python.program, python.program)
    real = Path(python.program)
    start = f"/opt/python/{real.relative_to(home)}" if str(home) in inside else python.program
    paths = []
    for i, site in enumerate(python.site):
        show(site, f"/opt/site{i}")
        paths.append(f"/opt/site{i}")
    for source, place in tuple(shown):  # what lies among the libraries and is no student's business
        if PACKAGE.resolve().is_relative_to(source):
            options.extend(("--tmpfs", f"{place}/{PACKAGE.resolve().relative_to(source)}"))
    for site, place in zip(python.site, paths, strict=True):
        for entry in filter(_private, Path(site).iterdir()):
            if entry.is_dir() and entry != PACKAGE:
                options.extend(("--tmpfs", f"{place}/{entry.name}"))
            elif entry.is_file():
                options.extend(("--ro-bind", "/dev/null", f"{place}/{entry.name}"))
    for file in sorted(PACKAGE.iterdir()):
        if file.name not in (_HIDDEN, "__pycache__"):
            show(file, f"/opt/lab/lunarlab/{file.name}")
    for file in INSIDE.glob("*.py"):
        show(file, f"/opt/inside/{file.name}")
    kernel_place = ""
    if cache:
        kernel_place = "/opt/kernels/lunarlab/now"
        show(cache, kernel_place)
    for device in ("null", "urandom", "random", "zero"):
        options.extend(("--dev-bind", f"/dev/{device}", f"/dev/{device}"))
    options += ["--perms", "0777", "--size", str(limits.folder_bytes), "--tmpfs", "/work", "--symlink", "/work", "/tmp"]  # noqa: S108
    options += ["--remount-ro", "/", "--chdir", "/work"]
    environment = _environment("/work")
    for name, value in {**environment, **({"LD_LIBRARY_PATH": "/opt/python/lib"} if inside else {})}.items():
        options += ["--setenv", name, value]
    config |= {
        "paths": paths, "package": "/opt/lab/lunarlab", "folder": "/work", "cache": kernel_place, "kernels": places,
        "own_pids": True, "environment": environment,
    }  # fmt: skip
    arguments = [program, "--args", "ARGS", "--", *_start(start, "/opt/inside/child.py")]
    return Launch(arguments, b"\0".join(o.encode() for o in options) + b"\0", config, None)


def best(minimum: str = "L") -> Tier:
    """The strongest tier whose self-test passes now.

    Raises
    ------
    NoSandbox
        None that is at least `minimum` does; the message says what to install or change.
    """
    from lunarlab.grading.sandbox import probes

    said = []
    for name in reversed(ORDER):
        if ORDER.index(name) < ORDER.index(minimum):
            break
        try:
            tier = probes.examine(name)
        except NoSandbox as error:
            said.append(f"{name}: {error}")
            continue
        if tier.passed or name == "P":
            return tier
        bad = "; ".join(f"{probe}: {result}" for probe, result in tier.probes.items() if result != "ok")
        said.append(f"{name}: {bad}")
    raise NoSandbox(
        "No sandbox works here, so nothing is graded. "
        + ". ".join(said)
        + ". On Linux install bubblewrap (apt-get install "
        "bubblewrap) or use a kernel with Landlock; on macOS and Windows use a Linux container, a virtual machine or WSL 2"
    )
