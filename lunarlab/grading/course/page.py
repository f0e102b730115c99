"""Pages that run nothing and ask nobody for anything: templates with escaping, and small figures drawn from our own numbers.

No HTML comes from a student, so none is cleaned and let through: everything that is not ours is text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PAGE_BYTES = 200_000
_SAID = re.compile(r"""(?<![A-Za-z])(?P<quote>['"])(?:\\.|(?!(?P=quote)).)*(?:(?P=quote)|$)""")
_AMOUNT = r"[-+−]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?"
_PLACE = re.compile(rf"(?P<place>\b(?:lines?|cells?) \d+(?:, \d+)*)|{_AMOUNT}", re.IGNORECASE)
_DIGITS = re.compile(_AMOUNT, re.IGNORECASE)


def hide_numbers(text: str) -> str:
    """A text with an ellipsis for each number: what was asked stays, which case it was does not."""
    return _DIGITS.sub("…", text)


def hide_these(text: str, *others: str) -> str:
    """A text without the numbers that also stand in `others`; those of its own, as in ``sqrt(2)``, stay."""
    seen = {found.lstrip("+-−") for other in others for found in _DIGITS.findall(other)} - {"0", "1", "2", "3"}
    return _DIGITS.sub(lambda found: "…" if found[0].lstrip("+-−") in seen else found[0], text)


def hide_said(text: str) -> str:
    """A note without numbers and quoted words, which an answer could choose so that they tell a hidden case; places stay."""
    return _PLACE.sub(lambda found: found["place"] or "…", _SAID.sub("…", text))


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
