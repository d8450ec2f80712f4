"""What a key is: a text that its holder keeps secret, and what is kept of it here."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

LONGEST_NAME: Final = 128

_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32

_FORM: Final = re.compile(rf"rcy_([0-9a-f]{{{2 * _ID_BYTES}}})_[0-9a-f]{{{2 * _SECRET_BYTES}}}")
"""`rcy_ID_SECRET`: the prefix and the fixed length let secret scanners find keys that leaked."""


class Scope(StrEnum):
    """What a key may be used for."""

    ESTIMATE = "estimate"
    ASSAYS = "assays"
    MODELS = "models"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key. The key itself is not among it.

    Attributes:
        key_id: The part of the key that is no secret: 12 hexadecimal digits.
        name: Who or what holds it, 1 to 128 characters.
        scopes: What it may be used for, at least one.
        digest: From `digest_of`, 32 bytes.
        created_at: When it was made, UTC.
        expires_at: The moment from which on it is refused, UTC; None for never.
        revoked_at: When it was revoked, UTC; None if it was not.
        last_used_at: When it last let somebody in, UTC, to about a minute; None where that never
            happened or is not recorded.
    """

    key_id: str
    name: str
    scopes: frozenset[Scope]
    digest: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether it lets somebody in at a moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def new_key(
    name: str, scopes: Iterable[Scope], now: datetime, expires_at: datetime | None = None
) -> tuple[str, ApiKey]:
    """Make a key.

    Args:
        name: Who or what will hold it.
        scopes: What it may be used for.
        now: The present moment, with a time zone.
        expires_at: The moment from which on it is refused; None for never.

    Returns:
        The key as its holder sends it, which nobody can tell afterwards, and what is kept of it.

    Raises:
        ValueError: The name is empty, too long or not printable, or there is no scope.
    """
    allowed = frozenset(scopes)
    check_name(name)
    if not allowed:
        raise ValueError("a key needs at least one scope")
    key_id = secrets.token_hex(_ID_BYTES)
    text = f"rcy_{key_id}_{secrets.token_hex(_SECRET_BYTES)}"
    return text, ApiKey(key_id, name, allowed, digest_of(text), now, expires_at)


def check_name(name: str) -> None:
    """Refuse a name that cannot be shown in a table.

    Raises:
        ValueError: It is empty, too long or not printable.
    """
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise ValueError(
            f"a key's name has 1 to {LONGEST_NAME} printable characters, none of them a space at "
            "its ends"
        )


def digest_of(text: str) -> bytes:
    """SHA-256 of a key.

    A plain hash is right here, and a slow one is not. A slow hash makes guesses dear where secrets
    are few, as passwords are. Of 256 random bits there are too many to guess, at any speed, and a
    slow hash in every request would be a way to keep the service busy. The id is hashed with the
    secret, so that what is kept of one key cannot be passed off as another's.
    """
    return sha256(text.encode()).digest()


def is_key(text: str) -> bool:
    """Whether a text has the form of a key."""
    return _FORM.fullmatch(text) is not None


def id_in(text: str) -> str:
    """The id in a key, or the text itself if it has not the form of one."""
    found = _FORM.fullmatch(text)
    return found[1] if found else text
