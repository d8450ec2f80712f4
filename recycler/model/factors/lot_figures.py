"""What a plant's own lots say of the factors: a mean for the plant, and how single lots scatter.

A plant is one more source, and its lots are samples of it. A published figure is one number of a
source; a plant brings as many as it has lots, and every one of them has the same effects. So the
lots of a plant on one product enter the joint model as their mean, with the variance that it has:
a thousand lots cost no more than one. How lots of one plant scatter about that mean is learned
here, because a batch in hand is one more lot.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from recycler.model.factors.calibration import stretch_of
from recycler.model.factors.observations import MAGNET_MASS, ND_FRACTION, Observation
from recycler.model.factors.plant_yields import PRIOR_SCATTER
from recycler.model.statistics.normal_law import hazard

Array = NDArray[np.float64]

_PRIOR_LOTS = 4.0
"""For how many lots the prior scatter counts beside those that were measured."""

_PRIOR_SCATTER = {MAGNET_MASS: 0.2, ND_FRACTION: 0.08}
_PRIOR_RATIO_SCATTER = 0.25  # log-sd: between lots of one plant, ratios to Nd differ by a quarter
_YIELD = "yield:"
_SIZES = np.geomspace(0.1, 6.0, 60)  # scatters that are tried, over the prior one
_SWEEPS = 40  # of the fit to figures of which some lie below detection
_FEW = 3  # lots from which on one of them is predicted from the others


@dataclass(frozen=True, slots=True)
class LotFigure:
    """What one lot says of one factor: `value` is a log, as in Observation.

    Attributes:
        lot: The plant's name for the lot.
        source: The plant, as a source (see `plant_source`).
        category: Of the product.
        subtype: The product; the category's own level where it has no products.
        log_product_mass: Log of the kg of one reference piece of the product.
        term: The factor.
        value: Log of kg per reference piece, of a mass fraction or of a ratio to Nd.
        variance: What the measurement leaves open of the lot, as a log-variance.
        below: Whether the truth is only known to lie at or below the value.
        sized: Whether the size of the pieces is told, or does not matter.
    """

    lot: str
    source: str
    category: str
    subtype: str
    log_product_mass: float
    term: str
    value: float
    variance: float
    below: bool = False
    sized: bool = True

    @property
    def group(self) -> tuple[str, str, str]:
        """Figures with the same one differ by the lot alone."""
        return self.source, self.subtype, self.term


@dataclass(frozen=True, slots=True)
class LotScatter:
    """How lots of one plant scatter about the plant's mean, by factor.

    Attributes:
        spreads: Factor -> log-sd; only for factors that lots were measured of.
        stretches: Factor -> how far it must be stretched to hold for lots left out, at least 1.
    """

    spreads: Mapping[str, float]
    stretches: Mapping[str, float]


class _Group(NamedTuple):
    """The figures of a plant on one factor of one product."""

    first: LotFigure
    values: Array
    variances: Array
    below: NDArray[np.bool_]


class _Means(NamedTuple):
    """A group's mean under each scatter that is tried, what it is worth, and how likely it is."""

    centre: Array
    precision: Array
    log_likelihood: Array


def yield_term(element: str) -> str:
    """Name of the overall yield of an element among the factors that lots tell."""
    return f"{_YIELD}{element}"


def is_yield(term: str) -> bool:
    """Whether a factor is the overall yield of an element."""
    return term.startswith(_YIELD)


def prior_scatter(term: str) -> float:
    """Log-sd by which lots of one plant are expected to differ in a factor, before any are seen."""
    if is_yield(term):
        return PRIOR_SCATTER
    return _PRIOR_SCATTER.get(term, _PRIOR_RATIO_SCATTER)


def pool(figures: Iterable[LotFigure]) -> tuple[list[Observation], LotScatter]:
    """One observation for each plant, product and factor, and the scatter of lots.

    Args:
        figures: Of all lots; two figures of one lot on one factor count as two lots.
    """
    by_term: dict[str, list[_Group]] = defaultdict(list)
    for group in _groups(figures):
        by_term[group.first.term].append(group)
    pooled = {term: _Pool(term, groups) for term, groups in by_term.items()}
    observations = [found for of in pooled.values() for found in of.observations()]
    return observations, LotScatter(
        spreads={term: of.spread for term, of in pooled.items()},
        stretches={term: of.stretch() for term, of in pooled.items()},
    )


class _Pool:
    """All groups of one factor: their scatter is one."""

    def __init__(self, term: str, groups: Sequence[_Group]) -> None:
        self._groups = groups
        self._scatters = _SIZES * prior_scatter(term)
        self._means = [_means(group, self._scatters) for group in groups]

    @cached_property
    def _weights(self) -> Array:
        """How likely each scatter is, by all groups and the prior together."""
        prior = -0.5 * _PRIOR_LOTS * (np.log(_SIZES**2) + 1 / _SIZES**2)
        told = prior + np.sum([means.log_likelihood for means in self._means], axis=0)
        likely = np.exp(told - told.max())
        return np.asarray(likely / likely.sum())

    @cached_property
    def spread(self) -> float:
        """Log-sd of lots about their plant's mean; that it is not known exactly counts too."""
        return float(np.sqrt(self._weights @ self._scatters**2))

    def observations(self) -> Iterator[Observation]:
        """The plant's mean in every group."""
        for group, means in zip(self._groups, self._means, strict=True):
            precision = float(self._weights @ means.precision)
            if group.below.all():  # all that is known: about below the middle one of the limits
                value, variance = float(np.median(group.values)), self.spread**2 / len(group.values)
            else:
                value, variance = float(self._weights @ means.centre), 1 / precision
            yield _observation(group, value, variance)

    def stretch(self) -> float:
        """Stretch that lots ask for, each predicted from the others of its plant and product."""
        errors = [error for group in self._groups for error in self._errors(group)]
        return stretch_of(np.array(errors), np.ones(len(errors))) if errors else 1.0

    def _errors(self, group: _Group) -> Iterator[float]:
        """Errors in predictive standard deviations of the exact figures."""
        values, variances = group.values[~group.below], group.variances[~group.below]
        if len(values) < _FEW:
            return
        weights = 1 / (self.spread**2 + variances)
        for value, own in zip(values, weights, strict=True):
            others = weights.sum() - own
            mean = (weights @ values - own * value) / others
            yield abs(value - mean) / float(np.sqrt(1 / own + 1 / others))


def single(figure: LotFigure) -> Observation:
    """One lot's figure as an observation by itself."""
    alone = np.array([figure.value]), np.array([figure.variance]), np.array([figure.below])
    return _observation(_Group(figure, *alone), figure.value, figure.variance)


def _groups(figures: Iterable[LotFigure]) -> Iterator[_Group]:
    grouped: dict[tuple[str, str, str], list[LotFigure]] = defaultdict(list)
    for figure in figures:
        grouped[figure.group].append(figure)
    for _, found in sorted(grouped.items()):
        yield _Group(
            found[0],
            np.array([f.value for f in found]),
            np.array([f.variance for f in found]),
            np.array([f.below for f in found]),
        )


def _means(group: _Group, scatters: Array) -> _Means:
    """Mean of a group for each scatter: by expectation and maximisation where some lie below."""
    variance = scatters[:, np.newaxis] ** 2 + group.variances
    spread, values, below = np.sqrt(variance), group.values, group.below
    exact = values[~below]
    centre = np.full((len(scatters), 1), exact.mean() if len(exact) else np.median(values))
    for _ in range(_SWEEPS if below.any() and len(exact) else 0):
        hidden = centre - spread * hazard((values - centre) / spread)
        filled = np.where(below, hidden, values)
        centre = ((filled / variance).sum(axis=1) / (1 / variance).sum(axis=1))[:, np.newaxis]
    if not below.any():
        centre = ((values / variance).sum(axis=1) / (1 / variance).sum(axis=1))[:, np.newaxis]
    score = (values - centre) / spread
    told = np.where(below, log_ndtr(score), -0.5 * score**2 - np.log(spread)).sum(axis=1)
    steep = hazard(score)
    precision = (np.where(below, steep * (score + steep), 1.0) / variance).sum(axis=1)
    precision = np.maximum(precision, 1e-9)
    known = told - 0.5 * np.log(precision) if len(exact) > 1 else np.zeros(len(scatters))
    return _Means(centre[:, 0], precision, known)


def _observation(group: _Group, value: float, variance: float) -> Observation:
    first = group.first
    element = first.term.partition(":")[2] or ("Nd" if first.term == ND_FRACTION else first.term)
    return Observation(
        row_id=f"{first.source}/{first.subtype}",
        factor=first.term,
        element=element,
        terms=(first.term,),
        value=value,
        category=first.category,
        subtype=first.subtype,
        log_product_mass=first.log_product_mass,
        source=first.source,
        source_id=first.source,
        primaries=frozenset({first.source}),
        sample=first.source,
        side=-1 if group.below.all() else 0,
        variance=variance,
        lots=len(group.values),
    )
