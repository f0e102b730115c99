"""A campaign that can be looked at while it is flown, and be stopped: what the dashboard of the console watches."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from lunarlab.descent.campaign import Campaign
from lunarlab.descent.rows import Job, join
from lunarlab.descent.running import BATCH_S, batches, first_flights, in_threads
from lunarlab.descent.scenario import Dispersions, Scenario
from lunarlab.errors import LunarlabError
from lunarlab.units import si


def scaled(dispersions: Dispersions, scale: Any) -> Dispersions:
    """Every spread times `scale` (0 to 100), but none above the largest that is allowed."""
    times = si(scale, "", name="scale", low=0.0, high=100.0)
    values = {}
    for field in dataclasses.fields(dispersions):
        high = field.metadata.get("high", float("inf"))
        values[field.name] = min(times * getattr(dispersions, field.name), high)
    return Dispersions(**values)


def growing(
    scenario: Scenario, n: int, seed: int = 0, *, workers: int | None = None, every_s: float = 0.3, **own: Any
) -> Iterator[Campaign]:
    """Fly a campaign and yield it again and again as it grows, at last all of it.

    When the caller stops asking, flights that have not begun are not flown. What has been yielded holds whole flights, in the
    order of their numbers, but not always without gaps: their numbers are in ``rows.k``.

    Parameters
    ----------
    scenario : Scenario
    n : int, 1 to 1e6
        Number of flights.
    seed : int
    workers : int, optional
        Threads; one for each core if not given.
    every_s : float
        Least time between two looks [s].
    own : guidance, navigation, params
        As for `lunarlab.fly`.

    Raises
    ------
    LunarlabError
        n, workers or seed out of range, nothing that varies, or wrong input to `fly`.
    """
    if not isinstance(scenario, Scenario):
        raise LunarlabError(f"scenario is {scenario!r}; it must be a Scenario")
    n = int(si(n, "", name="n", low=1, high=1e6))
    count = int(si(workers or os.cpu_count() or 1, "", name="workers", low=1, high=1024))
    job = Job(scenario, int(si(seed, "", name="seed", low=0, high=2**53)), **own)
    began, cpu = time.perf_counter(), time.process_time()
    ready, each_s, in_python = first_flights(job, range(min(n, 2)))
    parts, last = [ready], time.perf_counter()
    rest = range(len(ready.k), n)
    if rest:
        yield Campaign(job, ready)
        count = 1 if in_python else count  # Python runs on one core whatever the number of threads
        with closing(in_threads(job, batches(rest, each_s, min(BATCH_S, every_s), count), count)) as flown:
            for rows, _ in flown:
                parts.append(rows)
                if time.perf_counter() - last >= every_s:
                    parts = [join(parts)]
                    yield Campaign(job, parts[0], time.perf_counter() - began)
                    last = time.perf_counter()
    yield Campaign(job, join(parts), time.perf_counter() - began, time.process_time() - cpu)
