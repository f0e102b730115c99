"""Read an article: its figures as printed, clock times with their zones, and versions of the same number side by side."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lunarlab.cases import loader
from lunarlab.errors import CaseError

ARTICLES = Path(__file__).parent
GRADES = ("A", "B", "C")
"""A operator or agency, or a measurement; B press with a name to lose, or an encyclopedia; C blogs, digests, forums."""


@dataclass(frozen=True)
class ArticleFigure:
    """One statement of an article with its numbers."""

    key: str
    what: str
    mission: str
    """Name of the case that it is about; a name of its own if there is none."""
    printed: tuple[tuple[float, str], ...] = ()
    """(number, unit) as printed, once for each unit."""
    clocks: tuple[tuple[str, float, int], ...] = ()
    """(HH:MM, zone in hours ahead of UTC, days after the first date) as printed."""
    note: str = ""


@dataclass(frozen=True)
class Version:
    """One source's word on a number, as a span from low to high (equal if it gave one number)."""

    low: float
    high: float
    source: str
    grade: str
    title: str
    said: str = ""
    """When, as far as known: ISO, to the day or the month."""
    note: str = ""

    @property
    def middle(self) -> float:
        """Middle of the span."""
        return 0.5 * (self.low + self.high)


@dataclass(frozen=True)
class Disagreement:
    """A number on which sources differ."""

    key: str
    what: str
    unit: str
    mission: str
    used: str
    """Which version this course uses, in words."""
    versions: tuple[Version, ...]


@dataclass(frozen=True, repr=False)
class Article:
    """What an article printed."""

    name: str
    title: str
    date: str
    source: str
    """Code of the article itself."""
    figures: dict[str, ArticleFigure]
    disagreements: dict[str, Disagreement]
    sources: dict[str, dict[str, str]]

    def __repr__(self) -> str:
        return f"Article {self.name}: {self.title} ({self.date}), {len(self.figures)} statements"


def article_names() -> list[str]:
    """Names of all articles."""
    return sorted(path.stem for path in ARTICLES.glob("*.toml"))


def _source(name: str, code: str, mission: str, own: dict[str, dict[str, str]]) -> dict[str, str]:
    known = own if code in own or mission not in loader.case_names() else loader.case(mission).sources
    if code not in known:
        raise CaseError(f"{name}.toml: source {code!r} stands neither in it nor in the case {mission!r}")
    if known[code]["grade"] not in GRADES:
        raise CaseError(f"{name}.toml: grade of {code} is {known[code]['grade']!r}; allowed are {', '.join(GRADES)}")
    return known[code]


@lru_cache(maxsize=8)
def article(name: str) -> Article:
    """Load an article.

    Parameters
    ----------
    name : str
        One of `article_names()`, for example "launch-day".

    Raises
    ------
    CaseError
        No such article; a source that is not listed; a key that is missing.
    """
    if name not in article_names():
        raise CaseError(f"there is no article {name!r}; there are {', '.join(article_names())}")
    toml: dict[str, Any] = tomllib.loads((ARTICLES / f"{name}.toml").read_text("utf-8"))
    own = toml.get("sources", {})
    try:
        figures = {
            row["key"]: ArticleFigure(
                row["key"], row["what"], row.get("mission", toml["mission"]),
                tuple((float(v), u) for v, u in row.get("printed", [])),
                tuple((str(clock), float(zone), int(day)) for clock, zone, day in row.get("clocks", [])),
                row.get("note", ""),
            )
            for row in toml.get("figures", [])
        }  # fmt: skip
        disputes = {}
        for row in toml.get("disagreements", []):
            versions = []
            for v in row["versions"]:
                known = _source(name, v["source"], row["mission"], own)
                versions.append(Version(float(v["low"]), float(v["high"]), v["source"], known["grade"], known["title"],
                                        v.get("said", ""), v.get("note", "")))  # fmt: skip
            disputes[row["key"]] = Disagreement(
                row["key"], row["what"], row["unit"], row["mission"], row["used"], tuple(versions)
            )
        return Article(name, toml["title"], toml["date"], toml["source"], figures, disputes, own)
    except KeyError as error:
        raise CaseError(f"{name}.toml: {error.args[0]!r} is missing") from None
