"""What can stand in the way of a key: each error says in a sentence what it was."""

from typing import Final


class UnknownKeyError(LookupError):
    """There is no key with this id, and never was."""

    def __init__(self, key_id: str, where: str) -> None:
        super().__init__(f"There is no key {key_id!r} in {where}; `recycler keys list` shows all.")


class KeyFileError(RuntimeError):
    """The file of the keys cannot be read, or is not what it must be; the message says why."""


class KeysUnavailableError(RuntimeError):
    """Nobody can be let in by a key now: for too long the keys could not be read."""


FAILURES: Final = (UnknownKeyError, KeyFileError, KeysUnavailableError)
"""Every error of this room; the message of each is a sentence for whoever asked."""
