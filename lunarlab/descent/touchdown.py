"""The end of a descent: limits of a landing, and the verdict with its reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from lunarlab.descent.gear import GRAVITY_MPS2, Gear, static_slope_deg, tip_speed_toward
from lunarlab.descent.settle import Outcome, Rest, settle
from lunarlab.errors import LunarlabError
from lunarlab.units import check_fields, number


class Verdict(StrEnum):
    """How a flight ended. A verdict is a result, never an exception."""

    LANDED = "LANDED"
    """Contact within every limit, and with a model of the gear: it stands."""
    HARD_LANDING = "HARD_LANDING"
    """Too fast for the legs, slow enough to survive in part."""
    TIPPED = "TIPPED"
    """Soft enough, but leaning or sliding too much to stay upright; with a model of the gear: it fell over."""
    CRASHED = "CRASHED"
    """Contact above the survivable speed."""
    PROPELLANT_OUT = "PROPELLANT_OUT"
    """The tanks ran dry above the ground; what followed was a fall."""
    DIVERGED = "DIVERGED"
    """The flight left the region in which the model means anything."""
    LAW_ERROR = "LAW_ERROR"
    """A guidance law or filter raised, or returned something unusable."""
    TIMEOUT = "TIMEOUT"
    """Still flying at the time limit."""


@dataclass(frozen=True)
class Limits:
    """What a touchdown must keep to."""

    vertical_mps: float = number(2.0, "m/s", 0.01, 100.0, "largest descent speed of a landing")
    lateral_mps: float = number(1.5, "m/s", 0.01, 100.0, "largest sideways speed of a landing")
    tilt_deg: float = number(12.0, "deg", 0.1, 90.0, "largest tilt of a landing")
    survivable_mps: float = number(6.0, "m/s", 0.01, 200.0, "total speed above which nothing survives")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.survivable_mps < self.vertical_mps:
            raise LunarlabError(
                f"Limits.survivable_mps is {self.survivable_mps:g} m/s; it must not be below vertical_mps, "
                f"{self.vertical_mps:g} m/s"
            )


@dataclass(frozen=True)
class Touchdown:
    """State at first contact, truth, SI and degrees. Descent speed is positive downwards."""

    t_s: float
    vertical_mps: float
    lateral_mps: float
    """Along the ground, forward."""
    tilt_deg: float
    """Of the lander's axis from the vertical."""
    miss_m: float
    """Ground distance from the target, positive beyond it."""
    propellant_left_kg: float
    left_mps: float = 0.0
    """Along the ground, to the left."""
    cross_m: float = 0.0
    """Left of the target."""
    slope_deg: float = 0.0
    """Of the ground."""
    slope_azimuth_deg: float = 0.0
    """Direction in which the ground falls: 0 forward, 90 left."""
    lean_forward_deg: float = 0.0
    """Of the lander's axis: pitch less 90 degrees."""
    lean_left_deg: float = 0.0
    """Of the lander's axis, out of the plane of forward and up."""
    turn_forward_deg_s: float = 0.0
    """Rate of `lean_forward_deg`."""
    turn_left_deg_s: float = 0.0
    """Rate of `lean_left_deg`."""

    @property
    def horizontal_mps(self) -> float:
        """Speed along the ground."""
        return math.hypot(self.lateral_mps, self.left_mps)

    @property
    def speed_mps(self) -> float:
        """Total speed at contact."""
        return float((self.vertical_mps**2 + self.lateral_mps**2 + self.left_mps**2) ** 0.5)


def judge(
    contact: Touchdown, limits: Limits, dry_at_m: float | None, gear: Gear | None = None, *,
    mass_kg: float = math.nan, gravity_mps2: float = GRAVITY_MPS2, rest: Rest | None = None,
) -> tuple[Verdict, list[str]]:  # fmt: skip
    """Verdict of a contact, and a sentence for each limit that was broken.

    dry_at_m: true height over the ground at which propellant ran out, None if it did not. gear: with legs, the touchdown is
    settled (or `rest` says how it ended) and whether it tips is what happened, not a limit; that needs mass_kg.
    """
    reasons = [
        f"{what} {value:.2f} {unit}, allowed {limit:g} {unit}"
        for what, value, limit, unit in (
            ("descent speed at contact", contact.vertical_mps, limits.vertical_mps, "m/s"),
            ("sideways speed at contact", contact.horizontal_mps, limits.lateral_mps, "m/s"),
            ("tilt at contact", contact.tilt_deg, limits.tilt_deg, "deg"),
        )
        if value > limit
    ]
    settled = gear is not None and gear.legs > 0.0
    if not reasons and not settled:
        return Verdict.LANDED, []
    if contact.speed_mps > limits.survivable_mps:
        if dry_at_m is not None:
            return Verdict.PROPELLANT_OUT, [f"propellant ran out {dry_at_m:.0f} m above the ground, allowed 0 m", *reasons]
        total = f"total speed at contact {contact.speed_mps:.2f} m/s, allowed {limits.survivable_mps:g} m/s"
        return Verdict.CRASHED, reasons or [total]
    if gear is not None and settled:
        end = rest or settle(contact, gear, mass_kg=mass_kg, gravity_mps2=gravity_mps2)
        reasons = [*_tell(contact, gear, end, gravity_mps2), *reasons]
        if not end.stands:
            return Verdict.TIPPED, reasons
        return (Verdict.HARD_LANDING if reasons else Verdict.LANDED), reasons
    return (Verdict.HARD_LANDING if contact.vertical_mps > limits.vertical_mps else Verdict.TIPPED), reasons


def _tell(contact: Touchdown, gear: Gear, end: Rest, gravity_mps2: float) -> list[str]:
    """Sentences for what the gear did not cope with."""
    told = []
    moving = f"{contact.horizontal_mps:.1f} m/s sideways on {contact.slope_deg:.0f} deg of slope"
    if end.outcome is Outcome.TIPPED:
        heading = math.degrees(math.atan2(contact.left_mps, contact.lateral_mps))
        limit = tip_speed_toward(gear, heading, contact.slope_deg, contact.slope_azimuth_deg, gravity_mps2=gravity_mps2)
        if limit == 0.0:
            holds = static_slope_deg(gear)
            told.append(f"fell over: {contact.slope_deg:.0f} deg of slope, at rest it stands on {holds:.0f} deg")
        elif contact.horizontal_mps >= limit:
            told.append(f"fell over: {moving}, tip-over from {limit:.1f} m/s")
        else:
            bounce = f", then a bounce of {end.bounce_m:.2f} m" if end.bounces else ""
            told.append(f"fell over: {moving}, leaning {contact.tilt_deg:.0f} deg at contact{bounce}; "
                        f"upright and without a bounce, tip-over from {limit:.1f} m/s")  # fmt: skip
    elif end.outcome is Outcome.MOVING:
        told.append(f"not at rest {end.t_s:.0f} s after contact: slid {end.slide_m:.1f} m, {moving}")
    if end.bottomed:
        used = f"a leg crushed by all of its {gear.stroke_m:.2f} m"
        told.append(f"gear bottomed out: {used}, {end.peak_mps2:.0f} m/s2 of deceleration")
    return told
