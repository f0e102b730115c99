"""Lesson 13: a design and its dossier, judged by flying them with faults and seeds of our own."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.constants import DAY
from lunarlab.descent.statistics import clopper_pearson
from lunarlab.errors import LunarlabError
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, band
from lunarlab.surface.design import Design
from lunarlab.surface.faults import SurfaceFault
from lunarlab.surface.scenario import SurfaceScenario
from lunarlab.surface.stay import Stay, stay

# --- a design ---------------------------------------------------------------------------------------------------------

BASE = "apex-1.0"
MOST_KG = 220.0
LIMITS = {"lowest_charge": (0.4, 1.0), "coldest_K": (263.0, 313.0), "warmest_K": (263.0, 313.0)}
STAYS, NEEDED = 20, 18
STAYS_ASKED = f"survivors of {STAYS} stays with dispersions that you have not seen"


@cache
def _base() -> SurfaceScenario:
    scene: SurfaceScenario = case(BASE).scenario
    return scene


def read_design(answer: Any) -> Design:
    """A `Design`, or one of a dict; a sentence about what it is instead."""
    if isinstance(answer, Design):
        found = answer
    else:
        names = tuple(f.name for f in dataclasses.fields(Design))
        if a.is_blank(answer):
            raise a.Unanswered
        if not isinstance(answer, Mapping):
            raise a.BadAnswer(f"my_design is {a.shown(answer)}; it must be a Design(...), or a dict with its keys.")
        given = answer
        for key in given:
            if key not in names:
                raise a.BadAnswer(f"my_design has {key!r}; its keys are {', '.join(names)}.")
        if not given or all(a.is_blank(value) for value in given.values()):
            raise a.Unanswered
        try:
            found = Design(**{key: a.number(value, f"my_design[{key!r}]") for key, value in given.items()})
        except LunarlabError as error:
            raise a.BadAnswer(f"{error}.") from None
    if found.relays != round(found.relays):
        raise a.BadAnswer(f"my_design has {found.relays:g} relays; satellites come whole.")
    return found


@lru_cache(maxsize=64)
def _flown(design: Design, fault: SurfaceFault | None = None, seed: int | None = None) -> Stay:
    scene = design.put_into(_base())
    return stay(dataclasses.replace(scene, faults=() if fault is None else (fault,)), seed=seed)


@lru_cache(maxsize=16)
def _survivors(design: Design, seeds: tuple[int, ...]) -> int:
    scene = design.put_into(_base())
    return sum(stay(scene, seed=seed).verdict == "SURVIVES" for seed in seeds)


def shadow(hour: float) -> SurfaceFault:
    """Six hours without light from an hour of day 3 on."""
    return SurfaceFault("panel", "shade", 1.0, 3.0 * DAY + 3600.0 * hour, 6.0 * 3600.0)


def loss(hour: float) -> SurfaceFault:
    """One relay lost at an hour of day 2."""
    return SurfaceFault("relay", "lost", 1.0, 2.0 * DAY + 3600.0 * hour)


def trials() -> tuple[dict[str, list[SurfaceFault]], tuple[int, ...]]:
    """Faults by name, each at the hour that the lesson shows and at one that is drawn; and seeds of stays.

    A shadow begins 0 to 4 h later: from then on it would reach into the pause between two sessions, and make that too long.
    """
    rng = exam().rng("13.design")
    hours = rng.uniform(0.0, (4.0, 18.0))
    faults = {
        "6 h of shadow on day 3": [shadow(0.0), shadow(float(hours[0]))],
        "a relay lost on day 2": [loss(0.0), loss(float(hours[1]))],
    }
    return faults, tuple(int(seed) for seed in rng.integers(10_000, 2**31, STAYS))


def survivors(design: Design) -> int:
    """How many of the drawn stays survive."""
    return _survivors(design, trials()[1])


def design_numbers(design: Design) -> dict[str, float]:
    """What the dossier has to say of a design, from a stay in which nothing varies."""
    flight = _flown(design)
    rows = flight.goal_rows
    return {
        "mass_kg": design.mass_kg,
        "lowest_charge": float(np.min(flight.si["charge_Wh"][rows])) / design.battery_Wh,
        "coldest_K": float(np.min(flight.si["temperature_K"][rows])),
        "warmest_K": float(np.max(flight.si["temperature_K"][rows])),
        "data_Gbit": flight.data_Gbit,
    }


def _why(flight: Stay) -> str:
    hints = {
        "FROZE": "It froze: less radiator, or more heater.",
        "OVERHEATED": "It overheated: more radiator.",
        "OUT_OF_POWER": "It went dark: more battery for the shadow, or more panel to fill it.",
        "OUT_OF_TOUCH": "Too little was heard of it: antenna gain, data rate (fast bits need more signal), relays.",
    }
    return hints.get(str(flight.verdict), "")


def judge_design(answer: Any) -> list[Finding]:
    """Light enough, with margins, through two faults, and in nearly every seed."""
    design = read_design(answer)
    numbers, calm = design_numbers(design), _flown(design)
    worst = [k for k, (low, high) in LIMITS.items() if not low <= numbers[k] <= high]
    fine = calm.verdict == "SURVIVES" and not worst
    hints = {
        "lowest_charge": "More battery or more panel: something empties it before the goal.",
        "coldest_K": "It gets too cold: less radiator, or a heater.",
        "warmest_K": "It gets too warm: more radiator.",
    }
    told = f"{calm.verdict}, charge {numbers['lowest_charge']:.2f}, {numbers['coldest_K']:.0f} to {numbers['warmest_K']:.0f} K"
    flown = {name: [_flown(design, fault) for fault in faults] for name, faults in trials()[0].items()}
    flights = {name: next((f for f in tried if f.verdict != "SURVIVES"), tried[0]) for name, tried in flown.items()}
    lost = {name: f for name, f in flights.items() if f.verdict != "SURVIVES"}
    why = " ".join(f"{name[0].upper()}{name[1:]}: {_why(f)}" for name, f in lost.items())
    if "a relay lost on day 2" in lost and design.relays < 2:
        why = "With one relay, the loss of one is the loss of all: the far side has no second way."
    if calm.verdict == "SURVIVES":
        scattered = band(
            STAYS_ASKED,
            1,
            survivors(design),
            NEEDED,
            math.inf,
            "",
            "It lives on the edge: the mean craft survives, its scattered sisters do not. Which margin is thin?",
        )
    else:
        later = "Counts as soon as the mean craft survives."
        scattered = Finding(STAYS_ASKED, 1, False, "not flown", f"at least {NEEDED}", later)
    return [
        band(
            "mass of all of it",
            1,
            design.mass_kg,
            -math.inf,
            MOST_KG,
            "kg",
            "Which part has more margin than any requirement asks for? Panels and battery of the case do.",
        ),
        Finding(
            "nothing varies: it survives, with its margins",
            1,
            fine,
            told,
            "SURVIVES, charge at least 0.4, 263 to 313 K",
            hints[worst[0]] if worst and calm.verdict == "SURVIVES" else _why(calm),
        ),
        Finding(
            "survives 6 h of shadow, and the loss of a relay",
            1,
            not lost,
            ", ".join(f"{n}: {f.verdict}" for n, f in flights.items()),
            "SURVIVES twice",
            why,
        ),
        scattered,
    ]


# --- the dossier ------------------------------------------------------------------------------------------------------

LANDED, FLOWN = 186, 200
"""The lesson's own campaign; of how many each student's landed is drawn."""
LEAST_ODDS, LEAST_STAYS = 0.75, 20
KEYS = ("mass_kg", "lowest_charge", "warmest_K", "data_Gbit", "p_land", "lived", "p_live", "p_mission", "decision")


def landed(rng: np.random.Generator) -> Mapping[str, float]:
    """Landings of a student's campaign: with every number from 184 to 191 both "go" and "no-go" can follow."""
    return {"landed": float(rng.integers(184, 192))}


def wilson(k: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Score interval (Wilson 1927)."""
    middle, half = (k + 0.5 * z * z) / (n + z * z), z / (n + z * z) * math.sqrt(k * (n - k) / n + 0.25 * z * z)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def beta_interval(k: int, n: int, prior: float) -> tuple[float, float]:
    """Middle 95 % of the posterior with a symmetric Beta prior, from a million even steps."""
    x = (np.arange(200_000) + 0.5) / 200_000
    log = (k + prior - 1.0) * np.log(x) + (n - k + prior - 1.0) * np.log1p(-x)
    mass = np.cumsum(np.exp(log - log.max()))
    low, high = np.searchsorted(mass / mass[-1], [0.025, 0.975])
    return float(x[low]), float(x[min(high, x.size - 1)])


def allowed(k: int, n: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Bands for both ends of an honest interval, whichever of the usual methods made it."""
    made = [clopper_pearson(k, n), wilson(k, n), beta_interval(k, n, 0.5), beta_interval(k, n, 1.0)]
    if k == n:  # one-sided: nothing failed
        made += [(0.05 ** (1.0 / n), 1.0), (1.0 - 3.0 / n, 1.0)]
    lows, highs = [m[0] for m in made], [m[1] for m in made]
    return (min(lows) - 0.004, max(lows) + 0.004), (min(highs) - 0.004, max(highs) + 0.004)


def _pair(value: Any, name: str, what: str = "(low, high)") -> tuple[float, float]:
    low, high = a.numbers(value, 2, name, what)
    return low, high


def _interval(name: str, pair: tuple[float, float], k: int, n: int) -> Finding:
    (a0, a1), (b0, b1) = allowed(k, n)
    ok = a0 <= pair[0] <= a1 and b0 <= pair[1] <= b1
    half = 1.96 * math.sqrt(k * (n - k) / n) / n
    hint = "Two-sided, 95 %: clopper_pearson(successes, runs) of lunarlab.descent.statistics, Wilson's, or a Beta posterior."
    if max(pair) > 1.5:
        hint = "These look like per cent. A probability lies between 0 and 1."
    elif pair[0] > pair[1]:
        hint = "Low first, then high."
    elif abs(pair[0] - pair[1]) < 1e-9:
        hint = "That is a point. Few flights leave room for doubt, even if all went well: give both ends of it."
    elif abs(pair[0] - (k / n - half)) < 2e-3 and not ok:
        hint = "p plus or minus 1.96 sigma fails near 1, where the distribution is lopsided. Take an interval that knows that."
    return Finding(
        f"95 % interval of {name}, {k} of {n}",
        1,
        ok,
        f"{pair[0]:.3f} to {pair[1]:.3f}",
        f"{a0:.3f} to {a1:.3f}, and {b0:.3f} to {b1:.3f}",
        hint,
    )


def _counts(value: Any) -> tuple[int, int]:
    k, n = _pair(value, "dossier['lived']", "(survived, stays)")
    if k != round(k) or n != round(n) or not 0 <= k <= n:
        raise a.BadAnswer(f"dossier['lived'] is ({k:g}, {n:g}); it must be two counts, (survived, stays).")
    if n < LEAST_STAYS:
        raise a.BadAnswer(f"dossier['lived'] counts {n:g} stays; fly at least {LEAST_STAYS}.")
    return round(k), round(n)


def _decision(value: Any) -> str:
    if a.is_blank(value):
        raise a.Unanswered
    if isinstance(value, (bool, np.bool_)):
        return "go" if value else "no-go"
    text = str(value).strip().lower().replace(" ", "-").replace("_", "-").replace("nogo", "no-go")
    if text not in ("go", "no-go"):
        raise a.BadAnswer(f"dossier['decision'] is {a.shown(value)}; it must be 'go' or 'no-go'.")
    return text


def judge_dossier(answer: Any, design_answer: Any) -> list[Finding]:
    """Numbers that belong to the design, honest intervals, and a decision that follows from them."""
    given: Mapping[str, Any] = a.mapping(answer, KEYS, "dossier")
    if any(a.is_blank(given[key]) for key in KEYS):
        raise a.Unanswered
    design, landings = read_design(design_answer), round(exam().variant("13.dossier")["landed"])
    right = design_numbers(design)
    mine = {
        key: a.number(given[key], f"dossier[{key!r}]") for key in ("mass_kg", "lowest_charge", "warmest_K", "data_Gbit")
    }
    near = {"mass_kg": 0.5, "lowest_charge": 0.02, "warmest_K": 1.5, "data_Gbit": max(0.02 * right["data_Gbit"], 0.1)}
    off = [key for key in mine if abs(mine[key] - right[key]) > near[key]]
    p_land, (k, n) = _pair(given["p_land"], "dossier['p_land']"), _counts(given["lived"])
    p_live, p_both = _pair(given["p_live"], "dossier['p_live']"), _pair(given["p_mission"], "dossier['p_mission']")
    live = _interval("living", p_live, k, n)
    held = survivors(design) / STAYS
    if live.ok and abs(k / n - held) > 0.15 + 1.5 / math.sqrt(n):
        live = dataclasses.replace(
            live,
            ok=False,
            hint=f"{k} of {n} does not fit your design: of our {STAYS} stays {100.0 * held:.0f} % survived. Fly it again.",
        )
    said, (verdict, both) = _decision(given["decision"]), _odds(design, landings, (k, n), p_both)
    hint = both or (
        "The board's rule: go if every requirement of the design is met and the lower end of P(mission) is at least "
        f"{LEAST_ODDS:g}. By your own numbers that is {verdict}."
    )
    key = off[0] if off else "mass_kg"
    return [
        Finding(
            f"numbers of the design that you handed in, without dispersions: {key}",
            1,
            not off,
            f"{mine[key]:.4g}",
            f"{right[key]:.4g} within {near[key]:.2g}",
            "They belong to another design, or to another seed: fly `my_design` with seed=None.",
        ),
        _interval("landing", p_land, landings, FLOWN),
        live,
        Finding(
            "P(mission), and a decision that follows",
            1,
            not both and said == verdict,
            f"{p_both[0]:.3f} to {p_both[1]:.3f}, {said}",
            verdict,
            hint,
        ),
    ]


def _odds(design: Design, landings: int, lived: tuple[int, int], pair: tuple[float, float]) -> tuple[str, str]:
    """What the board's rule gives for these numbers, and what is wrong with P(mission), or nothing."""
    land, live = allowed(landings, FLOWN), allowed(*lived)
    rng = np.random.default_rng(13)
    draws = rng.beta(landings + 0.5, FLOWN - landings + 0.5, 40_000) * rng.beta(
        lived[0] + 0.5, lived[1] - lived[0] + 0.5, 40_000
    )
    inner = np.quantile(draws, [0.025, 0.975])
    lows = land[0][0] * live[0][0], max(land[0][1] * live[0][1], float(inner[0])) + 0.01
    highs = min(land[1][0] * live[1][0], float(inner[1])) - 0.01, land[1][1] * live[1][1]
    met = all(row.ok for row in judge_design(design))
    verdict = "go" if met and pair[0] >= LEAST_ODDS else "no-go"
    if not lows[0] <= pair[0] <= lows[1] or not highs[0] <= pair[1] <= highs[1]:
        return verdict, (
            "P(mission) is to land and to live: multiply low by low and high by high, or sample both posteriors. "
            f"From your counts the low end lies between {lows[0]:.3f} and {lows[1]:.3f}, "
            f"the high end between {highs[0]:.3f} and {highs[1]:.3f}."
        )
    return verdict, ""
