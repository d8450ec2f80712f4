"""Scores of single figures: where they fell in what a method predicted.

The continuous ranked probability score (CRPS; T. Gneiting, A. E. Raftery, J. Am. Stat. Assoc. 102
(2007) 359-378) is in the unit of the figure, here a log: a prediction of 1 point that is 10 % off
has 0.1. Over equally probable draws it is twice the mean pinball loss of their quantiles at the
midpoints (J. Broecker, Q. J. R. Meteorol. Soc. 138 (2012) 1611-1617), so that a method that gives
quantiles is scored as one that gives draws.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recycler.model.evaluation.folds import Fold
from recycler.model.evaluation.methods import Method, midpoints
from recycler.model.evaluation.targets import SCALE_ENDS, Target

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9)
"""Levels whose coverage is reported."""

_POINT = 1e-3  # probability of the figure itself below which it counts as a point


@dataclass(frozen=True, slots=True)
class Score:
    """How a method fared on a figure that it had not seen; all figures on the factor's scale.

    Attributes:
        method: Name of the method.
        left_out: What the fold left out.
        factor, element, category, subtype, source, row_id: Of the figure, see Target.
        measured: The figure.
        median: Its predicted median.
        bounds: Lower and upper bound of the central interval of each of LEVELS.
        below, upto: Predicted probability of less than the figure, and of at most the figure; they
            differ where the prediction holds the figure itself to be possible.
        crps: Continuous ranked probability score.
    """

    method: str
    left_out: str
    factor: str
    element: str
    category: str
    subtype: str
    source: str
    row_id: str
    measured: float
    median: float
    bounds: tuple[tuple[float, float], ...]
    below: float
    upto: float
    crps: float

    @property
    def inside(self) -> tuple[float, ...]:
        """How far the figure lies inside the interval of each of LEVELS, 0 to 1."""
        return tuple(self.inside_of(level) for level in LEVELS)

    def inside_of(self, level: float) -> float:
        """How far the figure lies inside its central interval: 1 inside, 0 outside.

        A figure that is predicted to have some probability itself (a complete yield, a share of
        none) covers a piece of the scale of probabilities: the part of that piece that lies in the
        interval counts, else such figures would be inside all too easily (C. Czado, T. Gneiting, L.
        Held, Biometrics 65 (2009) 1254-1261, for counts).
        """
        lower, upper = 0.5 - level / 2, 0.5 + level / 2
        if self.upto - self.below < _POINT:
            return float(lower <= (self.below + self.upto) / 2 <= upper)
        covered = min(self.upto, upper) - max(self.below, lower)
        return max(covered, 0.0) / (self.upto - self.below)

    @property
    def vote(self) -> tuple[str, ...]:
        """Figures with the same one repeat each other: of a source, on an element of a product."""
        return (self.left_out, self.factor, self.category, self.subtype, self.element)


def vote_weights(scores: Sequence[Score]) -> Array:
    """Weight of each score of one method: figures with the same vote share it.

    As a rule they are wrong together, however many of them a source prints.
    """
    repeats = Counter(score.vote for score in scores)
    return np.array([1 / repeats[score.vote] for score in scores])


def score_fold(fold: Fold, methods: Mapping[str, Method]) -> list[Score]:
    """Fit each method to what a fold may learn from, and score it on what the fold holds out."""
    scores = []
    for name, method in methods.items():
        predict = method(fold)
        scores += [_score(name, fold, target, predict(target)) for target in fold.held_out]
    return scores


def _score(method: str, fold: Fold, target: Target, draws: Array) -> Score:
    draws = np.sort(np.clip(draws, *SCALE_ENDS.get(target.factor, (-np.inf, np.inf))))
    lower = quantiles(draws, [0.5 - level / 2 for level in LEVELS])
    upper = quantiles(draws, [0.5 + level / 2 for level in LEVELS])
    below, upto = probabilities(draws, target.value)
    return Score(
        method=method,
        left_out=fold.left_out,
        factor=target.factor,
        element=target.element,
        category=target.category,
        subtype=target.subtype,
        source=target.source,
        row_id=target.row_id,
        measured=target.value,
        median=float(quantiles(draws, [0.5])[0]),
        bounds=tuple(zip(lower.tolist(), upper.tolist(), strict=True)),
        below=below,
        upto=upto,
        crps=crps_of_draws(draws, target.value),
    )


def quantiles(draws: Array, probabilities: list[float]) -> Array:
    """Quantiles of sorted draws, each of which stands in the middle of its slice."""
    return np.asarray(np.interp(probabilities, midpoints(len(draws)), draws))


def probabilities(draws: Array, value: float) -> tuple[float, float]:
    """Probability of less than a value and of at most that, from sorted draws.

    Between two draws the inverse of `quantiles`; 0 and 1 beyond the outermost.
    """
    first, last = np.searchsorted(draws, value, side="left"), np.searchsorted(draws, value, "right")
    if last > first:
        return float(first / len(draws)), float(last / len(draws))
    point = float(np.interp(value, draws, midpoints(len(draws)), left=0.0, right=1.0))
    return point, point


def crps_of_draws(draws: Array, truth: float) -> float:
    """CRPS of an ensemble: mean distance to the truth less half the mean distance within."""
    ordered = np.sort(draws)
    count = len(ordered)
    within = float((2 * np.arange(1, count + 1) - count - 1) @ ordered) / count**2
    return float(np.mean(np.abs(ordered - truth))) - within


def pinball_loss(predicted: Array, measured: Array, probability: float) -> Array:
    """Loss of predicted quantiles: what makes the true quantile the best one to name."""
    short = measured - predicted
    return np.maximum(probability * short, (probability - 1) * short)
