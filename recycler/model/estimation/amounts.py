"""From draws to the figures of an answer: sums over elements, quantiles, oxides, rounding.

A table has a row for each quantity of a line or of the batch and the columns mean, median, lower
and upper. Its rows are, for elements in the order of answers: contained elements, total of the
rare earths, TREO, magnet mass, recoverable elements, total, TREO, recoverable oxides (of rare
earths, which come first among the elements; companions count in no sum and as no oxide).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from recycler.elements import ELEMENTS
from recycler.estimate import ElementEstimate, Mass, Quantity, VarianceShares
from recycler.model.statistics.quantiles import AnyArray, interval, significant

Array = NDArray[np.float64]


@dataclass(slots=True)
class Amounts:
    """Quantities of a line or of the batch, ready to be put into an answer."""

    elements: tuple[ElementEstimate, ...]
    total_ree: Mass
    treo: Mass
    magnet_mass_kg: Quantity
    variance_shares: VarianceShares | None


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
        elements: Those of the rows, in the order of answers.
        means: Mean of contained elements, magnet mass, recoverable elements.
        rows: Draws of the same, shape (2 elements + 1, draws).
        level: Probability of the central interval.
        variance_shares: What the table says besides.
    """
    cut = np.column_stack(
        [_with_sums(elements, means[:, np.newaxis]), interval(_with_sums(elements, rows), level)]
    )
    factors, recoverable = _oxide_factors(elements), len(elements) + 3
    oxides = factors[:, np.newaxis] * cut[recoverable : recoverable + len(factors)]
    return Figures(elements, np.vstack([cut, oxides]), variance_shares)


def amounts(found: Sequence[Figures]) -> list[Amounts]:
    """Put tables into the words of an answer; all at once, as each step costs the same for many."""
    printed = significant(np.concatenate([f.table for f in found])).T.tolist()
    quantities = list(map(Quantity, *printed))
    ends = accumulate((len(f.table) for f in found), initial=0)
    return [
        _in_words(f.elements, iter(quantities[start:end]), f.variance_shares)
        for f, (start, end) in zip(found, pairwise(ends), strict=True)
    ]


def _in_words(
    elements: tuple[str, ...], rows: Iterator[Quantity], variance_shares: VarianceShares | None
) -> Amounts:
    """Read the rows of one table in their order."""
    contained = [next(rows) for _ in elements]
    contained_ree, contained_oxide, magnet = next(rows), next(rows), next(rows)
    recoverable = [next(rows) for _ in elements]
    total_ree, treo = Mass(contained_ree, next(rows)), Mass(contained_oxide, next(rows))
    oxides = _oxides(elements)
    as_oxide = [next(rows) if oxide else None for oxide in oxides]
    estimates = tuple(map(ElementEstimate, elements, contained, recoverable, as_oxide, oxides))
    return Amounts(estimates, total_ree, treo, magnet, variance_shares)


def _with_sums(elements: tuple[str, ...], rows: AnyArray) -> AnyArray:
    """Put the total of rare earths and TREO after the contained and the recoverable elements."""
    factors, count = _oxide_factors(elements).astype(rows.dtype), len(elements)
    contained, recoverable = rows[:count], rows[count + 1 :]
    rare = slice(len(factors))
    sums = [(mass[rare].sum(axis=0), factors @ mass[rare]) for mass in (contained, recoverable)]
    return np.vstack([contained, *sums[0], rows[count], recoverable, *sums[1]])


@lru_cache(256)
def _oxide_factors(elements: tuple[str, ...]) -> Array:
    """Those of the rare earths among the elements."""
    rare = (ELEMENTS[element] for element in elements if ELEMENTS[element].is_rare_earth)
    return np.array([element.oxide_factor for element in rare], dtype=np.float64)


@lru_cache(256)
def _oxides(elements: tuple[str, ...]) -> tuple[str | None, ...]:
    found = (ELEMENTS[element].oxide for element in elements)
    return tuple(oxide.formula if oxide else None for oxide in found)
