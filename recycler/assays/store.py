"""The store of measured lots: the only door into this room."""

from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import UTC, datetime

from recycler.assays import changes, queries
from recycler.assays.database import Database
from recycler.assays.schema import HEAD
from recycler.assays.values import Deletion, Filters, Imported, Page, Revision, StoredLot
from recycler.lot import MeasuredLot

_EVERYTHING = Filters()


def utc_now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


class AssayStore:
    """Measured lots in SQLite or PostgreSQL; what a method has returned is on disk.

    Nothing is connected before the first use, and then in the process that uses it; threads may
    share a store. The tables are brought to the newest migration at the first use, too. Every
    method raises DatabaseUnavailableError if the database cannot be used; once it can be again, so
    can the store.

    Args:
        url: `sqlite:///PATH`, or `postgresql://...` with recycler[postgres] installed.
        timeout_s: How long to wait for a lock, a connection or a statement, s.
        clock: Tells the moments that are recorded, with a time zone. Nothing else depends on it:
            the order of lots holds even if it goes backwards.
    """

    def __init__(
        self, url: str, *, timeout_s: float, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = Database(url, timeout_s)
        self._clock = clock

    @property
    def name(self) -> str:
        """What people call the database: its kind and where it is, without a password."""
        return self._database.name

    def close(self) -> None:
        """Close the connections of this process; the next use opens new ones."""
        self._database.close()

    def migrate(self) -> None:
        """Bring the tables to the newest migration; of several at once, one does it."""
        self._database.migrate()

    def revision(self) -> str | None:
        """The migration that the database is at; None if it has no tables yet."""
        return self._database.revision()

    def is_current(self) -> bool:
        """Whether the tables are at the newest migration."""
        return self.revision() == HEAD

    def add(self, lot: MeasuredLot, *, key: str | None = None) -> tuple[StoredLot, bool]:
        """Store a lot.

        Args:
            lot: The lot.
            key: The sender's name for this attempt: when it comes again with the same content,
                nothing is stored a second time.

        Returns:
            The stored lot, and whether it was made now. If not, it is as it was when it was made.

        Raises:
            KeyReusedError: The key came with other content.
            DuplicateLotError: The plant has a lot of this name.
            UnstorableLotError: The database refuses a value.
        """
        with self._database.writing() as connection:
            return changes.add(connection, lot, key, self._now())

    def add_all(self, lots: Iterable[MeasuredLot]) -> Imported:
        """Store all lots or none; one that stands there with the same content is left alone.

        Raises:
            DuplicateLotError: A lot stands there, or came before in `lots`, with other content.
            UnstorableLotError: The database refuses a value.
        """
        with self._database.writing() as connection:
            return changes.add_all(connection, lots, self._now())

    def get(self, assay_id: str) -> StoredLot:
        """The lot of this name.

        Raises:
            UnknownAssayError: There is none.
            DeletedAssayError: There was one.
        """
        with self._database.reading() as connection:
            return queries.standing(connection, assay_id)

    def find(self, filters: Filters, *, limit: int, after: str | None = None) -> Page:
        """Some lots in the order of their arrival.

        Args:
            filters: Which lots.
            limit: Most lots of the page, at least 1.
            after: `next` of the page before; None for the first.

        Raises:
            InvalidCursorError: `after` is no `next` of a page.
        """
        with self._database.reading() as connection:
            return queries.page(connection, filters, limit, after)

    def iterate(self, filters: Filters = _EVERYTHING) -> Generator[StoredLot]:
        """Every lot as of one moment, by plant and lot_id; the same order in every database.

        Whoever stops before the last lot closes the generator, so that its connection is free.
        """
        with self._database.reading(snapshot=True) as connection:
            yield from queries.all_lots(connection, filters)

    def history(self, assay_id: str) -> tuple[Revision, ...]:
        """Every version of a lot before the present one, the oldest first.

        Of a deleted lot, which has no present version, it is every version.

        Raises:
            UnknownAssayError: There is no such lot.
        """
        with self._database.reading(snapshot=True) as connection:
            return queries.earlier(connection, assay_id)

    def replace(self, assay_id: str, lot: MeasuredLot, *, expected: int) -> StoredLot:
        """Give a lot another content and the next version; the same content changes nothing.

        Args:
            assay_id: The lot.
            lot: Its new content.
            expected: The version that is replaced.

        Raises:
            UnknownAssayError: There is no such lot.
            DeletedAssayError: There was one.
            StaleVersionError: It is not at the version expected.
            DuplicateLotError: The plant has another lot of the new name.
            UnstorableLotError: The database refuses a value.
        """
        with self._database.writing() as connection:
            return changes.replace_lot(connection, assay_id, lot, expected, self._now())

    def delete(
        self, assay_id: str, *, who: str, why: str, expected: int | None = None
    ) -> StoredLot:
        """Delete a lot: it stays in the database, but is found no more and its lot_id is free.

        Args:
            assay_id: The lot.
            who: Who decided.
            why: The reason.
            expected: The version that is deleted; None for whichever it is.

        Raises:
            UnknownAssayError: There is no such lot.
            DeletedAssayError: It has been deleted before.
            StaleVersionError: It is not at the version expected.
        """
        with self._database.writing() as connection:
            deletion = Deletion(self._now(), who, why)
            return changes.delete(connection, assay_id, deletion, expected)

    def set_quarantine(self, reasons: Mapping[str, str], *, by: str) -> None:
        """Set these lots aside from training and release all others, in one step.

        Args:
            reasons: assay_id -> why.
            by: Who or what decided, for the log.

        Raises:
            UnknownAssayError: There is no lot of one of the names; nothing is changed.
        """
        with self._database.writing() as connection:
            changes.set_quarantine(connection, reasons, by, self._now())

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)
