"""What every test relies on: no network, no windows, the same random examples, and no silently skipped browser."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from typing import Any

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")

# The first example compiles, so no deadline. CI draws the same examples every time; elsewhere new ones are tried.
hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("default"), derandomize=True, database=None
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")
if os.environ.get("CI"):
    # Examples also come from the constants of whatever was imported before: another order of tests would draw others.
    setattr(providers, "constants_from_module", lambda module: Constants())  # noqa: B010 (mypy: the name is a function's)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in lunarlab needs the network: a test that reaches for it fails. This machine itself is allowed."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host not in ("", "localhost", "127.0.0.1", "::1"):
            raise OSError(f"a test tried to reach {host}: tests run without a network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes is left out unless it is asked for."""
    for marker in ("long", "hostile"):
        if not os.environ.get(f"LUNARLAB_{marker.upper()}"):
            left_out = [item for item in items if item.get_closest_marker(marker)]
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a browser is promised (LUNARLAB_REQUIRE_BROWSER), a skipped browser test is a failed one."""
    report = yield
    if os.environ.get("LUNARLAB_REQUIRE_BROWSER") and report.skipped and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"skipped, although LUNARLAB_REQUIRE_BROWSER is set: {report.longrepr}"
    return report
