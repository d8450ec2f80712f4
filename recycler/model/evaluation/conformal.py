"""Cross-conformal intervals of MAPIE around a ridge regression, calibrated on unseen sources.

R. F. Barber, E. J. Candes, A. Ramdas, R. J. Tibshirani, Predictive inference with the jackknife+,
Ann. Statist. 49 (2021) 486-507: a figure's interval comes from what the regressions that left out
its source got wrong. A fixed regression with honest intervals, hence a baseline to be taken
seriously.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import BayesianRidge
from sklearn.model_selection import BaseCrossValidator

from recycler.model.evaluation.features import fitted_by_family
from recycler.model.evaluation.folds import Fold
from recycler.model.evaluation.methods import Predictor, midpoints
from recycler.model.evaluation.targets import Target

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

_LEVELS = 2 * midpoints(100)[50:] - 1
"""Levels 0.01, 0.03, ..., 0.99: the bounds of these intervals are the quantiles at 0.005, 0.015,
..., 0.995, and the mean pinball loss over them is half the CRPS."""


class KinOut(BaseCrossValidator):
    """Splits that hold out figures as the folds do: with all that shares a primary source.

    Where no figure goes back to several sources, this is scikit-learn's LeaveOneGroupOut.
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        self.kin = [target.kin for target in targets]

    def split(self, *_: Any) -> Iterator[tuple[Rows, Rows]]:
        """Yield (rows to train on, rows held out); a split without the former is left aside."""
        for kin in dict.fromkeys(self.kin):
            apart = np.flatnonzero([not other & kin for other in self.kin])
            yield apart, np.flatnonzero([other == kin for other in self.kin])

    def get_n_splits(self, *_: Any) -> int:
        """How many splits there are."""
        return len(set(self.kin))


def mapie(fold: Fold) -> Predictor:
    """One conformalised regression per family of factors; the bounds of its intervals are draws.

    An interval that few sources leave without bounds ends where the widest bounded one does.
    """
    return fitted_by_family(fold, _fit)


def _fit(design: Array, values: Array, known: Sequence[Target]) -> Callable[[Array], Array]:
    from mapie.regression import CrossConformalRegressor

    regressor = CrossConformalRegressor(
        estimator=BayesianRidge(), confidence_level=_LEVELS.tolist(), cv=KinOut(known)
    ).fit_conformalize(design, values)

    def predict(row: Array) -> Array:
        _, intervals = regressor.predict_interval(row, allow_infinite_bounds=True)
        return _bounded(intervals[0])

    return predict


def _bounded(intervals: Array) -> Array:
    """Lower and upper bounds, shape (2, levels), as quantiles without infinite ones."""
    bounds = np.where(np.isfinite(intervals), intervals, np.nan)
    lower, upper = np.fmin.accumulate(bounds[0]), np.fmax.accumulate(bounds[1])
    return np.concatenate([lower[::-1], upper])
