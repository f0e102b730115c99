"""Solar panels: what a panel that faces this way makes of the light, by the cosine law.

A craft stands upright, or leans: by `lean` towards a compass direction, as SLIM and IM-2 did, or on a slope. What is
bolted to it leans with it. Shadows of the craft on itself are left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.surface.light import Light
from lunarlab.units import check_fields, number, si
from lunarlab.units import choice as one_of

MOUNTS = ("fixed", "turning", "ring")


@dataclass(frozen=True)
class Panels:
    """Solar cells on a craft.

    Mounts: a "fixed" panel faces one way; a "turning" one is carried round the craft's upright axis towards the Sun (a rover
    that parks that way, a panel on a pivot); a "ring" is all around the craft, as on a drum: of its area the Sun sees 1/pi.
    """

    area_m2: float = number(1.0, "m2", 0.0, 1e4, "of cells; of a ring, all around")
    efficiency: float = number(0.28, "", 0.0, 0.6, "electric power over light, at the bus")
    mount: str = one_of("fixed", MOUNTS, "how the panel is carried")
    tilt_deg: float = number(0.0, "deg", 0.0, 180.0, "from the craft's top: 0 faces up, 90 sideways; not for a ring")
    azimuth_deg: float = number(180.0, "deg", -360.0, 360.0, "compass direction that a fixed panel faces")
    dust: float = number(0.0, "", 0.0, 1.0, "share of the light that dust keeps away")

    def __post_init__(self) -> None:
        check_fields(self)


def upright(lean_rad: Any, lean_azimuth_rad: Any) -> np.ndarray:
    """The craft's top as a unit vector (east, north, up), if it leans that far [rad] in that compass direction [rad]."""
    lean = si(lean_rad, "rad", name="lean_rad", low=0.0, high=math.pi)
    to = si(lean_azimuth_rad, "rad", name="lean_azimuth_rad")
    return np.array([math.sin(lean) * math.sin(to), math.sin(lean) * math.cos(to), math.cos(lean)])


def leaned(vector: np.ndarray, top: np.ndarray) -> np.ndarray:
    """A vector (3,) of the upright craft after it has leaned so that its top points to `top`; the shortest turn."""
    up = np.array([0.0, 0.0, 1.0])
    axis, c = np.cross(up, top), float(top[2])
    if c < -1.0 + 1e-12:  # upside down: over its northern edge
        return np.asarray(vector * np.array([1.0, -1.0, -1.0]))
    return np.asarray(vector * c + np.cross(axis, vector) + axis * float(axis @ vector) / (1.0 + c))


def facing(panels: Panels, light: Light, top: np.ndarray | None = None) -> np.ndarray:
    """What share of the sunlight the cells catch (n,): the cosine law, never negative; of a ring at most 1/pi.

    Parameters
    ----------
    panels : Panels
    light : Light
    top : array (3,), optional
        From `upright`; the craft stands upright if not given.
    """
    top = np.array([0.0, 0.0, 1.0]) if top is None else np.asarray(top, dtype=float)
    tilt, turn = math.radians(panels.tilt_deg), math.radians(panels.azimuth_deg)
    along = np.clip(light.to_sun @ top, -1.0, 1.0)
    across = np.sqrt(1.0 - along * along)
    if panels.mount == "ring":
        return np.asarray(across / math.pi)
    if panels.mount == "turning":
        return np.asarray(np.maximum(0.0, math.sin(tilt) * across + math.cos(tilt) * along))
    normal = leaned(
        np.array([math.sin(tilt) * math.sin(turn), math.sin(tilt) * math.cos(turn), math.cos(tilt)]), top
    )
    return np.asarray(np.maximum(0.0, light.to_sun @ normal))


def power_W(panels: Panels, light: Light, top: np.ndarray | None = None) -> np.ndarray:
    """Electric power of the cells [W] in this light (n,)."""
    share = panels.area_m2 * panels.efficiency * (1.0 - panels.dust)
    return np.asarray(light.flux_Wpm2 * facing(panels, light, top) * share)
