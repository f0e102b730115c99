"""Paths in the Earth-Moon system: in axes that turn with the Moon and in axes that don't, and where a craft can't go."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.transfer import threebody
from lunarlab.transfer.threebody import EARTH_MOON, System

MM = 1e6
"""Pictures of the Earth-Moon system count in thousands of kilometres."""
R_EARTH, R_MOON = 6.378137, 1.7374


def _states(t: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    t, y = np.asarray(t, dtype=float), np.asarray(y, dtype=float)
    if t.ndim != 1 or t.size < 2 or y.ndim != 2 or y.shape[0] != t.size or y.shape[1] < 6:
        raise LunarlabError(
            f"t has shape {t.shape} and y {y.shape}; they must be (n,) and (n, 6 or more), n at least 2"
        )
    return t, y[:, :6]


def spin(t: np.ndarray, y: np.ndarray, mu: float) -> tuple[np.ndarray, np.ndarray]:
    """x and y of a path in axes that don't turn, from the Earth's centre; states and times without units."""
    r = threebody.rotating_to_inertial(y, t, mu, centre="primary")
    return r[:, 0], r[:, 1]


def points_marks(mu: float, length: float, names: tuple[str, ...] = threebody.POINTS) -> tuple[s.Spot, ...]:
    """The libration points, in thousands of kilometres from the barycentre."""
    places = threebody.libration_points(mu)
    return tuple(
        s.Spot(float(p[0]) * length, float(p[1]) * length, name, "yellow", "cross", "above", 6)
        for name, p in zip(threebody.POINTS, places, strict=True)
        if name in names
    )


def bodies(mu: float, length: float) -> tuple[s.Disc, s.Disc]:
    """Earth and Moon in turning axes, in thousands of kilometres from the barycentre."""
    return (
        s.Disc(-mu * length, 0.0, R_EARTH, "earth", "Earth", 4.0),
        s.Disc((1.0 - mu) * length, 0.0, R_MOON, "moon", "Moon", 3.0),
    )


def forbidden_region(
    jacobi: float, system: System, limits: tuple[float, float, float, float], points: int = 181
) -> s.Region:
    """Where a craft of this Jacobi constant can't be, on a grid within limits (x0, x1, y0, y1) [1000 km]."""
    k = system.length_m / MM
    x0, x1, y0, y1 = (value / k for value in limits)
    field = threebody.zero_velocity(system.mu, x=(x0, x1), y=(y0, y1), points=points)
    values = np.minimum(field.jacobi, 50.0)  # the wells are deep: only the edge matters
    return s.Region(values, *limits, jacobi, "pink", f"forbidden at C = {jacobi:.4f}", 0.28)


def rotating_view(
    t: np.ndarray,
    y: np.ndarray,
    system: System,
    *,
    half: float,
    jacobi: float | None = None,
    height: int = 340,
    title: str = "Turning with the Moon",
    points: tuple[str, ...] = threebody.POINTS,
    centre: float = 0.0,
    extra: tuple[s.Mark, ...] = (),
    width: float = 1.0,
    sun_angle: np.ndarray | None = None,
    unit: float = 1.0,
) -> s.View:
    """A path in turning axes, `half` thousand km to each side of the point `centre` on the Earth-Moon line."""
    k = system.length_m / MM
    days = t * system.time_s / DAY
    marks: list[s.Mark] = []
    if jacobi is not None:
        marks.append(
            forbidden_region(jacobi, system, (centre - 1.45 * half, centre + 1.45 * half, -1.45 * half, 1.45 * half))
        )
    x, w = y[:, 0] * k, y[:, 1] * k
    marks += [s.Line(x, w, "blue", width=1.8), *bodies(system.mu, k), *points_marks(system.mu, k, points)]
    marks += [*extra, s.Mover(days, x, w, "blue")]
    if sun_angle is not None:
        marks.append(
            s.Mover(
                days,
                0.93 * half * np.cos(sun_angle),
                0.93 * half * np.sin(sun_angle),
                "yellow",
                "sun",
                0.0,
                "to the Sun",
            )
        )
    across = s.Axis("thousand km, x towards the Moon", centre - half, centre + half)
    return s.View(title, across, s.Axis("thousand km", -half, half), tuple(marks), True, height, width)


def inertial_view(
    t: np.ndarray,
    y: np.ndarray,
    system: System,
    *,
    half: float,
    height: int = 340,
    width: float = 1.0,
    title: str = "Axes that don't turn",
    sun_angle: np.ndarray | None = None,
) -> s.View:
    """The same path from the Earth's centre, in axes that agree with the turning ones at t = 0."""
    k = system.length_m / MM
    days = t * system.time_s / DAY
    x, w = (k * a for a in spin(t, y, system.mu))
    moon_x, moon_y = k * np.cos(t), k * np.sin(t)
    marks: list[s.Mark] = [
        s.Line(*s.circle(0.0, 0.0, k), "grey", "the Moon's orbit", "dot", 1.2),
        s.Line(x, w, "blue", "path", width=1.8),
        s.Disc(0, 0, R_EARTH, "earth", "Earth", 4.0),
        s.Mover(days, moon_x, moon_y, "grey", "moon", R_MOON, "Moon"),
        s.Mover(days, x, w, "blue"),
    ]
    if sun_angle is not None:
        a = sun_angle + t
        marks.append(
            s.Mover(days, 0.93 * half * np.cos(a), 0.93 * half * np.sin(a), "yellow", "sun", 0.0, "to the Sun")
        )
    across = s.Axis("thousand km from the Earth", -half, half)
    return s.View(title, across, s.Axis("thousand km", -half, half), tuple(marks), True, height, width)


def distances(t: np.ndarray, y: np.ndarray, system: System) -> tuple[np.ndarray, np.ndarray]:
    """Distances [1000 km] from the centres of Earth and Moon."""
    k = system.length_m / MM
    flat = y[:, 1] ** 2 + y[:, 2] ** 2
    return k * np.sqrt((y[:, 0] + system.mu) ** 2 + flat), k * np.sqrt((y[:, 0] - 1.0 + system.mu) ** 2 + flat)


def reach(t: np.ndarray, y: np.ndarray, system: System) -> float:
    """A round half width of a picture that holds the whole path and the Moon."""
    return s.round_up(1.08 * max(float(distances(t, y, system)[0].max()), 1.05 * system.length_m / MM))


def path_scene(
    t: Any,
    y: Any,
    system: System = EARTH_MOON,
    *,
    frame: str = "both",
    jacobi: float | None = None,
    title: str = "Path",
) -> s.Scene:
    """A path of the three-body problem, times (n,) and states (n, 6) without units.

    `frame` is "rotating", "inertial" or "both"; `jacobi` adds the region that is forbidden at this constant.
    """
    t, y = _states(t, y)
    if frame not in ("rotating", "inertial", "both"):
        raise LunarlabError(f"frame is {frame!r}; allowed are rotating, inertial, both")
    half = reach(t, y, system)
    views = {
        "rotating": rotating_view(t, y, system, half=half, jacobi=jacobi),
        "inertial": inertial_view(t, y, system, half=half),
    }
    earth, moon = distances(t, y, system)
    days = t * system.time_s / DAY
    near = int(moon.argmin())
    words = (
        f"A path of {days[-1] - days[0]:.1f} days: {1e3 * earth.min():,.0f} to {1e3 * earth.max():,.0f} km from the "
        f"Earth's centre, closest to the Moon's centre with {1e3 * moon[near]:,.0f} km after {days[near] - days[0]:.1f} days."
    )
    if jacobi is not None:
        gates = threebody.open_gates(jacobi, system.mu)
        words += f" At the Jacobi constant {jacobi:.5f} the way is open {_gates(gates)}."
    rows = (tuple(views.values()) if frame == "both" else (views[frame],),)
    return s.Scene(title, rows, words, clock=s.Clock(float(days[0]), float(days[-1]), "d", float(days[-1])))


def _gates(gates: tuple[str, ...]) -> str:
    """Which libration points may be passed, in words."""
    if not gates:
        return "nowhere: Earth and Moon each lie in a valley of their own"
    return "past " + (gates[0] if len(gates) == 1 else f"{', '.join(gates[:-1])} and {gates[-1]}")


def forbidden_scene(jacobi: Any, system: System = EARTH_MOON, *, half: float = 600.0) -> s.Scene:
    """The region that is forbidden at a Jacobi constant, with the libration points."""
    from lunarlab.units import si

    c = si(jacobi, "", name="jacobi", low=1.0, high=20.0)
    still = np.repeat([[0.5 - system.mu, math.sqrt(0.75), 0.0, 0.0, 0.0, 0.0]], 2, axis=0)
    view = rotating_view(np.array([0.0, 1.0]), still, system, half=half, jacobi=c, title="")
    marks = tuple(mark for mark in view.marks if not isinstance(mark, s.Mover | s.Line))
    view = s.View("", view.x, view.y, marks, True, 480)
    limits = threebody.jacobi(np.hstack([threebody.libration_points(system.mu), np.zeros((5, 3))]), system.mu)
    shares = "; ".join(f"{name} at {limit:.5f}" for name, limit in zip(threebody.POINTS, limits, strict=True))
    words = (
        f"Forbidden region of the {system.name} system at the Jacobi constant {c:.5f}: the way is open "
        f"{_gates(threebody.open_gates(c, system.mu))}. Below these constants the gates open: {shares}."
    )
    return s.Scene(f"Forbidden at C = {c:.4f}", ((view,),), words)
