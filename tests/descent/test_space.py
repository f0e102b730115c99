"""Three dimensions: against the plane, against Kepler and scipy in axes that do not turn, and where the lander is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import linprog

import lunarlab as ll
from lunarlab.constants import MU_MOON, OMEGA_MOON, R_MOON
from lunarlab.descent import sensors as s
from lunarlab.descent import space, terrain
from lunarlab.descent import vehicle as v
from lunarlab.descent.navigation import builtin_filter
from lunarlab.descent.scenario import Dispersions, Scenario, draw, pack
from lunarlab.descent.sensors import Altimeter, Camera
from lunarlab.descent.space import Site
from lunarlab.descent.vehicle import Vehicle
from lunarlab.errors import LunarlabError
from lunarlab.twobody import kepler

FLAT = ll.case("nominal-mare").scenario
SITE = Site(dimensions=3, latitude_deg=30.0, longitude_deg=-20.0, heading_deg=200.0)


def cartesian(site: Site, y: np.ndarray, t: float) -> np.ndarray:
    """Position and velocity in axes that do not turn and coincide with the target's (up, forward, left) at time 0."""
    omega = space.rotation_vector(site)
    ct, st, cp, sp = math.cos(y[v.THETA]), math.sin(y[v.THETA]), math.cos(y[v.PHI]), math.sin(y[v.PHI])
    up = np.array([cp * ct, cp * st, sp])
    forward, left = np.array([-st, ct, 0.0]), np.array([-sp * ct, -sp * st, cp])
    r = y[v.R] * up
    velocity = y[v.V_UP] * up + y[v.V_FWD] * forward + y[v.V_LEFT] * left + np.cross(omega, r)
    angle, axis = np.linalg.norm(omega) * t, omega / max(np.linalg.norm(omega), 1e-300)

    def turn(a: np.ndarray) -> np.ndarray:
        return a * math.cos(angle) + np.cross(axis, a) * math.sin(angle) + axis * (axis @ a) * (1.0 - math.cos(angle))

    return np.concatenate([turn(r), turn(velocity)])


def test_without_rotation_and_cross_range_space_is_the_plane() -> None:
    flat = ll.fly(FLAT, seed=None)
    deep = ll.fly(replace(FLAT, site=replace(SITE, rotation=0.0)), seed=None)
    assert deep.si["true_height"] == pytest.approx(flat.si["true_height"], abs=1e-6)
    assert deep.touchdown.propellant_left_kg == pytest.approx(flat.touchdown.propellant_left_kg, abs=1e-9)
    assert np.abs(deep.si["true_cross"]).max() == 0.0


def test_a_flight_in_the_plane_hears_no_third_dimension() -> None:
    wide = replace(FLAT, dispersions=replace(FLAT.dispersions, cross_m=500.0, left_mps=3.0, cross_track_m=2e3))
    a, b = ll.fly(FLAT, seed=5), ll.fly(wide, seed=5)
    assert a.table == pytest.approx(b.table, nan_ok=True, rel=0, abs=0)


@pytest.mark.parametrize(("latitude", "heading"), [(0.0, 270.0), (-69.4, 180.0), (75.0, 15.0)])
def test_a_coast_over_the_turning_moon_is_a_kepler_orbit(latitude: float, heading: float) -> None:
    site = Site(dimensions=3, latitude_deg=latitude, heading_deg=heading, cross_track_m=3e3)
    packed, start = pack(replace(FLAT, site=site), None)
    y, out, engine = start.state.copy(), np.zeros(v.STATE_SIZE), np.zeros(v.ENGINE_SIZE)
    first = cartesian(site, y, 0.0)
    for _ in range(1500):
        space.rk4_step(y, 1.0, np.zeros(4), engine, packed.omega, packed.vehicle, out)
        y[:] = out
    r, velocity = kepler(first[:3], first[3:], 1500.0, mu=MU_MOON)
    assert cartesian(site, y, 1500.0) == pytest.approx(np.concatenate([r, velocity]), abs=2e-5)
    assert np.linalg.norm(r) - np.linalg.norm(first[:3]) < -10e3  # it has gone somewhere


def test_powered_flight_against_scipy_in_axes_that_do_not_turn() -> None:
    """Constant pitch, tilt and thrust with an off-axis turn, 200 s; the reference knows only Newton's law."""
    packed, start = pack(replace(FLAT, site=SITE), None)
    y, out, engine = start.state.copy(), np.zeros(v.STATE_SIZE), np.zeros(v.ENGINE_SIZE)
    engine[v.ON] = engine[v.SHARE] = 1.0
    engine[v.TURN_PITCH], engine[v.TURN_LEFT] = 0.02, -0.03
    y[v.PITCH], y[v.TILT], y[v.T_MAIN], y[v.T_ASSIST] = 0.4, 0.25, 400.0, 900.0
    command = np.array([400.0, 900.0, 0.4, 0.25])
    flow = 400.0 * packed.vehicle.main_flow + 900.0 * packed.vehicle.assist_flow
    mass, omega = y[v.MASS], space.rotation_vector(SITE)
    size = np.linalg.norm(omega)

    def newton(t: float, x: np.ndarray) -> np.ndarray:
        r, u = x[:3], x[3:]
        up = r / np.linalg.norm(r)
        pole = np.array([0.0, 0.0, 1.0])  # of the track's sphere, turned with the Moon
        pole = pole * math.cos(size * t) + np.cross(omega / size, pole) * math.sin(size * t) + (
            omega / size * (omega[2] / size) * (1.0 - math.cos(size * t)))  # fmt: skip
        forward = np.cross(pole, up)
        forward /= np.linalg.norm(forward)
        left = np.cross(up, forward)
        push = 1300.0 / (mass - flow * t)
        direction = math.cos(0.22) * (math.sin(0.42) * up - math.cos(0.42) * forward) + math.sin(0.22) * left
        return np.concatenate([u, -MU_MOON * r / np.linalg.norm(r) ** 3 + push * direction])

    exact = solve_ivp(newton, (0.0, 200.0), cartesian(SITE, y, 0.0), rtol=1e-11, atol=1e-6, method="DOP853").y[:, -1]
    for _ in range(2000):
        space.rk4_step(y, 0.1, command, engine, packed.omega, packed.vehicle, out)
        y[:] = out
    here = cartesian(SITE, y, 200.0)
    assert np.linalg.norm(here[:3] - exact[:3]) < 1e-4
    assert np.linalg.norm(here[3:] - exact[3:]) < 1e-6
    assert y[v.MASS] == pytest.approx(mass - 200.0 * flow, abs=1e-9)
    pushed = np.array([y[v.DV_UP], y[v.DV_FWD], y[v.DV_LEFT]])
    total = 1300.0 / flow * math.log(mass / y[v.MASS])
    assert np.linalg.norm(pushed) == pytest.approx(total, rel=1e-9)  # the direction stays in the local frame


def test_rotation_has_its_rate_and_points_north() -> None:
    for site in (SITE, replace(SITE, latitude_deg=-60.0, heading_deg=10.0)):
        assert np.linalg.norm(space.rotation_vector(site)) == pytest.approx(OMEGA_MOON, rel=1e-14)
        assert space.track_axes(site).T @ space.rotation_vector(site) == pytest.approx([0.0, 0.0, OMEGA_MOON], abs=1e-20)
    assert not space.rotation_vector(Site()).any()


def test_coordinates_on_the_moon() -> None:
    latitude, longitude = space.coordinates(SITE, np.array([0.0, 0.1]), np.array([0.0, 0.0]))
    assert (latitude[0], longitude[0]) == pytest.approx((30.0, -20.0))
    # great circle: 0.1 rad towards 200 deg from 30 N 20 W
    bearing = math.radians(200.0)
    lat = math.asin(math.sin(math.radians(30)) * math.cos(0.1) + math.cos(math.radians(30)) * math.sin(0.1) * math.cos(bearing))
    lon = -20.0 + math.degrees(math.atan2(
        math.sin(bearing) * math.sin(0.1) * math.cos(math.radians(30)), math.cos(0.1) - math.sin(math.radians(30)) * math.sin(lat)
    ))  # fmt: skip
    assert (latitude[1], longitude[1]) == pytest.approx((math.degrees(lat), lon))
    north = space.coordinates(replace(SITE, heading_deg=90.0), 0.0, 0.001)  # left of an eastward track is north
    assert north[0] == pytest.approx(30.0 + math.degrees(0.001), abs=1e-6)


@pytest.mark.parametrize("rotation", [0.0, 1.0])
def test_the_orbit_is_laid_past_the_place_where_the_target_will_be(rotation: float) -> None:
    site, until = replace(SITE, rotation=rotation, cross_track_m=4e3), 3300.0
    state = cartesian(site, space.initial_state(site, 700.0, R_MOON + 1e5, 1600.0, 3.0, until), 0.0)
    normal = np.cross(state[:3], state[3:])
    still = np.zeros(v.STATE_SIZE)
    still[v.R] = R_MOON
    target = cartesian(site, still, until)[:3]
    # the target lies to the right of the plane by the angle that 4 km are on the ground
    assert math.asin(-(normal @ target) / np.linalg.norm(normal) / R_MOON) == pytest.approx(4e3 / R_MOON, rel=1e-9)
    assert math.acos(state[:3] @ target / np.linalg.norm(state[:3]) / R_MOON) == pytest.approx(3.0, abs=1e-3)
    assert np.linalg.norm(state[3:]) == pytest.approx(1600.0, abs=1e-9)


def test_the_vertical_filter_is_refused_where_it_cannot_hold_the_track() -> None:
    still = replace(SITE, rotation=0.0)
    wide = replace(FLAT.dispersions, cross_track_m=50.0)
    for scene, word in (
        (replace(FLAT, site=SITE), "Site.rotation is 1"),
        (replace(FLAT, site=replace(still, cross_track_m=-300.0)), "Site.cross_track_m is -300"),
        (replace(FLAT, site=still, dispersions=wide), "Dispersions.cross_track_m is 50"),
    ):
        with pytest.raises(LunarlabError, match=f"Navigation.filter is 'vertical' and {word}; that filter knows neither"):
            ll.fly(scene)
        with pytest.raises(LunarlabError, match=word):
            ll.campaign(scene, n=2)
        assert ll.fly(replace(scene, navigation=replace(scene.navigation, filter="six")), seed=None).landed


def test_second_altimeter_and_camera_are_heard() -> None:
    scene = replace(FLAT, site=SITE, altimeter_2=Altimeter(range_max_m=5e3, period_s=0.5), camera=Camera(height_max_m=9e3))
    seen: list[tuple[float, ...]] = []

    def listens(t, meas, params, memory):
        seen.append((meas[s.RANGE_2], meas[s.RANGE_2_VALID], meas[s.FIX_X], meas[s.FIX_VALID], meas[s.FIX_SIGMA]))
        return builtin_filter(t, meas, params, memory)

    flight = ll.fly(scene, seed=2, navigation=listens)
    rows = np.array(seen[-len(seen) + 5 :])  # without the trial calls
    ranged, fixed = rows[rows[:, 1] > 0.0], rows[rows[:, 3] > 0.0]
    assert 0 < len(ranged) < len(rows) / 4
    assert ranged[:, 0].max() == pytest.approx(5e3, rel=0.02)
    assert len(fixed) > 10
    assert (fixed[:, 4] >= 3.0).all() and fixed[:, 4].max() == pytest.approx(math.hypot(3.0, 18.0), rel=0.05)
    assert np.isfinite(flight.si["meas_range_2"]).sum() == len(ranged)


def test_dispersions_draw_what_they_say() -> None:
    d = Dispersions(mass_kg=2.0, cross_m=300.0, pointing_deg=0.5, accel_bias_mps2=1e-3)
    draws = [draw(d, seed) for seed in range(400)]
    assert np.std([z["mass_kg"] for z in draws]) == pytest.approx(2.0, rel=0.1)
    assert np.std([z["cross_m"] for z in draws]) == pytest.approx(300.0, rel=0.1)
    assert np.std([z["pointing_deg_left"] for z in draws]) == pytest.approx(0.5, rel=0.1)
    assert np.std([z["accel_bias_mps2_y"] for z in draws]) == pytest.approx(1e-3, rel=0.1)
    assert not any(z["height_m"] for z in draws)
    assert set(draw(d, None).values()) == {0.0}


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7, 8, 12])
def test_the_best_that_is_left_of_a_ring_is_a_linear_program(n: int) -> None:
    packed, _ = pack(replace(FLAT, vehicle=replace(FLAT.vehicle, assist_engines=n, assist_ring_m=1.0)), None)
    angles = 2.0 * np.pi * np.arange(1, n) / n
    best = linprog(-np.ones(n - 1), A_eq=np.array([np.cos(angles), np.sin(angles)]), b_eq=[0, 0], bounds=[(0, 1)] * (n - 1))
    assert v.balance(packed.vehicle) == pytest.approx(-best.fun / n if best.success else 0.0, abs=1e-9)


def test_a_lost_engine_that_cannot_be_balanced_pushes_the_lander_aside() -> None:
    two = replace(FLAT.vehicle, main_thrust_N=0.0, assist_thrust_N=2400.0, assist_engines=2, assist_ring_m=0.3, assist_arm_m=1.0)
    lost = ll.Fault("assist", "engine_out", 90.0, trigger="altitude", at=50.0)
    ends = {}
    for known in (0.0, 1.0):
        scene = replace(FLAT, site=replace(SITE, rotation=0.0), vehicle=replace(two, reallocate=known), faults=(lost,),
                        navigation=replace(FLAT.navigation, filter="six"))  # fmt: skip
        ends[known] = ll.fly(scene, seed=None)
    for flight in ends.values():
        si, begin = flight.si, flight.event("fault").t_s
        after = (si["t"] > begin + 0.3) & (si["t"] < begin + 0.9)  # before anybody leans against it
        up, aside = np.gradient(si["true_vertical_speed"], si["t"])[after] + 1.623, np.gradient(si["true_left_speed"], si["t"])[after]
        assert aside / up == pytest.approx(np.full(aside.size, 0.3), rel=0.15)  # ring over arm, to the lost side
    assert ends[1.0].touchdown.vertical_mps < 1.0 < ends[0.0].touchdown.vertical_mps  # who knows asks the other for more


def test_a_throttle_gap_is_jumped() -> None:
    gap = replace(FLAT.vehicle, throttle_gap_low=0.6, throttle_gap_high=0.95)
    si = ll.fly(replace(FLAT, vehicle=gap), seed=None).si
    share = (si["cmd_thrust"] - si["cmd_thrust_main"]) / gap.assist_thrust_N
    assert ((share <= 0.6 + 1e-9) | (share >= 0.95 - 1e-9)).all()
    assert (share >= 0.95).any()


def test_pointing_error_and_off_axis_thrust_are_felt_alike() -> None:
    skewed = ll.fly(replace(FLAT, faults=(ll.Fault("assist", "off_axis", 2.0), ll.Fault("main", "off_axis", 2.0))), seed=None)
    packed, _ = pack(replace(FLAT, dispersions=Dispersions(pointing_deg=1.0)), 3)
    assert packed.vehicle.point_pitch == pytest.approx(math.radians(draw(Dispersions(pointing_deg=1.0), 3)["pointing_deg"]))
    assert packed.vehicle.point_left != packed.vehicle.point_pitch
    clean = ll.fly(FLAT, seed=None)
    assert abs(skewed.touchdown.propellant_left_kg - clean.touchdown.propellant_left_kg) > 0.01


def test_ground_in_two_dimensions() -> None:
    t = ll.Terrain("crater")
    record = terrain.new_terrain()
    terrain.pack_terrain(t, 0.0, np.zeros(4), record)
    ahead, aside = terrain.ground(record, 15e3 + 8e3, 0.0), terrain.ground(record, -28.5e3, 43.5e3 + 8e3)
    assert aside == pytest.approx(ahead, abs=1e-6)  # the rim is round: 8 km outside it on either side
    slope = ll.Terrain(slope_deg=8.0, slope_azimuth_deg=90.0, small_craters=9, small_crater_field_m=2000.0)
    terrain.pack_terrain(slope, 0.0, np.zeros(4), record)
    plain = terrain.mapped(record, 0.0, 100.0) - terrain.mapped(record, 0.0, -100.0)
    assert plain == pytest.approx(-200.0 * math.tan(math.radians(8.0)))  # downhill to the left
    assert terrain.mapped(record, 0.0, 600.0) == 0.0
    craters = terrain.small_craters(slope)
    assert craters.shape == (9, 4) and (np.hypot(craters[:, 0], craters[:, 1]) <= 2000.0).all()
    x, y, _, depth = craters[0]
    bottom = terrain.ground(record, -x, y) - terrain.mapped(record, -x, y)
    assert bottom == pytest.approx(-depth, rel=0.3)
    rise = terrain.incline(record, -1e4, 0.0, 4.0)
    assert rise == pytest.approx((0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Site(dimensions=2.5), "Site.dimensions is 2.5"),
        (lambda: Camera(height_max_m=50.0), "Camera.height_min_m is 100"),
        (lambda: Vehicle(throttle_gap_low=0.8, throttle_gap_high=0.5), "Vehicle.throttle_gap_high is 0.5"),
        (lambda: Scenario(camera=Camera(period_s=0.25)), "Camera.period_s is 0.25 s"),
        (lambda: Scenario(site=Vehicle()), "Scenario.site is"),
    ],
)
def test_bad_input_is_named(make, says: str) -> None:
    with pytest.raises(LunarlabError, match=says):
        make()


def test_radius_of_the_datum_is_the_mean_sphere_on_flat_ground() -> None:
    assert pack(replace(FLAT, site=SITE), None)[0].radius == R_MOON
