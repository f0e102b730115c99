"""What can go wrong on the ground, as rows of data: panel, battery, relay, radiator, posture and more. Any of them combine."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.units import si

KINDS = {
    ("panel", "shade"): ("", 0.0, 1.0, "loses the share `value` of its light: a rock, the lander, a stuck hinge"),
    ("battery", "lost"): ("", 0.0, 1.0, "loses the share `value` of its capacity"),
    ("heater", "lost"): ("", 0.0, 0.0, "does not come on"),
    ("loads", "scale"): ("", 0.0, 10.0, "everything aboard takes `value` times as much"),
    ("radiator", "dust"): ("", 0.0, 1.0, "takes in the share `value` more of the sunlight"),
    ("relay", "lost"): ("", 0.0, 24.0, "has `value` satellites less"),
    ("stations", "lost"): ("", 0.0, 0.0, "do not listen"),
    ("link", "loss"): ("dB", 0.0, 100.0, "loses `value` more on the way: an antenna that points elsewhere"),
    ("craft", "tilt"): ("deg", 0.0, 180.0, "leans by `value` degrees to the site's `lean_azimuth_deg`, from touchdown on"),
}
"""(target, kind): unit, lowest and highest value, what it does. Times count from touchdown."""


@dataclass(frozen=True)
class SurfaceFault:
    """One fault: a row of `KINDS`, from `at_s` after touchdown for `duration_s`; a tilt is there from the start."""

    target: str
    kind: str
    value: float = 0.0
    at_s: float = 0.0
    duration_s: float = math.inf

    def __post_init__(self) -> None:
        if (self.target, self.kind) not in KINDS:
            known = ", ".join(" ".join(names) for names in KINDS)
            raise LunarlabError(f"SurfaceFault is {self.target!r} {self.kind!r}; allowed are {known}")
        unit, low, high, _ = KINDS[self.target, self.kind]
        name = f"SurfaceFault ({self.target} {self.kind})"
        object.__setattr__(self, "value", si(self.value, unit, name=f"{name}.value", low=low, high=high))
        object.__setattr__(self, "at_s", si(self.at_s, "s", name=f"{name}.at_s", low=0.0, high=1e9))
        object.__setattr__(self, "duration_s", si(self.duration_s, "s", name=f"{name}.duration_s", low=0.0))
        if self.target == "craft" and (self.at_s > 0.0 or self.duration_s < math.inf):
            raise LunarlabError(
                f"{name} is from {self.at_s:g} s on for {self.duration_s:g} s; a craft leans from touchdown to the end: "
                "leave out at_s and duration_s"
            )
        if self.target == "relay" and self.value != int(self.value):
            raise LunarlabError(f"{name}.value is {self.value:g}; it must be a whole number of satellites")

    def active(self, clock_s: np.ndarray) -> np.ndarray:
        """Whether it holds at these times after touchdown."""
        return np.asarray((clock_s >= self.at_s) & (clock_s < self.at_s + self.duration_s))

    @property
    def words(self) -> str:
        """What it does, in words."""
        return f"{self.target} {KINDS[self.target, self.kind][3].replace('`value`', f'{self.value:g}')}"


def level(faults: tuple[SurfaceFault, ...], target: str, kind: str, clock_s: np.ndarray) -> np.ndarray:
    """Values (n,) of all faults of one kind together: what is left of shares multiplies, all else adds up."""
    rows = [row for row in faults if (row.target, row.kind) == (target, kind)]
    left, total = np.ones(clock_s.shape), np.zeros(clock_s.shape)
    for row in rows:
        on, value = row.active(clock_s), row.value if KINDS[target, kind][1] < KINDS[target, kind][2] else 1.0
        left = np.where(on, left * (value if kind == "scale" else 1.0 - min(value, 1.0)), left)
        total = np.where(on, total + value, total)
    if kind == "scale":
        return left
    return 1.0 - left if kind in ("shade", "lost") and target != "relay" else total
