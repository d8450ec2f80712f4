"""Where keys are kept: a file if one is named, else the database of the assays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from recycler.keys.api_key import ApiKey
from recycler.keys.key_file import KeyFile
from recycler.keys.key_store import KeyStore
from recycler.settings import Settings


class KeyKeeper(Protocol):
    """What a file and a database of keys have in common; see `KeyStore`."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def close(self) -> None:
        """Close what this process holds open; the next use opens it anew."""

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Every key that ever was, the oldest first."""

    def add(self, key: ApiKey) -> None:
        """Keep a key."""

    def revoke(self, key_id: str, when: datetime) -> ApiKey:
        """Revoke a key for good."""

    def note_uses(self, uses: Mapping[str, datetime]) -> None:
        """Record when keys, by their ids, were last used."""


def open_keys(settings: Settings) -> KeyKeeper:
    """Open the keys that the settings name; nothing is read before the first use."""
    if settings.keys_file is not None:
        return KeyFile(settings.keys_file)
    return KeyStore(settings.database_url, timeout_s=settings.database_timeout_s)
