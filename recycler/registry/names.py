"""What versions may be called, and the aliases that point to them."""

import re
from typing import Final

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
PREVIOUS: Final = "previous"
ALIASES: Final = (CHAMPION, CHALLENGER, PREVIOUS)

_VERSION = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_RULE = "a letter or digit, then up to 63 of a-z, 0-9, '.', '_' and '-', and no alias"


def is_version_name(name: str) -> bool:
    """Whether a name is safe as a folder and in a header, and is no alias."""
    return _VERSION.fullmatch(name) is not None and name not in ALIASES


def check_version_name(name: str) -> None:
    """Refuse what is no version name.

    Raises:
        ValueError: Says what a version name is.
    """
    if not is_version_name(name):
        raise ValueError(f"{name!r} is no version name: {_RULE}")
