"""The splitter never lets an answer through, and refuses every marker that it does not understand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lunarlab.grading.split import BEGIN, END, STUB, SplitError, main, notebook, parse, render

GOOD = f"""# %% [markdown]
# # Title
#
# text

# %% task="09.gate"
def accept(nu, sigma):
    \"\"\"Whether to believe it.\"\"\"
    {BEGIN}
    limit = 3.0 * sigma
    return abs(nu) <= limit
    {STUB}
    # ...  # your rule
    {END}

# %% hide
answer = 1
{BEGIN}
answer = 42 + 1
{END}

# %% [markdown] solution
# The secret reason is the rim.
"""


def test_good_source():
    cells = parse(GOOD)
    student, solution = render(cells), render(cells, answers=True)
    assert "limit" not in student and "secret" not in student and "SOLUTION" not in student
    assert "limit" in solution and "secret" in solution and "SOLUTION" not in solution
    book = json.loads(student)
    assert [c["cell_type"] for c in book["cells"]] == ["markdown", "code", "code"]
    assert book["cells"][1]["metadata"]["lunarlab"] == {"task": "09.gate"}
    assert book["cells"][1]["metadata"]["nbgrader"] == {
        "cell_type": "code", "grade": True, "grade_id": "09-gate", "locked": False, "points": 5, "schema_version": 3,
        "solution": True, "task": False,
    }  # fmt: skip
    assert book["cells"][2]["metadata"] == {"jupyter": {"source_hidden": True}}
    assert "".join(book["cells"][1]["source"]).endswith("    ...  # your rule")
    assert "".join(book["cells"][2]["source"]) == "answer = 1\n...  # your answer"
    assert len({c["id"] for c in book["cells"]}) == 3
    assert render(parse(GOOD)) == student


def test_notebook_is_valid_for_jupyter():
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.from_dict(notebook(parse(GOOD))))


def code(*lines: str) -> str:
    return "\n".join(["# %%", *lines, ""])


BAD = {
    "unopened": code("a = 1", END),
    "unclosed": code(BEGIN, "a = 1"),
    "closed in another cell": code(BEGIN, "a = 1") + code(END),
    "nested": code(BEGIN, "a = 1", BEGIN, "b = 1", END, END),
    "misspelt begin": code("# BEGIN SOLUTON", "a = 1", END),
    "misspelt end": code(BEGIN, "a = 1", "# END SOLUTOIN", "b = 2", END),
    "lower case": code("# begin solution", "a = 1", "# end solution"),
    "other tool's style": code("### BEGIN SOLUTION", "a = 1", "### END SOLUTION"),
    "no space": code("#BEGIN SOLUTION", "a = 1", "#END SOLUTION"),
    "underscore": code("# BEGIN_SOLUTION", "a = 1", "# END_SOLUTION"),
    "trailing blank": code(BEGIN + " ", "a = 1", END + " "),
    "trailing text": code(BEGIN + " here", "a = 1", END),
    "trailing comment": code("a = 1  " + BEGIN, "b = 1", "c = 1  " + END),
    "colon": code(BEGIN + ":", "a = 1", END + ":"),
    "plural": code("# BEGIN SOLUTIONS", "a = 1", "# END SOLUTIONS"),
    "start": code("# START SOLUTION", "a = 1", "# STOP SOLUTION"),
    "hidden tests": code("# BEGIN HIDDEN TESTS", "a = 1", "# END HIDDEN TESTS"),
    "indentation differs": code("def f():", "    " + BEGIN, "    return 1", END),
    "odd indentation": code("if True:", "  " + BEGIN, "  a = 1", "  " + END),
    "tab": code("if True:", "\t" + BEGIN, "\ta = 1", "\t" + END),
    "answer further left": code("def f():", "    " + BEGIN, "    a = 1", "b = 2", "    " + END),
    "empty": code(BEGIN, END),
    "blank only": code(BEGIN, "", END),
    "stub outside": code(STUB, "# a = 1"),
    "stub only": code(BEGIN, STUB, "# a = 1", END),
    "two stubs": code(BEGIN, "a = 1", STUB, "# a = 0", STUB, "# a = 0", END),
    "empty stub": code(BEGIN, "a = 1", STUB, END),
    "stub not commented": code(BEGIN, "a = 1", STUB, "a = 0", END),
    "stub misspelt": code(BEGIN, "a = 1", "# stub", "# a = 0", END),
    "stub is no Python": code(BEGIN, "a = 1", STUB, "# a = = 0", END),
    "marker in markdown": "# %% [markdown]\n# text\n# BEGIN SOLUTION\n# the answer\n# END SOLUTION\n",
    "bare text in markdown": "# %% [markdown]\ntext\n",
    "unknown header": "# %% [markdown] soluton\n# the answer\n",
    "unknown header word": "# %% secret\na = 1\n",
    "header not exact": "#%%\na = 1\n",
    "text before the first cell": "a = 1\n# %%\nb = 1\n",
    "no cell": "a = 1\n",
    "answer repeated outside": code("gate_m = 3.0 * sigma_m", BEGIN, "gate_m = 3.0 * sigma_m", END),
    "stub tells the answer": code(BEGIN, "gate_m = 3.0 * sigma_m", STUB, "# gate_m = 3.0 * sigma_m", END),
}


@pytest.mark.parametrize("source", BAD.values(), ids=BAD.keys())
def test_malformed_source_is_refused_with_file_and_line(source):
    with pytest.raises(SplitError, match=r"^lesson\.py:\d+: "):
        parse(source, "lesson.py")


names = st.from_regex(r"zq[a-z]{14,20}", fullmatch=True)
statements = st.lists(names.map(lambda n: f"{n} = 1"), min_size=1, max_size=4, unique=True)
indents = st.sampled_from(["", "    ", "        "])


@given(statements, statements, indents, st.booleans())
def test_no_answer_survives(answers, given_text, indent, stub):
    assume(not set(answers) & set(given_text))
    heads = ["if True:", "    if True:"][: len(indent) // 4]
    block = [indent + line for line in (BEGIN, *answers, *((STUB, "# pass") if stub else ()), END)]
    source = code(*heads, *(indent + line for line in given_text), *block)
    student = render(parse(source))
    assert not any(answer.split()[0] in student for answer in answers)
    assert all(line.split()[0] in student for line in given_text)
    assert "SOLUTION" not in student and "STUB" not in student
    solution = render(parse(source), answers=True)
    assert all(answer in solution for answer in answers)


WHOLE = code("def f():", "    " + BEGIN, "    zqsecretanswer = 1", "    " + END, "    return 2").split("\n")


@given(st.sampled_from([2, 4]), st.data())
def test_a_damaged_marker_is_refused_or_harmless(line, data):
    """One edit of a marker (a letter dropped, changed, doubled, blanks around it): never an answer in the student's text."""
    marker = WHOLE[line]
    at = data.draw(st.integers(0, len(marker) - 1))
    new = data.draw(st.sampled_from([
        marker[:at] + marker[at + 1 :], marker[:at] + "x" + marker[at + 1 :], marker[:at] + marker[at] + marker[at:],
        marker + " ", " " + marker, marker.lower(), marker.swapcase(), marker.strip(),
    ]))  # fmt: skip
    assume(new != marker)
    source = "\n".join([*WHOLE[:line], new, *WHOLE[line + 1 :]])
    with pytest.raises(SplitError):
        parse(source)


@given(st.permutations([BEGIN, END, BEGIN, END, STUB]).filter(lambda p: p[:2] != [BEGIN, END]))
def test_markers_in_any_order(order):
    """Answers between markers in any order either raise or stay hidden."""
    lines = [
        text
        for i, marker in enumerate(order)
        for text in (marker, f"# zqtext{i}" if i and order[i] == STUB else f"zqtext{i} = 1")
    ]
    try:
        student = render(parse(code(*lines)))
    except SplitError:
        return
    inside = False
    for i, marker in enumerate(order):
        inside = marker == BEGIN
        assert not (inside and f"zqtext{i}" in student)


def project(folder: Path, source: str) -> Path:
    (folder / "solutions").mkdir()
    (folder / "solutions" / "09_x.py").write_text(source, encoding="utf-8")
    return folder


def test_command(tmp_path, capsys):
    root = project(tmp_path, GOOD)
    arguments = ["--root", str(root)]
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0
    made = root / "lessons" / "09_x.ipynb"
    first = made.read_bytes()
    assert main([*arguments, "--check"]) == 0
    made.write_bytes(first + b"\n")
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0 and made.read_bytes() == first
    (root / "lessons" / "old.ipynb").write_text("{}")
    assert main([*arguments, "--check"]) == 1
    assert "no solution" in capsys.readouterr().err
    assert main(arguments) == 0 and not (root / "lessons" / "old.ipynb").exists()


def test_command_refuses(tmp_path, capsys):
    assert main(["--root", str(tmp_path)]) == 2
    assert main(["--root", str(project(tmp_path, BAD["unclosed"]))]) == 2
    assert "09_x.py:2: " in capsys.readouterr().err
    assert not (tmp_path / "lessons").exists()


def test_an_edit_changes_few_lines():
    before = render(parse(GOOD)).split("\n")
    after = render(parse(GOOD.replace("# text", "# other text"))).split("\n")
    assert len(before) == len(after) and sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_what_the_check_of_claims_is_told_is_nothing_for_students():
    text = (
        "# %% [markdown]\n# It gets 5 m/s more. <!-- no claim: 5 m/s -->\n# So it does.\n# <!-- no claim: 7 km; 8 s -->\n#\n# End.\n"
        "\n# %%\nlimit = 140.0  # m  # no claim: 140\n# no claim: 5 s\nprint(limit)\n"
    )
    cells = parse(text)
    assert [cell.student for cell in cells] == ["It gets 5 m/s more.\nSo it does.\n\nEnd.", "limit = 140.0  # m\nprint(limit)"]
    assert all("no claim" in cell.solution for cell in cells)
    answer = f"# %%\n{BEGIN}\nanswer = 42.0 + 99.0  # no claim: 99\n{END}\n\n# %%\nanswer = 42.0 + 99.0  # no claim: 42\n"
    with pytest.raises(SplitError, match="also stands outside"):
        parse(answer)


def test_no_lesson_speaks_to_the_check_of_claims():
    for lesson in (Path(__file__).parents[2] / "lessons").glob("*.ipynb"):
        assert "no claim:" not in lesson.read_text("utf-8"), lesson
