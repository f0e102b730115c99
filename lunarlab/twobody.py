"""Motion around one body: Kepler's orbits of every shape, from state to elements and back, and forward in time.

`kepler` moves a state by universal variables: one formula for ellipse, parabola and hyperbola, solved by Newton's method
inside a bracket, so that it always converges. `kepler_step` is the same for use inside compiled code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import array, si

TWO_PI = 2.0 * math.pi


@dataclass(frozen=True)
class Elements:
    """Classical elements of an orbit. Angles are those at which textbooks draw them, 0 to 2 pi.

    `a_m` is negative for a hyperbola and infinite for a parabola; `p_m`, the semi-latus rectum, is worked out from `a_m`
    and `e` unless given, as it must be for a parabola. Where an angle has no meaning it is zero and the next one takes
    over: the node of an orbit in the equator, the periapsis of a circle.
    """

    a_m: float
    e: float
    inclination_rad: float = 0.0
    raan_rad: float = 0.0
    argp_rad: float = 0.0
    nu_rad: float = 0.0
    p_m: float = math.nan

    def __post_init__(self) -> None:
        e = si(self.e, "", name="Elements.e", low=0.0, high=1e6)
        a = si(self.a_m, "m", name="Elements.a_m")
        inclination = si(self.inclination_rad, "rad", name="Elements.inclination_rad", low=0.0, high=math.pi)
        angles = [si(getattr(self, name), "rad", name=f"Elements.{name}") for name in ("raan_rad", "argp_rad", "nu_rad")]
        given = not (isinstance(self.p_m, float) and math.isnan(self.p_m))
        if not (0.0 < a < math.inf if e < 1.0 else -math.inf < a < 0.0 if e > 1.0 else math.isinf(a)):
            shapes = ("an ellipse", "positive and finite"), ("a parabola", "infinite"), ("a hyperbola", "negative and finite")
            shape, sign = shapes[(e >= 1.0) + (e > 1.0)]
            raise LunarlabError(f"Elements.a_m is {a:g} m; with e = {e:g} the orbit is {shape}, and a_m must be {sign}")
        if e == 1.0 and not given:
            raise LunarlabError("Elements.p_m is missing; a parabola (e = 1) is given by it, a_m being infinite")
        follows = a * (1.0 - e) * (1.0 + e) if e != 1.0 else math.nan
        p = si(self.p_m, "m", name="Elements.p_m", low=0.0, high=1e30) if given else follows
        if not p > 0.0 or abs(p - follows) > 1e-6 * p:  # follows is nan for a parabola
            must = "be positive" if not p > 0.0 else f"be a_m (1 - e^2) = {follows:.9g} m, or be left out"
            raise LunarlabError(f"Elements.p_m is {p:.9g} m; it must {must}")
        if e > 1.0 and not 1.0 + e * math.cos(angles[2]) > 0.0:
            most = math.acos(-1.0 / e)
            raise LunarlabError(f"Elements.nu_rad is {angles[2]:g} rad; a hyperbola with e = {e:g} reaches up to {most:g} rad")
        for field, value in zip(fields(self), (a, e, inclination, *angles, p), strict=True):
            object.__setattr__(self, field.name, value)

    @property
    def periapsis_m(self) -> float:
        """Smallest distance from the centre [m]."""
        return self.p_m / (1.0 + self.e)

    @property
    def apoapsis_m(self) -> float:
        """Largest distance from the centre [m]; infinite where the orbit is open."""
        return self.p_m / (1.0 - self.e) if self.e < 1.0 else math.inf


def vector(value: Any, unit: str, name: str) -> np.ndarray:
    """(3,) float array in `unit`; LunarlabError if it isn't one."""
    return array(value, unit, name=name, shape=(3,))


def _row(value: Any, unit: str, name: str) -> np.ndarray:
    out = np.atleast_1d(array(value, unit, name=name))
    if out.ndim != 1:
        raise LunarlabError(f"{name} has the shape {out.shape}; it must be one number or (n,) in {unit}")
    return out


def positive_mu(value: Any) -> float:
    """`value` as a gravitational parameter [m^3/s^2]; LunarlabError if it isn't one."""
    return si(value, "m3/s2", name="mu", low=1e-30, high=1e30)


def _state(r: Any, v: Any) -> tuple[np.ndarray, np.ndarray]:
    r, v = vector(r, "m", "r"), vector(v, "m/s", "v")
    if not np.any(r):
        raise LunarlabError("r is zero; a state at the centre of attraction is not an orbit")
    return r, v


def _straight(r: np.ndarray, v: np.ndarray, h: np.ndarray) -> bool:
    """Whether r and v, with h = r x v, lie along one line but for rounding."""
    return float(np.linalg.norm(h)) <= 1e-14 * float(np.linalg.norm(r)) * float(np.linalg.norm(v))


def speed(r_m: Any, a_m: Any, *, mu: Any) -> float:
    """Speed [m/s] at the distance `r_m` on an orbit of semi-major axis `a_m` (vis-viva): sqrt(mu (2/r - 1/a)).

    `a_m` is negative for a hyperbola and infinite for a parabola. LunarlabError if an ellipse does not reach so far.
    """
    r, a, mu = si(r_m, "m", name="r_m", low=1e-9, high=1e30), si(a_m, "m", name="a_m"), positive_mu(mu)
    square = 2.0 / r - (1.0 / a if a != 0.0 else math.inf)
    if square < 0.0:
        raise LunarlabError(f"r_m is {r:g} m; an orbit with a_m = {a:g} m reaches out to {2.0 * a:g} m at most")
    return math.sqrt(mu * square)


def circular_speed(r_m: Any, *, mu: Any) -> float:
    """Speed [m/s] on a circle of radius `r_m`: sqrt(mu / r)."""
    return math.sqrt(positive_mu(mu) / si(r_m, "m", name="r_m", low=1e-9, high=1e30))


def period(a_m: Any, *, mu: Any) -> float:
    """Period [s] of an ellipse of semi-major axis `a_m`. LunarlabError for open orbits, which have none."""
    a = si(a_m, "m", name="a_m")
    if not 0.0 < a < math.inf:
        raise LunarlabError(f"a_m is {a:g} m; only an ellipse has a period, and its a_m is positive and finite")
    return TWO_PI * math.sqrt(a * a * a / positive_mu(mu))


@kernel
def solve_kepler(M, e):
    """Eccentric anomaly of an ellipse (e < 1), or hyperbolic anomaly (e > 1), for the mean anomaly M [rad]."""
    if e < 1.0:
        turns = math.floor(M / (2.0 * math.pi) + 0.5)
        m = M - 2.0 * math.pi * turns  # -pi to pi; the answer lies within e of it
        low, high = m - e, m + e
        x = m + e * math.sin(m) / (1.0 - math.sin(m + e) + math.sin(m)) if e < 0.9 else m + 0.85 * e * np.sign(m)
    else:
        turns, m = 0.0, M
        # sinh(x) >= x: so the answer is nearer to zero than asinh(m / (e - 1)) and m / (e - 1).
        far = math.asinh(abs(m) / (e - 1.0)) + 1e-300
        low, high = -far if m < 0.0 else 0.0, 0.0 if m < 0.0 else far
        x = math.asinh(m / e)
    x = min(max(x, low), high)
    for _k in range(200):
        if e < 1.0:
            value, slope = x - e * math.sin(x) - m, 1.0 - e * math.cos(x)
        else:
            value, slope = e * math.sinh(x) - x - m, e * math.cosh(x) - 1.0
        if value > 0.0:
            high = x
        else:
            low = x
        new = x - value / slope
        if not low <= new <= high:
            new = 0.5 * (low + high)
        if abs(new - x) <= 4e-16 * max(abs(new), 1e-3) or high == low:
            x = new
            break
        x = new
    return x + 2.0 * math.pi * turns


@kernel
def _solve_all(M, e, out):
    for i in range(M.shape[0]):
        out[i] = solve_kepler(M[i], e)


def kepler_equation(M: Any, e: Any) -> Any:
    """Solve Kepler's equation.

    Parameters
    ----------
    M : float or array (n,)
        Mean anomaly [rad], any number of turns.
    e : float
        Eccentricity, not 1.

    Returns
    -------
    float or array (n,)
        E with M = E - e sin E if e < 1, else H with M = e sinh H - H.
    """
    e = si(e, "", name="e", low=0.0, high=1e6)
    if e == 1.0:
        raise LunarlabError("e is 1; a parabola has no mean anomaly (see Barker's equation), kepler() moves along one")
    flat = _row(M, "rad", "M")
    out = np.empty(flat.size)
    _solve_all(flat, e, out)
    return out if np.ndim(M) else float(out[0])


def mean_anomaly(nu_rad: Any, e: Any) -> float:
    """Mean anomaly [rad] at the true anomaly `nu_rad` (-pi to pi for e < 1): time since periapsis times mean motion."""
    nu, e = si(nu_rad, "rad", name="nu_rad"), si(e, "", name="e", low=0.0, high=1e6)
    if e < 1.0:
        turn = TWO_PI * round(nu / TWO_PI)
        half = 0.5 * (nu - turn)
        E = 2.0 * math.atan2(math.sqrt(1.0 - e) * math.sin(half), math.sqrt(1.0 + e) * math.cos(half))
        return float(turn + E - e * math.sin(E))
    if e == 1.0 or not 1.0 + e * math.cos(nu) > 0.0:
        what = "1: a parabola has no mean anomaly" if e == 1.0 else f"{e:g}: the hyperbola does not reach nu = {nu:g} rad"
        raise LunarlabError(f"e is {what}")
    H = 2.0 * math.atanh(math.sqrt((e - 1.0) / (e + 1.0)) * math.tan(0.5 * nu))
    return float(e * math.sinh(H) - H)


# -- states and elements -----------------------------------------------------------------------------------------------


def elements(r: Any, v: Any, *, mu: Any) -> Elements:
    """Elements of the orbit through a state.

    Parameters
    ----------
    r, v : array (3,)
        Position [m] and velocity [m/s].
    mu : float
        Gravitational parameter [m^3/s^2].

    Raises
    ------
    LunarlabError
        Position and velocity along one line: a fall, which these elements can't describe.
    """
    (r, v), mu = _state(r, v), positive_mu(mu)
    h = np.cross(r, v)
    distance, momentum = float(np.linalg.norm(r)), float(np.linalg.norm(h))
    if _straight(r, v, h):
        raise LunarlabError(f"v is {v} m/s, along r: a straight fall has no elements")
    energy = 0.5 * float(v @ v) - mu / distance
    eccentric = np.cross(v, h) / mu - r / distance
    e, p = float(np.linalg.norm(eccentric)), momentum * momentum / mu
    e = 1.0 if abs(e - 1.0) < 1e-15 else e
    a = math.inf if e == 1.0 else p / ((1.0 - e) * (1.0 + e)) if abs(e - 1.0) < 1e-3 else -0.5 * mu / energy
    # The node points along z x h; in the equator it is laid along x, and on a circle the periapsis along the node.
    z = h / momentum
    lean = math.hypot(z[0], z[1])
    node = np.array([-z[1], z[0], 0.0]) / lean if lean > 1e-12 else np.array([1.0, 0.0, 0.0])
    across = np.cross(z, node)
    latitude = math.atan2(float(r @ across), float(r @ node))
    argp = math.atan2(float(eccentric @ across), float(eccentric @ node)) if e > 1e-12 else 0.0
    return Elements(
        a, e, math.atan2(lean, z[2]), math.atan2(node[1], node[0]) % TWO_PI, argp % TWO_PI,
        (latitude - argp) % TWO_PI, p,
    )  # fmt: skip


def state(orbit: Elements, *, mu: Any) -> tuple[np.ndarray, np.ndarray]:
    """Position [m] and velocity [m/s], (3,) each, at the true anomaly of `orbit`: the inverse of `elements`."""
    mu = positive_mu(mu)
    angle, w, node, tilt = orbit.argp_rad + orbit.nu_rad, orbit.argp_rad, orbit.raan_rad, orbit.inclination_rad
    x = np.array([math.cos(node), math.sin(node), 0.0])
    y = np.array([-math.sin(node) * math.cos(tilt), math.cos(node) * math.cos(tilt), math.sin(tilt)])
    distance = orbit.p_m / (1.0 + orbit.e * math.cos(orbit.nu_rad))
    r = distance * (math.cos(angle) * x + math.sin(angle) * y)
    pace = math.sqrt(mu / orbit.p_m)
    v = pace * (-(math.sin(angle) + orbit.e * math.sin(w)) * x + (math.cos(angle) + orbit.e * math.cos(w)) * y)
    return r, v


# -- forward in time ---------------------------------------------------------------------------------------------------


@kernel
def stumpff(z):
    """Stumpff's functions c2 and c3 of z: (1 - cos sqrt z) / z and (sqrt z - sin sqrt z) / z^1.5, for every sign of z."""
    if z > 0.5:
        s = math.sqrt(z)
        half = math.sin(0.5 * s)
        return 2.0 * half * half / z, (s - math.sin(s)) / (z * s)
    if z < -0.5:
        s = math.sqrt(-z)
        half = math.sinh(0.5 * s)
        return -2.0 * half * half / z, (math.sinh(s) - s) / (-z * s)
    c2 = c3 = 0.0
    for k in range(9, -1, -1):  # 1/2! - z/4! + ..., 1/3! - z/5! + ..., both by Horner's rule
        c2 = (1.0 - z * c2) / ((2.0 * k + 1.0) * (2.0 * k + 2.0))
        c3 = (1.0 - z * c3) / ((2.0 * k + 2.0) * (2.0 * k + 3.0))
    return c2, c3


@kernel
def kepler_step(y, dt, mu, out):
    """Fill out (6,) with the state y (6,) [m, m/s] moved by dt [s] around a body of mu. Returns 0; 1 where it has no value."""
    r0 = math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2])
    alpha = 2.0 / r0 - (y[3] * y[3] + y[4] * y[4] + y[5] * y[5]) / mu  # 1 / a
    root = math.sqrt(mu)
    sigma = (y[0] * y[3] + y[1] * y[4] + y[2] * y[5]) / root
    if not (r0 > 0.0 and math.isfinite(alpha) and math.isfinite(dt)):
        return 1
    if alpha > 0.0:  # whole turns change nothing
        turn = 2.0 * math.pi / (root * alpha * math.sqrt(alpha))
        dt = dt - turn * math.floor(dt / turn + 0.5)
    goal = root * dt
    # Time grows with x at the rate r > 0, so there is one root: walk until it is passed, then close in on it.
    step = abs(goal) / r0 + 1e-300
    if alpha > 0.0:
        step = min(step, math.pi / math.sqrt(alpha))
    elif alpha < 0.0:
        step = min(step, 1.0 / math.sqrt(-alpha))
    low = high = 0.0
    for _k in range(1100):
        x = step if goal >= 0.0 else -step
        c2, c3 = stumpff(alpha * x * x)
        value = x * (sigma * x * c2 + (1.0 - alpha * r0) * x * x * c3 + r0) - goal
        if goal >= 0.0:
            if value >= 0.0:
                high = x
                break
            low = x
        else:
            if value <= 0.0:
                low = x
                break
            high = x
        step *= 2.0 if alpha >= 0.0 else 1.5
    x = min(max(goal * alpha, low), high) if alpha > 0.0 else 0.5 * (low + high)  # exact for a circle
    for _k in range(200):
        z = alpha * x * x
        c2, c3 = stumpff(z)
        value = x * (sigma * x * c2 + (1.0 - alpha * r0) * x * x * c3 + r0) - goal
        slope = x * x * c2 + sigma * x * (1.0 - z * c3) + r0 * (1.0 - z * c2)
        if value > 0.0:
            high = x
        else:
            low = x
        new = x - value / slope
        if not low <= new <= high:
            new = 0.5 * (low + high)
        done = abs(new - x) <= 2e-16 * abs(new)
        x = new
        if done or low == high:
            break
    z = alpha * x * x
    c2, c3 = stumpff(z)
    f = 1.0 - x * x * c2 / r0
    g = dt - x * x * x * c3 / root
    for i in range(3):
        out[i] = f * y[i] + g * y[3 + i]
    r = math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
    f_dot = root * x * (z * c3 - 1.0) / (r * r0)
    g_dot = 1.0 - x * x * c2 / r
    for i in range(3):
        out[3 + i] = f_dot * y[i] + g_dot * y[3 + i]
    return 0 if math.isfinite(out[0] + out[3]) else 1


@kernel
def _kepler_all(y, dt, mu, out):
    for i in range(dt.shape[0]):
        if kepler_step(y, dt[i], mu, out[i]) != 0:
            return i
    return -1


def _centre(r: np.ndarray, v: np.ndarray, mu: float) -> tuple[float, float]:
    """How long ago a straight path left the centre, and how soon it falls into it [s]; infinite where it never does."""
    distance = float(np.linalg.norm(r))
    alpha = 2.0 / distance - float(v @ v) / mu
    x = root = math.sqrt(2.0 * distance)  # the universal variable from the centre: r = x^2 c2 and sqrt(mu) t = x^3 c3
    if alpha != 0.0:
        half = 0.5 * root * math.sqrt(abs(alpha))
        x *= (math.asin(min(half, 1.0)) if alpha > 0.0 else math.asinh(half)) / half
    near = x**3 * stumpff(alpha * x * x)[1] / math.sqrt(mu)
    other = period(1.0 / alpha, mu=mu) - near if alpha > 0.0 else math.inf
    return (near, other) if float(r @ v) > 0.0 else (other, near)


def kepler(r: Any, v: Any, dt: Any, *, mu: Any) -> tuple[np.ndarray, np.ndarray]:
    """Move a state along its Kepler orbit, of any shape, forward or backward.

    Parameters
    ----------
    r, v : array (3,)
        Position [m] and velocity [m/s].
    dt : float or array (n,)
        Time [s].
    mu : float
        Gravitational parameter [m^3/s^2].

    Returns
    -------
    r, v : array (3,), or (n, 3) for n times

    Raises
    ------
    LunarlabError
        A state at the centre, a time that isn't finite, or a straight fall that reaches the centre in that time.
    """
    (r, v), mu = _state(r, v), positive_mu(mu)
    times, out = _row(dt, "s", "dt"), np.empty((np.size(dt), 6))
    if _straight(r, v, np.cross(r, v)):
        since, until = _centre(r, v, mu)
        through = times[(times <= -since) | (times >= until)]
        if through.size:
            raise LunarlabError(f"dt is {through[0]:g} s; from r = {r} m and v = {v} m/s the path is a straight line, from "
                                f"the centre {since:g} s before to the centre {until:g} s after")
    if (bad := _kepler_all(np.concatenate([r, v]), times, mu, out)) >= 0:
        raise LunarlabError(f"dt is {times[bad]:g} s; from r = {r} m and v = {v} m/s the orbit has no state there")
    return (out[:, :3], out[:, 3:]) if np.ndim(dt) else (out[0, :3], out[0, 3:])
