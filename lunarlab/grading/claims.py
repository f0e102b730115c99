"""Hold every number that a lesson says about a mission against its figures: ``python -m lunarlab.grading.claims``.

What is read: markdown, comments and texts of ``solutions/*.py``. A paragraph (a row of a table, an item of a list, a text in
code) is about the missions that it names, or else about those that its lesson names at the top. In it

* ``893 m **[published: J6]**``: every number of the sentence before the label must stand, to its digits, among the figures
  that a named source gives about such a mission; ``[measured: ...]`` needs a source that exists, too;
* ``**[derived]**``, ``**[modelled]**``, ``**[inferred]**`` label the numbers before them as ours: nothing to compare with;
* a number without a label, in a paragraph that names a mission, must be a figure of that mission, whatever its source.

Figures stand in the mission's case file, in ``cases/articles`` and in ``cases/figures.toml`` (`figures`). What is no claim
(an input of an exercise, a round number of an example) is said to be none, number by number, in the same paragraph::

    # Our Athena gets 5 m/s more. <!-- no claim: 5 m/s -->

and in code by a comment ``# no claim: 5 m/s`` in the same cell. A number that is listed but does not occur is an error.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path

from lunarlab.cases.loader import case, case_names
from lunarlab.grading.figures import Number, figures, known_sources, numbers
from lunarlab.grading.split import Cell, parse

NAMES = {
    r"HAKUTO-R Mission 1|Mission 1|HAKUTO-R M1|M1": "hakuto-r-m1",
    r"HAKUTO-R Mission 2|Mission 2|Resilience|HAKUTO-R M2": "resilience-m2",
    r"Tenacious": "tenacious",
    r"APEX 1\.0": "apex-1.0",
    r"Luna 25|Luna-25": "luna-25",
    r"Peregrine(?: Mission One)?": "peregrine",
    r"Odysseus|IM-1": "odysseus-im-1",
    r"Athena|IM-2": "athena-im-2",
    r"Blue Ghost": "blue-ghost-1",
    r"SLIM": "slim",
    r"Chandrayaan-3": "chandrayaan-3",
    r"Chandrayaan-2": "chandrayaan-2",
    r"Chang['’]e[ -]6": "chang-e-6",
    r"Chang['’]e[ -]5": "chang-e-5",
    r"Chang['’]e[ -]4": "chang-e-4",
    r"Chang['’]e[ -]3": "chang-e-3",
    r"Apollo 16": "apollo-16",
    r"Apollo(?: 11)?|Eagle": "apollo-11",
    r"GRAIL": "grail",
    r"Danuri": "danuri",
    r"Beresheet": "beresheet",
    r"Surveyor 1": "surveyor-1",
    r"Surveyor 3": "surveyor-3",
    r"Schiaparelli": "schiaparelli",
    r"Mars Polar Lander": "mars-polar-lander",
    r"OMOTENASHI": "omotenashi",
}
"""How a text calls a mission, and whose figures count. A name that is only part of another is no mission."""
_PATTERNS = {re.compile(pattern.replace(" ", r"\s+")): name for pattern, name in NAMES.items()}
_NAME = re.compile("|".join(rf"(?<![\w-])(?:{pattern.pattern})(?![\w-])" for pattern in _PATTERNS))
_LABEL = re.compile(r"\*\*\[(published|measured|derived|modelled|inferred)(?:: ([^\]]+))?\]\*\*")
_NO_CLAIM = re.compile(r"<!-- no claim: (.+?) -->|# no claim: (.+)")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”*)]*\s+(?=[\"“*(]*[A-Z0-9])(?!\*\*\[)")
_ASIDE = re.compile(
    r"\$[^$]*\$|`[^`]*`|<!--.*?-->|https?://\S+"
    r"|\b[Ll]essons? \d\d(?:(?:,| and| to) \d\d)*|\b(?:[Pp]arts?|Build|Task|quiz|row|step|figure) \d+"
    r"|^\s*(?:[-*]|\d+\.) |\bdegree \d+|\(\d+ points?\)",
    re.MULTILINE | re.DOTALL,
)
LEAST_COUNT = 10
"""A bare whole number below this is a count ("two of 3"), not a figure."""


STALE = "is listed as no claim, but does not occur there"


@dataclass(frozen=True)
class Problem:
    """A claim that is not tied to a figure."""

    line: int
    number: str
    what: str

    def __str__(self) -> str:
        return f"{self.line}: {self.number}: {self.what}"


@dataclass(frozen=True)
class Passage:
    """A paragraph with the line that it begins in."""

    line: int
    text: str


def missions_in(text: str) -> list[str]:
    """Missions that a text names, each once, in order."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        found |= dict.fromkeys(name for pattern, name in _PATTERNS.items() if pattern.fullmatch(match.group()))
    return list(found)


def _hidden(text: str) -> str:
    """The text with names of missions, formulas, code and the like blanked out, so that places stay."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    return _NAME.sub(blank, _ASIDE.sub(blank, text))


def passages(cell: Cell) -> Iterator[Passage]:
    """Paragraphs of markdown; comments and texts of code."""
    lines = cell.solution.split("\n")
    if cell.kind == "markdown":
        start, gathered = 0, list[str]()
        for i, line in enumerate([*lines, ""]):
            alone = line.startswith(("|", "#"))
            if gathered and (not line.strip() or alone or re.match(r"\s*(?:[-*]|\d+\.) ", line)):
                yield Passage(cell.line + 1 + start, "\n".join(gathered))
                gathered = []
            if line.strip() and not line.startswith("#"):
                if not gathered:
                    start = i
                gathered.append(line)
                if alone:
                    yield Passage(cell.line + 1 + i, line)
                    gathered = []
        return
    comments: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(StringIO(cell.solution).readline):
        if token.type == tokenize.COMMENT and "no claim:" not in token.string:
            if comments and comments[-1][0] + comments[-1][1].count("\n") == token.start[0] - 1:
                comments[-1] = (comments[-1][0], f"{comments[-1][1]}\n{token.string.lstrip('# ')}")
            else:
                comments.append((token.start[0], token.string.lstrip("# ")))
    yield from (Passage(cell.line + line, text) for line, text in comments)
    nodes, inside = list(ast.walk(ast.parse(cell.solution))), set[int]()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            parts = [v.value if isinstance(v, ast.Constant) else " {} " for v in node.values]
            inside |= {id(v) for v in ast.walk(node)}
            yield Passage(cell.line + node.lineno, "".join(map(str, parts)))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield Passage(cell.line + node.lineno, node.value)


def _claims(text: str) -> Iterator[tuple[Number, str, str]]:
    """Each number of a paragraph with the kind and the codes of the label that follows it in its sentence; "" if none does."""
    hidden = _hidden(text)
    labels = list(_LABEL.finditer(text))
    plain = _LABEL.sub(lambda m: " " * len(m.group()), hidden)
    ends = [m.start() for m in _SENTENCE.finditer(_LABEL.sub(lambda m: "x" * len(m.group()), text))] + [len(text)]
    if text.startswith("|"):  # in a row of a table a cell is a sentence
        ends = sorted({m.start() for m in re.finditer(r"\|", text)} | {len(text)})
    for number in numbers(plain):
        if number.what == "" and number.bare < LEAST_COUNT and number.bare == int(number.bare):
            continue
        end = next(e for e in ends if e >= number.end)
        label = next((m for m in labels if number.end <= m.start() < end), None)
        yield number, label[1] if label else "", (label[2] or "") if label else ""


def _allowed(text: str) -> list[str]:
    return [item.strip() for match in _NO_CLAIM.finditer(text) for item in (match[1] or match[2]).split(";")]


@cache
def _cases_of(mission: str) -> tuple[str, ...]:
    """A mission, and the cases that are of the same mission by their own word: sandboxes, counterfactuals."""
    return (mission, *(n for n in case_names() if n != mission and missions_in(case(n).mission)[:1] == [mission]))


def _about(missions: Iterable[str]) -> list[str]:
    return [*(name for mission in missions for name in _cases_of(mission)), "moon"]


def _problem(number: Number, kind: str, codes: str, named: list[str], lesson: list[str]) -> str:
    """What is wrong with a claim; "" if nothing is."""
    missions, said = _about(named or lesson), ", ".join(named or lesson) or "any mission here"
    known = known_sources()
    if kind in ("published", "measured"):
        wanted = {code.strip() for code in codes.split(",")}
        for code in sorted(wanted):
            homes = [mission for mission, sources in known.items() if code in sources]
            if not homes:
                return f"no case file knows the source {code}"
            if not set(homes) & set(missions):
                return f"{code} is a source about {', '.join(homes)}, not about {said}"
        if kind == "measured":
            return ""
        given = [f for mission in missions for f in figures(mission) if f.codes & wanted]
        if any(number.is_figure(f.number) for f in given):
            return ""
        return f"{codes} {'do' if len(wanted) > 1 else 'does'} not give this number about {said}"
    if kind or not named:
        return ""
    if any(number.is_figure(f.number) for mission in missions for f in figures(mission)):
        return ""
    return f"no label, and no figure of {said}"


def check(text: str, name: str = "solution") -> list[Problem]:
    """Problems of one lesson, from the text of its solution."""
    cells = [cell for cell in parse(text, name) if cell.solution.strip()]
    heads = [p.text for c in cells[:1] for p in passages(c) if "**Mission" in p.text]
    lesson = missions_in(heads[0].partition("**Mission")[2]) if heads else []
    problems: list[Problem] = []
    for cell in cells:
        if cell.kind == "markdown" and cell.solution.startswith("## Sources"):
            continue
        whole, said = _allowed(cell.solution) if cell.kind == "code" else [], set[str]()
        for passage in passages(cell):
            if cell is cells[0] and passage.text.startswith(("**", "| **")):  # minutes, objectives, what comes before
                continue
            listed, named = whole or _allowed(passage.text), missions_in(passage.text)
            found = list(_claims(passage.text))
            said |= {number.text.strip() for number, _, _ in found}
            for number, kind, codes in found:
                what = "" if number.text.strip() in listed else _problem(number, kind, codes, named, lesson)
                if what:
                    line = passage.line + passage.text[: number.start].count("\n")
                    problems.append(Problem(line, number.text.strip(), what))
            here = {number.text.strip() for number, _, _ in found}
            stale = [] if whole else [item for item in listed if item not in here]
            problems += [Problem(passage.line, item, STALE) for item in stale]
        problems += [Problem(cell.line, item, STALE) for item in whole if item not in said]
    return sorted(problems, key=lambda p: p.line)


def main(arguments: list[str] | None = None) -> int:
    """Check solutions/*.py. 0: every claim is tied, 1: some are not (each on a line), 2: nothing to check."""
    parser = argparse.ArgumentParser(prog="python -m lunarlab.grading.claims", description="compare claims with case files")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="folder that holds solutions/")
    parser.add_argument("files", nargs="*", type=Path, help="solutions to check; all if none is given")
    options = parser.parse_args(arguments)
    sources = options.files or sorted((options.root / "solutions").glob("*.py"))
    if not sources:
        print(f"no solutions/*.py in {options.root}", file=sys.stderr)
        return 2
    count = 0
    for source in sources:
        for problem in check(source.read_text("utf-8"), str(source)):
            print(f"{source}:{problem}", file=sys.stderr)
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main())
