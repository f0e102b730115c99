"""Checks of lesson 04, the long way round."""

from __future__ import annotations

import math
from typing import Any

from lunarlab.constants import AU, DISTANCE_MOON, G0, MU_EARTH, MU_MOON, MU_SUN, R_MOON
from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.lesson04_route import a_moon, judge_route
from lunarlab.grading.result import Finding


def jacobi(
    x: float, y: float, z: float, vx: float, vy: float, vz: float, mu: float, *,
    extra: float = 0.0, earth: float | None = None, moon: float | None = None,
) -> float:  # fmt: skip
    """C = x^2 + y^2 + 2 (1 - mu)/r1 + 2 mu/r2 - v^2; `earth` and `moon` stand for x + mu and x - 1 + mu in slips."""
    r1 = math.hypot(x + mu if earth is None else earth, y, z)
    r2 = math.hypot(x - 1.0 + mu if moon is None else moon, y, z)
    return x * x + y * y + 2.0 * (1.0 - mu) / r1 + 2.0 * mu / r2 - vx * vx - vy * vy - vz * vz + extra


def judge_jacobi(answer: Any) -> list[Finding]:
    """The integral at five states, most of them out of the plane, with two mass ratios.

    Drawn: x from -0.8 to 1.4, y from 0.1 to 0.8, z from 0.05 to 0.4, velocities from -1 to 1, mu from 0.02 to 0.3.
    """
    inputs = [
        (0.8, 0.1, 0.05, 0.2, -0.3, 0.1, 0.0121505856),
        (1.15, -0.02, 0.0, 0.0, 0.31, 0.0, 0.0121505856),
        (-0.3, 0.4, 0.2, 1.1, 0.6, -0.4, 0.0121505856),
        (0.5, 0.8, -0.3, 0.05, 0.02, 0.6, 0.2),
        (1.02, 0.0, -0.18, 0.0, -0.1, 0.0, 0.0121505856),
        *slips.drawn("04.jacobi", 2, (-0.8, 1.4), (0.1, 0.8), (0.05, 0.4), *[(-1.0, 1.0)] * 3, (0.02, 0.3)),
    ]

    def parts(x: float, y: float, z: float, vx: float, vy: float, vz: float, mu: float) -> tuple[float, ...]:
        r1, r2 = math.hypot(x + mu, y, z), math.hypot(x - 1.0 + mu, y, z)
        return x * x + y * y, r1, r2, vx * vx + vy * vy + vz * vz, mu

    def at_the_origin(*s: float) -> float:
        x, y, z, *v, m = s
        return (
            x * x + y * y + 2 * (1 - m) / math.hypot(x, y, z) + 2 * m / math.hypot(x - 1, y, z) - sum(u * u for u in v)
        )

    def built(f: Any) -> Any:
        return lambda *s: f(*parts(*s))

    known: list[slips.Slip] = [
        (built(lambda d, r1, r2, v2, m: d + 2 * (1 - m) / r1 + 2 * m / r2 - v2 + m * (1 - m)),
         "You added mu (1 - mu), as some authors do. Here it is left out: numbers of two conventions must not meet."),
        (lambda *s: -jacobi(*s), "The sign is turned round: a faster craft has a smaller C."),
        (lambda *s: jacobi(*s) / 2.0, "That is half of it. C is twice the potential minus v squared."),
        (lambda *s: -jacobi(*s) / 2.0, "That is the energy in the turning frame. C is minus two times that."),
        (built(lambda d, r1, r2, v2, m: d + 2 * (1 - m) / r1 + 2 * m / r2 - math.sqrt(v2)),
         "The speed is squared: vx**2 + vy**2 + vz**2."),
        (built(lambda d, r1, r2, v2, m: d + 2 * (1 - m) / r1 + 2 * m / r2),
         "v squared is not subtracted: that is twice the potential, and C only of a craft at rest."),
        (built(lambda d, r1, r2, v2, m: d / 2 + (1 - m) / r1 + m / r2),
         "That is the potential. C is twice that, less v squared."),
        (built(lambda d, r1, r2, v2, m: d / 2 + (1 - m) / r1 + m / r2 - v2),
         "The potential counts twice, all of it: x**2 + y**2 + 2 (1 - mu)/r1 + 2 mu/r2."),
        (built(lambda d, r1, r2, v2, m: d + 2 * (1 - m) / r1 + 2 * m / r2 - v2 / 2),
         "v squared counts once: C is twice an energy, and half of v squared twice is v squared."),
        (lambda x, y, z, u, v, w, m: jacobi(x, y, z, u, v, w, m, earth=x - m),
         "The Earth is at x = -mu, so its distance has x + mu."),
        (lambda x, y, z, u, v, w, m: jacobi(x, y, z, u, v, w, m, moon=x - 1.0 - m),
         "The Moon is at x = 1 - mu, so its distance has x - 1 + mu."),
        (lambda x, y, z, u, v, w, m: jacobi(x, y, z, u, v, w, m, earth=x - m, moon=x - 1.0 - m),
         "The Earth is at x = -mu and the Moon at x = 1 - mu: the distances have x + mu and x - 1 + mu."),
        (built(lambda d, r1, r2, v2, m: d + 2 * (1 - m) / r1 + 2 * m / r2 + v2),
         "v squared is subtracted: C is what the potential allows, less what motion has used up."),
        (built(lambda d, r1, r2, v2, m: d + (1 - m) / r1 + m / r2 - v2),
         "Each mass counts twice: 2 (1 - mu)/r1 + 2 mu/r2."),
        (built(lambda d, r1, r2, v2, m: d + 2 * m / r1 + 2 * (1 - m) / r2 - v2),
         "The masses are exchanged: 1 - mu is the Earth's, and the Earth is the body at x = -mu."),
        (built(lambda d, r1, r2, v2, m: 2 * (1 - m) / r1 + 2 * m / r2 - v2),
         "x**2 + y**2 is missing: in a frame that turns, going outwards is downhill."),
        (built(lambda d, r1, r2, v2, m: d + 2 * (1 - m) / r1**2 + 2 * m / r2**2 - v2),
         "A potential falls with 1/r, a force with 1/r**2. Here it is 1/r."),
        (lambda x, y, z, u, v, w, m: jacobi(x, y, z, u, v, w, m, extra=z * z),
         "The frame turns about z: only x and y count in x**2 + y**2."),
        (at_the_origin,
         "The origin is the barycentre: the Earth is at x = -mu, the Moon at x = 1 - mu."),
        (lambda x, y, z, u, v, w, m: jacobi(-x, y, z, u, v, w, m),
         "The bodies are on the wrong sides: r1 belongs to x + mu, r2 to x - 1 + mu."),
        (lambda x, y, z, u, v, w, m: jacobi(x, y, 0.0, u, v, w, m), "z is missing in the distances."),
        (lambda x, y, z, u, v, w, m: jacobi(x, y, z, u, v, 0.0, m), "vz is missing in the speed."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "jacobi", inputs, jacobi, known, points=2, unit="", relative=1e-7, absolute=1e-7,
        requirement="Jacobi constant of", hint="C = x**2 + y**2 + 2 (1 - mu)/r1 + 2 mu/r2 - v**2.",
        shown=lambda x, y, z, u, v, w, m: f"({x:g}, {y:g}, {z:g}) at ({u:g}, {v:g}, {w:g}), mu = {m:g}",
    )]  # fmt: skip


def perilune_speed(perilune_m: float, apolune_m: float, mu: float = MU_MOON) -> float:
    """Speed at perilune of an orbit between two altitudes."""
    low, high = R_MOON + perilune_m, R_MOON + apolune_m
    return math.sqrt(2.0 * mu * high / (low * (low + high)))


def loi(v_infinity: float, perilune_m: float, apolune_m: float, mu: float = MU_MOON) -> float:
    """Insertion impulse at perilune."""
    r = R_MOON + perilune_m
    return math.sqrt(v_infinity**2 + 2.0 * mu / r) - perilune_speed(perilune_m, apolune_m, mu)


def judge_loi(answer: Any) -> list[Finding]:
    """Speed of the hyperbola minus speed of the orbit, both at perilune.

    Drawn: 100 to 1000 m/s at infinity, perilunes at 60 to 250 km, apolunes at 400 to 9000 km.
    """
    inputs = [
        (800.0, 100e3, 100e3),
        (0.0, 100e3, 100e3),
        (250.0, 70e3, 5800e3),
        (830.0, 150e3, 5673e3),
        (168.0, 90e3, 8363e3),
        *slips.drawn("04.loi", 2, (100.0, 1000.0), (60e3, 250e3), (400e3, 9000e3)),
    ]

    def escape(hp: float) -> float:
        return math.sqrt(2.0 * MU_MOON / (R_MOON + hp))

    def circular(hp: float) -> float:
        return perilune_speed(hp, hp)

    def double_axis(v: float, hp: float, ha: float) -> float:
        r = R_MOON + hp
        return loi(v, hp, hp) + circular(hp) - math.sqrt(MU_MOON * (2.0 / r - 1.0 / (2.0 * R_MOON + hp + ha)))

    def no_radius(v: float, hp: float, ha: float) -> float:
        return math.sqrt(v * v + 2.0 * MU_MOON / hp) - math.sqrt(2.0 * MU_MOON * ha / (hp * (hp + ha)))

    known: list[slips.Slip] = [
        (lambda v, hp, ha: -loi(v, hp, ha), "The size of the burn is positive: hyperbola minus orbit."),
        (lambda v, hp, ha: loi(v, hp, ha) / 1000.0, "That is km/s. Metres per second, please."),
        (lambda v, hp, ha: v + escape(hp) - perilune_speed(hp, ha),
         "Energies add, speeds don't: v**2 = v_infinity**2 + 2 mu/r."),
        (lambda v, hp, ha: escape(hp) - perilune_speed(hp, ha),
         "v_infinity is not used: that is the cheapest arrival there can be."),
        (lambda v, hp, ha: loi(v, hp, hp), "That ends on a circle at perilune. The orbit goes out to the apolune."),
        (lambda v, hp, ha: math.sqrt(v * v + 2 * MU_MOON / (R_MOON + hp)),
         "That is the speed at perilune before the burn. Subtract the one that the orbit has there."),
        (lambda v, hp, ha: v - perilune_speed(hp, ha),
         "v_infinity is the speed far away; the Moon's pull adds 2 mu/r to its square."),
        (lambda v, hp, ha: math.sqrt(v + 2 * MU_MOON / (R_MOON + hp)) - perilune_speed(hp, ha),
         "v_infinity counts squared."),
        (lambda v, hp, ha: math.sqrt(v * v + MU_MOON / (R_MOON + hp)) - perilune_speed(hp, ha),
         "The kinetic energy is half of v squared: 2 mu/r under the root, not mu/r."),
        (no_radius, "Heights are over the ground: distances from the centre are R_MOON larger."),
        (lambda v, hp, ha: loi(v, hp, ha, MU_EARTH),
         "That is the Earth's gravitational parameter. The Moon's is MU_MOON."),
        (lambda v, hp, ha: loi(v, hp, hp) + circular(hp) - perilune_speed(ha, hp),
         "That is the orbit's speed at apolune. The burn is at perilune."),
        (double_axis,
         "The semi-major axis is half of perilune plus apolune distance."),
        (lambda v, hp, ha: math.sqrt(v * v + escape(hp) ** 2) - escape(hp),
         "That ends at escape speed: it only takes off v_infinity. The orbit is bound, and slower at perilune."),
        (lambda v, hp, ha: loi(v, ha, hp),
         "Perilune and apolune are swapped: the burn is at the first altitude, perilune."),
        (lambda v, hp, ha: math.sqrt(v * v + escape(ha) ** 2) - perilune_speed(hp, ha),
         "Before the burn the craft is at perilune, too: 2 mu/r with the r of perilune."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "loi_dv", inputs, loi, known, points=2, unit="m/s", relative=1e-4,
        requirement="insertion burn", negative=slips.BELOW_ZERO,
        hint="At perilune: sqrt(v_infinity**2 + 2 mu/r) before, vis-viva after.",
        shown=lambda v, hp, ha: f"from v_infinity = {v:g} m/s into {hp / 1e3:g} x {ha / 1e3:g} km",
    )]  # fmt: skip


N_SUN = math.sqrt(MU_SUN / AU**3)
"""Rate at which the Sun goes round the Earth [rad/s]."""


def torque(r_m: float, phi_rad: float) -> float:
    """Rate of the angular momentum per kilogram by the tide of the Sun."""
    return 1.5 * N_SUN**2 * r_m**2 * math.sin(2.0 * phi_rad)


def judge_lever(answer: Any) -> list[Finding]:
    """3/2 n^2 r^2 sin 2 phi, within 1 %: a year of 365 days is good enough.

    Drawn: 0.8 to 1.4 million km, 17 to 72 degrees ahead, or as much beyond 90 degrees.
    """
    forward, back = slips.drawn("04.lever", 2, (0.8e9, 1.4e9), (0.3, 1.25))
    inputs = [
        (1.2e9, math.pi / 4),
        (1.0e9, 1.2),
        (0.8e9, 2.5),
        (1.4e9, -0.4),
        (3.844e8, 4.0),
        forward,
        (back[0], back[1] + math.pi / 2),
    ]
    n, day = N_SUN, 86400.0
    known: list[slips.Slip] = [
        (lambda r, p: -torque(r, p),
         "The sign is turned round: a Sun that is ahead (phi between 0 and 90 degrees) pulls forward."),
        (lambda r, p: abs(torque(r, p)),
         "It pulls back in two of the four quadrants: no absolute value, the sign of sin(2 phi) stays."),
        (lambda r, p: 3.0 * n**2 * r**2 * math.sin(p),
         "A tide pulls on both sides: 3 sin(phi) cos(phi), which is 3/2 sin(2 phi)."),
        (lambda r, p: 3.0 * torque(r, p), "Three times too much: the factor before sin(2 phi) is 3/2."),
        (lambda r, p: 2 * torque(r, p), "Twice too much: 3 cos(phi) sin(phi) is 3/2 sin(2 phi)."),
        (lambda r, p: torque(r, p) / 1.5, "The factor 3/2 is missing."),
        (lambda r, p: 1.5 * n**2 * r**2 * math.sin(p),
         "sin(phi) would mean that the Sun pulls to its own side only. A tide pulls on both sides: sin(2 phi)."),
        (lambda r, p: 1.5 * n**2 * r**2 * math.cos(2 * p),
         "It must vanish where the Sun is straight overhead, at phi = 0: sine, not cosine."),
        (lambda r, p: 1.5 * n**2 * r * math.sin(2 * p),
         "That is the acceleration across. The lever is r: angular momentum changes by r times it."),
        (lambda r, p: 1.5 * n * r**2 * math.sin(2 * p), "n counts squared: n**2 = mu_sun / d**3."),
        (lambda r, p: 1.5 * r**2 * math.sin(2 * p), "The strength of the tide is missing: n**2 = mu_sun / d**3."),
        (lambda r, p: 1.5 * n**2 * r**2 * math.sin(2 * math.radians(p)), "phi comes in radians already."),
        (lambda r, p: 1.5 * n**2 * (r / 1e3) ** 2 * math.sin(2 * p), "r comes in metres."),
        (lambda r, p: torque(r, p) * day**2, "n is per second here: 2 pi over the seconds of a year."),
        (lambda r, p: MU_SUN / AU**2 * r * math.sin(p),
         "That is the whole pull of the Sun. The Earth falls with it: only the difference between the two tears."),
        (lambda r, p: 1.5 * MU_SUN / AU**2 * r * math.sin(2 * p),
         "The tide falls with the third power of the Sun's distance: mu_sun / d**3."),
        (lambda r, p: torque(r, p) * 13.37**2, "That n is the Moon's. The Sun goes round in a year, not in a month."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "sun_torque", inputs, torque, known, points=2, unit="m2/s2", relative=0.01,
        requirement="torque of the Sun", hint="3/2 n**2 r**2 sin(2 phi) with n = 2 pi / year in rad/s.",
        shown=lambda r, p: f"at {r / 1e9:g} million km, phi = {math.degrees(p):.0f} degrees",
    )]  # fmt: skip


def gain(v_fast: float, v_slow: float, perilune_m: float, apolune_m: float, mass_kg: float, isp_s: float) -> float:
    """Kilograms more in lunar orbit by the slow route, for the same mass on arrival."""
    c = isp_s * G0
    return mass_kg * (
        math.exp(-loi(v_slow, perilune_m, apolune_m) / c) - math.exp(-loi(v_fast, perilune_m, apolune_m) / c)
    )


def judge_trade(answer: Any) -> list[Finding]:
    """Difference of two masses after insertion.

    Drawn: 700 to 2500 m/s against at most 300, 50 to 300 km by 500 to 6000 km, 400 to 3000 kg, 220 to 450 s.
    """
    inputs = [
        (830.0, 250.0, 100e3, 100e3, 1000.0, 318.0),
        (850.0, 0.0, 100e3, 6000e3, 1000.0, 300.0),
        (1500.0, 100.0, 200e3, 200e3, 3000.0, 220.0),
        (2500.0, 300.0, 50e3, 50e3, 500.0, 450.0),
        *slips.drawn(
            "04.trade", 2, (700.0, 2500.0), (0.0, 300.0), (50e3, 300e3), (500e3, 6000e3), (400.0, 3000.0), (220.0, 450.0)
        ),
    ]

    def both(f: Any) -> Any:
        return lambda vf, vs, hp, ha, m, i: f(loi(vf, hp, ha), loi(vs, hp, ha), m, i * G0)

    known: list[slips.Slip] = [
        (lambda *x: -gain(*x), "Slow minus fast: the slow route leaves more."),
        (both(lambda f, s, m, c: m * (f - s) / c),
         "Linear in the difference: good for small burns. Take the rocket equation for each."),
        (both(lambda f, s, m, c: m * (1.0 - math.exp(-(f - s) / c))),
         "That treats the difference as one burn of the full mass. The mass after each of the two burns, then "
         "subtract."),
        (both(lambda f, s, m, c: m * (math.exp((f - s) / c) - 1.0)),
         "That compares with the wrong mass. The mass after each of the two burns, then subtract."),
        (both(lambda f, s, m, c: m * (math.exp(-s * G0 / c) - math.exp(-f * G0 / c))),
         "Isp in seconds is not yet a speed: multiply it by g0 = 9.80665 m/s2."),
        (both(lambda f, s, m, c: m * (math.exp(f / c) - math.exp(s / c))),
         "The lander gets lighter: exp of minus dv over exhaust speed."),
        (both(lambda f, s, m, c: m * math.exp(-s / c)),
         "That is what the slow route leaves. Asked is how much more than the fast one."),
        (both(lambda f, s, m, c: math.exp(-s / c) - math.exp(-f / c)),
         "That is a share of the mass. Kilograms, please."),
        (both(lambda f, s, m, c: f - s), "That is what is saved in m/s. How many kilograms is that?"),
        (lambda vf, vs, hp, ha, m, i: m * (math.exp(-vs / (i * G0)) - math.exp(-vf / (i * G0))),
         "v_infinity is not the burn: put both through loi_dv first."),
        (lambda vf, vs, hp, ha, m, i: m * (1.0 - math.exp(-(vf - vs) / (i * G0))),
         "v_infinity is not the burn: put both through loi_dv first."),
        (lambda vf, vs, hp, ha, m, i: gain(vf, vs, hp, hp, m, i),
         "That ends on circles at perilune; use the apolune, too."),
        (both(lambda f, s, m, c: m * (10.0 ** (-s / c) - 10.0 ** (-f / c))),
         "The rocket equation has e, not 10: math.exp."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "mass_gain", inputs, gain, known, points=3, unit="kg", relative=1e-3,
        requirement="mass that the slow route saves", hint="m exp(-dv / (Isp g0)) for each route, then subtract.",
        shown=lambda vf, vs, hp, ha, m, i: f"of {m:g} kg, v_infinity {vs:g} instead of {vf:g} m/s into {hp / 1e3:g} x "
        f"{ha / 1e3:g} km, Isp {i:g} s",
    )]  # fmt: skip


EXERCISES = (
    Exercise("04.jacobi", "the one integral of three bodies", 2, ("jacobi",), judge_jacobi),
    Exercise("04.loi", "what an arrival costs", 2, ("loi_dv",), judge_loi),
    Exercise("04.lever", "how hard the Sun pulls", 2, ("sun_torque",), judge_lever),
    Exercise("04.route", "a loop that the Sun lifts to the Moon", 4, ("apogee_m", "sun_deg"), judge_route,
             usual={"moon_m": DISTANCE_MOON}, variant=a_moon),
    Exercise("04.trade", "what the days buy", 3, ("mass_gain",), judge_trade),
)  # fmt: skip
