"""Every lesson runs from top to bottom without a network, solved for full points and untouched for none."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lunarlab.grading.checks import exercises
from lunarlab.grading.split import parse, render

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*.py"))
OFFLINE = """
import socket
def refuse(*_, **__):
    raise OSError("a lesson must not use the network")
socket.getaddrinfo = socket.create_connection = socket.gethostbyname = refuse
socket.socket.connect = socket.socket.connect_ex = refuse
"""
SCORE = """
import json, lunarlab
from lunarlab.grading.checks import _latest
import time
checks = {id: [r.points, r.out_of, r.message] for id, r in _latest.items()}
print(json.dumps({"cpu_s": time.process_time(), "checks": checks}))
"""
CPU_SECONDS = 60


@pytest.fixture(scope="module", params=[(p, a) for p in SOLUTIONS for a in (True, False)],
                ids=lambda x: f"{x[0].stem[:2]}-{'solved' if x[1] else 'untouched'}")  # fmt: skip
def ran(request, tmp_path_factory):
    """(lesson number, solved?, executed notebook, what the checks said)."""
    path, answers = request.param
    book = nbformat.reads(render(parse(path.read_text("utf-8")), answers=answers), as_version=4)
    book.cells.insert(0, nbformat.v4.new_code_cell(OFFLINE))
    book.cells.append(nbformat.v4.new_code_cell(SCORE))
    client = NotebookClient(book, timeout=900, kernel_name="python3",  # on a busy machine; `test_time` holds what it costs
                            resources={"metadata": {"path": str(tmp_path_factory.mktemp("lesson"))}})  # fmt: skip
    client.execute()  # raises at the first cell that does
    return path.stem[:2], answers, book, json.loads(book.cells[-1].outputs[0]["text"])


def test_points(ran):
    number, solved, _, said = ran
    said = said["checks"]
    assert list(said) == list(exercises(number))
    for points, out_of, message in said.values():
        assert points == (out_of if solved else 0), message
        if not solved:
            assert "Not answered yet" in message, message


def test_nothing_ends_up_on_stderr(ran):
    _, _, book, _ = ran
    for cell in book.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output.get("text")


def test_everything_shown_has_a_text_form(ran):
    """Widgets and figures carry a text beside them, for a printed page and for a screen reader."""
    _, _, book, _ = ran
    shown = 0
    for cell in book.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "application/vnd.jupyter.widget-view+json" in data or "image/png" in data or "text/html" in data:
                shown += 1
                text = "".join(data.get("text/plain", ""))
                assert len(text) > 40, (cell.source[:80], text)
                assert not text.startswith(("<", "VBox(", "HBox(")), text[:80]
    assert shown >= 10


def test_time(ran):
    """CPU time of the kernel: what a busy machine does beside it does not count."""
    assert ran[3]["cpu_s"] < CPU_SECONDS
