"""registry.json: which version each alias names, and the log of how that came about."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from recycler.registry import documents
from recycler.registry.files import read_bytes
from recycler.registry.manifest import FORMAT, check_format
from recycler.registry.names import ALIASES, CHALLENGER, CHAMPION, PREVIOUS, check_version_name

FILE: Final = "registry.json"
LARGEST: Final = 4 << 20
"""Bytes of registry.json that are read; some thousand promotions fit."""

_LONGEST_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Promotion:
    """One line of the log: who gave `alias` to `version`, when (UTC), why, and at which scores.

    `replaced` is the version that had the alias before.
    """

    version: str
    alias: str
    replaced: str | None
    who: str
    when: datetime
    why: str
    scores: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AliasTable:
    """What registry.json holds: alias -> version, and all promotions, oldest first."""

    format: int
    aliases: Mapping[str, str]
    promotions: tuple[Promotion, ...]

    def after(self, promotion: Promotion) -> Self:
        """This table after a promotion; a replaced champion becomes `previous`.

        Raises:
            ValueError: The promotion is not one that may be logged.
        """
        _check_promotion(promotion)
        aliases = dict(self.aliases)
        if promotion.alias == CHAMPION and promotion.replaced is not None:
            aliases[PREVIOUS] = promotion.replaced
        if aliases.get(CHALLENGER) == promotion.version:
            del aliases[CHALLENGER]
        aliases[promotion.alias] = promotion.version
        return replace(self, aliases=aliases, promotions=(*self.promotions, promotion))


def read_aliases(root: Path) -> AliasTable:
    """Read registry.json; where there is none, nothing has been promoted yet.

    Raises:
        ValueError: It is not exactly what it must be.
        OSError: It cannot be read.
    """
    try:
        data = read_bytes(root, FILE, LARGEST)
    except FileNotFoundError:
        return AliasTable(FORMAT, {}, ())
    document = documents.parse(data)
    check_format(document)
    table = documents.read(AliasTable, document)
    for alias, version in table.aliases.items():
        if alias not in ALIASES:
            raise ValueError(f"{alias!r} is no alias (one of {', '.join(ALIASES)})")
        check_version_name(version)
    return table


def dump_aliases(table: AliasTable) -> bytes:
    """The bytes of registry.json.

    Raises:
        ValueError: They would be more than can be read again.
    """
    data = documents.dump(table)
    if len(data) > LARGEST:
        raise ValueError(f"the log of promotions would grow beyond {LARGEST} bytes")
    return data


def _check_promotion(promotion: Promotion) -> None:
    if promotion.alias not in (CHAMPION, CHALLENGER):
        raise ValueError(f"{promotion.alias!r} is neither {CHAMPION} nor {CHALLENGER}")
    if promotion.replaced == promotion.version:
        raise ValueError(f"it is the {promotion.alias} already")
    for name, text in {"who": promotion.who, "why": promotion.why}.items():
        if not text.strip() or len(text) > _LONGEST_TEXT or not text.isprintable():
            raise ValueError(f"{name} must be one line of 1 to {_LONGEST_TEXT} characters")
