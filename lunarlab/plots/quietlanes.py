"""Four lanes of the flights that are not descents: a burn in lunar orbit, and the propellant of a mission."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lunarlab.cases.burns import BurnFlight
from lunarlab.constants import DAY, G0, R_MOON
from lunarlab.insertion.propellant import PropellantFlight
from lunarlab.plots import facts
from lunarlab.plots import scene as s
from lunarlab.plots.captures import VERDICTS
from lunarlab.plots.lanes import lane, moments, nothing, placed, points_of, provenance, said
from lunarlab.plots.ledgers import HOUR, MOODS, _thin
from lunarlab.plots.staylanes import stay_lanes
from lunarlab.surface.stay import Stay


def burn_lanes(flight: BurnFlight, published: Sequence[Any] = (), title: str = "") -> s.Scene:
    """A burn: height to its end or the ground, and velocity change while the engine burns."""
    r = flight.result
    t, height = r.history_s, (np.linalg.norm(r.r_mci, axis=1) - R_MOON) / 1e3
    dv = flight.scenario.engine.isp_s * G0 * np.log(r.mass_kg[0] / r.mass_kg)
    points = [p for p in placed(published, flight) if 0.0 <= p.t_s <= t[-1] + 1800.0]
    late = max([float(t[-1]), *(p.t_s + p.sigma_t_s for p in points)])
    clock = s.Axis("minutes since ignition", -0.02 * late / 60.0, 1.03 * late / 60.0, clock=True)
    brief = s.Axis("minutes since ignition", 0.0, 1.25 * max(r.burn_s, flight.scenario.planned_s) / 60.0, clock=True)
    heights = s.Axis("height, km", min(-0.06 * float(height.max()), float(height.min())), 1.1 * float(height.max()))
    gains = s.Axis(
        "velocity change, m/s", -0.06 * float(dv[-1]), 1.15 * max(float(dv[-1]), flight.scenario.burn.dv_mps)
    )
    minutes = t / 60.0
    goal = s.Rule(flight.scenario.burn.dv_mps, "y", "goal", "green", "dash")
    on = brief.high >= minutes
    true_h, true_v = s.Line(minutes, height, "blue", "truth"), s.Line(minutes[on], dv[on], "blue", "truth")
    told = s.Line(minutes[on], r.measured_dv_mps[on], "orange", "measured so far", "dash")
    hoped = _as_planned(flight)
    pub_h = points_of(points, "height_m", "km", 1e-3, 1 / 60.0, 0.0, late) or nothing(heights, clock, "heights")
    pub_h = [*pub_h, *moments(points, heights, 1 / 60.0, 0.0, late)]
    pub_v = points_of(points, "dv_mps", "m/s", 1.0, 1 / 60.0, 0.0, 60.0 * brief.high) or nothing(
        gains, brief, "velocity changes"
    )
    accel = np.gradient(r.measured_dv_mps[on], t[on]) if np.count_nonzero(on) > 2 else np.zeros(np.count_nonzero(on))
    push = np.gradient(dv[on], t[on]) if np.count_nonzero(on) > 2 else np.zeros(np.count_nonzero(on))
    felt = s.Axis("m/s²", -0.1 * max(float(push.max()), 1e-3), 1.3 * max(float(push.max()), float(accel.max()), 1e-3))
    rules = [
        (flight.scenario.planned_s / 60.0, "planned end", "green"),
        (r.burn_s / 60.0, f"off by the {r.cutoff}", "orange"),
    ]
    rows = (
        (
            lane(0, clock, [("height", heights, pub_h)], rules[1:])
            + lane(0, brief, [("velocity change", gains, [*pub_v, goal])], rules)
        ),
        (
            lane(1, clock, [("height", heights, [true_h, s.Mover(minutes, minutes, height, "blue")])], rules[1:])
            + lane(1, brief, [("velocity change", gains, [true_v, goal])], rules)
        ),
        (
            lane(
                2,
                clock,
                [
                    (
                        "height, as planned",
                        heights,
                        [s.Line(true_h.x, true_h.y, "blue", "truth", width=1.2, alpha=0.6), hoped],
                    )
                ],
                rules[1:],
            )
            + lane(2, brief, [("velocity change", gains, [told, goal])], rules)
        ),
        lane(
            3,
            brief,
            [
                (
                    "acceleration",
                    felt,
                    [
                        s.Line(minutes[on], push, "blue", "truth", width=1.2, alpha=0.6),
                        s.Line(minutes[on], accel, "green", "measured"),
                    ],
                )
            ],
            rules,
        ),
    )
    words = (
        f"Four lanes of a burn of {r.burn_s:.1f} s, where {flight.scenario.planned_s:.1f} s were planned. Published heights: "
        f"{said(points, 'height_m', facts.metres) or 'none'}; velocity changes: "
        f"{said(points, 'dv_mps', lambda v: f'{v:.2f} m/s') or 'none'}. Truth: {dv[-1]:.2f} m/s were given, the height ends "
        f"at {height[-1]:.1f} km. Belief: the computer counted {r.measured_dv_mps[-1]:.2f} m/s "
        f"of the {flight.scenario.burn.dv_mps:.2f} m/s that it wanted. Sensor: the accelerometer read at "
        f"most {accel.max():.3f} m/s², the engine gave {push.max():.3f}. "
        f"{'; '.join(flight.reasons)}. {provenance(points)}"
    )
    return s.Scene(
        title or f"{flight.scenario.name}: {flight.verdict}",
        rows,
        words.strip(),
        (
            s.Tile("height", t=minutes, values=height, unit="km"),
            s.Tile("velocity change", t=minutes, values=dv, unit="m/s", digits=2),
            s.Tile("measured", t=minutes, values=r.measured_dv_mps, unit="m/s", digits=2),
        ),
        VERDICTS.get(flight.verdict, (flight.verdict, "fair")),
        tuple(flight.reasons[:2]),
        s.Clock(0.0, float(minutes[-1]), "min", r.burn_s / 60.0, 12.0, 2),
        {"burn_s": r.burn_s, "dv_mps": r.dv_mps, "perilune_m": r.perilune_altitude_m},
    )


def _as_planned(flight: BurnFlight) -> s.Line:
    """The height that the same burn without its faults would have led to."""
    import dataclasses

    from lunarlab.cases.burns import fly

    r = fly(dataclasses.replace(flight.scenario, faults=())).result
    inside = r.history_s <= max(flight.result.history_s[-1], r.burn_s)
    height = (np.linalg.norm(r.r_mci[inside], axis=1) - R_MOON) / 1e3
    return s.Line(r.history_s[inside] / 60.0, height, "orange", "where it should be", "dash")


def propellant_lanes(flight: PropellantFlight, published: Sequence[Any] = (), title: str = "") -> s.Scene:
    """Propellant: hours that it was said to last, what is aboard, what the plan needs, and the pressure in the tank."""
    t, dv, fuel, oxidiser, pressure = _thin(
        flight.t_s, flight.dv_mps, flight.fuel_kg, flight.oxidiser_kg, flight.pressure_Pa
    )
    days = t / DAY
    points = placed(published, flight)
    late = max([float(t[-1]), *(p.t_s + p.sigma_t_s for p in points)])
    clock = s.Axis("days since launch", 0.0, late / DAY, clock=True)
    ledger = flight.scenario.plan.ledger
    times = np.linspace(0.0, float(t[-1]), 241)[1:-1]
    hours = np.asarray(flight.forecast_s(times)) / HOUR
    shown = np.where(hours < 400.0, hours, np.nan)
    left = s.Axis("hours left", 0.0, 120.0)
    mass = s.Axis("kg", 0.0, s.round_up(1.05 * float(max(oxidiser.max(), fuel.max()))))
    worth = s.Axis("m/s", 0.0, s.round_up(1.1 * max(float(dv.max()), ledger.budget_mps)))
    inside = s.Axis("MPa", 0.0, s.round_up(1.2e-6 * float(pressure.max())))
    pub_h = points_of(points, "hours_left", "h", 1.0, 1.0 / DAY, 0.0, late) or nothing(left, clock, "forecasts")
    pub_h = [*pub_h, *moments(points, left, 1.0 / DAY, 0.0, late)]
    pub_v = points_of(points, "dv_mps", "m/s", 1.0, 1.0 / DAY, 0.0, late) or nothing(worth, clock, "velocity changes")
    burst = flight.event("burst")
    rules = [] if burst is None else [(burst.t_s / DAY, "tank tears", "red")]
    tanks = [s.Line(days, oxidiser, "orange", "oxidiser", "dash"), s.Line(days, fuel, "green", "fuel")]
    needed = [s.Rule(ledger.budget_mps, "y", "the plan, with its reserve", "grey", "dash")]
    belief = [s.Line(times / DAY, shown, "pink", "at the leak of that moment")]
    rows = (
        lane(0, clock, (("hours left, as announced", left, pub_h), ("usable velocity change", worth, pub_v)), rules),
        lane(
            1,
            clock,
            (("in the tanks", mass, tanks), ("usable velocity change", worth, [s.Line(days, dv, "blue"), *needed])),
            rules,
        ),
        lane(2, clock, (("hours left, as it seemed", left, belief), ("the plan", worth, needed)), rules),
        lane(3, clock, [("pressure on the oxidiser", inside, [s.Line(days, pressure / 1e6, "green")])], rules),
    )
    ends = flight.control_until_s
    words = (
        f"Four lanes over {days[-1]:.1f} days since launch. Published hours left: "
        f"{said(points, 'hours_left', lambda v: f'{v:.0f} h') or 'none'}. Truth: the usable velocity change falls from "
        f"{dv[0]:,.0f} to {dv[-1]:,.0f} m/s, where the plan needs {ledger.budget_mps:,.0f} m/s. Belief: at the leak of the "
        f"moment the oxidiser seemed to last {_span(shown)}. Sensor: the pressure peaks at {pressure.max() / 1e6:.2f} MPa. "
        f"{'; '.join(flight.reasons)}. {provenance(points)}"
    )
    return s.Scene(
        title or f"{flight.scenario.name}: {flight.verdict}",
        rows,
        words.strip(),
        (
            s.Tile("usable", t=days, values=dv, unit="m/s", digits=0),
            s.Tile("oxidiser", t=days, values=oxidiser, unit="kg", digits=0),
            s.Tile("pressure", t=days, values=pressure / 1e6, unit="MPa", digits=2),
            s.Tile("control ends", f"{ends / DAY:.1f} d" if math.isfinite(ends) else "never"),
        ),
        (flight.verdict.replace("_", " "), MOODS.get(flight.verdict, "fair")),
        tuple(flight.reasons[:2]),
        s.Clock(0.0, float(days[-1]), "d", min(1.0, float(days[-1])), 12.0, 2),
        {"usable_mps": float(dv[-1]), "control_until_s": ends},
    )


def _span(hours: np.ndarray) -> str:
    seen = hours[np.isfinite(hours)]
    return f"up to {seen.max():.0f} h" if seen.size else "for good"


LANES_OF: dict[type, Callable[..., s.Scene]] = {
    BurnFlight: burn_lanes,
    PropellantFlight: propellant_lanes,
    Stay: stay_lanes,
}
"""Kinds of flight besides descents, and what makes their lanes."""
