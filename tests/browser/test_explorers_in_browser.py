"""The panels of the lessons in JupyterLab: a slider is moved, and picture, readouts and words follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import browser

pytestmark = pytest.mark.browser
FIRST_S = 100.0  # the very first picture of a panel may compile
ARTEFACTS = Path(__file__).parents[2] / "artefacts"
# Panel, its slider, how many steps of the arrow key.
PANELS = [
    ("orbit", "Apolune", 60), ("transfer", "Injection", 15), ("low_energy", "Sun, degrees", 20), ("insertion", "Back-up timer", 20),
    ("margins", "Hours after launch", 20), ("windows", "Planned touchdown", 12), ("guidance", "Planned braking", 6),
    ("touchdown", "Sideways speed", 20), ("surface", "Land days later", 8),
]  # fmt: skip


@pytest.fixture(scope="module")
def notebook(lab: browser.Server, lessons: Path, chromium: Any) -> Iterator[Any]:
    """A page with one notebook that shows all panels."""
    cells = [f"import lunarlab as ll\nll.console.{name}()" for name, _, _ in PANELS]
    browser.write_notebook(lessons / "explorers.ipynb", *cells)
    chromium.strays.clear()
    chromium.errors.clear()
    browser.run_all(chromium, lab, "explorers.ipynb")
    yield chromium
    chromium.goto("about:blank")


def open_panel(page: Any, number: int) -> Any:
    """The panel of cell `number`, scrolled to: JupyterLab makes an output only when it comes near the window."""
    panel = page.locator(".jp-Cell").filter(has_text=f"ll.console.{PANELS[number][0]}()").locator(".ll-panel")
    page.mouse.move(700, 600)
    for _ in range(int(10.0 * FIRST_S)):
        if panel.count() and panel.locator(".ll-line").count():
            break
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(100)
    panel.locator(".ll-line", has_text=".").first.wait_for(timeout=FIRST_S * 1e3)
    panel.scroll_into_view_if_needed()
    return panel


def ink(panel: Any) -> float:
    """A number that changes with the picture: the mean of the pixels of the still canvas."""
    code = """(c) => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
      let sum = 0; for (let i = 0; i < d.length; i += 16) sum += d[i] * ((i / 16) % 7 + 1); return sum / d.length; }"""
    return float(panel.locator("canvas.ll-still").evaluate(code))


@pytest.mark.parametrize(("number", "name", "slider", "steps"), [(i, *row) for i, row in enumerate(PANELS)])
def test_a_slider_moves_the_picture(number: int, name: str, slider: str, steps: int, notebook: Any) -> None:
    page = notebook
    panel = open_panel(page, number)
    page.wait_for_timeout(300)
    before = ink(panel), panel.locator(".ll-tiles").inner_text(), panel.locator(".ll-line").inner_text()
    assert before[0] > 0
    assert "undefined" not in before[1]
    assert "NaN" not in before[1]
    handle = browser.handle_of(panel, slider)
    handle.focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("([e, old]) => e.textContent !== old", arg=[panel.locator(".ll-line").element_handle(), before[2]])
    page.wait_for_timeout(500)
    assert panel.locator(".ll-error").is_hidden()
    assert ink(panel) != before[0]
    assert panel.locator(".ll-tiles").inner_text() != before[1]
    assert handle.evaluate("(e) => e === document.activeElement")  # the keyboard still has its slider
    said = """(e) => new Set([e.querySelector('.ll-live').textContent, e.querySelector('.ll-line').innerText,
      e.querySelector('canvas.ll-still').ariaLabel]).size === 1"""
    page.wait_for_function(said, arg=panel.element_handle())  # a map goes on getting finer, and its words with it
    names = panel.locator(".ll-controls select, .ll-controls input, .ll-controls [role=slider]").evaluate_all(
        "(all) => all.map((e) => e.getAttribute('aria-label') || (e.labels && [...e.labels].map((l) => l.textContent).join('')) || '')"
    )
    assert names
    assert all(text.strip("\u200b ") for text in names), names
    ARTEFACTS.mkdir(exist_ok=True)
    panel.screenshot(path=ARTEFACTS / f"panel-{name}.png")
    assert page.errors == []
    assert page.strays == []


def test_picture_zooms_and_the_time_runs(notebook: Any) -> None:
    page = notebook
    panel = open_panel(page, 0)
    stage, clock = panel.locator(".ll-stage"), panel.locator(".ll-clock")
    start = ink(panel)
    stage.focus()
    page.keyboard.press("+")
    page.wait_for_timeout(200)
    near = ink(panel)
    assert near != start
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    assert ink(panel) != near
    panel.get_by_role("button", name="Show all").click()
    page.wait_for_timeout(200)
    assert ink(panel) == start
    panel.locator(".ll-scrub").focus()
    page.keyboard.press("Home")
    assert clock.inner_text().startswith("0.0")
    height = panel.locator(".ll-value").nth(4).inner_text()
    panel.get_by_role("button", name="Play").click()
    page.wait_for_timeout(900)
    panel.get_by_role("button", name="Pause").click()
    stopped = clock.inner_text()
    assert not stopped.startswith("0.0")
    assert panel.locator(".ll-value").nth(4).inner_text() != height
    page.wait_for_timeout(200)
    assert clock.inner_text() == stopped


def test_an_error_is_shown_and_the_last_picture_stays(notebook: Any) -> None:
    page = notebook
    panel = open_panel(page, 5)
    before = ink(panel)
    browser.handle_of(panel, "Inclination").focus()
    page.keyboard.press("Home")  # no equatorial orbit passes over Mare Frigoris
    panel.locator(".ll-error:not([hidden])", has_text="passes over latitudes").wait_for(timeout=20_000)
    assert panel.locator(".ll-deck.ll-stale").count() == 1
    assert ink(panel) == before
    panel.get_by_role("button", name="Reset").click()
    panel.locator(".ll-error[hidden]").wait_for(state="attached", timeout=20_000)
    page.wait_for_function("(e) => !e.classList.contains('ll-stale')", arg=panel.locator(".ll-deck").element_handle())
    assert page.errors == []


def test_a_date_is_said_as_a_date(notebook: Any) -> None:
    page = notebook
    panel = open_panel(page, 5)
    handle = browser.handle_of(panel, "Calendar from")
    handle.focus()
    first = handle.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(800)
    second = handle.get_attribute("aria-valuetext")
    assert first != second
    assert all(len(text.split("-")) == 3 for text in (first, second)), (first, second)
