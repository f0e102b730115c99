"""What a student's code wants too much of: S-01 to S-18."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lunarlab.grading.sandbox import remote, watch
from tests.grading_sandbox.conftest import GOOD, SHORT, Bench, descend

TOO_LONG = ("timeout:load", "infrastructure")
"""The second only where this machine has more than ten other things to do at once."""


def stretched(limit_s: float) -> float:
    """How long a limit may take here and now: on a machine with more to do than processors, as long as its patience lasts."""
    return limit_s * (watch.PATIENCE if os.getloadavg()[0] > (os.cpu_count() or 1) else 1.0)


def lands(result: float | str) -> bool:
    return isinstance(result, float) and result < 2.0


@pytest.mark.parametrize(
    "text",
    [
        "while True: pass",
        "import signal\nfor s in (2, 15, 14, 24): signal.signal(s, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass",
        "import time\ntime.sleep(600)",
    ],
    ids=["S-01", "S-03", "asleep"],
)
def test_a_cell_that_does_not_end(bench: Bench, text: str) -> None:
    limits = replace(SHORT, load_s=1.0)
    opened = bench.open(text, limits=limits)
    opened._open()
    began = time.monotonic()
    report = opened.load()
    assert report.fault and report.fault.kind in TOO_LONG
    assert opened._process is None
    assert time.monotonic() - began < stretched(1.0) + 2.0  # so much may it overshoot
    with pytest.raises(remote.RemoteFault):
        opened.answers("99.0", ("law",))


def test_s02_a_law_that_hangs_below_100_m_costs_the_flights_that_come_there(bench: Bench) -> None:
    text = GOOD + "\ngood = law\ndef law(t, est, params):\n    while est[0] < 100.0 and params is not None and est[2] > 5.05: pass\n    return good(t, est, params)"
    opened, law = bench.law(text, limits=replace(SHORT, tick_s=0.5, call_s=1.0))
    results = [descend(law, height) for height in (200.0, 80.0, 200.0)]
    assert results[0] == "timeout:call" and results[2] == "timeout:call"
    assert opened._restarts == 0  # the warm parent ended its child
    assert lands(descend(law, 80.0)) or results[1] == "timeout:call"


@pytest.mark.parametrize(("pauses", "flies"), [(1, True), (4, False)])
def test_a_law_may_compile_in_mid_flight_but_not_for_ever(bench: Bench, pauses: int, flies: bool) -> None:
    """Machine code for a turn that it takes for the first time far down takes seconds: no reason to lose the flight."""
    late = f"\ngood, left = law, [{pauses}]\ndef law(t, est, params):\n    import time\n    if est[0] < 100.0 and left[0]:\n"
    late += "        left[0] -= 1; time.sleep(1.2)\n    return good(t, est, params)"
    _, law = bench.law(GOOD + late, limits=replace(SHORT, tick_s=1.0, call_s=3.0))
    result = descend(law)
    assert lands(result) if flies else result == "timeout:call"


def test_s04_sleeping_in_every_call_is_told_with_its_mean(bench: Bench) -> None:
    opened, law = bench.law(GOOD.replace("    z, v", "    import time; time.sleep(0.01)\n    z, v"), limits=replace(SHORT, scenario_s=0.5))
    assert descend(law) == "timeout:scenario"
    assert "ms a call" in opened.faults[-1].detail


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("while True: pass", "timeout:call", "One call of mine takes longer than 1 s."),
        ("raise SystemExit", "exited", "A call of mine ends Python."),
        ("import os; os.kill(os.getpid(), 9)", "crash", "A call of mine was ended by SIGKILL."),
    ],
)
def test_what_stopped_a_function_is_one_sentence_that_names_it(bench: Bench, body: str, kind: str, said: str) -> None:
    """By the name that the exercise asks for, whatever the function calls itself; the code stays beside it."""
    opened = bench.open(f"def another(x):\n    {body}\nmine = another", limits=replace(SHORT, call_s=1.0))
    opened.load(["mine"])
    (mine,) = opened.answers("99.0", ("mine",))
    with pytest.raises(remote.RemoteFault) as error:
        mine(1.0)
    assert (error.value.fault.kind, str(error.value.fault)) == (kind, said)


def test_s05_a_fork_bomb_gets_forty_and_costs_nothing(bench: Bench) -> None:
    bomb = "import os, time\nn = 0\ntry:\n    for n in range(400):\n        if os.fork() == 0:\n            time.sleep(600); os._exit(0)\nexcept OSError: pass\n"
    opened = bench.open(bomb + GOOD)
    assert opened.load().fault is None
    assert opened._process
    assert len(watch.group(opened._process.popen.pid)) <= 2 * SHORT.processes
    count, law = opened.answers("99.0", ("n", "law"))
    assert 1 <= count <= SHORT.processes + 8
    assert lands(descend(law)) and lands(descend(law, 100.0))


def test_s06_a_child_of_a_child_that_sleeps_is_gone_at_the_end(bench: Bench) -> None:
    fork = "import os, time\nif os.fork() == 0:\n    try: os.setsid()\n    except OSError: pass\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)\n"
    opened, law = bench.law(fork + GOOD)
    assert lands(descend(law))
    opened.close()
    assert not opened.retired


@pytest.mark.parametrize("size", ["10 * 2**30", pytest.param("2 * 2**30", marks=pytest.mark.hostile)])
def test_s07_too_large_an_array(bench: Bench, size: str) -> None:
    opened = bench.open(f"import numpy as np\ndef f():\n    return np.ones({size}, dtype='u1').sum()")
    opened.load()
    with pytest.raises(remote.RemoteFault):
        opened.answers("99.0", ("f",))[0]()
    assert opened.faults[-1].kind == "memory"


def test_s08_a_law_that_keeps_everything_ends_its_flight_only(bench: Bench) -> None:
    text = GOOD + "\ngood, kept = law, []\ndef law(t, est, params):\n    if est[0] > 100.0: kept.append(b'x' * (8 << 20))\n    return good(t, est, params)"
    opened, law = bench.law(text)
    assert lands(descend(law, 80.0))
    assert descend(law, 600.0) in ("memory", "MemoryError")
    assert opened.faults[-1].kind == "memory"
    assert lands(descend(law, 80.0))


@pytest.mark.parametrize(
    "noise",
    [
        "for _ in range(1 << 10): print('x' * (1 << 20))",
        "for i in range(100_000): print(i)",
        "import os\nfor i in range(3):\n    os.close(i)",
        "import warnings, logging, sys\nwarnings.warn('w'); logging.error('e'); print('p', file=sys.stderr)",
    ],
    ids=["S-09", "S-10", "S-11", "S-47"],
)
def test_what_it_says_never_matters(bench: Bench, noise: str) -> None:
    _, law = bench.law(noise + "\n" + GOOD)
    assert lands(descend(law))


def test_s12_a_child_that_closes_everything(bench: Bench) -> None:
    text = GOOD + "\ngood = law\ndef law(t, est, params):\n    import os\n    if est[0] < 100: os.closerange(0, 64)\n    return good(t, est, params)"
    _, law = bench.law(text)
    assert descend(law) == "protocol"
    assert bench.open("import os\nos.closerange(0, 64)", slot=1).load().fault.kind == "protocol"  # type: ignore[union-attr]


def test_s13_no_disk_is_filled(bench: Bench) -> None:
    text = """
def f():
    total = 0
    try:
        for k in range(40):
            with open(f"file{k}", "wb", buffering=0) as file:
                for _ in range(64):
                    total += file.write(bytes(1 << 20))
    except OSError as error:
        pass
    return total
"""
    assert bench.result(text) <= SHORT.folder_bytes
    wrote = bench.value("x = 0\ntry:\n    with open('a', 'wb', buffering=0) as file:\n        for _ in range(20): x += file.write(bytes(1 << 20))\nexcept OSError as e: pass", slot=1)
    assert wrote <= SHORT.file_bytes


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("import ctypes; ctypes.string_at(0)", {"crash"}),
        ("import sys; sys.setrecursionlimit(10**9); law(t, est, params)", {"crash", "RecursionError", "MemoryError", "memory", "timeout:call"}),
        ("import os; os.abort()", {"crash"}),
    ],
)
def test_s14_a_crash_costs_one_flight(bench: Bench, body: str, kinds: set[str]) -> None:
    text = GOOD + f"\ngood = law\ndef law(t, est, params):\n    if est[0] > 150.0:\n        {body}\n    return good(t, est, params)"
    opened, law = bench.law(text)
    assert lands(descend(law, 100.0))
    assert descend(law) in kinds
    if kinds == {"crash"}:
        assert "SIG" in opened.faults[-1].detail
    assert lands(descend(law, 100.0))


@pytest.mark.parametrize("text", ["import sys; sys.exit(0)", "import os; os._exit(0)", "raise SystemExit", "exit()"])
def test_s15_who_ends_python_gets_nothing(bench: Bench, text: str) -> None:
    report = bench.open(GOOD + "\n" + text).load()
    if text == "exit()":
        assert report.fault is None and report.errors  # the name is a shell's, not Python's
    else:
        assert report.fault and report.fault.kind == "exited"


def test_s16_ending_after_a_hundred_calls_costs_that_flight(bench: Bench) -> None:
    text = GOOD + "\ngood, n = law, 0\ndef law(t, est, params):\n    global n\n    n += 1\n    if n > 250:\n        import os; os._exit(0)\n    return good(t, est, params)"
    opened, law = bench.law(text)
    assert lands(descend(law, 80.0))
    assert descend(law, 1500.0) == "exited"
    assert lands(descend(law, 80.0))
    assert [f.kind for f in opened.faults] == ["exited"]


@pytest.mark.parametrize("attack", ["os.kill(os.getppid(), 9)", "os.kill(-1, 9)", pytest.param("os.killpg(0, 9)", marks=pytest.mark.hostile)])
def test_s17_killing_around_kills_the_own_sandbox_only(bench: Bench, attack: str) -> None:
    text = GOOD + f"\ngood = law\ndef law(t, est, params):\n    import os\n    if est[0] > 150.0:\n        try: {attack}\n        except OSError: pass\n    return good(t, est, params)"
    _, law = bench.law(text)
    first = descend(law)
    assert lands(first) or first in ("crash", "protocol", "exited", "timeout:call")
    assert lands(descend(law, 100.0))


def test_s18_busy_threads(bench: Bench) -> None:
    threads = "import threading\ndef spin():\n    while True: pass\nfor _ in range(8): threading.Thread(target=spin, daemon=True).start()\n"
    opened, law = bench.law(threads + GOOD)
    assert lands(descend(law)) or opened.faults[-1].kind.startswith("timeout")


def test_s18_who_starts_threads_crowds_no_neighbour(bench: Bench) -> None:
    ask = """
import os
first = os.sched_getaffinity(0)
try:
    os.sched_setaffinity(0, range(64))
except OSError as error:
    said = type(error).__name__
x = [sorted(first), sorted(os.sched_getaffinity(0)), said]
"""
    allowed = sorted(os.sched_getaffinity(0))
    for slot in (1, 2):
        ours = [allowed[slot % len(allowed)]]
        assert bench.value(ask, slot=slot) == [ours, ours, "PermissionError"]


@pytest.mark.hostile
def test_time_in_all_is_limited(bench: Bench) -> None:
    _, law = bench.law(GOOD.replace("    z, v", "    import time; time.sleep(0.02)\n    z, v"), limits=replace(SHORT, submission_s=2.0))
    results = [descend(law, 80.0) for _ in range(4)]
    assert results[-1] == "timeout:submission"


def test_time_in_all_is_limited_for_plain_calls_too(bench: Bench) -> None:
    opened = bench.open("import time\ndef f(x):\n    time.sleep(0.3)\n    return x", limits=replace(SHORT, submission_s=1.5))
    opened.load()
    f = opened.answers("99.0", ("f",))[0]
    begun, calls = time.monotonic(), 0
    while calls < 100 and not opened.faults:
        with contextlib.suppress(remote.RemoteFault):
            f(1.0)
        calls += 1
    assert [fault.kind for fault in opened.faults] == ["timeout:submission"] and 4 <= calls < 20 and time.monotonic() - begun < 10.0
    with pytest.raises(remote.RemoteFault, match="in all"):
        f(1.0)


@pytest.mark.hostile
def test_a_session_that_dies_again_and_again_is_given_up(bench: Bench) -> None:
    text = GOOD + "\ngood = law\ndef law(t, est, params):\n    import os; os.kill(os.getppid(), 9); import time; time.sleep(1)\n    return good(t, est, params)"
    opened, law = bench.law(text, limits=replace(SHORT, restarts=2))
    results = [descend(law) for _ in range(5)]
    assert all(isinstance(r, str) for r in results)
    assert opened._restarts <= 2


@pytest.fixture
def crowd() -> Iterator[None]:
    """Other people's work: this process, and so its sandboxes, share one processor with four that never rest."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    # In sessions of their own: in ours they would share one half with us, where Linux groups by session.
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True) for _ in range(4)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()
        os.sched_setaffinity(0, allowed)


WORK = "import time\ndef work(s):\n    end = time.process_time() + s\n    while time.process_time() < end: pass\n"


def test_a_process_may_end_while_its_times_are_read() -> None:
    """Its file in /proc is still there, and can't be read any more."""
    with subprocess.Popen(["true"]) as short, Path(f"/proc/{short.pid}/schedstat").open() as times:
        short.wait()
        with pytest.raises(ProcessLookupError):
            times.read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", lambda _: (_ for _ in ()).throw(ProcessLookupError(3, "No such process")))
        assert watch.ledger(os.getpgrp())
        assert set(watch.ledger(os.getpgrp()).values()) == {(0.0, 0.0)}


@pytest.mark.usefixtures("crowd")
def test_other_peoples_work_is_no_excuse_to_take_points(bench: Bench) -> None:
    limits = replace(SHORT, tick_s=1.0, scenario_s=1.5, call_s=1.0, submission_s=60.0)
    text = WORK + GOOD + "\ngood = law\ndef law(t, est, params):\n    if est[2] < 0.05: work(0.5)\n    return good(t, est, params)\ndef f(): work(0.5)"
    opened = bench.open(text, limits=limits)
    assert opened.load().fault is None
    law, f = opened.answers("99.0", ("law", "f"))
    began = time.monotonic()
    assert lands(descend(law, 80.0))
    f()
    assert time.monotonic() - began > 2.0 * 1.0, "nobody stood in the way"
    assert opened.faults == []
    opened._account()
    assert opened._spent < 5.0, "others' work counts for nobody"


@pytest.mark.usefixtures("crowd")
def test_a_loop_has_no_end_on_a_busy_machine_either(bench: Bench) -> None:
    opened = bench.open("while True: pass", limits=replace(SHORT, load_s=0.5))
    report = opened.load()
    assert report.fault and report.fault.kind in TOO_LONG


def test_ones_own_crowd_is_no_excuse(bench: Bench) -> None:
    threads = "import os\nfor _ in range(12):\n    if os.fork() == 0:\n        while True: pass\nwhile True: pass\n"
    opened = bench.open(threads + GOOD, limits=replace(SHORT, load_s=1.0))
    opened._open()
    began = time.monotonic()
    report = opened.load()
    assert report.fault and report.fault.kind in TOO_LONG
    assert time.monotonic() - began < stretched(1.0) + 2.0


def test_who_ends_python_in_every_flight_is_not_started_anew_each_time(bench: Bench) -> None:
    text = GOOD + "\ngood = law\ndef law(t, est, params):\n    import os\n    if est[0] > 150.0: os._exit(0)\n    return good(t, est, params)"
    opened, law = bench.law(text)
    assert [descend(law) for _ in range(6)] == ["exited"] * 6
    assert lands(descend(law, 80.0))
    assert opened._restarts == 0
