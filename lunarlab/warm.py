"""What ``lunarlab warm`` calls, so that a lesson finds everything compiled: a little of each room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any


def _descents() -> Iterator[tuple[str, Callable[[], Any]]]:
    from lunarlab.descent import guidance, navigation
    from lunarlab.descent.braking import State, optimal_braking
    from lunarlab.descent.flight import fly
    from lunarlab.descent.gear import Gear
    from lunarlab.descent.hazards import Hazards, survey
    from lunarlab.descent.scenario import Scenario
    from lunarlab.descent.settle import settle
    from lunarlab.descent.stability import stability_map
    from lunarlab.descent.terrain import Terrain
    from lunarlab.descent.touchdown import Touchdown

    # Sets of types do not compile: these two take the way of a law or filter that numba refuses.
    def law(t: float, est: Any, params: Any) -> Any:
        assert {type(t)}
        guidance.track_profile(est[guidance.Z], est[guidance.VZ], params)
        guidance.builtin_law(t, est.copy(), params)  # an array that may be written to is another type, and compiles again
        return guidance.builtin_law(t, est, params)

    def filter(t: float, meas: Any, params: Any, memory: Any) -> Any:
        assert {type(t)}
        navigation.predict(meas, memory, 1e-4, 1737400.0)
        if meas[5] > 0.0:
            variance = navigation.range_variance(meas, memory, params)
            navigation.update(memory, navigation.innovate(meas, memory, variance), variance)
        navigation.aid_velocity(meas, memory, 0.2)
        return tuple(memory[:6])

    yield "built-in flight", lambda: fly(Scenario(), seed=0)
    yield "law in Python", lambda: fly(Scenario(), seed=0, guidance=law)
    yield "filter in Python", lambda: fly(Scenario(), seed=0, navigation=filter)
    gear = Gear(legs=4)
    yield "touchdown", lambda: settle(Touchdown(0.0, 1.0, 0.5, 0.0, 0.0, 0.0), gear, mass_kg=500.0)
    yield "stability map", lambda: stability_map(gear, [0.5], mass_kg=500.0)
    yield "hazards", lambda: survey(Terrain(), Hazards(scan_height_m=100.0, radius_m=10.0))
    low = State.perilune(15e3, 1e5)
    yield "cheapest braking", lambda: optimal_braking(low, thrust_N=4e4, isp_s=300.0, mass_kg=1.5e4)


def _transfers() -> Iterator[tuple[str, Callable[[], Any]]]:
    from lunarlab import twobody
    from lunarlab.constants import MU_EARTH
    from lunarlab.transfer import ballistic, bicircular, freereturn, lambert, manifold, named

    arc = [7e6, 0.0, 0.0], [0.0, 4e8, 1e7]
    yield "Lambert arc", lambda: lambert.lambert(*arc, 3e5, mu=MU_EARTH)
    yield "Lambert arcs", lambda: lambert.lambert_rows(*arc, [3e5], mu=MU_EARTH)
    yield "two-body motion", lambda: twobody.kepler(arc[0], [0.0, 8e3, 0.0], [0.0, 3e3], mu=MU_EARTH)
    yield "porkchop", lambda: lambert.porkchop([7.9e8, 7.91e8], [4e5, 5e5])
    yield "free return", freereturn.free_return
    yield "periodic orbits", lambda: manifold.manifold(named.nrho(), branches=2)
    still = bicircular.TOPPUTO.state([0.5, 0.0], [0.0, 0.5], 0.0)
    yield "bicircular model", lambda: bicircular.propagate(bicircular.TOPPUTO, still, 1.0)
    yield "direct route", lambda: ballistic.direct(progress=False)
    yield "low-energy route", lambda: ballistic.low_energy(progress=False)


def _orbits() -> Iterator[tuple[str, Callable[[], Any]]]:
    from lunarlab.cases.loader import case
    from lunarlab.insertion import orbits
    from lunarlab.insertion.windows import opportunities
    from lunarlab.twobody import Elements

    low = Elements(1837.4e3, 0.001, 0.2, 0.0, 0.0, 0.0)
    yield "burn", lambda: case("luna-25").fly()
    yield "propellant", lambda: case("peregrine").fly()
    yield "windows", lambda: opportunities("mare-frigoris", "2025-06-01", "2025-07-01")
    yield "lifetime", lambda: orbits.lifetime(low, degree=2, horizon_s=86400.0)
    yield "orbit", lambda: orbits.propagate(low, 7200.0, degree=2)


def warm() -> dict[str, float]:
    """Compile, or load from disk, everything that a lesson calls; seconds of CPU for each part."""
    spent = {}
    for room in (_descents, _transfers, _orbits):
        for name, call in room():
            start = time.process_time()
            call()
            spent[name] = time.process_time() - start
    return spent
