"""Flight under Earth, Moon and Sun: against scipy with the same forces written down again, Kepler's orbits, and Apollo 11."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab import twobody
from lunarlab.constants import J2_EARTH, MU_EARTH, MU_MOON, MU_SUN, R_EARTH
from lunarlab.ephemeris import Ephemeris, earth_rotation, ephemeris, moon, sun, tdb
from lunarlab.errors import LunarlabError
from lunarlab.transfer import nbody

DAY, NMI, FOOT = 86400.0, 1852.0, 0.3048
CASE = tomllib.loads((Path(__file__).parents[1] / "reference/area2_bicircular.toml").read_text(encoding="utf-8"))["APO-01"]


@pytest.fixture(scope="module")
def sky() -> Ephemeris:
    return ephemeris("2025-01-10", "2025-03-10")


def written_again(t: float, y: np.ndarray, sky: Ephemeris, pole: np.ndarray) -> np.ndarray:
    """The forces from their potentials' textbook gradients (Vallado, section 8.6), with the ephemeris read in Python."""
    r = y[:3]
    size = np.linalg.norm(r)
    a = -MU_EARTH * r / size**3
    for mu, (place, _) in ((MU_MOON, moon(t, sky)), (MU_SUN, sun(t, sky))):
        d = place - r
        a = a + mu * (d / np.linalg.norm(d) ** 3 - place / np.linalg.norm(place) ** 3)
    s = r @ pole / size
    a = a + 1.5 * J2_EARTH * MU_EARTH * R_EARTH**2 / size**4 * ((5 * s * s - 1) * r / size - 2 * s * pole)
    return np.concatenate([y[3:], a])


def departing(t: float, turn: float, c3: float, sky: Ephemeris) -> np.ndarray:
    """From 300 km up, in a plane through the Moon's."""
    r, v = moon(t, sky)
    x, z = r / np.linalg.norm(r), np.cross(r, v)
    z /= np.linalg.norm(z)
    out = math.cos(turn) * x + math.sin(turn) * np.cross(z, x)
    size = R_EARTH + 300e3
    return np.concatenate([size * out, math.sqrt(c3 + 2 * MU_EARTH / size) * np.cross(z, out)])


@settings(max_examples=3)  # scipy takes seconds for each
@given(st.floats(0.0, 6.28), st.floats(-2.0e6, -0.5e6), st.floats(0.0, 30.0))
def test_it_is_newtons_law(sky: Ephemeris, turn: float, c3: float, day: float) -> None:
    t0 = tdb("2025-01-15") + day * DAY
    y0 = departing(t0, turn, c3, sky)
    arc = nbody.propagate(nbody.Forces(sky, epoch_s=t0), t0, y0, t0 + 0.5 * DAY)
    pole = earth_rotation(0.5 * (sky.start_s + sky.end_s))[2]
    other = solve_ivp(lambda t, y: written_again(t + t0, y, sky, pole), (0.0, 0.5 * DAY), y0, method="DOP853", rtol=1e-11,
                      atol=1e-4).y[:, -1]
    assert arc.y_end[:3] == pytest.approx(other[:3], abs=1.0)
    assert arc.y_end[3:] == pytest.approx(other[3:], abs=1e-5)


def test_alone_the_earth_makes_keplers_orbits(sky: Ephemeris) -> None:
    forces = nbody.Forces(sky, mu_moon=0.0, mu_sun=0.0, j2=0.0)
    t0 = tdb("2025-01-15")
    y0 = departing(t0, 1.0, -2e6, sky)
    end = nbody.propagate(forces, t0, y0, t0 + 3 * DAY).y_end
    r, v = twobody.kepler(y0[:3], y0[3:], 3 * DAY, mu=MU_EARTH)
    assert end[:3] == pytest.approx(r, abs=0.1)
    assert end[3:] == pytest.approx(v, abs=1e-6)


def test_oblateness_turns_the_node_as_textbooks_say(sky: Ephemeris) -> None:
    """Vallado, section 9.6: -1.5 n J2 (R/p)^2 cos i. About the pole of date, so the axes are tilted first."""
    forces = nbody.Forces(sky, mu_moon=0.0, mu_sun=0.0)
    pole = earth_rotation(0.5 * (sky.start_s + sky.end_s))[2]
    a, i = R_EARTH + 700e3, math.radians(60.0)
    x = np.cross([0.0, 1.0, 0.0], pole)
    x /= np.linalg.norm(x)
    y = np.cross(pole, x)
    v = math.sqrt(MU_EARTH / a)
    start = np.concatenate([a * x, v * (math.cos(i) * y + math.sin(i) * pole)])
    t0, days = tdb("2025-01-15"), 3.0
    end = nbody.propagate(forces, t0, start, t0 + days * DAY).y_end
    h = np.cross(end[:3], end[3:])
    node = np.cross(pole, h)
    turned = math.atan2(node @ y, node @ x)
    want = -1.5 * math.sqrt(MU_EARTH / a**3) * J2_EARTH * (R_EARTH / a) ** 2 * math.cos(i) * days * DAY
    assert turned == pytest.approx(want, rel=0.01)


def apollo_11() -> tuple[float, float, np.ndarray]:
    """Launch, injection [s TDB] and state after injection, from latitude, longitude, height, speed and two angles."""
    g = CASE["inputs"]
    launch = tdb("1969-07-16T13:32:00")
    t = launch + 10213.03
    lat, lon = math.radians(g["latitude_geocentric"]), math.radians(g["longitude"])
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    r = 6378166.0 * (1.0 - math.sin(lat) ** 2 / 298.3) + g["altitude"] * 1e3
    climb, heading = math.radians(g["flight_path_angle"]), math.radians(g["heading"])
    level = math.cos(heading) * np.cross(up, east) + math.sin(heading) * east
    v = g["speed_space_fixed"] * FOOT * (math.sin(climb) * up + math.cos(climb) * level)
    turn = earth_rotation(t).T  # space-fixed velocity: only the axes turn
    return launch, t, np.concatenate([turn @ (r * up), turn @ v])


def pericynthion(**left_out: float) -> tuple[float, float, float]:
    """Height [nautical miles over 1735.6 km], time after launch [s] and speed [m/s]."""
    launch, t, y = apollo_11()
    sky = ephemeris("1969-07-15", "1969-07-25")
    arc = nbody.propagate(nbody.Forces(sky, epoch_s=t, **left_out), t, y, t + 4.5 * DAY, event=nbody.perilune, direction=1)
    assert arc.stopped
    at = nbody.from_moon(arc.t_end, arc.y_end, sky)
    return (float(np.linalg.norm(at[:3])) - 1735.6e3) / NMI, arc.t_end - launch, float(np.linalg.norm(at[3:]))


def test_apollo_11_reaches_the_moon() -> None:
    """665 nautical miles and 75:15:22 with the built-in theory of the Moon; the case's own run had DE421."""
    want, tolerance = CASE["expected"], CASE["tolerance"]
    _, _, y = apollo_11()
    assert float(y[3:] @ y[3:] - 2 * MU_EARTH / np.linalg.norm(y[:3])) / 1e6 == pytest.approx(want["c3"], abs=tolerance["c3"])
    height, time, speed = pericynthion()
    assert height == pytest.approx(want["pericynthion_altitude_here"], abs=tolerance["altitude_vs_here"])
    assert height == pytest.approx(want["pericynthion_altitude_published"], abs=tolerance["altitude_vs_published"])
    assert time == pytest.approx(75 * 3600 + 16 * 60 + 31, abs=tolerance["time_vs_here_s"])
    assert time == pytest.approx(75 * 3600 + 5 * 60 + 21, abs=60 * tolerance["time_vs_published_min"])
    assert speed == pytest.approx(want["speed_rel_moon_here"] * 1e3, abs=20.0)


@pytest.mark.parametrize(("without", "height"), [({"j2": 0.0}, 1540.0), ({"mu_sun": 0.0}, 794.0)])
def test_apollo_11_needs_every_force(without: dict[str, float], height: float) -> None:
    assert pericynthion(**without)[0] == pytest.approx(height, abs=40.0)


@settings(max_examples=5)
@given(st.floats(0.0, 6.28), st.floats(-1.9e6, -0.6e6))
def test_there_and_back(sky: Ephemeris, turn: float, c3: float) -> None:
    t0 = tdb("2025-01-15")
    forces = nbody.Forces(sky, epoch_s=t0)
    y0 = departing(t0, turn, c3, sky)
    there = nbody.propagate(forces, t0, y0, t0 + DAY)
    assert nbody.propagate(forces, t0 + DAY, there.y_end, t0).y_end[:3] == pytest.approx(y0[:3], abs=1.0)


def test_rows_are_what_single_flights_are(sky: Ephemeris) -> None:
    t0 = tdb("2025-01-15")
    forces = nbody.Forces(sky)
    y0 = np.array([departing(t0, turn, -1.5e6, sky) for turn in (0.5, 1.5, 2.5)])
    ends = t0 + np.array([1.0, 2.0, 3.0]) * DAY
    y, t, status = nbody.propagate_rows(forces, t0, y0, ends)
    assert status.tolist() == [0, 0, 0]
    assert t == pytest.approx(ends, abs=1e-6)
    for row, state, end in zip(y, y0, ends, strict=True):
        assert np.array_equal(row, nbody.propagate(forces, t0, state, float(end)).y_end)


def test_seen_from_the_moon_and_back(sky: Ephemeris) -> None:
    t = tdb("2025-01-20") + np.arange(4) * DAY
    y = np.arange(24.0).reshape(4, 6) * 1e6
    seen = nbody.from_moon(t, y, sky)
    assert seen[:, :3] + moon(t, sky)[0] == pytest.approx(y[:, :3], abs=1e-6)
    assert nbody.to_moon(t, seen, sky) == pytest.approx(y, abs=1e-6)
    assert nbody.from_moon(float(t[1]), y[1], sky) == pytest.approx(seen[1], abs=1e-6)


@pytest.mark.parametrize(
    ("state", "t1", "words"),
    [
        (np.zeros(5), "2025-02-01", r"state .* has shape \(5,\)"),
        (np.full(6, np.nan), "2025-02-01", "state .* holds nan"),
        (np.full(6, 1e7), "2026-02-01", "t1 is 2026-02-01"),
        (np.zeros(6), "2025-02-01", "no value"),
    ],
)
def test_wrong_input_is_refused(sky: Ephemeris, state: Any, t1: str, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        nbody.propagate(nbody.Forces(sky), tdb("2025-01-20"), state, tdb(t1))
