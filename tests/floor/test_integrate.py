"""The integrator, against closed forms, scipy, and itself backward."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lunarlab import integrate
from lunarlab.errors import LunarlabError
from lunarlab.integrate import propagate, propagate_rows, rate, switch
from lunarlab.transfer.threebody import cr3bp

ARENSTORF = tomllib.loads((Path(__file__).parents[1] / "reference/area2_cr3bp.toml").read_text(encoding="utf-8"))["ARE-01"]
MU = [ARENSTORF["inputs"]["mu"]]
X, Y, VX, VY = ARENSTORF["inputs"]["state0"]
START = [X, Y, 0.0, VX, VY, 0.0]
PERIOD = ARENSTORF["inputs"]["period"]


@switch
def crosses_x_axis(t, y, p):
    return y[1]


@rate
def swing(t, y, p, out):
    """A pendulum of p[0] rad/s that has no value beyond y[0] = p[1], or after t = p[2]."""
    if y[0] > p[1] or t > p[2]:
        return 1
    out[0] = y[1]
    out[1] = -p[0] * p[0] * y[0]
    return 0


def kepler_rotating(a: float, e: float, t: np.ndarray) -> np.ndarray:
    """States (n, 6) in axes that turn with unit rate, of an orbit that is at periapsis on the x axis at t = 0 (mu = 1)."""
    M = np.asarray(t) * a**-1.5
    E = M + 0.0
    for _ in range(60):
        E = E - (E - e * np.sin(E) - M) / (1.0 - e * np.cos(E))
    n, b = a**-1.5 / (1.0 - e * np.cos(E)), math.sqrt(1.0 - e * e)
    x, y, vx, vy = a * (np.cos(E) - e), a * b * np.sin(E), -a * n * np.sin(E), a * b * n * np.cos(E)
    c, s = np.cos(t), np.sin(t)
    xr, yr, vxr, vyr = c * x + s * y, c * y - s * x, c * vx + s * vy, c * vy - s * vx
    zero = np.zeros_like(xr)
    return np.stack([xr, yr, zero, vxr + yr, vyr - xr, zero], axis=-1)


@settings(max_examples=20)
@given(st.floats(0.3, 2.0), st.floats(0.0, 0.9), st.floats(-20.0, 20.0))
def test_kepler_in_closed_form(a: float, e: float, t: float) -> None:
    expected = kepler_rotating(a, e, np.array([0.0, t]))
    arc = propagate(cr3bp, expected[0], t, [0.0], rtol=1e-13, atol=1e-13)
    assert arc.t_end == t and not arc.stopped
    assert arc.y_end == pytest.approx(expected[1], abs=2e-10 * (1.0 - e) ** -2.5)


@pytest.mark.nojit
def test_dense_output_in_closed_form() -> None:
    t = np.linspace(0.0, 6.0, 50)
    arc = propagate(cr3bp, kepler_rotating(0.8, 0.3, np.array([0.0]))[0], 6.0, [0.0], times=t, rtol=1e-12, atol=1e-12)
    assert np.array_equal(arc.t, t)
    assert arc.y == pytest.approx(kepler_rotating(0.8, 0.3, t), abs=2e-9)
    assert arc.y[-1] == pytest.approx(arc.y_end, abs=1e-15)


@pytest.mark.nojit
def test_error_falls_with_the_tolerance() -> None:
    """Order 8 behind an error estimate of order 7: about one digit for each digit, at steps that grow by 10^(1/8)."""
    y0, expected = kepler_rotating(1.5, 0.4, np.array([0.0, 9.0]))
    errors, steps = [], []
    for digits in range(5, 13):
        arc = propagate(cr3bp, y0, 9.0, [0.0], rtol=10.0**-digits, atol=10.0**-digits)
        errors.append(np.abs(arc.y_end - expected).max())
        steps.append(arc.steps)
    slope = np.polyfit(range(5, 13), np.log10(errors), 1)[0]
    assert -1.3 < slope < -0.8
    assert steps == sorted(steps)
    assert 1.1 < (steps[-1] / steps[0]) ** (1 / 7) < 1.5


def test_arenstorf_orbit_closes() -> None:
    arc = propagate(cr3bp, START, PERIOD, MU, rtol=1e-13, atol=1e-13, times=[0.5 * PERIOD])
    off, tolerance = np.abs(arc.y_end - START), ARENSTORF["tolerance"]
    assert off[:3].max() < tolerance["closure_pos"]
    assert off[3:].max() < tolerance["closure_vel"]
    assert arc.y[0][[0, 1, 3, 4]] == pytest.approx(ARENSTORF["expected"]["state_half_period"], abs=tolerance["half_state"])


@settings(max_examples=15)
@given(st.floats(0.1, 3.0), st.floats(0.2, 1.2), st.floats(-0.8, 0.8), st.floats(-1.0, 1.0))
def test_there_and_back(t: float, x: float, y: float, vz: float) -> None:
    start = np.array([x, y + 0.3, 0.1, 0.1, 0.2, vz])
    there = propagate(cr3bp, start, t, MU, rtol=1e-13, atol=1e-13)
    back = propagate(cr3bp, there.y_end, 0.0, MU, t0=t, rtol=1e-13, atol=1e-13)
    assert back.y_end == pytest.approx(start, abs=1e-8)


def test_agrees_with_scipy_on_the_way() -> None:
    y0, t = np.array([0.5, 0.1, 0.05, 0.0, 1.2, 0.1]), np.linspace(0.0, 4.0, 300)

    def f(t: float, y: np.ndarray) -> np.ndarray:
        return cr3bp(t, y, np.array(MU))

    theirs = solve_ivp(f, (0.0, 4.0), y0, method="DOP853", rtol=1e-12, atol=1e-12, t_eval=t)
    ours = propagate(cr3bp, y0, 4.0, MU, rtol=1e-12, atol=1e-12, times=t)
    assert ours.y == pytest.approx(theirs.y.T, abs=1e-8)
    assert ours.steps < 1.3 * (theirs.nfev / 12)


# -- events ------------------------------------------------------------------------------------------------------------

RADIUS = 0.4
SLIP = RADIUS**-1.5 - 1.0  # a circle turns by this rate in the turning axes, so it crosses the x axis every pi / SLIP
CIRCLE = kepler_rotating(RADIUS, 0.0, np.array([0.1]))[0]
CROSSINGS = (np.arange(1, 40) * math.pi / SLIP) - 0.1  # odd ones fall, even ones rise


@pytest.mark.nojit
@pytest.mark.parametrize(("direction", "first", "stride"), [(0, 0, 1), (-1, 0, 2), (1, 1, 2)])
def test_events_at_the_right_times(direction: int, first: int, stride: int) -> None:
    wanted = CROSSINGS[first::stride][:3]
    arc = propagate(cr3bp, CIRCLE, 100.0, [0.0], event=crosses_x_axis, direction=direction, stop_after=3, rtol=1e-13, atol=1e-13)
    assert arc.stopped
    assert arc.t_events == pytest.approx(wanted, abs=1e-9)
    assert arc.t_end == arc.t_events[-1]
    assert arc.y_end == pytest.approx(arc.y_events[-1])
    assert arc.y_events == pytest.approx(kepler_rotating(RADIUS, 0.0, wanted + 0.1), abs=1e-8)


@settings(max_examples=10)
@given(st.integers(1, 12), st.sampled_from([-1, 0, 1]))
def test_stop_after_counts(count: int, direction: int) -> None:
    arc = propagate(cr3bp, CIRCLE, 200.0, [0.0], event=crosses_x_axis, direction=direction, stop_after=count)
    wanted = {0: CROSSINGS, -1: CROSSINGS[0::2], 1: CROSSINGS[1::2]}[direction]
    assert arc.t_events == pytest.approx(wanted[:count], abs=1e-8)


def test_events_backward() -> None:
    # Backward in time the same crossing has the other direction.
    arc = propagate(cr3bp, CIRCLE, -5.0, [0.0], event=crosses_x_axis, direction=-1, stop_after=1, rtol=1e-13, atol=1e-13)
    assert arc.t_events == pytest.approx([-0.1], abs=1e-9)


def test_fewer_events_than_asked_for() -> None:
    t = np.linspace(0.0, 2.0, 11)
    arc = propagate(cr3bp, CIRCLE, 2.0, [0.0], event=crosses_x_axis, stop_after=50, times=t)
    assert not arc.stopped and arc.t_end == 2.0
    assert arc.t_events == pytest.approx(CROSSINGS[CROSSINGS < 2.0], abs=1e-8)
    assert np.array_equal(arc.t, t)


def test_times_after_the_event_are_left_out() -> None:
    t = np.linspace(0.0, 5.0, 101)
    arc = propagate(cr3bp, CIRCLE, 5.0, [0.0], event=crosses_x_axis, times=t)
    assert arc.t_end == pytest.approx(CROSSINGS[0], abs=1e-8)
    assert np.array_equal(arc.t, t[t <= arc.t_end])
    assert arc.y == pytest.approx(kepler_rotating(RADIUS, 0.0, arc.t + 0.1), abs=1e-8)


def test_an_event_at_the_start_is_not_one() -> None:
    start = kepler_rotating(RADIUS, 0.0, np.array([0.0]))[0]
    arc = propagate(cr3bp, start, 5.0, [0.0], event=crosses_x_axis)
    assert arc.t_end == pytest.approx(math.pi / SLIP, abs=1e-8)


# -- many arcs ---------------------------------------------------------------------------------------------------------


def test_rows_are_single_arcs_whatever_the_threads() -> None:
    rng = np.random.default_rng(7)
    y0 = np.column_stack([rng.uniform(0.3, 0.7, 30), np.zeros(30), np.zeros(30), np.zeros(30), rng.uniform(0.5, 1.2, 30), np.zeros(30)])
    t1 = rng.uniform(0.5, 4.0, 30)
    kwargs = {"event": crosses_x_axis, "direction": -1, "rtol": 1e-10, "atol": 1e-10}
    results = [propagate_rows(cr3bp, y0, t1, MU, threads=threads, **kwargs) for threads in (1, 2, 5)]
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            assert np.array_equal(one, two)
    y_end, t_end, status = results[0]
    assert set(status) == {integrate.END, integrate.EVENT}
    for k in range(30):
        arc = propagate(cr3bp, y0[k], t1[k], MU, **kwargs)
        assert np.array_equal(arc.y_end, y_end[k])
        assert arc.t_end == t_end[k] and arc.stopped == (status[k] == integrate.EVENT)


def test_rows_take_params_row_by_row_and_read_only_input() -> None:
    y0 = np.repeat([START], 3, axis=0)
    mus = np.array([[0.0], [0.01], [0.02]])
    for array in (y0, mus):
        array.setflags(write=False)
    y_end, _, status = propagate_rows(cr3bp, y0, 0.1, mus)
    assert status.tolist() == [integrate.END] * 3
    for k in range(3):
        assert np.array_equal(y_end[k], propagate(cr3bp, y0[k], 0.1, mus[k]).y_end)
    with pytest.raises(LunarlabError, match="2 rows for 3 arcs"):
        propagate_rows(cr3bp, y0, 0.1, mus[:2])


def test_a_row_that_fails_spoils_no_other() -> None:
    y0 = np.array([START, [1.0 - MU[0], 0.0, 0.0, 0.0, 0.0, 0.0], START])
    y_end, _, status = propagate_rows(cr3bp, y0, 0.5, MU)
    assert status.tolist() == [integrate.END, integrate.REFUSED, integrate.END]
    assert np.array_equal(y_end[0], y_end[2])


# -- what can go wrong -------------------------------------------------------------------------------------------------


def test_collision_is_named() -> None:
    falls = [0.5, 0.0, 0.0, 0.0, -0.5, 0.0]  # at rest in axes that do not turn: straight into the centre
    with pytest.raises(LunarlabError, match="collision") as error:
        propagate(cr3bp, falls, 5.0, [0.0])
    assert f"t = {math.pi / 2 * math.sqrt(0.125 / 2):.9g} " in str(error.value)  # free-fall time from 0.5: pi/2 sqrt(r^3 / 2)
    with pytest.raises(LunarlabError, match="have no value there"):
        propagate(cr3bp, [1.0 - MU[0], 0.0, 0.0, 0.0, 0.0, 0.0], 1.0, MU)


@pytest.mark.nojit
def test_too_many_steps_is_named() -> None:
    with pytest.raises(LunarlabError, match=r"beyond t = .*asked for 17\.065.*more than 20 steps"):
        propagate(cr3bp, START, PERIOD, MU, max_steps=20)


def test_a_rate_that_has_no_value_further_on() -> None:
    """As at the last date of an ephemeris, and at a wall."""
    arc = propagate(swing, [0.0, 2.0], 3.0, [2.0, 9.0, 5.0])
    assert arc.y_end == pytest.approx([math.sin(6.0), 2.0 * math.cos(6.0)], abs=1e-10)
    arc = propagate(swing, [0.0, 2.0], 5.0, [2.0, 9.0, 5.0])  # up to the last date, and not beyond
    assert arc.y_end[0] == pytest.approx(math.sin(10.0), abs=1e-10)
    with pytest.raises(LunarlabError, match=r"beyond t = (5|4\.9999\d*) .*no value there"):
        propagate(swing, [0.0, 2.0], 5.5, [2.0, 9.0, 5.0])
    with pytest.raises(LunarlabError, match=r"beyond t = 0\.2617\d* "):  # 2 t = asin(0.5)
        propagate(swing, [0.0, 2.0], 5.0, [2.0, 0.5, 9.0])
    assert swing(0.0, [0.1, 0.2], [2.0, 9.0, 9.0]) == pytest.approx([0.2, -0.4])
    with pytest.raises(LunarlabError, match="swing has no value"):
        swing(0.0, [10.0, 0.2], [2.0, 9.0, 9.0])


@pytest.mark.nojit
@pytest.mark.parametrize("times", [[0.3, 0.2], [-0.1, 0.2], [0.5, 1.1]])
def test_times_must_be_in_order(times: list[float]) -> None:
    with pytest.raises(LunarlabError, match="must be sorted"):
        propagate(cr3bp, START, 1.0, MU, times=times)


@pytest.mark.nojit
def test_wrong_numbers_are_named() -> None:
    for kwargs in ({"atol": 0.0}, {"atol": [1e-9] * 5 + [0.0]}, {"rtol": -1.0}, {"rtol": math.nan}, {"atol": math.nan}):
        with pytest.raises(LunarlabError, match="rtol"):
            propagate(cr3bp, START, 1.0, MU, **kwargs)
    with pytest.raises(LunarlabError, match="finite"):
        propagate(cr3bp, START, math.inf, MU)
    # An error estimate that is not a number is not a small one.
    assert propagate_rows(cr3bp, np.full((1, 6), math.nan), 1.0, MU)[2].tolist() == [integrate.REFUSED]


def undecorated(t, y, p):
    return y[1]


@switch.needing(3)
def reads_three(t, y, p):
    return y[1] - p[2]


@pytest.mark.nojit
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"event": undecorated}, "event is <function undecorated.*marked by @integrate.switch"),
        ({"event": cr3bp}, "event is .*marked by @integrate.switch"),
        ({"equations": undecorated}, "equations is .*marked by @integrate.rate"),
        ({"params": []}, "params holds 0 numbers; cr3bp reads 1"),
        ({"event": reads_three}, "params holds 1 numbers; reads_three reads 3"),
        ({"direction": 2}, "direction is 2"),
    ],
)
def test_wrong_functions_are_named(change: dict[str, Any], words: str) -> None:
    """Compiled code would read past the end of params, and find whatever lies there."""
    given_ = {"equations": cr3bp, "params": MU, **change}
    f, params = given_.pop("equations"), given_.pop("params")
    with pytest.raises(LunarlabError, match=words):
        propagate(f, START, 1.0, params, **given_)
    with pytest.raises(LunarlabError, match=words):
        propagate_rows(f, [START], 1.0, params, **given_)


@pytest.mark.nojit
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: propagate(cr3bp, [START, START], 1.0, MU), r"y0 has shape \(2, 6\)"),
        (lambda: propagate(cr3bp, [math.nan] * 6, 1.0, MU), "y0 holds nan"),
        (lambda: propagate(cr3bp, START, 1.0, [MU]), r"params has the shape \(1, 1\)"),
        (lambda: propagate(cr3bp, START, 1.0, MU, times=[[0.5]]), r"times has shape \(1, 1\)"),
        (lambda: propagate(cr3bp, START, 1.0, MU, times=[0.1, math.nan]), "times holds nan"),
        (lambda: propagate(cr3bp, START, "soon", MU), "t1 is 'soon'"),
        (lambda: propagate(cr3bp, START, 1.0, MU, event=crosses_x_axis, stop_after=-1), "stop_after is -1"),
        (lambda: propagate(cr3bp, START, 1.0, MU, event=crosses_x_axis, stop_after=0), "stop_after is 0"),
        (lambda: propagate_rows(cr3bp, START, 1.0, MU), r"y0 has the shape \(6,\); it must be \(m, d\)"),
        (lambda: propagate_rows(cr3bp, [START], 1.0, MU, threads=0), "threads is 0"),
    ],
)
def test_wrong_shapes_are_named(call: Any, words: str) -> None:
    with pytest.raises(LunarlabError, match=words):
        call()


@pytest.mark.nojit
def test_times_forgive_rounding() -> None:
    arc = propagate(cr3bp, START, 0.3, MU, times=[0.1, 0.1 + 0.2])  # 0.30000000000000004
    assert arc.t.tolist() == [0.1, 0.3] and np.array_equal(arc.y[-1], arc.y_end)


def test_an_infinite_tolerance_leaves_a_component_out() -> None:
    y0 = kepler_rotating(0.5, 0.5, np.array([0.0]))[0]
    free = propagate(cr3bp, y0, 5.0, [0.0], atol=[1e-10] * 3 + [np.inf] * 3, rtol=1e-10)
    bound = propagate(cr3bp, y0, 5.0, [0.0], atol=1e-10, rtol=1e-10)
    assert free.steps < bound.steps
    assert free.y_end[:3] == pytest.approx(bound.y_end[:3], abs=1e-6)


@pytest.mark.nojit
def test_no_time_at_all() -> None:
    arc = propagate(cr3bp, START, 2.0, MU, t0=2.0, times=[2.0])
    assert arc.t_end == 2.0 and arc.steps == 0
    assert np.array_equal(arc.y_end, START) and np.array_equal(arc.y[0], START)
