"""The mission console: controls beside a flight deck. Every move of a slider flies a whole descent."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import ipywidgets as w

import lunarlab
from lunarlab.cases import loader
from lunarlab.cases.kinds import descents_only
from lunarlab.console import settings as s
from lunarlab.console import sliders
from lunarlab.console.coalesce import Coalescer
from lunarlab.console.deck import Deck
from lunarlab.console.packet import pack, published_points
from lunarlab.descent.flight import Flight
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts

_HINT = (
    "<h4>Try</h4>Every move flies a whole descent. Make it land in three ways: by the gate, by the rule, by the map. "
    "Which of them survive the fault <i>bias step</i>?"
)
DEFAULT_CASE = "hakuto-r-m1"


class Console(w.HBox):
    """Controls and flight deck of one case.

    Parameters
    ----------
    case : str, Case or Scenario
        What the console starts from.
    guidance, navigation, params
        A law, a filter and their numbers, handed to `lunarlab.fly`.
    seed : int
        Seed of the first flight.
    """

    def __init__(
        self,
        case: Any = DEFAULT_CASE,
        *,
        guidance: Callable[..., Any] | None = None,
        navigation: Callable[..., Any] | None = None,
        params: Any = None,
        seed: int = 0,
    ) -> None:
        self._law = {"guidance": guidance, "navigation": navigation, "params": params}
        self._names = loader.case_names("descent")
        self._flight: Flight | None = None
        self._flown: s.Settings | None = None
        self._quiet = False  # while the controls are set from a case, they don't fly
        self.error = ""
        self._deck = Deck("console")
        self._coalescer = Coalescer(self._redraw)
        self._make_controls()
        self._load(case, seed)
        super().__init__([self._column, self._deck])
        self.add_class("ll-panel")
        for control in self.controls.values():
            control.observe(self._changed, "value")
        self._coalescer.request()

    # -- what a notebook may read ---------------------------------------------------------------------------------
    @property
    def flight(self) -> Flight | None:
        """The flight of the controls as they stand; None if these can't be flown (see `error`)."""
        self._coalescer.flush()
        return self._flight

    @property
    def settings(self) -> s.Settings:
        """The controls as they stand."""
        c = self.controls
        return s.Settings(
            c["policy"].value, self._number("gate_m"), self._number("nis_sigmas"), self._number("accel_noise"),
            c["terrain"].value, c["heading_deg"].value, c["map"].value, c["fault"].value, c["seed"].value,
        )  # fmt: skip

    def _number(self, key: str) -> float:
        """Value of a slider; within half a step of the case's own number it is that number.

        The browser moves a value that lies between two steps, and says so as if someone had dragged it there.
        """
        slider, own = self.controls[key], float(getattr(self._start, key))
        off = slider.value - own if key != "accel_noise" else math.log10(slider.value / own)
        return own if abs(off) <= 0.5 * slider.step else float(slider.value)

    @property
    def scenario(self) -> Scenario:
        """What is flown: pass it to `lunarlab.fly`."""
        return s.build(self._scene, self.settings)

    @property
    def renders(self) -> int:
        """How many flights have been drawn so far."""
        return self._coalescer.runs

    # -- building -------------------------------------------------------------------------------------------------
    def _make_controls(self) -> None:
        def wide() -> w.Layout:
            return w.Layout(width="100%")

        def menu(name: str, options: Any) -> w.Dropdown:
            return w.Dropdown(options=options, description=name, layout=wide())

        self.controls: dict[str, Any] = {
            "case": menu("Case", [(name, name) for name in self._names]),
            "policy": menu(
                "What to do with a range that does not fit", [(words, key) for key, words in s.POLICY_WORDS.items()]
            ),
            "gate_m": sliders.IntSlider(
                700, 50, 4000, 25, description="Gate: largest misfit believed, m", layout=wide(), continuous_update=True
            ),
            "nis_sigmas": sliders.FloatSlider(
                5.0, min=0.5, max=20.0, step=0.1, description="Gate, standard deviations", layout=wide(), readout_format=".1f"
            ),
            "accel_noise": sliders.FloatLogSlider(
                1e-4, min=-6, max=0, step=0.05, description="Filter, stiff to soft, (m/s²)² s", layout=wide(),
                readout_format=".1e",
            ),
            "map": w.Checkbox(False, description="Onboard terrain map", indent=False),
            "terrain": menu("Terrain", [(words, key) for key, words in s.TERRAINS.items()]),
            "heading_deg": menu("Direction of flight, ° east of north", [("180", 180.0)]),
            "fault": menu("Fault", [(words, key) for key, (words, _) in s.FAULTS.items()]),
            "seed": w.BoundedIntText(0, min=0, max=999_999, description="Seed of the noise", layout=wide()),
        }
        self._again = w.Button(description="Next seed", tooltip="The same settings with other noise")
        self._reset = w.Button(description="Reset", tooltip="Back to the case as it is")
        self._again.on_click(lambda _: setattr(self.controls["seed"], "value", self.controls["seed"].value + 1))
        self._reset.on_click(lambda _: self._start_over())
        c = self.controls
        self._column = w.VBox([
            c["case"], w.HTML("<h4>What the computer believes</h4>"), c["policy"], c["gate_m"], c["nis_sigmas"],
            c["accel_noise"], c["map"], w.HTML("<h4>Where and with what it flies</h4>"), c["terrain"], c["heading_deg"],
            c["fault"], c["seed"], w.HBox([self._again, self._reset]), w.HTML(_HINT),
        ])  # fmt: skip
        self._column.add_class("ll-controls")

    def _load(self, case: Any, seed: Any = 0) -> None:
        """Take a case (name, Case or Scenario) and set every control to it. A case that can't be read is said so."""
        self.error = ""
        points: tuple[Any, ...] = ()
        try:
            if isinstance(case, Scenario):
                self._scene, self._title = case, case.name
            else:
                found = loader.case(case) if isinstance(case, str) else case
                descents_only(found, "case", "the mission console")
                if not isinstance(getattr(found, "scenario", None), Scenario):
                    names = ", ".join(self._names)
                    raise LunarlabError(f"case is {case!r}; it must be a name ({names}), a Case or a Scenario")
                self._scene, self._title, points = found.scenario, found.title, found.published
        except LunarlabError as error:
            if not hasattr(self, "_scene"):
                self._load(DEFAULT_CASE, seed)
            self.error = str(error)
            return
        self._published = points
        name = case if isinstance(case, str) else getattr(case, "name", "")
        start, c = s.Settings.of(self._scene, 0), self.controls
        self._start = start
        self._quiet = True
        try:
            if name not in self._names:
                c["case"].options = [*((n, n) for n in self._names), (self._title, name)]
            c["case"].value = name
            known = s.headings(self._scene.terrain.profile) if self._scene.terrain.kind == "profile" else ()
            own = self._scene.terrain.heading_deg
            c["heading_deg"].options = [(f"{h:g}", h) for h in (known or (own,))]
            own_noise = math.log10(start.accel_noise)
            for key, low, high, own in (
                ("gate_m", 50, 4000, start.gate_m),
                ("nis_sigmas", 0.5, 20.0, start.nis_sigmas),
                ("accel_noise", -6, 0, own_noise),
            ):
                c[key].min, c[key].max = min(low, math.floor(own)), max(high, math.ceil(own))
            for key, value in dataclasses.asdict(start).items():
                c[key].value = value
            good = isinstance(seed, int) and 0 <= seed <= c["seed"].max
            c["seed"].value = seed if good else 0
        finally:
            self._quiet = False
        if not good:
            self.error = f"seed is {seed!r}; it must be a whole number from 0 to {c['seed'].max}"
        self._arrange()

    def _arrange(self) -> None:
        """Show only the controls that mean something now."""
        c = self.controls
        own_filter = self._law["navigation"] is not None
        c["gate_m"].layout.display = "" if c["policy"].value in s.GATED else "none"
        c["nis_sigmas"].layout.display = "" if c["policy"].value in s.IN_SIGMAS else "none"
        many = len(c["heading_deg"].options) > 1 and c["terrain"].value == "case"
        c["heading_deg"].layout.display = "" if many else "none"
        for key in ("policy", "gate_m", "nis_sigmas", "accel_noise"):
            c[key].disabled = own_filter

    def _start_over(self) -> None:
        self._load(self._source(), self.controls["seed"].value)
        self._coalescer.request()

    def _source(self) -> Any:
        """The case as it was given: a name that can be read again, else the scenario at hand."""
        name = self.controls["case"].value
        return name if name in self._names else self._scene

    # -- flying ---------------------------------------------------------------------------------------------------
    def _changed(self, change: dict[str, Any]) -> None:
        if self._quiet or (self.settings == self._flown and change["owner"] is not self.controls["case"]):
            return
        self.error = ""
        if change["owner"] is self.controls["case"] and change["new"] in self._names:
            self._load(change["new"], self.controls["seed"].value)
        self._arrange()
        self._coalescer.request()

    def _redraw(self) -> None:
        """Fly the controls as they stand and send the result."""
        settings = self._flown = self.settings
        words: dict[str, Any] = {"settings": dataclasses.asdict(settings)}
        numbers = None
        try:
            flight = lunarlab.fly(s.build(self._scene, settings), seed=settings.seed, **self._law)
            more, numbers = pack(flight)
            points = published_points(self._published, flight)
            words |= more | {"title": self._title, "published": points, "error": self.error}
            self._flight = flight
        except LunarlabError as error:
            self.error, self._flight = str(error), None
        except Exception as error:  # a bug must not become a traceback in a log that nobody sees: say it in the panel
            self.error, self._flight = f"lunarlab could not fly this ({type(error).__name__}: {error})", None
        if self._flight is None:
            words["error"] = self.error
        self._deck.show(words, numbers)

    def __repr__(self) -> str:
        return f"Console: {self._title}. " + (facts.summary(self._flight) if self._flight else self.error)
