"""Which statements of a notebook run, and that right answers survive everything that notebooks are like."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from lunarlab.grading.batch import score
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


OWN = score.OWN
"""As cells run where points were missing."""
FILLED = [
    "def setup(rows):\n    rows.append(1)\nsetup(tab)", "def setup():\n    tab.append(1)\nsetup()",
    "def setup(rows, k):\n    fill(rows)\ndef fill(rows):\n    rows[:] = [1]\nsetup(tab, 2)", "[tab.append(i) for i in (1,)]", "_ = tab.append(1)",
    "ok = print(tab.append(1))", "for row in (tab,):\n    row[:] = [1]", "for i, row in enumerate([1]):\n    tab.append(row)", "row = tab\nrow += [1]\nrow[0] = 1",
    "both = {'t': tab}\nalias = tab\nalias.append(1)", "for a, b in zip([tab], [1]):\n    a.append(b)", "import heapq\nheapq.heappush(tab, 1)",
    "list(map(tab.append, [1]))", "import operator\nfrom functools import reduce\ndef add(x):\n    tab.append(x)\nlist(map(add, [1]))",
    "def register(f):\n    tab.append(1)\n    return f\n@register\ndef law(): pass", "class Store:\n    def __init__(self):\n        tab.append(1)\nstore = Store()",
    "class Store:\n    def fill(self):\n        tab.append(1)\nStore().fill()", "add = lambda x: tab.append(x)\nadd(1)", "globals()['tab'] = [1]", "exec('tab = [1]')",
    "globals().update(tab=[1])", "if True:\n    tab.append(1)", "with open('/dev/null') as f:\n    tab.append(1)", "for row in [tab]:\n    row.extend([1])",
    "rows = [tab]\nfor row in rows:\n    row.append(1)", "try:\n    tab.append(1)\nexcept KeyError:\n    pass", "setattr(box, 'tab', 1)\ntab += [box.tab]",
    "%time tab.append(1)", "await fill()\nasync def fill():\n    tab.append(1)", "!pip install \\\n   numpy\ntab.append(1)", "n = (7\n% 4)\n%matplotlib inline\ntab.append(1)",
]  # fmt: skip


@pytest.mark.parametrize("text", FILLED)
def test_whatever_fills_an_object_outside_the_answer_runs(text: str) -> None:
    scope, made = ran((OWN, "class Box: pass\nbox = Box()\ntab = []"), (OWN, text), ("1.a", "def f(): return len(tab)"))
    assert scope["f"]() >= 1, made.errors


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("n = 0", "def f():\n    global n\n    n += 1\n    return n", 1), ("def init():\n    global K\n    K = 3\ninit()", "def f(): return K", 3),
        ("import numpy as np\nm = np.zeros((2, 2))\nnp.fill_diagonal(m, 1)", "def f(): return m[1, 1]", 1.0),
        ("import numpy as np\nm = np.zeros(2)\nnp.add(m, 1, out=m)", "def f(): return m[1]", 1.0), ("import numpy as np\nm = np.zeros(2)\nnp.copyto(m, [1, 2])", "def f(): return m[1]", 2.0),
        ("import numpy as np\nm = np.zeros((2, 2))\nrow = m[0]\nrow[:] = 1", "def f(): return m[0, 1]", 1.0), ("table = [{}]\nfor row in table:\n    row['k'] = 1", "def f(): return table[0]['k']", 1),
        ("import numpy as np\nnp.random.seed(1)", "import numpy as np\ndef f(): return np.random.random()", 0.417022004702574),
        ("import sys\nsys.setrecursionlimit(4321)", "import sys\ndef f(): return sys.getrecursionlimit()", 4321), ("import math\nmath.g = 1.62", "import math\ndef f(): return math.g", 1.62),
        ("class C: pass\nc = C()\nsetattr(c, 'k', 2)", "def f(): return c.k", 2), ("class C:\n    k = 1\n    def setup(self):\n        self.k = 2\nc = C()\nok = c.setup()", "def f(): return c.k", 2),
    ],
)  # fmt: skip
def test_state_that_is_set_outside_the_answer_is_there(text: str, name: str, value: Any) -> None:
    import math
    import sys

    limit = sys.getrecursionlimit()
    try:
        scope, made = ran((OWN, text), ("1.a", name))
        assert scope["f"]() == value, made.errors
    finally:
        sys.setrecursionlimit(limit)
        vars(math).pop("g", None)


def test_what_only_shows_or_flies_does_not_run() -> None:
    """A lesson's own flights and figures take minutes; an answer hangs on none of them."""
    rows = (
        (None, "import lunarlab as ll, matplotlib.pyplot as plt\nfrom lunarlab.cases import case\nm1 = ll.case('m1')\ntab = []"),
        (None, "flight = m1.fly(law)\nother = ll.fly(m1.scenario, guidance=law, rows=tab)\nll.check('1.a', law)\nplt.plot(tab)\nprint(tab)"),
        (None, "def show(what, flight=None):\n    print(what, flight.reasons)\nshow(tab, flight)"),
        ("1.a", "def law(): return m1, tab"),
    )
    assert chosen(*rows) == ["import lunarlab as ll", "m1 = ll.case('m1')", "tab = []", "def law():\n    return (m1, tab)"]


@pytest.mark.parametrize("text", [
    "from __future__ import annotations\ndef f(x: Unknown): return f.__annotations__['x']",
    "from dataclasses import dataclass, KW_ONLY\nfrom typing import ClassVar\n@dataclass\nclass P:\n    a: float\n    _: KW_ONLY\n    b: float = 2.0\n    n: ClassVar[int] = 1\ndef f(x): return repr(P(1.0))",
    "def f(x): return repr(__import__('pickle').loads(__import__('pickle').dumps(K(1))))\nclass K:\n    def __init__(self, x): self.x = x\n    def __repr__(self): return 'K'",
    "import __main__\nG = 5\ndef f(x): return str(__main__.G)", "def f(x):\n    display(x)\n    get_ipython().run_line_magic('matplotlib', 'inline')\n    return 'shown'",
])  # fmt: skip
def test_a_notebook_is_a_module_of_its_own(bench: Bench, text: str) -> None:
    made = bench.open(text + "\ndef law(): return [ord(letter) for letter in f(1.0)]")
    assert made.load().errors == ()
    said = "".join(map(chr, made.answers("99.0", ("law",))[0]()))  # type: ignore[operator]
    assert said in ("Unknown", "P(a=1.0, b=2.0)", "K", "5", "shown")


def test_what_a_text_shows_that_it_needs_runs_at_once() -> None:
    """Without all cells: these are too common to take a second look."""
    for helper, answer in (
        ("n = 0", "def f():\n    global n\n    n += 1\n    return n"), ("import xml.dom.minidom\nimport xml.sax", "import xml\nd = xml.dom.minidom\ndef f(): return 1"),
        ("A = [1]\nr = A[0]\nr += 0", "def f(): return r"), ("x = 1\nFalse and (x := 5)", "def f(): return x"), ("x = %time 1", "def f(): return x"),
        ("x = await g()\nasync def g(): return 1", "def f(): return x"),
    ):  # fmt: skip
        scope, made = ran((None, helper), ("1.a", answer))
        assert scope["f"]() == 1, (helper, made.errors)


def test_what_a_failed_statement_did_it_does_not_do_again() -> None:
    scope, _ = ran(("1.a", "d = []\nfor i in range(5):\n    d.append(i)\n    if i == 2: raise ValueError"))
    assert scope["d"] == [0, 1, 2]


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
