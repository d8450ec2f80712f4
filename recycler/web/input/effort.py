"""What a batch may cost: lines that differ are computed one by one, and some of them cost much.

Nothing stops a request that computes for too long, so what it may ask for is bounded before.
"""

from collections.abc import Iterable
from typing import Final

from recycler.batch import Batch, FieldError, InvalidBatchError, LineItem
from recycler.model.lines.signature import sign

ANALYSED_WORTH: Final = 20
"""Lines that take as long as one with an assay or a declared composition, about."""

PLANNED_WORTH: Final = 10
"""Lines to estimate that take as long as one to plan, about."""


def lines_worth(batch: Batch) -> int:
    """What estimating a batch takes, in lines of which only the kind is known."""
    return len(batch.items) + (ANALYSED_WORTH - 1) * sum(map(_is_analysed, batch.items))


def limit_analysed(batch: Batch, most: int) -> None:
    """Refuse a batch of which more than `most` lines have a composition of their own.

    Each of them is conditioned on its own figures, which takes up to a hundred times as long as a
    line of which only the kind is known.

    Raises:
        InvalidBatchError: There are more.
    """
    analysed = [line for line in batch.items if _is_analysed(line)]
    if (found := _differing(analysed, most)) > most:
        message = (
            f"{found} lines differ and carry an assay or a declared composition; "
            f"at most {most} such lines are estimated together"
        )
        raise InvalidBatchError([FieldError("/items", message)])


def limit_planned(batch: Batch, most: int) -> None:
    """Refuse to plan assays of a batch of which more than `most` lines differ.

    Raises:
        InvalidBatchError: There are more.
    """
    if (found := _differing(batch.items, most)) > most:
        message = f"{found} lines differ; at most {most} lines that differ are planned together"
        raise InvalidBatchError([FieldError("/items", message)])


def _is_analysed(line: LineItem) -> bool:
    return line.assay is not None or (line.magnet is not None and bool(line.magnet.composition))


def _differing(lines: Iterable[LineItem], most: int) -> int:
    """How many lines differ in more than their size; not looked at closely if they are few."""
    listed = list(lines)
    if len(listed) <= most:
        return len(listed)
    # The year of collection is the same for all of them, so any will do to tell them apart.
    return len({sign(line, collected_year=0) for line in listed})
