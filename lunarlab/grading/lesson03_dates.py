"""Checks of the second half of lesson 03: which date to choose from a porkchop, and phasing loops."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from lunarlab.constants import DAY, MU_EARTH, R_EARTH
from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding, number_text
from lunarlab.grading.slips import same


def _grid(rows: int, columns: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Departures [s], flights [s], total [m/s] of a made-up porkchop with holes."""
    departures = 7.5e8 + np.cumsum(draw.uniform(0.3, 0.9, rows)) * DAY
    flights = (2.5 + np.cumsum(draw.uniform(0.1, 0.5, columns))) * DAY
    total = 3900.0 + 250.0 * draw.random((rows, columns)) + 20.0 * np.abs(np.linspace(-3.0, 3.0, columns))
    total[draw.random((rows, columns)) < 0.15] = np.nan
    total[0, 0] = np.nan  # what would arrive first of all does not exist
    return departures, flights, total


def _choices(departures: np.ndarray, flights: np.ndarray, total: np.ndarray, limit: float) -> dict[str, tuple[int, int]]:
    """Cells that people choose: the right one first, found by plain loops."""
    cells = [(i, j) for i in range(departures.size) for j in range(flights.size)]
    there = [(i, j) for i, j in cells if math.isfinite(total[i, j])]
    cheap = [(i, j) for i, j in there if total[i, j] <= limit]
    first = min(cheap, key=lambda c: departures[c[0]] + flights[c[1]])
    return {
        "earliest": first,
        "cheapest": min(there, key=lambda c: total[c]),
        "first departure": min(cheap, key=lambda c: (departures[c[0]], flights[c[1]])),
        "shortest": min(cheap, key=lambda c: (flights[c[1]], departures[c[0]])),
        "latest": max(cheap, key=lambda c: departures[c[0]] + flights[c[1]]),
        "no limit": min(there, key=lambda c: departures[c[0]] + flights[c[1]]),
        "swapped": (first[1], first[0]),
        "holes": min(cells, key=lambda c: departures[c[0]] + flights[c[1]]),
    }


GRIDS = ((40, 25, 1, 3990.0), (25, 40, 2, 4010.0), (12, 60, 3, 4040.0))
"""(departures, flights, seed, limit in m/s), on which the choices differ."""


def _drawn_grid(draw: np.random.Generator) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], float]:
    """A grid of 15 to 40 a side, and a limit of 3,980 to 4,030 m/s; what is right is no other choice that people make."""
    for _ in range(1000):  # one of two will do
        grid = _grid(int(draw.integers(15, 41)), int(draw.integers(15, 41)), draw)
        limit = float(draw.integers(3980, 4031))
        choices = _choices(*grid, limit) if np.any(grid[2] <= limit) else {}
        if choices and list(choices.values()).count(choices["earliest"]) == 1:
            return grid, limit
    raise RuntimeError("no grid was found on which the choices differ")


_CHOICE_HINTS = {
    "cheapest": "That is the cheapest of all, not the first to arrive: ask for total <= limit first, and then for time.",
    "first departure": "That departs first. A later departure with a shorter flight may arrive before it: compare the sums.",
    "shortest": "That is the shortest flight. It may start weeks later: compare departure + flight.",
    "latest": "That arrives last. Turn the comparison round.",
    "no limit": "That one is too expensive: drop every cell with total > limit first.",
    "swapped": "Rows are departures and columns are flights: the two indices are swapped.",
    "holes": "There is no transfer in that cell: nan means none. Comparisons with nan are false, and argmin stumbles over it.",
}


_Told = tuple[str, str, str]
"""What was handed in, what is allowed, hint."""


def judge_porkchop(answer: Any) -> list[Finding]:
    """The earliest arrival that can be paid for, on made-up grids of different shapes with holes; two are drawn."""
    draw = exam().rng("03.porkchop")
    grids = [(_grid(rows, columns, np.random.default_rng(seed)), limit) for rows, columns, seed, limit in GRIDS]
    grids += [_drawn_grid(draw), _drawn_grid(draw)]
    function = a.function(answer, "earliest")
    dear: list[_Told] = []
    late: list[_Told] = []
    fine: list[_Told] = []
    arrivals: list[_Told] = []
    what = "(departure s, flight s)"
    for (departures, flights, total), limit in grids:
        called = a.call(function, departures.copy(), flights.copy(), total.copy(), limit, name="earliest")
        start, days = a.numbers(called, 2, "earliest", what)
        i, j = int(np.argmin(abs(departures - start))), int(np.argmin(abs(flights - days)))
        choices = _choices(departures, flights, total, limit)
        best, limit_text = choices["earliest"], f"at most {limit:,.0f} m/s"

        def arrives(start: float, days: float, since: float = departures[0]) -> str:
            return f"{(start + days - since) / DAY:.2f} days after the first departure"

        soonest = arrives(departures[best[0]], flights[best[1]])
        if not (same(start, departures[i], 0.0, 1.0) and same(days, flights[j], 0.0, 1.0)):
            if float(start).is_integer() and 0 <= start < max(total.shape):
                hint = "These look like row and column. Look up the times there: departures_s[i], flights_s[j]."
            elif days > departures[0]:
                hint = "Give departure and flight time, not departure and arrival."
            else:
                hint = "Give a departure that stands in departures_s, and then a flight time that stands in flights_s."
            told = f"({start:.6g}, {days:.6g}), which is not in the grid"
            dear.append((told, limit_text, hint))
            late.append((told, soonest, hint))
            continue
        there = math.isfinite(total[i, j])
        good, cost = bool(total[i, j] <= limit), f"{total[i, j]:,.0f} m/s" if there else "a cell without a transfer"
        hints = [_CHOICE_HINTS[name] for name, cell in choices.items() if cell == (i, j) and name in _CHOICE_HINTS]
        hint = hints[0] if hints else ""
        when = arrives(start, days)
        if not good:
            dear.append((cost, limit_text, hint))
        if (i, j) != best:
            late.append((when if good else f"{when}, {'for ' if there else ''}{cost}", soonest, hint))
        fine.append((cost, limit_text, ""))
        arrivals.append((when, soonest, ""))
    usual = "Drop what costs more than the limit; of the rest take the smallest departure + flight."

    def hint_of(rows: list[_Told]) -> str:
        return next((hint for _, _, hint in rows if hint), usual)

    (cost, most, _), (when, soonest, _) = (dear or fine)[0], (late or arrivals)[0]
    return [
        Finding("a transfer of the grid that costs at most the limit", 1, not dear, cost, most, hint_of(dear)),
        Finding("and no other one arrives earlier", 2, not late, when, soonest, hint_of(late)),
    ]


# -- 03.loops ----------------------------------------------------------------------------------------------------------


def _circular(altitude: float) -> float:
    return math.sqrt(MU_EARTH / (R_EARTH + altitude))


def _perigee_speed(perigee: float, apogee: float) -> float:
    r = R_EARTH + perigee
    return math.sqrt(2.0 * MU_EARTH * (1.0 / r - 1.0 / (r + R_EARTH + apogee)))


def _turn(perigee: float, apogee: float) -> float:
    return math.tau * math.sqrt((R_EARTH + (perigee + apogee) / 2.0) ** 3 / MU_EARTH)


def _apogee_speed(perigee: float, apogee: float) -> float:
    return _perigee_speed(perigee, apogee) * (R_EARTH + perigee) / (R_EARTH + apogee)


def _burns(p: float, q: Sequence[float]) -> list[float]:
    """Burns [m/s] at one perigee altitude, from each apogee to the next."""
    return [_perigee_speed(p, y) - _perigee_speed(p, x) for x, y in pairwise(q)]


def _time(p: float, q: Sequence[float]) -> list[float]:
    """One turn of each orbit and half a turn of the last [s], as a list of one."""
    return [sum(_turn(p, x) for x in q[:-1]) + 0.5 * _turn(p, q[-1])]


Formula = Callable[[float, Sequence[float]], list[float]]
_BURN_SLIPS: tuple[tuple[Formula, str], ...] = (
    (lambda p, q: [_perigee_speed(p, x) - _circular(p) for x in q[1:]],
     "Those are burns from the circle. Each burn starts from the orbit before it."),
    (lambda p, q: [_perigee_speed(p, x) - _perigee_speed(p, q[0]) for x in q[1:]],
     "Those are sums, from the first orbit on. Each burn starts from the orbit before it."),
    (lambda p, q: [_perigee_speed(p, q[-1]) - _perigee_speed(p, x) for x in q[:-1]],
     "Those go straight to the last apogee. Each burn leads to the next orbit only."),
    (lambda p, q: [_perigee_speed(p, x) for x in q[1:]], "Those are speeds. A burn is a difference of two."),
    (lambda p, q: [-x for x in _burns(p, q)], "The sign: after each burn the lander is faster."),
    (lambda p, q: [abs(_circular(x) - _circular(y)) for x, y in pairwise(q)],
     "Those are circles. The loops touch at perigee; that is where the burns are."),
    (lambda p, q: [abs(_apogee_speed(p, x) - _apogee_speed(p, y)) for x, y in pairwise(q)],
     "Those are speeds at apogee. What raises an apogee is a burn at the other end, at perigee."),
    (lambda p, q: [x / 1e3 for x in _burns(p, q)], "Those are in km/s. The answer is asked in m/s."),
    (lambda p, q: _burns(p - R_EARTH, [x - R_EARTH for x in q]), "Altitudes are not distances: add R_EARTH to both ends."),
)  # fmt: skip
_LOOP_TIME_SLIPS: tuple[tuple[Formula, str], ...] = (
    (lambda p, q: [sum(_turn(p, x) for x in q)], "The last orbit is flown half: out, and not back."),
    (lambda p, q: [sum(_turn(p, x) for x in q[:-1])], "The way out in the last orbit is missing: half a turn of it."),
    (lambda p, q: [0.5 * sum(_turn(p, x) for x in q)], "Only the last orbit is flown half; the others go all the way round."),
    (lambda p, q: [_time(p, q)[0] / DAY], "That is in days. The answer is asked in seconds."),
    (lambda p, q: [_time(p, q)[0] / 3600.0], "That is in hours. The answer is asked in seconds."),
    (lambda p, q: [_turn(p, q[0]) + 0.5 * _turn(p, q[-1])],
     "That goes straight from the first orbit to the last. One turn of each orbit between them is missing."),
    (lambda p, q: [0.5 * _turn(p, q[-1])], "That is the way out only. One turn of each orbit before it comes first."),
    (lambda p, q: _time(p - R_EARTH, [x - R_EARTH for x in q]), "Altitudes are not distances: add R_EARTH to both ends."),
)  # fmt: skip
_LOOPS = ((235e3, (41.7e6, 71.4e6, 127.6e6, 369.3e6)), (180e3, (20e6, 390e6)), (300e3, (36e6, 60e6, 100e6, 200e6, 400e6)))


Loops = tuple[float, tuple[float, ...]]


def _drawn_loops(draw: np.random.Generator) -> Loops:
    """A perigee of 160 to 500 km, and three or four apogees: from 20 to 50 thousand km on, each 1.4 to 2.2 times as high."""
    apogees = [1e6 * float(draw.integers(20, 51))]
    for _ in range(int(draw.integers(2, 4))):
        apogees.append(round(apogees[-1] * float(draw.uniform(1.4, 2.2)), -5))
    return 1e3 * int(draw.integers(160, 501)), tuple(apogees)


def _first_bad(
    rows: Sequence[Sequence[float]], asked: Sequence[Loops], formula: Formula, relative: float = 1e-3
) -> int | None:
    """The first row that is not what the formula gives; None if all are."""
    for k, (row, loops) in enumerate(zip(rows, asked, strict=True)):
        made = formula(*loops)
        if len(made) != len(row) or not all(same(v, m, relative) for v, m in zip(row, made, strict=True)):
            return k
    return None


def _slip(rows: Sequence[Sequence[float]], asked: Sequence[Loops], slips: Sequence[tuple[Formula, str]]) -> str:
    """What to say of the slip that all rows fit, or nothing."""
    return next((text for formula, text in slips if _first_bad(rows, asked, formula, 2e-3) is None), "")


def _listed(words: Sequence[str]) -> str:
    return " and ".join([*filter(None, [", ".join(words[:-1])]), words[-1]])


def judge_loops(answer: Any) -> list[Finding]:
    """Perigee burns between ellipses with one perigee, and the time in the loops and on the way out; two of them are drawn."""
    draw = exam().rng("03.loops")
    given: tuple[Loops, ...] = (*_LOOPS, _drawn_loops(draw), _drawn_loops(draw))
    function = a.function(answer, "loops")
    what = "(list of burns m/s, time s)"
    burns: list[list[float]] = []
    times: list[list[float]] = []
    for perigee, apogees in given:
        got = a.call(function, perigee, list(apogees), name="loops")
        if a.is_blank(got):
            raise a.Unanswered
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            raise a.BadAnswer(f"loops returned {a.shown(got)}; it must return two things, {what}.")
        steps, name = len(apogees) - 1, f"loops, burns between {len(apogees)} orbits,"
        burns.append([*a.numbers(got[0], steps, name, "one for each step")])
        times.append([a.number(got[1], "the time from loops")])
    early, late = _first_bad(burns, given, _burns), _first_bad(times, given, _time)
    (perigee, apogees), (low, high) = given[early or 0], given[late or 0]
    first, *others = (f"{apogee / 1e3:,.0f}" for apogee in apogees)
    yours, asked = (", ".join(f"{x:.4g}" for x in row) + " m/s" for row in (burns[early or 0], _burns(perigee, apogees)))
    hints = (
        "Vis-viva at the perigee of each orbit; every burn is the speed after it less the speed before it.",
        "One turn of each orbit, and of the last one half a turn: from its perigee out to the Moon.",
    )
    return [
        Finding(f"burns from {first} km of apogee to {_listed(others)} km, perigee {perigee / 1e3:g} km", 2, early is None,
                yours, asked, _slip(burns, given, _BURN_SLIPS) or hints[0]),
        Finding(f"time from the first perigee to the Moon, {len(high)} orbits from {low / 1e3:g} km up", 1, late is None,
                number_text(times[late or 0][0], "s"), number_text(_time(low, high)[0], "s"),
                _slip(times, given, _LOOP_TIME_SLIPS) or hints[1]),
    ]  # fmt: skip
