"""Gravity of the real Moon: the GRAIL field GL0660B up to degree 20, and motion in it.

Below the surface lie lumps of dense rock, the mascons. A field of degree n shows features of about 5400 km / n: degree 0 is
a point mass, degree 2 the flattening, degree 20 the large mascons, which bring a low orbit down in days.

The sums have no singularity at the poles: after Pines (Uniform representation of the gravitational potential and its
derivatives, AIAA Journal 11, 1973), with the derived Legendre functions normalised. Each order is summed from its
diagonal upward with three multiplications a term, so no table is filled in flight.

Body-fixed vectors (`_mcmf`) are in the principal axes of the field. The inertial axes (`_mci`) of `lumpy` share the Moon's
pole, and coincide with the body-fixed ones at t = 0 but for the angle `prime_meridian_rad`; the Moon turns uniformly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lunarlab.constants import OMEGA_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.integrate import rate, switch
from lunarlab.jit import kernel
from lunarlab.units import array, si

DEGREE_MAX = 20

MU, RADIUS, TURN, MERIDIAN, SURFACE, DEGREE, TABLE = range(7)
TERM = 6  # numbers a term: two of the recursion, C, S, and C, S of the order below with their factor

_FILE = Path(__file__).parent / "data" / "gl0660b_degree20.tab"


@lru_cache(maxsize=1)
def _read() -> tuple[float, float, np.ndarray, np.ndarray]:
    """GM [m3/s2], radius [m], and C, S (21, 21), normalised, from the table."""
    c, s = np.zeros((2, DEGREE_MAX + 1, DEGREE_MAX + 1))
    mu = radius = 0.0
    for line in _FILE.read_text(encoding="ascii").splitlines():
        if line.startswith("GGGRX"):
            mu, radius = (float(word) for word in line.split()[2:4])
        elif line.startswith("RECOEF"):
            n, m = int(line[6:9]), int(line[9:12])
            c[n, m], s[n, m] = float(line[12:36]), float(line[36:60])
    c[0, 0] = 1.0
    return mu, radius, c, s


def vectors(value: Any, name: str) -> np.ndarray:
    """`value` as one position or rows of them, (3,) or (n, 3) [m]; LunarlabError if it is none."""
    r = array(value, "m", name=name)
    if r.ndim not in (1, 2) or r.shape[-1] != 3:
        raise LunarlabError(f"{name} has shape {r.shape}; it must be (3,) or (n, 3)")
    return r


@dataclass(frozen=True, eq=False)
class Gravity:
    """A gravity field: `mu` [m3/s2], reference `radius_m`, `degree`, and normalised `c`, `s` (degree + 1, degree + 1)."""

    mu: float
    radius_m: float
    degree: int
    c: np.ndarray = field(repr=False)
    s: np.ndarray = field(repr=False)

    @property
    def j2(self) -> float:
        """Flattening, not normalised: minus the square root of 5 times C20."""
        return -math.sqrt(5.0) * float(self.c[2, 0]) if self.degree >= 2 else 0.0

    def unnormalised(self, n: int, m: int) -> tuple[float, float]:
        """C and S of degree `n` and order `m` without normalisation."""
        if not 0 <= m <= n <= self.degree:
            raise LunarlabError(f"n = {n}, m = {m}: they must satisfy 0 <= m <= n <= {self.degree}")
        factor = math.sqrt((2.0 - (m == 0)) * (2 * n + 1) * math.factorial(n - m) / math.factorial(n + m))
        return factor * float(self.c[n, m]), factor * float(self.s[n, m])

    def params(
        self, *, rotation_rate: float = OMEGA_MOON, prime_meridian_rad: float = 0.0, surface_m: float = R_MOON
    ) -> np.ndarray:
        """What `lumpy` and the switches read: the field as one flat array.

        `rotation_rate` [rad/s] is the Moon's, `prime_meridian_rad` its angle at t = 0, `surface_m` where `surface` lies.
        """
        head = [self.mu, self.radius_m, rotation_rate, prime_meridian_rad, surface_m, float(self.degree)]
        return np.concatenate((head, self._terms))

    @property
    def _terms(self) -> np.ndarray:
        rows = []
        for m in range(self.degree + 1):
            for n in range(m, self.degree + 1):
                up = down = 0.0
                if n > m:
                    up = math.sqrt((4.0 * n * n - 1.0) / ((n - m) * (n + m)))
                if n > m + 1:
                    down = math.sqrt((2.0 * n + 1.0) * (n - m - 1) * (n + m - 1) / ((2.0 * n - 3.0) * (n + m) * (n - m)))
                below = math.sqrt((1.0 if m > 1 else 0.5) * (n + m) * (n - m + 1)) if m else 0.0
                c_below, s_below = (self.c[n, m - 1], self.s[n, m - 1]) if m else (0.0, 0.0)
                rows.append([up, down, self.c[n, m], self.s[n, m], below * c_below, below * s_below])
        return np.array(rows).ravel()

    def acceleration(self, r_mcmf: Any) -> np.ndarray:
        """Acceleration [m/s2] at body-fixed positions `r_mcmf` (3,) or (n, 3) [m]; same shape."""
        return self._evaluate(r_mcmf)[..., :3]

    def potential(self, r_mcmf: Any) -> np.ndarray:
        """Potential [m2/s2], positive, at body-fixed positions `r_mcmf` (3,) or (n, 3) [m]; shape () or (n,)."""
        return self._evaluate(r_mcmf)[..., 3]

    def _evaluate(self, r_mcmf: Any) -> np.ndarray:
        r = vectors(r_mcmf, "r_mcmf")
        points = np.ascontiguousarray(r.reshape(-1, 3))
        if np.any(np.sum(points * points, axis=1) == 0.0):
            raise LunarlabError("r_mcmf holds the centre of the Moon, where gravity has no value")
        values: np.ndarray = evaluate_rows(points, self.params())
        return values.reshape((*r.shape[:-1], 4))


def gravity(degree: Any = DEGREE_MAX) -> Gravity:
    """The field GL0660B up to `degree` and the same order, 0 to 20. Degree 0 is a point mass with the field's own GM.

    Source: Konopliv et al. (2013), J. Geophys. Res. Planets 118; coefficients of the PDS, beside this file.
    """
    checked = si(degree, "", name="degree", low=0, high=DEGREE_MAX)
    if checked != int(checked):
        raise LunarlabError(f"degree is {checked:g}; it must be a whole number from 0 to {DEGREE_MAX}")
    n = int(checked)
    mu, radius, c, s = _read()
    return Gravity(mu, radius, n, c[: n + 1, : n + 1].copy(), s[: n + 1, : n + 1].copy())


@kernel
def pines(x, y, z, p):
    """(ax, ay, az, potential) at a body-fixed position, with p from `Gravity.params`.

    Names as in Pines: s, t, u are the direction; `re`, `im` the powers of s + it. Below, `a` is the derived Legendre
    function of degree n and order m times (radius / r)^n.
    """
    r = math.sqrt(x * x + y * y + z * z)
    s, t, u = x / r, y / r, z / r
    q = p[RADIUS] / r
    qu, qq = q * u, q * q
    degree = int(p[DEGREE])
    a1 = a2 = a3 = a4 = total = 0.0
    re, im, re_below, im_below = 1.0, 0.0, 0.0, 0.0
    diagonal = 1.0
    k = TABLE
    for m in range(degree + 1):
        if m > 0:
            diagonal *= q * math.sqrt(3.0 if m == 1 else (2.0 * m + 1.0) / (2.0 * m))
            re_below, im_below = re, im
            re, im = s * re_below - t * im_below, s * im_below + t * re_below
        a, a_before = diagonal, 0.0
        sum_c = sum_s = weighed_c = weighed_s = below_c = below_s = 0.0
        for n in range(m, degree + 1):
            if n > m:
                a, a_before = p[k] * qu * a - p[k + 1] * qq * a_before, a
            c, d, weight = a * p[k + 2], a * p[k + 3], n + m + 1.0
            sum_c += c
            sum_s += d
            weighed_c += weight * c
            weighed_s += weight * d
            below_c += a * p[k + 4]
            below_s += a * p[k + 5]
            k += TERM
        total += sum_c * re + sum_s * im
        a1 += m * (sum_c * re_below + sum_s * im_below)
        a2 += m * (sum_s * re_below - sum_c * im_below)
        a3 += below_c * re_below + below_s * im_below
        a4 += weighed_c * re + weighed_s * im
    a4 += u * a3
    size = p[MU] / (r * r)
    return size * (a1 - a4 * s), size * (a2 - a4 * t), size * (a3 - a4 * u), size * r * total


@kernel
def evaluate_rows(r, p):
    """`pines` for rows of positions: (n, 4)."""
    out = np.empty((r.shape[0], 4))
    for i in range(r.shape[0]):
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = pines(r[i, 0], r[i, 1], r[i, 2], p)
    return out


@rate
def lumpy(t, y, p, out):
    """Motion about the turning Moon in inertial axes: y = [r_mci (3), v_mci (3)], p from `Gravity.params`."""
    if y[0] * y[0] + y[1] * y[1] + y[2] * y[2] < 1e10:  # 100 km from the centre the series has long lost its meaning
        return 1
    angle = p[MERIDIAN] + p[TURN] * t
    cos, sin = math.cos(angle), math.sin(angle)
    ax, ay, az, _ = pines(cos * y[0] + sin * y[1], cos * y[1] - sin * y[0], y[2], p)
    out[0], out[1], out[2] = y[3], y[4], y[5]
    out[3] = cos * ax - sin * ay
    out[4] = sin * ax + cos * ay
    out[5] = az
    return 0


@switch
def surface(t, y, p):
    """Falls through zero at the surface."""
    return math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2]) - p[SURFACE]


@switch
def apsis(t, y, p):
    """Rises through zero at a perilune, falls through it at an apolune."""
    return y[0] * y[3] + y[1] * y[4] + y[2] * y[5]
