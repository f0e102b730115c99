"""The counterfactual bench as a picture: decisions below each other, missions side by side, what each does in each cell."""

from __future__ import annotations

import textwrap

import numpy as np

from lunarlab.cases.bench import Bench, Cell
from lunarlab.plots import scene as s
from lunarlab.plots.style import LunarFigure

_CLASSES = ("no effect", "prevents", "causes", "both")
_INKS = ("grey", "green", "red", "yellow")
_SHAPES = {"prevents": "triangle", "causes": "cross", "both": "diamond"}


def _counts(cells: tuple[Cell, ...], effect: str) -> int:
    return sum(cell.effect == effect for cell in cells)


def words(bench: Bench) -> str:
    """The matrix in words: every cell in which a decision changes the end, with its counts and reason."""
    told = " ".join(f"{line}." for line in bench.told.splitlines())
    return (
        f"{len(bench.decisions)} decisions on {len(bench.cases)} missions, {len(bench.seeds)} seed(s): "
        f"{_counts(bench.cells, 'prevents')} cells in which a decision prevents a failure, "
        f"{_counts(bench.cells, 'causes')} in which it causes one, {_counts(bench.cells, 'both')} of both, "
        f"{_counts(bench.cells, 'no effect')} without effect, {_counts(bench.cells, 'not applicable')} in which it does not "
        f"apply. {told}"
    )


def bench_scene(bench: Bench, *, chosen: Cell | None = None, paper: bool = False) -> s.Scene:
    """The matrix. Missions have numbers: their names are tiles below it, on paper words below the axis.

    Parameters
    ----------
    bench : Bench
    chosen : Cell, optional
        Marked, and told in the notes.
    """
    rows, columns = len(bench.decisions), len(bench.cases)
    values = np.full((rows, columns), np.nan)
    spots: dict[str, list[tuple[float, float, str]]] = {effect: [] for effect in _SHAPES}
    for i, cell in enumerate(bench.cells):
        row, column = rows - 1 - i // columns, i % columns  # the first decision on top
        if cell.effect in _CLASSES:
            values[row, column] = _CLASSES.index(cell.effect)
        if cell.effect in spots:
            spots[cell.effect].append((column + 1.0, float(row), str(cell)))
    marks: list[s.Mark] = []
    if np.isfinite(values).any():
        marks.append(s.Classes(values, 1.0, float(columns), 0.0, float(rows - 1), _CLASSES, _INKS, 0.55))
    for effect, some in spots.items():
        if some:
            x, y, texts = zip(*some, strict=True)
            marks.append(s.Dots(np.array(x), np.array(y), "ink", _SHAPES[effect], "", 7.0, texts=texts))
    if chosen is not None:
        at = bench.cells.index(chosen)
        marks.append(s.Spot(at % columns + 1.0, float(rows - 1 - at // columns), "", "blue", "ring", size=17.0))
    names = [f"{i + 1} {name}" for i, name in enumerate(bench.cases)]
    label = "mission: " + ", ".join(names) if paper else "mission (numbers: see below)"
    across = s.Axis(
        "\n".join(textwrap.wrap(label, 118, break_on_hyphens=False)),
        0.5,
        columns + 0.5,
        ticks=tuple((i + 1.0, str(i + 1)) for i in range(columns)),
    )
    down = s.Axis(
        "", -0.6, rows - 0.4, ticks=tuple((float(rows - 1 - i), d.name) for i, d in enumerate(bench.decisions))
    )
    view = s.View("What each decision would have changed", across, down, tuple(marks), height=19 * rows + 20)
    notes = tuple(textwrap.wrap(str(chosen), 160)) if chosen is not None else ()
    return s.Scene(
        f"Decisions and missions, {len(bench.seeds)} seed{'s' if len(bench.seeds) > 1 else ''}", ((view,),), words(bench),
        tuple(s.Tile(name.partition(" ")[0], name.partition(" ")[2]) for name in names), notes=notes,
        facts={effect.replace(" ", "_"): float(_counts(bench.cells, effect)) for effect in (*_CLASSES, "not applicable")},
    )  # fmt: skip


def counterfactuals(bench: Bench) -> LunarFigure:
    """The matrix of `lunarlab.cases.bench.bench` as a figure; its description tells every cell that changes something."""
    from lunarlab.plots.paint import paint

    return paint(bench_scene(bench, paper=True))
