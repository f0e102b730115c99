"""Lesson 13: an orbit for a relay, judged by what it sees of a site on the far side from several dates on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris import Ephemeris, ephemeris, tdb
from lunarlab.ephemeris.places import Site
from lunarlab.errors import LunarlabError
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, band
from lunarlab.surface.contact import Relay, Stations, contact, spans
from lunarlab.surface.link import Link, margin_dB

LANDER = Link(
    via="relay",
    frequency_Hz=2.25e9,
    transmit_W=10.0,
    gain_dBi=6.0,
    loss_dB=2.0,
    gt_dBpK=-8.0,
    rate_bps=64e3,
    ebn0_dB=2.5,
)
"""The lander that the relay has to hear; the notebook states the same numbers."""
SITE = {"latitude_deg": -41.6385, "longitude_deg": -153.9852}
"""Where Chang'e 6 stood."""
MASK_DEG, DAYS = 10.0, 13.0
STARTS = ("2024-06-01T22:23", "2024-06-12T05:00")
LAST_DAY = 28.0
"""Further starts are drawn from this many days after the first: a whole turn of the Moon."""
SEEN, SILENT_H, MARGIN_DB, LEAST_KM = 0.6, 6.0, 3.0, 100.0
ELEMENTS = ("perilune_km", "apolune_km", "inclination_deg", "node_deg", "argp_deg")


def hemisphere(rng: np.random.Generator) -> Mapping[str, float]:
    """A site 40 to 45 deg north or south, at most 30 deg from the middle of the far side.

    Both sides of the equator see the same by symmetry, and what is in view depends little on the longitude.
    """
    latitude, longitude = rng.uniform(40.0, 45.0), 180.0 + rng.uniform(-30.0, 30.0)
    north = 1.0 if rng.random() < 0.5 else -1.0
    return {"latitude_deg": north * round(latitude, 1), "longitude_deg": round((longitude + 180.0) % 360.0 - 180.0, 1)}


@cache
def _sky() -> Ephemeris:
    first = tdb(STARTS[0])
    return ephemeris(first - DAY, first + (LAST_DAY + DAYS + 1.0) * DAY)


def read_relay(answer: Any) -> Relay:
    """The relay of a dict with `ELEMENTS`, or of a `Relay`; a sentence about what it is instead."""
    if isinstance(answer, Relay):
        return dataclasses.replace(answer, count=1.0)
    given = a.mapping(answer, ELEMENTS, "relay")
    if any(a.is_blank(given[key]) for key in ELEMENTS):
        raise a.Unanswered
    low, high, tilt, node, argp = (a.number(given[key], f"relay[{key!r}]") for key in ELEMENTS)
    if low > 1e5 or high > 1e6:
        raise a.BadAnswer(
            f"relay is {low:g} x {high:g} km: these look like metres. Kilometres over the ground, please."
        )
    try:
        return Relay(1.0, 1e3 * low, 1e3 * high, tilt, math.remainder(node, 360.0), math.remainder(argp, 360.0))
    except LunarlabError as error:
        raise a.BadAnswer(f"{error}.") from None


@lru_cache(maxsize=16)
def relay_numbers(relay: Relay, site: Site, starts_s: tuple[float, ...]) -> tuple[float, float, float]:
    """Least share of the time in view, longest time out of view [h], largest distance in view [m], over all starts."""
    rows = []
    for start_s in starts_s:
        t = start_s + np.arange(0.0, DAYS * DAY, 600.0)
        seen = contact("relay", site, t, t[0], Stations("any", earth_mask_deg=MASK_DEG), relay, eph=_sky())
        gaps = spans(t, ~seen.in_view)
        longest = float(np.max(np.diff(gaps, axis=1))) / 3600.0 if gaps.size else 0.0
        far = float(np.max(seen.range_m[seen.in_view])) if seen.in_view.any() else math.inf
        rows.append((float(np.mean(seen.in_view)), longest, far))
    return min(r[0] for r in rows), max(r[1] for r in rows), max(r[2] for r in rows)


def _relay_hint(relay: Relay, share: float, north: bool) -> str:
    south = math.sin(math.radians(relay.argp_deg)) * math.sin(math.radians(relay.inclination_deg))
    here, there = ("north", "south") if north else ("south", "north")
    if relay.apolune_altitude_m - relay.perilune_altitude_m > 1e6 and (-south if north else south) < -0.3:
        return (
            f"It lingers over the {there}: a satellite is slow where it is high. "
            f"The site lies in the {here}; look at argp_deg."
        )
    if relay.apolune_altitude_m < 1.5e6:
        return "So low, it is over the horizon for minutes. It has to be high above the far side to be seen for hours."
    if relay.e < 0.25:
        return "A circle is as long over the north as over the south. On an ellipse the high part can be over the site."
    if abs(math.sin(math.radians(relay.inclination_deg))) < 0.95:
        return (
            "As the Moon turns, the plane moves on: at some dates the high part hangs over the near side. Over a pole it "
            "does not matter which way the Moon has turned."
        )
    if share >= SEEN:
        return "What is out of view is the low half of a revolution: quicker with a lower perilune, or a lower apolune."
    return f"Longer in view: raise the apolune, or put it further over the {here}."


def judge_relay(answer: Any) -> list[Finding]:
    """In view for most of the time, never gone for long, and near enough to be heard: from two dates and two drawn ones."""
    relay, first = read_relay(answer), tdb(STARTS[0])
    drawn = first + DAY * exam().rng("13.relay").uniform(0.0, LAST_DAY, 2)
    place = exam().variant("13.relay")
    site = Site("yours", place["latitude_deg"], place["longitude_deg"])
    share, silent, far = relay_numbers(relay, site, (first, tdb(STARTS[1]), *map(float, drawn)))
    least = float(margin_dB(LANDER, far)) if math.isfinite(far) else -math.inf
    low_km = relay.perilune_altitude_m / 1e3
    safe = low_km >= LEAST_KM
    hint = _relay_hint(relay, share, site.latitude_deg > 0.0)
    out = [
        band(
            "share of the time in view of site and Earth, at the worst of four dates",
            1,
            100.0 * share,
            100.0 * SEEN,
            math.inf,
            "%",
            hint,
        ),
        band("longest time out of view", 1, silent, -math.inf, SILENT_H, "h", hint),
        band(
            "margin at the largest distance",
            1,
            max(least, -99.0),
            MARGIN_DB,
            math.inf,
            "dB",
            "Too far for this lander's antenna: every doubling of the distance takes 6 dB. Lower the apolune.",
        ),
    ]
    if share == 0.0:
        out[1] = dataclasses.replace(out[1], ok=False)
    if not safe:
        text = f"A perilune of {low_km:g} km is not kept for weeks without control; give it at least {LEAST_KM:g} km."
        out = [
            dataclasses.replace(
                row, ok=False, hint=text, value=f"{row.value}, with a perilune of {low_km:g} km",
                allowed=f"{row.allowed}, with a perilune of at least {LEAST_KM:g} km",
            )
            for row in out
        ]  # fmt: skip
    return out
