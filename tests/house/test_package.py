"""The package: imports little, exposes what it says, annotates what is not compiled, and packs what it needs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

HEAVY = [
    "numpy", "numba", "scipy", "matplotlib", "plotly", "ipywidgets", "anywidget", "boinor", "sympy", "cvxpy", "dask",
    "astropy", "IPython", "pandas",
]  # fmt: skip


def python(code: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_import_is_light() -> None:
    loaded = python("import sys, lunarlab, lunarlab.errors; print(*sys.modules)").split()
    assert [name for name in HEAVY if name in loaded] == []


def test_flying_needs_no_figures() -> None:
    loaded = python("import sys, lunarlab.descent.flight; print(*sys.modules)").split()
    assert [
        name for name in ("matplotlib", "plotly", "ipywidgets", "anywidget", "boinor", "astropy") if name in loaded
    ] == []


def test_public_names_are_there_and_stay() -> None:
    # A name that is also a submodule's would change its meaning once that submodule is imported.
    python(
        "import lunarlab\n"
        "for _ in range(2):\n"
        "    for name in lunarlab.__all__:\n"
        "        value = getattr(lunarlab, name)\n"
        "        assert callable(value) or name == 'plots', f'lunarlab.{name} is {value}'\n"
        "        assert value.__doc__, name\n"
        "assert set(lunarlab.__all__) <= set(dir(lunarlab))"
    )


def test_unknown_names_say_what_there_is() -> None:
    python(
        "import lunarlab\ntry: lunarlab.flye\nexcept AttributeError as e: assert 'fly' in str(e)\nelse: raise SystemExit(1)"
    )


def test_entry_point_is_declared() -> None:
    assert PROJECT["project"]["scripts"] == {"lunarlab": "lunarlab.cli:main"}
    python("from lunarlab.cli import main; assert callable(main)")


# These are compiled too, only not by the decorator.
COMPILED = {"run", "run_rows", "call", "_builtin_law", "_builtin_filter"}
DECORATORS = {"kernel", "rate", "switch"}


def test_only_compiled_functions_lack_annotations() -> None:
    bare = []
    for path in sorted((ROOT / "lunarlab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef) or node.returns is not None:
                continue
            # kernel, integrate.rate, rate.needing(7): one of these words stands in the decorator
            words = {n.id for d in node.decorator_list for n in ast.walk(d) if isinstance(n, ast.Name)}
            words |= {n.attr for d in node.decorator_list for n in ast.walk(d) if isinstance(n, ast.Attribute)}
            decorated = bool(words & DECORATORS)
            if not decorated and node.name not in COMPILED:
                bare.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert bare == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a wheel puts into site-packages."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"import hatchling.build as b; print(b.build_wheel({str(folder)!r}))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(folder / answer.stdout.split()[-1]) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


@pytest.fixture(scope="module")
def wheel(installed: Path) -> list[str]:
    return [path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()]


def test_lessons_come_out_of_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import lunarlab; from pathlib import Path; from lunarlab.cli import find_lessons\n"
        "print(lunarlab.__file__, find_lessons(Path.cwd()), sep='\\n')"
    )
    for _ in range(2):
        answer = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        package, folder = map(Path, answer.stdout.splitlines())
        assert package.is_relative_to(installed)
        assert folder == tmp_path / "lunarlab-lessons"
        lessons = list((ROOT / "lessons").glob("*.ipynb"))
        assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in lessons)
        for lesson in lessons:
            copy = folder / lesson.name
            assert copy.stat().st_size > 1000
            copy.write_text("x" * 1001, encoding="utf-8")  # a student's work is not written over


def test_wheel_holds_package_and_lessons(wheel: list[str]) -> None:
    kept = (".py", ".toml", ".csv", ".js", ".css", ".json", ".typed")
    for path in (ROOT / "lunarlab").rglob("*"):
        if path.is_file() and path.suffix in kept and "__pycache__" not in path.parts and "_lessons" not in path.parts:
            assert path.relative_to(ROOT).as_posix() in wheel
    lessons = {f"lunarlab/_lessons/{path.name}" for path in (ROOT / "lessons").glob("*.ipynb")}
    assert lessons
    assert lessons == {name for name in wheel if name.endswith(".ipynb")}
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


def test_wheel_never_holds_solutions(wheel: list[str]) -> None:
    assert [name for name in wheel if "solutions" in name or name.startswith("tests") or "__pycache__" in name] == []
    answers = {path.stem for path in (ROOT / "solutions").glob("*.py")}
    assert answers
    assert [name for name in wheel if name.endswith(".py") and Path(name).stem in answers] == []


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_floors_hold() -> None:
    # The same as `make imports`; here so that pytest alone finds a wrong import as well.
    lint = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout.split("Broken contracts")[-1]
