"""A grader with the fake session, as a process of its own: ``python drive.py FOLDER '{"workers": 2}'``. Prints its outcome.

FOLDER holds ``in/`` with hand-ins, and gets ``grades.sqlite`` and ``executed``: a line for each hand-in that was opened.
"""

# ruff: noqa: T201
from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import sys
import time
from pathlib import Path

import fake

from lunarlab.grading.batch import engine
from lunarlab.grading.batch.store import GradebookError


def opener(folder, delay_s):
    @contextlib.contextmanager
    def opened(cells, numbers, slot):
        text = "\n".join(cell.text for cell in cells)
        with (folder / "executed").open("a") as stream:
            stream.write(f"{os.getpid()} {slot} {sorted(os.sched_getaffinity(0))}\n")
        if "KILL THE GRADER" in text:
            os.kill(os.getpid(), 9)
        if "HANG" in text:
            time.sleep(1000)
        session = fake.FakeSession(cells, numbers, slot, delay_s)
        if "INFRASTRUCTURE" in text:
            session.faults.append(fake.Fault("infrastructure", "no sandbox to be had"))
        if "ONCE" in text:
            once = folder / "once"
            if not once.exists():
                once.touch()
                session.faults.append(fake.Fault("infrastructure", "this time"))
        yield session

    return opened


def main():
    folder, options = Path(sys.argv[1]), json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    work = dataclasses.replace(fake.WORK, checks=options.get("checks", "1"))
    plan = engine.Plan(
        work, fake.KEY, options.get("place", folder / "grades.sqlite"),
        lambda: engine.Fence(opener(folder, options.get("delay_s", 0.0)), "fake"), workers=options.get("workers", 2),
        roster=options.get("roster"), stuck_s=options.get("stuck_s", 60.0),
    )  # fmt: skip
    try:
        outcome = engine.run(plan, None if options.get("nothing_new") else folder / "in")
    except GradebookError as error:
        print(json.dumps({"trouble": str(error)}))
        return engine.EXIT_GRADEBOOK
    print(json.dumps(dataclasses.asdict(outcome)))
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main())
