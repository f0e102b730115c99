"""Where and when to land: a calendar of light, stations and opportunities; the Sun over the Moon; the hours of the descent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris import iso, sky, tdb
from lunarlab.ephemeris.places import Site, site
from lunarlab.errors import LunarlabError
from lunarlab.insertion.windows import Opportunity, Timeline
from lunarlab.plots import scene as s
from lunarlab.plots.orbits import map_view, signed
from lunarlab.units import array

HOUR = 3600.0


def known(opportunities: Any) -> list[Opportunity]:
    """A list of `insertion.windows.Opportunity`; LunarlabError for anything else."""
    found = list(opportunities) if isinstance(opportunities, (list, tuple)) else [opportunities]
    if not all(isinstance(item, Opportunity) for item in found):
        wanted = "what lunarlab.insertion.windows.opportunities returns"
        raise LunarlabError(f"opportunities is {opportunities!r}; it must be {wanted}")
    return found


def _short(t: float) -> str:
    return iso(t)[:16].replace("T", " ")


def date_axis(start_s: float, end_s: float, clock: bool = False) -> s.Axis:
    """Days from a date on."""
    return s.Axis("date (UTC)", 0.0, (end_s - start_s) / DAY, "date", iso(start_s)[:16], clock=clock)


def _lit(place: Site, start_s: float, end_s: float, eph: Any) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the days at a site, clipped to the picture."""
    rises, sets = sky.daylight(place, start_s, end_s, eph=eph)
    up = float(sky.sun_at(place, start_s, eph).elevation_rad) > 0.0
    begin = np.concatenate([[start_s], rises]) if up else rises
    end = np.concatenate([sets, [end_s]])
    return begin, end[: begin.size]


def calendar_view(
    place: Site,
    opportunities: Sequence[Opportunity],
    passes: Sequence[sky.Pass],
    start_s: float,
    end_s: float,
    *,
    eph: Any = None,
    chosen_s: float | None = None,
    alternate: Site | None = None,
    height: int = 230,
) -> s.View:
    """Light at the site, views of the stations, times at which the plane holds the site: good ones and refused ones."""
    names = list(dict.fromkeys(p.station for p in passes))
    lanes = ["landing", "sunlight", *names]
    if alternate is not None:
        lanes.insert(1, "alternate")
    level = {name: len(lanes) - 1 - i for i, name in enumerate(lanes)}

    def day(t: Any) -> np.ndarray:
        return (np.asarray(t, dtype=float) - start_s) / DAY

    begin, end = _lit(place, start_s, end_s, eph)
    marks: list[s.Mark] = [
        s.Boxes(
            day(begin),
            day(end),
            np.full(begin.size, level["sunlight"] - 0.34),
            np.full(begin.size, level["sunlight"] + 0.34),
            "yellow",
            "",
            0.75,
        )
    ]
    for i, name in enumerate(names):
        own = [p for p in passes if p.station == name]
        y = np.full(len(own), float(level[name]))
        marks.append(
            s.Boxes(
                np.clip(day([p.rise_s for p in own]), 0.0, None),
                np.clip(day([p.set_s for p in own]), None, float(day(end_s))),
                y - 0.3,
                y + 0.3,
                ("blue", "pink", "grey")[i % 3],
                "",
                0.75,
            )
        )
    lane = level["landing"]
    good = [o for o in opportunities if o.good]
    bad = [o for o in opportunities if not o.good]
    for some, ink, shape, name in ((good, "green", "diamond", "possible"), (bad, "red", "cross", "refused")):
        if some:
            marks.append(
                s.Dots(day([o.touchdown_s for o in some]), np.full(len(some), float(lane)), ink, shape, name, 8.0)
            )
    if alternate is not None:
        after = {a.touchdown_s: a for o in opportunities for a in o.alternates}
        if after:
            marks.append(
                s.Dots(
                    day(list(after)),
                    np.full(len(after), float(level["alternate"])),
                    "orange",
                    "triangle",
                    f"at {name_of(alternate)}",
                    8.0,
                )
            )
    if chosen_s is not None:
        marks.append(s.Rule(float(day(chosen_s)), "x", "planned", "ink"))
    up = s.Axis("", -0.6, len(lanes) - 0.4, ticks=tuple((float(level[name]), name) for name in lanes))
    return s.View(f"Calendar for {name_of(place)}", date_axis(start_s, end_s), up, tuple(marks), height=height)


def light_view(
    place: Site,
    start_s: float,
    end_s: float,
    limits_deg: tuple[float, float],
    *,
    eph: Any = None,
    chosen_s: float | None = None,
    height: int = 170,
) -> s.View:
    """Elevation of Sun and Earth over a site."""
    t = np.linspace(start_s, end_s, 361)
    sun = np.degrees(sky.sun_at(place, t, eph).elevation_rad)
    earth = np.degrees(sky.earth_at(place, t, eph).elevation_rad)
    days = (t - start_s) / DAY
    low, high = limits_deg
    top = 10.0 * math.ceil(max(float(sun.max()), float(earth.max()), high) / 10.0)
    bottom = 10.0 * math.floor(min(float(sun.min()), float(earth.min()), -10.0) / 10.0)
    marks: list[s.Mark] = [
        s.between(days, low, high, ink="green", name="wanted", alpha=0.22),
        s.Line(days, sun, "yellow", "Sun"),
        s.Line(days, earth, "blue", "Earth", "dash"),
        s.Rule(0.0, "y", "horizon", "grey", "dash", _clear_end(sun, earth, top - bottom)),
    ]
    if chosen_s is not None:
        marks.append(s.Rule((chosen_s - start_s) / DAY, "x", "", "ink"))
    return s.View(
        "Height over the horizon",
        date_axis(start_s, end_s),
        s.Axis("degrees", bottom, top),
        tuple(marks),
        height=height,
    )


def _clear_end(sun: np.ndarray, earth: np.ndarray, span: float) -> str:
    """The end of the picture at which words above the horizon cover less of the curves."""
    part = max(1, sun.size // 8)

    def covered(of: slice) -> int:
        return int(sum(((-0.02 * span < y[of]) & (y[of] < 0.12 * span)).sum() for y in (sun, earth)))

    return "start" if covered(slice(None, part)) < covered(slice(-part, None)) else "end"


def moon_view(place: Site, t_s: float, *, eph: Any = None, alternate: Site | None = None, height: int = 170) -> s.View:
    """The Moon's day and night at a date, with the site."""
    lat, lon = (float(a) for a in sky.overhead(t_s, eph, body="sun"))
    x, y = np.linspace(-np.pi, np.pi, 73), np.linspace(-0.5 * np.pi, 0.5 * np.pi, 37)
    sine = math.sin(lat) * np.sin(y)[:, None] + math.cos(lat) * np.cos(y)[:, None] * np.cos(x[None, :] - lon)
    night = s.Region(sine, -180.0, 180.0, -90.0, 90.0, 0.0, "blue", "night", 0.35)
    base = map_view((), f"The Moon on {iso(t_s)[:10]}", height)
    spots: list[s.Mark] = [night]
    spots.append(s.Spot(math.degrees(lon), math.degrees(lat), "Sun overhead", "yellow", "dot", "above", 10))
    if alternate is not None:
        spots.append(s.Spot(_east(alternate), alternate.latitude_deg, name_of(alternate), "orange", "triangle", size=8))
    spots.append(s.Spot(_east(place), place.latitude_deg, name_of(place), "green", "diamond", size=9))
    return s.View(base.title, base.x, base.y, tuple(spots), height=height)


def _east(place: Site) -> float:
    return math.remainder(place.longitude_deg, 360.0)


def descent_view(line: Timeline, passes: Sequence[sky.Pass], *, after_s: float = HOUR, height: int = 130) -> s.View:
    """The hours of the descent, and which stations see the Moon."""
    start, end = line.doi_s - 0.35 * HOUR, line.touchdown_s + after_s + 0.35 * HOUR
    near = [p for p in passes if p.rise_s < end and p.set_s > start]
    names = list(dict.fromkeys(p.station for p in near)) or ["no station"]

    def at(t: float) -> float:
        return (min(max(t, start), end) - line.touchdown_s) / 60.0

    top = float(len(names))
    marks: list[s.Mark] = [
        s.Boxes([at(line.doi_s)], [at(line.braking_s)], [top - 0.3], [top + 0.3], "blue", "coast", 0.8, ("coast",)),
        s.Boxes([at(line.braking_s)], [0.0], [top - 0.3], [top + 0.3], "orange", "braking", 0.9, ("braking",)),
        s.Boxes(
            [0.0],
            [at(line.touchdown_s + after_s)],
            [top - 0.3],
            [top + 0.3],
            "green",
            "on the ground",
            0.5,
            ("on the ground",),
        ),
        s.Spot(at(line.doi_s), top, "descent burn", "ink", "triangle", "left", 7),
    ]
    for i, name in enumerate(reversed(names)):
        own = [p for p in near if p.station == name]
        if own:
            y = np.full(len(own), float(i))
            marks.append(
                s.Boxes([at(p.rise_s) for p in own], [at(p.set_s) for p in own], y - 0.3, y + 0.3, "grey", "", 0.8)
            )
    lanes = ((top, "lander"), *((float(len(names) - 1 - i), name) for i, name in enumerate(names)))
    return s.View(
        f"The descent of {_short(line.touchdown_s)} UTC",
        s.Axis("minutes to touchdown", at(start), at(end)),
        s.Axis("", -0.6, top + 0.6, ticks=lanes),
        tuple(marks),
        height=height,
    )


def _seen_by(o: Opportunity) -> str:
    """Stations that see the site, by name."""
    return ", ".join(dict.fromkeys(p.station for p in o.passes if o.earth_elevation_rad > 0.0)) or "nobody"


def describe(place: Site, opportunities: Sequence[Opportunity], start_s: float, end_s: float) -> str:
    """Opportunities in sentences."""
    good = [o for o in opportunities if o.good]
    words = (
        f"From {_short(start_s)} to {_short(end_s)} UTC there {'is' if len(opportunities) == 1 else 'are'} "
        f"{len(opportunities)} "
        f"{'chance' if len(opportunities) == 1 else 'chances'} to land at {name_of(place)}, {len(good)} of them "
        "without objection."
    )
    for o in good[:4]:
        words += (
            f" {_short(o.touchdown_s)}: the Sun {math.degrees(o.sun_elevation_rad):.1f} degrees high, "
            f"{o.light_left_s / DAY:.1f} days of "
            f"light left, in view of {_seen_by(o)}"
        )
        words += "".join(f"; or {name_of(a.site)} on {_short(a.touchdown_s)}" for a in o.alternates) + "."
    refused = [o for o in opportunities if not o.good]
    if refused:
        words += f" Refused for example {_short(refused[0].touchdown_s)}: {refused[0].problems[0]}."
    return words


def calendar_scene(
    opportunities: Any,
    start: Any = None,
    end: Any = None,
    *,
    which: Any = "dsn",
    sun_limits_deg: Any = (2.0, 30.0),
) -> s.Scene:
    """A calendar of landing opportunities at one site, with light and stations.

    Parameters
    ----------
    opportunities : list of Opportunity
        Of one site; with ``every=True`` the refused ones are drawn, too.
    start, end : date, optional
        A week around them if not given.
    which : str or sequence
        Stations; see `ephemeris.places.stations`.
    sun_limits_deg : (low, high)
        Heights of the Sun with which the opportunities were searched; the default is that of the search.
    """
    found = known(opportunities)
    if not found:
        raise LunarlabError("opportunities is empty; nothing can be landed on these dates, or every=True shows why not")
    place = found[0].site
    first = found[0].touchdown_s - 7.0 * DAY if start is None else tdb(start, "start")
    last = found[-1].touchdown_s + 7.0 * DAY if end is None else tdb(end, "end")
    seen = sky.passes(which, first, last)
    low, high = array(sun_limits_deg, "deg", name="sun_limits_deg", shape=(2,)).tolist()
    views = ((calendar_view(place, found, seen, first, last),), (light_view(place, first, last, (low, high)),))
    return s.Scene(f"Landing at {name_of(place)}", views, describe(place, found, first, last))


def chosen_tiles(place: Site, line: Timeline, t_s: float, eph: Any, chosen: Opportunity | None) -> tuple[s.Tile, ...]:
    """Readouts of the planned touchdown."""
    sun, earth = sky.sun_at(place, t_s, eph), sky.earth_at(place, t_s, eph)
    sun_deg, earth_deg = math.degrees(float(sun.elevation_rad)), math.degrees(float(earth.elevation_rad))
    _, sets = sky.daylight(place, t_s, t_s + 40.0 * DAY, eph=eph)
    left = (
        f"{(float(sets[0]) - t_s) / DAY:.1f} d" if sets.size and sun_deg > 0.0 else "–" if sun_deg <= 0.0 else "always"
    )
    seen = len({p.station for p in chosen.passes}) if chosen is not None and earth_deg > 0.0 else 0
    return (
        s.Tile("touchdown (UTC)", _short(t_s)[5:], "good" if chosen is not None and chosen.good else "bad"),
        s.Tile("Sun", f"{signed(sun_deg, 1)}°", "" if sun_deg > 0.0 else "bad"),
        s.Tile("light left", left),
        s.Tile("Earth", f"{signed(earth_deg, 1)}°", "" if earth_deg > 5.0 else "bad"),
        s.Tile("descent burn", f"{line.doi_dv_mps:.1f} m/s"),
        s.Tile("burn to touchdown", f"{(line.touchdown_s - line.doi_s) / 60.0:.0f} min"),
        s.Tile("seen by", f"{seen} station{'' if seen == 1 else 's'}" if chosen is not None else "–"),
    )


def name_of(place: Site) -> str:
    """A site as a person calls it: its title up to the colon."""
    return (place.title or place.name).split(":")[0]


def choose_site(name: str) -> Site | None:
    """A site by name; None for an empty name."""
    return site(name) if name else None
