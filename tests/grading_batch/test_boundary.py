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
