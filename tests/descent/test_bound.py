"""No law beats the bound: every flight of a point mass burns more than the cheapest between the same two states."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent import guidance as g
from lunarlab.descent.braking import Gate, optimal_braking
from lunarlab.descent.guidance import Guidance
from lunarlab.descent.optimal import Problem, fuel_optimal
from tests.descent import pointmass as pm

ENGINE = pm.Engine()
BRAKING = {
    "e_guidance": {}, "apollo_quadratic": {}, "p63": {}, "fractional": {}, "fractional as E": {"fraction_k_r": 6.0},
    "zem_zev": {}, "zem_zev in haste": {"time_weight": 0.8},
}  # fmt: skip


@lru_cache(maxsize=32)
def flown(guidance: Guidance) -> pm.Path:
    return pm.fly(pm.start(759_600.0, 18e3, 1690.0, 20.0), ENGINE, guidance, until=g.TERMINAL)


def gate(path: pm.Path, i: int) -> Gate:
    axes, _, _, height = pm.local(path.r[i])
    forward, _, up = axes @ path.v[i]
    return Gate(height, forward, up)


@pytest.mark.parametrize("name", list(BRAKING))
def test_braking_is_within_a_tenth_of_the_bound_and_never_below_it(name: str) -> None:
    """The bound may wait for the best ignition and land anywhere along the track, at full thrust throughout."""
    path = flown(Guidance(law=name.split()[0], **BRAKING[name]))
    i = path.at(g.PITCH_UP)
    best = optimal_braking(
        gate(path, 0), gate(path, i), thrust_N=ENGINE.thrust_newton, isp_s=ENGINE.isp_s, mass_kg=ENGINE.mass_kg, coast_max_s=600.0
    )
    used = ENGINE.mass_kg - path.mass[i]
    assert 1.02 < used / best.propellant_kg < 1.10


@pytest.mark.parametrize(("approach", "most"), [("p64", 1.5), ("zem_zev", 1.2), ("fractional", 1.4)])
def test_no_approach_burns_less_than_the_convex_optimum(approach: str, most: float) -> None:
    path = flown(Guidance(law="p63", approach=approach, brake_end_distance_m=2200.0))
    i, j = path.at(g.PITCH_UP), path.at(g.TERMINAL)
    mass = float(path.mass[i])
    top = R_MOON + float(path.height[i])  # gravity at the top of the path: a little less than anywhere on it
    best = fuel_optimal(
        Problem(
            tuple(path.r[i]), tuple(path.v[i]), tuple(path.r[j]), tuple(path.v[j]), mass_kg=mass, dry_mass_kg=0.8 * mass,
            thrust_min_N=0.0, thrust_max_N=ENGINE.thrust_newton, isp_s=ENGINE.isp_s, gravity_mps2=MU_MOON / top**2,
        ),
        floor=True,
    )  # fmt: skip
    used = mass - float(path.mass[j])
    assert 1.02 * best.floor_kg < used < most * best.floor_kg
    assert np.isfinite(best.floor_kg)
