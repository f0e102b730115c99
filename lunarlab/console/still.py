"""Where widgets are not available: the same flight as a figure and text."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

from lunarlab.descent.flight import Flight
from lunarlab.plots import facts


def widgets_available() -> bool:
    """Whether this runs in a Jupyter kernel that has ipywidgets and anywidget."""
    ipython = sys.modules.get("IPython")  # not imported: not in a notebook
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return False
    return all(importlib.util.find_spec(name) is not None for name in ("ipywidgets", "anywidget"))


class Still:
    """A flight that doesn't move: `figure` (drawn when asked for), `text`, and a display of both in a notebook."""

    def __init__(self, flight: Flight | None, error: str = "") -> None:
        self.flight, self.error = flight, error

    @property
    def figure(self) -> Any:
        """Side view as a matplotlib Figure."""
        from lunarlab import plots

        return None if self.flight is None else plots.side_view(self.flight)

    @property
    def text(self) -> str:
        """Verdict, reasons, key numbers and events."""
        if self.flight is None:
            return self.error
        lines = [self.error] if self.error else []
        return "\n".join([*lines, facts.summary(self.flight), *self.flight.reasons, "", *facts.transcript(self.flight)])

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from html import escape

        from lunarlab.plots.style import html

        picture = "" if self.flight is None else html(self.figure)
        return f"{picture}<pre>{escape(self.text)}</pre>"
