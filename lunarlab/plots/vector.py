"""``svg(view)``: a view of a scene as SVG text, with colours that a page can turn for dark mode. No matplotlib."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np

from lunarlab.plots import scene as s

WIDTH, HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 34, 44
_LETTER, _WORDS = 6.6, 14
"""Width of a letter and height of a row of words, about."""
_DASHES = {"": "", "dash": "7 4", "dot": "2 3", "dashdot": "8 3 2 3"}


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two limits, at most about so many."""
    raw = abs(high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= raw * (1.0 - 1e-9))
    first = math.ceil(min(low, high) / step - 1e-9)
    last = math.floor(max(low, high) / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


class _Frame:
    """From values to pixels."""

    def __init__(self, view: s.View) -> None:
        self.x, self.y = view.x, view.y

    def px(self, value: Any) -> Any:
        return _LEFT + (value - self.x.low) / (self.x.high - self.x.low) * (WIDTH - _LEFT - _RIGHT)

    def py(self, value: Any) -> Any:
        return HEIGHT - _BOTTOM - (value - self.y.low) / (self.y.high - self.y.low) * (HEIGHT - _TOP - _BOTTOM)


def _number(value: float) -> str:
    return f"{0.0 if abs(value) < 1e-12 else value:.6g}".replace("-", "−")


def _line(f: _Frame, m: s.Line) -> str:
    parts, pen = [], False
    for x, y in zip(m.x.tolist(), m.y.tolist(), strict=True):
        if not (math.isfinite(x) and math.isfinite(y)):
            pen = False
            continue
        parts.append(f"{'L' if pen else 'M'}{f.px(x):.1f} {f.py(y):.1f}")
        pen = True
    dash = f' stroke-dasharray="{_DASHES[m.dash]}"' if m.dash else ""
    return f'<path class="line {m.ink}" d="{"".join(parts)}" stroke-width="{m.width:g}" opacity="{m.alpha:g}"{dash}/>'


def _shape(shape: str, x: float, y: float, size: float) -> str:
    r = 0.62 * size
    if shape == "ring":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" class="hollow"/>'
    if shape in ("square", "diamond"):
        turn = f' transform="rotate(45 {x:.1f} {y:.1f})"' if shape == "diamond" else ""
        return f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}"{turn}/>'
    if shape == "triangle":
        return f'<path d="M{x:.1f} {y - r:.1f}l{r:.1f} {1.8 * r:.1f}h{-2 * r:.1f}z"/>'
    if shape == "cross":
        d = f"M{x - r:.1f} {y - r:.1f}l{2 * r:.1f} {2 * r:.1f}m0 {-2 * r:.1f}l{-2 * r:.1f} {2 * r:.1f}"
        return f'<path class="line" stroke-width="2" d="{d}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{max(0.4 * size, 1.0):.1f}"/>'


def _dots(f: _Frame, m: s.Dots) -> str:
    drawn = []
    for i, (x, y) in enumerate(zip(m.x.tolist(), m.y.tolist(), strict=True)):
        if not (f.x.low <= x <= f.x.high):
            continue
        words = f"<title>{escape(m.texts[i])}</title>" if i < len(m.texts) else ""
        drawn.append(f"<g>{words}{_shape(m.shape, f.px(x), f.py(y), m.size)}</g>")
    return f'<g class="dot {m.ink}">{"".join(drawn)}</g>'


def _points(f: _Frame, m: s.Line) -> np.ndarray:
    """A line in pixels, (2, n), with points so close together that none of the words lies between two of them."""
    x, y = f.px(np.asarray(m.x, float)), f.py(np.asarray(m.y, float))
    share = np.linspace(0.0, 1.0, max(2, 2000 // max(x.size, 1)))[:, None]
    return np.array([(v[:-1] + share * np.diff(v)).ravel() for v in (x, y)])


def _rows(f: _Frame, view: s.View) -> dict[int, int]:
    """In which row the words of each time stand, by its place among the marks: the first that is on no line and no words."""
    lines = [_points(f, mark) for mark in view.marks if isinstance(mark, s.Line) and np.size(mark.x) > 1]
    found: dict[int, int] = {}
    taken: list[tuple[int, float, float]] = []
    for i, mark in enumerate(view.marks):
        if not (isinstance(mark, s.Rule) and mark.axis == "x" and mark.text):
            continue
        x, wide = f.px(mark.value), _LETTER * len(mark.text)
        low, high = (x + 3.0, x + 7.0 + wide) if _right_of(f, mark) else (x - 7.0 - wide, x - 3.0)

        def free(row: int, low: float = low, high: float = high) -> bool:
            top = _TOP + _WORDS * row
            crossed = any(
                bool(np.any((px > low) & (px < high) & (py > top) & (py < top + _WORDS + 3.0))) for px, py in lines
            )
            return not crossed and all(row != other or high < a or low > b for other, a, b in taken)

        rows = int((HEIGHT - _BOTTOM - _TOP) / _WORDS)
        found[i] = next((row for row in range(rows) if free(row)), len(found))
        taken.append((found[i], low, high))
    return found


def _right_of(f: _Frame, m: s.Rule) -> bool:
    return (m.value - f.x.low) / (f.x.high - f.x.low) < 0.5


def _rule(f: _Frame, m: s.Rule, row: int) -> str:
    """`row`: how far down the words of a time stand."""
    dash = f' stroke-dasharray="{_DASHES[m.dash]}"' if m.dash else ""
    if m.axis == "x":
        if not f.x.low <= m.value <= f.x.high:
            return ""
        x, right = f.px(m.value), _right_of(f, m)
        path = f"M{x:.1f} {_TOP}V{HEIGHT - _BOTTOM}"
        where = (
            f'x="{x + (5 if right else -5):.1f}" y="{_TOP + 13 + _WORDS * row}" text-anchor="{"start" if right else "end"}"'
        )
    else:
        y = f.py(m.value)
        path = f"M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"
        where = f'x="{_LEFT + 5}" y="{y - 4:.1f}"'
    words = f'<text class="fill {m.ink}" {where}>{escape(m.text)}</text>' if m.text else ""
    return f'<path class="line {m.ink}" d="{path}" stroke-width="1.2"{dash}/>{words}'


def _spot(f: _Frame, m: s.Spot) -> str:
    x, y = f.px(m.x), f.py(m.y)
    words = f'<text class="fill {m.ink}" x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{escape(m.text)}</text>'
    return f'<g class="dot {m.ink}">{_shape(m.shape, x, y, m.size)}</g>{words if m.text else ""}'


def _arrow(f: _Frame, m: s.Arrow) -> str:
    x0, y0, x1, y1 = f.px(m.x), f.py(m.y), f.px(m.x + m.dx), f.py(m.y + m.dy)
    words = f'<text class="fill {m.ink}" x="{x0 - 6:.1f}" y="{0.5 * (y0 + y1):.1f}" text-anchor="end">{escape(m.text)}</text>'
    return f'<path class="line {m.ink}" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke-width="1.6"/>{words if m.text else ""}'


def _legend(view: s.View) -> str:
    items, x = [], _LEFT
    for mark in view.marks:
        if not isinstance(mark, (s.Line, s.Dots)) or not mark.name:
            continue
        if isinstance(mark, s.Line):
            dash = f' stroke-dasharray="{_DASHES[mark.dash]}"' if mark.dash else ""
            items.append(
                f'<path class="line {mark.ink}" d="M{x} 15h22" stroke-width="{mark.width:g}" opacity="{mark.alpha:g}"{dash}/>'
            )
        else:
            items.append(f'<g class="dot {mark.ink}">{_shape(mark.shape, x + 12, 15, mark.size)}</g>')
        items.append(f'<text x="{x + 28}" y="19">{escape(mark.name)}</text>')
        x += 40 + int(_LETTER * len(mark.name))
    return "".join(items)


def svg(view: s.View, words: str) -> str:
    """A view as SVG; `words` say what is in it, for those who can't see it.

    Lines, dots, spots, rules and arrows are drawn; the page gives the classes ``line``, ``dot``, ``fill``, ``hollow``,
    ``grid`` and the names of inks their colours.
    """
    f = _Frame(view)
    parts = []
    for value in ticks(view.x.low, view.x.high, 6):
        x = f.px(value)
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{_number(value)}</text>')
    for value in ticks(view.y.low, view.y.high, 5):
        y = f.py(value)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}</text>')
    inside: list[str] = []
    rows = _rows(f, view)
    for i, mark in enumerate(view.marks):
        if isinstance(mark, s.Line) and np.isfinite(mark.y).any():
            inside.append(_line(f, mark))
        elif isinstance(mark, s.Dots):
            inside.append(_dots(f, mark))
        elif isinstance(mark, s.Rule):
            inside.append(_rule(f, mark, rows.get(i, 0)))
        elif isinstance(mark, s.Spot):
            inside.append(_spot(f, mark))
        elif isinstance(mark, s.Arrow):
            inside.append(_arrow(f, mark))
    middle_x, middle_y = 0.5 * (_LEFT + WIDTH - _RIGHT), 0.5 * (_TOP + HEIGHT - _BOTTOM)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words, quote=True)}">'
        f"{''.join(parts)}"
        f'<svg x="{_LEFT}" y="{_TOP}" width="{WIDTH - _LEFT - _RIGHT}" height="{HEIGHT - _TOP - _BOTTOM}" '
        f'viewBox="{_LEFT} {_TOP} {WIDTH - _LEFT - _RIGHT} {HEIGHT - _TOP - _BOTTOM}">{"".join(inside)}</svg>'
        f"{_legend(view)}"
        f'<text x="{middle_x:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(view.x.label)}</text>'
        f'<text transform="translate(13 {middle_y:.0f}) rotate(-90)" text-anchor="middle">{escape(view.y.label)}</text></svg>'
    )
