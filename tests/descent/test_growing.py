"""A campaign that is watched while it grows is the campaign, and stops when nobody asks for more."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any

import numpy as np
import pytest

from lunarlab.cases import loader
from lunarlab.descent.campaign import campaign
from lunarlab.descent.growing import growing, scaled
from lunarlab.descent.scenario import Dispersions, Scenario
from lunarlab.errors import LunarlabError

BASE: Scenario = loader.case("nominal-mare").scenario


def test_at_its_end_it_is_the_campaign() -> None:
    looks = list(growing(BASE, 40, 7, workers=2, every_s=0.02))
    whole = campaign(BASE, n=40, seed=7, workers=1)
    assert looks[-1].digest == whole.digest
    assert [look.n for look in looks] == sorted(look.n for look in looks)
    assert len(looks) >= 3
    for look in looks:  # each is whole flights in order
        assert (np.diff(look.rows.k) > 0).all()
        here = {int(k): verdict for k, verdict in zip(look.rows.k, look.verdict, strict=True)}
        assert all(whole.verdict[k] == verdict for k, verdict in here.items())
    assert looks[-1].wall_s > 0.0


def test_one_flight_is_a_campaign_too() -> None:
    (only,) = growing(BASE, 1)
    assert only.n == 1


def test_who_stops_asking_stops_it() -> None:
    watched = growing(BASE, 100_000, workers=2, every_s=0.01)
    flown = [next(watched).n for _ in range(3)][-1]
    before = time.perf_counter()
    watched.close()
    assert time.perf_counter() - before < 5.0
    assert flown < 2000
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor") and thread.is_alive()]


def test_every_spread_is_scaled_but_not_beyond_what_is_allowed() -> None:
    d = Dispersions(height_m=200.0, isp_fraction=0.2, thrust_fraction=0.01)
    twice = scaled(d, 2.0)
    assert (twice.height_m, twice.isp_fraction, twice.thrust_fraction, twice.mass_kg) == (400.0, 0.3, 0.02, 0.0)
    assert scaled(d, 0.0) == Dispersions()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"n": 0}, "n is 0"), ({"workers": -1}, "workers is -1"), ({"seed": -2}, "seed is -2"), ({"scenario": "nominal-mare"}, "must be a Scenario"),
    ],
)  # fmt: skip
def test_bad_input_is_named(change: dict[str, Any], match: str) -> None:
    options = {"scenario": BASE, "n": 3, **change}
    with pytest.raises(LunarlabError, match=match):
        list(growing(**options))
    with pytest.raises(LunarlabError, match="scale is -1"):
        scaled(BASE.dispersions, -1)


def test_without_scatter_there_is_no_campaign() -> None:
    still = dataclasses.replace(
        BASE, dispersions=Dispersions(), imu=dataclasses.replace(BASE.imu, velocity_noise_mps_sqrts=0.0),
        altimeter=dataclasses.replace(BASE.altimeter, noise_m=0.0, noise_fraction=0.0, dropout_probability=0.0),
        velocimeter=dataclasses.replace(BASE.velocimeter, noise_mps=0.0),
    )  # fmt: skip
    with pytest.raises(LunarlabError, match="zero dispersion"):
        list(growing(still, 10))
