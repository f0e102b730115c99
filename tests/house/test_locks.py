"""The locks: hashes on everything, no addresses, no duplicates, and every declared dependency inside."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["binder/requirements.txt", "tests/requirements.txt"]


def pins(lock: str) -> list[tuple[Requirement, int]]:
    """Requirements of a lock with the number of hashes each has."""
    text = "\n".join(
        line for line in (ROOT / lock).read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    )
    result = []
    for entry in text.replace("\\\n", " ").splitlines():
        if entry.strip():
            name, *hashes = entry.split("--hash=")
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", h) for h in hashes), entry
            result.append((Requirement(name.strip()), len(hashes)))
    return result


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_hashed(lock: str) -> None:
    found = pins(lock)
    assert len(found) > 20
    for requirement, hashes in found:
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert hashes > 0, requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^\s+--hash=.*$", "", text, flags=re.M), flags=re.M), "an option of pip"


def test_the_maintained_fork_only() -> None:
    names = {canonicalize_name(requirement.name) for lock in LOCKS for requirement, _ in pins(lock)}
    assert "boinor" in names
    assert "polia" + "stro" not in names


def test_locks_share_no_package() -> None:
    run, test = ({canonicalize_name(requirement.name) for requirement, _ in pins(lock)} for lock in LOCKS)
    assert run & test == set()


def test_no_package_has_two_pins_on_one_machine() -> None:
    for lock in LOCKS:
        here = [canonicalize_name(r.name) for r, _ in pins(lock) if r.marker is None or r.marker.evaluate()]
        assert len(here) == len(set(here))


def test_declared_dependencies_are_locked_within_their_range() -> None:
    declared = {
        "binder/requirements.txt": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["build"],
        "tests/requirements.txt": PROJECT["dependency-groups"]["test"],
    }
    run = pins("binder/requirements.txt")
    for lock, requirements in declared.items():
        locked = pins(lock) + run
        for text in requirements:
            wanted = Requirement(text)
            versions = [
                str(pin.specifier)[2:]
                for pin, _ in locked
                if canonicalize_name(pin.name) == canonicalize_name(wanted.name)
            ]
            assert versions, f"{text} is not in {lock}"
            assert all(wanted.specifier.contains(version) for version in versions), f"{text}: locked are {versions}"


def imported(folder: str) -> dict[str, str]:
    """Third-party packages that the Python files of a folder import, with one file that does."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                if path.with_name(f"{name}.py").exists():
                    continue  # a file beside it: what runs without the package, in a sandbox
                found[name.split(".")[0]] = str(path.relative_to(ROOT))
    return {name: path for name, path in found.items() if name not in sys.stdlib_module_names and name != "lunarlab"}


@pytest.mark.parametrize("folder", ["lunarlab", "solutions"])
def test_what_is_imported_is_declared(folder: str) -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()  # imported only in the files that the contracts name
    declared = {Requirement(text).name for part in (PROJECT["project"]["dependencies"], *extras) for text in part}
    declared |= {"IPython", "jupyter_server", "erfa"}  # pyerfa's; jupyterlab and ipywidgets stand on the other two
    undeclared = {name: path for name, path in imported(folder).items() if name not in declared}
    assert undeclared == {}
