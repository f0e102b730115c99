"""A session without a fence, for tests of everything around it: trusted cells, run in this process; and exercises to grade."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import dataclass, field

from lunarlab.grading import answers as a
from lunarlab.grading import checks
from lunarlab.grading.batch.pack import Assignment, Key
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, band

KEY = Key("example", b"example key, never for marks", example=True)
WORK = Assignment("moon-101", "first", "1", ("90.double", "90.height"), module="fake_lesson")


@dataclass(frozen=True)
class Fault:
    kind: str
    detail: str = ""


@dataclass
class Report:
    notes: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    fault: Fault | None = None


class FakeSession:
    """Runs the cells in document order in one namespace; answers are the objects themselves."""

    def __init__(self, cells, numbers, slot, delay_s=0.0):
        self.cells, self.numbers, self.delay_s, self.faults = cells, numbers, delay_s, []
        self.names = {}

    def load(self, names):
        report = Report()
        time.sleep(self.delay_s)
        for cell in self.cells:
            if cell.kind != "code":
                continue
            lines = []
            for line in cell.text.splitlines():
                if line.startswith(("%", "!")):
                    report.notes.append(f"Cell {cell.index + 1}: a line of the notebook's shell was left out.")
                else:
                    lines.append(line)
            try:
                exec("\n".join(lines), self.names)  # noqa: S102 - trusted cells of ours
            except Exception as error:
                report.errors.append((cell.index, 1, type(error).__name__))
        return report

    def answers(self, exercise, names):
        return tuple(self.names.get(name) for name in names)


def opener(delay_s=0.0):
    @contextlib.contextmanager
    def opened(cells, numbers, slot):
        yield FakeSession(cells, numbers, slot, delay_s)

    return opened


def judge_double(answer):
    """Twice the number, for three numbers of the sitting."""
    function = a.function(answer, "double")
    findings = []
    for x in exam().rng("90.double").uniform(1.0, 9.0, 3).round(3):
        got = a.number(a.call(function, float(x), name="double"), "double(x)")
        findings.append(band(f"double({x:g})", 1, got, 2 * x - 1e-9, 2 * x + 1e-9, "", "Add it to itself."))
    return findings


def judge_height(answer):
    """A number that the student was told in the variant."""
    wall = exam().variant("90.height")["wall_m"]
    got = a.number(answer, "height_m")
    if got == 13.0:
        raise KeyError("a mistake of the judge's own")
    return [Finding("one metre above the wall", 2, abs(got - wall - 1.0) < 1e-6, f"{got:g} m", "wall + 1 m", "Add 1 m.")]


EXERCISES = (
    Exercise("90.double", "twice", 3, ("double",), judge_double),
    Exercise(
        "90.height", "over the wall", 2, ("height_m",), judge_height,
        usual={"wall_m": 600.0}, variant=lambda rng: {"wall_m": float(rng.integers(500, 700))},
    ),
)  # fmt: skip

checks.add(EXERCISES)


def cell(text, id="", kind="code", **metadata):
    """A cell as Jupyter writes it."""
    metadata |= {"lunarlab": {"task": id}} if id else {}
    entry = {"cell_type": kind, "id": "x", "metadata": metadata, "source": text.splitlines(keepends=True)}
    return entry | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def book(*cells, **changes):
    """A notebook as bytes."""
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | changes).encode()


RIGHT = cell("def double(x):\n    return 2 * x\n", "90.double")
WRONG = cell("def double(x):\n    return x\n", "90.double")


def height(student, key=KEY, work=WORK):
    """The right answer to the second exercise, for one student."""
    numbers = work.sitting(key, key.student(student)).variant("90.height")
    return cell(f"height_m = {numbers['wall_m'] + 1.0}\n", "90.height")
