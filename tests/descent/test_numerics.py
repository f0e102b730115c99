"""The integrator against independent routes: DOP853 in Cartesian coordinates, Kepler, energy, the rocket equation."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import lunarlab as ll
from lunarlab.descent.scenario import Clock, Orbit, Scenario
from lunarlab.descent.vehicle import Vehicle

MU, RADIUS, G0 = 4.902800066e12, 1_737_400.0, 9.80665  # published values, not imported from the code under test


def replay(scene: Scenario, flight: ll.Flight, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Largest error of height and distance when the recorded commands are flown again by DOP853 in x, y, vx, vy."""
    v, si = scene.vehicle, flight.si
    dry = flight.event("propellant_out")
    powered = si["phase"] > 0
    if dry is not None:
        powered &= si["t"] < dry.t_s - 0.2
    rows = np.flatnonzero(powered)
    rate = math.radians(v.pitch_rate_max_deg_s)
    i = rows[0]
    r, along = radius + si["true_height"][i], -si["true_distance"][i] / radius
    up = np.array([math.sin(along), math.cos(along)])  # the target is on the y axis, the lander flies towards +x
    forward = np.array([up[1], -up[0]])
    velocity = si["true_vertical_speed"][i] * up + si["true_forward_speed"][i] * forward
    state = np.concatenate([r * up, velocity, [si["true_mass"][i], 0.0, 0.0, 0.0]])

    def slope(t: float, s: np.ndarray, main_c: float, assist_c: float, pitch_c: float) -> np.ndarray:
        position, speed, mass, pitch, main, assist = s[:2], s[2:4], s[4], s[5], s[6], s[7]
        distance = np.hypot(*position)
        radial = position / distance
        ahead = np.array([radial[1], -radial[0]])
        thrust = (main + assist) / mass * (math.sin(pitch) * radial - math.cos(pitch) * ahead)
        return np.concatenate([
            speed, thrust - MU * radial / distance**2,
            [-(main / (v.main_isp_s * G0) + assist / (v.assist_isp_s * G0)),
             np.clip((pitch_c - pitch) / v.pitch_lag_s, -rate, rate),
             (main_c - main) / v.thrust_lag_s, (assist_c - assist) / v.thrust_lag_s],
        ])  # fmt: skip

    errors = []
    for i, j in itertools.pairwise(rows):
        main_c = si["cmd_thrust_main"][i]
        arguments = (main_c, si["cmd_thrust"][i] - main_c, si["cmd_pitch"][i])
        span = si["t"][j] - si["t"][i]
        state = solve_ivp(slope, (0.0, span), state, "DOP853", args=arguments, rtol=1e-11, atol=1e-9).y[:, -1]
        if j % 200 == 0 or j == rows[-1]:
            height = np.hypot(state[0], state[1]) - radius
            errors.append((height - si["true_height"][j], -math.atan2(state[0], state[1]) * radius - si["true_distance"][j]))
    return tuple(np.abs(np.array(errors)).max(axis=0))


@pytest.mark.parametrize("name", ["nominal-mare", "hakuto-r-m1-crater"])
def test_replay_by_dop853_agrees_within_5_cm(name: str) -> None:
    scene = ll.case(name).scenario  # noise, but the thrust and specific impulse that the replay knows
    scene = replace(scene, dispersions=replace(scene.dispersions, thrust_fraction=0.0, isp_fraction=0.0))
    height, distance = replay(scene, ll.fly(scene, seed=2), RADIUS)
    assert height < 0.05
    assert distance < 0.05


def kepler(t: float, a: float, e: float) -> tuple[float, float]:
    """Radius and angle from apoapsis a time t after it, from Kepler's equation."""
    mean = math.pi + t * math.sqrt(MU / a**3)
    anomaly = brentq(lambda x: x - e * math.sin(x) - mean, 0.0, 2.0 * math.pi + 1.0, xtol=1e-15, rtol=1e-15)
    true = 2.0 * math.atan2(math.sqrt(1 + e) * math.sin(anomaly / 2), math.sqrt(1 - e) * math.cos(anomaly / 2))
    return a * (1.0 - e * math.cos(anomaly)), (true - math.pi) % (2.0 * math.pi)


def test_coast_is_a_kepler_orbit() -> None:
    scene = Scenario()
    flight = ll.fly(scene, seed=None)
    r_a = RADIUS + scene.orbit.altitude_m
    v_a = math.sqrt(MU / r_a) - scene.orbit.deorbit_dv_mps
    a = 1.0 / (2.0 / r_a - v_a**2 / MU)
    e = r_a / a - 1.0
    coasting = flight.si["phase"] == 0
    start = flight.si["true_distance"][0]
    assert coasting.sum() > 250
    for t, height, distance in zip(
        flight.si["t"][coasting], flight.si["true_height"][coasting], flight.si["true_distance"][coasting], strict=True
    ):
        r, angle = kepler(t, a, e)
        assert abs(RADIUS + height - r) < 1e-6
        assert abs((start - distance) / RADIUS - angle) * RADIUS < 1e-5  # the arc of 4.5e6 m itself rounds at 1e-9 m


def test_ignition_is_found_inside_the_coast_step() -> None:
    times = [
        ll.fly(replace(Scenario(), clock=Clock(coast_step_s=step)), seed=None).event("ignition").t_s for step in (0.1, 1.0, 5.0)
    ]
    assert max(times) - min(times) < 1e-6


def test_fall_after_the_tanks_are_dry_conserves_energy() -> None:
    flight = ll.case("hakuto-r-m1-crater").fly(seed=None)
    dry = flight.event("propellant_out")
    falling = flight.si["t"] > dry.t_s
    r = RADIUS + flight.si["true_height"][falling]
    speed2 = flight.si["true_vertical_speed"][falling] ** 2 + flight.si["true_forward_speed"][falling] ** 2
    energy = speed2 / 2 - MU / r
    speed_error = np.abs(energy - energy[0]) / np.sqrt(speed2).clip(1.0)
    assert falling.sum() > 500
    assert speed_error.max() < 1e-3


def test_substeps_do_not_move_the_result() -> None:
    base = ll.case("hakuto-r-m1-crater").scenario
    one, four = (ll.fly(replace(base, clock=replace(base.clock, substeps=n)), seed=None) for n in (1, 4))
    assert abs(one.event("estimate_zero").altitude_m - four.event("estimate_zero").altitude_m) < 0.5
    flat = ll.case("nominal-mare").scenario
    one, four = (ll.fly(replace(flat, clock=replace(flat.clock, substeps=n)), seed=None) for n in (1, 4))
    assert abs(one.touchdown.propellant_left_kg - four.touchdown.propellant_left_kg) < 5e-3


@pytest.mark.parametrize("tick", [0.05, 0.2])
def test_other_ticks_stay_in_the_band(tick: float) -> None:
    base = ll.case("hakuto-r-m1-crater").scenario
    flight = ll.fly(replace(base, clock=replace(base.clock, tick_s=tick)), seed=None)
    assert 4800.0 < flight.event("estimate_zero").altitude_m < 5020.0
    flat = ll.fly(replace(Scenario(), clock=Clock(tick_s=tick)), seed=None)
    assert flat.landed
    assert 0.55 < flat.touchdown.vertical_mps < 0.80


def test_propellant_obeys_the_rocket_equation() -> None:
    """With one specific impulse the mass ratio gives the velocity change that an accelerometer sums up."""
    scene = replace(Scenario(), vehicle=Vehicle(main_isp_s=300.0, assist_isp_s=300.0))
    flight = ll.fly(scene, seed=None)
    si = flight.si
    powered = si["phase"] > 0
    thrust = si["true_thrust_main"] + si["true_thrust_assist"]
    dv = np.trapezoid(thrust[powered] / si["true_mass"][powered], si["t"][powered])
    mass = si["true_mass"]
    assert 300.0 * G0 * math.log(mass[0] / mass[-1]) == pytest.approx(dv, rel=2e-4)


def test_contact_and_depletion_are_found_inside_the_step() -> None:
    flight = ll.case("hakuto-r-m1-crater").fly(seed=None)
    assert abs(flight.event("contact").altitude_m) < 1e-6
    assert flight.si["true_mass"][-1] == pytest.approx(360.0, abs=1e-9)
    dry = flight.event("propellant_out")
    ticks = (dry.t_s - flight.event("ignition").t_s) / 0.1
    assert abs(ticks - round(ticks)) > 1e-6  # not on a tick: it was located


def test_a_de_orbit_burn_too_close_to_the_target_is_a_verdict() -> None:
    flight = ll.fly(replace(Scenario(), orbit=Orbit(deorbit_distance_m=1.0e5)), seed=None)
    assert flight.verdict == "PROPELLANT_OUT"
    assert flight.touchdown.miss_m > 1e5
    assert flight.reasons


def test_coast_agrees_with_boinor() -> None:
    """Another library's two-body propagator (Farnocchia et al. 2013) over the whole coast."""
    from boinor.core.propagation.farnocchia import farnocchia_rv

    scene = Scenario()
    flight = ll.fly(scene, seed=None)
    r_a = (RADIUS + scene.orbit.altitude_m) / 1e3
    v_a = math.sqrt(MU / 1e9 / r_a) - scene.orbit.deorbit_dv_mps / 1e3
    ignition = flight.event("ignition")
    r, v = farnocchia_rv(MU / 1e9, np.array([r_a, 0.0, 0.0]), np.array([0.0, v_a, 0.0]), ignition.t_s)
    first = np.flatnonzero(flight.si["phase"] > 0)[0]
    assert np.hypot(r[0], r[1]) * 1e3 - RADIUS == pytest.approx(flight.si["true_height"][first], abs=1e-4)
    assert (r @ v) / np.linalg.norm(r) * 1e3 == pytest.approx(flight.si["true_vertical_speed"][first], abs=1e-7)
    arc = (flight.si["true_distance"][0] - flight.si["true_distance"][first]) / RADIUS
    assert math.atan2(r[1], r[0]) % (2 * math.pi) * RADIUS == pytest.approx(arc * RADIUS, abs=1e-3)
