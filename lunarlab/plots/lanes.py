"""Four lanes on one clock: what was published, what truly happened, what was believed, what the sensors said.

`lanes_scene` makes them for every kind of flight, to play and scrub in the browser and to paint on paper. Here stands what
all kinds share, and a descent; burns and propellant are in `quietlanes`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lunarlab.descent.flight import Flight
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts, style
from lunarlab.plots import scene as s
from lunarlab.plots.descents import MOODS, _thin
from lunarlab.plots.style import LunarFigure

LANES = ("Published", "What truly happened", "What was believed", "What the sensors said")
_SHAPES = {"reported": "ring", "derived": "square", "assumed": "diamond"}
_BEFORE_S = 60.0  # the lanes begin so long before the engines light: on the coast nothing can be seen


@dataclasses.dataclass(frozen=True)
class Point:
    """A published point on the clock of one flight: value and 1-sigma in SI, or None where a number was not published."""

    t_s: float
    sigma_t_s: float
    values: dict[str, tuple[float, float]]
    """Quantity: (value, 1-sigma)."""
    confidence: str
    words: str


def placed(points: Sequence[Any], flight: Any) -> list[Point]:
    """Published points on the clock of a flight. What counts from an event that did not happen is left out."""
    found = []
    for p in points:
        when = p.when(flight) if hasattr(p, "when") else p.t_s
        if not math.isfinite(when):
            continue
        values = {}
        for name in ("height_m", "speed_mps"):
            value = getattr(p, name, None)
            if value is not None:
                values[name] = (float(value), float(getattr(p, f"sigma_{name}", 0.0) or 0.0))
        if getattr(p, "quantity", ""):
            values[p.quantity] = (float(p.value), float(p.sigma_value))
        about = f" of {'the ' + p.event if getattr(p, 'event', '') else 'the clock'}" if p.sigma_t_s else ""
        words = f"{p.note or 'published'} ({p.confidence}, {p.source}; ± {p.sigma_t_s:g} s{about})"
        found.append(Point(float(when), float(p.sigma_t_s or 0.0), values, p.confidence, words))
    return found


def points_of(
    points: Sequence[Point], name: str, unit: str, scale: float, clock: float, low: float, high: float
) -> list[s.Mark]:
    """Marks of the published points of one quantity between two times [s]: a shape for each confidence, 1-sigma bars."""
    marks: list[s.Mark] = []
    for confidence, shape in _SHAPES.items():
        some = [p for p in points if p.confidence == confidence and name in p.values and low <= p.t_s <= high]
        if not some:
            continue
        t = np.array([p.t_s for p in some]) * clock
        y, e = (np.array([p.values[name][i] for p in some]) * scale for i in (0, 1))
        d = np.array([p.sigma_t_s for p in some]) * clock
        gap = np.full(t.size, np.nan)
        across = np.column_stack([t - d, t + d, gap]).ravel(), np.column_stack([y, y, gap]).ravel()
        upright = np.column_stack([t, t, gap]).ravel(), np.column_stack([y - e, y + e, gap]).ravel()
        marks += [s.Line(*across, "ink", width=1.3), s.Line(*upright, "ink", width=1.3)]
        texts = tuple(f"{v:.4g} ± {u:.2g} {unit}: {p.words}" for p, v, u in zip(some, y, e, strict=True))
        marks.append(s.Dots(t, y, "ink", shape, confidence, 7.0, texts=texts))
    return marks


def moments(points: Sequence[Point], axis: s.Axis, clock: float, low: float, high: float) -> list[s.Mark]:
    """Marks at the foot of a view for the points of which only the time was published."""
    some = [p for p in points if not p.values and low <= p.t_s <= high]
    if not some:
        return []
    t, d = (np.array([getattr(p, name) for p in some]) * clock for name in ("t_s", "sigma_t_s"))
    y, gap = np.full(t.size, axis.low + 0.05 * (axis.high - axis.low)), np.full(t.size, np.nan)
    across = np.column_stack([t - d, t + d, gap]).ravel(), np.column_stack([y, y, gap]).ravel()
    return [
        s.Line(*across, "ink", width=1.3),
        s.Dots(t, y, "ink", "triangle", "only a time", 6.0, texts=tuple(p.words for p in some)),
    ]


def said(points: Sequence[Point], name: str, show: Any) -> str:
    """The published points of a quantity in words."""
    return ", ".join(f"{show(p.values[name][0])} at {p.t_s:.0f} s ({p.confidence})" for p in points if name in p.values)


def provenance(points: Sequence[Point]) -> str:
    """Where the published points come from, in words."""
    return " ".join(f"At {p.t_s:.0f} s: {p.words}." for p in points)


def nothing(axis: s.Axis, clock: s.Axis, what: str) -> list[s.Mark]:
    """A lane in which nothing was published says so."""
    middle, level = 0.5 * (clock.low + clock.high), 0.5 * (axis.low + axis.high)
    return [s.Spot(middle, level, f"no {what} published", "grey", "dot", "above", 1.0)]


def lane(
    number: int,
    clock: s.Axis,
    parts: Sequence[tuple[str, s.Axis, Sequence[s.Mark]]],
    rules: Sequence[tuple[float, str, str]],
) -> tuple[s.View, ...]:
    """One lane: views of (what, axis, marks) side by side, and the times (t, words, ink) that matter to all lanes.

    The words of the times stand in the first lane, by turns in its views.
    """
    views = []
    for i, (what, axis, marks) in enumerate(parts):
        lines = tuple(
            s.Rule(t, "x", words if number == 0 and k % len(parts) == i else "", ink)
            for k, (t, words, ink) in enumerate(rules)
        )
        views.append(s.View(f"{LANES[number]}: {what}", clock, axis, (*marks, *lines), height=120))
    return tuple(views)


def _speeds(flight: Flight, who: str) -> np.ndarray:
    """Total speed [m/s], true or est(imated), row by row."""
    total = np.zeros(len(flight.table))
    for way in ("forward", "left", "vertical"):
        total += flight.si[f"{who}_{way}_speed"] ** 2
    return np.sqrt(total)


def descent_lanes(flight: Flight, published: Sequence[Any] = (), title: str = "") -> s.Scene:
    """A descent: altitude and speed, lane by lane; of the sensors the ranges, and how far they were from what was expected."""
    si = style.flown(flight).si
    start = int(np.searchsorted(si["t"], si["t"][facts.ignition_row(flight)] - _BEFORE_S))
    rows = start + _thin(len(flight.table) - start, 900)
    t, altitude, belief = si["t"][rows], si["true_altitude"], facts.believed_altitude(flight)
    speed, est_speed = _speeds(flight, "true"), _speeds(flight, "est")
    low, high = float(t[0]), float(t[-1])
    points = [p for p in placed(published, flight) if low <= p.t_s <= high + 300.0]
    end = max([high, *(p.t_s + p.sigma_t_s for p in points)])
    since = "the start" if flight.event("deorbit") is None else "the de-orbit burn"
    clock = s.Axis(f"seconds since {since}", low, end, clock=True)
    tops = []
    for line, name in ((np.maximum(altitude, belief), "height_m"), (np.maximum(speed, est_speed), "speed_mps")):
        tops.append(1.08 * max([float(line[rows].max()), *(p.values[name][0] for p in points if name in p.values)]))
    heights = s.Axis("altitude, km", -0.06e-3 * tops[0], 1e-3 * tops[0])
    speeds = s.Axis("speed, m/s", -0.06 * tops[1], tops[1])

    rules: list[tuple[float, str, str]] = []
    gap: list[s.Mark] = []
    lockout, zero = flight.event("lockout"), flight.event("estimate_zero")
    if lockout is not None:
        rules.append((lockout.t_s, "altimeter locked out", "red"))
    if zero is not None and zero.altitude_m > facts.GAP_WORTH_SHOWING_M:
        apart = zero.altitude_m - zero.est_height_m
        rules.append((zero.t_s, "estimate reaches zero", "orange"))
        gap.append(s.Arrow(zero.t_s, zero.est_height_m / 1e3, 0.0, apart / 1e3, f"gap {facts.metres(apart)}", "ink"))

    def moving(line: s.Line) -> list[s.Mark]:
        return [line, s.Mover(line.x, line.x, line.y, line.ink)]

    true_h, true_v = s.Line(t, altitude[rows] / 1e3, "blue", "truth"), s.Line(t, speed[rows], "blue", "truth")
    thin_h, thin_v = (
        dataclasses.replace(line, name="truth, to compare", width=1.2, alpha=0.6) for line in (true_h, true_v)
    )
    est_h, est_v = (s.Line(t, y, "orange", "belief", "dash") for y in (belief[rows] / 1e3, est_speed[rows]))
    used, refused = facts.ranges(flight)
    ranges: list[s.Mark] = []
    for part, ink, shape, name, size in (
        (used, "green", "dot", "used", 2.5),
        (refused, "red", "cross", "refused", 4.0),
    ):
        some = part[:: max(1, -(-part.size // 300))]
        ranges += [s.Dots(si["t"][some], si["meas_range"][some] / 1e3, ink, shape, name, size)] if part.size else []
    misfit = si["nav_innovation"]
    seen = rows[np.isfinite(misfit[rows])]
    wide = s.round_up(1.1 * max([1.0, *np.abs(misfit[seen])]))
    misfits = (s.Rule(0.0, "y", "", "grey"), s.Dots(si["t"][seen], misfit[seen], "pink", "dot", "", 2.5))
    pub_h = points_of(points, "height_m", "km", 1e-3, 1.0, low, end) or nothing(heights, clock, "heights")
    pub_h = [*pub_h, *moments(points, heights, 1.0, low, end)]
    pub_v = points_of(points, "speed_mps", "m/s", 1.0, 1.0, low, end) or nothing(speeds, clock, "speeds")
    pictures = (
        lane(0, clock, (("altitude", heights, pub_h), ("speed", speeds, pub_v)), rules),
        lane(1, clock, (("altitude", heights, moving(true_h)), ("speed", speeds, moving(true_v))), rules),
        lane(
            2,
            clock,
            (("altitude", heights, [thin_h, *moving(est_h), *gap]), ("speed", speeds, [thin_v, *moving(est_v)])),
            rules,
        ),
        lane(3, clock, (("range", heights, ranges), ("range − expected", s.Axis("m", -wide, wide), misfits)), rules),
    )
    words = (
        f"Four lanes over the same clock, from {low:.0f} s to {high:.0f} s after {since}. Published heights: "
        f"{said(points, 'height_m', facts.metres) or 'no heights'}; published speeds: "
        f"{said(points, 'speed_mps', _mps) or 'no speeds'}. "
        f"Truth: the altitude falls from {facts.metres(altitude[rows[0]])} to "
        f"{facts.metres(max(altitude[-1], 0.0))}, the speed from "
        f"{speed[rows[0]]:.0f} to {speed[-1]:.1f} m/s. "
        f"Belief: the largest difference to the true altitude is {facts.metres(np.abs(altitude - belief)[start:].max())}. "
        f"Sensor: {used.size} ranges were used and {refused.size} refused. {facts.summary(flight)} {provenance(points)}"
    )
    key = facts.key_event(flight)
    return s.Scene(
        title or style.name_of(flight), pictures, words.strip(),
        (
            s.Tile("altitude", t=t, values=altitude[rows], unit="m", digits=0),
            s.Tile("believed", t=t, values=belief[rows], unit="m", digits=0),
            s.Tile("speed", t=t, values=speed[rows], unit="m/s"),
            s.Tile("believed speed", t=t, values=est_speed[rows], unit="m/s"),
        ),
        (str(flight.verdict).replace("_", " "), MOODS.get(flight.verdict, "bad")), tuple(flight.reasons[:2]),
        s.Clock(low, high, "s", high if key is None else min(max(key.t_s, low), high), 20.0, 1),
        facts.key_facts(flight),
    )  # fmt: skip


def _mps(speed: float) -> str:
    return f"{speed:.1f} m/s"


def lanes_scene(flight: Any, published: Sequence[Any] = (), title: str = "") -> s.Scene:
    """The four lanes of a flight of any kind.

    Parameters
    ----------
    flight : what `lunarlab.fly` returns
        A descent with histories, a burn, or the propellant of a mission.
    published : sequence
        Published points, as in ``case.published``.

    Raises
    ------
    LunarlabError
        It is no flight, or one without histories.
    """
    if isinstance(flight, Flight):
        return descent_lanes(flight, published, title)
    from lunarlab.plots.quietlanes import LANES_OF

    for kind, make in LANES_OF.items():
        if isinstance(flight, kind):
            return make(flight, published, title)
    raise LunarlabError(f"flight is {flight!r}; it must be the result of lunarlab.fly")


def four_lanes(flight: Any, published: Sequence[Any] = (), title: str = "") -> LunarFigure:
    """Four lanes on one clock, for every kind of flight: published, truth, belief, sensors.

    Parameters
    ----------
    flight : what `lunarlab.fly` returns
    published : sequence
        Published points, as in ``case.published``.

    Returns
    -------
    LunarFigure
        See `lunarlab.plots.describe` for it in words; the sources of the points are among them.
    """
    from lunarlab.plots.paint import paint

    return paint(lanes_scene(flight, published, title))


def descent(flight: Flight, published: Sequence[Any] = ()) -> LunarFigure:
    """Four lanes of a descent; see `four_lanes`."""
    style.flown(flight)
    return four_lanes(flight, published)
