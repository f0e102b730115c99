"""Linear covariance along an arc of the bicircular model: how a small error at departure has grown, and turned, on the way.

The state-transition matrix Phi is integrated beside the trajectory (variational equations), and a covariance goes with it as
P = Phi P0 Phi^T. That holds as long as the spread is small against the curvature of the flow: `sampled` flies a cloud through
the full equations to see. Everything is without units, as in `bicircular`; the Sun's place is known exactly.

Source of the method: Tapley, Schutz and Born, Statistical Orbit Determination (2004), section 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab import integrate
from lunarlab.errors import LunarlabError
from lunarlab.transfer import bicircular as bc
from lunarlab.units import array, si

STEERS = np.array([1.0] * 6 + [math.inf] * 38)  # the state chooses the steps; Sun and derivatives follow
PLANE = np.array([0, 1, 3, 4])  # of x, y, z, vx, vy, vz
_IDENTITY = np.eye(6).ravel()


@integrate.rate.needing(5)
def bicircular_stm(t, y, p, out):
    """`bicircular.equations` in the first 8 places, then d state / d state(0) row by row (36 numbers)."""
    mu, earth, omega, k, m_sun = p[0], p[1], p[2], p[3], p[4]
    x, v, z, c, s = y[0], y[1], y[2], y[6], y[7]
    x1, x2, x3, v3 = x + mu, x - earth, x - c, v - s
    flat = v * v + z * z
    q1, q2, q3 = x1 * x1 + flat, x2 * x2 + flat, x3 * x3 + v3 * v3 + z * z
    if q1 == 0.0 or q2 == 0.0 or q3 == 0.0:
        return 1
    g1, g2, g3 = earth / (q1 * math.sqrt(q1)), mu / (q2 * math.sqrt(q2)), m_sun / (q3 * math.sqrt(q3))
    out[0], out[1], out[2] = y[3], y[4], y[5]
    out[3] = 2.0 * y[4] + x - g1 * x1 - g2 * x2 - g3 * x3 - k * c
    out[4] = -2.0 * y[3] + v - (g1 + g2) * v - g3 * v3 - k * s
    out[5] = -(g1 + g2 + g3) * z
    out[6], out[7] = -omega * s, omega * c
    # Second derivatives of the potential.
    h1, h2, h3 = 3.0 * g1 / q1, 3.0 * g2 / q2, 3.0 * g3 / q3
    pull = g1 + g2 + g3
    xx = 1.0 - pull + h1 * x1 * x1 + h2 * x2 * x2 + h3 * x3 * x3
    yy = 1.0 - pull + (h1 + h2) * v * v + h3 * v3 * v3
    zz = -pull + (h1 + h2 + h3) * z * z
    xy = (h1 * x1 + h2 * x2) * v + h3 * x3 * v3
    xz = (h1 * x1 + h2 * x2 + h3 * x3) * z
    yz = ((h1 + h2) * v + h3 * v3) * z
    for j in range(8, 14):
        out[j] = y[j + 18]
        out[j + 6] = y[j + 24]
        out[j + 12] = y[j + 30]
        out[j + 18] = xx * y[j] + xy * y[j + 6] + xz * y[j + 12] + 2.0 * y[j + 24]
        out[j + 24] = xy * y[j] + yy * y[j + 6] + yz * y[j + 12] - 2.0 * y[j + 18]
        out[j + 30] = xz * y[j] + yz * y[j + 6] + zz * y[j + 12]
    return 0


@dataclass(frozen=True)
class Spread:
    """A covariance along an arc. Without units: `t` (n,), states `y` (n, 8), `stm` and `covariance` (n, 6, 6)."""

    system: bc.Bicircular
    t: np.ndarray
    y: np.ndarray
    stm: np.ndarray
    covariance: np.ndarray

    @property
    def sigma_position_m(self) -> np.ndarray:
        """1-sigma of position [m] along its worst direction, (n,)."""
        return self._worst(slice(0, 3)) * self.system.length_m

    @property
    def sigma_velocity_mps(self) -> np.ndarray:
        """1-sigma of velocity [m/s] along its worst direction, (n,)."""
        return self._worst(slice(3, 6)) * self.system.velocity_mps

    def _worst(self, part: slice) -> np.ndarray:
        # A covariance that has been squeezed flat has eigenvalues that rounding can push below zero.
        root: np.ndarray = np.sqrt(np.linalg.eigvalsh(self.covariance[:, part, part])[:, -1].clip(0.0))
        return root


def covariance_along(
    system: bc.Bicircular, state: Any, duration: float, covariance: Any, *, times: Any = (), tolerance: float = 1e-13
) -> Spread:
    """Carry the covariance of a departure state along the trajectory that it starts.

    Parameters
    ----------
    system : Bicircular
    state : array (8,)
        As from `Bicircular.state`.
    duration : float
        Without unit; backward if negative.
    covariance : array (6, 6) or (4, 4)
        Of x, y, z, vx, vy, vz, or of x, y, vx, vy in the plane; in units of the system.
    times : array (n,)
        Times since the start at which the spread is wanted; without them, at the end alone.
    tolerance : float
        Of the integrator, relative and absolute: its errors grow on the way like those of the start.

    Returns
    -------
    Spread

    Raises
    ------
    LunarlabError
        A covariance that is not symmetric or has a negative variance; another shape; a trajectory into a body's centre.

    Examples
    --------
    ``covariance_along(DE432, state, 8.3, P0).sigma_position_m[-1]`` is the 1-sigma error of the arrival.
    """
    start = array(state, "", name="state (see Bicircular.state)", shape=(8,))
    duration = si(duration, "", name="duration", low=-1e5, high=1e5)
    before = _covariance(covariance)
    arc = integrate.propagate(
        bicircular_stm, np.concatenate([start, _IDENTITY]), duration, system.params, times=times, rtol=tolerance,
        atol=tolerance * STEERS,
    )  # fmt: skip
    t, rows = (arc.t, arc.y) if arc.t.size else (np.array([arc.t_end]), arc.y_end[None, :])
    phi = rows[:, 8:].reshape(-1, 6, 6)
    after = phi @ before @ phi.transpose(0, 2, 1)
    return Spread(system, t, rows[:, :8], phi, 0.5 * (after + after.transpose(0, 2, 1)))


def sampled(
    system: bc.Bicircular, state: Any, duration: float, covariance: Any, *, samples: int = 300, seed: int = 0
) -> np.ndarray:
    """End states (samples, 8) of a Gaussian cloud around a departure state, each flown through the full equations.

    Parameters are those of `covariance_along`; `seed` is the cloud's. LunarlabError if a trajectory ends in a body.
    """
    start = array(state, "", name="state (see Bicircular.state)", shape=(8,))
    duration = si(duration, "", name="duration", low=-1e5, high=1e5)
    count, seed = int(si(samples, "", name="samples", low=2, high=1e7)), int(si(seed, "", name="seed", low=0, high=2**63))
    values, vectors = np.linalg.eigh(_covariance(covariance))
    y0 = np.tile(start, (count, 1))
    # By eigenvectors and not by Cholesky's factor: a covariance may be flat, as one in the plane is.
    y0[:, :6] += np.random.default_rng(seed).standard_normal((count, 6)) * np.sqrt(values.clip(0.0)) @ vectors.T
    ends, _, status = integrate.propagate_rows(bc.equations, y0, duration, system.params, rtol=bc.RTOL, atol=bc.TOLERANCE)
    lost = np.count_nonzero(status != integrate.END)
    if lost:
        raise LunarlabError(f"{lost} of {count} trajectories could not be followed to the end")
    return ends


def _covariance(given: Any) -> np.ndarray:
    """A covariance (6, 6) from one of six or, in the plane, four numbers; checked."""
    small = array(given, "", name="covariance")
    if small.shape not in ((4, 4), (6, 6)):
        raise LunarlabError(f"covariance has the shape {small.shape}; it must be (6, 6), or (4, 4) in the plane")
    full = np.zeros((6, 6))
    where = PLANE if len(small) == 4 else np.arange(6)
    full[np.ix_(where, where)] = small
    sigma = np.sqrt(np.diag(full).clip(0.0))
    scale = np.where(sigma > 0.0, sigma, 1.0)
    correlation = full / np.outer(scale, scale)  # so that large entries don't hide what is wrong with small ones
    if np.diag(full).min() < 0.0:
        raise LunarlabError(f"covariance holds a variance of {np.diag(full).min():g}; its diagonal must be at least 0")
    if np.abs(correlation - correlation.T).max() > 1e-9:
        raise LunarlabError("covariance is not symmetric; entries (i, j) and (j, i) must be equal")
    least = float(np.linalg.eigvalsh(0.5 * (correlation + correlation.T))[0])
    if least < -1e-9:
        raise LunarlabError(f"covariance has a negative variance along some direction: {least:g} of its correlations' "
                            "eigenvalues; all must be at least 0")
    return 0.5 * (full + full.T)
