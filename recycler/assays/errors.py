"""What can stand in the way of a measured lot: each error says in a sentence what it was."""

from datetime import datetime
from typing import Final

from recycler.assays.values import Deletion


class DatabaseUnavailableError(RuntimeError):
    """The database cannot be used now; the message says which, why and what to do.

    It never holds the password of the database's URL. Nothing was stored unless the connection
    broke at the very moment of storing: a lot that is sent again with its key is stored once.
    """


class UnstorableLotError(ValueError):
    """The database refuses a value, such as a text with a zero byte; nothing was stored."""


class UnknownAssayError(LookupError):
    """There is no lot with this assay_id, and never was."""

    def __init__(self, assay_id: str) -> None:
        self.assay_id = assay_id
        super().__init__(f"There is no assay {assay_id!r}.")


class DeletedAssayError(LookupError):
    """The lot was deleted; `deletion` says when, by whom and why."""

    def __init__(self, assay_id: str, deletion: Deletion) -> None:
        self.assay_id = assay_id
        self.deletion = deletion
        super().__init__(
            f"Assay {assay_id} was deleted {_moment(deletion.when)} by {deletion.who}: "
            f"{deletion.why}"
        )


class DuplicateLotError(ValueError):
    """The plant has another lot of this name.

    Attributes:
        plant: Of both lots.
        lot_id: Of both lots.
        assay_id: Of the lot that is stored under the name.
        position: Of the refused lot among several, from 0; None if it came alone.
    """

    def __init__(
        self,
        plant: str,
        lot_id: str,
        assay_id: str,
        position: int | None = None,
        place: str | None = None,
    ) -> None:
        self.plant = plant
        self.lot_id = lot_id
        self.assay_id = assay_id
        self.position = position
        if place is None and position is not None:
            place = f"Lot {position + 1} of those given"
        where = f"{place}: " if place else ""
        super().__init__(
            f"{where}Plant {plant!r} has a lot {lot_id!r} already: assay {assay_id}. "
            "Replace or delete that one, or give the lot another lot_id."
        )

    def at(self, place: str) -> "DuplicateLotError":
        """The same error, whose message begins with a place in a list, such as `Line 7`."""
        return DuplicateLotError(self.plant, self.lot_id, self.assay_id, self.position, place)


class KeyReusedError(ValueError):
    """The Idempotency-Key has been used for another lot."""

    def __init__(self, key: str, assay_id: str) -> None:
        self.key = key
        self.assay_id = assay_id
        super().__init__(
            f"Key {key!r} was used for assay {assay_id}, whose content was another; "
            "use a new key for every lot."
        )


class StaleVersionError(ValueError):
    """The lot has been changed since the version that was expected; `present` is its version."""

    def __init__(self, assay_id: str, expected: int, present: int) -> None:
        self.assay_id = assay_id
        self.expected = expected
        self.present = present
        super().__init__(
            f"Assay {assay_id} is at version {present}, not {expected}: "
            "look at it again before changing it."
        )


class InvalidCursorError(ValueError):
    """The text is no `next` of a page."""

    def __init__(self) -> None:
        super().__init__("This is no place to go on from; send what the last page gave as next.")


FAILURES: Final = (
    DatabaseUnavailableError,
    UnstorableLotError,
    UnknownAssayError,
    DeletedAssayError,
    DuplicateLotError,
    KeyReusedError,
    StaleVersionError,
    InvalidCursorError,
)
"""Every error of this room; the message of each is a sentence for whoever asked."""


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
