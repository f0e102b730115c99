"""R-1: nothing that grades reads pickles, or evaluates, compiles, imports or parses as Python what came from a submission."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import lunarlab.grading

GRADING = Path(lunarlab.grading.__file__).parent
GRADER = sorted([*(GRADING / "batch").glob("*.py"), *(GRADING / "sandbox").glob("*.py"), GRADING / "exam.py", GRADING / "commands.py"])
READERS = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml", "xml"}
CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
METHODS = {
    ("pickle", "load"), ("pickle", "loads"), ("pickle", "Unpickler"), ("marshal", "loads"), ("ast", "parse"), ("ast", "literal_eval"),
    ("np", "load"), ("np", "fromfile"), ("numpy", "load"), ("os", "system"), ("tarfile", "open"), ("runpy", "run_path"),
}  # fmt: skip
ALLOWED_IMPORTS = {("remote.py", "pickle")}
"""Arguments go in as pickles, which is the trusted direction; nothing comes out as one."""
DYNAMIC = {"remote.py", "pack.py"}
"""A white list of our own definitions, and the module of exercises that an instructor names."""


def test_there_is_something_to_look_at():
    assert {"notebook.py", "engine.py", "score.py", "session.py", "remote.py"} <= {file.name for file in GRADER}


@pytest.mark.parametrize("file", GRADER, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_nothing_of_a_submission_is_run_or_unpickled(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        where = f"{file.name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in names:
                root = name.partition(".")[0]
                assert root not in READERS or (file.name, root) in ALLOWED_IMPORTS, where
                assert name != "lunarlab.grading.sandbox.inside.child", where
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            assert node.func.id not in CALLS, where
        if isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("extractall", "extract", "import_module") or (node.func.attr, file.name) in {
                ("import_module", name) for name in DYNAMIC
            }, where
            if isinstance(node.func.value, ast.Name):
                assert (node.func.value.id, node.func.attr) not in METHODS, where
        for keyword in node.keywords:
            assert not (keyword.arg == "shell" and getattr(keyword.value, "value", None)), where
            assert not (keyword.arg == "allow_pickle" and getattr(keyword.value, "value", None)), where


def imported(file):
    """Dotted names that a file imports, also late: modules, and what is taken from them."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_a_release_runs_cells_here_and_only_the_instructors():
    """The reference of a release is trusted; what runs it must be out of reach for everything that touches hand-ins."""
    runs = {"lunarlab.grading.sandbox.inside.cells", "lunarlab.grading.sandbox.inside.child"}
    found = {
        str(file.relative_to(GRADING)): names for file in GRADING.rglob("*.py")
        if (names := {name for name in imported(file) if name in runs or name.startswith("lunarlab.grading.course.reference")})
    }  # fmt: skip
    assert set(found) == {"course/reference.py", "course/commands.py"}
    assert found["course/reference.py"] == {"lunarlab.grading.sandbox.inside.cells"}
    assert not found["course/commands.py"] & runs
