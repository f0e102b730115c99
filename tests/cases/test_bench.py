"""The counterfactual bench: what is published of the missions' cures comes out of it, and what it counts is flown."""

from __future__ import annotations

import dataclasses
import json

import pytest

import lunarlab as ll
from lunarlab import cli, plots
from lunarlab.cases.bench import EFFECTS, Bench, bench
from lunarlab.cases.decisions import DECISIONS, Change, Decision, decisions
from lunarlab.cases.kinds import kind
from lunarlab.errors import LunarlabError


@pytest.fixture(scope="module")
def matrix() -> Bench:
    return bench(seeds=2)


@pytest.mark.parametrize(
    ("decision", "case", "effect"),
    [
        # Mission 1, by the operator: the range was right. A gate above 3.5 km, the sensor taken back, terrain in the prediction
        # or the flat site of before would each have done; a second sensor that is rejected, too, would not.
        ("gate-wide", "hakuto-r-m1", "prevents"), ("readmit", "hakuto-r-m1", "prevents"), ("map", "hakuto-r-m1", "prevents"),
        ("flat-site", "hakuto-r-m1", "prevents"), ("second-altimeter", "hakuto-r-m1", "no effect"),
        # Resilience: the altimeter was late. Another one helps if it is not late for the same reason; a gate has nothing to do with it.
        ("second-altimeter", "resilience-m2", "no effect"), ("other-altimeter", "resilience-m2", "prevents"),
        ("gate-wide", "resilience-m2", "no effect"), ("readmit", "resilience-m2", "no effect"),
        # Odysseus: no range finder could fire; both of one make would have been locked alike.
        ("second-altimeter", "odysseus-im-1", "no effect"), ("other-altimeter", "odysseus-im-1", "prevents"),
        # Luna 25: 84 s x 1.1 is below the 103 s that graze the ground. The accelerometer reads zero, so the goal does not matter.
        ("short-timer", "luna-25", "prevents"), ("higher-perilune", "luna-25", "no effect"),
        ("four-engines", "slim", "prevents"), ("relief-valve", "peregrine", "prevents"), ("second-valve", "peregrine", "prevents"),
        # Beresheet: a computer that is back at once and an engine that lights at once, both are needed.
        ("sure-restart", "beresheet", "no effect"), ("quick-reset", "beresheet", "no effect"), ("both-restarts", "beresheet", "prevents"),
        ("third-relay", "apex-1.0-no-relay", "prevents"), ("larger-battery", "slim", "not applicable"),
        # Down or not: a latch that is cleared, or two readings; a lower arming height only makes the fall shorter. 15 ms of persistence.
        ("clear-latch", "mars-polar-lander", "prevents"), ("two-readings", "mars-polar-lander", "prevents"),
        ("arm-lower", "mars-polar-lander", "no effect"), ("height-cutoff", "mars-polar-lander", "prevents"),
        ("quick-gyro", "schiaparelli", "prevents"), ("positive-heights", "schiaparelli", "no effect"),
        ("contact-cutoff", "surveyor-3", "no effect"), ("clear-latch", "surveyor-3", "not applicable"),
        # What looks safe: a tight gate loses a healthy sensor; a crater behind the review is Mission 1 again.
        ("gate-tight", "nominal-mare", "causes"), ("crater-site", "nominal-mare", "causes"),
        ("gate-wide", "luna-25", "not applicable"), ("short-timer", "slim", "not applicable"), ("flat-site", "slim", "not applicable"),
    ],
)  # fmt: skip
def test_what_is_known_of_the_missions_comes_out(matrix: Bench, decision: str, case: str, effect: str) -> None:
    assert matrix.cell(decision, case).effect == effect


def test_every_cell_is_there_and_counts(matrix: Bench) -> None:
    assert matrix.cases == tuple(ll.case_names())
    assert len(matrix.cells) == len(DECISIONS) * len(matrix.cases)
    assert sum(len(matrix.of(effect)) for effect in EFFECTS) == len(matrix.cells)
    for cell in matrix.cells:
        assert cell.good_after - cell.good_before == cell.prevented - cell.caused
        assert 0 <= cell.good_after <= cell.n
        assert cell.reason, cell
        shown = {"prevents": cell.prevented > 0 == cell.caused, "causes": cell.caused > 0 == cell.prevented,
                 "both": cell.caused > 0 < cell.prevented}  # fmt: skip
        assert shown.get(cell.effect, cell.caused == cell.prevented == 0)
        if ll.case(cell.case).kind == "nominal":
            assert cell.good_before == cell.n
    for decision in DECISIONS:  # each is good for something: it applies somewhere
        assert any(cell.effect != "not applicable" for cell in matrix.cells if cell.decision == decision.name), decision.name
    assert matrix.of("causes") and matrix.of("prevents")


def test_a_cell_is_what_flying_by_hand_gives(matrix: Bench) -> None:
    changed = ll.case("hakuto-r-m1", {"navigation.policy": "gate_readmit"})
    by_hand = [ll.fly(changed, seed=seed) for seed in (0, 1)]
    assert matrix.cell("readmit", "hakuto-r-m1").good_after == sum(flight.landed for flight in by_hand)
    burn = ll.case("luna-25", {"burn.timer_s": 1.1 * 84.0}).fly()
    cell = matrix.cell("short-timer", "luna-25")
    assert (cell.n, cell.good_after) == (1, int(kind("burn").good(burn)))
    assert burn.reasons[0].split(" s;")[0] in cell.reason


def test_a_failure_of_two_seeds_and_one_of_none_are_told_apart() -> None:
    """A decision that leaves it to the noise: counts, not a word."""
    some = bench("heavy-tail", "hakuto-r-m1", range(6)).cells[0]
    assert some.effect == "prevents"
    assert 0 < some.prevented < 6
    assert f"0 to {some.prevented} of 6" in str(some)


def test_a_decision_of_ones_own() -> None:
    brave = Decision("brave", "no propellant to spare", (Change("vehicle.mass_kg", "times", 0.75),))
    own = bench(brave, ["nominal-mare", "luna-25"], 1)
    assert own.cell("brave", "nominal-mare").effect == "causes"
    assert own.cell("brave", "luna-25").reason == "it has no vehicle"
    heavier = Decision("dry", "too heavy to be built", (Change("vehicle.dry_mass_kg", "times", 3.0),))
    scene, why = heavier.apply(ll.case("nominal-mare").scenario)
    assert scene is None and "can't be built" in why


def test_a_decision_changes_what_it_names_and_nothing_else() -> None:
    scene = ll.case("hakuto-r-m1").scenario
    changed, _ = decisions("gate-wide")[0].apply(scene)
    assert dataclasses.replace(changed, navigation=scene.navigation) == scene
    assert (changed.navigation.gate_m, scene.navigation.gate_m) == (4000.0, 700.0)
    late = ll.case("resilience-m2").scenario
    same, _ = decisions("second-altimeter")[0].apply(late)
    other, _ = decisions("other-altimeter")[0].apply(late)
    assert [row.target for row in same.faults] == ["altimeter", "altimeter_2"]
    assert [row.target for row in other.faults] == ["altimeter"]
    assert same.altimeter_2 == late.altimeter


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gate-wid", "slim", 1), "'gate-wid'; allowed are gate-wide"), (("readmit", "slin", 1), "did you mean slim"),
        (("readmit", "slim", 0), "seeds is 0"), (("readmit", "slim", "3"), "seeds is '3'"), (("readmit", "slim", [-1]), "at least 0"),
        (("readmit", "slim", True), "seeds is True"), (("readmit", [], 1), "cases is empty"), (([], "slim", 1), "decided is empty"),
        ((3, "slim", 1), "decisions holds 3"), (("readmit", 3, 1), "case is 3"), (("readmit", ["slim", None], 1), "case is None"),
    ],
)  # fmt: skip
def test_bad_input_is_named(arguments: tuple, words: str) -> None:
    with pytest.raises(LunarlabError) as caught:
        bench(*arguments)
    assert words in str(caught.value)


def test_figure_panel_and_command_say_the_same(matrix: Bench, capsys) -> None:
    figure = plots.counterfactuals(matrix)
    figure.canvas.draw()
    text = plots.describe(figure)
    assert f"{len(matrix.of('prevents'))} cells in which a decision prevents a failure" in text
    assert str(matrix.cell("short-timer", "luna-25")) in text
    for name in matrix.cases:
        assert name in figure.axes[0].get_xlabel()
        assert name in matrix.table
    still = ll.console.bench(seeds=1, decision="short-timer", case="luna-25")
    assert "short-timer on luna-25: prevents" in still.text
    assert cli.main(["bench", "--decision", "short-timer", "--case", "luna-25", "--case", "slim", "--seeds", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["case"], row["effect"]) for row in rows] == [("luna-25", "prevents"), ("slim", "not applicable")]
    assert cli.main(["bench", "--decision", "nonsense"]) == 2
