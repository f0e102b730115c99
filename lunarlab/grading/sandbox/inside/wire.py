"""Frames on the pipes. Towards the fence: trusted, any length. Out of it: bounded JSON, then doubles, nothing else.

request:  id u32, op u8, length u32, payload                      (little-endian)
reply:    id u32, kind u8, bytes of JSON u32, count of doubles u32, the JSON, the doubles
"""

from __future__ import annotations

import struct

REQUEST = struct.Struct("<IBxxxI")
REPLY = struct.Struct("<IBxxxII")

CONFIG, LOAD, FORK, GET, CALL, FLY, END = range(1, 8)
OK, ERROR, GONE, NUMBER = range(1, 5)
"""GONE is said by the warm parent: a child it forked has ended. NUMBER answers FLY: the first double is no row of one."""

FLIGHT = struct.Struct("<HBB")
"""Head of a FLY payload: length of the handle, number of numbers, number of arrays; then per array a size and a flag."""
ARRAY = struct.Struct("<IB")


def pack_flight(handle: bytes, numbers: tuple[float, ...], arrays: tuple[tuple[bytes, int, bool], ...]) -> bytes:
    """Payload of a call whose arguments are numbers followed by arrays of doubles, the fast way."""
    return b"".join((
        FLIGHT.pack(len(handle), len(numbers), len(arrays)), handle,
        *(ARRAY.pack(size, writable) for _, size, writable in arrays),
        struct.pack(f"<{len(numbers)}d", *numbers), *(data for data, _, _ in arrays),
    ))  # fmt: skip
