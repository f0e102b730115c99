"""Orbits around the Moon: lifetimes, frozen and Sun-synchronous orbits, the way down, the track on the ground."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st

from lunarlab import twobody
from lunarlab.constants import MU_MOON, OMEGA_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.insertion import orbits
from lunarlab.insertion.gravity import gravity
from lunarlab.twobody import Elements

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area3.toml").read_text(encoding="utf-8"))
DAY = 86400.0
NEAR_EQUATOR = Elements(1837.4e3, 0.001, math.radians(10.0))
POLAR = Elements(1837.4e3, 0.001, math.radians(90.0))


def elements_of(case: dict) -> Elements:
    a, e, *angles = case["inputs"]["elements"]
    return Elements(a * 1e3, e, *(math.radians(x) for x in angles))


@pytest.mark.parametrize("name", ["LIF-01", "LIF-02", "LIF-04"])
def test_lifetimes_at_degree_8(name: str) -> None:
    case = CASES[name]
    want, allowed = case["expected"], case["tolerance"]
    life = orbits.lifetime(elements_of(case), degree=8, horizon_s=case["inputs"]["horizon"] * DAY)
    if want["lifetime"] == "survives":
        assert life.survives
        assert life.min_perilune_altitude_m / 1e3 == pytest.approx(want["min_perilune_altitude"], abs=allowed["min_perilune"])
    else:
        assert life.lifetime_s / DAY == pytest.approx(want["lifetime"], abs=allowed["lifetime"])
        assert life.min_perilune_altitude_m == 0.0 and np.all(life.perilune_altitude_m > 0.0)
        assert np.all(life.t_s < life.lifetime_s)


def test_lifetimes_at_degree_20() -> None:
    assert orbits.lifetime(NEAR_EQUATOR).lifetime_s / DAY == pytest.approx(11.77, abs=0.1)
    polar = orbits.lifetime(POLAR)
    assert polar.survives and polar.degree == 20
    assert polar.min_perilune_altitude_m / 1e3 == pytest.approx(67.8, abs=0.1)


@pytest.mark.parametrize(("node", "days"), [(0, 47.3), (90, 28.7), (180, 13.3), (270, 36.8)])
def test_subsatellite_of_apollo_16_over_the_node(node: float, days: float) -> None:
    start = elements_of(CASES["LIF-04"])
    orbit = Elements(start.a_m, start.e, start.inclination_rad, math.radians(node))
    assert orbits.lifetime(orbit).lifetime_s / DAY == pytest.approx(days, abs=0.1)


def test_lifetime_by_degree() -> None:
    lives = orbits.lifetimes(NEAR_EQUATOR, (0, 8, 20))
    assert [life.degree for life in lives] == [0, 8, 20]
    assert lives[0].survives and lives[1].lifetime_s > 2.0 * lives[2].lifetime_s


def test_impact_is_on_the_surface() -> None:
    life = orbits.lifetime(NEAR_EQUATOR)
    flown = orbits.propagate(NEAR_EQUATOR, 20 * DAY, samples=60_000)
    assert flown.impact_s == pytest.approx(life.lifetime_s, abs=1.0)
    assert flown.t_s[-1] < flown.impact_s and flown.altitude_m.min() > 0.0
    assert np.interp(life.t_s[:-1], flown.t_s, flown.altitude_m) == pytest.approx(life.perilune_altitude_m[:-1], abs=15.0)


def test_a_graze_between_two_steps_is_an_impact() -> None:
    # At degree 0 the perilune is known: 30 m below the ground for half a minute, a fraction of a step.
    graze = Elements(2200e3, 1.0 - (R_MOON - 30.0) / 2200e3, 1.0, nu_rad=math.pi)
    half = 0.5 * twobody.period(graze.a_m, mu=gravity(0).mu)
    assert orbits.lifetime(graze, degree=0).lifetime_s == pytest.approx(half, abs=60.0)
    assert orbits.propagate(graze, 2 * DAY, degree=0, samples=50_000).impact_s == pytest.approx(half, abs=60.0)


def test_a_horizon_before_the_end_survives() -> None:
    life = orbits.lifetime(NEAR_EQUATOR, horizon_s=11.0 * DAY)
    assert life.survives and life.t_s[-1] < 11.0 * DAY


@given(st.floats(1.84e6, 2.5e6), st.floats(0.0, 0.02), st.floats(0.0, math.pi), st.floats(0.0, 6.2), st.floats(0.0, 6.2))
@settings(max_examples=15)
def test_degree_0_is_kepler(a: float, e: float, tilt: float, node: float, argp: float) -> None:
    field, start = gravity(0), Elements(a, e, tilt, node, argp, 0.5)
    flown = orbits.propagate(start, DAY, degree=0, samples=50)
    r, v = twobody.kepler(*twobody.state(start, mu=field.mu), flown.t_s, mu=field.mu)
    assert flown.r_mci == pytest.approx(r, abs=0.05)
    assert flown.v_mci == pytest.approx(v, abs=5e-5)


def test_apsides_of_a_point_mass_stay() -> None:
    history = orbits.apsis_history(Elements(1900e3, 0.05, 1.0, 1.0, 1.0, 1.0), 2 * DAY, degree=0)
    assert history["perilune_altitude_m"] == pytest.approx(1900e3 * 0.95 - R_MOON, abs=0.1)
    assert history["apolune_altitude_m"] == pytest.approx(1900e3 * 1.05 - R_MOON, abs=0.1)
    period = twobody.period(1900e3, mu=gravity(0).mu)
    for name in ("perilune_s", "apolune_s"):
        assert np.diff(history[name]) == pytest.approx(period, abs=1e-3)
        assert history[name].size == pytest.approx(2 * DAY / period, abs=1.0)


def test_apsides_end_with_the_orbit() -> None:
    history = orbits.apsis_history(NEAR_EQUATOR, 60 * DAY)
    assert history["perilune_s"][-1] < 11.8 * DAY and history["apolune_s"][-1] < 11.8 * DAY
    assert history["apolune_altitude_m"][-1] > 150e3


def test_frozen_orbit_keeps_its_perilune() -> None:
    # The Lunar Reconnaissance Orbiter was first put into such an orbit, its perilune over the south pole.
    orbit = orbits.frozen_orbit(R_MOON + 123e3, math.radians(90.0))
    assert math.degrees(orbit.argp_rad) == pytest.approx(270.0, abs=10.0)
    assert 0.02 < orbit.e < 0.06
    kept = orbits.lifetime(orbit, horizon_s=120 * DAY)
    other = orbits.lifetime(Elements(orbit.a_m, orbit.e, orbit.inclination_rad, 0.0, math.radians(90.0)), horizon_s=120 * DAY)
    assert kept.survives
    assert np.ptp(kept.perilune_altitude_m) < 20e3 < 2.0 * np.ptp(other.perilune_altitude_m)


@pytest.mark.parametrize("name", ["SSO-01", "SSO-02"])
def test_sun_synchronous(name: str) -> None:
    case = CASES[name]
    altitude, want = case["inputs"]["altitude"] * 1e3, case["expected"]
    assert pytest.approx(case["inputs"]["sun_rate"], rel=1e-9) == orbits.SUN_RATE
    fastest = -math.degrees(orbits.node_rate(R_MOON + altitude, 0.0)) * DAY
    assert fastest == pytest.approx(want["max_node_rate"], abs=case["tolerance"]["rate"])
    tilt = orbits.sun_synchronous_inclination(altitude)
    assert math.degrees(tilt) == pytest.approx(want["inclination"], abs=case["tolerance"]["inclination"])
    assert orbits.node_rate(R_MOON + altitude, tilt) == pytest.approx(orbits.SUN_RATE, rel=1e-12)
    assert twobody.period(R_MOON + altitude, mu=gravity().mu) / 60 == pytest.approx(want["period"], abs=1e-6)


def test_sun_synchronous_ends_at_206_km() -> None:
    orbits.sun_synchronous_inclination(206e3)
    with pytest.raises(LunarlabError, match=r"must be below 206\.\d km"):
        orbits.sun_synchronous_inclination(207e3)


def test_drifts_vanish_where_they_should() -> None:
    assert orbits.node_rate(1.9e6, math.pi / 2) == pytest.approx(0.0, abs=1e-20)
    critical = math.acos(math.sqrt(0.2))  # 63.4 deg
    assert orbits.apse_rate(1.9e6, critical, e=0.1) == pytest.approx(0.0, abs=1e-20)
    assert orbits.apse_rate(1.9e6, 0.0) == pytest.approx(-2.0 * orbits.node_rate(1.9e6, 0.0), rel=1e-12)


def test_kozai() -> None:
    case = CASES["FRZ-01"]
    assert math.degrees(orbits.kozai_inclination(case["inputs"]["e"])) == pytest.approx(
        case["expected"]["inclination_to_perturber_plane"], abs=1e-6
    )
    assert math.degrees(orbits.kozai_inclination(0.0)) == pytest.approx(39.2315, abs=1e-4)


def test_descent_orbit() -> None:
    down = orbits.descent_orbit(100e3, 15e3)
    assert down.dv_mps == pytest.approx(19.5, abs=0.05) and down.coast_s / 60 == pytest.approx(56.9, abs=0.05)
    assert down.perilune_speed_mps == pytest.approx(1692, abs=0.5)


@given(st.floats(10e3, 2e6), st.floats(0.0, 1.0))
def test_descent_orbit_by_conservation(high: float, part: float) -> None:
    low = part * high
    down = orbits.descent_orbit(high, low)
    assert down.dv_mps >= -1e-9
    assert down.apolune_speed_mps * (R_MOON + high) == pytest.approx(down.perilune_speed_mps * (R_MOON + low), rel=1e-12)
    gain = MU_MOON * (1 / (R_MOON + low) - 1 / (R_MOON + high))
    assert 0.5 * (down.perilune_speed_mps**2 - down.apolune_speed_mps**2) == pytest.approx(gain, abs=1e-3)


def test_ground_track() -> None:
    field = gravity(0)
    period = twobody.period(1837.4e3, mu=field.mu)
    flown = orbits.propagate(Elements(1837.4e3, 0.0, math.radians(60.0)), period, degree=0, samples=5)
    latitude, longitude = orbits.ground_track(flown.r_mci, flown.t_s)
    assert np.degrees(latitude) == pytest.approx([0, 60, 0, -60, 0], abs=1e-6)
    turned = math.degrees(OMEGA_MOON * period)
    assert np.degrees(longitude)[[0, -1]] == pytest.approx([0.0, -turned], abs=1e-6)
    assert np.degrees(longitude)[2] == pytest.approx(180.0 - turned / 2, abs=1e-6)
    east = orbits.ground_track(flown.r_mci, flown.t_s, prime_meridian_rad=-0.5)[1]
    assert np.remainder(east - longitude, 2 * math.pi) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.nojit
def test_a_revolution_in_plain_python() -> None:
    flown = orbits.propagate((np.array([1837.4, 0, 0]) * u.km, [0, 0, 1633.5] * u.m / u.s), 600 * u.s, degree=3, samples=2)
    assert flown.altitude_m == pytest.approx(100e3, abs=2e3) and math.isinf(flown.impact_s)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: orbits.lifetime(POLAR, degree=21), r"degree is 21"),
        (lambda: orbits.lifetime("polar"), r"must be twobody.Elements or a pair"),
        (lambda: orbits.lifetime(Elements(1700e3, 0.0, 1.0)), r"starts 1700.0 km from the centre"),
        (lambda: orbits.lifetime(POLAR, horizon_s=1e9), r"horizon_s is 1e\+09 s"),
        (lambda: orbits.propagate(POLAR, -1.0), r"duration_s is -1 s"),
        (lambda: orbits.descent_orbit(15e3, 100e3), r"perilune_altitude_m is 100 km; it must not be above altitude_m"),
        (lambda: orbits.frozen_orbit(1.9e6, 1.0, degree=2), r"degree is 2; .* odd terms"),
        (lambda: orbits.frozen_orbit(1.9e6, 0.01), r"inclination_rad is 0.01 rad"),
        (lambda: orbits.frozen_orbit(1860.4e3, math.pi / 2, degree=8), r"no frozen orbit .* a perilune -\d"),
        (lambda: orbits.kozai_inclination(1.2), r"e is 1.2"),
        (lambda: orbits.ground_track("here", [1.0]), r"r_mci is here; it must be numbers in m"),
        (lambda: orbits.ground_track(np.zeros((3, 3)), [1.0]), r"shape \(3, 3\) and t_s \(1,\)"),
    ],
)
def test_wrong_input(call, says: str) -> None:
    with pytest.raises(LunarlabError, match=says):
        call()


def test_ground_track_in_hours() -> None:
    r = np.array([[R_MOON, 0.0, 0.0], [0.0, R_MOON, 0.0]])
    want = orbits.ground_track(r, [0.0, 3600.0])
    np.testing.assert_allclose(orbits.ground_track(r / 1e3 * u.km, [0.0, 1.0] * u.hour), want)


def test_an_open_orbit_passes_no_second_perilune() -> None:
    away = orbits.lifetime((np.array([2e6, 0.0, 0.0]), np.array([1e3, 3e3, 0.0])), degree=0, horizon_s=86400.0)
    assert away.survives and "without a perilune" in repr(away) and "inf" not in repr(away)
