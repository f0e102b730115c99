"""The rooms of landing in JupyterLab: the bound comes behind the flight, a lander moves on its legs, a flight is picked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import browser

pytestmark = pytest.mark.browser
FIRST_S = 150.0  # the very first picture of a room may compile
ARTEFACTS = Path(__file__).parents[2] / "artefacts"
CELLS = ("ll.console.guidance()", "ll.console.touchdown()", "ll.console.campaign(n=60, scale=3.0, seed=2)")
MOVING = """(c) => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let sum = 0; for (let i = 3; i < d.length; i += 4) sum += d[i] ? (i % 9973) : 0; return sum; }"""


@pytest.fixture(scope="module")
def notebook(lab: browser.Server, lessons: Path, chromium: Any) -> Iterator[Any]:
    """A page with one notebook that shows the three rooms."""
    browser.write_notebook(lessons / "landing.ipynb", *(f"import lunarlab as ll\n{cell}" for cell in CELLS))
    chromium.strays.clear()
    chromium.errors.clear()
    browser.run_all(chromium, lab, "landing.ipynb")
    yield chromium
    assert chromium.errors == []
    assert chromium.strays == []
    chromium.goto("about:blank")


def room(page: Any, cell: str) -> Any:
    """The panel of a cell, scrolled to: JupyterLab makes an output only when it comes near the window."""
    panel = page.locator(".jp-Cell").filter(has_text=cell).locator(".ll-panel")
    page.mouse.move(700, 600)
    for _ in range(int(10.0 * FIRST_S)):
        if panel.count() and panel.locator(".ll-line").count():
            break
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(100)
    panel.locator(".ll-line", has_text=".").first.wait_for(timeout=FIRST_S * 1e3)
    panel.scroll_into_view_if_needed()
    return panel


def photograph(panel: Any, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    panel.screenshot(path=ARTEFACTS / f"panel-{name}.png")


def test_a_flight_comes_at_once_and_its_bound_behind_it(notebook: Any) -> None:
    panel = room(notebook, CELLS[0])
    notes = panel.locator(".ll-reasons")
    notebook.wait_for_function("(e) => /kg above the bound, \\d+ %$/.test(e.textContent)", arg=notes.element_handle(), timeout=FIRST_S * 1e3)
    before = notes.inner_text()
    handle = browser.handle_of(panel, "Thrust, % of Series 1")
    handle.focus()
    for _ in range(8):
        notebook.keyboard.press("ArrowRight")
    notebook.wait_for_function(
        "([e, old]) => e.textContent !== old && /kg above the bound, \\d+ %$/.test(e.textContent)", arg=[notes.element_handle(), before]
    )
    assert panel.locator(".ll-badge").inner_text().endswith("LANDED")
    assert panel.locator(".ll-error").is_hidden()
    panel.locator(".ll-report button").click()
    text = panel.locator(".ll-report textarea")
    notebook.wait_for_function("(e) => e.value.includes('\"score\"')", arg=text.element_handle(), timeout=60_000)
    assert re.search(r"score +\d+\.\d +of 100", text.input_value())
    photograph(panel, "guidance-score")


def test_the_lander_moves_on_its_legs(notebook: Any) -> None:
    panel = room(notebook, CELLS[1])
    line = panel.locator(".ll-line")
    notebook.wait_for_function("(e) => /Of \\d+ touchdowns/.test(e.textContent)", arg=line.element_handle(), timeout=FIRST_S * 1e3)
    handle = browser.handle_of(panel, "Centre of mass")
    handle.focus()
    for _ in range(30):
        notebook.keyboard.press("ArrowRight")
    scrub = panel.locator(".ll-scrub")
    notebook.wait_for_timeout(400)
    still = panel.locator("canvas.ll-moving").evaluate(MOVING)
    scrub.focus()
    notebook.keyboard.press("Home")
    assert panel.locator("canvas.ll-moving").evaluate(MOVING) != still
    frames = panel.locator(".ll-scene").get_attribute("data-frames") or "0"
    panel.locator(".ll-play").click()
    notebook.wait_for_timeout(1500)
    assert int(panel.locator(".ll-scene").get_attribute("data-frames")) > int(frames) + 5  # played in the browser, without the kernel
    photograph(panel, "touchdown-moving")


def test_a_flight_of_many_is_picked_and_replayed(notebook: Any) -> None:
    panel = room(notebook, CELLS[2])
    fly, again = (panel.get_by_role("button", name=name) for name in ("Fly", "Replay it"))
    notebook.wait_for_function("(b) => !b.disabled", arg=again.element_handle(), timeout=FIRST_S * 1e3)
    assert "60 of 60" in panel.locator(".ll-tiles").inner_text()
    field = panel.locator(".ll-controls input[type=number]").last
    field.fill("5")
    field.press("Enter")
    again.click()
    replay = notebook.locator(".ll-replay .ll-title", has_text="flight 5 of seed 2")
    replay.wait_for(timeout=20_000)
    stage = panel.locator(".ll-stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    for y in range(60, 250, 6):  # somewhere in the scatter is a flight
        notebook.mouse.move(box["x"] + 0.22 * box["width"], box["y"] + y)
        if (stage.get_attribute("title") or "").startswith("flight"):
            break
    picked = stage.get_attribute("title") or ""
    assert picked.startswith("flight")
    notebook.mouse.down()
    notebook.mouse.up()
    notebook.locator(".ll-replay .ll-title", has_text=f"{picked} of seed 2").wait_for(timeout=20_000)
    fly.click()
    notebook.wait_for_function("(b) => b.disabled", arg=again.element_handle())
    panel.get_by_role("button", name="Cancel").click()
    notebook.wait_for_function("(b) => !b.disabled", arg=again.element_handle(), timeout=30_000)
    photograph(panel, "campaign")
