"""Keys in a file: for a service that has no database, or whose secrets are mounted."""

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from recycler.keys.api_key import ApiKey, Scope, check_name
from recycler.keys.errors import KeyFileError, UnknownKeyError
from recycler.whole_file import write_whole

FORMAT: Final = 1
LARGEST: Final = 4 << 20
"""Bytes of a file that are read; some ten thousand keys fit."""

MODE: Final = 0o600
_OTHERS: Final = 0o077

_MOMENTS: Final = ("created_at", "expires_at", "revoked_at")
_FIELDS: Final = frozenset({"key_id", "name", "scopes", "sha256", *_MOMENTS})

_LOG: Final = logging.getLogger(__name__)


class KeyFile:
    """Keys in a JSON file that is replaced as a whole. It does not tell when a key was used.

    Every method raises KeyFileError if the file cannot be read or is not what it must be, and
    OSError if it cannot be written.

    Args:
        path: The file; the first key makes it, in a folder that is there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._warned = False

    @property
    def name(self) -> str:
        """What messages call the file."""
        return f"file {self._path}"

    def close(self) -> None:
        """Nothing is kept open."""

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Every key in the file, the oldest first; a file that others may use is warned about."""
        try:
            with self._path.open("rb") as file:
                self._warn_of(os.fstat(file.fileno()).st_mode)
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise self._unusable(str(error.strerror)) from error
        if len(data) > LARGEST:
            raise self._unusable(f"it is larger than {LARGEST} bytes")
        try:
            return _read(json.loads(data))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._unusable(
                f"it does not hold keys as recycler writes them: {error}"
            ) from None

    def add(self, key: ApiKey) -> None:
        """Keep a key."""
        with self._changing() as before:
            self._write((*before, key))

    def revoke(self, key_id: str, when: datetime) -> ApiKey:
        """Revoke a key for good; one that is revoked already stays as it is.

        Raises:
            UnknownKeyError: There is none with this id.
        """
        with self._changing() as before:
            found = {key.key_id: key for key in before}
            if key_id not in found:
                raise UnknownKeyError(key_id, self.name)
            revoked = found[key_id]
            if revoked.revoked_at is None:
                revoked = replace(revoked, revoked_at=when)
                self._write((found | {key_id: revoked}).values())
            return revoked

    def note_uses(self, uses: Mapping[str, datetime]) -> None:
        """Record nothing: the file is often read-only, and a mounted secret always."""

    @contextmanager
    def _changing(self) -> Iterator[tuple[ApiKey, ...]]:
        """The keys there are, while nobody else changes them."""
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield self.all_keys() if os.path.lexists(self._path) else ()
        finally:
            os.close(folder)

    def _write(self, keys: Any) -> None:
        document = {"format": FORMAT, "keys": [_document(key) for key in keys]}
        write_whole(self._path, [json.dumps(document, indent=2, ensure_ascii=False), "\n"], MODE)

    def _warn_of(self, mode: int) -> None:
        """Say once that others may use the file. It holds hashes, but whoever writes makes keys."""
        if mode & _OTHERS and not self._warned:
            self._warned = True
            _LOG.warning("%s may be used by others than its owner: chmod 600 it.", self.name)

    def _unusable(self, reason: str) -> KeyFileError:
        return KeyFileError(f"The {self.name} of keys cannot be used: {reason}.")


def _document(key: ApiKey) -> dict[str, Any]:
    moments = {name: getattr(key, name) for name in _MOMENTS}
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "sha256": key.digest.hex(),
        **{name: when and when.isoformat() for name, when in moments.items()},
    }


def _read(document: Any) -> tuple[ApiKey, ...]:
    if document["format"] != FORMAT:
        raise ValueError(f"its format is {document['format']!r}, not {FORMAT}")
    keys = tuple(_read_key(each) for each in document["keys"])
    if len({key.key_id for key in keys}) != len(keys):
        raise ValueError("an id stands there twice")
    return keys


def _read_key(document: Any) -> ApiKey:
    if document.keys() != _FIELDS:
        raise ValueError(f"a key has {', '.join(sorted(_FIELDS))}")
    check_name(document["name"])
    digest = bytes.fromhex(document["sha256"])
    if len(digest) != 32 or not isinstance(document["key_id"], str):
        raise ValueError("a key_id is a text, a sha256 64 hexadecimal digits")
    moments = {name: _moment(document[name]) for name in _MOMENTS}
    scopes = frozenset(Scope(word) for word in document["scopes"])
    return ApiKey(document["key_id"], document["name"], scopes, digest, **moments)


def _moment(text: str | None) -> Any:
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return when
