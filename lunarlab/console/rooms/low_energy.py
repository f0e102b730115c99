"""Lesson 04: where a craft can go at its energy, and how the Sun carries it to the Moon for less."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import Any

import numpy as np

from lunarlab.console.controls import Choose, Panel, Slide, Values
from lunarlab.constants import DAY
from lunarlab.plots import scene as s
from lunarlab.plots import threebody as plots
from lunarlab.transfer import bicircular, threebody
from lunarlab.transfer.bicircular import TOPPUTO
from lunarlab.transfer.threebody import EARTH_MOON, System

PARKING_KM, LUNAR_KM = 167.0, 100.0
"""Heights of the parking orbit and of the lunar orbit of Topputo's problem (2013)."""
_SYSTEM = System("Earth-Moon (Topputo)", TOPPUTO.mu, TOPPUTO.length_m, TOPPUTO.time_s)
_HINT = (
    "<h4>Try</h4>Start from the long way and turn the Sun by one degree at a time: what happens at the Moon? Then open and "
    "close the gates: at which Jacobi constant can the craft leave the Moon?"
)


def _route(values: Values) -> bool:
    return bool(values["picture"] == "route")


def _gates(values: Values) -> bool:
    return bool(values["picture"] == "gates")


def _circular(radius: float, mass: float) -> float:
    return math.sqrt(mass / radius)


@lru_cache(maxsize=32)
def fly(alpha_rad: float, dv_mps: float, sun_rad: float, duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Times (n,) and states (n, 8), without units, of a departure from the parking orbit."""
    radius = (TOPPUTO.r_earth_m + 1e3 * PARKING_KM) / TOPPUTO.length_m
    speed = _circular(radius, 1.0 - TOPPUTO.mu) + dv_mps / TOPPUTO.velocity_mps
    cos, sin = math.cos(alpha_rad), math.sin(alpha_rad)
    r = (radius * cos - TOPPUTO.mu, radius * sin)
    v = (-(speed - radius) * sin, (speed - radius) * cos)
    times = duration * np.linspace(0.0, 1.0, 1501) ** 1.25  # dense near the Earth, where it is fast
    arc = bicircular.propagate(TOPPUTO, TOPPUTO.state(r, v, sun_rad), duration, times=times, rtol=1e-11, atol=1e-12)
    return arc.t, arc.y


def _perigee(y: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Perigee of the two-body orbit about the Earth through each state, at the distances r from it."""
    gm, still = 1.0 - TOPPUTO.mu, threebody.rotating_to_inertial(y, 0.0, TOPPUTO.mu, centre="primary")
    h2 = (still[:, 0] * still[:, 4] - still[:, 1] * still[:, 3]) ** 2
    energy = 0.5 * (still[:, 3:] ** 2).sum(axis=1) - gm / r
    return np.asarray(h2 / gm / (1.0 + np.sqrt(np.maximum(0.0, 1.0 + 2.0 * energy * h2 / gm**2))))


def _route_scene(values: Values) -> s.Scene:
    duration = values["days"] * DAY / TOPPUTO.time_s
    t, y = fly(math.radians(values["alpha_deg"]), values["dv_mps"], math.radians(values["sun_deg"]), duration)
    sun, y = np.arctan2(y[:, 7], y[:, 6]), y[:, :6]
    k, speed = TOPPUTO.length_m / plots.MM, TOPPUTO.velocity_mps
    earth, moon = plots.distances(t, y, _SYSTEM)
    days = t * TOPPUTO.time_s / DAY
    near = int(moon[len(moon) // 50 :].argmin()) + len(moon) // 50
    # Relative to the Moon, in axes that don't turn: what two-body formulas want.
    relative = threebody.rotating_to_inertial(y[near], 0.0, TOPPUTO.mu, centre="secondary")
    v_near, r_near = speed * float(np.linalg.norm(relative[3:])), 1e6 * float(moon[near])
    gm = TOPPUTO.mu * TOPPUTO.length_m**3 / TOPPUTO.time_s**2
    c3 = v_near**2 - 2.0 * gm / r_near
    altitude = (r_near - TOPPUTO.r_moon_m) / 1e3
    arrives = 0.0 < altitude < 2000.0
    brake = v_near - math.sqrt(gm / r_near)
    c_start, c_end = (threebody.jacobi(y[i], TOPPUTO.mu) for i in (1, near))
    far = int(earth.argmax())

    half = plots.reach(t, y, _SYSTEM)
    shown = {"half": half, "sun_angle": sun, "height": 400}
    if values["frame"] == "rotating":
        main = plots.rotating_view(t, y, _SYSTEM, points=(), **shown)
    else:
        main = plots.inertial_view(t, y, _SYSTEM, **shown)
    close = plots.rotating_view(
        t,
        y,
        _SYSTEM,
        half=90.0,
        centre=(1.0 - TOPPUTO.mu) * k,
        jacobi=c_end,
        height=400,
        title="At the Moon",
        points=("L1", "L2"),
        extra=(s.Spot(float(y[near, 0]) * k, float(y[near, 1]) * k, "closest", "orange", "ring"),),
    )
    clock = s.Axis("days since departure", 0.0, float(days[-1]), clock=True)
    top = s.round_up(1.05 * float(max(earth.max(), moon.max())))
    ranges = s.View(
        "Distance",
        clock,
        s.Axis("thousand km", 0.0, top),
        (s.Line(days, earth, "blue", "from the Earth"), s.Line(days, moon, "orange", "from the Moon", "dash")),
        height=150,
    )
    perigee = k * _perigee(y, earth / k)
    lift = s.View(
        "Perigee, if Sun and Moon let go now",
        clock,
        s.Axis("thousand km", 0.0, 500.0),
        (s.Line(days, perigee, "green"), s.Rule(k, "y", "the Moon's distance", "grey", "dash")),
        height=150,
    )
    dv = values["dv_mps"]
    tiles = (
        s.Tile("leaving the Earth", f"{dv:,.1f} m/s"),
        s.Tile("farthest, 1000 km", f"{earth[far]:,.1f}"),
        s.Tile("above the Moon", f"{altitude:,.0f} km", "good" if arrives else "bad" if altitude < 0 else ""),
        s.Tile("closest after", f"{days[near]:.1f} d"),
        s.Tile("braking to a circle", f"{brake:,.1f} m/s" if arrives else "–"),
        s.Tile("both together", f"{dv + brake:,.1f} m/s" if arrives else "–", "good" if arrives else ""),
        s.Tile("Jacobi constant", f"{c_start:.2f} → {c_end:.2f}"),
    )
    holds = "the Moon nearly holds it already" if c3 < 1.5e5 else f"speed far from the Moon {math.sqrt(c3):,.0f} m/s"
    words = (
        f"Departure with {dv:,.1f} m/s from {PARKING_KM:.0f} km, the Sun {values['sun_deg']:.1f} degrees from the "
        "Moon. The path "
        f"reaches {1e3 * earth[far]:,.0f} km from the Earth after {days[far]:.1f} days and is closest to the Moon "
        f"after {days[near]:.1f} "
        f"days, {altitude:,.0f} km above the ground at {v_near:,.0f} m/s ({holds}). On the way the Jacobi constant goes from "
        f"{c_start:.3f} to {c_end:.3f}."
    )
    if arrives:
        words += (
            f" Braking there into a circle costs {brake:,.1f} m/s, with the departure {dv + brake:,.1f} m/s in all."
        )
    verdict = ("ARRIVES", "good") if arrives else ("HITS THE MOON", "bad") if altitude < 0.0 else ("MISSES", "fair")
    title = "The long way round" if earth[far] > 700.0 else "The fast way" if days[near] < 8.0 else "A way to the Moon"
    return s.Scene(
        title,
        ((main, close), (ranges, lift)),
        words,
        tiles,
        verdict,
        clock=s.Clock(0.0, float(days[-1]), "d", float(days[near if altitude < 100_000.0 else -1])),
        facts={
            "dv_departure_mps": dv,
            "dv_arrival_mps": brake,
            "dv_total_mps": dv + brake,
            "farthest_m": 1e6 * float(earth[far]),
            "closest_altitude_m": 1e3 * altitude,
            "days": float(days[near]),
            "c3_m2ps2": c3,
            "jacobi_start": c_start,
            "jacobi_end": c_end,
        },
    )


_STARTS = {"moon": (1.0, 20_000.0, "the Moon"), "earth": (0.0, 60_000.0, "the Earth")}


@lru_cache(maxsize=32)
def _drift(start: str, jacobi: float, heading_deg: float, duration: float) -> tuple[np.ndarray, np.ndarray]:
    where, distance_km, name = _STARTS[start]
    k, mu = EARTH_MOON.length_m / 1e3, EARTH_MOON.mu
    x = where - mu + distance_km / k
    rest = threebody.jacobi(np.array([x, 0.0, 0.0, 0.0, 0.0, 0.0]), mu)
    if jacobi >= rest:
        from lunarlab.errors import LunarlabError

        raise LunarlabError(
            f"jacobi is {jacobi:.4f}; {distance_km:,.0f} km from {name} it must be below {rest:.4f}, or the speed is imaginary"
        )
    speed, angle = math.sqrt(rest - jacobi), math.radians(heading_deg)
    y0 = np.array([x, 0.0, 0.0, speed * math.cos(angle), speed * math.sin(angle), 0.0])
    arc = threebody.propagate(y0, duration, mu, times=np.linspace(0.0, duration, 2001), tolerance=1e-11)
    return arc.t, arc.y


def _gate_scene(values: Values) -> s.Scene:
    c, duration = values["jacobi"], values["drift_days"] * DAY / EARTH_MOON.time_s
    t, y = _drift(values["start"], c, values["heading_deg"], duration)
    half = 600.0
    main = plots.rotating_view(t, y, EARTH_MOON, half=half, jacobi=c, height=420)
    other = plots.inertial_view(t, y, EARTH_MOON, half=half, height=420)
    earth, moon = plots.distances(t, y, EARTH_MOON)
    days = t * EARTH_MOON.time_s / DAY
    drift = float(np.abs(threebody.jacobi(y, EARTH_MOON.mu) - c).max())
    gates = threebody.open_gates(c, EARTH_MOON.mu)
    clock = s.Axis("days", 0.0, float(days[-1]), clock=True)
    ranges = s.View(
        "Distance",
        clock,
        s.Axis("thousand km", 0.0, s.round_up(1.05 * float(max(earth.max(), moon.max())))),
        (s.Line(days, earth, "blue", "from the Earth"), s.Line(days, moon, "orange", "from the Moon", "dash")),
        height=150,
    )
    speed = EARTH_MOON.speed_mps * np.sqrt((y[:, 3:6] ** 2).sum(axis=1))
    stays = float(moon.max()) < 120.0
    tiles = (
        s.Tile("Jacobi constant", f"{c:.4f}"),
        s.Tile("open gates", ", ".join(gates) or "none"),
        s.Tile("error of C", f"{drift:.0e}"),
        s.Tile("closest to the Moon", f"{1e3 * moon.min():,.0f} km"),
        s.Tile("farthest from it", f"{1e3 * moon.max():,.0f} km"),
        s.Tile("from the Moon now", t=days, values=1e3 * moon, unit="km", digits=0),
        s.Tile("speed now, turning", t=days, values=speed, unit="m/s", digits=0),
    )
    words = (
        f"At the Jacobi constant {c:.4f} the way is open past {', '.join(gates) if gates else 'no libration point'}. "
        f"The craft starts near {_STARTS[values['start']][2]} and flies {days[-1]:.0f} days, between "
        f"{1e3 * moon.min():,.0f} and "
        f"{1e3 * moon.max():,.0f} km from the Moon and between {1e3 * earth.min():,.0f} and {1e3 * earth.max():,.0f} "
        "km from the Earth."
    )
    badge = ("STAYS AT THE MOON", "good") if stays else ("GATES OPEN", "fair") if gates else ("GATES CLOSED", "good")
    return s.Scene(
        f"Where it can go at C = {c:.4f}",
        ((main, other), (ranges,)),
        words,
        tiles,
        badge,
        clock=s.Clock(0.0, float(days[-1]), "d", float(days[-1])),
        facts={
            "jacobi": c,
            "gates": float(len(gates)),
            "closest_m": 1e6 * float(moon.min()),
            "farthest_m": 1e6 * float(moon.max()),
        },
    )


@lru_cache(maxsize=1)
def _real() -> tuple[Any, Any]:
    """The routes of Resilience and of Blue Ghost through the real sky; takes some seconds."""
    from lunarlab.transfer import ballistic

    return ballistic.low_energy(progress=False), ballistic.direct(progress=False)


def _real_scene(values: Values) -> s.Scene:
    from lunarlab.plots.routes import paths_scene

    slow, fast = _real()
    scene = paths_scene([slow, fast], names=("Resilience", "Blue Ghost"), title="One rocket, two routes")
    tiles = []
    for name, route in (("Resilience", slow), ("Blue Ghost", fast)):
        tiles += [
            s.Tile(f"{name}: flight", f"{route.tof_s / DAY:.1f} d"),
            s.Tile(f"{name}: leaving", f"{route.tli_dv_mps:,.0f} m/s"),
            s.Tile(f"{name}: capture", f"{route.capture_dv_mps:,.0f} m/s", "good" if route is slow else ""),
        ]
    words = (
        f" Leaving the Earth costs {slow.tli_dv_mps:,.0f} and {fast.tli_dv_mps:,.0f} m/s, capture into the orbits that were "
        f"flown (70 by 5,800 and 150 by 5,673 km) {slow.capture_dv_mps:,.0f} and {fast.capture_dv_mps:,.0f} m/s: the long way "
        f"saves {fast.capture_dv_mps - slow.capture_dv_mps:,.0f} m/s at the Moon."
    )
    facts = {
        f"{name}_{key}": float(getattr(route, key))
        for name, route in (("slow", slow), ("fast", fast))
        for key in ("tof_s", "tli_dv_mps", "capture_dv_mps", "farthest_m")
    }
    return dataclasses.replace(
        scene,
        tiles=tuple(tiles),
        description=scene.description + words,
        badge=(f"{slow.tof_s / DAY:.0f} AND {fast.tof_s / DAY:.0f} DAYS", "good"),
        facts=facts,
    )


def compute(**values: Any) -> s.Scene:
    """The scene of these values."""
    return {"route": _route_scene, "gates": _gate_scene, "real": _real_scene}[values["picture"]](values)


def _two_impulse(alpha: float, beta: float, sun: float, tof: float, **more: Any) -> dict[str, Any]:
    """Values of the panel from those of Topputo's problem: angles [rad], speed over circular speed, flight time."""
    radius = (TOPPUTO.r_earth_m + 1e3 * PARKING_KM) / TOPPUTO.length_m
    dv = (beta - 1.0) * _circular(radius, 1.0 - TOPPUTO.mu) * TOPPUTO.velocity_mps
    return {
        "picture": "route",
        "alpha_deg": math.degrees(alpha) % 360.0,
        "dv_mps": dv,
        "sun_deg": math.degrees(sun) % 360.0,
        "days": tof * TOPPUTO.time_s / DAY,
        **more,
    }


# Found by minimising both impulses together in this model (`lunarlab.transfer.twoimpulse`): to the last digits, because a
# route past the Sun magnifies every error by thousands.
LONG = _two_impulse(1.7691178282131566, 1.410124219012155, 1.922700956647581, 22.759057297916527, frame="inertial")
FAST = _two_impulse(4.252717639278948, 1.4021571475521997, 1.6679839739887312, 1.0584276394462018, frame="inertial")
PANEL = Panel(
    "low_energy",
    compute,
    (
        Choose(
            "picture",
            "What to look at",
            "route",
            (
                ("a route that the Sun bends", "route"),
                ("gates and forbidden regions", "gates"),
                ("Resilience and Blue Ghost", "real"),
            ),
        ),
        Slide("sun_deg", "Sun, degrees ahead of the Moon at departure", LONG["sun_deg"], 0, 360, 0.5, 1, when=_route),
        Slide("dv_mps", "Departure from 167 km, m/s", LONG["dv_mps"], 3100, 3230, 0.1, 1, when=_route),
        Slide("alpha_deg", "Place of departure, degrees from the Moon", LONG["alpha_deg"], 0, 360, 0.5, 1, when=_route),
        Slide("days", "Days to follow it", LONG["days"], 3, 150, 0.5, 1, when=_route),
        Choose(
            "frame",
            "Axes",
            "inertial",
            (("that don't turn", "inertial"), ("turning with the Moon", "rotating")),
            when=_route,
        ),
        Slide("jacobi", "Jacobi constant", 3.15, 2.95, 3.25, 0.001, 3, when=_gates),
        Choose("start", "Start near", "moon", (("the Moon", "moon"), ("the Earth", "earth")), when=_gates),
        Slide("heading_deg", "Direction of flight, °", 90, 0, 360, 5, when=_gates),
        Slide("drift_days", "Days to follow it", 30, 5, 90, 1, when=_gates),
    ),
    presets={
        "the long way: 99 days": LONG,
        "the fast way: 4.6 days": FAST,
        "Resilience and Blue Ghost": {"picture": "real"},
        "gates closed: C = 3.20": {"picture": "gates", "jacobi": 3.2, "heading_deg": 90.0},
        "gate L1 open: C = 3.18": {"picture": "gates", "jacobi": 3.18, "heading_deg": 90.0},
        "L1 and L2 open: C = 3.15": {"picture": "gates", "jacobi": 3.15, "heading_deg": 90.0},
    },
    hint=_HINT,
)
