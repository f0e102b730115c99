"""``check("09.gate", my_filter)``: judge an answer at once, and say what was asked, what was found and what to think about.

An exercise is data: an id, a title, points, and a function from answers to findings. It never raises on an answer.
These checks are public; nothing in them is secret.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lunarlab.errors import LunarlabError
from lunarlab.grading.answers import BadAnswer, Unanswered, quiet
from lunarlab.grading.result import Finding, Result

LESSONS = {number: f"lesson{number}" for number in ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")}
