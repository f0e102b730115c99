"""What the console's controls mean: settings in, scenario out. No widgets here, so that the static fallback has it too."""

from __future__ import annotations

import csv
import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lunarlab.descent.faults import Fault
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.terrain import DATA, Terrain
from lunarlab.errors import LunarlabError

POLICY_WORDS = {
    "latch": "latch: 5 misfits lock it out",
    "gate": "gate: skip what does not fit",
    "none": "none: believe every range",
    "nis": "nis: gate in sigmas, skip",
    "gate_readmit": "gate + take back if steady",
    "student_t": "student-t: down-weight",
    "inflate": "nis + doubt grows",
}
GATED, IN_SIGMAS = ("latch", "gate", "gate_readmit"), ("nis", "inflate")
TERRAINS = {"case": "as in the case", "flat": "flat", "crater": "crater sandbox"}
FAULTS: dict[str, tuple[str, tuple[Fault, ...]]] = {
    "case": ("as in the case", ()),
    "none": ("none", ()),
    "late": ("range valid late, below 900 m", (Fault("altimeter", "late", value=900.0),)),
    "spurious": (
        "spurious 30 % for 10 s",
        (Fault("altimeter", "spurious", value=18e3, probability=0.3, trigger="time", at=560.0, duration_s=10.0),),
    ),
    "bias": ("bias step +3 km below 1.5 km", (Fault("altimeter", "bias", value=3000.0, trigger="altitude", at=1500.0),)),
    "lost": ("range lost below 5 km", (Fault("altimeter", "absent", trigger="altitude", at=5000.0),)),
    "weak": ("main engine at 85 %", (Fault("main", "scale", value=0.85),)),
}
"""Preset faults: words for the menu, and the rows."""


@dataclass(frozen=True)
class Settings:
    """Everything that the console's controls can say. Words are keys of the tables above."""

    policy: str
    gate_m: float
    nis_sigmas: float
    accel_noise: float
    terrain: str = "case"
    heading_deg: float = 180.0
    map: bool = False
    fault: str = "case"
    seed: int = 0

    @classmethod
    def of(cls, scene: Scenario, seed: int = 0) -> Settings:
        """The settings at which the console flies `scene` itself."""
        n = scene.navigation
        heading = scene.terrain.heading_deg
        return cls(n.policy, n.gate_m, n.nis_sigmas, n.accel_noise, heading_deg=heading, map=bool(n.map), seed=seed)


@lru_cache(maxsize=32)
def headings(profile: str) -> tuple[float, ...]:
    """Directions of flight [deg] that a profile in the package has; empty for a file of one's own."""
    file = DATA / f"{profile}.csv"
    if not profile or not file.is_file():
        return ()
    with file.open(encoding="utf-8", newline="") as lines:
        names = next(csv.reader(line for line in lines if not line.startswith("#")))
    return tuple(float(name.removeprefix("heading_")) for name in names if name.startswith("heading_"))


def build(scene: Scenario, settings: Settings) -> Scenario:
    """`scene` flown with other settings.

    Raises
    ------
    LunarlabError
        A word that no table has, a number out of its range.
    """
    if settings.terrain not in TERRAINS:
        raise LunarlabError(f"terrain is {settings.terrain!r}; allowed are {', '.join(TERRAINS)}")
    if settings.fault not in FAULTS:
        raise LunarlabError(f"fault is {settings.fault!r}; allowed are {', '.join(FAULTS)}")
    terrain: Any = scene.terrain
    if settings.terrain != "case":
        terrain = Terrain(kind=settings.terrain)
    elif terrain.kind == "profile" and settings.heading_deg != terrain.heading_deg:
        terrain = dataclasses.replace(terrain, heading_deg=settings.heading_deg)
    navigation = dataclasses.replace(
        scene.navigation, policy=settings.policy, gate_m=settings.gate_m, nis_sigmas=settings.nis_sigmas,
        accel_noise=settings.accel_noise, map=int(settings.map),
    )  # fmt: skip
    faults = scene.faults if settings.fault == "case" else FAULTS[settings.fault][1]
    return dataclasses.replace(scene, terrain=terrain, navigation=navigation, faults=faults)
