"""The Monte-Carlo dashboard: a campaign that is flown beside the notebook, watched as it grows, stopped, and looked into."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import ipywidgets as w

from lunarlab.console.controls import position
from lunarlab.console.deck import Deck
from lunarlab.console.explorer import make_widget
from lunarlab.console.packet import pack as pack_flight
from lunarlab.console.rooms import campaign as room
from lunarlab.console.scene import Canvas, pack
from lunarlab.errors import LunarlabError

_STALE = "these settings have not been flown yet: press Fly"


class Dashboard(w.VBox):
    """Controls, a picture of the campaign, and the replay of one of its flights.

    Parameters
    ----------
    start : mapping
        Values of the controls to begin with; see `lunarlab.console.rooms.campaign`.
    fly : bool
        Whether to begin at once.
    """

    def __init__(self, start: Mapping[str, Any] | None = None, *, fly: bool = True) -> None:
        self.error, self._picked = "", -1
        self._flown: Any = None
        self._found: Any = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._drawn = threading.Event()  # the picture that was handed over has been sent
        self._drawn.set()
        self._shown: dict[str, Any] | None = None
        try:
            values = room.PANEL.start(start or {})
        except LunarlabError as error:
            values, self.error = room.PANEL.start({}), str(error)
        self._canvas, self._deck = Canvas(), Deck("replay")
        self._build(values)
        top = w.HBox([self._column, self._canvas])
        top.add_class("ll-panel")
        self._replay = w.VBox([self._deck])
        self._replay.layout.display = "none"
        super().__init__([top, self._replay])
        self._canvas.observe(self._clicked, "picked")
        if fly:
            self.fly()

    # -- what a notebook may read -------------------------------------------------------------------------------------
    @property
    def values(self) -> dict[str, Any]:
        """The controls as they stand."""
        return {key: control.value for key, control in self.controls.items()}

    @property
    def campaign(self) -> Any:
        """The campaign that is shown, after waiting for its end; None if there is none."""
        self.wait()
        return self._flown

    @property
    def running(self) -> bool:
        """Whether flights are being flown."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self) -> None:
        """Return when the campaign is over."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._finish()

    # -- building -----------------------------------------------------------------------------------------------------
    def _build(self, values: Mapping[str, Any]) -> None:
        self.controls: dict[str, Any] = {}
        column: list[Any] = []
        for control in room.PANEL.controls:
            if isinstance(control, str):
                column.append(w.HTML(f"<h4>{control}</h4>"))
                continue
            widget = self.controls[control.key] = make_widget(control, values[control.key])
            widget.observe(self._changed, "value")
            column.append(widget)
        wide = w.Layout(width="100%")
        self._fly = w.Button(description="Fly", tooltip="Fly the campaign with these settings")
        self._cancel = w.Button(description="Cancel", tooltip="Stop; what has been flown stays", disabled=True)
        self._bar = w.IntProgress(0, 0, 1, description="Flown", layout=wide)
        self._flight = w.BoundedIntText(0, min=0, max=0, description="Flight to see again", layout=wide)
        self._see = w.Button(description="Replay it", tooltip="Fly this flight again and play it", disabled=True)
        self._fly.on_click(lambda _: self.fly())
        self._cancel.on_click(lambda _: self.cancel())
        self._see.on_click(lambda _: self.see(int(self._flight.value)))
        self._column = w.VBox([
            *column, w.HBox([self._fly, self._cancel]), self._bar, w.HTML("<h4>One of them</h4>"), self._flight,
            w.HBox([self._see]), w.HTML(room.PANEL.hint),
        ])  # fmt: skip
        self._column.add_class("ll-controls")

    # -- flying -------------------------------------------------------------------------------------------------------
    def fly(self) -> None:
        """Begin a campaign with the controls as they stand; one that is under way is stopped."""
        self.cancel()
        if self._thread is not None:
            self._thread.join()
        self._stop.clear()
        self._drawn.set()
        self.error, self._picked = "", -1
        self._shown = self.values
        self._bar.value, self._bar.max = 0, int(self._shown["n"])
        self._fly.disabled, self._cancel.disabled, self._see.disabled = True, False, True
        try:
            loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        self._thread = threading.Thread(
            target=self._run, args=(self._shown, loop), daemon=True, name="lunarlab-campaign"
        )
        self._thread.start()
        if loop is None:  # plain Python has no later
            self.wait()

    def cancel(self) -> None:
        """Stop after the flights that are in the air; what has been flown is shown."""
        self._stop.set()

    def _run(self, values: dict[str, Any], loop: asyncio.AbstractEventLoop | None) -> None:
        """In a thread of its own: fly, look at it, hand pictures over."""
        from lunarlab.plots.campaigns import campaign_scene, ellipses

        flown = None
        try:
            for flown in room.grow(values):
                if self._stop.is_set():
                    break
                if loop is not None and flown.n < int(values["n"]) and self._drawn.is_set():
                    self._drawn.clear()
                    scene = campaign_scene(flown, values["column"], of=int(values["n"]), live=True)
                    loop.call_soon_threadsafe(self._show, scene, flown.n)
            if flown is not None:
                self._found = ellipses(flown)
                self._flown = flown
        except LunarlabError as error:
            self.error = str(error)
        except Exception as error:  # a bug must not become a traceback in a log that nobody sees
            self.error = f"lunarlab could not fly this ({type(error).__name__}: {error})"
        if loop is not None:
            loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        """The campaign is over: show it, or what went wrong."""
        if self._thread is None or self._cancel.disabled:
            return
        self._fly.disabled, self._cancel.disabled = False, True
        if self.error:
            self._say(self.error)
            return
        self._see.disabled = False
        self._flight.max = int(self._flown.rows.k.max())
        self._draw()

    # -- showing ------------------------------------------------------------------------------------------------------
    def _settings(self) -> dict[str, Any]:
        values = self.values
        return {key: position(knob, values[key]) for key, knob in room.PANEL.knobs.items()}

    def _show(self, scene: Any, count: int) -> None:
        self._drawn.set()
        if self._cancel.disabled:  # it is over meanwhile
            return
        self._bar.value = count
        words, numbers = pack(scene)
        self._canvas.show(words | {"settings": self._settings(), "error": ""}, numbers)

    def _draw(self) -> None:
        """The campaign that is over, as the controls want to see it."""
        from lunarlab.plots.campaigns import campaign_scene

        flown = self._flown
        self._bar.value = flown.n
        n = int(self._shown["n"]) if self._shown else flown.n
        scene = campaign_scene(flown, self.controls["column"].value, of=n, picked=self._picked, found=self._found)
        words, numbers = pack(scene)
        self._canvas.show(words | {"settings": self._settings(), "error": self.error}, numbers)

    def _say(self, error: str) -> None:
        self._canvas.show({"settings": self._settings(), "error": error})

    def _changed(self, change: dict[str, Any]) -> None:
        if self.running or self._flown is None:
            return
        if change["owner"] is self.controls["column"]:
            self._draw()
            return
        flown = {key: value for key, value in (self._shown or {}).items() if key not in ("column", "workers")}
        self.error = "" if all(self.controls[key].value == value for key, value in flown.items()) else _STALE
        self._draw()

    # -- one of them --------------------------------------------------------------------------------------------------
    def _clicked(self, change: dict[str, Any]) -> None:
        key = change["new"].get("key")
        if key is not None and not self.running:
            self._flight.value = int(key)
            self.see(int(key))

    def see(self, k: int) -> None:
        """Fly flight k of the campaign again, to the last bit, and show it."""
        from lunarlab.descent.flight import fly
        from lunarlab.descent.rows import flight_seed

        if self._flown is None or self.running:
            return
        job = self._flown.job
        try:
            flight = fly(
                job.scenario,
                guidance=job.guidance,
                navigation=job.navigation,
                params=job.params,
                seed=flight_seed(job.seed, k),
            )
            words, numbers = pack_flight(flight)
        except LunarlabError as error:
            self._say(str(error))
            return
        self._picked = k
        self._replay.layout.display = ""
        self._deck.show(words | {"title": f"{job.scenario.name}, flight {k} of seed {job.seed}"}, numbers)
        self._draw()

    def __repr__(self) -> str:
        return f"campaign: {self._flown!r}" if self._flown is not None else f"campaign: {self.error or 'not flown yet'}"
