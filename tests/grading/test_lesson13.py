"""Lesson 13: different right answers pass, plausible wrong ones fail with the hint that fits."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta

import lunarlab as ll
from lunarlab.grading import lesson13_mission as mission
from lunarlab.grading import lesson13_relay as orbit
from lunarlab.surface.contact import Relay
from lunarlab.surface.design import Design
from lunarlab.surface.stay import many

S, C = 5.670374419e-8, 299792458.0


def points(exercise, *answers):
    result = ll.check(exercise, *answers)
    return result.points, result.out_of, result.message


# --- power ------------------------------------------------------------------------------------------------------------


def panel(f, a, n, h, s, t, z):
    c = math.sin(h) * math.cos(t) + math.cos(h) * math.sin(t) * math.cos(s - z)
    return f * a * n * max(c, 0.0) if h > 0 else 0.0


def by_vectors(f, a, n, h, s, t, z):
    sun = np.array([np.cos(h) * np.sin(s), np.cos(h) * np.cos(s), np.sin(h)])
    normal = np.array([np.sin(t) * np.sin(z), np.sin(t) * np.cos(z), np.cos(t)])
    return np.where(h > 0, np.clip(f * a * n * (sun @ normal), 0.0, None), 0.0)


def by_rotation(f, a, n, h, s, t, z):
    if h <= 0:
        return 0
    turned = np.array([np.cos(h) * np.cos(s - z), np.cos(h) * np.sin(s - z), np.sin(h)])
    return np.float64(max(0, turned[0] * np.sin(t) + turned[2] * np.cos(t)) * f * a * n)


def battery(p, t, n, k):
    return p * t / (n * (1 - k))


def stepped(p, t, n, k):
    return np.array([p * t / n]) * (1 + k / (1 - k))


def by_seconds(p, t, n, k):
    joules = p * 3600 * t / n
    return joules / 3600 / (1 - k)


def radiator(q, t, e, b, f, h):
    return q / (e * S * t**4 - b * f * math.sin(h))


def bisected(q, t, e, b, f, h):
    low, high = 0.0, 1e4
    for _ in range(200):
        area = (low + high) / 2
        low, high = (area, high) if q + b * f * math.sin(h) * area > e * S * area * t**4 else (low, area)
    return high


def rounded_sigma(q, t, e, b, f, h):
    return [q / (e * 5.67e-8 * t**2 * t**2 - b * f * np.cos(np.pi / 2 - h))]


def cooling(c, s, e, w, k):
    return c / (3 * e * S * s) * (1 / k**3 - 1 / w**3)


def integrated(c, s, e, w, k):
    return quad(lambda x: c / (e * S * s * x**4), k, w)[0]


def summed(c, s, e, w, k):
    x = np.linspace(k, w, 20001)
    return np.trapezoid(c / (e * S * s * x**4), x)


def link(p, g, d, f, gt, r, n):
    return 10 * math.log10(p / r) + g + gt - n - 20 * math.log10(4 * math.pi * d * f / C) - 10 * math.log10(1.380649e-23)


def by_ratio(p, g, d, f, gt, r, n):
    wave = C / f
    received = p * 10 ** (g / 10) * (wave / (4 * np.pi * d)) ** 2 * 10 ** (gt / 10) / 1.380649e-23
    return 10 * np.log10(received / r) - n


def handbook(p, g, d, f, gt, r, n):
    return np.float64(10 * np.log10(p) + g - (32.4478 + 20 * np.log10(d / 1e3) + 20 * np.log10(f / 1e6)) + gt + 228.5992 - 10 * np.log10(r) - n)


@pytest.mark.parametrize(("one", "two"), [(panel, battery), (by_vectors, stepped), (by_rotation, by_seconds)])
def test_right_power(one, two):
    got, full, message = points("13.power", one, two)
    assert got == full == 4, message


@pytest.mark.parametrize(("one", "two"), [(radiator, cooling), (bisected, integrated), (rounded_sigma, summed)])
def test_right_warmth(one, two):
    got, full, message = points("13.warmth", one, two)
    assert got == full == 3, message


@pytest.mark.parametrize("answer", [link, by_ratio, handbook])
def test_right_link(answer):
    got, full, message = points("13.link", answer)
    assert got == full == 3, message


def cosine(h, s, t, z):
    return math.sin(h) * math.cos(t) + math.cos(h) * math.sin(t) * math.cos(s - z)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda f, a, n, h, s, t, z: f * a * n * cosine(h, s, t, z), "lit from behind"), (lambda f, a, n, h, s, t, z: f * a * n * max(0, cosine(h, s, t, z)), "below the horizon"),
        (lambda f, a, n, h, s, t, z: f * a * n * abs(cosine(h, s, t, z)) * (h > 0), "not its amount"), (lambda f, a, n, h, s, t, z: f * a * n * max(0, math.sin(h)), "flat panel"),
        (lambda f, a, n, h, s, t, z: f * a * n * max(0, math.sin(h + t)) * (h > 0), "difference of the two azimuths"), (lambda f, a, n, h, s, t, z: panel(f, a, 1, h, s, t, z), "only a part"),
        (lambda f, a, n, h, s, t, z: panel(f, a, n, h, s, math.pi / 2 - t, z), "counts from flat"), (lambda f, a, n, h, s, t, z: panel(f, 1, n, h, s, t, z), "area"),
        (lambda f, a, n, h, s, t, z: f * a * n * (h > 0), "faces the Sun"), (lambda f, a, n, h, s, t, z: panel(f, a, n, *map(math.radians, (h, s, t, z))), "radians"),
        (lambda f, a, n, h, s, t, z: panel(f, a, n, h, s, t, -z), "difference"), (lambda f, a, n, h, s, t, z: 7.0, "never below zero"),
    ],
)  # fmt: skip
def test_wrong_panels(wrong, words):
    got, _, message = points("13.power", wrong, battery)
    assert got == 2 and words in message, message


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda p, t, n, k: p * t * n / (1 - k), "divide by the efficiency"), (lambda p, t, n, k: p * t / n, "must stay"), (lambda p, t, n, k: p * t / (1 - k), "efficiency, too"),
        (lambda p, t, n, k: p * t, "losses"), (lambda p, t, n, k: p * t / n * (1 - k), "larger, not smaller"), (lambda p, t, n, k: p * t / n * (1 + k), "share of the capacity"),
        (lambda p, t, n, k: 3600 * battery(p, t, n, k), "joules"), (lambda p, t, n, k: battery(p, t, n, k) / 3600, "watt-hours already"), (lambda p, t, n, k: p, "over the efficiency"),
    ],
)  # fmt: skip
def test_wrong_batteries(wrong, words):
    got, _, message = points("13.power", panel, wrong)
    assert got == 2 and words in message, message


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda q, t, e, b, f, h: q / (e * S * t**4), "in the shade"), (lambda q, t, e, b, f, h: q / (e * S * t**4 + b * f * math.sin(h)), "sign is wrong"),
        (lambda q, t, e, b, f, h: q / (e * S * t**4 - b * f * math.cos(h)), "sine"), (lambda q, t, e, b, f, h: q / (e * S * t**4 - b * f), "zenith"),
        (lambda q, t, e, b, f, h: q / (S * t**4 - b * f * math.sin(h)), "black body"), (lambda q, t, e, b, f, h: q / (e * S * t**4 - f * math.sin(h)), "only the share"),
        (lambda q, t, e, b, f, h: q / (b * S * t**4 - e * f * math.sin(h)), "swapped"), (lambda q, t, e, b, f, h: (q + b * f * math.sin(h)) / (e * S * t**4), "other side"),
        (lambda q, t, e, b, f, h: q / (e * S * (t - 273.15) ** 4 - b * f * math.sin(h)), "kelvin"),
    ],
)  # fmt: skip
def test_wrong_radiators(wrong, words):
    got, _, message = points("13.warmth", wrong, cooling)
    assert got == 1 and words in message, message


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda c, s, e, w, k: c * (w - k) / (e * S * s * w**4), "at the beginning"), (lambda c, s, e, w, k: c * (w - k) / (e * S * s * k**4), "at the end"),
        (lambda c, s, e, w, k: c * (w - k) / (e * S * s * ((w + k) / 2) ** 4), "mean temperature"), (lambda c, s, e, w, k: 3 * cooling(c, s, e, w, k), "third"),
        (lambda c, s, e, w, k: 0.75 * cooling(c, s, e, w, k), "not / 4"), (lambda c, s, e, w, k: -cooling(c, s, e, w, k), "sign"),
        (lambda c, s, e, w, k: cooling(c, s, 1, w, k), "emittance"), (lambda c, s, e, w, k: cooling(c, s, e, w, k) / 3600, "hours"),
    ],
)  # fmt: skip
def test_wrong_cooling(wrong, words):
    got, _, message = points("13.warmth", radiator, wrong)
    assert got == 2 and words in message, message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, g, d, f, gt, r, n: p - 10 * math.log10(p), "Watts are no decibels"), (lambda p, g, d, f, gt, r, n: 10 * math.log10(4 * math.pi * d * f / C), "20 log10, not 10"),
        (lambda p, g, d, f, gt, r, n: 10 * math.log10(1.380649e-23), "missing"), (lambda p, g, d, f, gt, r, n: 10 * math.log10(r), "data rate is missing"),
        (lambda p, g, d, f, gt, r, n: 20 * math.log10(r), "sign of the data rate"), (lambda p, g, d, f, gt, r, n: n, "left over"), (lambda p, g, d, f, gt, r, n: 60.0, "kilometres"),
        (lambda p, g, d, f, gt, r, n: 20 * math.log10(4 * math.pi), "4 pi is missing"), (lambda p, g, d, f, gt, r, n: 20 * math.log10(f / C), "wavelength"),
        (lambda p, g, d, f, gt, r, n: -2 * gt, "it adds"), (lambda p, g, d, f, gt, r, n: 2 * n, "taken off"),
    ],
)  # fmt: skip
def test_wrong_links(change, words):
    got, _, message = points("13.link", lambda *x: link(*x) + change(*x))
    assert got == 0 and words in message, message


# --- the relay --------------------------------------------------------------------------------------------------------


def elements(low, high, tilt, node, argp):
    return dict(zip(orbit.ELEMENTS, (low, high, tilt, node, argp), strict=True))


@pytest.mark.parametrize(
    "answer",
    [
        elements(300, 8600, 90, 0, 90), elements(np.float64(500), 9000.0, 95, -120, 80), elements(400, 9500, 88, 200, 95),
        Relay(2, 200e3, 9_000e3, 90.0, 45.0, 90.0),
    ],
)  # fmt: skip
def test_right_relays(answer):
    got, full, message = points("13.relay", answer)
    assert got == full == 3, message


@pytest.mark.parametrize(
    ("answer", "most", "words"),
    [
        (elements(300, 8600, 90, 0, 270), 1, "over the north"), (elements(100, 100, 90, 0, 0), 1, "So low"), (elements(8000, 8000, 90, 0, 90), 1, "circle"),
        (elements(200, 16000, 62.4, 20, 90), 2, "6 dB"), (elements(200, 8600, 62.4, 140, 90), 1, "Over a pole"), (elements(200, 8600, 10, 0, 90), 1, "Over a pole"),
        (elements(1000, 9500, 85, 200, 100), 2, "low half of a revolution"), (elements(20, 8600, 90, 0, 90), 0, "perilune of 20 km"), (elements(200, 30000, 90, 0, 90), 2, "Lower the apolune"),
    ],
)  # fmt: skip
def test_wrong_relays(answer, most, words):
    got, _, message = points("13.relay", answer)
    assert got <= most and words in message, message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"perilune_km": 3.0}, "lacks"), (elements(200e3, 8600e3, 90, 0, 90), "look like metres"), (elements(9000, 200, 90, 0, 90), "must not be below"), (elements("low", 1, 1, 1, 1), "must be a number"),
        (elements(..., 8600, 90, 0, 90), "Not answered"), (dict.fromkeys(orbit.ELEMENTS, ...), "Not answered"), (7, "must be a dict"), (elements(200, 8600, 200, 0, 90), "inclination"),
    ],
)  # fmt: skip
def test_no_relays(answer, words):
    got, _, message = points("13.relay", answer)
    assert got == 0 and words in message, message


# --- the design -------------------------------------------------------------------------------------------------------

GOOD = Design(6.0, 3300.0, 1.6, 20.0, 2, 13.0, 128.0)
RIGHT = [
    GOOD, Design(5.5, 3400.0, 1.5, 0.0, 2, 12.0, 110.0),
    {"panel_m2": 5.8, "battery_Wh": np.float64(3200), "radiator_m2": 1.7, "heater_W": 0, "relays": 2, "antenna_dBi": 13, "rate_kbps": 150},
]  # fmt: skip


@pytest.mark.parametrize("answer", RIGHT)
def test_right_designs(answer):
    got, full, message = points("13.design", answer)
    assert got == full == 4, message


@pytest.mark.parametrize(
    ("change", "lost", "words"),
    [
        ({"panel_m2": 9.0}, 1, "more margin than any"), ({"battery_Wh": 1500.0}, 1, "more battery for the shadow"), ({"radiator_m2": 1.0}, 3, "more radiator"),
        ({"radiator_m2": 1.3}, 1, "too warm"), ({"relays": 1}, 1, "With one relay"), ({"relays": 0}, 3, "Too little was heard"), ({"antenna_dBi": 6.0}, 2, "fast bits"),
        ({"rate_kbps": 40.0}, 3, "Too little was heard"), ({"panel_m2": 2.0}, 3, "more panel"), ({"radiator_m2": 5.0}, 3, "less radiator"), ({"rate_kbps": 2000.0}, 2, "fast bits"),
    ],
)  # fmt: skip
def test_wrong_designs(change, lost, words):
    got, _, message = points("13.design", dataclasses.replace(GOOD, **change))
    assert got <= 4 - lost and words in message, message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (..., "Not answered"), (None, "Not answered"), ({}, "Not answered"), ({"panels": 3}, "its keys are panel_m2"), ({"panel_m2": "big"}, "must be a number"), ({"panel_m2": -1}, "between 0 and 100"),
        ({"relays": 1.5}, "come whole"), (6, "must be a Design"), (Design, "must be a Design"),
    ],
)  # fmt: skip
def test_no_designs(answer, words):
    got, _, message = points("13.design", answer)
    assert got == 0 and words in message, message


# --- the dossier ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def honest():
    k = sum(one.verdict == "SURVIVES" for one in many(GOOD.put_into(ll.case("apex-1.0").scenario), 60))
    land, live = mission.clopper_pearson(186, 200), mission.clopper_pearson(k, 60)
    both = land[0] * live[0], land[1] * live[1]
    numbers = {key: value for key, value in mission.design_numbers(GOOD).items() if key != "coldest_K"}
    return numbers | {"p_land": land, "lived": (k, 60), "p_live": live, "p_mission": both, "decision": "go" if both[0] >= 0.75 else "no-go"}


def jeffreys(k, n):
    return beta.ppf([0.025, 0.975], k + 0.5, n - k + 0.5)


def test_right_dossiers(honest):
    k, n = honest["lived"]
    rng = np.random.default_rng(1)
    draws = rng.beta(186.5, 14.5, 100_000) * rng.beta(k + 0.5, n - k + 0.5, 100_000)
    sampled = list(np.quantile(draws, [0.025, 0.975]))
    wilson = [mission.wilson(186, 200), mission.wilson(k, n)]
    others = [
        honest, {**honest, "p_land": jeffreys(186, 200), "p_live": jeffreys(k, n), "p_mission": sampled, "decision": "GO" if sampled[0] >= 0.75 else "No go"},
        {**honest, "p_land": wilson[0], "p_live": wilson[1], "p_mission": np.multiply(*wilson)},
    ]  # fmt: skip
    for answer in others:
        got, full, message = points("13.dossier", answer, GOOD)
        assert got == full == 4, message


def test_too_few_stays_are_a_no_go(honest):
    few = mission.clopper_pearson(20, 20)
    both = honest["p_land"][0] * few[0], honest["p_land"][1] * few[1]
    assert both[0] < 0.75
    answer = {**honest, "lived": (20, 20), "p_live": few, "p_mission": both}
    assert points("13.dossier", {**answer, "decision": "no-go"}, GOOD)[0] == 4
    got, _, message = points("13.dossier", {**answer, "decision": "go"}, GOOD)
    assert got == 3 and "By your own numbers that is no-go" in message


def test_a_design_that_is_too_heavy_is_a_no_go(honest):
    heavy = Design()
    numbers = {key: value for key, value in mission.design_numbers(heavy).items() if key != "coldest_K"}
    assert points("13.dossier", {**honest, **numbers, "decision": "no-go"}, heavy)[0] == 4
    assert points("13.dossier", {**honest, **numbers, "decision": "go"}, heavy)[0] == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mass_kg": 150.0}, "another design"), ({"lowest_charge": 80.0}, "another design"), ({"data_Gbit": 1.0}, "another design"), ({"p_land": (0.93, 0.93)}, "That is a point"),
        ({"p_land": (0.8946, 0.9654)}, "lopsided"), ({"p_land": (88.5, 96.1)}, "per cent"), ({"p_land": (0.96, 0.885)}, "Low first"), ({"p_live": (1.0, 1.0)}, "That is a point"),
        ({"p_land": (0.5, 0.99)}, "Two-sided"), ({"p_mission": (0.94, 1.0)}, "multiply low by low"), ({"decision": "no-go"}, "By your own numbers"),
        ({"lived": (30, 60), "p_live": (0.368, 0.632)}, "does not fit your design"),
    ],
)  # fmt: skip
def test_wrong_dossiers(honest, change, words):
    got, _, message = points("13.dossier", {**honest, **change}, GOOD)
    assert got < 4 and words in message, message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lived": (5, 5)}, "at least 20"), ({"lived": 60}, "2 numbers"), ({"lived": (61, 60)}, "two counts"), ({"decision": "perhaps"}, "'go' or 'no-go'"), ({"decision": ...}, "Not answered"),
        ({"p_land": 0.93}, "2 numbers"), ({"mass_kg": "light"}, "must be a number"),
    ],
)  # fmt: skip
def test_no_dossiers(honest, change, words):
    got, _, message = points("13.dossier", {**honest, **change}, GOOD)
    assert got == 0 and words in message, message
    assert "Not answered" in points("13.dossier", dict.fromkeys(mission.KEYS, ...), ...)[2]
    assert "lacks" in points("13.dossier", {"mass_kg": 1.0}, GOOD)[2]
