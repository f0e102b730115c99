"""What holds in every flight, whatever flies: bounds at every tick, the rocket equation, mirrors, and faults that only harm."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lunarlab as ll
from lunarlab.descent.scenario import Clock, Scenario
from lunarlab.descent.space import Site
from lunarlab.descent.vehicle import Vehicle

FLAT: Scenario = ll.case("nominal-mare").scenario
SPACE = replace(
    FLAT, site=Site(dimensions=3, latitude_deg=30.0, heading_deg=260.0, cross_track_m=2e3),
    navigation=replace(FLAT.navigation, filter="six"),
)  # fmt: skip
DESCENTS = [name for name in ll.case_names() if isinstance(ll.case(name).scenario, Scenario)]
G0 = 9.80665


def jerky(t, est, params):
    """A law that asks for anything, in any direction, ten times a second."""
    a = params[0] * math.sin(t * params[1]) + params[2]
    b = params[0] * math.cos(t * t * params[1])
    return a, 0.5 * (a - b), b + params[2]


def hold_bounds(scene: Scenario, flight: ll.Flight) -> None:
    """Thrust, its commands, mass and attitude at every tick, and from each tick to the next."""
    v, si = scene.vehicle, flight.si
    assert len(flight.table) > 300  # of a descent that begins in mid-air; from orbit there are thousands
    powered = si["phase"] > 0
    assert len(DESCENTS) >= 4
    assisted = si["cmd_thrust"] - si["cmd_thrust_main"]
    for name, full, least, true, asked in (
        ("main", v.main_thrust_N, v.main_thrust_N, si["true_thrust_main"], si["cmd_thrust_main"]),
        ("assist", v.assist_thrust_N, v.assist_thrust_N * v.assist_throttle_min, si["true_thrust_assist"], assisted),
    ):
        strong = max([1.0, *(f.value for f in scene.faults if (f.target, f.kind) == (name, "scale"))])
        assert ((true >= 0.0) & (true <= full * strong * (1.0 + 1e-12))).all(), name
        wanted = asked[powered]
        on = wanted > 1e-6
        assert (wanted >= -1e-6).all() and (wanted <= full * (1.0 + 1e-9)).all(), name
        if not any(f.kind == "engine_out" for f in scene.faults):  # the rest of the engines throttle down further
            assert (wanted[on] >= least * (1.0 - 1e-9)).all(), name
    mass = si["true_mass"]
    assert mass.min() >= v.dry_mass_kg * (1.0 - 1e-12)
    assert (np.diff(mass) <= 0.0).all()
    swing = sum(abs(f.value) for f in scene.faults if (f.target, f.kind) == ("attitude", "swing"))  # turns it beside the command
    step, rate = np.diff(si["t"]), math.radians(v.pitch_rate_max_deg_s + swing)
    for angle in ("true_pitch", "true_tilt"):
        assert (np.abs(np.diff(si[angle])) <= rate * step + 1e-12).all(), angle


@pytest.mark.parametrize("name", DESCENTS)
def test_bounds_hold_in_every_case(name: str) -> None:
    scene = ll.case(name).scenario
    scene = replace(scene, dispersions=replace(scene.dispersions, thrust_fraction=0.0, mass_kg=0.0))
    for seed in (None, 1):
        hold_bounds(scene, ll.fly(scene, seed=seed))


@settings(max_examples=8, deadline=None)
@given(st.floats(0.0, 20.0), st.floats(0.01, 30.0), st.floats(-3.0, 5.0), st.integers(0, 1000), st.booleans())
def test_bounds_hold_for_a_law_that_asks_for_anything(size: float, rate: float, mean: float, seed: int, space: bool) -> None:
    scene = SPACE if space else FLAT
    scene = replace(scene, clock=replace(scene.clock, powered_max_s=400.0),
                    dispersions=replace(scene.dispersions, thrust_fraction=0.0, mass_kg=0.0))  # fmt: skip
    hold_bounds(scene, ll.fly(scene, guidance=jerky, params=[size, rate, mean], seed=seed))


@pytest.mark.parametrize("space", [False, True])
def test_velocity_change_is_what_the_rocket_equation_says(space: bool) -> None:
    """Thrust over mass, integrated in closed form from tick to tick, against Isp g0 ln(m0 / m1) of the whole flight."""
    v = Vehicle(main_isp_s=300.0, assist_isp_s=300.0)
    scene = replace(SPACE if space else FLAT, vehicle=v, clock=Clock(substeps=20))
    flight = ll.fly(scene, seed=None)
    si, exhaust = flight.si, 300.0 * G0
    rows = np.flatnonzero(si["phase"] > 0)
    dry = flight.event("propellant_out")
    rows = rows[si["t"][rows] < (math.inf if dry is None else dry.t_s - 0.1)]
    node, weight = np.polynomial.legendre.leggauss(6)
    total = 0.0
    for i, j in itertools.pairwise(rows):
        span, mass, lag = si["t"][j] - si["t"][i], si["true_mass"][i], v.thrust_lag_s
        at = 0.5 * span * (node + 1.0)
        asked = si["cmd_thrust"][i]
        off = si["true_thrust_main"][i] + si["true_thrust_assist"][i] - asked  # what dies away with the lag
        thrust = asked + off * np.exp(-at / lag)
        burnt = (asked * at + off * lag * -np.expm1(-at / lag)) / exhaust
        total += 0.5 * span * float(weight @ (thrust / (mass - burnt)))
    first, last = si["true_mass"][rows[0]], si["true_mass"][rows[-1]]
    assert total > 1000.0
    assert exhaust * math.log(first / last) == pytest.approx(total, rel=1e-9)


def test_a_mirrored_approach_is_flown_with_mirrored_controls() -> None:
    """Over a Moon at rest, left and right are alike."""
    left, right = (
        ll.fly(replace(SPACE, site=replace(SPACE.site, rotation=0.0, cross_track_m=cross)), seed=None) for cross in (2e3, -2e3)
    )
    assert np.abs(left.si["true_cross"]).max() > 1e3
    assert np.abs(left.si["cmd_accel_left"]).max() > 1e-3
    assert len(left.table) == len(right.table)
    turned = {"true_cross", "true_left_speed", "true_tilt", "est_cross", "est_left_speed", "cmd_accel_left", "cmd_tilt", "aim_cross"}
    for name, values in left.si.items():
        sign = -1.0 if name in turned else 1.0
        assert np.allclose(values, sign * right.si[name], rtol=1e-9, atol=1e-9, equal_nan=True), name


HARM = {"LANDED": 0, "TIPPED": 1, "HARD_LANDING": 2, "PROPELLANT_OUT": 3, "CRASHED": 3}
FAULTS = {
    "altimeter reads too much": [ll.Fault("altimeter", "bias", v, trigger="altitude", at=500.0) for v in (1, 3, 10, 30, 100, 300)],
    "altimeter is stuck from farther up": [ll.Fault("altimeter", "frozen", trigger="altitude", at=h) for h in (5, 20, 50, 200, 1500)],
    "engines are weaker": [ll.Fault("assist", "scale", v, trigger="altitude", at=800.0) for v in (1.0, 0.9, 0.7, 0.5, 0.3, 0.1)],
    "engines are gone for longer": [
        ll.Fault("assist", "lost", trigger="altitude", at=300.0, duration_s=s) for s in (0.2, 2.0, 8.0, 16.0)
    ],
    "velocimeter reads too much": [ll.Fault("velocimeter", "bias", v) for v in (0.1, 1.0, 2.0, 4.0, 8.0)],
    "accelerometer drifts": [ll.Fault("imu", "bias", v, trigger="altitude", at=3000.0) for v in (0.001, 0.01, 0.1, 0.3, 1.0)],
}


@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_larger_fault_is_never_kinder(what: str, seed: int | None) -> None:
    flights = [ll.fly(replace(FLAT, faults=faults), seed=seed, record=False) for faults in ((), *((f,) for f in FAULTS[what]))]
    harm = [HARM[flight.verdict] for flight in flights]
    assert harm[0] == 0
    assert harm == sorted(harm)
    assert harm[-1] == 3
