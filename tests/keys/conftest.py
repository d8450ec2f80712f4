from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recycler.keys import ApiKey, KeyFile, KeyKeeper, KeyStore, Scope, new_key

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[KeyStore]:
    """Keys in an empty database, of each kind in turn."""
    store = KeyStore(database_url, timeout_s=5)
    yield store
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    """Keys in a file that is not there yet."""
    return KeyFile(tmp_path / "keys.json")


@pytest.fixture(params=["file", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyKeeper]:
    """Keys in everything that keeps them, in turn; none is there yet."""
    if request.param == "file":
        yield KeyFile(tmp_path / "keys.json")
        return
    url = f"sqlite:///{tmp_path / 'assays.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server").new_schema()
    store = KeyStore(url, timeout_s=5)
    yield store
    store.close()


@pytest.fixture
def make() -> Callable[..., tuple[str, ApiKey]]:
    """Makes keys: what their holder sends, and what is kept of it."""

    def make(
        name: str = "desk", *scopes: Scope, now: datetime = NOW, expires_at: datetime | None = None
    ) -> tuple[str, ApiKey]:
        return new_key(name, scopes or (Scope.ESTIMATE,), now, expires_at)

    return make
