"""How long to burn: the finite burn that turns an arrival into a wanted orbit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab.constants import R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.insertion.burn import Burn, Engine, fly_burn
from lunarlab.insertion.capture import Arrival
from lunarlab.units import si


def insertion_burn(
    approach: Arrival, mass_kg: Any, engine: Engine, apolune_altitude_m: Any, *, steering: str = "tangential"
) -> tuple[float, Burn]:
    """The finite burn that brakes an arrival into an orbit of the given apolune; half of its time lies before perilune.

    Parameters
    ----------
    approach : Arrival
    mass_kg : float
        At ignition.
    engine : Engine
    apolune_altitude_m : float
        Wanted, over the sphere of `R_MOON`. Perilune comes out lower than that of the approach, the more so the longer
        the burn.
    steering : {"tangential", "fixed"}
        Against the velocity as it turns, or against the velocity at perilune.

    Returns
    -------
    ignition_s, burn
        Seconds from perilune, negative (``approach.state(ignition_s)`` is the state to light the engine at), and the `Burn`,
        with its timer one fifth behind.

    Raises
    ------
    LunarlabError
        The engine can't do it in one burn around perilune, or only by way of the ground: says how far below it.
    """
    if steering not in ("tangential", "fixed"):
        raise LunarlabError(f"steering is {steering!r}; allowed are tangential, fixed")
    mass = si(mass_kg, "kg", name="mass_kg", low=1e-3, high=1e9)
    target = R_MOON + si(apolune_altitude_m, "m", name="apolune_altitude_m", low=0.0, high=1e12)
    x, y, z = approach.motion_direction
    against = (-x, -y, -z) if steering == "fixed" else None

    too_weak = (
        f"an engine of {engine.thrust_N:g} N can't bring {mass:g} kg to an apolune of {(target - R_MOON) / 1e3:g} km "
        "in one burn around perilune"
    )

    def plan(dv: float) -> tuple[float, Burn]:
        seconds = engine.burn_time(mass, dv)
        return -0.5 * seconds, Burn(dv_mps=dv, timer_s=1.2 * seconds, steering=steering, direction=against)

    def miss(dv: float) -> float:
        ignition, burn = plan(dv)
        orbit = fly_burn(*approach.state(ignition), mass, engine, burn, mu=approach.mu, radius_m=0.5 * R_MOON).after
        return target * (1.0 - orbit.e) / orbit.p_m - 1.0  # apolune's inverse passes through zero where orbits open

    def find() -> float:
        """Secant method from the impulse on."""
        before = approach.capture_dv(max(target - R_MOON, approach.perilune_altitude_m))
        now = 1.01 * before
        miss_before, miss_now = miss(before), miss(now)
        for _ in range(30):
            if abs(miss_now) < 1e-12 or miss_now == miss_before:
                break
            step = -miss_now * (now - before) / (miss_now - miss_before)
            before, miss_before, now = now, miss_now, min(max(now + step, 0.5 * now), 1.5 * now)
            miss_now = miss(now)
        return now if abs(miss_now) < 1e-9 else math.nan

    try:
        found = find()
    except LunarlabError as error:  # beyond the propellant, or to a standstill
        raise LunarlabError(f"{too_weak}: {error}") from error
    if math.isnan(found):
        raise LunarlabError(f"{too_weak}; give it more thrust or a higher apolune")
    ignition, burn = plan(found)
    if approach.perilune_altitude_m > 0.0:  # so far the ground was not there
        flown = fly_burn(*approach.state(ignition), mass, engine, burn, mu=approach.mu)
        height, low = flown.perilune_altitude_m, float(np.min(np.linalg.norm(flown.r_mci, axis=1))) - R_MOON
        crashed = flown.verdict == "IMPACT" or height <= 0.0 or low <= 0.0
    else:
        height, crashed = approach.perilune_altitude_m, True
    if crashed:
        raise LunarlabError(
            f"{too_weak} without hitting the ground: perilune would be {height / 1e3:.1f} km high; give it more thrust, or an "
            "arrival with a higher perilune"
        )
    return ignition, burn
