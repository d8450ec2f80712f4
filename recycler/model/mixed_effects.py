"""A linear mixed model as a scikit-learn estimator: partial pooling by blocks of columns.

The model is `y = X_fixed b + sum over blocks of X_block u_block + e`, with
`u_block ~ N(0, s_block^2)` and `e ~ N(0, s_noise^2)`. Each block (categories, products, sources,
...) has a scale of its own, found by maximising the marginal likelihood under weak priors on the
log scales; the coefficients' joint posterior is then Gaussian and exact. Levels with little data
shrink towards their parent by themselves. The algebra is that of C. E. Rasmussen, C. K. I.
Williams, Gaussian Processes for Machine Learning (MIT Press, 2006), sections 2.7 and 5.4.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dpotri
from scipy.optimize import brentq, minimize
from scipy.special import ndtr, ndtri
from scipy.stats import norm
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from recycler.model.variance_components import VarianceComponents

Array = NDArray[np.float64]

FIXED = "fixed"
"""Name of the block whose coefficients are not shrunk."""

_FIXED_SCALE = 30.0  # prior sd of fixed effects, in units of the target's spread: vague
_DEFAULT_PRIOR = 0.5  # prior median of a scale, in units of the target's spread
_DEFAULT_PARENT_SPREAD = 0.7  # a factor of two between a scale and its parent's is common
_JITTER = 1e-9  # relative to the target's variance, keeps the Cholesky factor real
_CENSORING_SWEEPS = 8  # expectation propagation settles well before
_UPPER = 0.95  # upper end of a 90 % interval
_NODES = 40  # of the integral over uncertain scales
_NORMAL_NODES = tuple(np.array(hermegauss(_NODES)) / [[1.0], [np.sqrt(2 * np.pi)]])
_LOG_SCALES = (-12.0, 6.0)  # where they are looked for, in units of the target's spread


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns of the design belong to which scale, and what prior each scale has."""

    names: tuple[str, ...]  # scales: blocks first, then noise groups
    column_block: NDArray[np.intp]  # per column: index into names, len(names) for fixed
    row_group: NDArray[np.intp]  # per row: index into names
    parent: NDArray[np.intp]  # per scale: index of the scale it is drawn towards, -1 for none
    prior: Array  # per scale: prior median, in the target's units
    spread: Array  # per scale: prior sd of its log, around the parent's or the median


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

    def _layout(self, columns: int, noise_groups: Sequence[str], spread: float) -> _Layout:
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
        return _Layout(
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
        layout: _Layout,
        start: Mapping[str, float],
    ) -> None:
        centre = float(np.average(y, weights=weight)) if self.fit_intercept else 0.0
        spread = float(np.std(y)) or 1.0
        problem = _Problem(X, weight, replace(layout, prior=layout.prior / spread), self)
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
        self.fixed_scale_ = _FIXED_SCALE * spread


class _Problem:
    """One data set in units of the target's spread: likelihood, gradient and posterior."""

    def __init__(
        self, X: Array, weight: Array, layout: _Layout, prior: MixedEffectsRegressor
    ) -> None:
        self._design = np.column_stack([np.ones(len(X)), X])
        scales = len(layout.names)
        self._block = np.concatenate([[scales + (not prior.fit_intercept)], layout.column_block])
        self._weight = weight
        self._layout = layout
        self._prior = prior
        fixed = self._design[:, self._block == scales]
        self._of_fixed = _FIXED_SCALE**2 * fixed @ fixed.T
        self._components = VarianceComponents(
            self._design, self._block, layout.row_group, weight, scales
        )

    def _column_variances(self, log_scales: Array) -> Array:
        fixed_and_absent = (_FIXED_SCALE**2, 0.0)
        variances: Array = np.concatenate([np.exp(2 * log_scales), fixed_and_absent])[self._block]
        return variances

    def _covariance(self, log_scales: Array, extra: Array) -> Array:
        """Covariance of the rows; its lower half is what counts."""
        covariance = self._components.sum(np.exp(2 * log_scales)) + self._of_fixed
        covariance[np.diag_indices_from(covariance)] += extra + _JITTER
        return covariance

    def maximise(self, target: Array, extra: Array, initial: Array) -> Array:
        """Log scales at the posterior mode; `extra` is known noise variance per row."""
        search: Any = {"ftol": self._prior.tolerance, "gtol": 1e-7, "maxiter": 500}

        def objective(log_scales: Array) -> tuple[float, Array]:
            return self._objective(log_scales, target, extra)

        limits = [_LOG_SCALES] * len(initial)
        found = minimize(
            objective, initial, method="L-BFGS-B", jac=True, bounds=limits, options=search
        )
        return np.asarray(found.x)

    def _objective(self, log_scales: Array, target: Array, extra: Array) -> tuple[float, Array]:
        factor = cholesky(self._covariance(log_scales, extra), lower=True)
        alpha = cho_solve((factor, True), target)
        value = 0.5 * float(target @ alpha) + float(np.log(np.diag(factor)).sum())
        precision, _ = dpotri(factor, lower=True)
        gradient = self._components.traces(precision - np.outer(alpha, alpha))
        penalty, slope = self._penalty(log_scales)
        return value + penalty, gradient * np.exp(2 * log_scales) + slope

    def _penalty(self, log_scales: Array) -> tuple[float, Array]:
        """Minus log prior of the log scales, and its gradient."""
        parent = self._layout.parent
        child = parent >= 0
        middle = np.where(child, log_scales[parent], np.log(self._layout.prior))
        deviation = (log_scales - middle) / self._layout.spread**2
        slope = deviation - np.bincount(parent[child], deviation[child], len(log_scales))
        return float(0.5 * (deviation * (log_scales - middle)).sum()), slope

    def log_scale_covariance(self, extra: Array, log_scales: Array) -> Array:
        """Posterior covariance of the log scales, from the expected information and the prior's.

        The information of variance components b and c is tr(P V_b P V_c) / 2 for unit changes of
        their variances V (S. R. Searle, G. Casella, C. E. McCulloch, Variance Components, Wiley,
        1992, section 6.4), here for changes of the logs of their standard deviations.
        """
        factor = cholesky(self._covariance(log_scales, extra), lower=True)
        shrunk = self._block < len(log_scales)
        effects = np.column_stack([self._design[:, shrunk], np.diag(self._weight**-0.5)])
        owner = np.concatenate([self._block[shrunk], self._layout.row_group])
        member = np.eye(len(log_scales))[owner] * np.exp(2 * log_scales)
        information = 2 * member.T @ (effects.T @ cho_solve((factor, True), effects)) ** 2 @ member
        return np.asarray(np.linalg.inv(information + self._prior_precision()))

    def _prior_precision(self) -> Array:
        count = len(self._layout.names)
        parent = self._layout.parent
        contrast = np.eye(count)
        contrast[parent >= 0, parent[parent >= 0]] = -1.0
        weighted = contrast / self._layout.spread[:, None]
        return np.asarray(weighted.T @ weighted)

    def censor(
        self, target: Array, known: Array, sides: Array, log_scales: Array
    ) -> tuple[Array, Array]:
        """Replace bounds by Gaussian pseudo-observations (expectation propagation).

        Each bounded row gets the value and variance which, beside all other rows, reproduce the
        mean and variance of the truth given that it lies on the right side of the bound.
        """
        values, extra = target.copy(), known.copy()
        covariance = self._covariance(log_scales, np.zeros(len(target)))
        for _ in range(_CENSORING_SWEEPS):
            for row in np.flatnonzero(sides).tolist():
                without = extra.copy()
                without[row] = known[row]
                others, spread = _left_out(covariance + np.diag(without), values, row)
                tilted = _truncated(others, spread, target[row], sides[row])
                values[row], site = _site(others, spread, *tilted)
                extra[row] = known[row] + site
        return values, extra

    def posterior(self, target: Array, extra: Array, log_scales: Array) -> tuple[Array, Array]:
        """Mean and covariance of the coefficients, intercept first."""
        prior = self._column_variances(log_scales)
        factor = cholesky(self._covariance(log_scales, extra), lower=True)
        cross = self._design * prior
        solved = cho_solve((factor, True), cross)
        return solved.T @ target, np.diag(prior) - cross.T @ solved


def _widening(log_variance: float) -> float:
    """How much wider the 90 % interval of exp(s z1) z2 is than that of z2, s^2 = `log_variance`."""
    nodes, weights = _NORMAL_NODES
    narrower = np.exp(-np.sqrt(log_variance) * nodes)

    def excess(bound: float) -> float:
        return float(weights @ ndtr(bound * narrower)) - _UPPER

    usual = float(ndtri(_UPPER))
    return float(brentq(excess, usual, usual * np.exp(2 * log_variance) + 1e-9)) / usual


def _left_out(covariance: Array, values: Array, row: int) -> tuple[float, float]:
    """Mean and sd of a row predicted from all other rows, its own noise included."""
    unit = np.zeros(len(values))
    unit[row] = 1.0
    precision = cho_solve((cholesky(covariance, lower=True), True), unit)
    variance = 1.0 / precision[row]
    return float(values[row] - variance * (precision @ values)), float(np.sqrt(variance))


def _row_values(given: ArrayLike | None, rows: int, default: float) -> Array:
    if given is None:
        return np.full(rows, default)
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (rows,):
        msg = f"{values.shape} values were given for {rows} rows"
        raise ValueError(msg)
    return values


def _truncated(mean: float, spread: float, bound: float, side: float) -> tuple[float, float]:
    """Mean and variance of N(mean, spread^2) beyond `bound`: above for side +1, below for -1."""
    z = side * (mean - bound) / spread
    hazard = float(np.exp(norm.logpdf(z) - norm.logcdf(z)))
    return mean + side * spread * hazard, spread**2 * (1.0 - hazard * (z + hazard))


def _site(
    mean: float, spread: float, tilted_mean: float, tilted_variance: float
) -> tuple[float, float]:
    """Pseudo-observation (value, extra variance) that turns a normal law into the tilted one."""
    gained = 1.0 / max(tilted_variance, 1e-12) - 1.0 / spread**2
    if gained < 1e-9:  # the bound says nothing: keep the row, with next to no weight
        return mean, 1e9
    extra = 1.0 / gained
    return (tilted_mean * (1.0 / spread**2 + gained) - mean / spread**2) * extra, extra
