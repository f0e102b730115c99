"""A landing zone: how far from its target a lander may come down, and so how hard it must steer for it.

Terminal descent begins somewhere and at some speed. Left to itself it would come to rest ``v / position_gain`` further on. If
that lies in the zone, the lander may aim there and has nothing to correct; if not, it must fly to the nearest edge.
Without a zone it aims at the target, whatever that takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lunarlab.jit import kernel
from lunarlab.units import check_fields, number


@dataclass(frozen=True)
class Zone:
    """A rectangle around the target in which any place will do."""

    along_m: float = number(0.0, "m", 0.0, 1e5, "length along the track; 0: the target's distance must be met")
    cross_m: float = number(0.0, "m", 0.0, 1e5, "width across the track; 0: its line must be met; both 0: no zone")

    def __post_init__(self) -> None:
        check_fields(self)


ZONE = np.dtype([("along", "f8"), ("cross", "f8")])  # half of each, m
"""`Zone` as the kernels read it."""


def pack_zone(z: Zone) -> tuple[float, float]:
    """Numbers for the kernels, in the order of `ZONE`."""
    return 0.5 * z.along_m, 0.5 * z.cross_m


@kernel
def nearest(x, v, gain, half):
    """Place on one axis that is nearest to where the lander would come to rest, at most `half` from the target [m].

    x: believed position [m]; v: believed speed [m/s]; gain: `Guidance.position_gain` [1/s].
    """
    rest = x + v / gain if gain > 0.0 else x
    return min(max(rest, -half), half)
