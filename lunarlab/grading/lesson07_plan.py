"""Lesson 07: a plan of a landing and two alternates, held against orbit, light, stations and the last hour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lunarlab.constants import R_MOON
from lunarlab.ephemeris import Ephemeris, ephemeris, iso, tdb
from lunarlab.ephemeris.places import Site
from lunarlab.errors import LunarlabError
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding
from lunarlab.insertion import windows

HOUR, DAY = 3600.0, 86400.0
PRIMARY, TOUCHDOWN = "mare-frigoris", "2025-06-05T19:17:00"
FIRST, LAST = "2025-06-01T00:00:00", "2025-12-31T00:00:00"
HEIGHT_M, PERILUNE_M, BRAKING_S, APART_S, REACH_M, SLACK_S = 100e3, 15e3, 600.0, 20.0 * HOUR, 15e3, 60.0
GIVEN = ("mare-imbrium", "mare-nubium", "sinus-iridum", "mare-humorum", "procellarum")
"""Sites that the notebook makes, and the library does not know."""
FORM = "plan must be a list of three rows, (site, touchdown, burn)"


GOOD_H = ((700, 716), (1398, 1425), (2107, 2132), (2815, 2827))
"""Hours after Resilience's touchdown in which a plane over Mare Frigoris is as good as hers: the Sun 7 to 14 deg high, a
station in view, and good chances over Imbrium, Iridum, Humorum and Procellarum 27, 49, 62 and 86 h later."""


def a_date(rng: np.random.Generator) -> Mapping[str, float]:
    """A full hour in July, August, September or October of 2025."""
    return {"later_h": float(rng.choice([hour for first, last in GOOD_H for hour in range(first, last + 1)]))}


def orbit() -> windows.ParkingOrbit:
    """The orbit that is given to the student of this sitting."""
    return _through(exam().variant("07.plan")["later_h"])


@cache
def _through(later_h: float) -> windows.ParkingOrbit:
    return windows.plane_through(PRIMARY, tdb(TOUCHDOWN) + later_h * HOUR, altitude_m=HEIGHT_M)


@cache
def _sky() -> Ephemeris:
    return ephemeris(tdb(FIRST) - 40.0 * DAY, tdb(LAST) + 60.0 * DAY)


@dataclass(frozen=True)
class Row:
    """One row of a plan, read: dates in s TDB."""

    place: Site
    touchdown_s: float
    burn_s: float


def _date(value: Any, name: str) -> float:
    if a.is_blank(value):
        raise a.Unanswered
    if isinstance(value, (int, float, np.integer, np.floating)) and abs(float(value)) < 1e6:
        raise a.BadAnswer(
            f"{name} is {value:g}: that is a duration. It must be a date; a burn is touchdown minus duration."
        )
    try:
        t = tdb(value, name)
    except LunarlabError as error:
        raise a.BadAnswer(f"{error}.") from None
    except (TypeError, ValueError, OverflowError):
        raise a.BadAnswer(f"{name} is {a.shown(value)}; it must be a date.") from None
    if not tdb(FIRST) <= t <= tdb(LAST):
        raise a.BadAnswer(f"{name} is {iso(t)[:19]}; it must lie in the second half of 2025, from June on.")
    return t


def read(answer: Any) -> list[Row]:
    """The rows of a plan, or a sentence about what it is instead."""
    if a.is_blank(answer):
        raise a.Unanswered
    if not isinstance(answer, (list, tuple)) or len(answer) != 3:
        raise a.BadAnswer(f"plan is {a.shown(answer)}; {FORM}.")
    rows = []
    for k, row in enumerate(answer, 1):
        if a.is_blank(row):
            raise a.Unanswered
        if not isinstance(row, (list, tuple)) or len(row) != 3:
            raise a.BadAnswer(f"Row {k} of plan is {a.shown(row)}; {FORM}.")
        if a.is_blank(row[0]):
            raise a.Unanswered
        try:
            place = windows.site(row[0])
        except (LunarlabError, TypeError) as error:
            if isinstance(row[0], str) and row[0].strip().lower() in GIVEN:
                name = row[0].strip().lower()
                raise a.BadAnswer(
                    f'Row {k} of plan: the library has no site {name!r}; it is one of the notebook: write WEST["{name}"].'
                ) from None
            raise a.BadAnswer(f"Row {k} of plan: {error}; or make a Site of your own.") from None
        rows.append(Row(place, _date(row[1], f"touchdown of row {k}"), _date(row[2], f"burn of row {k}")))
    return rows


def _nearest(place: Site, t: float) -> windows.Opportunity | None:
    """The passage of the orbit over a site next to a date, judged; None if the orbit never reaches the site."""
    found = windows.opportunities(
        place, t - 15.0 * DAY, t + 15.0 * DAY, orbit=orbit(), which="estrack", cross_range_m=REACH_M,
        perilune_altitude_m=PERILUNE_M, braking_s=BRAKING_S, every=True, eph=_sky(),
    )  # fmt: skip
    return min(found, key=lambda o: abs(o.touchdown_s - t), default=None)


def _reach(o: windows.Opportunity, t: float) -> float:
    """How far the site is from the plane [m]."""
    return REACH_M * abs(t - o.touchdown_s) / o.slack_s


def problem(row: Row) -> str:
    """What speaks against place and date of a row, or nothing."""
    t = row.touchdown_s
    near = _nearest(row.place, t)
    if near is None:
        return f"The orbit never comes over {row.place.name}."
    if _reach(near, t) > 1.02 * REACH_M:
        for shift, text in (
            (9.0, "That looks like Japanese time: 9 h later than UTC."),
            (-4.0, "That looks like EDT, UTC - 4."),
        ):
            o = _nearest(row.place, t - shift * HOUR)
            if o is not None and _reach(o, t - shift * HOUR) <= REACH_M:
                return f"The plane of the orbit has left the site by then. {text}"
        far = REACH_M * abs(t - near.touchdown_s) / near.slack_s / 1e3
        where = f"{far:,.0f} km beside the site" if far < 0.8 * R_MOON / 1e3 else "nowhere near the site"
        return (
            f"At that time the plane of the orbit passes {where}; the lander reaches {REACH_M / 1e3:g} km. "
            "windows.crossings(site, orbit, start, end) says when it passes over."
        )
    if near.earth_elevation_rad < math.radians(5.0):
        return "From there the Earth is below the horizon, or just over it: without a relay nobody hears the lander."
    if near.problems:
        return f"{near.problems[0][0].upper()}{near.problems[0][1:]}."
    return ""


def judge_plan(answer: Any) -> list[Finding]:
    """Three landings that orbit, light and stations allow, far enough apart, each with its burn."""
    rows = read(answer)
    said = []
    for k, row in enumerate(rows):
        text = problem(row)
        if k == 0 and row.place.name != PRIMARY:
            text = "The primary site is Mare Frigoris."
        elif any(_apart(row.place, other.place) < 100e3 for other in rows[:k]):
            text = "This site stands in the plan already: an alternate is another place."
        elif k and row.touchdown_s < rows[k - 1].touchdown_s:
            text = "It comes before the row above. An alternate is for when the one before could not be flown."
        elif k and row.touchdown_s - rows[k - 1].touchdown_s < APART_S:
            hours = (row.touchdown_s - rows[k - 1].touchdown_s) / HOUR
            text = f"It comes {hours:.1f} h after the row above; to decide, and to prepare, takes {APART_S / HOUR:g} h."
        said.append(text)
    findings = [
        Finding(
            f"{name}: {row.place.name}", 1, not text, f"{iso(row.touchdown_s)[:16]} UTC", "in plane, in light, in view", text,
        )
        for name, row, text in zip(("primary", "first alternate", "second alternate"), rows, said, strict=True)
    ]  # fmt: skip
    lines = [windows.descent_timeline(r.touchdown_s, altitude_m=HEIGHT_M, perilune_altitude_m=PERILUNE_M, braking_s=BRAKING_S)
             for r in rows]  # fmt: skip
    off = [k for k, (row, line) in enumerate(zip(rows, lines, strict=True)) if abs(row.burn_s - line.doi_s) > SLACK_S]
    k = off[0] if off else 0
    before, right = ((rows[k].touchdown_s - t) / 60.0 for t in (rows[k].burn_s, lines[k].doi_s))
    findings.append(Finding(
        f"burn of row {k + 1}", 1, not off and not any(said), f"{before:.1f} min before touchdown",
        f"{right - 1.0:.1f} to {right + 1.0:.1f} min before", _about_burn(before * 60.0, lines[k]) if off else
        "The burns are right; they count when the three landings are.",
    ))  # fmt: skip
    return findings


def _apart(one: Site, other: Site) -> float:
    """Distance of two sites along the ground [m]."""
    return R_MOON * math.acos(max(-1.0, min(1.0, float(one.axes[2] @ other.axes[2]))))


def _about_burn(before_s: float, line: windows.Timeline) -> str:
    """What may have gone wrong with the time of a burn."""
    coast, circle = line.coast_s, 0.5 * orbit().period_s
    cases = (
        (coast, "That is the coast alone. From perilune to the ground the lander brakes for 600 s more."),
        (BRAKING_S, "That is where braking starts. The burn is half a revolution before that."),
        (2.0 * coast + BRAKING_S, "That is a full revolution before perilune; half of one is right."),
        (2.0 * coast, "That is a full revolution; half of one is right, and 600 s of braking."),
        (circle + BRAKING_S, "That is half a revolution of the circle. The lander coasts on the ellipse, 2 min less."),
        (circle, "That is half a revolution of the circle, and without the 600 s of braking."),
        (coast - BRAKING_S, "The 600 s of braking come on top of the coast, not off it."),
        (coast + BRAKING_S / 60.0, "Braking takes 600 s, not 10 s."),
    )
    if before_s <= 0.0:
        return "The burn comes before the touchdown: it starts the descent."
    return next(
        (text for time, text in cases if abs(before_s - time) <= 15.0),
        "Count back from touchdown: 600 s of braking, and then half a revolution of the orbit of 100 x 15 km.",
    )
