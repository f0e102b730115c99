"""What a check answers: one `Finding` for each requirement, together a `Result`, as text and as HTML."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Finding:
    """One requirement of an exercise, and whether an answer keeps it."""

    requirement: str
    points: int
    """Given if the requirement is met."""
    ok: bool
    value: str = ""
    """The student's value with its unit."""
    allowed: str = ""
    """The allowed band with its unit."""
    hint: str = ""
    """What to think about if it is not met."""

    def __str__(self) -> str:
        mark = "ok " if self.ok else "no "
        value = f": yours is {self.value}" if self.value else ""
        allowed = f", allowed {self.allowed}" if self.allowed else ""
        hint = f"\n     hint: {self.hint}" if self.hint and not self.ok else ""
        return f"  {mark} {self.requirement}{value}{allowed}  [{self.points if self.ok else 0}/{self.points}]{hint}"


@dataclass(frozen=True)
class Result:
    """Outcome of one check. Shows itself in a notebook; `message` says the same in plain text."""

    exercise: str
    title: str
    out_of: int
    """0: nobody can judge it here."""
    findings: tuple[Finding, ...] = ()
    note: str = ""
    """Said when there is nothing to judge: not answered yet, wrong kind of answer, an error in the student's function."""

    @property
    def points(self) -> int:
        """Points for this answer."""
        return sum(finding.points for finding in self.findings if finding.ok)

    @property
    def message(self) -> str:
        """Everything that the check found, as plain text."""
        score = f": {self.points} of {self.out_of} points" if self.out_of else ""
        head = f"{self.exercise}  {self.title}{score}"
        return "\n".join([head, *([f"  {self.note}"] if self.note else []), *map(str, self.findings)])

    def __str__(self) -> str:
        return self.message

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same as a small table. Colour is never the only sign: each row begins with a word."""
        complete = self.points == self.out_of
        edge = "#1b7f4d" if complete else "#8a6d00" if self.points else "#767676"
        rows = "".join(
            f'<tr><td style="text-align:left;font-weight:600">{"met" if f.ok else "not met"}</td>'
            f'<td style="text-align:left">{escape(f.requirement)}'
            + (f'<br><span style="opacity:.8">{escape(f.hint)}</span>' if f.hint and not f.ok else "")
            + f'</td><td style="text-align:left">{escape(f.value)}</td><td style="text-align:left">{escape(f.allowed)}</td>'
            f"<td>{f.points if f.ok else 0}/{f.points}</td></tr>"
            for f in self.findings
        )
        head = "".join(
            f'<th style="text-align:left">{name}</th>' for name in ("", "requirement", "yours", "allowed", "points")
        )
        table = (
            f'<table style="margin:.4em 0"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>' if rows else ""
        )
        note = f'<div style="margin-top:.3em">{escape(self.note)}</div>' if self.note else ""
        return (
            f'<div role="status" style="border-left:4px solid {edge};padding:.3em .8em">'
            f"<strong>{escape(self.exercise)} {escape(self.title)}</strong>"
            + (f" &mdash; {self.points} of {self.out_of} points" if self.out_of else "")
            + f"{note}{table}</div>"
        )


def number_text(value: float, unit: str = "") -> str:
    """A number as a person would write it: four digits, its unit."""
    text = "not a number" if math.isnan(value) else f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{text} {unit}".strip()


def apart(value: float, right: float, unit: str = "") -> tuple[str, str]:
    """Two numbers as text; if they differ by less than four digits show, with as many digits as tell them apart."""
    yours, asked = number_text(value, unit), number_text(right, unit)
    for digits in range(5, 18):
        if yours != asked or value == right or not (math.isfinite(value) and math.isfinite(right)):
            break
        yours, asked = (f"{x:,.{digits}g} {unit}".strip() for x in (value, right))
    return yours, asked


def band(
    requirement: str, points: int, value: float, low: float, high: float, unit: str = "", hint: str = ""
) -> Finding:
    """Finding for a number that has to lie between low and high."""
    if low == -math.inf:
        allowed = f"at most {number_text(high, unit)}"
    elif high == math.inf:
        allowed = f"at least {number_text(low, unit)}"
    else:
        allowed = f"{number_text(low)} to {number_text(high, unit)}"
    return Finding(requirement, points, low <= value <= high, number_text(value, unit), allowed, hint)
