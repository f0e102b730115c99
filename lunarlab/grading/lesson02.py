"""Checks of lesson 02, orbits around the Moon."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.grading import answers as a
from lunarlab.grading.checks import Exercise
from lunarlab.grading.exam import exam
from lunarlab.grading.lesson02_parking import PARKED, drawn_orbit, judge_frozen
from lunarlab.grading.result import Finding, number_text
from lunarlab.grading.slips import BELOW_ZERO, Slip, judge, same, slip_hint

KM, MILE = 1000.0, 1609.344
MU_EARTH_OVER_MOON = 81.3006
"""Only for a hint: the Earth's gravitational parameter in units of the Moon's."""


def speed(altitude: float, perilune: float, apolune: float) -> float:
    """Vis-viva; all altitudes over the mean radius [m], speed in m/s."""
    return math.sqrt(MU_MOON * (2.0 / (R_MOON + altitude) - 2.0 / (2.0 * R_MOON + perilune + apolune)))


def period(perilune: float, apolune: float) -> float:
    """Kepler's third law, from altitudes [m]; s."""
    return math.tau * math.sqrt((R_MOON + (perilune + apolune) / 2.0) ** 3 / MU_MOON)


_SPEED_SLIPS: tuple[Slip, ...] = (
    (lambda h, p, q: speed(h, p, q) * 3.6, "That is in km/h. The answer is asked in m/s."),
    (lambda h, p, q: speed(h, p, q) / KM, "That is in km/s. The answer is asked in m/s, like every input in metres."),
    (lambda h, p, q: speed(h, p, q) ** 2, "That is the square of the speed: the root is missing."),
    (lambda h, p, q: math.sqrt(MU_MOON * (2.0 / h - 2.0 / (p + q))),
     "An altitude is not a distance: r is counted from the centre of the Moon, R_MOON further down."),
    (lambda h, p, q: math.sqrt(MU_MOON * (2.0 / (R_MOON + h) - 2.0 / (p + q))),
     "r is right, but a is made of altitudes: perilune and apolune are counted from the centre, too."),
    (lambda h, p, q: math.sqrt(MU_MOON * (2.0 / (R_MOON + h) - 2.0 / (R_MOON + p + q))),
     "a is half of perilune distance plus apolune distance, and each of the two contains R_MOON."),
    (lambda h, p, q: math.sqrt(MU_MOON * (2.0 / (R_MOON + h) - 1.0 / (2.0 * R_MOON + p + q))),
     "That a is the whole length of the ellipse. The semi-major axis is half of it."),
    (lambda h, p, q: math.sqrt(MU_MOON / (R_MOON + h)),
     "That is the speed on a circle. It is right where perilune and apolune are equal, and nowhere else."),
    (lambda h, p, q: math.sqrt(MU_MOON / (R_MOON + (p + q) / 2.0)),
     "That is the same speed everywhere on the ellipse. Near the Moon it flies faster: use r, too."),
    (lambda h, p, q: speed(p, p, q),
     "That is the speed at perilune, wherever the lander is: r is where it is now, at altitude_m."),
    (lambda h, p, q: math.sqrt(2.0 * MU_MOON / (R_MOON + h)), "That is the escape speed: the term 1/a is missing."),
    (lambda h, p, q: math.sqrt(MU_MOON * (2.0 / (R_MOON + h) + 2.0 / (2.0 * R_MOON + p + q))),
     "The sign of 1/a: a bound orbit is slower than escape, so 1/a is subtracted."),
    (lambda h, p, q: speed(h, p, q) * math.sqrt(MU_EARTH_OVER_MOON),
     "That is around the Earth: mu must be the Moon's."),
    (lambda h, p, q: speed(h / KM, p / KM, q / KM),
     "The altitudes come in metres; you treat them as if they had to be divided by 1000."),
    (lambda h, p, q: speed(h * KM, p * KM, q * KM),
     "The altitudes come in metres already: nothing has to be multiplied by 1000."),
)  # fmt: skip


def judge_speed(answer: Any) -> list[Finding]:
    """v = sqrt(mu (2/r - 1/a)), on circles and on ellipses.

    Drawn are a circle from 40 to 1,500 km up, and two ellipses of 20 to 200 by 1,000 to 8,000 km, between
    their ends.
    """
    draw = exam().rng("02.speed")
    height = 1e3 * int(draw.integers(40, 1501))
    circles = ((100e3, 100e3, 100e3), (600e3, 600e3, 600e3), (height, height, height))
    ends = [(1e3 * int(draw.integers(20, 201)), 1e3 * int(draw.integers(1000, 8001))) for _ in range(2)]
    between = tuple((round(p + float(draw.uniform(0.2, 0.8)) * (q - p), -3), p, q) for p, q in ends)
    ellipses = ((15e3, 15e3, 100e3), (2000e3, 150e3, 5673e3), (4000e3, 600e3, 4000e3), *between)

    def part(inputs: tuple[tuple[float, ...], ...], slips: tuple[Slip, ...], what: str) -> Finding:
        return judge(
            answer, "speed", inputs, speed, slips, points=1, requirement=what, unit="m/s", relative=1e-4, negative=BELOW_ZERO,
            shown=lambda h, p, q: f"{h / 1e3:g} km up in an orbit of {p / 1e3:g} x {q / 1e3:g} km",
            hint="v = sqrt(mu (2/r - 1/a)), with r and a counted from the centre of the Moon, everything in metres.",
        )  # fmt: skip

    # On a circle some slips can't be told apart, and circle formulas are no slip there.
    findings = [part(circles, _SPEED_SLIPS, "circle:"), part(ellipses, _SPEED_SLIPS, "ellipse:")]
    if not findings[0].ok and not findings[1].ok:
        findings = [part((*circles, *ellipses), _SPEED_SLIPS, "circle:"), findings[1]]
    return findings


_PERIOD_SLIPS: tuple[Slip, ...] = (
    (lambda h: period(h, h) / 60.0, "That is in minutes. The answer is asked in seconds."),
    (lambda h: period(h, h) / 3600.0, "That is in hours. The answer is asked in seconds."),
    (lambda h: math.tau * math.sqrt(h**3 / MU_MOON),
     "An altitude is not a distance: r is counted from the centre, R_MOON further down."),
    (lambda h: period(h, h) / math.tau, "That is the time for one radian. Once around is 2 pi of them."),
    (lambda h: period(h, h) / 2.0, "That is half a revolution: pi instead of 2 pi, perhaps."),
    (lambda h: 1.0 / period(h, h), "That is revolutions per second: the reciprocal of a period."),
    (lambda h: math.tau / period(h, h), "That is the angular rate in rad/s. The period is 2 pi divided by it."),
    (lambda h: math.tau * (R_MOON + h) ** 2 / math.sqrt(MU_MOON),
     "Check the powers: a cubed, then the root of all of it."),
    (lambda h: math.tau * (R_MOON + h) / math.sqrt(MU_MOON), "Check the powers: a cubed, then the root of all of it."),
    (lambda h: math.tau * math.sqrt((2.0 * (R_MOON + h)) ** 3 / MU_MOON),
     "That is with the diameter; a is the radius of the circle."),
    (lambda h: math.tau * R_MOON / math.sqrt(MU_MOON / (R_MOON + h)),
     "The lander flies a circle of radius R_MOON + h, not of R_MOON."),
    (lambda h: period(h / KM, h / KM), "The altitude comes in metres; nothing has to be divided by 1000."),
)  # fmt: skip


def ground_speed(h: float) -> float:
    """Speed of the point below a circular orbit over a Moon that does not turn; m, m/s."""
    return R_MOON * math.tau / period(h, h)


_GROUND_SLIPS: tuple[Slip, ...] = (
    (lambda h: speed(h, h, h),
     "That is the orbital speed. The point below is closer to the centre, and slower in proportion."),
    (lambda h: speed(h, h, h) * (R_MOON + h) / R_MOON,
     "The proportion is turned round: the ground point moves on the smaller circle."),
    (lambda h: ground_speed(h) / KM, "That is in km/s. The answer is asked in m/s."),
    (lambda h: speed(0.0, 0.0, 0.0),
     "That is the speed of an orbit at the ground. Asked is the point below an orbit at altitude h."),
    (lambda h: h * math.tau / period(h, h), "The ground is R_MOON from the centre, not h."),
)  # fmt: skip


def judge_period(answer: Any) -> list[Finding]:
    """T = 2 pi sqrt(a^3/mu) and the ground speed R 2 pi/T of circular orbits; drawn are two from 30 to 1,500 km up."""
    function = a.function(answer, "period")
    drawn = exam().rng("02.period").integers(30, 1501, 2)
    inputs = ((100e3,), (15e3,), (600e3,), *((1e3 * int(height),) for height in drawn))
    got = [a.numbers(a.call(function, *x, name="period"), 2, "period", "(period s, ground speed m/s)") for x in inputs]
    if all(same(t, ground_speed(*x), 1e-4) and same(g, period(*x, *x), 1e-4) for (t, g), x in zip(got, inputs, strict=True)):
        swapped = "Both numbers are right, in the wrong order: period first, then ground speed."
    else:
        swapped = ""
    rows = []
    parts: tuple[tuple[str, str, Callable[..., float], tuple[Slip, ...], str], ...] = (
        ("period of a circle", "s", lambda h: period(h, h), _PERIOD_SLIPS,
         "T = 2 pi sqrt(a^3/mu); a = R_MOON + altitude, all in metres."),
        ("ground speed below it", "m/s", ground_speed, _GROUND_SLIPS,
         "The ground point goes once around the Moon, 2 pi R_MOON, in one period."),
    )  # fmt: skip
    for i, (what, unit, right, slips, hint) in enumerate(parts):
        given = [row[i] for row in got]
        wrong = [k for k, x in enumerate(inputs) if not same(given[k], right(*x), 1e-4)]
        k = wrong[0] if wrong else 0
        told = swapped or slip_hint(given, inputs, slips, 1e-3) or hint
        rows.append(Finding(f"{what} {inputs[k][0] / 1e3:g} km up", 1, not wrong, number_text(given[k], unit),
                            number_text(right(*inputs[k]), unit), told))  # fmt: skip
    return rows


LABELS = ("ok", "km", "miles", "radius", "minutes", "unknown")


def _made(label: str, perilune: float, apolune: float, off: float = 0.0) -> tuple[float, float, float]:
    """An orbit as a page would print it that has made this slip, with its period off by a fraction."""
    t = period(perilune, apolune) * (1.0 + off)
    return {
        "ok": (perilune, apolune, t),
        "km": (perilune / KM, apolune / KM, t),
        "miles": (perilune / MILE, apolune / MILE, t),
        "radius": (R_MOON + perilune, R_MOON + apolune, t),
        "minutes": (perilune, apolune, t / 60.0),
    }[label]


def judge_units(answer: Any) -> list[Finding]:
    """A classifier of unit slips that uses Kepler's third law as its checksum, within 1 %.

    Drawn are two orbits of 100 to 400 by 500 to 6,000 km, in which no slip looks like another.
    """
    draw = exam().rng("02.units")
    drawn = tuple((1e3 * int(draw.integers(100, 401)), 1e3 * int(draw.integers(500, 6001))) for _ in range(2))
    function = a.function(answer, "diagnose")
    heard: set[str] = set()

    def said(case: tuple[float, float, float]) -> str:
        label = a.call(function, *case, name="diagnose")
        if a.is_blank(label) and not heard:
            raise a.Unanswered
        if a.is_blank(label):
            p, q, t = case
            raise a.BadAnswer(
                f"diagnose returned {label} for perilune {p:.6g}, apolune {q:.6g}, period {t:.6g}. "
                "Return a label in every case: 'unknown' where nothing fits."
            )
        heard.add(str(label))
        if isinstance(label, str) and label in LABELS:
            return label
        raise a.BadAnswer(f"diagnose returned {a.shown(label)}; it must return one of {', '.join(map(repr, LABELS))}.")

    def finding(what: str, right: str | None, cases: list[tuple[str, tuple[float, float, float]]], hint: str) -> Finding:
        answers = [(label, case, said(case)) for label, case in cases]
        bad = [row for row in answers if row[0] != row[2]]
        value = f"all {len(cases)} as they should be"
        if bad:
            p, q, t = bad[0][1]
            value = f"{bad[0][2]!r} for perilune {p:.6g}, apolune {q:.6g}, period {t:.6g}"
        return Finding(what, 1, not bad, value, f"{(bad[0][0] if bad else right)!r}" if bad or right else "", hint)

    orbits = ((100e3, 100e3), (600e3, 4000e3), (150e3, 5673e3), *drawn)
    good = [("ok", _made("ok", *orbit, off)) for orbit in orbits for off in (0.0, 0.006, -0.006)]
    slips = [(label, _made(label, *orbit)) for label in LABELS[1:5] for orbit in orbits]
    strange = [("unknown", _made("ok", *orbit, off)) for orbit in (*orbits[:2], *drawn) for off in (0.0175, -0.0175, 1.0)]
    strict = all(said(case) == "ok" for _, case in good[::3])
    flat = len({said(case) for _, case in slips}) == 1
    return [
        finding("numbers that fit pass, also when they are rounded by 0.6 %", "ok", good,
                "You are too strict: published numbers are rounded. Allow 1 % between the two periods." if strict else
                "Compute the period from perilune and apolune as they stand, and compare it with the one that is given."),
        finding("each slip is named", None, slips,
                "All slips get the same label. Try each: undo it, compute the period again, see whether it fits now." if flat
                else "Undo one slip at a time (times 1000, times 1609.344, minus R_MOON, period times 60) and compare again."),
        finding("what fits no slip is 'unknown'", "unknown", strange,
                "A period that is 1.75 % off is not rounding, and no slip makes it right. Don't pick the least bad label."),
    ]  # fmt: skip


def _vector(answer: Any, name: str) -> np.ndarray:
    """A 3-vector from what a student's function returned."""
    if a.is_blank(answer):
        raise a.Unanswered
    try:
        array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise a.BadAnswer(f"{name} is {a.shown(answer)}; it must be three numbers.") from None
    if array.shape != (3,):
        raise a.BadAnswer(f"{name} has the shape {array.shape}; it must be three numbers, (3,).")
    return array


def _gravity_hint(given: list[np.ndarray], places: list[np.ndarray]) -> str:
    """What is wrong with the acceleration."""
    slips: tuple[tuple[Callable[[np.ndarray, float], np.ndarray], str], ...] = (
        (lambda r, d: MU_MOON * r / d**3, "It points away from the Moon: gravity pulls, so there is a minus."),
        (lambda r, d: -MU_MOON * r / d**2,
         "r divided by its length is the direction, so the law needs r / |r|^3: it is too large by |r| now."),
        (lambda r, d: -MU_MOON * r / d, "Newton's law falls with the square of the distance: -mu r / |r|^3."),
        (lambda r, d: -r / d**3, "mu is missing."),
        (lambda r, d: -MU_MOON * np.sign(r) / r**2,
         "Use the length of the whole vector, not each component on its own."),
        (lambda r, d: -MU_MOON * r / (d + R_MOON) ** 3,
         "r is counted from the centre already; R_MOON must not be added."),
        (lambda r, d: -MU_MOON * MU_EARTH_OVER_MOON * r / d**3, "That is the Earth's mu."),
        (lambda r, d: -MU_MOON * r / d**3 / KM, "That is in km/s2; everything here is in metres."),
    )  # fmt: skip
    for slip, hint in slips:
        with np.errstate(all="ignore"):
            if all(np.allclose(g, slip(r, float(np.linalg.norm(r))), rtol=1e-6) for g, r in zip(given, places, strict=True)):
                return hint
    return "a = -mu r / |r|^3: it points to the centre, and its size is mu / |r|^2."


def _flown(function: Any, r: np.ndarray, v: np.ndarray, dt: float, steps: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Where a student's propagator ends, and whether it changed what it was given."""
    r0, v0 = r.copy(), v.copy()
    ended = a.call(function, r0, v0, dt, steps, name="propagate")
    if a.is_blank(ended):
        raise a.Unanswered
    if not isinstance(ended, (tuple, list, np.ndarray)) or len(ended) != 2:
        raise a.BadAnswer(f"propagate returned {a.shown(ended)}; it must return two vectors, r and v after the last step.")
    touched = not (np.array_equal(r0, r) and np.array_equal(v0, v))
    return _vector(ended[0], "r from propagate"), _vector(ended[1], "v from propagate"), touched


def _energy(r: np.ndarray, v: np.ndarray) -> float:
    return float(v @ v / 2.0 - MU_MOON / np.linalg.norm(r))


def _step_hint(function: Any, start: tuple[np.ndarray, np.ndarray]) -> str:
    """Which known wrong rule ends where this one does after 40 steps, or nothing."""
    dt, steps = 10.0, 40
    end, _, _ = _flown(function, *start, dt, steps)

    def pull(r: np.ndarray) -> np.ndarray:
        return np.asarray(-MU_MOON * r / np.linalg.norm(r) ** 3)

    for count, hint in (
        (1, "It makes one step only. Is `return` inside the loop, or does each step start from the first r and v?"),
        (steps - 1, "It makes one step too few: n steps, so range(n)."),
        (steps + 1, "It makes one step too many: n steps, so range(n)."),
    ):
        there, _ = twobody.kepler(*start, dt * count, mu=MU_MOON)
        if np.linalg.norm(end - np.asarray(there).reshape(3)) < 500.0:
            return hint

    if np.linalg.norm(end) > 1.09 * np.linalg.norm(start[0]):  # on a straight line it would be 1.06
        return "It is pushed away from the Moon. Gravity pulls: look at the sign where the kick is added."

    def stale(r: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        kick = 0.5 * dt * pull(r)
        return r + dt * (v + kick), v + 2.0 * kick

    def full(r: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        v = v + dt * pull(r)
        return r + dt * v, v

    def euler(r: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return r + dt * v, v + dt * pull(r)

    rules = (
        (stale, "Both half kicks use the same acceleration. The second needs it at the new place, after the drift."),
        (full, "Each step begins with a full kick. In a leapfrog the first and the last kick are half kicks."),
        (euler, "That is Euler's rule: it gains energy in every step. Take leapfrog (kick, drift, kick) or Runge-Kutta 4."),
    )
    for rule, hint in rules:
        r, v = start
        for _ in range(steps):
            r, v = rule(r, v)
        if np.linalg.norm(end - r) < 1.0:
            return hint
    return ""


def _plane(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors at right angles, in any direction."""
    x, y = draw.normal(size=(2, 3))
    x /= np.linalg.norm(x)
    y -= (x @ y) * x
    return x, y / np.linalg.norm(y)


def judge_propagate(gravity: Any, propagate: Any) -> list[Finding]:
    """An acceleration, and an integrator of at least second order that keeps the energy.

    Drawn are two places, 1.8 to 9 million metres out, and for each orbit a second plane and 90 to 100 % of its steps.
    """
    draw = exam().rng("02.propagate")
    field, function = a.function(gravity, "gravity"), a.function(propagate, "propagate")
    places = [np.array(p) for p in ((R_MOON + 100e3, 1.0, -2.0), (1.2e6, -1.1e6, 0.9e6), (-4e5, 3e6, 6e6))]
    places += [float(draw.uniform(1.8e6, 9e6)) * _plane(draw)[0] for _ in range(2)]
    pulls = [_vector(a.call(field, p.copy(), name="gravity"), "gravity(r)") for p in places]
    rights = [-MU_MOON * p / np.linalg.norm(p) ** 3 for p in places]
    fits = all(np.allclose(g, right, rtol=1e-9) for g, right in zip(pulls, rights, strict=True))
    yours, asked = (f"{number_text(float(np.linalg.norm(x)), 'm/s2')}, along x {x[0]:.4g}" for x in (pulls[0], rights[0]))
    findings = [Finding("gravity 100 km up on the x axis", 1, fits, yours, asked, _gravity_hint(pulls, places))]
    low = R_MOON + 100e3
    circle = np.array([low, 0.0, 0.0]), math.sqrt(MU_MOON / low) * np.array([0.0, 0.6, 0.8])
    peri = R_MOON + 150e3
    ellipse = np.array([0.0, peri, 0.0]), speed(150e3, 150e3, 5673e3) * np.array([-0.8, 0.0, 0.6])
    flights = [(circle, 283), (ellipse, 1200)]
    for (r, v), steps in flights[:2]:
        x, y = _plane(draw)
        turned = np.linalg.norm(r) * x, np.linalg.norm(v) * y
        flights.append((turned, int(draw.integers(round(0.9 * steps), steps + 1))))
    misses, changed, still = [], False, False
    for (r, v), steps in flights:
        end, _, touched = _flown(function, r, v, 10.0, steps)
        true_r, _ = twobody.kepler(r, v, 10.0 * steps, mu=MU_MOON)
        misses.append(float(np.linalg.norm(end - np.asarray(true_r).reshape(3))))
        changed, still = changed or touched, still or bool(np.allclose(end, r))
    r, v = flights[2][0]
    later_r, later_v, _ = _flown(function, r, v, 10.0, 2120)
    drift = _energy(later_r, later_v) / _energy(r, v) - 1.0
    if still:
        hint = "It ends where it began. Use the result of each step as the start of the next one."
    elif changed:
        hint = "It changes the arrays that it was given: r += ... writes into them. Write r = r + ..., or copy first."
    elif abs(drift) > 1e-3:
        hint = "It gains energy in every step: Euler's rule. Take leapfrog (kick, drift, kick) or Runge-Kutta 4."
    else:
        hint = "Energy is nearly kept, but the place is wrong: in a leapfrog the first and the last kick are half kicks."
    hint = _step_hint(function, circle) or hint
    found = max(misses)
    keeps = "Each step of your rule adds energy: the circle becomes a spiral. Leapfrog or Runge-Kutta 4 don't."
    return [
        *findings,
        Finding("after 0.4 revolutions of a circle and 0.4 of 150 x 5673 km, 10 s a step: at most 1 km off", 2,
                found <= 1000.0 and not changed,
                number_text(found, "m") + (", but the inputs are changed" if changed else ""),
                "at most 1,000 m, inputs left as they were", hint),
        Finding("energy after three revolutions 100 km up, 10 s a step", 1, abs(drift) <= 1e-5,
                f"changed by {drift:.1e} of itself", "at most 1e-05", keeps),
    ]  # fmt: skip


EXERCISES = (
    Exercise("02.speed", "vis-viva", 2, ("speed",), judge_speed),
    Exercise("02.period", "once around, and the ground below", 2, ("period",), judge_period),
    Exercise("02.units", "physics as a checksum", 3, ("diagnose",), judge_units),
    Exercise("02.propagate", "your own propagator", 4, ("gravity", "propagate"), judge_propagate),
    Exercise("02.frozen", "a parking place for half a year", 3, ("inclination_deg", "eccentricity", "argument_deg"),
             judge_frozen, PARKED, drawn_orbit),
)  # fmt: skip
