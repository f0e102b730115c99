"""Decisions of the counterfactual bench: one small change of a scenario each, as data. What comes of them is flown.

A decision names numbers by path (``navigation.gate_m``, ``faults.*.duration_s``), so it applies to every kind of flight and
to every mission that has these parts. Where nothing would change, it says so and is not flown.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lunarlab.errors import LunarlabError

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "set": lambda old, value: value,
    "times": lambda old, value: old * value,
    "plus": lambda old, value: old + value,
    "least": lambda old, value: max(old, value),
    "most": lambda old, value: min(old, value),
}
"""What a change does to the number that is there."""
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "in": lambda have, wanted: have in wanted,
    "not in": lambda have, wanted: have not in wanted,
    "above": lambda have, wanted: have > wanted,
    "below": lambda have, wanted: have < wanted,
}
"""What a need asks of a number."""


@dataclass(frozen=True)
class Change:
    """``part.field``, an operation of `OPERATIONS`, and its value: ``("part.field", k)`` is k times what stands there."""

    path: str
    operation: str
    value: Any


@dataclass(frozen=True)
class Need:
    """``part.field``, a test of `TESTS`, its value, and the words for a scenario that does not meet it."""

    path: str
    test: str
    value: Any
    why_not: str


@dataclass(frozen=True)
class Decision:
    """One thing that somebody could have decided otherwise."""

    name: str
    words: str
    changes: tuple[Change, ...]
    needs: tuple[Need, ...] = ()

    def apply(self, scene: Any) -> tuple[Any, str]:
        """(scenario with the decision, "") or (None, why it does not apply here)."""
        for need in self.needs:
            found, value = _get(scene, need.path)
            if not found:
                return None, f"it has no {_lacks(scene, need.path)}"
            if not TESTS[need.test](value, need.value):
                return None, need.why_not
        try:
            changed, why_not = self._changed(scene)
        except LunarlabError as error:
            return None, f"the lander can't be built like this: {error}"
        if why_not:
            return None, why_not
        if changed == scene:
            return None, "it is so already"
        return changed, ""

    def _changed(self, scene: Any) -> tuple[Any, str]:
        """The scenario with all changes at once, so that no half of them is refused; or why a part is missing."""
        parts: dict[str, Any] = {}
        for change in self.changes:
            if change.path.startswith("faults."):
                parts["faults"] = _change_faults(scene, change)
                continue
            found, old = _get(scene, change.path)
            if not found:
                return scene, f"it has no {_lacks(scene, change.path)}"
            part, _, name = change.path.partition(".")
            value = OPERATIONS[change.operation](old, _value(scene, change.value))
            if name:
                parts.setdefault(part, {})[name] = value
            else:
                parts[part] = value
        built = {
            part: dataclasses.replace(getattr(scene, part), **value) if isinstance(value, dict) else value
            for part, value in parts.items()
        }
        return dataclasses.replace(scene, **built), ""


def _value(scene: Any, value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    path, factor = value
    there = _get(scene, path)[1]
    return there if factor == 1.0 else factor * there


def _get(scene: Any, path: str) -> tuple[bool, Any]:
    """(whether it is there, the value) of ``part.field`` or ``part``."""
    value = scene
    for name in path.split("."):
        if not hasattr(value, name):
            return False, None
        value = getattr(value, name)
    return True, value


def _lacks(scene: Any, path: str) -> str:
    part = path.partition(".")[0]
    return part.replace("_", " ") if not hasattr(scene, part) else path


def _change_faults(scene: Any, change: Change) -> tuple[Any, ...]:
    """``faults.TARGET.FIELD``: a field of every fault of the target. "copy" OTHER: the other target has them, too."""
    _, target, *name = change.path.split(".")
    rows = []
    for row in scene.faults:
        if row.target != target:
            rows.append(row)
        elif change.operation == "copy":
            rows += [row, dataclasses.replace(row, target=change.value)]
        else:
            value = OPERATIONS[change.operation](getattr(row, name[0]), change.value)
            rows.append(dataclasses.replace(row, **{name[0]: value}))
    return tuple(rows)


_GATED = Need("navigation.policy", "in", ("latch", "gate", "gate_readmit"), "its filter has no gate in metres")
_ALTIMETER = Need("altimeter.range_max_m", "above", 0.0, "it has no altimeter")
_ONE = Need("altimeter_2.range_max_m", "below", 1e-9, "it has two altimeters already")
_PLAIN = Need("terrain.kind", "in", ("flat",), "its ground is not a plain")
_CYCLE = Need("computer.cycle_s", "above", 0.0, "its computer's time is not modelled")
_RESET = Need("computer.relight_s", "above", 0.0, "its computer is not reset")
_LEGS = Need("cutoff.rule", "in", ("contact",), "its engines are not switched off by its legs")
_SOFTWARE = Need("cutoff.rule", "not in", ("ideal",), "its contact is known at once")
_GYRO = Need("attitude.gyro_limit_deg_s", "above", 0.0, "its gyro can measure every rate")
_SECOND = (
    Change("altimeter_2", "set", ("altimeter", 1.0)),
    Change("navigation.filter", "set", "six"),
    Change("navigation.range_2_noise_m", "set", ("navigation.range_noise_m", 1.0)),
    Change("navigation.range_2_noise_fraction", "set", ("navigation.range_noise_fraction", 1.0)),
)


def _one(name: str, words: str, *changes: tuple[str, str, Any], needs: tuple[Need, ...] = ()) -> Decision:
    return Decision(name, words, tuple(Change(*change) for change in changes), needs)


DECISIONS: tuple[Decision, ...] = (
    # what to do with a range that does not fit
    _one("gate-wide", "believe ranges up to 4 km off", ("navigation.gate_m", "least", 4000.0), needs=(_GATED,)),
    _one("gate-tight", "give up the altimeter after ranges that are 10 m off", ("navigation.policy", "set", "latch"),
         ("navigation.gate_m", "most", 10.0), needs=(_ALTIMETER,)),
    _one("one-strike", "give up the altimeter after one range that is 100 m off", ("navigation.policy", "set", "latch"),
         ("navigation.gate_m", "most", 100.0), ("navigation.latch_count", "set", 1.0), needs=(_ALTIMETER,)),
    _one("readmit", "take a rejected altimeter back once its ranges agree with each other",
         ("navigation.policy", "set", "gate_readmit"), needs=(_ALTIMETER,)),
    _one("no-gate", "believe every range", ("navigation.policy", "set", "none"), needs=(_ALTIMETER,)),
    _one("heavy-tail", "weigh doubtful ranges less instead of refusing them", ("navigation.policy", "set", "student_t"),
         needs=(_ALTIMETER,)),
    _one("three-of-five", "believe ranges only once three of five agree", ("navigation.acquire_m", "set", 3.0),
         ("navigation.acquire_n", "set", 5.0), needs=(_ALTIMETER,)),
    # what to measure with
    _one("six-states", "estimate position and velocity in one filter", ("navigation.filter", "set", "six")),
    Decision("second-altimeter", "carry a second altimeter of the same make, with the same faults, and vote",
             (*_SECOND, Change("faults.altimeter", "copy", "altimeter_2")), (_ALTIMETER, _ONE)),
    Decision("other-altimeter", "carry a second altimeter of another make, which does not share the first one's faults",
             _SECOND, (_ALTIMETER, _ONE)),
    _one("velocimeter", "carry a Doppler velocimeter that works below 2 km", ("velocimeter.altitude_max_m", "least", 2000.0)),
    _one("no-velocimeter", "leave the velocimeter at home", ("velocimeter.altitude_max_m", "set", 0.0)),
    # where to land, and what is known of it
    _one("map", "give the filter a map of the ground", ("navigation.map", "set", 1), needs=(_ALTIMETER,)),
    _one("flat-site", "land on a plain instead", ("terrain.kind", "set", "flat"), ("terrain.slope_deg", "set", 0.0),
         ("terrain.small_craters", "set", 0)),
    _one("crater-site", "move the site into a crater, after the review", ("terrain.kind", "set", "crater"), needs=(_PLAIN,)),
    _one("crater-reviewed", "move the site into a crater, and fly the review again with a map of it",
         ("terrain.kind", "set", "crater"), ("navigation.map", "set", 1), needs=(_PLAIN, _ALTIMETER)),
    # how to come down
    _one("earlier-braking", "end the braking 1 km higher", ("guidance.brake_end_height_m", "plus", 1000.0)),
    _one("later-braking", "end the braking at half the height", ("guidance.brake_end_height_m", "times", 0.5)),
    _one("slower-approach", "below the high gate, come down at two thirds of the speed",
         ("guidance.low_speed_mps", "times", 2 / 3), ("guidance.high_speed_mps", "times", 2 / 3),
         ("guidance.speed_cap_mps", "times", 2 / 3)),
    _one("any-spot", "come down where it is, not at the one point", ("guidance.position_gain", "set", 0.0),
         needs=(Need("guidance.position_gain", "above", 0.0, "it does not aim for a point"),)),
    _one("slew-fast", "let it turn three times as fast", ("vehicle.pitch_rate_max_deg_s", "times", 3.0)),
    _one("slew-slow", "let it turn at most 1 deg/s", ("vehicle.pitch_rate_max_deg_s", "most", 1.0)),
    _one("more-propellant", "carry 5 % more mass, all of it propellant", ("vehicle.mass_kg", "times", 1.05)),
    _one("four-engines", "spread the throttled thrust over four engines", ("vehicle.assist_engines", "set", 4.0), needs=(
        Need("vehicle.assist_engines", "above", 1.0, "its throttled engines are modelled as one"),
        Need("vehicle.assist_engines", "below", 4.0, "it has as many already"))),
    _one("wide-stance", "stand on legs half as far apart again", ("gear.foot_radius_m", "times", 1.5),
         needs=(Need("gear.legs", "above", 0.0, "its legs are not modelled"),)),
    # what the computer does
    _one("less-work", "give the guidance job a tenth less to do", ("computer.guidance_share", "times", 0.9),
         needs=(_CYCLE,)),
    _one("more-work", "give the guidance job a tenth more to do", ("computer.guidance_share", "times", 1.1), needs=(_CYCLE,)),
    _one("sure-restart", "light the engines at the first try after a reset, at once",
         ("computer.relight_failures", "set", 0.0), ("computer.relight_s", "most", 0.5), needs=(_RESET,)),
    _one("quick-reset", "be back 2 s after a reset, the engines as before", ("faults.computer.value", "most", 2.0),
         needs=(_RESET,)),
    _one("both-restarts", "be back 2 s after a reset, and light the engines at once", ("faults.computer.value", "most", 2.0),
         ("computer.relight_failures", "set", 0.0), ("computer.relight_s", "most", 0.5), needs=(_RESET,)),
    _one("reset-higher", "let the reset come 5 km higher", ("faults.computer.at", "plus", 5000.0), needs=(_RESET,)),
    # how to know that it is down, and which way is up
    _one("height-cutoff", "switch the engines off at a believed height of 1 m, and drop", ("cutoff.rule", "set", "height"),
         ("cutoff.height_m", "set", 1.0)),
    _one("contact-cutoff", "switch the engines off at the first contact", ("cutoff.rule", "set", "contact"),
         ("cutoff.clear_at_arming", "set", 1.0), ("cutoff.radar_lost_s", "set", 0.0), needs=(_SOFTWARE,)),
    _one("clear-latch", "forget at arming what the legs said before", ("cutoff.clear_at_arming", "set", 1.0), needs=(_LEGS,)),
    _one("two-readings", "ask the legs twice in a row", ("cutoff.readings", "least", 2.0), needs=(_LEGS,)),
    _one("arm-lower", "listen to the legs only from a quarter of the height", ("cutoff.arm_height_m", "times", 0.25),
         needs=(_LEGS,)),
    _one("no-inertial-mode", "switch off by the height that it believes, radar or not", ("cutoff.radar_lost_s", "set", 0.0),
         needs=(Need("cutoff.radar_lost_s", "above", 0.0, "it has no inertial mode"),)),
    _one("quick-gyro", "let the gyro keep its largest reading for 15 ms only", ("attitude.persistence_s", "most", 0.015),
         needs=(_GYRO,)),
    _one("faster-gyro", "a gyro for twice the rate", ("attitude.gyro_limit_deg_s", "times", 2.0), needs=(_GYRO,)),
    _one("positive-heights", "refuse heights below zero", ("altimeter.slant", "set", "positive"),
         needs=(Need("altimeter.slant", "not in", ("off",), "its heights do not hang on its attitude"),)),
    # when to stop a burn
    _one("short-timer", "set the back-up timer 10 % above the planned burn", ("burn.timer_s", "most", ("planned_s", 1.1))),
    _one("no-timer", "fly without a back-up timer", ("burn.timer_s", "least", 3600.0)),
    _one("higher-perilune", "take out only 72 % of the velocity", ("burn.dv_mps", "times", 0.72),
         needs=(Need("burn.dv_mps", "below", math.inf, "its burn is ended by the clock alone"),)),
    # tanks
    _one("relief-valve", "fit a relief valve at 3 MPa to the tank", ("tank.relief_Pa", "most", 3e6)),
    _one("second-valve", "fit a second helium valve that closes after 5 s", ("faults.valve.duration_s", "most", 5.0),
         needs=(Need("tank.relief_Pa", "above", 0.0, "it has no tank"),)),
    _one("thicker-tank", "a tank that tears only at twice the pressure", ("tank.burst_Pa", "times", 2.0)),
    # on the ground
    _one("larger-battery", "carry twice the battery", ("battery.capacity_Wh", "times", 2.0)),
    _one("second-panel", "carry panels of twice the area", ("panels.area_m2", "times", 2.0)),
    _one("stronger-heater", "carry heaters of twice the power", ("loads.heater_W", "times", 2.0)),
    _one("third-relay", "fly one relay satellite more", ("relay.count", "plus", 1.0),
         needs=(Need("relay.count", "above", 0.0, "it needs no relay"),)),
)  # fmt: skip
"""The decisions that the bench knows. The order is that of the table's rows."""


def decisions(names: Any = None) -> tuple[Decision, ...]:
    """All decisions, or those of these names; LunarlabError for a name that no decision has."""
    if names is None:
        return DECISIONS
    known = {decision.name: decision for decision in DECISIONS}
    chosen = []
    several = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else (names,)
    for name in several:
        if isinstance(name, Decision):
            chosen.append(name)
        elif name in known:
            chosen.append(known[name])
        else:
            raise LunarlabError(f"decisions holds {name!r}; allowed are {', '.join(known)}, or a Decision of your own")
    return tuple(chosen)
