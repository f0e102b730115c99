"""Is an assignment equally hard for everybody (figure P-11)? Every right and wrong answer of the tests, in many students' names.

    python -m benchmarks.fairness                          all lessons, 10 students
    python -m benchmarks.fairness 09 12 --students 100     some of them, more students
    python -m benchmarks.fairness --right --students 500   only right answers

A right answer must get every point in every name, a wrong one must lose some, and get about as many in each. Whether the lessons' own
solutions do is proven by `lunarlab release` itself, for the class that it is for.
"""

# ruff: noqa: E501 - lines of a report
from __future__ import annotations

import argparse
import multiprocessing
import os
import runpy
import warnings
from collections import defaultdict
from pathlib import Path

from tqdm import tqdm

from lunarlab.grading import checks
from lunarlab.grading.exam import Exam, sitting

FOLDER = Path(__file__).parents[1] / "tests" / "answers"
LESSONS = sorted(file.stem.removeprefix("lesson") for file in FOLDER.glob("lesson*.py"))
Row = tuple[str, str, int, int]
"""(exercise, RIGHT or WRONG, number of the answer, points)."""


def sit(task: tuple[str, int, tuple[str, ...]]) -> list[Row]:
    """Points of every answer to a lesson, in one student's name."""
    lesson, student, kinds = task
    warnings.simplefilter("ignore")  # wrong answers divide by zero
    exam = Exam(b"only for benchmarks, never for marks", "moon", "fairness", "1", f"s-{student}")
    rows = []
    with sitting(exam):
        try:
            space = runpy.run_path(str(FOLDER / f"lesson{lesson}.py"))
        except Exception as error:  # answers that are searched for with these numbers: the search is the tests', and may fail
            return [(f"{lesson}: not tried as student {student}, {type(error).__name__}", "", 0, 0)]
        for kind in kinds:
            for id, answers in space[kind].items():
                item = checks.find(id)
                for number, answer in enumerate(answers):
                    answer = answer if kind == "RIGHT" else answer[0]
                    rows.append((id, kind, number, checks.judge(item, answer if len(item.answers) > 1 else (answer,)).points))
    return rows


def report(rows: list[Row], students: int) -> None:
    """One line for each lesson, and one for each answer that was not treated alike."""
    points = defaultdict(list)
    for id, kind, number, got in rows:
        if kind:
            points[id, kind, number].append(got)
        else:
            print(f"     lesson {id}")
    for lesson in sorted({id[:2] for id, *_ in points}):
        whole = sum(item.points for item in checks.exercises(lesson).values())
        lost, passed, uneven, widest = [], [], 0, 0.0
        mine = {key: got for key, got in points.items() if key[0].startswith(lesson)}
        for (id, kind, number), got in mine.items():
            out_of = checks.find(id).points
            if kind == "RIGHT" and min(got) < out_of:
                lost.append(f"     {id}, right answer {number}: loses points in {sum(x < out_of for x in got)} names")
            elif kind == "WRONG":
                spread = 100.0 * (max(got) - min(got)) / whole
                uneven, widest = uneven + (spread > 2.0), max(widest, spread)
                if max(got) == out_of:
                    passed.append(f"     {id}, wrong answer {number}: gets every point in {sum(x == out_of for x in got)} names")
        right = sum(kind == "RIGHT" for _, kind, _ in mine)
        wrong = f"; {len(mine) - right} wrong: {len(passed)} ever get every point, points differ by more than 2 in 100 in {uneven}, by {widest:.0f} at most" * (len(mine) > right)
        print(f"P-11 lesson {lesson}, {students} students: {right} right answers, {len(lost)} ever lose points{wrong}")
        print("\n".join([*lost, *passed]), end="\n" * bool(lost or passed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", default=LESSONS, help="such as 09 12; default: all")
    parser.add_argument("--students", type=int, default=10)
    parser.add_argument("--right", action="store_true", help="only right answers")
    options = parser.parse_args()
    kinds = ("RIGHT",) if options.right else ("RIGHT", "WRONG")
    tasks = [(lesson, student, kinds) for lesson in options.lessons for student in range(options.students)]
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        found = pool.imap_unordered(sit, tasks)
        report([row for rows in tqdm(found, "sitting", len(tasks)) for row in rows], options.students)


if __name__ == "__main__":
    main()
