"""Shares of figures that come in clusters: the figures of one lot are right or wrong together.

The interval of a share is that of E. L. Korn and B. I. Graubard, "Confidence intervals for
proportions with small expected number of positive counts estimated from survey data", Survey
Methodology 24 (1998) 193-201: Clopper's and Pearson's, for as many independent figures as the
clustered ones are worth. Unlike a bootstrap over the clusters it does not shrink to nothing when
every figure lies inside.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, t

ERROR_LEVEL: Final = 0.95
"""Level of every error bar of the monitoring."""


@dataclass(frozen=True)
class Share:
    """A share (0-1) of `figures`, with its error bar.

    `effective_figures` is how many independent figures the clustered ones are worth.
    """

    share: float
    lower: float
    upper: float
    figures: int
    effective_figures: float

    def p_value(self, promised: float) -> float:
        """Two-sided p-value of the promised share: how well chance explains the distance to it."""
        hits = self.share * self.effective_figures
        misses = self.effective_figures - hits
        at_least = beta.cdf(promised, hits, misses + 1) if hits > 0 else 1.0
        at_most = beta.sf(promised, hits + 1, misses) if misses > 0 else 1.0
        return min(1.0, 2 * float(min(at_least, at_most)))


def clustered_share(hits: NDArray[np.bool_], clusters: NDArray[np.int64]) -> Share:
    """The share of hits, and its error bar at ERROR_LEVEL.

    Args:
        hits: Whether each figure is one; at least one figure.
        clusters: The cluster of each figure, numbered from 0.
    """
    share = float(hits.mean())
    worth = _effective_figures(hits.astype(float), clusters)
    lower, upper = _clopper_pearson(share * worth, worth)
    return Share(share, lower, upper, len(hits), worth)


def design_effect(hits: NDArray[np.float64], clusters: NDArray[np.int64]) -> float:
    """By how much clustering multiplies the variance of a share; NaN if nothing can be told of it.

    The variance is that of the ratio of the clusters' sums (W. G. Cochran, Sampling Techniques,
    3rd ed. 1977, section 2.11), over the binomial one.
    """
    share, figures = hits.mean(), len(hits)
    sizes = np.bincount(clusters)
    sizes, sums = sizes[sizes > 0], np.bincount(clusters, hits)[sizes > 0]
    binomial = share * (1 - share) / figures
    if len(sizes) < 2 or binomial == 0:
        return float("nan")
    between = np.sum((sums - share * sizes) ** 2) * len(sizes) / (len(sizes) - 1)
    return float(between / figures**2 / binomial)


def _effective_figures(hits: NDArray[np.float64], clusters: NDArray[np.int64]) -> float:
    """At most the figures; where all are hits, or none is, as many as there are clusters."""
    figures, several = len(hits), len(np.unique(clusters))
    effect = design_effect(hits, clusters)
    if not np.isfinite(effect) or effect == 0:
        return float(several)
    at = (1 + ERROR_LEVEL) / 2
    fewer = (t.ppf(at, max(figures - 1, 1)) / t.ppf(at, several - 1)) ** 2
    return float(min(figures / effect * fewer, figures))


def _clopper_pearson(hits: float, figures: float) -> tuple[float, float]:
    tail = (1 - ERROR_LEVEL) / 2
    lower = float(beta.ppf(tail, hits, figures - hits + 1)) if hits > 0 else 0.0
    upper = float(beta.ppf(1 - tail, hits + 1, figures - hits)) if hits < figures else 1.0
    return lower, upper
