"""The text of a notebook's cell as Python: what only the notebook's shell understands is left out, and said."""

from __future__ import annotations

import ast
import re

_DROPPED = re.compile(r"%%(time|timeit|capture|prun|matplotlib)\b")
_MAGIC = re.compile(r"\s*([%!?]|[\w.\[\]]+\?{1,2}\s*$|[\w, ]+=\s*[%!])")
_TIMED = re.compile(r"(\s*(?:[\w, ]+=\s*)?)%time\s+(?=\S)")
_TRIES = 100
_FAULTS = (SyntaxError, ValueError, RecursionError, MemoryError)


def clean(text: str, cell: int, notes: list[tuple[int, str]]) -> str | None:
    """A cell's text as Python, or None if it is none; line numbers stay."""
    head = next((line for line in text.split("\n") if line.strip()), "")
    if head.lstrip().startswith("%%"):
        if not _DROPPED.match(head.lstrip()):
            notes.append((cell, f"a cell for another language is left out: {head.split()[0][:20]}"))
            return None
        notes.append((cell, f"magic left out: {head.split()[0][:20]}"))
        text = text.replace(head, "", 1)
    lines = text.split("\n")
    # Only where Python stumbles: a line that goes on from the one before may well begin with %.
    for _ in range(_TRIES):
        stumbled = _stumbles(lines)
        if stumbled is None or not 0 <= stumbled < len(lines) or not _MAGIC.match(lines[stumbled]):
            break
        _leave_out(lines, stumbled, cell, notes)
    if stumbled is not None:  # it names another line than the magic's: all that look like one
        for number, line in enumerate(lines):
            if _MAGIC.match(line):
                _leave_out(lines, number, cell, notes)
    return "\n".join(lines)


def _stumbles(lines: list[str]) -> int | None:
    """Where the text is no Python, from 0; None if it is."""
    try:
        ast.parse("\n".join(lines))
    except _FAULTS as error:
        return (getattr(error, "lineno", 0) or 0) - 1
    return None


def _leave_out(lines: list[str], number: int, cell: int, notes: list[tuple[int, str]]) -> None:
    line = lines[number]
    timed = _TIMED.match(line)
    if timed:  # a statement, only timed
        lines[number] = timed[1] + line[timed.end() :]
        notes.append((cell, f"magic left out: {line.split()[0][:20]}"))
        return
    notes.append((cell, f"line {number + 1} is no Python and is left out: {line.split()[0][:20]}"))
    lines[number] = line[: len(line) - len(line.lstrip())] + "pass"
    while line.rstrip().endswith("\\") and number + 1 < len(lines):  # a command goes on in the next line
        number += 1
        line, lines[number] = lines[number], ""
