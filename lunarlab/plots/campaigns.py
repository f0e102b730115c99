"""Pictures of many flights: where they come down, how they end, why they fail, and what that depends on."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from lunarlab.descent.touchdown import Verdict
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s
from lunarlab.plots.facts import metres

if TYPE_CHECKING:
    from lunarlab.descent.campaign import Campaign
    from lunarlab.descent.ellipse import Ellipse

VERDICTS: tuple[tuple[str, str, str], ...] = (
    (Verdict.LANDED, "green", "dot"),
    (Verdict.HARD_LANDING, "yellow", "square"),
    (Verdict.TIPPED, "orange", "triangle"),
    (Verdict.CRASHED, "red", "cross"),
    (Verdict.PROPELLANT_OUT, "pink", "diamond"),
    (Verdict.DIVERGED, "grey", "ring"),
    (Verdict.LAW_ERROR, "ink", "ring"),
    (Verdict.TIMEOUT, "blue", "ring"),
)
COLUMNS = {
    "speed_mps": "touchdown speed",
    "vertical_mps": "descent speed at contact",
    "miss_m": "miss along the track",
    "cross_m": "miss across the track",
    "propellant_left_kg": "propellant left",
    "tilt_deg": "tilt at contact",
    "duration_s": "duration",
}
"""What a campaign can be asked to rank its dispersions by."""
SHARES = (0.5, 0.9973)


def _share(count: int, n: int) -> str:
    return f"{100.0 * count / n:.1f} %"


def _word(verdict: object) -> str:
    return str(verdict).lower().replace("_", " ")


def _round(value: float) -> float:
    return s.round_up(max(value, 1e-9))


def planar(flown: Campaign) -> bool:
    """Whether no flight left the plane of the orbit."""
    return flown.job.scenario.site.dimensions != 3.0


def ellipses(flown: Campaign, confidence: float = 0.95) -> list[Ellipse]:
    """The ellipses of `SHARES`; none where fewer than three flights met the ground."""
    found = [flown.ellipse(share, confidence) for share in SHARES]
    return [e for e in found if e is not None]


def landings_view(
    flown: Campaign, found: list[Ellipse] | None = None, picked: int = -1, *, height: int = 300
) -> s.View:
    """Where every flight came down: along and across the track, or in the plane along it and how fast."""
    along, cross = flown["miss_m"], flown["cross_m"]
    flat = planar(flown)
    up = flown["speed_mps"] if flat else cross
    met = np.isfinite(along) & np.isfinite(up)
    far = float(np.abs(along[met]).max()) if met.any() else 1.0
    unit, k = ("km", 1e-3) if far >= 3000.0 else ("m", 1.0)
    marks: list[s.Mark] = []
    limits = flown.job.scenario.limits
    verdicts = np.array(flown.verdict)
    for verdict, ink, shape in VERDICTS:
        some = met & (verdicts == verdict)
        if some.any():
            y = up[some] if flat else k * up[some]
            marks.append(s.Dots(k * along[some], y, ink, shape, _word(verdict), 4.0, flown.rows.k[some], "flight"))
    if found:
        inner, outer = found[0], found[-1]
        if flat:
            for e, text, dash in (
                (outer, f"{100 * outer.probability:g} %", "dash"),
                (inner, f"{100 * inner.probability:g} %", "dot"),
            ):
                for sign, side in ((-1.0, "start"), (1.0, "end")):
                    marks.append(s.Rule(k * (e.along_m + sign * e.semi_major_m), "x", text, "blue", dash, side))
        else:
            for e, dash in ((outer, ""), (inner, "dash")):
                x, y = e.outline()
                marks.append(s.Line(k * x, k * y, "blue", f"{100 * e.probability:g} %", dash, 1.8))
            for size in outer.semi_major_interval_m:
                grown = _outline(
                    outer, size, outer.semi_minor_interval_m[0 if size == outer.semi_major_interval_m[0] else 1]
                )
                marks.append(s.Line(k * grown[0], k * grown[1], "blue", dash="dot", width=1.0))
            marks.append(s.Spot(k * outer.along_m, k * outer.cross_m, "mean", "blue", "cross", "below", 7))
    here = np.flatnonzero(flown.rows.k == picked)
    if here.size and met[here[0]]:
        i = here[0]
        marks.append(
            s.Spot(k * along[i], float(up[i] if flat else k * up[i]), f"flight {picked}", "ink", "ring", "corner", 11)
        )
    wide = _round(
        1.12 * k * max(far, *(abs(e.along_m) + e.semi_major_m for e in found or [])) if found else 1.12 * k * far
    )
    if flat:
        marks.insert(0, s.Rule(limits.vertical_mps, "y", "largest descent speed of a landing", "red", "dash"))
        fast = up[met] if met.any() else np.array([1.0])
        high = 1.1 * max(float(fast.max()), 1.2 * limits.vertical_mps)
        low = 10.0 ** math.floor(math.log10(min(max(0.9 * float(fast.min()), 0.01), 0.5 * limits.vertical_mps)))
        y_axis = (
            s.Axis("speed at contact, m/s", low, _round(high), "log")
            if high > 12.0
            else s.Axis("speed at contact, m/s", 0.0, _round(high))
        )
        marks.append(s.Rule(0.0, "x", "target", "ink", "dot"))
    else:
        marks.append(s.Spot(0.0, 0.0, "target", "ink", "triangle", "corner", 9))
        tall = (
            max(
                (float(np.abs(cross[met]).max()) if met.any() else 1.0),
                *(abs(e.cross_m) + e.semi_minor_m for e in found or []),
            )
            if found
            else far
        )
        y_axis = s.Axis(f"{unit} left of the track", -_round(1.15 * k * tall), _round(1.15 * k * tall))
    return s.View(
        "Where they come down",
        s.Axis(f"{unit} beyond the target", -wide, wide),
        y_axis,
        tuple(marks),
        not flat,
        height,
    )


def _outline(e: Ellipse, major: float, minor: float) -> np.ndarray:
    """The ellipse with other half-axes, shape (2, points)."""
    angle, turn = np.linspace(0.0, 2.0 * np.pi, 121), math.radians(e.angle_deg)
    a, b = major * np.cos(angle), minor * np.sin(angle)
    return np.array(
        [e.along_m + a * math.cos(turn) - b * math.sin(turn), e.cross_m + a * math.sin(turn) + b * math.cos(turn)]
    )


def verdicts_view(flown: Campaign, *, height: int = 46) -> s.View:
    """Shares of the verdicts as one bar, with the interval of the share that landed."""
    counts, n, left = Counter(flown.verdict), flown.n, 0.0
    marks: list[s.Mark] = []
    for verdict, ink, _ in VERDICTS:
        if counts[verdict]:
            share = 100.0 * counts[verdict] / n
            name = f"{_word(verdict)} {share:.1f} %"
            marks.append(s.Boxes([left], [left + share], [0.15], [0.85], ink, name, 0.85))
            left += share
    _, low, high = flown.success()
    marks.append(s.Line(np.array([100 * low, 100 * high]), np.array([0.5, 0.5]), "ink", "95 % sure", width=3.0))
    ends = 100.0 * np.array([low, low, np.nan, high, high])
    marks.append(s.Line(ends, np.array([0.3, 0.7, np.nan, 0.3, 0.7]), "ink", width=2.0))
    return s.View(
        "How they end",
        s.Axis("% of the flights", 0.0, 100.0),
        s.Axis("", 0.0, 1.0, ticks=((-1.0, ""),)),
        tuple(marks),
        height=height,
    )


def causes_view(flown: Campaign, most: int = 6, *, height: int = 150) -> s.View:
    """The most frequent ways to fail, each with what its flights have in common."""
    found = flown.causes()[:most]
    top = max([cause.count for cause in found], default=1)
    ticks: list[tuple[float, str]] = []
    marks: list[s.Mark] = []
    inks = {verdict: ink for verdict, ink, _ in VERDICTS}
    for i, cause in enumerate(found):
        y = len(found) - i - 0.5
        what = f"; {'large ' if cause.spread else ''}{cause.draw}" if cause.draw else ""
        text = f"{_word(cause.verdict)}: {cause.limit}{what} (as flight {cause.example})"
        marks.append(
            s.Boxes(
                [0.0],
                [float(cause.count)],
                [y - 0.3],
                [y + 0.3],
                inks.get(Verdict(cause.verdict), "grey"),
                "",
                0.85,
                ("",),
            )
        )
        marks.append(s.Spot(float(cause.count), y, text, "ink", "dot", "right", 0.5))
        ticks.append((y, f"{cause.count}"))
    if not found:
        marks.append(s.Spot(0.5, 0.5, "no flight failed", "green", "dot", "right", 1.0))
    return s.View(
        "Why they fail",
        s.Axis("flights", 0.0, _round(2.5 * top)),
        s.Axis("", 0.0, float(max(len(found), 1)), ticks=tuple(ticks) or ((0.5, ""),)),
        tuple(marks),
        height=height,
    )


def sensitivity_view(flown: Campaign, column: str = "speed_mps", most: int = 10, *, height: int = 300) -> s.View:
    """Rank correlation of a column with what each flight drew, the strongest first.

    Raises
    ------
    LunarlabError
        A column that there is not; too few flights.
    """
    rows = flown.sensitivity(column)[:most]
    name = COLUMNS.get(column, column)
    y = len(rows) - np.arange(len(rows)) - 0.5
    marks: list[s.Mark] = []
    for sure, ink, words in ((True, "blue", "beyond chance"), (False, "grey", "may be chance")):
        some = np.array([row.significant is sure for row in rows])
        if some.any():
            rank = np.array([row.rank for row in rows])[some]
            marks.append(
                s.Boxes(np.minimum(rank, 0.0), np.maximum(rank, 0.0), y[some] - 0.32, y[some] + 0.32, ink, words, 0.85)
            )
    marks.append(s.Line(np.zeros(2), np.array([0.0, float(len(rows))]), "ink", width=1.0))
    ticks = tuple((float(place), row.draw) for place, row in zip(y, rows, strict=True))
    return s.View(
        f"What the {name} depends on",
        s.Axis("rank correlation", -1.0, 1.0),
        s.Axis("", 0.0, float(max(len(rows), 1)), ticks=ticks),
        tuple(marks),
        height=height,
    )


def describe_ellipse(found: list[Ellipse]) -> str:
    """The outer ellipse in words."""
    return f"{found[-1]}." if found else "Fewer than three flights met the ground."


def sensitivity_words(flown: Campaign, column: str) -> str:
    """What a column depends on, in a sentence."""
    rows = [row for row in flown.sensitivity(column) if row.significant]
    name = COLUMNS.get(column, column)
    if not rows:
        return f"No dispersion can be told to change the {name}."
    return f"The {name} depends most on {', '.join(f'{row.draw} ({row.rank:+.2f})' for row in rows[:3])}."


def campaign_scene(
    flown: Campaign, column: str = "speed_mps", *, of: int = 0, picked: int = -1, live: bool = False,
    found: list[Ellipse] | None = None,
) -> s.Scene:  # fmt: skip
    """A campaign: landings with their ellipse, sensitivities, verdicts and causes.

    Parameters
    ----------
    flown : Campaign
        All of it or a part.
    column : str
        What the dispersions are ranked by.
    of : int
        Number of flights that it is to have; 0 if it is complete.
    picked : int
        A flight to mark.
    live : bool
        Whether it is still being flown: ellipse and intervals, which take long, come with the end.
    found : list of Ellipse, optional
        From `ellipses`, if they are known.
    """
    total = max(of, flown.n)
    share, low, high = flown.success()
    found = [] if live else ellipses(flown) if found is None else found
    flown[column]  # a column that there is not is an error; too few flights to rank are not
    try:
        ranks: s.View | None = sensitivity_view(flown, column)
        words_ranks = sensitivity_words(flown, column)
    except LunarlabError:
        ranks, words_ranks = None, "Too few flights to tell what they depend on."
    top = (landings_view(flown, found, picked),) if ranks is None else (landings_view(flown, found, picked), ranks)
    counts = Counter(flown.verdict)
    speed, miss = flown["speed_mps"], np.hypot(flown["miss_m"], flown["cross_m"])
    met = np.isfinite(speed)

    def at(values: np.ndarray, percent: float) -> float:
        return float(np.percentile(values[met], percent)) if met.any() else math.nan

    tiles = [
        s.Tile("flown", f"{flown.n:,} of {total:,}"),
        s.Tile(
            "landed", _share(counts["LANDED"], flown.n), "good" if share > 0.99 else "fair" if share > 0.8 else "bad"
        ),
        s.Tile("95 % interval", f"{100 * low:.1f}–{100 * high:.1f} %"),
        s.Tile("speed, median", f"{at(speed, 50):.2f} m/s"),
        s.Tile("speed, 99 % below", f"{at(speed, 99):.2f} m/s"),
        s.Tile("miss, half within", metres(at(miss, 50))),
        s.Tile("miss, 99 % within", metres(at(miss, 99))),
    ]
    failed = flown.causes()
    first = f" The most frequent failure: {failed[0]}." if failed else " No flight failed."
    words = (
        f"{flown.n:,} flights of {flown.job.scenario.name}, seed {flown.seed}"
        f"{f', of {total:,} that are being flown' if live else ''}: "
        f"{', '.join(f'{_word(name)} {counts[name]:,}' for name, _, _ in VERDICTS if counts[name])}. "
        f"{_share(counts['LANDED'], flown.n)} landed; with 95 % confidence the share lies between {100 * low:.1f} and "
        f"{100 * high:.1f} %. {'' if live else describe_ellipse(found) + ' '}{words_ranks}{first}"
        f"{'' if math.isnan(flown.wall_s) else f' Time: {flown.wall_s:.1f} s.'}"
    )
    numbers = {
        "n": float(flown.n),
        "landed": share,
        "landed_low": low,
        "landed_high": high,
        "speed_p99_mps": at(speed, 99),
        "miss_p99_m": at(miss, 99),
        "semi_major_m": found[-1].semi_major_m if found else math.nan,
        "semi_minor_m": found[-1].semi_minor_m if found else math.nan,
    }
    badge = f"{100 * flown.n / total:.0f} %" if live else f"{100 * share:.1f} % LAND"
    return s.Scene(
        f"{total:,} flights of {flown.job.scenario.name}",
        (top, (verdicts_view(flown),), (causes_view(flown, height=40 + 22 * min(len(failed), 6)),)),
        words,
        tuple(tiles),
        (badge, "fair" if live else "good" if share > 0.99 else "fair" if share > 0.8 else "bad"),
        facts=numbers,
    )
