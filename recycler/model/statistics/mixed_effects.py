"""A linear mixed model as a scikit-learn estimator: partial pooling by blocks of columns.

The model is `y = X_fixed b + sum over blocks of X_block u_block + e`, with
`u_block ~ N(0, s_block^2)` and `e ~ N(0, s_noise^2)`. Each block (categories, products, sources,
...) has a scale of its own, found by maximising the marginal likelihood under weak priors on the
log scales; the coefficients' joint posterior is then Gaussian and exact. Levels with little data
shrink towards their parent by themselves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from recycler.model.statistics.marginal_likelihood import (
    FIXED_SCALE,
    Layout,
    MarginalLikelihood,
)

Array = NDArray[np.float64]

FIXED = "fixed"
"""Name of the block whose coefficients are not shrunk."""

_DEFAULT_PRIOR = 0.5  # prior median of a scale, in units of the target's spread
_DEFAULT_PARENT_SPREAD = 0.7  # a factor of two between a scale and its parent's is common
_UPPER = 0.95  # upper end of a 90 % interval
_NODES = 40  # of the integral over uncertain scales
_NORMAL_NODES = tuple(np.array(hermegauss(_NODES)) / [[1.0], [np.sqrt(2 * np.pi)]])


class MixedEffectsRegressor(RegressorMixin, BaseEstimator):
    """Linear regression with random effects, scales by empirical Bayes.

    Args:
        blocks: Name of the block of each column of X; columns of block `fixed` are not shrunk.
            None puts all columns in one block. An intercept is always fitted.
        parents: Block -> block whose scale its own is drawn towards (log-sd `parent_spread`), so
            that a product with many sources gets a spread of its own and one with few borrows.
        prior_scales: Block or noise group -> prior median of its scale, in the target's units;
            half the target's standard deviation where none is given.
        prior_spread: Prior sd of the log of such a scale: 1 is weak.
        parent_spread: Prior sd of the log ratio of a scale to its parent's; a mapping gives it by
            block, 0.7 where it names none.
        fit_intercept: Whether all rows share an intercept; without one, columns add up alone.
        tolerance: Relative gain in the marginal likelihood at which the search for scales ends.

    Attributes:
        coef_: Posterior mean of the coefficients, shape (n_features,).
        intercept_: Posterior mean of the intercept.
        covariance_: Joint posterior covariance, intercept first, shape (1 + n_features,) squared.
        scales_: Block or noise group -> its fitted standard deviation, in the target's units.
        scale_log_covariance_: Posterior covariance of the logs of the scales, in the order of
            `scales_`: how well the data tell them, and which they tell apart.
        noise_scale_: Standard deviation of the noise, of its first group if there are several.
        fixed_scale_: Prior standard deviation of effects that are not shrunk.
    """

    def __init__(
        self,
        blocks: Sequence[str] | None = None,
        parents: Mapping[str, str] | None = None,
        prior_scales: Mapping[str, float] | None = None,
        prior_spread: float = 1.0,
        parent_spread: float | Mapping[str, float] = _DEFAULT_PARENT_SPREAD,
        fit_intercept: bool = True,
        tolerance: float = 1e-12,
    ) -> None:
        self.blocks = blocks
        self.parents = parents
        self.prior_scales = prior_scales
        self.prior_spread = prior_spread
        self.parent_spread = parent_spread
        self.fit_intercept = fit_intercept
        self.tolerance = tolerance

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        bounds: ArrayLike | None = None,
        noise_groups: Sequence[str] | None = None,
        noise_variances: ArrayLike | None = None,
        start: Mapping[str, float] | None = None,
    ) -> Self:
        """Fit scales and coefficients.

        Args:
            X: Design, shape (n_samples, n_features).
            y: Target, shape (n_samples,).
            sample_weight: Relative precision of a row: divides its noise variance (it is not a
                count of repeats); a row of weight 0 is left out. None for all 1.
            bounds: Per row 0 for a value, +1 where the truth is at least y, -1 where at most.
            noise_groups: Name of the noise scale of each row; None for one scale, `noise`.
            noise_variances: Known variance of each row's own, beside that of its noise group; None
                for none.
            start: Scales to start the search from, e.g. `scales_` of a similar fit.

        Returns:
            The fitted estimator.

        Raises:
            ValueError: The arrays' shapes disagree or hold anything but finite numbers.
        """
        checked_X, checked_y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        rows = len(checked_y)
        spread = float(np.std(checked_y)) or 1.0
        layout = self._layout(checked_X.shape[1], noise_groups or ["noise"] * rows, spread)
        weight = _row_values(sample_weight, rows, 1.0)
        sides = _row_values(bounds, rows, 0.0)
        known = _row_values(noise_variances, rows, 0.0)
        kept = weight > 0
        if not kept.any():
            msg = "every sample_weight is zero: nothing is left to fit"
            raise ValueError(msg)
        layout = replace(layout, row_group=layout.row_group[kept])
        rows_kept = (checked_X[kept], checked_y[kept], weight[kept], sides[kept], known[kept])
        self._fit_scaled(*rows_kept, layout, start or {})
        return self

    def predict(self, X: ArrayLike, *, return_std: bool = False) -> Any:
        """Predict the mean, and with `return_std` the sd of the mean (no noise), both (n,)."""
        check_is_fitted(self)
        checked = validate_data(self, X, dtype=np.float64, reset=False)
        mean = checked @ self.coef_ + self.intercept_
        if not return_std:
            return mean
        design = np.column_stack([np.ones(len(checked)), checked])
        variance = np.einsum("ij,jk,ik->i", design, self.covariance_, design)
        return mean, np.sqrt(np.maximum(variance, 0.0))

    def prior_covariance(self, X: ArrayLike) -> Array:
        """Covariance of the rows' means before any of them is seen, shape (n_samples,) squared.

        That of the effects at their fitted scales; fixed effects count as all but unknown.
        """
        check_is_fitted(self)
        checked = validate_data(self, X, dtype=np.float64, reset=False)
        blocks = self.blocks if self.blocks is not None else ["effects"] * checked.shape[1]
        scales = self.scales_ | {FIXED: self.fixed_scale_}
        weighted = checked * np.array([scales[block] for block in blocks])
        intercept = self.fixed_scale_**2 if self.fit_intercept else 0.0
        return np.asarray(weighted @ weighted.T + intercept)

    def combined_scale(self, names: Collection[str]) -> float:
        """Scale of the sum of one effect of each named block or noise group, for a new level.

        The scales are uncertain, the more so the fewer figures tell them, and few figures may tell
        their sum but not the parts. The normal law whose 90 % interval is that of all normal laws
        that are possible, log-normally spread, stands for them.
        """
        check_is_fitted(self)
        variances = np.array([self.scales_[n] ** 2 if n in names else 0.0 for n in self.scales_])
        total = float(variances.sum())
        share = variances / total if total > 0 else variances
        return float(np.sqrt(total)) * _widening(float(share @ self.scale_log_covariance_ @ share))

    def _layout(self, columns: int, noise_groups: Sequence[str], spread: float) -> Layout:
        blocks = list(self.blocks) if self.blocks is not None else ["effects"] * columns
        if len(blocks) != columns:
            msg = f"blocks names {len(blocks)} columns, X has {columns}"
            raise ValueError(msg)
        names = tuple(dict.fromkeys([b for b in blocks if b != FIXED] + list(noise_groups)))
        index = {name: i for i, name in enumerate(names)} | {FIXED: len(names)}
        parents = dict(self.parents or {})
        medians = dict(self.prior_scales or {})
        parent = np.array([index.get(parents.get(n, ""), -1) for n in names], dtype=np.intp)
        apart = [self._parent_spread_of(name) for name in names]
        return Layout(
            names=names,
            column_block=np.array([index[b] for b in blocks], dtype=np.intp),
            row_group=np.array([index[g] for g in noise_groups], dtype=np.intp),
            parent=parent,
            prior=np.array([medians.get(n, _DEFAULT_PRIOR * spread) for n in names]),
            spread=np.where(parent >= 0, apart, self.prior_spread),
        )

    def _parent_spread_of(self, name: str) -> float:
        if isinstance(self.parent_spread, Mapping):
            return self.parent_spread.get(name, _DEFAULT_PARENT_SPREAD)
        return self.parent_spread

    def _fit_scaled(
        self,
        X: Array,
        y: Array,
        weight: Array,
        sides: Array,
        known: Array,
        layout: Layout,
        start: Mapping[str, float],
    ) -> None:
        centre = float(np.average(y, weights=weight)) if self.fit_intercept else 0.0
        spread = float(np.std(y)) or 1.0
        problem = MarginalLikelihood(
            X,
            weight,
            replace(layout, prior=layout.prior / spread),
            with_intercept=self.fit_intercept,
            tolerance=self.tolerance,
        )
        given = zip(layout.names, layout.prior, strict=True)
        initial = np.log([start.get(name, prior) / spread for name, prior in given])
        target, extra = (y - centre) / spread, known / spread**2
        log_scales = problem.maximise(target, extra, initial)
        if sides.any():
            target, extra = problem.censor(target, extra, sides, log_scales)
            log_scales = problem.maximise(target, extra, log_scales)
        mean, covariance = problem.posterior(target, extra, log_scales)
        self.coef_ = mean[1:] * spread
        self.intercept_ = centre + float(mean[0]) * spread
        self.covariance_ = covariance * spread**2
        fitted = (np.exp(log_scales) * spread).tolist()
        self.scales_ = dict(zip(layout.names, fitted, strict=True))
        self.scale_log_covariance_ = problem.log_scale_covariance(extra, log_scales)
        self.noise_scale_ = fitted[layout.row_group[0]]
        self.fixed_scale_ = FIXED_SCALE * spread


def _row_values(given: ArrayLike | None, rows: int, default: float) -> Array:
    if given is None:
        return np.full(rows, default)
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (rows,):
        msg = f"{values.shape} values were given for {rows} rows"
        raise ValueError(msg)
    return values


def _widening(log_variance: float) -> float:
    """How much wider the 90 % interval of exp(s z1) z2 is than that of z2, s^2 = `log_variance`."""
    nodes, weights = _NORMAL_NODES
    narrower = np.exp(-np.sqrt(log_variance) * nodes)

    def excess(bound: float) -> float:
        return float(weights @ ndtr(bound * narrower)) - _UPPER

    usual = float(ndtri(_UPPER))
    return float(brentq(excess, usual, usual * np.exp(2 * log_variance) + 1e-9)) / usual
