"""Measured lots, kept in SQL: SQLite by default, PostgreSQL by its URL."""

from recycler.assays.documents import canonical, digest, from_canonical
from recycler.assays.errors import (
    FAILURES,
    DatabaseUnavailableError,
    DeletedAssayError,
    DuplicateLotError,
    InvalidCursorError,
    KeyReusedError,
    StaleVersionError,
    UnknownAssayError,
    UnstorableLotError,
)
from recycler.assays.intake import IntakeStore
from recycler.assays.store import AssayStore, utc_now
from recycler.assays.values import Deletion, Filters, Imported, Page, Revision, StoredLot

__all__ = [
    "FAILURES",
    "AssayStore",
    "DatabaseUnavailableError",
    "DeletedAssayError",
    "Deletion",
    "DuplicateLotError",
    "Filters",
    "Imported",
    "IntakeStore",
    "InvalidCursorError",
    "KeyReusedError",
    "Page",
    "Revision",
    "StaleVersionError",
    "StoredLot",
    "UnknownAssayError",
    "UnstorableLotError",
    "canonical",
    "digest",
    "from_canonical",
    "utc_now",
]
