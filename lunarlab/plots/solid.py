"""In three dimensions: families of periodic orbits, and the tubes that lead to and from one. matplotlib draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize

from lunarlab.errors import LunarlabError
from lunarlab.plots import style
from lunarlab.plots.paint import HEAT
from lunarlab.transfer import threebody
from lunarlab.transfer.manifold import Manifold
from lunarlab.transfer.periodic import PeriodicOrbit
from lunarlab.transfer.threebody import EARTH_MOON, System

_MM = 1e6


def _axes(title: str) -> tuple[style.LunarFigure, Any]:
    fig = style.LunarFigure(figsize=(9.0, 6.4), dpi=style.DPI)
    FigureCanvasAgg(fig)
    ax = fig.add_axes((0.02, 0.05, 0.84, 0.9), projection="3d")
    fig.suptitle(title, fontsize=11, x=0.01, ha="left")
    return fig, ax


def _finish(ax: Any, points: np.ndarray, system: System, names: tuple[str, ...]) -> None:
    """Bodies, libration points, labels, and the same scale on all three axes."""
    k = system.length_m / _MM
    ax.plot([(1.0 - system.mu) * k], [0.0], [0.0], "o", color="#7A828C", ms=6)
    ax.text((1.0 - system.mu) * k, 0.0, 0.0, "  Moon", fontsize=8.5)
    for name, place in zip(threebody.POINTS, threebody.libration_points(system.mu), strict=True):
        if name in names:
            ax.plot([place[0] * k], [place[1] * k], [0.0], "x", color="#9A8A00", ms=6)
            ax.text(place[0] * k, place[1] * k, 0.0, f"  {name}", fontsize=8.5, color="#9A8A00")
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    size = np.maximum(high - low, 0.12 * float((high - low).max()))
    for axis, label in zip("xyz", ("x towards the Moon", "y", "z"), strict=True):
        getattr(ax, f"set_{axis}label")(f"{label}, thousand km", fontsize=8.5, labelpad=8)
    ax.tick_params(labelsize=8)
    ax.locator_params(nbins=5)
    if high[2] - low[2] < 1e-6:  # in the plane: seen from above
        size[2] = 0.01 * size[0]
        ax.set_zlim(-1.0, 1.0)
        ax.set_zticks([])
        ax.set_zlabel("")
        ax.set_proj_type("ortho")
        ax.view_init(elev=90, azim=-90)
    else:
        ax.view_init(elev=22, azim=-62)
    ax.set_box_aspect(size, zoom=1.2 if high[2] - low[2] < 1e-6 else 0.86)


def family(
    orbits: Any, *, system: System = EARTH_MOON, title: str = "A family of periodic orbits"
) -> style.LunarFigure:
    """Periodic orbits of one family in space, coloured by their stability (bright is stable).

    Parameters
    ----------
    orbits : PeriodicOrbit, Family or sequence of PeriodicOrbit
    system : System
        Of the same mass ratio.
    """
    members = [orbits] if isinstance(orbits, PeriodicOrbit) else list(getattr(orbits, "members", orbits))
    if not members or not all(isinstance(item, PeriodicOrbit) for item in members):
        raise LunarlabError(f"orbits is {orbits!r}; it must be PeriodicOrbit, or a family or list of them")
    fig, ax = _axes(title)
    index = np.array([np.log10(max(1.0, item.stability)) for item in members])
    scale = Normalize(0.0, max(float(index.max()), 0.3))
    paths = [item.points(241)[:, :3] * system.length_m / _MM for item in members]
    for path, value in zip(paths, index, strict=True):
        ax.plot(*path.T, color=HEAT(scale(value)), lw=1.5)
    _finish(ax, np.vstack(paths), system, ("L1", "L2"))
    from matplotlib.cm import ScalarMappable

    bar = fig.colorbar(ScalarMappable(scale, HEAT), cax=fig.add_axes((0.9, 0.2, 0.02, 0.55)))
    bar.set_label("log10 of the stability index", fontsize=8.5)
    bar.ax.tick_params(labelsize=8)
    height = [float(np.abs(path[:, 2]).max()) * 1e3 for path in paths]
    days = [item.period_s(system) / 86400.0 for item in members]
    near = [item.extremes[0] * system.length_m / 1e3 for item in members]
    steady = int((index < 1e-6).sum())
    fig.description = (
        f"{len(members)} {members[0].family} orbits of the {system.name} system in space: periods of {min(days):.2f} to "
        f"{max(days):.2f} days, up to {min(height):,.0f} to {max(height):,.0f} km out of the Moon's plane, closest "
        "to the Moon's "
        f"centre {min(near):,.0f} to {max(near):,.0f} km. Jacobi constants from {min(i.jacobi for i in members):.4f} to "
        f"{max(i.jacobi for i in members):.4f}; stability indices from {10 ** index.min():.3g} to {10 ** index.max():.3g}, "
        f"{steady} of them stable."
    )
    return fig


def manifold(
    tubes: Any, *, system: System = EARTH_MOON, title: str = "Tubes to and from a periodic orbit"
) -> style.LunarFigure:
    """Manifolds of a periodic orbit in space: unstable ones lead away (red), stable ones lead to it (green, dashed).

    Parameters
    ----------
    tubes : Manifold or sequence of Manifold
        All of one orbit.
    system : System
    """
    found = [tubes] if isinstance(tubes, Manifold) else list(tubes)
    if not found or not all(isinstance(item, Manifold) for item in found):
        raise LunarlabError(f"tubes is {tubes!r}; it must be Manifold or a list of them")
    fig, ax = _axes(title)
    k = system.length_m / _MM
    points, seen = [found[0].orbit.points(241)[:, :3] * k], set()
    for tube in found:
        ink, dash, words = (
            ("#D55E00", "-", "leads away") if tube.kind == "unstable" else ("#009E73", "--", "leads to it")
        )
        for branch in tube.y[:, :, :3] * k:
            ax.plot(*branch.T, color=ink, ls=dash, lw=0.7, alpha=0.7, label=None if tube.kind in seen else words)
            seen.add(tube.kind)
            points.append(branch)
    ax.plot(*points[0].T, color="#0072B2", lw=2.4, label=f"{found[0].orbit.family} orbit")
    ax.legend(loc="upper right", fontsize=8.5, frameon=False)
    _finish(ax, np.vstack(points), system, ("L1", "L2"))
    moon = np.array([(1.0 - system.mu) * k, 0.0, 0.0])
    parts = []
    for tube in found:
        gap = 1e3 * np.linalg.norm(tube.y[:, :, :3] * k - moon, axis=-1)
        days = abs(float(tube.t[-1])) * system.time_s / 86400.0
        parts.append(
            f"{len(tube.y)} branches that {'leave it' if tube.kind == 'unstable' else 'reach it'} within {days:.1f} "
            "days, between "
            f"{float(np.nanmin(gap)):,.0f} and {float(np.nanmax(gap)):,.0f} km from the Moon's centre, "
            f"{int(tube.stopped.sum())} of them stopped"
        )
    fig.description = (
        f"A {found[0].orbit.family} orbit of the {system.name} system (Jacobi constant {found[0].orbit.jacobi:.4f}) and "
        f"{'; '.join(parts)}."
    )
    return fig
