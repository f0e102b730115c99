"""Answers to lesson 03 as students write them: right in different ways, and wrong in plausible ones."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

from lunarlab import twobody
from lunarlab.constants import DAY, MU_EARTH, MU_MOON, R_EARTH, R_MOON
from lunarlab.transfer import impulsive


def burn(h, d):
    r = R_EARTH + h
    return math.sqrt(2 * MU_EARTH * d / (r * (r + d))) - math.sqrt(MU_EARTH / r)


def half(h, d):
    return math.pi * math.sqrt(((R_EARTH + h + d) / 2) ** 3 / MU_EARTH)


def circle(h):
    return math.sqrt(MU_EARTH / (R_EARTH + h))


def flown_tli(h, d):
    """By integration: from the perigee until the distance stops growing."""
    r, v = R_EARTH + h, burn(h, d) + circle(h)

    def level(t, y):
        return y[0] * y[2] + y[1] * y[3]

    level.terminal, level.direction = True, -1.0
    run = solve_ivp(lambda t, y: [*y[2:], *(-MU_EARTH * y[:2] / np.hypot(*y[:2]) ** 3)], (0.0, 9e5), [r, 1.0, 0.0, v],
                    events=level, rtol=1e-10, atol=1e-3)  # fmt: skip
    return v - circle(h), run.t[-1]


def lead(h, d, now=0.0, mass=MU_MOON):
    return (math.pi - math.sqrt((MU_EARTH + mass) / d**3) * half(h, d)) % math.tau


def rates(h, d):
    return math.sqrt(MU_EARTH / (R_EARTH + h) ** 3), math.sqrt((MU_EARTH + MU_MOON) / d**3)


def wait(h, d, now):
    own, moon = rates(h, d)
    return ((now - lead(h, d)) % math.tau) / (own - moon)


def by_steps(h, d, now):
    """The wait by walking: one second at a time until the lead passes the needed one."""
    own, moon = rates(h, d)
    t = np.arange(0.0, 50_000.0)
    angle = np.mod(now - (own - moon) * t - lead(h, d) + math.pi, math.tau) - math.pi
    return lead(h, d), t[np.flatnonzero((angle[:-1] >= 0.0) & (angle[1:] < 0.0) & (abs(angle[:-1]) < 0.1))[0]]


def at_moon(r, v, d):
    return math.sqrt(v * v - 2 * MU_EARTH * (1 / r - 1 / d)), r * v / d


LOW = R_MOON + 100e3


def into_circle(v_infinity):
    return math.sqrt(v_infinity**2 + 2 * MU_MOON / LOW) - math.sqrt(MU_MOON / LOW)


def inf(r, v, d, vm):
    speed, across = at_moon(r, v, d)
    return math.sqrt(speed**2 + vm**2 - 2 * vm * across)


def by_components(r, v, d, vm):
    speed, across = at_moon(r, v, d)
    along = math.sqrt(max(speed**2 - across**2, 0.0))
    w = math.hypot(along, across - vm)
    return [w, into_circle(w)]


def by_flying(r, v, d, vm):
    """Fly to the Moon's distance by Kepler's equation, then subtract vectors."""
    a = 1 / (2 / r - v * v / MU_EARTH)
    e = 1 - r / a
    E = math.acos((1 - d / a) / e)
    t = (E - e * math.sin(E)) * math.sqrt(a**3 / MU_EARTH)
    place, velocity = twobody.kepler([r, 0.0, 0.0], [0.0, v, 0.0], t, mu=MU_EARTH)
    moon = vm * np.cross([0.0, 0.0, 1.0], place / np.linalg.norm(place))
    w = np.linalg.norm(velocity - moon)
    return w, np.sqrt(w * w + 2 * MU_MOON / LOW) - np.sqrt(MU_MOON / LOW)


def loops_for(departures, flights, total, limit):
    best = None
    for i, start in enumerate(departures):
        for j, days in enumerate(flights):
            if total[i, j] <= limit and (best is None or start + days < sum(best)):
                best = (start, days)
    return best


def sorted_cells(departures, flights, total, limit):
    start, days = np.meshgrid(departures, flights, indexing="ij")
    with np.errstate(invalid="ignore"):
        good = total <= limit
    order = np.argsort((start + days)[good])
    return np.array([start[good][order[0]], days[good][order[0]]])


def masked(departures, flights, total, limit):
    arrive = np.add.outer(departures, flights)
    arrive[~(total <= limit)] = np.nan
    i, j = divmod(int(np.nanargmin(arrive)), flights.size)
    return departures[i], flights[j]


def speed(p, q):
    r = R_EARTH + p
    return math.sqrt(MU_EARTH * (2 / r - 2 / (r + R_EARTH + q)))


def turn(p, q):
    return math.tau * math.sqrt((R_EARTH + (p + q) / 2) ** 3 / MU_EARTH)


def steps(p, q):
    v = [speed(p, x) for x in q]
    return [b - a for a, b in pairwise(v)]


def time(p, q):
    return sum(turn(p, x) for x in q[:-1]) + turn(p, q[-1]) / 2


def by_library(p, q):
    made = impulsive.phasing_loops([(p, x) for x in q])
    return np.array([loop.dv_perigee_mps for loop in made.loops[1:]]), made.duration_s


class Clock:
    """Remembers the rates of each orbit that it was asked about."""

    def __init__(self):
        self.known = {}

    def __call__(self, h, d, now):
        own, moon = self.known.setdefault((h, d), rates(h, d))
        needed = np.pi - moon * half(h, d)
        return np.float64(needed), np.mod(now - needed, 2 * np.pi) / (own - moon)


def by_energy(mu, h, d):
    r = R_EARTH + h
    a = (r + d) / 2
    return np.sqrt(2 * (mu / r - mu / (2 * a))) - np.sqrt(mu / r), twobody.period(a, mu=mu) / 2


RIGHT = {
    "03.tli": [
        lambda h, d: (burn(h, d), half(h, d)),
        lambda h, d: np.array([burn(h, d), half(h, d)]),
        flown_tli,
        partial(by_energy, MU_EARTH),
    ],
    "03.phase": [
        lambda h, d, now: (lead(h, d), wait(h, d, now)),
        lambda h, d, now: [lead(h, d, mass=0.0), (now - lead(h, d, mass=0.0)) % math.tau / (rates(h, d)[0] - rates(h, d)[1])],
        by_steps,
        Clock(),
    ],
    "03.v_infinity": [
        lambda *x: (inf(*x), into_circle(inf(*x))),
        by_components,
        by_flying,
    ],
    "03.porkchop": [
        loops_for,
        sorted_cells,
        masked,
    ],
    "03.loops": [
        lambda p, q: (steps(p, q), time(p, q)),
        lambda p, q: [np.array(steps(p, q)), np.float64(time(p, q))],
        by_library,
    ],
}  # fmt: skip


def pick(name):
    """A wrong choice from the porkchop, made here."""

    def earliest(departures, flights, total, limit):
        arrive = departures[:, None] + flights
        cheap = total <= limit
        rule = {
            "cheapest": np.where(np.isnan(total), np.inf, total),
            "first departure": np.where(cheap, departures[:, None] + 1e-9 * flights, np.inf),
            "shortest": np.where(cheap, flights + 1e-12 * departures[:, None], np.inf),
            "latest": np.where(cheap, -arrive, np.inf),
            "no limit": np.where(np.isnan(total), np.inf, arrive),
            "holes": arrive,
        }[name]
        i, j = np.unravel_index(np.argmin(rule), rule.shape)
        return departures[i], flights[j]

    return earliest


def indices(departures, flights, total, limit):
    arrive = np.where(total <= limit, departures[:, None] + flights, np.inf)
    return np.unravel_index(np.argmin(arrive), arrive.shape)


def arrival_too(departures, flights, total, limit):
    start, days = masked(departures, flights, total, limit)
    return start, start + days


def swapped(departures, flights, total, limit):
    return masked(departures, flights, total, limit)[::-1]


def transposed(departures, flights, total, limit):
    arrive = np.where(total <= limit, departures[:, None] + flights, np.inf)
    j, i = np.unravel_index(np.argmin(arrive), arrive.shape)
    return departures[i], flights[j]


def r_of(h):
    return R_EARTH + h


WRONG = {
    "03.tli": [
        (lambda h, d: (burn(h, d) + circle(h), half(h, d)), "speed at perigee"),
        (lambda h, d: (burn(h, d) / 1e3, half(h, d)), "km/s"),
        (lambda h, d: ((math.sqrt(2) - 1) * circle(h), half(h, d)), "escape for good"),
        (lambda h, d: (math.sqrt(2 * MU_EARTH * (1 / h - 1 / (h + d))) - math.sqrt(MU_EARTH / h), half(h, d)), "altitude is not a distance"),
        (lambda h, d: (burn(h, d + R_EARTH), half(h, d)), "don't add R_EARTH"),
        (lambda h, d: (math.sqrt(MU_EARTH * (2 / r_of(h) - 1 / (r_of(h) + d))) - circle(h), half(h, d)), "half the length of the ellipse"),
        (lambda h, d: (math.sqrt(MU_EARTH * (2 / r_of(h) - 1 / d)) - circle(h), half(h, d)), "is its apogee"),
        (lambda h, d: (-burn(h, d), half(h, d)), "faster"),
        (lambda h, d: (burn(h, d), 2 * half(h, d)), "whole ellipse"),
        (lambda h, d: (burn(h, d), half(h, d) / DAY), "in days"),
        (lambda h, d: (burn(h, d), half(h, d) / 3600), "in hours"),
        (lambda h, d: (burn(h, d), math.pi * math.sqrt((r_of(h) + d) ** 3 / MU_EARTH)), "Half the length"),
        (lambda h, d: (burn(h, d), math.pi * math.sqrt(d**3 / MU_EARTH)), "half of what you took"),
        (lambda h, d: (burn(h, d), half(h, d) / math.pi), "pi is missing"),
        (lambda h, d: (burn(h, d), half(h, d) * math.sqrt(MU_EARTH / MU_MOON)), "MU_EARTH, not MU_MOON"),
        (lambda h, d: (math.sqrt(MU_EARTH * (2 / r_of(h) - 2 / (h + d))) - circle(h), half(h, d)), "R_EARTH is missing in a"),
        (lambda h, d: (half(h, d), burn(h, d)), "wrong order"),
        (lambda h, d: burn(h, d), "2 numbers"),
        (3131.0, "must be a function"),
    ],
    "03.phase": [
        (lambda h, d, now: (math.degrees(lead(h, d)), wait(h, d, now)), "degrees"),
        (lambda h, d, now: (math.pi - lead(h, d), wait(h, d, now)), "how far the Moon moves"),
        (lambda h, d, now: (lead(h, d) - math.pi, wait(h, d, now)), "must be ahead"),
        (lambda h, d, now: (2 * math.pi - lead(h, d), wait(h, d, now)), "subtract its angle"),
        (lambda h, d, now: ((math.pi - rates(h, d)[0] * half(h, d)) % math.tau, wait(h, d, now)), "rate of the parking orbit"),
        (lambda h, d, now: (math.pi - 2 * rates(h, d)[1] * half(h, d), wait(h, d, now)), "half its period"),
        (lambda h, d, now: (lead(h, d) + math.pi, wait(h, d, now)), "not by 2 pi"),
        (lambda h, d, now: (lead(h, d), wait(h, d, now) / 60), "minutes"),
        (lambda h, d, now: (lead(h, d), (now - lead(h, d)) / (rates(h, d)[0] - rates(h, d)[1])), "can't be negative"),
        (lambda h, d, now: (lead(h, d), abs(now - lead(h, d)) / (rates(h, d)[0] - rates(h, d)[1])), "only shrinks"),
        (lambda h, d, now: (lead(h, d), (lead(h, d) - now) % math.tau / (rates(h, d)[0] - rates(h, d)[1])), "other way round"),
        (lambda h, d, now: (lead(h, d), (now - lead(h, d)) % math.tau / rates(h, d)[1]), "Your own rate"),
        (lambda h, d, now: (lead(h, d), (lead(h, d) - now) % math.tau / rates(h, d)[1]), "don't stand still"),
        (lambda h, d, now: (lead(h, d), math.degrees(wait(h, d, now))), "mixed"),
        (lambda h, d, now: (lead(h, d), (now - lead(h, d)) % math.tau / rates(h, d)[0]), "The Moon moves on while you wait"),
        (lambda h, d, now: (lead(h, d, mass=0.0), (now - lead(h, d, mass=0.0)) % math.tau / rates(h, d)[0]), "The Moon moves on"),
        (lambda h, d, now: (lead(h, d), (now - lead(h, d)) % math.tau / sum(rates(h, d))), "not at their sum"),
        (lambda h, d, now: (wait(h, d, now), lead(h, d)), "wrong order"),
        (lambda h, d: (lead(h, d), 0.0), "raised TypeError"),
    ],
    "03.v_infinity": [
        (lambda *x: (inf(*x) ** 2, into_circle(inf(*x))), "root is missing"),
        (lambda *x: (inf(*x) / 1e3, into_circle(inf(*x))), "km/s"),
        (lambda *x: (abs(at_moon(*x[:3])[0] - x[3]), into_circle(inf(*x))), "vectors"),
        (lambda *x: (abs(at_moon(*x[:3])[1] - x[3]), into_circle(inf(*x))), "across only"),
        (lambda *x: (math.hypot(at_moon(*x[:3])[0], x[3]), into_circle(inf(*x))), "right angles"),
        (lambda *x: (at_moon(*x[:3])[0], into_circle(inf(*x))), "The Moon moves, too"),
        (lambda *x: (math.sqrt(at_moon(*x[:3])[0] ** 2 + x[3] ** 2 + 2 * x[3] * at_moon(*x[:3])[1]), into_circle(inf(*x))), "subtracted"),
        (lambda *x: (x[1] - x[3], into_circle(inf(*x))), "energy first"),
        (lambda *x: (inf(*x), inf(*x)), "That is v_infinity"),
        (lambda *x: (inf(*x), math.sqrt(inf(*x) ** 2 + 2 * MU_MOON / LOW)), "speed at perilune"),
        (lambda *x: (inf(*x), inf(*x) + (math.sqrt(2) - 1) * math.sqrt(MU_MOON / LOW)), "speeds don't"),
        (lambda *x: (inf(*x), math.sqrt(inf(*x) ** 2 + 2 * MU_MOON / LOW) - math.sqrt(2 * MU_MOON / LOW)), "not in a circle yet"),
        (lambda *x: (inf(*x), math.sqrt(inf(*x) ** 2 + 2 * MU_MOON / 1e5) - math.sqrt(MU_MOON / 1e5)), "add R_MOON"),
        (lambda *x: (inf(*x), math.sqrt(inf(*x) ** 2 + 2 * MU_EARTH / LOW) - math.sqrt(MU_EARTH / LOW)), "MU_MOON"),
        (lambda *x: (inf(*x), into_circle(inf(*x)) / 1e3), "km/s"),
        (lambda *x: (inf(*x), math.sqrt(inf(*x) ** 2 + 2 * MU_MOON / R_MOON) - math.sqrt(MU_MOON / R_MOON)), "100 km up"),
        (lambda *x: (inf(*x), into_circle(inf(*x)) - math.sqrt(MU_MOON / LOW)), "subtracted twice"),
        (lambda *x: inf(*x), "2 numbers"),
    ],
    "03.porkchop": [
        (pick("cheapest"), "cheapest of all"),
        (pick("first departure"), "departs first"),
        (pick("shortest"), "shortest flight"),
        (pick("latest"), "Turn the comparison round"),
        (pick("no limit"), "too expensive"),
        (pick("holes"), "nan means none"),
        (indices, "row and column"),
        (arrival_too, "not departure and arrival"),
        (swapped, "Give a departure"),
        (transposed, "indices are swapped"),
        (lambda *x: masked(*x)[0], "2 numbers"),
        (lambda departures, flights, total: 0, "raised TypeError"),
    ],
    "03.loops": [
        (lambda p, q: ([speed(p, x) - circle(p) for x in q[1:]], time(p, q)), "burns from the circle"),
        (lambda p, q: (list(np.cumsum(steps(p, q))), time(p, q)), "Those are sums"),
        (lambda p, q: ([speed(p, x) for x in q[1:]], time(p, q)), "Those are speeds"),
        (lambda p, q: ([-x for x in steps(p, q)], time(p, q)), "after each burn"),
        (lambda p, q: ([abs(circle(a) - circle(b)) for a, b in pairwise(q)], time(p, q)), "Those are circles"),
        (lambda p, q: ([x / 1e3 for x in steps(p, q)], time(p, q)), "km/s"),
        (lambda p, q: (steps(p - R_EARTH, [x - R_EARTH for x in q]), time(p, q)), "add R_EARTH to both"),
        (lambda p, q: ([speed(p, q[0]) - circle(p), *steps(p, q)], time(p, q)), "one for each step"),
        (lambda p, q: (steps(p, q), sum(turn(p, x) for x in q)), "flown half"),
        (lambda p, q: (steps(p, q), sum(turn(p, x) for x in q[:-1])), "way out in the last orbit is missing"),
        (lambda p, q: (steps(p, q), sum(turn(p, x) for x in q) / 2), "Only the last orbit"),
        (lambda p, q: ([speed(p, q[-1]) - speed(p, x) for x in q[:-1]], time(p, q)), "straight to the last apogee"),
        (lambda p, q: (steps(p, q), turn(p, q[0]) + turn(p, q[-1]) / 2), "straight from the first orbit"),
        (lambda p, q: (steps(p, q), time(p, q) / 3600), "in hours"),
        (lambda p, q: (steps(p, q), time(p, q) / DAY), "in days"),
        (lambda p, q: (steps(p, q), turn(p, q[-1]) / 2), "way out only"),
        (lambda p, q: steps(p, q), "two things"),
        (lambda p, q: (sum(steps(p, q)), time(p, q)), "must return 3 numbers"),
    ],
}  # fmt: skip
