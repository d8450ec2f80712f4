"""Counts of the lines that came in, beside the lots: one row for every day and kind.

They may be lost, so this is no place for what must not be.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from recycler.assays.database import Database
from recycler.assays.engines import is_made
from recycler.assays.tables import intake
from recycler.intake import IntakeCount, IntakeKind

_AT_ONCE: Final = 500  # rows of one statement: SQLite has a limit of values


class IntakeStore:
    """Counts of lines in the database of the assays; see `AssayStore` for what it needs.

    Args:
        url: `sqlite:///PATH`, or `postgresql://...` with recycler[postgres] installed.
        timeout_s: How long to wait for a lock, a connection or a statement, s.
    """

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._url = url
        self._database = Database(url, timeout_s)

    def close(self) -> None:
        """Close the connections of this process; the next use opens new ones."""
        self._database.close()

    def is_there(self) -> bool:
        """Whether there is a database to count in.

        `recycler serve` makes a SQLite file at its start. Where there is none, or none any more,
        counts alone do not make one.
        """
        return is_made(self._url)

    def add(self, counts: Sequence[IntakeCount]) -> None:
        """Add lines and pieces to what is counted already, all or none.

        Raises:
            DatabaseUnavailableError: The database cannot be used.
        """
        with self._database.writing() as connection:
            for start in range(0, len(counts), _AT_ONCE):
                _add(connection, counts[start : start + _AT_ONCE])

    def counts(self, since: date) -> tuple[IntakeCount, ...]:
        """What was counted from a day on, in the order of the days.

        Raises:
            DatabaseUnavailableError: The database cannot be used.
        """
        rows = select(intake).where(intake.c.day >= since).order_by(*intake.primary_key)
        with self._database.reading() as connection:
            return tuple(_count(row) for row in connection.execute(rows).mappings())


def _add(connection: Connection, counts: Iterable[IntakeCount]) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    statement = sqlite.insert(intake) if on_sqlite else postgresql.insert(intake)
    added = {name: intake.c[name] + statement.excluded[name] for name in ("lines", "pieces")}
    adding = statement.on_conflict_do_update(index_elements=list(intake.primary_key), set_=added)
    connection.execute(adding, [_row(count) for count in counts])


def _row(count: IntakeCount) -> dict[str, Any]:
    return {**count.kind._asdict(), "lines": count.lines, "pieces": count.pieces}


def _count(row: Any) -> IntakeCount:
    kind = IntakeKind(**{name: row[name] for name in IntakeKind._fields})
    return IntakeCount(kind, row["lines"], row["pieces"])
