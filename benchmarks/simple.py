"""The simple descent of benchmarks/descent.py: one lander, one law, written plainly, so that every peer flies the same thing.

A lander of 1750 kg with one throttled engine brakes from 20 km to a stop at its target and sinks to the ground: E-guidance
(Cherry 1964) to a gate 500 m up, then a descent speed in proportion to height. It has what the descent room's lander has: an
engine and an attitude that lag behind their commands, a slowest throttle, a fastest turn, guidance at ten times a second that
holds its command. Only the standard library: a peer's environment has no lunarlab.
"""

from __future__ import annotations

import math

MU, RADIUS, G0 = 4.902800066e12, 1_737_400.0, 9.80665
MASS, DRY, THRUST, ISP, THROTTLE_MIN = 1750.0, 700.0, 4500.0, 310.0, 0.1  # kg, kg, N, s, share of THRUST
THRUST_LAG, PITCH_LAG, PITCH_RATE = 0.15, 1.0, math.radians(5.0)  # s, s, rad/s
TICK = 0.1
GATE_HEIGHT, GATE_SPEED, DECEL = 500.0, 20.0, 2.2  # m, m/s, m/s2: where braking ends, and the deceleration that begins it
FLOW = 1.0 / (ISP * G0)


def law(t, est, params):
    """Thrust acceleration forward, left, up [m/s2]; est as `lunarlab.fly` lays it out."""
    left, h, v, w, hover = -est[0] - 200.0, est[2] - est[7], est[3], est[5], est[11]
    t_go = 2.0 * left / (v + 20.0)
    if t_go > 10.0:
        az = hover + 6.0 * (500.0 - h) / (t_go * t_go) + (40.0 - 4.0 * w) / t_go
    else:
        az = hover + min(max(0.5 * (-max(1.0, 0.05 * h) - w), -0.8), 1.5)
    if v > 25.0 and left > 10.0:
        ax = -(v * v - 400.0) / (2.0 * left)
    else:
        ax = min(max(-0.3 * v - 0.015 * est[0], -0.4 * az), 0.4 * az)
    return ax, 0.0, az


def command(ax, az, mass, pitch):
    """Thrust [N] and pitch [rad] for an acceleration: up first, never down, then forward, as far as the engine reaches."""
    limit = THRUST / mass
    az = min(max(az, 0.0), limit)
    side = math.sqrt(max(limit * limit - az * az, 0.0))
    ax = min(max(ax, -side), side)
    size = math.sqrt(ax * ax + az * az)
    if size > 1e-6:
        pitch = math.atan2(az, -ax)
    return min(max(mass * size, THRUST * THROTTLE_MIN), THRUST), pitch


def engine_rates(mass, pitch, thrust, thrust_c, pitch_c):
    """Time derivatives of mass, pitch and thrust under a held command."""
    turn = min(max((pitch_c - pitch) / PITCH_LAG, -PITCH_RATE), PITCH_RATE)
    return -thrust * FLOW, turn, (thrust_c - thrust) / THRUST_LAG


def engine_step(mass, pitch, thrust, h, thrust_c, pitch_c):
    """One Runge-Kutta step of `engine_rates`: where the engine stands after h seconds, whatever the flight does."""
    a1, b1, c1 = engine_rates(mass, pitch, thrust, thrust_c, pitch_c)
    a2, b2, c2 = engine_rates(mass + 0.5 * h * a1, pitch + 0.5 * h * b1, thrust + 0.5 * h * c1, thrust_c, pitch_c)
    a3, b3, c3 = engine_rates(mass + 0.5 * h * a2, pitch + 0.5 * h * b2, thrust + 0.5 * h * c2, thrust_c, pitch_c)
    a4, b4, c4 = engine_rates(mass + h * a3, pitch + h * b3, thrust + h * c3, thrust_c, pitch_c)
    w = h / 6.0
    return (mass + w * (a1 + 2.0 * (a2 + a3) + a4), pitch + w * (b1 + 2.0 * (b2 + b3) + b4),
            thrust + w * (c1 + 2.0 * (c2 + c3) + c4))


def rates(y, thrust_c, pitch_c):
    """Time derivatives of (radius, angle, speed up, speed forward, mass, pitch, thrust)."""
    r, _, up, fwd, mass, pitch, thrust = y
    a = thrust / mass
    return (
        up, fwd / r, (fwd * fwd - MU / r) / r + a * math.sin(pitch), -up * fwd / r - a * math.cos(pitch),
        *engine_rates(mass, pitch, thrust, thrust_c, pitch_c),
    )  # fmt: skip


def estimate(est, y):
    """Fill est with the truth: what a perfect navigation would tell the law."""
    r, angle, up, fwd = y[0], y[1], y[2], y[3]
    est[0], est[2], est[3], est[5] = angle * RADIUS, r - RADIUS, fwd, up
    est[11] = MU / (r * r) - fwd * fwd / r
    return est


def rk4(y, h, thrust_c, pitch_c):
    """One Runge-Kutta step of `rates`."""
    k1 = rates(y, thrust_c, pitch_c)
    k2 = rates([a + 0.5 * h * k for a, k in zip(y, k1, strict=True)], thrust_c, pitch_c)
    k3 = rates([a + 0.5 * h * k for a, k in zip(y, k2, strict=True)], thrust_c, pitch_c)
    k4 = rates([a + h * k for a, k in zip(y, k3, strict=True)], thrust_c, pitch_c)
    return [a + h / 6.0 * (p + 2.0 * (q + r) + s) for a, p, q, r, s in zip(y, k1, k2, k3, k4, strict=True)]


def contact(t, before, after, thrust_c, pitch_c):
    """(time, state) where the ground is met within the tick that begins at t."""
    part = TICK * (before[0] - RADIUS) / (before[0] - after[0])
    return t + part, rk4(before, part, thrust_c, pitch_c)


def fly(start, step=rk4):
    """Fly until the ground is met; `step` advances a state by a tick. Returns (t, state) at contact."""
    y, est, pitch_c, ticks = list(start), [0.0] * 20, start[5], 0
    while True:
        ax, _, az = law(ticks * TICK, estimate(est, y), None)
        thrust_c, pitch_c = command(ax, az, y[4], pitch_c)
        after = step(y, TICK, thrust_c, pitch_c)
        if after[0] <= RADIUS:
            return contact(ticks * TICK, y, after, thrust_c, pitch_c)
        y, ticks = after, ticks + 1
