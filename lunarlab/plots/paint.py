"""``paint(scene)``: a scene on paper. The same data that the console draws in the browser, as a matplotlib figure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_rgba
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lunarlab.plots import scene as s
from lunarlab.plots import style

INKS = {
    "blue": "#0072B2",
    "orange": "#D98200",
    "green": "#009E73",
    "red": "#D55E00",
    "pink": "#B8578F",
    "yellow": "#9A8A00",
    "ink": style.INK,
    "grey": "#7A828C",
}
DASHES = {"": "-", "dash": (0, (5, 2.5)), "dot": (0, (1.2, 2)), "dashdot": (0, (6, 2, 1.2, 2))}
SHAPES = {"dot": "o", "ring": "o", "cross": "X", "diamond": "D", "square": "s", "triangle": "^", "star": "*"}
BODIES = {"earth": "#5B8DB8", "moon": "#B9BDC3", "sun": "#E2B13C", "": "#7A828C"}
PALETTE = ("#fee838", "#d2c060", "#a59c74", "#7d7c78", "#575d6d", "#2a3f6d", "#00224e")
"""Little is bright, much is dark: a shortened cividis (Nuñez et al. 2018), readable for everyone and in grey."""
HEAT = LinearSegmentedColormap.from_list("lunarlab", list(PALETTE))
_SIDES: dict[str, tuple[tuple[int, int], str, str]] = {
    "right": ((7, 0), "left", "center"),
    "left": ((-7, 0), "right", "center"),
    "above": ((0, 7), "center", "bottom"),
    "below": ((0, -7), "center", "top"),
    "corner": ((5, 4), "left", "bottom"),
}
_WORDS: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}


def _line(ax: Axes, m: s.Line) -> None:
    ax.plot(m.x, m.y, color=INKS[m.ink], ls=DASHES[m.dash], lw=0.85 * m.width, alpha=m.alpha, label=m.name or None)


def _fill(ax: Axes, m: s.Fill) -> None:
    ax.fill(m.x, m.y, color=INKS[m.ink], alpha=m.alpha, lw=0, label=m.name or None)


def _boxes(ax: Axes, m: s.Boxes) -> None:
    for i, (x0, x1, y0, y1) in enumerate(zip(m.x0, m.x1, m.y0, m.y1, strict=True)):
        label = m.name if not i and m.name else None
        ax.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, color=INKS[m.ink], alpha=m.alpha, lw=0, label=label))
        first, last = ax.get_xlim()
        room = abs(x1 - x0) / abs(last - first) * 110.0 * ax.get_position().width
        if i < len(m.texts) and m.texts[i] and (not m.name or room > len(m.texts[i])):
            ax.text(0.5 * (x0 + x1), 0.5 * (y0 + y1), m.texts[i], ha="center", va="center", fontsize=8, clip_on=True)


def _dots(ax: Axes, m: s.Dots) -> None:
    face = "none" if m.shape == "ring" else INKS[m.ink]
    ax.plot(m.x, m.y, ls="", marker=SHAPES[m.shape], ms=m.size, mec=INKS[m.ink], mfc=face, label=m.name or None)


def _free_side(ax: Axes, m: s.Spot) -> str:
    """The side of a point on which its words stay inside the axes: the wanted one if they do."""
    (x0, x1), wide = ax.get_xlim(), ax.get_position().width * 9.0
    share = min(max((m.x - x0) / (x1 - x0), 0.0), 1.0) if ax.get_xscale() == "linear" else 0.5
    left, right, need = share * wide, (1.0 - share) * wide, 0.075 * len(m.text) + 0.1
    middle = min(left, right) > need / 2
    fits = {"right": right > need, "left": left > need, "above": middle, "below": middle, "corner": right > need}
    return next(
        (side for side in (m.side, "right", "left", "above") if fits[side]), "right" if right > left else "left"
    )


def _spot(ax: Axes, m: s.Spot) -> None:
    face = "white" if m.shape == "ring" else INKS[m.ink]
    ax.plot(m.x, m.y, ls="", marker=SHAPES[m.shape], ms=m.size, mec=INKS[m.ink], mfc=face, zorder=4)
    if m.text:
        offset, ha, va = _SIDES[_free_side(ax, m)]
        ax.annotate(
            m.text,
            (m.x, m.y),
            xytext=offset,
            textcoords="offset points",
            ha=ha,
            va=va,
            fontsize=8.5,
            color=INKS[m.ink],
            bbox=_WORDS,
            annotation_clip=True,
            zorder=5,
        )


def _disc(ax: Axes, m: s.Disc) -> None:
    ax.add_patch(Circle((m.x, m.y), m.radius, facecolor=BODIES[m.body], edgecolor=style.INK, lw=0.6, zorder=1.5))
    ax.plot(m.x, m.y, "o", ms=m.least, mfc=BODIES[m.body], mec=style.INK, mew=0.5, zorder=1.4)
    if m.name and m.radius < 0.08 * abs(np.diff(ax.get_xlim())[0]):
        ax.annotate(
            m.name,
            (m.x, m.y),
            xytext=(0, -5 - m.least),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8.5,
            color=style.INK,
            bbox=_WORDS,
            annotation_clip=True,
            zorder=5,
        )


def _rule(ax: Axes, m: s.Rule) -> None:
    (ax.axvline if m.axis == "x" else ax.axhline)(m.value, color=INKS[m.ink], ls=DASHES[m.dash], lw=1.2)
    if m.text:
        where: dict[str, Any] = {"fontsize": 8.5, "color": INKS[m.ink], "bbox": _WORDS, "clip_on": True}
        if m.axis == "x":
            first, last = ax.get_xlim()
            right = (m.value - first) / (last - first) < 0.5
            ax.annotate(
                m.text,
                (m.value, 0.97),
                xycoords=("data", "axes fraction"),
                xytext=(4 if right else -4, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="top",
                **where,
            )
        else:
            end = m.side == "end"
            ax.annotate(
                m.text,
                (0.99 if end else 0.01, m.value),
                xycoords=("axes fraction", "data"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="right" if end else "left",
                va="bottom",
                **where,
            )


def _arrow(ax: Axes, m: s.Arrow) -> None:
    ax.annotate(
        "",
        (m.x + m.dx, m.y + m.dy),
        xytext=(m.x, m.y),
        arrowprops={"arrowstyle": "->", "color": INKS[m.ink], "lw": 1.6, "shrinkA": 0, "shrinkB": 0},
    )
    if m.text:
        ax.annotate(
            m.text,
            (m.x + m.dx, m.y + m.dy),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
            color=INKS[m.ink],
            bbox=_WORDS,
        )


def _grid(m: s.Heat | s.Region) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = m.values.shape
    return np.linspace(m.x0, m.x1, columns), np.linspace(m.y0, m.y1, rows)


def _heat(ax: Axes, m: s.Heat) -> None:
    x, y = _grid(m)
    picture = ax.pcolormesh(x, y, m.values, cmap=HEAT, vmin=m.low, vmax=m.high, shading="gouraud", rasterized=True)
    bar = ax.get_figure().colorbar(picture, ax=ax, pad=0.015, aspect=30)  # type: ignore[union-attr]
    bar.set_label(m.label, fontsize=9)
    bar.ax.tick_params(labelsize=8)
    levels = [level for level in m.levels if np.nanmin(m.values) < level < np.nanmax(m.values)]
    if levels:
        lines = ax.contour(x, y, m.values, levels=levels, colors="white", linewidths=0.8)
        ax.clabel(lines, fontsize=7.5, fmt="%g")


def _region(ax: Axes, m: s.Region) -> None:
    x, y = _grid(m)
    if np.nanmin(m.values) < m.level:
        ax.contourf(x, y, m.values, levels=[-np.inf, m.level], colors=[INKS[m.ink]], alpha=m.alpha)
        ax.contour(x, y, m.values, levels=[m.level], colors=[INKS[m.ink]], linewidths=1.1)
    ax.fill([], [], color=INKS[m.ink], alpha=m.alpha, label=m.name or None)


def _classes(ax: Axes, m: s.Classes) -> None:
    rows, columns = m.values.shape
    wx, wy = ((b - a) / max(n - 1, 1) / 2 for a, b, n in ((m.x0, m.x1, columns), (m.y0, m.y1, rows)))
    x, y = np.linspace(m.x0 - wx, m.x1 + wx, columns + 1), np.linspace(m.y0 - wy, m.y1 + wy, rows + 1)
    colours = ListedColormap([to_rgba(INKS[ink], m.alpha) for ink in m.inks])
    ax.pcolormesh(x, y, m.values, cmap=colours, vmin=-0.5, vmax=len(m.inks) - 0.5, rasterized=True)
    for i in m.present:
        ax.fill([], [], color=INKS[m.inks[i]], alpha=m.alpha, label=m.names[i])


def _outline(ax: Axes, m: s.Outline, now: float | None) -> None:
    x, y = m.at(m.t[-1] if now is None else now)
    if m.fill:
        ax.fill(x, y, color=INKS[m.ink], alpha=m.fill, lw=0, zorder=3)
    ax.plot(x, y, color=INKS[m.ink], lw=0.85 * m.width, zorder=3, solid_joinstyle="round")


def _draw(ax: Axes, mark: s.Mark, now: float | None) -> None:
    if isinstance(mark, s.Outline):
        _outline(ax, mark, now)
        return
    if isinstance(mark, s.Mover):
        t = mark.t[-1] if now is None else now
        x, y = float(np.interp(t, mark.t, mark.x)), float(np.interp(t, mark.t, mark.y))
        if mark.body:
            _disc(ax, s.Disc(x, y, mark.radius, mark.body, mark.name))
        else:
            _spot(ax, s.Spot(x, y, mark.name, mark.ink))
        return
    table: dict[type, Callable[[Axes, Any], None]] = {
        s.Line: _line,
        s.Fill: _fill,
        s.Boxes: _boxes,
        s.Dots: _dots,
        s.Spot: _spot,
        s.Disc: _disc,
        s.Rule: _rule,
        s.Arrow: _arrow,
        s.Heat: _heat,
        s.Region: _region,
        s.Classes: _classes,
    }
    table[type(mark)](ax, mark)


def _set_axis(ax: Axes, axis: s.Axis, which: str) -> None:
    line = ax.xaxis if which == "x" else ax.yaxis
    if axis.kind == "log":
        ax.set(**{f"{which}scale": "log"})
    ax.set(**{f"{which}lim": (axis.low, axis.high)})
    line.set_label_text(axis.label, fontsize=9)
    if axis.kind == "number":
        line.set_major_locator(MaxNLocator(6 if which == "x" else 7, steps=[1, 2, 5, 10]))
        line.set_major_formatter(
            FuncFormatter(lambda v, _: (f"{v:,.10g}" if abs(v) >= 1e4 else f"{v:.10g}").replace("-", "−"))
        )
    if axis.ticks:
        line.set_ticks([value for value, _ in axis.ticks], [text for _, text in axis.ticks])
    elif axis.kind == "date":
        line.set_major_locator(MaxNLocator(max(3, int(14 * ax.get_position().width)), steps=[1, 2, 5, 10]))
        start = datetime.fromisoformat(axis.origin)
        short = abs(axis.high - axis.low) < 4.0
        form = "%d %b\n%H:%M" if short else "%d %b\n%Y"
        line.set_major_formatter(FuncFormatter(lambda days, _: (start + timedelta(days=float(days))).strftime(form)))


def paint_view(ax: Axes, view: s.View, now: float | None = None) -> None:
    """Draw one view into matplotlib axes; movers stand where they are at clock time `now`."""
    ax.grid(True, color="#D0D7DE", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=9, colors=style.INK)
    _set_axis(ax, view.x, "x")
    _set_axis(ax, view.y, "y")
    if view.equal:
        ax.set_aspect("equal", adjustable="box")
    ax.set_autoscale_on(False)
    for mark in view.marks:
        _draw(ax, mark, now)
    pad = 6.0
    names = ax.get_legend_handles_labels()[1]
    if names:
        words = sum(len(text) + 6 for text in names) + 1.3 * len(view.title)
        room = 105.0 * view.width
        if words < room:
            style.put_legend(ax, len(names))
        else:  # on lines of their own between title and picture, where they cover nothing
            columns = min(len(names), max(1, int(1.15 * room / (max(len(text) for text in names) + 5))))
            pad += 11.5 * -(-len(names) // columns)
            ax.legend(
                loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=columns, frameon=False, fontsize=8, borderaxespad=0.1,
                handlelength=2.0, columnspacing=1.0, labelspacing=0.25,
            )  # fmt: skip
    ax.set_title(view.title, loc="left", fontsize=10, fontweight="bold", color=style.INK, pad=pad)


def paint(scene: s.Scene) -> style.LunarFigure:
    """A scene as a matplotlib figure of notebook width; its description is the scene's."""
    heights = [max(view.height for view in row) / 92.0 + 0.6 for row in scene.rows]
    fig = style.LunarFigure(figsize=(9.0, sum(heights) + 0.3), dpi=style.DPI, layout="constrained")
    FigureCanvasAgg(fig)
    now = None if scene.clock is None else scene.clock.at
    spans = {(row[0].x.low, row[0].x.high, row[0].x.kind, row[0].x.origin) for row in scene.rows}
    stacked = len(spans) == 1 and all(len(row) == 1 for row in scene.rows)  # one axis for all: views stand in line
    parts = fig.subfigures(
        1 if stacked else len(scene.rows), 1, height_ratios=None if stacked else heights, squeeze=False
    )
    column = parts[0, 0].subplots(len(scene.rows), 1, height_ratios=heights, squeeze=False) if stacked else None
    for i, row in enumerate(scene.rows):
        shares = [view.width / sum(v.width for v in row) for view in row]
        axes = parts[i, 0].subplots(1, len(row), width_ratios=shares, squeeze=False)[0] if column is None else column[i]
        for view, ax, share in zip(row, axes, shares, strict=True):
            paint_view(ax, view if share == view.width else s.View(**{**vars(view), "width": share}), now)
    fig.suptitle(scene.title, fontsize=11, x=0.01, ha="left")
    fig.description = scene.description
    return fig
