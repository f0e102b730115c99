"""A release gives each student what is theirs and nobody anything else; a hand-in is looked at, taken and collected."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import fake
import pytest
from fake import KEY, RIGHT, WORK, cell

from lunarlab.cli import main
from lunarlab.errors import LunarlabError
from lunarlab.grading.batch import notebook as gate
from lunarlab.grading.batch.pack import Assignment, new_key, write_key
from lunarlab.grading.course import files, handin
from lunarlab.grading.course import release as r
from lunarlab.grading.course.collect import collect
from lunarlab.grading.exam import read_variant

LESSON09 = Assignment("moon-101", "nine", "1", ("09.innovation", "09.roc"))
STUB = cell("def double(x):\n    ...  # your answer\n", "90.double")


@pytest.fixture
def home(tmp_path):
    """A course's folder with a notebook of its own and three students."""
    (tmp_path / "roster.csv").write_text("student,name\nada,Ada L.\nbob,Bob\ncyd,Cyd\n")
    (tmp_path / "first.ipynb").write_bytes(fake.book(STUB, cell("height_m = ...", "90.height")))
    return tmp_path


def work(**changes):
    return Assignment(WORK.course, WORK.name, changes.pop("version", "1"), WORK.exercises, notebook="first.ipynb", module="fake_lesson")


def released(home, out="out", key=KEY, **changes):
    return r.release(work(**changes), key, home / "roster.csv", home, home / out)


def contents(bundle):
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_student_has_their_own_numbers(home):
    done = released(home)
    assert (done.bundles, done.new) == (3, 3)
    walls = set()
    for name in ("ada", "bob", "cyd"):
        found = contents(home / "out" / "students" / f"{name}.zip")
        assert sorted(found) == ["assignment.json", "first.ipynb", "variant.json"]
        (home / "variant.json").write_bytes(found["variant.json"])
        numbers = read_variant(home / "variant.json")
        assert numbers == {"90.height": dict(work().sitting(KEY, KEY.student(name)).variant("90.height"))}
        walls.add(numbers["90.height"]["wall_m"])
        assert name.encode() not in found["variant.json"] + found["assignment.json"], "a bundle names nobody"
    assert len(walls) > 1


def test_the_instructors_pack_is_for_one_reader_and_holds_the_streams(home):
    released(home)
    pack = home / "out" / "instructor"
    assert sorted(path.name for path in pack.iterdir()) == ["course.key", "hidden.json", "release.json", "students.csv"]
    if os.name == "posix":
        assert stat.S_IMODE(pack.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in pack.iterdir()} == {0o600}
    hidden = json.loads((pack / "hidden.json").read_text())["students"]
    assert set(hidden) == {KEY.student(name) for name in ("ada", "bob", "cyd")}
    state = work().sitting(KEY, KEY.student("ada")).rng("90.double").bit_generator.state["state"]
    assert hidden[KEY.student("ada")]["90.double"]["stream"]["state"] == str(state["state"])


def test_nothing_of_the_pack_is_in_a_bundle(home):
    """Searched here in another way: every secret of the pack against every byte of the bundles."""
    key = new_key("spring")
    released(home, key=key)
    pack = json.loads((home / "out" / "instructor" / "hidden.json").read_text())["students"]
    streams = {row["stream"][part] for rows in pack.values() for row in rows.values() for part in ("state", "inc")}
    secrets = {key.secret.hex(), r.CANARY, *pack, *(text for text in streams if len(text) > 10)}
    for bundle in (home / "out" / "students").iterdir():
        for content in contents(bundle).values():
            assert not [text for text in secrets if text in content.decode()]


def leaks():
    secret = KEY.secret
    return {
        "hex": cell(f"# {secret.hex()}"), "upper": cell(f"# {secret.hex().upper()}"),
        "base64": cell(f"x = '{base64.b64encode(secret).decode()}'"), "metadata": cell("x = 1", note=secret.hex()),
        "split over lines of the JSON": {"cell_type": "markdown", "metadata": {}, "source": [secret.hex()[:20], secret.hex()[20:]]},
        "canary": cell(f"# {r.CANARY}"), "student": cell(f"# {KEY.student('zoe')}"),
        "solution": cell("    return nu, math.hypot(sigma_height_m, sigma_range_m)"),
    }  # fmt: skip


@pytest.mark.parametrize("what", list(leaks()))
def test_a_leak_stops_the_release(home, what):
    extra = leaks()[what]
    if what == "solution":
        source = (Path(r.__file__).parents[3] / "solutions" / "09_knowing_your_height.py").read_text()
        inside = source.split("# BEGIN SOLUTION")[1].split("# STUB")[0].split("# END SOLUTION")[0]
        extra = cell(max((line.strip() for line in inside.splitlines()), key=len))
    (home / "first.ipynb").write_bytes(fake.book(STUB, cell("height_m = ...", "90.height"), extra))
    with pytest.raises(LunarlabError, match="nothing was released"):
        released(home)
    assert not (home / "out").exists()


def test_late_students_are_added_and_others_keep_theirs(home):
    released(home)
    before = (home / "out" / "students" / "ada.zip").stat().st_mtime_ns
    with (home / "roster.csv").open("a") as stream:
        stream.write("dan,Dan\n")
    done = released(home)
    assert (done.bundles, done.new) == (4, 1)
    assert (home / "out" / "students" / "ada.zip").stat().st_mtime_ns == before
    with pytest.raises(LunarlabError, match="other content"):
        released(home, version="2")


@pytest.mark.parametrize("name", ["../eve", "a/b", "con", "-x", "Ada", "x" * 101, "ада"])
def test_names_that_are_no_file_names_are_refused(home, name):
    with (home / "roster.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{name},X\n")
    with pytest.raises(LunarlabError, match="roster"):
        released(home)
    assert not (home / "out").exists()


def test_a_lesson_of_ours_is_found_by_its_exercises(home):
    done = r.release(LESSON09, KEY, home / "roster.csv", home, home / "out9")
    found = contents(done.folder / "students" / "ada.zip")
    assert "09_knowing_your_height.ipynb" in found
    assert [row["id"] for row in json.loads(found["assignment.json"])["exercises"]] == ["09.innovation", "09.roc"]
    with pytest.raises(LunarlabError, match="lessons 09, 10"):
        r.lesson_file(Assignment("c", "a", "1", ("09.roc", "10.gate")), home)
    with pytest.raises(LunarlabError, match="no cell for"):
        r.release(Assignment("c", "a", "1", ("09.roc",), notebook="first.ipynb"), KEY, home / "roster.csv", home, home / "o")


def test_release_by_command(home, capsys):
    (home / "assignment.toml").write_text('course = "m"\nassignment = "a"\nversion = "1"\nexercises = ["09.roc"]\n')
    arguments = ["release", "--assignment", str(home), "--roster", str(home / "roster.csv"), "--out", str(home / "out"), "--unproven"]
    assert main(arguments) == 2 and "course key" in capsys.readouterr().err
    assert main([*arguments, "--new-key", "spring"]) == 0
    assert "3 bundles, 3 of them new" in capsys.readouterr().out
    assert main([*arguments, "--new-key", "again"]) == 2
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 0
    (home / "course.key").unlink()
    write_key(home / "course.key", new_key("example", example=True))
    assert main(arguments) == 2 and "example" in capsys.readouterr().err


# --- hand in ---


def test_a_hand_in_is_looked_at_and_gets_a_receipt(home, capsys, tmp_path):
    released(home)
    mine = tmp_path / "mine"
    mine.mkdir()
    for name, content in contents(home / "out" / "students" / "ada.zip").items():
        (mine / name).write_bytes(content)
    file = mine / "first.ipynb"
    file.write_bytes(fake.book(RIGHT, cell("height_m = ...  # your answer", "90.height")))
    box = tmp_path / "box"
    box.mkdir()
    assert main(["hand-in", str(file), "--to", str(box), "--name", "ada"]) == 0
    said = capsys.readouterr().out
    assert "1 of 2 exercises answered" in said and "90.height still has its empty stub" in said
    import hashlib

    total = hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"sha256 {total}" in said
    handed = list(box.iterdir())
    assert [path.name for path in handed] == [f"ada-{total[:8]}.ipynb"]
    assert handed[0].read_bytes() == file.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(handed[0].stat().st_mode) == 0o640, "classmates can't read it"
    assert main(["hand-in", str(file), "--to", str(tmp_path / "nowhere")]) == 2
    assert main(["hand-in", str(file), "--to", str(box), "--name", "../ada"]) == 2
    assert len(list(box.iterdir())) == 1


OWN = """\
from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.result import band


def judge(answer):
    wall = exam().variant("90.rim")["wall_m"]
    return [band("over the wall", 2, a.number(answer, "rim_m"), wall + 1, wall + 2, "m", "Add one.")]


EXERCISES = (Exercise("90.rim", "over the rim", 2, ("rim_m",), judge, usual={"wall_m": 600.0},
                      variant=lambda rng: {"wall_m": float(rng.integers(500, 700))}),)
"""


def test_an_exercise_of_the_courses_own_as_the_guide_says(tmp_path, capsys, monkeypatch):
    """Its module lies beside the assignment; students' notebooks ask for numbers and a check, and only the course judges."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "walls_101.py").write_text(OWN)
    (tmp_path / "roster.csv").write_text("student\nada\n")
    about = 'course = "c"\nassignment = "a"\nversion = "1"\nexercises = ["90.rim"]\nnotebook = "mine.ipynb"\nmodule = "walls_10{}"\n'
    (tmp_path / "assignment.toml").write_text(about.format(2))
    (tmp_path / "mine.ipynb").write_bytes(fake.book(cell('rim_m = ...\nll.check("90.rim", rim_m)')))
    command = ["release", "--assignment", str(tmp_path), "--roster", str(tmp_path / "roster.csv"), "--out", str(tmp_path / "o"), "--unproven"]
    assert main([*command, "--new-key", "k"]) == 2 and "walls_102.py beside" in capsys.readouterr().err
    (tmp_path / "assignment.toml").write_text(about.format(1))
    assert main([*command, "--new-key", "k"]) == 0, "the slip before left no key behind"
    mine = tmp_path / "ada"
    mine.mkdir()
    for name, content in contents(tmp_path / "o" / "students" / "ada.zip").items():
        (mine / name).write_bytes(content)
    program = ("import lunarlab as ll; from lunarlab.errors import LunarlabError; print(ll.variant('90.rim')['wall_m'], ll.check('90.rim', 601.0).message)\n"
               "try: ll.check('90.rin', 1)\nexcept LunarlabError as error: print(error)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], cwd=mine, capture_output=True, text=True, check=True)
    wall = json.loads((mine / "variant.json").read_text())["numbers"]["90.rim"]["wall_m"]
    assert done.stdout.startswith(f"{wall} 90.rim  over the rim") and "Only your course can judge" in done.stdout
    assert "of 0 points" not in done.stdout and "no exercise is called '90.rin'" in done.stdout
    file = mine / "mine.ipynb"
    file.write_bytes(fake.book(cell(f'rim_m = {wall + 1.5}\nll.check("90.rim", rim_m)')))
    assert main(["hand-in", str(file)]) == 0 and "1 of 1 exercises answered" in capsys.readouterr().out
    if sys.platform.startswith("linux"):
        done = subprocess.run(
            [sys.executable, "-m", "lunarlab.cli", "check", str(file)], cwd=tmp_path.parent, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0 and "Only your course can judge" in done.stdout, done


def test_what_a_stub_is(tmp_path):
    """A name that got a value after its stub is answered."""
    for text, stub in (
        ("x = ...", True), ("x = ...\nfor k in range(3):\n    x = k", False), ("a, b = ..., ...\na = 1", True), ("a, b = ..., ...\na, b = 1, 2", False),
        ("def f(a):\n    'what'\n    ...  # m\n", True), ("def f(a):\n    return 1\n    ...", False), ("def f(a):\n    ...\nf = abs", False),
        ("...", True), ("%time 1\n...", True), ("x = y[...]", False), ("x = f(...)", False),
    ):  # fmt: skip
        (tmp_path / "n.ipynb").write_bytes(fake.book(cell(text, "09.boundary")))
        assert ("09.boundary" in handin.look(tmp_path / "n.ipynb").untouched) == stub, text


def test_a_hand_in_says_what_is_amiss(home, capsys, tmp_path):
    (tmp_path / "n.ipynb").write_bytes(fake.book(cell("smallest_gate_m = 854.0", "09.boundary")))
    assert main(["hand-in", str(tmp_path / "n.ipynb"), "--to", str(tmp_path), "--name", "somebody-else"]) == 0
    said = capsys.readouterr().out
    assert "no variant.json" in said and "taken for 09.boundary" in said, "a number that is right for nobody"
    assert "note: 09.roc: No cell answers this exercise" in said and "'s, and a course goes by the owner" in said
    about = {"version": 1, "course": "m", "assignment": "a", "assignment_version": "1", "exercises": [{"id": "03.tli", "title": "t"}]}
    (tmp_path / "assignment.json").write_text(json.dumps(about))
    assert main(["hand-in", str(tmp_path / "n.ipynb")]) == 2
    assert "answers 09.boundary; this assignment asks for 03.tli" in capsys.readouterr().err


def test_a_release_tells_what_an_earlier_one_left(home, capsys):
    write_key(home / "course.key", KEY)
    (home / "assignment.toml").write_text('course = "c"\nassignment = "a"\nversion = "1"\nexercises = ["09.roc"]\n')
    command = ["release", "--assignment", str(home), "--roster", str(home / "roster.csv"), "--out", str(home / "o"), "--unproven", "--practice"]
    assert main(command) == 0 and "all bundles are alike" in capsys.readouterr().out
    (home / "roster.csv").write_text("student\nada\nbob\n")
    assert main(command) == 0 and "nobody in the roster has: cyd.zip" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("raw", "why"),
    [(b"", "empty"), (b"[]", "schema"), (b"\xff", "encoding"), (b"x" * (gate.BYTES + 1), "too_large"), (fake.book(cell("x = 1")), "no cell")],
    ids=["empty", "no notebook", "latin", "large", "another"],
)  # fmt: skip
def test_what_would_be_refused_is_refused_at_once(tmp_path, capsys, raw, why):
    (tmp_path / "n.ipynb").write_bytes(raw)
    assert main(["hand-in", str(tmp_path / "n.ipynb")]) == 2
    assert why in capsys.readouterr().err
    (tmp_path / "assignment.json").write_text('{"version": 1}')
    assert main(["hand-in", str(tmp_path / "n.ipynb")]) == 2


def test_a_computer_that_knows_no_login_says_so(home, capsys, tmp_path, monkeypatch):
    """A container's user often has no entry."""

    def unknown():
        raise KeyError("getpwuid(): uid not found: 65001")

    monkeypatch.setattr("getpass.getuser", unknown)
    (tmp_path / "n.ipynb").write_bytes(fake.book(cell("x = 1", "09.roc")))
    (tmp_path / "box").mkdir()
    assert main(["hand-in", str(tmp_path / "n.ipynb"), "--to", str(tmp_path / "box")]) == 2
    assert "--name" in capsys.readouterr().err


def by(user, groups, what):
    """What somebody else may do: the name of the error that stops them, or ""."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            os.umask(0o077)
            what()
        except BaseException as error:
            os.write(theirs, type(error).__name__.encode())
        finally:
            os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    with os.fdopen(ours) as stream:
        return stream.read()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be other people")
def test_the_drop_box_of_the_guide(tmp_path):
    """Students, whatever their umask, put files in and see nothing; graders, who need not own the box, take them out."""
    mode = re.search(r"chgrp graders box && chmod (\d{4}) box", (Path(__file__).parents[2] / "INSTRUCTORS.md").read_text("utf-8"))[1]
    ada, bob, grader, graders = 65_001, 65_002, 65_011, 65_100
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "n.ipynb").write_bytes(fake.book(cell("x = 1", "09.roc")))
        (home / "n.ipynb").chmod(0o644)
        looked = handin.look(home / "n.ipynb")
        box, target = home / "box", home / "grader"
        for folder, owner, bits in ((box, 0, int(mode, 8)), (target, grader, 0o700)):
            folder.mkdir()
            os.chown(folder, owner, graders)
            folder.chmod(bits)
        assert by(ada, [], lambda: handin.hand_in(looked, box, "ada")) == ""
        (file,) = box.iterdir()
        assert file.stat().st_uid == ada
        for forbidden in (lambda: list(box.iterdir()), file.read_bytes, file.unlink, lambda: file.rename(box / "mine"),
                          lambda: handin.hand_in(looked, box, "ada"), lambda: box.chmod(0o777)):  # fmt: skip
            assert by(bob, [], forbidden) in ("PermissionError", "LunarlabError")
        assert by(ada, [], lambda: handin.hand_in(looked, box, "ada")) == "", "once more is fine"
        assert by(grader, [graders], lambda: collect(box, target / "in")) == ""
        assert [path.name for path in (target / "in").iterdir()] == [f"uid-{ada}.ipynb"]
        assert by(bob, [], lambda: list(target.iterdir())) == "PermissionError"


# --- collect ---


@pytest.mark.skipif(os.name == "nt", reason="files have no owners there")
def test_the_owner_of_a_file_says_whose_it_is(tmp_path):
    import pwd

    me = pwd.getpwuid(os.getuid()).pw_name
    box, target = tmp_path / "box", tmp_path / "in"
    box.mkdir()
    (box / "ada-00000000.ipynb").write_bytes(fake.book(RIGHT))
    os.utime(box / "ada-00000000.ipynb", (1e9, 1e9))
    (box / "bob-00000000.ipynb").write_bytes(fake.book(fake.WRONG))
    os.utime(box / "bob-00000000.ipynb", (2e9, 2e9))
    (box / "notes.txt").write_text("x")
    (box / "link.ipynb").symlink_to(box / "ada-00000000.ipynb")
    os.mkfifo(box / "pipe.ipynb")
    os.link(box / "notes.txt", box / "second.ipynb")
    found = collect(box, target)
    assert found.new == [me] and [path.name for path in target.iterdir()] == [f"{me}.ipynb"]
    assert (target / f"{me}.ipynb").read_bytes() == fake.book(fake.WRONG), "the newest counts"
    assert sorted(name for name, _ in found.refused) == ["link.ipynb", "notes.txt", "pipe.ipynb", "second.ipynb"]
    assert collect(box, target).same == [me]
    assert collect(box, tmp_path / "in2", roster={"ada": {}}).new == []


def test_platforms_numbers_are_looked_up_never_guessed(tmp_path, capsys):
    roster = {"ada": {"canvas_id": "4711", "moodle_id": "815"}, "bob": {"canvas_id": "12", "moodle_id": "16"}}
    canvas = tmp_path / "canvas"
    canvas.mkdir()
    for name in ("adalovelace_4711_99812_first.ipynb", "bob_LATE_12_99813_first-1.ipynb", "eve_99_99814_first.ipynb", "bob.ipynb"):
        (canvas / name).write_bytes(fake.book(RIGHT))
    found = collect(canvas, tmp_path / "a", transport="canvas", roster=roster)
    assert found.new == ["ada", "bob"]
    assert [name for name, _ in found.refused] == ["bob.ipynb", "eve_99_99814_first.ipynb"]
    moodle = tmp_path / "moodle"
    for name in ("Ada Lovelace_815_assignsubmission_file_", "B_ob_16_assignsubmission_file_", "x_1_assignsubmission_file_"):
        (moodle / name).mkdir(parents=True)
        (moodle / name / "first.ipynb").write_bytes(fake.book(RIGHT))
    (moodle / "B_ob_16_assignsubmission_file_" / "second.ipynb").write_bytes(b"{}")
    found = collect(moodle, tmp_path / "b", transport="moodle", roster=roster)
    assert found.new == ["ada"] and len(found.refused) == 2
    with pytest.raises(LunarlabError, match="canvas_id"):
        collect(canvas, tmp_path / "c", transport="canvas", roster={"ada": {}})
    with pytest.raises(LunarlabError, match="two students"):
        collect(canvas, tmp_path / "c", transport="canvas", roster={"a": {"canvas_id": "1"}, "b": {"canvas_id": "1"}})
    (tmp_path / "r.csv").write_text("student,canvas_id\nada,4711\n")
    arguments = ["collect", str(canvas), str(tmp_path / "d"), "--transport", "canvas", "--roster", str(tmp_path / "r.csv")]
    assert main(arguments) == 3
    assert "1 new, 0 changed, 0 as before, 3 not taken" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="files have no owners there")
def test_one_file_of_a_student_counts_and_none_is_too_large(tmp_path):
    import pwd

    me = pwd.getpwuid(os.getuid()).pw_name
    box, target = tmp_path / "box", tmp_path / "in"
    box.mkdir()
    with (box / "large.ipynb").open("wb") as stream:
        stream.truncate(gate.BYTES + 1)
    found = collect(box, target)
    assert (found.new, [name for name, _ in found.refused]) == ([], ["large.ipynb"]) and "MB" in found.refused[0][1]
    (box / "first.ipynb").write_bytes(fake.book(RIGHT))
    os.utime(box / "first.ipynb", (1e9, 1e9))
    collect(box, target)
    with zipfile.ZipFile(box / "later.zip", "w") as archive:
        archive.writestr("first.ipynb", fake.book(fake.WRONG))
    assert collect(box, target).new == [me]
    assert [path.name for path in target.iterdir()] == [f"{me}.zip"], "an older hand-in of another kind does not stay beside it"
    assert stat.S_IMODE((target / f"{me}.zip").stat().st_mode) == 0o600
    canvas = tmp_path / "canvas"
    canvas.mkdir()
    for number in (1, 2):
        (canvas / f"ada_4711_{number}_first-{number}.ipynb").write_bytes(fake.book(RIGHT))
    found = collect(canvas, tmp_path / "b", transport="canvas", roster={"ada": {"canvas_id": "4711"}})
    assert (found.new, [name for name, _ in found.refused]) == (["ada"], ["ada_4711_2_first-2.ipynb"]), "a platform's times are not known"


def test_an_older_file_does_not_take_a_newer_ones_place(tmp_path, capsys):
    """The download of the first day, collected once more after that of the second."""
    roster = {"ada": {"canvas_id": "4711"}}
    for day, text in ((1, RIGHT), (2, fake.WRONG)):
        (tmp_path / f"day{day}").mkdir()
        file = tmp_path / f"day{day}" / f"ada_4711_{day}_first.ipynb"
        file.write_bytes(fake.book(text))
        os.utime(file, (1e9 + day * 86400, 1e9 + day * 86400))
    first, second = (collect(tmp_path / f"day{day}", tmp_path / "in", transport="canvas", roster=roster) for day in (1, 2))
    assert (first.new, first.replaced, second.new, second.replaced) == (["ada"], [], ["ada"], ["ada"])
    again = collect(tmp_path / "day1", tmp_path / "in", transport="canvas", roster=roster)
    assert again.new == [] and "is newer (2001-09-11" in again.refused[0][1]
    assert (tmp_path / "in" / "ada.ipynb").read_bytes() == fake.book(fake.WRONG)
    assert collect(tmp_path / "day2", tmp_path / "in", transport="canvas", roster=roster).same == ["ada"]
    (tmp_path / "day2" / "ada_4711_2_first.ipynb").write_bytes(b"{ broken")
    broken = collect(tmp_path / "day2", tmp_path / "in", transport="canvas", roster=roster)
    assert broken.new == [] and "that one stays" in broken.refused[0][1]


@pytest.mark.skipif(os.name == "nt", reason="files have no owners there")
def test_what_lies_in_a_box_stops_nobody_elses_hand_in(tmp_path, monkeypatch):
    """A folder with a notebook's name, a file that goes away while it is looked at, a clock that is wrong."""
    import pwd

    me = pwd.getpwuid(os.getuid()).pw_name
    box, target = tmp_path / "box", tmp_path / "in"
    (box / "aaa.ipynb").mkdir(parents=True)
    for name, text, moment in (("gone", RIGHT, 1e9), ("early", RIGHT, 1.1e9), ("late", fake.WRONG, 1.2e9)):
        (box / f"{name}.ipynb").write_bytes(fake.book(text))
        os.utime(box / f"{name}.ipynb", (moment, moment))
    (box / "later.ipynb").write_bytes(fake.book(RIGHT)[:-9])
    lstat = Path.lstat
    monkeypatch.setattr(Path, "lstat", lambda path: (path.unlink() if path.name == "gone.ipynb" else None, lstat(path))[1])
    found = collect(box, target)
    assert found.new == [me] and [name for name, _ in found.refused] == ["aaa.ipynb", "gone.ipynb"]
    assert (target / f"{me}.ipynb").read_bytes() == fake.book(fake.WRONG), "one that broke takes nothing away"
    future = time.time() + 1e8
    os.utime(box / "late.ipynb", (future, future))
    collect(box, target)
    assert (target / f"{me}.ipynb").stat().st_mtime <= time.time(), "a clock that is wrong does not win for ever"
    (box / "late.ipynb").unlink()
    (box / "new.ipynb").write_bytes(fake.book(RIGHT))
    assert collect(box, target).new == [me]


def test_a_downloads_hidden_files_and_folders_are_no_hand_ins(tmp_path):
    roster = {"ada": {"canvas_id": "1", "moodle_id": "1"}, "bob": {"canvas_id": "2"}}
    folder = tmp_path / "moodle" / "Ada L_1_assignsubmission_file_"
    folder.mkdir(parents=True)
    for name in ("first.ipynb", "._first.ipynb"):
        (folder / name).write_bytes(fake.book(RIGHT))
    assert collect(tmp_path / "moodle", tmp_path / "m", transport="moodle", roster=roster).new == ["ada"]
    (tmp_path / "canvas" / "doe_1_99_x.ipynb").mkdir(parents=True)
    (tmp_path / "canvas" / "bob_2_98_x.ipynb").write_bytes(fake.book(RIGHT))
    found = collect(tmp_path / "canvas", tmp_path / "c", transport="canvas", roster=roster)
    assert found.new == ["bob"] and "folder" in found.refused[0][1]


def test_a_file_is_there_whole_or_as_it_was(tmp_path, monkeypatch):
    """It gets its name only once it is on the disk; a full disk leaves what was there, and nothing beside it."""
    files.write_whole(tmp_path / "marks.csv", "old")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LunarlabError, match="No space left"):
        files.write_whole(tmp_path / "marks.csv", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("marks.csv", "old")]


def test_archives_are_the_same_every_time():
    made = files.pack({"b": b"2", "a": b"1"})
    assert made == files.pack({"a": b"1", "b": b"2"})
    assert files.unpack(made) == {"a": b"1", "b": b"2"}


# --- check ---


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
def test_a_notebook_is_judged_at_home(tmp_path, capsys):
    source = cell(
        "import math\n"
        "def innovation(r, z, m, sz, sr):\n    return r - (z - m), math.hypot(sz, sr)\n", "09.innovation")  # fmt: skip
    wrong = cell("def gate_errors(gate_m, sigma_m, jump_m):\n    return 0.5, 0.5\n", "09.roc")
    filled = cell("marks = []\ndef fill(rows, *words):\n    rows += words\nfill(marks, 'rejected', 'late', 'absent', 'noisy', 'lost', 'other', 'other', 'other')")
    fate = cell(
        "fate = dict(zip(('hakuto-r-m1', 'resilience-m2', 'odysseus-im-1', 'athena-im-2', 'surveyor-3', 'luna-25', 'peregrine', 'slim'), marks))",
        "01.threads")  # fmt: skip
    ends = cell("def at_least_one(p, n):\n    import os\n    os._exit(3)\n", "01.once")
    (tmp_path / "n.ipynb").write_bytes(fake.book(source, wrong, filled, fate, ends))
    rows = [{"id": id, "title": "t", "points": 2} for id in ("09.innovation", "09.roc", "09.bandwidth", "01.threads", "01.once")]
    about = {"version": 1, "course": "m", "assignment": "a", "assignment_version": "1", "exercises": rows}
    (tmp_path / "assignment.json").write_text(json.dumps(about))
    assert main(["check", str(tmp_path / "n.ipynb")]) == 1
    said = capsys.readouterr().out
    assert "09.innovation" in said and "2 of 2 points" in said and "0 of 2 points" in said
    assert "01.threads  what became of the height: 2 of 2 points" in said, "an empty table is filled when all own cells run"
    assert said.lower().count("a call of at_least_one ended its process") == 1, "what stopped it is said once"
    assert "Indicative" in said and said.count("09.bandwidth") == 2 and said.count("No cell answers this exercise") == 1
