"""Luna 25 and Peregrine: what was published, two-body mechanics by hand, and what the model predicts without being fitted."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.errors import LunarlabError

MU, R = 4902.800066e9, 1737.4e3


def test_the_published_signature_follows_from_two_times() -> None:
    flight = ll.case("luna-25").fly()
    # FAIL-01: impulses in proportion to the times, 18.7487 m/s planned and 28.3462 given, perilune at -22.226 km.
    assert flight.burn_ratio == pytest.approx(127 / 84, abs=2e-3)
    assert flight.result.dv_mps == pytest.approx(28.35, abs=0.1)
    assert flight.result.perilune_altitude_m == pytest.approx(-22.2e3, abs=400)
    assert flight.verdict == "IMPACT"
    # Energy: the speed at the mean radius on the way down.
    a = R + (flight.result.perilune_altitude_m + flight.result.apolune_altitude_m) / 2
    assert flight.result.impact_speed_mps == pytest.approx(math.sqrt(MU * (2 / R - 1 / a)), rel=1e-9)
    # Two-body: half the burn after ignition an impulse; Kepler's equation to where the ellipse meets the sphere.
    e = 1 - (R + flight.result.perilune_altitude_m) / a
    E = -math.acos((1 - R / a) / e)
    fall = (2 * math.pi + E - e * math.sin(E) - math.pi) * math.sqrt(a**3 / MU)
    assert flight.result.impact_s == pytest.approx(fall + 127 / 2, abs=5)


def test_at_the_threshold_the_orbit_grazes() -> None:
    assert ll.case("luna-25").fly().threshold_s == pytest.approx(103.1, abs=0.5)
    verdicts = {t: ll.case("luna-25", {"burn.timer_s": t}).fly().verdict for t in (84, 102, 105, 127)}
    assert verdicts == {84: "LOWERED", 102: "LOWERED", 105: "IMPACT", 127: "IMPACT"}


def test_without_the_fault_the_perilune_is_where_it_was_planned() -> None:
    flight = ll.fly(ll.case("luna-25").no_fault)
    assert (flight.verdict, flight.result.cutoff) == ("LOWERED", "accelerometer")
    assert flight.result.perilune_altitude_m == pytest.approx(18e3, abs=150)
    assert flight.burn_ratio == pytest.approx(1.0, abs=1e-6)


def test_a_monitor_of_ones_own_saves_it() -> None:
    def cutoff(t: float, measured_dv: float, measured_accel: float) -> bool:
        return measured_dv >= 18.75 or (t > 5.0 and measured_accel == 0.0) or t >= 90.0

    flight = ll.fly(ll.case("luna-25"), cutoff=cutoff)
    assert (flight.verdict, flight.result.cutoff) == ("LOWERED", "monitor")
    assert flight.event("impact") is None and flight.event("cutoff") is not None


def test_peregrine_predicts_what_was_announced() -> None:
    # Only the end of the flight is fitted. Announced: 40, 35, 48 and 52 hours.
    flight = ll.case("peregrine").fly()
    assert flight.control_until_s == pytest.approx(913e3, rel=0.01)
    told = np.array([flight.forecast_s(h * 3600) / 3600 for h in (19, 56, 84, 104)])
    assert np.max(np.abs(told / np.array([40, 35, 48, 52]) - 1)) < 0.6
    assert np.max(told) / np.min(told) < 1.25  # it stayed the same while days went by
    assert list(flight.lost_s) == ["correction", "capture", "low orbit", "landing"]
    assert flight.lost_s["landing"] < flight.lost_s["low orbit"] < flight.lost_s["capture"] < flight.lost_s["correction"]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"faults": "none"}, "READY"), ({"faults.0.duration_s": 6}, "READY"), ({"tank.relief_Pa": 3e6}, "READY"),
        ({"tear.area_mm2": 1e5}, "TUMBLING"), ({"tear.area_mm2": 0.01}, "MISSION_LOST"), ({"plan.landing_day_s": 12500}, "READY"),
        ({"plan.landing_day_s": 14000}, "MARGIN_EATEN"),
    ],
)  # fmt: skip
def test_peregrine_otherwise(changes: dict, verdict: str) -> None:
    assert ll.case("peregrine", changes).fly().verdict == verdict


def test_a_burn_of_no_length_has_no_ratio() -> None:
    flight = ll.case("luna-25", {"burn.timer_s": 0}).fly()
    assert math.isnan(flight.burn_ratio) and flight.verdict == "UNCHANGED"
    assert ll.case("luna-25").check(flight)["burn_ratio"]["value"] is None


def test_a_threshold_is_found_from_high_up_too() -> None:
    # There the engine could stop the lander long before the longest burn that is tried.
    flight = ll.case("luna-25", {"orbit.apolune_altitude_m": 2e7}).fly()
    low, high = R + 1e5, R + 2e7
    a, grazing = (low + high) / 2, (R + high) / 2
    dv = math.sqrt(MU * (2 / high - 1 / a)) - math.sqrt(MU * (2 / high - 1 / grazing))
    assert flight.threshold_s == pytest.approx(flight.scenario.engine.burn_time(1300.0, dv), abs=0.2)


def test_options_of_another_flight_are_refused_by_name() -> None:
    for name, option, allowed in (("luna-25", "guidance", "seed, cutoff$"), ("peregrine", "guidance", "allowed are seed$"),
                                  ("nominal-mare", "cutoff", "seed, guidance, navigation, params, record$")):  # fmt: skip
        case = ll.case(name)
        for call in (case.fly, partial(ll.fly, case), partial(ll.fly, case.scenario)):
            with pytest.raises(LunarlabError, match=f"{option} is no option of a .*{allowed}"):
                call(**{option: print})


def test_a_case_may_say_yes_or_no(tmp_path) -> None:
    assert ll.case("luna-25", {"burn.prograde": True, "faults": "none"}).fly().verdict == "RAISED"
    with pytest.raises(LunarlabError, match=r"Burn\.prograde is 'forwards'; it must be True or False"):
        ll.case("luna-25", {"burn.prograde": "forwards"})
    path = tmp_path / "mine.toml"
    path.write_text('flight = "burn"\ntitle = "T"\nmission = "M"\ndate = "2025-01-01"\noutcome = "o"\nkind = "sandbox"\nsummary = "s"\n'
                    '[burn]\nprograde = { value = true, source = "model", confidence = "assumed" }\n')  # fmt: skip
    assert ll.case(str(path)).scenario.burn.prograde is True
    path.write_text(path.read_text().replace("prograde", "dv_mps"))
    with pytest.raises(LunarlabError, match=r"Burn\.dv_mps is True; it must be a number"):
        ll.case(str(path))
