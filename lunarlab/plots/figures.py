"""Figures of transfers and insertions: each paints the scene that the consoles show, with the same description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lunarlab.plots.paint import paint
from lunarlab.plots.style import LunarFigure


def orbit(perilune_m: Any, apolune_m: Any, inclination_rad: Any, *, argp_rad: Any = 0.0) -> LunarFigure:
    """An orbit around the Moon to scale, over the ground, its height and speed; heights [m], angles [rad]."""
    from lunarlab.plots.orbits import orbit_scene

    return paint(orbit_scene(perilune_m, apolune_m, inclination_rad, argp_rad=argp_rad))


def ground_track(t_s: Any, longitude_rad: Any, latitude_rad: Any, *, title: str = "Ground track") -> LunarFigure:
    """Where an orbit passes over the Moon: times (n,) [s], longitude and latitude (n,) [rad]."""
    from lunarlab.plots.orbits import ground_track_scene

    return paint(ground_track_scene(t_s, longitude_rad, latitude_rad, title=title))


def lifetime(lifetimes: Any) -> LunarFigure:
    """Lifetime of an orbit against the degree of the gravity field; from `insertion.orbits.lifetimes`."""
    from lunarlab.plots.lifetimes import lifetime_scene

    return paint(lifetime_scene(lifetimes))


def transfer(routes: Any, *, names: tuple[str, ...] = (), frame: str = "both", title: str = "Transfer") -> LunarFigure:
    """Transfers in inertial and turning axes: routes of `transfer.ballistic`, or (t_s, r_eci, moon_eci), one or a list."""
    from lunarlab.plots.routes import paths_scene

    return paint(paths_scene(routes, names=names, frame=frame, title=title))


def path(
    t: Any, y: Any, *, system: Any = None, frame: str = "both", jacobi: float | None = None, title: str = "Path"
) -> LunarFigure:
    """A path of the three-body problem (times and states without units) in turning and inertial axes."""
    from lunarlab.plots.threebody import path_scene
    from lunarlab.transfer.threebody import EARTH_MOON

    return paint(path_scene(t, y, system or EARTH_MOON, frame=frame, jacobi=jacobi, title=title))


def forbidden(jacobi: Any, *, system: Any = None, half_width_km: float = 600e3) -> LunarFigure:
    """Where a craft of this Jacobi constant can't go."""
    from lunarlab.plots.threebody import forbidden_scene
    from lunarlab.transfer.threebody import EARTH_MOON

    return paint(forbidden_scene(jacobi, system or EARTH_MOON, half=half_width_km / 1e3))


def porkchop(porkchop: Any, grid: str = "dv_total_mps", *, at: tuple[float, float] | None = None) -> LunarFigure:
    """What a transfer costs over departure and flight time; `grid` is one of the grids of `transfer.lambert.Porkchop`."""
    from lunarlab.plots.porkchops import porkchop_scene

    return paint(porkchop_scene(porkchop, grid, at=at))


def capture(result: Any, planned: Any = None) -> LunarFigure:
    """A burn at the Moon: path before, during and after it, and its height; from `insertion.burn.fly_burn`."""
    from lunarlab.plots.captures import capture_scene

    return paint(capture_scene(result, planned))


def margins(flight: Any, decide_s: Any = 86400.0, announced: Sequence[tuple[float, float]] = ()) -> LunarFigure:
    """What is left aboard against the plan; from `insertion.propellant.fly_propellant`."""
    from lunarlab.plots.ledgers import margins_scene

    return paint(margins_scene(flight, decide_s, announced))


def calendar(
    opportunities: Any, start: Any = None, end: Any = None, *, which: Any = "dsn", sun_limits_deg: Any = (2.0, 30.0)
) -> LunarFigure:
    """Landing opportunities with light and station passes; from `insertion.windows.opportunities`."""
    from lunarlab.plots.windows import calendar_scene

    return paint(calendar_scene(opportunities, start, end, which=which, sun_limits_deg=sun_limits_deg))


def stay(flight: Any) -> LunarFigure:
    """A stay on the Moon: power, charge, temperatures and contact; from ``lunarlab.case("apex-1.0").fly()``."""
    from lunarlab.plots.stays import stay_scene

    return paint(stay_scene(flight))
