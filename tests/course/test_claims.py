"""The lint of claims: what must fail does, what must pass does, and every lesson passes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lunarlab.cases.loader import case
from lunarlab.grading import claims
from lunarlab.grading.figures import figures, known_sources, numbers

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*.py"))
HEAD = "# %% [markdown]\n# # 00 A lesson\n#\n# **Missions:** Resilience, SLIM.\n"


def problems(markdown: str = "", code: str = "") -> list[str]:
    text = HEAD
    if markdown:
        text += "\n# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in markdown.split("\n")) + "\n"
    if code:
        text += f"\n# %%\n{code}\n"
    return [f"{p.number}: {p.what}" for p in claims.check(text)]


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem[:2])
def test_every_number_about_a_mission_is_tied_to_a_figure(path):
    assert [str(p) for p in claims.check(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(("text", "what"), [
    # a wrong value, by a little, by a unit, by a sign of the calendar
    ("Resilience got its first valid range at 983 m **[published: J6]**.", "983 m: J6 does not give"),
    ("Resilience came down at 66 km/h **[published: J4]**.", "66 km/h: J4 does not give"),
    ("Resilience got its first valid range at 89.3 m **[published: J6]**.", "89.3 m: J6 does not give"),
    ("Resilience was to land at 19:27 UTC **[published: J12]**.", "19:27: J12 does not give"),
    ("Resilience was launched on 16 January 2025 **[published: J2]**.", "16 January 2025: J2 does not give"),
    ("SLIM weighs 710 kg, 290 of them dry **[published: SL4]**.", "290: SL4 does not give"),
    # the right value of another source, a source that nobody knows, none at all
    ("Resilience got its first valid range at 893 m **[published: J8]**.", "893 m: J8 does not give"),
    ("Resilience got its first valid range at 893 m **[published: J666]**.", "no case file knows the source J666"),
    ("Resilience sank at 77 m/s.", "no label, and no figure of resilience-m2"),
    ("Resilience, 321 kg heavier than SLIM, was late.", "no label, and no figure"),
    ("The altimeter was late **[published: J6]**. Resilience sank at 77 m/s.", "77 m/s: no label"),
    # the wrong mission
    ("SLIM got its first valid range at 893 m **[published: J6]**.", "J6 is a source about resilience-m2, not about slim"),
    ("It lost an engine at 50 m **[published: O1]**.", "not about resilience-m2, slim"),
    ("Athena hung 192 m up.", "192 m: no label, and no figure of athena-im-2"),
    # a table, a list: each row is about its own mission
    ("| mission | dry |\n|---|---|\n| SLIM | 893 m **[published: J6]** |\n| Resilience | 893 m |", "not about slim"),
    ("* Resilience: 893 m\n* SLIM: 893 m", "893 m: no label, and no figure of slim"),
    # what is said to be no claim must be there
    ("SLIM gets 3000 m/s. <!-- no claim: 300 m/s -->", "300 m/s: is listed as no claim, but does not occur"),
    ("SLIM gets 3000 m/s. <!-- no claim: 300 m/s -->", "3000 m/s: no label"),
    ("Atlas was mapped, SLIM 123 m **[measured: QX]**.", "no case file knows the source QX"),
])  # fmt: skip
def test_claims_that_must_fail(text, what):
    assert any(what in p for p in problems(text)), problems(text)


@pytest.mark.parametrize("text", [
    "Resilience got its first valid range at 893 m **[published: J6]**.",
    "Resilience got its first valid range 0.89 km up **[published: J6]**, at 66 m/s **[published: J4]**.",
    "Resilience sank at 238 km/h **[published: J4]**.",  # 66 m/s
    "Resilience was to land at 19:17 UTC **[published: J12]**, on 5 June 2025 **[published: J12]**.",
    "SLIM weighs 710 kg, 190 of them dry **[published: SL4]**.",
    "Its first valid range came at 893 m **[published: J6]**.",  # of a mission of the lesson
    "*Blue\nGhost* braked for 9 minutes **[published: B1]**.",
    "Resilience sank at 66 m/s again.",  # a figure of the mission, said once more
    "Resilience would need 77 m/s **[derived]** and 55 s **[modelled]**.",
    "At 77 m/s nothing lands.",  # about no mission
    "SLIM and two of 3 others, in lesson 09 and part 4, as `x = 77` and $77$ say.",
    "SLIM gets 3000 m/s more, and 41 kg. <!-- no claim: 3000 m/s; 41 kg -->",
    "Luna 25, Chang'e 6, IM-1, APEX 1.0, Apollo 16 and Mission 2 are names.",
    "Apollo 16 left a satellite that crashed after 35 days **[published: NB]**.",
])  # fmt: skip
def test_claims_that_must_pass(text):
    assert problems(text) == []


@pytest.mark.parametrize(("code", "what"), [
    ("# Resilience sank at 77 m/s", "77 m/s: no label"),
    ("x = 1  # SLIM weighs\n# 321 kg", "321 kg: no label"),
    ("print('Resilience sank at 77 m/s')", "77 m/s: no label"),
    ("print(f'Resilience sank at 77 m/s, not {66}')", "77 m/s: no label"),
    ("x = {'Resilience: 777 m': 1}", "777 m: no label"),
    ("y = 'SLIM and 5 kg'  # no claim: 55 kg", "55 kg: is listed as no claim"),
])  # fmt: skip
def test_comments_and_texts_in_code_are_read(code, what):
    assert any(what in p for p in problems(code=code)), problems(code=code)


@pytest.mark.parametrize("code", [
    "# Resilience sank at 66 m/s",
    "late = ll.case('resilience-m2')  # 893",
    "x = 77.0  # a number of code is no sentence\ny = 'SLIM'",
    "print('Resilience sank at 77 m/s')  # no claim: 77 m/s",
])  # fmt: skip
def test_code_that_must_pass(code):
    assert problems(code=code) == []


@pytest.mark.parametrize(("text", "expected"), [
    ("550 000 km", ("m", 5.5e8)), ("41,603 km", ("m", 4.1603e7)), ("1.376 million km", ("m", 1.376e9)), ("16 km/h", ("m/s", 4.444)),
    ("5.5 days", ("s", 475200.0)), ("18:40", ("clock", 1120.0)), ("28 May 2025", ("date", 20250528.0)), ("5 June", ("date", 605.0)),
    ("February 2021", ("date", 20210200.0)), ("0.46 m/s²", ("m/s2", 0.46)), ("2.5°", ("deg", 2.5)), ("9-minute", ("s", 540.0)),
    ("12 %", ("%", 12.0)), ("2025-06-05", ("date", 20250605.0)), ("3.3 kN", ("N", 3300.0)),
])  # fmt: skip
def test_numbers_are_read_with_their_units(text, expected):
    (number,) = numbers(f"about {text}, or so")
    assert (number.what, number.value) == (expected[0], pytest.approx(expected[1], rel=1e-3))


def test_a_number_takes_the_unit_of_the_next():
    assert [n.value for n in numbers("100 x 15 km, 10 to 3 km, 192 m and 42 m/s, 5 or 6 times")] == [
        1e5, 1.5e4, 1e4, 3e3, 192.0, 42.0, 5.0, 6.0,
    ]  # fmt: skip
    assert not numbers("HAKUTO-R-M1, e2e, x1, 3rd_2")


def test_every_figure_has_a_source_that_is_known():
    for mission, sources in known_sources().items():
        for figure in figures(mission):
            assert figure.codes <= set(sources), (mission, figure)


@pytest.mark.parametrize(("name", "section", "value"), [
    ("beresheet", "orbit", "40.4 m/s"), ("mars-polar-lander", "orbit", "71.5 m/s"), ("chandrayaan-2", "orbit", "16.1 m/s"),
])  # fmt: skip
def test_what_is_derived_is_published_by_nobody(name, section, value):
    """A number that a case file works out of a source, or assumes, is no figure of that source."""
    (wanted,) = numbers(value)
    rows = [n for path, n in case(name).numbers.items() if path.startswith(section) and n.value == wanted.bare]
    assert rows and all(row.confidence != "reported" for row in rows)
    assert not any(f.codes for f in figures(name) if wanted.is_figure(f.number))


def test_a_changed_number_is_caught():
    """Mutants: the first number before each label of a lesson changed by a quarter. Nearly all must be found."""
    caught, tried = 0, 0
    for path in SOLUTIONS:
        text = path.read_text("utf-8")
        for match in re.finditer(r"\b(\d{2,4})( (?:m|km|kg|m/s|s|N|minutes|days)\s+(?:# )?\*\*\[published)", text):
            mutant = f"{text[: match.start(1)]}{round(1.25 * int(match[1])) + 1}{text[match.end(1) :]}"
            tried += 1
            caught += bool(claims.check(mutant))
    assert tried > 35
    assert caught >= 0.95 * tried


def test_the_command(tmp_path, capsys):
    assert claims.main(["--root", str(ROOT)]) == 0
    folder = tmp_path / "solutions"
    folder.mkdir()
    assert claims.main(["--root", str(tmp_path)]) == 2
    (folder / "00_x.py").write_text(HEAD + "\n# %% [markdown]\n# SLIM weighs\n# 321 kg.\n", "utf-8")
    assert claims.main(["--root", str(tmp_path)]) == 1
    assert "00_x.py:8: 321 kg: no label" in capsys.readouterr().err
