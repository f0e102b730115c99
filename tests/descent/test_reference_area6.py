"""Touchdown against figures from outside."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lunarlab.descent.gear import Gear, static_slope_deg, tip_speed
from lunarlab.descent.touchdown import Limits, Touchdown, Verdict, judge

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area6.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["TIP-01", "TIP-02", "TIP-04"])
def test_tipping_over(name: str) -> None:
    given, want, near = CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]["all"]
    gear = Gear(legs=given["legs"], foot_radius_m=given["foot_radius"], cg_height_m=given["cg_height"], gyration_m=0.0)
    assert gear.edge_m == pytest.approx(want["edge_distance"], abs=near)
    assert static_slope_deg(gear) == pytest.approx(want["static_slope"], abs=near)
    assert tip_speed(gear, gravity_mps2=given["g"]) == pytest.approx(want["horizontal_speed_limit"], abs=near)


def test_what_a_flown_lander_was_tested_for() -> None:
    bounds = CASES["TCH-01"]["expected"]
    limits = {name: Limits(b["vertical"], b["horizontal"], b["slope"]) for name, b in bounds.items()}
    contacts = {name: Touchdown(0.0, b["vertical"], b["horizontal"], b["slope"], 0.0, 1.0) for name, b in bounds.items()}
    for name in ("design", "test"):
        assert judge(contacts[name], limits[name], None)[0] is Verdict.LANDED
    assert judge(contacts["design"], limits["test"], None)[0] is Verdict.LANDED
    verdict, reasons = judge(contacts["test"], limits["design"], None)
    assert verdict is Verdict.HARD_LANDING and len(reasons) == 2
