"""The last hours of a landing, counted back from touchdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lunarlab.ephemeris import iso, tdb
from lunarlab.insertion.orbits import descent_orbit
from lunarlab.units import si


@dataclass(frozen=True)
class Timeline:
    """A descent counted back from touchdown; dates in s TDB."""

    doi_s: float
    """Descent-orbit insertion: the burn that lowers the perilune."""
    braking_s: float
    """Perilune, where the engines light."""
    touchdown_s: float
    coast_s: float
    """Half a revolution from the first to the second [s]."""
    doi_dv_mps: float
    perilune_speed_mps: float

    def __repr__(self) -> str:
        return (
            f"descent-orbit insertion {iso(self.doi_s)} ({self.doi_dv_mps:.1f} m/s), coast {self.coast_s / 60:.1f} min, "
            f"braking {iso(self.braking_s)} at {self.perilune_speed_mps:.0f} m/s, touchdown {iso(self.touchdown_s)}"
        )


def descent_timeline(
    touchdown: Any, *, altitude_m: Any = 100e3, perilune_altitude_m: Any = 15e3, braking_s: Any = 600.0
) -> Timeline:
    """Descent-orbit insertion, coast and braking for a touchdown at a date.

    Parameters
    ----------
    touchdown : date
    altitude_m : float
        Of the circular parking orbit.
    perilune_altitude_m : float
        Where braking begins.
    braking_s : float
        From there to the ground.
    """
    t = tdb(touchdown, "touchdown")
    braking = si(braking_s, "s", name="braking_s", low=0.0, high=1e5)
    down = descent_orbit(altitude_m, si(perilune_altitude_m, "m", name="perilune_altitude_m", low=0.0, high=1e7))
    light = t - braking
    return Timeline(light - down.coast_s, light, t, down.coast_s, down.dv_mps, down.perilune_speed_mps)
