"""A score that a class can compare: propellant, touchdown speed, miss and robustness of a lander, and how to check it.

`scorecard` flies a descent many times with the scatter of its scenario and gives one number for each quality and a total.
Its `line` is one line of JSON to paste into a list. Whoever gets it can `verify` it: the same flights are flown again.

The total is 100 times the share of flights that landed, times 0.4 + 0.2 (propellant + softness + accuracy):

* propellant: 1 at the ideal braking of the rocket equation, without gravity losses; 0 at 40 % above it;
* softness: 1 at rest, 0 at the largest descent speed that the scenario calls a landing;
* accuracy: 1 on the target, 1/2 at 100 m.

These three are of the median of the flights that landed: a lander that falls from the sky saves propellant, but not here.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lunarlab.cases import loader
from lunarlab.constants import G0
from lunarlab.descent.campaign import campaign
from lunarlab.descent.flight import fly
from lunarlab.descent.identity import law_digest
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError

FORMAT = 1
LOSS_MAX, HALF_MISS_M = 0.4, 100.0
CLOSE = 1e-3
"""Part by which numbers of two computers may differ."""
NUMBERS = ("score", "landed", "propellant_kg", "touchdown_mps", "miss_m")


@dataclass(frozen=True)
class ScoreCard:
    """What a lander scored."""

    name: str
    score: float
    """0 to 100."""
    landed: float
    """Share of the flights, 0 to 1."""
    landed_low: float
    landed_high: float
    """Interval that holds the true share with 95 % confidence."""
    propellant_kg: float
    """Median of the flights that landed, like the next two; nan if none did."""
    touchdown_mps: float
    miss_m: float
    ideal_kg: float
    """Propellant of ideal braking, from the speed at ignition."""
    n: int
    seed: int
    case: str
    """Case that the scenario is a change of, "" if it was given without."""
    scenario: str
    """Digest of every number of the scenario."""
    law: str
    """Digest of the guidance law, or "built in"."""
    filter: str
    """Digest of the filter, or "built in"."""
    flights: str
    """Digest of every flight, to the last bit: equal on equal computers."""
    lunarlab: str
    changes: dict[str, Any] = field(default_factory=dict)
    """What of the case was changed: {"guidance.law": "p63", ...}."""

    @property
    def line(self) -> str:
        """One line of JSON."""
        facts = {"scorecard": FORMAT} | dataclasses.asdict(self)
        return json.dumps(
            {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in facts.items()},
            ensure_ascii=False,
        )

    @property
    def table(self) -> str:
        """The numbers as text."""
        rows = (
            (
                "landed",
                f"{100 * self.landed:.1f} %",
                f"95 % sure: {100 * self.landed_low:.1f} to {100 * self.landed_high:.1f} % ({self.n} flights)",
            ),
            ("propellant", _number(self.propellant_kg, "kg", 1), f"ideal braking {self.ideal_kg:.1f} kg"),
            ("touchdown speed", _number(self.touchdown_mps, "m/s", 2), "median of those that landed"),
            ("miss", _number(self.miss_m, "m", 1), "median of those that landed"),
            ("score", f"{self.score:.1f}", "of 100"),
        )
        lines = [f"  {what:<16}{value:>12}   {note}" for what, value, note in rows]
        return "\n".join(
            [f"{self.name}: {self.case or 'scenario'} {self.scenario}, law {self.law}, seed {self.seed}", *lines]
        )

    def __str__(self) -> str:
        return f"{self.table}\n{self.line}"


@dataclass(frozen=True)
class Verified:
    """A score card that was flown again."""

    card: ScoreCard
    """What came out now."""
    differences: tuple[str, ...]
    """What the card says otherwise, in words; none if it is true."""

    @property
    def agrees(self) -> bool:
        """Whether the card is true."""
        return not self.differences

    def __str__(self) -> str:
        if self.agrees:
            return f"{self.card.name}: {self.card.score:.1f}, flown again and true"
        return f"{self.card.name}: not true: {'; '.join(self.differences)}"


def _number(value: float, unit: str, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f} {unit}"


def _scenario(scene: Any) -> tuple[Scenario, str]:
    """A scenario from a case name, Case or Scenario, and the name of the case."""
    found = loader.case(scene) if isinstance(scene, str) else scene
    inside = getattr(found, "scenario", found)
    if not isinstance(inside, Scenario):
        raise LunarlabError(f"scenario is {scene!r}; it must be a descent: the name of a case, a Case or a Scenario")
    return inside, getattr(found, "name", "") if inside is not found else ""


def changes_of(scene: Scenario, base: Scenario) -> dict[str, Any]:
    """What differs, by path; LunarlabError for faults that differ."""
    if scene.faults != base.faults:
        raise LunarlabError(
            "faults differ from those of the case, which a score card can't say in a line; leave case out"
        )
    found = {}
    for part in dataclasses.fields(Scenario):
        mine, theirs = getattr(scene, part.name), getattr(base, part.name)
        if part.name in ("name", "faults") or mine == theirs:
            continue
        for item in dataclasses.fields(mine):
            if getattr(mine, item.name) != getattr(theirs, item.name):
                found[f"{part.name}.{item.name}"] = getattr(mine, item.name)
    return found


def apply_changes(base: Scenario, changes: dict[str, Any], name: str = "") -> Scenario:
    """The scenario of a case with changes by path.

    Raises
    ------
    LunarlabError
        A path that does not exist, a value that is not allowed.
    """
    grouped: dict[str, dict[str, Any]] = {}
    for path, value in changes.items():
        part, _, item = path.partition(".")
        inside = getattr(base, part, None)
        if not dataclasses.is_dataclass(inside) or item not in {f.name for f in dataclasses.fields(inside)}:
            raise LunarlabError(f"the score card changes {path!r}, which a scenario does not have")
        grouped.setdefault(part, {})[item] = value
    parts: dict[str, Any] = {part: dataclasses.replace(getattr(base, part), **items) for part, items in grouped.items()}
    return dataclasses.replace(base, name=name or base.name, **parts)


def qualities(
    propellant_kg: float, ideal_kg: float, touchdown_mps: float, limit_mps: float, miss_m: float
) -> tuple[float, float, float]:
    """Propellant, softness and accuracy, each 0 to 1; 0 for nan."""
    values = (
        1.0 - (propellant_kg / ideal_kg - 1.0) / LOSS_MAX,
        1.0 - touchdown_mps / limit_mps,
        1.0 / (1.0 + abs(miss_m) / HALF_MISS_M),
    )
    return tuple(0.0 if math.isnan(value) else min(max(value, 0.0), 1.0) for value in values)  # type: ignore[return-value]


def scorecard(
    scenario: Any,
    *,
    name: str = "anonymous",
    guidance: Callable[..., Any] | None = None,
    navigation: Callable[..., Any] | None = None,
    params: Any = None,
    n: Any = 100,
    seed: int = 0,
    workers: int | None = None,
    case: str = "",
) -> ScoreCard:
    """Fly a lander n times and score it.

    Parameters
    ----------
    scenario : str, Case or Scenario
        What flies; its dispersions are the scatter.
    name : str
        Whose it is.
    guidance, navigation, params
        As for `lunarlab.fly`.
    n : int >= 2
        Number of flights.
    seed : int >= 0
        Seed of the campaign.
    workers : int, optional
        Threads.
    case : str, optional
        Case that a Scenario is a change of. The card then carries the changes and can be verified without the scenario.

    Returns
    -------
    ScoreCard

    Raises
    ------
    LunarlabError
        Not a descent, n below 2, nothing that varies, faults that differ from those of `case`.
    """
    scene, own = _scenario(scenario)
    case = case or own
    changed = changes_of(scene, loader.case(case).scenario) if case else {}
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 2:
        raise LunarlabError(f"n is {n!r}; it must be a whole number of at least 2")
    law = {"guidance": guidance, "navigation": navigation, "params": params}
    flown = campaign(scene, n=int(n), seed=seed, workers=workers, **law)
    lit = fly(scene, seed=None, record=False, **law).event("ignition")
    v = scene.vehicle
    isp = max(
        isp for isp, thrust in ((v.main_isp_s, v.main_thrust_N), (v.assist_isp_s, v.assist_thrust_N)) if thrust > 0.0
    )
    ideal = math.nan if lit is None else v.mass_kg * -math.expm1(-lit.values[0] / (isp * G0))
    landed = np.array(flown.verdict) == "LANDED"

    def median(values: np.ndarray) -> float:
        return float(np.median(values[landed])) if landed.any() else math.nan

    used = median(v.mass_kg - v.dry_mass_kg - flown["propellant_left_kg"])
    speed, miss = median(flown["speed_mps"]), median(np.hypot(flown["miss_m"], flown["cross_m"]))
    share, low, high = flown.success()
    parts = qualities(used, ideal, speed, scene.limits.vertical_mps, miss)
    from lunarlab import __version__

    return ScoreCard(
        name, round(100.0 * share * (0.4 + 0.2 * sum(parts)), 2), share, round(low, 4), round(high, 4), round(used, 3),
        round(speed, 4), round(miss, 2), round(ideal, 2), int(n), int(seed), case, scene.digest,
        law_digest(guidance) if params is None else law_digest((guidance, list(np.atleast_1d(_plain(params))))),
        law_digest(navigation), flown.digest, __version__, changed,
    )  # fmt: skip


def _plain(params: Any) -> Any:
    return list(params.values()) if isinstance(params, dict) else params


def read(line: str) -> ScoreCard:
    """A card from its line.

    Raises
    ------
    LunarlabError
        The line is no score card.
    """
    try:
        facts = json.loads(line)
        if facts.pop("scorecard") != FORMAT:
            raise ValueError("another format")
        kinds = {f.name: f.type for f in dataclasses.fields(ScoreCard)}
        values: dict[str, Any] = {k: math.nan if v is None and kinds[k] == "float" else v for k, v in facts.items()}
        card = ScoreCard(**values)
        if not all(isinstance(getattr(card, name), (int, float)) for name in (*NUMBERS, "n", "seed")):
            raise ValueError("a number is missing")
        return card
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LunarlabError(f"{str(line)[:60]!r} is not the line of a score card: {error}") from error


def verify(line: str | ScoreCard, scenario: Any = None, **law: Any) -> Verified:
    """Fly a score card again.

    Parameters
    ----------
    line : str or ScoreCard
        As `ScoreCard.line` gives it.
    scenario : str, Case or Scenario, optional
        What flew; not needed if the card names its case.
    law : guidance, navigation, params, workers
        The law that flew, if it was not the lander's own.

    Returns
    -------
    Verified

    Raises
    ------
    LunarlabError
        The line is no score card; the scenario is missing; the law is.
    """
    card = read(line) if isinstance(line, str) else line
    if scenario is not None:
        scene, _ = _scenario(scenario)
    elif card.case:
        scene = apply_changes(loader.case(card.case).scenario, card.changes)
    else:
        raise LunarlabError("this score card names no case; give the scenario that flew")
    if card.law != "built in" and law.get("guidance") is None and law.get("params") is None:
        raise LunarlabError(f"this score card is of a law of its own, {card.law}; give it as guidance")
    again = scorecard(scene, name=card.name, n=card.n, seed=card.seed, **law)
    differences = [
        f"{what} {there}, now {here}"
        for what, there, here in (
            ("law", card.law, again.law),
            ("filter", card.filter, again.filter),
        )
        if there != here
    ]
    if scenario is not None and card.scenario != again.scenario:
        differences.append(f"scenario {card.scenario}, now {again.scenario}")
    for name in NUMBERS:
        there, here = getattr(card, name), getattr(again, name)
        if math.isnan(there) != math.isnan(here) or abs(there - here) > CLOSE * max(abs(here), 0.1):
            differences.append(f"{name} {there:g}, now {here:g}")
    return Verified(again, tuple(differences))


def ranking(lines: Iterable[str | ScoreCard]) -> str:
    """A table of cards, the best first.

    Raises
    ------
    LunarlabError
        A line that is no score card, or none at all.
    """
    cards = [read(line) if isinstance(line, str) else line for line in lines]
    if not cards:
        raise LunarlabError("lines is empty; a ranking needs at least one score card")
    cards.sort(key=lambda card: -card.score)
    head = f"{'':>3} {'name':<20}{'score':>7}{'landed':>9}{'propellant':>12}{'speed':>10}{'miss':>10}  law"
    rows = [
        f"{i:>3} {card.name[:20]:<20}{card.score:>7.1f}{100 * card.landed:>7.1f} %{_number(card.propellant_kg, 'kg', 1):>12}"
        f"{_number(card.touchdown_mps, 'm/s', 2):>10}{_number(card.miss_m, 'm', 0):>10}  {card.law}"
        for i, card in enumerate(cards, start=1)
    ]
    same = {(card.case, card.n, card.seed) for card in cards}
    note = [] if len(same) == 1 else ["  (cases, numbers of flights or seeds differ: these scores do not compare)"]
    return "\n".join([head, *rows, *note])
