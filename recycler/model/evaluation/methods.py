"""What a method is: anything that learns from a fold and then predicts single figures."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recycler.model.evaluation.folds import Fold
from recycler.model.evaluation.targets import Target

Array = NDArray[np.float64]

Predictor = Callable[[Target], Array]
"""Predictive draws of a figure, equally probable, on its scale; any number, in any order.

Quantiles at the midpoints of equal slices of probability (see `midpoints`) are such draws too.
"""

Method = Callable[[Fold], Predictor]
"""Fits to what a fold may learn from. It may look at `training` and `known`, never at `held_out`.
"""


def midpoints(count: int) -> Array:
    """Probabilities in the middles of `count` equal slices of (0, 1)."""
    return (np.arange(count) + 0.5) / count
