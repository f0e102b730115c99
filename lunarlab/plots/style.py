"""How every figure looks, and how it speaks: colours, size, and the description that is made from its data."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lunarlab.descent.flight import Flight
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts

# Okabe and Ito: eight colours that stay apart for people who are colour-blind. Lines also differ in their dashes.
TRUTH, BELIEF, USED, REFUSED = "#0072B2", "#D98200", "#009E73", "#D55E00"
GATE, PUBLISHED, GROUND, INK = "#CC79A7", "#000000", "#8A8F98", "#24292F"
DPI = 110


class LunarFigure(Figure):
    """A matplotlib Figure that carries its description, and shows it as alternative text in a notebook."""

    description = ""

    def _repr_html_(self) -> str:
        return html(self)


def new_figure(rows: int = 1, *, height: float = 4.2, ratios: Sequence[float] | None = None) -> tuple[LunarFigure, list[Axes]]:
    """Empty figure of notebook width (9 inches) with `rows` panels on one x axis. Not known to pyplot: nothing leaks."""
    fig = LunarFigure(figsize=(9.0, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(fig)
    axes = fig.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    for ax in axes:
        ax.grid(True, color="#D0D7DE", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=9, colors=INK)
    return fig, list(axes)


def kilometres(axis: Any) -> None:
    """Tick labels of an axis that is in metres, in kilometres."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e3:g}"))


def put_legend(ax: Axes, columns: int = 4) -> None:
    """Legend above the panel, where it covers nothing."""
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=columns, frameon=False, fontsize=8.5, borderaxespad=0.1,
              handlelength=2.2, columnspacing=1.2)  # fmt: skip


def put_title(ax: Axes, text: str) -> None:
    """Title at the left of a panel, beside the legend."""
    ax.set_title(text, loc="left", fontsize=10, fontweight="bold", color=INK)


def mark_event(axes: Sequence[Axes], t_s: float, text: str, *, color: str = REFUSED, top: float = 0.96) -> None:
    """A vertical line through all panels at time t_s, named in the first one."""
    for ax in axes:
        ax.axvline(t_s, color=color, linewidth=1.1, linestyle=":")
    axes[0].annotate(
        text, (t_s, top), xycoords=("data", "axes fraction"), xytext=(-4, 0), textcoords="offset points", ha="right",
        va="top", fontsize=8.5, color=color, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
    )  # fmt: skip


def flown(flight: Any) -> Flight:
    """`flight`, if it is one with histories.

    Raises
    ------
    LunarlabError
        It is something else, or has none.
    """
    if not isinstance(flight, Flight):
        raise LunarlabError(f"flight is {flight!r}; it must be the result of lunarlab.fly")
    facts.ignition_row(flight)
    return flight


def name_of(flight: Flight) -> str:
    """How a figure calls a flight: scenario, seed, verdict."""
    seed = flight.provenance.get("seed")
    noise = "no noise" if seed is None else f"seed {seed}"
    return f"{flight.provenance.get('name', 'descent')} ({noise}): {str(flight.verdict).replace('_', ' ')}"


def _curves(ax: Axes) -> list[str]:
    """The lines of a panel in words; helpers without a name, such as the zero, are left out."""
    words = []
    for line in ax.get_lines():
        y = np.asarray(line.get_ydata(), dtype=float)
        y, name = y[np.isfinite(y)], str(line.get_label())
        if not y.size or (name.startswith("_") and y.size <= 2):
            continue
        if line.get_transform() == ax.get_xaxis_transform(which="grid"):
            words.append(f"{name}: at {float(np.ravel(line.get_xdata())[0]):.4g}.")
            continue
        if line.get_transform() == ax.get_yaxis_transform(which="grid"):
            words.append(f"{name}: at {y[0]:.4g}.")
            continue
        y = np.where(np.abs(y) < 1e-6 * float(np.ptp(y)), 0.0, y)  # what rounding left of a zero
        span = f"from {y[0]:.4g} to {y[-1]:.4g}, lowest {y.min():.4g}, highest {y.max():.4g}"
        words.append(f"{'a line' if name.startswith('_') else name}: {y.size} points {span}.")
    return words


def _bands(ax: Axes) -> list[str]:
    """The named areas of a panel in words."""
    words = []
    for band in ax.patches:
        if not str(band.get_label()).startswith("_"):
            box = band.get_extents().transformed(ax.transData.inverted())
            lying = band.get_data_transform() == ax.get_yaxis_transform(which="grid")
            low, high = (box.y0, box.y1) if lying else (box.x0, box.x1)
            words.append(f"{band.get_label()}: from {low:.4g} to {high:.4g}.")
    return words


def describe(fig: Figure) -> str:
    """What a figure shows, in words and numbers, made from its data when it was drawn.

    A figure that was not made here is described by its titles, labels and the range of each line.
    """
    text = getattr(fig, "description", "")
    if text:
        return str(text)
    parts = []
    for number, ax in enumerate(fig.axes, start=1):
        title = ax.get_title() or ax.get_title(loc="left") or f"panel {number}"
        # Panels that share an axis are labelled below the last one.
        below = next((other.get_xlabel() for other in fig.axes[number - 1 :] if other.get_xlabel()), "x")
        parts.append(f"{title}: {ax.get_ylabel() or 'y'} over {below}.")
        parts += _curves(ax) + _bands(ax)
    return " ".join(parts) or "An empty figure."


def png(fig: Figure) -> bytes:
    """The figure as a PNG file."""
    out = io.BytesIO()
    fig.savefig(out, format="png", dpi=DPI)
    return out.getvalue()


def html(fig: Figure) -> str:
    """The figure as HTML with its description as alternative text and below it to unfold."""
    data, words = base64.b64encode(png(fig)).decode(), escape(describe(fig), quote=True)
    return (
        f'<figure style="margin:0"><img src="data:image/png;base64,{data}" alt="{words}" style="max-width:100%">'
        f"<details><summary>Description of this figure</summary><p>{words}</p></details></figure>"
    )


def show(fig: Figure) -> None:
    """Display any matplotlib figure with alternative text; in plain Python print the description."""
    ipython = sys.modules.get("IPython")  # not imported: this is not a notebook
    if ipython is None or ipython.get_ipython() is None:
        print(describe(fig))  # noqa: T201 - plain Python has nothing else to show it with
        return
    from IPython.display import display

    display({"text/html": html(fig), "text/plain": describe(fig)}, raw=True)  # type: ignore[no-untyped-call]
