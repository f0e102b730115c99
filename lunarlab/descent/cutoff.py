"""When the engines start and stop: how a lander decides that it is down, and what the ground does to one that still burns.

A lander cannot see that it stands. It infers it: from switches in its legs, or from the height that it believes. `Cutoff`
says by which rule, and its software is `watch`, once a tick. Two missions were lost, and one was nearly, to such a rule.

* **By contact.** The legs give a pulse when they touch. The software keeps it in a latch and heeds the latch once it
  believes to be lower than the arming height. Legs also give pulses when they unfold: a latch that is not cleared at arming
  then switches the engines off in the air.
* **By height.** Below a believed height the engines go off, and the lander falls the rest. It is as good as the belief.
* **Inertial mode.** Without range and velocity for a while a lander may fly on by its gyros alone, with constant thrust, and
  hold back the cut-off, because it does not know its height.

A contact with engines that run on is a bounce. The ground gives back a share of the speed into it (`restitution`), and takes
from the speed along it at most `friction` times the change of the other (Coulomb); the accelerometers feel both. Legs are
not modelled in it: a rebound slower than `REST_MPS` is a lander that stays down. With thrust a of gravity g, a rebound at v
rises to v^2 / 2(g - a) and lasts 2v / (g - a).

Engines that are cut off stop at once: valves close in milliseconds, the lag of a throttle is another matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lunarlab.descent import faults as f
from lunarlab.descent import guidance as g
from lunarlab.descent import sensors as s
from lunarlab.descent import vehicle as v
from lunarlab.descent.terrain import ground
from lunarlab.errors import LunarlabError
from lunarlab.jit import kernel
from lunarlab.units import check_fields, choice, number

RULES = ("ideal", "contact", "height")
IDEAL, BY_CONTACT, BY_HEIGHT = range(3)
REST_MPS = 0.05  # a rebound slower than this is none: the flight ends, engines or not
LIFT_M = 1e-6  # a rebound begins so high over the ground: above the rounding of a radius of 1.7e6 m

# what `watch` did, as a sum of these
LIT, ARMED, INERTIAL, CUT = 1, 2, 4, 8
# how a contact goes on, from `meet_ground`
BOUNCES, ENDS, SWITCHES_OFF = range(3)


@dataclass(frozen=True)
class Cutoff:
    """How the engines are switched on and off. Without it contact is known at once, and ends the flight ("ideal")."""

    rule: str = choice("ideal", RULES, "ideal: contact ends the flight; contact: leg sensors; height: believed height")
    height_m: float = number(4.0, "m", -1e3, 1e4, "height: engines off at or below this believed height over the target")
    arm_height_m: float = number(40.0, "m", 0.0, 1e5, "contact: sensors are heeded from this believed height down")
    clear_at_arming: float = number(1.0, "", 0.0, 1.0, "contact: 1: what the latch holds is forgotten at arming; 0: not")
    readings: float = number(0.0, "", 0.0, 100.0, "contact: so many readings in a row after arming; 0: the latch is enough")
    command_s: float = number(0.0, "s", 0.0, 1e4, "engines off by command so long after the first contact; 0: never")
    start_height_m: float = number(0.0, "m", 0.0, 1e6, "engines stay off above this believed height; 0: they burn at once")
    least_burn_s: float = number(0.0, "s", 0.0, 1e3, "engines that burn are not switched off by a rule before this time")
    radar_lost_s: float = number(0.0, "s", 0.0, 1e3, "inertial mode after so long without range and velocity; 0: never")
    hold_weight: float = number(0.0, "", 0.0, 5.0, "inertial mode: thrust over weight that is held; 0: guidance goes on")
    restitution: float = number(0.5, "", 0.0, 0.95, "of a contact with running engines: speed after over speed before")
    friction: float = number(0.4, "", 0.0, 2.0, "coefficient of friction of such a contact")

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("clear_at_arming", "readings"):
            if getattr(self, name) != int(getattr(self, name)):
                raise LunarlabError(f"Cutoff.{name} is {getattr(self, name):g}; it must be a whole number")


CUTOFF = np.dtype([
    ("on", "i8"), ("rule", "i8"), ("height", "f8"), ("arm", "f8"), ("clear", "i8"), ("readings", "i8"), ("command", "f8"),
    ("start", "f8"), ("least", "f8"), ("radar_lost", "f8"), ("hold", "f8"), ("restitution", "f8"), ("friction", "f8"),
    ("survivable", "f8"),  # m/s: a harder contact is the last
])  # fmt: skip
"""`Cutoff` as the kernels read it."""

CUTOFF_WORK = [
    ("cut", "i8"), ("lit", "i8"), ("legs_armed", "i8"), ("latch", "i8"), ("readings", "i8"), ("touched", "i8"),
    ("inertial", "i8"), ("held_back", "i8"), ("deaf", "i8"), ("hopping", "i8"), ("bounces", "i8"),
    ("t_lit", "f8"), ("t_seen", "f8"), ("t_contact", "f8"), ("cut_altitude", "f8"), ("hardest", "f8"), ("hop_radius", "f8"),
    ("hop_distance", "f8"), ("speed_in", "f8"), ("speed_out", "f8"),
]  # fmt: skip
"""What is written to in flight: entries of the loop's record."""


def pack_cutoff(c: Cutoff, survivable_mps: float, faults: tuple[f.Fault, ...]) -> tuple[float, ...]:
    """Numbers for the kernels, in the order of `CUTOFF`. A fault of touchdown sensing needs it, whatever the rule."""
    on = c.rule != "ideal" or max(c.start_height_m, c.radar_lost_s) > 0.0
    on = on or any(fault.target == "touchdown" for fault in faults)
    return (
        int(on), RULES.index(c.rule), c.height_m, c.arm_height_m, int(c.clear_at_arming), int(c.readings),
        c.command_s, c.start_height_m, c.least_burn_s, c.radar_lost_s, c.hold_weight, c.restitution, c.friction,
        survivable_mps,
    )  # fmt: skip


@kernel
def read_legs(w):
    """Take in the leg sensors: returns 1 for a pulse since the last tick; notes what else ails touchdown sensing."""
    pulse, w.touched, w.deaf, w.held_back = w.touched, 0, 0, 0
    for i in range(f.count(w.faults)):
        if f.is_active(w.faults, i, f.TOUCHDOWN, w.t):
            kind = int(w.faults[i, f.F_KIND])
            if kind == f.SPURIOUS:
                pulse = 1
            elif kind == f.ABSENT:
                w.deaf = 1
            elif kind == f.INHIBITED:
                w.held_back = 1
    return 0 if w.deaf == 1 else pulse


@kernel
def believes_down(w, c):
    """Whether the rule says that the lander is down: 1 or 0."""
    if w.held_back == 1 or w.inertial == 1:
        return 0
    if c.rule == BY_HEIGHT and w.est_height <= c.height:
        return 1
    if c.rule == BY_CONTACT and w.legs_armed == 1 and (w.readings >= c.readings if c.readings > 0 else w.latch == 1):
        return 1
    return 0


@kernel
def shut(w):
    """Close the valves."""
    w.cut, w.cut_altitude = 1, w.altitude
    w.engine[v.ON], w.y[v.T_MAIN], w.y[v.T_ASSIST] = 0.0, 0.0, 0.0


@kernel
def watch(w, p):
    """The software, once a tick: start, arming, inertial mode, cut-off. Returns what it did, a sum of LIT, ARMED, ..."""
    c, told = p.cutoff, 0
    if w.lit == 0 and (c.start <= 0.0 or w.est_height <= c.start):
        w.lit, w.t_lit = 1, w.t
        told += LIT if c.start > 0.0 else 0

    pulse = read_legs(w)
    if c.rule == BY_CONTACT and w.legs_armed == 0 and w.est_height <= c.arm:
        w.legs_armed = 1
        told += ARMED
        if c.clear == 1:
            w.latch = 0
    if pulse == 1:
        w.latch = 1
    w.readings = w.readings + 1 if pulse == 1 and w.legs_armed == 1 else 0

    if w.meas[s.RANGE_VALID] > 0.0 or w.meas[s.VEL_VALID] > 0.0:
        w.t_seen = w.t
    elif w.inertial == 0 and 0.0 < c.radar_lost <= w.t - w.t_seen + 1e-6:
        w.inertial = 1
        told += INERTIAL

    if w.cut == 0 and w.lit == 1:
        by_rule = believes_down(w, c) == 1 and w.t - w.t_lit >= c.least - 1e-6
        if by_rule or (c.command > 0.0 and w.t - w.t_contact >= c.command - 1e-6):
            shut(w)
            told += CUT
    return told


@kernel
def hold(w, p):
    """In inertial mode, replace what the law asks for by a constant share of the weight, upwards."""
    if p.cutoff.hold > 0.0:
        w.out[0], w.out[1], w.out[2] = 0.0, 0.0, p.cutoff.hold * w.est[g.HOVER]


@kernel
def silent(w):
    """Whether the engines must not burn: 1 before their start and after cut-off."""
    return 1 if w.lit == 0 or w.cut == 1 else 0


@kernel
def meet_ground(w, p):
    """What follows from a contact: ENDS, SWITCHES_OFF (the legs end it), or BOUNCES, and then the velocity is the rebound's.

    A contact too hard to survive is the last, and so is one with engines that do not burn.
    """
    c, y = p.cutoff, w.y
    if c.on == 0:
        return ENDS
    x, cross, level = -y[v.THETA] * p.radius, y[v.PHI] * p.radius, 0.0
    rise = (ground(p.terrain, x - 2.0, cross) - ground(p.terrain, x + 2.0, cross)) / 4.0  # forward, x falls
    if p.space == 1:
        level = (ground(p.terrain, x, cross + 2.0) - ground(p.terrain, x, cross - 2.0)) / 4.0
    up = 1.0 / math.sqrt(1.0 + rise * rise + level * level)  # the ground's normal is up * (-rise, -level, 1)
    into = -up * (y[v.V_UP] - rise * y[v.V_FWD] - level * y[v.V_LEFT])
    speed = math.sqrt(y[v.V_UP] * y[v.V_UP] + y[v.V_FWD] * y[v.V_FWD] + y[v.V_LEFT] * y[v.V_LEFT])
    w.touched, w.t_contact = 1, min(w.t_contact, w.t)
    w.speed_in, w.speed_out = into, c.restitution * into
    known = c.rule == IDEAL and w.held_back == 0
    if known or w.cut == 1 or w.dry == 1 or w.lit == 0 or speed > c.survivable:
        return ENDS
    if c.rule == BY_CONTACT and w.legs_armed == 1 and w.deaf == 0 and w.held_back == 0 and w.inertial == 0:
        w.latch = 1
        shut(w)
        return SWITCHES_OFF
    if w.speed_out < REST_MPS:
        return ENDS
    kick = (1.0 + c.restitution) * into  # along the normal
    along_x, along_y = y[v.V_FWD] - up * rise * into, y[v.V_LEFT] - up * level * into  # what is left along the ground ...
    along_z = y[v.V_UP] + up * into
    slide = math.sqrt(along_x * along_x + along_y * along_y + along_z * along_z)
    brake = min(c.friction * kick / slide, 1.0) if slide > 0.0 else 0.0  # ... and the share of it that friction takes
    dx, dy = -up * rise * kick - brake * along_x, -up * level * kick - brake * along_y
    dz = up * kick - brake * along_z
    y[v.V_FWD] += dx
    y[v.V_LEFT] += dy
    y[v.V_UP] += dz
    y[v.DV_FWD] += dx  # an accelerometer feels a blow
    y[v.DV_LEFT] += dy
    y[v.DV_UP] += dz
    y[v.R] += LIFT_M
    w.hardest = max(w.hardest, into)
    w.bounces += 1
    w.hopping, w.hop_radius, w.hop_distance = 1, y[v.R], w.distance
    return BOUNCES


@kernel
def at_top(w):
    """Whether a hop has passed its highest point: 1, and then it is over."""
    if w.y[v.V_UP] > 0.0:
        return 0
    w.hopping = 0
    return 1
