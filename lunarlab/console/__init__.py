"""``lunarlab.console("hakuto-r-m1")``: the mission console. Drag a slider, and a whole descent is flown anew.

In a notebook it is a panel of controls beside the flight: altitude as it was and as the computer believed it, the
innovation against the gate, the verdict. Elsewhere it is a figure and text.

The lessons on orbits have panels of the same kind: ``console.orbit()``, ``.transfer()``, ``.low_energy()``,
``.insertion()``, ``.margins()``, ``.windows()``; those on landing ``.guidance()``, ``.stopping()``, ``.touchdown()``,
``.campaign()``; a stay on the ground ``.surface()``; all missions one by one ``.museum()`` and at once ``.bench()``; an
unknown one ``.mystery()``. Each takes the value of any of its controls by name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from lunarlab.errors import LunarlabError


def console(
    case: Any = "hakuto-r-m1",
    *,
    guidance: Callable[..., Any] | None = None,
    navigation: Callable[..., Any] | None = None,
    params: Any = None,
    seed: int = 0,
) -> Any:
    """Mission console of a case.

    Parameters
    ----------
    case : str, Case or Scenario
        A name from `lunarlab.cases`, or what `lunarlab.case` gives, or a scenario of your own.
    guidance, navigation, params
        A law, a filter and their numbers, flown instead of the lander's own; see `lunarlab.fly`.
    seed : int
        Seed of the first flight.

    Returns
    -------
    Console or Still
        A widget in a notebook; a figure with text where widgets are not available. Never raises for a wrong case or
        seed: the panel says what is wrong with it.
    """
    from lunarlab.console import still

    law = {"guidance": guidance, "navigation": navigation, "params": params}
    if still.widgets_available():
        from lunarlab.console.panel import Console

        return Console(case, seed=seed, **law)
    import lunarlab
    from lunarlab.cases import loader
    from lunarlab.cases.kinds import descents_only

    try:
        found = loader.case(case) if isinstance(case, str) else case
        descents_only(found, "case", "the mission console")
        return still.Still(lunarlab.fly(getattr(found, "scenario", found), seed=seed, **law))
    except LunarlabError as error:
        return still.Still(None, str(error))


def _open(name: str, values: dict[str, Any]) -> Any:
    from lunarlab.console import stillscene

    return stillscene.open_panel(importlib.import_module(f"lunarlab.console.rooms.{name}").PANEL, values)


def orbit(**values: Any) -> Any:
    """Orbits around the Moon (lesson 02): ``perilune_km``, ``apolune_km``, ``inclination_deg``, ``argp_deg``.

    Returns
    -------
    Explorer or StillScene
        A widget in a notebook; a figure with text where widgets are not available. Both have `facts`, the numbers in SI,
        and `figure`. A value that can't be taken is said in the panel, never raised; this holds for every panel here.
    """
    return _open("orbit", values)


def transfer(**values: Any) -> Any:
    """The fast way to the Moon (lesson 03): patched conics, and the porkchop of real dates.

    Values, Returns
        As `orbit`; the controls are in `lunarlab.console.rooms.transfer`.
    """
    return _open("transfer", values)


def low_energy(**values: Any) -> Any:
    """The long way round (lesson 04): forbidden regions, and routes that the Sun bends; controls as in its room."""
    return _open("low_energy", values)


def insertion(**values: Any) -> Any:
    """The burn console (lesson 05): a burn, what should end it, and what becomes of the orbit when that fails.

    ``manoeuvre`` ("lower" or "capture"), ``height_km``, ``target_km``, ``v_infinity_mps``, ``perilune_km``, ``apolune_km``,
    ``thrust_N``, ``mass_kg``, ``isp_s``, ``accelerometer`` ("works", "dead", "late", "low", "high"), ``timer_ratio``.
    """
    return _open("insertion", values)


def margins(**values: Any) -> Any:
    """Propellant, leaks and what can still be flown (lesson 06); controls as in `lunarlab.console.rooms.margins`."""
    return _open("margins", values)


def windows(**values: Any) -> Any:
    """Where and when to land (lesson 07); controls as in `lunarlab.console.rooms.windows`."""
    return _open("windows", values)


def sources(**values: Any) -> Any:
    """What sources say about one number, and which of two printed times an orbit allows (lesson 00).

    ``show`` ("clock" or "versions"), ``apolune_km``, ``perilune_km``, ``braking_min``; ``dispute``, ``worst``, ``mean``.
    """
    return _open("sources", values)


def surface(**values: Any) -> Any:
    """Mission control of a stay on the Moon (lesson 13): power, warmth and contact over a lunar day.

    ``craft`` ("tenacious", "apex-1.0", "slim-on-its-nose"), ``place``, ``later_d``, ``mount``, ``tilt_deg``, ``relays``,
    ``fault``, ...: all in `lunarlab.console.rooms.surface`.
    """
    return _open("surface", values)


def scoreboard(**values: Any) -> Any:
    """What counts as a success, among whom, and how well the rate is known (lesson 01).

    ``success``, ``among`` (stages, 0 to 4), ``who`` ("all", "private", "agency"), ``first``, ``last`` (years), ``confidence``.
    """
    return _open("scoreboard", values)


def guidance(**values: Any) -> Any:
    """Guidance tuner (lesson 08): every move flies a descent, and solves for the least propellant of its last phase.

    ``law``, ``approach``, gates, gains, ``thrust_percent``, ``isp_s``, ``dimensions`` (2 or 3), ``cross_track_m``: all in
    `lunarlab.console.rooms.guidance`. The bound needs ``lunarlab[optimal]``; without it the panel says so and flies on.
    """
    return _open("guidance", values)


def touchdown(**values: Any) -> Any:
    """Touchdown sandbox (lesson 12): a lander on its legs, and what they survive; controls as in its room.

    ``vertical_mps``, ``lateral_mps``, ``heading_deg``, ``slope_deg``, ``azimuth_deg``, ``legs``, ``foot_radius_m``,
    ``cg_height_m``, ``friction``, ...
    """
    return _open("touchdown", values)


def museum(**values: Any) -> Any:
    """Every mission in four lanes, to play and scrub: ``case``, ``as_flown`` (False: without its fault), ``seed``."""
    return _open("museum", values)


def mystery(seed: int = 0, budget: int = 24) -> Any:
    """An anonymous flight on which something broke: buy telemetry, name it; `lunarlab.cases.mystery` without widgets.

    Returns
    -------
    Detective or StillScene
        A widget in a notebook, with `flight`, the `Mystery`; elsewhere a figure with text.
    """
    from lunarlab.console import still

    if still.widgets_available():
        from lunarlab.console.detective import Detective

        return Detective(seed, budget)
    from lunarlab.cases import mystery as rules
    from lunarlab.console.stillscene import StillScene
    from lunarlab.plots.mysteries import bought_scene

    try:
        return StillScene(bought_scene(rules.mystery(seed, budget=budget)))
    except LunarlabError as error:
        return StillScene(None, str(error))


def bench(**values: Any) -> Any:
    """The counterfactual bench: one decision changed on every mission, all flown; ``decision``, ``case``, ``seeds``."""
    return _open("bench", values)


def stopping(**values: Any) -> Any:
    """Stopping (lesson 11): when the first range must come, on the plane of speed and height.

    ``first_range_m``, ``height_error_m``, ``thrust_percent``, ``plan_mps2``, ``reported``: all in
    `lunarlab.console.rooms.stopping`. The latest range that saves the lander is sought by flights and comes late.
    """
    return _open("stopping", values)


def campaign(*, fly: bool = True, **values: Any) -> Any:
    """Monte-Carlo dashboard (lesson 12): many flights of a case, watched as they are flown.

    Parameters
    ----------
    fly : bool
        Whether to begin at once.
    values
        ``case``, ``n``, ``scale`` (of the case's dispersions), ``seed``, ``workers``, ``column``.

    Returns
    -------
    Dashboard or StillScene
        A widget in a notebook, with `campaign`, its result; a figure with text where widgets are not available.
    """
    from lunarlab.console import still

    if not still.widgets_available():
        return _open("campaign", values)
    from lunarlab.console.dashboard import Dashboard

    return Dashboard(values, fly=fly)


class _CallableModule(ModuleType):
    """`lunarlab.console` is this package and also the function: importing a package binds its name in its parent."""

    def __call__(self, case: Any = "hakuto-r-m1", **options: Any) -> Any:
        return console(case, **options)


sys.modules[__name__].__class__ = _CallableModule
