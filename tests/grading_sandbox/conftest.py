"""Hostile students, each followed by a look at what they left: processes, files, memory, and a neighbour who must not notice."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lunarlab.grading.sandbox import process, remote, session, slots, tiers, watch
from lunarlab.grading.sandbox.limits import Limits, NoSandbox

SHORT = Limits(load_s=6.0, call_s=3.0, tick_s=1.0, scenario_s=10.0, submission_s=60.0, cpu_s=20.0)
GOOD = """
def law(t, est, params):
    z, v = est[0], est[1]
    want = -max(1.0, min(30.0, 0.25 * z))
    return (1.62 + 2.0 * (want - v), 0.0, 0.0)
"""


def cells(*texts: str) -> list[session.Cell]:
    """A notebook whose every cell holds an answer."""
    return [session.Cell(i, "code", f"99.{i}", text) for i, text in enumerate(texts)]


def descend(law: Any, height_m: float = 200.0) -> float | str:
    """A descent in the grader, steered from the sandbox: speed at the ground, or the kind of fault."""
    z, v, t = height_m, -20.0, 0.0
    params = np.zeros(1)
    params.flags.writeable = False
    while z > 0.0 and t < 60.0:
        est = np.array([z, v, t])
        est.flags.writeable = False
        try:
            a = law(np.float64(t), est, params)
        except remote.RemoteFault as fault:
            return fault.fault.kind
        except Exception as error:
            return type(error).__name__
        try:
            push = float(a[0])
        except (TypeError, ValueError, IndexError):
            return "no number"
        if not np.isfinite(push):
            return "nonfinite"
        v += (max(0.0, min(push, 6.0)) - 1.62) * 0.1
        z += v * 0.1
        t += 0.1
    return round(abs(v), 6)


class Bench:
    """Opens sessions in one tier, and remembers them."""

    def __init__(self, tier: tiers.Tier) -> None:
        self.tier = tier
        self.opened: list[session.Session] = []
        self.leaders: list[int] = []

    def open(self, *texts: str, slot: int = 0, limits: Limits = SHORT) -> session.Session:
        made = session.open(self.tier, cells(*texts), slot=slot, limits=limits)
        self.opened.append(made)
        return made

    def law(self, text: str, **options: Any) -> tuple[session.Session, Any]:
        """A loaded session, and its answer `law`."""
        made = self.open(text, **options)
        report = made.load()
        assert report.fault is None, report
        return made, made.answers("99.0", ("law",))[0]

    def value(self, text: str, name: str = "x", **options: Any) -> Any:
        """What a variable holds after a cell."""
        made = self.open(text, **options)
        report = made.load()
        assert report.fault is None, report
        return made.answers("99.0", (name,))[0]

    def result(self, text: str, *arguments: Any, **options: Any) -> Any:
        """What f(...) returns."""
        made = self.open(text, **options)
        report = made.load()
        assert report.fault is None, report
        return made.answers("99.0", ("f",))[0](*arguments)


def usable(name: str) -> tiers.Tier:
    """A tier that can be started here, or a reason to skip; in continuous integration that is a failure."""
    try:
        running, _ = process.start(tiers.Tier(name), 40, Limits())
    except NoSandbox as error:
        if os.environ.get("CI") and name == "B":
            raise
        pytest.skip(f"tier {name}: {error}")
    running.finish()
    return tiers.Tier(name)


@pytest.fixture(scope="session", params=["best", pytest.param("other", marks=pytest.mark.hostile)])
def tier(request: pytest.FixtureRequest) -> tiers.Tier:
    """The best tier in every run; the other one in the long run."""
    names = ["B", "L"] if shutil.which("bwrap") or os.environ.get("CI") else ["L", "B"]
    return usable(names[request.param == "other"])


@pytest.fixture(scope="session")
def neighbour(tier: tiers.Tier) -> Iterator[Any]:
    """An honest student in another slot, whose process lives through all the attacks."""
    with session.open(tier, cells(GOOD), slot=7, limits=Limits()) as honest:
        assert honest.load().fault is None
        yield honest.answers("99.0", ("law",))[0]
        assert honest.faults == []


def digest(folder: Path) -> str:
    rows = [(str(p), p.stat().st_mode, p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * watch.PAGE


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Files that belong to the slot's user, and lie where everybody can go: only the fence protects them."""
    folder = tmp_path / "course"
    folder.mkdir()
    for part in (folder, *folder.parents):
        if part.stat().st_uid == os.geteuid() and part != Path("/"):
            part.chmod(part.stat().st_mode | 0o055)
    for name in ("gradebook.db", "solution.py", "neighbour.ipynb"):
        file = folder / name
        file.write_text("canary-4711")
        file.chmod(0o666)
        if os.geteuid() == 0:
            os.chown(file, slots.FIRST_UID + 1, slots.FIRST_UID + 1)
    return folder


@pytest.fixture
def bench(tier: tiers.Tier, neighbour: Any, outside: Path) -> Iterator[Bench]:
    before, size, landing = digest(outside), memory(), descend(neighbour)
    folders = set(Path(tempfile.gettempdir()).glob(f"lunarlab-{os.getpid()}-*"))
    made = Bench(tier)
    yield made
    left = [(s._process.popen.pid, s._process.lease.uid) for s in made.opened if s._process is not None]
    for opened in made.opened:
        began = time.monotonic()
        opened.close()
        assert time.monotonic() - began < 2.0
        assert not opened.retired
    assert not [found for leader, _ in left for found in watch.group(leader)]
    assert digest(outside) == before
    assert memory() - size < 100 << 20
    assert descend(neighbour) == landing
    assert set(Path(tempfile.gettempdir()).glob(f"lunarlab-{os.getpid()}-*")) <= folders
