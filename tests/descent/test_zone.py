"""The landing zone, and thrust that keeps the direction of a demand: closed forms, and what a flight makes of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.descent.vehicle import VEHICLE, Vehicle, allocate, pack_vehicle
from lunarlab.descent.zone import Zone, nearest
from lunarlab.errors import LunarlabError

VIKRAM = "chandrayaan-2"


@pytest.mark.parametrize(
    ("x", "v", "half", "expected"),
    [(-700.0, 16.0, 250.0, -250.0), (-300.0, 40.0, 250.0, -100.0), (-100.0, 80.0, 250.0, 250.0), (-700.0, 16.0, 0.0, 0.0)],
)
def test_the_nearest_place_is_where_it_would_stop(x: float, v: float, half: float, expected: float) -> None:
    """Rest at x + v / 0.2, clipped to the zone."""
    assert nearest(x, v, 0.2, half) == pytest.approx(expected)
    assert nearest(x, v, 0.0, half) == pytest.approx(min(max(x, -half), half))


def test_an_exponential_approach_ends_there() -> None:
    """dx/dt = -gain * (x - aim) with v = gain * (aim - x) at the start: the speed fits, nothing is to be corrected."""
    x, v, gain = -640.0, 31.0, 0.2
    aim = nearest(x, v, gain, 1e4)
    assert aim + (x - aim) * math.exp(-gain * 60.0) == pytest.approx(x + v / gain, abs=1e-3)
    assert -gain * (x - aim) == pytest.approx(v)


def test_the_aim_moves_once_at_the_start_of_terminal_descent() -> None:
    wide = ll.case(VIKRAM, {"zone.along_m": 4000.0, "zone.cross_m": 2500.0}).fly(seed=2)
    event, terminal = wide.event("retarget"), wide.event("terminal")
    assert event.t_s == terminal.t_s
    i = int(np.argmin(abs(wide.si["t"] - event.t_s)))
    rest = -wide.si["est_distance"][i] + wide.si["est_forward_speed"][i] / 0.2
    assert -wide.si["aim_distance"][i] == pytest.approx(rest, abs=1e-6)
    assert len({*wide.si["aim_distance"][i:]}) == 1
    assert wide.landed
    assert "within the landing zone" in event.detail
    exact = ll.case(VIKRAM, {"zone.along_m": 0.0, "zone.cross_m": 0.0}).fly(seed=2)
    assert exact.event("retarget") is None
    assert set(exact.si["aim_distance"]) == {0.0}
    strip = ll.case(VIKRAM, {"zone.along_m": 0.0}).fly(seed=2)  # a line across the track, 500 m long
    assert strip.event("retarget").values[0] == 0.0 != strip.event("retarget").values[1]


@pytest.mark.parametrize("wanted", [(-6.0, 0.0, 3.0), (4.0, 3.0, 5.0), (20.0, 0.0, 0.5), (-1.0, 0.5, 1.0), (2.0, 0.0, -3.0)])
def test_a_demand_beyond_the_engines_keeps_its_direction_or_its_height(wanted: tuple[float, float, float]) -> None:
    ship = Vehicle(mass_kg=800.0, dry_mass_kg=600.0, main_thrust_N=0.0, assist_thrust_N=3200.0)
    got = {}
    for first in (1.0, 0.0):
        packed = pack_vehicle(replace(ship, vertical_first=first), 800.0, 1.0, 1.0)
        numbers = np.array([packed], VEHICLE).view(np.recarray)[0]
        out = np.zeros(4)
        allocate(*wanted, 800.0, 1, 1.0, numbers, out)
        size = out[1] / 800.0
        got[first] = size * np.array([-math.cos(out[2]) * math.cos(out[3]), math.sin(out[3]), math.sin(out[2]) * math.cos(out[3])])
    demand = np.array([wanted[0], wanted[1], max(wanted[2], 0.0)])
    limit = 3200.0 / 800.0
    assert got[0.0] == pytest.approx(demand * min(1.0, limit / np.linalg.norm(demand)), abs=1e-9)
    assert got[1.0][2] == pytest.approx(min(demand[2], limit), abs=1e-9)
    assert np.linalg.norm(got[1.0]) == pytest.approx(min(np.linalg.norm(demand), limit), abs=1e-9)


def test_bad_zones_are_refused_by_name() -> None:
    with pytest.raises(LunarlabError, match=r"Zone.along_m is -1 m; it must lie between 0 and"):
        Zone(along_m=-1.0)
    with pytest.raises(LunarlabError, match=r"Vehicle.vertical_first is 0.5; it must be a whole number"):
        Vehicle(vertical_first=0.5)
    with pytest.raises(LunarlabError, match=r"Zone.cross_m is nan"):
        Zone(cross_m=math.nan)
