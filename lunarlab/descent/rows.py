"""One flight of a campaign as one row: what it drew, how it ended, and the chain of what went wrong on the way.

Flight k of a campaign with seed s flies with seed ``flight_seed(s, k)``, whoever flies it and in whatever order: threads,
the workers of a cluster, or a campaign that goes on after it was killed all make the same rows.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario, draw

COLUMNS = (
    "vertical_mps", "lateral_mps", "speed_mps", "tilt_deg", "miss_m", "propellant_left_kg", "duration_s",
    "lockout_distance_m", "true_altitude_at_est_zero_m", "hold_s",
    "left_mps", "cross_m", "powered_s", "dry_altitude_m", "lockouts", "readmissions", "diverts", "slope_deg",
    "rest_tilt_deg", "slide_m", "crush_m", "peak_mps2",
)  # fmt: skip
"""Numbers of a flight, NaN where it did not happen. lateral_mps is along the track, left_mps across it; miss_m is along,
cross_m across (left positive); dry_altitude_m is where the propellant ran out; slope_deg is that of the ground. The last
four need legs: tilt at the end, way slid, most that a leg was crushed, hardest deceleration."""

CHAIN = ("fault", "first_reject", "lockout", "readmit", "divert", "estimate_zero", "propellant_out")
"""Events that tell how a flight came to its end."""

SPACE_ONLY = (
    "pointing_deg_left", "cross_m", "left_mps", "cross_track_m", "accel_bias_mps2_y", "attitude_deg_yaw", "attitude_deg_roll",
)  # fmt: skip
"""Names out of `scenario.draw` that a planar flight does not feel."""


@dataclass(frozen=True, eq=False)
class Job:
    """What is flown, without the number of flights: enough to fly any of them."""

    scenario: Scenario
    seed: int = 0
    guidance: Callable[..., Any] | None = None
    navigation: Callable[..., Any] | None = None
    params: Any = None


@dataclass(frozen=True, eq=False)
class Rows:
    """Some flights of a campaign, in any order."""

    k: np.ndarray
    """Which flights, shape (m,)."""
    verdict: list[str]
    chain: list[str]
    """Events out of `CHAIN`, in the order in which they first happened, with blanks between."""
    reasons: list[str]
    table: np.ndarray
    """Shape (m, len(COLUMNS))."""
    draws: np.ndarray
    """Shape (m, number of dispersed parameters), in the order of `draw_sigmas`."""

    def first(self, n: int) -> Rows:
        """The rows of flights 0 to n - 1, of rows that are in the order of k and lack none of these."""
        m = int(np.searchsorted(self.k, n))
        return Rows(
            self.k[:m], self.verdict[:m], self.chain[:m], self.reasons[:m], self.table[:m], self.draws[:m],
        )  # fmt: skip


def flight_seed(seed: int, k: int) -> int:
    """Seed of flight k: a hash of both, so that no two campaigns share flights."""
    return int(np.random.SeedSequence([seed, k]).generate_state(1, np.uint32)[0])


def draw_sigmas(scene: Scenario) -> dict[str, float]:
    """1-sigma of everything that a seed draws and that a flight of this scenario feels, by the name that `draw` gives it."""
    d, space = scene.dispersions, scene.site.dimensions == 3.0
    fields = [field.name for field in dataclasses.fields(d)]
    sigmas = {}
    for name in draw(d, None):
        if name.startswith("camera_"):
            sigma = scene.camera.catalogue_m if space and scene.camera.height_max_m > 0.0 else 0.0
        elif (
            (name in SPACE_ONLY and not space)
            or (name == "range_bias_m_2" and scene.altimeter_2.range_max_m <= 0.0)
            or (name == "map_m" and scene.navigation.map == 0)
        ):
            sigma = 0.0
        else:
            sigma = next((getattr(d, field) for field in fields if name == field or name.startswith(f"{field}_")), 0.0)
        if sigma > 0.0:
            sigmas[name] = float(sigma)
    return sigmas


def drawn(scene: Scenario, sigmas: dict[str, float], seed: int) -> tuple[float, ...]:
    """What the flight with this seed draws for each of `draw_sigmas`: departures from the scenario's own value."""
    values = draw(scene.dispersions, seed)
    return tuple(values[name] * (sigma if name.startswith("camera_") else 1.0) for name, sigma in sigmas.items())


def summary(flight: Flight) -> tuple[float, ...]:
    """The numbers of a flight, in the order of `COLUMNS`."""
    end, rest = flight.touchdown, flight.rest
    times = {event.kind: event for event in reversed(flight.events)}  # the first of each kind
    lock, zero, dry, lit = (times.get(kind) for kind in ("lockout", "estimate_zero", "propellant_out", "ignition"))
    kinds = [event.kind for event in flight.events]
    contact = (
        (math.nan,) * 7
        if end is None
        else (end.vertical_mps, end.lateral_mps, end.speed_mps, end.tilt_deg, end.miss_m, end.propellant_left_kg, end.t_s)
    )
    return (
        *contact,
        lock.distance_m if lock else math.nan,
        zero.altitude_m if zero else math.nan,
        dry.t_s - zero.t_s if dry and zero else math.nan,
        end.left_mps if end else math.nan,
        end.cross_m if end else math.nan,
        end.t_s - lit.t_s if end and lit else math.nan,
        dry.altitude_m if dry else math.nan,
        float(kinds.count("lockout")),
        float(kinds.count("readmit")),
        float(kinds.count("divert")),
        end.slope_deg if end else math.nan,
        *((math.nan,) * 4 if rest is None else (rest.tilt_deg, rest.slide_m, max(rest.crush_m), rest.peak_mps2)),
    )


def fly_one(job: Job, k: int) -> Flight:
    """Flight k of a campaign, without histories."""
    return fly(
        job.scenario, guidance=job.guidance, navigation=job.navigation, params=job.params,
        seed=flight_seed(job.seed, k), record=False,
    )  # fmt: skip


def to_rows(job: Job, flights: Iterable[tuple[int, Flight]]) -> Rows:
    """Rows of flights, each with its number k."""
    ks, verdicts, chains, reasons, table, draws = [], [], [], [], [], []
    sigmas = draw_sigmas(job.scenario)
    for k, flight in flights:
        ks.append(k)
        verdicts.append(flight.verdict.value)
        chains.append(" ".join(dict.fromkeys(event.kind for event in flight.events if event.kind in CHAIN)))
        reasons.append("; ".join(flight.reasons))
        table.append(summary(flight))
        draws.append(drawn(job.scenario, sigmas, flight_seed(job.seed, k)))
    return Rows(
        np.array(ks, dtype=np.int64), verdicts, chains, reasons, np.array(table, dtype=float).reshape(-1, len(COLUMNS)),
        np.array(draws, dtype=float).reshape(len(ks), len(sigmas)),
    )  # fmt: skip


def fly_rows(job: Job, ks: Iterable[int]) -> Rows:
    """Fly these flights of a campaign, one after the other."""
    return to_rows(job, ((k, fly_one(job, k)) for k in ks))


def join(parts: Sequence[Rows]) -> Rows:
    """Rows of all parts in the order of k."""
    k = np.concatenate([part.k for part in parts])
    order = np.argsort(k, kind="stable")
    words = [
        [word for part in parts for word in getattr(part, name)] for name in ("verdict", "chain", "reasons")
    ]  # fmt: skip
    verdict, chain, reasons = ([column[i] for i in order] for column in words)
    table, draws = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("table", "draws"))
    return Rows(k[order], verdict, chain, reasons, table, draws)


def digest(rows: Rows) -> str:
    """Hash of every row in the order of k, to the last bit: equal digests are equal campaigns."""
    ordered = join([rows])
    numbers = np.column_stack([ordered.k.astype(float), ordered.table, ordered.draws])
    numbers[np.isnan(numbers)] = np.nan  # one NaN among the many that IEEE has
    text = "\n".join(f"{verdict}|{chain}" for verdict, chain in zip(ordered.verdict, ordered.chain, strict=True))
    hashed = hashlib.sha256(repr(COLUMNS).encode() + text.encode())
    hashed.update(numbers.astype("<f8").tobytes())
    return hashed.hexdigest()[:16]
