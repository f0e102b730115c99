"""Where to push: the built-in guidance of a Mission 1 class lander, and the phases of a descent.

A law is a function ``law(t, est, params) -> (ax, ay, az)``: the thrust acceleration it wants [m/s2], forward, left and
up in the local-level frame, without gravity. It sees the estimate only (indices below). The functions here are plain
kernels: copy one into a cell and change it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, choice, number

# est, as a law sees it
X, Y, Z, VX, VY, VZ = range(6)  # m from the target (x negative before it), height above the datum; m/s
MASS, TARGET_Z, PHASE, SIGMA_Z, A_MAX, HOVER = 6, 7, 8, 9, 10, 11
# mass kg; believed height of the target; phase; 1-sigma height; largest thrust acceleration; the one that holds vz
TARGET_X, TARGET_Y, A_MIN, T_BURN, T_PHASE, RADIUS, PITCH, TILT = range(12, 20)
# aim point from the target, forward and left; least thrust acceleration; s since ignition, and in this phase; radius of
# the datum; own attitude
EST_SIZE = 20

COAST, BRAKE, PITCH_UP, TERMINAL, FINAL = range(5)
LAWS = ("e_guidance", "apollo_quadratic")

# params of the built-in law
(G_LAW, G_DECEL, G_HEIGHT, G_SPEED, G_V0, G_H1, G_V1, G_H2, G_V2, G_ACCEL, G_CAP, G_KV, G_KH, G_TILT_P, G_TILT_T,
 G_TARGET_ACCEL) = range(16)  # fmt: skip
PARAMS_SIZE = 16


@dataclass(frozen=True)
class Guidance:
    """Braking target, speed profile and gains of the built-in law."""

    law: str = choice("e_guidance", LAWS, "vertical law while braking")
    brake_decel_mps2: float = number(1.88, "m/s2", 0.1, 50.0, "horizontal deceleration of the plan; sets ignition")
    brake_end_height_m: float = number(3000.0, "m", 100.0, 1e5, "height over the target at the end of braking")
    brake_end_speed_mps: float = number(77.0, "m/s", 1.0, 1000.0, "horizontal speed at the end of braking")
    contact_speed_mps: float = number(0.72, "m/s", 0.05, 10.0, "descent speed held to contact, and below zero height")
    low_height_m: float = number(20.0, "m", 1.0, 1000.0, "height of the lower gate: final rate begins")
    low_speed_mps: float = number(4.7, "m/s", 0.1, 100.0, "descent speed there")
    high_height_m: float = number(1000.0, "m", 10.0, 1e5, "height of the upper gate: terminal descent begins below")
    high_speed_mps: float = number(33.3, "m/s", 0.1, 500.0, "descent speed there")
    high_decel_mps2: float = number(1.0, "m/s2", 0.01, 20.0, "vertical deceleration of the profile above the upper gate")
    speed_cap_mps: float = number(85.0, "m/s", 1.0, 1000.0, "fastest descent of the profile")
    vertical_gain: float = number(0.35, "1/s", 0.0, 10.0, "gain on the vertical speed error")
    horizontal_gain: float = number(0.25, "1/s", 0.0, 10.0, "gain on the horizontal speed in terminal descent")
    pitch_up_tilt_deg: float = number(70.0, "deg", 0.0, 90.0, "largest tilt of the thrust from vertical in pitch-up")
    terminal_tilt_deg: float = number(15.0, "deg", 0.0, 90.0, "largest tilt in terminal descent")
    target_accel_mps2: float = number(0.0, "m/s2", -5.0, 5.0, "apollo_quadratic: vertical acceleration at the end of braking")

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.low_height_m < self.high_height_m:
            raise LunarlabError(
                f"Guidance.low_height_m is {self.low_height_m:g} m; it must be below high_height_m, {self.high_height_m:g} m"
            )
        if not self.contact_speed_mps <= self.low_speed_mps <= self.high_speed_mps <= self.speed_cap_mps:
            raise LunarlabError(
                "Guidance speeds must not fall with height: contact_speed_mps <= low_speed_mps <= high_speed_mps <= "
                f"speed_cap_mps, but they are {self.contact_speed_mps:g}, {self.low_speed_mps:g}, "
                f"{self.high_speed_mps:g}, {self.speed_cap_mps:g} m/s"
            )


def pack_guidance(g: Guidance) -> np.ndarray:
    """`Guidance` as the params of the built-in law."""
    return np.array([
        LAWS.index(g.law), g.brake_decel_mps2, g.brake_end_height_m, g.brake_end_speed_mps, g.contact_speed_mps,
        g.low_height_m, g.low_speed_mps, g.high_height_m, g.high_speed_mps, g.high_decel_mps2, g.speed_cap_mps,
        g.vertical_gain, g.horizontal_gain, math.tan(math.radians(min(g.pitch_up_tilt_deg, 89.9))),
        math.tan(math.radians(min(g.terminal_tilt_deg, 89.9))), g.target_accel_mps2,
    ])  # fmt: skip


@kernel
def speed_profile(h, p):
    """Planned descent speed at height h over the target, and the upward acceleration that flies it: (m/s, m/s2)."""
    if h <= 0.0:
        return p[G_V0], 0.0
    if h <= p[G_H1]:
        slope = (p[G_V1] - p[G_V0]) / p[G_H1]
        v = p[G_V0] + slope * h
        return v, slope * v
    if h <= p[G_H2]:
        a = (p[G_V2] * p[G_V2] - p[G_V1] * p[G_V1]) / (2.0 * (p[G_H2] - p[G_H1]))
        return math.sqrt(p[G_V1] * p[G_V1] + 2.0 * a * (h - p[G_H1])), a
    v = math.sqrt(p[G_V2] * p[G_V2] + 2.0 * p[G_ACCEL] * (h - p[G_H2]))
    if v < p[G_CAP]:
        return v, p[G_ACCEL]
    return p[G_CAP], 0.0


@kernel
def track_profile(h, vz, p):
    """Vertical acceleration [m/s2] that brings the descent speed onto the profile."""
    v, a = speed_profile(h, p)
    return a + p[G_KV] * (-v - vz)


@kernel
def brake_distance(p):
    """Ground distance before the target at which braking hands over: from the end speed to rest at the planned rate."""
    return p[G_SPEED] * p[G_SPEED] / (2.0 * p[G_DECEL])


@kernel
def needed_decel(to_go, speed, p):
    """Horizontal deceleration [m/s2] that brings `speed` to the end speed of braking at its distance from the target."""
    left = max(to_go - brake_distance(p), 1.0)
    return (speed * speed - p[G_SPEED] * p[G_SPEED]) / (2.0 * left)


@kernel
def ignition(to_go, speed, p):
    """Zero or more once braking must start, `to_go` metres before the target at forward speed `speed`."""
    return needed_decel(to_go, speed, p) - p[G_DECEL]


@kernel
def brake_law(t, est, p):
    """Braking: constant horizontal deceleration, vertical E-guidance (Cherry 1964) or the Apollo quadratic (Klumpp 1974)."""
    to_go, h = -est[X], est[Z] - est[TARGET_Z]
    speed, vz = est[VX], est[VZ]
    left = max(to_go - brake_distance(p), 1.0)
    t_go = 2.0 * left / max(speed + p[G_SPEED], 1.0)
    v_end = -speed_profile(p[G_HEIGHT], p)[0]
    dh = p[G_HEIGHT] - h
    if t_go < 10.0:  # both laws are singular at the end: hold the end speed instead
        az = p[G_KV] * (v_end - vz)
    elif p[G_LAW] == 1.0:
        az = 12.0 * dh / (t_go * t_go) - 6.0 * (v_end + vz) / t_go + p[G_TARGET_ACCEL]
    else:
        az = 6.0 * dh / (t_go * t_go) - (2.0 * v_end + 4.0 * vz) / t_go
    # Overspeed guard: after a large revision of height, plain E-guidance would dive at the ground.
    az = max(az, track_profile(h, vz, p))
    return -needed_decel(to_go, speed, p), 0.0, az + est[HOVER]


@kernel
def pitch_up_law(t, est, p):
    """Take the last horizontal speed out over the distance that is left while the descent follows the profile.

    The demand fades with the speed, so that the slow turn to upright does not push the lander backwards.
    """
    az = max(track_profile(est[Z] - est[TARGET_Z], est[VZ], p) + est[HOVER], 0.0)
    decel = min(est[VX] * est[VX] / (2.0 * max(-est[X], 1.0)), 4.0)
    ax = -math.copysign(min(decel, p[G_KH] * abs(est[VX])), est[VX])
    limit = az * p[G_TILT_P]
    return min(max(ax, -limit), limit), 0.0, az


@kernel
def terminal_law(t, est, p):
    """Upright descent on the profile, horizontal speed nulled; below the lower gate at the contact speed."""
    az = max(track_profile(est[Z] - est[TARGET_Z], est[VZ], p) + est[HOVER], 0.0)
    limit = az * p[G_TILT_T]
    return min(max(-p[G_KH] * est[VX], -limit), limit), 0.0, az


@kernel
def builtin_law(t, est, params):
    """The lander's own guidance: one law for each phase."""
    phase = int(est[PHASE])
    if phase == BRAKE:
        return brake_law(t, est, params)
    if phase == PITCH_UP:
        return pitch_up_law(t, est, params)
    return terminal_law(t, est, params)


@kernel
def next_phase(phase, est, p):
    """The sequencer: which phase comes now. Phases follow from the estimate and never go back to braking."""
    h, speed = est[Z] - est[TARGET_Z], est[VX]
    if phase == BRAKE and (speed <= p[G_SPEED] or -est[X] <= brake_distance(p)):
        phase = PITCH_UP
    if phase == PITCH_UP and abs(speed) < 3.0 and h < p[G_H2]:
        phase = TERMINAL
    if phase == TERMINAL and h < p[G_H1]:
        phase = FINAL
    if phase == FINAL and h > 2.0 * p[G_H1]:  # the estimate was revised upwards
        phase = TERMINAL
    return phase
