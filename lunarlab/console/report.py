"""A text at the push of a button, below a picture: such as a score card, which takes a hundred flights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets as w

from lunarlab.console.controls import Panel
from lunarlab.console.later import Later


class Report(w.VBox):
    """A name, a button, and the text that came of it, to copy."""

    def __init__(self, panel: Panel, values: Callable[[], dict[str, Any]]) -> None:
        words, make = panel.report or ("", str)
        self._make: Callable[..., str] = make
        self._values = values
        self._later = Later(self._work, self._ready)
        self.name = w.Text("", placeholder="anonymous", description="Name on it", layout=w.Layout(width="260px"))
        self.button = w.Button(description=words, tooltip="Flies a hundred times with the controls as they stand")
        self.text = w.Textarea("", description=words, layout=w.Layout(width="100%", height="196px", display="none"))
        self.button.on_click(lambda _: self.ask())
        super().__init__([w.HBox([self.name, self.button]), self.text])
        self.add_class("ll-report")

    def ask(self) -> None:
        """Make the text for the controls as they stand."""
        self.text.layout.display = ""
        self.text.value = "being worked on ..."
        self._later.ask({"name": self.name.value.strip() or "anonymous", **self._values()})
        self._ready()

    def wait(self) -> str:
        """The text that was asked for last, when it is there."""
        self._later.wait()
        self._ready()
        return str(self.text.value)

    def _work(self, request: dict[str, Any]) -> Iterator[str]:
        yield self._make(**request)

    def _ready(self) -> None:
        late = self._later.last
        if late.done:
            self.text.value = late.error or late.value
