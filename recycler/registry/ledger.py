"""registry.json and promotions.jsonl in concert: read, added to, and rebuilt from one another."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from recycler.registry.aliases import (
    FILE,
    LARGEST,
    AliasTable,
    Promotion,
    dump_table,
    empty_table,
    read_table,
    table_of,
)
from recycler.registry.errors import refusing
from recycler.registry.files import read_bytes, replace_file
from recycler.registry.journal import JOURNAL, Journal, as_line, journaled, read_journal

_RESTORE: Final = (
    "restore it with `recycler models restore`, which rebuilds it from {}, or from a good copy"
)


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a restoration made: the table as it is now, and what it did, in sentences."""

    table: AliasTable
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """What one of the two files tells, up to where it can be trusted, and what is wrong there."""

    name: str
    table: AliasTable = field(default_factory=empty_table)
    problem: str = ""

    @property
    def log(self) -> tuple[Promotion, ...]:
        return self.table.promotions


def read_ledger(root: Path) -> AliasTable:
    """Read the table of aliases; where there are no files, nothing has been promoted yet.

    A damaged promotions.jsonl keeps nobody from reading: it is what registry.json is held against,
    as far as it can be read.

    Raises:
        ArtefactError: registry.json is missing though something was promoted, is damaged, or its
            log was shortened or edited.
    """
    journal = _readable_journal(root)  # first: it is never ahead of registry.json
    with refusing(f"{root / FILE}", _RESTORE.format(JOURNAL)):
        try:
            table = read_table(read_bytes(root, FILE, LARGEST))
        except FileNotFoundError:
            _check_nothing_promoted(journal)
            return empty_table()
        _check_agreement(table.promotions, journal.finished)
    return table


def add(root: Path, table: AliasTable, promotion: Promotion) -> Promotion:
    """Let a promotion take effect; return it as it stands in the log. Call while `locked`.

    Raises:
        ArtefactError: promotions.jsonl is damaged, so that nothing may be added to it.
        ValueError: The promotion is not one that may be logged.
        OSError: It cannot be written; both files are as they were.
    """
    after = table.after(promotion)
    data = dump_table(after)
    with refusing(f"{root / JOURNAL}", _RESTORE.format(FILE)):
        if damage := read_journal(root).damage:
            raise ValueError(damage)
    with journaled(root, table.promotions, after.promotions[-1]):
        replace_file(root, FILE, data)
    return after.promotions[-1]


def restore(root: Path) -> Restoration:
    """Rebuild what is missing or damaged of the two files. Call while `locked`.

    The longer log counts, and the other must be its beginning. What is replaced is kept beside, as
    NAME.damaged.

    Raises:
        ValueError: Neither can be trusted, or they contradict each other.
        OSError: They cannot be read or written.
    """
    table = _told_by_table(root)
    # Whether a promotion under way took effect only registry.json can tell; else it is not lost.
    journal = _told_by_journal(root, under_way=bool(table.problem))
    log = _agreed(table, journal)
    restored = table_of(log)
    done: list[str] = []
    if table.problem or table.log != log:
        done += _replaced(root, FILE, dump_table(restored), table.problem or "it was behind")
    if journal.problem or read_journal(root).finished != log:
        lines = b"".join(as_line(entry) for entry in log)
        done += _replaced(root, JOURNAL, lines, journal.problem or "it was behind")
    return Restoration(restored, tuple(done))


def _readable_journal(root: Path) -> Journal:
    try:
        return read_journal(root)
    except (ValueError, OSError):
        return Journal()


def _check_nothing_promoted(journal: Journal) -> None:
    if journal.finished:
        raise ValueError(f"it is missing, but {JOURNAL} holds {_counted(journal.finished)}")


def _check_agreement(log: Sequence[Promotion], finished: Sequence[Promotion]) -> None:
    for number, (here, there) in enumerate(zip(log, finished, strict=False), start=1):
        if here != there:
            raise ValueError(f"entry {number} of its log is another one than in {JOURNAL}")
    if len(finished) > len(log):
        raise ValueError(
            f"its log was shortened: it holds {_counted(log)}, {JOURNAL} {len(finished)}"
        )


def _told_by_table(root: Path) -> _Source:
    try:
        return _Source(FILE, read_table(read_bytes(root, FILE, LARGEST)))
    except FileNotFoundError:
        return _Source(FILE, problem="it was missing")
    except (ValueError, OSError) as error:
        return _Source(FILE, problem=_reason(error))


def _told_by_journal(root: Path, *, under_way: bool) -> _Source:
    """The promotions of the journal up to the first that is damaged or does not follow."""
    try:
        journal = read_journal(root)
    except (ValueError, OSError) as error:
        return _Source(JOURNAL, problem=_reason(error))
    log = journal.all if under_way else journal.finished
    try:
        return _Source(JOURNAL, table_of(log), journal.damage)
    except ValueError as error:
        return _Source(JOURNAL, _longest_sound(log), str(error))


def _longest_sound(log: Sequence[Promotion]) -> AliasTable:
    """The table after as many promotions as follow from one another."""
    table = empty_table()
    for number in range(1, len(log) + 1):
        with suppress(ValueError):
            table = table_of(log[:number])
            continue
        break
    return table


def _agreed(table: _Source, journal: _Source) -> tuple[Promotion, ...]:
    longer, other = (journal, table) if len(journal.log) > len(table.log) else (table, journal)
    if longer.problem:
        problems = [f"{each.name}: {each.problem}" for each in (longer, other) if each.problem]
        rest = "" if other.problem else f"; {other.name} holds only {_counted(other.log)}"
        raise ValueError("; ".join(problems) + rest)
    if longer.log[: len(other.log)] != other.log:
        raise ValueError(f"{FILE} and {JOURNAL} hold different promotions; remove the wrong one")
    return longer.log


def _replaced(root: Path, name: str, data: bytes, why: str) -> Iterator[str]:
    """Replace a file, keep what was there, and say so."""
    kept = _kept_aside(root, name)
    replace_file(root, name, data)
    yield f"{name} was rebuilt ({why})." + (f" What was there is in {kept}." if kept else "")


def _kept_aside(root: Path, name: str) -> str | None:
    if not os.path.lexists(root / name):
        return None
    names = (f"{name}.damaged{f'-{number}' if number > 1 else ''}" for number in count(1))
    free = next(free for free in names if not os.path.lexists(root / free))
    (root / name).rename(root / free)
    return free


def _counted(log: Sequence[Promotion]) -> str:
    return "1 promotion" if len(log) == 1 else f"{len(log)} promotions"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
