"""The page about a class: nobody is named, and no arithmetic finds a group of one or two."""

from __future__ import annotations

import re

import fake
import pytest

from lunarlab.grading.batch.score import Criterion
from lunarlab.grading.course import classreport
from lunarlab.grading.course.marks import Mark, Part

ITEMS = {item.id: item for item in fake.EXERCISES}


def mark(name, *rows, faults=(), state="graded"):
    """A student with rows (requirement, met, hint) of one point each."""
    found = tuple(
        Criterion("90.double", i, what, 1000 * met, 1000, int(met), "", "", "" if met else hint)
        for i, (what, met, hint) in enumerate(rows)
    )  # fmt: skip
    parts = (Part("90.double", sum(row.milli for row in found), 1000 * len(found), found),) if found else ()
    return Mark(f"s-{name}", "x", state, 1, 1, "", parts=parts, faults=faults)


def page_of(*students):
    return classreport.class_report(dict(enumerate(students)), ITEMS, title="t").partition("</style>")[2]


def a_class(size, missing, refused=0):
    """Some of it get nothing, out of one misconception, and their answers were stopped; of some nothing could be read."""
    bad = [mark(i, ("double", False, "Add it to itself."), faults=("memory: x",)) for i in range(missing)]
    return page_of(
        *bad, *(mark(f"g{i}", ("double", True, "")) for i in range(size - missing)),
        *(mark(f"r{i}", state="invalid") for i in range(refused)),
    )  # fmt: skip


@pytest.mark.parametrize("size", [10, 13, 20, 30, 33, 47, 80, 101, 300])
def test_one_and_two_students_look_the_same(size):
    """Whoever knows the class's size can't tell one from another number, for those who failed and for those who did not."""
    pages = [a_class(size, missing) for missing in range(size + 1)]
    for few in (1, 2, size - 2, size - 1):
        assert any(pages[few] == other for number, other in enumerate(pages) if number != few), few
    assert pages[1] == pages[2] and pages[size - 1] == pages[size - 2]


def test_a_few_who_could_not_be_read_leave_no_trace():
    assert a_class(30, 0, 0) == a_class(30, 0, 1) == a_class(30, 0, 2) != a_class(30, 0, 5)


def test_what_is_drawn_is_what_is_told():
    text = a_class(30, 2)
    told = re.findall(r'<rect width="([\d.]+)" height="10" fill="#2b6cb0"/>.*?class="amount">(.*?)<', text, re.DOTALL)
    assert len(told) == 10 + 2 and {width for width, said in told if said == "0 to 2"} == {"0.0"}
    assert ("100.0", "about 30") in told and ("100.0", "about 100 %") in told
    assert "memory" not in text and "Add it" not in text and "Nothing that happened to 3" in text
    assert "<span>15</span><span>30 students</span>" in text, "bars have a scale"


def test_numbers_are_rounded():
    assert [classreport.rounded(count) for count in (0, 2, 3, 7, 8, 12, 13)] == [0, 0, 5, 5, 10, 10, 15]
    text = a_class(33, 4, 9)
    assert "Of about 40 students who have handed in, about 35 are graded, about 10 could not be read and 0 to 2 wait" in text
    assert not {"33", "42", "29"} & set(re.findall(r"\d+", text))


def test_a_crowd_of_small_bins_is_told_in_wider_ones():
    even = [i / 20 + 0.01 for i in range(20)]
    assert [count for _, count in classreport.spread(even)] == [5] * 5, "two in each of ten would be told by their sum"
    assert len(classreport.spread([*even[:3], *[0.95] * 20])) == 10


def test_a_small_class_is_told_that_it_is_small():
    best = [mark(i, ("double", True, "")) for i in range(9)]
    text = page_of(*best)
    assert "Fewer than 10 hand-ins are graded" in text and "<h2>" not in text and "9" not in text
    assert "<h2>Points</h2>" in page_of(*best, mark("x", ("double", True, "")))
    assert "says nothing" in classreport.about(dict(enumerate(best)))


def test_misconceptions_are_counted_together_and_few_are_not_told():
    class_ = [mark(i, (f"double({i})", False, "Add it to itself.")) for i in range(8)]
    class_ += [mark(i, (f"double({i})", False, "You squared it.")) for i in range(8, 11)]
    class_ += [mark(i, (f"double({i})", False, "Only mine.")) for i in range(11, 13)]
    rows = classreport.missed(class_)
    assert [(row.hint, row.count) for row in rows] == [("Add it to itself.", 10), ("You squared it.", 5)]
    text = page_of(*class_)
    assert "Only mine" not in text and "double(…)" in text


def test_a_student_is_counted_once_who_missed_several_cases():
    one = mark(1, *[(f"double({x})", False, "Add it to itself.") for x in (1.5, 2.5, 3.5)])
    assert classreport.missed([one]) == [], "three cases of one student are not three students"


def test_a_requirement_without_a_hint_says_why():
    rows = classreport.missed([mark(i, ("an answer that can be judged", False, "")) for i in range(5)])
    assert "no answer" in rows[0].why
    assert classreport.missed([mark(i, ("x", False, "")) for i in range(5)])[0].why == "No hint was given."
