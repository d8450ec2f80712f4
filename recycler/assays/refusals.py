"""What the database or its driver refuses, as one sentence without secrets."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from recycler.assays.errors import DatabaseUnavailableError, UnstorableLotError

_LONGEST: Final = 300  # characters kept of what a driver says

_REMEDIES: Final[Mapping[str, str]] = {
    "locked": "another process is writing; try again",
    "lock timeout": "another process is writing; try again",
    "statement timeout": "it is busy; try again",
    "full": "make room on its disk",
    "disk i/o error": "make room on its disk, and look whether the disk is sound",
    "no space left": "make room on its disk",
    "readonly": "make the file and its folder writable",
    "read-only": "make it writable",
    "not a database": "name another file, or restore this one from a copy",
    "malformed": "restore it from a copy",
    "unable to open": "its folder must exist and be writable",
    "password": "look whether user and password of its URL are right",
}
"""Part of what a driver says -> what to do about it."""


@contextmanager
def refusing(name: str, secret: str = "") -> Iterator[None]:
    """Turn whatever the database refuses inside into an error of this room.

    Args:
        name: What messages call the database.
        secret: The password, which no message may hold.

    Raises:
        UnstorableLotError: The database refuses a value.
        DatabaseUnavailableError: Anything else that the database or its driver raised.
    """
    try:
        yield
    except (IntegrityError, DataError) as error:
        msg = f"{name} refuses a value: {_reason(error, secret)}."
        raise UnstorableLotError(msg) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise unavailable(name, _reason(error, secret)) from error


def unavailable(name: str, reason: str) -> DatabaseUnavailableError:
    """Build the error; its sentence ends with what to do, where that is known."""
    remedies = [what for part, what in _REMEDIES.items() if part in reason.lower()]
    remedy = f"; {remedies[0]}" if remedies else ""
    return DatabaseUnavailableError(f"{name} cannot be used: {reason}{remedy}.")


def _reason(error: Exception, secret: str) -> str:
    """What the driver says, without the statement and its values, on one line."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    first_line = next((line.strip() for line in said.splitlines() if line.strip()), "")
    reason = (first_line or type(error).__name__).rstrip(" .;")[:_LONGEST]
    return reason.replace(secret, "***") if secret else reason
