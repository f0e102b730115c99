"""The least propellant that a powered descent can cost: a convex problem, and its solution as a flight.

The lander is a point mass over a plane, in the site frame **forward, left, up**, which does not turn; gravity is uniform.
That is fair for the last kilometres; for braking from orbit see `lunarlab.descent.braking`. Thrust is bounded on both sides,
and "at least so much" makes the problem non-convex. Lossless convexification (Acikmese and Ploen 2007, doi:10.2514/1.27553)
heals it: a slack sigma takes the place of the size of the thrust acceleration u and may be larger than it; at the optimum it
is not (`Optimum.gap`). With the logarithm of mass the equations of motion become linear, and the bounds T/m on sigma are
expanded around a reference mass, the lower one to second order; where the result lies far from it, it takes its place.

u and sigma run linearly from node to node, so that the flight obeys the equations of motion and the bounds: it can be flown.
Its propellant therefore lies above the least of all, by less the more nodes it has. `Optimum.floor_kg` bounds that from
below: whatever its thrust does between the nodes, a flight satisfies certain averages over each interval, and the floor is
the least propellant with which these can be satisfied.
"""

from lunarlab.descent.optimal.problem import Optimum, Problem
from lunarlab.descent.optimal.solver import Solver, fuel_optimal

__all__ = ["Optimum", "Problem", "Solver", "fuel_optimal"]
