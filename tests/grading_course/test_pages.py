"""What comes out of a gradebook: pages that run nothing and name nobody, marks that go to the right person, all of it safe."""

from __future__ import annotations

import csv
import html.parser
import json
import os
import runpy
import shutil
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import fake
import grader
import pytest
from fake import KEY, RIGHT, WORK, WRONG, cell

from lunarlab.cli import main
from lunarlab.errors import LunarlabError
from lunarlab.grading import checks
from lunarlab.grading.batch import schema
from lunarlab.grading.batch.gradebook import Gradebook
from lunarlab.grading.batch.pack import write_key
from lunarlab.grading.batch.score import Criterion
from lunarlab.grading.course import classreport, export, gradescope, page
from lunarlab.grading.course.marks import Mark, Part, marks, points
from lunarlab.grading.course.report import report
from lunarlab.grading.exam import sitting

SCRIPT = "<script>alert(1)</script>"
ITEMS = {item.id: item for item in fake.EXERCISES}
ROSTER = (
    "student,name,canvas_id,moodle_idnumber,sis_login_id,section\n"
    + "".join(f"student-{i:03},Person {i},{100 + i},m{i},login{i},A\n" for i in range(6))
    + f"evil,\"=cmd|' /C calc'!A1 {SCRIPT}\",900,m900,evil,A\nabsent,Nobody,901,m901,absent,A\n"
)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class that was graded once: six students, one hostile, one broken upload, one that needs a person, one stranger."""
    home = tmp_path_factory.mktemp("course")
    grader.hand_in(
        home, 6,
        evil=cell(f"# {SCRIPT}\ndef double(x):\n    raise ValueError(f'{SCRIPT} case {{x}}')\n", "90.double"),
        broken=b"[" * 1000, waits=cell("# INFRASTRUCTURE"),
    )  # fmt: skip
    code, _ = grader.run(home)
    assert code == 3
    (home / "assignment.toml").write_text(
        f'course = "{WORK.course}"\nassignment = "{WORK.name}"\nversion = "1"\nexercises = ["90.double", "90.height"]\nmodule = "fake_lesson"\n'
    )
    write_key(home / "course.key", KEY)
    (home / "roster.csv").write_text(ROSTER)
    (home / "grades.sqlite").rename(home / "gradebook.sqlite")
    return home


@pytest.fixture(scope="module")
def found(course):
    with Gradebook(course / "gradebook.sqlite") as book:
        return marks(book, WORK)


def run(course, *arguments):
    """A command of the course; its exit code."""
    return main([arguments[0], "--assignment", str(course), "--practice", *map(str, arguments[1:])])


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes


def runs_nothing(text):
    """No script, no handler, no address, and a policy that would stop all of them."""
    tags = Tags()
    tags.feed(text)
    assert not {"script", "iframe", "object", "embed", "link", "form", "a", "img", "base"} & set(tags.tags), tags.tags
    assert not [name for name, _ in tags.attributes if name.startswith("on") or name in ("src", "href")]
    policy = [value for _, value in tags.attributes if value and "default-src 'none'" in value]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "javascript:" not in text and "url(" not in text and "@import" not in text
    assert len(text.encode()) <= 200_000


def test_a_page_for_each_student(course, tmp_path, capsys):
    assert run(course, "report", "--out", tmp_path / "r", "--roster", course / "roster.csv") == 3, "one waits for a person"
    pages = {path.stem: path.read_text() for path in (tmp_path / "r").iterdir()}
    assert len(pages) == 9 and all(name.startswith("s-") for name in pages), "no names in file names"
    for text in pages.values():
        runs_nothing(text)
    good, bad = pages[KEY.student("student-000")], pages[KEY.student("student-002")]
    assert "5 of 5 points" in good and "Person 0" in good and "not met" not in good
    assert 'data-label="points"' in bad and "@media (max-width" in bad, "on a phone, points stand under the rest"
    assert "2 of 5 points" in bad and "Think about: Add it to itself." in bad
    evil = pages[KEY.student("evil")]
    assert "&lt;script&gt;" in evil and SCRIPT not in evil
    assert "could not be graded" in pages[KEY.student("broken")] and "nested deeper" in pages[KEY.student("broken")]
    assert "no fault of yours" in pages[KEY.student("waits")] and "of 5 points" not in pages[KEY.student("waits")]


def test_a_report_before_the_end_tells_no_hidden_case(course, found, tmp_path):
    """Neither what was asked, nor what came out, nor what a student's function smuggles into an exception."""
    drawn = WORK.sitting(KEY, KEY.student("student-002")).rng("90.double").uniform(1.0, 9.0, 3).round(3)
    mark = found[KEY.student("student-002")]
    assert any(f"double({x:g})" in row.requirement for x in drawn for row in mark.parts[0].criteria)
    short, full = (report(mark, ITEMS, title="t", who="w", full=full) for full in (False, True))
    for x in drawn:
        assert f"{x:g}" not in short and f"{2 * x:g}" not in short
        assert f"{x:g}" in full
    told = report(found[KEY.student("evil")], ITEMS, title="t", who="w")
    evil = WORK.sitting(KEY, KEY.student("evil")).rng("90.double").uniform(1.0, 9.0, 3).round(3)
    assert "case" in told and not any(f"{x:g}" in told for x in evil)
    assert not any(f"{x:g}" in gradescope.result(found[KEY.student("evil")], ITEMS) for x in evil)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("double raised ValueError: 3.25, line 3 of its cell.", "double raised ValueError: …, line 3 of its cell."),
        ("double(x) is 'seven point two'; it must be a number.", "double(x) is …; it must be a number."),
        ("it is \"a'b\"; Cells 3, 5 answer; can't, and the student's", "it is …; Cells 3, 5 answer; can't, and the student's"),
        ("x is 'abc...", "x is …"),
        ("timeout:call: one call of double takes longer than 20 s", "One call of double takes longer than … s."),
        ("exited: a call of my_law ends Python", "A call of my_law ends Python."),
        ("Not so. (nonfinite: f returned a number that is not finite)", "Not so. (f returned a number that is not finite)"),
        ("f returned 3 values; (decel m/s2, area m2)", "f returned … values; (decel m/s2, area m2)"),
        ("[1e-5, -3] and 'it\\'s 4'", "[…, …] and …"),
    ],
)
def test_what_an_answer_says_is_hidden(said, shown):
    assert page.hide_said(said) == shown


def test_a_hint_keeps_its_own_numbers():
    hint = "sqrt(2) q^(1/4): not 812.5 m."
    assert page.hide_these(hint, "range 812.5 m") == "sqrt(2) q^(1/4): not … m."


def many_words(length):
    row = Criterion("90.double", 0, "r" * length, 0, 1000, 0, "v" * 400, "a" * 400, "&" * length)
    return Mark("s-1", "x", "graded", 1, 1, "0" * 64, parts=(Part("90.double", 0, 1000, (row,) * 100, ("n" * 400,) * 50),))


def test_a_report_stays_small():
    text = report(many_words(400), ITEMS, title="t", who="w", full=True)
    runs_nothing(text)
    assert text.count("not met") == 100, "words are cut, points are not"


def test_a_person_has_the_last_word(course, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    arguments = ["student-002", "90.double", "2.5", "--who", "Prof. X", "--why", f"worked on paper {SCRIPT}"]
    assert run(copy, "override", *arguments) == 0
    assert run(copy, "report", "--out", tmp_path / "r") == 3
    text = (tmp_path / "r" / f"{KEY.student('student-002')}.html").read_text()
    runs_nothing(text)
    assert "4.5 of 5 points" in text and "Prof. X decided the points of this exercise: worked on paper &lt;script&gt;" in text
    for wrong in (["9", "more than"], ["-1", ""], ["nan", ""], ["x", ""]):
        assert run(copy, "override", "student-002", "90.double", "--who", "x", "--why", "y", "--", wrong[0]) == 2
    assert run(copy, "override", "absent", "90.double", "1", "--who", "x", "--why", "y") == 2
    assert run(copy, "override", "student-002", "90.double", "1", "--who", "x", "--why", " ") == 2
    assert "--why is empty" in capsys.readouterr().err
    assert run(copy, "export", "--out", tmp_path / "m.csv", "--roster", copy / "roster.csv") == 3
    rows = {row["student"]: row for row in csv.DictReader((tmp_path / "m.csv").read_text("utf-8").splitlines())}
    assert rows["student-002"]["points"] == "4.5"
    assert (rows["student-002"]["flags"], rows["student-000"]["flags"]) == ("override", "")


def test_the_latest_word_counts(course, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    for points_given in ("1", "2.5", "2"):
        assert run(copy, "override", "student-002", "90.double", points_given, "--who", "x", "--why", f"because {points_given}") == 0
    with Gradebook(copy / "gradebook.sqlite") as book:
        mark = marks(book, WORK)[KEY.student("student-002")]
    assert (mark.milli, mark.parts[0].milli, mark.parts[0].why) == (4000, 2000, "because 2")


def test_marks_are_those_of_one_version_of_the_checks(course, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    (copy / "gradebook.sqlite").rename(copy / "grades.sqlite")
    grader.run(copy, checks="2")
    with Gradebook(copy / "grades.sqlite") as book:
        with book.engine.begin() as connection:
            connection.execute(schema.grade.update().where(schema.grade.c.checks == "2").values(flags='["of the second"]'))
            connection.execute(schema.criterion.update().where(schema.criterion.c.checks == "2").values(hint="of the second"))
        one, two = (marks(book, replace(WORK, checks=checks))[KEY.student("student-002")] for checks in "12")
    assert (one.flags, two.flags) == ((), ("of the second",))
    assert [len(mark.parts[0].criteria) for mark in (one, two)] == [3, 3]
    assert (one.before, two.before) == (None, ("1", 2000))
    assert "of the second" not in [row.hint for row in one.parts[0].criteria]


def test_a_broken_upload_takes_no_grade_away(course, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    (copy / "gradebook.sqlite").rename(copy / "grades.sqlite")
    (copy / "in" / "student-000.ipynb").write_bytes(b"[" * 500)
    (copy / "in" / "student-002.ipynb").write_bytes(fake.book(RIGHT, fake.height("student-002")))
    grader.run(copy)
    with Gradebook(copy / "grades.sqlite") as book:
        now = marks(book, WORK)
    first, third = now[KEY.student("student-000")], now[KEY.student("student-002")]
    assert (first.milli, first.attempt, first.attempts) == (5000, 1, 2) and "nested" in first.later
    assert "hand-in 1 of 2, taken in 20" in report(first, ITEMS, title="t", who="w")
    assert (third.milli, third.attempt) == (5000, 2), "the latest counts"
    assert "A later hand-in could not be read" in report(first, ITEMS, title="t", who="w")


def test_hand_ins_are_counted_though_the_checks_have_not_met_them_all(course, tmp_path):
    """One that was right, one that is broken, better checks: the page counts two, and the broken one takes nothing away."""
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    (copy / "gradebook.sqlite").rename(copy / "grades.sqlite")
    (copy / "in" / "student-000.ipynb").write_bytes(b"[" * 500)
    (copy / "in" / "student-001.ipynb").write_bytes(fake.book(WRONG, fake.height("student-001")))
    grader.run(copy)
    with Gradebook(copy / "grades.sqlite") as book:
        waits = marks(book, replace(WORK, checks="2"))[KEY.student("student-001")]
        assert (waits.state, waits.attempt, waits.attempts) == ("queued", 2, 2), "before anything is graded again"
    grader.run(copy, checks="2")
    with Gradebook(copy / "grades.sqlite") as book:
        now = marks(book, replace(WORK, checks="2"))
    for mark in now.values():
        assert 1 <= mark.attempt <= mark.attempts
    first, second = now[KEY.student("student-000")], now[KEY.student("student-001")]
    assert (first.attempts, second.attempt, second.attempts) == (2, 2, 2) and first.state != "invalid"


def test_a_page_tells_what_it_had_before():
    mark = replace(many_words(3), before=("1", 2500))
    assert "before, it had 2.5 points" in report(mark, ITEMS, title="t", who="w")
    assert "before, it had" not in report(replace(mark, before=("1", 0)), ITEMS, title="t", who="w"), "nothing changed"


# --- export ---


def table(course, tmp_path, to, *more):
    assert run(course, "export", "--to", to, "--out", tmp_path / "m.csv", "--roster", course / "roster.csv", *more) == 3
    return list(csv.reader((tmp_path / "m.csv").read_text("utf-8").splitlines()))


def test_canvas(course, tmp_path, capsys):
    rows = table(course, tmp_path, "canvas", "--title", "First (77)")
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "First (77)"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "5"]
    by_id = {row[1]: row for row in rows[2:]}
    assert (by_id["100"][5], by_id["102"][5], by_id["901"][5]) == ("5", "2", ""), "nobody gets a 0 for handing in nothing"
    assert by_id["900"][0].startswith("'=cmd"), "a name is no formula"
    assert "hand-ins of nobody in the roster: 2" in capsys.readouterr().err


def test_the_instructor_is_told_who_has_no_mark(course, tmp_path, capsys):
    table(course, tmp_path, "csv", "--roster", course / "roster.csv")
    said = capsys.readouterr().out
    assert "7 rows in" not in said and "8 rows in" in said and "1 handed in nothing: absent" in said
    (tmp_path / "all.csv").write_text(ROSTER + "broken,B,1,1,1,A\nwaits,W,2,2,2,A\n")
    assert run(course, "export", "--out", tmp_path / "m.csv", "--roster", tmp_path / "all.csv") == 3
    said = capsys.readouterr().out
    assert "1 handed in what could not be read: broken" in said and "1 wait for a person or a run: waits" in said
    assert run(course, "export", "--out", tmp_path / "m.csv", "--roster", tmp_path / "all.csv", "--json") == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["missing"], told["unreadable"], told["waiting"]) == (["absent"], ["broken"], ["waits"])
    assert run(course, "report", "--out", tmp_path / "r") == 3
    assert "students.csv" in capsys.readouterr().out.splitlines()[-1], "whose page is whose"


def test_moodle_and_table(course, tmp_path):
    rows = table(course, tmp_path, "moodle")
    assert rows[0] == ["ID number", "Full name", "first"] and rows[1] == ["m0", "Person 0", "5"]
    rows = table(course, tmp_path, "csv")
    assert rows[-1] == ["absent", "Nobody", "", "5", "nothing handed in", "", "0", ""]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1", "\0=1"])
def test_no_cell_is_a_formula(text):
    assert not export.safe(text).strip().startswith(export.FORMULA)
    assert "\n" not in export.safe(text) and "\r" not in export.safe(text)


@pytest.mark.parametrize(("id", "why"), [("", "missing"), ("=1", "formula"), ("100", "twice"), ("-5", "formula")])
def test_identifiers_are_never_changed(found, id, why):
    roster = {"a": {"canvas_id": "100"}, "b": {"canvas_id": id}}
    with pytest.raises(LunarlabError, match=why):
        export.table("canvas", found, roster, KEY, title="t", out_of=5000)


@pytest.mark.skipif(os.name == "nt", reason="modes mean nothing there")
def test_what_is_about_persons_is_for_one_reader(course, tmp_path):
    assert run(course, "report", "--out", tmp_path / "r") == run(course, "export", "--to", "gradescope", "--out", tmp_path / "g") == 3
    assert run(course, "export", "--out", tmp_path / "m.csv", "--roster", course / "roster.csv") == 3
    made = [tmp_path / "m.csv", *(tmp_path / "r").iterdir(), *(tmp_path / "g").iterdir()]
    assert len(made) > 15 and {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "rg"} == {0o700}


def test_the_exit_code_says_that_somebody_is_in_no_roster(course, found, monkeypatch, tmp_path):
    """Nobody waits, and still a person has to look: one hand-in is of nobody in the roster."""
    everybody = {key: mark for key, mark in found.items() if mark.graded}
    monkeypatch.setattr("lunarlab.grading.course.marks.marks", lambda book, work: everybody)
    assert run(course, "export", "--out", tmp_path / "m.csv", "--roster", course / "roster.csv") == 0
    (tmp_path / "roster.csv").write_text(ROSTER.replace("student-003", "student-999"))
    assert run(course, "export", "--out", tmp_path / "m.csv", "--roster", tmp_path / "roster.csv") == 3


def test_a_hint_to_gradescope_tells_no_case():
    row = Criterion("90.double", 0, "double(3.25)", 0, 1000, 0, "6.75", "6.5 m", "Not 6.75: twice 3.25 is 6.5, and sqrt(2) is no part of it.")
    mark = Mark("s-1", "x", "graded", 1, 1, "0" * 64, parts=(Part("90.double", 0, 1000, (row,)),))
    for text in (gradescope.result(mark, ITEMS), report(mark, ITEMS, title="t", who="w")):
        assert "sqrt(2)" in text and "3.25" not in text and "6.75" not in text and "6.5" not in text


def test_gradescope(course, tmp_path):
    assert run(course, "export", "--to", "gradescope", "--out", tmp_path / "g") == 3
    found = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "g").iterdir()}
    assert len(found) == 7
    mine = found[KEY.student("student-002")]
    assert mine["score"] == 2.0 and [(t["score"], t["max_score"], t["status"]) for t in mine["tests"]] == [(0, 3, "failed"), (2, 2, "passed")]
    assert sum(test["score"] for test in mine["tests"]) == mine["score"]
    assert mine["stdout_visibility"] == "hidden"


def test_points_are_written_as_people_write_them():
    assert [points(milli) for milli in (0, 5000, 4500, 333, 10_000)] == ["0", "5", "4.5", "0.333", "10"]


# --- the class ---


def test_a_page_about_the_class_names_nobody(course, tmp_path, capsys, monkeypatch):
    assert run(course, "report", "--class", "--out", tmp_path) == 3
    small = (tmp_path / "class.html").read_text()
    assert "Fewer than 10" in small and "says nothing" in capsys.readouterr().out
    monkeypatch.setattr(classreport, "LEAST", 5)
    assert run(course, "report", "--class", "--out", tmp_path) == 3
    assert "rounded" in capsys.readouterr().out
    text = (tmp_path / "class.html").read_text()
    runs_nothing(text)
    for secret in ("Person", "student-0", SCRIPT, "alert", "s-", *(KEY.student(f"student-{i:03}") for i in range(6))):
        assert secret not in small.partition("</style>")[2] and secret not in text.partition("</style>")[2], secret
    assert "90.double" in text and "Of about 10 students who have handed in, about 5 are graded" in text


# --- data protection ---


def test_no_mark_is_told_before_the_present_checks_have_met_every_hand_in(course, tmp_path, capsys):
    """Else the whole class would have handed in nothing."""
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    about = copy / "assignment.toml"
    about.write_text(about.read_text() + 'checks = "2"\n')
    assert run(copy, "export", "--roster", copy / "roster.csv", "--out", copy / "m.csv") == 2
    assert "run 'lunarlab grade' first" in capsys.readouterr().err and not (copy / "m.csv").exists()
    assert run(copy, "report", "--out", copy / "r") == 2


def test_nothing_is_left_of_somebody_who_is_erased(course, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    place = copy / "gradebook.sqlite"
    key = KEY.student("evil")
    assert b"alert(1)" in place.read_bytes()
    assert run(copy, "erase", "evli") == 2 and "nothing of 'evli'" in capsys.readouterr().err
    assert run(copy, "erase", "evil") == 0
    rest = b"".join(path.read_bytes() for path in Path(copy).glob("gradebook.sqlite*"))
    assert b"alert(1)" not in rest, "also on no free page"
    connection = sqlite3.connect(place)
    tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
    holding = [name for name in tables for row in connection.execute(f"select * from {name}") if key in map(str, row)]  # noqa: S608
    connection.close()
    assert set(holding) <= {"event"}, "the chain keeps that somebody was deleted"
    with Gradebook(place) as book:
        assert key not in marks(book, WORK) and book.trouble() == []


def test_commands_say_what_is_missing(tmp_path, course, capsys):
    assert run(tmp_path, "report", "--out", tmp_path) == 2
    assert run(course, "export", "--out", tmp_path / "x") == 2 and "--roster" in capsys.readouterr().err
    assert run(course, "report", "--out", tmp_path, "--gradebook", tmp_path / "none") == 2
    (tmp_path / "bad").write_text("not a database, but long enough to be looked at" * 50)
    assert run(course, "report", "--out", tmp_path, "--gradebook", tmp_path / "bad") == 5


@pytest.mark.parametrize(
    ("requirement", "shown"),
    [
        ("bandwidth for q = 0.0001, R = 1000 m2, dt = 0.2 s", "bandwidth for q = …, R = … m2, dt = … s"),
        ("steady 1-sigma of the height for q = 0.3, R = 2.5e+03 m2", "steady 1-sigma of the height for q = …, R = … m2"),
        ("850 m is the edge: 15 m wider lands, 15 m tighter does not",
         "… m is the edge: 15 m wider lands, 15 m tighter does not"),
        ("a range 632 m off at sigma 5 m is not used, above or below",
         "a range … m off at sigma 5 m is not used, above or below"),
        ("a range 632 m off at sigma 55 m is not used, above or below",
         "a range … m off at sigma … m is not used, above or below"),
        ("never below 40 km, and 30 m wider lands", "never below 40 km, and … m wider lands"),
        ("12.5m2 and m25, m2.5, 3m2, km2 of x2 at 3-sigma", "…m2 and m…, m…, …m2, km2 of x… at …-sigma"),
        ("double(3.25)", "double(…)"),
    ],
)  # fmt: skip
def test_a_requirement_keeps_its_units_and_the_numbers_of_public_source(requirement, shown):
    assert page.hide_numbers(requirement) == shown


def test_no_drawn_number_of_a_requirement_is_shown():
    """Of two sittings of everybody's wrong answers nothing differs but what is hidden."""
    folder = Path(__file__).parents[1] / "answers"
    seen = {}
    for lesson in ("00", "03", "06", "09"):
        for number in range(3):
            exam = WORK.sitting(KEY, f"s-{number}")
            with sitting(exam):
                answers = runpy.run_path(str(folder / f"lesson{lesson}.py"))["RIGHT"]
                for id, item in checks.exercises(lesson).items():
                    if id in ("09.gate", "09.boundary"):
                        continue
                    given = answers[id][0] if len(item.answers) > 1 else (answers[id][0],)
                    told = [page.hide_numbers(f.requirement) for f in checks.judge(item, given).findings]
                    assert seen.setdefault(id, told) == told
    assert len(seen) > 15
