"""A landing to be flown with the least propellant, and the flight that does it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lunarlab.constants import G0
from lunarlab.errors import LunarlabError
from lunarlab.units import array, check_fields, number


@dataclass(frozen=True)
class Problem:
    """From where, to where, with what. Vectors are forward, left, up, in a frame fixed to the site."""

    r_m: tuple[float, float, float] = (-2500.0, 300.0, 1500.0)
    """Position at the start [m]."""
    v_mps: tuple[float, float, float] = (65.0, -8.0, -40.0)
    """Velocity at the start [m/s]."""
    target_r_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Position at the end [m]: the ground and the glide slope are measured from it."""
    target_v_mps: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Velocity at the end [m/s]."""
    mass_kg: float = number(1500.0, "kg", 1e-3, 1e9, "mass at the start")
    dry_mass_kg: float = number(1100.0, "kg", 1e-3, 1e9, "mass without propellant")
    thrust_min_N: float = number(1000.0, "N", 0.0, 1e9, "smallest thrust; the engine is never off unless this is 0")
    thrust_max_N: float = number(4500.0, "N", 1e-3, 1e9, "largest thrust")
    isp_s: float = number(310.0, "s", 10.0, 1e5, "specific impulse")
    gravity_mps2: float = number(1.622, "m/s2", 0.0, 100.0, "uniform gravity, downwards")
    glide_slope_deg: float = number(0.0, "deg", 0.0, 89.0, "lowest elevation of the path as seen from the target")
    tilt_max_deg: float = number(180.0, "deg", 1.0, 180.0, "largest angle between thrust and the vertical")
    above_ground: bool = True
    """Whether the path stays above the level of the target. False leaves out the ground and the glide slope."""

    def __post_init__(self) -> None:
        check_fields(self)
        for name, unit in (("r_m", "m"), ("v_mps", "m/s"), ("target_r_m", "m"), ("target_v_mps", "m/s")):
            row = array(getattr(self, name), unit, name=f"Problem.{name}", shape=(3,))
            object.__setattr__(self, name, tuple(row.tolist()))
        if not self.dry_mass_kg < self.mass_kg:
            raise LunarlabError(
                f"Problem.dry_mass_kg is {self.dry_mass_kg:g} kg; it must be below mass_kg, {self.mass_kg:g} kg"
            )
        if not self.thrust_min_N < self.thrust_max_N:
            raise LunarlabError(
                f"Problem.thrust_min_N is {self.thrust_min_N:g} N; it must be below thrust_max_N, {self.thrust_max_N:g} N"
            )

    @property
    def exhaust_mps(self) -> float:
        """Effective exhaust speed [m/s]."""
        return self.isp_s * G0

    @property
    def propellant_kg(self) -> float:
        """Propellant aboard [kg]."""
        return self.mass_kg - self.dry_mass_kg

    @property
    def longest_s(self) -> float:
        """How long the propellant lasts at the smallest thrust [s]."""
        return self.propellant_kg * self.exhaust_mps / self.thrust_min_N if self.thrust_min_N > 0.0 else math.inf

    @property
    def elevation_deg(self) -> float:
        """Angle under which the start is seen from the target [deg]."""
        x, y, z = np.subtract(self.r_m, self.target_r_m).tolist()
        return math.degrees(math.atan2(z, math.hypot(x, y)))


@dataclass(frozen=True, eq=False, repr=False)
class Optimum:
    """The cheapest flight: histories at n nodes, between which the acceleration runs linearly."""

    problem: Problem
    t_s: np.ndarray
    """(n,), from 0 to the flight time."""
    r_m: np.ndarray
    """(n, 3), forward, left, up, like all vectors here."""
    v_mps: np.ndarray
    """(n, 3)."""
    mass_kg: np.ndarray
    """(n,)."""
    accel_mps2: np.ndarray
    """(n, 3): thrust over mass, without gravity."""
    gap: float
    """Largest difference between sigma and the size of the acceleration, as a part of the largest sigma: 0 is lossless."""
    floor_kg: float
    """No flight burns less, however it throttles, in this time or, if that was free, near it. nan if it was not asked for."""
    solves: int
    """How many convex problems it took."""
    solver_ms: float
    """And how long."""

    @property
    def flight_time_s(self) -> float:
        """Duration [s]."""
        return float(self.t_s[-1])

    @property
    def propellant_kg(self) -> float:
        """What the flight burns [kg]."""
        return float(self.mass_kg[0] - self.mass_kg[-1])

    @property
    def dv_mps(self) -> float:
        """Velocity change that it is worth [m/s]: Isp g0 ln(m0 / m1)."""
        return self.problem.exhaust_mps * math.log(self.mass_kg[0] / self.mass_kg[-1])

    @property
    def thrust_N(self) -> np.ndarray:  # noqa: N802
        """Thrust vectors (n, 3) [N]."""
        return np.asarray(self.accel_mps2 * self.mass_kg[:, None])

    @property
    def throttle(self) -> np.ndarray:
        """Size of the thrust as a part of the largest (n,)."""
        return np.asarray(np.linalg.norm(self.thrust_N, axis=1) / self.problem.thrust_max_N)

    @cached_property
    def flown(self) -> tuple[float, float, float]:
        """(miss m, miss m/s, propellant kg) when the acceleration is flown in the nonlinear equations of motion, by scipy.

        The misses say whether the solver is to be believed. The propellant is a little less than planned: between nodes the
        turning vector u is shorter than sigma.
        """
        from scipy.integrate import solve_ivp

        y = np.array([*self.r_m[0], *self.v_mps[0], self.mass_kg[0]])
        down = np.array([0.0, 0.0, -self.problem.gravity_mps2])
        for t0, t1, a0, a1 in zip(self.t_s, self.t_s[1:], self.accel_mps2, self.accel_mps2[1:], strict=False):

            def rate(t: float, y: np.ndarray, t0: float = t0, t1: float = t1, a0: Any = a0, a1: Any = a1) -> np.ndarray:
                a = a0 + (a1 - a0) * (t - t0) / (t1 - t0)
                flow = y[6] * np.linalg.norm(a) / self.problem.exhaust_mps
                return np.array([*y[3:6], *(a + down), -flow])

            y = solve_ivp(rate, (t0, t1), y, rtol=1e-9, atol=1e-9).y[:, -1]
        miss, slip = y[:3] - self.problem.target_r_m, y[3:6] - self.problem.target_v_mps
        return float(np.linalg.norm(miss)), float(np.linalg.norm(slip)), float(self.mass_kg[0] - y[6])

    def __repr__(self) -> str:
        return (
            f"Optimum: {self.propellant_kg:.2f} kg in {self.flight_time_s:.2f} s, {self.dv_mps:.2f} m/s "
            f"({self.solves} solves, {self.solver_ms:.0f} ms)"
        )
