"""What the store hands out and is asked for: plain immutable values."""

from dataclasses import dataclass
from datetime import date, datetime

from recycler.lot import MeasuredLot


@dataclass(frozen=True, slots=True)
class Deletion:
    """When a lot was deleted (UTC), by whom and why."""

    when: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class StoredLot:
    """A lot as it stands in the database.

    Attributes:
        assay_id: Its name in the database, a UUID; it never changes and is never given again.
        version: 1 when it was made, one more with every replacement.
        lot: The measurement.
        created_at: When it was made, UTC.
        updated_at: When its present version was made, UTC.
        quarantined: Why training leaves it out; None if it does not.
        deleted: When, by whom and why it was deleted; None if it was not.
    """

    assay_id: str
    version: int
    lot: MeasuredLot
    created_at: datetime
    updated_at: datetime
    quarantined: str | None = None
    deleted: Deletion | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """A version of a lot and when it was made (UTC)."""

    version: int
    lot: MeasuredLot
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lots are meant: those to which everything given applies.

    `measured_from` and `measured_to` are days and belong to the range. `quarantined` is None for
    both kinds.
    """

    plant: str | None = None
    category: str | None = None
    subtype: str | None = None
    method: str | None = None
    estimate_id: str | None = None
    measured_from: date | None = None
    measured_to: date | None = None
    quarantined: bool | None = None
    with_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some lots in the order of their arrival; `next` leads to those after, None to none."""

    lots: tuple[StoredLot, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """How many lots an import added, and how many stood there already with the same content."""

    added: int
    unchanged: int
