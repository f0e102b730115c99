"""`fly`: one call for every kind of flight."""

from __future__ import annotations

from typing import Any

from lunarlab.cases.kinds import kind_of
from lunarlab.errors import LunarlabError


def fly(scene: Any, *, seed: int | None = 0, **options: Any) -> Any:
    """Fly a case or a scenario to its end.

    Parameters
    ----------
    scene : Case or scenario
        What `lunarlab.case` gives, or its ``.scenario`` or ``.no_fault``, or a scenario of your own. What it describes
        decides what flies: a descent, a burn, the propellant of a mission, or a stay on the Moon.
    seed : int >= 0 or None
        Seed of every random stream. None: no noise and no dispersion. Burns and propellant have no noise: it changes nothing.
    **options
        Descent (`lunarlab.descent.flight.fly`): `guidance`, a function (t, est, params) -> (ax, ay, az); `navigation`, a
        function (t, meas, params, memory) -> (x, y, z, vx, vy, vz); `params` for both; `record`, False to leave out the
        histories. Burn (`lunarlab.insertion.burn.fly_burn`): `cutoff`, a function (t, measured_dv, measured_accel) -> bool.

    Returns
    -------
    Flight, BurnFlight, PropellantFlight or Stay
        Always with `verdict`, `reasons` and `events`: a crash is a result.

    Raises
    ------
    LunarlabError
        Wrong input, by name, with what is allowed.
    """
    inside = getattr(scene, "scenario", scene) if hasattr(scene, "no_fault") else scene
    own = kind_of(inside)
    for name in options:
        if name not in own.options:
            raise LunarlabError(f"{name} is no option of a {own.name} flight; allowed are {', '.join(('seed', *own.options))}")
    return own.fly(inside, seed=seed, **options)
