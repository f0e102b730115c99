"""Pictures of guidance: the way down, thrust and propellant of a flight, against the optimum of its last phase."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lunarlab.descent.flight import Flight
from lunarlab.descent.touchdown import Verdict
from lunarlab.plots import facts
from lunarlab.plots import scene as s

if TYPE_CHECKING:
    from lunarlab.descent.bound import Bound
    from lunarlab.descent.scenario import Scenario

MOODS = {Verdict.LANDED: "good", Verdict.HARD_LANDING: "fair", Verdict.TIPPED: "fair"}
_INKS = ("blue", "green", "pink", "red", "yellow", "ink")
_DASHES = ("", "dashdot", "dot", "dash", "", "dash")


def _thin(n: int, most: int = 400) -> np.ndarray:
    """At most so many of n rows, the last one among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))


def start_row(flight: Flight) -> int:
    """Row at which the last phase begins: the end of braking, or ignition if that never came."""
    gate = flight.event("brake_end")
    row = facts.ignition_row(flight) if gate is None else int(np.searchsorted(flight.si["t"], gate.t_s - 1e-6))
    return min(row, max(len(flight.table) - 2, 0))


def overview(flight: Flight, scene: Scenario, *, height: int = 150) -> s.View:
    """Height against distance from ignition on."""
    si, first = flight.si, facts.ignition_row(flight)
    rows = first + _thin(len(flight.table) - first)
    x, h = -si["true_distance"][rows] / 1e3, si["true_height"][rows] / 1e3
    marks: list[s.Mark] = [
        s.Line(-flight.ground[0] / 1e3, flight.ground[1] / 1e3, "grey", width=1.4),
        s.Line(x, h, "blue"),
        s.Spot(float(x[0]), float(h[0]), "ignition", "blue", "ring", "corner"),
    ]
    gate = flight.event("brake_end")
    if gate is not None:
        row = start_row(flight)
        marks.append(
            s.Spot(-si["true_distance"][row] / 1e3, si["true_height"][row] / 1e3, "high gate", "orange", "ring", "left")
        )
    low = float(min(-s.round_up(-1.02 * float(x.min())) if x.min() < 0 else -1.0, -1.0))
    return s.View(
        "From ignition",
        s.Axis("km along the track, the target at 0", low, max(0.05 * -low, float(x.max()))),
        s.Axis("km", min(0.0, float(h.min())), s.round_up(1.1 * float(h.max()))),
        tuple(marks),
        height=height,
    )


def side_track(flight: Flight, *, height: int = 110) -> s.View:
    """Distance to the left of the nominal track from ignition on, true and believed."""
    first = facts.ignition_row(flight)
    rows = first + _thin(len(flight.table) - first)
    x, y, belief = (
        k * flight.si[name][rows] for name, k in (("true_distance", -1e-3), ("true_cross", 1.0), ("est_cross", 1.0))
    )
    wide = s.round_up(1.15 * max(float(np.abs(np.concatenate([y, belief])).max()), 10.0))
    low = -s.round_up(-1.02 * min(float(x.min()), -1.0))
    return s.View(
        "Beside the track, from ignition",
        s.Axis("km along the track", low, max(0.05 * -low, float(x.max()))),
        s.Axis("m to the left", -wide, wide),
        (s.Line(x, belief, "orange", "believed", "dash", 1.6), s.Line(x, y, "blue", "true")),
        height=height,
    )


class Phase:
    """The last phase of a flight in the axes of the site, as it is drawn."""

    def __init__(self, flight: Flight, scene: Scenario) -> None:
        from lunarlab.descent.bound import site_axes

        self.row = start_row(flight)
        rows = self.row + _thin(len(flight.table) - self.row, 700)
        position, velocity = site_axes(flight, scene)
        si = {name: column[rows] for name, column in flight.si.items()}
        self.t = si["t"] - flight.si["t"][self.row]
        self.r, self.v, self.altitude = position[rows], velocity[rows], si["true_altitude"]
        self.thrust = si["true_thrust_main"] + si["true_thrust_assist"]
        self.mass = si["true_mass"]
        self.ground = float(np.interp(0.0, *flight.ground))


def _duration(phase: Phase, bound: Bound | None) -> float:
    """Axis of time: a round number, so that it keeps still while a slider moves."""
    longest = max(float(phase.t[-1]), 0.0 if bound is None else bound.optimum.flight_time_s, 1.0)
    return 20.0 * math.ceil(longest / 20.0) if longest < 400.0 else s.round_up(longest)


def side_view(phases: Sequence[tuple[str, Phase]], bound: Bound | None, *, height: int = 290) -> s.View:
    """The last phase from the side: position along the track and height over the target."""
    x_all = np.concatenate([p.r[:, 0] for _, p in phases]) / 1e3
    z_all = np.concatenate([p.r[:, 2] - p.ground for _, p in phases]) / 1e3
    low, high = float(x_all.min()), float(x_all.max())
    step = s.round_up(0.25 * max(high - low, 0.2))
    axis = s.Axis(
        "km along the track, the target at 0",
        step * math.floor(low / step - 0.05),
        max(step * math.ceil(high / step + 0.05), step),
    )
    marks: list[s.Mark] = [s.Rule(0.0, "y", "", "grey", ""), s.Spot(0.0, 0.0, "target", "ink", "triangle", "corner", 9)]
    if bound is not None:
        o = bound.optimum
        marks.append(
            s.Line(o.r_m[:, 0] / 1e3, (o.r_m[:, 2] - phases[0][1].ground) / 1e3, "orange", "least propellant", "dash")
        )
    for i, (name, p) in enumerate(phases):
        marks.append(s.Line(p.r[:, 0] / 1e3, (p.r[:, 2] - p.ground) / 1e3, _INKS[i % 6], name, _DASHES[i % 6]))
    p = phases[0][1]
    if len(phases) == 1:
        if bound is not None:
            marks.append(s.Mover(o.t_s, o.r_m[:, 0] / 1e3, (o.r_m[:, 2] - p.ground) / 1e3, "orange"))
        marks.append(s.Mover(p.t, p.r[:, 0] / 1e3, (p.r[:, 2] - p.ground) / 1e3, "blue"))
    return s.View(
        "The last phase, from the side",
        axis,
        s.Axis("km over the target", min(0.0, float(z_all.min())), s.round_up(1.08 * float(z_all.max()))),
        tuple(marks),
        height=height,
    )


def track_view(phases: Sequence[tuple[str, Phase]], bound: Bound | None, *, height: int = 290) -> s.View:
    """The last phase from above, north of the picture to the left of the track."""
    x_all, y_all = (np.concatenate([p.r[:, i] for _, p in phases]) for i in (0, 1))
    wide = s.round_up(1.15 * max(float(np.abs(y_all).max()), 20.0))
    unit, k = ("km", 1e-3) if wide >= 2000.0 else ("m", 1.0)
    marks: list[s.Mark] = [s.Spot(0.0, 0.0, "target", "ink", "triangle", "corner", 9)]
    low, high = float(x_all.min()) / 1e3, float(x_all.max()) / 1e3
    if bound is not None:
        o = bound.optimum
        marks.append(s.Line(o.r_m[:, 0] / 1e3, k * o.r_m[:, 1], "orange", "least propellant", "dash"))
    for i, (name, p) in enumerate(phases):
        marks.append(s.Line(p.r[:, 0] / 1e3, k * p.r[:, 1], _INKS[i % 6], name, _DASHES[i % 6]))
    if len(phases) == 1:
        p = phases[0][1]
        marks.append(s.Mover(p.t, p.r[:, 0] / 1e3, k * p.r[:, 1], "blue"))
    step = s.round_up(0.25 * max(high - low, 0.2))
    axis = s.Axis(
        "km along the track", step * math.floor(low / step - 0.05), max(step * math.ceil(high / step + 0.05), step)
    )
    return s.View(
        "From above", axis, s.Axis(f"{unit} left of the track", -k * wide, k * wide), tuple(marks), height=height
    )


def speed_view(phases: Sequence[tuple[str, Phase]], bound: Bound | None, *, height: int = 290) -> s.View:
    """Descent speed against height."""
    marks: list[s.Mark] = []
    fastest, top = 1.0, 0.1
    if bound is not None:
        o = bound.optimum
        down, h = -o.v_mps[:, 2], (o.r_m[:, 2] - phases[0][1].ground) / 1e3
        marks.append(s.Line(down, h, "orange", "least propellant", "dash"))
        fastest, top = max(fastest, float(down.max())), max(top, float(h.max()))
    for i, (name, p) in enumerate(phases):
        marks.append(s.Line(-p.v[:, 2], (p.r[:, 2] - p.ground) / 1e3, _INKS[i % 6], name, _DASHES[i % 6]))
        fastest, top = max(fastest, float(-p.v[:, 2].min())), max(top, float(p.r[:, 2].max() - p.ground) / 1e3)
    return s.View(
        "Descent speed on the way down",
        s.Axis("m/s down", 0.0, s.round_up(1.05 * fastest)),
        s.Axis("km over the target", 0.0, s.round_up(1.08 * top)),
        tuple(marks),
        height=height,
    )


def thrust_view(
    phases: Sequence[tuple[str, Phase]],
    bound: Bound | None,
    limits_N: tuple[float, float],
    *,
    height: int = 150,
) -> s.View:
    """Thrust over time in the last phase, with what the engines can give."""
    low, high = limits_N
    end = max(_duration(p, bound) for _, p in phases)
    marks: list[s.Mark] = []
    if bound is not None:
        marks.append(
            s.Line(
                bound.optimum.t_s, np.linalg.norm(bound.optimum.thrust_N, axis=1), "orange", "least propellant", "dash"
            )
        )
    for i, (name, p) in enumerate(phases):
        marks.append(s.Line(p.t, p.thrust, _INKS[i % 6], name, _DASHES[i % 6], 1.8))
    marks.append(s.Rule(high, "y", "all engines", "red", "dash", "end"))
    if low > 0.02 * high:
        marks.append(s.Rule(low, "y", "lowest throttle", "grey", "dash", "end"))
    return s.View(
        "Thrust",
        s.Axis("seconds since the high gate", 0.0, end, clock=True),
        s.Axis("N", 0.0, s.round_up(1.12 * high)),
        tuple(marks),
        height=height,
    )


def propellant_view(phases: Sequence[tuple[str, Phase]], bound: Bound | None, *, height: int = 150) -> s.View:
    """Propellant burnt since the high gate."""
    end = max(_duration(p, bound) for _, p in phases)
    marks: list[s.Mark] = []
    most = 1.0
    if bound is not None:
        used = bound.optimum.mass_kg[0] - bound.optimum.mass_kg
        marks.append(s.Line(bound.optimum.t_s, used, "orange", "least propellant", "dash"))
        most = float(used[-1])
    for i, (name, p) in enumerate(phases):
        used = p.mass[0] - p.mass
        marks.append(s.Line(p.t, used, _INKS[i % 6], name, _DASHES[i % 6]))
        most = max(most, float(used[-1]))
    return s.View(
        "Propellant burnt",
        s.Axis("seconds since the high gate", 0.0, end, clock=True),
        s.Axis("kg", 0.0, s.round_up(1.1 * most)),
        tuple(marks),
        height=height,
    )


def bound_words(bound: Bound) -> str:
    """A bound and what the flight burnt above it: ``4.2 kg above the bound, 6 %``."""
    if math.isnan(bound.burnt_kg):
        return "no soft landing to compare"
    return f"{bound.over_kg:.1f} kg above the bound, {100 * bound.over_fraction:.0f} %"


def guidance_scene(
    flight: Flight,
    scene: Scenario,
    bound: Bound | None = None,
    *,
    why_not: str = "",
    pending: bool = False,
    title: str = "",
) -> s.Scene:
    """A flight of a guidance law and the optimum of its last phase.

    Parameters
    ----------
    flight : Flight
        With histories.
    scene : Scenario
        What was flown.
    bound : Bound, optional
        From `lunarlab.descent.bound`.
    why_not : str
        Why there is none.
    pending : bool
        Whether a better one is on its way.
    """
    phase = Phase(flight, scene)
    named = [("flight", phase)]
    v, space = scene.vehicle, scene.site.dimensions == 3.0
    limits = (v.assist_thrust_N * v.assist_throttle_min, v.main_thrust_N + v.assist_thrust_N)
    second = track_view(named, bound) if space else speed_view(named, bound)
    rows = (
        (side_view(named, bound), second),
        (thrust_view(named, bound, limits), propellant_view(named, bound)),
        (overview(flight, scene, height=110), *((side_track(flight),) if space else ())),
    )
    key, contact = facts.key_facts(flight), flight.touchdown
    used = key.get("propellant_used_kg", math.nan)
    miss = math.nan if contact is None else math.hypot(contact.miss_m, contact.cross_m)
    sideways = math.nan if contact is None else contact.horizontal_mps
    tiles = [
        s.Tile(
            "touchdown, down",
            "–" if contact is None else f"{contact.vertical_mps:.2f} m/s",
            _limit(contact.vertical_mps if contact else None, scene.limits.vertical_mps),
        ),
        s.Tile(
            "touchdown, sideways",
            "–" if contact is None else f"{sideways:.2f} m/s",
            _limit(sideways if contact else None, scene.limits.lateral_mps),
        ),
        s.Tile("miss", "–" if contact is None else facts.metres(miss)),
        s.Tile(
            "propellant, all",
            f"{used:.1f} kg",
            "bad" if contact is not None and contact.propellant_left_kg <= 0.0 else "",
        ),
    ]
    mark = " …" if pending else ""
    if bound is not None:
        tiles += [
            s.Tile("last phase", "–" if math.isnan(bound.burnt_kg) else f"{bound.burnt_kg:.1f} kg"),
            s.Tile("least possible", f"{bound.optimum.propellant_kg:.1f} kg{mark}"),
            s.Tile("above the bound", "–" if math.isnan(bound.over_kg) else f"{bound.over_kg:.1f} kg{mark}"),
        ]
    else:
        tiles.append(s.Tile("least possible", "being sought …" if pending else "none"))
    words = facts.summary(flight)
    if bound is not None:
        o = bound.optimum
        words += (
            f" From the high gate, {o.problem.r_m[2]:.0f} m up, the least propellant is {o.propellant_kg:.2f} kg in "
            f"{o.flight_time_s:.0f} s: {bound_words(bound)}."
        )
        if not math.isnan(bound.burnt_kg):
            words += f" This flight burnt {bound.burnt_kg:.2f} kg in {phase.t[-1]:.0f} s."
    elif why_not:
        words += f" No bound: {why_not}."
    if contact is not None:
        words += f" It comes down {facts.metres(miss)} from the target and uses {used:.1f} kg in all."
    compared = (
        [f"no bound: {why_not}"] if why_not else [] if bound is None else [f"last phase: {bound_words(bound)}{mark}"]
    )
    end = _duration(phase, bound)
    numbers = {
        "landed": float(flight.landed),
        "touchdown_mps": math.nan if contact is None else contact.speed_mps,
        "vertical_mps": math.nan if contact is None else contact.vertical_mps,
        "sideways_mps": sideways,
        "miss_m": miss,
        "propellant_kg": used,
        "burnt_kg": math.nan if bound is None else bound.burnt_kg,
        "bound_kg": math.nan if bound is None else bound.optimum.propellant_kg,
        "over_kg": math.nan if bound is None else bound.over_kg,
        "over_fraction": math.nan if bound is None else bound.over_fraction,
    }
    return s.Scene(
        title or flight.provenance.get("name", "descent"),
        rows,
        words,
        tuple(tiles),
        (str(flight.verdict).replace("_", " "), MOODS.get(flight.verdict, "bad")),
        (*flight.reasons[:2], *compared),
        s.Clock(0.0, end, "s", min(end, 0.35 * end), 12.0, 0),
        numbers,
    )


def compare_scene(flights: Mapping[str, Flight], scene: Scenario, bound: Bound | None = None) -> s.Scene:
    """The last phases of several flights of one lander, and the optimum of the first."""
    named = [(name, Phase(flight, scene)) for name, flight in flights.items()]
    v = scene.vehicle
    limits = (v.assist_thrust_N * v.assist_throttle_min, v.main_thrust_N + v.assist_thrust_N)
    rows = (
        (side_view(named, bound), speed_view(named, bound)),
        tuple(_unnamed(view) for view in (thrust_view(named, bound, limits), propellant_view(named, bound))),
    )
    parts = [
        f"{name}: {str(flight.verdict).replace('_', ' ')}, {phase.mass[0] - phase.mass[-1]:.1f} kg in {phase.t[-1]:.0f} s"
        for (name, phase), flight in zip(named, flights.values(), strict=True)
    ]
    words = f"The last phase of {len(named)} flights. {'; '.join(parts)}."
    if bound is not None:
        least = bound.optimum
        words += f" The least propellant from the high gate of {named[0][0]} is {least.propellant_kg:.1f} kg"
        words += f" in {least.flight_time_s:.0f} s."
    return s.Scene("Guidance laws from the high gate on", rows, words)


def _unnamed(view: s.View) -> s.View:
    """A view below another one whose legend serves both."""
    marks = tuple(dataclasses.replace(m, name="") if isinstance(m, s.Line) else m for m in view.marks)
    return dataclasses.replace(view, marks=marks)


def _limit(value: float | None, limit: float) -> str:
    return "" if value is None else "good" if value <= limit else "bad"
