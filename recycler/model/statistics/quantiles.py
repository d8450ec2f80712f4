"""Central intervals of draws, and the rounding of what is printed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
AnyArray = NDArray[np.floating[Any]]
"""Draws in single or in double precision."""

_DIGITS = 6  # significant digits of a printed figure: far finer than any interval here
_LARGEST = 300  # power of ten
_POWERS = 10.0 ** np.arange(-_LARGEST, _LARGEST + 1)  # looked up ten times as fast as raised


def interval(rows: AnyArray, level: float) -> Array:
    """Median, lower and upper bound of each row's central interval, shape (rows, 3)."""
    return ordered_interval(np.sort(rows, axis=1), level)


def ordered_interval(rows: AnyArray, level: float) -> Array:
    """The same of rows in ascending order.

    Quantiles interpolate between order statistics. A full sort of contiguous rows is vectorised
    and several times faster than a partial one.
    """
    wanted = np.array([0.5, (1 - level) / 2, (1 + level) / 2]) * (rows.shape[1] - 1)
    below = np.floor(wanted).astype(np.intp)
    above = np.ceil(wanted).astype(np.intp)
    share = wanted - below
    return np.asarray(rows[:, below] * (1 - share) + rows[:, above] * share)


def significant(values: Array) -> Array:
    """Values rounded to six significant digits, so that answers do not depend on the last bit."""
    magnitude = np.floor(np.log10(np.maximum(np.abs(values), 1e-290))).astype(np.intp)
    factor = _POWERS[_DIGITS - 1 - magnitude + _LARGEST]
    return np.asarray(np.rint(values * factor) / factor + 0.0)  # no zero is negative
