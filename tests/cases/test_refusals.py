"""What a mission file may not leave out or make up: each is refused by file, key, and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lunarlab as ll
from lunarlab import cli
from lunarlab.cases.loader import ROLES
from lunarlab.errors import CaseError

HEAD = """title = "T"
mission = "M"
date = "2025-01-01"
outcome = "o"
kind = "nominal"
summary = "s"
planned_touchdown_s = 3780
"""
ASSUMED = 'source = "model"\nconfidence = "assumed"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # a figure without a source, without a confidence, or with one that the file does not list
        ("[vehicle]\nmass_kg = 700\n", ["vehicle.mass_kg", "without a source"]),
        ('[vehicle]\nmass_kg = { value = 700, source = "model" }\n', ["vehicle.mass_kg", "has no confidence"]),
        ('[vehicle]\nmass_kg = { value = 700, source = "I1", confidence = "reported" }\n', ["vehicle.mass_kg.source", "'I1'"]),
        ('[[facts]]\nwhat = "w"\nvalue = "v"\nconfidence = "reported"\n', ["facts.0", "has no source"]),
        ('[[facts]]\nwhat = "w"\nvalue = "v"\nsource = "I1"\nconfidence = "reported"\n', ["facts.0.source", "'I1'"]),
        ('[no_fault]\n"navigation.gate_m" = { value = 3, confidence = "assumed" }\n', ["no_fault.navigation.gate_m", "has no source"]),
        # a source without a title, an address or a grade
        ('[sources.I1]\ntitle = "t"\naddress = "a"\n', ["sources.I1", "has no grade"]),
        ('[sources.I1]\ntitle = "t"\ngrade = "A"\n', ["sources.I1", "has no address"]),
        ('[sources.I1]\ntitle = "t"\naddress = "a"\ngrade = "Z"\n', ["sources.I1.grade", "'Z'", "A, B, C"]),
        # an expectation without a band
        (f"[expect.impact_mps]\n{ASSUMED}", ["expect.impact_mps", "has no low"]),
        (f"[expect.impact_mps]\nlow = 1\n{ASSUMED}", ["expect.impact_mps", "has no high"]),
        (f"[expect.impact_mps]\nlow = nan\nhigh = 2\n{ASSUMED}", ["expect.impact_mps", "must be finite"]),
        ("[expect.impact_mps]\nlow = 1\nhigh = 2\nsource = 'model'\n", ["expect.impact_mps", "has no confidence"]),
        # a fault that nothing knows, with and without a value
        (f'[[faults]]\ntarget = "altimeter"\nkind = "shy"\nvalue = 3\nunit = "m"\n{ASSUMED}', ["faults.0", "'shy'", "frozen"]),
        (f'[[faults]]\ntarget = "soul"\nkind = "lost"\n{ASSUMED}', ["'soul'", "altimeter"]),
        # published points: a time, or an event that there is; what they give must be finite
        (f"[[published]]\nheight_m = 3\n{ASSUMED}", ["published.0", "has no before_touchdown_s"]),
        ("[[published]]\nbefore_touchdown_s = 3\nsource = 'model'\n", ["published.0", "has no confidence"]),
        (f'[[published]]\nevent = "party"\n{ASSUMED}', ["published.0.event", "'party'", "ignition"]),
        (f'[[published]]\nevent = "ignition"\nafter_s = "soon"\n{ASSUMED}', ["published.0.after_s", "soon"]),
        (f"[[published]]\nbefore_touchdown_s = 3\nheight_m = inf\n{ASSUMED}", ["published.0.height_m", "must be finite"]),
        (f"[[published]]\nbefore_touchdown_s = 3\nsigma_height_m = -1\n{ASSUMED}", ["published.0.sigma_height_m", "not below 0"]),
        (f"[[published]]\nbefore_touchdown_s = 3\nvalue = 1\n{ASSUMED}", ["published.0", "without a quantity"]),
        (f'[[published]]\nbefore_touchdown_s = 3\nquantity = "hope"\nvalue = 1\n{ASSUMED}', ["published.0.quantity", "'hope'"]),
    ],
)  # fmt: skip
def test_a_file_with_a_hole_is_refused_by_name(tmp_path: Path, capsys, text: str, words: list[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + text)
    with pytest.raises(CaseError) as caught:
        ll.case(str(path))
    for word in ["mine.toml", *words]:
        assert word in str(caught.value)
    assert cli.main(["fly", str(path)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.parametrize(("head", "words"), [('role = "star"\n', ["role", "'star'", "analogue"]), ("lander = 3\n", ["lander", "not a text"])])
def test_what_the_head_may_say(tmp_path: Path, head: str, words: list[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + head)
    with pytest.raises(CaseError) as caught:
        ll.case(str(path))
    for word in ["mine.toml", *words]:
        assert word in str(caught.value)


def test_a_point_counts_from_an_event_of_its_flight(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + f'[[published]]\nevent = "ignition"\nafter_s = 10\nheight_m = 3\n{ASSUMED}[[published]]\nevent = "readmit"\n{ASSUMED}')
    case = ll.case(str(path))
    flight = case.fly(seed=None)
    assert case.published[0].when(flight) == flight.event("ignition").t_s + 10.0
    assert case.published[1].when(flight) != case.published[1].when(flight)  # it never happened


def test_cases_lists_all_with_their_heads(capsys) -> None:
    assert cli.main(["cases", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ll.case_names()
    assert list(rows[0]) == ["name", "mission", "date", "outcome", "kind", "flight", "title", "role", "operator", "lander"]
    for row in rows:
        assert all(row[key] for key in ("name", "mission", "date", "outcome", "kind", "flight", "title")), row["name"]
        assert row["role"] in ROLES
        assert [len(part) for part in row["date"].split("-")] == ([4] if row["role"] == "design" else [4, 2, 2])
    roles = {row["name"]: row["role"] for row in rows}
    assert (roles["hakuto-r-m1"], roles["apollo-11"], roles["nominal-mare"]) == ("mission", "analogue", "model")
    assert cli.main(["cases"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows)


@pytest.mark.parametrize("name", ll.case_names())
def test_every_case_has_published_points_with_a_source(name: str) -> None:
    case = ll.case(name)
    if case.role in ("design", "model"):  # nothing has flown
        return
    assert case.published
    assert case.flight == "surface" or any(p.height_m is not None or p.speed_mps is not None or p.value is not None for p in case.published)
    for point in case.published:
        assert point.note
        assert all(case.sources[code.strip()]["grade"] in "ABC" for code in point.source.split(",") if code.strip() != "model")
