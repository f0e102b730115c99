"""A plain procedure that diagnoses mystery telemetry: what an engineer would look at, in their order. No learning, no truth."""

from __future__ import annotations

from typing import Any

import numpy as np

LOOKS = (
    "accel_up", "accel_forward", "thrust", "thrust_command", "mass", "pitch", "doppler_up", "doppler_forward", "range",
)  # fmt: skip
Answer = tuple[str, str, float]


def late(t: np.ndarray, good: np.ndarray) -> float:
    return float(t[np.argmax(good)]) if good.any() else float(t[0])


def runs(values: np.ndarray) -> np.ndarray:
    """How many times in a row each value stands there already, exactly."""
    count = np.zeros(values.size, dtype=int)
    for i in range(1, values.size):
        count[i] = count[i - 1] + 1 if values[i] == values[i - 1] else 0
    return count


def step_in(values: np.ndarray) -> tuple[int, float]:
    """Where a smooth series jumps, and by how much: the largest misfit of the straight line through the 10 before."""
    k = np.arange(10.0)
    weights = 0.1 + (11.0 - k.mean()) * (k - k.mean()) / np.sum((k - k.mean()) ** 2)  # least squares, one beyond the next
    windows = np.lib.stride_tricks.sliding_window_view(values, 13)
    misfit = np.median(windows[:, 10:], axis=1) - windows[:, :10] @ weights
    i = int(np.argmax(np.abs(misfit)))
    return i + 10, float(misfit[i])


def middle(values: np.ndarray, half: int) -> np.ndarray:
    """Running median."""
    padded = np.pad(values, half, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1))


def rough(values: np.ndarray, wide: int = 25) -> np.ndarray:
    """Running median of the size of second differences: noise without trend."""
    second = np.abs(np.diff(values, 2, append=[values[-1]] * 2))
    return np.array([np.median(second[max(0, i - wide) : i + wide]) for i in range(0, values.size, wide)]).repeat(wide)[: values.size]


def inertial(t: np.ndarray, up: np.ndarray, forward: np.ndarray, push: np.ndarray, pitch: np.ndarray) -> Answer | None:
    if not up[-20:].any() and not forward[-20:].any():
        return "imu", "absent", late(t, (np.cumsum((up != 0.0)[::-1])[::-1] == 0))
    still = runs(up)
    if still[-2] > 15:
        return "imu", "frozen", float(t[-2 - still[-2]])
    noise = rough(up)
    quiet = np.median(noise[: noise.size // 5])
    if np.median(noise[-100:]) > 6.0 * quiet:
        return "imu", "noise", late(t, noise > 0.5 * np.median(noise[-100:]))
    upward, along = push * np.sin(np.radians(pitch)), -push * np.cos(np.radians(pitch))
    off, aside = up - upward, forward - along
    smooth = np.convolve(off, np.ones(51) / 51.0, "same")[30:-30]
    if abs(np.median(smooth[-150:]) - np.median(smooth[:300])) < 0.045:
        return None
    i = int(np.argmax(np.abs(smooth - np.median(smooth[:300])) > 0.5 * abs(np.median(smooth[-150:])))) + 30
    after = slice(i + 20, -25)
    off, aside = off[after] - np.median(off[:300]), aside[after] - np.median(aside[:300])
    upward, along = upward[after], along[after]
    k = float((off @ upward + aside @ along) / (upward @ upward + along @ along))
    flat = float(np.sum((off - off.mean()) ** 2) + aside @ aside)
    tied = float(np.sum((off - k * upward) ** 2) + np.sum((aside - k * along) ** 2))
    return "imu", "scale" if tied < flat else "bias", float(t[i])


def engines(t: np.ndarray, thrust: np.ndarray, asked: np.ndarray) -> Answer | None:
    burning = asked > 50.0
    share = np.where(burning, thrust, 1.0) / np.where(burning, asked, 1.0)
    ratio = middle(share, 10)
    wrong = np.abs(ratio - 1.0) > 0.08
    if np.mean(wrong[-200:-20]) < 0.5:
        return None
    began = np.flatnonzero(~wrong[:-100])
    i = int(began[-1]) + 1 if began.size else 0
    before, after = (float(np.median(thrust[part])) for part in (slice(max(0, i - 20), max(i - 3, 1)), slice(i + 15, i + 40)))
    if abs(after - before) < 0.06 * max(before, 1.0):
        return "assist", "stuck", float(t[i])
    return "assist", "lost" if np.median(ratio[i + 15 : -10]) < 0.55 else "scale", float(t[i])


def doppler(t: np.ndarray, up: np.ndarray, forward: np.ndarray) -> Answer | None:
    seen = np.isfinite(up)
    if seen.sum() < 60:
        return None
    if not seen[-10:].any():
        return "velocimeter", "absent", float(t[np.flatnonzero(seen)[-1]])
    t, up, forward = t[seen], up[seen], forward[seen]
    still = runs(up)
    if still[-1] > 10:
        return "velocimeter", "frozen", float(t[-1 - still[-1]])
    noise = rough(up, 15)
    if np.median(noise[-60:]) > 5.0 * np.median(noise[:40]):
        return "velocimeter", "noise", late(t, noise > 0.5 * np.median(noise[-60:]))
    i, jump = step_in(up)
    j, other = step_in(forward)
    size = 12.0 * np.median(noise)
    if max(abs(jump), abs(other)) < max(size, 0.9):
        return None
    at = i if abs(jump) >= abs(other) else j
    jump, other = (float(np.median(v[at : at + 5]) - np.median(v[max(0, at - 5) : at])) for v in (up, forward))
    return "velocimeter", "bias" if abs(jump - other) < 0.5 * max(abs(jump), abs(other)) else "scale", float(t[at])


def altimeter(t: np.ndarray, value: np.ndarray) -> Answer | None:
    seen = np.isfinite(value)
    if seen.sum() < 100:
        return None
    where = np.flatnonzero(seen)
    t_seen, r = t[seen], value[seen]
    still = runs(r)
    if still.max() > 15:
        i = int(np.argmax(still))
        return "altimeter", "frozen", float(t_seen[i - still[i]])
    if t[-1] - t_seen[-1] > 12.0:
        return "altimeter", "absent", float(t_seen[-1])
    gaps = np.diff(where)
    usual = int(np.median(gaps[: max(20, gaps.size // 6)]))
    expected = np.arange(where[0], where[-1] + 1, usual)
    there = np.isin(expected, where) | np.isin(expected + 1, where) | np.isin(expected - 1, where)
    share = np.array([np.mean(there[max(0, i - 25) : i + 25]) for i in range(there.size)])
    if share.min() < 0.68 and share.max() - share.min() > 0.25:
        return "altimeter", "dropout", float(t[expected[np.argmax(share < 0.5 * (share.max() + share.min()))]])
    seen_at: dict[float, int] = {}
    echo = [i for i, x in enumerate(r.tolist()) if seen_at.setdefault(x, i) != i]
    if len(echo) > 3:
        return "altimeter", "delay", float(t_seen[echo[0]])
    off = np.abs(r - middle(r, 6))
    spread = middle(off, 20)
    if np.max(spread[10:-10]) > 6.0 * np.median(spread[: max(40, r.size // 8)]) and np.max(spread[10:-10]) > 20.0:
        return "altimeter", "noise", late(t_seen, spread > 0.4 * np.max(spread))
    out = off > 20.0 * np.median(spread) + 100.0
    if np.sum(out) > 8:
        return "altimeter", "spurious", late(t_seen, out)
    noise = rough(r)
    i, jump = step_in(r)
    if abs(jump) < max(60.0, 8.0 * noise[min(i, noise.size - 1)]):
        return None
    before, after = (np.polyfit(t_seen[part], r[part], 1)[0] for part in (slice(max(0, i - 60), i), slice(i + 2, i + 62)))
    factor = 1.0 + jump / r[i - 1]
    looks_scaled = jump < 0.0 and 0.82 < factor < 0.95 and abs(after / before - factor) < abs(after / before - 1.0) + 0.03
    return "altimeter", "scale" if looks_scaled else "bias", float(t_seen[i])


def diagnose(flight: Any) -> Answer:
    """Buy what is worth looking at over the last 400 s, and say what is wrong."""
    last = flight.clock[1]
    start = max(flight.clock[0], last - 400.0)
    data: dict[str, np.ndarray] = {}
    for name in LOOKS:
        t, data[name] = flight.buy(name, start, last)
    mass = np.convolve(data["mass"], np.ones(41) / 41.0, "same")
    mass[:20], mass[-20:] = mass[20], mass[-21]
    push = data["thrust"] / mass
    for found in (
        inertial(t, data["accel_up"], data["accel_forward"], push, data["pitch"]),
        engines(t, data["thrust"], data["thrust_command"]),
        doppler(t, data["doppler_up"], data["doppler_forward"]),
        altimeter(t, data["range"]),
    ):
        if found is not None:
            return found
    return "nothing", "broken", float("nan")
