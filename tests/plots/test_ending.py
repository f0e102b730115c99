"""The figure of the end of a descent: what it says is what the flight was."""

from __future__ import annotations

import pytest

import lunarlab as ll
from lunarlab import plots
from lunarlab.errors import LunarlabError


@pytest.mark.parametrize(
    ("name", "panels", "words"),
    [
        ("surveyor-3", 2, ["inertial mode", "top of a hop, 9.", "engines off", "LANDED"]),
        ("schiaparelli", 3, ["174 deg of attitude", "engines start at an estimated", "CRASHED"]),
        ("mars-polar-lander", 2, ["the latch is set already", "17.28 m/s down"]),
        ("nominal-mare", 2, ["LANDED"]),
    ],
)
def test_it_shows_and_says_how_a_descent_ended(name: str, panels: int, words: list[str]) -> None:
    flight = ll.case(name).fly(seed=0)
    figure = plots.ending(flight)
    assert len(figure.axes) == panels
    told = plots.describe(figure)
    for word in words:
        assert word in told
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for ax in figure.axes:
        for text in [ax.xaxis.label, ax.yaxis.label, ax.title, *ax.texts]:
            box = text.get_window_extent()
            assert not text.get_text() or (box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1)
    truth = next(line for line in figure.axes[0].get_lines() if line.get_label() == "truth").get_ydata()
    scale = 1e3 if name == "schiaparelli" else 1.0
    assert truth[-1] == pytest.approx(flight.si["true_altitude"][-1] / scale)
    assert truth[-1] == pytest.approx(0.0, abs=1e-6)


def test_a_flight_without_histories_is_refused() -> None:
    with pytest.raises(LunarlabError, match="no histories to show"):
        plots.ending(ll.case("mars-polar-lander").fly(seed=0, record=False))
