"""When engines start and stop, and what the ground does to a lander that still burns: against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent.cutoff import LIFT_M, Cutoff
from lunarlab.descent.faults import Fault
from lunarlab.descent.guidance import Guidance
from lunarlab.descent.scenario import Orbit, Scenario, pack
from lunarlab.descent.sensors import Velocimeter
from lunarlab.descent.terrain import Terrain
from lunarlab.descent.touchdown import Limits
from lunarlab.descent.vehicle import PITCH, Vehicle
from lunarlab.errors import LunarlabError

G = MU_MOON / R_MOON**2


def scene(height: float, down: float, forward: float = 0.0, faults: tuple = (), limits: Limits | None = None, slope: float = 0.0, **cutoff: Any) -> Scenario:
    """A light lander in mid-air over its target, on a flat Moon or on a slope that falls forward."""
    return Scenario(
        orbit=Orbit(start_height_m=height, start_down_mps=down, start_forward_mps=forward), cutoff=Cutoff(**cutoff),
        vehicle=Vehicle(mass_kg=500.0, pitch_rate_max_deg_s=180.0, pitch_lag_s=0.1), limits=limits or Limits(survivable_mps=20.0, vertical_mps=20.0, lateral_mps=20.0),
        velocimeter=Velocimeter(altitude_max_m=1e5), faults=faults,
        terrain=Terrain(slope_deg=slope, slope_reach_m=5000.0), guidance=Guidance(horizontal_gain=0.0 if forward else 0.25),
    )  # fmt: skip


def lost(at_s: float = 0.5) -> tuple[Fault, Fault]:
    """The radar loses the ground."""
    return tuple(Fault(target, "absent", trigger="time", at=at_s) for target in ("altimeter", "velocimeter"))  # type: ignore[return-value]


def drop(height: float, down: float, until: float = 0.0) -> float:
    """Speed after a fall through the exact field."""
    return math.sqrt(down**2 + 2.0 * MU_MOON * (1.0 / (R_MOON + until) - 1.0 / (R_MOON + height)))


@pytest.mark.nojit
@pytest.mark.parametrize(("height", "down"), [(40.0, 13.0), (3700.0, 0.0), (3.4, 0.0)])
def test_engines_off_is_a_free_fall(height: float, down: float) -> None:
    flight = ll.fly(scene(height, down, rule="height", height_m=height + 1.0), seed=None)
    assert flight.event("cutoff").t_s == 0.0 and flight.events[-1].kind == "contact"
    assert flight.touchdown.vertical_mps == pytest.approx(drop(height, down), rel=1e-9)
    assert flight.touchdown.propellant_left_kg == pytest.approx(140.0)
    if height == 40.0:  # 13 m/s, 40 m: the published chain of Mars Polar Lander under the Moon's gravity
        assert flight.touchdown.vertical_mps == pytest.approx(17.3, abs=0.05)


def test_a_believed_height_switches_off_and_the_lander_falls_the_rest() -> None:
    flight = ll.fly(scene(300.0, 10.0, rule="height", height_m=4.0), seed=None)
    off = flight.event("cutoff")
    assert 4.0 - 0.1 * 2.0 < off.est_height_m <= 4.0
    assert flight.touchdown.vertical_mps == pytest.approx(drop(off.altitude_m, -off.vertical_mps), rel=1e-6)
    assert np.all(flight.si["true_thrust_assist"][flight.si["t"] > off.t_s] == 0.0)
    fooled = ll.fly(scene(300.0, 10.0, faults=(Fault("altimeter", "bias", -50.0),), limits=Limits(), rule="height"), seed=None)
    assert fooled.event("cutoff").altitude_m == pytest.approx(54.0, abs=3.0)
    assert fooled.reasons[0] == f"engines were switched off {fooled.event('cutoff').altitude_m:.0f} m above the ground"


@pytest.mark.parametrize("share", [0.9, 0.5])
def test_a_hop_is_a_throw_with_what_is_left_of_the_weight(share: float) -> None:
    e, net = 0.6, (1.0 - share) * G
    flight = ll.fly(scene(12.0, 1.0, faults=lost(), rule="height", height_m=-1e3, radar_lost_s=1.0, hold_weight=share, restitution=e), seed=None)
    start = flight.event("inertial")
    bounces = [event for event in flight.events if event.kind == "bounce"]
    hops = [event for event in flight.events if event.kind == "hop"]
    # thrust lags by 0.15 s: from half a second later on the fall is that of a tenth of the weight
    i = int(np.searchsorted(flight.si["t"], start.t_s + 0.75))
    fell = math.sqrt(flight.si["true_vertical_speed"][i] ** 2 + 2.0 * net * flight.si["true_altitude"][i])
    assert bounces[0].values[0] == pytest.approx(fell, rel=0.01)
    for bounce, hop, after in zip(bounces, hops, [*bounces[1:], flight.event("contact")], strict=False):
        assert bounce.values[1] == pytest.approx(e * bounce.values[0], rel=1e-12)
        assert hop.values[0] == pytest.approx(bounce.values[1] ** 2 / (2.0 * net), rel=0.02, abs=0.01)
        if after.kind == "bounce":
            assert after.t_s - bounce.t_s == pytest.approx(2.0 * bounce.values[1] / net, rel=0.01)
            assert after.values[0] == pytest.approx(bounce.values[1], rel=0.01)
    assert len(bounces) >= 3
    assert flight.touchdown.vertical_mps * e < 0.05  # it ends where a rebound is none


def test_accelerometers_feel_the_blow() -> None:
    flight = ll.fly(scene(12.0, 1.0, faults=lost(), rule="height", height_m=-1e3, radar_lost_s=1.0, hold_weight=0.9), seed=None)
    late = flight.si["t"] > flight.event("bounce").t_s + 0.2
    assert np.abs(flight.si["est_vertical_speed"] - flight.si["true_vertical_speed"])[late].max() < 0.05


@pytest.mark.parametrize(("mu", "e"), [(0.0, 0.5), (0.1, 0.5), (0.3, 0.3), (2.0, 0.5)])
def test_friction_takes_what_coulomb_allows(mu: float, e: float) -> None:
    flight = ll.fly(scene(12.0, 1.0, 2.0, lost(), rule="height", height_m=-1e3, radar_lost_s=1.0, hold_weight=0.9, restitution=e, friction=mu), seed=None)
    hit = flight.event("bounce")
    i = int(np.searchsorted(flight.si["t"], hit.t_s))
    before, after = flight.si["true_forward_speed"][i - 1], flight.si["true_forward_speed"][i]
    assert before > 0.5
    assert before - after == pytest.approx(min(mu * (1.0 + e) * hit.values[0], before), abs=1e-3)


@pytest.mark.nojit
def test_on_a_slope_the_rebound_is_about_its_normal() -> None:
    slope, e = math.radians(14.0), 0.5
    flight = ll.fly(scene(12.0, 1.0, 0.0, lost(), slope=14.0, rule="height", height_m=-1e3, radar_lost_s=1.0, hold_weight=0.9, restitution=e, friction=0.0), seed=None)
    hit = flight.event("bounce")
    i = int(np.searchsorted(flight.si["t"], hit.t_s))
    down = -hit.vertical_mps
    assert hit.values[0] == pytest.approx(down * math.cos(slope), rel=1e-3)
    assert flight.si["true_forward_speed"][i] == pytest.approx((1.0 + e) * down * math.cos(slope) * math.sin(slope), rel=5e-3)


SPURIOUS = Fault("touchdown", "spurious", trigger="altitude", at=50.0, duration_s=0.02)


@pytest.mark.parametrize(
    ("faults", "cutoff", "off_m"),
    [
        ((), {"clear_at_arming": 0}, 0.0), ((SPURIOUS,), {"clear_at_arming": 0}, 30.0), ((SPURIOUS,), {"clear_at_arming": 1}, 0.0),
        ((SPURIOUS,), {"clear_at_arming": 0, "readings": 2}, 0.0), ((replace(SPURIOUS, at=20.0),), {"clear_at_arming": 1}, 20.0),
        ((replace(SPURIOUS, at=20.0),), {"readings": 2}, 0.0), ((replace(SPURIOUS, at=20.0, duration_s=0.25),), {"readings": 2}, 20.0),
        ((SPURIOUS, Fault("touchdown", "inhibited")), {"clear_at_arming": 0}, -1.0), ((Fault("touchdown", "absent"),), {}, -1.0),
    ],
)  # fmt: skip
def test_the_latch(faults: tuple, cutoff: dict, off_m: float) -> None:
    """A pulse at 50 m, armed at 30 m: engines off at 30 m if it is kept, on the ground if forgotten or asked for twice."""
    flight = ll.fly(scene(60.0, 6.0, faults=faults, rule="contact", arm_height_m=30.0, restitution=0.2, **cutoff), seed=None)
    off = flight.event("cutoff")
    if off_m < 0.0:  # nothing tells it: it comes to rest with its engines running
        assert off is None and flight.event("bounce") is not None and flight.event("contact") is not None
        return
    assert off.altitude_m == pytest.approx(off_m, abs=1.2)
    assert flight.event("legs_armed").values[1] == float(bool(faults) and faults[0].at == 50.0)
    assert (off.t_s == flight.event("contact").t_s) is (off_m == 0.0)
    assert flight.event("bounce") is None


def test_a_command_ends_what_the_rule_does_not() -> None:
    flight = ll.fly(scene(12.0, 1.0, faults=lost(), rule="height", radar_lost_s=1.0, hold_weight=0.9, command_s=20.0, restitution=0.7), seed=None)
    assert flight.event("inertial").t_s == pytest.approx(1.4, abs=0.11)
    assert flight.event("cutoff").t_s - flight.event("bounce").t_s == pytest.approx(20.0, abs=0.11)
    assert flight.touchdown.vertical_mps == pytest.approx(drop(flight.event("cutoff").altitude_m, flight.event("cutoff").vertical_mps), rel=1e-6)


def test_engines_that_start_late_and_burn_their_least_time() -> None:
    flight = ll.fly(scene(600.0, 0.0, rule="height", height_m=590.0, start_height_m=500.0, least_burn_s=3.0), seed=None)
    on, off = flight.event("engines_on"), flight.event("cutoff")
    assert -on.vertical_mps == pytest.approx(drop(600.0, 0.0, on.altitude_m), rel=1e-9)  # a free fall until then
    assert on.est_height_m <= 500.0 < on.est_height_m + 0.1 * 18.1
    assert off.t_s - on.t_s == pytest.approx(3.0, abs=1e-9)
    assert off.values[0] == pytest.approx(3.0)


def test_a_computer_that_stands_still_hears_no_legs() -> None:
    """A pulse while the computer is reset reaches nobody; the same pulse a second later is kept, and cuts off at arming."""
    reset = Fault("computer", "reset", 1.0, trigger="time", at=1.0)
    for at, heard in ((1.5, False), (2.5, True)):
        pulse = Fault("touchdown", "spurious", trigger="time", at=at, duration_s=0.02)
        flight = ll.fly(scene(60.0, 0.0, faults=(reset, pulse), rule="contact", arm_height_m=30.0, clear_at_arming=0), seed=None)
        assert flight.event("computer_reset") is not None
        assert (flight.event("cutoff").altitude_m > 25.0) is heard


def test_the_hardest_contact_counts_and_a_deadly_one_is_the_last() -> None:
    given = {"faults": (Fault("touchdown", "inhibited"),), "rule": "height", "height_m": -1e3}
    deadly = ll.fly(scene(3.0, 9.0, limits=Limits(survivable_mps=6.0), **given), seed=None)
    assert deadly.verdict == "CRASHED" and deadly.event("bounce") is None
    hard = ll.fly(scene(3.0, 4.0, limits=Limits(vertical_mps=2.0, survivable_mps=6.0), **given), seed=None)
    assert hard.verdict == "HARD_LANDING"
    assert f"{hard.event('bounce').values[0]:.2f} m/s, allowed 2 m/s" in hard.reasons[0]
    assert hard.touchdown.vertical_mps < 2.0


def test_off_is_off() -> None:
    """Without a rule nothing of it shows, to the last bit; a pulse that nobody listens to changes nothing."""
    plain = ll.fly(Scenario(), seed=3)
    for other in (
        Scenario(cutoff=Cutoff(height_m=100.0, radar_lost_s=1.0, command_s=1.0, restitution=0.9)),
        Scenario(faults=(Fault("touchdown", "spurious"), Fault("touchdown", "absent"))),
    ):
        assert np.array_equal(plain.table, ll.fly(other, seed=3).table, equal_nan=True)


def test_a_start_in_mid_air() -> None:
    """From the start on it flies as it would from an orbit: the same law, upright, and the state is what was asked for."""
    orbit = Orbit(start_height_m=8000.0, start_distance_m=30e3, start_forward_mps=300.0, start_down_mps=50.0)
    flight = ll.fly(Scenario(orbit=orbit, vehicle=Vehicle(mass_kg=500.0)), seed=None)
    first = {name: column[0] for name, column in flight.si.items()}
    assert flight.event("deorbit") is None and flight.event("ignition").t_s == 0.0
    assert first["true_height"] == pytest.approx(8000.0) and first["true_distance"] == pytest.approx(30e3)
    assert (first["true_forward_speed"], first["true_vertical_speed"]) == (300.0, -50.0)
    assert math.tan(first["true_pitch"]) == pytest.approx(50.0 / 300.0)
    assert flight.landed and LIFT_M < 1e-3


@pytest.mark.parametrize(("forward", "down", "pitch_deg"), [(1700.0, 0.0, 0.0), (300.0, 300.0, 45.0), (0.0, 50.0, 90.0), (0.0, 0.0, 90.0), (100.0, -50.0, 90.0)])
def test_in_mid_air_it_starts_with_its_engines_backwards_along_its_path(forward: float, down: float, pitch_deg: float) -> None:
    """At a perilune that is level; at rest, or going up, upright."""
    _, start = pack(Scenario(orbit=Orbit(start_height_m=15e3, start_forward_mps=forward, start_down_mps=down)), None)
    assert math.degrees(start.state[PITCH]) == pytest.approx(pitch_deg)


def test_inertial_mode_needs_no_rule() -> None:
    """With contact known at once, too, it holds its thrust once the radars are silent."""
    lander = scene(60.0, 1.0, faults=lost(), limits=Limits(), radar_lost_s=1.0, hold_weight=0.9)
    flight = ll.fly(lander, seed=None)
    assert flight.event("inertial").t_s == pytest.approx(0.5 + 1.0, abs=0.21)
    held = flight.si["t"] > flight.event("inertial").t_s + 1.5
    weight = flight.si["true_mass"] * MU_MOON / (R_MOON + flight.si["true_height"]) ** 2
    assert flight.si["true_thrust_assist"][held] / weight[held] == pytest.approx(np.full(held.sum(), 0.9), abs=2e-3)
    assert flight.event("bounce") is None and flight.event("contact") is not None


@pytest.mark.parametrize(
    ("fault", "lander", "why"),
    [
        (Fault("computer", "theft", 0.5), {}, "Computer.cycle_s is 0"), (Fault("computer", "monitor", 0.5), {}, "Computer.cycle_s is 0"),
        (Fault("touchdown", "absent"), {"rule": "height"}, "Cutoff.rule is 'height'"), (Fault("touchdown", "spurious"), {}, "Cutoff.rule is 'ideal'"),
        (Fault("gyro", "saturated", 1.0), {}, "Attitude.gyro_limit_deg_s is 0"), (Fault("altimeter_2", "bias", 9.0), {}, "it has none"),
        (Fault("camera", "absent"), {}, "it has none"), (Fault("touchdown", "absent"), {"rule": "contact"}, ""), (Fault("velocimeter", "absent"), {}, ""),
        (Fault("touchdown", "inhibited"), {"rule": "height"}, ""), (Fault("computer", "reset", 1.0), {}, ""),
    ],
)  # fmt: skip
def test_a_fault_that_can_do_nothing_says_so(fault: Fault, lander: dict, why: str) -> None:
    told = ll.fly(scene(20.0, 1.0, faults=(fault,), **lander), seed=None, record=False).event("fault").detail
    assert told.endswith(f"(changes nothing here: {why})") if why else "nothing here" not in told


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Cutoff(rule="hope"), "Cutoff.rule is 'hope'; allowed are ideal, contact, height"),
        (lambda: Cutoff(restitution=1.0), "Cutoff.restitution is 1; it must lie between 0 and 0.95"),
        (lambda: Cutoff(readings=1.5), "Cutoff.readings is 1.5; it must be a whole number"),
        (lambda: Cutoff(command_s=math.nan), "Cutoff.command_s is nan"),
        (lambda: Scenario(cutoff=3), "Scenario.cutoff is 3; it must be a Cutoff"),  # type: ignore[arg-type]
        (lambda: Orbit(start_height_m=-1.0), "Orbit.start_height_m is -1 m"),
        (lambda: Orbit(start_down_mps=80.0), "Orbit.start_down_mps is 80, and start_height_m 0: the flight starts from the orbit"),
        (lambda: Fault("touchdown", "shy"), "a fault of the touchdown can be spurious, absent, inhibited"),
    ],
)  # fmt: skip
def test_bad_input_is_named(make: Any, words: str) -> None:
    with pytest.raises(LunarlabError) as caught:
        make()
    assert words in str(caught.value)
