from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from recycler.assays import AssayStore, utc_now


@pytest.fixture
def open_store(database_url: str) -> Iterator[Callable[..., AssayStore]]:
    """Opens stores on one database, as several processes would; all are closed with the test."""
    opened: list[AssayStore] = []

    def open_store(
        clock: Callable[[], datetime] = utc_now, timeout_s: float = 10
    ) -> AssayStore:
        opened.append(AssayStore(database_url, timeout_s=timeout_s, clock=clock))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., AssayStore]) -> AssayStore:
    """A store on an empty database."""
    return open_store()
