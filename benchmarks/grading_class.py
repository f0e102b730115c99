"""A class of 200 to be graded: one exercise that is flown over a pipe, one number, and hand-ins honest, hostile and broken.

It is an instructor's own module of exercises (``module = "benchmarks.grading_class"`` in an assignment).
"""

# ruff: noqa: E501, S311 - programs as texts; what is drawn is no secret
from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np

from lunarlab.grading import answers as a
from lunarlab.grading.batch.pack import Assignment, Key, write_key
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text

SCENARIOS, STEPS, DT = 10, 600, 0.1
LIMITS = {"load_s": 4.0, "call_s": 2.0, "tick_s": 2.0, "scenario_s": 5.0, "submission_s": 25.0}
KEY = Key("example", b"example key of the benchmark, never for marks", example=True)


def fly(guidance, height_m: float, speed_mps: float, gravity: float) -> tuple[float, float, float]:
    """(height, speed, lowest height) after a minute under somebody's guidance: clipped, counted and integrated here."""
    h, v, lowest = height_m, speed_mps, height_m
    for step in range(STEPS):
        given = guidance(step * DT, np.array([h, v, gravity]))
        (wanted,) = a.numbers(given if isinstance(given, (tuple, list, np.ndarray)) else (given,), 1, "guidance", "a thrust")
        acceleration = min(max(wanted, 0.0), 4.0) - gravity
        h, v = h + v * DT + 0.5 * acceleration * DT * DT, v + acceleration * DT
        lowest = min(lowest, h)
    return h, v, lowest


def judge_guidance(answer, scenarios: int = SCENARIOS):
    """Hover at 10 m after a minute, from wherever; a point for each start."""
    guidance = a.function(answer, "guidance")
    findings = []
    for height_m, speed_mps in exam().rng("91.guidance").uniform((300.0, -30.0), (500.0, -10.0), (scenarios, 2)):
        try:
            h, v, lowest = fly(guidance, float(height_m), float(speed_mps), 1.62)
            ok, value = abs(h - 10.0) < 1.0 and abs(v) < 0.5 and lowest > 0.0, f"{number_text(h, 'm')}, {number_text(v, 'm/s')}"
        except Exception as stopped:
            ok, value = False, type(stopped).__name__
        findings.append(Finding("hovers at 10 m", 1, ok, value, "10 +- 1 m, below 0.5 m/s", "Brake earlier."))
    return findings


def judge_guidance_long(answer):
    """The same from twice as many starts."""
    return judge_guidance(answer, 2 * SCENARIOS)


def judge_speed(answer):
    """Speed after a fall from the height of one's variant."""
    got = a.number(answer, "fall_mps")
    right = (2.0 * 1.62 * exam().variant("91.fall")["height_m"]) ** 0.5
    return [Finding("speed after the fall", 2, abs(got - right) < 1e-3 * right, number_text(got, "m/s"), "sqrt(2 g h)", "Energy.")]


EXERCISES = (
    Exercise("91.guidance", "hover", SCENARIOS, ("guidance",), judge_guidance),
    Exercise("91.long", "hover, from more starts", 2 * SCENARIOS, ("guidance",), judge_guidance_long),
    Exercise(
        "91.fall", "a fall", 2, ("fall_mps",), judge_speed,
        usual={"height_m": 50.0}, variant=lambda rng: {"height_m": float(rng.integers(20, 80))},
    ),
)  # fmt: skip
FULL = (SCENARIOS + 2) * 1000

LAW = """    h, v, g = state
    e = h - 10.0
    wanted = -min(25.0, (3.0 * e) ** 0.5 if e > 18.75 else 0.4 * e)
    return g + 1.5 * (wanted - v)
"""
_WANTED = "-min(25.0, (3.0 * (s[0] - 10.0)) ** 0.5 if s[0] > 28.75 else 0.4 * (s[0] - 10.0))"
HONEST = {
    "plain": "def guidance(t, state):\n" + LAW,
    "numpy": f"import numpy as np\ndef guidance(t, s):\n    return np.float64(np.dot([1.0, 1.5, -1.5], [s[2], {_WANTED}, s[1]]))\n",
    "lambda": f"guidance = lambda t, s: (s[2] + 1.5 * ({_WANTED} - s[1]),)\n",
    "class": "class Law:\n    def __init__(self, k):\n        self.k = k\n    def __call__(self, t, s):\n"
    f"        return [s[2] + self.k * ({_WANTED} - s[1])]\nguidance = Law(1.5)\n",
    "partial": f"from functools import partial\ndef law(k, t, s):\n    return s[2] + k * ({_WANTED} - s[1])\nguidance = partial(law, 1.5)\n",
    "noisy": "import warnings, sys\ndef guidance(t, state):\n    if t < 0.2:\n        print('step', t); warnings.warn('low'); "
    "print('x', file=sys.stderr)\n" + LAW,
}  # fmt: skip
_G = "def guidance(t, state):\n"
FULL_ANYWAY = {
    "flood": "import sys\nfor _ in range(300):\n    sys.stdout.write('x' * 1_000_000)\n" + _G + LAW,
    "patched": "import builtins, numpy\nbuiltins.abs = lambda x: 0.0\nbuiltins.float = lambda x: 10.0\nnumpy.sqrt = lambda x: 0\n" + _G + LAW,
    "closed": "import os\nfor fd in (0, 1, 2):\n    os.close(fd)\n" + _G + LAW,
    "written": "for n in ('gradebook.sqlite', 'results.json', 'score'):\n    try:\n        open(n, 'w').write('100')\n"
    "    except OSError:\n        pass\n" + _G + LAW,
    "orphan": "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time; time.sleep(600)\n    os._exit(0)\n"
    + _G + LAW,
}  # fmt: skip
NEVER_FULL = {
    "loop": "while True:\n    pass\n" + _G + LAW,
    "loop_low": _G + "    while state[0] < 100.0:\n        pass\n" + LAW,
    "bomb": "import os\nfor _ in range(400):\n    try:\n        if os.fork() == 0:\n            import time; time.sleep(60); os._exit(0)\n"
    "    except OSError:\n        break\n" + _G + "    return 0.0\n",
    "memory": "x = bytearray(10 << 30)\n" + _G + "    return 0.0\n",
    "exit": "import os\nos._exit(0)\n",
    "late_exit": "import os\n" + _G + "    if t > 20.0:\n        os._exit(0)\n" + LAW,
    "killer": "import os, signal\nos.kill(os.getppid(), 9)\nos.kill(-1, 9)\n",
    "crash": "import ctypes\nctypes.string_at(0)\n",
    "deep": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "nan": _G + "    return float('nan')\n",
    "words": _G + "    return '4.0'\n",
    "wires": "import os\nfor fd in range(3, 64):\n    try:\n        os.write(fd, b'\\x00' * 4096)\n    except OSError:\n        pass\n"
    + _G + "    return 0.0\n",
    "frames": "import sys, gc\n" + _G + "    for o in gc.get_objects():\n        if hasattr(o, 'points'):\n            o.points = 100\n"
    "    return 0.0\n",
    "sleeper": "import time\n" + _G + "    time.sleep(0.02)\n" + LAW,
    "disk": "try:\n    f = open('big', 'wb')\n    while True:\n        f.write(bytes(1 << 20))\nexcept OSError:\n    pass\n" + _G + "    return 0.0\n",
}  # fmt: skip
HOSTILE = FULL_ANYWAY | NEVER_FULL
BROKEN = (b"", b"[" * 100_000, b'{"nbformat": 4}')


def assignment(long: bool = False, version: str = "1") -> Assignment:
    """The work of this class."""
    exercises = ("91.long" if long else "91.guidance", "91.fall")
    return Assignment("benchmark", "hover", version, exercises, module="benchmarks.grading_class")


def notebook(code: str, student: str, work: Assignment) -> bytes:
    """A student's notebook with this code and the right number for the variant."""
    rng = work.sitting(KEY, KEY.student(student))
    height_m = EXERCISES[2].variant(rng._stream("variant", "91.fall"))["height_m"]  # noqa: SLF001 - without loading lessons
    cells = [("91.guidance", code), ("91.fall", f"fall_mps = (2 * 1.62 * {height_m}) ** 0.5\n")]
    rows = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {"lunarlab": {"task": id}}, "execution_count": None, "outputs": [],
         "source": text.splitlines(keepends=True)}
        for i, (id, text) in enumerate([(work.exercises[0], cells[0][1]), cells[1]])
    ]  # fmt: skip
    return json.dumps({"cells": rows, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def write_class(folder: Path, count: int, hostile: int, broken: int = 0, *, long: bool = False, seed: int = 1) -> dict[str, str]:
    """Write ``in/``, ``assignment.toml`` and ``course.key``; kind of each student's hand-in by name."""
    rng = random.Random(seed)
    work = assignment(long)
    (folder / "in").mkdir(parents=True)
    kinds = {}
    for number in range(count):
        name = f"student-{number:04}"
        if number < count - hostile - broken:
            kinds[name] = list(HONEST)[number % len(HONEST)]
            body = notebook(HONEST[kinds[name]], name, work)
        elif number < count - broken:
            name = f"guest-{seed}-{rng.randrange(10**9)}"
            kinds[name] = list(HOSTILE)[(number + seed) % len(HOSTILE)]
            body = notebook(HOSTILE[kinds[name]], name, work)
        else:
            kinds[name], body = "broken", BROKEN[number % len(BROKEN)]
        (folder / "in" / f"{name}.ipynb").write_bytes(body)
    limits = "\n".join(f"{name} = {value}" for name, value in LIMITS.items())
    (folder / "assignment.toml").write_text(
        f'course = "{work.course}"\nassignment = "{work.name}"\nversion = "{work.version}"\nexercises = {json.dumps(work.exercises)}\n'
        f'module = "{work.module}"\n\n[limits]\n{limits}\n'
    )
    if not (folder / "course.key").exists():
        write_key(folder / "course.key", KEY)
    return kinds
