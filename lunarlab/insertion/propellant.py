"""Propellant, pressure and margins: what is aboard, what it still buys, and what a leak takes away.

The rocket equation turns kilograms into velocity change. Two tanks feed the engine in a fixed ratio, so the one that runs
short decides, and what is left in the other is dead weight. Helium pushes the propellant out; a valve that does not close
again lets the helium on until the tank tears. From there the leak runs by itself, its thrust turns the lander, and the
attitude thrusters spend propellant on holding it.

`fly_propellant` follows one such flight from launch to landing day. What flies is in `tanks`, what it means for the mission
in `margins`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lunarlab.constants import DAY, G0
from lunarlab.errors import LunarlabError
from lunarlab.insertion.tanks import KINDS, PropellantScenario
from lunarlab.integrate import propagate, rate, switch
from lunarlab.units import array

GAS_HELIUM = 2077.1
"""Specific gas constant of helium [J/(kg K)]: 8.314462618 / 0.0040026 (CODATA 2018)."""


@dataclass(frozen=True)
class Event:
    """Something that happened, `t_s` after launch."""

    t_s: float
    kind: str
    detail: str


@dataclass(frozen=True, eq=False, repr=False)
class PropellantFlight:
    """The result of `fly_propellant`. Histories, all (n,): from launch to the end of control, or to landing day.

    `dv_mps` is what the propellant aboard still buys; that the main engine would run at the pressure left is not claimed.
    """

    verdict: str
    """READY, MARGIN_EATEN (payable, but not with its reserve), MISSION_LOST, CONTROL_LOST or TUMBLING."""
    reasons: list[str]
    events: list[Event]
    scenario: PropellantScenario
    lost_s: dict[str, float]
    """When each milestone of the plan stopped being payable; inf: never."""
    control_until_s: float
    """End of attitude control; inf if it was never lost."""
    t_s: np.ndarray
    fuel_kg: np.ndarray
    oxidiser_kg: np.ndarray
    pressure_Pa: np.ndarray
    attitude_kg: np.ndarray
    """Spent by the attitude thrusters so far."""
    leak_kgps: np.ndarray
    """Oxidiser that leaves through the hole."""
    loss_kgps: np.ndarray
    """Oxidiser that leaves in all: the leak, and what the attitude thrusters burn."""
    dv_mps: np.ndarray

    def __repr__(self) -> str:
        return "\n".join([f"PropellantFlight {self.scenario.name}: {self.verdict}", *(f"  {text}" for text in self.reasons)])

    def event(self, kind: str) -> Event | None:
        """First event of a kind, or None."""
        return next((event for event in self.events if event.kind == kind), None)

    def dv_at(self, t_s: Any) -> Any:
        """Velocity change still usable [m/s] at `t_s` after launch (a number, or an array like it)."""
        return np.interp(array(t_s, "s", name="t_s"), self.t_s, self.dv_mps)

    def forecast_s(self, t_s: Any) -> Any:
        """How long the oxidiser would last [s] if it went on leaving as fast as at `t_s`: what a control room can tell."""
        left = np.maximum(self.oxidiser_kg - self.scenario.craft.unusable_kg, 0.0)
        with np.errstate(divide="ignore"):
            return np.interp(array(t_s, "s", name="t_s"), self.t_s, left / self.loss_kgps)


# What the kernel reads.
VOLUME, DENSITY, BOTTLE, CAP, AREA, GAS, TURN, QUIET, SHARE, UNUSABLE = range(10)
OXIDISER, FUEL, HELIUM, SPENT = range(4)


@rate
def drain(t, y, p, out):
    """Leak of a mixture of liquid and gas, and the attitude thrusters that hold against it.

    y = [oxidiser kg, fuel kg, pressure times volume of the helium J, attitude propellant spent kg].
    """
    ullage = p[VOLUME] - y[0] / p[DENSITY]
    if ullage <= 0.0 or y[0] < 0.0:
        return 1
    pressure = min(p[CAP], y[2] / (ullage + p[BOTTLE]))
    mixture = (y[0] + pressure * ullage / p[GAS]) / p[VOLUME]
    flow = p[AREA] * math.sqrt(2.0 * pressure / mixture)
    spent = p[QUIET] + 2.0 * p[AREA] * pressure * p[TURN]
    out[0] = -flow * y[0] / p[VOLUME] - spent * p[SHARE]
    out[1] = -spent * (1.0 - p[SHARE])
    out[2] = -flow * pressure * ullage / p[VOLUME]
    out[3] = spent
    return 0


@switch
def dry(t, y, p):
    """Falls through zero when one of the tanks holds no more than can't be used."""
    return min(y[0], y[1]) - p[UNUSABLE]


@dataclass(frozen=True)
class _Filling:
    """What the first opening of the valve does: when the tank has its pressure, and how."""

    over_s: float
    cap_Pa: float
    """What valve or relief valve lets the pressure rise to; inf where the bottle stays open."""
    torn: bool
    bottle_Pa: float
    """Left in the bottle when it is over, before what has not flowed yet."""
    events: list[Event]

    def helium(self, s: PropellantScenario, y: np.ndarray) -> float:
        """Pressure times volume of the helium [J] from then on, with the tank as it is then."""
        ullage = s.tank.volume_m3 - y[OXIDISER] / s.tank.density_kgpm3
        if self.torn:
            return float(s.tear.pressure_after_Pa * (ullage + s.tank.bottle_m3))
        if self.events[-1].kind == "relief":
            return float(self.cap_Pa * ullage + self.bottle_Pa * s.tank.bottle_m3)
        return float(y[HELIUM] + self.bottle_Pa * s.tank.bottle_m3)


def _fill(s: PropellantScenario, y: np.ndarray) -> _Filling:
    """First opening of the valve, with the tank as `y` has it then."""
    tank, hours = s.tank, s.tank.open_at_s / 3600.0
    ullage = tank.volume_m3 - float(y[OXIDISER]) / tank.density_kgpm3
    begin = float(y[HELIUM]) / ullage
    even = (float(y[HELIUM]) + tank.bottle_Pa * tank.bottle_m3) / (ullage + tank.bottle_m3)
    if even <= tank.feed_Pa:
        raise LunarlabError(f"the helium evens out at {even:g} Pa; Tank.feed_Pa, {tank.feed_Pa:g} Pa, needs more of it")

    def reached(pressure: float) -> float:
        return tank.fill_s * math.log((even - begin) / (even - pressure)) if pressure < even else math.inf

    happened = [Event(tank.open_at_s, "valve_open", f"helium valve opened for the first time, {hours:.1f} h after launch")]
    full, level = reached(tank.feed_Pa), reached(even - 1e-3 * (even - begin))
    stuck = [row.duration_s for row in s.faults if row.target == "valve"]
    closes = max([full, *stuck])
    limit, what = min((tank.burst_Pa, "burst"), (tank.relief_Pa, "relief"))
    if closes > full:
        told = f"fault: valve {KINDS['valve', 'stuck_open'][3]}, {tank.feed_Pa / 1e6:.1f} MPa"
        happened.append(Event(tank.open_at_s + full, "fault", told))
    if closes < reached(limit):
        pressure = even - (even - begin) * math.exp(-closes / tank.fill_s)
        happened.append(Event(tank.open_at_s + closes, "valve_closed", f"valve closed at {pressure / 1e6:.2f} MPa"))
        over = tank.open_at_s + min(closes, max(full, level))
        return _Filling(over, max(pressure, tank.feed_Pa), False, tank.bottle_Pa, happened)
    if limit >= even:  # stuck open for good, in a tank that holds all of the helium
        over = tank.open_at_s + level
        happened.append(Event(over, "evened_out", f"bottle and tank have evened out at {even / 1e6:.2f} MPa"))
        return _Filling(over, math.inf, False, tank.bottle_Pa, happened)
    over = tank.open_at_s + reached(limit)
    if what == "burst":
        happened.append(Event(over, "burst", f"oxidiser tank tears at {limit / 1e6:.2f} MPa"))
        return _Filling(over, math.inf, True, 0.0, happened)
    # What flows in after the relief valve has opened flows out of it, until valve or bottle is done.
    gone = closes if math.isfinite(closes) else level
    bottle = even + (tank.bottle_Pa - even) * math.exp(-gone / tank.fill_s)
    happened.append(Event(over, "relief", f"relief valve vents helium at {limit / 1e6:.2f} MPa"))
    return _Filling(over, limit, False, max(bottle, limit), happened)


def fly_propellant(scene: Any) -> PropellantFlight:
    """Follow tanks, pressure and attitude propellant from launch to the planned landing, without burning for the plan.

    The flight shows what is left for the plan at each time, as long as nothing of it has been flown. Gas and liquid keep
    their temperature; vapour of the oxidiser is left out; both engines draw their ratio.

    Parameters
    ----------
    scene : PropellantScenario

    Returns
    -------
    PropellantFlight
        Always; a torn tank is a verdict.

    Raises
    ------
    LunarlabError
        Not a scenario, too little helium for the feed pressure, a leak into nothing (see the dataclasses).
    """
    if not isinstance(scene, PropellantScenario):
        example = "for example lunarlab.case('peregrine').scenario"
        raise LunarlabError(f"scene is {scene!r}; it must be a PropellantScenario, {example}")
    craft, tank, tear, attitude, plan = scene.craft, scene.tank, scene.tear, scene.attitude, scene.plan
    happened: list[Event] = []
    filling: _Filling | None = None
    torn = False
    p = np.zeros(10)
    p[VOLUME], p[DENSITY], p[GAS] = tank.volume_m3, tank.density_kgpm3, GAS_HELIUM * tank.temperature_K
    p[TURN] = tear.arm_m / (attitude.arm_m * attitude.isp_s * G0)
    p[QUIET], p[SHARE] = attitude.quiet_kgps, craft.mixture_ratio / (1.0 + craft.mixture_ratio)
    p[UNUSABLE] = craft.unusable_kg

    holes = [(row.at_s, row.at_s + row.duration_s, row.value) for row in scene.faults if row.target == "tank"]
    edges = {tank.open_at_s, plan.landing_day_s, *(t for row in holes for t in row[:2])}
    ullage = tank.volume_m3 - craft.oxidiser_kg / tank.density_kgpm3
    y = np.array([craft.oxidiser_kg, craft.fuel_kg, tank.pad_Pa * ullage, 0.0])
    p[BOTTLE], p[CAP] = 0.0, math.inf  # before the valve is opened the bottle is a world of its own
    rows: list[np.ndarray] = []
    verdict, until = "", math.inf
    begin = 0.0
    while begin < plan.landing_day_s:
        if begin == tank.open_at_s:
            filling = _fill(scene, y)
            happened += filling.events
            edges.add(filling.over_s)
        if filling is not None and begin == filling.over_s:
            torn = filling.torn
            y[OXIDISER] -= min(tear.expelled_kg, y[OXIDISER]) if torn else 0.0
            p[BOTTLE], p[CAP], y[HELIUM] = tank.bottle_m3, filling.cap_Pa, filling.helium(scene, y)
        end = min(t for t in edges if begin < t <= plan.landing_day_s)
        area = sum(value for start, stop, value in holes if start <= begin < stop)
        area += tear.area_mm2 if torn else 0.0
        p[AREA] = 1e-6 * tear.discharge * area
        if area > 0.0 and not any(e.kind == "leak" for e in happened):
            happened.append(Event(begin, "leak", f"leak through {area:g} mm2; {y[OXIDISER]:.0f} kg of oxidiser in the tank"))
        gas = tank.volume_m3 - y[OXIDISER] / tank.density_kgpm3 + p[BOTTLE]
        torque = 2.0 * p[AREA] * tear.arm_m * min(p[CAP], y[HELIUM] / gas)
        if torque > attitude.torque_Nm:
            verdict, until = "TUMBLING", begin
            told = f"the leak turns it with {torque:.3g} N m; the thrusters hold {attitude.torque_Nm:g} N m"
            happened.append(Event(begin, "tumbling", told))
        stopped = bool(min(y[OXIDISER], y[FUEL]) <= craft.unusable_kg)
        if not stopped:
            grid = begin + (end - begin) * np.linspace(0.0, 1.0, 801) ** 3  # dense where a leak begins
            arc = propagate(drain, y, end, p, t0=begin, times=grid, rtol=1e-10, atol=1e-9, event=dry, direction=-1)
            rows += [np.column_stack((arc.t, arc.y, np.tile(p[[AREA, CAP, BOTTLE]], (arc.t.size, 1))))]
            y, begin, stopped = arc.y_end, arc.t_end, arc.stopped
        if stopped:
            rows += [np.array([[begin, *y, p[AREA], p[CAP], p[BOTTLE]]])]
            empty = "oxidiser" if y[OXIDISER] < y[FUEL] else "fuel"
            verdict, until = verdict or "CONTROL_LOST", min(until, begin)
            told = f"{empty} is down to what can't be used: no more attitude control"
            happened.append(Event(begin, "control_lost", told))
            break
    return _judge(scene, np.concatenate(rows), happened, verdict, until)


def _judge(
    scene: PropellantScenario, rows: np.ndarray, happened: list[Event], verdict: str, until: float
) -> PropellantFlight:
    """Histories, what was lost when, and a verdict with reasons."""
    craft, tank, plan = scene.craft, scene.tank, scene.plan
    t, oxidiser, fuel, helium, spent, area, cap, bottle = rows.T
    ullage = tank.volume_m3 - oxidiser / tank.density_kgpm3
    pressure = np.minimum(cap, helium / (ullage + bottle))
    mixture = (oxidiser + pressure * ullage / (GAS_HELIUM * tank.temperature_K)) / tank.volume_m3
    leak = area * np.sqrt(2.0 * pressure / mixture) * oxidiser / tank.volume_m3
    turn = scene.tear.arm_m / (scene.attitude.arm_m * scene.attitude.isp_s * G0)
    spending = scene.attitude.quiet_kgps + 2.0 * area * pressure * turn
    loss = leak + spending * craft.mixture_ratio / (1.0 + craft.mixture_ratio)
    dv = np.array([craft.dv_mps(f, o) for f, o in zip(fuel, oxidiser, strict=True)])
    lost = plan.ledger.lost_at(t, dv)
    for name, when in lost.items():
        if math.isfinite(when):
            told = f"{name} can no longer be paid for: {np.interp(when, t, dv):.0f} m/s left"
            happened.append(Event(when, "milestone_lost", told))
    happened = sorted((event for event in happened if event.t_s <= t[-1]), key=lambda event: event.t_s)
    need, have = plan.ledger.budget_mps, float(dv[-1])
    if not verdict:
        verdict = "READY" if have >= need else "MARGIN_EATEN" if have >= plan.ledger.required_mps else "MISSION_LOST"
    reasons = [
        f"{have:.0f} m/s are left {t[-1] / DAY:.1f} d after launch; the plan needs {plan.ledger.required_mps:.0f} m/s, "
        f"{need:.0f} with its reserve"
    ]
    if math.isfinite(until):
        why = "the leak turns it faster than the thrusters can hold" if verdict == "TUMBLING" else "the propellant is gone"
        reasons.insert(0, f"attitude control ends {until / DAY:.2f} d after launch: {why}")
    gone = [name for name in reversed(lost) if math.isfinite(lost[name])]
    if gone:
        reasons.append("lost in this order: " + ", ".join(f"{name} ({lost[name] / 3600:.1f} h)" for name in gone))
    return PropellantFlight(
        verdict, reasons, happened, scene, lost, until, t, fuel, oxidiser, pressure, spent, leak, loss, dv
    )  # fmt: skip
