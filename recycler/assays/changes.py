"""Changes to the tables. Each runs in a transaction that writes, in which nobody else does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, update

from recycler.assays.documents import as_document, digest
from recycler.assays.errors import DuplicateLotError, KeyReusedError, StaleVersionError
from recycler.assays.queries import (
    PORTION,
    as_first_made,
    holders,
    made_under,
    require_known,
    set_aside,
    standing,
)
from recycler.assays.tables import idempotency_keys, lots, quarantines, revisions
from recycler.assays.values import Deletion, Imported, StoredLot
from recycler.lot import MeasuredLot


def add(
    connection: Connection, lot: MeasuredLot, key: str | None, now: datetime
) -> tuple[StoredLot, bool]:
    """Store a lot, unless it has come before under the same key.

    Raises:
        KeyReusedError: Another lot came under the key.
        DuplicateLotError: The plant has a lot of this name.
    """
    content = digest(lot)
    if key is not None and (made := made_under(connection, key)):
        assay_id, before = made
        if before != content:
            raise KeyReusedError(key, assay_id)
        return as_first_made(connection, assay_id), False
    _require_free(connection, lot)
    stored = StoredLot(str(uuid4()), 1, lot, now, now)
    _insert(connection, [stored])
    if key is not None:
        row = {"key": key, "digest": content, "assay_id": stored.assay_id, "made_at": now}
        connection.execute(insert(idempotency_keys), row)
    return stored, True


def add_all(connection: Connection, given: Iterable[MeasuredLot], now: datetime) -> Imported:
    """Store every lot that does not stand there already with the same content.

    Raises:
        DuplicateLotError: A plant has a lot of this name with other content.
    """
    added = position = 0
    coming = iter(given)
    while portion := list(islice(coming, PORTION)):
        new = list(_new(connection, portion, position, now))
        if new:
            _insert(connection, new)
        added += len(new)
        position += len(portion)
    return Imported(added, unchanged=position - added)


def replace_lot(
    connection: Connection, assay_id: str, lot: MeasuredLot, expected: int, now: datetime
) -> StoredLot:
    """Give a lot another content; the same content makes no new version.

    Raises:
        UnknownAssayError: There is no such lot.
        DeletedAssayError: There was one.
        StaleVersionError: It is not at the version expected.
        DuplicateLotError: The plant has another lot of the new name.
    """
    before = standing(connection, assay_id)
    _require_version(before, expected)
    if digest(before.lot) == digest(lot):
        return before
    if (before.lot.plant, before.lot.lot_id) != (lot.plant, lot.lot_id):
        _require_free(connection, lot)
    after = replace(before, version=before.version + 1, lot=lot, updated_at=now)
    connection.execute(insert(revisions), _revision(after))
    changed = {"version": after.version, "updated_at": now, **_columns(lot)}
    connection.execute(update(lots).where(lots.c.assay_id == assay_id).values(changed))
    return after


def delete(
    connection: Connection, assay_id: str, deletion: Deletion, expected: int | None
) -> StoredLot:
    """Mark a lot as deleted, so that its name is free again.

    Raises:
        UnknownAssayError: There is no such lot.
        DeletedAssayError: It has been deleted before.
        StaleVersionError: It is not at the version expected.
    """
    before = standing(connection, assay_id)
    if expected is not None:
        _require_version(before, expected)
    mark = {
        "deleted_at": deletion.when,
        "deleted_by": deletion.who,
        "deleted_why": deletion.why,
    }
    connection.execute(update(lots).where(lots.c.assay_id == assay_id).values(mark))
    return replace(before, deleted=deletion)


def set_quarantine(
    connection: Connection, reasons: Mapping[str, str], by: str, now: datetime
) -> None:
    """Set these lots aside and release all others.

    Raises:
        UnknownAssayError: There is no lot of one of the names.
    """
    require_known(connection, list(reasons))
    before = set_aside(connection)
    released = dict.fromkeys(before.keys() - reasons.keys())
    changed = {**released, **dict(reasons.items() - before.items())}
    for assay_id, reason in sorted(changed.items()):
        mark = update(lots).where(lots.c.assay_id == assay_id).values(quarantined=reason)
        connection.execute(mark)
        row = {"assay_id": assay_id, "reason": reason, "decided_by": by, "decided_at": now}
        connection.execute(insert(quarantines), row)


def _new(
    connection: Connection, portion: Sequence[MeasuredLot], first: int, now: datetime
) -> Iterator[StoredLot]:
    """Those of several lots that are not there yet; `first` is the position of the first."""
    taken = holders(connection, {(lot.plant, lot.lot_id) for lot in portion})
    for position, lot in enumerate(portion, first):
        content = digest(lot)
        name = (lot.plant, lot.lot_id)
        if name not in taken:
            stored = StoredLot(str(uuid4()), 1, lot, now, now)
            taken[name] = stored.assay_id, content
            yield stored
        elif taken[name][1] != content:
            raise DuplicateLotError(*name, taken[name][0], position)


def _require_free(connection: Connection, lot: MeasuredLot) -> None:
    for name, (assay_id, _) in holders(connection, [(lot.plant, lot.lot_id)]).items():
        raise DuplicateLotError(*name, assay_id)


def _require_version(stored: StoredLot, expected: int) -> None:
    if stored.version != expected:
        raise StaleVersionError(stored.assay_id, expected, stored.version)


def _insert(connection: Connection, made: Sequence[StoredLot]) -> None:
    rows = [
        {
            "assay_id": stored.assay_id,
            "version": stored.version,
            "created_at": stored.created_at,
            "updated_at": stored.updated_at,
            **_columns(stored.lot),
        }
        for stored in made
    ]
    connection.execute(insert(lots), rows)
    connection.execute(insert(revisions), [_revision(stored) for stored in made])


def _columns(lot: MeasuredLot) -> Mapping[str, Any]:
    """What is filtered by, of a lot."""
    return {
        "plant": lot.plant,
        "lot_id": lot.lot_id,
        "category": lot.line.category,
        "subtype": lot.line.subtype,
        "method": lot.method,
        "estimate_id": lot.estimate_id,
        "measured_on": lot.measured_on,
    }


def _revision(stored: StoredLot) -> Mapping[str, Any]:
    return {
        "assay_id": stored.assay_id,
        "version": stored.version,
        "document": as_document(stored.lot),
        "digest": digest(stored.lot),
        "made_at": stored.updated_at,
    }
