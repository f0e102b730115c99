"""Basilisk flies the simple descent: a point mass, the Moon's gravity, an external force; Runge-Kutta ten times a second.

Run through benchmarks/peers.py with an interpreter that has `bsk`. The pilot reads the state that Basilisk has integrated,
asks the law, lets the engine follow and writes the force that holds over the tick, taken in its middle. Twice: written in
Python, and compiled by Basilisk's own door to numba, which is the quickest that it offers without C++.
"""

import math
import time

import numpy as np
import simple as s
from Basilisk.architecture import messaging, sysModel
from Basilisk.simulation import extForceTorque, spacecraft
from Basilisk.utilities import SimulationBaseClass, macros, simIncludeGravBody


class PythonPilot(sysModel.SysModel):
    """The pilot as a Basilisk module in Python."""

    def __init__(self, start):
        super().__init__()
        self.stateInMsg, self.forceOutMsg = messaging.SCStatesMsgReader(), messaging.CmdForceInertialMsg()
        self.payload = messaging.CmdForceInertialMsgPayload()
        self.mass, self.pitch, self.thrust, self.pitch_c = start[4], start[5], start[6], start[5]
        self.est, self.seen = [0.0] * 20, None

    def UpdateState(self, now):  # noqa: N802
        """Called by Basilisk at each tick, after it has advanced the spacecraft."""
        state = self.stateInMsg()
        (x, y, _), (vx, vy, _) = state.r_BN_N, state.v_BN_N
        r, angle = math.hypot(x, y), math.atan2(y, x)
        if r <= s.RADIUS:
            return
        up, fwd = (vx * x + vy * y) / r, (vy * x - vx * y) / r
        seen = r, angle, up, fwd, self.mass, self.pitch, self.thrust
        ax, _, az = s.law(now * 1e-9, s.estimate(self.est, seen), None)
        thrust_c, self.pitch_c = s.command(ax, az, self.mass, self.pitch_c)
        self.seen = now * 1e-9, seen, thrust_c, self.pitch_c
        half = s.engine_step(self.mass, self.pitch, self.thrust, 0.5 * s.TICK, thrust_c, self.pitch_c)
        force = half[2] / half[0] * s.MASS  # Basilisk's point mass keeps its mass: what counts is the acceleration
        ahead = angle + 0.5 * s.TICK * fwd / r
        cos, sin = math.cos(ahead), math.sin(ahead)
        radial, along = force * math.sin(half[1]), -force * math.cos(half[1])
        self.payload.forceRequestInertial = [radial * cos - along * sin, radial * sin + along * cos, 0.0]
        self.forceOutMsg.write(self.payload, now, self.moduleID)
        self.mass, self.pitch, self.thrust = s.engine_step(*half, 0.5 * s.TICK, thrust_c, self.pitch_c)

    def last(self):
        """(t, state, thrust command, pitch command) of the last tick above the ground."""
        return self.seen


def compiled_pilot(start):
    """The same pilot, compiled."""
    import numba
    from Basilisk.architecture.numbaModel import NumbaModel

    law, command, rates = numba.njit(s.law), numba.njit(s.command), numba.njit(s.engine_rates)
    engine_step = numba.njit(type(s.engine_step)(s.engine_step.__code__, {"engine_rates": rates}))
    mu, radius, mass_0, tick = s.MU, s.RADIUS, s.MASS, s.TICK

    class CompiledPilot(NumbaModel):
        def __init__(self):
            super().__init__()
            self.stateInMsg, self.forceOutMsg = messaging.SCStatesMsgReader(), messaging.CmdForceInertialMsg()
            self.memory.ship = np.array([start[4], start[5], start[6], start[5]])
            self.memory.est, self.memory.seen = np.zeros(20), np.zeros(10)

        @staticmethod
        def UpdateStateImpl(stateInMsgPayload, forceOutMsgPayload, CurrentSimNanos, memory):  # noqa: N802
            x, y = stateInMsgPayload.r_BN_N[0], stateInMsgPayload.r_BN_N[1]
            vx, vy = stateInMsgPayload.v_BN_N[0], stateInMsgPayload.v_BN_N[1]
            r, angle = math.sqrt(x * x + y * y), math.atan2(y, x)
            if r <= radius:
                return
            up, fwd = (vx * x + vy * y) / r, (vy * x - vx * y) / r
            ship, est, seen = memory.ship, memory.est, memory.seen
            est[0], est[2], est[3], est[5], est[11] = angle * radius, r - radius, fwd, up, mu / (r * r) - fwd * fwd / r
            seen[0], seen[1], seen[2], seen[3], seen[4] = CurrentSimNanos * 1e-9, r, angle, up, fwd
            seen[5], seen[6], seen[7] = ship[0], ship[1], ship[2]
            ax, _, az = law(seen[0], est, est)
            thrust_c, ship[3] = command(ax, az, ship[0], ship[3])
            seen[8], seen[9] = thrust_c, ship[3]
            mass, pitch, thrust = engine_step(ship[0], ship[1], ship[2], 0.5 * tick, thrust_c, ship[3])
            force, ahead = thrust / mass * mass_0, angle + 0.5 * tick * fwd / r
            cos, sin = math.cos(ahead), math.sin(ahead)
            radial, along = force * math.sin(pitch), -force * math.cos(pitch)
            forceOutMsgPayload.forceRequestInertial[0] = radial * cos - along * sin
            forceOutMsgPayload.forceRequestInertial[1] = radial * sin + along * cos
            ship[0], ship[1], ship[2] = engine_step(mass, pitch, thrust, 0.5 * tick, thrust_c, ship[3])

        def last(self):
            seen = [float(v) for v in self.memory.seen]
            return seen[0], tuple(seen[1:8]), seen[8], seen[9]

    return CompiledPilot()


def build(start, pilot):
    """The simulation, ready to run."""
    simulation = SimulationBaseClass.SimBaseClass()
    simulation.CreateNewProcess("descent").addTask(simulation.CreateNewTask("tick", macros.sec2nano(s.TICK)))
    craft, pull = spacecraft.Spacecraft(), extForceTorque.ExtForceTorque()
    cos, sin = math.cos(start[1]), math.sin(start[1])
    craft.hub.mHub, craft.hub.IHubPntBc_B = s.MASS, np.eye(3).tolist()
    craft.hub.r_CN_NInit = [[start[0] * cos], [start[0] * sin], [0.0]]
    craft.hub.v_CN_NInit = [[start[2] * cos - start[3] * sin], [start[2] * sin + start[3] * cos], [0.0]]
    bodies = simIncludeGravBody.gravBodyFactory()
    moon = bodies.createMoon()
    moon.isCentralBody, moon.mu = True, s.MU
    bodies.addBodiesTo(craft)
    craft.addDynamicEffector(pull)
    pilot.stateInMsg.subscribeTo(craft.scStateOutMsg)
    pull.cmdForceInertialInMsg.subscribeTo(pilot.forceOutMsg)
    for model, priority in ((craft, 30), (pilot, 20), (pull, 10)):  # move, look and decide, then push
        simulation.AddModelToTask("tick", model, priority)
    simulation.InitializeSimulation()
    return simulation, bodies


def fly(start, seconds, kind, repeat):
    """CPU seconds of the quickest of several flights, and (t, state) at contact."""
    best = math.inf
    for _ in range(repeat):
        pilot = PythonPilot(start) if kind == "python" else compiled_pilot(start)
        simulation, _bodies = build(start, pilot)  # building is not counted, nor is compiling
        simulation.ConfigureStopTime(macros.sec2nano(seconds))
        begin = time.process_time()
        simulation.ExecuteSimulation()
        best = min(best, time.process_time() - begin)
    t, before, thrust_c, pitch_c = pilot.last()
    after = s.rk4(list(before), s.TICK, thrust_c, pitch_c)
    if not after[0] <= s.RADIUS < before[0]:
        raise RuntimeError(f"Basilisk's lander has not met the ground {seconds} s after ignition")
    return best, s.contact(t, list(before), after, thrust_c, pitch_c)
