"""Is a filter as sure as it may be? Errors and innovations of many flights against the covariance that it claims.

The normalised estimation error squared (NEES) of a filter whose assumptions are those of the simulation is a chi-square
number with as many degrees of freedom as it has states; the normalised innovation squared (NIS) with as many as it tests
readings. Averages over flights lie in a narrow band (Bar-Shalom, Li & Kirubarajan, Estimation with Applications to
Tracking and Navigation, 2001, section 5.4). Above the band the filter is too sure of itself, below it is too careful.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lunarlab import units
from lunarlab.descent.campaign import flight_seed
from lunarlab.descent.flight import fly
from lunarlab.descent.scenario import Dispersions, Knowledge, Scenario
from lunarlab.descent.sixstate import nees

from lunarlab.descent.statistics import (  # isort: skip
    chi2_gate, clopper_pearson, kalman_steady, nees_band, rayleigh_radius, zero_failure_runs,
)
from lunarlab.descent.terrain import Terrain
from lunarlab.errors import LunarlabError

__all__ = [
    "Consistency", "chi2_gate", "clopper_pearson", "consistency", "kalman_steady", "matched", "nees", "nees_band",
    "rayleigh_radius", "zero_failure_runs",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Consistency:
    """Averages over the flights at every tick that all of them reached, and over all ticks."""

    runs: int
    dimension: int
    """States that the filter estimates: 6 in space, 4 in the plane, 2 for the vertical filter."""
    probability: float
    """Of each band."""
    t_s: np.ndarray
    """Time since the start of braking [s], shape (n,)."""
    nees: np.ndarray
    """Average over the flights, shape (n,)."""
    nees_band: tuple[float, float]
    """For the average of one tick. Ticks hang together, so that for `nees_mean` it is generous."""
    nees_mean: float
    """Average over flights and ticks."""
    nis: np.ndarray
    """Average per degree of freedom, shape (n,); nan where nothing was measured."""
    nis_band: tuple[np.ndarray, np.ndarray]
    """For each tick, two arrays of shape (n,)."""
    nis_mean: float
    nis_mean_band: tuple[float, float]
    """For the average over flights and ticks: the innovations of a matched filter are independent."""

    @property
    def nees_inside(self) -> float:
        """Share of the ticks (0 to 1) at which NEES lies in its band."""
        return float(np.mean((self.nees_band[0] <= self.nees) & (self.nees <= self.nees_band[1])))

    @property
    def nis_inside(self) -> float:
        """Share of the ticks with measurements at which NIS lies in its band."""
        there = np.isfinite(self.nis)
        low, high = self.nis_band
        return float(np.mean(((low <= self.nis) & (self.nis <= high))[there])) if there.any() else math.nan

    @property
    def consistent(self) -> bool:
        """Whether both averages over flights and ticks lie in their bands."""
        ok = self.nees_band[0] <= self.nees_mean <= self.nees_band[1]
        return bool(ok and self.nis_mean_band[0] <= self.nis_mean <= self.nis_mean_band[1])

    def __repr__(self) -> str:
        (low, high), (below, above) = self.nees_band, self.nis_mean_band
        return (
            f"Consistency of {self.runs} flights: NEES {self.nees_mean:.2f} against {low:.2f} to {high:.2f} "
            f"({100 * self.nees_inside:.0f} % of ticks inside), NIS {self.nis_mean:.4f} against {below:.4f} to {above:.4f} "
            f"({100 * self.nis_inside:.0f} % inside): {'consistent' if self.consistent else 'not consistent'}"
        )


def matched(scene: Scenario, *, velocity_noise_mps_sqrts: float | None = None) -> Scenario:
    """A scenario whose six-state filter assumes exactly what is simulated, so that it must be consistent.

    Flat ground; no faults; the flights differ by sensor noise and by the initial errors, which are drawn from the initial
    covariance (``scene.navigation.sigma_...``). The filter is told the noise of altimeters, velocimeter and IMU, and rejects
    nothing.

    Parameters
    ----------
    scene : Scenario
        Vehicle, orbit, guidance, sensors and initial covariance are taken from it.
    velocity_noise_mps_sqrts : float >= 0, optional
        Another velocity random walk of the IMU: with a very good one, process noise hardly matters.
    """
    noise = scene.imu.velocity_noise_mps_sqrts if velocity_noise_mps_sqrts is None else velocity_noise_mps_sqrts
    imu, n = replace(scene.imu, velocity_noise_mps_sqrts=noise), scene.navigation
    q = imu.velocity_noise_mps_sqrts**2
    return replace(
        scene,
        name=f"{scene.name}, matched",
        imu=imu,
        terrain=Terrain(),
        faults=(),
        knowledge=Knowledge(),
        dispersions=Dispersions(
            along_m=n.sigma_along_m, cross_m=n.sigma_cross_m, height_m=n.sigma_height_m, forward_mps=n.sigma_forward_mps,
            left_mps=n.sigma_left_mps, vertical_mps=n.sigma_speed_mps,
        ),
        navigation=replace(
            n, filter="six", policy="none", map=0, accel_noise=max(q, 1e-12), accel_noise_forward=q, accel_noise_left=q,
            range_noise_m=max(scene.altimeter.noise_m, 1e-3), range_noise_fraction=scene.altimeter.noise_fraction,
            range_2_noise_m=max(scene.altimeter_2.noise_m, 1e-3), range_2_noise_fraction=scene.altimeter_2.noise_fraction,
            terrain_noise_m=0.0, velocity_noise_mps=max(scene.velocimeter.noise_mps, 1e-3), fix_factor=1.0,
        ),
    )  # fmt: skip


def consistency(
    scene: Scenario,
    runs: int = 200,
    *,
    seed: int = 0,
    probability: float = 0.95,
    navigation: Callable[..., Any] | None = None,
    params: Any = None,
    workers: int | None = None,
) -> Consistency:
    """Fly a scenario many times and compare the errors of its filter with the covariance that it claims.

    Parameters
    ----------
    scene : Scenario
        `matched` makes one for which the filter must be consistent.
    runs : int >= 1
        Number of flights; flight k has the seed `lunarlab.descent.campaign.flight_seed(seed, k)`.
    seed : int >= 0
        Seed of the whole.
    probability : float
        Of the bands, between 0 and 1, both excluded.
    navigation, params
        As for `lunarlab.fly`. A filter of one's own keeps its covariance in `memory` from `SIX_P` on (variance zero for what
        it does not estimate) and notes `NIS` and `NIS_DOF`: see `lunarlab.descent.memory`.
    workers : int >= 1, optional
        Threads; by default one for each core.

    Returns
    -------
    Consistency

    Raises
    ------
    LunarlabError
        Wrong input; a flight that ended before its filter was called twice; a covariance that is not positive.
    """
    runs = int(units.si(runs, "", name="runs", low=1, high=1e6))
    workers = None if workers is None else int(units.si(workers, "", name="workers", low=1, high=1024))

    def one(k: int) -> np.ndarray:
        flight = fly(scene, navigation=navigation, params=params, seed=flight_seed(seed, k))
        powered = flight.si["phase"] > 0
        columns = [flight.si[name][powered][:-1] for name in ("nav_nees", "nav_nis", "nav_dof")]  # the last is at contact
        if columns[0].size < 2:
            raise LunarlabError(f"flight {k} ended before its filter had anything to show: {flight.verdict.value}")
        return np.array(columns)

    first = one(0)  # loads the compiled code once, before the threads ask for it together
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        table = [first, *pool.map(one, range(1, runs))]
    ticks = min(columns.shape[1] for columns in table)
    errors, innovations, dof = np.moveaxis(np.array([columns[:, :ticks] for columns in table]), 1, 0)
    if not np.isfinite(errors).all():
        raise LunarlabError("the filter's covariance is not positive at some tick, so that its errors can't be judged by it")
    total, squared = dof.sum(axis=0), np.nansum(innovations, axis=0)
    measured = total > 0
    nis, low, high = (np.full(ticks, np.nan) for _ in range(3))
    nis[measured] = squared[measured] / total[measured]
    for count in np.unique(total[measured]):
        low[total == count], high[total == count] = nees_band(int(count), 1, probability)
    every, dimension, nis_mean, nis_mean_band = int(total.sum()), _dimension(scene), math.nan, (math.nan, math.nan)
    if every > 0:
        nis_mean, nis_mean_band = float(squared.sum() / every), nees_band(every, 1, probability)
    return Consistency(
        runs, dimension, probability, np.arange(ticks) * scene.clock.tick_s, errors.mean(axis=0),
        nees_band(runs, dimension, probability), float(errors.mean()), nis, (low, high), nis_mean, nis_mean_band,
    )  # fmt: skip


def _dimension(scene: Scenario) -> int:
    """States with an uncertainty."""
    if scene.navigation.filter == "vertical":
        return 2
    return sum(sigma > 0.0 for sigma in scene.navigation.start_sigmas(scene.site.dimensions == 3.0))
