"""Lesson 04: a loop that the Sun lifts to the Moon, flown from the two numbers that a student gives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import integrate
from lunarlab.constants import DAY
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, band, number_text
from lunarlab.transfer import bicircular
from lunarlab.transfer.bicircular import Bicircular

NO_MOON = Bicircular(mu=1e-9)
"""Earth and Sun; of the Moon only its distance is left, as the unit of length."""
PARKING_M = 6_545_000.0
"""Radius of the parking orbit, 167 km up."""

TOO_LOW_M = 1.115e9
"""From an apogee below this the Sun can't lift the perigee to the Moon's distance: 310,000 km at best from 1.11e9 m."""
NEAR_M = 3e6
"""How close to the Moon's distance is close enough; a degree of the Sun moves the perigee by ten times that."""


def a_moon(rng: np.random.Generator) -> Mapping[str, float]:
    """The Moon's distance on another day: 365 to 405 thousand km, nearly from its perigee to its apogee."""
    return {"moon_m": 1e6 * float(rng.integers(365, 406))}


@integrate.switch
def perigee(t, y, p):  # type: ignore[no-untyped-def]
    """Radial speed times distance from the Earth: rises through zero at perigee."""
    return (y[0] + p[0]) * y[3] + y[1] * y[4]


@dataclass(frozen=True)
class Loop:
    """One loop around the Earth under the Sun's tide."""

    back: bool
    """Whether there is another perigee within 200 days."""
    perigee_m: float
    prograde: bool
    farthest_m: float
    days: float


def loop(apogee_m: float, sun_deg: float) -> Loop:
    """Leave the parking orbit for the apogee that two bodies would have; the Sun stands at an angle from departure."""
    s = NO_MOON
    low, high = PARKING_M / s.length_m, apogee_m / s.length_m
    speed = math.sqrt(2.0 * (1.0 - s.mu) * high / (low * (low + high)))
    y = s.state([low - s.mu, 0.0], [0.0, speed - low], math.radians(sun_deg))
    limit = 200.0 * DAY / s.time_s
    times = np.linspace(0.0, limit, 1001)
    arc = bicircular.propagate(s, y, limit, times=times, event=perigee, direction=1)
    end, x = arc.y_end, arc.y_end[0] + s.mu
    turning = x * (end[4] + x) - end[1] * (end[3] - end[1])
    far = float(np.hypot(arc.y[:, 0] + s.mu, arc.y[:, 1]).max())
    return Loop(
        arc.stopped, math.hypot(x, end[1]) * s.length_m, turning > 0.0, far * s.length_m, arc.t_end * s.time_s / DAY
    )


def judge_route(apogee_answer: Any, sun_answer: Any) -> list[Finding]:
    """Flown: far enough, back in time and the right way round, and at the Moon's distance."""
    apogee, sun = a.number(apogee_answer, "apogee_m"), a.number(sun_answer, "sun_deg")
    if not 4e8 <= apogee <= 3e9:
        hint = (
            "That looks like kilometres: metres, please."
            if 4e5 <= apogee <= 3e6
            else "Beyond the Moon, and short of escaping: about 1.2e9 m."
        )
        return [band("apogee", 4, apogee, 4e8, 3e9, "m", hint)]
    run = loop(apogee, sun)
    where = number_text(run.perigee_m / 1e6, "thousand km") if run.back else "none within 200 days"
    moon_m = exam().variant("04.route")["moon_m"]
    off = run.perigee_m - moon_m
    ok = run.back and run.prograde
    if ok and abs(off) <= NEAR_M:
        hint = ""
    elif abs(sun) <= 2.0 * math.pi and abs(loop(apogee, math.degrees(sun)).perigee_m - moon_m) <= NEAR_M:
        hint = "That angle is in radians. Degrees, please."
    elif not run.back:
        hint = "The Sun tears it away from the Earth. Turn the Sun by ten degrees, or start with less apogee."
    elif not run.prograde:
        hint = "It comes back the wrong way round: the Sun took angular momentum. Turn the Sun by 90 degrees."
    else:
        hint = "Not lifted far enough. " if off < 0.0 else "Lifted too far. "
        if off < 0.0 and apogee < TOO_LOW_M:
            hint += (
                "From this apogee no Sun lifts it to the Moon: take 1.2e9 m, and turn the Sun by a degree at a time."
            )
        else:
            hint += "Turn the Sun by a degree at a time, or change the apogee; then bisect."
    return [
        Finding("it goes out to where Resilience and its sisters went", 1, 1.05e9 <= run.farthest_m <= 1.5e9,
                number_text(run.farthest_m / 1e9, "million km"), "1.05 to 1.5 million km",
                "Resilience went out to 1.1, Mission 1 to 1.376 million km. The Sun adds to the apogee that you ask for."),
        Finding("it comes back prograde within 120 days", 1, ok and run.days <= 120.0,
                f"{run.days:.0f} days, {'prograde' if run.prograde else 'retrograde'}" if run.back else "not back",
                "at most 120 days, prograde", hint if not ok else "Too long: the loop is nearly torn off. Less apogee."),
        Finding("its perigee is at the Moon's distance", 2, ok and abs(off) <= NEAR_M, where,
                f"{(moon_m - NEAR_M) / 1e6:.1f} to {(moon_m + NEAR_M) / 1e6:.1f} thousand km", hint),
    ]  # fmt: skip
