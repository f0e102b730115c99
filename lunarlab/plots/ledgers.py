"""What is aboard and what it still pays for: velocity change left against the milestones of a plan, tanks, forecasts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.insertion.propellant import PropellantFlight
from lunarlab.plots import scene as s
from lunarlab.units import si

HOUR = 3600.0
MOODS = {"READY": "good", "MARGIN_EATEN": "fair", "MISSION_LOST": "bad", "CONTROL_LOST": "bad", "TUMBLING": "bad"}
_INKS = ("green", "blue", "orange", "red", "pink", "grey")


def flown(flight: Any) -> PropellantFlight:
    """`flight`, if it is one of `insertion.propellant.fly_propellant`; LunarlabError else."""
    if not isinstance(flight, PropellantFlight):
        raise LunarlabError(
            f"flight is {flight!r}; it must be what lunarlab.insertion.propellant.fly_propellant returns"
        )
    return flight


def _thin(t: np.ndarray, *columns: np.ndarray, most: int = 700) -> tuple[np.ndarray, ...]:
    step = max(1, math.ceil(t.size / most))
    keep = np.unique(np.append(np.arange(0, t.size, step), t.size - 1))
    return tuple(column[keep] for column in (t, *columns))


def _words(flight: PropellantFlight, at_s: float, pays: str | None, lost: str | None) -> str:
    plan = flight.scenario.plan
    left = float(flight.dv_at(at_s))
    words = (
        f"{at_s / HOUR:.0f} h after launch the propellant aboard still buys {left:,.0f} m/s; the plan needs "
        f"{plan.ledger.required_mps:,.0f} m/s, with its reserves {plan.ledger.budget_mps:,.0f} m/s. "
    )
    if lost is None:
        words += "Everything is still paid for. "
    else:
        words += f"It pays for {pays or 'nothing'}; the first thing lost is {lost}. "
    gone = [f"{name} after {t / HOUR:.1f} h" for name, t in flight.lost_s.items() if math.isfinite(t)]
    if gone:
        words += f"Lost on the way, last milestone first: {', '.join(reversed(gone))}. "
    burst = flight.event("burst")
    if burst is not None:
        words += f"The oxidiser tank tears {burst.t_s / HOUR:.2f} h after launch. "
    if math.isfinite(flight.control_until_s):
        words += f"Attitude control ends after {flight.control_until_s / DAY:.1f} days."
    return words.strip()


def margins_scene(
    flight: Any, decide_s: Any = 24 * HOUR, announced: Sequence[tuple[float, float]] = (), forecast: bool = True
) -> s.Scene:
    """A propellant flight: what is left against the plan, what is in the tanks, how long it seemed to last.

    Parameters
    ----------
    flight : PropellantFlight
    decide_s : float
        When somebody has to decide [s after launch].
    announced : sequence of (t_s, hours)
        Published forecasts: when, and how long the propellant was then said to last.
    forecast : bool
        Draw them, and how long it seemed to last; else the pressure on the oxidiser.
    """
    flight = flown(flight)
    at = si(decide_s, "s", name="decide_s", low=0.0, high=1e9)
    ledger = flight.scenario.plan.ledger
    t, dv, fuel, oxidiser, pressure = _thin(
        flight.t_s, flight.dv_mps, flight.fuel_kg, flight.oxidiser_kg, flight.pressure_Pa
    )
    days = t / DAY
    end = s.round_up(1.02 * max(float(days[-1]), at / DAY))
    clock = s.Axis("days since launch", 0.0, end, clock=True)
    now, left = at / DAY, float(flight.dv_at(at)) if at <= flight.t_s[-1] else float(flight.dv_mps[-1])
    pays, lost = ledger.reach(left), ledger.first_lost(left)

    top = s.round_up(1.1 * max(float(dv.max()), ledger.budget_mps))
    marks: list[s.Mark] = [s.Line(days, dv, "blue", "usable")]
    for i, (item, total) in enumerate(zip(ledger.items, ledger.totals(), strict=True)):
        text, ink = f"{'… and ' if i else ''}{item.name}: {total:,.0f} m/s", _INKS[i % 4]
        covered = 0.0 <= float(dv[-1]) - total < 0.08 * top  # words above the rule would hide the end of the curve
        marks.append(s.Rule(float(total), "y", "" if covered else text, ink, "dash", "end"))
        if covered:
            marks.append(s.Spot(0.8 * end, float(total), text, ink, "dot", "below", 1.0))
    marks.append(s.Rule(now, "x", "decision", "yellow"))
    burst = flight.event("burst")
    if burst is not None:
        marks.append(s.Spot(burst.t_s / DAY, float(flight.dv_at(burst.t_s)), "tank tears", "red", "cross", "corner", 9))
    usable = s.View("Usable velocity change against the plan", clock, s.Axis("m/s", 0.0, top), tuple(marks), height=250)

    tanks = s.View(
        "In the tanks",
        clock,
        s.Axis("kg", 0.0, s.round_up(1.05 * float(max(oxidiser.max(), fuel.max())))),
        (s.Line(days, oxidiser, "orange", "oxidiser", "dash"), s.Line(days, fuel, "green", "fuel")),
        height=150,
    )
    grid = np.linspace(0.0, float(t[-1]), 241)[1:-1]
    hours = np.asarray(flight.forecast_s(grid)) / HOUR
    shown = np.where(hours < 400.0, hours, np.nan)
    seems: list[s.Mark] = [s.Line(grid / DAY, shown, "pink", "at the leak of that moment")]
    if announced:
        seems.append(
            s.Dots(
                np.array([a / DAY for a, _ in announced]),
                np.array([h for _, h in announced]),
                "ink",
                "diamond",
                "announced",
            )
        )
    seemed = s.View("Hours left, as it seemed then", clock, s.Axis("h", 0.0, 120.0), tuple(seems), height=150)
    if not forecast or not np.isfinite(shown).any():
        limits = s.Axis("MPa", 0.0, s.round_up(1.2e-6 * float(pressure.max())))
        seemed = s.View("Pressure on the oxidiser", clock, limits, (s.Line(days, pressure / 1e6, "pink"),), height=150)

    edges = np.concatenate([[0.0], ledger.totals()])
    budget = tuple(
        s.Boxes(
            [edges[i]],
            [edges[i + 1]],
            [0.62],
            [0.95],
            _INKS[i % 4],
            f"{item.name} {item.budget_mps:,.0f}",
            0.85,
            (item.name,),
        )
        for i, item in enumerate(ledger.items)
    )
    bars = s.View(
        f"The ledger at {at / HOUR:.0f} h, reserves included",
        s.Axis("m/s", 0.0, top),
        s.Axis("", 0.0, 1.0, ticks=((0.785, "needed"), (0.285, "usable"))),
        (
            *budget,
            s.Boxes([0.0], [left], [0.12], [0.45], "blue" if lost is None else "red", "", 0.85, (f"{left:,.0f} m/s",)),
            s.Rule(left, "x", "", "ink", "dash"),
        ),
        height=92,
    )
    verdict = str(flight.verdict)
    tiles = (
        s.Tile("at the decision", f"{left:,.0f} m/s", "good" if lost is None else "bad"),
        s.Tile("the plan needs", f"{ledger.budget_mps:,.0f} m/s"),
        s.Tile("still pays for", pays or "nothing", "" if pays else "bad"),
        s.Tile("first lost", lost or "nothing", "bad" if lost else "good"),
        s.Tile("usable then", t=days, values=dv, unit="m/s", digits=0),
        s.Tile("oxidiser then", t=days, values=oxidiser, unit="kg", digits=0),
        s.Tile(
            "control ends",
            f"{flight.control_until_s / DAY:.1f} d" if math.isfinite(flight.control_until_s) else "never",
        ),
    )
    return s.Scene(
        f"{flight.scenario.name.capitalize()}: what is left, and for what",
        ((usable,), (tanks, seemed), (bars,)),
        _words(flight, at, pays, lost),
        tiles,
        (verdict.replace("_", " "), MOODS.get(verdict, "fair")),
        clock=s.Clock(0.0, float(days[-1]), "d", min(now, float(days[-1])), digits=2),
        facts={
            "usable_mps": left,
            "budget_mps": ledger.budget_mps,
            "required_mps": ledger.required_mps,
            "control_until_s": flight.control_until_s,
            **{f"{name.replace(' ', '_')}_lost_s": v for name, v in flight.lost_s.items()},
        },
    )
