"""Checks of lesson 04."""

from __future__ import annotations

from lunarlab.grading.checks import Exercise

EXERCISES: tuple[Exercise, ...] = ()
