"""When pieces of unknown year were sold: back from the collection by their age at discard."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_OLDEST = 100  # years; beyond, every published lifetime leaves less than one piece in a thousand


def years_of_sale(collected_year: int, scale_years: float, shape: float) -> tuple[Array, Array]:
    """Years in which pieces collected in `collected_year` were sold, and their probabilities.

    The age at discard follows a Weibull law (P(age > a) = exp(-(a / scale)^shape)), cut into whole
    years: pieces discarded at an age in [a, a + 1) were sold `a` years before.

    Returns:
        (years, probabilities), newest first, shape (101,) each; the probabilities add up to 1.
    """
    ages = np.arange(_OLDEST + 2)
    survival = np.exp(-((ages / scale_years) ** shape))
    weights = survival[:-1] - survival[1:]
    return collected_year - ages[:-1].astype(np.float64), weights / weights.sum()
