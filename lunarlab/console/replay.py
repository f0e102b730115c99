"""``replay(flight)``: play, pause and scrub one flight in the browser, on data that is sent once."""

from __future__ import annotations

from typing import Any

from lunarlab.cases.kinds import descents_only
from lunarlab.console import still
from lunarlab.descent.flight import Flight
from lunarlab.errors import LunarlabError


def replay(flight: Flight, title: str = "") -> Any:
    """Replay of a flight: side view with true and believed position, transport bar, telemetry, events as text.

    In a notebook a widget; where widgets are not available a `still.Still` (figure and text).

    Raises
    ------
    LunarlabError
        Not a flight, or one without histories.
    """
    descents_only(flight, "flight", "the replay")
    if not isinstance(flight, Flight):
        raise LunarlabError(f"flight is {flight!r}; it must be the result of lunarlab.fly")
    from lunarlab.console.packet import pack

    words, numbers = pack(flight)
    words["title"] = title or f"{flight.provenance.get('name', 'descent')}, seed {flight.provenance.get('seed')}"
    if not still.widgets_available():
        return still.Still(flight)
    from lunarlab.console.deck import Deck

    deck = Deck("replay", fallback=still.Still(flight))
    deck.show(words, numbers)
    return deck
