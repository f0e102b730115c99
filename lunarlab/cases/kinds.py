"""The kinds of flight that a case can describe. Each has its scenario, faults, observables and a way to fly it.

A new kind is a module with a `KIND`, and a line in `_MODULES`. Modules are imported when their kind is first used.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lunarlab.errors import LunarlabError

_MODULES = {
    "descent": "lunarlab.cases.descents",
    "burn": "lunarlab.cases.burns",
    "propellant": "lunarlab.cases.propellants",
    "surface": "lunarlab.cases.surface",
}


@dataclass(frozen=True)
class Kind:
    """One kind of flight."""

    name: str
    scenario: Any
    """Frozen dataclass with `name`, `faults`, and one part (a frozen dataclass) for each table of the file."""
    fault: Any
    """Frozen dataclass of a row of ``[[faults]]``."""
    fault_unit: Callable[[str, str], str]
    """(target, kind) -> unit of the fault's value."""
    fly: Callable[..., Any]
    """fly(scenario, **options) -> flight with `verdict`, `reasons` and `events`."""
    observables: Mapping[str, tuple[str, Callable[[Any], float], str]]
    """Name: (unit, function of a flight, meaning), for ``[expect]``."""
    report: Callable[[Any], dict[str, Any]]
    """What ``lunarlab fly --json`` says of a flight between its reasons and its events."""
    good: Callable[[Any], bool]
    """Whether a flight ended as a mission wants it to."""
    options: tuple[str, ...] = ()
    """What `fly` takes besides the scenario and a seed."""
    head: tuple[str, ...] = ()
    """Numbers that the head of the file must give."""
    events: tuple[str, ...] = ()
    """What can happen in a flight: a published point may count from it."""
    quantities: tuple[str, ...] = ()
    """What a published point may give besides height and speed."""

    @property
    def parts(self) -> dict[str, Any]:
        """Tables of the file: name and dataclass."""
        plain = self.scenario()
        fields = dataclasses.fields(self.scenario)
        return {f.name: type(getattr(plain, f.name)) for f in fields if f.name not in ("name", "faults")}


def kind_names() -> list[str]:
    """Names of all kinds."""
    return list(_MODULES)


def kind(name: str) -> Kind:
    """The kind of this name."""
    if name not in _MODULES:
        raise LunarlabError(f"flight is {name!r}; allowed are {', '.join(_MODULES)}")
    found: Kind = importlib.import_module(_MODULES[name]).KIND
    return found


def kind_of(scene: Any) -> Kind:
    """The kind that a scenario belongs to; a descent if it does not say."""
    return kind(getattr(type(scene), "flight", "descent"))


def descents_only(thing: Any, name: str, user: str) -> None:
    """Refuse a case, scenario or flight of another kind by that kind; LunarlabError. A descent, or what is none, passes."""
    scene = getattr(thing, "scenario", thing)
    flies = getattr(type(scene), "flight", "descent")
    if flies in _MODULES and flies != "descent":
        called = getattr(thing, "name", "") or getattr(scene, "name", "")
        raise LunarlabError(f"{name} is {called}, a {flies} case; {user} takes descents")


def known(value: float) -> float | None:
    """A number for a report: None for nan and inf, which JSON does not have."""
    return float(value) if math.isfinite(value) else None
