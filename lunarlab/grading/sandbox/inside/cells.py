"""Which statements of a notebook the answers need, and running them: out of order, with magics, with errors elsewhere.

A cell with an answer runs whole. Of the others only those statements run that bind or change a name which an answer, or
something that an answer needs, reads. A statement that fails is tried once more after the rest.
"""

from __future__ import annotations
import __future__

import ast
import functools
import symtable
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from lunarlab.grading.sandbox.inside import effects, magics
else:  # behind the fence this folder is all that there is
    import effects
    import magics

_COROUTINE = 0x80
"""inspect.CO_COROUTINE"""


class _Awaited(ast.NodeTransformer):
    """The same without await at the top, which a table of symbols does not know."""

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self.visit(node.value)  # type: ignore[no-any-return]

    def visit_FunctionDef(self, node: Any) -> ast.AST:
        return node  # type: ignore[no-any-return]

    visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = visit_FunctionDef


def _names(node: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """Global names that a statement reads at once, that functions in it will read, and that it binds."""
    text = ast.unparse(node)
    try:
        top = symtable.symtable(text, "cell", "exec")
    except SyntaxError:
        top = symtable.symtable(ast.unparse(_Awaited().visit(ast.parse(text))), "cell", "exec")
    now = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    binds = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    later: set[str] = set()
    tables = [(table, False) for table in top.get_children()]
    while tables:
        table, deferred = tables.pop()
        deferred = deferred or (table.get_type() == "function" and table.get_name() not in _COMPREHENSIONS)
        for symbol in table.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                (later if deferred else now).add(symbol.get_name())
            if symbol.is_declared_global() and symbol.is_assigned():
                binds.add(symbol.get_name())
                later.add(symbol.get_name())  # n += 1 reads it, too
        tables += [(child, deferred) for child in table.get_children()]
    return now, later, binds


_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


@dataclass
class Statement:
    """One top-level statement, or one name of an import."""

    cell: int
    line: int
    node: ast.stmt
    answer: bool
    """Stands in a cell with an answer."""
    imports: bool
    reads: set[str]
    """Global names that it reads when it runs."""
    later: set[str]
    """Global names that functions defined in it will read."""
    binds: set[str]
    touches: set[str] = field(default_factory=set)
    """Global names whose object it may change."""
    anything: bool = False
    """May bind names that stand nowhere."""
    done: bool = False
    tried: int = 0


@dataclass
class Program:
    """The statements of a notebook in document order, and what was left out of it."""

    statements: list[Statement]
    notes: list[tuple[int, str]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)
    """(cell, line, kind of error) of statements that failed to the end, and of cells that are not Python."""
    texts: dict[str, int] = field(default_factory=dict)
    """File name under which a cell was compiled -> its index."""

    @property
    def future(self) -> int:
        """What the notebook imports from __future__: it holds for all of its cells."""
        asked = [s.node.names[0].name for s in self.statements if getattr(s.node, "module", "") == "__future__"]  # type: ignore[attr-defined]
        return functools.reduce(int.__or__, (getattr(__future__, name).compiler_flag for name in asked), 0)


def parse(cells: list[dict[str, Any]]) -> Program:
    """The program of a notebook's code cells, each a dict with index, id and text."""
    program = Program([])
    for cell in cells:
        if cell["kind"] != "code":
            continue
        index, name = cell["index"], f"cell-{cell['index']}"
        program.texts[name] = index
        text = magics.clean(cell["text"], index, program.notes)
        if text is None:
            continue
        try:
            tree = ast.parse(text, name)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            program.errors.append((index, getattr(error, "lineno", 0) or 0, type(error).__name__))
            continue
        for node in tree.body:
            imports = isinstance(node, (ast.Import, ast.ImportFrom))
            parts: list[ast.stmt] = [node]
            if imports and node.names[0].name != "*":  # type: ignore[attr-defined]
                parts = []
                for alias in node.names:  # type: ignore[attr-defined]
                    if isinstance(node, ast.Import):
                        part: ast.stmt = ast.Import([alias])
                    else:
                        part = ast.ImportFrom(node.module, [alias], node.level)  # type: ignore[attr-defined]
                    parts.append(ast.copy_location(part, node))
            for part in parts:
                try:
                    now, later, binds = _names(part)
                except (RecursionError, SyntaxError, ValueError) as error:
                    program.errors.append((index, node.lineno, type(error).__name__))
                    continue
                program.statements.append(
                    Statement(index, node.lineno, part, cell["id"] is not None, imports, now, later, binds)
                )
    for s, found in zip(program.statements, effects.read([s.node for s in program.statements]), strict=True):
        s.touches, s.anything = found.touches, found.anything
    return program


def needed(program: Program, names: set[str]) -> list[Statement]:
    """Statements that bind what is asked for, what answers read, and so on, in document order.

    What a function will read may be bound anywhere, also later: all that bind it are taken. What a statement reads when it
    runs was bound before it, by the last that surely did and by what came in between; if by none, by what comes later.
    """
    statements = program.statements
    binders: dict[str, list[int]] = {}
    for i, s in enumerate(statements):
        for name in s.binds | s.touches:
            binders.setdefault(name, []).append(i)
    chosen: set[int] = set()
    queue = [i for name in names for i in binders.get(name, ())]
    for i, s in enumerate(statements):
        star = isinstance(s.node, ast.ImportFrom) and s.node.names[0].name == "*"
        if star or s.anything or (s.answer and not s.imports):
            queue.append(i)
    while queue:
        i = queue.pop()
        if i in chosen:
            continue
        chosen.add(i)
        s = statements[i]
        for name in s.later:
            queue += binders.get(name, ())
        for name in s.reads:
            places = binders.get(name, [])
            before = []
            for j in reversed([j for j in places if j < i]):
                before.append(j)
                if name in statements[j].binds and not isinstance(statements[j].node, _PERHAPS):
                    break
            found = any(name in statements[j].binds for j in before)
            queue += before if found else places
    return [statements[i] for i in sorted(chosen)]


_PERHAPS = (ast.For, ast.While, ast.If, ast.Try, ast.AugAssign, ast.With, ast.Match)
"""Statements that bind a name only if things go their way, or from what it was."""


def run(program: Program, names: set[str], scope: dict[str, Any]) -> None:
    """Run what is needed and has not run yet; what fails is tried once more after the rest."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    failed: list[tuple[Statement, str, int]] = []
    for again in (False, True):
        queue = (
            [s for s, _, _ in failed] if again else [s for s in needed(program, names) if not s.done and s.tried < 2]
        )
        failed = []
        for s in queue:
            s.tried += 1
            try:
                code = compile(ast.Module([s.node], []), f"cell-{s.cell}", "exec", flags | program.future, dont_inherit=True)
                if code.co_flags & _COROUTINE:
                    import asyncio  # late: it takes as long as all the rest

                    asyncio.run(types.FunctionType(code, scope)())
                else:
                    exec(code, scope)  # noqa: S102
                s.done = True
            except SystemExit:
                raise
            except BaseException as error:
                failed.append((s, type(error).__name__, line_of(error) or s.line))
    program.errors += [(s.cell, line, kind) for s, kind, line in failed if s.tried >= 2]


def line_of(error: BaseException) -> int:
    """The innermost line of a cell in which an error was raised; 0 if there is none."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("cell-"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
