"""Pictures of stopping: speed against height on the way down, where a lander can still stop, and where it knew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lunarlab.descent import guidance as g
from lunarlab.descent.flight import Flight
from lunarlab.descent.stopping import Moment, at_first_range
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts
from lunarlab.plots import scene as s
from lunarlab.plots.descents import MOODS
from lunarlab.plots.paint import paint
from lunarlab.plots.style import LunarFigure

if TYPE_CHECKING:
    from lunarlab.descent.scenario import Scenario

FASTEST_MPS, TOP_M = 120.0, 4000.0
"""Limits of the picture: fixed, so that it keeps still while a slider moves."""


def _thin(rows: np.ndarray, most: int = 500) -> np.ndarray:
    places = np.unique(np.linspace(0, rows.size - 1, min(rows.size, most)).round().astype(int))
    return np.asarray(rows[places])


def _end_rows(flight: Flight) -> np.ndarray:
    """Rows from 20 s before the picture's top is passed, to contact."""
    t, altitude = flight.si["t"], flight.si["true_altitude"]
    powered = facts.ignition_row(flight)
    low = np.flatnonzero(altitude[powered:] < TOP_M)
    first = powered + int(low[0]) if low.size else powered
    start = int(np.searchsorted(t, t[first] - 20.0))
    return _thin(np.arange(start, len(t)))


def _plan(scene: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """The planned descent speed over height."""
    params, profile = g.pack_guidance(scene.guidance), getattr(g.speed_profile, "py_func", g.speed_profile)
    height = np.linspace(0.0, TOP_M, 161)
    return np.array([profile(h, params)[0] for h in height]), height


def phase_view(
    flight: Flight, scene: Scenario, moment: Moment | None, published: Sequence[tuple[float, float]] = (), *,
    latest_m: float | None = None, height: int = 430,
) -> s.View:  # fmt: skip
    """Descent speed against height: truth, belief, plan, and below the curve of full thrust what can't be stopped.

    published: pairs of height [m] and descent speed [m/s].
    """
    rows, si = _end_rows(flight), flight.si
    marks: list[s.Mark] = []
    if moment is not None and moment.available_mps2 > 0.0:
        speed = np.linspace(0.0, FASTEST_MPS, 121)
        curve = speed * speed / (2.0 * moment.available_mps2)
        marks += [
            s.Fill(np.append(speed, FASTEST_MPS), np.append(curve, 0.0), "red", "can't be stopped any more", 0.16),
            s.Line(speed, curve, "red", width=1.8),
        ]
    plan_speed, plan_height = _plan(scene)
    marks.append(s.Line(plan_speed, plan_height, "grey", "plan", "dot", 1.8))
    fell, h = -si["true_vertical_speed"][rows], si["true_altitude"][rows]
    believed, down = si["est_height"][rows], -si["est_vertical_speed"][rows]
    marks += [
        s.Line(down, believed, "orange", "as believed", "dash", 1.8),
        s.Line(fell, h, "blue", "as it was", width=2.6),
    ]
    if published:
        heights, speeds = np.array(published, dtype=float).T
        marks.append(s.Dots(speeds, heights, "ink", "diamond", "published", size=6.0))
    if moment is not None:
        marks.append(s.Spot(moment.down_mps, moment.height_m, "first valid range", "blue", "ring", "right", 8.0))
    if latest_m is not None and 0.0 < latest_m < TOP_M:
        marks.append(s.Rule(latest_m, "y", f"latest range that saves it: {latest_m:.0f} m", "green", "dash", "end"))
    t = si["t"][rows] - si["t"][-1]
    marks += [s.Mover(t, down, believed, "orange"), s.Mover(t, fell, h, "blue")]
    return s.View(
        "Speed against height",
        s.Axis("m/s down", 0.0, FASTEST_MPS),
        s.Axis("m over the ground", 0.0, TOP_M),
        tuple(marks),
        height=height,
    )


def height_view(flight: Flight, moment: Moment | None, *, height: int = 200) -> s.View:
    """True and believed height over the last minutes."""
    rows, si = _end_rows(flight), flight.si
    t = si["t"][rows] - si["t"][-1]
    marks: list[s.Mark] = [
        s.Line(t, si["est_height"][rows], "orange", "believed", "dash", 1.8),
        s.Line(t, si["true_altitude"][rows], "blue", "true"),
    ]
    if moment is not None:
        marks.append(s.Rule(moment.t_s - float(si["t"][-1]), "x", "first range", "blue"))
    return s.View(
        "Height, true and believed", s.Axis("seconds before the end", float(t[0]), 0.0, clock=True),
        s.Axis("m", 0.0, 1.5 * TOP_M), tuple(marks), height=height,
    )  # fmt: skip


def effort_view(flight: Flight, scene: Scenario, *, height: int = 200) -> s.View:
    """Thrust asked for and given."""
    rows, si = _end_rows(flight), flight.si
    t = si["t"][rows] - si["t"][-1]
    most = scene.vehicle.main_thrust_N + scene.vehicle.assist_thrust_N
    return s.View(
        "Thrust",
        s.Axis("seconds before the end", float(t[0]), 0.0, clock=True),
        s.Axis("N", 0.0, s.round_up(1.15 * most)),
        (
            s.Line(t, (si["true_thrust_main"] + si["true_thrust_assist"])[rows], "blue"),
            s.Rule(most, "y", "all engines", "red", "dash", "start"),
        ),
        height=height,
    )


def _tiles(flight: Flight, moment: Moment | None, latest_m: float | None, pending: bool) -> tuple[s.Tile, ...]:
    contact = flight.touchdown
    tiles = []
    if moment is None:
        tiles.append(s.Tile("first valid range", "never", "bad"))
    else:
        tiles += [
            s.Tile("first valid range", f"{moment.height_m:.0f} m"),
            s.Tile("speed then", f"{moment.down_mps:.1f} m/s"),
            s.Tile(f"believed too {_way(moment)} by", f"{abs(moment.believed_m):.0f} m"),
            s.Tile(
                "needed to stop",
                f"{moment.needed_mps2:.2f} m/s²",
                "good" if moment.needed_mps2 < moment.available_mps2 else "bad",
            ),
            s.Tile("engines can give", _given(moment)),
        ]
    tiles.append(s.Tile("contact", "none" if contact is None else f"{contact.speed_mps:.1f} m/s"))
    if latest_m is not None or pending:
        words = "being sought …" if latest_m is None else _latest(latest_m) + (" …" if pending else "")
        tiles.append(s.Tile("latest range that saves it", words))
    return tuple(tiles)


def _way(moment: Moment) -> str:
    return "high" if moment.believed_m > 0.0 else "low"


def _given(moment: Moment) -> str:
    return f"{moment.available_mps2:.2f} m/s²" if moment.available_mps2 > 0.0 else "nothing"


def _latest(latest_m: float) -> str:
    return "any" if latest_m == 0.0 else "none" if math.isinf(latest_m) else f"{latest_m:.0f} m"


def stopping_words(flight: Flight, moment: Moment | None, latest_m: float | None = None) -> str:
    """The picture in words."""
    words = facts.summary(flight)
    if moment is None:
        words += " No valid range ever came."
    else:
        words += (
            f" The first valid range came {moment.height_m:.0f} m up at {moment.down_mps:.1f} m/s; until then the computer "
            f"believed the lander {abs(moment.believed_m):.0f} m {_way(moment)}er than it was. To stop from there takes "
            f"{moment.needed_mps2:.2f} m/s2; "
        )
        if moment.available_mps2 > 0.0:
            enough = "enough" if moment.needed_mps2 < moment.available_mps2 else "too little"
            words += (
                f"full thrust leaves {moment.available_mps2:.2f} m/s2, {enough}: it stops in {moment.stop_m:.0f} m."
            )
        else:
            words += "the engines give nothing any more."
    if latest_m is not None:
        if math.isinf(latest_m):
            words += " It would not land with ranges from 10 km on, either."
        elif latest_m == 0.0:
            words += " It would land without any range above the last metre."
        else:
            words += f" The lowest first range with which it lands is {latest_m:.0f} m."
    return words


def stopping_scene(
    flight: Flight, scene: Scenario, published: Sequence[tuple[float, float]] = (), *, latest_m: float | None = None,
    pending: bool = False, title: str = "",
) -> s.Scene:  # fmt: skip
    """A flight's end on the plane of speed and height, against what its engines can stop.

    Parameters
    ----------
    flight : Flight
        With histories.
    scene : Scenario
        What was flown.
    published : pairs of height [m] and descent speed [m/s]
        Drawn beside it.
    latest_m : float, optional
        From `lunarlab.descent.stopping.latest_first_range`.
    pending : bool
        Whether a better one is on its way.
    """
    moment = at_first_range(flight, scene)
    rows = (
        (phase_view(flight, scene, moment, published, latest_m=latest_m),),
        (height_view(flight, moment), effort_view(flight, scene)),
    )
    t = flight.si["t"]
    start = float(t[_end_rows(flight)[0]] - t[-1])
    nan, contact = math.nan, flight.touchdown
    numbers = {
        "landed": float(flight.landed),
        "first_range_m": nan if moment is None else moment.height_m,
        "speed_mps": nan if moment is None else moment.down_mps,
        "believed_m": nan if moment is None else moment.believed_m,
        "needed_mps2": nan if moment is None else moment.needed_mps2,
        "available_mps2": nan if moment is None else moment.available_mps2,
        "contact_mps": nan if contact is None else contact.speed_mps,
        "latest_m": nan if latest_m is None else latest_m,
    }
    at = max(start, -25.0) if moment is None else moment.t_s - float(t[-1])
    return s.Scene(
        title or flight.provenance.get("name", "descent"),
        rows,
        stopping_words(flight, moment, latest_m),
        _tiles(flight, moment, latest_m, pending),
        (str(flight.verdict).replace("_", " "), MOODS.get(flight.verdict, "bad")),
        tuple(flight.reasons[:2]),
        s.Clock(start, 0.0, "s", max(at, start), 12.0, 1),
        numbers,
    )


def stopping(flight: Flight, scene: Scenario, published: Sequence[tuple[float, float]] = ()) -> LunarFigure:
    """Speed against height on the way down, and what full thrust can still stop; `stopping_scene` on paper.

    Parameters
    ----------
    flight : Flight
        With histories.
    scene : Scenario or Case
        What was flown.
    published : pairs of height [m] and descent speed [m/s]
        Drawn beside it.
    """
    from lunarlab.plots.landing import _scenario

    if not isinstance(flight, Flight):
        raise LunarlabError(f"flight is {flight!r}; it must be the result of lunarlab.fly")
    return paint(stopping_scene(flight, _scenario(scene), published))
