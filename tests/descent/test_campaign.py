"""Campaigns on threads: what they take, what they give, and that nothing depends on who flew what."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import lunarlab as ll
from lunarlab.descent import running
from lunarlab.descent.campaign import COLUMNS, flight_seed, summary
from lunarlab.descent.identity import code_version, differences, identity, law_digest, scenario_from
from lunarlab.descent.rows import Job, Rows, digest, draw_sigmas, fly_rows, join
from lunarlab.descent.scenario import Dispersions, Scenario, pack
from lunarlab.errors import LunarlabError

M1 = ll.case("hakuto-r-m1").scenario
MARE = ll.case("nominal-mare").scenario


def test_neither_workers_nor_batches_nor_the_number_of_flights_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = ll.campaign(M1, n=12, seed=3, workers=1), ll.campaign(M1, n=12, seed=3, workers=2)
    assert np.array_equal(one.table, two.table, equal_nan=True) and one.verdict == two.verdict
    assert one.digest == two.digest
    monkeypatch.setattr(running, "batches", lambda ks, *rest: [ks[i : i + 1] for i in reversed(range(len(ks)))])
    assert ll.campaign(M1, n=12, seed=3).digest == one.digest
    few = ll.campaign(M1, n=5, seed=3)
    assert np.array_equal(few.table, one.table[:5], equal_nan=True)
    assert few.digest != one.digest != ll.campaign(M1, n=12, seed=4).digest


@pytest.mark.parametrize("scene", [M1, MARE], ids=["m1", "mare"])
def test_each_flight_flies_again_to_the_last_bit(scene: Scenario) -> None:
    flown = ll.campaign(scene, n=6, seed=3)
    for k in (0, 5):
        for flight in (flown.again(k), ll.fly(scene, seed=flight_seed(3, k))):
            assert summary(flight) == pytest.approx(tuple(flown.table[k]), rel=0, abs=0, nan_ok=True)
            assert flight.verdict == flown.verdict[k]
            assert len(flight.table) > 1000


def test_seeds_are_their_own_for_every_flight_and_campaign() -> None:
    seeds = {flight_seed(s, k) for s in range(10) for k in range(200)}
    assert len(seeds) == 2000
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_dispersions_replace_those_of_the_scenario() -> None:
    wide = Dispersions(mass_kg=3.0, height_m=100.0)
    given, inside = ll.campaign(M1, wide, 4), ll.campaign(replace(M1, dispersions=wide), n=4)
    assert given.digest == inside.digest
    assert list(given.draws) == ["mass_kg", "height_m"]
    assert given.digest != ll.campaign(M1, n=4).digest


def test_a_case_flies_its_scenario() -> None:
    case = ll.case("nominal-mare")
    assert ll.campaign(case, n=3).digest == ll.campaign(case.scenario, n=3).digest


def test_draws_are_those_that_fly() -> None:
    """What a row says was drawn is what `pack` gives to the kernels."""
    scene = replace(
        MARE, dispersions=Dispersions(*(0.5 * (f.metadata["low"] + f.metadata["high"]) / 1e3 for f in dataclasses.fields(Dispersions))),
        navigation=replace(MARE.navigation, map=1),
    )  # fmt: skip
    job = Job(scene, 5)
    row = dict(zip(draw_sigmas(scene), fly_rows(job, [2]).draws[0].tolist(), strict=True))
    packed, start = pack(scene, flight_seed(5, 2))
    quiet, calm = pack(scene, None)
    from lunarlab.descent import vehicle as v

    assert row["mass_kg"] == pytest.approx(start.state[v.MASS] - calm.state[v.MASS], abs=1e-12)
    for name, field in (("along_m", "along"), ("height_m", "height"), ("forward_mps", "forward"), ("vertical_mps", "vertical")):
        assert row[name] == pytest.approx(packed[field] - quiet[field], rel=1e-12)
    assert row["map_m"] == pytest.approx(packed["map_error"] - quiet["map_error"], rel=1e-12)
    assert row["deorbit_dv_mps"] == pytest.approx(calm.state[v.V_FWD] - start.state[v.V_FWD], rel=1e-9)
    assert row["thrust_fraction"] == pytest.approx(packed["vehicle"]["thrust_scale"] - 1.0, rel=1e-9)
    # a plane does not feel what goes to the left; a lander without a map has no map error
    assert not {"cross_m", "left_mps", "accel_bias_mps2_y", "camera_x"} & set(row)
    assert "map_m" not in draw_sigmas(MARE)
    space = replace(scene, site=replace(scene.site, dimensions=3.0))
    assert {"cross_m", "left_mps", "accel_bias_mps2_y"} <= set(draw_sigmas(space))


def test_columns_are_the_contact_and_the_way_to_it() -> None:
    flown = ll.campaign(M1, n=5, seed=1)
    flight = flown.again(4)
    end = flight.touchdown
    assert flown["speed_mps"][4] == pytest.approx(math.hypot(end.vertical_mps, end.lateral_mps, end.left_mps), rel=1e-12)
    assert flown["slope_deg"][4] == end.slope_deg > 0.0
    assert np.isnan(flown["crush_m"]).all()  # no legs
    assert flown["powered_s"][4] == end.t_s - flight.event("ignition").t_s
    assert flown["dry_altitude_m"][4] == flight.event("propellant_out").altitude_m
    assert flown["lockouts"].tolist() == [1.0] * 5 and flown["readmissions"].tolist() == [0.0] * 5
    assert flown.rows.chain == ["first_reject lockout estimate_zero propellant_out"] * 5
    assert flown.rows.reasons[4] == "; ".join(flight.reasons)
    assert flown["mass_kg"].std() > 0.0
    with pytest.raises(LunarlabError, match="no column is called 'speed'; there are vertical_mps"):
        flown["speed"]


def test_laws_in_python_or_compiled_and_their_params_reach_every_flight() -> None:
    def hover(t, est, params):
        return params[0], 0.0, est[11]

    def in_python(t, est, params):
        assert {type(t)}
        return params[0], 0.0, est[11]

    short = replace(MARE, clock=replace(MARE.clock, powered_max_s=20.0))
    results = [ll.campaign(short, n=3, guidance=law, params=[-1.0]) for law in (hover, in_python)]
    assert results[0].verdicts == results[1].verdicts == {"TIMEOUT": 3}
    assert results[0].again(2).provenance["guidance"]["ran"] == "compiled"
    assert np.isnan(results[0]["speed_mps"]).all()
    assert results[0].ellipse() is None


def test_zero_dispersion_is_refused_only_if_nothing_else_varies() -> None:
    still = replace(
        MARE, dispersions=Dispersions(), altimeter=replace(MARE.altimeter, noise_m=0.0, noise_fraction=0.0, dropout_probability=0.0),
        velocimeter=replace(MARE.velocimeter, noise_mps=0.0), imu=replace(MARE.imu, velocity_noise_mps_sqrts=0.0),
    )  # fmt: skip
    with pytest.raises(LunarlabError, match="zero dispersion: two flights with different seeds are the same"):
        ll.campaign(still, n=5)
    assert ll.campaign(still, n=1).verdicts == {"LANDED": 1}
    noisy = ll.campaign(still, Dispersions(range_bias_m=2.0), n=3)
    assert len(set(noisy["speed_mps"])) == 3
    assert len(set(ll.campaign(MARE, Dispersions(), n=3)["speed_mps"])) == 3  # sensor noise is enough


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 0}, "n is 0; it must be a whole number of at least 1"), ({"n": -3}, "n is -3"), ({"n": 2.5}, "n is 2.5"),
        ({"n": True}, "n is True"), ({"seed": -1}, "seed is -1"), ({"workers": 0}, "workers is 0"),
        ({"dispersions": 40}, r"dispersions is 40; .*for 40 flights write n=40"), ({"dispersions": "wide"}, "must be a Dispersions"),
        ({"resume": True}, "resume is True, but out is None"), ({"guidance": 3}, "guidance is 3; it must be a function"),
        ({"cluster": 5}, "cluster is 5; it must be an address"),
    ],
)  # fmt: skip
def test_bad_input_names_the_argument(options: dict, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        ll.campaign(MARE, **options)


def test_what_is_no_descent_is_named() -> None:
    for scene, words in ((ll.case("luna-25"), "luna-25, a burn case; a campaign takes descents"), (3, "scenario is 3; it must be")):
        with pytest.raises(LunarlabError, match=words):
            ll.campaign(scene, n=2)
    flown = ll.campaign(MARE, n=2)
    for k in (-1, 2, 0.5, True):
        with pytest.raises(LunarlabError, match=f"k is {k}; it must be a whole number from 0 to 1"):
            flown.again(k)


def test_batches_hold_every_flight_once_and_about_as_much_work_as_asked() -> None:
    for count, each, workers in ((1, 0.004, 2), (1000, 0.004, 2), (50, 3.0, 4), (17, 0.0, 1)):
        cut = running.batches(range(count), each, 0.25, workers)
        assert [k for batch in cut for k in batch] == list(range(count))
        assert max(len(batch) for batch in cut) <= max(1, 0.25 / max(each, 1e-9) + 1)
        assert len(cut) >= min(count, 8 * workers) // 2
    assert running.batches([], 0.004, 0.25, 2) == []


def test_a_digest_sees_every_bit_and_one_nan() -> None:
    rows = fly_rows(Job(M1, 1), range(3))
    other_nan = np.frombuffer(np.uint64(0xFFF8000000000123).tobytes(), dtype=float)[0]
    table = rows.table.copy()
    table[0, 3] = np.nan
    nan = replace(rows, table=table)
    odd = replace(rows, table=table.copy())
    odd.table[0, 3] = other_nan
    assert digest(nan) == digest(odd) != digest(rows)
    nudged = replace(rows, draws=rows.draws.copy())
    nudged.draws[2, 1] = np.nextafter(nudged.draws[2, 1], 9.0)
    renamed = replace(rows, verdict=["LANDED", *rows.verdict[1:]])
    assert len({digest(r) for r in (rows, nan, nudged, renamed)}) == 4
    turned = join([fly_rows(Job(M1, 1), [2]), fly_rows(Job(M1, 1), [1, 0])])
    assert turned.k.tolist() == [0, 1, 2] and digest(turned) == digest(rows)
    assert isinstance(turned.first(2), Rows) and turned.first(2).verdict == rows.verdict[:2]


def test_what_makes_a_campaign_the_same() -> None:
    here = identity(Job(M1, 3))
    assert scenario_from(here["scenario"]) == M1
    cliff = replace(M1, faults=(ll.Fault("altimeter", "spurious", 18e3, 0.3, "time", 560.0),))
    assert scenario_from(identity(Job(cliff))["scenario"]) == cliff
    gate = identity(Job(replace(M1, navigation=replace(M1.navigation, gate_m=3000.0)), 4))
    assert differences(here, gate) == ["seed 3 there, 4 here", f"navigation.gate_m {M1.navigation.gate_m:g} there, 3000 here"]
    assert differences(here, here) == []
    assert code_version().startswith(ll.__version__ + "+")


def test_a_law_is_known_by_what_it_does() -> None:
    gain = 2.0

    def helper(x):
        return gain * x

    def law(t, est, params):
        return helper(t), 0.0, [v * 2 for v in (1.0, est[2])][1]

    class Object:
        def __init__(self, gain):
            self.gain = gain

        def __call__(self, t, est, params):
            return 0.0, 0.0, self.gain

    first = law_digest(law)
    assert first == law_digest(law) != law_digest(lambda t, est, params: (t, 0.0, 0.0))
    gain = 3.0
    assert law_digest(law) != first
    assert law_digest(Object(1.0)) == law_digest(Object(1.0)) != law_digest(Object(2.0))
    assert law_digest(None) == "built in"


def test_columns_keep_their_order() -> None:
    """Files and notebooks know them by name and place: new ones go to the end."""
    assert COLUMNS[:10] == (
        "vertical_mps", "lateral_mps", "speed_mps", "tilt_deg", "miss_m", "propellant_left_kg", "duration_s",
        "lockout_distance_m", "true_altitude_at_est_zero_m", "hold_s",
    )  # fmt: skip


INTERRUPTED = """
import random, signal, time
from contextlib import closing, suppress
from lunarlab.descent import running

running.fly_rows = lambda job, ks: time.sleep(0.0005)
signal.signal(signal.SIGALRM, signal.default_int_handler)
random.seed(7)
for _ in range(300):
    with suppress(KeyboardInterrupt):
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.003, 0.02))
        with closing(running.in_threads(None, [[i] for i in range(400)], 2)) as flown:
            for _ in flown:
                pass
        raise SystemExit("an interrupt was lost")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_at_any_moment_ends_a_campaign():
    """None is lost, and none leaves a lock behind for which everybody waits."""
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], timeout=60, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
