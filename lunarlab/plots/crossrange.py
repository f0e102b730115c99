"""A descent in three dimensions from above: the track over the ground and how far to its side the lander flies."""

from __future__ import annotations

from typing import Any

import numpy as np

from lunarlab.constants import R_MOON
from lunarlab.descent.flight import Flight
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts
from lunarlab.plots import scene as s


def cross_range_scene(flight: Flight, scene: Any, *, title: str = "") -> s.Scene:
    """True and believed track from above, the last kilometres, height, and the track on the map.

    Parameters
    ----------
    flight : Flight
        With histories; of `scene`.
    scene : Scenario
        In three dimensions.

    Raises
    ------
    LunarlabError
        A planar flight, or one without histories.
    """
    if not isinstance(flight, Flight):  # a notebook may hand over anything
        raise LunarlabError(f"flight is {flight!r}; it must be the result of lunarlab.fly")
    if not isinstance(scene, Scenario) or scene.site.dimensions != 3.0:
        raise LunarlabError("scene has no cross-range: its site has 2 dimensions; set Site(dimensions=3)")
    from lunarlab.descent.space import coordinates

    first = facts.ignition_row(flight)
    rows = np.unique(np.linspace(first, len(flight.table) - 1, 900).round().astype(int))
    si = {name: column[rows] for name, column in flight.si.items()}
    along, cross, believed = -si["true_distance"] / 1e3, si["true_cross"], si["est_cross"]
    t = si["t"] - si["t"][0]
    wide = s.round_up(1.15 * max(float(np.abs(np.concatenate([cross, believed])).max()), 10.0))
    unit, k = ("km", 1e-3) if wide >= 3000.0 else ("m", 1.0)
    sideways = s.Axis(f"{unit} left of the track", -k * wide, k * wide)
    low = float(np.floor(along.min() / 50.0) * 50.0)
    target = s.Spot(0.0, 0.0, "target", "ink", "triangle", "corner", 9)

    def seen(times: float) -> tuple[s.Mark, ...]:
        """The tracks, sideways times so much."""
        return (
            s.Line(along, times * believed, "orange", "believed", "dash"),
            s.Line(along, times * cross, "blue", "true"),
            target,
            s.Mover(t, along, times * cross, "blue"),
        )

    whole = s.View(
        "From above, since ignition",
        s.Axis("km along the track, the target at 0", low, max(0.04 * -low, float(along.max()) + 1.0)),
        sideways,
        seen(k),
        height=190,
    )
    near = along > -8.0
    aside = np.abs(np.concatenate([cross[near], believed[near]]))
    close = s.round_up(1.2 * max(float(aside.max()), 5.0)) if aside.size else wide
    last = s.View(
        "The last 8 km",
        s.Axis("km along the track", -8.0, max(1.0, float(along.max()) + 0.5)),
        s.Axis("m left of the track", -close, close),
        seen(1.0),
        height=210,
    )
    latitude, longitude = coordinates(scene.site, -si["true_distance"] / R_MOON, cross / R_MOON)
    ground = s.View(
        "On the map",
        s.Axis("longitude, ° east", *_span(longitude)),
        s.Axis("latitude, °", *_span(latitude)),
        (
            s.Line(longitude, latitude, "blue"),
            s.Spot(float(longitude[-1]), float(latitude[-1]), "contact", "orange", "star", "corner", 10),
            s.Spot(float(longitude[0]), float(latitude[0]), "ignition", "blue", "ring", "corner"),
        ),
        height=210,
    )
    true, est = si["true_left_speed"], si["est_left_speed"]
    speed = s.View(
        "Speed to the left",
        s.Axis("seconds since ignition", 0.0, float(t[-1]), clock=True),
        s.Axis("m/s", *_span(np.concatenate([true, [0.5, -0.5]]))),
        (s.Line(t, est, "orange", "believed", "dash"), s.Line(t, true, "blue", "true")),
        height=130,
    )
    end = flight.touchdown
    down = (
        ""
        if end is None
        else f" It comes down {end.miss_m:+.0f} m beyond the target and {end.cross_m:+.0f} m left of it."
    )
    words = (
        f"A descent in three dimensions. The orbit passes {scene.site.cross_track_m:+.0f} m to the left of the target. At "
        f"ignition, {-along[0]:.0f} km before the target, the lander is {cross[0]:+.0f} m left of the track, later at most "
        f"{np.abs(cross).max():.0f} m to its side.{down} Its own idea of this is wrong by up to "
        f"{np.abs(believed - cross).max():.0f} m. The track leads from {latitude[0]:.1f}° latitude and {longitude[0]:.1f}° "
        f"longitude to {latitude[-1]:.2f}° and {longitude[-1]:.2f}°. {facts.summary(flight)}"
    )
    return s.Scene(
        title or f"{flight.provenance.get('name', 'descent')}: cross-range", ((whole,), (last, ground), (speed,)), words,
        clock=s.Clock(0.0, float(t[-1]), "s", float(t[-1]), 14.0, 0), facts={"cross_max_m": float(np.abs(cross).max())},
    )  # fmt: skip


def _span(values: np.ndarray) -> tuple[float, float]:
    """Limits around values, with some room."""
    low, high = float(values.min()), float(values.max())
    room = max(0.08 * (high - low), 0.01 * max(abs(low), abs(high), 1.0))
    return low - room, high + room
