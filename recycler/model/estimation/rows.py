"""How draws of a line or of a batch are laid out before they are cut.

Rows are, in kg: contained elements in the order of answers (rare earths come first), their total,
the same as TREO, the magnet mass, recoverable elements, their total, the same as TREO. Companions
of the rare earths count in no sum.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recycler.elements import ELEMENTS
from recycler.model.statistics.quantiles import AnyArray

Array = NDArray[np.float64]

_KEPT = 256  # sets of elements


def count_rows(elements: tuple[str, ...]) -> int:
    """How many rows there are for so many elements."""
    return 2 * len(elements) + 5


def lay_out(elements: tuple[str, ...], contained: AnyArray, passed: AnyArray) -> AnyArray:
    """All rows of a line.

    Args:
        elements: The line's.
        contained: Draws of contained elements and magnet mass, shape (elements + 1, draws).
        passed: Yields of the whole route, shape (elements, draws).
    """
    rows = np.empty((count_rows(elements), contained.shape[1]), dtype=contained.dtype)
    count = len(elements)
    rows[:count], rows[count + 2] = contained[:-1], contained[-1]
    np.multiply(contained[:-1], passed, out=rows[count + 3 : -2])
    return add_up(elements, rows)


def together(
    parts: Sequence[tuple[tuple[str, ...], AnyArray, AnyArray]],
) -> tuple[tuple[str, ...], AnyArray]:
    """Add up lines of different elements; returns all elements and their rows.

    Args:
        parts: What `lay_out` takes, line by line.
    """
    if len(parts) == 1:
        return parts[0][0], lay_out(*parts[0])
    present = {element for elements, _, _ in parts for element in elements}
    everything = tuple(element for element in ELEMENTS if element in present)
    count, first = len(everything), parts[0][1]
    rows = np.zeros((count_rows(everything), first.shape[1]), dtype=first.dtype)
    contained, recoverable = rows[:count], rows[count + 3 : -2]
    for elements, drawn, passed in parts:
        own = slots(elements, everything)
        contained[own] += drawn[:-1]
        rows[count + 2] += drawn[-1]
        recoverable[own] += drawn[:-1] * passed
    return everything, add_up(everything, rows)


def add_up(elements: tuple[str, ...], rows: AnyArray) -> AnyArray:
    """Fill in the totals of rare earths and TREO, contained and recoverable."""
    factors, count = oxide_factors(elements).astype(rows.dtype), len(elements)
    for start in (0, count + 3):
        rare = rows[start : start + len(factors)]
        rows[start + count] = rare.sum(axis=0)
        rows[start + count + 1] = factors @ rare
    return rows


@lru_cache(_KEPT)
def places(elements: tuple[str, ...]) -> NDArray[np.intp]:
    """Where the rows of some elements stand among those of all elements."""
    everything = list(ELEMENTS)
    count = len(everything)
    own = [everything.index(element) for element in elements]
    recoverable = [count + 3 + place for place in own]
    sums = [count, count + 1, count + 2]
    return np.array([*own, *sums, *recoverable, 2 * count + 3, 2 * count + 4], dtype=np.intp)


@lru_cache(_KEPT)
def slots(elements: tuple[str, ...], among: tuple[str, ...]) -> slice | NDArray[np.intp]:
    """Where some elements stand among more; a slice, which is faster, if side by side."""
    found = [among.index(element) for element in elements]
    if found == list(range(found[0], found[-1] + 1)):
        return slice(found[0], found[-1] + 1)
    return np.array(found, dtype=np.intp)


@lru_cache(_KEPT)
def oxide_factors(elements: tuple[str, ...]) -> Array:
    """Those of the rare earths among the elements."""
    rare = (ELEMENTS[element] for element in elements if ELEMENTS[element].is_rare_earth)
    return np.array([element.oxide_factor for element in rare], dtype=np.float64)
