"""Pages that run nothing and ask nobody for anything: templates with escaping, and small figures drawn from our own numbers.

No HTML comes from a student, so none is cleaned and let through: everything that is not ours is text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from lunarlab.grading import checks
from lunarlab.grading.sandbox.limits import KINDS

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PAGE_BYTES = 200_000
_SAID = re.compile(r"""(?<![A-Za-z])(?P<quote>['"])(?:\\.|(?!(?P=quote)).)*(?:(?P=quote)|$)""")
_AMOUNT = r"[-+−]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?"
_UNIT = r"(?P<unit>(?<![A-Za-z])(?:[ckm]?m|s)[23](?![A-Za-z0-9.,]?\d))"
_PLACE = re.compile(rf"(?P<place>\b(?:lines?|cells?) \d+(?:, \d+)*)|{_UNIT}|{_AMOUNT}", re.IGNORECASE)
_NUMBER = re.compile(rf"{_UNIT}|{_AMOUNT}", re.IGNORECASE)
_CODE = re.compile(rf"(^|\()(?:{'|'.join(KINDS)}): ")
_LEAST = 10
"""Letters and more that a text in our own source has to have, so that nobody writes the same by chance."""
_DIGITS = re.compile(_AMOUNT, re.IGNORECASE)


@lru_cache(10_000)  # the same few hundred requirements stand on every page
def hide_numbers(text: str) -> str:
    """A text with an ellipsis for each number: what was asked stays, which case it was does not.

    Units such as m2 stay, and the numbers that stand so, words around them, in the source of the public lessons.
    """
    there = [words for words in _constants() if words in text]
    known = [(found.start(), found.end()) for words in there for found in re.finditer(re.escape(words), text)]

    def hidden(found: re.Match[str]) -> str:
        constant = any(start <= found.start() and found.end() <= end for start, end in known)
        return found[0] if found["unit"] or constant else "…"

    return _NUMBER.sub(hidden, text)


@cache
def _constants() -> tuple[str, ...]:
    """Texts with numbers in the source of the public lessons, but for those that look like others with drawn numbers."""
    fixed: set[str] = set()
    filled: list[str] = []
    for file in sorted(Path(checks.__file__).parent.glob("lesson[0-9][0-9]*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                filled.append("".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if "{" in node.value:
                    filled.append(re.sub(r"{[^}]*}", "…", node.value))
                elif _DIGITS.search(node.value) and re.search("[A-Za-z]{3}", node.value) and len(node.value) >= _LEAST:
                    fixed.add(node.value)
    return tuple(words for words in sorted(fixed) if not any(_DIGITS.sub("…", words) in other for other in filled))


def hide_these(text: str, *others: str) -> str:
    """A text without the numbers that also stand in `others`; those of its own, as in ``sqrt(2)``, stay."""
    seen = {found.lstrip("+-−") for other in others for found in _DIGITS.findall(other)} - {"0", "1", "2", "3"}
    return _DIGITS.sub(lambda found: "…" if found[0].lstrip("+-−") in seen else found[0], text)


def hide_said(text: str) -> str:
    """A note without numbers and quoted words, which an answer could choose so that they tell a hidden case; places stay.

    The code of what stopped an answer is for machines: here its sentence is enough.
    """
    words = _CODE.sub(r"\1", text)
    if words != text:
        words = f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', ')')) else '.'}"
    return _PLACE.sub(lambda found: found["place"] or found["unit"] or "…", _SAID.sub("…", words))


@cache
def _environment() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def render(template: str, **values: Any) -> str:
    """A page from a template beside this file."""
    return str(_environment().get_template(template).render(csp=CSP, **values))


PERCENT = ("0", "50 %", "100 %")
"""The usual scale of a bar: its beginning, middle and end."""


def bars(rows: Sequence[tuple[str, float, str]], what: str, scale: tuple[str, str, str] = PERCENT) -> dict[str, Any]:
    """A figure for ``figure.html`` and its words for who can't see it.

    Parameters
    ----------
    rows
        (label, share from 0 to 1, text).
    what
        Its title.
    scale
        What stands under the beginning, the middle and the end of a bar.
    """
    told = "; ".join(f"{label}: {text}" for label, _, text in rows)
    drawn = [
        {"label": label, "width": round(100 * min(max(share, 0.0), 1.0), 1), "text": text} for label, share, text in rows
    ]
    return {"rows": drawn, "scale": scale, "title": what, "description": f"{what}. {told}." if told else what}
