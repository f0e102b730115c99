"""``innovation``: how far each range was from its prediction, and what the gate made of it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from lunarlab.descent.flight import Flight
from lunarlab.plots import facts, style

_LINEAR_M = 100.0  # the scale is linear up to here, logarithmic beyond: metres and kilometres in one picture


def innovation(flight: Flight) -> Figure:
    """Innovation (range minus prediction, m) against the gate, with accepted and refused ranges, and the filter's sigmas.

    Returns
    -------
    matplotlib Figure
        See `lunarlab.plots.describe` for it in words.
    """
    si = style.flown(flight).si
    used, refused = facts.ranges(flight)
    both = np.union1d(used, refused)
    t, nu, gate = si["t"], si["nav_innovation"], si["nav_gate"]

    fig, (ax, ax_sigma) = style.new_figure(2, height=5.4, ratios=(2.4, 1.0))
    closed = both[np.isfinite(gate[both])]
    if closed.size:
        ax.fill_between(t[closed], -gate[closed], gate[closed], color=style.GATE, alpha=0.25, lw=0, label="gate")
    ax.plot(t[used], nu[used], ".", color=style.USED, ms=3, label="used")
    ax.plot(t[refused], nu[refused], "x", color=style.REFUSED, ms=3.5, mew=0.8, label="refused",
            markevery=max(1, refused.size // 300))  # fmt: skip
    ax.set_yscale("symlog", linthresh=_LINEAR_M)
    ax.set_ylim(-2e4, 2e4)
    ax.yaxis.set_major_locator(FixedLocator([-1e4, -1e3, -100, 0, 100, 1e3, 1e4]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.minorticks_off()
    ax.set_ylabel("range − prediction, m", fontsize=9)
    style.put_title(ax, "Innovation against the gate")
    style.put_legend(ax)
    ax_sigma.plot(t[both], si["nav_sigma"][both], color=style.BELIEF, lw=1.6, label="innovation, expected")
    ax_sigma.plot(t[both], si["est_sigma_height"][both], color=style.TRUTH, lw=1.6, ls="--", label="height")
    ax_sigma.set_yscale("log")
    ax_sigma.set_ylabel("1-sigma, m", fontsize=9)
    ax_sigma.set_xlabel("time since the de-orbit burn, s", fontsize=9)
    style.put_title(ax_sigma, "What the filter expects")
    if both.size:
        style.put_legend(ax_sigma)
    else:
        ax.text(0.5, 0.5, "no valid range in this flight", transform=ax.transAxes, ha="center", fontsize=10)
    first, lockout = flight.event("first_reject"), flight.event("lockout")
    if lockout is not None:
        style.mark_event([ax, ax_sigma], lockout.t_s, "locked out")
    elif first is not None:
        style.mark_event([ax, ax_sigma], first.t_s, "first refused")
    fig.suptitle(style.name_of(flight), fontsize=11, x=0.01, ha="left")
    largest, width = "There is no valid range. ", "There is no gate. "
    if both.size:
        largest = f"The largest innovation is {facts.metres(np.abs(nu[both]).max())}. "
    if closed.size:
        width = f"The gate lies between {gate[closed].min():.0f} m and {gate[closed].max():.0f} m. "
    fig.description = (
        f"Innovation of {both.size} valid ranges: {used.size} used, {refused.size} refused. {largest}{width}"
        f"{' '.join(facts.why_refused(flight))}"
    ).strip()
    return fig
