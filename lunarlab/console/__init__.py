"""``lunarlab.console("hakuto-r-m1")``: the mission console. Drag a slider, and a whole descent is flown anew.

In a notebook it is a panel of controls beside the flight: altitude as it was and as the computer believed it, the
innovation against the gate, the verdict. Elsewhere it is a figure and text.

The lessons on orbits have panels of the same kind: ``console.orbit()``, ``.transfer()``, ``.low_energy()``,
``.insertion()``, ``.margins()``, ``.windows()``. Each takes the value of any of its controls by name.
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

    try:
        found = loader.case(case) if isinstance(case, str) else case
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


class _CallableModule(ModuleType):
    """`lunarlab.console` is this package and also the function: importing a package binds its name in its parent."""

    def __call__(self, case: Any = "hakuto-r-m1", **options: Any) -> Any:
        return console(case, **options)


sys.modules[__name__].__class__ = _CallableModule
