"""Landing ellipse, causes, sensitivities and fixes: against closed forms, SciPy, and samples whose answer is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import lunarlab as ll
from lunarlab.descent.campaign import Campaign
from lunarlab.descent.causes import causes, clopper_pearson, first_limit
from lunarlab.descent.ellipse import ellipse, k_sigma
from lunarlab.descent.fixes import FAULTS, RULES, Change, cheapest_fix, misses
from lunarlab.descent.rows import COLUMNS, Job, Rows, draw_sigmas
from lunarlab.descent.scenario import Dispersions
from lunarlab.descent.sensitivity import ranks, sensitivity
from lunarlab.errors import LunarlabError

M1 = ll.case("hakuto-r-m1").scenario


def cloud(n: int, a: float, b: float, angle: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """n normal landings with half-axes a, b (1 sigma), the major one turned by `angle`, around (100, -40)."""
    u, v = np.random.default_rng(seed).standard_normal((2, n))
    c, s = np.cos(angle), np.sin(angle)
    return 100.0 + a * u * c - b * v * s, -40.0 + a * u * s + b * v * c


def test_radii_of_a_circular_dispersion() -> None:
    """Rayleigh quantiles: 50, 95, 99 and 99.73 % of all landings around a circular dispersion of one sigma per axis."""
    for share, radius in ((0.5, 1.1774100225154747), (0.95, 2.4477468306808166), (0.99, 3.0348542587702925), (0.9973, 3.4393323497364543)):
        assert k_sigma(share) == pytest.approx(radius, abs=1e-9)
        assert k_sigma(share, 1) == pytest.approx(stats.norm.ppf(0.5 + share / 2), abs=1e-9)
    x, y = cloud(20_000, 1.0, 1.0, 0.0)
    found = ellipse(x - 100.0, y + 40.0)
    assert found.semi_major_m == pytest.approx(3.4393, rel=0.02) and found.semi_minor_m == pytest.approx(3.4393, rel=0.02)
    for share, radius in (("50 %", 1.17741), ("95 %", 2.44775), ("99 %", 3.03485)):
        assert found.radius_m[share] == pytest.approx(radius, rel=0.02)
    assert found.inside == pytest.approx(0.9973, abs=0.0015)


@pytest.mark.parametrize("angle_deg", [-70.0, 0.0, 25.0, 80.0])
def test_an_ellipse_finds_centre_axes_and_turn(angle_deg: float) -> None:
    x, y = cloud(5000, 300.0, 80.0, np.radians(angle_deg))
    found = ellipse(x, y, 0.95)
    assert found.angle_deg == pytest.approx(angle_deg, abs=1.5)
    assert found.semi_major_m == pytest.approx(300.0 * 2.44775, rel=0.03)
    assert found.semi_minor_m == pytest.approx(80.0 * 2.44775, rel=0.03)
    assert (found.sigma_along_m, found.sigma_cross_m) == pytest.approx((x.std(ddof=1), y.std(ddof=1)), rel=1e-9)
    assert found.correlation == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)
    line = found.outline(721)
    assert np.hypot(line[0] - found.along_m, line[1] - found.cross_m).max() == pytest.approx(found.semi_major_m, rel=1e-6)
    assert not found.planar and "half-axes" in str(found)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = np.zeros(4)
    for seed in range(120):
        x, y = cloud(60, 300.0, 80.0, 0.3, seed)
        e = ellipse(x, y, 0.95, 0.9)
        for i, (interval, truth) in enumerate(((e.along_interval_m, 100.0), (e.cross_interval_m, -40.0),
                                               (e.semi_major_interval_m, 300.0 * 2.44775), (e.semi_minor_interval_m, 80.0 * 2.44775))):  # fmt: skip
            held[i] += interval[0] <= truth <= interval[1]
    # 90 % of 120 is 108 +- 3.3; resampling is known to be a little narrow for variances
    assert (held[:2] >= 98).all() and (held[2:] >= 90).all() and (held < 120).all()
    assert ellipse(x, y) == ellipse(x, y)


def test_planar_flights_give_an_interval_along_the_track() -> None:
    x, _ = cloud(4000, 300.0, 1.0, 0.0)
    found = ellipse(x, np.zeros(4000), 0.9973)
    assert found.planar and found.semi_minor_m == 0.0 and found.angle_deg == 0.0
    assert found.k_sigma == pytest.approx(2.99998, abs=1e-4)
    assert found.semi_major_m == pytest.approx(found.k_sigma * x.std(ddof=1), rel=1e-9)
    low, high = found.along_interval_m  # as by the t distribution
    t = stats.t.interval(0.95, 3999, x.mean(), stats.sem(x))
    assert (low, high) == pytest.approx(t, abs=1.0)
    assert "along the track" in str(found)


def test_flights_in_space_come_down_in_an_ellipse() -> None:
    mare = ll.case("nominal-mare").scenario
    scene = replace(
        mare, site=replace(mare.site, dimensions=3.0, latitude_deg=20.0), navigation=replace(mare.navigation, filter="six"),
        dispersions=Dispersions(along_m=300.0, cross_m=200.0, mass_kg=1.0),
    )  # fmt: skip
    flown = ll.campaign(scene, n=40, seed=3)
    found = flown.ellipse()
    assert not found.planar and found.k_sigma == pytest.approx(3.4393, abs=1e-3)
    assert found.sigma_along_m == pytest.approx(300.0, rel=0.4) and found.sigma_cross_m == pytest.approx(200.0, rel=0.4)
    # Nothing measures it, but it shrinks: a great circle beside another one comes closer to it, y'' = -(v / r)^2 y, and with a
    # speed that falls to zero evenly over T seconds that makes (v T / r)^2 / 4 of y (first order; the next is 1 % of y).
    speed = 1692.0
    closer = (speed * speed / scene.guidance.brake_decel_mps2 / 1.7374e6) ** 2 / 4.0
    left = flown["cross_m"] + flown.draws["cross_m"] * (1.0 - closer)
    walk = scene.imu.velocity_noise_mps_sqrts * math.sqrt(flown["powered_s"].mean() ** 3 / 3.0)  # 9 m: of the accelerometer
    assert np.abs(left).max() < 4.0 * walk and 0.5 * walk < left.std() < 1.5 * walk
    assert flown.sensitivity("cross_m")[0].draw == "cross_m" and flown.sensitivity("cross_m")[0].rank < -0.9
    assert flown["left_mps"].any()


def test_ellipses_refuse_what_they_can_not_be_made_from() -> None:
    for call, words in (
        (lambda: ellipse([1.0, 2.0], [0.0, 0.0]), "along_m has 2 values; an ellipse needs at least 3"),
        (lambda: ellipse([1.0, 2.0, np.nan], [0.0] * 3), "along_m holds nan"),
        (lambda: ellipse([1.0, 2.0, 3.0], [0.0] * 2), r"cross_m has shape \(2,\)"),
        (lambda: ellipse([1.0, 2.0, 3.0], [0.0] * 3, 1.0), "probability is 1; it must lie between"),
        (lambda: clopper_pearson(3, 2), "successes is 3 of n 2"),
        (lambda: sensitivity([1.0], {}), "draws is empty"),
        (lambda: sensitivity([1.0] * 3, {"a": np.ones(3)}), "at least 4 are needed"),
    ):
        with pytest.raises(LunarlabError, match=words):
            call()


def test_probability_of_success_is_exact() -> None:
    assert clopper_pearson(98, 100, 0.95, one_sided=True)[0] == pytest.approx(0.9383807996039593, abs=1e-9)
    # no failure in 59 and in 230 flights: 95 % at 95 %, 99 % at 90 %
    assert clopper_pearson(59, 59, 0.95, one_sided=True)[0] >= 0.95 > clopper_pearson(58, 58, 0.95, one_sided=True)[0]
    assert clopper_pearson(230, 230, 0.90, one_sided=True)[0] >= 0.99 > clopper_pearson(229, 229, 0.90, one_sided=True)[0]
    for k, n in ((0, 10), (3, 10), (10, 10), (517, 1000)):
        exact = stats.binomtest(k, n).proportion_ci(0.9, method="exact")
        assert clopper_pearson(k, n, 0.9) == pytest.approx((exact.low, exact.high), abs=1e-12)
    flown = ll.campaign("nominal-mare" and ll.case("nominal-mare"), n=30)
    assert flown.success() == (1.0, pytest.approx(0.025 ** (1 / 30)), 1.0)


def test_ranks_and_correlations_are_those_of_scipy() -> None:
    random = np.random.default_rng(3)
    ties = random.integers(0, 5, 40).astype(float)
    assert ranks(ties).tolist() == stats.rankdata(ties).tolist()
    draws = {"a": random.standard_normal(200), "b": random.standard_normal(200), "c": random.standard_normal(200)}
    result = np.exp(2.0 * draws["a"]) - 0.3 * draws["b"]
    result[7] = np.nan
    found = {row.draw: row for row in sensitivity(result, draws)}
    kept = np.isfinite(result)
    for name, values in draws.items():
        expected = stats.spearmanr(values[kept], result[kept])
        assert found[name].rank == pytest.approx(expected.statistic, abs=1e-12)
        assert found[name].p == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-290)
    assert found["a"].significant and not found["c"].significant


def test_regression_finds_the_coefficients_that_made_the_result() -> None:
    random = np.random.default_rng(4)
    draws = {name: sigma * random.standard_normal(3000) for name, sigma in (("a", 10.0), ("b", 0.1), ("c", 1.0))}
    result = 0.3 * draws["a"] - 40.0 * draws["b"] + 0.5 * random.standard_normal(3000) + 7.0
    found = sensitivity(result, draws)
    assert [row.draw for row in found] == ["b", "a", "c"]
    total = np.sqrt(9.0 + 16.0 + 0.25)
    for row, slope in zip(found, (-4.0 / total, 3.0 / total, 0.0), strict=True):
        assert row.slope == pytest.approx(slope, abs=4 * max(row.slope_sigma, 0.005))
    assert found[0].variance + found[1].variance == pytest.approx(25.0 / 25.25, abs=0.05)
    still = sensitivity(np.ones(3000), draws)
    assert not any(row.significant or row.rank for row in still)


def test_sensitivities_of_a_flight_are_physical() -> None:
    flown = ll.campaign(ll.case("nominal-mare"), n=400, seed=2)
    left = {row.draw: row for row in flown.sensitivity("propellant_left_kg")}
    assert left["isp_fraction"].rank > 0.3 and left["mass_kg"].rank > 0.15  # all of the mass that varies is propellant
    assert flown.sensitivity("miss_m")[0].draw == "along_m" and flown.sensitivity("miss_m")[0].rank < -0.4
    assert not left["along_m"].significant


def made_up(verdicts: list[str], reasons: list[str], chains: list[str], draws: np.ndarray) -> Campaign:
    job, n = Job(M1), len(verdicts)
    return Campaign(job, Rows(np.arange(n), verdicts, chains, reasons, np.zeros((n, len(COLUMNS))), draws))


def test_causes_group_flights_and_name_what_stands_out() -> None:
    n, names = 400, list(draw_sigmas(M1))
    z = np.random.default_rng(5).standard_normal((n, len(names)))
    weak, wild = z[:, names.index("thrust_fraction")] < -1.3, np.abs(z[:, names.index("attitude_deg")]) > 2.2
    verdict = ["PROPELLANT_OUT" if a else "TIPPED" if b else "LANDED" for a, b in zip(weak, wild, strict=True)]
    reasons = {
        "PROPELLANT_OUT": "propellant ran out 4683 m above the ground, allowed 0 m; descent speed at contact 9.00 m/s, allowed 2 m/s",
        "TIPPED": "tilt at contact 13.10 deg, allowed 12 deg", "LANDED": "",
    }  # fmt: skip
    chain = {"PROPELLANT_OUT": "lockout propellant_out", "TIPPED": "", "LANDED": ""}
    sigmas = np.array(list(draw_sigmas(M1).values()))
    flown = made_up(verdict, [reasons[v] for v in verdict], [chain[v] for v in verdict], z * sigmas)
    first, second = causes(flown)
    assert (first.verdict, first.limit, first.chain) == ("PROPELLANT_OUT", "propellant ran out", ("lockout", "propellant_out"))
    assert first.count == weak.sum() and first.example == np.flatnonzero(weak)[0]
    assert first.draw == "thrust_fraction" and not first.spread and first.draw_sigmas < -1.3
    assert (second.verdict, second.limit, second.draw, second.spread) == ("TIPPED", "tilt at contact", "attitude_deg", True)
    assert sum(c.count for c in causes(flown)) == n - flown.verdicts["LANDED"]
    assert "lockout > propellant out; thrust_fraction -" in str(first) and "large attitude_deg" in str(second)


def test_chance_and_what_all_share_are_no_cause() -> None:
    sigmas = np.array(list(draw_sigmas(M1).values()))
    named = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        z = random.standard_normal((200, len(sigmas)))
        verdict = ["CRASHED" if x else "LANDED" for x in random.random(200) < 0.2]
        named += bool(causes(made_up(verdict, ["tilt at contact 20 deg, allowed 12 deg"] * 200, [""] * 200, z * sigmas))[0].draw)
    assert named <= 3
    (all_alike,) = causes(made_up(["CRASHED"] * 200, [""] * 200, [""] * 200, z * sigmas + 3.0 * sigmas))
    assert all_alike.draw == "" and all_alike.limit == "-" and all_alike.share == 1.0


def test_mission_1_has_one_cause() -> None:
    flown = ll.campaign(M1, n=40, seed=1)
    (only,) = flown.causes()
    assert only.count == 40 and only.verdict == "PROPELLANT_OUT" and "lockout" in only.chain and only.draw == ""


def test_first_limit_is_words() -> None:
    assert first_limit("sideways speed at contact 3.00 m/s, allowed 1.5 m/s; tilt at contact 3 deg") == "sideways speed at contact"
    assert first_limit("still flying 1400 s after ignition, 5 m above the ground") == "still flying"
    assert first_limit("the guidance law failed 3.2 s after ignition") == "the guidance law failed"
    assert first_limit("") == "-"


def test_the_cheapest_fix_of_mission_1_and_what_it_costs() -> None:
    fix = cheapest_fix(ll.case("hakuto-r-m1"), n=8, seed=3, faults=(FAULTS[3], FAULTS[4]))
    assert fix.trials[0].name == "no change" and fix.trials[0].landed == 0
    by_name = {trial.name: trial.landed for trial in fix.trials}
    assert fix.best.changes[0].to == {"navigation.gate_m": 5000.0} and fix.best.cost == 1.0
    assert by_name["take a sensor back whose readings agree"] == 8 and by_name["gate without giving the sensor up"] == 0
    dropout, step = fix.missed
    assert dropout.lands and not dropout.worse
    assert not step.lands and step.after == 0 and step.before > 0
    text = repr(fix)
    assert "<- the cheapest that lands" in text and "altimeter bias 3000 m: 0 of 8 land" in text


def test_a_pair_is_found_where_no_single_change_lands() -> None:
    weak = replace(M1, terrain=ll.Terrain(), navigation=replace(M1.navigation, gate_m=1.0), faults=(
        ll.Fault("altimeter", "absent", trigger="altitude", at=3000.0),))  # fmt: skip
    changes = (
        Change("gate", 1.0, RULES[0].to), Change("nothing", 1.0, lambda scene: scene),
        Change("repair", 4.0, lambda scene: replace(scene, faults=())),
    )  # fmt: skip
    fix = cheapest_fix(weak, changes, n=4, faults=())
    assert all(trial.landed < 4 for trial in fix.trials[:4])
    assert fix.best is not None and {c.name for c in fix.best.changes} == {"gate", "repair"} and fix.best.cost == 5.0
    assert cheapest_fix(weak, changes, n=4, pairs=False).best is None
    assert misses(weak, (), (), n=2) == ()


def test_changes_that_can_not_be_made_are_refused() -> None:
    for change, words in (
        (Change("x", 1.0, {"navigation.gate": 3.0}), "sets 'navigation.gate', which a Scenario does not have"),
        (Change("x", 1.0, {"name": 3.0}), "sets 'name'"), (Change("x", 1.0, lambda scene: 3), "gives 3; it must give a Scenario"),
        (Change("x", 1.0, {"navigation.policy": "hope"}), "allowed are none, gate"),
    ):  # fmt: skip
        with pytest.raises(LunarlabError, match=words):
            cheapest_fix(M1, [change], n=2)
    with pytest.raises(LunarlabError, match="it must be the Scenario or the Case of a descent"):
        cheapest_fix(ll.case("luna-25"))
