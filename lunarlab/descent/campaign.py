"""Many flights of one scenario: threads on the cores of one machine, or the workers of a Dask cluster.

What comes out does not depend on who flew what: see `lunarlab.descent.rows`. To see flight k again, with its histories,
``result.again(k)``. The loop releases the interpreter lock, so plain threads use every core.
"""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.rows import COLUMNS, Job, Rows, digest, draw_sigmas, flight_seed, join, summary
from lunarlab.descent.running import BATCH_S, Gathered, bar, batches, first_flights, in_threads
from lunarlab.descent.scenario import Dispersions, Scenario
from lunarlab.errors import LunarlabError

if TYPE_CHECKING:
    from lunarlab.descent.causes import Cause
    from lunarlab.descent.ellipse import Ellipse
    from lunarlab.descent.sensitivity import Sensitivity

__all__ = ["COLUMNS", "Campaign", "campaign", "flight_seed", "summary"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Campaign:
    """Outcome of every flight."""

    job: Job
    """What was flown."""
    rows: Rows
    """One for each flight, in order."""
    wall_s: float = math.nan
    """Time that it took, of the flights that were flown now."""
    cpu_s: float = math.nan
    """Processor time, that of a cluster's workers included."""
    laws: tuple[str, str] | None = None
    """Of a campaign read from a file: `identity.law_digest` of the law and the filter that flew, which are not in the file."""

    def __repr__(self) -> str:
        shares = ", ".join(f"{name} {100 * n / self.n:.1f} %" for name, n in sorted(self.verdicts.items()))
        return f"Campaign of {self.n} flights, seed {self.seed}: {shares}"

    @property
    def n(self) -> int:
        """Number of flights."""
        return len(self.rows.verdict)

    @property
    def seed(self) -> int:
        """Seed of the campaign."""
        return self.job.seed

    @property
    def verdict(self) -> list[str]:
        """Verdict of each flight."""
        return self.rows.verdict

    @property
    def table(self) -> np.ndarray:
        """Shape (n, len(COLUMNS)); NaN where it did not happen."""
        return self.rows.table

    @property
    def verdicts(self) -> dict[str, int]:
        """How often each verdict occurred."""
        return dict(Counter(self.verdict))

    def fraction(self, *verdicts: str) -> float:
        """Share of flights (0 to 1) that ended in one of these verdicts."""
        return sum(v in verdicts for v in self.verdict) / self.n

    @cached_property
    def draws(self) -> dict[str, np.ndarray]:
        """What each flight drew, by the name of the dispersion, shape (n,): departures from the scenario's own value."""
        return {name: self.rows.draws[:, i] for i, name in enumerate(draw_sigmas(self.job.scenario))}

    @cached_property
    def digest(self) -> str:
        """Hash of every row to the last bit: it does not depend on workers, batches, clusters or interruptions."""
        return digest(self.rows)

    def __getitem__(self, column: str) -> np.ndarray:
        """One of `COLUMNS`, or of `draws`, shape (n,), SI."""
        if column in COLUMNS:
            return self.table[:, COLUMNS.index(column)]
        if column in self.draws:
            return self.draws[column]
        raise LunarlabError(f"no column is called {column!r}; there are {', '.join((*COLUMNS, *self.draws))}")

    def again(self, k: int, **options: Any) -> Flight:
        """Flight k once more, to the last bit, with its histories; options as for `lunarlab.fly`.

        LunarlabError if the campaign comes from a file and flew another law or filter than the one that is given now.
        """
        if not _whole(k) or not 0 <= k < self.n:
            raise LunarlabError(f"k is {k!r}; it must be a whole number from 0 to {self.n - 1}")
        job = self.job
        given = {"guidance": job.guidance, "navigation": job.navigation, "params": job.params} | options
        if self.laws is not None:
            from lunarlab.descent.identity import law_digest

            for kind, flew in zip(("guidance", "navigation"), self.laws, strict=True):
                if law_digest(given[kind]) != flew:
                    raise LunarlabError(f"{kind} is {given[kind]!r}; the campaign flew another function, which its file lacks")
        return fly(job.scenario, seed=flight_seed(job.seed, int(k)), **given)

    def success(self, confidence: float = 0.95) -> tuple[float, float, float]:
        """Share of flights that landed, and the interval that holds its true value with this confidence."""
        from lunarlab.descent.causes import clopper_pearson

        landed = self.verdicts.get("LANDED", 0)
        return landed / self.n, *clopper_pearson(landed, self.n, confidence)

    def ellipse(self, probability: float = 0.9973, confidence: float = 0.95) -> Ellipse | None:
        """Where it comes down: see `lunarlab.descent.ellipse`. None if fewer than three flights met the ground."""
        from lunarlab.descent.ellipse import ellipse

        met = np.isfinite(self["miss_m"])
        return None if met.sum() < 3 else ellipse(self["miss_m"][met], self["cross_m"][met], probability, confidence)

    def causes(self) -> list[Cause]:
        """Why flights failed, the most frequent cause first: see `lunarlab.descent.causes`."""
        from lunarlab.descent.causes import causes

        return causes(self)

    def sensitivity(self, column: str = "speed_mps") -> list[Sensitivity]:
        """What a column depends on, the strongest first: see `lunarlab.descent.sensitivity`."""
        from lunarlab.descent.sensitivity import sensitivity

        return sensitivity(self[column], self.draws)

    @classmethod
    def load(cls, path: str | Path) -> Campaign:
        """Read the file that a campaign wrote with `out`, whether it came to its end or not.

        A law or filter of your own is not in the file: `again` then needs it as `guidance` or `navigation`.

        Raises
        ------
        LunarlabError
            Not a campaign's file, or a damaged one.
        """
        rows, facts = _columns().read(Path(path))
        from lunarlab.descent.identity import scenario_from

        job = Job(scenario_from(facts["scenario"]), facts["seed"], params=facts["params"] or None)
        return cls(job, join([rows]), laws=(facts["guidance"], facts["navigation"]))


def _columns() -> Any:
    """The module that writes Parquet files, if pyarrow is there."""
    try:
        from lunarlab.descent import columns
    except ModuleNotFoundError as error:
        raise LunarlabError("Parquet files need pyarrow, which is not installed: pip install 'lunarlab[cluster]'") from error
    return columns


def _cluster() -> Any:
    """The module that flies on Dask, if it is there."""
    try:
        from lunarlab.descent import cluster
    except ModuleNotFoundError as error:
        raise LunarlabError("a cluster needs Dask, which is not installed: pip install 'lunarlab[cluster]'") from error
    return cluster


def _identity(job: Job) -> dict[str, Any]:
    from lunarlab.descent.identity import identity

    return identity(job)


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _check(scene: Any, dispersions: Any, n: Any, seed: Any, workers: Any) -> Scenario:
    """The scenario to fly, or what is wrong with the input."""
    for name, value, low in (("n", n, 1), ("workers", 1 if workers is None else workers, 1), ("seed", seed, 0)):
        if not _whole(value) or value < low:
            raise LunarlabError(f"{name} is {value!r}; it must be a whole number of at least {low}")
    inside = getattr(scene, "scenario", scene) if hasattr(scene, "no_fault") else scene
    flies = getattr(type(inside), "flight", "descent")
    if flies != "descent":
        raise LunarlabError(f"scenario is {inside.name}, a {flies} case; a campaign takes descents")
    if not isinstance(inside, Scenario):
        raise LunarlabError(f"scenario is {inside!r}; it must be a Scenario or a Case, as lunarlab.case('hakuto-r-m1')")
    if dispersions is None:
        return inside
    if not isinstance(dispersions, Dispersions):
        hint = f"; for {dispersions} flights write n={dispersions}" if isinstance(dispersions, int) else ""
        raise LunarlabError(f"dispersions is {dispersions!r}; it must be a Dispersions, or None for the scenario's own{hint}")
    return dataclasses.replace(inside, dispersions=dispersions)


def campaign(
    scenario: Any,
    dispersions: Dispersions | None = None,
    n: int = 1000,
    seed: int = 0,
    *,
    guidance: Callable[..., Any] | None = None,
    navigation: Callable[..., Any] | None = None,
    params: Any = None,
    workers: int | None = None,
    cluster: Any = None,
    out: str | Path | None = None,
    resume: bool = False,
    progress: bool = False,
) -> Campaign:
    """Fly a scenario n times with different seeds.

    Parameters
    ----------
    scenario : Scenario or Case
        A descent.
    dispersions : Dispersions, optional
        What varies from flight to flight, instead of the scenario's own `dispersions`.
    n : int >= 1
        Number of flights.
    seed : int >= 0
        Seed of the campaign.
    guidance, navigation, params
        As for `lunarlab.fly`. On a cluster, functions travel with everything that they use of their own module.
    workers : int >= 1, optional
        Threads; by default one for each core. The result does not depend on it, as long as law and filter keep no
        state of their own (a filter has its `memory` for that).
    cluster : str or distributed.Client, optional
        Address of a Dask scheduler, ``"tcp://host:8786"``, or a client of one: its workers fly instead of threads here.
        A worker that dies costs the time of its batches, not their flights. Needs ``lunarlab[cluster]``.
    out : path, optional
        A Parquet file, ``name.parquet``, which is there and whole from the first second on, and grows. One row for each
        flight: k, seed, verdict, `CHAIN` of events, reasons, `COLUMNS`, and what it drew. Needs ``lunarlab[cluster]``.
    resume : bool
        Go on with the file `out` if it is there: only flights that it lacks are flown. It must be of the same scenario,
        seed, law, filter and version of lunarlab; n may be larger or smaller than before.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Campaign
        Its `digest` is the same for any number of workers, on threads or a cluster, in one go or after interruptions.

    Raises
    ------
    LunarlabError
        n or workers below 1; a cluster that does not answer within some seconds; a file that is there already, is
        somebody else's, or holds another campaign; a scenario in which nothing varies, so that every flight would be the
        same; or wrong input to `fly`.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    job, n = Job(_check(scenario, dispersions, n, seed, workers), int(seed), guidance, navigation, params), int(n)
    if resume and out is None:
        raise LunarlabError("resume is True, but out is None; name the file to go on with")
    with ExitStack() as stack:
        store = stack.enter_context(_columns().Store(Path(out), _identity(job), resume)) if out is not None else None
        client = stack.enter_context(_cluster().connected(cluster)) if cluster is not None else None
        gathered = Gathered(n, store, stack.enter_context(bar(n)) if progress else None)
        try:
            missing = gathered.missing()
            ready, each_s, in_python = first_flights(job, missing)
            gathered.add(ready)
            missing = missing[len(ready.k) :]
            if client is None:
                # Python runs on one core whatever the number of threads.
                count = 1 if in_python else workers or os.cpu_count() or 1
                flown = in_threads(job, batches(missing, each_s, BATCH_S, count), count)
            else:
                flown = _cluster().in_cluster(client, job, missing, each_s)
            with closing(flown):
                for rows, elsewhere_s in flown:
                    gathered.add(rows)
                    cpu -= elsewhere_s
        except KeyboardInterrupt:
            raise KeyboardInterrupt(gathered.save()) from None
        except BaseException:
            gathered.save()
            raise
        gathered.save()
    rows = gathered.rows()
    return Campaign(job, rows, time.perf_counter() - wall, time.process_time() - cpu)
