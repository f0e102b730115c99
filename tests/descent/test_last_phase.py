"""The bound of a flight's last phase: the right problem, below every law, and found again from nearby."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from lunarlab.cases import loader
from lunarlab.constants import R_MOON
from lunarlab.descent import bound
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.optimal import Solver, fuel_optimal
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.touchdown import Verdict
from lunarlab.errors import LunarlabError

BASE: Scenario = loader.case("nominal-mare").scenario
NODES = 25


def with_law(law: str, approach: str, **site: Any) -> Scenario:
    scene = dataclasses.replace(BASE, guidance=dataclasses.replace(BASE.guidance, law=law, approach=approach))
    if not site:
        return scene
    return dataclasses.replace(
        scene, site=dataclasses.replace(BASE.site, dimensions=3.0, **site), navigation=dataclasses.replace(BASE.navigation, filter="six")
    )


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(NODES)


@pytest.fixture(scope="module")
def plain() -> Flight:
    return fly(BASE, seed=None)


@pytest.fixture(scope="module")
def sideways() -> tuple[Scenario, Flight]:
    scene = with_law("p63", "zem_zev", cross_track_m=900.0, latitude_deg=40.0, heading_deg=200.0)
    return scene, fly(scene, seed=None)


def test_axes_of_the_site_keep_lengths_and_speeds(sideways: tuple[Scenario, Flight]) -> None:
    scene, flight = sideways
    r, v = bound.site_axes(flight, scene)
    radius = R_MOON + bound.datum_m(scene)
    si = flight.si
    np.testing.assert_allclose(np.linalg.norm(r + np.array([0.0, 0.0, radius]), axis=1), radius + si["true_height"], rtol=1e-12)
    speed = np.sqrt(si["true_forward_speed"] ** 2 + si["true_left_speed"] ** 2 + si["true_vertical_speed"] ** 2)
    np.testing.assert_allclose(np.linalg.norm(v, axis=1), speed, rtol=1e-12)
    # Velocity is the rate of position: central differences where the rows lie a tenth of a second apart.
    powered = np.flatnonzero(np.abs(np.diff(si["t"]) - 0.1) < 1e-6)[100:-100:50]
    t = si["t"]
    slope = (r[powered + 1] - r[powered - 1]) / (t[powered + 1] - t[powered - 1])[:, None]
    np.testing.assert_allclose(slope, v[powered], atol=0.02)
    near = np.abs(si["true_distance"]) < 500.0  # close to the target both frames agree
    np.testing.assert_allclose(r[near, 0], -si["true_distance"][near], atol=2.0)
    np.testing.assert_allclose(r[near, 1], si["true_cross"][near], atol=2.0)
    np.testing.assert_allclose(r[near, 2], si["true_height"][near], atol=0.1)


def test_the_problem_is_that_of_the_flight(plain: Flight) -> None:
    problem = bound.last_phase(plain, BASE)
    gate, contact = plain.event("brake_end"), plain.touchdown
    assert gate is not None
    assert contact is not None
    assert problem.r_m[2] == pytest.approx(gate.altitude_m, abs=2.0)
    assert problem.r_m[0] == pytest.approx(-gate.distance_m, abs=3.0)
    assert problem.v_mps[2] == pytest.approx(gate.vertical_mps, abs=0.2)
    assert problem.target_r_m[0] == pytest.approx(contact.miss_m, abs=0.1)
    assert problem.target_v_mps[2] == pytest.approx(-contact.vertical_mps, abs=1e-3)
    assert problem.mass_kg - BASE.vehicle.dry_mass_kg > contact.propellant_left_kg
    assert problem.thrust_max_N == 1600.0
    assert problem.thrust_min_N == 0.0
    assert problem.isp_s == 320.0  # the better of 320 and 290 s
    assert problem.gravity_mps2 == pytest.approx(1.619, abs=0.001)  # GM / r^2, 3 km up


@pytest.mark.parametrize(("law", "approach"), [("e_guidance", "pitch_up"), ("p63", "p64"), ("zem_zev", "zem_zev"), ("fractional", "fractional")])
def test_no_law_burns_less(law: str, approach: str, solver: Solver) -> None:
    scene = with_law(law, approach)
    flight = fly(scene, seed=None)
    assert flight.landed
    found = [bound.against(flight, optimum, refined=refined) for optimum, refined in bound.track(solver, bound.last_phase(flight, scene), 55.0)]
    best = found[-1]
    assert best.refined
    assert 0.0 < best.over_kg < best.burnt_kg
    assert best.over_fraction == pytest.approx(best.over_kg / best.optimum.propellant_kg)
    assert best.optimum.propellant_kg <= found[0].optimum.propellant_kg * (1.0 + 1e-6)
    assert not found[0].refined
    assert found[0].optimum.solves == 1


def test_across_the_track_too(sideways: tuple[Scenario, Flight], solver: Solver) -> None:
    scene, flight = sideways
    problem = bound.last_phase(flight, scene)
    optimum, _ = list(bound.track(solver, problem, 55.0))[-1]
    miss, slip, _ = optimum.flown
    assert miss < 0.5
    assert slip < 0.05
    assert bound.against(flight, optimum).over_kg > 0.0


def test_tracking_finds_what_a_search_finds(plain: Flight, solver: Solver) -> None:
    problem = bound.last_phase(plain, BASE)
    free = fuel_optimal(problem, nodes=NODES)
    for near in (0.8 * free.flight_time_s, free.flight_time_s, 1.3 * free.flight_time_s):
        *_, (optimum, refined) = bound.track(solver, problem, near)
        assert refined
        assert optimum.propellant_kg == pytest.approx(free.propellant_kg, rel=2e-4)
    first, *rest = bound.track(solver, problem, None)
    assert first[1]
    assert not rest
    assert first[0].propellant_kg == pytest.approx(free.propellant_kg, rel=1e-6)


def test_a_hopeless_flight_time_is_forgotten(plain: Flight, solver: Solver) -> None:
    (optimum, refined), *_ = bound.track(solver, bound.last_phase(plain, BASE), 3.0)
    assert refined
    assert optimum.flight_time_s > 30.0


def test_what_cannot_be_reached_is_said(plain: Flight, solver: Solver) -> None:
    with pytest.raises(LunarlabError, match=r"glide slope: the start lies at 6\d\.\d+ deg .* 75 deg"):
        list(bound.track(solver, bound.last_phase(plain, BASE, glide_slope_deg=75.0), 55.0))


def test_a_crash_is_compared_with_nothing(solver: Solver) -> None:
    scene = loader.case("hakuto-r-m1").scenario
    flight = fly(scene, seed=0)
    assert flight.verdict is Verdict.PROPELLANT_OUT
    problem = bound.last_phase(flight, scene)
    assert problem.target_r_m[:2] == (0.0, 0.0)
    assert problem.target_r_m[2] == pytest.approx(float(np.interp(0.0, *flight.ground)))  # the crater's floor
    assert problem.target_r_m[2] < -1000.0
    assert problem.target_v_mps == (0.0, 0.0, -scene.guidance.contact_speed_mps)
    optimum, _ = next(iter(bound.track(solver, problem, 100.0)))
    assert math.isnan(bound.against(flight, optimum).over_kg)


def test_without_a_high_gate_there_is_no_bound() -> None:
    scene = dataclasses.replace(BASE, clock=dataclasses.replace(BASE.clock, powered_max_s=60.0))
    flight = fly(scene, seed=None)
    assert flight.event("brake_end") is None
    with pytest.raises(LunarlabError, match="did not come to the end of its braking"):
        bound.last_phase(flight, scene)
    with pytest.raises(LunarlabError, match="no bound"):
        bound.last_phase(fly(BASE, seed=None, record=False), BASE)
