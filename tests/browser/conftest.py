"""One JupyterLab and one page for all browser tests; pictures of what was seen go to artefacts/."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # for benchmarks.browser, which the measurements share

from benchmarks import browser  # noqa: E402


@pytest.fixture(scope="session")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lessons, with a small notebook of our own."""
    if browser.find_chromium() is None:
        pytest.skip("no Chromium: install it, or set LUNARLAB_CHROMIUM to its path")
    folder = tmp_path_factory.mktemp("browser") / "lessons"
    shutil.copytree(ROOT / "lessons", folder) if (ROOT / "lessons").is_dir() else folder.mkdir()
    browser.write_notebook(
        folder / "console.ipynb", "import lunarlab as ll\nconsole = ll.console('hakuto-r-m1', seed=3)\nconsole",
        "ll.replay(console.flight, 'Mission 1')",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def lab(lessons: Path) -> Iterator[browser.Server]:
    """JupyterLab, started as `make lab` does."""
    with browser.serve(lessons, "lab") as server:
        yield server


@pytest.fixture(scope="module")  # not session: Playwright keeps an event loop running in this thread until it ends
def chromium() -> Iterator[Any]:
    """A page that notes every request to another machine in `page.strays` and every script error in `page.errors`."""
    if browser.find_chromium() is None:
        pytest.skip("no Chromium: install it, or set LUNARLAB_CHROMIUM to its path")
    with browser.open_browser() as page:
        yield page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """No event loop is left to the tests of the next file: `asyncio.run` would refuse there, in some orders only."""
    yield
    if nextitem is not None and nextitem.path != item.path:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()


@pytest.fixture
def page(chromium: Any) -> Any:
    chromium.strays.clear()
    chromium.errors.clear()
    yield chromium
    chromium.goto("about:blank")


@pytest.fixture
def picture(page: Any) -> Callable[[str, Any], None]:
    """Take a picture of the page, or of a part of it, into artefacts/."""
    folder = ROOT / "artefacts"
    folder.mkdir(exist_ok=True)

    def take(name: str, part: Any = None) -> None:
        (part or page).screenshot(path=folder / f"{name}.png")

    return take
