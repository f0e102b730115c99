"""Flights of the cases that several tests ask about: each is flown once in a session, and only what is asked is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import lunarlab as ll
from lunarlab.cases.kinds import kind
from lunarlab.cli import flight_report


@dataclass(frozen=True)
class Outcome:
    """What came of a flight."""

    good: bool
    verdict: str
    missed: dict[str, dict[str, Any]]
    """Rows of `expect` that are not ok."""
    report: dict[str, Any]
    """What ``lunarlab fly --json`` prints."""


@cache
def flown(name: str, seed: int, cured: bool = False, changes: tuple[tuple[str, Any], ...] = ()) -> Outcome:
    """A case, or the same without its fault."""
    case = ll.case(name, dict(changes))
    flight = ll.fly(case.no_fault if cured else case.scenario, seed=seed)
    report = json.loads(json.dumps(flight_report(case, flight, seed), allow_nan=False))
    missed = {key: row for key, row in case.check(flight).items() if not row["ok"]}
    return Outcome(kind(case.flight).good(flight), report["verdict"], missed, report)


def seeds(name: str) -> range:
    """Seeds that make a difference for this case."""
    return range(10) if hasattr(ll.case(name).scenario, "dispersions") else range(1)
