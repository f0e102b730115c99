"""No law beats the optimum: flown in the library, by a point mass, and over flat ground, each between its own two ends.

The bounds are tested elsewhere (test_optimal, test_braking). Here a flight that needs less than they allow would mean that
mass, thrust or gravity are wrong somewhere. Each comparison is also made with an engine that is better than it claims, and
must then find the fraud.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.descent import guidance as g
from lunarlab.descent import laws, scenario
from lunarlab.descent.braking import State, optimal_braking
from lunarlab.descent.optimal import Problem, Solver
from tests.descent import pointmass

ISP = 310.0
SCENE = ll.case("nominal-mare").scenario
SCENE = replace(SCENE, vehicle=replace(SCENE.vehicle, main_isp_s=ISP, assist_isp_s=ISP))
THRUST = SCENE.vehicle.main_thrust_N + SCENE.vehicle.assist_thrust_N
PLANS = [(law, "pitch_up") for law in g.LAWS] + [("e_guidance", approach) for approach in g.APPROACHES if approach != "pitch_up"]
SOLVER = Solver(60)


def planned(law: str, approach: str) -> g.Guidance:
    return replace(SCENE.guidance, law=law, approach=approach)


def excess(first: State, last: State, burnt: float, *, mass: float, isp: float, thrust: float, radius: float) -> float:
    """Propellant beyond the cheapest full burn between two states, as a part of it; ignition may wait, if that is cheaper."""
    best = optimal_braking(first, last, thrust_N=thrust, isp_s=isp, mass_kg=mass, coast_max_s=300.0, radius_m=radius)
    return burnt / best.propellant_kg - 1.0


def library_excess(scene: scenario.Scenario, seed: int | None) -> tuple[float, float]:
    """(for the braking phase, for all of the descent) of a flight with `fly`, held against an Isp of ISP."""
    flight = ll.fly(scene, seed=seed)
    si, phase = flight.si, flight.si["phase"]
    radius = float(scenario.pack(scene, seed)[0].radius)
    rows = [int(np.argmax(phase >= g.BRAKE)), int(np.argmax(phase >= g.PITCH_UP)), len(phase) - 1]
    assert rows[1] > rows[0] + 1000 and flight.touchdown is not None
    states = [State(si["true_height"][i], si["true_forward_speed"][i], si["true_vertical_speed"][i]) for i in rows]
    mass = si["true_mass"][rows]
    engine = {"mass": mass[0], "isp": ISP, "thrust": THRUST, "radius": radius}
    return tuple(excess(states[0], states[i], mass[0] - mass[i], **engine) for i in (1, 2))


@pytest.mark.parametrize(("law", "approach"), PLANS)
def test_in_the_library(law: str, approach: str) -> None:
    scene = replace(SCENE, guidance=planned(law, approach))
    braking, whole = library_excess(scene, None)
    assert 0.0 < braking < 0.12 and 0.04 < whole < 0.2


def test_in_the_library_with_noise() -> None:
    """A flight is held against its own ends, wherever noise has led it, and against the mass that it had."""
    v = SCENE.vehicle
    still = replace(SCENE.dispersions, isp_fraction=0.0, thrust_fraction=0.0)
    for seed in range(3):
        assert min(library_excess(replace(SCENE, dispersions=still, vehicle=v), seed)) > 0.0


def test_a_better_engine_than_it_claims_is_found_in_the_library() -> None:
    v = replace(SCENE.vehicle, main_isp_s=1.15 * ISP, assist_isp_s=1.15 * ISP)
    braking, whole = library_excess(replace(SCENE, vehicle=v, guidance=planned("p63", "p64")), None)
    assert braking < 0.0 and whole < 0.0


# a point mass around a round Moon, guided by the truth

ENGINE = pointmass.Engine()


def point_mass(law: str, approach: str, engine: pointmass.Engine = ENGINE) -> pointmass.Path:
    return pointmass.fly(pointmass.start(605e3, 25e3, 1683.7, 20.0), engine, planned(law, approach), tick=1.0)


def state_at(path: pointmass.Path, i: int) -> State:
    axes, _, _, height = pointmass.local(path.r[i])
    forward, left, up = axes @ path.v[i]
    assert abs(left) < 1e-6
    return State(height, forward, up)


def point_mass_excess(path: pointmass.Path) -> tuple[float, float]:
    engine = {"mass": ENGINE.mass_kg, "isp": ENGINE.isp_s, "thrust": ENGINE.thrust_newton, "radius": R_MOON}
    rows = path.at(g.PITCH_UP), len(path.t) - 1
    return tuple(excess(state_at(path, 0), state_at(path, i), path.mass[0] - path.mass[i], **engine) for i in rows)


@pytest.mark.parametrize(("law", "approach"), PLANS)
def test_as_a_point_mass(law: str, approach: str) -> None:
    braking, whole = point_mass_excess(point_mass(law, approach))
    assert 0.0 < braking < 0.15 and 0.03 < whole < 0.2


BRAKING = {
    "e_guidance": {}, "apollo_quadratic": {}, "p63": {}, "fractional": {}, "fractional as E": {"fraction_k_r": 6.0},
    "zem_zev": {}, "zem_zev in haste": {"time_weight": 0.8},
}  # fmt: skip


@lru_cache(maxsize=32)
def flown(guidance: g.Guidance) -> pointmass.Path:
    return pointmass.fly(pointmass.start(759_600.0, 18e3, 1690.0, 20.0), ENGINE, guidance, until=g.TERMINAL)


@pytest.mark.parametrize("name", list(BRAKING))
def test_braking_is_within_a_tenth_of_the_bound_and_never_below_it(name: str) -> None:
    """The bound may wait for the best ignition and land anywhere along the track, at full thrust throughout."""
    path = flown(g.Guidance(law=name.split()[0], **BRAKING[name]))
    assert 0.02 < point_mass_excess(path)[0] < 0.10


@pytest.mark.parametrize(("approach", "most"), [("pitch_up", 2.0), ("p64", 1.5), ("zem_zev", 1.2), ("fractional", 1.4)])
def test_no_approach_burns_less_than_the_convex_optimum(approach: str, most: float) -> None:
    """Over a plane, with the gravity at the top less the centrifugal acceleration of the fastest moment: there is no less."""
    path = flown(g.Guidance(law="p63", approach=approach, brake_end_distance_m=2200.0))
    i, j = path.at(g.PITCH_UP), path.at(g.TERMINAL)
    mass, speed = float(path.mass[i]), float(np.linalg.norm(path.v[i:], axis=1).max())
    p = Problem(
        tuple(path.r[i]), tuple(path.v[i]), tuple(path.r[j]), tuple(path.v[j]), mass_kg=mass, dry_mass_kg=0.8 * mass,
        thrust_min_N=0.0, thrust_max_N=ENGINE.thrust_newton, isp_s=ENGINE.isp_s, above_ground=False,
        gravity_mps2=MU_MOON / (R_MOON + path.height[i]) ** 2 - speed**2 / R_MOON,
    )  # fmt: skip
    least = SOLVER.optimum(p, floor=True).floor_kg
    assert 1.02 * least < mass - float(path.mass[j]) < most * least


def test_a_better_engine_than_it_claims_is_found_in_a_point_mass() -> None:
    fraud = point_mass("e_guidance", "zem_zev", replace(ENGINE, isp_s=1.08 * ENGINE.isp_s))
    assert max(point_mass_excess(fraud)) < 0.0


# published laws, flown in the optimum's own model: a plane, uniform gravity

FLAT = Problem(thrust_min_N=0.0)
GRAVITY = np.array([0.0, 0.0, -FLAT.gravity_mps2])

Law = Callable[[np.ndarray, np.ndarray, float], list[float]]
"""(position, velocity, time to go) to thrust acceleration; the target is the origin, at rest."""

FLOWN: dict[str, Law] = {
    "e_guidance": lambda r, v, t: [laws.e_guidance(-r[i], v[i], 0.0, t) - GRAVITY[i] for i in range(3)],
    "quadratic": lambda r, v, t: [laws.quadratic(-r[i], v[i], 0.0, 0.2 * (i == 2), t) - GRAVITY[i] for i in range(3)],
    "fractional": lambda r, v, t: [laws.fractional(-r[i], v[i], 0.0, 0.1 * (i == 2), t, 0.5, 7.0) - GRAVITY[i] for i in range(3)],
    "zem_zev": lambda r, v, t: [
        laws.zem_zev(laws.zem(-r[i], v[i], GRAVITY[i], t), laws.zev(v[i], 0.0, GRAVITY[i], t), t) for i in range(3)
    ],
    "gravity_turn": lambda r, v, t: list(laws.gravity_turn(*v, r[2], FLAT.gravity_mps2)),
    "rate_of_descent": lambda r, v, t: list(laws.rate_of_descent(*v, 20.0, FLAT.gravity_mps2, 5.0, 0.5)),
}


def flat_flight(law: Law, seconds: float, isp: float, step: float = 0.05) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Position, velocity, propellant and time when the law has a second to go, or the lander is at the ground."""
    r, v, mass, t = np.array(FLAT.r_m), np.array(FLAT.v_mps), FLAT.mass_kg, 0.0
    while t < seconds - 1.0 and r[2] > 0.5:
        a = np.array(law(r, v, seconds - t))
        size = float(np.linalg.norm(a))
        a *= min(1.0, FLAT.thrust_max_N / mass / size)
        # Thrust acceleration is held over the step, as in the optimum: closed forms for all three.
        r, v = r + step * v + 0.5 * step**2 * (a + GRAVITY), v + step * (a + GRAVITY)
        mass *= math.exp(-float(np.linalg.norm(a)) * step / (isp * G0))
        t += step
    return r, v, FLAT.mass_kg - mass, t


def flat_excess(law: Law, seconds: float, isp: float, *, free: bool = False) -> float:
    """Propellant beyond the floor of flights of the same duration, or with `free` of any, as a part of it."""
    r, v, burnt, t = flat_flight(law, seconds, isp)
    p = replace(FLAT, target_r_m=tuple(r), target_v_mps=tuple(v), above_ground=False)
    return burnt / SOLVER.optimum(p, None if free else t, floor=True).floor_kg - 1.0


@pytest.mark.parametrize("name", FLOWN)
def test_over_flat_ground(name: str) -> None:
    law = FLOWN[name]
    # Some are within 1e-5 of the floor: E-guidance where the best thrust is nearly constant, P66 where its direction is.
    least = -1e-6
    assert least < flat_excess(law, 62.0, FLAT.isp_s) < 1.5
    same, free = (flat_excess(law, 80.0, FLAT.isp_s, free=free) for free in (False, True))
    assert least < same < free + 1e-9 and free < 1.5


def test_a_better_engine_than_it_claims_is_found_over_flat_ground() -> None:
    assert flat_excess(FLOWN["zem_zev"], 80.0, 1.002 * FLAT.isp_s) < -1e-3
