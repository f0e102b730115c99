"""A class graded for real, by the command, in sandboxes: honest, unusual and hostile hand-ins side by side (S-31 to S-33, S-41 to S-47)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import grader
import pytest
from classroom import graded, left_over, of, rows

from benchmarks import grading_class as gc
from lunarlab.grading.batch.gradebook import Gradebook
from lunarlab.grading.sandbox import tiers
from lunarlab.grading.sandbox.limits import NoSandbox

ROOT = Path(__file__).parents[2]
WORK = gc.assignment()
PLAIN = gc.HONEST["plain"]


def cells_of(name, *texts):
    """A notebook whose first cells are these (text, id, kind), and whose last is the right answer to 91.fall."""
    found = json.loads(gc.notebook("", name, WORK))
    rows = [
        {"cell_type": kind, "metadata": {"lunarlab": {"task": id}} if id else {}, "source": text} for text, id, kind in texts
    ]
    return json.dumps(found | {"cells": rows + found["cells"][1:]}).encode()


def answer(text, id="91.guidance", kind="code"):
    return (text, id, kind)


UNUSUAL = {
    "deleted": ((), 2000), "copied": ((answer("def guidance(t, s):\n    return 0.0"), answer(PLAIN)), 12000),
    "copied_back": ((answer(PLAIN), answer("def guidance(t, s):\n    return 0.0")), 2000), "text": ((answer(PLAIN, kind="markdown"),), 2000),
    "marked": ((answer("# task: 91.guidance\n" + PLAIN, ""),), 12000),
    "magics": ((answer("%matplotlib inline\n!rm -rf /\n%timeit 1\n" + PLAIN), answer("%%bash\nrm -rf /", "")), 12000),
    "helper_after": ((answer("def guidance(t, s):\n    return helper(s)"), answer("def helper(s):\n    return guide(0, s)\n" + PLAIN.replace("guidance", "guide"), "")), 12000),
    "warns": ((answer("import warnings, logging, sys\nwarnings.warn('x')\nlogging.error('x')\nprint('x', file=sys.stderr)\n" + PLAIN),), 12000),
    "script": ((answer("<script>alert(1)</script>", "", "markdown"), answer("raise ValueError('<script>alert(1)</script>')\n", ""), answer("def guidance(t, s):\n    raise KeyError('<img src=x onerror=alert(1)>')")), 2000),
    "syntax": ((answer("def broken(:", ""), answer(PLAIN)), 12000),
    "filled": ((answer("one = []\ndef setup(rows):\n    rows.append(1.0)\nsetup(one)\nclass Box: pass\nbox = Box()\nalias = box\nalias.k = 1.0", ""),
                answer(PLAIN + "\nplain = guidance\ndef guidance(t, state):\n    return plain(t, state) * sum(one) * getattr(box, 'k', 0.0)")), 12000),
}  # fmt: skip
HOSTILE = ("flood", "patched", "written", "bomb", "memory", "late_exit", "killer", "nan")
REPEATED = ("closed", "crash", "wires", "frames", "loop", "loop_low", "sleeper", "orphan", "exit", "deep", "words", "disk")


@pytest.fixture(scope="module", autouse=True)
def _fence():
    try:
        tiers.best("L")
    except NoSandbox as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no sandbox here: {str(error)[:200]}")


def forged():
    """S-33: a wrong answer that says of itself, wherever it can, that it is right."""
    found = json.loads(cells_of("forged", answer("def guidance(t, s):\n    return 0.0")))
    claim = {"points": 100, "grade": True, "grade_id": "91-guidance", "score": 12, "solution": True, "locked": False, "schema_version": 3}
    for cell in found["cells"]:
        cell["metadata"] |= {"nbgrader": claim, "points": 100, "score": 12, "graded_at": "2099-01-01"}
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "91.guidance  hover: 10 of 10 points"}]
    tests = "import lunarlab as ll\nll.check = lambda *a: 12\nassert ll.check('91.guidance', guidance) == 12\npoints = score = 12"
    found["cells"].append({"cell_type": "code", "metadata": {"lunarlab": {"points": 100}}, "source": tests, "outputs": []})
    return json.dumps(found | {"metadata": {"score": 12, "lunarlab": {"points": {"91.guidance": 100}}}}).encode()


def write(folder, kinds):
    gc.write_class(folder, 6, 0)
    (folder / "in" / "copier.ipynb").write_bytes((folder / "in" / "student-0000.ipynb").read_bytes())  # S-31
    dice = "import random\n" + PLAIN.replace("return g", "return random.random() * 1e-9 + g")
    (folder / "in" / "dice.ipynb").write_bytes(gc.notebook(dice, "dice", WORK))  # S-32
    (folder / "in" / "forged.ipynb").write_bytes(forged())
    for name, (texts, _) in UNUSUAL.items():
        (folder / "in" / f"{name}.ipynb").write_bytes(cells_of(name, *texts))
    for kind in kinds:
        (folder / "in" / f"h_{kind}.ipynb").write_bytes(gc.notebook(gc.HOSTILE[kind], f"h_{kind}", WORK))
    beside = folder / "in" / "beside"  # S-45
    (beside / "lunarlab").mkdir(parents=True)
    (beside / "mine.ipynb").write_bytes(gc.notebook(gc.HONEST["numpy"], "beside", WORK))
    for name in ("numpy.py", "sitecustomize.py", "usercustomize.py", "lunarlab/__init__.py"):
        (beside / name).write_text("raise SystemExit('imported from beside the notebook')")
    with zipfile.ZipFile(folder / "in" / "packed.zip", "w") as packed:
        packed.writestr("x/mine.ipynb", b"\xef\xbb\xbf" + gc.notebook(PLAIN, "packed", WORK))


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """Digests of two of the honest six, alone in their class."""
    folder = tmp_path_factory.mktemp("calm") / "class"
    gc.write_class(folder, 2, 0)
    code, said, errors = graded(folder)
    assert code == 0 and said["graded"] == 2, errors
    return rows(folder)


def compare(folder, calm, kinds):
    found = rows(folder)
    for key, row in calm.items():
        assert found[key][:2] == row[:2] and row[0] == gc.FULL, "an honest neighbour has another grade"
    for name, (_, milli) in UNUSUAL.items():
        assert of(found, name)[0] == milli, (name, of(found, name))
    for name in ("beside", "packed", *(f"student-{number:04}" for number in range(6))):
        assert of(found, name)[0] == gc.FULL, of(found, name)
    for kind in kinds:
        milli, _, told, faults = of(found, f"h_{kind}")
        assert milli is not None, (kind, told)
        assert (milli == gc.FULL) if kind in gc.FULL_ANYWAY else (milli < gc.FULL), (kind, milli, told, faults)
    return found


def test_a_class_in_sandboxes(tmp_path, calm):
    folder = tmp_path / "class"
    write(folder, HOSTILE)
    code, said, errors = graded(folder)
    assert code == 0, (said, errors, rows(folder))
    assert said["received"] == said["graded"] == 6 + 3 + len(UNUSUAL) + len(HOSTILE) + 2
    found = compare(folder, calm, HOSTILE)
    who, whose = gc.KEY.student("copier"), gc.KEY.student("student-0000")
    assert of(found, "copier")[0] == gc.FULL - 2000, "S-31: the copied number is wrong for one's own variant"
    assert said["warnings"] == [f"{who} hands in what is right for {whose} in 91.fall"], "a note for the teacher"
    assert of(found, "dice")[0] == gc.FULL and "set the seed" in of(found, "dice")[2], "S-32"
    assert of(found, "forged")[0] == 2000, "S-33: what a hand-in says about itself is not listened to"
    assert "deleted" in of(found, "deleted")[2] and "not a code cell" in of(found, "text")[2] and "all answer" in of(found, "copied")[2]
    assert "left out" in of(found, "magics")[2]
    assert "alert" not in "".join(map(str, found.values())), "what an exception says stays inside"
    assert of(found, "h_late_exit")[0] >= 2000, "the other exercise keeps its points"
    until = time.monotonic() + 2.0
    while os.geteuid() == 0 and left_over() and time.monotonic() < until:
        time.sleep(0.05)
    assert os.geteuid() != 0 or left_over() == []
    assert not (folder / "in" / "results.json").exists()
    begin = time.monotonic()
    code, said, _ = graded(folder)
    assert rows(folder) == found, "S-32: the grade that is stored stays"
    assert (code, said["executed"], said["new"]) == (0, 0, 0) and said["wall_s"] < 2.0 and time.monotonic() - begin < 20.0


@pytest.mark.hostile
def test_a_class_with_slow_attackers(tmp_path, calm):
    folder = tmp_path / "class"
    write(folder, REPEATED)
    code, said, errors = graded(folder)
    assert code == 0, (said, errors, rows(folder))
    compare(folder, calm, REPEATED)


def test_without_a_sandbox_nothing_is_graded(tmp_path):
    """Exit 4 and what to do; the hand-ins wait, and none has a 0."""
    gc.write_class(tmp_path / "class", 2, 0)
    program = (
        "import sys\nfrom lunarlab.grading.sandbox import probes, tiers\nfrom lunarlab.grading.sandbox.limits import NoSandbox\n"
        "def test(name, slot=0):\n    raise NoSandbox('nothing holds here')\nprobes.examine = test\nfrom lunarlab import cli\n"
        "sys.argv[0] = 'x'\nsys.exit(cli.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "grade", str(tmp_path / "class" / "in"), "--assignment", str(tmp_path / "class"), "--practice"]
    steady = grader.environment() | {
        "LC_ALL": "C.UTF-8", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
    }  # fmt: skip
    done = subprocess.run(command, env=steady, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 4, done.stderr
    assert "bubblewrap" in done.stderr and done.stdout == ""
    with Gradebook(tmp_path / "class" / "gradebook.sqlite") as book:
        assert (book.totals(WORK).open, book.totals(WORK).graded) == (2, 0)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "example"), (["--practice", "--workers=0"], "1 to 64"), (["--practice", "--gradebook=nowhere/x.sqlite"], "no folder"),
        (["--practice", "--key=nothing.key"], "can't be read"), (["--practice", "--roster=nothing.csv"], "can't be read"),
        (["--practice", "--assignment=nothing.toml"], "can't be read"),
    ],
)  # fmt: skip
def test_bad_input_is_a_sentence(tmp_path, options, told):
    gc.write_class(tmp_path / "class", 1, 0)
    command = [sys.executable, "-m", "lunarlab.cli", "grade", str(tmp_path / "class" / "in"), f"--assignment={tmp_path / 'class'}", *options]
    done = subprocess.run(command, env=grader.environment(), cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == (5 if told == "no folder" else 2), done.stderr
    assert told in done.stderr and done.stderr.count("\n") == 1 and done.stdout == ""


def test_the_doctor_says_what_the_sandboxes_are_worth():
    done = subprocess.run(
        [sys.executable, "-m", "lunarlab.cli", "grade", "doctor", "--json"], env=grader.environment(), cwd=ROOT, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["best"] in ("B", "L")
    assert set(said["tiers"]) == {"B", "L", "P"} and all(v == "ok" for v in said["tiers"][said["best"]].values())
