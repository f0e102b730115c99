"""A flight as one packet of float32 numbers and a few words, small enough to send on every move of a slider.

The packet is column after column, first the histories (`COLUMNS`), then the ground. Rows are picked: few while nothing
happens, every range around a rejection, so that the picture of 11,000 rows is the picture of 1,000.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from lunarlab.descent import navigation as n
from lunarlab.descent.flight import Flight
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts

COLUMNS = (
    "t", "x", "z", "h", "est_x", "est_z", "est_h", "up", "est_up", "forward", "range", "innovation", "gate", "refused",
    "propellant", "pitch", "thrust",
)  # fmt: skip
"""Clock [s]; distance to the target, height over the datum, altitude [m], true and estimated; speeds [m/s]; valid range,
innovation, gate [m]; 1 where a range was refused; propellant [kg]; pitch [rad]; thrust of all engines [N]."""
ROWS_MAX = 1000
_CLOSE_S = 3.0  # around these events every range is kept
_CLOSE = ("first_reject", "lockout", "readmit", "estimate_zero", "contact")


def pick_rows(flight: Flight) -> np.ndarray:
    """Rows to send: about `ROWS_MAX`, denser below 20 km, all samples around rejections, the row of contact."""
    si, start = flight.si, facts.ignition_row(flight)
    sampled = np.flatnonzero(np.isfinite(si["meas_valid"]))
    sampled = sampled[sampled >= start]
    if not sampled.size:
        return np.unique(np.linspace(0, len(flight.table) - 1, min(ROWS_MAX, len(flight.table))).astype(int))
    low = sampled[si["true_altitude"][sampled] < 20e3]
    keep = [sampled[:: max(1, sampled.size // 250)], low[:: max(1, math.ceil(low.size / (ROWS_MAX - 350)))]]
    t = si["t"]
    keep += [sampled[np.abs(t[sampled] - event.t_s) < _CLOSE_S] for event in flight.events if event.kind in _CLOSE]
    keep.append(np.array([start, len(flight.table) - 1]))
    return np.unique(np.concatenate(keep))


def published_points(points: Iterable[Any], flight: Flight | None = None) -> list[dict[str, Any]]:
    """Published heights of a case, as the browser draws them: time [s], height [m], their sigmas, words.

    Without a flight those are left out that count from one of its events.
    """
    drawn = []
    for p in points:
        counts = bool(getattr(p, "event", ""))
        when = p.when(flight) if counts and flight is not None else math.nan if counts or p.t_s is None else p.t_s
        if p.height_m is not None and math.isfinite(when):
            text = f"{p.note or 'published'} ({p.confidence}; {p.source})"
            drawn.append({"t": when, "h": p.height_m, "st": p.sigma_t_s or 0.0, "sh": p.sigma_height_m or 0.0, "text": text})
    return drawn


def pack(flight: Flight) -> tuple[dict[str, Any], bytes]:
    """Words (JSON) and numbers (float32) of a flight.

    Raises
    ------
    LunarlabError
        The flight has no histories.
    """
    words = facts.story(flight)
    if not len(flight.table):
        raise LunarlabError("; ".join(flight.reasons) or "this flight has no histories to show; fly it with record=True")
    rows, si = pick_rows(flight), flight.si
    valid = si["meas_valid"][rows] > 0.0
    refused = valid & np.isin(si["nav_status"][rows], (n.SKIPPED, n.LOCKED_OUT))
    mass = si["true_mass"][rows]
    gate = si["nav_gate"][rows]
    columns = (
        si["t"][rows], si["true_distance"][rows], si["true_height"][rows], si["true_altitude"][rows],
        si["est_distance"][rows], si["est_height"][rows], facts.believed_altitude(flight)[rows],
        si["true_vertical_speed"][rows], si["est_vertical_speed"][rows], si["true_forward_speed"][rows],
        np.where(valid, si["meas_range"][rows], np.nan), si["nav_innovation"][rows],
        np.where(np.isfinite(gate), gate, np.nan), refused, mass - mass[-1] + _left(flight), si["true_pitch"][rows],
        si["true_thrust_main"][rows] + si["true_thrust_assist"][rows],
    )  # fmt: skip
    ground = flight.ground[:, ::2]
    words |= {"rows": len(rows), "columns": list(COLUMNS), "ground": ground.shape[1], "mapped": facts.mapped(flight)}
    key = facts.key_event(flight)
    words["cursor"] = float(si["t"][-1]) if key is None else key.t_s
    numbers = np.concatenate([np.concatenate([np.asarray(c, dtype=np.float32) for c in columns]), ground.ravel()])
    return words, numbers.astype(np.float32).tobytes()


def _left(flight: Flight) -> float:
    """Propellant left at the end [kg]; what is not known at the end of a flight without contact counts as none."""
    return flight.touchdown.propellant_left_kg if flight.touchdown is not None else 0.0
