"""The marginal likelihood of a linear mixed model: its gradient, mode, censoring and posterior.

The algebra is that of C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning
(MIT Press, 2006), sections 2.7 and 5.4; all in units of the target's spread.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from scipy.stats import norm

from recycler.model.statistics.variance_components import VarianceComponents

Array = NDArray[np.float64]

FIXED_SCALE = 30.0
"""Prior sd of fixed effects, in units of the target's spread: vague."""

_JITTER = 1e-9  # relative to the target's variance, keeps the Cholesky factor real
_CENSORING_SWEEPS = 8  # expectation propagation settles well before
_LOG_SCALES = (-12.0, 6.0)  # where they are looked for


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of the design belong to which scale, and what prior each scale has."""

    names: tuple[str, ...]  # scales: blocks first, then noise groups
    column_block: NDArray[np.intp]  # per column: index into names, len(names) for fixed
    row_group: NDArray[np.intp]  # per row: index into names
    parent: NDArray[np.intp]  # per scale: index of the scale it is drawn towards, -1 for none
    prior: Array  # per scale: prior median, in the target's units
    spread: Array  # per scale: prior sd of its log, around the parent's or the median


class MarginalLikelihood:
    """One data set in units of the target's spread.

    Args:
        X: Design, shape (rows, effects).
        weight: Relative precision of each row's noise.
        layout: Which effects and rows belong to which scale.
        with_intercept: Whether all rows share a fixed effect, which comes before the others.
        tolerance: Relative gain at which the search for scales ends.
    """

    def __init__(
        self,
        X: Array,
        weight: Array,
        layout: Layout,
        *,
        with_intercept: bool = True,
        tolerance: float = 1e-12,
    ) -> None:
        self._design = np.column_stack([np.ones(len(X)), X])
        scales = len(layout.names)
        self._block = np.concatenate([[scales + (not with_intercept)], layout.column_block])
        self._weight = weight
        self._layout = layout
        self._tolerance = tolerance
        fixed = self._design[:, self._block == scales]
        self._of_fixed = FIXED_SCALE**2 * fixed @ fixed.T
        self._components = VarianceComponents(
            self._design, self._block, layout.row_group, weight, scales
        )

    def _column_variances(self, log_scales: Array) -> Array:
        fixed_and_absent = (FIXED_SCALE**2, 0.0)
        variances: Array = np.concatenate([np.exp(2 * log_scales), fixed_and_absent])[self._block]
        return variances

    def _covariance(self, log_scales: Array, extra: Array) -> Array:
        """Covariance of the rows; its lower half is what counts."""
        covariance = self._components.sum(np.exp(2 * log_scales)) + self._of_fixed
        covariance[np.diag_indices_from(covariance)] += extra + _JITTER
        return covariance

    def maximise(self, target: Array, extra: Array, initial: Array) -> Array:
        """Log scales at the posterior mode; `extra` is known noise variance per row."""
        search: Any = {"ftol": self._tolerance, "gtol": 1e-7, "maxiter": 500}

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


def _left_out(covariance: Array, values: Array, row: int) -> tuple[float, float]:
    """Mean and sd of a row predicted from all other rows, its own noise included."""
    unit = np.zeros(len(values))
    unit[row] = 1.0
    precision = cho_solve((cholesky(covariance, lower=True), True), unit)
    variance = 1.0 / precision[row]
    return float(values[row] - variance * (precision @ values)), float(np.sqrt(variance))


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
