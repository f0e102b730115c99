"""The fuel-optimal descent: reference cases, bounds from above and below, Lawden's and Meditch's theory, refusals."""

from __future__ import annotations

import math
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from lunarlab.constants import G0
from lunarlab.descent.optimal import Optimum, Problem, Solver, fuel_optimal
from lunarlab.descent.vertical import vertical_optimum
from lunarlab.errors import LunarlabError

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area4.toml").read_text(encoding="utf-8"))


def forward_left_up(row: list[float]) -> tuple[float, float, float]:
    """The cases count altitude first. Which of the others is called forward does not matter."""
    return row[1], row[2], row[0]


def problem(name: str) -> Problem:
    case = CASES[name]["inputs"]
    lean = math.cos(math.radians(case.get("cant", 0.0)))  # engines that are canted outwards lose thrust, not propellant
    low, high = case.get("T_bounds") or (x * case["T_max_total"] * lean for x in case["throttle"])
    return Problem(
        forward_left_up(case["r0"]), forward_left_up(case["v0"]), mass_kg=case["m0"], dry_mass_kg=case["m_dry"],
        thrust_min_N=low, thrust_max_N=high, isp_s=case["isp"] * lean * case["g0"] / G0, gravity_mps2=-case["g"][0],
        above_ground="constraint" in case,
    )  # fmt: skip


MARS, MOON = problem("CVX-01"), problem("CVX-04")


def check(best: Optimum, corners: float = 5e-4) -> None:
    """What every optimum must satisfy. A lander that turns over, also at a node, cuts a corner, and burns less there."""
    p = best.problem
    size = np.linalg.norm(best.thrust_N, axis=1)
    turn = int(np.argmin(size))
    if 0 < turn < len(size) - 1 and np.dot(best.thrust_N[turn - 1], best.thrust_N[turn + 1]) < 0.0:
        size = np.delete(size, turn)
    else:
        assert best.gap < 1e-3
    assert size.min() > p.thrust_min_N * (1.0 - 2e-4) - 1e-3 * p.thrust_max_N * (p.thrust_min_N == 0.0)
    assert size.max() < p.thrust_max_N * (1.0 + 1e-5)
    # Between nodes the acceleration is linear and mass nearly so: the upper bound holds there, too.
    middle = np.linalg.norm(best.accel_mps2[1:] + best.accel_mps2[:-1], axis=1) * (best.mass_kg[1:] + best.mass_kg[:-1]) / 4.0
    assert middle.max() < p.thrust_max_N * (1.0 + 1e-4)
    assert np.all(np.diff(best.mass_kg) < 1e-6 * p.mass_kg) and best.mass_kg[-1] > p.dry_mass_kg * (1.0 - 1e-9)
    if p.above_ground:
        away = best.r_m[1:-1] - p.target_r_m
        slope = math.tan(math.radians(p.glide_slope_deg))
        assert np.all(away[:, 2] > slope * np.hypot(away[:, 0], away[:, 1]) - 1e-3)
    size = np.linalg.norm(best.thrust_N, axis=1)
    tilt = np.degrees(np.arctan2(np.hypot(best.thrust_N[:, 0], best.thrust_N[:, 1]), best.thrust_N[:, 2]))
    assert np.all((tilt < p.tilt_max_deg + 0.01) | (size < 1e-3 * p.thrust_max_N))
    assert best.dv_mps == pytest.approx(p.isp_s * G0 * math.log(p.mass_kg / (p.mass_kg - best.propellant_kg)), rel=1e-9)
    miss, slip, burnt = best.flown
    assert miss < 1e-3 and slip < 1e-5 and -1e-6 < 1.0 - burnt / best.propellant_kg < corners


def test_mars_without_ground() -> None:
    case = CASES["CVX-01"]
    want, allowed = case["expected"], case["tolerance"]
    nodes = round(case["inputs"]["tf"] / case["inputs"]["dt"]) + 1
    best = fuel_optimal(MARS, case["inputs"]["tf"], nodes=nodes, floor=True)
    check(best)
    assert best.propellant_kg == pytest.approx(want["fuel"], abs=allowed["fuel"])
    assert best.propellant_kg == pytest.approx(want["published"], abs=allowed["published"])
    assert best.gap <= want["relaxation_gap"] + allowed["gap"]
    assert best.floor_kg < best.propellant_kg < best.floor_kg * (1.0 + 5e-4)
    # Full, least, full thrust; an interval that a switch falls into may hold one node between the two.
    full, least = best.throttle > 0.999, best.throttle < MARS.thrust_min_N / MARS.thrust_max_N + 1e-3
    assert np.sum(~full & ~least) <= 2
    changes = np.flatnonzero(np.diff(full[full | least].astype(int)))
    assert full[0] and full[-1] and len(changes) == 2
    free = fuel_optimal(MARS, nodes=nodes)
    assert free.flight_time_s == pytest.approx(want["optimal_tf"], abs=allowed["optimal_tf"])
    assert free.propellant_kg < best.propellant_kg + 1e-6


def test_mars_above_ground() -> None:
    case = CASES["CVX-02"]
    want, allowed = case["expected"], case["tolerance"]
    best, free = (fuel_optimal(problem("CVX-02"), tf, nodes=76) for tf in (case["inputs"]["tf"], None))
    check(best)
    assert best.propellant_kg == pytest.approx(want["fuel"], abs=allowed["fuel"])
    assert free.flight_time_s == pytest.approx(want["optimal_tf"], abs=allowed["optimal_tf"])
    under = fuel_optimal(replace(problem("CVX-02"), above_ground=False), 75.0, nodes=76)
    assert under.r_m[:, 2].min() < -1.0 and under.propellant_kg < best.propellant_kg - 0.1


def test_moon() -> None:
    case = CASES["CVX-04"]
    want, allowed = case["expected"], case["tolerance"]
    best, free = (fuel_optimal(MOON, tf, nodes=61, floor=True) for tf in (case["inputs"]["tf"], None))
    for one in (best, free):
        check(one)
        assert one.floor_kg < one.propellant_kg < one.floor_kg * (1.0 + 3e-4)
    assert best.propellant_kg == pytest.approx(want["fuel"], abs=allowed["fuel"])
    assert free.propellant_kg == pytest.approx(want["free_time_fuel"], abs=allowed["free"])
    assert free.flight_time_s == pytest.approx(want["free_time"], abs=allowed["free_tf"])
    times = [fuel_optimal(MOON, t, nodes=61).propellant_kg for t in np.linspace(55.5, 62.0, 27)]
    assert free.propellant_kg < min(times) + 1e-3
    assert "80.22 kg in 70.00 s" in repr(best)


@pytest.mark.parametrize(("p", "tf"), [(MARS, 72.0), (MOON, 57.0)])
def test_grids_close_in_from_both_sides(p: Problem, tf: float) -> None:
    """What can be flown falls with the number of nodes, the floor rises, and every floor lies below every flight."""
    grids = [fuel_optimal(p, tf, nodes=nodes, floor=True) for nodes in (16, 31, 61, 121)]
    fuel, floor = [one.propellant_kg for one in grids], [one.floor_kg for one in grids]
    noise = 1e-6 * fuel[-1]
    assert np.all(np.diff(fuel) < noise) and np.all(np.diff(floor) > -noise)
    assert max(floor) < min(fuel)
    assert fuel[-1] - floor[-1] < 0.6 * (fuel[-2] - floor[-2])


def test_thrust_follows_the_primer() -> None:
    """Without limits on the path the direction of thrust is that of a vector that moves along a straight line (Lawden)."""
    best = fuel_optimal(MARS, 72.0, nodes=121)
    x, z, t = best.accel_mps2[:, 1], best.accel_mps2[:, 2], best.t_s / 72.0
    rows = np.stack([z, z * t, -x, -x * t], axis=1) / np.hypot(x, z)[:, None]  # x / z = (a + b t) / (c + d t)
    values = np.linalg.svd(rows)[1]
    assert values[3] < 1e-3 * values[2]


@pytest.mark.parametrize("case", [CASES["VRT-01"], CASES["VRT-02"]])
def test_straight_down_it_is_meditch(case: dict[str, Any]) -> None:
    given_, want = case["inputs"], case["expected"]["propellant"]
    p = Problem((0, 0, given_["h0"]), (0, 0, -given_["descent_rate0"]), mass_kg=given_["m0"], dry_mass_kg=0.7 * given_["m0"],
                thrust_min_N=given_["T_min"], thrust_max_N=given_["T_max"], isp_s=given_["isp"], gravity_mps2=given_["g"])  # fmt: skip
    best = fuel_optimal(p, floor=True)
    assert best.floor_kg < want < best.propellant_kg * (1.0 + 1e-6)
    assert best.propellant_kg == pytest.approx(want, rel=5e-4)
    fixed = fuel_optimal(p, case["expected"]["switch_time"] + case["expected"]["burn_time"] + 0.05, floor=True)
    assert fixed.floor_kg > want


def test_upright_with_a_least_thrust_it_is_meditch_too() -> None:
    """An engine that can't be turned over falls at its least thrust before it brakes."""
    p = Problem((0, 0, 500), (0, 0, -10), mass_kg=1000.0, dry_mass_kg=700.0, thrust_min_N=1000.0, thrust_max_N=3200.0,
                tilt_max_deg=2.0)  # fmt: skip
    want = vertical_optimum(500, 10, 1000, 3200, 310, thrust_min_N=1000.0).propellant_kg
    tf = vertical_optimum(500, 10, 1000, 3200, 310, thrust_min_N=1000.0).flight_time_s
    assert fuel_optimal(p).propellant_kg == pytest.approx(want, rel=1e-3)
    assert fuel_optimal(replace(p, tilt_max_deg=180.0)).propellant_kg < want - 0.1
    assert fuel_optimal(p).flight_time_s == pytest.approx(tf, rel=2e-3)


def test_mirrored_cross_range_mirrors_the_controls() -> None:
    mirror = np.array([1.0, -1.0, 1.0])
    p = replace(MOON, glide_slope_deg=20.0)
    other = replace(p, r_m=tuple(mirror * p.r_m), v_mps=tuple(mirror * p.v_mps))
    one, two = fuel_optimal(p, 60.0), fuel_optimal(other, 60.0)
    assert two.propellant_kg == pytest.approx(one.propellant_kg, rel=1e-7)
    assert two.thrust_N * mirror == pytest.approx(one.thrust_N, abs=1e-3 * p.thrust_max_N)
    assert two.r_m * mirror == pytest.approx(one.r_m, abs=0.1)


def test_limits_cost_propellant_and_hold() -> None:
    free = fuel_optimal(MOON, 60.0)
    tilted, steep = (fuel_optimal(replace(MOON, **limit), 60.0) for limit in ({"tilt_max_deg": 35.0}, {"glide_slope_deg": 30.0}))
    for one in (tilted, steep):
        check(one)
        assert one.propellant_kg > free.propellant_kg + 0.003
    moved = replace(MOON, r_m=tuple(np.add(MOON.r_m, (500.0, 70.0, -30.0))), target_r_m=(500.0, 70.0, -30.0))
    assert fuel_optimal(moved, 60.0).propellant_kg == pytest.approx(free.propellant_kg, rel=1e-7)
    gate = replace(MOON, target_r_m=(-200.0, 0.0, 400.0), target_v_mps=(20.0, 0.0, -15.0))
    arrived = fuel_optimal(gate)
    check(arrived)
    assert (*arrived.r_m[-1], *arrived.v_mps[-1]) == pytest.approx((-200.0, 0.0, 400.0, 20.0, 0.0, -15.0), abs=1e-5)


@settings(max_examples=8, phases=[Phase.generate])
@given(
    st.floats(0.0, 4000.0), st.floats(-500.0, 500.0), st.floats(300.0, 3000.0), st.floats(-20.0, 80.0), st.floats(-40.0, 5.0),
    st.floats(2.0, 4.0), st.floats(0.0, 0.5), st.floats(2.0, 5.0), st.sampled_from([1.622, 3.71]),
)  # fmt: skip
def test_any_landing(
    way: float, left: float, height: float, forward: float, up: float, push: float, least: float, scale: float, gravity: float
) -> None:
    """Landers from 0.1 to 100 t: flyable, lossless, near their floor; and no time beside the best one is cheaper."""
    assume(up > 0.0 or up**2 < 2.0 * 0.7 * height * (push - 1.0) * gravity)  # straight down it could stop above the ground
    mass = 10.0**scale
    full = push * gravity * mass
    p = Problem((-way, left, height), (forward, 0.0, up), mass_kg=mass, dry_mass_kg=0.5 * mass, thrust_min_N=least * full,
                thrust_max_N=full, isp_s=300.0, gravity_mps2=gravity)  # fmt: skip
    best = fuel_optimal(p, nodes=31, floor=True)
    check(best, corners=1.0 / 30.0)  # a turn costs at most what the engine gives in one interval
    assert 0.99 < best.floor_kg / best.propellant_kg < 1.0 + 1e-6
    for factor in (0.9, 1.1):
        try:
            beside = fuel_optimal(p, best.flight_time_s * factor, nodes=31)
        except LunarlabError:
            continue
        assert beside.propellant_kg > best.propellant_kg * (1.0 - 1e-5)


# what can't be flown says why


@pytest.mark.parametrize(
    ("change", "tf", "words"),
    [
        ({}, 30.0, "flight time too short: flight_time_s is 30 s; with thrust_max_N = 4500 N the landing takes 55."),
        ({}, 1300.0, "flight time too long for the minimum thrust: at 1000 N the propellant of 400.0 kg lasts for 1216.0 s"),
        ({"thrust_min_N": 4000.0}, 130.0, "flight time too long for the minimum thrust: flight_time_s is 130 s, best are 57.2 s"),
        ({"dry_mass_kg": 1440.0}, 70.0, "not enough propellant: the landing takes 80.2 kg in 70 s, 60.0 kg are aboard"),
        ({"dry_mass_kg": 1440.0}, None, "not enough propellant: the landing takes 72.6 kg at any flight time, 60.0 kg are aboard"),
        ({"thrust_max_N": 1700.0}, None, "thrust below weight: thrust_max_N is 1700 N, and even without propellant the lander weighs 1784"),
        ({"thrust_max_N": 2000.0}, None, "the maximum thrust is too small: thrust_max_N is 2000 N; 3"),
        ({"glide_slope_deg": 40.0}, None, "unreachable glide slope: the start lies at 30.78 deg over the target's horizon, allowed are 40"),
        ({"glide_slope_deg": 30.7, "v_mps": (65.0, -8.0, -60.0)}, 75.0, "unreachable glide slope: the path falls below glide_slope_deg"),
        ({"glide_slope_deg": 30.7, "v_mps": (65.0, -8.0, -60.0)}, None, "30.7 deg, at any flight time; 25."),
        ({"tilt_max_deg": 5.0}, None, "the thrust must tilt further: tilt_max_deg is 5 deg; 13."),
        ({"tilt_max_deg": 28.0}, 60.0, "flight time too short: flight_time_s is 60 s; with thrust_max_N = 4500 N the landing takes 63."),
        ({"r_m": (0, 0, 500), "v_mps": (0, 0, 0), "thrust_min_N": 3000.0, "tilt_max_deg": 30.0}, 40.0, "the minimum thrust is too large: "),
        ({"thrust_min_N": 4000.0, "tilt_max_deg": 60.0}, 57.0, "the minimum thrust is too large for a flight of 57.0 s: thrust_min_N is"),
        ({"r_m": (0.0, 0.0, -5.0)}, None, "the start lies 5 m below the level of the target"),
        ({"target_v_mps": (0.0, 0.0, 5.0)}, None, "target_v_mps rises at 5 m/s"),
    ],
)  # fmt: skip
def test_what_is_in_the_way(change: dict[str, Any], tf: float | None, words: str) -> None:
    with pytest.raises(LunarlabError) as error:
        fuel_optimal(replace(Problem(), **change), tf, nodes=31)
    assert words in str(error.value)


def test_a_turn_at_a_node_is_no_waste() -> None:
    """High over its target a lander burns downwards first, and turns over: at a node its thrust may point nowhere."""
    mass, gravity = 1551.1, 3.71
    full = 2.7645 * gravity * mass
    p = Problem((-23.4, 0.0, 2585.0), (1.03, 0.0, -18.285), mass_kg=mass, dry_mass_kg=0.5 * mass, thrust_min_N=0.25086 * full,
                thrust_max_N=full, isp_s=300.0, gravity_mps2=gravity)  # fmt: skip
    coarse, fine = fuel_optimal(p, nodes=31), fuel_optimal(p, nodes=240)
    assert coarse.gap > 1e-3 > fine.gap
    check(coarse, corners=0.02)
    check(fine, corners=0.002)
    assert coarse.propellant_kg == pytest.approx(fine.propellant_kg, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Problem(r_m=(1.0, 2.0)), r"Problem\.r_m has shape \(2,\)"),
        (lambda: Problem(v_mps=(1.0, math.nan, 0.0)), r"Problem\.v_mps holds nan"),
        (lambda: Problem(dry_mass_kg=1500.0), r"dry_mass_kg is 1500 kg; it must be below mass_kg, 1500 kg"),
        (lambda: Problem(thrust_min_N=5000.0), r"thrust_min_N is 5000 N; it must be below thrust_max_N, 4500 N"),
        (lambda: Problem(glide_slope_deg=90.0), r"glide_slope_deg is 90 deg; it must lie between 0 and 89"),
        (lambda: Problem(above_ground=1), r"above_ground is 1; it must be True or False"),
        (lambda: fuel_optimal("x"), r"problem is 'x'; it must be a Problem"),
        (lambda: fuel_optimal(MOON, -1.0), r"flight_time_s is -1 s"),
        (lambda: fuel_optimal(MOON, 70.0, nodes=3), r"nodes is 3; it must lie between 5 and 2000"),
    ],
)
def test_wrong_input(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_quantities_and_warm_solver() -> None:
    """A solver's answer does not depend on what it solved before."""
    solver = Solver(31)
    first = solver.optimum(MOON, 70 * u.s)
    same = Problem(MOON.r_m * u.m, MOON.v_mps * u.m / u.s, mass_kg=1.5 * u.t, thrust_max_N=4.5 * u.kN)
    solver.optimum(replace(MOON, mass_kg=1400.0, glide_slope_deg=10.0), 63.0)
    again = solver.optimum(same, 70.0)
    assert np.array_equal(first.thrust_N, again.thrust_N) and first.propellant_kg == again.propellant_kg
    assert (first.solves, solver.solves) == (1, 3) and math.isnan(first.floor_kg)


def test_without_cvxpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    with pytest.raises(LunarlabError, match=r"lunarlab\[optimal\]"):
        Solver(9).optimum(MOON, 70.0)


def test_cvxpy_comes_late() -> None:
    code = "import sys, lunarlab.descent.optimal; print('cvxpy' in sys.modules, 'scipy.optimize' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                            cwd=Path(__file__).parents[2])  # fmt: skip
    assert answer.stdout.split()[0] == "False"
