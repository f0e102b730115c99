"""The page of public names is complete, current, and every name on it says what it is."""

from __future__ import annotations

import pytest

from tests.house import library_page


def test_the_page_is_what_the_docstrings_say():
    assert library_page.PAGE.read_text("utf-8") == library_page.page(), "run make library"


@pytest.mark.parametrize("path", sorted((library_page.ROOT / "lunarlab").rglob("*.py")), ids=lambda p: p.stem)
def test_every_public_name_has_a_docstring(path):
    assert [name for name, _, text in library_page.names(path) if not text] == []
