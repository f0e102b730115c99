"""Lesson 07: where and when to land: light, plane, stations and alternates over two months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from lunarlab.console.controls import Choose, Panel, Slide, Values
from lunarlab.constants import DAY
from lunarlab.ephemeris import places, sky
from lunarlab.plots import scene as s

SPAN_DAYS = 45.0
LATER_DAYS = 15.0
_FIRST, _STEP, _STOPS = date(2023, 7, 1), 15, 110
DATES = tuple((_FIRST + timedelta(days=_STEP * i)).isoformat() for i in range(_STOPS))
_NETWORKS = {"dsn": ("dsn",), "estrack": ("estrack",), "both": ("dsn", "estrack"), "madrid": ("madrid",)}
_HINT = (
    "<h4>Try</h4>Move the planned date: the plane of the orbit follows, and with it every other chance. A slip of two weeks: "
    "is there still light? Which site has no view of the Earth?"
)


def _site_words() -> tuple[tuple[str, str], ...]:
    from lunarlab.plots.windows import name_of

    return tuple((name_of(place), name) for name, place in places.sites().items())


def _fixed(values: Values) -> bool:
    return bool(values["plane"] == "fixed")


@lru_cache(maxsize=8)
def _sky(first: str, network: str) -> tuple[float, float, Any, tuple[sky.Pass, ...]]:
    """Start and end of the picture, the ephemeris for it, and the passes until the last alternate."""
    from lunarlab.ephemeris import ephemeris, tdb

    start = tdb(first)
    end = start + SPAN_DAYS * DAY
    eph = ephemeris(start - 3.0 * DAY, end + 80.0 * DAY)
    seen = sky.passes(list(_NETWORKS[network]), start - DAY, end + (LATER_DAYS + 1.0) * DAY, eph=eph)
    return start, end, eph, tuple(seen)


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    from lunarlab.insertion import windows
    from lunarlab.plots import windows as plots

    start, end, eph, seen = _sky(values["first"], values["network"])
    place, other = plots.choose_site(values["site"]), plots.choose_site(values["alternate"])
    assert place is not None
    other = None if other is not None and other.name == place.name else other
    planned = start + DAY * values["day"]
    orbit = windows.plane_through(place, planned, inclination_deg=values["inclination_deg"]) if _fixed(values) else None
    limits = (values["sun_low_deg"], max(values["sun_high_deg"], values["sun_low_deg"] + 1.0))
    found = windows.opportunities(
        place,
        start,
        end,
        orbit=orbit,
        sun_limits_deg=limits,
        light_days=values["light_days"],
        which=list(_NETWORKS[values["network"]]),
        alternates=[] if other is None else [other],
        alternate_days=LATER_DAYS,
        every=True,
        eph=eph,
        known=seen,
    )
    chosen = min(found, key=lambda o: abs(o.touchdown_s - planned), default=None)
    if chosen is not None and abs(chosen.touchdown_s - planned) > 0.3 * DAY:
        chosen = None
    at = planned if chosen is None else chosen.touchdown_s
    line = windows.descent_timeline(at)
    free = ("the plane is free: this date is no beginning or end of the light wanted",)
    # What no other date would change comes first: a site that never sees the Earth.
    problems = free if chosen is None else tuple(sorted(chosen.problems, key=lambda p: not p.startswith("the Earth")))
    good = [o for o in found if o.good]
    badge = (
        ("CAN LAND", "good")
        if chosen is not None and chosen.good
        else ("CAN'T LAND", "bad")
        if chosen is not None
        else ("FREE PLANE", "fair")
    )
    shown = [p for p in seen if p.rise_s < end and p.set_s > start]
    rows = (
        (plots.calendar_view(place, found, shown, start, end, eph=eph, chosen_s=at, alternate=other),),
        (
            plots.light_view(place, start, end, limits, eph=eph, chosen_s=at),
            plots.moon_view(place, at, eph=eph, alternate=other),
        ),
        (plots.descent_view(line, seen),),
    )
    return s.Scene(
        f"Landing at {plots.name_of(place)}",
        rows,
        plots.describe(place, found, start, end),
        plots.chosen_tiles(place, line, at, eph, chosen),
        badge,
        notes=problems if chosen is None or not chosen.good else (),
        facts={
            "touchdown_s": at,
            "opportunities": float(len(found)),
            "good": float(len(good)),
            "sun_elevation_rad": float(sky.sun_at(place, at, eph).elevation_rad),
            "doi_s": line.doi_s,
            "doi_dv_mps": line.doi_dv_mps,
        },
    )


def _plan(
    site: str, first: str, touchdown: str, alternate: str = "", inclination_deg: float = 90.0, **more: Any
) -> dict[str, Any]:
    day = (datetime.fromisoformat(touchdown) - datetime.fromisoformat(first)).total_seconds() / DAY
    return {
        "site": site,
        "first": first,
        "day": day,
        "alternate": alternate,
        "plane": "fixed",
        "inclination_deg": inclination_deg,
    } | more


_RESILIENCE = _plan("mare-frigoris", "2025-05-21", "2025-06-05T19:17", "atlas", network="estrack")
PANEL = Panel(
    "windows",
    compute,
    (
        Choose("site", "Site", "mare-frigoris", _site_words()),
        Choose("alternate", "Alternate site", "atlas", (("none", ""), *_site_words())),
        Choose("first", "Calendar from", DATES[46], tuple((d, d) for d in DATES), slide=True),
        Slide("day", "Planned touchdown, days later", _RESILIENCE["day"], 0, SPAN_DAYS, 1.0 / 24.0, 2),
        "Orbit",
        Choose(
            "plane", "Plane", "fixed", (("through the site on the planned date", "fixed"), ("free to choose", "free"))
        ),
        Slide("inclination_deg", "Inclination, °", 90, 0, 180, 1, when=_fixed),
        "What is asked for",
        Slide("sun_low_deg", "Sun at least, degrees high", 2, 0, 20, 0.5, 1),
        Slide("sun_high_deg", "Sun at most, degrees high", 30, 5, 90, 0.5, 1),
        Slide("light_days", "Days of light after touchdown", 5, 0, 14, 0.5, 1),
        Choose(
            "network",
            "Ground stations",
            "estrack",
            (("DSN and ESTRACK", "both"), ("DSN", "dsn"), ("ESTRACK", "estrack"), ("Madrid alone", "madrid")),
        ),
    ),
    presets={
        "Resilience: June 2025": _RESILIENCE,
        "Blue Ghost: March 2025": _plan(
            "mare-crisium", "2025-02-20", "2025-03-02T08:34", "tranquillitatis", 100.0, network="both"
        ),
        "IM-2: March 2025": _plan("mons-mouton", "2025-02-20", "2025-03-06T17:29", "malapert-a", network="dsn"),
        "Luna 25: August 2023": _plan("boguslawsky", "2023-08-15", "2023-08-21", "shiv-shakti", network="dsn"),
        "Chang'e 6: far side, June 2024": _plan(
            "apollo-basin", "2024-05-26", "2024-06-01T22:23", "", 137.0, network="dsn", sun_high_deg=50.0
        ),
    },
    hint=_HINT,
)
