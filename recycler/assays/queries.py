"""Questions to the tables, and their rows as values."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, and_, select, tuple_

from recycler.assays.cursors import cursor_after, position_of
from recycler.assays.documents import from_document
from recycler.assays.errors import DeletedAssayError, UnknownAssayError
from recycler.assays.tables import idempotency_keys, lots, revisions
from recycler.assays.values import Deletion, Filters, Page, Revision, StoredLot

PORTION: Final = 500
"""Rows that are asked for or handed over in one statement."""

_ASSAY_ID: Final = re.compile("[0-9a-f-]{36}")
_EQUAL: Final = ("plant", "category", "subtype", "method", "estimate_id")


def present(connection: Connection, assay_id: str) -> StoredLot:
    """The lot of this name, deleted or not.

    Raises:
        UnknownAssayError: There is none.
    """
    question = _stored().where(lots.c.assay_id == assay_id)
    # Databases differ in what texts they refuse to be asked for.
    known_form = _ASSAY_ID.fullmatch(assay_id)
    row = connection.execute(question).mappings().first() if known_form else None
    if row is None:
        raise UnknownAssayError(assay_id)
    return _lot(row)


def standing(connection: Connection, assay_id: str) -> StoredLot:
    """The lot of this name, which has not been deleted.

    Raises:
        UnknownAssayError: There is none.
        DeletedAssayError: There was one.
    """
    found = present(connection, assay_id)
    if found.deleted:
        raise DeletedAssayError(assay_id, found.deleted)
    return found


def as_first_made(connection: Connection, assay_id: str) -> StoredLot:
    """The lot as it was when it was made, whatever has become of it."""
    first = connection.execute(
        select(revisions).where(revisions.c.assay_id == assay_id, revisions.c.version == 1)
    ).one()
    return StoredLot(assay_id, 1, from_document(first.document), first.made_at, first.made_at)


def page(connection: Connection, filters: Filters, limit: int, after: str | None) -> Page:
    """At most `limit` lots in the order of their arrival.

    Raises:
        InvalidCursorError: `after` is no `next` of a page.
    """
    question = _filtered(filters, lots.c.position).order_by(lots.c.position).limit(limit + 1)
    if after is not None:
        question = question.where(lots.c.position > position_of(after))
    rows = connection.execute(question).mappings().all()
    more = cursor_after(rows[limit - 1]["position"]) if len(rows) > limit else None
    return Page(tuple(_lot(row) for row in rows[:limit]), more)


def all_lots(connection: Connection, filters: Filters) -> Iterator[StoredLot]:
    """Every lot, by plant and lot_id in the order of their bytes; read as they are taken."""
    question = _filtered(filters).order_by(lots.c.plant, lots.c.lot_id, lots.c.position)
    with connection.execute(question, execution_options={"yield_per": PORTION}) as rows:
        for row in rows.mappings():
            yield _lot(row)


def earlier(connection: Connection, assay_id: str) -> tuple[Revision, ...]:
    """Every version before the present one, the oldest first; of a deleted lot every version.

    Raises:
        UnknownAssayError: There is no such lot.
    """
    found = present(connection, assay_id)
    question = select(revisions).where(revisions.c.assay_id == assay_id)
    if not found.deleted:
        question = question.where(revisions.c.version < found.version)
    return tuple(
        Revision(row.version, from_document(row.document), row.made_at)
        for row in connection.execute(question.order_by(revisions.c.version))
    )


def made_under(connection: Connection, key: str) -> tuple[str, str] | None:
    """The assay_id and the digest of what came with a key, if anything did."""
    columns = idempotency_keys.c
    row = connection.execute(
        select(columns.assay_id, columns.digest).where(columns.key == key)
    ).first()
    return row and (row.assay_id, row.digest)


def holders(
    connection: Connection, names: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Names (plant, lot_id) that are taken -> assay_id and digest of the lot that has them."""
    question = _with_revision(
        select(lots.c.plant, lots.c.lot_id, lots.c.assay_id, revisions.c.digest)
    ).where(lots.c.deleted_at.is_(None), tuple_(lots.c.plant, lots.c.lot_id).in_(list(names)))
    return {
        (row.plant, row.lot_id): (row.assay_id, row.digest) for row in connection.execute(question)
    }


def set_aside(connection: Connection) -> dict[str, str]:
    """assay_id -> reason, of every lot in quarantine."""
    question = select(lots.c.assay_id, lots.c.quarantined).where(lots.c.quarantined.is_not(None))
    return {row.assay_id: row.quarantined for row in connection.execute(question)}


def require_known(connection: Connection, assay_ids: Sequence[str]) -> None:
    """Make sure that there is a lot of each name.

    Raises:
        UnknownAssayError: Of one there is none.
    """
    for portion in portions(assay_ids):
        question = select(lots.c.assay_id).where(lots.c.assay_id.in_(portion))
        known = set(connection.scalars(question))
        for assay_id in portion:
            if assay_id not in known:
                raise UnknownAssayError(assay_id)


def portions(entries: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Entries in portions of which one statement can name all."""
    for start in range(0, len(entries), PORTION):
        yield entries[start : start + PORTION]


def _stored(*further: Any) -> Select[Any]:
    columns = lots.c
    return _with_revision(
        select(
            columns.assay_id,
            columns.version,
            revisions.c.document,
            columns.created_at,
            columns.updated_at,
            columns.quarantined,
            columns.deleted_at,
            columns.deleted_by,
            columns.deleted_why,
            *further,
        )
    )


def _with_revision(question: Select[Any]) -> Select[Any]:
    """Join what was measured, in its present version."""
    same = and_(revisions.c.assay_id == lots.c.assay_id, revisions.c.version == lots.c.version)
    return question.join_from(lots, revisions, same)


def _filtered(filters: Filters, *further: Any) -> Select[Any]:
    columns = lots.c
    question = _stored(*further)
    for name in _EQUAL:
        if (value := getattr(filters, name)) is not None:
            question = question.where(columns[name] == value)
    if filters.measured_from is not None:
        question = question.where(columns.measured_on >= filters.measured_from)
    if filters.measured_to is not None:
        question = question.where(columns.measured_on <= filters.measured_to)
    if filters.quarantined is not None:
        question = question.where(columns.quarantined.is_not(None) == filters.quarantined)
    if not filters.with_deleted:
        question = question.where(columns.deleted_at.is_(None))
    return question


def _lot(row: RowMapping) -> StoredLot:
    return StoredLot(
        assay_id=row["assay_id"],
        version=row["version"],
        lot=from_document(row["document"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        quarantined=row["quarantined"],
        deleted=_deletion(row),
    )


def _deletion(row: Mapping[Any, Any]) -> Deletion | None:
    if row["deleted_at"] is None:
        return None
    return Deletion(row["deleted_at"], row["deleted_by"], row["deleted_why"])
