"""A covariance as a sum of known matrices, each times a variance that is looked for.

Rows share few effects, so the matrices are sparse: adding them up, and asking how a function of
the sum changes with each variance, are each one product with a sparse matrix.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

Array = NDArray[np.float64]
Indices = NDArray[np.intp]


class VarianceComponents:
    """The matrices of the effects of each scale and of each group's noise, by their lower halves.

    Args:
        design: What effects a row has, shape (rows, effects).
        owner: Scale of each effect; those of `count` and beyond belong to none.
        group: Scale of each row's noise.
        weight: Precision of each row's noise, relative.
        count: How many scales there are.
    """

    def __init__(
        self, design: Array, owner: Indices, group: Indices, weight: Array, count: int
    ) -> None:
        self._rows = len(design)
        entries = zip(*_entries(design, owner, group, weight, count), strict=True)
        entry, value, scale = map(np.concatenate, entries)
        shape = (self._rows**2, count)
        twice = np.where(entry // self._rows == entry % self._rows, 1.0, 2.0)
        self._matrices = coo_array((value, (entry, scale)), shape).tocsr()
        self._both_halves = coo_array((value * twice, (scale, entry)), shape[::-1]).tocsr()

    def sum(self, variances: Array) -> Array:
        """The lower half of the sum at given variances, shape (rows, rows)."""
        return np.asarray(self._matrices @ variances).reshape(self._rows, self._rows)

    def traces(self, symmetric: Array) -> Array:
        """tr(M V) for the matrix V of each scale; of a symmetric M the lower half counts."""
        return np.asarray(self._both_halves @ symmetric.ravel())


def _entries(
    design: Array, owner: Indices, group: Indices, weight: Array, count: int
) -> Iterator[tuple[Indices, Array, Indices]]:
    """(place in the flattened matrix, value, scale) of the lower halves, effect by effect."""
    for effect in np.flatnonzero(owner < count):
        rows = np.flatnonzero(design[:, effect])
        first, second = np.tril_indices(len(rows))
        value = design[rows, effect]
        place = rows[first] * len(design) + rows[second]
        yield place, value[first] * value[second], np.full(len(place), owner[effect])
    diagonal = np.arange(len(design), dtype=np.intp) * (len(design) + 1)
    yield diagonal, 1.0 / weight, group
