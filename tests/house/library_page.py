"""Writes docs/library.md: every public name of the physics, with the first sentence of its docstring (``make library``)."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "library.md"
ROOMS = {
    "Getting there: `lunarlab.transfer`": ("transfer",),
    "Staying there: `lunarlab.insertion`": ("insertion",),
    "Landing: `lunarlab.descent`": ("descent",),
    "Living there: `lunarlab.surface`": ("surface",),
    "What the rooms stand on": ("twobody.py", "ephemeris", "integrate.py", "units.py", "constants.py"),
    "Missions, figures, panels": ("cases", "plots", "console"),
}
HEAD = """# The library

Every public function and class, with the first sentence of what `help()` says about it. Arguments are SI numbers or astropy
Quantities; the docstrings give shapes, units, ranges, errors and sources. Made from the docstrings by `make library`.
"""
COMPILED = {"kernel", "rate", "switch"}


def is_compiled(node: ast.FunctionDef) -> bool:
    """Whether a function is a kernel, for compiled callers only."""
    names = {d.attr if isinstance(d, ast.Attribute) else getattr(d, "id", "") for d in node.decorator_list}
    return bool(names & COMPILED) or node.returns is None


def first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence, on one line, safe in a table."""
    line = " ".join(text.split("\n\n")[0].split())
    head, found, _ = line.partition(". ")
    if found and head.count("(") == head.count(")"):
        line = head
    return line.rstrip(".:").replace("|", "\\|")


def names(path: Path) -> list[tuple[str, str, str]]:
    """(name, what it is, first sentence) of the public functions and classes of a file."""
    rows = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            rows.append((node.name, "class", ast.get_docstring(node) or ""))
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not is_compiled(node):
            rows.append((f"{node.name}()", "function", ast.get_docstring(node) or ""))
    return [(name, kind, first_sentence(text)) for name, kind, text in rows]


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, places in ROOMS.items():
        parts.append(f"\n## {title}\n")
        for place in places:
            top = ROOT / "lunarlab" / place
            for path in [top] if top.is_file() else sorted(top.rglob("*.py")):
                rows = names(path)
                if rows:
                    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                    parts.append(f"\n### `{module}`\n\n| name | |\n|---|---|\n")
                    parts += [f"| `{name}` | {text} |\n" for name, _, text in rows]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
