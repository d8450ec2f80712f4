"""What published accounts do: one mean with its spread, over everything or over a category."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from recycler.model.evaluation.folds import Fold
from recycler.model.evaluation.methods import Predictor, midpoints
from recycler.model.evaluation.targets import Target

Array = NDArray[np.float64]

_DRAWS = 2000
_FEWEST = 3  # figures that a category needs to have a spread of its own
_SMALLEST_SPREAD = 0.02  # identical figures do not make a baseline certain


def overall_mean(fold: Fold) -> Predictor:
    """A normal law with mean and spread of all known figures of the same factor and element."""
    return partial(_overall, fold.known)


def category_mean(fold: Fold) -> Predictor:
    """The same over the product's category, where at least three figures are known of it."""
    return partial(_category, fold.known)


def _overall(known: Sequence[Target], target: Target) -> Array:
    return _normal([t.value for t in _alike(known, target)])


def _category(known: Sequence[Target], target: Target) -> Array:
    alike = _alike(known, target)
    own = [t.value for t in alike if t.category == target.category]
    return _normal(own if len(own) >= _FEWEST else [t.value for t in alike])


def _alike(known: Sequence[Target], target: Target) -> list[Target]:
    return [t for t in known if (t.factor, t.element) == (target.factor, target.element)]


def _normal(values: Sequence[float]) -> Array:
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 1.0
    standard = ndtri(midpoints(_DRAWS))
    return np.asarray(np.mean(values) + max(spread, _SMALLEST_SPREAD) * standard)
