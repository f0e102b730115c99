"""The end of a descent: limits of a landing, and the verdict with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lunarlab.errors import LunarlabError
from lunarlab.units import check_fields, number


class Verdict(StrEnum):
    """How a flight ended. A verdict is a result, never an exception."""

    LANDED = "LANDED"
    """Contact within every limit."""
    HARD_LANDING = "HARD_LANDING"
    """Too fast for the legs, slow enough to survive in part."""
    TIPPED = "TIPPED"
    """Soft enough, but leaning or sliding too much to stay upright."""
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
    tilt_deg: float
    miss_m: float
    """Ground distance from the target, positive beyond it."""
    propellant_left_kg: float

    @property
    def speed_mps(self) -> float:
        """Total speed at contact."""
        return float((self.vertical_mps**2 + self.lateral_mps**2) ** 0.5)


def judge(contact: Touchdown, limits: Limits, dry_at_m: float | None) -> tuple[Verdict, list[str]]:
    """Verdict of a contact, and a sentence for each limit that was broken.

    dry_at_m: true height over the ground at which propellant ran out, None if it did not.
    """
    reasons = [
        f"{what} {value:.2f} {unit}, allowed {limit:g} {unit}"
        for what, value, limit, unit in (
            ("descent speed at contact", contact.vertical_mps, limits.vertical_mps, "m/s"),
            ("sideways speed at contact", abs(contact.lateral_mps), limits.lateral_mps, "m/s"),
            ("tilt at contact", contact.tilt_deg, limits.tilt_deg, "deg"),
        )
        if value > limit
    ]
    if not reasons:
        return Verdict.LANDED, []
    if contact.speed_mps > limits.survivable_mps:
        if dry_at_m is not None:
            return Verdict.PROPELLANT_OUT, [f"propellant ran out {dry_at_m:.0f} m above the ground, allowed 0 m", *reasons]
        return Verdict.CRASHED, reasons
    if contact.vertical_mps > limits.vertical_mps:
        return Verdict.HARD_LANDING, reasons
    return Verdict.TIPPED, reasons
