"""Three dimensions: how the lander moves over a Moon that rotates, and where it is.

The state is the planar one of `vehicle` and four entries more: an angle `phi` to the left of the nominal track, the
velocity to the left, the tilt of the thrust to the left, and the accelerometer's sum to the left. The frame is fixed to
the Moon: at the target theta = phi = 0, theta grows along the track and phi across it, like longitude and latitude on a
sphere whose equator is the track. Velocities are over the ground. The Moon's rotation appears as Coriolis and
centrifugal acceleration. With phi, its rate and the rotation zero the equations are those of the plane.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import MU_MOON, OMEGA_MOON, R_MOON
from lunarlab.descent import vehicle as v
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, number


@dataclass(frozen=True)
class Site:
    """Where the target lies and how the lander comes to it."""

    dimensions: float = number(2.0, "", 2.0, 3.0, "2: the plane of the orbit, a Moon at rest; 3: space, a Moon that rotates")
    latitude_deg: float = number(0.0, "deg", -89.9, 89.9, "3: latitude of the target")
    longitude_deg: float = number(0.0, "deg", -360.0, 360.0, "3: longitude of the target, east positive")
    heading_deg: float = number(270.0, "deg", 0.0, 360.0, "3: direction of flight over the target, east of north")
    rotation: float = number(1.0, "", 0.0, 1.0, "3: share of the Moon's real rotation rate (0: a Moon at rest)")
    cross_track_m: float = number(0.0, "m", -5e4, 5e4, "3: how far left of the target the orbit's ground track passes")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.dimensions != int(self.dimensions):
            raise LunarlabError(f"Site.dimensions is {self.dimensions:g}; it must be 2 or 3")


def rotation_vector(site: Site) -> np.ndarray:
    """Rotation of the Moon [rad/s] along up, forward and left at the target; zero in the plane."""
    if site.dimensions < 3.0:
        return np.zeros(3)
    rate, latitude, heading = OMEGA_MOON * site.rotation, math.radians(site.latitude_deg), math.radians(site.heading_deg)
    north = rate * math.cos(latitude)
    return np.array([rate * math.sin(latitude), north * math.cos(heading), north * math.sin(heading)])


@kernel
def local_rotation(omega, theta, phi):
    """Rotation vector [rad/s] along forward, left and up at (theta, phi), from its components at the target."""
    ct, st, cp, sp = math.cos(theta), math.sin(theta), math.cos(phi), math.sin(phi)
    inward = omega[0] * ct + omega[1] * st
    return -omega[0] * st + omega[1] * ct, omega[2] * cp - inward * sp, inward * cp + omega[2] * sp


@kernel
def coriolis(r, v_fwd, v_left, v_up, wf, wl, wu):
    """Coriolis and centrifugal acceleration [m/s2] forward, left and up in the frame that turns with the Moon."""
    forward = -2.0 * (wl * v_up - wu * v_left) - wu * wf * r
    left = -2.0 * (wu * v_fwd - wf * v_up) - wu * wl * r
    up = -2.0 * (wf * v_left - wl * v_fwd) + (wf * wf + wl * wl) * r
    return forward, left, up


@kernel
def derivative(r, theta, v_up, v_fwd, mass, pitch, main, assist, phi, v_left, tilt, command, engine, omega, p):
    """Time derivative of the fourteen states, in their order. command = [main N, assist N, pitch rad, tilt rad]."""
    up = forward = left = 0.0
    inverse_r, cos_phi, sin_phi = 1.0 / r, math.cos(phi), math.sin(phi)
    if main + assist > 0.0:
        thrust, turn, lean = (main + assist) / mass, pitch + engine[v.TURN_PITCH], tilt + engine[v.TURN_LEFT]
        level = thrust * math.cos(lean)
        up, forward, left = level * math.sin(turn), -level * math.cos(turn), thrust * math.sin(lean)
    wf, wl, wu = local_rotation(omega, theta, phi)
    cf, cl, cu = coriolis(r, v_fwd, v_left, v_up, wf, wl, wu)
    bend = v_fwd * sin_phi / cos_phi * inverse_r
    return (
        v_up,
        v_fwd * inverse_r / cos_phi,
        (v_fwd * v_fwd + v_left * v_left - MU_MOON * inverse_r) * inverse_r + cu + up,
        -v_up * v_fwd * inverse_r + v_left * bend + cf + forward,
        -(main * p.main_flow + assist * p.assist_flow),
        min(max((command[2] - pitch) * p.pitch_bandwidth, -p.pitch_rate), p.pitch_rate),
        0.0 if engine[v.STUCK_MAIN] > 0.0 else (command[0] - main) * p.thrust_bandwidth,
        0.0 if engine[v.STUCK_ASSIST] > 0.0 else (command[1] - assist) * p.thrust_bandwidth,
        up,
        forward,
        v_left * inverse_r,
        -v_up * v_left * inverse_r - v_fwd * bend + cl + left,
        min(max((command[3] - tilt) * p.pitch_bandwidth, -p.pitch_rate), p.pitch_rate),
        left,
    )


@kernel
def stage(y, h, k, command, engine, omega, p):
    """Derivative at the state y advanced by h along the slope k."""
    return derivative(
        y[0] + h * k[0], y[1] + h * k[1], y[2] + h * k[2], y[3] + h * k[3], y[4] + h * k[4], y[5] + h * k[5],
        y[6] + h * k[6], y[7] + h * k[7], y[10] + h * k[10], y[11] + h * k[11], y[12] + h * k[12], command, engine, omega, p,
    )  # fmt: skip


@kernel
def rk4_step(y, h, command, engine, omega, p, out):
    """One classical Runge-Kutta step of length h [s] from y to out, all fourteen entries; p a VEHICLE record."""
    k1 = derivative(
        y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7], y[10], y[11], y[12], command, engine, omega, p
    )  # fmt: skip
    k2 = stage(y, 0.5 * h, k1, command, engine, omega, p)
    k3 = stage(y, 0.5 * h, k2, command, engine, omega, p)
    k4 = stage(y, h, k3, command, engine, omega, p)
    w = h / 6.0
    for i in range(v.STATE_SIZE):
        out[i] = y[i] + w * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i])


def track_axes(site: Site) -> np.ndarray:
    """Matrix that takes Moon-fixed components (x to 0 E, z north) to up, forward and left at the target."""
    latitude, longitude, heading = (math.radians(a) for a in (site.latitude_deg, site.longitude_deg, site.heading_deg))
    up = np.array([math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude)])
    east = np.array([-math.sin(longitude), math.cos(longitude), 0.0])
    forward = math.sin(heading) * east + math.cos(heading) * np.cross(up, east)
    return np.array([up, forward, np.cross(up, forward)])


def coordinates(site: Site, theta: Any, phi: Any) -> tuple[Any, Any]:
    """Latitude and longitude [deg] of points (theta, phi) [rad], numbers or arrays."""
    here = np.stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])
    x, y, z = np.tensordot(track_axes(site).T, here, axes=1)
    return np.degrees(np.arcsin(z)), np.degrees(np.arctan2(y, x))


def flight_time(altitude_m: float, speed_mps: float, distance_m: float, decel_mps2: float) -> float:
    """About how long a descent takes [s]: coasting over most of the distance, braking over the rest, 100 s upright."""
    over_ground = speed_mps * R_MOON / (R_MOON + altitude_m)
    braking = over_ground / decel_mps2
    return (distance_m - 0.5 * over_ground * braking) / over_ground + braking + 100.0


def initial_state(
    site: Site, mass_kg: float, radius_m: float, speed_mps: float, angle_rad: float, until_s: float
) -> np.ndarray:
    """State after the de-orbit burn, `angle_rad` before the target on an orbit that passes over it `until_s` later.

    The Moon turns meanwhile: the orbit is laid, in axes that do not turn, through where the target will be, arriving
    there at the site's heading over the ground that is at rest, and `cross_track_m` to its left.
    """
    y = np.zeros(v.STATE_SIZE)
    omega = rotation_vector(site)
    size = float(np.linalg.norm(omega))
    up, forward, left = np.eye(3)
    if size > 0.0:  # where the target's axes will have gone (Rodrigues)
        axis, angle = omega / size, size * until_s
        up, forward, left = (
            a * math.cos(angle) + np.cross(axis, a) * math.sin(angle) + axis * (axis @ a) * (1.0 - math.cos(angle))
            for a in (up, forward, left)
        )
    aside = site.cross_track_m / R_MOON
    normal = left * math.cos(aside) - up * math.sin(aside)  # of the orbit, which passes `aside` left of the target
    over = up * math.cos(aside) + left * math.sin(aside)
    r = radius_m * (over * math.cos(angle_rad) - np.cross(normal, over) * math.sin(angle_rad))
    velocity = speed_mps * np.cross(normal, r) / radius_m - np.cross(omega, r)
    theta, phi = math.atan2(r[1], r[0]), math.asin(r[2] / radius_m)
    e_up = r / radius_m
    e_forward = np.array([-math.sin(theta), math.cos(theta), 0.0])
    y[v.R], y[v.MASS], y[v.THETA], y[v.PHI] = radius_m, mass_kg, theta if theta <= 0.0 else theta - 2.0 * math.pi, phi
    y[v.V_UP], y[v.V_FWD], y[v.V_LEFT] = velocity @ e_up, velocity @ e_forward, velocity @ np.cross(e_up, e_forward)
    return y
