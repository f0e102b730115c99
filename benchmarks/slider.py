"""How soon a dragged slider shows in the picture, and how smoothly the replay runs: ``python -m benchmarks.slider``.

The gate slider of the console is moved in JupyterLab, first in single steps with the arrow key, then dragged to and fro
with the mouse. For every value it took, the time until the first finished drawing of that value or of a later one
counts; every drawing is a whole descent, flown anew. Browser, server and kernel share the processors with whatever else
runs: the load is printed, and above one per processor the numbers say more about the machine than about the console.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import browser

P95_BUDGET_MS, FPS_BUDGET = 80.0, 30.0

WATCH = """(handle) => {
  const seen = window.seen = {set: [], drawn: []};
  new MutationObserver(() => seen.set.push([performance.now(), parseFloat(handle.getAttribute('aria-valuenow'))]))
    .observe(handle, {attributes: true, attributeFilter: ['aria-valuenow']});
  document.addEventListener('lunarlab:drawn', (e) => {
    if (e.detail.settings) seen.drawn.push([performance.now(), e.detail.settings.gate_m]);
  });
}"""
FRAMES = """() => new Promise((done) => {
  const play = document.querySelector('.ll-play'), deck = document.querySelector('.ll-deck'), start = performance.now();
  play.click();
  setTimeout(() => { play.click(); done([+deck.dataset.frames, performance.now() - start]); }, 3000);
})"""


def drag(page: Any, handle: Any, steps: int = 150) -> None:
    """Drag a slider to and fro with the mouse, a move every 16 ms."""
    handle.scroll_into_view_if_needed()
    box, track = handle.bounding_box(), handle.locator("xpath=ancestor::div[contains(@class,'noUi-target')]").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for i in range(steps):
        u = abs((i / steps * 4) % 2 - 1)
        page.mouse.move(track["x"] + (0.95 - 0.9 * u) * track["width"], y)
        page.wait_for_timeout(16)
    page.mouse.up()
    page.wait_for_timeout(700)


def step(page: Any, handle: Any, steps: int = 30) -> None:
    """Move a slider with the arrow key, one step at a time."""
    handle.focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(250)


def latencies(seen: dict[str, list[list[float]]]) -> list[float]:
    """For each value that the slider took: milliseconds until a drawing showed it or a later one."""
    out = []
    for i, (start, _) in enumerate(seen["set"]):
        later = {value for _, value in seen["set"][i:]}
        shown = next((t for t, value in seen["drawn"] if t > start and value in later and _not_old(seen, i, t, value)), None)
        if shown is not None:
            out.append(shown - start)
    return out


def _not_old(seen: dict[str, list[list[float]]], i: int, drawn: float, value: float) -> bool:
    """A drawing of a value that came up both before and after move i counts only if the later one had been set by then."""
    return any(v == value and t <= drawn for t, v in seen["set"][i:])


def measure() -> dict[str, float]:
    """Numbers of one session, ms and frames per second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        browser.write_notebook(folder / "console.ipynb", "import lunarlab\nlunarlab.console('hakuto-r-m1', seed=3)")
        with browser.serve(folder) as server, browser.open_browser(1366, 768) as page:
            browser.run_all(page, server, "console.ipynb")
            page.wait_for_selector(".ll-badge", timeout=60_000)
            page.wait_for_timeout(1500)
            handle = browser.handle_of(page, "Gate: largest")
            handle.evaluate(WATCH)
            step(page, handle)
            single = sorted(latencies(page.evaluate("window.seen")))
            page.evaluate("window.seen.set.length = window.seen.drawn.length = 0")
            drag(page, handle)
            seen = page.evaluate("window.seen")
            count, span = page.evaluate(FRAMES)
    found = sorted(latencies(seen))
    if min(len(found), len(single)) < 20:
        raise RuntimeError(f"only {len(found)} of {len(seen['set'])} slider moves were seen in the picture")
    return {
        "slider_values": len(seen["set"]),
        "flights_drawn": len(seen["drawn"]),
        "step_p50_ms": round(statistics.median(single), 1),
        "step_p95_ms": round(single[int(0.95 * len(single))], 1),
        "drag_p50_ms": round(statistics.median(found), 1),
        "drag_p95_ms": round(found[int(0.95 * len(found))], 1),
        "drag_max_ms": round(found[-1], 1),
        "replay_fps": round(1000.0 * count / span, 1),
        "load_per_processor": round(os.getloadavg()[0] / (os.cpu_count() or 1), 1),
    }


def main() -> int:
    """Measure, print a table, and say whether the budgets are kept."""
    if browser.find_chromium() is None:
        print("no Chromium found; set LUNARLAB_CHROMIUM")
        return 2
    numbers = measure()
    if "--json" in sys.argv:
        print(json.dumps(numbers))
    else:
        for name, value in numbers.items():
            print(f"{name:18s} {value:8g}")
        print(f"budget: drag p95 <= {P95_BUDGET_MS:g} ms, replay >= {FPS_BUDGET:g} fps")
    return int(numbers["drag_p95_ms"] > P95_BUDGET_MS or numbers["replay_fps"] < FPS_BUDGET)


if __name__ == "__main__":
    sys.exit(main())
