"""Checks of lesson 10, HAKUTO-R Mission 1."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.descent import navigation as nav
from lunarlab.descent.faults import Fault
from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.touchdown import Verdict
from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson09 import close, one_call
from lunarlab.grading.result import Finding, number_text

LABELS = ("published", "measured", "modelled", "inferred", "contradicted")
CLAIMS = {
    "step": ("published", "The operator's release and Kyodo give about 3 km (I1, I12)."),
    "hover": ("published", "The analysis briefing gives about one minute (I2)."),
    "wall": ("measured", "Anyone can repeat it: it is elevation data from orbit (WAC, LOLA), not somebody's account."),
    "gate": ("modelled", "No source gives the width of the gate. It was chosen so that the flight fits the published points."),
    "mass": ("modelled", "Fuelled mass at launch is published, mass at braking is not; this one sets the minute of hover."),
    "velocity": ("inferred", "Nobody reports it. But to get from 3 km to 5 km in 3 minutes needs it, whatever its cause."),
    "heading": ("inferred", "No text gives the approach. Impact point and rim distance speak for north or north-west."),
    "engines": ("contradicted", "The launch-day article says it; the operator's analysis says otherwise."),
}  # fmt: skip


def judge_sources(answer: Any) -> list[Finding]:
    """Label each claim; one point for six of eight, two for all."""
    labels = a.mapping(answer, tuple(CLAIMS), "labels")
    given = {}
    for key in CLAIMS:
        text = labels[key]
        if not isinstance(text, str) or text.strip().lower() not in LABELS:
            if a.is_blank(text):
                raise a.BadAnswer(f"labels[{key!r}] is not filled in yet; it must be one of {', '.join(LABELS)}.")
            raise a.BadAnswer(f"labels[{key!r}] is {a.shown(text)}; it must be one of {', '.join(LABELS)}.")
        given[key] = text.strip().lower()
    wrong = [key for key in CLAIMS if given[key] != CLAIMS[key][0]]
    hint = " ".join(f"{key}: {CLAIMS[key][1]}" for key in wrong[:2])
    right = len(CLAIMS) - len(wrong)
    return [
        Finding("at least 6 of 8 labels are right", 1, right >= 6, f"{right} right", "6 to 8", hint),
        Finding("all of them are", 1, right == 8, f"{right} right", "8", "" if right < 6 else hint),
    ]


DRAWN_HEADINGS = (135.0, 157.5, 202.5, 270.0)


def approach(heading_deg: float, **navigation: Any) -> Scenario:
    """Mission 1 over the measured terrain from another direction, navigation changed as given."""
    base: Scenario = case("hakuto-r-m1").scenario
    return replace(
        base,
        terrain=replace(base.terrain, heading_deg=heading_deg),
        navigation=replace(base.navigation, **navigation),
    )


def _exam_flights(exercise: str) -> list[Flight]:
    """Three flights that are not the one in the notebook: from the same side with a seed, and from two others that are drawn.

    Drawn are approaches and seeds of which the altimeter is given up, the estimate reaches zero over the floor, and the tanks
    are empty 20 s after that and more: each has its whole chain.
    """
    rng = exam().rng(exercise)
    flights = [fly(approach(180.0), seed=4)]
    while len(flights) < 3:
        flight = fly(approach(float(rng.choice(DRAWN_HEADINGS))), seed=int(rng.integers(1, 1_000_000)))
        lock, zero, dry = (flight.event(kind) for kind in ("lockout", "estimate_zero", "propellant_out"))
        if lock and zero and dry and flight.touchdown and dry.t_s - zero.t_s > 20.0:
            flights.append(flight)
    return flights


def judge_chain(answer: Any) -> list[Finding]:
    """Four numbers of the failure, read from a flight's events; on three flights, within 2 %."""
    function = a.function(answer, "chain")
    flights = _exam_flights("10.chain")
    keys = ("reject_km", "altitude_km", "hold_s", "impact_mps")
    what = (
        "distance to the target at lockout", "true altitude when the estimate reads zero",
        "time from there to empty tanks", "total speed at contact",
    )  # fmt: skip
    units = ("km", "km", "s", "m/s")
    hints = (
        "flight.event('lockout').distance_m is in metres; asked is km.",
        "flight.event('estimate_zero') carries the true altitude over the ground, altitude_m; asked is km.",
        "Subtract t_s of the event 'estimate_zero' from t_s of 'propellant_out'.",
        "flight.touchdown.speed_mps",
    )
    given = []
    for flight in flights:
        got = a.mapping(a.call(function, flight, name="chain"), keys, "what chain returned")
        given.append([a.number(got[key], f"{key} of chain") for key in keys])
    right = []
    for flight in flights:
        lock, zero, dry = (flight.event(kind) for kind in ("lockout", "estimate_zero", "propellant_out"))
        assert lock and zero and dry and flight.touchdown
        right.append([
            lock.distance_m / 1e3, zero.altitude_m / 1e3, dry.t_s - zero.t_s, flight.touchdown.speed_mps,
        ])  # fmt: skip
    findings = []
    for i, key in enumerate(keys):
        bad = [k for k in range(len(flights)) if not close(given[k][i], right[k][i], 0.02)]
        k, ok = (bad[0] if bad else 0), not bad
        allowed = f"{number_text(0.98 * right[k][i])} to {number_text(1.02 * right[k][i], units[i])}"
        hint = hints[i]
        if all(close(mine[i], 1e3 * truth[i], 0.02) for mine, truth in zip(given, right, strict=True)):
            hint = "That is in metres; asked is km."
        elif bad and all(close(mine[i], given[0][i], 1e-9) for mine in given):
            hint = "It is the same for two different flights: read it from the flight that the function is given."
        findings.append(Finding(f"{key}, {what[i]}", 1, ok, number_text(given[k][i], units[i]), allowed, hint))
    return findings


def height_budget(flight: Flight) -> tuple[float, float, float]:
    """Where the altitude at estimate zero comes from [m]: error at lockout, drift since, floor under the datum."""
    lock, zero = flight.event("lockout"), flight.event("estimate_zero")
    assert lock and zero
    error = flight.si["true_height"] - flight.si["est_height"]
    at_lock, at_zero = (float(np.interp(event.t_s, flight.si["t"], error)) for event in (lock, zero))
    ground = float(np.interp(zero.t_s, flight.si["t"], flight.si["true_height"] - flight.si["true_altitude"]))
    return at_lock, at_zero - at_lock, -ground


def judge_budget(answer: Any) -> list[Finding]:
    """Three terms, each within 60 m (a tick or two of timing), and their sum the altitude."""
    function = a.function(answer, "height_budget")
    what = "(at_rejection, drift, floor) in m"
    rows = []
    for flight in _exam_flights("10.budget"):
        got = a.numbers(a.call(function, flight, name="height_budget"), 3, "height_budget", what)
        zero = flight.event("estimate_zero")
        assert zero
        rows.append((got, height_budget(flight), zero.altitude_m))
    names = ("error at rejection", "drift from rejection to estimate zero", "floor below the datum")
    hints = (
        "true_height minus est_height at the time of the event 'lockout': how much higher the lander is than it believes.",
        "How much true_height minus est_height grows between 'lockout' and 'estimate_zero'.",
        "true_altitude minus true_height at 'estimate_zero': how far the ground lies under the datum.",
    )
    findings = []
    for i, name in enumerate(names):
        got, right, _ = next((r for r in rows if abs(r[0][i] - r[1][i]) > 60.0), rows[0])
        ok = all(abs(r[0][i] - r[1][i]) <= 60.0 for r in rows)
        hint = (
            "The sign is turned round: a positive term adds to the altitude."
            if all(close(row[0][i], -row[1][i], 0.05) for row in rows)
            else hints[i]
        )
        allowed = f"{number_text(right[i] - 60.0)} to {number_text(right[i] + 60.0, 'm')}"
        findings.append(Finding(name, 1, ok, number_text(got[i], "m"), allowed, hint))
    return findings


@dataclass(frozen=True)
class Trial:
    """One line of the exam of a repair."""

    name: str
    points: int
    good: tuple[Verdict, ...]
    enough: int
    """How many of the flights must end so."""
    flights: tuple[tuple[float, int | None, tuple[Fault, ...]], ...]
    """(heading in deg, seed or None for no noise, faults)."""
    hint: str


START_S = 30.0
"""How long before its first range a flight of the exam of a repair begins."""


@lru_cache(maxsize=64)
def late(heading_deg: float, seed: int | None) -> tuple[Scenario, float]:
    """An approach with its start 30 s before the first range, errors of this seed included, and how long it has braked [s].

    Until then a filter has nothing to decide: eight minutes, half of the flight, are dead reckoning.
    """
    scene = approach(heading_deg)
    flight = fly(scene, seed=seed)
    h, first, began = flight.si, flight.event("first_range"), flight.event("ignition")
    assert first and began
    i = int(np.searchsorted(h["t"], first.t_s - START_S))
    known = {
        "height_m": h["est_height"] - h["true_height"], "vertical_mps": h["est_vertical_speed"] - h["true_vertical_speed"],
        "along_m": h["true_distance"] - h["est_distance"], "forward_mps": h["est_forward_speed"] - h["true_forward_speed"],
    }  # fmt: skip
    orbit = replace(
        scene.orbit, start_height_m=float(h["true_height"][i]), start_distance_m=float(h["true_distance"][i]),
        start_forward_mps=float(h["true_forward_speed"][i]), start_down_mps=-float(h["true_vertical_speed"][i]),
    )  # fmt: skip
    return replace(
        scene, orbit=orbit, vehicle=replace(scene.vehicle, mass_kg=float(h["true_mass"][i])),
        knowledge=replace(scene.knowledge, **{name: float(error[i]) for name, error in known.items()}),
        dispersions=replace(scene.dispersions, **dict.fromkeys((*known, "mass_kg"), 0.0)),
    ), float(h["t"][i] - began.t_s)  # fmt: skip


def carried(scene: Scenario, navigation: nav.Navigation, braked_s: float) -> Scenario:
    """A late start with this tuning, its 1-sigma grown since braking began.

    By then errors of height and vertical speed belong together, and a filter uses that at the first range; but a flight
    starts with two that do not. So the part of the one that follows from the other is taken out beforehand, from both.
    """
    n, t, k = navigation, braked_s, scene.knowledge
    height = n.sigma_height_m**2 + (t * n.sigma_speed_mps) ** 2 + n.accel_noise * t**3 / 3.0
    both = t * n.sigma_speed_mps**2 + n.accel_noise * t**2 / 2.0
    speed = n.sigma_speed_mps**2 + n.accel_noise * t - both**2 / height
    tuned = replace(n, sigma_height_m=min(height**0.5, 1e5), sigma_speed_mps=min(max(speed, 1e-6) ** 0.5, 1e3))
    return replace(scene, navigation=tuned, knowledge=replace(k, vertical_mps=k.vertical_mps - both / height * k.height_m))


def _nonsense(at_s: float, lasts_s: float) -> Fault:
    return Fault("altimeter", "spurious", value=18e3, trigger="first_range", at=at_s, duration_s=lasts_s)


@lru_cache(maxsize=64)
def _tells(heading_deg: float, seed: int, at_s: float, lasts_s: float) -> bool:
    """Whether with a map this burst brings down the latch, and a gate of 4 sigma lands through it at 1.5 m/s and less."""
    begun, braked_s = late(heading_deg, seed)
    latch, gate = (
        fly(replace(carried(begun, replace(begun.navigation, policy=policy, nis_sigmas=4.0, map=1), braked_s),
                    faults=(_nonsense(at_s, lasts_s),)), seed=seed, record=False)
        for policy in ("latch", "nis")
    )  # fmt: skip
    return not latch.landed and gate.landed and gate.touchdown is not None and gate.touchdown.vertical_mps <= 1.5


def _trials() -> tuple[Trial, ...]:
    """As flown, with bad ranges, with a broken sensor: seven flights, for a filter at the end of a pipe takes 1 s for each.

    Drawn are approaches, seeds, when the burst begins (40 to 80 s after the first range, for 8 to 12 s), where the sensor
    breaks (800 to 1200 m up) and by how much (2.7 to 3.3 km). Without noise a repair with a map passes all of them, and no
    rule without one does; with noise one of the three may fail as flown. Bursts are such that with a map the latch does
    not land, and a gate of only 4 sigma does, softly.
    """
    rng = exam().rng("10.repair")
    side = float(rng.choice((135.0, 157.5, 180.0, 202.5)))
    noisy = float(rng.choice((180.0, 202.5))), int(rng.integers(1, 1_000_000)), ()

    def burst() -> tuple[float, int, tuple[Fault, ...]]:
        while True:
            heading, seed = float(rng.choice((180.0, 202.5))), int(rng.integers(1, 1_000_000))
            at, lasts = rng.uniform(40.0, 80.0), rng.uniform(8.0, 12.0)
            if _tells(heading, seed, at, lasts):
                return heading, seed, (_nonsense(at, lasts),)

    def step() -> tuple[Fault, ...]:
        value, at = rng.uniform(2700.0, 3300.0), rng.uniform(800.0, 1200.0)
        return (Fault("altimeter", "bias", value=value, trigger="altitude", at=at),)

    return (
        Trial(
            "as flown", 2, (Verdict.LANDED,), 2, ((side, None, ()), noisy, (270.0, None, ())),
            "Over the rim the ground itself jumps. Look at nav_innovation of your flight: what would the filter have to know "
            "to expect that?",
        ),
        Trial(
            "10 s of nonsense ranges", 1, (Verdict.LANDED,), 2, (burst(), burst()),
            "A burst of bad ranges passes. A sensor that is given up for good does not come back.",
        ),
        Trial(
            "sensor truly broken: 3 km too long from 1 km down", 2, (Verdict.LANDED, Verdict.HARD_LANDING), 2,
            ((135.0, None, step()), (180.0, None, step())),
            "A filter this slow can't tell a 3 km cliff from a 3 km fault: what accepts the one accepts the other. "
            "Which second source of truth does the lander carry?",
        ),
    )  # fmt: skip


def judge_repair(filter_answer: Any, navigation_answer: Any) -> list[Finding]:
    """A filter and its tuning over Atlas: as flown, with bad ranges, with a broken sensor."""
    filter = a.function(filter_answer, "my_filter")
    if a.is_blank(navigation_answer):
        raise a.Unanswered
    if not isinstance(navigation_answer, nav.Navigation):
        raise a.BadAnswer(
            f"my_navigation is {a.shown(navigation_answer)}; it must be a Navigation, "
            "for example replace(m1.scenario.navigation, map=1)."
        )
    one_call(filter, valid=1.0, jump_m=0.0, sigma_m=50.0)  # an untouched stub, or an error, shows at once
    findings = [_tried(trial, filter, navigation_answer) for trial in _trials()]
    if not findings[0].ok or not findings[2].ok:  # half a repair that never was at risk earns nothing
        findings[1] = replace(
            findings[1], points=0, requirement=findings[1].requirement + " (counts with the other two)"
        )
    return findings


def _tried(trial: Trial, filter: Any, navigation: nav.Navigation) -> Finding:
    """Fly the flights of one line until it is known how it ends."""
    ends: list[bool] = []
    reason = ""
    for heading, seed, faults in trial.flights:
        begun, braked_s = late(heading, seed)
        scene = replace(carried(begun, navigation, braked_s), faults=faults)
        flight = fly(scene, navigation=filter, seed=seed, record=False)
        if flight.verdict is Verdict.LAW_ERROR:
            raise a.BadAnswer(f"{trial.name}: {' '.join(flight.reasons)}")
        ends.append(flight.verdict in trial.good)
        reason = reason or ("" if ends[-1] else "".join(flight.reasons[:1]))
        if sum(ends) == trial.enough or ends.count(False) > len(trial.flights) - trial.enough:
            break
    what = "lands" if len(trial.good) == 1 else "survives (lands, or lands hard)"
    return Finding(
        f"{trial.name}: {what}", trial.points, sum(ends) >= trial.enough,
        f"{sum(ends)} of {len(ends)}" + (f" ({reason})" if reason else ""), f"{trial.enough} flights", trial.hint,
    )  # fmt: skip


APPROACHES = (112.5, 135.0, 157.5, 180.0, 202.5, 270.0)
"""Measured approaches to Atlas that the exercise uses."""


COVERAGE = {"accel_noise_m2_s3": 4e-4}
"""The stiffness of the filter that flew."""


def draw_stiffness(rng: np.random.Generator) -> dict[str, float]:
    """From half of it to twice as much."""
    return {"accel_noise_m2_s3": float(f"{4e-4 * 2.0 ** rng.uniform(-1.0, 1.0):.2g}")}


def _lands(heading_deg: float, gate_m: float) -> bool:
    return _flown(heading_deg, gate_m, exam().variant("10.coverage")["accel_noise_m2_s3"])


@lru_cache(maxsize=512)
def _flown(heading_deg: float, gate_m: float, noise: float) -> bool:
    return fly(approach(heading_deg, gate_m=gate_m, accel_noise=noise), seed=None, record=False).landed


def tuned_gate(heading_deg: float) -> float:
    """Smallest gate in steps of 100 m with which the Mission 1 rule, with the student's filter, lands on this approach."""
    return next(float(g) for g in np.arange(100.0, 4000.0, 100.0) if _lands(heading_deg, float(g)))


def judge_coverage(answer: Any) -> list[Finding]:
    """Gate tuned on one approach, and on how many of the six it lands; for two approaches, one of them drawn."""
    function = a.function(answer, "coverage")
    findings = []
    drawn = float(exam().rng("10.coverage").choice([h for h in APPROACHES if h != 202.5]))
    for heading in (202.5, drawn):
        gate, count = a.numbers(a.call(function, heading, name="coverage"), 2, "coverage", "(gate_m, landed)")
        right = tuned_gate(heading)
        landed = sum(_lands(h, right) for h in APPROACHES)
        ok = right - 100.0 < gate <= right + 1.0 and count == landed
        if not right - 100.0 < gate <= right + 1.0:
            hint = "The gate must be the smallest, in steps of 100 m, that lands on the approach that is tested."
        else:
            hint = "Fly all six approaches, the tested one too, with that one gate, seed=None, and count flight.landed."
        findings.append(
            Finding(
                f"tested on {heading:g} deg only", 1, ok, f"gate {gate:.0f} m, lands on {count:g} of 6",
                f"gate {right:.0f} m, lands on {landed} of 6", hint,
            )
        )  # fmt: skip
    return findings


EXERCISES = (
    Exercise("10.sources", "who says so?", 2, ("labels",), judge_sources),
    Exercise("10.chain", "the chain in four numbers", 4, ("chain",), judge_chain),
    Exercise("10.budget", "from 3 km to 5 km", 3, ("height_budget",), judge_budget),
    Exercise("10.repair", "a repair that survives a broken sensor", 5, ("my_filter", "my_navigation"), judge_repair),
    Exercise("10.coverage", "what a review did not fly", 2, ("coverage",), judge_coverage,
             COVERAGE, draw_stiffness),
)
