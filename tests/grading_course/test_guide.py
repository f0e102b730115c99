"""The guide for instructors does what it says: its ten commands, its exercise, the minutes of its lessons."""

from __future__ import annotations

import csv
import json
import os
import pwd
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lunarlab.cli import main
from lunarlab.grading.checks import Exercise, judge

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "INSTRUCTORS.md").read_text("utf-8")
TEACHING = (ROOT / "docs" / "teaching.md").read_text("utf-8")
COMMANDS = re.search(r"<!-- class: .*?-->\n```sh\n(.*?)```", GUIDE, re.DOTALL)[1].splitlines()
RIGHT = {
    "09.innovation": "import math\ndef innovation(r, z, m, sz, sr):\n    return r - (z - m), math.hypot(sz, sr)\n",
    "09.roc": (
        "from math import erf, sqrt\n"
        "def F(x):\n    return 0.5 * (1 + erf(x / sqrt(2)))\n"
        "def gate_errors(g, s, j):\n    return 2 * F(-g / s), F((g - j) / s) - F((-g - j) / s)\n"
    ),
}


def run(capsys, command, expected=0):
    """One of the commands, in this process; grading begins in one of its own, which forks."""
    words = shlex.split(command)[1:]
    capsys.readouterr()
    if words[:2] == ["grade", "submissions"]:
        done = subprocess.run([sys.executable, "-m", "lunarlab.cli", *words], env=os.environ | {"PYTHONPATH": str(ROOT)},
                              capture_output=True, text=True, check=False, timeout=300)  # fmt: skip
        assert done.returncode == expected, (command, done.stdout, done.stderr)
        return done.stdout
    code, said = main(words), capsys.readouterr()
    assert code == expected, (command, code, said)
    return said.out


def solve(bundle, folder, wrong=()):
    """The bundle's notebook, filled in as a student would."""
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    file = next(folder.glob("*.ipynb"))
    notebook = json.loads(file.read_text("utf-8"))
    for cell in notebook["cells"]:
        task = cell["metadata"].get("lunarlab", {}).get("task")
        if task in RIGHT and task not in wrong:
            cell["source"] = f'{RIGHT[task]}\nll.check("{task}")'
    file.write_text(json.dumps(notebook), "utf-8")
    return file


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
def test_the_ten_commands(tmp_path, monkeypatch, capsys):
    """All of them, as they stand there, in a class of three; two exercises, so that it does not take long."""
    monkeypatch.chdir(tmp_path)
    assert len(COMMANDS) == 10 and all(line.startswith("lunarlab ") for line in COMMANDS)
    me = pwd.getpwuid(os.getuid()).pw_name
    for block in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[:1]:
        (tmp_path / "assignment.toml").write_text(re.sub(r"exercises = .*", 'exercises = ["09.innovation", "09.roc"]', block))
    roster = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)[1]
    (tmp_path / "roster.csv").write_text(f"{roster}{me},Me,4714,{me},A\n")
    (tmp_path / "box").mkdir()
    (tmp_path / "submissions").mkdir()
    doctor, release, check, hand_in, collect, grade, override, report, whole, export = COMMANDS
    try:
        run(capsys, doctor)
    except AssertionError:
        if not os.environ.get("CI") and main(["grade", "doctor"]) == 4:
            pytest.skip("no sandbox works here")
        raise
    assert "3 bundles" in run(capsys, release)
    bundles = tmp_path / "spring" / "students"
    for name in ("ada", "bob"):
        (tmp_path / name).mkdir()
        solved = solve(bundles / f"{name}.zip", tmp_path / name, ["09.roc"] if name == "ada" else [])
        solved.rename(tmp_path / "submissions" / f"{name}.ipynb")
    solve(bundles / f"{me}.zip", tmp_path)
    assert "4 of 4 points" in run(capsys, check)
    assert "2 of 2 exercises answered" in run(capsys, hand_in)
    assert "1 new" in run(capsys, collect)
    assert "received 3 = graded 3 + invalid 0 + needs_attention 0" in run(capsys, grade)
    run(capsys, override)
    assert "3 page(s)" in run(capsys, report)
    run(capsys, whole)
    run(capsys, export)
    rows = {row["ID"]: row["Lesson 09 (4711)"] for row in csv.DictReader((tmp_path / "marks.csv").read_text().splitlines())}
    assert rows == {"": "4", "4711": "3", "4712": "4", "4714": "4"}


def test_every_column_that_a_platform_needs_is_in_the_guide():
    from lunarlab.grading.course import collect, export

    table = GUIDE.partition("## Marks for your platform")[2].partition("\n## ")[0]
    needed = {*collect.COLUMNS.values(), "email", *(need for form in export.columns().values() for need in form["needs"])} - {"student"}
    assert needed == {need for need in needed if f"| `{need}` |" in table}
    assert "lunarlab[grading,nbgrader]" in GUIDE.partition("## Beside nbgrader")[2]


@pytest.mark.skipif(os.name == "nt", reason="a line for a shell")
def test_pages_get_the_names_of_the_roster(tmp_path):
    """The loop of the guide, with a student who has no page."""
    loop = re.search(r"```sh\n(mkdir -p back.*?)```", GUIDE, re.DOTALL)[1]
    (tmp_path / "spring" / "instructor").mkdir(parents=True)
    (tmp_path / "reports").mkdir()
    (tmp_path / "spring" / "instructor" / "students.csv").write_text("student,key,bundle,x\nada,s-1,ada.zip,\nbob,s-2,bob.zip,\n")
    (tmp_path / "reports" / "s-1.html").write_text("Ada's")
    subprocess.run(["sh", "-ec", loop], cwd=tmp_path, check=True)
    assert [(file.name, file.read_text()) for file in (tmp_path / "back").iterdir()] == [("ada.html", "Ada's")]


def test_the_exercise_of_the_guide(tmp_path):
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)[1]
    names = {}
    exec(code, names)  # noqa: S102 - our own guide
    item = names["EXERCISES"][0]
    assert isinstance(item, Exercise)
    assert judge(item, (lambda v: v**2 / 3.0,)).points == item.points
    wrong = judge(item, (lambda v: v**2 / (2 * 1.62),))
    assert wrong.points == 0 and "left after gravity" in wrong.message
    assert judge(item, (lambda v: v / 0,)).points == 0


def test_every_lesson_has_its_page_and_its_minutes_add_up():
    for source in sorted((ROOT / "solutions").glob("*.py")):
        text = source.read_text("utf-8")
        number, minutes = source.stem[:2], int(re.search(r"· (\d+) minutes ·", text)[1])
        part = re.search(rf"^## {number} .*?(?=^## |\Z)", TEACHING, re.MULTILINE | re.DOTALL)
        assert part, f"docs/teaching.md has nothing about lesson {number}"
        plan = re.search(r"\*\*Minutes:\*\* (.*?)[.;]", part[0])[1]
        assert sum(int(step.rsplit(" ", 1)[1]) for step in plan.split(" · ")) == minutes, number
        for what in ("**Believed before:**", "**Ask aloud:**", "**Figures:**"):
            assert what in part[0], (number, what)
        assert len(re.findall(r"^\* ", part[0], re.MULTILINE)) >= 6


def test_the_table_of_exit_codes_is_the_graders():
    from lunarlab.grading.batch import engine

    table = dict(re.findall(r"^\| (\d) \| (.*?) \|$", GUIDE, re.MULTILINE))
    assert "a person has to look" in table[str(engine.EXIT_ATTENTION)]
    assert "no sandbox" in table[str(engine.EXIT_NO_SANDBOX)] and "gradebook" in table[str(engine.EXIT_GRADEBOOK)]
