"""What the last phase of a flight cost, against the least that it could have cost: the bound that no guidance law beats.

The last phase begins where braking ends, at the high gate. From that state to the point where the lander came down, at
the speed at which it did, `lunarlab.descent.optimal` finds the flight of least propellant, with both engine groups at
the better of their two specific impulses and gravity as weak as it is at the high gate. If the flight did not come down
softly, the bound is that of a landing at the target.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.descent.flight import Flight
from lunarlab.descent.scenario import Scenario
from lunarlab.descent.terrain import new_terrain, pack_terrain
from lunarlab.descent.touchdown import Verdict
from lunarlab.errors import LunarlabError

if TYPE_CHECKING:
    from lunarlab.descent.optimal import Optimum, Problem, Solver

_LOCK = threading.Lock()  # a solver's compiled problem holds the numbers of one problem at a time
SOFT = (Verdict.LANDED, Verdict.HARD_LANDING, Verdict.TIPPED)
SPREADS = (0.06, 0.02)
"""By how much the search for the flight time looks to both sides, as a part of it: first, and then."""


@dataclass(frozen=True)
class Bound:
    """A flight's last phase against the optimum."""

    optimum: Optimum
    t_gate_s: float
    """When the last phase began, on the flight's clock."""
    burnt_kg: float
    """Propellant of the flight in its last phase; nan if it did not come down softly."""
    refined: bool
    """Whether the flight time is the best one; else it is near it, and the bound a little too high."""

    @property
    def over_kg(self) -> float:
        """What the flight burnt above the bound [kg]."""
        return self.burnt_kg - self.optimum.propellant_kg

    @property
    def over_fraction(self) -> float:
        """The same as a part of the bound."""
        return self.over_kg / self.optimum.propellant_kg


def site_axes(flight: Flight, scene: Scenario, rows: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
    """True position (n, 3) [m] and velocity (n, 3) [m/s] in axes fixed to the target: forward, left and up there.

    The origin is on the datum at the target. The axes do not bend with the Moon, as the local level of the histories does.
    """
    si = {name: column[rows] for name, column in flight.si.items()}
    radius = R_MOON + datum_m(scene)
    theta, phi = -si["true_distance"] / radius, si["true_cross"] / radius
    r = radius + si["true_height"]
    ct, st, cp, sp = np.cos(theta), np.sin(theta), np.cos(phi), np.sin(phi)
    up = np.stack([st * cp, sp, ct * cp], axis=1)
    forward = np.stack([ct, np.zeros_like(ct), -st], axis=1)
    left = np.stack([-st * sp, cp, -ct * sp], axis=1)
    position = r[:, None] * up - np.array([0.0, 0.0, radius])
    parts = ((si["true_forward_speed"], forward), (si["true_left_speed"], left), (si["true_vertical_speed"], up))
    return position, np.asarray(sum(speed[:, None] * axis for speed, axis in parts))


def datum_m(scene: Scenario) -> float:
    """Height of the datum over the mean sphere [m]."""
    return float(pack_terrain(scene.terrain, 0.0, np.zeros(4), new_terrain()))


def gate_row(flight: Flight) -> int:
    """Row of the histories at which braking ends.

    Raises
    ------
    LunarlabError
        It never did, or the flight has no histories.
    """
    gate = flight.event("brake_end")
    if gate is None or not len(flight.table):
        raise LunarlabError("there is no bound: this flight did not come to the end of its braking")
    return min(int(np.searchsorted(flight.si["t"], gate.t_s - 1e-6)), len(flight.table) - 2)


def last_phase(
    flight: Flight,
    scene: Scenario,
    *,
    glide_slope_deg: float = 0.0,
    thrust_min_N: float = 0.0,
) -> Problem:
    """The convex problem of a flight's last phase.

    Parameters
    ----------
    flight : Flight
        With histories; of `scene`.
    glide_slope_deg : float [deg], 0 to 89
        Lowest elevation of the path as seen from where it ends.
    thrust_min_N : float [N]
        Smallest thrust; 0 lets the engines be off, and is the bound for every law.

    Raises
    ------
    LunarlabError
        Braking never ended; a start below the glide slope.
    """
    from lunarlab.descent.optimal import Problem

    row = gate_row(flight)
    position, velocity = site_axes(flight, scene, slice(row, None))
    v, height = scene.vehicle, float(flight.si["true_height"][row])
    soft = flight.verdict in SOFT
    target = position[-1] if soft else np.array([0.0, 0.0, float(np.interp(0.0, *flight.ground))])
    speed = velocity[-1] if soft else np.array([0.0, 0.0, -scene.guidance.contact_speed_mps])
    speed = np.array([speed[0], speed[1], min(speed[2], 0.0)])
    return Problem(
        r_m=tuple(position[0].tolist()),
        v_mps=tuple(velocity[0].tolist()),
        target_r_m=tuple(target.tolist()),
        target_v_mps=tuple(speed.tolist()),
        mass_kg=float(flight.si["true_mass"][row]),
        dry_mass_kg=v.dry_mass_kg,
        thrust_min_N=thrust_min_N,
        thrust_max_N=v.main_thrust_N + v.assist_thrust_N,
        isp_s=max(
            isp
            for isp, thrust in ((v.main_isp_s, v.main_thrust_N), (v.assist_isp_s, v.assist_thrust_N))
            if thrust > 0.0
        ),
        gravity_mps2=MU_MOON / (R_MOON + datum_m(scene) + height) ** 2,
        glide_slope_deg=glide_slope_deg,
    )


def against(flight: Flight, optimum: Optimum, *, refined: bool = True) -> Bound:
    """A flight beside an optimum for its `last_phase`."""
    row = gate_row(flight)
    mass = flight.si["true_mass"]
    burnt = float(mass[row] - mass[-1]) if flight.verdict in SOFT else math.nan
    return Bound(optimum, float(flight.si["t"][row]), burnt, refined)


def track(solver: Solver, problem: Problem, near_s: float | None) -> Iterator[tuple[Optimum, bool]]:
    """Solve a problem that is like the last one: at its flight time first, then at better ones.

    Parameters
    ----------
    solver : Solver
    problem : Problem
    near_s : float or None
        Best flight time of the problem before [s]; None searches without it.

    Yields
    ------
    (Optimum, bool)
        The best so far, and whether its flight time has been searched for. The first costs one convex problem.

    Raises
    ------
    LunarlabError
        The target can't be reached: says which limit is in the way.
    """
    tried: dict[float, Optimum] = {}
    failed: set[float] = set()

    def fly(log_time: float) -> float:
        """Propellant at this flight time, inf if it can't be flown."""
        if log_time not in tried and log_time not in failed:
            found = solved(solver, problem, math.exp(log_time))
            if found is None:
                failed.add(log_time)
            else:
                tried[log_time] = found
        return tried[log_time].propellant_kg if log_time in tried else math.inf

    if near_s is None or not near_s < problem.longest_s or not fly(math.log(near_s)) < math.inf:
        with _LOCK:
            best = solver.optimum(problem)
        yield best, True
        return
    middle = math.log(near_s)
    yield tried[middle], False
    for spread in SPREADS:
        for _ in range(6):
            low, here, high = fly(middle - spread), fly(middle), fly(middle + spread)
            if here <= min(low, high):
                break
            middle += spread if high < low else -spread
        bend = low - 2.0 * here + high
        if math.isfinite(bend) and bend > 0.0:
            vertex = middle + 0.5 * spread * (low - high) / bend
            if fly(vertex) < here:
                middle = vertex
        yield tried[middle], spread == SPREADS[-1]


def solved(solver: Solver, problem: Problem, flight_time_s: float) -> Optimum | None:
    """The cheapest flight of a given duration; None if there is none."""
    from lunarlab.descent.optimal import Optimum
    from lunarlab.descent.optimal.solver import LOSSLESS

    with _LOCK:
        solves, ms = solver.solves, solver.solver_ms
        answer = solver.cheapest(problem, flight_time_s)
        solves, ms = solver.solves - solves, solver.solver_ms - ms
    if answer is None or answer.waste > LOSSLESS:
        return None
    mass = np.exp(answer.log_mass)
    mass[0] = problem.mass_kg
    return Optimum(problem, answer.t, answer.r, answer.v, mass, answer.a, answer.gap, math.nan, solves, ms)
