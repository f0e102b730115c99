"""``replay(flight)``: play, pause and scrub one flight in the browser, on data that is sent once."""

from __future__ import annotations

from typing import Any

from lunarlab.cases.fly import fly
from lunarlab.cases.loader import Case
from lunarlab.console import still
from lunarlab.descent.flight import Flight


def replay(flight: Any, title: str = "") -> Any:
    """Replay of a flight: play and scrub it, telemetry, and all of it as text.

    Parameters
    ----------
    flight : Flight, another kind of flight, or a Case
        A descent is seen from the side, true and believed. A case is flown with seed 0, and it and flights that are no
        descents are shown in four lanes on one clock: published, truth, belief, sensors.

    Returns
    -------
    Deck, Canvas, Still or StillScene
        In a notebook a widget; where widgets are not available a figure and text.

    Raises
    ------
    LunarlabError
        Not a flight, or one without histories.
    """
    if not isinstance(flight, Flight):
        from lunarlab.console.rooms.museum import one

        if isinstance(flight, Case):
            return one(fly(flight), flight.published, title or flight.title)
        return one(flight, (), title)
    from lunarlab.console.packet import pack

    words, numbers = pack(flight)
    words["title"] = title or f"{flight.provenance.get('name', 'descent')}, seed {flight.provenance.get('seed')}"
    if not still.widgets_available():
        return still.Still(flight)
    from lunarlab.console.deck import Deck

    deck = Deck("replay", fallback=still.Still(flight))
    deck.show(words, numbers)
    return deck
