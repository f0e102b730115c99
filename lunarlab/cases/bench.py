"""The counterfactual bench: change one decision of a mission and fly it again; see what it prevents, and what it causes.

Every cell of the matrix decisions x missions is counted over seeds: the same noise with and without the decision. Nothing is
written by hand and nothing is kept: `bench` flies what it tells.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lunarlab.cases.decisions import Decision, decisions
from lunarlab.cases.kinds import kind_of
from lunarlab.cases.loader import Case, case, case_names
from lunarlab.errors import LunarlabError

EFFECTS = ("prevents", "causes", "both", "no effect", "not applicable")
"""What a decision does to a mission: saves flights that failed, spoils flights that did not, either by the seed, neither."""
MARKS = {"prevents": "+", "causes": "-", "both": "±", "no effect": "·", "not applicable": " "}


@dataclass(frozen=True)
class Cell:
    """One decision on one mission, over n seeds."""

    decision: str
    case: str
    effect: str
    """One of `EFFECTS`."""
    n: int
    good_before: int
    good_after: int
    prevented: int
    """Seeds whose flight failed without the decision and does not with it."""
    caused: int
    """Seeds whose flight fails with the decision only."""
    reason: str
    """What the flight says of its end, or why the decision does not apply."""

    def __str__(self) -> str:
        if self.effect == "not applicable":
            return f"{self.decision} on {self.case}: not applicable: {self.reason}"
        counts = f"{self.good_before} to {self.good_after} of {self.n}"
        return f"{self.decision} on {self.case}: {self.effect} ({counts} end well): {self.reason}"


@dataclass(frozen=True, repr=False)
class Bench:
    """The matrix: `cells` row by row; `table` is it as text."""

    decisions: tuple[Decision, ...]
    cases: tuple[str, ...]
    seeds: tuple[int, ...]
    cells: tuple[Cell, ...]

    def cell(self, decision: str, case: str) -> Cell:
        """The cell of a decision and a mission, by name."""
        for cell in self.cells:
            if (cell.decision, cell.case) == (decision, case):
                return cell
        known = ", ".join(d.name for d in self.decisions), ", ".join(self.cases)
        raise LunarlabError(
            f"the bench has no {decision!r} on {case!r}; decisions are {known[0]}; cases are {known[1]}"
        )

    def of(self, effect: str) -> tuple[Cell, ...]:
        """All cells with this effect."""
        if effect not in EFFECTS:
            raise LunarlabError(f"effect is {effect!r}; allowed are {', '.join(EFFECTS)}")
        return tuple(cell for cell in self.cells if cell.effect == effect)

    @property
    def table(self) -> str:
        """Decisions below each other, missions side by side, with a legend."""
        wide = max(len(d.name) for d in self.decisions)
        lines = [f"{i + 1:3}  {name}" for i, name in enumerate(self.cases)]
        lines += ["", " " * wide + "".join(f"{i + 1:4}" for i in range(len(self.cases)))]
        rows = iter(self.cells)
        for decision in self.decisions:
            marks = [MARKS[next(rows).effect] for _ in self.cases]
            lines.append(f"{decision.name:{wide}}" + "".join(f"{mark:>4}" for mark in marks))
        legend = ", ".join(f"{mark} {effect}" for effect, mark in MARKS.items() if mark != " ")
        return "\n".join([*lines, "", f"{legend}, blank: not applicable; {len(self.seeds)} seeds"])

    @property
    def told(self) -> str:
        """Every cell that changes something, in a sentence."""
        changed = [cell for cell in self.cells if cell.effect in ("prevents", "causes", "both")]
        return "\n".join(textwrap.shorten(str(cell), 240, placeholder=" ...") for cell in changed)

    def __repr__(self) -> str:
        return self.table


def _outcome(scene: Any, seed: int) -> tuple[bool, str]:
    """(whether it ended well, how it ended in words)."""
    own = kind_of(scene)
    options = {"record": False} if "record" in own.options else {}
    try:
        flight = own.fly(scene, seed=seed, **options)
    except LunarlabError as error:
        return False, f"it can't be flown: {error}"
    verdict = str(getattr(flight.verdict, "value", flight.verdict)).replace("_", " ")
    return own.good(flight), f"{verdict}: {flight.reasons[0]}" if flight.reasons else verdict


def _count(decision: Decision, loaded: Case, seeds: Sequence[int], before: Sequence[tuple[bool, str]]) -> Cell:
    """Fly one cell."""
    scene, why = decision.apply(loaded.scenario)
    good = sum(fine for fine, _ in before)
    if scene is None:
        return Cell(decision.name, loaded.name, "not applicable", len(seeds), good, good, 0, 0, why)
    after = [_outcome(scene, seed) for seed in seeds]
    prevented = [words for (was, _), (now, words) in zip(before, after, strict=True) if now and not was]
    caused = [words for (was, _), (now, words) in zip(before, after, strict=True) if was and not now]
    effect = "both" if prevented and caused else "prevents" if prevented else "causes" if caused else "no effect"
    reason = (caused or prevented or [after[0][1]])[0]
    fine = sum(now for now, _ in after)
    return Cell(decision.name, loaded.name, effect, len(seeds), good, fine, len(prevented), len(caused), reason)


def chosen_cases(cases: Any) -> list[Case]:
    """The cases of names or of `Case`, one or several; None: all. LunarlabError for anything else."""
    one = isinstance(cases, str) or not isinstance(cases, Iterable)
    names = case_names() if cases is None else [cases] if one else list(cases)
    return [item if isinstance(item, Case) else case(item) for item in names]


def _seeds(given: Any) -> tuple[int, ...]:
    """How many seeds, or which; LunarlabError for anything else."""
    whole = isinstance(given, int) and not isinstance(given, bool)
    numbers = tuple(range(given)) if whole else tuple(given) if isinstance(given, Iterable) else ()
    if not numbers or not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in numbers):
        raise LunarlabError(f"seeds is {given!r}; it must be a whole number above 0, or a list of seeds of at least 0")
    return numbers


def bench(decided: Any = None, cases: Any = None, seeds: Any = 3, *, progress: bool = False) -> Bench:
    """Fly the matrix of decisions and missions.

    Parameters
    ----------
    decided : names or Decision, one or several, optional
        Of `lunarlab.cases.decisions.DECISIONS`, or your own. None: all.
    cases : names or Case, one or several, optional
        None: all.
    seeds : int or sequence of int
        How many seeds, from 0 on, or which. Flights without noise are flown once.
    progress : bool
        Show a bar.

    Returns
    -------
    Bench
        ``bench(...).table`` as text, `cells` with counts and reasons.

    Raises
    ------
    LunarlabError
        No such decision or case; seeds that are none.
    """
    rows = decisions(decided)
    chosen = chosen_cases(cases)
    numbers = _seeds(seeds)
    if not rows or not chosen:
        raise LunarlabError(f"{'decided' if not rows else 'cases'} is empty; leave it out for all")
    columns = []
    from tqdm.auto import tqdm

    with tqdm(total=len(rows) * len(chosen), unit="cell", disable=not progress, leave=False) as bar:
        for loaded in chosen:
            own = numbers if hasattr(loaded.scenario, "dispersions") else numbers[:1]  # the others have no noise
            before = [_outcome(loaded.scenario, seed) for seed in own]
            column = []
            for decision in rows:
                column.append(_count(decision, loaded, own, before))
                bar.update()
            columns.append(column)
    cells = tuple(column[i] for i in range(len(rows)) for column in columns)
    return Bench(rows, tuple(loaded.name for loaded in chosen), numbers, cells)
