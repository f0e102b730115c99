"""``gallery(folder)``: one page with one picture and one sentence for each mission, made from the data of its flight."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from lunarlab import __version__
from lunarlab.cases.bench import chosen_cases
from lunarlab.cases.loader import ROLES, Case, case, case_names
from lunarlab.descent.flight import Flight
from lunarlab.errors import LunarlabError
from lunarlab.plots import facts
from lunarlab.plots import scene as s
from lunarlab.plots.lanes import lanes_scene
from lunarlab.plots.vector import svg

_ROOMS = {"mission": "Missions", "analogue": "Analogues", "design": "Designs", "model": "Models to compare with"}
_PICTURE = {"descent": (2, 0), "burn": (2, 0), "propellant": (1, 1), "surface": (2, 0)}  # row and column of the lanes
_SHOWN = ("fault", "lockout", "estimate_zero", "first_reject")  # a descent's picture begins above the last of these
_STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --text: #24292f; --soft: #57606a; --rim: #d0d7de;
  --blue: #0072b2; --orange: #b86e00; --green: #007a59; --red: #b34a00; --pink: #9a4577; --yellow: #756900; --grey: #68707a; }
@media (prefers-color-scheme: dark) { :root { --paper: #0e1116; --card: #171b22; --text: #e6edf3; --soft: #a3adb8;
  --rim: #343c46; --blue: #6cbcf0; --orange: #f0a81c; --green: #2fd0a4; --red: #ff8a4c; --pink: #e39bc5; --yellow: #e0d24a;
  --grey: #a3adb8; } }
* { box-sizing: border-box } body { margin: 0 auto; max-width: 78rem; padding: 1.5rem; background: var(--paper);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
a { color: var(--blue) } :focus-visible { outline: 3px solid var(--orange); outline-offset: 2px }
nav ul { columns: 15rem; padding-left: 1.2rem } .room { display: grid; gap: 1.25rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)) }
article { background: var(--card); border: 1px solid var(--rim); border-radius: .6rem; padding: 1rem 1.1rem }
h3 { margin: 0 0 .2rem; font-size: 1.1rem } .of { color: var(--soft); margin: 0; font-size: .92rem }
.badge { font-weight: 700 } .good { color: var(--green) } .fair { color: var(--yellow) } .bad { color: var(--red) }
figure { margin: .6rem 0 0 } figcaption { margin-top: .4rem } summary { cursor: pointer; color: var(--soft) }
svg { width: 100%; height: auto; font: 11.5px system-ui, sans-serif } svg text { fill: var(--soft) }
.grid { stroke: var(--rim); stroke-width: .7; fill: none } .line { fill: none; stroke: currentColor; stroke-linejoin: round }
.dot { fill: currentColor } .hollow { fill: var(--card); stroke: currentColor; stroke-width: 1.6 }
svg text.fill { fill: currentColor }
.blue { color: var(--blue) } .orange { color: var(--orange) } .green { color: var(--green) } .red { color: var(--red) }
.pink { color: var(--pink) } .yellow { color: var(--yellow) } .grey { color: var(--grey) } .ink { color: var(--text) }
@media print { body { max-width: none } article { break-inside: avoid } }
""".strip()


@dataclass(frozen=True)
class Card:
    """One mission on the wall."""

    case: Case
    verdict: str
    mood: str
    sentence: str
    alt: str
    view: s.View


def sentence(flight: Any) -> str:
    """What a flight came to, in one sentence made from its numbers."""
    if not isinstance(flight, Flight):
        first = str(flight.reasons[0])
        return f"{first[0].upper()}{first[1:]}{'' if len(flight.reasons) < 2 else '; ' + str(flight.reasons[-1])}."
    known, contact = facts.key_facts(flight), flight.touchdown
    if contact is None:
        why = flight.reasons[0] if flight.reasons else "no contact"
        return f"{str(flight.verdict).replace('_', ' ').capitalize()}: {why}."
    speeds = f"{contact.vertical_mps:.1f} m/s down and {contact.horizontal_mps:.1f} m/s sideways"
    left = f"{contact.propellant_left_kg:.0f} kg of propellant left"
    gap = known.get("zero_gap_m", 0.0)
    if gap > facts.GAP_WORTH_SHOWING_M:
        dry = " until its tanks are dry" if "dry_t_s" in known else ""
        told = f"It believes that it is down while it is still {facts.metres(gap)} up, hovers{dry}, and meets the ground at"
        return f"{told} {speeds}."
    if flight.landed:
        miss = math.hypot(contact.miss_m, contact.cross_m)
        return f"It lands at {speeds}, {facts.metres(miss)} from its target, with {left}."
    return f"It meets the ground at {speeds}, with {left}: {flight.reasons[0]}."


def portrait(loaded: Case, flight: Any, scene: s.Scene) -> s.View:
    """The one picture of a flight: truth and belief, or what its kind has instead, with the published points."""
    row, column = _PICTURE.get(loaded.flight, (1, 0))
    view, published = scene.rows[row][column], scene.rows[0][column]
    rules = (m for lane in scene.rows[0] for m in lane.marks if isinstance(m, s.Rule) and m.text and m.axis == "x")
    times = {(m.text, m.value): m for m in rules}.values()
    points = (
        [m for m in published.marks if isinstance(m, (s.Line, s.Dots))] if published.x.label == view.x.label else []
    )
    own = [m for m in view.marks if not isinstance(m, s.Mover) and not (isinstance(m, s.Rule) and m.axis == "x")]
    bold = [
        dataclasses.replace(m, name="truth", width=2.0, alpha=1.0) if isinstance(m, s.Line) and m.ink == "blue" else m
        for m in own
    ]
    wide = dataclasses.replace(view.x, high=view.x.high + 0.02 * (view.x.high - view.x.low))
    view = dataclasses.replace(view, title=view.y.label, x=wide, marks=(*bold, *points, *times))
    return _closer(view, flight) if isinstance(flight, Flight) and loaded.kind == "failure" else view


def _closer(view: s.View, flight: Flight) -> s.View:
    """A descent that failed, from three times the height at which the last thing went wrong: else nothing could be seen."""
    last = [event for event in flight.events if event.kind in _SHOWN]
    t, height = flight.si["t"], flight.si["true_altitude"]
    top = 3.0 * max(last[-1].altitude_m, 40.0) if last else math.inf
    inside = np.flatnonzero((height < top) & (t >= view.x.low))
    if not inside.size or top > height.max():
        return view
    return dataclasses.replace(
        view,
        x=dataclasses.replace(view.x, low=float(t[inside[0]])),
        y=dataclasses.replace(view.y, low=-0.06e-3 * top, high=1e-3 * top),
    )


def card(name: str | Case, seed: int = 0) -> Card:
    """Fly a case, and make its picture and its sentence."""
    loaded = case(name) if isinstance(name, str) else name
    flight = loaded.fly(seed=seed)
    scene = lanes_scene(flight, loaded.published, loaded.title)
    words = sentence(flight)
    view = portrait(loaded, flight, scene)
    sources = sum(isinstance(m, s.Dots) and bool(m.texts) for m in view.marks)
    alt = f"{view.y.label} over {view.x.label}, from {view.x.low:.4g} to {view.x.high:.4g}. {words}"
    return Card(
        loaded, scene.badge[0], scene.badge[1], words, alt + (" Published points are marked." if sources else ""), view
    )


def _article(c: Card) -> str:
    about = " · ".join(text for text in (c.case.date, c.case.operator, c.case.lander) if text)
    points = [
        f"<li>{escape(p.note or 'published')} ({escape(p.confidence)}; {escape(p.source)})</li>"
        for p in c.case.published
    ]
    codes = {code.strip() for p in c.case.published for code in p.source.split(",")}
    known = {code: c.case.sources[code] for code in sorted(codes) if code in c.case.sources}
    sources = [f"<li>{escape(code)}: {escape(row['title'])}, grade {escape(row['grade'])}</li>" for code, row in known.items()]
    more = f"<h4>Published</h4><ul>{''.join(points)}</ul><h4>Sources</h4><ul>{''.join(sources)}</ul>" if points else ""
    return (
        f'<article id="{c.case.name}"><h3>{escape(c.case.title)}</h3>'
        f'<p class="of">{escape(c.case.mission)}<br>{escape(about)}</p>'
        f"<figure>{svg(c.view, c.alt)}<figcaption>"
        f'<span class="badge {c.mood or "fair"}">{escape(c.verdict)}.</span> {escape(c.sentence)}</figcaption></figure>'
        f"<details><summary>What happened, and where it is from</summary><p>{escape(c.case.summary)}</p>"
        f"<p>Outcome: {escape(c.case.outcome)}.</p>{more}</details></article>"
    )


def page(cards: Iterable[Card]) -> str:
    """The page as HTML: no script, no picture file, no request."""
    hung, rooms = list(cards), []
    for role, title in _ROOMS.items():
        some = [c for c in hung if c.case.role == role]
        if some:
            rooms.append(
                f'<section aria-labelledby="{role}"><h2 id="{role}">{title}</h2><p class="of">{escape(ROLES[role])}.</p>'
                f'<div class="room">{"".join(map(_article, some))}</div></section>'
            )
    links = "".join(f'<li><a href="#{c.case.name}">{escape(c.case.title)}</a></li>' for c in hung)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<link rel="icon" href="data:,"><title>lunarlab: the museum</title><style>{_STYLE}</style></head><body>'
        f"<header><h1>The museum</h1><p>{len(hung)} flights, each flown just now by lunarlab {__version__} from its mission "
        "file. Lines are what the model flew and what it believed; marks are what was published, with their uncertainty.</p>"
        f'</header><nav aria-label="Missions"><ul>{links}</ul></nav><main>{"".join(rooms)}</main></body></html>'
    )


def gallery(
    folder: Any, cases: str | Case | Iterable[str | Case] | None = None, *, progress: bool = False
) -> tuple[Path, list[Card]]:
    """Write ``index.html`` into a folder: one picture and one sentence for each mission.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    cases : names or Case, one or several, optional
        None: all.
    progress : bool
        Show a bar.

    Returns
    -------
    Path, list of Card
        The file, and what is on it.

    Raises
    ------
    LunarlabError
        The folder can't be written, or there is no such case.
    """
    chosen = chosen_cases(case_names() if cases is None else cases)
    if not isinstance(folder, (str, os.PathLike)):
        raise LunarlabError(f"folder is {folder!r}; it must be a path")
    from tqdm.auto import tqdm

    cards = [card(name) for name in tqdm(chosen, unit="mission", disable=not progress, leave=False)]
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        file = target / "index.html"
        file.write_text(page(cards), encoding="utf-8")
    except OSError as error:
        raise LunarlabError(f"folder is {str(folder)!r}; nothing can be written there: {error.strerror}") from error
    return file, cards
