"""``propulsion``: thrust of both engine groups and the propellant that is left."""

from __future__ import annotations

from matplotlib.figure import Figure

from lunarlab.descent.flight import Flight
from lunarlab.plots import facts, style


def propulsion(flight: Flight) -> Figure:
    """Thrust (N) of main and assist engines and propellant used (kg) from the start of braking on.

    Returns
    -------
    matplotlib Figure
        See `lunarlab.plots.describe` for it in words.
    """
    si = style.flown(flight).si
    rows = slice(facts.ignition_row(flight), None)
    t, main, assist = si["t"][rows], si["true_thrust_main"][rows], si["true_thrust_assist"][rows]
    used = si["true_mass"][0] - si["true_mass"][rows]

    fig, (ax, ax_fuel) = style.new_figure(2, height=4.8, ratios=(1.4, 1.0))
    ax.plot(t, main, color=style.TRUTH, lw=1.8, label="main engine")
    ax.plot(t, assist, color=style.BELIEF, lw=1.8, ls="--", label="assist engines")
    ax.set_ylabel("thrust, N", fontsize=9)
    ax.set_ylim(bottom=0.0)
    style.put_title(ax, "Thrust")
    style.put_legend(ax)
    ax_fuel.plot(t, used, color=style.USED, lw=2)
    ax_fuel.set_ylabel("used, kg", fontsize=9)
    ax_fuel.set_xlabel("time since the de-orbit burn, s", fontsize=9)
    ax_fuel.set_xlim(t[0], t[-1])
    style.put_title(ax_fuel, "Propellant")
    dry, cutoff = flight.event("propellant_out"), flight.event("main_cutoff")
    if cutoff is not None:
        style.mark_event([ax, ax_fuel], cutoff.t_s, "main engine off", color=style.TRUTH)
    if dry is not None:
        style.mark_event([ax, ax_fuel], dry.t_s, "propellant is gone", top=0.2)
    fig.suptitle(style.name_of(flight), fontsize=11, x=0.01, ha="left")
    left = "" if flight.touchdown is None else f" {flight.touchdown.propellant_left_kg:.1f} kg are left at contact."
    end = "" if dry is None else f" The tanks are dry at {dry.t_s:.0f} s, {facts.metres(dry.altitude_m)} above the ground."
    off = "" if cutoff is None else f" The main engine goes off at {cutoff.t_s:.0f} s."
    fig.description = (
        f"Thrust from {t[0]:.0f} s to {t[-1]:.0f} s after the de-orbit burn: main engine up to {main.max():.0f} N, assist "
        f"engines up to {assist.max():.0f} N.{off} {used[-1]:.1f} kg of propellant are used.{left}{end}"
    )
    return fig
