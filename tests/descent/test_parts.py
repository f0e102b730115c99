"""Terrain, sensors, faults, filter and guidance, each against something computed another way."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import solve_discrete_are

import lunarlab as ll
from lunarlab.descent import faults, navigation, terrain
from lunarlab.descent import guidance as g
from lunarlab.descent import sensors as s
from lunarlab.descent.navigation import Navigation
from lunarlab.descent.scenario import Clock, Dispersions, Scenario, draw_noise, pack
from lunarlab.descent.vehicle import Vehicle
from lunarlab.errors import LunarlabError

FLAT = ll.case("nominal-mare").scenario


# terrain


def packed(t: terrain.Terrain):
    """(record, datum) of a terrain without roughness."""
    record = terrain.new_terrain()
    return record, terrain.pack_terrain(t, 0.0, np.zeros(4), record)


def heights(t: terrain.Terrain, distances: list[float]) -> list[float]:
    record, _ = packed(t)
    return [terrain.true_height(record, d) for d in distances]


@pytest.mark.nojit
def test_crater_has_its_five_numbers() -> None:
    t = terrain.Terrain(kind="crater")
    plain, crest, foot, target = heights(t, [1e7, 15e3, 9e3, 0.0])
    assert plain == pytest.approx(0.0, abs=1.0)
    assert (crest, foot, target) == pytest.approx((1200.0, -1800.0, -1800.0))
    half = heights(t, [12e3])[0]
    assert half == pytest.approx(-300.0)  # a smooth step is half way down in the middle of the wall
    flank = heights(t, [15e3 + 43.5e3])[0]
    assert flank == pytest.approx(1200.0 / 8.0)  # one radius out, the cube has fallen to an eighth


def test_profile_is_linear_between_its_points() -> None:
    t = terrain.Terrain(kind="profile", distance_m=(0.0, 1000.0, 3000.0), height_m=(-100.0, 100.0, 0.0))
    assert heights(t, [-5.0, 250.0, 1000.0, 2000.0, 9e9]) == pytest.approx([-100.0, -50.0, 100.0, 50.0, 0.0])


def test_uneven_profiles_agree_with_numpy() -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        distance, height = np.sort(rng.uniform(-2e4, 1e6, rng.integers(2, 60))), rng.normal(size=60) * 1e3
        height = height[: distance.size]
        where = [*distance, *rng.uniform(-3e4, 1.1e6, 100)]
        t = terrain.Terrain(kind="profile", distance_m=tuple(distance), height_m=tuple(height))
        assert heights(t, where) == pytest.approx(np.interp(where, distance, height))


def test_atlas_profile_and_its_datum() -> None:
    t = terrain.Terrain(kind="profile", profile="atlas_profiles", heading_deg=135.0, datum_near_m=60e3, datum_far_m=110e3)
    record, datum = packed(t)
    assert terrain.true_height(record, 0.0) + datum == pytest.approx(-3120.0)
    assert terrain.true_height(record, 22e3) + datum == pytest.approx(-662.0)
    assert -2200.0 < datum < -1700.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"distance_m": (0.0, 2.0, 1.0), "height_m": (0.0, 0.0, 0.0)}, "value 2 is 1 m after 2 m"),
        ({"distance_m": (0.0, 0.0), "height_m": (0.0, 0.0)}, "must increase"),
        ({"distance_m": (0.0, 1.0), "height_m": (0.0,)}, "distance_m has 2 and height_m 1"),
        ({"distance_m": (0.0,), "height_m": (0.0,)}, "at least 2"),
        ({"distance_m": (0.0, math.nan), "height_m": (0.0, 1.0)}, "finite"),
        ({"distance_m": "no", "height_m": ()}, "sequence of numbers"),
        ({"kind": "swamp"}, "allowed are flat, crater, profile, raster"),
        ({"profile": 3.0}, "name or path of a file"),
        ({"rim_distance_m": math.nan}, "rim_distance_m is nan"),
        ({"datum_near_m": 10.0, "datum_far_m": 5.0}, "must not be below datum_near_m"),
    ],
)
def test_bad_terrain_is_refused_by_name(options: dict, words: str) -> None:
    with pytest.raises(LunarlabError) as caught:
        terrain.Terrain(**{"kind": "profile", **options})
    assert words in str(caught.value)


def test_missing_profiles_and_headings_name_what_there_is() -> None:
    with pytest.raises(LunarlabError, match=r"90 deg; atlas_profiles\.csv has 112\.5, 135"):
        packed(terrain.Terrain(kind="profile", profile="atlas_profiles", heading_deg=90.0))
    with pytest.raises(LunarlabError, match="one of atlas_profiles"):
        packed(terrain.Terrain(kind="profile", profile="mordor"))


@pytest.fixture
def raster(tmp_path: Path) -> Path:
    """One pixel per degree; height is 10 m per degree of latitude plus 1 m per degree of longitude east of 0."""
    lat = 89.5 - np.arange(180)[:, None]
    lon = 0.5 + np.arange(360)[None, :]
    path = tmp_path / "LDEM_1.IMG"
    np.round((10.0 * lat + lon) / 0.5).astype("<i2").tofile(path)
    return path


@pytest.mark.nojit
def test_raster_in_gdr_format(raster: Path) -> None:
    image = terrain.open_gdr(raster)
    assert isinstance(image, np.memmap) and image.shape == (180, 360)
    at = np.radians([[47.5, 44.5], [-10.25, 200.75], [0.0, 359.5]])
    assert terrain.gdr_height(image, at[:, 0], at[:, 1]) == pytest.approx([519.5, 98.25, 359.5])
    seam = terrain.gdr_height(image, np.radians([0.0]), np.radians([0.0]))  # between 359.5 and 0.5 E
    assert seam == pytest.approx([180.0])


def test_raster_flies_along_the_great_circle(raster: Path) -> None:
    lat, lon = terrain.track(47.5, 44.4, 180.0, np.array([0.0, 303_234.0]))
    assert np.degrees(lat) == pytest.approx([47.5, 57.5], abs=1e-3)  # from the north: 10 degrees are 303 km
    assert np.degrees(lon) == pytest.approx([44.4, 44.4])
    t = terrain.Terrain(kind="raster", raster=str(raster), target_latitude_deg=40.5, target_longitude_deg=100.5,
                        datum_near_m=60e3, datum_far_m=110e3)  # fmt: skip
    record, datum = packed(t)
    assert terrain.true_height(record, 0.0) + datum == pytest.approx(505.5)
    assert ll.fly(replace(FLAT, terrain=t), seed=1).landed


@pytest.mark.parametrize("text", ["", "distance_km,heading_90\n", "a,b\n1,2\n", "distance_km,heading_90\n0,1\n1\n", "distance_km,heading_90\n0,x\n"])
def test_a_file_that_is_no_profile_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(LunarlabError, match=r"mine\.csv"):
        packed(terrain.Terrain(kind="profile", profile=str(path), heading_deg=90.0))


def test_an_edited_profile_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    for height in (10.0, 20.0):
        path.write_text(f"distance_km,heading_90\n0,{height}\n1,{height}\n\n")
        os.utime(path, ns=(int(height), int(height)))
        assert heights(terrain.Terrain(kind="profile", profile=str(path), heading_deg=90.0), [500.0]) == [height]


def test_a_raster_of_the_wrong_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "LDEM_4.IMG"
    path.write_bytes(b"\0" * 1000)
    with pytest.raises(LunarlabError, match="has 1000 bytes; a LOLA GDR image has"):
        terrain.open_gdr(path)
    with pytest.raises(LunarlabError, match="not a file"):
        terrain.open_gdr(tmp_path / "none.IMG")


@pytest.mark.skipif("LUNARLAB_LDEM" not in os.environ, reason="LUNARLAB_LDEM does not name a LOLA LDEM_4.IMG")
def test_a_real_lola_image() -> None:
    image = terrain.open_gdr(os.environ["LUNARLAB_LDEM"])
    height = terrain.gdr_height(image, np.radians([47.5]), np.radians([44.4]))
    assert height == pytest.approx([-3000.0], abs=300.0)  # the floor of Atlas


# sensors and faults


def read_range(height: float, *rows: faults.Fault, samples: int = 400, seed: int = 1) -> np.ndarray:
    """Readings of an altimeter at rest, NaN where invalid."""
    numbers, start = pack(replace(FLAT, faults=rows, dispersions=Dispersions()), seed)
    table, meas, memory, line = start.faults, np.zeros(s.MEAS_SIZE), np.zeros(s.SENSOR_MEMORY), np.zeros(s.DELAY_LINE)
    out = []
    for k in range(samples):
        t = 0.2 * k
        faults.trigger_faults(table, t, t, t, height, 1e4)
        normal, chance = start.noise.range_normal[k], tuple(start.noise.range_uniform[k])
        s.read_altimeter(height, k, 0.2, normal, chance, t, numbers.sensors.altimeter, faults.ALTIMETER, table, memory, line, meas)
        out.append(meas[s.RANGE] if meas[s.RANGE_VALID] > 0 else math.nan)
    return np.array(out)


def test_altimeter_noise_has_the_stated_spread() -> None:
    readings = read_range(5000.0, samples=4000)
    readings = readings[np.isfinite(readings)]
    assert readings.mean() == pytest.approx(5000.0, abs=0.4)
    assert readings.std() == pytest.approx(math.hypot(1.0, 5.0), rel=0.05)


def test_two_percent_of_ranges_are_lost() -> None:
    assert np.isnan(read_range(5000.0, samples=6000)).mean() == pytest.approx(0.02, abs=0.006)


F = ll.Fault
CLEAN = read_range(5000.0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([F("altimeter", "bias", 300.0)], lambda: CLEAN + 300.0),
        ([F("altimeter", "scale", 1.1)], lambda: CLEAN + 500.0),
        ([F("altimeter", "noise", 3.0)], lambda: 5000.0 + 3.0 * (CLEAN - 5000.0)),
        ([F("altimeter", "bias", 300.0), F("altimeter", "scale", 1.1)], lambda: CLEAN + 800.0),
        ([F("altimeter", "late", 893.0)], lambda: CLEAN * math.nan),
        ([F("altimeter", "late", 6000.0)], lambda: CLEAN),
        ([F("altimeter", "absent")], lambda: CLEAN * math.nan),
        ([F("altimeter", "lockout")], lambda: CLEAN * math.nan),
        ([F("altimeter", "saturated", 4000.0)], lambda: np.where(np.isnan(CLEAN), math.nan, 4000.0)),
        ([F("altimeter", "dropout", probability=1.0)], lambda: CLEAN * math.nan),
        ([F("altimeter", "spurious", 1e4, probability=0.0)], lambda: CLEAN),
        ([F("altimeter", "bias", 300.0, trigger="time", at=20.0, duration_s=10.0)],
         lambda: CLEAN + np.where((np.arange(400) >= 100) & (np.arange(400) < 150), 300.0, 0.0)),
        ([F("altimeter", "bias", 300.0, trigger="altitude", at=4000.0)], lambda: CLEAN),
        ([F("altimeter", "bias", 300.0, trigger="distance", at=2e4)], lambda: CLEAN + 300.0),
        ([F("altimeter", "bias", 300.0, trigger="first_range", at=40.0)], lambda: CLEAN + np.where(np.arange(400) >= 200, 300.0, 0.0)),
    ],
)  # fmt: skip
def test_each_altimeter_fault_does_what_it_says(rows: list, expected) -> None:
    assert read_range(5000.0, *rows) == pytest.approx(expected(), nan_ok=True, abs=1e-9)


def test_random_altimeter_faults_have_their_probability() -> None:
    wild = read_range(5000.0, F("altimeter", "spurious", 1e4, 0.3), samples=4000)
    assert (np.abs(wild - 5000.0) > 50.0).mean() == pytest.approx(0.3 * 0.99 * 0.98, abs=0.03)
    short = read_range(5000.0, F("altimeter", "short", 100.0, 0.5), samples=4000)
    assert (short < 100.0).mean() == pytest.approx(0.49, abs=0.03)
    lost = read_range(5000.0, F("altimeter", "dropout", probability=0.4), samples=4000)
    assert np.isnan(lost).mean() == pytest.approx(0.4, abs=0.03)


@pytest.mark.nojit
def test_frozen_and_delayed_readings() -> None:
    frozen = read_range(5000.0, F("altimeter", "frozen", trigger="time", at=20.0))
    assert np.nanmax(frozen[100:]) == np.nanmin(frozen[100:])
    numbers, start = pack(replace(FLAT, faults=(F("altimeter", "delay", 2.0),)), None)
    meas, memory, line, out = np.zeros(s.MEAS_SIZE), np.zeros(s.SENSOR_MEMORY), np.zeros(s.DELAY_LINE), []
    faults.trigger_faults(start.faults, 0.0, 0.0, 0.0, 0.0, 0.0)
    for k in range(100):
        s.read_altimeter(5000.0 - 10.0 * k, k, 0.2, 0.0, (0.5, 0.5, 0.5), 0.2 * k, numbers.sensors.altimeter, faults.ALTIMETER, start.faults, memory, line, meas)
        out.append(meas[s.RANGE])
    assert np.array(out[10:]) == pytest.approx(5000.0 - 10.0 * (np.arange(10, 100) - 10))  # 2 s are ten samples


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (F("imu", "bias", 0.5), (-0.18, 0.15)), (F("imu", "scale", 2.0), (-0.36, 0.2)), (F("imu", "absent"), (0.0, 0.0)),
        (F("imu", "saturated", 1.2), (-0.12, 0.1)), (F("imu", "frozen"), (-0.09, 0.05)), (F("imu", "noise", 5.0), (-0.18, 0.1)),
    ],
)  # fmt: skip
def test_each_imu_fault_does_what_it_says(fault: ll.Fault, expected: tuple) -> None:
    numbers, start = pack(replace(FLAT, faults=(fault,)), None)
    faults.trigger_faults(start.faults, 0.0, 0.0, 0.0, 0.0, 0.0)
    meas = np.zeros(s.MEAS_SIZE)
    memory = np.zeros(s.SENSOR_MEMORY)
    s.read_imu(0.1, -0.09, 0.0, 0.05, 0.0, 0.0, 0.0, 0.0, numbers.sensors, start.faults, memory, meas)  # what frozen repeats
    s.read_imu(0.1, -0.18, 0.0, 0.1, 0.0, 0.0, 0.0, 0.1, numbers.sensors, start.faults, memory, meas)
    assert (meas[s.DVX], meas[s.DVZ]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (F("velocimeter", "bias", 2.0), (32.0, -8.0, 1.0)), (F("velocimeter", "scale", 2.0), (60.0, -20.0, 1.0)),
        (F("velocimeter", "absent"), (30.0, -10.0, 0.0)), (F("velocimeter", "frozen"), (15.0, -5.0, 1.0)),
        (F("velocimeter", "noise", 9.0), (30.0, -10.0, 1.0)),
    ],
)  # fmt: skip
def test_each_velocimeter_fault_does_what_it_says(fault: ll.Fault, expected: tuple) -> None:
    numbers, start = pack(replace(FLAT, faults=(fault,)), None)
    faults.trigger_faults(start.faults, 0.0, 0.0, 0.0, 0.0, 0.0)
    meas = np.zeros(s.MEAS_SIZE)
    memory = np.zeros(s.SENSOR_MEMORY)
    s.read_velocimeter(15.0, 0.0, -5.0, 0.0, 0.0, 0.0, 0.0, numbers.sensors, start.faults, memory, meas)
    s.read_velocimeter(30.0, 0.0, -10.0, 0.0, 0.0, 0.0, 0.1, numbers.sensors, start.faults, memory, meas)
    assert (meas[s.VELX], meas[s.VELZ], meas[s.VEL_VALID]) == pytest.approx(expected)


def test_engine_faults_in_flight() -> None:
    """What the recorded thrust, not the command, does after the onset, 300 s into braking."""
    onset = {"trigger": "time", "at": 300.0}

    def thrust(*rows: ll.Fault) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        flight = ll.fly(replace(FLAT, faults=rows), seed=None)
        t = flight.si["t"] - flight.event("ignition").t_s
        after = (t > 302.0) & (t < 500.0)
        return tuple(flight.si[name][after] for name in ("true_thrust_main", "true_thrust_assist", "cmd_thrust"))

    main = thrust()[0]
    assert main == pytest.approx(np.full(main.size, 400.0))
    assert thrust(F("main", "lost", **onset))[0].max() < 1e-3
    assert thrust(F("main", "scale", 0.5, **onset))[0] == pytest.approx(np.full(main.size, 200.0), abs=1e-3)
    stuck = thrust(F("assist", "stuck", **onset))[1]
    assert np.ptp(stuck) == 0.0 and stuck[0] > 100.0
    weak = ll.fly(replace(FLAT, faults=(F("assist", "scale", 0.6, **onset),)), seed=None)
    assert weak.verdict != "LANDED"
    skewed = ll.fly(replace(FLAT, faults=(F("assist", "off_axis", 10.0, **onset),)), seed=None)
    assert skewed.si["est_height"][-1] == pytest.approx(skewed.si["true_height"][-1], abs=50.0)  # felt by the IMU
    assert not np.array_equal(skewed.table[-1], ll.fly(FLAT, seed=None).table[-1])


@pytest.mark.parametrize("key", list(faults.KINDS))
def test_every_fault_kind_flies_and_is_logged(key: tuple[str, str]) -> None:
    _, unit, low, high, _ = faults.KINDS[key]
    value = 0.0 if low == high else min(high, {"m": 100.0, "s": 1.0, "deg": 5.0}.get(unit, 0.9))
    fault = F(*key, value, 0.5, "altitude", 1500.0)
    flight = ll.fly(replace(FLAT, faults=(fault,)), seed=1)
    event = flight.event("fault")
    assert event is not None and key[1] in event.detail
    assert (f"{key[1]} {value:g} {unit}".rstrip() + ":" in event.detail) is (low < high)
    assert 1300.0 < event.altitude_m < 1500.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("radar", "bias"), "allowed are altimeter"), (("imu", "late"), "a fault of the imu can be bias"),
        (("imu", "bias", math.nan), "Fault.value (imu bias) is nan"), (("altimeter", "late", -1.0), "between 0 and"),
        (("altimeter", "dropout", 0.0, 1.5), "between 0 and 1"), (("altimeter", "absent", 0.0, 1.0, "mood"), "allowed are ignition"),
    ],
)  # fmt: skip
def test_bad_faults_are_refused_by_name(arguments: tuple, words: str) -> None:
    with pytest.raises(LunarlabError) as caught:
        F(*arguments)
    assert words in str(caught.value)


def test_a_fault_leaves_all_other_noise_as_it_was() -> None:
    with_fault = ll.fly(replace(FLAT, faults=(F("altimeter", "bias", 50.0, 1.0, "altitude", 500.0),)), seed=5)
    without = ll.fly(FLAT, seed=5)
    same = without.si["true_altitude"] > 520.0
    assert np.array_equal(with_fault.table[: same.sum() - 5], without.table[: same.sum() - 5], equal_nan=True)


def test_streams_are_independent_of_each_other_and_repeat() -> None:
    a, b, c = draw_noise(1, FLAT, 100, 50), draw_noise(1, FLAT, 200, 50), draw_noise(2, FLAT, 100, 50)
    assert np.array_equal(a.imu_normal, b.imu_normal[:100])
    assert np.array_equal(a.range_normal, b.range_normal)
    assert not np.array_equal(a.range_normal, c.range_normal)
    assert not np.array_equal(a.imu_normal, c.imu_normal)
    assert not np.array_equal(a.range_uniform, c.range_uniform)
    for other in (a.imu_normal, a.vel_normal):
        assert abs(np.corrcoef(a.range_normal, other.ravel()[:50])[0, 1]) < 0.5


# filter


@pytest.mark.nojit
def test_kalman_update_is_the_textbook_one() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        root = rng.normal(size=(2, 2))
        p = root @ root.T + 0.1 * np.eye(2)
        r, nu, x = rng.uniform(0.1, 5.0), rng.normal(), rng.normal(size=2)
        memory = np.zeros(navigation.MEMORY_SIZE)
        memory[navigation.Z], memory[navigation.VZ] = x
        memory[6:9] = p[0, 0], p[0, 1], p[1, 1]
        navigation.update(memory, nu, r)
        h = np.array([[1.0, 0.0]])
        gain = p @ h.T / (h @ p @ h.T + r)
        assert [memory[2], memory[5]] == pytest.approx(x + gain[:, 0] * nu)
        new = (np.eye(2) - gain @ h) @ p
        assert memory[6:9] == pytest.approx([new[0, 0], new[0, 1], new[1, 1]])


def test_covariance_settles_on_the_riccati_solution() -> None:
    """Far below the altitude where gravity gradient matters: F = [[1, h], [0, 1]], ranges every second tick."""
    q, r, h = 4e-4, 25.0, 0.2
    f_matrix = np.array([[1.0, h], [0.0, 1.0]])
    noise = q * np.array([[h**3 / 3, h**2 / 2], [h**2 / 2, h]])
    predicted = solve_discrete_are(f_matrix.T, np.array([[1.0], [0.0]]), noise, np.array([[r]]))
    memory, meas = np.zeros(navigation.MEMORY_SIZE), np.zeros(s.MEAS_SIZE)
    memory[6], memory[8], meas[s.DT] = 500.0**2, 4.0, 0.1
    for _ in range(20000):
        navigation.predict(meas, memory, q, 1e9)
        memory[0:6] = 0.0
        navigation.predict(meas, memory, q, 1e9)
        memory[0:6] = 0.0
        before = memory[6:9].copy()
        navigation.update(memory, 0.0, r)
    assert before == pytest.approx([predicted[0, 0], predicted[0, 1], predicted[1, 1]], rel=1e-6)


def test_inertial_prediction_follows_a_kepler_orbit() -> None:
    """300 s of free fall from ignition, without a single range: the strap-down error stays below 5 cm."""
    scene = replace(FLAT, faults=(F("altimeter", "absent"),), vehicle=replace(FLAT.vehicle))
    flight = ll.fly(scene, seed=None)
    powered = np.flatnonzero(flight.si["phase"] > 0)[:3000]
    error = flight.si["est_height"][powered] - flight.si["true_height"][powered]
    assert np.abs(error).max() < 0.05


@given(st.floats(0.0, 30e3), st.floats(-100.0, 50.0))
def test_student_t_trusts_less_than_a_kalman_filter_the_larger_the_innovation(height: float, nu: float) -> None:
    def step(policy: str) -> float:
        params = navigation.pack_navigation(Navigation(policy=policy), 0.0)
        memory, meas = np.zeros(navigation.MEMORY_SIZE), np.zeros(s.MEAS_SIZE)
        memory[navigation.Z], memory[6], memory[8] = height, 100.0, 1.0
        meas[s.RANGE], meas[s.RANGE_VALID] = height + nu, 1.0
        navigation.apply_policy(0.0, meas, params, memory)
        return abs(memory[navigation.Z] - height)

    spread = math.sqrt(100.0 + navigation.range_variance(
        np.zeros(s.MEAS_SIZE), np.concatenate([[0, 0, height], np.zeros(29)]), navigation.pack_navigation(Navigation(), 0.0)))  # fmt: skip
    if abs(nu) > 1.01 * spread:
        assert step("student_t") < step("none")
    elif 1e-6 < abs(nu) < 0.99 * spread:
        assert step("student_t") > step("none")


# guidance


@pytest.mark.nojit
def test_speed_profile_has_the_published_nodes_and_is_continuous() -> None:
    p = g.pack_guidance(g.Guidance())
    assert [g.speed_profile(h, p)[0] for h in (-5.0, 0.0, 20.0, 1000.0, 1e5)] == pytest.approx([0.72, 0.72, 4.7, 33.3, 85.0])
    for h in (0.0, 20.0, 1000.0, 4058.0):
        assert g.speed_profile(h + 1e-7, p)[0] == pytest.approx(g.speed_profile(h - 1e-7, p)[0], abs=1e-4)


@given(st.floats(1.0, 3900.0))
def test_profile_acceleration_is_the_slope_of_the_profile(h: float) -> None:
    p = g.pack_guidance(g.Guidance())
    if min(abs(h - 20.0), abs(h - 1000.0)) < 0.1:
        return
    v, a = g.speed_profile(h, p)
    slope = (g.speed_profile(h + 1e-3, p)[0] - g.speed_profile(h - 1e-3, p)[0]) / 2e-3
    assert a == pytest.approx(v * slope, rel=1e-4)


@pytest.mark.parametrize("law", ["e_guidance", "apollo_quadratic"])
def test_braking_laws_reach_their_target(law: str) -> None:
    flight = ll.fly(replace(FLAT, guidance=replace(FLAT.guidance, law=law)), seed=None)
    end = flight.event("brake_end")
    assert flight.landed
    assert end.est_height_m == pytest.approx(3000.0, abs=60.0)
    assert end.values[0] == pytest.approx(77.0, abs=1.5)


def test_apollo_quadratic_in_closed_form() -> None:
    """In a vacuum without limits the quadratic law ends at the target height and speed: integrate it with scipy."""
    from scipy.integrate import solve_ivp

    p = g.pack_guidance(replace(g.Guidance(), law="apollo_quadratic", target_accel_mps2=0.2))
    speed, decel, start = 77.0, 1.88, 400.0  # slower than the profile, so that its overspeed guard rests

    def slope(t: float, y: np.ndarray) -> list[float]:
        v = speed + decel * (start - t)
        to_go = (v * v - speed * speed) / (2 * decel) + g.brake_distance(p)
        est = np.zeros(g.EST_SIZE)
        est[g.X], est[g.Z], est[g.VX], est[g.VZ] = -to_go, y[0], v, y[1]
        return [y[1], g.brake_law(t, est, p)[2]]

    y = solve_ivp(slope, (0.0, start - 10.0), [15000.0, -20.0], rtol=1e-9, atol=1e-9).y[:, -1]
    v_end = -g.speed_profile(3000.0, p)[0]
    # ten seconds before the end, on a path that ends with a = 0.2: at most a parabola away from the target
    assert y[1] == pytest.approx(v_end - 0.2 * 10.0, abs=1.5)
    assert y[0] == pytest.approx(3000.0 - 10.0 * v_end + 0.5 * 0.2 * 100.0, abs=15.0)


def test_bad_numbers_of_every_part_are_refused() -> None:
    for build, words in (
        (lambda: Vehicle(mass_kg=-5.0), "Vehicle.mass_kg is -5 kg; it must lie between 1"),
        (lambda: Vehicle(main_thrust_N=0.0, assist_thrust_N=0.0), "both 0 N"),
        (lambda: Vehicle(mass_kg="heavy"), "'heavy'"),
        (lambda: Clock(tick_s=0.5), "Clock.tick_s is 0.5 s; it must lie between 0.01 and 0.2 s"),
        (lambda: Clock(substeps=1.5), "whole number"),
        (lambda: Scenario(vehicle=3), "Scenario.vehicle is 3; it must be a Vehicle"),
        (lambda: Scenario(faults=("x",)), "tuple of Fault"),
        (lambda: replace(Scenario(), clock=Clock(tick_s=0.15)), "whole number of Clock.tick_s"),
        (lambda: ll.fly(3), "must be a Scenario"),
        (lambda: ll.campaign(FLAT, n=0), "n is 0; it must be a whole number of at least 1"),
        (lambda: ll.campaign(FLAT, n=2, workers=0), "workers is 0"),
        (lambda: Vehicle(mass_kg=10**400), "too large"),
        (lambda: Scenario(faults=None), "tuple of Fault"),
        (lambda: F("imu", []), "a fault of the imu can be"),
    ):
        with pytest.raises(LunarlabError) as caught:
            build()
        assert words in str(caught.value)


def test_quantities_are_converted_not_only_checked() -> None:
    from astropy import units as u

    assert Vehicle(mass_kg=0.8 * u.tonne, main_thrust_N=0.4 * u.kN).mass_kg == 800.0
    with pytest.raises(LunarlabError, match="can't be converted to kg"):
        Vehicle(mass_kg=3.0 * u.m)
    flight = ll.fly(FLAT, seed=None)
    assert flight["true_altitude"].unit == u.m
    assert flight["true_altitude"].to_value(u.km)[0] == pytest.approx(100.0, abs=1e-6)
    with pytest.raises(LunarlabError, match="no history is called 'altitude'"):
        flight["altitude"]


def test_save_and_load(tmp_path: Path) -> None:
    flight = ll.case("hakuto-r-m1").fly(seed=3)
    again = ll.Flight.load(flight.save(tmp_path / "m1"))
    assert np.array_equal(again.table, flight.table, equal_nan=True)
    assert again.events == flight.events
    assert again.touchdown == flight.touchdown
    assert (again.verdict, again.reasons, again.provenance) == (flight.verdict, flight.reasons, flight.provenance)
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    np.savez(tmp_path / "other.npz", a=1)
    for name in ("bad.npz", "other", "missing"):
        with pytest.raises(LunarlabError, match="not a flight"):
            ll.Flight.load(tmp_path / name)
    names = {ll.fly(FLAT, seed=np.int64(k), record=False).save(tmp_path / f"gate0.{k}").name for k in (5, 7)}
    assert names == {"gate0.5.npz", "gate0.7.npz"}
    assert ll.Flight.load(tmp_path / "gate0.5").provenance["seed"] == 5


def test_a_delay_is_as_long_as_it_says_at_any_rate() -> None:
    scene = replace(FLAT, altimeter=replace(FLAT.altimeter, period_s=0.1), faults=(F("altimeter", "delay", 10.0),))
    flight = ll.fly(scene, seed=None)
    si = flight.si
    at = np.flatnonzero((si["meas_valid"] == 1.0) & (si["true_altitude"] < 8000.0))[0]
    assert si["meas_range"][at] == pytest.approx(si["true_altitude"][at - 100], abs=1e-6)


def test_the_software_does_not_know_how_strong_its_engines_are() -> None:
    scene = replace(FLAT, dispersions=Dispersions(thrust_fraction=0.05))
    for seed in (1, 2):
        flight = ll.fly(scene, seed=seed)
        si = flight.si
        steady = (si["phase"] == 1) & (si["t"] > flight.event("ignition").t_s + 60.0)
        ratio = (si["true_thrust_main"] + si["true_thrust_assist"])[steady] / si["cmd_thrust"][steady]
        z = np.random.default_rng([seed, __import__("zlib").crc32(b"dispersions")]).standard_normal(14)[1]
        assert np.median(ratio) == pytest.approx(1.0 + 0.05 * z, abs=2e-3)


def test_small_coast_steps_do_not_crowd_out_the_powered_flight() -> None:
    flight = ll.fly(replace(FLAT, clock=replace(FLAT.clock, coast_step_s=0.02)), seed=None)
    assert flight.si["t"][-1] == flight.touchdown.t_s
    assert (flight.si["phase"] == 0).sum() < 300


def test_what_a_notebook_prints_is_short() -> None:
    case = ll.case("hakuto-r-m1")
    flight = case.fly(seed=3)
    assert repr(flight).splitlines()[0] == "Flight hakuto-r-m1, seed 3: PROPELLANT_OUT"
    assert len(repr(flight)) < 400
    assert "Atlas" in repr(case) and len(repr(case)) < 200
    assert repr(ll.campaign(case.scenario, n=3)) == "Campaign of 3 flights, seed 0: PROPELLANT_OUT 100.0 %"
