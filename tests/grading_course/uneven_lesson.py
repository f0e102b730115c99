"""Exercises with a flaw that only some students meet: in their numbers, in the hidden scenarios, in how hard it is."""

from __future__ import annotations

from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding


def judge_wall(answer):
    """A metre above the wall; the judge forgets that walls above 680 m were drawn, too."""
    wall = exam().variant("92.wall")["wall_m"]
    got = a.number(answer, "height_m")
    return [Finding("above the wall", 2, abs(got - wall - 1.0) < 1e-6 and wall < 680.0, f"{got:g} m", "wall + 1 m", "Add 1 m.")]


def judge_root(answer):
    """A square root, of numbers that now and then are negative."""
    root = a.function(answer, "root")
    rows = [float(x) for x in exam().rng("92.root").uniform(-1.0, 9.0, 2)]
    return [Finding(f"root of {x:.3f}", 1, abs(a.number(a.call(root, x, name="root"), "root(x)") ** 2 - x) < 1e-6) for x in rows]


def judge_luck(answer):
    """A point for each of ten tries that a guess hits."""
    guess = a.function(answer, "sign")
    rows = exam().rng("92.luck").normal(size=10)
    return [Finding(f"try {i}", 1, a.call(guess, float(x), name="sign") == (x > 0.0)) for i, x in enumerate(rows)]


def even_wall(answer):
    wall = exam().variant("92.even")["wall_m"]
    return [Finding("above the wall", 2, abs(a.number(answer, "top_m") - wall - 1.0) < 1e-6)]


def draw(rng):
    return {"wall_m": float(rng.integers(500, 700))}


EXERCISES = (
    Exercise("92.wall", "over the wall", 2, ("height_m",), judge_wall, usual={"wall_m": 600.0}, variant=draw),
    Exercise("92.root", "a root", 2, ("root",), judge_root),
    Exercise("92.luck", "the sign", 10, ("sign",), judge_luck),
    Exercise("92.even", "over the wall", 2, ("top_m",), even_wall, usual={"wall_m": 600.0}, variant=draw),
)
