"""Checks of lesson 03, the fast way to the Moon."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lunarlab.constants import DAY, MU_EARTH, MU_MOON, R_EARTH, R_MOON
from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson03_dates import judge_loops, judge_porkchop
from lunarlab.grading.result import Finding, number_text
from lunarlab.grading.slips import Slip, same, slip_hint

Row = tuple[float, ...]


def _pairs(answer: Any, name: str, inputs: Sequence[Row], what: str) -> list[Row]:
    """Two numbers for each input from a student's function."""
    function = a.function(answer, name)
    return [a.numbers(a.call(function, *x, name=name), 2, name, what) for x in inputs]


def _part(
    requirement: str, points: int, given: Sequence[float], inputs: Sequence[Row], right: Callable[..., float],
    slips: Sequence[Slip], unit: str, hint: str, *, relative: float = 1e-4, absolute: float = 0.0, alike: float = 1e-3,
    shown: str = "",
) -> Finding:  # fmt: skip
    """Finding about one of the numbers that a function returns; `alike` is how near a slip has to be to be told."""
    wrong = [i for i, x in enumerate(inputs) if not same(given[i], right(*x), relative, absolute)]
    i = wrong[0] if wrong else 0
    told = slip_hint(given, inputs, slips, alike) if wrong else ""
    yours, asked = number_text(given[i], unit), number_text(right(*inputs[i]), unit)
    if wrong and abs(given[i] / right(*inputs[i]) - 1.0) < 0.01:  # one more digit, or both would read alike
        yours, asked = (f"{x:.6g} {unit}" for x in (given[i], right(*inputs[i])))
    return Finding(f"{requirement}{shown.format(*inputs[i])}", points, not wrong, yours, asked, told or hint)


# -- 03.tli ------------------------------------------------------------------------------------------------------------


def injection(altitude: float, distance: float) -> float:
    """Burn [m/s] from a circle of this altitude into the ellipse that reaches out to `distance` [m]."""
    r = R_EARTH + altitude
    return math.sqrt(2.0 * MU_EARTH * (1.0 / r - 1.0 / (r + distance))) - math.sqrt(MU_EARTH / r)


def half_turn(altitude: float, distance: float) -> float:
    """Time [s] from perigee to apogee of that ellipse."""
    return math.pi * math.sqrt(((R_EARTH + altitude + distance) / 2.0) ** 3 / MU_EARTH)


def _circular(altitude: float) -> float:
    return math.sqrt(MU_EARTH / (R_EARTH + altitude))


_SWAPPED = "Both numbers seem to be there, in the wrong order: see what the last line of the stub returns."
_TLI_SLIPS: tuple[Slip, ...] = (
    (lambda h, d: injection(h, d) + _circular(h),
     "That is the speed at perigee. The parking orbit has most of it already: subtract its speed."),
    (lambda h, d: injection(h, d) / 1e3, "That is in km/s. The answer is asked in m/s."),
    (lambda h, d: (math.sqrt(2.0) - 1.0) * _circular(h),
     "That is to escape for good. The Moon is not that far: 1/a is missing."),
    (lambda h, d: math.sqrt(2.0 * MU_EARTH * (1.0 / h - 1.0 / (h + d))) - math.sqrt(MU_EARTH / h),
     "An altitude is not a distance: the parking orbit is R_EARTH + altitude from the centre."),
    (lambda h, d: math.sqrt(2.0 * MU_EARTH * (1.0 / (R_EARTH + h) - 1.0 / (2.0 * R_EARTH + h + d))) - _circular(h),
     "The distance of the Moon counts from the Earth's centre already: don't add R_EARTH to it."),
    (lambda h, d: math.sqrt(MU_EARTH * (2.0 / (R_EARTH + h) - 1.0 / (R_EARTH + h + d))) - _circular(h),
     "a is half the length of the ellipse, (perigee + apogee) / 2; the distance of the Moon is its apogee."),
    (lambda h, d: math.sqrt(MU_EARTH * (2.0 / (R_EARTH + h) - 1.0 / d)) - _circular(h),
     "a is half the length of the ellipse, (perigee + apogee) / 2; the distance of the Moon is its apogee."),
    (lambda h, d: _circular(h) - injection(h, d) - _circular(h), "The sign: the burn makes the lander faster."),
    (lambda h, d: injection(h / 1e3, d), "The altitude comes in metres; nothing has to be divided by 1000."),
    (lambda h, d: injection(h, d) * math.sqrt(MU_MOON / MU_EARTH),
     "It is the Earth that pulls here: MU_EARTH, not MU_MOON."),
    (lambda h, d: math.sqrt(MU_EARTH * (2.0 / (R_EARTH + h) - 2.0 / (h + d))) - _circular(h),
     "Nearly. R_EARTH is missing in a: the perigee of the ellipse lies R_EARTH + altitude from the centre, too."),
    (half_turn, _SWAPPED),
)  # fmt: skip
_TIME_SLIPS: tuple[Slip, ...] = (
    (lambda h, d: 2.0 * half_turn(h, d), "That is the whole ellipse. At half of it you are there."),
    (lambda h, d: half_turn(h, d) / DAY, "That is in days. The answer is asked in seconds."),
    (lambda h, d: half_turn(h, d) / 3600.0, "That is in hours. The answer is asked in seconds."),
    (lambda h, d: math.pi * math.sqrt((R_EARTH + h + d) ** 3 / MU_EARTH),
     "Half the length of the ellipse is its a, not all of it."),
    (lambda h, d: math.pi * math.sqrt(d**3 / MU_EARTH), "a is (perigee + apogee) / 2, half of what you took."),
    (lambda h, d: 2.0 * math.pi * math.sqrt(d**3 / MU_EARTH),
     "That is how long the Moon takes for one turn, nearly: a month."),
    (lambda h, d: half_turn(h, d) / math.pi, "pi is missing: half a turn is pi times sqrt(a^3/mu)."),
    (lambda h, d: math.pi * math.sqrt(((h + d) / 2.0) ** 3 / MU_EARTH),
     "The perigee lies R_EARTH + altitude from the centre."),
    (lambda h, d: half_turn(h, d) * math.sqrt(MU_EARTH / MU_MOON),
     "It is the Earth that pulls here: MU_EARTH, not MU_MOON."),
    (injection, _SWAPPED),
)  # fmt: skip


def judge_tli(answer: Any) -> list[Finding]:
    """Hohmann's burn and time, from a parking altitude and the Moon's distance.

    Drawn are two of 160 to 900 km and of 356 to 407 thousand km.
    """
    draw = exam().rng("03.tli")
    drawn = [(1e3 * int(draw.integers(160, 901)), 1e5 * int(draw.integers(3560, 4071))) for _ in range(2)]
    inputs: tuple[Row, ...] = ((200e3, 384.4e6), (185e3, 356.5e6), (600e3, 405.5e6), *drawn)
    got = _pairs(answer, "tli", inputs, "(burn m/s, flight time s)")
    text = " from {0:.0f} m to a Moon at {1:.4g} m"
    return [
        _part("burn", 1, [g[0] for g in got], inputs, injection, _TLI_SLIPS, "m/s",
              "Vis-viva at perigee of the ellipse, less the speed of the circle that is there already.",
              alike=1e-4, shown=text),
        _part("flight time", 1, [g[1] for g in got], inputs, half_turn, _TIME_SLIPS, "s",
              "Half the period of the ellipse: pi sqrt(a^3/mu), a = (perigee + apogee) / 2.", alike=1e-4, shown=text),
    ]  # fmt: skip


# -- 03.phase ----------------------------------------------------------------------------------------------------------


def _rates(altitude: float, distance: float) -> tuple[float, float]:
    """Angular rates [rad/s] of the parking orbit and of the Moon."""
    return math.sqrt(MU_EARTH / (R_EARTH + altitude) ** 3), math.sqrt((MU_EARTH + MU_MOON) / distance**3)


def lead(altitude: float, distance: float, now: float = 0.0) -> float:
    """Angle [rad] by which the Moon must be ahead at the burn."""
    return (math.pi - _rates(altitude, distance)[1] * half_turn(altitude, distance)) % math.tau


def wait(altitude: float, distance: float, now: float) -> float:
    """Time [s] until the Moon, `now` [rad] ahead, is ahead by `lead`: the parking orbit catches up."""
    own, moon = _rates(altitude, distance)
    return ((now - lead(altitude, distance)) % math.tau) / (own - moon)


_NOT_YOURS = "That is with the rate of the parking orbit. In these five days it is the Moon that moves on: take its rate."
_LEAD_SLIPS: tuple[Slip, ...] = (
    (lambda h, d, now: math.degrees(lead(h, d)), "That is in degrees. The answer is asked in radians."),
    (lambda h, d, now: math.pi - lead(h, d),
     "That is how far the Moon moves. You arrive pi further on: the lead is pi less that."),
    (lambda h, d, now: lead(h, d) - math.pi, "The sign: you go round by pi, the Moon by less, so it must be ahead."),
    (lambda h, d, now: math.pi + _rates(h, d)[1] * half_turn(h, d),
     "The Moon moves the same way as you: subtract its angle, don't add it."),
    (lambda h, d, now: (math.pi - _rates(h, d)[0] * half_turn(h, d)) % math.tau,
     _NOT_YOURS),
    (lambda h, d, now: math.pi - _rates(h, d)[0] * half_turn(h, d), _NOT_YOURS),
    (lambda h, d, now: math.pi - 2.0 * _rates(h, d)[1] * half_turn(h, d),
     "You fly half the ellipse, so half its period."),
    (lambda h, d, now: math.tau - lead(h, d),
     "That counts backwards. The lead is counted forwards, from you to the Moon."),
    (lambda h, d, now: math.tau - _rates(h, d)[1] * half_turn(h, d), "Half an ellipse turns you by pi, not by 2 pi."),
    (wait, _SWAPPED),
)  # fmt: skip
_WAIT_SLIPS: tuple[Slip, ...] = (
    (lambda h, d, now: wait(h, d, now) / 60.0, "That is in minutes. The answer is asked in seconds."),
    (lambda h, d, now: (now - lead(h, d)) / (_rates(h, d)[0] - _rates(h, d)[1]),
     "A wait can't be negative: angles go round, so take the difference modulo 2 pi."),
    (lambda h, d, now: abs(now - lead(h, d)) / (_rates(h, d)[0] - _rates(h, d)[1]),
     "The lead only shrinks, because you are faster. If it is too small now, wait until it has gone round: modulo 2 pi."),
    (lambda h, d, now: ((lead(h, d) - now) % math.tau) / (_rates(h, d)[0] - _rates(h, d)[1]),
     "The other way round: you are faster than the Moon, so its lead shrinks from now to needed."),
    (lambda h, d, now: ((now - lead(h, d)) % math.tau) / _rates(h, d)[1],
     "Your own rate counts most: divide by the difference of both rates."),
    (lambda h, d, now: ((lead(h, d) - now) % math.tau) / _rates(h, d)[1],
     "You don't stand still in the parking orbit: divide by the difference of both rates."),
    (lambda h, d, now: math.degrees((now - lead(h, d)) % math.tau) / (_rates(h, d)[0] - _rates(h, d)[1]),
     "Degrees and radians are mixed."),
    (lambda h, d, now: ((now - lead(h, d)) % math.tau) / _rates(h, d)[0],
     "The Moon moves on while you wait, so its lead shrinks a little more slowly: divide by the difference of both rates."),
    (lambda h, d, now: ((now - lead(h, d)) % math.tau) / sum(_rates(h, d)),
     "Both go round the same way: the lead shrinks at the difference of both rates, not at their sum."),
    (lead, _SWAPPED),
)  # fmt: skip


def judge_phase(answer: Any) -> list[Finding]:
    """The lead angle, and the wait in the parking orbit; a Moon without mass is near enough.

    The wait is counted from the student's own lead where that one passes, and one orbit is so high that the Moon's rate
    can't hide behind the orbit's. Drawn are two leads, one larger than needed, from 2.5 to 6 rad, one smaller, from 0.2 to
    1.5 rad, 160 to 900 km up: no wait is near to none or to a whole turn.
    """
    draw = exam().rng("03.phase")
    drawn = [
        (1e3 * int(draw.integers(160, 901)), 1e5 * int(draw.integers(3560, 4071)), round(float(draw.uniform(*between)), 2))
        for between in ((2.5, 6.0), (0.2, 1.5))
    ]
    inputs: tuple[Row, ...] = ((200e3, 384.4e6, 3.0), (185e3, 365.0e6, 0.7), (20_000e3, 405.5e6, 5.5), *drawn)
    got = _pairs(answer, "phase", inputs, "(lead rad, wait s)")
    found = {x: g[0] if same(g[0], lead(*x), 0.0, 0.01) else lead(*x) for x, g in zip(inputs, got, strict=True)}

    def asked(*x: float) -> float:
        own, moon = _rates(x[0], x[1])
        return ((x[2] - found[x]) % math.tau) / (own - moon)

    return [
        _part("lead at the burn", 1, [g[0] for g in got], inputs, lead, _LEAD_SLIPS, "rad",
              "While you turn by pi, the Moon turns by its rate times your flight time. The rest must be its lead.",
              relative=0.0, absolute=0.01, shown=" from {0:.0f} m to a Moon at {1:.4g} m"),
        _part("wait", 1, [g[1] for g in got], inputs, asked, _WAIT_SLIPS, "s",
              "The lead shrinks at the difference of both angular rates, from what it is now to what is needed, modulo 2 pi.",
              relative=1e-3, absolute=1.2, alike=0.01, shown=" from {0:.0f} m if the Moon is {2:g} rad ahead now"),
    ]  # fmt: skip


# -- 03.v_infinity -----------------------------------------------------------------------------------------------------


def _at_moon(r: float, v: float, d: float) -> tuple[float, float]:
    """(speed, its part across the radius) [m/s] at the distance d of an orbit with perigee r, v."""
    return math.sqrt(v * v - 2.0 * MU_EARTH * (1.0 / r - 1.0 / d)), r * v / d


def v_infinity(r: float, v: float, d: float, vm: float) -> float:
    """Speed relative to a Moon without gravity that moves across at `vm` [m/s], d [m] away."""
    speed, across = _at_moon(r, v, d)
    return math.sqrt(speed * speed + vm * vm - 2.0 * vm * across)


_LOW = R_MOON + 100e3


def insertion(r: float, v: float, d: float, vm: float) -> float:
    """Burn [m/s] at 100 km from the hyperbola into the circle."""
    return math.sqrt(v_infinity(r, v, d, vm) ** 2 + 2.0 * MU_MOON / _LOW) - math.sqrt(MU_MOON / _LOW)


_VECTORS = "Velocities are vectors: where they are not parallel, speeds can't be subtracted."
_ACROSS = "That is the part across only. A lander that is still climbing has one along the radius, too."
_PERIGEE = "v is the speed at perigee. On the way out nearly all of it is lost: energy first."
_ARRIVAL_SLIPS: tuple[Slip, ...] = (
    (lambda r, v, d, vm: v_infinity(r, v, d, vm) ** 2, "That is its square: the root is missing."),
    (lambda r, v, d, vm: v_infinity(r, v, d, vm) / 1e3, "That is in km/s. The answer is asked in m/s."),
    (lambda r, v, d, vm: abs(_at_moon(r, v, d)[0] - vm), _VECTORS),
    (lambda r, v, d, vm: vm - _at_moon(r, v, d)[0], _VECTORS),
    (lambda r, v, d, vm: abs(vm - _at_moon(r, v, d)[1]), _ACROSS),
    (lambda r, v, d, vm: vm - _at_moon(r, v, d)[1], _ACROSS),
    (lambda r, v, d, vm: math.hypot(_at_moon(r, v, d)[0], vm),
     "They are not at right angles: only the part along the radius is."),
    (lambda r, v, d, vm: _at_moon(r, v, d)[0], "That is relative to the Earth. The Moon moves, too."),
    (lambda r, v, d, vm: math.sqrt(_at_moon(r, v, d)[0] ** 2 + vm * vm + 2.0 * vm * _at_moon(r, v, d)[1]),
     "The sign: Moon and lander go round the same way, so the product is subtracted."),
    (lambda r, v, d, vm: math.sqrt(v * v + vm * vm - 2.0 * v * vm * r / d), _PERIGEE),
    (lambda r, v, d, vm: abs(v - vm), _PERIGEE),
)  # fmt: skip
_LOI_SLIPS: tuple[Slip, ...] = (
    (v_infinity, "That is v_infinity. The Moon's own gravity makes the lander faster before it can brake."),
    (lambda *x: insertion(*x) + math.sqrt(MU_MOON / _LOW),
     "That is the speed at perilune. The orbit keeps part of it: subtract the circle's speed."),
    (lambda *x: v_infinity(*x) + (math.sqrt(2.0) - 1.0) * math.sqrt(MU_MOON / _LOW),
     "Energies add, speeds don't: v^2 = v_infinity^2 + 2 mu / r."),
    (lambda *x: insertion(*x) - (math.sqrt(2.0) - 1.0) * math.sqrt(MU_MOON / _LOW),
     "That only undoes the excess over escape: the lander is captured, but not in a circle yet."),
    (lambda *x: math.sqrt(v_infinity(*x) ** 2 + 2.0 * MU_MOON / 100e3) - math.sqrt(MU_MOON / 100e3),
     "100 km is an altitude: add R_MOON."),
    (lambda *x: math.sqrt(v_infinity(*x) ** 2 + MU_MOON / _LOW) - math.sqrt(MU_MOON / _LOW),
     "A fall from far away gives 2 mu / r, not mu / r."),
    (lambda *x: math.sqrt(v_infinity(*x) ** 2 + 2.0 * MU_EARTH / _LOW) - math.sqrt(MU_EARTH / _LOW),
     "Here it is the Moon that pulls: MU_MOON."),
    (lambda *x: insertion(*x) / 1e3, "That is in km/s. The answer is asked in m/s."),
    (lambda *x: math.sqrt(v_infinity(*x) ** 2 + 2.0 * MU_MOON / R_MOON) - math.sqrt(MU_MOON / R_MOON),
     "The circle is 100 km up: r is R_MOON + 100 km, not R_MOON."),
    (lambda *x: insertion(*x) - math.sqrt(MU_MOON / _LOW), "The circle's speed is subtracted twice."),
    (lambda *x: -insertion(*x), "Give the burn as a positive number."),
)  # fmt: skip


def judge_v_infinity(answer: Any) -> list[Finding]:
    """Arrival speed by energy and angular momentum, and the burn into 100 km, on arcs that arrive climbing or level.

    Drawn are two that climb: apogees 10 to 40 % beyond a Moon 358 to 405 thousand km away at 970 to 1,080 m/s.
    """
    draw = exam().rng("03.v_infinity")
    drawn = []
    for _ in range(2):
        perigee, distance = 1e3 * int(draw.integers(6540, 6801)), 1e5 * int(draw.integers(3580, 4051))
        drawn.append((perigee, distance, float(draw.uniform(1.1, 1.4)) * distance, float(draw.integers(970, 1081))))
    inputs: list[Row] = []
    # Apogees from just beyond the Moon, where the arrival is level, to a third further out.
    for perigee, distance, apogee, vm in ((6.578e6, 384.4e6, 384.44e6, 1018.0), (6.563e6, 364e6, 382e6, 1079.0),
                                          (6.578e6, 405e6, 527e6, 970.0), *drawn):  # fmt: skip
        v = math.sqrt(2.0 * MU_EARTH * (1.0 / perigee - 1.0 / (perigee + apogee)))
        inputs.append((perigee, v, distance, vm))
    got = _pairs(answer, "arrival", inputs, "(v_infinity m/s, burn m/s)")
    text = " (perigee {0:.0f} m, {1:.1f} m/s there, Moon {2:.4g} m away at {3:.0f} m/s)"
    return [
        _part("v_infinity", 2, [g[0] for g in got], inputs, v_infinity, _ARRIVAL_SLIPS, "m/s",
              "v^2 from energy, the part across from r v = d v_across, then the law of cosines with the Moon's velocity.",
              relative=1e-3, shown=text),
        _part("burn into 100 km", 1, [g[1] for g in got], inputs, insertion, _LOI_SLIPS, "m/s",
              "sqrt(v_infinity^2 + 2 mu / r) at perilune less sqrt(mu / r) of the circle; the Moon's mu, r = R_MOON + 100 km.",
              relative=1e-3),
    ]  # fmt: skip


EXERCISES = (
    Exercise("03.tli", "one burn to the Moon", 2, ("tli",), judge_tli),
    Exercise("03.phase", "the Moon must be where you arrive", 2, ("phase",), judge_phase),
    Exercise("03.v_infinity", "how fast you arrive, and what it costs", 3, ("arrival",), judge_v_infinity),
    Exercise("03.porkchop", "first to arrive within the budget", 3, ("earliest",), judge_porkchop),
    Exercise("03.loops", "small burns instead of a large one", 3, ("loops",), judge_loops),
)
