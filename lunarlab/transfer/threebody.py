"""The circular restricted three-body problem: two bodies on circles around their barycentre, and a craft without mass.

Everything here is **non-dimensional**: lengths in distances of the two bodies, times such that they turn by one radian per
unit, masses as a fraction of their sum. The frame turns with them: x from the larger body (at -mu) to the smaller (at 1 - mu),
z along their angular momentum. A `System` says what the units are worth in metres and seconds; mixing up two systems is the
commonest error in this field, so no function guesses one. `cr3bp` and `cr3bp_stm` are compiled kernels for `integrate`.

The Jacobi constant is C = x^2 + y^2 + 2 (1 - mu)/r1 + 2 mu/r2 - v^2 throughout. Some authors add mu (1 - mu), which makes it
exactly 3 at L4: compare with them by ``jacobi(..., shifted=True)``.

Theory: Szebehely, Theory of Orbits (1967); Koon, Lo, Marsden and Ross, Dynamical Systems, the Three-Body Problem and Space
Mission Design (2011).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import integrate
from lunarlab.errors import LunarlabError
from lunarlab.integrate import Arc, Switch, rate, switch
from lunarlab.units import array, check_fields, number, si

CENTRES = ("barycentre", "primary", "secondary")
POINTS = ("L1", "L2", "L3", "L4", "L5")
TOLERANCE = 1e-13


@dataclass(frozen=True)
class System:
    """Two bodies, and what the units of their three-body problem are worth."""

    name: str
    mu: float = number(0.0, "", 1e-12, 0.5, "mass of the smaller body, as a fraction of both")
    length_m: float = number(1.0, "m", 1.0, 1e14, "unit of length: their distance")
    time_s: float = number(1.0, "s", 1e-3, 1e12, "unit of time: their period over two pi")

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def of_bodies(cls, name: str, gm_primary: Any, gm_secondary: Any, distance_m: Any) -> System:
        """From the gravitational parameters [m^3/s^2] and the distance [m]; the unit of time follows from Kepler's law."""
        first = si(gm_primary, "m3 / s2", name="gm_primary", low=1e-3, high=1e30)
        second = si(gm_secondary, "m3 / s2", name="gm_secondary", low=1e-6, high=first)
        length = si(distance_m, "m", name="distance_m", low=1.0, high=1e14)
        return cls(name, second / (first + second), length, math.sqrt(length**3 / (first + second)))

    @property
    def speed_mps(self) -> float:
        """Unit of speed [m/s]."""
        return self.length_m / self.time_s

    @property
    def gm_primary(self) -> float:
        """Gravitational parameter of the larger body [m^3/s^2]."""
        return (1.0 - self.mu) * self.length_m**3 / self.time_s**2

    @property
    def gm_secondary(self) -> float:
        """Gravitational parameter of the smaller body [m^3/s^2]."""
        return self.mu * self.length_m**3 / self.time_s**2

    def dimensional(self, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """(r [m], v [m/s]), each (..., 3), of states (..., 6), in the same axes."""
        y = states(y)
        return y[..., :3] * self.length_m, y[..., 3:] * self.speed_mps

    def nondimensional(self, r_m: Any, v_mps: Any) -> np.ndarray:
        """States (..., 6) of positions [m] and velocities [m/s], each (..., 3), in the same axes."""
        r, v = array(r_m, "m", name="r_m"), array(v_mps, "m / s", name="v_mps")
        if r.shape != v.shape or r.shape[-1:] != (3,):
            raise LunarlabError(f"r_m and v_mps have the shapes {r.shape} and {v.shape}; both must be (..., 3)")
        return np.concatenate([r / self.length_m, v / self.speed_mps], axis=-1)


EARTH_MOON = System("Earth-Moon (JPL catalogue)", 0.01215058560962404, 389_703_264.829278, 382_981.289129055)
"""JPL three-body periodic-orbit catalogue. Its unit of length is not the mean distance."""
EARTH_MOON_MEAN = System("Earth-Moon (384 400 km)", 0.01215058560962404, 384_400_000.0, 375_190.26195184357)
"""The same mass ratio with the mean distance, 384 400 km, and GM 398600.435436 + 4902.800066 km^3/s^2 (DE430)."""


@rate.needing(1)
def cr3bp(t, y, p, out):
    """State (x, y, z, vx, vy, vz); p[0] = mu."""
    mu = p[0]
    x1 = y[0] + mu
    x2 = x1 - 1.0
    yz = y[1] * y[1] + y[2] * y[2]
    d1 = x1 * x1 + yz
    d2 = x2 * x2 + yz
    if d1 == 0.0 or d2 == 0.0:
        return 1
    g1 = (1.0 - mu) / (d1 * math.sqrt(d1))
    g2 = mu / (d2 * math.sqrt(d2))
    out[0] = y[3]
    out[1] = y[4]
    out[2] = y[5]
    out[3] = 2.0 * y[4] + y[0] - g1 * x1 - g2 * x2
    out[4] = -2.0 * y[3] + y[1] - (g1 + g2) * y[1]
    out[5] = -(g1 + g2) * y[2]
    return 0


@rate.needing(1)
def cr3bp_stm(t, y, p, out):
    """State, then its state-transition matrix row by row (36 numbers); p[0] = mu."""
    mu = p[0]
    x1 = y[0] + mu
    x2 = x1 - 1.0
    yz = y[1] * y[1] + y[2] * y[2]
    d1 = x1 * x1 + yz
    d2 = x2 * x2 + yz
    if d1 == 0.0 or d2 == 0.0:
        return 1
    g1 = (1.0 - mu) / (d1 * math.sqrt(d1))
    g2 = mu / (d2 * math.sqrt(d2))
    h1 = 3.0 * g1 / d1
    h2 = 3.0 * g2 / d2
    out[0] = y[3]
    out[1] = y[4]
    out[2] = y[5]
    out[3] = 2.0 * y[4] + y[0] - g1 * x1 - g2 * x2
    out[4] = -2.0 * y[3] + y[1] - (g1 + g2) * y[1]
    out[5] = -(g1 + g2) * y[2]
    # Second derivatives of the potential.
    xx = 1.0 - g1 - g2 + h1 * x1 * x1 + h2 * x2 * x2
    yy = 1.0 - g1 - g2 + (h1 + h2) * y[1] * y[1]
    zz = -g1 - g2 + (h1 + h2) * y[2] * y[2]
    xy = (h1 * x1 + h2 * x2) * y[1]
    xz = (h1 * x1 + h2 * x2) * y[2]
    yz = (h1 + h2) * y[1] * y[2]
    for j in range(6, 12):
        out[j] = y[j + 18]
        out[j + 6] = y[j + 24]
        out[j + 12] = y[j + 30]
        out[j + 18] = xx * y[j] + xy * y[j + 6] + xz * y[j + 12] + 2.0 * y[j + 24]
        out[j + 24] = xy * y[j] + yy * y[j + 6] + yz * y[j + 12] - 2.0 * y[j + 18]
        out[j + 30] = xz * y[j] + yz * y[j + 6] + zz * y[j + 12]
    return 0


@switch.needing(7)
def border(t, y, p):
    """Zero on the plane p[1] x + p[2] y + p[3] z = p[4] and at the distances p[5], p[6] from the bodies (0: never)."""
    value = p[1] * y[0] + p[2] * y[1] + p[3] * y[2] - p[4]
    x1 = y[0] + p[0]
    x2 = x1 - 1.0
    yz = y[1] * y[1] + y[2] * y[2]
    return value * (math.sqrt(x1 * x1 + yz) - p[5]) * (math.sqrt(x2 * x2 + yz) - p[6])


@switch.needing(2)
def apsis(t, y, p):
    """Radial speed times distance, relative to the body at x = p[1]: rises through zero at the nearest point."""
    return (y[0] - p[1]) * y[3] + y[1] * y[4] + y[2] * y[5]


def ratio(mu: Any) -> float:
    """The mass ratio as a float; 1 - mu in its place is refused."""
    return si(mu, "", name="mu (mass of the smaller body over both)", low=1e-12, high=0.5)


def states(y: Any) -> np.ndarray:
    """`y` as a float array (..., 6) of finite numbers."""
    y = array(y, "", name="a state")
    if y.shape[-1:] != (6,):
        raise LunarlabError(f"a state has the shape {y.shape}; it must be x, y, z, vx, vy, vz")
    return np.asarray(y)


def libration_points(mu: Any = EARTH_MOON.mu) -> np.ndarray:
    """L1 to L5 as rows (5, 3): where a body at rest in the rotating frame stays.

    L1 lies between the bodies, L2 beyond the smaller, L3 beyond the larger, L4 leads. Good to the last bit but one: Newton's
    method on Euler's quintics for the distance to the nearer body, which keeps small numbers small.
    """
    mu = ratio(mu)
    small = (mu / 3.0) ** (1.0 / 3.0)
    g1 = _newton([1.0, mu - 3.0, 3.0 - 2.0 * mu, -mu, 2.0 * mu, -mu], small)
    g2 = _newton([1.0, 3.0 - mu, 3.0 - 2.0 * mu, -mu, -2.0 * mu, -mu], small)
    g3 = _newton([1.0, 2.0 + mu, 1.0 + 2.0 * mu, mu - 1.0, 2.0 * (mu - 1.0), mu - 1.0], 1.0 - 7.0 * mu / 12.0)
    on_axis = [[1.0 - mu - g1, 0.0, 0.0], [1.0 - mu + g2, 0.0, 0.0], [-mu - g3, 0.0, 0.0]]
    return np.array([*on_axis, [0.5 - mu, math.sqrt(0.75), 0.0], [0.5 - mu, -math.sqrt(0.75), 0.0]])


def _newton(coefficients: list[float], x: float) -> float:
    for _ in range(50):
        value = slope = 0.0
        for c in coefficients:
            slope = slope * x + value
            value = value * x + c
        step = value / slope
        x -= step
        if abs(step) <= 2e-16 * x:
            break
    return x


@dataclass(frozen=True)
class Modes:
    """Small motion about a collinear point, all per unit of time.

    `gamma` distance to the nearer body, `c2` curvature of the potential (Richardson 1980), `growth` rate of the unstable
    motion, `planar` and `vertical` frequencies of the oscillations, `shape` ratio of y to x in the planar one.
    """

    gamma: float
    c2: float
    growth: float
    planar: float
    vertical: float
    shape: float


def modes(point: str = "L1", mu: Any = EARTH_MOON.mu) -> Modes:
    """Frequencies of the linear motion about L1, L2 or L3: the seeds of Lyapunov and halo orbits."""
    mu = ratio(mu)
    if point not in POINTS[:3]:
        raise LunarlabError(f"point is {point!r}; collinear are L1, L2 and L3")
    x = float(libration_points(mu)[POINTS.index(point), 0])
    r1, r2 = abs(x + mu), abs(x + mu - 1.0)
    c2 = (1.0 - mu) / r1**3 + mu / r2**3
    root = math.sqrt(9.0 * c2 * c2 - 8.0 * c2)
    planar = math.sqrt((2.0 - c2 + root) / 2.0)
    growth, shape = math.sqrt((c2 - 2.0 + root) / 2.0), (planar**2 + 1.0 + 2.0 * c2) / (2.0 * planar)
    return Modes(min(r1, r2), c2, growth, planar, math.sqrt(c2), shape)


def jacobi(y: Any, mu: Any = EARTH_MOON.mu, *, shifted: bool = False) -> Any:
    """Jacobi constant of states (..., 6): the one integral of the motion.

    C = x^2 + y^2 + 2 (1 - mu)/r1 + 2 mu/r2 - v^2. `shifted` adds mu (1 - mu), the convention in which it is 3 at L4 and L5.
    """
    y, mu = states(y), ratio(mu)
    x, v2 = y[..., 0], (y[..., 3:] ** 2).sum(axis=-1)
    yz = y[..., 1] ** 2 + y[..., 2] ** 2
    r1, r2 = np.sqrt((x + mu) ** 2 + yz), np.sqrt((x + mu - 1.0) ** 2 + yz)
    c = x**2 + y[..., 1] ** 2 + 2.0 * (1.0 - mu) / r1 + 2.0 * mu / r2 - v2 + (mu * (1.0 - mu) if shifted else 0.0)
    return float(c) if np.ndim(c) == 0 else c


def propagate(
    y0: Any,
    t1: float,
    mu: Any = EARTH_MOON.mu,
    *,
    t0: float = 0.0,
    times: Any = (),
    event: Switch | None = None,
    params: Any = (),
    direction: int = 0,
    stop_after: int = 1,
    tolerance: float = TOLERANCE,
) -> Arc:
    """Fly a state (6,) from t0 to t1, either way; an `integrate.Arc` with the states at `times`.

    `event` is a switch such as `border` or `apsis`; its `params` follow mu. At the default tolerance the Jacobi constant holds
    to 1e-12 over 10 units of time unless the path grazes a body.
    """
    y0, mu = states(y0), ratio(mu)
    return integrate.propagate(
        cr3bp, y0, t1, [mu, *params], t0=t0, times=times, rtol=tolerance, atol=tolerance, event=event, direction=direction,
        stop_after=stop_after,
    )  # fmt: skip


MIRROR = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
"""A path mirrored in the plane y = 0 (state times this) and flown backward in time is a path."""
STEERS = np.array([1.0] * 6 + [math.inf] * 36)  # the state chooses the steps, its derivatives follow
_IDENTITY = np.eye(6).ravel()


def stm(
    y0: Any, t1: float, mu: Any = EARTH_MOON.mu, *, times: Any = (), tolerance: float = TOLERANCE
) -> tuple[Arc, np.ndarray]:
    """Fly a state with its first variation: (arc, Phi) with Phi = d y(t1) / d y(0), (6, 6).

    The arc has the states at `times` in its first 6 columns and the matrices in the other 36, row by row:
    ``arc.y[:, 6:].reshape(-1, 6, 6)``.
    """
    y0, mu = states(y0), ratio(mu)
    arc = integrate.propagate(
        cr3bp_stm, np.concatenate([y0, _IDENTITY]), t1, [mu], times=times, rtol=tolerance, atol=tolerance * STEERS
    )
    return arc, arc.y_end[6:].reshape(6, 6)


def _turn(t: Any, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    t = np.broadcast_to(np.asarray(t, dtype=float), shape)
    return np.cos(t), np.sin(t)


def _centre(centre: str, mu: Any) -> float:
    if centre not in CENTRES:
        raise LunarlabError(f"centre is {centre!r}; allowed are {', '.join(CENTRES)}")
    mu = ratio(mu)
    return (0.0, -mu, 1.0 - mu)[CENTRES.index(centre)]


def rotating_to_inertial(y: Any, t: Any, mu: Any = EARTH_MOON.mu, *, centre: str = "barycentre") -> np.ndarray:
    """States (..., 6) relative to `centre`, in axes that do not turn and agree with the rotating ones at t = 0.

    `t` is one time or one for each state. A body as centre takes its own velocity off: what is left is the state that
    two-body formulas want.
    """
    y = states(y)
    cos, sin = _turn(t, y.shape[:-1])
    x, w = y[..., 0] - _centre(centre, mu), y[..., 1]
    u, v = y[..., 3] - w, y[..., 4] + x
    return np.stack(
        [cos * x - sin * w, sin * x + cos * w, y[..., 2], cos * u - sin * v, sin * u + cos * v, y[..., 5]], axis=-1
    )


def inertial_to_rotating(y: Any, t: Any, mu: Any = EARTH_MOON.mu, *, centre: str = "barycentre") -> np.ndarray:
    """The way back from `rotating_to_inertial`."""
    y = states(y)
    cos, sin = _turn(t, y.shape[:-1])
    x, w = cos * y[..., 0] + sin * y[..., 1], cos * y[..., 1] - sin * y[..., 0]
    u, v = cos * y[..., 3] + sin * y[..., 4], cos * y[..., 4] - sin * y[..., 3]
    return np.stack([x + _centre(centre, mu), w, y[..., 2], u + w, v - x, y[..., 5]], axis=-1)


@dataclass(frozen=True)
class ZeroVelocity:
    """Jacobi constant `jacobi` (ny, nx) of a craft at rest at `x` (nx,), `y` (ny,), in the plane z = 0."""

    mu: float
    x: np.ndarray
    y: np.ndarray
    jacobi: np.ndarray

    def forbidden(self, jacobi_constant: float) -> np.ndarray:
        """True (ny, nx) where a craft of this Jacobi constant can't be: its speed would be imaginary."""
        return np.asarray(self.jacobi < jacobi_constant)


def zero_velocity(
    mu: Any = EARTH_MOON.mu,
    *,
    x: tuple[float, float] = (-1.5, 1.5),
    y: tuple[float, float] = (-1.5, 1.5),
    points: int = 401,
) -> ZeroVelocity:
    """The grid behind a picture of forbidden regions: `points` along each axis."""
    mu = ratio(mu)
    if not (x[0] < x[1] and y[0] < y[1] and 2 <= points <= 5000):
        raise LunarlabError(f"x is {x}, y is {y}, points is {points}; ranges must rise, points lie between 2 and 5000")
    xs, ys = np.linspace(*x, points), np.linspace(*y, points)
    a, b = xs[None, :], ys[:, None]
    with np.errstate(divide="ignore"):  # a grid point on a body: infinitely deep
        c = a**2 + b**2 + 2.0 * (1.0 - mu) / np.hypot(a + mu, b) + 2.0 * mu / np.hypot(a + mu - 1.0, b)
    return ZeroVelocity(mu, xs, ys, c)


def open_gates(jacobi_constant: float, mu: Any = EARTH_MOON.mu) -> tuple[str, ...]:
    """Libration points that a craft of this Jacobi constant may pass: none, then L1, L2, L3, and at last L4 and L5."""
    limits = jacobi(np.hstack([libration_points(mu), np.zeros((5, 3))]), mu)
    return tuple(name for name, limit in zip(POINTS, limits, strict=True) if jacobi_constant < limit)
