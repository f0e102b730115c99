"""Verdicts of a contact: what limits alone say, unchanged from planar flights, and what a gear adds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lunarlab.descent.gear import Gear
from lunarlab.descent.settle import settle
from lunarlab.descent.touchdown import Limits, Touchdown, Verdict, judge
from lunarlab.errors import LunarlabError

LIMITS = Limits(vertical_mps=2.0, lateral_mps=1.5, tilt_deg=12.0, survivable_mps=6.0)
GRIPPING = Gear(legs=4, friction=2.0)  # feet that dig in; falls over an edge 1.41 m away, mass 1.5 m up


def contact(down: float, forward: float = 0.0, tilt: float = 0.0, **more: float) -> Touchdown:
    return Touchdown(100.0, down, forward, tilt, 12.0, 3.0, **more)


@pytest.mark.parametrize(
    ("end", "dry", "verdict", "reasons"),
    [
        (contact(2.0, -1.5, 12.0), None, "LANDED", []),
        (contact(2.01), None, "HARD_LANDING", ["descent speed at contact 2.01 m/s, allowed 2 m/s"]),
        (contact(1.0, -1.6), None, "TIPPED", ["sideways speed at contact 1.60 m/s, allowed 1.5 m/s"]),
        (contact(1.0, 0.0, 13.0), None, "TIPPED", ["tilt at contact 13.00 deg, allowed 12 deg"]),
        (
            contact(3.0, 2.0, 20.0), None, "HARD_LANDING",
            ["descent speed at contact 3.00 m/s, allowed 2 m/s", "sideways speed at contact 2.00 m/s, allowed 1.5 m/s",
             "tilt at contact 20.00 deg, allowed 12 deg"],
        ),
        (contact(7.0), None, "CRASHED", ["descent speed at contact 7.00 m/s, allowed 2 m/s"]),
        (
            contact(7.0), 55.4, "PROPELLANT_OUT",
            ["propellant ran out 55 m above the ground, allowed 0 m", "descent speed at contact 7.00 m/s, allowed 2 m/s"],
        ),
        (contact(3.0), 55.4, "HARD_LANDING", ["descent speed at contact 3.00 m/s, allowed 2 m/s"]),
    ],
)  # fmt: skip
def test_limits_alone(end: Touchdown, dry: float | None, verdict: str, reasons: list[str]) -> None:
    for gear in (None, Gear()):
        assert judge(end, LIMITS, dry, gear) == (verdict, reasons)


def test_sideways_is_both_directions_together() -> None:
    end = contact(1.0, 1.2, left_mps=-1.6)
    assert end.horizontal_mps == pytest.approx(2.0)
    assert end.speed_mps == pytest.approx(math.sqrt(5.0))
    assert judge(end, LIMITS, None) == (Verdict.TIPPED, ["sideways speed at contact 2.00 m/s, allowed 1.5 m/s"])
    assert judge(contact(4.0, 3.0, left_mps=4.0), LIMITS, None)[0] is Verdict.CRASHED


@given(st.floats(0.0, 10.0), st.floats(-10.0, 10.0))
def test_planar_speeds_are_what_they_were(down: float, forward: float) -> None:
    end = contact(down, forward)
    assert end.speed_mps == (down**2 + forward**2) ** 0.5
    assert end.horizontal_mps == abs(forward)


def test_within_all_limits_it_stands_or_falls_by_the_gear() -> None:
    soft = contact(1.0, 0.5)
    assert judge(soft, LIMITS, None, GRIPPING, mass_kg=400.0) == (Verdict.LANDED, [])
    slim = Gear(legs=3, foot_radius_m=1.0, cg_height_m=2.5, friction=2.0, first_leg_deg=60.0)
    verdict, reasons = judge(contact(0.5, 1.0), LIMITS, None, slim, mass_kg=400.0)
    assert verdict is Verdict.TIPPED
    # sqrt(2 g (l - h) (l^2 + k^2)) / h with d = 0.5, h = 2.5, k = 1: 0.4399 m/s
    assert reasons == ["fell over: 1.0 m/s sideways on 0 deg of slope, tip-over from 0.4 m/s"]


def test_a_limit_that_is_broken_without_harm_is_a_hard_landing() -> None:
    sliding = Gear(legs=4, friction=0.3)
    assert judge(contact(1.0, 1.8), LIMITS, None)[0] is Verdict.TIPPED
    verdict, reasons = judge(contact(1.0, 1.8), LIMITS, None, sliding, mass_kg=400.0)
    assert (verdict, reasons) == (Verdict.HARD_LANDING, ["sideways speed at contact 1.80 m/s, allowed 1.5 m/s"])


def test_falling_over_outweighs_descent_speed_and_says_why() -> None:
    end = contact(2.5, 3.9, slope_deg=8.0)
    verdict, reasons = judge(end, LIMITS, None, GRIPPING, mass_kg=400.0)
    assert verdict is Verdict.TIPPED
    # downhill: lift = l - h cos 8 - d sin 8 = 0.3794 m, so 1.69 m/s
    assert reasons[0] == "fell over: 3.9 m/s sideways on 8 deg of slope, tip-over from 1.7 m/s"
    assert reasons[-2:] == ["descent speed at contact 2.50 m/s, allowed 2 m/s", "sideways speed at contact 3.90 m/s, allowed 1.5 m/s"]


def test_gear_that_bottoms_out_is_a_hard_landing() -> None:
    stiff = Gear(legs=4, stroke_m=0.05, crush_force_N=1000.0)
    verdict, reasons = judge(contact(1.9), LIMITS, None, stiff, mass_kg=400.0)
    assert verdict is Verdict.HARD_LANDING
    assert len(reasons) == 1
    assert reasons[0].startswith("gear bottomed out: a leg crushed by all of its 0.05 m, ")


def test_above_the_survivable_speed_no_gear_helps() -> None:
    wide = Limits(vertical_mps=5.0, lateral_mps=5.0, survivable_mps=6.0)
    assert judge(contact(4.8, 4.8), wide, None) == (Verdict.LANDED, [])  # limits that contradict each other: as it was
    verdict, reasons = judge(contact(4.8, 4.8), wide, None, GRIPPING, mass_kg=400.0)
    assert (verdict, reasons) == (Verdict.CRASHED, ["total speed at contact 6.79 m/s, allowed 6 m/s"])
    assert judge(contact(7.0), LIMITS, 30.0, GRIPPING, mass_kg=400.0)[0] is Verdict.PROPELLANT_OUT


def test_other_ways_to_end_without_standing_have_a_sentence() -> None:
    ice = Gear(legs=4, friction=0.0)
    verdict, reasons = judge(contact(0.5, 0.6), LIMITS, None, ice, mass_kg=400.0)
    assert verdict is Verdict.TIPPED
    assert reasons == ["not at rest 30 s after contact: slid 18.0 m, 0.6 m/s sideways on 0 deg of slope"]
    _, reasons = judge(contact(0.5, slope_deg=45.0), LIMITS, None, GRIPPING, mass_kg=400.0)
    assert reasons == ["fell over: 45 deg of slope, at rest it stands on 43 deg"]
    springs = Gear(legs=4, friction=100.0, stroke_m=0.0, damping_ratio=0.0)  # what they give back throws it over
    verdict, reasons = judge(contact(0.0, 2.0), Limits(lateral_mps=3.0), None, springs, mass_kg=400.0)
    assert verdict is Verdict.TIPPED
    assert reasons[0].startswith("fell over: 2.0 m/s sideways on 0 deg of slope, leaning 0 deg at contact")
    assert reasons[0].endswith("; upright and without a bounce, tip-over from 2.1 m/s")


def test_a_rest_that_is_known_is_not_settled_again() -> None:
    end = contact(1.0, 0.5)
    rest = settle(contact(1.0, 3.9), GRIPPING, mass_kg=400.0)
    assert judge(end, LIMITS, None, GRIPPING, rest=rest)[0] is Verdict.TIPPED
    with pytest.raises(LunarlabError, match="mass_kg is nan kg"):
        judge(end, LIMITS, None, GRIPPING)


def test_limits_that_contradict_are_named() -> None:
    with pytest.raises(LunarlabError, match="survivable_mps is 1 m/s; it must not be below vertical_mps, 2 m/s"):
        Limits(survivable_mps=1.0)
