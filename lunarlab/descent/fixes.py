"""The minimal fix: the cheapest change after which a scenario lands, and what the changed lander then fails at.

A change is cheap to say and dear to prove: its cost here stands for what must be tested anew. Every candidate flies with
the same seeds, so that it meets the same noise.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lunarlab.descent.campaign import campaign
from lunarlab.descent.causes import clopper_pearson
from lunarlab.descent.faults import KINDS, Fault
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.terrain import Terrain
from lunarlab.errors import LunarlabError
from lunarlab.units import si


@dataclass(frozen=True)
class Change:
    """One thing that could be done otherwise."""

    name: str
    cost: float
    """In any unit, the same for all."""
    to: Mapping[str, Any] | Callable[[Scenario], Scenario]
    """New values by path, ``{"navigation.policy": "nis"}``, or a function that makes the changed scenario."""

    def apply(self, scenario: Scenario) -> Scenario:
        """The changed scenario; LunarlabError for a path that does not exist or a value that is not allowed."""
        if not isinstance(self.to, Mapping):
            changed = self.to(scenario)
            if not isinstance(changed, Scenario):
                raise LunarlabError(f"change {self.name!r} gives {changed!r}; it must give a Scenario")
            return changed
        for path, value in self.to.items():
            part, _, field = path.partition(".")
            inside: Any = getattr(scenario, part, None)
            known = {f.name for f in dataclasses.fields(inside)} if dataclasses.is_dataclass(inside) else set()
            if field not in known:
                raise LunarlabError(f"change {self.name!r} sets {path!r}, which a Scenario does not have")
            new: Any = dataclasses.replace(inside, **{field: value})
            scenario = dataclasses.replace(scenario, **{part: new})
        return scenario


RULES = (
    Change("gate of 5 km instead of its own width", 1.0, {"navigation.gate_m": 5000.0}),
    Change("give the sensor up after 100 rejections in a row", 1.0, {"navigation.latch_count": 100.0}),
    Change("gate without giving the sensor up", 2.0, {"navigation.policy": "gate"}),
    Change("gate in standard deviations", 2.0, {"navigation.policy": "nis"}),
    Change("gate that opens while ranges are rejected", 2.0, {"navigation.policy": "inflate"}),
    Change("heavy-tailed weights instead of a gate", 3.0, {"navigation.policy": "student_t"}),
    Change("take a sensor back whose readings agree", 3.0, {"navigation.policy": "gate_readmit"}),
    Change("no gate at all", 1.0, {"navigation.policy": "none"}),
    Change("an onboard map of the terrain", 5.0, {"navigation.map": 1.0}),
    Change("another landing site, on a plain", 20.0, {"terrain.kind": "flat"}),
)
"""What could have been done about a range that does not fit. Costs are assumed: 1 for a number, 2 and 3 for a rule that
must be tested anew, 5 for data that must be made and checked, 20 for a mission that must be planned anew."""

FAULTS = (
    Fault("altimeter", "spurious", 18e3, 0.3, "time", 560.0),
    Fault("altimeter", "spurious", 18e3, 1.0, "time", 870.0, 10.0),
    Fault("altimeter", "short", 200.0, 0.5, "time", 560.0),
    Fault("altimeter", "dropout", 0.0, 0.5),
    Fault("altimeter", "bias", 3000.0, 1.0, "altitude", 1500.0),
    Fault("altimeter", "frozen", 0.0, 1.0, "altitude", 4000.0),
)
"""Ways in which an altimeter really breaks: echoes from anywhere now and then or for ten seconds, dust, lost ranges, a step
of 3 km, a reading that stays."""


@dataclass(frozen=True)
class Trial:
    """One candidate, flown."""

    changes: tuple[Change, ...]
    n: int
    landed: int
    verdicts: dict[str, int]

    @property
    def cost(self) -> float:
        """Of all its changes."""
        return sum(change.cost for change in self.changes)

    @property
    def name(self) -> str:
        """Its changes in words."""
        return " and ".join(change.name for change in self.changes) or "no change"


@dataclass(frozen=True)
class Missed:
    """What a fault does to the lander before and after the change, in n flights each."""

    fault: Fault
    n: int
    before: int
    """Flights that landed without the change ..."""
    after: int
    """... and with it."""
    lands: bool
    """Whether enough of them land with the change."""

    @property
    def what(self) -> str:
        """The fault in words."""
        f = self.fault
        value = f" {f.value:g} {KINDS[f.target, f.kind][1]}".rstrip() if f.value else ""
        return f"{f.target} {f.kind}{value}" + (f" in {100 * f.probability:g} %" if f.probability < 1.0 else "")

    @property
    def worse(self) -> bool:
        """Whether the change made it worse, beyond chance: the 95 % intervals do not meet."""
        return clopper_pearson(self.after, self.n)[1] < clopper_pearson(self.before, self.n)[0]


@dataclass(frozen=True, repr=False)
class Fix:
    """Result of `cheapest_fix`."""

    best: Trial | None
    """The cheapest change that lands; None if there is none."""
    trials: tuple[Trial, ...]
    """All that were flown, the scenario as it is first."""
    missed: tuple[Missed, ...]
    """What each other fault then does."""

    def __repr__(self) -> str:
        lines = []
        for t in self.trials:
            mark = "  <- the cheapest that lands" if t is self.best else ""
            lines.append(f"cost {t.cost:3g}: {t.landed} of {t.n} land: {t.name}{mark}")
        for m in self.missed:
            word = "lands" if m.lands else "fails, and more than before" if m.worse else "fails"
            lines.append(f"  with it, {m.what}: {m.after} of {m.n} land ({m.before} without): {word}")
        return "\n".join(lines)


def cheapest_fix(
    scenario: Any,
    changes: Sequence[Change] = RULES,
    *,
    faults: Sequence[Fault] = FAULTS,
    n: int = 20,
    seed: int = 0,
    share: float = 0.95,
    pairs: bool = True,
    elsewhere: Scenario | None = None,
    workers: int | None = None,
) -> Fix:
    """Find the cheapest change after which a scenario lands, then fly it with other faults.

    Parameters
    ----------
    scenario : Scenario or Case
        One that fails.
    changes : sequence of Change
        Candidates. Every one flies alone; then pairs, cheapest first, that cost less than the best single one (two that
        set the same value are no pair).
    faults : sequence of Fault
        What the changed lander meets afterwards, one at a time.
    n, seed
        Flights for each candidate and each fault, and seed of all of them.
    share : float, 0 to 1
        Share of flights that must land.
    pairs : bool
        False: single changes only.
    elsewhere : Scenario, optional
        Where the faults are met, without and with the change; by default this scenario over flat ground and without its
        own faults, so that they are seen by themselves.

    Returns
    -------
    Fix
        Its text is a table. Where no change lands, `best` is None and nothing is `missed`.

    Raises
    ------
    LunarlabError
        A change that can't be made, or wrong input to `campaign`.
    """
    inside = _inside(scenario)
    needed = si(share, "", name="share", low=0.0, high=1.0)

    def trial(*chosen: Change) -> Trial:
        verdicts = campaign(_changed(inside, chosen), n=n, seed=seed, workers=workers).verdicts
        return Trial(chosen, n, verdicts.get("LANDED", 0), verdicts)

    def enough(found: Trial) -> bool:
        return found.landed >= needed * n

    trials = [trial(), *(trial(change) for change in sorted(changes, key=lambda change: change.cost))]
    best = next((t for t in trials if enough(t)), None)
    if pairs:
        two = [pair for pair in itertools.combinations(changes, 2) if _together(*pair)]
        for pair in sorted(two, key=lambda pair: pair[0].cost + pair[1].cost):
            if best is not None and pair[0].cost + pair[1].cost >= best.cost:
                break
            trials.append(trial(*pair))
            best = trials[-1] if enough(trials[-1]) else best
    options: dict[str, Any] = {"n": n, "seed": seed, "share": needed, "elsewhere": elsewhere, "workers": workers}
    missed = misses(inside, best.changes, faults, **options) if best is not None else ()
    return Fix(best, tuple(trials), missed)


def misses(
    scenario: Any,
    changes: Sequence[Change],
    faults: Sequence[Fault] = FAULTS,
    *,
    n: int = 20,
    seed: int = 0,
    share: float = 0.95,
    elsewhere: Scenario | None = None,
    workers: int | None = None,
) -> tuple[Missed, ...]:
    """Fly a lander with some changes, and without them, into one fault after the other.

    Parameters and errors as for `cheapest_fix`; `changes` are made all together.
    """
    plain = elsewhere or dataclasses.replace(_inside(scenario), terrain=Terrain(), faults=())
    found = []
    for fault in faults:
        before = dataclasses.replace(plain, faults=(*plain.faults, fault))
        a, b = (
            campaign(scene, n=n, seed=seed, workers=workers).verdicts.get("LANDED", 0)
            for scene in (before, _changed(before, changes))
        )
        found.append(Missed(fault, n, a, b, b >= share * n))
    return tuple(found)


def _inside(scenario: Any) -> Scenario:
    """The scenario of a case, or what was given."""
    inside: Scenario = getattr(scenario, "scenario", scenario) if hasattr(scenario, "no_fault") else scenario
    if not isinstance(inside, Scenario):
        raise LunarlabError(f"scenario is {inside!r}; it must be the Scenario or the Case of a descent")
    return inside


def _changed(scenario: Scenario, changes: Sequence[Change]) -> Scenario:
    for change in changes:
        scenario = change.apply(scenario)
    return scenario


def _together(first: Change, second: Change) -> bool:
    """Whether two changes can be made at once: they do not set the same value."""
    if isinstance(first.to, Mapping) and isinstance(second.to, Mapping):
        return not set(first.to) & set(second.to)
    return True
