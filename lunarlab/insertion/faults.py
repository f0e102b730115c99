"""What can go wrong in a burn, as rows of data: accelerometer, timer and engine. Any of them combine."""

from __future__ import annotations

from dataclasses import dataclass

from lunarlab.errors import LunarlabError
from lunarlab.units import si

KINDS = {
    ("accelerometer", "dead"): ("", 0.0, 0.0, "reads zero from `at_s` on"),
    ("accelerometer", "late"): ("s", 0.0, 1e6, "reads zero until `value`: it is switched on late"),
    ("accelerometer", "scale"): ("", -10.0, 10.0, "reads `value` times the truth"),
    ("accelerometer", "bias"): ("m/s2", -10.0, 10.0, "adds `value` to every reading"),
    ("timer", "set"): ("s", 0.0, 1e6, "is set to `value` instead of the burn's `timer_s`"),
    ("timer", "dead"): ("", 0.0, 0.0, "never rings"),
    ("engine", "scale"): ("", 0.0, 3.0, "pushes, and drinks, `value` times as much"),
    ("engine", "lost"): ("", 0.0, 0.0, "stops at `at_s` and does not come back"),
}
"""(target, kind): unit, lowest and highest value, what it does. Times count from ignition."""


@dataclass(frozen=True)
class BurnFault:
    """One fault: a row of `KINDS`. It begins `at_s` after ignition; the timer's faults hold from the start."""

    target: str
    kind: str
    value: float = 0.0
    at_s: float = 0.0

    def __post_init__(self) -> None:
        if (self.target, self.kind) not in KINDS:
            known = ", ".join(" ".join(names) for names in KINDS)
            raise LunarlabError(f"BurnFault is {self.target!r} {self.kind!r}; allowed are {known}")
        unit, low, high, _ = KINDS[self.target, self.kind]
        name = f"BurnFault ({self.target} {self.kind})"
        object.__setattr__(self, "value", si(self.value, unit, name=f"{name}.value", low=low, high=high))
        object.__setattr__(self, "at_s", si(self.at_s, "s", name=f"{name}.at_s", low=0.0, high=1e6))


def readings(faults: tuple[BurnFault, ...], t: float) -> tuple[float, float, float]:
    """(thrust factor, accelerometer factor, accelerometer bias) just after the time t."""
    thrust, sensed, bias, on = 1.0, 1.0, 0.0, True
    for row in faults:
        if row.kind == "late":
            on = on and t >= row.value
        elif row.at_s > t or row.target == "timer":
            continue
        elif row.kind == "dead":
            on = False
        elif row.kind == "bias":
            bias += row.value
        elif row.target == "engine" and row.kind == "scale":
            thrust *= row.value
        elif row.kind == "scale":
            sensed *= row.value
    return thrust, sensed if on else 0.0, bias if on else 0.0
