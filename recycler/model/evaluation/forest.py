"""A quantile regression forest: the usual machine learning answer.

N. Meinshausen, Quantile Regression Forests, J. Mach. Learn. Res. 7 (2006) 983-999, in the
implementation of the package quantile-forest and with its defaults. Its default leaves of single
figures make it too sure of itself on unseen sources, but larger ones raise its CRPS.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recycler.model.evaluation.features import fitted_by_family
from recycler.model.evaluation.folds import Fold
from recycler.model.evaluation.methods import Predictor, midpoints
from recycler.model.evaluation.targets import Target

Array = NDArray[np.float64]

_TREES = 100
_QUANTILES = midpoints(100)
_SEED = 7


def quantile_forest(fold: Fold) -> Predictor:
    """One forest per family of factors; its quantiles are the draws."""
    return fitted_by_family(fold, _fit)


def _fit(design: Array, values: Array, _: Sequence[Target]) -> Callable[[Array], Array]:
    from quantile_forest import RandomForestQuantileRegressor

    forest = RandomForestQuantileRegressor(n_estimators=_TREES, random_state=_SEED)
    forest.fit(design, values)
    return lambda row: np.asarray(forest.predict(row, quantiles=list(_QUANTILES))[0])
