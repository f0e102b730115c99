"""The lander: what it is made of, how its engines answer a command, what their failures do, and how it moves in a plane.

The first ten entries of the state are ``y = [r, theta, v_up, v_fwd, mass, pitch, thrust_main, thrust_assist, dv_up,
dv_fwd]`` in the local-level frame at the lander: up along the radius, forward along the ground track. Here the Moon does
not rotate and the motion stays in one plane; `space` adds what three dimensions need. Pitch is the direction of thrust:
0 deg brakes (thrust backwards), 90 deg is straight up. dv_up and dv_fwd integrate the non-gravitational acceleration:
they are what an ideal accelerometer has summed up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.constants import G0, MU_MOON
from lunarlab.descent import faults as f
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, number

R, THETA, V_UP, V_FWD, MASS, PITCH, T_MAIN, T_ASSIST, DV_UP, DV_FWD = range(10)
PHI, V_LEFT, TILT, DV_LEFT = 10, 11, 12, 13  # three dimensions: angle left of the track, and the same again to the left
STATE_SIZE = 14

# what faults, and what one does not know, do to the engines
STUCK_MAIN, STUCK_ASSIST, TURN_PITCH, ON, TURN_LEFT, SHARE = range(6)
ENGINE_SIZE = 6
# stuck 0 or 1; thrust turned in the plane and to the left, rad; 0 once the tanks are dry; share of the assist thrust left


@dataclass(frozen=True)
class Vehicle:
    """Masses, engines and lags of a lander with one fixed main engine and a throttled group of assist engines."""

    mass_kg: float = number(772.0, "kg", 1.0, 1e6, "mass at the start of the descent")
    dry_mass_kg: float = number(360.0, "kg", 1.0, 1e6, "mass without propellant")
    main_thrust_N: float = number(400.0, "N", 0.0, 1e6, "main engine thrust; it is on or off")
    main_isp_s: float = number(320.0, "s", 50.0, 500.0, "main engine specific impulse")
    assist_thrust_N: float = number(1200.0, "N", 0.0, 1e6, "full thrust of the assist engines together")
    assist_isp_s: float = number(290.0, "s", 50.0, 500.0, "assist engine specific impulse")
    assist_throttle_min: float = number(0.1, "", 0.0, 1.0, "lowest throttle of the assist engines")
    thrust_lag_s: float = number(0.15, "s", 0.05, 5.0, "first-order lag of thrust behind its command")
    pitch_lag_s: float = number(1.0, "s", 0.05, 30.0, "first-order lag of pitch behind its command")
    pitch_rate_max_deg_s: float = number(5.0, "deg/s", 0.1, 180.0, "fastest pitch rate (slew-rate limit), and tilt rate")
    throttle_gap_low: float = number(1.0, "", 0.0, 1.0, "assist throttle cannot stay between this ...")
    throttle_gap_high: float = number(1.0, "", 0.0, 1.0, "... and this: it goes to the upper end")
    assist_engines: float = number(1.0, "", 1.0, 24.0, "number of equal assist engines, evenly on a ring")
    assist_ring_m: float = number(0.0, "m", 0.0, 20.0, "radius of that ring")
    assist_arm_m: float = number(1.0, "m", 0.01, 20.0, "height of the centre of mass over the ring")
    reallocate: float = number(1.0, "", 0.0, 1.0, "1: the software knows of a lost engine and re-allocates thrust; 0: not")
    vertical_first: float = number(1.0, "", 0.0, 1.0, "short of thrust: 1 keeps the vertical share, 0 the direction")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.dry_mass_kg >= self.mass_kg:
            raise LunarlabError(
                f"Vehicle.dry_mass_kg is {self.dry_mass_kg:g} kg; it must be below Vehicle.mass_kg, {self.mass_kg:g} kg"
            )
        if self.throttle_gap_high < self.throttle_gap_low:
            raise LunarlabError(
                f"Vehicle.throttle_gap_high is {self.throttle_gap_high:g}; it must not be below throttle_gap_low, "
                f"{self.throttle_gap_low:g}"
            )
        for name in ("assist_engines", "reallocate", "vertical_first"):
            value = getattr(self, name)
            if value != int(value):
                raise LunarlabError(f"Vehicle.{name} is {value:g}; it must be a whole number")
        if self.main_thrust_N + self.assist_thrust_N <= 0.0:
            raise LunarlabError("Vehicle.main_thrust_N and assist_thrust_N are both 0 N; at least one must be above 0 N")


VEHICLE = np.dtype([(name, "f8") for name in (
    "mass", "dry_mass",
    "main_thrust", "main_flow",  # N; kg/s per N
    "assist_thrust", "assist_flow", "assist_min",  # N; kg/s per N; N
    "thrust_bandwidth", "pitch_bandwidth", "pitch_rate",  # 1/s; 1/s; rad/s
    "thrust_scale",  # of this flight's engines; thrusts above are what the software believes
    "gap_low", "gap_high",  # N
    "engines", "ring", "arm", "reallocate",
    "point_pitch", "point_left",  # pointing error of this flight, rad
    "vertical_first",
)])  # fmt: skip
"""`Vehicle` as the kernels read it: SI, radians, dispersed."""


def pack_vehicle(
    v: Vehicle, mass_kg: float, thrust_scale: float, isp_scale: float, point_pitch: float = 0.0, point_left: float = 0.0
) -> tuple[float, ...]:
    """Numbers for the kernels, with the dispersions of one flight applied."""
    return (
        mass_kg, v.dry_mass_kg,
        v.main_thrust_N, 1.0 / (v.main_isp_s * isp_scale * G0),
        v.assist_thrust_N, 1.0 / (v.assist_isp_s * isp_scale * G0),
        v.assist_thrust_N * v.assist_throttle_min,
        1.0 / v.thrust_lag_s, 1.0 / v.pitch_lag_s, math.radians(v.pitch_rate_max_deg_s), thrust_scale,
        v.assist_thrust_N * v.throttle_gap_low, v.assist_thrust_N * v.throttle_gap_high,
        v.assist_engines, v.assist_ring_m, v.assist_arm_m, v.reallocate, point_pitch, point_left, v.vertical_first,
    )  # fmt: skip


@kernel
def allocate(ax, ay, az, mass, main_on, share, v, out):
    """Turn a commanded thrust acceleration into engine commands; thrust never points down.

    Where it is short, the vertical share is met first (as a rule), or all is cut down alike (vertical_first 0).

    Parameters: ax, ay, az commanded acceleration forward, left and up [m/s^2]; mass [kg]; main_on 0 or 1; share of the
    assist thrust that the software knows to be there; v a VEHICLE record.
    Writes out = [main thrust N, assist thrust N, pitch rad, tilt rad].
    """
    main = v.main_thrust if main_on else 0.0
    full = v.assist_thrust * share
    limit = (main + full) / mass
    if v.vertical_first == 0.0:
        az = max(az, 0.0)
        size = math.sqrt(ax * ax + ay * ay + az * az)
        if size > limit:
            ax, ay, az = ax * limit / size, ay * limit / size, az * limit / size
    az = min(max(az, 0.0), limit)
    side_limit = math.sqrt(max(limit * limit - az * az, 0.0))
    if ay == 0.0:
        ax = min(max(ax, -side_limit), side_limit)
        size = math.sqrt(ax * ax + az * az)
    else:
        side = math.sqrt(ax * ax + ay * ay)
        if side > side_limit:
            ax, ay = ax * side_limit / side, ay * side_limit / side
        size = math.sqrt(ax * ax + ay * ay + az * az)
    if mass * size < 0.5 * v.assist_min:  # a law that asks for nothing gets nothing
        out[0], out[1] = 0.0, 0.0
    else:
        out[0] = main
        out[1] = min(max(mass * size - main, v.assist_min * share), full)
        if v.gap_low < out[1] < v.gap_high:
            out[1] = min(v.gap_high, full)
    if size > 1e-6:
        out[2] = math.atan2(az, -ax)
        out[3] = 0.0 if ay == 0.0 else math.asin(ay / size)


@kernel
def balance(v):
    """Share of the full assist thrust that is left when one of its engines is lost and the rest shall make no torque.

    Evenly spaced engines, the lost one at angle 0. Those on its side stay at full thrust; on the far side the ones
    nearest to the middle throttle up until their torque balances. 0: it cannot be balanced (two or three engines).
    """
    n = int(v.engines)
    torque, total = 0.0, 0.0
    for i in range(1, n):
        c = math.cos(2.0 * math.pi * i / n)
        if c > -1e-9:
            total += 1.0
            torque += max(c, 0.0)
    for i in range(1, n // 2 + 1):
        c = math.cos(2.0 * math.pi * i / n)
        if c <= -1e-9:
            twins = 1.0 if 2 * i == n else 2.0
            part = min(1.0, torque / (-c * twins))
            total += twins * part
            torque += twins * part * c
    return total / n


@kernel
def lose_engine(angle, v, command, engine):
    """One assist engine is gone, `angle` rad round the ring from the front to the left.

    Where the others can balance it and the software knows: less thrust, same direction. Else the thrust of the rest passes
    beside the centre of mass, and the attitude thrusters that keep the lander from turning push it to the lost side, by
    ring over arm for each newton. Software that knows asks the rest for more; without, a share of the thrust is missing.
    """
    n = v.engines
    known = v.reallocate > 0.0
    share = balance(v) if known else 0.0
    if share <= 0.0 and n > 1.0:
        share = (n - 1.0) / n
        turn = math.atan(v.ring / (n - 1.0) / v.arm)
        engine[TURN_PITCH] += turn * math.cos(angle)
        engine[TURN_LEFT] += turn * math.sin(angle)
    if not known:
        command[1] *= share
    engine[SHARE] *= share


@kernel
def fail_engines(rows, t, v, command, engine):
    """Apply engine faults and this flight's pointing error: changes command = [main N, assist N, .] and sets `engine`."""
    for i in range(ENGINE_SIZE):
        if i != ON:
            engine[i] = 0.0
    engine[SHARE] = 1.0
    main_turn, main_left, assist_turn, assist_left = 0.0, 0.0, 0.0, 0.0
    for i in range(f.count(rows)):
        kind, value = int(rows[i, f.F_KIND]), rows[i, f.F_VALUE]
        if f.is_active(rows, i, f.MAIN, t):
            if kind == f.STUCK:
                engine[STUCK_MAIN] = 1.0
            elif kind == f.THRUST_SCALE:
                command[0] *= value
            elif kind == f.LOST:
                command[0] = 0.0
            elif kind == f.OFF_AXIS:
                main_turn += value
            elif kind == f.OFF_AXIS_LEFT:
                main_left += value
        elif f.is_active(rows, i, f.ASSIST, t):
            if kind == f.STUCK:
                engine[STUCK_ASSIST] = 1.0
            elif kind == f.THRUST_SCALE:
                command[1] *= value
            elif kind == f.LOST:
                command[1] = 0.0
            elif kind == f.OFF_AXIS:
                assist_turn += value
            elif kind == f.OFF_AXIS_LEFT:
                assist_left += value
            elif kind == f.ENGINE_OUT:
                lose_engine(value, v, command, engine)
    thrust = command[0] + command[1]
    if thrust > 0.0:  # each group turns its own part of the thrust
        engine[TURN_PITCH] += (main_turn * command[0] + assist_turn * command[1]) / thrust
        engine[TURN_LEFT] += (main_left * command[0] + assist_left * command[1]) / thrust
    engine[TURN_PITCH] += v.point_pitch
    engine[TURN_LEFT] += v.point_left


@kernel
def derivative(r, v_up, v_fwd, mass, pitch, main, assist, command, engine, v):
    """Time derivative of the ten states, in their order. Plain numbers in and out: they stay in registers.

    command = [main N, assist N, pitch rad, .]; engine: see the indices at the top.
    """
    up = forward = 0.0
    inverse_r = 1.0 / r
    if main + assist > 0.0:  # sine and cosine are most of the cost of a step
        thrust = (main + assist) / mass
        up = thrust * math.sin(pitch + engine[TURN_PITCH])
        forward = -thrust * math.cos(pitch + engine[TURN_PITCH])
    return (
        v_up,
        v_fwd * inverse_r,
        (v_fwd * v_fwd - MU_MOON * inverse_r) * inverse_r + up,
        -v_up * v_fwd * inverse_r + forward,
        -(main * v.main_flow + assist * v.assist_flow),
        min(max((command[2] - pitch) * v.pitch_bandwidth, -v.pitch_rate), v.pitch_rate),
        0.0 if engine[STUCK_MAIN] > 0.0 else (command[0] - main) * v.thrust_bandwidth,
        0.0 if engine[STUCK_ASSIST] > 0.0 else (command[1] - assist) * v.thrust_bandwidth,
        up,
        forward,
    )


@kernel
def stage(y, h, k, command, engine, v):
    """Derivative at the state y advanced by h along the slope k."""
    return derivative(
        y[R] + h * k[R], y[V_UP] + h * k[V_UP], y[V_FWD] + h * k[V_FWD], y[MASS] + h * k[MASS],
        y[PITCH] + h * k[PITCH], y[T_MAIN] + h * k[T_MAIN], y[T_ASSIST] + h * k[T_ASSIST], command, engine, v,
    )  # fmt: skip


@kernel
def rk4_step(y, h, command, engine, v, out):
    """One classical Runge-Kutta step of length h [s] from y to out, in the plane (the first ten entries)."""
    k1 = derivative(y[R], y[V_UP], y[V_FWD], y[MASS], y[PITCH], y[T_MAIN], y[T_ASSIST], command, engine, v)
    k2 = stage(y, 0.5 * h, k1, command, engine, v)
    k3 = stage(y, 0.5 * h, k2, command, engine, v)
    k4 = stage(y, h, k3, command, engine, v)
    w = h / 6.0
    out[R] = y[R] + w * (k1[R] + 2.0 * (k2[R] + k3[R]) + k4[R])
    out[THETA] = y[THETA] + w * (k1[THETA] + 2.0 * (k2[THETA] + k3[THETA]) + k4[THETA])
    out[V_UP] = y[V_UP] + w * (k1[V_UP] + 2.0 * (k2[V_UP] + k3[V_UP]) + k4[V_UP])
    out[V_FWD] = y[V_FWD] + w * (k1[V_FWD] + 2.0 * (k2[V_FWD] + k3[V_FWD]) + k4[V_FWD])
    out[MASS] = y[MASS] + w * (k1[MASS] + 2.0 * (k2[MASS] + k3[MASS]) + k4[MASS])
    out[PITCH] = y[PITCH] + w * (k1[PITCH] + 2.0 * (k2[PITCH] + k3[PITCH]) + k4[PITCH])
    out[T_MAIN] = y[T_MAIN] + w * (k1[T_MAIN] + 2.0 * (k2[T_MAIN] + k3[T_MAIN]) + k4[T_MAIN])
    out[T_ASSIST] = y[T_ASSIST] + w * (k1[T_ASSIST] + 2.0 * (k2[T_ASSIST] + k3[T_ASSIST]) + k4[T_ASSIST])
    out[DV_UP] = y[DV_UP] + w * (k1[DV_UP] + 2.0 * (k2[DV_UP] + k3[DV_UP]) + k4[DV_UP])
    out[DV_FWD] = y[DV_FWD] + w * (k1[DV_FWD] + 2.0 * (k2[DV_FWD] + k3[DV_FWD]) + k4[DV_FWD])


def initial_state(mass_kg: float, radius_m: float, speed_mps: float) -> np.ndarray:
    """State at the apoapsis that the de-orbit burn leaves: angle 0, no vertical speed, engines off, pitch 0."""
    y = np.zeros(STATE_SIZE)
    y[R], y[V_FWD], y[MASS] = radius_m, speed_mps, mass_kg
    return y
