"""The gallery page: one picture and one sentence a mission, from its flight, in a file that needs nothing else."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lunarlab as ll
from lunarlab import cli
from lunarlab.errors import LunarlabError
from lunarlab.plots import gallery as g
from lunarlab.plots import scene as s
from lunarlab.plots.vector import svg, ticks

NAMES = ("hakuto-r-m1", "slim", "luna-25", "peregrine", "nominal-mare", "apex-1.0")


@pytest.fixture(scope="module")
def hung(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[g.Card]]:
    file, cards = g.gallery(tmp_path_factory.mktemp("gallery") / "new" / "folder", NAMES)
    return file.read_text(encoding="utf-8"), cards


class Reader(HTMLParser):
    """Every tag with its attributes; what is still open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: Any) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else(hung: tuple[str, list[g.Card]]) -> None:
    text, cards = hung
    page = Reader(text)
    assert page.open == []
    for tag, attributes in page.tags:
        assert tag not in ("script", "img", "iframe", "object", "embed", "use", "image")
        assert "src" not in attributes and "style" not in attributes
        assert attributes.get("href", "#").startswith(("#", "data:,"))
    assert "url(" not in text and "@import" not in text
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"][1:] for tag, attributes in page.tags if tag == "a"]
    assert links == [card.case.name for card in cards] == list(NAMES)
    assert set(links) <= set(ids)
    assert "prefers-color-scheme: dark" in text and ":focus-visible" in text
    assert ("html", {"lang": "en"}) in page.tags


def test_each_picture_says_what_its_flight_did(hung: tuple[str, list[g.Card]]) -> None:
    text, cards = hung
    labels = [attributes["aria-label"] for tag, attributes in Reader(text).tags if tag == "svg" and attributes.get("role") == "img"]
    assert sorted(labels) == sorted(card.alt for card in cards)
    for card in cards:
        assert card.sentence in card.alt
        assert card.sentence.endswith(".") and card.sentence[0].isupper()
    by_name = {card.case.name: card for card in cards}
    flight = ll.case("hakuto-r-m1").fly(seed=0)
    zero = flight.event("estimate_zero")
    assert f"{(zero.altitude_m - zero.est_height_m) / 1e3:.2f} km up" in by_name["hakuto-r-m1"].sentence
    assert f"{flight.touchdown.vertical_mps:.1f} m/s down" in by_name["hakuto-r-m1"].sentence
    assert "127.0 s" in by_name["luna-25"].sentence
    assert "It lands at" in by_name["nominal-mare"].sentence
    assert by_name["slim"].view.y.high == pytest.approx(0.15, rel=0.1)  # three times the 50 m at which the engine was lost


def test_another_seed_says_other_numbers() -> None:
    assert g.card("nominal-mare", seed=1).sentence != g.card("nominal-mare", seed=2).sentence


def test_what_is_written_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "<b>x</b>"\nmission = "a & b"\ndate = "2025-01-01"\noutcome = "\\"o\\""\nkind = "nominal"\nsummary = "s"\nplanned_touchdown_s = 3780\n')
    page = g.page([g.card(ll.case(str(path)))])
    assert "&lt;b&gt;x&lt;/b&gt;" in page and "a &amp; b" in page and "<b>" not in page


def test_svg_draws_where_the_numbers_are() -> None:
    line = s.Line(np.array([0.0, 1.0, np.nan, 2.0]), np.array([0.0, 1.0, 1.0, 0.5]), "blue", "way")
    view = s.View("t", s.Axis("x", 0.0, 2.0), s.Axis("y", 0.0, 1.0), (line, s.Dots(np.array([1.0]), np.array([0.5]), "ink", "ring", texts=("<here>",))))
    drawn = svg(view, 'a "quoted" picture')
    path = re.search(r'class="line blue" d="(M[^"]*)"', drawn).group(1)
    assert path.count("M") == 2 and path.count("L") == 1
    first, second = re.findall(r"[ML]([\d.]+) ([\d.]+)", path)[:2]
    assert float(second[0]) == pytest.approx(0.5 * (58 + 548), abs=0.1)  # x = 1 of 0 to 2 is the middle
    assert float(first[1]) - float(second[1]) == pytest.approx(300 - 34 - 44, abs=0.1)
    assert "&lt;here&gt;" in drawn and 'aria-label="a &quot;quoted&quot; picture"' in drawn


@pytest.mark.parametrize(("low", "high", "most"), [(0.0, 1.0, 5), (-3.0, 27.5, 6), (3459.0, 3937.0, 6), (1e-4, 2e-4, 5), (100.0, 0.0, 5)])
def test_ticks_are_round_and_inside(low: float, high: float, most: int) -> None:
    values = ticks(low, high, most)
    assert 2 <= len(values) <= most + 1
    assert all(min(low, high) - 1e-9 <= value <= max(low, high) + 1e-9 for value in values)
    step = values[1] - values[0]
    assert float(f"{step:e}".split("e")[0]) == pytest.approx(round(float(f"{step:e}".split("e")[0])), abs=1e-6)


def test_the_command_and_a_folder_that_is_none(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(g, "case_names", lambda: ["nominal-mare"])
    assert cli.main(["gallery", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["file"]).is_file()
    assert [row["name"] for row in told["cards"]] == ["nominal-mare"]
    assert set(told["cards"][0]) == {"name", "verdict", "sentence", "alt"}
    (tmp_path / "file").write_text("x")
    assert cli.main(["gallery", str(tmp_path / "file")]) == 2
    assert "nothing can be written there" in capsys.readouterr().err
    with pytest.raises(LunarlabError, match="there is no case 'x'"):
        g.gallery(tmp_path, ["x"])
    for folder, cases, words in ((tmp_path, "y", "no case 'y'"), (tmp_path, 3, "case is 3"), (None, [], "folder is None")):
        with pytest.raises(LunarlabError, match=words):
            g.gallery(folder, cases)


def test_words_of_a_time_stand_on_no_line_and_on_no_other_words():
    x = np.linspace(0.0, 10.0, 21)
    marks = (
        s.Line(x, np.full(21, 9.0)), s.Rule(1.0, "x", "planned end"), s.Rule(1.5, "x", "off by the timer"),
        s.Rule(9.0, "x", "far away"),
    )  # fmt: skip
    view = s.View("v", s.Axis("x", 0.0, 10.0), s.Axis("y", 0.0, 10.0), marks)
    text = svg(view, "words")
    level = {words: float(y) for y, words in re.findall(r'y="([\d.]+)" text-anchor="(?:start|end)">([a-z ]+)<', text)}
    line = float(re.findall(r'class="line blue" d="M[\d.]+ ([\d.]+)', text)[0])
    assert all(not y - 12.0 < line < y + 3.0 for y in level.values()), (line, level)
    assert abs(level["planned end"] - level["off by the timer"]) >= 14.0
    assert level["far away"] == min(level.values())
