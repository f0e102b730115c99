"""A rigid body on n legs, compiled: `lunarlab.descent.settle` starts it and reads its end.

The ground is a plane. Each foot is a point without mass at the end of a leg along the lander's axis. Pressed into the
ground by e, it is pushed out along the normal with N = k e + b de/dt, never pulled. As soon as the part of N along the leg
exceeds the crush force, the leg becomes shorter for good, just so much that the force stays there (honeycomb), until its
stroke is used up: then it bottoms out, and only the spring is left. Along the ground the foot hangs on a spring k and damper
b of its own, which drags the foot behind it where it would pull harder than friction times N: so a foot can stick, and a
lander rests on a slope. Force limits are met at the end of each step (backward Euler, as in plasticity): they only ever
take energy.

Frame: forward, left, up, as in the descent; the attitude is a unit quaternion (w, x, y, z) from body to that frame. The
radius of gyration is the same for every axis, so a turn needs no more than torque / (m k^2). Leapfrog with a fixed step.
"""

from __future__ import annotations

import math

import numpy as np

from lunarlab.jit import kernel

STANDING, BOUNCED, BOTTOMED, TIPPED, MOVING = range(5)
"""How `run` ended."""
REST_S, REST_MPS = 0.1, 0.002  # at rest: three feet pressed, and nothing faster than this for so long
BOUNCE_M = 0.03

X, Y, Z, VX, VY, VZ, WX, WY, WZ, QW, QX, QY, QZ = range(13)
FOOT_X, FOOT_Y, CRUSH, PULL_X, PULL_Y, PULL_Z, FORCE = range(7)
"""A foot: where it is on the body, how far its leg is crushed, how its spring along the ground is stretched, normal force."""
(P_MASS, P_INERTIA, P_HEIGHT, P_RADIUS, P_STIFF, P_DAMP, P_CRUSH, P_STROKE, P_FRICTION, P_GRAVITY, P_STEP,
 P_NX, P_NY, P_NZ) = range(14)  # fmt: skip
O_TIME, O_TILT, O_PEAK, O_BOUNCES, O_BOUNCE, O_SLIDE, O_BOTTOMED, O_ROWS = range(8)
H_T, H_ENERGY, H_BODY, H_FEET = 0, 1, 2, 9
"""A row of the history: time, energy, position and attitude, then crush and force of each leg."""


@kernel
def drift(state, h):
    """Move and turn by the present velocities for a time h [s]. The turn is exact to the fifth power of its angle."""
    for i in range(3):
        state[X + i] += h * state[VX + i]
    ax, ay, az = 0.5 * h * state[WX], 0.5 * h * state[WY], 0.5 * h * state[WZ]
    a2 = ax * ax + ay * ay + az * az
    s, c = 1.0 - a2 / 6.0 * (1.0 - a2 / 20.0), 1.0 - 0.5 * a2 * (1.0 - a2 / 12.0)
    ax, ay, az = s * ax, s * ay, s * az
    w, x, y, z = state[QW], state[QX], state[QY], state[QZ]
    w, x, y, z = (
        c * w - ax * x - ay * y - az * z,
        c * x + ax * w + ay * z - az * y,
        c * y + ay * w + az * x - ax * z,
        c * z + az * w + ax * y - ay * x,
    )
    size = 1.0 / math.sqrt(w * w + x * x + y * y + z * z)
    state[QW], state[QX], state[QY], state[QZ] = w * size, x * size, y * size, z * size


@kernel
def press(state, feet, p, load):
    """What the ground does to all feet in one step. Crushes legs and drags feet; load = force [N] and torque [N m].

    Returns the height of the lowest foot over the ground [m], how many feet are pressed on it, whether a leg has
    no stroke left, and the elastic energy [J].
    """
    w, x, y, z = state[QW], state[QX], state[QY], state[QZ]
    xx, xy, xz = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)
    yx, yy, yz = 2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    zx, zy, zz = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
    nx, ny, nz, k, b, h = p[P_NX], p[P_NY], p[P_NZ], p[P_STIFF], p[P_DAMP], p[P_STEP]
    yielding = k + b / h  # a foot that gives way by s within this step loses this force per metre
    along = nx * xz + ny * yz + nz * zz  # cosine between leg and normal
    above = nx * state[X] + ny * state[Y] + nz * state[Z]
    for i in range(6):
        load[i] = 0.0
    lowest, pressed, bottomed, energy = math.inf, 0, 0.0, 0.0
    for i in range(feet.shape[0]):
        foot_x, foot_y, foot_z = feet[i, FOOT_X], feet[i, FOOT_Y], feet[i, CRUSH] - p[P_HEIGHT]
        rx = xx * foot_x + xy * foot_y + xz * foot_z
        ry = yx * foot_x + yy * foot_y + yz * foot_z
        rz = zx * foot_x + zy * foot_y + zz * foot_z
        gap = above + nx * rx + ny * ry + nz * rz
        lowest = min(lowest, gap)
        feet[i, FORCE] = 0.0
        if gap >= 0.0:
            feet[i, PULL_X] = feet[i, PULL_Y] = feet[i, PULL_Z] = 0.0
            continue
        vx = state[VX] + state[WY] * rz - state[WZ] * ry
        vy = state[VY] + state[WZ] * rx - state[WX] * rz
        vz = state[VZ] + state[WX] * ry - state[WY] * rx
        rising = nx * vx + ny * vy + nz * vz
        e = -gap
        normal = k * e - b * rising
        if p[P_STROKE] > 0.0 and normal * along > p[P_CRUSH]:
            need = (normal - p[P_CRUSH] / along) / (yielding * along)
            room = p[P_STROKE] - feet[i, CRUSH]
            if need >= room:
                need, bottomed = room, 1.0
            feet[i, CRUSH] += need
            normal -= yielding * along * need
            e -= along * need
        normal = max(normal, 0.0)

        vx, vy, vz = vx - rising * nx, vy - rising * ny, vz - rising * nz
        sx, sy, sz = feet[i, PULL_X] + h * vx, feet[i, PULL_Y] + h * vy, feet[i, PULL_Z] + h * vz
        fx, fy, fz = -k * sx - b * vx, -k * sy - b * vy, -k * sz - b * vz
        size, most = math.sqrt(fx * fx + fy * fy + fz * fz), p[P_FRICTION] * normal
        if size > most:  # slips: so far that the spring pulls no harder than friction holds
            slip, part = (size - most) / (yielding * size), most / size
            sx, sy, sz = sx + slip * fx, sy + slip * fy, sz + slip * fz
            fx, fy, fz = part * fx, part * fy, part * fz
        feet[i, PULL_X], feet[i, PULL_Y], feet[i, PULL_Z], feet[i, FORCE] = sx, sy, sz, normal
        pressed += normal > 0.0
        energy += 0.5 * k * (e * e + sx * sx + sy * sy + sz * sz)

        fx, fy, fz = fx + normal * nx, fy + normal * ny, fz + normal * nz
        load[0] += fx
        load[1] += fy
        load[2] += fz
        load[3] += ry * fz - rz * fy
        load[4] += rz * fx - rx * fz
        load[5] += rx * fy - ry * fx
    return lowest, pressed, bottomed, energy


@kernel
def axis(state):
    """The lander's axis, from its feet to its top, in the frame of the ground (unit vector)."""
    w, x, y, z = state[QW], state[QX], state[QY], state[QZ]
    return 2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y)


@kernel
def run(state, feet, p, steps, every, out, history):
    """Integrate until rest, side or limit; returns STANDING ... MOVING. Writes out, and every so many steps a history row.

    Leapfrog: velocities at whole steps, position and attitude at half steps, where the forces are taken.
    """
    h, mass, inertia, height, legs = p[P_STEP], p[P_MASS], p[P_INERTIA], p[P_HEIGHT], feet.shape[0]
    nx, ny, nz = p[P_NX], p[P_NY], p[P_NZ]
    load = np.zeros(6)
    ax, ay, az = axis(state)
    start_x, start_y, start_z = state[X] - height * ax, state[Y] - height * ay, state[Z] - height * az  # middle of the feet
    status, still, top, touched, rows, n = MOVING, 0.0, 0.0, False, 0, 0
    drift(state, 0.5 * h)
    for n in range(steps):
        lowest, pressed, bottomed, elastic = press(state, feet, p, load)
        out[O_BOTTOMED] = max(out[O_BOTTOMED], bottomed)
        out[O_PEAK] = max(out[O_PEAK], math.sqrt(load[0] * load[0] + load[1] * load[1] + load[2] * load[2]) / mass)
        if lowest < 0.0:
            touched = True
            if top > BOUNCE_M:
                out[O_BOUNCES] += 1.0
                if out[O_BOUNCES] == 1.0:
                    out[O_BOUNCE] = top
            top = 0.0
        elif touched:
            top = max(top, lowest)

        v2 = w2 = 0.0
        for i in range(3):
            dv, dw = h * load[i] / mass, h * load[3 + i] / inertia
            if i == 2:
                dv -= h * p[P_GRAVITY]
            v, w = state[VX + i] + 0.5 * dv, state[WX + i] + 0.5 * dw
            v2 += v * v
            w2 += w * w
            state[VX + i] += dv
            state[WX + i] += dw
        if n % every == 0 and rows < history.shape[0]:
            history[rows, H_T] = (n + 0.5) * h
            history[rows, H_ENERGY] = 0.5 * (mass * v2 + inertia * w2) + mass * p[P_GRAVITY] * state[Z] + elastic
            for i in range(3):
                history[rows, H_BODY + i] = state[X + i]
            for i in range(4):
                history[rows, H_BODY + 3 + i] = state[QW + i]
            for i in range(legs):
                history[rows, H_FEET + i] = feet[i, CRUSH]
                history[rows, H_FEET + legs + i] = feet[i, FORCE]
            rows += 1

        ax, ay, az = axis(state)
        if ax * nx + ay * ny + az * nz <= 0.0:
            status = TIPPED
            break
        slow = pressed >= 3 and v2 + p[P_RADIUS] * p[P_RADIUS] * w2 < REST_MPS * REST_MPS
        still = still + h if slow else 0.0
        if still >= REST_S:
            status = STANDING
            break
        drift(state, h)

    ax, ay, az = axis(state)
    dx, dy, dz = state[X] - height * ax - start_x, state[Y] - height * ay - start_y, state[Z] - height * az - start_z
    rise = dx * nx + dy * ny + dz * nz
    out[O_SLIDE] = math.sqrt(max(dx * dx + dy * dy + dz * dz - rise * rise, 0.0))
    out[O_TIME], out[O_TILT], out[O_ROWS] = (n + 0.5) * h - still, math.acos(min(max(az, -1.0), 1.0)), rows
    if status == STANDING and out[O_BOTTOMED] > 0.0:
        return BOTTOMED
    if status == STANDING and out[O_BOUNCES] > 0.0:
        return BOUNCED
    return status
