"""At most one redraw at a time, and the last value wins: what keeps a dragged slider from queueing up work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Coalescer:
    """Runs `work` for requests: the first one at once, all that follow before the event loop turns as one more.

    A slider in the browser sends its next value only when the kernel is done with the last one, and the kernel sends
    the redraw before it says that it is done: so the loop turns once per redraw, and no value waits in a queue. Many
    changes in one cell are one turn of the loop: the first and the last are drawn.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._pending = self._resting = False
        self.runs = 0

    def request(self) -> None:
        """Ask for a run. Without an event loop (plain Python) there is no later: it runs now."""
        self._pending = True
        if self._resting:
            return
        self.flush()
        try:
            asyncio.get_running_loop().call_soon(self._turn)
            self._resting = True
        except RuntimeError:
            pass

    def flush(self) -> None:
        """Do now what is pending."""
        if self._pending:
            self._pending = False
            self.runs += 1
            self._work()

    def _turn(self) -> None:
        self._resting = False
        self.flush()
