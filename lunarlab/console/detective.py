"""``console.mystery(seed)``: buy telemetry of an anonymous flight, see it, and name what broke."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w

from lunarlab.cases.mystery import BUDGET, CHANNELS, OFFERED, WINDOW_S, Mystery, mystery
from lunarlab.console.scene import Canvas, pack
from lunarlab.errors import LunarlabError
from lunarlab.plots.mysteries import bought_scene

_HINT = (
    f"<h4>How it works</h4>One request buys one channel for at most {WINDOW_S:g} s. Points: 40 for the part, 40 for how it "
    "broke, 20 for when; half of them go with the last request. There is one answer."
)


class Detective(w.HBox):
    """A shop for telemetry, a picture of what was bought, and one answer."""

    def __init__(self, seed: int = 0, budget: int = BUDGET) -> None:
        self.error = ""
        try:
            self.flight = mystery(seed, budget=budget)
        except LunarlabError as error:
            self.flight, self.error = mystery(0), str(error)
        wide = w.Layout(width="100%")
        first, last = self.flight.clock
        self.channel = w.Dropdown(
            options=[(f"{name}: {what}", name) for name, (_, what) in CHANNELS.items()],
            description="Channel",
            layout=wide,
        )
        self.window = w.FloatRangeSlider(
            value=(max(first, last - WINDOW_S), last),
            min=first,
            max=last,
            step=1.0,
            description="From, to",
            readout_format=".0f",
            layout=wide,
        )
        self.buy = w.Button(description="Buy", tooltip="Spends the requests that are named below")
        self.part = w.Dropdown(options=[(" ".join(what), what) for what in OFFERED], description="It was", layout=wide)
        self.onset = w.FloatText(value=round(last), description="Since, s", layout=wide)
        self.hand_in = w.Button(description="Answer", tooltip="Only the first answer counts")
        self.said = w.HTML()
        self.canvas = Canvas()
        column = w.VBox([
            w.HTML("<h4>Buy telemetry</h4>"), self.channel, self.window, self.buy, self.said,
            w.HTML("<h4>Name it, once</h4>"), self.part, self.onset, self.hand_in, w.HTML(_HINT),
        ])  # fmt: skip
        column.add_class("ll-controls")
        super().__init__([column, self.canvas])
        self.add_class("ll-panel")
        self.buy.on_click(lambda _: self._do(self._buy))
        self.hand_in.on_click(lambda _: self._do(self._answer))
        for control in (self.channel, self.window):
            control.observe(lambda _: self._price(), "value")
        self._show()

    def _do(self, act: Callable[[Mystery], Any]) -> None:
        self.error = ""
        try:
            act(self.flight)
        except LunarlabError as error:
            self.error = str(error)
        self._show()

    def _buy(self, flight: Mystery) -> None:
        flight.buy(self.channel.value, *self.window.value)

    def _answer(self, flight: Mystery) -> None:
        part, kind = self.part.value
        flight.answer(part, kind, None if part == "nothing" else self.onset.value)
        self.hand_in.disabled = self.buy.disabled = True

    def _price(self) -> None:
        cost = self.flight.price(self.channel.value, *self.window.value)
        self.said.value = f"costs {cost} request{'' if cost == 1 else 's'}; {self.flight.left} left"

    def _show(self) -> None:
        self._price()
        words, numbers = pack(bought_scene(self.flight))
        self.canvas.show(words | {"error": self.error}, numbers)

    def __repr__(self) -> str:
        return f"{self.flight!r}. {self.error}".strip()
