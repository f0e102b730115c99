"""From a parking orbit to the Moon by patched conics: the ellipse, the hyperbola, and what both burns cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import DAY, DISTANCE_MOON, MU_EARTH, MU_MOON, R_EARTH, R_MOON, R_SOI_MOON
from lunarlab.ephemeris import iso
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.plots.orbits import kilo
from lunarlab.transfer.patched import PatchedConic

MM = 1e6
_STYLES = (("blue", ""), ("orange", "dash"), ("green", "dashdot"))
_OMEGA = math.sqrt((MU_EARTH + MU_MOON) / DISTANCE_MOON**3)


@dataclass(frozen=True, eq=False)
class Route:
    """A patched conic as a path: times (n,) [s], Earth-centred x and y (n, 2) [m], and the same relative to the Moon.

    The x axis points to the Moon as the craft enters its sphere of influence. `entry` is the first row inside it.
    """

    t_s: np.ndarray
    earth_m: np.ndarray
    moon_m: np.ndarray
    entry: int
    perilune: int

    @property
    def flight_s(self) -> float:
        """From injection to perilune [s]."""
        return float(self.t_s[self.perilune])


def _flat(x: float, y: float) -> np.ndarray:
    return np.array([x, y, 0.0])


def follow(conic: PatchedConic, r0_m: float, v0_mps: float, lambda1_rad: float) -> Route:
    """The path of a patched conic that starts at its perigee, to the perilune and, without a burn, out again."""
    p = conic.h_m2ps**2 / MU_EARTH
    nu1 = math.acos(max(-1.0, min(1.0, (p / conic.r1_m - 1.0) / conic.e)))
    start = conic.gamma1_rad - nu1
    r0, v0 = r0_m * _flat(math.cos(start), math.sin(start)), v0_mps * _flat(-math.sin(start), math.cos(start))
    t1 = conic.tof_s * np.linspace(0.0, 1.0, 401) ** 2  # dense where it is fast
    out, _ = twobody.kepler(r0, v0, t1, mu=MU_EARTH)

    enter = R_SOI_MOON * _flat(-math.cos(lambda1_rad), math.sin(lambda1_rad))
    v = (
        conic.v1_mps * math.sin(conic.phi1_rad - conic.gamma1_rad),
        conic.v1_mps * math.cos(conic.phi1_rad - conic.gamma1_rad) - _OMEGA * DISTANCE_MOON,
    )
    orbit = twobody.elements(enter, _flat(*v), mu=MU_MOON)
    until = -twobody.mean_anomaly(orbit.nu_rad, orbit.e) * math.sqrt(abs(orbit.a_m) ** 3 / MU_MOON)
    t2 = until * (1.0 - np.linspace(1.0, -1.0, 401) ** 3)  # dense at the perilune, and back out to the border
    near, _ = twobody.kepler(enter, _flat(*v), t2, mu=MU_MOON)

    t = np.concatenate([t1, conic.tof_s + t2])
    angle = _OMEGA * (t - conic.tof_s)
    moon = DISTANCE_MOON * np.column_stack([np.cos(angle), np.sin(angle)])
    earth = np.vstack([out[:, :2], moon[t1.size :] + near[:, :2]])
    return Route(t, earth, earth - moon, t1.size, t1.size + 200)


def route_views(route: Route, perilune_m: float, apolune_m: float, *, height: int = 380) -> tuple[s.View, s.View]:
    """The way from the Earth in axes that don't turn, and the arrival seen from the Moon."""
    days = route.t_s / DAY
    to = slice(0, route.perilune + 1)
    angle = _OMEGA * (route.t_s - route.t_s[route.entry - 1])
    moon_x, moon_y = DISTANCE_MOON / MM * np.cos(angle), DISTANCE_MOON / MM * np.sin(angle)
    x, y = route.earth_m[:, 0] / MM, route.earth_m[:, 1] / MM
    at = route.perilune
    half = s.round_up(1.12 * DISTANCE_MOON / MM)
    far = s.View(
        "From the Earth",
        s.Axis("thousand km from the Earth", -half, half),
        s.Axis("thousand km", -half, half),
        (
            s.Line(*s.circle(0, 0, DISTANCE_MOON / MM), "grey", "the Moon's orbit", "dot", 1.2),
            s.Line(*s.circle(moon_x[at], moon_y[at], R_SOI_MOON / MM), "pink", "sphere of influence", "dash", 1.2),
            s.Line(x[to], y[to], "blue", "path"),
            s.Disc(0, 0, R_EARTH / MM, "earth", "Earth", 4.0),
            s.Spot(moon_x[0], moon_y[0], "Moon at departure", "grey", "ring", "left", 6),
            s.Mover(days, moon_x, moon_y, "grey", "moon", R_MOON / MM, "Moon"),
            s.Mover(days, x, y, "blue"),
        ),
        True,
        height,
    )
    u, w = route.moon_m[:, 0] / 1e3, route.moon_m[:, 1] / 1e3
    inside = slice(route.entry, None)
    marks: list[s.Mark] = [
        s.Disc(0, 0, R_MOON / 1e3, "moon", "Moon"),
        s.Line(u[inside], w[inside], "blue", "without a burn", "dash", 1.6),
    ]
    rp, ra = R_MOON + perilune_m, R_MOON + max(apolune_m, perilune_m)
    direction = route.moon_m[at] / np.linalg.norm(route.moon_m[at])
    turn = np.sign(np.cross(np.append(route.moon_m[at - 1], 0.0), np.append(route.moon_m[at], 0.0))[2])
    if perilune_m > 0.0:
        nu = np.linspace(0.0, 2.0 * np.pi, 241)
        a, e = 0.5 * (rp + ra), (ra - rp) / (ra + rp)
        r = a * (1.0 - e * e) / (1.0 + e * np.cos(nu)) / 1e3
        across = np.array([-direction[1], direction[0]]) * turn
        ring = np.outer(r * np.cos(nu), direction) + np.outer(r * np.sin(nu), across)
        marks.append(s.Line(ring[:, 0], ring[:, 1], "green", "after the burn"))
    before = slice(route.entry, at + 1)
    marks += [
        s.Line(u[before], w[before], "blue", "arrival"),
        s.Spot(float(u[at]), float(w[at]), f"perilune {kilo(perilune_m)} km", "orange", "diamond", "corner"),
        s.Mover(days, u, w, "blue"),
    ]
    reach = s.round_up(max(8e3, 1.15 * ra / 1e3, 1.6 * rp / 1e3))
    near = s.View(
        "At the Moon",
        s.Axis("km from the Moon, x away from the Earth", -reach, reach),
        s.Axis("km", -reach, reach),
        tuple(marks),
        True,
        height,
    )
    return far, near


def patched_tiles(
    conic: PatchedConic, route: Route, dv_tli: float, dv_loi: float, altitude_m: float
) -> tuple[s.Tile, ...]:
    """Readouts of a patched conic."""
    good = altitude_m > 0.0
    return (
        s.Tile("leaving the Earth", f"{dv_tli:,.1f} m/s"),
        s.Tile("flight time", f"{route.flight_s / DAY:.2f} d"),
        s.Tile("far from the Moon", f"{conic.v_infinity_mps:,.0f} m/s"),
        s.Tile("perilune", f"{kilo(altitude_m)} km", "good" if good else "bad"),
        s.Tile("entering orbit", f"{dv_loi:,.1f} m/s" if good else "–"),
        s.Tile("both burns", f"{dv_tli + dv_loi:,.1f} m/s" if good else "–", "good" if good else ""),
        s.Tile("Moon ahead by", f"{math.degrees(conic.gamma0_rad) % 360.0:.1f}°"),
    )


def _one(route: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, craft and Moon of a route: an object that has them, or the three arrays."""
    if all(hasattr(route, name) for name in ("t_s", "r_eci", "r_moon_eci")):
        route = (route.t_s, route.r_eci, route.r_moon_eci)
    try:
        t, r, moon = (np.asarray(a, dtype=float) for a in route)
    except (TypeError, ValueError) as error:
        raise LunarlabError(
            f"routes is {route!r}; a route is what transfer.ballistic gives, or (t_s, r_eci, moon_eci)"
        ) from error
    if t.ndim != 1 or t.size < 2 or r.shape != (t.size, 3) or moon.shape != r.shape:
        shapes = f"{t.shape}, {r.shape}, {moon.shape}"
        raise LunarlabError(
            f"t_s, r_eci and moon_eci of a route have the shapes {shapes}; they must be (n,) and twice (n, 3)"
        )
    return t, r, moon


def _thinned(
    t: np.ndarray, x: np.ndarray, y: np.ndarray, most: int = 1500
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    step = max(1, t.size // most)
    return t[::step], x[::step], y[::step]


def paths_scene(routes: Any, *, names: tuple[str, ...] = (), frame: str = "both", title: str = "Transfer") -> s.Scene:
    """Transfers with real ephemerides, seen from above the Moon's orbit: in inertial axes, in turning axes, or both.

    Parameters
    ----------
    routes : Route, or (t_s (n,), r_eci (n, 3), moon_eci (n, 3)), or a list of these
        Times [s TDB after J2000], craft and Moon seen from the Earth [m]; such as `transfer.ballistic` gives.
    names : tuple of str
        One for each.
    frame : {"both", "inertial", "rotating"}
        In the turning axes the Moon stays on the x axis.
    """
    if frame not in ("both", "inertial", "rotating"):
        raise LunarlabError(f"frame is {frame!r}; allowed are both, inertial, rotating")
    several = list(routes) if isinstance(routes, list) else [routes]
    if not 1 <= len(several) <= len(_STYLES):
        raise LunarlabError(f"routes has {len(several)} of them; one to {len(_STYLES)} can be told apart")
    names = names or (("path",) if len(several) == 1 else tuple(f"route {i + 1}" for i in range(len(several))))
    if len(names) != len(several):
        raise LunarlabError(f"names is {names!r}; there are {len(several)} routes")
    found = [_one(route) for route in several]
    begin = min(float(t[0]) for t, _, _ in found)
    ahead = found[0][2][0] / np.linalg.norm(found[0][2][0])
    normal = np.cross(found[0][2][:-1], found[0][2][1:]).sum(axis=0)
    side = np.cross(normal / np.linalg.norm(normal), ahead)
    half = s.round_up(
        1.04 * max(float(np.linalg.norm(a, axis=1).max()) for _, r, moon in found for a in (r, moon)) / MM
    )
    still: list[s.Mark] = [s.Disc(0, 0, R_EARTH / MM, "earth", "Earth", 4.0)]
    turning: list[s.Mark] = list(still)
    parts, end = [], 0.0
    for i, ((t, r, moon), name) in enumerate(zip(found, names, strict=True)):
        ink, dash = _STYLES[i]
        days, end = (t - begin) / DAY, max(end, (float(t[-1]) - begin) / DAY)
        x, y, u, w = (a @ axis / MM for a in (r, moon) for axis in (ahead, side))
        angle = np.arctan2(w, u)
        cos, sin = np.cos(angle), np.sin(angle)
        if i == 0:
            longest = max(found, key=lambda item: item[0][-1] - item[0][0])
            when, mx, my = _thinned((longest[0] - begin) / DAY, longest[2] @ ahead / MM, longest[2] @ side / MM)
            still += [
                s.Line(mx, my, "grey", "the Moon", "dot", 1.2),
                s.Mover(when, mx, my, "grey", "moon", R_MOON / MM, "Moon"),
            ]
            turning.append(s.Mover(when, np.hypot(mx, my), 0.0 * when, "grey", "moon", R_MOON / MM, "Moon"))
        for marks, a, b in ((still, x, y), (turning, cos * x + sin * y, cos * y - sin * x)):
            at, a, b = _thinned(days, a, b)
            marks += [s.Line(a, b, ink, name, dash, 1.8), s.Mover(at, a, b, ink)]
        distance, gap = np.linalg.norm(r, axis=1) / 1e3, np.linalg.norm(r - moon, axis=1) / 1e3
        far, near = int(distance.argmax()), int(gap.argmin())
        parts.append(
            f"{name[0].upper()}{name[1:]}: from {iso(float(t[0]))[:16]} to {iso(float(t[-1]))[:16]} UTC, "
            f"{days[-1] - days[0]:.1f} days. Farthest from the Earth are {distance[far]:,.0f} km after "
            f"{days[far] - days[0]:.1f} days; closest to the Moon's centre {gap[near]:,.0f} km after "
            f"{days[near] - days[0]:.1f} days."
        )
    up = s.Axis("thousand km", -half, half)
    views = {
        "inertial": s.View(
            "Axes that don't turn", s.Axis("thousand km from the Earth", -half, half), up, tuple(still), True, 380
        ),
        "rotating": s.View(
            "Turning with the Moon",
            s.Axis("thousand km, x towards the Moon", -half, half),
            up,
            tuple(turning),
            True,
            380,
        ),
    }
    rows = (tuple(views.values()) if frame == "both" else (views[frame],),)
    return s.Scene(title, rows, " ".join(parts), clock=s.Clock(0.0, end, "d", end))
