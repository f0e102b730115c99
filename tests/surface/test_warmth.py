"""Ground and craft temperatures: published ones, closed forms, and the slow integrator of scipy."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lunarlab.errors import LunarlabError
from lunarlab.surface import light as li
from lunarlab.surface import panels, warmth
from lunarlab.surface.warmth import SIGMA, Thermal


def test_the_ground_is_as_warm_as_measured():
    # Williams et al. 2017: 392 K to 397 K at noon at the equator, 95 K before sunrise. Vasavada et al. 2012: 387 K noon.
    assert 385.0 < warmth.ground_K(math.pi / 2) < 397.0
    assert warmth.ground_K(-0.3) == pytest.approx(95.0)
    # Hurley et al. 2015 (analytic fit to Diviner, within 10 K): 262 K cos(z)^(1/2) + 130 K by day.
    for zenith in np.radians([0.0, 20.0, 40.0, 60.0, 70.0]):
        assert warmth.ground_K(math.pi / 2 - zenith) == pytest.approx(262.0 * math.cos(zenith) ** 0.5 + 130.0, abs=22.0)
    high = np.radians([5.0, 30.0, 60.0])
    assert np.all(np.diff(warmth.ground_K(high)) > 0.0)
    assert warmth.ground_K(high, 680.5)[1] < warmth.ground_K(high)[1]


def lump(**changes) -> Thermal:
    bare = {"wall_m2": 0.0, "conductance_WpK": 0.0, "radiator_emittance": 0.85, "radiator_m2": 0.5}
    return Thermal(**(bare | changes))


def test_balance_is_the_fourth_root():
    assert warmth.balance_K(lump(), 200.0, 100.0) == pytest.approx((200.0 / (0.85 * 0.5 * SIGMA)) ** 0.25, rel=1e-12)
    legs = lump(conductance_WpK=1.0)
    t = warmth.balance_K(legs, 200.0, 95.0)
    assert 200.0 + 1.0 * (95.0 - t) == pytest.approx(warmth.radiated_W(legs, t))
    assert warmth.balance_K(lump(radiator_m2=0.0), 1.0, 95.0) == math.inf


def test_cooling_in_the_dark_is_the_closed_form():
    """C dT/dt = -k T^4 has 1/T^3 = 1/T0^3 + 3 k t / C."""
    craft, t, dt = lump(capacity_JpK=5e4), 300.0, 600.0
    for _ in range(240):
        t = warmth.warmer(craft, t, 0.0, 95.0, dt)
    k = SIGMA * 0.85 * 0.5
    assert t == pytest.approx((300.0**-3 + 3.0 * k * 240 * dt / 5e4) ** (-1 / 3), abs=0.05)


def test_any_step_is_stable_and_ends_in_balance():
    craft = lump(conductance_WpK=0.1)
    for dt in (1.0, 600.0, 1e5, 1e9):
        t = 293.0
        for _ in range(400 if dt > 1e3 else 2):
            t = warmth.warmer(craft, t, 150.0, 200.0, dt)
        if dt > 1e3:
            assert t == pytest.approx(warmth.balance_K(craft, 150.0, 200.0), abs=0.1)


def test_a_day_against_scipy():
    """A craft in real light: the exponential step of ten minutes against scipy's integrator of the same equation."""
    t = li.lunar_day("mare-frigoris", "2025-06-08").sunrise_s + 600.0 * np.arange(144 * 4)
    sun, craft = li.light("mare-frigoris", t), Thermal()
    heat = warmth.incoming(craft, sun)
    clock, own = t - t[0], [craft.start_K]
    for outside, ground in zip(heat.total_W[:-1], heat.ground_K[:-1], strict=True):
        own.append(warmth.warmer(craft, own[-1], outside, ground, 600.0))
    shine = SIGMA * (craft.radiator_emittance * craft.radiator_m2 + craft.wall_emittance * craft.wall_m2)

    def rate(s, y):
        i = np.interp(s, clock, heat.total_W), np.interp(s, clock, heat.ground_K)
        return [(i[0] + craft.conductance_WpK * (i[1] - y[0]) - shine * y[0] ** 4) / craft.capacity_JpK]

    slow = solve_ivp(rate, (0.0, clock[-1]), [craft.start_K], t_eval=clock, rtol=1e-8, atol=1e-6, max_step=3600.0)
    assert np.array(own) == pytest.approx(slow.y[0], abs=0.3)


def test_heat_from_outside_by_hand():
    """A box with the Sun 30 degrees high: each share of the heat, by hand."""
    sun = li.Light(np.zeros(1), np.radians([30.0]), np.radians([90.0]), np.array([1361.0]))
    craft = Thermal(wall_m2=math.pi, wall_absorptance=0.5, wall_emittance=0.1, radiator_m2=2.0, radiator_absorptance=0.2)
    heat = warmth.incoming(craft, sun)
    assert heat.sun_W[0] == pytest.approx(1361.0 * (0.5 * math.cos(math.pi / 6) + 0.2 * 2.0 * 0.5))
    assert heat.scattered_W[0] == pytest.approx(0.5 * 0.5 * math.pi * 0.08 * 1361.0 * 0.5)
    assert heat.ground_W[0] == pytest.approx(0.1 * 0.5 * math.pi * 0.95 * SIGMA * warmth.ground_K(math.pi / 6) ** 4)
    dusty = warmth.incoming(craft, sun, dust=0.3)
    assert dusty.sun_W[0] - heat.sun_W[0] == pytest.approx(0.3 * 1361.0 * 2.0 * 0.5)
    fallen = warmth.incoming(craft, sun, panels.upright(math.pi / 2, math.radians(270.0)))  # the radiator looks away
    assert fallen.sun_W[0] < heat.sun_W[0] and fallen.ground_W[0] > heat.ground_W[0]


@pytest.mark.parametrize("changes", [{"low_K": 300.0, "hold_K": 290.0}, {"start_K": 400.0}, {"capacity_JpK": 0.0}])
def test_bad_numbers_are_named(changes):
    with pytest.raises(LunarlabError, match=r"Thermal\."):
        dataclasses.replace(Thermal(), **changes)
