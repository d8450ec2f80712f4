"""The log of promotions as a chain: every entry vouches for all before it.

The digest of a log is the SHA-256 of the digest of the log without its last entry and that entry,
so one value stands for everything in it. An entry keeps the digest of the log before it. Whoever
edits or drops an entry without making all digests anew is noticed. Entries that were written before
there were digests have none; they come first, and the first entry with one vouches for them too.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

from recycler.registry import documents


class Entry(Protocol):
    """An entry of a chain: a dataclass that may keep the digest of those before it."""

    @property
    def after(self) -> str | None:
        """SHA-256 over all entries before, hexadecimal."""


def digest_of(entries: Sequence[Entry]) -> str:
    """SHA-256 over all entries of a log, in their order."""
    digest = sha256().hexdigest()
    for entry in entries:
        digest = _next(digest, entry)
    return digest


def checked_digest(entries: Sequence[Entry]) -> str:
    """The digest of a log of which no entry was edited, dropped or put elsewhere.

    Raises:
        ValueError: Names the first entry that does not follow from those before it.
    """
    digest, chained = sha256().hexdigest(), False
    for number, entry in enumerate(entries, start=1):
        chained = chained or entry.after is not None
        if chained and entry.after != digest:
            raise ValueError(
                f"entry {number} of the log does not follow from those before it: one of them was "
                f"edited, added or dropped"
            )
        digest = _next(digest, entry)
    return digest


def _next(digest: str, entry: Entry) -> str:
    told = json.dumps(documents.plain(entry), sort_keys=True)
    return sha256((digest + told).encode()).hexdigest()
