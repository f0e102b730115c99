"""Pictures of a touchdown: the lander on its legs from the side, what its feet felt, and which touchdowns it survives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lunarlab.descent.gear import GRAVITY_MPS2, Gear, static_slope_deg, tip_speed_toward
from lunarlab.descent.settle import OUTCOMES, Motion, Outcome, Rest
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s

if TYPE_CHECKING:
    from lunarlab.descent.stability import StabilityMap
    from lunarlab.descent.touchdown import Touchdown

INKS = {
    Outcome.STANDING: "green",
    Outcome.BOUNCED: "blue",
    Outcome.BOTTOMED: "yellow",
    Outcome.TIPPED: "red",
    Outcome.MOVING: "grey",
}
_MOODS = {Outcome.STANDING: "good", Outcome.BOUNCED: "fair", Outcome.BOTTOMED: "fair"}
_LEGS = ("blue", "orange", "green", "pink", "yellow", "red", "ink", "grey")
_FRAMES = 140


@dataclass(frozen=True)
class Side:
    """A direction from which the lander is looked at: `across` points to the right in the picture."""

    across_rad: float
    slope: float
    """How the ground rises to the right, as a tangent."""
    title: str


def sides(contact: Touchdown, slope_deg: float, azimuth_deg: float) -> tuple[Side, Side]:
    """Along the fall of the ground (or the motion, where it is level), motion to the right; and the view at right angles."""
    heading = math.atan2(contact.left_mps, contact.lateral_mps)
    moves = contact.horizontal_mps > 1e-3
    across = math.radians(azimuth_deg) if slope_deg > 0.05 else heading if moves else 0.0
    if moves and math.cos(heading - across) < -1e-9:
        across += math.pi
    fall, tangent = math.radians(azimuth_deg), math.tan(math.radians(slope_deg))
    behind = across + 0.5 * math.pi
    return (
        Side(across, -tangent * math.cos(fall - across), "From the side"),
        Side(behind, -tangent * math.cos(fall - behind), "From behind"),
    )


def _matrix(q: np.ndarray) -> np.ndarray:
    """Rotations (k, 3, 3) from body to forward, left, up, of unit quaternions (k, 4)."""
    w, x, y, z = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.asarray(np.moveaxis(np.array(rows), 2, 0))


def tilts(motion: Motion) -> np.ndarray:
    """Angle of the lander's axis from the vertical at every moment [deg], shape (k,)."""
    _, x, y, _ = motion.attitude.T
    return np.asarray(np.degrees(np.arccos(np.clip(1.0 - 2.0 * (x * x + y * y), -1.0, 1.0))))


def _frames(motion: Motion) -> np.ndarray:
    """Rows to draw: all of the first moments, fewer later."""
    n = len(motion.t_s)
    return np.unique((np.linspace(0.0, 1.0, min(n, _FRAMES)) ** 1.3 * (n - 1)).round().astype(int))


def _lander(motion: Motion, gear: Gear, side: Side, rows: np.ndarray) -> list[s.Mark]:
    """Legs, body and mast as lines that move."""
    t, turn = motion.t_s[rows], _matrix(motion.attitude[rows])
    right = np.array([math.cos(side.across_rad), math.sin(side.across_rad), 0.0])
    onto = np.array([right, [0.0, 0.0, 1.0]])
    centre = motion.position_m[rows] @ onto.T
    size, h = 0.55 * gear.foot_radius_m, gear.cg_height_m
    low, high = -0.55 * h, 0.75 * h

    def shown(body: np.ndarray) -> np.ndarray:
        """Points (k or 1, n, 3) of the body in the picture, (k, n, 2)."""
        bodies = np.broadcast_to(body, (len(rows), *body.shape[1:]))
        return np.asarray(np.einsum("ij,kjl,knl->kni", onto, turn, bodies) + centre[:, None])

    marks: list[s.Mark] = []
    pad = 0.11 * gear.foot_radius_m * np.array([1.0, side.slope]) / math.hypot(1.0, side.slope)
    for leg, angle in enumerate(gear.legs_rad):
        c, sn = math.cos(angle), math.sin(angle)
        foot = np.array([[gear.foot_radius_m * c, gear.foot_radius_m * sn, -h]])[None] + np.zeros((len(rows), 1, 1))
        foot[:, 0, 2] += motion.crush_m[rows, leg]
        knees = np.array([[[size * c, size * sn, 0.1 * h]], [[size * c, size * sn, low]]])
        strut = shown(np.concatenate([knees[:1].repeat(len(rows), 0), foot, knees[1:].repeat(len(rows), 0)], axis=1))
        marks.append(s.Outline(t, strut[:, :, 0], strut[:, :, 1], "grey", 0.0, 2.2))
        there = shown(foot)
        ends = np.concatenate([there - pad, there + pad], axis=1)
        marks.append(s.Outline(t, ends[:, :, 0], ends[:, :, 1], _LEGS[leg], 0.0, 4.5))
    # The outline of a cylinder: two half ellipses about the projected axis.
    axis = np.einsum("ij,kj->ki", onto, turn[:, :, 2])
    length = np.linalg.norm(axis, axis=1)
    along = np.where(length[:, None] > 1e-6, axis / np.maximum(length, 1e-6)[:, None], [0.0, 1.0])
    beside = np.column_stack([along[:, 1], -along[:, 0]])
    squash = np.sqrt(np.clip(1.0 - length * length, 0.0, 1.0))
    angles = np.linspace(0.0, math.pi, 7)
    parts = []
    for end, turned in ((high, angles), (low, angles + math.pi)):
        ring = size * (
            np.cos(turned)[None, :, None] * beside[:, None]
            + np.sin(turned)[None, :, None] * (squash[:, None] * along)[:, None]
        )
        parts.append(centre[:, None] + end * axis[:, None] + ring)
    body = np.concatenate([*parts, parts[0][:, :1]], axis=1)
    mast = shown(np.array([[[0.0, 0.0, high], [0.0, 0.0, high + 0.35 * h]]]))
    marks.append(s.Outline(t, mast[:, :, 0], mast[:, :, 1], "ink", 0.0, 1.8))
    marks.append(s.Outline(t, body[:, :, 0], body[:, :, 1], "ink", 0.35, 1.8))
    marks.append(s.Mover(t, centre[:, 0], centre[:, 1], "orange"))
    return marks


def lander_view(
    contact: Touchdown, gear: Gear, motion: Motion, side: Side, *, height: int = 330, width: float = 1.0
) -> s.View:
    """The lander on the ground from one side, moving with the clock."""
    reach = math.hypot(gear.foot_radius_m, 1.75 * gear.cg_height_m)
    right = np.array([math.cos(side.across_rad), math.sin(side.across_rad)])
    x, z = motion.position_m[:, :2] @ right, motion.position_m[:, 2]
    half = 1.05 * reach
    low, high = (
        half * f((edge + k * half) / half) for edge, k, f in ((x.min(), -0.6, math.floor), (x.max(), 0.6, math.ceil))
    )
    bottom = min(-0.3 * half, float(z.min()) - 1.3 * gear.cg_height_m)
    top = max(1.15 * half, float(z.max()) + 0.9 * gear.cg_height_m)
    wide = np.array([low - 40.0 * half, high + 40.0 * half])
    ground = side.slope * wide
    marks: list[s.Mark] = [
        s.Fill(np.array([*wide, *wide[::-1]]), np.array([*ground, -99.0 * half, -99.0 * half]), "grey", alpha=0.35),
        s.Line(wide, ground, "grey", width=1.6),
        s.Line(x, z, "orange", "path of the centre of mass", "dot", 1.4),
        *_lander(motion, gear, side, _frames(motion)),
    ]
    along = contact.lateral_mps * right[0] + contact.left_mps * right[1]
    if math.hypot(along, contact.vertical_mps) > 0.05:
        k = 0.3 * half / max(contact.speed_mps, 0.3)
        marks.append(s.Arrow(float(x[0]), float(z[0]), k * along, -k * contact.vertical_mps, "", "yellow"))
    return s.View(side.title, s.Axis("m", low, high), s.Axis("m up", bottom, top), tuple(marks), True, height, width)


def tilt_view(motion: Motion, *, height: int = 150) -> s.View:
    """Tilt of the axis over time."""
    angle = tilts(motion)
    top = (
        120.0 if angle.max() > 88.0 else 90.0 if angle.max() > 45.0 else s.round_up(max(1.2 * float(angle.max()), 5.0))
    )
    return s.View(
        "Tilt from the vertical",
        s.Axis("seconds since contact", 0.0, max(float(motion.t_s[-1]), 0.1), clock=True),
        s.Axis("°", 0.0, top),
        (s.Line(motion.t_s, angle, "orange"),),
        height=height,
    )


def feet_view(motion: Motion, gear: Gear, *, height: int = 150) -> s.View:
    """How hard each foot presses on the ground, over time."""
    kilo = motion.force_N / 1e3
    lines = tuple(
        s.Line(motion.t_s, kilo[:, i], _LEGS[i], f"leg {i + 1}", ("", "dash", "dot", "dashdot")[i % 4], 1.6)
        for i in range(gear.count)
    )
    limit = gear.crush_force_N / 1e3
    top = s.round_up(1.1 * max(float(kilo.max()), 0.2 * limit, 0.1))
    rule = (s.Rule(limit, "y", "crush force", "red", "dash", "end"),) if limit < top else ()
    return s.View(
        "Force of each foot on the ground",
        s.Axis("seconds since contact", 0.0, max(float(motion.t_s[-1]), 0.1), clock=True),
        s.Axis("kN", 0.0, top),
        (*lines, *rule),
        height=height,
    )


def stability_view(
    found: StabilityMap, gear: Gear, *, heading_deg: float = 0.0, azimuth_deg: float = 0.0,
    contact: Touchdown | None = None, title: str = "What it survives", height: int = 330,
) -> s.View:  # fmt: skip
    """Outcomes over sideways and descent speed (or slope), with the closed limits of tipping over drawn in.

    Parameters
    ----------
    found : StabilityMap
        From `lunarlab.descent.stability.stability_map`.
    gear, heading_deg, azimuth_deg
        As the map was made.
    contact : Touchdown, optional
        A touchdown to mark.
    """
    by_slope = bool(np.ptp(found.slope_deg) > 0.0)
    rows, label = (found.slope_deg, "slope, °") if by_slope else (found.vertical_mps, "descent speed, m/s")
    x0, x1, y0, y1 = float(found.lateral_mps[0]), float(found.lateral_mps[-1]), float(rows[0]), float(rows[-1])
    grid = s.Classes(
        found.outcome, x0, x1, y0, y1, tuple(outcome.value for outcome in OUTCOMES), tuple(INKS[o] for o in OUTCOMES)
    )
    fine = np.linspace(y0, y1, 41)
    slopes = fine if by_slope else np.full(41, float(found.slope_deg[0]))
    limit = np.array([tip_speed_toward(gear, heading_deg, float(slope), azimuth_deg) for slope in slopes])
    down = np.full(41, float(found.vertical_mps[0])) if by_slope else fine
    marks: list[s.Mark] = [
        grid,
        s.Line(limit, fine, "ink", "tips if the feet stop dead", "dash"),
        s.Line(limit + down * gear.edge_m / gear.cg_height_m, fine, "ink", "the same, landing flat", "dot", 1.6),
    ]
    if contact is not None:
        y = float(found.slope_deg[0]) if by_slope else contact.vertical_mps
        marks.append(s.Spot(contact.horizontal_mps, y, "this touchdown", "ink", "star", "corner", 11))
    half_x, half_y = (
        (b - a) / max(n - 1, 1) / 2 for a, b, n in ((x0, x1, len(found.lateral_mps)), (y0, y1, len(rows)))
    )
    return s.View(
        title,
        s.Axis("sideways speed, m/s", x0 - half_x, x1 + half_x),
        s.Axis(label, y0 - half_y, y1 + half_y),
        tuple(marks),
        height=height,
    )


def stands_until(found: StabilityMap, contact: Touchdown) -> float:
    """Least sideways speed [m/s] at which, in the row of this touchdown, it falls over; nan if there is none."""
    row = int(np.abs(found.vertical_mps - contact.vertical_mps).argmin())
    falls = np.flatnonzero(found.outcome[row] == OUTCOMES.index(Outcome.TIPPED))
    return float(found.lateral_mps[falls[0]]) if falls.size else math.nan


def describe_map(found: StabilityMap) -> str:
    """The shares of the outcomes of a map in words."""
    share = [(outcome, float((found.outcome == i).mean())) for i, outcome in enumerate(OUTCOMES)]
    words = ", ".join(f"{outcome.value} {100 * part:.0f} %" for outcome, part in share if part > 0.0)
    lateral, vertical = found.lateral_mps, found.vertical_mps
    return (
        f"Of {found.outcome.size} touchdowns with {lateral[0]:.1f} to {lateral[-1]:.1f} m/s sideways and "
        f"{vertical.min():.1f} to {vertical.max():.1f} m/s down: {words}."
    )


def _tiles(rest: Rest, gear: Gear, contact: Touchdown, limit: float) -> tuple[s.Tile, ...]:
    margin = limit - contact.horizontal_mps
    mood = "good" if margin > 0.5 and rest.stands else "fair" if margin > 0.0 or rest.stands else "bad"
    return (
        s.Tile("peak load", f"{rest.peak_mps2:.0f} m/s²"),
        s.Tile("most crushed leg", f"{100 * max(rest.crush_m):.1f} cm", "bad" if rest.bottomed else ""),
        s.Tile("tilt in the end", f"{rest.tilt_deg:.1f}°", "" if rest.stands else "bad"),
        s.Tile("bounces", f"{rest.bounces}", "fair" if rest.bounces else ""),
        s.Tile("slid", f"{rest.slide_m:.2f} m"),
        s.Tile("tips from (closed form)", f"{limit:.2f} m/s"),
        s.Tile("margin to that", f"{margin:+.2f} m/s".replace("-", "−"), mood),
    )


def touchdown_scene(
    contact: Touchdown, gear: Gear, rest: Rest, *, found: StabilityMap | None = None, refining: bool = False,
    gravity_mps2: float = GRAVITY_MPS2, title: str = "Touchdown",
) -> s.Scene:  # fmt: skip
    """A settled touchdown: the lander from two sides over time, its tilt and its feet, and the map of what it survives.

    Parameters
    ----------
    contact : Touchdown
        With slope and azimuth.
    rest : Rest
        From `settle(..., record=True)`.
    found : StabilityMap, optional
        For the same gear, slope and directions.
    refining : bool
        Whether `found` is coarse, or of a moment ago.

    Raises
    ------
    LunarlabError
        The touchdown was settled without its motion.
    """
    motion = rest.motion
    if motion is None:
        raise LunarlabError("rest has no motion; settle it with record=True")
    slope, azimuth = contact.slope_deg, contact.slope_azimuth_deg
    heading = math.degrees(math.atan2(contact.left_mps, contact.lateral_mps))
    static = static_slope_deg(gear)
    limit = tip_speed_toward(gear, heading, slope, azimuth, gravity_mps2=gravity_mps2)
    falls = math.nan if found is None else stands_until(found, contact)
    first, second = sides(contact, slope, azimuth)
    top: list[s.View] = [lander_view(contact, gear, motion, first)]
    if found is not None:
        name = "What it survives" + (" (being refined)" if refining else "")
        top.append(stability_view(found, gear, heading_deg=heading, azimuth_deg=azimuth, contact=contact, title=name))
    charts = (
        lander_view(contact, gear, motion, second, height=150, width=0.7),
        tilt_view(motion),
        feet_view(motion, gear),
    )
    end = max(float(motion.t_s[-1]), 0.1)
    falls_words = "" if math.isnan(falls) else f" At this descent speed it falls over from {falls:.2f} m/s."
    if falls == 0.0:
        falls_words = " At this descent speed it falls over even without sideways speed."
    bounces = "1 bounce" if rest.bounces == 1 else f"{rest.bounces} bounces"
    words = (
        f"A lander on {gear.count} legs, feet {gear.foot_radius_m:g} m from its axis, its centre of mass "
        f"{gear.cg_height_m:g} m up, meets ground that falls by {slope:g}° at {contact.vertical_mps:.2f} m/s down and "
        f"{contact.horizontal_mps:.2f} m/s "
        f"sideways, leaning {contact.tilt_deg:.1f}°. It ends {rest.outcome.value} after {rest.t_s:.1f} s at "
        f"{rest.tilt_deg:.1f}° from the vertical, after {bounces} and {rest.slide_m:.2f} m of sliding. The hardest moment is "
        f"{rest.peak_mps2:.1f} m/s²; the leg that is crushed most loses {100 * max(rest.crush_m):.1f} of "
        f"{100 * gear.stroke_m:.0f} cm. At rest it would stand on slopes up to {static:.1f}°; moving this way it tips over "
        f"from {limit:.2f} m/s if its feet stop dead. {'' if found is None else describe_map(found) + falls_words}"
    )
    facts: dict[str, float] = {
        "outcome": float(OUTCOMES.index(rest.outcome)),
        "stands": float(rest.stands),
        "rest_s": rest.t_s,
        "tilt_rad": math.radians(rest.tilt_deg),
        "crush_max_m": max(rest.crush_m),
        "peak_mps2": rest.peak_mps2,
        "bounces": float(rest.bounces),
        "bounce_m": rest.bounce_m,
        "slide_m": rest.slide_m,
        "tip_speed_mps": limit,
        "margin_mps": limit - contact.horizontal_mps,
        "static_slope_rad": math.radians(static),
        "falls_from_mps": falls,
        "map_share_standing": math.nan if found is None else float(found.stands.mean()),
    }
    return s.Scene(
        title,
        (tuple(top), charts),
        words.strip(),
        _tiles(rest, gear, contact, limit),
        (rest.outcome.value.upper(), _MOODS.get(rest.outcome, "bad")),
        (f"legs crushed: {', '.join(f'{100 * c:.0f}' for c in rest.crush_m)} of {100 * gear.stroke_m:.0f} cm",),
        clock=s.Clock(0.0, end, "s", end, max(2.0, min(end, 12.0)), 2),
        facts=facts,
    )


def stability_scene(found: StabilityMap, gear: Gear, **where: Any) -> s.Scene:
    """A map of what a gear survives, on its own; `where` as for `stability_view`."""
    return s.Scene("Touchdowns that a gear survives", ((stability_view(found, gear, **where),),), describe_map(found))
