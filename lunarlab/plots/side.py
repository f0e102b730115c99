"""``side_view``: the true and the believed path over the ground."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lunarlab.descent.flight import Flight
from lunarlab.plots import facts, style

_TOP_M = 12e3  # above this the path is a line that says nothing


def side_view(flight: Flight) -> Figure:
    """Height over the reference level (km) against the distance left (km): ground, true path, believed path.

    Returns
    -------
    matplotlib Figure
        See `lunarlab.plots.describe` for it in words.
    """
    si = style.flown(flight).si
    zero, lockout = flight.event("estimate_zero"), flight.event("lockout")
    x, z = si["true_distance"], si["true_height"]
    low = np.flatnonzero(z < _TOP_M)
    start = low[0] if low.size else 0
    far = max(1.15 * x[start], 5e3)
    near = min(-0.08 * far, float(x[-1]) - 500.0)
    # Once the estimate is below its own ground it is no longer a place on this picture.
    end = len(x) if zero is None else min(int(np.searchsorted(si["t"], zero.t_s)) + 1, len(x))

    fig, (ax,) = style.new_figure(height=4.4)
    ground_x, ground_z = flight.ground
    here = (ground_x >= near) & (ground_x <= far)
    bottom = min(float(ground_z[here].min()), 0.0) - 800.0
    ax.fill_between(ground_x[here], ground_z[here], bottom, color=style.GROUND, alpha=0.5, lw=0, label="ground")
    ax.plot(ground_x[here], ground_z[here], color=style.INK, lw=1.0)
    if not facts.mapped(flight):
        ax.axhline(0.0, color=style.BELIEF, lw=1.0, ls=":", label="the ground it assumes")
    ax.plot(si["est_distance"][start:end], si["est_height"][start:end], color=style.BELIEF, lw=2, ls="--", label="belief")
    ax.plot(x[start:], z[start:], color=style.TRUTH, lw=2, label="truth")
    if lockout is not None:
        i = min(int(np.searchsorted(si["t"], lockout.t_s)), len(x) - 1)
        ax.plot(x[i], z[i], "X", color=style.REFUSED, ms=8)
        ax.annotate("altimeter locked out", (x[i], z[i]), xytext=(0, 9), textcoords="offset points", ha="center", fontsize=9,
                    color=style.REFUSED)  # fmt: skip
    gap = zero is not None and zero.altitude_m > facts.GAP_WORTH_SHOWING_M
    if zero is not None and gap:
        top = float(z[end - 1])
        ax.annotate(
            "", (zero.distance_m, top), xytext=(zero.distance_m, top - zero.altitude_m),
            arrowprops={"arrowstyle": "<->", "color": style.INK, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        ax.annotate(
            f"{facts.metres(zero.altitude_m)} above the ground,\nestimate 0", (zero.distance_m, top - 0.45 * zero.altitude_m),
            xytext=(-6, 0), textcoords="offset points", ha="right", va="center", fontsize=9, fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.0},
        )  # fmt: skip
    ax.set_xlim(far, near)
    ax.set_ylim(bottom, _TOP_M)
    ax.set_xlabel("distance to the target, km", fontsize=9)
    ax.set_ylabel("height above the reference level, km", fontsize=9)
    style.kilometres(ax.xaxis)
    style.kilometres(ax.yaxis)
    style.put_title(ax, "Side view")
    style.put_legend(ax)
    fig.suptitle(style.name_of(flight), fontsize=11, x=0.01, ha="left")
    miss, contact = "", flight.touchdown
    if contact is not None:
        miss = f" Contact is {facts.metres(abs(contact.miss_m))} {'beyond' if contact.miss_m > 0 else 'before'} the target."
    deepest, highest = (facts.metres(float(limit)) for limit in (ground_z[here].min(), ground_z[here].max()))
    fig.description = (
        f"Side view of the last {facts.metres(far)}. The ground lies between {deepest} and {highest}, from the level that "
        f"the lander takes for the ground.{miss} {facts.summary(flight)}"
    )
    return fig
