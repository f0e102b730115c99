"""``ending``: the last part of a descent, in which a lander decides that it is down; height, thrust and attitude."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent.flight import Event, Flight
from lunarlab.plots import facts, style

_BEFORE_S, _WITHOUT_S = 10.0, 60.0  # shown before the first decision; and of a flight that has none
_MARKS = {
    "engines_on": "engines start", "legs_armed": "legs armed", "inertial": "inertial mode", "bounce": "contact",
    "cutoff": "engines off", "contact": "contact",
}  # fmt: skip
_AT_ONCE_S = 0.05
_APART_DEG = 1.0  # attitude gets a panel of its own where belief and truth differ by more


def decisions(flight: Flight) -> list[Event]:
    """The events of `flight` that switch an engine, or are a contact."""
    return [event for event in flight.events if event.kind in _MARKS]


def ending(flight: Flight) -> Figure:
    """Height and thrust from ten seconds before the lander first takes itself to be down; attitude, if that is mistaken.

    Returns
    -------
    matplotlib Figure
        See `lunarlab.plots.describe` for it in words.

    Raises
    ------
    LunarlabError
        Not a descent, or one without histories.
    """
    si = style.flown(flight).si
    told = decisions(flight)
    first = next((event.t_s for event in told if event.kind != "engines_on"), si["t"][-1])
    if all(event.kind in ("contact", "engines_on") for event in told):
        first = si["t"][-1] - _WITHOUT_S + _BEFORE_S
    rows = si["t"] >= max(first - _BEFORE_S, si["t"][facts.ignition_row(flight)])
    t = si["t"][rows]
    weight = si["true_mass"][rows] * MU_MOON / R_MOON**2
    thrust = (si["true_thrust_main"] + si["true_thrust_assist"])[rows] / weight
    tilt, believed_tilt = (90.0 - np.degrees(si[name][rows]) for name in ("true_pitch", "est_pitch"))
    turned = bool(np.abs(tilt - believed_tilt).max() > _APART_DEG)

    fig, axes = style.new_figure(3 if turned else 2, height=6.4 if turned else 4.8, ratios=(1.7, 1.0, 1.0)[: 2 + turned])
    heights = si["true_altitude"][rows], facts.believed_altitude(flight)[rows]
    scale, unit = (1e3, "km") if max(np.abs(h).max() for h in heights) > 2e3 else (1.0, "m")
    for h, color, dashes, name in zip(heights, (style.TRUTH, style.BELIEF), ("-", "--"), ("truth", "belief"), strict=True):
        axes[0].plot(t, h / scale, color=color, ls=dashes, lw=1.8, label=name)
    axes[0].axhline(0.0, color=style.GROUND, lw=1.0)
    axes[0].set_ylabel(f"altitude, {unit}", fontsize=9)
    style.put_title(axes[0], "Altitude")
    style.put_legend(axes[0])
    axes[1].plot(t, thrust, color=style.USED, lw=1.8)
    axes[1].axhline(1.0, color=style.GROUND, lw=1.0, ls="--")
    axes[1].set_ylabel("thrust / weight", fontsize=9)
    style.put_title(axes[1], "Thrust over weight")
    if turned:
        axes[2].plot(t, tilt, color=style.TRUTH, lw=1.8, label="truth")
        axes[2].plot(t, believed_tilt, color=style.BELIEF, ls="--", lw=1.8, label="belief")
        axes[2].set_ylabel("tilt back, deg", fontsize=9)
        style.put_title(axes[2], "Tilt of the axis")
        style.put_legend(axes[2])
    axes[-1].set_xlabel("time since the start of the flight, s", fontsize=9)
    axes[-1].set_xlim(t[0], t[-1] + 0.02 * (t[-1] - t[0]))

    shown: dict[float, str] = {}
    for event in told:  # what happens at once shares its line; names that would cover each other are left to the words
        same = next((at for at in shown if abs(event.t_s - at) < _AT_ONCE_S), event.t_s)
        shown[same] = f"{shown[same]}, {_MARKS[event.kind]}" if same in shown else _MARKS[event.kind]
    last = -np.inf
    for at, name in ((at, name) for at, name in shown.items() if at >= t[0]):
        near = at - last < 0.12 * (t[-1] - t[0])
        style.mark_event(axes, at, "" if near else name)
        last = last if near else at
    words = [f"{event.t_s:.1f} s: {event.detail}." for event in flight.events if event.kind in (*_MARKS, "hop")]
    fig.suptitle(style.name_of(flight), fontsize=11, x=0.01, ha="left")
    error = f" Belief and truth differ by up to {np.abs(tilt - believed_tilt).max():.0f} deg of attitude." if turned else ""
    fig.description = (
        f"The end of the descent, from {t[0]:.1f} s to {t[-1]:.1f} s after its start. Altitude from "
        f"{facts.metres(heights[0][0])} to {facts.metres(max(heights[0][-1], 0.0))}; the belief from "
        f"{facts.metres(heights[1][0])} to {facts.metres(heights[1][-1])}. Thrust over weight: at most {thrust.max():.2f}, "
        f"at the end {thrust[-1]:.2f}.{error} {' '.join(words)} {flight.verdict.value.replace('_', ' ')}."
    )
    return fig
