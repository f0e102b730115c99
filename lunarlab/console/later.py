"""Work that takes too long for a redraw: done beside it, the newest request wins, and the last result stays meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lunarlab.errors import LunarlabError


@dataclass(frozen=True)
class Late:
    """What is known by now of the slow part of a picture."""

    value: Any = None
    """The last result; None before the first."""
    error: str = ""
    """Why there is none for these controls."""
    fresh: bool = False
    """Whether it is for the controls as they stand. Else it is of a moment ago."""
    done: bool = False
    """Whether nothing better will come for these controls."""


class Later:
    """One thread that works on the newest request.

    Parameters
    ----------
    work : callable
        ``work(request)`` yields results, coarse first, the best last. Between two of them a newer request ends it.
    ready : callable
        Called in the event loop's thread when something for the newest request has come.
    """

    def __init__(self, work: Callable[[Any], Iterable[Any]], ready: Callable[[], None]) -> None:
        self._work, self._ready = work, ready
        self._lock = threading.Condition()
        self._asked: Any = None
        self._late = Late()
        self._busy = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def ask(self, request: Any) -> Late:
        """What is known of `request` now; it is worked on if it is new.

        Without an event loop (plain Python) there is no later: it is done at once.
        """
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        with self._lock:
            if request != self._asked:
                self._asked = request
                self._late = Late(self._late.value)
                if not self._busy and self._loop is not None:
                    self._busy = True
                    threading.Thread(target=self._run, daemon=True, name="lunarlab-later").start()
        if self._loop is None:
            self.wait()
        return self._late

    @property
    def last(self) -> Late:
        """What is known of what was asked last."""
        return self._late

    def wait(self) -> None:
        """Return when all is known of what was asked last; in this thread, if no other is at it."""
        with self._lock:
            if not self._late.done and not self._busy and self._asked is not None:
                self._busy = True
            else:
                self._lock.wait_for(lambda: not self._busy)
                return
        self._run(tell=False)

    def _run(self, tell: bool = True) -> None:
        while True:
            request = self._asked
            try:
                for value in self._work(request):
                    if not self._keep(request, Late(value, "", True), tell):
                        break
                else:
                    self._keep(request, Late(self._late.value, "", True, True), tell)
            except LunarlabError as error:
                self._keep(request, Late(None, str(error), True, True), tell)
            except Exception as error:  # a bug must not become a traceback in a log that nobody sees
                self._keep(request, Late(None, f"lunarlab failed ({type(error).__name__}: {error})", True, True), tell)
            with self._lock:
                if self._late.done:
                    self._busy = False
                    self._lock.notify_all()
                    return

    def _keep(self, request: Any, late: Late, tell: bool) -> bool:
        """Take a result. One that somebody has stopped waiting for is better than an older one, but not worth a redraw."""
        with self._lock:
            wanted = request == self._asked
            if not wanted:
                self._late = Late(late.value)
                return False
            self._late = late
        if tell and self._loop is not None:
            self._loop.call_soon_threadsafe(self._ready)
        return True
