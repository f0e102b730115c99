"""What can be said about a lesson without running it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lunarlab.cases.loader import case, case_names
from lunarlab.grading.checks import LESSONS, exercises
from lunarlab.grading.split import END, main, parse

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*.py"))
TAG = re.compile(r"\*\*\[(published|measured|derived|modelled|inferred)(?:: ([^\]]+))?\]\*\*")


@pytest.fixture(params=SOLUTIONS, ids=lambda p: p.stem[:2])
def source(request) -> Path:
    return request.param


def lesson(source: Path) -> dict:
    return json.loads((ROOT / "lessons" / f"{source.stem}.ipynb").read_text("utf-8"))


def markdown(source: Path) -> str:
    return "\n".join("".join(c["source"]) for c in lesson(source)["cells"] if c["cell_type"] == "markdown")


def test_lessons_are_what_their_solutions_give():
    assert main(["--root", str(ROOT), "--check"]) == 0


def test_every_lesson_has_a_check_module():
    assert [path.stem[:2] for path in SOLUTIONS] == sorted(LESSONS)


def test_no_outputs_one_kernel(source):
    book = lesson(source)
    code = [c for c in book["cells"] if c["cell_type"] == "code"]
    assert not any(c["outputs"] or c["execution_count"] for c in code)
    assert book["metadata"]["kernelspec"]["name"] == "python3"
    assert len({c["id"] for c in book["cells"]}) == len(book["cells"])


def test_no_line_of_an_answer_is_published(source):
    cells, text = parse(source.read_text("utf-8")), json.dumps(lesson(source))
    assert "SOLUTION" not in text
    assert source.read_text("utf-8").count(END) >= len(exercises(source.stem[:2]))
    published = {line.strip() for c in lesson(source)["cells"] for line in "".join(c["source"]).split("\n")}
    answers = {
        line.strip() for cell in cells for line in cell.solution.split("\n")
        if line.strip() not in {x.strip() for x in (cell.student or "").split("\n")}
    }  # fmt: skip
    assert not {line for line in answers if len(line) > 12} & published


def test_every_objective_is_tied_to_a_graded_item_and_back(source):
    number = source.stem[:2]
    head = markdown(source).split("\n# ")[0].split("## ")[0]
    objectives = re.findall(r"^\| \*\*(\w+)\*\* .* \| `([^`]+)` \|$", head, re.MULTILINE)
    assert [id for _, id in objectives] == list(exercises(number))
    tasks = [c["metadata"].get("lunarlab", {}).get("task") for c in lesson(source)["cells"] if c["cell_type"] == "code"]
    assert [task for task in tasks if task] == list(exercises(number))
    checked = re.findall(r'll\.check\("([^"]+)"', "\n".join("".join(c["source"]) for c in lesson(source)["cells"]))
    assert checked == list(exercises(number))


def test_the_head_states_minutes_points_prerequisites_and_missions(source):
    head = markdown(source)[:2000]
    assert re.search(r"\d+ minutes · \d+ points", head)
    assert f"{sum(e.points for e in exercises(source.stem[:2]).values())} points" in head
    assert "**Before:**" in head and "**Mission" in head


def test_points_named_at_an_exercise_are_those_given(source):
    named = re.findall(r"`(\d\d\.\w+)` \((\d+) points\)", markdown(source))
    assert {id: int(points) for id, points in named} == {id: e.points for id, e in exercises(source.stem[:2]).items()}


def test_every_claim_has_a_source_and_every_source_a_claim(source):
    text = markdown(source)
    block = text.partition("## Sources")[2]
    listed = set(re.findall(r"^\| ([A-Z]+\d*) \| ", block, re.MULTILINE))
    claims = [tag for tag in TAG.findall(text) if tag[0] != "published" or tag[1]]
    used = {code.strip() for _, codes in claims if codes for code in codes.split(",")}
    assert all(codes for kind, codes in TAG.findall(text) if kind in ("published", "measured")), (
        "a claim without its source"
    )
    assert used == listed
    assert len(used) >= 8


def test_sources_agree_with_the_case_files(source):
    known = {code for name in case_names() for code in case(name).sources}
    listed = set(re.findall(r"^\| ([A-Z]+\d*) \| ", markdown(source), re.MULTILINE))
    if source.stem[:2] == "10":  # lesson 10 is about a case: its sources are the case's
        assert listed <= known


def test_each_lesson_follows_the_pattern(source):
    steps = re.findall(r"^## \d+ · (\w+)", markdown(source), re.MULTILINE)
    wanted = ["Hook", "Predict", "Explore", "Break", "Explain", "Exit"]
    assert [s for s in steps if s in wanted] == wanted
    text = json.dumps(lesson(source))
    assert text.count("ll.quiz(") >= 5 and "import sympy" in text
    assert re.search(r"ll\.console(\.\w+)?\(", text), "no panel"
    assert "ll.replay(" in text or source.stem[:2] < "08", "a lesson on descents begins with one"
