"""One hand-in can never end a batch, each ends in one state, and what is graded is not graded again."""

from __future__ import annotations

import os
from dataclasses import replace

import fake
import grader
import pytest
from fake import RIGHT, cell
from grader import points, state

from lunarlab.grading.batch.gradebook import Gradebook

NO_ANSWER = {"received": 0, "graded": 0, "invalid": 0, "needs_attention": 0, "open": 0}


def totals(received, graded, invalid=0, attention=0):
    return {"received": received, "graded": graded, "invalid": invalid, "needs_attention": attention, "open": 0}


def test_a_class_with_everything_in_it(tmp_path):
    """Honest neighbours before and after keep their points; every hand-in ends in one state; a second run does nothing."""
    place = tmp_path / "grades.sqlite"
    grader.hand_in(
        tmp_path, 6,
        a_bomb=b"[" * 200_000, b_killer=cell("# KILL THE GRADER"), c_fault=cell("# INFRASTRUCTURE"), d_once=cell("# ONCE\ndef double(x): return 2 * x"),
        e_crash=cell("raise SystemError"), f_judge=cell("class double:\n    def __new__(cls, x): raise BaseException('from the other side')"),
        z_noise=cell("import warnings, sys, logging\ndef double(x):\n    warnings.warn('x'); print('x'); print('x', file=sys.stderr); logging.error('x')\n    return 2 * x", "90.double"),
    )  # fmt: skip
    (tmp_path / "in" / "i_unlucky.ipynb").write_bytes(fake.book(RIGHT, cell("height_m = 13.0", "90.height")))
    (tmp_path / "in" / "g_stranger.ipynb").symlink_to("/etc/passwd")
    code, outcome = grader.run(tmp_path)
    assert outcome["totals"] == totals(15, 9, 2, 4) and code == 3
    for number in range(6):
        milli, told, flags = points(place, f"student-{number:03}")
        assert milli == (2000 if number % 3 == 2 else 5000) and told == {} and flags == []
    assert points(place, "z_noise")[0] == 5000, "warnings and prints cost nothing"
    assert points(place, "d_once")[0] == 5000, "a fault of ours costs nothing"
    assert points(place, "e_crash")[0] == 2000, "the other exercise counts"
    assert state(place, "a_bomb") == ("invalid", "invalid:depth")
    assert state(place, "g_stranger") == ("invalid", "invalid:file_type")
    assert state(place, "b_killer") == ("needs_attention", "the grading process ended with signal 9")
    assert state(place, "c_fault") == ("needs_attention", "infrastructure: no sandbox to be had")
    assert state(place, "f_judge")[0] == "needs_attention" and points(place, "f_judge") is None, "never a 0"
    assert state(place, "i_unlucky")[0] == "needs_attention" and "could not be judged: KeyError" in state(place, "i_unlucky")[1]
    assert grader.sound(place)
    before = grader.executed(tmp_path)
    code, outcome = grader.run(tmp_path)
    assert (code, outcome["executed"], outcome["new"]) == (3, 0, 0) and outcome["wall_s"] < 2.0
    assert grader.executed(tmp_path) == before


def test_two_graders_at_once(tmp_path):
    grader.hand_in(tmp_path, 30)
    graders = [grader.start(tmp_path, delay_s=0.05) for _ in range(2)]
    outcomes = [g.communicate(timeout=120) for g in graders]
    assert [g.returncode for g in graders] == [0, 0], outcomes
    assert grader.executed(tmp_path) == 30 and len(grader.digests(tmp_path / "grades.sqlite")) == 30
    lines = [line.split(maxsplit=2) for line in (tmp_path / "executed").read_text().splitlines()]
    workers = {(pid, slot) for pid, slot, _ in lines}
    assert len({slot for _, slot in workers}) == len(workers), "no two processes share a slot"
    assert len(workers) > 2, "both took part"
    allowed = sorted(os.sched_getaffinity(0))
    for _, slot, where in lines:  # where the slot's sandbox is put: tests/grading_sandbox/test_resources.py
        assert where == str([allowed[int(slot) % len(allowed)]])
    assert grader.sound(tmp_path / "grades.sqlite")


def test_a_hand_in_that_hangs_the_grader_waits_for_a_person(tmp_path):
    grader.hand_in(tmp_path, 3, hanging=cell("# HANG"))
    code, outcome = grader.run(tmp_path, stuck_s=1.0)
    assert (code, outcome["totals"]) == (3, totals(4, 3, 0, 1))
    assert state(tmp_path / "grades.sqlite", "hanging") == ("needs_attention", "the grading process ended with signal 9")


def test_only_the_roster_hands_in_and_an_amended_roster_is_enough(tmp_path):
    grader.hand_in(tmp_path, 2, eve=RIGHT)
    place, roster = tmp_path / "grades.sqlite", {"student-000": {}, "student-001": {}, "zo\u00eb": {}}
    (tmp_path / "in" / "zoe\u0308.ipynb").write_bytes((tmp_path / "in" / "eve.ipynb").read_bytes())  # as macOS writes it
    assert grader.run(tmp_path, roster=roster)[1]["totals"] == totals(4, 3, 0, 1)
    assert state(place, "eve") == ("needs_attention", "needs_attention:unknown_student")
    assert grader.run(tmp_path, roster=roster | {"eve": {}})[1]["totals"] == totals(4, 4)
    assert points(place, "eve")[0] == 5000


def test_a_new_attempt_is_graded_and_the_old_grade_stays(tmp_path):
    place = tmp_path / "grades.sqlite"
    grader.hand_in(tmp_path, 1, ada=fake.WRONG)
    grader.run(tmp_path)
    assert points(place, "ada")[0] == 2000
    grader.hand_in(tmp_path, 1, ada=RIGHT)
    code, outcome = grader.run(tmp_path)
    assert (code, outcome["executed"], outcome["totals"]) == (0, 1, totals(3, 3))
    assert points(place, "ada")[0] == 5000 and len(grader.states(place)[fake.KEY.student("ada")]) == 2


def test_an_earlier_file_that_is_handed_in_again_is_the_latest(tmp_path):
    """Good, then another one by mistake, then the good one again."""
    place = tmp_path / "grades.sqlite"
    for answer in (RIGHT, fake.WRONG, RIGHT):
        grader.hand_in(tmp_path, 0, ada=answer)
        code, outcome = grader.run(tmp_path)
    assert points(place, "ada")[0] == 5000 and (code, outcome["executed"], outcome["totals"]) == (0, 0, totals(2, 2))
    (mark,) = grader.marks(place).values()
    assert (mark.attempt, mark.attempts, mark.milli, mark.later) == (2, 2, 5000, "") and grader.sound(place)
    events = grader.events(place)
    grader.run(tmp_path)
    assert grader.events(place) == events and events.count("received again") == 1, "the same folder again is nothing new"
    (tmp_path / "in" / "ada").mkdir()
    (tmp_path / "in" / "ada" / "n.ipynb").write_bytes(fake.book(fake.WRONG, fake.height("ada")))
    for _ in range(2):  # two at once: nobody knows which one is later
        grader.run(tmp_path)
        assert grader.events(place).count("received again") == 1


@pytest.mark.parametrize(
    ("slip", "reason", "why"),
    [
        (fake.book(cell("def innovation(r):\n    return r", "09.innovation")), "other_notebook", "asks for 90.double, 90.height"),
        (fake.book(cell("", "90.double"), cell("# done", kind="markdown")), "empty", "no code"),
        (b"{", "json", "incomplete"),
    ],
)
def test_a_slip_takes_nothing_from_an_earlier_hand_in_also_under_new_checks(tmp_path, slip, reason, why):
    place = tmp_path / "grades.sqlite"
    for answer in (RIGHT, slip):
        grader.hand_in(tmp_path, 0, ada=answer)
        _, outcome = grader.run(tmp_path)
    (stopped,) = outcome["stopped"]
    assert stopped[:2] == [fake.KEY.student("ada"), "invalid"] and why in stopped[2]
    assert grader.states(place)[fake.KEY.student("ada")][1] == ("invalid", f"invalid:{reason}")
    with Gradebook(place) as book:
        assert not book.needs_run(fake.WORK) and book.needs_run(replace(fake.WORK, checks="2"))
    code, outcome = grader.run(tmp_path, checks="2", nothing_new=True)
    assert (code, outcome["executed"], outcome["totals"]) == (0, 1, totals(2, 1, 1)), "what lies in the folder is not asked for"
    (mark,) = grader.marks(place, "2").values()
    assert mark.milli == 5000 and why in mark.later


def test_cells_that_lost_their_marks_are_no_other_notebook(tmp_path):
    grader.hand_in(tmp_path, 0, ada=cell(RIGHT["source"][0] + RIGHT["source"][1]))
    grader.run(tmp_path)
    assert points(tmp_path / "grades.sqlite", "ada")[0] == 5000


def test_a_decision_about_an_earlier_hand_in_is_told(tmp_path):
    """It was about that one; nobody should miss that it has gone."""
    place = tmp_path / "grades.sqlite"
    grader.hand_in(tmp_path, 0, ada=fake.WRONG)
    grader.run(tmp_path)
    with Gradebook(place) as book:
        (mark,) = grader.marks(place).values()
        book.override(mark.submission, "90.double", 3000, who="a", why="b")
    assert grader.marks(place)[mark.student].milli == 5000
    grader.hand_in(tmp_path, 0, ada=cell("def double(x):\n    return 3 * x", "90.double"))
    _, outcome = grader.run(tmp_path)
    assert grader.marks(place)[mark.student].milli == 2000
    assert [text for text in outcome["warnings"] if "90.double of " + mark.student in text]


def test_new_checks_grade_again_and_keep_the_old_grades(tmp_path):
    place = tmp_path / "grades.sqlite"
    grader.hand_in(tmp_path, 4)
    grader.run(tmp_path)
    old = grader.digests(place)
    code, outcome = grader.run(tmp_path, checks="2")
    assert (code, outcome["executed"]) == (0, 4)
    assert grader.digests(place) == old and set(grader.digests(place, "2")) == set(old)


def test_answers_that_hang_on_chance_are_flagged_and_keep_their_grade(tmp_path):
    place = tmp_path / "grades.sqlite"
    grader.hand_in(tmp_path, 1, dice=cell("import random\ndef double(x): return 2 * x + random.random()", "90.double"))
    assert grader.run(tmp_path)[0] == 0
    milli, told, flags = points(place, "dice")
    assert milli == 2000 and flags == ["nondeterministic:90.double"] and "seed" in told["90.double"][0]
    kept = grader.digests(place)
    assert grader.run(tmp_path)[1]["executed"] == 0 and grader.digests(place) == kept


def test_the_variant_of_a_classmate_does_not_fit(tmp_path):
    grader.hand_in(tmp_path, 1)
    copied = (tmp_path / "in" / "student-000.ipynb").read_bytes()
    (tmp_path / "in" / "copier.ipynb").write_bytes(copied)
    _, outcome = grader.run(tmp_path)
    who, whose = fake.KEY.student("copier"), fake.KEY.student("student-000")
    assert outcome["warnings"] == [f"{who} hands in what is right for {whose} in 90.height"]
    assert points(tmp_path / "grades.sqlite", "student-000")[0] == 5000
    assert points(tmp_path / "grades.sqlite", "copier")[0] == 3000


@pytest.mark.parametrize("what", ["text", "folder", "other", "none"])
def test_a_gradebook_that_is_none_is_exit_code_5(tmp_path, what):
    grader.hand_in(tmp_path, 1)
    place = tmp_path / "grades.sqlite"
    if what == "text":
        place.write_text("this is no database, and it is long enough to be looked at " * 40)
    elif what == "folder":
        place.mkdir()
    elif what == "none":
        place = tmp_path / "nowhere" / "grades.sqlite"
    else:
        import sqlite3

        with sqlite3.connect(place) as other:
            other.execute("create table recipes (name text)")
        other.close()
    code, outcome = grader.run(tmp_path, place=str(place))
    assert code == 5
    assert "gradebook" in outcome["trouble"] or "another program" in outcome["trouble"]
    assert grader.executed(tmp_path) == 0
