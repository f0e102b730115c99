"""Why a target can't be reached: which limit is in the way, and by how much.

What can be said without solving anything is said first. Then limits are lifted one at a time and the problem solved again:
the first without which it can be flown is the culprit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lunarlab.descent.optimal.problem import Problem
from lunarlab.errors import LunarlabError

if TYPE_CHECKING:
    from lunarlab.descent.optimal.solver import Answer, Solver

STRONG = 8.0
"""Factor on the largest thrust that stands for no limit."""


def check(p: Problem, tf: float | None = None) -> None:
    """Refuse what no flight could do.

    Raises
    ------
    LunarlabError
        The start lies below the ground or the glide slope; a thrust that can't slow the fall; a flight time for which the
        smallest thrust uses more than all propellant.
    """
    below = p.target_r_m[2] - p.r_m[2]
    if p.above_ground and below > 0.0:
        raise LunarlabError(f"the start lies {below:g} m below the level of the target, and above_ground is True")
    if p.above_ground and p.elevation_deg < p.glide_slope_deg - 1e-9 and p.r_m != p.target_r_m:
        raise LunarlabError(
            f"unreachable glide slope: the start lies at {p.elevation_deg:.2f} deg over the target's horizon, allowed are "
            f"{p.glide_slope_deg:g} deg and more"
        )
    if p.above_ground and p.target_v_mps[2] > 0.0:
        raise LunarlabError(
            f"target_v_mps rises at {p.target_v_mps[2]:g} m/s: that comes from below the target, and above_ground is True"
        )
    weight = p.dry_mass_kg * p.gravity_mps2
    if p.thrust_max_N <= weight and p.v_mps[2] <= p.target_v_mps[2]:
        raise LunarlabError(
            f"thrust below weight: thrust_max_N is {p.thrust_max_N:g} N, and even without propellant the lander weighs "
            f"{weight:.1f} N; its fall can't be slowed"
        )
    if tf is not None and tf >= p.longest_s:
        raise LunarlabError(
            f"flight time too long for the minimum thrust: at {p.thrust_min_N:g} N the propellant of {p.propellant_kg:.1f} kg "
            f"lasts for {p.longest_s:.1f} s; flight_time_s is {tf:g} s"
        )


def explain(solver: Solver, p: Problem, tf: float | None) -> str:
    """A sentence on why `p` can't be flown, in the time `tf` if one is given."""

    def possible(**limit: float) -> bool:
        """Whether it could be flown with another limit."""
        q = replace(p, **limit)  # type: ignore[arg-type]
        return (solver.possible_time(q) if tf is None else solver.cheapest(q, tf)) is not None

    when = "at any flight time" if tf is None else f"in {tf:g} s"
    tankers = replace(p, dry_mass_kg=0.02 * p.mass_kg)
    lavish = solver.best_time(tankers) if tf is None else solver.cheapest(tankers, tf)
    if lavish is not None:
        need = p.mass_kg - math.exp(lavish.log_mass[-1])
        return f"not enough propellant: the landing takes {need:.1f} kg {when}, {p.propellant_kg:.1f} kg are aboard"
    if tf is not None:
        good = solver.possible_time(p)
        if good is not None:
            return _wrong_time(solver, p, tf, good)
    if p.thrust_min_N > 0.0 and possible(thrust_min_N=0.0):
        most = _edge(lambda x: possible(thrust_min_N=x), 0.0, p.thrust_min_N)
        return f"the minimum thrust is too large: thrust_min_N is {p.thrust_min_N:g} N; {most:.0f} N would do {when}"
    if p.above_ground and p.glide_slope_deg > 0.0 and possible(glide_slope_deg=0.0):
        most = _edge(lambda x: possible(glide_slope_deg=x), 0.0, p.glide_slope_deg)
        return (
            f"unreachable glide slope: the path falls below glide_slope_deg, {p.glide_slope_deg:g} deg, {when}; "
            f"{most:.1f} deg would do"
        )
    if p.tilt_max_deg < 180.0 and possible(tilt_max_deg=180.0):
        most = _edge(lambda x: possible(tilt_max_deg=x), 180.0, p.tilt_max_deg)
        return f"the thrust must tilt further: tilt_max_deg is {p.tilt_max_deg:g} deg; {most:.1f} deg would do {when}"
    strong = STRONG * p.thrust_max_N
    if possible(thrust_max_N=strong):
        most = _edge(lambda x: possible(thrust_max_N=x), strong, p.thrust_max_N)
        return f"the maximum thrust is too small: thrust_max_N is {p.thrust_max_N:g} N; {most:.0f} N would do {when}"
    return f"the target can't be reached {when}, and lifting any one limit alone does not help"


def wasteful(solver: Solver, p: Problem, answer: Answer, *, free: bool) -> str:
    """A sentence on an engine that can't throttle far enough: sigma is what it must give, and u, what helps, is less."""
    much = (
        f"thrust_min_N is {p.thrust_min_N:g} N, and the flight would have to waste {100.0 * answer.waste:.2g} % of its "
        "thrust (the convexification is not lossless)"
    )
    tf = float(answer.t[-1])
    best = None if free else solver.best_time(p)
    if best is not None and best.t[-1] < tf:
        return f"flight time too long for the minimum thrust: flight_time_s is {tf:g} s, best are {best.t[-1]:.1f} s; {much}"
    return f"the minimum thrust is too large for a flight of {tf:.1f} s: {much}"


def _wrong_time(solver: Solver, p: Problem, tf: float, good: float) -> str:
    """It can be flown in `good` seconds, but not in `tf`."""
    edge = _edge(lambda t: solver.cheapest(p, t) is not None, good, tf, 12)
    if good > tf:
        return (
            f"flight time too short: flight_time_s is {tf:g} s; with thrust_max_N = {p.thrust_max_N:g} N the landing takes "
            f"{edge:.1f} s or more"
        )
    if p.thrust_min_N > 0.0 and solver.cheapest(replace(p, thrust_min_N=0.0), tf) is not None:
        return (
            f"flight time too long for the minimum thrust: flight_time_s is {tf:g} s; with thrust_min_N = "
            f"{p.thrust_min_N:g} N at most {edge:.1f} s"
        )
    return f"flight time too long: flight_time_s is {tf:g} s, at most {edge:.1f} s are possible"


def _edge(possible: Callable[[float], bool], good: float, bad: float, halvings: int = 6) -> float:
    """A value as near to `bad` as it can be found in so many steps that is still possible."""
    for _ in range(halvings):
        middle = 0.5 * (good + bad)
        if possible(middle):
            good = middle
        else:
            bad = middle
    return good
