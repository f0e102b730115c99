"""Checks of lesson 13, surface life: power and warmth in closed form; link, relay and mission have files of their own.

Every function is asked for the examples here and for some that are drawn; each draw is of the same kind as an example.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson13_link import judge_link
from lunarlab.grading.lesson13_mission import LANDED, judge_design, judge_dossier, landed
from lunarlab.grading.lesson13_relay import SITE, hemisphere, judge_relay
from lunarlab.grading.result import Finding

SIGMA = 5.670374419e-8
Rows = list[tuple[float, ...]]


def rows(*columns: np.ndarray) -> Rows:
    """Arguments of calls, from one array for each of them."""
    return [tuple(map(float, row)) for row in zip(*columns, strict=True)]


def incidence(h: float, sun: float, tilt: float, faces: float) -> float:
    """Cosine of the angle between Sun and panel."""
    return math.sin(h) * math.cos(tilt) + math.cos(h) * math.sin(tilt) * math.cos(sun - faces)


def panel_power(flux: float, area: float, eta: float, h: float, sun: float, tilt: float, faces: float) -> float:
    """Power of a panel; none at night and none from behind."""
    return flux * area * eta * max(incidence(h, sun, tilt, faces), 0.0) if h > 0.0 else 0.0


def battery_for(load_W: float, hours: float, eta: float, lowest: float) -> float:
    """Capacity [W h] that carries a load and keeps a share."""
    return load_W * hours / eta / (1.0 - lowest)


def drawn_panels(rng: np.random.Generator) -> Rows:
    """Three panels: askew in the Sun, lit from behind, and facing a Sun that is 3 to 12 deg below the horizon."""
    sun = rng.uniform(0.0, 2.0 * math.pi, 3)
    return rows(
        rng.uniform(1300.0, 1420.0, 3), rng.uniform(0.1, 3.0, 3), rng.uniform(0.18, 0.32, 3),
        np.radians(rng.uniform((15.0, 8.0, -12.0), (55.0, 25.0, -3.0))), sun,
        np.radians(rng.uniform((25.0, 60.0, 70.0), (65.0, 85.0, 88.0))),
        sun + np.radians(rng.uniform((30.0, 150.0, -30.0), (60.0, 210.0, 30.0))),
    )  # fmt: skip


def judge_power(panel: Any, battery: Any) -> list[Finding]:
    """The cosine law, and a battery for the dark: drawn are 5 to 600 W through 2 to 300 h, 10 to 50 % left."""
    rad, rng = math.radians, exam().rng("13.power")
    inputs = [
        (1361.0, 0.12, 0.27, rad(31.1), rad(180.0), 0.0, rad(180.0)),
        (1320.0, 0.5, 0.2, rad(37.0), rad(95.0), rad(90.0), rad(270.0)),
        (1361.0, 2.0, 0.3, rad(12.0), rad(100.0), rad(60.0), rad(90.0)),
        (1361.0, 1.0, 0.3, rad(-5.0), rad(88.0), rad(90.0), rad(90.0)),
        (1400.0, 3.0, 0.25, rad(16.0), rad(200.0), rad(75.0), rad(150.0)),
        *drawn_panels(rng),
    ]

    def of(cosine: Any) -> Any:
        return lambda f, a, n, h, s, t, z: f * a * n * cosine(h, s, t, z)

    known: list[slips.Slip] = [
        (
            of(incidence),
            "A panel that is lit from behind gives nothing, and neither does one at night: not less than nothing.",
        ),
        (
            of(lambda h, s, t, z: max(incidence(h, s, t, z), 0.0)),
            "The Sun is below the horizon in one of these: then there is no light, whichever way the panel faces.",
        ),
        (
            of(lambda h, s, t, z: incidence(h, s, t, z) if h > 0.0 else 0.0),
            "A panel that is lit from behind gives nothing, not less than nothing.",
        ),
        (
            of(lambda h, s, t, z: abs(incidence(h, s, t, z)) if h > 0.0 else 0.0),
            "Light from behind is no use: where the cosine is negative the power is zero, not its amount.",
        ),
        (of(lambda h, s, t, z: max(math.sin(h), 0.0)), "That is a flat panel. Tilt and direction belong in."),
        (
            of(lambda h, s, t, z: max(math.sin(h) * math.cos(t) + math.cos(h) * math.sin(t), 0.0) if h > 0.0 else 0.0),
            "You let every panel face the Sun's azimuth. What counts is the difference of the two azimuths.",
        ),
        (
            of(
                lambda h, s, t, z: (
                    max(math.cos(h) * math.cos(t) + math.sin(h) * math.sin(t) * math.cos(s - z), 0.0)
                    if h > 0.0
                    else 0.0
                )
            ),
            "Sine and cosine of the elevation are swapped: with the Sun in the zenith a flat panel gets all of it.",
        ),
        (
            of(
                lambda h, s, t, z: (
                    max(math.sin(h) * math.sin(t) + math.cos(h) * math.cos(t) * math.cos(s - z), 0.0)
                    if h > 0.0
                    else 0.0
                )
            ),
            "The tilt counts from flat: 0 faces up. You took it for an elevation.",
        ),
        (
            of(
                lambda h, s, t, z: (
                    max(math.sin(h) * math.cos(t) + math.cos(h) * math.sin(t) * math.cos(s + z), 0.0)
                    if h > 0.0
                    else 0.0
                )
            ),
            "You added the azimuths. What counts is their difference.",
        ),
        (
            lambda f, a, n, h, s, t, z: panel_power(f, a, 1.0, h, s, t, z),
            "That is the light. The cells make only a part of it.",
        ),
        (
            lambda f, a, n, h, s, t, z: panel_power(f, 1.0, n, h, s, t, z),
            "That is for a square metre. The area belongs in.",
        ),
        (
            lambda f, a, n, h, s, t, z: f * a * n if h > 0.0 else 0.0,
            "That is a panel that faces the Sun. This one stands as it stands.",
        ),
        (
            lambda f, a, n, h, s, t, z: panel_power(f, a, n, *map(rad, (h, s, t, z))),
            "The angles come in radians; nothing to convert.",
        ),
    ]
    first = slips.judge(
        panel,
        "panel_power",
        inputs,
        panel_power,
        known,
        points=2,
        unit="W",
        relative=1e-6,
        absolute=1e-6,
        requirement="power of a panel,",
        shown=lambda f, a, n, h, s, t, z: (
            f"Sun {math.degrees(h):.0f} deg high at azimuth {math.degrees(s):.0f}, "
            f"panel tilted {math.degrees(t):.0f} to {math.degrees(z):.0f} deg"
        ),
        hint="flux area efficiency cos, with cos = sin h cos tilt + cos h sin tilt cos(azimuth difference), never below zero.",
    )
    stores = [
        (8.0, 10.0, 0.95, 0.3), (570.0, 6.0, 0.9, 0.1), (25.0, 354.0, 0.95, 0.1), (180.0, 3.0, 1.0, 0.5),
        *rows(*rng.uniform((5.0, 2.0, 0.85, 0.1), (600.0, 300.0, 0.98, 0.5), (3, 4)).T),
    ]  # fmt: skip
    loose: list[slips.Slip] = [
        (
            lambda p, t, n, k: p * t * n / (1.0 - k),
            "What comes out is less than what was in: divide by the efficiency.",
        ),
        (lambda p, t, n, k: p * t / n, "Some of it must stay in the battery: only 1 - lowest may be taken out."),
        (lambda p, t, n, k: p * t / (1.0 - k), "The discharge loses a part: divide by the efficiency, too."),
        (
            lambda p, t, n, k: p * t,
            "That is what the load uses. The battery must hold more: losses, and what must stay in.",
        ),
        (
            lambda p, t, n, k: p * t / n / k,
            "You divided by what must stay. Usable is what may go: 1 - lowest.",
        ),
        (lambda p, t, n, k: p * t / n * (1.0 - k), "A battery that may not be emptied has to be larger, not smaller."),
        (
            lambda p, t, n, k: p * t / n * (1.0 + k),
            "What must stay is a share of the capacity, not of the load: divide by 1 - lowest.",
        ),
        (lambda p, t, n, k: 3600.0 * battery_for(p, t, n, k), "That is joules. Watt-hours, please."),
        (lambda p, t, n, k: battery_for(p, t, n, k) / 3600.0, "Watts times hours are watt-hours already."),
    ]
    second = slips.judge(
        battery,
        "battery_for",
        stores,
        battery_for,
        loose,
        points=2,
        unit="W h",
        relative=1e-6,
        requirement="battery for",
        shown=lambda p, t, n, k: f"{p:g} W over {t:g} h, efficiency {n:g}, at least {100.0 * k:g} % left",
        hint="load times hours, over the efficiency, over the share that may be taken out.",
    )
    return [first, second]


def radiator_area(heat_W: float, limit_K: float, eps: float, alpha: float, flux: float, h: float) -> float:
    """Area at which a flat radiator keeps the limit."""
    return heat_W / (eps * SIGMA * limit_K**4 - alpha * flux * math.sin(h))


def cooling_time(capacity: float, area: float, eps: float, warm_K: float, cold_K: float) -> float:
    """From warm to cold by radiation alone."""
    return capacity / (3.0 * eps * SIGMA * area) * (cold_K**-3 - warm_K**-3)


def judge_warmth(radiator: Any, cooling: Any) -> list[Finding]:
    """Balance in the Sun, cooling in the dark: drawn are radiators that send out at least 1.6 times what they take in."""
    rad, rng = math.radians, exam().rng("13.warmth")
    inputs = [
        (25.0, 333.0, 0.85, 0.15, 1320.0, rad(31.1)),
        (600.0, 313.0, 0.85, 0.15, 1361.0, rad(16.5)),
        (600.0, 313.0, 0.85, 0.4, 1361.0, rad(16.5)),
        (80.0, 300.0, 0.9, 0.08, 1361.0, rad(78.0)),
        (100.0, 300.0, 0.8, 0.2, 1361.0, 0.0),
        *rows(*rng.uniform(
            (20.0, 300.0, 0.8, 0.05, 1300.0, rad(10.0)), (600.0, 340.0, 0.92, 0.2, 1420.0, rad(50.0)), (3, 6)
        ).T),
    ]  # fmt: skip

    def dense(q: float, t: float, e: float, b: float, f: float, h: float) -> float:
        return e * SIGMA * t**4

    known: list[slips.Slip] = [
        (
            lambda q, t, e, b, f, h: q / dense(q, t, e, b, f, h),
            "That is a radiator in the shade. By day it takes in sunlight, too, and has to get rid of that as well.",
        ),
        (
            lambda q, t, e, b, f, h: q / (dense(q, t, e, b, f, h) + b * f * math.sin(h)),
            "The sign is wrong: the Sun warms the radiator, it does not cool it.",
        ),
        (
            lambda q, t, e, b, f, h: q / (dense(q, t, e, b, f, h) - b * f * math.cos(h)),
            "The radiator lies flat: it catches the sine of the Sun's elevation.",
        ),
        (
            lambda q, t, e, b, f, h: q / (dense(q, t, e, b, f, h) - b * f),
            "The Sun is not in the zenith: it catches the sine of its elevation.",
        ),
        (
            lambda q, t, e, b, f, h: q / (SIGMA * t**4 - b * f * math.sin(h)),
            "It is no black body: the emittance belongs in.",
        ),
        (
            lambda q, t, e, b, f, h: q / (dense(q, t, e, b, f, h) - f * math.sin(h)),
            "It takes in only the share `absorptance` of the sunlight.",
        ),
        (
            lambda q, t, e, b, f, h: q / (b * SIGMA * t**4 - e * f * math.sin(h)),
            "Emittance and absorptance are swapped: the first is for its own heat, the second for sunlight.",
        ),
        (
            lambda q, t, e, b, f, h: (q + b * f * math.sin(h)) / dense(q, t, e, b, f, h),
            "The sunlight is per square metre of the area that you are looking for: bring it to the other side.",
        ),
        (
            lambda q, t, e, b, f, h: q / (e * SIGMA * (t - 273.15) ** 4 - b * f * math.sin(h)),
            "The fourth power needs kelvin.",
        ),
        (
            lambda q, t, e, b, f, h: q / (e * SIGMA * t**3 - b * f * math.sin(h)),
            "Radiation goes with the fourth power of the temperature.",
        ),
    ]
    first = slips.judge(
        radiator,
        "radiator_area",
        inputs,
        radiator_area,
        known,
        points=2,
        unit="m2",
        relative=5e-4,
        requirement="radiator for",
        shown=lambda q, t, e, b, f, h: f"{q:g} W at {t:g} K, Sun {math.degrees(h):.0f} deg high, absorptance {b:g}",
        hint="What a square metre radiates, minus what it takes in from the Sun, times the area, is the heat.",
    )
    nights = [
        (4500.0, 0.035, 0.85, 300.0, 253.0), (9e5, 1.8, 0.85, 295.0, 253.0), (1.8e5, 0.35, 0.85, 340.0, 95.0),
        *rows(*rng.uniform((4e3, 0.03, 0.8, 290.0, 95.0), (1e6, 2.0, 0.92, 340.0, 255.0), (3, 5)).T),
    ]  # fmt: skip
    loose: list[slips.Slip] = [
        (
            lambda c, s, e, w, k: c * (w - k) / (e * SIGMA * s * w**4),
            "That takes the loss at the beginning for the whole time. As it cools it loses less: integrate.",
        ),
        (
            lambda c, s, e, w, k: c * (w - k) / (e * SIGMA * s * k**4),
            "That takes the loss at the end for the whole time: integrate.",
        ),
        (
            lambda c, s, e, w, k: c * (w - k) / (e * SIGMA * s * (0.5 * (w + k)) ** 4),
            "A mean temperature is near, but no solution: the fourth power is steep. Integrate dT / T^4.",
        ),
        (
            lambda c, s, e, w, k: 3.0 * cooling_time(c, s, e, w, k),
            "The integral of T^-4 is -T^-3 / 3: a third is missing.",
        ),
        (lambda c, s, e, w, k: 0.75 * cooling_time(c, s, e, w, k), "The integral of T^-4 is -T^-3 / 3, not / 4."),
        (
            lambda c, s, e, w, k: -cooling_time(c, s, e, w, k),
            "The sign is wrong: time runs forward. One over cold is the larger.",
        ),
        (lambda c, s, e, w, k: cooling_time(c, s, 1.0, w, k), "The emittance belongs in: it slows the cooling."),
        (lambda c, s, e, w, k: cooling_time(c, s, e, w, k) / 3600.0, "That is hours. Seconds, please."),
        (
            lambda c, s, e, w, k: c / (e * SIGMA * s) * (w - k) / (w**4 - k**4),
            "The sky is cold: what counts is the craft's own T^4, integrated.",
        ),
    ]
    second = slips.judge(
        cooling,
        "cooling_time",
        nights,
        cooling_time,
        loose,
        points=1,
        unit="s",
        relative=1e-4,
        requirement="cooling time",
        shown=lambda c, s, e, w, k: f"of {c:g} J/K with {s:g} m2 from {w:g} to {k:g} K",
        hint="C dT/dt = -eps sigma A T^4: separate, integrate from warm to cold.",
    )
    return [first, second]


EXERCISES = (
    Exercise("13.power", "what a panel gives, and a battery for the dark", 4, ("panel_power", "battery_for"), judge_power),
    Exercise("13.warmth", "a radiator for noon, and how long it stays warm", 3, ("radiator_area", "cooling_time"),
             judge_warmth),
    Exercise("13.link", "whether anybody hears it", 3, ("link_margin",), judge_link),
    Exercise("13.relay", "an orbit for a relay", 3, ("relay",), judge_relay, usual=SITE, variant=hemisphere),
    Exercise("13.design", "a lander that lives for a lunar day", 4, ("my_design",), judge_design),
    Exercise("13.dossier", "a dossier, and go or no-go", 4, ("dossier", "my_design"), judge_dossier,
             usual={"landed": float(LANDED)}, variant=landed),
)  # fmt: skip
