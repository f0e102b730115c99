"""The lander: what it is made of, how its engines answer a command, and how it moves.

The Moon is a sphere that does not rotate and the motion stays in one plane. The state is
``y = [r, theta, v_up, v_fwd, mass, pitch, thrust_main, thrust_assist, dv_up, dv_fwd]`` in the local-level frame at the
lander: up along the radius, forward along the ground track. Pitch is the direction of thrust: 0 deg brakes (thrust
backwards), 90 deg is straight up. The last two entries integrate the non-gravitational acceleration: they are what an
ideal accelerometer has summed up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.constants import G0, MU_MOON
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, number

R, THETA, V_UP, V_FWD, MASS, PITCH, T_MAIN, T_ASSIST, DV_UP, DV_FWD = range(10)
STATE_SIZE = 10


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
    pitch_rate_max_deg_s: float = number(5.0, "deg/s", 0.1, 180.0, "fastest pitch rate")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.dry_mass_kg >= self.mass_kg:
            raise LunarlabError(
                f"Vehicle.dry_mass_kg is {self.dry_mass_kg:g} kg; it must be below Vehicle.mass_kg, {self.mass_kg:g} kg"
            )
        if self.main_thrust_N + self.assist_thrust_N <= 0.0:
            raise LunarlabError("Vehicle.main_thrust_N and assist_thrust_N are both 0 N; at least one must be above 0 N")


VEHICLE = np.dtype([(name, "f8") for name in (
    "mass", "dry_mass",
    "main_thrust", "main_flow",  # N; kg/s per N
    "assist_thrust", "assist_flow", "assist_min",  # N; kg/s per N; N
    "thrust_bandwidth", "pitch_bandwidth", "pitch_rate",  # 1/s; 1/s; rad/s
    "thrust_scale",  # of this flight's engines; thrusts above are what the software believes
)])  # fmt: skip
"""`Vehicle` as the kernels read it: SI, radians, dispersed."""


def pack_vehicle(v: Vehicle, mass_kg: float, thrust_scale: float, isp_scale: float) -> tuple[float, ...]:
    """Numbers for the kernels, with the dispersions of one flight applied."""
    return (
        mass_kg, v.dry_mass_kg,
        v.main_thrust_N, 1.0 / (v.main_isp_s * isp_scale * G0),
        v.assist_thrust_N, 1.0 / (v.assist_isp_s * isp_scale * G0),
        v.assist_thrust_N * v.assist_throttle_min,
        1.0 / v.thrust_lag_s, 1.0 / v.pitch_lag_s, math.radians(v.pitch_rate_max_deg_s), thrust_scale,
    )  # fmt: skip


@kernel
def allocate(ax, az, mass, main_on, v, out):
    """Turn a commanded thrust acceleration into engine commands; vertical has priority, thrust never points down.

    Parameters: ax, az commanded acceleration forward and up [m/s^2]; mass [kg]; main_on 0 or 1; v a VEHICLE record.
    Writes out = [main thrust N, assist thrust N, pitch rad].
    """
    main = v.main_thrust if main_on else 0.0
    limit = (main + v.assist_thrust) / mass
    az = min(max(az, 0.0), limit)
    ax_limit = math.sqrt(max(limit * limit - az * az, 0.0))
    ax = min(max(ax, -ax_limit), ax_limit)
    size = math.sqrt(ax * ax + az * az)
    if mass * size < 0.5 * v.assist_min:  # a law that asks for nothing gets nothing
        out[0], out[1] = 0.0, 0.0
    else:
        out[0] = main
        out[1] = min(max(mass * size - main, v.assist_min), v.assist_thrust)
    if size > 1e-6:
        out[2] = math.atan2(az, -ax)


@kernel
def derivative(r, v_up, v_fwd, mass, pitch, main, assist, command, engine, v):
    """Time derivative of the ten states, in their order. Plain numbers in and out: they stay in registers.

    command = [main N, assist N, pitch rad]. engine holds what faults do to the engines:
    [main stuck, assist stuck (0 or 1), thrust misalignment rad, on (0 once the tanks are dry)].
    """
    up = forward = 0.0
    inverse_r = 1.0 / r
    if main + assist > 0.0:  # sine and cosine are most of the cost of a step
        thrust = (main + assist) / mass
        up = thrust * math.sin(pitch + engine[2])
        forward = -thrust * math.cos(pitch + engine[2])
    return (
        v_up,
        v_fwd * inverse_r,
        (v_fwd * v_fwd - MU_MOON * inverse_r) * inverse_r + up,
        -v_up * v_fwd * inverse_r + forward,
        -(main * v.main_flow + assist * v.assist_flow),
        min(max((command[2] - pitch) * v.pitch_bandwidth, -v.pitch_rate), v.pitch_rate),
        0.0 if engine[0] > 0.0 else (command[0] - main) * v.thrust_bandwidth,
        0.0 if engine[1] > 0.0 else (command[1] - assist) * v.thrust_bandwidth,
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
    """One classical Runge-Kutta step of length h [s] from y to out (both shape (10,))."""
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
