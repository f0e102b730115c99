"""Mystery telemetry: every fault leaves its mark, a plain procedure finds most of them, and nobody is told for nothing."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest

from lunarlab.cases import mystery as m
from lunarlab.descent.faults import KINDS
from lunarlab.descent.flight import fly
from lunarlab.errors import LunarlabError
from tests.cases.diagnosis import diagnose, rough

FLOWN = ("nominal-mare", "odysseus-im-1", "apollo-11")
Row = tuple[tuple[str, str], dict[str, np.ndarray], float, str]


@pytest.fixture(scope="module")
def clean() -> dict[str, dict[str, np.ndarray]]:
    """A flight of each lander with nothing broken."""
    return {name: m.telemetry(m.plain(name), 100) for name in FLOWN}


@pytest.fixture(scope="module")
def broken(clean) -> dict[int, Row]:
    """Every fault that is offered once, on one lander after the other; the same noise as in the clean flights."""
    rows: dict[int, Row] = {}
    for i, what in enumerate(m.OFFERED):
        name = FLOWN[i % len(FLOWN)]
        scene = m.plain(name)
        assert m.can_break(scene, what[0])
        if what == m.NOTHING:
            rows[i] = what, clean[name], np.nan, name
            continue
        scene = dataclasses.replace(scene, faults=(m.fault_of(scene, *what, np.random.default_rng(i)),))
        rows[i] = what, m.telemetry(scene, 100), fly(scene, seed=100, record=False).event("fault").t_s, name
    return rows


@pytest.fixture
def sold(broken: dict[int, Row], monkeypatch: pytest.MonkeyPatch) -> dict[int, Row]:
    """Mysteries 0 to 21 are the flights above."""
    monkeypatch.setattr(m, "_sold", lambda seed: broken[seed][1])
    return broken


def test_each_fault_that_is_offered_shows_in_the_telemetry(broken: dict[int, Row], clean) -> None:
    for what, seen, onset, name in broken.values():
        if what == m.NOTHING:
            continue
        before = clean[name]
        same = min(seen["t"].size, before["t"].size)
        early, late = seen["t"][:same] < onset - 0.01, seen["t"][:same] > onset
        marks = []
        for channel in m.CHANNELS:
            a, b = before[channel][:same], seen[channel][:same]
            np.testing.assert_array_equal(a[early], b[early], f"{what}: {channel} before its onset")
            differs = np.isnan(a) != np.isnan(b)
            noise = np.median(rough(a[np.isfinite(a)])) if np.isfinite(a).sum() > 50 else 1.0
            differs |= np.nan_to_num(np.abs(a - b)) > 6.0 * noise + 1e-6
            marks.append(np.mean(differs[late]))
        assert max(marks) > 0.1, what


def test_a_plain_procedure_finds_most_of_them(sold: dict[int, Row]) -> None:
    """Chance: one part in five, one fault in twenty-two."""
    parts = kinds = onsets = 0
    for seed, (what, _, onset, _) in sold.items():
        flight = m.mystery(seed)
        part, kind, began = diagnose(flight)
        assert flight.spent <= flight.budget
        parts += part == what[0]
        kinds += (part, kind) == what
        onsets += abs(began - onset) < 10.0
    assert kinds >= 14, kinds
    assert parts >= 17, parts
    assert onsets >= 12, onsets


def test_everything_offered_is_drawn_and_a_seed_stays_what_it_is() -> None:
    assert set(m.OFFERED) - {m.NOTHING} <= set(KINDS)
    draws = [m._draw(seed) for seed in range(400)]
    assert {what for _, what in draws} == set(m.OFFERED)
    assert m._draw(7) == draws[7]
    for scene, what in draws[:60]:
        assert scene.name == "mystery"
        assert [(row.target, row.kind) for row in scene.faults] == ([] if what == m.NOTHING else [what])


def test_what_a_student_holds_tells_nothing(sold: dict[int, Row]) -> None:
    flight = m.mystery(4)
    flight.buy("range", *flight.clock)
    held = repr(vars(flight)) + repr(flight) + repr(pickle.dumps(flight))
    assert set(vars(flight)) == {"seed", "budget", "receipts", "score"}
    assert not any(word in held for word in ("bias", "absent", "frozen", "delay", "nominal", "apollo", "odysseus", "Fault", "Scenario"))
    values = flight.buy("range", *flight.clock)[1]
    values[:] = 0.0  # what was sold is a copy
    assert np.nanmax(flight.buy("range", *flight.clock)[1]) > 100.0


def test_requests_are_counted(sold: dict[int, Row]) -> None:
    flight = m.mystery(2, budget=5)
    first, last = flight.clock
    assert flight.price("range", first, first + 200.0) == 1
    t, values = flight.buy("range", first, first + 200.0)
    assert t[0] >= first and t[-1] <= first + 200.0 and t.size == values.size
    assert flight.left == 4
    flight.buy("range", first + 20.0, first + 100.0)  # inside what was bought
    assert flight.left == 4
    flight.buy("thrust", last - 350.0, last)
    assert (flight.spent, flight.left) == (3, 2)
    with pytest.raises(LunarlabError, match=r"costs \d+ requests; 2 of 5 are left"):
        flight.buy("pitch")
    assert flight.left == 2
    for call, words in (
        (lambda: flight.buy("truth"), "channel is 'truth'; allowed are range"), (lambda: flight.buy("range", last, first), "telemetry runs"),
        (lambda: flight.buy("range", "now", last), "start_s"), (lambda: flight.answer("wings", "lost"), "allowed are nothing broken"),
        (lambda: m.mystery(-1), "seed is -1"), (lambda: m.mystery(1, budget=0), "budget is 0"), (lambda: m.mystery(True), "seed is True"),
    ):  # fmt: skip
        with pytest.raises(LunarlabError, match=words):
            call()


def test_an_answer_is_scored_once(sold: dict[int, Row], monkeypatch: pytest.MonkeyPatch) -> None:
    def score(seed: int, part: str, kind: str, onset_s: Any = None, spend: int = 0) -> m.Score:
        what, _, onset, name = sold[seed]
        monkeypatch.setattr(m, "_draw", lambda seed: (dataclasses.replace(m.plain(name), faults=(m.fault_of(
            m.plain(name), *what, np.random.default_rng(seed)),) if what != m.NOTHING else ()), what))  # fmt: skip
        monkeypatch.setattr(m, "_onset", lambda seed: onset)
        flight = m.mystery(seed, budget=10)
        for i in range(spend):
            flight.buy(list(m.CHANNELS)[i], flight.clock[1] - 100.0, flight.clock[1])
        result = flight.answer(part, kind, onset_s)
        with pytest.raises(LunarlabError, match="answered already"):
            flight.answer(part, kind)
        return result

    what, _, onset, _ = sold[1]
    assert score(1, *what, onset).points == 100.0
    assert score(1, *what, onset, spend=10).points == 50.0
    assert score(1, *what, onset, spend=4).points == pytest.approx(80.0)
    assert score(1, *what).points == 80.0
    assert score(1, *what, onset + 32.5).points == pytest.approx(90.0)
    assert score(1, what[0], "frozen", onset).points == 60.0
    wrong = score(1, "imu", "bias", onset)
    assert (wrong.points, wrong.part_right, wrong.kind_right) == (0.0, False, False)
    assert wrong.truth.startswith(f"{what[0]} {what[1]} of") and f"from {onset:.1f} s on" in wrong.truth
    assert score(0, *m.NOTHING).points == 100.0
    assert score(0, *m.NOTHING).truth == "nothing was broken"
    assert score(0, "imu", "bias", 3000.0).points == 0.0


def test_a_real_one_from_its_seed() -> None:
    flight = m.mystery(3)
    what, onset = m._draw(3)[1], m._onset(3)
    result = flight.answer(*what, None if what == m.NOTHING else onset)
    assert result.points == 100.0 and result.spent == 0
