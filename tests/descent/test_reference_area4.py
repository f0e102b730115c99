"""Powered descent against figures from outside: what Apollo 11 flew, and the closed forms of published guidance laws."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from lunarlab import twobody
from lunarlab.descent import guidance as g
from lunarlab.descent import laws
from lunarlab.descent import vehicle as v
from lunarlab.descent.scenario import Scenario, pack
from lunarlab.insertion.burn import Engine

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area4.toml").read_text(encoding="utf-8"))
FOOT, MILE = 0.3048, 1852.0


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Inputs, expected figures and tolerances."""
    return CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]


class Ship:
    """A lander of the descent room, moved by its own Runge-Kutta step; engines hold what they are given."""

    def __init__(self, vehicle: v.Vehicle, radius_m: float, thrust_N: float = 0.0) -> None:
        packed, start = pack(Scenario(vehicle=vehicle), None)
        self.numbers = packed.vehicle
        self.y = start.state.copy()
        self.y[[v.R, v.THETA, v.V_UP, v.V_FWD]] = radius_m, 0.0, 0.0, 0.0
        self.y[v.PITCH], self.y[v.T_ASSIST] = math.pi / 2.0, thrust_N
        self.command, self.engine = np.array([0.0, thrust_N, math.pi / 2.0, 0.0]), np.zeros(v.ENGINE_SIZE)
        self.engine[[v.ON, v.SHARE]] = 1.0

    def after(self, seconds: float) -> np.ndarray:
        """State one step of this length later."""
        out = self.y.copy()
        v.rk4_step(self.y, seconds, self.command, self.engine, self.numbers, out)
        return out


def test_apollo_11_burnt_what_the_rocket_equation_says() -> None:
    given, want, near = case("APO-07")
    before, after = given["m_ignition"], given["m_landed"]
    assert before - after == pytest.approx(want["propellant"], abs=near["propellant"])
    engine = Engine(43_900.0, given["isp"])
    seconds = (before - after) / engine.flow_kgps
    assert engine.dv(before, seconds) == pytest.approx(want["dv"], abs=near["dv"])
    dry = v.Vehicle(mass_kg=before, dry_mass_kg=7000.0, main_thrust_N=0.0, assist_thrust_N=43_900.0, assist_isp_s=given["isp"])
    ship = Ship(dry, 1_752_400.0, 43_900.0)
    for _ in range(200):
        ship.y = ship.after(seconds / 200.0)
    assert ship.y[v.MASS] == pytest.approx(after, rel=1e-12)
    assert ship.y[v.DV_UP] == pytest.approx(want["dv"], abs=near["dv"])
    assert ship.y[v.DV_UP] == pytest.approx(given["isp"] * 9.80665 * math.log(before / after), rel=1e-9)
    clock = {name: 3600.0 * h + 60.0 * m + s for name, (h, m, s) in
             ((name, given[name]) for name in ("ignition", "landing", "high_gate", "throttle_recovery"))}  # fmt: skip
    since = {name: clock[name] - clock["ignition"] for name in clock}
    assert since["landing"] == pytest.approx(want["duration"], abs=near["time"])
    assert since["high_gate"] == pytest.approx(want["time_to_high_gate"], abs=near["time"])
    assert since["throttle_recovery"] == pytest.approx(want["time_to_throttle_recovery"], abs=near["time"])


def test_apollo_11_ignition_speed() -> None:
    given, want, near = case("APO-08")
    site = given["R_site"] * 1e3
    speed = twobody.speed(site + given["altitude"] * FOOT, site + 0.5 * sum(given["orbit"]) * MILE, mu=given["mu"] * 1e9) / FOOT
    assert speed == pytest.approx(want["inertial_speed"], abs=near["speed"])
    assert speed == pytest.approx(want["table_value"], abs=near["table"])


def test_apollo_targets_imply_high_gate() -> None:
    given, want, near = case("APO-09")
    up = laws.along(float(given["t"]), given["R"][0], given["V"][0], given["Acc"][0], 0.0)
    down_range = laws.along(float(given["t"]), given["R"][2], given["V"][2], given["Acc"][2], given["Jz"])
    assert up[0] == pytest.approx(want["altitude"], abs=near["ft"])
    assert up[1] == pytest.approx(want["altitude_rate"], abs=near["fps"])
    assert -down_range[0] == pytest.approx(want["range_to_go"], abs=near["ft"])
    assert down_range[1] == pytest.approx(want["forward_speed"], abs=near["fps"])
    # The guidance computer goes the other way: from the state and the jerk at the target to the time that is left.
    t_go = laws.time_jerk(given["R"][2] - down_range[0], down_range[1], given["V"][2], given["Acc"][2], given["Jz"])
    assert t_go == pytest.approx(-given["t"], rel=1e-9)


@pytest.mark.parametrize("name", ["GTN-01", "GTN-02", "GTN-04"])
def test_gravity_turn(name: str) -> None:
    given, want, near = case(name)
    ratio, g0 = given["thrust_accel_over_g"], given["g"]
    turn = given["v0"], math.cos(math.radians(given["angle_from_vertical_down"])), ratio, g0
    seconds = laws.gravity_turn_time(*turn)
    assert seconds == pytest.approx(want["time_to_stop"], rel=near["relative"])
    assert laws.gravity_turn_height(*turn) == pytest.approx(want["altitude_lost"], rel=near["relative"])
    assert laws.gravity_turn_range(*turn) == pytest.approx(want["downrange"], rel=near["relative"])
    assert ratio * g0 * seconds == pytest.approx(want["dv"], rel=near["relative"])
    back = laws.gravity_turn_ratio(turn[0], turn[1], want["altitude_lost"], g0)
    assert back == pytest.approx(ratio, rel=near["relative"])


def test_quadratic_guidance() -> None:
    given, want, near = case("QDG-01")
    t = given["t_go"]
    for i in range(3):
        r, speed = float(given["r"][i]), float(given["v"][i])
        target = float(given["r_target"][i]), float(given["v_target"][i]), float(given["a_target"][i])
        now = laws.quadratic(target[0] - r, speed, target[1], target[2], t)
        assert now == pytest.approx(want["acceleration_now"][i], abs=near["acceleration"])
        a, b, c = laws.quadratic_path(target[0] - r, speed, target[1], target[2], t)
        assert a == now
        assert b == pytest.approx(want["linear_coefficient"][i], abs=near["coefficients"])
        assert c == pytest.approx(want["quadratic_coefficient"][i], abs=near["coefficients"])
        there = r + t * (speed + t * (a / 2.0 + t * (b / 6.0 + t * c / 12.0)))
        assert there == pytest.approx(target[0], abs=1e-9)
        assert speed + t * (a + t * (b / 2.0 + t * c / 3.0)) == pytest.approx(target[1], abs=1e-11)
        assert a + t * (b + t * c) == pytest.approx(target[2], abs=1e-13)


def test_e_guidance() -> None:
    given, want, near = case("EGD-01")
    t = float(given["t_go"])
    for i in range(3):
        r, speed = float(given["r"][i]), float(given["v"][i])
        r_end, v_end = float(given["r_target"][i]), float(given["v_target"][i])
        now = laws.e_guidance(r_end - r, speed, v_end, t)
        assert now == pytest.approx(want["acceleration_now"][i], abs=near["acceleration"])
        slope, later = want["slope"][i], 50.0  # asked again on its own path it must not change its mind
        r_then, v_then, a_then = laws.along(later, r, speed, now, slope)
        again = laws.e_guidance(r_end - r_then, v_then, v_end, t - later)
        assert again == pytest.approx(a_then, abs=near["acceleration"])
        assert (again - now) / later == pytest.approx(slope, abs=near["slope"])


def test_zero_effort_miss_and_velocity() -> None:
    given, want, near = case("ZEM-01")
    t, cost = given["t_go"], 0.0
    r, speed, gravity = (np.array(given[name], dtype=float) for name in ("r", "v", "gravity"))
    dr, v_end = np.array(given["r_target"]) - r, np.array(given["v_target"], dtype=float)
    for i in range(3):
        miss, error = laws.zem(dr[i], speed[i], gravity[i], t), laws.zev(speed[i], v_end[i], gravity[i], t)
        assert miss == pytest.approx(want["zem"][i], abs=near["zem"])
        assert error == pytest.approx(want["zev"][i], abs=near["zem"])
        assert laws.zem_zev(miss, error, t) == pytest.approx(want["thrust_acceleration"][i], abs=near["acceleration"])
        cost += laws.zem_zev_cost(miss, error, t)
    assert cost == pytest.approx(want["cost_half_integral_a2"], abs=near["cost"])
    products = dr @ dr, dr @ (speed + v_end), speed @ speed + speed @ v_end + v_end @ v_end, gravity @ gravity
    free = laws.time_optimal(*map(float, products), 0.0)
    assert free == pytest.approx(want["t_go_free_optimum"], abs=near["t_go"])


def test_rough_braking_of_chandrayaan_3() -> None:
    given, want, near = case("PRF-01")
    begin, (end, _), seconds = given["start_speed"], given["end_speed"], given["duration"]
    downrange = 0.5 * (begin + end) * seconds
    assert downrange / 1e3 == pytest.approx(want["downrange_rough_braking"], rel=near["downrange_rel"])
    plan = g.pack_guidance(g.Guidance(brake_end_speed_mps=end, brake_decel_mps2=want["mean_horizontal_deceleration"]))
    needed = g.needed_decel(downrange + g.brake_distance(plan), begin, plan)
    assert needed == pytest.approx(want["mean_horizontal_deceleration"], abs=near["deceleration"])
    full = given["engines"] * given["engine_thrust"]
    ship, command = Ship(v.Vehicle(mass_kg=given["mass"], main_thrust_N=0.0, assist_thrust_N=full), 1.8e6), np.zeros(4)
    v.allocate(-99.0, 0.0, 0.0, given["mass"], 1, 1.0, ship.numbers, command)
    assert command[1] / given["mass"] == pytest.approx(want["lander_thrust_to_mass_initial"], abs=near["deceleration"])


def test_fall_of_hakuto_r_after_its_tanks_were_empty() -> None:
    given, want, near = case("FAIL-02")
    radius = given["R_M"] * 1e3
    ship, seconds = Ship(v.Vehicle(), radius + given["altitude"] * 1e3), 0.0
    while ship.after(0.1)[v.R] > radius:
        ship.y, seconds = ship.after(0.1), seconds + 0.1
    rest = brentq(lambda h: ship.after(h)[v.R] - radius, 0.0, 0.1, xtol=1e-14)
    assert seconds + rest == pytest.approx(want["fall_time"], abs=near["time"])
    assert seconds + rest == pytest.approx(want["fall_time"], abs=1e-8)  # the step is good to far more than is asked
    assert -ship.after(rest)[v.V_UP] == pytest.approx(want["impact_speed"], abs=1e-8)
    assert math.sqrt(2.0 * 1.62 * given["altitude"] * 1e3) == pytest.approx(want["flat_speed"], abs=near["speed"])
