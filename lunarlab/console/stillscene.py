"""How a panel is opened: as an explorer in a notebook, as a figure with text where widgets are not available."""

from __future__ import annotations

from typing import Any

from lunarlab.console import still
from lunarlab.console.controls import Panel
from lunarlab.errors import LunarlabError
from lunarlab.plots.scene import Scene


class StillScene:
    """A scene that doesn't move: `figure` (drawn when asked for), `text`, and a display of both in a notebook."""

    def __init__(self, scene: Scene | None, error: str = "") -> None:
        self.scene, self.error = scene, error

    @property
    def figure(self) -> Any:
        """The scene as a matplotlib Figure; None if there is none."""
        if self.scene is None:
            return None
        from lunarlab.plots.paint import paint

        return paint(self.scene)

    @property
    def facts(self) -> dict[str, float]:
        """The numbers behind the readouts, SI."""
        return {} if self.scene is None else dict(self.scene.facts)

    @property
    def text(self) -> str:
        """Title, verdict, readouts and description."""
        if self.scene is None:
            return self.error
        scene, lines = self.scene, [self.error] if self.error else []
        lines += [f"{scene.title}: {scene.badge[0]}" if scene.badge[0] else scene.title, *scene.notes]
        lines += [f"  {tile.name}: {tile.value}" for tile in scene.tiles if tile.value]
        return "\n".join([*lines, scene.description])

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from html import escape

        from lunarlab.plots.style import html

        picture = "" if self.scene is None else html(self.figure)
        return f"{picture}<pre>{escape(self.text)}</pre>"


def draw(panel: Panel, values: dict[str, Any]) -> Scene:
    """The scene of a panel with all that comes late."""
    work = panel.later
    if work is None:
        return panel.compute(**values)
    from lunarlab.console.later import Later

    later = Later(lambda request: work(**request), lambda: None)
    later.ask(values)
    later.wait()
    return panel.compute(**values, late=later.ask(values))


def open_panel(panel: Panel, values: dict[str, Any]) -> Any:
    """The panel as a widget in a notebook, else as a `StillScene`. A value that can't be taken is said, not raised."""
    if still.widgets_available():
        from lunarlab.console.explorer import Explorer

        return Explorer(
            panel.compute,
            panel.controls,
            name=panel.name,
            presets=panel.presets,
            hint=panel.hint,
            start=values,
            later=panel.later,
            report=panel.report,
        )
    error = ""
    try:
        start = panel.start(values)
    except LunarlabError as wrong:
        start, error = panel.start({}), str(wrong)
    try:
        return StillScene(draw(panel, start), error)
    except LunarlabError as wrong:
        return StillScene(None, str(wrong))
