"""From rows of draws to the figures of an answer: quantiles, oxides, rounding.

Rows are laid out as `recycler.model.estimation.rows` says; tables are in the order of answers, see
`recycler.estimate.table`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recycler.estimate import Amounts, Quantity, VarianceShares, in_words
from recycler.model.estimation.rows import oxide_factors
from recycler.model.statistics.quantiles import AnyArray, ordered_interval, significant

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figures:
    """A table and the elements that its rows are about; which factors its width is owed to."""

    elements: tuple[str, ...]
    table: Array
    variance_shares: VarianceShares | None


def figures(
    elements: tuple[str, ...],
    means: Array,
    rows: AnyArray,
    level: float,
    variance_shares: VarianceShares | None,
) -> Figures:
    """Cut draws into a table.

    Args:
        elements: Those of the rows.
        means: Mean of each row.
        rows: The draws, shape (rows, draws); they are put in order in place.
        level: Probability of the central interval.
        variance_shares: What the table says besides.
    """
    rows.sort(axis=1)
    cut = np.column_stack([means, ordered_interval(rows, level)])
    factors, recoverable = oxide_factors(elements), len(elements) + 3
    oxides = factors[:, np.newaxis] * cut[recoverable : recoverable + len(factors)]
    return Figures(elements, np.concatenate([cut, oxides])[_order(elements)], variance_shares)


def printed(tables: Sequence[Array], sizes: Sequence[float]) -> Array:
    """Tables of so many units each, one below the other, as an answer gives them."""
    scales = np.repeat(np.array(sizes), [len(table) for table in tables])
    return significant(np.concatenate(tables) * scales[:, np.newaxis])


def amounts(elements: tuple[str, ...], table: Array) -> Amounts:
    """Put a printed table into the words of an answer."""
    return in_words(elements, map(Quantity, *table.T.tolist()))


@lru_cache(256)
def _order(elements: tuple[str, ...]) -> NDArray[np.intp]:
    """Where the rows of an answer's table stand among those that were cut."""
    return np.fromiter(_places(len(elements), len(oxide_factors(elements))), dtype=np.intp)


def _places(count: int, rare: int) -> Iterator[int]:
    recoverable, oxides = count + 3, 2 * count + 5
    for place in range(count):
        yield from (place, recoverable + place)
        if place < rare:
            yield oxides + place
    yield from (count, recoverable + count, count + 1, recoverable + count + 1, count + 2)
