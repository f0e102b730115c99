"""Where and when to land: when the parking orbit passes over a site, in what light, and in whose view.

An orbit around the Moon keeps its plane while the Moon turns beneath it, once in 27.3 days; so a site comes into the plane
twice in that time, and a landing elsewhere means another date. The Sun goes round a site once in 29.5 days. What is left of
both, and of the stations that must see the descent, are the opportunities.

The sky is in `ephemeris.sky`, sites and stations are in `ephemeris.places`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.ephemeris import Ephemeris, ephemeris, iso, moon_orientation, tdb
from lunarlab.ephemeris.places import Site, site, sites, stations
from lunarlab.ephemeris.sky import HOUR, Pass, daylight, earth_at, passes, span, sun_at, zeros
from lunarlab.errors import LunarlabError
from lunarlab.insertion.timeline import Timeline, descent_timeline
from lunarlab.units import array, si

__all__ = [
    "Opportunity", "ParkingOrbit", "Timeline", "crossings", "descent_timeline", "opportunities", "plane_through", "site",
    "sites", "stations",
]  # fmt: skip


@dataclass(frozen=True)
class ParkingOrbit:
    """A circular orbit around the Moon whose plane stands still among the stars.

    Inclination and node are taken in the Moon's body-fixed axes at the date `epoch_s` [s TDB]. The node may drift:
    `node_rate_radps`, from `insertion.orbits` for example; over a polar orbit it does not.
    """

    altitude_m: float
    inclination_rad: float
    node_rad: float
    epoch_s: float
    node_rate_radps: float = 0.0

    def __post_init__(self) -> None:
        limits = {"altitude_m": ("m", 1e3, 1e7), "inclination_rad": ("rad", 0.0, math.pi), "node_rad": ("rad", -1e3, 1e3),
                  "node_rate_radps": ("rad/s", -1e-3, 1e-3)}  # fmt: skip
        for key, (unit, low, high) in limits.items():
            object.__setattr__(self, key, si(getattr(self, key), unit, name=f"ParkingOrbit.{key}", low=low, high=high))
        object.__setattr__(self, "epoch_s", tdb(self.epoch_s, "ParkingOrbit.epoch_s"))

    @property
    def period_s(self) -> float:
        """One revolution [s]."""
        return 2.0 * math.pi * math.sqrt((R_MOON + self.altitude_m) ** 3 / MU_MOON)

    def normal(self, t: np.ndarray) -> np.ndarray:
        """Unit normal of the plane along the axes of the ICRF, at t (n,): (n, 3)."""
        node = self.node_rad + self.node_rate_radps * (np.asarray(t, dtype=float) - self.epoch_s)
        i = self.inclination_rad
        body = np.stack((math.sin(i) * np.sin(node), -math.sin(i) * np.cos(node), np.full_like(node, math.cos(i))), axis=-1)
        return np.asarray(body @ moon_orientation(self.epoch_s))

    def reaches(self, place: Site) -> None:
        """Raise LunarlabError if the plane can never contain the site."""
        steepest = min(self.inclination_rad, math.pi - self.inclination_rad)
        if abs(place.latitude_rad) > steepest:
            raise LunarlabError(
                f"{place.name} lies at latitude {place.latitude_deg:g} deg; an orbit of inclination "
                f"{math.degrees(self.inclination_rad):g} deg passes over latitudes up to {math.degrees(steepest):g} deg only"
            )


def plane_through(
    where: Any, t: Any, *, inclination_deg: Any = 90.0, altitude_m: Any = 100e3, ascending: bool = True
) -> ParkingOrbit:
    """The parking orbit whose plane contains a site at a date.

    Parameters
    ----------
    where : str or Site
    t : date
    inclination_deg : float
        To the Moon's equator.
    altitude_m : float
    ascending : bool
        Whether it passes the site northbound.

    Raises
    ------
    LunarlabError
        The site lies beyond the inclination; says by how much.
    """
    place, at = site(where), tdb(t, "t")
    i = math.radians(si(inclination_deg, "deg", name="inclination_deg", low=0.0, high=180.0))
    orbit = ParkingOrbit(si(altitude_m, "m", name="altitude_m", low=1e3, high=1e7), i, 0.0, at)
    orbit.reaches(place)
    # normal . up = 0 is sin(longitude - node) = tan(latitude) / tan(inclination)
    sine = math.tan(place.latitude_rad) / math.tan(i) if 0.0 < i < math.pi else 0.0
    ahead = math.asin(max(-1.0, min(1.0, sine)))
    northbound = ahead if ascending else math.pi - ahead
    return dataclasses.replace(orbit, node_rad=math.remainder(place.longitude_rad - northbound, 2.0 * math.pi))


def _out_of_plane(place: Site, orbit: ParkingOrbit, t: np.ndarray) -> np.ndarray:
    """Sine of the angle of a site out of the plane, positive on the side of the normal."""
    up = np.einsum("nji,j->ni", moon_orientation(t), place.axes[2])
    return np.asarray(np.einsum("ni,ni->n", orbit.normal(t), up))


def crossings(where: Any, orbit: ParkingOrbit, start: Any, end: Any) -> tuple[np.ndarray, np.ndarray]:
    """When a site passes through the plane of an orbit: (times (n,) [s TDB], northbound (n,)).

    `northbound` says which way the lander flies over the site then.

    Raises
    ------
    LunarlabError
        Unknown site, end before start, a site beyond the inclination of the orbit (with both angles).
    """
    place, (first, last) = site(where), span(start, end)
    orbit.reaches(place)
    t, _ = zeros(lambda t: _out_of_plane(place, orbit, t), first, last, 12.0 * HOUR)
    if t.size == 0:
        return t, np.empty(0, dtype=bool)
    turn = moon_orientation(t)
    along = np.cross(orbit.normal(t), np.einsum("nji,j->ni", turn, place.axes[2]))  # direction of flight over the site
    return t, np.einsum("ni,ni->n", along, turn[:, 2]) > 0.0


@dataclass(frozen=True)
class Opportunity:
    """A landing that geometry allows, and what speaks against it. Dates in s TDB."""

    site: Site
    touchdown_s: float
    timeline: Timeline
    northbound: bool | None
    """Way of the flight over the site; None if the plane is free."""
    slack_s: float
    """How long before and after the site is within the cross-range of the plane; inf if the plane is free."""
    sun_elevation_rad: float
    sun_azimuth_rad: float
    light_left_s: float
    """Until sunset; nan if the Sun does not set until 45 days after the search."""
    earth_elevation_rad: float
    passes: tuple[Pass, ...]
    """Passes that share time with the stretch from braking to `after_s` past touchdown."""
    covered: bool
    """Whether some station sees the Moon at every moment of that stretch, and the site the Earth."""
    problems: tuple[str, ...]
    alternates: tuple[Opportunity, ...] = ()

    @property
    def good(self) -> bool:
        """Nothing speaks against it."""
        return not self.problems

    @property
    def date(self) -> str:
        """Touchdown in UTC."""
        return iso(self.touchdown_s)

    def __repr__(self) -> str:
        who = ", ".join(dict.fromkeys(p.station for p in self.passes)) or "nobody"
        text = (
            f"{self.site.name} {self.date}: Sun {math.degrees(self.sun_elevation_rad):.1f} deg high, "
            f"{self.light_left_s / DAY:.1f} d of light left, Moon above the mask of {who}"
        )
        text += f"; {'; '.join(self.problems)}" if self.problems else ""
        return text + "".join(f"\n  or {other!r}" for other in self.alternates)


def opportunities(
    where: Any,
    start: Any,
    end: Any,
    *,
    orbit: ParkingOrbit | None = None,
    sun_limits_deg: tuple[float, float] = (2.0, 30.0),
    light_days: Any = 5.0,
    which: Any = "dsn",
    mask_deg: Any = 10.0,
    earth_mask_deg: Any = 5.0,
    after_s: Any = 3600.0,
    cross_range_m: Any = 15e3,
    perilune_altitude_m: Any = 15e3,
    braking_s: Any = 600.0,
    alternates: Sequence[Any] = (),
    alternate_days: Any = 30.0,
    every: bool = False,
    eph: Ephemeris | None = None,
    known: Sequence[Pass] | None = None,
) -> list[Opportunity]:
    """Landing opportunities at a site between two dates.

    With an `orbit`, one for each time that the site passes through its plane. Without, the plane is free to choose, and
    there is one for each stretch of time with the Sun within its limits: the first moment against which nothing speaks, or,
    if there is none, the beginning of the stretch.

    Parameters
    ----------
    where : str or Site
    start, end : date
    orbit : ParkingOrbit, optional
        See `plane_through`.
    sun_limits_deg : (low, high)
        Elevation of the Sun at touchdown: low light shows relief, high light is hot.
    light_days : float
        Least time from touchdown to sunset: evenings are no use to a lander that lives on light.
    which : str, Station, or sequence of them
        Stations or networks that must see the descent; see `places.stations`.
    mask_deg, earth_mask_deg : float
        Least elevation of the Moon over a station, and of the Earth over the site.
    after_s : float
        How long after touchdown contact is wanted.
    cross_range_m : float
        How far from the plane the lander can steer; sets `Opportunity.slack_s`.
    perilune_altitude_m, braking_s : float
        For the timeline; see `descent_timeline`.
    alternates : sequence of str or Site
        Sites for which each opportunity gets the next good one after it, within `alternate_days`, from the same orbit.
    every : bool
        Give also those that something speaks against, with `Opportunity.problems`.
    eph : Ephemeris, optional
    known : sequence of Pass, optional
        What `passes` found before, from a day before `start` to a day after the last alternate: the search for them takes
        longer than all the rest. `which` and `mask_deg` are not looked at then.

    Returns
    -------
    list of Opportunity
        In order of date.

    Raises
    ------
    LunarlabError
        Unknown site or station, end before start, dates outside 1900 to 2100, a site beyond the inclination.

    Notes
    -----
    Stations look at the Moon's middle, which is 0.3 deg from any site on it.
    """
    first, last = span(start, end)
    if orbit is not None and not isinstance(orbit, ParkingOrbit):
        raise LunarlabError(f"orbit is {orbit!r}; it must be a ParkingOrbit, for example from plane_through")
    low, high = array(sun_limits_deg, "deg", name="sun_limits_deg", shape=(2,)).tolist()
    if not -90.0 <= low <= high <= 90.0:
        raise LunarlabError(f"sun_limits_deg is ({low:g}, {high:g}); both must lie between -90 and 90 deg")
    if not low < high:
        raise LunarlabError(f"sun_limits_deg is ({low:g}, {high:g}); the first must be below the second")
    alternates = [site(name) for name in ([alternates] if isinstance(alternates, (str, Site)) else alternates)]
    more = si(alternate_days, "", name="alternate_days", low=0.0, high=1000.0) * DAY if alternates else 0.0
    eph = ephemeris(first - 2.0 * DAY, last + more + 47.0 * DAY) if eph is None else eph
    rules = _Rules(
        orbit, low, high, si(light_days, "", name="light_days", low=0.0, high=30.0) * DAY,
        math.radians(si(earth_mask_deg, "deg", name="earth_mask_deg", low=-90.0, high=90.0)),
        si(after_s, "s", name="after_s", low=0.0, high=DAY), si(cross_range_m, "m", name="cross_range_m", low=0.0, high=1e6),
        {"perilune_altitude_m": perilune_altitude_m, "braking_s": braking_s,
         "altitude_m": 100e3 if orbit is None else orbit.altitude_m},
    )  # fmt: skip
    seen = passes(which, first - DAY, last + more + DAY, mask_deg=mask_deg, eph=eph) if known is None else list(known)
    own = _at_site(site(where), first, last, rules, seen, eph)
    wanted = [o for o in own if every or o.good]
    if not more:
        return wanted
    result = []
    for o in wanted:
        begin = o.touchdown_s + 1.0
        others = (_at_site(place, begin, begin + more, rules, seen, eph) for place in alternates)
        after = (next((x for x in other if x.good), None) for other in others)
        found = sorted((x for x in after if x is not None), key=lambda x: x.touchdown_s)
        result.append(dataclasses.replace(o, alternates=tuple(found)))
    return result


@dataclass(frozen=True)
class _Rules:
    """What `opportunities` was asked for."""

    orbit: ParkingOrbit | None
    low: float
    high: float
    light_s: float
    earth_mask: float
    after_s: float
    cross_range_m: float
    timeline: dict[str, Any]


def _at_site(
    place: Site, first: float, last: float, rules: _Rules, seen: list[Pass], eph: Ephemeris
) -> list[Opportunity]:
    """All candidates at one site, judged."""
    _, sets = daylight(place, first, min(last + 45.0 * DAY, eph.end_s), eph=eph)
    if rules.orbit is not None:
        t, north = crossings(place, rules.orbit, first, last)
        if t.size == 0:
            return []
        before, behind = (_out_of_plane(place, rules.orbit, t + step) for step in (-60.0, 60.0))
        slack = rules.cross_range_m / R_MOON / np.maximum(np.abs(behind - before) / 120.0, 1e-12)
        found = _judged(place, t, rules, seen, sets, eph)
        ways = zip(found, north.tolist(), slack.tolist(), strict=True)
        return [dataclasses.replace(o, northbound=up, slack_s=left) for o, up, left in ways]
    made = []
    for moments in _stretches(place, first, last, rules, seen, eph):
        judged = _judged(place, moments, rules, seen, sets, eph)
        made.append(next((o for o in judged if o.good), judged[0]))
    return made


def _stretches(
    place: Site, first: float, last: float, rules: _Rules, seen: list[Pass], eph: Ephemeris
) -> list[np.ndarray]:
    """Moments to look at in each stretch of time with the Sun within its limits: the first at which all is right is there.

    They are its beginning, and when something else comes right in it: sunrise, Earthrise, a station.
    """

    def level(angle: float, height: Callable[..., Any]) -> tuple[np.ndarray, np.ndarray]:
        return zeros(lambda t: height(place, t, eph).elevation_rad - angle, first, last, 12.0 * HOUR)

    low, high = math.radians(rules.low), math.radians(rules.high)
    edges = np.sort(np.concatenate(([first, last], level(low, sun_at)[0], level(high, sun_at)[0])))
    middle = sun_at(place, 0.5 * (edges[:-1] + edges[1:]), eph).elevation_rad
    inside = (middle >= low) & (middle <= high)
    braking = float(si(rules.timeline["braking_s"], "s", name="braking_s", low=0.0, high=1e5))
    rises = [t[up] for t, up in (level(0.0, sun_at), level(rules.earth_mask, earth_at))]
    later = np.sort(np.concatenate((*rises, [p.rise_s + braking for p in seen]))) + 1.0  # s: safely behind the event
    spans = zip(edges[:-1][inside], edges[1:][inside], strict=True)
    return [np.concatenate(([a], later[(later > a) & (later < b)])) for a, b in spans]


def _judged(
    place: Site, t: np.ndarray, rules: _Rules, seen: list[Pass], sets: np.ndarray, eph: Ephemeris
) -> list[Opportunity]:
    """Touchdown at each of the times, and what speaks against it."""
    sun, earth = sun_at(place, t, eph), earth_at(place, t, eph)
    made = []
    for k, touchdown in enumerate(t.tolist()):
        line = descent_timeline(touchdown, **rules.timeline)
        later = sets[sets > touchdown]
        up = float(sun.elevation_rad[k])
        left = float(later[0]) - touchdown if later.size and up > 0.0 else math.nan if up > 0.0 else 0.0
        share = tuple(p for p in seen if p.rise_s < touchdown + rules.after_s and p.set_s > line.braking_s)
        view = _unbroken(share, line.braking_s, touchdown + rules.after_s)
        near = float(earth.elevation_rad[k]) >= rules.earth_mask
        problems = []
        if not rules.low - 1e-6 <= math.degrees(up) <= rules.high + 1e-6:
            problems.append(f"the Sun is {math.degrees(up):.1f} deg high, wanted are {rules.low:g} to {rules.high:g}")
        elif left < rules.light_s:
            problems.append(f"the Sun sets {left / DAY:.1f} d later, wanted are {rules.light_s / DAY:g}")
        if not near:
            problems.append(f"the Earth is {math.degrees(earth.elevation_rad[k]):.1f} deg high: a relay is needed")
        elif not view:
            problems.append("no station sees the Moon all the time from braking on")
        made.append(Opportunity(
            place, touchdown, line, None, math.inf, up, float(sun.azimuth_rad[k]),
            left, float(earth.elevation_rad[k]), share, view and near, tuple(problems),
        ))  # fmt: skip
    return made


def _unbroken(share: tuple[Pass, ...], start: float, end: float) -> bool:
    """Whether passes, in order of rising, cover a stretch of time without a gap."""
    reached = start
    for p in share:
        if p.rise_s <= reached:
            reached = max(reached, p.set_s)
    return reached >= end
