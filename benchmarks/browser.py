"""JupyterLab or Notebook in a headless Chromium, for the measurements here, the picture, and the tests in tests/browser."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-prefers-reduced-motion",
]  # fmt: skip
START_S = 60.0


def find_chromium() -> str | None:
    """Path of a Chromium: LUNARLAB_CHROMIUM, or the distribution's; None if there is none."""
    names = (os.environ.get("LUNARLAB_CHROMIUM"), "/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@dataclass(frozen=True)
class Server:
    """A running Jupyter server."""

    base: str
    token: str
    folder: Path
    app: str

    def url(self, notebook: str) -> str:
        """Where a notebook of `folder` opens, alone on the page."""
        path = f"doc/tree/{notebook}" if self.app == "lab" else f"notebooks/{notebook}"
        return f"{self.base}/{path}?token={self.token}"


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def serve(folder: Path, app: str = "lab") -> Iterator[Server]:
    """Start JupyterLab as `make lab` does (or Notebook) on `folder`, with settings of its own; stop it at the end."""
    port, token = _free_port(), secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="lunarlab-jupyter-", ignore_cleanup_errors=True) as home:
        # No question about news in the picture.
        quiet = Path(home) / "jupyter_config_dir" / "labconfig" / "page_config.json"
        quiet.parent.mkdir(parents=True)
        quiet.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))
        places = "JUPYTER_CONFIG_DIR JUPYTER_RUNTIME_DIR JUPYTERLAB_SETTINGS_DIR JUPYTERLAB_WORKSPACES_DIR IPYTHONDIR"
        names = places.split()
        env = os.environ | {name: str(Path(home) / name.lower()) for name in names} | {"JUPYTER_TOKEN": token}
        options = ["--no-browser", "--port", str(port), "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--allow-root")
        if app == "lab":
            command = [sys.executable, "-m", "lunarlab.cli", "lab", str(folder), *options]
        else:
            command = [sys.executable, "-m", "notebook", f"--ServerApp.root_dir={folder}", *options]
        log = Path(home) / "server.log"
        with log.open("w") as out:
            process = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            _wait(process, f"http://127.0.0.1:{port}/api", log)
            yield Server(f"http://127.0.0.1:{port}", token, folder, app)
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"Jupyter did not start:\n{log.read_text()[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and its kernels: they share a session."""
    import signal

    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            return
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            continue
    process.wait(5)


@contextmanager
def open_browser(width: int = 1400, height: int = 1080, scale: float = 1.0) -> Iterator[Any]:
    """A page in a fresh headless Chromium that may only talk to this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale)
        page = context.new_page()
        page.strays, page.errors = [], []
        # A widget's module is loaded from a blob; what Jupyter's own scripts get wrong is not for us to judge.
        page.on("pageerror", lambda error: page.errors.append(str(error)) if "blob:" in (error.stack or "") else None)
        page.on("request", lambda request: _note_stray(page.strays, request.url))
        try:
            yield page
        finally:
            browser.close()


def _note_stray(strays: list[str], url: str) -> None:
    if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")):
        strays.append(url)


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook of code cells."""
    code = [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
            for i, cell in enumerate(cells)]  # fmt: skip
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": code}))
    return path


def run_all(page: Any, server: Server, notebook: str) -> None:
    """Open a notebook and run its cells, the way a student does: from the Run menu."""
    page.goto(server.url(notebook))
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function("!document.querySelector('#jupyterlab-splash')", timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000)
    prompts = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].some((e) => /\\[[*\\d]/.test(e.textContent))"
    page.wait_for_timeout(700)  # the indicator says idle before the connection to the kernel stands
    for _ in range(4):  # a click until then is lost, or answered by a question
        page.keyboard.press("Escape")
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            page.wait_for_function(prompts, timeout=4000)
            return
        except Exception:  # noqa: S112 - playwright's TimeoutError, imported only with a browser
            continue
    raise RuntimeError("Run All Cells did nothing")


def handle_of(page: Any, name: str) -> Any:
    """The handle of the slider whose label begins with `name`."""
    return page.locator(".ll-controls .widget-slider", has_text=name).locator("[role=slider]").first
