"""Navigation and the statistics of many flights against figures from outside."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lunarlab.descent import consistency

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area5_navigation.toml").read_text(encoding="utf-8"))


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Inputs, expected figures and tolerances."""
    return CASES[name]["inputs"], CASES[name]["expected"], CASES[name]["tolerance"]


@pytest.mark.parametrize("name", ["KF-01", "KF-02", "KF-04"])
def test_scalar_filter_settles(name: str) -> None:
    given, want, near = case(name)
    predicted, gain, updated = consistency.kalman_steady([[1.0]], [[1.0]], [[given["Q"]]], [[given["R"]]])
    got = [float(np.squeeze(a)) for a in (predicted, gain, updated)]
    assert got == pytest.approx([want["P_predicted"], want["gain"], want["P_updated"]], abs=near["all"])


@pytest.mark.parametrize(("name", "white"), [("KF-05", False), ("KF-07", False), ("KF-08", True)])
def test_position_and_velocity_filter_settles(name: str, white: bool) -> None:
    given, want, near = case(name)
    dt = given["dt"]
    noise = [[dt**3 / 3.0, dt**2 / 2.0], [dt**2 / 2.0, dt]] if white else [[dt**4 / 4.0, dt**3 / 2.0], [dt**3 / 2.0, dt**2]]
    predicted, gain, updated = consistency.kalman_steady(
        [[1.0, dt], [0.0, 1.0]], [[1.0, 0.0]], given["noise"] * np.array(noise), [[given["R"]]]
    )
    assert predicted == pytest.approx(np.array(want["P_predicted"]), rel=near["relative"])
    assert np.ravel(gain) == pytest.approx(want["gain"], rel=near["relative"])
    assert updated == pytest.approx(np.array(want["P_updated"]), rel=near["relative"])


@pytest.mark.parametrize("name", ["CHI-01", "CHI-02", "CHI-04"])
def test_gates(name: str) -> None:
    given, want, near = case(name)
    gates = [consistency.chi2_gate(given["probability"], dof) for dof in want["degrees"]]
    assert gates == pytest.approx(want["threshold"], abs=near["all"])
    for dof, share in want.get("passed_by_9", {}).items():
        assert consistency.chi2_gate(share, int(dof)) == pytest.approx(9.0, abs=2e-3)


@pytest.mark.parametrize("name", ["NEE-01", "NEE-02", "NEE-04"])
def test_bands_of_a_matched_filter(name: str) -> None:
    given, want, near = case(name)
    assert consistency.nees_band(given["runs"], given["dimension"]) == pytest.approx(want["band"], abs=near["all"])


@pytest.mark.parametrize("name", ["MC-01", "MC-02", "MC-04"])
def test_runs_without_a_failure(name: str) -> None:
    given, want, _ = case(name)
    assert consistency.zero_failure_runs(given["reliability"], given["confidence"]) == want["runs"]


def test_lower_bound_of_a_success_rate() -> None:
    given, want, near = case("MC-05")
    one_sided = 2.0 * given["confidence"] - 1.0  # of a two-sided interval whose lower tail is as large
    low, _ = consistency.clopper_pearson(given["successes"], given["runs"], one_sided)
    assert low == pytest.approx(want["lower"], abs=near["all"])


@pytest.mark.parametrize(("share", "key"), [(0.5, "r50"), (0.95, "r95"), (0.99, "r99"), (0.9973, "r9973")])
def test_circles_of_landings(share: float, key: str) -> None:
    given, want, near = case("RAY-01")
    assert consistency.rayleigh_radius(share, given["sigma"]) == pytest.approx(want[key], abs=near["all"])
