"""Sliders of ipywidgets without the echo.

The kernel answers every value that a browser sends with the same value, so that other browsers on the same kernel
follow. While a slider is dragged that answer costs as much as the flight itself: the page lays the slider out again.
"""

from __future__ import annotations

import ipywidgets
import traitlets


class IntSlider(ipywidgets.IntSlider):
    """Slider of whole numbers."""

    value = traitlets.CInt(0).tag(sync=True, echo_update=False)


class FloatSlider(ipywidgets.FloatSlider):
    """Slider of numbers."""

    value = traitlets.CFloat(0.0).tag(sync=True, echo_update=False)


class FloatLogSlider(ipywidgets.FloatLogSlider):
    """Slider of powers of ten."""

    value = traitlets.CFloat(1.0).tag(sync=True, echo_update=False)


class SelectionSlider(ipywidgets.SelectionSlider):
    """Slider with named stops."""

    index = traitlets.Int(0, allow_none=True).tag(sync=True, echo_update=False)
