"""Motion under thrust: the equations, the accelerometer that feels it, and the event that ends it.

The state is ``y = [r_mci (3), v_mci (3), mass, measured velocity change]``; with the engine off it is a coast.
"""

from __future__ import annotations

import math

import numpy as np

from lunarlab.integrate import rate, switch

MU, THRUST, FLOW, ALONG, UX, UY, UZ, SENSED, BIAS, GOAL, SURFACE = range(11)
PARAMS = 11
"""Parameters by index: m3/s2; N; kg/s; see `powered`; direction of thrust; accelerometer factor, offset (m/s2); m/s; m."""

STANDSTILL = 0.1
"""Speed [m/s] below which there is no direction of flight to steer by."""

ATOL = np.array([1e-6, 1e-6, 1e-6, 1e-9, 1e-9, 1e-9, 1e-9, 1e-9])


@rate
def powered(t, y, p, out):
    """Point-mass Moon, thrust along (ALONG 1), against (-1) or across the velocity (0: in a fixed direction)."""
    square = y[0] * y[0] + y[1] * y[1] + y[2] * y[2]
    if square == 0.0 or y[6] <= 0.0:
        return 1
    pull = -p[MU] / (square * math.sqrt(square))
    push = p[THRUST] / y[6]
    ux, uy, uz = p[UX], p[UY], p[UZ]
    if p[ALONG] != 0.0:
        speed = math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5])
        if speed == 0.0:
            return 1
        ux, uy, uz = p[ALONG] * y[3] / speed, p[ALONG] * y[4] / speed, p[ALONG] * y[5] / speed
    out[0], out[1], out[2] = y[3], y[4], y[5]
    out[3] = pull * y[0] + push * ux
    out[4] = pull * y[1] + push * uy
    out[5] = pull * y[2] + push * uz
    out[6] = -p[FLOW]
    out[7] = p[SENSED] * push + p[BIAS]
    return 0


@switch
def goal_or_ground(t, y, p):
    """Falls through zero when the measured velocity change reaches its goal, or the lander the surface or a standstill.

    At a standstill an engine that pushes along or against the velocity does not know where to push.
    """
    height = math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2]) - p[SURFACE]
    left = min(height, (p[GOAL] - y[7]) * 1000.0)
    if p[ALONG] != 0.0 and p[THRUST] > 0.0:
        left = min(left, (math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]) - STANDSTILL) * 1000.0)
    return left
