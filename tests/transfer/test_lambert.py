"""Lambert arcs and porkchops: published cases, boinor, Kepler's propagation, symmetries, and wrong input."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from boinor.core.iod import izzo
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lunarlab.constants import DAY, MU_EARTH, MU_MOON, R_EARTH, R_MOON
from lunarlab.ephemeris import ephemeris, moon, tdb
from lunarlab.errors import LunarlabError
from lunarlab.transfer import lambert as lam
from lunarlab.transfer.impulsive import departure_geometry
from lunarlab.transfer.lambert import lambert, lambert_rows, minimum_time, porkchop, transfer_grid
from lunarlab.twobody import elements, kepler

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area1.toml").read_text(encoding="utf-8"))
ARCS = [name for name in CASES if name.startswith("LAM") and "v1" in CASES[name]["expected"]]


@pytest.mark.parametrize("name", ARCS)
def test_published_arcs(name: str) -> None:
    """In the units of each case: the method knows none. With revolutions there are two arcs, in no agreed order."""
    given_, expected, tolerance = (CASES[name][key] for key in ("inputs", "expected", "tolerance"))
    arcs = lambert(
        given_["r1"], given_["r2"], given_["tof"], mu=given_["mu"], revolutions=given_["revolutions"], prograde=given_["prograde"]
    )
    assert len(arcs) == (2 if given_["revolutions"] else 1)
    off = [max(np.abs(arc.v1_mps - expected["v1"]).max(), np.abs(arc.v2_mps - expected["v2"]).max()) for arc in arcs]
    assert min(off) < tolerance["v"]
    if given_["revolutions"]:
        assert arcs[int(np.argmin(off))].path == ("low" if given_["low_path"] else "high")


def test_too_short_for_a_revolution() -> None:
    given_ = CASES["LAM-07"]["inputs"]
    r1, r2, mu = given_["r1"], given_["r2"], given_["mu"]
    with pytest.raises(LunarlabError, match=r"tof is 18000 s; 1 revolutions between r1 and r2 take at least (28755\.\d+) s"):
        lambert(r1, r2, given_["tof"], mu=mu, revolutions=1)
    least = minimum_time(r1, r2, 1, mu=mu)
    with pytest.raises(LunarlabError, match="at least"):
        lambert(r1, r2, least * (1 - 1e-6), mu=mu, revolutions=1)
    low, high = lambert(r1, r2, least, mu=mu, revolutions=1)
    assert low.v1_mps == pytest.approx(high.v1_mps, abs=1e-6)
    low, high = lambert(r1, r2, least * (1 + 1e-6), mu=mu, revolutions=1)
    assert low.v1_mps == pytest.approx(high.v1_mps, abs=0.02)
    assert minimum_time(r1, r2, 0, mu=mu) == 0.0


unit = st.floats(-1.0, 1.0)


@st.composite
def problems(draw: Any) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """r1, r2 [m] around the Earth, time of flight [s], sense."""
    ends = []
    for _ in range(2):
        r = np.array([draw(unit) for _ in range(3)])
        assume(np.linalg.norm(r) > 0.1)
        ends.append(r / np.linalg.norm(r) * 10.0 ** draw(st.floats(6.8, 8.6)))
    sine = np.linalg.norm(np.cross(*ends)) / np.linalg.norm(ends[0]) / np.linalg.norm(ends[1])
    assume(sine > 1e-3)
    s = 0.5 * (np.linalg.norm(ends[0]) + np.linalg.norm(ends[1]) + np.linalg.norm(ends[1] - ends[0]))
    parabolic = math.sqrt(2.0 * s**3 / MU_EARTH) / 3.0
    return ends[0], ends[1], parabolic * 10.0 ** draw(st.floats(-0.7, 1.3)), draw(st.booleans())


@given(problems())
def test_the_arc_arrives(problem: tuple[np.ndarray, np.ndarray, float, bool]) -> None:
    r1, r2, tof, prograde = problem
    (arc,) = lambert(r1, r2, tof, mu=MU_EARTH, prograde=prograde)
    r, v = kepler(r1, arc.v1_mps, tof, mu=MU_EARTH)
    assert np.linalg.norm(r - r2) < 1e-8 * np.linalg.norm(r2)
    assert np.linalg.norm(v - arc.v2_mps) < 1e-7 * np.linalg.norm(v)
    pole = np.cross(r1, arc.v1_mps)
    assert abs(pole[2]) < 1e-9 * np.linalg.norm(pole) or (pole[2] > 0.0) == prograde


@given(problems())
def test_boinor_agrees(problem: tuple[np.ndarray, np.ndarray, float, bool]) -> None:
    r1, r2, tof, prograde = problem
    sine = np.linalg.norm(np.cross(r1, r2)) / np.linalg.norm(r1) / np.linalg.norm(r2)
    assume(sine > 0.02 and abs(np.cross(r1, r2)[2]) > 1e6)  # it loses digits near 180 degrees, and calls a polar plane as it likes
    (arc,) = lambert(r1, r2, tof, mu=MU_EARTH, prograde=prograde)
    try:
        theirs = izzo(MU_EARTH, r1, r2, tof, 0, prograde, True, 35, 1e-10)
    except RuntimeError:  # gives up now and then
        assume(False)
    for ours, other in zip((arc.v1_mps, arc.v2_mps), theirs, strict=True):
        assert np.linalg.norm(ours - other) < 1e-9 * np.linalg.norm(other)


@settings(max_examples=25)
@given(problems(), st.integers(1, 4), st.floats(1.0, 10.0))
def test_arcs_with_revolutions(problem: tuple[np.ndarray, np.ndarray, float, bool], turns: int, factor: float) -> None:
    r1, r2, _, prograde = problem
    least = minimum_time(r1, r2, turns, mu=MU_EARTH, prograde=prograde)
    tof = least * factor * (1.0 + 1e-3)
    arcs = lambert(r1, r2, tof, mu=MU_EARTH, revolutions=turns, prograde=prograde)
    assert [arc.path for arc in arcs] == ["low", "high"]
    for arc in arcs:
        r, _ = kepler(r1, arc.v1_mps, tof, mu=MU_EARTH)
        assert np.linalg.norm(r - r2) < 1e-6 * np.linalg.norm(r2)
        orbit = elements(r1, arc.v1_mps, mu=MU_EARTH)
        assert turns <= tof / (2 * math.pi * math.sqrt(orbit.a_m**3 / MU_EARTH)) < turns + 1.0
    assert lambert_rows(r1, r2, [least * 0.999], mu=MU_EARTH, revolutions=turns, prograde=prograde)[2] == [lam.INFEASIBLE]


@given(problems())
def test_time_reversed(problem: tuple[np.ndarray, np.ndarray, float, bool]) -> None:
    r1, r2, tof, prograde = problem
    assume(abs(np.cross(r1, r2)[2]) > 1e6)
    (there,) = lambert(r1, r2, tof, mu=MU_EARTH, prograde=prograde)
    (back,) = lambert(r2, r1, tof, mu=MU_EARTH, prograde=not prograde)
    assert -back.v2_mps == pytest.approx(there.v1_mps, rel=1e-8, abs=1e-6)
    assert -back.v1_mps == pytest.approx(there.v2_mps, rel=1e-8, abs=1e-6)


@given(problems(), st.floats(0.0, 6.3))
def test_turned_about_the_pole(problem: tuple[np.ndarray, np.ndarray, float, bool], angle: float) -> None:
    r1, r2, tof, prograde = problem
    assume(abs(np.cross(r1, r2)[2]) > 1e6)
    turn = np.array([[math.cos(angle), -math.sin(angle), 0.0], [math.sin(angle), math.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    (one,) = lambert(r1, r2, tof, mu=MU_EARTH, prograde=prograde)
    (two,) = lambert(turn @ r1, turn @ r2, tof, mu=MU_EARTH, prograde=prograde)
    assert two.v1_mps == pytest.approx(turn @ one.v1_mps, rel=1e-7, abs=1e-5)


@pytest.mark.parametrize("degrees", [179.9, 179.9999, 180.0001, 180.1])
def test_near_half_a_turn(degrees: float) -> None:
    angle = math.radians(degrees)
    r1, r2 = np.array([7e6, 0.0, 0.0]), 4e8 * np.array([math.cos(angle), math.sin(angle), 0.0])
    (arc,) = lambert(r1, r2, 4.5 * DAY, mu=MU_EARTH)
    assert np.linalg.norm(kepler(r1, arc.v1_mps, 4.5 * DAY, mu=MU_EARTH)[0] - r2) < 1.0


def test_on_the_parabola() -> None:
    r1, r2 = np.array([7e6, 0.0, 0.0]), np.array([0.0, 2e7, 0.0])
    c, s = np.linalg.norm(r2 - r1), 0.5 * (2.7e7 + np.linalg.norm(r2 - r1))
    tof = math.sqrt(2.0 / MU_EARTH) / 3.0 * (s**1.5 - (s - c) ** 1.5)  # Euler's equation
    for nudge in (0.0, 1e-12, -1e-9, 1e-6):
        (arc,) = lambert(r1, r2, tof * (1.0 + nudge), mu=MU_EARTH)
        assert arc.v1_mps @ arc.v1_mps == pytest.approx(2.0 * MU_EARTH / 7e6, rel=1e-5 if nudge else 1e-12)
        assert np.linalg.norm(kepler(r1, arc.v1_mps, tof * (1 + nudge), mu=MU_EARTH)[0] - r2) < 0.1


def test_rows_are_single_arcs_whatever_the_threads() -> None:
    rng = np.random.default_rng(3)
    r1, r2 = rng.normal(size=(200, 3)) * 1e7, rng.normal(size=(200, 3)) * 1e8
    tof = rng.uniform(0.1, 30.0, 200) * DAY
    for turns, path in ((0, "low"), (1, "low"), (1, "high")):
        results = [lambert_rows(r1, r2, tof, mu=MU_EARTH, revolutions=turns, path=path, threads=n) for n in (1, 3)]
        for one, two in zip(*results, strict=True):
            assert np.array_equal(one, two, equal_nan=True)
        v1, v2, status = results[0]
        assert np.array_equal(np.isnan(v1[:, 0]), status != lam.SOLVED)
        for k in np.flatnonzero(status == lam.SOLVED)[:20]:
            arc = lambert(r1[k], r2[k], tof[k], mu=MU_EARTH, revolutions=turns)[("low", "high").index(path)]
            assert np.array_equal(v1[k], arc.v1_mps) and np.array_equal(v2[k], arc.v2_mps)


@pytest.mark.nojit
def test_rows_take_units() -> None:
    r1, r2, tof = np.array([[7e6, 0.0, 0.0], [8e6, 0.0, 1e5]]), np.array([0.0, 4e8, 1e6]), np.array([4e5, 5e5])
    plain = lambert_rows(r1, r2, tof, mu=MU_EARTH)
    for one, two in zip(plain, lambert_rows(r1 / 1e3 * u.km, r2 / 1e3 * u.km, tof / 3600.0 * u.hour, mu=MU_EARTH), strict=True):
        assert one == pytest.approx(two, rel=1e-12)


def test_rows_that_have_no_solution() -> None:
    r1 = [7e6, 0.0, 0.0]
    r2 = [[0.0, 4e7, 0.0], [-4e7, 0.0, 0.0], [1e7, 0.0, 0.0], [0.0, 4e7, 0.0], [0.0, 4e7, 0.0]]
    v1, v2, status = lambert_rows(r1, r2, [1e4, 1e4, 1e4, 0.0, math.nan], mu=MU_EARTH)
    assert status.tolist() == [lam.SOLVED, lam.COLLINEAR, lam.COLLINEAR, lam.BAD_TIME, lam.BAD_TIME]
    assert np.isfinite(v1[0]).all() and np.isnan(v1[1:]).all() and np.isnan(v2[1:]).all()
    assert kepler(r1, v1[0], 1e4, mu=MU_EARTH)[0] == pytest.approx(r2[0], abs=1e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lambert([7e6, 0, 0], [-4e8, 0, 0], 4e5, mu=MU_EARTH), "r1 is .*r2 is .*one line through the centre"),
        (lambda: lambert([7e6, 0, 0], [14e6, 0, 0], 4e5, mu=MU_EARTH), "one line through the centre"),
        (lambda: lambert([7e6, 0, 0], [0, 4e8, 0], 0.0, mu=MU_EARTH), "tof is 0 s; it must be positive"),
        (lambda: lambert([7e6, 0, 0], [0, 4e8, 0], -5.0, mu=MU_EARTH), "tof is -5 s"),
        (lambda: lambert([7e6, 0, 0], [0, 4e8, 0], math.nan, mu=MU_EARTH), "tof is nan"),
        (lambda: lambert([7e6, 0, 0], [0, 4e8, 0], 4e5, mu=0.0), "mu is 0"),
        (lambda: lambert([7e6, 0, 0], [0, 4e8, 0], 4e5, mu=MU_EARTH, revolutions=-1), "revolutions is -1"),
        (lambda: lambert([7e6, 0, 0], [0, 4e8, 0], 4e5, mu=MU_EARTH, revolutions=1.5), "whole number"),
        (lambda: lambert([7e6, 0], [0, 4e8, 0], 4e5, mu=MU_EARTH), r"r1 has shape \(2,\)"),
        (lambda: lambert([0, 0, 0], [0, 4e8, 0], 4e5, mu=MU_EARTH), "one line through the centre"),
        (lambda: lambert_rows([[7e6, 0, 0]] * 2, [[0, 4e8, 0]] * 3, 4e5, mu=MU_EARTH), r"shapes \(2, 3\), \(3, 3\) and \(\)"),
        (lambda: lambert_rows([7e6, 0, 0], [0, 4e8, 0], 4e5, mu=MU_EARTH), "one row for all"),
        (lambda: lambert_rows([[7e6, 0, 0]], [[0, 4e8, 0]], 4e5, mu=MU_EARTH, path="middle"), "path is 'middle'"),
    ],
)
def test_wrong_input_is_named(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_quantities_are_taken() -> None:
    (one,) = lambert([7000, 0, 0] * u.km, [0, 4e5, 0] * u.km, 4 * u.day, mu=398600.4418 * u.km**3 / u.s**2)
    (two,) = lambert([7e6, 0, 0], [0, 4e8, 0], 4 * DAY, mu=MU_EARTH)
    assert one.v1_mps == pytest.approx(two.v1_mps)


# -- porkchops ---------------------------------------------------------------------------------------------------------

START = tdb("2025-01-15T06:11:39")
EPH = ephemeris("2025-01-10", "2025-03-15")
DEPARTURES, FLIGHTS = START + np.linspace(0.0, 27.0, 19) * DAY, np.linspace(1.5, 9.0, 16) * DAY


@pytest.mark.parametrize("inclination", [None, math.radians(35.0)])
def test_a_cell_is_a_lambert_arc(inclination: float | None) -> None:
    """Each cell, from the geometry of `departure_geometry` and the plain solver."""
    chop = porkchop(DEPARTURES, FLIGHTS, inclination_rad=inclination, altitude_m=185e3, perilune_altitude_m=70e3, apolune_altitude_m=5800e3, eph=EPH)
    r1 = R_EARTH + 185e3
    for i, j in ((0, 0), (3, 7), (11, 15), (18, 4)):
        r2, v_moon = moon(DEPARTURES[i] + FLIGHTS[j], EPH)
        tilt = elements(r2, v_moon, mu=MU_EARTH).inclination_rad if inclination is None else inclination
        leg = 0 if inclination is not None or v_moon[2] > 0.0 else 1
        leave = departure_geometry(r2, FLIGHTS[j], inclination_rad=tilt, altitude_m=185e3)[leg]
        assert kepler(leave.r_eci, leave.v_eci, FLIGHTS[j], mu=MU_EARTH)[0] == pytest.approx(r2, abs=10.0)
        (arc,) = lambert(leave.r_eci, r2, FLIGHTS[j], mu=MU_EARTH)
        assert np.linalg.norm(arc.v1_mps - leave.v_eci) < 1e-3
        v_infinity = np.linalg.norm(arc.v2_mps - v_moon)
        speed = np.linalg.norm(arc.v1_mps)
        rp, ra = R_MOON + 70e3, R_MOON + 5800e3
        loi = math.sqrt(v_infinity**2 + 2 * MU_MOON / rp) - math.sqrt(2 * MU_MOON * ra / rp / (rp + ra))
        assert chop.v_infinity_mps[i, j] == pytest.approx(v_infinity, abs=1e-2)
        assert chop.dv_departure_mps[i, j] == pytest.approx(speed - math.sqrt(MU_EARTH / r1), abs=1e-3)
        assert chop.c3_m2ps2[i, j] == pytest.approx(speed**2 - 2 * MU_EARTH / r1, abs=20.0)
        assert chop.dv_arrival_mps[i, j] == pytest.approx(loi, abs=1e-2)


def test_the_best_of_a_porkchop() -> None:
    chop = porkchop(DEPARTURES, FLIGHTS, eph=EPH)
    best = chop.best()
    assert best.dv_total_mps == chop.dv_total_mps.min() == chop.dv_total_mps[best.row, best.column]
    assert (best.departure_s, best.flight_s) == (DEPARTURES[best.row], FLIGHTS[best.column])
    assert 3900.0 < best.dv_total_mps < 4000.0 and 4.3 * DAY < best.flight_s < 5.7 * DAY  # about Hohmann: 3946-3963 m/s, 5 days
    quick = chop.best("v_infinity_mps")
    assert quick.v_infinity_mps == chop.v_infinity_mps.min()
    with pytest.raises(LunarlabError, match="grid is 'cost'; allowed are dv_total_mps"):
        chop.best("cost")


def test_porkchops_do_not_depend_on_threads() -> None:
    one, two = (porkchop(DEPARTURES, FLIGHTS, inclination_rad=0.5, eph=EPH, threads=n) for n in (1, 3))
    assert np.array_equal(one.dv_total_mps, two.dv_total_mps, equal_nan=True)


def test_planes_that_hold_the_moon() -> None:
    """The Moon went up to 28.5 degrees in early 2025; below that inclination some arrivals have no plane."""
    low, high = (porkchop(DEPARTURES, FLIGHTS, inclination_rad=math.radians(x), eph=EPH) for x in (20.0, 29.0))
    r, _ = moon((DEPARTURES[:, None] + FLIGHTS).ravel(), EPH)
    declination = np.abs(np.degrees(np.arcsin(r[:, 2] / np.linalg.norm(r, axis=1)))).reshape(low.dv_total_mps.shape)
    assert np.array_equal(np.isnan(low.dv_total_mps), declination > 20.0)
    assert np.isfinite(high.dv_total_mps).all()
    other = porkchop(DEPARTURES, FLIGHTS, inclination_rad=math.radians(29.0), leg="descending", eph=EPH)
    assert not np.allclose(other.v_infinity_mps, high.v_infinity_mps) and np.allclose(other.c3_m2ps2, high.c3_m2ps2, rtol=1e-6)
    polar = porkchop(DEPARTURES[:1], FLIGHTS[:1], inclination_rad=math.radians(5.0), eph=EPH) if declination[0, 0] < 5 else None
    assert polar is None or np.isfinite(polar.dv_total_mps).all()


def test_a_grid_between_two_orbits() -> None:
    """A target on a circle, and the best of all transfers in the plane: Hohmann's, and no cheaper one."""
    r1, r2 = 7e6, 4.2e7

    def circle(radius: float) -> Any:
        def at(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            n = math.sqrt(MU_EARTH / radius**3)
            c, s, o = np.cos(n * t), np.sin(n * t), np.zeros_like(t)
            return radius * np.stack([c, s, o], axis=-1), radius * n * np.stack([-s, c, o], axis=-1)

        return at

    chop = transfer_grid(circle(r1), circle(r2), np.linspace(0.0, 8000.0, 60), np.linspace(1.2e4, 2.4e4, 60), mu=MU_EARTH, threads=2)
    a = 0.5 * (r1 + r2)
    hohmann = abs(math.sqrt(2 * MU_EARTH / r1 - MU_EARTH / a) - math.sqrt(MU_EARTH / r1)) + abs(
        math.sqrt(MU_EARTH / r2) - math.sqrt(2 * MU_EARTH / r2 - MU_EARTH / a))  # fmt: skip
    best = chop.best()
    assert hohmann * (1 - 1e-12) < best.dv_total_mps < 1.01 * hohmann
    assert best.flight_s == pytest.approx(math.pi * math.sqrt(a**3 / MU_EARTH), rel=0.1)
    (arc,) = lambert(circle(r1)(best.departure_s)[0], circle(r2)(best.departure_s + best.flight_s)[0], best.flight_s, mu=MU_EARTH)
    assert best.dv_departure_mps == pytest.approx(np.linalg.norm(arc.v1_mps - circle(r1)(best.departure_s)[1]), rel=1e-9)
    assert best.c3_m2ps2 == pytest.approx(best.dv_departure_mps**2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: porkchop(DEPARTURES, [0.0, 1e5], eph=EPH), "flights is 0 to 100000 s; it must lie between 21600 and"),
        (lambda: porkchop(DEPARTURES, [], eph=EPH), "flights has the shape"),
        (lambda: porkchop(["yesterday"], FLIGHTS, eph=EPH), "departures is 'yesterday'"),
        (lambda: porkchop([tdb("2025-06-01")], FLIGHTS, eph=EPH), r"departures \+ flights is 2025-06"),
        (lambda: porkchop(DEPARTURES, FLIGHTS, altitude_m=0.0, eph=EPH), "altitude_m is 0 m"),
        (lambda: porkchop(DEPARTURES, FLIGHTS, perilune_altitude_m=200e3, apolune_altitude_m=100e3, eph=EPH), "apolune_altitude_m is 100000 m"),
        (lambda: porkchop(["2025-01-10"], [4.0]), "flights is 4 s; it must lie between 21600 and"),
        (lambda: porkchop([], FLIGHTS), "departures is empty"),
        (lambda: lambert_rows([[7e6, 0.0, 0.0]], [[0.0, 8e6, 0.0]] * u.s, 900.0, mu=MU_EARTH), "r2 is .*it must be numbers in m"),
        (lambda: porkchop(DEPARTURES, FLIGHTS, leg="sideways", eph=EPH), "leg is 'sideways'"),
        (lambda: porkchop([START], [3 * DAY], inclination_rad=0.01, eph=EPH), r"inclination_rad is 0.01 \(0.57.* deg\)"),
        (lambda: transfer_grid(lambda t: moon(t, EPH), lambda t: (np.zeros(3), np.zeros(3)), [START], FLIGHTS, mu=1.0), "target gave"),
        (lambda: transfer_grid(lambda t: moon(t, EPH), lambda t: moon(t, EPH), [START], [-1.0], mu=1.0), "must be positive"),
    ],
)
def test_wrong_porkchops_are_named(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_the_ephemeris_is_made_if_none_is_given() -> None:
    dates = ["2024-12-31", "2025-01-15T06:11:39"]
    one = porkchop(dates, FLIGHTS)
    assert one.departures_s == pytest.approx([tdb(x) for x in dates])
    assert np.array_equal(one.c3_m2ps2[1], porkchop(DEPARTURES[:1], FLIGHTS, eph=EPH).c3_m2ps2[0])
