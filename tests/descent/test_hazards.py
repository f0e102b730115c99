"""The scan for hazards: slopes and bumps against numpy, the choice against brute force, and a lander that makes way."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lunarlab as ll
from lunarlab.descent import hazards as hz
from lunarlab.descent import terrain
from lunarlab.descent.hazards import Hazards, survey
from lunarlab.descent.space import Site
from lunarlab.descent.terrain import Terrain
from lunarlab.errors import LunarlabError

SCAN = Hazards(scan_height_m=150.0, noise_m=0.0)
FIELD = Terrain(small_craters=40, small_crater_field_m=50.0, small_crater_radius_m=10.0, small_crater_seed=6)


def record(t: Terrain, h: Hazards):
    """(TERRAIN, HAZARDS) as the kernels read them."""
    ground, packed = terrain.new_terrain(), np.zeros(1, hz.HAZARDS).view(np.recarray)[0]
    terrain.pack_terrain(t, 0.0, np.zeros(4), ground)
    for name, value in zip(hz.HAZARDS.names, hz.pack_hazards(h), strict=True):
        packed[name] = value
    return ground, packed


@pytest.mark.nojit
def test_level_ground_is_safe_where_the_lander_was_going() -> None:
    seen = survey(Terrain(), replace(SCAN, radius_m=12.0), aim_x_m=5.0, aim_y_m=-7.0)
    assert seen.safe and seen.aim_m == (5.0, -7.0) and seen.divert_m == 0.0
    assert np.nanmax(seen.slope_deg) == 0.0 and np.nanmax(seen.roughness_m) == 0.0
    assert seen.x_m[seen.x_m.size // 2] == 5.0 and seen.y_m[seen.y_m.size // 2] == -7.0


@pytest.mark.nojit
@pytest.mark.parametrize(("slope", "azimuth"), [(3.0, 0.0), (8.0, 90.0), (9.5, 215.0)])
def test_an_even_slope_is_measured_and_has_no_bumps(slope: float, azimuth: float) -> None:
    seen = survey(Terrain(slope_deg=slope, slope_azimuth_deg=azimuth), replace(SCAN, radius_m=12.0))
    known = ~np.isnan(seen.slope_deg)
    assert seen.slope_deg[known] == pytest.approx(slope, abs=1e-6)
    assert seen.roughness_m[known] == pytest.approx(0.0, abs=1e-9)
    x, y = np.meshgrid(seen.x_m, seen.y_m, indexing="ij")
    fall = math.tan(math.radians(slope)) * (x * math.cos(math.radians(azimuth)) + y * math.sin(math.radians(azimuth)))
    assert seen.height_m == pytest.approx(-fall, abs=1e-9)
    assert seen.safe and seen.divert_m == 0.0


def test_too_steep_everywhere_is_said_and_the_least_bad_is_taken() -> None:
    seen = survey(Terrain(slope_deg=14.0), SCAN)
    assert not seen.safe and np.isinf(seen.cost_m).all()
    assert np.nanmin(np.where(np.isinf(seen.risk), np.nan, seen.risk)) == pytest.approx(1.4, abs=1e-6)
    # a bowl of ice on a steep slope: one flat spot too small to be safe is still better than the rest
    tilted = survey(replace(FIELD, slope_deg=12.0), replace(SCAN, margin_m=0.0))
    x, y = (int(np.argmin(np.abs(a - b))) for a, b in zip((tilted.x_m, tilted.y_m), tilted.aim_m, strict=True))
    if not tilted.safe:
        near = np.hypot(*np.meshgrid(tilted.x_m, tilted.y_m, indexing="ij")) <= 40.0
        assert tilted.risk[x, y] == tilted.risk[near].min()


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([(2.0, 4.0, 4.0), (1.0, 3.0, 0.0), (3.0, 7.0, 9.0)]), st.floats(0.0, 0.05))
def test_the_maps_and_the_choice_against_numpy(seed: int, cells: tuple[float, float, float], noise: float) -> None:
    """Least squares in every footprint, the worst in every margin, the least cost over all: the slow way."""
    cell, foot, margin = cells
    h = Hazards(scan_height_m=100.0, radius_m=15.0, cell_m=cell, footprint_m=foot, margin_m=margin, noise_m=noise)
    seen = survey(replace(FIELD, small_crater_seed=seed, slope_deg=3.0), h, seed=seed)
    n = seen.x_m.size
    x, y = np.meshgrid(seen.x_m, seen.y_m, indexing="ij")
    slope, bump = np.full((n, n), np.nan), np.full((n, n), np.nan)
    reach = int(foot / cell)
    for i in range(reach, n - reach):
        for j in range(reach, n - reach):
            under = (x - x[i, j]) ** 2 + (y - y[i, j]) ** 2 <= (reach * cell) ** 2 + 1e-9
            a = np.column_stack([x[under], y[under], np.ones(under.sum())])
            plane, *_ = np.linalg.lstsq(a, seen.height_m[under], rcond=None)
            slope[i, j] = math.degrees(math.atan(math.hypot(plane[0], plane[1])))
            bump[i, j] = np.abs(seen.height_m[under] - a @ plane).max()
    assert seen.slope_deg == pytest.approx(slope, abs=1e-6, nan_ok=True)
    assert seen.roughness_m == pytest.approx(bump, abs=1e-9, nan_ok=True)
    own = np.maximum(slope / h.slope_limit_deg, bump / h.roughness_limit_m)
    best, where = math.inf, None
    for i in range(n):
        for j in range(n):
            about = (x - x[i, j]) ** 2 + (y - y[i, j]) ** 2 <= (int(margin / cell) * cell) ** 2 + 1e-9
            away = math.hypot(x[i, j], y[i, j])
            worst = own[about].max() if not np.isnan(own[about]).any() else math.inf
            if away <= h.radius_m and worst <= 1.0 and away + slope[i, j] < best - 1e-9:
                best, where = away + slope[i, j], (x[i, j], y[i, j])
    assert seen.safe is (where is not None)
    if where is not None:
        assert seen.cost_m.min() == pytest.approx(best, abs=1e-6)
        assert math.hypot(*seen.aim_m) == pytest.approx(seen.divert_m)


def test_a_crater_at_the_target_is_left_by_the_shortest_way() -> None:
    ground, h = record(Terrain(), replace(SCAN, slope_cost_m_deg=0.0))
    ground.craters = 1
    ground.crater[0] = 3.0, 0.0, 10.0, 4.0  # a bowl 10 m wide whose middle lies 3 m beyond the target
    out = np.zeros(hz.PICK_SIZE)
    assert hz.pick(ground, h, 0.0, 0.0, 0.0, 0.0, np.zeros(1), out) == 1
    assert out[hz.AIM_X] < -4.0 and abs(out[hz.AIM_Y]) < 14.0  # back, towards the near edge
    assert out[hz.DIVERT] == pytest.approx(math.hypot(out[hz.AIM_X], out[hz.AIM_Y]))
    outside = math.hypot(out[hz.AIM_X] - 3.0, out[hz.AIM_Y])
    assert 10.0 < outside < 26.0
    assert out[hz.SLOPE] < math.radians(10.0) and out[hz.ROUGHNESS] < 0.4


def test_an_error_of_position_moves_the_map_and_the_aim_alike() -> None:
    """The lander is truly 8 m beyond and 6 m right of where it thinks: it picks the same ground, in its own coordinates."""
    ground, h = record(FIELD, SCAN)
    honest, astray = np.zeros(hz.PICK_SIZE), np.zeros(hz.PICK_SIZE)
    hz.pick(ground, h, 8.0, -6.0, 0.0, 0.0, np.zeros(1), honest)
    hz.pick(ground, h, 0.0, 0.0, 8.0, -6.0, np.zeros(1), astray)
    assert astray[:2] == pytest.approx(honest[:2] - [8.0, -6.0])
    assert astray[2:] == pytest.approx(honest[2:])


def test_wider_margins_are_never_nearer_and_noise_is_its_seeds() -> None:
    diverts = [survey(FIELD, replace(SCAN, margin_m=m, slope_cost_m_deg=0.0)) for m in (0.0, 2.0, 4.0, 6.0)]
    assert all(a.divert_m <= b.divert_m for a, b in itertools.pairwise(diverts) if b.safe)
    noisy = replace(SCAN, noise_m=0.1)
    one, same, two = survey(FIELD, noisy, seed=1), survey(FIELD, noisy, seed=1), survey(FIELD, noisy, seed=2)
    assert (one.height_m == same.height_m).all() and (one.height_m != two.height_m).any()
    assert np.std(one.height_m - survey(FIELD, noisy).height_m) == pytest.approx(0.1, rel=0.1)
    assert hz.samples(noisy) == one.height_m.size and hz.samples(Hazards()) == 1


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Hazards(footprint_m=1.0), "footprint_m is 1 m; it must not be below cell_m, 2 m"),
        (lambda: Hazards(radius_m=2000.0), "would have 2009 cells along a side, at most 401"),
        (lambda: Hazards(noise_m=-1.0), "Hazards.noise_m is -1 m; it must lie between 0 and 10 m"),
        (lambda: Hazards(cell_m=math.nan), "Hazards.cell_m is nan"),
        (lambda: survey(3, Hazards()), "terrain is 3; it must be a Terrain"),
        (lambda: survey(Terrain(), None), "hazards is None; it must be Hazards"),
        (lambda: survey(Terrain(), Hazards(), aim_x_m=2e4), "aim_x_m is 20000 m"),
    ],
)
def test_bad_input_is_refused_by_name(build, words: str) -> None:
    with pytest.raises(LunarlabError) as caught:
        build()
    assert words in str(caught.value)


@pytest.mark.parametrize("approach", ["pitch_up", "p64", "zem_zev"])
@pytest.mark.parametrize("seed", [None, 2])
def test_a_lander_makes_way_for_craters(approach: str, seed: int | None) -> None:
    """It comes down where the scan told it to, beside the track, on ground that is sound."""
    mare = ll.case("nominal-mare").scenario
    field = replace(FIELD, small_crater_seed=8)  # six metres on and eight to the right
    guidance = replace(mare.guidance, approach=approach, position_gain=0.1, horizontal_gain=0.4, glide_slope_deg=45.0)
    scene = replace(
        mare, site=Site(dimensions=3, cross_track_m=500.0), terrain=field, guidance=guidance,
        hazards=replace(SCAN, scan_height_m=200.0, noise_m=0.03), navigation=replace(mare.navigation, filter="six"),
        velocimeter=replace(mare.velocimeter, altitude_max_m=3000.0), camera=replace(mare.camera, height_max_m=15e3),
    )  # fmt: skip
    flight = ll.fly(scene, seed=seed)
    divert = flight.event("divert")
    assert 6.0 < math.hypot(*divert.values) < 20.0
    if seed is None:
        assert divert.values == pytest.approx((6.0, -8.0), abs=2.1)
        assert (flight.touchdown.miss_m, flight.touchdown.cross_m) == pytest.approx(divert.values, abs=2.0)
    assert flight.landed, flight.reasons
    still = ll.fly(replace(scene, hazards=Hazards()), seed=seed).touchdown
    assert math.hypot(still.miss_m, still.cross_m) < 5.0
    assert flight.touchdown.slope_deg < max(10.0, still.slope_deg)
