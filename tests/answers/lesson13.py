"""Answers to lesson 13 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import dataclasses
import math
from functools import partial

import numpy as np
from scipy.integrate import quad
from scipy.stats import beta

import lunarlab as ll
from lunarlab.descent.statistics import clopper_pearson
from lunarlab.surface.contact import Relay
from lunarlab.surface.design import Design
from lunarlab.surface.stay import many, stay

S, C = 5.670374419e-8, 299792458.0

# --- power, warmth, link ----------------------------------------------------------------------------------------------



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
    path = 32.4478 + 20 * np.log10(d / 1e3) + 20 * np.log10(f / 1e6)
    return np.float64(10 * np.log10(p) + g - path + gt + 228.5992 - 10 * np.log10(r) - n)



class Mounted:
    """A panel that is an object."""

    def __call__(self, *numbers):
        return [panel(*numbers)]


def cosine(h, s, t, z):
    return math.sin(h) * math.cos(t) + math.cos(h) * math.sin(t) * math.cos(s - z)


def radiate(sigma, q, t, e, b, f, h):
    return q / (e * sigma * t**4 - b * f * math.sin(h))


def off(change):
    """A link budget that is wrong by so many decibels."""
    return lambda *x: link(*x) + change(*x)



# --- a relay, for the site of this student ----------------------------------------------------------------------------

SITE = ll.variant("13.relay")
SOUTH = SITE["latitude_deg"] < 0.0
HERE, THERE = ("south", "north") if SOUTH else ("north", "south")
ELEMENTS = ("perilune_km", "apolune_km", "inclination_deg", "node_deg", "argp_deg")


def elements(low, high, tilt, node, argp):
    """An orbit as if for Chang'e 6, turned to this student's longitude, and mirrored at the equator for one in the north."""
    turned = node + SITE["longitude_deg"] + 154.0 + (0.0 if SOUTH else 180.0)
    return dict(zip(ELEMENTS, (low, high, tilt, turned, argp if SOUTH else argp - 180.0), strict=True))


# --- a design and its dossier -----------------------------------------------------------------------------------------

GOOD = Design(6.0, 3300.0, 1.6, 20.0, 2, 13.0, 128.0)
SCENE = ll.case("apex-1.0").scenario
LANDED, FLOWN = round(ll.variant("13.dossier")["landed"]), 200
STAYS = 24


def numbers(design):
    flight = stay(design.put_into(SCENE), seed=None)
    rows = flight.goal_rows
    return {
        "mass_kg": design.mass_kg, "lowest_charge": flight.si["charge_Wh"][rows].min() / design.battery_Wh,
        "warmest_K": flight.si["temperature_K"][rows].max(), "data_Gbit": flight.data_Gbit,
    }  # fmt: skip


def decided(answer):
    """With what follows from the lower end of P(mission)."""
    return answer | {"decision": "go" if answer["p_mission"][0] >= 0.75 else "no-go"}


def jeffreys(k, n):
    return beta.ppf([0.025, 0.975], k + 0.5, n - k + 0.5)


def wilson(k, n, z=1.959964):
    middle, half = (k + 0.5 * z * z) / (n + z * z), z / (n + z * z) * math.sqrt(k * (n - k) / n + 0.25 * z * z)
    return middle - half, min(middle + half, 1.0)


def wald(k, n):
    half = 1.96 * math.sqrt(k * (n - k) / n) / n
    return k / n - half, k / n + half


def by_samples(k, n):
    rng = np.random.default_rng(1)
    draws = rng.beta(LANDED + 0.5, FLOWN - LANDED + 0.5, 100_000) * rng.beta(k + 0.5, n - k + 0.5, 100_000)
    return list(np.quantile(draws, [0.025, 0.975]))


K = sum(one.verdict == "SURVIVES" for one in many(GOOD.put_into(SCENE), STAYS))
LAND, LIVE = clopper_pearson(LANDED, FLOWN), clopper_pearson(K, STAYS)
HONEST = decided(numbers(GOOD) | {
    "p_land": LAND, "lived": (K, STAYS), "p_live": LIVE, "p_mission": (LAND[0] * LIVE[0], LAND[1] * LIVE[1]),
})  # fmt: skip
FEW = clopper_pearson(20, 20)
TOO_FEW = decided(HONEST | {"lived": (20, 20), "p_live": FEW, "p_mission": (LAND[0] * FEW[0], LAND[1] * FEW[1])})
HEAVY = HONEST | numbers(Design()) | {"decision": "no-go"}


def other(**changes):
    return HONEST | changes, GOOD


def turned_round(answer):
    return "no-go" if answer["decision"] == "go" else "go"


RIGHT = {
    "13.power": [(panel, battery), (by_vectors, stepped), (by_rotation, by_seconds), (Mounted(), lambda *x: np.float64(battery(*x)))],
    "13.warmth": [(radiator, cooling), (bisected, integrated), (rounded_sigma, summed), (partial(radiate, S), cooling)],
    "13.link": [link, by_ratio, handbook, partial(lambda k, *x: by_ratio(*x) + k, 0.0)],
    "13.relay": [
        elements(300, 8600, 90, 0, 90), elements(np.float64(300), 9000.0, 90, -120, 85), elements(250, 9000, 90, 200, 90),
        Relay(2, 200e3, 9_000e3, 90.0, 45.0, 90.0 if SOUTH else -90.0),
    ],
    "13.design": [
        GOOD, Design(5.5, 3400.0, 1.5, 0.0, 2, 12.0, 110.0),
        {"panel_m2": 5.8, "battery_Wh": np.float64(3200), "radiator_m2": 1.7, "heater_W": 0, "relays": 2, "antenna_dBi": 13,
         "rate_kbps": 150},
    ],
    "13.dossier": [
        (HONEST, GOOD),
        (decided({**HONEST, "p_land": jeffreys(LANDED, FLOWN), "p_live": jeffreys(K, STAYS), "p_mission": by_samples(K, STAYS)}), GOOD),
        (decided({**HONEST, "p_land": wilson(LANDED, FLOWN), "p_live": wilson(K, STAYS),
                  "p_mission": np.multiply(wilson(LANDED, FLOWN), wilson(K, STAYS))}), GOOD),
        (TOO_FEW, GOOD),
        (HEAVY, Design()),
        (HONEST | {"decision": HONEST["decision"] == "go", "lived": np.array([K, STAYS])}, dataclasses.asdict(GOOD)),
    ],
}  # fmt: skip

WRONG = {
    "13.power": [
        ((lambda f, a, n, h, s, t, z: f * a * n * cosine(h, s, t, z), battery), "lit from behind"),
        ((lambda f, a, n, h, s, t, z: f * a * n * max(0, cosine(h, s, t, z)), battery), "below the horizon"),
        ((lambda f, a, n, h, s, t, z: f * a * n * abs(cosine(h, s, t, z)) * (h > 0), battery), "not its amount"),
        ((lambda f, a, n, h, s, t, z: f * a * n * max(0, math.sin(h)), battery), "flat panel"),
        ((lambda f, a, n, h, s, t, z: f * a * n * max(0, math.sin(h + t)) * (h > 0), battery), "difference of the two azimuths"),
        ((lambda f, a, n, h, s, t, z: panel(f, a, 1, h, s, t, z), battery), "only a part"),
        ((lambda f, a, n, h, s, t, z: panel(f, a, n, h, s, math.pi / 2 - t, z), battery), "counts from flat"),
        ((lambda f, a, n, h, s, t, z: panel(f, 1, n, h, s, t, z), battery), "area"),
        ((lambda f, a, n, h, s, t, z: f * a * n * (h > 0), battery), "faces the Sun"),
        ((lambda f, a, n, h, s, t, z: panel(f, a, n, *map(math.radians, (h, s, t, z))), battery), "radians"),
        ((lambda f, a, n, h, s, t, z: panel(f, a, n, h, s, t, -z), battery), "difference"),
        ((lambda f, a, n, h, s, t, z: 7.0, battery), "never below zero"),
        ((panel, lambda p, t, n, k: p * t * n / (1 - k)), "divide by the efficiency"),
        ((panel, lambda p, t, n, k: p * t / n), "must stay"),
        ((panel, lambda p, t, n, k: p * t / (1 - k)), "efficiency, too"),
        ((panel, lambda p, t, n, k: p * t), "losses"),
        ((panel, lambda p, t, n, k: p * t / n * (1 - k)), "larger, not smaller"),
        ((panel, lambda p, t, n, k: p * t / n * (1 + k)), "share of the capacity"),
        ((panel, lambda p, t, n, k: 3600 * battery(p, t, n, k)), "joules"),
        ((panel, lambda p, t, n, k: battery(p, t, n, k) / 3600), "watt-hours already"),
        ((panel, lambda p, t, n, k: p), "over the efficiency"),
        ((panel, lambda p, t, n, k: p * t / n / k), "what may go"),
    ],
    "13.warmth": [
        ((lambda q, t, e, b, f, h: q / (e * S * t**4), cooling), "in the shade"),
        ((lambda q, t, e, b, f, h: q / (e * S * t**4 + b * f * math.sin(h)), cooling), "sign is wrong"),
        ((lambda q, t, e, b, f, h: q / (e * S * t**4 - b * f * math.cos(h)), cooling), "sine"),
        ((lambda q, t, e, b, f, h: q / (e * S * t**4 - b * f), cooling), "zenith"),
        ((lambda q, t, e, b, f, h: q / (S * t**4 - b * f * math.sin(h)), cooling), "black body"),
        ((lambda q, t, e, b, f, h: q / (e * S * t**4 - f * math.sin(h)), cooling), "only the share"),
        ((lambda q, t, e, b, f, h: q / (b * S * t**4 - e * f * math.sin(h)), cooling), "swapped"),
        ((lambda q, t, e, b, f, h: (q + b * f * math.sin(h)) / (e * S * t**4), cooling), "other side"),
        ((lambda q, t, e, b, f, h: q / (e * S * (t - 273.15) ** 4 - b * f * math.sin(h)), cooling), "kelvin"),
        ((radiator, lambda c, s, e, w, k: c * (w - k) / (e * S * s * w**4)), "at the beginning"),
        ((radiator, lambda c, s, e, w, k: c * (w - k) / (e * S * s * k**4)), "at the end"),
        ((radiator, lambda c, s, e, w, k: c * (w - k) / (e * S * s * ((w + k) / 2) ** 4)), "mean temperature"),
        ((radiator, lambda c, s, e, w, k: 3 * cooling(c, s, e, w, k)), "third"),
        ((radiator, lambda c, s, e, w, k: 0.75 * cooling(c, s, e, w, k)), "not / 4"),
        ((radiator, lambda c, s, e, w, k: -cooling(c, s, e, w, k)), "sign"),
        ((radiator, lambda c, s, e, w, k: cooling(c, s, 1, w, k)), "emittance"),
        ((radiator, lambda c, s, e, w, k: cooling(c, s, e, w, k) / 3600), "hours"),
    ],
    "13.link": [
        (off(lambda p, g, d, f, gt, r, n: p - 10 * math.log10(p)), "Watts are no decibels"),
        (off(lambda p, g, d, f, gt, r, n: 10 * math.log10(4 * math.pi * d * f / C)), "20 log10, not 10"),
        (off(lambda p, g, d, f, gt, r, n: 10 * math.log10(1.380649e-23)), "missing"),
        (off(lambda p, g, d, f, gt, r, n: 10 * math.log10(r)), "data rate is missing"),
        (off(lambda p, g, d, f, gt, r, n: 20 * math.log10(r)), "sign of the data rate"),
        (off(lambda p, g, d, f, gt, r, n: n), "left over"),
        (off(lambda p, g, d, f, gt, r, n: 60.0), "kilometres"),
        (off(lambda p, g, d, f, gt, r, n: 20 * math.log10(4 * math.pi)), "4 pi is missing"),
        (off(lambda p, g, d, f, gt, r, n: 20 * math.log10(f / C)), "wavelength"),
        (off(lambda p, g, d, f, gt, r, n: -2 * gt), "it adds"),
        (off(lambda p, g, d, f, gt, r, n: 2 * n), "taken off"),
        (lambda *x: 10 ** (link(*x) / 10), "That is a ratio"),
    ],
    "13.relay": [
        (elements(300, 8600, 90, 0, 270), f"over the {THERE}: a satellite is slow where it is high. The site lies in the {HERE}"),
        (elements(100, 100, 90, 0, 0), "So low"),
        (elements(8000, 8000, 90, 0, 90), "circle"),
        (elements(200, 16000, 62.4, 20, 90), "6 dB"),
        (elements(200, 8600, 62.4, 140, 90), "Over a pole"),
        (elements(200, 8600, 10, 0, 90), "Over a pole"),
        (elements(1000, 9500, 85, 200, 100), "low half of a revolution"),
        (elements(20, 8600, 90, 0, 90), "perilune of 20 km"),
        (elements(200, 30000, 90, 0, 90), "Lower the apolune"),
        ({"perilune_km": 3.0}, "lacks"),
        (elements(200e3, 8600e3, 90, 0, 90), "look like metres"),
        (elements(9000, 200, 90, 0, 90), "must not be below"),
        (elements("low", 1, 1, 1, 1), "must be a number"),
        (elements(..., 8600, 90, 0, 90), "Not answered"),
        (dict.fromkeys(ELEMENTS, ...), "Not answered"),
        (7, "must be a dict"),
        (elements(200, 8600, 200, 0, 90), "inclination"),
    ],
    "13.design": [
        (dataclasses.replace(GOOD, panel_m2=9.0), "more margin than any"),
        (dataclasses.replace(GOOD, battery_Wh=1500.0), "more battery for the shadow"),
        (dataclasses.replace(GOOD, radiator_m2=1.0), "more radiator"),
        (dataclasses.replace(GOOD, radiator_m2=1.3), "too warm"),
        (dataclasses.replace(GOOD, relays=1), "With one relay"),
        (dataclasses.replace(GOOD, relays=0), "Too little was heard"),
        (dataclasses.replace(GOOD, antenna_dBi=6.0), "fast bits"),
        (dataclasses.replace(GOOD, rate_kbps=40.0), "Too little was heard"),
        (dataclasses.replace(GOOD, panel_m2=2.0), "more panel"),
        (dataclasses.replace(GOOD, radiator_m2=5.0), "less radiator"),
        (dataclasses.replace(GOOD, rate_kbps=2000.0), "fast bits"),
        (..., "Not answered"),
        (None, "Not answered"),
        ({}, "Not answered"),
        ({"panels": 3}, "its keys are panel_m2"),
        ({"panel_m2": "big"}, "must be a number"),
        ({"panel_m2": -1}, "between 0 and 100"),
        ({"relays": 1.5}, "come whole"),
        (6, "must be a Design"),
        (Design, "must be a Design"),
    ],
    "13.dossier": [
        (other(mass_kg=150.0), "another design"),
        (other(lowest_charge=80.0), "another design"),
        (other(data_Gbit=1.0), "another design"),
        (other(p_land=(0.93, 0.93)), "That is a point"),
        (other(p_land=wald(LANDED, FLOWN)), "lopsided"),
        (other(p_land=(88.5, 96.1)), "per cent"),
        (other(p_land=(0.96, 0.885)), "Low first"),
        (other(p_live=(1.0, 1.0)), "That is a point"),
        (other(p_land=(0.5, 0.99)), "Two-sided"),
        (other(p_mission=(0.94, 1.0)), "multiply low by low"),
        (other(decision=turned_round(HONEST)), f"By your own numbers that is {HONEST['decision']}"),
        (other(lived=(30, 60), p_live=(0.368, 0.632)), "does not fit your design"),
        (other(lived=(5, 5)), "at least 20"),
        (other(lived=60), "2 numbers"),
        (other(lived=(61, 60)), "two counts"),
        (other(decision="perhaps"), "'go' or 'no-go'"),
        (other(decision=...), "Not answered"),
        (other(p_land=0.93), "2 numbers"),
        (other(mass_kg="light"), "must be a number"),
        (({**TOO_FEW, "decision": turned_round(TOO_FEW)}, GOOD), f"By your own numbers that is {TOO_FEW['decision']}"),
        (({**HEAVY, "decision": "go"}, Design()), "By your own numbers that is no-go"),
        (({"mass_kg": 1.0}, GOOD), "lacks"),
        ((dict.fromkeys(HONEST, ...), ...), "Not answered"),
    ],
}  # fmt: skip
