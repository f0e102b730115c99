"""The tick loop: sense, estimate, guide, actuate, advance, and find events inside the step.

`run` is the one source of a flight. Compiled, it takes law and filter as first-class functions of fixed signature, so
that its machine code comes from the disk and only a student's few lines compile. When those do not compile, the same
`run` is called as plain Python around the compiled `sense`, `decide` and `advance`: every number that it handles is
computed by the same machine code, so both give the same history to the last bit.

Well over 400 lines: the order of things within one tick is the one idea here, and reads best in one place.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab import jit
from lunarlab.descent import attitude, computer, cutoff, hazards, space, zone
from lunarlab.descent import faults as f
from lunarlab.descent import guidance as g
from lunarlab.descent import navigation as n
from lunarlab.descent import sensors as s
from lunarlab.descent import vehicle as v
from lunarlab.descent.sixstate import nees
from lunarlab.descent.terrain import ground, mapped
from lunarlab.jit import kernel

RUNNING, CONTACT, TIMEOUT, DIVERGED, LAW_FAILED, FILTER_FAILED = range(6)

EVENTS = (
    "deorbit", "ignition", "first_range", "gate_armed", "first_reject", "lockout", "readmit", "brake_end", "terminal",
    "main_cutoff", "main_relight", "final_rate", "estimate_zero", "propellant_out", "contact", "fault", "divert",
    "program_alarm", "restart", "computer_reset", "relight_failed", "engine_restart",
    "engines_on", "legs_armed", "inertial", "cutoff", "bounce", "hop",
    "retarget",
)  # fmt: skip
(E_DEORBIT, E_IGNITION, E_FIRST_RANGE, E_ARMED, E_REJECT, E_LOCKOUT, E_READMIT, E_BRAKE_END, E_TERMINAL, E_CUTOFF,
 E_RELIGHT, E_FINAL, E_EST_ZERO, E_DRY, E_CONTACT, E_FAULT, E_DIVERT) = range(17)  # fmt: skip
E_ALARM, E_RESTART, E_RESET = 17, 18, 19  # two follow a reset, in the order of `computer.FAILS` and `LIGHTS`
E_LIT, E_LEGS, E_INERTIAL, E_OFF, E_BOUNCE, E_HOP = range(22, 28)
E_RETARGET = 28
EVENT_SIZE, EVENTS_MAX = 8, 128  # t, code, distance to go, true altitude, estimated height, true vertical speed, two more

HISTORY = {
    "t": "s", "true_distance": "m", "true_altitude": "m", "true_height": "m", "true_forward_speed": "m/s",
    "true_vertical_speed": "m/s", "true_mass": "kg", "true_pitch": "rad", "true_thrust_main": "N",
    "true_thrust_assist": "N", "est_distance": "m", "est_height": "m", "est_forward_speed": "m/s",
    "est_vertical_speed": "m/s", "est_sigma_height": "m", "meas_range": "m", "meas_valid": "", "nav_innovation": "m",
    "nav_sigma": "m", "nav_gate": "m", "nav_status": "", "cmd_accel_forward": "m/s2", "cmd_accel_up": "m/s2",
    "cmd_thrust": "N", "cmd_pitch": "rad", "phase": "", "cmd_thrust_main": "N",
    "true_cross": "m", "true_left_speed": "m/s", "true_tilt": "rad", "est_cross": "m", "est_left_speed": "m/s",
    "cmd_accel_left": "m/s2", "cmd_tilt": "rad", "meas_range_2": "m", "aim_distance": "m", "aim_cross": "m",
    "nav_nees": "", "nav_nis": "", "nav_dof": "",
    "computer_load": "", "computer_jobs": "",
    "est_pitch": "rad",
    "plan_vertical_speed": "m/s",
}  # fmt: skip
"""Columns of a history and their units. Altitude is over the ground, height over the datum, distance left to the target,
cross to the left of the track. The aim is where guidance steers to: (0, 0) until a divert."""

WORK = np.dtype([
    ("t", "f8"), ("t_ignition", "f8"), ("t_first_range", "f8"), ("distance", "f8"), ("altitude", "f8"), ("v_up", "f8"),
    ("est_height", "f8"), ("target_height", "f8"), ("dv_up", "f8"), ("dv_fwd", "f8"), ("dry_altitude", "f8"),
    ("phase", "i8"), ("status", "i8"), ("main_on", "i8"), ("tick", "i8"), ("ranges", "i8"), ("rows", "i8"),
    ("events", "i8"), ("events_lost", "i8"), ("dry", "i8"), ("armed", "i8"), ("rejected", "i8"), ("locked", "i8"),
    ("est_zero", "i8"), ("ranges_2", "i8"), ("fixes", "i8"), ("scanned", "i8"), ("t_phase", "f8"), ("dv_left", "f8"),
    ("target_x", "f8"), ("target_y", "f8"), ("pick", "f8", hazards.PICK_SIZE),
    ("y", "f8", v.STATE_SIZE), ("y_next", "f8", v.STATE_SIZE),
    ("asked", "f8", 2), ("command", "f8", 4), ("engine", "f8", v.ENGINE_SIZE), ("faults", "f8", (f.FAULTS_MAX, f.ROW)),
    ("sensor_memory", "f8", s.SENSOR_MEMORY), ("delay_line", "f8", s.DELAY_LINE), ("delay_line_2", "f8", s.DELAY_LINE),
    ("guidance", "f8", g.PARAMS_SIZE),
    ("meas", "f8", s.MEAS_SIZE), ("memory", "f8", n.MEMORY_SIZE), ("nav", "f8", 6), ("est", "f8", g.EST_SIZE),
    *cutoff.CUTOFF_WORK, *attitude.ATTITUDE_WORK,
    ("out", "f8", 3), ("truth", "f8", 6), ("scratch", "f8", 42),
    ("computer", "f8", computer.STATE_SIZE),
])  # fmt: skip
"""What a flight writes to, as one record: numba passes it as a pointer, so the small kernels below cost nothing to call."""


def new_work(y: np.ndarray, guidance: np.ndarray, rows: np.ndarray) -> Any:
    """A fresh record for a flight that starts in state y, with the sequencer's numbers and the fault rows."""
    w = np.zeros(1, WORK).view(np.recarray)[0]
    w.t_first_range = w.t_seen = w.t_contact = math.inf
    w.last_pitch = y[v.PITCH]
    w.main_on = 1
    w.y[:], w.guidance[:], w.faults[:] = y, guidance, rows
    w.command[2] = math.pi / 2
    w.engine[v.ON] = w.engine[v.SHARE] = 1.0
    return w


@kernel
def copy(source, target):
    """Copy an array, element by element (slices would compile for seconds)."""
    for i in range(source.size):
        target[i] = source[i]


@kernel
def to_go(w, p):
    """True ground distance to the target [m]."""
    return -w.y[v.THETA] * p.radius


@kernel
def altitude(y, p):
    """True height over the ground [m]."""
    return y[v.R] - p.radius - ground(p.terrain, -y[v.THETA] * p.radius, y[v.PHI] * p.radius)


@kernel
def move(w, h, command, p):
    """One step of h seconds from the present state into `y_next`, in the plane or in space."""
    if p.space == 1:
        space.rk4_step(w.y, h, command, w.engine, p.omega, p.vehicle, w.y_next)
    else:
        v.rk4_step(w.y, h, command, w.engine, p.vehicle, w.y_next)


@kernel
def place(w, p, height):
    """Note in `w` where the lander truly is, `height` over the ground; events and rows copy it from there."""
    w.distance, w.altitude, w.v_up = to_go(w, p), height, w.y[v.V_UP]
    w.est_height = w.nav[n.Z] - w.target_height


@kernel
def look(w, p):
    """`place` with the altitude found anew."""
    place(w, p, altitude(w.y, p))


@kernel
def log_event(w, events, code, first, second):
    """Append an event at the present time (small on purpose: it is inlined in many places)."""
    i = w.events
    last_word = code == E_DRY or code == E_CONTACT or code == E_EST_ZERO
    if i < EVENTS_MAX - 3 or last_word:  # a law that lights an engine a hundred times must not hide the contact
        events[i, 0], events[i, 1], events[i, 2], events[i, 3] = w.t, code, w.distance, w.altitude
        events[i, 4], events[i, 5], events[i, 6], events[i, 7] = w.est_height, w.v_up, first, second
        w.events = i + 1
    else:
        w.events_lost += 1


@kernel
def record(w, p, history):
    """Append a row of `HISTORY`, if there is room (a campaign gives none). `look` has noted where the lander is."""
    if w.rows >= history.shape[0]:
        return
    row, y = history[w.rows], w.y
    row[0], row[1], row[2], row[3] = w.t, w.distance, w.altitude, y[v.R] - p.radius
    row[4], row[5], row[6], row[7] = y[v.V_FWD], y[v.V_UP], y[v.MASS], y[v.PITCH]
    row[8], row[9] = y[v.T_MAIN] * w.engine[v.ON], y[v.T_ASSIST] * w.engine[v.ON]
    row[10], row[11], row[12], row[13] = -w.nav[n.X], w.nav[n.Z], w.nav[n.VX], w.nav[n.VZ]
    row[14] = math.sqrt(max(w.memory[n.P_ZZ], 0.0))
    sampled = w.meas[s.RANGE_VALID] >= 0.0
    row[15] = w.meas[s.RANGE] if sampled else math.nan
    row[16] = w.meas[s.RANGE_VALID] if sampled else math.nan
    used = w.meas[s.RANGE_VALID] > 0.0
    row[17] = w.memory[n.INNOVATION] if used else math.nan
    row[18] = w.memory[n.SIGMA] if used else math.nan
    row[19] = w.memory[n.GATE] if used else math.nan
    row[20] = w.memory[n.STATUS]
    row[21], row[22] = w.out[0], w.out[2]
    row[23], row[24], row[25] = w.asked[0] + w.asked[1], w.command[2], w.phase
    row[26] = w.asked[0]
    row[27], row[28], row[29] = y[v.PHI] * p.radius, y[v.V_LEFT], y[v.TILT]
    row[30], row[31], row[32], row[33] = w.nav[n.Y], w.nav[n.VY], w.out[1], w.command[3]
    row[34] = w.meas[s.RANGE_2] if w.meas[s.RANGE_2_VALID] > 0.0 else math.nan
    row[35], row[36] = -w.target_x, w.target_y
    w.truth[n.X], w.truth[n.Y], w.truth[n.Z] = -w.distance, row[27], row[3]
    w.truth[n.VX], w.truth[n.VY], w.truth[n.VZ] = row[4], row[28], row[5]
    row[37] = nees(w.memory, w.truth, w.scratch)
    row[38], row[39] = w.memory[n.NIS] if w.memory[n.NIS_DOF] > 0.0 else math.nan, w.memory[n.NIS_DOF]
    on = p.computer.every > 0
    row[40], row[41] = w.computer[computer.LOAD] if on else math.nan, w.computer[computer.JOBS] if on else math.nan
    row[42] = y[v.PITCH] + w.attitude_error
    row[43] = -g.speed_profile(w.est_height, w.guidance)[0] if w.phase >= g.TERMINAL else math.nan
    w.rows += 1


@kernel
def coast(ws, ps, history, events):
    """From the de-orbit burn to ignition: free flight until the planned deceleration is needed, found inside the step."""
    w, p = ws[0], ps[0]
    if p.midair == 1:  # it starts where braking does
        return
    idle, every = np.zeros(4), max(1, int(10.0 / p.coast_step + 0.5))  # a row every ten seconds
    w.memory[n.P_ZZ] = p.sigma[2] * p.sigma[2]
    w.nav[n.Z] = w.y[v.R] - p.radius + p.height
    look(w, p)
    log_event(w, events, E_DEORBIT, 0.0, 0.0)
    while True:
        w.nav[0], w.nav[n.Z] = -to_go(w, p) + p.along, w.y[v.R] - p.radius + p.height
        w.nav[n.VX], w.nav[n.VZ] = w.y[v.V_FWD] + p.forward, w.y[v.V_UP] + p.vertical
        w.nav[n.Y], w.nav[n.VY] = w.y[v.PHI] * p.radius + p.cross, w.y[v.V_LEFT] + p.left
        w.meas[s.RANGE_VALID] = -1.0
        if w.tick % every == 0:
            look(w, p)
            record(w, p, history)
        w.tick += 1
        h = p.coast_step
        move(w, h, idle, p)
        if altitude(w.y_next, p) <= 0.0 or w.y_next[v.THETA] >= 0.0:
            w.status = DIVERGED  # the orbit meets the ground, or passes the target, before braking can start
            return
        if g.ignition(-w.y_next[v.THETA] * p.radius, w.y_next[v.V_FWD], w.guidance) >= 0.0:
            low, high = 0.0, h
            for _ in range(60):
                mid = 0.5 * (low + high)
                move(w, mid, idle, p)
                if g.ignition(-w.y_next[v.THETA] * p.radius, w.y_next[v.V_FWD], w.guidance) >= 0.0:
                    high = mid
                else:
                    low = mid
            move(w, high, idle, p)
            copy(w.y_next, w.y)
            w.t += high
            return
        copy(w.y_next, w.y)
        w.t += h


@kernel
def ignite(ws, ps, events):
    """Start of braking: hand the navigation its first estimate, with what it does not know, and its covariance.

    Returns the status.
    """
    w, p = ws[0], ps[0]
    if w.status != RUNNING:  # the coast ended badly
        return w.status
    w.t_ignition, w.phase, w.tick, w.last_pitch = w.t, g.BRAKE, 0, w.y[v.PITCH]
    for i in range(w.memory.size):
        w.memory[i] = 0.0
    w.memory[n.X], w.memory[n.Z] = -to_go(w, p) + p.along, w.y[v.R] - p.radius + p.height
    w.memory[n.VX], w.memory[n.VZ] = w.y[v.V_FWD] + p.forward, w.y[v.V_UP] + p.vertical
    w.memory[n.Y], w.memory[n.VY] = w.y[v.PHI] * p.radius + p.cross, w.y[v.V_LEFT] + p.left
    for i in range(6):
        w.memory[n.SIX_P + 7 * i] = p.sigma[i] * p.sigma[i]
    w.memory[n.P_ZZ], w.memory[n.P_VV] = p.sigma[2] * p.sigma[2], p.sigma[5] * p.sigma[5]
    for i in range(6):
        w.nav[i] = w.memory[i]
    w.dv_up, w.dv_fwd, w.dv_left, w.t_phase = w.y[v.DV_UP], w.y[v.DV_FWD], w.y[v.DV_LEFT], w.t
    if p.has_map > 0.0:
        w.target_height = mapped(p.terrain, 0.0, 0.0) + p.map_error  # one map: its error is in the target, too
    look(w, p)
    log_event(w, events, E_IGNITION, w.y[v.V_FWD], w.y[v.R] - p.radius)
    return w.status


@kernel
def sense(ws, ps, noise, events):
    """Begin a tick: check for the end, start the faults that are due, and fill `meas`. Returns (status, time)."""
    w, p = ws[0], ps[0]
    y = w.y
    place(w, p, w.altitude)  # which the last step has found
    if not (abs(w.altitude) < 1e6 and math.isfinite(y[v.V_UP]) and math.isfinite(y[v.V_FWD])):
        w.status = DIVERGED
    elif w.t - w.t_ignition > p.powered_max:
        w.status = TIMEOUT
    if w.status != RUNNING:
        return w.status, w.t
    began = f.trigger_faults(
        w.faults, w.t, w.t - w.t_ignition, w.t - w.t_first_range, w.altitude, w.distance
    )
    if began > 0:
        for i in range(w.faults.shape[0]):
            if w.faults[i, f.F_SINCE] == w.t:
                log_event(w, events, E_FAULT, i, w.faults[i, f.F_VALUE])

    dt, k = p.tick if w.tick > 0 else 0.0, w.tick
    left = noise.imu_left[k] if p.space == 1 else 0.0
    if p.attitude.on == 1:
        attitude.follow(w, p, dt)
    dv_fwd, dv_up = attitude.resolve(w, y[v.DV_FWD] - w.dv_fwd, y[v.DV_UP] - w.dv_up)
    s.read_imu(
        dt, dv_fwd, y[v.DV_LEFT] - w.dv_left, dv_up,
        noise.imu_normal[k, 0], left, noise.imu_normal[k, 1], w.t, p.sensors, w.faults, w.sensor_memory, w.meas,
    )  # fmt: skip
    w.dv_up, w.dv_fwd, w.dv_left = y[v.DV_UP], y[v.DV_FWD], y[v.DV_LEFT]
    w.meas[s.RANGE_VALID] = w.meas[s.RANGE_2_VALID] = -1.0  # -1: no sample at this tick, 0: invalid, 1: valid
    if k % p.sensors.altimeter.every == 0:
        i = w.ranges
        chance = noise.range_uniform[i, 0], noise.range_uniform[i, 1], noise.range_uniform[i, 2]
        length, share = attitude.beam(w) if p.sensors.altimeter.slant > 0 else (1.0, 1.0)
        s.read_altimeter(
            w.altitude * length, i, p.sensors.altimeter.every * p.tick, noise.range_normal[i], chance, w.t,
            p.sensors.altimeter, f.ALTIMETER, w.faults, w.sensor_memory, w.delay_line, w.meas,
        )  # fmt: skip
        if p.sensors.altimeter.slant > 0:
            attitude.project(p.sensors.altimeter.slant, share, s.RANGE, s.RANGE_VALID, w.meas)
        w.ranges += 1
    if p.sensors.altimeter_2.range_max > 0.0 and k % p.sensors.altimeter_2.every == 0:
        i = w.ranges_2
        chance = noise.range_2_uniform[i, 0], noise.range_2_uniform[i, 1], noise.range_2_uniform[i, 2]
        length, share = attitude.beam(w) if p.sensors.altimeter_2.slant > 0 else (1.0, 1.0)
        s.read_altimeter(
            w.altitude * length, i, p.sensors.altimeter_2.every * p.tick, noise.range_2_normal[i], chance, w.t,
            p.sensors.altimeter_2, f.ALTIMETER_2, w.faults, w.sensor_memory, w.delay_line_2, w.meas,
        )  # fmt: skip
        if p.sensors.altimeter_2.slant > 0:
            attitude.project(p.sensors.altimeter_2.slant, share, s.RANGE_2, s.RANGE_2_VALID, w.meas)
        w.ranges_2 += 1
    if w.meas[s.RANGE_VALID] > 0.0 and w.t_first_range == math.inf:
        w.t_first_range = w.t
        log_event(w, events, E_FIRST_RANGE, w.meas[s.RANGE], 0.0)
    w.meas[s.VEL_VALID] = 0.0
    if w.altitude <= p.sensors.vel_altitude:
        k %= noise.vel_normal.shape[0]
        left = noise.vel_left[k] if p.space == 1 else 0.0
        s.read_velocimeter(
            y[v.V_FWD], y[v.V_LEFT], y[v.V_UP], noise.vel_normal[k, 0], left, noise.vel_normal[k, 1], w.t, p.sensors,
            w.faults, w.sensor_memory, w.meas,
        )  # fmt: skip
        w.meas[s.VELX], w.meas[s.VELZ] = attitude.resolve(w, w.meas[s.VELX], w.meas[s.VELZ])
    w.meas[s.FIX_VALID] = 0.0
    if p.sensors.fix_max > 0.0 and w.tick % p.sensors.fix_every == 0:
        s.read_camera(
            -w.distance, y[v.PHI] * p.radius, w.altitude, noise.fix_normal[w.fixes], noise.fix_uniform[w.fixes], w.t,
            p.sensors, w.faults, w.sensor_memory, w.meas,
        )  # fmt: skip
        w.fixes += 1
    w.meas[s.MAP_HEIGHT], w.meas[s.MAP_SLOPE], w.meas[s.MAP_SLOPE_Y] = 0.0, 0.0, 0.0
    if p.has_map > 0.0:  # looked up where the inertial solution will be after this interval
        ahead, cross = -(w.nav[n.X] + w.nav[n.VX] * dt), w.nav[n.Y] + w.nav[n.VY] * dt
        w.meas[s.MAP_HEIGHT] = mapped(p.terrain, ahead, cross) + p.map_error
        w.meas[s.MAP_SLOPE] = (mapped(p.terrain, ahead - 150.0, cross) - mapped(p.terrain, ahead + 150.0, cross)) / 300.0
        if p.space == 1:
            w.meas[s.MAP_SLOPE_Y] = (mapped(p.terrain, ahead, cross + 150.0) - mapped(p.terrain, ahead, cross - 150.0)) / 300.0
    if p.computer.used == 1:
        said = computer.watch(w.computer, w.faults, w.t, p.computer, w.meas)
        if said > 0:
            past = w.t - w.computer[computer.RESET_SINCE]
            log_event(w, events, E_RESET + said - computer.BEGINS, w.computer[computer.TRIES], past)
    return w.status, w.t


@kernel
def decide_cutoff(w, p, events):
    """Let the software start the engines or switch them off, and tell what it did."""
    latch = float(w.latch)
    told = cutoff.watch(w, p)
    if told == 0:
        return
    if told & cutoff.LIT:
        log_event(w, events, E_LIT, 0.0, 0.0)
    if told & cutoff.ARMED:
        log_event(w, events, E_LEGS, 0.0, latch)
    if told & cutoff.INERTIAL:
        log_event(w, events, E_INERTIAL, w.t - w.t_seen, 0.0)
    if told & cutoff.CUT:
        log_event(w, events, E_OFF, w.t - w.t_lit, w.t - w.t_contact if w.bounces > 0 else 0.0)


@kernel
def choose_in_zone(w, p, events):
    """Terminal descent begins: aim at the place in the zone that takes the least steering."""
    x, y, gain = w.target_x, w.target_y, w.guidance[g.G_POSITION]
    w.target_x = zone.nearest(w.nav[n.X], w.nav[n.VX], gain, p.zone.along)
    w.target_y = zone.nearest(w.nav[n.Y], w.nav[n.VY], gain, p.zone.cross)
    w.est[g.TARGET_X], w.est[g.TARGET_Y] = w.target_x, w.target_y
    log_event(w, events, E_RETARGET, w.target_x - x, w.target_y - y)


@kernel
def decide(ws, ps, noise, events):
    """After the filter: note what it did, advance the phase, and lay out `est` for the law."""
    w, p = ws[0], ps[0]
    nav, est, y = w.nav, w.est, w.y
    status = int(w.memory[n.STATUS])
    if p.has_map > 0.0 and w.phase >= g.TERMINAL:
        w.target_height = w.meas[s.MAP_HEIGHT]  # upright, it lands below itself: what the map says there
    w.est_height = nav[n.Z] - w.target_height
    ranged = w.meas[s.RANGE_VALID] > 0.0
    if ranged and w.memory[n.ARMED] > 0.0 and w.armed == 0:
        w.armed = 1
        log_event(w, events, E_ARMED, math.sqrt(max(w.memory[n.P_ZZ], 0.0)), w.memory[n.GATE])
    if ranged and status != n.USED and status != n.NO_RANGE and w.rejected == 0:
        w.rejected = 1
        log_event(w, events, E_REJECT, w.memory[n.INNOVATION], w.memory[n.GATE])
    if ranged and status == n.LOCKED_OUT and w.locked == 0:
        w.locked = 1
        log_event(w, events, E_LOCKOUT, w.memory[n.INNOVATION], nav[n.VZ] - y[v.V_UP])
    if ranged and status == n.READMITTED:
        log_event(w, events, E_READMIT, w.memory[n.INNOVATION], 0.0)

    r = p.radius + nav[n.Z]
    for i in range(6):
        est[i] = nav[i]
    est[g.MASS] = y[v.MASS]
    est[g.TARGET_Z] = w.target_height
    est[g.SIGMA_Z] = math.sqrt(max(w.memory[n.P_ZZ], 0.0))
    share = w.engine[v.SHARE] if p.vehicle.reallocate > 0.0 else 1.0
    est[g.A_MAX] = (p.vehicle.main_thrust + p.vehicle.assist_thrust * share) / y[v.MASS] * w.engine[v.ON]
    est[g.HOVER] = v.MU_MOON / (r * r) - nav[n.VX] * nav[n.VX] / r
    if p.space == 1:
        wf, wl, _ = space.local_rotation(p.omega, nav[n.X] / p.radius, nav[n.Y] / p.radius)
        est[g.HOVER] -= nav[n.VY] * nav[n.VY] / r - 2.0 * (wf * nav[n.VY] - wl * nav[n.VX])
    if p.hazards.scan_height > 0.0 and w.scanned == 0 and w.est_height < p.hazards.scan_height:
        w.scanned = 1
        spot = w.pick
        hazards.pick(
            p.terrain, p.hazards, w.target_x, w.target_y, -w.distance - nav[n.X], y[v.PHI] * p.radius - nav[n.Y],
            noise.scan_normal, spot,
        )  # fmt: skip
        if spot[hazards.AIM_X] != w.target_x or spot[hazards.AIM_Y] != w.target_y:
            log_event(w, events, E_DIVERT, spot[hazards.AIM_X] - w.target_x, spot[hazards.AIM_Y] - w.target_y)
        w.target_x, w.target_y = spot[hazards.AIM_X], spot[hazards.AIM_Y]
    est[g.TARGET_X], est[g.TARGET_Y] = w.target_x, w.target_y
    est[g.A_MIN] = (p.vehicle.main_thrust * w.main_on + p.vehicle.assist_min * share) / y[v.MASS]
    est[g.T_BURN], est[g.T_PHASE], est[g.RADIUS] = w.t - w.t_ignition, w.t - w.t_phase, p.radius
    est[g.PITCH], est[g.TILT] = y[v.PITCH] + w.attitude_error, y[v.TILT]
    phase = g.next_phase(w.phase, est, w.guidance)
    if phase != w.phase:
        if w.phase == g.BRAKE:
            log_event(w, events, E_BRAKE_END, nav[n.VX], w.est_height)
        if phase == g.TERMINAL and w.phase == g.PITCH_UP:
            log_event(w, events, E_TERMINAL, 0.0, 0.0)
            if p.zone.along + p.zone.cross > 0.0:
                choose_in_zone(w, p, events)
        if phase == g.FINAL:
            log_event(w, events, E_FINAL, 0.0, 0.0)
        w.phase, w.t_phase, est[g.T_PHASE] = phase, w.t, 0.0
    est[g.PHASE] = phase
    if w.est_height <= 0.0 and w.est_zero == 0:
        w.est_zero = 1
        log_event(w, events, E_EST_ZERO, nav[n.VZ], y[v.MASS] - p.vehicle.dry_mass)
    if p.cutoff.on == 1 and w.t >= w.computer[computer.RESET_END]:  # a computer that stands still decides nothing
        decide_cutoff(w, p, events)


@kernel
def run_computer(w, p, events):
    """What the law wants goes through the computer: late, or not at all, if that is asked for too much."""
    late, taken = w.t - w.computer[computer.ISSUED], w.computer[computer.JOBS]
    if computer.execute(w.computer, w.tick, w.t, p.tick, w.faults, p.computer, w.out) == computer.ALARM:
        log_event(w, events, E_ALARM, taken, w.computer[computer.LOAD])
        log_event(w, events, E_RESTART, late, 0.0)


@kernel
def command_engines(w, p, events):
    """Which engines burn, and how hard. In terminal descent the main engine is off unless the assist group is not enough."""
    y, out = w.y, w.out
    if p.computer.used == 1:
        run_computer(w, p, events)
    quiet = cutoff.silent(w) if p.cutoff.on == 1 else 0
    if w.inertial == 1:
        cutoff.hold(w, p)
    if w.phase >= g.TERMINAL and w.dry + quiet == 0:
        demand = y[v.MASS] * math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
        if w.main_on == 1 and demand < 0.9 * p.vehicle.assist_thrust:
            w.main_on = 0
            if p.vehicle.main_thrust > 0.0:
                log_event(w, events, E_CUTOFF, demand, 0.0)
        elif w.main_on == 0 and demand > 1.05 * p.vehicle.assist_thrust:
            w.main_on = 1
            if p.vehicle.main_thrust > 0.0:
                log_event(w, events, E_RELIGHT, demand, 0.0)
    elif w.phase < g.TERMINAL:
        w.main_on = 1
    share = w.engine[v.SHARE] if p.vehicle.reallocate > 0.0 else 1.0
    sideways = out[1] if p.space == 1 else 0.0  # in the plane there is no left
    v.allocate(out[0], sideways, out[2], y[v.MASS], w.main_on, share, p.vehicle, w.command)
    w.asked[0], w.asked[1] = w.command[0], w.command[1]
    w.command[0] *= p.vehicle.thrust_scale  # what the software does not know of its engines
    w.command[1] *= p.vehicle.thrust_scale
    v.fail_engines(w.faults, w.t, p.vehicle, w.command, w.engine)
    if w.dry + quiet > 0 or w.computer[computer.OFF] > 0.0:
        w.command[0], w.command[1] = 0.0, 0.0


@kernel
def step_to(w, h, p):
    """Advance the state by h seconds and make it the present one."""
    move(w, h, w.command, p)
    copy(w.y_next, w.y)


@kernel
def find_crossing(w, h, p, dry):
    """Time within the next h seconds at which the tanks run dry (dry = 1) or the ground is met (0); bisection to 1e-15 h."""
    low, high = 0.0, h
    for _ in range(50):
        mid = 0.5 * (low + high)
        move(w, mid, w.command, p)
        gone = w.y_next[v.MASS] <= p.vehicle.dry_mass if dry else altitude(w.y_next, p) <= 0.0
        if gone:
            high = mid
        else:
            low = mid
    return high


@kernel
def run_dry(w, p, events):
    """The tanks are empty from here on."""
    w.dry = 1
    look(w, p)
    w.dry_altitude = w.altitude
    log_event(w, events, E_DRY, w.nav[n.Z], 0.0)
    w.engine[v.ON], w.y[v.T_MAIN], w.y[v.T_ASSIST] = 0.0, 0.0, 0.0
    w.command[0], w.command[1] = 0.0, 0.0


@kernel
def touch(w, p, history, events):
    """A contact, which `look` has noted: the end of the flight, or a bounce. Returns the status."""
    outcome = cutoff.meet_ground(w, p)
    if outcome == cutoff.BOUNCES:
        log_event(w, events, E_BOUNCE, w.speed_in, w.speed_out)
        return w.status
    if outcome == cutoff.SWITCHES_OFF:
        log_event(w, events, E_OFF, w.t - w.t_lit, 0.0)
    w.status = CONTACT
    log_event(w, events, E_CONTACT, w.y[v.V_FWD], w.y[v.PITCH])
    w.meas[s.RANGE_VALID] = -1.0
    w.command[2] += w.attitude_error  # into the history goes what was commanded
    record(w, p, history)
    return w.status


@kernel
def advance(ws, ps, history, events):
    """End a tick: engines, one tick of physics with dry tanks and contact found inside the step, one history row.

    Returns the status.
    """
    w, p = ws[0], ps[0]
    command_engines(w, p, events)
    record(w, p, history)
    pitch = w.command[2]
    w.command[2] = pitch - w.attitude_error  # attitude control turns to where it believes that to be
    t_start, h = w.t, p.tick / p.substeps
    for i in range(p.substeps):
        left = h
        while True:  # once, and again after each bounce
            move(w, left, w.command, p)
            if w.dry == 0 and w.y_next[v.MASS] <= p.vehicle.dry_mass:
                part = find_crossing(w, left, p, 1)
                move(w, part, w.command, p)
                if altitude(w.y_next, p) > 0.0:
                    copy(w.y_next, w.y)
                    left -= part
                    w.t += part
                    run_dry(w, p, events)
                move(w, left, w.command, p)
            height = altitude(w.y_next, p)
            if not height <= 0.0:
                break
            part = find_crossing(w, left, p, 0)
            step_to(w, part, p)
            left -= part
            w.t += part
            look(w, p)
            if touch(w, p, history, events) != RUNNING:
                return w.status
        copy(w.y_next, w.y)
        w.altitude = height
        w.t = t_start + (i + 1) * h
        if p.attitude.on == 1:
            attitude.swing(w, h)
        if w.hopping == 1 and cutoff.at_top(w):
            look(w, p)
            log_event(w, events, E_HOP, w.y[v.R] - w.hop_radius, w.hop_distance - w.distance)
    w.command[2] = pitch
    w.tick += 1
    w.t = w.t_ignition + w.tick * p.tick  # no drift from adding ticks up
    return w.status


def run(ws, ps, noise, law, law_params, filter, filter_params, history, events):
    """A whole descent: coast, then ticks until the status says that it is over. Returns the status.

    `ws` and `ps` hold one record each, and it looks into `ws` only before the first tick: as plain Python, reaching into a
    record, or handing one to compiled code, takes far longer than the arithmetic of a tick.
    """
    coast(ws, ps, history, events)
    w = ws[0]
    meas, memory, nav, est, out = w["meas"][:], w["memory"][:], w["nav"][:], w["est"][:], w["out"][:]
    status = ignite(ws, ps, events)
    while status == RUNNING:
        status, t = sense(ws, ps, noise, events)
        if status != RUNNING:
            break
        if filter(t, meas, filter_params, memory, nav) != 0:
            return FILTER_FAILED
        decide(ws, ps, noise, events)
        if law(t, est, law_params, out) != 0:
            return LAW_FAILED
        status = advance(ws, ps, history, events)
    return status


@lru_cache(maxsize=1)
def compiled_run() -> Any:
    """`run` as machine code, from the disk when it is there. Its argument types are taken from an empty example."""
    from lunarlab.descent.scenario import Scenario, pack

    packed, start = pack(Scenario(), None)
    signature = jit.signature_of(
        jit.int64, jit.one(new_work(start.state, start.guidance, start.faults)), jit.one(packed), start.noise,
        jit.first_class(jit.LAW), jit.VECTOR_READONLY, jit.first_class(jit.FILTER), jit.VECTOR_READONLY,
        np.zeros((0, len(HISTORY))), np.zeros((0, EVENT_SIZE)),
    )  # fmt: skip
    return jit.compiled_for(run, signature)
