"""The cheapest vertical landing: as little thrust as the engine allows, then as much as it has (Meditch 1964).

Uniform gravity, one dimension, closed forms for either arc; what is left is one root for the moment of the switch. Meditch,
On the problem of optimal thrust programming for a lunar soft landing, IEEE Transactions on Automatic Control 9, 477.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from lunarlab.constants import G0
from lunarlab.errors import LunarlabError
from lunarlab.units import si


@dataclass(frozen=True)
class VerticalOptimum:
    """Least thrust until `switch_s`, full thrust from there on to rest on the ground."""

    switch_s: float
    ignition_height_m: float
    """Height at the switch."""
    ignition_speed_mps: float
    """Speed there, downwards."""
    burn_s: float
    """Duration of full thrust."""
    propellant_kg: float
    """Of both arcs."""
    dv_mps: float
    """Isp g0 ln(m0 / m1)."""

    @property
    def flight_time_s(self) -> float:
        """From the start to the ground [s]."""
        return self.switch_s + self.burn_s


def fall(
    height_m: float, descent_mps: float, mass_kg: float, thrust_N: float, exhaust_mps: float, gravity_mps2: float, t_s: float
) -> tuple[float, float, float]:
    """(height, descent speed, mass) after t_s of constant upward thrust, in closed form."""
    x = thrust_N / exhaust_mps * t_s / mass_kg  # part of the mass that is burnt
    # The integral of exhaust ln(m0 / m) is exhaust t times this; for little thrust, its series.
    part = 1.0 + (1.0 - x) * math.log1p(-x) / x if x > 1e-4 else x * (1.0 / 2.0 + x * (1.0 / 6.0 + x / 12.0))
    height = height_m - (descent_mps + 0.5 * gravity_mps2 * t_s) * t_s + exhaust_mps * t_s * part
    return height, descent_mps + gravity_mps2 * t_s + exhaust_mps * math.log1p(-x), mass_kg * (1.0 - x)


def vertical_optimum(
    height_m: Any,
    descent_mps: Any,
    mass_kg: Any,
    thrust_max_N: Any,
    isp_s: Any,
    *,
    thrust_min_N: Any = 0.0,
    gravity_mps2: Any = 1.622,
    dry_mass_kg: Any = 0.0,
) -> VerticalOptimum:
    """The vertical landing of least propellant, from a height over the ground to rest on it.

    Parameters
    ----------
    height_m, descent_mps, mass_kg : float
        At the start; the speed counts downwards.
    thrust_max_N, thrust_min_N, isp_s : float
        Of the engine; with `thrust_min_N` 0 it is off before the switch.
    gravity_mps2 : float
        Uniform.
    dry_mass_kg : float
        Mass without propellant.

    Raises
    ------
    LunarlabError
        It falls too fast to be stopped (with the height that full thrust needs), the smallest thrust stops it in the air,
        the thrust is too small, or the propellant does not suffice (with what is needed).
    """
    from scipy.optimize import brentq

    height = si(height_m, "m", name="height_m", low=1e-6, high=1e7)
    down = si(descent_mps, "m/s", name="descent_mps", low=-1e4, high=1e4)
    mass = si(mass_kg, "kg", name="mass_kg", low=1e-3, high=1e9)
    full = si(thrust_max_N, "N", name="thrust_max_N", low=1e-3, high=1e9)
    least = si(thrust_min_N, "N", name="thrust_min_N", low=0.0, high=full)
    exhaust = si(isp_s, "s", name="isp_s", low=10.0, high=1e5) * G0
    g = si(gravity_mps2, "m/s2", name="gravity_mps2", low=1e-6, high=100.0)
    dry = si(dry_mass_kg, "kg", name="dry_mass_kg", low=0.0, high=mass * (1.0 - 1e-9))

    def stop(t1: float) -> tuple[float, float, float]:
        """(height, mass) at rest after a switch at t1, and the duration of full thrust."""
        h, v, m = fall(height, down, mass, least, exhaust, g, t1)
        if v <= 0.0:
            return h, m, 0.0
        t2 = brentq(lambda t: fall(h, v, m, full, exhaust, g, t)[1], 0.0, m * exhaust / full * (1.0 - 1e-12), xtol=1e-13)
        end = fall(h, v, m, full, exhaust, g, t2)
        return end[0], end[2], t2

    if full <= dry * g:
        raise LunarlabError(
            f"thrust below weight: thrust_max_N is {full:g} N, and even without propellant the lander weighs {dry * g:.1f} N"
        )
    at_once = stop(0.0)[0]
    if at_once < 0.0:
        raise LunarlabError(
            f"it can't be stopped: from {height:g} m at {down:g} m/s downwards, full thrust ({full:g} N) comes to rest after "
            f"{height - at_once:.1f} m"
        )
    late = _ground(height, down, mass, least, exhaust, g)
    if late is None:
        raise LunarlabError(
            f"the minimum thrust is too large: at thrust_min_N = {least:g} N the lander of {mass * g:.0f} N weight does not "
            "come down"
        )
    # Once it climbs, a stop is where it stands; only falling can it be too late.
    t1 = brentq(lambda t: stop(t)[0], 0.0, late, xtol=1e-13)
    h, v, _ = fall(height, down, mass, least, exhaust, g, t1)
    _, end, t2 = stop(t1)
    if end < dry:
        raise LunarlabError(f"not enough propellant: the landing takes {mass - end:.1f} kg, {mass - dry:.1f} kg are aboard")
    return VerticalOptimum(t1, h, v, t2, mass - end, exhaust * math.log(mass / end))


def _ground(height: float, down: float, mass: float, thrust: float, exhaust: float, g: float) -> float | None:
    """When it hits the ground under constant thrust, to about a percent on the late side; None if thrust holds it up."""
    empty = mass * exhaust / thrust if thrust > 0.0 else math.inf
    t, before = 1e-3, down
    while t < empty:
        h, v, _ = fall(height, down, mass, thrust, exhaust, g, t)
        if h <= 0.0:
            return t
        if v < 0.0 and v < before:  # it climbs, ever faster
            return None
        t, before = 1.01 * t, v
    return None
