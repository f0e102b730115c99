"""Where to push: the lander's own guidance, and the phases of a descent.

A law is a function ``law(t, est, params) -> (ax, ay, az)``: the thrust acceleration it wants [m/s2], forward, left and
up in the local-level frame, without gravity. It sees the estimate only (indices below). The functions here are plain
kernels: copy one into a cell and change it. The published laws themselves are in `laws`.

Braking goes to the high gate (``brake_end_...``), the approach to the low gate (``approach_end_...``), the terminal descent
to the ground. "e_guidance" and "apollo_quadratic" brake with constant horizontal deceleration and fly only the height by
that law. "p63", "p64", "zem_zev" and "fractional" fly all three axes, in the axes of the site, to a gate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.descent import gates, laws
from lunarlab.descent.gates import FRACTIONAL, GATE_SIZE, QUADRATIC, ZEM_ZEV, Gate, check_order, check_path, check_pull
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
LAWS = ("e_guidance", "apollo_quadratic", "p63", "zem_zev", "fractional", "gravity_turn")
APOLLO, GRAVITY_TURN = 1, 5
APPROACHES = {"pitch_up": 0, "p64": QUADRATIC, "zem_zev": ZEM_ZEV, "fractional": FRACTIONAL}

# params of the built-in law
(G_LAW, G_DECEL, G_HEIGHT, G_SPEED, G_V0, G_H1, G_V1, G_H2, G_V2, G_ACCEL, G_CAP, G_KV, G_KH, G_TILT_P, G_TILT_T,
 G_TARGET_ACCEL, G_IGNITION, G_DISTANCE, G_DOWN, G_APPROACH, G_LOW, G_HOLD, G_POSITION, G_GLIDE,
 G_TRIM) = range(25)  # fmt: skip
G_GATE, G_LOW_GATE = 25, 25 + GATE_SIZE  # where the numbers of high and low gate begin: see `gates`
PARAMS_SIZE = 25 + 2 * GATE_SIZE
GIVE_UP_S = 30.0  # so long before the high gate one that is out of reach is given up for the low gate


@dataclass(frozen=True)
class Guidance:
    """Braking target, speed profile and gains of the built-in law."""

    law: str = choice("e_guidance", LAWS, "law of the braking phase")
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
    pitch_up_tilt_deg: float = number(70.0, "deg", 0.0, 90.0, "largest tilt of the thrust from vertical in the approach")
    terminal_tilt_deg: float = number(15.0, "deg", 0.0, 90.0, "largest tilt in terminal descent")
    target_accel_mps2: float = number(0.0, "m/s2", -5.0, 5.0, "vertical acceleration at the end of braking")
    ignition_distance_m: float = number(0.0, "m", 0.0, 5e6, "braking starts so far before the target; 0: by brake_decel_mps2")
    brake_end_down_mps: float = number(-1.0, "m/s", -1.0, 500.0, "descent speed at the end of braking; -1: the profile's")
    brake_end_distance_m: float = number(
        0.0, "m", 0.0, 1e6, "distance before the target at the end of braking; 0: to stop from there at brake_decel_mps2"
    )
    brake_end_decel_mps2: float = number(0.0, "m/s2", 0.0, 20.0, "horizontal deceleration there; 0: brake_decel_mps2")
    brake_end_jerk_mps3: float = number(0.0, "", -1.0, 1.0, "rate of the forward acceleration there, m/s3: sets t_go")
    brake_ahead_s: float = number(10.0, "s", 1.0, 120.0, "p63 and its kin aim so far beyond the gate, on the gate's own path")
    approach: str = choice("pitch_up", tuple(APPROACHES), "law between braking and terminal descent")
    approach_end_height_m: float = number(150.0, "m", 1.0, 1e4, "height at the end of the approach, unless pitch_up")
    approach_end_distance_m: float = number(10.0, "m", 0.0, 1e4, "distance before the target there")
    approach_end_speed_mps: float = number(1.0, "m/s", 0.0, 100.0, "horizontal speed there")
    approach_end_down_mps: float = number(-1.0, "m/s", -1.0, 100.0, "descent speed there; -1: the profile's")
    approach_end_decel_mps2: float = number(0.2, "m/s2", 0.0, 5.0, "horizontal deceleration there")
    approach_end_accel_mps2: float = number(0.1, "m/s2", -5.0, 5.0, "vertical acceleration there")
    approach_end_jerk_mps3: float = number(0.0, "", -1.0, 1.0, "rate of the forward acceleration there, m/s3: sets t_go")
    approach_ahead_s: float = number(5.0, "s", 1.0, 60.0, "p64 and its kin aim so far beyond the low gate")
    hold_s: float = number(0.0, "s", 0.0, 120.0, "after braking the attitude is held for so long, and the descent speed")
    time_weight: float = number(0.0, "", 0.0, 100.0, "zem_zev: what a second costs, m2/s4; 0: only the thrust does")
    fraction_gamma: float = number(1.0, "", 0.0, 5.0, "fractional: lower power of t_go")
    fraction_k_r: float = number(9.0, "", 4.0, 60.0, "fractional: gain on the position; 12 is Apollo's, 6 E-guidance's")
    position_gain: float = number(0.0, "1/s", 0.0, 5.0, "terminal descent: speed wanted per metre from the aim point; 0: none")
    glide_slope_deg: float = number(0.0, "deg", 0.0, 80.0, "terminal descent waits over a cone of this slope at the aim point")
    trim_s: float = number(0.0, "s", 0.0, 120.0, "braking begins at the lowest thrust for so long, as Apollo's 26 s did")

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
        check_gates(self)


def gates_of(g: Guidance) -> tuple[Gate, Gate]:
    """High and low gate, with what `Guidance` leaves open filled in."""
    profile = getattr(speed_profile, "py_func", speed_profile)  # in Python: a scenario is made without compiling
    p = _numbers(g)

    def planned(height: float, down: float) -> float:
        return float(profile(height, p)[0]) if down < 0.0 else down

    distance = g.brake_end_distance_m or g.brake_end_speed_mps**2 / (2.0 * g.brake_decel_mps2)
    high = Gate(
        "high gate", g.brake_end_height_m, distance, g.brake_end_speed_mps,
        planned(g.brake_end_height_m, g.brake_end_down_mps), g.brake_end_decel_mps2 or g.brake_decel_mps2,
        g.target_accel_mps2, g.brake_end_jerk_mps3, g.brake_ahead_s,
    )  # fmt: skip
    low = Gate(
        "low gate", g.approach_end_height_m, g.approach_end_distance_m, g.approach_end_speed_mps,
        planned(g.approach_end_height_m, g.approach_end_down_mps), g.approach_end_decel_mps2, g.approach_end_accel_mps2,
        g.approach_end_jerk_mps3, g.approach_ahead_s,
    )  # fmt: skip
    return high, low


def check_gates(g: Guidance) -> None:
    """Refuse gates that no descent passes in turn, and name the numbers that contradict each other."""
    high, low = gates_of(g)
    if 0.0 < g.ignition_distance_m <= high.distance_m:
        raise LunarlabError(
            f"Guidance.ignition_distance_m is {g.ignition_distance_m:g} m; it must be above brake_end_distance_m, "
            f"{high.distance_m:.0f} m"
        )
    least = 2.0 * (g.fraction_gamma + 2.0)
    if g.fraction_k_r < least:
        raise LunarlabError(
            f"Guidance.fraction_k_r is {g.fraction_k_r:g}; with fraction_gamma {g.fraction_gamma:g} it must be at least "
            f"{least:g}, or the thrust grows without bound at the gate"
        )
    if g.approach != "pitch_up":
        if not g.low_height_m < g.approach_end_height_m:
            raise LunarlabError(
                f"Guidance.low_height_m is {g.low_height_m:g} m; it must be below approach_end_height_m, "
                f"{g.approach_end_height_m:g} m"
            )
        check_order(high, low)
        check_pull(low, g.high_height_m, g.high_decel_mps2, g.vertical_gain * g.high_speed_mps)
        check_path(APPROACHES[g.approach], high, low, _block(low, g))


def _block(gate: Gate, g: Guidance) -> list[float]:
    return gate.pack(g.time_weight, g.fraction_gamma, g.fraction_k_r)


def _tangent(angle_deg: float) -> float:
    return math.tan(math.radians(min(angle_deg, 89.9)))


def _numbers(g: Guidance) -> list[Any]:
    return [
        LAWS.index(g.law), g.brake_decel_mps2, g.brake_end_height_m, g.brake_end_speed_mps, g.contact_speed_mps,
        g.low_height_m, g.low_speed_mps, g.high_height_m, g.high_speed_mps, g.high_decel_mps2, g.speed_cap_mps,
        g.vertical_gain, g.horizontal_gain, _tangent(g.pitch_up_tilt_deg), _tangent(g.terminal_tilt_deg),
        g.target_accel_mps2, g.ignition_distance_m, g.brake_end_distance_m, g.brake_end_down_mps,
        APPROACHES[g.approach], g.approach_end_height_m, g.hold_s, g.position_gain, _tangent(g.glide_slope_deg), g.trim_s,
    ]  # fmt: skip


def pack_guidance(g: Guidance) -> np.ndarray:
    """`Guidance` as the params of the built-in law."""
    high, low = gates_of(g)
    return np.array(_numbers(g) + _block(high, g) + _block(low, g), dtype=float)


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
    """Ground distance before the target at which braking hands over; as a rule from there to rest at the planned rate."""
    if p[G_DISTANCE] > 0.0:
        return p[G_DISTANCE]
    return p[G_SPEED] * p[G_SPEED] / (2.0 * p[G_DECEL])


@kernel
def needed_decel(to_go, speed, p):
    """Horizontal deceleration [m/s2] that brings `speed` to the end speed of braking at its distance from the target."""
    return (speed * speed - p[G_SPEED] * p[G_SPEED]) / (2.0 * max(to_go - brake_distance(p), 1.0))


@kernel
def ignition(to_go, speed, p):
    """Zero or more once braking must start, `to_go` metres before the target at forward speed `speed`."""
    if p[G_IGNITION] > 0.0:
        return p[G_IGNITION] - to_go
    return needed_decel(to_go, speed, p) - p[G_DECEL]


@kernel
def brake_law(t, est, p):
    """Braking: constant horizontal deceleration; height, and what is left of cross-range, by E-guidance or Apollo's law."""
    to_go, h = est[TARGET_X] - est[X], est[Z] - est[TARGET_Z]
    speed, vz = est[VX], est[VZ]
    left = max(to_go - brake_distance(p), 1.0)
    t_go = 2.0 * left / max(speed + p[G_SPEED], 1.0)
    v_end = -p[G_DOWN] if p[G_DOWN] >= 0.0 else -speed_profile(p[G_HEIGHT], p)[0]
    dh, dy = p[G_HEIGHT] - h, est[TARGET_Y] - est[Y]
    if t_go < 10.0:  # both laws are singular at the end: hold the end speed instead
        az, ay = p[G_KV] * (v_end - vz), 0.0 - p[G_KH] * est[VY]
    elif p[G_LAW] == APOLLO:
        az = laws.quadratic(dh, vz, v_end, p[G_TARGET_ACCEL], t_go)
        ay = laws.quadratic(dy, est[VY], 0.0, 0.0, t_go)
    else:
        az, ay = laws.e_guidance(dh, vz, v_end, t_go), laws.e_guidance(dy, est[VY], 0.0, t_go)
    # Overspeed guard: after a large revision of height, plain E-guidance would dive at the ground.
    az = max(az, track_profile(h, vz, p))
    return -needed_decel(to_go, speed, p), ay, az + est[HOVER]


@kernel
def at_site(est):
    """Position and velocity in the axes of the site, whose origin is the aim point on the believed ground."""
    x, y, z, vx, vy, vz = laws.to_site(
        est[X] - est[TARGET_X], est[Y] - est[TARGET_Y], est[Z], est[VX], est[VY], est[VZ], est[RADIUS]
    )
    return x, y, z - est[TARGET_Z], vx, vy, vz


@kernel
def gravity(est):
    """Downward acceleration [m/s2] without the centrifugal part, which in axes that do not turn is not there."""
    return est[HOVER] + (est[VX] * est[VX] + est[VY] * est[VY]) / (est[RADIUS] + est[Z])


@kernel
def time_to_gate(est, law, p, k):
    """Time to go [s] to the aim of the gate whose numbers begin at p[k], as its law counts it.

    The forward axis alone sets the time of "p64" and "fractional". After a large correction of position or height that
    may be too short for the other two: at the low gate it is at least the time that would cost least. On a path as
    planned that rule rests.
    """
    x, y, z, vx, vy, vz = at_site(est)
    g = gravity(est)
    t_go = gates.time_to_aim(law, x, y, z, vx, vy, vz, g, p, k)
    if law != ZEM_ZEV and k == G_LOW_GATE:
        return max(t_go, gates.time_to_aim(ZEM_ZEV, x, y, z, vx, vy, vz, g, p, k))
    return t_go


@kernel
def gate_law(est, law, p, k):
    """A polynomial law in the axes of the site, to the gate whose numbers begin at p[k], seen from the lander."""
    x, y, z, vx, vy, vz = at_site(est)
    theta, phi, g = (est[X] - est[TARGET_X]) / est[RADIUS], (est[Y] - est[TARGET_Y]) / est[RADIUS], gravity(est)
    gx, gy, gz = -g * math.cos(phi) * math.sin(theta), -g * math.sin(phi), -g * math.cos(phi) * math.cos(theta)
    t_go = time_to_gate(est, law, p, k)
    ax, ay, az = gates.thrust_to_aim(law, t_go, x, y, z, vx, vy, vz, gx, gy, gz, p, k)
    return laws.from_site(ax, ay, az, est[X] - est[TARGET_X], est[Y] - est[TARGET_Y], est[RADIUS])


@kernel
def asks_too_much(est, law, p):
    """Whether the law wants more thrust than there is: after a large correction the high gate may be out of reach."""
    ax, ay, az = gate_law(est, law, p, G_GATE)
    return ax * ax + ay * ay + az * az > est[A_MAX] * est[A_MAX]


@kernel
def gravity_turn_law(est, p):
    """Thrust against the velocity, throttled so that it stops at the height where braking ends.

    The closed form holds over flat ground. Here gravity is what is left of it on the mean over the rest of the braking: the
    centrifugal part goes with the square of the speed, a third of which is the mean of a steady fall to zero.
    """
    level = est[VX] * est[VX] + est[VY] * est[VY]
    g = est[HOVER] + (2.0 / 3.0) * level / (est[RADIUS] + est[Z])
    return laws.gravity_turn(est[VX], est[VY], est[VZ], est[Z] - est[TARGET_Z] - p[G_HEIGHT], g)


@kernel
def pitch_up_law(t, est, p):
    """Take the last horizontal speed out over the distance that is left while the descent follows the profile.

    The demand fades with the speed, so that the slow turn to upright does not push the lander backwards.
    """
    az = max(track_profile(est[Z] - est[TARGET_Z], est[VZ], p) + est[HOVER], 0.0)
    decel = min(est[VX] * est[VX] / (2.0 * max(est[TARGET_X] - est[X], 1.0)), 4.0)
    ax = -math.copysign(min(decel, p[G_KH] * abs(est[VX])), est[VX])
    ax, ay = laws.upright(ax, 0.0 - p[G_KH] * est[VY], az, p[G_TILT_P])  # 0.0: in the plane no minus zero
    return ax, ay, az


@kernel
def hold_law(est):
    """Keep the attitude and the descent speed: the thrust that holds vz, where the lander points anyway."""
    up = est[HOVER] / max(math.sin(est[PITCH]) * math.cos(est[TILT]), 0.2)
    level = up * math.cos(est[TILT])
    return -level * math.cos(est[PITCH]), up * math.sin(est[TILT]), level * math.sin(est[PITCH])


@kernel
def approach_law(t, est, p):
    """Between the gates: attitude hold, then today's pitch-up or a polynomial law to the low gate, within the tilt limit."""
    if est[T_PHASE] < p[G_HOLD]:
        return hold_law(est)
    if p[G_APPROACH] == 0.0:
        return pitch_up_law(t, est, p)
    ax, ay, az = gate_law(est, p[G_APPROACH], p, G_LOW_GATE)
    az = max(az, 0.3 * est[HOVER])  # thrust that points nowhere could not brake, either
    ax, ay = laws.upright(ax, ay, az, p[G_TILT_P])
    return ax, ay, az


@kernel
def terminal_law(t, est, p):
    """Upright descent on the profile to the aim point, horizontal speed nulled; below the lower gate at the contact speed.

    Towards the aim point it flies no faster than half the tilt limit can stop again.
    """
    ex, ey = est[X] - est[TARGET_X], est[Y] - est[TARGET_Y]
    away = math.sqrt(ex * ex + ey * ey)
    h = est[Z] - est[TARGET_Z] - p[G_GLIDE] * away
    az = max(track_profile(h, est[VZ], p) + est[HOVER], 0.0)
    back = min(p[G_POSITION], math.sqrt(az * p[G_TILT_T] / max(away, 1e-3)))
    ax, ay = laws.upright(-p[G_KH] * (est[VX] + back * ex), 0.0 - p[G_KH] * (est[VY] + back * ey), az, p[G_TILT_T])
    return ax, ay, az


@kernel
def builtin_law(t, est, params):
    """The lander's own guidance: one law for each phase."""
    phase, law = int(est[PHASE]), params[G_LAW]
    if phase == BRAKE:
        if law < QUADRATIC:
            ax, ay, az = brake_law(t, est, params)
        elif law == GRAVITY_TURN:
            ax, ay, az = gravity_turn_law(est, params)
        else:
            ax, ay, az = gate_law(est, law, params, G_GATE)
        if est[T_BURN] < params[G_TRIM]:  # the direction is right, the thrust is not up yet
            share = est[A_MIN] / max(math.sqrt(ax * ax + ay * ay + az * az), 1e-9)
            return ax * share, ay * share, az * share
        return ax, ay, az
    if phase == PITCH_UP:
        return approach_law(t, est, params)
    return terminal_law(t, est, params)


@kernel
def next_phase(phase, est, p):
    """The sequencer: which phase comes now. Phases follow from the estimate and never go back to braking."""
    h, speed = est[Z] - est[TARGET_Z], est[VX]
    if phase == BRAKE:
        law = p[G_LAW]
        done = speed <= p[G_SPEED] or (law != GRAVITY_TURN and est[TARGET_X] - est[X] <= brake_distance(p))
        if not done and law >= QUADRATIC and law < GRAVITY_TURN:
            left = time_to_gate(est, law, p, G_GATE) - p[G_GATE + gates.AHEAD]
            done = left <= 0.0 or (left < GIVE_UP_S and asks_too_much(est, law, p))
        if done:
            phase = PITCH_UP
    if phase == PITCH_UP:
        if p[G_APPROACH] == 0.0:
            if abs(speed) < 3.0 and h < p[G_H2]:
                phase = TERMINAL
        elif h <= p[G_LOW] or time_to_gate(est, p[G_APPROACH], p, G_LOW_GATE) <= p[G_LOW_GATE + gates.AHEAD]:
            phase = TERMINAL
    if phase == TERMINAL and h < p[G_H1]:
        phase = FINAL
    if phase == FINAL and h > 2.0 * p[G_H1]:  # the estimate was revised upwards
        phase = TERMINAL
    return phase
