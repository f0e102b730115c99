"""Gates: the points that braking and approach aim at, and the polynomial laws that fly to them in three dimensions.

Apollo's words: braking ends at the high gate, the approach at the low gate. A gate is a height and a distance before the
target, a velocity and an acceleration. The laws divide by the time to go, so they aim `ahead` seconds beyond the gate, on
the path that the gate's own numbers continue, and hand over on passing it (Klumpp 1974 aimed 60 s beyond the high gate).

Numbers here are in the axes of the site (`laws.to_site`), with the origin at the aim point on the ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent import laws
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel

QUADRATIC, ZEM_ZEV, FRACTIONAL = 2, 3, 4  # also the codes of these laws in `guidance`

# the block of params that describes a gate: what is aimed at (position and velocity forward and up, total acceleration
# forward and up, jerk forward), how long before it the gate lies, and the numbers of the laws
AIM_X, AIM_Z, AIM_VX, AIM_VZ, AIM_AX, AIM_AZ, AIM_JX, AHEAD, WEIGHT, GAMMA, K_R = range(11)
GATE_SIZE = 11


@dataclass(frozen=True)
class Gate:
    """A point to pass, over the target's level and before the target."""

    name: str
    height_m: float
    distance_m: float
    speed_mps: float
    down_mps: float
    decel_mps2: float
    lift_mps2: float
    jerk_mps3: float
    ahead_s: float

    def __str__(self) -> str:
        return (
            f"the {self.name} ({self.height_m:g} m high, {self.distance_m:.0f} m before the target, {self.speed_mps:g} m/s "
            f"forward, {self.down_mps:.3g} m/s down)"
        )

    def pack(self, weight: float, gamma: float, k_r: float) -> list[float]:
        """The block of numbers that the kernels read."""
        to_site: Any = getattr(laws.to_site, "py_func", laws.to_site)  # in Python: nothing compiles
        along: Any = getattr(laws.along, "py_func", laws.along)
        x, _, z, vx, _, vz = to_site(-self.distance_m, 0.0, self.height_m, self.speed_mps, 0.0, -self.down_mps, R_MOON)
        x, vx, ax = along(self.ahead_s, x, vx, -self.decel_mps2, self.jerk_mps3)
        z, vz, az = along(self.ahead_s, z, vz, self.lift_mps2, 0.0)
        return [x, z, vx, vz, ax, az, self.jerk_mps3, self.ahead_s, weight, gamma, k_r]


@kernel
def time_to_aim(law, x, y, z, vx, vy, vz, g, p, k):
    """Time to go [s] to what the gate at p[k] aims at, as the law counts it; g: strength of gravity [m/s2]."""
    dx, dz, wx, wz = p[k + AIM_X] - x, p[k + AIM_Z] - z, p[k + AIM_VX], p[k + AIM_VZ]
    if law == ZEM_ZEV:
        t_go = laws.time_optimal(
            dx * dx + y * y + dz * dz, dx * (vx + wx) - y * vy + dz * (vz + wz),
            vx * (vx + wx) + wx * wx + vy * vy + vz * (vz + wz) + wz * wz, g * g, p[k + WEIGHT],
        )  # fmt: skip
    else:
        t_go = laws.time_jerk(dx, vx, wx, p[k + AIM_AX], p[k + AIM_JX])
    if t_go > 0.0:
        return t_go
    return 2.0 * math.sqrt(dx * dx + dz * dz) / max(math.sqrt(vx * vx + vz * vz) + math.sqrt(wx * wx + wz * wz), 1.0)


@kernel
def thrust_to_aim(law, t_go, x, y, z, vx, vy, vz, gx, gy, gz, p, k):
    """Thrust acceleration [m/s2] of a polynomial law; (gx, gy, gz): gravity here, of a size that it keeps to the target.

    For "zem_zev" gravity turns evenly into the vertical of the site: in the mean of position two thirds of it count as
    here and one third as there, in the mean of velocity one half each.
    """
    g = math.sqrt(gx * gx + gy * gy + gz * gz)
    t_go = max(t_go, p[k + AHEAD])
    dx, dy, dz, wx, wz = p[k + AIM_X] - x, -y, p[k + AIM_Z] - z, p[k + AIM_VX], p[k + AIM_VZ]
    if law == ZEM_ZEV:
        ax = laws.zem_zev(laws.zem(dx, vx, 2.0 * gx / 3.0, t_go), laws.zev(vx, wx, 0.5 * gx, t_go), t_go)
        ay = laws.zem_zev(laws.zem(dy, vy, 2.0 * gy / 3.0, t_go), laws.zev(vy, 0.0, 0.5 * gy, t_go), t_go)
        miss, error = laws.zem(dz, vz, (2.0 * gz - g) / 3.0, t_go), laws.zev(vz, wz, 0.5 * (gz - g), t_go)
        return ax, ay, laws.zem_zev(miss, error, t_go)
    if law == FRACTIONAL:
        ax = laws.fractional(dx, vx, wx, p[k + AIM_AX], t_go, p[k + GAMMA], p[k + K_R])
        ay = laws.fractional(dy, vy, 0.0, 0.0, t_go, p[k + GAMMA], p[k + K_R])
        az = laws.fractional(dz, vz, wz, p[k + AIM_AZ], t_go, p[k + GAMMA], p[k + K_R])
    else:
        ax = laws.quadratic(dx, vx, wx, p[k + AIM_AX], t_go)
        ay = laws.quadratic(dy, vy, 0.0, 0.0, t_go)
        az = laws.quadratic(dz, vz, wz, p[k + AIM_AZ], t_go)
    return ax - gx, ay - gy, az - gz


ARRIVES, THRUSTS_DOWN, TOO_LOW, TOO_LONG = range(4)


@kernel
def rehearse(law, x, z, vx, vz, g, p, k, out):
    """Fly from a state to the gate at p[k] over flat ground with a perfect engine, in steps of half a second.

    Returns what happens first; writes out = [when s, height m, upward thrust acceleration m/s2].
    """
    for i in range(4000):
        out[0], out[1], out[2] = 0.5 * i, z, 0.0
        t_go = time_to_aim(law, x, 0.0, z, vx, 0.0, vz, g, p, k)
        if t_go <= p[k + AHEAD]:
            return ARRIVES
        if z <= 0.0:
            return TOO_LOW
        ax, _, az = thrust_to_aim(law, t_go, x, 0.0, z, vx, 0.0, vz, 0.0, 0.0, -g, p, k)
        out[2] = az
        if az < 0.0:
            return THRUSTS_DOWN
        az -= g
        x, z = x + 0.5 * vx + 0.125 * ax, z + 0.5 * vz + 0.125 * az
        vx, vz = vx + 0.5 * ax, vz + 0.5 * az
    return TOO_LONG


def check_order(high: Gate, low: Gate) -> None:
    """Refuse gates in the wrong order: each number of the low gate must be below that of the high gate."""
    for what, unit in (("height_m", "m"), ("distance_m", "m"), ("speed_mps", "m/s"), ("down_mps", "m/s")):
        value, limit = getattr(low, what), getattr(high, what)
        if not value < limit:
            raise LunarlabError(
                f"Guidance.approach_end_{what} is {value:.4g} {unit}; it must be below brake_end_{what}, {limit:.4g} {unit}"
            )


def check_pull(low: Gate, profile_m: float, decel_mps2: float, pull_mps2: float) -> None:
    """Refuse a speed profile on which a lander that leaves the approach above its upper gate is told to stay there."""
    if low.height_m > profile_m and decel_mps2 >= pull_mps2:
        raise LunarlabError(
            f"Guidance.high_decel_mps2 is {decel_mps2:g} m/s2; with an approach that ends above high_height_m it must be "
            f"below vertical_gain times high_speed_mps, {pull_mps2:g} m/s2, or the lander hovers at the upper gate"
        )


def check_path(law: int, high: Gate, low: Gate, block: list[float]) -> None:
    """Refuse two gates between which the law would thrust downwards or fly into the ground; `block` is the low gate's."""
    out, p = np.zeros(3), np.array(block, dtype=float)
    start = (-high.distance_m, high.height_m, high.speed_mps, -high.down_mps)
    status = rehearse(float(law), *start, MU_MOON / R_MOON**2, p, 0, out)
    if status == ARRIVES:
        return
    how = {
        THRUSTS_DOWN: f"its upward thrust would be {out[2]:.2f} m/s2 {out[0]:.0f} s after it, and must be above 0: the lander "
        "is too high, or too slow, for the distance",
        TOO_LOW: f"it would be in the ground {out[0]:.0f} s after it, and must stay above 0 m: too low, or too fast, for the "
        "distance",
    }.get(status, "it would still be under way after 2000 s")
    raise LunarlabError(f"Guidance.approach can't fly from {high} to {low}: {how}")
