"""Rocket equation, tanks and ledger against closed forms, scipy, and the conservation of mass."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from lunarlab.errors import LunarlabError
from lunarlab.insertion import margins as m
from lunarlab.insertion import tanks
from lunarlab.insertion.propellant import GAS_HELIUM, fly_propellant
from lunarlab.insertion.tanks import PropellantFault, PropellantScenario

STUCK = (PropellantFault("valve", "stuck_open"),)
PLAIN = PropellantScenario()
TORN = PropellantScenario(faults=STUCK)


def changed(scene: PropellantScenario, section: str, **values: object) -> PropellantScenario:
    return dataclasses.replace(scene, **{section: dataclasses.replace(getattr(scene, section), **values)})


# The rocket equation


def test_published_rows_of_the_rocket_equation() -> None:
    # APO-03: LOI-1 of Apollo 11, 43572.8 to 32675.7 kg for 2917.5 ft/s, Isp 315.07 s.
    assert m.delta_v(43572.8, 43572.8 - 32675.7, 315.07) == pytest.approx(2917.5 * 0.3048, abs=0.02)
    # APO-07: powered descent, 15150.7 to 7327.0 kg, 2140.9 m/s at 300.5 s.
    assert m.delta_v(15150.7, 7823.7, 300.5) == pytest.approx(2140.9, abs=0.5)
    # A 1000/340 kg vehicle at 300 s: 3.17 km/s.
    assert m.delta_v(1000, 660, 300) == pytest.approx(3170, abs=5)


@given(st.floats(1, 1e6), st.floats(0, 0.99), st.floats(50, 500), st.floats(0, 1))
def test_propellant_for_is_the_inverse_and_parts_add_up(mass: float, share: float, isp: float, part: float) -> None:
    dv = m.delta_v(mass, share * mass, isp)
    assert m.propellant_for(mass, dv, isp) == pytest.approx(share * mass, rel=1e-9, abs=1e-9 * mass)
    first = m.propellant_for(mass, part * dv, isp)
    second = m.propellant_for(mass - first, dv - part * dv, isp)
    assert first + second == pytest.approx(share * mass, rel=1e-9, abs=1e-9 * mass)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.delta_v(100, 100, 300), "100 kg of a lander of 100 kg"), (lambda: m.delta_v(100, -1, 300), "propellant_kg is -1 kg"),
        (lambda: m.delta_v(math.nan, 1, 300), "mass_kg is nan"), (lambda: m.propellant_for(100, -5, 300), "dv_mps is -5 m/s"),
        (lambda: m.Item("x", -1), r"Item.dv_mps \(x\) is -1"), (lambda: m.Item("x", 1, -3), r"Item.margin_percent \(x\) is -3"),
        (lambda: m.Item("x", 1, 3, "sure"), "reported, derived, assumed"), (lambda: m.Item("", 1), "must be a word"), (lambda: m.Ledger(()), "one Item or more"),
        (lambda: m.Ledger((m.Item("x", 1), m.Item("x", 2))), "a name twice"), (lambda: m.Option("x", 1, 5, 4, 1), "until_s .* is 4 s, before at_s, 5 s"),
        (lambda: m.decide([], [0, 1], [1]), "shape"), (lambda: m.Ledger((m.Item("x", 1),)).lost_at([1, 0], [1, 1]), "times rising"),
        (lambda: tanks.Craft(fuel_kg=900), "must stay below Craft.mass_kg, 1283 kg"), (lambda: tanks.Tank(bottle_Pa=1e6), "above Tank.feed_Pa, 1.8e"),
        (lambda: PropellantFault("valve", "shut"), "valve stuck_open, tank leak"), (lambda: PropellantFault("tank", "leak", -2), r"PropellantFault \(tank leak\).value is -2 mm2"),
        (lambda: fly_propellant(3), "must be a PropellantScenario"), (lambda: fly_propellant(changed(PLAIN, "tank", bottle_Pa=2e6)), "needs more of it"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_quantities_come_in() -> None:
    from astropy import units as u

    assert m.delta_v(1 * u.t, 660 * u.kg, 5 * u.min) == m.delta_v(1000, 660, 300)


# Two tanks


@given(st.floats(10, 300), st.floats(10, 500))
def test_the_tank_that_runs_short_decides(fuel: float, oxidiser: float) -> None:
    craft = tanks.Craft()
    used = craft.usable_kg(fuel, oxidiser)
    r, left = craft.mixture_ratio, craft.unusable_kg
    burnt_fuel, burnt_oxidiser = used / (1 + r), used * r / (1 + r)
    assert burnt_fuel <= fuel - left + 1e-9 and burnt_oxidiser <= oxidiser - left + 1e-9
    assert min(fuel - left - burnt_fuel, oxidiser - left - burnt_oxidiser) == pytest.approx(0, abs=1e-9)
    assert craft.dv_mps(fuel, oxidiser) == pytest.approx(
        craft.isp_s * 9.80665 * math.log((craft.dry_kg + fuel + oxidiser) / (craft.dry_kg + fuel + oxidiser - used))
    )
    assert craft.dv_mps(fuel, 3.0) == 0.0


# The leak


def test_the_leak_against_scipy() -> None:
    scene = changed(TORN, "tear", area_mm2=0.3)
    flight = fly_propellant(scene)
    c, t, tear, a = scene.craft, scene.tank, scene.tear, scene.attitude
    start = flight.event("burst").t_s
    hole, gas = 0.6 * 0.3e-6, GAS_HELIUM * t.temperature_K

    def rate(_: float, y: np.ndarray) -> list[float]:
        oxidiser, _fuel, helium = y
        ullage = t.volume_m3 - oxidiser / t.density_kgpm3
        p = helium / (ullage + t.bottle_m3)
        density = (oxidiser + p * ullage / gas) / t.volume_m3
        volume = hole * math.sqrt(2 * p / density)
        thruster = a.quiet_kgpday / 86400 + density * volume * math.sqrt(2 * p / density) * tear.arm_m / a.arm_m / (a.isp_s * 9.80665)
        r = c.mixture_ratio
        return [-volume * oxidiser / t.volume_m3 - thruster * r / (1 + r), -thruster / (1 + r), -volume * p * ullage / t.volume_m3]

    before = a.quiet_kgpday / 86400 * start
    ullage = t.volume_m3 - c.oxidiser_kg / t.density_kgpm3
    y0 = [c.oxidiser_kg - before * 1.65 / 2.65, c.fuel_kg - before / 2.65, 1e6 * (ullage + t.bottle_m3)]
    peer = solve_ivp(rate, (start, 2e5), y0, rtol=1e-10, atol=1e-9, t_eval=[5e4, 1e5, 2e5])
    np.testing.assert_allclose(np.interp(peer.t, flight.t_s, flight.oxidiser_kg), peer.y[0], rtol=2e-4)
    np.testing.assert_allclose(np.interp(peer.t, flight.t_s, flight.fuel_kg), peer.y[1], rtol=1e-6)


@settings(max_examples=15)
@given(st.floats(0.02, 5.0), st.floats(2e5, 4e6), st.floats(0, 200), st.floats(0, 2))
def test_mass_is_kept_and_everything_falls(area: float, pressure: float, expelled: float, arm: float) -> None:
    scene = changed(TORN, "tear", area_mm2=area, pressure_after_Pa=pressure, expelled_kg=expelled, arm_m=arm)
    f = fly_propellant(scene)
    for history in (f.oxidiser_kg, f.fuel_kg):
        assert np.all(np.diff(history) <= 1e-9)
    # Oxidiser that finds no fuel to burn with is dead weight: losing that much helps, a little.
    assert np.max(f.dv_mps) - f.dv_mps[0] < 15 and f.dv_mps[-1] < f.dv_mps[0]
    assert np.all(np.diff(f.attitude_kg) >= 0) and np.all(np.diff(f.t_s) >= 0)
    # Fuel goes only through the thrusters; oxidiser through thrusters, tear and hole.
    r = scene.craft.mixture_ratio
    assert scene.craft.fuel_kg - f.fuel_kg[-1] == pytest.approx(f.attitude_kg[-1] / (1 + r), rel=1e-9)
    through = np.trapezoid(f.leak_kgps, f.t_s)
    assert scene.craft.oxidiser_kg - f.oxidiser_kg[-1] == pytest.approx(expelled + f.attitude_kg[-1] * r / (1 + r) + through, rel=2e-3)
    assert (f.verdict == "TUMBLING") == (2 * 0.6e-6 * area * pressure * arm > scene.attitude.torque_Nm)
    assert f.lost_s["landing"] <= f.lost_s["low orbit"] <= f.lost_s["capture"] <= f.lost_s["correction"]


def test_a_larger_hole_ends_it_sooner_and_only_area_times_root_pressure_matters() -> None:
    ends = [fly_propellant(changed(TORN, "tear", area_mm2=area)).control_until_s for area in (0.1, 0.2, 0.4)]
    assert ends[0] > ends[1] > ends[2]
    # Without thrusters and gas in the balance, volume flow scales with area times the root of the pressure.
    same = changed(TORN, "tear", area_mm2=0.2, pressure_after_Pa=2.5e5, arm_m=0.0)
    other = changed(TORN, "tear", area_mm2=0.1, pressure_after_Pa=1e6, arm_m=0.0)
    assert fly_propellant(same).control_until_s == pytest.approx(fly_propellant(other).control_until_s, rel=2e-3)


# Pressure


def test_the_tank_tears_when_the_closed_form_says_so() -> None:
    t = PLAIN.tank
    ullage = t.volume_m3 - PLAIN.craft.oxidiser_kg / t.density_kgpm3
    even = (t.pad_Pa * ullage + t.bottle_Pa * t.bottle_m3) / (ullage + t.bottle_m3)
    after = brentq(lambda s: even - (even - t.pad_Pa) * math.exp(-s / t.fill_s) - t.burst_Pa, 0, 1e3)
    flight = fly_propellant(TORN)
    assert flight.event("burst").t_s == pytest.approx(t.open_at_s + after, abs=0.01)  # attitude: 13 g
    # A valve that closes just before, or just after.
    held = fly_propellant(dataclasses.replace(TORN, faults=(dataclasses.replace(STUCK[0], duration_s=after - 0.01),)))
    assert held.verdict == "READY" and held.event("burst") is None
    assert np.max(held.pressure_Pa) == pytest.approx(t.burst_Pa, rel=1e-3)
    torn = fly_propellant(dataclasses.replace(TORN, faults=(dataclasses.replace(STUCK[0], duration_s=after + 0.01),)))
    assert torn.event("burst") is not None


def test_a_working_valve_holds_the_pressure_and_a_relief_valve_saves_the_tank() -> None:
    fine = fly_propellant(PLAIN)
    assert [e.kind for e in fine.events] == ["valve_open", "valve_closed"]
    assert fine.pressure_Pa[-1] == pytest.approx(PLAIN.tank.feed_Pa)
    saved = fly_propellant(changed(TORN, "tank", relief_Pa=2.5e6))
    assert saved.event("burst") is None and saved.event("relief") is not None
    assert np.max(saved.pressure_Pa) == pytest.approx(2.5e6)
    assert saved.oxidiser_kg[-1] == pytest.approx(fine.oxidiser_kg[-1])


def test_a_leak_without_a_burst_lasts_as_long_as_it_is_told_to() -> None:
    leak = PropellantFault("tank", "leak", 1.0, at_s=1e5, duration_s=2e4)
    f = fly_propellant(dataclasses.replace(PLAIN, faults=(leak,)))
    assert np.all(f.leak_kgps[(f.t_s < 0.999e5) | (f.t_s > 1.2e5 + 1)] == 0)
    lost = np.interp([1e5, 1.2e5], f.t_s, f.oxidiser_kg)
    # Regulated pressure and a full tank: the first seconds by hand.
    mixture = lost[0] / PLAIN.tank.volume_m3
    first = 0.6e-6 * math.sqrt(2 * PLAIN.tank.feed_Pa / mixture) * lost[0] / PLAIN.tank.volume_m3
    assert f.leak_kgps[np.searchsorted(f.t_s, 1e5 + 1)] == pytest.approx(first, rel=5e-3)
    assert 0.5 * first * 2e4 < lost[0] - lost[1] < first * 2e4
    assert f.control_until_s == math.inf


# The ledger

LEDGER = m.Ledger((m.Item("a", 30, 10), m.Item("b", 800, 5), m.Item("c", 2000, 5)))


@given(st.floats(0, 5000))
def test_the_ledger_adds_up(usable: float) -> None:
    lines = LEDGER.lines(usable)
    assert LEDGER.required_mps == 2830
    assert LEDGER.budget_mps == pytest.approx(33 + 840 + 2100)
    assert lines[-1].left_mps == pytest.approx(LEDGER.margin_mps(usable))
    paid = [line.paid for line in lines]
    assert paid == sorted(paid, reverse=True)  # what comes later is lost first
    expected = [None, "a", "b", "c"][sum(usable >= total for total in (33, 873, 2973))]
    assert LEDGER.reach(usable) == expected
    assert LEDGER.first_lost(usable) == {None: "a", "a": "b", "b": "c", "c": None}[expected]


def test_a_milestone_is_paid_to_the_last_metre_per_second() -> None:
    assert LEDGER.reach(872.99) == "a" and LEDGER.reach(873.01) == "b"
    assert LEDGER.first_lost(2972.99) == "c" and LEDGER.first_lost(2973.01) is None
    assert [line.reserve_mps for line in LEDGER.lines(0)] == pytest.approx([3, 40, 100])


def test_when_milestones_are_lost() -> None:
    lost = LEDGER.lost_at([0, 100, 300], [3000, 2000, 0])
    assert lost == pytest.approx({"c": 2.7, "b": 100 + 200 * (2000 - 873) / 2000, "a": 100 + 200 * (2000 - 33) / 2000})
    assert LEDGER.lost_at([0, 1], [3000, 2990])["c"] == math.inf
    assert LEDGER.lost_at([5, 6], [100, 50])["c"] == 5


def test_the_best_mission_that_is_left() -> None:
    options = [m.Option("land", 2830, 1000, 1100, 10), m.Option("orbit", 800, 500, 900, 5),
               m.Option("fly by", 20, 500, 500, 2), m.Option("photograph", 0, 10, 10, 2)]  # fmt: skip
    t, dv = [0, 1000], [3000, 1000]
    assert m.decide(options, t, [3000, 3000]).best.name == "land"
    decision = m.decide(options, t, dv)
    assert decision.best.name == "orbit"
    assert decision.weighed[0].left_mps == pytest.approx(1000 - 2830) and "lacks 1830 m/s" in decision.weighed[0].reason
    late = m.decide(options, t, dv, control_until_s=600)
    assert late.best.name == "photograph"  # of the same worth as the fly-by, and it leaves more
    assert "needs control until" in late.weighed[1].reason and "photograph" in repr(late)
    assert m.decide(options, t, dv, margin_percent=160).best.name == "photograph"
    assert m.decide([options[0]], t, dv).best is None


def test_what_is_left_at_an_hour() -> None:
    flight = fly_propellant(TORN)
    assert flight.dv_at(20 * u.hour) == flight.dv_at(72000.0) < flight.dv_mps[0]
    assert flight.forecast_s([20, 30] * u.hour) == pytest.approx(flight.forecast_s([72000.0, 108000.0]))


def test_a_tank_that_holds_evens_out() -> None:
    strong = dataclasses.replace(TORN, tank=dataclasses.replace(TORN.tank, burst_Pa=2e7))
    flight, t = fly_propellant(strong), strong.tank
    gas = t.volume_m3 - flight.oxidiser_kg / t.density_kgpm3
    helium = t.pad_Pa * gas[0] + t.bottle_Pa * t.bottle_m3  # gas law, nothing leaks
    late = flight.t_s > t.open_at_s + 20 * t.fill_s
    assert flight.pressure_Pa[late] == pytest.approx(helium / (gas[late] + t.bottle_m3), rel=1e-6)
    assert flight.pressure_Pa[-1] > 1.7e7 and flight.event("burst") is None and flight.event("evened_out") is not None


def test_helium_lost_before_the_valve_opens_stays_lost() -> None:
    leak = PropellantFault("tank", "leak", 5.0, at_s=0.0, duration_s=3000.0)
    tank = dataclasses.replace(TORN.tank, burst_Pa=2e7)
    flight = fly_propellant(dataclasses.replace(TORN, tank=tank, faults=(leak, PropellantFault("valve", "stuck_open"))))
    gas = tank.volume_m3 - flight.oxidiser_kg / tank.density_kgpm3
    k = int(np.argmax(np.diff(flight.pressure_Pa))) + 1
    before = flight.pressure_Pa[k - 1] * gas[k - 1]
    assert before < 0.99 * tank.pad_Pa * gas[0]
    assert flight.pressure_Pa[k] == pytest.approx((before + tank.bottle_Pa * tank.bottle_m3) / (gas[k] + tank.bottle_m3), rel=1e-6)


@pytest.mark.parametrize("loaded", [{"fuel_kg": 0.0}, {"fuel_kg": 3.0}, {"oxidiser_kg": 4.0}])
def test_a_tank_that_starts_dry_is_dry(loaded: dict) -> None:
    flight = fly_propellant(dataclasses.replace(PLAIN, craft=dataclasses.replace(PLAIN.craft, **loaded)))
    assert (flight.verdict, flight.control_until_s) == ("CONTROL_LOST", 0.0)
    assert flight.fuel_kg.min() >= 0 and flight.dv_mps[-1] == 0


def test_pressures_in_their_order() -> None:
    for change, words in (({"pad_Pa": 2e6}, "Tank.pad_Pa is 2e.06 Pa; it must be below Tank.feed_Pa"),
                          ({"relief_Pa": 1e6}, "Tank.feed_Pa is 1.8e.06 Pa; it must be below Tank.relief_Pa")):  # fmt: skip
        with pytest.raises(LunarlabError, match=words):
            dataclasses.replace(PLAIN.tank, **change)


def test_nothing_is_decided_beyond_what_is_known() -> None:
    late = m.Option("late", 100, 11 * 3600, 12 * 3600, 9)
    soon = m.Option("soon", 100, 3600, 7200, 1)
    chosen = m.decide([late, soon], [0, 36000], [500, 400])
    assert chosen.best == soon and "is due at 11 h; what is left is known from 0 to 10 h" in chosen.weighed[0].reason
    assert m.decide([soon], [0, 10] * u.hour, [0.5, 0.4] * u.km / u.s).weighed[0].usable_mps == pytest.approx(490)
    ledger = m.Ledger((m.Item("one", 450),))
    assert ledger.lost_at([0, 10] * u.hour, [0.5, 0.4] * u.km / u.s)["one"] == pytest.approx(18000)
    for call in (lambda: m.decide([soon], [10, 0], [1, 2]), lambda: ledger.lost_at([10, 0], [1, 2])):
        with pytest.raises(LunarlabError, match="times rising"):
            call()
    with pytest.raises(LunarlabError, match="usable_mps holds nan"):
        ledger.lost_at([0, 1], [500, math.nan])
