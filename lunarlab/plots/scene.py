"""A picture as data: what is drawn, on which axes, with which words, which readouts, and what it says in one paragraph.

A `Scene` is drawn twice from one description: on a canvas in the browser by `lunarlab.console`, on paper by
`lunarlab.plots.paint`. Nothing is drawn here, and neither matplotlib nor widgets are needed.

Values are in the unit that their axis names (kilometres, days): a scene is for the eye, SI ends at its door.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

INKS = ("blue", "orange", "green", "red", "pink", "yellow", "ink", "grey")
"""Colours by name: those of Okabe and Ito, which people who are colour-blind can tell apart; on dark and on white."""
DASHES = ("", "dash", "dot", "dashdot")
SHAPES = ("dot", "ring", "cross", "diamond", "square", "triangle", "star")
MOODS = ("", "good", "fair", "bad")
BODIES = ("earth", "moon", "sun", "")


def column(values: Any) -> np.ndarray:
    """`values` as an array of float64, as scenes hold them."""
    return np.ascontiguousarray(values, dtype=float)


def _same_size(mark: Any, *names: str) -> None:
    sizes = {name: column(getattr(mark, name)) for name in names if getattr(mark, name) is not None}
    if len({array.shape for array in sizes.values()}) != 1:
        raise ValueError(f"{type(mark).__name__}: {', '.join(f'{n} has shape {a.shape}' for n, a in sizes.items())}")
    for name, array in sizes.items():
        object.__setattr__(mark, name, array)


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis: words with their unit, limits, and how it counts.

    `kind` is "number", "log" or "date"; a date axis counts days from `origin` (ISO, UTC). `ticks` names values instead
    of counting. `clock` marks the axis on which the time of the scene's clock runs.
    """

    label: str
    low: float
    high: float
    kind: str = "number"
    origin: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    clock: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low != self.high):
            raise ValueError(f"axis {self.label!r} goes from {self.low} to {self.high}")


@dataclass(frozen=True, eq=False)
class Line:
    """A line through points; NaN lifts the pen. `name` puts it into the legend."""

    x: np.ndarray
    y: np.ndarray
    ink: str = "blue"
    name: str = ""
    dash: str = ""
    width: float = 2.2
    alpha: float = 1.0

    def __post_init__(self) -> None:
        _same_size(self, "x", "y")


@dataclass(frozen=True, eq=False)
class Fill:
    """A filled polygon."""

    x: np.ndarray
    y: np.ndarray
    ink: str = "grey"
    name: str = ""
    alpha: float = 0.25

    def __post_init__(self) -> None:
        _same_size(self, "x", "y")


@dataclass(frozen=True, eq=False)
class Boxes:
    """Rectangles from x0 to x1 and y0 to y1 (arrays), for bars and calendars."""

    x0: Any
    x1: Any
    y0: Any
    y1: Any
    ink: str = "blue"
    name: str = ""
    alpha: float = 0.8
    texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _same_size(self, "x0", "x1", "y0", "y1")


@dataclass(frozen=True, eq=False)
class Dots:
    """Points with one shape. With `keys`, whole numbers, each can be picked in the browser; `key_name` says what of.

    `texts` has words for each, shown where the pointer rests on it.
    """

    x: np.ndarray
    y: np.ndarray
    ink: str = "blue"
    shape: str = "dot"
    name: str = ""
    size: float = 5.0
    keys: np.ndarray | None = None
    key_name: str = ""
    texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _same_size(self, "x", "y", "keys")


@dataclass(frozen=True, eq=False)
class Spot:
    """One point with words beside it: `side` right, left, above, below or corner (above, to the right), if there is room."""

    x: float
    y: float
    text: str = ""
    ink: str = "ink"
    shape: str = "dot"
    side: str = "right"
    size: float = 6.0


@dataclass(frozen=True, eq=False)
class Disc:
    """A body to scale; never smaller than `least` pixels, so that it can be seen."""

    x: float
    y: float
    radius: float
    body: str = "moon"
    name: str = ""
    least: float = 2.5
    ink: str = "grey"


@dataclass(frozen=True, eq=False)
class Rule:
    """A straight line over the whole view at one value of an axis; words of a level stand at its "start" or its "end"."""

    value: float
    axis: str = "x"
    text: str = ""
    ink: str = "red"
    dash: str = "dot"
    side: str = "start"


@dataclass(frozen=True, eq=False)
class Arrow:
    """An arrow from (x, y) to (x + dx, y + dy), with words at its tip."""

    x: float
    y: float
    dx: float
    dy: float
    text: str = ""
    ink: str = "ink"


@dataclass(frozen=True, eq=False)
class Heat:
    """A field on a regular grid, values[row, column] from (x0, y0) to (x1, y1), in colour from `low` to `high`.

    NaN stays dark. `levels` are drawn as lines with their values. `label` names the field and its unit.
    """

    values: np.ndarray
    x0: float
    x1: float
    y0: float
    y1: float
    low: float
    high: float
    label: str
    levels: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", column(self.values))


@dataclass(frozen=True, eq=False)
class Region:
    """Where a field on a regular grid is below `level`, filled, with a drawn edge."""

    values: np.ndarray
    x0: float
    x1: float
    y0: float
    y1: float
    level: float
    ink: str = "grey"
    name: str = ""
    alpha: float = 0.35

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", column(self.values))


@dataclass(frozen=True, eq=False)
class Classes:
    """A regular grid of classes: values[row, column] is a place in `names` and `inks`. NaN stays empty.

    The middle of the first cell is (x0, y0), that of the last (x1, y1).
    """

    values: np.ndarray
    x0: float
    x1: float
    y0: float
    y1: float
    names: tuple[str, ...]
    inks: tuple[str, ...]
    alpha: float = 0.75

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", column(self.values))
        if len(self.names) != len(self.inks):
            raise ValueError(f"Classes: {len(self.names)} names and {len(self.inks)} inks")

    @property
    def present(self) -> list[int]:
        """The classes that occur."""
        return [i for i in range(len(self.names)) if (self.values == i).any()]


@dataclass(frozen=True, eq=False)
class Outline:
    """A line of n points that moves with the clock: at each of k times, x and y of shape (k, n). `fill`: how opaque inside."""

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    ink: str = "ink"
    fill: float = 0.0
    width: float = 2.0

    def __post_init__(self) -> None:
        _same_size(self, "x", "y")
        object.__setattr__(self, "t", column(self.t))
        if self.x.ndim != 2 or len(self.t) != len(self.x):
            raise ValueError(f"Outline: {len(self.t)} times and points of shape {self.x.shape}")

    def at(self, now: float) -> tuple[np.ndarray, np.ndarray]:
        """Its points at clock time `now`."""
        i = int(np.clip(np.searchsorted(self.t, now, side="right") - 1, 0, max(len(self.t) - 2, 0)))
        j = min(i + 1, len(self.t) - 1)
        u = float(np.clip((now - self.t[i]) / (self.t[j] - self.t[i]), 0.0, 1.0)) if j > i else 0.0
        return self.x[i] + u * (self.x[j] - self.x[i]), self.y[i] + u * (self.y[j] - self.y[i])


@dataclass(frozen=True, eq=False)
class Mover:
    """Something that moves with the clock along (x, y) at the times t: a spacecraft (radius 0) or a body to scale."""

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    ink: str = "blue"
    body: str = ""
    radius: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        _same_size(self, "t", "x", "y")


Mark = Line | Fill | Boxes | Dots | Spot | Disc | Rule | Arrow | Heat | Region | Classes | Outline | Mover


@dataclass(frozen=True, eq=False)
class View:
    """One drawing: axes and marks, drawn in their order. `equal`: one unit is as long up as it is across."""

    title: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    equal: bool = False
    height: int = 260
    width: float = 1.0


@dataclass(frozen=True, eq=False)
class Tile:
    """A readout: a name and a value in words. With `t` and `values` it follows the clock instead."""

    name: str
    value: str = ""
    mood: str = ""
    t: np.ndarray | None = None
    values: np.ndarray | None = None
    unit: str = ""
    digits: int = 1

    def __post_init__(self) -> None:
        if self.t is not None:
            _same_size(self, "t", "values")


@dataclass(frozen=True)
class Clock:
    """Time that can be scrubbed: from `start` to `stop` in `unit`; the picture opens at `at`. Played, it takes `seconds`."""

    start: float
    stop: float
    unit: str = "h"
    at: float | None = None
    seconds: float = 12.0
    digits: int = 1


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture with its readouts and its words.

    `rows` are views side by side, one tuple below the other. `badge` is a verdict in a word and its mood. `description`
    says in numbers what is to be seen; it is made from the same data as the picture. `facts` are the numbers behind the
    tiles in SI, for a notebook to read.
    """

    title: str
    rows: tuple[tuple[View, ...], ...]
    description: str
    tiles: tuple[Tile, ...] = ()
    badge: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()
    clock: Clock | None = None
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def views(self) -> tuple[View, ...]:
        """All views, row by row."""
        return tuple(view for row in self.rows for view in row)


def circle(x: float, y: float, radius: float, points: int = 181) -> tuple[np.ndarray, np.ndarray]:
    """Points of a circle."""
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    return x + radius * np.cos(angle), y + radius * np.sin(angle)


def between(x: Any, low: Any, high: Any, **style: Any) -> Fill:
    """The area between two curves over the same x."""
    x, low, high = (np.broadcast_to(column(a), column(x).shape) for a in (x, low, high))
    return Fill(np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]]), **style)


def round_up(
    value: float, steps: tuple[float, ...] = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
) -> float:
    """The next round number: limits of axes that keep still while a slider moves."""
    if value <= 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in steps if step * power >= value * (1.0 - 1e-9))
