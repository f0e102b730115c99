"""The cheapest way to brake at full thrust: a lower bound for what any guidance law uses from orbit to a gate or the ground.

Two dimensions, a round Moon that does not turn, one engine that runs from ignition to the end. Where along the ground the
lander comes down is free; then the least propellant is the least time. The thrust points along the costate of velocity
(Lawden's primer vector, Optimal Trajectories for Space Navigation, 1963), whose equations are integrated with those of
motion; its direction at the start, how fast that turns and the burn time are found by shooting.

Inside, lengths are over the radius of the sphere, times over sqrt(radius^3 / mu), costates over the primer at ignition. The
state is ``y = [r, up, forward, angle, costate of r, of up, of forward]``. Pitch as everywhere: 0 brakes, 90 degrees is up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.integrate import END, propagate, propagate_rows, rate
from lunarlab.units import check_fields, number, si

ACCEL, FLOW = range(2)
"""Parameters: thrust over mass at ignition; part of that mass burnt in a unit of time."""
ROWS = 201
"""Points of a history."""
CLOSED = 1e-9
"""What a solution may miss its end by, in radii and orbital speeds: 2 mm and 2 um/s at the Moon."""


@dataclass(frozen=True)
class State:
    """Where a burn begins or ends: height over the sphere and velocity."""

    altitude_m: float = number(0.0, "m", -1e4, 1e7, "height over the sphere")
    forward_mps: float = number(0.0, "m/s", -1e4, 1e4, "horizontal speed")
    up_mps: float = number(0.0, "m/s", -1e4, 1e4, "vertical speed, negative downwards")

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def perilune(cls, perilune_m: Any, apolune_m: Any, *, mu: Any = MU_MOON, radius_m: Any = R_MOON) -> State:
        """The perilune of an orbit, from the altitudes of perilune and apolune."""
        mu, radius = si(mu, "m3/s2", name="mu", low=1.0), si(radius_m, "m", name="radius_m", low=1.0)
        low = radius + si(perilune_m, "m", name="perilune_m", low=-0.5 * radius)
        high = radius + si(apolune_m, "m", name="apolune_m", low=low - radius)
        return cls(low - radius, twobody.speed(low, 0.5 * (low + high), mu=mu), 0.0)

    def after(self, coast_s: Any, *, mu: Any = MU_MOON, radius_m: Any = R_MOON) -> State:
        """Where a coast of so many seconds leads."""
        coast = si(coast_s, "s", name="coast_s", low=0.0)
        r, v = twobody.kepler([radius_m + self.altitude_m, 0.0, 0.0], [self.up_mps, self.forward_mps, 0.0], coast, mu=mu)
        size = float(np.linalg.norm(r))
        up = float(r @ v) / size
        return State(size - radius_m, float(r[0] * v[1] - r[1] * v[0]) / size, up)


@dataclass(frozen=True, eq=False, repr=False)
class Braking:
    """The optimum, with histories (n,) from ignition to the end of the burn."""

    t_s: np.ndarray
    altitude_m: np.ndarray
    angle_rad: np.ndarray
    """Way along the ground since ignition, as an angle at the Moon's centre."""
    forward_mps: np.ndarray
    up_mps: np.ndarray
    mass_kg: np.ndarray
    pitch_rad: np.ndarray
    """Direction of thrust: 0 brakes, pi/2 is up."""
    coast_s: float
    """From the start to ignition."""
    dv_mps: float
    """Isp g0 ln(m0 / m1)."""
    downrange_m: float
    """Along the sphere, from ignition on."""
    miss: float
    """What is left of the conditions at the end, in radii and orbital speeds."""

    @property
    def burn_s(self) -> float:
        """Duration of the burn [s]."""
        return float(self.t_s[-1])

    @property
    def propellant_kg(self) -> float:
        """What it burns [kg]."""
        return float(self.mass_kg[0] - self.mass_kg[-1])

    def __repr__(self) -> str:
        return (
            f"Braking: {self.propellant_kg:.2f} kg in {self.burn_s:.2f} s over {self.downrange_m / 1e3:.2f} km, "
            f"{self.dv_mps:.2f} m/s"
        )


@rate.needing(2)
def steered(t, y, p, out):
    """Motion under central gravity and full thrust along the primer, with the costates."""
    r, up, forward, primer_up, primer_forward = y[0], y[1], y[2], y[5], y[6]
    left = 1.0 - p[FLOW] * t
    size = math.sqrt(primer_up * primer_up + primer_forward * primer_forward)
    if r <= 0.0 or left <= 0.0 or size == 0.0:
        return 1
    push = p[ACCEL] / (left * size)
    inverse = 1.0 / r
    turn = forward * inverse
    out[0] = up
    out[1] = turn * forward - inverse * inverse + push * primer_up
    out[2] = -turn * up + push * primer_forward
    out[3] = turn
    out[4] = primer_up * (turn * turn - 2.0 * inverse * inverse * inverse) - primer_forward * turn * up * inverse
    out[5] = -y[4] + primer_forward * turn
    out[6] = -2.0 * primer_up * turn + primer_forward * up * inverse
    return 0


@dataclass(frozen=True)
class _Shot:
    """A boundary value problem without dimensions; the unknowns are x = [pitch, d(primer up)/dt at ignition, burn time]."""

    start: tuple[float, float, float]
    """r, up, forward."""
    end: tuple[float, float, float]
    accel: float
    flow: float

    @property
    def params(self) -> np.ndarray:
        """For `steered`."""
        return np.array([self.accel, self.flow])

    def begin(self, x: np.ndarray) -> np.ndarray:
        """State and costates at ignition (..., 7). The costate of r is what turns the primer: see `steered`."""
        r, up, forward = self.start
        sine, cosine = np.sin(x[..., 0]), np.cos(x[..., 0])
        turn = -cosine * forward / r - x[..., 1]
        fixed = (np.full(sine.shape, value) for value in (r, up, forward, 0.0))
        return np.stack([*fixed, turn, sine, -cosine], axis=-1)

    def miss(self, x: np.ndarray) -> np.ndarray:
        """Difference of the end from the one that is wanted (3,)."""
        if not 0.0 < x[2] * self.flow < 0.999:
            return np.full(3, 10.0)
        arc = propagate(steered, self.begin(x), float(x[2]), self.params, rtol=1e-12, atol=1e-13)
        return np.asarray(arc.y_end[:3] - self.end)

    def guesses(self) -> np.ndarray:
        """Starting points (m, 3), the most promising first: pitch and its rise by the tangent law, times by Tsiolkovsky."""
        change = math.hypot(self.end[2] - self.start[2], self.end[1] - self.start[1])
        exhaust = self.accel / self.flow
        times = -np.expm1(-change / exhaust * np.array([1.01, 1.04, 1.09, 1.18])) / self.flow
        first, last = np.radians([-20.0, -5.0, 2.0, 9.0, 18.0, 30.0]), np.radians([-10.0, 5.0, 18.0, 30.0, 45.0, 60.0])
        sense = 0.0 if self.start[2] >= self.end[2] else math.pi
        tries = np.array([
            (pitch, math.cos(pitch) * (math.tan(later) - math.tan(pitch)) / t, t)
            for pitch in first for later in last for t in times
        ])  # fmt: skip
        if sense:  # speeding up: the mirror image
            tries[:, 0] = math.pi - tries[:, 0]
        y, _, status = propagate_rows(steered, self.begin(tries), tries[:, 2], self.params, rtol=1e-8, atol=1e-9)
        size = np.where(status == END, np.abs(y[:, :3] - self.end).sum(axis=1), np.inf)
        return np.asarray(tries[np.argsort(size)])

    def solve(self, near: np.ndarray | None = None) -> np.ndarray | None:
        """The unknowns, from the first guess that closes; None if none does."""
        from scipy.optimize import root

        for guess in [near] if near is not None else self.guesses()[:12]:
            try:
                found = root(self.miss, guess, tol=1e-13, options={"maxfev": 200})
            except LunarlabError:  # it went where the equations have no value
                continue
            if np.abs(found.fun).max() < CLOSED and found.x[2] > 0.0:
                return np.asarray(found.x)
        return self.solve() if near is not None else None


def optimal_braking(
    start: State,
    end: State | None = None,
    *,
    thrust_N: Any,
    isp_s: Any,
    mass_kg: Any,
    dry_mass_kg: Any = 0.0,
    coast_max_s: Any = 0.0,
    mu: Any = MU_MOON,
    radius_m: Any = R_MOON,
) -> Braking:
    """The steering that takes a lander from `start` to `end` at full thrust with the least propellant.

    Parameters
    ----------
    start : State
        For example ``State.perilune(15e3, 100e3)``.
    end : State, optional
        Rest on the sphere if not given.
    thrust_N, isp_s, mass_kg : float
        Of the engine; mass at ignition.
    dry_mass_kg : float
        Mass without propellant.
    coast_max_s : float
        Ignition may wait for up to so long, if that saves propellant. At 0 it is at once.
    mu, radius_m : float
        Gravitational parameter [m3/s2] and radius of the sphere [m].

    Returns
    -------
    Braking

    Raises
    ------
    LunarlabError
        Not enough propellant (with what is needed), a path that leads through the ground, or no such burn was found.

    Notes
    -----
    It is the bound for one burn that does not pause.
    """
    end = State() if end is None else end
    for what, gate in (("start", start), ("end", end)):
        if not isinstance(gate, State):
            raise LunarlabError(f"{what} is {gate!r}; it must be a State, for example State.perilune(15e3, 100e3)")
    thrust, isp = si(thrust_N, "N", name="thrust_N", low=1e-3, high=1e9), si(isp_s, "s", name="isp_s", low=10.0, high=1e5)
    mass = si(mass_kg, "kg", name="mass_kg", low=1e-3, high=1e9)
    dry = si(dry_mass_kg, "kg", name="dry_mass_kg", low=0.0, high=mass * (1.0 - 1e-9))
    coast_max = si(coast_max_s, "s", name="coast_max_s", low=0.0, high=1e6)
    mu, radius = si(mu, "m3/s2", name="mu", low=1.0), si(radius_m, "m", name="radius_m", low=1.0)
    speed, unit = math.sqrt(mu / radius), math.sqrt(radius**3 / mu)
    exhaust = isp * G0
    target = (1.0 + end.altitude_m / radius, end.up_mps / speed, end.forward_mps / speed)

    def shot(coast: float) -> _Shot:
        at = start.after(coast, mu=mu, radius_m=radius) if coast > 0.0 else start
        begin = (1.0 + at.altitude_m / radius, at.up_mps / speed, at.forward_mps / speed)
        return _Shot(begin, target, thrust / mass * unit / speed, thrust / exhaust / mass * unit)

    coast, one = 0.0, shot(0.0)
    x = one.solve()
    if coast_max > 0.0:
        coast, x = _best_ignition(shot, coast_max, x)
        one = shot(coast)
    if x is None:
        raise LunarlabError(
            f"no burn at {thrust:g} N takes {mass:g} kg from {_words(start)} to {_words(end)}: {thrust / mass:.3f} m/s2 at "
            "ignition are too little, or so much that ignition must wait (coast_max_s)"
        )
    burnt = float(x[2]) * one.flow * mass
    if burnt > mass - dry:
        raise LunarlabError(f"not enough propellant: the burn takes {burnt:.1f} kg, {mass - dry:.1f} kg are aboard")
    t = np.linspace(0.0, float(x[2]), ROWS)
    y = propagate(steered, one.begin(x), float(x[2]), one.params, times=t, rtol=1e-12, atol=1e-13).y
    altitude = (y[:, 0] - 1.0) * radius
    if altitude.min() < min(0.0, end.altitude_m) - 1.0:
        raise LunarlabError(
            f"the burn from {_words(start)} to {_words(end)} leads {-altitude.min() / 1e3:.3g} km below the sphere: "
            f"{thrust:g} N are too little for {mass:g} kg, or ignition is too late"
        )
    return Braking(
        t * unit, altitude, y[:, 3], y[:, 2] * speed, y[:, 1] * speed, mass * (1.0 - one.flow * t),
        np.arctan2(y[:, 5], -y[:, 6]), coast, -exhaust * math.log1p(-burnt / mass), float(y[-1, 3]) * radius,
        float(np.abs(y[-1, :3] - target).max()),
    )  # fmt: skip


def _best_ignition(shot: Any, coast_max: float, near: np.ndarray | None) -> tuple[float, np.ndarray | None]:
    """The coast, up to `coast_max`, after which the burn is shortest, and its unknowns: a scan, then Brent's method."""
    from scipy.optimize import minimize_scalar

    known: dict[float, np.ndarray | None] = {0.0: near}

    def burn(coast: float) -> float:
        coast = float(coast)
        if coast not in known:
            good = [other for other, x in known.items() if x is not None]
            known[coast] = shot(coast).solve(known[min(good, key=lambda other: abs(other - coast))] if good else None)
        x = known[coast]
        return 1e3 if x is None else float(x[2])

    grid = np.linspace(0.0, coast_max, 13)
    best = int(np.argmin([burn(coast) for coast in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, 12)]
    minimize_scalar(burn, bounds=(low, high), method="bounded", options={"xatol": 1e-4 * coast_max})
    coast = min(known, key=burn)
    return coast, known[coast]


def _words(gate: State) -> str:
    return f"{gate.altitude_m / 1e3:g} km at {gate.forward_mps:g} m/s forward and {gate.up_mps:g} m/s up"
