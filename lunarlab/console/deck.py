"""The widget in the browser: a canvas with a transport bar, fed with one packet per flight. Plain JavaScript, no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from lunarlab.console.still import Still

_HERE = Path(__file__).parent


def joined(*names: str) -> str:
    """One module from several files: a widget can't import a neighbour without a server that serves it."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


class Deck(anywidget.AnyWidget):
    """Shows `words` and `numbers` (see `packet.pack`). mode: "console" with charts, "replay" with the side view only."""

    _esm = joined("pen.js", "dom.js", "draw.js", "deck.js")
    _css = joined("deck.css")
    words = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    mode = traitlets.Unicode("console").tag(sync=True)

    def __init__(self, mode: str, fallback: Still | None = None, **kwargs: Any) -> None:
        super().__init__(mode=mode, **kwargs)
        self._seq, self._fallback = 0, fallback

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for readers of the saved notebook without widgets the fallback's figure and text."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None or self._fallback is None:
            return bundle
        data, metadata = bundle
        return {**data, "text/plain": self._fallback.text, "text/html": self._fallback._repr_html_()}, metadata

    def show(self, words: dict[str, Any], numbers: bytes | None = None) -> None:
        """Send a flight (or only words, such as an error) in one message."""
        self._seq += 1
        with self.hold_sync():
            if numbers is not None:
                self.numbers = numbers
            self.words = words | {"seq": self._seq}
