"""Which statements of a notebook run, and that right answers survive everything that notebooks are like."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from lunarlab.grading.sandbox import tiers
from tests.grading_sandbox.conftest import GOOD, SHORT, Bench, descend, session

sys.path.insert(0, str(tiers.INSIDE))
import cells as inside

sys.path.pop(0)


def program(*rows: tuple[str | None, str]) -> Any:
    return inside.parse([{"index": i, "kind": "code", "id": id, "text": text} for i, (id, text) in enumerate(rows)])


def chosen(*rows: tuple[str | None, str], names: tuple[str, ...] = ()) -> list[str]:
    return [inside.ast.unparse(s.node) for s in inside.needed(program(*rows), set(names))]


def ran(*rows: tuple[str | None, str], names: tuple[str, ...] = ()) -> tuple[dict[str, Any], Any]:
    made, scope = program(*rows), {"__name__": "__main__"}
    inside.run(made, set(names), scope)
    return scope, made


def test_only_what_an_answer_needs_runs() -> None:
    rows = (
        (None, "import sympy as sp, math\nfrom math import sin, cos"),
        (None, "G = 2.0\nslow = 1 / 0"),
        (None, "x, y = 1, 2\nfor x in range(3):\n    plotted = sp.sin(x)"),
        ("1.a", "def f(x):\n    y = x\n    return G * cos(y) + sum(x for x in (1, 2))"),
        (None, "print(f(2.0))"),
    )
    assert [line.split("\n")[0] for line in chosen(*rows)] == ["from math import cos", "G = 2.0", "def f(x):"]


def test_what_is_read_at_once_comes_from_before_what_functions_read_from_anywhere() -> None:
    rows = (
        (None, "k = 1"), (None, "k = 2\nk += 1"), ("1.a", "x = k\ndef f(): return helper(later)"), (None, "k = 1 / 0"),
        (None, "def helper(v): return v + 1"), (None, "later = 41"),
    )  # fmt: skip
    assert chosen(*rows) == [
        "k = 2", "k += 1", "x = k", "def f():\n    return helper(later)", "def helper(v):\n    return v + 1", "later = 41",
    ]  # fmt: skip
    scope, _ = ran(*rows)
    assert (scope["x"], scope["f"]()) == (3, 42)


def test_what_changes_an_object_runs_too() -> None:
    scope, _ = ran((None, "gains = {'k': 1}"), (None, "gains['k'] = 5\ngains.update(d=2)"), ("1.a", "def f(): return gains"))
    assert scope["f"]() == {"k": 5, "d": 2}


def test_cells_out_of_order_run_on_the_second_try() -> None:
    scope, made = ran(("1.b", "y = 2 * x"), ("1.a", "x = 21"))
    assert scope["y"] == 42 and made.errors == []


def test_errors_name_cell_and_line() -> None:
    scope, made = ran((None, "def g():\n    return 1 / 0"), ("1.a", "a = 1\n\nb = g()\nc = 3"), ("1.b", "def :"))
    assert scope["c"] == 3
    assert sorted(made.errors) == [(1, 2, "ZeroDivisionError"), (2, 1, "SyntaxError")]


@pytest.mark.parametrize(
    "text",
    [
        "%matplotlib inline\nx = 1", "!pip install everything\nx = 1", "x = 1\n%timeit x", "x = 1\nx?", "?x\nx = 1", "%%time\nx = 1",
        "files = !ls\nx = 1", "%%capture out\nx = 1", "if True:\n    !ls\nx = 1", "%load_ext autoreload\n%autoreload 2\nx = 1",
    ],
)  # fmt: skip
def test_s42_magics_are_left_out_with_a_note(text: str) -> None:
    scope, made = ran(("1.a", text))
    assert scope["x"] == 1 and made.notes and made.errors == []


def test_s42_cells_of_other_languages_are_left_out_and_texts_are_left_alone() -> None:
    scope, made = ran(("1.a", "%%bash\nrm -rf /"), ("1.b", 'x = """\n%matplotlib inline\n!ls\n"""'))
    assert scope["x"] == "\n%matplotlib inline\n!ls\n"
    assert [note[0] for note in made.notes] == [0]


@pytest.mark.parametrize("text", ["(" * 5000 + ")" * 5000, "x = " + "-" * 100_000 + "1", "\0", "x = '\ud800'", "é = 1; x = é", "\tx = 1"])
def test_strange_text_is_an_error_of_its_cell_at_most(text: str) -> None:
    scope, _ = ran(("1.a", text), ("1.b", "y = 1"))
    assert scope["y"] == 1


LATE = """
def law(t, est, params):
    return steer(est)
"""


@pytest.mark.parametrize(
    "texts",
    [
        (LATE, "def steer(est):\n    want = -max(1.0, min(30.0, 0.25 * est[0]))\n    return 1.62 + 2.0 * (want - est[1]), 0.0, 0.0"),
        ("import numpy as np\n" + GOOD + "\nplain = law\ndef law(t, est, params): return np.array(plain(t, est, params), dtype=np.float32)",),
        (GOOD + "\nfrom functools import partial\ndef base(k, t, est, params): return law0(t, est, params)\nlaw0, law = law, partial(base, 3)",),
        (GOOD + "\nlaw0 = law\nclass Pilot:\n    def __init__(self): self.n = 0\n    def __call__(self, t, est, params):\n        self.n += 1\n        return list(law0(t, est, params))\nlaw = Pilot()",),
        (GOOD + "\nlaw0 = law\nlaw = lambda t, est, params: law0(t, est, params)",),
        pytest.param(("from numba import njit\n" + GOOD.replace("def law", "@njit\ndef law"),), marks=pytest.mark.hostile),
    ],
    ids=["helper after answer", "numpy scalars", "partial", "instance", "lambda", "compiled"],
)  # fmt: skip
def test_right_answers_of_every_shape_land(bench: Bench, texts: tuple[str, ...]) -> None:
    made = bench.open(*texts, limits=session.Limits())
    assert made.load().errors == ()
    law = made.answers("99.0", ("law",))[0]
    assert descend(law) < 2.0 and descend(law, 300.0) < 2.0  # type: ignore[operator]


def test_names_that_no_answer_cell_binds_are_found_and_missing_ones_told(bench: Bench) -> None:
    made = session.open(bench.tier, [session.Cell(0, "markdown", "99.0", "x = 3"), session.Cell(1, "code", None, "y = 4")], slot=0, limits=SHORT)
    with made:
        assert made.load(("y", "z")).missing == ("z",)
        assert made.answers("99.0", ("y", "z", "x")) == (4, None, None)
