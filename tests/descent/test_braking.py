"""Cheapest braking and cheapest vertical landing: reference cases, a direct optimisation, and what must not be possible."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.descent.braking import Braking, State, optimal_braking, steered
from lunarlab.descent.vertical import fall, vertical_optimum
from lunarlab.errors import LunarlabError

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area4.toml").read_text(encoding="utf-8"))
APOLLO = {"thrust_N": 43900.0, "isp_s": 300.5, "mass_kg": 15150.7}
SMALL = {"thrust_N": 3200.0, "isp_s": 310.0, "mass_kg": 1750.0}
ROUGH_BRAKING_END = State(7400.0, 358.0, -61.0)  # Chandrayaan-3: 7.4 km, 358 m/s forward, 61 m/s down


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["OPT-01", "OPT-02"])
def test_braking_from_perilune(name: str) -> None:
    case, want, allowed = CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]
    sphere = {"mu": case["mu"] * 1e9, "radius_m": case["R_M"] * 1e3}
    start = State.perilune(case["perilune"] * 1e3, case["apolune"] * 1e3, **sphere)
    end = State(case["final_altitude"], case["final_speed"], 0.0)
    engine = {"thrust_N": case["thrust"], "isp_s": case["isp"], "mass_kg": case["m0"]}
    best = optimal_braking(start, end, **engine, **sphere)
    assert start.forward_mps == pytest.approx(want["initial_speed"], abs=1e-6)
    assert best.burn_s == pytest.approx(want["burn_time"], abs=allowed["time"])
    assert best.propellant_kg == pytest.approx(want["propellant"], rel=allowed["propellant_rel"])
    assert best.dv_mps == pytest.approx(want["dv"], rel=allowed["propellant_rel"])
    assert best.downrange_m / 1e3 == pytest.approx(want["downrange"], abs=allowed["downrange"])


def fly(start: State, pitch, seconds: float, *, thrust_N: float, isp_s: float, mass_kg: float) -> np.ndarray:
    """Altitude, speed up and forward at the end, by scipy and textbook equations; pitch is a function of time."""

    def rate(t: float, y: np.ndarray) -> list[float]:
        r, up, forward = y
        push, angle = thrust_N / (mass_kg - thrust_N / (isp_s * G0) * t), pitch(t)
        return [up, forward**2 / r - MU_MOON / r**2 + push * math.sin(angle), -up * forward / r - push * math.cos(angle)]

    y0 = [R_MOON + start.altitude_m, start.up_mps, start.forward_mps]
    y = solve_ivp(rate, (0.0, seconds), y0, rtol=1e-9, atol=1e-6, method="DOP853").y[:, -1]
    return y - [R_MOON, 0.0, 0.0]


def check_flown(best: Braking, start: State, end: State, engine: dict[str, float]) -> None:
    y = fly(start, lambda t: np.interp(t, best.t_s, best.pitch_rad), best.burn_s, **engine)
    assert y == pytest.approx([end.altitude_m, end.up_mps, end.forward_mps], abs=0.5)


@pytest.mark.parametrize(
    ("end", "engine"), [(State(), APOLLO), (ROUGH_BRAKING_END, SMALL), (State(2300.0, 150.0, -44.0), APOLLO)]
)
def test_direct_optimisation_agrees(end: State, engine: dict[str, float]) -> None:
    """A cubic pitch profile, flown by scipy and optimised by SLSQP, comes within 1e-5 of the bound and not below it."""
    start = State.perilune(15e3 if engine is APOLLO else 30e3, 100e3)
    best = optimal_braking(start, end, **engine)
    check_flown(best, start, end, engine)

    def miss(x: np.ndarray) -> np.ndarray:
        y = fly(start, lambda t: np.polyval(x[:4], t / best.burn_s), x[4] * best.burn_s, **engine)
        return (y - [end.altitude_m, end.up_mps, end.forward_mps]) / [1e3, 10.0, 10.0]

    first = [0.0, 0.0, 0.6, 0.0, 1.01]
    found = minimize(lambda x: x[4], first, constraints={"type": "eq", "fun": miss}, method="SLSQP",
                     options={"ftol": 1e-9, "maxiter": 60})  # fmt: skip
    assert np.abs(miss(found.x)).max() < 1e-5
    assert -2e-7 < found.x[4] - 1.0 < 1e-5


def test_histories_are_a_flight() -> None:
    start = State.perilune(15e3, 100e3)
    best = optimal_braking(start, **APOLLO)
    assert best.dv_mps == pytest.approx(300.5 * G0 * math.log(best.mass_kg[0] / best.mass_kg[-1]), rel=1e-9)
    assert best.propellant_kg == pytest.approx(43900.0 / (300.5 * G0) * best.burn_s, rel=1e-12)
    assert (best.altitude_m[0], best.forward_mps[0], best.up_mps[0]) == pytest.approx((15e3, start.forward_mps, 0.0))
    assert np.array([best.altitude_m[-1], best.forward_mps[-1], best.up_mps[-1]]) == pytest.approx([0.0] * 3, abs=1e-3)
    assert np.gradient(best.altitude_m, best.t_s)[5:-5] == pytest.approx(best.up_mps[5:-5], abs=0.05)
    assert best.downrange_m == pytest.approx(R_MOON * best.angle_rad[-1])
    assert "6872.11 kg in 461.31 s" in repr(best) and best.miss < 1e-9


def test_costates_are_adjoint_to_the_motion() -> None:
    """Their rates are minus the slopes of the Hamiltonian; the propellant is stationary and would hide a slip."""
    p = np.array([1.8, 0.4])

    def hamiltonian(y: np.ndarray) -> float:
        return float(y[4:] @ steered(0.3, y, p)[:3])

    y = np.array([1.02, -0.03, 0.8, 0.1, 0.7, 0.5, -0.9])
    slopes = [(hamiltonian(y + h) - hamiltonian(y - h)) / 2e-6 for h in 1e-6 * np.eye(7)[:3]]
    assert steered(0.3, y, p)[4:] == pytest.approx(-np.array(slopes), abs=1e-8)


def test_waiting_for_the_best_ignition() -> None:
    """Free ignition never costs more; its optimum is where starting earlier or later costs more; thrust then brakes level."""
    start = State.perilune(15e3, 100e3).after(6000.0)  # on the way down, before the next perilune
    assert start.up_mps < 0.0
    now, best = (optimal_braking(start, **APOLLO, coast_max_s=coast) for coast in (0.0, 1200.0))
    assert 10.0 < best.coast_s < 1190.0 and best.propellant_kg < now.propellant_kg - 1.0
    for shift in (-20.0, 20.0):
        beside = optimal_braking(start.after(best.coast_s + shift), **APOLLO)
        assert beside.propellant_kg > best.propellant_kg
    # Transversality: along the coast the primer's Hamiltonian vanishes; where it levels off, that is horizontal thrust.
    assert best.pitch_rad[0] == pytest.approx(0.0, abs=math.radians(1.0))


def test_a_coast_is_an_orbit() -> None:
    low = State.perilune(15e3, 100e3)
    a = R_MOON + 57.5e3
    high = low.after(math.pi * math.sqrt(a**3 / MU_MOON))
    assert high.altitude_m == pytest.approx(100e3, abs=1e-3) and high.up_mps == pytest.approx(0.0, abs=1e-6)
    assert high.forward_mps * (R_MOON + 100e3) == pytest.approx(low.forward_mps * (R_MOON + 15e3), rel=1e-12)


@settings(max_examples=8)
@given(st.floats(2.0, 4.0), st.floats(250.0, 450.0), st.floats(10e3, 60e3), st.floats(0.0, 300.0), st.floats(-60.0, 0.0))
def test_any_lander_closes(push: float, isp: float, perilune: float, forward: float, up: float) -> None:
    start, end = State.perilune(perilune, 100e3), State(2000.0, forward, up)
    engine = {"thrust_N": 1000.0 * push, "isp_s": isp, "mass_kg": 1000.0}
    best = optimal_braking(start, end, **engine)
    assert best.miss < 1e-9
    check_flown(best, start, end, engine)
    fall_and_speed = math.sqrt(start.forward_mps**2 + 2.0 * 1.6 * (perilune - 2000.0))
    assert start.forward_mps - forward < best.dv_mps + 1e-6 and best.dv_mps < 1.4 * fall_and_speed


def test_braking_that_can_not_be() -> None:
    start = State.perilune(30e3, 100e3)
    with pytest.raises(LunarlabError, match=r"the burn takes 817\.1 kg, 750\.0 kg are aboard"):
        optimal_braking(start, **SMALL, dry_mass_kg=1000.0)
    with pytest.raises(LunarlabError, match=r"km below the sphere: 1000 N are too little for 1750 kg"):
        optimal_braking(start, **{**SMALL, "thrust_N": 1000.0})
    with pytest.raises(LunarlabError, match=r"no burn at 8000 N .*-30 m/s up to 0 km .*: 4\.000 m/s2 .* or so much that"):
        optimal_braking(State(2000.0, 0.0, -30.0), thrust_N=8000.0, isp_s=310.0, mass_kg=2000.0)
    with pytest.raises(LunarlabError, match=r"start is \(1, 2\); it must be a State"):
        optimal_braking((1, 2), **SMALL)
    with pytest.raises(LunarlabError, match=r"State\.forward_mps is nan"):
        State(0.0, math.nan)
    with pytest.raises(LunarlabError, match=r"apolune_m is 10000 m; it must lie between 15000"):
        State.perilune(15e3, 10e3)


# straight down


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["VRT-01", "VRT-02", "VRT-04"])
def test_vertical_landing(name: str) -> None:
    case, want, allowed = CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]
    best = vertical_optimum(case["h0"], case["descent_rate0"], case["m0"], case["T_max"], case["isp"],
                            thrust_min_N=case["T_min"], gravity_mps2=case["g"])  # fmt: skip
    assert best.switch_s == pytest.approx(want["switch_time"], abs=allowed["time"])
    assert best.ignition_height_m == pytest.approx(want["ignition_altitude"], abs=allowed["altitude"])
    assert best.ignition_speed_mps == pytest.approx(want["ignition_speed"], abs=allowed["speed"])
    assert best.burn_s == pytest.approx(want["burn_time"], abs=allowed["time"])
    assert best.propellant_kg == pytest.approx(want["propellant"], abs=allowed["propellant"])
    assert best.dv_mps == pytest.approx(case["isp"] * G0 * math.log(case["m0"] / (case["m0"] - best.propellant_kg)), rel=1e-9)


def descend(height: float, down: float, mass: float, arcs: list[tuple[float, float]]) -> np.ndarray:
    """Height, speed down and mass after arcs of (thrust, seconds), by scipy; Isp 310 s, g 1.622 m/s2."""
    y = np.array([height, down, mass])
    for thrust, seconds in arcs:
        rate = lambda t, y, thrust=thrust: [-y[1], 1.622 - thrust / y[2], -thrust / (310.0 * G0)]  # noqa: E731
        y = solve_ivp(rate, (0.0, seconds), y, rtol=1e-11, atol=1e-9).y[:, -1]
    return y


@settings(max_examples=15)
@given(st.floats(200.0, 5000.0), st.floats(-20.0, 30.0), st.floats(1.5, 4.0), st.floats(0.0, 0.95))
def test_vertical_landing_is_flown_and_cheapest(height: float, down: float, push: float, least: float) -> None:
    mass, full, low = 1000.0, 1622.0 * push, 1622.0 * least
    try:
        best = vertical_optimum(height, down, mass, full, 310.0, thrust_min_N=low)
    except LunarlabError:  # it falls too fast, or it is light enough after a while to climb
        stopped = descend(height, down, mass, [(full, 0.5)])
        assert down > 0.0 or low > 0.5 * 1622.0 or stopped[0] < 0.0
        return
    end = descend(height, down, mass, [(low, best.switch_s), (full, best.burn_s)])
    assert end[:2] == pytest.approx([0.0, 0.0], abs=1e-5) and mass - end[2] == pytest.approx(best.propellant_kg, abs=1e-6)
    # An engine of 95 % of the thrust is one of the throttle settings that were open to it.
    try:
        weaker = vertical_optimum(height, down, mass, 0.95 * full, 310.0, thrust_min_N=low)
    except LunarlabError:
        return
    assert weaker.propellant_kg >= best.propellant_kg - 1e-9


def test_constant_thrust_in_closed_form() -> None:
    assert fall(500.0, 10.0, 1000.0, 0.0, 3000.0, 1.622, 7.0) == pytest.approx((500.0 - 70.0 - 0.811 * 49.0, 10.0 + 11.354, 1000.0))
    assert fall(500.0, 10.0, 1000.0, 2500.0, 310.0 * G0, 1.622, 30.0) == pytest.approx(
        descend(500.0, 10.0, 1000.0, [(2500.0, 30.0)]), abs=1e-6
    )
    weak = fall(500.0, 10.0, 1000.0, 1.35, 310.0 * G0, 1.622, 200.0)  # where the closed form would lose its figures
    assert weak == pytest.approx(descend(500.0, 10.0, 1000.0, [(1.35, 200.0)]), abs=1e-5)


@pytest.mark.parametrize(
    ("numbers", "options", "words"),
    [
        ((50.0, 30.0, 1000.0, 3200.0, 310.0), {}, "comes to rest after 281.4 m"),
        ((500.0, 10.0, 1000.0, 1400.0, 310.0), {"dry_mass_kg": 900.0}, "even without propellant the lander weighs 1459.8 N"),
        ((500.0, 10.0, 1000.0, 3200.0, 310.0), {"dry_mass_kg": 990.0}, "takes 19.1 kg, 10.0 kg are aboard"),
        ((500.0, 10.0, 1000.0, 3200.0, 310.0), {"thrust_min_N": 2500.0}, "thrust_min_N = 2500 N the lander of 1622 N weight does"),
        ((0.0, 10.0, 1000.0, 3200.0, 310.0), {}, "height_m is 0 m"),
        ((500.0, 10.0, 1000.0, 3200.0, 310.0), {"thrust_min_N": 4000.0}, "thrust_min_N is 4000 N; it must lie between 0 and 3200 N"),
    ],
)
def test_vertical_landing_that_can_not_be(numbers, options, words: str) -> None:
    with pytest.raises(LunarlabError) as error:
        vertical_optimum(*numbers, **options)
    assert words in str(error.value)


def test_quantities_are_accepted() -> None:
    best = vertical_optimum(2 * u.km, 108 * u.km / u.h, 2 * u.t, 8 * u.kN, 310 * u.s)
    assert best == vertical_optimum(2000.0, 30.0, 2000.0, 8000.0, 310.0)
    assert State(7.4 * u.km, 358.0, -61.0) == ROUGH_BRAKING_END
