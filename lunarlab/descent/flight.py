"""``fly(scenario) -> Flight``: one descent, its histories, events, verdict and reasons."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lunarlab import jit, units
from lunarlab.descent import faults, loop, plugin, scenario
from lunarlab.descent import guidance as laws
from lunarlab.descent import navigation as n
from lunarlab.descent import vehicle as v
from lunarlab.descent.settle import Outcome, Rest, settle
from lunarlab.descent.space import Site, coordinates
from lunarlab.descent.terrain import incline, true_heights
from lunarlab.descent.touchdown import Touchdown, Verdict, judge
from lunarlab.errors import LunarlabError

_COLUMN = {name: i for i, name in enumerate(loop.HISTORY)}
_DETAILS = {
    "deorbit": "de-orbit burn, {altitude:.0f} km above the ground",
    "ignition": "braking starts {altitude:.1f} km up at {first:.0f} m/s, {to_go:.0f} km before the target",
    "first_range": "first valid range, {first:.0f} m, {to_go:.1f} km before the target",
    "gate_armed": "gate armed: 1-sigma height {first:.0f} m",
    "first_reject": "range does not fit: {first:+.0f} m against a gate of {second:.0f} m, {to_go:.1f} km before the target",
    "lockout": "altimeter declared broken for good {to_go:.1f} km before the target; velocity error then {second:+.1f} m/s",
    "readmit": "altimeter taken back: height revised by {first:+.0f} m",
    "brake_end": "braking ends at an estimated {second:.0f} m, {first:.0f} m/s forward",
    "terminal": "terminal descent: upright",
    "main_cutoff": "main engine off",
    "main_relight": "main engine on again",
    "final_rate": "final rate",
    "estimate_zero": "estimated height is zero; true altitude {altitude_m:.0f} m, {second:.1f} kg of propellant left",
    "propellant_out": "propellant is gone, {altitude_m:.0f} m above the ground",
    "contact": "contact at {down:.2f} m/s down, {first:.2f} m/s forward",
    "fault": "fault: {fault}",
    "engines_on": "engines start at an estimated {height_m:.0f} m, true altitude {altitude_m:.0f} m",
    "legs_armed": "touchdown sensing armed at an estimated {height_m:.1f} m, {down:.1f} m/s down; the latch {latch}",
    "inertial": "no range and no velocity for {first:.1f} s: inertial mode, cut-off held back, {altitude_m:.1f} m up",
    "cutoff": "engines off {altitude_m:.1f} m above the ground at {down:.1f} m/s down; estimated height {height_m:.1f} m",
    "bounce": "contact with engines running: {first:.2f} m/s into the ground, {second:.2f} m/s off it",
    "hop": "top of a hop, {first:.2f} m higher than where it began, {second:.1f} m further",
    "divert": "aim point moved {first:+.0f} m forward, {second:+.0f} m left, to safer ground",
    "program_alarm": "program alarm: {second:.2f} of the computing time is asked for, and no slot is left",
    "restart": "the computer restarts without its display; the engines' command is {first:.1f} s old",
    "computer_reset": "the computer resets: navigation stands still, engines off, {altitude_m:.0f} m above the ground",
    "relight_failed": "engines do not light, try {first:.0f}, {second:.0f} s after the reset",
    "retarget": "aim point moved {first:+.0f} m forward, {second:+.0f} m left, within the landing zone",
    "engine_restart": "engines burn again {second:.0f} s after the reset, {altitude_m:.0f} m above the ground",
}
_STEEP = "the descent starts {altitude:.1f} km up at {down:.0f} m/s down"


@dataclass(frozen=True)
class Event:
    """Something that happened. Altitude is over the ground, distance is left to the target, speed is upwards; truth."""

    t_s: float
    kind: str
    detail: str
    distance_m: float
    altitude_m: float
    est_height_m: float
    vertical_mps: float
    values: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class Flight:
    """The result of `fly`. Histories: ``flight["true_altitude"]`` (Quantity) or ``flight.si["true_altitude"]`` (array)."""

    verdict: Verdict
    reasons: list[str]
    events: list[Event]
    touchdown: Touchdown | None
    provenance: dict[str, Any]
    table: np.ndarray
    """Histories, shape (rows, len(HISTORY)), SI; empty if the flight was not recorded."""
    ground: np.ndarray
    """Terrain along the track, shape (2, m): distance to the target and height above the datum [m]."""
    rest: Rest | None = None
    """What became of the lander after first contact, if it has legs and touched down slowly enough to ask."""

    def __repr__(self) -> str:
        seed = "no noise" if self.provenance["seed"] is None else f"seed {self.provenance['seed']}"
        lines = [f"Flight {self.provenance['name']}, {seed}: {self.verdict.value}", *(f"  {text}" for text in self.reasons)]
        return "\n".join(lines)

    @cached_property
    def si(self) -> dict[str, np.ndarray]:
        """Histories by name as arrays in the units of `loop.HISTORY`."""
        return {name: self.table[:, i] for name, i in _COLUMN.items()}

    def __getitem__(self, name: str) -> Any:
        """History `name` as an astropy Quantity."""
        if name not in _COLUMN:
            raise LunarlabError(f"no history is called {name!r}; there are {', '.join(_COLUMN)}")
        return units.quantity(self.si[name], loop.HISTORY[name])

    def event(self, kind: str) -> Event | None:
        """First event of a kind, or None."""
        if kind not in loop.EVENTS:
            raise LunarlabError(f"no event is called {kind!r}; there are {', '.join(loop.EVENTS)}")
        return next((event for event in self.events if event.kind == kind), None)

    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and longitude [deg] under the lander for every row of the history; three dimensions only."""
        if "site" not in self.provenance:
            raise LunarlabError("this flight stayed in the plane; coordinates need a scenario with Site(dimensions=3, ...)")
        radius = self.provenance["radius_m"]
        theta, phi = -self.si["true_distance"] / radius, self.si["true_cross"] / radius
        return coordinates(Site(**self.provenance["site"]), theta, phi)

    @property
    def landed(self) -> bool:
        """Whether the verdict is LANDED."""
        return self.verdict is Verdict.LANDED

    def save(self, path: str | Path) -> Path:
        """Write the flight to one .npz file (arrays and JSON, no pickle). Returns its path."""
        file = _npz(path)
        meta = {
            "format": 1, "verdict": self.verdict, "reasons": self.reasons, "events": [asdict(e) for e in self.events],
            "touchdown": None if self.touchdown is None else asdict(self.touchdown), "provenance": self.provenance,
            "rest": None if self.rest is None else asdict(replace(self.rest, motion=None)),
        }  # fmt: skip
        np.savez_compressed(file, meta=np.array(json.dumps(meta)), table=self.table, ground=self.ground)
        return file

    @classmethod
    def load(cls, path: str | Path) -> Flight:
        """Read a flight that `save` wrote."""
        try:
            with np.load(_npz(path), allow_pickle=False) as data:
                meta, table, ground = json.loads(str(data["meta"])), data["table"], data["ground"]
            events = [Event(**{**event, "values": tuple(event["values"])}) for event in meta["events"]]
            contact = None if meta["touchdown"] is None else Touchdown(**meta["touchdown"])
            rest = meta.get("rest")
            if rest is not None:
                rest = Rest(**{**rest, "outcome": Outcome(rest["outcome"]), "crush_m": tuple(rest["crush_m"])})
            return cls(Verdict(meta["verdict"]), meta["reasons"], events, contact, meta["provenance"], table, ground, rest)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise LunarlabError(f"{str(path)!r} is not a flight that lunarlab saved: {error}") from error


def _npz(path: str | Path) -> Path:
    """The path with .npz at its end."""
    file = Path(path)
    return file if file.suffix == ".npz" else file.with_name(file.name + ".npz")


def _idle(scene: scenario.Scenario, rule: faults.Fault) -> str:
    """Why a fault changes nothing in this lander; empty where it can."""
    touch, slow = scene.cutoff.rule, scene.computer.cycle_s == 0.0
    reasons = {
        ("computer", "theft"): "Computer.cycle_s is 0" if slow else "",
        ("computer", "monitor"): "Computer.cycle_s is 0" if slow else "",
        ("touchdown", "spurious"): f"Cutoff.rule is {touch!r}" if touch != "contact" else "",
        ("touchdown", "absent"): f"Cutoff.rule is {touch!r}" if touch != "contact" else "",
        ("gyro", "saturated"): "Attitude.gyro_limit_deg_s is 0" if scene.attitude.gyro_limit_deg_s == 0.0 else "",
        "altimeter": "it has none" if scene.altimeter.range_max_m == 0.0 else "",
        "altimeter_2": "it has none" if scene.altimeter_2.range_max_m == 0.0 else "",
        "velocimeter": "it has none" if scene.velocimeter.altitude_max_m == 0.0 else "",
        "camera": "it has none" if scene.camera.height_max_m == 0.0 or scene.site.dimensions == 2.0 else "",
    }
    return reasons.get((rule.target, rule.kind), reasons.get(rule.target, ""))


def read_events(rows: np.ndarray, scene: scenario.Scenario) -> list[Event]:
    """Event rows of the loop as `Event`, each with a sentence."""
    events = []
    for t, code, to_go, altitude, height, up, first, second in rows.tolist():
        kind = loop.EVENTS[int(code)]
        fault = ""
        template = _STEEP if kind == "ignition" and -up > abs(first) else _DETAILS[kind]
        if kind == "fault":
            rule = scene.faults[int(first)]
            _, unit, low, high, meaning = faults.KINDS[rule.target, rule.kind]
            value = f" {rule.value:g} {unit}".rstrip() if low < high else ""
            idle = _idle(scene, rule)
            fault = f"{rule.target} {rule.kind}{value}: {meaning}{idle and f' (changes nothing here: {idle})'}"
        detail = template.format(
            altitude=altitude / 1e3, altitude_m=altitude, height=height / 1e3, height_m=height, to_go=to_go / 1e3, down=-up,
            latch="is set already" if second > 0.0 else "is clear",
            first=first, second=second, fault=fault,
        )  # fmt: skip
        events.append(Event(t, kind, detail, to_go, altitude, height, up, (first, second)))
    return events


def _give_params(function: Any, params: np.ndarray, built_in: np.ndarray) -> np.ndarray:
    """A student's function gets the student's params; a built-in one that is passed by hand keeps its own."""
    own = function is not None and function not in (laws.builtin_law, n.builtin_filter)
    return params if own and params.size else built_in


def fly(
    scene: scenario.Scenario,
    *,
    guidance: Callable[..., Any] | None = None,
    navigation: Callable[..., Any] | None = None,
    params: Any = None,
    seed: int | None = 0,
    record: bool = True,
) -> Flight:
    """Fly a descent from lunar orbit to its end.

    Parameters
    ----------
    scene : Scenario
        What flies where; see `lunarlab.Scenario` and `lunarlab.case`.
    guidance : function (t, est, params) -> (ax, ay, az), optional
        Instead of the lander's own law. est: see `lunarlab.descent.guidance`; answer in m/s2.
    navigation : function (t, meas, params, memory) -> (x, y, z, vx, vy, vz), optional
        Instead of the lander's own filter. meas, memory: see `lunarlab.descent.sensors` and `.navigation`.
    params : sequence or dict of numbers, optional
        Given to `guidance` and `navigation` as a read-only array, a dict in its own order. Without it a filter gets the
        numbers of ``scene.navigation``, a law those of ``scene.guidance``, in the order of the indices in those modules.
    seed : int >= 0 or None
        Seed of every random stream. None: no noise and no dispersion.
    record : bool
        False leaves out the histories (campaigns).

    Returns
    -------
    Flight
        Always; a crash, a law that raises, or a time-out is a verdict with reasons.

    Raises
    ------
    LunarlabError
        Wrong input: not a scenario, seed below 0, params that are not numbers, a law that is not a function; a scenario in
        space with the vertical filter, which cannot hold the track there.
    """
    if not isinstance(scene, scenario.Scenario):
        raise LunarlabError(f"scene is {scene!r}; it must be a Scenario, for example lunarlab.case('hakuto-r-m1').scenario")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0):
        raise LunarlabError(f"seed is {seed!r}; it must be a whole number of at least 0, or None for a flight without noise")
    if navigation is None:
        scenario.check_filter(scene)
    given = plugin.check_params(params)
    seed = None if seed is None else int(seed)
    packed, start = scenario.pack(scene, seed)
    start.guidance.flags.writeable = start.navigation.flags.writeable = False
    law_params = _give_params(guidance, given, start.guidance)
    filter_params = _give_params(navigation, given, start.navigation)

    law = plugin.builtin("guidance") if guidance is None else plugin.prepare("guidance", guidance, law_params)
    filter = plugin.builtin("navigation") if navigation is None else plugin.prepare("navigation", navigation, filter_params)
    provenance: dict[str, Any] = {"lunarlab": _version(), "scenario": scene.digest, "name": scene.name, "seed": seed}
    for kind, part in (("guidance", law), ("navigation", filter)):
        provenance[kind] = (
            {"function": "-", "ran": "not at all", "why": part}
            if isinstance(part, str)
            else {"function": part.name, "ran": "compiled" if part.compiled else "python", "why": part.why}
        )
    complaints = [part for part in (law, filter) if isinstance(part, str)]
    empty = np.zeros((0, len(loop.HISTORY)))
    ground = np.array([np.linspace(-20e3, 120e3, 1401), np.zeros(1401)])
    true_heights(packed.terrain, ground[0], ground[1])
    if complaints or isinstance(law, str) or isinstance(filter, str):
        reasons = [f"before the flight, in a trial call: {text}" for text in complaints]
        return Flight(Verdict.LAW_ERROR, reasons, [], None, provenance, empty, ground)

    work = loop.new_work(start.state, start.guidance, start.faults)
    ticks = start.noise.imu_normal.shape[0]
    history = np.empty((ticks + 1500, len(loop.HISTORY))) if record else empty
    events = np.zeros((loop.EVENTS_MAX, loop.EVENT_SIZE))
    run = loop.compiled_run() if law.compiled and filter.compiled else loop.run
    parts = law.call, law_params, filter.call, filter_params
    status = run(jit.one(work), jit.one(packed), start.noise, *parts, history, events)

    happened = read_events(events[: work.events], scene)
    verdict, reasons, contact, rest = _verdict(status, work, packed, scene)
    if packed.space:
        provenance["site"], provenance["radius_m"] = asdict(scene.site), float(packed.radius)
    if status in (loop.LAW_FAILED, loop.FILTER_FAILED):
        broken, call = (
            (law, (work.t, work.est, law_params))
            if status == loop.LAW_FAILED
            else (filter, (work.t, work.meas, filter_params, work.memory))
        )
        reasons.append(broken.explain(call))
    if work.events_lost:
        provenance["events_lost"] = int(work.events_lost)
    return Flight(verdict, reasons, happened, contact, provenance, history[: work.rows], ground, rest)


def _verdict(
    status: int, work: Any, packed: Any, scene: scenario.Scenario
) -> tuple[Verdict, list[str], Touchdown | None, Rest | None]:
    """What the end of the loop means."""
    elapsed = work.t - work.t_ignition
    if status == loop.CONTACT:
        contact, mass = _contact(work, packed), float(work.y[v.MASS])
        rest = None
        if scene.gear.legs > 0.0 and contact.speed_mps <= scene.limits.survivable_mps:
            rest = settle(contact, scene.gear, mass_kg=mass)
        dry = float(work.dry_altitude) if work.dry else None
        verdict, reasons = judge(contact, scene.limits, dry, scene.gear, mass_kg=mass, rest=rest)
        return *_before_contact(work, scene, verdict, reasons), contact, rest
    if status == loop.TIMEOUT:
        reasons = [f"still flying {elapsed:.0f} s after ignition, {work.altitude:.0f} m above the ground"]
        return Verdict.TIMEOUT, reasons, None, None
    if status == loop.DIVERGED:
        reasons = [f"left the model {elapsed:.0f} s after ignition, altitude {work.altitude:.3g} m"]
        if work.t_ignition == 0.0 and not packed.midair:
            reasons = ["the orbit meets the ground, or passes the target, before braking could start"]
        return Verdict.DIVERGED, reasons, None, None
    nav = work.nav
    what = "guidance law" if status == loop.LAW_FAILED else "navigation filter"
    where = f"at an estimated {work.est_height:.0f} m, {-nav[n.X]:.0f} m from the target"
    return Verdict.LAW_ERROR, [f"the {what} failed {elapsed:.1f} s after ignition, {where}"], None, None


def _before_contact(
    work: Any, scene: scenario.Scenario, verdict: Verdict, reasons: list[str]
) -> tuple[Verdict, list[str]]:
    """What a verdict has to say of a cut-off in the air, and of bounces before the last contact."""
    limit = scene.limits.vertical_mps
    if work.bounces and work.hardest > limit:
        verdict = Verdict.HARD_LANDING if verdict is Verdict.LANDED else verdict
        reasons = [f"speed into the ground at an earlier contact {work.hardest:.2f} m/s, allowed {limit:g} m/s", *reasons]
    if work.cut and verdict is not Verdict.LANDED and work.cut_altitude > 0.0:
        reasons = [f"engines were switched off {work.cut_altitude:.0f} m above the ground", *reasons]
    return verdict, reasons


def _contact(work: Any, packed: Any) -> Touchdown:
    """The state at contact, and how the ground lies there."""
    y, cross = work.y, float(work.y[v.PHI] * packed.radius)
    rise_x, rise_y = incline(packed.terrain, work.distance, cross, 4.0)
    fastest, bandwidth = packed.vehicle.pitch_rate, packed.vehicle.pitch_bandwidth
    turn = (np.clip((work.command[i] - y[part]) * bandwidth, -fastest, fastest) for i, part in ((2, v.PITCH), (3, v.TILT)))
    return Touchdown(
        float(work.t), float(-y[v.V_UP]), float(y[v.V_FWD]), _tilt(y), -float(work.distance),
        max(float(y[v.MASS] - packed.vehicle.dry_mass), 0.0), float(y[v.V_LEFT]), cross,
        math.degrees(math.atan(math.hypot(rise_x, rise_y))), math.degrees(math.atan2(-rise_y, -rise_x)),
        math.degrees(y[v.PITCH]) - 90.0, math.degrees(y[v.TILT]),
        *(math.degrees(rate) for rate in turn),
    )  # fmt: skip


def _tilt(y: np.ndarray) -> float:
    """Angle of the lander's axis from vertical [deg]."""
    if y[v.TILT] == 0.0:
        return float(abs(math.degrees(y[v.PITCH]) - 90.0))
    return math.degrees(math.acos(min(1.0, math.sin(y[v.PITCH]) * math.cos(y[v.TILT]))))


def _version() -> str:
    from lunarlab import __version__

    return __version__
