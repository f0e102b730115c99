"""Take the picture of the console that README shows: ``python -m benchmarks.picture [file]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import browser

SEED = 16
SIZE_MAX = 300_000


def main() -> int:
    """Open the console on Mission 1 in JupyterLab and save it as it hovers kilometres above the ground."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "console.png"
    if browser.find_chromium() is None:
        print("no Chromium found; set LUNARLAB_CHROMIUM")
        return 2
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        cell = f"import lunarlab\nlunarlab.console('hakuto-r-m1', seed={SEED})"
        browser.write_notebook(Path(name) / "console.ipynb", cell)
        with browser.serve(Path(name)) as server, browser.open_browser(1400, 1300) as page:
            browser.run_all(page, server, "console.ipynb")
            page.locator(".ll-badge", has_text="PROPELLANT OUT").wait_for(timeout=120_000)
            page.wait_for_timeout(1000)
            page.locator(".ll-panel").screenshot(path=target)
    print(f"{target}: {target.stat().st_size} bytes")
    return int(target.stat().st_size > SIZE_MAX)


if __name__ == "__main__":
    sys.exit(main())
