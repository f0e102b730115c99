"""Quizzes: one right answer, a sentence for each, text where there are no widgets, buttons where there are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import lunarlab as ll
from lunarlab.errors import LunarlabError
from lunarlab.grading.split import parse

SOLUTIONS = sorted((Path(__file__).parents[2] / "solutions").glob("*.py"))
OPTIONS = {"yes": "It is not.", "*no": "It is so.", "perhaps": "Make up your mind."}


def test_judging():
    quiz = ll.quiz("Is it?", OPTIONS)
    assert quiz.answer("b") == "Right. It is so."
    assert quiz.answer(" A ") == "Not quite. It is not."
    assert quiz.answer("d") == quiz.answer("") == quiz.answer(None) == "Answer with one of a, b, c."
    assert quiz.judge(None) == (False, "Choose an answer first.")


def test_text_form_does_not_tell_the_answer():
    text = repr(ll.quiz("Is it?", OPTIONS))
    assert "b) no" in text
    assert "*" not in text
    assert "It is so" not in text


@pytest.mark.parametrize("options", [{}, {"*a": ""}, {"a": "", "b": ""}, {"*a": "", "*b": ""}])
def test_a_quiz_without_one_right_answer_is_refused(options):
    with pytest.raises(LunarlabError, match="begins with"):
        ll.quiz("Is it?", options)


def test_buttons():
    box = ll.quiz("Is it?", OPTIONS).widget()
    _, question, radio, button, said = box.children
    assert "Is it?" in question.value
    assert radio.value is None
    button.click()
    assert "Choose an answer first" in said.value
    radio.value = "no"
    button.click()
    assert "Right. It is so." in said.value
    assert 'role="status"' in said.value


def test_the_display_carries_text_beside_the_widget():
    bundle = ll.quiz("Is it?", OPTIONS)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "a) yes" in bundle["text/plain"]


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem[:2])
def test_every_answer_in_a_lesson_gets_a_sentence_of_its_own(path):
    quizzes = [c for c in parse(path.read_text("utf-8")) if c.kind == "code" and c.solution.startswith("ll.quiz(")]
    assert len(quizzes) >= 5
    places = []
    for cell in quizzes:
        assert cell.hide, "the source of a quiz is folded, or it tells the answer"
        question, options = (ast.literal_eval(argument) for argument in ast.parse(cell.solution).body[0].value.args)
        quiz = ll.quiz(question, options)
        said = list(quiz.options.values())
        assert len(set(said)) == len(said)
        assert all(len(text) > 30 and text.endswith(".") for text in said)
        places.append(list(quiz.options).index(quiz.right))
    assert len(set(places)) > 1, "the right answer is always in the same place"
