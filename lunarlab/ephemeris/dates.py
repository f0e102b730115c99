"""What time it is: one float, seconds of barycentric dynamical time (TDB) after J2000 (2000-01-01 12:00 TDB)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np

from lunarlab.constants import DAY
from lunarlab.errors import LunarlabError
from lunarlab.units import si

J2000 = 2_451_545.0
"""Julian date of t = 0."""
FIRST_S, LAST_S = (2_415_020.5 - J2000) * DAY, (2_488_069.5 - J2000) * DAY
"""Dates that lunarlab takes: 1900 to 2100, the span of the theory of the Sun."""

_ISO = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d*)?))?)?\s*(Z|UTC|TDB)?\s*")


def erfa() -> Any:
    """The library of fundamental astronomy that astropy uses (SOFA), as plain functions that warn about nothing."""
    from erfa import ufunc  # type: ignore[import-untyped, unused-ignore]

    return ufunc


def tdb_from_utc(day: Any, fraction: Any) -> Any:
    """Seconds TDB after J2000 of a two-part Julian date in UTC."""
    e = erfa()
    tt = e.taitt(*e.utctai(day, fraction)[:2])[:2]
    late = e.dtdb(*tt, 0.0, 0.0, 0.0, 0.0)
    first, second = e.tttdb(*tt, late)[:2]
    return ((first - J2000) + second) * DAY


def utc_from_tdb(t: Any) -> tuple[Any, Any]:
    """Two-part Julian date in UTC of seconds TDB after J2000."""
    e = erfa()
    days = np.floor(np.asarray(t) / DAY)
    first, second = J2000 + days, np.asarray(t) / DAY - days
    tt = e.tdbtt(first, second, e.dtdb(first, second, 0.0, 0.0, 0.0, 0.0))[:2]
    day, fraction, _ = e.taiutc(*e.tttai(*tt)[:2])
    return day, fraction


def _date(text: str, name: str) -> float:
    match = _ISO.fullmatch(text)
    if match is None:
        raise LunarlabError(f"{name} is {text!r}; a date is written like 2025-01-15, 2025-01-15T06:11 or "
                            "2025-01-15T06:11:39.5, in UTC unless TDB stands behind it")
    year, month, day, hour, minute = (int(part or 0) for part in match.groups()[:5])
    scale = b"TDB" if match[7] == "TDB" else b"UTC"
    first, second, status = erfa().dtf2d(scale, year, month, day, hour, minute, float(match[6] or 0.0))
    if status not in (0, 1):  # 1: before UTC began, or after the last leap second that is known
        wrong = {-1: "year", -2: "month", -3: "day", -4: "hour", -5: "minute"}.get(int(status), "second")
        raise LunarlabError(f"{name} is {text!r}: there is no such {wrong}")
    return float(((first - J2000) + second) * DAY if scale == b"TDB" else tdb_from_utc(first, second))


def tdb(value: Any, name: str = "epoch") -> float:
    """Seconds TDB after J2000.

    Parameters
    ----------
    value : str, datetime, astropy Time, float or Quantity
        Text is ISO 8601 in UTC, or in TDB if that stands behind it (``"2000-01-01T12:00 TDB"``); a datetime without
        zone is UTC; a number is seconds TDB after J2000 already. 1900 to 2100.
    name : str
        How the caller calls it; stands in the error.

    Raises
    ------
    LunarlabError
        Not a date, or outside 1900 to 2100.

    Notes
    -----
    UTC has no leap seconds announced after 2017; later ones will shift dates beyond them by a second each.
    """
    if isinstance(value, dt.datetime):
        value = (value.astimezone(dt.UTC) if value.tzinfo else value).strftime("%Y-%m-%dT%H:%M:%S.%f")
    elif isinstance(value, (dt.date, np.datetime64)):
        value = str(value)
    elif hasattr(value, "jd1") and hasattr(value, "tdb"):  # astropy Time
        if np.ndim(value.jd1):
            raise LunarlabError(f"{name} holds {np.size(value.jd1)} dates; it must be one")
        value = float(((value.tdb.jd1 - J2000) + value.tdb.jd2) * DAY)
    t = _date(value, name) if isinstance(value, str) else si(value, "s", name=name)
    if not FIRST_S <= t <= LAST_S:
        raise LunarlabError(f"{name} is {value}, {t:.0f} s after J2000; dates must lie between 1900 and 2100")
    return t


def iso(t: float, *, digits: int = 0) -> str:
    """The date `t` [s TDB after J2000] as UTC text, ``"2025-01-15T06:11:39"``; `digits` of the second, 0 to 6."""
    day, fraction = utc_from_tdb(tdb(t, "t"))
    year, month, date, clock, _ = erfa().d2dtf(b"UTC", digits, day, fraction)
    hour, minute, second, part = (int(clock[key]) for key in ("h", "m", "s", "f"))
    tail = f".{part:0{digits}d}" if digits else ""
    return f"{int(year):04d}-{int(month):02d}-{int(date):02d}T{hour:02d}:{minute:02d}:{second:02d}{tail}"
