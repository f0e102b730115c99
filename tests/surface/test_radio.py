"""Links and who hears: published losses, a relay integrated by scipy, windows by geometry."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lunarlab.constants import DAY, MU_MOON, R_MOON
from lunarlab.ephemeris import moon_orientation, tdb
from lunarlab.ephemeris.sky import earth_at, passes
from lunarlab.errors import LunarlabError
from lunarlab.surface import contact as co
from lunarlab.surface import link as ra


def test_path_loss_is_the_one_of_the_handbooks():
    # ITU-R P.525: 32.4 + 20 log10(MHz) + 20 log10(km)
    for range_km, mhz in ((384_400.0, 8400.0), (384_400.0, 2250.0), (17_000.0, 2250.0), (0.1, 2450.0)):
        assert ra.path_loss_dB(range_km * 1e3, mhz * 1e6) == pytest.approx(32.45 + 20 * math.log10(mhz * range_km), abs=0.01)
    assert ra.path_loss_dB(np.array([1.0, 10.0]), 1e9) == pytest.approx([32.45, 52.45], abs=0.01)
    assert pytest.approx(-228.6, abs=0.01) == ra.BOLTZMANN_DB


def test_over_ground_the_fourth_power_takes_over():
    """Two rays: 2 |sin(2 pi h1 h2 / (lambda d))| times the direct one, far out; the crossing lies at 4 pi h1 h2 / lambda."""
    f, low, high = 2.45e9, 0.3, 2.0
    wave = 299_792_458.0 / f
    cross = 4.0 * math.pi * low * high / wave
    far = 20.0 * cross
    two_rays = ra.path_loss_dB(far, f) - 20 * math.log10(2 * math.sin(2 * math.pi * low * high / (wave * far)))
    assert ra.ground_loss_dB(far, f, low, high) == pytest.approx(two_rays, abs=0.05)
    assert ra.ground_loss_dB(0.5 * cross, f, low, high) == ra.path_loss_dB(0.5 * cross, f)
    assert ra.ground_loss_dB(2 * far, f, low, high) - ra.ground_loss_dB(far, f, low, high) == pytest.approx(12.04, abs=0.01)


def test_a_budget_adds_up():
    link = ra.Link(frequency_Hz=8.4e9, transmit_W=10.0, gain_dBi=20.0, loss_dB=2.0, gt_dBpK=50.0, rate_bps=1e6, ebn0_dB=2.0)
    b = ra.budget(link, 384.4e6)
    assert b.eirp_dBW == pytest.approx(30.0)
    assert b.cn0_dBHz == pytest.approx(30.0 - 222.63 - 2.0 + 50.0 + 228.6, abs=0.02)
    assert b.ebn0_dB == pytest.approx(b.cn0_dBHz - 60.0)
    assert b.margin_dB == pytest.approx(ra.margin_dB(link, 384.4e6)) and "margin" in repr(b)
    assert ra.budget(link, 384.4e6, 5.0).margin_dB == pytest.approx(b.margin_dB - 5.0)
    fast = ra.best_rate_bps(link, 384.4e6)
    assert ra.margin_dB(dataclasses.replace(link, rate_bps=fast), 384.4e6) == pytest.approx(link.margin_dB)
    assert ra.margin_dB(link, 2 * 384.4e6) == pytest.approx(b.margin_dB - 6.02, abs=0.01)


QUEQIAO = co.Relay(1, 200e3, 16_000e3, 62.4)


def test_the_published_orbit_takes_the_published_day():
    assert QUEQIAO.period_s / 3600.0 == pytest.approx(24.0, abs=0.5)  # 24 h, 200 x 16,000 km


def test_a_relay_moves_as_newton_says():
    relay, t0 = dataclasses.replace(QUEQIAO, node_deg=40.0, anomaly_deg=10.0), tdb("2027-06-05")
    t = t0 + np.linspace(0.0, 60e3, 21)
    r = co.relay_positions(relay, t, t0)[:, 0]
    step = co.relay_positions(relay, t0 + np.array([-1.0, 1.0]), t0)[:, 0]

    def rate(_, y):
        return [*y[3:], *(-MU_MOON * y[:3] / np.linalg.norm(y[:3]) ** 3)]

    flown = solve_ivp(rate, (0.0, 60e3), [*r[0], *((step[1] - step[0]) / 2.0)], t_eval=t - t0, rtol=1e-11, atol=1e-3)
    assert r == pytest.approx(flown.y[:3].T, abs=200.0)
    assert np.linalg.norm(r, axis=1).min() >= R_MOON + 199e3
    pole = np.cross(r[0], r[1]) / np.linalg.norm(np.cross(r[0], r[1]))
    assert math.degrees(math.acos(pole @ moon_orientation(t0)[2])) == pytest.approx(62.4, abs=1e-6)
    pair = co.relay_positions(dataclasses.replace(relay, count=2), t0 + np.array([0.0, relay.period_s / 2]), t0)
    assert pair[0, 1] == pytest.approx(pair[1, 0], abs=1.0)  # half a revolution apart


def test_the_far_side_hears_nobody_but_a_relay():
    t = tdb("2027-06-05") + 900.0 * np.arange(96 * 14)
    ground = co.Stations("estrack")
    direct = co.contact("earth", "apollo-basin", t, t[0], ground, co.Relay())
    assert not direct.in_view.any() and np.isinf(direct.range_m).all()
    assert not co.contact("relay", "apollo-basin", t, t[0], ground, co.Relay()).in_view.any()
    one = co.contact("relay", "apollo-basin", t, t[0], ground, QUEQIAO)
    assert 0.4 < one.in_view.mean() < 0.95  # lingers over the south
    assert (one.range_m[one.in_view] < 18_000e3).all()
    north = co.contact("relay", "apollo-basin", t, t[0], ground, dataclasses.replace(QUEQIAO, argp_deg=270.0))
    assert north.in_view.mean() < 0.5 * one.in_view.mean()
    alive = np.where(t < t[0] + 7 * DAY, 1, 0)
    lost = co.contact("relay", "apollo-basin", t, t[0], ground, QUEQIAO, alive=alive)
    assert lost.in_view[t < t[0] + 7 * DAY].any() and not lost.in_view[t >= t[0] + 7 * DAY].any()


def test_a_relay_behind_the_moon_sees_no_earth():
    """Brute force: points along the line of sight, and whether one of them is inside the Moon."""
    from lunarlab.ephemeris import ephemeris, moon

    relay, t0 = co.Relay(1, 1000e3, 1000e3, 30.0), tdb("2027-06-05")
    t = t0 + np.linspace(0.0, relay.period_s, 40)
    eph = ephemeris(t0 - DAY, t0 + DAY)
    view = co.relay_view(relay, "apollo-basin", t, t0, eph)
    r, earth = co.relay_positions(relay, t, t0)[:, 0], -moon(t, eph)[0]
    along = np.linspace(0.0, 0.02, 2001)[:, None, None]
    inside = np.any(np.linalg.norm(r + along * (earth - r), axis=-1) < R_MOON, axis=0)
    assert np.array_equal(view.sees_earth[:, 0], ~inside)
    assert inside.any() and not inside.all()
    # To be of use it must see both: over a far-side site it is up, and of no use while the Moon hides the Earth from it.
    seen = co.contact("relay", "apollo-basin", t, t0, co.Stations("any", earth_mask_deg=0.0), relay)
    up = view.elevation_rad[:, 0] >= 0.0
    assert np.array_equal(seen.in_view, up & ~inside) and (up & inside).any()


def test_near_side_windows_are_those_of_the_stations():
    """Resilience's site: the Earth is always up, so contact is what `passes`, tested elsewhere, finds for the stations."""
    t0 = tdb("2025-06-05T19:17")
    t = t0 + 300.0 * np.arange(288 * 3)
    got = co.contact("earth", "mare-frigoris", t, t0, co.Stations("estrack", mask_deg=10.0), co.Relay())
    assert got.in_view.all()
    want = np.zeros(t.size, dtype=bool)
    for seen in passes("estrack", t0, t[-1], mask_deg=10.0):
        want |= (t >= seen.rise_s) & (t <= seen.set_s)
    assert np.mean(want != got.listening) < 0.005
    assert got.range_m == pytest.approx(earth_at("mare-frigoris", t).range_m)
    shared = co.contact("earth", "mare-frigoris", t, t0, co.Stations("any", session_h=2.0, every_h=8.0), co.Relay())
    assert shared.listening.mean() == pytest.approx(0.25, abs=0.01)
    edges = co.spans(t, shared.listening)
    assert edges[0] - t0 == pytest.approx([0.0, 7200.0]) and len(edges) == 9


def test_windows_of_a_relay():
    two = co.relay_windows(dataclasses.replace(QUEQIAO, count=2), "schroedinger", "2027-06-05", "2027-06-07", step_s=300.0)
    one = co.relay_windows(QUEQIAO, "schroedinger", "2027-06-05", "2027-06-07", step_s=300.0)
    assert np.diff(two).sum() > np.diff(one).sum() > 0.0
    assert co.spans(np.array([0.0, 1.0, 2.0]), np.array([False, True, True])).tolist() == [[1.0, 3.0]]
    assert co.spans(np.empty(0), np.empty(0)).shape == (0, 2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: co.Relay(1, 2e6, 1e6), "must not be below Relay.perilune_altitude_m"), (lambda: co.Relay(1.5), "whole number"),
        (lambda: co.Stations("nasa"), "estrack, dsn, both, any"), (lambda: ra.Link(via="pigeon"), "earth, relay, lander"),
        (lambda: ra.budget(ra.Link(), -1.0), "range_m"), (lambda: co.stations_see("nasa", np.zeros(1)), "network is 'nasa'"),
        (lambda: co.relay_windows(QUEQIAO, "schroedinger", "2027-06-05", "2027-06-06", step_s=0.0), "step_s is 0 s"),
        (lambda: co.contact("pigeon", "schroedinger", ["2027-06-05"], "2027-06-05", co.Stations(), QUEQIAO), "via is 'pigeon'; allowed are earth"),
    ],
)  # fmt: skip
def test_bad_input_is_named(make, words):
    with pytest.raises(LunarlabError, match=words):
        make()
