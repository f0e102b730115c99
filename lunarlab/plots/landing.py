"""Figures of landings: each paints the scene that the consoles show, with the same description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.plots.paint import paint
from lunarlab.plots.style import LunarFigure


def _scenario(scene: Any) -> Any:
    """A Scenario, also from a Case."""
    from lunarlab.descent.scenario import Scenario

    inside = getattr(scene, "scenario", scene)
    if not isinstance(inside, Scenario):
        raise LunarlabError(f"scene is {scene!r}; it must be the Scenario or Case that was flown")
    return inside


def _campaign(flown: Any) -> Any:
    from lunarlab.descent.campaign import Campaign

    if not isinstance(flown, Campaign):
        raise LunarlabError(f"flown is {flown!r}; it must be the result of lunarlab.campaign")
    return flown


def guidance(flights: Any, scene: Any, bound: Any = None) -> LunarFigure:
    """The last phase of one flight, or of several laws by name, with thrust and propellant, against the optimum.

    Parameters
    ----------
    flights : Flight, or mapping of names to Flight
        With histories, of the same lander.
    scene : Scenario or Case
        What was flown (of several: the lander is taken from it).
    bound : Bound, optional
        From `lunarlab.descent.bound.against`, of the (first) flight.
    """
    from lunarlab.descent.flight import Flight
    from lunarlab.plots import descents

    scene = _scenario(scene)
    if isinstance(flights, Flight):
        return paint(descents.guidance_scene(flights, scene, bound))
    if not isinstance(flights, Mapping) or not flights or not all(isinstance(f, Flight) for f in flights.values()):
        raise LunarlabError(
            f"flights is {flights!r}; it must be a Flight, or names and Flights: {{'p63': flight, ...}}"
        )
    return paint(descents.compare_scene(flights, scene, bound))


def touchdown(contact: Any, gear: Any, rest: Any, found: Any = None) -> LunarFigure:
    """A settled touchdown (`settle(..., record=True)`), with the map of `stability_map` if there is one."""
    from lunarlab.plots.touchdowns import touchdown_scene

    return paint(touchdown_scene(contact, gear, rest, found=found))


def stability(
    found: Any, gear: Any, *, heading_deg: float = 0.0, azimuth_deg: float = 0.0, contact: Any = None
) -> LunarFigure:
    """Which touchdowns a gear survives; from `lunarlab.descent.stability.stability_map`, with the directions that it had."""
    from lunarlab.plots.touchdowns import stability_scene

    return paint(stability_scene(found, gear, heading_deg=heading_deg, azimuth_deg=azimuth_deg, contact=contact))


def landing_ellipse(flown: Any, confidence: float = 0.95) -> LunarFigure:
    """Where the flights of a campaign come down, with the ellipses of a half and of 99.73 % of them."""
    from lunarlab.plots import campaigns

    flown = _campaign(flown)
    found = campaigns.ellipses(flown, confidence)
    words = f"{flown!r}. {campaigns.describe_ellipse(found)}"
    return paint(s.Scene("Landing ellipse", ((campaigns.landings_view(flown, found),),), words))


def sensitivity(flown: Any, column: str = "speed_mps") -> LunarFigure:
    """What a column of a campaign depends on: rank correlations with every dispersion."""
    from lunarlab.plots import campaigns

    flown = _campaign(flown)
    view = campaigns.sensitivity_view(flown, column)
    return paint(
        s.Scene(
            f"{flown.n:,} flights of {flown.job.scenario.name}", ((view,),), campaigns.sensitivity_words(flown, column)
        )
    )


def campaign(flown: Any, column: str = "speed_mps") -> LunarFigure:
    """A campaign: landings, verdicts, causes, sensitivities."""
    from lunarlab.plots.campaigns import campaign_scene

    return paint(campaign_scene(_campaign(flown), column))


def hazard_map(found: Any, hazards: Any) -> LunarFigure:
    """A scan of `lunarlab.descent.hazards.survey`: heights, what is safe, and the divert."""
    from lunarlab.plots.hazards import hazard_scene

    return paint(hazard_scene(found, hazards))


def consistency(found: Any) -> LunarFigure:
    """NEES and NIS of `lunarlab.descent.consistency.consistency` against their bands."""
    from lunarlab.plots.consistencies import consistency_scene

    return paint(consistency_scene(found))


def cross_range(flight: Any, scene: Any) -> LunarFigure:
    """A descent in three dimensions from above, with its cross-range, true and believed."""
    from lunarlab.plots.crossrange import cross_range_scene

    return paint(cross_range_scene(flight, _scenario(scene)))
