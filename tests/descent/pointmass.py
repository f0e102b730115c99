"""A flight without rooms: a point mass with an ideal engine over a round Moon, guided by the truth, in plain Python.

Nothing here comes from the tick loop, so that laws and bounds can be held against each other outside of it. Axes are the
site's: Cartesian, origin at the target on the mean sphere, forward, left, up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.constants import G0, MU_MOON, R_MOON
from lunarlab.descent import guidance as g

CENTRE = np.array([0.0, 0.0, -R_MOON])


@dataclass(frozen=True)
class Engine:
    """Thrust between two limits; in the gap between `gap` fractions of the largest it stays at the upper end."""

    mass_kg: float = 772.0
    thrust_newton: float = 1600.0
    least_newton: float = 0.0
    isp_s: float = 300.0
    gap: tuple[float, float] = (1.0, 1.0)
    vertical_first: bool = True
    """What gives way when a law asks for more than there is: the horizontal part, or all of it alike."""


@dataclass(frozen=True)
class Path:
    """Histories of a flight: time [s], position and velocity (n, 3) in the axes of the site, mass [kg], thrust [N], phase."""

    t: np.ndarray
    r: np.ndarray
    v: np.ndarray
    mass: np.ndarray
    thrust: np.ndarray
    asked: np.ndarray
    phase: np.ndarray

    @property
    def propellant_kg(self) -> float:
        return float(self.mass[0] - self.mass[-1])

    @property
    def height(self) -> np.ndarray:
        return np.linalg.norm(self.r - CENTRE, axis=1) - R_MOON

    def at(self, phase: int) -> int:
        """Index of the first row of a phase."""
        return int(np.argmax(self.phase >= phase))


def local(r: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    """Rows forward, left, up of the local level at r, and the arcs x, y and the height z."""
    d = r - CENTRE
    size = float(np.linalg.norm(d))
    theta, phi = math.atan2(d[0], d[2]), math.asin(d[1] / size)
    up = d / size
    forward = np.array([math.cos(theta), 0.0, -math.sin(theta)])
    return np.array([forward, np.cross(up, forward), up]), theta * R_MOON, phi * R_MOON, size - R_MOON


def start(to_go: float, height: float, speed: float, down: float = 0.0, left: float = 0.0) -> np.ndarray:
    """State (6,) on the track `to_go` metres before the target and `left` beside it, flying level at that speed."""
    theta, phi = -to_go / R_MOON, left / R_MOON
    d = np.array([math.cos(phi) * math.sin(theta), math.sin(phi), math.cos(phi) * math.cos(theta)])
    r = d * (R_MOON + height) + CENTRE
    return np.concatenate([r, speed * local(r)[0][0] - down * d])


def estimate(t: float, y: np.ndarray, mass: float, engine: Engine, phase: int, since: float, target: tuple[float, float]) -> np.ndarray:
    """`est` as the lander's law sees it, from the truth."""
    axes, x, left, z = local(y[:3])
    est = np.zeros(g.EST_SIZE)
    est[:6] = x, left, z, *(axes @ y[3:6])
    est[g.MASS], est[g.PHASE], est[g.A_MAX], est[g.A_MIN] = mass, phase, engine.thrust_newton / mass, engine.least_newton / mass
    est[g.RADIUS], est[g.TARGET_X], est[g.TARGET_Y] = R_MOON, *target
    est[g.HOVER] = MU_MOON / (R_MOON + z) ** 2 - (est[g.VX] ** 2 + est[g.VY] ** 2) / (R_MOON + z)
    est[g.T_BURN], est[g.T_PHASE], est[g.PITCH] = t, t - since, math.pi / 2
    return est


def thrust_of(a: np.ndarray, mass: float, engine: Engine) -> np.ndarray:
    """Force [N] forward, left, up that the engine gives for the wanted acceleration: limits, then the gap."""
    force = mass * np.array([a[0], a[1], max(a[2], 0.0)])
    size = float(np.linalg.norm(force))
    if size > engine.gap[0] * engine.thrust_newton:
        size_given = max(min(size, engine.thrust_newton), engine.gap[1] * engine.thrust_newton)
    else:
        size_given = max(size, engine.least_newton)
    if size < 1e-9:
        return np.zeros(3)
    if engine.vertical_first and size > engine.thrust_newton:
        up = min(force[2], engine.thrust_newton)
        level = math.sqrt(engine.thrust_newton**2 - up**2)
        flat = math.hypot(force[0], force[1])
        return np.array([force[0] / flat * level, force[1] / flat * level, up]) if flat > 0.0 else np.array([0.0, 0.0, up])
    return force / size * size_given


def fly(
    y: np.ndarray, engine: Engine, guidance: g.Guidance | None = None, *, law=None, target=(0.0, 0.0), tick: float = 0.5,
    until: int = 99, horizon: float = 1500.0,
) -> Path:  # fmt: skip
    """From braking to the ground (or to the phase `until`), by Guidance or by law(t, est) -> (ax, ay, az)."""
    p = g.pack_guidance(guidance or g.Guidance())
    t, mass, phase, since, rows = 0.0, engine.mass_kg, g.BRAKE, 0.0, []
    y = y.astype(float)
    while t < horizon:
        est = estimate(t, y, mass, engine, phase, since, target)
        new = g.next_phase(phase, est, p)
        if new != phase:
            phase, since = new, t
            est[g.PHASE], est[g.T_PHASE] = phase, 0.0
        a = g.builtin_law(t, est, p) if law is None else law(t, est)
        force = thrust_of(np.array(a), mass, engine)
        rows.append((t, *y, mass, float(np.linalg.norm(force)), mass * float(np.linalg.norm(a)), phase))
        if phase >= until or mass < 1.0:
            break
        step = tick if est[g.Z] > 50.0 else 0.1 * tick
        f_site, flow = force @ local(y[:3])[0], rows[-1][8] / (engine.isp_s * G0)
        y = rk4(y, mass, f_site, flow, step)
        mass -= flow * step
        t += step
        if np.linalg.norm(y[:3] - CENTRE) < R_MOON:
            rows.append((t, *y, mass, 0.0, 0.0, phase))
            break
    table = np.array(rows)
    return Path(table[:, 0], table[:, 1:4], table[:, 4:7], table[:, 7], table[:, 8], table[:, 9], table[:, 10])


def rk4(y: np.ndarray, mass: float, force: np.ndarray, flow: float, h: float) -> np.ndarray:
    """One Runge-Kutta step with a force that keeps its direction in the axes of the site."""

    def slope(s: float, z: np.ndarray) -> np.ndarray:
        d = z[:3] - CENTRE
        return np.concatenate([z[3:], -MU_MOON * d / np.dot(d, d) ** 1.5 + force / (mass - flow * s)])

    a = slope(0.0, y)
    b = slope(0.5 * h, y + 0.5 * h * a)
    c = slope(0.5 * h, y + 0.5 * h * b)
    d = slope(h, y + h * c)
    return y + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
