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
    from lunarlab.grading.sandbox.inside import magics
else:  # behind the fence this folder is all that there is
    import magics

class _Touched(ast.NodeVisitor):
    """Names whose object a statement may change: x[0] = ..., x.gain = ..., x += 1, x.append(...)."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.names.add(_root(node.target))
        self.generic_visit(node)

    def _target(self, node: Any) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.names.add(_root(node))
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _target

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            self.names.add(_root(node.value.func))
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Any) -> None:
        """What a function does it does when it is called."""

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef


def _root(node: ast.AST) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


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
    now |= {part.target.id for part in ast.walk(node) if isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)}
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
    touches: set[str]
    """Global names whose object it may change."""
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
        nodes = [s.node for s in self.statements if isinstance(s.node, ast.ImportFrom) and s.node.module == "__future__"]
        asked = [getattr(__future__, node.names[0].name, None) for node in nodes if node.level == 0]
        return functools.reduce(int.__or__, (feature.compiler_flag for feature in asked if feature is not None), 0)


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
                touched = _Touched()
                try:
                    touched.visit(part)
                    now, later, binds = _names(part)
                except (RecursionError, SyntaxError, ValueError) as error:
                    program.errors.append((index, node.lineno, type(error).__name__))
                    continue
                program.statements.append(
                    Statement(index, node.lineno, part, cell["id"] is not None, imports, now, later, binds, touched.names)
                )
    return program


def needed(program: Program, names: set[str]) -> list[Statement]:
    """Statements that bind what is asked for, what answers read, and so on, in document order.

    What a function will read may be bound anywhere, also later: all that bind it are taken. What a statement reads when it
    runs was bound before it, by the last that surely did and by what came in between; if by none, by what comes later.
    """
    statements = program.statements
    modules = {name for s in statements if s.imports for name in s.binds}
    binders: dict[str, list[int]] = {}
    for i, s in enumerate(statements):
        for name in s.binds | (s.touches - modules):
            binders.setdefault(name, []).append(i)
    chosen: set[int] = set()
    queue = [i for name in names for i in binders.get(name, ())]
    for i, s in enumerate(statements):
        star = isinstance(s.node, ast.ImportFrom) and s.node.names[0].name == "*"
        if star or (s.answer and not s.imports):
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


_PERHAPS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.Try, ast.TryStar, ast.AugAssign, ast.With, ast.AsyncWith, ast.Match,
            ast.Import, ast.Expr)  # fmt: skip
"""Statements that bind a name only if things go their way, or from what it was; ``import xml.sax`` adds to ``xml``."""


def run(program: Program, names: set[str], scope: dict[str, Any]) -> None:
    """Run what is needed and has not run yet; what fails is tried once more after the rest."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | program.future
    early: list[Statement] = []
    for again in (False, True):
        queue = early if again else [s for s in needed(program, names) if not s.done and s.tried < 2]
        early = []
        for s in queue:
            s.tried += 1
            try:
                code = compile(ast.Module([s.node], []), f"cell-{s.cell}", "exec", flags, dont_inherit=True)
                if code.co_flags & _COROUTINE:
                    import asyncio  # late: it takes as long as all the rest

                    asyncio.run(types.FunctionType(code, scope)())
                else:
                    exec(code, scope)  # noqa: S102
                s.done = True
            except SystemExit:
                raise
            except BaseException as error:
                # Only what came too early is tried again: what another one did before it failed is done.
                if s.tried < 2 and isinstance(error, (NameError, AttributeError, ImportError)):
                    early.append(s)
                else:
                    s.tried = 2
                    program.errors.append((s.cell, line_of(error) or s.line, type(error).__name__))


def line_of(error: BaseException) -> int:
    """The innermost line of a cell in which an error was raised; 0 if there is none."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("cell-"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
