"""The rows of a campaign as one Parquet file that can be read at any moment, also while the campaign runs.

The file is written whole, under another name, and then renamed: there is never half a file, whenever the process is
killed. As writing takes longer the more rows there are, it is done the more seldom: about a fortieth of the time goes
into it. What a kill costs is the flights since the last writing, and these fly again to the same bits.

Beside ``name.parquet`` stand, while it is worked on, ``name.parquet.lock``, which keeps a second campaign out, and
``name.parquet.new``. A lock is held by the process, not by the file: one that a dead process has left is no obstacle.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lunarlab.descent.identity import differences, scenario_from
from lunarlab.descent.rows import COLUMNS, Rows, digest, draw_sigmas, flight_seed
from lunarlab.errors import LunarlabError

EVERY_S, SHARE = 0.5, 1 / 40
"""Least time between two writings, and the largest share of the time that their processor time may take."""
KEY, DIGEST = b"lunarlab", b"lunarlab digest"
WORDS = ("verdict", "chain", "reasons")


def to_table(rows: Rows, facts: dict[str, Any]) -> pa.Table:
    """Rows as an Arrow table, with what they are rows of in its metadata."""
    names = draw_sigmas(scenario_from(facts["scenario"]))
    seeds = [flight_seed(facts["seed"], int(k)) for k in rows.k]
    columns = {"k": pa.array(rows.k), "seed": pa.array(seeds, pa.int64())}
    columns |= {word: pa.array(getattr(rows, word), pa.string()) for word in WORDS}
    columns |= {name: pa.array(np.ascontiguousarray(rows.table[:, i])) for i, name in enumerate(COLUMNS)}
    columns |= {f"draw_{name}": pa.array(np.ascontiguousarray(rows.draws[:, i])) for i, name in enumerate(names)}
    return pa.table(columns).replace_schema_metadata({KEY: json.dumps(facts).encode(), DIGEST: digest(rows).encode()})


def read(path: Path) -> tuple[Rows, dict[str, Any]]:
    """Rows of a file and what they are rows of.

    Raises
    ------
    LunarlabError
        Not a campaign's file, or a damaged one.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            metadata = file.schema_arrow.metadata or {}
            facts, expected = json.loads(metadata[KEY]), metadata[DIGEST].decode()
            table = file.read()
        names = draw_sigmas(scenario_from(facts["scenario"]))
        numbers, draws = (
            np.column_stack([table[name].to_numpy() for name in wanted]) if wanted else np.zeros((len(table), 0))
            for wanted in (COLUMNS, [f"draw_{name}" for name in names])
        )
        verdict, chain, reasons = (table[word].to_pylist() for word in WORDS)
        rows = Rows(table["k"].to_numpy(), verdict, chain, reasons, numbers, draws)
        if digest(rows) != expected:
            raise ValueError("its rows are not those that were written")
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise LunarlabError(f"{str(path)!r} is not a whole file of a campaign: {' '.join(str(error).split())}") from error
    return rows, facts


class Store:
    """The file of a running campaign: locked, continued or begun, and written from time to time."""

    def __init__(self, path: Path, facts: dict[str, Any], resume: bool) -> None:
        self.path, self.facts = path, facts
        if path.suffix != ".parquet":
            raise LunarlabError(f"out is {str(path)!r}; the file must end in .parquet")
        if not path.absolute().parent.is_dir():
            raise LunarlabError(f"out is {str(path)!r}; there is no folder {str(path.absolute().parent)!r}")
        self.lock = Lock(path)
        try:
            if path.exists() and not resume:
                raise LunarlabError(f"out is {str(path)!r}, which is there already; resume=True (--resume) goes on with it")
            self.found = self._continue() if path.exists() else None
        except BaseException:
            self.lock.release()
            raise
        self._last, self._took = -math.inf, 0.0

    def _continue(self) -> Rows | None:
        """What the file holds already; None if nothing of it can be read."""
        with self.path.open("rb") as file:
            head = file.read(4)
        if head not in (b"", b"PAR1"):
            raise LunarlabError(f"out is {str(self.path)!r}, which is not a file of a campaign; name another file")
        try:
            rows, there = read(self.path)
        except LunarlabError as error:
            kept = self.path.with_name(self.path.name + ".damaged")
            self.path.replace(kept)
            warnings.warn(f"{error}; it is kept as {kept.name}, and its flights are flown again", stacklevel=2)
            return None
        found = differences(there, self.facts)
        if found:
            more = f" and {len(found) - 4} more" if len(found) > 4 else ""
            raise LunarlabError(
                f"out is {str(self.path)!r}, which holds another campaign: {', '.join(found[:4])}{more}; name another file"
            )
        return rows

    @property
    def due(self) -> bool:
        """Whether it is time to write."""
        return time.monotonic() - self._last > max(EVERY_S, self._took / SHARE)

    def save(self, rows: Rows) -> None:
        """Write all rows, in place of what was there."""
        start, again = time.thread_time(), self._last > -math.inf  # the first time, much is loaded
        new = self.path.with_name(self.path.name + ".new")
        try:
            with new.open("wb") as file:
                pq.write_table(
                    to_table(rows, self.facts), file, use_dictionary=list(WORDS), write_page_checksum=True
                )  # fmt: skip
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            raise LunarlabError(f"out: {str(self.path)!r} can't be written: {error.strerror or error}") from error
        self._last = time.monotonic()
        self._took = time.thread_time() - start if again else 0.0

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.lock.release()


class Lock:
    """One writer for a file: an advisory lock of the system, which ends with the process that holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(path.name + ".lock")
        while True:
            try:
                handle = self.path.open("a+")
            except OSError as error:
                raise LunarlabError(f"out: {str(path)!r} can't be written: {error.strerror or error}") from error
            if not _take(handle):
                handle.seek(0)
                holder = ""
                with suppress(OSError):
                    holder = handle.read().strip()
                handle.close()
                raise LunarlabError(f"out is {str(path)!r}; another campaign{f' ({holder})' if holder else ''} is writing it")
            # Whoever held it may have removed the file between our opening and locking it.
            with suppress(OSError):
                if os.fstat(handle.fileno()).st_ino == self.path.stat().st_ino:
                    break
            handle.close()
        handle.truncate(0)
        handle.write(f"process {os.getpid()}\n")
        handle.flush()
        self._handle: IO[str] = handle

    def release(self) -> None:
        """Let the next one in."""
        if os.name != "nt":
            self.path.unlink(missing_ok=True)
        self._handle.close()


def _take(handle: IO[str]) -> bool:
    """Take the lock of an open file, without waiting; False if another process has it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            handle.seek(1 << 20)  # beyond the text, which others may read
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
