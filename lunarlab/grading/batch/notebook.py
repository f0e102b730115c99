"""The gate for notebooks: bytes from a stranger in, the text of the cells or a reason out. Nothing in it is run or trusted.

Outputs, scores, time stamps and all metadata but a cell's id are dropped here and never read again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

BYTES = 10 * 1024 * 1024
"""Of the file: figures make a notebook large, and they are dropped."""
TEXT = 512 * 1024
"""Characters of all cells."""
CELLS = 500
DEPTH = 64
PARTS = 300_000
"""Lists and objects: empty ones take no place in a file, and much memory."""
_DIGITS = 19
_INTEGER = 2**63
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
"""A string, also one that nobody closed, or a bracket. It never looks at a character twice."""
_TASK = re.compile(r"\d\d[.][a-z_]+")
_GRADE_ID = re.compile(r"(\d\d)[-_.]([a-z_]+)")
_MARKER = re.compile(r"^#\s*(?:task|exercise)\s*[:=]\s*\"?(\d\d[.][a-z_]+)\"?\s*$", re.MULTILINE)
# Blanks only, no line ends: from each of a million empty lines it would look through all that follow.
_CHECK = re.compile(r"^[^\S\n]*(?:\w+\.)?check\(\s*[\"'](\d\d[.][a-z_]+)[\"']", re.MULTILINE)


class Invalid(Exception):  # noqa: N818 - it is a verdict
    """A hand-in that can't be graded: a reason in one word, and a sentence for its student."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(f"{reason}: {sentence}")
        self.reason, self.sentence = reason, sentence


@dataclass(frozen=True)
class NotebookCell:
    """One cell: where it stands, its kind, the exercise that it answers (or ""), its text."""

    index: int
    kind: str
    id: str
    text: str


def read(raw: bytes) -> tuple[NotebookCell, ...]:
    """Cells of a notebook.

    Raises
    ------
    Invalid
        With reason too_large, empty, encoding, json, depth, number, duplicate_key or schema.
    """
    if len(raw) > BYTES:
        raise Invalid("too_large", f"the notebook has {len(raw) / 1e6:.1f} MB; at most {BYTES / 1e6:.1f} MB can be graded")
    if not raw.strip():
        raise Invalid("empty", "the file is empty")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("encoding", f"byte {error.start} is not UTF-8; save the notebook as UTF-8") from None
    if "\0" in text:
        raise Invalid("encoding", "the file holds zero bytes")
    _measure_depth(text)
    return _cells(_parse(text))


def _measure_depth(text: str) -> None:
    """Before the parser sees it: a parser that recurses dies of depth."""
    depth = parts = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first in "[{":
            depth, parts = depth + 1, parts + 1
            if depth > DEPTH:
                raise Invalid("depth", f"values are nested deeper than {DEPTH} levels")
            if parts > PARTS:
                raise Invalid("too_large", f"the notebook has more than {PARTS} lists and objects")
        elif first in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Invalid("duplicate_key", "an object has the same key twice; nobody can tell which one counts")
    return found


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS + 1 or not -_INTEGER <= int(digits) < _INTEGER:
        raise Invalid("number", f"an integer of {len(digits)} digits; 64 bits are allowed")
    return int(digits)


def _decimal(text: str) -> float:
    value = float(text) if len(text) <= 400 else float("inf")
    if value - value != 0.0:
        raise Invalid("number", "a number is too large or too long")
    return value


def _constant(name: str) -> Any:
    raise Invalid("number", f"{name} is no number of JSON")


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise Invalid("json", f"line {error.lineno} is not JSON: {error.msg}; the file may be incomplete") from None
    except RecursionError:
        raise Invalid("depth", f"values are nested deeper than {DEPTH} levels") from None


def _schema(sentence: str) -> Invalid:
    return Invalid("schema", sentence)


def _cells(found: Any) -> tuple[NotebookCell, ...]:
    if not isinstance(found, dict):
        raise _schema("this is not a notebook: its outermost value must be an object")
    major = found.get("nbformat")
    if type(major) is not int or major != 4:
        raise _schema(f"nbformat is {str(major)[:20]!r}; only notebooks of format 4 can be graded: save it again in Jupyter")
    rows = found.get("cells")
    if not isinstance(rows, list):
        raise _schema("the notebook has no list of cells")
    if not isinstance(found.get("metadata", {}), dict):
        raise _schema("the notebook's metadata must be an object")
    if len(rows) > CELLS:
        raise Invalid("too_large", f"the notebook has {len(rows)} cells; at most {CELLS} can be graded")
    cells = tuple(_cell(index, row) for index, row in enumerate(rows))
    length = sum(len(cell.text) for cell in cells)
    if length > TEXT:
        raise Invalid("too_large", f"the cells hold {length / 1e6:.2f} million characters; {TEXT / 1e6:.2f} can be graded")
    return cells


def _cell(index: int, row: Any) -> NotebookCell:
    name = f"cell {index + 1}"
    if not isinstance(row, dict) or row.get("cell_type") not in ("code", "markdown", "raw"):
        raise _schema(f"{name} is neither code nor markdown nor raw text")
    source, metadata = row.get("source"), row.get("metadata", {})
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise _schema(f"the source of {name} is neither text nor a list of lines")
    if not isinstance(metadata, dict):
        raise _schema(f"the metadata of {name} must be an object")
    if "\0" in source:
        raise Invalid("encoding", f"{name} holds a zero byte")
    try:
        source.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("encoding", f"{name} holds half a character (a lone surrogate)") from None
    return NotebookCell(index, row["cell_type"], _id(metadata, source), source)


def _id(metadata: dict[str, Any], source: str) -> str:
    """The exercise that a cell answers: our metadata, nbgrader's, a marker comment, or the check that is called in it."""
    own, other = metadata.get("lunarlab"), metadata.get("nbgrader")
    if isinstance(own, dict) and isinstance(own.get("task"), str) and _TASK.fullmatch(own["task"]):
        return str(own["task"])
    if isinstance(other, dict) and isinstance(other.get("grade_id"), str):
        found = _GRADE_ID.fullmatch(other["grade_id"])
        if found:
            return f"{found[1]}.{found[2]}"
    for pattern in (_MARKER, _CHECK):
        marked = pattern.findall(source)
        if marked:
            return str(marked[-1])
    return ""


def belongs(cells: Iterable[NotebookCell], exercises: Iterable[str]) -> None:
    """Refuse the notebook of another assignment, and one without code: a mistake must not take an earlier hand-in's place.

    A notebook whose cells have lost their marks is not refused: its answers are found by their names.

    Raises
    ------
    Invalid
        With reason other_notebook or empty.
    """
    code = [cell for cell in cells if cell.kind == "code" and cell.text.strip()]
    if not code:
        raise Invalid("empty", "there is no code in the notebook")
    asked, marked = list(exercises), sorted({cell.id for cell in code if cell.id})
    if marked and not set(marked) & set(asked):
        raise Invalid("other_notebook", f"the notebook answers {', '.join(marked[:5])}; "
                      f"this assignment asks for {', '.join(asked[:5])}")  # fmt: skip


def notes(cells: Iterable[NotebookCell], exercises: Iterable[str]) -> dict[str, str]:
    """What is to be said about where the answers of each exercise stand; nothing about those that stand where they should."""
    said = {}
    rows = list(cells)
    for exercise in exercises:
        here = [cell for cell in rows if cell.id == exercise]
        code = [cell for cell in here if cell.kind == "code"]
        if not here:
            said[exercise] = "No cell answers this exercise: its cell was deleted, or lost its mark."
        elif not code:
            said[exercise] = f"Cell {here[-1].index + 1}, which answers this exercise, is not a code cell any more."
        elif len(code) > 1:
            places = ", ".join(str(cell.index + 1) for cell in code)
            said[exercise] = f"Cells {places} all answer this exercise; the last one counts."
    return said
