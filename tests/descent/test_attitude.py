"""A gyro with a limit: the error it leaves, and what follows from it, against closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.descent import attitude, loop
from lunarlab.descent.attitude import Attitude
from lunarlab.descent.cutoff import Cutoff
from lunarlab.descent.faults import Fault
from lunarlab.descent.scenario import Orbit, Scenario, pack
from lunarlab.descent.sensors import Altimeter
from lunarlab.descent.vehicle import Vehicle
from lunarlab.errors import LunarlabError


def falling(faults: tuple, gyro: Attitude, slew_deg_s: float = 0.1, **parts: Any) -> ll.Flight:
    """A fall from 3 km with engines that never start; attitude control too slow to matter, unless it is given a rate."""
    scene = Scenario(
        orbit=Orbit(start_height_m=3000.0), cutoff=Cutoff(rule="height", height_m=-1e3, start_height_m=1e-3), attitude=gyro,
        vehicle=Vehicle(mass_kg=500.0, pitch_rate_max_deg_s=slew_deg_s), faults=faults, **parts,
    )  # fmt: skip
    return ll.fly(scene, seed=None)


def error_deg(flight: ll.Flight) -> np.ndarray:
    return np.degrees(flight.si["est_pitch"] - flight.si["true_pitch"])


def swing(rate: float, duration: float) -> Fault:
    return Fault("attitude", "swing", rate, trigger="time", at=5.0, duration_s=duration)


@pytest.mark.parametrize(
    ("rate", "duration", "limit", "keep"),
    [
        (200.0, 1.0, 165.0, 0.0), (-200.0, 1.0, 165.0, 0.0), (30.0, 2.0, 20.0, 0.0), (180.0, 0.1, 165.0, 1.0), (180.0, 0.1, 165.0, 0.015),
        (-180.0, 0.3, 165.0, 0.5), (100.0, 1.0, 165.0, 1.0), (200.0, 1.0, 0.0, 1.0),
    ],
)  # fmt: skip
def test_the_error_is_what_was_not_measured_or_measured_too_long(rate: float, duration: float, limit: float, keep: float) -> None:
    flight = falling((swing(rate, duration),), Attitude(gyro_limit_deg_s=limit, persistence_s=keep))
    saturated = 0.0 < limit < abs(rate)
    expected = math.copysign(1.0, rate) * ((limit - abs(rate)) * duration + limit * keep) if saturated else 0.0
    end = error_deg(flight)[flight.si["t"] > 5.0 + duration + keep + 0.2]
    assert end == pytest.approx(np.full(end.size, expected), abs=0.25)  # control turns it by 0.1 deg/s meanwhile
    assert abs(error_deg(flight)[flight.si["t"] <= 5.0]).max() < 1e-9
    turned = np.degrees(flight.si["true_pitch"][-1]) - 90.0
    assert turned == pytest.approx(rate * duration, abs=0.1 * 60.0)


def test_a_fault_of_the_gyro_sets_how_long_it_keeps_its_reading_and_its_drift() -> None:
    kept = falling((swing(180.0, 0.1), Fault("gyro", "saturated", 1.0)), Attitude(165.0, 0.015))
    assert error_deg(kept)[-1] == pytest.approx(165.0 - 1.5, abs=0.25)
    drift = falling((Fault("gyro", "bias", 0.5, trigger="time", at=5.0, duration_s=10.0),), Attitude())
    assert error_deg(drift)[-1] == pytest.approx(5.0, abs=1e-6)


@pytest.mark.nojit
def test_a_slanted_range_is_projected_with_the_believed_tilt() -> None:
    flight = falling((swing(20.0, 1.0), Fault("gyro", "bias", 30.0, trigger="time", at=10.0, duration_s=5.0)), Attitude(),
                     altimeter=Altimeter(slant="projected", noise_m=0.0, noise_fraction=0.0))  # fmt: skip
    si = flight.si
    for t, tilt_deg, error in ((4.0, 0.0, 0.0), (8.0, 20.0, 0.0), (13.0, 20.0, 90.0), (20.0, 20.0, 150.0)):
        i = int(np.searchsorted(si["t"], t - 1e-6))
        believed, true = si["est_pitch"][i] - 0.5 * math.pi, si["true_pitch"][i] - 0.5 * math.pi
        assert math.degrees(true) == pytest.approx(tilt_deg, abs=2.0)
        assert math.degrees(believed - true) == pytest.approx(error, abs=1e-6)
        assert si["meas_valid"][i] == 1.0
        assert si["meas_range"][i] == pytest.approx(si["true_altitude"][i] * math.cos(believed) / math.cos(true), rel=1e-9)
    assert si["meas_range"][-3:][np.isfinite(si["meas_range"][-3:])].max() < 0.0
    careful = falling((swing(20.0, 1.0), Fault("gyro", "bias", 30.0, trigger="time", at=10.0, duration_s=5.0)), Attitude(),
                      altimeter=Altimeter(slant="positive"))  # fmt: skip
    refused = careful.si["meas_range"] < 0.0
    assert refused.any() and not careful.si["meas_valid"][refused].any()


def test_attitude_control_and_accelerometers_use_what_is_believed() -> None:
    """A drift of 8 deg: the lander leans back by as much, is pushed aside, and its estimate knows nothing of that."""
    scene = Scenario(
        orbit=Orbit(start_height_m=900.0, start_down_mps=20.0), vehicle=Vehicle(mass_kg=500.0),
        faults=(Fault("gyro", "bias", 4.0, trigger="time", at=2.0, duration_s=2.0),),
    )  # fmt: skip
    si = ll.fly(scene, seed=None).si
    late = (si["t"] > 12.0) & (si["t"] < 20.0)
    t = si["t"][late]
    assert np.degrees(si["est_pitch"][late] - si["true_pitch"][late]) == pytest.approx(np.full(t.size, 8.0), abs=1e-6)
    assert np.degrees(si["true_pitch"][late]) == pytest.approx(np.full(t.size, 82.0), abs=0.3)
    thrust = ((si["true_thrust_main"] + si["true_thrust_assist"]) / si["true_mass"])[late]
    for speed, pitch in (("true_forward_speed", "true_pitch"), ("est_forward_speed", "est_pitch")):
        gained = np.concatenate(([0.0], np.cumsum(0.5 * (t[1:] - t[:-1]) * -(thrust * np.cos(si[pitch][late]))[:-1] * 2.0)))
        assert si[speed][late] - si[speed][late][0] == pytest.approx(gained, abs=0.05)
    assert si["true_forward_speed"][late][-1] < -1.0 < si["est_forward_speed"][late][-1] - 0.5
    assert np.degrees(si["cmd_pitch"][-1]) == pytest.approx(np.degrees(si["cmd_pitch"][-2]), abs=4.0)  # of the last row, at contact


@pytest.mark.parametrize("angle_deg", [0.0, 10.0, -60.0, 165.0])
def test_vectors_turn_with_the_belief(angle_deg: float) -> None:
    packed, start = pack(Scenario(), None)
    w = loop.new_work(start.state, start.guidance, start.faults)
    w.attitude_error = math.radians(angle_deg)
    for pitch_deg in (0.0, 30.0, 90.0):  # thrust is (-cos, sin) of pitch: believed to be that of a larger pitch
        pitch = math.radians(pitch_deg)
        x, z = attitude.resolve(w, -math.cos(pitch), math.sin(pitch))
        assert (x, z) == pytest.approx((-math.cos(pitch + w.attitude_error), math.sin(pitch + w.attitude_error)), abs=1e-12)
    assert packed.attitude.on == 0


def test_a_lander_that_turns_faster_than_its_gyro_can_measure_misleads_itself() -> None:
    """No fault at all: the slew from braking to upright is a swing, too."""
    plain = ll.fly(Scenario(), seed=1)
    fine = ll.fly(Scenario(attitude=Attitude(gyro_limit_deg_s=10.0)), seed=1)  # 5 deg/s is the fastest that is commanded
    assert plain.landed and fine.landed
    assert np.abs(error_deg(fine)).max() < 1e-9
    assert fine.touchdown.t_s == pytest.approx(plain.touchdown.t_s, abs=0.2)
    poor = ll.fly(Scenario(attitude=Attitude(gyro_limit_deg_s=1.0)), seed=1)
    assert np.abs(error_deg(poor)).max() > 5.0
    assert not poor.landed


def test_off_is_off() -> None:
    plain = ll.fly(Scenario(), seed=3)
    assert np.array_equal(plain.si["est_pitch"], plain.si["true_pitch"])
    again = ll.fly(Scenario(attitude=Attitude(persistence_s=1.0)), seed=3)
    assert np.array_equal(plain.table, again.table, equal_nan=True)


def test_bad_input_is_named() -> None:
    for make, words in (
        (lambda: Attitude(gyro_limit_deg_s=-1.0), "Attitude.gyro_limit_deg_s is -1 deg/s"),
        (lambda: Altimeter(slant="sideways"), "Altimeter.slant is 'sideways'; allowed are off, projected, positive"),
        (lambda: Fault("attitude", "swing", 1e9), "Fault.value (attitude swing) is 1e+09 deg/s"),
        (lambda: Fault("gyro", "lazy"), "a fault of the gyro can be saturated, bias"),
    ):
        with pytest.raises(LunarlabError) as caught:
            make()
        assert words in str(caught.value)
