"""How the flights of a campaign are handed out to threads, and how their rows come together."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np

from lunarlab.descent.rows import Job, Rows, fly_one, fly_rows, join, to_rows
from lunarlab.errors import LunarlabError

if TYPE_CHECKING:
    from lunarlab.descent.columns import Store

BATCH_S = 0.05
"""Work that a thread gets at a time: little enough to share it out evenly, enough to be worth the way."""


def batches(missing: Sequence[int], each_s: float, batch_s: float, workers: int) -> list[Sequence[int]]:
    """Cut the flights into pieces of about `batch_s` of work, but at least eight for each worker."""
    size = max(1, min(round(batch_s / max(each_s, 1e-6)), math.ceil(len(missing) / (8 * workers))))
    return [missing[i : i + size] for i in range(0, len(missing), size)]


def in_threads(job: Job, work: Sequence[Sequence[int]], workers: int) -> Generator[tuple[Rows, float]]:
    """Rows of each batch as it is done, and processor time spent elsewhere: none.

    When the caller stops asking, what has not begun is not flown.
    """
    # Not a pool: Ctrl-C inside one of its locks, which are written in Python, leaves it locked, and all wait for ever.
    waiting = deque(work)
    todo: SimpleQueue[Sequence[int] | None] = SimpleQueue()
    done: SimpleQueue[Rows | BaseException] = SimpleQueue()

    def fly() -> None:
        while (ks := todo.get()) is not None:
            try:
                done.put(fly_rows(job, ks))
            except BaseException as error:
                done.put(error)

    threads = [Thread(target=fly, daemon=True) for _ in range(workers)]
    under_way = 0
    try:
        for thread in threads:
            thread.start()
        while waiting or under_way:
            while waiting and under_way < 2 * workers:
                todo.put(waiting.popleft())
                under_way += 1
            rows = done.get()
            under_way -= 1
            if isinstance(rows, BaseException):
                raise rows
            yield rows, 0.0
    finally:
        with suppress(Empty):
            while True:
                todo.get_nowait()
        for _ in threads:
            todo.put(None)
        for thread in threads:
            if thread.is_alive():
                thread.join()


def first_flights(job: Job, ks: Sequence[int]) -> tuple[Rows, float, bool]:
    """Fly the first two that are missing, here and one after the other, before workers ask for them together.

    Returns
    -------
    tuple
        Their rows; time that a flight takes [s]; whether law or filter run in Python.

    Raises
    ------
    LunarlabError
        Wrong input to `fly`; or nothing varies.
    """
    flown, in_python, took = [], False, 0.0
    for k in ks[:2]:  # the first loads the compiled code, the second says how long a flight takes
        start = time.perf_counter()
        flight = fly_one(job, k)
        took = time.perf_counter() - start
        in_python |= any(flight.provenance[kind]["ran"] == "python" for kind in ("guidance", "navigation"))
        flown.append((k, flight))
    rows = to_rows(job, flown)
    if len(flown) == 2 and flown[0][1].touchdown is not None and (rows.table[0] == rows.table[1])[:7].all():
        raise LunarlabError(
            "zero dispersion: two flights with different seeds are the same to the last bit, and so every flight would be the "
            "same; give a Dispersions with a spread that matters, or n=1"
        )
    return rows, took, in_python


class Gathered:
    """The rows that there are so far, the file that they go to, and the bar that counts them."""

    def __init__(self, n: int, store: Store | None, progress: Any) -> None:
        self.n, self.store, self.progress = n, store, progress
        self._parts: list[Rows] = []
        self._landed = self._count = 0
        if store is not None and store.found is not None:
            self.add(store.found)

    def missing(self) -> list[int]:
        """Numbers of the flights that are still to be flown."""
        have = np.concatenate([np.zeros(0, np.int64), *(part.k for part in self._parts)])
        return [int(k) for k in np.setdiff1d(np.arange(self.n), have)]

    def add(self, rows: Rows) -> None:
        """Take in the rows of a batch; now and then everything is written to the file."""
        self._parts.append(rows)
        inside = rows.k < self.n  # the file may hold more flights than were asked for now
        self._count += int(inside.sum())
        if self.progress is not None:
            self._landed += sum(v == "LANDED" for v, yes in zip(rows.verdict, inside, strict=True) if yes)
            self.progress.update(int(inside.sum()))
            self.progress.set_postfix_str(f"{100 * self._landed / max(self._count, 1):.1f} % landed", refresh=False)
        if self.store is not None and self.store.due:
            self.save()

    def save(self) -> str:
        """Write everything to the file, if there is one; says how much there is."""
        if self.store is None:
            return f"{self._count} of {self.n} flights were flown"
        if self._parts:
            self._parts = [join(self._parts)]
            self.store.save(self._parts[0])
        return f"{self._count} of {self.n} flights are in {self.store.path}"

    def rows(self) -> Rows:
        """Rows of flights 0 to n - 1, in order."""
        return join(self._parts).first(self.n)


def bar(n: int) -> Any:
    """A progress bar on stderr, or a widget in a notebook."""
    from tqdm.auto import tqdm

    return tqdm(total=n, unit="flight", smoothing=0.05)
