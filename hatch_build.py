"""Packs the lessons into a wheel, where `lunarlab lab` finds them; an editable install reads them from the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LessonsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Notebooks only: never an answer from solutions/, nor what Jupyter leaves beside them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the notebooks to a standard wheel."""
        if version == "standard":
            for lesson in Path(self.root, "lessons").glob("*.ipynb"):
                build_data["force_include"][str(lesson)] = f"lunarlab/_lessons/{lesson.name}"
