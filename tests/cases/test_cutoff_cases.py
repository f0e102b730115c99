"""Surveyor 3, Schiaparelli and Mars Polar Lander: the published figures in closed form, other cures, and what is no cure."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.constants import MU_MOON, R_MOON

G, G_MARS = MU_MOON / R_MOON**2, 3.71


@lru_cache
def flown(name: str, *changes: tuple[str, object]) -> ll.Flight:
    return ll.case(name, dict(changes)).fly(seed=0)


def fact(name: str, what: str) -> str:
    return next(f.value for f in ll.case(name).facts if f.what == what)


def fall(flight: ll.Flight) -> float:
    """Speed at contact of a fall from where the engines went off."""
    off = flight.event("cutoff")
    i = int(np.searchsorted(flight.si["t"], off.t_s + 0.05))
    aside = math.hypot(flight.si["true_forward_speed"][i], flight.si["true_left_speed"][i])
    field = 2.0 * MU_MOON * (1.0 / R_MOON - 1.0 / (R_MOON + off.altitude_m))
    return math.sqrt(off.vertical_mps**2 + aside**2 + field)


def test_mars_polar_lander_fell_from_where_its_engines_went_off() -> None:
    flight = flown("mars-polar-lander")
    assert flight.touchdown.speed_mps == pytest.approx(fall(flight), rel=1e-3)
    assert flight.event("legs_armed").values[1] == 1.0 and flight.event("legs_armed").t_s == flight.event("cutoff").t_s
    # the published pair on Mars, and its lunar version
    assert "22 m/s" in fact("mars-polar-lander", "Impact speed on Mars")
    assert 20.5 < math.sqrt(13.0**2 + 2.0 * G_MARS * 40.0) < 23.0
    assert math.sqrt(13.0**2 + 2.0 * G * 40.0) == pytest.approx(17.3, abs=0.05)


@pytest.mark.parametrize(
    ("changes", "lands"),
    [
        ((("cutoff.readings", 2),), True), ((("cutoff.rule", "height"), ("cutoff.height_m", 1.0)), True), ((("faults", "none"),), True),
        ((("faults.0.at", 200.0),), False), ((("cutoff.arm_height_m", 10.0),), False),
        ((("cutoff.clear_at_arming", 1), ("faults.0.at", 20.0)), False),
    ],
)  # fmt: skip
def test_what_saves_mars_polar_lander_and_what_does_not(changes: tuple, lands: bool) -> None:
    """A pulse after arming defeats the cleared latch: only two readings in a row, or no legs in it, are safe from that."""
    assert flown("mars-polar-lander", *changes).landed is lands
    if not lands and changes[0][0] == "cutoff.clear_at_arming":
        assert flown("mars-polar-lander", ("faults.0.at", 20.0), ("cutoff.readings", 2)).landed


def test_schiaparelli_believed_to_be_below_the_ground() -> None:
    flight = flown("schiaparelli")
    swing = next(event for event in flight.events if event.kind == "fault")
    zero = flight.event("estimate_zero")
    assert 0.0 < zero.t_s - swing.t_s < 2.0
    assert flight.touchdown.speed_mps == pytest.approx(fall(flight), rel=1e-3)
    error = np.degrees(flight.si["est_pitch"] - flight.si["true_pitch"])[-1]
    # (limit - rate) x 0.1 s + limit x 1 s, and what attitude control turned meanwhile, at most 10 deg/s, which nobody measured
    closed = (165.0 - 180.0) * 0.1 + 165.0
    assert closed <= error <= closed + 10.01
    off = flight.event("cutoff").t_s
    i = int(np.searchsorted(flight.si["t"], off - 0.15))
    believed, true = flight.si["est_pitch"][i], flight.si["true_pitch"][i]
    seen = flight.si["meas_range"][i - 1 : i + 2]
    expected = flight.si["true_altitude"][i] * math.sin(believed) / math.sin(true)
    assert expected < 0.0 and np.nanmin(abs(seen / expected - 1.0)) < 0.05
    # free fall from 3.7 km: lunar band, and the Mars figure, which air kept below the fall in a vacuum
    assert 105.0 < math.sqrt(2.0 * G * 3700.0) < 115.0
    assert "150 m/s" in fact("schiaparelli", "Impact speed on Mars") and 150.0 < math.sqrt(2.0 * G_MARS * 3700.0) < 170.0


def test_what_saves_schiaparelli_and_what_does_not() -> None:
    assert flown("schiaparelli", ("faults", "none")).landed
    assert flown("schiaparelli", ("attitude.persistence_s", 0.015)).landed
    assert flown("schiaparelli", ("faults.0.value", 160.0)).landed  # below the limit nothing is lost
    assert not flown("schiaparelli", ("attitude.persistence_s", 0.5)).landed  # 82 deg: heights shrink, and it turns on its side
    clamped = flown("schiaparelli", ("altimeter.slant", "positive"))  # the other cure that is named: too late, and not enough
    assert not clamped.landed
    assert clamped.event("estimate_zero").t_s > flown("schiaparelli").event("estimate_zero").t_s + 3.0
    blind = flown("schiaparelli", ("altimeter.slant", "off"))  # a range that needs no attitude
    assert blind.event("estimate_zero") is None or blind.event("estimate_zero").altitude_m < 1000.0


def test_surveyor_3_hopped_as_a_tenth_of_its_weight_must() -> None:
    flight = flown("surveyor-3")
    # two published heights, two times aloft, one command: 36 s against the reported 34 s
    aloft = [2.0 * math.sqrt(2.0 * h / (0.1 * G)) for h in (10.7, 3.4)]
    assert sum(aloft) == pytest.approx(34.0, abs=3.0)
    bounce, hop = flight.event("bounce"), flight.event("hop")
    up = math.sqrt(2.0 * 0.1 * G * hop.values[0])
    i = int(np.searchsorted(flight.si["t"], bounce.t_s + 0.3))
    leaves = flight.si["true_vertical_speed"][i] + 0.1 * G * (flight.si["t"][i] - bounce.t_s)
    assert leaves == pytest.approx(up, rel=0.05)
    assert flight.event("cutoff").t_s - bounce.t_s == pytest.approx(34.0, abs=0.11)
    assert flight.event("inertial").altitude_m < 15.0
    assert flight.landed and flight.touchdown.vertical_mps < 4.6


def test_surveyor_3_without_the_loss_of_lock_drops_from_four_metres() -> None:
    case = ll.case("surveyor-3")
    for seed in range(5):
        flight = ll.fly(case.no_fault, seed=seed, record=False)
        off = flight.event("cutoff")
        assert 3.4 < off.altitude_m < 4.4  # published: 3.4 to 4.3 m
        assert flight.event("bounce") is None and flight.event("inertial") is None
        expected = math.sqrt(off.vertical_mps**2 + 2.0 * G * off.altitude_m)
        assert flight.touchdown.speed_mps == pytest.approx(expected, rel=0.02)  # published: about 3 m/s
        assert 2.9 < flight.touchdown.speed_mps < 4.1


@pytest.mark.parametrize(
    ("changes", "bounces"),
    [
        ((("faults.0.at", 0.0),), 0),  # the altimeter alone suffices
        ((("faults.1.at", 0.0),), 0),  # so does the velocimeter, with the height carried on by the gyros
        ((("cutoff.radar_lost_s", 0.0), ("cutoff.rule", "contact")), 0),  # switches in the legs
        ((("cutoff.command_s", 0.0),), 3),  # nobody commands: it hops until it stays
    ],
)
def test_what_would_have_spared_surveyor_3_its_hops(changes: tuple, bounces: int) -> None:
    flight = flown("surveyor-3", *changes)
    assert flight.landed
    hops = sum(event.kind == "bounce" for event in flight.events)
    assert hops == 0 if bounces == 0 else hops >= bounces
