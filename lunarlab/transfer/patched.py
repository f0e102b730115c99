"""The lunar patched conic: an ellipse around the Earth up to the Moon's sphere of influence, a hyperbola inside it.

The method is that of Bate, Mueller and White, Fundamentals of Astrodynamics (1971), section 7.4, in the plane of the Moon's
orbit. It is a first guess, as they say: near the Moon the perilune reacts to everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import DISTANCE_MOON, MU_EARTH, MU_MOON, R_MOON, R_SOI_MOON
from lunarlab.errors import LunarlabError
from lunarlab.twobody import mean_anomaly, positive_mu
from lunarlab.units import si


@dataclass(frozen=True)
class PatchedConic:
    """What the patched conic gives, named as in the book. Angles in rad, the rest in SI.

    Around the Earth: `energy_m2ps2`, `h_m2ps`, `e`; at the sphere of influence: `r1_m`, `v1_mps`, flight-path angle
    `phi1_rad`, angle `gamma1_rad` by which the point of arrival is ahead of the Moon; `tof_s` from injection to there;
    `gamma0_rad`, by which the Moon is ahead at injection. Relative to the Moon: `v2_mps`, `epsilon2_rad` between the velocity
    and the line to the Moon's centre (positive: it goes round counter-clockwise, as the Moon does), `v_infinity_mps` (0 if
    captured), `e_moon`, `perilune_m` from the centre, `v_perilune_mps`; `impact`: the perilune lies below the surface.
    """

    energy_m2ps2: float
    h_m2ps: float
    e: float
    r1_m: float
    v1_mps: float
    phi1_rad: float
    gamma1_rad: float
    tof_s: float
    gamma0_rad: float
    v2_mps: float
    epsilon2_rad: float
    v_infinity_mps: float
    e_moon: float
    perilune_m: float
    v_perilune_mps: float
    impact: bool


def _since_perigee(nu: float, e: float, p: float, mu: float) -> float:
    """Time [s] from perigee to the true anomaly `nu`, for every shape of orbit."""
    if abs(e - 1.0) > 1e-2:
        return mean_anomaly(nu, e) * math.sqrt((p / abs(1.0 - e * e)) ** 3 / mu)
    # Near the parabola Kepler's equation loses its digits. In D = tan(nu / 2) the integrand of r^2 / h is smooth.
    x, w = np.polynomial.legendre.leggauss(60)
    end, lam = math.tan(0.5 * nu), (1.0 - e) / (1.0 + e)
    D = 0.5 * end * (x + 1.0)
    integral = 0.5 * end * float(np.sum(w * (1.0 + D * D) / (1.0 + lam * D * D) ** 2))
    return 2.0 * math.sqrt(p**3 / mu) * integral / (1.0 + e) ** 2


def patched_conic(
    r0_m: Any,
    v0_mps: Any,
    phi0_rad: Any,
    lambda1_rad: Any,
    *,
    mu_earth: Any = MU_EARTH,
    mu_moon: Any = MU_MOON,
    distance_m: Any = DISTANCE_MOON,
    r_soi_m: Any = R_SOI_MOON,
    v_moon_mps: Any = None,
    omega_moon_radps: Any = None,
    radius_moon_m: Any = R_MOON,
) -> PatchedConic:
    """From injection to perilune by two conics, with every constant an argument.

    Parameters
    ----------
    r0_m, v0_mps, phi0_rad : float
        Distance from the Earth's centre, speed and flight-path angle at injection; the angle -1.57
        to 1.57: a path straight up has no perigee to count time from.
    lambda1_rad : float
        Where the sphere of influence is crossed: the angle at the Moon between the Earth and that point, -pi to pi;
        positive ahead of the Moon.
    mu_earth, mu_moon, distance_m, r_soi_m, radius_moon_m
        Constants of Earth and Moon, and the radius of the sphere of influence.
    v_moon_mps, omega_moon_radps : float, optional
        Speed and angular rate of the Moon; circular motion of the two masses if not given.

    Returns
    -------
    PatchedConic

    Raises
    ------
    LunarlabError
        The orbit does not reach the sphere of influence, or meets this point of it from inside.
    """
    mu, mu_m = positive_mu(mu_earth), positive_mu(mu_moon)
    D = si(distance_m, "m", name="distance_m", low=1e6, high=1e12)
    Rs = si(r_soi_m, "m", name="r_soi_m", low=1e3, high=0.99 * D)
    r0, v0 = si(r0_m, "m", name="r0_m", low=1e3, high=D - Rs), si(v0_mps, "m/s", name="v0_mps", low=0.0, high=1e6)
    phi0 = si(phi0_rad, "rad", name="phi0_rad", low=-1.57, high=1.57)
    lam = si(lambda1_rad, "rad", name="lambda1_rad", low=-math.pi, high=math.pi)
    radius = si(radius_moon_m, "m", name="radius_moon_m", low=0.0, high=Rs)
    omega = math.sqrt((mu + mu_m) / D**3)
    if omega_moon_radps is not None:
        omega = si(omega_moon_radps, "rad/s", name="omega_moon_radps", low=0.0, high=1.0)
    v_moon = omega * D if v_moon_mps is None else si(v_moon_mps, "m/s", name="v_moon_mps", low=0.0, high=1e5)

    energy, h = 0.5 * v0 * v0 - mu / r0, r0 * v0 * math.cos(phi0)
    r1 = math.sqrt(D * D + Rs * Rs - 2.0 * D * Rs * math.cos(lam))
    square = 2.0 * (energy + mu / r1)
    p = h * h / mu
    e = math.sqrt(max(0.0, 1.0 + 2.0 * energy * p / mu))
    reach = p / (1.0 - e) if e < 1.0 else math.inf
    if square <= 0.0 or h > r1 * math.sqrt(square):
        need = math.sqrt(2.0 * mu * (1.0 / r0 - 1.0 / (r0 + r1)))
        raise LunarlabError(
            f"v0_mps is {v0:.3f} m/s; that orbit reaches {reach:.6g} m, and the sphere of influence is crossed at "
            f"{r1:.6g} m: from r0_m = {r0:.6g} m that needs about {need:.3f} m/s"
        )
    v1 = math.sqrt(square)
    phi1 = math.acos(h / (r1 * v1))
    gamma1 = math.asin(Rs * math.sin(lam) / r1)
    nu0 = math.atan2(h * v0 * math.sin(phi0), h * h / r0 - mu) if e > 1e-12 else 0.0
    nu1 = math.acos(max(-1.0, min(1.0, (p / r1 - 1.0) / e)))
    tof = _since_perigee(nu1, e, p, mu) - _since_perigee(nu0, e, p, mu)

    # Relative to the Moon: x away from the Earth, y along the Moon's motion.
    vx, vy = v1 * math.sin(phi1 - gamma1), v1 * math.cos(phi1 - gamma1) - v_moon
    px, py = -Rs * math.cos(lam), Rs * math.sin(lam)
    v2 = math.hypot(vx, vy)
    inward = -(px * vx + py * vy) / Rs
    if inward <= 0.0:
        raise LunarlabError(f"lambda1_rad is {lam:g} ({math.degrees(lam):g} deg); there the orbit leaves the sphere of "
                            "influence instead of entering it")
    spin = px * vy - py * vx
    epsilon2 = math.asin(max(-1.0, min(1.0, spin / (Rs * v2))))
    energy_m = 0.5 * v2 * v2 - mu_m / Rs
    p_m = spin * spin / mu_m
    e_m = math.sqrt(max(0.0, 1.0 + 2.0 * energy_m * p_m / mu_m))
    perilune = p_m / (1.0 + e_m)
    v_perilune = abs(spin) / perilune if perilune > 0.0 else math.inf
    return PatchedConic(
        energy, h, e, r1, v1, phi1, gamma1, tof, nu1 - nu0 - gamma1 - omega * tof, v2, epsilon2,
        math.sqrt(max(0.0, 2.0 * energy_m)), e_m, perilune, v_perilune, perilune < radius,
    )  # fmt: skip
