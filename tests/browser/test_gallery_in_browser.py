"""The gallery in Chromium: every picture is drawn, nothing is asked of anybody, keys reach all of it, dark is dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lunarlab.plots.gallery import gallery

pytestmark = pytest.mark.browser


def test_the_gallery_is_a_page_of_its_own(page: Any, picture: Callable[..., None], tmp_path: Path) -> None:
    file, cards = gallery(tmp_path, ["hakuto-r-m1", "luna-25", "peregrine", "slim"])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme="light")
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith(("data:", file.as_uri()))] == []
    assert page.errors == []
    assert page.locator("article").count() == len(cards)
    pictures = page.locator('svg[role="img"]')
    for i in range(pictures.count()):
        box = pictures.nth(i).bounding_box()
        assert box["width"] > 200 and box["height"] > 100
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    picture("gallery-dark", page)
    page.emulate_media(color_scheme="light")
    picture("gallery", page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#hakuto-r-m1"
    for _ in range(len(cards)):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360  # a telephone needs no sideways scrolling
    page.set_viewport_size({"width": 1400, "height": 1000})
