"""Published guidance laws, each a small kernel on plain numbers: copy one into a cell and change it.

The polynomial laws work on one axis at a time: call them for forward, left and up. There `dr` is target minus position
[m], `v` and `v_target` are velocities now and at the target [m/s], `a_target` the acceleration at the target [m/s2] and
`t_go` the time left [s]. They give the **total** acceleration [m/s2] of a path in axes that do not turn; what the engines
must do is that minus gravity. Over a long braking phase such axes are the site's (`to_site`, `from_site`).

| law | path | t_go |
|---|---|---|
| `e_guidance` | acceleration linear in time: least integral of a^2 | `time_optimal` |
| `quadratic` | acceleration quadratic in time: also meets a_target | `time_jerk` |
| `fractional` | two powers of t_go: both of the above, and what lies between | either |
| `zem`, `zev`, `zem_zev` | as `e_guidance`, from where free flight would end | `time_optimal` |
| `gravity_turn` | thrust against the velocity | comes out |
| `rate_of_descent` | constant descent, horizontal speed nulled | open |
"""

from __future__ import annotations

import math

from lunarlab.jit import kernel


@kernel
def quadratic(dr, v, v_target, a_target, t_go):
    """Apollo's quadratic law (Klumpp 1974): total acceleration that meets position, velocity and acceleration."""
    return 12.0 * dr / (t_go * t_go) - 6.0 * (v_target + v) / t_go + a_target


@kernel
def quadratic_path(dr, v, v_target, a_target, t_go):
    """The whole of Klumpp's polynomial: (a, b, c) of a + b t + c t^2, t seconds from now."""
    a = quadratic(dr, v, v_target, a_target, t_go)
    change, mean = a_target - a, (v_target - v) / t_go - a
    return a, (6.0 * mean - 2.0 * change) / t_go, (3.0 * change - 6.0 * mean) / (t_go * t_go)


@kernel
def e_guidance(dr, v, v_target, t_go):
    """E-guidance (Cherry 1964): total acceleration, linear in time, that meets position and velocity."""
    return 6.0 * dr / (t_go * t_go) - (2.0 * v_target + 4.0 * v) / t_go


@kernel
def fractional(dr, v, v_target, a_target, t_go, gamma, k_r):
    """Fractional-polynomial guidance (Lu 2020): total acceleration on a path with powers gamma and k_r/(gamma+2)-2 of t_go.

    gamma = 1 with k_r = 12 is Apollo's quadratic law, with k_r = 6 E-guidance. Larger k_r comes in steeper and brakes later.
    """
    meet = gamma * (0.5 * k_r / (gamma + 2.0) - 1.0)
    speed = (gamma + 1.0) * (1.0 - k_r / (gamma + 2.0)) * (v_target - v) / t_go
    return meet * a_target + speed + k_r * (dr - v * t_go) / (t_go * t_go)


@kernel
def zem(dr, v, g, t_go):
    """Zero-effort miss [m]: what is missing to the target if no engine burns; g: gravity along this axis [m/s2]."""
    return dr - v * t_go - 0.5 * g * t_go * t_go


@kernel
def zev(v, v_target, g, t_go):
    """Zero-effort velocity error [m/s]: the same for the velocity."""
    return v_target - v - g * t_go


@kernel
def zem_zev(miss, error, t_go):
    """ZEM/ZEV feedback (Ebrahimi, Bahrami, Roshanian 2008): **thrust** acceleration of least integral of its square."""
    return 6.0 * miss / (t_go * t_go) - 2.0 * error / t_go


@kernel
def zem_zev_cost(miss, error, t_go):
    """Half the integral of the squared thrust acceleration that `zem_zev` will have used on this axis [m2/s3]."""
    return 6.0 * miss * miss / (t_go * t_go * t_go) - 6.0 * miss * error / (t_go * t_go) + 2.0 * error * error / t_go


@kernel
def along(tau, r, v, a, jerk):
    """(r, v, a) on the polynomial that has r, v, a at tau = 0 and a constant jerk; negative tau is before."""
    return r + tau * (v + tau * (0.5 * a + tau * jerk / 6.0)), v + tau * (a + 0.5 * tau * jerk), a + tau * jerk


@kernel
def time_jerk(dr, v, v_target, a_target, jerk_target):
    """Time to go [s] after which Klumpp's polynomial has this jerk [m/s3] at its target (Apollo's P63 and P64, downrange).

    Newton's method on jerk t^3 - 6 a_target t^2 + (18 v_target + 6 v) t = 24 dr, from the time at the mean speed. nan where
    that is no positive number or no root is near it.
    """
    if not dr * (v_target + v) > 0.0:
        return math.nan
    t = 2.0 * dr / (v_target + v)
    b, c = -6.0 * a_target, 18.0 * v_target + 6.0 * v
    for _ in range(30):
        slope = c + t * (2.0 * b + t * 3.0 * jerk_target)
        if slope == 0.0:
            return math.nan
        step = (t * (c + t * (b + t * jerk_target)) - 24.0 * dr) / slope
        t = min(max(t - step, 0.5 * t), 2.0 * t)  # keeps it positive, and near
        if abs(step) < 1e-9 * t:
            return t
    return math.nan


@kernel
def cost_of_time(rate, distance_2, closing, speed_2, price):
    """Cost [m2/s3], up to a constant, of the best path that takes 1/rate seconds; arguments as in `time_optimal`."""
    return rate * (2.0 * speed_2 + rate * (6.0 * distance_2 * rate - 6.0 * closing)) + price / rate


@kernel
def time_optimal(distance_2, closing, speed_2, gravity_2, weight):
    """Time to go [s] of least `weight` * time + half the integral of the squared thrust acceleration (D'Souza 1997).

    Parameters: distance_2 = dr.dr [m2]; closing = dr.(v + v_target) [m2/s]; speed_2 = v.v + v.v_target + v_target.v_target
    [m2/s2]; gravity_2 = g.g, uniform [m2/s4]; weight: what a second costs [m2/s4]. nan where nothing bounds the time.

    In s = 1/time the quartic is 18 distance_2 s^4 - 12 closing s^3 + 2 speed_2 s^2 = weight + gravity_2 / 2. Its slope has
    known zeros, and between them lies at most one root each. Where there are two minima, the cheaper one counts.
    """
    price = weight + 0.5 * gravity_2
    if not price > 0.0 or not distance_2 + speed_2 > 0.0:
        return math.nan
    turn = 81.0 * closing * closing - 72.0 * distance_2 * speed_2
    peak = dip = 0.0  # where the slope changes sign, if it does
    if closing > 0.0 and turn > 0.0:
        peak = (9.0 * closing - math.sqrt(turn)) / (36.0 * distance_2)
        dip = (9.0 * closing + math.sqrt(turn)) / (36.0 * distance_2)
    best, least = math.nan, math.inf
    for branch in range(2):  # beyond the dip, and before the peak
        low, high = (dip, 2.0 * dip) if branch == 0 else (0.0, peak)
        if branch == 0:
            if high < 1e-9:  # no dip, or one so far off that doubling would not come back from it
                high = 1.0
            if _excess(low, distance_2, closing, speed_2, price) > 0.0:
                continue
            for _ in range(60):
                if _excess(high, distance_2, closing, speed_2, price) > 0.0:
                    break
                high *= 2.0
        elif not _excess(high, distance_2, closing, speed_2, price) > 0.0:
            continue
        rate = _root(low, high, distance_2, closing, speed_2, price)
        cost = cost_of_time(rate, distance_2, closing, speed_2, price)
        if cost < least:
            best, least = 1.0 / rate, cost
    return best


@kernel
def _excess(s, distance_2, closing, speed_2, price):
    return s * s * (2.0 * speed_2 + s * (18.0 * distance_2 * s - 12.0 * closing)) - price


@kernel
def _root(low, high, distance_2, closing, speed_2, price):
    """Root of `_excess` between low (below zero) and high (above): Newton's method, kept inside by bisection."""
    s = 0.5 * (low + high)
    for _ in range(100):
        value = _excess(s, distance_2, closing, speed_2, price)
        if value > 0.0:
            high = s
        else:
            low = s
        slope = s * (4.0 * speed_2 + s * (72.0 * distance_2 * s - 36.0 * closing))
        new = s - value / slope if slope > 0.0 else low
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - s) <= 1e-15 * s:
            return new
        s = new
    return s


@kernel
def gravity_turn_time(v, cos_down, ratio, g):
    """Time to stop [s] in a gravity turn with constant thrust acceleration ratio * g, flat ground (Culler, Fried 1957).

    v: speed [m/s]; cos_down: cosine of the angle between the velocity and straight down; ratio above 1.
    """
    return v * (ratio + cos_down) / (g * (ratio * ratio - 1.0))


@kernel
def gravity_turn_height(v, cos_down, ratio, g):
    """Height lost [m] until it stops; arguments as in `gravity_turn_time`."""
    return v * v * (2.0 * ratio * cos_down + 1.0 + cos_down * cos_down) / (4.0 * g * (ratio * ratio - 1.0))


@kernel
def gravity_turn_range(v, cos_down, ratio, g):
    """Ground covered [m] until it stops; ratio above 1/2, but below 1 it never does."""
    sine = math.sqrt(max(1.0 - cos_down * cos_down, 0.0))
    return v * v * sine * (2.0 * ratio + cos_down) / (g * (4.0 * ratio * ratio - 1.0))


@kernel
def gravity_turn_ratio(v, cos_down, height, g):
    """Constant thrust acceleration over g with which a gravity turn stops `height` metres lower: the inverse of the above."""
    h = 4.0 * g * height / (v * v)
    c = cos_down
    return (c + math.sqrt(c * c + h * (h + 1.0 + c * c))) / h


@kernel
def gravity_turn(vx, vy, vz, height, g):
    """Flown gravity turn: thrust against the velocity, throttled to stop `height` metres lower; (forward, left, up)."""
    v = math.sqrt(vx * vx + vy * vy + vz * vz)
    if v < 1e-3:
        return 0.0, 0.0, g
    a = g * gravity_turn_ratio(v, -vz / v, max(height, 0.1), g) / v
    return -a * vx, -a * vy, -a * vz


@kernel
def upright(ax, ay, az, tangent):
    """Horizontal acceleration (ax, ay) shortened until the thrust leans at most by the angle of that tangent from up."""
    size, limit = math.sqrt(ax * ax + ay * ay), az * tangent
    if size > limit:
        return ax / size * limit, ay / size * limit
    return ax, ay


@kernel
def rate_of_descent(vx, vy, vz, rate, hover, lag, tangent):
    """Apollo's P66 (Klumpp 1974): thrust acceleration that holds the descent rate [m/s, downwards] and nulls horizontal speed.

    hover: thrust acceleration that holds vz; lag: time constant [s]; tangent: of the largest lean (Apollo: 20 deg).
    """
    az = max(hover - (rate + vz) / lag, 0.0)
    ax, ay = upright(-vx / lag, -vy / lag, az, tangent)
    return ax, ay, az


@kernel
def constant_deceleration(height, vz, contact_speed):
    """Total upward acceleration [m/s2] that slows the fall to `contact_speed` exactly at the ground, `height` below."""
    return (vz * vz - contact_speed * contact_speed) / (2.0 * max(height, 0.1))


@kernel
def to_site(x, y, z, vx, vy, vz, radius):
    """From the local level at the lander to the site: Cartesian axes forward, left, up at the target's datum point.

    x, y: ground distance [m] beyond and left of the target, along and across the track; z: height over the datum sphere of
    that radius; velocities forward, left, up at the lander. Returns position [m] and velocity [m/s], six numbers.
    """
    theta, phi, r = x / radius, y / radius, radius + z
    ct, st, cp, sp = math.cos(theta), math.sin(theta), math.cos(phi), math.sin(phi)
    inward = vz * cp - vy * sp  # along the meridian's foot on the track's plane
    return r * cp * st, r * sp, r * cp * ct - radius, vx * ct + inward * st, vy * cp + vz * sp, inward * ct - vx * st


@kernel
def from_site(ax, ay, az, x, y, radius):
    """A vector in the axes of the site, seen at the lander: (forward, left, up) at ground distance (x, y)."""
    theta, phi = x / radius, y / radius
    ct, st, cp, sp = math.cos(theta), math.sin(theta), math.cos(phi), math.sin(phi)
    outward = ax * st + az * ct
    return ax * ct - az * st, ay * cp - outward * sp, outward * cp + ay * sp
