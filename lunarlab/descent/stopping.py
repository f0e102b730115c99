"""Can it still stop? What is left to a lander at its first valid range, and the latest height at which one saves it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent.faults import Fault
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError

LOWEST_M, HIGHEST_M = 1.0, 10e3
"""Between these heights `latest_first_range` looks."""


@dataclass(frozen=True)
class Moment:
    """A flight at its first valid range; SI, speeds downwards."""

    t_s: float
    height_m: float
    """True height over the ground."""
    down_mps: float
    believed_m: float
    """Height that the computer believed in until then, less the true one."""
    available_mps2: float
    """Net upward acceleration of all engines at full thrust, above gravity; below 0 once the tanks are dry."""

    @property
    def needed_mps2(self) -> float:
        """Constant net deceleration that stops it just at the ground."""
        return self.down_mps * self.down_mps / (2.0 * self.height_m)

    @property
    def stop_m(self) -> float:
        """Height in which the engines stop it; inf if they can't."""
        return self.down_mps * self.down_mps / (2.0 * self.available_mps2) if self.available_mps2 > 0.0 else math.inf


def _descent(scene: Scenario) -> None:
    """Refuse what is no descent."""
    if not isinstance(scene, Scenario):
        raise LunarlabError(f"scene is {scene!r}; it must be a Scenario, as lunarlab.case('resilience-m2').scenario")


def at_first_range(flight: Flight, scene: Scenario) -> Moment | None:
    """The moment of the first valid range of a recorded flight of `scene`; None if no range came.

    Thrust is what the engines are specified for; faults of engines and dispersions are not in it.
    """
    _descent(scene)
    if not isinstance(flight, Flight):
        raise LunarlabError(f"flight is {flight!r}; it must be a Flight, as lunarlab.fly(scene) gives")
    first = flight.event("first_range")
    if first is None or not len(flight.table):
        return None
    t, si = flight.si["t"], flight.si
    row = max(int(np.searchsorted(t, first.t_s - 1e-6)) - 1, 0)  # the row of the event holds the estimate after its use
    vehicle, radius = scene.vehicle, R_MOON + float(si["true_height"][row])
    thrust, dry = (
        (vehicle.main_thrust_N + vehicle.assist_thrust_N) / float(si["true_mass"][row]),
        flight.event("propellant_out"),
    )
    if dry is not None and dry.t_s <= first.t_s:
        thrust = 0.0
    gap = float(si["est_height"][row] - si["true_altitude"][row])
    return Moment(first.t_s, first.altitude_m, -first.vertical_mps, gap, thrust - MU_MOON / (radius * radius))


def with_first_range(scene: Scenario, height_m: float) -> Scenario:
    """The scene with an altimeter that gives nothing valid above `height_m`; other faults stay."""
    _descent(scene)
    others = tuple(fault for fault in scene.faults if (fault.target, fault.kind) != ("altimeter", "late"))
    return replace(scene, faults=(*others, Fault("altimeter", "late", value=height_m)))


def latest_first_range(scene: Scenario, *, seed: int | None = None, tolerance_m: float = 2.0) -> float:
    """The lowest first valid range [m] from which the flight still lands, by bisection over flights.

    Parameters
    ----------
    scene : Scenario
        What is flown; a fault "late" of its altimeter is replaced.
    seed : int or None
        Of every flight.
    tolerance_m : float
        How far the answer may be too high.

    Returns
    -------
    float
        0 if it lands even with ranges from the last metre on only, inf if it does not even land with ranges from 10 km.
    """
    if not tolerance_m > 0.0:
        raise LunarlabError(f"tolerance_m is {tolerance_m:g} m; it must be above 0 m")

    def lands(height_m: float) -> bool:
        return fly(with_first_range(scene, height_m), seed=seed, record=False).landed

    if not lands(HIGHEST_M):
        return math.inf
    if lands(LOWEST_M):
        return 0.0
    low, high = LOWEST_M, HIGHEST_M
    while high - low > tolerance_m:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if lands(middle) else (middle, high)
    return high
