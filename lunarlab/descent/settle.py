"""What happens after first contact, engines off: until the lander rests, lies on its side, or time is up.

`settle` lays a touchdown out for the compiled rigid body of `lunarlab.descent.legs`, which says what is modelled, and reads
how it ended: on its feet, bounced, with legs crushed to the stop, on its side, or still sliding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from lunarlab.descent import legs
from lunarlab.descent.gear import GRAVITY_MPS2, Gear, needs_legs
from lunarlab.errors import LunarlabError
from lunarlab.units import si

if TYPE_CHECKING:
    from lunarlab.descent.touchdown import Touchdown


class Outcome(StrEnum):
    """How a touchdown ended."""

    STANDING = "standing"
    BOUNCED = "bounced"
    """Left the ground by more than 3 cm at least once, and stands."""
    BOTTOMED = "bottomed out"
    """Stands, but a leg was crushed over its whole stroke."""
    TIPPED = "tipped"
    """The lander's axis lies along the ground."""
    MOVING = "moving"
    """Still sliding or rocking after 30 s, or after 10 s on ground that is too steep for friction to hold anything."""


OUTCOMES = tuple(Outcome)
LIMIT_S, STEEP_S, FRAME_S = 30.0, 10.0, 0.01
SHORTEST_S, LONGEST_S, TURN, DECAY = 5e-6, 2e-3, 0.2, 0.3  # step: limits; part of a radian of a spring, of a damper's time
CONTACT = (
    ("vertical_mps", "m/s", 1e3), ("lateral_mps", "m/s", 1e4), ("left_mps", "m/s", 1e4), ("lean_forward_deg", "deg", 180.0),
    ("lean_left_deg", "deg", 90.0), ("turn_forward_deg_s", "deg/s", 1e3), ("turn_left_deg_s", "deg/s", 1e3),
)  # fmt: skip
"""What a touchdown says about the lander: name, unit, largest size."""


@dataclass(frozen=True, eq=False)
class Motion:
    """How it moved, for drawing: k moments, a hundredth of a second apart or one step if that is longer."""

    t_s: np.ndarray
    """Since first contact, shape (k,)."""
    position_m: np.ndarray
    """Centre of mass, forward, left and up of where it was at contact; up from the ground there; shape (k, 3)."""
    attitude: np.ndarray
    """Unit quaternions (w, x, y, z) from body to forward, left, up; shape (k, 4)."""
    crush_m: np.ndarray
    """How much shorter each leg is, shape (k, legs)."""
    force_N: np.ndarray
    """What each foot presses on the ground, along its normal, shape (k, legs)."""
    energy_J: np.ndarray
    """Kinetic, potential and elastic, shape (k,): never grows."""


@dataclass(frozen=True)
class Rest:
    """The end of a touchdown."""

    outcome: Outcome
    t_s: float
    """From first contact to rest; to lying on its side, if it tipped."""
    tilt_deg: float
    """Of the lander's axis from the vertical, at the end."""
    crush_m: tuple[float, ...]
    """How much shorter each leg has become."""
    peak_mps2: float
    """Largest deceleration: what all legs together pushed, over the mass."""
    bounces: int
    """How often all feet left the ground by more than 3 cm and came back."""
    bounce_m: float
    """Lowest foot over the ground at the top of the first of these."""
    slide_m: float
    """From first contact to the end, how far the middle of the feet moved along the ground."""
    bottomed: bool
    """Whether a leg had no stroke left and still was pressed harder than its crush force."""
    motion: Motion | None = None

    @property
    def stands(self) -> bool:
        """Whether it is at rest on its feet."""
        return self.outcome in (Outcome.STANDING, Outcome.BOUNCED, Outcome.BOTTOMED)


def can_settle(gear: Gear, mass_kg: float) -> None:
    """Refuse a gear that can't be integrated: no legs, nothing that turns slowly, or springs that need too many steps."""
    needs_legs(gear)
    if gear.gyration_m < 0.01:
        raise LunarlabError(f"Gear.gyration_m is {gear.gyration_m:g} m; a body that turns needs at least 0.01 m")
    step = step_of(gear, mass_kg)
    if step < SHORTEST_S:
        raise LunarlabError(
            f"Gear.stiffness_N_m is {gear.stiffness_N_m:g} N/m; under {mass_kg:g} kg with gyration_m {gear.gyration_m:g} m "
            f"and damping_ratio {gear.damping_ratio:g} it must not exceed "
            f"{gear.stiffness_N_m * (step / SHORTEST_S) ** 2:.3g} N/m"
        )


def step_of(gear: Gear, mass_kg: float) -> float:
    """Step [s] that resolves the fastest spring and damper of a lander."""
    share = gear.legs / mass_kg * (1.0 + (0.5 * gear.foot_radius_m**2 + gear.cg_height_m**2) / gear.gyration_m**2)
    spring, damper = gear.stiffness_N_m * share, damping(gear, mass_kg) * share
    return min(LONGEST_S, TURN / math.sqrt(spring), DECAY / damper if damper > 0.0 else math.inf)


def damping(gear: Gear, mass_kg: float) -> float:
    """Damping of one leg [N s/m]."""
    return 2.0 * gear.damping_ratio * math.sqrt(gear.stiffness_N_m * mass_kg / gear.legs)


def steps_of(p: np.ndarray) -> int:
    """Steps until time is up."""
    steep = math.hypot(p[legs.P_NX], p[legs.P_NY]) > p[legs.P_FRICTION] * p[legs.P_NZ]
    return math.ceil((STEEP_S if steep else LIMIT_S) / float(p[legs.P_STEP]))


def lay_out(
    gear: Gear, mass_kg: float, slope_rad: float, azimuth_rad: float, gravity_mps2: float, step_s: float | None
) -> np.ndarray:
    """Numbers for the kernels, in the order of `legs.P_MASS` ..."""
    return np.array([
        mass_kg, mass_kg * gear.gyration_m**2, gear.cg_height_m, gear.foot_radius_m,
        gear.stiffness_N_m, damping(gear, mass_kg), gear.crush_force_N, gear.stroke_m, gear.friction,
        gravity_mps2, step_s or step_of(gear, mass_kg),
        math.sin(slope_rad) * math.cos(azimuth_rad), math.sin(slope_rad) * math.sin(azimuth_rad), math.cos(slope_rad),
    ])  # fmt: skip


def at_contact(
    gear: Gear, p: np.ndarray, velocity: tuple[float, float, float],
    lean_rad: tuple[float, float], turn_rad_s: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """State and feet with the lowest foot just on the ground, above the origin.

    velocity: forward, left, up; lean: of the axis, forward and then left of it; turn: its rates.
    """
    feet = np.zeros((gear.count, legs.FORCE + 1))
    feet[:, legs.FOOT_X] = gear.foot_radius_m * np.cos(gear.legs_rad)
    feet[:, legs.FOOT_Y] = gear.foot_radius_m * np.sin(gear.legs_rad)
    forward, left = lean_rad
    cf, sf, cl, sl = math.cos(forward), math.sin(forward), math.cos(left), math.sin(left)
    # Turned left about the axis that points forward (by minus the angle), then forward about the axis that points left.
    body = np.array([[cf, -sf * sl, sf * cl], [0.0, cl, sl], [-sf, -cf * sl, cf * cl]])
    corners = np.column_stack([feet[:, legs.FOOT_X], feet[:, legs.FOOT_Y], np.full(gear.count, -gear.cg_height_m)])
    gaps = corners @ body.T @ p[legs.P_NX :]
    cf, sf, cl, sl = math.cos(forward / 2), math.sin(forward / 2), math.cos(left / 2), math.sin(left / 2)
    state = np.array([
        0.0, 0.0, -gaps.min() / p[legs.P_NZ], *velocity,
        -turn_rad_s[1] * body[0, 0], turn_rad_s[0], -turn_rad_s[1] * body[2, 0],
        cf * cl, -cf * sl, sf * cl, sf * sl,
    ])  # fmt: skip
    return state, feet


def settle(
    contact: Touchdown, gear: Gear, *, mass_kg: float, slope_deg: float | None = None, azimuth_deg: float | None = None,
    gravity_mps2: float = GRAVITY_MPS2, record: bool = False, step_s: float | None = None,
) -> Rest:  # fmt: skip
    """Integrate a touchdown from first contact, engines off, to its end.

    Parameters
    ----------
    contact : Touchdown
        Speeds, lean and turn rates of the lander as its first foot touches; where slope and azimuth are not given, also those.
    gear : Gear
        With 3 to 8 legs.
    mass_kg : float [kg], 1 to 1e6
        Mass at contact.
    slope_deg : float [deg], 0 to 80, optional
        Slope of the ground, a plane.
    azimuth_deg : float [deg], optional
        Direction in which the ground falls, 0 forward, 90 left.
    gravity_mps2 : float [m/s2]
    record : bool
        Whether to keep the motion, a hundred times a second.
    step_s : float [s], optional
        Instead of the step that fits the stiffness; too long a one makes the integration unstable.

    Returns
    -------
    Rest

    Raises
    ------
    LunarlabError
        A gear without legs, with gyration_m 0 or springs too stiff to integrate; a number out of range.
    """
    mass = si(mass_kg, "kg", name="mass_kg", low=1.0, high=1e6)
    can_settle(gear, mass)
    slope = si(contact.slope_deg if slope_deg is None else slope_deg, "deg", name="slope_deg", low=0.0, high=80.0)
    azimuth = contact.slope_azimuth_deg if azimuth_deg is None else azimuth_deg
    azimuth = si(azimuth, "deg", name="azimuth_deg", low=-1e4, high=1e4)
    down, forward, left, *angles = (
        si(getattr(contact, name), unit, name=name, low=-high, high=high) for name, unit, high in CONTACT
    )
    gravity = si(gravity_mps2, "m/s2", name="gravity_mps2", low=1e-3, high=100.0)
    step = None if step_s is None else si(step_s, "s", name="step_s", low=1e-7, high=0.1)
    p = lay_out(gear, mass, math.radians(slope), math.radians(azimuth), gravity, step)
    lean_forward, lean_left, turn_forward, turn_left = map(math.radians, angles)
    state, feet = at_contact(gear, p, (forward, left, -down), (lean_forward, lean_left), (turn_forward, turn_left))
    steps, every = steps_of(p), max(1, round(FRAME_S / p[legs.P_STEP]))
    history = np.empty((steps // every + 1 if record else 0, legs.H_FEET + 2 * gear.count))
    out = np.zeros(legs.O_ROWS + 1)
    outcome = OUTCOMES[legs.run(state, feet, p, steps, every, out, history)]
    motion = None
    if record:
        t, energy, *rest = history[: int(out[legs.O_ROWS])].T
        body, feet_rows = np.array(rest[:7]).T, np.array(rest[7:]).T
        motion = Motion(t, body[:, :3], body[:, 3:], feet_rows[:, : gear.count], feet_rows[:, gear.count :], energy)
    return Rest(
        outcome, float(out[legs.O_TIME]), math.degrees(out[legs.O_TILT]), tuple(feet[:, legs.CRUSH].tolist()),
        float(out[legs.O_PEAK]), int(out[legs.O_BOUNCES]), float(out[legs.O_BOUNCE]), float(out[legs.O_SLIDE]),
        bool(out[legs.O_BOTTOMED]), motion,
    )  # fmt: skip
