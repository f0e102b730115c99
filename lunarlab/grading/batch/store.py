"""The way to the database: SQLite with the settings that survive a power cut, or PostgreSQL; what it refuses, and why."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event as hooks
from sqlalchemy.pool import NullPool, QueuePool

from lunarlab.grading.batch import schema

BUSY_MS = 30_000
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs", "ceph", "fuse.glusterfs", "ncpfs", "drvfs"}
_CHAIN_LOCK = 0x6C756E61


class GradebookError(Exception):
    """The gradebook can't be used; the text says why and what helps."""


def file_system(path: Path) -> str:
    """Kind of the file system that a path lies on; "" where nobody can tell."""
    try:
        rows = [line.split() for line in Path("/proc/mounts").read_text("utf-8", "surrogateescape").splitlines()]
    except OSError:
        return ""
    place = path.resolve()
    best = max(
        (row for row in rows if len(row) > 2 and place.is_relative_to(row[1].replace("\\040", " "))),
        key=lambda row: len(row[1]), default=["", "", ""],
    )  # fmt: skip
    return best[2]


def connect(place: str | Path, *, pooled: bool = True) -> sa.Engine:
    """Engine for a file (SQLite) or a URL ``postgresql+psycopg://...``.

    `pooled=False` opens a connection for each transaction and closes it again: a process that will fork must hold none.
    """
    text = str(place)
    if "://" in text:
        if not text.startswith("postgresql"):
            raise GradebookError("a gradebook is a file (SQLite), or an address postgresql+psycopg://...")
        try:
            return sa.create_engine(text, poolclass=QueuePool if pooled else NullPool)
        except ImportError:
            raise GradebookError("PostgreSQL needs its driver: install lunarlab[postgres]") from None
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise GradebookError(f"there is no folder {str(path.absolute().parent)!r} for the gradebook")
    kind = file_system(path)
    if kind in _NETWORK:
        raise GradebookError(
            f"{path.name} would lie on a network file system ({kind}), where SQLite's locks do not hold: "
            "put it on a local disk, or use PostgreSQL"
        )
    with contextlib.suppress(OSError):  # students' work: for its owner alone, as the key
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=QueuePool if pooled else NullPool)
    hooks.listen(engine, "connect", _settings)
    hooks.listen(engine, "begin", _begin)
    return engine


def _settings(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    for setting in (f"busy_timeout={BUSY_MS}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}").close()
    until = time.monotonic() + BUSY_MS / 1e3
    while True:  # two that open a new file at once: the change to WAL does not wait for its turn by itself
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes later would be refused if another one wrote in between.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextlib.contextmanager
def trouble() -> Iterator[None]:
    """The database's errors as ours."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
        raise GradebookError(f"the gradebook fails: {cause}") from error


def prepare(engine: sa.Engine) -> None:
    """Make the tables if they are not there; refuse another program's file, another version, a damaged file."""
    with trouble():
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if found != "ok":
                    raise GradebookError(f"the gradebook is damaged ({found}); restore it from a copy")
            tables = set(sa.inspect(connection).get_table_names())
        if tables and "meta" not in tables:
            raise GradebookError("this database belongs to another program: it has tables, but none of ours")
        with engine.begin() as connection:
            one_writer(connection)
            schema.metadata.create_all(connection)
            insert_absent(connection, schema.meta, [{"name": "version", "value": schema.VERSION}])
            version = connection.execute(sa.select(schema.meta.c.value).where(schema.meta.c.name == "version")).scalar()
        if version != schema.VERSION:
            raise GradebookError(f"the gradebook has format {version}; this lunarlab reads format {schema.VERSION}")


def insert_absent(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> int:
    """Insert rows whose primary key is not there yet; how many were new."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    key = next(iter(table.primary_key.columns))
    return sum(
        len(connection.execute(insert(table).values(row).on_conflict_do_nothing().returning(key)).all()) for row in rows
    )


def _link(previous: str, at: float, kind: str, subject: str, detail: str) -> str:
    return hashlib.sha256(json.dumps([previous, repr(at), kind, subject, detail]).encode()).hexdigest()


def one_writer(connection: sa.Connection) -> None:
    """Nobody else writes until this transaction ends: for who reads first and writes then. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))


def note(connection: sa.Connection, kind: str, subject: str, **detail: Any) -> None:
    """Add an event to the chain, in the transaction of what it tells."""
    one_writer(connection)
    last = connection.execute(sa.select(schema.event.c.digest).order_by(schema.event.c.seq.desc()).limit(1)).scalar()
    at, previous, text = time.time(), last or "", json.dumps(detail, sort_keys=True)
    connection.execute(
        schema.event.insert().values(
            at=at, kind=kind, subject=subject, detail=text, previous=previous, digest=_link(previous, at, kind, subject, text)
        )
    )


def broken_link(connection: sa.Connection) -> int | None:
    """Number of the first event that was changed, removed or put in afterwards; None if the chain holds."""
    previous = ""
    for row in connection.execute(sa.select(schema.event).order_by(schema.event.c.seq)):
        if row.previous != previous or row.digest != _link(previous, row.at, row.kind, row.subject, row.detail):
            return int(row.seq)
        previous = row.digest
    return None
