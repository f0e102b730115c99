"""A student's law or filter: compiled or not, the same flight; whatever it does, a verdict and a sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest

import lunarlab as ll
from lunarlab import jit
from lunarlab.descent import guidance, navigation, plugin
from lunarlab.descent import sensors as s
from lunarlab.descent.navigation import builtin_filter
from lunarlab.errors import LunarlabError, PluginError

SCENE = ll.case("hakuto-r-m1").scenario
compiled_only = pytest.mark.skipif(not jit.ENABLED, reason="needs numba")


def thrust_up(t, est, params):
    """A poor law, but a law: brake flat out, then fall slowly."""
    speed, vz = est[3], est[5]
    down = -min(0.02 * max(est[2], 0.0) + 1.0, 60.0)
    return -0.9 * est[10] if speed > 5.0 else -0.2 * speed, 0.0, est[11] + 0.3 * (down - vz)


def stiff_filter(t, meas, params, memory):
    """The built-in pieces put together by hand, with a gate of params[0] metres."""
    navigation.predict(meas, memory, 1e-4, 1737400.0 - 2100.0)
    if meas[5] > 0.0:
        variance = 1.0 + (30.0 * min(1.0, max(memory[2], 0.0) / 2000.0)) ** 2
        nu = navigation.innovate(meas, memory, variance)
        memory[11] = params[0]
        if abs(nu) < params[0]:
            navigation.update(memory, nu, variance)
        else:
            memory[12] = 2.0
    navigation.aid_velocity(meas, memory, 0.2)
    return memory[0], memory[1], memory[2], memory[3], memory[4], memory[5]


def same_history(a: ll.Flight, b: ll.Flight) -> bool:
    return a.table.shape == b.table.shape and np.array_equal(a.table.view(np.uint64), b.table.view(np.uint64))


def uncompilable(function):
    """The same function in a wrapper that numba refuses (a generator expression inside a set)."""

    def law(*arguments):
        assert len({type(a) for a in arguments}) > 0  # sets of types do not compile
        return function(*arguments)

    return law


@compiled_only
def test_compiled_and_python_flights_are_equal_to_the_last_bit() -> None:
    for kind, function in (("guidance", thrust_up), ("navigation", stiff_filter)):
        fast = ll.fly(SCENE, seed=4, params=[5000.0], **{kind: function})
        slow = ll.fly(SCENE, seed=4, params=[5000.0], **{kind: uncompilable(function)})
        assert fast.provenance[kind]["ran"] == "compiled"
        assert slow.provenance[kind]["ran"] == "python"
        assert "could not compile" in slow.provenance[kind]["why"]
        assert same_history(fast, slow)
        assert fast.verdict == slow.verdict
        assert len(fast.table) > 5000


def half(x):
    return 0.5 * twice(x) * 0.5


def twice(x):
    return 2.0 * x


@compiled_only
def test_helpers_of_the_notebook_are_compiled_too() -> None:
    gain = 0.3

    def law(t, est, params):
        a = thrust_up(t, est, params)
        return a[0], a[1], est[11] + gain * half(2.0 * (a[2] - est[11]) / 0.3)

    fast = ll.fly(SCENE, seed=4, guidance=law)
    assert fast.provenance["guidance"]["ran"] == "compiled"
    assert same_history(fast, ll.fly(SCENE, seed=4, guidance=uncompilable(law)))


@pytest.mark.nojit
def test_the_built_in_parts_passed_by_hand_fly_the_same() -> None:
    own = ll.fly(SCENE, seed=4)
    assert same_history(own, ll.fly(SCENE, seed=4, guidance=guidance.builtin_law, navigation=builtin_filter))


def test_a_gain_is_a_parameter_and_changes_the_flight_without_compiling() -> None:
    narrow = ll.fly(SCENE, seed=4, navigation=stiff_filter, params=[700.0])
    wide = ll.fly(SCENE, seed=4, navigation=stiff_filter, params={"gate_m": 5000.0})
    assert not narrow.landed
    assert wide.landed


GAIN = 0.3


def law_with_a_global(t, est, params):
    return -0.9 * est[10] if est[3] > 5.0 else 0.0, 0.0, est[11] + GAIN * (-20.0 - est[5])


def test_a_changed_global_is_noticed() -> None:
    global GAIN
    first = ll.fly(SCENE, seed=4, guidance=law_with_a_global)
    GAIN = 0.05
    second = ll.fly(SCENE, seed=4, guidance=law_with_a_global)
    GAIN = 0.3
    assert not same_history(first, second)
    assert same_history(first, ll.fly(SCENE, seed=4, guidance=law_with_a_global))


def raises_low(t, est, params):
    if est[2] < 5000.0:
        raise ValueError("I am afraid of the ground")
    return thrust_up_plain(est)


def thrust_up_plain(est):
    return (-0.9 * est[10] if est[3] > 5.0 else 0.0), 0.0, est[11] + 0.3 * (-60.0 - est[5])


def nan_low(t, est, params):
    a = thrust_up_plain(est)
    return (a[0], a[1], math.nan) if 4500.0 < est[2] < 5000.0 else a


def writes_low(t, est, params):
    if est[2] < 5000.0 and t < 1e5:
        est[2] = 0.0
    return thrust_up_plain(est)


def keeps_a_list(t, est, params):
    seen = [x for x in est if x > 0.0]
    if est[2] < 5000.0:
        return seen[99], 0.0, 0.0
    return thrust_up_plain(est)


@pytest.mark.parametrize(
    ("law", "sentence"),
    [
        (raises_low, "I am afraid of the ground"),
        (nan_low, "every number must be finite"),
        (writes_low, "writes to its input"),
        (keeps_a_list, "IndexError"),
        (lambda t, est, params: (1.0, 2.0), "returned 2 numbers; it must return 3"),
        (lambda t, est, params: None, "is a return missing"),
        (lambda t, est, params: "up", "returned 'up'"),
        (lambda t, est, params: 1.0, "returned 1 number;"),
        (lambda t, est, params: (est[0] / 0.0, 0.0, 0.0), "every number must be finite"),
        (lambda t, est, params: exit(3), "SystemExit"),
        (lambda t, est, params: est.sort() or (0.0, 0.0, 0.0), "writes to its input"),
        (lambda t, est, params: (params[7], 0.0, 0.0), "IndexError"),
    ],
)
def test_a_law_that_misbehaves_ends_in_a_verdict_and_a_sentence(law, sentence: str) -> None:
    flight = ll.fly(SCENE, seed=4, guidance=law, params=[1.0])
    assert flight.verdict == "LAW_ERROR"
    assert sentence in " ".join(flight.reasons)
    assert "numba" not in " ".join(flight.reasons)


@pytest.mark.nojit
def test_a_filter_that_misbehaves_ends_in_a_verdict_and_a_sentence() -> None:
    def forgets(t, meas, params, memory):
        navigation.predict(meas, memory, 1e-4, 1735300.0)
        if 3640.0 < t < 3680.0:  # not at one of the trial calls
            raise RuntimeError("lost")
        return memory[0], memory[1], memory[2], memory[3], memory[4], memory[5]

    flight = ll.fly(SCENE, seed=4, navigation=forgets)
    assert flight.verdict == "LAW_ERROR"
    assert "navigation filter failed" in flight.reasons[0]
    assert "lost" in flight.reasons[-1]
    five = ll.fly(SCENE, seed=4, navigation=lambda t, meas, params, memory: (1.0,) * 5)
    assert "returned 5 numbers; it must return 6" in five.reasons[0]


def test_a_wrong_index_is_a_sentence_not_a_dead_kernel() -> None:
    """Compiled without a bounds check these would write into the estimate, the truth, or nowhere."""

    def writes_far(t, meas, params, memory):
        if meas[5] < -0.5 and t > 3000.0 and memory[2] < 9000.0:
            memory[20 + int(t) * 40] = 7.0
        return builtin_filter(t, meas, params, memory)

    def reads_far(t, est, params):
        a = guidance.builtin_law(t, est, params)
        return (a[0], a[1], a[2] + 0.0 * est[guidance.EST_SIZE]) if est[2] < 800.0 and t < 3745.0 else a

    for options in ({"navigation": writes_far}, {"guidance": reads_far}):
        flight = ll.fly(SCENE if "navigation" in options else ll.case("nominal-mare").scenario, seed=4, **options)
        assert flight.verdict == "LAW_ERROR"
        assert "IndexError" in " ".join(flight.reasons)


def test_a_thousand_events_do_not_hide_the_contact() -> None:
    def chatters(t, meas, params, memory):
        out = builtin_filter(t, meas, params, memory)
        if memory[12] == 1.0:
            memory[12] = 4.0  # "taken back", at every range
        return out

    own = ll.fly(SCENE, seed=4)
    flight = ll.fly(SCENE, seed=4, navigation=chatters)
    assert flight.provenance["events_lost"] > 100
    assert [e.kind for e in flight.events][-1] == "contact"
    assert (flight.verdict, flight.touchdown) == (own.verdict, own.touchdown)


def test_everything_that_compiled_code_depends_on_is_noticed() -> None:
    from random import random

    def nested(t, est, params):
        def gain():
            return GAIN

        return -0.9 * est[10] if est[3] > 5.0 else 0.0, 0.0, est[11] + gain() * (-20.0 - est[5])

    global GAIN
    first = ll.fly(SCENE, seed=4, guidance=nested)
    GAIN = 0.05
    second = ll.fly(SCENE, seed=4, guidance=nested)
    GAIN = 0.3
    assert not same_history(first, second)

    def calls_a_builtin(t, est, params):
        return (0.0 * random(), 0.0, 0.0)  # noqa: S311

    def factorial(k):
        return 1.0 if k < 2 else k * factorial(k - 1)

    def recursive(t, est, params):
        return (0.0 * factorial(5), 0.0, 0.0)

    for law in (calls_a_builtin, recursive):
        assert ll.fly(SCENE, seed=4, guidance=law).verdict == "TIMEOUT"


def test_arrays_lists_and_numpy_numbers_are_fine_answers() -> None:
    reference = ll.fly(SCENE, seed=4, guidance=thrust_up)
    for wrap in (np.array, list, lambda a: [np.float64(x) for x in a]):
        flight = ll.fly(SCENE, seed=4, guidance=lambda t, est, params, wrap=wrap: wrap(thrust_up(t, est, params)))
        assert same_history(reference, flight)


def test_a_callable_object_and_a_closure_fly() -> None:
    class Law:
        def __init__(self) -> None:
            self.calls = 0

        def __call__(self, t, est, params):
            self.calls += 1
            return thrust_up(t, est, params)

    law = Law()
    assert same_history(ll.fly(SCENE, seed=4, guidance=law), ll.fly(SCENE, seed=4, guidance=thrust_up))
    assert law.calls > 5000


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"guidance": 3}, PluginError, "must be a function of (t, est, params)"),
        ({"guidance": lambda t: 0}, PluginError, "can't be called as"),
        ({"navigation": lambda t, meas: 0}, PluginError, "(t, meas, params, memory)"),
        ({"guidance": thrust_up, "params": ["x"]}, LunarlabError, "params[0]"),
        ({"guidance": thrust_up, "params": 7}, PluginError, "params is 7"),
        ({"seed": -1}, LunarlabError, "seed is -1"),
        ({"seed": 1.5}, LunarlabError, "seed is 1.5"),
    ],
)
def test_wrong_input_is_refused_by_name(options: dict, error: type, words: str) -> None:
    with pytest.raises(error) as caught:
        ll.fly(SCENE, **options)
    assert words in str(caught.value)


def test_a_law_that_asks_for_nothing_gets_nothing() -> None:
    """It stays on its orbit, whose perilune is above the ground, until the time limit, with full tanks."""
    flight = ll.fly(SCENE, seed=None, guidance=lambda t, est, params: (0.0, 0.0, 0.0))
    assert flight.verdict == "TIMEOUT"
    assert np.ptp(flight.si["true_mass"]) == 0.0
    assert flight.si["true_altitude"].min() > 15e3


def test_a_filter_sees_measurements_only() -> None:
    """Range, when there is one, is the true height plus noise; everything a filter gets is in `meas` and its memory."""
    seen = []

    def spy(t, meas, params, memory):
        seen.append((t, meas.copy()))
        return builtin_filter(t, meas, params, memory)

    flight = ll.fly(SCENE, seed=4, navigation=spy, params=None)
    meas = np.array([m for _, m in seen[-len(flight.table) :]])
    assert meas.shape[1] == s.MEAS_SIZE
    ticks = flight.si["phase"] > 0
    sampled = np.flatnonzero(flight.si["meas_valid"][ticks] == 1.0)
    assert np.allclose(
        np.array([m for _, m in seen])[5:][sampled, s.RANGE], flight.si["meas_range"][ticks][sampled], rtol=0, atol=0
    )


@pytest.mark.skipif(not jit.ENABLED, reason="nothing is compiled")
def test_a_law_is_compiled_once():
    params = np.array([0.5])
    params.flags.writeable = False
    for kind, function in (
        ("guidance", lambda t, est, params: (0.0, 0.0, est[guidance.HOVER] + params[0])),
        ("navigation", lambda t, meas, params, memory: (memory[0], 0.0, 0.0, 0.0, 0.0, params[0])),
    ):
        assert len(plugin.prepare(kind, function, params).call.signatures) == 1
