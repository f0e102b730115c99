"""Mystery telemetry: an anonymous flight, something broke, and looking costs. Which part is it, how, and since when.

A seed makes the flight: one of several landers, one fault or none, at a height and of a size that nobody tells. What a control
room would see is sold by channel and window. The score counts what was found and how little was looked at.

What is hidden, honestly: the object that a student holds has the seed, the budget and the receipts, and neither the fault nor
the flight; both are made again from the seed when they are needed. Nothing stops someone who reads this file and calls its
inner functions. For marks, choose the seed when the answer is handed in, or sit beside them.
"""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab.cases.loader import case
from lunarlab.descent import navigation as n
from lunarlab.descent import sensors as s
from lunarlab.descent.faults import KINDS, Fault
from lunarlab.descent.flight import fly
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError
from lunarlab.units import si

BASES = ("nominal-mare", "resilience-m2", "blue-ghost-1", "chandrayaan-3", "apollo-11", "odysseus-im-1")
"""Landers that may fly, without what broke in them. A fixed list, so that a seed stays the flight that it was."""
WINDOW_S = 200.0
"""One request: one channel, so long at most."""
BUDGET = 24

NOTHING = ("nothing", "broken")
OFFERED: dict[tuple[str, str], tuple[float, float, bool]] = {
    NOTHING: (0.0, 0.0, False),
    ("altimeter", "bias"): (150.0, 400.0, True),
    ("altimeter", "noise"): (40.0, 120.0, False),
    ("altimeter", "scale"): (0.85, 0.93, False),
    ("altimeter", "delay"): (2.0, 5.0, False),
    ("altimeter", "absent"): (0.0, 0.0, False),
    ("altimeter", "frozen"): (0.0, 0.0, False),
    ("altimeter", "dropout"): (0.0, 0.0, False),
    ("altimeter", "spurious"): (4e3, 9e3, False),
    ("velocimeter", "bias"): (2.0, 6.0, True),
    ("velocimeter", "noise"): (15.0, 40.0, False),
    ("velocimeter", "scale"): (0.6, 0.8, False),
    ("velocimeter", "absent"): (0.0, 0.0, False),
    ("velocimeter", "frozen"): (0.0, 0.0, False),
    ("imu", "bias"): (0.08, 0.2, True),
    ("imu", "noise"): (30.0, 80.0, False),
    ("imu", "scale"): (1.05, 1.12, False),
    ("imu", "absent"): (0.0, 0.0, False),
    ("imu", "frozen"): (0.0, 0.0, False),
    ("assist", "scale"): (0.6, 0.85, False),
    ("assist", "lost"): (0.0, 0.0, False),
    ("assist", "stuck"): (0.0, 0.0, False),
}
"""What may be broken, and how it is drawn: from, to (in the unit of `KINDS`), and whether the sign is drawn, too."""

CHANNELS: dict[str, tuple[str, str]] = {
    "range": ("m", "what the altimeter reads; nan where it reads nothing valid"),
    "innovation": ("m", "range minus what the filter expected; nan where it had none"),
    "height": ("m", "height over the reference level, as the filter believes it"),
    "descent_speed": ("m/s", "downwards, as the filter believes it"),
    "forward_speed": ("m/s", "as the filter believes it"),
    "doppler_forward": ("m/s", "what the velocimeter reads along the track; nan where it reads nothing"),
    "doppler_up": ("m/s", "what it reads upwards"),
    "accel_forward": ("m/s2", "what the accelerometer reads along the track, averaged over a tick"),
    "accel_up": ("m/s2", "what it reads upwards"),
    "thrust_command": ("N", "what all engines were asked for"),
    "thrust": ("N", "from chamber pressures, 1 % noise"),
    "mass": ("kg", "from the tank gauges, 1 kg noise"),
    "pitch": ("deg", "direction of thrust: 0 brakes, 90 is up; from a star tracker, 0.05 deg noise"),
}
"""Name: (unit, what it is). Nothing here is the truth: it is what sensors, gauges and the filter said."""


class _Recorder:
    """The lander's own filter, which also notes what it was given."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, ...]] = []

    def __call__(self, t: float, meas: Any, params: Any, memory: Any) -> Any:
        if meas[s.DT] <= 0.0:  # the first call of the flight: what came before were trials
            self.rows.clear()
        dt = meas[s.DT] if meas[s.DT] > 0.0 else math.nan
        seen = meas[s.VEL_VALID] > 0.0
        self.rows.append((
            t, meas[s.DVX] / dt, meas[s.DVZ] / dt, meas[s.VELX] if seen else math.nan, meas[s.VELZ] if seen else math.nan,
        ))  # fmt: skip
        return n.builtin_filter(t, meas, params, memory)


def _random(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(f"mystery.{name}".encode())])


@lru_cache(maxsize=8)
def plain(name: str) -> Scenario:
    """One of `BASES` with nothing broken and no name."""
    scene: Scenario = case(name).no_fault
    return dataclasses.replace(scene, name="mystery", faults=())


def can_break(scene: Scenario, target: str) -> bool:
    """Whether this lander has the part."""
    return {
        "velocimeter": scene.velocimeter.altitude_max_m > 0.0, "altimeter": scene.altimeter.range_max_m > 0.0,
    }.get(target, True)  # fmt: skip


def fault_of(scene: Scenario, target: str, kind: str, random: np.random.Generator) -> Fault:
    """A fault of this kind with size and onset drawn: from a height on at which the part is in use."""
    low, high, signed = OFFERED[target, kind]
    value = random.uniform(low, high) * (random.choice((-1.0, 1.0)) if signed else 1.0)
    probability = (
        random.uniform(0.5, 0.85) if kind == "dropout" else random.uniform(0.15, 0.4) if kind == "spurious" else 1.0
    )
    top = scene.velocimeter.altitude_max_m if target == "velocimeter" else min(scene.altimeter.range_max_m, 8e3)
    height = random.uniform(0.35, 0.8) * min(top, 8e3)
    return Fault(target, kind, value=value, probability=probability, trigger="altitude", at=height)


def _draw(seed: int) -> tuple[Scenario, tuple[str, str]]:
    """The lander of a seed with its fault, and what that is."""
    random = _random(seed, "draw")
    scene = plain(BASES[int(random.integers(len(BASES)))])
    known = [what for what in OFFERED if can_break(scene, what[0])]
    what = known[int(random.integers(len(known)))]
    if what == NOTHING:
        return scene, what
    return dataclasses.replace(scene, faults=(fault_of(scene, *what, random),)), what


def telemetry(scene: Scenario, seed: int) -> dict[str, np.ndarray]:
    """``t`` [s] and all `CHANNELS` of a flight, from ignition to its end, arrays (n,)."""
    recorder = _Recorder()
    flight = fly(scene, navigation=recorder, seed=seed)
    si, lit = flight.si, flight.event("ignition")
    rows = np.flatnonzero(si["t"] >= (0.0 if lit is None else lit.t_s))
    t = si["t"][rows]
    seen = np.array(recorder.rows)
    at = np.clip(np.searchsorted(seen[:, 0], t - 1e-6), 0, len(seen) - 1)
    gauge = {name: _random(seed, name).standard_normal(t.size) for name in ("thrust", "mass", "pitch")}
    valid = si["meas_valid"][rows] > 0.0
    thrust = si["true_thrust_main"][rows] + si["true_thrust_assist"][rows]
    return {
        "t": t, "range": np.where(valid, si["meas_range"][rows], np.nan), "innovation": si["nav_innovation"][rows],
        "height": si["est_height"][rows], "descent_speed": -si["est_vertical_speed"][rows],
        "forward_speed": si["est_forward_speed"][rows], "doppler_forward": seen[at, 3], "doppler_up": seen[at, 4],
        "accel_forward": seen[at, 1], "accel_up": seen[at, 2], "thrust_command": si["cmd_thrust"][rows],
        "thrust": thrust * (1.0 + 0.01 * gauge["thrust"]),
        "mass": si["true_mass"][rows] + gauge["mass"],
        "pitch": np.degrees(si["true_pitch"][rows]) + 0.05 * gauge["pitch"],
    }  # fmt: skip


@lru_cache(maxsize=4)
def _sold(seed: int) -> dict[str, np.ndarray]:
    return telemetry(_draw(seed)[0], seed)


def _onset(seed: int) -> float:
    """When the fault began [s on the flight clock]; nan if there was none."""
    event = fly(_draw(seed)[0], seed=seed, record=False).event("fault")
    return math.nan if event is None else event.t_s


@dataclass(frozen=True)
class Score:
    """What an answer is worth."""

    points: float
    """0 to 100: part 40, kind 40, onset 20 (less from 5 s on, none from 60 s), times 1 - half of the share spent."""
    part_right: bool
    kind_right: bool
    onset_error_s: float
    """nan if none was named, or none was to be."""
    spent: int
    truth: str
    """What it was: told once the answer is given."""


@dataclass
class Mystery:
    """An anonymous flight. `buy` telemetry, then `answer` once."""

    seed: int
    budget: int = BUDGET
    receipts: list[tuple[str, float, float, int]] = field(default_factory=list)
    """(channel, from, to, requests) of everything bought."""
    score: Score | None = None

    @property
    def clock(self) -> tuple[float, float]:
        """First and last second of the telemetry: ignition and the end. Free."""
        t = _sold(self.seed)["t"]
        return float(t[0]), float(t[-1])

    @property
    def spent(self) -> int:
        """Requests so far."""
        return sum(row[3] for row in self.receipts)

    @property
    def left(self) -> int:
        """Requests that are left."""
        return self.budget - self.spent

    @property
    def suspects(self) -> tuple[tuple[str, str], ...]:
        """What may be broken, as (part, kind)."""
        return tuple(OFFERED)

    def price(self, channel: str, start_s: Any, end_s: Any) -> int:
        """Requests that a window costs: one for each begun `WINDOW_S`; nothing if it lies in one that was bought."""
        low, high = self._window(channel, start_s, end_s)
        if any(name == channel and a <= low and high <= b for name, a, b, _ in self.receipts):
            return 0
        return max(1, math.ceil((high - low) / WINDOW_S - 1e-9))

    def buy(self, channel: str, start_s: Any = None, end_s: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Times [s] and values of a channel between two times of the flight clock; without them of the whole flight.

        Raises
        ------
        LunarlabError
            No such channel, no such window, or not enough requests left.
        """
        low, high = self._window(
            channel, *(end if given is None else given for given, end in zip((start_s, end_s), self.clock, strict=True))
        )
        cost = self.price(channel, low, high)
        if cost > self.left:
            raise LunarlabError(
                f"{channel} from {low:.0f} to {high:.0f} s costs {cost} requests; {self.left} of {self.budget} are left: "
                f"take a window of at most {WINDOW_S:g} s for each"
            )
        if cost:
            self.receipts.append((channel, low, high, cost))
        sold = _sold(self.seed)
        inside = (sold["t"] >= low) & (sold["t"] <= high)
        return sold["t"][inside].copy(), sold[channel][inside].copy()

    def _window(self, channel: str, start_s: Any, end_s: Any) -> tuple[float, float]:
        if channel not in CHANNELS:
            raise LunarlabError(f"channel is {channel!r}; allowed are {', '.join(CHANNELS)}")
        first, last = self.clock
        low, high = (
            si(value, "s", name=name, low=0.0, high=1e9) for value, name in ((start_s, "start_s"), (end_s, "end_s"))
        )
        low, high = max(low, first), min(high, last)
        if not low < high:
            raise LunarlabError(
                f"start_s is {start_s} and end_s {end_s}; the telemetry runs from {first:.0f} to {last:.0f} s"
            )
        return low, high

    def answer(self, part: str, kind: str, onset_s: Any = None) -> Score:
        """Name what broke, how, and when it began. Only the first answer counts.

        Raises
        ------
        LunarlabError
            It was answered already, or nothing like this is offered.
        """
        if self.score is not None:
            raise LunarlabError(f"this flight was answered already: {self.score.points:.0f} points; take another seed")
        if (part, kind) not in OFFERED:
            raise LunarlabError(
                f"answer is {part!r} {kind!r}; allowed are {', '.join(' '.join(what) for what in OFFERED)}"
            )
        named = math.nan if onset_s is None else si(onset_s, "s", name="onset_s", low=0.0, high=1e9)
        (scene, what), began = _draw(self.seed), _onset(self.seed)
        part_right, kind_right = part == what[0], (part, kind) == what
        error = abs(named - began)
        exact = (
            1.0
            if what == NOTHING and kind_right
            else float(np.clip((60.0 - error) / 55.0, 0.0, 1.0))
            if error == error
            else 0.0
        )
        worth = 40.0 * part_right + 40.0 * kind_right + 20.0 * part_right * exact
        points = worth * (1.0 - 0.5 * min(self.spent / self.budget, 1.0))
        told = "nothing was broken" if what == NOTHING else _words(scene.faults[0], began)
        self.score = Score(points, part_right, kind_right, error, self.spent, told)
        return self.score

    def __repr__(self) -> str:
        first, last = self.clock
        return f"Mystery {self.seed}: telemetry from {first:.0f} to {last:.0f} s, {self.left} of {self.budget} requests left"


def _words(fault: Fault, began: float) -> str:
    unit, _, _, effect = KINDS[fault.target, fault.kind][1:]
    size = f" of {fault.value:.3g} {unit}".rstrip() if fault.value else ""
    chance = f", with a chance of {fault.probability:.0%}" if fault.probability < 1.0 else ""
    return f"{fault.target} {fault.kind}{size}{chance}, from {began:.1f} s on: {effect}"


def mystery(seed: int = 0, *, budget: int = BUDGET) -> Mystery:
    """An anonymous flight to diagnose.

    Parameters
    ----------
    seed : int >= 0
        Which one.
    budget : int >= 1
        Requests that may be spent; one is one channel for 200 s.

    Raises
    ------
    LunarlabError
        Not such numbers.
    """
    given: Mapping[str, Any] = {"seed": seed, "budget": budget}
    for (name, value), least in zip(given.items(), (0, 1), strict=True):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise LunarlabError(f"{name} is {value!r}; it must be a whole number of at least {least}")
    return Mystery(int(seed), int(budget))
