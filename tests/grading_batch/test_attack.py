"""Standing checks: attackers in a class, and a grader that is killed, change nothing for honest neighbours (S-48, P-5, P-6, P-9)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import classroom
import grader
import pytest
import sqlalchemy as sa

from benchmarks import grading_class as gc
from lunarlab.grading.batch import schema as s
from lunarlab.grading.batch.gradebook import Gradebook
from lunarlab.grading.sandbox import tiers
from lunarlab.grading.sandbox.limits import NoSandbox

pytestmark = pytest.mark.hostile
HONEST = 14
ATTACKS = ("loop", "sleeper", "orphan", "late_exit", "bomb", "killer")
KILLS = 4
MOST_MB = 300.0


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """Grades of the honest ones, alone in their class."""
    try:
        tiers.best("L")
    except NoSandbox as error:
        pytest.skip(f"no sandbox here: {str(error)[:200]}")
    folder = tmp_path_factory.mktemp("calm") / "class"
    gc.write_class(folder, HONEST, 0)
    code, said, errors = classroom.graded(folder)
    assert code == 0 and said["graded"] == HONEST, errors
    found = classroom.rows(folder)
    assert {row[0] for row in found.values()} == {gc.FULL}
    return found


def write(folder):
    """The honest ones, and attackers whose names stand before, between and behind theirs."""
    gc.write_class(folder, HONEST, 0)
    for number, kind in enumerate(ATTACKS):
        name = f"{'amz'[number % 3]}-{kind}"
        (folder / "in" / f"{name}.ipynb").write_bytes(gc.notebook(gc.HOSTILE[kind], name, gc.assignment()))
    return folder


def compare(folder, calm):
    """(a) Digests of the honest are those of the calm class, and everybody has exactly one grade."""
    found = classroom.rows(folder)
    assert len(found) == HONEST + len(ATTACKS) and all(row[0] is not None for row in found.values()), found
    assert {key: found[key][:2] for key in calm} == {key: row[:2] for key, row in calm.items()}
    for number, kind in enumerate(ATTACKS):
        milli = classroom.of(found, f"{'amz'[number % 3]}-{kind}")[0]
        assert (milli == gc.FULL) if kind in gc.FULL_ANYWAY else (milli < gc.FULL), (kind, found)


def nothing_left():
    """(b) No process of a sandbox whose grader is gone, two seconds later."""
    until = time.monotonic() + 2.0
    while classroom.left_over() and time.monotonic() < until:
        time.sleep(0.05)
    assert classroom.left_over() == []


def manifest(*folders):
    """(c) Every file outside the work directory: where, how large, what is in it."""
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("gradebook.sqlite")
    }  # fmt: skip


class Memory(threading.Thread):
    """(d) The most memory that the grader's processes have together; what forks share counts once."""

    def __init__(self, leader):
        super().__init__(daemon=True)
        self.leader, self.most_MB = leader, 0.0

    def run(self):
        while members := classroom.group_of(self.leader):
            used = 0
            for pid in members:
                with contextlib.suppress(OSError, StopIteration):
                    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                    used += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            self.most_MB = max(self.most_MB, used / 1024)
            time.sleep(0.3)


def test_attackers_change_nothing_for_their_neighbours(tmp_path, calm):
    folder = write(tmp_path / "class")
    (tmp_path / "tmp").mkdir()
    places = (folder, grader.HERE.parents[1] / "lunarlab", grader.HERE.parents[1] / "tests", grader.HERE.parents[1] / "solutions")
    before = manifest(*places)
    process = classroom.start(folder, "--workers=2", TMPDIR=str(tmp_path / "tmp"))
    memory = Memory(process.pid)
    memory.start()
    out, errors = process.communicate(timeout=900)
    said = json.loads(out)
    assert process.returncode == 0, (said, errors)
    nothing_left()
    compare(folder, calm)
    assert manifest(*places) == before
    left = [path for path in (tmp_path / "tmp").rglob("*") if path.is_file() and path.stat().st_size]
    assert left == [], "nothing but empty locks"
    assert memory.most_MB < MOST_MB
    assert said["received"] == said["graded"] == HONEST + len(ATTACKS) and said["needs_attention"] == 0  # (e)


def running(folder):
    """How many hand-ins are being executed."""
    if not (folder / "gradebook.sqlite").exists():
        return 0
    with Gradebook(folder / "gradebook.sqlite") as book, book.engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(s.job).where(s.job.c.state == s.RUNNING)
        return connection.execute(query).scalar()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives sandboxes users of their own, by which they are found")
@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "supervisor"])
def test_s48_a_grader_with_sandboxes_is_killed(tmp_path, calm, whole_group):
    folder, rng, done = write(tmp_path / "class"), random.Random(48 + whole_group), 0  # noqa: S311 - moments, no secrets
    kept, caught = {}, 0
    while done < KILLS:
        process = classroom.start(folder, "--workers=2")
        until = time.monotonic() + 120.0
        while done and not running(folder) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(rng.uniform(0.0, 3.0))
        if process.poll() is not None:
            break
        caught += bool(classroom.sandboxes_of(process.pid))
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
        process.communicate(timeout=20)
        done += 1
        until = time.monotonic() + 2.0
        while classroom.group_of(process.pid) and time.monotonic() < until:
            time.sleep(0.02)
        assert classroom.group_of(process.pid) == [], "a worker outlived its supervisor"
        nothing_left()
        if (folder / "gradebook.sqlite").exists():
            assert grader.sound(folder / "gradebook.sqlite")
            now = {key: row[1] for key, row in classroom.rows(folder).items() if row[1]}
            assert {key: now.get(key) for key in kept} == kept, "a grade that was written stays"
            kept = now
    assert done >= 3 and caught >= 1, "the class was graded before the grader could be killed"
    code, said, errors = classroom.graded(folder)
    assert code == 0 and said["graded"] == said["received"] == HONEST + len(ATTACKS), (said, errors)
    compare(folder, calm)
    nothing_left()
    assert grader.sound(folder / "gradebook.sqlite")
    before = classroom.rows(folder)
    code, said, _ = classroom.graded(folder)
    assert (code, said["executed"], said["new"]) == (0, 0, 0) and classroom.rows(folder) == before
