"""Checks of lesson 07, where and when to land."""

from __future__ import annotations

import math
from typing import Any

from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.grading import answers as a
from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.lesson07_plan import a_date, judge_plan
from lunarlab.grading.result import Finding, number_text

MU_EARTH = 3.986004418e14  # only to recognise that somebody took it
SIDEREAL_S, YEAR_S = 27.321661 * DAY, 365.25636 * DAY
"""The Moon's turn and the Earth's way round, against the stars (epoch J2000; Explanatory Supplement)."""


def elevation(lat: float, lon: float, sun_lat: float, sun_lon: float) -> float:
    """Elevation of the Sun over a place on a sphere, all in radians."""
    sine = math.sin(lat) * math.sin(sun_lat) + math.cos(lat) * math.cos(sun_lat) * math.cos(lon - sun_lon)
    return math.asin(max(-1.0, min(1.0, sine)))


def judge_sun(answer: Any) -> list[Finding]:
    """The sine of the elevation is the product of two unit vectors. Drawn: any place up to 80 deg, any Sun up to 1.5 deg."""
    rad = math.radians
    inputs = [
        (rad(60.5), rad(-4.6), rad(1.56), rad(63.7)),
        (rad(-69.4), rad(32.3), rad(-1.2), rad(-40.0)),
        (rad(18.6), rad(61.8), rad(0.7), rad(148.5)),
        (rad(-41.6), rad(-154.0), rad(1.5), rad(170.0)),
        (rad(84.0), rad(120.0), rad(1.54), rad(-95.0)),
        *slips.drawn("07.sun", 3, (-1.4, 1.4), (-3.14, 3.14), (-0.026, 0.026), (-3.14, 3.14)),
    ]

    def flat(b: float, e: float, s: float, t: float) -> float:
        return math.asin(math.cos(b) * math.cos(e - t))

    known: list[slips.Slip] = [
        (lambda b, e, s, t: math.pi / 2.0 - elevation(b, e, s, t),
         "That is the distance from the zenith. The elevation is counted from the horizon: asin, not acos."),
        (lambda b, e, s, t: math.degrees(elevation(b, e, s, t)), "That is degrees. Radians, please."),
        (lambda b, e, s, t: math.degrees(math.pi / 2.0 - elevation(b, e, s, t)),
         "That is the distance from the zenith, in degrees. The elevation in radians, please."),
        (lambda b, e, s, t: elevation(*map(math.radians, (b, e, s, t))),
         "The angles come in radians already; there is nothing to convert."),
        (lambda b, e, s, t: math.sin(elevation(b, e, s, t)), "That is the sine of the elevation. Undo the sine."),
        (lambda b, e, s, t: abs(elevation(b, e, s, t)), "At night the elevation is negative."),
        (lambda b, e, s, t: max(0.0, elevation(b, e, s, t)), "At night the elevation is negative, not zero."),
        (flat, "The Sun is not over the equator: its latitude belongs in, sin(lat) sin(sun_lat) + ..."),
        (lambda b, e, s, t: math.asin(math.cos(b) * math.cos(s) * math.cos(e - t) - math.sin(b) * math.sin(s)),
         "The sign between the two products is wrong: north meets north."),
        (lambda b, e, s, t: elevation(b, e, s, -t), "You added the longitudes. What counts is their difference."),
        (lambda b, e, s, t: elevation(e, b, t, s), "Latitudes and longitudes are mixed up: latitude comes first."),
        (lambda b, e, s, t: elevation(b, s, e, t), "The order is latitude, longitude, then the Sun's latitude and longitude."),
        (lambda b, e, s, t: math.asin(math.sin(b) * math.sin(s) + math.cos(b) * math.cos(s) * math.sin(e - t)),
         "At noon, where the longitudes are equal, the Sun is highest: cosine of the difference, not sine."),
        (lambda b, e, s, t: math.asin(math.sin(b) * math.cos(s) + math.cos(b) * math.sin(s) * math.cos(e - t)),
         "Sines and cosines of the latitudes are mixed up: sin sin + cos cos cos."),
        (lambda b, e, s, t: -elevation(b, e, s, t), "The sign is turned round: day is night."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "sun_elevation", inputs, elevation, known, points=3, unit="rad", relative=1e-6, absolute=1e-5,
        requirement="elevation of the Sun,",
        shown=lambda b, e, s, t: (
            f"{math.degrees(b):.1f}, {math.degrees(e):.1f} deg, Sun over {math.degrees(s):.1f}, {math.degrees(t):.1f} deg"
        ),
        hint="sin(elevation) = sin(lat) sin(sun_lat) + cos(lat) cos(sun_lat) cos(lon - sun_lon), all in radians.",
    )]  # fmt: skip


def light(sidereal_s: float, year_s: float, latitude: float, sun_latitude: float) -> float:
    """Sunrise to sunset."""
    half = math.acos(-math.tan(latitude) * math.tan(sun_latitude))
    return half / math.pi / (1.0 / sidereal_s - 1.0 / year_s)


def judge_light(answer: Any) -> list[Finding]:
    """The synodic month, and the part of it in which the Sun is up.

    Drawn: moons that turn in 5 to 40 days, years of 200 to 500 days, places and Suns whose tangents have a product below 0.7.
    """
    inputs = [
        (SIDEREAL_S, YEAR_S, 0.0, 0.0),
        (SIDEREAL_S, YEAR_S, math.radians(60.5), math.radians(1.5)),
        (SIDEREAL_S, YEAR_S, math.radians(-84.8), math.radians(1.2)),
        (0.9973 * DAY, YEAR_S, math.radians(52.0), math.radians(23.4)),  # a day on Earth
        *slips.drawn("07.light", 2, (5.0 * DAY, 40.0 * DAY), (200.0 * DAY, 500.0 * DAY), (-1.0, 1.0), (0.05, 0.4)),
    ]

    def part(b: float, s: float) -> float:
        return math.acos(-math.tan(b) * math.tan(s)) / math.pi

    known: list[slips.Slip] = [
        (lambda t, y, b, s: t * part(b, s),
         "You took the sidereal month. From one noon to the next it is longer: the Sun has moved on."),
        (lambda t, y, b, s: part(b, s) / (1.0 / t + 1.0 / y),
         "The Sun moves the same way as the Moon turns. So the rates are subtracted: 1/S = 1/T - 1/Y."),
        (lambda t, y, b, s: 2.0 * light(t, y, b, s),
         "2 H of the full 2 pi: that is H / pi of the lunar day, not twice that."),
        (lambda t, y, b, s: light(t, y, b, s) / 2.0, "That is from noon to sunset. Asked is from sunrise to sunset."),
        (lambda t, y, b, s: 0.5 * t * y / (y - t),
         "That is half a lunar day, right at the equator. Elsewhere latitude and the Sun's latitude change it; both come in "
         "radians, with nothing to convert."),
        (lambda t, y, b, s: t * y / (y - t), "That is the whole lunar day, from noon to noon."),
        (lambda t, y, b, s: light(t, y, -b, s), "That is the night. The cosine of H has a minus: cos H = -tan tan."),
        (lambda t, y, b, s: light(t, y, b, s) / DAY, "That is days. Seconds, please."),
        (lambda t, y, b, s: light(t, y, b, s) / 3600.0, "That is hours. Seconds, please."),
        (lambda t, y, b, s: light(t, y, b, s) * math.pi / 180.0,
         "Radians and degrees are mixed: H comes out of acos in radians, so the full circle is 2 pi."),
        (lambda t, y, b, s: light(t, y, b, s) * 180.0 / math.pi,
         "Radians and degrees are mixed: H is in degrees, the circle in radians."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "light", inputs, light, known, points=2, unit="s", relative=2e-4, requirement="sunrise to sunset,",
        shown=lambda t, y, b, s: (
            f"turn of {t / DAY:.4g} d, year {y / DAY:.4g} d, latitude {math.degrees(b):.1f}, Sun's {math.degrees(s):.1f} deg"
        ),
        hint="Lunar day: 1/S = 1/T - 1/Y. Light: the part H / pi of it, with cos H = -tan(latitude) tan(sun_latitude).",
    )]  # fmt: skip


def next_pass(plane: float, site: float, month_s: float) -> float:
    """Until either half of a polar orbit is over a meridian."""
    return (plane - site) % math.pi / (2.0 * math.pi) * month_s


def judge_passes(answer: Any) -> list[Finding]:
    """The plane wanders west by a circle in a sidereal month, and cuts the ground in two meridians.

    Drawn: planes at 57 to 172 deg, sites at 11 to 166 deg W, moons that turn in 5 to 40 days.
    """
    rad = math.radians
    inputs = [
        (rad(44.4), rad(29.0), SIDEREAL_S),
        (rad(-4.6), rad(61.8), SIDEREAL_S),
        (rad(-150.0), rad(100.0), SIDEREAL_S),
        (rad(200.0), rad(-30.0), 0.9973 * DAY),
        (rad(10.0), rad(-175.0), SIDEREAL_S),
        *slips.drawn("07.passes", 3, (1.0, 3.0), (-2.9, -0.2), (5.0 * DAY, 40.0 * DAY)),
    ]

    def rate(p: float, s: float, m: float, turn: float = math.pi) -> float:
        return (p - s) % turn / (2.0 * math.pi) * m

    known: list[slips.Slip] = [
        (lambda p, s, m: rate(p, s, m, 2.0 * math.pi),
         "That waits for the northbound half. The southbound half comes by, too, 180 degrees away."),
        (lambda p, s, m: rate(s, p, m),
         "The Moon turns eastward, so the orbit comes over places further and further west: plane minus site."),
        (lambda p, s, m: rate(s, p, m, 2.0 * math.pi),
         "The Moon turns eastward, so the orbit wanders west: plane minus site. And its southbound half comes by, too."),
        (lambda p, s, m: (p - s) / (2.0 * math.pi) * m,
         "A time in the past is no use: take the difference modulo half a circle."),
        (lambda p, s, m: abs(p - s) / (2.0 * math.pi) * m,
         "The amount of the difference does not know which is further west. Take plane minus site, modulo half a circle."),
        (lambda p, s, m: 2.0 * rate(p, s, m), "In a month the Moon turns by the full 2 pi."),
        (lambda p, s, m: rate(p, s, m) / DAY, "That is days. Seconds, please."),
        (lambda p, s, m: rate(p, s, m) / 3600.0, "That is hours. Seconds, please."),
        (lambda p, s, m: rate(p, s, m) * 29.530589 / 27.321661,
         "That is the synodic month: it belongs to the Sun. The plane stands still among the stars: take `month_s`."),
        (lambda p, s, m: (p - s) % 180.0 / 360.0 * m, "The longitudes come in radians; you treat them as degrees."),
        (lambda p, s, m: math.degrees((p - s) % math.pi) / (2.0 * math.pi) * m, "Radians and degrees are mixed."),
        (lambda p, s, m: (p - s) % math.pi * m, "The Moon turns by 2 pi in a month: divide by that."),
        (lambda p, s, m: (p - s) % math.pi, "That is the angle to go. How long does the Moon take for it?"),
    ]  # fmt: skip
    return [slips.judge(
        answer, "next_pass", inputs, next_pass, known, points=2, unit="s", relative=1e-6, absolute=1e-3,
        requirement="time until the orbit passes over",
        shown=lambda p, s, m: f"{math.degrees(s):.1f} deg E, its northbound half now at {math.degrees(p):.1f} deg E",
        hint="The plane wanders west by 2 pi a month and has two halves, pi apart: to go is plane minus site, modulo pi.",
    )]  # fmt: skip


def descent_orbit(height_m: float, perilune_m: float) -> tuple[float, float]:
    """Burn and coast of half a Hohmann transfer."""
    high, low = R_MOON + height_m, R_MOON + perilune_m
    a_m = 0.5 * (high + low)
    dv = math.sqrt(MU_MOON / high) - math.sqrt(MU_MOON * (2.0 / high - 1.0 / a_m))
    return dv, math.pi * math.sqrt(a_m**3 / MU_MOON)


def judge_doi(answer: Any) -> list[Finding]:
    """One burn, half a revolution. Drawn: circles at 80 to 600 km, perilunes at 10 to 40 km."""
    inputs = [
        (100e3, 15e3),
        (100e3, 20e3),
        (200e3, 15e3),
        (600e3, 15e3),
        (134e3, 25e3),
        *slips.drawn("07.doi", 2, (80e3, 600e3), (10e3, 40e3)),
    ]
    function = a.function(answer, "descent_orbit")
    given = [
        a.numbers(a.call(function, *x, name="descent_orbit"), 2, "descent_orbit", "(dv in m/s, coast in s)")
        for x in inputs
    ]
    right = [descent_orbit(*x) for x in inputs]

    def circle(r: float) -> float:
        return math.sqrt(MU_MOON / r)

    def second(h: float, p: float) -> float:
        """The other burn of the Hohmann transfer."""
        high, low = R_MOON + h, R_MOON + p
        return math.sqrt(2.0 * MU_MOON * high / (low * (low + high))) - circle(low)

    def no_radius(h: float, p: float) -> float:
        return circle(h) - math.sqrt(2.0 * MU_MOON * p / (h * (h + p)))

    burns: list[slips.Slip] = [
        (lambda h, p: -descent_orbit(h, p)[0], "The size of the burn is positive; it pushes against the velocity."),
        (lambda h, p: descent_orbit(h, p)[0] + second(h, p),
         "Those are both burns of the Hohmann transfer. The second one would stay down there in a circle."),
        (second, "That is the burn at the bottom. The one at the top starts the descent."),
        (lambda h, p: circle(R_MOON + p) - circle(R_MOON + h),
         "Those are speeds on two circles. After the burn the orbit is an ellipse: vis-viva at the top."),
        (lambda h, p: math.sqrt(2.0 * MU_MOON * (R_MOON + h) / ((R_MOON + p) * (2.0 * R_MOON + h + p))) - circle(R_MOON + h),
         "You compare the speed at the bottom with the one on the circle. The burn happens at the top."),
        (lambda h, p: descent_orbit(h, p)[0] / 1000.0, "That is km/s. Metres per second, please."),
        (lambda h, p: descent_orbit(h, p)[0] * math.sqrt(MU_EARTH / MU_MOON), "That is the Earth's gravitational parameter."),
        (no_radius, "Heights are over the ground: distances from the centre are R_MOON larger."),
        (lambda h, p: math.sqrt(2.0 * MU_MOON * (R_MOON + p) / ((R_MOON + h) * (2.0 * R_MOON + h + p))),
         "That is the speed after the burn. What changes is the difference to the circle."),
    ]  # fmt: skip
    coasts: list[slips.Slip] = [
        (lambda h, p: 2.0 * descent_orbit(h, p)[1], "That is a full revolution. The perilune lies half a revolution away."),
        (lambda h, p: math.pi * (R_MOON + h) / circle(R_MOON + h),
         "That is half a revolution on the circle. The lander coasts on the ellipse, whose semi-major axis is smaller."),
        (lambda h, p: math.pi * (R_MOON + p) / circle(R_MOON + p),
         "That is half a revolution on a circle at the bottom. The lander coasts on the ellipse between the two."),
        (lambda h, p: 2.0 * math.pi * (R_MOON + h) / circle(R_MOON + h), "That is a full revolution on the circle."),
        (lambda h, p: descent_orbit(h, p)[1] / 60.0, "That is minutes. Seconds, please."),
        (lambda h, p: descent_orbit(h, p)[1] / 3600.0, "That is hours. Seconds, please."),
        (lambda h, p: descent_orbit(h, p)[1] / 2.0, "That is a quarter of a revolution."),
        (lambda h, p: math.pi * math.sqrt((0.5 * (h + p)) ** 3 / MU_MOON),
         "Heights are over the ground: distances from the centre are R_MOON larger."),
        (lambda h, p: math.pi * math.sqrt((2.0 * R_MOON + h + p) ** 3 / MU_MOON),
         "The semi-major axis is half of the sum of both distances."),
        (lambda h, p: descent_orbit(h, p)[1] * math.sqrt(MU_MOON / MU_EARTH), "That is the Earth's gravitational parameter."),
    ]  # fmt: skip
    parts = (
        (
            "burn from a circle",
            "m/s",
            burns,
            1e-3,
            "Speed on the circle minus speed at the top of the ellipse, by vis-viva.",
        ),
        ("coast after leaving a circle", "s", coasts, 2e-4, "Half of the ellipse's period: pi sqrt(a^3 / mu)."),
    )
    rows = []
    for k, (what, unit, known, relative, usual) in enumerate(parts):
        column = [x[k] for x in given]
        bad = [i for i in range(len(inputs)) if not slips.same(column[i], right[i][k], relative)]
        i = bad[0] if bad else 0
        hint = slips.slip_hint(column, inputs, known, relative) if bad else ""
        if bad and all(slips.same(x[1 - k], w[k], 1e-3) for x, w in zip(given, right, strict=True)):
            hint = "The two numbers are in the wrong order: first the burn, then the coast."
        rows.append(Finding(
            f"{what} at {inputs[i][0] / 1e3:g} km for a perilune at {inputs[i][1] / 1e3:g} km", 1, not bad,
            number_text(column[i], unit), number_text(right[i][k], unit), hint or usual,
        ))  # fmt: skip
    return rows


EXERCISES = (
    Exercise("07.sun", "how high the Sun stands", 3, ("sun_elevation",), judge_sun),
    Exercise("07.light", "how long a lunar day is light", 2, ("light",), judge_light),
    Exercise("07.passes", "when the orbit comes over a site", 2, ("next_pass",), judge_passes),
    Exercise("07.doi", "the burn and the coast of the last hour", 2, ("descent_orbit",), judge_doi),
    Exercise("07.plan", "a landing with two alternates", 4, ("plan",), judge_plan,
             usual={"later_h": 0.0}, variant=a_date),
)  # fmt: skip
