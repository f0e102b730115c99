"""A stay: the books of energy close, panels obey the cosine law, batteries empty on time, each fault does what it says."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from lunarlab.errors import LunarlabError
from lunarlab.surface import light as li
from lunarlab.surface import panels as pa
from lunarlab.surface.faults import KINDS, SurfaceFault
from lunarlab.surface.scenario import SurfaceScenario, draw, with_changes
from lunarlab.surface.stay import AWAKE, DARK, WORKING, many, stay

SUN = li.Light(np.zeros(3), np.radians([30.0, 90.0, -10.0]), np.radians([90.0, 90.0, 90.0]), np.array([1361.0, 1361.0, 0.0]))


@pytest.mark.parametrize(
    ("panel", "wanted"),
    [
        ({"mount": "fixed", "tilt_deg": 0.0}, [0.5, 1.0]), ({"mount": "fixed", "tilt_deg": 60.0, "azimuth_deg": 90.0}, [1.0, 0.5]),
        ({"mount": "fixed", "tilt_deg": 90.0, "azimuth_deg": 270.0}, [0.0, 0.0]),
        ({"mount": "turning", "tilt_deg": 90.0}, [math.cos(math.pi / 6), 0.0]), ({"mount": "turning", "tilt_deg": 60.0}, [1.0, 0.5]),
        ({"mount": "ring"}, [math.cos(math.pi / 6) / math.pi, 0.0]),
    ],
)  # fmt: skip
def test_cosine_law(panel, wanted):
    assert pa.facing(pa.Panels(**panel), SUN)[:2] == pytest.approx(wanted, abs=1e-12)
    assert pa.power_W(pa.Panels(**panel, area_m2=2.0, efficiency=0.25, dust=0.2), SUN) == pytest.approx(
        [0.4 * 1361.0 * wanted[0], 0.4 * 1361.0 * wanted[1], 0.0], abs=1e-9
    )


def test_a_craft_that_leans_takes_its_panels_along():
    top = pa.upright(math.radians(60.0), math.radians(90.0))  # towards the east, where the Sun is 30 degrees high
    assert pa.facing(pa.Panels(tilt_deg=0.0), SUN, top)[0] == pytest.approx(1.0)
    away = pa.upright(math.radians(90.0), math.radians(270.0))
    assert pa.facing(pa.Panels(tilt_deg=0.0), SUN, away)[0] == 0.0
    # A turn keeps lengths and angles, also upside down.
    for lean in (0.3, 1.7, math.pi):
        top = pa.upright(lean, 2.0)
        made = [pa.leaned(v, top) for v in np.eye(3)]
        assert np.array(made) @ np.array(made).T == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(made) == pytest.approx(1.0)
        assert made[2] == pytest.approx(top, abs=1e-9)


def test_a_flat_panel_over_a_lunar_day_at_the_equator():
    """Its energy is S A eta T / pi: the mean of the sine over a day, half of which is night."""
    scene = with_changes(SurfaceScenario(), site__latitude_deg=0.0, site__days=29.5, goal__days=29.0, panels__area_m2=1.0, panels__efficiency=0.3)
    flight = stay(scene, seed=None)
    wanted = 0.3 * 1361.0 * 29.5 * 86400.0 / math.pi
    assert flight.energy_J["sun"] == pytest.approx(wanted * (1.0 / 1.0148) ** 2, rel=0.01)


@pytest.mark.parametrize("seed", [None, 0, 7])
def test_books_close(seed):
    scene = with_changes(SurfaceScenario(), panels__area_m2=0.03, battery__capacity_Wh=40.0, dispersions__loads=0.2)
    for faults in ((), (SurfaceFault("battery", "lost", 0.5, 5e5),), (SurfaceFault("panel", "shade", 1.0, 2e5, 4e5),)):
        flight = stay(dataclasses.replace(scene, faults=faults), seed=seed)
        b = flight.energy_J
        assert b["sun"] == pytest.approx(b["spilled"] + b["loads"] + b["lost"] + b["gained"], rel=1e-9)
        assert b["lost"] > 0.0 and b["loads"] > 0.0
        charge = flight.si["charge_Wh"]
        assert charge.min() >= 0.0 and charge.max() <= flight.drawn.battery.capacity_Wh + 1e-9


def night(**changes) -> SurfaceScenario:
    """A craft that comes down in the dark, and is not cold."""
    base = {"site__touchdown": "2025-06-20", "site__days": 5.0, "goal__days": 4.0, "battery__start": 1.0, "battery__capacity_Wh": 100.0,
            "loads__sleep_W": 5.0, "battery__discharge_efficiency": 0.9, "battery__reserve": 0.0, "thermal__low_K": 60.0, "thermal__hold_K": 61.0}  # fmt: skip
    return with_changes(SurfaceScenario(), **(base | changes))


def test_a_battery_is_empty_when_it_must_be():
    flight = stay(night(), seed=None)
    assert flight.verdict == "OUT_OF_POWER"
    assert flight.until("dark") / 3600.0 == pytest.approx(100.0 * 0.9 / 5.0, abs=1.0 / 6.0)
    early = stay(night(battery__cutoff=0.5, battery__reserve=0.5), seed=None)
    assert early.until("dark") / 3600.0 == pytest.approx(9.0, abs=1.0 / 6.0)
    assert np.all(flight.si["mode"][flight.t_s > 20 * 3600.0] == DARK)


def test_it_freezes_when_it_must():
    """Radiation and nothing else, in the dark: the closed form of T(t)."""
    cold = {"thermal__low_K": 250.0, "thermal__hold_K": 251.0, "thermal__wall_m2": 0.0, "thermal__conductance_WpK": 0.0, "loads__sleep_W": 0.0,
            "loads__heater_W": 0.0, "thermal__capacity_JpK": 5e4, "thermal__radiator_m2": 0.2}  # fmt: skip
    flight = stay(night(**cold), seed=None)
    k = 5.670374419e-8 * 0.85 * 0.2
    assert flight.verdict == "FROZE"
    assert flight.until("froze") == pytest.approx((250.0**-3 - 293.0**-3) * 5e4 / (3.0 * k), abs=700.0)
    assert "it froze" in flight.reasons[0]
    held = stay(night(**(cold | {"loads__heater_W": 60.0, "battery__capacity_Wh": 1e4})), seed=None)
    assert held.verdict == "SURVIVES" and held.si["temperature_K"].min() > 250.0
    need = k * held.si["temperature_K"][-1] ** 4  # nine tenths of it from the heater, the rest is the battery's own loss
    assert held.si["heater_W"][-1] / 0.9 == pytest.approx(need, rel=0.01)


def test_a_dark_craft_comes_back_with_the_sun():
    scene = with_changes(
        SurfaceScenario(), panels__mount="fixed", panels__tilt_deg=90.0, panels__azimuth_deg=270.0, battery__capacity_Wh=50.0,
        site__days=12.0, goal__days=11.0, thermal__low_K=60.0, thermal__hold_K=61.0,
    )  # fmt: skip
    flight = stay(scene, seed=None)  # in the morning, looking west
    assert flight.verdict == "OUT_OF_POWER" and flight.until("dark") < 86400.0
    back = flight.until("awake")
    noon = li.lunar_day("mare-frigoris", "2025-06-08").noon_s - scene.site.start_s
    assert 0.0 < back - noon < 2.0 * 86400.0
    assert flight.si["mode"][np.searchsorted(flight.t_s, back) + 6] >= AWAKE


TALKS = {"link__gt_dBpK": 40.0, "link__rate_bps": 1e4, "panels__area_m2": 0.4, "thermal__radiator_m2": 0.02, "goal__data_Gbit": 1.0,
         "goal__silence_h": 30.0, "battery__capacity_Wh": 100.0, "thermal__high_K": 400.0, "thermal__wall_absorptance": 0.02}  # fmt: skip


def test_data_is_rate_times_time():
    scene = with_changes(SurfaceScenario(), **TALKS)
    flight = stay(scene, seed=None)
    assert flight.verdict == "SURVIVES", flight
    talking = flight.si["talking"][flight.t_s < flight.scenario.goal_s].sum() * 600.0
    assert flight.data_Gbit == pytest.approx(talking * 1e4 / 1e9, rel=1e-6)
    assert flight.event("first_word") and flight.event("last_word")
    assert stay(with_changes(scene, goal__data_Gbit=1e3), seed=None).verdict == "OUT_OF_TOUCH"
    assert (flight.si["mode"] == WORKING).any() and flight.si["driven_m"].max() == 0.0


FAULTS = {
    ("panel", "shade"): (1.0, "OUT_OF_POWER"), ("battery", "lost"): (1.0, "OUT_OF_TOUCH"), ("heater", "lost"): (0.0, None),
    ("loads", "scale"): (10.0, "OUT_OF_POWER"), ("radiator", "dust"): (0.8, None), ("relay", "lost"): (1.0, None),
    ("stations", "lost"): (0.0, "OUT_OF_TOUCH"), ("link", "loss"): (60.0, "OUT_OF_TOUCH"), ("craft", "tilt"): (180.0, "OUT_OF_POWER"),
}  # fmt: skip


@pytest.mark.parametrize("key", list(KINDS), ids=" ".join)
def test_every_fault_does_something(key):
    value, verdict = FAULTS[key]
    scene = with_changes(SurfaceScenario(), **TALKS)
    if key[0] == "relay":
        scene = with_changes(scene, link__via="relay", relay__count=1, link__gt_dBpK=0.0)
    if key[0] == "heater":
        scene = with_changes(scene, thermal__hold_K=290.0)
    fine = stay(scene, seed=None)
    hurt = stay(dataclasses.replace(scene, faults=SurfaceFault(*key, value)), seed=None)
    assert hurt.si["temperature_K"].tolist() != fine.si["temperature_K"].tolist() or hurt.data_Gbit != fine.data_Gbit
    if verdict:
        assert fine.verdict == "SURVIVES" and hurt.verdict == verdict, hurt
    assert hurt.event("fault") is not None
    if key != ("craft", "tilt"):
        over = dataclasses.replace(scene, faults=SurfaceFault(*key, value, at_s=0.0, duration_s=0.0))
        assert stay(over, seed=None).si["temperature_K"].tolist() == fine.si["temperature_K"].tolist()


def test_seeds():
    scene = with_changes(SurfaceScenario(), dispersions__loads=0.1, dispersions__dust=0.1, dispersions__lean_deg=5.0, dispersions__link_dB=1.0)
    drawn = [draw(scene, seed)[0] for seed in range(200)]
    assert np.std([d.loads.idle_W for d in drawn]) == pytest.approx(0.5, rel=0.2)
    assert min(d.panels.dust for d in drawn) >= 0.0 and min(d.site.lean_deg for d in drawn) >= 0.0
    assert draw(scene, 3) == draw(scene, 3) != draw(scene, 4)
    assert draw(scene, None) == (scene, 0.0)
    assert [len({s.energy_J["loads"] for s in many(scene, 3)})] == [3]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SurfaceFault("panel", "blue"), "allowed are panel shade"), (lambda: SurfaceFault("panel", "shade", 2.0), "between 0 and 1"),
        (lambda: stay(SurfaceScenario(), seed=-1), "seed is -1"), (lambda: with_changes(SurfaceScenario(), link__via="relay"), "Relay.count"),
        (lambda: with_changes(SurfaceScenario(), goal__days=40.0), "must not be above Spot.days"), (lambda: with_changes(SurfaceScenario(), goal__day=4), "part__number"),
        (lambda: with_changes(SurfaceScenario(), site__touchdown="soon"), "Spot.touchdown is 'soon'"), (lambda: with_changes(SurfaceScenario(), hope__x=1), "allowed are site"),
        (lambda: with_changes(SurfaceScenario(), battery__cutoff=0.9), "must not be above Battery.reserve"),
        (lambda: with_changes(SurfaceScenario(), site__touchdown="2099-12-20"), "between 1900 and 2100"), (lambda: many(SurfaceScenario(), 0), "n is 0"),
        (lambda: many(SurfaceScenario(), 2, seed="x"), "seed is 'x'"), (lambda: stay(None), "scene is None; it must be a SurfaceScenario"),
        (lambda: SurfaceFault("craft", "tilt", 90.0, at_s=4e5), "leans from touchdown to the end"),
        (lambda: SurfaceFault("craft", "tilt", 90.0, duration_s=60.0), "leave out at_s and duration_s"),
        (lambda: SurfaceFault("relay", "lost", 0.5), "relay lost.*value is 0.5; it must be a whole number"),
        (lambda: SurfaceScenario(panels=None), "SurfaceScenario.panels is None; it must be a Panels"),
        (lambda: SurfaceScenario(site="mare-frigoris"), "SurfaceScenario.site is 'mare-frigoris'; it must be a Spot"),
        (lambda: SurfaceScenario(faults=["tilt"]), "must be a tuple of SurfaceFault"), (lambda: SurfaceScenario(faults=3), "must be a tuple of SurfaceFault"),
    ],
)  # fmt: skip
def test_bad_input_is_named(make, words):
    with pytest.raises(LunarlabError, match=words):
        make()
