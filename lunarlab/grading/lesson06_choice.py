"""Lesson 06: which mission can still be flown, judged on what a rule chooses when things go well, leak, or tumble."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lunarlab.grading import answers as a
from lunarlab.grading.exam import exam
from lunarlab.grading.result import Finding
from lunarlab.insertion.margins import Option, decide

RESERVE = 0.05
"""Kept back on every mission."""

Row = tuple[str, float, float, float, float]
Trial = tuple[list[Row], list[float], list[float], float]

_DAY = 86400.0
MENU: list[Row] = [
    ("flyby", 10.0, 4 * _DAY, 6 * _DAY, 1.0),
    ("landing", 2800.0, 6 * _DAY, 30 * _DAY, 9.0),
    ("two orbits", 2900.0, 6 * _DAY, 25 * _DAY, 7.0),
    ("orbit", 800.0, 6 * _DAY, 25 * _DAY, 6.0),
    ("crash", 30.0, 3 * _DAY, 5 * _DAY, 2.0),
    ("photo pass", 50.0, 5 * _DAY, 7 * _DAY, 5.5),
]
TRIALS: dict[str, list[Trial]] = {
    "all is well: the worthiest": [
        (MENU, [0.0, 40 * _DAY], [3200.0, 3100.0], math.inf),
        (MENU[::-1], [0.0, 40 * _DAY], [6000.0, 5900.0], 31 * _DAY),
    ],
    "a leak: payable when its burn is due, with 5 % more": [
        (MENU, [0.0, 3 * _DAY, 7 * _DAY, 40 * _DAY], [3200.0, 3000.0, 900.0, 880.0], math.inf),  # payable now, not then
        (MENU, [0.0, 5 * _DAY, 7 * _DAY, 40 * _DAY], [3200.0, 2950.0, 2850.0, 2800.0], math.inf),  # 2900: without 5 % only
        (MENU, [0.0, 5 * _DAY, 7 * _DAY, 40 * _DAY], [3200.0, 2750.0, 2650.0, 2600.0], math.inf),  # 2700: too little anyhow
        (MENU, [0.0, 4 * _DAY, 9 * _DAY, 40 * _DAY], [3200.0, 2000.0, 0.0, 0.0], math.inf),  # 1200 between two samples
        (MENU, [0.0, 4 * _DAY, 7 * _DAY, 40 * _DAY], [3200.0, 2400.0, 0.0, 0.0], math.inf),  # 800: without 5 % only
        (MENU, [0.0, 6 * _DAY, 12 * _DAY, 40 * _DAY], [3200.0, 3000.0, 300.0, 0.0], math.inf),  # gone after the burn
    ],
    "control ends: held until the end, or nothing": [
        (MENU, [0.0, 40 * _DAY], [3200.0, 3100.0], 26 * _DAY),  # the landing burns before, and ends after
        (MENU, [0.0, 40 * _DAY], [3200.0, 3100.0], 5.5 * _DAY),
        (MENU, [0.0, 40 * _DAY], [3200.0, 3100.0], 2.0 * _DAY),
        (MENU, [0.0, 40 * _DAY], [5.0, 1.0], math.inf),
    ],
}  # fmt: skip


def drawn() -> dict[str, list[Trial]]:
    """For each trial another one that is as hard: who chooses wrongly in the one does so in the other.

    All costs times 0.8 to 1.3, all dates times 0.7 to 1.5, the menu shuffled and with other names on its rows.
    """
    rng = exam().rng("06.deadline")

    def other(trial: Trial) -> Trial:
        menu, t, usable, control = trial
        cost, pace = rng.uniform(0.8, 1.3), rng.uniform(0.7, 1.5)
        names = rng.permutation([row[0] for row in menu])
        rows: list[Row] = [
            (str(name), cost * dv, pace * at, pace * until, worth)
            for name, (_, dv, at, until, worth) in zip(names, menu, strict=True)
        ]
        rows = [rows[k] for k in rng.permutation(len(rows))]
        return rows, [pace * x for x in t], [cost * x for x in usable], pace * control

    return {text: [other(trial) for trial in trials] for text, trials in TRIALS.items()}


def best(trial: Trial) -> str:
    """The right choice of a trial."""
    menu, t, usable, control = trial
    chosen = decide([Option(*row) for row in menu], t, usable, control_until_s=control, margin_percent=100.0 * RESERVE)
    return chosen.best.name if chosen.best else "nothing"


def _rule(**change: Any) -> Callable[[Trial], str]:
    """A choice with one thing wrong in it."""
    rule: dict[str, Any] = {
        "when": lambda row: row[2], "usable": np.interp, "reserve": 1.0 + RESERVE, "control": lambda row, c: c >= row[3],
        "worth": lambda row: row[4],
    } | change  # fmt: skip

    def choose(trial: Trial) -> str:
        menu, t, usable, control = trial
        good = [
            row for row in menu
            if rule["usable"](rule["when"](row), t, usable) >= rule["reserve"] * row[1] and rule["control"](row, control)
        ]  # fmt: skip
        return str(max(good, key=rule["worth"])[0]) if good else "nothing"

    return choose


def _step(at: float, t: list[float], usable: list[float], side: int) -> float:
    """A sample beside a date, instead of the line between two."""
    k = int(np.searchsorted(t, at, side="right" if side < 0 else "left"))
    return usable[min(max(k - 1 if side < 0 else k, 0), len(t) - 1)]


CHOICE_SLIPS: list[tuple[Callable[[Trial], str], str]] = [
    (_rule(when=lambda row: 0.0), "It asks what is usable now, not when the burn is due: interpolate to `burn_at_s`."),
    (_rule(usable=lambda at, t, u: u[-1]), "It takes the last value of the array, not that at the burn."),
    (_rule(when=lambda row: row[3]), "It asks for the velocity change at the end of the mission. It is spent at `burn_at_s`."),
    (_rule(reserve=1.0, control=lambda row, c: True),
     "Two things are missing: the reserve, 5 % on top of the cost, and attitude control until the mission's end."),
    (_rule(worth=lambda row: 0.0), "It takes the first that is possible. Asked is the one that is worth most."),
    (_rule(worth=lambda row: row[4] / row[1]),
     "It chooses the most worth for each m/s. What is left over buys nothing: the one that is worth most."),
    (_rule(reserve=1.0), "The reserve is missing: 5 % on top of the cost."),
    (_rule(reserve=1.0 - RESERVE), "The reserve is on the wrong side: 5 % more than the cost must be there, not 5 % less."),
    (_rule(reserve=6.0), "5 % is 0.05."),
    (_rule(control=lambda row, c: True), "It never looks at attitude control, but a lander that tumbles flies nothing."),
    (_rule(control=lambda row, c: c >= row[2]),
     "Control must last until the mission's end, `until_s`, not only until its burn."),
    (_rule(worth=lambda row: -row[1]), "It chooses the cheapest. Asked is the one that is worth most."),
    (_rule(worth=lambda row: row[1]), "It chooses the dearest. Asked is the one that is worth most."),
    (_rule(worth=lambda row: -row[4]), "It chooses the one that is worth least."),
    (_rule(worth=lambda row: -row[2]), "It chooses the one that begins first. Asked is the one that is worth most."),
    (_rule(usable=lambda at, t, u: _step(at, t, u, -1)),
     "It takes the last sample before the burn. A leak goes on between samples: interpolate."),
    (_rule(usable=lambda at, t, u: _step(at, t, u, 1)),
     "It takes the first sample after the burn. Between samples usable velocity change runs straight: interpolate."),
]  # fmt: skip


def judge_deadline(answer: Any) -> list[Finding]:
    """The worthiest mission that is payable at its burn with 5 % more, and under control until its end."""
    function = a.function(answer, "best_mission")

    def ask(trial: Trial) -> str:
        menu, t, usable, control = trial
        said = a.call(function, list(menu), np.array(t), np.array(usable), control, name="best_mission")
        if said is None:
            return "nothing"  # no mission, and the rule falls through
        if a.is_blank(said):
            raise a.Unanswered
        if isinstance(said, (list, tuple)) and said and isinstance(said[0], str):
            said = said[0]  # the whole row: the name is in it
        if not isinstance(said, str):
            raise a.BadAnswer(f'best_mission returned {a.shown(said)}; it must return a name, or "nothing".')
        return "nothing" if said.strip().lower() == "nothing" else str(said)

    more = drawn()
    asked = {text: [*trials, *more[text]] for text, trials in TRIALS.items()}
    every = [trial for trials in asked.values() for trial in trials]
    if all(a.call(function, list(m), np.array(t), np.array(u), c, name="best_mission") is None for m, t, u, c in every):
        raise a.Unanswered
    said = {id(trial): ask(trial) for trial in every}
    right = {id(trial): best(trial) for trial in every}
    if said == right:
        hint = ""
    else:
        hint = next((h for wrong, h in CHOICE_SLIPS if all(said[id(t)] == wrong(t) for t in every)), "")
        hint = hint or (
            "For each mission: what is usable at its burn, is that 1.05 times its cost, does control last to its end?"
        )
    rows = []
    for text, trials in asked.items():
        bad = [t for t in trials if said[id(t)] != right[id(t)]]
        shown = bad[0] if bad else trials[0]
        rows.append(Finding(
            text, 1, not bad, f"{len(trials) - len(bad)} of {len(trials)}; {a.shown(said[id(shown)])}",
            f"{len(trials)} of {len(trials)}; {a.shown(right[id(shown)])}", hint,
        ))  # fmt: skip
    return rows
