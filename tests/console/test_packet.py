"""The packet that the browser draws is the flight: same numbers, same words, no gaps where it matters."""

from __future__ import annotations

import numpy as np
import pytest

import lunarlab
from lunarlab.console import packet
from lunarlab.descent.flight import Flight
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError


@pytest.fixture(scope="module")
def mission1() -> Flight:
    return lunarlab.fly(lunarlab.case("hakuto-r-m1").scenario, seed=3)


def unpack(words: dict, numbers: bytes) -> dict[str, np.ndarray]:
    """As the browser does it."""
    data, n = np.frombuffer(numbers, dtype="<f4"), words["rows"]
    columns = {name: data[i * n : (i + 1) * n] for i, name in enumerate(words["columns"])}
    start = n * len(words["columns"])
    assert data.size == start + 2 * words["ground"]
    return columns | {"ground_x": data[start : start + words["ground"]], "ground_z": data[start + words["ground"] :]}


def test_columns_are_the_histories(mission1: Flight) -> None:
    words, numbers = packet.pack(mission1)
    data, si, rows = unpack(words, numbers), mission1.si, packet.pick_rows(mission1)
    for name, history in (
        ("t", "t"), ("x", "true_distance"), ("h", "true_altitude"), ("est_h", "est_height"), ("up", "true_vertical_speed"),
    ):  # fmt: skip
        np.testing.assert_array_equal(data[name], si[history][rows].astype(np.float32))
    np.testing.assert_allclose(data["thrust"], (si["true_thrust_main"] + si["true_thrust_assist"])[rows], rtol=1e-6)
    assert data["propellant"][0] == pytest.approx(si["true_mass"][0] - 360.0, abs=1.0)


def test_it_is_small_and_misses_no_rejection(mission1: Flight) -> None:
    words, numbers = packet.pack(mission1)
    assert words["rows"] <= packet.ROWS_MAX + 200
    assert len(numbers) < 100_000
    t = unpack(words, numbers)["t"]
    lock = mission1.event("lockout")
    assert lock is not None
    assert np.diff(t[np.abs(t - lock.t_s) < 2.0]).max() < 0.21  # every range of the altimeter, 5 a second
    assert (np.diff(t) > 0).all()
    assert np.diff(t[t > 3400.0]).max() < 2.0


def test_refused_ranges_are_marked(mission1: Flight) -> None:
    words, numbers = packet.pack(mission1)
    data = unpack(words, numbers)
    first = mission1.event("first_reject")
    assert first is not None
    assert not data["refused"][data["t"] < first.t_s - 0.1].any()
    after = (data["t"] > first.t_s + 0.05) & np.isfinite(data["range"])
    assert data["refused"][after].all()


def test_words_say_what_happened(mission1: Flight) -> None:
    words, _ = packet.pack(mission1)
    assert words["verdict"] == "PROPELLANT_OUT"
    assert words["reasons"] == mission1.reasons
    assert [e["kind"] for e in words["events"]] == [e.kind for e in mission1.events]
    zero = mission1.event("estimate_zero")
    assert zero is not None
    assert words["cursor"] == zero.t_s  # the picture stops at the gap, not at the heap of metal
    assert f"{zero.altitude_m / 1e3:.2f} km above the ground" in words["summary"]
    assert any("longer than predicted" in line for line in words["why"])


def test_a_landing_stops_at_contact() -> None:
    flight = lunarlab.fly(lunarlab.case("nominal-mare").scenario, seed=1)
    words, _ = packet.pack(flight)
    assert words["landed"]
    assert flight.touchdown is not None
    assert words["cursor"] == flight.touchdown.t_s


def test_published_points_keep_confidence_and_source() -> None:
    points = lunarlab.case("hakuto-r-m1").published
    drawn = packet.published_points(points)
    assert len(drawn) == sum(p.height_m is not None for p in points) > 0
    assert all(any(word in p["text"] for word in ("reported", "derived", "assumed")) for p in drawn)


def test_published_points_that_count_from_an_event_stand_at_it() -> None:
    case = lunarlab.case("slim")
    flight = case.fly(seed=0)
    assert packet.published_points(case.published) == []
    drawn = packet.published_points(case.published, flight)
    assert [p["t"] for p in drawn] == [flight.event(kind).t_s for kind in ("ignition", "fault", "contact")]


def test_a_flight_without_histories_is_refused() -> None:
    with pytest.raises(LunarlabError, match="record=True"):
        packet.pack(lunarlab.fly(Scenario(), record=False))
