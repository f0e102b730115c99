"""Dates, Moon and Sun, and how Moon and Earth are turned: against DE421's figures, SOFA, astropy, and geometry."""

from __future__ import annotations

import datetime as dt
import math
import sys
import time
import tomllib
import warnings
from pathlib import Path
from typing import Any

import erfa
import numpy as np
import pytest
from astropy import units as u
from astropy.time import Time
from boinor.core.fixed import moon_rot_elements_at_epoch
from hypothesis import given, settings
from hypothesis import strategies as st

from lunarlab.constants import AU, DAY
from lunarlab.ephemeris import (
    bodies_at,
    earth_rotation,
    ephemeris,
    iso,
    moon,
    moon_at,
    moon_orientation,
    sun,
    sun_at,
    tdb,
)
from lunarlab.errors import LunarlabError

CASES = tomllib.loads((Path(__file__).parents[1] / "reference/area5_ephemeris.toml").read_text(encoding="utf-8"))
STATES = [name for name, case in CASES.items() if "sun_r" in case["expected"]]
J2000 = 2451545.0
YEAR = ephemeris("2025-01-01", "2026-01-01")
inside = st.floats(YEAR.start_s + 3000.0, YEAR.end_s - 3000.0)


def seconds(jd: float) -> float:
    return (jd - J2000) * DAY


# -- Moon and Sun ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATES)
def test_theory_against_de421(name: str) -> None:
    given_, expected, tolerance = (CASES[name][key] for key in ("inputs", "expected", "tolerance"))
    t = seconds(given_["jd_tdb"])
    eph = ephemeris(t - DAY, t + DAY)
    r, v = moon(t, eph)
    assert np.linalg.norm(r / 1e3 - expected["r"]) < tolerance["analytic_theory_r"]
    assert np.linalg.norm(v / 1e3 - expected["v"]) < 0.172e-3  # the theory's worst case, stated by SOFA
    assert np.linalg.norm(sun(t, eph)[0] / 1e3 - expected["sun_r"]) < 11.2 + 1.0  # the same, and the case's own tolerance


def kernels() -> list[Path]:
    """JPL kernels that happen to be installed."""
    try:
        import skyfield_data
    except ImportError:
        return []
    return sorted(Path(skyfield_data.__file__).parent.rglob("de4*.bsp"))


@pytest.mark.skipif(not kernels(), reason="no JPL kernel is installed (skyfield-data holds one)")
@pytest.mark.parametrize("name", STATES)
def test_kernel_against_de421(name: str) -> None:
    given_, expected, tolerance = (CASES[name][key] for key in ("inputs", "expected", "tolerance"))
    t = seconds(given_["jd_tdb"])
    eph = ephemeris(t - DAY, t + DAY, kernel=kernels()[0])
    r, v = moon(t, eph)
    assert r / 1e3 == pytest.approx(expected["r"], abs=tolerance["r"])
    assert v / 1e3 == pytest.approx(expected["v"], abs=tolerance["v"])
    assert sun(t, eph)[0] / 1e3 == pytest.approx(expected["sun_r"], abs=tolerance["sun_r"])


@pytest.mark.skipif(not kernels(), reason="no JPL kernel is installed (skyfield-data holds one)")
def test_theory_over_sixty_years() -> None:
    expected, tolerance = CASES["EPH-20"]["expected"], CASES["EPH-20"]["tolerance"]
    t = seconds(np.linspace(2442545.0, 2465545.0, CASES["EPH-20"]["inputs"]["samples"]))
    off = moon(t, ephemeris(t[0], t[-1]))[0] - moon(t, ephemeris(t[0], t[-1], kernel=kernels()[0]))[0]
    km = np.linalg.norm(off, axis=1) / 1e3
    assert math.sqrt(np.mean(km * km)) == pytest.approx(expected["rms"], abs=tolerance["rms"])
    assert km.max() == pytest.approx(expected["max"], abs=tolerance["max"])


def test_distances_over_sixty_years() -> None:
    t = seconds(np.linspace(2442545.0, 2465545.0, CASES["EPH-20"]["inputs"]["samples"]))
    km = np.linalg.norm(moon(t, ephemeris(t[0], t[-1]))[0], axis=1) / 1e3
    assert (km.min(), km.max()) == pytest.approx(CASES["EPH-20"]["expected"]["distance_range"], abs=28.0)


def almanac_moon(centuries: float) -> np.ndarray:
    """Position of the Moon [km], mean equator of date: the short series of the Astronomical Almanac (Vallado, alg. 31)."""

    def sines(pairs: list[tuple[float, float, float]], f: Any) -> float:
        return sum(a * f(math.radians(b + c * centuries)) for a, b, c in pairs)

    longitude = 218.32 + 481267.8813 * centuries + sines(
        [(6.29, 134.9, 477198.85), (-1.27, 259.2, -413335.38), (0.66, 235.7, 890534.23), (0.21, 269.9, 954397.7),
         (-0.19, 357.5, 35999.05), (-0.11, 186.6, 966404.05)], math.sin)  # fmt: skip
    latitude = sines([(5.13, 93.3, 483202.03), (0.28, 228.2, 960400.87), (-0.28, 318.3, 6003.18), (-0.17, 217.6, -407332.20)], math.sin)
    parallax = 0.9508 + sines(
        [(0.0518, 134.9, 477198.85), (0.0095, 259.2, -413335.38), (0.0078, 235.7, 890534.23), (0.0028, 269.9, 954397.70)], math.cos)  # fmt: skip
    a, b, tilt = math.radians(longitude), math.radians(latitude), math.radians(23.439291 - 0.0130042 * centuries)
    r = 6378.1363 / math.sin(math.radians(parallax))
    y, z = math.cos(b) * math.sin(a), math.sin(b)
    return r * np.array([math.cos(b) * math.cos(a), math.cos(tilt) * y - math.sin(tilt) * z, math.sin(tilt) * y + math.cos(tilt) * z])


def test_almanac_agrees_roughly() -> None:
    """A third theory, printed in textbooks and 0.3 degrees good: it would show a wrong frame or time scale."""
    jd, expected = CASES["EPH-21"]["inputs"]["jd"], CASES["EPH-21"]["expected"]["r"]
    series = almanac_moon((jd - J2000) / 36525.0)
    assert series == pytest.approx(expected, abs=CASES["EPH-21"]["tolerance"]["r"])
    t = seconds(jd)
    ours = erfa.pmat06(J2000, jd - J2000) @ moon(t, ephemeris(t - DAY, t + DAY))[0] / 1e3
    assert np.linalg.norm(ours - series) < math.radians(0.3) * np.linalg.norm(ours)


@settings(max_examples=30)
@given(inside)
def test_fit_is_the_theory(t: float) -> None:
    r, v = moon(t, YEAR)
    theory = erfa.moon98(J2000, t / DAY)
    assert np.abs(r - theory["p"] * AU).max() < 0.001
    assert np.abs(v - theory["v"] * AU / DAY).max() < 0.01  # the theory's velocity is not quite the slope of its position
    heliocentric, _ = erfa.epv00(J2000, t / DAY)
    s, w = sun(t, YEAR)
    assert np.abs(s + heliocentric["p"] * AU).max() < 0.1
    assert np.abs(w + heliocentric["v"] * AU / DAY).max() < 1e-5


@settings(max_examples=30)
@given(inside)
def test_velocity_is_the_slope_of_position(t: float) -> None:
    h = 1000.0
    for body in (moon, sun):
        a, b, c, d = body(t + h * np.array([-2.0, -1.0, 1.0, 2.0]), YEAR)[0]
        assert np.abs((8.0 * (c - b) - (d - a)) / (12.0 * h) - body(t, YEAR)[1]).max() < 1e-5  # 1e-8 km/s


def test_intervals_meet() -> None:
    edges = np.arange(YEAR.start_s + 2 * DAY, YEAR.end_s - DAY, 2 * DAY)
    for body, jump in ((moon, 0.0005), (sun, 0.01)):
        left, right = (body(edges + d, YEAR) for d in (-1e-3, 1e-3))
        assert np.abs(right[0] - left[0] - 2e-3 * left[1]).max() < jump
        assert np.abs(right[1] - left[1]).max() < 3e-5


@settings(max_examples=20)
@given(st.floats(0.0, 300.0), st.floats(3.0, 60.0))
def test_the_span_changes_no_number(start: float, length: float) -> None:
    first = YEAR.start_s + start * DAY
    part = ephemeris(first, first + length * DAY)
    assert part.start_s <= first and part.end_s >= first + length * DAY
    t = np.linspace(first, min(first + length * DAY, YEAR.end_s), 7)
    for body in (moon, sun):
        for one, two, near in zip(body(t, part), body(t, YEAR), (0.003, 1e-4), strict=True):
            assert np.abs(one - two).max() < near  # equal, but where one interval ends and the next begins


@pytest.mark.nojit
def test_kernels_for_compiled_code() -> None:
    t, out, both = YEAR.start_s + 12.3 * DAY, np.empty(6), np.empty(6)
    assert moon_at(t, YEAR.table, out) == 0
    r, v = moon(t, YEAR)
    assert np.array_equal(out, np.concatenate([r, v]))
    assert bodies_at(t, np.concatenate([[1.0, 2.0], YEAR.table]), 2, both) == 0
    assert both[:3] == pytest.approx(out[:3], rel=1e-15)
    assert sun_at(t, YEAR.table, out) == 0
    assert both[3:] == pytest.approx(out[:3], rel=1e-15)
    for outside in (YEAR.start_s - 1.0, YEAR.end_s + 1.0, math.nan):
        assert moon_at(outside, YEAR.table, out) == sun_at(outside, YEAR.table, out) == 1
        assert bodies_at(outside, YEAR.table, 0, out) == 1
    assert moon_at(YEAR.end_s, YEAR.table, out) == moon_at(YEAR.start_s, YEAR.table, out) == 0


def test_shapes() -> None:
    t = np.linspace(YEAR.start_s, YEAR.end_s, 5)
    assert [x.shape for x in moon(t, YEAR)] == [(5, 3), (5, 3)] and [x.shape for x in sun(t[0], YEAR)] == [(3,), (3,)]
    assert np.array_equal(moon(t, YEAR)[0][2], moon(t[2], YEAR)[0])


def test_made_fast_and_kept() -> None:
    begin = time.process_time()
    ephemeris("1951-01-01", "1951-07-20")
    first = time.process_time() - begin
    begin = time.process_time()
    ephemeris("1951-01-05", "1951-07-15")
    assert first < 0.3 and time.process_time() - begin < 0.01


def test_says_what_it_is() -> None:
    assert "28 km" in YEAR.error and "DE421" in YEAR.error and "ELP" in YEAR.source
    assert not YEAR.table.flags.writeable


# -- kernel files ------------------------------------------------------------------------------------------------------


def write_kernel(path: Path, days: int = 16, leave_out: tuple[int, int] | None = None) -> float:
    """A small .bsp (DAF, type 2) with the built-in theory in it; its first date [s TDB]. Only what jplephem reads."""
    start = seconds(2460688.5)
    step, terms = 4 * DAY, 14
    x = np.cos(np.pi * (np.arange(terms) + 0.5) / terms)
    arrays, summaries = [], []
    wide = ephemeris(start - 5 * DAY, start + (days + 5) * DAY)
    share = 1.0 / 82.3  # of the Moon's position that is the barycentre's
    functions = {
        (0, 3): lambda t: np.stack([1e8 + 30.0 * (t - start), -5e7 + 0.0 * t, 0.0 * t + 2e7], axis=-1),
        (0, 10): lambda t: sun(t, wide)[0] / 1e3 + functions[0, 3](t) + functions[3, 399](t),
        (3, 301): lambda t: (1.0 - share) * moon(t, wide)[0] / 1e3,
        (3, 399): lambda t: -share * moon(t, wide)[0] / 1e3,
    }
    address = 385  # the fourth record of 128 numbers
    for (centre, target), f in functions.items():
        if (centre, target) == leave_out:
            continue
        rows = []
        for k in range(days // 4):
            middle = start + (k + 0.5) * step
            values = f(middle + 0.5 * step * x)
            c = np.polynomial.chebyshev.chebfit(x, values, terms - 1)
            rows.append(np.concatenate([[middle, 0.5 * step], c.T.ravel()]))
        data = np.concatenate([np.ravel(rows), [start, step, float(len(rows[0])), float(len(rows))]])
        summaries.append((start, start + days * DAY, target, centre, 1, 2, address, address + data.size - 1))
        arrays.append(data)
        address += data.size
    head = b"DAF/SPK " + np.array([2, 6], "<i4").tobytes() + b"made for a test".ljust(60)
    head += np.array([2, 2, address], "<i4").tobytes() + b"LTL-IEEE"
    head = head.ljust(699, b"\0") + b"FTPSTR:\r:\n:\r\n:\r\x00:\x81:\x10\xce:ENDFTP"
    index = np.array([0.0, 0.0, len(summaries)], "<f8").tobytes()
    for low, high, *numbers in summaries:
        index += np.array([low, high], "<f8").tobytes() + np.array(numbers, "<i4").tobytes()
    path.write_bytes(head.ljust(1024, b"\0") + index.ljust(1024, b"\0") + b" " * 1024 + np.concatenate(arrays).astype("<f8").tobytes())
    return start


def test_kernel_file(tmp_path: Path) -> None:
    path = tmp_path / "small.bsp"
    start = write_kernel(path)
    ours, read = ephemeris(start, start + 16 * DAY), ephemeris(start, start + 16 * DAY, kernel=path)
    assert "small.bsp" in read.source and "28 km" not in read.error
    t = np.linspace(read.start_s, read.end_s, 101)
    for body, near in ((moon, 0.01), (sun, 0.5)):
        assert np.abs(body(t, ours)[0] - body(t, read)[0]).max() < near
        assert np.abs(body(t, ours)[1] - body(t, read)[1]).max() < 1e-3


def test_kernel_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LunarlabError, match="no such file"):
        ephemeris("2025-01-13", "2025-01-20", kernel=tmp_path / "absent.bsp")
    (tmp_path / "noise.bsp").write_bytes(b"no kernel" * 300)
    with pytest.raises(LunarlabError, match=r"noise\.bsp.*can't be read"):
        ephemeris("2025-01-13", "2025-01-20", kernel=tmp_path / "noise.bsp")
    write_kernel(tmp_path / "short.bsp")
    with pytest.raises(LunarlabError, match=r"start and end are 2025-01-1.*holds 2025-01-12T23:58:51 to 2025-01-28"):
        ephemeris("2025-01-13", "2025-02-20", kernel=str(tmp_path / "short.bsp"))
    write_kernel(tmp_path / "partial.bsp", leave_out=(3, 399))
    with pytest.raises(LunarlabError, match="lacks the segments 3->399"):
        ephemeris("2025-01-14", "2025-01-20", kernel=tmp_path / "partial.bsp")
    monkeypatch.setitem(sys.modules, "jplephem.spk", None)
    with pytest.raises(LunarlabError, match="jplephem is needed"):
        ephemeris("2025-01-15", "2025-01-20", kernel=tmp_path / "short.bsp")


# -- dates -------------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.datetimes(dt.datetime(1961, 1, 1), dt.datetime(2027, 12, 31)))
def test_dates_are_astropys(date: dt.datetime) -> None:
    theirs = Time(date, scale="utc").tdb
    wanted = ((theirs.jd1 - J2000) + theirs.jd2) * DAY
    assert tdb(date) == pytest.approx(wanted, abs=3e-6)
    assert tdb(date.isoformat()) == tdb(date)
    assert tdb(Time(date, scale="utc")) == pytest.approx(wanted, abs=1e-6)


@settings(max_examples=40)
@given(st.floats(-1.2e9, 3.0e9))
def test_dates_come_back(t: float) -> None:
    assert tdb(iso(t, digits=6)) == pytest.approx(t, abs=2e-6)
    assert abs(tdb(iso(t)) - t) <= 0.5 + 1e-6


def test_forms_of_a_date() -> None:
    launch = tdb("2025-01-15T06:11:39")
    zone = dt.timezone(dt.timedelta(hours=9))
    for other in (
        "2025-01-15 06:11:39", "2025-01-15T06:11:39Z", " 2025-01-15T06:11:39.0 UTC ", dt.datetime(2025, 1, 15, 6, 11, 39),
        dt.datetime(2025, 1, 15, 15, 11, 39, tzinfo=zone), np.datetime64("2025-01-15T06:11:39"), launch, launch * u.s,
        (launch / DAY) * u.day, np.float64(launch),
    ):  # fmt: skip
        assert tdb(other) == pytest.approx(launch, abs=1e-6)
    assert tdb("2000-01-01T12:00 TDB") == 0.0
    assert tdb("2025-01-15") == tdb(dt.date(2025, 1, 15)) == tdb("2025-01-15T00:00:00")
    # 37 leap seconds and 32.184 s are between UTC and TDB, less than 2 ms aside
    assert launch - (dt.datetime(2025, 1, 15, 6, 11, 39) - dt.datetime(2000, 1, 1, 12)).total_seconds() == pytest.approx(69.184, abs=0.002)


def test_leap_second() -> None:
    assert iso(tdb("2016-12-31T23:59:60.5"), digits=1) == "2016-12-31T23:59:60.5"
    assert tdb("2017-01-01") - tdb("2016-12-31T23:59:59") == pytest.approx(2.0)


def test_far_dates_warn_about_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert iso(tdb("2050-06-01T01:02:03")) == "2050-06-01T01:02:03"
        assert iso(tdb("1905-06-01")) == "1905-06-01T00:00:00"
        earth_rotation(tdb("2050-06-01"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("soon", "epoch is 'soon'; a date is written like"), ("2025-02-30", "no such day"), ("2025-13-01", "no such month"),
        ("2025-01-01T24:01", "no such hour"), ("2025-01-01T12:60", "no such minute"), ("2025-01-01T12:00:61", "no such second"),
        ("2025-01-01T12:00+09:00", "a date is written like"), (math.nan, "nan"), (None, "epoch is None"), (True, "True"),
        (1e10, "between 1900 and 2100"), ("1850-01-01", "between 1900 and 2100"), (3.0 * u.m, "can't be converted to s"),
        (Time(["2025-01-01", "2025-01-02"]), "holds 2 dates"),
    ],
)  # fmt: skip
def test_wrong_dates_are_named(value: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words.replace("+", r"\+")):
        tdb(value)


def test_dates_outside_are_named() -> None:
    for body in (moon, sun):
        with pytest.raises(LunarlabError, match=r"t is 2030-01-01T00:00:00; this ephemeris holds 2024-12-.* to 2026-01-0"):
            body(tdb("2030-01-01"), YEAR)
        with pytest.raises(LunarlabError, match=r"t is 2000-01-01T11:58:56"):
            body(np.array([YEAR.start_s, 0.0]), YEAR)
        with pytest.raises(LunarlabError, match="nan"):
            body(math.nan, YEAR)
        with pytest.raises(LunarlabError, match="shape"):
            body(np.zeros((2, 2)), YEAR)
    with pytest.raises(LunarlabError, match="end is 2025-01-01T00:00:00; it must be later than start, 2025-02-01"):
        ephemeris("2025-02-01", "2025-01-01")
    with pytest.raises(LunarlabError, match="start is '1'"):
        ephemeris("1", "2025-01-01")


# -- how they are turned -----------------------------------------------------------------------------------------------


def spherical(r: np.ndarray) -> np.ndarray:
    """Longitude and latitude [deg] of vectors (..., 3)."""
    return np.degrees([np.arctan2(r[..., 1], r[..., 0]), np.arcsin(r[..., 2] / np.linalg.norm(r, axis=-1))])


@pytest.mark.parametrize("turned", [moon_orientation, earth_rotation])
def test_rotations(turned: Any) -> None:
    t = np.linspace(YEAR.start_s, YEAR.end_s, 50)
    m = turned(t)
    assert m.shape == (50, 3, 3) and turned(t[7]).shape == (3, 3)
    assert turned(t[7]) == pytest.approx(m[7], abs=1e-13)
    assert m @ np.swapaxes(m, 1, 2) == pytest.approx(np.broadcast_to(np.eye(3), m.shape), abs=1e-14)
    assert np.linalg.det(m) == pytest.approx(1.0)
    for wrong in (1e11, [0.0, -1e11]):
        with pytest.raises(LunarlabError, match="dates must lie between"):
            turned(wrong)


def test_moon_orientation_is_the_working_groups() -> None:
    for t in (0.0, 8e8, -5e8):
        ascension, declination, rotation = map(math.radians, moon_rot_elements_at_epoch(t / DAY / 36525.0, t / DAY))
        m = moon_orientation(t)
        pole = [math.cos(declination) * math.cos(ascension), math.cos(declination) * math.sin(ascension), math.sin(declination)]
        assert m[2] == pytest.approx(np.array(pole), abs=1e-9)
        node = np.array([-math.sin(ascension), math.cos(ascension), 0.0])  # of the Moon's equator on the Earth's
        angle = math.atan2(m[0] @ np.cross(pole, node), m[0] @ node)
        assert math.remainder(angle - rotation, 2.0 * math.pi) == pytest.approx(0.0, abs=1e-9)


def test_the_moon_shows_one_face() -> None:
    """The Earth stays within the librations of the centre of the near side, and its mean place is that centre."""
    t = np.linspace(seconds(2451545.0), seconds(2451545.0 + 6798.4), 5000)  # one turn of the node
    r, _ = moon(t, ephemeris(t[0], t[-1]))
    longitude, latitude = spherical(np.einsum("nij,nj->ni", moon_orientation(t), -r))
    assert 7.5 < np.abs(longitude).max() < 8.3 and abs(longitude.mean()) < 0.05
    assert 6.5 < np.abs(latitude).max() < 6.95 and abs(latitude.mean()) < 0.05


def test_libration_of_meeus() -> None:
    """Astronomical Algorithms (2nd ed.), example 53.a: 1992 April 12, 0h TD: l = -1.23, b = +4.20 degrees.

    Its physical libration has the pole of the principal axes, which at this meridian lies 0.022 degrees from the mean one.
    """
    t = tdb("1992-04-12T00:00 TDB")
    r, _ = moon(t, ephemeris(t - DAY, t + DAY))
    assert spherical(moon_orientation(t) @ -r) == pytest.approx([-1.23, 4.20 - 0.022], abs=0.01)


def test_times_may_be_quantities() -> None:
    from astropy import units as u

    days = np.array([7305.0, 7306.5])
    eph = ephemeris(days[0] * DAY, days[1] * DAY)
    for of in (lambda t: moon(t, eph)[0], lambda t: sun(t, eph)[0], moon_orientation, earth_rotation):
        assert np.array_equal(of(days * u.day), of(days * DAY))
        with pytest.raises(LunarlabError, match="t can't be converted from km to s"):
            of(days * u.km)
        with pytest.raises(LunarlabError, match="t holds nan"):
            of([days[0] * DAY, math.nan])


def test_moon_turns_once_a_month() -> None:
    t = YEAR.start_s + np.array([0.0, 27.321661 * DAY])  # sidereal month
    one, two = moon_orientation(t)
    assert math.degrees(math.acos(min(1.0, one[0] @ two[0]))) < 1.0
    assert math.degrees(math.acos(one[2] @ [0.0, -math.sin(math.radians(23.44)), math.cos(math.radians(23.44))])) == pytest.approx(1.54, abs=0.03)


def test_earth_rotation_is_sofas() -> None:
    date = Time(["2005-03-20T12:34:56", "2025-01-15T06:11:39", "2026-07-01"], scale="utc")
    ours = earth_rotation(np.array([tdb(x) for x in date]))
    full = erfa.c2t06a(date.tt.jd1, date.tt.jd2, date.jd1, date.jd2, 0.0, 0.0)
    assert ours == pytest.approx(full, abs=2e-8)  # 0.1 m at the equator; UT1 = UTC on both sides
    # Greenwich mean sidereal time of the Astronomical Almanac, 2000 January 1, 12h UT: 18h 41m 50.5s
    x = earth_rotation(tdb("2000-01-01T12:00:00"))[0]
    assert math.degrees(math.atan2(x[1], x[0])) % 360.0 == pytest.approx((18 + 41 / 60 + 50.5 / 3600) * 15.0, abs=0.01)


def test_earth_turns_in_a_sidereal_day() -> None:
    one, two = earth_rotation(YEAR.start_s + np.array([0.0, 86164.0905]))
    assert one == pytest.approx(two, abs=1e-6)
