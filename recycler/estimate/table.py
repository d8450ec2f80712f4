"""The figures of a line or of a batch as a table, and the same in the words of an answer.

A table has a row for each quantity, in the order in which an answer says them, and the columns
mean, median, lower and upper, in kg. Its rows are, for each element in the order of answers, what
is contained, what is recoverable and, of a rare earth, its oxide; then contained and recoverable of
all rare earths, the same as TREO, and the magnet mass.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from recycler.elements import ELEMENTS
from recycler.estimate.values import ElementEstimate, Mass, Quantity

_KEPT = 256  # sets of elements


class Amounts(NamedTuple):
    """The quantities of one table."""

    elements: tuple[ElementEstimate, ...]
    total_ree: Mass
    treo: Mass
    magnet_mass_kg: Quantity


def in_words(elements: tuple[str, ...], rows: Iterator[Quantity]) -> Amounts:
    """Read the rows of one table in their order.

    Args:
        elements: Those that the table is about, in the order of answers.
        rows: Its quantities; as many are taken as the table has.
    """
    estimates = tuple(
        ElementEstimate(element, next(rows), next(rows), next(rows) if oxide else None, oxide)
        for element, oxide in zip(elements, oxides_of(elements), strict=True)
    )
    total_ree, treo = Mass(next(rows), next(rows)), Mass(next(rows), next(rows))
    return Amounts(estimates, total_ree, treo, next(rows))


@lru_cache(_KEPT)
def quantities_of(elements: tuple[str, ...]) -> int:
    """How many rows a table of these elements has."""
    rare = sum(oxide is not None for oxide in oxides_of(elements))
    return 2 * len(elements) + rare + 5


@lru_cache(_KEPT)
def oxides_of(elements: tuple[str, ...]) -> tuple[str | None, ...]:
    """Formula of the oxide that each is traded as; None for companions of the rare earths."""
    found = (ELEMENTS[element].oxide for element in elements)
    return tuple(oxide.formula if oxide else None for oxide in found)
