"""Margins: the rocket equation, the ledger of a mission's velocity changes, and the choice of what can still be flown.

A mission pays for its milestones in order. `Ledger` adds them up with a reserve on each, says how far a given velocity change
reaches, and so what is lost first when it shrinks. `decide` compares whole missions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import G0
from lunarlab.errors import LunarlabError
from lunarlab.units import array, si

CONFIDENCE = ("reported", "derived", "assumed")


def delta_v(mass_kg: Any, propellant_kg: Any, isp_s: Any) -> float:
    """Velocity change [m/s] from burning `propellant_kg` of a lander of `mass_kg` (Tsiolkovsky 1903).

    Raises
    ------
    LunarlabError
        More propellant than mass, or a number out of range.
    """
    mass = si(mass_kg, "kg", name="mass_kg", low=1e-6, high=1e9)
    used = si(propellant_kg, "kg", name="propellant_kg", low=0.0, high=1e9)
    isp = si(isp_s, "s", name="isp_s", low=1.0, high=1e5)
    if used >= mass:
        raise LunarlabError(f"propellant_kg is {used:g} kg of a lander of {mass:g} kg; it must be less than the mass")
    return -isp * G0 * math.log1p(-used / mass)


def propellant_for(mass_kg: Any, dv_mps: Any, isp_s: Any) -> float:
    """Propellant [kg] that a velocity change of `dv_mps` costs a lander of `mass_kg` at ignition; inverse of `delta_v`."""
    mass = si(mass_kg, "kg", name="mass_kg", low=1e-6, high=1e9)
    dv = si(dv_mps, "m/s", name="dv_mps", low=0.0, high=1e6)
    isp = si(isp_s, "s", name="isp_s", low=1.0, high=1e5)
    return -mass * math.expm1(-dv / (isp * G0))


def _history(t_s: Any, usable_mps: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rising times [s] and the velocity change left then [m/s], checked, (n,) each."""
    t, usable = array(t_s, "s", name="t_s", shape=(None,)), array(usable_mps, "m/s", name="usable_mps", shape=(None,))
    if t.shape != usable.shape or t.size == 0 or not np.all(np.diff(t) >= 0.0):
        raise LunarlabError(f"t_s has shape {t.shape}, usable_mps {usable.shape}; they must be equal, not empty, times rising")
    return t, usable


@dataclass(frozen=True)
class Item:
    """A line of the ledger: what a milestone costs and how much is kept in reserve for it."""

    name: str
    dv_mps: float
    margin_percent: float = 0.0
    confidence: str = "assumed"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise LunarlabError(f"Item.name is {self.name!r}; it must be a word")
        label = f"Item.{{}} ({self.name})"
        dv = si(self.dv_mps, "m/s", name=label.format("dv_mps"), low=0.0, high=1e5)
        margin = si(self.margin_percent, "", name=label.format("margin_percent"), low=0.0, high=1000.0)
        if self.confidence not in CONFIDENCE:
            raise LunarlabError(
                f"{label.format('confidence')} is {self.confidence!r}; allowed are {', '.join(CONFIDENCE)}"
            )
        object.__setattr__(self, "dv_mps", dv)
        object.__setattr__(self, "margin_percent", margin)

    @property
    def reserve_mps(self) -> float:
        """The margin in m/s."""
        return self.dv_mps * self.margin_percent / 100.0

    @property
    def budget_mps(self) -> float:
        """Cost with reserve [m/s]."""
        return self.dv_mps + self.reserve_mps


@dataclass(frozen=True)
class Line:
    """An item set against what is there: `left_mps` after this and everything before it is paid with its reserve."""

    name: str
    dv_mps: float
    reserve_mps: float
    total_mps: float
    left_mps: float
    paid: bool
    confidence: str


@dataclass(frozen=True)
class Ledger:
    """What a mission pays for, in the order in which it is flown."""

    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        items = tuple(self.items)
        if not items or not all(isinstance(item, Item) for item in items):
            raise LunarlabError(f"Ledger.items is {self.items!r}; it must be one Item or more")
        names = [item.name for item in items]
        if len(set(names)) < len(names):
            raise LunarlabError(f"Ledger.items has a name twice: {', '.join(names)}")
        object.__setattr__(self, "items", items)

    @property
    def required_mps(self) -> float:
        """Sum of all costs, without reserves [m/s]."""
        return sum(item.dv_mps for item in self.items)

    @property
    def budget_mps(self) -> float:
        """Sum of all costs with their reserves [m/s]."""
        return sum(item.budget_mps for item in self.items)

    def totals(self) -> np.ndarray:
        """Budget up to and with each item [m/s], shape (n,)."""
        return np.cumsum([item.budget_mps for item in self.items])

    def lines(self, usable_mps: Any) -> list[Line]:
        """Every item against a usable velocity change [m/s]."""
        usable = si(usable_mps, "m/s", name="usable_mps", low=0.0, high=1e6)
        return [
            Line(item.name, item.dv_mps, item.reserve_mps, total, usable - total, total <= usable, item.confidence)
            for item, total in zip(self.items, self.totals().tolist(), strict=True)
        ]

    def margin_mps(self, usable_mps: Any) -> float:
        """What is left over when all is paid with its reserve [m/s]; negative: what is missing."""
        return si(usable_mps, "m/s", name="usable_mps", low=0.0, high=1e6) - self.budget_mps

    def reach(self, usable_mps: Any) -> str | None:
        """The last milestone that `usable_mps` pays for, with everything before it; None: not even the first."""
        paid = [line.name for line in self.lines(usable_mps) if line.paid]
        return paid[-1] if paid else None

    def first_lost(self, usable_mps: Any) -> str | None:
        """The first milestone that is not paid for; None: everything is."""
        return next((line.name for line in self.lines(usable_mps) if not line.paid), None)

    def lost_at(self, t_s: Any, usable_mps: Any) -> dict[str, float]:
        """When each milestone stops being payable while the usable velocity change shrinks; inf: never.

        Parameters
        ----------
        t_s, usable_mps : array (n,)
            Rising times [s] and the velocity change that is left then [m/s], if nothing is burnt until then.
        """
        t, usable = _history(t_s, usable_mps)
        lost = {}
        for item, total in zip(self.items, self.totals(), strict=True):
            below = np.flatnonzero(usable < total)
            if below.size == 0:
                lost[item.name] = math.inf
            elif below[0] == 0:
                lost[item.name] = float(t[0])
            else:
                i = int(below[0])
                share = (usable[i - 1] - total) / (usable[i - 1] - usable[i])
                lost[item.name] = float(t[i - 1] + share * (t[i] - t[i - 1]))
        return lost


@dataclass(frozen=True)
class Option:
    """A mission that could be flown: what it costs at `at_s`, how long the lander must hold its attitude, and its worth."""

    name: str
    dv_mps: float
    at_s: float
    until_s: float
    worth: float

    def __post_init__(self) -> None:
        label = f"Option.{{}} ({self.name})"
        for key, unit, high in (("dv_mps", "m/s", 1e5), ("at_s", "s", 1e10), ("until_s", "s", 1e10), ("worth", "", math.inf)):
            object.__setattr__(self, key, si(getattr(self, key), unit, name=label.format(key), low=0.0, high=high))
        if self.until_s < self.at_s:
            raise LunarlabError(f"{label.format('until_s')} is {self.until_s:g} s, before at_s, {self.at_s:g} s")


@dataclass(frozen=True)
class Verdict:
    """An option weighed: what is left then, what it leaves over, and why it is out if it is."""

    option: Option
    usable_mps: float
    """nan where the history does not reach, like what is left over."""
    left_mps: float
    possible: bool
    reason: str


@dataclass(frozen=True)
class Decision:
    """The answer of `decide`: `best` is None where nothing can be flown."""

    best: Option | None
    weighed: tuple[Verdict, ...]

    def __repr__(self) -> str:
        lines = [f"Decision: {self.best.name if self.best else 'nothing can be flown'}"]
        lines += [f"  {'yes' if v.possible else 'no '} {v.option.name}: {v.reason}" for v in self.weighed]
        return "\n".join(lines)


def decide(
    options: Sequence[Option], t_s: Any, usable_mps: Any, *, control_until_s: Any = math.inf, margin_percent: Any = 0.0
) -> Decision:
    """The worthiest mission that the shrinking velocity change and the time under control still allow.

    Parameters
    ----------
    options : sequence of Option
    t_s, usable_mps : array (n,)
        Rising times [s] and the velocity change left then [m/s], for example of a `PropellantFlight`.
    control_until_s : float
        When attitude control ends [s].
    margin_percent : float
        Reserve on the cost of every option.

    Returns
    -------
    Decision
        Of two options of the same worth, the one that leaves more. An option beyond the ends of the history is not possible.
    """
    margin = si(margin_percent, "", name="margin_percent", low=0.0, high=1000.0)
    until = si(control_until_s, "s", name="control_until_s", low=0.0)
    t, usable = _history(t_s, usable_mps)
    weighed = []
    for option in options:
        told = t[0] <= option.at_s <= t[-1]
        there = float(np.interp(option.at_s, t, usable)) if told else math.nan
        left = there - option.dv_mps * (1.0 + margin / 100.0)
        if option.until_s > until:
            reason = f"needs control until {option.until_s / 3600:.0f} h, it ends at {until / 3600:.0f} h"
        elif not told:
            first, last = t[0] / 3600.0, t[-1] / 3600.0
            reason = f"is due at {option.at_s / 3600:.0f} h; what is left is known from {first:.0f} to {last:.0f} h"
        elif left < 0.0:
            reason = f"lacks {-left:.0f} m/s: {there:.0f} m/s are left at {option.at_s / 3600:.0f} h"
        else:
            reason = f"leaves {left:.0f} of {there:.0f} m/s at {option.at_s / 3600:.0f} h"
        weighed.append(Verdict(option, there, left, option.until_s <= until and left >= 0.0, reason))
    possible = [v for v in weighed if v.possible]
    best = max(possible, key=lambda v: (v.option.worth, v.left_mps)).option if possible else None
    return Decision(best, tuple(weighed))
