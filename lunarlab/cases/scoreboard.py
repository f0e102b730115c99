"""Who tried to land on the Moon from 2019 to 2025, and how far each came; what "success" is, is for the reader to say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lunarlab.cases import loader
from lunarlab.errors import CaseError, LunarlabError

STAGES = ("left the Earth", "orbited the Moon", "began its descent", "at rest, alive", "upright")
"""How far an attempt came; each stage contains those before it."""
RANGE_SENSOR = ("", "good", "rejected", "late", "absent", "noisy", "lost")
_FILE = Path(__file__).with_name("scoreboard.toml")


@dataclass(frozen=True)
class Attempt:
    """One craft that was to land."""

    mission: str
    """Name of its case, where there is one."""
    name: str
    date: str
    private: bool
    """Paid for as a company's or a foundation's mission, not as an agency's own."""
    stage: int
    """Place in `STAGES`."""
    range_sensor: str
    what: str
    source: str


@cache
def scoreboard() -> tuple[Attempt, ...]:
    """All attempts in the order of their days.

    Raises
    ------
    CaseError
        The table names a stage, a sensor's fate or a source that does not exist.
    """
    toml = tomllib.loads(_FILE.read_text("utf-8"))
    rows = tuple(
        Attempt(
            r["mission"],
            r["name"],
            r["date"],
            r["private"],
            r["stage"],
            r.get("range_sensor", ""),
            r["what"],
            r["source"],
        )
        for r in toml["attempts"]
    )
    for row in rows:
        if not 0 <= row.stage < len(STAGES) or row.range_sensor not in RANGE_SENSOR:
            raise CaseError(f"{_FILE.name}: {row.name} has stage {row.stage!r} and range_sensor {row.range_sensor!r}")
        known = attempt_sources(row.mission)
        for code in row.source.split(","):
            if code not in known:
                raise CaseError(f"{_FILE.name}: {row.name} names the source {code!r}; allowed are {', '.join(known)}")
    return rows


def attempt_sources(mission: str) -> dict[str, dict[str, str]]:
    """Sources that a row may name: those of its case, and those of the table."""
    own: dict[str, dict[str, str]] = tomllib.loads(_FILE.read_text("utf-8"))["sources"]
    return {**own, **(loader.case(mission).sources if mission in loader.case_names() else {})}


def success_rate(rows: Iterable[Attempt], success: int, among: int = 0) -> tuple[int, int]:
    """How many attempts came to stage `success` or further, and of how many: those that came to stage `among`.

    Raises
    ------
    LunarlabError
        A stage that does not exist, or a success that lies before what it is counted among.
    """
    if not 0 <= among <= success < len(STAGES):
        raise LunarlabError(
            f"success is {success} among {among}; both must be 0 to {len(STAGES) - 1}, success not below among"
        )
    counted = [row.stage for row in rows if row.stage >= among]
    return sum(stage >= success for stage in counted), len(counted)
