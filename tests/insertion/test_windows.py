"""Sky, passes, planes and opportunities against astropy, closed forms, brute force, and what was seen on the Moon."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st

from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.ephemeris import ephemeris, iso, moon_orientation, places, sky, tdb
from lunarlab.ephemeris.places import Site, Station
from lunarlab.errors import LunarlabError
from lunarlab.insertion import windows

YEAR = ephemeris("2024-12-01", "2026-05-01")
DEG = math.pi / 180


def hours(a: float, b: str) -> float:
    return (a - tdb(b)) / 3600


# Places


def test_every_place_has_a_source_and_stands_where_it_should() -> None:
    known = {**places.sites(), **places.stations()}
    for name, place in known.items():
        assert place.title and place.confidence in ("reported", "derived", "assumed"), name
        assert set(place.source.split(",")) <= {*places.sources(), "model"}, name
        assert place.confidence == "assumed" or place.source != "model", name
    assert set(places.stations("dsn")) == {"goldstone", "canberra", "madrid"}
    assert set(places.stations("estrack")) >= {"new-norcia", "cebreros", "malargue"}
    assert {"mare-frigoris", "mare-crisium", "atlas", "boguslawsky", "malapert-a", "mons-mouton", "shioli", "shiv-shakti", "apollo-basin"} <= set(places.sites())


def test_stations_stand_where_they_were_surveyed() -> None:
    # JPL's Earth-fixed coordinates [m], ITRF 2005.
    surveyed = {"goldstone": (-2353621.3873, -4641341.4492, 3677052.2629), "canberra": (-4460894.9092, 2682361.5401, -3674748.0458),
                "madrid": (4849092.518, -360180.348, 4115109.251)}  # fmt: skip
    for name, r in surveyed.items():
        np.testing.assert_allclose(places.stations()[name].r_body, r, atol=1.5)


# The sky over a station


@pytest.mark.parametrize("name", ["goldstone", "madrid", "canberra", "malargue"])
def test_the_moon_over_a_station_is_where_astropy_sees_it(name: str) -> None:
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, get_body
    from astropy.time import Time
    from astropy.utils import iers

    place = places.stations()[name]
    here = EarthLocation.from_geodetic(place.longitude_deg * u.deg, place.latitude_deg * u.deg, place.height_m * u.m)
    days = np.linspace(0, 300, 41)
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        times = Time("2024-03-01T00:00:00", scale="utc") + days * u.day
        seen = get_body("moon", times, here).transform_to(AltAz(obstime=times, location=here))
        t = np.array([tdb(x) for x in times])
    ours = sky.moon_at(name, t)
    assert np.max(np.abs(ours.elevation_rad - seen.alt.rad)) < 0.001 * DEG
    turn = np.mod(ours.azimuth_rad - seen.az.rad + math.pi, 2 * math.pi) - math.pi
    assert np.max(np.abs(turn) * np.cos(seen.alt.rad)) < 0.001 * DEG
    # astropy's distance is to where the Moon was a light time ago among the stars; the Earth moves 39 km in that time.
    np.testing.assert_allclose(ours.range_m, seen.distance.to_value(u.m), atol=45e3)
    # The quick way that the search takes.
    quick = sky.Ground(t[0], t[-1], ephemeris(t[0] - DAY, t[-1] + DAY)).look(place, t)
    assert np.max(np.abs(quick.elevation_rad - ours.elevation_rad)) < 2e-6


def test_passes_begin_and_end_at_the_mask_and_miss_none() -> None:
    start, end = tdb("2025-06-01"), tdb("2025-07-01")
    found = sky.passes(["dsn", "kourou"], start, end, mask_deg=15, eph=YEAR)
    t = np.arange(start, end, 60.0)
    for name in ("goldstone", "canberra", "madrid", "kourou"):
        mine = [p for p in found if p.station == name]
        height = sky.moon_at(name, t, YEAR).elevation_rad
        inside = np.zeros(t.size, dtype=bool)
        for p in mine:
            here = (t >= p.rise_s) & (t <= p.set_s)
            assert p.highest_rad == pytest.approx(np.max(height[here]), abs=0.1 * DEG)
            inside |= here
            for edge in (p.rise_s, p.set_s):
                if start < edge < end:
                    assert sky.moon_at(name, edge, YEAR).elevation_rad == pytest.approx(15 * DEG, abs=1e-4)  # a second
        assert np.all(inside == (height > 15 * DEG))
    assert [p.rise_s for p in found] == sorted(p.rise_s for p in found)
    assert "goldstone 2025-06-" in repr([p for p in found if p.station == "goldstone"][1])


def test_a_site_looks_back_at_the_station_from_where_it_is() -> None:
    for name in ("mare-frigoris", "shioli"):
        towards_site, towards_moon = sky.moon_at("madrid", "2025-06-05T19:17", where=name), sky.moon_at("madrid", "2025-06-05T19:17")
        assert 0 < abs(towards_site.elevation_rad - towards_moon.elevation_rad) < 0.27 * DEG
        assert towards_moon.range_m - 1.01 * R_MOON < towards_site.range_m < towards_moon.range_m


# The sky over a site


@settings(max_examples=25)
@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(0, 500))
def test_elevations_follow_from_the_point_below(latitude: float, longitude: float, day: float) -> None:
    spot, t = Site("here", latitude, longitude), tdb("2024-12-02") + day * DAY
    for body, look in (("sun", sky.sun_at(spot, t, YEAR)), ("earth", sky.earth_at(spot, t, YEAR))):
        b, l = sky.overhead(t, YEAR, body=body)  # noqa: E741
        sine = math.sin(spot.latitude_rad) * math.sin(b) + math.cos(spot.latitude_rad) * math.cos(b) * math.cos(spot.longitude_rad - l)
        # Seen from the surface, a body at the distance d stands lower by up to the angle R / d.
        zenith = math.acos(max(-1.0, min(1.0, sine)))
        parallax = math.asin(R_MOON * math.sin(zenith) / look.range_m)
        assert look.elevation_rad == pytest.approx(math.pi / 2 - zenith - parallax, abs=1e-7)
        assert 0 <= look.azimuth_rad < 2 * math.pi
    assert abs(sky.overhead(t, YEAR)[0]) < 1.6 * DEG  # the Moon's equator lies 1.54 deg from the ecliptic
    b, l = sky.overhead(t, YEAR, body="earth")  # noqa: E741
    assert abs(b) < 6.9 * DEG and abs(l) < 8.2 * DEG  # libration


def test_the_sun_goes_round_in_a_synodic_month() -> None:
    rises, sets = sky.daylight("shioli", "2000-01-01", "2025-01-01")
    assert np.mean(np.diff(rises)) / DAY == pytest.approx(29.530589, abs=2e-3)
    assert np.min(np.diff(rises)) / DAY > 29.2 and np.max(np.diff(rises)) / DAY < 29.9
    assert np.mean((sets - rises[: sets.size]) % (29.53 * DAY)) / DAY == pytest.approx(29.53 / 2, abs=0.1)
    t = tdb("2025-01-01") + np.arange(300) * DAY
    slope = np.polyfit(t, np.unwrap(sky.overhead(t, YEAR)[1]), 1)[0]
    assert slope * DAY == pytest.approx(-2 * math.pi / 29.530589, rel=2e-3)


def test_the_light_that_was_seen() -> None:
    # Apollo 11: the Sun was 10.8 deg high at touchdown.
    assert math.degrees(sky.sun_at("tranquillitatis", "1969-07-20T20:17:40").elevation_rad) == pytest.approx(10.8, abs=0.2)
    # Blue Ghost: touchdown 2 March 2025, 08:34 UTC, in the morning; Sun below the horizon in the evening of the 16th.
    rises, sets = sky.daylight("mare-crisium", "2025-02-20", "2025-03-20")
    assert 0 < hours(tdb("2025-03-02T08:34"), iso(rises[0])) < 12
    assert iso(sets[0]).startswith("2025-03-16T2")
    # Resilience: planned for 5 June 2025, 19:17 UTC, two days after sunrise.
    rises, _ = sky.daylight("mare-frigoris", "2025-05-20", "2025-06-10")
    assert 0 < hours(tdb("2025-06-05T19:17"), iso(rises[0])) < 72
    # Chandrayaan-3: landed on 23 August 2023 in the morning, the Sun set in the first days of September.
    _, sets = sky.daylight("shiv-shakti", "2023-08-23", "2023-09-10")
    assert iso(sets[0])[:10] in ("2023-09-03", "2023-09-04", "2023-09-05")
    # Chang'e 6 on the far side saw no Earth.
    t = tdb("2024-06-01T22:23") + np.arange(60) * 0.5 * DAY
    assert np.max(sky.earth_at("apollo-basin", t).elevation_rad) < -30 * DEG
    assert np.min(sky.earth_at("mare-frigoris", t).elevation_rad) > 15 * DEG


def test_the_middle_of_the_near_side_sees_the_earth_overhead_and_the_full_moon_at_noon() -> None:
    middle = Site("middle", 0.0, 0.0)
    t = tdb("2025-01-01") + np.arange(400) * 0.7 * DAY
    assert np.min(sky.earth_at(middle, t, YEAR).elevation_rad) > 79 * DEG
    # Full Moon and lunar eclipse, 14 March 2025, 06:59 UTC: the Sun stands where the Earth stands.
    s, e = sky.sun_at(middle, "2025-03-14T06:59"), sky.earth_at(middle, "2025-03-14T06:59")
    assert s.elevation_rad == pytest.approx(e.elevation_rad, abs=1.0 * DEG)


# Finding zeros


@settings(max_examples=40)
@given(st.floats(-0.99, 0.999), st.floats(0, 6), st.floats(0.3, 3.0))
def test_zeros_of_a_wave(level: float, phase: float, rate: float) -> None:
    t, rises = sky.zeros(lambda t: np.sin(rate * t + phase) - level, 0.0, 30.0, 0.3 / rate)
    base = np.arange(-2, 30)[:, None] * 2 * math.pi
    exact = np.sort(((base + np.array([math.asin(level), math.pi - math.asin(level)]) - phase) / rate).ravel())
    exact = exact[(exact > 1e-3) & (exact < 30 - 1e-3)]
    inner = t[(t > 1e-3) & (t < 30 - 1e-3)]
    np.testing.assert_allclose(inner, exact, atol=2e-3 / rate + 1e-3)
    assert np.all(rises[1:] != rises[:-1])


def test_a_short_visit_between_samples_is_found() -> None:
    def bump(t: np.ndarray) -> np.ndarray:
        return 0.01 - (t - 4.4) ** 2

    t, rises = sky.zeros(bump, 0.0, 10.0, 1.0)
    np.testing.assert_allclose(t, [4.3, 4.5], atol=1e-3)
    assert rises.tolist() == [True, False]
    assert sky.zeros(lambda t: bump(t) - 0.02, 0.0, 10.0, 1.0)[0].size == 0


# Planes


@settings(max_examples=25)
@given(st.floats(-85, 85), st.floats(-180, 180), st.floats(0, 90), st.booleans(), st.booleans(), st.floats(0, 300))
def test_the_plane_through_a_site_contains_it(latitude: float, longitude: float, extra: float, up: bool, back: bool, day: float) -> None:
    spot, t = Site("here", latitude, longitude), tdb("2025-01-01") + day * DAY
    tilt = abs(latitude) + 0.5 + extra * (89 - abs(latitude)) / 90
    orbit = windows.plane_through(spot, t, inclination_deg=180 - tilt if back else tilt, ascending=up)
    r = moon_orientation(t).T @ spot.r_body
    normal = orbit.normal(np.array([t]))[0]
    assert abs(normal @ r) / R_MOON < 1e-9
    assert np.linalg.norm(normal) == pytest.approx(1)
    assert (np.cross(normal, r) @ moon_orientation(t)[2] > 0) is np.bool_(up)
    found, north = windows.crossings(spot, orbit, t - 3 * DAY, t + 3 * DAY)
    k = np.argmin(np.abs(found - t))
    assert found[k] == pytest.approx(t, abs=1.0) and north[k] == up


def test_a_site_meets_a_polar_plane_every_half_month() -> None:
    orbit = windows.plane_through("mare-frigoris", "2025-06-05T19:17")
    t, north = windows.crossings("mare-frigoris", orbit, "2025-01-01", "2026-04-01")
    assert np.mean(np.diff(t)) / DAY == pytest.approx(27.321661 / 2, abs=0.02)
    assert np.all(north[1:] != north[:-1])
    # Sites to the west follow as the Moon turns east under the plane: 13.2 deg a day.
    west = Site("west", 60.5, -4.6 - 13.176)
    later, _ = windows.crossings(west, orbit, "2025-06-05T19:17", "2025-06-12")
    assert (later[0] - tdb("2025-06-05T19:17")) / DAY == pytest.approx(1.0, abs=0.01)


def test_a_drifting_node_moves_the_date() -> None:
    still = windows.plane_through("shioli", "2025-06-01", inclination_deg=45)
    drifting = dataclasses.replace(still, node_rate_radps=-1 * DEG / DAY)
    first, second = (windows.crossings("shioli", o, "2025-06-20", "2025-07-10")[0] for o in (still, drifting))
    assert np.all((first - second) / DAY > 1)  # westward: the site meets it sooner


def test_the_timeline_back_from_touchdown() -> None:
    line = windows.descent_timeline("2025-06-05T19:17")
    assert line.coast_s / 60 == pytest.approx(56.9, abs=0.05)
    assert line.doi_dv_mps == pytest.approx(19.5, abs=0.05)
    assert line.perilune_speed_mps == pytest.approx(1692, abs=0.5)
    a = R_MOON + 57.5e3
    assert line.coast_s == pytest.approx(math.pi * math.sqrt(a**3 / MU_MOON))
    assert (line.touchdown_s - line.braking_s, line.braking_s - line.doi_s) == pytest.approx((600, line.coast_s), abs=1e-6)
    assert "56.9 min" in repr(line) and "2025-06-05T18:10" in repr(line)  # published: de-orbit about 18:15
    assert windows.descent_timeline("2025-06-05", altitude_m=15e3).doi_dv_mps == pytest.approx(0, abs=1e-9)


# Opportunities


def test_resilience_had_its_light_its_station_and_its_alternates() -> None:
    orbit = windows.plane_through("mare-frigoris", "2025-06-05T19:17")
    found = windows.opportunities("mare-frigoris", "2025-06-01", "2026-05-01", orbit=orbit, alternates=("atlas", "shioli", "mare-crisium"))
    first = found[0]
    assert first.date == "2025-06-05T19:17:00" and first.good and first.covered and first.northbound
    assert 11 < math.degrees(first.sun_elevation_rad) < 13 and 12 < first.light_left_s / DAY < 14
    assert "madrid" in {p.station for p in first.passes}
    # 15 km out of the plane: 15 km over the speed of the ground, 4.62 m/s at the equator.
    assert first.slack_s == pytest.approx(15e3 / (2 * math.pi * R_MOON / (27.321661 * DAY) * math.cos(60.5 * DEG)), rel=0.03)
    for o in found:
        assert all(other.good and o.touchdown_s < other.touchdown_s <= o.touchdown_s + 30 * DAY for other in o.alternates)
        assert [x.touchdown_s for x in o.alternates] == sorted(x.touchdown_s for x in o.alternates)
    assert "mare-frigoris 2025-06-05T19:17:00: Sun 11.9 deg high" in repr(first)


def test_a_free_plane_gives_every_morning() -> None:
    every = windows.opportunities("mare-crisium", "2025-01-01", "2026-01-01", which=("dsn", "estrack"))
    assert 11 <= len(every) <= 13
    spread = np.diff([o.touchdown_s for o in every]) / DAY
    assert np.all(np.abs(spread - 29.53) < 0.3)
    for o in every:
        assert math.degrees(sky.sun_at(o.site, o.touchdown_s, YEAR).elevation_rad) == pytest.approx(2.0, abs=1e-3)
        assert o.northbound is None and o.slack_s == math.inf
    ours = min(every, key=lambda o: abs(o.touchdown_s - tdb("2025-03-02T08:34")))
    assert abs(hours(ours.touchdown_s, "2025-03-02T08:34")) < 12


def test_the_far_side_needs_a_relay_and_evenings_are_told() -> None:
    assert windows.opportunities("apollo-basin", "2024-05-01", "2024-08-01") == []
    told = windows.opportunities("apollo-basin", "2024-05-01", "2024-08-01", every=True)
    assert told and all("a relay is needed" in " ".join(o.problems) and not o.covered for o in told)
    assert any("the Sun sets" in " ".join(o.problems) for o in told)


def test_a_gap_between_stations_is_a_gap() -> None:
    def view(*spans: tuple[float, float]) -> bool:
        return windows._unbroken(tuple(sky.Pass("x", a, b, 1.0) for a, b in spans), 10, 20)

    assert view((0, 30)) and view((0, 15), (14, 25)) and view((5, 12), (6, 9), (11, 20))
    assert not view() and not view((0, 14), (15, 25)) and not view((11, 25)) and not view((0, 19))
    orbit = windows.plane_through("mare-frigoris", "2025-06-05T19:17")
    alone = windows.opportunities("mare-frigoris", "2025-01-01", "2026-01-01", orbit=orbit, which="madrid", every=True)
    assert any("no station sees" in " ".join(o.problems) for o in alone) and any(o.covered for o in alone)


@settings(max_examples=8)
@given(st.floats(-80, 80), st.floats(-75, 75), st.floats(0, 250), st.floats(0, 60), st.sampled_from([("goldstone", "canberra", "madrid"), ("cebreros",)]))
def test_what_is_called_good_is_good(latitude: float, longitude: float, day: float, later: float, names: tuple[str, ...]) -> None:
    spot, begin = Site("here", latitude, longitude), tdb("2025-01-01") + day * DAY
    orbit = windows.plane_through(spot, begin)
    known = windows.opportunities(spot, begin, begin + 100 * DAY, orbit=orbit, which=names, every=True, eph=YEAR)
    shifted = windows.opportunities(spot, begin + later * DAY, begin + 100 * DAY, orbit=orbit, every=True, eph=YEAR)
    kept = [o.touchdown_s for o in known if o.touchdown_s >= begin + later * DAY + 1]
    np.testing.assert_allclose([o.touchdown_s for o in shifted][-len(kept) :] if kept else [], kept, atol=0.1)
    for o in known:
        up = math.degrees(sky.sun_at(spot, o.touchdown_s, YEAR).elevation_rad)
        t = np.arange(o.timeline.braking_s, o.touchdown_s + 3600, 60.0)
        view = np.any([sky.moon_at(name, t, YEAR).elevation_rad > 10 * DEG for name in names], axis=0)
        earth = sky.earth_at(spot, o.touchdown_s, YEAR).elevation_rad > 5 * DEG
        bright = 2 <= up <= 30 and o.light_left_s >= 5 * DAY
        assert o.good is bool(bright and earth and view.all())
        assert o.covered is bool(earth and view.all())
        if o.light_left_s > 0 and math.isfinite(o.light_left_s):
            assert abs(sky.sun_at(spot, o.touchdown_s + o.light_left_s, YEAR).elevation_rad) < 1e-6


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sky.sun_at("mare-frigors", "2025-01-01"), "did you mean mare-frigoris"), (lambda: sky.passes("dns", "2025-01-01", "2025-01-02"), "did you mean dsn"),
        (lambda: sky.passes("madrid", "2025-01-02", "2025-01-01"), "end is 2025-01-01T00:00:00; it must be later than start, 2025-01-02"),
        (lambda: windows.opportunities("atlas", "2025-01-02", "2025-01-02"), "must be later"), (lambda: windows.opportunities("atlas", "1850-01-01", "2025-01-02"), "start is .*1900"),
        (lambda: sky.sun_at("atlas", tdb("2030-01-01"), YEAR), "this ephemeris holds 2024-"), (lambda: sky.daylight("atlas", "2025-01-01", "2025-02-01", elevation_deg=91), "elevation_deg is 91"),
        (lambda: windows.plane_through("mare-frigoris", "2025-01-01", inclination_deg=45), "latitude 60.5 deg; an orbit of inclination 45 deg passes over latitudes up to 45 deg"),
        (lambda: windows.crossings("mare-frigoris", windows.ParkingOrbit(1e5, 2.6, 0, 0), "2025-01-01", "2025-02-01"), "inclination 148.969 deg passes over latitudes up to 31.0"),
        (lambda: windows.opportunities("atlas", "2025-01-01", "2025-02-01", sun_limits_deg=(9, 3)), r"sun_limits_deg is \(9, 3\)"), (lambda: windows.ParkingOrbit(10, 1, 0, 0), "ParkingOrbit.altitude_m is 10 m"),
        (lambda: windows.descent_timeline("2025-01-01", perilune_altitude_m=2e5), "must not be above altitude_m, 100 km"), (lambda: Site("x", 95, 0), r"Site.latitude_deg \(x\) is 95 deg"),
        (lambda: Station("x", 0, "east"), "Station.longitude_deg"), (lambda: sky.overhead("2025-01-01", body="mars"), "allowed are sun, earth"),
        (lambda: windows.opportunities("atlas", "2025-01-01", "2025-02-01", alternates=("moon",)), "no site 'moon'"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_a_search_may_begin_in_good_light() -> None:
    # Sunrise over Mare Crisium was on 1 March: two days of morning, no limit of the Sun's height crossed on the first.
    (found,) = windows.opportunities("mare-crisium", "2025-03-02T07:00", "2025-03-02T18:00", every=True)
    assert found.date == "2025-03-02T07:00:00" and found.good
    # At a pole the Sun never leaves -1.6 to 1.6 deg: one stretch as long as the search.
    (polar,) = windows.opportunities(Site("pole", 90, 0), "2025-01-01", "2026-01-01", sun_limits_deg=(-5, 10), eph=YEAR)
    assert polar.good and 0 < math.degrees(polar.sun_elevation_rad) < 1.6


def test_one_instant_does_not_stand_for_a_morning_of_days() -> None:
    for name in ("madrid", "goldstone"):
        found = windows.opportunities("mare-crisium", "2025-01-01", "2026-01-01", which=name, every=True, eph=YEAR)
        mornings = [o for o in found if o.light_left_s > 10 * DAY]
        assert len(mornings) >= 12 and all(o.good for o in mornings)
        for o in mornings:  # nothing earlier in the same light would have done
            t = np.arange(o.touchdown_s - 6 * 3600, o.touchdown_s - 60, 60.0)
            sun = sky.sun_at(o.site, t, YEAR).elevation_rad >= 2 * DEG
            seen = np.array([np.all(sky.moon_at(name, np.arange(x - 600, x + 3600, 120.0), YEAR).elevation_rad > 10 * DEG) for x in t[::30]])
            assert not np.any(sun[::30] & seen & (t[::30] >= tdb("2025-01-01")))
    after = windows.opportunities("mare-crisium", "2025-03-02", "2025-03-03", alternates="atlas", eph=YEAR)[0].alternates
    assert [o.site.name for o in after] == ["atlas"] and after[0].good


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sky.sun_at("atlas", []), "t is empty"), (lambda: sky.sun_at("atlas", ["yesterday"]), "t is 'yesterday'; a date is written like"),
        (lambda: windows.stations(5), "no station 5"), (lambda: windows.site(["atlas"]), r"no site \['atlas'\]"),
        (lambda: windows.opportunities("atlas", "2025-01-01", "2025-02-01", sun_limits_deg=5), r"sun_limits_deg has shape \(\)"),
        (lambda: windows.opportunities("atlas", "2025-01-01", "2025-02-01", orbit="polar"), "orbit is 'polar'; it must be a ParkingOrbit"),
    ],
)  # fmt: skip
def test_words_and_lists_in_the_wrong_place(call, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


def test_dates_with_units_and_in_words() -> None:
    t = tdb("2025-03-02") + np.array([0.0, DAY])
    want = sky.sun_at("atlas", t, YEAR).elevation_rad
    assert sky.sun_at("atlas", t / DAY * u.day, YEAR).elevation_rad == pytest.approx(want, abs=1e-9)
    assert sky.sun_at("atlas", ["2025-03-02", "2025-03-03"], YEAR).elevation_rad == pytest.approx(want, abs=1e-9)


def test_known_passes_give_the_same_opportunities() -> None:
    start = tdb("2025-05-21")
    eph = ephemeris(start - 3 * DAY, start + 130 * DAY)
    seen = sky.passes(["estrack"], start - DAY, start + 61.0 * DAY, eph=eph)
    rules = {"which": ["estrack"], "alternates": ["atlas"], "alternate_days": 15.0, "every": True, "eph": eph}
    searched = windows.opportunities("mare-frigoris", start, start + 45.0 * DAY, **rules)
    given = windows.opportunities("mare-frigoris", start, start + 45.0 * DAY, known=seen, **rules)
    assert len(searched) >= 2
    for a, b in zip(searched, given, strict=True):
        assert (a.touchdown_s, a.good, a.problems) == (b.touchdown_s, b.good, b.problems)
        assert [(x.site.name, x.touchdown_s) for x in a.alternates] == [(x.site.name, x.touchdown_s) for x in b.alternates]
