"""The database of assays as a command uses it: opened by the settings, closed afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from recycler.assays import AssayStore
from recycler.settings import Settings


@contextmanager
def store_of(settings: Settings) -> Iterator[AssayStore]:
    """The database of assays, closed afterwards."""
    store = AssayStore(settings.database_url, timeout_s=settings.database_timeout_s)
    try:
        yield store
    finally:
        store.close()
