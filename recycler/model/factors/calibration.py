"""How far fitted laws must be stretched to hold for sources that nobody has seen.

The marginal likelihood asks how well scales explain all figures together. What an interval
promises is another thing: that it holds for a source that was left out. With the scales given,
the figures of each source can be predicted from all others in closed form (C. E. Rasmussen,
C. K. I. Williams, Gaussian Processes for Machine Learning, MIT Press, 2006, section 5.4.2, here
for groups of rows). How large those errors are beside what was promised tells the stretch: a
conformal correction of the draws (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a
Random World, Springer, 2005), by source, and steadied where few sources speak.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import brentq
from scipy.stats import norm

from recycler.model.factors.observations import ND_FRACTION, Observation

Array = NDArray[np.float64]

LEVELS = (0.8, 0.9)
"""Levels whose intervals are to hold."""

_PRIOR_VOTES = 10.0  # so many errors of just the promised sizes stand beside the observed ones
_WIDEST = 10.0  # predictive sd; an error beyond counts as that


@dataclass(frozen=True, slots=True)
class Miss:
    """Error of a left-out quantity in predictive standard deviations, and the factors in it."""

    found: Observation
    terms: tuple[str, ...]
    z: float

    @property
    def vote(self) -> tuple[str, str, tuple[str, ...]]:
        """A source has one vote on a quantity of a product, however many figures it prints."""
        return self.found.source, self.found.subtype, self.terms


def stretches(
    observations: Sequence[Observation],
    covariance: Array,
    variance_of: Callable[[str, Observation], float],
) -> dict[str, float]:
    """Factor, at least 1, by which the predictive spread of each term must grow.

    Args:
        observations: Exact figures.
        covariance: Of their values under the model: shared effects, source effects and noise.
        variance_of: Predictive variance of one term for a product. Where a quantity is the sum of
            several terms, its error counts for each by its share of the variance.
    """
    misses = list(left_out(observations, covariance))
    votes = Counter(miss.vote for miss in misses)
    errors: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for miss in misses:
        variances = {term: variance_of(term, miss.found) for term in miss.terms}
        for term, variance in variances.items():
            share = variance / sum(variances.values()) / votes[miss.vote]
            errors[term].append((min(abs(miss.z), _WIDEST), share))
    return {term: stretch_of(*np.transpose(found)) for term, found in errors.items()}


def left_out(observations: Sequence[Observation], covariance: Array) -> Iterator[Miss]:
    """Predict each source from all rows that share no primary publication with it."""
    values = np.array([found.value for found in observations])
    by_source: dict[str, list[int]] = defaultdict(list)
    for row, found in enumerate(observations):
        by_source[found.source].append(row)
    for held in by_source.values():
        seen = observations[held[0]].primaries
        kept = [row for row, found in enumerate(observations) if not found.primaries & seen]
        if kept:
            error, spread = _conditional(values, covariance, held, kept)
            for found, terms, contrast in _quantities([observations[row] for row in held]):
                z = contrast @ error / np.sqrt(contrast @ spread @ contrast)
                yield Miss(found, terms, float(z))


def _conditional(
    values: Array, covariance: Array, held: list[int], kept: list[int]
) -> tuple[Array, Array]:
    """Errors of held-out values predicted from the kept ones, and the predictive covariance."""
    cross = covariance[np.ix_(held, kept)]
    gain = cho_solve(cho_factor(covariance[np.ix_(kept, kept)]), cross.T).T
    error: Array = values[held] - gain @ values[kept]
    spread: Array = covariance[np.ix_(held, held)] - gain @ cross.T
    return error, spread


def _quantities(
    figures: Sequence[Observation],
) -> Iterator[tuple[Observation, tuple[str, ...], Array]]:
    """Contents, masses and Nd fractions as they are; of other elements also the ratio to Nd."""
    unit = np.eye(len(figures))
    neodymium = {
        _analysis(figure): row
        for row, figure in enumerate(figures)
        if figure.element == "Nd" and figure.terms[-1] == ND_FRACTION
    }
    for row, figure in enumerate(figures):
        beside = neodymium.get(_analysis(figure))
        has_ratio = beside is not None and figure.terms[-1] != ND_FRACTION
        if not has_ratio or len(figure.terms) > 2:
            yield figure, figure.terms, unit[row]
        if has_ratio:
            yield figure, figure.terms[-1:], unit[row] - unit[beside]


def _analysis(figure: Observation) -> tuple[str, str, bool]:
    """What figures of one sample have in common: of a magnet, or of a whole product."""
    return figure.subtype, figure.sample, figure.terms[0] == ND_FRACTION


def stretch_of(errors: Array, weights: Array) -> float:
    """Factor, at least 1, by which predictive spreads must grow to hold at every level.

    Args:
        errors: Sizes of left-out errors, in predictive standard deviations.
        weights: How many votes each of them has.
    """
    return max(1.0, *(_conformal(errors, weights, level) for level in LEVELS))


def _conformal(errors: Array, weights: Array, level: float) -> float:
    """Error that the share `level` of sources stays under, over that of a normal law.

    The observed errors stand beside prior ones that are just normal; one further error, that of
    the source to come, counts as larger than all.
    """
    order = np.argsort(errors)
    ordered, below = errors[order], np.concatenate([[0.0], np.cumsum(weights[order])])
    wanted = level * (below[-1] + _PRIOR_VOTES + 1.0)

    def excess(size: float) -> float:
        prior = _PRIOR_VOTES * (2 * norm.cdf(size) - 1)
        return float(below[np.searchsorted(ordered, size, side="right")] + prior - wanted)

    widest = _WIDEST if excess(_WIDEST) < 0 else float(brentq(excess, 0.0, _WIDEST, xtol=1e-6))
    return float(widest / norm.ppf(0.5 + level / 2))
