"""At most one redraw under way, and the last value wins: what keeps a dragged slider from queueing up work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 0.4
"""A browser that does not say 'drawn' within this time (hidden tab, closed page) no longer holds up the next redraw."""


class Coalescer:
    """Runs `work` for requests: at once if nothing is under way, else once more when the browser has drawn.

    `work` returns whether a browser was asked to draw and will call `drawn`. Between two runs only the wish for
    another one is kept, not how many there were: the work reads the controls when it runs.
    """

    def __init__(self, work: Callable[[], bool], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._work, self._clock = work, clock
        self._pending, self._busy_since = False, -float("inf")
        self._timer: asyncio.TimerHandle | None = None
        self.runs = 0

    @property
    def busy(self) -> bool:
        """Whether a redraw is on its way to the browser."""
        return self._clock() - self._busy_since < PATIENCE_S

    def request(self) -> None:
        """Ask for a run. Without an event loop to come back later (plain Python) it runs now."""
        self._pending = True
        if not self.busy:
            self.flush()
        elif self._timer is None:
            try:
                self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self.flush)
            except RuntimeError:
                self.flush()

    def drawn(self) -> None:
        """The browser has drawn the last run."""
        self._busy_since = -float("inf")
        self.flush()

    def flush(self) -> None:
        """Do now what is pending."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            self._pending = False
            self.runs += 1
            self._busy_since = self._clock() if self._work() else -float("inf")
