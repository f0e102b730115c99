"""The Sun over a site: length of the lunar day, published elevations, the disc on the horizon, horizons."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from lunarlab.constants import DAY
from lunarlab.ephemeris import tdb
from lunarlab.errors import LunarlabError
from lunarlab.surface import light as li


def year(longitude_deg):
    days, t = [], tdb("2024-01-10")
    for _ in range(13):  # single days differ by hours, because neither the Earth's way nor the Moon's is a circle
        days.append(li.lunar_day(li.place(0.0, longitude_deg), t))
        t = days[-1].end_s + DAY
    return days


def test_a_lunar_day_is_29_53_days_and_half_of_it_is_light():
    near, far = year(10.0), year(190.0)
    for days in (near, far):
        assert np.mean([d.length_s for d in days]) / DAY == pytest.approx(29.53, abs=0.02)
        assert all(d.midnight_s < d.sunrise_s < d.noon_s < d.sunset_s < d.end_s for d in days)
        assert all(b.midnight_s == pytest.approx(a.end_s, abs=1.0) for a, b in itertools.pairwise(days))
    light = [np.mean([d.light_s for d in days]) / DAY for days in (near, far)]
    assert np.mean(light) == pytest.approx(14.765, abs=0.01)
    # The Sun is not infinitely far: at the quarters the Moon stands beside the line from Sun to Earth, by 0.147 deg.
    assert light[0] - light[1] == pytest.approx(4.0 * math.degrees(384.4e6 / 149.6e9) / 12.19, rel=0.1)
    synodic = li.SYNODIC_S / DAY
    assert synodic == pytest.approx(1.0 / (1.0 / 27.321661 - 1.0 / 365.25636), abs=1e-4)


@pytest.mark.parametrize(
    ("where", "date", "published", "within"),
    [
        # Apollo 11: 10.8 degrees at landing (NASA SP-238). IM-2: low Sun, never above some 7 degrees so near the pole.
        ("tranquillitatis", "1969-07-20T20:18", 10.8, 0.3), ("mons-mouton", "2025-03-06T17:29", 2.5, 0.5),
    ],
)  # fmt: skip
def test_published_elevations(where, date, published, within):
    seen = li.light(where, [tdb(date)])
    assert math.degrees(seen.elevation_rad[0]) == pytest.approx(published, abs=within)


def test_against_astropy():
    """The Sun over Mare Frigoris from astropy's own Sun and Moon, and the Moon's axes as matrices of the reports."""
    from astropy.coordinates import get_body_barycentric
    from astropy.time import Time

    from lunarlab.ephemeris import moon_orientation

    place, t = li.place(60.5, -4.6), tdb("2025-06-08")
    when = Time("2025-06-08", scale="utc")
    with_astropy = get_body_barycentric("sun", when, "builtin") - get_body_barycentric("moon", when, "builtin")
    to_sun = moon_orientation(t) @ with_astropy.xyz.to_value("m") - place.r_body
    high = math.asin(to_sun @ place.axes[2] / np.linalg.norm(to_sun))
    seen = li.light(place, [t])
    assert seen.elevation_rad[0] == pytest.approx(high, abs=1e-5)
    assert seen.flux_Wpm2[0] == pytest.approx(1361.0 * (149_597_870_700.0 / np.linalg.norm(to_sun)) ** 2, rel=1e-6)


def test_light_at_noon_and_at_night():
    t = tdb("2025-06-01") + DAY * np.arange(0.0, 30.0, 0.25)
    seen = li.light("mare-frigoris", t)
    assert np.all(seen.flux_Wpm2[seen.elevation_rad > 0.01] > 1300.0)  # June: 1.016 au
    assert np.all(seen.flux_Wpm2[seen.elevation_rad < -0.01] == 0.0)
    assert np.linalg.norm(seen.to_sun, axis=1) == pytest.approx(np.ones(t.size))
    assert np.degrees(seen.elevation_rad.max()) == pytest.approx(90.0 - 60.5 + 1.6, abs=0.2)


def test_the_disc_rises_for_an_hour():
    """Half of the disc stands over the horizon when its middle does; the areas of circular segments by quadrature."""
    from scipy.integrate import quad

    for h in (-1.5, -1.0, -0.6, 0.0, 0.3, 1.0, 2.0):
        area = quad(lambda y: 2.0 * math.sqrt(1.0 - y * y), -1.0, min(max(h, -1.0), 1.0))[0] / math.pi
        assert li.disc_over(h) == pytest.approx(area, abs=1e-9)
    day = li.lunar_day(li.place(0.0, 0.0), "2025-06-08")
    t = day.sunrise_s + 60.0 * np.arange(-90, 91)
    share = li.light(li.place(0.0, 0.0), t).flux_Wpm2 / 1361.0
    rising = t[(share > 0.001) & (share < share.max() - 0.001)]
    assert (rising[-1] - rising[0]) / 3600.0 == pytest.approx(0.533 / 0.508, rel=0.05)  # diameter over 12.19 deg a day


def test_horizons():
    table = li.horizon([(0, 0), (90, 10), (180, 0), (-90, 2)])
    assert table.at(math.radians(45)) == pytest.approx(math.radians(5))
    assert table.at(math.radians(315)) == pytest.approx(math.radians(1))  # over north, round the compass
    assert table.at(np.radians([90.0, 270.0])) == pytest.approx(np.radians([10.0, 2.0]))
    assert li.horizon(3.0).at(1.0) == pytest.approx(math.radians(3))
    assert li.horizon(table) is table
    free = li.lunar_day("mare-frigoris", "2025-06-08")
    hill = li.lunar_day("mare-frigoris", "2025-06-08", horizon_deg=[(0, 0), (60, 4), (120, 4), (150, 0)])
    assert hill.sunrise_s > free.sunrise_s + 0.3 * DAY and hill.sunset_s == pytest.approx(free.sunset_s, abs=60.0)
    pit = li.lunar_day("mare-frigoris", "2025-06-08", horizon_deg=40.0)
    assert math.isnan(pit.sunrise_s) and pit.light_s == 0.0 and "never" in repr(pit)
    assert li.dip_rad(0.0) == 0.0 and math.degrees(li.dip_rad(100.0)) == pytest.approx(math.degrees(math.sqrt(2 * 100 / 1737.4e3)), rel=1e-3)


def test_near_a_pole_a_day_may_have_a_sunrise_and_no_sunset():
    """At latitude 88.9 the Sun comes up in one month of spring and goes down in one of autumn; the Moon's seasons are small."""
    found = [li.lunar_day(li.place(88.9, 0.0), f"2025-{month:02d}-15") for month in range(1, 13)]
    rises, sets = ([math.isfinite(getattr(day, name)) for day in found] for name in ("sunrise_s", "sunset_s"))
    assert any(up and not down for up, down in zip(rises, sets, strict=True))
    for day, up, down in zip(found, rises, sets, strict=True):
        assert 0.0 <= day.light_s <= day.length_s
        if up and not down:
            assert day.light_s == pytest.approx(day.end_s - day.sunrise_s, abs=1.0) and "sunset never" in repr(day)
        if down and not up:
            assert day.light_s == pytest.approx(day.sunset_s - day.midnight_s, abs=1.0)


@pytest.mark.parametrize(
    ("bad", "words"),
    [([(0, 1), (0, 2)], "same direction"), ([(0, 95)], "elevation of 95"), ([1, 2, 3], "one number, or rows"), ("hill", "number"), (100.0, "90")],
)
def test_bad_horizons_are_named(bad, words):
    with pytest.raises(LunarlabError, match=words):
        li.horizon(bad)
