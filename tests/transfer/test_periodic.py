"""Periodic orbits, families and manifolds against catalogues, another integrator, and what theory demands."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab.errors import LunarlabError
from lunarlab.transfer import named, periodic
from lunarlab.transfer import threebody as tb
from lunarlab.transfer.families import Family, family, member
from lunarlab.transfer.manifold import directions, manifold
from lunarlab.transfer.periodic import PeriodicOrbit, correct

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area2_cr3bp.toml").read_text(encoding="utf-8"))
MU = tb.EARTH_MOON.mu
KINDS = {"HAL": "halo", "LYA": "lyapunov", "DRO": "dro"}
CORRECTED = [name for name in CASES if name[:3] in KINDS]
CATALOGUE = [name for name in CASES if name.startswith("JPL")]


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    return CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]


def corrected(name: str) -> PeriodicOrbit:
    inputs = CASES[name]["inputs"]
    return correct(inputs["guess"], KINDS[name[:3]], mu=inputs["mu"])


def from_catalogue(name: str) -> PeriodicOrbit:
    """The published state, flown as it stands."""
    inputs = CASES[name]["inputs"]
    state = np.array(inputs["state0"])
    arc, matrix = tb.stm(state, inputs["period"], inputs["mu"])
    closure = float(np.abs(arc.y_end[:6] - state).max())
    return PeriodicOrbit("halo", inputs["mu"], state, inputs["period"], tb.jacobi(state, inputs["mu"]), matrix, closure)


def flown_by_scipy(state: np.ndarray, period: float, mu: float) -> np.ndarray:
    """scipy's DOP853 and equations written anew: the gradient of the potential, and Coriolis' force."""

    def rates(t: float, y: np.ndarray) -> np.ndarray:
        big, small = y[:3] - [-mu, 0, 0], y[:3] - [1.0 - mu, 0, 0]
        pull = -(1.0 - mu) * big / (big @ big) ** 1.5 - mu * small / (small @ small) ** 1.5
        return np.concatenate([y[3:], pull + np.array([y[0], y[1], 0]) - 2.0 * np.cross([0, 0, 1], y[3:])])

    return solve_ivp(rates, (0.0, period), state, "DOP853", rtol=1e-13, atol=1e-13).y[:, -1]


# --- published figures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CORRECTED)
def test_correction(name: str) -> None:
    _, expected, tolerance = case(name)
    orbit = corrected(name)
    assert orbit.state == pytest.approx(expected["state0"], abs=tolerance["state"])
    assert orbit.state == pytest.approx(expected["state0"], abs=1e-12)
    assert orbit.period == pytest.approx(expected["period"], abs=tolerance["period"])
    assert orbit.jacobi == pytest.approx(expected["jacobi"], abs=tolerance["jacobi"])
    if "stability_index" in expected:
        assert orbit.stability == pytest.approx(expected["stability_index"], rel=tolerance["stability_rel"])
    assert orbit.closure < 1e-10


@pytest.mark.parametrize("name", CATALOGUE)
def test_catalogue(name: str) -> None:
    inputs, expected, tolerance = case(name)
    orbit = from_catalogue(name)
    assert orbit.closure < 1e-10 < tolerance["closure"]
    assert orbit.jacobi == pytest.approx(expected["jacobi"], abs=tolerance["jacobi"])
    assert orbit.stability == pytest.approx(expected["stability_index"], rel=tolerance["stability_rel"])
    again = correct(np.array(inputs["state0"]) * [1, 0, 1, 0, 1, 0], "halo")
    assert again.period == pytest.approx(inputs["period"], abs=1e-11)
    if "perilune" in expected:
        kilometres = np.array(orbit.extremes) * tb.EARTH_MOON.length_m / 1e3
        assert kilometres == pytest.approx([expected["perilune"], expected["apolune"]], abs=tolerance["km"])
        assert orbit.period_s(tb.EARTH_MOON) / 86400 == pytest.approx(expected["period_days"], abs=1e-9)


@pytest.mark.parametrize(("name", "system"), [("NRH-01", tb.EARTH_MOON_MEAN), ("NRH-02", tb.EARTH_MOON)])
def test_nrho(name: str, system: tb.System) -> None:
    """The same resonance is another orbit where a unit of time is worth other days."""
    inputs, expected, tolerance = case(name)
    assert inputs["LU"] * 1e3 == pytest.approx(system.length_m)
    assert inputs["TU"] == pytest.approx(system.time_s)
    orbit = named.nrho(system)
    assert orbit.state == pytest.approx(expected["state0"], abs=tolerance["state"])
    assert orbit.period == pytest.approx(expected["period"], abs=1e-12)
    assert orbit.jacobi == pytest.approx(expected["jacobi"], abs=tolerance["jacobi"])
    assert orbit.stability == pytest.approx(expected["stability_index"], abs=tolerance["stability"])
    kilometres = np.array(orbit.extremes) * system.length_m / 1e3
    assert kilometres == pytest.approx([expected["perilune"], expected["apolune"]], abs=tolerance["km"])
    assert orbit.family == "nrho"
    if "guess" in inputs:
        from_guess = correct(inputs["guess"], "nrho", hold="period", value=expected["period"])
        assert from_guess.state == pytest.approx(orbit.state, abs=1e-10)


@pytest.mark.parametrize("name", ["HAL-01", "LYA-01", "DRO-01"])
def test_closes_for_scipy(name: str) -> None:
    orbit = corrected(name)
    assert flown_by_scipy(orbit.state, orbit.period, orbit.mu) == pytest.approx(orbit.state, abs=1e-10)
    half = flown_by_scipy(orbit.state, 0.5 * orbit.period, orbit.mu)
    assert half[[1, 3, 5]] == pytest.approx(0.0, abs=1e-11)


def test_monodromy_by_differences() -> None:
    """The matrix from scipy's flights of neighbours."""
    orbit = corrected("DRO-03")
    step = 1e-5 * np.eye(6)
    ends = [[flown_by_scipy(orbit.state + s * off, orbit.period, MU) for off in step] for s in (-1, 1)]
    slope = (np.array(ends[1]) - np.array(ends[0])).T / 2e-5
    assert np.abs(orbit.monodromy - slope).max() < 1e-6 * np.abs(slope).max()


# --- correction: what may be held, and what is refused -----------------------------------------------------------------


@given(st.sampled_from(periodic.HOLDS), st.floats(0.03, 0.1))
@settings(max_examples=15)
def test_what_is_held_stays(hold: str, z: float) -> None:
    """Whatever is held names the same orbit: correct a spoilt state back to it."""
    orbit = named.halo("L1", z=z)
    value = {"x": orbit.state[0], "z": orbit.state[2], "vy": orbit.state[4], "period": orbit.period, "jacobi": orbit.jacobi}[hold]
    spoilt = orbit.state + np.array([1e-5, 0, -1e-5, 0, 1e-5, 0])
    again = correct(spoilt, "halo", hold=hold, value=float(value), period=orbit.period + 1e-5)
    assert again.state == pytest.approx(orbit.state, abs=1e-8)
    assert again.period == pytest.approx(orbit.period, abs=1e-8)


def test_held_by_default_is_what_the_guess_says() -> None:
    start = [0.8, 0, 0, 0, 0.357, 0]
    assert correct(start, "lyapunov", hold="jacobi").jacobi == pytest.approx(tb.jacobi(start), abs=1e-12)
    assert correct(start, "lyapunov", hold="vy").state[4] == pytest.approx(0.357, abs=1e-13)
    assert correct(start, "lyapunov", hold="period", period=3.3).period == pytest.approx(3.3, abs=1e-12)


def test_vertical_orbit() -> None:
    """It crosses y = 0 twice on the way to its mirror image: up and down are alike."""
    x1 = tb.libration_points()[0, 0]
    orbit = correct([x1, 0, 0.05, 0, -0.01, 0], "vertical", period=2 * np.pi / tb.modes("L1").vertical)
    assert orbit.period == pytest.approx(2 * np.pi / tb.modes("L1").vertical, rel=0.03)
    assert orbit.points(5)[2, :3] == pytest.approx(orbit.state[:3] * [1, 1, -1], abs=1e-9)
    assert correct(orbit.state + np.array([0, 0, 0, 0, 1e-5, 0]), "vertical").period == pytest.approx(orbit.period, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: correct([0.8, 0, 0, 0, 0.35, 0], "hello"), "kind is 'hello'; allowed are lyapunov, dro, halo"),
        (lambda: correct([0.8, 0, 0, 0, 0.35, 0], "dro", hold="z"), "allowed for a dro orbit are x, vy, period, jacobi"),
        (lambda: correct([0.8, 0.1, 0, 0, 0.35, 0], "dro"), "right angle to the plane y = 0"),
        (lambda: correct([0.8, 0, 0.1, 0, 0.35, 0], "lyapunov"), "right angle"),
        (lambda: correct([0.8, 0, 0, 0, 0, 0], "lyapunov"), "vy = 0"),
        (lambda: correct([0.9, 0, 0, 0, 5, 0], "lyapunov"), "not converge in 25 steps: .* still missed"),
        (lambda: correct([2, 0, 0, 0, 0.1, 0], "lyapunov"), "ran away: the period went from"),
        (lambda: correct([0.8, 0, 0, 0, 0.357, 0], "halo"), "z = 0: a halo orbit starts out of the plane"),
        (lambda: correct([0.8, 0, 1e-3, 0, 0.357, 0], "halo", hold="x"), "in the plane, which is no halo"),
        (lambda: correct([-MU, 0, 0, 0, 1, 0], "dro"), "no value there"),
        (lambda: correct([0.8, 0, 0, 0, 0.35, 0], "dro", mu=1 - MU), "mu"),
        (lambda: correct([0.8, 0, 0, 0, 0.5, 0], "dro", crossings=99), "times in 20 units of time, but 99 are needed"),
        (lambda: named.lyapunov("L4", x=0.8), "point is 'L4'; allowed are L1, L2 and L3"),
        (lambda: named.lyapunov("L1"), "exactly one of x, period, jacobi"),
        (lambda: named.lyapunov("L1", x=0.8, period=3.0), "exactly one of"),
        (lambda: named.lyapunov("L1", period=0.5), "no lyapunov orbit with period = 0.5 was found: along the family"),
        (lambda: named.halo("L2", "up", z=0.1), "branch is 'up'; allowed are north, south"),
        (lambda: named.halo("L2", z=3.0), "no halo orbit with z = 3"),
        (lambda: named.nrho(resonance=(0, 2)), "resonance"),
        (lambda: named.nrho(resonance=9), r"resonance .* has shape \(\)"),
        (lambda: family(corrected("DRO-01"), along="z"), "z only out of the plane"),
        (lambda: family(corrected("DRO-01"), direction=2), "direction is 2"),
        (lambda: family(corrected("DRO-01"), step=0.0), "step"),
        (lambda: member(corrected("DRO-01"), "size", 1.0), "quantity is 'size'"),
        (lambda: manifold(corrected("DRO-01")), "stable .index 1.: it has no manifolds"),
        (lambda: manifold(from_catalogue("JPL-03")), "on a spiral"),
        (lambda: manifold(corrected("LYA-01"), "sideways"), "allowed are unstable, stable"),
        (lambda: manifold(corrected("LYA-01"), side=0), "side is 0"),
        (lambda: manifold(corrected("LYA-01"), branches=0), "branches is 0"),
        (lambda: manifold(corrected("LYA-01"), samples=1), "samples is 1"),
        (lambda: manifold(corrected("LYA-01"), section=("w", 0.0)), "an axis, x, y or z"),
        (lambda: manifold(corrected("LYA-01"), section="x"), "section is 'x'; it must be an axis"),
        (lambda: manifold(corrected("LYA-01"), radii=1e-4), r"radii has shape \(\)"),
        (lambda: corrected("HAL-03").period_s(tb.EARTH_MOON), "belongs to mu = 0.0121506683"),
    ],
)
def test_refusals(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


# --- stability ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*CORRECTED, *CATALOGUE])
def test_eigenvalues_come_in_pairs(name: str) -> None:
    orbit = corrected(name) if name in CORRECTED else from_catalogue(name)
    values, vectors = orbit.spectrum
    assert np.abs(values[::2] * values[1::2] - 1.0).max() < 1e-6
    assert values[4:] == pytest.approx([1.0, 1.0], abs=1e-3)  # a double eigenvalue: half the digits
    assert (np.abs(values[:4:2]) >= np.abs(values[1:4:2]) - 1e-9).all()
    assert np.abs(orbit.monodromy @ vectors - vectors * values).max() < 1e-8 * np.abs(values).max()
    flow = tb.cr3bp(0.0, orbit.state, np.array([orbit.mu]))  # the direction of flight is carried into itself
    assert np.abs(orbit.monodromy @ flow - flow).max() < 1e-8
    assert np.linalg.det(orbit.monodromy) == pytest.approx(1.0, abs=1e-5)
    pairs = np.sort_complex((values[:4:2] + values[1:4:2]) / 2)
    assert pairs == pytest.approx(np.sort_complex(orbit.indices.astype(complex)), rel=1e-6, abs=1e-5)


def test_stable_and_unstable_by_flying_neighbours() -> None:
    """What the index says is what a neighbour does in four periods."""
    for orbit, stays in ((corrected("DRO-01"), True), (corrected("LYA-03"), False)):
        beside = tb.propagate(orbit.state + np.array([1e-8, 0, 0, 0, 0, 0]), 2 * orbit.period).y_end
        away = np.abs(beside - orbit.state).max() / 1e-8
        assert (away < 100) == stays == (orbit.stability == 1.0)


def test_negative_index_is_unstable() -> None:
    """The eigenvalue of the 9:2 orbit is negative (-2.0): growth with a flip is still growth."""
    orbit = from_catalogue("JPL-02")
    assert orbit.indices[0] == pytest.approx(-1.2553533, abs=1e-6)
    assert orbit.stability == pytest.approx(1.2553533, abs=1e-6)


# --- families ----------------------------------------------------------------------------------------------------------


def test_halo_family_to_the_moon() -> None:
    """The L2 halos from the plane to the near-rectilinear ones; catalogue members lie on it."""
    found = family(named.halo("L2", z=0.02), 40, step=0.05)
    assert isinstance(found, Family)
    assert len(found.members) == 40
    assert found.why == "as many as were asked for"
    assert max(orbit.closure for orbit in found.members) < 1e-9
    assert (np.diff(found.periods) < 0).all()
    assert found.states[:, 2].max() == pytest.approx(0.2020, abs=2e-3)  # z rises and falls again: the walk turns with it
    assert found.states[-1, 2] < found.states[:, 2].max() - 0.01
    assert found.jacobi.min() == pytest.approx(3.0151, abs=2e-4)
    assert found.stability[0] > 500
    assert (found.stability == 1.0).any()
    for name in ("JPL-01", "JPL-02", "JPL-05"):
        inputs, expected, _ = case(name)
        here = np.interp(-inputs["period"], -found.periods, found.jacobi)
        assert here == pytest.approx(expected["jacobi"], abs=5e-4)


def test_family_goes_the_way_it_is_told() -> None:
    start = corrected("LYA-01")
    for along, direction, of in (("x", -1, lambda o: o.state[0]), ("jacobi", 1, lambda o: o.jacobi), ("period", 1, lambda o: o.period)):
        values = [of(orbit) for orbit in family(start, 4, along=along, direction=direction).members]
        assert (np.diff(values) * direction > 0).all()


def test_steps_have_the_length_asked_for() -> None:
    members = family(corrected("DRO-01"), 5, step=0.03).members
    unknowns = np.array([[m.state[0], m.state[4], 0.5 * m.period] for m in members])
    assert np.linalg.norm(np.diff(unknowns, axis=0), axis=1) == pytest.approx(0.03, rel=0.02)


def test_family_that_ends_says_why() -> None:
    """Small Lyapunov orbits end in the libration point."""
    shrinking = family(named.lyapunov("L1", x=0.83), 40, step=0.02, direction=1)
    assert 1 <= len(shrinking.members) <= 40
    if len(shrinking.members) < 40:
        assert "could not be followed" in shrinking.why or "fell onto" in shrinking.why


@given(st.sampled_from(["L1", "L2"]), st.floats(0.005, 0.15))
@settings(max_examples=10)
def test_north_and_south_are_mirror_images(point: str, z: float) -> None:
    north, south = (named.halo(point, branch, z=z) for branch in ("north", "south"))
    assert north.state[2] == pytest.approx(z)
    assert south.state == pytest.approx(north.state * [1, 1, -1, 1, 1, -1])
    flown, matrix = tb.stm(south.state, south.period)
    assert flown.y_end[:6] == pytest.approx(south.state, abs=1e-8)
    assert np.abs(matrix - south.monodromy).max() < 1e-6 * np.abs(matrix).max()
    assert south.stability == pytest.approx(north.stability)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: named.lyapunov("L1", x=0.8), "LYA-01"),
        (lambda: named.lyapunov("L2", x=1.12), "LYA-03"),
        (lambda: named.lyapunov("L1", period=3.323184781577873), "LYA-01"),
        (lambda: named.lyapunov("L1", jacobi=3.074258856942605), "LYA-01"),
        (lambda: named.dro(x=0.8059107), "DRO-01"),
        (lambda: named.dro(period=2.297364129724555), "DRO-03"),
        (lambda: named.dro(jacobi=2.928621189802824), "DRO-01"),
        (lambda: named.halo("L2", jacobi=3.096436601817164), "HAL-01"),
        (lambda: named.halo("L2", z=0.12), "HAL-01"),
        (lambda: named.halo("L1", z=0.013886061447073, mu=0.0121506683), "HAL-03"),
    ],
)
def test_orbits_by_name(call: Callable[[], PeriodicOrbit], name: str) -> None:
    """No guess needed, and the same orbit."""
    assert call().state == pytest.approx(CASES[name]["expected"]["state0"], abs=1e-9)


@pytest.mark.parametrize("name", ["JPL-01", "JPL-03", "JPL-05"])
def test_catalogue_halos_by_period(name: str) -> None:
    inputs, expected, _ = case(name)
    orbit = named.halo("L1" if name == "JPL-03" else "L2", "south" if name == "JPL-05" else "north", period=inputs["period"])
    assert orbit.state == pytest.approx(np.array(inputs["state0"]), abs=1e-9)
    assert orbit.stability == pytest.approx(expected["stability_index"], rel=1e-6)


def test_halos_branch_off_where_theory_says() -> None:
    """Published for the Earth-Moon system: Jacobi constants of the first halos about L1 and L2."""
    assert named.halo("L1", z=1e-4).jacobi == pytest.approx(3.17435, abs=2e-5)
    assert named.halo("L2", z=1e-4).jacobi == pytest.approx(CASES["JPL-06"]["expected"]["jacobi"], abs=1e-6)


def test_same_orbit_twice_is_the_same() -> None:
    """A remembered walk gives the numbers of a fresh one."""
    first = named.dro(x=0.83)
    named.dro(x=0.7)
    assert np.array_equal(named.dro(x=0.83).state, first.state)


def test_points_close_the_orbit() -> None:
    orbit = corrected("LYA-03")
    for n in (2, 5, 10, 101):
        points = orbit.points(n)
        assert points.shape == (n, 6)
        assert points[0] == pytest.approx(points[-1], abs=0)
    flown = tb.propagate(orbit.state, orbit.period, times=np.linspace(0, orbit.period, 10)).y
    assert orbit.points(10) == pytest.approx(flown, abs=1e-8)
    assert orbit.points(10)[:, 1].min() == pytest.approx(-orbit.points(10)[:, 1].max(), abs=1e-12)


# --- manifolds ---------------------------------------------------------------------------------------------------------


def test_directions_are_eigenvectors_all_along() -> None:
    orbit = corrected("LYA-01")
    grows = orbit.spectrum[0][0].real
    for kind, factor in (("unstable", grows), ("stable", 1 / grows)):
        points, off = directions(orbit, kind, 4)
        assert np.linalg.norm(off[:, :3], axis=1) == pytest.approx(1.0)
        assert off[0, 0] > 0
        for point, direction in zip(points, off, strict=True):
            _, matrix = tb.stm(point, orbit.period, MU)
            assert matrix @ direction == pytest.approx(factor * direction, abs=3e-6 * grows)


def test_manifold_leaves_and_returns() -> None:
    """Flown the other way, a branch winds back onto the orbit; its energy is the orbit's."""
    orbit = corrected("LYA-01")
    for kind in ("unstable", "stable"):
        tubes = manifold(orbit, kind, branches=8, samples=50)
        assert tubes.y.shape == (8, 50, 6)
        assert (tubes.t[-1] > 0) == (kind == "unstable")
        assert np.abs(tb.jacobi(tubes.y_end) - orbit.jacobi).max() < 1e-6
        path = orbit.points(2001)[:, :3]
        for branch in tubes.y:
            assert np.linalg.norm(path - branch[0, :3], axis=1).min() < 2e-4
            gap = np.array([np.linalg.norm(path - y[:3], axis=1).min() for y in branch if np.isfinite(y[0])])
            assert gap[: len(gap) // 4].max() < 0.02 < gap[-1]


def test_stable_manifold_is_the_mirror_of_the_unstable() -> None:
    orbit = corrected("LYA-01")
    out, back = manifold(orbit, branches=1, samples=30, time=3.0), manifold(orbit, "stable", branches=1, samples=30, time=3.0)
    assert back.y[0] == pytest.approx(out.y[0] * tb.MIRROR, abs=1e-5)


def test_manifold_reaches_the_section() -> None:
    tubes = manifold(corrected("LYA-01"), branches=10, section=("x", 1 - MU), time=8.0)
    assert tubes.stopped.all()
    assert tubes.y_end[:, 0] == pytest.approx(1 - MU, abs=1e-12)
    assert np.isnan(tubes.y[:, -1]).all()
    assert (tubes.t_end < 8.0).all()
    away = manifold(corrected("LYA-01"), side=-1, branches=10, section=("x", 1 - MU), time=3.0)
    assert not away.stopped.any()
    assert away.y_end[:, 0].mean() < 0.85
    assert tubes.y[0, 0, 0] > 0.8 > away.y[0, 0, 0]


def test_manifold_ends_at_a_body() -> None:
    tubes = manifold(corrected("LYA-01"), branches=40, time=8.0, radii=(0.0166, 0.05))
    assert tubes.stopped.any()
    ends = np.linalg.norm(tubes.y_end[tubes.stopped, :3] - [1 - MU, 0, 0], axis=1)
    assert ends == pytest.approx(0.05, abs=1e-10)


# --- speed -------------------------------------------------------------------------------------------------------------


def fastest(call: Callable[[], Any], tries: int = 5) -> float:
    call()
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def test_fast_enough_for_a_slider() -> None:
    """With much room for slow machines: these take about 1, 130, 20 and 2 ms."""
    halo = named.halo("L2", z=0.02)
    assert fastest(lambda: corrected("HAL-01")) < 0.05
    assert fastest(lambda: family(halo, 40, step=0.05), 2) < 2.0
    assert fastest(lambda: manifold(corrected("LYA-01"), branches=40), 3) < 0.5
    assert fastest(lambda: named.nrho()) < 0.05
    assert replace(halo, family="symmetric").stability == halo.stability
