"""Mystery telemetry as a picture: what was bought, channel by channel, and the score once there is one."""

from __future__ import annotations

import numpy as np

from lunarlab.cases.mystery import CHANNELS, Mystery
from lunarlab.plots import scene as s

_POINTS = ("range", "innovation", "doppler_forward", "doppler_up")


def bought_scene(flight: Mystery) -> s.Scene:
    """Everything that was bought of a mystery flight; asking for it again costs nothing."""
    first, last = flight.clock
    clock = s.Axis("seconds since the de-orbit burn", first, last, clock=True)
    views, told = [], []
    for channel in dict.fromkeys(row[0] for row in flight.receipts):
        unit, what = CHANNELS[channel]
        parts = [flight.buy(channel, low, high) for name, low, high, _ in flight.receipts if name == channel]
        t = np.concatenate([np.append(part[0], np.nan) for part in parts])
        y = np.concatenate([np.append(part[1], np.nan) for part in parts])
        good = y[np.isfinite(y)]
        low, high = (float(good.min()), float(good.max())) if good.size else (0.0, 1.0)
        pad = 0.08 * max(high - low, 1e-6 * max(abs(high), 1.0), 1e-9)
        seen = np.isfinite(y)
        mark = s.Dots(t[seen], y[seen], "orange", "dot", "", 2.5) if channel in _POINTS else s.Line(t, y, "blue")
        views.append((s.View(f"{channel}: {what}", clock, s.Axis(unit, low - pad, high + pad), (mark,), height=110),))
        told.append(
            f"{channel}, {good.size} values from {low:.4g} to {high:.4g} {unit}"
            if good.size
            else f"{channel}, no value"
        )
    if not views:
        view = s.View("Nothing bought yet", clock, s.Axis("", 0.0, 1.0), (), height=110)
        views, told = [(view,)], ["nothing yet"]
    words = f"Mystery {flight.seed}, {flight.left} of {flight.budget} requests left. Bought: {'; '.join(told)}."
    badge: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()
    if flight.score is not None:
        got = flight.score
        badge = (f"{got.points:.0f} points", "good" if got.kind_right else "fair" if got.part_right else "bad")
        notes = (f"It was: {got.truth}",)
        words += f" {got.points:.0f} points. It was: {got.truth}."
    tiles = (
        s.Tile("requests left", str(flight.left), "" if flight.left else "bad"),
        s.Tile("spent", str(flight.spent)),
    )
    return s.Scene(
        f"Mystery {flight.seed}: what broke?", tuple(views), words, tiles, badge, notes, s.Clock(first, last, "s", last, 20.0),
        {"left": float(flight.left), "spent": float(flight.spent)},
    )  # fmt: skip
