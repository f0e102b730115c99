"""What a statement may change: names that it writes to, objects that it or a function which it calls may alter.

Read from the text alone, so it guesses, on the side of too much: a statement too many costs time, one too few an answer.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_CHANGERS = frozenset({
    "at", "copyto", "fill_diagonal", "put", "place", "putmask", "put_along_axis", "shuffle", "heappush", "heappop", "heapify",
    "heapreplace", "heappushpop", "insort", "insort_left", "insort_right", "setattr", "delattr", "setitem", "delitem",
})  # fmt: skip
"""Functions of libraries that alter what they are given; all others give something back."""
_METHODS = frozenset({"append", "appendleft", "extend", "add", "update", "insert", "setdefault", "pop", "remove", "clear"})
_PASSED_ON = frozenset({"enumerate", "zip", "reversed", "iter", "sorted", "list", "items", "values"})
"""What a loop goes over gives the things themselves."""
_ANYTHING = frozenset({"exec", "globals", "locals"})
_ASKING = frozenset({
    "all", "any", "argmax", "argmin", "astype", "copy", "count", "endswith", "fly", "format", "get", "index", "item",
    "items", "join", "keys", "lower", "max", "mean", "min", "put_into", "ravel", "reshape", "round", "split",
    "startswith", "std", "strip", "subs", "sum", "tolist", "upper", "values",
})  # fmt: skip
"""Methods that only give something back."""
_STATE = frozenset({"numpy", "random", "sys", "math", "decimal", "warnings", "os"})
"""Libraries whose bare calls set something that an answer may hang on; those of others draw, fly or check."""
_BUILTINS = frozenset(dir(builtins))


def root(node: ast.AST | None) -> str:
    """The name that an expression begins with: ``x`` of ``x.rows[0].append``; "" for none."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _wholes(value: ast.AST, *, loop: bool = False) -> set[str]:
    """Names of the things of which this is one, or a part."""
    while isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred)):
        value = value.value
    if isinstance(value, ast.Name):
        return {value.id}
    if isinstance(value, (ast.Tuple, ast.List)):
        return {name for part in value.elts for name in _wholes(part)}
    if loop and isinstance(value, ast.Call):
        called = value.func.attr if isinstance(value.func, ast.Attribute) else root(value.func)
        if called in _PASSED_ON:
            inner = value.args or [value.func]
            return {name for part in inner for name in _wholes(part, loop=True)}
    return set()


@dataclass
class Effects:
    """Of a statement, or of a function's body when it is called."""

    touches: set[str] = field(default_factory=set)
    """Names whose object it may change."""
    calls: list[tuple[str, set[str]]] = field(default_factory=list)
    """Functions (``f``) and methods (``.f``) of the notebook that it may call, each with the names that it hands over."""
    aliases: dict[str, set[str]] = field(default_factory=dict)
    """``row`` -> ``table`` after ``row = table[0]``: who changes the one changes the other."""
    anything: bool = False
    """Whether it may bind names that stand nowhere: ``exec``, ``globals().update``."""
    parameters: set[str] = field(default_factory=set)
    local: set[str] = field(default_factory=set)

    @property
    def argument(self) -> bool:
        """Whether it may change what it is given."""
        return bool(self.touches & self.parameters)

    @property
    def outside(self) -> set[str]:
        """Names outside the function that it may change."""
        return self.touches - self.local

    def follow(self, aliases: dict[str, set[str]]) -> None:
        """Take in what stands behind the names that are touched."""
        queue = list(self.touches)
        while queue:
            for name in aliases.get(queue.pop(), ()):
                if name not in self.touches:
                    self.touches.add(name)
                    queue.append(name)


class _Reader(ast.NodeVisitor):
    """Effects of a piece of text; functions that are defined in it are read by themselves."""

    def __init__(self, modules: dict[str, str], functions: dict[str, list[Effects]]) -> None:
        self.modules, self.functions, self.found = modules, functions, Effects()

    def _target(self, node: Any) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.found.touches.add(root(node))
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _target

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._alias(target, node.value)
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Lambda):
                self._function(target.id, node.value, [node.value.body])
        self.generic_visit(node)

    def _loop(self, node: Any) -> None:
        self._alias(node.target, node.iter, loop=True)
        self.generic_visit(node)

    visit_For = visit_AsyncFor = visit_comprehension = _loop

    def _alias(self, target: ast.expr, value: ast.expr, *, loop: bool = False) -> None:
        """`target` stands for a thing, or part of one, that `value` names; in a loop for what `value` goes over."""
        if loop and isinstance(value, (ast.Tuple, ast.List)):
            for part in value.elts:
                self._alias(target, part)
            return
        parts: list[ast.expr] = []
        if isinstance(value, (ast.Tuple, ast.List)):
            parts = value.elts
        elif loop and isinstance(value, ast.Call) and root(value) == "zip":
            parts = value.args
        elif loop and isinstance(value, ast.Call) and root(value) == "enumerate":
            parts = [ast.Constant(0), *value.args[:1]]
        if isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == len(parts):
            for inner, part in zip(target.elts, parts, strict=True):
                self._alias(inner, part, loop=loop)
            return
        wholes = _wholes(value, loop=loop)
        for name in ast.walk(target):
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                self.found.aliases.setdefault(name.id, set()).update(wholes - {name.id, *self.modules})

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call of a library whose result nobody keeps is there for what it does: ``np.random.seed(1)``."""
        if isinstance(node.value, ast.Call) and self.modules.get(root(node.value)) in _STATE:
            kin = self.modules[root(node.value)]
            self.found.touches |= {name for name, module in self.modules.items() if module == kin}
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        handed = [*node.args, *(word.value for word in node.keywords)]
        roots = {root(value) for value in handed} - {"", *self.modules}
        name, begins = node.func.attr if isinstance(node.func, ast.Attribute) else root(node.func), root(node.func)
        if begins in self.modules or (isinstance(node.func, ast.Name) and name in _BUILTINS and name not in self.functions):
            if name in _CHANGERS:
                self.found.touches |= roots
            self.found.touches |= {root(word.value) for word in node.keywords if word.arg == "out"}
            if begins not in self.modules:  # what is handed to map or filter is called there
                self.found.touches |= {root(v) for v in handed if isinstance(v, ast.Attribute) and v.attr in _METHODS}
                self.found.calls += [(value.id, roots) for value in handed if isinstance(value, ast.Name)]
            self.found.anything |= name in _ANYTHING and begins in _ANYTHING
        elif isinstance(node.func, ast.Attribute):
            self.found.touches |= {begins} if name not in _ASKING else set()
            self.found.calls.append((f".{name}", roots))
            self.found.anything |= begins in _ANYTHING
        elif name:
            self.found.calls.append((name, roots))
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Any) -> None:
        for decorator in node.decorator_list:
            self.found.calls.append((root(decorator), {root(decorator)}))
            self.visit(decorator)
        self._function(node.name, node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.found.calls.append((root(decorator), {root(decorator)}))
        for part in node.body:
            if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                # to make one is to call it; an instance is called, or one of its methods is
                name = node.name if part.name == "__init__" else f".{part.name}"
                self._function(name, part, part.body)
            else:
                self.visit(part)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """What it does it does when it is called."""

    def _function(self, name: str, node: Any, body: Iterable[ast.AST]) -> None:
        reader = _Reader(self.modules, self.functions)
        for part in body:
            reader.visit(part)
        made = reader.found
        rows = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        parameters = {row.arg for row in rows if row is not None}
        parts = [part for piece in body for part in ast.walk(piece)]
        shared = {name for part in parts if isinstance(part, (ast.Global, ast.Nonlocal)) for name in part.names}
        stored = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        made.local = (parameters | stored) - shared
        made.parameters = parameters - stored  # one that was bound anew is not the caller's any more
        made.touches |= stored & shared
        self.functions.setdefault(name, []).append(made)


def read(nodes: list[ast.stmt]) -> list[Effects]:
    """Effects of the statements of a notebook, in their order."""
    modules: dict[str, str] = {}
    for part in (part for node in nodes for part in ast.walk(node)):
        if isinstance(part, (ast.Import, ast.ImportFrom)):
            for alias in part.names:
                kin = alias.name if isinstance(part, ast.Import) else part.module or ""
                modules[alias.asname or alias.name.partition(".")[0]] = kin.partition(".")[0]
    functions: dict[str, list[Effects]] = {}
    found = []
    for node in nodes:
        reader = _Reader(modules, functions)
        try:
            reader.visit(node)
        except RecursionError:
            reader.found = Effects()
        found.append(reader.found)
    aliases: dict[str, set[str]] = {}
    for effects in found:
        for name, behind in effects.aliases.items():
            aliases.setdefault(name, set()).update(behind)
    inner = [effects for rows in functions.values() for effects in rows]
    size = -1
    while size != (size := sum(len(effects.touches) for effects in inner)):
        for effects in inner:
            _take_in(effects, functions)
            effects.follow(effects.aliases)
    for effects in found:
        _take_in(effects, functions)
        effects.follow(aliases)
        effects.touches.discard("")
    return found


def _take_in(effects: Effects, functions: dict[str, list[Effects]]) -> None:
    """What the functions do that are called."""
    for name, handed in effects.calls:
        for called in functions.get(name, ()):
            effects.touches |= called.outside
            effects.anything |= called.anything
            if called.argument:
                effects.touches |= handed
