"""Whatever counts as an answer in the notebook counts as the same behind the fence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lunarlab.ephemeris import tdb
from lunarlab.errors import LunarlabError
from lunarlab.grading import answers as a
from tests.grading_sandbox.conftest import GOOD, Bench, descend, session

PRELUDE = """
import collections, datetime as dt, decimal, enum, fractions, math, types
from dataclasses import dataclass
from typing import NamedTuple
import numpy as np, sympy as sp
from astropy import units as u
class Level(enum.IntEnum):
    HIGH = 3
class Colour(enum.Enum):
    RED = "red"
class Text(str): pass
class Metres(float): pass
class Three(NamedTuple):
    x: float
    y: float
@dataclass
class Row:
    x: float = 1.0
class Odd:
    def __float__(self): raise ValueError("no")
"""
VALUES = """
2.5; 10**30; 2.5 + 0j; True; math.inf; float("nan"); "2.5"; None; ...; Metres(2.5); Level.HIGH; Colour.RED; Text("late"); Odd()
np.float16(2.5); np.longdouble(2.5); np.bool_(True); np.str_("late"); np.array(2.5); np.array([[2.5]]); np.array([1, 2])
np.ma.array([1.0, 2.0]); np.array(["a", "b"]); np.array([1.0, None], dtype=object); np.zeros(2, dtype=[("a", "f8")])
fractions.Fraction(5, 2); decimal.Decimal("2.5"); sp.Float(2.5); sp.Rational(5, 2); sp.pi; sp.Symbol("x"); sp.Matrix([1, 2]); sp.sqrt(2) * 3
2.5 * u.km; 90.0 * u.deg; 2.5 * u.one; np.array([1, 2]) * u.m; [1.0 * u.km, 2.0 * u.m]; (np.float32(1.5), sp.Float(2.0))
[2.5]; (1, 2); Three(1.0, 2.0); {1, 2}; range(2); collections.deque([1, 2]); (i for i in (1, 2)); map(float, [1, 2]); {"a": 1, "b": 2}.values()
{"a": 1}; collections.OrderedDict(a=1); collections.defaultdict(float, {"a": 1}); types.MappingProxyType({"a": 1}); types.SimpleNamespace(a=1)
{"a": sp.sqrt(2)}; {"a": {"b": [1, (2, 3)]}}; Row(); Row; math.sqrt; np.sqrt
"""
DATES = """
dt.datetime(2025, 6, 5, 3, 2, 1); dt.datetime(2025, 6, 5, tzinfo=dt.timezone(dt.timedelta(hours=9))); dt.date(2025, 6, 5); dt.timedelta(days=1)
np.datetime64("2025-06-05T03:02"); np.datetime64("2025-06-05"); "2025-06-05T03:02"; "2025-06-05 TDB"; 8.0e8; 8.0e8 * u.s
"""


def sources(text: str) -> list[str]:
    return [source.strip() for line in text.strip().splitlines() for source in line.split(";")]


def tried(judge: Any, *arguments: Any) -> Any:
    try:
        return judge(*arguments)
    except (a.BadAnswer, a.Unanswered, LunarlabError) as error:
        return type(error).__name__


def read(value: Any) -> list[Any]:
    """What the judges would make of it: a number, what stands under a key, two numbers."""
    held = tried(a.mapping, value, ("a",), "x")
    under = tried(a.number, held["a"], "x") if not isinstance(held, str) else held
    return [callable(value), tried(a.number, value, "x"), under, tried(a.numbers, value, 2, "x", "two")]


@pytest.mark.parametrize(("text", "judge"), [(VALUES, read), (DATES, lambda value: tried(tdb, value))], ids=["values", "dates"])
def test_a_value_is_read_alike_on_both_sides(bench: Bench, text: str, judge: Any) -> None:
    rows = {f"v{i}": source for i, source in enumerate(sources(text))}
    opened = bench.open(PRELUDE + "".join(f"{name} = {source}\n" for name, source in rows.items()), limits=session.Limits())
    assert opened.load(rows).errors == ()
    scope: dict[str, Any] = {}
    exec(PRELUDE, scope)  # noqa: S102
    for name, source in rows.items():
        assert judge(opened.answers(f"99.{name}", (name,))[0]) == judge(eval(source, scope)), source  # noqa: S307


@pytest.mark.parametrize("head", ["@njit(cache=True)\ndef law", pytest.param("@njit\ndef law", marks=pytest.mark.hostile)])
def test_a_law_that_the_student_compiled(bench: Bench, head: str) -> None:
    opened = bench.open("from numba import njit\n" + GOOD.replace("def law", head), limits=session.Limits())
    assert opened.load().errors == ()
    assert descend(opened.answers("99.0", ("law",))[0]) < 2.0  # type: ignore[operator]


def test_a_definition_that_can_be_called_is_a_function(bench: Bench) -> None:
    text = GOOD + "\nfrom dataclasses import dataclass\nplain = law\n@dataclass\nclass Pilot:\n    gain: float = 1.0\n"
    text += "    def __call__(self, t, est, params): return plain(t, est, params)\nlaw = Pilot()"
    _, law = bench.law(text)
    assert descend(law) < 2.0  # type: ignore[operator]


def test_kernels_that_a_notebook_names_are_there_before_the_flight(bench: Bench) -> None:
    """A flight begins in a fresh process: without this each would load, or compile, the same machine code again."""
    text = "import lunarlab as ll\nquiz = ll.quiz\nfrom lunarlab.descent import guidance as g\ndef law(t, est, params):\n"
    text += "    return float(len(g.builtin_law.overloads)), float(len(g.brake_distance.overloads)), quiz and 0.0"
    _, law = bench.law(text.replace("g.brake_distance", "getattr(g, 'brake_distance')"), limits=session.Limits())
    named, hidden, _ = law(0.0, np.zeros(3), np.zeros(3))
    assert named > 0 and hidden == 0
