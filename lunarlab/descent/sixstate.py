"""Position and velocity in space: the pieces of an extended Kalman filter of six states.

The states are the estimate itself, X, Y, Z, VX, VY, VZ: metres along the track (negative before the target), to the left
of it, and over the datum; velocity over the ground, forward, left and up. Their covariance stands in `memory` from `SIX_P` on,
row by row; a state of variance zero is known, not estimated, and that is how a flight in the plane leaves out y and vy.
The built-in filter (`fusion`) is made of these functions, and a student's may call them: `predict6`, `update_scalar`,
`update_state`, `nis_of`, `nees`.
"""

from __future__ import annotations

import math

from lunarlab.constants import MU_MOON
from lunarlab.descent import sensors as s
from lunarlab.descent.memory import SIX_P, VX, VY, VZ, X, Y, Z
from lunarlab.descent.space import coriolis, local_rotation
from lunarlab.jit import kernel


@kernel
def acceleration(r, theta, phi, v_x, v_y, v_z, omega):
    """Acceleration [m/s2] forward, left and up that no accelerometer feels: gravity, curvature, the Moon's rotation."""
    inverse_r = 1.0 / r
    bend = v_x * math.tan(phi)
    a_x = (v_y * bend - v_z * v_x) * inverse_r
    a_y = -(v_x * bend + v_z * v_y) * inverse_r
    a_z = (v_x * v_x + v_y * v_y - MU_MOON * inverse_r) * inverse_r
    if omega[0] != 0.0 or omega[1] != 0.0 or omega[2] != 0.0:
        w_x, w_y, w_z = local_rotation(omega, theta, phi)
        c_x, c_y, c_z = coriolis(r, v_x, v_y, v_z, w_x, w_y, w_z)
        return a_x + c_x, a_y + c_y, a_z + c_z
    return a_x, a_y, a_z


@kernel
def jacobian(r, radius, phi, v_x, v_y, v_z, omega):
    """Derivatives of the rates of the six states, those that are not zero or one, by rows: what `carry` takes.

    The rotation vector is the target's, and the change of centrifugal acceleration with place is left out: below 1e-9 1/s2.
    """
    inverse_r = 1.0 / r
    tan, cos = math.tan(phi), math.cos(phi)
    scale = radius * inverse_r
    per_radius = v_x / (cos * cos * radius) * inverse_r
    w_z, w_x, w_y = 2.0 * omega[0], 2.0 * omega[1], 2.0 * omega[2]
    return (
        scale * v_x * tan / (cos * radius), -scale * v_x * inverse_r / cos, scale / cos,  # x by y, z, vx
        -scale * v_y * inverse_r, scale,  # y by z, vy
        v_y * per_radius, (v_z - v_y * tan) * v_x * inverse_r * inverse_r,  # vx by y, z ...
        (v_y * tan - v_z) * inverse_r, v_x * tan * inverse_r + w_z, -v_x * inverse_r - w_y,  # ... vx, vy, vz
        -v_x * per_radius, (v_z * v_y + v_x * v_x * tan) * inverse_r * inverse_r,  # vy by y, z ...
        -2.0 * v_x * tan * inverse_r - w_z, -v_z * inverse_r, -v_y * inverse_r + w_x,  # ... vx, vy, vz
        (2.0 * MU_MOON * inverse_r - v_x * v_x - v_y * v_y) * inverse_r * inverse_r,  # vz by z ...
        2.0 * v_x * inverse_r + w_y, 2.0 * v_y * inverse_r - w_x,  # ... vx, vy
    )  # fmt: skip


@kernel
def carry(memory, at, step, h, a):
    """Multiply six numbers of memory, every `step`-th from `at`, by I + h A; a is what `jacobian` returns."""
    x, y, z = memory[at], memory[at + step], memory[at + 2 * step]
    u, v, w = memory[at + 3 * step], memory[at + 4 * step], memory[at + 5 * step]
    memory[at] = x + h * (a[0] * y + a[1] * z + a[2] * u)
    memory[at + step] = y + h * (a[3] * z + a[4] * v)
    memory[at + 2 * step] = z + h * w
    memory[at + 3 * step] = u + h * (a[5] * y + a[6] * z + a[7] * u + a[8] * v + a[9] * w)
    memory[at + 4 * step] = v + h * (a[10] * y + a[11] * z + a[12] * u + a[13] * v + a[14] * w)
    memory[at + 5 * step] = w + h * (a[15] * z + a[16] * u + a[17] * v)


@kernel
def symmetrise(memory):
    """Make the covariance exactly symmetric: products of matrices are that up to rounding only."""
    for i in range(6):
        for j in range(i):
            mean = 0.5 * (memory[SIX_P + 6 * i + j] + memory[SIX_P + 6 * j + i])
            memory[SIX_P + 6 * i + j], memory[SIX_P + 6 * j + i] = mean, mean


@kernel
def add_noise(memory, i, q, h):
    """Add what white acceleration noise of density q [(m/s2)2 s] does in h seconds to position i and velocity i + 3."""
    corner = SIX_P + 7 * i
    memory[corner] += q * h * h * h / 3.0
    memory[corner + 3] += 0.5 * q * h * h
    memory[corner + 18] += 0.5 * q * h * h
    memory[corner + 21] += q * h


@kernel
def predict6(meas, memory, q_forward, q_left, q_up, radius, omega):
    """Carry the six states and their covariance over one IMU interval (midpoint rule).

    q_...: density of the acceleration noise [(m/s2)2 s]; radius: of the datum sphere [m]; omega: rotation of the Moon [rad/s]
    up, forward and left at the target, three numbers.
    """
    h = meas[s.DT]
    if h <= 0.0:
        return
    dv_x, dv_y, dv_z = meas[s.DVX], meas[s.DVY], meas[s.DVZ]
    v_x, v_y, v_z = memory[VX], memory[VY], memory[VZ]
    r, theta, phi = radius + memory[Z], memory[X] / radius, memory[Y] / radius
    a_x, a_y, a_z = acceleration(r, theta, phi, v_x, v_y, v_z, omega)
    mid_x, mid_y, mid_z = v_x + 0.5 * (dv_x + a_x * h), v_y + 0.5 * (dv_y + a_y * h), v_z + 0.5 * (dv_z + a_z * h)
    theta += 0.5 * h * v_x / (r * math.cos(phi))
    phi += 0.5 * h * v_y / r
    r += 0.5 * h * v_z
    a_x, a_y, a_z = acceleration(r, theta, phi, mid_x, mid_y, mid_z, omega)
    memory[VX], memory[VY], memory[VZ] = v_x + dv_x + a_x * h, v_y + dv_y + a_y * h, v_z + dv_z + a_z * h
    memory[X] += 0.5 * h * (v_x + memory[VX]) * radius / (r * math.cos(phi))
    memory[Y] += 0.5 * h * (v_y + memory[VY]) * radius / r
    memory[Z] += 0.5 * h * (v_z + memory[VZ])

    a = jacobian(r, radius, phi, mid_x, mid_y, mid_z, omega)
    for i in range(6):
        carry(memory, SIX_P + i, 6, h, a)  # F P, column by column
    for i in range(6):
        carry(memory, SIX_P + 6 * i, 1, h, a)  # (F P) F', row by row
    symmetrise(memory)
    add_noise(memory, X, q_forward, h)
    add_noise(memory, Y, q_left, h)
    add_noise(memory, Z, q_up, h)


@kernel
def projected(memory, i, h):
    """Row i of the covariance times h."""
    row = SIX_P + 6 * i
    near = h[0] * memory[row] + h[1] * memory[row + 1] + h[2] * memory[row + 2]
    return near + h[3] * memory[row + 3] + h[4] * memory[row + 4] + h[5] * memory[row + 5]


@kernel
def spread_of(memory, h):
    """h' P h, what the filter's own uncertainty adds to the variance of an innovation."""
    total = 0.0
    for i in range(6):
        total += h[i] * projected(memory, i, h)
    return total


@kernel
def reduce(memory, at, step, k, h):
    """Multiply six numbers of memory, every `step`-th from `at`, by I - k h'."""
    seen = 0.0
    for i in range(6):
        seen += h[i] * memory[at + step * i]
    for i in range(6):
        memory[at + step * i] -= k[i] * seen


@kernel
def update_scalar(memory, h, nu, variance, place, motion):
    """Kalman update of the six states with one number, in Joseph's form, which holds for any gain.

    Parameters: h the row of the measurement matrix, six floats; nu the innovation; variance of the measurement noise; place
    and motion 1.0, or 0.0 to leave position or velocity along the ground as they are.
    """
    g = (projected(memory, X, h), projected(memory, Y, h), projected(memory, Z, h),
         projected(memory, VX, h), projected(memory, VY, h), projected(memory, VZ, h))  # fmt: skip
    up = 1.0 / (h[0] * g[0] + h[1] * g[1] + h[2] * g[2] + h[3] * g[3] + h[4] * g[4] + h[5] * g[5] + variance)
    k = (place * up * g[0], place * up * g[1], up * g[2], motion * up * g[3], motion * up * g[4], up * g[5])
    for i in range(6):
        memory[i] += k[i] * nu
    for i in range(6):
        reduce(memory, SIX_P + i, 6, k, h)
    for i in range(6):
        reduce(memory, SIX_P + 6 * i, 1, k, h)
    for i in range(6):
        for j in range(6):
            memory[SIX_P + 6 * i + j] += k[i] * k[j] * variance
    symmetrise(memory)


@kernel
def unit(i, j):
    """Entry j of the row that measures state i."""
    return 1.0 if i == j else 0.0


@kernel
def update_state(memory, i, nu, variance, place):
    """`update_scalar` with a measurement of state i itself."""
    h = (unit(i, X), unit(i, Y), unit(i, Z), unit(i, VX), unit(i, VY), unit(i, VZ))
    update_scalar(memory, h, nu, variance, place, 1.0)


@kernel
def nis_of(memory, i, count, nu_0, nu_1, nu_2, variance):
    """Normalised innovation squared of `count` states from i on, measured together, each with the same noise variance."""
    a, b, c = SIX_P + 7 * i, SIX_P + 7 * (i + 1), SIX_P + 7 * (i + 2)
    d_0 = memory[a] + variance
    nis = nu_0 * nu_0 / d_0
    if count > 1:
        l_1 = memory[a + 1] / d_0
        d_1 = memory[b] + variance - l_1 * memory[a + 1]
        e_1 = nu_1 - l_1 * nu_0
        nis += e_1 * e_1 / d_1
        if count > 2:
            l_2 = memory[a + 2] / d_0
            m_2 = memory[b + 1] - l_2 * memory[a + 1]
            d_2 = memory[c] + variance - l_2 * memory[a + 2] - m_2 * m_2 / d_1
            e_2 = nu_2 - l_2 * nu_0 - m_2 / d_1 * e_1
            nis += e_2 * e_2 / d_2
    return nis


@kernel
def nees(memory, truth, scratch):
    """Normalised estimation error squared, e' P^-1 e, of the six states.

    Parameters: memory with the estimate and its covariance; truth (x, y, z, vx, vy, vz) as in the estimate; scratch an array
    of at least 42 numbers to work in. States of variance zero are left out: in the plane four count, with the vertical
    filter two. Returns nan where the covariance is not positive.
    """
    total = 0.0
    for i in range(6):  # Cholesky factor row by row, and the error solved with it on the way
        error, left = memory[i] - truth[i], memory[SIX_P + 7 * i]
        known = left <= 0.0
        for j in range(i):
            value = memory[SIX_P + 6 * i + j]
            for k in range(j):
                value -= scratch[6 * i + k] * scratch[6 * j + k]
            value = value / scratch[7 * j] if scratch[7 * j] > 0.0 and not known else 0.0
            scratch[6 * i + j] = value
            error -= value * scratch[36 + j]
            left -= value * value
        if known:
            scratch[7 * i], scratch[36 + i] = 0.0, 0.0
            continue
        if not left > 0.0:
            return math.nan
        scratch[7 * i] = math.sqrt(left)
        scratch[36 + i] = error / scratch[7 * i]
        total += scratch[36 + i] * scratch[36 + i]
    return total
