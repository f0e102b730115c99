"""A scene for the browser: one packet of words (JSON) and numbers (float32), and the canvas that draws it."""

from __future__ import annotations

import dataclasses
from typing import Any

import anywidget
import numpy as np
import traitlets

from lunarlab.console.deck import joined
from lunarlab.plots.scene import Scene


class _Numbers:
    """Arrays laid end to end; `put` gives the place of each. An array that several marks share is sent once."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.places: dict[int, dict[str, int]] = {}
        self.size = 0

    def put(self, array: np.ndarray) -> dict[str, int]:
        if id(array) in self.places:  # the scene keeps them all alive while it is packed
            return self.places[id(array)]
        place = {"at": self.size, "n": array.size}
        if array.ndim == 2:
            place |= {"ny": array.shape[0], "nx": array.shape[1]}
        self.parts.append(array.astype(np.float32).ravel())
        self.size += array.size
        self.places[id(array)] = place
        return place

    def bytes(self) -> bytes:
        return np.concatenate(self.parts).tobytes() if self.parts else b""


def _fold(thing: Any, numbers: _Numbers) -> dict[str, Any]:
    """A mark, tile or axis as JSON; its arrays go to `numbers`."""
    folded = {}
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        folded[field.name] = numbers.put(value) if isinstance(value, np.ndarray) else value
    return folded


def pack(scene: Scene) -> tuple[dict[str, Any], bytes]:
    """Words (JSON) and numbers (float32) of a scene."""
    numbers = _Numbers()
    rows = [
        [
            _fold(view, numbers)
            | {
                "x": _fold(view.x, numbers),
                "y": _fold(view.y, numbers),
                "marks": [{"kind": type(mark).__name__.lower()} | _fold(mark, numbers) for mark in view.marks],
            }
            for view in row
        ]
        for row in scene.rows
    ]
    words = {
        "title": scene.title,
        "rows": rows,
        "description": scene.description,
        "badge": list(scene.badge),
        "notes": list(scene.notes),
        "tiles": [_fold(tile, numbers) for tile in scene.tiles],
        "clock": None if scene.clock is None else dataclasses.asdict(scene.clock),
    }
    return words, numbers.bytes()


class Canvas(anywidget.AnyWidget):
    """Draws `words` and `numbers` (see `pack`); keeps the last good picture under an error.

    `picked` is the point that someone clicked at: its key, and how many clicks there were.
    """

    _esm = joined("pen.js", "dom.js", "field.js", "view.js", "scene.js")
    _css = joined("deck.css")
    words = traitlets.Dict().tag(sync=True)
    numbers = traitlets.Bytes().tag(sync=True)
    picked = traitlets.Dict().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seq = 0

    def show(self, words: dict[str, Any], numbers: bytes | None = None) -> None:
        """Send a picture (or only words, such as an error) in one message."""
        self._seq += 1
        with self.hold_sync():
            if numbers is not None:
                self.numbers = numbers
            self.words = words | {"seq": self._seq}
