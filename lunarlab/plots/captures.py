"""A burn at the Moon: the path before, during and after it, its height in time, and where each cut-off time would lead."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lunarlab import twobody
from lunarlab.constants import MU_MOON, R_MOON
from lunarlab.errors import LunarlabError
from lunarlab.insertion.burn import BurnResult
from lunarlab.plots import scene as s
from lunarlab.plots.orbits import kilo

VERDICTS = {
    "CAPTURED": ("CAPTURED", "good"),
    "LOWERED": ("LOWERED", "good"),
    "RAISED": ("RAISED", "good"),
    "UNCHANGED": ("UNCHANGED", "fair"),
    "IMPACT": ("IMPACT", "bad"),
    "ESCAPED": ("ESCAPED", "bad"),
}


def flown(result: Any, name: str = "result") -> BurnResult:
    """`result`, if it is one of `insertion.burn.fly_burn`; LunarlabError else."""
    if not isinstance(result, BurnResult):
        raise LunarlabError(f"{name} is {result!r}; it must be what lunarlab.insertion.burn.fly_burn returns")
    return result


def _plane(result: BurnResult) -> tuple[np.ndarray, np.ndarray]:
    """Two axes in the plane of the orbit at ignition: to the point of ignition, and along the motion there."""
    r, v = result.r_mci[0], result.v_mci[0]
    first = r / np.linalg.norm(r)
    across = v - (v @ first) * first
    return first, across / np.linalg.norm(across)


def _flat(r: np.ndarray, axes: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return r @ axes[0] / 1e3, r @ axes[1] / 1e3


def _conic(result: BurnResult, axes: tuple[np.ndarray, np.ndarray], reach_m: float) -> tuple[np.ndarray, np.ndarray]:
    """The two-body orbit before ignition, as far as `reach_m` from the Moon."""
    e = result.before.e
    if e < 1.0:
        span = twobody.period(result.before.a_m, mu=MU_MOON)
        t = np.linspace(-span, 0.0, 241)
    else:
        t = (
            -(np.linspace(0.0, 1.0, 241)[::-1] ** 1.5)
            * 1.5
            * reach_m
            / math.sqrt(MU_MOON / abs(result.before.a_m) + 1e5)
        )
    r, _ = twobody.kepler(result.r_mci[0], result.v_mci[0], t, mu=MU_MOON)
    return _flat(r, axes)


def capture_view(
    result: BurnResult, planned: BurnResult | None = None, *, height: int = 330, width: float = 1.0
) -> s.View:
    """The burn in the plane of the orbit, to scale."""
    axes = _plane(result)
    x, y = _flat(result.r_mci, axes)
    during = result.history_s <= result.burn_s
    reach = 1.25 * max(
        R_MOON + 0.02 * R_MOON,
        *(min(float(np.linalg.norm(b.r_mci, axis=1).max()), 6.0 * R_MOON) for b in (result, planned) if b is not None),
    )
    half = s.round_up(reach / 1e3)
    before = _conic(result, axes, 3.0 * reach)
    marks: list[s.Mark] = [
        s.Disc(0, 0, R_MOON / 1e3, "moon", "Moon"),
        s.Line(*before, "grey", "before", "dot", width=1.6),
    ]
    if planned is not None:
        marks.append(s.Line(*_flat(planned.r_mci, axes), "green", "as planned", "dash"))
    marks += [
        s.Line(x, y, "blue", "flown"),
        s.Line(x[during], y[during], "orange", "engine on", width=5.0),
        s.Mover(result.history_s / 60.0, x, y, "blue"),
    ]
    if result.verdict == "IMPACT":
        marks.append(s.Spot(float(x[-1]), float(y[-1]), "impact", "red", "cross", size=9))
    marks.append(s.Spot(float(x[0]), float(y[0]), "ignition", "orange", "ring", "right"))
    across = s.Axis("km from the Moon's centre", -half, half)
    return s.View(
        "In the plane of the orbit, to scale", across, s.Axis("km", -half, half), tuple(marks), True, height, width
    )


def height_view(result: BurnResult, planned: BurnResult | None = None, *, height: int = 150) -> s.View:
    """Height over the ground in time."""
    h = (np.linalg.norm(result.r_mci, axis=1) - R_MOON) / 1e3
    t = result.history_s / 60.0
    marks: list[s.Mark] = [s.Rule(0.0, "y", "ground", "grey", "dash")]
    top, bottom, end = float(h.max()), float(h.min()), float(t[-1])
    if planned is not None:
        hp, tp = (np.linalg.norm(planned.r_mci, axis=1) - R_MOON) / 1e3, planned.history_s / 60.0
        marks.append(s.Line(tp, hp, "green", "as planned", "dash"))
        top, bottom, end = max(top, float(hp[tp <= max(end, 60.0)].max())), min(bottom, float(hp.min())), max(end, 60.0)
    marks += [s.Line(t, h, "blue", "flown"), s.Rule(result.burn_s / 60.0, "x", "cut-off", "orange")]
    low = min(-0.06 * top, bottom - 0.05 * top)
    clock = s.Axis("minutes since ignition", 0.0, end, clock=True)
    return s.View("Height", clock, s.Axis("km", low, s.round_up(1.05 * top)), tuple(marks), height=height)


def facts_of(result: BurnResult, planned: BurnResult | None) -> dict[str, float]:
    """Numbers of a burn, SI."""
    facts = {
        "burn_s": result.burn_s,
        "dv_mps": result.dv_mps,
        "propellant_kg": result.propellant_kg,
        "perilune_m": result.perilune_altitude_m,
        "apolune_m": result.apolune_altitude_m,
        "gravity_loss_mps": result.gravity_loss_mps,
        "impact_s": result.impact_s,
        "impact_speed_mps": result.impact_speed_mps,
        "measured_dv_mps": float(result.measured_dv_mps[-1]),
    }
    if planned is not None:
        facts |= {
            "planned_burn_s": planned.burn_s,
            "burn_ratio": result.burn_s / planned.burn_s if planned.burn_s else math.nan,
        }
    return facts


def describe_burn(result: BurnResult, planned: BurnResult | None = None) -> str:
    """A burn in sentences."""
    ended = {"engine": "the loss of the engine", "propellant": "dry tanks", "surface": "the ground"}
    words = (
        f"The engine burns for {result.burn_s:.1f} s and gives {result.dv_mps:.2f} m/s for {result.propellant_kg:.1f} kg of "
        f"propellant; {ended.get(result.cutoff, 'the ' + result.cutoff)} ends it. "
    )
    if planned is not None and abs(planned.burn_s - result.burn_s) > 0.05:
        words += (
            f"Planned were {planned.burn_s:.1f} s and {planned.dv_mps:.2f} m/s: the burn is "
            f"{result.burn_s / planned.burn_s:.2f} "
            f"times as long. "
        )
    closed = math.isfinite(result.apolune_altitude_m)
    apolune = f"{kilo(result.apolune_altitude_m)} km" if closed else "open: it leaves the Moon"
    words += (
        f"The orbit then has its perilune at {kilo(result.perilune_altitude_m, 1)} km and its apolune at {apolune}."
    )
    if result.verdict == "IMPACT":
        words += (
            f" It meets the ground {result.impact_s / 60.0:.1f} minutes after ignition at {result.impact_speed_mps:,.0f} m/s, "
            f"{math.degrees(-result.impact_angle_rad):.1f} degrees below the horizon."
        )
    return words


def capture_scene(result: Any, planned: Any = None, *, extra: tuple[s.View, ...] = (), title: str = "") -> s.Scene:
    """A burn at the Moon: geometry and height; `planned` is the burn as it should have been, `extra` views go below."""
    result = flown(result)
    planned = None if planned is None else flown(planned, "planned")
    h = (np.linalg.norm(result.r_mci, axis=1) - R_MOON) / 1e3
    t = result.history_s / 60.0
    speed = np.linalg.norm(result.v_mci, axis=1)
    low = kilo(result.perilune_altitude_m, 1)
    tiles = (
        s.Tile(
            "engine on", f"{result.burn_s:.1f} s", "bad" if planned and result.burn_s > 1.02 * planned.burn_s else ""
        ),
        s.Tile("speed change", f"{result.dv_mps:.2f} m/s"),
        s.Tile("measured", f"{result.measured_dv_mps[-1]:.2f} m/s"),
        s.Tile("perilune after", f"{low} km", "bad" if result.perilune_altitude_m < 0 else "good"),
        s.Tile(
            "apolune after",
            f"{kilo(result.apolune_altitude_m)} km" if math.isfinite(result.apolune_altitude_m) else "open",
        ),
        s.Tile("height now", t=t, values=h, unit="km", digits=1),
        s.Tile("speed now", t=t, values=speed, unit="m/s", digits=0),
    )
    rows = ((capture_view(result, planned), height_view(result, planned, height=330)),)
    clock = s.Clock(0.0, float(t[-1]), "min", float(t[-1]) if result.verdict == "IMPACT" else 0.35 * float(t[-1]))
    return s.Scene(
        title or f"{result.verdict.capitalize()}: perilune {low} km",
        rows + ((extra,) if extra else ()),
        describe_burn(result, planned),
        tiles,
        VERDICTS.get(result.verdict, (result.verdict, "fair")),
        clock=clock,
        facts=facts_of(result, planned),
    )
