"""The patched conic: the textbook's case with all its steps, propagation of both conics, and wrong input."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lunarlab.constants import DISTANCE_MOON, MU_EARTH, MU_MOON, R_SOI_MOON
from lunarlab.errors import LunarlabError
from lunarlab.transfer.patched import patched_conic
from lunarlab.twobody import elements, kepler

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area1.toml").read_text(encoding="utf-8"))


@pytest.mark.nojit
@pytest.mark.parametrize("name", ["BMW-01", "BMW-02", "BMW-03"])
def test_published_cases(name: str) -> None:
    x, expected, tolerance = (CASES[name][key] for key in ("inputs", "expected", "tolerance"))
    du, tu = x["DU"] * 1e3, x["TU"]
    conic = patched_conic(
        x["r0"] * du, x["v0"] * du / tu, math.radians(x["phi0"]), math.radians(x["lambda1"]),
        mu_earth=x["mu_E"] * 1e9, mu_moon=x["mu_M"] * 1e9, distance_m=x["D"] * 1e3, r_soi_m=x["R_soi"] * 1e3,
        v_moon_mps=x["v_moon"] * 1e3, omega_moon_radps=x["omega_moon"], radius_moon_m=1738e3,
    )  # fmt: skip
    got = {
        "energy": conic.energy_m2ps2 * tu**2 / du**2, "h": conic.h_m2ps * tu / du**2, "e_geo": conic.e,
        "r1": conic.r1_m / 1e3, "v1": conic.v1_mps / 1e3, "phi1": math.degrees(conic.phi1_rad),
        "gamma1": math.degrees(conic.gamma1_rad), "tof_to_soi": conic.tof_s / 3600, "gamma0": math.degrees(conic.gamma0_rad),
        "v2": conic.v2_mps / 1e3, "eps2": math.degrees(conic.epsilon2_rad), "e_sel": conic.e_moon,
        "r_perilune": conic.perilune_m / 1e3, "v_perilune": conic.v_perilune_mps / 1e3,
    }  # fmt: skip
    assert got == {key: pytest.approx(value, rel=tolerance["relative"]) for key, value in expected.items()}
    assert conic.impact == (name == "BMW-02")


@given(st.floats(6.5e6, 8e6), st.floats(0.992, 1.2), st.floats(-0.3, 0.6), st.floats(-1.4, 1.4))
def test_both_conics_are_flown(r0: float, ratio: float, phi0: float, lambda1: float) -> None:
    """Propagate the state from injection over the time of flight, and the state relative to the Moon to its perilune."""
    v0 = ratio * math.sqrt(2.0 * MU_EARTH / r0)
    try:
        conic = patched_conic(r0, v0, phi0, lambda1)
    except LunarlabError:
        assume(False)
    omega = math.sqrt((MU_EARTH + MU_MOON) / DISTANCE_MOON**3)
    r, v = kepler([r0, 0.0, 0.0], [v0 * math.sin(phi0), v0 * math.cos(phi0), 0.0], conic.tof_s, mu=MU_EARTH)
    angle = conic.gamma0_rad + omega * conic.tof_s
    moon = DISTANCE_MOON * np.array([math.cos(angle), math.sin(angle), 0.0])
    moves = omega * np.array([-moon[1], moon[0], 0.0])
    assert np.linalg.norm(r) == pytest.approx(conic.r1_m, rel=1e-9)
    assert np.linalg.norm(v) == pytest.approx(conic.v1_mps, rel=1e-9)
    assert np.linalg.norm(r - moon) == pytest.approx(R_SOI_MOON, rel=1e-6)
    assert np.linalg.norm(v - moves) == pytest.approx(conic.v2_mps, rel=1e-6)
    towards = moon / DISTANCE_MOON
    assert math.acos(np.clip((moon - r) @ towards / R_SOI_MOON, -1, 1)) == pytest.approx(abs(lambda1), abs=1e-5)
    assert np.cross(towards, r)[2] * lambda1 >= -1.0  # positive: ahead of the Moon
    assume(conic.e_moon > 1e-3 and abs(conic.epsilon2_rad) > 1e-3)
    orbit = elements(r - moon, v - moves, mu=MU_MOON)
    assert orbit.periapsis_m == pytest.approx(conic.perilune_m, rel=1e-4)
    assert orbit.e == pytest.approx(conic.e_moon, rel=1e-4, abs=1e-6)
    assert (orbit.inclination_rad < 1.0) == (conic.epsilon2_rad > 0.0)
    assert conic.v_perilune_mps**2 == pytest.approx(conic.v_infinity_mps**2 + 2 * MU_MOON / conic.perilune_m, rel=1e-9) or conic.e_moon < 1


@pytest.mark.parametrize("excess", [-1e-3, -1e-6, 0.0, 1e-6, 1e-3, 0.03])
def test_time_is_smooth_across_the_parabola(excess: float) -> None:
    r0 = 6.7e6
    v0 = math.sqrt(2.0 * MU_EARTH / r0) * (1.0 + excess)
    conic = patched_conic(r0, v0, 0.1, 0.5)
    r, _ = kepler([r0, 0.0, 0.0], [v0 * math.sin(0.1), v0 * math.cos(0.1), 0.0], conic.tof_s, mu=MU_EARTH)
    assert np.linalg.norm(r) == pytest.approx(conic.r1_m, rel=1e-10)


@pytest.mark.parametrize("phi", [1.0, 1.5, 1.57])
def test_time_of_a_path_almost_straight_up(phi: float) -> None:
    r0, v0 = 6.7e6, 10.95e3
    conic = patched_conic(r0, v0, phi, 0.5)
    r, _ = kepler([r0, 0.0, 0.0], [v0 * math.sin(phi), v0 * math.cos(phi), 0.0], conic.tof_s, mu=MU_EARTH)
    assert np.linalg.norm(r) == pytest.approx(conic.r1_m, rel=1e-8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: patched_conic(6.7e6, 10.0e3, 0.0, 0.5), r"v0_mps is 10000\.000 m/s; that orbit reaches .* needs about 1\d{4}\.\d+ m/s"),
        (lambda: patched_conic(6.7e6, 10.95e3, 0.0, 3.0), "leaves the sphere of influence instead of entering"),
        (lambda: patched_conic(6.7e6, 10.95e3, 2.0, 0.5), "phi0_rad is 2 rad"),
        (lambda: patched_conic(6.7e6, 10.95e3, 0.5 * math.pi, 0.5), "phi0_rad is 1.5708 rad"),
        (lambda: patched_conic(6.7e6, 10.95e3, 0.5 * math.pi - 1e-8, 0.5), "phi0_rad is 1.5708 rad"),
        (lambda: patched_conic(6.7e6, 10.95e3, 0.0, 4.0), "lambda1_rad is 4 rad"),
        (lambda: patched_conic(4e8, 10.95e3, 0.0, 0.5), "r0_m is 4e.08 m"),
        (lambda: patched_conic(6.7e6, 10.95e3, 0.0, 0.5, mu_moon=-1.0), "mu is -1"),
        (lambda: patched_conic(6.7e6, math.nan, 0.0, 0.5), "v0_mps is nan"),
    ],
)
def test_wrong_input_is_named(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()
