"""Bayes on draws: a measurement moves and narrows what it is about, and what goes along with it.

Draws of logs stand for what is believed of a lot. A measurement says how likely each value of one
of these logs would make it. The posterior of that log is computed on a grid, so that unknown
scatter (Student tails) and readings below detection are taken as they are; the other logs follow
by regression on the draws. For normal errors this is Matheron's rule, `x + C_xy / C_yy' (y + e -
x_y)` with `C_yy' = C_yy + Var(e)` (J. T. Wilson et al., Pathwise conditioning of Gaussian
processes, J. Mach. Learn. Res. 22 (2021) 105, section 2): the moved draws keep the part of their
correlation with every other line that the measurement leaves. Measurements with independent errors
may be taken one after the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

_REACH = 8.0  # standard deviations of prior and of evidence that the grid covers
_FINE, _COARSE = 161, 121  # points around the evidence and over the prior
_CARRIED = 3.0  # prior sds of a measured log up to which the others are taken to go along
_TINY = 1e-15  # probability below which a normal score is not told


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a measurement says of one log.

    `log_likelihood` takes values of the log, shape (points,), and gives as many; it changes within
    some `width` of `centre`.
    """

    log_likelihood: Callable[[Array], Array]
    centre: float
    width: float


def condition(
    logs: Mapping[str, Array], element: str, evidence: Sequence[Evidence], error: Array
) -> dict[str, Array]:
    """Draws of all logs given what was measured of one.

    The others go along as far as the draws tell how: what lies beyond any lot that was thought
    possible says nothing of them.

    Args:
        logs: Draws of the log mass fractions, each of shape (draws,).
        element: The one that was measured.
        evidence: Independent measurements of it.
        error: Standard normal numbers for the error of these measurements, shape (draws,).
    """
    prior = logs[element]
    shift = posterior(prior, evidence, error) - prior
    spread = prior.std()
    carried = np.clip(shift, -_CARRIED * spread, _CARRIED * spread)
    slope = (prior - prior.mean()) / spread**2 / len(prior)
    return {e: x + (x @ slope) * carried for e, x in logs.items() if e != element} | {
        element: prior + shift
    }


def posterior(prior: Array, evidence: Sequence[Evidence], error: Array) -> Array:
    """Draws of a log given evidence; the prior is taken as normal with the draws' moments.

    What the evidence tells replaces as much of each draw by its error: with normal evidence of
    variance v, a draw x becomes `x + C / (C + v) (y + e - x)` in distribution, and its correlation
    with anything else falls by the same part.
    """
    mean, spread = float(prior.mean()), float(prior.std())
    grid = _grid(mean, spread, evidence)
    log_density = -0.5 * ((grid - mean) / spread) ** 2
    for found in evidence:
        log_density = log_density + found.log_likelihood(grid)
    mass = np.exp(log_density - log_density.max()) * np.gradient(grid)
    mass /= mass.sum()
    variance = float(mass @ (grid - mass @ grid) ** 2)
    told = min(max(1.0 - variance / spread**2, 0.0), 1.0)
    score = np.sqrt(1.0 - told) * (prior - mean) / spread + np.sqrt(told) * error
    return _at_scores(score, grid, mass)


def _grid(mean: float, spread: float, evidence: Sequence[Evidence]) -> Array:
    """Points over the prior and, finer, around each measurement."""
    parts = [_around(mean, spread, _COARSE)]
    for found in evidence:
        parts.append(_around(found.centre, found.width, _FINE))
        low, high = sorted((mean, found.centre))
        parts.append(np.linspace(low, high, _COARSE))  # a posterior may lie between the two
    return np.unique(np.concatenate(parts))


def _around(centre: float, width: float, points: int) -> Array:
    return np.linspace(centre - _REACH * width, centre + _REACH * width, points)


def _at_scores(scores: Array, grid: Array, mass: Array) -> Array:
    """Values of the distribution on the grid at normal scores."""
    below = np.cumsum(mass) - mass / 2
    above = np.cumsum(mass[::-1])[::-1] - mass / 2
    told = (below > _TINY) & (above > _TINY)
    known = np.where(below < 0.5, ndtri(below), -ndtri(above))
    return np.asarray(np.interp(scores, known[told], grid[told]))
