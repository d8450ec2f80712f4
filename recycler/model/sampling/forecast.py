"""How wide a batch's interval will be once some of its lines are assayed or weighed.

Lots are played through with draws of the model as the truth: every play assays them, updates the
draws and cuts their sum. The width that is told is one that four plays of five do not exceed, so it
holds for a lot in hand and not just for the average one.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from recycler.model.sampling.lots import Lot
from recycler.model.statistics.quantiles import AnyArray, interval
from recycler.plan import ASSURANCE

Array = NDArray[np.float64]
Draws = NDArray[np.float32]
Pieces = Mapping[int, int]
"""Index of a line -> how many of its pieces are assayed."""

PLAYS: int = 64
"""Lots that are played through: the width of each is close to that of the others."""

_KEPT = 48  # updated lines in memory, 0.4 MB each


class Forecast:
    """Widths of the sum over all lines of a batch.

    Args:
        lots: Lines that may be assayed, by their index.
        together: Draws of the sum of all lines but those of the given indices.
        level: Probability of the central interval.
    """

    def __init__(
        self, lots: Mapping[int, Lot], together: Callable[[frozenset[int]], Array], level: float
    ) -> None:
        self._lots = lots
        self._together = lru_cache(_KEPT)(together)
        self._level = level
        ordered = np.argsort(self.total, kind="stable")
        self._truths = ordered[((np.arange(PLAYS) + 0.5) * len(ordered) / PLAYS).astype(np.intp)]
        self._assayed = lru_cache(_KEPT)(partial(_assay, lots, self._truths))

    @property
    def total(self) -> Array:
        """Draws of the sum as things stand."""
        return self._together(frozenset())

    def width(self, pieces: Pieces, masses: Mapping[int, Array] | None = None) -> float:
        """Relative half-width after assays; infinite where the median is zero.

        Args:
            pieces: What is assayed.
            masses: Index of a line -> factor by which weighing its magnets changes each draw.
        """
        masses = masses or {}
        assayed = {item: count for item, count in pieces.items() if count}
        rest = self._together(frozenset(assayed.keys() | masses.keys()))
        for item in masses.keys() - assayed.keys():
            rest = rest + self._lots[item].kg * masses[item]
        rows: AnyArray = np.atleast_2d(rest).astype(np.float32)
        for item, count in assayed.items():
            drawn = self._assayed(item, count)
            rows = rows + (drawn * masses[item].astype(np.float32) if item in masses else drawn)
        return _assured(relative_half_widths(rows, self._level))


def relative_half_widths(rows: AnyArray, level: float) -> Array:
    """Half of each row's central interval over its median; infinite where that is zero."""
    median, lower, upper = interval(rows, level).T
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(median > 0.0, (upper - lower) / 2 / median, inf)


def _assured(widths: Array) -> float:
    """The width that so many of the plays do not exceed as ASSURANCE says."""
    return float(np.sort(widths)[ceil(ASSURANCE * len(widths)) - 1])


def _assay(lots: Mapping[int, Lot], truths: NDArray[np.intp], item: int, count: int) -> Draws:
    """Draws of a line after an assay, for each play, shape (plays, draws)."""
    lot = lots[item]
    change = lot.updated(count, *lot.learned(count, truths))
    return np.asarray(lot.kg.astype(np.float32) * np.exp(change), dtype=np.float32)
