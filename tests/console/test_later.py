"""What comes late in a picture: in a thread, the newest request wins, and nothing of it is lost or doubled."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lunarlab.console.controls import Panel, Slide
from lunarlab.console.explorer import Explorer
from lunarlab.console.later import Late, Later
from lunarlab.console.stillscene import StillScene, draw
from lunarlab.errors import LunarlabError
from lunarlab.plots import scene as s


def stages(request: Any) -> Iterator[str]:
    if request == "wrong":
        raise LunarlabError("nothing can be known of it")
    if request == "bug":
        raise ZeroDivisionError("a bug")
    yield f"{request}, roughly"
    yield f"{request}, exactly"


def test_without_an_event_loop_it_is_done_at_once() -> None:
    later = Later(stages, lambda: None)
    assert later.ask("a") == Late("a, exactly", "", True, True)
    assert later.last.value == "a, exactly"
    assert later.ask("a").done


def test_errors_are_words() -> None:
    later = Later(stages, lambda: None)
    assert later.ask("wrong") == Late(None, "nothing can be known of it", True, True)
    assert later.ask("bug").error == "lunarlab failed (ZeroDivisionError: a bug)"
    assert later.ask("b").value == "b, exactly"


def test_the_newest_request_wins_and_the_old_result_stays_meanwhile() -> None:
    gate, began, seen = threading.Event(), [], []

    def slow(request: int) -> Iterator[str]:
        began.append(request)
        yield f"{request} roughly"
        assert gate.wait(10.0)
        yield f"{request} exactly"

    async def drag() -> Later:
        later = Later(slow, lambda: seen.append(later.last))
        assert later.ask(0) == Late()
        while later.last.value is None:
            await asyncio.sleep(0.002)
        assert later.last == Late("0 roughly", "", True, False)
        for request in range(1, 30):
            late = later.ask(request)
            assert not late.fresh
            assert late.value == "0 roughly"
        gate.set()
        while not later.last.done:
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.01)
        return later

    later = asyncio.run(drag())
    assert later.last == Late("29 exactly", "", True, True)
    assert began == [0, 29]  # what lay between was never begun
    assert [late.value for late in seen if late.fresh][-1] == "29 exactly"
    assert all(late.value.startswith(("0", "29")) for late in seen)


def test_waiting_for_a_thread_that_is_at_it() -> None:
    def slow(request: int) -> Iterator[int]:
        time.sleep(0.05)
        yield 2 * request

    async def go() -> Late:
        later = Later(slow, lambda: None)
        later.ask(4)
        later.wait()  # the loop does not turn here, as in a cell of a notebook
        return later.ask(4)

    assert asyncio.run(go()) == Late(8, "", True, True)


# -- in an explorer ----------------------------------------------------------------------------------------------------
def compute(*, size: float, late: Late | None = None) -> s.Scene:
    known = late or Late()
    x = np.linspace(0.0, size, 3)
    view = s.View("Toy", s.Axis("m", 0.0, 10.0), s.Axis("m", 0.0, 10.0), (s.Line(x, x),))
    words = f"size {size:g}, twice that {known.value}, {'done' if known.done else 'pending'} {known.error}"
    return s.Scene("Toy", ((view,),), words, facts={"twice": -1.0 if known.value is None else known.value})


def double(*, size: float) -> Iterator[float]:
    if size > 8.0:
        raise LunarlabError(f"size is {size:g}; nothing is twice that")
    yield 2.0 * size


PANEL = Panel("toy", compute, (Slide("size", "Size", 3.0, 1.0, 10.0, 0.5),), later=double, report=("Shout", lambda name, size: f"{name}: {size:g}!"))


def test_a_slow_part_reaches_the_picture() -> None:
    toy = Explorer(PANEL.compute, PANEL.controls, later=PANEL.later)
    assert toy.facts == {"twice": 6.0}
    toy.controls["size"].value = 5.0
    assert toy.facts == {"twice": 10.0}
    toy.controls["size"].value = 9.0
    assert "nothing is twice that" in toy._canvas.words["description"]
    assert toy.error == ""  # the picture itself is right
    assert "rows" in toy._canvas.words


def test_in_a_kernel_the_picture_comes_first_and_facts_wait_for_the_rest() -> None:
    async def go() -> tuple[str, str, dict[str, float], str]:
        toy = Explorer(PANEL.compute, PANEL.controls, later=PANEL.later)
        first = toy._canvas.words["description"]
        while "done" not in toy._canvas.words["description"]:
            await asyncio.sleep(0.002)
        second = toy._canvas.words["description"]
        toy.controls["size"].value = 4.0
        return first, second, toy.facts, toy._canvas.words["description"]

    first, second, facts, last = asyncio.run(go())
    assert "None, pending" in first
    assert second == "size 3, twice that 6.0, done "
    assert facts == {"twice": 8.0}
    assert last == "size 4, twice that 8.0, done "


def test_facts_wait_also_when_the_rest_is_done_before_it_is_drawn() -> None:
    """The slow part may end between a redraw and the question for its numbers."""

    async def go() -> dict[str, float]:
        toy = Explorer(PANEL.compute, PANEL.controls, later=PANEL.later)
        assert toy.facts == {"twice": 6.0}
        toy.controls["size"].value = 4.0
        toy._coalescer.flush()
        toy._later.wait()
        return toy.facts

    assert asyncio.run(go()) == {"twice": 8.0}


def test_a_still_picture_has_all_of_it() -> None:
    assert draw(PANEL, {"size": 2.0}).facts == {"twice": 4.0}
    assert isinstance(StillScene(draw(PANEL, {"size": 2.0})).figure.description, str)

    async def inside() -> dict[str, float]:
        return dict(draw(PANEL, {"size": 2.5}).facts)

    assert asyncio.run(inside()) == {"twice": 5.0}


def test_a_report_is_a_text_at_the_push_of_a_button() -> None:
    toy = Explorer(PANEL.compute, PANEL.controls, later=PANEL.later, report=PANEL.report)
    report = toy._report
    assert report is not None
    assert report.text.layout.display == "none"
    report.button.click()
    assert report.wait() == "anonymous: 3!"
    report.name.value = " Ada "
    toy.controls["size"].value = 7.0
    report.button.click()
    assert report.wait() == "Ada: 7!"
    assert not report.text.layout.display
    assert toy.children[-1] is report


@pytest.mark.parametrize("value", [0, 1])
def test_nothing_is_asked_twice(value: int) -> None:
    calls = []

    def work(request: int) -> Iterator[int]:
        calls.append(request)
        yield request

    later = Later(work, lambda: None)
    for _ in range(3):
        later.ask(value)
    assert calls == [value]
