"""promotions.jsonl: the log of promotions once more, one per line, only ever appended to.

registry.json is replaced as a whole with every promotion; this file is what it can be rebuilt from.
A promotion is written here before registry.json is replaced, ending in a space instead of a line
feed: it is under way. Once registry.json has it, the space becomes a line feed, which needs no room
on the disk. So a promotion that was interrupted is told apart from one that took effect, and a
registry.json that has fewer promotions than there are finished lines here was shortened.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recycler.registry import documents
from recycler.registry.aliases import LARGEST, Promotion
from recycler.registry.files import read_bytes

JOURNAL: Final = "promotions.jsonl"

_FINISHED, _UNDER_WAY = b"\n", b" "
_OPEN = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_MODE = 0o666  # less the umask, as any file


@dataclass(frozen=True, slots=True)
class Journal:
    """What promotions.jsonl holds.

    Attributes:
        finished: The promotions that took effect, up to the first line that cannot be read.
        under_way: A promotion that was written when its writer was interrupted, if it is whole.
        damage: What is wrong with the first line that cannot be read; empty if there is none.
        size: Bytes of the finished lines.
    """

    finished: tuple[Promotion, ...] = ()
    under_way: Promotion | None = None
    damage: str = ""
    size: int = 0

    @property
    def all(self) -> tuple[Promotion, ...]:
        """All promotions that can be read."""
        return (*self.finished, *([self.under_way] if self.under_way else []))


def read_journal(root: Path) -> Journal:
    """Read promotions.jsonl as far as it can be read; where there is none, it is empty.

    Raises:
        ValueError: It is no plain file, or too large.
        OSError: It cannot be read.
    """
    try:
        *lines, rest = read_bytes(root, JOURNAL, LARGEST).split(_FINISHED)
    except FileNotFoundError:
        return Journal()
    finished: list[Promotion] = []
    for number, line in enumerate(lines, start=1):
        try:
            finished.append(_promotion(line))
        except ValueError as error:
            damage = f"line {number} cannot be read: {error}"
            return Journal(tuple(finished), None, damage, _size(lines[: number - 1]))
    return Journal(tuple(finished), _whole(rest), "", _size(lines))


@contextmanager
def journaled(root: Path, known: Sequence[Promotion], new: Promotion) -> Iterator[None]:
    """Have a promotion in the journal while registry.json is replaced inside. Call while `locked`.

    If that fails the journal is as it was before.

    Args:
        root: The models folder.
        known: The promotions of registry.json, with which the finished lines begin to be the same.
        new: The promotion that is added to them.

    Raises:
        OSError: It cannot be written.
        ValueError: It is damaged, so that nothing may be added to it.
    """
    journal = read_journal(root)
    if journal.damage:
        raise ValueError(f"{JOURNAL}, {journal.damage}")
    behind = known[len(journal.finished) :]
    descriptor = os.open(root / JOURNAL, _OPEN, _MODE)
    try:
        with _undone(descriptor, journal.size):
            caught_up = b"".join(as_line(entry) for entry in behind)
            end = _write(descriptor, caught_up + as_line(new)[:-1] + _UNDER_WAY, journal.size)
            yield
        with suppress(OSError):  # it took effect, and the next writer finishes the line
            os.pwrite(descriptor, _FINISHED, end - 1)
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def as_line(promotion: Promotion) -> bytes:
    """A promotion as a finished line."""
    return json.dumps(documents.plain(promotion), ensure_ascii=False).encode() + _FINISHED


@contextmanager
def _undone(descriptor: int, size: int) -> Iterator[None]:
    """Cut the journal back to its finished lines if what is done inside fails."""
    try:
        yield
    except BaseException:
        os.ftruncate(descriptor, size)
        raise


def _write(descriptor: int, data: bytes, offset: int) -> int:
    """Write in place of what an interrupted writer left, sync, and say where it ends."""
    os.ftruncate(descriptor, offset)
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
    os.fsync(descriptor)
    return offset


def _promotion(data: bytes) -> Promotion:
    return documents.read(Promotion, documents.parse(data))


def _whole(rest: bytes) -> Promotion | None:
    """The promotion that is under way, if all of it was written."""
    if not rest.endswith(_UNDER_WAY):
        return None
    try:
        return _promotion(rest)
    except ValueError:
        return None


def _size(lines: Sequence[bytes]) -> int:
    return sum(len(line) + 1 for line in lines)
