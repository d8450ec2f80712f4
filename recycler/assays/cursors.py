"""Where a page ended, as a text that means nothing to whoever passes it on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from recycler.assays.errors import InvalidCursorError

_FORM: Final = "after:"
_LARGEST: Final = 2**63 - 1


def cursor_after(position: int) -> str:
    """The text that leads to what comes after a row."""
    return urlsafe_b64encode(f"{_FORM}{position}".encode()).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """The row after which a cursor leads.

    Raises:
        InvalidCursorError: The text was not made by `cursor_after`.
    """
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
        position = int(text.removeprefix(_FORM))
    except ValueError:
        raise InvalidCursorError from None
    if not 0 <= position <= _LARGEST or cursor_after(position) != cursor:
        raise InvalidCursorError
    return position
