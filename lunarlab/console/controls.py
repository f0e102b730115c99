"""What a panel can be asked to change: controls as data, so that the panel without widgets knows them, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lunarlab import units
from lunarlab.errors import LunarlabError
from lunarlab.plots.scene import Scene

Values = Mapping[str, Any]


def _always(values: Values) -> bool:
    return True


@dataclass(frozen=True)
class Slide:
    """A number from `low` to `high` in steps. `log`: the slider runs in powers of ten, `step` is of the exponent."""

    key: str
    label: str
    value: float
    low: float
    high: float
    step: float
    digits: int = 0
    log: bool = False
    when: Callable[[Values], bool] = _always

    def check(self, value: Any) -> float:
        """`value` as a number in the range; raises LunarlabError."""
        return units.si(value, "", name=self.key, low=self.low, high=self.high)


@dataclass(frozen=True)
class Choose:
    """One of several (words, value); `slide` shows them as the stops of a slider."""

    key: str
    label: str
    value: Any
    options: tuple[tuple[str, Any], ...]
    slide: bool = False
    when: Callable[[Values], bool] = _always

    def check(self, value: Any) -> Any:
        """`value` if it is one of the options (its words are understood, too); raises LunarlabError."""
        for words, option in self.options:
            if value in (option, words):
                return option
        shown = ", ".join(repr(option) for _, option in self.options[:12])
        raise LunarlabError(f"{self.key} is {value!r}; allowed are {shown}{', ...' if len(self.options) > 12 else ''}")


@dataclass(frozen=True)
class Tick:
    """Yes or no."""

    key: str
    label: str
    value: bool = False
    when: Callable[[Values], bool] = _always

    def check(self, value: Any) -> bool:
        """`value` if it is True or False; raises LunarlabError."""
        if value not in (True, False):
            raise LunarlabError(f"{self.key} is {value!r}; it must be True or False")
        return bool(value)


Control = Slide | Choose | Tick


@dataclass(frozen=True)
class Panel:
    """All that a panel is: its controls (words between them are headings), and the function from their values to a scene.

    `presets` are named sets of values; `hint` is HTML below the controls. What takes too long for a redraw is `later`: it
    takes the values and yields results, coarse first; `compute` gets what is known of them as `late`, a `later.Late`.
    `report` is a button: its words, and a function of a name and the values to a text that is shown below the picture.
    """

    name: str
    compute: Callable[..., Scene]
    controls: tuple[Control | str, ...]
    presets: Mapping[str, Values] = field(default_factory=dict)
    hint: str = ""
    later: Callable[..., Iterable[Any]] | None = None
    report: tuple[str, Callable[..., str]] | None = None

    @property
    def knobs(self) -> dict[str, Control]:
        """The controls by their keys."""
        return {control.key: control for control in self.controls if not isinstance(control, str)}

    def start(self, values: Values) -> dict[str, Any]:
        """The values of all controls, with some set otherwise.

        Raises
        ------
        LunarlabError
            A name that no control has, a value that it can't take.
        """
        knobs = self.knobs
        for key in values:
            if key not in knobs:
                raise LunarlabError(f"{self.name} has no control {key!r}; it has {', '.join(knobs)}")
        return {key: knob.check(values.get(key, knob.value)) for key, knob in knobs.items()}


def position(control: Control, value: Any) -> float | str:
    """Where a control stands, as the browser counts: a number, the exponent of a log slider, the place of a stop."""
    if isinstance(control, Choose):
        stops = [option for _, option in control.options]
        return stops.index(value) if control.slide else str(value)
    if isinstance(control, Slide) and control.log:
        return math.log10(value)
    return float(value)
