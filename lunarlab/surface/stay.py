"""``stay``: a craft lives on the Moon until it freezes, runs dry, or the time that was asked for is over.

Light, heat from outside and who can hear the craft are known beforehand, as arrays. What is left is a walk through time with
two states, charge and temperature: each step decides what is on, books the energy, and warms or cools the lump.

Modes: by day the craft is awake; above the battery's reserve it works, and talks when it is heard. At night it sleeps. When
the battery is disconnected it is dark, until the panels alone can feed it. Below its lowest temperature it is dead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.ephemeris import ephemeris
from lunarlab.errors import LunarlabError
from lunarlab.surface import faults, panels, warmth
from lunarlab.surface import link as radio
from lunarlab.surface.contact import Contact, contact, spans
from lunarlab.surface.light import Light, light
from lunarlab.surface.scenario import SurfaceScenario, draw
from lunarlab.units import si

HOUR, STEP_S = 3600.0, 600.0
DARK, ASLEEP, AWAKE, WORKING = 0, 1, 2, 3
MODES = ("dark", "asleep", "awake", "working")
HEATER_BAND_K = 4.0
"""From full power to none: a thermostat that is not a switch, so that the step does not matter."""
HISTORY = ("sun_W", "load_W", "heater_W", "charge_Wh", "temperature_K", "mode", "talking", "data_bit", "driven_m")


@dataclass(frozen=True)
class Event:
    """Something that happened, `t_s` after touchdown."""

    t_s: float
    kind: str
    detail: str


@dataclass(frozen=True, eq=False, repr=False)
class Stay:
    """The result: verdict, reasons, events, histories (n,) by name, and the books of energy."""

    scenario: SurfaceScenario
    drawn: SurfaceScenario
    """What varied, drawn."""
    t_s: np.ndarray
    """After touchdown."""
    light: Light
    contact: Contact
    heat: warmth.Heat
    margin_dB: np.ndarray
    """Of the link over what the code needs; -inf where nobody is in view."""
    si: dict[str, np.ndarray]
    """Histories: see `HISTORY`."""
    energy_J: dict[str, float]
    """Books: sun, spilled, loads (heater included), lost in the battery, gained by it; sun = the sum of the others."""
    events: list[Event] = field(default_factory=list)

    def event(self, kind: str) -> Event | None:
        """First event of a kind, or None."""
        return next((event for event in self.events if event.kind == kind), None)

    def until(self, kind: str) -> float:
        """When an event of this kind first happened [s after touchdown]; inf if it didn't."""
        found = self.event(kind)
        return math.inf if found is None else found.t_s

    @cached_property
    def goal_rows(self) -> np.ndarray:
        """The samples until the goal."""
        return np.asarray(self.t_s <= self.scenario.goal_s + 1.0)

    @property
    def data_Gbit(self) -> float:
        """Sent until the goal."""
        return float(self.si["data_bit"][self.goal_rows][-1]) / 1e9

    @cached_property
    def silence_h(self) -> float:
        """Longest time without a word until the goal [h]."""
        rows, end = self.goal_rows, min(self.scenario.goal_s, float(self.t_s[-1]))
        heard = self.t_s[rows][self.si["talking"][rows] > 0.0]
        if heard.size == 0:
            return end / HOUR
        edges = np.concatenate(([0.0], heard, [end]))
        return max(float(np.max(np.diff(edges))) - STEP_S, 0.0) / HOUR

    @cached_property
    def verdict(self) -> str:
        """SURVIVES, FROZE, OVERHEATED, OUT_OF_POWER or OUT_OF_TOUCH; what comes first, and only until the goal counts."""
        ends = {"FROZE": self.until("froze"), "OVERHEATED": self.until("overheated"), "OUT_OF_POWER": self.until("dark")}
        first = min(ends, key=lambda name: ends[name])
        if ends[first] < self.scenario.goal_s:
            return first
        goal = self.scenario.goal
        return "OUT_OF_TOUCH" if self.data_Gbit < goal.data_Gbit or self.silence_h > goal.silence_h else "SURVIVES"

    @cached_property
    def reasons(self) -> list[str]:
        """What the verdict follows from, in sentences."""
        goal, rows = self.scenario.goal, self.goal_rows
        share = self.si["charge_Wh"][rows] / self.drawn.battery.capacity_Wh
        warm = self.si["temperature_K"][rows]
        told = [
            f"until the goal of {goal.days:g} days its battery was never below {100.0 * share.min():.0f} %, "
            f"its temperature between {warm.min():.0f} and {warm.max():.0f} K",
            f"it sent {self.data_Gbit:.3g} Gbit by then, {goal.data_Gbit:g} Gbit were asked for; its longest silence was "
            f"{self.silence_h:.1f} h, {goal.silence_h:g} h were allowed",
        ]
        ends = {"FROZE": "froze", "OVERHEATED": "overheated", "OUT_OF_POWER": "dark"}
        if self.verdict in ends:
            event = self.event(ends[self.verdict])
            assert event is not None
            told.insert(0, f"{event.detail}, {event.t_s / DAY:.2f} days after touchdown")
        return told

    def __repr__(self) -> str:
        return "\n".join([f"Stay {self.scenario.name}: {self.verdict}", *(f"  {text}" for text in self.reasons)])


def stay(scene: SurfaceScenario, *, seed: int | None = 0) -> Stay:
    """Follow a craft on the Moon.

    Parameters
    ----------
    scene : SurfaceScenario
    seed : int >= 0 or None
        Of the dispersions; None: nothing varies.

    Returns
    -------
    Stay
        Always: a craft that freezes is a result.

    Raises
    ------
    LunarlabError
        No `SurfaceScenario`, a seed that is none.
    """
    if not isinstance(scene, SurfaceScenario):
        raise LunarlabError(f"scene is {scene!r}; it must be a SurfaceScenario, as lunarlab.case('tenacious').scenario")
    drawn, extra_dB = draw(scene, seed)
    spot, start = drawn.site, drawn.site.start_s
    clock = STEP_S * np.arange(round(spot.days * DAY / STEP_S) + 1)
    t = start + clock
    eph = ephemeris(float(t[0]) - HOUR, float(t[-1]) + HOUR)
    rows = {key: faults.level(drawn.faults, *key, clock) for key in faults.KINDS}
    lean = float(np.max(rows["craft", "tilt"])) or spot.lean_deg
    top = panels.upright(math.radians(lean), math.radians(spot.lean_azimuth_deg))
    sun = light(spot.place, t, horizon_deg=spot.horizon_deg, eph=eph)
    made_W = panels.power_W(drawn.panels, sun, top) * (1.0 - rows["panel", "shade"])
    heat = warmth.incoming(drawn.thermal, sun, top)
    # Dust on the radiator may come later: it adds a share of the sunlight on it.
    dusty = drawn.thermal.radiator_m2 * sun.flux_Wpm2 * np.maximum(sun.to_sun @ top, 0.0) * rows["radiator", "dust"]
    alive = np.maximum(drawn.relay.count - rows["relay", "lost"], 0.0)
    heard = contact(
        drawn.link.via, spot.place, t, start, drawn.stations, drawn.relay,
        horizon_deg=spot.horizon_deg, alive=alive, eph=eph,
    )  # fmt: skip
    distance = np.full(t.size, drawn.link.distance_m) if drawn.link.via == "lander" else heard.range_m
    with np.errstate(invalid="ignore"):
        margin = np.where(heard.in_view, radio.margin_dB(drawn.link, np.where(heard.in_view, distance, 1.0)), -np.inf)
    margin = margin - extra_dB - rows["link", "loss"]
    may_talk = heard.listening & (margin >= drawn.link.margin_dB) & (rows["stations", "lost"] == 0.0)
    out, energy, marks = _walk(drawn, clock, made_W, heat.total_W + dusty, heat.ground_K, sun.flux_Wpm2 > 0.0, may_talk, rows)
    events = _events(scene, clock, sun, out, marks)
    return Stay(scene, drawn, clock, sun, heard, heat, margin, out, energy, events)


def _walk(
    s: SurfaceScenario, clock: np.ndarray, made_W: np.ndarray, heat_W: np.ndarray, ground_K: np.ndarray, lit: np.ndarray,
    may_talk: np.ndarray, rows: dict[tuple[str, str], np.ndarray],
) -> tuple[dict[str, np.ndarray], dict[str, float], list[Event]]:  # fmt: skip
    """Through time, in plain floats: (histories, books, events)."""
    b, use, th, dt = s.battery, s.loads, s.thermal, STEP_S
    full = 3600.0 * b.capacity_Wh * (1.0 - rows["battery", "lost"])
    columns = [made_W, heat_W, ground_K, lit, may_talk, full, rows["heater", "lost"], rows["loads", "scale"]]
    inputs = zip(*(column.tolist() for column in columns), strict=True)
    charge, warm = b.start * float(full[0]), th.start_K
    dark, dead, data, driven = False, False, 0.0, 0.0
    book = dict.fromkeys(("sun", "spilled", "loads", "lost", "gained"), 0.0)
    first, out, marks = charge, [], []
    for now, (made, outside, ground, day, heard, most, cold, scale) in zip(clock.tolist(), inputs, strict=True):
        if charge > most:  # a cell has failed, and what was in it is gone
            book["lost"] += charge - most
            charge = most
        if dark and not dead and made >= 1.2 * scale * use.idle_W > 0.0:
            dark = False
            marks.append(Event(now, "awake", f"its panels give {made:.3g} W: it is back"))
        mode, talk, heater = DARK, False, 0.0
        if not dark:
            mode = AWAKE if day else ASLEEP
            rich = charge > b.reserve * most
            mode = WORKING if mode == AWAKE and rich and use.work_W > 0.0 else mode
            talk = heard and rich and mode != ASLEEP
            if cold == 0.0:
                heater = use.heater_W * min(max((th.hold_K + 0.5 * HEATER_BAND_K - warm) / HEATER_BAND_K, 0.0), 1.0)
        base = (0.0, use.sleep_W, use.idle_W, use.idle_W + use.work_W)[mode] + (use.talk_W if talk else 0.0)
        load = scale * base + heater
        out.append((made, load, heater, charge / 3600.0, warm, mode, talk, data, driven))
        book["sun"] += made * dt
        inside = load * dt  # all of it ends as heat, but for what is radiated as radio
        if made >= load or dark:
            room, spare = most - charge, (made - load) * dt
            if dark:
                spare = 0.0
                book["spilled"] += made * dt
            taken = min(spare, room / b.charge_efficiency)
            charge += taken * b.charge_efficiency
            inside += taken * (1.0 - b.charge_efficiency)
            book["lost"] += taken * (1.0 - b.charge_efficiency)
            book["spilled"] += spare - taken
            book["loads"] += load * dt
        else:
            need = (load - made) * dt / b.discharge_efficiency
            left = max(charge - b.cutoff * most, 0.0)
            drawn = min(need, left)
            charge -= drawn
            inside += drawn * (1.0 - b.discharge_efficiency)
            book["lost"] += drawn * (1.0 - b.discharge_efficiency)
            served = made * dt + drawn * b.discharge_efficiency
            book["loads"] += served
            inside -= load * dt - served
            if drawn < need:
                dark = True
                marks.append(Event(now, "dark", "its battery was disconnected and it went dark"))
        if talk:
            inside -= s.link.transmit_W * dt
            data += s.link.rate_bps * dt
        driven += use.work_mps * dt if mode == WORKING else 0.0
        if dead:
            inside = 0.0
        warm = warmth.warmer(th, warm, outside + max(inside, 0.0) / dt, ground, dt)
        if not dead and not th.low_K <= warm <= th.high_K:
            dead = dark = True
            cooked = warm > th.high_K
            limit = f"above {th.high_K:g} K: it overheated" if cooked else f"below {th.low_K:g} K: it froze"
            marks.append(Event(now + dt, "overheated" if cooked else "froze", limit))
    book["gained"] = charge - first
    table = np.array(out, dtype=float)
    return {name: table[:, i] for i, name in enumerate(HISTORY)}, book, marks


def _events(
    scene: SurfaceScenario, clock: np.ndarray, sun: Light, out: dict[str, np.ndarray], marks: list[Event]
) -> list[Event]:
    """What happened, in order of time."""
    found = [Event(0.0, "touchdown", f"touchdown, the Sun {math.degrees(sun.elevation_rad[0]):.1f} deg high"), *marks]
    found += [Event(row.at_s, "fault", f"fault: {row.words}") for row in scene.faults if row.at_s <= clock[-1]]
    lit = sun.flux_Wpm2 > 0.0
    for i in (np.flatnonzero(lit[1:] != lit[:-1]) + 1).tolist():
        found.append(Event(float(clock[i]), "sunrise" if lit[i] else "sunset", "sunrise" if lit[i] else "sunset"))
    talk = spans(clock, out["talking"] > 0.0)
    if talk.size:
        found.append(Event(float(talk[0, 0]), "first_word", "first word to Earth"))
        found.append(Event(float(talk[-1, 1]), "last_word", "last word to Earth"))
    if scene.goal_s <= clock[-1]:
        found.append(Event(scene.goal_s, "goal", f"{scene.goal.days:g} days: so long it was to live"))
    return sorted(found, key=lambda event: event.t_s)


def many(scene: SurfaceScenario, n: Any = 100, *, seed: int = 0) -> list[Stay]:
    """The same stay `n` times (1 to 10,000), with dispersions drawn from `seed`, `seed` + 1, ..."""
    count = int(si(n, "", name="n", low=1.0, high=1e4))
    first = int(si(seed, "", name="seed", low=0.0, high=1e15))
    return [stay(scene, seed=first + k) for k in range(count)]
