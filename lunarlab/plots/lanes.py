"""``descent``: what was published, what truly happened, what the computer believed, what the sensor said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lunarlab.descent.flight import Flight
from lunarlab.plots import facts, style

_TOP_M = 20e3  # the lanes begin where the lander comes below this altitude: before, nothing can be seen


def _published(ax: Axes, points: Sequence[Any], since_s: float) -> list[Any]:
    drawn = [p for p in points if p.height_m is not None and p.t_s >= since_s]
    for confidence, marker in (("reported", "o"), ("derived", "s"), ("assumed", "D")):
        some = [p for p in drawn if p.confidence == confidence]
        if some:
            ax.errorbar(
                [p.t_s for p in some], [p.height_m for p in some], xerr=[p.sigma_t_s or 0.0 for p in some],
                yerr=[p.sigma_height_m or 0.0 for p in some], fmt=marker, ms=5, mfc="white", color=style.PUBLISHED,
                elinewidth=1.0, capsize=2.5, label=confidence,
            )  # fmt: skip
    if not drawn:
        ax.text(0.5, 0.5, "no published heights", transform=ax.transAxes, ha="center", fontsize=9, color=style.INK)
    return drawn


def descent(flight: Flight, published: Sequence[Any] = ()) -> Figure:
    """Four lanes on one clock: published, truth, belief, sensor.

    Parameters
    ----------
    flight : Flight
        With histories.
    published : sequence
        Points with t_s, height_m, sigma_t_s, sigma_height_m and confidence, for example ``case.published``.

    Returns
    -------
    matplotlib Figure
        See `lunarlab.plots.describe` for it in words.
    """
    si = style.flown(flight).si
    altitude, belief = si["true_altitude"], facts.believed_altitude(flight)
    low = np.flatnonzero(altitude < _TOP_M)
    start = low[0] if low.size else 0
    rows = slice(start, None)
    t = si["t"][rows]
    used, refused = facts.ranges(flight)

    fig, (ax_pub, ax_true, ax_est, ax_meas) = style.new_figure(4, height=7.4)
    drawn = _published(ax_pub, published, float(t[0]))
    ax_true.plot(t, altitude[rows], color=style.TRUTH, lw=2, label="truth")
    ax_est.plot(t, belief[rows], color=style.BELIEF, lw=2, ls="--", label="belief")
    ax_est.plot(t, altitude[rows], color=style.TRUTH, lw=1, alpha=0.6, label="truth, to compare")
    ax_meas.plot(si["t"][used], si["meas_range"][used], ".", color=style.USED, ms=3, label="used")
    ax_meas.plot(si["t"][refused], si["meas_range"][refused], "x", color=style.REFUSED, ms=3.5, mew=0.8, label="refused",
                 markevery=max(1, refused.size // 300))  # fmt: skip
    for ax, title in (
        (ax_pub, "Published"), (ax_true, "What truly happened"), (ax_est, "What the computer believed"),
        (ax_meas, "What the altimeter said"),
    ):  # fmt: skip
        style.put_title(ax, title)
        ax.set_ylabel("altitude, km", fontsize=9)
        style.kilometres(ax.yaxis)
        ax.set_ylim(-0.06 * _TOP_M, _TOP_M)
        ax.set_xlim(t[0], t[-1])
        if ax.get_legend_handles_labels()[0]:
            style.put_legend(ax)
    ax_meas.set_xlabel("time since the de-orbit burn, s", fontsize=9)
    axes = [ax_pub, ax_true, ax_est, ax_meas]
    lockout, zero = flight.event("lockout"), flight.event("estimate_zero")
    if lockout is not None:
        style.mark_event(axes, lockout.t_s, "altimeter locked out")
    if zero is not None and zero.altitude_m > facts.GAP_WORTH_SHOWING_M:
        style.mark_event(axes, zero.t_s, "estimate reaches zero", color=style.BELIEF, top=0.72)
        ax_est.annotate(
            "", (zero.t_s, zero.altitude_m), xytext=(zero.t_s, zero.est_height_m),
            arrowprops={"arrowstyle": "<->", "color": style.INK, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        gap, middle = zero.altitude_m - zero.est_height_m, 0.5 * (zero.altitude_m + zero.est_height_m)
        ax_est.annotate(
            f"gap {facts.metres(gap)}", (zero.t_s, middle),
            xytext=(6, 0), textcoords="offset points", va="center", fontsize=9, fontweight="bold",
        )  # fmt: skip
    fig.suptitle(style.name_of(flight), fontsize=11, x=0.01, ha="left")
    fig.description = (
        f"Four lanes over the same clock, from {t[0]:.0f} s to {t[-1]:.0f} s after the de-orbit burn. Published: "
        f"{', '.join(f'{facts.metres(p.height_m)} at {p.t_s:.0f} s ({p.confidence})' for p in drawn) or 'no heights'}. "
        f"Truth: the altitude falls from {facts.metres(altitude[start])} to {facts.metres(altitude[-1])}. "
        f"Belief: the largest difference to the truth is {facts.metres(np.abs(altitude[rows] - belief[rows]).max())}. "
        f"Sensor: {used.size} ranges were used and {refused.size} refused. {facts.summary(flight)}"
    )
    return fig
