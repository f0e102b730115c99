"""The counterfactual bench: change one decision of every mission and see what becomes of it. All of it is flown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lunarlab.cases.bench import Bench, bench
from lunarlab.cases.decisions import DECISIONS
from lunarlab.cases.loader import case_names
from lunarlab.console.controls import Choose, Panel, Slide
from lunarlab.console.later import Late
from lunarlab.plots import scene as s
from lunarlab.plots.benches import bench_scene

_HINT = (
    "<h4>Try</h4>Which decision would have saved HAKUTO-R Mission 1, and would it have saved Resilience, too? Does a second "
    "altimeter of the same make help? Which decision looks safe, and causes a failure elsewhere?"
)
_NO_LATE = Late()


@lru_cache(maxsize=4)
def _flown(seeds: int) -> Bench:
    return bench(seeds=seeds)


def later(*, seeds: float, decision: str, case: str) -> Iterator[Bench]:
    """The matrix: one seed first, then all that are asked for."""
    yield _flown(1)
    if seeds > 1:
        yield _flown(int(seeds))


def compute(*, seeds: float, decision: str, case: str, late: Late = _NO_LATE) -> s.Scene:
    """The scene of these values, with what is flown by now."""
    flown: Bench | None = late.value
    if flown is None:
        across, down = s.Axis("mission", 0.5, 1.5), s.Axis("", 0.0, 1.0)
        empty = s.View("What each decision would have changed", across, down, (), height=120)
        words = late.error or f"{len(DECISIONS)} decisions on {len(case_names())} missions are being flown ..."
        return s.Scene("Decisions and missions", ((empty,),), words, notes=(words,))
    return bench_scene(flown, chosen=flown.cell(decision, case))


PANEL = Panel(
    "bench",
    compute,
    (
        "One cell in words",
        Choose("decision", "Decision", "gate-wide", tuple((f"{d.name}: {d.words}", d.name) for d in DECISIONS)),
        Choose("case", "Mission", "hakuto-r-m1", tuple((name, name) for name in case_names())),
        "How often each is flown",
        Slide("seeds", "Seeds", 3, 1, 10, 1),
    ),
    hint=_HINT,
    later=later,
)
