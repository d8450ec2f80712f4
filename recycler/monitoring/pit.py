"""Where figures fell in their predictions: the histogram of the probability integral transform.

If predictions are right, `Outcome.below` is uniform (A. P. Dawid 1984; T. Gneiting, F. Balabdaoui
and A. E. Raftery, "Probabilistic forecasts, calibration and sharpness", J. R. Statist. Soc. B 69
(2007) 243-268): a hump in the middle means intervals that are too wide, high ends intervals that
are too narrow, a slope that measured figures lie above or below what is predicted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from recycler.lot import Outcome
from recycler.monitoring.lots import lot_numbers
from recycler.monitoring.shares import ERROR_LEVEL, design_effect

BINS: Final = 10


@dataclass(frozen=True)
class PitHistogram:
    """Figures by where they fell in their predicted distribution.

    The band is where every bin lies in 19 of 20 histories of right predictions: binomial bounds,
    each at an error of 0.05 / 10, for as many independent figures as these, clustered in lots, are
    worth there. Figures of one lot gather at the ends more than in the middle, so every bin and
    its mirror image have a design effect of their own.

    Attributes:
        counts: Figures by tenth of the predicted probability, from the lowest.
        expected: Figures in each if predictions are right.
        fewest: Lower end of the band, bin by bin.
        most: Upper end of the band, bin by bin.
    """

    counts: tuple[int, ...]
    expected: float
    fewest: tuple[float, ...]
    most: tuple[float, ...]

    @property
    def outside(self) -> tuple[int, ...]:
        """Indices of the bins outside the band."""
        bins = zip(self.fewest, self.counts, self.most, strict=True)
        return tuple(i for i, (fewest, n, most) in enumerate(bins) if not fewest <= n <= most)


def pit_histogram(outcomes: Sequence[Outcome]) -> PitHistogram:
    """Count figures by tenth of their predicted probability.

    Args:
        outcomes: At least one.
    """
    below = np.array([outcome.below for outcome in outcomes])
    bins = np.minimum((below * BINS).astype(np.int64), BINS - 1)
    worth = np.round(_effective_figures(bins, lot_numbers(outcomes)))
    error = (1 - ERROR_LEVEL) / BINS
    scale = len(outcomes) / worth
    return PitHistogram(
        counts=tuple(np.bincount(bins, minlength=BINS).tolist()),
        expected=len(outcomes) / BINS,
        fewest=tuple((binom.ppf(error / 2, worth, 1 / BINS) * scale).tolist()),
        most=tuple((binom.ppf(1 - error / 2, worth, 1 / BINS) * scale).tolist()),
    )


def _effective_figures(bins: NDArray[np.int64], lots: NDArray[np.int64]) -> NDArray[np.float64]:
    """Independent figures that all figures are worth, by bin: from one to as many as there are.

    Where nothing can be told, as many as there are lots.
    """
    effects = np.array([design_effect((bins == b).astype(float), lots) for b in range(BINS)])
    pairs = np.stack([effects, effects[::-1]])
    known = np.isfinite(pairs)
    mean = np.where(known, pairs, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    worth = np.divide(
        len(bins), mean, out=np.full(BINS, float(len(np.unique(lots)))), where=mean > 0
    )
    clipped: NDArray[np.float64] = np.clip(worth, 1, len(bins))
    return clipped
