"""Checks of lesson 05, the burn that did not stop."""

from __future__ import annotations

import math
from typing import Any

from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.grading import answers as a
from lunarlab.grading import slips
from lunarlab.grading.checks import Exercise
from lunarlab.grading.lesson05_monitor import (
    PLANNED_DV,
    PLANNED_S,
    TIMER_S,
    a_burn,
    circular,
    judge_monitor,
    lowering_dv,
)
from lunarlab.grading.result import Finding

MU_EARTH = 3.986004418e14  # only to recognise that somebody took it

def tsiolkovsky(burn_s: float, thrust_n: float, isp_s: float, mass_kg: float, g0: float = G0) -> float:
    """Velocity change of a burn."""
    return -isp_s * g0 * math.log1p(-thrust_n * burn_s / (isp_s * g0 * mass_kg))


def judge_dv(answer: Any) -> list[Finding]:
    """dv = Isp g0 ln(m0 / (m0 - F t / (Isp g0))). Drawn: 100 to 600 s, 300 to 2500 N, 290 to 330 s, 1 to 3 t."""
    inputs = [
        (408.0, 3300.0, 320.0, 1900.0),
        (540.0, 400.0, 318.0, 850.0),
        (357.53, 94180.0, 315.07, 43572.8),
        (30.0, 20.0, 220.0, 500.0),
        *slips.drawn("05.dv_of_burn", 2, (100.0, 600.0), (300.0, 2500.0), (290.0, 330.0), (1000.0, 3000.0)),
    ]
    known: list[slips.Slip] = [
        (lambda t, f, i, m: f * t / m,
         "That is F t / m with the mass at ignition. The lander gets lighter while it burns."),
        (lambda t, f, i, m: f * t / (m - f * t / (i * G0)),
         "That is F t / m with the mass at the end. The mass shrinks from m0 to m1 on the way: integrate."),
        (lambda t, f, i, m: tsiolkovsky(t, f, i, m, 1.0),
         "Isp in seconds is not yet a speed: multiply it by g0 = 9.80665 m/s2, both in the flow and in front of the "
         "logarithm."),
        (lambda t, f, i, m: tsiolkovsky(t, f, i, m, 1.62),
         "g0 is a unit conversion, 9.80665 m/s2 wherever the engine burns, on the Moon, too."),
        (lambda t, f, i, m: tsiolkovsky(t, f, i, m) / G0,
         "The exhaust speed in front of the logarithm is Isp times g0."),
        (lambda t, f, i, m: -tsiolkovsky(t, f, i, m), "The sign is turned round: ln(m0/m1), not ln(m1/m0)."),
        (lambda t, f, i, m: tsiolkovsky(t, f, i, m) / math.log(10.0),
         "That is log10. The rocket equation has the natural logarithm, math.log."),
        (lambda t, f, i, m: i * G0 * math.log1p(f * t / (i * G0 * m)), "m1 is m0 minus the propellant, not plus."),
        (lambda t, f, i, m: tsiolkovsky(t, f, i, m) / 1000.0, "That is km/s. Metres per second, please."),
        (lambda t, f, i, m: f * t / (i * G0), "That is the propellant in kg. What does it do to the speed?"),
        (lambda t, f, i, m: i * G0 * math.log(i * G0 * m / (f * t)),
         "The ratio is m0 / m1, mass before over mass after, not mass over propellant."),
    ]  # fmt: skip
    try:
        return [slips.judge(
            answer, "dv_of_burn", inputs, tsiolkovsky, known, points=2, unit="m/s", relative=1e-4,
            requirement="velocity change of",
            shown=lambda t, f, i, m: f"{t:g} s at {f:g} N, Isp {i:g} s, from {m:g} kg",
            hint="Flow F / (Isp g0), propellant flow times t, then Isp g0 ln(m0 / m1).",
        )]  # fmt: skip
    except a.BadAnswer as bad:
        if "ValueError" not in str(bad) and "finite" not in str(bad):
            raise
        more = "Is the flow F / (Isp g0)? Without g0 the engine drinks more than the lander weighs: no logarithm."
        raise a.BadAnswer(f"{bad} {more}") from None


def opposite(height_m: float, speed_mps: float, mu: float = MU_MOON) -> float:
    """Radius on the other side of an orbit with a horizontal speed at a height."""
    r = R_MOON + height_m
    return 1.0 / (1.0 / r - 0.5 * speed_mps * speed_mps / mu) - r


def perilune(height_m: float, dv_mps: float) -> float:
    """Altitude of the low point after braking by dv on a circular orbit."""
    return opposite(height_m, circular(R_MOON + height_m) - dv_mps) - R_MOON


def judge_perilune(answer: Any) -> list[Finding]:
    """r_p = 2 a - r from vis-viva, less the radius of the Moon. Drawn: circles at 40 to 600 km, brakes of 5 to 100 m/s."""
    inputs = [
        (100e3, 18.75),
        (100e3, 28.35),
        (600e3, 107.6),
        (250e3, 3.0),
        (30e3, 60.0),
        *slips.drawn("05.perilune", 2, (40e3, 600e3), (5.0, 100.0)),
    ]

    def centre(h: float, dv: float) -> float:
        x = dv / math.sqrt(MU_MOON / h)
        return h * (1.0 - x) ** 2 / (2.0 - (1.0 - x) ** 2)

    def earth(h: float, dv: float) -> float:
        return opposite(h, math.sqrt(MU_EARTH / (R_MOON + h)) - dv, MU_EARTH) - R_MOON

    def no_half(h: float, dv: float) -> float:
        r = R_MOON + h
        return -MU_MOON / ((circular(r) - dv) ** 2 - MU_MOON / r) / 2.0 * 2.0 - r - R_MOON

    known: list[slips.Slip] = [
        (lambda h, dv: perilune(h, dv) + R_MOON,
         "That is the distance from the centre. An altitude is over the sphere of R_MOON."),
        (lambda h, dv: perilune(h, dv) / 1000.0, "That is kilometres. Metres, please."),
        (lambda h, dv: max(perilune(h, dv), 0.0),
         "Don't cut it off at zero: an orbit does not know where the ground is, and how far below the ground it leads"
         " is what we are after."),
        (lambda h, dv: abs(perilune(h, dv)), "The sign got lost: below the ground it is negative."),
        (lambda h, dv: h - 4.0 * (R_MOON + h) * dv / circular(R_MOON + h),
         "That is the first term of the series, good for small burns. Take vis-viva as it is."),
        (lambda h, dv: h - 2.0 * (R_MOON + h) * dv / circular(R_MOON + h),
         "The semi-major axis shrinks by 2 r dv/v; the far side moves by twice that, because this side stays."),
        (lambda h, dv: opposite(h, circular(R_MOON + h) + dv) - R_MOON, "You sped up: a braking burn subtracts dv."),
        (lambda h, dv: 0.5 * (perilune(h, dv) + h),
         "That is the semi-major axis less R_MOON. The low point lies at 2 a - r."),
        (centre, "height_m is over the ground: add R_MOON before you use it as a distance from the centre."),
        (lambda h, dv: centre(h, dv) - R_MOON,
         "height_m is over the ground: add R_MOON before you use it as a distance from the centre."),
        (earth, "That is the Earth's gravitational parameter. The Moon's is MU_MOON, 4.9028e12 m3/s2."),
        (no_half, "Kinetic energy per kilogram is v**2 / 2."),
        (lambda h, dv: opposite(h, dv) - R_MOON, "After the burn the lander flies at v - dv, not at dv."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "perilune", inputs, perilune, known, points=2, unit="m", relative=1e-4, absolute=50.0,
        requirement="perilune altitude after",
        shown=lambda h, dv: f"braking by {dv:g} m/s on a circular orbit {h / 1e3:g} km up",
        hint="Circular speed sqrt(mu/r), less dv; a from vis-viva, v**2 = mu (2/r - 1/a); the other side is 2 a - r from "
        "the centre.",
    )]  # fmt: skip


def grazing(height_m: float, planned_perilune_m: float, planned_burn_s: float) -> float:
    """Burn at constant acceleration whose orbit touches the sphere."""
    return planned_burn_s * lowering_dv(height_m, 0.0) / lowering_dv(height_m, planned_perilune_m)


def judge_grazing(answer: Any) -> list[Finding]:
    """Time that makes the perilune zero; 0.15 %, so that a search to 0.1 s is right, too.

    Drawn: circles at 80 to 900 km, perilunes at 10 to 50 km, burns of 100 to 400 s.
    """
    inputs = [
        (100e3, 18e3, 84.0),
        (100e3, 15e3, 60.0),
        (600e3, 15e3, 300.0),
        (2000e3, 200e3, 400.0),
        *slips.drawn("05.grazing", 2, (80e3, 900e3), (10e3, 50e3), (100.0, 400.0)),
    ]

    def with_altitudes(h: float, hp: float, t: float) -> float:
        return t / (1.0 - math.sqrt(2.0 * hp / (h + hp)))

    known: list[slips.Slip] = [
        (lambda h, hp, t: t * h / (h - hp),
         "You scaled the drop with the time. That is nearly right for a small burn; the perilune falls a little less "
         "with each further m/s. Scale the velocity change, not the height."),
        (lambda h, hp, t: grazing(h, hp, t) - t, "Those are the seconds beyond the plan. Asked is the whole burn."),
        (lambda h, hp, t: t * t / grazing(h, hp, t), "The ratio is upside down: grazing takes longer than the plan."),
        (lambda h, hp, t: grazing(h, hp, t) / t, "That is the ratio to the plan. Asked are seconds."),
        (lambda h, hp, t: grazing(h, hp, t) / 60.0, "That is minutes. Seconds, please."),
        (lambda h, hp, t: t * lowering_dv(h, 0.0),
         "That is a velocity change times a time. Divide by the planned velocity change."),
        (lambda h, hp, t: t * lowering_dv(h, -hp) / lowering_dv(h, hp),
         "You went as far below the ground as the plan stays above it. Grazing is a perilune of zero."),
        (with_altitudes, "Heights are over the ground: distances from the centre are R_MOON larger."),
        (lambda h, hp, t: t * TIMER_S / PLANNED_S, "That is how long Luna 25 burnt. Asked is how long it might have."),
        *((lambda h, hp, t, n=n, up=up: (math.ceil if up else math.floor)(n * grazing(h, hp, t)) / n,
           f"You searched in steps of {1 / n:g} s. The edge is asked to 0.1 s: take smaller steps.")
          for n in (1, 2) for up in (True, False)),
        (lambda h, hp, t: t * lowering_dv(h, 0.0) / PLANNED_DV,
         "Luna 25's 18.75 m/s are built in. Compute the planned velocity change from the heights that are given."),
        (lambda h, hp, t: t * lowering_dv(h, 0.0) / 18.75,
         "Luna 25's 18.75 m/s are built in. Compute the planned velocity change from the heights that are given."),
        (lambda h, hp, t: lowering_dv(h, 0.0) / 0.223,
         "Luna 25's 0.223 m/s2 are built in. Compute the acceleration of this plan from its heights and its time."),
        (lambda h, hp, t: t,
         "That is the plan; the engine may burn longer than that before the orbit meets the ground."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "grazing_time", inputs, grazing, known, points=2, unit="s", relative=1.5e-3,
        requirement="longest burn that misses the ground,",
        shown=lambda h, hp, t: f"from {h / 1e3:g} km, where {t:g} s lead to {hp / 1e3:g} km",
        hint="Which dv leads to the planned perilune, which to a perilune of zero? At constant acceleration times have the "
        "same ratio. A search with your perilune() will do, in steps of 0.1 s or less.",
    )]  # fmt: skip


def trim(perilune_m: float, apolune_m: float, wanted_m: float) -> float:
    """Impulse at apolune that lifts the perilune."""
    ra = R_MOON + apolune_m
    return speed_at(ra, R_MOON + wanted_m) - speed_at(ra, R_MOON + perilune_m)


def speed_at(here_m: float, other_m: float) -> float:
    """Speed at one end of an orbit, by the distances of both ends from the centre."""
    return math.sqrt(2.0 * MU_MOON * other_m / (here_m * (here_m + other_m)))


def judge_trim(answer: Any) -> list[Finding]:
    """Difference of two speeds at apolune. Drawn: perilunes of 10 to 60 km to 70 to 140 km, apolunes 150 to 3000 km."""
    inputs = [
        (65e3, 120e3, 92e3),
        (20e3, 92e3, 92e3),
        (-22e3, 100e3, 18e3),
        (100e3, 6000e3, 800e3),
        *slips.drawn("05.trim", 2, (10e3, 60e3), (150e3, 3000e3), (70e3, 140e3)),
    ]

    def low(hp: float, ha: float, hw: float) -> float:
        rp = R_MOON + hp
        return speed_at(rp, R_MOON + ha + hw - hp) - speed_at(rp, R_MOON + ha)

    def no_radius(hp: float, ha: float, hw: float) -> float:
        return math.sqrt(2.0 * MU_MOON * hw / (ha * (ha + hw))) - math.sqrt(2.0 * MU_MOON * abs(hp) / (ha * (ha + hp)))

    known: list[slips.Slip] = [
        (lambda hp, ha, hw: -trim(hp, ha, hw), "The size of the burn is positive; it pushes along the velocity."),
        (lambda hp, ha, hw: circular(R_MOON + ha) - speed_at(R_MOON + ha, R_MOON + hp),
         "That makes a circle at the height of the apolune. The new perilune is wanted_perilune_m."),
        (lambda hp, ha, hw: speed_at(R_MOON + hp, R_MOON + ha) - circular(R_MOON + hp),
         "That is a burn at perilune down to a circle there: it lowers the apolune."),
        (low, "That is a burn at perilune. It raises the other side; the perilune itself stays where it is."),
        (lambda hp, ha, hw: trim(hp, ha, hw) / 1000.0, "That is km/s. Metres per second, please."),
        (no_radius, "Heights are over the ground: distances from the centre are R_MOON larger."),
        (lambda hp, ha, hw: trim(hp, ha, hw) * math.sqrt(MU_EARTH / MU_MOON),
         "That is the Earth's gravitational parameter."),
        (lambda hp, ha, hw: circular(R_MOON + hp) - circular(R_MOON + hw),
         "Those are speeds on two circles. The orbit is an ellipse; burn at its apolune."),
        (lambda hp, ha, hw: lowering_dv(ha, hp),
         "That lowers the perilune of a circle at the apolune's height. Where does this orbit start, and where should"
         " it end?"),
        (lambda hp, ha, hw: speed_at(R_MOON + hw, R_MOON + ha) - speed_at(R_MOON + hp, R_MOON + ha),
         "Those are the speeds at two perilunes. The burn happens at one place, the apolune: compare the speeds "
         "there."),
        (lambda hp, ha, hw: speed_at(R_MOON + hp, R_MOON + ha) - speed_at(R_MOON + hw, R_MOON + ha),
         "Those are the speeds at two perilunes. The burn happens at one place, the apolune: compare the speeds "
         "there."),
        (lambda hp, ha, hw: speed_at(R_MOON + ha, R_MOON + hw),
         "That is the speed after the burn. Subtract the one before."),
    ]  # fmt: skip
    return [slips.judge(
        answer, "trim_dv", inputs, trim, known, points=2, unit="m/s", relative=1e-3,
        requirement="velocity change that lifts the perilune,",
        shown=lambda hp, ha, hw: f"{hp / 1e3:g} x {ha / 1e3:g} km to {hw / 1e3:g} x {ha / 1e3:g} km",
        hint="A burn moves the other side of the orbit. So burn at apolune: speed there on the new orbit minus speed there on "
        "the old one, each from vis-viva.",
    )]  # fmt: skip


EXERCISES = (
    Exercise("05.perilune", "what a burn does to the other side", 2, ("perilune",), judge_perilune),
    Exercise("05.dv_of_burn", "what an engine gives in a given time", 2, ("dv_of_burn",), judge_dv),
    Exercise("05.grazing", "the longest burn that misses the ground", 2, ("grazing_time",), judge_grazing),
    Exercise("05.monitor", "a cut-off that survives its instrument", 5, ("my_cutoff",), judge_monitor,
             usual={"planned_s": PLANNED_S}, variant=a_burn),
    Exercise("05.trim", "lift a perilune", 2, ("trim_dv",), judge_trim),
)  # fmt: skip
