"""Keys in the database that holds the assays."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, or_, select, update

from recycler.assays.database import Database
from recycler.assays.engines import is_made
from recycler.assays.errors import DatabaseUnavailableError
from recycler.assays.tables import api_keys
from recycler.keys.api_key import ApiKey, Scope
from recycler.keys.errors import UnknownKeyError

USE_APART: Final = timedelta(minutes=1)
"""Uses of one key that lie closer together are one, as far as the database is told."""

_WORDS: Final = {scope.value: scope for scope in Scope}


class KeyStore:
    """Keys in SQLite or PostgreSQL; see `AssayStore` for what it needs.

    Every method raises DatabaseUnavailableError if the database cannot be used.

    Args:
        url: `sqlite:///PATH`, or `postgresql://...` with recycler[postgres] installed.
        timeout_s: How long to wait for a lock, a connection or a statement, s.
    """

    def __init__(self, url: str, *, timeout_s: float) -> None:
        self._url = url
        self._database = Database(url, timeout_s)

    @property
    def name(self) -> str:
        """What messages call the database."""
        return self._database.name

    def close(self) -> None:
        """Close the connections of this process; the next use opens new ones."""
        self._database.close()

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Every key that ever was, the oldest first. Reading alone makes no database file."""
        self._require_made()
        rows = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id)
        with self._database.reading() as connection:
            return tuple(_key(row) for row in connection.execute(rows).mappings())

    def add(self, key: ApiKey) -> None:
        """Keep a key."""
        with self._database.writing() as connection:
            connection.execute(insert(api_keys), _row(key))

    def revoke(self, key_id: str, when: datetime) -> ApiKey:
        """Revoke a key for good; one that is revoked already stays as it is.

        Raises:
            UnknownKeyError: There is none with this id.
        """
        with self._database.writing() as connection:
            key = self._found(connection, key_id)
            if key.revoked_at is not None:
                return key
            this = api_keys.c.key_id == key_id
            connection.execute(update(api_keys).where(this).values(revoked_at=when))
            return replace(key, revoked_at=when)

    def note_uses(self, uses: Mapping[str, datetime]) -> None:
        """Record when keys (by id) were last used, unless another process just did."""
        self._require_made()
        with self._database.writing() as connection:
            for key_id, when in uses.items():
                last = api_keys.c.last_used_at
                due = or_(last.is_(None), last <= when - USE_APART)
                this = update(api_keys).where(api_keys.c.key_id == key_id, due)
                connection.execute(this.values(last_used_at=when))

    def _found(self, connection: Connection, key_id: str) -> ApiKey:
        this = select(api_keys).where(api_keys.c.key_id == key_id)
        row = connection.execute(this).mappings().first()
        if row is None:
            raise UnknownKeyError(key_id, self.name)
        return _key(row)

    def _require_made(self) -> None:
        if not is_made(self._url):
            msg = f"{self.name} cannot be used: there is no such file; making a key makes it."
            raise DatabaseUnavailableError(msg)


def _row(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": " ".join(sorted(key.scopes)),
        "digest": key.digest.hex(),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _key(row: Any) -> ApiKey:
    """Read a row; a scope that only a newer version knows gives no right here."""
    scopes = frozenset(_WORDS[word] for word in row["scopes"].split() if word in _WORDS)
    return ApiKey(**{**row, "scopes": scopes, "digest": bytes.fromhex(row["digest"])})
