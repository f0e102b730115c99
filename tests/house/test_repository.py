"""What is committed: no outputs, no addresses of registries, no paths of somebody's machine, one version, licences."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def committed() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def committed_text() -> list[tuple[str, str]]:
    files = []
    for path in committed():
        try:
            files.append((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return files


def offenders(pattern: str) -> list[str]:
    found = []
    for name, text in committed_text():
        lines = [(text.count("\n", 0, match.start()) + 1, match.group()) for match in re.finditer(pattern, text)]
        found += [f"{name}:{line}: {what}" for line, what in lines]
    return found


# Written in pieces, so that this file does not find itself.
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.",
    "repo.ana" + "conda.com",
    "--index" + "-url",
    "--find" + "-links",
]
HOMES = ["home", "Users", "root", "work", "workspace", "mnt", "builds", "opt/wheels"]


@pytest.mark.parametrize("registry", REGISTRIES)
def test_no_registry_is_named(registry: str) -> None:
    assert offenders(re.escape(registry)) == []


def test_no_path_of_a_machine() -> None:
    assert offenders(r"(?<![\w.~}])/(?:" + "|".join(HOMES) + r")/[\w.-]+") == []
    assert offenders(r"\b[A-Z]:\\{1,2}Users") == []


def test_no_large_file() -> None:
    large = {
        str(path.relative_to(ROOT)): path.stat().st_size for path in committed() if path.stat().st_size > 1_000_000
    }
    assert large == {}


def test_notebooks_store_no_outputs() -> None:
    notebooks = [path for path in committed() if path.suffix == ".ipynb"]
    assert notebooks
    for path in notebooks:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs"), f"{path.name} holds outputs"
            assert cell.get("execution_count") is None, f"{path.name} holds an execution count"


def test_notebooks_are_small() -> None:
    assert sum(path.stat().st_size for path in committed() if path.suffix == ".ipynb") < 2_000_000


@pytest.mark.parametrize(
    "name",
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "THREATS.md", "INSTRUCTORS.md", "LICENSE", "CITATION.cff"],
)
def test_documents_are_there(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8")) > 500


def test_licence_covers_code_and_course() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    for part in (
        "BSD 3-Clause License",
        "THIS SOFTWARE IS PROVIDED BY",
        "creativecommons.org/licenses/by/4.0",
        "lessons/",
        "solutions/",
    ):
        assert part in text


def test_one_version() -> None:
    version = PROJECT["project"]["version"]
    assert f'__version__ = "{version}"' in (ROOT / "lunarlab/__init__.py").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "THREATS.md", "INSTRUCTORS.md"])
def test_links_and_files_of_documents_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = set(re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text))  # [text](file), not addresses
    spans = re.findall(r"`([\w./-]+)`", text)
    targets |= {
        s
        for s in spans
        if re.match(r"(lunarlab|lessons|solutions|tests|benchmarks|binder|docs)/", s)
        and "NN" not in s
        and s != "lunarlab/lunarlab"
    }
    assert targets
    missing = [target for target in sorted(targets) if not (ROOT / target).exists()]
    assert missing == []


@pytest.mark.parametrize("script", [".ci/run", "binder/postBuild", "binder/start", "tests/house/binder_steps.sh"])
def test_scripts_run(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111, f"{script} is not executable"
    subprocess.run(["bash", "-n", script], cwd=ROOT, check=True)
