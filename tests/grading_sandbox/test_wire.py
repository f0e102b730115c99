"""What comes out of the fence, whatever it is, becomes a value or a ProtocolError, and nothing else."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lunarlab.grading.sandbox import raised, remote

TAGS = [*sorted(remote._TAGS), "...", "build", "doubles", "value", "items", ""]
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(TAGS)
values: st.SearchStrategy[Any] = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$", "v", "shape", "at", "of", "type", "handle", "name", "parameters"]), inner, max_size=5)
        | st.fixed_dictionaries({"$": st.sampled_from(TAGS), "v": inner})
        | st.fixed_dictionaries({"$": st.just("array"), "shape": st.lists(st.integers(-2, 9), max_size=3), "at": st.integers(-2, 9), "of": inner})
        | st.fixed_dictionaries({"$": st.just("data"), "type": st.sampled_from([*sorted(remote.DATA), "os.system"]), "v": inner})
    ),
    max_leaves=25,
)


class Handles:
    """In place of a session."""


@given(values, st.lists(st.floats(), max_size=6))
def test_any_value_is_decoded_or_refused(coded: Any, doubles: list[float]) -> None:
    decoder = remote.Decoder(np.array(doubles), lambda told: remote.RemoteFunction(Handles(), 0, told))  # type: ignore[arg-type]
    with contextlib.suppress(remote.ProtocolError):
        repr(decoder.value(coded))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | values.map(lambda v: json.dumps(v).encode()))
def test_any_text_is_json_or_refused(text: bytes) -> None:
    with contextlib.suppress(remote.ProtocolError):
        remote.loads(text, 150)


@pytest.mark.parametrize(
    "text", [b"[" * 60_000, b"[" * 30 + b"]" * 30, b"NaN", b"-Infinity", b"1e400", b"1" * 20, b'{"a":', b"\xff", b'"' + b"x" * 70_000 + b'"']
)
def test_what_json_may_not_be(text: bytes) -> None:
    with pytest.raises(remote.ProtocolError):
        remote.loads(text, 64 << 10)


@given(st.dictionaries(st.sampled_from(["names", "line", "words"]), values) | values)
def test_any_report_of_an_error_becomes_an_error(told: Any) -> None:
    error = raised.error_of(told if isinstance(told, dict) else {}, 40)
    assert isinstance(error, Exception)
    assert raised.error_of({"names": ["ValueError"], "words": "expected a nonnegative input abc"}, 1).args == ("expected a nonnegative input",)
    assert len(str(error)) < 80 and "\n" not in str(error)
    assert not isinstance(error, (StopIteration, remote.RemoteFault))


@given(values)
def test_any_signature_is_one(parameters: Any) -> None:
    assert remote._signature(parameters).parameters is not None
