"""The table of aliases: which version each names, and the log of how that came about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from recycler.registry import documents
from recycler.registry.chain import checked_digest, digest_of
from recycler.registry.manifest import FORMAT, check_format
from recycler.registry.names import ALIASES, CHALLENGER, CHAMPION, PREVIOUS, check_version_name
from recycler.registry.verdict import Verdict

FILE: Final = "registry.json"
LARGEST: Final = 4 << 20
"""Bytes of registry.json that are read; some thousand promotions fit."""

_LONGEST_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Promotion:
    """One entry of the log. Entries stand in the order in which they took effect.

    Fields that are added to this class must be None by default and None in older entries: what is
    None is not written, so that the digests of older entries hold.

    Attributes:
        version: The version.
        alias: The alias that it was given.
        replaced: The version that had the alias before.
        who: Who decided.
        when: When, by the clock of the machine, UTC; it may go backwards from entry to entry.
        why: The reason.
        scores: The version's scores, in brief.
        gate: What the gate said; None where none was asked.
        forced: Why the version was promoted though the gate refused; None where it did not.
        rollback: True where the version had been champion and was brought back.
        after: SHA-256 over all entries before, see `chain`; None in entries older than that.
    """

    version: str
    alias: str
    replaced: str | None
    who: str
    when: datetime
    why: str
    scores: Mapping[str, Any]
    gate: Verdict | None = None
    forced: str | None = None
    rollback: bool | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class AliasTable:
    """What registry.json holds: alias -> version, and all promotions, in their order.

    `digest` is the SHA-256 over all of them; a table older than that has none.
    """

    format: int
    aliases: Mapping[str, str]
    promotions: tuple[Promotion, ...]
    digest: str | None = None

    def after(self, promotion: Promotion) -> Self:
        """This table after a promotion; a replaced champion becomes `previous`.

        Raises:
            ValueError: The promotion is not one that may be logged.
        """
        _check_promotion(promotion)
        entry = replace(promotion, after=digest_of(self.promotions))
        log = (*self.promotions, entry)
        aliases = _moved(self.aliases, entry)
        return replace(self, aliases=aliases, promotions=log, digest=digest_of(log))


def empty_table() -> AliasTable:
    """The table before anything was promoted."""
    return AliasTable(FORMAT, {}, ())


def table_of(promotions: Iterable[Promotion]) -> AliasTable:
    """The table that a log of promotions leads to.

    Raises:
        ValueError: The log was edited, or does not fit together.
    """
    log = tuple(promotions)
    digest = checked_digest(log)
    aliases: Mapping[str, str] = {}
    for number, entry in enumerate(log, start=1):
        check_version_name(entry.version)
        if entry.alias not in (CHAMPION, CHALLENGER) or aliases.get(entry.alias) != entry.replaced:
            raise ValueError(f"entry {number} of the log does not fit those before it")
        aliases = _moved(aliases, entry)
    return AliasTable(FORMAT, aliases, log, digest)


def read_table(data: bytes) -> AliasTable:
    """Read the bytes of registry.json.

    Raises:
        ValueError: They are not exactly what they must be, or its log was edited or shortened.
    """
    document = documents.parse(data)
    check_format(document)
    table = documents.read(AliasTable, document)
    for alias, version in table.aliases.items():
        if alias not in ALIASES:
            raise ValueError(f"{alias!r} is no alias (one of {', '.join(ALIASES)})")
        check_version_name(version)
    _check_log(table)
    return table


def dump_table(table: AliasTable) -> bytes:
    """The bytes of registry.json.

    Raises:
        ValueError: They would be more than can be read again.
    """
    data = documents.dump(table)
    if len(data) > LARGEST:
        raise ValueError(f"the log of promotions would grow beyond {LARGEST} bytes")
    return data


def check_line(name: str, text: str) -> None:
    """Refuse what is not one line of text.

    Raises:
        ValueError: Says what it must be, by its name.
    """
    if not text.strip() or len(text) > _LONGEST_TEXT or not text.isprintable():
        raise ValueError(f"{name} must be one line of 1 to {_LONGEST_TEXT} characters")


def _check_log(table: AliasTable) -> None:
    """Refuse a table whose log was shortened or edited, or whose aliases were."""
    told = table_of(table.promotions)
    chained = any(entry.after is not None for entry in table.promotions)
    if table.digest != told.digest and (chained or table.digest is not None):
        raise ValueError("its log of promotions was shortened or edited: its digest is another")
    if dict(table.aliases) != dict(told.aliases):
        raise ValueError("its aliases are not those that its log of promotions leads to")


def _moved(aliases: Mapping[str, str], promotion: Promotion) -> Mapping[str, str]:
    moved = dict(aliases)
    if promotion.alias == CHAMPION and promotion.replaced is not None:
        moved[PREVIOUS] = promotion.replaced
    if moved.get(CHALLENGER) == promotion.version:
        del moved[CHALLENGER]
    moved[promotion.alias] = promotion.version
    return moved


def _check_promotion(promotion: Promotion) -> None:
    if promotion.alias not in (CHAMPION, CHALLENGER):
        raise ValueError(f"{promotion.alias!r} is neither {CHAMPION} nor {CHALLENGER}")
    if promotion.replaced == promotion.version:
        raise ValueError(f"it is the {promotion.alias} already")
    for name, text in {"who": promotion.who, "why": promotion.why}.items():
        check_line(name, text)
