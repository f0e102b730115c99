"""A burn with an engine of finite thrust, the instrument that should end it, and what happens when that instrument fails.

The lander is a point mass above a Moon that is a point mass, too. The engine pushes along or against the velocity, or in a
direction that stays where it was. An accelerometer adds up the velocity that it feels; the flight software cuts the engine
off when the sum reaches its goal. Behind it stands a timer. Luna 25 was lost because the accelerometer had not been
switched on: the sum stayed zero and the timer let the engine run for 127 s instead of 84 s.

`fly_burn` always returns a `BurnResult`, whose verdict says what became of the orbit. The state is
``y = [r_mci (3), v_mci (3), mass, measured velocity change]``, in Moon-centred inertial axes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import DAY, G0, MU_MOON, R_MOON, R_SOI_MOON
from lunarlab.errors import LunarlabError, PluginError
from lunarlab.insertion import thrust as th
from lunarlab.insertion.capture import from_state
from lunarlab.insertion.faults import BurnFault, readings
from lunarlab.integrate import Arc, propagate
from lunarlab.units import check_fields, choice, number, si


@dataclass(frozen=True)
class Engine:
    """An engine that is on or off."""

    thrust_N: float = number(400.0, "N", 1e-3, 1e8, "thrust")
    isp_s: float = number(320.0, "s", 10.0, 1e5, "specific impulse")

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def from_burn(cls, mass_before_kg: Any, mass_after_kg: Any, dv_mps: Any, burn_s: Any) -> Engine:
        """The engine that a published burn tells of: masses before and after, velocity change, duration."""
        after = si(mass_after_kg, "kg", name="mass_after_kg", low=1e-3)
        before = si(mass_before_kg, "kg", name="mass_before_kg", low=after * (1.0 + 1e-12))
        dv, seconds = si(dv_mps, "m/s", name="dv_mps", low=1e-6), si(burn_s, "s", name="burn_s", low=1e-6)
        isp = dv / (G0 * math.log(before / after))
        return cls((before - after) / seconds * isp * G0, isp)

    @property
    def flow_kgps(self) -> float:
        """Propellant per second [kg/s]."""
        return self.thrust_N / (self.isp_s * G0)

    def dv(self, mass_kg: Any, burn_s: Any) -> float:
        """Velocity change [m/s] that `burn_s` seconds give a lander of `mass_kg` at ignition (Tsiolkovsky).

        Raises LunarlabError for a burn that would use up the whole lander.
        """
        mass = si(mass_kg, "kg", name="mass_kg", low=1e-3, high=1e9)
        seconds, most = si(burn_s, "s", name="burn_s"), mass / self.flow_kgps
        if not seconds < most:
            raise LunarlabError(f"burn_s is {seconds:g} s; after {most:.1f} s all of the {mass:g} kg would be burnt")
        return -self.isp_s * G0 * math.log1p(-seconds / most)

    def burn_time(self, mass_kg: Any, dv_mps: Any) -> float:
        """Seconds that a velocity change takes, from a mass of `mass_kg` at ignition (Tsiolkovsky); `inf` for `inf`."""
        mass, dv = si(mass_kg, "kg", name="mass_kg", low=1e-3, high=1e9), si(dv_mps, "m/s", name="dv_mps")
        return -mass / self.flow_kgps * math.expm1(-dv / (self.isp_s * G0))


@dataclass(frozen=True)
class Burn:
    """What the flight software was told: when to stop, and where to point.

    A burn ends when the measured velocity change reaches `dv_mps`, at the latest `timer_s` after ignition. Leave `dv_mps`
    out for a burn by the clock alone. ``steering="tangential"`` pushes against the velocity as it turns (with it if
    `prograde`); ``"fixed"`` holds `direction`, a vector in inertial axes of any length, or, without one, the direction
    against (along) the velocity at ignition.
    """

    dv_mps: float = number(math.inf, "m/s", 1e-9, math.inf, "measured velocity change at which the software ends the burn")
    timer_s: float = number(3600.0, "s", 0.0, 1e6, "back-up timer: the burn ends at the latest then, from ignition")
    steering: str = choice("tangential", ("tangential", "fixed"), "how the thrust is pointed")
    direction: tuple[float, float, float] | None = field(default=None, metadata={"doc": "thrust, for fixed steering"})
    prograde: bool = False
    tick_s: float = number(0.1, "s", 0.001, 60.0, "how often a monitor is asked and the history is noted")

    def __post_init__(self) -> None:
        check_fields(self)
        if self.direction is not None:
            if self.steering != "fixed":
                raise LunarlabError("Burn.direction is given; it needs Burn.steering 'fixed', not 'tangential'")
            u = twobody.vector(self.direction, "", "Burn.direction")
            if not np.any(u):
                raise LunarlabError("Burn.direction is (0, 0, 0); it needs a length above 0")
            object.__setattr__(self, "direction", tuple(float(x) for x in u / np.linalg.norm(u)))


Monitor = Callable[[float, float, float], bool]
"""``cutoff(t, measured_dv, measured_accel) -> bool``: seconds from ignition, m/s, m/s2; True ends the burn."""


@dataclass(frozen=True, eq=False, repr=False)
class BurnResult:
    """What a burn did. Histories run through the burn and on: to the impact, for one revolution, or for a day.

    Times are seconds from ignition, altitudes are over the sphere of `R_MOON`. `history_s` (n,), `r_mci` and `v_mci`
    (n, 3), `mass_kg` (n,), `measured_dv_mps` (n,).
    """

    verdict: str
    """CAPTURED (it came on a hyperbola), LOWERED or RAISED (from a closed orbit), UNCHANGED, IMPACT or ESCAPED."""
    cutoff: str
    """What ended the burn: accelerometer, monitor, timer, propellant, engine (lost) or surface."""
    burn_s: float
    dv_mps: float
    """Velocity change that the engine gave: what a perfect accelerometer would have summed up."""
    propellant_kg: float
    gravity_loss_mps: float
    """dv beyond one impulse to the same energy: at the perilune of an arrival hyperbola, at ignition on a closed orbit."""
    before: twobody.Elements
    """Two-body orbit at ignition."""
    after: twobody.Elements
    """Two-body orbit at cut-off."""
    perilune_altitude_m: float
    """Of the two-body orbit after the burn; negative inside the Moon."""
    apolune_altitude_m: float
    """inf if the orbit is open."""
    period_s: float
    """inf if the orbit is open."""
    impact_s: float
    """nan without an impact, like the two that follow."""
    impact_speed_mps: float
    impact_angle_rad: float
    """Flight-path angle, negative downwards."""
    history_s: np.ndarray
    r_mci: np.ndarray
    v_mci: np.ndarray
    mass_kg: np.ndarray
    measured_dv_mps: np.ndarray


    @property
    def cutoff_state(self) -> tuple[np.ndarray, np.ndarray]:
        """Position and velocity at cut-off, (3,) and (3,)."""
        i = int(np.searchsorted(self.history_s, self.burn_s))
        return self.r_mci[i], self.v_mci[i]

    def __repr__(self) -> str:
        apolune = f"{self.apolune_altitude_m / 1e3:.1f} km" if math.isfinite(self.apolune_altitude_m) else "open"
        text = (
            f"{self.verdict}: {self.burn_s:.2f} s of thrust gave {self.dv_mps:.2f} m/s for {self.propellant_kg:.2f} kg, "
            f"{self.measured_dv_mps[-1]:.2f} m/s were measured; ended by the {self.cutoff}\n"
            f"  orbit {self.perilune_altitude_m / 1e3:.1f} km x {apolune}"
        )
        if self.verdict != "IMPACT":
            return text
        angle = math.degrees(-self.impact_angle_rad)
        where = f"{self.impact_s:.0f} s after ignition at {self.impact_speed_mps:.0f} m/s, {angle:.1f} deg down"
        return f"{text}\n  impact {where}"


def _limits(engine: Engine, burn: Burn, faults: tuple[BurnFault, ...], propellant: float) -> tuple[list[float], str]:
    """Times at which something changes, the last of them the end of the burn at the latest; and what ends it there."""
    timer = burn.timer_s
    for row in faults:
        if row.target == "timer":
            timer = row.value if row.kind == "set" else math.inf
    ends = [(timer, "timer")] + [(row.at_s, "engine") for row in faults if row.kind == "lost"]
    changes = {row.value if row.kind == "late" else row.at_s for row in faults if row.target != "timer"}
    times, left = [0.0], propellant
    for later in [*sorted(x for x in changes if x > 0.0), math.inf]:
        flow = engine.flow_kgps * readings(faults, times[-1])[0]
        if left <= flow * (later - times[-1]) and flow > 0.0:
            ends.append((times[-1] + left / flow, "propellant"))
            break
        left -= flow * (later - times[-1]) if flow > 0.0 else 0.0
        times.append(later)
    end, why = min(ends)
    if not math.isfinite(end):
        raise LunarlabError("the burn would never end: the timer is dead and the engine gives no thrust")
    return [x for x in times if x < end] + [end], why


def _ask(cutoff: Monitor, t: np.ndarray, dv: np.ndarray, accel: np.ndarray) -> int | None:
    """Index of the first tick at which the monitor says stop."""
    for i in range(t.size):
        try:
            stop = cutoff(float(t[i]), float(dv[i]), float(accel[i]))
        except Exception as error:
            raise PluginError(
                f"cutoff failed at t = {t[i]:g} s with measured_dv {dv[i]:g} m/s and measured_accel {accel[i]:g} m/s2: "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(stop, (bool, np.bool_)):
            raise PluginError(f"cutoff returned {stop!r} at t = {t[i]:g} s; it must return True (stop) or False")
        if stop:
            return i
    return None


def _check_propellant(engine: Engine, burn: Burn, mass: float, propellant: float) -> None:
    seconds = min(engine.burn_time(mass, burn.dv_mps), burn.timer_s)
    needed = engine.flow_kgps * seconds
    if needed > propellant:
        raise LunarlabError(
            f"the burn needs {needed:.1f} kg of propellant for {seconds:.1f} s; {propellant:.1f} kg are aboard, "
            f"{needed - propellant:.1f} kg are missing: it runs dry after {propellant / engine.flow_kgps:.1f} s"
        )


def fly_burn(
    r_mci: Any,
    v_mci: Any,
    mass_kg: Any,
    engine: Engine,
    burn: Burn,
    *,
    propellant_kg: Any = None,
    faults: tuple[BurnFault, ...] = (),
    cutoff: Monitor | None = None,
    mu: Any = MU_MOON,
    radius_m: Any = R_MOON,
) -> BurnResult:
    """Light the engine at a state, let the software or the timer end the burn, and see what becomes of the orbit.

    Parameters
    ----------
    r_mci, v_mci : array (3,)
        State at ignition, Moon-centred, inertial axes [m, m/s]; above the surface.
    mass_kg : float
        At ignition, with propellant.
    engine : Engine
    burn : Burn
    propellant_kg : float, optional
        Usable propellant; 95 % of the mass if not given. A burn that is planned beyond it is refused; one that a fault
        drives beyond it ends there.
    faults : tuple of BurnFault
    cutoff : callable, optional
        ``cutoff(t, measured_dv, measured_accel) -> bool``: the flight software, asked every `burn.tick_s` from ignition on
        in place of the comparison with `burn.dv_mps`. The timer stays.
    mu : float
        Gravitational parameter [m3/s2].
    radius_m : float
        Radius of the surface [m].

    Returns
    -------
    BurnResult

    Raises
    ------
    LunarlabError
        A state below the surface, a planned burn longer than the propellant (with what is missing), no end to the burn, or
        tangential steering until the velocity is gone.
    PluginError
        The monitor raised, or returned something else than True or False.
    """
    r, v = twobody.vector(r_mci, "m", "r_mci"), twobody.vector(v_mci, "m/s", "v_mci")
    mass = si(mass_kg, "kg", name="mass_kg", low=1e-3, high=1e9)
    mu = si(mu, "m3/s2", name="mu", low=1.0)
    ground = si(radius_m, "m", name="radius_m", low=0.0)
    for what, value, wanted in (("engine", engine, Engine), ("burn", burn, Burn)):
        if not isinstance(value, wanted):
            raise LunarlabError(f"{what} is {value!r}; it must be {'an' if what[0] == 'e' else 'a'} {wanted.__name__}")
    faults = (faults,) if isinstance(faults, BurnFault) else faults
    if not isinstance(faults, (tuple, list)) or not all(isinstance(row, BurnFault) for row in faults):
        raise LunarlabError(f"faults is {faults!r}; it must hold BurnFault, none or more")
    faults = tuple(faults)
    usable = 0.95 * mass if propellant_kg is None else propellant_kg
    usable = si(usable, "kg", name="propellant_kg", low=0.0, high=0.999 * mass)
    if np.linalg.norm(r) <= ground:
        raise LunarlabError(
            f"r_mci is {np.linalg.norm(r) / 1e3:.3f} km from the centre; it must be above the surface at {ground / 1e3:g} km"
        )
    if not np.any(v):
        raise LunarlabError("v_mci is zero: there is no direction to push against")
    if cutoff is None:
        _check_propellant(engine, burn, mass, usable)

    p = np.zeros(th.PARAMS)
    sense = 1.0 if burn.prograde else -1.0
    p[th.MU], p[th.SURFACE], p[th.GOAL] = mu, ground, math.inf if cutoff is not None else burn.dv_mps
    if burn.steering == "tangential":
        p[th.ALONG] = sense
    else:
        p[th.UX : th.UZ + 1] = sense * v / np.linalg.norm(v) if burn.direction is None else burn.direction

    times, reason = _limits(engine, burn, faults, usable)
    planned = min(engine.burn_time(mass, burn.dv_mps), burn.timer_s)
    step = burn.tick_s if cutoff is not None else max(planned / 200.0, times[-1] / 2000.0)
    y = np.concatenate((r, v, [mass, 0.0]))
    t_rows, y_rows, accel = [np.zeros(1)], [y[None, :]], [np.zeros(1)]
    end = 0.0
    for begin, until in itertools.pairwise(times):
        factor, p[th.SENSED], p[th.BIAS] = readings(faults, begin)
        p[th.THRUST], p[th.FLOW] = factor * engine.thrust_N, factor * engine.flow_kgps
        ticks = np.arange(math.floor(begin / step), math.ceil(until / step) + 1) * step
        ticks = ticks[(ticks > 0.0) & (ticks >= begin) & (ticks < until)]
        arc = _fly(y, begin, until, p, ticks)
        t_rows.append(arc.t)
        y_rows.append(arc.y)
        accel.append(p[th.SENSED] * p[th.THRUST] / arc.y[:, 6] + p[th.BIAS])
        end, y = arc.t_end, arc.y_end
        if arc.stopped:
            reason = "accelerometer" if y[7] > p[th.GOAL] - 1e-7 else "surface"
            if p[th.ALONG] != 0.0 and p[th.THRUST] > 0.0 and np.linalg.norm(y[3:6]) < th.STANDSTILL * (1.0 + 1e-6):
                height = (np.linalg.norm(y[:3]) - ground) / 1e3
                raise LunarlabError(
                    f"after {end:.1f} s of thrust the lander stands still {height:.1f} km above the surface: no velocity is "
                    "left to steer by; shorten the burn, or use fixed steering"
                )
            break
    t, rows = np.concatenate(t_rows), np.concatenate(y_rows)
    if cutoff is not None:
        said = _ask(cutoff, t[1:], rows[1:, 7], np.concatenate(accel)[1:])
        if said is not None:
            end, y, reason = t[said + 1], rows[said + 1], "monitor"
            t, rows = t[: said + 1], rows[: said + 1]
        thin = max(1, t.size // 500)
        t, rows = t[::thin], rows[::thin]
    p[th.THRUST] = p[th.FLOW] = p[th.SENSED] = p[th.BIAS] = 0.0
    p[th.GOAL] = math.inf
    return _judge(t, rows, end, y, reason, engine, p)


def _fly(y: np.ndarray, begin: float, until: float, p: np.ndarray, ticks: np.ndarray) -> Arc:
    """One stretch between changes, at the longest until the goal or the ground."""
    try:
        arc = propagate(th.powered, y, until, p, t0=begin, times=ticks, atol=th.ATOL, event=th.goal_or_ground, direction=-1)
    except LunarlabError as error:
        raise LunarlabError(f"{error}; has the engine stopped the lander? Then no velocity is left to steer by") from error
    under = np.flatnonzero(np.linalg.norm(arc.y[:, :3], axis=1) < p[th.SURFACE])
    if under.size == 0:
        return arc
    # A dip between two steps of the integrator: it sees the surface if it ends below the ground.
    return _fly(y, begin, float(arc.t[under[0]]), p, ticks[: under[0]])


def _judge(
    t: np.ndarray, rows: np.ndarray, end: float, y: np.ndarray, reason: str, engine: Engine, p: np.ndarray
) -> BurnResult:
    """Follow the lander after cut-off and put the result together. `p` has its engine off."""
    mu, ground, start = p[th.MU], p[th.SURFACE], rows[0]
    before, after = (twobody.elements(x[:3], x[3:6], mu=mu) for x in (start, y))
    energy_before, energy_after = -0.5 * mu / before.a_m, -0.5 * mu / after.a_m
    period = twobody.period(after.a_m, mu=mu) if after.e < 1.0 else math.inf
    dv = engine.isp_s * G0 * math.log(start[6] / y[6])
    at = before.periapsis_m if before.e >= 1.0 else float(np.linalg.norm(start[:3]))
    impulse = abs(math.sqrt(energy_before + mu / at) - math.sqrt(max(energy_after + mu / at, 0.0))) * math.sqrt(2.0)

    inbound = float(y[:3] @ y[3:6]) < 0.0
    far = after.apoapsis_m > R_SOI_MOON
    hit = reason == "surface"
    coast_y = np.empty((0, 8))
    horizon = DAY if far else period
    impact_s = end
    if not hit and after.periapsis_m < ground and (inbound or not far):
        perilune = end + from_state(y[:3], y[3:6], mu=mu).time_to_perilune_s  # below ground: the surface lies before it
        fall = propagate(th.powered, y, perilune, p, t0=end, atol=th.ATOL, event=th.goal_or_ground, direction=-1)
        hit, impact_s, horizon = True, fall.t_end, fall.t_end - end
    coast_t = np.linspace(end, end + horizon, 401)[1:]
    if reason != "surface":
        coast_y = propagate(th.powered, y, coast_t[-1], p, t0=end, times=coast_t, atol=th.ATOL).y
    else:
        coast_t = coast_t[:0]
    if hit:
        verdict = "IMPACT"
    elif far:
        verdict = "ESCAPED"
    elif before.e >= 1.0:
        verdict = "CAPTURED"
    else:
        verdict = "UNCHANGED" if dv == 0.0 else "LOWERED" if energy_after < energy_before else "RAISED"
    history = np.concatenate((rows, y[None, :], coast_y))
    last = history[-1]
    speed = float(np.linalg.norm(last[3:6]))
    slope = math.asin(float(last[:3] @ last[3:6]) / (float(np.linalg.norm(last[:3])) * speed))
    return BurnResult(
        verdict=verdict, cutoff=reason, burn_s=float(end), dv_mps=dv, propellant_kg=float(start[6] - y[6]),
        gravity_loss_mps=dv - impulse, before=before, after=after,
        perilune_altitude_m=after.periapsis_m - ground, apolune_altitude_m=after.apoapsis_m - ground, period_s=period,
        impact_s=float(impact_s) if hit else math.nan, impact_speed_mps=speed if hit else math.nan,
        impact_angle_rad=slope if hit else math.nan,
        history_s=np.concatenate((t, [end], coast_t)), r_mci=history[:, :3], v_mci=history[:, 3:6],
        mass_kg=history[:, 6], measured_dv_mps=history[:, 7],
    )  # fmt: skip
