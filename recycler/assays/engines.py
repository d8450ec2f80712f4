"""Engines of the two databases, set up so that what is acknowledged is on disk.

Whoever writes takes turns, on both: SQLite locks its file for the transaction (BEGIN IMMEDIATE),
PostgreSQL takes an advisory lock. So what a writer has looked up holds until it commits, and rows
appear in the order of their numbers.
"""

import math
import os
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError

from recycler.assays.documents import dumps
from recycler.assays.refusals import unavailable

_WRITERS: Final = 0x7265637963  # "recyc": the advisory lock that writers and migrations take
_SILENT_WRITER_S: Final = 60  # a writer that hangs in the middle must not keep others out for ever


def read_url(url: str) -> URL:
    """Read a database URL; a file's path becomes absolute.

    Raises:
        DatabaseUnavailableError: It is none, or names no file.
    """
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):
        raise unavailable("The database of assays", "its URL cannot be read") from None
    if read.get_backend_name() == "postgresql":
        return read.set(drivername="postgresql+psycopg")
    if not read.database or read.database.startswith((":memory:", "file:")):
        raise unavailable("The database of assays", "sqlite:/// must be followed by a file's path")
    return read.set(database=str(Path(read.database).absolute()))


def is_made(url: str) -> bool:
    """Whether there is a database at a URL that could be asked; a file that is missing is none.

    Whoever looks in the background asks first: that alone is no reason to make a file.

    Raises:
        DatabaseUnavailableError: The URL cannot be read, or the file may not be looked for.
    """
    read = read_url(url)
    try:
        return read.get_backend_name() != "sqlite" or Path(str(read.database)).exists()
    except OSError as error:
        raise unavailable(shown(read), str(error.strerror)) from None


def shown(url: URL) -> str:
    """What messages call the database: enough to find it, and no password."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite database {url.database}"
    host = url.host or url.query.get("host") or "this machine"
    return f"PostgreSQL database {url.database or url.username} on {host}"


def open_engine(url: URL, timeout_s: float) -> Engine:
    """Make the engine of a URL; it connects at the first use.

    Args:
        url: From `read_url`.
        timeout_s: How long to wait for a lock, a connection or a statement, s.

    Raises:
        DatabaseUnavailableError: The driver is not installed.
    """
    make = _sqlite if url.get_backend_name() == "sqlite" else _postgresql
    try:
        return make(url, timeout_s)
    except ModuleNotFoundError:
        raise unavailable(shown(url), "its driver is missing; install recycler[postgres]") from None


def for_writing(connection: Connection) -> Connection:
    """Make the next transaction of a connection one that writes."""
    return connection.execution_options(writes=True)


def for_reading(connection: Connection, *, snapshot: bool) -> Connection:
    """Make the next transaction of a connection one that reads.

    With `snapshot`, all its statements see one state, as in SQLite they always do.
    """
    reading = connection.execution_options(writes=False)
    if not snapshot or connection.dialect.name == "sqlite":
        return reading
    return reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _engine(url: URL, timeout_s: float, **options: Any) -> Engine:
    return create_engine(
        url,
        json_serializer=dumps,
        hide_parameters=True,
        pool_timeout=timeout_s,
        **options,
    )


def _sqlite(url: URL, timeout_s: float) -> Engine:
    path = Path(url.database or "")
    engine = _engine(url, timeout_s, creator=lambda: _connect_sqlite(path, timeout_s))
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "checkout", _same_file_still(path))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_sqlite(path: Path, timeout_s: float) -> sqlite3.Connection:
    """Connect to a file, which is made unless its log says that there was one.

    SQLite would make an empty file beside the log, and then remove the log, with all lots that
    were acknowledged but not yet copied into the file that somebody has moved away.
    """
    log = Path(f"{os.path.realpath(path)}-wal")
    mode = "rw" if _is_there(path) or _is_there(log) else "rwc"
    try:
        return sqlite3.connect(
            f"{path.as_uri()}?mode={mode}", uri=True, timeout=timeout_s, check_same_thread=False
        )
    except sqlite3.OperationalError:
        if _is_there(path) or not _is_there(log):
            raise
        left = f"it was moved or removed while {log.name} is still there"
        raise sqlite3.OperationalError(f"{left}; put it back, or remove that as well") from None


def _is_there(path: Path) -> bool:
    """Whether there is such a file; of one that may not be looked for, SQLite says why itself."""
    try:
        return path.exists()
    except OSError:
        return False


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions begin where _begin_sqlite begins them
    for setting in ("foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {setting}")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode = WAL")
    record.info["file"] = _identity(Path(connection.execute("PRAGMA database_list").fetchone()[2]))


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _same_file_still(path: Path) -> Callable[..., None]:
    """A check that the file was not removed or replaced: what is written there would be lost."""

    def check(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError("the file was replaced")

    return check


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _postgresql(url: URL, timeout_s: float) -> Engine:
    wanted = {
        "connect_timeout": max(2, math.ceil(timeout_s)),  # the driver waits no shorter
        "tcp_user_timeout": math.ceil(timeout_s * 1000),
    }
    given: Mapping[str, Any] = {n: v for n, v in wanted.items() if n not in url.query}
    engine = _engine(url, timeout_s, connect_args=given, pool_pre_ping=True)
    event.listen(engine, "connect", _timeouts(math.ceil(timeout_s * 1000)))
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _timeouts(timeout_ms: int) -> Callable[..., None]:
    # A lock is given up first: then the message says that it was one.
    settings = {"lock_timeout": timeout_ms, "statement_timeout": timeout_ms + 1000}

    def set_up(connection: Any, _record: Any) -> None:
        for setting, milliseconds in settings.items():
            connection.execute(f"SET {setting} = {milliseconds}")
        connection.commit()

    return set_up


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        silence = text(f"SET LOCAL idle_in_transaction_session_timeout = '{_SILENT_WRITER_S}s'")
        connection.execute(silence)
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS})"))
