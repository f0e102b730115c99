"""No reference case of descent, navigation and touchdown is left out: for each of them one file of tests is answerable."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = ("area4.toml", "area5_navigation.toml", "area6.toml")
NUMBERS = {
    "APO": (7, 8, 9), "OPT": (1, 2), "VRT": (1, 2, 4), "GTN": (1, 2, 4), "QDG": (1,), "EGD": (1,), "ZEM": (1,), "CVX": (1, 2, 4),
    "PRF": (1,), "FAIL": (1, 2), "KF": (1, 2, 4, 5, 7, 8), "CHI": (1, 2, 4), "NEE": (1, 2, 4), "MC": (1, 2, 4, 5), "RAY": (1,),
    "NAV": (20,), "TIP": (1, 2, 4), "TCH": (1,),
}  # fmt: skip
IDS = [f"{family}-{number:02}" for family, numbers in NUMBERS.items() for number in numbers]
ELSEWHERE = {"FAIL-01": "tests/insertion/test_burn.py"}  # an orbit: its figures are in area3.toml
REGISTER = {
    name: case["tested"]
    for file in FILES
    for name, case in tomllib.loads((TESTS / "reference" / file).read_text(encoding="utf-8")).items()
} | ELSEWHERE


def test_every_case_is_registered() -> None:
    assert sorted(REGISTER) == sorted(IDS)


@pytest.mark.parametrize("name", IDS)
def test_the_registered_file_reads_it(name: str) -> None:
    """Others may use its figures as well; this one is answerable for it."""
    assert f'"{name}"' in (TESTS.parent / REGISTER[name]).read_text(encoding="utf-8")


def test_ephemeris_cases_are_read_as_a_whole() -> None:
    cases = tomllib.loads((TESTS / "reference/area5_ephemeris.toml").read_text(encoding="utf-8"))
    assert sorted(cases) == [f"EPH-{n:02}" for n in (1, 3, 4, 5, 6, 7, 9, 20, 21)]
    text = (TESTS / "floor/test_ephemeris.py").read_text(encoding="utf-8")
    assert "reference/area5_ephemeris.toml" in text
