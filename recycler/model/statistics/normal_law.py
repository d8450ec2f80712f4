"""Of the normal law, what several rooms need."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Array = NDArray[np.float64]


def hazard(score: Array) -> Array:
    """How far, in standard deviations, the mean of a normal law below a limit lies below it.

    Args:
        score: The limit, in standard deviations from the law's mean.
    """
    return np.asarray(np.exp(-0.5 * score**2 - log_ndtr(score)) / np.sqrt(2 * np.pi))
