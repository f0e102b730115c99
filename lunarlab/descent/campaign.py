"""Many flights of one scenario, on the cores of one machine.

Flight k of a campaign with seed s flies with seed ``flight_seed(s, k)``, whatever the number of flights or workers: to
see it again, ``fly(scenario, seed=flight_seed(s, k))``. The loop releases the interpreter lock, so plain threads use
every core.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.descent.flight import Flight, fly
from lunarlab.descent.scenario import Scenario
from lunarlab.errors import LunarlabError

COLUMNS = (
    "vertical_mps", "lateral_mps", "speed_mps", "tilt_deg", "miss_m", "propellant_left_kg", "duration_s",
    "lockout_distance_m", "true_altitude_at_est_zero_m", "hold_s",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Campaign:
    """Outcome of every flight."""

    seed: int
    verdict: list[str]
    """One for each flight, in order."""
    table: np.ndarray
    """Shape (n, len(COLUMNS)); NaN where it did not happen."""

    def __repr__(self) -> str:
        shares = ", ".join(f"{name} {100 * n / len(self.verdict):.1f} %" for name, n in sorted(self.verdicts.items()))
        return f"Campaign of {len(self.verdict)} flights, seed {self.seed}: {shares}"

    @property
    def verdicts(self) -> dict[str, int]:
        """How often each verdict occurred."""
        return dict(Counter(self.verdict))

    def fraction(self, *verdicts: str) -> float:
        """Share of flights (0 to 1) that ended in one of these verdicts."""
        return sum(v in verdicts for v in self.verdict) / len(self.verdict)

    def __getitem__(self, column: str) -> np.ndarray:
        """One of `COLUMNS`, shape (n,), SI."""
        if column not in COLUMNS:
            raise LunarlabError(f"no column is called {column!r}; there are {', '.join(COLUMNS)}")
        return self.table[:, COLUMNS.index(column)]


def flight_seed(seed: int, k: int) -> int:
    """Seed of flight k: a hash of both, so that no two campaigns share flights."""
    return int(np.random.SeedSequence([seed, k]).generate_state(1, np.uint32)[0])


def summary(flight: Flight) -> tuple[float, ...]:
    """One row of a campaign."""
    end = flight.touchdown
    times = {event.kind: event for event in reversed(flight.events)}  # the first of each kind
    lock, zero, dry = (times.get(kind) for kind in ("lockout", "estimate_zero", "propellant_out"))
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
    )


def campaign(
    scene: Scenario,
    n: int,
    *,
    seed: int = 0,
    guidance: Callable[..., Any] | None = None,
    navigation: Callable[..., Any] | None = None,
    params: Any = None,
    workers: int | None = None,
    progress: bool = False,
) -> Campaign:
    """Fly a scenario n times with different seeds; its `dispersions` say what varies.

    Parameters
    ----------
    scene, guidance, navigation, params
        As for `lunarlab.fly`.
    n : int >= 1
        Number of flights.
    seed : int >= 0
        Seed of the campaign.
    workers : int >= 1, optional
        Threads; by default one for each core. The result does not depend on it, as long as law and filter keep no
        state of their own (a filter has its `memory` for that).
    progress : bool
        Show a progress bar.

    Raises
    ------
    LunarlabError
        n or workers below 1, or wrong input to `fly`.
    """
    for name, value, low in (("n", n, 1), ("workers", 1 if workers is None else workers, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
            raise LunarlabError(f"{name} is {value!r}; it must be a whole number of at least {low}")

    inside = getattr(scene, "scenario", scene)
    flies = getattr(type(inside), "flight", "descent")
    if flies != "descent":
        raise LunarlabError(f"scene is {inside.name}, a {flies} case; a campaign takes descents")

    def one(k: int) -> Flight:
        return fly(
            scene, guidance=guidance, navigation=navigation, params=params, seed=flight_seed(seed, k), record=False
        )

    def row(flight: Flight) -> tuple[str, tuple[float, ...]]:
        return flight.verdict.value, summary(flight)

    first = one(0)  # loads the compiled code once, before the threads ask for it together
    if any(first.provenance[kind]["ran"] == "python" for kind in ("guidance", "navigation")):
        workers = 1  # Python runs on one core whatever the number of threads
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        rest = pool.map(lambda k: row(one(k)), range(1, n))
        if progress:
            from tqdm.auto import tqdm

            rest = tqdm(rest, total=n, initial=1, unit="flight")
        rows = [row(first), *rest]
    return Campaign(seed, [verdict for verdict, _ in rows], np.array([row for _, row in rows]))
