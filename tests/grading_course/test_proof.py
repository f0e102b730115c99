"""P-11: nothing is released before the reference got every point in every student's name, and how even a weak answer fares is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import fake
import pytest
import uneven_lesson
from fake import KEY, cell

from lunarlab.cli import main
from lunarlab.grading import checks
from lunarlab.grading.batch.pack import Assignment, write_key
from lunarlab.grading.course import reference as r

checks.add(uneven_lesson.EXERCISES)
WALL = "import lunarlab as ll\n{name} = ll.variant('{id}')['wall_m'] + 1.0\nll.check('{id}', {name})"
SOLVED = {
    "92.wall": WALL.format(id="92.wall", name="height_m"), "92.even": WALL.format(id="92.even", name="top_m"),
    "92.root": "root = lambda x: x ** 0.5", "92.luck": "def sign(x):\n    return x > 0.0",
}  # fmt: skip
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


def course(folder, *exercises, students=40, **answers):
    """A course's folder: assignment, key, roster, the students' notebook, and a solved one."""
    (folder / "assignment.toml").write_text(
        f'course = "m"\nassignment = "a"\nversion = "1"\nexercises = {json.dumps(exercises)}\nnotebook = "work.ipynb"\n'
        'module = "uneven_lesson"\n'
    )
    write_key(folder / "course.key", KEY)
    (folder / "roster.csv").write_text("student\n" + "".join(f"s{i:03}\n" for i in range(students)))
    (folder / "work.ipynb").write_bytes(fake.book(*(cell("x = ...", id) for id in exercises)))
    solve(folder / "solved.ipynb", *exercises, **answers)
    return folder


def solve(file, *exercises, **answers):
    file.write_bytes(fake.book(*(cell(answers.get(id[3:], SOLVED[id]), id) for id in exercises)))


def release(folder, *more):
    return main(["release", "--assignment", str(folder), "--roster", str(folder / "roster.csv"), "--out", str(folder / "out"),
                 "--practice", "--reference", str(folder / "solved.ipynb"), *map(str, more)])  # fmt: skip


def drawn(id, students, find):
    """Students whose draw is as `find` says."""
    work = Assignment("m", "a", "1", (id,), module="uneven_lesson")
    return [name for name in (f"s{i:03}" for i in range(students)) if find(work.sitting(KEY, KEY.student(name)))]


@pytest.fixture
def no_pipe(monkeypatch):
    """Without the sitting that is graded as a hand-in is: it takes seconds."""
    monkeypatch.setattr(r, "_as_hand_ins_are", lambda *_: None)
    monkeypatch.setattr(r, "_EACH", 1000)  # in this process


def test_an_unlucky_variant_stops_the_release(tmp_path, capsys, no_pipe):
    unlucky = drawn("92.wall", 40, lambda exam: exam.variant("92.wall")["wall_m"] >= 680.0)
    assert 1 <= len(unlucky) < 20
    assert release(course(tmp_path, "92.wall", "92.even")) == 3
    said = capsys.readouterr().err
    assert f"92.wall: {len(unlucky)} of 40 students, such as {unlucky[0]} (0 of 2 points, wall_m = " in said
    assert "above the wall: 6" in said and "92.even" not in said
    assert not (tmp_path / "out").exists(), "nothing was written"


def test_an_unlucky_hidden_scenario_stops_the_release(tmp_path, capsys, no_pipe):
    unlucky = drawn("92.root", 40, lambda exam: min(exam.rng("92.root").uniform(-1.0, 9.0, 2)) < 0.0)
    assert 1 <= len(unlucky) < 20
    assert release(course(tmp_path, "92.root")) == 3
    said = capsys.readouterr().err
    assert f"92.root: {len(unlucky)} of 40 students" in said and "it must be a number" in said and not (tmp_path / "out").exists()


def test_a_fair_assignment_is_released_and_says_what_was_proven(tmp_path, capsys, no_pipe):
    assert release(course(tmp_path, "92.even"), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["bundles"], said["proof"]["students"], said["proof"]["reference"]) == (40, 40, "solved.ipynb")
    kept = json.loads((tmp_path / "out" / "instructor" / "release.json").read_text())["proof"]
    assert kept == said["proof"] and kept["baseline"] is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [("top_m = 601.0", "above the wall"), ("top_m = 1 / 0", "cell 1, line 1: ZeroDivisionError"), ("", "Not answered yet"),
     ("raise SystemExit", "it ends itself")],
)  # fmt: skip
def test_a_solution_that_is_none_stops_the_release(tmp_path, capsys, no_pipe, wrong, told):
    assert release(course(tmp_path, "92.even", even=wrong)) == 3
    said = capsys.readouterr().err
    assert "92.even: " in said and "of 40 students" in said and told in said and not (tmp_path / "out").exists()


def test_the_weak_answer_tells_how_even_it_is(tmp_path, capsys, no_pipe):
    course(tmp_path, "92.luck", "92.even")
    solve(tmp_path / "weak.ipynb", "92.luck", "92.even", luck="sign = lambda x: True", even="top_m = 0.0")
    assert release(tmp_path, "--baseline", tmp_path / "weak.ipynb") == 0
    said = capsys.readouterr()
    work = Assignment("m", "a", "1", ("92.luck",), module="uneven_lesson")
    hits = [sum(work.sitting(KEY, KEY.student(f"s{i:03}")).rng("92.luck").normal(size=10) > 0.0) for i in range(40)]
    shares = [100.0 * hit / 12 for hit in hits]
    assert f"gets {min(shares):.1f} to {max(shares):.1f} points in 100, on average {sum(shares) / 40:.1f}" in said.out
    assert "harder than others" in said.err
    solve(tmp_path / "weak.ipynb", "92.luck", "92.even", luck="sign = lambda x: 2", even="top_m = 0.0")
    assert release(tmp_path, "--baseline", tmp_path / "weak.ipynb") == 0
    said = capsys.readouterr()
    assert "gets 0.0 to 0.0 points" in said.out and "harder" not in said.err


def test_cells_run_again_only_for_other_numbers():
    """Once for all who have the same numbers; and an exercise that asks for none once for the class."""
    work = Assignment("m", "a", "1", ("92.even", "92.luck"), module="uneven_lesson")
    cells = [r.NotebookCell(0, "code", "92.even", SOLVED["92.even"]), r.NotebookCell(1, "code", "92.luck", SOLVED["92.luck"])]
    program = r.Program(cells)
    even, luck = work.items()
    exams = [work.sitting(KEY, KEY.student(f"s{i:03}")) for i in range(300)]
    got = [(program.answers(even, exam)[0][0], program.answers(luck, exam)[0][0]) for exam in exams]
    numbers = [exam.variant("92.even")["wall_m"] + 1.0 for exam in exams]
    assert [height for height, _ in got] == numbers
    assert len({id(sign) for _, sign in got}) == 1
    assert len(program._runs["92.even"]) == len(set(numbers)) < 300 and len(program._runs["92.luck"]) == 1


def test_without_a_solution_somebody_has_to_say_so(tmp_path, capsys, no_pipe):
    course(tmp_path, "92.wall")
    arguments = ["release", "--assignment", str(tmp_path), "--roster", str(tmp_path / "roster.csv"), "--out", str(tmp_path / "out"), "--practice"]
    assert main(arguments) == 2
    assert "--reference" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert main([*arguments, "--unproven", "--baseline", str(tmp_path / "solved.ipynb")]) == 2
    assert main([*arguments, "--unproven"]) == 0
    assert "without a proof" in capsys.readouterr().err
    (tmp_path / "broken.ipynb").write_text("{}")
    for wrong in ("nowhere.ipynb", "broken.ipynb"):
        assert main([*arguments, "--reference", str(tmp_path / wrong)]) == 2


def test_the_solved_notebook_is_not_what_students_get(tmp_path, capsys, no_pipe):
    course(tmp_path, "92.even")
    (tmp_path / "work.ipynb").write_bytes((tmp_path / "solved.ipynb").read_bytes())
    assert release(tmp_path) == 2
    assert "would hold the reference's answer to 92.even" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_our_own_solutions_are_found():
    lessons = Path(r.__file__).parents[3] / "lessons"
    assert r.solution_of(lessons / "09_knowing_your_height.ipynb").name == "09_knowing_your_height.py"
    assert r.solution_of(Path("/somewhere/else/09_knowing_your_height.ipynb")) is None
    assert {c.id for c in r.read(r.solution_of(lessons / "09_knowing_your_height.ipynb"))} >= set(checks.exercises("09"))


@LINUX
def test_one_sitting_is_graded_as_hand_ins_are(tmp_path, capsys, monkeypatch):
    """What is right in this process and needs more than a hand-in may use is no reference."""
    monkeypatch.setattr(r, "_EACH", 1000)
    course(tmp_path, "92.even", students=2)
    assert release(tmp_path) == 0
    solve(tmp_path / "solved.ipynb", "92.even", even="import mmap\n" + SOLVED["92.even"].replace("1.0", "1.0 + mmap.mmap(-1, 3 << 29).tell()"))
    (tmp_path / "roster.csv").write_text("student\nlate\n")
    assert release(tmp_path) == 3
    assert "graded as a hand-in is, the reference loses points in 92.even" in capsys.readouterr().err


@LINUX
@pytest.mark.slow
def test_helpers_find_the_same(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(r.os, "cpu_count", lambda: 2)
    work = Assignment("m", "a", "1", ("92.wall",), module="uneven_lesson")
    cells = r.read(course(tmp_path, "92.wall") / "solved.ipynb")
    students = [f"s{i:03}" for i in range(40)]
    ticks = []
    many = r.sat(cells, work, KEY, students, lambda: ticks.append(1))
    monkeypatch.setattr(r, "_EACH", 1000)
    assert many == r.sat(cells, work, KEY, students, lambda: None) and len(ticks) == 40
    assert any(one.missed for one in many) and not all(one.missed for one in many)


@LINUX
@pytest.mark.hostile
def test_a_lesson_of_ours_for_a_class_of_five(tmp_path, capsys):
    """The whole of it, by the one command, with what the repository has."""
    (tmp_path / "assignment.toml").write_text(
        f'course = "m"\nassignment = "a"\nversion = "1"\nexercises = {json.dumps(list(checks.exercises("09")))}\n'
    )
    (tmp_path / "roster.csv").write_text("student\nada\nbob\ncyd\ndan\neve\n")
    lesson = Path(r.__file__).parents[3] / "lessons" / "09_knowing_your_height.ipynb"
    arguments = ["release", "--assignment", tmp_path, "--roster", tmp_path / "roster.csv", "--out", tmp_path / "out", "--baseline", lesson]
    assert main([*map(str, arguments), "--new-key", "spring"]) == 0
    said = capsys.readouterr().out
    assert "09_knowing_your_height.py gets every point in the name of each of 5 students" in said and "gets 0.0 to 0.0 points" in said
