"""Sittings: public streams are everybody's, hidden ones hang on key and student, variants come from key or file."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import numpy as np
import pytest

from lunarlab.errors import LunarlabError
from lunarlab.grading import checks, exam
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import Exam, sitting
from lunarlab.grading.result import band

KEY = b"example key, never for marks"
HIDDEN = Exam(KEY, "moon-101", "lesson-09", "1", "s-ada")


@pytest.fixture
def walls(monkeypatch):
    item = Exercise(
        "09.wall", "a wall", 1, ("gate",), lambda answer: [],
        usual={"rim_m": 600.0, "floor_m": -1000.0},
        variant=lambda rng: {"rim_m": 10.0 * rng.integers(50, 70), "floor_m": -1000.0},
    )  # fmt: skip
    monkeypatch.setattr(checks, "exercises", lambda lesson: {"09.wall": item} if lesson == "09" else {})
    return item


def draw(current, exercise="09.gate"):
    return current.rng(exercise).random(4).tolist()


def test_the_public_stream_is_fixed_and_the_hidden_one_hangs_on_everything():
    assert draw(Exam()) == draw(Exam())
    assert exam.exam().public and draw(exam.exam()) == draw(Exam())
    base = ("moon-101", "lesson-09", "1", "s-ada")
    sittings = [Exam(), HIDDEN, Exam(KEY + b"2", *base)]
    sittings += [Exam(KEY, *base[:i], "other", *base[i + 1 :]) for i in range(4)]
    streams = [tuple(draw(s)) for s in sittings] + [tuple(draw(HIDDEN, "09.roc"))]
    assert len(set(streams)) == len(streams)
    assert draw(HIDDEN) == draw(Exam(KEY, *base)), "the same sitting has the same scenarios on every run"


def test_the_hidden_stream_is_the_documented_hmac():
    text = b"v1|moon-101|lesson-09|1|s-ada|scenarios|09.gate"
    seed = int.from_bytes(hmac.new(KEY, text, hashlib.sha256).digest(), "big")
    assert draw(HIDDEN) == np.random.Generator(np.random.PCG64(seed)).random(4).tolist()


def test_a_sitting_ends_also_by_an_exception():
    def judge():
        with sitting(HIDDEN):
            assert exam.exam() is HIDDEN
            return 1 / 0

    with pytest.raises(ZeroDivisionError):
        judge()
    assert exam.exam().public


def test_the_key_is_not_shown():
    assert KEY.decode() not in repr(HIDDEN)
    assert "moon-101" in repr(HIDDEN)


@pytest.mark.parametrize("wrong", [{"key": b"short"}, {"student": ""}, {"student": "a|b"}, {"course": 3}])
def test_a_sitting_refuses_what_would_make_streams_collide(wrong):
    fields = {"key": KEY, "course": "c", "assignment": "a", "version": "1", "student": "s"} | wrong
    with pytest.raises(LunarlabError):
        Exam(**fields)


def test_a_variant_comes_from_the_key_else_from_the_file_else_from_the_lesson(walls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert exam.variant("09.wall") == walls.usual
    drawn = HIDDEN.variant("09.wall")
    assert drawn["rim_m"] in range(500, 700) and drawn == HIDDEN.variant("09.wall")
    exam.write_variant(tmp_path / "variant.json", {"09.wall": drawn})
    assert exam.variant("09.wall") == drawn
    assert exam.variant("09.wall") is not drawn
    with pytest.raises(TypeError):
        exam.variant("09.wall")["rim_m"] = 1.0
    with sitting(HIDDEN):
        assert exam.variant("09.wall") == drawn


def test_an_exercise_without_a_variant_says_so(walls, monkeypatch):
    monkeypatch.setattr(checks, "exercises", lambda lesson: {"09.gate": Exercise("09.gate", "", 1, (), list)})
    with pytest.raises(LunarlabError, match="no variant"):
        Exam().variant("09.gate")
    with pytest.raises(LunarlabError, match="no exercise"):
        Exam().variant("77.gate")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", '{"version": 2, "numbers": {}}', '{"version": 1}', '{"version": 1, "numbers": 3}',
        '{"version": 1, "numbers": {"09.wall": 3}}', '{"version": 1, "numbers": {"09.wall": {"rim_m": "high"}}}',
        '{"version": 1, "numbers": {"09.wall": {"rim_m": 1}}}', '{"version": 1, "numbers": {"09.wall": {"rim_m": NaN, "floor_m": 1}}}',
        "[" * 100_000, '{"version": 1, "numbers": {"09.wall": {"rim_m": 1' + "0" * 5000 + ', "floor_m": 1}}}', "x" * 70_000,
    ],
)  # fmt: skip
def test_a_broken_file_is_a_sentence(walls, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "variant.json").write_text(text)
    with pytest.raises(LunarlabError, match=r"variant\.json|needs the finite"):
        exam.variant("09.wall")


def test_a_check_in_the_notebook_asks_for_the_numbers_of_the_file_beside_it(walls, tmp_path, monkeypatch):
    """Else a right answer to one's own numbers would be called wrong."""
    judge = lambda x: [band("rim", 1, x, exam.exam().variant("09.wall")["rim_m"], 1e9, "m", "")]  # noqa: E731
    monkeypatch.setattr(checks, "find", lambda id: replace(walls, judge=judge, answers=("x",), points=1))
    monkeypatch.setattr(exam, "_exercise", lambda id: walls)
    monkeypatch.chdir(tmp_path)
    assert checks.check("09.wall", 650.0).points == 1
    exam.write_variant(tmp_path / "variant.json", {"09.wall": {"rim_m": 700.0, "floor_m": -1000.0}})
    assert exam.variant("09.wall")["rim_m"] == 700.0
    assert checks.check("09.wall", 650.0).points == 0 and checks.check("09.wall", 700.0).points == 1
    (tmp_path / "variant.json").write_text("[]")
    assert "copy it beside the notebook again" in checks.check("09.wall", 700.0).message
