"""Which factor an interval owes its width to: shares of the variance of a log.

What is recovered is a product: presence x magnet mass x composition x stage yields x what single
pieces do. So its log is a sum of five terms, and the share of a term is its covariance with the
sum, over the variance of the sum (the covariance decomposition of a sum). The shares add up to 1. A
share below 0 means that the term leans against the others: where published contents fix the product
of two factors, one being high makes the other low.

Scatter of single pieces may leave no rare earths at all, which has no log. It enters as the
variance of a log-normal factor of the same relative variance, log(1 + variance), independent of the
other terms. The log of a batch's total is taken to first order: the sum of its lines' logs, each
weighed by its part of the mean total.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import log1p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recycler.estimate import VarianceShares

Array = NDArray[np.float64]
Draws = NDArray[np.float32]

_NOTHING = 1e-12  # log-variance below which only rounding varies
_DECIMALS = 4  # of a share: finer than 2,000 draws can tell


@dataclass(frozen=True)
class LogFactors:
    """The terms of the log of a mass per unit, as far as like pieces share them.

    `logs` has the rows presence, magnet mass, composition and stage yields, each centred on 0,
    shape (4, draws); `covariances` are theirs with their sum. `mean_kg` is the mean mass per unit
    and `piece_variance` the relative variance that the scatter of a single piece adds.
    """

    logs: Draws
    covariances: tuple[float, ...]
    mean_kg: float
    piece_variance: float

    @cached_property
    def log(self) -> Draws:
        """Sum of the rows, shape (draws,)."""
        return np.asarray(self.logs.sum(axis=0))

    def scatter(self, pieces: float) -> float:
        """Log-variance that the scatter of so many pieces adds."""
        return log1p(self.piece_variance / pieces)


class Part(NamedTuple):
    """A line of a batch, or several alike: its factors, its size in units and its pieces."""

    factors: LogFactors | None
    units: float
    pieces: float


def log_factors(
    presence: Array, magnet_kg: Array, contained_kg: Array, yields: Array, noise: Array
) -> LogFactors | None:
    """Take a mass apart; None if there is none.

    Args:
        presence: Share of pieces that hold a magnet, shape (draws,).
        magnet_kg: Magnet mass per unit, the share taken, shape (draws,).
        contained_kg: Mass of each element per unit, shape (elements, draws).
        yields: What is kept of each element, of the same shape; ones if nothing is lost.
        noise: What the scatter of one piece adds to `contained_kg`, of the same shape.
    """
    contained, kept = contained_kg.sum(axis=0), contained_kg * yields
    mass = kept.sum(axis=0)
    if not mass.all():
        return None
    factors = np.stack([presence, magnet_kg / presence, contained / magnet_kg, mass / contained])
    logs = np.log(factors)
    logs -= logs.mean(axis=1, keepdims=True)
    scattered = (noise * yields).sum(axis=0) / mass
    return LogFactors(
        logs=logs.astype(np.float32),
        covariances=_covariances(logs),
        mean_kg=float(mass.mean()),
        piece_variance=float((scattered**2).mean()),
    )


def line_shares(factors: LogFactors | None, pieces: float) -> VarianceShares | None:
    """Shares of one line; None if it holds no rare earths or nothing of it varies."""
    return _shares(factors.covariances, factors.scatter(pieces)) if factors else None


def total_shares(parts: Iterable[Part]) -> VarianceShares | None:
    """Shares of the sum of parts; None if they hold no rare earths or nothing of them varies."""
    known = [(factors, units, pieces) for factors, units, pieces in parts if factors]
    if not known:
        return None
    total = sum(factors.mean_kg * units for factors, units, _ in known)
    weighed = [
        (factors, factors.mean_kg * units / total, pieces) for factors, units, pieces in known
    ]
    log = np.zeros_like(known[0][0].log)
    for factors, weight, _ in weighed:
        log += factors.log * np.float32(weight)
    shared = np.sum([weight * (factors.logs @ log) for factors, weight, _ in weighed], axis=0)
    scatter = sum(weight**2 * factors.scatter(pieces) for factors, weight, pieces in weighed)
    return _shares((shared / len(log)).tolist(), scatter)


def _covariances(logs: NDArray[np.floating[Any]]) -> tuple[float, ...]:
    """Covariance of each centred row with the sum of all rows."""
    found: list[float] = (logs @ logs.sum(axis=0) / logs.shape[1]).tolist()
    return tuple(found)


def _shares(covariances: Iterable[float], scatter: float) -> VarianceShares | None:
    terms = (*covariances, scatter)
    variance = sum(terms)
    if variance < _NOTHING:
        return None
    return VarianceShares(*(round(term / variance, _DECIMALS) + 0.0 for term in terms))
