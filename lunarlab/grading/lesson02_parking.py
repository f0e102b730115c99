"""Check of the parking place in lesson 02: an orbit that the real Moon leaves alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import DAY, R_MOON
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text
from lunarlab.insertion import orbits

PARKED_DAYS, PARKED_DEGREE = 180.0, 20
PARKED = {"height_km": 100.0, "node_deg": 0.0}
"""Mean height over the mean Moon and longitude of the node of the lesson's own orbit."""


def drawn_orbit(draw: np.random.Generator) -> dict[str, float]:
    """98 to 104 km up, with a node from 240 over 0 to 60 degrees: there the best places lie as high as with the node at 0."""
    return {"height_km": float(draw.integers(98, 105)), "node_deg": float(draw.integers(240, 421) % 360)}


def parked(
    inclination_deg: float, eccentricity: float, argument_deg: float, degree: int = PARKED_DEGREE,
    given: Mapping[str, float] = PARKED,
) -> orbits.Lifetime:  # fmt: skip
    """The orbit of exercise 02.frozen, flown: its height and its node are given."""
    angles = np.radians([inclination_deg, given["node_deg"], argument_deg])
    orbit = twobody.Elements(R_MOON + 1e3 * given["height_km"], eccentricity, *map(float, angles))
    return orbits.lifetime(orbit, degree=degree, horizon_s=PARKED_DAYS * DAY)


def judge_frozen(inclination_deg: Any, eccentricity: Any, argument_deg: Any) -> list[Finding]:
    """An orbit that the field of degree 20 leaves up for 180 days: flown, not compared with numbers."""
    given = exam().variant("02.frozen")
    inclination, e = a.number(inclination_deg, "inclination_deg"), a.number(eccentricity, "eccentricity")
    argument = a.number(argument_deg, "argument_deg")
    if not 0.0 <= inclination <= 180.0:
        raise a.BadAnswer(f"The inclination is {inclination:g}; it must lie between 0 and 180 degrees.")
    if not 0.0 <= e < 1.0:
        raise a.BadAnswer(f"The eccentricity is {e:g}; an orbit that closes has one from 0 up to, but not, 1.")
    start = (R_MOON + 1e3 * given["height_km"]) * (1.0 - e) - R_MOON
    if start <= 0.0:
        why = "a(1 - e) is less than R_MOON. Even e = 0.06 is too much here; think of thousandths."
        return [Finding("perilune at the start", 3, False, number_text(start / 1e3, "km"), "above the ground", why)]
    run = parked(inclination, e, argument, given=given)
    low, days = run.min_perilune_altitude_m / 1e3, run.lifetime_s / DAY
    if 0.0 < inclination <= math.pi and low < 60.0:
        hint = "An inclination this small looks like radians. The answer is asked in degrees."
    elif start < 40e3:
        hint = f"It starts with its perilune at {start / 1e3:.0f} km only. A rounder orbit begins higher."
    elif not run.survives and parked(inclination, e, argument, 8, given).survives:
        hint = "The field of degree 8 would let it live, the one of degree 20 does not: scan with degree=20."
    elif not run.survives:
        hint = "Scan the inclination first, with eccentricity 0, in steps of a few degrees; most of them come down."
    else:
        hint = "It stays up, but dips low. Scan around it: inclination in steps of one degree, then small e and its direction."
    value = f"lowest point {low:.1f} km" if run.survives else f"in the ground after {days:.1f} days"
    return [
        Finding(f"180 days at degree {PARKED_DEGREE}: still up", 1, run.survives, value, "above the ground", hint),
        Finding("never below 40 km", 1, low >= 40.0, value, "at least 40 km", hint),
        Finding("never below 60 km", 1, low >= 60.0, value, "at least 60 km", hint),
    ]
