"""The check itself: never raises on an answer, says in a sentence what is wrong with it, keeps the latest result."""

from __future__ import annotations

import logging
import sys
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.descent.navigation import Navigation
from lunarlab.errors import LunarlabError
from lunarlab.grading.checks import LESSONS, exercises

EVERY = [e for lesson in LESSONS for e in exercises(lesson).values()]


def raises(*_):
    raise KeyError("rim")


class Nasty:
    def __repr__(self):
        raise RuntimeError("no")

    __array__ = __len__ = __iter__ = __float__ = __repr__


ODD = {
    "text": "abc", "number": 3.0, "nan": float("nan"), "huge": 1e300, "negative": -5, "bool": True, "list": [1, 2], "dict": {},
    "array": np.zeros((2, 2)), "type": int, "module": sys, "lambda of nothing": lambda: 1, "raises": raises,
    "exits": lambda *_: sys.exit(3), "text out": lambda *_: "abc", "nan out": lambda *_: (float("nan"),) * 6,
    "nested": lambda *_: [[1], [2]], "nasty": Nasty(), "nasty out": lambda *_: Nasty(), "bytes": b"1",
    "recursion": lambda *a: ODD["recursion"](*a),
}  # fmt: skip


@pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.id)
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_answer_is_a_result_of_no_points(exercise, odd):
    result = ll.check(exercise.id, *([odd] * len(exercise.answers)))
    assert result.points == 0
    assert len(result.message) > 40
    assert result._repr_html_()


def not_implemented(*_):
    raise NotImplementedError


STUBS = {"returns None": lambda *_: None, "returns ...": lambda *_: ..., "raises NotImplementedError": not_implemented}
BLANKS = [(e, blank) for e in EVERY for blank in (None, ...)]
NO_FUNCTION = ("00.audit", "01.threads", "02.frozen", "03.porkchop", "04.route", "07.plan", "08.tune", "09.boundary", "10.sources", "11.finding",
               "12.fix", "13.relay", "13.design", "13.dossier")  # they ask for numbers, or labels
BLANKS += [(e, stub) for e in EVERY for stub in STUBS.values() if e.id not in NO_FUNCTION]


@pytest.mark.parametrize(("exercise", "blank"), BLANKS, ids=lambda x: getattr(x, "id", None))
def test_a_stub_is_not_answered_yet(exercise, blank):
    given = [blank, Navigation()] if exercise.id == "10.repair" else [blank] * len(exercise.answers)
    result = ll.check(exercise.id, *given)
    assert (result.points, result.out_of) == (0, exercise.points)
    assert "Not answered yet" in result.message


def test_wrong_number_of_answers_is_a_sentence():
    assert "takes 1 answer" in ll.check("09.gate").message
    assert "my_filter, my_navigation" in ll.check("10.repair", lambda: 0).message


def test_unknown_exercise_suggests_the_nearest():
    with pytest.raises(LunarlabError, match=r"did you mean '09\.gate'"):
        ll.check("09.gates")
    with pytest.raises(LunarlabError, match="no exercise"):
        ll.check("nonsense")


def test_an_error_names_type_and_line():
    message = ll.check("09.innovation", raises).message
    assert "KeyError" in message
    assert "line" in message


def test_prints_warnings_and_logging_cost_nothing(capsys):
    def noisy(range_m, height_m, map_height_m, sigma_height_m, sigma_range_m):
        print("hello")  # noqa: T201
        warnings.warn("careful", stacklevel=2)
        logging.getLogger("student").warning("careful")
        print("oh", file=sys.stderr)  # noqa: T201
        return np.float32(range_m - height_m + map_height_m).astype(float), np.hypot(sigma_height_m, sigma_range_m)

    result = ll.check("09.innovation", noisy)
    assert result.points == 2, result
    assert capsys.readouterr().out == ""


def test_feedback_names_value_band_and_unit():
    result = ll.check("09.bandwidth", lambda q, r, dt: ((q / r) ** 0.25, 1.0))
    assert "rad/s" in result.message
    assert "R dt" in result.message
    assert "yours is 0.01778 rad/s, allowed 0.02526 to 0.02792 rad/s" in result.message


def test_html_is_closed_escaped_and_does_not_speak_in_colour_alone():
    class Tags(HTMLParser):
        depth = 0

        def handle_starttag(self, tag, attrs):
            self.depth += tag not in ("br",)

        def handle_endtag(self, tag):
            self.depth -= 1

    html = ll.check("09.boundary", 2000.0)._repr_html_()
    tags = Tags()
    tags.feed(html)
    assert tags.depth == 0
    assert "not met" in html
    assert "<script" not in ll.check("09.boundary", "<script>")._repr_html_()


def test_progress_adds_the_latest_results():
    ll.check("09.boundary", 850.0)
    assert ("09.boundary", 2) in [(row[0], row[2]) for row in ll.progress("09").rows]
    ll.check("09.boundary", None)
    assert ("09.boundary", 0) in [(row[0], row[2]) for row in ll.progress("09").rows]
    assert ll.progress("09").out_of == 13
    assert "09.gate" in repr(ll.progress("09"))
    assert "09.gate" in ll.progress("09")._repr_html_()
    with pytest.raises(LunarlabError):
        ll.progress("77")
