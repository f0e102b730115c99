"""The explorer: controls beside a picture that is computed anew on every move. Most panels of the lessons are one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipywidgets as w

from lunarlab.console import sliders
from lunarlab.console.coalesce import Coalescer
from lunarlab.console.controls import Choose, Control, Panel, Slide, Tick, position
from lunarlab.console.later import Later
from lunarlab.console.report import Report
from lunarlab.console.scene import Canvas, pack
from lunarlab.console.stillscene import StillScene
from lunarlab.errors import LunarlabError
from lunarlab.plots.scene import Scene

_OWN = "as set below"


class Explorer(w.HBox):
    """Sliders and menus, a picture with readouts, and a sentence that says what is in it.

    Parameters
    ----------
    compute : callable
        ``compute(**values) -> Scene``, called with the value of every control.
    controls : sequence of Slide, Choose, Tick and str
        Words between the controls are headings.
    name : str
        How messages call the panel.
    presets : mapping of str to mapping
        Named sets of values, offered in a menu.
    hint : str
        HTML below the controls.
    start : mapping
        Values to begin with. One that can't be taken is said in the panel, and the default is taken.
    later, report
        What takes too long for a redraw, and a text at the push of a button; see `controls.Panel`.
    """

    def __init__(
        self,
        compute: Callable[..., Scene],
        controls: Any,
        *,
        name: str = "explorer",
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        hint: str = "",
        start: Mapping[str, Any] | None = None,
        later: Callable[..., Iterable[Any]] | None = None,
        report: tuple[str, Callable[..., str]] | None = None,
    ) -> None:
        self.panel = Panel(name, compute, tuple(controls), presets or {}, hint, later, report)
        self._scene: Scene | None = None
        self._shown: dict[str, Any] | None = None
        self._quiet = False  # while several controls are set at once, nothing is computed
        self._whole = False  # whether the picture was drawn with all that comes late
        self.error = ""
        try:
            self._start = self.panel.start(start or {})
        except LunarlabError as error:
            self._start, self.error = self.panel.start({}), str(error)
        self._canvas = Canvas()
        self._coalescer = Coalescer(self._redraw)
        self._later = None if later is None else Later(lambda values: later(**values), self._coalescer.request)
        self._report = None if report is None else Report(self.panel, lambda: self.values)
        self._build()
        super().__init__([self._column, self._canvas, *([] if self._report is None else [self._report])])
        self.add_class("ll-panel")
        for control in self.controls.values():
            control.observe(self._changed, "value")
        self._coalescer.request()

    # -- what a notebook may read -------------------------------------------------------------------------------------
    @property
    def values(self) -> dict[str, Any]:
        """The controls as they stand."""
        return {key: self._value(key, knob) for key, knob in self.panel.knobs.items()}

    @property
    def scene(self) -> Scene | None:
        """The picture of the controls as they stand, with all that comes late; None if there is none (see `error`)."""
        self._coalescer.flush()
        if self._later is not None and self._scene is not None and not self._whole:
            self._later.wait()
            self._redraw()
        return self._scene

    @property
    def facts(self) -> dict[str, float]:
        """The numbers behind the readouts, SI."""
        return {} if self.scene is None else dict(self.scene.facts)

    @property
    def figure(self) -> Any:
        """The picture as a matplotlib figure."""
        from lunarlab.plots.paint import paint

        return None if self.scene is None else paint(self.scene)

    @property
    def renders(self) -> int:
        """How many pictures have been computed so far."""
        return self._coalescer.runs

    def set(self, **values: Any) -> None:
        """Set several controls at once; one picture follows.

        Raises
        ------
        LunarlabError
            A name that no control has, a value that it can't take.
        """
        self._set(self.panel.start({**self.values, **values}))
        self.error = ""
        self._coalescer.request()

    # -- building -----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.controls: dict[str, Any] = {}
        column: list[Any] = []
        if self.panel.presets:
            self._presets: Any = w.Dropdown(
                options=[_OWN, *self.panel.presets],
                value=self._preset_of(self._start),
                description="Start from",
                layout=_wide(),
            )
            self._presets.observe(self._preset, "value")
            column.append(self._presets)
        for control in self.panel.controls:
            if isinstance(control, str):
                column.append(w.HTML(f"<h4>{control}</h4>"))
            else:
                self.controls[control.key] = make_widget(control, self._start[control.key])
                column.append(self.controls[control.key])
        reset = w.Button(description="Reset", tooltip="Back to the values that the panel opened with")
        reset.on_click(lambda _: self._reset())
        self._column = w.VBox([*column, w.HBox([reset]), w.HTML(self.panel.hint)])
        self._column.add_class("ll-controls")
        self._arrange()

    def _preset_of(self, values: Mapping[str, Any]) -> str:
        """The preset whose values these are, in what its picture needs."""
        for name, preset in self.panel.presets.items():
            wanted = self.panel.start(preset)
            if all(wanted[key] == values[key] for key, knob in self.panel.knobs.items() if knob.when(wanted)):
                return name
        return _OWN

    def _value(self, key: str, knob: Control) -> Any:
        """Value of a control; within half a step of the number that it was set to, it is that number.

        The browser moves a value that lies between two steps, and says so as if someone had dragged it there.
        """
        value = self.controls[key].value
        if not isinstance(knob, Slide):
            return value
        own = float(self._start[key])
        off = math.log10(value / own) if knob.log else value - own
        return own if abs(off) <= 0.5 * knob.step else float(value)

    def _set(self, values: Mapping[str, Any]) -> None:
        self._quiet = True
        try:
            self._start = dict(values)
            for key, value in values.items():
                self.controls[key].value = value
        finally:
            self._quiet = False
        self._arrange()

    def _arrange(self) -> None:
        """Show only the controls that mean something now."""
        values = self.values
        for key, knob in self.panel.knobs.items():
            display = "" if knob.when(values) else "none"
            if (self.controls[key].layout.display or "") != display:
                self.controls[key].layout.display = display

    def _preset(self, change: dict[str, Any]) -> None:
        if change["new"] in self.panel.presets:
            self.set(**self.panel.start(self.panel.presets[change["new"]]))

    def _reset(self) -> None:
        self._set(self.panel.start({}))
        if self.panel.presets:
            self._presets.value = self._preset_of(self._start)
        self.error = ""
        self._coalescer.request()

    # -- computing ----------------------------------------------------------------------------------------------------
    def _changed(self, change: dict[str, Any]) -> None:
        if self._quiet or self.values == self._shown:
            return
        self.error = ""
        self._arrange()
        self._coalescer.request()

    def _redraw(self) -> None:
        """Compute the picture of the controls as they stand and send it."""
        values = self._shown = self.values
        settings = {key: position(knob, values[key]) for key, knob in self.panel.knobs.items()}
        words: dict[str, Any] = {"settings": settings}
        numbers = None
        try:
            late = {} if self._later is None else {"late": self._later.ask(values)}
            self._whole = all(part.done for part in late.values())
            scene = self.panel.compute(**values, **late)
            more, numbers = pack(scene)
            words |= more | {"error": self.error}
            self._scene = scene
        except LunarlabError as error:
            self.error, self._scene = str(error), None
        except Exception as error:  # a bug must not become a traceback in a log that nobody sees: say it in the panel
            self.error, self._scene = f"lunarlab could not compute this ({type(error).__name__}: {error})", None
        if self._scene is None:
            words["error"] = self.error
        self._canvas.show(words, numbers)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for readers of the saved notebook without widgets the picture and text of now."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return bundle
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": repr(self)}, metadata

    def __repr__(self) -> str:
        words = self.scene.title + ". " + self.scene.description if self.scene else self.error
        return f"{self.panel.name}: {words}"

    def still(self) -> StillScene:
        """The picture of now, without controls."""
        return StillScene(self.scene, self.error)


def _wide() -> w.Layout:
    return w.Layout(width="100%")


def make_widget(control: Control, value: Any) -> Any:
    """The ipywidget of a control."""
    if isinstance(control, Tick):
        return w.Checkbox(value, description=control.label, indent=False)
    if isinstance(control, Choose):
        kind = sliders.SelectionSlider if control.slide else w.Dropdown
        return kind(options=control.options, value=value, description=control.label, layout=_wide())
    if control.log:
        return sliders.FloatLogSlider(
            value,
            min=math.log10(control.low),
            max=math.log10(control.high),
            step=control.step,
            description=control.label,
            layout=_wide(),
            readout_format=f".{control.digits}f",
        )
    return sliders.FloatSlider(
        value,
        min=control.low,
        max=control.high,
        step=control.step,
        description=control.label,
        layout=_wide(),
        readout_format=f",.{control.digits}f" if control.high >= 10_000 else f".{control.digits}f",
    )
