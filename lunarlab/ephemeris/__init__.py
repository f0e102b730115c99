"""Where the Moon and the Sun are, how the Moon and the Earth are turned, and what time it is.

Inside, a date is one float: seconds of barycentric dynamical time (TDB) after J2000 (2000-01-01 12:00 TDB). `tdb` makes
it from whatever a person writes, `iso` writes it back.

`ephemeris` fits a table of Chebyshev polynomials to a theory or to a kernel file, once; after that a position costs
some ten nanoseconds, also inside equations of motion (`moon_at`, `sun_at`, `bodies_at`). Positions are geometric, seen
from the Earth's centre, along the axes of the ICRF: no light time, no aberration. The built-in theory needs no file and
no network; how far it is off stands in `Ephemeris.error`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lunarlab.constants import AU, DAY
from lunarlab.ephemeris.dates import FIRST_S, J2000, LAST_S, erfa, iso, tdb
from lunarlab.ephemeris.orientation import earth_rotation, moon_orientation
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import array

__all__ = [
    "Ephemeris", "bodies_at", "earth_rotation", "ephemeris", "iso", "moon", "moon_at", "moon_orientation", "sun", "sun_at",
    "tdb",
]  # fmt: skip

# The table: three numbers, then for each interval the coefficients of the Moon (x, y, z) and of the Sun (x, y, z).
# With these numbers the fit is within 0.5 mm (Moon) and 2 cm (Sun) of the theory, the rounding of its own arguments.
STEP = 2.0 * DAY
MOON_TERMS, SUN_TERMS = 10, 7
HEAD, ROW = 3, 3 * (MOON_TERMS + SUN_TERMS)
GRID = (2_440_400.5 - J2000) * DAY  # intervals begin where those of the JPL ephemerides do
BLOCK = 32  # intervals that are fitted together and kept

_THEORY = "ELP 2000-82 as abridged by Meeus (erfa.moon98) for the Moon, VSOP2000 (erfa.epv00) for the Sun"
_THEORY_ERROR = (
    "Moon: 6.3 km rms and 28 km at most against DE421 over 1975-2038, 0.036 m/s rms against ELP/MPP02; "
    "Sun: 3.7 km rms and 11 km at most, 0.0014 m/s rms against DE405"
)


@dataclass(frozen=True, eq=False)
class Ephemeris:
    """Moon and Sun from `start_s` to `end_s` [s TDB after J2000]; made by `ephemeris`.

    `table` (k,) is the flat array of Chebyshev coefficients that the kernels read; it can be part of the params of a
    `rate`. `source` says what it was fitted to, `error` how far that is from the truth.
    """

    start_s: float
    end_s: float
    source: str
    error: str
    table: np.ndarray = field(repr=False)

    def check(self, t: Any, name: str = "t") -> None:
        """Raise LunarlabError if one of the dates `t` lies outside."""
        low, high = float(np.min(t)), float(np.max(t))
        if not (self.start_s <= low and high <= self.end_s):
            wrong = high if self.start_s <= low else low
            said = iso(wrong) if FIRST_S <= wrong <= LAST_S else f"{wrong:g} s after J2000"
            raise LunarlabError(f"{name} is {said}; this ephemeris holds {iso(self.start_s)} to {iso(self.end_s)}. "
                                "Make one with ephemeris(start, end) that holds it")


def _nodes(terms: int) -> tuple[np.ndarray, np.ndarray]:
    """Chebyshev points with both ends, and the matrix from values there to coefficients.

    Both ends are points: so neighbouring intervals agree where they meet, and the integrator sees no step.
    """
    angle = np.pi * np.arange(terms) / (terms - 1)
    basis = np.cos(np.outer(angle, np.arange(terms)))
    return np.cos(angle), np.linalg.inv(basis)


def _fit(moon_of: Any, sun_of: Any, first: int, count: int) -> np.ndarray:
    """Coefficients (count, ROW) of the intervals from number `first`; functions of TDB days after J2000 give metres."""
    middle = GRID + STEP * (first + np.arange(count) + 0.5)
    parts = []
    for terms, function in ((MOON_TERMS, moon_of), (SUN_TERMS, sun_of)):
        x, to_coefficients = _nodes(terms)
        values = function((middle[:, None] + 0.5 * STEP * x) / DAY)  # (count, terms, 3)
        parts.append(np.einsum("kj,njc->nck", to_coefficients, values).reshape(count, -1))
    rows = np.hstack(parts)
    rows.setflags(write=False)
    return rows


@lru_cache(maxsize=512)
def _theory_block(number: int) -> np.ndarray:
    def moon_of(days: np.ndarray) -> np.ndarray:
        return np.asarray(erfa().moon98(J2000, days)["p"]) * AU

    def sun_of(days: np.ndarray) -> np.ndarray:
        return np.asarray(erfa().epv00(J2000, days)[0]["p"]) * -AU

    return _fit(moon_of, sun_of, number * BLOCK, BLOCK)


def _from_theory(first: int, count: int) -> np.ndarray:
    blocks = range(first // BLOCK, (first + count - 1) // BLOCK + 1)
    rows = np.concatenate([_theory_block(number) for number in blocks])
    skip = first - blocks[0] * BLOCK
    return rows[skip : skip + count]


@lru_cache(maxsize=8)
def _from_kernel(path: str, _changed: float, first: int, count: int) -> np.ndarray:
    """The same from a JPL kernel (.bsp): Moon and Sun as seen from the Earth by way of the barycentres."""
    try:
        from jplephem.spk import SPK  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise LunarlabError(f"to read {path} the package jplephem is needed: pip install jplephem") from error
    try:
        spk = SPK.open(path)
    except Exception as error:
        raise LunarlabError(f"kernel is {path!r}, which can't be read as a JPL kernel (.bsp): {error}") from error
    try:
        missing = [f"{a}->{b}" for a, b in ((0, 3), (0, 10), (3, 301), (3, 399)) if (a, b) not in spk.pairs]
        if missing:
            raise LunarlabError(f"kernel is {path!r}; it lacks the segments {', '.join(missing)}")
        used = [spk[0, 3], spk[0, 10], spk[3, 301], spk[3, 399]]
        low, high = (max(s.start_jd for s in used) - J2000) * DAY, (min(s.end_jd for s in used) - J2000) * DAY
        start, end = GRID + first * STEP, GRID + (first + count) * STEP
        if start < low or end > high:
            raise LunarlabError(f"start and end are {iso(start)} and {iso(end)}, in whole intervals of two days; "
                                f"{path!r} holds {iso(max(low, FIRST_S))} to {iso(min(high, LAST_S))}")

        def at(segment: Any, days: np.ndarray) -> Any:
            return np.asarray(segment.compute(J2000, days.ravel())[:3]).T.reshape(*days.shape, 3) * 1000.0

        def moon_of(days: np.ndarray) -> Any:
            return at(spk[3, 301], days) - at(spk[3, 399], days)

        def sun_of(days: np.ndarray) -> Any:
            return at(spk[0, 10], days) - at(spk[0, 3], days) - at(spk[3, 399], days)

        return _fit(moon_of, sun_of, first, count)
    finally:
        spk.close()


def ephemeris(start: Any, end: Any, *, kernel: str | Path | None = None) -> Ephemeris:
    """Moon and Sun between two dates, from the built-in theory or from a kernel file.

    Parameters
    ----------
    start, end : date
        As `tdb` takes them; rounded outwards to whole intervals of two days.
    kernel : path, optional
        A JPL ephemeris (DE421, DE440, ...) as .bsp file. It is not downloaded: put it there yourself.

    Returns
    -------
    Ephemeris
        200 days take some 40 ms the first time and 0.1 ms after that: the fit is kept.

    Raises
    ------
    LunarlabError
        End not after start, dates outside 1900 to 2100 or outside the kernel, a kernel that can't be read.

    Notes
    -----
    The theory (Meeus's abridged ELP 2000-82 and VSOP2000, as in SOFA) was compared with DE421: over 1975-2038 the Moon
    is off by 6.3 km rms and 28 km at most, between 1.2 and 5 km on the dates of most missions in this course. The fit
    adds less than a millimetre to that.
    """
    first_s, last_s = tdb(start, "start"), tdb(end, "end")
    if not first_s < last_s:
        raise LunarlabError(f"end is {iso(last_s)}; it must be later than start, {iso(first_s)}")
    first, last = math.floor((first_s - GRID) / STEP), math.ceil((last_s - GRID) / STEP)
    if kernel is None:
        rows, source, error = _from_theory(first, last - first), _THEORY, _THEORY_ERROR
    else:
        path = Path(kernel)
        if not path.is_file():
            raise LunarlabError(f"kernel is {str(kernel)!r}; there is no such file")
        rows = _from_kernel(str(path), path.stat().st_mtime, first, last - first)
        source, error = f"JPL kernel {path.name}", "about a metre for the Moon and 100 m for the Sun with DE421 and later"
    table = np.concatenate([[GRID + first * STEP, STEP, float(last - first)], rows.ravel()])
    table.setflags(write=False)
    return Ephemeris(float(table[0]), GRID + last * STEP, source, error, table)


@kernel
def _series(x, table, at, terms, out):
    """Position [m] and its derivative by x of one body, from the coefficients at `at`."""
    for axis in range(3):
        start = at + axis * terms
        before, now, slope_before, slope = 1.0, x, 0.0, 1.0
        value, rise = table[start] + table[start + 1] * x, table[start + 1]
        for k in range(2, terms):
            before, now, slope_before, slope = now, 2.0 * x * now - before, slope, 2.0 * (now + x * slope) - slope_before
            value += table[start + k] * now
            rise += table[start + k] * slope
        out[axis], out[3 + axis] = value, rise


@kernel
def _place(x, table, at, terms, out, put):
    """Position [m] alone, into out[put : put + 3]."""
    for axis in range(3):
        start = at + axis * terms
        before, now = 1.0, x
        value = table[start] + table[start + 1] * x
        for k in range(2, terms):
            before, now = now, 2.0 * x * now - before
            value += table[start + k] * now
        out[put + axis] = value


@kernel
def _interval(t, table, at):
    """Number of the interval that holds t, or -1."""
    number = table[at + 2]
    x = (t - table[at]) / table[at + 1]
    if not 0.0 <= x <= number:
        return -1
    return min(int(x), int(number) - 1)


@kernel
def moon_at(t, table, out):
    """Fill out (6,) with position [m] and velocity [m/s] of the Moon, Earth-centred ICRF; 1 outside the dates, else 0."""
    k = _interval(t, table, 0)
    if k < 0:
        return 1
    half = 0.5 * table[1]
    _series((t - (table[0] + k * table[1])) / half - 1.0, table, HEAD + k * ROW, MOON_TERMS, out)
    for axis in range(3, 6):
        out[axis] /= half
    return 0


@kernel
def sun_at(t, table, out):
    """Fill out (6,) with position [m] and velocity [m/s] of the Sun, Earth-centred ICRF; 1 outside the dates, else 0."""
    k = _interval(t, table, 0)
    if k < 0:
        return 1
    half = 0.5 * table[1]
    _series((t - (table[0] + k * table[1])) / half - 1.0, table, HEAD + k * ROW + 3 * MOON_TERMS, SUN_TERMS, out)
    for axis in range(3, 6):
        out[axis] /= half
    return 0


@kernel
def bodies_at(t, params, at, out):
    """Fill out (6,) with the positions [m] of Moon (first three) and Sun; 1 outside the dates, else 0.

    For equations of motion: the table begins at params[at], behind whatever else they need.
    """
    k = _interval(t, params, at)
    if k < 0:
        return 1
    x = (t - (params[at] + k * params[at + 1])) / (0.5 * params[at + 1]) - 1.0
    row = at + HEAD + k * ROW
    _place(x, params, row, MOON_TERMS, out, 0)
    _place(x, params, row + 3 * MOON_TERMS, SUN_TERMS, out, 3)
    return 0


@kernel
def _states(t, table, of_sun, out):
    for i in range(t.shape[0]):
        status = sun_at(t[i], table, out[i]) if of_sun else moon_at(t[i], table, out[i])
        if status != 0:
            return i
    return -1


def _body(t: Any, eph: Ephemeris, of_sun: bool) -> tuple[np.ndarray, np.ndarray]:
    times = np.atleast_1d(array(t, "s", name="t"))
    if times.ndim != 1:
        raise LunarlabError(f"t has the shape {times.shape}; it must be one number or (n,)")
    out = np.empty((times.size, 6))
    if (bad := _states(times, eph.table, of_sun, out)) >= 0:
        eph.check(times[bad])
    return (out[0, :3], out[0, 3:]) if np.ndim(t) == 0 else (out[:, :3], out[:, 3:])


def moon(t: Any, eph: Ephemeris) -> tuple[np.ndarray, np.ndarray]:
    """Position [m] and velocity [m/s] of the Moon at t [s TDB], Earth-centred ICRF: (3,) for one t, (n, 3) for n.

    Raises LunarlabError outside the dates of `eph`.
    """
    return _body(t, eph, False)


def sun(t: Any, eph: Ephemeris) -> tuple[np.ndarray, np.ndarray]:
    """Position [m] and velocity [m/s] of the Sun at t [s TDB], Earth-centred ICRF: (3,) for one t, (n, 3) for n.

    Raises LunarlabError outside the dates of `eph`.
    """
    return _body(t, eph, True)
