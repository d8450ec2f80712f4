"""Connections to the database: made by the process that uses them, with the tables in place."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine

from recycler.assays import schema
from recycler.assays.engines import for_reading, for_writing, open_engine, read_url, shown
from recycler.assays.refusals import refusing


class Database:
    """Transactions on one database. Threads may share it, and so may a process and its forks.

    Args:
        url: `sqlite:///PATH` or `postgresql://...`.
        timeout_s: How long to wait for a lock, a connection or a statement, s.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self._given = url
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._opened: tuple[int, URL, Engine] | None = None

    @property
    def name(self) -> str:
        """What messages call the database.

        Raises:
            DatabaseUnavailableError: Its URL cannot be read.
        """
        return shown(read_url(self._given))

    def close(self) -> None:
        """Close the connections of this process; the next use opens new ones."""
        with self._lock:
            if self._opened and self._opened[0] == os.getpid():
                self._opened[2].dispose()
            self._opened = None

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """A transaction that reads; with `snapshot`, all its statements see one state."""
        with self._connected() as connection:
            self._bring_up(connection)
            with for_reading(connection, snapshot=snapshot).begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: alone, and on disk once the block is left without error."""
        with self._connected() as connection:
            self._bring_up(connection)
            with for_writing(connection).begin():
                yield connection

    def migrate(self) -> None:
        """Bring the tables to the newest migration."""
        with self._connected() as connection:
            self._bring_up(connection)

    def revision(self) -> str | None:
        """The migration that the database is at; None if it has no tables yet."""
        with self._connected() as connection:
            return schema.revision_of(connection)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        url, engine = self._engine()
        with refusing(shown(url), url.password or ""), engine.connect() as connection:
            yield connection

    def _bring_up(self, connection: Connection) -> None:
        """Migrate if need be, once for every connection: a database may have been exchanged."""
        if "migrated" not in connection.info:
            if schema.revision_of(connection) != schema.HEAD:
                schema.migrate(connection, shown(connection.engine.url))
            connection.info["migrated"] = True

    def _engine(self) -> tuple[URL, Engine]:
        with self._lock:
            if self._opened is None or self._opened[0] != os.getpid():
                if self._opened:  # a fork: the connections belong to the parent
                    self._opened[2].dispose(close=False)
                url = read_url(self._given)
                self._opened = os.getpid(), url, open_engine(url, self._timeout_s)
            return self._opened[1:]
