"""S-48: whoever is killed, whenever: no grade is lost, none is double, every digest is that of an undisturbed run."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time

import grader
import pytest
from classroom import group_of
from fake import cell


def kill(process, whole_group):
    """The process group, or the supervisor alone, whose workers then must not go on."""
    with contextlib.suppress(ProcessLookupError):
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)


def interrupted(folder, reference, count, *, kills, delay_s, whole_group, seed):
    """Kill a grader at random moments, and look at the gradebook after each; then let one run to its end, and another."""
    place, rng, left = folder / "grades.sqlite", random.Random(seed), kills  # noqa: S311 - moments, no secrets
    while left:
        process = grader.start(folder, delay_s=delay_s)
        before = grader.executed(folder)
        # Half of the kills come at any moment, also while hand-ins are taken in; half once something is being executed.
        until = time.monotonic() + 20.0
        while left % 2 and grader.executed(folder) == before and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 2.0 if left % 2 == 0 else 0.4))
        if process.poll() is not None:
            break  # it was faster
        kill(process, whole_group)
        left -= 1
        until = time.monotonic() + 2.0
        while group_of(process.pid) and time.monotonic() < until:
            time.sleep(0.02)
        assert group_of(process.pid) == [], "a worker outlived its supervisor"
        if place.exists():
            assert grader.sound(place)
    code, outcome = grader.run(folder, delay_s=0.0)
    assert code == 0 and outcome["totals"]["graded"] == outcome["totals"]["received"] == count
    assert grader.digests(place) == reference
    assert grader.sound(place)
    assert all(len(jobs) == 1 for jobs in grader.states(place).values())
    done = grader.executed(folder)
    code, outcome = grader.run(folder)
    assert code == 0 and outcome["executed"] == 0 and grader.executed(folder) == done
    return kills - left


def class_of(tmp_path, count):
    """A class, and its digests in an undisturbed run."""
    (tmp_path / "calm").mkdir()
    grader.hand_in(tmp_path / "calm", count, noisy=cell("import logging\nlogging.error('x')\ndef double(x):\n    return x + x", "90.double"))
    assert grader.run(tmp_path / "calm")[0] == 0
    return grader.digests(tmp_path / "calm" / "grades.sqlite")


def test_a_worker_that_is_busy_dies_with_its_supervisor(tmp_path):
    grader.hand_in(tmp_path, 1, hanging=cell("# HANG"))
    process = grader.start(tmp_path)
    until = time.monotonic() + 30.0
    while grader.executed(tmp_path) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(group_of(process.pid)) >= 2
    kill(process, False)
    until = time.monotonic() + 2.0
    while group_of(process.pid) and time.monotonic() < until:
        time.sleep(0.02)
    left = group_of(process.pid)
    kill(process, True)
    assert left == []


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A class of 25, and its digests."""
    home = tmp_path_factory.mktemp("small")
    return home / "calm" / "in", class_of(home, 24)


@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "supervisor"])
def test_s48_killed_a_few_times(tmp_path, small, whole_group):
    shutil.copytree(small[0], tmp_path / "in")
    assert interrupted(tmp_path, small[1], 25, kills=3, delay_s=0.2, whole_group=whole_group, seed=48) >= 2


@pytest.mark.long
@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "supervisor"])
def test_s48_killed_fifty_times(tmp_path, whole_group):
    reference = class_of(tmp_path, 199)
    folder = tmp_path / "killed"
    folder.mkdir()
    shutil.copytree(tmp_path / "calm" / "in", folder / "in")
    assert interrupted(folder, reference, 200, kills=50, delay_s=0.4, whole_group=whole_group, seed=50) >= 40
