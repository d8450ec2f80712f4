"""The lines of an answer, whose values are made when somebody asks for them.

A line has some twenty quantities and a batch may have a thousand lines. What is sent over HTTP is
written from the table of figures as it is, and values are made for those who read lines in Python.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from recycler.estimate.table import in_words, quantities_of
from recycler.estimate.values import FactorBasis, ItemEstimate, Note, Quantity, VarianceShares

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LineWords:
    """All that lines of one kind say alike: everything but sizes and figures.

    The notes name no line yet. Lines of one kind share one of these, so it is compared and kept as
    the object that it is.
    """

    category: str
    subtype: str | None
    elements: tuple[str, ...]
    basis: tuple[FactorBasis, ...]
    in_domain: bool
    notes: tuple[Note, ...]


class DrawnLine(NamedTuple):
    """One line beside its figures: what its sender calls it, its words, whence its width comes."""

    line_id: str | None
    words: LineWords
    variance_shares: VarianceShares | None


class DrawnLines(Sequence[ItemEstimate]):
    """Lines with the figures of all of them in one table.

    Args:
        drawn: The lines, in the order sent.
        table: Their tables (see `recycler.estimate.table`), one below the other, shape (rows, 4).
    """

    def __init__(self, drawn: Sequence[DrawnLine], table: Array) -> None:
        self.drawn = drawn
        self.table = table
        rows = (quantities_of(line.words.elements) for line in drawn)
        self._places = tuple(pairwise(accumulate(rows, initial=0)))

    def __len__(self) -> int:
        return len(self.drawn)

    @overload
    def __getitem__(self, index: int) -> ItemEstimate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ItemEstimate, ...]: ...
    def __getitem__(self, index: int | slice) -> ItemEstimate | tuple[ItemEstimate, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        start, end = self._places[index]
        quantities = map(Quantity, *self.table[start:end].T.tolist())
        return say(index % len(self), self.drawn[index], quantities)

    def __eq__(self, other: object) -> bool:
        """Whether the lines say the same, whatever sequence they come in."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


def words_of(items: Sequence[ItemEstimate]) -> Sequence[LineWords | ItemEstimate]:
    """What lines say beside their figures, without making values that nobody has asked for yet."""
    return [line.words for line in items.drawn] if isinstance(items, DrawnLines) else items


def say(index: int, line: DrawnLine, quantities: Iterator[Quantity]) -> ItemEstimate:
    """Put a line's words and figures together.

    Args:
        index: Its place in the batch.
        line: The line.
        quantities: Those of its table, in their order.
    """
    words, amounts = line.words, in_words(line.words.elements, quantities)
    return ItemEstimate(
        item=index,
        line_id=line.line_id,
        category=words.category,
        subtype=words.subtype,
        elements=amounts.elements,
        total_ree=amounts.total_ree,
        treo=amounts.treo,
        magnet_mass_kg=amounts.magnet_mass_kg,
        variance_shares=line.variance_shares,
        basis=words.basis,
        in_domain=words.in_domain,
        notes=tuple(replace(note, item=index) for note in words.notes),
    )
